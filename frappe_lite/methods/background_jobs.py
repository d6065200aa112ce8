"""`frappe.core.doctype.rq_job.rq_job` and the like: what the desk asks of jobs and the schedule beside their
documents."""

from __future__ import annotations

from typing import Any

from .. import document, permissions
from ..context import Context
from ..errors import BadRequestError, PermissionError
from ..face.jobs.enqueueing import enable_scheduler, get_queues_timeout, is_scheduler_inactive
from ..face.jobs.job import FAILED, waiting_of
from ..protocol import parse_json
from ..values import Values
from ..whitelist import method
from .asking import require_manager

_EVENT = "frappe.core.doctype.scheduled_job_type.scheduled_job_type"


@method("frappe.core.doctype.rq_job.rq_job.remove_failed_jobs", methods=["POST"])
def remove_failed_jobs(ctx: Context) -> None:
    """Forget every job that failed, for System Managers."""
    require_manager(ctx)
    for each in waiting_of(ctx).listed(ctx, (FAILED,)):
        waiting_of(ctx).remove(ctx, each)


@method("frappe.core.doctype.rq_job.rq_job.get_custom_queues")
def get_custom_queues(ctx: Context) -> list[str]:
    """The queues that a site adds to Frappe's own, for who may read jobs: none."""
    permissions.require(ctx, ctx.meta("RQ Job"), "read")
    return []


@method(f"{_EVENT}.execute_event", methods=["POST"])
def execute_event(ctx: Context, doc: object) -> object:
    """Run an event of the schedule now, as a job, for System Managers; the document that was sent."""
    given, event = _event(ctx, doc)
    event.enqueue(force=True)
    return given


@method(f"{_EVENT}.skip_next_execution", methods=["POST"])
def skip_next_execution(ctx: Context, doc: object) -> Values:
    """Leave out the next time of an event of the schedule, for System Managers; the document."""
    ctx.store.database.begin_write()
    event = _event(ctx, doc)[1]
    event.skip()
    return dict(event.as_dict(no_nulls=True))


def _event(ctx: Context, doc: object) -> tuple[Values, Any]:
    """What was sent, and the event that it names. Raises PermissionError, BadRequestError, DoesNotExistError."""
    require_manager(ctx)
    given = parse_json(doc, "doc") if isinstance(doc, str) else doc
    if not isinstance(given, dict) or not given.get("name"):
        raise BadRequestError.told("doc is a Scheduled Job Type with its name")
    return given, document.load(ctx, "Scheduled Job Type", given["name"])


@method("frappe.utils.scheduler.activate_scheduler", methods=["POST"])
def activate_scheduler(ctx: Context) -> None:
    """Let events of the schedule run, for the Administrator."""
    if ctx.user != "Administrator":
        raise PermissionError.told("Only the Administrator may turn the schedule on")
    enable_scheduler()


@method("frappe.utils.scheduler.get_scheduler_status")
def get_scheduler_status(_ctx: Context) -> dict[str, str]:
    """Whether events run by the clock: `active` or `inactive`."""
    return {"status": "inactive" if is_scheduler_inactive() else "active"}


@method("frappe.integrations.doctype.webhook.webhook.get_all_queues")
def get_all_queues(ctx: Context) -> list[str]:
    """The queues that a webhook's jobs may wait in, for System Managers."""
    require_manager(ctx)
    return list(get_queues_timeout())
