"""From `Credentials` to a user: passwords, sessions, API keys, bearer tokens, throttling. CSRF is the business of `csrf`.

Secrets are kept as hashes and compared in constant time; unknown and known users cost the same. Wrong credentials are
401 and never fall back to another kind; a forged or ended session is Guest, and says `session_expired`.
"""

from __future__ import annotations

import functools
import ipaddress
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as url_quote

from werkzeug.http import dump_cookie
from werkzeug.security import check_password_hash, generate_password_hash

from ..context import Context
from ..errors import AuthenticationError, ResetLinkError, ValidationError
from ..protocol import Anonymous, ApiKey, BearerToken, Credentials, SessionCookie
from ..query import Condition
from ..site import Site
from ..store import digest, same
from ..throttle import network_of
from ..utils import cint, cstr, now, now_datetime, time_diff_in_seconds

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "QUERY")
COOKIES = ("sid", "system_user", "full_name", "user_id", "user_image")
SEEN_SECONDS = 600
ADDRESS_FACTOR = 10
"""An address may fail so many times as often as a user: several people may share it."""


def authenticate(ctx: Context, credentials: Credentials) -> None:
    """Set the context's user from the credentials. Raises AuthenticationError for wrong ones."""
    if isinstance(credentials, Anonymous):
        return
    if isinstance(credentials, ApiKey):
        ctx.user = _user_of_key(ctx, credentials)
    elif isinstance(credentials, SessionCookie):
        _resume_session(ctx, credentials.sid)
    elif isinstance(credentials, BearerToken):
        ctx.user = _user_of_token(ctx, credentials.token)


def _user_of_token(ctx: Context, token: str) -> str:
    for reader in ctx.site.bearer_readers:
        return reader(ctx, token)
    raise AuthenticationError


# --- API keys --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KnownKey:
    """What is kept of an API key. `used` is told of each use."""

    user: str
    secret: str  # its hash
    scopes: frozenset[str] | None = None  # None: whatever the user may
    expires_on: str = ""
    used: Callable[[], None] | None = None


def _user_of_key(ctx: Context, credentials: ApiKey) -> str:
    known: KnownKey | None = ctx.caches.get(("key", credentials.key)) or _learn_key(ctx, credentials.key)
    guesses, caller = ctx.site.login_tracker, (ctx.request.remote_addr, credentials.key)
    fits = same(digest(credentials.secret), known.secret if known else digest("no secret"))
    if (
        not fits or known is None or caller not in guesses.familiar
    ):  # an address that guesses is refused, but not who came in from there before
        _judge_guess(ctx, failed=not fits or known is None)
    if known is None or (known.expires_on and known.expires_on <= now()):
        raise AuthenticationError
    if caller not in guesses.familiar:
        guesses.remember(caller)
    if known.used:
        known.used()
    ctx.scopes = known.scopes
    return known.user


def _judge_guess(ctx: Context, failed: bool) -> None:
    """Raises TooManyRequestsError for an address that guessed too often, AuthenticationError for a guess that failed."""
    keys, (most, seconds) = [f"key:{network_of(ctx.request.remote_addr)}"], login_limit(ctx)
    ctx.site.login_tracker.require_allowed(keys, most * ADDRESS_FACTOR)
    if failed:
        ctx.site.login_tracker.failed(keys, seconds)
        raise AuthenticationError


def _learn_key(ctx: Context, key: str) -> KnownKey | None:
    """Look a key up and remember it. What is no key is not remembered: guesses would fill the memory."""
    for find in (*ctx.site.key_finders, _find_classic_key):
        known: KnownKey | None = find(ctx, key)
        if known is not None:
            ctx.caches["key", key] = known
            return known
    return None


def _find_classic_key(ctx: Context, key: str) -> KnownKey | None:
    """The one key that stands in the User document."""
    rows = ctx.store.find(ctx.meta("User"), Condition("api_key = ? AND enabled = 1", (key,)), ("name", "api_key"))
    for row in rows:
        found = ctx.store.secret("User", row["name"], "api_secret")
        if found and row["api_key"] == key:
            return KnownKey(row["name"], found[0])
    return None


def generate_keys(ctx: Context, user: str) -> tuple[str, str]:
    """A new secret for the user, and a key if there was none. The secret is given out this once."""
    key = (
        ctx.store.find(ctx.meta("User"), Condition("name = ?", (user,)), ("api_key",))[0]["api_key"]
        or secrets.token_hex(8)[:15]
    )
    secret = secrets.token_hex(16)[:15] if ctx.flags.short_secret else secrets.token_hex(16)
    ctx.store.update(ctx.meta("User"), user, {"api_key": key, "api_secret": "*" * len(secret)})
    ctx.store.set_secret("User", user, "api_secret", digest(secret))
    ctx.touch("User")
    return key, secret


# --- passwords -------------------------------------------------------------------------------------------


def set_password(ctx: Context, user: str, password: str, end_sessions: bool = True) -> None:
    """Set a user's password; sessions end with the old one."""
    check_policy(ctx, password)
    _keep_password(ctx, user, _hash(ctx, password), end_sessions)


def _hash(ctx: Context, password: str) -> str:
    """A slow hash. Made before a transaction begins: writers do not wait for it."""
    with ctx.site.hashing.entered():
        return generate_password_hash(password)


def _keep_password(ctx: Context, user: str, kept: str, end_sessions: bool = True) -> None:
    ctx.store.set_secret("User", user, "password", kept)
    ctx.store.update(ctx.meta("User"), user, {"reset_password_key": None})  # a link that was sent before is over
    if end_sessions:
        end_sessions_of(ctx, user, keep=ctx.sid)


def check_policy(ctx: Context, password: str) -> None:
    """Raises ValidationError for a password that is too easy to guess."""
    if len(password) > 512:
        raise ValidationError.told("A password has at most 512 characters")
    if (
        cint(ctx.setting("enable_password_policy"))
        and not ctx.flags.ignore_password_policy
        and (len(password) < 8 or len(set(password)) < 5)
    ):
        raise ValidationError.told(
            "The password is too easy to guess: use 8 characters or more, of 5 different kinds at least",
            title="Invalid Password",
        )


def has_password(ctx: Context, user: str) -> bool:
    """Whether the user has a password at all."""
    return ctx.store.secret("User", user, "password") is not None


def check_password(ctx: Context, user: str, password: str) -> bool:
    """Whether it is the user's password; takes as long for a user who does not exist."""
    stored = ctx.store.secret("User", user, "password") if user else None
    kept = stored[0] if stored else _dummy_hash()
    with ctx.site.hashing.entered():
        fits = check_password_hash(kept, password)
    return fits and stored is not None


@functools.cache
def _dummy_hash() -> str:
    """What an unknown user's password is compared with, so that it takes as long."""
    return generate_password_hash(secrets.token_hex())


def log_in(ctx: Context, usr: Any, pwd: Any) -> str:
    """Check a password and begin a session; the user's name. Raises AuthenticationError, TooManyRequestsError."""
    if not usr or not pwd or not isinstance(usr, str) or not isinstance(pwd, str):
        raise AuthenticationError("Incomplete login details")
    user = find_user(ctx, usr)
    most, seconds = login_limit(ctx)
    keys = [f"user:{(user or usr.strip())[:140].lower()}", f"address:{network_of(ctx.request.remote_addr)}"]
    tracker = ctx.site.login_tracker
    tracker.require_allowed(keys[:1], most)
    tracker.require_allowed(keys[1:], most * ADDRESS_FACTOR)
    if not check_password(ctx, user, pwd[:512]):
        tracker.failed(keys, seconds)
        raise AuthenticationError("Invalid login credentials")
    info = ctx.user_info(user)
    if info is None or not info.enabled:
        raise AuthenticationError("User disabled or missing")
    _require_place_and_hour(ctx, user)
    tracker.succeeded(keys[:1])
    begin_session(ctx, user)
    return user


def _require_place_and_hour(ctx: Context, user: str) -> None:
    """`restrict_ip`, `login_after` and `login_before` of the User. Raises AuthenticationError, with Frappe's words."""
    row = ctx.store.load_row(ctx.meta("User"), user) or {}
    places = cstr(row.get("restrict_ip")).replace(",", " ").split()
    if places and not any(_is_at(ctx.request.remote_addr, place) for place in places):
        raise AuthenticationError("Access not allowed from this IP Address")
    hour, after, before = now_datetime().hour, cint(row.get("login_after")), cint(row.get("login_before"))
    if (before and hour >= before) or (after and hour < after):
        raise AuthenticationError("Login not allowed at this time")


def _is_at(address: str, place: str) -> bool:
    """Whether the address is the place, in the network that it is, or begins with its numbers."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(place, strict=False)
    except ValueError:  # Frappe: 10.1 means what begins with it
        return address.startswith(place.rstrip(".") + ".")


def require_old_password(ctx: Context, given: Any) -> None:
    """Raises ValidationError unless it is the caller's password, TooManyRequestsError after too many tries."""
    (most, seconds), keys = login_limit(ctx), [f"user:{ctx.user.lower()}"]
    ctx.site.login_tracker.require_allowed(keys, most)
    if not isinstance(given, str) or not check_password(ctx, ctx.user, given[:512]):
        ctx.site.login_tracker.failed(keys, seconds)
        raise ValidationError.told("The old password is wrong")


def login_limit(ctx: Context) -> tuple[int, int]:
    """How many failures lock a user, and for how many seconds: Frappe's settings."""
    return cint(ctx.setting("allow_consecutive_login_attempts")) or 10, cint(
        ctx.setting("allow_login_after_fail")
    ) or 60


def find_user(ctx: Context, usr: str) -> str:
    """The user whose name or email (or, by setting, user name) this is; empty text for none."""
    text = usr.strip()
    rows = ctx.store.find(ctx.meta("User"), Condition("name = ? OR email = ?", (text, text)), limit=1)
    also = {
        "mobile_no": ctx.setting("allow_login_using_mobile_number"),
        "username": ctx.setting("allow_login_using_user_name"),
    }
    for column in [each for each in also if cint(also[each]) and text and not rows]:
        found = ctx.store.find(ctx.meta("User"), Condition(f"{column} = ?", (text,)), limit=2)
        rows = found if len(found) == 1 else rows  # a number that two people have names neither
    return rows[0]["name"] if rows else ""


# --- reset links -----------------------------------------------------------------------------------------


def make_reset_key(ctx: Context, usr: str) -> None:
    """A single-use key for the user, kept as a hash; the link with it goes to `Site(on_reset_link=…)`, else to the log."""
    tracker = ctx.site.login_tracker
    keys = [f"reset:{usr[:140].lower()}", f"reset:{network_of(ctx.request.remote_addr)}"]
    tracker.require_allowed(keys, cint(ctx.setting("password_reset_limit")) or 3)
    tracker.failed(keys, 3600)
    user, key = find_user(ctx, usr), secrets.token_urlsafe(32)
    info = ctx.user_info(user) if user else None
    if info is None or not info.enabled or user in ("Guest", "Administrator"):
        return  # the Administrator's password is set by frappe-lite set-password
    ctx.store.update(
        ctx.meta("User"), user, {"reset_password_key": digest(key), "last_reset_password_key_generated_on": now()}
    )
    link = f"{ctx.site.address}/update-password?key={key}"
    ctx.after_commit.append(lambda: ctx.site.on_reset_link(user, link))


def set_password_by_key(ctx: Context, key: str, password: str) -> None:
    """Set the password of whose key this is; the key is used up. Raises ResetLinkError, ValidationError."""
    user_of_reset_key(ctx, key)  # one that is no good costs no hash
    check_policy(ctx, password)
    kept = _hash(ctx, password)
    ctx.store.database.begin_write()
    user = user_of_reset_key(ctx, key)
    ctx.store.update(ctx.meta("User"), user, {"reset_password_key": None})
    _keep_password(ctx, user, kept)


def user_of_reset_key(ctx: Context, key: str) -> str:
    """The user whose key this is. Raises ResetLinkError for an unknown, used or old one."""
    rows = ctx.store.find(
        ctx.meta("User"),
        Condition("reset_password_key = ? AND enabled = 1", (digest(key),)),
        ("name", "last_reset_password_key_generated_on"),
    )
    seconds = cint(ctx.setting("reset_password_link_expiry_duration")) or 86400
    if not rows or time_diff_in_seconds(now(), rows[0]["last_reset_password_key_generated_on"]) > seconds:
        raise ResetLinkError.told("The reset password link has either been used before or is invalid")
    return cstr(rows[0]["name"])


# --- sessions --------------------------------------------------------------------------------------------


def begin_session(ctx: Context, user: str) -> None:
    """A new session, whatever came before; its cookies go with the answer, in Frappe's order."""
    sid, now = secrets.token_hex(32), time.time()  # a new sid at each login: none that was planted before it counts
    if cint(ctx.setting("deny_multiple_sessions")):
        end_sessions_of(ctx, user)
    agent = cstr(ctx.request.headers.get("User-Agent"))[:255]
    values = (digest(sid), user, now, now, ctx.request.remote_addr, agent)
    ctx.store.database.execute('DELETE FROM "tabSessions" WHERE seen < ?', (now - session_seconds(ctx),))
    ctx.store.database.execute(
        'INSERT INTO "tabSessions" (sid, user, created, seen, ip, user_agent) VALUES (?, ?, ?, ?, ?, ?)', values
    )
    info = ctx.user_info(user)
    assert info is not None
    ctx.user, ctx.sid = user, sid
    desk = info.user_type == "System User"
    cookies = (sid, "yes" if desk else "no", url_quote(info.full_name), url_quote(user), url_quote(info.user_image))
    _set_cookies(ctx, cookies, expires=None)


def log_out(ctx: Context) -> None:
    """End the session, expire its cookies."""
    if ctx.sid:
        ctx.store.database.execute('DELETE FROM "tabSessions" WHERE sid = ?', (digest(ctx.sid),))
    ctx.user, ctx.sid = "Guest", ""
    _set_cookies(ctx, ("", "", "", "", ""), expires=0)


def _set_cookies(ctx: Context, values: tuple[str, ...], expires: int | None) -> None:
    secure = ctx.request.scheme == "https"
    for name, value in zip(COOKIES, values, strict=True):
        # Frappe: clients read user_id from document.cookie; only sid is hidden from scripts
        cookie = dump_cookie(
            name, value, expires=expires, path="/", secure=secure, httponly=name == "sid", samesite="Lax"
        )
        ctx.headers.append(("Set-Cookie", cookie))


def end_sessions_of(ctx: Context, user: str, keep: str = "") -> None:
    """End the user's sessions, but the one to keep."""
    ctx.store.database.execute(
        'DELETE FROM "tabSessions" WHERE user = ? AND sid != ?', (user, digest(keep) if keep else "")
    )


def _resume_session(ctx: Context, sid: str) -> None:
    row = ctx.store.database.row('SELECT user, seen, created FROM "tabSessions" WHERE sid = ?', (digest(sid),))
    now = time.time()
    info = ctx.user_info(row[0]) if row else None
    if (
        row is None
        or info is None
        or not info.enabled
        or now - row[1] > session_seconds(ctx)
        or now - row[2] > lifetime_seconds(ctx)
    ):
        ctx.session_expired = True
        return
    ctx.user, ctx.sid = info.name, sid
    if now - row[1] > min(SEEN_SECONDS, session_seconds(ctx) / 10):  # by a job: a reader waits for no writer
        ctx.site.run_later("Administrator", _write_seen, {"site": ctx.site, "kept": digest(sid), "moment": now})


def _write_seen(site: Site, kept: str, moment: float) -> None:
    site.database.execute('UPDATE "tabSessions" SET seen = ? WHERE sid = ? AND seen < ?', (moment, kept, moment))


def session_seconds(ctx: Context) -> int:
    """How long a session lasts after its last use, from `session_expiry` (hours:minutes)."""
    return _seconds(ctx.setting("session_expiry")) or _seconds("170:00")


def lifetime_seconds(ctx: Context) -> float:
    """How long a session lasts at all, from `session_lifetime`."""
    return _seconds(ctx.setting("session_lifetime")) or math.inf


def _seconds(text: Any) -> int:
    hours, _, minutes = cstr(text).partition(":")
    return cint(hours) * 3600 + cint(minutes) * 60


def first_password(site: Site, given: str | None) -> str | None:
    """Make sure that the Administrator has a password; the new one if it had to be made."""
    with site.acting() as ctx:
        if given:
            ctx.flags.ignore_password_policy = True
            if not check_password(ctx, "Administrator", given):
                set_password(ctx, "Administrator", given)
            return None
        if has_password(ctx, "Administrator"):
            return None
        made = secrets.token_urlsafe(12)
        set_password(ctx, "Administrator", made)
        return made
