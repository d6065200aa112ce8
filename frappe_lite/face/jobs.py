"""`frappe.enqueue`: a function runs after the commit, in a small pool of threads, as the same user in a transaction of
its own.

There are no queues and no workers: `queue`, `timeout` and their like are taken and change nothing. A job that fails
leaves an Error Log; one that waits is lost if the process is killed. `scheduler_events` of hooks are run by nobody.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from .. import document
from ..access.auth import SAFE_METHODS
from ..context import current
from ..site import Site
from ..utils import cstr, random_name
from .context import ctx
from .installation import get_attr, run_hook

_OF_THE_QUEUE = (
    "timeout",
    "event",
    "is_async",
    "job_name",
    "enqueue_after_commit",
    "on_success",
    "on_failure",
    "at_front",
    "at_front_when_starved",
)


def enqueue(
    method: Any, queue: str = "default", timeout: Any = None, event: Any = None, is_async: bool = True, job_name: Any = None, now: bool = False,
    enqueue_after_commit: bool = False, *, on_success: Callable[..., Any] | None = None, on_failure: Callable[..., Any] | None = None,
    at_front: bool = False, job_id: str | None = None, deduplicate: bool = False, at_front_when_starved: bool = False, **kwargs: Any,
) -> Any:  # fmt: skip
    """Run a function after this request's commit: the job, or None for a `job_id` that waits already, with `deduplicate`.

    At once, and then with its result, if `now` or not `is_async`.
    """
    function = get_attr(method) if isinstance(method, str) else method
    if now or not is_async:
        return function(**kwargs)
    asking, waiting = ctx(), _waiting()
    name = job_id or random_name()
    if deduplicate and name in waiting:
        return None
    waiting.add(name)
    job = Job(asking.site, asking.user, name, function, on_success, on_failure)
    job.kwargs = kwargs
    if asking.request.method in SAFE_METHODS:  # nothing of this request is ever kept, so there is nothing to wait for
        asking.site.run_later(asking.user, job, kwargs)
        return job
    asking.after_commit.append(lambda: asking.site.run_later(asking.user, job, kwargs))
    asking.after_rollback.append(lambda: waiting.discard(name))
    return job


def _waiting() -> set[str]:
    names: set[str] = ctx().site.shelf.setdefault("jobs", set())
    return names


class Job:
    """A function with what happens around it. App code asks it for its `id` and how far it is."""

    def __init__(
        self, site: Site, user: str, name: str, function: Callable[..., Any], on_success: Any, on_failure: Any
    ):
        self.site, self.user, self.name, self.function = site, user, name, function
        self.on_success, self.on_failure = on_success, on_failure
        self.kwargs: dict[str, Any] = {}
        self.result: Any = None
        self.status = "queued"

    @property
    def id(self) -> str:
        """The job's id."""
        return self.name

    def get_id(self) -> str:
        """The job's id."""
        return self.name

    def get_status(self, refresh: bool = True) -> str:
        """`queued`, `started`, `finished` or `failed`."""
        return self.status

    def __repr__(self) -> str:
        return f"{self.function.__module__}.{getattr(self.function, '__qualname__', self.function)}"

    def __call__(self, **kwargs: Any) -> None:
        run_hook("before_job", method=repr(self), kwargs=kwargs, transaction_type="job")
        self.status = "started"
        try:
            result = self.result = self.function(**kwargs)
        except Exception as error:
            self.status = "failed"
            current.get().rollback()
            self._log(error)
            if self.on_failure:
                self.on_failure(self, type(error), error, error.__traceback__)
                current.get().commit()
            raise
        finally:
            _waiting().discard(self.name)
        self.status = "finished"
        run_hook("after_job", method=repr(self), kwargs=kwargs, result=result)
        if self.on_success:
            self.on_success(self, None, result)

    def _log(self, error: Exception) -> None:
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        made = document.new(ctx().trusted(), {"doctype": "Error Log", "method": repr(self)[:140], "error": trace})
        made.db_insert()
        current.get().commit()


def enqueue_doc(
    doctype: str,
    name: Any = None,
    method: str = "",
    queue: str = "default",
    timeout: Any = 300,
    now: bool = False,
    **kwargs: Any,
) -> Any:
    """Run a document's method after this request's commit, or `now`."""
    return enqueue(run_doc_method, queue, timeout, now=now, doctype=doctype, name=name, doc_method=method, **kwargs)


def run_doc_method(doctype: str, name: Any, doc_method: str, **kwargs: Any) -> Any:
    """Call a document's method."""
    return getattr(document.load(ctx(), doctype, name), doc_method)(**kwargs)


def is_job_enqueued(job_id: str) -> bool:
    """Whether a job of that id waits or runs."""
    return cstr(job_id) in _waiting()


def get_jobs(site: str | None = None, queue: str | None = None, key: str = "method") -> dict[str, list[str]]:
    """The ids of the jobs that wait or run, by the site's name."""
    return {ctx().site.title: sorted(_waiting())}


def is_scheduler_inactive(verbose: bool = True) -> bool:
    """There is no scheduler: always true."""
    return True


__all__ = ["enqueue", "enqueue_doc", "get_jobs", "is_job_enqueued", "is_scheduler_inactive", "run_doc_method"]
