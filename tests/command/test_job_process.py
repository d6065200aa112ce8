"""The process that runs the jobs of `serve`: when there is one, when it begins, and that it ends with the server."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write, doctype
from job_tools import until
from serving_tools import running

from conftest import new_file
from frappe_lite.command import job_process
from frappe_lite.command.job_process import OFF, PROCESS, THREADS, JobProcess
from frappe_lite.command.setting_files import SettingError
from frappe_lite.command.settings import Settings
from frappe_lite.parts.jobs import working

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a process for jobs needs Linux")


def settings(**given: Any) -> Settings:
    made = Settings()
    for name, value in given.items():
        made.take(name, value, "a test")
    return made


# --- who runs them ---


@pytest.mark.parametrize(
    ("given", "platform", "who"),
    [
        pytest.param({}, "linux", PROCESS, id="a process of its own"),
        pytest.param({"jobs": "threads"}, "linux", THREADS, id="threads if they are asked for"),
        pytest.param({"jobs": "off"}, "linux", OFF, id="nobody if that is asked for"),
        pytest.param({"job_threads": 0}, "linux", OFF, id="no threads, no jobs"),
        pytest.param({"dev": True}, "linux", THREADS, id="a developer's breakpoints need the terminal"),
        pytest.param({"dev": True, "jobs": "process"}, "linux", PROCESS, id="a developer may want it as in production"),
        pytest.param({"database": ":memory:"}, "linux", THREADS, id="memory is one process's"),
        pytest.param({}, "darwin", THREADS, id="threads elsewhere"),
    ],
)
def test_who_runs_jobs(monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], platform: str, who: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert job_process.choose(settings(**given)) == who


@pytest.mark.parametrize(
    ("given", "platform", "says"),
    [
        pytest.param({"database": ":memory:"}, "linux", "in memory is one process's", id="memory"),
        pytest.param({}, "win32", "needs Linux", id="another system"),
    ],
)
def test_a_process_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], platform: str, says: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SettingError, match=says):
        job_process.choose(settings(jobs="process", **given))


# --- when it begins and ends ---


class Kept:
    """A job process whose program notes that it began, and then does what a test says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, program: str):
        self.notes = folder / "notes"
        self.notes.touch()
        note = f"import os, sys; open({str(self.notes)!r}, 'a').write(f'{{os.getpid()}} {{os.nice(0)}}\\n'); "
        monkeypatch.setattr(JobProcess, "words", (sys.executable, "-c", note + program))
        self.process = JobProcess(settings())

    def begun(self) -> list[str]:
        return self.notes.read_text().splitlines()


DRAIN = "os.read(0, 100); "


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    made: list[Kept] = []

    def begin(program: str) -> Kept:
        made.append(Kept(tmp_path, monkeypatch, program))
        return made[-1]

    yield begin
    for each in made:
        if not each.process._ended.is_set():
            each.process.stop()


@linux
def test_it_begins_when_a_job_waits_and_not_before(kept: Any) -> None:
    one = kept(f"{DRAIN} os.read(0, 100)")
    assert one.process._child is None and not one.begun()
    one.process.bell.ring()
    until(lambda: len(one.begun()) == 1)
    one.process.stop()
    assert len(one.begun()) == 1


@linux
def test_one_that_had_nothing_to_do_is_begun_again_by_the_next_job(kept: Any) -> None:
    one = kept(DRAIN)
    for number in (1, 2):
        one.process.bell.ring()
        until(lambda number=number: len(one.begun()) == number and one.process._child.poll() == 0)


@linux
def test_one_that_fails_is_told_and_begun_again(kept: Any, capfd: pytest.CaptureFixture[str]) -> None:
    one = kept("sys.exit(3)")  # what was rung for is still in the pipe
    one.process.bell.ring()
    until(lambda: len(one.begun()) == 2)
    assert "ended by itself (status 3)" in capfd.readouterr().err


@linux
def test_after_the_stop_nothing_begins(kept: Any) -> None:
    one = kept("")
    one.process.stop()
    assert (one.begun(), one.process._thread.is_alive()) == ([], False)


@linux
def test_what_does_not_end_is_ended(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_process.JobProcess, "patience", 0.2)
    one = kept("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile 1: signal.pause()")
    one.process.bell.ring()
    until(one.begun)
    one.process.stop()
    assert one.process._child.poll() is not None


# --- the bell ---


@linux
def test_the_bell_is_found_by_processes_of_the_server() -> None:
    reader, writer = os.pipe()
    try:
        bell = job_process.bell_of({job_process.BELL: f"/proc/{os.getpid()}/fd/{writer}"})
        assert bell is not None
        bell.ring()
        assert os.read(reader, 10) == b"!"
        os.close(bell._descriptor)
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize("environ", [{}, {job_process.BELL: "/nowhere"}, {job_process.BELL: os.devnull}], ids=str)
def test_what_is_no_bell_is_none(environ: dict[str, str]) -> None:
    assert job_process.bell_of(environ) is None


def test_a_bell_that_was_rung_often_waits_for_nobody() -> None:
    reader, writer = os.pipe()
    bell = job_process.Bell(writer)
    for _ in range(100_000):
        bell.ring()
    os.close(reader)
    bell.ring()
    os.close(writer)


# --- the worker's side ---


class Workers:
    """What `_listen` asks of workers."""

    def __init__(self, rested: float = 0.0):
        self.ended, self.woken, self.stopped, self._rested = threading.Event(), 0, False, rested

    def wake(self) -> None:
        self.woken += 1
        self.ended.set()

    def rested(self) -> float:
        return self._rested

    def stop(self, _grace: float) -> None:
        self.stopped = True


class Died(Exception):
    """What the end of the process is in a test."""


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    def die(_status: int) -> None:
        raise Died

    monkeypatch.setattr(os, "_exit", die)
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)


def test_a_ring_wakes_it(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"!!")
    workers = Workers()
    working._listen(workers, pipe[0])  # type: ignore[arg-type]
    os.close(pipe[1])
    assert workers.woken == 1


def test_it_dies_with_the_server(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])
    workers = Workers()
    with pytest.raises(Died):
        working._listen(workers, pipe[0])  # type: ignore[arg-type]
    assert workers.stopped


def test_it_ends_when_there_was_no_job_for_long(pipe: tuple[int, int]) -> None:
    workers = Workers(working.IDLE + 1)
    working._listen(workers, pipe[0])  # type: ignore[arg-type]
    os.close(pipe[1])
    assert not workers.ended.is_set()


# --- all of it, as it is served ---

APP = """
    import os, threading
    import frappe

    @frappe.whitelist(allow_guest=True)
    def ask(method="tell"):
        frappe.enqueue(f"APP.api.{method}")
        return os.getpid()

    def tell():
        note(f"{os.getpid()} {os.getppid()} {os.nice(0)}")

    def stay():
        note(f"{os.getpid()}")
        threading.Event().wait()

    def note(text):
        with open(os.environ["NOTES"], "a") as file:
            file.write(text + "\\n")
"""


def is_there(pid: int) -> bool:
    """Whether a process runs still: one that ended and is not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@linux
@pytest.mark.parametrize(
    ("server", "method", "how"),
    [
        pytest.param("granian", "tell", signal.SIGTERM, id="it ends with the server"),
        pytest.param("waitress", "stay", signal.SIGKILL, id="it is gone with a server that was killed"),
    ],
)
def test_jobs_are_run_beside_the_server(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch, server: str, method: str, how: int
) -> None:
    pytest.importorskip(server)
    notes = tmp_path / "notes"
    monkeypatch.setenv("NOTES", str(notes))
    app = write({"hooks.py": "", "api.py": APP, "mark.json": doctype("Mark")})
    words = (
        "serve",
        "--server",
        server,
        "--database",
        new_file(tmp_path / "site.db"),
        "--port",
        "0",
        "--app",
        str(app),
    )
    with running(tmp_path, *words) as served:
        assert served.get(f"/api/method/{app.name}.api.ask?method={method}")[0] == 200
        until(lambda: notes.exists() and notes.read_text().endswith("\n"))
        pid, *more = map(int, notes.read_text().split())
        assert pid != served.process.pid
        assert os.sched_getscheduler(pid) == os.SCHED_BATCH, "a job that wakes up takes the processor from no request"
        if more:
            assert more == [served.process.pid, os.nice(0) + job_process.NICE]
        served.process.send_signal(how)
        served.process.wait(60)
        until(lambda: not is_there(pid))
        assert "ended by itself" not in served.said
