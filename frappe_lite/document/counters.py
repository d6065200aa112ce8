"""Counters that names are made by, where a database was begun before they were counted as now.

Templates (`format:`) once had a counter for each beginning of a name; now all share one, as in Frappe. It goes on after
the highest number that documents have, so that no new document meets the name of an old one.
"""

from __future__ import annotations

import re
from typing import Any

from ..context import Context
from ..query import quote
from ..utils import cint, cstr

_SHARED, _DONE = "", "templates share a counter"


def share_template_counter(ctx: Context) -> None:
    """Let the shared counter go on after the names that there are; once for a database."""
    if ctx.store.value(_DONE):
        return
    highest = max((_highest(ctx, doctype, template) for doctype, template in _templates(ctx)), default=0)
    if highest:
        sql = (
            'INSERT INTO "tabSeries" VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET current = excluded.current '
            'WHERE "tabSeries".current < excluded.current'
        )
        ctx.store.database.execute(sql, (_SHARED, highest))
    ctx.store.set_value(_DONE, "1")


def _templates(ctx: Context) -> list[tuple[str, str]]:
    """Each DocType whose names are made of a template with a counter, and the template."""
    rows = ctx.store.database.rows('SELECT name, autoname FROM "tabDocType" WHERE issingle = 0 AND is_virtual = 0')
    told = [(cstr(name), cstr(autoname)) for name, autoname in rows]
    return [
        (name, rule[7:]) for name, rule in told if rule[:7].lower() == "format:" and re.search(r"\{\s*#+\s*\}", rule)
    ]


def _highest(ctx: Context, doctype: str, template: str) -> int:
    """The highest number among the names that fit the template; 0 for none."""
    table = f"tab{doctype}"
    if not ctx.store.database.columns(table):
        return 0
    fits = _pattern(template)
    found: list[Any] = [
        fits.fullmatch(cstr(row[0])) for row in ctx.store.database.rows(f"SELECT name FROM {quote(table)}")
    ]
    return max((cint(number) for each in found if each for number in each.groups()), default=0)


def _pattern(template: str) -> re.Pattern[str]:
    """What a name of the template looks like: each counter is a group."""
    parts = re.split(r"\{([^{}]*)\}", template)
    made = [
        re.escape(part) if index % 2 == 0 else r"(\d{1,18})" if part.strip() and not part.strip().strip("#") else ".*?"
        for index, part in enumerate(parts)
    ]
    return re.compile("".join(made), re.DOTALL)
