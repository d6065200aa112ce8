"""The history checker of jobs: that it finds each anomaly, and none where servers and workers are killed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fault_tools import free_port, integrity, load_script

checker = load_script("history_jobs")
Asked, Run = checker.Asked, checker.Run

SOUND = [
    pytest.param([], [], {}, id="nothing"),
    pytest.param([Asked("a", "ok")], [Run("a", 1, 2)], {"a": 1}, id="a job that was kept has run"),
    pytest.param([Asked("a", "fail")], [], {}, id="a job that was undone has not"),
    pytest.param([Asked("a", "unknown"), Asked("b", "unknown")], [Run("b", 1, 2)], {"b": 1}, id="unknown is either"),
    pytest.param([Asked("a", "ok")], [Run("a", 1, None), Run("a", 5, 6)], {"a": 1}, id="killed, and begun again"),
    pytest.param([Asked("a", "ok")], [Run("a", 1, 2), Run("a", 3, 4)], {"a": 1}, id="undone at its end, and again"),
]


@pytest.mark.parametrize(("asked", "runs", "effects"), SOUND)
def test_a_sound_history_has_no_anomaly(asked: list[Any], runs: list[Any], effects: dict[str, int]) -> None:
    """F47: what may be after a crash is not called wrong."""
    assert checker.anomalies(asked, runs, effects, {}) == []


ANOMALIES = [
    pytest.param([Asked("a", "ok")], [Run("a", 1, 2)], {}, {}, "lost: a", id="no effect of a job that was kept"),
    pytest.param([Asked("a", "fail")], [], {"a": 1}, {}, "unwanted: a", id="an effect of one that was undone"),
    pytest.param([Asked("a", "fail")], [Run("a", 1, None)], {}, {}, "unwanted: a", id="it was even begun"),
    pytest.param([Asked("a", "ok")], [Run("a", 1, 2)], {"a": 2}, {}, "twice: a", id="two effects"),
    pytest.param(
        [Asked("a", "ok")], [Run("a", 3, 4), Run("a", 1, 3.5)], {"a": 1}, {}, "at the same time: a", id="two at a time"
    ),
    pytest.param([], [Run("a", 1, 2)], {}, {}, "from nowhere: a", id="nobody asked for it"),
    pytest.param([Asked("a", "unknown")], [], {}, {"a": "started"}, "unfinished: a is started", id="it never ends"),
]


@pytest.mark.parametrize(("asked", "runs", "effects", "left", "sentence"), ANOMALIES)
def test_each_anomaly_is_found(
    asked: list[Any], runs: list[Any], effects: dict[str, int], left: dict[str, str], sentence: str
) -> None:
    """F47: a checker that finds nothing shows nothing."""
    assert any(each.startswith(sentence) for each in checker.anomalies(asked, runs, effects, left))


def test_notes_are_read_as_runs() -> None:
    """F47."""
    notes = "begin a 1\nbegin b 2\nend a 3\nbegin b 4\nend b 5\n"
    assert checker.read_runs(notes) == [Run("a", 1, 3), Run("b", 2, None), Run("b", 4, 5)]


def test_a_server_that_is_not_there_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """F47: what nobody answers is not an empty list, by which every job would be lost."""
    answers = [(checker.NOBODY, {}), (503, {}), (200, {"message": [{"token": "a"}]})]

    class Answering:
        def __init__(self, *_address: object, **_options: object) -> None:
            self.close = lambda: None

        def __call__(self, *_request: object) -> tuple[int, dict[str, Any]]:
            return answers.pop(0)

    monkeypatch.setattr(checker, "Connection", Answering)
    monkeypatch.setattr(checker, "time", SimpleNamespace(monotonic=lambda: 0.0, sleep=lambda _seconds: None))
    assert checker.listed("http://127.0.0.1:1", {}, "History Ran", "[]") == [{"token": "a"}]


def test_no_job_is_lost_or_run_twice(tmp_path: Path) -> None:
    """F47: eight clients, a server and two workers, kill -9. scripts/history_jobs.py does it for longer."""
    found = checker.run(tmp_path, f"{tmp_path}/a.db", [free_port()], 2, rounds=3, seconds=0.7, lease=1.0)
    assert checker.anomalies(*found) == []
    asked, runs, effects, _ = found
    assert {each.outcome for each in asked} >= {"ok", "fail"}
    assert min(len(runs), len(effects)) > 20
    assert integrity(tmp_path / "a.db") == "ok"
