"""What a link shows of the document it leads to: its title, a preview, the people whom one may mention."""

from __future__ import annotations

from .. import permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import lists
from ..query import Condition
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method


@method("frappe.desk.search.get_link_title")
def get_link_title(ctx: Context, doctype: str, docname: object) -> object:
    """What stands for a document in a link: its title if the DocType says so, else its name.

    Nothing of one that is not there or may not be read.
    """
    meta = ctx.meta(doctype)
    if not cint(meta.show_title_field_in_link):
        return docname
    title = meta.get_title_field()
    if permissions.rows(ctx, meta) is None or not permissions.may_read_field(ctx, meta, title):
        return None
    rows = lists.get_list(ctx, meta.name, [title], {"name": docname}, limit=1, as_list=True)
    return rows[0][0] if rows else None


@method("frappe.desk.link_preview.get_preview_data")
def get_preview_data(ctx: Context, doctype: str, docname: object) -> Values | None:
    """Image, title and chosen fields of a document, by their labels; nothing if its DocType has no preview."""
    meta = ctx.meta(doctype)
    if not cint(meta.show_preview_popup):
        return None
    title, image = meta.get_title_field(), cstr(meta.image_field)
    shown = _previewed(meta)
    wanted = [
        each
        for each in dict.fromkeys(["name", title, image, *shown])
        if each and permissions.may_read_field(ctx, meta, each)
    ]
    rows = lists.get_list(ctx, meta.name, wanted, {"name": docname}, limit=1)
    if not rows:
        return None
    row = rows[0]
    labelled = {meta.get_label(each): row[each] for each in wanted if row[each] and each not in ("name", title, image)}
    return {"preview_image": row.get(image), "preview_title": row.get(title), "name": row["name"], **labelled}


def _previewed(meta: DocType) -> list[str]:
    """The fields marked for a preview; if there are none, the mandatory ones."""
    marked = [each.fieldname for each in meta.value_fields if cint(each.in_preview)]
    return marked or [each.fieldname for each in meta.value_fields if cint(each.reqd)]


@method("frappe.desk.search.get_names_for_mentions")
def get_names_for_mentions(ctx: Context, search_term: str) -> list[dict[str, object]]:
    """The people of the desk whose name has the text, for those who belong to them: {id, value, link}."""
    info = ctx.user_info(ctx.user)
    if info is None or info.user_type != "System User" or not permissions.in_scope(ctx, "User", "read"):
        return []
    people = Condition("enabled = 1 AND user_type = 'System User' AND name NOT IN ('Administrator', 'Guest')")
    rows = ctx.store.find(ctx.meta("User"), people, ("name", "full_name"), order="full_name")
    found = [(row["name"], cstr(row["full_name"]) or cstr(row["name"])) for row in rows]
    address = ctx.site.address
    return [
        {"id": name, "value": text, "link": f"{address}/app/user-profile/{name}"}
        for name, text in found
        if search_term.lower() in text.lower()
    ]
