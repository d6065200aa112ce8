"""The columns of a CSV file as Frappe's Data Import has them.

A field of the document, or of a row in one of its tables.

Written as `ID`, `Label`, `Label (Table Label)`; where two fields share a label the second is `fieldname` or
`table.fieldname`. Read in any of these forms, in upper or lower case, and as `Label (fieldname)`.

    match(ctx, meta, ["ID", "Subject", "Item (Checklist)"])   ->   [Column("ID", "name"), …, Column(…, "item", "checklist")]
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...context import Context
from ...doctype.field import Field
from ...doctype.meta import DocType
from ...errors import ValidationError
from ...utils import cstr


@dataclass(frozen=True)
class Column:
    """One column: its title in the header, the field that its cells are of, and the table field that holds the row."""

    title: str
    fieldname: str
    table: str = ""
    field: Field | None = None  # None for `name` and the other fields that each document has

    @property
    def fieldtype(self) -> str:
        """The field's type, Data for the name."""
        return self.field.fieldtype if self.field else "Data"


def fields(meta: DocType) -> list[Field]:
    """The fields that a file can hold: those with a column, but no passwords."""
    return [each for each in meta.value_fields if each.fieldtype != "Password"]


def tables(ctx: Context, meta: DocType) -> Iterator[tuple[Field, DocType]]:
    """The DocType's child tables that are installed."""
    for each in meta.table_fields:
        if ctx.has_doctype(each.options):
            yield each, ctx.meta(cstr(each.options))


def every(ctx: Context, meta: DocType) -> list[Column]:
    """The columns of an export, titled as Frappe titles them."""
    found = [Column("ID", "name")]
    taken = {
        "ID",
        "name",
        *(each.fieldname for each in fields(meta)),
    }  # a label that is another field's name would be read as that

    def add(title: str, otherwise: str, field: Field | None, fieldname: str, table: str) -> None:
        chosen = otherwise if title in taken - {otherwise} else title
        taken.add(chosen)
        found.append(Column(chosen, fieldname, table, field))

    for field in fields(meta):
        add(field.label or field.fieldname, field.fieldname, field, field.fieldname, "")
    for table, child in tables(ctx, meta):
        place = table.label or table.fieldname
        add(f"ID ({place})", f"{table.fieldname}.name", None, "name", table.fieldname)
        for field in fields(child):
            add(
                f"{field.label or field.fieldname} ({place})",
                f"{table.fieldname}.{field.fieldname}",
                field,
                field.fieldname,
                table.fieldname,
            )
    return found


def match(
    ctx: Context, meta: DocType, given: Iterable[str], standard: Iterable[str] = (), ignore_unknown: bool = False
) -> list[Column | None]:
    """The column of each title; None for one that is empty or, with `ignore_unknown`, not known.

    `standard` names the fields of every document that may be given too. Raises ValidationError for a title that is
    no field, or stands there twice.
    """
    known = titles(ctx, meta, standard)
    found: list[Column | None] = []
    wrong: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for number, each in enumerate(given, 1):
        title = " ".join(each.split())
        column = known.get(title) or known.get(title.lower())
        if column is not None:
            place = (column.table, column.fieldname)
            if place in seen:
                wrong.append(f'column {number}, "{title}", is the same field as column {seen[place]}')
            seen.setdefault(place, number)
            column = Column(title, column.fieldname, column.table, column.field)
        elif title and not ignore_unknown:
            wrong.append(f'column {number}: {meta.name} has no field "{title}"{_similar(title, known)}')
        found.append(column)
    if wrong:
        raise ValidationError.told("The header is wrong: " + "; ".join(wrong))
    if not any(found):
        raise ValidationError.told(
            f"The header names no field of {meta.name}; the first row holds labels or fieldnames, such as ID, "
            f"{', '.join(_first(meta))}"
        )
    return found


def _first(meta: DocType) -> list[str]:
    return [each.label or each.fieldname for each in fields(meta)[:3]]


def _similar(title: str, known: dict[str, Column]) -> str:
    close = difflib.get_close_matches(title, known, 1, 0.6) or difflib.get_close_matches(title.lower(), known, 1, 0.6)
    return f'; did you mean "{close[0]}"?' if close else " (--ignore-unknown leaves such columns out)"


def titles(ctx: Context, meta: DocType, standard: Iterable[str]) -> dict[str, Column]:
    """What a column may be called, as it is and in lower case.

    Frappe: fieldnames before labels, of two like labels the first.
    """
    known: dict[str, Column] = {}

    def add(column: Column, *titles: str) -> None:
        for title in titles:
            known.setdefault(title, column)

    def add_fields(of: DocType, table: Field | None) -> None:
        places = (table.label or table.fieldname, table.fieldname) if table else ()
        prefix = f"{table.fieldname}." if table else ""
        every_field = [(field.fieldname, field.label or field.fieldname, field) for field in fields(of)]
        found = [
            Column(" ".join(label.split()), name, table.fieldname if table else "", field)
            for name, label, field in [("name", "ID", None), *every_field]
        ]
        for column in found:
            add(column, f"{prefix}{column.fieldname}")
        for column in found:
            label = column.title
            add(
                column,
                *([f"{label} ({place})" for place in places] if table else [label, f"{label} ({column.fieldname})"]),
            )

    add_fields(meta, None)
    for fieldname in standard:
        add(Column(fieldname, fieldname), fieldname)
    for table, child in tables(ctx, meta):
        add_fields(child, table)
    for title in list(known):
        known.setdefault(title.lower(), known[title])
    return known
