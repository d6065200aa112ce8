"""The job that sends an Email Queue: recipient by recipient, so that each gets it once and nobody is forgotten.

A recipient's row is closed right before the server is given the mail, and that is on the disk by then: whatever dies
afterwards, nobody sends it again by itself. A server that says "not now" opens the row again, and one that says nothing
leaves it closed, with a sentence: a person decides, in the desk or by `retry_sending`, and the Message-ID stays.

    row.closed = 1 | commit | "." -> 250  row.status = Sent    4xx  row.closed = 0, again later    nothing  stays closed
"""

from __future__ import annotations

import contextlib
import datetime
import json

from ... import document
from ...context import Context, current
from ...document.base_document import BaseDocument
from ...errors import FrappeError
from ...face.context import conf
from ...face.jobs.job import Job
from ...utils import cint, cstr
from . import unsubscribing
from .account import Outgoing
from .attached import files_of, with_pictures
from .layout import texts
from .message import Attached, address_of, message_for
from .outbox import OPEN, QUEUE, outbox_of
from .queue import EmailQueue, is_suspended
from .smtp import NotTakenError
from .taking import Taker, account_of, taker_of

TRIES, FIRST_WAIT, LONGEST_WAIT = 10, 60.0, 4 * 3600.0
"""How often a mail is tried again, and how many seconds lie between: 1, 2, 4, … minutes; a day in all."""

REST = 60.0
"""Seconds for which an account is left alone whose server could not be reached: its mails would all wait for it."""

UNSURE = "What sent it was broken off: the server may have the mail, and did not answer"

SHOWN = {"Not Sent": "Sending", "Sending": "Sending", "Sent": "Sent", "Partially Sent": "Error", "Error": "Error"}
"""Status of a mail -> `delivery_status` of its Communication."""


def deliver(name: str) -> None:
    """Send an Email Queue to all who do not have it, unless that is for later."""
    ctx = current.get()
    if ctx.store.exists(ctx.meta(QUEUE), name) is None:
        return  # a GET wrote it, of which nothing is kept, or somebody has deleted it
    queue = document.load_as(EmailQueue, ctx.trusted(), QUEUE, name)
    if queue.status not in OPEN or is_suspended() or cint(conf.get("mute_emails")):
        return
    if not queue.open_rows():
        if queue.status == "Sending":  # its process died between the last recipient and the end
            _Delivery(ctx, queue).end(UNSURE)
        return
    if outbox_of(ctx).is_early(queue):
        outbox_of(ctx).ask(ctx, queue)
        return
    _Delivery(ctx, queue).run()


def failed(job: Job, _connection: object, _kind: object, error: BaseException, _trace: object) -> None:
    """A job that did not come to its end: its mail is tried again later, as after a server that did not answer."""
    ctx = current.get()
    if ctx.store.exists(ctx.meta(QUEUE), job.arguments["name"]) is None:
        return
    queue = document.load_as(EmailQueue, ctx.trusted(), QUEUE, job.arguments["name"])
    _Delivery(ctx, queue).end(f"{type(error).__name__}: {error}")


class _Delivery:
    """One mail on its way out."""

    def __init__(self, ctx: Context, queue: EmailQueue):
        self.ctx, self.queue, self.outbox = ctx, queue, outbox_of(ctx)
        self.resting: dict[str, float] = ctx.site.shelf.setdefault("mail rests", {})
        self.files, self.cids = list[Attached](), dict[str, str]()

    def run(self) -> None:
        """Send it, and note how that went."""
        try:
            account = account_of(self.ctx, cstr(self.queue.sender), self.queue.reference_doctype)
            if account is None:
                self._note("Not Sent", "There is no outgoing Email Account: it waits for one")
                return
            self.files, self.cids = files_of(self.ctx, self.queue)
        except FrappeError as error:
            self._note("Error", str(error))
            return
        if self.resting.get(account.name, 0) > self.outbox.clock():
            self._note("Not Sent", self.queue.error, REST)
            return
        self._note("Sending", None)
        problem = ""
        try:
            with contextlib.closing(taker_of(self.ctx, account, self.queue.name)) as taker:
                for row in self.queue.open_rows():
                    self._hand_over(taker, row, account)
        except NotTakenError as error:
            problem = str(error)
            if not error.is_unsure:
                self.resting[account.name] = self.outbox.clock() + REST
        self.end(problem)

    def _hand_over(self, taker: Taker, row: BaseDocument, account: Outgoing) -> None:
        """Send it to one recipient. Raises NotTakenError if the others cannot be served now either."""
        try:
            recipient = address_of(row.recipient)
            message = self._message(row, account)
        except (FrappeError, ValueError) as error:
            self._row(row, closed=1, error=str(error))
            return
        try:
            self.ctx.commit()  # what was written for it: nobody waits for a mail server
            taker.send(account.address, recipient.addr_spec, message, lambda: self._close(row))
        except NotTakenError as error:
            self._row(row, closed=int(error.is_final or error.is_unsure), error=str(error))
            if error.is_over:
                raise
        except _TakenElsewhereError:
            return
        else:
            self._row(row, status="Sent", error=None)

    def _message(self, row: BaseDocument, account: Outgoing) -> bytes:
        link = unsubscribing.link_for(self.ctx, self.queue, row.recipient) if account.unsubscribing else ""
        options = json.loads(self.queue.options or "{}")
        below = unsubscribing.sentence(link, options.get("unsubscribe_message"))
        if self.queue.expose_recipients == "footer":
            below = unsubscribing.exposed(options) + below
        plain, html = texts(self.ctx, cstr(self.queue.message), account, options, below)
        shown = (plain, with_pictures(html, self.cids))
        return message_for(self.queue, row.recipient, account, shown, self.files, link)

    def _close(self, row: BaseDocument) -> None:
        """Nobody sends it from here on. Raises _TakenElsewhereError if another process has closed it meanwhile."""
        database = self.ctx.store.database
        with database.transaction():
            sql = f'UPDATE "tab{QUEUE} Recipient" SET closed = 1 WHERE name = ? AND coalesce(closed, 0) = 0'
            is_ours = database.execute(f"{sql} AND status <> 'Sent'", (row.name,)) == 1
        if not is_ours:
            raise _TakenElsewhereError("it is sent by another process")
        self.ctx.commit()
        database.sync()

    def _row(self, row: BaseDocument, **values: object) -> None:
        """Note how a recipient's row stands; on the disk with the next row that is closed, or the end of the mail."""
        row.db_set(values, update_modified=False)
        self._commit_soon()

    def _commit_soon(self) -> None:
        with self.ctx.store.database.soon():
            self.ctx.commit()

    def _note(self, status: str, error: str | None, wait: float = 0) -> None:
        """Note how the mail stands, and let it be tried again after so many seconds."""
        self.queue.db_set({"status": status, "error": error})
        if wait:
            self.queue.db_set("send_after", self.outbox.now() + datetime.timedelta(seconds=wait))
            self.outbox.ask(self.ctx, self.queue)
        if self.queue.communication and self.ctx.store.exists(self.ctx.meta("Communication"), self.queue.communication):
            values = {"delivery_status": SHOWN[status]}
            document.set_values(self.ctx.trusted(), self.ctx.meta("Communication"), self.queue.communication, values)
        if status == "Sending":
            self._commit_soon()
        else:
            self.ctx.commit()

    def end(self, problem: str = "") -> None:
        """Note how it went, and let what is left be tried again, as long as there is hope."""
        self.queue = document.load_as(EmailQueue, self.ctx.trusted(), QUEUE, self.queue.name)
        rows = self.queue.recipients
        sent, left = sum(row.status == "Sent" for row in rows), len(self.queue.open_rows())
        errors = "\n".join(dict.fromkeys(filter(None, [problem, *(cstr(row.error) for row in rows)]))) or None
        if sent == len(rows):
            self._note("Sent", None)
        elif left and cint(self.queue.retry) < (cint(conf.get("email_retry_limit")) or TRIES):
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** cint(self.queue.retry))
            self.queue.db_set("retry", cint(self.queue.retry) + 1)
            self._note("Partially Sent" if sent else "Not Sent", errors, wait)
        else:
            self._note("Partially Sent" if sent and not left else "Error", errors)


class _TakenElsewhereError(FrappeError):
    """Another process sends this recipient's mail."""


__all__ = ["deliver", "failed"]
