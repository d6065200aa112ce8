"""Email Queue: a mail that waits, is sent, or could not be; and what a person does about it in the desk.

Not Sent -> Sending -> Sent | Partially Sent | Error.       A job is asked for where the mail is written, by the site's
`shelf["mail"]`; where no mail goes out, it waits.
"""

from __future__ import annotations

import json

from ... import document, permissions
from ...context import Context
from ...document import Document
from ...document.base_document import BaseDocument
from ...errors import PermissionError, ValidationError
from ...face.defaults import get_default, set_default
from ...methods.asking import json_list
from ...utils import cint
from ...whitelist import method
from .attached import listed, require_readable
from .outbox import OPEN, QUEUE, outbox_of

_QUEUE = "frappe.email.doctype.email_queue.email_queue"
SUSPENDED = "suspend_email_queue"


class EmailQueue(Document):
    """A mail."""

    retry: object

    def validate(self) -> None:
        """Raises ValidationError for options that are none, PermissionError for files that the caller may not read."""
        for fieldname in ("options", "attachments"):
            try:
                json.loads(self.get(fieldname) or "[]")
            except ValueError:
                raise ValidationError.told(f"{fieldname} of an Email Queue is JSON") from None
        if not self._asking.is_trusted:
            require_readable(self._asking, listed(self))

    def after_insert(self) -> None:
        """Let it be sent, where mail goes out."""
        if "mail" in self.ctx.site.shelf and self.status in OPEN:
            outbox_of(self.ctx).ask(self.ctx, self)

    def open_rows(self) -> list[BaseDocument]:
        """The recipients whose turn it still is."""
        return [row for row in self.recipients if row.status != "Sent" and not cint(row.closed)]

    def begin_again(self) -> None:
        """Let it be sent once more to all who do not have it, also where that was given up."""
        for row in self.recipients:
            if row.status != "Sent":
                row.db_set({"closed": 0, "error": None})
        self.db_set({"status": "Not Sent", "error": None, "retry": 0, "send_after": None})
        if "mail" in self.ctx.site.shelf:
            outbox_of(self.ctx).ask_again(self.ctx, self)


def _begin(ctx: Context, name: object) -> None:
    found = document.load_as(EmailQueue, ctx, QUEUE, name)
    permissions.require(ctx, found.meta, "write", found.__dict__)
    found.begin_again()


@method(f"{_QUEUE}.send_now", methods=["POST", "PUT"])
def send_now(ctx: Context, name: object) -> None:
    """Send a mail now to all who do not have it. Raises PermissionError, DoesNotExistError."""
    ctx.store.database.begin_write()
    _begin(ctx, name)


@method(f"{_QUEUE}.retry_sending", f"{_QUEUE}.bulk_retry", methods=["POST", "PUT"])
def retry_sending(ctx: Context, queues: object) -> None:
    """The same for several, whose names stand in a JSON list."""
    ctx.store.database.begin_write()
    is_list = isinstance(queues, list) or isinstance(queues, str) and queues.strip().startswith("[")
    for name in json_list(queues, "queues") if is_list else [queues]:
        _begin(ctx, name)


@method(f"{_QUEUE}.toggle_sending", methods=["POST", "PUT"])
def toggle_sending(ctx: Context, enable: object) -> None:
    """Let mails go out, or wait. Raises PermissionError for who is no System Manager."""
    ctx.store.database.begin_write()
    if "System Manager" not in ctx.roles:
        raise PermissionError.told("Only a System Manager says whether mails go out")
    set_default(SUSPENDED, 0 if cint(enable) else 1)
    if "mail" in ctx.site.shelf and cint(enable):
        outbox_of(ctx).flush(ctx)


def is_suspended() -> bool:
    """Whether somebody said that mails wait."""
    return cint(get_default(SUSPENDED)) == 1


__all__ = ["EmailQueue", "is_suspended"]
