"""`frappe.db`: what app code asks of the database. Trusted, as in Frappe: values are bound, no permission is asked.

Commit and rollback belong to the request: app code's own `commit()` keeps what it wrote so far where the request may
write at all, and does nothing in a GET. Dates come as objects, as from Frappe's database. Keywords about MariaDB's
locks and Redis' caches (`for_update`, `skip_locked`, `wait`, `cache`) are taken and change nothing: whoever writes here
is the only one, and nothing is cached. `debug` writes the statement to the log.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ... import document
from ...context import Context
from ...doctype.meta import DocType
from ...doctype.typed_dates import TYPES, typed, typed_rows
from ...document import lists
from ...errors import DataError, DoesNotExistError, DuplicateEntryError, UniqueValidationError, ValidationError
from ...query import Condition, Query, Select
from ...sqlite.database import Database
from ...utils import _dict, cstr, now, random_name
from ...values import Given
from ..guarding import asks_whether
from ..mariadb import dialect, grammar, index_statements
from ..missing import Missing
from ..model.doc_ref import doctype_of, named
from ..queries.listing import as_filters, get_all, is_term, split_fields
from ..queries.query_builder import qb
from . import bare_tables
from .aggregates import Aggregates
from .bare_tables import shaped
from .default_values import Defaults
from .tables import Tables
from .transactions import Transactions, savepoint

log = logging.getLogger("frappe_lite.app")
KEEP = "KEEP_DEFAULT_ORDERING"
NAMES = str | int | float


class FaceDatabase(Transactions, Tables, Aggregates, Defaults):
    """The calls of `frappe.db`, for the context of the moment."""

    db_type = "sqlite"
    auto_commit_on_many_writes: object = (
        0  # app code sets it, and sets it back: a transaction may be of any length here
    )

    db_name = "sqlite"

    VARCHAR_LEN, MAX_COLUMN_LENGTH = 140, 64

    def __getattr__(self, name: str) -> Missing:
        if name.startswith("__") or asks_whether(name):
            raise AttributeError(name)
        return Missing(f"frappe.db.{name}")

    # --- values ---

    def get_value(
        self, doctype: str, filters: object = None, fieldname: object = "name", ignore: bool = False,
        as_dict: bool = False, debug: bool = False,
        order_by: str | None = KEEP, cache: bool = False, for_update: bool = False, *, run: bool = True,
        pluck: bool = False, distinct: bool = False,
        skip_locked: bool = False, wait: bool = True,
    ) -> Any:  # fmt: skip
        """One value, or a tuple or dict of several, of the first document that fits; None for none."""
        rows = self.get_values(
            doctype,
            filters,
            fieldname,
            ignore,
            as_dict,
            debug,
            order_by,
            run=run,
            pluck=pluck,
            distinct=distinct,
            limit=1,
        )
        if not run:
            return rows
        if not rows:
            return None
        row = rows[0]
        return row if as_dict or pluck or len(row) > 1 or isinstance(row, dict) else row[0]

    def get_values(
        self, doctype: str, filters: object = None, fieldname: object = "name", ignore: bool = False,
        as_dict: bool = False, debug: bool = False,
        order_by: str | None = KEEP, update: Given | None = None, cache: bool = False,
        for_update: bool = False, *, run: bool = True,
        pluck: bool = False, distinct: bool = False, limit: int | None = None, skip_locked: bool = False,
        wait: bool = True,
    ) -> Any:  # fmt: skip
        """Tuples or dicts of values of the documents that fit; those of a Single for None or its own name."""
        ctx, doctype = self._ctx, doctype_of(doctype)
        if doctype in bare_tables.COLUMNS:
            names = list(bare_tables.COLUMNS[doctype]) if fieldname == "*" else split_fields(fieldname)
            found = bare_tables.rows(ctx.store.database, doctype, filters, names, limit)
            return shaped(names, found, as_dict or fieldname == "*", pluck, update)
        if not ctx.has_doctype(doctype):
            if ignore:
                return []
            raise DoesNotExistError.told(f"DocType {doctype} not found")
        meta = ctx.meta(doctype)
        if meta.issingle:
            return self._values_of_single(meta, filters, fieldname, as_dict, pluck, update)
        if filters is None or isinstance(filters, str) and filters == doctype != "DocType":
            return []  # Frappe: this asks for a Single, which the DocType is not
        if (
            is_term(filters)
            or is_term(fieldname)
            or isinstance(fieldname, list | tuple)
            and any(map(is_term, fieldname))
        ):
            query = qb.get_query(
                doctype, fields=fieldname, filters=filters, order_by=order_by, limit=limit, distinct=distinct
            )
            return query.run(as_dict=as_dict, pluck=pluck, update=update, run=run)
        as_dict = as_dict or fieldname == "*"
        if fieldname == "*":
            fieldname = list(meta.columns)  # the lists of tags and the like too, as in the table
        try:
            select = self._select(ctx, doctype, filters, fieldname, order_by, limit, distinct)
        except (DataError, ValidationError):
            if ignore:
                return []
            raise
        if not run or debug:
            text = dialect.inlined(select.sql, select.params)
            if not run:
                return text
            log.info("%s", text)
        rows = typed_rows(select.types, ctx.store.database.rows(select.sql, select.params))
        return shaped(select.names, rows, as_dict, pluck, update)

    @staticmethod
    def _select(
        ctx: Context,
        doctype: str,
        filters: object,
        fieldname: object,
        order_by: str | None,
        limit: int | None,
        distinct: bool,
    ) -> Select:
        order = None if distinct or not order_by else "creation desc" if order_by == KEEP else _newest_first(order_by)
        if order == "creation desc" and doctype in ("DocType",):
            order = None
        return lists.compile_list(
            ctx, doctype, split_fields(fieldname), as_filters(filters), order_by=order, limit=limit, distinct=distinct
        )

    def _values_of_single(
        self,
        meta: DocType,
        filters: object,
        fieldname: object,
        as_dict: bool,
        pluck: bool,
        update: Given | None,
    ) -> list[object]:
        found = self.get_singles_dict(meta.name, cast=True)
        if isinstance(filters, Mapping) and any(found.get(key) != value for key, value in filters.items()):
            return []
        names = list(found) if fieldname == "*" else split_fields(fieldname)
        if not found.keys() >= set(names):  # Frappe: app code may keep what is no field
            found.update(
                bare_tables.rows(self._ctx.store.database, "Singles", {"doctype": meta.name}, ["field", "value"], None)
            )
        values = [found.get(name) for name in names]
        if pluck:
            return values
        return [
            _dict(zip(names, values, strict=True)).update(update or {})
            if as_dict or fieldname == "*"
            else tuple(values)
        ]

    def get_values_from_single(
        self, fields: object, filters: object, doctype: str, as_dict: bool = False, debug: bool = False,
        update: Any = None, *, run: bool = True,
        pluck: bool = False, distinct: bool = False,
    ) -> list[object]:  # fmt: skip
        """Values of a Single DocType, as `get_values` gives them."""
        return self._values_of_single(self._ctx.meta(doctype), filters, fields, as_dict, pluck, update)

    def get(self, doctype: str, filters: object = None, as_dict: bool = True, cache: bool = False) -> object:
        """Every value of the first document that fits; None for none."""
        return self.get_value(doctype, filters, "*", as_dict=as_dict)

    def get_single_value(self, doctype: str, fieldname: str, cache: bool = True) -> object:
        """A value of a Single DocType. Raises ValidationError for a field that it does not have."""
        meta = self._ctx.meta(doctype)
        if not meta.fieldtype(fieldname):
            raise ValidationError.told(f"Field {fieldname} does not exist on {doctype}")
        value = typed(meta.fieldtype(fieldname), self._ctx.single(doctype, fieldname))
        field = meta.field(fieldname)
        return field.type.empty if value is None and field else value

    get_singles_value = get_single_value

    def get_singles_dict(
        self, doctype: str, debug: bool = False, *, for_update: bool = False, cast: bool = False
    ) -> _dict:
        """All values of a Single DocType; dates as objects with `cast`."""
        meta = self._ctx.meta(doctype)
        found = self._ctx.store.load_single(meta)
        return _dict({key: typed(meta.fieldtype(key), value) if cast else value for key, value in found.items()})

    def get_system_setting(self, key: str) -> object:
        """A value of System Settings."""
        return self._ctx.setting(key)

    # --- defaults ---

    # --- writing ---

    def set_value(
        self, dt: str, dn: object, field: Any, val: object = None, modified: object = None,
        modified_by: str | None = None, update_modified: bool = True, debug: bool = False,
    ) -> None:  # fmt: skip
        """Write values of documents at once: no checks, no events. `dn` is a name, a list of names, or filters."""
        ctx = self._ctx
        if dt in bare_tables.COLUMNS:
            bare_tables.write(ctx.store.database, dt, dn, dict(field) if isinstance(field, Mapping) else {field: val})
            return
        meta, values, dn = ctx.meta(dt), dict(field) if isinstance(field, Mapping) else {field: val}, named(dn)
        if meta.issingle:
            self.set_single_value(
                dt, values, None, modified=modified, modified_by=modified_by, update_modified=update_modified
            )
            return
        unknown = [key for key in values if key not in meta.columns]
        if unknown:
            raise DataError.told(f"{dt} has no field {unknown[0]}")
        values = {key: _cast(meta, key, each) for key, each in values.items()}
        stamp = (
            {"modified": _text(modified), "modified_by": modified_by or ctx.user}
            if update_modified and not meta.istable
            else {}
        )
        if dn is None or dn == dt != "DocType":
            return  # Frappe: this names a Single, which the DocType is not
        names = [dn] if isinstance(dn, NAMES) else self.get_values(dt, dn, "name", order_by=None, pluck=True)
        with ctx.store.database.atomic():
            for each in names:
                row = ctx.store.load_row(meta, each)
                if row is not None:
                    moment = {"modified": stamp["modified"] or document.later_moment(row["modified"])} if stamp else {}
                    ctx.store.update(meta, each, {**stamp, **moment, **values})
            ctx.touch(dt)

    def set_single_value(
        self, doctype: str, fieldname: Any, value: object = None, *, modified: object = None,
        modified_by: str | None = None, update_modified: bool = True, debug: bool = False,
    ) -> None:  # fmt: skip
        """Write a value of a Single DocType, or several: no checks, no events."""
        ctx = self._ctx
        meta, given = ctx.meta(doctype), dict(fieldname) if isinstance(fieldname, Mapping) else {fieldname: value}
        values = {key: _cast(meta, key, each) for key, each in given.items()}
        stamp = (
            {"modified": _text(modified) or now(), "modified_by": modified_by or ctx.user} if update_modified else {}
        )
        ctx.store.save_single(meta, {**stamp, **values})
        ctx.touch(doctype)

    def delete(self, doctype: str, filters: object = None, debug: bool = False, *, conditions: object = None) -> None:
        """Delete rows: no checks, no events."""
        ctx = self._ctx
        if doctype in bare_tables.COLUMNS:
            bare_tables.delete(ctx.store.database, doctype, filters or conditions)
            ctx.touch("System Settings")
            return
        meta = ctx.meta(doctype)
        condition = condition_of(ctx, doctype, filters or conditions)
        ctx.store.database.execute(
            f'DELETE FROM "{meta.table}"' + (f" WHERE {condition.sql}" if condition.sql else ""), condition.params
        )
        ctx.touch(doctype)

    def truncate(self, doctype: str) -> None:
        """Delete every row of a DocType: no checks, no events."""
        self.delete(doctype)

    def bulk_insert(
        self,
        doctype: str,
        fields: Sequence[str],
        values: Iterable[Sequence[object]],
        ignore_duplicates: bool = False,
        *,
        chunk_size: int = 10_000,
    ) -> None:
        """Insert rows: no checks, no events; unset numbers are 0, what is not given of name and moments is made."""
        ctx, moment = self._ctx, now()
        meta = ctx.meta(doctype)
        empty = {name: kind.empty for name, kind in meta.columns.items()} | {
            "owner": ctx.user,
            "modified_by": ctx.user,
            "creation": moment,
            "modified": moment,
        }
        with ctx.store.database.atomic():
            for row in values:
                given = {key: _cast(meta, key, value) for key, value in zip(fields, row, strict=True)}
                try:
                    with ctx.store.database.atomic():
                        ctx.store.insert(meta, {**empty, "name": random_name(), **given})
                except (DuplicateEntryError, UniqueValidationError):
                    if not ignore_duplicates:
                        raise
            ctx.touch(meta.name)

    def bulk_update(
        self, doctype: str, doc_updates: Mapping[object, Mapping[str, object]], *, chunk_size: int = 100,
        modified: object = None, modified_by: str | None = None,
        update_modified: bool = True, debug: bool = False,
    ) -> None:  # fmt: skip
        """Write values of many documents, by name: no checks, no events."""
        for name, values in doc_updates.items():
            self.set_value(doctype, name, values, None, modified, modified_by, update_modified)

    # --- questions ---

    def exists(self, dt: Any, dn: object = None, cache: bool = False, *, debug: bool = False) -> object:
        """The document's name if it exists, by name or filters; else None. A field that there is none of fits
        nothing."""
        dn = named(dn)
        if isinstance(dt, Mapping):
            dt, dn = dt["doctype"], {key: value for key, value in dt.items() if key != "doctype"}
        if dt != "DocType" and dt == dn:
            return dn  # Frappe: a Single is always there
        ctx = self._ctx
        if not ctx.has_doctype(dt):
            return None
        meta = ctx.meta(dt)
        if isinstance(dn, Mapping) and dn.get("doctype") == meta.name and "doctype" not in meta.columns:
            dn = {key: value for key, value in dn.items() if key != "doctype"}
        if meta.issingle or not isinstance(dn, NAMES):
            return self.get_value(dt, dn, ignore=True, order_by=None)
        return ctx.store.exists(meta, dn) if dn not in ("", None) else None

    def a_row_exists(self, doctype: str) -> object:
        """A row of the DocType, in a list; empty if it has no documents."""
        return get_all(doctype, limit=1, as_list=True)

    get_all = staticmethod(get_all)
    get_list = staticmethod(get_all)  # `frappe.db` asks no permission

    def get_creation_count(self, doctype: str, minutes: int) -> int:
        """How many documents were made in the last minutes."""
        return len(
            self.sql(
                f"SELECT name FROM `tab{self._ctx.meta(doctype).name}` WHERE creation >= date_sub(now(), INTERVAL "
                f"{int(minutes)} MINUTE)"
            )
        )

    def get_last_created(self, doctype: str) -> object:
        """When the newest document was made; None without one."""
        return self.get_value(doctype, {}, "creation", order_by="creation desc")

    # --- SQL ---

    def sql(
        self, query: object, values: object = (), *, as_dict: bool = False, as_list: bool = False, debug: bool = False,
        ignore_ddl: bool = False,
        auto_commit: bool = False, update: Given | None = None, explain: bool = False, run: bool = True,
        pluck: bool = False, as_iterator: bool = False,
    ) -> Any:  # fmt: skip
        """The app's own SQL, with `%s` or `%(name)s` for bound values and backticks for names; its text if not
        `run`."""
        if not run or explain:
            return cstr(query) if not run else None
        if debug:
            log.info("%s %s", query, values or "")
        names, rows = self._run(cstr(query), values)
        if auto_commit:
            self.commit()
        found: object
        if pluck:
            found = [row[0] for row in rows]
        elif as_dict:
            found = [_dict(zip(names, row, strict=True)).update(update or {}) for row in rows]
        else:
            found = rows if as_list else tuple(map(tuple, rows))
        return iter(found) if as_iterator else found

    def _run(self, query: str, values: object) -> tuple[list[str], list[list[object]]]:
        ctx = self._ctx
        ctx.store.database.teach(dialect.teach)
        sql, params = dialect.bind(query, values) if values not in ((), None) else (query, ())
        index = index_statements.parse(query) if "index" in query.lower() or "key" in query.lower() else None
        if index is not None:
            self.change_index(index)
            return [], []
        if isinstance(ctx.store.database, Database):
            sql = grammar.rewrite(sql)
        names, rows = ctx.store.database.query(dialect.translate(sql), params)
        return names, typed_rows(self._fieldtypes(query, names), rows)

    def _fieldtypes(self, query: str, names: list[str]) -> list[str]:
        """What each column of an answer is: a date, if a table that the statement names has a date of that name."""
        dated: dict[str, str] = {}
        for quoted, bare in set(re.findall(r"[`\"]tab([^`\"]+)[`\"]|\btab(\w+)", query)):
            doctype = quoted or bare
            if self._ctx.has_doctype(doctype):
                meta = self._ctx.meta(doctype)
                dated |= {name: meta.fieldtype(name) for name in names if meta.fieldtype(name) in TYPES}
        return [dated.get(name, "") for name in names]

    def sql_list(self, query: str, values: object = (), debug: bool = False) -> list[object]:
        """The first column of an answer."""
        return [row[0] for row in self.sql(query, values, debug=debug)]

    def sql_ddl(self, query: str, debug: bool = False) -> None:
        """A statement that changes tables."""
        self.sql(query, debug=debug)

    def multisql(self, sql_dict: Mapping[str, str], values: object = (), **options: Any) -> object:
        """The statement for this database: `sqlite`, else `mariadb`, else any; with the options of `sql`."""
        return self.sql(
            sql_dict.get("sqlite") or sql_dict.get("mariadb") or next(iter(sql_dict.values())), values, **options
        )

    @staticmethod
    def escape(s: object, percent: bool = True) -> str:
        """Text as an SQL literal; its % doubled, unless `percent` is false, for a statement with placeholders."""
        text = cstr(s).replace("'", "''")
        return f"'{text.replace('%', '%%') if percent and '%' in text else text}'"

    @staticmethod
    def format_date(date: object) -> str:
        """A date as the database keeps it."""
        return cstr(typed("Date", cstr(date)))

    @staticmethod
    def format_datetime(datetime: object) -> str:
        """A moment as the database keeps it; the zero date for nothing."""
        found = typed("Datetime", cstr(datetime)) if datetime else None
        return cstr(found.isoformat(" ", "microseconds")) if found else "0001-01-01 00:00:00.000000"


def condition_of(ctx: Context, doctype: str, filters: object) -> Condition:
    """What `filters` say of a DocType's rows, as SQL on its table."""
    return Query(lists.Schema(ctx), ctx.meta(doctype)).condition(as_filters(filters))


def _newest_first(order_by: str) -> str:
    """Frappe: an order without a direction goes down in `frappe.db`, though up in lists."""
    parts = [part.strip() for part in order_by.split(",")]
    return ", ".join(part if part.lower().endswith((" asc", " desc")) else f"{part} desc" for part in parts if part)


def _cast(meta: DocType, fieldname: str, value: object) -> object:
    field, value = meta.field(fieldname), named(value)
    if field:
        return field.type.cast(value)
    return value if isinstance(value, str | int | float | bytes | None) else cstr(value)


def _text(moment: object) -> str | None:
    return cstr(moment) or None


__all__ = ["FaceDatabase", "condition_of", "savepoint"]
