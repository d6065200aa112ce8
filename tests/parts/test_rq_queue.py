"""Jobs with RQ on Redis: the same promises, with the database as the outbox. Redis is one in memory of the test."""

from __future__ import annotations

from typing import Any

import pytest
from app_folder import Write
from job_tools import Bench, until

import frappe_lite
from conftest import ApiClient
from frappe_lite.errors import DatabaseBusyError, ValidationError
from frappe_lite.parts import jobs
from frappe_lite.parts.jobs import making
from frappe_lite.site import Site

fakeredis = pytest.importorskip("fakeredis")
rq = pytest.importorskip("rq")


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = fakeredis.FakeStrictRedis()
    monkeypatch.setattr("frappe_lite.parts.jobs.rq_queue.workers.connect", lambda _: made)
    return made


@pytest.fixture
def bench(site: Site, write: Write, name: str, redis: Any) -> Bench:
    site.conf["redis_queue"] = "redis://127.0.0.1:1"
    return Bench(site, write, name)


def there(bench: Bench, redis: Any, queue: str = "default") -> list[Any]:
    """The jobs that wait in a queue, as any tool of RQ's sees them."""
    return list(
        rq.Queue(f"{bench.site.title}:{queue}", connection=redis, serializer=rq.serializers.JSONSerializer).jobs
    )


def rows(bench: Bench) -> int:
    return int(bench.site.database.rows('SELECT count(*) FROM "__job"')[0][0])


def test_a_job_is_handed_over_after_the_commit_and_run_as_who_asked(bench: Bench, redis: Any, new_user: Any) -> None:
    user = "ann@example.com"
    new_user(bench.site, user, "System Manager")
    with bench.site.acting(user):
        job = frappe_lite.enqueue(f"{bench.name}.tasks.note", text="a", job_id="first")
    assert bench.workers.jobs.hand_over() == 1
    assert rows(bench) == 0
    assert [each.kwargs["kwargs"] for each in there(bench, redis)] == [{"text": "a"}]
    assert bench.status("first") == "queued"
    assert bench.work_off() == 1
    assert bench.tasks.seen == [("a", user)]
    with bench.site.acting():
        assert (job.get_status(), job.return_value()) == ("finished", "a")
    assert bench.marks() == {"a"}


def test_what_is_undone_is_never_sent(bench: Bench, redis: Any) -> None:
    with bench.site.acting() as ctx:
        frappe_lite.enqueue(f"{bench.name}.tasks.give", value=1)
        ctx.rollback()
    assert bench.workers.jobs.hand_over() == 0
    assert there(bench, redis) == []
    assert bench.work_off() == 0


def test_what_redis_keeps_is_text_as_a_bench_names_it(bench: Bench, redis: Any) -> None:
    bench.enqueue("give", value=1, job_id="shop.x y", job_name="bill", queue="long", timeout=77, event="e")
    bench.workers.jobs.hand_over()
    (found,) = there(bench, redis, "long")
    assert found.func_name == "frappe.utils.background_jobs.execute_job"
    assert (found.timeout, found.description) == (77, "bill")
    assert found.kwargs == {
        "site": bench.site.title, "user": "Administrator", "method": f"{bench.name}.tasks.give", "event": "e",
        "job_name": "bill", "is_async": True, "kwargs": {"value": 1},
    }  # fmt: skip
    assert bench.status("shop.x y") == "queued"


def test_urgent_queues_go_first_and_the_front_before_the_rest(bench: Bench) -> None:
    for value, given in enumerate([{"queue": "long"}, {}, {"at_front": True}, {"queue": "short"}]):
        bench.enqueue("give", value=value, **given)
    bench.workers.jobs.hand_over()
    assert bench.work_off() == 4
    assert bench.tasks.seen == [3, 2, 1, 0]


def test_the_same_waits_once(bench: Bench) -> None:
    given = {"value": 1, "job_id": "once", "deduplicate": True}
    assert bench.enqueue("give", **given) is not None
    assert bench.enqueue("give", **given) is None, "in the outbox"
    bench.workers.jobs.hand_over()
    assert bench.enqueue("give", **given) is None, "with RQ"
    bench.work_off()
    assert bench.enqueue("give", **given) is not None, "it has ended"
    assert bench.work_off() == 1
    assert bench.tasks.seen == [1, 1]


def test_two_of_one_id_are_both_run(bench: Bench) -> None:
    for value in (1, 2):
        bench.enqueue("give", value=value, job_id="same")
        bench.workers.jobs.hand_over()
    assert bench.work_off() == 2
    assert bench.tasks.seen == [1, 2]


def test_success_is_told_with_the_result(bench: Bench) -> None:
    bench.enqueue("give", value={"a": [1]}, job_id="j", on_success=bench.tasks.said)
    assert bench.work_off() == 1
    assert bench.tasks.told == [(f"{bench.site.title}||j", {"a": [1]})]


def test_a_job_that_fails_leaves_an_error_log_and_waits_to_be_run_again(bench: Bench, redis: Any) -> None:
    bench.enqueue("fail", job_id="j", on_failure=bench.tasks.wept)
    assert bench.work_off() == 1
    assert bench.status("j") == "failed"
    assert bench.marks() == set()
    assert "no luck" in bench.errors()[0]
    assert bench.tasks.told == [("ValueError", "no luck")]
    with bench.site.acting() as ctx:
        found = bench.site.job_queue.find(ctx, "j")
        assert found.exc_info.strip().endswith("ValueError: no luck")
    bench.tasks.seen.clear()
    assert bench.workers.jobs.run_again([found.key]) == 1
    assert bench.status("j") == "queued"
    assert bench.work_off() == 1
    assert len(bench.errors()) == 2
    assert bench.workers.jobs.forget("failed", 1e12) == 1
    assert bench.status("j") is None


def test_one_that_asks_to_be_tried_again_waits_in_the_database(bench: Bench, redis: Any) -> None:
    bench.enqueue("again", times=2, job_id="j")
    assert bench.work_off() == 1
    assert (bench.status("j"), rows(bench), there(bench, redis)) == ("queued", 1, [])
    assert bench.work_off() == 0, "its time has not come"
    bench.clock.move(3)
    assert bench.work_off() == 1
    bench.clock.move(3)
    assert bench.work_off() == 0, "it waits longer each time"
    bench.clock.move(3)
    assert bench.work_off() == 1
    assert (bench.status("j"), len(bench.tasks.seen)) == ("finished", 3)


def test_what_is_handed_over_twice_is_run_once(bench: Bench) -> None:
    bench.enqueue("note", text="a", job_id="j")
    kept = bench.workers.jobs
    (row,) = bench.site.database.rows('SELECT * FROM "__job"')
    kept.hand_over()
    with bench.site.database.transaction():  # as it is where the process died before it forgot the row
        bench.site.database.execute(f'INSERT INTO "__job" VALUES ({", ".join("?" * len(row))})', tuple(row))
    assert kept.hand_over() == 1
    assert bench.work_off() == 1
    assert bench.tasks.seen == [("a", "Administrator")]


def test_a_second_run_of_a_job_that_was_done_is_undone(bench: Bench) -> None:
    bench.enqueue("more_of_it", job_id="j")
    with bench.site.acting() as ctx:
        (row,) = bench.site.database.rows('SELECT * FROM "__job"')
        key = bench.site.job_queue.find(ctx, "j").key
    bench.work_off()
    assert bench.tasks.seen == [("parent", "Administrator"), "child"]
    with bench.site.database.transaction():
        bench.site.database.execute('DELETE FROM "tabMark"')
        bench.site.database.execute(f'INSERT INTO "__job" VALUES ({", ".join("?" * len(row))})', tuple(row))
    with bench.site.acting() as ctx:
        for each in (bench.site.job_queue.find(ctx, "j"),):
            assert each.key == key
    bench.workers.jobs.place.connection.flushall()
    bench.work_off()
    assert bench.marks() == set(), "RQ lost what it knew, and ran it again: nothing of that is kept"


@pytest.mark.parametrize(
    ("left", "status"),
    [
        pytest.param(4, "queued", id="is given to another one"),
        pytest.param(0, "failed", id="has failed if it was begun too often"),
    ],
)
def test_a_job_whose_worker_died(bench: Bench, redis: Any, left: int, status: str) -> None:
    bench.enqueue("give", value=1, job_id="j")
    bench.workers.jobs.hand_over()
    (found,) = there(bench, redis)
    found.retries_left = left
    found.save()
    worker = bench.workers._worker()
    taken, _queue = rq.Queue.dequeue_any(worker.queues[1:2], None, redis, worker.own_job_class, worker.serializer)
    worker.prepare_execution(taken)
    worker.prepare_job_execution(taken)
    assert bench.status("j") == "started"
    worker.queues[1].started_job_registry.cleanup(timestamp=taken.started_at.timestamp() + 1000)
    assert bench.status("j") == status
    assert bench.work_off() == (status == "queued")
    assert bench.tasks.seen == [1] * (status == "queued")


def test_a_worker_says_that_it_and_its_job_live(bench: Bench, redis: Any) -> None:
    seen = []

    def look() -> None:
        bench.clock.move(100)
        worker, registry = bench.workers._worker(), bench.workers._worker().queues[1].started_job_registry
        before = registry.connection.zrange(registry.key, 0, -1, withscores=True)[0][1]
        worker.lease = 500
        bench.workers.look()
        seen.append(registry.connection.zrange(registry.key, 0, -1, withscores=True)[0][1] - before)
        seen.append(bench.workers.jobs.who_runs())

    bench.tasks.give = look
    bench.enqueue("give", job_id="j")
    assert bench.work_off() == 1
    assert seen[0] > 400
    (where,) = seen[1].values()
    assert where == f"{bench.workers._worker().hostname}:{bench.workers._worker().pid}"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({"func_name": "os.getcwd"}, "os.getcwd is no job", id="another function"),
        pytest.param({"meta": {"site": "frappe_lite"}}, "is no job", id="one that nobody here gave"),
    ],
)
def test_redis_names_no_code(bench: Bench, redis: Any, changed: dict[str, Any], says: str) -> None:
    made = rq.job.Job.create("frappe.utils.background_jobs.execute_job", connection=redis, serializer="json")
    for name, value in changed.items():
        setattr(made, name, value)
    queue = bench.workers.jobs.place.queue("default")
    made._success_callback_name = made._failure_callback_name = "os.abort"
    queue.enqueue_job(made)
    assert bench.work_off() == 1
    assert made.get_status() == "failed"
    assert says in made.latest_result().exc_string


def away(*_: Any, **__: Any) -> Any:
    raise rq.worker.base.redis.ConnectionError("connection refused")


def test_without_redis_jobs_wait_in_the_database_and_nothing_is_lost(
    bench: Bench, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(redis.connection_pool, "get_connection", away)
        bench.enqueue("give", value=1, job_id="j")
        with pytest.raises(DatabaseBusyError, match="redis_queue cannot be reached: connection refused"):
            bench.workers.jobs.hand_over()
        assert bench.status("j") == "queued"
        with pytest.raises(DatabaseBusyError), bench.site.acting():
            frappe_lite.enqueue(f"{bench.name}.tasks.give", job_id="other", deduplicate=True)
        with bench.site.acting() as ctx:  # as a webhook that is told of a document's last state alone
            job = frappe_lite.enqueue(f"{bench.name}.tasks.give", value=2)
            bench.site.job_queue.remove(ctx, job)
    assert bench.work_off() == 1
    assert bench.tasks.seen == [1]


def test_a_site_without_rq_says_what_to_install(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'rq'", name="rq")

    site.conf["redis_queue"] = "redis://127.0.0.1:1"
    monkeypatch.setattr(making.importlib, "import_module", missing)
    with pytest.raises(ValidationError, match=r"pip install 'frappe_lite\[redis\]'"):
        jobs.start(site, 0)


def test_jobs_are_documents_wherever_they_are(bench: Bench, redis: Any) -> None:
    bench.enqueue("give", value=1, job_id="done")
    bench.enqueue("fail", job_id="broken")
    bench.work_off()
    bench.enqueue("give", job_id="with-rq", queue="long")
    bench.workers.jobs.hand_over()
    bench.enqueue("give", job_id="outbox")
    title, admin = bench.site.title, ApiClient(bench.site)
    listed = admin('GET /api/resource/RQ Job?fields=["name","status"]').json["data"]
    assert {each["name"].partition("||")[2]: each["status"] for each in listed} == {
        "done": "finished", "broken": "failed", "with-rq": "queued", "outbox": "queued"
    }  # fmt: skip
    found = admin(f"GET /api/resource/RQ Job/{title}||broken").json["data"]
    assert found["exc_info"].strip().endswith("ValueError: no luck")
    assert admin("GET /api/v2/job/done").json["data"]["result"] == 1
    for each in ("with-rq", "outbox"):
        assert admin(f"DELETE /api/resource/RQ Job/{title}||{each}").status_code == 202
        assert bench.status(each) is None
    assert bench.work_off() == 0


def test_progress_is_seen_while_nothing_is_kept_yet(bench: Bench) -> None:
    seen: list[Any] = []

    def work() -> None:
        frappe_lite.get_doc({"doctype": "Mark", "name": "m"}).insert()
        frappe_lite.publish_progress(40, title="Import")
        with bench.site.acting() as ctx:
            seen.append(bench.site.job_queue.find(ctx, "j").progress["percent"])

    bench.tasks.give = work
    bench.enqueue("give", job_id="j")
    assert bench.work_off() == 1
    assert seen == [40]


@pytest.mark.parametrize(
    ("given", "clock", "works"),
    [
        pytest.param(None, 0, False, id="none"),
        pytest.param({}, 0, True, id="one waits in the outbox"),
        pytest.param({"handed": True}, 0, True, id="one waits with RQ"),
        pytest.param({"handed": True, "queue": "long"}, 0, True, id="in any queue"),
    ],
)
def test_who_runs_jobs_elsewhere_is_rung_for(
    bench: Bench, given: dict[str, Any] | None, clock: int, works: bool
) -> None:
    if given is not None:
        handed = given.pop("handed", False)
        bench.enqueue("give", **given)
        assert not handed or bench.workers.jobs.hand_over() == 1
    assert bench.workers.jobs.is_work(bench.workers.queues) is works


def test_threads_hand_over_and_run(bench: Bench) -> None:
    workers = jobs.start(bench.site, 2)
    bench.enqueue("note", text="a", job_id="j")
    until(lambda: bench.status("j") == "finished")
    workers.stop()
    assert bench.marks() == {"a"}


@pytest.mark.parametrize(
    ("handed", "left", "is_full"),
    [
        pytest.param(0, 1, False, id="one waits here"),
        pytest.param(0, 2, True, id="both wait here"),
        pytest.param(1, 1, True, id="one here, one there"),
        pytest.param(2, 0, True, id="both wait there"),
        pytest.param(1, 0, False, id="one waits there"),
    ],
)
def test_what_was_handed_over_fills_a_queue_too(bench: Bench, handed: int, left: int, is_full: bool) -> None:
    for count in (handed, left):
        bench.workers.jobs.hand_over()
        for _ in range(count):
            bench.enqueue("give")
    with bench.site.acting() as ctx:
        assert bench.site.job_queue.has_waiting(ctx, "default", 2) is is_full
