"""The link at the end of a mail by which its recipient gets no more of the kind, and what it leads to.

A link is signed with a key of the site, so that nobody unsubscribes somebody else. Following it shows a page with a
button: programs that look into mails follow links, and a GET changes nothing here. Mail programs that know RFC 8058
send the POST themselves.
"""

from __future__ import annotations

import html
import json

from werkzeug.wrappers import Response

from ... import document
from ...context import Context
from ...document import Document
from ...document.base_document import BaseDocument
from ...errors import DuplicateEntryError, PermissionError, ValidationError
from ...face.installation import get_url
from ...face.mail import plain, unsubscribed
from ...face.verified_command import get_signed_params, verify_params
from ...utils import cint, cstr
from ...values import Values
from .. import shell
from ..oauth.pages import csrf_field, hidden_fields

PATH = "/unsubscribe"
DOCTYPE = "Email Unsubscribe"
TEXT = "Unsubscribe"


class EmailUnsubscribe(Document):
    """Who wants no mails: none at all, or none about a document."""

    email: object

    def validate(self) -> None:
        """Raises ValidationError unless it says of what, DuplicateEntryError if it is known."""
        self.email = plain(cstr(self.email))
        is_global = bool(cint(self.global_unsubscribe))
        if not is_global and not (self.reference_doctype and self.reference_name):
            raise ValidationError.told("Reference DocType and Reference Name are required")
        place = (None, None) if is_global else (self.reference_doctype, self.reference_name)
        if self.is_new() and unsubscribed([self.email], *place):
            raise DuplicateEntryError.told(f"{self.email} is already unsubscribed")


def link_for(ctx: Context, queue: BaseDocument, recipient: str) -> str:
    """Where a recipient gets no more mails of the kind; nothing for a mail that says of none."""
    options = json.loads(queue.options or "{}")
    if not cint(queue.add_unsubscribe_link) or not queue.reference_doctype or not queue.reference_name:
        return ""
    if not (options.get("unsubscribe_message") or queue.unsubscribe_method or queue.reference_doctype == "Newsletter"):
        return ""
    more = json.loads(queue.unsubscribe_params or "{}")
    values = {"email": plain(recipient), "doctype": queue.reference_doctype, "name": cstr(queue.reference_name)}
    values |= {key: cstr(value) for key, value in more.items()} if isinstance(more, dict) else {}
    method = cstr(queue.unsubscribe_method)
    path = f"/api/method/{method.removeprefix('/api/method/')}" if method else PATH
    return f"{get_url(path)}?{get_signed_params(values)}"


def sentence(link: str, message: object) -> str:
    """What the end of the mail says of it."""
    if not link:
        return ""
    return f'<a href="{html.escape(link)}" style="color:inherit">{html.escape(cstr(message) or TEXT)}</a>'


def exposed(options: Values) -> str:
    """Who got the mail, for its end."""
    people = [*options.get("to", ()), *options.get("cc", ())]
    return f"<div>This email was sent to {html.escape(', '.join(map(cstr, people)))}</div>" if people else ""


def page(ctx: Context) -> Response:
    """The page behind the link: asks, and then says that it is done."""
    params = {key: cstr(value) for key, value in ctx.request.query.items()}
    try:
        verify_params(params)
    except PermissionError:
        return shell.page("This link is not whole", "<p>Copy the address from the mail to its very end.</p>", 403)
    email, doctype, name = params.get("email", ""), params.get("doctype", ""), params.get("name", "")
    about = html.escape(f"{doctype} {name}".strip())
    if ctx.request.method != "POST":
        body = (
            f"<p>{html.escape(email)} gets mails about {about}.</p>"
            f"<form method=post>{hidden_fields(csrf_field(ctx))}"
            '<button class="btn btn-primary full">Unsubscribe</button></form>'
        )
        return shell.page("No more mails?", body, 200, "; form-action 'self'", site_title=ctx.site.title)
    ctx.store.database.begin_write()
    values = {"doctype": DOCTYPE, "email": email, "reference_doctype": doctype, "reference_name": name}
    if not unsubscribed([plain(email)], doctype, name):
        document.new(ctx.trusted(), values).insert(ignore_links=True)
    return shell.page("Unsubscribed", f"<p>{html.escape(email)} gets no more mails about {about}.</p>", 200)


__all__ = ["PATH", "EmailUnsubscribe", "exposed", "link_for", "page", "sentence"]
