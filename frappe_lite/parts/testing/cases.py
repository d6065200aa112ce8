"""`frappe.tests`: the classes that an app's own tests inherit from, so that they run unchanged under pytest.

Frappe's published names: `FrappeTestCase` (until version 15), `UnitTestCase` and `IntegrationTestCase` (since then),
with `set_user`, `freeze_time`, `change_settings`, `patch_hooks` and test records. A class of tests has a site of its
own, made in milliseconds; inside, `frappe` acts as the Administrator, and what one test leaves the next one finds, as
in Frappe.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import itertools
import json
import os
import re
import sqlite3
import sys
import types
import unittest
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import frappe_lite

from ... import utils
from ...context import Context, current
from ...document.base_document import BaseDocument
from ...face.apps import loading as apps
from ...installed_app import InstalledApp, listed
from ...utils import cstr
from ...values import Given, JsonObject
from . import TestSite
from .records import Records, make_record
from .standard_records import set_passwords
from .timeouts import timeout, timeout_context

APPS: list[str] = []
"""Folders of the apps that test classes load; a class may have `frappe_apps` of its own."""


def connect(cls: type[unittest.TestCase]) -> None:
    """Open a site of the class's own and act on it as the Administrator, until its tests are done.

    Any class of tests may have one. Does nothing for one that has.
    """
    if "_frappe_site" in cls.__dict__:
        return
    apps_of_class = tuple(map(str, getattr(cls, "frappe_apps", ()) or APPS or _app_around(cls)))
    begin, given = _beginning(apps_of_class)
    site = TestSite(apps_of_class)
    site.database.become(begin)
    Records.of(site).given.update(given)
    ctx = site.new_context()
    ctx.flags.in_test = True
    token = current.set(ctx)
    names = {"_frappe_site": site, **({"site": site, "_ctx": ctx} if issubclass(cls, UnitTestCase) else {})}
    for name, value in names.items():
        setattr(cls, name, value)
        cls.addClassCleanup(delattr, cls, name)  # a class that is run again opens another site
    cls.addClassCleanup(site.close)
    cls.addClassCleanup(current.reset, token)
    cls.addClassCleanup(ctx.rollback)
    for hook in listed(_tested(site, cls).hooks.get("before_tests")):  # Frappe: of the app that is tested alone
        site.resolve(hook)()
    ctx.commit()


@functools.lru_cache(maxsize=4)
def _beginning(folders: tuple[str, ...]) -> tuple[sqlite3.Connection, dict[str, list[dict[str, object]]]]:
    """What each class of tests with these apps begins with: Frappe's test users, and what the apps make before any
    test."""
    content = sqlite3.connect(":memory:", check_same_thread=False)
    with TestSite(folders) as site, site.acting() as ctx:
        ctx.flags.in_test = True
        made = Records.of(site)
        made.make_global()
        set_passwords(ctx)
        ctx.commit()
        site.database.connection.sqlite.backup(content)
        return content, made.given


def _tested(site: TestSite, cls: type) -> InstalledApp:
    """The app that a class of tests stands in, else the last that was loaded."""
    around = [folder.name for folder in _app_around(cls)]
    return site.apps.get(around[0] if around else "") or list(site.apps.values())[-1]


@contextlib.contextmanager
def connected() -> Iterator[None]:
    """Inside, `frappe` acts on a site with the apps: while the modules of tests are imported."""
    with TestSite(APPS) as site, site.acting():
        for name in map(_name_for_pytest, APPS):
            sys.modules.setdefault(name, importlib.import_module(name.rpartition(".")[2]))
        yield


def _name_for_pytest(folder: str) -> str:
    """What pytest calls an app's package: by the folders above too, as far as they are packages.

    Some apps have an `__init__.py` beside their pyproject.toml.
    """
    package = apps.package_folder(Path(folder))
    above = itertools.takewhile(lambda each: (each / "__init__.py").exists(), package.parents)
    return ".".join([*(each.name for each in reversed([*above])), package.name])


def is_of_an_app(cls: type) -> bool:
    """Whether a class of tests stands in the folder of one of the apps."""
    file = Path(inspect.getfile(cls)).resolve()
    return any(Path(folder).resolve() in file.parents for folder in APPS)


class UnitTestCase(unittest.TestCase):
    """Tests of code that uses `frappe`, on a site of the class's own."""

    maxDiff = 10_000
    frappe_apps: Sequence[str | os.PathLike[str]] = ()
    site: TestSite
    doctype: str | None = None
    _ctx: Context

    @classmethod
    def setUpClass(cls) -> None:
        """Open the class's site and act on it as the Administrator."""
        super().setUpClass()
        connect(cls)
        cls.doctype = _doctype_beside(cls)

    def assertDocumentEqual(self, expected: Mapping[str, object] | BaseDocument, actual: Any) -> None:
        """That the document has the expected values: numbers to the field's precision, child rows in order."""
        wanted = expected.as_dict() if isinstance(expected, BaseDocument) else expected
        for fieldname, value in wanted.items():
            found = actual.get(fieldname)
            if isinstance(value, list):
                self.assertEqual(len(value), len(found or ()), f"rows of {fieldname}")
                for row, found_row in zip(value, found or (), strict=True):
                    self.assertDocumentEqual(row, found_row)
            elif isinstance(value, float):
                self.assertAlmostEqual(value, utils.flt(found), places=actual.precision(fieldname) or 6, msg=fieldname)
            elif isinstance(value, int):
                self.assertEqual(value, utils.cint(found), fieldname)
            else:
                self.assertEqual(_comparable(value), _comparable(found), fieldname)

    def assertSequenceSubset(self, larger: Sequence[object], smaller: Sequence[object], msg: str | None = None) -> None:
        """That everything in the smaller is in the larger."""
        self.assertLessEqual(set(smaller), set(larger), msg)

    def assertQueryEqual(self, first: str, second: str) -> None:
        """That two SQL texts differ in spaces and case at most."""
        self.assertEqual(self.normalize_sql(first), self.normalize_sql(second))

    @staticmethod
    def normalize_sql(query: str) -> str:
        """SQL in one line, in lower case outside of quotes."""
        parts = re.split(r"('(?:[^']|'')*')", " ".join(query.split()))
        return "".join(part if index % 2 else part.lower() for index, part in enumerate(parts))

    @staticmethod
    @contextlib.contextmanager
    def set_user(user: str) -> Iterator[None]:
        """Inside, act as another user."""
        before = frappe_lite.session.user
        frappe_lite.set_user(user)
        try:
            yield
        finally:
            frappe_lite.set_user(before)

    @staticmethod
    @contextlib.contextmanager
    def freeze_time(time_to_freeze: Any, is_utc: bool = False, *_more: object, **_options: object) -> Iterator[None]:
        """Inside, `frappe.utils` and the site stand at that moment.

        Times are local, as everywhere here; UTC ones too.
        """
        with _site().at(time_to_freeze):
            yield

    @staticmethod
    @contextlib.contextmanager
    def patch_hooks(overridden_hooks: Mapping[str, object]) -> Iterator[None]:
        """Inside, these hooks are what the apps say, instead of their own."""
        with patch_hooks(overridden_hooks):
            yield


class IntegrationTestCase(UnitTestCase):
    """Tests of documents: the test records of the DocType beside the module, and of those it links to, are there."""

    globalTestRecords: Mapping[str, list[dict[str, object]]] = {}

    @classmethod
    def setUpClass(cls) -> None:
        """As in `UnitTestCase`; then make the test records."""
        super().setUpClass()
        if cls.__dict__.get("_has_records"):  # Frappe: a class may call it again
            return
        cls._has_records = True  # type: ignore[attr-defined]
        cls.addClassCleanup(delattr, cls, "_has_records")
        records, module = Records.of(cls.site), sys.modules[cls.__module__]
        for doctype in [cls.doctype] if cls.doctype else records.extra(module):
            records.make(doctype)
        cls._ctx.commit()
        cls.globalTestRecords = types.MappingProxyType(records.given)

    @staticmethod
    def change_settings(
        doctype: str, settings_dict: Mapping[str, object] | None = None, /, commit: bool = False, **settings: object
    ) -> object:
        """As the function `change_settings`."""
        return change_settings(doctype, settings_dict, commit=commit, **settings)

    @contextlib.contextmanager
    def assertRowsRead(self, count: int) -> Iterator[None]:
        """That the statements inside hand over so many rows at most. SQLite does not tell what it looked at for
        them."""
        database, read = self.site.database.connection, 0
        before = database.sqlite.row_factory

        def counted(cursor: sqlite3.Cursor, row: tuple[object, ...]) -> object:
            nonlocal read
            read += 1
            return before(cursor, row) if before else row

        database.sqlite.row_factory = counted
        try:
            yield
        finally:
            database.sqlite.row_factory = before
        self.assertLessEqual(read, count, "the statements read more rows than that")

    @contextlib.contextmanager
    def assertQueryCount(self, count: int, query_type: tuple[str, ...] | None = None) -> Iterator[None]:
        """That the code inside runs so many SQL statements at most; with `query_type`, of those kinds."""
        found: list[str] = []
        sqlite = self.site.database.connection.sqlite
        sqlite.set_trace_callback(found.append)
        try:
            yield
        finally:
            sqlite.set_trace_callback(None)
        kinds = {each.upper() for each in query_type or ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")}
        counted = [sql for sql in found if sql.lstrip().partition(" ")[0].upper() in kinds]
        self.assertLessEqual(len(counted), count, "\n".join(counted))


class FrappeTestCase(IntegrationTestCase):
    """The one class of Frappe until version 15."""


# --- helpers that stand beside the classes ---------------------------------------------------------------


@contextlib.contextmanager
def change_settings(
    doctype: str, settings_dict: Given | None = None, /, commit: bool = False, **settings: object
) -> Iterator[None]:
    """Inside, or for a decorated test, a Single DocType has other values."""
    changed = {**(settings_dict or {}), **settings}

    def save(values: Given) -> None:
        document = frappe_lite.get_doc(doctype)
        document.update(dict(values))
        document.save(ignore_permissions=True)
        if commit:
            frappe_lite.db.commit()

    document = frappe_lite.get_doc(doctype)
    before = {fieldname: document.get(fieldname) for fieldname in changed}
    save(changed)
    try:
        yield
    finally:
        save(before)


@contextlib.contextmanager
def patch_hooks(overridden_hooks: Mapping[str, object]) -> Iterator[None]:
    """Inside, these hooks are what the apps say, instead of their own."""
    site = _site()
    before = {name: app.hooks for name, app in site.apps.items()}
    for name, hooks in before.items():
        site.apps[name].hooks = {key: value for key, value in hooks.items() if key not in overridden_hooks}
    site.add_app(InstalledApp("overridden hooks", hooks=dict(overridden_hooks)))
    try:
        yield
    finally:
        del site.apps["overridden hooks"]
        for name, hooks in before.items():
            site.apps[name].hooks = hooks
            site.add_app(site.apps[name])  # what was found of hooks is found anew


def make_test_records(doctype: str, force: bool = False, commit: bool = False, verbose: int = 0) -> list[str]:
    """Make the test records of a DocType and of those it links to; the names of the new documents. Those that are there
    stay, whatever `force` says."""
    made = Records.of(_site()).make(doctype)
    if commit:
        frappe_lite.db.commit()
    return made


def make_test_objects(
    doctype: str,
    test_records: Sequence[Mapping[str, object]] | None = None,
    verbose: object = None,
    reset: bool = False,
    commit: bool = False,
) -> list[str]:
    """Make these documents, or the test records of the DocType alone; their names. Those that are there stay, whatever
    `reset` says."""
    given = get_test_records(doctype) if test_records is None else test_records
    made = [make_record(cstr(each.get("doctype") or doctype), each) for each in given]
    if commit:
        frappe_lite.db.commit()
    return [name for name, _is_new in made]


def get_test_records(doctype: str) -> list[JsonObject]:
    """The test records of a DocType, as its folder has them."""
    return Records.in_folders(APPS, doctype)


def _site() -> TestSite:
    ctx = current.get(None)
    if ctx is None or not isinstance(ctx.site, TestSite):
        raise RuntimeError(
            "this works inside the tests of a UnitTestCase or IntegrationTestCase, or `with TestSite().acting():`"
        )
    return ctx.site


def _comparable(value: object) -> object:
    return str(value) if type(value).__module__ == "datetime" else value


def _app_around(cls: type) -> list[Path]:
    """The app that a class of tests stands in: the nearest folder above with hooks.py."""
    return [folder for folder in Path(inspect.getfile(cls)).resolve().parents if (folder / "hooks.py").exists()][:1]


def _doctype_beside(cls: type) -> str | None:
    """The DocType whose folder the class's module stands in."""
    folder = Path(inspect.getfile(cls)).resolve().parent
    file = folder / f"{folder.name}.json"
    return json.loads(file.read_text()).get("name") if folder.parent.name == "doctype" and file.exists() else None


# --- the names that tests import -------------------------------------------------------------------------


def provide(folders: Sequence[str | os.PathLike[str]] = ()) -> None:
    """Give tests `frappe` and `frappe.tests`, and the apps of these folders to import from."""
    apps.provide_frappe()
    APPS[:] = [os.path.abspath(folder) for folder in folders]
    for folder in APPS:
        parent = str(apps.package_folder(Path(folder)).parent)
        if parent not in sys.path:
            sys.path.insert(0, parent)
    names = {
        "UnitTestCase": UnitTestCase, "IntegrationTestCase": IntegrationTestCase, "FrappeTestCase": FrappeTestCase,
        "change_settings": change_settings,
        "patch_hooks": patch_hooks, "timeout": timeout, "make_test_records": make_test_records,
        "get_test_records": get_test_records,
        "make_test_records_for_doctype": make_test_objects, "make_test_objects": make_test_objects,
        "timeout_context": timeout_context,
        "set_user": UnitTestCase.set_user, "freeze_time": UnitTestCase.freeze_time,
        "MockedRequestTestCase": importlib.import_module(f"{__package__}.api_case").MockedRequestTestCase,
    }  # fmt: skip
    for name in (
        "frappe.tests",
        "frappe.tests.utils",
        "frappe.tests.utils.generators",
        "frappe.tests.classes",
        "frappe.tests.classes.context_managers",
        "frappe.tests.classes.integration_test_case",
        "frappe.tests.classes.mocked_request_test_case",
        "frappe.tests.classes.unit_test_case",
        "frappe.test_runner",
    ):
        module = types.ModuleType(name, __doc__)
        module.__dict__.update(names, __path__=[])
        sys.modules[name] = module
        above, _, last = name.rpartition(".")
        setattr(sys.modules[above], last, module)
    frappe_lite.get_test_records = get_test_records
