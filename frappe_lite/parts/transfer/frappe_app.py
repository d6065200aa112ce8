"""`frappe-lite export --frappe FOLDER`: a site as an app folder, in the form that a full Frappe bench installs.

    FOLDER/pyproject.toml, README.md        what to do, in order
    FOLDER/APP/hooks.py, modules.txt, …     as `bench new-app` makes them
    FOLDER/APP/MODULE/doctype/X/x.json, .py the DocTypes that were made on the site
    FOLDER/APP/fixtures/*.json              roles, custom fields, property setters
    FOLDER/data/01_x.csv                   documents for Data Import, each after those that it links to; Singles as JSON

DocTypes of apps that are loaded, and those that came by a pull, are left to their apps; their documents are written.
"""

from __future__ import annotations

import json
import keyword
import re
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...command.cli import open_site
from ...context import Context
from ...doctype.meta import OPTIONAL, DocType
from ...document.schema import MODULES, built_in
from ...errors import ValidationError
from ...face.apps.loading import class_name
from ...sqlite import owner_only
from ...utils import cstr, scrub, unscrub
from ...values import Values
from . import exporting
from .backup import require
from .schemas import built_in_roles, clean, pulled

DOCUMENTS = ("User", "User Permission", "ToDo", "Note")
"""The built-in DocTypes whose documents people make."""

OWN_USERS = ["Administrator", "Guest"]

HOOKS = """app_name = {name}
app_title = {title}
app_publisher = {title}
app_description = {description}
app_email = "info@example.com"
app_license = "mit"

fixtures = {fixtures}
"""
PYPROJECT = """[project]
name = "{name}"
description = {description}
authors = [{{ name = {title}, email = "info@example.com" }}]
requires-python = ">=3.10"
readme = "README.md"
dynamic = ["version"]
dependencies = []

[build-system]
requires = ["flit_core >=3.4,<4"]
build-backend = "flit_core.buildapi"
"""
CONTROLLER = """import frappe
from frappe.model.document import Document


class {name}(Document):
    pass
"""
PATCHES = "[pre_model_sync]\n\n[post_model_sync]\n"
README = """# {title}

Written from a site of frappe_lite. On a bench:

```bash
bench get-app {folder}
bench --site SITE install-app {name}
```

Then the documents, in this order, here or in the Data Import of the desk. Names are kept.

```bash
{steps}
```
"""


class AppExport:
    """Writes one app folder. `left` are the DocTypes that belong to other apps, with whose they are."""

    def __init__(self, ctx: Context, folder: Path):
        self.ctx, self.folder = ctx, folder
        self.name = app_name(folder, ctx.site.apps)
        self.title = unscrub(self.name)
        self.package = folder / self.name
        self.left: dict[str, str] = {}
        self.written: list[str] = []
        self.numbered = self.cancelled = 0

    def run(self) -> None:
        """Write everything. Raises ValidationError for a folder that is not empty, or whose name no app can have."""
        if self.folder.exists() and any(self.folder.iterdir()):
            raise ValidationError.told(f"{self.folder} is not empty; name a folder that is not there yet")
        modules = self._doctypes()
        fixtures = list(self._fixtures())
        steps = list(self._data())
        description = f"DocTypes and documents of {self.title}"
        texts = {
            "name": json.dumps(self.name),
            "title": json.dumps(self.title),
            "description": json.dumps(description),
            "fixtures": json.dumps(fixtures, indent=4),
        }
        self._write(self.package / "__init__.py", '__version__ = "0.0.1"\n')
        self._write(self.package / "hooks.py", HOOKS.format(**texts))
        self._write(self.package / "modules.txt", "\n".join(modules) + "\n")
        self._write(self.package / "patches.txt", PATCHES)
        self._write(self.folder / "pyproject.toml", PYPROJECT.format(**{**texts, "name": self.name}))
        self._write(
            self.folder / "README.md",
            README.format(title=self.title, folder=self.folder.absolute(), name=self.name, steps="\n".join(steps)),
        )

    @staticmethod
    def _write(path: Path, text: str) -> None:
        owner_only.make_folder(path.parent)
        with open(path, "w", encoding="utf-8", opener=owner_only.opener) as file:
            file.write(text)

    # --- DocTypes ---

    def _doctypes(self) -> list[str]:
        """Write the site's own DocTypes; the app's modules."""
        own, from_elsewhere = built_in(), pulled(self.ctx)
        apps = {row[0]: row[1] for row in self.ctx.store.database.rows('SELECT name, app_name FROM "tabModule Def"')}
        modules = []
        for name, text in self.ctx.store.database.rows('SELECT name, json FROM "__meta" ORDER BY name'):
            raw = json.loads(text)
            app = self.ctx.site.controller_modules.get(name, "").partition(".")[0] or apps.get(cstr(raw.get("module")))
            if name in own:
                continue
            if name in from_elsewhere:
                self.left[name] = f"came from {from_elsewhere[name]}"
            elif app in self.ctx.site.apps and app != "frappe":
                self.left[name] = f"belongs to the app {app}"
            else:
                module = cstr(raw.get("module"))
                module = module if module and module not in MODULES else self.title
                modules.append(module)
                self._doctype(raw, module)
        for module in dict.fromkeys(modules):
            for each in (self.package / scrub(module), self.package / scrub(module) / "doctype"):
                self._write(each / "__init__.py", "")
        return list(dict.fromkeys(modules)) or [self.title]

    def _doctype(self, raw: Values, module: str) -> None:
        meta, name = self.ctx.meta("DocType"), scrub(raw["name"])
        stored = self.ctx.store.load_row(meta, raw["name"]) or {}
        times = {key: stored.get(key) or raw.get(key) for key in ("creation", "modified")}
        fixed = {"module": module, "owner": "Administrator", "modified_by": "Administrator"}
        made: dict[str, object] = {
            "engine": "InnoDB",
            "sort_field": "modified",
            "sort_order": "DESC",
            **clean(raw),
            **times,
            **fixed,
        }
        if not (made.get("istable") or made.get("issingle")):
            made["allow_import"] = 1  # Frappe: only then may Data Import have it
        made.pop("custom", None)  # as a file of an app it is no customisation any more
        folder = self.package / scrub(module) / "doctype" / name
        self._write(folder / f"{name}.json", as_json(made))
        self._write(folder / f"{name}.py", CONTROLLER.format(name=class_name(raw["name"])))
        self._write(folder / "__init__.py", "")
        self.written.append(raw["name"])

    # --- fixtures and documents ---

    def _fixtures(self) -> Iterator[dict[str, object]]:
        """Write the fixtures; what hooks.py says of them."""
        for doctype, keep in (("Custom Field", None), ("Property Setter", None), ("Role", built_in_roles())):
            meta = self.ctx.meta(doctype)
            found = [each for each in exporting.documents(self.ctx, meta) if each["name"] not in (keep or ())]
            if found:
                left_out = {*OPTIONAL, "owner", "creation", "modified_by", "idx"}
                values = [
                    {key: value for key, value in each.items() if key not in left_out and value is not None}
                    for each in found
                ]
                self._write(self.package / "fixtures" / f"{scrub(doctype)}.json", as_json(values))
                yield {"dt": doctype, "filters": [["name", "in", [each["name"] for each in found]]]}

    def _data(self) -> Iterator[str]:
        """Write the documents; the commands that import them on a bench."""
        names = [row[0] for row in self.ctx.store.database.rows('SELECT name FROM "__meta" ORDER BY name')]
        ours = built_in()
        metas = [self.ctx.meta(each) for each in names if each in DOCUMENTS or each not in ours]
        for meta in in_order(self.ctx, [each for each in metas if not (each.istable or each.is_virtual)]):
            if meta.issingle:
                yield from self._single(meta)
            elif meta.is_submittable:
                yield from self._csv(meta, [["docstatus", "=", 0]])
                yield from self._csv(meta, [["docstatus", "=", 1]], "_submitted", " --submit-after-import")
                self.cancelled += self.ctx.store.database.value(
                    f'SELECT count(*) FROM "{meta.table}" WHERE docstatus = 2'
                )
            else:
                yield from self._csv(meta, [["name", "not in", OWN_USERS]] if meta.name == "User" else None)

    def _place(self, meta: DocType, ending: str) -> Path:
        self.numbered += 1
        path = self.folder / "data" / f"{self.numbered:02}_{scrub(meta.name)}{ending}"
        owner_only.make_folder(path.parent)
        return path

    def _single(self, meta: DocType) -> Iterator[str]:
        if self.ctx.store.database.row('SELECT 1 FROM "tabSingles" WHERE doctype = ? LIMIT 1', (meta.name,)):
            path = self._place(meta, ".json")
            self._write(
                path,
                as_json(
                    [
                        {key: value for key, value in each.items() if value is not None}
                        for each in exporting.documents(self.ctx, meta)
                    ]
                ),
            )
            yield f"bench --site SITE import-doc {path.absolute()}"

    def _csv(self, meta: DocType, filters: object, ending: str = "", flag: str = "") -> Iterator[str]:
        if next(iter(exporting.documents(self.ctx, meta, filters)), None) is None:
            return
        path = self._place(meta, f"{ending}.csv")
        with open(path, "w", encoding="utf-8", newline="", opener=owner_only.opener) as file:
            for _ in exporting.write_csv(self.ctx, meta, file, filters):
                pass
        yield f"bench --site SITE data-import --file {path.absolute()} --doctype '{meta.name}' --type Insert{flag}"


def as_json(value: object) -> str:
    """JSON as Frappe writes it into apps."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def app_name(folder: Path, taken: Iterable[str]) -> str:
    """The app's name: the folder's. Raises ValidationError for one that no package, or no other app, can have."""
    name = scrub(folder.absolute().name)
    if (
        not re.fullmatch(r"[a-z][a-z0-9_]*", name)
        or keyword.iskeyword(name)
        or name in {"frappe", "frappe_lite", *taken}
    ):
        raise ValidationError.told(
            "The folder's name becomes the app's: letters, digits and underscores, and no other app's name; "
            f"{folder.name} is none"
        )
    return name


def in_order(ctx: Context, metas: list[DocType]) -> list[DocType]:
    """Each DocType after those that it links to; where links go round, by name."""
    waiting = {meta.name: meta for meta in metas}
    needs = {name: _linked(ctx, meta) & set(waiting) - {name} for name, meta in waiting.items()}
    ordered: list[DocType] = []
    while waiting:
        free = [name for name in waiting if not needs[name] & set(waiting)] or [
            min(waiting, key=lambda name: (len(needs[name] & set(waiting)), name))
        ]
        ordered += [waiting.pop(name) for name in free]
    return ordered


def _linked(ctx: Context, meta: DocType) -> set[str]:
    rows = [ctx.meta(cstr(each.options)) for each in meta.table_fields if ctx.has_doctype(each.options)]
    return {cstr(field.options) for each in [meta, *rows] for field in each.link_fields}


def export_app(ctx: Context, folder: Path) -> AppExport:
    """Write the site as an app."""
    made = AppExport(ctx, folder)
    made.run()
    return made


def run(parsed: Namespace) -> None:
    """The command: write the app, and say whose DocTypes it left out."""
    require(parsed.database)
    if parsed.doctype:
        raise ValidationError.told("--frappe exports the whole site; name no DocType with it")
    site = open_site(parsed)
    try:
        with site.acting() as ctx:
            ctx.store.database.begin_read()
            made = export_app(ctx, Path(parsed.frappe))
    finally:
        site.close()
    print(
        f"{made.folder}: the app {made.name} with {len(made.written)} DocTypes; README.md there says how a bench "
        "takes it."
    )
    for name, why in made.left.items():
        print(f"DocType {name} {why}: install that app on the bench first.")
    if made.cancelled:
        print(f"{made.cancelled} cancelled documents are not in it: Data Import makes drafts and submitted ones.")
