"""Many documents in one request: each changed or deleted by itself, in one transaction.

Every document stands in a savepoint of its own, with the permissions, checks and controller events that it would have
alone. One that fails is undone and listed, the others stay; an error of the server itself (busy, full) ends the
request.

    POST /api/v2/document/Task/bulk_delete {"names": ["TASK-1", "gone"]}
        ->  {"deleted": ["TASK-1"], "failed": [{"name": "gone", "error": "Task gone not found"}], "total": 2, …}
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from ..context import Context, current
from ..doctype import server_owned
from ..document import access
from ..document.base_document import BaseDocument
from ..errors import BadRequestError, DoesNotExistError, FrappeError, ValidationError
from ..methods.many import failure
from ..protocol import parse_json
from ..router import Answer, shown
from ..site import Site
from ..utils import cstr, strip_html
from ..values import Values
from .jobs import status
from .jobs.resuming import Parts

MAX_DOCUMENTS = 500
"""How many documents one request may name."""

PART = 25
"""How many of them a job does before it keeps them."""

Act = Callable[[Context, str, Any, Any], BaseDocument | None]
"""What is done with the document of a DocType and a name, for the item that names it."""

log = logging.getLogger("frappe_lite")


def attach(site: Site) -> None:
    """Add the four routes."""
    site.extensions.routes += [
        (2, "POST", "document/<doctype>/bulk_update", update_documents),
        (2, "POST", "document/<doctype>/bulk_delete", delete_documents),
        (2, "POST", "method/bulk_update", update_any),
        (2, "POST", "method/bulk_delete", delete_any),
    ]


def update_documents(ctx: Context, doctype: str) -> Answer:
    """Change documents of one DocType: `docs` is a list of objects with a name and new values."""
    if ctx.request.params.get("docs") is None:
        text = f"{doctype} bulk_update not found; to change several, send docs, a list of objects with name and values"
        raise DoesNotExistError.told(text)  # Frappe: the document of that name is meant
    return _asked(ctx, doctype, _given(ctx, "docs"), "updated")


def delete_documents(ctx: Context, doctype: str) -> Answer:
    """Delete documents of one DocType: `names` is a list of names."""
    return _asked(ctx, doctype, _given(ctx, "names"), "deleted")


def update_any(ctx: Context) -> Answer:
    """Change documents of any DocTypes: `docs` is a list of objects with doctype, name and new values."""
    return _asked(ctx, None, _given(ctx, "docs"), "updated")


def delete_any(ctx: Context) -> Answer:
    """Delete documents of any DocTypes: `docs` is a list of objects with doctype and name."""
    return _asked(ctx, None, _given(ctx, "docs"), "deleted")


def _asked(ctx: Context, doctype: str | None, items: list[object], verb: str) -> Answer:
    """Do it now, or by a job if the caller would rather not wait: then 202, and where to look."""
    if not status.is_wanted_later(ctx):
        return _each(ctx, doctype, items, verb, ACTS[verb])
    if doctype is not None:
        ctx.meta(doctype)
    return status.later(ctx, do_all, f"{verb} {len(items)} documents", doctype=doctype, items=items, verb=verb)


def do_all(doctype: str | None, items: list[object], verb: str) -> object:
    """What the job of many documents does; its result is what the answer would have been.

    It keeps its work in parts: others write in between, and see how far it is.
    """
    ctx = current.get()
    parts = Parts(ctx)
    number, said = parts.said()
    done, failed = said.get("done", []), said.get("failed", [])
    for first in range(number * PART, len(items), PART):
        answer: Any = _each(ctx, doctype, items[first : first + PART], verb, ACTS[verb]).value
        done, failed, number = [*done, *answer[verb]], [*failed, *answer["failed"]], number + 1
        percent = round(100 * min(1, number * PART / len(items)), 1)
        parts.keep(number, {"done": done, "failed": failed}, percent, f"{len(items)} documents")
    parts.end()
    return _counted(verb, done, failed)


def _given(ctx: Context, key: str) -> list[object]:
    given = parse_json(ctx.request.params.get(key), key)
    if not isinstance(given, list):
        raise BadRequestError.told(
            f"{key} is a list of {'names' if key == 'names' else 'objects, each with the name of a document'}"
        )
    if len(given) > MAX_DOCUMENTS:
        raise ValidationError.told(f"At most {MAX_DOCUMENTS} documents in one request; this one has {len(given)}")
    return given


def _each(
    ctx: Context,
    doctype: str | None,
    items: list[object],
    verb: str,
    act: Act,
) -> Answer:
    """Act on each item in a savepoint of its own: what fails stays with its document."""
    if doctype is not None:
        ctx.meta(doctype)
    ctx.store.database.begin_write()
    done: list[object] = []
    failed: list[dict[str, object]] = []
    docs: list[object] = []
    for item in items:
        label = _label(doctype, item)
        error = failure(ctx, functools.partial(_act, ctx, doctype, item, act, docs))
        if error is not None:
            failed.append({**label, "error": _reason(error, {"doctype": doctype, **label})})
        else:
            done.append(label["name"] if doctype is not None else label)
    return Answer(_counted(verb, done, failed), extra={"docs": docs} if docs else {})


def _act(ctx: Context, doctype: str | None, item: object, act: Act, docs: list[object]) -> None:
    """Act on one item; a changed document joins `docs` as the caller may read it."""
    changed = act(ctx, *_named(doctype, item), item)
    if changed is not None:
        docs.append(shown(ctx, changed))


def _counted(verb: str, done: list[object], failed: list[dict[str, object]]) -> Values:
    counts = {"total": len(done) + len(failed), "success_count": len(done), "failure_count": len(failed)}
    return {verb: done, "failed": failed, **counts}


def _label(doctype: str | None, item: object) -> Values:
    """What an item names, as the answer says it; null for what is no name."""
    name = item.get("name") if isinstance(item, dict) else item
    named = {"name": cstr(name) if _is_name(name) else None}
    if doctype is not None:
        return named
    given = item.get("doctype") if isinstance(item, dict) else None
    return {"doctype": given if isinstance(given, str) else None, **named}


def _is_name(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _named(doctype: str | None, item: object) -> tuple[str, object]:
    """The DocType and name of an item. Raises ValidationError."""
    given = doctype if doctype is not None else item.get("doctype") if isinstance(item, dict) else None
    name = item.get("name") if isinstance(item, dict) else item if doctype is not None else None
    if not isinstance(given, str) or not _is_name(name):
        raise ValidationError(f"Each item names {'a document' if doctype is not None else 'a doctype and a document'}")
    return given, cstr(name)


def _update(ctx: Context, doctype: str, name: object, item: object) -> Any:
    if not isinstance(item, dict):
        raise ValidationError("Each item is an object with a name and the values to change")
    doc = access.load_for(ctx, doctype, name, "write")
    values = {key: value for key, value in item.items() if key != "name"}
    return access.change(ctx, doc, server_owned.drop_from_change(ctx, doctype, values))


def _delete(ctx: Context, doctype: str, name: object, item: object) -> None:
    access.delete(ctx, doctype, name)


ACTS: dict[str, Act] = {"updated": _update, "deleted": _delete}


def _reason(error: Exception, label: dict[str, object]) -> str:
    """Why it failed, in words; of a fault in an app's code only its name, the rest goes to the log."""
    if isinstance(error, FrappeError):
        told = ", ".join(strip_html(cstr(each["message"])) for each in error.messages)
        missing = f"{label['doctype']} {label['name']} not found" if isinstance(error, DoesNotExistError) else ""
        return told or strip_html(str(error)) or missing or type(error).__name__
    log.error("%s failed in a bulk request", label, exc_info=error)
    return f"{type(error).__name__}: an error in the app; see the log"
