"""Stores DocTypes, from JSON files and from DocType documents: as rows, as tables, and in the form that requests read.

A file whose content was synced before is skipped, so that a start costs a hash and not a schema. New columns are added,
nothing is dropped.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from ..context import Context
from ..doctype.meta import DocType
from ..errors import DoesNotExistError
from ..query import quote
from ..utils import cint, cstr, now, random_name
from ..values import Given, Values
from . import counters
from .base_document import BaseDocument
from .validation import default_of

BUILT_IN = Path(__file__).parents[1] / "doctypes"

TABLES = {
    "fields": "DocField",
    "permissions": "DocPerm",
    "links": "DocType Link",
    "actions": "DocType Action",
    "states": "DocType State",
}
"""The child tables of a DocType, and the DocTypes of their rows."""

ROLES = (
    "Administrator",
    "System Manager",
    "Guest",
    "All",
    "Desk User",
    "Script Manager",
    "Website Manager",
    "Report Manager",
    "Dashboard Manager",
)
OTHER_ROLES = (
    "Accounts Manager",
    "Accounts User",
    "Inbox User",
    "Knowledge Base Contributor",
    "Knowledge Base Editor",
    "Maintenance Manager",
    "Maintenance User",
    "Newsletter Manager",
    "Prepared Report User",
    "Purchase Manager",
    "Purchase Master Manager",
    "Purchase User",
    "Sales Manager",
    "Sales Master Manager",
    "Sales User",
    "Translator",
    "Workspace Manager",
)
"""Those of DocTypes that only a full Frappe has: users and rules that name them can be stored. They may be deleted."""
MODULES = ("Core", "Custom", "Desk", "Integrations", "Website", "Printing", "Email", "Automation", "Contacts", "Geo")


def install(ctx: Context) -> None:
    """Install or update the built-in DocTypes; on a new database also roles, modules and the standard users."""
    digest = _built_in_digest()
    if ctx.store.value("built-in") == digest:
        return
    raws = [json.loads(file.read_text()) for file in sorted(BUILT_IN.glob("*.json"))]
    with ctx.store.database.transaction():
        fresh = ctx.store.value("built-in") is None
        raws.sort(key=lambda raw: raw["name"] not in (*TABLES.values(), "DocType", "Custom Field", "Property Setter"))
        # first the tables of the DocTypes themselves: the rows of all stand in them
        metas = [_sync_table(ctx, raw) for raw in raws]
        ctx.touch("DocType")
        for meta in metas:
            _write_rows(ctx, meta)
        ctx.touch("DocType")
        if fresh:
            _install_records(ctx)
        _install_roles(ctx, raws)
        for file in sorted(BUILT_IN.glob("*.tsv")):
            _install_list(ctx, file)
        counters.share_template_counter(ctx)
        ctx.store.set_value("built-in", digest)
    ctx.commit()


@functools.cache
def built_in() -> frozenset[str]:
    """The DocTypes that come with the package; no app may bring another one by such a name."""
    return frozenset(cstr(json.loads(file.read_text())["name"]) for file in BUILT_IN.glob("*.json"))


def is_built_in(name: object) -> bool:
    """Whether a DocType of that name comes with the package, in whatever case: so tables compare."""
    return cstr(name).lower() in {each.lower() for each in built_in()}


@functools.cache
def _built_in_digest() -> str:
    return hashlib.sha256(
        b"".join(file.read_bytes() for file in sorted((*BUILT_IN.glob("*.json"), *BUILT_IN.glob("*.tsv"))))
    ).hexdigest()


def _install_records(ctx: Context) -> None:
    for role in (*ROLES, *OTHER_ROLES):
        insert_record(ctx, "Role", role, role_name=role, desk_access=int(role not in ("Guest", "All")))
    for module in MODULES:
        insert_record(ctx, "Module Def", module, module_name=module, app_name="frappe")
    for user, email in (("Administrator", "admin@example.com"), ("Guest", "guest@example.com")):
        kind = "System User" if user == "Administrator" else "Website User"
        told = {"email": email, "first_name": user, "full_name": user, "username": user.lower(), "user_type": kind}
        insert_record(ctx, "User", user, **{**_defaults(ctx, "User"), **told, "new_password": "", "thread_notify": 0})
    insert_record(ctx, "File", "Home", file_name="Home", file_url="", is_folder=1, is_home_folder=1)
    insert_record(
        ctx,
        "File",
        "Home/Attachments",
        file_name="Attachments",
        file_url="",
        folder="Home",
        is_folder=1,
        is_attachments_folder=1,
    )


def _defaults(ctx: Context, doctype: str) -> dict[str, object]:
    """The values that a document of the DocType begins with."""
    return {field.fieldname: default_of(ctx, field) for field in ctx.meta(doctype).default_fields}


def _install_list(ctx: Context, file: Path) -> None:
    """The records of `country.tsv` and its like, which every site has: a line each, under a line of column names. Those
    that are there stay as they are."""
    meta = ctx.meta(file.stem.replace("_", " ").title())
    columns, *lines = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    known = {name for (name,) in ctx.store.database.rows(f"SELECT name FROM {quote(meta.table)}")}
    _, _, own = meta.autoname.partition(":")
    empty = {column: kind.empty for column, kind in meta.columns.items()}
    stamp = {
        "owner": "Administrator",
        "modified_by": "Administrator",
        "creation": now(),
        "modified": now(),
        "docstatus": 0,
        "idx": 0,
    }
    rows = []
    for line in lines:
        values = {column: meta.columns[column].cast(text) for column, text in zip(columns, line, strict=True) if text}
        if values["name"] not in known:
            named = {own: values["name"]} if own else {}
            rows.append(list({**empty, **stamp, **named, **values}.values()))
    if rows:
        ctx.store.database.execute_many(meta.insert_sql, rows)


def _install_roles(ctx: Context, raws: Iterable[Given]) -> None:
    """Create the roles that the rules of DocTypes name."""
    for role in sorted(
        {cstr(rule.get("role")) for raw in raws for rule in raw.get("permissions") or () if rule.get("role")}
    ):
        insert_record(ctx, "Role", role, role_name=role, desk_access=1)


def insert_record(ctx: Context, doctype: str, name: str, **values: object) -> None:
    """Store one of the records that a site begins with, unless it already exists."""
    meta = ctx.meta(doctype)
    if ctx.store.exists(meta, name) is None:
        moment = now()
        row = {column: kind.empty for column, kind in meta.columns.items()}
        row.update(
            name=name,
            owner="Administrator",
            modified_by="Administrator",
            creation=moment,
            modified=moment,
            docstatus=0,
            idx=0,
            **values,
        )
        ctx.store.insert(meta, row)
        ctx.touch(doctype)


def sync_files(ctx: Context, app: str, raws: Iterable[Values], fingerprint: str) -> bool:
    """Update an app's DocTypes if its files have changed since the last sync; returns whether they had."""
    if ctx.store.value(f"app:{app}") == fingerprint:
        return False
    with ctx.store.database.transaction():
        raws = list(raws)
        for raw in raws:
            if raw.get("module"):
                insert_record(ctx, "Module Def", raw["module"], module_name=raw["module"], app_name=app)
        for raw in raws:
            _store(ctx, raw)
        # Once: until here only the DocTypes of DocTypes were read, and each touch would read them again
        ctx.touch("DocType")
        _install_roles(ctx, raws)
        ctx.store.set_value(f"app:{app}", fingerprint)
    ctx.commit()
    return True


def store_doctype(ctx: Context, raw: dict[str, object]) -> None:
    """Store a DocType given as JSON: its rows, its table, its read form. `raw` stays as it is."""
    _store(ctx, raw)
    ctx.touch("DocType")


def _store(ctx: Context, raw: Given) -> None:
    _write_rows(ctx, _sync_table(ctx, raw))


def _sync_table(ctx: Context, raw: Given) -> DocType:
    """Store the form of a DocType that requests read, and update its table."""
    meta = DocType({**raw, "fields": in_order(raw)})
    ctx.store.set_meta(meta.raw)
    ctx.store.sync_table(meta)
    return meta


def in_order(raw: Given) -> list[dict[str, object]]:
    """The fields of a DocType's file as its `field_order` says; those that it does not name come last.

    The order counts: values that links fetch are set link by link.
    """
    rows = list(raw.get("fields") or ())
    places = {name: place for place, name in enumerate(raw.get("field_order") or ())}
    return sorted(rows, key=lambda row: places.get(row.get("fieldname"), len(places)))


def _write_rows(ctx: Context, meta: DocType) -> None:
    """Store the DocType as a document: a row of tabDocType and its child rows; for a Single also its first values."""
    store, doctype, raw = ctx.store, ctx.meta("DocType"), meta.raw
    moment = now()
    standard = {
        "owner": raw.get("owner") or "Administrator",
        "modified_by": "Administrator",
        "creation": raw.get("creation") or moment,
        "modified": raw.get("modified") or moment,
        "docstatus": 0,
    }
    row = {column: raw.get(column, kind.empty) for column, kind in doctype.columns.items()}
    row.update(standard, name=raw["name"], idx=0)
    if store.exists(doctype, raw["name"]) is None:
        store.insert(doctype, row)
    else:
        store.update(
            doctype, raw["name"], {column: value for column, value in row.items() if column not in ("name", "creation")}
        )
    for parentfield, child_name in TABLES.items():
        child = ctx.meta(child_name)
        store.delete_children(child, "DocType", raw["name"], parentfield)
        rows = []
        for index, given in enumerate(raw.get(parentfield) or [], 1):
            values = {column: given.get(column, kind.empty) for column, kind in child.columns.items()}
            values.update(
                standard,
                name=random_name(),
                idx=index,
                parent=raw["name"],
                parenttype="DocType",
                parentfield=parentfield,
            )
            rows.append([json.dumps(value) if isinstance(value, list | dict) else value for value in values.values()])
        if rows:
            store.database.execute_many(child.insert_sql, rows)
    if meta.issingle:
        begin_single(ctx, meta)


def begin_single(ctx: Context, meta: DocType) -> None:
    """Give a Single its default values."""
    stored = {
        row[0] for row in ctx.store.database.rows('SELECT field FROM "tabSingles" WHERE doctype = ?', (meta.name,))
    }
    values = {field.fieldname: default_of(ctx, field) for field in meta.value_fields if field.fieldname not in stored}
    if not stored:
        values.update(owner="Administrator", modified_by="Administrator", modified=now())
    ctx.store.save_single(meta, {key: value for key, value in values.items() if value is not None})


def raw_of(ctx: Context, document: BaseDocument) -> Values:
    """The JSON form of a DocType document, with unknown keys taken over from its earlier form."""
    noise = {
        "owner",
        "creation",
        "modified",
        "modified_by",
        "docstatus",
        "idx",
        "parent",
        "parentfield",
        "parenttype",
        "doctype",
    }
    columns = ctx.meta("DocType").columns
    row = ctx.store.database.row('SELECT json FROM "__meta" WHERE name = ?', (document.name,))
    earlier: Values = json.loads(row[0]) if row else {}
    known_of_rows = {parentfield: ctx.meta(child).columns for parentfield, child in TABLES.items()}
    unknown = {key: value for key, value in earlier.items() if key not in columns and key not in TABLES}
    unknown_of_fields = {
        each.get("fieldname"): {key: value for key, value in each.items() if key not in known_of_rows["fields"]}
        for each in earlier.get("fields") or []
    }
    raw: Values = {**unknown, "doctype": "DocType", "name": document.name}
    for column in columns:
        if document.get(column) not in (None, "", 0):
            raw[column] = document.get(column)
    for parentfield in TABLES:
        rows = [row.as_dict(no_nulls=True) for row in document.get(parentfield) or []]
        raw[parentfield] = [
            {key: value for key, value in row.items() if key not in noise | {"name"} and value not in ("", 0)}
            for row in rows
        ]
    for each in raw["fields"]:
        each.update(unknown_of_fields.get(each.get("fieldname"), {}))
    raw["field_order"] = [row.get("fieldname") for row in raw["fields"]]
    return raw


def index_custom_field(ctx: Context, doctype: str) -> None:
    """Update a DocType's table after a change to its custom fields."""
    ctx.touch("Custom Field")
    try:
        ctx.store.sync_table(ctx.meta(doctype))
    except DoesNotExistError:
        return


def meta_document(ctx: Context, meta: DocType) -> Values:
    """A DocType as clients read it: every known key, even if 0 or None, then the unknown ones of its JSON."""
    filled = {
        column: meta.raw.get(column, kind.empty)
        for column, kind in ctx.meta("DocType").columns.items()
        if not column.startswith("_")
    }
    document: dict[str, object] = {
        **filled,
        **{key: value for key, value in meta.raw.items() if key not in TABLES},
        "name": meta.name,
        "doctype": "DocType",
    }
    for column in ("is_submittable", "istable", "issingle"):
        document[column] = cint(document.get(column))
    for parentfield, child_name in TABLES.items():
        known = {
            column: kind.empty for column, kind in ctx.meta(child_name).columns.items() if not column.startswith("_")
        }
        rows = enumerate(meta.raw.get(parentfield) or [], 1)
        document[parentfield] = [
            {
                **known,
                **row,
                "doctype": child_name,
                "parent": meta.name,
                "parenttype": "DocType",
                "parentfield": parentfield,
                "idx": index,
            }
            for index, row in rows
        ]
    return document
