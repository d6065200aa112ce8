"""What takes a site's mails: the server of an account, or a folder in its place."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from ...context import Context
from .account import Outgoing, account_for
from .folder import MailFolder
from .smtp import SmtpServer

FOLDER = "mail folder"
"""On the site's shelf: where mails are written in place of being sent."""


class Taker(Protocol):
    """What takes mails, one recipient each."""

    def send(self, sender: str, recipient: str, message: bytes, handing_over: Callable[[], None], /) -> None:
        """Hand a mail over. Raises NotTakenError."""

    def close(self) -> None:
        """No more mails come."""


def account_of(ctx: Context, sender: str, doctype: str | None) -> Outgoing | None:
    """By which account a mail goes; a folder needs none. Raises FrappeError for one that cannot be used."""
    found = account_for(ctx, sender, doctype)
    if found is None and ctx.site.shelf.get(FOLDER):
        return Outgoing("", "site@localhost.localdomain", ctx.site.title)
    return found


def taker_of(ctx: Context, account: Outgoing, name: str) -> Taker:
    """What takes a mail of that name. Raises NotTakenError for a server that does not answer."""
    if folder := ctx.site.shelf.get(FOLDER):
        return MailFolder(folder, name)
    return SmtpServer(account, own_name(ctx.site.address))


def own_name(address: str) -> str:
    """What the site of an address is called where it greets a mail server, a number as RFC 5321 writes it."""
    host = urlsplit(address).hostname or "localhost"
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host if host.isascii() else host.encode("idna").decode()
    return f"[IPv6:{number}]" if number.version == 6 else f"[{number}]"


__all__ = ["FOLDER", "Taker", "account_of", "own_name", "taker_of"]
