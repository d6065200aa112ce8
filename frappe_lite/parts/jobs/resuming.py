"""A job that keeps its work in parts: what it has said so far is kept with each part, so that it goes on where it was
when its worker dies, and does nothing twice.

    keep(1, {"updated": [… 25 names]})   commit   …   a worker dies, another one begins   …   said()  ->  (1, {…})
"""

from __future__ import annotations

import json

from ...context import Context
from ...errors import ConflictError
from ...face.context import local
from ...face.jobs.job import waiting_of
from ...face.realtime import publish_progress
from ...values import Values
from .table import KeptJobs


class Parts:
    """The parts of the job that runs. Of one that is not kept nothing is, and it is one transaction."""

    def __init__(self, ctx: Context):
        self.ctx, self.database = ctx, ctx.store.database
        job = getattr(local, "job", None) if isinstance(waiting_of(ctx), KeptJobs) else None
        self.key: str | None = job.get("key") if job else None

    def said(self) -> tuple[int, Values]:
        """How many parts are kept, and what was said with the last one."""
        if self.key is None:
            return 0, {}
        row = self.database.row('SELECT number, said FROM "__job_part" WHERE key = ?', (self.key,))
        return (row[0], json.loads(row[1])) if row else (0, {})

    def keep(self, number: int, said: Values, percent: float, title: str) -> None:
        """Keep what was done as part `number`, and tell how far that is.

        Raises ConflictError, and keeps nothing, if another worker has kept that part meanwhile.
        """
        if self.key is None:
            return
        values: list[object] = [number, json.dumps(said, default=str), self.key]
        sql = 'INSERT INTO "__job_part" (number, said, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
        if number > 1:
            sql = 'UPDATE "__job_part" SET number = ?, said = ? WHERE key = ? AND number = ?'
            values.append(number - 1)
        if not self.database.execute(sql, values):
            raise ConflictError(f"part {number} of the job was done by another worker")
        self.ctx.commit()
        publish_progress(percent, title=title)

    def end(self) -> None:
        """Forget them, with the end of the job."""
        if self.key is not None:
            self.database.execute('DELETE FROM "__job_part" WHERE key = ?', (self.key,))


__all__ = ["Parts"]
