"""From `Credentials` to a user: passwords, sessions, API keys, bearer tokens, CSRF, throttling.

Secrets are kept as hashes and compared in constant time; unknown and known users cost the same. Wrong credentials are
401 and never fall back to another kind; a forged or ended session is Guest, and says `session_expired`.
"""

from __future__ import annotations

import functools
import secrets
import threading
import time
from typing import Any
from urllib.parse import quote as url_quote

from werkzeug.http import dump_cookie
from werkzeug.security import check_password_hash, generate_password_hash

from .errors import AuthenticationError, CSRFTokenError, ResetLinkError, SessionExpired, TooManyRequestsError, ValidationError
from .protocol import Anonymous, ApiKey, BearerToken, Credentials, SessionCookie
from .query import Condition
from .site import Context, Site
from .store import digest, same
from .utils import cint, cstr, now, time_diff_in_seconds

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "QUERY")
COOKIES = ("sid", "system_user", "full_name", "user_id", "user_image")
SEEN_SECONDS = 600


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


def _user_of_key(ctx: Context, credentials: ApiKey) -> str:
    user, stored = ctx.cached(("key", credentials.key), lambda: _find_key(ctx, credentials.key))
    if not same(digest(credentials.secret), stored or digest("no secret")) or not stored:
        raise AuthenticationError
    return cstr(user)


def _find_key(ctx: Context, key: str) -> tuple[str, str]:
    rows = ctx.store.find(ctx.meta("User"), Condition("api_key = ? AND enabled = 1", (key,)), ("name", "api_key"))
    for row in rows:
        found = ctx.store.secret("User", row["name"], "api_secret")
        if found and row["api_key"] == key:
            return row["name"], found[0]
    return "", ""


def generate_keys(ctx: Context, user: str) -> tuple[str, str]:
    """A new secret for the user, and a key if there was none. The secret is given out this once."""
    key = ctx.store.find(ctx.meta("User"), Condition("name = ?", (user,)), ("api_key",))[0]["api_key"] or secrets.token_hex(8)[:15]
    secret = secrets.token_hex(16)[:15] if ctx.flags.short_secret else secrets.token_hex(16)
    ctx.store.update(ctx.meta("User"), user, {"api_key": key, "api_secret": "*" * len(secret)})
    ctx.store.set_secret("User", user, "api_secret", digest(secret))
    ctx.touch("User")
    return key, secret


# --- passwords -------------------------------------------------------------------------------------------


def set_password(ctx: Context, user: str, password: str, end_sessions: bool = True) -> None:
    """Set a user's password; sessions end with the old one."""
    check_policy(ctx, password)
    ctx.store.set_secret("User", user, "password", generate_password_hash(password))
    ctx.store.update(ctx.meta("User"), user, {"reset_password_key": None})  # a link that was sent before is over
    if end_sessions:
        end_sessions_of(ctx, user, keep=ctx.sid)


def check_policy(ctx: Context, password: str) -> None:
    """Raises ValidationError for a password that is too easy to guess."""
    if len(password) > 512:
        raise ValidationError.told("A password has at most 512 characters")
    if cint(ctx.setting("enable_password_policy")) and not ctx.flags.ignore_password_policy and (len(password) < 8 or len(set(password)) < 5):
        raise ValidationError.told("The password is too easy to guess: use 8 characters or more, of 5 different kinds at least", title="Invalid Password")


def has_password(ctx: Context, user: str) -> bool:
    """Whether the user has a password at all."""
    return ctx.store.secret("User", user, "password") is not None


def check_password(ctx: Context, user: str, password: str) -> bool:
    """Whether it is the user's password; takes as long for a user who does not exist."""
    stored = ctx.store.secret("User", user, "password") if user else None
    fits = check_password_hash(stored[0] if stored else _dummy_hash(), password)
    return fits and stored is not None


@functools.cache
def _dummy_hash() -> str:
    """What an unknown user's password is compared with, so that it takes as long."""
    return generate_password_hash(secrets.token_hex())


class LoginTracker:
    """Failed logins, per user and per address, in this process."""

    def __init__(self) -> None:
        self._failures: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def require_allowed(self, keys: list[str], most: int, seconds: int) -> None:
        """Raises TooManyRequestsError if one of the keys failed too often of late."""
        now = time.monotonic()
        for key in keys:
            count, since = self._failures.get(key, (0, now))
            if count >= most and now - since < seconds:
                error = TooManyRequestsError.told(f"Your account has been locked and will resume after {seconds} seconds")
                error.headers = (("Retry-After", str(int(seconds - (now - since)) + 1)),)
                raise error

    def failed(self, keys: list[str], seconds: int) -> None:
        """Count a failure."""
        now = time.monotonic()
        with self._lock:
            if len(self._failures) > 10_000:
                self._failures = {key: value for key, value in self._failures.items() if now - value[1] < seconds}
            for key in keys:
                count, since = self._failures.get(key, (0, now))
                self._failures[key] = (count + 1, now) if now - since < seconds else (1, now)

    def succeeded(self, keys: list[str]) -> None:
        """Forget the failures."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)


def log_in(ctx: Context, usr: Any, pwd: Any) -> str:
    """Check a password and begin a session; the user's name. Raises AuthenticationError, TooManyRequestsError."""
    if not usr or not pwd or not isinstance(usr, str) or not isinstance(pwd, str):
        raise AuthenticationError("Incomplete login details")
    user = find_user(ctx, usr)
    most, seconds = cint(ctx.setting("allow_consecutive_login_attempts")) or 10, cint(ctx.setting("allow_login_after_fail")) or 60
    keys = [f"user:{(user or usr).lower()}", f"address:{ctx.request.remote_addr}"]
    tracker: LoginTracker = ctx.site.login_tracker
    tracker.require_allowed(keys[:1], most, seconds)
    tracker.require_allowed(keys[1:], most * 10, seconds)
    if not check_password(ctx, user, pwd[:512]):
        tracker.failed(keys, seconds)
        raise AuthenticationError("Invalid login credentials")
    info = ctx.user_info(user)
    if info is None or not info.enabled:
        raise AuthenticationError("User disabled or missing")
    tracker.succeeded(keys[:1])
    begin_session(ctx, user)
    return user


def find_user(ctx: Context, usr: str) -> str:
    """The user whose name or email (or, by setting, user name) this is; empty text for none."""
    text = usr.strip()
    rows = ctx.store.find(ctx.meta("User"), Condition("name = ? OR email = ?", (text, text)), limit=1)
    if not rows and cint(ctx.setting("allow_login_using_user_name")):
        rows = ctx.store.find(ctx.meta("User"), Condition("username = ?", (text,)), limit=1)
    return rows[0]["name"] if rows else ""


# --- reset links -----------------------------------------------------------------------------------------


def make_reset_key(ctx: Context, usr: str) -> None:
    """A single-use key for the user, kept as a hash; the link with it goes to `Site(on_reset_link=…)`, else to the log."""
    tracker: LoginTracker = ctx.site.login_tracker
    keys = [f"reset:{usr.lower()}", f"reset:{ctx.request.remote_addr}"]
    tracker.require_allowed(keys, cint(ctx.setting("password_reset_limit")) or 3, 3600)
    tracker.failed(keys, 3600)
    user, key = find_user(ctx, usr), secrets.token_urlsafe(32)
    info = ctx.user_info(user) if user else None
    if info is None or not info.enabled or user in ("Guest", "Administrator"):
        return  # the Administrator's password is set by frappe-lite set-password
    ctx.store.update(ctx.meta("User"), user, {"reset_password_key": digest(key), "last_reset_password_key_generated_on": now()})
    link = f"{ctx.site.url}/update-password?key={key}"
    ctx.after_commit.append(lambda: ctx.site.on_reset_link(user, link))


def redeem_reset_key(ctx: Context, key: str) -> str:
    """The user whose key this is; it is used up. Raises ResetLinkError for an unknown, used or old one."""
    rows = ctx.store.find(ctx.meta("User"), Condition("reset_password_key = ? AND enabled = 1", (digest(key),)), ("name", "last_reset_password_key_generated_on"))
    seconds = cint(ctx.setting("reset_password_link_expiry_duration")) or 86400
    if not rows or time_diff_in_seconds(now(), rows[0]["last_reset_password_key_generated_on"]) > seconds:
        raise ResetLinkError.told("The reset password link has either been used before or is invalid")
    ctx.store.update(ctx.meta("User"), rows[0]["name"], {"reset_password_key": None})
    return cstr(rows[0]["name"])


# --- sessions --------------------------------------------------------------------------------------------


def begin_session(ctx: Context, user: str) -> None:
    """A new session, whatever came before; its cookies go with the answer, in Frappe's order."""
    sid, now = secrets.token_hex(32), time.time()
    if cint(ctx.setting("deny_multiple_sessions")):
        end_sessions_of(ctx, user)
    ctx.store.database.execute('INSERT INTO "tabSessions" VALUES (?, ?, ?, ?, NULL)', (digest(sid), user, now, now))
    info = ctx.user_info(user)
    assert info is not None
    ctx.user, ctx.sid = user, sid
    desk = info.user_type == "System User"
    values = (sid, "yes" if desk else "no", url_quote(info.full_name), url_quote(user), url_quote(info.user_image))
    _set_cookies(ctx, values, expires=None)


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
        cookie = dump_cookie(name, value, expires=expires, path="/", secure=secure, httponly=name == "sid", samesite="Lax")
        ctx.headers.append(("Set-Cookie", cookie))


def end_sessions_of(ctx: Context, user: str, keep: str = "") -> None:
    """End the user's sessions, but the one to keep."""
    ctx.store.database.execute('DELETE FROM "tabSessions" WHERE user = ? AND sid != ?', (user, digest(keep) if keep else ""))


def _resume_session(ctx: Context, sid: str) -> None:
    row = ctx.store.database.row('SELECT user, seen FROM "tabSessions" WHERE sid = ?', (digest(sid),))
    now = time.time()
    info = ctx.user_info(row[0]) if row else None
    if row is None or info is None or not info.enabled or now - row[1] > session_seconds(ctx):
        ctx.session_expired = True
        return
    ctx.user, ctx.sid = info.name, sid
    if now - row[1] > SEEN_SECONDS:
        with ctx.store.database.transaction():
            ctx.store.database.execute('UPDATE "tabSessions" SET seen = ? WHERE sid = ?', (now, digest(sid)))


def session_seconds(ctx: Context) -> int:
    """How long a session lasts after its last use, from `session_expiry` (hours:minutes)."""
    hours, _, minutes = cstr(ctx.setting("session_expiry") or "170:00").partition(":")
    return cint(hours) * 3600 + cint(minutes) * 60


def csrf_token(ctx: Context) -> str:
    """The session's CSRF token, made on first use; from then on unsafe requests must carry it."""
    row = ctx.store.database.row('SELECT csrf_token FROM "tabSessions" WHERE sid = ?', (digest(ctx.sid),))
    if row is None:
        raise SessionExpired("Session expired")
    if row[0]:
        return cstr(row[0])
    token = secrets.token_hex(28)
    with ctx.store.database.transaction():
        ctx.store.database.execute('UPDATE "tabSessions" SET csrf_token = ? WHERE sid = ?', (token, digest(ctx.sid)))
    return token


def require_same_site(ctx: Context) -> None:
    """Raises CSRFTokenError for an unsafe request of a cookie session that another site may have sent."""
    request = ctx.request
    if not ctx.sid or request.method in SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "none") == "cross-site":
        raise CSRFTokenError.told("Invalid Request: sent from another site", title="Invalid Request")
    row = ctx.store.database.row('SELECT csrf_token FROM "tabSessions" WHERE sid = ?', (digest(ctx.sid),))
    expected = row[0] if row else None
    given = request.headers.get("X-Frappe-Csrf-Token") or cstr(request.params.get("csrf_token"))
    if expected and not same(given, expected):
        raise CSRFTokenError.told("Invalid Request", title="Invalid Request")


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
