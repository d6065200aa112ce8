"""`SiteSettings`: what a site is told by whoever makes it, as keywords of `Site`. docs/settings.md explains each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class SiteSettings:
    """The settings of one site. An unknown one is a TypeError, as for any keyword."""

    # --- the database: see docs/reliability.md ---
    synchronous: str = "full"
    busy_timeout: float = 5.0  # seconds to wait for another process that writes
    query_seconds: float = 10.0  # that one statement may take
    checkpoint: str = "own"
    files: str = ""  # where uploads are: "folder", "database", or "" for the database's own way

    # --- answers ---
    title: str = "frappe_lite"
    created_status: int = 201  # the specification's; 200 gives a full Frappe's answer to a create
    max_body: int = 25 * 1024 * 1024  # bytes
    guest_body: int = 1024 * 1024  # bytes that somebody unknown may send

    # --- addresses: see docs/security.md ---
    url: str = ""
    hosts: Sequence[str] = ()  # names that it answers to; none: to all
    proxies: Sequence[str] = ()
    hsts: int = 0  # seconds

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        self.hosts, self.proxies = _names(self.hosts), _names(self.proxies)


def _names(given: Sequence[str]) -> list[str]:
    """Names in a list, or in one text with commas or spaces."""
    return [each for each in re.split(r"[\s,]+", given) if each] if isinstance(given, str) else list(given)
