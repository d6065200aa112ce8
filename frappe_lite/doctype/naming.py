"""How a document gets its name: the rules of `autoname`, and what no name may be.

Receives the counter as a function (prefix -> next number), so that it knows no database.

    make_series("TASK-.#####", doc, counter) -> "TASK-00001"     make_format("FD-{category}-{###}", …) -> "FD-X-001"
"""

from __future__ import annotations

import datetime
import re
import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

from ..errors import CharacterLengthExceededError, MandatoryError, NameError, ValidationError
from ..utils import bold, cint, cstr, generate_hash, now_datetime, random_name
from .meta import DocType

Counter = Callable[[str], int]

MAX_NAME_LENGTH = 140


def make_name(meta: DocType, doc: Any, counter: Counter) -> str | int:
    """The name that the DocType's rule gives to a new document. Raises ValidationError where the rule lacks a value."""
    autoname = meta.autoname
    if meta.issingle:
        return meta.name
    if doc.get("amended_from") and meta.is_submittable:
        return amended_name(doc)
    if autoname == "autoincrement":
        return counter(f"{meta.name}:autoincrement")
    if autoname == "UUID":
        return uuid_name(doc.get("name"))
    return by_rule(autoname, doc, counter)


def by_rule(autoname: str, doc: Any, counter: Counter) -> str:
    """The name that a rule gives: a field, a format, a series; a random one for no rule."""
    rule, _, argument = autoname.partition(":")
    rule = rule.lower()
    if rule == "naming_series":
        return make_series(series_of(doc.meta, doc), doc, counter)
    if rule == "field":
        value = cstr(doc.get(argument)).strip()
        if not value:
            raise ValidationError.told(f"{doc.meta.get_label(argument)} is required")
        return value
    if rule == "format":
        return make_format(argument, doc, counter)
    if rule.startswith("prompt"):
        if not doc.get("name"):
            raise ValidationError.told("Please set the document name")
        return cstr(doc.name)
    if "#" in autoname and "." not in autoname:
        raise InvalidNamingSeriesError.told(f"Invalid naming series {bold(autoname)}: dot (.) missing")
    return make_series(autoname, doc, counter) if "#" in autoname else random_name()


class InvalidNamingSeriesError(ValidationError):
    """A naming series without a dot, or with marks that no name may have."""


class InvalidUUIDValue(ValidationError):
    """A name that is no UUID, where names are."""


def uuid_name(given: object) -> str:
    """The UUID that was given, or a new one which begins with the time, so that names sort as they were made. Raises
    InvalidUUIDValue."""
    if given:
        try:
            uuid.UUID(cstr(given))
        except ValueError:
            raise InvalidUUIDValue.told(f"Invalid value specified for UUID: {given}") from None
        return cstr(given)
    bits = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return str(uuid.UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62))


def row_name(child: DocType, counter: Counter, row: object = None) -> str | int:
    """The name of a new child row by its DocType's rule; a random one for no rule, or where the rule lacks a value."""
    if child.autoname == "autoincrement":
        return counter(f"{child.name}:autoincrement")
    if row is None or not child.autoname or child.autoname.lower() in ("hash", "prompt"):
        return random_name()
    return make_name(child, row, counter)


def may_be_claimed(name: str) -> bool:
    """Whether a client may have called a row so."""
    return name == name.strip() and 0 < len(name) <= MAX_NAME_LENGTH and not set("<>\n") & set(name)


def series_of(meta: DocType, doc: Any) -> str:
    """The series that a document uses: its own, or the first option of the field."""
    series = doc.get("naming_series")
    if not series:
        field = meta.field("naming_series")
        options = [each for each in cstr(field and field.options).split("\n") if each]
        series = (field and field.default) or (options[0] if options else None)
    if not series:
        raise MandatoryError.told("Naming Series mandatory")
    doc.set("naming_series", series)
    return str(series)


def amended_name(doc: Any) -> str:
    """`INV-1` -> `INV-1-1` -> `INV-1-2`."""
    original = cstr(doc.amended_from)
    prefix, _, number = original.rpartition("-")
    if doc.flags.amended_from_amended and number.isdecimal():
        return f"{prefix}-{int(number) + 1}"
    return f"{original}-1"


def make_series(key: str, doc: object, counter: Counter) -> str:
    """A name from parts between dots: `#` is the counter of what stands before it, then dates, fields and text. Without
    # it ends in five digits."""
    named = key if "#" in key else f"{key}.#####"
    return parse_series(named, doc, lambda prefix, digits: str(counter(prefix)).zfill(digits), _of_app(doc))


def parse_series(
    key: str, doc: object, number: Callable[[str, int], str], custom: Callable[[str, object], object]
) -> str:
    """The name that the parts make; `number` counts, `custom` knows the parts that apps bring."""
    name, counted = "", False
    for part in key.split("."):
        if part.startswith("#"):
            if not counted:
                name, counted = name + number(name, len(part)), True
        elif part:
            name += _part_value(part, doc, custom)
    return name


def _of_app(doc: object) -> Callable[[str, object], object]:
    """What an app's hook `naming_series_variables` gives for a part; None where no app has it."""

    def ask(part: str, _doc: object) -> object:
        site = getattr(getattr(doc, "ctx", None), "site", None)
        named = site.hook("naming_series_variables", part) if site else None
        return site.resolve(named[0])(doc, part) if site and named else None

    return ask


def parts_of(key: str, doc: object) -> str:
    """What stands before a counter that is kept elsewhere: the parts between dots, without `#`."""
    return "".join(_part_value(part, doc, _of_app(doc)) for part in key.split(".") if part.strip("#"))


def make_format(template: str, doc: object, counter: Counter) -> str:
    """A name from a template: `{field}`, `{YYYY}`, `{###}`.

    All templates share one counter, that of no prefix: so it is in Frappe, and what is pulled from one goes on there.
    """
    name, end = "", 0
    for match in re.finditer(r"\{([^{}]*)\}", template):
        name += template[end : match.start()]
        part, end = match[1].strip(), match.end()
        name += (
            str(counter("")).zfill(len(part)) if part and not part.strip("#") else _part_value(part, doc, _of_app(doc))
        )
    return name + template[end:]


def last_series(meta: DocType, doc: Any) -> tuple[str, int] | None:
    """The counter and the number that a document's name was made with, if it was.

    Frappe counts back when the last is deleted, but for templates.
    """
    rule = meta.autoname.partition(":")[0]
    key = doc.get("naming_series") if rule == "naming_series" else meta.autoname
    if not key or "#" not in key or rule == "format" or doc.get("amended_from"):
        return None
    return counted_by(key, doc.name, doc)


def counted_by(key: str, name: object, doc: object) -> tuple[str, int] | None:
    """The counter of a series and the number that a name has of it; None for a name that is not of the series."""
    counted: list[str] = []

    def remember(prefix: str) -> int:
        counted.append(prefix)
        return 0  # which nobody looks at

    make_series(key, doc, remember)
    digits = re.match(r"\d+", cstr(name)[len(counted[0]) :]) if counted and cstr(name).startswith(counted[0]) else None
    return (counted[0], int(digits[0])) if digits else None


_DATES = {"YY": "%y", "MM": "%m", "DD": "%d", "YYYY": "%Y", "JJJ": "%j"}
_WRITTEN = (int, str, datetime.date, datetime.time, datetime.timedelta)
"""Kinds of values that may stand in a name."""


def consecutive_week(datetime: datetime.datetime) -> str:
    """The week of the year, so that weeks never go back: the first days of January may be week 00, the last of December
    week 53."""
    week = datetime.strftime("%V")
    if datetime.month == 1 and week in ("52", "53"):
        return "00"
    return "53" if datetime.month == 12 and week == "01" else week


def _part_value(part: str, doc: Any, custom: Callable[[str, object], object]) -> str:
    if part in _DATES:
        return now_datetime().strftime(_DATES[part])
    if part == "WW":
        return consecutive_week(now_datetime())
    if part == "timestamp":
        return str(now_datetime())
    if part == "hash":
        return generate_hash(length=10)
    field = part.strip("{} ") if part.startswith("{") else part
    if doc and (part.startswith("{") or doc.meta.has_field(field) or doc.get(field) is not None):
        value = doc.get(field)
        return cstr(value).strip() if isinstance(value, _WRITTEN) else ""
    value = custom(part, doc)
    return part if value is None else cstr(value).strip()


_BRACKETS = bold("'<', '>'")


def check_name(meta: DocType, name: object) -> str | int:
    """The name in its final form. Raises NameError or ValidationError for one that cannot be used."""
    text = cstr(name).strip()
    if meta.autoname == "autoincrement":
        if not text.lstrip("-").isdecimal():
            raise ValidationError.told(f"{meta.name} are numbered: {text[:140]} is no number")
        return cint(text)
    if not text:
        raise ValidationError.told(f"No Name Specified for {meta.name}")
    if text.lower().startswith(f"new {meta.name.lower()}"):
        raise NameError.told("There were some errors setting the name, please contact the administrator")
    if text == meta.name != "DocType" and not meta.issingle:
        raise NameError.told(f"Name of {meta.name} cannot be {text}")
    if meta.name != "DocType" and ("<" in text or ">" in text):
        raise NameError.told(f"Name cannot contain special characters like {_BRACKETS}")
    if len(text) > MAX_NAME_LENGTH:
        told = f"{meta.name} {text}: '{bold('ID')}' ({text}) will get truncated, as max characters allowed is"
        raise CharacterLengthExceededError.told(f"{told} {MAX_NAME_LENGTH}", title="Value too big")
    return text
