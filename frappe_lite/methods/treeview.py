"""`frappe.desk.treeview.*`: trees as people open them, branch by branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import document
from ..context import Context
from ..doctype import server_owned
from ..doctype.meta import DocType
from ..document import calling, lists, trees
from ..errors import DoesNotExistError, ValidationError
from ..protocol import parse_json
from ..utils import _dict, cstr, is_true
from ..values import Values
from ..whitelist import method
from .asking import require_manager


def _tree(ctx: Context, doctype: str) -> DocType:
    meta = ctx.meta(doctype)
    if not meta.is_nested_set:
        raise ValidationError.told(f"{meta.name} is not a tree")
    return meta


@method("frappe.desk.treeview.get_children")
def get_children(
    ctx: Context, doctype: str, parent: str = "", include_disabled: object = False, is_root: object = False
) -> list[Values]:
    """The documents right below one, or the roots, as far as the user may read them: `value`, `title`, `expandable`."""
    meta = _tree(ctx, doctype)
    root = not parent or parent == f"All {meta.name}" and ctx.store.exists(meta, parent) is None
    filters: list[object] = [
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


def _expandable(row: Values) -> int:
    return int(bool(row["is_group"])) if "is_group" in row else int(row["rgt"] - row["lft"] > 1)


@method("frappe.desk.treeview.get_all_nodes")
def get_all_nodes(
    ctx: Context, doctype: str, label: str = "", parent: str = "", tree_method: object = None, **filters: object
) -> list[Values]:
    """Every branch that can be opened, from one document down: `[{"parent": …, "data": [...]}, …]`."""
    children = _branch(ctx, cstr(tree_method))
    below = children(doctype, parent, **filters)
    found, waiting = [{"parent": label, "data": below}], _openable(below)
    while waiting:
        above = waiting.pop()
        below = children(doctype, above, **{**filters, "is_root": False})
        found.append({"parent": above, "data": below})
        waiting += _openable(below)
    return found


def _openable(rows: list[Any]) -> list[str]:
    return [cstr(each["value"]) for each in rows if each.get("expandable")]


def _branch(ctx: Context, name: str) -> Callable[..., list[object]]:
    """What gives the documents below one: an app's own function, or `get_children`.

    Raises DoesNotExistError for a name that is no such function.
    """
    if name in ("", "frappe.desk.treeview.get_children"):
        return lambda doctype, parent, **_filters: list(get_children(ctx, doctype, parent))
    found = ctx.site.method(name)
    if found is None or found.takes_context:
        raise DoesNotExistError.told(f"tree_method is a whitelisted function of an app; {name} is none")
    calling._require_allowed(ctx, found, name)
    return lambda doctype, parent, **filters: list(
        found.function(**found.bind({**filters, "doctype": doctype, "parent": parent}))
    )


@method("frappe.desk.treeview.add_node", methods=["POST", "PUT"])
def add_node(ctx: Context, doctype: str, parent: str = "", is_root: object = False, **values: object) -> None:
    """Add a document below one; the front end reads the branch again."""
    meta = _tree(ctx, doctype)
    given = {
        key: parse_json(value, key) if isinstance(value, str) and value[:1] in "{[" else value
        for key, value in values.items()
        if meta.has_field(key)
    }
    below = None if parent in (f"All {meta.name}", meta.name) else parent or given.get(meta.tree_parent) or None
    document.new(
        ctx, {**server_owned.drop(ctx, meta.name, given), "doctype": meta.name, meta.tree_parent: below}
    ).insert()


@method("frappe.utils.nestedset.rebuild_tree", methods=["POST", "PUT"])
def rebuild_tree(ctx: Context, doctype: str) -> None:
    """Number a whole tree anew from its parents, for System Managers."""
    require_manager(ctx)
    ctx.store.database.begin_write()
    trees.rebuild(ctx, _tree(ctx, doctype))
