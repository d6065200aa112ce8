"""What stands before the server: proxies that may speak for others, the names it answers to, https.

Off unless the site is told: then `X-Forwarded-For`, `-Proto` and `-Host` count if the peer is one of the proxies, and
only as far as the chain of addresses is theirs. Whoever is no proxy cannot name an address, a scheme or a host but its
own.

A header that was sent several times counts as one list, in the order in which it came. Names with underscores are no
names of these headers: waitress and werkzeug drop them, and granian, which does not, is not chosen where proxies are
named.

    peer 10.0.0.2 (a proxy), X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.0.0.3 (a proxy)   ->  the caller is 203.0.113.9
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from ..context import Context
from ..errors import BadRequestError, ValidationError
from ..site import Site
from ..utils import cstr

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HOST = re.compile(r"([A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?\Z")


def attach(site: Site) -> None:
    """Look at each request before anything else does, if there is anything to look for."""
    looks = []
    if site.settings.proxies:
        looks.append(Proxies(site.settings.proxies).apply)
    if site.settings.hosts and "*" not in site.settings.hosts:
        looks.append(Hosts(site.settings.hosts).require)
    if site.settings.hsts:
        looks.append(add_hsts)
    site.extensions.before[:0] = looks


class Proxies:
    """The proxies of a site, by address or network."""

    def __init__(self, trusted: Iterable[str]):
        try:
            self.networks: list[Network] = [ipaddress.ip_network(each.strip(), strict=False) for each in trusted]
        except ValueError as error:
            raise ValidationError(
                f"proxies are addresses or networks, such as 127.0.0.1 or 10.0.0.0/8: {error}"
            ) from None

    def trusts(self, address: str) -> bool:
        """Whether the address is a proxy's."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self.networks)

    def apply(self, ctx: Context) -> None:
        """Take the caller's address, scheme and host from the headers of a proxy."""
        request = ctx.request
        if not self.trusts(request.remote_addr):
            return
        steps = 1
        for given in reversed(_values(request.headers.get("X-Forwarded-For"))):
            address = _address(given)
            if not address:
                break  # what is no address, nobody vouches for
            request.remote_addr = address
            if not self.trusts(address):
                break
            steps += 1
        scheme = _by_nearest(request.headers.get("X-Forwarded-Proto"), steps).lower()
        if scheme in ("http", "https"):
            request.scheme = scheme
        host = _by_nearest(request.headers.get("X-Forwarded-Host"), steps)
        if _HOST.match(host):
            request.host = host


def _values(header: object) -> list[str]:
    return [each.strip() for each in cstr(header).split(",") if each.strip()]


def _by_nearest(header: object, steps: int) -> str:
    """The value that the outermost trusted proxy wrote: so many from the end, or the first if there are fewer."""
    values = _values(header)
    return values[-min(steps, len(values))] if values else ""


def _address(text: str) -> str:
    """An IP address without its port; empty text for anything else."""
    text = text.strip().strip('"')
    bracketed = re.match(r"\[([^\]]+)\](:\d+)?\Z", text)
    if bracketed:
        text = bracketed[1]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


class Hosts:
    """The names that a site answers to; `.shop.example` is that name and all below it."""

    def __init__(self, names: Iterable[str]):
        cleaned = [each.strip().lower().rstrip(".") for each in names]
        self.exact = {each.lstrip(".") for each in cleaned}
        self.below = tuple(each for each in cleaned if each.startswith("."))

    def require(self, ctx: Context) -> None:
        """Raises BadRequestError for a request to another name."""
        name = re.sub(r":\d*\Z", "", ctx.request.host.lower()).rstrip(".")
        if name not in self.exact and not (self.below and name.endswith(self.below)):
            raise BadRequestError.told(
                (
                    "This server does not answer to the name in the Host header; its hosts setting lists the names "
                    "that it has"
                ),
                title="Invalid Host",
            )


def add_hsts(ctx: Context) -> None:
    """Over https, tell browsers to come by https only from now on (RFC 6797)."""
    if ctx.request.scheme == "https":
        ctx.headers.append(("Strict-Transport-Security", f"max-age={ctx.site.settings.hsts}"))
