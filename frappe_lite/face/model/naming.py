"""`frappe.model.naming`: names by series, by rule, by chance, as app code asks for them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from ...doctype import naming
from ...doctype.naming import consecutive_week as determine_consecutive_week_number
from ...document.base_document import BaseDocument
from ...document.controllers.linked import free_name
from ...errors import NameError, ValidationError
from ...query import Condition
from ...utils import bold, cint, random_name
from ..context import ctx
from ..database.calls import condition_of

NAMING_SERIES_PATTERN = re.compile(r"^[\w\- \/.#{}]+$", re.UNICODE)
NAMING_SERIES_PART_TYPES = (int, str, datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
InvalidUUIDValue = naming.InvalidUUIDValue
InvalidNamingSeriesError = naming.InvalidNamingSeriesError


class NamingSeries:
    """A series such as `INV-.YYYY.-.####`; one without # counts with five digits."""

    def __init__(self, series: str):
        self.series = series if "#" in series else f"{series}.#####"

    def validate(self) -> None:
        """Raises InvalidNamingSeriesError."""
        if "." not in self.series:
            raise InvalidNamingSeriesError.told(f"Invalid naming series {bold(self.series)}: dot (.) missing")
        if not NAMING_SERIES_PATTERN.match(self.series):
            raise InvalidNamingSeriesError.told(
                f"Special Characters except '-', '#', '.', '/', '{{' and '}}' not allowed in naming series "
                f"{bold(self.series)}"
            )

    def generate_next_name(self, doc: object, *, ignore_validate: bool = False) -> str:
        """The next name of the series."""
        if not ignore_validate:
            self.validate()
        return parse_naming_series(self.series, doc=doc)

    def get_prefix(self) -> str:
        """What stands before the number: the counter has that name."""
        found: list[str] = []
        parse_naming_series(
            self.series,
            number_generator=lambda prefix, digits: (found.append(prefix), "#" * digits)[1],  # type: ignore[func-returns-value]
        )
        if not found:
            raise ValidationError.told(f"Invalid Naming Series: {self.series}")
        return found[0]

    def get_preview(self, doc: object = None) -> list[str]:
        """Three names as the series would make them; nothing is counted."""

        def numbered(number: int) -> str:
            return parse_naming_series(
                self.series, doc=doc, number_generator=lambda _, digits: str(number).zfill(digits)
            )

        return [numbered(number) for number in (1, 2, 3)]

    def get_current_value(self) -> int:
        """The number that the series gave last."""
        row = ctx().store.database.row('SELECT current FROM "tabSeries" WHERE name = ?', (self.get_prefix(),))
        return cint(row[0]) if row else 0

    def update_counter(self, new_count: object) -> None:
        """Let the series go on from a number."""
        sql = 'INSERT INTO "tabSeries" VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET current = excluded.current'
        ctx().store.database.execute(sql, (self.get_prefix(), cint(new_count)))


def make_autoname(key: str = "", doctype: str = "", doc: object = "", *, ignore_validate: bool = False) -> str:
    """The next name of a series such as `INV-.YYYY.-.####`, or `hash`."""
    if key == "hash":
        return random_name()
    return NamingSeries(key).generate_next_name(doc or None, ignore_validate=ignore_validate)


def getseries(key: str, digits: int) -> str:
    """The next number of a counter, with that many digits."""
    return str(ctx().store.next_number(key)).zfill(digits)


def parse_naming_series(
    parts: Any,
    doctype: str | None = None,
    doc: object = None,
    number_generator: Callable[[str, int], str] | None = None,
) -> str:
    """The name that the parts of a series make; it counts only where a part is #."""
    text = parts if isinstance(parts, str) else ".".join(parts)
    return naming.parse_series(text, doc, number_generator or getseries, _custom_part)


def _custom_part(part: str, doc: object) -> object:
    """What an app's `naming_series_variables` gives for a part; None if no app has it."""
    named = ctx().site.hook("naming_series_variables", part)
    return ctx().site.resolve(named[0])(doc, part) if named else None


def set_name_by_naming_series(doc: BaseDocument) -> None:
    """Name a document by its `naming_series`. Raises MandatoryError without one."""
    series = naming.series_of(doc.meta, doc)
    doc.name = make_autoname(series if "#" in series else f"{series}.#####", "", doc)


def set_name_from_naming_options(autoname: str, doc: BaseDocument) -> None:
    """Name a document by a rule such as `field:title`, `format:…`, `naming_series:` or a series."""
    doc.name = naming.by_rule(autoname, doc, ctx().store.next_number)


def set_new_name(doc: BaseDocument) -> None:
    """Name a document as its DocType says."""
    doc.set_new_name()


def get_default_naming_series(doctype: str) -> str | None:
    """The series that a document has unless it chooses."""
    return next(filter(None, ctx().meta(doctype).get_naming_series_options()), None)


def revert_series_if_last(key: str, name: str, doc: object = None) -> None:
    """Count back by one, if the name has the last number that the series gave."""
    found = naming.counted_by(key if "#" in key else f"{key}.#####", name, doc)
    if found:
        ctx().store.give_back_number(*found)


def validate_name(doctype: str, name: object) -> str | int:
    """The name in its final form. Raises NameError or ValidationError for one that cannot be used."""
    meta = ctx().meta(doctype)
    if isinstance(name, int) and meta.autoname != "autoincrement":
        raise NameError.told("Invalid name type (integer) for varchar name column")
    return naming.check_name(meta, name)


def append_number_if_name_exists(
    doctype: str, value: str, fieldname: str = "name", separator: str = "-", filters: object = None
) -> str:
    """The value, with a number behind it if a document has it already."""
    where = condition_of(ctx().trusted(), doctype, filters) if filters else Condition()
    return free_name(ctx(), ctx().meta(doctype), value, fieldname, separator, where)


__all__ = [
    "InvalidNamingSeriesError", "InvalidUUIDValue", "NamingSeries", "append_number_if_name_exists",
    "determine_consecutive_week_number",
    "get_default_naming_series", "getseries", "make_autoname", "parse_naming_series", "revert_series_if_last",
    "set_name_by_naming_series",
    "set_name_from_naming_options", "set_new_name", "validate_name",
]  # fmt: skip
