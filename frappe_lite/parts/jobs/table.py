"""Jobs in the site's own database: written by the transaction that asks for them, and so kept or undone with it.

A row says how its job stands; `due` is when it may begin, and its place: the smallest goes first. Who works on it is
in `worker`. That a worker lives is said in its own row, once for all that it works on: a job's row is touched when it
is taken and when it ends, by nobody in between.

    __job     (key, id, queue, status, due, method, arguments, …, worker)      __worker  (id, until, …)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from ...access.auth import SAFE_METHODS
from ...context import Context
from ...errors import FrappeError, ValidationError
from ...face.jobs.job import OPEN, STARTED, Job, moment, uncommitted
from ...site import Site
from ...values import Cells, Function, Values
from . import board
from .arguments import OWN, function_named, name_of_function, read, written

TABLES = (
    'CREATE TABLE IF NOT EXISTS "__job" (key TEXT PRIMARY KEY, id TEXT NOT NULL, queue TEXT NOT NULL, status TEXT NOT '
    "NULL, due REAL NOT NULL, owner TEXT NOT NULL, method TEXT NOT NULL, arguments TEXT NOT NULL, name TEXT NOT NULL, "
    "event TEXT, timeout INTEGER NOT NULL, on_success TEXT, on_failure TEXT, attempts INTEGER NOT NULL, worker TEXT, "
    "created REAL NOT NULL, started REAL, ended REAL, result TEXT, error TEXT, progress TEXT, scopes TEXT)",
    'CREATE INDEX IF NOT EXISTS "__job_id" ON "__job" (id)',
    'CREATE INDEX IF NOT EXISTS "__job_due" ON "__job" (queue, due) WHERE status = \'queued\'',
    'CREATE INDEX IF NOT EXISTS "__job_started" ON "__job" (worker) WHERE status = \'started\'',
    'CREATE INDEX IF NOT EXISTS "__job_ended" ON "__job" (status, ended) WHERE ended IS NOT NULL',
    'CREATE TABLE IF NOT EXISTS "__worker" (id TEXT PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, queues TEXT '
    "NOT NULL, since REAL NOT NULL, until REAL NOT NULL)",
    'CREATE TABLE IF NOT EXISTS "__job_part" (key TEXT PRIMARY KEY, number INTEGER NOT NULL, said TEXT NOT NULL)',
)

COLUMNS = (
    "key, id, queue, status, due, owner, method, arguments, name, event, timeout, on_success, on_failure, attempts, "
    "created, started, ended, result, error, progress, scopes"
)

LATER = ("progress", "scopes")
"""Columns that tables of earlier versions do not have."""

MAX_RESULT = 64_000
"""Characters of a result that are kept; of a larger one nothing is, as of one that cannot be written down."""


def install(site: Site) -> None:
    """Make the tables, unless they are there."""
    if not {"__job", "__worker", "__job_part"} <= set(site.database.tables()):
        with site.database.transaction():
            for statement in TABLES:
                site.database.execute(statement)
    if site.database.skip_locked and "__job_progress" not in site.database.tables():
        with site.database.transaction():
            site.database.execute(board.TABLE)
    for column in LATER:
        if column not in site.database.columns("__job"):
            with site.database.transaction():
                site.database.execute(f'ALTER TABLE "__job" ADD COLUMN {column} TEXT')


class KeptJobs:
    """A site's jobs in its database; `wake` tells the workers of this process that one waits."""

    def __init__(self, site: Site, clock: Callable[[], float], wake: Callable[[], None]):
        self.site, self.clock, self.wake = site, clock, wake
        self.board = board.board_of(site)

    # --- asked for ---

    def add(self, ctx: Context, job: Job) -> None:
        """Write the job down, in the transaction that asks for it; a GET, of which nothing is kept, has one for it.

        Raises ValidationError for arguments that cannot be kept.
        """
        values, database = self.row_of(job), self.site.database
        if ctx.request.method not in SAFE_METHODS:
            self.insert(values)
            waiting = uncommitted(ctx)
            waiting.add(job.key)
            ctx.after_commit += [lambda: waiting.discard(job.key), self.wake]
            ctx.after_rollback.append(lambda: waiting.discard(job.key))
        elif not database.writing:
            with database.transaction():
                self.insert(values)
            self.wake()
        else:  # what it has written may be kept by the app, or is undone: the job comes after either
            once = _Once(lambda: self._insert_alone(values))
            ctx.after_commit.append(once)
            ctx.after_rollback.append(once)

    def _insert_alone(self, values: Sequence[object]) -> None:
        with self.site.database.transaction():
            self.insert(values)
        self.wake()

    def insert(self, values: Sequence[object], **changed: object) -> None:
        """Write a row of `row_of` down, some of its columns as they are given."""
        values = [changed.get(name, value) for name, value in zip(COLUMNS.split(", "), values, strict=True)]
        marks = ", ".join("?" * len(values))
        self.site.database.execute(f'INSERT INTO "__job" ({COLUMNS}) VALUES ({marks})', values)

    def row_of(self, job: Job) -> list[object]:
        """A job as a row that waits. Raises ValidationError for arguments that cannot be kept."""
        created = self.clock()
        return [
            job.key, job.job_id, job.queue, job.status, job.begins or (-created if job.at_front else created), job.user,
            job.method if isinstance(job.method, str) else name_of_function(job.method),
            job.meta.get("arguments") or written(job.arguments, f"The argument of {job.func_name}"),
            job.job_name, job.event, job.timeout,
            _named(job.on_success), _named(job.on_failure), 0, created, None, None, None, None, None,
            None if job.scopes is None else " ".join(sorted(job.scopes)),
        ]  # fmt: skip

    # --- looked at ---

    def find(self, ctx: Context, job_id: str) -> Job | None:
        """The newest job of that id."""
        found = self._jobs(ctx, "id = ? ORDER BY created DESC, rowid DESC LIMIT 1", (job_id,))
        return found[0] if found else None

    def listed(self, ctx: Context, statuses: Sequence[str] = OPEN) -> list[Job]:
        """The jobs that stand so, oldest first."""
        marks = ", ".join("?" * len(statuses))
        return self._jobs(ctx, f"status IN ({marks}) ORDER BY created, rowid", statuses)

    def has_waiting(self, _ctx: Context, queue: str, count: int) -> bool:
        """Whether so many jobs of a queue wait, or more: the index of those that wait says so, as far as is needed."""
        sql = "SELECT 1 FROM \"__job\" WHERE status = 'queued' AND queue = ? LIMIT 1 OFFSET ?"
        return self.site.database.row(sql, (queue, count - 1)) is not None

    def _jobs(self, ctx: Context, rest: str, params: Sequence[object]) -> list[Job]:
        rows = self.site.database.rows(f'SELECT {COLUMNS} FROM "__job" WHERE {rest}', params)
        return [self.shown(ctx, row) for row in rows]

    def shown(self, ctx: Context, row: Cells) -> Job:
        """A row as the job that an app asks. Its arguments are read when it is run; here they are as written."""
        known = dict(zip(COLUMNS.split(", "), row, strict=True))
        job = Job(ctx.site.title, known["owner"], known["method"], shown_arguments(known["arguments"]), known["id"])
        job.queue, job.status, job.job_name, job.event = known["queue"], known["status"], known["name"], known["event"]
        job.timeout, job.key, job.attempts = known["timeout"], known["key"], known["attempts"]
        job.on_success, job.on_failure = known["on_success"], known["on_failure"]
        job.created_at = moment(known["created"]) or job.created_at
        job.started_at, job.ended_at = moment(known["started"]), moment(known["ended"])
        job.result = read_result(ctx, known["result"])
        said = self.board.get(job.key) if job.status == STARTED else None
        job.progress = json.loads(said or known["progress"] or "null")
        job.scopes = None if known["scopes"] is None else frozenset(known["scopes"].split())
        job.exc_info, job.meta["arguments"] = known["error"], known["arguments"]
        return job

    def remove(self, _ctx: Context, job: Job) -> None:
        """Forget a job; one that waits never runs."""
        with self.site.database.atomic():
            self.site.database.execute('DELETE FROM "__job" WHERE key = ?', (job.key,))

    def note_progress(self, ctx: Context, key: str, progress: dict[str, object]) -> None:
        """Note how far a job is: at once, and if it has written what is not kept yet, with its next commit as well."""
        text = json.dumps(progress, default=str)
        if not self.site.database.writing:
            self._keep_progress(key, text)
            return
        self.board.put(key, text)
        waiting: dict[str, str] = ctx.transaction.kept.setdefault("progress of jobs", {})
        if key not in waiting:
            ctx.after_commit.append(lambda: self._keep_progress(key, waiting.pop(key, "")))
            ctx.after_rollback.append(waiting.clear)
        waiting[key] = text

    def _keep_progress(self, key: str, text: str) -> None:
        if not text:
            return  # it was undone
        with self.site.database.soon(), self.site.database.transaction():
            self.site.database.execute('UPDATE "__job" SET progress = ? WHERE key = ?', (text, key))
        if key in self.board.said:
            self.board.drop(key)

    # --- looked after ---

    def ours(self) -> tuple[str, list[str]]:
        """A condition for the jobs whose app this process has loaded, and its values: others are for who has theirs.

        Not LIKE, by which `my_app` would be `my2app` and `MY_APP` too.
        """
        beginnings = [f"{name}{mark}" for name in (*self.site.apps, OWN) for mark in ".:"]
        return f"({' OR '.join(f'substr(method, 1, {len(each)}) = ?' for each in beginnings)})", beginnings

    def is_work(self, queues: Sequence[str]) -> bool:
        """Whether a job of these queues may begin now, or has begun: that its worker lives is another question."""
        marks, database, (ours, values) = ", ".join("?" * len(queues)), self.site.database, self.ours()
        waits = (
            f"SELECT 1 FROM \"__job\" WHERE status = 'queued' AND queue IN ({marks}) AND due <= ? AND {ours} LIMIT 1"
        )
        if database.row(waits, (*queues, self.clock(), *values)) is not None:
            return True
        return database.row("SELECT 1 FROM \"__job\" WHERE status = 'started' LIMIT 1") is not None

    def who_runs(self) -> dict[str, str]:
        """The keys of the jobs that run, and who runs each: a host and a process."""
        sql = 'SELECT j.key, w.host, w.pid FROM "__job" AS j JOIN "__worker" AS w ON w.id = j.worker'
        rows = self.site.database.rows(f"{sql} WHERE j.status = 'started' AND w.until > ?", (self.clock(),))
        return {key: f"{host}:{pid}" for key, host, pid in rows}

    def run_again(self, keys: Sequence[str]) -> int:
        """Let jobs that failed wait again; how many they are."""
        done = 0
        with self.site.database.transaction():
            for key in keys:
                done += self.site.database.execute(
                    "UPDATE \"__job\" SET status = 'queued', due = ?, attempts = 0, ended = NULL WHERE key = ? AND "
                    "status = 'failed'",
                    (self.clock(), key),
                )
        self.wake()
        return done

    def forget(self, status: str, before: float) -> int:
        """Forget the jobs that ended so before a moment; how many they were."""
        with self.site.database.transaction():
            return self.site.database.execute(
                'DELETE FROM "__job" WHERE status = ? AND ended IS NOT NULL AND ended < ?', (status, before)
            )

    def forget_parts(self) -> None:
        """Forget the parts of jobs that are forgotten, and what jobs said that run no more."""
        self.board.sweep(
            {row[0] for row in self.site.database.rows("SELECT key FROM \"__job\" WHERE status = 'started'")}
        )
        if self.site.database.row('SELECT 1 FROM "__job_part" LIMIT 1') is not None:
            with self.site.database.transaction():
                self.site.database.execute('DELETE FROM "__job_part" WHERE key NOT IN (SELECT key FROM "__job")')


class _Once:
    """A function that is called by the first of two that promise to."""

    def __init__(self, function: Callable[[], None]):
        self.function: Callable[[], None] | None = function

    def __call__(self) -> None:
        function, self.function = self.function, None
        if function is not None:
            function()


def _named(function: object) -> str | None:
    if function is None or isinstance(function, str):
        return function
    return name_of_function(function)


def read_result(ctx: Context, text: str | None) -> object:
    """A result; None of none, or of one that this process cannot read, such as a document of a deleted DocType."""
    try:
        return read(ctx, text) if text else None
    except (FrappeError, ImportError, AttributeError):
        return None


def shown_arguments(text: str) -> Values:
    """A job's arguments as they are written."""
    found = json.loads(text)
    return dict(found.get("$_dict", found))


def made_ready(ctx: Context, job: Job) -> Function:
    """The function of a job that is about to run, its arguments read. Raises what reading them does."""
    job.arguments = read(ctx, job.meta["arguments"])
    for name in ("on_success", "on_failure"):
        if getattr(job, name):
            setattr(job, name, function_named(ctx, getattr(job, name)))
    return function_named(ctx, job.method)


def result_of(value: object) -> str | None:
    """A result as it is kept, or None: a job that has ended well does not fail by what it gives."""
    try:
        text = written(value, "The result")
    except ValidationError:
        return None
    return text if len(text) <= MAX_RESULT else None
