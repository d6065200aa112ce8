"""Judges requests, one after the other, each from the same state: by what it answered, and by what it changed.

    python tests/security/judge.py --requests 1000000 --seed 7 --processes 2

Each request is drawn by its number and the seed. What breaks a rule is made as small as it goes and printed: the caller, the
request, the rule, and what leaked or changed. A second site, the twin, differs in nothing but values that the caller may not
read: where a request that changed nothing is answered differently there, the answer depends on them.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import multiprocessing
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

sys.path.insert(0, str(Path(__file__).parent))

from attempts import Attempt, Attempts
from held import Held
from rules import CANARY, NOBODY_READS, RULES, Data, Rules, is_bookkeeping
from world import Caller, World, build, cheap_hashes, open_site

import frappe_lite

TOLD = re.compile(r"because it is linked to [\w ]+ '[^']*'")
"""Frappe: whoever is refused by a User Permission is told which link it was. Recorded so."""

MOMENT = re.compile(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")


@dataclass
class Answer:
    """What a request was answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace") + "\n".join(f"{key}: {value}" for key, value in self.headers)

    def same(self, other: Answer) -> bool:
        """Whether the two tell the same."""
        return self.status == other.status and MOMENT.sub(b"", self.body) == MOMENT.sub(b"", other.body)


@dataclass
class Violation:
    """A rule that a request broke."""

    rule: str
    caller: Caller
    attempt: Attempt
    what: str  # the field, the table or the fault, without names of documents
    detail: str
    seed: str = ""

    @property
    def kind(self) -> tuple[str, str, str]:
        """What tells it from others: which door breaks which rule, about what."""
        return self.rule, self.attempt.door, self.what

    def __str__(self) -> str:
        return f"{self.rule}: {RULES[self.rule]}\n  caller   {self.caller}\n  request  {self.attempt}\n  found    {self.detail}\n  drawn by {self.seed or 'hand'}"


@dataclass
class Bench:
    """A site of the world, held, and the application on it."""

    held: Held
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        self.app = frappe_lite.App(self.held.site)

    def ask(self, caller: Caller, attempt: Attempt) -> Answer:
        """Send a request, without the way through a client library."""
        self.held.site.login_tracker._failures.clear()
        body, content_type = b"", ""
        if attempt.body is not None and attempt.form:
            body, content_type = (
                urlencode({key: each if isinstance(each, str) else json.dumps(each) for key, each in attempt.body.items()}).encode(),
                "application/x-www-form-urlencoded",
            )
        elif attempt.body is not None:
            body, content_type = json.dumps(attempt.body).encode(), "application/json"
        query = urlencode({key: each if isinstance(each, str) else json.dumps(each) for key, each in attempt.query.items()}, quote_via=quote)
        environ = {
            "REQUEST_METHOD": attempt.verb, "PATH_INFO": _path_info(attempt.path), "QUERY_STRING": query, "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "REMOTE_ADDR": "127.0.0.1", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
            "HTTP_HOST": "localhost", **{f"HTTP_{key.upper()}": value for key, value in caller.headers},
        }  # fmt: skip
        begun: list[Any] = []
        parts = self.app(environ, lambda status, headers, _error=None: begun.append((int(status[:3]), headers)))
        content = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        return Answer(*begun[0], content)


def _path_info(path: str) -> str:
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), path.encode().decode("latin-1"))


class Judge:
    """Judges requests of each caller."""

    def __init__(self, world: World | None = None, prepare: Callable[[Any], None] | None = None):
        self.world = world or build()
        self.prepare = prepare or (lambda site: None)
        self.bench = self._bench()
        self.data = Data(self.bench.held.rows)
        self.rules = {caller.label: Rules(self.data, caller) for caller in self.world.callers}
        self.attempts = Attempts(self.bench.held.site, self.data)
        self.callers = [caller for caller in self.world.callers for _ in range(3 if caller.scopes is None and caller.user != "Guest" else 1)]
        self.twins: dict[str, Bench] = {}
        self.statuses: Counter[int] = Counter()

    def _bench(self) -> Bench:
        site = open_site(self.world)
        self.prepare(site)
        return Bench(Held(site))

    def close(self) -> None:
        for each in [self.bench, *self.twins.values()]:
            each.held.sqlite.execute("ROLLBACK")
            each.held.site.database.connection.sqlite = each.held.sqlite
            each.held.site.close()

    # --- one request ---

    def draw(self, seed: str) -> tuple[Caller, Attempt]:
        """The caller and the request of a seed."""
        attempt = self.attempts.draw(seed)
        return self.attempts.random.choice(self.callers), attempt

    def judge(self, caller: Caller, attempt: Attempt, twin: bool = True) -> list[Violation]:
        """What of the rules the request breaks."""
        answer = self.bench.ask(caller, attempt)
        changes = self.bench.held.changes()
        self.statuses[answer.status] += 1
        found = [*self._told(caller, attempt, answer), *self._changed(caller, attempt, changes)]
        if changes or not attempt.safe:
            self.bench.held.restore()
        elif twin:
            found += self._twin(caller, attempt, answer)
        return found

    def _told(self, caller: Caller, attempt: Attempt, answer: Answer) -> Iterator[Violation]:
        if answer.status >= 500 and answer.status != 501:
            yield Violation("fault", caller, attempt, str(answer.status), f"{answer.status} {answer.body[:200].decode()}")
        text, sent = TOLD.sub("", answer.text), str(attempt).lower()  # names have no case
        for canary in set(CANARY.findall(text)):
            if canary in self.data.places and canary not in sent and not self.rules[caller.label].may_see(canary):
                planted = sorted(self.data.places[canary], key=lambda place: (place[2] != "name", place))
                places = ", ".join(" ".join(map(str, place)) for place in planted[:3])
                yield Violation("read", caller, attempt, f"{planted[0][0]}.{planted[0][2]}", f"{canary}, which is {places}, in {answer.status} {_around(text, canary)}")
        for secret, what in self.world.secrets.items():
            if secret in text:
                yield Violation("secret", caller, attempt, what, f"{what}, in {answer.status} {_around(text, secret)}")

    def _changed(self, caller: Caller, attempt: Attempt, changes: list[Any]) -> Iterator[Violation]:
        if attempt.safe and not all(is_bookkeeping(each) for each in changes):
            yield Violation("safe", caller, attempt, ", ".join(sorted({each.table for each in changes})), "; ".join(map(str, changes))[:500])
        for rule, change in self.rules[caller.label].refusals(changes, str(attempt)) if changes else ():
            yield Violation(rule, caller, attempt, _subject(change), str(change)[:500])

    # --- the twin ---

    def _twin(self, caller: Caller, attempt: Attempt, answer: Answer) -> Iterator[Violation]:
        if caller.label not in self.twins:
            self.twins[caller.label] = self._make_twin(caller)
        twin = self.twins[caller.label]
        other = twin.ask(caller, attempt)
        if twin.held.changes():
            twin.held.restore()
        if not answer.same(other):
            yield Violation("blind", caller, attempt, f"{answer.status} became {other.status}", f"{answer.status} {answer.body[:300]!r} became {other.status} {other.body[:300]!r}")

    def _make_twin(self, caller: Caller) -> Bench:
        """The same site, with another value wherever the caller may not read one; names stay."""
        bench, rules = self._bench(), self.rules[caller.label]
        names = {canary for canary, places in self.data.places.items() if any(column == "name" for _, _, column in places)}
        hidden = {canary for canary in self.data.places if not rules.may_see(canary)} - names

        def other(text: Any) -> Any:
            replaced = CANARY.sub(lambda found: _mirrored(found[0]) if found[0] in hidden else found[0], str(text))
            return int(replaced) if isinstance(text, int) else replaced

        with bench.held.unwatched() as sqlite:
            sqlite.execute("CREATE TEMP TABLE kept AS SELECT * FROM __change")
            sqlite.execute("CREATE TEMP TABLE kept_known AS SELECT * FROM __change_known")
            for table, rows in self.bench.held.rows.items():
                if table in NOBODY_READS:
                    continue
                for key, row in rows.items():
                    values = {column: value.decode("latin-1") if isinstance(value, bytes) else value for column, value in row.items()}
                    changed = {column: other(value) for column, value in values.items() if isinstance(value, int | str) and other(value) != value}
                    if changed:
                        sets = ", ".join(f'"{column}" = ?' for column in changed)
                        bound = [value.encode() if isinstance(row[column], bytes) else value for column, value in changed.items()]
                        sqlite.execute(f'UPDATE "{table}" SET {sets} WHERE {bench.held.keys[table].format("")} = ?', [*bound, key])
            for table, kept in (("__change", "kept"), ("__change_known", "kept_known")):
                sqlite.execute(f"DELETE FROM {table}")
                sqlite.execute(f"INSERT INTO {table} SELECT * FROM {kept}")
        return bench


def _mirrored(canary: str) -> str:
    """Another canary; of two, the one that came first comes last."""
    if canary.startswith("774"):
        return str(774_999_999 - int(canary) + 774_000_000)
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return "zq" + "".join(digits[35 - digits.index(each)] for each in canary[2:6]) + "qz"


def _subject(change: Any) -> str:
    """What a change is about: a table and what happened there."""
    if change.table == "tabSingles":
        row = change.after or change.before
        return f"{row['doctype']}.{row['field']}"
    return f"{change.table} {'made' if change.before is None else 'deleted' if change.after is None else ' '.join(sorted(change.columns - {'modified', 'modified_by'}))}"


def _around(text: str, word: str) -> str:
    at = text.find(word)
    return "…" + text[max(0, at - 120) : at + 60].replace("\n", " ") + "…"


# --- many requests -----------------------------------------------------------------------------------------


def smallest(judge: Judge, found: Violation) -> Violation:
    """The same violation by as small a request as drops of single things lead to."""
    tries, again = 200, True
    while again:
        again = False
        for attempt in found.attempt.smaller():
            tries -= 1
            if tries < 0:
                return found
            same = [each for each in judge.judge(found.caller, attempt) if each.kind == found.kind]
            if same:
                found, again = replace(same[0], seed=found.seed), True
                break
    return found


def run(seed: int, first: int, last: int, judge: Judge | None = None, stop_at: int = 1000) -> tuple[list[Violation], Counter[int]]:
    """Judge the requests of those numbers: one violation of each kind, as small as it goes, and how often each status came."""
    with cheap_hashes(), quiet():
        judging = judge or Judge()
        found: dict[tuple[str, str, str], Violation] = {}
        for number in range(first, last):
            caller, attempt = judging.draw(f"{seed}:{number}")
            for each in judging.judge(caller, attempt, twin=number % 2 == 0):
                if each.kind not in found and len(found) < stop_at:
                    each.seed = f"{seed}:{number}"
                    found[each.kind] = smallest(judging, each)
        if judge is None:
            judging.close()
    return list(found.values()), judging.statuses


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first request")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    started, size = time.perf_counter(), max(1, min(20_000, -(-given.requests // given.processes)))
    portions = [(given.seed, first, min(first + size, given.first + given.requests)) for first in range(given.first, given.first + given.requests, size)]
    seen: dict[tuple[str, str, str], Violation] = {}
    statuses: Counter[int] = Counter()
    with multiprocessing.Pool(given.processes) as pool:
        for found, counted in pool.imap_unordered(_portion, portions):
            statuses += counted
            for each in found:
                if each.kind not in seen:
                    seen[each.kind] = each
                    print(each, end="\n\n", flush=True)
    seconds = time.perf_counter() - started
    print(f"{given.requests} requests in {seconds:.0f} s; statuses {dict(sorted(statuses.items()))}; {len(seen)} kinds of violations")
    return int(bool(seen))


if __name__ == "__main__":
    sys.exit(main())
