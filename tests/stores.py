"""The database that tests run on: SQLite, or with FRAPPE_LITE_TEST_DATABASE=postgresql://… a PostgreSQL server.

There each site in memory is a database of its own, cloned from one that was made once, and dropped when the site is
closed. Files of LEFT_OUT, and tests marked `sqlite("why")`, are left out then.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import itertools
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import frappe_lite
from frappe_lite import parts
from frappe_lite.sqlite.database import Database

SERVER = os.environ.get("FRAPPE_LITE_TEST_DATABASE", "")
_numbers = itertools.count(1)
_templates: dict[Path | None, str] = {}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite(reason): about the SQLite file itself; not run on another store")
    config.addinivalue_line("markers", "postgres: needs FRAPPE_LITE_TEST_DATABASE, the address of a PostgreSQL server")


LEFT_OUT = {
    "about the file, its locks and its processes": (
        "faults", "security", "test_database.py", "test_transfer_backup.py", "test_transfer_check.py", "test_turns.py",
        "test_at_rest.py", "test_served.py", "test_backups.py", "test_restoring.py",
    ),
    "what comes from another site is stored as documents, which the tests of documents store too": (
        "test_transfer_frappe_app.py", "test_transfer_pull.py", "test_transfer_import.py",
    ),
    "what was recorded was answered from MariaDB, and is replayed on the store that is nearest to it": ("test_random.py",),
    "sites for tests of apps are on SQLite": ("test_testing", "test_pytest_plugin.py", "test_frappe_tests.py", (
        "test_docs.py"
    )),
    "no database, or one that the test makes itself": (
        "browser", "test_bench.py", "test_packaging.py", "test_layers.py", "test_protocol.py", "test_utils.py",
        "test_meta.py", "test_fieldtypes.py", "test_query.py", "test_validation.py", "test_compression.py",
        "test_clients.py", "command", "test_distribution.py", "test_first_hour.py", "test_readme.py", "test_problems.py",
    ),
    "pages, texts, signing in: what they ask of a store the tests of documents, lists and methods ask too": (
        "test_oauth.py", "test_openapi.py", "test_website.py", "test_assets.py", "test_desk.py", "test_account.py",
        "test_cors.py", "test_auth.py", "test_mail_messages.py", "test_realtime_library.py", "test_sentences.py",
        "test_answers.py", "test_envelopes.py", "test_markup.py", "test_receiving.py", "test_tests.py", "test_files.py",
        "test_transfer_properties.py", "test_app_mariadb.py", "test_discovery.py", "test_errors.py", "test_wsgi.py",
        "test_identity.py", "test_app_face.py", "test_front_development.py", "test_desk_scripts.py", "test_whitelist.py",
        "test_realtime.py",
    ),
}  # fmt: skip
"""Why -> beginnings of the names of files that need not run on another store."""


def _left_out(place: Path) -> str | None:
    """Why a file need not run on another store; None for one that must."""
    path = place.relative_to(Path(__file__).parent).as_posix()
    return next(
        (
            why
            for why, beginnings in LEFT_OUT.items()
            if path.startswith(beginnings) or place.name.startswith(beginnings)
        ),
        None,
    )


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    return True if SERVER and _left_out(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        about_the_file, needs_server = item.get_closest_marker("sqlite"), item.get_closest_marker("postgres")
        if SERVER and about_the_file:
            item.add_marker(pytest.mark.skip(reason=f"about SQLite: {about_the_file.args[0]}"))
        if needs_server and not SERVER:
            item.add_marker(
                pytest.mark.skip(reason="FRAPPE_LITE_TEST_DATABASE names no PostgreSQL server: see CONTRIBUTING.md")
            )


@functools.cache
def _administrator() -> Any:
    """A connection beside all databases of the server; statements of several threads take turns on it."""
    return importlib.import_module("psycopg").connect(SERVER, autocommit=True)


def administer(statement: str) -> None:
    """Run a statement on it."""
    _administrator().execute(statement)


def address_of(name: str) -> str:
    """The address of a database of the server."""
    return urlsplit(SERVER)._replace(path=f"/{name}").geturl()


def new_database(template: str = "template0") -> str:
    """Make a database; its name."""
    name = f"frappe_lite_{os.getpid()}_{next(_numbers)}"
    by_files = _administrator().info.server_version >= 150000  # halves the time of a copy in memory
    strategy = "STRATEGY FILE_COPY" if by_files else ""
    administer(
        f"CREATE DATABASE {name} TEMPLATE {template} {strategy} ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
    )
    return name


def drop_database(name: str) -> None:
    administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def new_template(app: Path | None = None) -> str:
    """Make a database with a site in it, and an app's tables; its name."""
    name = _templates[app] = new_database(_templates[None] if app else "template0")
    site = frappe_lite.Site(address_of(name))
    if app:
        site.load(app)
    site.close()
    return name


_worker = ThreadPoolExecutor(1, "clones")
"""Makes and drops databases while tests run: each takes longer than many a test."""


class Clones:
    """Clones of a database, some made before they are asked for."""

    def __init__(self, template: str, ahead: int = 2):
        self.template = template
        self.ready = deque(self._make() for _ in range(ahead))

    def _make(self) -> Future[str]:
        return _worker.submit(new_database, self.template)

    def take(self) -> str:
        """The name of a clone that nobody has."""
        self.ready.append(self._make())
        return self.ready.popleft().result()

    def close(self) -> None:
        """Drop those that nobody took."""
        for each in self.ready:
            drop_database(each.result())


_clones: list[Clones] = []


@functools.cache
def scratch_class(template: str) -> type[Any]:
    """A database that is a clone of `template` and goes with the object, as ":memory:" is."""
    postgres = importlib.import_module("frappe_lite.parts.postgres.database")
    clones = Clones(template)
    _clones.append(clones)

    class Scratch(postgres.PostgresDatabase):  # type: ignore[misc, name-defined]
        in_memory = True

        def __init__(self, _memory: str, *settings: Any, **more: Any):
            self.name = clones.take()
            super().__init__(address_of(self.name), *settings, **more)

        def close(self) -> None:
            super().close()
            _worker.submit(drop_database, self.name)

    return Scratch


opened: dict[str, Any] = {"class": Database, "empty": Database}


def open_empty() -> Any:
    """A database without any table."""
    return opened["empty"](":memory:")


def indexes_of(database: Any, table: str) -> dict[str, int]:
    """The names of a table's indexes, and whether each is unique."""
    return {name: int(unique) for name, unique in database.indexes(table).items()}


def definitions(database: Any) -> list[Any]:
    """Every table and index, with its columns."""
    if not SERVER:
        return list(database.rows("SELECT sql FROM sqlite_master ORDER BY name"))
    sql = (
        "SELECT attrelid::regclass::text, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE "
        "relnamespace = current_schema()::regnamespace ORDER BY 1, 2"
    )
    return list(database.rows(sql))


def template_of(app: Path) -> str:
    """The database that those of an app are cloned from, made when it is first asked for."""
    return _templates.get(app) or new_template(app)


@contextlib.contextmanager
def with_tables_of(app: Path) -> Iterator[None]:
    """Sites in memory that are made inside have the app's tables already, where making them takes long."""
    if not SERVER:
        yield
        return
    before = opened["class"]
    opened["class"] = scratch_class(template_of(app))
    yield
    opened["class"] = before


@pytest.fixture(scope="session", autouse=True)
def tested_store() -> Iterator[None]:
    """Let sites in memory be on the server that is to be tested."""
    if not SERVER:
        yield
        return
    patch = pytest.MonkeyPatch()
    patch.setenv("FRAPPE_LITE_SECRET_KEY", "a key for tests")
    opened.update({"class": scratch_class(new_template()), "empty": scratch_class("template0")})
    usual: Callable[[str], Any] = parts.opener
    patch.setattr(parts, "opener", lambda address: opened["class"] if address == ":memory:" else usual(address))
    patch.setattr(frappe_lite, "_memory_template", lambda: b"")
    yield
    patch.undo()
    for clones in _clones:
        clones.close()
    _worker.shutdown()
    for name in _templates.values():
        drop_database(name)
    _administrator().close()
