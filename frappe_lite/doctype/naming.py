"""How a document gets its name: the rules of `autoname`, and what no name may be.

Receives the counter as a function (prefix -> next number), so that it knows no database.

    make_series("TASK-.#####", doc, counter) -> "TASK-00001"     make_format("FD-{category}-{###}", …) -> "FD-X-001"
"""

from __future__ import annotations

import re
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
    rule, _, argument = autoname.partition(":")
    rule = rule.lower()
    if meta.issingle:
        return meta.name
    if doc.get("amended_from") and meta.is_submittable:
        return amended_name(doc)
    if autoname == "autoincrement":
        return counter(f"{meta.name}:autoincrement")
    if rule == "naming_series":
        return make_series(_series_of(meta, doc), doc, counter)
    if rule == "field":
        value = cstr(doc.get(argument)).strip()
        if not value:
            raise ValidationError.told(f"{meta.get_label(argument)} is required")
        return value
    if rule == "format":
        return make_format(argument, doc, counter)
    if autoname.lower() == "prompt":
        if not doc.get("name"):
            raise ValidationError.told("Please set the document name")
        return cstr(doc.name)
    if autoname.upper() == "UUID":
        return str(uuid.uuid4())
    if "#" in autoname:
        return make_series(autoname, doc, counter)
    return random_name()


def row_name(child: DocType, counter: Counter) -> str | int:
    """The name of a new child row: the next number where its DocType counts, else random."""
    return counter(f"{child.name}:autoincrement") if child.autoname == "autoincrement" else random_name()


def _series_of(meta: DocType, doc: Any) -> str:
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


def make_series(key: str, doc: Any, counter: Counter) -> str:
    """A name from parts between dots: `#` is the counter of what stands before it, then dates, fields and text."""
    name, counted = "", False
    for part in key.split("."):
        if part and not part.strip("#"):
            if not counted:
                name, counted = name + str(counter(name)).zfill(len(part)), True
        elif part:
            name += _part_value(part, doc)
    return name if counted or "#" in key else name + str(counter(name)).zfill(5)


def parts_of(key: str, doc: Any) -> str:
    """What stands before a counter that is kept elsewhere: the parts between dots, without `#`."""
    return "".join(_part_value(part, doc) for part in key.split(".") if part.strip("#"))


def make_format(template: str, doc: Any, counter: Counter) -> str:
    """A name from a template: `{field}`, `{YYYY}`, `{###}`. The counter counts what stands before it."""
    name, end = "", 0
    for match in re.finditer(r"\{([^{}]*)\}", template):
        name += template[end : match.start()]
        part, end = match[1].strip(), match.end()
        name += str(counter(name)).zfill(len(part)) if part and not part.strip("#") else _part_value(part, doc)
    return name + template[end:]


def last_series(meta: DocType, doc: Any) -> tuple[str, int] | None:
    """The counter and the number that a document's name was made with, if it was.

    Frappe counts back when the last is deleted.
    """
    rule, _, argument = meta.autoname.partition(":")
    key = doc.get("naming_series") if rule == "naming_series" else argument if rule == "format" else meta.autoname
    counted: list[str] = []

    def remember(prefix: str) -> int:
        counted.append(prefix)
        return 0

    if not key or "#" not in key or doc.get("amended_from"):
        return None
    (make_format if rule == "format" else make_series)(key, doc, remember)
    digits = (
        re.match(r"\d+", cstr(doc.name)[len(counted[0]) :])
        if counted and cstr(doc.name).startswith(counted[0])
        else None
    )
    return (counted[0], int(digits[0])) if digits else None


_DATES = {"YY": "%y", "MM": "%m", "DD": "%d", "YYYY": "%Y", "WW": "%V", "JJJ": "%j"}


def _part_value(part: str, doc: Any) -> str:
    if part in _DATES:
        return now_datetime().strftime(_DATES[part])
    if part == "timestamp":
        return str(now_datetime())
    if part == "hash":
        return generate_hash(length=10)
    field = part[1:-1].strip() if part.startswith("{") and part.endswith("}") else part
    if doc.meta.has_field(field) or field in doc.meta.standard:
        return cstr(doc.get(field)).strip()
    return part


def check_name(meta: DocType, name: Any) -> str | int:
    """The name in its final form. Raises NameError or ValidationError for one that cannot be used."""
    if meta.autoname == "autoincrement":
        return cint(name)
    text = cstr(name).strip()
    if not text:
        raise ValidationError.told(f"No Name Specified for {meta.name}")
    if text.lower().startswith(f"new {meta.name.lower()}"):
        raise NameError.told("There were some errors setting the name, please contact the administrator")
    if meta.name != "DocType" and ("<" in text or ">" in text):
        raise NameError.told(
            "Name cannot contain special characters like "
            f"{bold(chr(39) + '<' + chr(39) + ', ' + chr(39) + '>' + chr(39))}"
        )
    if len(text) > MAX_NAME_LENGTH:
        told = f"{meta.name} {text}: '{bold('ID')}' ({text}) will get truncated, as max characters allowed is"
        raise CharacterLengthExceededError.told(f"{told} {MAX_NAME_LENGTH}", title="Value too big")
    return text
