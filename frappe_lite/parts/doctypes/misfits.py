"""Stored rows that would not fit a DocType once it is changed: they are found out when they are saved the next time.

Only what changes is looked at, by the database; what a type means by a value it is asked itself, for at most so many
different values.

    points was Data, is Int, and a task has "many"   ->   Misfit("points", "is no number, and becomes 0", 1, ["TASK-1"])
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...context import Context
from ...doctype.field import Field
from ...doctype.meta import DocType
from ...errors import ValidationError
from ...query import Condition, quote
from ...utils import cstr

EXAMPLES, MOST_VALUES = 3, 5_000
"""Documents that are named for each fault, and different values of a column that are tried."""


@dataclass(frozen=True)
class Misfit:
    """Some documents that do not fit one field. With `blocks` the DocType itself cannot be saved."""

    fieldname: str
    reason: str
    count: int
    examples: list[str]
    blocks: bool = False


Question = Callable[[Context, Field, "Field | None"], "tuple[str, Condition] | None"]
"""What is wrong with rows, and which; None where nothing can be. It is asked with the field as it was, None if new."""


def misfits(ctx: Context, before: DocType, after: DocType) -> list[Misfit]:
    """The rows of a DocType's table that do not fit what it becomes."""
    there = set(ctx.store.database.columns(before.table))
    return [found for field in after.value_fields for found in _of_field(ctx, before, field, field.fieldname in there)]


def _of_field(ctx: Context, before: DocType, field: Field, stored: bool) -> Iterator[Misfit]:
    if not stored:
        if field.reqd and field.type.empty is None:
            yield from _count(ctx, before, field.fieldname, "has no value, and must have one", Condition())
        return
    earlier = before.field(field.fieldname)
    for ask in (_missing, _no_choice, _no_document, _too_long):
        asked = ask(ctx, field, earlier)
        if asked is not None:
            yield from _count(ctx, before, field.fieldname, *asked)
    if earlier is not None and earlier.fieldtype != field.fieldtype:
        yield from _of_another_type(ctx, before, field)
    if field.unique and not (earlier and earlier.unique):
        twice = (
            f"{_column(field)} IN (SELECT {_column(field)} FROM {quote(before.table)} "
            f"WHERE {_column(field)} IS NOT NULL GROUP BY {_column(field)} HAVING count(*) > 1)"
        )
        yield from _count(ctx, before, field.fieldname, "has the value of another", Condition(twice), blocks=True)


def _column(field: Field) -> str:
    return quote(field.fieldname)


def _given(field: Field) -> str:
    """That a column says anything."""
    return f"{_column(field)} IS NOT NULL AND CAST({_column(field)} AS TEXT) != ''"


def _missing(_ctx: Context, field: Field, earlier: Field | None) -> tuple[str, Condition] | None:
    if not field.reqd or (earlier and earlier.reqd) or field.type.empty is not None:
        return None  # a number is never missing: 0 is one
    return "has no value, and must have one", Condition(f"NOT ({_given(field)})")


def _no_choice(_ctx: Context, field: Field, earlier: Field | None) -> tuple[str, Condition] | None:
    options = [each.strip() for each in cstr(field.options).split("\n")]
    same = earlier and (earlier.fieldtype, earlier.options) == (field.fieldtype, field.options)
    if field.fieldtype != "Select" or same or not any(options):
        return None
    marks = ", ".join("?" * len(options))
    return "has none of the choices", Condition(
        f"{_given(field)} AND {_column(field)} NOT IN ({marks})", tuple(options)
    )


def _no_document(ctx: Context, field: Field, earlier: Field | None) -> tuple[str, Condition] | None:
    same = earlier and (earlier.fieldtype, earlier.options) == (field.fieldtype, field.options)
    if field.fieldtype != "Link" or same or not ctx.has_doctype(field.options):
        return None
    target = ctx.meta(cstr(field.options))
    if target.issingle or target.is_virtual or target.istable:
        return None
    names = f"SELECT CAST(name AS TEXT) FROM {quote(target.table)}"
    return f"names no {target.name}", Condition(f"{_given(field)} AND CAST({_column(field)} AS TEXT) NOT IN ({names})")


def _too_long(_ctx: Context, field: Field, earlier: Field | None) -> tuple[str, Condition] | None:
    most, was = field.limit, earlier.limit if earlier else 0
    if not most or not field.type.is_text or was == most:
        return None
    return f"is longer than {most} letters", Condition(f"length({_column(field)}) > ?", (most,))


def _of_another_type(ctx: Context, before: DocType, field: Field) -> Iterator[Misfit]:
    """Values that the new type takes for none of its own."""
    sql = f"SELECT DISTINCT {_column(field)} FROM {quote(before.table)} WHERE {_given(field)} LIMIT {MOST_VALUES}"
    wrong = [row[0] for row in ctx.store.database.rows(sql) if not _fits(field, row[0])]
    if wrong:
        marks = ", ".join("?" * len(wrong[:500]))
        condition = Condition(f"{_column(field)} IN ({marks})", tuple(wrong[:500]))
        number = field.type.native in (int, float)
        reason = "is no number, and becomes 0" if number else f"is no {field.fieldtype}"
        yield from _count(ctx, before, field.fieldname, reason, condition)


def _fits(field: Field, value: object) -> bool:
    try:
        field.type.cast(value)
    except ValidationError:
        return False
    if field.type.native in (int, float):  # a number is read out of any text, as Frappe does: what is none becomes 0
        return _is_number(value)
    return True


def _is_number(value: object) -> bool:
    try:
        float(cstr(value))
    except ValueError:
        return False
    return True


def _count(
    ctx: Context, meta: DocType, fieldname: str, reason: str, condition: Condition, blocks: bool = False
) -> Iterator[Misfit]:
    where = f" WHERE {condition.sql}" if condition.sql else ""
    table, name = quote(meta.table), "parent" if meta.istable else "name"
    row = ctx.store.database.row(f"SELECT count(*) FROM {table}{where}", condition.params)
    count = int(row[0]) if row is not None else 0
    if count:
        sql = f"SELECT DISTINCT {name} FROM {table}{where} ORDER BY {name} LIMIT {EXAMPLES}"
        examples = [cstr(each[0]) for each in ctx.store.database.rows(sql, condition.params)]
        yield Misfit(fieldname, reason, count, examples, blocks)
