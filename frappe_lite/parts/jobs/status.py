"""`GET /api/v2/job/{id}`: how a job stands, for who asked for it; and the 202 of what is done by a job.

The answer has an ETag, so that who looks again and again is told 304 as long as nothing has changed.

    POST … Prefer: respond-async  ->  202 {"job_id": "k3…"}   Location: /api/v2/job/k3…
    GET /api/v2/job/k3…  ->  {"status": "started", "progress": {"percent": 40, "title": "Import"}, …}
"""

from __future__ import annotations

import hashlib
from typing import Any

from ...context import Context
from ...document import etags
from ...errors import DoesNotExistError
from ...face.jobs.enqueueing import enqueue, get_job
from ...face.jobs.job import FINISHED, OPEN, Job
from ...protocol import dump_json
from ...router import Answer
from ...utils import cstr


def status(ctx: Context, job_id: str) -> Answer:
    """How a job stands. Raises DoesNotExistError for one that is not known, and for another's."""
    found = get_job(job_id)
    if found is None or not _has_whole_user(ctx) or (found.user != ctx.user and "System Manager" not in ctx.roles):
        raise DoesNotExistError.told(f"There is no job {job_id}; those that ended are forgotten after a while")
    shown = shown_to_asker(found)
    tag = f'"{hashlib.sha256(dump_json(shown)).hexdigest()[:24]}"'
    ctx.headers.append(("ETag", tag))
    if found.status in OPEN:
        ctx.headers.append(("Retry-After", "1"))
    return Answer(etags.not_modified(ctx, tag) or shown)


def _has_whole_user(ctx: Context) -> bool:
    """A job belongs to a user and may what the user may: a guest is none, and a narrow token is less than one."""
    return ctx.user != "Guest" and ctx.scopes is None


def shown_to_asker(job: Job) -> dict[str, object]:
    """A job without its arguments and its trace: of an error there is the last line."""
    moments = {name: getattr(job, name) for name in ("created_at", "started_at", "ended_at")}
    return {
        "job_id": job.job_id, "status": job.status, "queue": job.queue, "job_name": job.job_name or job.func_name,
        "progress": job.progress, "result": job.result if job.status == FINISHED else None,
        "error": cstr(job.exc_info).strip().rpartition("\n")[2] or None,
        **{name: moment.isoformat(" ") if moment else None for name, moment in moments.items()},
    }  # fmt: skip


def is_wanted_later(ctx: Context) -> bool:
    """Whether the caller would rather be told where to look than wait: RFC 7240, a wish.

    It is not heard where the job could do more than its caller, nor of somebody whom nobody knows.
    """
    if not _has_whole_user(ctx):
        return False
    wanted = cstr(ctx.request.headers.get("Prefer")).lower()
    return any(each.strip().partition(";")[0] == "respond-async" for each in wanted.split(","))


def later(ctx: Context, function: object, job_name: str, **arguments: object) -> Answer:
    """Let a job do it, as the caller: 202, and where to look."""
    return Answer(promised(ctx, function, job_name, **arguments), status=202)


def promised(ctx: Context, function: object, job_name: str, **arguments: Any) -> dict[str, str]:
    """The same as a value; the answer's status is the caller's business."""
    job = enqueue(function, queue="long", job_name=job_name, **arguments)
    ctx.headers += [("Location", f"/api/v2/job/{job.job_id}"), ("Preference-Applied", "respond-async")]
    return {"job_id": job.job_id}


__all__ = ["is_wanted_later", "later", "promised", "status"]
