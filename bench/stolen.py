"""What of a time was somebody else's, on a machine that has other work: as the system's scheduler tells it.

Time is lost where a thread of the bench could have run, waited behind a process that is none of the bench's, and no
other thread of the bench ran meanwhile. What is left is what a machine without others would have shown, as far as a
bench can know: caches are colder, and whoever waited may have been overtaken. Needs `perf` and the right to use it.

    with Watch() as watch: …          watch.read({server, client}, {jobs})      watch.lost(began, ended)  ->  seconds
"""

from __future__ import annotations

import bisect
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

EVENTS = "sched:sched_switch,sched:sched_wakeup,sched:sched_wakeup_new"
LINE = re.compile(r"\s*(\d+)/(\d+)\s+\[(\d+)\]\s+(\d+\.\d+):\s+sched:sched_(\w+):\s(.*)")
SWITCH = re.compile(r"prev_pid=(\d+) .*prev_state=(\w).* next_pid=(\d+)")
WOKEN = re.compile(r" pid=(\d+)")

Span = tuple[float, float]


class Watch:
    """The scheduler's events of a time, by the clock `time.monotonic`."""

    def __enter__(self) -> Watch:
        self._folder = tempfile.TemporaryDirectory()
        self._file = str(Path(self._folder.name) / "perf.data")
        command = ["perf", "record", "-q", "-a", "-k", "CLOCK_MONOTONIC", "-e", EVENTS, "-o", self._file]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)  # it tells nobody when it has begun
        if self._process.poll() is not None:
            raise SystemExit("perf record ended at once: it is not here, or may not be used")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._folder.cleanup()

    def stop(self) -> None:
        """See no more."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()

    def read(self, own: set[int], helpers: set[int]) -> None:
        """Read what was seen. `own` are the processes whose time counts, `helpers` others that are no strangers."""
        fields = ["-F", "pid,tid,cpu,time,event,trace", "--ns"]
        command = ["perf", "script", "-i", self._file, *fields]
        seen = _Seen(own, own | helpers)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as script:
            assert script.stdout is not None
            for line in script.stdout:
                if found := LINE.match(line):
                    seen.event(found)
        self._lost = _without(_merged(seen.waits()), _merged(seen.ran))
        self._begins = [begin for begin, _ in self._lost]

    def lost(self, began: float, ended: float) -> float:
        """Seconds of this time that strangers had."""
        total = 0.0
        for index in range(max(0, bisect.bisect(self._begins, began) - 1), len(self._lost)):
            begin, end = self._lost[index]
            if begin >= ended:
                break
            total += max(0.0, min(end, ended) - max(begin, began))
        return total


class _Seen:
    """Who ran on which processor, and who waited there."""

    def __init__(self, own: set[int], known: set[int]):
        self.own, self.known = own, known
        self.process_of: dict[int, int] = {}
        self.at_work: dict[int, tuple[int, float]] = {}
        self.ready: dict[int, float] = {}
        self.ran: list[Span] = []
        self._strangers: dict[int, list[Span]] = {}
        self._waited: list[tuple[int, int, Span]] = []

    def event(self, found: re.Match[str]) -> None:
        """Take in one line."""
        process, thread, processor, moment = int(found[1]), int(found[2]), int(found[3]), float(found[4])
        self.process_of[thread] = process
        if found[5] != "switch":
            if woken := WOKEN.search(found[6]):
                self.ready.setdefault(int(woken[1]), moment)
        elif switch := SWITCH.search(found[6]):
            before, state, after = int(switch[1]), switch[2], int(switch[3])
            self._ended(processor, before, moment)
            if state == "R":
                self.ready[before] = moment
            self.at_work[processor] = after, moment
            if (since := self.ready.pop(after, None)) is not None:
                self._waited.append((after, processor, (since, moment)))

    def _ended(self, processor: int, thread: int, moment: float) -> None:
        who, since = self.at_work.get(processor, (-1, 0.0))
        if who != thread or not thread:
            return
        process = self.process_of.get(thread)
        if process in self.own:
            self.ran.append((since, moment))
        elif process not in self.known:
            self._strangers.setdefault(processor, []).append((since, moment))

    def waits(self) -> Iterable[Span]:
        """When a thread of the bench waited behind a stranger."""
        begins = {processor: [begin for begin, _ in spans] for processor, spans in self._strangers.items()}
        for thread, processor, (since, until) in self._waited:
            if self.process_of.get(thread) not in self.own:
                continue
            spans = self._strangers.get(processor, [])
            for begin, end in spans[max(0, bisect.bisect(begins.get(processor, []), since) - 1) :]:
                if begin >= until:
                    break
                if end > since:
                    yield max(begin, since), min(end, until)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Spans that do not touch, in order."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found


def _without(spans: list[Span], others: list[Span]) -> list[Span]:
    """What of spans is in none of the others; both are merged."""
    found, place = list[Span](), 0
    for begin, end in spans:
        while place < len(others) and others[place][1] <= begin:
            place += 1
        number = place
        while number < len(others) and others[number][0] < end:
            if others[number][0] > begin:
                found.append((begin, others[number][0]))
            begin = max(begin, others[number][1])
            number += 1
        if begin < end:
            found.append((begin, end))
    return found
