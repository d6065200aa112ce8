"""The link of an invitation: a guest follows it once, and has an account.

Who has no password yet sets one: the link goes on to the page for that. Who has one signs in as ever: a full Frappe
signs in whoever has the link, and mails are read by others too.
"""

from __future__ import annotations

from urllib.parse import quote

from ... import document
from ...access import auth, reset_links
from ...access.hashing import digest
from ...context import Context, current
from ...document.base_document import BaseDocument
from ...errors import FrappeError, ValidationError
from ...query import Condition
from ...throttle import network_of
from ...utils import cstr
from ...whitelist import method
from ..login import PATH as LOGIN
from ..login import own_address
from .rules import DOCTYPE

MOST_GUESSES, SECONDS = 20, 3600
"""Keys that are none, from one address in an hour."""


@method("frappe.core.api.user_invitation.accept_invitation", allow_guest=True, methods=["GET"])
def accept_invitation(ctx: Context, key: str) -> None:
    """Accept the invitation with this key, and go on to its page. HEAD, which previews of links send, uses nothing up.

    Raises ValidationError for a key that is none, or is used up; TooManyRequestsError for who guesses.
    """
    if ctx.request.method == "HEAD":
        return
    name = _named(ctx, key)
    ctx.store.database.begin_write()
    invitation = document.load(ctx.trusted(), DOCTYPE, name)
    if invitation.key != digest(key):  # somebody else was faster
        raise _unknown()
    invitation.accept(ignore_permissions=True)
    path = own_address(f"/{cstr(invitation.get_redirect_to_path()).removeprefix('/')}") or "/"
    ctx.response.update(type="redirect", location=_next(ctx, cstr(invitation.user), path))
    ctx.flags.keep_writes = True


def _named(ctx: Context, key: str) -> str:
    """The invitation with this key. What is no key is told in the same words, whatever became of it."""
    tracker, keys = ctx.site.login_tracker, [f"invitation address:{network_of(ctx.request.remote_addr)}"]
    tracker.require_allowed(keys, MOST_GUESSES)
    rows = ctx.store.find(ctx.meta(DOCTYPE), Condition("key = ?", (digest(key),)), ("name",), limit=1) if key else []
    if not rows:
        tracker.failed(keys, SECONDS)
        raise _unknown()
    return cstr(rows[0]["name"])


def _unknown() -> FrappeError:
    return ValidationError.told("Invalid key", title="Error")


def _next(ctx: Context, user: str, path: str) -> str:
    """Where the person goes on: to set the first password, or to sign in."""
    if auth.has_password(ctx, user):
        return f"{LOGIN}?redirect-to={quote(path)}"
    return f"{reset_links.reset_link(ctx, user)}&redirect_to={quote(path)}"


def forget_user(doc: BaseDocument, event: str = "") -> None:
    """An account that is deleted is named by no invitation: the person may be invited again."""
    database = current.get().store.database
    for column in ("user", "invited_by"):
        database.execute(f'UPDATE "tab{DOCTYPE}" SET {column} = NULL WHERE {column} = ?', (doc.name,))


FORGETS = f"{__name__}.forget_user"

__all__ = ["FORGETS", "accept_invitation", "forget_user"]
