"""Reports, exports and imports that need not be waited for: with `Prefer: respond-async` a job does them.

What would have been a download becomes a private File of the caller, and so does what is too long for a job to keep.

    POST …frappe.desk.query_report.export_query   Prefer: respond-async   ->  202 {"job_id": "k3…"}
    GET  /api/v2/job/k3…   ->   {"status": "finished", "result": {"file": "…", "file_url": "/private/files/Bills.csv"}}
"""

from __future__ import annotations

from collections.abc import Mapping

from .. import document
from ..access.auth import SAFE_METHODS
from ..context import Context, current
from ..errors import DoesNotExistError
from ..face.realtime import publish_progress
from ..protocol import dump_json
from ..site import Site
from ..utils import cstr
from .jobs import status

METHODS = (
    "frappe.client.bulk_update", "frappe.client.insert_many", "frappe.desk.query_report.export_query",
    "frappe.desk.query_report.run", "frappe.desk.reportview.export_query",
)  # fmt: skip
MOST = 32_000
"""Bytes of an answer that is kept with the job; a longer one becomes a File."""


def attach(site: Site) -> None:
    """Let these methods be done later."""
    site.later.update(dict.fromkeys(METHODS, ask))


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
    bound = method.bind(values)
    answer = method.function(ctx, **bound) if method.takes_context else method.function(**bound)
    content = ctx.response.pop("filecontent", None)
    name = (cstr(ctx.response.get("filename")) or called) if content is not None else f"{called}.json"
    if content is None and len(text := dump_json(answer)) > MOST:
        content = text
    if content is not None:
        publish_progress(50, title=called, description=f"{name} is written")
        answer = _kept(ctx, name, content)
    publish_progress(100, title=called)
    return answer


def _kept(ctx: Context, name: str, content: str | bytes) -> dict[str, str]:
    values = {"doctype": "File", "file_name": name, "content": content, "is_private": 1}
    made = document.new(ctx.trusted(), values).insert()
    return {"file": cstr(made.name), "file_name": name, "file_url": cstr(made.file_url)}


__all__ = ["METHODS", "attach"]
