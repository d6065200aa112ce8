"""A person's sessions: where one is signed in, and ending one of them.

A session is named by a hash of the hash that is kept of its sid, so that nobody can use what is shown here.

    GET  …frappe_lite.sessions.get_list          ->  [{"id": …, "user": …, "ip": …, "last_seen": …, "current": true}]
    POST …frappe_lite.sessions.end  {"id": …}    ->  "ended"
"""

from __future__ import annotations

import datetime
import time

from ..access import identity, sessions
from ..access.hashing import digest
from ..context import Context
from ..errors import DoesNotExistError, PermissionError
from ..site import Site
from ..utils import DATETIME_FORMAT
from ..values import Values
from ..whitelist import method


def attach(site: Site) -> None:
    """Nothing to hook in: the methods below are all there is."""


@method("frappe_lite.sessions.get_list", methods=["GET"])
def get_list(ctx: Context, user: str | None = None, everybody: bool = False) -> list[Values]:
    """The caller's sessions, the latest first.

    For a System Manager those of another `user`, or of `everybody` whose sessions one may end.
    """
    if everybody and identity.SYSTEM_MANAGER not in ctx.roles:
        raise PermissionError.told("Only a System Manager may see the sessions of others")
    whose = None if everybody else identity.charge(ctx, user or ctx.user).name
    seen = [each for each in _sessions(ctx, whose) if identity.looks_after(ctx, each["user"])]
    return [{key: value for key, value in each.items() if key != "sid"} for each in seen]


@method("frappe_lite.sessions.end", methods=["POST"])
def end(ctx: Context, id: str) -> str:
    """End a session, one's own or, for a System Manager, anybody's but the Administrator's."""
    identity.require_full_scope(ctx, "sessions")
    ctx.store.database.begin_write()
    found = [each for each in _sessions(ctx) if each["id"] == id and identity.looks_after(ctx, each["user"])]
    if not found:
        raise DoesNotExistError.told(f"There is no session {id}")
    if found[0]["current"]:
        sessions.end(ctx)
    else:
        ctx.store.database.execute('DELETE FROM "tabSessions" WHERE sid = ?', (found[0]["sid"],))
    return "ended"


@method("frappe_lite.sessions.end_all", methods=["POST"])
def end_all(ctx: Context, user: str) -> int:
    """Sign somebody out everywhere; of oneself this session stays. How many sessions ended."""
    identity.require_full_scope(ctx, "sessions")
    name = identity.charge(ctx, user).name
    ctx.store.database.begin_write()
    ended = [each for each in _sessions(ctx, name) if not each["current"]]
    sessions.end_all_of(ctx, name, keep=ctx.sid or "")
    return len(ended)


def _sessions(ctx: Context, user: str | None = None) -> list[Values]:
    """The sessions that have not expired."""
    sql = (
        'SELECT sid, user, ip, user_agent, created, seen FROM "tabSessions" WHERE seen >= ? AND user = coalesce(?, '
        "user) ORDER BY seen DESC"
    )
    current = digest(ctx.sid) if ctx.sid else ""
    return [
        {
            "sid": sid, "id": digest(f"session {sid}")[:20], "user": owner, "ip": ip, "user_agent": agent,
            "creation": _text(created), "last_seen": _text(seen), "current": sid == current,
        }
        for sid, owner, ip, agent, created,
        seen in ctx.store.database.rows(sql, (time.time() - sessions.session_seconds(ctx), user))
    ]  # fmt: skip


def _text(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment).strftime(DATETIME_FORMAT)
