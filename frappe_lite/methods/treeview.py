"""`frappe.desk.treeview.*`: trees as people open them, branch by branch."""

from __future__ import annotations

from typing import Any

from .. import document
from ..context import Context
from ..doctype.meta import DocType
from ..document import lists
from ..errors import ValidationError
from ..protocol import parse_json
from ..utils import _dict, cstr, is_true
from ..whitelist import method


def _tree(ctx: Context, doctype: str) -> DocType:
    meta = ctx.meta(doctype)
    if not meta.is_nested_set:
        raise ValidationError.told(f"{meta.name} is not a tree")
    return meta


@method("frappe.desk.treeview.get_children")
def get_children(
    ctx: Context, doctype: str, parent: str = "", include_disabled: Any = False, is_root: Any = False
) -> list[dict[str, Any]]:
    """The documents right below one, or the roots, as far as the user may read them: `value`, `title`, `expandable`."""
    meta = _tree(ctx, doctype)
    root = is_true(is_root) or not parent or parent == f"All {meta.name}" and ctx.store.exists(meta, parent) is None
    filters: list[Any] = [
        [meta.tree_parent, "is", "not set"] if root else [meta.tree_parent, "=", parent],
        ["docstatus", "<", 2],
    ]
    if meta.has_field("disabled") and not is_true(include_disabled):
        filters.append(["disabled", "=", 0])
    title = meta.get_title_field()
    expandable = ["is_group"] if meta.has_field("is_group") else ["lft", "rgt"]
    rows = lists.get_list(
        ctx, meta.name, [*dict.fromkeys(["name", title, *expandable])], filters, order_by="name", limit=None
    )
    return [_dict(value=row["name"], title=row.get(title) or row["name"], expandable=_expandable(row)) for row in rows]


def _expandable(row: dict[str, Any]) -> int:
    return int(bool(row["is_group"])) if "is_group" in row else int(row["rgt"] - row["lft"] > 1)


@method("frappe.desk.treeview.get_all_nodes")
def get_all_nodes(
    ctx: Context, doctype: str, label: str = "", parent: str = "", tree_method: Any = None, **filters: Any
) -> list[dict[str, Any]]:
    """Every branch that can be opened, from one document down: `[{"parent": …, "data": [...]}, …]`."""
    found, waiting = [], [parent]
    while waiting:
        above = waiting.pop(0)
        children = get_children(ctx, doctype, above)
        found.append({"parent": above or label, "data": children})
        waiting += [cstr(each["value"]) for each in children if each["expandable"]]
    return found


@method("frappe.desk.treeview.add_node", methods=["POST", "PUT"])
def add_node(ctx: Context, doctype: str, parent: str = "", is_root: Any = False, **values: Any) -> dict[str, Any]:
    """Add a document below one."""
    meta = _tree(ctx, doctype)
    given = {
        key: parse_json(value, key) if isinstance(value, str) and value[:1] in "{[" else value
        for key, value in values.items()
        if meta.has_field(key)
    }
    below = None if is_true(is_root) or parent == f"All {meta.name}" else parent or given.get(meta.tree_parent)
    made = document.new(ctx, {**given, "doctype": meta.name, meta.tree_parent: below})
    made.insert()
    return dict(made.as_dict())
