"""Looking after people: a link for a password, an end of all sessions, documents of every DocType by a word."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import Client

import frappe_lite
from conftest import ApiClient
from frappe_lite.access import auth
from frappe_lite.parts import desk

LINK = "POST /api/v2/method/frappe_lite.passwords.link"
END_ALL = "POST /api/v2/method/frappe_lite.sessions.end_all"
PASSWORD = "Correct-Horse-1"
ANN = "ann@example.com"


@pytest.fixture
def ann(app_site: frappe_lite.Site, new_user: Any) -> ApiClient:
    made: ApiClient = new_user(app_site, ANN, "Task User")
    return made


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search on a busy machine finds all that there is."""
    monkeypatch.setattr(desk, "FIND_SECONDS", 60)


def sign_in(site: frappe_lite.Site, user: str) -> Client:
    browser = Client(frappe_lite.App(site))
    assert browser.post("/api/method/login", data={"usr": user, "pwd": PASSWORD}).status_code == 200
    return browser


def who(browser: Client) -> str:
    return str(browser.get("/api/v2/method/frappe_lite.desk.boot").json["data"]["user"]["name"])


def test_a_link_sets_the_password_once(app_site: frappe_lite.Site, client: ApiClient, ann: ApiClient) -> None:
    link = client(LINK, {"user": ANN}).json["data"]
    key = link.partition("/update-password?key=")[2]
    browser = Client(frappe_lite.App(app_site))
    given = {"key": key, "new_password": PASSWORD, "repeated": PASSWORD}
    assert browser.post("/update-password", data=given).status_code == 200
    assert browser.post("/update-password", data=given).status_code == 410
    assert who(sign_in(app_site, ANN)) == ANN


def test_nobody_makes_a_link_for_oneself(app_site: frappe_lite.Site, client: ApiClient, new_user: Any) -> None:
    """Else whoever finds a browser open, or a key, stays in."""
    boss = new_user(app_site, "boss@example.com", "System Manager")
    assert [boss(LINK, {"user": user}).status_code for user in ("boss@example.com", "BOSS@example.com")] == [403, 403]


def test_a_link_that_is_sent_is_not_told(app_site: frappe_lite.Site, client: ApiClient, ann: ApiClient) -> None:
    sent: list[tuple[str, str]] = []
    app_site.on_reset_link = lambda user, link: sent.append((user, link))
    answer = client(LINK, {"user": ANN, "send": 1})
    assert (answer.json.get("data"), [(user, "key=" in link) for user, link in sent]) == (None, [(ANN, True)])


@pytest.mark.parametrize(
    ("by", "user", "status"),
    [
        pytest.param("Administrator", "Administrator", 417, id="the Administrator's is set by a command"),
        pytest.param("Administrator", "nobody@example.com", 403, id="of nobody"),
        pytest.param(ANN, "Administrator", 403, id="only who looks after a person"),
    ],
)
def test_who_gets_no_link(client: ApiClient, ann: ApiClient, by: str, user: str, status: int) -> None:
    assert (client if by == "Administrator" else ann)(LINK, {"user": user}).status_code == status


def test_a_disabled_person_gets_no_link(client: ApiClient, ann: ApiClient) -> None:
    client(f"PATCH /api/v2/document/User/{ANN}", {"enabled": 0})
    assert client(LINK, {"user": ANN}).status_code == 417


def test_somebody_is_signed_out_everywhere(app_site: frappe_lite.Site, client: ApiClient, ann: ApiClient) -> None:
    with app_site.acting() as ctx:
        auth.set_password(ctx, ANN, PASSWORD)
    browsers = [sign_in(app_site, ANN), sign_in(app_site, ANN)]
    assert client(END_ALL, {"user": ANN}).json["data"] == 2
    assert [who(each) for each in browsers] == ["Guest", "Guest"]
    assert ann(END_ALL, {"user": "Administrator"}).status_code == 403


# --- documents of every DocType ------------------------------------------------------------------------------


def found(client: ApiClient, text: str) -> list[tuple[str, str]]:
    rows = client(f"GET /api/v2/method/frappe_lite.desk.find?text={text}").json["data"]
    return [(each["doctype"], each["label"]) for each in rows]


@pytest.fixture
def documents(client: ApiClient) -> None:
    client("POST /api/v2/document/Task", {"subject": "Paint the fence"})
    client("POST /api/v2/document/Project", {"title": "Fence"})
    client("POST /api/v2/document/Note", {"title": "fences elsewhere", "public": 1})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("fence", {"Task", "Project", "Note"}, id="an app's and the server's"),
        pytest.param("FENCE", {"Task", "Project", "Note"}, id="in any case"),
        pytest.param("paint", {"Task"}, id="a part of a title"),
        pytest.param("f", set(), id="one letter is too little"),
        pytest.param("%25%25", set(), id="a sign is itself"),
    ],
)
def test_documents_are_found_whatever_their_doctype(
    client: ApiClient, documents: None, text: str, wanted: set[str]
) -> None:
    assert {doctype for doctype, _ in found(client, text)} == wanted


def test_nobody_finds_what_they_may_not_read(
    app_site: frappe_lite.Site, documents: None, ann: ApiClient, new_user: Any
) -> None:
    bob = new_user(app_site, "bob@example.com")
    guest = ApiClient(app_site, None)
    assert [bool(found(each, "paint")) for each in (ann, bob)] == [True, False]
    assert guest("GET /api/v2/method/frappe_lite.desk.find?text=paint").status_code == 403


def test_a_search_tells_at_most_so_many(client: ApiClient) -> None:
    for number in range(9):
        client("POST /api/v2/document/Task", {"subject": f"Fence {number}"})
    assert len(found(client, "fence")) == 4
