"""Trees: DocTypes whose documents name a parent of the same kind, kept as a nested set in `lft` and `rgt`.

A node's numbers enclose those of its descendants, so that a whole branch is one comparison. Each insert, move or
removal shifts the numbers behind it by one UPDATE, in the transaction that writes the document: two writers never meet
here. `modified` of the shifted documents stays, for they did not change.

    World 1..8 ── Europe 2..5 ── Italy 3..4         descendants of World: lft > 1 AND rgt < 8
               └─ Asia 6..7
"""

from __future__ import annotations

from ..context import Context
from ..doctype.meta import DocType
from ..errors import ValidationError
from ..query import quote
from ..utils import bold, cint, cstr
from .base_document import BaseDocument


class NestedSetRecursionError(ValidationError):
    """A document cannot be below itself."""


class NestedSetMultipleRootsError(ValidationError):
    """This tree can only have one root."""


class NestedSetChildExistsError(ValidationError):
    """A document cannot be deleted while others are below it."""


class NestedSetInvalidMergeError(ValidationError):
    """A group can only be merged with a group, and a leaf with a leaf."""


Place = tuple[int, int]


def place_of(ctx: Context, meta: DocType, name: object) -> Place:
    """(lft, rgt) of a node; (0, 0) if it does not exist or was never placed."""
    row = ctx.store.database.row(f"SELECT lft, rgt FROM {quote(meta.table)} WHERE name = ?", (name,)) if name else None
    return (cint(row[0]), cint(row[1])) if row else (0, 0)


def _end(ctx: Context, meta: DocType, parent: object) -> int:
    """The number at which a new last child of `parent` begins; without a parent, the end of the tree."""
    if parent:
        end = place_of(ctx, meta, parent)[1]
        # Rows from before the DocType was a tree, or written past us
        if not end and ctx.store.exists(meta, parent) is not None:
            rebuild(ctx, meta)
            end = place_of(ctx, meta, parent)[1]
        if end:
            return end
    return cint(ctx.store.database.value(f"SELECT max(rgt) FROM {quote(meta.table)}")) + 1


def insert(ctx: Context, meta: DocType, doc: BaseDocument) -> None:
    """Give a document that is about to be stored its position, as the last child of its parent."""
    state, parent = doc.__dict__, doc.get(meta.tree_parent)
    if parent and cstr(parent) == cstr(doc.name):
        raise _recursion()
    end = _end(ctx, meta, parent)
    ctx.store.database.execute(
        (
            f"UPDATE {quote(meta.table)} SET lft = CASE WHEN lft >= ? THEN lft + 2 ELSE lft END, rgt = rgt + 2 WHERE "
            "rgt >= ?"
        ),
        (end, end),
    )
    _set(meta, state, (end, end + 1))


def move(ctx: Context, meta: DocType, doc: BaseDocument, stored: BaseDocument) -> None:
    """Move a stored document to where its parent field says. Raises NestedSetRecursionError if that is below itself."""
    state, parent = doc.__dict__, doc.get(meta.tree_parent)
    first, last = place_of(ctx, meta, doc.name)
    if not first:
        rebuild(ctx, meta)
        first, last = place_of(ctx, meta, doc.name)
    if "is_group" in meta.columns and not cint(doc.is_group) and cint(stored.is_group) and last > first + 1:
        raise ValidationError.told(f"{meta.name} {bold(doc.name)} cannot be a leaf node as it has children")
    if cstr(parent) != cstr(stored.get(meta.tree_parent)):
        end = _end(ctx, meta, parent)
        if first <= end <= last:
            raise _recursion()
        _shift(ctx, meta, first, last, end)
        first, last = place_of(ctx, meta, doc.name)
    _set(meta, state, (first, last))


def _shift(ctx: Context, meta: DocType, first: int, last: int, end: int) -> None:
    """Move the branch `first`..`last` to before `end`, and what lies between the other way, in one UPDATE."""
    width = last - first + 1
    low, high, branch, others = (
        (first, end - 1, end - 1 - last, -width) if end > last else (end, last, end - first, width)
    )
    moved = "CASE WHEN {0} BETWEEN ? AND ? THEN {0} + ? WHEN {0} BETWEEN ? AND ? THEN {0} + ? ELSE {0} END"
    sql = (
        f"UPDATE {quote(meta.table)} SET lft = {moved.format('lft')}, rgt = {moved.format('rgt')} WHERE rgt >= ? AND "
        "lft <= ?"
    )
    ctx.store.database.execute(sql, (*(first, last, branch, low, high, others) * 2, low, high))


def remove(ctx: Context, meta: DocType, name: object) -> None:
    """Close the gap left by a document that is about to be deleted. Raises NestedSetChildExistsError if others are
    below it."""
    if ctx.store.database.row(
        f"SELECT 1 FROM {quote(meta.table)} WHERE {quote(meta.tree_parent)} = ? AND name <> ?", (cstr(name), name)
    ):
        raise NestedSetChildExistsError.told(f"Cannot delete {bold(name)} as it has child nodes")
    first, last = place_of(ctx, meta, name)
    if first:
        sql = (
            f"UPDATE {quote(meta.table)} SET lft = CASE WHEN lft > ? THEN lft - 2 ELSE lft END, rgt = rgt - 2 WHERE "
            "rgt > ?"
        )
        ctx.store.database.execute(sql, (last, last))


def require_same_kind(ctx: Context, meta: DocType, doc: BaseDocument, into: object) -> None:
    """Raises NestedSetInvalidMergeError where a group would be merged into a leaf, or a leaf into a group."""
    if "is_group" in meta.columns:
        found = ctx.store.load_row(meta, into) or {}
        if cint(found.get("is_group")) != cint(doc.is_group):
            raise NestedSetInvalidMergeError.told(
                "Merging is only possible between Group-to-Group or Leaf Node-to-Leaf Node"
            )


def rebuild(ctx: Context, meta: DocType) -> None:
    """Renumber the whole tree from its parent fields, children by name. A document without an existing parent, or in
    a ring, becomes a root."""
    names = ctx.store.database.rows(f"SELECT name, {quote(meta.tree_parent)} FROM {quote(meta.table)} ORDER BY name")
    known = {cstr(name).lower(): name for name, _ in names}
    children: dict[object, list[object]] = {}
    for name, parent in names:
        children.setdefault(known.get(cstr(parent).lower()), []).append(name)
    places: dict[object, list[int]] = {}
    number = 0
    for root in [*children.get(None, []), *(name for name, _ in names)]:
        waiting = [(root, False)]
        while waiting:
            name, left = waiting.pop()
            if not left and name in places:
                continue
            number += 1
            if left:
                places[name].append(number)
                continue
            places[name] = [number]
            waiting.append((name, True))
            waiting += [(child, False) for child in reversed(children.get(name, [])) if child not in places]
    ctx.store.database.execute_many(
        f"UPDATE {quote(meta.table)} SET lft = ?, rgt = ? WHERE name = ?",
        [(*place, name) for name, place in places.items()],
    )


def related(ctx: Context, meta: DocType, name: object, up: bool = False) -> list[object]:
    """The names of the nodes below a node, or above it; those nearest to the root come first, or last."""
    first, last = place_of(ctx, meta, name)
    where, order = ("lft < ? AND rgt > ? AND lft > 0", "lft DESC") if up else ("lft > ? AND rgt < ?", "lft")
    return (
        [
            row[0]
            for row in ctx.store.database.rows(
                f"SELECT name FROM {quote(meta.table)} WHERE {where} ORDER BY {order}", (first, last)
            )
        ]
        if first
        else []
    )


def _set(meta: DocType, state: dict[str, object], place: Place) -> None:
    state["lft"], state["rgt"] = place
    if "old_parent" in meta.columns:  # Frappe remembers here where the node was put last
        state["old_parent"] = state.get(meta.tree_parent) or ""


def _recursion() -> Exception:
    return NestedSetRecursionError.told("Item cannot be added to its own descendants")
