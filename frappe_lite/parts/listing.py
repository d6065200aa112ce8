"""Lists of v2 with a capped count beside them, and the search of a link field."""

from __future__ import annotations

from ..context import Context
from ..document import lists
from ..document.nested_rows import ListQuery
from ..errors import BadRequestError, QueryTimeoutError, ValidationError
from ..methods import search as link_search
from ..router import Answer, has_more, list_query
from ..site import Site
from ..utils import cstr, is_true

COUNT_CAP = 1000
"""A count beside a list goes no further; a person who pages does not need to know more."""


def attach(site: Site) -> None:
    """Answer lists of v2 and the search."""
    site.extensions.routes += [
        (2, "GET QUERY", "document/<doctype>", list_documents),
        (2, "GET QUERY", "doctype/<doctype>/search", search),
    ]


def list_documents(ctx: Context, doctype: str) -> Answer:
    """Documents of a DocType, whether there are more, and with `include=count` how many, up to a cap."""
    params = ctx.request.params
    asked = list_query(ctx, by_name=True)
    start, limit = lists.page(params.get("start"), params.get("limit", params.get("limit_page_length")))
    as_list = "as_dict" in params and not is_true(params["as_dict"])
    included = _included(params.get("include"))
    most = None if limit is None else limit + 1
    rows = asked.rows(ctx, doctype, start, most, as_list, strict=False)
    extra = has_more(asked, rows, limit)
    rows = rows[:limit]
    if "count" in included:
        extra.update(_counted(ctx, doctype, asked))
    return Answer(rows, extra=extra)


def _included(given: object) -> set[str]:
    parts = {part.strip() for part in cstr(given).split(",") if part.strip()}
    if parts - {"count"}:
        raise ValidationError.told(
            f"Unknown part in include: {', '.join(sorted(parts - {'count'}))[:80]}. Known parts: count"
        )
    return parts


def _counted(ctx: Context, doctype: str, asked: ListQuery) -> dict[str, object]:
    """The count, or null where it takes too long: the list is worth having without it."""
    try:
        number = lists.count(
            ctx,
            doctype,
            asked.filters,
            asked.or_filters,
            asked.parent,
            most=COUNT_CAP + 1,
            strict=False,
            distinct=False,  # as many as the list has rows
        )
    except QueryTimeoutError:
        return {"count": None, "count_capped": False}
    return {"count": min(number, COUNT_CAP), "count_capped": number > COUNT_CAP}


# --- search ------------------------------------------------------------------------------------------------


def search(ctx: Context, doctype: str) -> Answer:
    """What a link field offers for the text in `txt`: rows of {value, label, description}."""
    params = ctx.request.params
    start, limit = lists.page(params.get("start"), params.get("limit"), link_search.PAGE)
    text = params.get("txt")
    if text is not None and not isinstance(text, str | int | float):
        raise BadRequestError.told("txt is text")
    found = link_search.find(
        ctx, doctype, cstr(text).strip(), list_query(ctx).filters, limit or link_search.MAX_PAGE, start
    )
    return Answer(
        [
            {"value": row["value"], "label": row.get("label", row["value"]), "description": row["description"]}
            for row in found
        ]
    )
