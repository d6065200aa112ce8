"""Jobs that are kept: written with what asks for them, run once, given back by the dead, told to stop in time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import Write
from job_tools import Bench, until

import frappe_lite
from conftest import ApiClient
from frappe_lite.errors import DatabaseBusyError, ValidationError
from frappe_lite.parts import jobs
from frappe_lite.parts.jobs.leases import MAX_ATTEMPTS
from frappe_lite.parts.jobs.ringing import Ringer
from frappe_lite.parts.jobs.rq_job import _test
from frappe_lite.parts.jobs.timeouts import JobTimeoutException, Watched
from frappe_lite.parts.jobs.workers import FAILED_KEPT, FINISHED_KEPT, LEASE
from frappe_lite.site import Site


@pytest.fixture
def bench(site: Site, write: Write, name: str) -> Bench:
    return Bench(site, write, name)


# --- kept with what asks for them ---


def test_a_job_is_run_after_the_commit_as_who_asked(bench: Bench, new_user: Any) -> None:
    new_user(bench.site, "ann@example.com", "System Manager")
    job = bench.enqueue("note", "ann@example.com", text="a", job_id="one")
    assert (job.id, bench.status("one"), bench.tasks.seen) == (f"{bench.site.title}||one", "queued", [])
    assert bench.work_off() == 1
    assert (bench.status("one"), bench.tasks.seen, bench.marks()) == ("finished", [("a", "ann@example.com")], {"a"})


@pytest.mark.parametrize("part", ["transaction", "savepoint"])
def test_what_is_undone_is_never_run(bench: Bench, part: str) -> None:
    with pytest.raises(KeyError), bench.site.acting() as ctx:
        if part == "savepoint":
            with ctx.store.database.atomic(), ctx.store.database.atomic():
                frappe_lite.enqueue(bench.tasks.note, job_id="one")
                raise KeyError
        frappe_lite.enqueue(bench.tasks.note, job_id="one")
        raise KeyError
    assert (bench.work_off(), bench.status("one")) == (0, None)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param("frappe.enqueue('APP.tasks.give', value=1)", 200, id="a GET that writes nothing"),
        pytest.param(
            "frappe.get_doc({'doctype': 'Mark', 'name': 'm'}).insert(); frappe.enqueue('APP.tasks.give', value=1)",
            200,
            id="a GET whose writes are undone at its end",
        ),
        pytest.param(
            "frappe.get_doc({'doctype': 'Mark', 'name': 'm'}).insert(); frappe.enqueue('APP.tasks.give', value=1); "
            "frappe.db.rollback(); frappe.db.rollback()",
            200,
            id="once, however often it is undone",
        ),
        pytest.param("frappe.enqueue('APP.tasks.give', value=1); frappe.throw('no')", 417, id="a GET that fails"),
    ],
)
def test_a_job_that_a_get_asks_for_stands(site: Site, write: Write, name: str, code: str, status: int) -> None:
    write({"asking.py": f"import frappe\n@frappe.whitelist()\ndef ask():\n    {code}\n"})
    bench = Bench(site, write, name)
    assert ApiClient(site)(f"GET /api/method/{name}.asking.ask").status_code == status
    assert (bench.work_off(), bench.tasks.seen) == (1, [1])
    assert bench.marks() == set()


@pytest.mark.parametrize(("end", "count"), [("commit", 1), ("rollback", 0)])
def test_a_job_of_a_part_is_kept_or_undone_with_the_whole(bench: Bench, end: str, count: int) -> None:
    with bench.site.acting() as ctx:
        with ctx.held():
            frappe_lite.enqueue(bench.tasks.note)
            ctx.commit()
        getattr(ctx, end)()
    assert bench.work_off() == count


# --- what runs when ---


def test_urgent_queues_go_first_and_each_in_its_order(bench: Bench) -> None:
    for number, (queue, front) in enumerate([("long", 0), ("default", 0), ("short", 0), ("default", 0), ("default", 1), ("default", 1)]):  # fmt: skip
        bench.clock.move(1)
        bench.enqueue("give", value=number, queue=queue, at_front=bool(front))
    bench.work_off()
    assert bench.tasks.seen == [2, 5, 4, 1, 3, 0]


def test_a_worker_serves_the_queues_that_it_is_given(bench: Bench) -> None:
    bench.enqueue("give", value="long", queue="long")
    bench.enqueue("give", value="short", queue="short")
    only_long = bench.more_workers(queues=["long"])
    assert (bench.work_off(only_long), bench.tasks.seen) == (1, ["long"])


def test_a_job_that_a_job_asks_for_begins_with_its_end(bench: Bench) -> None:
    bench.enqueue("more_of_it")
    assert (bench.work_off(), bench.tasks.seen) == (2, [("parent", "Administrator"), "child"])


@pytest.mark.parametrize("method", ["tasks.Shelf.put", "document"])
def test_functions_are_found_again(bench: Bench, method: str) -> None:
    if method == "document":
        with bench.site.acting():
            mark = frappe_lite.get_doc({"doctype": "Mark", "name": "m", "title": "old"}).insert()
            frappe_lite.enqueue(mark.db_set, fieldname="title", value="new")
            frappe_lite.enqueue_doc("Mark", "m", "add_comment", text="hello")
        assert bench.work_off() == 2
        with bench.site.acting():
            assert frappe_lite.db.get_value("Mark", "m", "title") == "new"
            assert frappe_lite.db.count("Comment", {"reference_name": "m"}) == 1
        return
    bench.enqueue(bench.tasks.Shelf.put, value=3)
    assert (bench.work_off(), bench.tasks.seen) == (1, [3])


def test_hooks_stand_around_a_job(site: Site, write: Write, name: str) -> None:
    hooks = "before_job = ['APP.around.before']\nafter_job = ['APP.around.after']"
    around = """
        import frappe
        from APP.tasks import seen
        def before(method, kwargs, transaction_type):
            seen.append((method.rpartition(".")[2], kwargs, transaction_type, frappe.local.job.job_name))
        def after(result):
            seen.append(result)
    """
    folder = write({"around.py": around})
    bench = Bench(site, lambda files: write({**files, "hooks.py": hooks}) and folder, name)
    bench.enqueue("give", value=1, job_name="giving")
    bench.work_off()
    assert bench.tasks.seen == [("give", {"value": 1}, "job", "giving"), 1, 1]


# --- how they end ---


def test_success_is_told_with_the_result(bench: Bench) -> None:
    bench.enqueue("give", value=[1], on_success=bench.tasks.said, job_id="one")
    bench.work_off()
    assert bench.tasks.told == [(f"{bench.site.title}||one", [1])]


def test_a_job_that_fails_leaves_an_error_log_and_nothing_else(bench: Bench) -> None:
    bench.enqueue("fail", on_failure=bench.tasks.wept, job_id="one")
    assert bench.work_off() == 1
    assert (bench.status("one"), bench.marks(), bench.tasks.told) == ("failed", set(), [("ValueError", "no luck")])
    assert ["ValueError: no luck" in each for each in bench.errors()] == [True]


def test_a_callback_that_fails_is_undone_alone(bench: Bench) -> None:
    bench.enqueue("fail", on_failure=bench.tasks.wept_badly, job_id="one")
    bench.work_off()
    assert (bench.status("one"), bench.marks(), len(bench.errors())) == ("failed", set(), 1)


@pytest.mark.parametrize(
    ("method", "given", "error"),
    [
        pytest.param("gone", {}, "gone", id="a function that is not there any more"),
        pytest.param("leave", {}, "SystemExit", id="a job that ends the program"),
        pytest.param("cancelled", {}, "CancelledError", id="a job that is cancelled: its thread lives on"),
        pytest.param("note", {"text": None, "text2": 1}, "Error", id="a document that breaks a rule"),
    ],
)
def test_a_job_that_cannot_be_run_has_failed(bench: Bench, method: str, given: dict[str, Any], error: str) -> None:
    bench.tasks.gone = bench.tasks.give
    bench.enqueue(method, **given, job_id="one")
    del bench.tasks.gone
    assert (bench.work_off(), bench.status("one")) == (1, "failed")
    assert error in bench.errors()[0]


def test_one_that_asks_to_be_tried_again_waits_longer_each_time(bench: Bench) -> None:
    bench.enqueue("again", times=99, job_id="one")
    for delay in (2, 4, 8, 16):
        assert (bench.work_off(), bench.status("one")) == (1, "queued")
        bench.clock.move(delay - 1)
        assert bench.work_off() == 0
        bench.clock.move(1)
    assert (bench.work_off(), bench.status("one"), len(bench.tasks.seen)) == (1, "failed", MAX_ATTEMPTS)


def test_a_database_that_was_busy_is_no_fault_of_the_job(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.enqueue("note", text="a", job_id="one")
    finish = bench.workers.leases.finish

    def busy(*_: Any) -> None:
        monkeypatch.setattr(bench.workers.leases, "finish", finish)
        raise DatabaseBusyError.told("busy")

    monkeypatch.setattr(bench.workers.leases, "finish", busy)
    assert (bench.work_off(), bench.status("one"), bench.marks()) == (1, "queued", set())
    bench.clock.move(2)
    assert (bench.work_off(), bench.status("one"), bench.marks(), bench.errors()) == (1, "finished", {"a"}, [])


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        pytest.param("RetryBackgroundJobError", "queued", id="one that is tried again"),
        pytest.param("ValidationError", "failed", id="one that has failed"),
    ],
)
def test_what_an_error_leaves_is_kept_where_its_job_is_undone(bench: Bench, kind: str, status: str) -> None:
    def give() -> None:
        bench.tasks.note("undone")
        error = getattr(frappe_lite, kind)("no")
        error.leaves = lambda: bench.tasks.note("left")
        raise error

    bench.tasks.give = give
    bench.enqueue("give", job_id="j")
    assert bench.work_off() == 1
    assert (bench.status("j"), bench.marks()) == (status, {"left"})


def test_what_failed_is_run_again_when_somebody_says_so(bench: Bench) -> None:
    bench.enqueue("fail", job_id="one")
    bench.work_off()
    with bench.site.acting() as ctx:
        key = bench.site.job_queue.find(ctx, "one").key
    bench.tasks.fail = bench.tasks.note
    assert bench.workers.jobs.run_again([key, "unknown"]) == 1
    assert (bench.work_off(), bench.status("one"), bench.marks()) == (1, "finished", {"x"})


def test_ended_jobs_are_remembered_as_long_as_rq_does(bench: Bench) -> None:
    bench.enqueue("give", job_id="good")
    bench.enqueue("fail", job_id="bad")
    bench.work_off()
    for moved, known in (
        (FINISHED_KEPT - 1, ["finished", "failed"]),
        (2, [None, "failed"]),
        (FAILED_KEPT, [None, None]),
    ):
        bench.clock.move(moved)
        bench.workers._swept = 0
        bench.workers.look()
        assert [bench.status("good"), bench.status("bad")] == known


# --- leases ---


def take(bench: Bench, workers: Any) -> Any:
    return workers.leases.take(bench.site.new_context(), workers.queues)


def test_a_worker_that_dies_loses_no_job(bench: Bench) -> None:
    """F47."""
    dead, alive = bench.workers, bench.more_workers()
    dead.look()
    bench.enqueue("note", text="a", job_id="one")
    assert take(bench, dead).job_id == "one"
    alive.look()
    assert (bench.work_off(alive), bench.status("one")) == (0, "started")
    bench.clock.move(LEASE / 2)
    alive.look()
    assert (bench.work_off(alive), bench.status("one")) == (0, "started")
    bench.clock.move(LEASE / 2 + 1)
    alive.look()
    assert (bench.work_off(alive), bench.status("one"), bench.marks()) == (1, "finished", {"a"})


def test_a_worker_that_lives_keeps_a_job_however_long_it_takes(bench: Bench) -> None:
    slow, other = bench.workers, bench.more_workers()
    slow.look()
    bench.enqueue("note", text="a", job_id="one", timeout=-1)
    job = take(bench, slow)
    slow.running.watched[job.key] = Watched(float("inf"))
    for _ in range(50):
        bench.clock.move(LEASE / 3)
        slow.look()
        other.look()
    assert (bench.work_off(other), bench.status("one")) == (0, "started")


def test_what_a_worker_does_that_was_given_up_is_undone(bench: Bench) -> None:
    """F47."""
    asleep, other = bench.workers, bench.more_workers()
    asleep.look()
    bench.enqueue("note", text="a", job_id="one")
    job = take(bench, asleep)
    bench.clock.move(LEASE + 1)
    other.look()
    assert bench.work_off(other) == 1
    asleep.running.run(job)  # it comes back, and does its work a second time
    assert (bench.tasks.seen.count(("a", "Administrator")), bench.marks(), bench.errors()) == (1, {"a"}, [])
    assert bench.status("one") == "finished"


@pytest.mark.parametrize("how", ["succeeds", "fails"])
def test_the_end_of_a_job_that_is_anothers_is_not_noted(bench: Bench, how: str) -> None:
    asleep, other = bench.workers, bench.more_workers()
    asleep.look()
    bench.enqueue("note" if how == "succeeds" else "fail", text="a", job_id="one")
    job = take(bench, asleep)
    bench.clock.move(LEASE + 1)
    other.look()
    assert take(bench, other).key == job.key
    asleep.running.run(job)
    assert (bench.status("one"), bench.marks(), bench.errors()) == ("started", set(), [])


def test_a_job_that_kills_its_workers_has_failed_in_the_end(bench: Bench) -> None:
    """As any other that fails: with an Error Log, and its `on_failure` is called."""
    bench.enqueue("note", job_id="one", on_failure=f"{bench.name}.tasks.wept")
    for _ in range(MAX_ATTEMPTS):
        victim = bench.more_workers()
        victim.look()
        assert take(bench, victim).job_id == "one"
        bench.clock.move(LEASE + 1)
        bench.workers._beat = 0
        bench.workers.look()
    assert (bench.work_off(), bench.status("one"), bench.marks()) == (1, "failed", set())
    with bench.site.acting() as ctx:
        assert "worker died" in bench.site.job_queue.find(ctx, "one").exc_info
    said = "Its worker died 5 times while it ran: the job may be what kills it"
    assert bench.tasks.told == [("WorkerDiedError", said)]
    assert [said in each for each in bench.errors()] == [True]


@pytest.mark.parametrize(
    ("method", "count"),
    [
        pytest.param("{name}.tasks.note", 1, id="a function of an app that is loaded"),
        pytest.param("{name}.tasks:Shelf.put", 1, id="one in a class"),
        pytest.param("{like}.tasks.note", 0, id="of an app whose name differs where this one has a _"),
        pytest.param("{upper}.tasks.note", 0, id="of one that is written in other letters"),
        pytest.param("{name}s.tasks.note", 0, id="of one whose name is longer"),
        pytest.param("tasks.note", 0, id="of another one"),
    ],
)
def test_a_worker_takes_the_jobs_of_its_apps(bench: Bench, method: str, count: int) -> None:
    """By LIKE, in which `_` is any letter, it took those of others too, and failed them."""
    assert "_" in bench.name
    named = method.format(name=bench.name, like=bench.name.replace("_", "x"), upper=bench.name.upper())
    bench.enqueue("give", job_id="one")
    with bench.site.acting() as ctx:
        ctx.store.database.execute('UPDATE "__job" SET method = ?', (named,))
    assert bench.workers.jobs.is_work(bench.workers.queues) is bool(count)
    assert (bench.work_off(), bench.status("one") == "queued") == (count, not count)


def test_a_job_whose_end_could_not_be_noted_is_given_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.workers.look()
    bench.enqueue("fail", job_id="one")
    with monkeypatch.context() as patch:
        patch.setattr(bench.workers.leases, "fail", lambda *_: (_ for _ in ()).throw(DatabaseBusyError("disk")))
        assert bench.work_off() == 1
    assert bench.status("one") == "started"
    bench.clock.move(LEASE + 1)
    bench.workers.look()
    bench.workers._beat = 0
    bench.workers.look()
    assert bench.status("one") == "queued"


@pytest.mark.parametrize("jump", [86400, -86400])
def test_a_clock_that_is_set_takes_nobodys_job(bench: Bench, jump: int) -> None:
    """F47."""
    ticks = [0.0]
    settings = {"clock": bench.clock, "monotonic": lambda: ticks[0]}
    at_work, other = jobs.start(bench.site, 0, **settings), jobs.start(bench.site, 0, **settings)
    at_work.look()
    other.look()
    bench.enqueue("note", job_id="one", timeout=-1)
    job = take(bench, at_work)
    at_work.running.watched[job.key] = Watched(float("inf"))
    for moved in (jump, *[1] * 90):
        bench.clock.move(moved)
        ticks[0] += 1
        other.look()
        at_work.look()
        assert (bench.work_off(other), bench.status("one")) == (0, "started")


@pytest.mark.parametrize("jump", [86400, -86400])
def test_a_clock_that_is_set_leaves_a_job_its_time(bench: Bench, jump: int) -> None:
    """So does a machine that was asleep: a job that runs was told at once that its time is over."""
    ticks = [0.0]
    workers = jobs.start(bench.site, 0, clock=bench.clock, monotonic=lambda: ticks[0])
    bench.enqueue("wait_for_gate", timeout=5, job_id="one")
    thread = threading.Thread(target=workers.run_next)
    thread.start()
    until(lambda: bench.tasks.seen)
    bench.clock.move(jump)
    workers.look()
    assert [each.deadline for each in workers.running.watched.values()] == [5.0]
    bench.tasks.gate.set()
    thread.join()
    assert bench.status("one") == "finished"


def test_a_result_that_cannot_be_read_any_more_hides_no_job(bench: Bench) -> None:
    """Its DocType was deleted, or this process has not loaded its app."""
    bench.enqueue("shape", job_id="one")
    bench.work_off()
    with bench.site.acting() as ctx:
        assert bench.site.job_queue.find(ctx, "one").result.name == "m"
        ctx.store.database.execute("UPDATE \"__job\" SET result = replace(result, 'Mark', 'Gone')")
    with bench.site.acting() as ctx:
        found = bench.site.job_queue.find(ctx, "one")
        assert (found.status, found.result) == ("finished", None)


# --- who is rung for ---


@pytest.mark.parametrize(
    ("given", "later", "rung"),
    [
        pytest.param({}, 0, True, id="a job waits"),
        pytest.param({"queue": "long"}, 0, True, id="in any queue"),
        pytest.param(None, 0, False, id="none does"),
        pytest.param({"method": "again"}, 0, False, id="it is for later"),
        pytest.param({"method": "again"}, 2, True, id="its time has come"),
    ],
)
def test_who_runs_jobs_elsewhere_is_rung_for(
    bench: Bench, given: dict[str, Any] | None, later: int, rung: bool
) -> None:
    if given is not None:
        bench.enqueue(given.pop("method", "give"), **given)
        if bench.tasks.again.__name__ in [row[0].rpartition(".")[2] for row in bench.site.database.rows('SELECT method FROM "__job"')]:  # fmt: skip
            bench.workers.run_next()
    bench.clock.move(later)
    rings: list[int] = []
    ringer = Ringer(bench.workers.jobs, bench.workers.queues, lambda: rings.append(1))
    assert (ringer.look(), bool(rings)) == (rung, rung)


def test_a_commit_with_a_job_rings(bench: Bench) -> None:
    rung = threading.Event()
    workers = jobs.start(bench.site, 0, ring=rung.set)
    try:
        bench.enqueue("give")
        assert rung.is_set() and bench.tasks.seen == []
    finally:
        workers.stop()


# --- timeouts ---


def test_a_job_is_told_to_stop_when_its_time_is_over(bench: Bench) -> None:
    bench.enqueue("wait_for_gate", timeout=5, job_id="one")
    thread = threading.Thread(target=bench.workers.run_next)
    thread.start()
    until(lambda: bench.tasks.seen)
    bench.workers.look()
    assert thread.is_alive()
    bench.clock.move(6)
    until(lambda: bench.workers.look() or not thread.is_alive())  # told where it is outside the database's own code
    bench.tasks.gate.set()
    assert (bench.status("one"), ["timeout of 5 seconds" in each for each in bench.errors()]) == ("failed", [True])


@pytest.mark.parametrize("timeout", [0, 9])
def test_a_watched_function_gives_what_it_gives(timeout: int) -> None:
    watched = Watched(10)
    assert watched.run(lambda: watched.look(timeout) or 3) == 3
    assert watched.look(99) is False


def test_it_is_told_once_and_nothing_comes_after_it() -> None:
    watched, told = Watched(10), []

    def work() -> None:
        told.append(watched.look(11))
        for _ in range(1000):
            told.append(watched.look(12))

    with pytest.raises(JobTimeoutException):
        watched.run(work)
    assert told[:1] in ([], [True])
    assert watched.look(13) is False


# --- threads ---


def test_threads_run_what_is_enqueued_and_end_with_the_site(site: Site, write: Write, name: str) -> None:
    bench = Bench(site, write, name)
    workers = jobs.start(site, 2)
    done = threading.Event()
    bench.tasks.seen = type("Seen", (list,), {"append": lambda self, each: (list.append(self, each), done.set())})()
    bench.enqueue("give", value=1)
    assert done.wait(10)
    workers.stop()
    assert bench.tasks.seen == [1]
    assert [each.is_alive() for each in workers._threads] == [False] * 3
    bench.enqueue("give", value=2, job_id="late")
    assert bench.status("late") == "queued"


def test_a_thread_that_computes_gives_way_sooner_while_there_are_workers(bench: Bench) -> None:
    """Requests of the process feel its jobs by that."""
    before = sys.getswitchinterval()
    one, other = jobs.start(bench.site, 1), jobs.start(bench.site, 1)
    assert sys.getswitchinterval() == pytest.approx(min(before, 0.002))
    other.stop()
    one.stop()
    assert sys.getswitchinterval() == pytest.approx(before)
    jobs.start(bench.site, 0).stop()
    assert sys.getswitchinterval() == pytest.approx(before)


def test_many_workers_run_each_job_once(bench: Bench) -> None:
    several = [jobs.start(bench.site, 2) for _ in range(3)]
    for number in range(60):
        bench.enqueue("give", value=number, queue=("short", "default", "long")[number % 3])
    unfinished = "SELECT 1 FROM \"__job\" WHERE status IN ('queued', 'started')"
    until(lambda: bench.site.database.row(unfinished) is None)
    for each in several:
        each.stop()
    assert sorted(bench.tasks.seen) == list(range(60))


def test_a_stop_waits_for_what_runs_and_takes_no_more(bench: Bench) -> None:
    workers = jobs.start(bench.site, 1)
    bench.enqueue("wait_for_gate", job_id="one")
    until(lambda: bench.tasks.seen)
    bench.enqueue("give", value="next", job_id="two")
    stopping = threading.Thread(target=workers.stop)
    stopping.start()
    bench.tasks.gate.set()
    stopping.join(10)
    assert (bench.status("one"), bench.status("two")) == ("finished", "queued")


def test_a_thread_outlives_a_database_that_is_busy(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    workers = jobs.start(bench.site, 0)
    run_next, calls = workers.run_next, []

    def busy() -> bool:
        calls.append(1)
        if len(calls) == 1:
            workers.wake()
            raise DatabaseBusyError("busy")
        workers.ended.set()
        return run_next()

    monkeypatch.setattr(workers, "run_next", busy)
    bench.enqueue("give", value=1)
    workers._work()
    assert (len(calls), bench.tasks.seen) == (2, [1])


def test_a_started_site_keeps_its_jobs(monkeypatch: pytest.MonkeyPatch, site: Site, write: Write, name: str) -> None:
    """Before it is started, jobs are this process's alone, and its database has no table of them."""
    assert "__job" not in site.database.tables()
    monkeypatch.setenv("FRAPPE_LITE_JOB_THREADS", "0")
    site.start()
    bench = Bench(site, write, name)
    bench.enqueue("give", job_id="one")
    assert site.database.rows('SELECT id, status FROM "__job"') == [("one", "queued")]


# --- RQ Job ---


@pytest.fixture
def listed(bench: Bench) -> Iterator[tuple[Bench, ApiClient]]:
    for number, (method, queue) in enumerate([("give", "short"), ("fail", "default"), ("note", "long")]):
        bench.clock.move(1)
        bench.enqueue(method, queue=queue, job_id=f"j{number}")
    bench.work_off(bench.more_workers(queues=["short", "default"]))
    bench.tasks.seen.clear()
    yield bench, ApiClient(bench.site)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        pytest.param("", ["j2", "j1", "j0"], id="the newest first"),
        pytest.param('[["status","=","failed"]]', ["j1"], id="by status"),
        pytest.param('{"queue":"long"}', ["j2"], id="by queue"),
        pytest.param('[["RQ Job","status","in",["queued","finished"]]]', ["j2", "j0"], id="by several"),
        pytest.param('[["job_name","like","%tasks.give"]]', ["j0"], id="by a part of the name"),
        pytest.param('[["status","in","queued, finished"]]', ["j2", "j0"], id="by several as a text"),
        pytest.param('[["status","not in","queued, finished"]]', ["j1"], id="by none of several"),
        pytest.param('[["status","!=","failed"],["queue","!=","long"]]', ["j0"], id="by what it is not"),
    ],
)
def test_jobs_are_listed_as_documents(listed: tuple[Bench, ApiClient], filters: str, names: list[str]) -> None:
    bench, client = listed
    answer = client(f"GET /api/resource/RQ Job?filters={filters}" if filters else "GET /api/resource/RQ Job")
    assert [each["name"] for each in answer.json["data"]] == [f"{bench.site.title}||{name}" for name in names]
    count = client(f"GET /api/method/frappe.client.get_count?doctype=RQ Job&filters={filters or '[]'}").json
    assert count["message"] == len(names)


LIKE = [
    pytest.param("tasks.give", True, id="the whole"),
    pytest.param("tasks", False, id="not a part of it"),
    pytest.param("%give", True, id="its end"),
    pytest.param("tasks%", True, id="its beginning"),
    pytest.param("%s.g%", True, id="its middle"),
    pytest.param("TASKS.GIVE", True, id="in any case"),
    pytest.param("tasks_give", True, id="a letter of any kind"),
    pytest.param("tasks_ive", False, id="one letter and no more"),
    pytest.param("%%%%%%%%%%%%%%%%%%%%%%%%give", True, id="many of one sign are one"),
    pytest.param("tasks*", False, id="a star is a star"),
    pytest.param("tasks?give", False, id="a question mark is one"),
    pytest.param("[t]asks.give", False, id="brackets are brackets"),
    pytest.param("tasks.giv(e", False, id="what a pattern would stumble over"),
    pytest.param("", False, id="nothing is like nothing alone"),
    pytest.param(None, False, id="nor is null"),
]


@pytest.mark.parametrize(("wanted", "fits"), LIKE)
def test_what_a_job_is_like(wanted: Any, fits: bool) -> None:
    name, compare, value = _test(["job_name", "like", wanted])
    assert (name, compare("tasks.give", value)) == ("job_name", fits)
    assert _test(["RQ Job", "job_name", "not like", wanted])[1]("tasks.give", wanted) is not fits


def test_a_job_is_read_as_a_document(listed: tuple[Bench, ApiClient]) -> None:
    bench, client = listed
    found = client(f"GET /api/resource/RQ Job/{bench.site.title}||j1").json["data"]
    assert (found["status"], found["queue"], found["owner"], found["timeout"]) == (
        "failed",
        "default",
        "Administrator",
        300,
    )
    assert "ValueError: no luck" in found["exc_info"]
    assert "tasks.fail" in found["arguments"]


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        pytest.param("GET /api/resource/RQ Job/unknown", 404, id="a job that is not there"),
        pytest.param('GET /api/resource/RQ Job?filters=[["status","near","x"]]', 400, id="an unknown comparison"),
        pytest.param("GET /api/resource/RQ Job?filters=[[1,2,3]]", 400, id="a filter of numbers"),
        pytest.param("GET /api/resource/RQ Job?filters=7", 400, id="a number that is no filter"),
        pytest.param('GET /api/resource/RQ Job?filters={"status":["in",null]}', 200, id="one of none"),
        pytest.param('GET /api/resource/RQ Job?filters={"time_taken":[">",5]}', 200, id="a comparison with a number"),
        pytest.param("GET /api/resource/RQ Job?limit_page_length=-1", 417, id="a page of less than nothing"),
        pytest.param("POST /api/resource/RQ Job", 417, id="nobody writes a job down"),
        pytest.param("PUT /api/resource/RQ Job/unknown", 404, id="nor changes one that is not there"),
        pytest.param("PUT /api/resource/RQ Job/TITLE||j1", 417, id="nor one that is"),
        pytest.param(
            "POST /api/method/frappe.core.doctype.rq_job.rq_job.remove_failed_jobs", 200, id="a manager's clearing"
        ),
    ],
)
def test_what_is_asked_of_jobs_is_answered(listed: tuple[Bench, ApiClient], request_line: str, status: int) -> None:
    bench, client = listed
    assert client(request_line.replace("TITLE", bench.site.title)).status_code == status


def test_failed_jobs_are_removed_by_managers_alone(listed: tuple[Bench, ApiClient], new_user: Any) -> None:
    bench, client = listed
    path = "POST /api/method/frappe.core.doctype.rq_job.rq_job.remove_failed_jobs"
    assert new_user(bench.site, "ann@example.com", "Desk User")(path).status_code == 403
    assert bench.status("j1") == "failed"
    assert client(path).status_code == 200
    assert [bench.status(name) for name in ("j0", "j1", "j2")] == ["finished", None, "queued"]


@pytest.mark.parametrize(
    ("job", "status"),
    [
        pytest.param("j1", 200, id="one that failed"),
        pytest.param("j0", 417, id="one that is done"),
        pytest.param("j2", 417, id="one that waits"),
        pytest.param("unknown", 404, id="none"),
    ],
)
def test_a_job_that_failed_is_let_wait_again(
    listed: tuple[Bench, ApiClient], new_user: Any, job: str, status: int
) -> None:
    bench, client = listed
    path, values = "POST /api/v2/method/frappe_lite.jobs.run_again", {"name": f"{bench.site.title}||{job}"}
    before = bench.status(job)
    assert new_user(bench.site, "ann@example.com", "Desk User")(path, values).status_code == 403
    assert bench.status(job) == before
    assert client(path, values).status_code == status
    assert bench.status(job) == ("queued" if status == 200 else before)


def test_a_job_that_waits_is_deleted_and_never_runs(listed: tuple[Bench, ApiClient]) -> None:
    bench, client = listed
    assert client(f"DELETE /api/resource/RQ Job/{bench.site.title}||j2").status_code == 202
    assert (bench.work_off(), bench.status("j2")) == (0, None)


def test_jobs_are_read_by_managers_alone(listed: tuple[Bench, ApiClient], new_user: Any) -> None:
    bench, _ = listed
    client = new_user(bench.site, "ann@example.com", "Desk User")
    assert client("GET /api/resource/RQ Job").status_code == 403
    assert client(f"GET /api/resource/RQ Job/{bench.site.title}||j1").status_code == 403


# --- refused ---


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"method": lambda: 1}, "cannot be found again", id="a lambda"),
        pytest.param({"value": object()}, "builtins.object|object", id="an argument that cannot be written down"),
        pytest.param({"queue": "slow"}, "Queue should be one of short, default, long", id="a queue that is not there"),
        pytest.param({"deduplicate": True}, "needs a job_id", id="the same as what"),
    ],
)
def test_what_cannot_be_kept_is_refused_where_it_is_asked_for(bench: Bench, given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        bench.enqueue(given.pop("method", "give"), **given)
    assert bench.work_off() == 0


# --- how many wait ---

FULL = [
    pytest.param(1, ["default"], True, id="one more than none is too many"),
    pytest.param(2, ["default"], False, id="there is room for one"),
    pytest.param(2, ["default", "default"], True, id="as many as may"),
    pytest.param(2, ["default", "short", "long"], False, id="each queue has its own"),
    pytest.param(0, ["default"] * 3, False, id="none is no limit"),
    pytest.param(-1, ["default"] * 3, False, id="nor is less than none"),
]


@pytest.mark.parametrize(("most", "waiting", "is_full"), FULL)
def test_a_queue_takes_as_many_as_it_may(bench: Bench, most: int, waiting: list[str], is_full: bool) -> None:
    for queue in waiting:
        bench.enqueue("give", queue=queue)
    with bench.site.acting():
        frappe_lite.conf.max_queued_jobs = most
        if is_full:
            with pytest.raises(frappe_lite.exceptions.QueueOverloaded, match=f"{most} background jobs wait"):
                frappe_lite.enqueue(bench.tasks.give)
        else:
            assert frappe_lite.enqueue(bench.tasks.give).is_queued


def test_what_runs_or_has_ended_does_not_fill_a_queue(bench: Bench) -> None:
    for method in ("give", "fail"):
        bench.enqueue(method)
    bench.work_off()
    with bench.site.acting():
        frappe_lite.conf.max_queued_jobs = 1
        assert frappe_lite.enqueue(bench.tasks.give).is_queued


@pytest.mark.parametrize("count", [1, 500])
def test_how_many_wait_is_asked_of_the_index(bench: Bench, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    database, asked = bench.site.database, list[Any]()
    with bench.site.acting() as ctx, monkeypatch.context() as patch:
        patch.setattr(database, "row", lambda *given: asked.append(given))
        assert not bench.site.job_queue.has_waiting(ctx, "default", count)
    ((sql, values),) = asked
    if not database.skip_locked:
        plan = database.rows(f"EXPLAIN QUERY PLAN {sql}", values)
        assert [row[-1] for row in plan] == ["SEARCH __job USING INDEX __job_due (queue=?)"]
