"""Mail: what `frappe.sendmail` wrote goes out, by jobs, to the servers that Email Account documents name.

Off until `site.start()`, which `frappe-lite serve` calls: until then mails wait as Email Queue documents. App code is
the same. Mails that come in are not fetched. See docs/mail.md.

    frappe-lite serve --mail-to mails        each mail is a file in that folder, and nothing goes out
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Mapping

from ...site import Site
from . import unsubscribing
from .account import DOCTYPE as ACCOUNT
from .account import EmailAccount
from .outbox import QUEUE, Outbox
from .queue import EmailQueue
from .resetting import ResetMails
from .taking import FOLDER


def attach(site: Site) -> None:
    """Let Email Queue documents be sent once the site is started."""
    site.controllers[QUEUE], site.controllers[ACCOUNT] = EmailQueue, EmailAccount
    site.controllers[unsubscribing.DOCTYPE] = unsubscribing.EmailUnsubscribe
    site.extensions.pages.append((re.compile(re.escape(unsubscribing.PATH) + r"\Z"), unsubscribing.page))
    site.extensions.on_configure.append(functools.partial(_configure, site))
    site.extensions.on_start.append(functools.partial(_start, site))


def _configure(site: Site, settings: Mapping[str, object]) -> None:
    site.shelf[FOLDER] = settings.get("mail_to", "")


def _start(site: Site, settings: Mapping[str, object]) -> None:
    start(site, site.shelf[FOLDER], catches_up=not settings.get("is_worker"))


def start(site: Site, folder: str = "", clock: Callable[[], float] = time.time, catches_up: bool = True) -> Outbox:
    """Let mails go out from here on: to mail servers, or into a folder. What waited meanwhile goes first.

    A worker does not catch up: it begins often, and thousands may wait for an account.
    """
    site.shelf[FOLDER] = folder
    made = site.shelf["mail"] = Outbox(clock)
    site.on_reset_link = site.on_reset_link or ResetMails(site)
    if catches_up:
        with site.acting() as ctx:
            made.flush(ctx)
    return made


__all__ = ["Outbox", "attach", "start"]
