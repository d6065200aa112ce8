"""The schedule: documents from hooks, each event once over all processes, what was missed once, clocks that jump."""

from __future__ import annotations

import collections
import datetime
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write
from job_tools import Bench

import frappe_lite
from conftest import ApiClient, new_file
from frappe_lite.command import cli
from frappe_lite.errors import DatabaseBusyError, ValidationError
from frappe_lite.parts import jobs
from frappe_lite.parts.schedule import Clock, due
from frappe_lite.parts.schedule import clock as clock_module
from frappe_lite.parts.schedule.job_type import SPREAD
from frappe_lite.site import Site

TIMED = """
    import frappe

    seen = []

    def often(): seen.append("often")
    def hourly(): seen.append("hourly")
    def daily(): seen.append(("daily", frappe.session.user))
    def fails():
        frappe.get_doc({"doctype": "Mark", "name": "never"}).insert()
        raise ValueError("no luck")
    def takes(argument): pass
"""
HOOKS = """
    scheduler_events = {
        "all": ["APP.timed.often"], "hourly": ["APP.timed.hourly"], "daily_long": ["APP.timed.daily"],
        "cron": {"*/5 * * * *": ["APP.timed.fails", "APP.timed.often"]},
    }
"""
OURS = {("run_log_clean_up", "Daily Maintenance", "", 0)}
"""What every site runs by the clock."""
HOUR, DAY = 3600, 86400


class ScheduleBench(Bench):
    """A site with a schedule, in UTC, on New Year's morning; the test looks at the clock."""

    def __init__(self, site: Site, write: Write, name: str, hooks: str = HOOKS):
        super().__init__(site, lambda files: write({**files, "hooks.py": hooks, "timed.py": TIMED}), name)
        self.timed: Any = __import__(f"{name}.timed", fromlist=["seen"])
        with site.acting():
            frappe_lite.db.set_single_value("System Settings", "time_zone", "UTC")
        self.clock.seconds = datetime.datetime(2026, 1, 1, 0, 30, tzinfo=datetime.timezone.utc).timestamp()
        self.schedule = self.more_clocks()

    def more_clocks(self) -> Clock:
        """What follows the schedule in another process."""
        made = Clock(self.site, self.clock)
        made.prepare()
        return made

    def pass_time(self, seconds: float, step: float = 60.0, *clocks: Clock) -> None:
        """Let time pass, everybody looking now and then, and jobs being run."""
        until = self.clock() + seconds
        while self.clock() < until:
            self.clock.move(min(step, until - self.clock()))
            for each in clocks or (self.schedule,):
                each.tick()
            self.work_off()

    def event(self, method: str, **values: Any) -> Any:
        """The document of a method."""
        found = frappe_lite.get_all(
            "Scheduled Job Type", {"method": f"{self.name}.timed.{method}", **values}, pluck="name"
        )
        return frappe_lite.get_doc("Scheduled Job Type", found[0])


@pytest.fixture
def bench(site: Site, write: Write, name: str) -> ScheduleBench:
    return ScheduleBench(site, write, name)


# --- documents ---


def test_hooks_become_documents(bench: ScheduleBench) -> None:
    with bench.site.acting():
        rows = frappe_lite.get_all("Scheduled Job Type", fields=["method", "frequency", "cron_format", "stopped"])
    named = {(row.method.rpartition(".")[2], row.frequency, row.cron_format or "", row.stopped) for row in rows}
    assert named == {
        *OURS, ("often", "All", "", 0), ("hourly", "Hourly", "", 0), ("daily", "Daily Long", "", 0),
        ("fails", "Cron", "*/5 * * * *", 0), ("often", "Cron", "*/5 * * * *", 0),
    }  # fmt: skip


def test_documents_follow_the_hooks_and_keep_what_people_set(bench: ScheduleBench) -> None:
    with bench.site.acting():
        event = bench.event("hourly")
        event.stopped = 1
        event.save()
    hooks = bench.site.apps[bench.name].hooks
    hooks["scheduler_events"] = {"hourly": [f"{bench.name}.timed.hourly"], "weekly": f"{bench.name}.timed.daily"}
    bench.more_clocks()
    with bench.site.acting():
        rows = frappe_lite.get_all("Scheduled Job Type", fields=["method", "frequency", "stopped"])
    assert {(row.method.rpartition(".")[2], row.frequency, row.stopped) for row in rows} == {
        ("run_log_clean_up", "Daily Maintenance", 0),
        ("hourly", "Hourly", 1),
        ("daily", "Weekly", 0),
    }


def test_events_of_an_app_that_is_not_loaded_are_left_alone(bench: ScheduleBench) -> None:
    del bench.site.apps[bench.name]
    bench.more_clocks()
    with bench.site.acting():
        assert frappe_lite.db.count("Scheduled Job Type") == 5 + len(OURS)


@pytest.mark.parametrize(
    ("hooks", "says"),
    [
        pytest.param("{'daily': ['APP.timed.gone']}", "no function of an app", id="a function that is not there"),
        pytest.param("{'daily': ['os.getcwd']}", "no function of an app", id="one of no app"),
        pytest.param(
            "{'cron': {'* * *': ['APP.timed.often']}}", "not a valid Cron expression", id="a time that is none"
        ),
        pytest.param("{'fortnightly': ['APP.timed.often']}", "there is no Fortnightly", id="a frequency that is none"),
    ],
)
def test_an_event_that_cannot_be_run_is_told_and_left_out(
    site: Site, write: Write, name: str, caplog: pytest.LogCaptureFixture, hooks: str, says: str
) -> None:
    with caplog.at_level(logging.WARNING, "frappe_lite"):
        ScheduleBench(site, write, name, f"scheduler_events = {hooks}")
    assert says in caplog.text
    with site.acting():
        assert frappe_lite.db.count("Scheduled Job Type") == len(OURS)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param({"frequency": "Cron"}, "Cron format is required", id="no time"),
        pytest.param(
            {"frequency": "Cron", "cron_format": "61 * * * *"}, "not a valid Cron expression", id="a wrong one"
        ),
        pytest.param({"frequency": "Daily", "method": "os.getcwd"}, "no function of an app", id="a function of no app"),
        pytest.param({"frequency": "Daily", "method": "APP.timed.frappe"}, "no function of an app", id="a module"),
        pytest.param(
            {"frequency": "Daily", "method": "APP.unknown.x"}, "no function of an app", id="no module of the app"
        ),
    ],
)
def test_what_a_document_may_not_say(bench: ScheduleBench, values: dict[str, Any], says: str) -> None:
    given = {"method": "APP.timed.daily", **values}
    given["method"] = given["method"].replace("APP", bench.name)
    with pytest.raises(ValidationError, match=says), bench.site.acting():
        frappe_lite.get_doc({"doctype": "Scheduled Job Type", **given}).insert()


def test_a_document_tells_the_last_and_the_next_time(bench: ScheduleBench) -> None:
    bench.pass_time(HOUR)
    with bench.site.acting():
        event = bench.event("hourly")
        event.db_set("last_execution", "2026-01-01 01:00:30")
        shown = ApiClient(bench.site)(f"GET /api/resource/Scheduled Job Type/{event.name}").json["data"]
    local = datetime.datetime(2026, 1, 1, 2, 0)
    assert shown["next_execution"][:16] == local.isoformat(" ")[:16]
    with bench.site.acting():
        event = bench.event("hourly")
        assert (event.is_event_due("2026-01-01 01:59:59"), event.is_event_due("2026-01-01 02:00:00")) == (False, True)


# --- runs ---


def test_events_are_run_as_often_as_the_calendar_says(bench: ScheduleBench) -> None:
    bench.pass_time(2 * HOUR)
    counted = collections.Counter(each if isinstance(each, str) else each[0] for each in bench.timed.seen)
    assert counted == {"often": 30 + 24, "hourly": 2}


def test_jobs_of_events_are_the_administrators_and_wait_in_their_queue(bench: ScheduleBench) -> None:
    bench.clock.move(DAY)
    names = bench.schedule.tick()
    with bench.site.acting() as ctx:
        waiting = bench.site.job_queue.listed(ctx)
        queues = {each.job_name.rpartition(".")[2]: each.queue for each in waiting}
    assert queues.pop("run_log_clean_up") == "long"
    assert (len(names), queues) == (6, {"often": "default", "hourly": "default", "fails": "default", "daily": "long"})
    bench.work_off()
    assert ("daily", "Administrator") in bench.timed.seen


def test_runs_are_logged_and_what_fails_says_why(bench: ScheduleBench) -> None:
    with bench.site.acting():
        bench.event("fails").db_set("create_log", 1)
    bench.pass_time(5 * 60)
    with bench.site.acting():
        event = bench.event("fails")
        log = frappe_lite.get_doc("Scheduled Job Log", {"scheduled_job_type": event.name})
        assert (log.status, "ValueError: no luck" in log.details, event.last_execution is not None) == (
            "Failed",
            True,
            True,
        )
        frappe_lite.delete_doc("Scheduled Job Type", event.name)
        assert frappe_lite.db.count("Scheduled Job Log") == 0
    assert (bench.marks(), bench.status(event.rq_job_id)) == (set(), "failed")


@pytest.mark.parametrize("how", ["document", "settings", "configuration"])
def test_what_is_stopped_does_not_run_and_is_not_made_up_for(bench: ScheduleBench, how: str) -> None:
    with bench.site.acting():
        if how == "document":
            for name in frappe_lite.get_all("Scheduled Job Type", pluck="name"):
                frappe_lite.get_doc("Scheduled Job Type", name).update({"stopped": 1}).save()
        elif how == "settings":
            frappe_lite.db.set_single_value("System Settings", "enable_scheduler", 0)
        else:
            frappe_lite.conf.disable_scheduler = 1
    bench.pass_time(DAY, 1200)
    assert bench.timed.seen == []
    if how == "document":
        with bench.site.acting():
            event = bench.event("hourly")
            event.stopped = 0
            event.save()
        bench.pass_time(HOUR + SPREAD["Hourly"])
        assert bench.timed.seen in (["hourly"], ["hourly"] * 2)


def test_an_event_whose_job_waits_or_runs_comes_once_that_has_ended(bench: ScheduleBench) -> None:
    for _ in range(10):
        bench.clock.move(HOUR)
        bench.schedule.tick()
    assert bench.work_off() == 4
    assert collections.Counter(each if isinstance(each, str) else each[0] for each in bench.timed.seen)["hourly"] == 1
    bench.schedule.tick()
    bench.work_off()
    assert collections.Counter(each if isinstance(each, str) else each[0] for each in bench.timed.seen)["hourly"] == 2


def test_an_event_that_is_changed_is_due_by_its_new_time(bench: ScheduleBench) -> None:
    with bench.site.acting():
        event = bench.event("hourly")
        event.update({"frequency": "Cron", "cron_format": "45 0 * * *"})
        event.save()
    bench.pass_time(14 * 60)
    assert "hourly" not in bench.timed.seen
    bench.pass_time(2 * 60)
    assert bench.timed.seen.count("hourly") == 1
    bench.pass_time(3 * HOUR, 600)
    assert bench.timed.seen.count("hourly") == 1


# --- many processes, and clocks ---


def test_each_event_comes_once_over_all_processes(bench: ScheduleBench) -> None:
    three = [bench.schedule, bench.more_clocks(), bench.more_clocks()]
    bench.pass_time(2 * HOUR, 60, *three)
    counted = collections.Counter(each if isinstance(each, str) else each[0] for each in bench.timed.seen)
    assert counted == {"often": 30 + 24, "hourly": 2}


def test_of_two_that_see_the_same_event_one_asks_for_it(bench: ScheduleBench) -> None:
    other = bench.more_clocks()
    bench.clock.move(HOUR)
    due = [each for each in clock_module.due.by(bench.site, bench.clock()) if each[0] == bench_event(bench, "hourly")]
    assert [each._begin(*due[0], bench.clock()) for each in (bench.schedule, other)] == [True, False]
    assert bench.work_off() == 1
    assert other._begin(*due[0], bench.clock()) is False


def bench_event(bench: ScheduleBench, method: str) -> str:
    with bench.site.acting():
        return str(bench.event(method).name)


@pytest.mark.parametrize(
    ("jump", "missed"),
    [
        pytest.param(3 * DAY, 1, id="a process that was paused for days runs what it missed once"),
        pytest.param(-3 * DAY, 0, id="a clock that is set back brings nothing"),
    ],
)
def test_a_clock_that_jumps(bench: ScheduleBench, jump: float, missed: int) -> None:
    bench.pass_time(2 * HOUR)
    before = bench.timed.seen.count("hourly")
    bench.clock.move(jump)
    bench.schedule.tick()
    bench.work_off()
    assert bench.timed.seen.count("hourly") == before + missed
    bench.pass_time(3 * HOUR)
    assert before + missed + 3 <= bench.timed.seen.count("hourly") + (jump < 0)


@pytest.mark.parametrize(
    ("day", "runs"),
    [
        pytest.param((2026, 3, 28, 23), {"hourly": 23, "often": 23 * 15}, id="put forward: a day of 23 hours"),
        pytest.param((2026, 10, 24, 22), {"hourly": 25, "often": 25 * 15}, id="put back: a day of 25 hours"),
    ],
)
def test_a_day_on_which_the_clock_is_changed(
    site: Site, write: Write, name: str, day: tuple[int, ...], runs: dict[str, int]
) -> None:
    hooks = (
        "scheduler_events = {'all': ['APP.timed.often'], 'hourly': ['APP.timed.hourly'], 'daily': ['APP.timed.daily']}"
    )
    bench = ScheduleBench(site, write, name, hooks)
    with site.acting():
        frappe_lite.db.set_single_value("System Settings", "time_zone", "Europe/Berlin")
    bench.clock.seconds = datetime.datetime(*day, 59, tzinfo=datetime.timezone.utc).timestamp()  # type: ignore[misc]
    with site.acting() as ctx:
        ctx.store.database.execute('DELETE FROM "__schedule"')
        bench.schedule._work_out(ctx)
    hours = runs["hourly"]
    bench.pass_time(hours * HOUR, 120, bench.schedule, bench.more_clocks())
    counted = collections.Counter(each if isinstance(each, str) else each[0] for each in bench.timed.seen)
    assert counted == {**runs, "daily": 1}


def test_midnight_does_not_bring_everything_at_once(site: Site, write: Write, name: str) -> None:
    code = "".join(f"def task{number}(): pass\n" for number in range(40))
    hooks = f"scheduler_events = {{'daily': [f'{name}.many.task{{n}}' for n in range(40)]}}"
    write({"many.py": code})
    bench = ScheduleBench(site, write, name, hooks)
    bench.clock.seconds = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc).timestamp() - 1
    asked = []
    for _ in range(SPREAD["Daily"] // 30 + 1):
        bench.clock.move(30)
        asked.append(len(bench.schedule.tick()))
    assert (sum(asked), max(asked) <= 12) == (40 + len(OURS), True)


def test_a_zone_that_is_not_known_is_this_machines(bench: ScheduleBench) -> None:
    with bench.site.acting():
        frappe_lite.db.set_single_value("System Settings", "time_zone", "Moon/Tycho")
    with bench.site.acting():
        assert bench.event("hourly").get_next_execution().minute == 0


@pytest.mark.parametrize(
    ("error", "says"),
    [
        pytest.param(DatabaseBusyError("busy"), "the schedule could not be followed: busy", id="a busy database"),
        pytest.param(ZeroDivisionError("of an app's"), "ZeroDivisionError: of an app's", id="a fault of an app's hook"),
    ],
)
def test_a_schedule_goes_on_after_a_look_that_failed(
    bench: ScheduleBench,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    says: str,
) -> None:
    ticks = []

    def tick() -> list[str]:
        ticks.append(1)
        if len(ticks) == 1:
            raise error
        bench.schedule.ended.set()
        return []

    monkeypatch.setattr(bench.schedule, "tick", tick)
    monkeypatch.setattr(bench.schedule, "_rest", lambda: 0.0)
    bench.schedule._follow()
    assert (len(ticks), says in caplog.text) == (2, True)


@pytest.mark.parametrize(("moved", "rest"), [(0, 10.0), (4 * 60 + 57, 3.0), (5 * 60, 0.5), (DAY, 0.5)])
def test_it_looks_when_something_is_due(site: Site, write: Write, name: str, moved: float, rest: float) -> None:
    bench = ScheduleBench(site, write, name, "scheduler_events = {'cron': {'*/5 * * * *': ['APP.timed.often']}}")
    bench.clock.move(moved)
    assert bench.schedule._rest() == rest


# --- what was written past the checks ---


def test_it_looks_again_soon_where_the_database_is_busy(bench: ScheduleBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_site: Site) -> float:
        raise DatabaseBusyError("busy")

    monkeypatch.setattr(clock_module.due, "earliest", busy)
    assert bench.schedule._rest() == clock_module.TICK


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        pytest.param("""DELETE FROM "tabScheduled Job Type" WHERE method LIKE '%.fails'""", "not found", id="gone"),
        pytest.param(
            """UPDATE "tabScheduled Job Type" SET cron_format = 'soon' WHERE method LIKE '%.fails'""",
            "not a valid Cron expression", id="no time",
        ),
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_read_is_left_out_and_the_others_come(
    bench: ScheduleBench, caplog: pytest.LogCaptureFixture, sql: str, says: str
) -> None:
    with bench.site.acting() as ctx:
        name = bench.event("fails").name
        ctx.store.database.execute(sql)
    with caplog.at_level(logging.WARNING, "frappe_lite"):
        bench.pass_time(5 * 60)
    [told] = [each.getMessage() for each in caplog.records if name in each.getMessage()][:1]
    assert "is left out" in told and says in told
    assert bench.timed.seen.count("often") >= 1


@pytest.mark.parametrize("how", ["DELETE FROM", "UPDATE"])
def test_what_is_gone_or_stopped_past_the_checks_is_due_no_more(bench: ScheduleBench, how: str) -> None:
    with bench.site.acting() as ctx:
        name = bench.event("fails").name
        sql = f'{how} "tabScheduled Job Type" {"SET stopped = 1 " if how == "UPDATE" else ""}WHERE name = ?'
        ctx.store.database.execute(sql, (name,))
    assert name in clock_module.due.known(bench.site)
    bench.clock.move(clock_module.ANEW + 1)
    bench.schedule.tick()
    assert name not in clock_module.due.known(bench.site) and len(clock_module.due.known(bench.site)) > 1


def test_a_row_without_a_time_is_shown_without_its_next_one(bench: ScheduleBench) -> None:
    with bench.site.acting() as ctx:
        name = bench.event("fails").name
        ctx.store.database.execute('UPDATE "tabScheduled Job Type" SET cron_format = ? WHERE name = ?', ("soon", name))
    answer = ApiClient(bench.site)(f"GET /api/resource/Scheduled Job Type/{name}")
    assert (answer.status_code, answer.json["data"].get("next_execution")) == (200, None)


# --- asked for ---


def test_the_schedule_is_active_while_somebody_follows_it(bench: ScheduleBench) -> None:
    client = ApiClient(bench.site)
    status = "GET /api/method/frappe.utils.scheduler.get_scheduler_status"
    assert client(status).json["message"] == {"status": "active"}
    with bench.site.acting():
        frappe_lite.db.set_single_value("System Settings", "enable_scheduler", 0)
    assert client(status).json["message"] == {"status": "inactive"}
    assert client("POST /api/method/frappe.utils.scheduler.activate_scheduler").status_code == 200
    assert client(status).json["message"] == {"status": "active"}
    bench.schedule.stop()
    assert client(status).json["message"] == {"status": "inactive"}


def test_an_event_is_run_when_a_manager_says_so(bench: ScheduleBench, new_user: Any) -> None:
    path = "POST /api/method/frappe.core.doctype.scheduled_job_type.scheduled_job_type.execute_event"
    given = {"doc": json.dumps({"name": bench_event(bench, "hourly")})}
    ann = new_user(bench.site, "ann@example.com", "Desk User")
    assert (ann(path, given).status_code, bench.work_off()) == (403, 0)
    client = ApiClient(bench.site)
    assert (client(path, given).status_code, bench.work_off(), bench.timed.seen) == (200, 1, ["hourly"])
    assert client(path, {"doc": "{}"}).status_code == 400
    assert client(path, {"doc": {"name": "unknown"}}).status_code == 404
    activate = "POST /api/method/frappe.utils.scheduler.activate_scheduler"
    assert new_user(bench.site, "mia@example.com", "System Manager")(activate).status_code == 403


def test_the_next_time_of_an_event_is_left_out_when_a_manager_says_so(bench: ScheduleBench, new_user: Any) -> None:
    path = "POST /api/method/frappe.core.doctype.scheduled_job_type.scheduled_job_type.skip_next_execution"
    name = bench_event(bench, "hourly")
    assert new_user(bench.site, "ann@example.com", "Desk User")(path, {"doc": {"name": name}}).status_code == 403
    first = due.known(bench.site)[name]
    answer = ApiClient(bench.site)(path, {"doc": json.dumps({"name": name})})
    assert (answer.status_code, answer.json["message"]["name"]) == (200, name)
    assert answer.json["message"]["last_execution"][:19] == datetime.datetime.fromtimestamp(first).isoformat(" ")[:19]
    assert due.known(bench.site)[name] - first == 3600


def test_a_started_site_follows_its_schedule_and_stops_with_it(
    site: Site, write: Write, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAPPE_LITE_JOB_THREADS", "0")
    site.load(write({"hooks.py": HOOKS, "timed.py": TIMED}))
    site.start()
    with site.acting():
        assert frappe_lite.db.count("Scheduled Job Type") == 5 + len(OURS)
    assert "clock" in site.shelf
    site.close()
    assert "clock" not in site.shelf


COMMANDS = [
    pytest.param(["list"], 0, ["timed.hourly", "Hourly", "never run", "next 20"], id="listed"),
    pytest.param([], 0, ["*/5 * * * *"], id="listed without a word"),
    pytest.param(["run", "APP.timed.hourly"], 0, ["APP.timed.hourly was run"], id="run"),
    pytest.param(["run", "APP.timed.unknown"], 1, ["is not scheduled"], id="not there"),
    pytest.param(["run"], 1, ["needs the name"], id="run what"),
]


@pytest.mark.sqlite("commands open a file")
@pytest.mark.parametrize(("arguments", "status", "says"), COMMANDS)
def test_the_command(
    tmp_path: Path, write: Write, name: str, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, says: list[str]
) -> None:  # fmt: skip
    folder, database = write({"hooks.py": HOOKS, "timed.py": TIMED}), new_file(tmp_path / "site.db")
    given = [each.replace("APP", name) for each in arguments]
    assert cli.main(["schedule", *given, "--database", database, "--app", str(folder)]) == status
    told = capsys.readouterr()
    assert [each for each in says if each.replace("APP", name) not in told.out + told.err] == []


def test_jobs_are_started_before_the_schedule(site: Site) -> None:
    """What is due at the start waits in the database already."""
    started = [getattr(each, "func", each).__module__.rpartition(".")[2] for each in site.extensions.on_start]
    assert started.index("jobs") < started.index("schedule")
    assert jobs.start.__module__ == "frappe_lite.parts.jobs"
