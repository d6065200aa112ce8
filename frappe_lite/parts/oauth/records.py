"""Clients, codes and tokens as they are kept, found by what a program shows; and what a token says of its user."""

from __future__ import annotations

import datetime
import re
import secrets

from ... import permissions
from ...access.hashing import digest
from ...context import Context
from ...query import Condition
from ...utils import DATETIME_FORMAT, _dict, cint, cstr, now, now_datetime
from ...values import JsonObject

CLIENT, CODE, TOKEN, SETTINGS = (
    "OAuth Client",
    "OAuth Authorization Code",
    "OAuth Bearer Token",
    "OAuth Provider Settings",
)


CODE_SECONDS, TOKEN_SECONDS = 600, 3600


SUBJECT = (
    "openid subject"  # the field of `__Auth` that keeps a user's identifier for other programs: it goes with the user
)


def find_client(ctx: Context, client_id: object) -> _dict | None:
    """The client of that id, or None."""
    row = ctx.store.load_row(ctx.meta(CLIENT), client_id) if isinstance(client_id, str) else None
    return _dict(row) if row and row["name"] == client_id else None


def find_token(ctx: Context, token: object, columns: tuple[str, ...] = ("name", "refresh_token")) -> _dict | None:
    """The row of an access or a refresh token, whatever its state, or None."""
    meta = ctx.meta(TOKEN)
    for column in columns:
        rows = ctx.store.find(meta, Condition(f"{column} = ?", (digest(cstr(token)),)), meta.columns, limit=1)
        if rows:
            return _dict(rows[0])
    return None


def is_live(ctx: Context, row: _dict) -> bool:
    """Whether an access token is neither revoked nor expired, and its user may still come in."""
    return row.status == "Active" and row.expiration_time > now() and is_enabled(ctx, row.user)


def is_enabled(ctx: Context, user: str) -> bool:
    """Whether the user may still come in; a guest never does by a token."""
    info = ctx.user_info(user)
    return info is not None and info.enabled and user != permissions.GUEST


def revoke(ctx: Context, condition: str, *params: object) -> None:
    """End every token that the condition finds."""
    ctx.store.database.execute(f"UPDATE \"tabOAuth Bearer Token\" SET status = 'Revoked' WHERE {condition}", params)


def moment(seconds: float) -> str:
    """A moment so many seconds from now, as it is stored."""
    return (now_datetime() + datetime.timedelta(seconds=seconds)).strftime(DATETIME_FORMAT)


def keep(ctx: Context, doctype: str, user: str, **values: object) -> None:
    """Store a row that no client may write, without the life of a document."""
    meta = ctx.meta(doctype)
    row = {column: kind.empty for column, kind in meta.columns.items()}
    row.update(owner=user, modified_by=user, user=user, creation=now(), modified=now(), docstatus=0, idx=0, **values)
    ctx.store.insert(meta, row)


def refresh_seconds(ctx: Context) -> int:
    """How long a refresh token lasts if it is not used."""
    return (cint(ctx.single(SETTINGS, "refresh_token_days")) or 90) * 86400


def issuer(ctx: Context) -> str:
    """What endpoints and id_tokens begin with: the site's `url`.

    Without one, the address that the caller reached it by.
    """
    host = ctx.request.host
    if ctx.site.url or not re.fullmatch(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?", host):
        return ctx.site.address
    return f"{ctx.request.scheme}://{host}"


def claims(ctx: Context, user: str) -> JsonObject:
    """What a client learns of a user: Frappe's openid profile."""
    row = _dict(ctx.store.load_row(ctx.meta("User"), user) or {})
    given = [each["role"] for each in ctx.store.load_children(ctx.meta("Has Role"), "User", user, "roles")]
    roles = ctx.roles_of(user)
    ordered = [role for role in dict.fromkeys([*given, "All", "Guest", "Desk User", *sorted(roles)]) if role in roles]
    picture = cstr(row.user_image)
    if picture.startswith("/"):
        picture = issuer(ctx) + picture
    return {
        "sub": subject(ctx, user), "name": " ".join(filter(None, (row.first_name, row.last_name))),
        "given_name": row.first_name,
        "family_name": row.last_name or None, "iss": issuer(ctx), "picture": picture or None, "email": row.email,
        "roles": ordered,
    }  # fmt: skip


def subject(ctx: Context, user: str) -> str:
    """A name for the user that stays when the user is renamed, and goes when the user is deleted."""
    found = ctx.store.secret("User", user, SUBJECT)
    if found:
        return found[0]
    made = secrets.token_hex(16)
    with ctx.store.database.transaction():
        ctx.store.set_secret("User", user, SUBJECT, made)
    return made
