"""What `frappe-lite serve` is told of the world outside: its address, the names it answers to, the proxies before it.

Flags become environment variables, so that worker processes and servers of other makers are told the same.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

UNDERSCORES = "granian takes a header X_Forwarded_For for X-Forwarded-For: let the proxy drop header names with underscores, as nginx does by itself, or use --server waitress"


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


def take_secret(name: str) -> str | None:
    """A secret out of the environment.

    Read once, and gone from there for whatever runs later, this process's children too.
    """
    return os.environ.pop(name, None)


def prefers_waitress(parsed: Any) -> bool:
    """Whether proxies are named, whose headers granian cannot tell from a caller's. One that is asked for is used, with a warning."""
    if not from_environment()["proxies"]:
        return False
    asked_for = parsed.server == "granian" or parsed.workers > 1
    if asked_for:
        print(f"frappe-lite: {UNDERSCORES}", file=sys.stderr)
    return not asked_for


def from_environment() -> dict[str, Any]:
    """The keyword arguments of a `Site` that the variables give."""
    hsts = os.environ.get("FRAPPE_LITE_HSTS", "")
    return {
        "url": os.environ.get("FRAPPE_LITE_URL", ""),
        "hosts": os.environ.get("FRAPPE_LITE_HOSTS", ""),
        "proxies": os.environ.get("FRAPPE_LITE_PROXIES", ""),
        "hsts": int(hsts) if hsts.isdecimal() else 0,
    }
