"""The documents that an app brings in files: fixtures, standard documents of its modules, customisations of DocTypes.

Each kind is brought up to date whenever one of its files changed, and costs a hash otherwise.

    fixtures/role.json          a list of documents
    MODULE/print_format/x/x.json    one document, of the DocType that the folder is named by
    MODULE/custom/user.json custom fields, property setters and permissions of a DocType, as Customize Form exports them
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ... import document
from ...context import Context
from ...doctype.meta import DocType
from ...document.schema import insert_record
from ...errors import AppNotInstalledError, DoesNotExistError, UnsupportedError
from ...query import Condition, quote
from ...site import InstalledApp
from ...utils import cstr, scrub
from ...values import Values

log = logging.getLogger("frappe_lite")

STANDARD = (
    "permission_type", "page", "report", "dashboard_chart_source", "print_format", "web_page", "website_theme",
    "web_form", "web_template",
    "notification", "print_style", "workspace",
    "onboarding_step", "module_onboarding", "form_tour", "client_script", "server_script", "custom_field",
    "property_setter", "dashboard", "dashboard_chart", "number_card",
)  # fmt: skip
"""Folders of a module that hold documents, a folder each; `importable_doctypes` of the hooks names more."""

_CUSTOM = {"custom_fields": "Custom Field", "property_setters": "Property Setter", "custom_perms": "Custom DocPerm"}


def bring(ctx: Context, app: InstalledApp, root: Path) -> None:
    """Bring the app's documents in, those whose files changed since. Raises AppNotInstalledError for what is no JSON of
    documents."""
    kinds = {
        "standard": standard_files(root, app.hooks.get("importable_doctypes") or ()),
        "customised": sorted(root.glob("*/custom/*.json")),
        "fixtures": fixtures(root),
    }
    for kind, files in kinds.items():
        key, digest = f"{kind}:{app.name}", fingerprint(files)
        if not files or ctx.store.value(key) == digest:
            continue
        with ctx.store.database.transaction():
            is_whole = True
            for file in files:
                for values in customisations(file) if kind == "customised" else records(file):
                    is_whole &= _attempt(ctx, file, values, is_told=kind == "fixtures")
            if is_whole:
                ctx.store.set_value(key, digest)
        ctx.commit()


def _attempt(ctx: Context, file: Path, values: Values, is_told: bool) -> bool:
    """Bring one document in. One that cannot be is told, and the app served without it.

    -> whether the next start has nothing to try again: what an app's own code refuses today, it may take then.
    """
    try:
        with ctx.store.database.atomic():
            import_record(ctx.trusted(), values, is_told)
    except (UnsupportedError, DoesNotExistError) as error:  # of an app that is not here
        log.warning("%s: a document of %s is passed over: %s", file, values["doctype"], error)
    except Exception:  # the edge of an app's own set-up
        log.exception("%s: a document of %s is passed over", file, values["doctype"])
        return False
    return True


def bring_modules(ctx: Context, app: str, root: Path) -> None:
    """A Module Def for each line of the app's `modules.txt`, also for one without DocTypes."""
    file, meta = root / "modules.txt", ctx.meta("Module Def")
    for module in filter(None, map(str.strip, file.read_text().splitlines() if file.is_file() else ())):
        if ctx.store.exists(meta, module) is None:
            insert_record(ctx, "Module Def", module, module_name=module, app_name=app)
    ctx.commit()


def note_installed(ctx: Context) -> None:
    """A row of Installed Applications for each app of the site, with its version: apps ask there for one another."""
    meta = ctx.meta("Installed Application")
    known = {row["app_name"]: row for row in ctx.store.find(meta, Condition(), ("name", "app_name", "app_version"))}
    place = {"parent": "Installed Applications", "parenttype": "Installed Applications"}
    for app in ctx.site.apps.values():
        row = known.get(app.name)
        if row is None:
            values = {"app_name": app.name, "app_version": app.version, "git_branch": "UNVERSIONED"}
            insert_record(
                ctx, meta.name, app.name, **place, **values, parentfield="installed_applications", is_setup_complete=1
            )
        elif row["app_version"] != app.version:
            ctx.store.database.execute(
                f"UPDATE {quote(meta.table)} SET app_version = ? WHERE name = ?", (app.version, row["name"])
            )
    ctx.commit()


def fingerprint(files: Iterable[Path]) -> str:
    """What changes when one of the files does."""
    return hashlib.sha256("".join(f"{file}{file.stat().st_mtime_ns}" for file in sorted(files)).encode()).hexdigest()


def fixtures(root: Path) -> list[Path]:
    """The files of the app's fixtures."""
    return sorted((root / "fixtures").glob("*.json"))


def standard_files(root: Path, more: Iterable[str]) -> list[Path]:
    """The files of the standard documents of the app's modules: `MODULE/KIND/NAME/NAME.json`; `more` DocTypes have them
    too."""
    kinds = [*STANDARD, *map(scrub, [more] if isinstance(more, str) else more)]
    return [file for kind in kinds for file in sorted(root.glob(f"*/{kind}/*/*.json")) if file.stem == file.parent.name]


def records(file: Path) -> list[Values]:
    """The documents in a file. Raises AppNotInstalledError for one that has none."""
    found = _content(file)
    listed = found if isinstance(found, list) else [found]
    if not all(isinstance(each, dict) and each.get("doctype") for each in listed):
        raise AppNotInstalledError(f"{file} is no list of documents with their doctype, as fixtures are")
    return listed


def customisations(file: Path) -> Iterator[Values]:
    """The documents of an export of Customize Form. Raises AppNotInstalledError for what is none."""
    found = _content(file)
    if not isinstance(found, dict) or not found.get("doctype"):
        raise AppNotInstalledError(f"{file} has no doctype, as customisations have")
    for key, doctype in _CUSTOM.items():
        owner = {"parent": found["doctype"]} if key == "custom_perms" else {}
        yield from ({**each, **owner, "doctype": doctype} for each in found.get(key) or ())


def _content(file: Path) -> Any:
    try:
        return json.loads(file.read_text())
    except ValueError as error:
        raise AppNotInstalledError(f"{file} is not JSON, as documents of an app are: {error}") from None


def roles(root: Path) -> list[str]:
    """The roles that the app's fixtures bring."""
    return [
        row["name"] for file in fixtures(root) for row in records(file) if row["doctype"] == "Role" and row.get("name")
    ]


def give_administrator(ctx: Context, named: list[str]) -> None:
    """Give the Administrator the roles that an app brings, as a bench's set-up does: apps list people by their
    roles."""
    doc = document.load(ctx.trusted(), "User", "Administrator")
    held = {row.role for row in doc.roles or ()}
    if not held.issuperset(named):
        doc.update({"roles": [*(doc.roles or ()), *({"role": role} for role in named if role not in held)]})
        doc.flags.update(ignore_permissions=True, ignore_version=True)
        doc.save()


def import_record(ctx: Context, values: Values, is_told: bool = True) -> Any:
    """Make the document of a file, or bring the one of that name up to date. What it names need not be there yet.

    One of a DocType that is not installed is passed over (None), and told with `is_told`.
    """
    if not ctx.has_doctype(values.get("doctype")):
        if is_told:
            log.warning("a fixture of the DocType %s is passed over: it is not installed", values.get("doctype"))
        return None
    meta, known = (
        ctx.meta(values["doctype"]),
        {key: value for key, value in values.items() if key not in ("modified", "creation", "owner", "modified_by")},
    )
    given = values.get("name") or (values.get(meta.autoname[6:]) if meta.autoname.startswith("field:") else None)
    name = ctx.store.exists(meta, given) if given or meta.issingle else _same(ctx, meta, known)
    doc = (
        document.new(ctx, known)
        if name is None or meta.issingle and not ctx.single(meta.name, "modified")
        else document.load(ctx, meta.name, name)
    )
    if not doc.is_new():
        doc.update({key: value for key, value in known.items() if key != "name"})
    doc.flags.update(ignore_permissions=True, ignore_links=True, ignore_mandatory=True, ignore_version=True)
    return doc.insert(set_name=values.get("name")) if doc.is_new() else doc.save()


def _same(ctx: Context, meta: DocType, values: dict[str, object]) -> str | None:
    """The document with these very values: a fixture without a name is not made again each time that its file
    changes."""
    columns = [key for key, value in values.items() if key in meta.columns and isinstance(value, str | int | float)]
    if not columns:
        return None
    condition = Condition(
        " AND ".join(f"{quote(each)} = ?" for each in columns), tuple(values[each] for each in columns)
    )
    found = ctx.store.find(meta, condition, limit=1)
    return cstr(found[0]["name"]) if found else None


__all__ = [
    "bring", "bring_modules", "customisations", "fingerprint", "fixtures", "give_administrator", "import_record",
    "records", "roles", "standard_files",
]  # fmt: skip
