"""`Extensions`: the places where parts put what they do, so that nothing in the kernel knows a part by name.

    site.extensions.routes.append((2, "GET", "changes", changes))        one more route of version 2
    site.extensions.on_close.append(pool.shutdown)                       one more thing to end with the site

Each list is run from first to last. What is no list is one function, which a part puts its own in place of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from .context import Context
from .installed_app import InstalledApp
from .values import Function, Given


class Paths(Protocol):
    """The paths that a page answers: a regular expression, or whoever can tell."""

    def match(self, path: str, /) -> Any:
        """Something true for a path that is meant."""


class OwnEvent(NamedTuple):
    """What a part runs by the clock: how often, and whether this site has use for it."""

    frequency: str | Callable[[Context], str]
    function: Callable[[], None]
    is_needed: Callable[[Context], bool]

    def frequency_in(self, ctx: Context) -> str:
        """How often, where the site's settings may say it."""
        return self.frequency if isinstance(self.frequency, str) else self.frequency(ctx)


Shortcut = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes] | None]
"""A WSGI application that needs nothing of a request's machinery, or None for what is not its own."""


def _publish_nothing(_ctx: Context, _event: str, _message: object, _room: str, _after_commit: bool) -> None:
    """The default of `publish`: no page is listening."""


def _desk_or_account(ctx: Context) -> str:
    info = ctx.user_info(ctx.user)
    return "/app" if info is not None and info.user_type == "System User" else "/me"


@dataclass
class Extensions:
    """What the parts of one site do. Without parts there is nothing in it."""

    # --- as long as the site lives ---
    on_configure: list[Callable[[Mapping[str, object]], None]] = field(default_factory=list)
    """Given the operator's settings, by `Site.configure`."""
    on_start: list[Callable[[Mapping[str, object]], None]] = field(default_factory=list)
    """Given them once a server begins its work beside requests: `Site.start`."""
    on_app: list[Callable[[InstalledApp], None]] = field(default_factory=list)
    """Given each app that the site takes in."""
    on_close: list[Callable[[], None]] = field(default_factory=list)
    """Called once, before the database is closed."""
    on_event: list[Function] = field(default_factory=list)
    """Called at each event of a document but `onload`, as functions of `doc_events` are."""
    own_events: dict[str, OwnEvent] = field(default_factory=dict)
    """What runs by the clock, by the dotted names that Frappe has for it."""

    # --- what answers a request ---
    shortcuts: list[Shortcut] = field(default_factory=list)
    """Asked before everything else; the first that answers has answered."""
    pages: list[tuple[Paths, Callable[[Context], Any]]] = field(default_factory=list)
    """Paths outside /api and what answers them; the first that matches does."""
    routes: list[tuple[int, str, str, Function]] = field(default_factory=list)
    """(API version, verbs, path, handler), tried before the kernel's own."""
    later: dict[str, Callable[[Context, str, Mapping[str, object]], object]] = field(default_factory=dict)
    """Methods that a job may do instead: each gives what to answer now, or None for a call as usual."""

    # --- who asks ---
    bearer_readers: list[Callable[[Context, str], str]] = field(default_factory=list)
    """Bearer token -> user. Raise AuthenticationError."""
    key_finders: list[Callable[[Context, str], Any]] = field(default_factory=list)
    """API key -> `auth.KnownKey`, or None."""
    own_credentials: set[str] = field(default_factory=set)
    """Methods called by programs that show credentials of their own, which say nothing of a user."""

    # --- around a request ---
    before: list[Callable[[Context], None]] = field(default_factory=list)
    """Called once the head of a request was read, before it is known who asks."""
    around: list[Callable[[Context, Callable[[], Any]], Any]] = field(default_factory=list)
    """(context, answer it) -> response, in the request's transaction. The last one stands outermost."""
    on_answer: list[Callable[[Context, int, float], None]] = field(default_factory=list)
    """(context, status, seconds), after each request."""

    # --- what people see ---
    message_page: Callable[[Context, Given], Any] | None = None
    """Makes the answer of `frappe.respond_as_web_page` a page."""
    fault_page: Callable[[Context, BaseException, int, str | None], Any] | None = None
    """Makes an error a page, for a person that looks at it."""
    home_of: Callable[[Context], str] = _desk_or_account
    """The path that somebody is led to after signing in."""
    publish: Callable[[Context, str, object, str, bool], None] = _publish_nothing
    """(context, event, message, room, after the commit?): tells the pages that are open."""
