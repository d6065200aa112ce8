"""Counters and the names made with them: a name that came from elsewhere must not be given out a second time.

counters(meta)   ->   patterns; of "INV-.YYYY.-.####" the name INV-2026-0017 says that INV-2026- has reached 17
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...doctype.meta import DocType
from ...store import Store
from ...utils import cstr

_DATES = {"YY": 2, "MM": 2, "DD": 2, "YYYY": 4, "WW": 2, "JJJ": 3}


def counters(meta: DocType) -> list[re.Pattern[str]]:
    """Patterns of the names that the DocType's rule counts, with the groups `prefix` and `number`."""
    rule, _, argument = meta.autoname.partition(":")
    if meta.issingle or meta.istable:
        return []
    if rule.lower() == "naming_series":
        field = meta.field("naming_series")
        keys = {cstr(field and field.default), *cstr(field and field.options).split("\n")}
        return [_of_series(each.strip(), meta) for each in sorted(keys) if each.strip()]
    if rule.lower() == "format":
        return [_of_format(argument, meta)] if "#" in argument else []
    return [_of_series(meta.autoname, meta)] if "#" in meta.autoname and rule.lower() != "field" else []


def _of_series(key: str, meta: DocType) -> re.Pattern[str]:
    parts = [each for each in key.split(".") if each]
    if "#" not in key:
        parts.append("#####")
    return _pattern(parts, meta)


def _of_format(template: str, meta: DocType) -> re.Pattern[str]:
    """All templates share the counter of no prefix."""
    pattern = _pattern([each for each in re.split(r"(\{[^{}]*\})", template) if each], meta)
    return re.compile(pattern.pattern.replace("(?P<prefix>", "(?P<prefix>)(?:", 1), re.DOTALL)


def _pattern(parts: list[str], meta: DocType) -> re.Pattern[str]:
    """The parts of a rule as a pattern: the first `#` part counts, what stands before it is the counter's key."""
    before, after, counted = "", "", ""
    for part in parts:
        inner = part[1:-1].strip() if part.startswith("{") and part.endswith("}") else part
        if inner and not inner.strip("#"):
            counted = counted or rf"(?P<number>\d{{{len(inner)},}})"
            continue
        if inner in _DATES:
            text = rf"\d{{{_DATES[inner]}}}"
        elif inner in ("timestamp", "hash") or meta.has_field(inner) or inner in meta.standard:
            text = ".*?"
        else:
            text = re.escape(part)
        before, after = (before, after + text) if counted else (before + text, after)
    return re.compile(f"(?P<prefix>{before}){counted}{after}", re.DOTALL)


def highest(meta: DocType, names: Iterable[object]) -> dict[str, int]:
    """The highest number that the names have of each counter."""
    if meta.autoname == "autoincrement":
        numbers = [each for each in names if isinstance(each, int)]
        return {f"{meta.name}:autoincrement": max(numbers)} if numbers else {}
    patterns, found = counters(meta), dict[str, int]()
    for name in names if patterns else ():
        for pattern in patterns:
            if match := pattern.fullmatch(cstr(name)):
                found[match["prefix"]] = max(found.get(match["prefix"], 0), int(match["number"]))
    return found


def current(store: Store) -> dict[str, int]:
    """What each counter has reached."""
    return dict(store.database.rows('SELECT name, current FROM "tabSeries"'))


def raise_to(store: Store, numbers: dict[str, int]) -> None:
    """Let no counter stand below these."""
    sql = (
        'INSERT INTO "tabSeries" VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET current = excluded.current WHERE '
        '"tabSeries".current < excluded.current'
    )
    for prefix, number in numbers.items():
        store.database.execute(sql, (prefix, number))
