"""DocTypes from a source.

Those asked for, their child tables, and those that they link to, with the source's custom fields.

What is here already and did not come by a pull (built in, or from an app) stays as it is: of the source's documents the
fields that it knows are kept.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator

from ...context import Context
from ...doctype.meta import CHILD, OPTIONAL, STANDARD
from ...document.schema import BUILT_IN, OTHER_ROLES, ROLES, TABLES, insert_record, store_doctype
from ...errors import ValidationError
from ...utils import cint, cstr
from ...values import Values
from .rows import RowWriter
from .source import Source, SourceError, SourceRefused

STATE = (
    'CREATE TABLE IF NOT EXISTS "__pull_doctype" (name TEXT PRIMARY KEY COLLATE NOCASE, source TEXT NOT NULL) WITHOUT '
    "ROWID"
)
_ROW_NOISE = {*STANDARD, *CHILD, "doctype"}
_DOCUMENT_NOISE = {*OPTIONAL, "docstatus", "idx", "__last_sync_on", "__onload"}
_FIELDNAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)

Say = Callable[[str], None]


@functools.cache
def built_in_roles() -> frozenset[str]:
    """The roles that come with the package: its own, and those that the rules of its DocTypes name."""
    named = (cstr(rule.get("role")) for raw in _packaged() for rule in raw.get("permissions") or ())
    return frozenset({*ROLES, *OTHER_ROLES, *named})


def _packaged() -> Iterator[Values]:
    return (json.loads(file.read_text()) for file in BUILT_IN.glob("*.json"))


def pulled(ctx: Context) -> dict[str, str]:
    """The DocTypes that came by a pull, and from where."""
    there = "__pull_doctype" in ctx.store.database.tables()
    return dict(ctx.store.database.rows('SELECT name, source FROM "__pull_doctype"')) if there else {}


class Schemas:
    """Fetches first, so that nothing is locked while the source answers; `store` then writes in one transaction."""

    def __init__(self, source: Source, ours: Iterable[str], say: Say):
        self.source, self.ours, self.say = source, {each.lower() for each in ours}, say
        self.fetched: dict[str, Values] = {}
        self.customised: dict[str, list[Values]] = {"Custom Field": [], "Property Setter": []}

    def fetch(self, doctypes: Iterable[str]) -> None:
        """Get the DocTypes and what they need. Raises SourceRefused for one that was asked for and cannot be read."""
        asked = [self._fetch(doctype) for doctype in doctypes]
        wanted = dict.fromkeys([*asked, *self._tables(asked)])
        self._fetch_all(wanted)
        self._fetch_customised(list(self.fetched))
        linked = dict.fromkeys(self._links(wanted))
        self._fetch_all(linked)
        self._fetch_all(self._tables(linked))

    def _fetch(self, doctype: str) -> str:
        """Get a DocType, unless it is here; its name as the source writes it."""
        if doctype.lower() in self.ours or doctype in self.fetched:
            return doctype
        raw = clean(self.source.document("DocType", doctype))
        name = cstr(raw["name"])
        if name.lower() != doctype.lower():
            raise SourceError(f"{self.source.url} answered to a question for the DocType {doctype} with {name}")
        self.fetched[name] = raw
        return name

    def _fetch_all(self, doctypes: Iterable[str]) -> None:
        for doctype in doctypes:
            try:
                self._fetch(doctype)
            except SourceRefused as error:
                if error.status == 401:
                    raise
                self.say(f"DocType {doctype} does not come along: {error}")

    def _options(self, doctypes: Iterable[str], *fieldtypes: str) -> list[str]:
        raws = [self.fetched[each] for each in doctypes if each in self.fetched]
        fields = [
            field
            for raw in raws
            for field in [
                *raw["fields"],
                *(each for each in self.customised["Custom Field"] if each.get("dt") == raw["name"]),
            ]
        ]
        return [
            cstr(field["options"])
            for field in fields
            if field.get("fieldtype") in fieldtypes and field.get("options") not in (None, "", "[Select]")
        ]

    def _tables(self, doctypes: Iterable[str]) -> list[str]:
        return self._options(doctypes, "Table", "Table MultiSelect")

    def _links(self, doctypes: Iterable[str]) -> list[str]:
        return self._options(doctypes, "Link")

    def _fetch_customised(self, doctypes: list[str]) -> None:
        for kind, key in (("Custom Field", "dt"), ("Property Setter", "doc_type")):
            try:
                found = self.source.rows(kind, ["*"], [[kind, key, "in", doctypes]], "modified asc") if doctypes else []
            except SourceRefused as error:
                self.say(f"Changes of DocTypes ({kind}) do not come along: {error}")
                continue
            self.customised[kind] = [each for each in found if each.get(key) in self.fetched]

    def store(self, ctx: Context) -> None:
        """Write what was fetched: DocTypes, modules, roles, tables; custom fields and property setters."""
        ctx.store.database.execute(STATE)
        for name, raw in self.fetched.items():
            if raw.get("module"):
                insert_record(ctx, "Module Def", cstr(raw["module"]), module_name=raw["module"])
            for role in sorted({cstr(rule.get("role")) for rule in raw.get("permissions") or () if rule.get("role")}):
                insert_record(ctx, "Role", role, role_name=role, desk_access=1)
            store_doctype(ctx, raw)
            ctx.store.database.execute(
                'INSERT INTO "__pull_doctype" VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET source = excluded.source',
                (name, self.source.url),
            )
        writer = RowWriter(ctx)
        for kind, found in self.customised.items():
            meta = ctx.meta(kind)
            for each in found:
                if _FIELDNAME.fullmatch(cstr(each.get("fieldname") or each.get("property"))):
                    writer.put(meta, each)
        for name in self.fetched:
            ctx.store.sync_table(ctx.meta(name))


def clean(given: Values) -> Values:
    """A DocType as its JSON file has it: rows in order, without what is empty or only of that site's database."""
    raw = {
        key: value
        for key, value in given.items()
        if key not in _DOCUMENT_NOISE and key not in TABLES and value not in (None, "", 0)
    }
    for table in TABLES:
        rows = sorted(given.get(table) or [], key=lambda row: cint(row.get("idx")))
        raw[table] = [
            {key: value for key, value in row.items() if key not in _ROW_NOISE and value not in (None, "", 0)}
            for row in rows
        ]
    if not raw.get("name"):
        raise ValidationError.told("the source gave a DocType without a name")
    taken: set[str] = {each.lower() for each in (*STANDARD, *CHILD, *OPTIONAL)}
    fields = []
    for field in raw["fields"]:
        fieldname = cstr(field.get("fieldname"))
        if _FIELDNAME.fullmatch(fieldname) and fieldname.lower() not in taken:
            taken.add(fieldname.lower())
            fields.append(field)
    raw["fields"], raw["field_order"] = fields, [each["fieldname"] for each in fields]
    raw["doctype"] = "DocType"
    return raw
