"""`frappe_lite.doctype.plan`: what saving a DocType would do, told before it is done. Nothing is written.

The checks are the controller's own; the tables are compared as the store would make them.

    {"name": "Task", "fields": [… "points" Int …]}   ->   changes ["Column points is added"], names ["TASK-0042"], …
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from ... import document, permissions
from ...context import Context
from ...doctype.meta import DocType
from ...document import schema
from ...errors import FrappeError, ValidationError
from ...methods.asking import json_object
from ...query import Condition, quote
from ...utils import cint, cstr
from ...values import JsonObject, Values
from ...whitelist import method
from .misfits import misfits
from .naming_examples import next_names
from .properties import OF_DOCTYPE, check_named_fields

_LINKS = ("Link", "Table", "Table MultiSelect")


@method("frappe_lite.doctype.plan", methods=["POST"])
def plan(ctx: Context, doc: object, customise: object = 0) -> JsonObject:
    """What would happen if the DocType were saved so: changes of the database, rows that do not fit, the next names.

    `customise`: it is an app's, and the fields are as the site wants them. `problem` says why it would be refused.
    """
    values = json_object(doc, "doc")
    known = ctx.has_doctype(values.get("name"))
    permissions.require(ctx, ctx.meta("DocType"), "write" if known else "create")
    before = ctx.meta(cstr(values["name"])) if known else None
    raw, problem = _customised(before, values) if before and cint(customise) else _checked(ctx, values, known)
    after = DocType(raw)
    kept = before is not None and not (before.issingle or before.is_virtual) and _has_table(ctx, before)
    return {
        "problem": problem,
        "changes": list(_changes(ctx, before, after)),
        "misfits": [asdict(each) for each in misfits(ctx, before, after)] if before and kept else [],
        "names": next_names(ctx, after),
        "links_to": _links_to(after),
        "links_from": _links_from(ctx, after.name) if known else [],
    }


def _has_table(ctx: Context, meta: DocType) -> bool:
    return bool(ctx.store.database.columns(meta.table))


def _customised(before: DocType, values: Values) -> tuple[Values, str]:
    """An app's DocType with the fields and properties as they are given, and what would be refused."""
    said = {key: value for key, value in values.items() if key in OF_DOCTYPE}
    raw = {**before.raw, **said, "fields": _rows(values)}
    try:
        check_named_fields(DocType(raw), said)
    except ValidationError as error:
        return raw, cstr(error.args[0] if error.args else error)
    return raw, ""


def _checked(ctx: Context, values: Values, known: bool) -> tuple[Values, str]:
    """The DocType as its controller would keep it, and what it would refuse."""
    given = {key: value for key, value in values.items() if key not in ("doctype", "__islocal")}
    given["fields"] = _rows(values)
    try:
        if known:
            doc = document.load(ctx, "DocType", values["name"])
            doc.update(given)
        else:
            doc = document.new(ctx, {"doctype": "DocType", **given})
            doc.before_insert()
        for index, row in enumerate(doc.fields, 1):
            row.idx, row.parent = index, doc.name
        doc.check()
    except FrappeError as error:
        return {**given, "name": cstr(values.get("name")) or "DocType"}, cstr(error.args[0] if error.args else error)
    return schema.raw_of(ctx, doc), ""


def _rows(values: Values) -> list[Values]:
    rows = values.get("fields")
    return [dict(each) for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []


# --- the database -----------------------------------------------------------------------------------------


def _changes(ctx: Context, before: DocType | None, after: DocType) -> Iterator[str]:
    """Each a sentence."""
    if after.issingle or after.is_virtual:
        if before is None:
            yield f"{after.name} has no table of its own"
        return
    there = {name.lower(): name for name in ctx.store.database.columns(after.table)}
    if not there:
        yield f"The table {after.table} is made, with {len(after.value_fields)} columns for its fields"
        return
    for name in after.column_sql:
        if name.lower() not in there:
            yield f"The column {name} is added"
    yield from _of_fields(ctx, before, after)
    indexes = ctx.store.database.indexes(after.table)
    for name, columns in after.indexed.items():
        if name not in indexes:
            yield f"An index on {', '.join(columns)} is added"
    for field in after.unique:
        if f"{after.table}_{field.fieldname}_unique" not in indexes:
            yield f"{field.fieldname} becomes unique, by an index"
    unique = {field.fieldname for field in after.unique}
    for field in after.value_fields:
        if f"{after.table}_{field.fieldname}_unique" in indexes and field.fieldname not in unique:
            yield f"{field.fieldname} is unique no more: its index goes"


def _of_fields(ctx: Context, before: DocType | None, after: DocType) -> Iterator[str]:
    """What becomes of columns whose field is another now, or none."""
    for field in before.value_fields if before else ():
        now = after.field(field.fieldname)
        if now is None or not now.type.column:
            filled = _filled(ctx, after.table, field.fieldname)
            yield f"The field {field.fieldname} goes; its column stays, with {filled} values that nobody sees"
        elif now.fieldtype != field.fieldtype:
            same = now.type.column == field.type.column
            yield (
                f"{field.fieldname} is {now.fieldtype} in place of {field.fieldtype}: "
                + (
                    "its column stays as it is"
                    if same
                    else "its column keeps its type, and new values are of the new one"
                )
            )
    for table in before.table_fields if before else ():
        if after.field(table.fieldname) is None:
            yield f"The table {table.fieldname} goes; its rows stay in {table.options}"


def _filled(ctx: Context, table: str, column: str) -> int:
    if column not in ctx.store.database.columns(table):
        return 0
    sql = f"SELECT count(*) FROM {quote(table)} WHERE CAST({quote(column)} AS TEXT) NOT IN ('', '0')"
    row = ctx.store.database.row(sql)
    return cint(row[0]) if row is not None else 0


# --- links ------------------------------------------------------------------------------------------------


def _links_to(meta: DocType) -> list[Values]:
    return [
        _link(each.options, each.fieldname, each.label, each.fieldtype)
        for each in meta.fields
        if each.fieldtype in _LINKS
    ]


def _links_from(ctx: Context, doctype: str) -> list[Values]:
    """The fields of other DocTypes that mean this one, custom ones too."""
    marks = ", ".join("?" * len(_LINKS))
    where = Condition(f"options = ? AND fieldtype IN ({marks})", (doctype, *_LINKS))
    found = []
    for child, parent in (("DocField", "parent"), ("Custom Field", "dt")):
        columns = (parent, "fieldname", "label", "fieldtype")
        for row in ctx.store.find(ctx.meta(child), where, columns, order=f"{parent}, idx"):
            found.append(_link(row[parent], row["fieldname"], row["label"], row["fieldtype"]))
    return found


def _link(doctype: object, fieldname: object, label: object, fieldtype: object) -> Values:
    return {"doctype": doctype, "fieldname": fieldname, "label": label or fieldname, "fieldtype": fieldtype}


def standard_of(ctx: Context, doctype: str) -> Values:
    """A DocType as its app says, without what the site changed."""
    row = ctx.store.database.row('SELECT json FROM "__meta" WHERE name = ?', (ctx.meta(doctype).name,))
    found: Values = json.loads(row[0]) if row is not None else {}
    return found
