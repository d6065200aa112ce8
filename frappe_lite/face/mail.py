"""`frappe.sendmail`: a mail is kept as an Email Queue document, in the transaction that writes it.

`parts/mail` sends it, where that is on; until then, and in tests, it waits with the status Not Sent.

    sendmail("ann@x.org", subject="Hi", message="<p>…</p>")  ->  Email Queue {recipients: [{recipient: "ann@x.org"}], …}
"""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from .. import document
from ..document import validation
from ..document.base_document import BaseDocument
from ..query import Condition
from ..utils import cint, cstr, name_and_address, one_line, split_emails
from ..values import Values
from .context import ctx
from .files import save_file
from .installation import get_host_name
from .model.documents import db
from .templates.rendering import render_template
from .texts.html_texts import md_to_html

OPTIONS = (
    "header", "with_container", "unsubscribe_message", "read_receipt", "is_notification", "x_priority", "raw_html",
)  # fmt: skip
"""What only says how the mail looks or is marked; kept as it was said, if it was."""


def sendmail(
    recipients: object = None, sender: str = "", subject: str = "No Subject", message: str = "No Message",
    as_markdown: bool = False, delayed: bool = True,
    reference_doctype: str | None = None, reference_name: object = None, cc: object = None, bcc: object = None,
    attachments: object = None, content: object = None,
    template: str | None = None, args: object = None, send_after: object = None, message_id: object = None,
    communication: object = None, reply_to: object = None,
    now: object = None, doctype: str | None = None, name: object = None, *, unsubscribe_method: object = None,
    unsubscribe_params: object = None,
    unsubscribe_message: object = None, add_unsubscribe_link: int = 1, queue_separately: bool = False,
    in_reply_to: object = None, expose_recipients: object = None,
    send_priority: int = 1, retry: int = 1, read_receipt: object = None, is_notification: bool = False,
    inline_images: object = None, header: object = None,
    print_letterhead: bool = False, with_container: bool = False, email_read_tracker_url: object = None,
    x_priority: int = 3, email_headers: object = None, add_css: bool = True,
    raw_html: bool = False,
) -> BaseDocument | None:  # fmt: skip
    """Keep a mail as an Email Queue with the status Not Sent; the document, or None if nobody gets it.

    `now`, or `delayed=False`, puts it before the others. Who has unsubscribed gets none. No styles are added, so
    `add_css` leaves nothing out; of `raw_html` the message is the whole page. Raises ValidationError.
    """
    if ctx().flags.in_import and ctx().flags.mute_emails:
        return None  # Frappe keeps such mails and sends them later, which is no way to mute them
    doctype, name = reference_doctype or doctype, reference_name or name
    to, copies, hidden = _wanted([recipients, cc, bcc], doctype, name)
    if not to + copies + hidden:
        return None
    text = _text(message, content, as_markdown, template, args)
    options = _marked(header, with_container, unsubscribe_message, read_receipt, is_notification, x_priority, raw_html)
    said = {
        "to": to, "cc": copies, "reply_to": _addresses(reply_to), "in_reply_to": _answered(in_reply_to),
        "headers": email_headers,
    }  # fmt: skip
    values = {
        "doctype": "Email Queue", "sender": one_line(sender), "subject": one_line(subject), "message": cstr(text),
        "status": "Not Sent",
        "send_after": send_after, "show_as_cc": ", ".join(copies),
        "message_id": cstr(message_id).strip("<> ") or _new_id(),
        "reference_doctype": doctype, "reference_name": name, "communication": communication,
        "priority": 3 if now or not delayed else send_priority, "expose_recipients": expose_recipients,
        "add_unsubscribe_link": cint(add_unsubscribe_link), "unsubscribe_method": unsubscribe_method,
        "unsubscribe_params": json.dumps(unsubscribe_params, default=str) if unsubscribe_params else None,
        "options": json.dumps({**options, **{key: value for key, value in said.items() if value}}, default=str),
    }  # fmt: skip
    people = to + copies + hidden
    groups = [[each] for each in people] if queue_separately else [people]
    files = _files(attachments, inline_images)
    return [_kept(values, group, files) for group in groups][0]


def _marked(*marks: object) -> Values:
    """Those of OPTIONS that are more than the usual."""
    named = zip(OPTIONS, marks, strict=True)
    return {key: value for key, value in named if value and (key, value) != ("x_priority", 3)}


def _text(message: str, content: object, as_markdown: bool, template: str | None, args: object) -> object:
    """What a mail says: a template of an app's, the content, or the message; the latter two may be Markdown."""
    if template:
        return render_template(f"templates/emails/{template}.html", args or {}, is_path=True)
    return md_to_html(content or message) if as_markdown else content or message


def _answered(named: object) -> str:
    """The Message-ID of what a mail answers, by the name of its Communication; "" if that came by no mail.

    A Message-ID itself, as Frappe took it up to version 14, stays.
    """
    text = cstr(named)
    return text if "@" in text or not text else cstr(db.get_value("Communication", text, "message_id"))


def _kept(values: Mapping[str, object], people: list[str], files: list[Values]) -> BaseDocument:
    """The Email Queue of a mail. What is attached as content becomes a private File of it: a mail is kept whole."""
    rows = [{"recipient": each, "status": "Not Sent"} for each in people]
    made = document.new(ctx().trusted(), {**values, "recipients": rows})
    made.flags.ignore_links = True
    made.insert()
    if files:
        made.db_set("attachments", json.dumps([_as_file(made, each) for each in files], default=str))
    return made


def _files(attachments: Any, inline_images: Any) -> list[Values]:
    """What is attached, and what stands in the text, as dicts."""
    given = json.loads(attachments) if isinstance(attachments, str) else attachments or []
    found = [{"fid": each} if isinstance(each, str) else dict(each) for each in given if each]
    return found + [
        {"fname": each["filename"], "fcontent": each["filecontent"], "inline": each["filename"]}
        for each in inline_images or ()
    ]


def _as_file(queue: BaseDocument, given: Values) -> Values:
    if given.get("fcontent") is None:
        return given
    rest = {key: value for key, value in given.items() if key != "fcontent"}
    kept = save_file(
        cstr(given.get("fname")) or "attachment", given["fcontent"], queue.doctype, queue.name, is_private=1
    )
    return {**rest, "fid": kept.name}


def _wanted(given: list[object], doctype: object, name: object) -> list[list[str]]:
    """Of each list the addresses that are in none before it, without those who want no mail of this kind."""
    seen: set[str] = set()
    found = []
    for each in given:
        fresh = {plain(one): one for one in reversed(_addresses(each)) if plain(one) not in seen}
        seen.update(fresh)
        found.append(list(reversed(fresh.values())))
    gone = unsubscribed(seen, doctype, name)
    return [[one for one in each if plain(one) not in gone] for each in found]


def plain(address: str) -> str:
    """The address in `Ann <ann@x.org>`, in small letters."""
    return name_and_address(address)[1].lower()


def unsubscribed(addresses: Iterable[str], doctype: object = None, name: object = None) -> set[str]:
    """Those of the addresses that want no mail at all, or none about a document."""
    wanted = sorted(addresses)
    if not wanted or not ctx().has_doctype("Email Unsubscribe"):
        return set()
    condition = ctx().store.database.among("email", wanted)
    rows = ctx().store.find(
        ctx().meta("Email Unsubscribe"),
        condition,
        ("email", "global_unsubscribe", "reference_doctype", "reference_name"),
    )
    place = (cstr(doctype), cstr(name))
    return {
        cstr(row["email"]).lower()
        for row in rows
        if cint(row["global_unsubscribe"])
        or (doctype and place == (cstr(row["reference_doctype"]), cstr(row["reference_name"])))
    }


def _new_id() -> str:
    """A Message-ID, by which whoever gets a mail twice knows it."""
    return email.utils.make_msgid(domain=re.sub(r":\d+\Z|[^\w.-]", "", get_host_name()) or "localhost").strip("<>")


def _addresses(given: object) -> list[str]:
    found = [
        one_line(part)
        for each in (given if isinstance(given, list | tuple | set) else [given])
        for part in split_emails(cstr(each))
    ]
    return list(dict.fromkeys(found))


def get_email_template(template_name: str, doc: object) -> dict[str, str]:
    """Subject and message of an Email Template, filled in."""
    template = document.load(ctx(), "Email Template", template_name)
    values = json.loads(doc) if isinstance(doc, str) else doc
    text = template.response_html if template.use_html else template.response
    return {"subject": _of_people(template.subject, values), "message": _of_people(text, values)}


def _of_people(text: object, values: object) -> str:
    """A text that people wrote, filled in: it names no file of an app's."""
    return render_template(cstr(text), values, is_path=False)


def make_notification_logs(doc: Any, users: Any) -> None:
    """Keep a Notification Log for each user who wants to be told; of what one does oneself only alerts."""
    given = doc.as_dict() if isinstance(doc, BaseDocument) else dict(doc)
    values = {**given, "doctype": "Notification Log", "from_user": given.get("from_user") or ctx().user}
    for user in filter(_wants_logs, _users_of(users.split(",") if isinstance(users, str) else users)):
        if user == values["from_user"] and values.get("type") not in ("Alert", "Energy Point", None, ""):
            continue
        made = document.new(ctx().trusted(), {**values, "for_user": user})
        validation.set_defaults(ctx(), made)
        made.flags.ignore_links = True
        made.insert()


def _users_of(given: Iterable[str]) -> list[str]:
    """The enabled users whose names or addresses these are, each once."""
    found: dict[str, None] = {}
    for each in map(str.strip, given):
        by_address = Condition("lower(email) = ?", (plain(each),))
        rows = ctx().store.find(ctx().meta("User"), by_address, ("name",)) if not ctx().user_info(each) else []
        for name in [row["name"] for row in rows] or [each]:
            info = ctx().user_info(name)
            if info is not None and info.enabled:
                found[info.name] = None
    return list(found)


def _wants_logs(user: str) -> bool:
    """Whether a user is told of anything; who has set nothing is."""
    row = ctx().store.load_row(ctx().meta("Notification Settings"), user)
    return row is None or bool(cint(row["enabled"]))


def enqueue_create_notification(users: object, doc: object) -> None:
    """As `make_notification_logs`; at once."""
    make_notification_logs(doc, users)


__all__ = ["get_email_template", "make_notification_logs", "plain", "sendmail", "unsubscribed"]
