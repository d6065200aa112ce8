"""Documents written as they are: names, owners, times, states and all. No controller runs and no rule is asked.

For data that was valid where it comes from: a pull, `import --raw`. Values are brought into the form of their fields,
passwords left out, counters raised by whoever calls (`series.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...context import Context
from ...doctype.meta import DocType
from ...errors import UniqueValidationError, ValidationError
from ...query import quote
from ...sqlite.database import UniqueViolation
from ...utils import cint, cstr, now, random_name
from . import columns

Values = Mapping[str, Any]


class RowWriter:
    """Writes into the context's transaction."""

    def __init__(self, ctx: Context):
        self.ctx = ctx
        self._sql: dict[str, str] = {}

    def put(self, meta: DocType, document: Values) -> object:
        """Write a document with the child rows that it has; tables that it does not mention stay. Its name.

        Raises ValidationError for a value that its field cannot hold, UniqueValidationError.
        """
        store = self.ctx.store
        if meta.issingle:
            store.save_single(
                meta,
                {
                    key: value
                    for key, value in self._row(meta, document).items()
                    if key not in ("name", "docstatus", "idx")
                },
            )
            name: object = meta.name
        else:
            row = self._row(meta, document)
            name = row["name"]
            self._upsert(meta, row)
        for table, child in columns.tables(self.ctx, meta):
            given = document.get(table.fieldname)
            if isinstance(given, list):
                store.delete_children(child, meta.name, name, table.fieldname)
                for index, each in enumerate(given, 1):
                    self._put_child(
                        child,
                        each,
                        {"parent": cstr(name), "parenttype": meta.name, "parentfield": table.fieldname, "idx": index},
                        document,
                    )
        self.ctx.touch(meta.name)
        return name

    def _put_child(self, child: DocType, given: Values, place: Values, document: Values) -> None:
        inherited = {key: document.get(key) for key in ("owner", "creation", "modified", "modified_by", "docstatus")}
        kept = {key: value for key, value in dict(given).items() if value is not None}
        self._upsert(child, self._row(child, {"name": random_name(), **inherited, **kept, **place}))

    def _upsert(self, meta: DocType, row: dict[str, object]) -> None:
        sql = self._sql.get(meta.name)
        if sql is None:
            fixed = {"name", *(each.fieldname for each in meta.passwords)}
            sets = ", ".join(f"{quote(each)} = excluded.{quote(each)}" for each in meta.columns if each not in fixed)
            sql = self._sql[meta.name] = f"{meta.insert_sql} ON CONFLICT (name) DO UPDATE SET {sets}"
        try:
            self.ctx.store.database.execute(sql, list(row.values()))
        except UniqueViolation as violation:
            raise UniqueValidationError.told(
                f"{meta.get_label(violation.column)} must be unique: another document has {row.get(violation.column)}"
            ) from None

    def _row(self, meta: DocType, given: Values) -> dict[str, object]:
        """The values of the DocType's columns, in their order."""
        row: dict[str, object] = {}
        for column, kind in meta.columns.items():
            value = given.get(column)
            if value is None or kind.table:
                row[column] = kind.empty
                continue
            try:
                row[column] = kind.cast(value)
            except ValidationError as error:
                raise ValidationError.told(f"{meta.get_label(column)}: {error}") from None
        for field in meta.passwords:
            row[field.fieldname] = None
        moment = cstr(row["creation"]) or now()
        row.update(
            name=name_of(meta, given.get("name")), owner=row["owner"] or "Administrator", creation=moment,
            modified=row[(
                "modified"
            )] or moment,
            modified_by=row["modified_by"] or row["owner"] or "Administrator", docstatus=cint(row["docstatus"]),
            idx=cint(row[(
                "idx"
            )]),
        )  # fmt: skip
        return row


def name_of(meta: DocType, given: object) -> object:
    """A name as the table keeps it. Raises ValidationError for none."""
    if meta.issingle:
        return meta.name
    if given in (None, "") or isinstance(given, bool | list | dict):
        raise ValidationError.told(f"a {meta.name} that is kept as it is needs its name")
    return cint(given) if meta.autoname == "autoincrement" else cstr(given)
