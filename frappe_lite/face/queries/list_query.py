"""`frappe.model.db_query.DatabaseQuery`: the class below `frappe.get_list`, which older app code makes itself."""

from __future__ import annotations

from typing import Any

from ..context import ctx
from ..forms import build_match_conditions
from .listing import get_list


class DatabaseQuery:
    """Lists of one DocType, as the user may read them.

    DatabaseQuery("Task").execute(filters={"status": "Open"}, fields=["name"])   ->   [{"name": "T1"}, …]
    """

    def __init__(self, doctype: str, user: str | None = None):
        self.doctype, self.user = doctype, user

    def execute(self, *args: object, **kwargs: object) -> object:
        """The documents: `frappe.get_list`'s arguments, all rows unless told. Raises as it does."""
        asked = {"limit": None, "limit_page_length": 0, "user": self.user, **kwargs}
        return get_list(self.doctype, *args, **asked)

    def build_match_conditions(self, as_condition: bool = True) -> str | list[str]:
        """Which documents the user may read, as SQL; as a list of it unless `as_condition`. Raises PermissionError."""
        found = build_match_conditions(self.doctype, self.user)
        return found if as_condition else [found] if found else []


def get_order_by(doctype: str, meta: Any) -> str:
    """The order that lists of a DocType have, as SQL."""
    table = ctx().meta(doctype).table
    if meta.sort_field and "," in meta.sort_field:
        parts = [each.split() for each in meta.sort_field.split(",")]
        return ", ".join(f"`{table}`.`{field}` {(way or ['asc'])[0]}" for field, *way in parts)
    return f"`{table}`.`{meta.sort_field or 'creation'}` {meta.sort_order or 'desc'}"


__all__ = ["DatabaseQuery", "get_order_by"]
