"""From `Credentials` to a user: passwords, sessions, API keys, bearer tokens, throttling.

CSRF is the business of `csrf`.

Secrets are kept as hashes and compared in constant time; unknown and known users cost the same. Wrong credentials are
401 and never fall back to another kind; a forged or ended session is Guest, and says `session_expired`.
"""

from __future__ import annotations

import functools
import ipaddress
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from werkzeug.security import check_password_hash, generate_password_hash

from ..context import Context
from ..errors import AuthenticationError, BadRequestError, ValidationError
from ..protocol import Anonymous, ApiKey, BearerToken, Credentials, SessionCookie, parse_credentials
from ..query import Condition
from ..site import Site
from ..throttle import network_of
from ..utils import cint, cstr, now, now_datetime
from . import activity, sessions, strength
from .hashing import digest, same
from .identity import GUEST, user_named

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "QUERY")
ADDRESS_FACTOR = 10
"""An address may fail so many times as often as a user: several people may share it."""


def given_sid(ctx: Context) -> str:
    """The session id that a request brings: the cookie's or, by setting, that of the query string."""
    given = ctx.request.query.get("sid")
    if given and cint(ctx.setting("allow_sid_parameter")):
        return cstr(given)
    return cstr(ctx.request.cookies.get("sid"))


def admit(ctx: Context, authorization: str) -> AuthenticationError | None:
    """Set the context's user from header or cookie.

    Raises AuthenticationError, or gives it back if the apps are still to be asked.
    """
    credentials: Credentials = Anonymous()
    try:
        credentials = parse_credentials(authorization, given_sid(ctx))
        authenticate(ctx, credentials)
    except AuthenticationError as error:
        if isinstance(credentials, ApiKey) or not _auth_hooks(ctx):
            raise
        return error
    return None


def ask_apps(ctx: Context, refusal: AuthenticationError | None) -> None:
    """Run the apps' `auth_hooks`, which may say who asks, or refuse.

    Raises what they raise, and the refusal if nobody is known then.
    """
    if ctx.request.method != "OPTIONS":
        for dotted in _auth_hooks(ctx):
            ctx.site.resolve(dotted)()
    if refusal is not None and ctx.user == GUEST:
        raise refusal


def _auth_hooks(ctx: Context) -> list[str]:
    named = [each.hooks.get("auth_hooks") or () for each in ctx.site.apps.values()]
    return [each for names in named for each in ([names] if isinstance(names, str) else names)]


def authenticate(ctx: Context, credentials: Credentials) -> None:
    """Set the context's user from the credentials. Raises AuthenticationError for wrong ones."""
    if isinstance(credentials, Anonymous):
        return
    if isinstance(credentials, ApiKey):
        ctx.user = _user_of_key(ctx, credentials)
    elif isinstance(credentials, SessionCookie):
        sessions.resume(ctx, credentials.sid)
    elif isinstance(credentials, BearerToken):
        ctx.user = _user_of_token(ctx, credentials.token)


def _user_of_token(ctx: Context, token: str) -> str:
    for reader in ctx.site.extensions.bearer_readers:
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
    # An address that guesses is refused, but not who came in from there before
    if not fits or known is None or caller not in guesses.familiar:
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
    """Raises TooManyRequestsError for an address that guessed too often, AuthenticationError for a guess that
    failed."""
    keys, (most, seconds) = [f"key:{network_of(ctx.request.remote_addr)}"], login_limit(ctx)
    ctx.site.login_tracker.require_allowed(keys, most * ADDRESS_FACTOR)
    if failed:
        ctx.site.login_tracker.failed(keys, seconds)
        raise AuthenticationError


def _learn_key(ctx: Context, key: str) -> KnownKey | None:
    """Look a key up and remember it. What is no key is not remembered: guesses would fill the memory."""
    for find in (*ctx.site.extensions.key_finders, _find_classic_key):
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
    """A new secret for the user, and a key if there was none.

    The secret is given out this once. Raises DoesNotExistError.
    """
    user = user_named(ctx, user).name
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
    """Set a user's password; sessions end with the old one. Raises DoesNotExistError, ValidationError."""
    user = user_named(ctx, user).name
    check_policy(ctx, password, words_of(ctx, user))
    keep_password(ctx, user, hash_password(ctx, password), end_sessions)


def hash_password(ctx: Context, password: str) -> str:
    """A slow hash. Made before a transaction begins: writers do not wait for it."""
    with ctx.site.hashing.entered():
        return generate_password_hash(password)


def keep_password(ctx: Context, user: str, kept: str, end_sessions: bool = True) -> None:
    """Store the hash of a password; with it go reset links that were sent before and, mostly, the sessions."""
    ctx.store.set_secret("User", user, "password", kept)
    ctx.store.update(ctx.meta("User"), user, {"reset_password_key": None})  # a link that was sent before is over
    if end_sessions:
        sessions.end_all_of(ctx, user, keep=ctx.sid)


def check_policy(ctx: Context, password: str, words: Iterable[object] = ()) -> None:
    """Raises ValidationError for a password that is too easy to guess. `words` are its user's own: names, the
    address."""
    if len(password) > 512:
        raise ValidationError.told("Password size exceeded the maximum allowed size.")
    if not cint(ctx.setting("enable_password_policy")) or ctx.flags.ignore_password_policy:
        return
    least = cint(ctx.setting("minimum_password_score")) or 2
    if len(password) < 8 or strength.score(password, words) < least:
        text = (
            "The password is too easy to guess: use 8 characters or more, and no names, common words, rows of "
            "keys or years"
        )
        raise ValidationError.told(strength.advice(password, words) or text, title="Invalid Password")


def words_of(ctx: Context, user: str) -> list[str]:
    """What others know of a user, and a password should not be made of."""
    row = ctx.store.load_row(ctx.meta("User"), user) or {}
    return [
        cstr(row.get(each)) for each in ("first_name", "middle_name", "last_name", "email", "username", "birth_date")
    ]


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


def log_in(ctx: Context, usr: object, pwd: object) -> str:
    """Check a password and begin a session; the user's name. Raises as `check_login`."""
    user = check_login(ctx, usr, pwd)
    sessions.begin(ctx, user)
    return user


def check_login(ctx: Context, usr: object, pwd: object) -> str:
    """The user whose password it is and who may sign in here and now. Raises AuthenticationError, for one in the
    address too unless a setting allows it, and TooManyRequestsError."""
    if "pwd" in ctx.request.query and not cint(ctx.setting("allow_password_in_address")):
        raise AuthenticationError(f"Sign in by POST, {IN_THE_BODY}")
    if not usr or not pwd or not isinstance(usr, str) or not isinstance(pwd, str):
        raise AuthenticationError("Incomplete login details")
    if len(pwd) > 512:
        raise AuthenticationError("Password size exceeded the maximum allowed size")
    user = find_user(ctx, usr)
    most, seconds = login_limit(ctx)
    keys = [f"user:{(user or usr.strip())[:140].lower()}", f"address:{network_of(ctx.request.remote_addr)}"]
    tracker = ctx.site.login_tracker
    tracker.require_allowed(keys[:1], most)
    tracker.require_allowed(keys[1:], most * ADDRESS_FACTOR)
    try:
        if not check_password(ctx, user, pwd):
            tracker.failed(keys, seconds)
            raise AuthenticationError("Invalid login credentials")
        info = ctx.user_info(user)
        if info is None or not info.enabled:
            raise AuthenticationError("User disabled or missing")
        require_place_and_hour(ctx, user)
    except AuthenticationError as error:
        if user:
            activity.remember_failed(ctx, user, str(error))
        raise
    tracker.succeeded(keys[:1])
    return user


IN_THE_BODY = "with usr and pwd in the body: an address is kept in histories and logs"
"""How a password is sent."""


def refuse_in_address(ctx: Context, *names: str) -> None:
    """Raises BadRequestError for secrets in the query string: an address is kept in histories and logs."""
    for name in names:
        if name in ctx.request.query:
            raise BadRequestError.told(f"{name} belongs into the body of a POST, never into the address")


def require_place_and_hour(ctx: Context, user: str) -> None:
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


def require_old_password(ctx: Context, given: object) -> None:
    """Raises AuthenticationError unless it is the caller's password, TooManyRequestsError after too many tries."""
    (most, seconds), keys = login_limit(ctx), [f"user:{ctx.user.lower()}"]
    ctx.site.login_tracker.require_allowed(keys, most)
    if not isinstance(given, str) or not check_password(ctx, ctx.user, given[:512]):
        ctx.site.login_tracker.failed(keys, seconds)
        raise AuthenticationError("Incorrect password")


def login_limit(ctx: Context) -> tuple[int, int]:
    """How many failures lock a user, and for how many seconds: Frappe's settings."""
    return cint(ctx.setting("allow_consecutive_login_attempts")) or 10, cint(
        ctx.setting("allow_login_after_fail")
    ) or 60


def find_user(ctx: Context, usr: str) -> str:
    """The user whose name or email (or, by setting, user name) this is; empty text for none."""
    text = usr.strip()
    users = ctx.meta("User")
    rows = ctx.store.find(users, Condition("name = ?", (text,))) or ctx.store.find(
        users, Condition("email = ?", (text,)), limit=1
    )
    also = {
        "mobile_no": ctx.setting("allow_login_using_mobile_number"),
        "username": ctx.setting("allow_login_using_user_name"),
    }
    for column in [each for each in also if cint(also[each]) and text and not rows]:
        found = ctx.store.find(users, Condition(f"{column} = ?", (text,)), limit=2)
        rows = found if len(found) == 1 else rows  # a number that two people have names neither
    return rows[0]["name"] if rows else ""


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
