"""Many documents at once, each by itself: what `after_install` of apps calls of Frappe's set-up wizard, and names in
bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ...errors import FrappeError, ValidationError
from ...utils import cstr, scrub
from ...values import Given
from ..context import ctx
from ..messages import log_error
from ..model.documents import db, get_all, get_doc, new_doc, rename_doc
from ..people.rights import AUTOMATIC_ROLES

_OTHERS = {"Administrator", "Customer", "Supplier", "Partner", "Employee", *AUTOMATIC_ROLES}
"""Roles that nobody has by the set-up."""


def add_all_roles_to(name: str) -> None:
    """Give a user every role, but for those of people outside and those that come by themselves."""
    user = get_doc("User", name)
    user.append_roles(*sorted(set(get_all("Role", pluck="name")) - _OTHERS))
    user.save()


def make_records(records: Iterable[Given], debug: bool = False) -> None:
    """Make documents, each by itself: one that is there stays, one that is refused is logged and passed over.

    `__condition` is a function that says whether to make it, `__exception` an `exception` and the `handler` to call
    then.
    """
    for record in records:
        condition: Callable[[], object] | None = record.get("__condition")
        if condition is None or condition():
            _make_record(record)


def _make_record(record: Given) -> None:
    doc = new_doc(record["doctype"])
    doc.update({key: value for key, value in record.items() if not key.startswith("__")})
    above = f"parent_{scrub(doc.doctype)}"
    doc.flags.ignore_mandatory = doc.meta.has_field(above) and not doc.get(above)  # the root of a tree
    awaited = record.get("__exception") or {}
    try:
        with ctx().store.database.atomic():
            doc.insert(ignore_permissions=True, ignore_if_duplicate=True)
    except (FrappeError, *filter(None, [awaited.get("exception")])) as error:
        if awaited and isinstance(error, awaited["exception"]):
            awaited["handler"]()
        else:
            log_error("Exception during Setup")


MOST_RENAMED = 500


def bulk_rename(
    doctype: str, rows: Iterable[Sequence[object]] | None = None, via_console: bool = False
) -> list[str] | None:
    """Rename documents, each by itself: `[old name, new name, whether to merge]`. What came of each; printed with
    `via_console`.

    Raises ValidationError for no rows, or more than 500.
    """
    given = list(rows or ())
    if not given:
        raise ValidationError.told("Please select a valid csv file with data")
    if len(given) > MOST_RENAMED and not via_console:
        raise ValidationError.told(f"Maximum {MOST_RENAMED} rows allowed")
    told = [_renamed(doctype, *map(cstr, row[:3])) for row in given if len(row) > 1 and row[0] and row[1]]
    if not via_console:
        return told
    print(*told, sep="\n")
    return None


def _renamed(doctype: str, old: str, new: str, merge: str = "") -> str:
    try:
        rename_doc(doctype, old, new, merge=merge.lower() in ("1", "true"))
    except FrappeError as error:
        db.rollback()
        return f"** Failed: {old} to {new}: {error!r}"
    db.commit()
    return f"Successful: {old} to {new}"


__all__ = ["add_all_roles_to", "bulk_rename", "make_records"]
