"""`frappe.core.doctype.user_permission.user_permission.*`: to which documents a user is held."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import document, permissions
from ..context import Context
from ..errors import BadRequestError
from ..query import Condition, all_of
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from .asking import json_list, json_object, known_user, require_manager
from .linked_with import get_linked_doctypes

_METHODS = "frappe.core.doctype.user_permission.user_permission"
_DOCTYPE = "User Permission"


@method(f"{_METHODS}.get_user_permissions")
def get_user_permissions(ctx: Context, user: str | None = None) -> dict[str, list[dict[str, object]]]:
    """The documents that one is held to, by DocType; for System Managers those of another `user`."""
    whose, found = known_user(ctx, user), dict[str, list[dict[str, Any]]]()
    if whose in (permissions.ADMINISTRATOR, permissions.GUEST):
        return found
    fields = ("allow", "for_value", "applicable_for", "is_default", "hide_descendants")
    for row in ctx.store.find(ctx.meta(_DOCTYPE), Condition("user = ?", (whose,)), fields, order="creation DESC"):
        entry = {
            "doc": row["for_value"],
            "applicable_for": row["applicable_for"],
            "is_default": row["is_default"],
            "hide_descendants": row["hide_descendants"],
        }
        entries = found.setdefault(row["allow"], [])
        entries.append(entry)
        allowed = ctx.meta(row["allow"]) if ctx.has_doctype(row["allow"]) else None
        if allowed is not None and allowed.is_nested_set and not cint(row["hide_descendants"]):
            below = permissions.descendants(ctx.store, allowed, row["for_value"], "descendants of")
            entries += [{**entry, "doc": name, "is_default": False} for name in below]
    return found


def _rows(ctx: Context, data: dict[str, object], *more: Condition) -> list[Values]:
    own = Condition("user = ? AND allow = ? AND for_value = ?", (data["user"], data["doctype"], cstr(data["docname"])))
    return ctx.store.find(ctx.meta(_DOCTYPE), all_of([own, *more]), ("name", "applicable_for", "apply_to_all_doctypes"))


@method(f"{_METHODS}.check_applicable_doc_perm")
def check_applicable_doc_perm(ctx: Context, user: str, doctype: str, docname: object) -> list[str]:
    """The DocTypes for which a user is held to a document."""
    require_manager(ctx)
    rows = _rows(ctx, {"user": known_user(ctx, user), "doctype": ctx.meta(doctype).name, "docname": docname})
    if any(cint(row["apply_to_all_doctypes"]) for row in rows):
        return list(get_linked_doctypes(ctx.trusted(), doctype))
    return [row["applicable_for"] for row in rows if row["applicable_for"]]


@method(f"{_METHODS}.add_user_permissions", methods=["POST", "PUT"])
def add_user_permissions(ctx: Context, data: object) -> int:
    """Hold a user to a document, for all DocTypes or for some, which takes the place of what was.

    1 if something is to be held, else 0.
    """
    require_manager(ctx)
    ctx.store.database.begin_write()
    given = json_object(data, "data")
    if not all(isinstance(given.get(key), str) and given[key] for key in ("user", "doctype", "docname")):
        raise BadRequestError.told(
            "data is an object with user, doctype, docname, and apply_to_all_doctypes or applicable_doctypes"
        )
    wanted = {**given, "user": known_user(ctx, given["user"]), "doctype": ctx.meta(given["doctype"]).name}
    chosen = [cstr(each) for each in json_list(given.get("applicable_doctypes"), "applicable_doctypes")]
    rows = _rows(ctx, wanted)
    everywhere = any(cint(row["apply_to_all_doctypes"]) for row in rows)
    if cint(given.get("apply_to_all_doctypes")):
        if everywhere:
            return 0
        _remove(ctx, (row for row in rows if row["applicable_for"]))
        _insert(ctx, wanted, None)
        return 1
    if not chosen:
        return 0
    _remove(ctx, (row for row in rows if cint(row["apply_to_all_doctypes"]) or row["applicable_for"] not in chosen))
    held = {row["applicable_for"] for row in rows if not cint(row["apply_to_all_doctypes"])}
    for each in dict.fromkeys(chosen):
        if each not in held:
            _insert(ctx, wanted, each)
    return 1


def _remove(ctx: Context, rows: Iterable[dict[str, object]]) -> int:
    """Delete permissions; how many."""
    names = [row["name"] for row in rows]
    for name in names:
        document.delete(ctx, _DOCTYPE, name)
    return len(names)


def _insert(ctx: Context, data: dict[str, object], applicable_for: str | None) -> None:
    values = {
        "user": data["user"],
        "allow": data["doctype"],
        "for_value": data["docname"],
        "is_default": cint(data.get("is_default")),
    }
    held_for = {
        "applicable_for": applicable_for,
        "apply_to_all_doctypes": int(applicable_for is None),
        "hide_descendants": cint(data.get("hide_descendants")),
    }
    document.new(ctx, {"doctype": _DOCTYPE, **values, **held_for}).insert()


@method(f"{_METHODS}.clear_user_permissions", methods=["POST", "PUT"])
def clear_user_permissions(ctx: Context, user: str, for_doctype: str) -> int:
    """Hold a user to no document of a DocType any more; how many permissions there were."""
    require_manager(ctx)
    ctx.store.database.begin_write()
    where = Condition("user = ? AND allow = ?", (known_user(ctx, user), for_doctype))
    return _remove(ctx, ctx.store.find(ctx.meta(_DOCTYPE), where))


@method(f"{_METHODS}.get_applicable_for_doctype_list")
def get_applicable_for_doctype_list(
    ctx: Context, doctype: str, txt: str = "", searchfield: object = None, start: int = 0, page_len: int = 20,
    filters: object = None,
) -> list[list[str]]:  # fmt: skip
    """The DocTypes that link to one, and itself, whose names have the text."""
    require_manager(ctx)
    found = {doctype}
    for name, info in get_linked_doctypes(ctx.trusted(), doctype).items():
        found |= {name, info.get("child_doctype") or name}
    return [[each] for each in sorted(found) if txt.lower() in each.lower()][start : start + page_len]
