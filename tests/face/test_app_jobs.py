"""`frappe.enqueue` and `frappe.utils.background_jobs` as app code calls them, with and without workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from app_folder import Write
from job_tools import Bench

import frappe_lite
from frappe_lite.errors import ValidationError
from frappe_lite.face.jobs import enqueueing as face
from frappe_lite.face.jobs import job as job_module
from frappe_lite.face.jobs.memory_jobs import REMEMBERED, MemoryJobs
from frappe_lite.site import Site


class MemoryBench(Bench):
    """Without workers: jobs wait in this process, until the test lets them run."""

    def __init__(self, site: Site, write: Write, name: str):
        super().__init__(site, write, name)
        site.job_queue = MemoryJobs(site)
        self.later: list[tuple[str, Callable[..., Any], dict[str, Any]]] = []
        site.run_later = lambda *job: self.later.append(job)  # type: ignore[method-assign]

    def work_off(self, workers: Any = None) -> int:
        count = 0
        while self.later:
            user, function, arguments = self.later.pop(0)
            count += 1
            try:
                with self.site.acting(user):
                    function(**arguments)
            except ValueError:
                pass
        return count


@pytest.fixture(params=[MemoryBench, Bench], ids=["in memory", "kept"])
def bench(request: pytest.FixtureRequest, site: Site, write: Write, name: str) -> Iterator[Bench]:
    made = request.param(site, write, name)
    with site.acting():
        yield made


def commit() -> None:
    frappe_lite.db.commit()


@pytest.mark.parametrize(
    ("change", "last"),
    [
        (lambda job: job.begin(), "started"),
        (lambda job: job.end("finished", 3), "finished"),
        (lambda job: job.end("failed", error=ValueError("no")), "failed"),
    ],
    ids=["begun", "finished", "failed"],
)
def test_who_sees_a_status_sees_what_belongs_to_it(change: Callable[[Any], None], last: str) -> None:
    """Another thread may look at any moment: one that polled saw a failed job without its error."""
    seen: list[tuple[str, object]] = []

    class Watched(job_module.Job):
        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            seen.append((name, value))

    job = Watched("site", "Administrator", "app.run")
    seen.clear()
    change(job)
    assert seen[-1] == ("status", last) and len(seen) == 4


def test_a_job_says_how_it_stands(bench: Bench) -> None:
    job = frappe_lite.enqueue(bench.tasks.give, value=3, job_id="one", queue="long", job_name="giving", event="daily")
    assert (job.id, job.get_id(), job.origin, job.timeout) == (f"{bench.site.title}||one", job.id, "long", 1500)
    assert (job.get_status(), job.is_queued, job.result, job.ended_at) == ("queued", True, None, None)
    commit()
    assert bench.work_off() == 1
    assert (job.get_status(), job.is_finished, job.result, job.return_value()) == ("finished", True, 3, 3)
    assert job.created_at <= job.started_at <= job.ended_at
    assert {key: job.kwargs[key] for key in ("user", "event", "job_name", "kwargs")} == {
        "user": "Administrator", "event": "daily", "job_name": "giving", "kwargs": {"value": 3},
    }  # fmt: skip
    assert job.kwargs["method"] == job.func_name == f"{bench.name}.tasks.give"


def test_a_job_that_failed_says_why(bench: Bench) -> None:
    job = frappe_lite.enqueue(bench.tasks.fail)
    commit()
    bench.work_off()
    assert (job.get_status(), job.is_failed, "ValueError: no luck" in job.exc_info) == ("failed", True, True)


@pytest.mark.parametrize(("method", "status", "result"), [("give", "finished", 1), ("fail", "failed", None)])
def test_who_waits_for_a_job_in_its_own_transaction_does_not_wait_for_ever(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, method: str, status: str, result: Any
) -> None:
    monkeypatch.setattr(job_module, "PATIENCE", 0)
    job = frappe_lite.enqueue(getattr(bench.tasks, method), **({"value": 1} if method == "give" else {}))
    looks = 0
    while job.get_status() in ("queued", "started"):
        looks += 1
        assert looks < 5
    assert (job.get_status(), job.result, job.exc_info is None) == (status, result, status == "finished")
    commit()
    assert (bench.work_off(), bench.marks()) == (0, set())


@pytest.mark.parametrize(
    ("given", "result"),
    [
        pytest.param({"now": True}, 2, id="now gives the result"),
        pytest.param({"is_async": False}, 2, id="so does what is not asynchronous"),
        pytest.param({"async": False}, 2, id="also by its old name"),
        pytest.param({"now": True, "unknown": 1}, 2, id="what the function does not take is left out"),
        pytest.param({"enqueue_after_commit": True}, None, id="what begins after the commit is no job yet"),
    ],
)
def test_what_enqueue_answers(bench: Bench, given: dict[str, Any], result: Any) -> None:
    assert frappe_lite.enqueue(bench.tasks.give, value=2, **given) == result
    commit()
    assert (bench.work_off(), bench.tasks.seen) == (0 if result else 1, [2])


def test_in_tests_what_is_not_asynchronous_is_a_job_that_was_run(bench: Bench) -> None:
    frappe_lite.flags.in_test = True
    job = frappe_lite.enqueue(bench.tasks.give, value=2, is_async=False)
    assert (job.get_status(), job.result, bench.tasks.seen) == ("finished", 2, [2])


def test_the_same_job_waits_once(bench: Bench) -> None:
    given = {"job_id": "a:b", "deduplicate": True}
    first = frappe_lite.enqueue(bench.tasks.give, value=1, **given)
    assert (first.job_id, frappe_lite.enqueue(bench.tasks.give, value=2, **given)) == ("a|b", None)
    commit()
    assert (face.is_job_enqueued("a:b"), frappe_lite.enqueue(bench.tasks.give, value=3, **given)) == (True, None)
    bench.work_off()
    assert (face.is_job_enqueued("a:b"), face.get_job_status("a:b")) == (False, "finished")
    assert frappe_lite.enqueue(bench.tasks.give, value=4, **given) is not None
    commit()
    assert (bench.work_off(), bench.tasks.seen) == (1, [1, 4])


def test_a_job_is_found_by_its_id_with_and_without_the_site(bench: Bench) -> None:
    job = frappe_lite.enqueue(bench.tasks.give, job_id="one")
    for asked in ("one", job.id, face.create_job_id("one")):
        assert face.get_job(asked).key == job.key
    assert (face.get_job("two"), face.get_job_status("two"), face.is_job_enqueued("two")) == (None, None, False)
    assert face.create_job_id() != face.create_job_id()


@pytest.mark.parametrize("end", ["cancel", "delete"])
def test_a_job_that_is_called_off_never_runs(bench: Bench, end: str) -> None:
    job = frappe_lite.enqueue(bench.tasks.give, job_id="one")
    commit()
    getattr(job, end)()
    commit()
    bench.work_off()
    assert (bench.tasks.seen, face.get_job("one")) == ([], None)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({}, ["APP.tasks.give", "APP.tasks.note"], id="methods"),
        pytest.param({"queue": "long"}, ["APP.tasks.note"], id="of a queue"),
        pytest.param({"queue": ["short"]}, [], id="of queues"),
        pytest.param({"key": "job_name"}, ["giving", "APP.tasks.note"], id="by name"),
        pytest.param({"key": "text"}, ["x"], id="by an argument that some have"),
        pytest.param({"site": "another"}, [], id="of another site"),
    ],
)
def test_jobs_that_wait_are_listed(bench: Bench, asked: dict[str, Any], found: list[str]) -> None:
    frappe_lite.enqueue(bench.tasks.give, value=1, job_name="giving")
    frappe_lite.enqueue(bench.tasks.note, text="x", queue="long")
    assert face.get_jobs(**asked)[bench.site.title] == [each.replace("APP", bench.name) for each in found]


def test_queues_have_their_timeouts_and_the_site_may_have_more(bench: Bench) -> None:
    assert face.get_queues_timeout() == {"short": 300, "default": 300, "long": 1500}
    frappe_lite.conf.workers = {"heavy": {"timeout": 5000}, "plain": {}}
    assert face.get_queue_list() == ["short", "default", "long", "heavy", "plain"]
    assert frappe_lite.enqueue(bench.tasks.give, queue="heavy").timeout == 5000
    assert frappe_lite.enqueue(bench.tasks.give, queue="plain", timeout=7).timeout == 7


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"queue": "slow"}, "Queue should be one of", id="a queue that is not there"),
        pytest.param({"deduplicate": True}, "needs a job_id", id="the same as what"),
    ],
)
def test_what_makes_no_sense_is_refused(bench: Bench, given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        frappe_lite.enqueue(bench.tasks.give, **given)


def test_a_queue_that_is_full_takes_no_more(bench: Bench) -> None:
    frappe_lite.conf.max_queued_jobs = 2
    for _ in range(2):
        frappe_lite.enqueue(bench.tasks.give)
    with pytest.raises(frappe_lite.exceptions.QueueOverloaded, match="2 background jobs wait"):
        frappe_lite.enqueue(bench.tasks.give)
    assert frappe_lite.enqueue(bench.tasks.give, queue="short").is_queued


STATUSES = [
    pytest.param("QueueOverloaded", 503, id="a queue that is full is full for a while"),
    pytest.param("OutgoingEmailError", 501, id="a mail that cannot go out"),
    pytest.param("InvalidAuthorizationPrefix", 400, id="a request that is not understood"),
    pytest.param("RetryBackgroundJobError", 500, id="a job that is tried again, where none is"),
    pytest.param("DocumentLockedError", 417, id="a rule that is broken"),
    pytest.param("NotFound", 404, id="what is not there"),
]


@pytest.mark.parametrize(("name", "status"), STATUSES)
def test_errors_that_app_code_raises_are_answered_as_in_frappe(name: str, status: int) -> None:
    kind = getattr(frappe_lite.exceptions, name)
    assert (kind.http_status, kind.http_status_code, kind("x").http_status) == (status, status, status)
    assert str(status) in (kind.__doc__ or "")


def test_where_many_wait_the_newest_may_go_first(bench: Bench) -> None:
    before = [
        frappe_lite.enqueue(bench.tasks.give, at_front_when_starved=True).at_front for _ in range(face.STARVED + 2)
    ]
    assert (set(before[:-1]), before[-1]) == ({False}, True)


def test_only_so_many_of_those_that_ended_are_remembered(site: Site, write: Write, name: str) -> None:
    bench = MemoryBench(site, write, name)
    for number in range(REMEMBERED + 5):
        bench.enqueue("give", job_id=f"j{number}")
    bench.enqueue("give", job_id="waits")
    waiting = bench.later.pop()
    bench.work_off()
    bench.later.append(waiting)
    assert len(site.job_queue.jobs) == REMEMBERED + 1
    assert (bench.status("j0"), bench.status("j5"), bench.status("waits")) == (None, "finished", "queued")
