"""`frappe.db`: what app code asks of the database. Trusted, as in Frappe: values are bound, no permission is asked.

Commit and rollback belong to the request: app code's own `commit()` keeps what it wrote so far where the request may
write at all, and does nothing in a GET.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import document, lists
from .auth import SAFE_METHODS
from .errors import DoesNotExistError
from .query import Condition, Query
from .site import Context, current
from .utils import _dict, cstr


class FaceDatabase:
    """The calls of `frappe.db`, for the context of the moment."""

    db_type = "sqlite"

    @property
    def _ctx(self) -> Context:
        return current.get().trusted()

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
        order_by: str | None = None, limit: int | None = None, pluck: bool = False, **_more: Any,
    ) -> Any:  # fmt: skip
        """Tuples or dicts of values of the documents that fit."""
        ctx, fields = self._ctx, [fieldname] if isinstance(fieldname, str) else list(fieldname)
        meta = ctx.meta(doctype)
        if meta.issingle:
            single = ctx.store.load_single(meta)
            names = [name for name in single if fields == ["*"] or name in fields]
            return [_dict((name, single[name]) for name in names) if as_dict else tuple(single.get(name) for name in (names if fields == ["*"] else fields))]
        if isinstance(filters, str | int):
            filters = {"name": filters}
        rows = lists.get_list(ctx, doctype, fields, filters, order_by=order_by, limit=limit, as_list=not as_dict)
        if pluck:
            return [next(iter(row.values())) if as_dict else row[0] for row in rows]
        return [_dict(row) if as_dict else tuple(row) for row in rows]

    def get_single_value(self, doctype: str, fieldname: str, cache: bool = True) -> Any:
        """A value of a Single DocType."""
        return self._ctx.single(doctype, fieldname)

    def get_singles_dict(self, doctype: str, *_args: Any, **_kwargs: Any) -> _dict:
        """All values of a Single DocType."""
        return _dict(self._ctx.store.load_single(self._ctx.meta(doctype)))

    def get_default(self, key: str, *_args: Any) -> Any:
        """A default, from System Settings."""
        return self._ctx.setting(key)

    def set_value(self, doctype: str, name: Any, fieldname: Any, value: Any = None, update_modified: bool = True, **_more: Any) -> None:
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
                    stamp = {"modified": document.later_moment(row["modified"]), "modified_by": ctx.user} if update_modified and not meta.istable else {}
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

    def get_all(self, doctype: str, **kwargs: Any) -> Any:
        """As `frappe.get_all`."""
        ctx = self._ctx
        return lists.get_list(ctx, doctype, limit=None, **kwargs)

    def get_list(self, doctype: str, **kwargs: Any) -> Any:
        """As `get_all`: `frappe.db` asks no permission."""
        return self.get_all(doctype, **kwargs)

    def delete(self, doctype: str, filters: Any = None, **_more: Any) -> None:
        """Delete rows: no checks, no events."""
        ctx = self._ctx
        meta = ctx.meta(doctype)
        condition = Query(lists.Schema(ctx), meta).condition({"name": filters} if isinstance(filters, str) else filters)
        ctx.store.database.execute(f'DELETE FROM "{meta.table}"' + (f" WHERE {condition.sql}" if condition.sql else ""), condition.params)
        ctx.touch(doctype)

    def sql(self, query: str, values: Any = (), as_dict: bool = False, as_list: bool = False, pluck: bool = False, **_more: Any) -> Any:
        """The app's own SQL, with `%s` or `%(name)s` for bound values and backticks for names."""
        ctx = self._ctx
        sql, params = _placeholders(query, values)
        names, rows = ctx.store.database.query(sql, params)
        if pluck:
            return [row[0] for row in rows]
        if as_dict:
            return [_dict(zip(names, row, strict=True)) for row in rows]
        return [list(row) for row in rows] if as_list else rows

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

    def rollback(self, save_point: str | None = None) -> None:
        """Forget what was written so far, or since the savepoint."""
        if save_point:
            self._ctx.store.database.rollback_to(f"app_{save_point}")
        else:
            current.get().rollback()

    def savepoint(self, save_point: str) -> None:
        """Name this moment, to roll back to."""
        self._ctx.store.database.savepoint(f"app_{save_point}")

    def release_savepoint(self, save_point: str) -> None:
        """Forget the name."""
        self._ctx.store.database.release(f"app_{save_point}")

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


_PLACEHOLDER = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|%%|%\((\w+)\)s|%s")


def _placeholders(query: str, values: Any) -> tuple[str, Any]:
    """MariaDB's placeholders as SQLite's; what stands in quotes is left alone. A list for one mark becomes a list of marks."""
    if isinstance(values, str | int | float):
        values = (values,)
    named = isinstance(values, Mapping)
    ordered = list(values or ())
    params: list[Any] = []

    def replace(match: re.Match[str]) -> str:
        text = match[0]
        if text == "%%":
            return "%"
        if not text.startswith("%"):
            return text
        value = values[match[1]] if named and match[1] else ordered.pop(0)
        if isinstance(value, list | tuple | set):
            params.extend(value)
            return "(" + ", ".join("?" * len(value)) + ")"
        params.append(value)
        return "?"

    return _PLACEHOLDER.sub(replace, query), params


def condition_of(ctx: Context, doctype: str, filters: Any) -> Condition:
    """The SQL condition of filters, for our own use."""
    return Query(lists.Schema(ctx.trusted()), ctx.meta(doctype)).condition(filters)
