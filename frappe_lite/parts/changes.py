"""`GET /api/v2/changes`: what was created, changed and deleted, in the order of the commits, for who may read it.

A client keeps the last cursor that it was given and asks for what came since: nothing is lost while it is away, nor
over a restart. The changes are written by triggers (`change_log`), in the transaction of what they tell of, whoever
wrote it. As `text/event-stream` the answer goes on for some seconds and then ends, so that it holds no worker; browsers
connect again.

    GET /api/v2/changes            ->  {"data": [], "cursor": "41", "has_next_page": false}           from here on
    GET /api/v2/changes?since=41   ->  {"data": [{"kind": "create", "doctype": "Task", …}], "cursor": "42"}
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from werkzeug.wrappers import Response

from .. import permissions
from ..access import auth
from ..context import Context, current
from ..doctype.meta import DocType
from ..errors import (
    AuthenticationError,
    BadRequestError,
    CursorTooOldError,
    DoesNotExistError,
    FrappeError,
    PermissionError,
)
from ..permissions import user_permission as user_permissions
from ..protocol import dump_json
from ..query import all_of
from ..router import Answer
from ..site import Site
from ..utils import cint, cstr
from ..values import Values
from . import change_log
from .change_log import Change

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
CHUNK, MAX_SCANNED = 500, 5000
"""How many changes are judged at a time, and in one request.

A reader who may see few of them gets an empty page with a new cursor.
"""

SPAN = 20_000
"""How many changes are looked through at a time for those of one DocType."""

MAX_STREAMS = 2
"""How many streams a process holds at a time.

More are answered at once with what there is, and come again: a site has few workers.
"""

POLL_SECONDS = 0.2
RETRY_MILLISECONDS = 2000


@dataclass(frozen=True)
class Page:
    """Some changes, the cursor behind them, and whether there are more already."""

    changes: list[Change]
    cursor: int
    more: bool


def attach(site: Site) -> None:
    """Let the database note changes; add the route."""
    change_log.install(site)
    site.extensions.routes.append((2, "GET", "changes", Feed().changes))


class Feed:
    """The route, and how many streams it holds open."""

    def __init__(self) -> None:
        self.streams = 0

    def changes(self, ctx: Context) -> Answer:
        """Creates, updates and deletes since a cursor, of what the caller may read; as `text/event-stream` too."""
        if ctx.user == "Guest":
            raise PermissionError.told("Log in to follow changes")
        params = ctx.request.params
        doctype = _doctype(ctx, params.get("doctype"))
        limit = min(cint(params.get("limit")) or DEFAULT_LIMIT, MAX_LIMIT)
        streams = "text/event-stream" in cstr(ctx.request.headers.get("Accept"))
        given = ctx.request.headers.get("Last-Event-ID") if streams else None
        since = _cursor(ctx, given or params.get("since"))
        if streams:
            seconds = cint(ctx.setting("change_stream_seconds"))
            body = self._stream(ctx, since, doctype, seconds)
            return Answer(
                Response(
                    body, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"}, direct_passthrough=True
                )
            )
        found = page(ctx, since, doctype, limit)
        return Answer(
            [_shown(each) for each in found.changes], extra={"cursor": str(found.cursor), "has_next_page": found.more}
        )

    def _stream(self, asked: Context, since: int, doctype: str | None, seconds: int) -> Iterator[bytes]:
        """Events until the time is over. Each look at the database is a request of its own, so that credentials and
        rights are those of the moment."""
        self.streams += 1
        deadline = time.monotonic() + (seconds if self.streams <= MAX_STREAMS else 0)
        try:
            yield b"retry: %d\nid: %d\n\n" % (RETRY_MILLISECONDS, since)
            while True:
                try:
                    found = _look(asked, since, doctype)
                except FrappeError:
                    return  # the client connects again and is told why
                yield b"".join(_event(each) for each in found.changes)
                if found.cursor != since and (not found.changes or found.changes[-1].cursor != found.cursor):
                    yield b"id: %d\n\n" % found.cursor  # no event, but the place to resume at
                since = found.cursor
                if not found.more and not _wait(asked.site, since, deadline):
                    return
        finally:
            self.streams -= 1


def _look(asked: Context, since: int, doctype: str | None) -> Page:
    """The next changes. Raises AuthenticationError if the caller is no more who asked, such as by a key that was
    revoked."""
    ctx = Context(asked.site, request=asked.request)
    token = current.set(ctx)  # the app's own rules ask who the user is
    try:
        auth.ask_apps(ctx, auth.admit(ctx, cstr(asked.request.headers.get("Authorization"))))
        if (ctx.user, ctx.scopes) != (asked.user, asked.scopes):
            raise AuthenticationError
        require_kept(ctx, since)
        return page(ctx, since, doctype, MAX_LIMIT)
    finally:
        ctx.rollback()
        current.reset(token)


def _wait(site: Site, since: int, deadline: float) -> bool:
    """Whether there is something new before the deadline."""
    while change_log.latest(site) <= since:
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(POLL_SECONDS, left))
    return time.monotonic() < deadline


def _event(change: Change) -> bytes:
    return b"id: %d\ndata: %b\n\n" % (change.cursor, dump_json(_shown(change)))


def _shown(change: Change) -> Values:
    return {
        "cursor": str(change.cursor),
        "kind": change.kind,
        "doctype": change.doctype,
        "name": change.name,
        "modified": change.modified,
    }


# --- what was asked --------------------------------------------------------------------------------------


def _doctype(ctx: Context, given: object) -> str | None:
    """The DocType to follow, or None for all. Raises DoesNotExistError, PermissionError."""
    if not given:
        return None
    meta = ctx.meta(cstr(given))
    permissions.require(ctx, meta, "read")
    if not change_log.followed(meta):
        raise BadRequestError.told(
            f"Changes of {meta.name} are not noted: child rows change with their document, and logs only grow"
        )
    return meta.name


def _cursor(ctx: Context, given: object) -> int:
    """The cursor that was sent; without one the present. Raises BadRequestError, CursorTooOldError."""
    if given in (None, ""):
        return change_log.latest(ctx.site)
    text = cstr(given)
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise BadRequestError.told("since is a cursor that an earlier answer gave, or 0 for everything that is kept")
    require_kept(ctx, int(text))
    return int(text)


def require_kept(ctx: Context, since: int) -> None:
    """Raises CursorTooOldError if changes after the cursor are gone, or if the cursor is of another database."""
    last = change_log.latest(ctx.site)
    if since == last:
        return
    first = ctx.store.database.row('SELECT seq, at FROM "__change" WHERE seq > ? ORDER BY seq LIMIT 1', (since,))
    days = cint(ctx.setting("change_feed_days")) or change_log.DEFAULT_DAYS
    if since > last or first is None or first[0] != since + 1 or first[1] < time.time() - days * 86400:
        raise CursorTooOldError.told(
            "The changes since this cursor are not kept any more. Take a new cursor, then read the lists again"
        )


# --- who may know ----------------------------------------------------------------------------------------


def page(ctx: Context, since: int, doctype: str | None, limit: int) -> Page:
    """The next changes that the caller may know of."""
    found: list[Change] = []
    cursor, scanned, last = since, 0, change_log.latest(ctx.site)
    while scanned < MAX_SCANNED:
        until = min(last, cursor + SPAN)
        chunk = change_log.read(ctx.store, cursor, until, doctype, CHUNK)
        scanned += CHUNK
        known = readable(ctx, chunk)
        for each in chunk:
            if each.cursor in known:
                if len(found) == limit:
                    return Page(found, cursor, True)
                found.append(each)
            cursor = each.cursor
        if len(chunk) < CHUNK and until == last:
            return Page(found, last, False)
        if len(chunk) < CHUNK:
            cursor = until
    return Page(found, cursor, True)


def readable(ctx: Context, chunk: list[Change]) -> set[int]:
    """The cursors of the changes that the caller may know of."""
    by_doctype: dict[str, list[Change]] = {}
    for each in chunk:
        by_doctype.setdefault(each.doctype, []).append(each)
    found: set[int] = set()
    for doctype, changes in by_doctype.items():
        try:
            meta = ctx.meta(doctype)
        except DoesNotExistError:
            continue
        found |= _readable_of(ctx, meta, changes)
    return found


def _readable_of(ctx: Context, meta: DocType, changes: list[Change]) -> set[int]:
    """Of one DocType: documents that are there by the rules of lists, those that are gone by what is known of them."""
    condition = permissions.rows(ctx, meta)
    if meta.issingle:
        return {each.cursor for each in changes} if permissions.judge(ctx, meta, "read").allowed else set()
    there: set[object] = set()
    if condition is not None:
        named = ctx.store.database.among(
            f'"{meta.table}".name', list({each.name for each in changes if each.kind != "delete"})
        )
        there = {row["name"] for row in ctx.store.find(meta, all_of([named, condition]))}
    found = {each.cursor for each in changes if each.kind != "delete" and each.name in there}
    left = [each for each in changes if each.cursor not in found]
    ends = change_log.deletions(ctx.store, meta.name, left) if left else {}
    found |= {each.cursor for each in left if (end := _end(ends, each)) and could_read(ctx, meta, end)}
    return found


def _end(ends: dict[object, list[Change]], change: Change) -> Change | None:
    """The deletion that a change of a gone document led to."""
    return next((each for each in ends.get(change.name, ()) if each.cursor >= change.cursor), None)


def could_read(ctx: Context, meta: DocType, deleted: Change) -> bool:
    """Whether the caller could have read the deleted document, by its owner, its links and its shares. In doubt: no."""
    if permissions.all_powerful(ctx):
        return permissions.in_scope(ctx, meta.name, "read")
    if not permissions.in_scope(ctx, meta.name, "read"):
        return False
    links, readers = change_log.known(ctx.store, deleted)
    if ctx.user in readers or "*" in readers:
        return True
    hooks = ("has_permission", "permission_query_conditions")
    if any(ctx.site.hook(hook, name) for hook in hooks for name in (meta.name, "*")):
        return False  # an app's own rules may look at values that are gone
    for limit in user_permissions.limits(ctx, meta):
        if limit.table is not None or limit.link is not None and limit.link.fieldname not in links:
            return False  # what its rows linked to is gone with it
    return permissions.judge(ctx, meta, "read", {**links, "name": deleted.name, "owner": deleted.owner}).allowed
