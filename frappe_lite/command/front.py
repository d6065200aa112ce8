"""What `frappe-lite serve` is told of the world outside: its address, the names it answers to, the proxies before it.

Flags become environment variables, so that worker processes and servers of other makers are told the same.
"""

from __future__ import annotations

import argparse
import os
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments, each with its variable."""
    parser.add_argument(
        "--url", help="the site's address as its users see it, for links and as OAuth issuer (FRAPPE_LITE_URL)"
    )
    parser.add_argument(
        "--allowed-host",
        action="append",
        metavar="NAME",
        help="answer to this Host header only; may be repeated; .x.org: and all below (FRAPPE_LITE_HOSTS)",
    )
    parser.add_argument(
        "--proxy",
        action="append",
        metavar="ADDRESS",
        help="believe X-Forwarded-* of this address or network; may be repeated (FRAPPE_LITE_PROXIES)",
    )
    parser.add_argument(
        "--hsts",
        type=int,
        metavar="SECONDS",
        help="over https, tell browsers to stay with it for so long (FRAPPE_LITE_HSTS)",
    )


def to_environment(parsed: Any) -> None:
    """Leave what the flags say where the workers find it."""
    if parsed.url:
        os.environ["FRAPPE_LITE_URL"] = parsed.url
    if parsed.allowed_host:
        os.environ["FRAPPE_LITE_HOSTS"] = ",".join(parsed.allowed_host)
    if parsed.proxy:
        os.environ["FRAPPE_LITE_PROXIES"] = ",".join(parsed.proxy)
    if parsed.hsts is not None:
        os.environ["FRAPPE_LITE_HSTS"] = str(parsed.hsts)


def from_environment() -> dict[str, Any]:
    """The keyword arguments of a `Site` that the variables give."""
    hsts = os.environ.get("FRAPPE_LITE_HSTS", "")
    return {
        "url": os.environ.get("FRAPPE_LITE_URL", ""),
        "hosts": os.environ.get("FRAPPE_LITE_HOSTS", ""),
        "proxies": os.environ.get("FRAPPE_LITE_PROXIES", ""),
        "hsts": int(hsts) if hsts.isdecimal() else 0,
    }
