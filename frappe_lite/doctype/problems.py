"""What is wrong with a DocType's JSON file: each fault a sentence with its line. Nothing here refuses: a file that can
be read is loaded as far as it goes.

Frappe's editor writes such files without a fault; those that people and programs write have them, and a field that is
not there is found late. The rules are Frappe's own for a DocType that is saved.

    problems("tea.json", '{"doctype": "DocType", "name": "Tea", … "fieldtype": "Curency" …', …)
        ->  [Problem("tea.json", 7, "price: there is no fieldtype Curency, it is kept as Data; is it Currency?"), …]
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..utils import cstr
from ..values import Values
from .fieldtypes import FIELDTYPES, TABLES
from .meta import CHILD, OPTIONAL, STANDARD

LAYOUT = frozenset(name for name, each in FIELDTYPES.items() if not each.column and not each.table)
"""Fieldtypes that hold no value: they may go without a name."""

RESERVED = frozenset({*STANDARD, *CHILD, *OPTIONAL, "doctype", "rowid", "flags"})
_IS_DOCTYPE = re.compile(r'"doctype"\s*:\s*"DocType"')
_NAME = re.compile(r"\w{1,64}", re.ASCII)
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Problem:
    """What is wrong with a file, and in which line; line 0 is the file as a whole."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


def looks_like_doctype(text: str) -> bool:
    """Whether it says that it is a DocType, though it may be no JSON."""
    return bool(_IS_DOCTYPE.search(text))


def syntax_problem(file: str, error: ValueError) -> Problem:
    """What is wrong with a file that is no JSON."""
    if isinstance(error, json.JSONDecodeError):
        return Problem(
            file, error.lineno, f"this is no JSON, so the DocType is left out: {error.msg} (column {error.colno})"
        )
    return Problem(file, 1, f"this is no JSON, so the DocType is left out: {error}")


def taken_problem(file: str, text: str, raw: Values) -> Problem:
    """That the DocType would stand in the place of one that the server itself lives by, such as User."""
    name = raw["name"]
    return Problem(
        file,
        _line(text, None, "name", name),
        f"{name} comes with Frappe, so this one is left out; give it another name, or add to Frappe's by Custom Fields",
    )


def problems(file: str, text: str, raw: dict[str, object]) -> list[Problem]:
    """Everything that is wrong with a DocType, in the order of the file."""
    return sorted(
        (Problem(file, _line(text, index, key, value), sentence) for index, key, value, sentence in _found(raw)),
        key=lambda each: each.line,
    )


Found = tuple[int | None, str, object, str]
"""Index of the field (None for the DocType itself), the key that is wrong, its value, the sentence."""


def _found(raw: Values) -> Iterator[Found]:
    if not raw.get("name"):
        yield None, "doctype", "DocType", "the DocType has no name, so it is left out"
    if not raw.get("module"):
        yield None, "name", raw.get("name"), "the DocType has no module; it is taken for one of Custom"
    if not isinstance(raw.get("fields") or [], list) or not all(
        isinstance(each, dict) for each in raw.get("fields") or []
    ):
        yield None, "fields", None, "fields is no list of objects, so the DocType is left out"
        return
    seen: dict[str, int] = {}
    for index, field in enumerate(raw.get("fields") or []):
        yield from _of_field(index, field, seen)


def _of_field(index: int, field: dict[str, object], seen: dict[str, int]) -> Iterator[Found]:
    name, fieldtype, options = (cstr(field.get(key)) for key in ("fieldname", "fieldtype", "options"))
    shown = name or cstr(field.get("label")) or f"field {index + 1}"
    if not fieldtype:
        yield index, "fieldname", name, f"{shown}: the field has no fieldtype, it is kept as Data"
    elif fieldtype not in FIELDTYPES:
        yield (
            index,
            "fieldtype",
            fieldtype,
            f"{shown}: there is no fieldtype {fieldtype}, it is kept as Data{_meant(fieldtype)}",
        )
    yield from _of_name(index, name, shown, fieldtype, seen)
    if fieldtype in ("Link", "Dynamic Link", *TABLES) and not options:
        what = (
            "the name of the field that holds the DocType" if fieldtype == "Dynamic Link" else "the name of a DocType"
        )
        yield index, "fieldtype", fieldtype, f"{shown}: a {fieldtype} needs options: {what}"


def _of_name(index: int, name: str, shown: str, fieldtype: str, seen: dict[str, int]) -> Iterator[Found]:
    if not name:
        if fieldtype not in LAYOUT:
            yield index, "fieldtype", fieldtype, f"{shown}: the field has no fieldname, so it holds nothing"
        return
    if not _NAME.fullmatch(name):
        yield (
            index,
            "fieldname",
            name,
            f"{shown}: a fieldname has only letters, numbers and underscores",
        )
    elif name.lower() in RESERVED:
        yield index, "fieldname", name, f"{shown}: this name is Frappe's own; the field needs another"
    if name.lower() in seen:
        yield (
            index,
            "fieldname",
            name,
            f"{shown}: field {seen[name.lower()] + 1} has this fieldname too, so one of them is lost",
        )
    seen.setdefault(name.lower(), index)


def _meant(fieldtype: str) -> str:
    close = difflib.get_close_matches(fieldtype, FIELDTYPES, 1)
    return f"; is it {close[0]}?" if close else ""


def usable(raw: Any) -> bool:
    """Whether there is enough of a DocType to load it."""
    fields = raw.get("fields") or []
    return (
        bool(raw.get("name"))
        and isinstance(raw["name"], str)
        and isinstance(fields, list)
        and all(isinstance(each, dict) for each in fields)
    )


def completed(raw: Values) -> Values:
    """The DocType with the module that it lacks, and without a second field of the same name: of two the first is kept,
    as a table has one column."""
    names: set[str] = set()
    fields = []
    for field in raw.get("fields") or []:
        name = cstr(field.get("fieldname"))
        if (name and name.lower() in names) or name != (field.get("fieldname") or ""):
            continue
        names.add(name.lower())
        fields.append(field)
    if raw.get("module") and len(fields) == len(raw.get("fields") or []):
        return raw
    return {**raw, "module": raw.get("module") or "Custom", "fields": fields}


# --- the line of a fault ----------------------------------------------------------------------------------


def _line(text: str, index: int | None, key: str, value: object) -> int:
    """Where the key with that value stands; of a field, inside that field."""
    start, end = (0, len(text)) if index is None else _place_of_field(text, index)
    wanted = re.compile(
        rf'"{re.escape(key)}"\s*:\s*{re.escape(json.dumps(value, ensure_ascii=False)) if value is not None else ""}'
    )
    found = wanted.search(text, start, end)
    return text.count("\n", 0, found.start() if found else start) + 1


def _place_of_field(text: str, index: int) -> tuple[int, int]:
    """Where an object of the list `fields` begins and ends."""
    found = re.search(r'"fields"\s*:\s*\[', text)
    start = end = found.end() if found else 0  # it is found: the JSON was read
    for _ in range(index + 1):
        start = _skip(text, end)
        _, end = _DECODER.raw_decode(text, start)
    return start, end


def _skip(text: str, position: int) -> int:
    while text[position] in " \t\r\n,":
        position += 1
    return position
