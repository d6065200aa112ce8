"""A live server and a real browser, for tests of the desk.

A page fails its test by any error on the console, any fault in a script, and any request to another origin. Chromium is
Debian's (`apt-get install chromium-headless-shell`, a third of the work of `chromium`) or the one that CHROMIUM names;
without it these tests are skipped.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.security import generate_password_hash
from werkzeug.serving import WSGIRequestHandler, make_server

import frappe_lite
from conftest import AppSite
from frappe_lite import document
from frappe_lite.access import auth

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None
)
AXE = Path(__file__).parents[2] / ".venv" / "js" / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "Correct-Horse-1"
HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")  # checking a real one takes longer than a page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests of this folder where there is no browser."""
    for item in [] if CHROMIUM else items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(
                pytest.mark.skip(
                    reason="needs Chromium: apt-get install chromium-headless-shell, or set CHROMIUM to its path"
                )
            )


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


class Live:
    """A site with the conformance app, served on a free port; `prefix` mounts it below a path.

    In memory, or in the file that `database` names; `site` is one that the test made itself.
    """

    def __init__(self, prefix: str = "", database: str = ":memory:", site: frappe_lite.Site | None = None):
        self.site = site or AppSite(database, title="Desk under test")
        self.set_password("Administrator")
        app = frappe_lite.App(self.site)
        self.server = make_server(
            "127.0.0.1",
            0,
            DispatcherMiddleware(_nothing, {prefix: app}) if prefix else app,
            threaded=True,
            request_handler=_Quiet,
        )
        self.url = f"http://127.0.0.1:{self.server.port}{prefix}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def make(self, doctype: str, *rows: dict[str, Any]) -> list[str]:
        """Insert documents; their names."""
        with self.site.acting() as ctx:
            return [document.new(ctx, {"doctype": doctype, **row}).insert().name for row in rows]

    def rows(self, doctype: str, *fields: str) -> list[tuple[Any, ...]]:
        """What is stored, by name."""
        with self.site.acting() as ctx:
            return [
                tuple(row[each] for each in fields)
                for row in ctx.store.find(ctx.meta(doctype), frappe_lite.query.Condition(), fields, order="name")
            ]

    def user(self, name: str, *roles: str) -> None:
        """A user with the test's password."""
        self.make(
            "User",
            {"email": name, "first_name": name.partition("@")[0].title(), "roles": [{"role": role} for role in roles]},
        )
        self.set_password(name)

    def key(self, user: str = "Administrator") -> str:
        """An API key with its secret."""
        with self.site.acting() as ctx:
            return ":".join(auth.generate_keys(ctx, user))

    def set_password(self, user: str) -> None:
        """Give a user the test's password."""
        with self.site.acting() as ctx:
            ctx.store.set_secret("User", user, "password", HASH)

    def close(self) -> None:
        """Stop the server, then the site."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.site.close()


def _nothing(environ: Any, start_response: Any) -> list[bytes]:
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"outside the prefix"]


class Visitor:
    """A browser window of one person. `page` is playwright's; `allow` names what may stand on the console."""

    def __init__(self, live: Live, context: Any):
        self.live, self.context, self.page = live, context, context.new_page()
        self.problems: list[str] = []
        self.allowed: list[str] = []
        self.requests: list[Any] = []
        self.page.on(
            "console", lambda message: message.type in ("error", "warning") and self.problems.append(message.text)
        )
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._noted)
        self.page.set_default_timeout(30000)

    def _noted(self, request: Any) -> None:
        self.requests.append(request)
        if request.url.startswith("http") and urlsplit(request.url).netloc != urlsplit(self.live.url).netloc:
            self.problems.append(f"a request to another origin: {request.url}")

    def sign_in(self, user: str = "Administrator") -> Visitor:
        """A session, without the form."""
        answer = self.context.request.post(f"{self.live.url}/api/method/login", data={"usr": user, "pwd": PASSWORD})
        assert answer.ok, answer.text()
        return self

    def open(self, path: str) -> Any:
        """Go to an address below the site's; the page when it has shown something."""
        self.page.goto(self.live.url + path)
        self.page.locator("main:not(:empty)").first.wait_for()
        return self.page

    def allow(self, pattern: str) -> None:
        """A message on the console that belongs to the test, such as a refusal's 403."""
        self.allowed.append(pattern)

    def check(self) -> None:
        """Fail for what should not have happened."""
        assert [each for each in self.problems if not any(re.search(pattern, each) for pattern in self.allowed)] == []

    def faults(self) -> list[Any]:
        """What axe-core finds serious or critical: [(rule, selectors)]."""
        if not AXE.exists():
            pytest.skip("needs axe-core, which `make test` fetches with npm")
        self.page.evaluate(AXE.read_text())
        self.page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {})))")
        found = self.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        return [
            (each["id"], [node["target"] for node in each["nodes"]])
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """One browser process for all tests here."""
    api = pytest.importorskip("playwright.sync_api")
    api.expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def live() -> Iterator[Live]:
    """A server of its own for each test."""
    made = Live()
    yield made
    made.close()


@pytest.fixture
def visit(chromium: Any, live: Live) -> Iterator[Any]:
    """`visit()` -> a Visitor; `visit(color_scheme="dark")` and other options of playwright's contexts."""
    visitors: list[Visitor] = []

    def make(server: Live = live, **options: Any) -> Visitor:
        visitors.append(
            Visitor(
                server,
                chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}),
            )
        )
        return visitors[-1]

    yield make
    for each in visitors:
        each.context.close()
    for each in visitors:
        each.check()


@pytest.fixture
def admin(visit: Any) -> Visitor:
    """The Administrator, signed in."""
    visitor: Visitor = visit()
    return visitor.sign_in()
