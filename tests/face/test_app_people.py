"""What app code asks of a User, and what it tells a caller with an error of Python's own."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite.access import reset_links
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()
SENT: list[tuple[str, str]] = []
PASSWORD = "correct horse 7"


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site(on_reset_link=lambda *sent: SENT.append(sent))
    yield site
    site.close()


@pytest.fixture
def frappe(world: frappe_lite.Site) -> Iterator[Any]:
    SENT.clear()
    with world.acting() as ctx:
        yield importlib.import_module("frappe")
        ctx.rollback()


def person(frappe: Any, first: str | None, last: str = "Lee", **values: Any) -> Any:
    email = f"{frappe.generate_hash(length=8)}@x.org"
    made = {"doctype": "User", "email": email, "first_name": first, "last_name": last, **values}
    return frappe.get_doc(made).insert()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        pytest.param({}, "ann_marie", id="the first name"),
        pytest.param({"username": " @boss "}, "boss", id="what was given, without what is around it"),
        pytest.param({"username": "taken"}, None, id="nothing, if somebody else has it"),
    ],
)
def test_the_user_name_of_who_is_new(frappe: Any, values: dict[str, Any], name: str | None) -> None:
    person(frappe, "Somebody", username="taken")
    assert person(frappe, **{"first": "Ann Marie", **values}).username == name


def test_a_user_name_that_is_taken_is_told(frappe: Any) -> None:
    person(frappe, "Ann")
    person(frappe, "Ann")
    assert [each["message"] for each in frappe.get_message_log()] == ["Username ann already exists"]


def test_a_saved_user_keeps_no_user_name_that_was_taken_away(frappe: Any) -> None:
    doc = person(frappe, "Ann")
    doc.username = ""
    assert doc.save().username is None


@pytest.mark.parametrize(
    ("taken", "suggested"),
    [
        pytest.param((), "ann", id="the first name"),
        pytest.param(("ann",), "ann_lee", id="both"),
        pytest.param(("ann", "ann_lee"), None, id="none, if both are taken"),
    ],
)
def test_a_user_name_that_is_suggested(frappe: Any, taken: tuple[str, ...], suggested: str | None) -> None:
    for each in taken:
        person(frappe, "Other", username=each)
    doc = person(frappe, "Ann", username="mine")
    assert doc.suggest_username() == suggested
    assert [bool(doc.username_exists(each)) for each in ("ann", "ann_lee", "mine")] == [
        "ann" in taken, "ann_lee" in taken, False,
    ]  # fmt: skip
    told = [each["message"] for each in frappe.get_message_log() if "Suggested" in each["message"]]
    assert told == ([f"Suggested Username: {suggested}"] if suggested else [])


@pytest.mark.parametrize("expired", [False, True], ids=["of a reset", "of a password that is too old"])
def test_a_link_sets_the_password_once(frappe: Any, world: frappe_lite.Site, expired: bool) -> None:
    doc = person(frappe, "Ann")
    doc.first_name = "Not yet saved"
    query = parse_qs(urlparse(doc.reset_password(password_expired=expired)).query)
    assert query.get("password_expired") == (["true"] if expired else None)
    assert doc.first_name == "Not yet saved" and doc.reset_password_key not in (None, query["key"][0])
    frappe.db.commit()
    assert SENT == [], "nobody is told unless it is said"
    ctx = world.new_context()
    reset_links.set_password_by_key(ctx, query["key"][0], PASSWORD)
    with pytest.raises(reset_links.ResetLinkError):
        reset_links.set_password_by_key(ctx, query["key"][0], PASSWORD)
    ctx.rollback()


@pytest.mark.parametrize(
    "call", [lambda doc: doc.reset_password(send_email=True), lambda doc: doc.send_welcome_mail_to_user()],
    ids=["a reset", "a welcome"],
)  # fmt: skip
def test_a_link_goes_out_when_it_is_kept(frappe: Any, call: Any) -> None:
    doc = person(frappe, "Ann")
    call(doc)
    assert SENT == []
    frappe.db.commit()
    assert [(user, "/update-password?key=" in link) for user, link in SENT] == [(doc.name, True)]


@pytest.mark.parametrize("name", ["reset_password", "send_welcome_mail_to_user", "suggest_username"])
def test_no_client_asks_for_a_link(world: frappe_lite.Site, name: str) -> None:
    client = ApiClient(world)
    assert client.post(f"/api/v2/document/User/Guest/method/{name}").status_code == 403


def test_what_a_provider_calls_a_user(frappe: Any) -> None:
    doc = person(frappe, "Ann")
    doc.set_social_login_userid("github", "ann42", "ann")
    assert doc.get_social_login_userid("github") == "ann42" and doc.get_social_login_userid("gitlab") is None
    assert doc.get_fullname() == "Ann Lee"


# --- errors of Python's own ---


@pytest.mark.parametrize("raise_it", ["throw", "msgprint"])
def test_an_error_of_pythons_own_is_told_too(frappe: Any, raise_it: str) -> None:
    with pytest.raises(ValueError, match="No room"):
        if raise_it == "throw":
            frappe.throw("No room", ValueError, title="Full")
        frappe.msgprint("No room", title="Full", raise_exception=ValueError)
    told = frappe.get_message_log()
    assert [(each["message"], each["title"], each["raise_exception"]) for each in told] == [("No room", "Full", 1)]


def test_who_inherits_from_an_error_has_a_status_of_its_own(frappe: Any) -> None:
    class NoSeat(frappe.ValidationError):
        http_status_code = 422

    class NoSeatToday(NoSeat):
        pass

    assert frappe.ValidationError.http_status_code == 417
    with pytest.raises(NoSeatToday) as told:
        frappe.throw("All seats are taken", NoSeatToday)
    assert told.value.http_status == 422


# --- small rules ---


def test_a_document_is_read_whole(frappe: Any) -> None:
    assert frappe.get_cached_doc("User", "Guest", fields=["name"]).enabled == 1


@pytest.mark.parametrize("args", [(), ("User", "Guest", "read")], ids=["nothing", "too much"])
def test_what_names_no_document(frappe: Any, args: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="get_doc takes a DocType and a name, a dict, or keywords"):
        frappe.get_doc(*args)


def test_what_expressions_are_given_is_read_like_a_dict(frappe: Any) -> None:
    offered = importlib.import_module("frappe.utils.safe_exec").get_safe_globals().get("frappe")
    assert offered.get("utils").add_days("2026-01-31", 1) == "2026-02-01"
    assert (offered.get("db_set"), offered.get("db_set", 5)) == (None, 5)
    assert frappe.safe_eval("utils.cint('4')", None, {"utils": offered.get("utils")}) == 4
    with pytest.raises(AttributeError):
        frappe.safe_eval("frappe.get('utils').x", None, {"frappe": offered})
