"""`frappe.db.count`, `sum` and their kind: one number of the documents that fit."""

from __future__ import annotations

from ...context import Context, current
from ...doctype.typed_dates import typed_rows
from ...document import lists
from ..queries.listing import as_filters


class Aggregates:
    """The calls of `frappe.db` that answer with one number."""

    @property
    def _ctx(self) -> Context:
        return current.get().trusted()

    def count(
        self, dt: str, filters: object = None, debug: bool = False, cache: bool = False, distinct: bool = True
    ) -> int:
        """How many documents fit."""
        return lists.count(self._ctx, dt, as_filters(filters))

    def sum(self, dt: str, fieldname: str, filters: object = None) -> object:
        """The sum of a field over the documents that fit; 0 for none."""
        return self._aggregate("SUM", dt, fieldname, filters) or 0

    def avg(self, dt: str, fieldname: str, filters: object = None) -> object:
        """The mean of a field; 0 for none."""
        return self._aggregate("AVG", dt, fieldname, filters) or 0

    def min(self, dt: str, fieldname: str, filters: object = None) -> object:
        """The smallest value of a field; 0 for none."""
        return self._aggregate("MIN", dt, fieldname, filters) or 0

    def max(self, dt: str, fieldname: str, filters: object = None) -> object:
        """The largest value of a field; 0 for none."""
        return self._aggregate("MAX", dt, fieldname, filters) or 0

    def _aggregate(self, function: str, doctype: str, fieldname: str, filters: object) -> object:
        select = lists.compile_list(self._ctx, doctype, [{function: fieldname, "as": "value"}], as_filters(filters))
        return typed_rows(select.types, self._ctx.store.database.rows(select.sql, select.params))[0][0]

    def estimate_count(self, doctype: str) -> int:
        """How many documents there are."""
        return self.count(doctype)
