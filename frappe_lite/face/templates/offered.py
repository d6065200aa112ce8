"""What templates and expressions of people are offered of `frappe`.

Pure functions, and reading with the caller's permissions.

An app's own templates are trusted and see the real `frappe`; a text that somebody typed sees this. Nothing here writes.
"""

from __future__ import annotations

from typing import Any

from ... import document, permissions, utils
from ...doctype.meta import DocType
from ...doctype.typed_dates import typed
from ...document import lists
from ...document.base_document import BaseDocument
from ...errors import PermissionError, ValidationError
from ...utils import _dict, cstr
from ...values import Values
from .. import utilities
from ..context import _session, ctx
from ..installation import get_hooks, get_url, get_url_to_form
from ..messages import _
from ..queries.listing import get_list as _get_list
from ..texts import checks, comparing, formats, html_texts, numbers
from ..times import dates, periods
from .budget import bounded_range, measure, require_length
from .values import Function, Names, meta_view

MAX_ROWS = 5_000
MAX_ARGUMENT = 20_000
"""Characters of a text that a function looks through; some take a time that grows with its square."""

_LIST = (
    "fields",
    "filters",
    "or_filters",
    "order_by",
    "group_by",
    "limit_start",
    "start",
    "pluck",
    "as_list",
    "distinct",
    "parent_doctype",
)

UTILITIES = frozenset(
    "add_days add_months add_to_date add_years bold cint comma_and comma_or comma_sep cstr date_diff "
    "duration_to_seconds escape_html flt fmt_money format_date format_datetime"
    " format_duration format_time formatdate get_abbr get_date_str get_datetime get_datetime_str get_first_day "
    "get_first_day_of_week get_last_day get_last_day_of_week"
    " get_quarter_ending get_quarter_start get_time get_timespan_date_range get_timestamp get_weekday "
    "get_weekdays get_year_ending get_year_start getdate global_date_format"
    " is_html month_diff now now_datetime nowdate nowtime pretty_date quote remainder rounded sanitize_html sbool "
    "scrub strip_html strip_html_tags time_diff"
    " time_diff_in_hours time_diff_in_seconds to_timedelta today unique unscrub validate_email_address "
    "validate_phone_number validate_url ceil floor".split()
)
"""The functions of `frappe.utils` that give a value for values, and look at nothing else."""


HOMES = (checks, dates, periods, formats, numbers, html_texts, comparing, utilities, utils)
"""Where the functions of `frappe.utils` stand; the first that has one counts, as for app code."""


def _short(name: str, function: Function) -> Function:
    """The function, for arguments that it is done with in no time."""

    def call(*args: object, **kwargs: object) -> object:
        if measure([args, kwargs]) > MAX_ARGUMENT:
            raise ValidationError.told(f"{name} takes at most {MAX_ARGUMENT:,} characters here")
        return function(*args, **kwargs)

    return Function(name, call)


def offered_utilities() -> Names:
    """`frappe.utils`, as far as it is offered."""
    found = {name: next((getattr(each, name) for each in HOMES if hasattr(each, name)), None) for name in UTILITIES}
    named = {name: _short(name, function) for name, function in found.items() if function is not None}
    return Names(**named, get_url=get_url, get_url_to_form=get_url_to_form)


def offered_frappe() -> Names:
    """`frappe`, as far as it is offered."""
    session = _session()
    database = Names(
        get_value=get_value,
        get_single_value=get_single_value,
        exists=exists,
        count=count,
        get_list=get_list,
        get_all=get_list,
    )
    return Names(
        utils=offered_utilities(), db=database, session=Names(user=session.user), user=session.user, get_doc=get_doc,
        get_cached_doc=get_doc, get_all=get_list, get_list=get_list,
        get_value=get_value, get_cached_value=get_value, get_meta=get_meta, get_url=get_url,
        format_date=formats.formatdate, format=format_value, format_value=format_value,
        bold=utils.bold, scrub=utils.scrub, unscrub=utils.unscrub, _=_,
    )  # fmt: skip


def offered() -> Values:
    """The names that every text of people may use, the functions of the apps' `jinja` hook among them."""
    names = {
        "frappe": offered_frappe(),
        "_": Function("_", _),
        "get_url": Function("get_url", get_url),
        "range": Function("range", bounded_range),
    }
    return {**names, **hooked("methods")}


def hooked(kind: str) -> Values:
    """By name, the functions that the apps' `jinja` hook gives as `methods` or `filters`.

    An app means them for its templates.
    """
    hooks = get_hooks("jinja")
    given = hooks.get(kind) if isinstance(hooks, dict) else None
    found = {}
    for dotted in given if isinstance(given, list) else [given] if given else []:
        function = ctx().site.resolve(cstr(dotted))
        found[function.__name__] = Function(function.__name__, function)
    return found


# --- reading, as the caller ------------------------------------------------------------------------------


def _readable_meta(doctype: object) -> DocType:
    meta = ctx().meta(cstr(doctype))
    if not any(permissions.judge(ctx(), meta, right).allowed for right in ("read", "select")):
        raise PermissionError.told(f"No permission for {meta.name}")
    return meta


def get_doc(doctype: object, name: object = None) -> BaseDocument:
    """A stored document without the fields that the caller may not read. Raises PermissionError, DoesNotExistError."""
    meta = _readable_meta(doctype)
    doc = document.load(ctx(), meta.name, cstr(name if name is not None else meta.name))
    doc.check_permission("read")
    shown = permissions.strip_unreadable(ctx(), meta, dict(doc.as_dict()))
    _hide(doc, shown, meta)
    for table in meta.table_fields:
        for row, values in zip(doc.get(table.fieldname) or [], shown.get(table.fieldname) or [], strict=False):
            _hide(row, values, meta)
    return doc


def _hide(doc: BaseDocument, shown: dict[str, object], governing: DocType) -> None:
    for fieldname in permissions.hidden_fields(ctx(), doc.meta, governing):
        doc.__dict__[fieldname] = shown.get(fieldname)
        doc.__dict__.pop("_sent", None)


def get_list(doctype: object, fields: object = None, filters: object = None, **options: object) -> Any:
    """Documents that the caller may read."""
    kept = {key: value for key, value in options.items() if key in _LIST}
    given = utils.cint(options.get("limit") or options.get("limit_page_length") or options.get("page_length") or 0)
    rows = _get_list(cstr(doctype), fields, filters, **{**kept, "limit_page_length": min(given or MAX_ROWS, MAX_ROWS)})
    require_length(len(rows) if isinstance(rows, list) else 0)
    return rows


def get_value(
    doctype: object, filters: object = None, fieldname: Any = "name", as_dict: bool = False,
    order_by: str | None = None, cache: bool = False,
) -> object:  # fmt: skip
    """Values of the first document that fits and that the caller may read; None for none. Nothing is cached."""
    meta, names = _readable_meta(doctype), [fieldname] if isinstance(fieldname, str) else list(fieldname)
    if meta.issingle:
        rows = [_dict((name, get_single_value(meta.name, name)) for name in names)]
    else:
        rows = get_list(meta.name, names, filters, limit=1, **({"order_by": order_by} if order_by else {}))
    if not rows:
        return None
    return rows[0] if as_dict else rows[0][names[0]] if isinstance(fieldname, str) else tuple(rows[0].values())


def get_single_value(doctype: object, fieldname: str) -> object:
    """A value of a Single DocType that the caller may read."""
    meta = ctx().meta(cstr(doctype))
    permissions.require(ctx(), meta, "read")
    return typed(
        meta.fieldtype(fieldname),
        permissions.strip_unreadable(ctx(), meta, ctx().store.load_single(meta)).get(fieldname),
    )


def exists(doctype: object, filters: object = None) -> object:
    """The name of a document that fits and that the caller may read, or None."""
    return get_value(doctype, filters, "name")


def count(doctype: object, filters: object = None) -> int:
    """How many documents fit and may be read."""
    return lists.count(ctx(), _readable_meta(doctype).name, filters)


def get_meta(doctype: object) -> Names:
    """A DocType whose documents the caller may read."""
    return meta_view(_readable_meta(doctype))


def format_value(
    value: object, df: object = None, doc: object = None, currency: str | None = None, format: str | None = None
) -> str:
    """A value as people read it, by a fieldtype. Amounts have the currency that is named; a document names none
    here."""
    kind = df if isinstance(df, str) else (df or {}).get("fieldtype", "") if isinstance(df, dict | type(None)) else ""
    if kind == "Currency":
        return numbers.fmt_money(value, currency=currency, format=format)
    return formats.formatdate(value) if kind == "Date" else cstr(value)


__all__ = ["HOMES", "hooked", "offered", "offered_frappe", "offered_utilities"]
