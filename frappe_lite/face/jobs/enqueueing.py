"""`frappe.enqueue` and `frappe.utils.background_jobs`: a function runs after the commit, as the same user in a
transaction of its own.

What is undone is never run. Without workers jobs run in this process; with them they are kept in the database, see
docs/jobs.md. App code is the same, but for arguments: only what can be written down is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ... import document
from ...document.base_document import BaseDocument
from ...errors import ValidationError
from ...utils import cint, cstr
from ...values import Function
from ..context import _conf, ctx
from ..exceptions import QueueOverloaded  # type: ignore[attr-defined]
from ..installation import call, get_attr
from .job import OPEN, Job, name_of, waiting_of

DEFAULT_TIMEOUT = 300
_SETTINGS = "System Settings"
STARVED = 16
"""So many jobs of a queue wait when `at_front_when_starved` goes to the front."""


def enqueue(
    method: object, queue: str = "default", timeout: object = None, event: Any = None, is_async: bool = True,
    job_name: object = None, now: bool = False,
    enqueue_after_commit: bool = False, *, on_success: Function | None = None,
    on_failure: Function | None = None,
    at_front: bool = False, job_id: str | None = None, deduplicate: bool = False, at_front_when_starved: bool = False,
    **kwargs: Any,
) -> Any:  # fmt: skip
    """Run a function after this request's commit, or `now`; the Job.

    A `job_id` with `deduplicate` waits once only: then None. Raises ValidationError for a queue that is not there.
    """
    asking = ctx()
    is_async = kwargs.pop("async", is_async)
    function = get_attr(method) if isinstance(method, str) else method
    if now or (not is_async and not asking.flags.in_test):
        return call(function, **kwargs)
    validate_queue(queue)
    if deduplicate and not job_id:
        raise ValidationError.told("deduplicate needs a job_id, by which jobs are the same")
    if deduplicate and is_job_enqueued(cstr(job_id)):
        return None
    job = Job(asking.site.title, asking.user, *_bound(method, kwargs), queue=queue)
    job.job_id = _plain_id(job_id) if job_id else job.job_id
    job.timeout = cint(timeout) or get_queues_timeout()[queue]
    job.job_name, job.event = cstr(job_name) or name_of(method), event
    job.on_success, job.on_failure, job.scopes = on_success, on_failure, asking.scopes
    job.at_front = at_front or (at_front_when_starved and waiting_of(asking).has_waiting(asking, queue, STARVED + 1))
    most = cint(_conf().get("max_queued_jobs"))
    if most > 0 and waiting_of(asking).has_waiting(asking, queue, most):
        raise QueueOverloaded.told(f"{most} background jobs wait already; try again later", title="Queue Overloaded")
    if not is_async:  # Frappe: in tests a job that does not wait is run on the spot, and is a Job all the same
        job.begin()
        job.end("finished", call(function, **kwargs))
        return job
    waiting_of(asking).add(asking, job)
    return None if enqueue_after_commit else job  # Frappe: what begins after the commit is no Job yet


def _bound(method: Any, kwargs: dict[str, object]) -> tuple[object, dict[str, object]]:
    """What is called with what. A method of a document that is stored is found again by the document's name."""
    owner = getattr(method, "__self__", None)
    if isinstance(owner, BaseDocument) and not owner.is_new():
        named = {"doctype": owner.doctype, "name": owner.name, "doc_method": method.__name__}
        if not set(named) & set(kwargs):
            return run_doc_method, {**named, **kwargs}
    return method, kwargs


def enqueue_doc(
    doctype: str,
    name: object = None,
    method: str = "",
    queue: str = "default",
    timeout: object = 300,
    now: bool = False,
    **kwargs: Any,
) -> object:
    """Run a document's method after this request's commit, or `now`; the Job."""
    return enqueue(run_doc_method, queue, timeout, now=now, doctype=doctype, name=name, doc_method=method, **kwargs)


def run_doc_method(doctype: str, name: object, doc_method: str, **kwargs: object) -> object:
    """Call a document's method."""
    return getattr(document.load(ctx(), doctype, name), doc_method)(**kwargs)


# --- what stands where -----------------------------------------------------------------------------------


def create_job_id(job_id: str | None = None) -> str:
    """The id of a job with the site's name before it, as RQ Job documents are named."""
    return f"{ctx().site.title}||{_plain_id(job_id)}" if job_id else Job(ctx().site.title, ctx().user, "").id


def _plain_id(job_id: object) -> str:
    """The id as the app gave it, without the site's name."""
    # Frappe: no colons, RQ's keys have them
    return cstr(job_id).replace(":", "|").removeprefix(f"{ctx().site.title}||")


def get_job(job_id: str) -> Job | None:
    """The newest job of that id, as long as it is remembered."""
    return waiting_of(ctx()).find(ctx(), _plain_id(job_id))


def get_job_status(job_id: str) -> str | None:
    """How a job stands; None for one that is not known."""
    found = get_job(job_id)
    return found.status if found else None


def is_job_enqueued(job_id: str, statuses: Sequence[str] = OPEN) -> bool:
    """Whether a job of that id waits or runs."""
    return get_job_status(job_id) in statuses


def is_job_queued(job_name: str, queue: str = "default") -> bool:
    """Whether a job of that name waits or runs in a queue."""
    return job_name in get_jobs(queue=queue, key="job_name").get(ctx().site.title, ())


def get_jobs(site: str | None = None, queue: object = None, key: str = "method") -> dict[str, list[object]]:
    """Of the jobs that wait or run: their `method`, or another of their values, by the site's name."""
    queues, found = get_queue_list(queue), defaultdict(list)
    for each in waiting_of(ctx()).listed(ctx()):
        known = {**each.arguments, **each.kwargs}
        if each.queue in queues and key in known and site in (None, each.site):
            found[each.site].append(known[key])
    return found


def get_queues_timeout() -> dict[str, int]:
    """The queues, the most urgent first, and how many seconds their jobs may take.

    `frappe.conf.workers` adds more.
    """
    own = {name: cint(each.get("timeout")) or DEFAULT_TIMEOUT for name, each in (_conf().get("workers") or {}).items()}
    return {"short": DEFAULT_TIMEOUT, "default": DEFAULT_TIMEOUT, "long": 1500, **own}


def get_queue_list(queue_list: Any = None, build_queue_name: bool = False) -> list[str]:
    """The names of the queues, or those given. Raises ValidationError for one that is not there."""
    given = [queue_list] if isinstance(queue_list, str) else list(queue_list or get_queues_timeout())
    for each in given:
        validate_queue(each)
    return given


def validate_queue(queue: str, default_queue_list: Any = None) -> None:
    """Raises ValidationError for a queue that is not there."""
    known = list(default_queue_list or get_queues_timeout())
    if queue not in known:
        raise ValidationError.told(f"Queue should be one of {', '.join(known)}")


# --- the schedule ----------------------------------------------------------------------------------------


def is_scheduler_inactive(verbose: bool = True) -> bool:
    """Whether nothing runs by the clock: no process of ours follows it, or somebody said so."""
    is_paused = bool(_conf().get("maintenance_mode") or _conf().get("pause_scheduler"))
    return is_paused or is_scheduler_disabled(verbose) or "clock" not in ctx().site.shelf


def is_scheduler_disabled(verbose: bool = True) -> bool:
    """Whether `enable_scheduler` of System Settings is off, or the configuration says so."""
    enabled = ctx().setting("enable_scheduler")
    return bool(_conf().get("disable_scheduler")) or (enabled is not None and not cint(enabled))


def toggle_scheduler(enable: object) -> None:
    """Let events of the schedule run, or not."""
    document.set_values(ctx().trusted(), ctx().meta(_SETTINGS), _SETTINGS, {"enable_scheduler": int(bool(enable))})


def enable_scheduler() -> None:
    """Let events of the schedule run."""
    toggle_scheduler(True)


def disable_scheduler() -> None:
    """Let no event of the schedule run."""
    toggle_scheduler(False)


__all__ = [
    "create_job_id", "enqueue", "enqueue_doc", "get_job", "get_job_status", "get_jobs", "get_queue_list",
    "disable_scheduler", "enable_scheduler", "get_queues_timeout", "is_job_enqueued", "is_job_queued",
    "is_scheduler_disabled",
    "is_scheduler_inactive", "run_doc_method", "toggle_scheduler", "validate_queue",
]  # fmt: skip
