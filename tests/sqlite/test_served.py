"""One server a database: who may serve, join, restore and reset it, and that a server that was killed leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import new_file
from frappe_lite.sqlite import served
from frappe_lite.sqlite.served import DatabaseServed

HERE, THERE = "http://127.0.0.1:8000", "http://127.0.0.1:9000"
HOLD = """
import sys
from frappe_lite.sqlite import served
claim = served.share(sys.argv[1]) if sys.argv[2] == "worker" else served.claim(sys.argv[1], sys.argv[3], sys.argv[2] == "join")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return new_file(tmp_path / "site.db")


Hold = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def hold(path: str) -> Iterator[Hold]:
    """`hold("server")`: another process that serves the database, until it is killed."""
    made: list[subprocess.Popen[str]] = []

    def start(kind: str, address: str = HERE) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, path, kind, address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        made.append(process)
        assert process.stdout and process.stdout.readline() == "held\n", process.communicate()
        return process

    yield start
    for each in made:
        each.kill()
        each.communicate()


@pytest.fixture
def server(path: str) -> Iterator[served.Claim]:
    """A server, which for the lock is another one whoever's process it is in."""
    claim = served.claim(path, HERE)
    yield claim
    claim.close()


def test_nobody_serves_a_new_database(path: str) -> None:
    assert served.serving(path) is None
    assert not Path(f"{path}-served").exists(), "to ask leaves nothing"


def test_a_server_says_who_it_is(path: str, server: served.Claim) -> None:
    assert served.serving(path) == (HERE, os.getpid())


def test_a_second_server_is_refused_with_the_address_of_the_first(path: str, server: served.Claim) -> None:
    with pytest.raises(DatabaseServed, match=rf"is served at {HERE} already \(process {os.getpid()}\); .*--join"):
        served.claim(path, THERE)


def test_one_that_joins_is_let_in_and_leaves_the_first_ones_name(path: str, server: served.Claim) -> None:
    claim = served.claim(path, THERE, join=True)
    assert served.serving(path) == (HERE, os.getpid())
    claim.close()


def test_one_that_joins_nobody_is_the_server(path: str) -> None:
    claim = served.claim(path, THERE, join=True)
    assert served.serving(path) == (THERE, os.getpid())
    claim.close()
    assert served.serving(path) is None


def test_what_is_served_is_not_replaced(path: str, server: served.Claim) -> None:
    with pytest.raises(DatabaseServed, match="stop it first"), served.kept_out(path):
        pass


def test_what_is_being_replaced_is_not_served(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "LAST_BREATH", 0.0)
    with served.kept_out(path), pytest.raises(DatabaseServed, match="by another server"):
        served.claim(path, HERE)
    served.claim(path, HERE).close()


def test_what_is_not_there_yet_may_be_put_there(tmp_path: Path) -> None:
    with served.kept_out(str(tmp_path / "new.db")):
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ends", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_ended_leaves_nothing(path: str, hold: Hold, ends: signal.Signals) -> None:
    process = hold("server")
    process.send_signal(ends)
    process.wait()
    assert served.serving(path) is None
    served.claim(path, THERE).close()


def test_workers_share_the_lock(path: str, server: served.Claim) -> None:
    first, second = served.share(path), served.share(path)
    server.close()
    first.close()
    with pytest.raises(DatabaseServed), served.kept_out(path):
        pass
    second.close()
    with served.kept_out(path):
        pass


def test_workers_of_a_dead_server_are_waited_for(path: str, hold: Hold, monkeypatch: pytest.MonkeyPatch) -> None:
    server, worker = hold("server"), hold("worker")
    server.kill()
    server.wait()
    monkeypatch.setattr(served.time, "sleep", lambda _seconds: (worker.kill(), worker.wait()))
    served.claim(path, THERE).close()


def test_workers_that_do_not_end_are_told_of(path: str, hold: Hold, monkeypatch: pytest.MonkeyPatch) -> None:
    server = hold("server")
    hold("worker")
    server.kill()
    server.wait()
    monkeypatch.setattr(served, "LAST_BREATH", 0.0)
    with pytest.raises(DatabaseServed, match=f"is served at {HERE} already"):
        served.claim(path, THERE)


@pytest.mark.parametrize("content", [b"", b"no JSON", b"[]", json.dumps({"address": 5, "pid": "x"}).encode()])
def test_whatever_stands_in_the_file_the_lock_counts(
    path: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(f"{path}-served").write_bytes(content)
    assert served.serving(path) is None
    claim = served.claim(path, HERE)
    assert served.serving(path) == (HERE, os.getpid())
    Path(f"{path}-served").write_bytes(content)
    monkeypatch.setattr(served, "LAST_BREATH", 0.0)
    with pytest.raises(DatabaseServed, match="is served by another server"):
        served.claim(path, THERE)
    claim.close()


@pytest.mark.parametrize("address", [":memory:", "postgresql://db/site"])
def test_what_is_no_file_needs_no_lock(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = served.claim(address, HERE), served.claim(address, THERE)
    assert served.serving(address) is None
    first.close()
    second.close()
    assert list(tmp_path.iterdir()) == []


def test_a_worker_ends_when_its_parent_is_gone() -> None:
    worker = "import os, sys, time; from frappe_lite.sqlite import served; served.end_with(os.getppid(), 0.01); print(os.getpid(), flush=True); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {worker!r}]); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
        process.wait()
        assert process.stdout.read() == "", "the worker, which has the other end, ended"
    deadline = time.monotonic() + 60
    while served.is_alive(pid) and not _is_zombie(pid):
        assert time.monotonic() < deadline


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
