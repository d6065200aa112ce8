"""`frappe.realtime`: telling the pages that are open. The rooms have Frappe's names.

Whoever serves sockets beside the site sends on what is published here; without such a server nothing happens, and
clients follow the change feed. That documents were written needs no call: the server sees it by itself.

    frappe.publish_realtime("refetch", {"key": "tasks"}, user="ann@x.org")   ->   the room user:ann@x.org
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from ..utils import cstr
from .context import ctx, local
from .jobs.job import waiting_of

STEPS = 20
"""How often at most a job says how far it is on its way through many things."""

Item = TypeVar("Item")


def publish_realtime(
    event: str | None = None, message: Any = None, room: str | None = None, user: str | None = None,
    doctype: str | None = None, docname: object = None, task_id: str | None = None, after_commit: bool = False,
) -> None:  # fmt: skip
    """Send an event to a room, to a user's pages, to those who look at a document; else to everybody of the desk.

    At once, or with `after_commit` when the transaction is kept. In a transaction that has written, at its end.
    """
    given = {} if message is None else message
    task = cstr(task_id or getattr(local, "task_id", None))
    if event is None:
        event = "task_progress" if task else "global"
    if event == "msgprint" and not user:
        user = ctx().user
    elif event == "list_update":
        named = given.get("doctype") if isinstance(given, Mapping) else None
        room = get_doctype_room(cstr(doctype or named))
    elif event == "docinfo_update":
        room = get_doc_room(cstr(doctype), docname)
    if not room and task:
        given, after_commit = {"task_id": task, **given}, False
    ctx().site.extensions.publish(ctx(), event, given, room or _room(task, user, doctype, docname), after_commit)


def _room(task: str, user: str | None, doctype: str | None, docname: object) -> str:
    if task:
        return get_task_progress_room(task)
    if user:
        return get_user_room(user)
    return get_doc_room(doctype, docname) if doctype and docname else get_site_room()


def publish_progress(
    percent: float,
    title: object = None,
    doctype: str | None = None,
    docname: object = None,
    description: object = None,
    task_id: str | None = None,
) -> None:
    """Send how far something is: to who looks at the document, or to the user who asked for it."""
    told = note_progress(percent, title, description)
    user = None if doctype and docname else ctx().user
    publish_realtime("progress", told, user=user, doctype=doctype, docname=docname, task_id=task_id)


def note_progress(percent: float, title: object = None, description: object = None) -> dict[str, object]:
    """Note how far the job is that runs, if one does, for who asks for it; the note."""
    told = {"percent": percent, "title": title, "description": description}
    job = getattr(local, "job", None)
    if job and job.get("key"):
        waiting_of(ctx()).note_progress(ctx(), job["key"], told)
    return told


def counted(items: Sequence[Item]) -> Iterator[Item]:
    """The items, one after the other. A job says with them how many of a hundred are done, 99 at most: what is left is
    to keep it. Who is no job says nothing."""
    job, step = getattr(local, "job", None), max(1, -(-len(items) // STEPS))
    for number, item in enumerate(items):
        yield item
        done = number + 1
        if job and (done % step == 0 or done == len(items)):
            percent, text = 99 * done // len(items), f"{done} of {len(items)}"
            if ctx().store.database.writing:
                note_progress(percent, job.get("job_name"), text)  # pages would hear all of it at its end
            else:
                publish_progress(percent, job.get("job_name"), description=text)


def get_site_room() -> str:
    """The room of everybody who uses the desk."""
    return "all"


def get_website_room() -> str:
    """The room of everybody."""
    return "website"


def get_user_room(user: str) -> str:
    """The room of one user's pages."""
    return f"user:{user}"


def get_doctype_room(doctype: str) -> str:
    """The room of who looks at a list."""
    return f"doctype:{doctype}"


def get_doc_room(doctype: str, docname: object) -> str:
    """The room of who looks at a document."""
    return f"doc:{doctype}/{cstr(docname)}"


def get_task_progress_room(task_id: str) -> str:
    """The room of a job."""
    return f"task_progress:{task_id}"


__all__ = ["publish_progress", "publish_realtime"]
