"""One call of somebody else's server: resolved once, the resolved address is the one that is called.

Addresses of this machine and of private networks are refused, unless the operator names them: who may write a webhook
may not look around in the network behind the server. Redirects are not followed, for they would lead there too.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...errors import FrappeError, ValidationError
from ..tls import context_for

MAX_ANSWER = 64_000
"""Bytes of an answer that are read."""

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


def allowed_address(host: str, port: int, allowed: Sequence[Network], look_up: Resolve = resolve) -> str:
    """The first address of a host, if every one of them may be called. Raises CallError."""
    try:
        found = look_up(host, port)
    except (OSError, UnicodeError) as error:
        raise CallError(f"{host} cannot be found: {error}") from None
    for each in found:
        address = ipaddress.ip_address(each.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        if (not mapped.is_global or mapped.is_multicast) and not any(mapped in network for network in allowed):
            raise CallError(f"{host} is {each}, a private address, which webhooks do not call; see docs/webhooks.md")
    if not found:
        raise CallError(f"{host} has no address")
    return found[0]


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
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    try:
        port = parts.port or (443 if secure else 80)
    except ValueError:
        raise CallError(f"{url[:200]} names no port that there is") from None
    if parts.scheme not in ("http", "https") or not host:
        raise CallError(f"{url[:200]} is no address that begins with http:// or https://")
    address, deadline = allowed_address(host, port, allowed, look_up), time.monotonic() + timeout
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        plain = socket.create_connection((address, port), timeout)
        connection.sock = context_for().wrap_socket(plain, server_hostname=host) if secure else plain
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        shown = parts.netloc.rpartition("@")[2]
        connection.request(method, target, body, {"Host": shown, **headers})
        return _answer(connection, deadline)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CallError(f"{method} {url[:200]}: {type(error).__name__}: {error}") from None
    finally:
        connection.close()


def _answer(connection: http.client.HTTPConnection, deadline: float) -> Answer:
    answer, content = connection.getresponse(), b""
    while len(content) < MAX_ANSWER:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer does not end")
        if connection.sock is not None:
            connection.sock.settimeout(left)
        piece = answer.read1(8192)
        if not piece:
            break
        content += piece
    return Answer(answer.status, content.decode(errors="replace"))
