"""Reports, exports and imports that need not be waited for: with `Prefer: respond-async` a job does them.

What would have been a download becomes a private File of the caller, and so does what is too long for a job to keep.

    POST …frappe.desk.query_report.export_query   Prefer: respond-async   ->  202 {"job_id": "k3…"}
    GET  /api/v2/job/k3…   ->   {"status": "finished", "result": {"file": "…", "file_url": "/private/files/Bills.csv"}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import document
from ..access.auth import SAFE_METHODS
from ..context import Context, current
from ..errors import DoesNotExistError
from ..face.realtime import publish_progress
from ..protocol import dump_json, parse_json
from ..site import Site
from ..utils import cstr
from ..values import Values
from ..whitelist import Method
from .jobs import status
from .jobs.resuming import Parts

METHODS = (
    "frappe.client.bulk_update", "frappe.client.insert_many", "frappe.desk.query_report.export_query",
    "frappe.desk.query_report.run", "frappe.desk.reportview.export_query",
)  # fmt: skip
IN_PARTS = {"frappe.client.bulk_update": ("docs", "failed_docs")}
"""Those that judge each item of a list by itself: the argument that has the list, and what the answer is a list of."""

PART = 25
"""Items that are kept at a time."""

MOST = 32_000
"""Bytes of an answer that is kept with the job; a longer one becomes a File."""


def attach(site: Site) -> None:
    """Let these methods be done later."""
    site.extensions.later.update(dict.fromkeys(METHODS, ask))


def ask(ctx: Context, name: str, values: Mapping[str, object]) -> dict[str, str] | None:
    """Let a job do it, as the caller, if the caller would rather not wait; None otherwise."""
    if ctx.request.method in SAFE_METHODS or not status.is_wanted_later(ctx):
        return None
    ctx.response["http_status_code"] = 202
    return status.promised(ctx, do, name, called=name, values=dict(values))


def do(called: str, values: dict[str, object]) -> object:
    """What the job does; its result is what the answer would have been, or a File with it.

    Rights are judged here, where it is done. Raises what the method raises.
    """
    ctx = current.get()
    publish_progress(0, title=called)
    method = ctx.site.method(called)
    if method is None:
        raise DoesNotExistError.told(f"There is no method {called}")
    if called in IN_PARTS:
        answer = _in_parts(ctx, called, method, values)
    else:
        answer = _answer_of(ctx, method, values)
    content = ctx.response.pop("filecontent", None)
    name = (cstr(ctx.response.get("filename")) or called) if content is not None else f"{called}.json"
    if content is None and len(text := dump_json(answer)) > MOST:
        content = text
    if content is not None:
        publish_progress(99, title=called, description=f"{name} is written")
        answer = _kept(ctx, name, content)
    publish_progress(100, title=called)
    return answer


def _answer_of(ctx: Context, method: Method, values: Values) -> Any:
    bound = method.bind(values)
    return method.function(ctx, **bound) if method.takes_context else method.function(**bound)


def _in_parts(ctx: Context, called: str, method: Method, values: Values) -> Any:
    """The same, some items at a time: others write in between, and see how far it is."""
    given, told = IN_PARTS[called]
    items = parse_json(values.get(given), given)
    if not isinstance(items, list):
        return _answer_of(ctx, method, values)  # which says what it takes
    parts = Parts(ctx)
    number, said = parts.said()
    answers = said.get(told, [])
    for first in range(number * PART, len(items), PART):
        answer = _answer_of(ctx, method, {**values, given: items[first : first + PART]})
        answers, number = [*answers, *answer[told]], number + 1
        parts.keep(number, {told: answers}, round(100 * min(1, number * PART / len(items)), 1), called)
    parts.end()
    return {told: answers}


def _kept(ctx: Context, name: str, content: str | bytes) -> dict[str, str]:
    values = {"doctype": "File", "file_name": name, "content": content, "is_private": 1}
    made = document.new(ctx.trusted(), values).insert()
    return {"file": cstr(made.name), "file_name": name, "file_url": cstr(made.file_url)}


__all__ = ["METHODS", "attach"]
