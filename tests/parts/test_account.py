"""The pages that people sign in by and look after their account on: forms that scripts of apps can drive."""

from __future__ import annotations

import re
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.parts import shell

PASSWORD, OTHER = "correct horse 7", "another Long 5"
ANN = "ann@x.org"
WHO = "GET /api/method/frappe.auth.get_logged_user"


@pytest.fixture(scope="module")
def office() -> Any:
    links: list[tuple[str, str]] = []
    site = frappe_lite.Site(title="Ann & Sons", on_reset_link=lambda user, link: links.append((user, link)))
    site.links = links
    with site.acting() as ctx:
        auth.set_password(ctx, "Administrator", PASSWORD)
        for name, kind in ((ANN, "Website User"), ("bob@x.org", "Website User")):
            values = {"doctype": "User", "email": name, "first_name": "Ann & <3", "new_password": PASSWORD}
            document.new(ctx, {**values, "user_type": kind}).insert()
    yield site
    site.close()


def browser(site: Any, user: str | None = None) -> ApiClient:
    made = ApiClient(site, None)
    if user:
        assert made("POST /api/method/login", {"usr": user, "pwd": PASSWORD}).status_code == 200
    return made


def fields(text: str) -> dict[str, str]:
    return dict(re.findall(r'<input type=hidden name="?([\w-]+)"? value="([^"]*)"', text))


@pytest.mark.parametrize("path", ["/login", "/login?redirect-to=/shop", "/login?forgot=1", "/update-password?key=none"])
def test_a_plain_page_loads_one_style_and_nothing_else(office: Any, path: str) -> None:
    response = browser(office)(f"GET {path}")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith(shell.POLICY)
    assert "script" not in policy and "unsafe" not in policy
    assert not re.findall(r"<script|<link|\sstyle=|\son\w+=", response.text)
    assert "light-dark(" in response.text


@pytest.mark.parametrize("mark", ['id="login_email"', 'id="login_password"', "btn-login", "Ann &amp; Sons"])
def test_the_form_has_the_ids_that_tests_of_apps_look_for(office: Any, mark: str) -> None:
    assert mark in browser(office)("GET /login").text


@pytest.mark.parametrize(
    ("given", "location"),
    [
        pytest.param("/shop/a?b=1", "/shop/a?b=1", id="an address of this site"),
        pytest.param("http://localhost/shop", "http://localhost/shop", id="a whole address of this site"),
        pytest.param("http://localhost.evil.example/", "/me", id="one that only begins so"),
        pytest.param("http://localhost@evil.example/", "/me", id="or has it for a name"),
        pytest.param("", "/me", id="none"),
        pytest.param("//evil.example", "/me", id="an address without a scheme"),
        pytest.param("https://evil.example", "/me", id="another site"),
        pytest.param("/\\evil.example", "/me", id="a backslash, which browsers take for a slash"),
        pytest.param("javascript:alert(1)", "/me", id="a script"),
        pytest.param("/a\r\nSet-Cookie: x=1", "/me", id="a line break"),
    ],
)
def test_who_signs_in_goes_on_within_this_site(office: Any, given: str, location: str) -> None:
    client = browser(office)
    form = client("GET /login", query_string={"redirect-to": given})
    kept = fields(form.text)
    assert kept == ({"redirect-to": given} if location != "/me" else {})
    response = client("POST /login", data={**kept, "usr": ANN, "pwd": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (303, location)
    assert client(WHO).json["message"] == ANN
    again = client("GET /login", query_string={"redirect-to": given})
    assert (again.status_code, again.headers["Location"]) == (302, location)


def test_a_wrong_password_is_told_in_the_form(office: Any) -> None:
    response = browser(office)("POST /login", data={"usr": ANN, "pwd": "wrong", "redirect-to": "/shop"})
    assert (response.status_code, fields(response.text)) == (401, {"redirect-to": "/shop"})
    assert 'role="alert"' in response.text


def test_people_of_the_desk_begin_there(office: Any) -> None:
    response = browser(office)("POST /login", data={"usr": "Administrator", "pwd": PASSWORD})
    assert response.headers["Location"] == "/app"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/me", "/login?redirect-to=%2Fme"),
        ("/apps", "/login?redirect-to=%2Fapps"),
        ("/update-password", "/login?forgot=1"),
    ],
)
def test_a_guest_is_asked_to_sign_in_first(office: Any, path: str, location: str) -> None:
    response = browser(office)(f"GET {path}")
    assert (response.status_code, response.headers["Location"]) == (302, location)


@pytest.mark.parametrize(("user", "desk"), [(ANN, False), ("Administrator", True)])
def test_an_account_is_shown_and_left(office: Any, user: str, desk: bool) -> None:
    client = browser(office, user)
    page = client("GET /me")
    assert ('href="/app"' in page.text, ('href="/app"' in client("GET /apps").text)) == (desk, desk)
    assert "Ann &amp; " in page.text
    assert client("POST /me", data={"sign_out": "1"}).status_code == 400  # without the page's token
    assert client(WHO).json["message"] == user
    response = client("POST /me", data={**fields(page.text), "sign_out": "1"})
    assert (response.status_code, response.headers["Location"]) == (303, "/login")
    assert client(WHO).status_code == 403


def test_another_site_signs_nobody_out(office: Any) -> None:
    client = browser(office, ANN)
    sent = {"Sec-Fetch-Site": "cross-site"}
    assert client("POST /me", data={"sign_out": "1"}, headers=sent).status_code == 400
    assert client(WHO).json["message"] == ANN


@pytest.mark.parametrize(
    ("given", "status"),
    [
        pytest.param({"old_password": "wrong", "new_password": OTHER, "repeated": OTHER}, 401, id="a wrong old one"),
        pytest.param({"old_password": PASSWORD, "new_password": OTHER, "repeated": "x"}, 417, id="not typed twice"),
        pytest.param({"old_password": PASSWORD, "new_password": "", "repeated": ""}, 417, id="none"),
    ],
)
def test_a_password_that_cannot_be_changed_stays(office: Any, given: dict[str, str], status: int) -> None:
    client = browser(office, "bob@x.org")
    hidden = fields(client("GET /update-password").text)
    response = client("POST /update-password", data={**hidden, **given})
    assert (response.status_code, 'role="alert"' in response.text) == (status, True)
    assert browser(office)("POST /api/method/login", {"usr": "bob@x.org", "pwd": PASSWORD}).status_code == 200


def test_a_password_is_changed_by_the_old_one_and_by_a_link(office: Any) -> None:
    client, other = browser(office, ANN), browser(office, ANN)
    hidden = fields(client("GET /update-password").text)
    given = {"old_password": PASSWORD, "new_password": OTHER, "repeated": OTHER}
    assert client("POST /update-password", data={**hidden, **given}).status_code == 200
    assert (client(WHO).status_code, other(WHO).status_code) == (200, 403)
    guest = browser(office)
    assert guest("POST /login?forgot=1", data={"user": ANN}).status_code == 200
    user, link = office.links[-1]
    path = "/" + link.split("/", 3)[3]
    again = {"new_password": PASSWORD, "repeated": PASSWORD}
    assert (user, guest("POST /update-password", data={**fields(guest(f"GET {path}").text), **again}).status_code) == (
        ANN,
        200,
    )
    assert browser(office, ANN)(WHO).json["message"] == ANN


def test_nobody_is_told_which_users_there_are(office: Any) -> None:
    texts = {browser(office)("POST /login?forgot=1", data={"user": each}).text for each in ("bob@x.org", "none@x.org")}
    assert len(texts) == 1
