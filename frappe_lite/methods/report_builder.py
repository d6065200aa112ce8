"""What a report of the report builder asks, and its rows.

A report is an object as a bench keeps it in `Report.json`. What a bench cannot hold (fields of linked documents,
several groups and measures) stands in its key `desk`, which a bench passes over; where there is one, it says all.

    {"fields": [["subject", "Task"], ["item", "Checklist"]], "filters": […], "order_by": "`tabTask`.`modified` desc",
     "group_by": {"group_by": "`tabTask`.`status`", "aggregate_function": "sum", "aggregate_on": "`tabTask`.`points`"},
     "add_totals_row": 1,
     "desk": {"columns": ["subject", "project.title"], "groups": [], "measures": [],
              "filters": […], "order": [["subject", "asc"]]}}
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .. import permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import lists
from ..errors import ValidationError
from ..protocol import parse_json
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from . import spreadsheets

MAX_ROWS = 10_000
"""Rows that one call gives."""

PAGE = 500
ADDED_UP = frozenset({"Int", "Long Int", "Float", "Currency", "Duration"})
"""Fieldtypes whose values make a sum that means something."""

MEASURES = {"count": "Count", "sum": "Sum of", "avg": "Average of", "min": "Least", "max": "Greatest"}
_QUOTED = re.compile(r"`?tab([^`]+)`?\.`?(\w+)`?\Z")

Settings = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """What one column shows. `table` is the child table whose rows it takes; `function` adds up, for a measure."""

    key: str
    path: str
    label: str
    fieldtype: str
    options: str | None = None
    table: str = ""
    function: str = ""

    def selected(self, alias: str) -> object:
        """The column as a list asks for it."""
        if self.function:
            return {self.function.upper(): self.path, "as": alias}
        return f"{self.path} as {alias}"

    def described(self) -> Values:
        """The column as clients read it."""
        return {
            "fieldname": self.key, "label": self.label, "fieldtype": self.fieldtype, "options": self.options,
            "width": 150,
        }  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A report that was understood."""

    columns: list[Column]
    filters: list[Any]
    order: str | None = None
    groups: list[str] = field(default_factory=list)
    totals: bool = False


# --- reading the object ------------------------------------------------------------------------------------


def understood(ctx: Context, meta: DocType, settings: Settings) -> Asked:
    """What the object asks for. Raises ValidationError for what is no report."""
    desk = settings.get("desk")
    if isinstance(desk, dict):
        return _of_desk(ctx, meta, settings, desk)
    group = settings.get("group_by")
    if isinstance(group, dict) and group:
        return _grouped(ctx, meta, settings, group)
    saved = _list(settings, "fields") or _list(settings, "columns") or _usual(meta)
    columns = _unique([_column(ctx, meta, _path(ctx, meta, each)) for each in saved])
    return Asked(columns, _filters(settings), _order(meta, settings), [], bool(cint(settings.get("add_totals_row"))))


def _of_desk(ctx: Context, meta: DocType, settings: Settings, desk: Settings) -> Asked:
    groups = [cstr(each) for each in _list(desk, "groups")]
    measures = [_measure(ctx, meta, *each) for each in _pairs(desk, "measures")] if groups else []
    named = [_column(ctx, meta, each) for each in groups or [cstr(each) for each in _list(desk, "columns")]]
    columns = _unique([*(named or [_column(ctx, meta, "name")]), *measures])
    places = {each.key: _alias(at) for at, each in enumerate(columns)}
    order = [f"{places[key]} {_way(way)}" for key, way in _pairs(desk, "order") if key in places]
    if not order and measures:
        order = [f"{places[measures[0].key]} desc"]
    filters = _list(desk, "filters") if "filters" in desk else _filters(settings)
    return Asked(columns, filters, ", ".join(order) or None, groups, bool(cint(settings.get("add_totals_row"))))


def _grouped(ctx: Context, meta: DocType, settings: Settings, group: Settings) -> Asked:
    """One group and one measure, as a bench keeps them: the largest first."""
    path = _path(ctx, meta, cstr(group.get("group_by")))
    of = _path(ctx, meta, cstr(group["aggregate_on"])) if group.get("aggregate_on") else "name"
    counted = _measure(ctx, meta, cstr(group.get("aggregate_function") or "count").lower(), of)
    measure = Column(
        "_aggregate_column", counted.path, counted.label, counted.fieldtype, counted.options, "", counted.function
    )
    columns = [_column(ctx, meta, path), measure]
    totals = bool(cint(settings.get("add_totals_row")))
    return Asked(columns, _filters(settings), f"{_alias(1)} desc", [path], totals)


def _usual(meta: DocType) -> list[object]:
    """The name, and what a list shows."""
    return [["name", meta.name], *([each.fieldname, meta.name] for each in meta.fields if cint(each.in_list_view))]


def _list(given: Settings, key: str) -> list[Any]:
    found = given.get(key) or []
    if not isinstance(found, list):
        raise ValidationError.told(f"{key} of a report is a list")
    return found


def _pairs(given: Settings, key: str) -> list[tuple[str, str]]:
    found = _list(given, key)
    if not all(isinstance(each, list) and len(each) == 2 for each in found):
        raise ValidationError.told(f"{key} of a report is a list of pairs")
    return [(cstr(one), cstr(other)) for one, other in found]


def _way(text: str) -> str:
    return "desc" if text.lower() == "desc" else "asc"


def _filters(settings: Settings) -> list[object]:
    found = settings.get("filters") or []
    return [found] if isinstance(found, dict) else _list(settings, "filters")


def _path(ctx: Context, meta: DocType, saved: object) -> str:
    """`[field, doctype]`, "`tabDocType`.`field`" or a field's name as the dotted path of a list.

    Raises ValidationError for a DocType that is neither this one nor one of its child tables.
    """
    quoted = _QUOTED.match(saved) if isinstance(saved, str) else None
    if quoted:
        doctype, fieldname = quoted[1], quoted[2]
    elif isinstance(saved, list) and saved:
        fieldname, doctype = cstr(saved[0]), cstr(saved[1]) if len(saved) > 1 else meta.name
    else:
        fieldname, doctype = cstr(saved), meta.name
    if doctype == meta.name:
        return fieldname
    table = next((each.fieldname for each in meta.table_fields if each.options == doctype), None)
    if table is None:
        raise ValidationError.told(f"{doctype} is not a child table of {meta.name}")
    return f"{table}.{fieldname}"


def _order(meta: DocType, settings: Settings) -> str | None:
    """The order, in each of the forms in which a bench has kept it."""
    if settings.get("order_by"):
        return cstr(settings["order_by"])
    parts = []
    for by, way in (("sort_by", "sort_order"), ("sort_by_next", "sort_order_next")):
        name = cstr(settings.get(by)).rpartition(".")[2].strip("`")
        if name in meta.columns:
            parts.append(f"{name} {'asc' if cstr(settings.get(way)).lower() == 'asc' else 'desc'}")
    return ", ".join(parts) or None


# --- columns -----------------------------------------------------------------------------------------------


def _column(ctx: Context, meta: DocType, path: str) -> Column:
    """What a path shows: a field, a linked document's (`project.title`), or a child table's (`checklist.item`)."""
    through, _, fieldname = path.rpartition(".")
    link = meta.field(through) if through else None
    owner = ctx.meta(cstr(link.options)) if link and link.options else meta
    found = owner.field(fieldname)
    kind = found.fieldtype if found else ("Link" if fieldname == "name" else owner.standard.get(fieldname, "Data"))
    options = found.options if found else (owner.name if fieldname == "name" else None)
    label = "ID" if fieldname == "name" else owner.get_label(fieldname)
    if link:
        label = f"{label} ({link.label or link.fieldname})"
    return Column(fieldname, path, label, kind, options, through if link and link.type.table else "")


def _measure(ctx: Context, meta: DocType, function: str, path: str) -> Column:
    if function not in MEASURES:
        raise ValidationError.told(f"A measure is one of {', '.join(MEASURES)}, not {function[:40]}")
    if function == "count":
        return Column("count", "name", MEASURES[function], "Int", None, "", "count")
    of = _column(ctx, meta, path)
    kind = "Float" if function == "avg" and of.fieldtype != "Currency" else of.fieldtype
    return Column(f"{function}:{path}", path, f"{MEASURES[function]} {of.label}", kind, of.options, of.table, function)


def _unique(columns: list[Column]) -> list[Column]:
    """A column is called by its field, or by its path where another has that name; no column stands twice."""
    found: dict[str, Column] = {}
    for each in columns:
        key = each.key if each.key not in found else each.path
        if key not in found:
            found[key] = Column(key, each.path, each.label, each.fieldtype, each.options, each.table, each.function)
    return list(found.values())


# --- rows --------------------------------------------------------------------------------------------------


def rows_of(
    ctx: Context, meta: DocType, asked: Asked, more: list[object], start: int = 0, limit: int | None = MAX_ROWS
) -> tuple[list[Column], list[Values]]:
    """The columns that the caller may read, and the rows."""
    fields = [each.selected(_alias(at)) for at, each in enumerate(asked.columns)]
    filters = [*asked.filters, *more]
    select = lists.compile_list(
        ctx, meta.name, fields, filters, None, asked.order, ", ".join(asked.groups), start, limit
    )
    places = {name: at for at, name in enumerate(select.names)}
    shown = [(each, places[_alias(at)]) for at, each in enumerate(asked.columns) if _alias(at) in places]
    found = ctx.store.select(select)
    names = [(each.key, select.names[place]) for each, place in shown]
    return [each for each, _ in shown], [{key: row[name] for key, name in names} for row in found]


def _alias(at: int) -> str:
    return f"_column_{at}"


def totals_of(ctx: Context, meta: DocType, asked: Asked, columns: list[Column]) -> Values:
    """By key, the sum of each column over all rows, or its measure over all documents.

    A document counts once, in however many rows it stands; where a filter is of child rows, that cannot be told.
    """
    measured = [each for each in columns if each.function]
    added = [each for each in columns if each.fieldtype in ADDED_UP and not asked.groups]
    own = [] if any(_of_rows(meta, each) for each in asked.filters) else [each for each in added if not each.table]
    return {
        **_sums(ctx, meta, asked, measured or [each for each in added if each.table]),
        **_sums(ctx, meta, asked, own),
    }


def _sums(ctx: Context, meta: DocType, asked: Asked, columns: list[Column]) -> Values:
    fields: list[object] = [
        {(each.function or "sum").upper(): each.path, "as": _alias(at)} for at, each in enumerate(columns)
    ]
    found = lists.get_list(ctx, meta.name, fields, asked.filters, limit=1) if fields else []
    return {each.key: found[0][_alias(at)] for at, each in enumerate(columns)} if found else {}


def _of_rows(meta: DocType, condition: object) -> bool:
    """Whether a filter is of the rows of a child table."""
    if not isinstance(condition, list) or not condition:
        return False
    tables = {name for each in meta.table_fields for name in (each.fieldname, cstr(each.options))}
    return any(cstr(part).partition(".")[0] in tables for part in condition[:2])


@method("frappe_lite.report.read")
def read(ctx: Context, doctype: str, settings: object = None, start: object = 0, limit: object = PAGE) -> Values:
    """A report that need not be saved: {columns, result, totals, has_next_page}; `settings` as in `Report.json`."""
    meta, asked = _may_ask(ctx, doctype, settings)
    first, length = max(0, cint(start)), min(max(1, cint(limit) or PAGE), MAX_ROWS)
    columns, rows = rows_of(ctx, meta, asked, [], first, length + 1)
    return {
        "columns": [each.described() for each in columns],
        "result": rows[:length],
        "totals": totals_of(ctx, meta, asked, columns) if asked.totals else None,
        "has_next_page": len(rows) > length,
    }


@method("frappe_lite.report.export")
def export(ctx: Context, doctype: str, settings: object = None, title: object = None, **form: object) -> None:
    """The same as a file of all its rows: `file_format_type` CSV or Excel. Needs the right to export."""
    meta, asked = _may_ask(ctx, doctype, settings)
    permissions.require(ctx, meta, "export")
    columns, rows = rows_of(ctx, meta, asked, [], 0, None)
    table = [[each.label for each in columns], *([row[each.key] for each in columns] for row in rows)]
    if asked.totals and rows:
        totals = totals_of(ctx, meta, asked, columns)
        table.append([totals.get(each.key, "" if at else "Total") for at, each in enumerate(columns)])
    spreadsheets.send(ctx, cstr(title) or meta.name, table, form)


def _may_ask(ctx: Context, doctype: str, settings: object) -> tuple[DocType, Asked]:
    meta = ctx.meta(doctype)
    permissions.require(ctx, meta, "report")
    given = parse_json(settings, "settings")
    given = {} if given is None else given
    if not isinstance(given, dict):
        raise ValidationError.told('settings is an object such as {"fields": [["name", "Task"]]}')
    return meta, understood(ctx, meta, given)
