"""A link for a new password, mailed to its user: at once, and kept nowhere, for who reads it may sign in as somebody
else.

A mail that cannot be sent is told in the log, and the user asks for another one.
"""

from __future__ import annotations

import contextlib
import html
import logging
import secrets

from ...access.reset_links import log_reset_link
from ...context import Context, current
from ...errors import FrappeError
from ...site import Site
from ...utils import _dict, cstr, now
from .account import Outgoing
from .layout import texts
from .message import message_for
from .taking import account_of, taker_of

log = logging.getLogger("frappe_lite")


class ResetMails:
    """What a site's `on_reset_link` is where mail goes out and the site has none of its own."""

    def __init__(self, site: Site):
        self.site = site

    def __call__(self, user: str, link: str) -> None:
        """Send the link after the request, so that an answer takes as long for a user who is not there."""
        self.site.run_later("Administrator", send_link, {"user": user, "link": link})


def send_link(user: str, link: str) -> None:
    """Mail the link; where no mail goes out, it is told in the log, as on a site without mail."""
    ctx = current.get()
    account = account_of(ctx, "", "User")
    if account is None:
        log_reset_link(user, link)
        return
    try:
        _send(ctx, account, user, link)
    except FrappeError as error:
        log.error("the link for a new password of %s was not mailed: %s", user, error)


def _send(ctx: Context, account: Outgoing, user: str, link: str) -> None:
    info, key = ctx.user_info(user), secrets.token_hex(8)
    text = (
        f"<p>Dear {html.escape(info.full_name if info else user)},</p>"
        "<p>Please follow this link to set a new password:</p><p><a "
        f'href="{html.escape(link)}">{html.escape(link)}</a></p>'
        "<p>If you did not ask for it, leave it be.</p>"
    )
    mail = _dict(name=f"reset-{key}", subject=f"Password Reset - {ctx.site.title}", creation=now(), sender="")
    mail.update(message_id=f"{key}@reset", options='{"is_notification": true}')
    address = cstr((ctx.store.load_row(ctx.meta("User"), user) or {}).get("email")) or user
    message = message_for(mail, address, account, texts(ctx, text, account, {}), [])
    ctx.rollback()  # nobody waits for a mail server
    with contextlib.closing(taker_of(ctx, account, mail.name)) as taker:
        taker.send(account.address, address, message, lambda: None)


__all__ = ["ResetMails"]
