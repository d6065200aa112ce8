"""The wire: who asks, how answers are wrapped, JSON in and out. No database, no request object.

    Authorization: token k:s   ->  ApiKey("k", "s")          absent -> Anonymous(), malformed -> raises
    V1.success("message", 5)   ->  {"message": 5}
    V2.failure(error, …)       ->  {"errors": [{"type": "ValidationError", "message": …}]}

"Absent" and "wrong" stay different all the way: a header that cannot be read never falls back to the cookie.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import decimal
import itertools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import (
    AuthenticationError,
    BadRequestError,
    CSRFTokenError,
    DoesNotExistError,
    FrappeError,
    InvalidAuthorizationToken,
    Message,
    PayloadTooLargeError,
    exception_text,
)
from .values import JsonObject

try:
    import orjson
except ImportError:  # the extra "speed"
    orjson = None  # type: ignore[assignment]

MAX_JSON_DEPTH = 100
"""Deeper JSON is refused: Python's own parser gives up between 900 and 1,500 levels."""

MAX_JSON_CONTAINERS, MAX_JSON_VALUES = 100_000, 500_000
"""Lists and objects of a JSON text, and its values.

They are counted before anything is made of them: `[],` three bytes long becomes 64 in memory.
"""

BEGINNING = 1_500_000
"""Characters of a JSON text that hold more than there may be of anything, if they hold nothing else."""

MAX_DIGITS = 40
"""Of an integer: text and JSON keep it as it was sent, a column of numbers only what 64 bits hold."""


# --- credentials -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Anonymous:
    """Nobody in particular: the user is Guest."""


@dataclass(frozen=True)
class SessionCookie:
    """A browser's session."""

    sid: str


@dataclass(frozen=True)
class ApiKey:
    """A key and its secret, from `token k:s` or `Basic base64(k:s)`."""

    key: str
    secret: str


@dataclass(frozen=True)
class BearerToken:
    """An OAuth 2.0 access token."""

    token: str


Credentials = Anonymous | SessionCookie | ApiKey | BearerToken


def parse_credentials(authorization: str, sid: str) -> Credentials:
    """Who asks, from the Authorization header and the `sid` cookie. Raises 400 or 401 for a header it cannot use."""
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if not scheme or not rest:  # Frappe: `token` alone is no credential at all
        return SessionCookie(sid) if sid and sid != "Guest" else Anonymous()
    reader = _SCHEMES.get(scheme.lower())
    if reader is None:
        raise AuthenticationError
    return reader(rest)


def _parse_pair(text: str) -> ApiKey:
    key, colon, secret = text.partition(":")
    if not (key and colon and secret):
        raise AuthenticationError
    return ApiKey(key, secret)


def _parse_basic(text: str) -> ApiKey:
    try:
        decoded = base64.b64decode(text).decode()  # Frappe: what is no letter of base64 is passed over
    except binascii.Error:
        raise InvalidAuthorizationToken.told(
            "Failed to decode token, please provide a valid base64-encoded token."
        ) from None
    except ValueError:  # no ASCII, or no UTF-8
        raise AuthenticationError from None
    return _parse_pair(decoded)


_SCHEMES: dict[str, Callable[[str], Credentials]] = {"token": _parse_pair, "basic": _parse_basic, "bearer": BearerToken}


# --- JSON ------------------------------------------------------------------------------------------------


def to_wire(value: object) -> object:
    """A JSON value for what `json` does not know: dates, times, decimals, sets, documents."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "microseconds") if value.microsecond else value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return str(value)
    if isinstance(value, datetime.timedelta):
        return _hours(value)
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "__json__"):
        return value.__json__()
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"Object of type {type(value)} with value of {value!r} is not JSON serializable")


def _hours(value: datetime.timedelta) -> str:
    """Frappe: hours without a leading zero and beyond a day, 1:02:03 and 25:00:00."""
    seconds = value.days * 86400 + value.seconds
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    text = f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{value.microseconds:06}" if value.microseconds else text


def dump_json(value: object) -> bytes:
    """Compact UTF-8 JSON. Uses orjson where it is installed, in a tenth of the time."""
    if orjson is not None:
        try:
            return orjson.dumps(value, to_wire, _ORJSON_OPTIONS)
        except TypeError:
            pass  # what orjson refuses, json writes: keys that are numbers, integers beyond 64 bits, lone surrogates
    return _ENCODER.encode(value).encode("utf-8", "replace")


_ENCODER = json.JSONEncoder(default=to_wire, separators=(",", ":"), ensure_ascii=False)
_ORJSON_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS if orjson is not None else 0


def load_json(data: str | bytes, what: str = "body") -> Any:
    """Parse JSON that a client sent. Whatever it is, what cannot be parsed is a BadRequestError that names `what`
    was wrong."""
    try:
        text = data.decode() if isinstance(data, bytes) else data
        if len(text) > MAX_JSON_CONTAINERS:  # a shorter one cannot hold too many
            _require_few(text, what)
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        detail = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BadRequestError.told(f"Invalid JSON in {what}: {detail}", title="Invalid Request") from None
    if text.count("[") + text.count("{") > MAX_JSON_DEPTH and _depth(_without_strings(text)) > MAX_JSON_DEPTH:
        raise BadRequestError.told(f"Invalid JSON in {what}: nested too deeply", title="Invalid Request")
    if "\\u" in text or not text.isascii():
        _require_letters(text, what)
    return value


# What follows looks at the text and not at what was made of it: a few passes in C, where a walk in Python would take
# seconds.


def _require_few(text: str, what: str) -> None:
    """Raises PayloadTooLargeError for JSON with too many values. Looks at its beginning first: if that exceeds the
    limit, the rest need not be read."""
    if _has_too_many(text[:BEGINNING]) or _has_too_many(text):
        told = (
            f"The JSON in {what} has more than {MAX_JSON_CONTAINERS:,} lists and objects or {MAX_JSON_VALUES:,} "
            "values: send it in parts"
        )
        raise PayloadTooLargeError.told(told)


def _has_too_many(text: str) -> bool:
    """Whether there are too many values. Counts brackets and commas, also those in strings: a low count is proof
    enough, only a high one needs the strings taken out."""
    if _are_few(text):
        return False
    plain = _without_escapes(text)
    return plain.count('"') > 2 * MAX_JSON_VALUES or not _are_few(_without_strings(plain))


def _are_few(text: str) -> bool:
    return text.count("[") + text.count("{") <= MAX_JSON_CONTAINERS and text.count(",") <= MAX_JSON_VALUES


def _without_escapes(text: str) -> str:
    """The JSON without its escapes, so that each quotation mark in it begins or ends a string."""
    return text.replace("\\\\", "  ").replace('\\"', "  ") if "\\" in text else text


def _without_strings(text: str) -> str:
    return "".join(_without_escapes(text).split('"')[::2])


_STEPS = bytes(1 if each in b"[{" else 255 for each in range(256))
_NO_BRACKETS = bytes(each for each in range(256) if each not in b"[]{}")


def _depth(text: str) -> int:
    """How deeply the brackets of a text are nested."""
    steps = text.encode().translate(_STEPS, _NO_BRACKETS)
    return max(itertools.accumulate(memoryview(steps).cast("b")), default=0)


_NO_LETTER = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


def _require_letters(text: str, what: str) -> None:
    """Raises BadRequestError for what SQLite cannot store: NUL and lone surrogates. A body is UTF-8, so it can only
    hold them as escapes."""
    check_text(text, what)
    if _NO_LETTER.search(text) and _NO_LETTER.search(_PAIR.sub(" ", text.replace("\\\\", "  "))):
        raise _no_text(what)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _finite_float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return number


def _bounded_int(digits: str) -> int:
    if len(digits) < 19:  # most are, and half a million of them must not take long
        return int(digits)
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"an integer has more than {MAX_DIGITS} digits")
    return int(digits)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_bounded_int, parse_float=_finite_float)


def check_text(text: str, what: str) -> None:
    """Raises BadRequestError for text with NUL or lone surrogates."""
    if "\0" in text:
        raise _no_text(what)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _no_text(what) from None


def _no_text(what: str) -> FrappeError:
    return BadRequestError.told(
        f"Invalid text in {what}: NUL and lone surrogates are not text", title="Invalid Request"
    )


def parse_json(value: object, what: str) -> Any:
    """A value that clients may send either as JSON or as text with JSON in it. Empty text is None."""
    if not isinstance(value, str):
        return value
    return load_json(value, what) if value.strip() else None


# --- envelopes -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ApiVersion:
    """How one version of the API wraps its answers."""

    number: int
    method_key: str  # the key around a method's result
    show_null: bool  # whether unset fields are given out

    def success(self, key: str, value: object, extra: Mapping[str, object], messages: list[Message]) -> JsonObject:
        """The body of a successful answer: the value under its key (left out for a key of None), then what the
        method added."""
        body = dict(extra)
        if value is not None:
            body[key if self.number == 1 else "data"] = value
        if messages:
            body.update(self._messages(messages))
        return body

    def _messages(self, messages: list[Message]) -> JsonObject:
        if self.number == 2:
            return {"messages": messages}
        return {"_server_messages": json.dumps([json.dumps(each, default=to_wire) for each in messages])}

    def failure(
        self, error: BaseException, messages: list[Message], trace: str | None, always_exc: bool = False
    ) -> JsonObject:
        """The body of a refusal.

        `trace` is given only if the caller may see it; `always_exc` puts `exc` into a 404 too.
        """
        exc_type, text = type(error).__name__, _public_text(error)
        shown = error.messages if isinstance(error, FrappeError) else ()
        if self.number == 2:
            told = {} if isinstance(error, DoesNotExistError) else {"exception": trace or text}  # Frappe: none of a 404
            first = {"type": exc_type, **told, **(shown[0] if shown else {})}
            said = [*messages, *shown[1:]]  # Frappe: one is the error, and what else is missing is a message
            return {"errors": [first], **(self._messages(said) if said else {})}
        body = {"exc_type": exc_type}
        if isinstance(error, AuthenticationError) and str(error):
            body["message"] = str(error)
        # Frappe: a 404 carries no trace; FrappeClient looks at `exc` alone
        if always_exc or not isinstance(error, DoesNotExistError | CSRFTokenError):
            body["exception"] = text
            body["exc"] = json.dumps([trace or text])
        everything = [*messages, *shown]
        if everything:
            body.update(self._messages(everything))
        if isinstance(error, FrappeError) and error.brief:
            body["_error_message"] = error.brief
        return body


def _public_text(error: BaseException) -> str:
    """The part of an error that anybody may read: all of one of ours, only the class name of a fault in the code."""
    return (
        exception_text(error)
        if isinstance(error, FrappeError)
        else f"{type(error).__name__}: an error in the app; see the log"
    )


V1 = ApiVersion(1, "message", show_null=False)
V2 = ApiVersion(2, "data", show_null=True)
