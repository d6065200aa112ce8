"""Requests that nobody wrote down: drawn at random, answered by two real Frappe servers, replayed here in one process.

A case is a few requests on a fresh site. Each day a part of them is drawn; all of them by

    python tests/test_random.py [-v] [FAMILY …]

What stays different, and why, stands in `random/keep.json`: where that was chosen, and where no server can agree; what
follows a difference in a case says nothing.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import datetime
import gzip
import importlib.util
import itertools
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # where this is run as a program

from test_conformance import Server, compare, populated
from werkzeug.test import Client

import frappe_lite
from conftest import CONFORMANCE_APP
from frappe_lite.utils import reset_clock, set_clock

FOLDER = Path(__file__).parent / "random"
PARTS = 24
"""Of these, one is replayed a day."""

_spec = importlib.util.spec_from_file_location("random_comparing", FOLDER / "comparing.py")
assert _spec and _spec.loader
comparing = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(comparing)

Case = dict[str, Any]


def cases() -> list[Case]:
    """All cases, numbered."""
    lines = gzip.decompress((FOLDER / "cases.jsonl.gz").read_bytes()).decode().splitlines()
    return [{"number": number, **json.loads(line)} for number, line in enumerate(lines)]


def kept(part: str = "") -> dict[str, str]:
    """`case:step` -> why it stays different: where that was `chosen`, where it is `untold`, or both.

    Untold is what no server can meet: the answer is random, or about a state that cannot be known.
    """
    parts: dict[str, dict[str, list[str]]] = json.loads((FOLDER / "keep.json").read_text())
    reasons = [each for name in parts for each in parts[name].items() if part in ("", name)]
    return {place: reason for reason, places in reasons for place in places}


MOST_CHOSEN = 73
"""Places where this server chose to differ: at most 1 % of 7,301 steps."""


RECORDED = datetime.datetime(2026, 11, 27, 9)
"""When the recorded servers were asked."""


class Saved(dict[str, Any]):
    """What earlier steps saved; what they did not is called so."""

    def __missing__(self, _key: str) -> str:
        return "MISSING"


@dataclass(frozen=True)
class Outcome:
    """How one step went."""

    place: str
    step: dict[str, Any]
    kind: str
    words: bool
    told: bool
    """Whether a recorded server answered: where both failed there are no words to agree with."""
    ours: Any


class Replay:
    """A site with the actors of the recorded servers, and a way back to how it was."""

    def __init__(self, folder: Path):
        self.now, self.fresh = folder / "now", folder / "fresh"
        self.now.mkdir()
        self.seconds = itertools.count()
        self.site = self._open()
        with self._then():
            self.server: Server = populated(self.site)
        self.site.close()
        shutil.copytree(self.now, self.fresh)
        self.dirty = True

    def _open(self) -> frappe_lite.Site:
        return frappe_lite.Site(str(self.now / "site.db"), created_status=200, synchronous="off")

    @contextlib.contextmanager
    def _then(self) -> Iterator[None]:
        """The day of the recordings, a second later each time: answers hold its date, and filters mean days around it."""
        token = set_clock(RECORDED + datetime.timedelta(seconds=next(self.seconds)))
        try:
            yield
        finally:
            reset_clock(token)

    def _reset(self) -> None:
        shutil.rmtree(self.now)
        shutil.copytree(self.fresh, self.now)
        self.site = self._open()
        self.site.load(CONFORMANCE_APP)
        self.server.app = frappe_lite.App(self.site)

    def outcomes(self, case: Case) -> Iterator[Outcome]:
        """Each step's outcome, as far as the first that differs."""
        if self.dirty:
            self.site.close()
            self._reset()
        self.dirty = any(not step["request"].startswith("GET ") for step in case["steps"])
        saved, browsers = Saved(), dict[str, Client]()
        for number, step in enumerate(case["steps"]):
            wire, words = self._answer(step, saved, browsers)
            expected = comparing.recorded(step["expect"])
            kind = comparing.verdict(wire, [each["wire"] for each in expected])
            is_same = kind == "agree" and words in [each["words"] for each in expected]
            is_told = any(each["wire"]["status"] < 500 for each in expected)
            yield Outcome(f"{case['number']}:{number}", step, kind, is_same, is_told, wire)
            if kind != "agree":
                return

    def _answer(self, step: dict[str, Any], saved: Saved, browsers: dict[str, Client]) -> tuple[Any, Any]:
        verb, path = compare.fill(step["request"], saved).split(" ", 1)
        sent = {**step, "request": f"{verb} {path if path.startswith('/') else '/' + path}"}
        with self._then():
            response = self.server.send(sent, saved, browsers)
        text = response.get_data().decode(errors="replace")
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        for name, where in step.get("save", {}).items():
            try:
                saved[name] = str(compare.at(body, where))
            except (LookupError, TypeError, ValueError):
                continue
        answer = (response.status_code, response.headers.get("Content-Type", ""), body, text, dict(saved))
        return comparing.comparable(*answer, words=False), comparing.comparable(*answer, words=True)


def replayed(chosen: Iterable[Case]) -> Iterator[Outcome]:
    """The outcomes of cases, one after another."""
    with tempfile.TemporaryDirectory(prefix="frappe_lite-") as folder:
        replay = Replay(Path(folder))
        for case in chosen:
            yield from replay.outcomes(case)
        replay.site.close()


def test_frappe_answers_what_is_answered_here() -> None:
    part = datetime.date.today().toordinal() % PARTS
    outcomes = list(replayed(case for case in cases() if case["number"] % PARTS == part))
    reasons = kept()
    new = [f"{each.place} {each.kind} {each.step['request']}" for each in outcomes if each.kind != "agree"]
    assert [each for each in new if each.split()[0] not in reasons] == []
    assert not any(each.kind == "5xx" for each in outcomes)


def test_what_stays_different_has_a_reason_and_a_place() -> None:
    parts: dict[str, dict[str, list[str]]] = json.loads((FOLDER / "keep.json").read_text())
    assert list(parts) == ["chosen", "untold"]
    steps = {case["number"]: len(case["steps"]) for case in cases()}
    places = [place for reasons in parts.values() for each in reasons.values() for place in each]
    assert len(places) == len(set(places))
    for place in places:
        number, step = map(int, place.split(":"))
        assert step < steps[number]
    assert all(reason.endswith(".") and len(reason) > 20 for reason in kept().values())
    assert len(kept("chosen")) <= MOST_CHOSEN


def _is_drawn(_case: Case, step: dict[str, Any]) -> bool:
    """Whether every recorded answer holds what each run draws anew, so that the recorded servers differ in it."""
    answers = [json.dumps(each["wire"], sort_keys=True) for each in step["expect"]]
    drawn = [
        re.findall(r'("userid": "\w{39}"|"calc_time": "[\d:.]+"|Execution time: [\d.]+ ms)', each) for each in answers
    ]
    return all(drawn) and len(set(map(str, drawn))) == len(drawn)


def _failed_before(case: Case, step: dict[str, Any]) -> bool:
    """Whether a recorded server failed in the case, be it in a bulk, whose answer is 200 all the same."""
    earlier = case["steps"][: case["steps"].index(step) + 1]
    answers = [each["wire"] for before in earlier for each in before["expect"]]
    return any(each["status"] >= 500 or '"failed_docs": [{' in json.dumps(each) for each in answers)


def _is_of_the_request(_case: Case, step: dict[str, Any]) -> bool:
    """Whether the request asks for documents at all, of which several may stand in any order."""
    return any(word in json.dumps(step) for word in ("fields", "get_group_by_count", "Task/{n}", "Task/{{n}}"))


PROOFS = {
    "A random name": _is_drawn,
    "A recorded server failed at an earlier request": _failed_before,
    "The request asks for no order": _is_of_the_request,
}
"""The beginning of a reason -> what its cases must show."""


@pytest.mark.parametrize("beginning", PROOFS)
def test_what_no_server_can_meet_shows_in_the_recording(beginning: str) -> None:
    by_number = {case["number"]: case for case in cases()}
    places = [place for place, reason in kept("untold").items() if reason.startswith(beginning)]
    assert places
    for place in places:
        number, step = map(int, place.split(":"))
        assert PROOFS[beginning](by_number[number], by_number[number]["steps"][step]), place


@pytest.mark.parametrize(
    ("ours", "both", "kind"),
    [
        pytest.param({"status": 200, "body": 1}, [{"status": 200, "body": 2}, {"status": 200, "body": 1}], "agree", id="either"),
        pytest.param({"status": 404}, [{"status": 500}], "agree", id="anything, where Frappe fails"),
        pytest.param({"status": 400}, [{"status": 417}], "agree", id="what cannot be understood is 400"),
        pytest.param({"status": 417}, [{"status": 500}, {"status": 200}], "agree", id="a refusal, where one Frappe fails"),
        pytest.param({"status": 500}, [{"status": 500}], "5xx", id="but no failure of our own"),
        pytest.param({"status": 403}, [{"status": 404}], "status", id="another status"),
        pytest.param({"status": 200, "body": 1}, [{"status": 200, "body": 2}], "data", id="other data"),
        pytest.param({"status": 417, "exc_type": "A"}, [{"status": 417, "exc_type": "B"}], "exc_type", id="another error"),
    ],
)  # fmt: skip
def test_what_agrees(ours: dict[str, Any], both: list[dict[str, Any]], kind: str) -> None:
    assert comparing.verdict(ours, both) == kind


def main() -> int:
    """Replay all cases, or those of some families, and say how many steps agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--json", type=Path, help="write the places that differ, by kind and request")
    asked = parser.parse_args()
    chosen, untold = kept("chosen"), kept("untold")
    found, worded, told = collections.Counter[str](), 0, 0
    different: list[dict[str, Any]] = []
    for each in replayed(case for case in cases() if case["family"].startswith(tuple(asked.families or [""]))):
        stays = "chosen" if each.place in chosen else "untold" if each.place in untold else each.kind
        found[each.kind if each.kind == "agree" else stays] += 1
        worded, told = worded + each.words, told + each.told
        if each.kind != "agree":
            different.append({"place": each.place, "kind": each.kind, **each.step, "ours": each.ours})
            if asked.verbose:
                print(
                    each.place,
                    each.kind,
                    each.step["as"],
                    each.step["request"],
                    {**chosen, **untold}.get(each.place, ""),
                )
    total = sum(found.values())
    print(
        f"{found['agree']} of {total} steps agree ({found['agree'] / total:.2%}), {worded} in words too, of {told} that "
        f"have some ({worded / total:.2%} and {worded / told:.2%}); chosen to differ: {found['chosen']} "
        f"({found['chosen'] / total:.2%}), nobody can meet: {found['untold']}; {dict(found)}"
    )
    if asked.json:
        asked.json.write_text(json.dumps(different, ensure_ascii=False))
    return 0 if total == found["agree"] + found["chosen"] + found["untold"] else 1


if __name__ == "__main__":
    sys.exit(main())
