"""What new documents begin with because it is kept for the site or for the user, at each door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.document.kept_defaults import SITE
from frappe_lite.document.schema import store_doctype
from frappe_lite.face import defaults
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()
ANN = "ann@x.org"
SESSION = "frappe.core.doctype.session_default_settings.session_default_settings"


@pytest.fixture(scope="module")
def site() -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site()
    with made.acting() as ctx:
        store_doctype(ctx, doctype("Branch", ("title", "Data"), autoname="field:title"))
        links: list[Any] = [("branch", "Link", "Branch"), ("keeper", "Link", "User"), ("note", "Data")]
        sale = doctype("Sale", *links, ("parts", "Table", "Sale Part"))
        store_doctype(ctx, doctype("Sale Part", ("branch", "Link", "Branch"), istable=1))
        sale["permissions"].append({"role": "All", "read": 1, "write": 1, "create": 1})
        store_doctype(ctx, sale)
        for title in ("North", "South"):
            document.new(ctx, {"doctype": "Branch", "title": title}).insert()
        document.new(ctx, {"doctype": "User", "email": ANN, "first_name": "Ann"}).insert()
    yield made
    made.close()


@pytest.fixture
def keep(site: frappe_lite.Site) -> Iterator[Callable[..., None]]:
    """Keep defaults: (whose, key, value)."""

    def set_all(*kept: tuple[str, str, Any]) -> None:
        with site.acting():
            for owner, key, value in kept:
                defaults.set_default(key, value, owner)

    yield set_all
    with site.acting():
        for owner, key, _value in defaults._all():
            defaults.set_default(key, None, owner)


@pytest.mark.parametrize(
    ("kept", "sent", "begins"),
    [
        pytest.param([], {}, None, id="nothing is kept"),
        pytest.param([(SITE, "branch", "North")], {}, "North", id="the site's"),
        pytest.param([(ANN, "branch", "North")], {}, "North", id="the user's"),
        pytest.param([(SITE, "branch", "North"), (ANN, "branch", "South")], {}, "South", id="the user's is nearer"),
        pytest.param([("bob@x.org", "branch", "North")], {}, None, id="another user's"),
        pytest.param([(ANN, "branch", "North")], {"branch": "South"}, "South", id="what is sent stays"),
        pytest.param([(ANN, "branch", "")], {}, None, id="an empty one"),
        pytest.param([(ANN, "branch", "Nowhere")], {}, None, id="one that is not there"),
        pytest.param([(ANN, "Branch", "North")], {}, None, id="a key that is no field"),
    ],
)
@pytest.mark.parametrize("door", ["v1", "v2", "Python"])
def test_links_begin_with_what_is_kept(
    site: frappe_lite.Site, keep: Callable[..., None], kept: Any, sent: dict[str, str], begins: str | None, door: str
) -> None:
    keep(*kept)
    if door == "Python":
        with site.acting(ANN):
            found = frappe_lite.get_doc({"doctype": "Sale", "parts": [{}], **sent}).insert().as_dict()
    else:
        address = "POST /api/resource/Sale" if door == "v1" else "POST /api/v2/document/Sale"
        found = ApiClient(site, ANN)(address, {"parts": [{}], **sent}).json["data"]
    assert (found.get("branch"), found["parts"][0].get("branch")) == (begins, None if not begins else kept[-1][2])


@pytest.mark.parametrize(
    ("key", "value"),
    [pytest.param("note", "x", id="what is no link"), pytest.param("keeper", ANN, id="a link to users")],
)
def test_other_fields_do_not(site: frappe_lite.Site, keep: Callable[..., None], key: str, value: str) -> None:
    keep((ANN, key, value))
    with site.acting(ANN):
        assert frappe_lite.new_doc("Sale").get(key) is None


@pytest.mark.parametrize(("held", "begins"), [("North", "North"), ("South", None)])
def test_who_is_held_to_others_does_not_begin_with_it(
    site: frappe_lite.Site, keep: Callable[..., None], held: str, begins: str | None
) -> None:
    """Of two that one is held to none is the default; of those that one is not held to none is kept."""
    keep((ANN, "branch", "North"))
    with site.acting() as ctx:
        made = [
            document.new(ctx, {"doctype": "User Permission", "user": ANN, "allow": "Branch", **each}).insert()
            for each in (
                {"for_value": held, "apply_to_all_doctypes": 0, "applicable_for": "Sale"},
                {"for_value": held, "apply_to_all_doctypes": 0, "applicable_for": "Sale Part"},
            )
        ]
    with site.acting(ANN):
        assert frappe_lite.new_doc("Sale").branch == begins
    with site.acting():
        for each in made:
            each.delete()


def test_a_user_chooses_defaults_for_the_session(site: frappe_lite.Site, keep: Callable[..., None]) -> None:
    ann = ApiClient(site, ANN)
    for value, begins in (("South", "South"), ("", None)):
        answer = ann(f"POST /api/method/{SESSION}.set_session_default_values", {"default_values": {"branch": value}})
        assert (answer.status_code, answer.json["message"]) == (200, "success")
        assert ann("POST /api/resource/Sale", {"note": "x"}).json["data"].get("branch") == begins
    assert ann(f"GET /api/method/{SESSION}.get_session_default_values").json["message"] == "[]"


@pytest.mark.parametrize(
    ("user", "values", "status"),
    [
        pytest.param(None, {"branch": "North"}, 403, id="a guest has none"),
        pytest.param(ANN, [1], 400, id="no object"),
        pytest.param(ANN, {"branch": ["North"]}, 417, id="no text"),
    ],
)
def test_what_is_no_default_is_refused(
    site: frappe_lite.Site, keep: Callable[..., None], user: str | None, values: Any, status: int
) -> None:
    answer = ApiClient(site, user)(f"POST /api/method/{SESSION}.set_session_default_values", {"default_values": values})
    assert answer.status_code == status
    with site.acting():
        assert defaults._all() == []


def test_the_links_that_the_site_lets_users_choose(site: frappe_lite.Site, keep: Callable[..., None]) -> None:
    with site.acting() as ctx:
        store_doctype(ctx, doctype("Session Default", ("ref_doctype", "Link", "DocType"), istable=1))
        table = ("session_defaults", "Table", "Session Default")
        store_doctype(ctx, doctype("Session Default Settings", table, issingle=1))
        settings = document.load(ctx, "Session Default Settings", "Session Default Settings")
        settings.update({"session_defaults": [{"ref_doctype": "Branch"}]})
        settings.save()
    keep((ANN, "branch", "North"))
    found = ApiClient(site, ANN)(f"GET /api/method/{SESSION}.get_session_default_values").json["message"]
    assert found == (
        '[{"fieldname": "branch", "fieldtype": "Link", "options": "Branch", "label": "Default Branch", "default": "North"}]'
    )
    with site.acting(ANN):
        defaults.clear_session_defaults()
        assert frappe_lite.new_doc("Sale").branch is None
