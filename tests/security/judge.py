"""Judges requests, one after the other, each from the same state: by what it answered, and by what it changed.

    python tests/security/judge.py --requests 1000000 --seed 7 --processes 2

Each request is drawn by its number and the seed. What breaks a rule is made as small as it goes and printed: the
caller, the request, the rule, and what leaked or changed. A second site, the twin, differs in nothing but values that
the caller may not read: where a request that changed nothing is answered differently there, the answer tells of them.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import multiprocessing
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from answers import Answer, Bench, make_twin, marked
from attempts import Attempt, Attempts
from held import Change, Held
from planted import CANARY, Data
from planting import build
from rules import RULES, Rules
from verdict import STAMPS, Verdict, is_bookkeeping
from world import Caller, World, cheap_hashes, open_site

TOLD = re.compile(r"because it is linked to [\w ]+ '[^']*'")
"""Frappe: whoever is refused by a User Permission is told by which link. Recorded so."""

PORTION = 20_000
"""Requests that one process judges before it begins with a fresh site."""


@dataclass
class Violation:
    """A rule that a request broke."""

    rule: str
    caller: Caller
    attempt: Attempt
    what: str  # the field, the table or the status, without names of documents
    detail: str
    seed: str = ""

    @property
    def kind(self) -> tuple[str, str, str]:
        """What tells it from others: which door breaks which rule, about what."""
        return self.rule, self.attempt.door, self.what

    def __str__(self) -> str:
        lines = [f"caller   {self.caller}", f"request  {self.attempt}", f"found    {self.detail}"]
        return "\n  ".join([f"{self.rule}: {RULES[self.rule]}", *lines, f"drawn by {self.seed or 'hand'}"])


class Judge:
    """Judges requests of each caller. `prepare` is done to each site before it is held."""

    def __init__(self, world: World | None = None, prepare: Callable[[Any], None] | None = None):
        self.world, self.prepare = world or build(), prepare
        self.bench = self._bench()
        self.data, self.marked = Data(self.bench.held.rows), marked(self.bench.held.rows)
        self.rules = {caller.label: Rules(self.data, caller) for caller in self.world.callers}
        self.attempts = Attempts(self.bench.held.site, self.data)
        self.callers = {caller.label: caller for caller in self.world.callers}
        self.twins: dict[str, Bench] = {}
        self.statuses: Counter[int] = Counter()

    def _bench(self) -> Bench:
        site = open_site(self.world)
        if self.prepare:
            self.prepare(site)
        return Bench(Held(site))

    def close(self) -> None:
        """Close the sites."""
        for each in [self.bench, *self.twins.values()]:
            each.close()

    def draw(self, seed: str) -> tuple[Caller, Attempt]:
        """The caller and the request of a seed; people come three times as often as guests and narrow keys."""
        attempt, callers = self.attempts.draw(seed), self.world.callers
        weights = [3 if each.scopes is None and each.headers else 1 for each in callers]
        return self.attempts.random.choices(callers, weights)[0], attempt

    def judge(self, caller: Caller, attempt: Attempt, twin: bool = True) -> list[Violation]:
        """What of the rules the request breaks. Afterwards the site is as before."""
        answer = self.bench.ask(caller, attempt)
        changes = self.bench.held.changes()
        self.statuses[answer.status] += 1
        found = [
            Violation(rule, caller, attempt, what, detail)
            for told in (
                self._fault(answer),
                self._leaks(caller, attempt, answer),
                self._wrongs(caller, attempt, changes),
            )
            for rule, what, detail in told
        ]
        if changes or not attempt.safe:
            self.bench.held.restore()
        elif twin:
            found += [Violation("blind", caller, attempt, *told) for told in self._differs(caller, attempt, answer)]
        return found

    # --- by rule: (rule, what, in words) ---

    def _fault(self, answer: Answer) -> Iterator[tuple[str, str, str]]:
        if answer.status >= 500 and answer.status != 501:
            yield "fault", str(answer.status), f"{answer.status} {answer.body[:200]!r}"

    def _leaks(self, caller: Caller, attempt: Attempt, answer: Answer) -> Iterator[tuple[str, str, str]]:
        """What the answer holds and the request did not say."""
        text, sent = TOLD.sub("", answer.text), str(attempt).lower()  # names have no case
        for canary in set(CANARY.findall(text)) & self.data.places.keys():
            if canary not in sent and not self.rules[caller.label].may_see(canary):
                places = sorted(self.data.places[canary], key=lambda place: (place[2] != "name", place))
                words = ", ".join(" ".join(place) for place in places[:3])
                yield (
                    "read",
                    f"{places[0][0]}.{places[0][2]}",
                    f"{canary}, which is {words}, in {_around(text, canary)}",
                )
        for secret, what in self.world.secrets.items():
            if secret in text:
                yield "secret", what, f"{what}, in {_around(text, secret)}"

    def _wrongs(self, caller: Caller, attempt: Attempt, changes: list[Change]) -> Iterator[tuple[str, str, str]]:
        if attempt.safe and not all(is_bookkeeping(each) for each in changes):
            tables = ", ".join(sorted({each.table for each in changes}))
            yield "safe", tables, "; ".join(map(str, changes))[:500]
        for rule, change in Verdict(self.rules[caller.label], changes, str(attempt)).refusals() if changes else ():
            yield rule, _subject(change), str(change)[:500]

    def _differs(self, caller: Caller, attempt: Attempt, answer: Answer) -> Iterator[tuple[str, str]]:
        """Whether the twin answers differently."""
        twin = self.twins.get(caller.label)
        if twin is None:
            rules, places = self.rules[caller.label], self.data.places
            names = {canary for canary, found in places.items() if any(column == "name" for _, _, column in found)}
            hidden = {canary for canary in places if not rules.may_see(canary)} - names
            twin = self.twins[caller.label] = make_twin(self._bench(), self.marked, hidden)
        other = twin.ask(caller, attempt)
        twin.held.restore()
        if not answer.same(other):
            words = (f"{each.status} {each.body[:300]!r}" for each in (answer, other))
            yield f"{answer.status} became {other.status}", " became ".join(words)


def _subject(change: Change) -> str:
    """What a change is about, without names."""
    row = change.after or change.before or {}
    if change.table == "tabSingles":
        return f"{row['doctype']}.{row['field']}"
    if change.before is None or change.after is None:
        return f"{change.table} {'made' if change.after else 'deleted'}"
    return f"{change.table} {' '.join(sorted(change.columns - STAMPS))}"


def _around(text: str, word: str) -> str:
    at = text.find(word)
    return "…" + text[max(0, at - 120) : at + 60].replace("\n", " ") + "…"


# --- many requests -------------------------------------------------------------------------------------------


def smallest(judge: Judge, found: Violation, tries: int = 200) -> Violation:
    """The same violation by as small a request as leaving out single things leads to."""
    for attempt in found.attempt.smaller():
        same = [each for each in judge.judge(found.caller, attempt) if each.kind == found.kind]
        tries -= 1
        if same:
            return smallest(judge, replace(same[0], seed=found.seed), tries)
        if tries <= 0:
            break
    return found


def run(seed: int, first: int, last: int) -> tuple[list[Violation], Counter[int]]:
    """Judge the requests of those numbers: one violation of each kind, made small, and how often each status came."""
    with cheap_hashes(), quiet():
        judge, found = Judge(), dict[tuple[str, str, str], Violation]()
        for number in range(first, last):
            caller, attempt = judge.draw(f"{seed}:{number}")
            for each in judge.judge(caller, attempt, twin=number % 2 == 0):
                if each.kind not in found:
                    found[each.kind] = smallest(judge, replace(each, seed=f"{seed}:{number}"))
        judge.close()
    return list(found.values()), judge.statuses


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Inside, the server's log is not written: a fault is told by its answer."""
    logger = logging.getLogger("frappe_lite")
    was, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = was


def _portion(arguments: tuple[int, int, int]) -> tuple[list[Violation], Counter[int]]:
    return run(*arguments)


def main() -> int:
    """The command: 1 if a rule was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first request")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    started, end = time.perf_counter(), given.first + given.requests
    size = max(1, min(PORTION, -(-given.requests // given.processes)))
    portions = [(given.seed, first, min(first + size, end)) for first in range(given.first, end, size)]
    seen: set[tuple[str, str, str]] = set()
    statuses: Counter[int] = Counter()
    with multiprocessing.Pool(given.processes) as pool:
        for found, counted in pool.imap_unordered(_portion, portions):
            statuses += counted
            for each in found:
                if each.kind not in seen:
                    seen.add(each.kind)
                    print(each, end="\n\n", flush=True)
    seconds = time.perf_counter() - started
    counts = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    print(f"{given.requests} requests in {seconds:.0f} s, {len(seen)} kinds of violations; {counts}")
    return int(bool(seen))


if __name__ == "__main__":
    sys.exit(main())
