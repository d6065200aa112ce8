"""A mail of an Email Queue as one recipient gets it, in the bytes that go over the line.

No value ends a line of a header: what could becomes a space, and names of headers are letters and hyphens alone.

    multipart/mixed [ multipart/alternative [ text, multipart/related [ html, pictures ] ], files ]
"""

from __future__ import annotations

import email.policy
import email.utils
import html
import json
import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from ...document.base_document import BaseDocument
from ...errors import ValidationError
from ...utils import cstr, get_datetime, name_and_address, one_line
from ...values import Given, Values
from .account import Outgoing

HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}\Z")
MAX_LINE = 800
"""Characters of a value that stands on one line: the library would encode a long address in one, and no program reads
it."""

POLICY = email.policy.SMTP.clone(cte_type="7bit")
"""Lines as SMTP has them, in seven bits: a server need not offer to take eight (RFC 6152), and one on the way need not
either."""

OWN = frozenset({
    "from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version", "content-type",
    "content-transfer-encoding", "content-disposition", "return-path", "received", "dkim-signature",
})  # fmt: skip
"""Headers that the mail itself says; nobody else does."""


@dataclass(frozen=True)
class Attached:
    """A file of a mail. `cid` is set of one that stands in the text."""

    name: str
    content: bytes
    cid: str = ""


def address_of(text: str) -> Address:
    """A name and an address, the domain as mail servers know it. Raises ValidationError for what is none."""
    name, plain = name_and_address(text)
    user, _, domain = plain.rpartition("@")
    try:
        if not user or not domain:
            raise ValueError("it has no @")
        if not user.isascii():
            raise ValueError("before the @ only plain letters are sent")
        return Address(name, user, domain if domain.isascii() else domain.encode("idna").decode())
    except (ValueError, IndexError, UnicodeError) as error:
        raise ValidationError(f"{text[:100]!r} is no address that a mail can go to: {error}") from None


def message_for(
    queue: Any,
    recipient: str,
    account: Outgoing,
    texts: tuple[str, str],
    files: Sequence[Attached],
    unsubscribe: str = "",
) -> bytes:
    """The mail. `texts` are the plain one and the HTML. Raises ValidationError for an address that is none."""
    message, options = EmailMessage(policy=POLICY), json.loads(queue.options or "{}")
    _set_people(message, queue, recipient, account, options)
    message["Subject"] = one_line(html.unescape(cstr(queue.subject)))  # as a document's text it was cleaned for HTML
    message["Date"] = email.utils.format_datetime(get_datetime(queue.creation).astimezone())
    plain_lines = b""
    for key, value in {"Message-ID": _id(queue.message_id), **_headers(options, unsubscribe)}.items():
        if value.isascii() and len(value) <= MAX_LINE:
            plain_lines += f"{key}: {value}\r\n".encode()
        else:
            message[key] = value
    message.set_content(texts[0])
    message.add_alternative(texts[1], subtype="html")
    shown: Any = message.get_body(("html",))
    for each in files:
        kind = _kind_of(each.name)
        named: Values = {"filename": one_line(each.name), "maintype": kind[0], "subtype": kind[1]}
        if each.cid:
            shown.add_related(each.content, cid=f"<{each.cid}>", disposition="inline", **named)
        else:
            message.add_attachment(each.content, **named)
    return plain_lines + message.as_bytes()


def _kind_of(name: str) -> list[str]:
    """What a file is by its name. A mail or a message in parts is one of bytes here: as what it is, it could not be
    packed, and one that is compressed is not what is in it."""
    kind, compression = mimetypes.guess_type(name)
    main, _, sub = (kind or "").partition("/")
    return (
        ["application", "octet-stream"] if not sub or compression or main in ("message", "multipart") else [main, sub]
    )


def _id(text: object) -> str:
    return f"<{re.sub(r'[^!-~]|[<>]', '', cstr(text))}>"


def _set_people(message: EmailMessage, queue: BaseDocument, recipient: str, account: Outgoing, options: Given) -> None:
    said = cstr(queue.sender) if "@" in cstr(queue.sender) else ""
    sender = account.address if account.is_always_sender or not said else said
    shown = address_of(sender)
    own = account.shown_name if account.is_always_named or shown.addr_spec == account.address else ""
    name = own if account.is_always_named else shown.display_name or own
    message["From"] = Address(one_line(name), shown.username, shown.domain)
    exposed = queue.expose_recipients == "header"
    message["To"] = [address_of(each) for each in (options.get("to") if exposed else None) or [recipient]]
    if exposed and options.get("cc"):
        message["Cc"] = [address_of(each) for each in options["cc"]]
    answers = options.get("reply_to") or ([said] if said and sender != said else [])
    if answers:
        message["Reply-To"] = [address_of(each) for each in answers]
    if options.get("read_receipt"):
        message["Disposition-Notification-To"] = str(address_of(said or sender))


def _headers(options: Mapping[str, object], unsubscribe: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if options.get("in_reply_to"):
        found["In-Reply-To"] = found["References"] = _id(options["in_reply_to"])
    if options.get("is_notification"):
        found["Auto-Submitted"] = "auto-generated"
    if options.get("x_priority"):
        found["X-Priority"] = one_line(options["x_priority"])
    if unsubscribe:
        found["List-Unsubscribe"], found["List-Unsubscribe-Post"] = f"<{unsubscribe}>", "List-Unsubscribe=One-Click"
    given = options.get("headers")
    known = {each.lower() for each in found} | OWN | {"reply-to", "disposition-notification-to"}
    for key, value in (given if isinstance(given, dict) else {}).items():
        if HEADER_NAME.match(cstr(key)) and cstr(key).lower() not in known:
            found[cstr(key)] = one_line(value)
    return found


__all__ = ["Attached", "address_of", "message_for"]
