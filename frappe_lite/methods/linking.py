"""`frappe.client.validate_link` and its like: whether a document may be linked, and what a form fetches of it."""

from __future__ import annotations

from .. import permissions
from ..context import Context
from ..document import lists
from ..errors import PermissionError, ValidationError
from ..whitelist import method
from . import search
from .client import listed_fields


@method("frappe.client.validate_link")
def validate_link(ctx: Context, doctype: str, docname: object, fields: object = None) -> dict[str, object]:
    """The name as stored, with fields to fetch; `{name: null}` for what is not there."""
    return _link_values(ctx, doctype, docname, fields) or {"name": None}


@method("frappe.client.validate_link_and_fetch")
def validate_link_and_fetch(
    ctx: Context, doctype: str, docname: object, fields_to_fetch: object = None,
    query: str | None = None, filters: object = None,
) -> dict[str, object]:  # fmt: skip
    """The name as stored, with fields to fetch; nothing for what is not there, or not offered by the link field's
    `filters` and `query`, the search of an app's own."""
    if docname == "":
        raise ValidationError.told("Document Name must not be empty")
    found = _link_values(ctx, doctype, docname, fields_to_fetch)
    if found and (query or filters) and not search.offers(ctx, doctype, found["name"], query, filters):
        return {}
    return found


def _link_values(ctx: Context, doctype: str, docname: object, fields: object) -> dict[str, object]:
    if not isinstance(docname, str | int):
        raise ValidationError.told("Document Name must be a string")
    meta = ctx.meta(doctype)
    if not any(permissions.judge(ctx, meta, right).allowed for right in ("select", "read")):
        raise PermissionError.told(f"You do not have Read or Select Permissions for {meta.name}")
    rows = lists.get_list(ctx, doctype, ["name"], {"name": docname}, limit=1)
    wanted = listed_fields(fields) or []
    if rows and wanted:  # Frappe: of what is not there no field is asked for
        rows = lists.get_list(ctx, doctype, ["name", *wanted], {"name": docname}, limit=1)
    found: dict[str, object] = rows[0] if rows else {}
    return found
