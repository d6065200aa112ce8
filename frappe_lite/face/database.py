"""`frappe.db`: what app code asks of the database. Trusted, as in Frappe: values are bound, no permission is asked.

Commit and rollback belong to the request: app code's own `commit()` keeps what it wrote so far where the request may
write at all, and does nothing in a GET. Dates come as objects, as from Frappe's database.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .. import document
from ..access.auth import SAFE_METHODS
from ..context import Context, current
from ..doctype.typed_dates import TYPES, typed, typed_rows
from ..document import lists
from ..errors import DoesNotExistError, DuplicateEntryError, UniqueValidationError
from ..query import Query, quote
from ..utils import _dict, cstr, now, random_name
from . import mariadb
from .listing import get_all
from .missing import Missing


class Waiting:
    """`frappe.db.after_commit` and its like: functions that wait for the end of the transaction."""

    def __init__(self, functions: list[Callable[[], None]]):
        self._functions = functions

    def add(self, function: Callable[[], Any]) -> None:
        """Let a function wait."""
        self._functions.append(function)

    def reset(self) -> None:
        """Forget those that wait."""
        self._functions.clear()

    def __len__(self) -> int:
        return len(self._functions)


class FaceDatabase:
    """The calls of `frappe.db`, for the context of the moment."""

    db_type = "sqlite"

    db_name = "sqlite"

    @property
    def _ctx(self) -> Context:
        return current.get().trusted()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"frappe.db.{name}")

    # --- values ---

    def get_value(
        self, doctype: str, filters: Any = None, fieldname: Any = "name", ignore: Any = None, as_dict: bool = False,
        order_by: str | None = None, pluck: bool = False, **_more: Any,
    ) -> Any:  # fmt: skip
        """One value, or a tuple or dict of values, of the first document that fits; None for none."""
        rows = self.get_values(doctype, filters, fieldname, as_dict=as_dict, order_by=order_by, limit=1)
        if not rows:
            return None
        return rows[0] if as_dict or not isinstance(fieldname, str) or fieldname == "*" else rows[0][0]

    def get_values(
        self, doctype: str, filters: Any = None, fieldname: Any = "name", ignore: Any = None, as_dict: bool = False,
        order_by: str | None = None, limit: int | None = None, pluck: bool = False, distinct: bool = False, **_more: Any,
    ) -> Any:  # fmt: skip
        """Tuples or dicts of values of the documents that fit."""
        ctx, fields = self._ctx, [fieldname] if isinstance(fieldname, str) else list(fieldname)
        meta = ctx.meta(doctype)
        if meta.issingle:
            single = ctx.store.load_single(meta)
            names = list(single) if fields == ["*"] else fields
            values = [typed(meta.fieldtype(name), single.get(name)) for name in names]
            return [_dict(zip(names, values, strict=True)) if as_dict else tuple(values)]
        if isinstance(filters, str | int):
            filters = {"name": filters}
        select = lists.compile_list(
            ctx,
            doctype,
            fields,
            filters,
            order_by=None if order_by == "KEEP_DEFAULT_ORDERING" else order_by,
            limit=limit,
            distinct=distinct,
        )
        rows = typed_rows(select.types, ctx.store.database.rows(select.sql, select.params))
        if pluck:
            return [row[0] for row in rows]
        return [_dict(zip(select.names, row, strict=True)) if as_dict else tuple(row) for row in rows]

    def get(self, doctype: str, filters: Any = None, as_dict: bool = True, cache: bool = False) -> Any:
        """Every value of the first document that fits; None for none."""
        return self.get_value(doctype, filters, "*", as_dict=as_dict)

    def get_single_value(self, doctype: str, fieldname: str, cache: bool = True) -> Any:
        """A value of a Single DocType."""
        return typed(self._ctx.meta(doctype).fieldtype(fieldname), self._ctx.single(doctype, fieldname))

    def get_singles_dict(self, doctype: str, *_args: Any, **_kwargs: Any) -> _dict:
        """All values of a Single DocType."""
        return _dict(self._ctx.store.load_single(self._ctx.meta(doctype)))

    def get_default(self, key: str, parent: str = "__default") -> Any:
        """A default that was set, else the value of System Settings."""
        kept = self._ctx.store.value(f"default:{parent}:{key}")
        return self._ctx.setting(key) if kept is None else kept

    def set_default(self, key: str, val: Any, parent: str = "__default", parenttype: Any = None) -> None:
        """Keep a default for the site, or for a user."""
        self._ctx.store.set_value(f"default:{parent}:{key}", None if val is None else cstr(val))

    set_global = set_default
    get_global = get_default

    def set_value(
        self, doctype: str, name: Any, fieldname: Any, value: Any = None, update_modified: bool = True, **_more: Any
    ) -> None:
        """Write values of documents at once: no checks, no events."""
        ctx = self._ctx
        meta, values = ctx.meta(doctype), dict(fieldname) if isinstance(fieldname, Mapping) else {fieldname: value}
        unknown = [key for key in values if key not in meta.columns]
        if unknown:
            raise DoesNotExistError.told(f"{doctype} has no field {unknown[0]}")
        values = {key: _cast(meta, key, each) for key, each in values.items()}
        if meta.issingle:
            ctx.store.save_single(meta, values)
            ctx.touch(doctype)
            return
        names = self.get_values(doctype, name, "name", pluck=True) if isinstance(name, dict | list) else [name]
        with ctx.store.database.atomic():
            for each in names:
                row = ctx.store.load_row(meta, each)
                if row is not None:
                    stamp = (
                        {"modified": document.later_moment(row["modified"]), "modified_by": ctx.user}
                        if update_modified and not meta.istable
                        else {}
                    )
                    ctx.store.update(meta, each, {**stamp, **values})
            ctx.touch(doctype)

    def set_single_value(self, doctype: str, fieldname: Any, value: Any = None, *_args: Any, **_kwargs: Any) -> None:
        """Write a value of a Single DocType."""
        self.set_value(doctype, doctype, fieldname, value)

    def exists(self, doctype: Any, name: Any = None, **_more: Any) -> Any:
        """The document's name if it exists, by name or filters; else None."""
        ctx = self._ctx
        if isinstance(doctype, dict):
            doctype, name = doctype["doctype"], {key: value for key, value in doctype.items() if key != "doctype"}
        if not ctx.has_doctype(doctype):
            return None
        meta = ctx.meta(doctype)
        if meta.issingle:
            return meta.name
        if isinstance(name, dict | list):
            return lists.first_name(ctx, doctype, name)
        return ctx.store.exists(meta, name) if name else None

    def count(self, doctype: str, filters: Any = None, **_more: Any) -> int:
        """How many documents fit."""
        return lists.count(self._ctx, doctype, filters)

    def get_all(self, doctype: str, *args: Any, **kwargs: Any) -> Any:
        """As `frappe.get_all`."""
        return get_all(doctype, *args, **kwargs)

    get_list = get_all  # `frappe.db` asks no permission

    def estimate_count(self, doctype: str) -> int:
        """How many documents there are."""
        return self.count(doctype)

    def get_creation_count(self, doctype: str, minutes: int) -> int:
        """How many documents were made in the last minutes."""
        return len(
            self.sql(
                f"SELECT name FROM `tab{self._ctx.meta(doctype).name}` WHERE creation >= date_sub(now(), INTERVAL {int(minutes)} MINUTE)"
            )
        )

    def delete(self, doctype: str, filters: Any = None, **_more: Any) -> None:
        """Delete rows: no checks, no events."""
        ctx = self._ctx
        meta = ctx.meta(doctype)
        condition = Query(lists.Schema(ctx), meta).condition({"name": filters} if isinstance(filters, str) else filters)
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
        values: Iterable[Sequence[Any]],
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
        self,
        doctype: str,
        doc_updates: Mapping[Any, Mapping[str, Any]],
        *,
        chunk_size: int = 100,
        modified: Any = None,
        update_modified: bool = True,
        **_more: Any,
    ) -> None:
        """Write values of many documents, by name: no checks, no events."""
        for name, values in doc_updates.items():
            self.set_value(doctype, name, values, update_modified=update_modified)

    # --- SQL ---

    def sql(
        self, query: Any, values: Any = (), as_dict: bool = False, as_list: bool = False, pluck: bool = False, auto_commit: bool = False, **_more: Any,
    ) -> Any:  # fmt: skip
        """The app's own SQL, with `%s` or `%(name)s` for bound values and backticks for names."""
        names, rows = self._run(cstr(query), values)
        if auto_commit:
            self.commit()
        if pluck:
            return [row[0] for row in rows]
        if as_dict:
            return [_dict(zip(names, row, strict=True)) for row in rows]
        return rows if as_list else tuple(map(tuple, rows))

    def _run(self, query: str, values: Any) -> tuple[list[str], list[list[Any]]]:
        ctx = self._ctx
        ctx.store.database.teach(mariadb.teach)
        sql, params = mariadb.bind(query, values) if values else (query, ())
        names, rows = ctx.store.database.query(mariadb.translate(sql), params)
        return names, typed_rows(self._fieldtypes(query, names), rows)

    def _fieldtypes(self, query: str, names: list[str]) -> list[str]:
        """What each column of an answer is: a date, if a table that the statement names has a date of that name."""
        dated: dict[str, str] = {}
        for doctype in set(re.findall(r"[`\"]tab([^`\"]+)[`\"]", query)):
            if self._ctx.has_doctype(doctype):
                meta = self._ctx.meta(doctype)
                dated |= {name: meta.fieldtype(name) for name in names if meta.fieldtype(name) in TYPES}
        return [dated.get(name, "") for name in names]

    def sql_list(self, query: str, values: Any = (), debug: bool = False, **_more: Any) -> list[Any]:
        """The first column of an answer."""
        return [row[0] for row in self.sql(query, values)]

    def sql_ddl(self, query: str, debug: bool = False) -> None:
        """A statement that changes tables."""
        self.sql(query)

    def multisql(self, sql_dict: Mapping[str, str], values: Any = (), **more: Any) -> Any:
        """The statement for this database: `sqlite`, else `mariadb`, else any."""
        return self.sql(
            sql_dict.get("sqlite") or sql_dict.get("mariadb") or next(iter(sql_dict.values())), values, **more
        )

    # --- tables ---

    def get_tables(self, cached: bool = True) -> list[str]:
        """The names of the tables of documents."""
        return self._ctx.store.document_tables()

    def get_table_columns(self, doctype: str) -> list[str]:
        """The columns of a DocType's table."""
        return list(self._ctx.meta(doctype).columns)

    get_db_table_columns = get_table_columns

    def has_table(self, doctype: str, *_args: Any) -> bool:
        """As `table_exists`."""
        return self.table_exists(doctype)

    def add_index(self, doctype: str, fields: Sequence[str], index_name: str | None = None) -> None:
        """Make an index on the fields, unless it is there."""
        self._index(doctype, fields, index_name, "")

    def add_unique(self, doctype: str, fields: Any, constraint_name: str | None = None) -> None:
        """Let a combination of fields stand in one document only."""
        self._index(doctype, [fields] if isinstance(fields, str) else fields, constraint_name, "UNIQUE ")

    def _index(self, doctype: str, fields: Sequence[str], name: str | None, kind: str) -> None:
        meta = self._ctx.meta(doctype)
        plain = [re.sub(r"\(\d+\)$", "", each) for each in fields]
        unknown = [each for each in plain if each not in meta.columns]
        if unknown:
            raise DoesNotExistError.told(f"{doctype} has no field {unknown[0]}")
        label = quote(f"{meta.table}_{name or '_'.join(plain)}{'_unique' if kind else '_index'}")
        self._ctx.store.database.execute(
            f"CREATE {kind}INDEX IF NOT EXISTS {label} ON {quote(meta.table)} ({', '.join(map(quote, plain))})"
        )

    def has_index(self, table_name: str, index_name: str) -> bool:
        """Whether a table has the index."""
        names = (index_name, f"{table_name}_{index_name}", f"{table_name}_{index_name}_index")
        return any(each in names for each in self._ctx.store.database.indexes(table_name))

    def get_next_sequence_val(self, doctype: str, *_args: Any, **_kwargs: Any) -> int:
        """The next number of an autoincrement DocType."""
        return self._ctx.store.next_number(f"{doctype}:autoincrement")

    @staticmethod
    def is_unique_key_violation(error: BaseException) -> bool:
        """Whether a save failed because a value stands elsewhere."""
        return isinstance(error, UniqueValidationError)

    @staticmethod
    def is_duplicate_entry(error: BaseException) -> bool:
        """Whether a save failed because the name, or a value, is there already."""
        return isinstance(error, DuplicateEntryError | UniqueValidationError)

    is_primary_key_violation = is_duplicate_entry

    @staticmethod
    def is_missing_column(error: BaseException) -> bool:
        """Whether a statement failed for a column that is not there."""
        return bool(re.search("no such column|column .* does not exist", str(error)))

    @staticmethod
    def is_table_missing(error: BaseException) -> bool:
        """Whether a statement failed for a table that is not there."""
        return bool(re.search("no such table|relation .* does not exist", str(error)))

    def has_column(self, doctype: str, column: str) -> bool:
        """Whether the DocType's table has the column."""
        return column in self._ctx.meta(doctype).columns

    def table_exists(self, doctype: str) -> bool:
        """Whether there is a table for the DocType."""
        return self._ctx.has_doctype(doctype)

    def commit(self) -> None:
        """Keep what was written so far; in a GET nothing is ever kept."""
        ctx = current.get()
        if ctx.request.method not in SAFE_METHODS:
            ctx.commit()

    def rollback(self, *, save_point: str | None = None, chain: bool = False) -> None:
        """Forget what was written so far, or since the savepoint."""
        if save_point:
            self._ctx.store.database.rollback_to(_mark(save_point))
        else:
            current.get().rollback()

    def savepoint(self, save_point: str) -> None:
        """Name this moment, to roll back to."""
        self._ctx.store.database.savepoint(_mark(save_point))

    def release_savepoint(self, save_point: str) -> None:
        """Forget the name."""
        self._ctx.store.database.release(_mark(save_point))

    @property
    def after_commit(self) -> Waiting:
        """Functions that run when what was written is kept: `frappe.db.after_commit.add(function)`."""
        return Waiting(current.get().after_commit)

    @property
    def after_rollback(self) -> Waiting:
        """Functions that run when it is not."""
        return Waiting(current.get().after_rollback)

    def begin(self, *_args: Any, **_kwargs: Any) -> None:
        """The first write begins a transaction; nothing to do."""

    def close(self) -> None:
        """The connection is the thread's; nothing to do."""

    def escape(self, value: Any, percent: bool = True) -> str:
        """Text as an SQL literal."""
        return "'" + cstr(value).replace("'", "''") + "'"

    @contextlib.contextmanager
    def unbuffered_cursor(self) -> Iterator[None]:
        """Rows come at once here; nothing to do."""
        yield


def _cast(meta: Any, fieldname: str, value: Any) -> Any:
    field = meta.field(fieldname)
    return field.type.cast(value) if field else value


def _mark(save_point: str) -> str:
    return f'"app_{zlib.crc32(save_point.encode())}"'


@contextlib.contextmanager
def savepoint(catch: Any = Exception) -> Iterator[None]:
    """What is written inside is undone if an error of the kind is raised, which goes no further."""
    try:
        with current.get().store.database.atomic():
            yield
    except catch:
        return
