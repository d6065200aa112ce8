"""Test records: the documents that Frappe makes before the tests of a DocType, and before those the ones it links to.

They stand in the DocType's folder as `test_records.json` (a list, or lists by DocType) or `test_records.toml`, or in
its test module as `test_records` or `_make_test_records()`. The module may add DocTypes
(`EXTRA_TEST_RECORD_DEPENDENCIES`, before `test_dependencies`) and leave out some (`IGNORE_TEST_RECORD_DEPENDENCIES`,
`test_ignore`).
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import frappe_lite

from ...errors import DuplicateEntryError
from ...face.apps.loading import package_folder
from ...utils import cstr, scrub
from ...values import Given, JsonObject
from .standard_records import STANDARD

if TYPE_CHECKING:
    from . import TestSite


class Records:
    """The test records of one site; `given` has them by DocType."""

    def __init__(self, site: TestSite):
        self.site = site
        self.given: dict[str, list[JsonObject]] = {}

    @classmethod
    def of(cls, site: TestSite) -> Records:
        """Those of a site: what was made once is not made again."""
        found: Records = site.shelf.setdefault("test records", None) or cls(site)
        site.shelf["test records"] = found
        return found

    def make(self, doctype: str) -> list[str]:
        """Make the records of a DocType, after those of the DocTypes it links to; the names of the new documents."""
        if doctype in self.given or not self.site.new_context().has_doctype(doctype):
            return []
        self.given[doctype] = []
        module, made = self._test_module(doctype), []
        for other in self._linked(doctype, module):
            made += self.make(other)
        if hasattr(module, "_make_test_records"):
            module._make_test_records(False)
            return made
        self.given[doctype] = getattr(module, "test_records", None) or self.in_folders([*self._folders()], doctype)
        return made + [name for record in self.given[doctype] if (name := _insert(doctype, record))]

    def make_global(self) -> None:
        """Make those that stand before any test: users, and the DocTypes that an app's `tests/__init__.py` names
        (`global_test_dependencies`)."""
        asked = ["User"]
        for name in self.site.apps:
            if name != "frappe" and name in sys.modules and importlib.util.find_spec(f"{name}.tests") is not None:
                asked += getattr(importlib.import_module(f"{name}.tests"), "global_test_dependencies", ())
        for doctype in dict.fromkeys(asked):
            self.make(doctype)

    def _folders(self) -> Iterable[str]:
        for name in self.site.apps:
            found = importlib.util.find_spec(name) if name != "frappe" else None
            if found is not None:
                yield from found.submodule_search_locations or ()

    def _linked(self, doctype: str, module: object) -> list[str]:
        meta = frappe_lite.get_meta(doctype)
        fields = [
            *meta.fields,
            *(field for table in meta.table_fields for field in frappe_lite.get_meta(cstr(table.options)).fields),
        ]
        linked = [cstr(field.options) for field in fields if field.fieldtype == "Link" and field.options]
        left_out = {*getattr(module, "IGNORE_TEST_RECORD_DEPENDENCIES", ()), *getattr(module, "test_ignore", ())}
        return [each for each in dict.fromkeys([*linked, *self.extra(module)]) if each not in left_out]

    @staticmethod
    def extra(module: object) -> list[str]:
        """The DocTypes whose records a test module asks for."""
        return [*getattr(module, "EXTRA_TEST_RECORD_DEPENDENCIES", ()), *getattr(module, "test_dependencies", ())]

    def _test_module(self, doctype: str) -> object:
        controller = self.site.controller_modules.get(doctype, "").partition(":")[0]
        package = controller.rpartition(".")[0]
        name = f"{package}.test_{scrub(doctype)}"
        return importlib.import_module(name) if package and importlib.util.find_spec(name) else None

    @staticmethod
    def in_folders(folders: Iterable[str | os.PathLike[str]], doctype: str) -> list[JsonObject]:
        """The records that the DocType's folder in one of the apps has in a file, else those of every bench."""
        for folder in folders:
            for file in sorted(package_folder(Path(folder)).rglob(f"doctype/{scrub(doctype)}/test_records.*")):
                if file.suffix in (".json", ".toml"):
                    found = json.loads(file.read_text()) if file.suffix == ".json" else _toml(file)
                    return list(found) if isinstance(found, list) else list(found.get(doctype, ()))
        return STANDARD.get(doctype, [])


def _toml(file: Path) -> Any:
    if importlib.util.find_spec("tomllib") is None:
        raise ModuleNotFoundError(f"{file} needs Python 3.11, which reads TOML", name="tomllib")
    return importlib.import_module("tomllib").loads(file.read_text())


def make_record(doctype: str, record: Mapping[str, object]) -> tuple[str, bool]:
    """The document's name, and whether it is new: one that is there already stays as it is."""
    submitted = record.get("docstatus") == 1
    document = frappe_lite.get_doc({"doctype": doctype, **record, "docstatus": 0})
    if document.meta.has_field("naming_series") and not document.naming_series:
        document.naming_series = f"_T-{doctype}-"
    document.run_method("before_test_insert")
    try:
        document.insert(set_name=record.get("name"))
    except DuplicateEntryError:
        return cstr(document.name), False
    if submitted:
        document.submit()
    return cstr(document.name), True


def _insert(doctype: str, record: Given) -> str:
    """The new document's name; empty for one that is there already."""
    name, is_new = make_record(doctype, record)
    return name if is_new else ""
