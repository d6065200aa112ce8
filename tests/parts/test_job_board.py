"""Where a job says how far it is in the middle of its transaction: a file beside the database, whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from frappe_lite.parts.jobs.board import FileBoard


@pytest.fixture(params=["app.db", "a[1]*?.db"], ids=["a plain name", "a name that a pattern would read otherwise"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path: Path = tmp_path / request.param
    path.write_text("the database")
    return path


def beside(database: Path) -> set[str]:
    """What lies beside the database, without its name."""
    return {each.name.removeprefix(database.name) for each in database.parent.iterdir()} - {""}


def test_what_was_said_last_is_read_by_whoever_asks(database: Path) -> None:
    job, other_process = FileBoard(str(database)), FileBoard(str(database))
    assert other_process.get("k1") is None
    for text in ('{"percent": 40}', '{"percent": 80, "title": "Einführung"}'):
        job.put("k1", text)
        assert other_process.get("k1") == text
    assert (job.said, other_process.said, other_process.get("k2")) == ({"k1"}, set(), None)


def test_it_is_for_the_owner_alone_and_leaves_nothing_half_written(database: Path) -> None:
    FileBoard(str(database)).put("k1", "x")
    assert beside(database) == {"-progress-k1"}
    mode = (database.parent / f"{database.name}-progress-k1").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600 or os.name == "nt"


def test_what_is_kept_with_the_job_is_dropped(database: Path) -> None:
    board = FileBoard(str(database))
    for key in ("k1", "k2"):
        board.put(key, key)
    board.drop("k1")
    board.drop("k1")
    assert (board.get("k1"), board.get("k2"), board.said) == (None, "k2", {"k2"})


@pytest.mark.parametrize(
    ("running", "stay"),
    [
        ([], set()),
        (["k1"], {"-progress-k1"}),
        (["k1", "k2", "k3"], {"-progress-k1", "-progress-k2", "-progress-k2.new"}),
    ],
)
def test_what_killed_jobs_said_is_swept_away(database: Path, running: list[str], stay: set[str]) -> None:
    board = FileBoard(str(database))
    for key in ("k1", "k2"):
        board.put(key, key)
    (database.parent / f"{database.name}-progress-k2.new").write_text("killed in the mid")
    others = database.parent / "other.db-progress-k1"
    others.write_text("of another site")
    board.sweep(running)
    assert beside(database) - {others.name} == stay and others.exists() and database.exists()


@pytest.mark.parametrize("what", ["put", "get", "drop", "sweep"])
def test_a_folder_that_is_gone_fails_no_job(tmp_path: Path, what: str) -> None:
    board = FileBoard(str(tmp_path / "gone" / "app.db"))
    arguments = {"put": ("k1", "x"), "get": ("k1",), "drop": ("k1",), "sweep": ([],)}[what]
    assert getattr(board, what)(*arguments) is None
    assert board.get("k1") is None and list(tmp_path.iterdir()) == []
