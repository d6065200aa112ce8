"""Answers that are pages, requests to other servers, and the tries of a user, as app code asks for them."""

from __future__ import annotations

import datetime
import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import utils
from frappe_lite.context import Context
from frappe_lite.face import web_answers
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()

API = """
    import frappe
    from frappe.utils.response import Response

    @frappe.whitelist(allow_guest=True)
    def say(**more):
        more.pop("cmd")
        frappe.respond_as_web_page("Paid <b>", "<p>Thank you</p>", **more)

    @frappe.whitelist(allow_guest=True)
    def lead():
        frappe.redirect_to_message("Later", "<p>Come back</p>", http_status_code=410)

    @frappe.whitelist(allow_guest=True)
    def file(**more):
        more.pop("cmd")
        frappe.response.update(more)

    @frappe.whitelist(allow_guest=True)
    def raw():
        return Response("plain", 203, mimetype="text/plain")

    @frappe.whitelist(allow_guest=True)
    def visit(title, keep=0, fail=0):
        frappe.get_doc(doctype="Animal", title=title).insert(ignore_permissions=True)
        if int(keep):
            frappe.db.commit()
            frappe.get_doc(doctype="Animal", title=f"{title} later").insert(ignore_permissions=True)
        if int(fail):
            frappe.throw("No")
        return title

    @frappe.whitelist(allow_guest=True)
    def gone():
        raise frappe.NotFound("nothing here")

    @frappe.whitelist(allow_guest=True)
    def told(**more):
        return more

    @frappe.whitelist(allow_guest=True)
    def plain(a=None):
        return a

    @frappe.whitelist()
    def streamed():
        def lines():
            for each in frappe.get_all("Animal", pluck="title", order_by="title"):
                yield f"{frappe.session.user} {each};"
            frappe.get_doc({"doctype": "Animal", "title": "written while it is sent"}).insert()
        return Response(lines(), mimetype="text/plain")

    @frappe.whitelist(methods=["POST"])
    def through():
        return frappe.handler.execute_cmd("frappe.client.get_count")
"""


@pytest.fixture
def app(site: frappe_lite.Site, write: Write, name: str) -> Any:
    files = {"hooks.py": "", "api.py": API, "animal.json": doctype("Animal", ("title", "Data"))}
    site.load(write(files))
    client = ApiClient(site)
    return lambda request, **options: client(request.replace("APP", f"/api/method/{name}.api"), **options)


@pytest.mark.parametrize(
    ("query", "status", "texts"),
    [
        pytest.param("", 200, ["<h1>Paid &lt;b&gt;</h1>", "<p>Thank you</p>", 'href="/"'], id="a title, a text, a way on"),
        pytest.param("?http_status_code=402", 402, ["Thank you"], id="with a status"),
        pytest.param("?primary_action=/crm&primary_label=Go", 200, ['href="/crm">Go<'], id="on to a page"),
        pytest.param("?primary_action=javascript:x()", 200, ['href="/"'], id="never to a script"),
    ],
)  # fmt: skip
def test_a_page_for_an_answer(app: Any, query: str, status: int, texts: list[str]) -> None:
    answer = app(f"GET APP.say{query}")
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert all(each in answer.text for each in texts)
    assert "script-src" in answer.headers["Content-Security-Policy"] or "default-src" in answer.headers["Content-Security-Policy"]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "mimetype", "shown"),
    [
        ("type=csv&doctype=Task&result=a", "text/csv", "attachment; filename=Task.csv"),
        ("type=txt&doctype=Task&result=a", "text/plain", "attachment; filename=Task.txt"),
        ("type=pdf&filename=a.pdf&filecontent=a", "application/pdf", "inline; filename=a.pdf"),
        ("type=binary&filename=a.png&filecontent=a", "application/octet-stream", "attachment; filename=a.png"),
        ("type=download&filename=a.png&filecontent=a", "image/png", "attachment; filename=a.png"),
        (
            "type=download&filename=a.png&filecontent=a&display_content_as=inline",
            "image/png",
            "inline; filename=a.png",
        ),
        ("type=download&filename=a.json&filecontent=a", "application/json", "attachment; filename=a.json"),
        (
            "type=download&filename=a.nothing&filecontent=a",
            "application/octet-stream",
            "attachment; filename=a.nothing",
        ),
        ("type=download&filename=a.html&filecontent=a", "application/octet-stream", "attachment; filename=a.html"),
        ("type=download&filename=a.svg&filecontent=a", "application/octet-stream", "attachment; filename=a.svg"),
        (
            "type=download&filename=a.html&filecontent=a&content_type=text/html",
            "text/html",
            "attachment; filename=a.html",
        ),
    ],
)
def test_a_file_for_an_answer(app: Any, query: str, mimetype: str, shown: str) -> None:
    answer = app(f"GET APP.file?{query}")
    assert (answer.status_code, answer.mimetype, answer.text) == (200, mimetype, "a")
    assert answer.headers["Content-Disposition"] == shown


def test_a_text_without_what_it_says_is_an_answer_as_any_other(app: Any) -> None:
    assert app("GET APP.file?type=csv&doctype=Task").json == {"type": "csv", "doctype": "Task"}


@pytest.mark.parametrize(
    ("request_line", "answer"),
    [
        pytest.param(
            "GET APP.told?a=1", {"a": "1", "cmd": "APP.told"}, id="v1: the name of the function is with the rest"
        ),
        pytest.param("GET APP.told?a=1&cmd=x", {"a": "1", "cmd": "APP.told"}, id="whatever the client says it is"),
        pytest.param("GET APP.plain?a=1", "1", id="who takes no more is told nothing more"),
    ],
)
def test_functions_that_take_everything_are_told_their_name(
    app: Any, name: str, request_line: str, answer: Any
) -> None:
    found = app(request_line).json["message"]
    assert found == (answer if isinstance(answer, str) else {**answer, "cmd": f"{name}.api.told"})


def test_the_second_version_has_no_such_name(app: Any, name: str) -> None:
    assert app(f"GET /api/v2/method/{name}.api.told?a=1").json["data"] == {"a": "1"}


def test_an_answer_is_made_while_it_is_sent_by_who_asked(app: Any, site: frappe_lite.Site) -> None:
    """What is written then is kept no more: the request is over."""
    for title in ("cat", "dog"):
        app("POST /api/resource/Animal", json={"title": title})
    assert app("GET APP.streamed").text == "Administrator cat;Administrator dog;"
    assert len(app("GET /api/resource/Animal").json["data"]) == 2
    assert app("GET APP.plain?a=still").json["message"] == "still"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        pytest.param("GET APP.visit?title=a", [], id="what is read keeps nothing"),
        pytest.param("GET APP.visit?title=a&keep=1", ["a"], id="but what the function keeps by itself, so far"),
        pytest.param("GET APP.visit?title=a&keep=1&fail=1", ["a"], id="whatever fails later"),
        pytest.param("HEAD APP.visit?title=a&keep=1", [], id="a look at what is there keeps nothing"),
        pytest.param("POST APP.visit?title=a", ["a"], id="what is sent keeps"),
        pytest.param("POST APP.visit?title=a&keep=1", ["a", "a later"], id="all of it"),
        pytest.param("POST APP.visit?title=a&fail=1", [], id="unless it fails"),
        pytest.param("POST APP.visit?title=a&keep=1&fail=1", ["a"], id="but for what was kept until then"),
    ],
)
def test_what_a_function_keeps_by_itself_is_kept(app: Any, asked: str, kept: list[str]) -> None:
    assert app(asked).status_code == (417 if "fail" in asked else 200)
    rows = app('GET /api/resource/Animal?fields=["title"]&order_by=title').json["data"]
    assert [row["title"] for row in rows] == kept


def test_a_message_behind_a_redirect(app: Any) -> None:
    answer = app("GET APP.lead")
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/message?id=")
    shown = app(f"GET {answer.headers['Location']}")
    assert (shown.status_code, "Come back" in shown.text) == (410, True)
    assert app("GET /message?id=unknown").status_code == 404


def test_an_answer_of_ones_own(app: Any) -> None:
    answer = app("GET APP.raw")
    assert (answer.status_code, answer.text) == (203, "plain")
    assert app("GET APP.gone").status_code == 404


def test_a_method_calls_another_with_what_came(app: Any) -> None:
    assert app("POST APP.through", json={"doctype": "Animal"}).get_json()["message"] == 0


# --- other servers ----------------------------------------------------------------------------------------


class Answer:
    """As much of an answer of requests as is looked at."""

    def __init__(self, kind: str, status: int = 200) -> None:
        self.headers, self.status_code, self.text = {"content-type": kind}, status, "text"

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise OSError(self.status_code)

    def json(self) -> Any:
        return {"a": 1}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What was asked of another server; `answer` is what it says."""
    found: dict[str, Any] = {"answer": Answer("application/json; charset=utf-8")}

    class Session:
        def request(self, method: str, url: str, **options: Any) -> Any:
            found.update(method=method, url=url, **options)
            return found["answer"]

    monkeypatch.setattr(web_answers, "get_request_session", Session)
    yield found


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete"])
def test_other_servers_are_asked(asked: dict[str, Any], verb: str) -> None:
    integrations = importlib.import_module("frappe.integrations.utils")
    function = getattr(integrations, f"make_{verb}_request")
    assert function("https://x.org/a", headers={"A": "b"}, json={"q": 1}) == {"a": 1}
    assert (asked["method"], asked["url"], asked["headers"], asked["json"]) == (verb.upper(), "https://x.org/a", {"A": "b"}, {"q": 1})  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        pytest.param(Answer("text/plain"), "text", id="text"),
        pytest.param(Answer("application/json", 204), None, id="nothing"),
        pytest.param(Answer("text/plain", 500), OSError, id="a refusal is raised"),
    ],
)
def test_what_they_answer(asked: dict[str, Any], answer: Answer, found: Any) -> None:
    asked["answer"] = answer
    if found is OSError:
        with pytest.raises(OSError, match="500"):
            web_answers.make_get_request("https://x.org")
    else:
        assert web_answers.make_get_request("https://x.org") == found


# --- tries ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site(url="https://here.org")
    yield site
    site.close()


def test_who_fails_too_often_waits(ctx: Context) -> None:
    made = importlib.import_module("frappe.auth").LoginAttemptTracker
    token = utils.set_clock(datetime.datetime(2026, 1, 1, 10))
    try:
        tracker = made("ann", max_consecutive_login_attempts=2, lock_interval=60)
        tracker.add_failure_attempt()
        assert tracker.is_user_allowed()
        tracker.add_failure_attempt()
        assert not tracker.is_user_allowed()
        assert (
            made("ben", 2, 60).is_user_allowed()
            and not made(user_name="ann", max_consecutive_login_attempts=2).is_user_allowed()
        )
        utils.set_clock(datetime.datetime(2026, 1, 1, 10, 2))
        assert tracker.is_user_allowed()
        tracker.add_failure_attempt()
        assert tracker.login_failed_count == 1
        tracker.add_success_attempt()
        assert tracker.login_failed_count == 0
    finally:
        utils.reset_clock(token)


# --- single faces -----------------------------------------------------------------------------------------


def test_settings_and_addresses(ctx: Context) -> None:
    frappe = importlib.import_module("frappe")
    frappe.db.set_single_value("Website Settings", "disable_signup", 1)
    assert frappe.get_website_settings("disable_signup") == 1
    assert importlib.import_module("frappe.website.utils").is_signup_disabled() is True
    assert importlib.import_module("frappe.utils").get_request_site_address() == "https://here.org"
    assert importlib.import_module("frappe.utils.telemetry").is_pulse_enabled() is False
    assert frappe.log("said") is None


def test_modules_that_a_user_sees(ctx: Context) -> None:
    frappe = importlib.import_module("frappe")
    listed = importlib.import_module("frappe.utils.modules").get_modules_from_all_apps_for_user
    assert {"Core", "Desk"} <= {each.module_name for each in listed()}
    user = frappe.get_doc(doctype="User", email="a@x.org", first_name="A", block_modules=[{"module": "Desk"}]).insert()
    assert "Desk" not in {each["module_name"] for each in frappe.config.get_modules_from_all_apps_for_user(user.name)}


def test_files_by_their_address(ctx: Context) -> None:
    frappe = importlib.import_module("frappe")
    module = importlib.import_module("frappe.core.doctype.file.file")
    file = frappe.get_doc(doctype="File", file_name="a.txt", content="x", is_private=1).insert()
    assert module.has_permission(file, "read") and not module.has_permission(file, "read", user="Guest")
    importlib.import_module("frappe.core.doctype.file.utils").remove_file_by_url(file.file_url)
    assert not frappe.db.exists("File", file.name)


def test_many_are_deleted_each_by_itself(ctx: Context) -> None:
    frappe = importlib.import_module("frappe")
    names = [frappe.get_doc(doctype="Note", title=each).insert().name for each in "ab"]
    delete_bulk = importlib.import_module("frappe.desk.reportview").delete_bulk
    assert delete_bulk("Note", [names[0], "nowhere"]) == []
    assert delete_bulk("User", ["Administrator"]) == ["Administrator"]
    assert frappe.get_all("Note", pluck="name") == [names[1]]
