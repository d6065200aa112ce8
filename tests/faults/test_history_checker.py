"""The history checker: that it finds each anomaly in a history made for it, and none in that of a server that is
killed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fault_tools import FRAPPE_LITE, free_port, history, integrity

Operation, Final = history.Operation, history.Final


def moment(value: int) -> str:
    return f"2026-01-01 00:00:00.{value:06}"


def insert(token: str, outcome: str = "ok", at: float = 0) -> Any:
    return Operation("insert", at, at + 1, outcome, token=token)


def look(token: str, children: int, outcome: str = "ok") -> Any:
    return Operation("look", 5, 6, outcome, token=token, children=children)


def update(value: int, at: float, outcome: str = "ok", modified: str = "", lasts: float = 1) -> Any:
    return Operation("update", at, at + lasts, outcome, value=value, modified=modified or moment(value))


def read(value: int, at: float, modified: str = "") -> Any:
    return Operation("read", at, at + 1, "ok", value=value, modified=modified or moment(value))


def final(value: int = 0, modified: str = "", orphans: int = 0, **documents: int) -> Any:
    return Final(documents, value, modified or moment(value), orphans)


SOUND = [
    pytest.param([], final(), id="nothing"),
    pytest.param(
        [insert("a"), insert("b", "unknown"), insert("c", "unknown"), insert("d", "fail")],
        final(a=5, b=5),
        id="unknown inserts may be there or not",
    ),
    pytest.param(
        [update(1, 0), read(1, 2), update(2, 4), update(2, 4, "fail")], final(2), id="updates one after the other"
    ),
    pytest.param([update(1, 0), update(2, 2, "unknown")], final(2), id="an unknown update was kept"),
    pytest.param([update(1, 0), update(2, 2, "unknown")], final(1), id="an unknown update was not"),
    pytest.param([update(1, 0), update(2, 2, "unknown"), read(2, 4), update(3, 6)], final(3), id="and was built on"),
    pytest.param([update(1, 0, lasts=9), read(0, 5)], final(1), id="a read during an update sees either"),
    pytest.param(
        [update(1, 0, lasts=9), read(1, 5)], final(1), id="a read during an update sees either, the new one too"
    ),
    pytest.param([insert("a"), look("a", 5)], final(a=5), id="a document that was looked at"),
]


@pytest.mark.parametrize(("operations", "end"), SOUND)
def test_a_sound_history_has_no_anomaly(operations: list[Any], end: Any) -> None:
    """F28: what may be after a crash is not called wrong."""
    assert history.anomalies(operations, end) == []


ANOMALIES = [
    pytest.param([insert("a"), insert("b")], final(a=5), "lost: the insert of b", id="a lost acknowledgement"),
    pytest.param([insert("a", "fail")], final(a=5), "unwanted: the insert of a", id="a refused insert that is there"),
    pytest.param([insert("a")], final(a=4), "half-written: a has 4", id="a child is missing"),
    pytest.param(
        [insert("a", "unknown")],
        final(a=0),
        "half-written: a has 0",
        id="a parent without children, though nobody was told",
    ),
    pytest.param([], final(orphans=5), "half-written: 5 children without", id="children without a parent"),
    pytest.param([insert("a"), look("a", 3)], final(a=5), "half-written: a was seen with 3", id="seen half-written"),
    pytest.param(
        [insert("a"), look("a", 0, "fail")],
        final(a=5),
        "lost: a was acknowledged, and was not there",
        id="gone for a while",
    ),
    pytest.param(
        [update(1, 0), update(1, 0.5)], final(1), "lost update: 2 updates to 1", id="two wrote the same value"
    ),
    pytest.param(
        [update(1, 0), update(2, 2)], final(1), "lost update: the counter is 1 after 2", id="the last update is gone"
    ),
    pytest.param([update(1, 0)], final(3), "lost update: the counter is 3 after 1", id="more than was written"),
    pytest.param([update(1, 0), update(2, 2), read(1, 4)], final(2), "stale: a read saw 1 after 2", id="a stale read"),
    pytest.param(
        [update(1, 0, lasts=9), read(1, 1), read(0, 3)],
        final(1),
        "stale: a read saw 0 after 1",
        id="what was seen is seen no more",
    ),
    pytest.param(
        [update(1, 0), update(2, 2, "unknown"), read(2, 4), update(2, 6)],
        final(2),
        "lost update: 2 was written after 2",
        id="written over what had been seen",
    ),
    pytest.param(
        [update(1, 0), update(2, 2, "fail"), read(2, 4)],
        final(1),
        "from nowhere: the counter was 2",
        id="a refused update was seen",
    ),
    pytest.param([update(1, 0, modified=moment(9)), update(2, 2)], final(2), "modified: ", id="modified goes back"),
    pytest.param(
        [update(1, 0), update(2, 2, modified=moment(1))], final(2, moment(1)), "modified: ", id="modified stands still"
    ),
    pytest.param(
        [update(1, 0), read(1, 2, moment(3))],
        final(1),
        "modified: the counter was 1 at",
        id="modified changes by itself",
    ),
]


@pytest.mark.parametrize(("operations", "end", "sentence"), ANOMALIES)
def test_each_anomaly_is_found(operations: list[Any], end: Any, sentence: str) -> None:
    """F28: a checker that finds nothing shows nothing."""
    found = history.anomalies(operations, end)
    assert any(each.startswith(sentence) for each in found), found


@pytest.mark.parametrize("how", ["one server", "two on one file"])
def test_nothing_acknowledged_is_lost(tmp_path: Path, how: str) -> None:
    """F01, F23, F28: eight clients, kill -9 under load. scripts/history.py does it for longer."""
    servers = []
    for _ in range(1 if how == "one server" else 2):
        port = free_port()
        kind = "granian" if not servers else "waitress"
        servers.append(
            history.Server(
                f"http://127.0.0.1:{port}",
                f"{FRAPPE_LITE} serve --join --server {kind} --database {tmp_path}/a.db --port {port}",
            )
        )
    operations, end = history.run(servers, rounds=3 if how == "one server" else 2, seconds=0.7)
    assert history.anomalies(operations, end) == []
    done = {each.kind for each in operations if each.outcome == "ok"}
    assert done == {"insert", "look", "update", "read"}
    assert len(end.documents) > 20
    assert end.value > 5
    assert integrity(tmp_path / "a.db") == "ok"
