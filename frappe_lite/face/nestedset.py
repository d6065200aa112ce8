"""`frappe.utils.nestedset`: trees for app code. Their places are kept by `trees.py` whatever the controller's class is."""

from __future__ import annotations

from typing import Any

from ..document import trees
from ..document.trees import (
    NestedSetChildExistsError,
    NestedSetInvalidMergeError,
    NestedSetMultipleRootsError,
    NestedSetRecursionError,
)
from ..utils import cint
from .context import ctx
from .document import Document
from .documents import db, get_all


class NestedSet(Document):
    """The controller of a tree. `on_update` and `on_trash` are here for `super()`: the place follows the document by itself."""

    def on_update(self) -> None:
        """Nothing to do: the place was kept with the row."""

    def on_trash(self, allow_root_deletion: bool = False) -> None:
        """Raises NestedSetChildExistsError for a document with others below it."""
        if not allow_root_deletion and not self.get(self._meta.tree_parent):
            require_leaf(self)

    def validate_one_root(self) -> None:
        """Raises NestedSetMultipleRootsError if the tree has a second document without a parent."""
        if (
            not self.get(self._meta.tree_parent)
            and db.count(self.doctype, {self._meta.tree_parent: ["is", "not set"]}) > 1
        ):
            raise NestedSetMultipleRootsError.told("Multiple root nodes not allowed.")

    def get_parent(self) -> Any:
        """The document above, or None."""
        parent = self.get(self._meta.tree_parent)
        return (
            ctx().site.make_document(
                ctx(), {**(ctx().store.load_row(self._meta, parent) or {}), "doctype": self.doctype}
            )
            if parent
            else None
        )

    def get_ancestors(self) -> list[Any]:
        """The names above, nearest first."""
        return get_ancestors_of(self.doctype, self.name)

    def get_children(self) -> list[Any]:
        """The names right below."""
        found: list[Any] = get_all(
            self.doctype, filters={self._meta.tree_parent: self.name}, order_by="lft", pluck="name"
        )
        return found


def require_leaf(doc: Any) -> None:
    """Raises NestedSetChildExistsError for a document with others below it."""
    first, last = trees.place_of(ctx(), doc.meta, doc.name)
    if last - first > 1:
        raise NestedSetChildExistsError.told(f"Cannot delete {doc.name} as it has child nodes")


def update_nsm(doc: Any) -> None:
    """The place follows the document by itself; nothing to do."""


def rebuild_tree(doctype: str, parent_field: str | None = None) -> None:
    """Number a tree anew from its parent fields."""
    with ctx().store.database.atomic():
        trees.rebuild(ctx(), ctx().meta(doctype))


def get_ancestors_of(doctype: str, name: Any, order_by: str = "lft desc", limit: Any = None) -> list[Any]:
    """The names above a document, nearest first."""
    found = trees.related(ctx(), ctx().meta(doctype), name, up=True)
    return _cut(found if "desc" in order_by else found[::-1], limit)


def get_descendants_of(
    doctype: str, name: Any, order_by: str = "lft desc", limit: Any = None, ignore_permissions: bool = False
) -> list[Any]:
    """The names below a document."""
    found = trees.related(ctx(), ctx().meta(doctype), name)
    return _cut(found[::-1] if "desc" in order_by else found, limit)


def _cut(names: list[Any], limit: Any) -> list[Any]:
    return names[: cint(limit)] if limit else names


def get_root_of(doctype: str) -> Any:
    """The name of the tree's first root, or None."""
    return db.get_value(doctype, {ctx().meta(doctype).tree_parent: ["is", "not set"]}, "name", order_by="lft")


__all__ = [
    "NestedSet", "NestedSetChildExistsError", "NestedSetInvalidMergeError", "NestedSetMultipleRootsError", "NestedSetRecursionError", "get_ancestors_of",
    "get_descendants_of", "get_root_of", "rebuild_tree", "update_nsm",
]  # fmt: skip
