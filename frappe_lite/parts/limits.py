"""Rate limits by setting: how many requests one user, one address, or one caller of a route may make in a while.

System Settings: `rate_limit_requests` a user (an address, for guests) and `rate_limit_per_address`, in
`rate_limit_seconds` each; `rate_limit_routes` has a line for each route. Counted in memory, per process. The headers
have Frappe's names and are those of the limit that is nearest. All off: a look into the caches for each request.

    POST /api/method/shop.api.order 10 60      a line of rate_limit_routes: verb or *, path, limit, seconds
    X-RateLimit-Limit: 10   X-RateLimit-Remaining: 3   X-RateLimit-Reset: 41      and with 429 Retry-After: 41
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..context import Context
from ..document.base_document import BaseDocument
from ..document.calling import controller_method
from ..errors import DoesNotExistError, TooManyRequestsError, ValidationError
from ..router import version_of
from ..site import Site
from ..throttle import network_of, retry_after
from ..utils import cint, cstr

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY", "OPTIONS", "*")
_LINE = re.compile(r"([A-Z*]+)\s+(/\S*(?: \S+)*?)\s+(\d+)(?:\s+(\d+))?\s*\Z")


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds; of one route, or of all if there is no path."""

    most: int
    seconds: int
    verb: str = "*"
    path: str = ""
    and_below: bool = False

    def covers(self, verb: str, path: str) -> bool:
        """Whether the request counts."""
        return self.verb in ("*", verb) and (path == self.path or (self.and_below and path.startswith(self.path)))


@dataclass(frozen=True)
class Limits:
    """What the settings say."""

    user: Limit | None
    address: Limit | None
    routes: tuple[Limit, ...]


def attach(site: Site) -> None:
    """Count addresses before anybody is known, users and routes after; check the setting when it is saved."""
    site.extensions.before.append(count_address)
    site.extensions.around.append(count_user)
    site.add_doc_event("System Settings", "validate", check_settings)


def limits_of(ctx: Context) -> Limits | None:
    """The limits in force, or None."""
    found: Limits | None = ctx.cached(("rate limits",), lambda: _read(ctx))
    return found


def _read(ctx: Context) -> Limits | None:
    seconds = cint(ctx.setting("rate_limit_seconds")) or 60
    by_user, by_address = cint(ctx.setting("rate_limit_requests")), cint(ctx.setting("rate_limit_per_address"))
    routes = tuple(read_routes(cstr(ctx.setting("rate_limit_routes")), seconds))
    if by_user <= 0 and by_address <= 0 and not routes:
        return None
    return Limits(
        Limit(by_user, seconds) if by_user > 0 else None, Limit(by_address, seconds) if by_address > 0 else None, routes
    )


def read_routes(text: str, seconds: int) -> list[Limit]:
    """The limits that lines of text give. Raises ValidationError for a line that is none."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _LINE.match(line)
        if match is None or match[1] not in VERBS or int(match[3]) < 1 or (match[4] and int(match[4]) < 1):
            raise ValidationError.told(
                f"{line}: a rate limit is a verb or *, a path, a number of requests and perhaps seconds, such as "
                "POST /api/method/shop.api.order 10 60"
            )
        path = _plain(match[2].rstrip("*"))
        found.append(Limit(int(match[3]), int(match[4] or seconds), match[1], path, match[2].endswith("*")))
    return found


def check_settings(doc: BaseDocument, event: str) -> None:
    """Refuse settings that mean nothing."""
    read_routes(cstr(doc.get("rate_limit_routes")), 60)


# --- which route -----------------------------------------------------------------------------------------


def _plain(path: str) -> str:
    """A path in the one form that rules are compared in.

    Without version, with `resource` for documents, in lower case.
    """
    if path.startswith("/api/"):
        _, rest = version_of(path[5:])
        path = "/api/" + re.sub(r"\Adocument(?=/|\Z)", "resource", rest)
    return path.lower()


def route_of(ctx: Context) -> str:
    """What a request asks for, however it spells it: a method by path, by `cmd` or through its DocType is one route."""
    request = ctx.request
    path = request.path
    if not path.startswith("/api/") and request.params.get("cmd"):
        path = f"/api/method/{cstr(request.params['cmd'])}"
    by_doctype = re.match(r"/api/v2/method/([^/]+)/([^/]+)\Z", path)
    if by_doctype:
        try:
            path = f"/api/method/{controller_method(ctx, by_doctype[1], by_doctype[2])}"
        except DoesNotExistError:
            pass  # no such DocType: the request will be told
    return _plain(path)


# --- counting --------------------------------------------------------------------------------------------


def count_address(ctx: Context) -> None:
    """Count a request of the address. Raises TooManyRequestsError."""
    limits = limits_of(ctx)
    if limits is not None and limits.address is not None:
        _count(ctx, limits.address, ("address", network_of(ctx.request.remote_addr)))


def count_user(ctx: Context, answer: Callable[[], object]) -> object:
    """Count a request of the user, or of the address of a guest, and of its route; then answer it.

    Raises TooManyRequestsError.
    """
    limits = limits_of(ctx)
    if limits is None:
        return answer()
    caller = ctx.user if ctx.user != "Guest" else network_of(ctx.request.remote_addr)
    if limits.user is not None:
        _count(ctx, limits.user, ("user", caller))
    if limits.routes:
        path = route_of(ctx)
        for limit in limits.routes:
            if limit.covers(ctx.request.method, path):
                _count(ctx, limit, (limit, caller))
    return answer()


def _count(ctx: Context, limit: Limit, key: object) -> None:
    count, left = ctx.site.windows.count(key, limit.seconds)
    remaining = max(0, limit.most - count)
    shown = ctx.flags.rate_limit_remaining
    if shown is None or remaining < shown:  # of several limits the nearest is told
        ctx.flags.rate_limit_remaining = remaining
        ctx.headers[:] = [each for each in ctx.headers if not each[0].startswith("X-RateLimit-")]
        ctx.headers += [
            ("X-RateLimit-Limit", str(limit.most)),
            ("X-RateLimit-Remaining", str(remaining)),
            ("X-RateLimit-Reset", str(int(left) + 1)),
        ]
    if count > limit.most:
        raise retry_after(TooManyRequestsError.told("Too Many Requests"), left)
