"""`frappe.utils.nestedset`: trees for app code.

Their places are kept by `trees.py` whatever the controller's class is.
"""

from __future__ import annotations

from ...document import trees
from ...document.base_document import BaseDocument
from ...document.trees import (
    NestedSetChildExistsError,
    NestedSetInvalidMergeError,
    NestedSetMultipleRootsError,
    NestedSetRecursionError,
)
from ...errors import DoesNotExistError, ValidationError
from ..context import ctx
from ..people.users import has_permission
from .document import Document
from .documents import db, get_all, get_list


class NestedSet(Document):
    """The controller of a tree.

    `on_update` and `on_trash` are here for `super()`: the place follows the document by itself.
    """

    def on_update(self) -> None:
        """Nothing to do: the place was kept with the row."""

    def on_trash(self, allow_root_deletion: bool = False) -> None:
        """Raises NestedSetChildExistsError for a document with others below it, ValidationError for a root that its
        class keeps."""
        if not self.get(self._meta.tree_parent) and not getattr(self, "allow_root_deletion", True):
            raise ValidationError.told(f"Root {self.doctype} cannot be deleted")
        if not allow_root_deletion and not self.get(self._meta.tree_parent):
            require_leaf(self)

    def validate_one_root(self) -> None:
        """Raises NestedSetMultipleRootsError if the tree has a second document without a parent."""
        if (
            not self.get(self._meta.tree_parent)
            and db.count(self.doctype, {self._meta.tree_parent: ["is", "not set"]}) > 1
        ):
            raise NestedSetMultipleRootsError.told("Multiple root nodes not allowed.")

    def get_parent(self) -> object:
        """The document above, or None."""
        parent = self.get(self._meta.tree_parent)
        return (
            ctx().site.make_document(
                ctx(), {**(ctx().store.load_row(self._meta, parent) or {}), "doctype": self.doctype}
            )
            if parent
            else None
        )

    def get_ancestors(self) -> list[object]:
        """The names above, nearest first."""
        return get_ancestors_of(self.doctype, self.name)

    def get_children(self) -> list[object]:
        """The names right below."""
        found: list[object] = get_all(
            self.doctype, filters={self._meta.tree_parent: self.name}, order_by="lft", pluck="name"
        )
        return found


def require_leaf(doc: BaseDocument) -> None:
    """Raises NestedSetChildExistsError for a document with others below it."""
    first, last = trees.place_of(ctx(), doc.meta, doc.name)
    if last - first > 1:
        raise NestedSetChildExistsError.told(f"Cannot delete {doc.name} as it has child nodes")


def update_nsm(doc: object) -> None:
    """The place follows the document by itself; nothing to do."""


def rebuild_tree(doctype: str) -> None:
    """Number a tree anew from its parent fields."""
    with ctx().store.database.atomic():
        trees.rebuild(ctx(), ctx().meta(doctype))


def get_ancestors_of(doctype: str, name: object, order_by: str = "lft desc", limit: object = None) -> list[object]:
    """The names above a document, nearest first. Raises DoesNotExistError for one that is not there."""
    first, last = _place(doctype, name)
    found: list[object] = get_all(
        doctype, {"lft": ["<", first], "rgt": [">", last]}, order_by=order_by, limit=limit, pluck="name"
    )
    return found


def get_descendants_of(
    doctype: str, name: object, order_by: str = "lft desc", limit: object = None, ignore_permissions: bool = False
) -> list[object]:
    """The names below a document, those that the user may read or, with `ignore_permissions`, all."""
    first, last = _place(doctype, name)
    between = {"lft": [">", first], "rgt": ["<", last]}
    found: list[object] = get_list(
        doctype,
        between,
        order_by=order_by,
        limit=limit or 0,
        limit_page_length=0,
        ignore_permissions=ignore_permissions,
        pluck="name",
    )
    return found


def _place(doctype: str, name: object) -> trees.Place:
    if not db.exists(doctype, name):
        raise DoesNotExistError.told(f"{doctype} {name} not found")
    return trees.place_of(ctx(), ctx().meta(doctype), name)


def remove_subtree(doctype: str, name: object, throw: bool = True) -> None:
    """Delete a document with all below it: no events. Raises PermissionError unless the user may delete documents of
    the kind."""
    has_permission(doctype, "delete", throw=throw)
    first, last = _place(doctype, name)
    with ctx().store.database.atomic():
        db.delete(doctype, [["lft", ">=", first], ["rgt", "<=", last]])
        trees.rebuild(ctx(), ctx().meta(doctype))


def get_root_of(doctype: str) -> object:
    """The name of the tree's first root, or None."""
    return db.get_value(doctype, {ctx().meta(doctype).tree_parent: ["is", "not set"]}, "name", order_by="lft")


__all__ = [
    "NestedSet", "NestedSetChildExistsError", "NestedSetInvalidMergeError", "NestedSetMultipleRootsError",
    "NestedSetRecursionError", "get_ancestors_of",
    "get_descendants_of", "get_root_of", "rebuild_tree", "remove_subtree", "update_nsm",
]  # fmt: skip
