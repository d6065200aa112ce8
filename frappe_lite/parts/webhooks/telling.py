"""What tells webhooks: an event of a document asks for a job, in the document's transaction; the job sends.

Of several events of one document in one transaction the last state is told, once. A delivery has an id, which is the
same however often it is tried: after 2, 4, 8 and 16 seconds where jobs are kept, and each try leaves a log.

    on_update of Task  ->  Webhook "tell-shop"  ->  a job  ->  POST https://shop.example/…   Webhook-Id: 5f1c…
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from ... import document
from ...context import Context, current
from ...document import base_document
from ...document.base_document import BaseDocument
from ...errors import ConflictError, DatabaseBusyError, FrappeError, ValidationError
from ...face import exceptions
from ...face.jobs.enqueueing import enqueue
from ...face.jobs.job import waiting_of
from ...query import Condition
from ...utils import cstr
from ...values import Given, Values
from ..notifications.trying import FAULTS
from . import calling
from .webhook import Webhook

log = logging.getLogger("frappe_lite")

EVENTS = ("after_insert", "on_update", "on_submit", "on_cancel", "on_trash", "on_update_after_submit", "on_change")
SILENT = ("in_import", "in_patch", "in_install", "in_migrate")
"""Flags of what changes documents by the thousand, of which Frappe tells nobody."""

MAX_KEPT = 20_000
"""Characters of an answer that a log keeps."""

RetryBackgroundJobError: type[FrappeError] = vars(exceptions)["RetryBackgroundJobError"]


def notice(doc: BaseDocument, event: str) -> None:
    """An event of any document: let a job wait for each webhook that is to be told."""
    ctx = doc.ctx
    named = ctx.cached(("webhooks",), lambda: _webhooks(ctx)).get((doc.doctype, event))
    if not named or any(ctx.flags.get(flag) for flag in SILENT) or (event == "on_change" and doc.flags.in_insert):
        return
    for name in named:
        webhook = document.load_cached(Webhook, ctx.trusted(), "Webhook", name)
        try:
            meets = webhook.meets_condition(doc)
        except (ConflictError, DatabaseBusyError):
            raise  # no fault of the condition: the whole is done again
        except FAULTS as error:
            log.warning("the condition of the webhook %s on %s %s: %s", name, doc.doctype, doc.name, error)
            continue  # nobody's document is lost because of somebody's condition
        if meets:
            _ask(ctx, webhook, doc)


def _webhooks(ctx: Context) -> dict[tuple[str, str], list[str]]:
    """DocType and event -> the webhooks that are told."""
    found: dict[tuple[str, str], list[str]] = {}
    fields = ("name", "webhook_doctype", "webhook_docevent")
    for row in ctx.store.find(ctx.meta("Webhook"), Condition("enabled = 1"), fields, order="name"):
        found.setdefault((row["webhook_doctype"], row["webhook_docevent"]), []).append(row["name"])
    return found


def _ask(ctx: Context, webhook: Webhook, doc: BaseDocument) -> None:
    """Let a job wait that tells of the document as it is now, in the place of one that tells of it as it was before."""
    asked: dict[Any, Any] = ctx.transaction.kept.setdefault("webhooks", {})
    key = (webhook.name, doc.doctype, doc.name)
    if key in asked:
        waiting_of(ctx).remove(ctx, asked[key])
    asked[key] = enqueue(
        deliver,
        queue=webhook.background_jobs_queue or "default",
        job_name=f"Webhook {webhook.name}",
        webhook=webhook.name,
        values={**doc.as_dict(), "doctype": doc.doctype},
        delivery=str(uuid.uuid4()),
    )
    ctx.after_commit.append(asked.clear)
    ctx.after_rollback.append(asked.clear)


def deliver(webhook: str, values: Given, delivery: str) -> None:
    """Tell a webhook of a document. Raises RetryBackgroundJobError where it was not taken, once that is logged.

    Either is logged with what becomes of the job: one commit and not two.
    """
    ctx = current.get()
    found = document.load_cached(Webhook, ctx.trusted(), "Webhook", webhook)
    kept: Values = {"webhook": webhook, "delivery": delivery, "user": ctx.user}
    kept.update(reference_doctype=values["doctype"], reference_document=cstr(values["name"]))
    try:
        doc = base_document.make(ctx, values["doctype"], values)
        url, data = found.url_for(doc), found.data_for(doc)
        kept["url"] = calling.shown(url)
        headers, body = found.request_for(data, delivery)
        kept.update(data=body.decode(), headers=_shown(headers))
        answer = calling.call(
            found.request_method,
            url,
            headers,
            body,
            found.timeout or 5,
            ctx.site.shelf.get("webhook networks", ()),
        )
        kept["response"] = answer.text[:MAX_KEPT]
        if not 200 <= answer.status < 300:
            raise calling.CallError(f"{found.request_method} {kept['url']} is answered {answer.status}")
    except (FrappeError, ValueError, TypeError) as error:
        kind = type(error) if isinstance(error, FrappeError) else ValidationError
        kind = RetryBackgroundJobError if isinstance(error, calling.CallError) else kind
        raised, told = kind(cstr(error)), {**kept, "error": cstr(error)}
        raised.__dict__["leaves"] = lambda: _log(current.get(), told)
        raise raised from None
    _log(ctx, kept)


def _shown(headers: dict[str, str]) -> str:
    """Headers for the log: what signs in somewhere is nobody's to read there."""
    secret = ("authorization", "cookie", "token", "key", "secret")
    return "\n".join(
        f"{name}: {'*****' if any(each in name.lower() for each in secret) else value}"
        for name, value in headers.items()
    )


def _log(ctx: Context, values: Values) -> None:
    """Leave a Webhook Request Log."""
    document.new(ctx.trusted(), {"doctype": "Webhook Request Log", **values}).insert(ignore_links=True)
