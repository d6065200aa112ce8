"""Who is connected, and what each may hear. Asks the database; knows no socket.

Who a peer is, is asked anew whenever it matters: a session that ended, a key that was revoked, a right that was taken
away count from the next event on.

    admit(site, environ)                          ->  Peer("ann@x.org", is_system_user, environ)
    may_join(site, peer, "Task", "TASK-1")        ->  yes or no, by the rules of reading
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ...access import auth
from ...context import Context, current
from ...errors import DoesNotExistError, FrappeError
from ...methods.front_ends import realtime_has_permission
from ...request import unread_request
from ...site import Site
from ...utils import cstr
from ...values import JsonObject
from .. import changes
from ..change_log import Change

GUEST = "Guest"
MOST_ROOMS = 500
"""Of one peer: a page looks at a list and a document, and leaves them again."""


@dataclass
class Peer:
    """One page that is connected."""

    user: str
    is_system_user: bool
    environ: JsonObject
    rooms: set[str] = field(default_factory=set)
    opened: set[tuple[str, str]] = field(default_factory=set)  # documents that it looks at


def known_namespaces(site: Site, environ: dict[str, object]) -> set[str]:
    """The namespaces that a page may name: the site's own, and the host that it asks for it by."""
    return {f"/{site.title}", f"/{_host(cstr(environ.get('HTTP_HOST')))}"}


def is_same_host(origin: str, environ: dict[str, object]) -> bool:
    """Whether a page may connect: it comes from this host, whatever the port. Programs name no origin."""
    return not origin or urlsplit(origin).hostname == _host(cstr(environ.get("HTTP_HOST")))


def _host(netloc: str) -> str:
    return urlsplit(f"//{netloc}").hostname or ""


@contextlib.contextmanager
def acting(site: Site, environ: dict[str, object]) -> Iterator[Context]:
    """A look at the site as who connected, by cookie or header. Raises AuthenticationError."""
    ctx = Context(site, request=unread_request(environ))
    token = current.set(ctx)
    try:
        auth.ask_apps(ctx, auth.admit(ctx, cstr(environ.get("HTTP_AUTHORIZATION"))))
        yield ctx
    finally:
        ctx.rollback()
        current.reset(token)


def admit(site: Site, environ: JsonObject) -> Peer:
    """Who connects. Raises AuthenticationError for wrong credentials; without any it is a guest."""
    with acting(site, environ) as ctx:
        info = ctx.user_info(ctx.user)
        return Peer(ctx.user, info is not None and info.user_type == "System User", environ)


def may_join(site: Site, peer: Peer, doctype: object, name: object = None) -> bool:
    """Whether the peer may read the document, or documents of the DocType."""
    try:
        with acting(site, peer.environ) as ctx:
            return bool(realtime_has_permission(ctx, cstr(doctype), name))
    except FrappeError:
        return False


def is_in(peer: Peer, room: str) -> bool:
    """Whether the peer is in a room: one that it joined, or its own from the beginning."""
    return room in peer.rooms or room in (f"user:{peer.user}", "website") or (room == "all" and peer.is_system_user)


def may_hear(site: Site, peer: Peer, room: str) -> bool:
    """Whether the peer may hear what is said in a room that it is in, as things are now. What is said of a document
    that is gone is for who reads its DocType."""
    if room == "website":
        return True
    kind, _, rest = room.partition(":")
    doctype, _, name = rest.partition("/") if kind in ("doc", "open_doc") else (rest, "", "")
    try:
        with acting(site, peer.environ) as ctx:
            info = ctx.user_info(ctx.user)
            if ctx.user != peer.user or (room == "all" and (info is None or info.user_type != "System User")):
                return False
            with contextlib.suppress(DoesNotExistError):
                return kind not in ("doc", "open_doc", "doctype") or realtime_has_permission(ctx, doctype, name)
            return realtime_has_permission(ctx, doctype)
    except FrappeError:
        return False


def heard(site: Site, peer: Peer, found: Iterable[Change]) -> list[Change]:
    """The changes that concern the peer's rooms, and that it may know of now."""
    meant = [
        each
        for each in found
        if f"doctype:{each.doctype}" in peer.rooms or f"doc:{each.doctype}/{cstr(each.name)}" in peer.rooms
    ]
    if not meant:
        return []
    try:
        with acting(site, peer.environ) as ctx:
            known = changes.readable(ctx, meant) if ctx.user == peer.user else set()
            return [each for each in meant if each.cursor in known]
    except FrappeError:
        return []


def messages_of(site: Site, peer: Peer, change: Change) -> list[tuple[str, JsonObject]]:
    """What a peer is told of a change, by its rooms, in Frappe's words."""
    found: list[tuple[str, dict[str, object]]] = []
    name = {"doctype": change.doctype, "name": change.name}
    if change.kind == "update" and f"doc:{change.doctype}/{cstr(change.name)}" in peer.rooms:
        found.append(("doc_update", {**name, "modified": change.modified}))
    if f"doctype:{change.doctype}" in peer.rooms:
        found.append(("list_update", {**name, "user": _changed_by(site, change)}))
    return found


def _changed_by(site: Site, change: Change) -> str:
    ctx = site.new_context()
    try:
        meta = ctx.meta(change.doctype)
        row = None if meta.issingle else ctx.store.load_row(meta, change.name)
        return cstr(row["modified_by"] if row else change.owner)
    except FrappeError:
        return ""
    finally:
        ctx.rollback()
