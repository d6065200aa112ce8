"""Show that a schedule of fifty entries on three processes is run as the calendar says: a month in about a minute.

Three processes follow one schedule on one database, and all look at a clock that this script moves. Now and then one of
them is stopped for a day, and goes on where it was. How often each entry was run is compared with the calendar.

    python scripts/calendar_run.py                      SQLite, 31 days
    python scripts/calendar_run.py --days 365 --database postgresql://127.0.0.1/test
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import datetime
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

START = datetime.datetime(2026, 1, 1, 0, 2, tzinfo=datetime.timezone.utc)
STEP = 300
DAY = 86400
ENTRIES = (
    [(minute, step, "*") for minute in (0, 7, 20, 45, 59) for step in (1, 2, 4, 6)]
    + [(minute, step, "mon-fri") for minute in (0, 15, 30, 55) for step in (3, 8, 12)]
    + [(5 * number, 24, day) for number, day in enumerate((*("sun mon tue wed thu fri sat".split()), "*", "mon-fri"))]
    + [(5 * number + 2, 12, day) for number, day in enumerate((*("sun mon tue wed thu fri sat".split()), "*", "sat"))]
)
"""Minute, every how many hours, days of the week."""


def prepare(folder: Path) -> None:
    """Write the app: each task notes itself in a file."""
    cron = {f"{minute} */{step} * * {days}": [] for minute, step, days in ENTRIES}
    for number, (minute, step, days) in enumerate(ENTRIES):
        cron[f"{minute} */{step} * * {days}"].append(f"calendar_app.tasks.task{number}")
    app = folder / "calendar_app"
    app.mkdir()
    (app / "hooks.py").write_text(f"scheduler_events = {{'cron': {cron!r}}}\n")
    body = "\n".join(f"def task{number}(): note({number})" for number in range(len(ENTRIES)))
    (app / "tasks.py").write_text(f"""import os
def note(number):
    file = os.open({str(folder / "notes")!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{{number}}\\n".encode())
    os.close(file)
{body}
""")


def follow(database: str, folder: Path, number: int) -> None:
    """Be one of the processes: at each time that the clock shows look, run what waits, and say so."""
    import frappe_lite
    from frappe_lite.parts import jobs
    from frappe_lite.parts.schedule import Clock

    def clock() -> float:
        return float((folder / "clock").read_text())

    site, said = frappe_lite.Site(database), folder / f"seen{number}"
    site.load(folder / "calendar_app")
    workers, schedule, seen = jobs.start(site, 0, clock=clock), Clock(site, clock), 0.0
    schedule.prepare()
    while True:
        now = clock()
        if now == seen:
            time.sleep(0.001)
            continue
        schedule.tick()
        while workers.run_next():
            pass
        seen = now
        put(said, str(now))


def put(path: Path, text: str) -> None:
    """Write a file at once."""
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)


def wanted(end: float) -> dict[int, int]:
    """How often each entry comes, by the calendar."""
    found: dict[int, int] = collections.Counter()
    for instant in range(int(START.timestamp()) + 60, int(end) + 1, 60):
        now = datetime.datetime.fromtimestamp(instant, datetime.timezone.utc)
        for number, (minute, step, days) in enumerate(ENTRIES):
            if now.minute == minute and now.hour % step == 0:
                is_day = days == "*" or (now.weekday() < 5 if "-" in days else now.strftime("%a").lower() == days)
                found[number] += is_day
    return found


def run(database: str, folder: Path, days: int) -> tuple[int, int]:
    """Go through the days; how many runs there should have been, and how many times a process was stopped."""
    put(folder / "clock", str(START.timestamp()))
    with contextlib.ExitStack() as stack:
        command = [sys.executable, __file__, "--database", database, "--folder", str(folder), "--follow"]
        processes = []
        for number in range(3):
            process = subprocess.Popen([*command, str(number)])
            stack.callback(process.wait)
            stack.callback(process.kill)
            processes.append(process)
            wait_for(folder, [number], START.timestamp())
        now, stopped, until, pauses = START.timestamp(), None, 0.0, 0
        end = now + days * DAY
        while now < end:
            now += STEP
            if stopped is not None and now >= until:
                processes[stopped].send_signal(signal.SIGCONT)
                stopped = None
            elif stopped is None and random.random() < STEP / (4 * DAY) and now + DAY < end:
                stopped, until, pauses = random.randrange(3), now + DAY, pauses + 1
                processes[stopped].send_signal(signal.SIGSTOP)
            put(folder / "clock", str(now))
            wait_for(folder, [each for each in range(3) if each != stopped], now)
    return sum(wanted(end).values()), pauses


def wait_for(folder: Path, numbers: list[int], now: float) -> None:
    """Until these processes have seen what the clock shows."""
    deadline = time.monotonic() + 120
    for number in numbers:
        path = folder / f"seen{number}"
        while not path.exists() or float(path.read_text()) != now:
            if time.monotonic() > deadline:
                raise SystemExit(f"process {number} does not follow")
            time.sleep(0.0005)


def main() -> int:
    """Say what was found; 1 if an entry was not run as the calendar says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default="")
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--follow", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.follow is not None:
        follow(given.database, Path(given.folder), given.follow)
    with tempfile.TemporaryDirectory() as temporary:
        folder, began = Path(temporary), time.monotonic()
        prepare(folder)
        should, pauses = run(given.database or str(folder / "site.db"), folder, given.days)
        ran = collections.Counter(map(int, (folder / "notes").read_text().split()))
        calendar = wanted(START.timestamp() + given.days * DAY)
        wrong = {ENTRIES[each]: (ran[each], calendar[each]) for each in calendar if ran[each] != calendar[each]}
        seconds = time.monotonic() - began
        print(
            f"{len(ENTRIES)} entries, {given.days} days in {seconds:.0f} s, a process stopped for a day {pauses} "
            "times: "
            f"{sum(ran.values())} runs for {should}; {len(wrong)} entries differ {wrong or ''}"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    time.tzset()
    raise SystemExit(main())
