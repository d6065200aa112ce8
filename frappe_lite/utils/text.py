"""Numbers and text: what a value is as a number, what a text is without its markup, whether it is an address."""

from __future__ import annotations

import decimal
import html
import json
import re
import secrets
from collections.abc import Iterable
from typing import Any

NAME_ALPHABET = "0123456789abcdefghijklmnopqrstuv"


class _dict(dict[str, Any]):
    """A dict whose keys are attributes too; one that is not there is None."""

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        return self.get(key)

    def __setattr__(self, key: str, value: object) -> None:
        self[key] = value

    def __delattr__(self, key: str) -> None:
        self.pop(key, None)

    def update(self, *args: object, **kwargs: object) -> _dict:  # type: ignore[override]
        """Frappe: returns itself."""
        super().update(*args, **kwargs)
        return self

    def copy(self) -> _dict:
        """Another of the same kind."""
        return _dict(self)


# --- numbers and text ------------------------------------------------------------------------------------


def cint(value: Any, default: int = 0) -> int:
    """Convert to int; return `default` if that is impossible."""
    if value is None:
        return default  # what is asked most, and two exceptions slower below
    try:
        return int(value)  # before float, which has no room for long ones
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return default


def flt(value: Any, precision: int | None = None) -> float:
    """A float, thousands separators and all; 0 if it is none. Rounds half to even, as Frappe's default does."""
    if isinstance(value, str):
        value = value.replace(",", "")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    if number != number or number in (float("inf"), float("-inf")):
        return 0.0
    return rounded(number, precision) if precision is not None else number


def rounded(number: float, precision: int = 0) -> float:
    """Banker's rounding of the decimal number that a person sees, not of its binary neighbour."""
    if abs(number) >= 1e15:
        return float(number)  # a float of this size has no decimal places
    exponent = decimal.Decimal(1).scaleb(-precision)
    return float(decimal.Decimal(repr(float(number))).quantize(exponent, rounding=decimal.ROUND_HALF_EVEN))


def cstr(value: object) -> str:
    """Text; empty for None."""
    if value is None:
        return ""
    return value.decode() if isinstance(value, bytes) else str(value)


def sbool(value: object) -> object:
    """True or False for text that says so; everything else unchanged."""
    if isinstance(value, str):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(value.lower(), value)
    return value


def is_true(value: object) -> bool:
    """Whether a client meant yes: 1, true, "True", "yes"."""
    return sbool(value) is True or (not isinstance(value, str) and bool(value))


def generate_hash(txt: str | None = None, length: int = 56) -> str:
    """Random hexadecimal text. `txt` is accepted and not used, as in Frappe."""
    return secrets.token_hex((length + 1) // 2)[:length]


def random_name(length: int = 10) -> str:
    """A document's random name: base 32, lower case."""
    return "".join([NAME_ALPHABET[byte & 31] for byte in secrets.token_bytes(length)])


def scrub(text: str) -> str:
    """`Task Item` -> `task_item`."""
    return cstr(text).replace(" ", "_").replace("-", "_").lower()


def unscrub(text: str) -> str:
    """`task_item` -> `Task Item`."""
    return text.replace("_", " ").replace("-", " ").title()


def strip_html(text: str) -> str:
    """The text between tags."""
    return re.sub(r"<[^<>]*>", "", text)


def escape_html(text: object) -> str:
    """Text made safe to stand in HTML."""
    return html.escape(cstr(text))


def bold(text: object) -> str:
    """`<strong>text</strong>`."""
    return f"<strong>{text}</strong>"


def _comma(items: Iterable[object], word: str, quote: bool) -> str:
    texts = [f"'{item}'" if quote else str(item) for item in items]
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {word} {texts[-1]}"


def comma_and(items: object, add_quotes: bool = True) -> object:
    """`'a', 'b' and 'c'`; what is no list is returned as it is."""
    return _comma(items, "and", add_quotes) if isinstance(items, list | tuple) else items


def comma_or(items: object, add_quotes: bool = True) -> object:
    """`'a', 'b' or 'c'`."""
    return _comma(items, "or", add_quotes) if isinstance(items, list | tuple) else items


def fmt_money(amount: object, precision: int | None = None, currency: str | None = None) -> str:
    """`1,234.50`, with the currency before it if one is given."""
    text = f"{flt(amount):,.{2 if precision is None else precision}f}"
    return f"{currency} {text}" if currency else text


def split_emails(text: str) -> list[str]:
    """The addresses in text separated by commas, semicolons or lines."""
    return [part.strip() for part in re.split(r"[,;\n]", text or "") if part.strip()]


def one_line(text: object) -> str:
    """Text without what could end a line of a header: such marks become a space."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", cstr(text)).strip()


_EMAIL = re.compile(r"[^@\s,;<>()\[\]\\\"]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,}\Z")


def validate_email_address(text: str, throw: bool = False) -> str:
    """The address if it is one, else empty text. `throw` is for the face, which raises."""
    return text if _EMAIL.match(text or "") else ""


def name_and_address(text: str) -> tuple[str, str]:
    """`Ann <ann@x.org>` -> ("Ann", "ann@x.org"); of an address alone the name is empty."""
    named = re.fullmatch(r"([^<>]*)<([^<>]+)>", one_line(text))
    return (named[1].strip(' "'), named[2].strip()) if named else ("", one_line(text))


def validate_url(text: str, valid_schemes: Iterable[str] = ("http", "https", "ftp", "ftps")) -> bool:
    """Whether text is an absolute URL with one of the schemes."""
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://[^\s/?#]+[^\s]*\Z", text or "")
    return bool(match and match[1].lower() in valid_schemes)


def is_script(address: str) -> bool:
    """Whether a browser that follows the address would run what stands in it; a picture in a data: address is none."""
    plain = re.sub(r"[\x00-\x20\x7f]", "", address).lower()  # browsers pass over these, inside the scheme too
    return plain.startswith(("javascript:", "vbscript:")) or (
        plain.startswith("data:") and not plain.startswith("data:image/")
    )


def validate_phone_number(text: str) -> bool:
    """Whether text could be dialled."""
    return bool(re.fullmatch(r"[0-9 +_\-,.*#()]{1,20}", (text or "").strip()))


def parse_json(value: object) -> Any:
    """JSON text becomes its value; anything else stays."""
    return json.loads(value) if isinstance(value, str) else value


def get_fullname(user: str) -> str:
    """A name for a user where no record is at hand."""
    return user.partition("@")[0]
