"""One call of somebody else's server: resolved once, the resolved address is the one that is called.

Addresses of this machine and of private networks are refused, unless the operator names them: who may write a webhook
may not look around in the network behind the server. Redirects are not followed, for they would lead there too.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import ipaddress
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import SplitResult, quote, unquote, urlsplit

from ...errors import FrappeError, ValidationError
from ..tls import context_for

MAX_ANSWER = 64_000
"""Bytes of an answer that are read."""

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Where a gateway of the network stands for all of IPv4: RFC 6052."""

UNICAST = ipaddress.IPv6Network("2000::/3")
"""The only part of IPv6 that the internet routes: RFC 4291. What lies outside is of a site, of a machine, or stands for
IPv4 in a way that is not looked through: `::127.0.0.1`, `64:ff9b:1::/48`, `fec0::/10`."""

NOT_GLOBAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
"""Networks for protocols and for examples that older Pythons call global."""

PLAIN = "!#$%&'()*+,/:;=?@[]~"
"""What stands in an address as it is, beside letters and numbers: RFC 3986."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], list[str]]


class CallError(FrappeError):
    """The other server could not be called, or did not take the call."""


@dataclass(frozen=True)
class Answer:
    """What the other server said."""

    status: int
    text: str


def networks(names: str) -> list[Network]:
    """Networks and addresses, with commas or spaces between them. Raises ValidationError."""
    try:
        return [ipaddress.ip_network(each, strict=False) for each in names.replace(",", " ").split()]
    except ValueError as error:
        raise ValidationError.told(f"{error}; networks are named as 10.0.0.0/8 or 192.168.1.7") from None


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def allowed_addresses(host: str, port: int, allowed: Sequence[Network], look_up: Resolve = resolve) -> list[str]:
    """The addresses of a host, if every one of them may be called. Raises CallError."""
    try:
        found = look_up(host, port)
    except (OSError, UnicodeError) as error:
        raise CallError(f"{host} cannot be found: {error}") from None
    for each in found:
        address = _reached(ipaddress.ip_address(each.partition("%")[0]))
        if not _is_public(address) and not any(address in network for network in allowed):
            raise CallError(f"{host} is {each}, a private address, which webhooks do not call; see docs/webhooks.md")
    if not found:
        raise CallError(f"{host} has no address")
    return found


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in UNICAST:
        return False
    return address.is_global and not address.is_multicast and not any(address in each for each in NOT_GLOBAL)


def _connected(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    """A connection to the first of a host's addresses that takes one: not each network reaches all of them.

    Raises OSError if none does in time.
    """
    failure = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), max(0.001, deadline - time.monotonic()))
        except OSError as error:
            failure = error
            if time.monotonic() >= deadline:
                break
    raise failure


def _reached(address: Address) -> Address:
    """The address that is reached by one: an IPv6 address may stand for an IPv4 address, directly or by a gateway."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    by_gateway = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
    return address.ipv4_mapped or address.sixtofour or by_gateway or address


def call(
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes,
    timeout: float,
    allowed: Sequence[Network] = (),
    look_up: Resolve = resolve,
) -> Answer:
    """Send one request; its answer, whatever its status.

    Raises CallError if there is none in time, or if it may not be sent.
    """
    parts, shown_url = urlsplit(url), shown(url)[:200]
    secure = parts.scheme == "https"
    try:
        port = parts.port or (443 if secure else 80)
    except ValueError:
        raise CallError(f"{shown_url} names no port that there is") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CallError(f"{shown_url} is no address that begins with http:// or https://")
    host, place = _host_of(parts)
    addresses, deadline = allowed_addresses(host, port, allowed, look_up), time.monotonic() + timeout
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    target = encoded((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    try:
        with contextlib.ExitStack() as open_ones:
            made = open_ones.enter_context(_connected(addresses, port, deadline))
            made.settimeout(max(0.001, deadline - time.monotonic()))
            if secure:
                made = open_ones.enter_context(context_for().wrap_socket(made, server_hostname=host))
            connection.sock = cast(socket.socket, _Timed(made, deadline))
            own = {
                "host": ("Host", place),
                **_signed_in(parts),
                **{key.lower(): (key, headers[key]) for key in headers},
            }
            connection.request(method, target, body, dict(own.values()))
            return _answer(connection)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CallError(f"{method} {shown_url}: {type(error).__name__}: {error}") from None


def shown(url: str) -> str:
    """An address as logs may have it: without the name and the password that it signs in with."""
    before, mark, after = url.partition("://")
    place, slash, path = after.partition("/")
    return f"{before}{mark}{place.rpartition('@')[2]}{slash}{path}"


def encoded(text: str) -> str:
    """A path as it goes over the line: what is no plain letter is said by `%` and its bytes; what is so already stays.

    Frappe calls by requests, which does so: a template may put a document's name into an address.
    """
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text), safe=PLAIN)


def _host_of(parts: SplitResult) -> tuple[str, str]:
    """A host as name servers know it, and as the header Host says it. Raises CallError for what is no name."""
    host, place = parts.hostname or "", parts.netloc.rpartition("@")[2]
    if host.isascii():
        return host, place
    try:
        plain = host.encode("idna").decode()
    except UnicodeError as error:
        raise CallError(f"{host[:100]} cannot be found: {error}") from None
    return plain, f"{plain}:{parts.port}" if parts.port else plain


def _signed_in(parts: SplitResult) -> dict[str, tuple[str, str]]:
    """The header that a name and a password in the address are, as in Frappe; one that the webhook names goes
    before."""
    if parts.username is None:
        return {}
    text = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"authorization": ("Authorization", f"Basic {base64.b64encode(text.encode()).decode()}")}


class _Timed:
    """A connection on which all steps together end by a deadline, however little at a time the other side says."""

    def __init__(self, connection: socket.socket, deadline: float):
        self._connection, self._deadline = connection, deadline

    def _in_time(self) -> socket.socket:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer does not end")
        self._connection.settimeout(left)
        return self._connection

    def sendall(self, content: bytes) -> None:
        """Send it."""
        self._in_time().sendall(content)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What the answer is read from."""
        return io.BufferedReader(_Read(self._in_time))

    def close(self) -> None:
        """Nothing: the library does so where an answer ends with the connection, and reads on."""


class _Read(io.RawIOBase):
    """What comes from a connection."""

    def __init__(self, in_time: Callable[[], socket.socket]):
        self._in_time = in_time

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, place: Any) -> int:
        """What is there, up to the size of a place. Raises TimeoutError after the deadline."""
        return self._in_time().recv_into(place)


def _answer(connection: http.client.HTTPConnection) -> Answer:
    answer, content = connection.getresponse(), b""
    while len(content) < MAX_ANSWER:
        piece = answer.read1(8192)
        if not piece:
            break
        content += piece
    return Answer(answer.status, content.decode(errors="replace"))
