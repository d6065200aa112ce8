"""What the tests share: a site in memory, an app on it, a client that checks WSGI on the way."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest
from werkzeug.security import generate_password_hash
from werkzeug.test import Client, TestResponse

import frappe_lite
from frappe_lite import auth, document

CONFORMANCE_APP = Path(__file__).parent / "conformance" / "app"


class ApiClient:
    """Requests as one user, by API key; `user=None` is a guest."""

    def __init__(self, site: frappe_lite.Site, user: str | None = "Administrator", app: Any = None):
        self.site = site
        self.wsgi = Client(validator(app or frappe_lite.App(site)))
        self.headers: dict[str, str] = {}
        if user:
            with site.acting() as ctx:
                key, secret = auth.generate_keys(ctx, user)
            self.headers["Authorization"] = f"token {key}:{secret}"

    def __call__(self, request: str, body: Any = None, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        """`client("POST /api/resource/Task", {"subject": "x"})`; dicts in `params` are sent as JSON text."""
        verb, path = request.split(" ", 1)
        if "params" in options:
            options["query_string"] = {key: value if isinstance(value, str) else json.dumps(value) for key, value in options.pop("params").items()}
        if body is not None:
            options["json"] = body
        response = self.wsgi.open(path, method=verb, headers={**self.headers, **(headers or {})}, **options)
        response.get_data()
        response.close()
        return response


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture(scope="module")
def cheap_hashes() -> Iterator[None]:
    """Password hashes that take no time, for `pytestmark = pytest.mark.usefixtures("cheap_hashes")`: a hundred real ones take half a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "generate_password_hash", lambda password: generate_password_hash(password, "pbkdf2:sha256:1"))
        yield


@pytest.fixture
def site() -> Iterator[frappe_lite.Site]:
    """A fresh site in memory, with the built-in DocTypes only."""
    made = frappe_lite.Site()
    yield made
    made.close()


@pytest.fixture
def app_site(site: frappe_lite.Site) -> frappe_lite.Site:
    """A fresh site with the conformance app."""
    site.load(CONFORMANCE_APP)
    return site


@pytest.fixture
def client(app_site: frappe_lite.Site) -> ApiClient:
    """The Administrator's client on the conformance app."""
    return ApiClient(app_site)


@pytest.fixture
def new_user() -> Any:
    """`new_user(site, "ann@example.com", "Task User")` -> that user's client."""

    def make(site: frappe_lite.Site, name: str, *roles: str) -> ApiClient:
        with site.acting() as ctx:
            values = {"doctype": "User", "email": name, "first_name": name.partition("@")[0].title(), "roles": [{"role": role} for role in roles]}
            document.new(ctx, values).insert()
        return ApiClient(site, name)

    return make
