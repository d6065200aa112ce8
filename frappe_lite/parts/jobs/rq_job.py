"""RQ Job: jobs as documents, which desks and apps list. Nothing of them is stored as a document."""

from __future__ import annotations

import datetime
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from ...context import Context, current
from ...document import Document
from ...errors import BadRequestError, DoesNotExistError, PermissionError, ValidationError
from ...face.jobs.enqueueing import get_job
from ...face.jobs.job import STATUSES, Job, waiting_of
from ...methods.asking import require_manager
from ...protocol import dump_json, parse_json
from ...utils import _dict, cstr
from ...values import Values
from ...whitelist import method
from .table import KeptJobs

COMPARISONS: dict[str, Callable[[str, object], bool]] = {
    "=": lambda value, wanted: value == cstr(wanted),
    "!=": lambda value, wanted: value != cstr(wanted),
    "in": lambda value, wanted: value in _listed(wanted),
    "not in": lambda value, wanted: value not in _listed(wanted),
    "like": lambda value, wanted: _is_like(value, wanted),
    "not like": lambda value, wanted: not _is_like(value, wanted),
    **{
        sign: lambda value, wanted, compare=compare: compare(value, cstr(wanted))  # type: ignore[misc]
        for sign, compare in ((">", operator.gt), ("<", operator.lt), (">=", operator.ge), ("<=", operator.le))
    },
}


class RQJob(Document):
    """A job. System Managers read it, and the Administrator deletes it."""

    def load_from_db(self) -> None:
        """Read the job of that name. Raises DoesNotExistError."""
        found = get_job(cstr(self.name))
        if found is None:
            raise DoesNotExistError.told(f"RQ Job {self.name} not found")
        super().__init__({"doctype": "RQ Job", **shown(found)})

    def delete(self, *_args: object, **_kwargs: object) -> None:
        """Forget the job; one that waits never runs. Raises PermissionError for who is no System Manager."""
        if "System Manager" not in self.ctx.roles:
            raise PermissionError.told("Only a System Manager may delete a job")
        found = get_job(cstr(self.name))
        if found is not None:
            found.delete()

    def db_insert(self, *_args: object, **_kwargs: object) -> None:
        """Raises ValidationError: nobody writes a job down."""
        raise ValidationError.told("Jobs are made by frappe.enqueue, and change by themselves")

    db_update = db_insert

    @staticmethod
    def get_list(
        filters: object = None, start: Any = 0, page_length: Any = 20, order_by: object = "creation desc"
    ) -> list[_dict]:
        """The jobs that fit, by `queue`, `status` and any other value."""
        found = _matching(filters)
        if "desc" in cstr(order_by or "desc").lower():
            found.reverse()
        return found[int(start or 0) :][: int(page_length)] if page_length else found[int(start or 0) :]

    @staticmethod
    def get_count(filters: object = None) -> int:
        """How many fit."""
        return len(_matching(filters))

    @staticmethod
    def get_stats(*_args: object, **_kwargs: object) -> Values:
        """Nothing: there are no numbers beside the list."""
        return {}


def _matching(filters: object) -> list[_dict]:
    """The jobs that fit, oldest first."""
    ctx = current.get()
    tests = [_test(each) for each in _each(filters)]
    rows = [shown(each) for each in waiting_of(ctx).listed(ctx, STATUSES)]
    return [row for row in rows if all(compare(cstr(row.get(name)), wanted) for name, compare, wanted in tests)]


@method("frappe_lite.jobs.run_again", methods=["POST"])
def run_again(ctx: Context, name: str) -> None:
    """Let a job that failed wait again, such as a webhook that nobody took: for System Managers.

    Raises PermissionError, DoesNotExistError, and ValidationError for a job that has not failed.
    """
    require_manager(ctx)
    found, kept = get_job(name), waiting_of(ctx)
    if found is None:
        raise DoesNotExistError.told(f"RQ Job {name} not found")
    if not isinstance(kept, KeptJobs) or not kept.run_again([found.key]):
        raise ValidationError.told(f"Job {found.job_name or found.id} has not failed, or is not kept")


def _each(filters: Any) -> list[object]:
    given = parse_json(filters, "filters") if isinstance(filters, str) else filters
    if isinstance(given, Mapping):
        return [[name, *(each if isinstance(each, list | tuple) else ("=", each))] for name, each in given.items()]
    return list(given or [])


def _test(given: object) -> tuple[str, Callable[[str, object], bool], object]:
    """A filter as the name, the comparison and the value. Raises BadRequestError."""
    parts = list(given) if isinstance(given, list | tuple) else []
    if parts and parts[0] == "RQ Job":
        parts = parts[1:]
    if len(parts) == 2:
        parts.insert(1, "=")
    compare = COMPARISONS.get(cstr(parts[1]).lower()) if len(parts) >= 3 else None
    if compare is None:
        raise BadRequestError.told(f"A filter of jobs is [name, operator, value], with one of {', '.join(COMPARISONS)}")
    return cstr(parts[0]), compare, parts[2]


def _listed(wanted: Any) -> list[str]:
    return [cstr(each).strip() for each in (wanted.split(",") if isinstance(wanted, str) else wanted or ())]


def _is_like(value: str, wanted: object) -> bool:
    parts = ({"%": ".*", "_": "."}.get(each) or re.escape(each) for each in re.sub("%+", "%", cstr(wanted)))
    return re.fullmatch("".join(parts), value, re.IGNORECASE | re.DOTALL) is not None


def shown(job: Job) -> _dict:
    """A job under the names of RQ Job's fields."""
    named = job.arguments
    by_document = f"{named.get('doctype')}.{named['doc_method']}" if named.get("doc_method") else ""
    taken = (job.ended_at - job.started_at).total_seconds() if job.ended_at and job.started_at else None
    return _dict(
        name=job.id, job_id=job.id, queue=job.queue, status=job.status, timeout=job.timeout, exc_info=job.exc_info,
        job_name=cstr(named.get("job_type")) or by_document or job.job_name or job.func_name,
        arguments=dump_json(job.kwargs).decode(), started_at=_text(job.started_at), ended_at=_text(job.ended_at),
        time_taken=taken, creation=_text(job.created_at), owner=job.user, modified_by=job.user, _comment_count=0,
        modified=_text(job.ended_at or job.started_at or job.created_at),
    )  # fmt: skip


def _text(moment: datetime.datetime | None) -> str | None:
    return moment.isoformat(" ", "microseconds") if moment else None
