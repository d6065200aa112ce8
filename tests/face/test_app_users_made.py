"""What app code that makes users and keys of other services asks for: contacts, made-up names, providers, the log."""

from __future__ import annotations

import importlib
import json
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import frappe_lite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.texts import mocked

apps.provide_frappe()
ANN = "ann@x.org"


@pytest.fixture(scope="module")
def site() -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site()
    with made.acting() as ctx:
        values = {"email": ANN, "first_name": "Ann", "last_name": "Lee", "phone": "+1 5", "mobile_no": "+1 6"}
        document.new(ctx, {"doctype": "User", **values}).insert()
    yield made
    made.close()


@pytest.fixture
def ctx(site: frappe_lite.Site) -> Iterator[Context]:
    with site.acting() as made:
        yield made
        made.rollback()


def contact_of(user: str) -> Any:
    importlib.import_module("frappe.core.doctype.user.user").create_contact(frappe_lite.get_doc("User", user))
    names = frappe_lite.get_all("Contact", pluck="name")
    return frappe_lite.get_doc("Contact", names[0]) if names else None


def test_a_user_has_a_contact(ctx: Context) -> None:
    found = contact_of(ANN)
    assert (found.name, found.user, found.email_id, found.phone, found.mobile_no) == (
        "Ann Lee", ANN, ANN, "+1 5", "+1 6",
    )  # fmt: skip


def test_which_follows_the_user(ctx: Context) -> None:
    first = contact_of(ANN)
    frappe_lite.db.set_value("User", ANN, {"last_name": "Moe", "mobile_no": "+1 7"})
    again = contact_of(ANN)
    assert (again.name, again.last_name) == (first.name, "Moe")
    numbers = [(row.phone, row.is_primary_phone, row.is_primary_mobile_no) for row in again.phone_nos]
    assert numbers == [("+1 5", 1, 0), ("+1 6", 0, 1), ("+1 7", 0, 0)]


def test_and_outlives_it(ctx: Context) -> None:
    name = contact_of(ANN).name
    frappe_lite.delete_doc("User", ANN)
    assert frappe_lite.db.get_value("Contact", name, ["first_name", "user"]) == ("Ann", None)


@pytest.mark.parametrize("user", ["Administrator", "Guest"])
def test_the_standard_users_have_none(ctx: Context, user: str) -> None:
    assert contact_of(user) is None


# --- made-up values ---


@pytest.mark.parametrize("kind", mocked.KINDS)
@pytest.mark.parametrize("size", [1, 3])
def test_values_are_made_up(ctx: Context, monkeypatch: pytest.MonkeyPatch, kind: str, size: int) -> None:
    without_faker(monkeypatch)
    found = frappe_lite.mock(kind, size)
    texts = found if size > 1 else [found]
    assert len(texts) == size and all(isinstance(each, str) and each for each in texts)
    assert kind != "email" or all(frappe_lite.utils.validate_email_address(each) == each for each in texts)


def test_by_faker_where_it_is_installed(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    class Faker:
        def __init__(self, locale: str) -> None:
            self.locale = locale

        def city(self) -> str:
            return f"Rome of {self.locale}"

    importing(monkeypatch, lambda name: type("faker", (), {"Faker": Faker}))
    assert frappe_lite.mock("city", locale="it") == "Rome of it"


def test_a_kind_that_is_none_is_refused(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    without_faker(monkeypatch)
    with pytest.raises(ValueError, match="Not a valid mock type"):
        frappe_lite.mock("nonsense")


def without_faker(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    importing(monkeypatch, missing)


def importing(monkeypatch: pytest.MonkeyPatch, how: Callable[[str], Any]) -> None:
    """Let this module alone import so: the same for all of them would break others."""
    monkeypatch.setattr(mocked, "importlib", types.SimpleNamespace(import_module=how))


# --- keys of other services ---


def key(**values: Any) -> Any:
    return frappe_lite.get_doc({"doctype": "Social Login Key", **values})


@pytest.mark.parametrize(
    ("service", "field", "value"),
    [
        ("GitHub", "base_url", "https://api.github.com/"),
        ("Google", "redirect_url", "/api/method/frappe.integrations.oauth2_logins.login_via_google"),
        ("Office 365", "custom_base_url", 0),
        ("Frappe", "custom_base_url", 1),
        ("Keycloak", "user_id_property", "preferred_username"),
        ("Facebook", "api_endpoint", "/v2.5/me"),
        ("Salesforce", "icon", "fa fa-cloud"),
        ("fairlogin", "api_endpoint_args", None),
    ],
)
def test_what_keys_of_known_services_begin_with(ctx: Context, service: str, field: str, value: object) -> None:
    found = key().get_social_login_provider(service)
    assert found[field] == value and found == key().get_social_login_provider("")[service]
    assert set(json.loads(found["auth_url_data"])) >= {"scope"}


def test_a_key_takes_the_values_of_its_service(ctx: Context) -> None:
    made = key(client_id="x", client_secret="y")
    assert made.get_social_login_provider("GitHub", initialize=True) is None
    made.insert()
    assert (made.name, made.authorize_url) == ("github", "https://github.com/login/oauth/authorize")


def test_a_service_that_nobody_knows(ctx: Context) -> None:
    assert key().get_social_login_provider("Nonsense") is None
    assert key(provider_name="My Own").insert().name == "my_own"


# --- the log ---


def test_an_app_writes_into_the_activity_log(ctx: Context) -> None:
    module = importlib.import_module("frappe.core.doctype.activity_log.activity_log")
    module.add_authentication_log("Ann came by the back door", ANN, status="Failed")
    found = frappe_lite.get_all("Activity Log", fields=["user", "subject", "operation", "status"])
    assert found == [{"user": ANN, "subject": "Ann came by the back door", "operation": "Login", "status": "Failed"}]
