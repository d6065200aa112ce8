"""`frappe-lite worker` and `frappe-lite jobs`, as a person types them; and jobs of `serve`, seen from outside."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import stores
from app_folder import Write
from job_tools import FILES, until

import frappe_lite
from conftest import new_file
from frappe_lite.command import cli
from frappe_lite.parts import jobs

GIVE_UP = 30.0


class Place:
    """A database with an app and jobs that wait in it."""

    def __init__(self, path: str, folder: Path, name: str):
        self.path, self.folder, self.name = path, folder, name

    def enqueue(self, *methods: str) -> None:
        site = self.open()
        jobs.start(site, 0)
        for method in methods:
            with site.acting():
                frappe_lite.enqueue(f"{self.name}.tasks.{method}", job_id=method)
        site.close()

    def open(self) -> frappe_lite.Site:
        site = frappe_lite.Site(self.path)
        site.load(self.folder)
        return site

    def run(self, command: str, *arguments: str) -> int:
        return cli.main([command, "--database", self.path, "--app", str(self.folder), *arguments])

    def statuses(self) -> dict[str, str]:
        """As a look from outside, which waits for nobody: a worker may be opening the site."""
        with contextlib.closing(sqlite3.connect(self.path)) as file:
            return dict(file.execute('SELECT id, status FROM "__job" ORDER BY created').fetchall())


@pytest.fixture
def place(tmp_path: Path, write: Write, name: str) -> Place:
    return Place(new_file(tmp_path / "site.db"), write(FILES), name)


def test_a_burst_runs_what_waits_and_ends(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.enqueue("give", "fail", "note")
    assert place.run("worker", "--burst") == 0
    assert "3 jobs were run" in capsys.readouterr().out
    assert place.statuses() == {"give": "finished", "fail": "failed", "note": "finished"}


def test_a_queue_may_be_named(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.enqueue("give")
    assert place.run("worker", "--burst", "--queue", "long") == 0
    assert ("0 jobs were run" in capsys.readouterr().out, place.statuses()) == (True, {"give": "queued"})


@pytest.mark.parametrize(
    ("arguments", "says", "statuses"),
    [
        pytest.param([], "failed    default  fail", {"give": "finished", "fail": "failed"}, id="listed with why"),
        pytest.param(["--status", "finished"], "finished  default  give", None, id="those that ended"),
        pytest.param(["--retry", "fail"], "1 jobs wait again", {"give": "finished", "fail": "queued"}, id="one again"),
        pytest.param(
            ["--retry", "give"], "0 jobs wait again", {"give": "finished", "fail": "failed"}, id="not a good one"
        ),
        pytest.param(["--retry-all"], "1 jobs wait again", {"give": "finished", "fail": "queued"}, id="all again"),
        pytest.param(["--clear"], "1 jobs are forgotten", {"give": "finished"}, id="forgotten"),
    ],
)
def test_jobs_are_looked_after(
    place: Place, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str, statuses: dict[str, str] | None
) -> None:
    place.enqueue("give", "fail")
    place.run("worker", "--burst")
    capsys.readouterr()
    assert place.run("jobs", *arguments) == 0
    assert says in capsys.readouterr().out
    assert statuses is None or place.statuses() == statuses


def test_a_listing_says_why(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.enqueue("fail")
    place.run("worker", "--burst")
    capsys.readouterr()
    place.run("jobs")
    assert "ValueError: no luck" in capsys.readouterr().out


def test_a_listing_says_who_runs_a_job(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.enqueue("give", "note")
    site = place.open()
    alive, silent = (jobs.start(site, 0, lease=lease) for lease in (3600.0, -1.0))
    for workers in (alive, silent):
        workers.leases.beat(workers.queues)
        assert workers.leases.take(site.new_context(), workers.queues) is not None
    site.close()
    place.run("jobs")
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(f"{place.name}.tasks.give  run by {socket.gethostname()}:{os.getpid()}")
    assert second.endswith(f"{place.name}.tasks.note  run by nobody who lives: it is given to others soon")


def test_a_job_of_an_app_that_the_worker_has_not_waits_for_one_that_has(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.enqueue("give")
    assert cli.main(["worker", "--burst", "--database", place.path]) == 0
    assert ("0 jobs were run" in capsys.readouterr().out, place.statuses()) == (True, {"give": "queued"})
    assert (place.run("worker", "--burst"), place.statuses()) == (0, {"give": "finished"})


def test_a_mail_that_a_job_writes_goes_out(place: Place, tmp_path: Path) -> None:
    """A worker that only wrote it down left it to the next start of the server."""
    site = place.open()
    jobs.start(site, 0)
    with site.acting():
        frappe_lite.enqueue("frappe.sendmail", recipients=["b@example.com"], subject="s", message="m")
    site.close()
    assert place.run("worker", "--burst", "--mail-to", str(tmp_path / "mails")) == 0
    assert [each.suffix for each in (tmp_path / "mails").iterdir()] == [".eml"]


def test_a_site_that_never_kept_jobs_has_none(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert (place.run("jobs"), capsys.readouterr().out) == (0, "")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_works_until_it_is_told_to_end(place: Place, how: int) -> None:
    place.enqueue("give")
    command = [
        sys.executable,
        "-m",
        "frappe_lite.command.cli",
        "worker",
        "--database",
        place.path,
        "--app",
        str(place.folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: place.statuses() == {"give": "finished"})
        process.send_signal(how)
        out, errors = process.communicate(timeout=GIVE_UP)
    assert (process.returncode, "Working on the jobs" in out, "Traceback" in errors) == (0, True, False)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="kills a process")
def test_what_a_killed_worker_had_is_run_by_another(place: Place) -> None:
    place.enqueue("wait_for_gate")
    command = [
        sys.executable,
        "-m",
        "frappe_lite.command.cli",
        "worker",
        "--database",
        place.path,
        "--app",
        str(place.folder),
    ]
    with subprocess.Popen([*command, "--lease", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until(lambda: place.statuses() == {"wait_for_gate": "started"})
        process.kill()
    assert place.statuses() == {"wait_for_gate": "started"}
    site = place.open()
    __import__(f"{place.name}.tasks", fromlist=["gate"]).gate.set()
    workers = jobs.start(site, 1, lease=1.0)
    until(lambda: site.database.row('SELECT status FROM "__job"') == ("finished",))
    workers.stop()
    site.close()


MEETING = """
    import pathlib, time

    def meet(place, me, other):
        pathlib.Path(place, me).touch()
        end = time.monotonic() + 60
        while not pathlib.Path(place, other).exists():
            assert time.monotonic() < end, "nobody came: one worker has both jobs"
            time.sleep(0.01)
        return __file__
"""


@pytest.mark.postgres
@pytest.mark.parametrize("queue", ["database", "redis"])
def test_workers_on_two_machines_share_the_work(
    tmp_path: Path, write: Write, name: str, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with a copy of the app in a folder of its own, and one job at a time; two jobs that wait for each other."""
    database = stores.new_database()
    folder = write({**FILES, "meeting.py": MEETING})
    with contextlib.ExitStack() as stack:
        stack.callback(stores.drop_database, database)
        if queue == "redis":
            monkeypatch.setenv("FRAPPE_LITE_CONFIG", str(stack.enter_context(redis_site(tmp_path))))
        place = Place(stores.address_of(database), folder, name)
        settings = {"redis_queue": f"unix://{tmp_path}/redis.sock"} if queue == "redis" else {}
        site = frappe_lite.Site(place.path, conf=settings)
        site.load(folder)
        stack.callback(site.close)
        jobs.start(site, 0)
        for me, other in (("a", "b"), ("b", "a")):
            with site.acting():
                frappe_lite.enqueue(f"{name}.meeting.meet", job_id=me, place=str(tmp_path), me=me, other=other)
        for number in (1, 2):
            own = tmp_path / f"machine{number}"
            shutil.copytree(folder, own / folder.name)
            command = [sys.executable, "-m", "frappe_lite.command.cli", "worker", "--database", place.path]
            process = subprocess.Popen(
                [*command, "--app", str(own / folder.name)], cwd=own, stdout=subprocess.DEVNULL
            )  # each killed at the end: there is nothing that it has to finish
            stack.callback(process.wait)
            stack.callback(process.kill)

        def results() -> dict[str, str]:
            with site.acting() as ctx:
                return {each.job_id: each.result for each in site.job_queue.listed(ctx, ("finished",))}

        until(lambda: len(results()) == 2)
        assert {Path(each).parts[-3] for each in results().values()} == {"machine1", "machine2"}


@contextlib.contextmanager
def redis_site(folder: Path) -> Iterator[Path]:
    """A redis-server on a socket, and a file of settings that names it."""
    pytest.importorskip("rq")
    server = shutil.which("redis-server") or pytest.skip("redis-server is not installed here")
    words = ("--port", "0", "--unixsocket", str(folder / "redis.sock"), "--save", "", "--dir", str(folder))
    with subprocess.Popen([server, *words], stdout=subprocess.DEVNULL) as process:
        try:
            until((folder / "redis.sock").exists)
            settings = folder / "site_config.json"
            settings.write_text(json.dumps({"redis_queue": f"unix://{folder}/redis.sock"}))
            yield settings
        finally:
            process.kill()
