"""What the tests share: a site in memory, an app on it, a client of each person."""

from __future__ import annotations

import base64
import functools
import gc
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import hypothesis
import pytest
import stores
from app_folder import name, write  # noqa: F401 - fixtures of the tests of apps
from stores import pytest_collection_modifyitems, pytest_configure, pytest_ignore_collect, tested_store
from werkzeug.security import generate_password_hash

import frappe_lite
from frappe_lite import _memory_template, document
from frappe_lite.access import auth
from frappe_lite.context import Context
from frappe_lite.parts.testing import Client, TestSite, prototype

__all__ = ["pytest_collection_modifyitems", "pytest_configure", "pytest_ignore_collect", "tested_store"]

CONFORMANCE_APP = Path(__file__).parent / "conformance" / "app"
EXAMPLES = 40
"""By so many examples a property is tried that does not say by how many."""

# Before any test has its settings, which begin as these: a busy machine is slow, not wrong
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")
hypothesis.settings.register_profile("suite", hypothesis.settings.get_profile("patient"), max_examples=EXAMPLES)


def pytest_collection() -> None:
    """While tests are collected nothing is garbage."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over the tests themselves, twenty thousand of them, and come less often."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)
    hypothesis.settings.load_profile("suite")


class ApiClient(Client):
    """Requests as one user, by API key; `user=None` is a guest.

    With `checked` both sides of WSGI are checked on the way, at half the speed.
    """

    def __init__(
        self,
        site: frappe_lite.Site,
        user: str | None = "Administrator",
        app: Any = None,
        checked: bool = False,
    ):
        served = app or frappe_lite.App(site)
        super().__init__(site, None, validator(served) if checked else served)  # type: ignore[arg-type]
        if user:
            with site.acting() as ctx:
                key, secret = auth.generate_keys(ctx, user)
            self.headers["Authorization"] = f"token {key}:{secret}"


def new_file(path: Path) -> str:
    """Write the file of a fresh site: a tenth of the time that a site takes to make its own."""
    path.write_bytes(prototype(())[1])
    return str(path)


@pytest.fixture(scope="session", autouse=True)
def copied_files() -> Iterator[None]:
    """Let each site whose file is not there yet begin as a copy of one that was made once."""
    make = frappe_lite.Site.__init__

    @functools.wraps(make)
    def begin(self: frappe_lite.Site, database: str = ":memory:", **settings: Any) -> None:
        path = Path(database)
        is_new = "://" not in database and database != ":memory:" and not path.exists() and path.parent.is_dir()
        if is_new:
            new_file(path)
        make(self, database, **settings)
        self.database.is_new |= is_new

    _memory_template()  # from its beginning
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frappe_lite.Site, "__init__", begin)
        yield


Fill = Callable[[Context], object]


@functools.cache
def filled(fill: Fill) -> bytes:
    """The file of a site with the conformance app and the documents that `fill` makes: made once."""
    with tempfile.TemporaryDirectory(prefix="frappe_lite-") as folder:
        path = Path(folder) / "filled.db"
        site = AppSite(str(path), synchronous="off")
        with site.acting() as ctx:
            fill(ctx)
        site.close()
        return path.read_bytes()


class AppSite(frappe_lite.Site):
    """A site with the conformance app, from the file of one that has loaded it: a fifth of the time.

    With `fill`, a function of the module, it has the documents that it makes. They are copies, so no secret that a
    key of the site opens may be among them.
    """

    def __init__(self, database: str = ":memory:", fill: Fill | None = None, **settings: Any) -> None:
        loaded, template = prototype((str(CONFORMANCE_APP),))
        on_server = bool(stores.SERVER) and database == ":memory:"
        if fill and not on_server:
            template = filled(fill)
        used = database != ":memory:" and Path(database).exists()
        if database == ":memory:":
            self.template = template
        elif not used:
            Path(database).write_bytes(template)
        with stores.with_tables_of(CONFORMANCE_APP):
            super().__init__(database, **settings)
        if used:
            self.load(CONFORMANCE_APP)
        else:
            self.adopt(loaded)
        if fill and on_server:
            with self.acting() as ctx:
                fill(ctx)


class BaseOffice:
    """A site with the conformance app, the users that a module names with their roles, and a client for each."""

    users: Mapping[str, tuple[str, ...]] = {}

    def __init__(self) -> None:
        self.site = AppSite()
        with self.site.acting() as ctx:
            for name, roles in self.users.items():
                document.new(
                    ctx,
                    {
                        "doctype": "User",
                        "email": f"{name}@x.org",
                        "first_name": name,
                        "roles": [{"role": role} for role in roles],
                    },
                ).insert()
            self.fill(ctx)
        self.clients = {name: ApiClient(self.site, f"{name}@x.org") for name in self.users}
        self.clients |= {"admin": ApiClient(self.site), "guest": ApiClient(self.site, None)}

    def fill(self, ctx: Context) -> None:
        """The documents that the module begins with."""


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest) -> Iterator[BaseOffice]:
    """The module's own `Office`. Its tests share it."""
    made: BaseOffice = request.module.Office()
    yield made
    made.site.close()


@pytest.fixture(scope="session", autouse=True)
def lean_children() -> Iterator[None]:
    """A pytest that a test starts imports no plugin that it has no use for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_ADDOPTS", "-p no:schemathesis -p no:hypothesispytest -p no:anyio")
        yield


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Password hashes that take no time; a test of the real ones asks for `real_hashes`.

    A hundred real ones take half a minute.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            auth, "generate_password_hash", lambda password: generate_password_hash(password, "pbkdf2:sha256:1")
        )
        yield


@pytest.fixture
def real_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Password hashes that take their time, as a server makes them."""
    monkeypatch.setattr(auth, "generate_password_hash", generate_password_hash)
    auth._dummy_hash.cache_clear()
    yield
    auth._dummy_hash.cache_clear()


@pytest.fixture
def ctx(world: frappe_lite.Site) -> Iterator[Context]:
    """A transaction on the module's `world`, which the test gives up at its end."""
    with world.acting() as made:
        yield made
        made.rollback()


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[frappe_lite.Site]:
    """A fresh site in memory, with the built-in DocTypes only, unless the test asks for `app_site` too."""
    made = AppSite() if "app_site" in request.fixturenames else frappe_lite.Site()
    yield made
    made.close()


@pytest.fixture
def app_site(site: frappe_lite.Site) -> frappe_lite.Site:
    """A fresh site with the conformance app."""
    return site


@pytest.fixture
def double() -> Iterator[TestSite]:
    """The test double of a site with the conformance app."""
    with TestSite([CONFORMANCE_APP]) as made:
        yield made


@pytest.fixture
def client(app_site: frappe_lite.Site) -> ApiClient:
    """The Administrator's client on the conformance app."""
    return ApiClient(app_site)


@pytest.fixture
def new_user() -> Any:
    """`new_user(site, "ann@example.com", "Task User")` -> that user's client."""

    def make(site: frappe_lite.Site, email: str, *roles: str) -> ApiClient:
        with site.acting() as ctx:
            values = {
                "doctype": "User",
                "email": email,
                "first_name": email.partition("@")[0].title(),
                "roles": [{"role": role} for role in roles],
            }
            document.new(ctx, values).insert()
        return ApiClient(site, email)

    return make
