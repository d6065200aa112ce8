"""What an app hears of who comes in: `auth_hooks`, `on_login`, `on_session_creation`, `on_logout`.

What raises refuses.
"""

from __future__ import annotations

import types
from typing import Any

import pytest
from app_folder import Write

import frappe_lite
from conftest import ApiClient, basic
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.site import Site

ANN, PASSWORD = "ann@x.org", "correct horse 7"
WHO = "GET /api/method/frappe.auth.get_logged_user"

HOOKS = """
    auth_hooks = ["APP.doors.by_header", "APP.doors.confine"]
    on_login = "APP.doors.arrives"
    on_session_creation = ["APP.doors.is_in", "APP.doors.plain"]
    on_logout = "APP.doors.leaves"
"""

DOORS = """
    import frappe

    HEARD = []

    def by_header():
        word = frappe.get_request_header("X-Badge") or frappe.get_request_header("Authorization", "").removeprefix("Bearer ")
        if word == "badge of ann":
            frappe.set_user("ANN@x.org")

    def confine():
        if frappe.session.user == "ann@x.org" and frappe.request.path.startswith("/api/resource/Role"):
            frappe.throw("Customers stay outside", frappe.PermissionError)

    def arrives(login_manager):
        HEARD.append(["login", login_manager.user, frappe.session.user])
        if frappe.get_request_header("X-Refuse") == "login":
            login_manager.fail("Not today", user=login_manager.user)

    def is_in(login_manager=None):
        HEARD.append(["session", login_manager.user, login_manager.user_type, login_manager.full_name, frappe.session.user])
        if frappe.get_request_header("X-Refuse") == "session":
            frappe.throw("No room", frappe.ValidationError)

    def plain():
        HEARD.append(["plain"])

    def leaves(**given):
        HEARD.append(["logout", frappe.session.user, sorted(given)])
        if frappe.get_request_header("X-Refuse") == "logout":
            frappe.throw("Stay", frappe.ValidationError)

    @frappe.whitelist(allow_guest=True)
    def heard():
        found, HEARD[:] = list(HEARD), []
        return found
"""


@pytest.fixture
def door(site: Site, write: Write, name: str) -> Site:
    """A site with Ann, and an app that stands at the door."""
    site.load(write({"hooks.py": HOOKS, "doors.py": DOORS}))
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "User", "email": ANN, "first_name": "Ann", "new_password": PASSWORD}).insert()
    return site


def heard(site: Site, name: str) -> Any:
    return ApiClient(site, None)(f"GET /api/method/{name}.doors.heard").get_json()["message"]


def log_in(client: ApiClient, path: str = "/api/method/login", **headers: str) -> Any:
    form = {"usr": ANN.upper(), "pwd": PASSWORD, **({"cmd": "login"} if path == "/" else {})}
    return client(f"POST {path}", data=form, headers=headers)


IN = [["login", ANN, "Guest"], ["session", ANN, "Website User", "Ann", ANN], ["plain"]]


@pytest.mark.parametrize("path", ["/api/method/login", "/", "/login"])
def test_who_comes_in_is_told_in_order(door: Site, name: str, path: str) -> None:
    client = ApiClient(door, None)
    assert log_in(client, path).status_code == (303 if path == "/login" else 200)
    assert heard(door, name) == IN
    assert client("POST /api/method/logout").status_code == 200
    assert heard(door, name) == [["logout", ANN, ["login_manager"]]]
    log_in(client, path)
    heard(door, name)
    assert client(WHO).get_json() == {"message": ANN}
    assert heard(door, name) == [], "a session that is resumed is no login"


@pytest.mark.parametrize(("where", "status", "steps"), [("login", 401, 1), ("session", 417, 2)])
def test_who_is_refused_at_the_door_has_no_session(door: Site, name: str, where: str, status: int, steps: int) -> None:
    client = ApiClient(door, None)
    answer = log_in(client, **{"X-Refuse": where})
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (status, [])
    assert heard(door, name) == IN[:steps]
    assert door.database.rows('SELECT user FROM "tabSessions"') == []


def test_a_wrong_password_is_heard_by_nobody(door: Site, name: str) -> None:
    assert ApiClient(door, None)("POST /api/method/login", {"usr": ANN, "pwd": "wrong"}).status_code == 401
    assert heard(door, name) == []


def test_who_may_not_leave_stays(door: Site, name: str) -> None:
    client = ApiClient(door, None)
    log_in(client)
    assert client("POST /api/method/logout", headers={"X-Refuse": "logout"}).status_code == 417
    assert client(WHO).get_json() == {"message": ANN}


def test_app_code_that_signs_somebody_in_is_heard_too(door: Site, name: str) -> None:
    with door.acting():
        frappe_lite.local.login_manager.login_as(ANN.upper())
    assert heard(door, name) == [["login", ANN, "Administrator"], *IN[1:]]


@pytest.mark.parametrize(
    ("headers", "status", "user"),
    [
        pytest.param({}, 403, None, id="nobody"),
        pytest.param({"X-Badge": "badge of ann"}, 200, ANN, id="by a header of the app's own"),
        pytest.param({"Authorization": "Bearer badge of ann"}, 200, ANN, id="by a token that the server does not know"),
        pytest.param(
            {"Authorization": "Badge badge of ann", "X-Badge": "badge of ann"},
            200,
            ANN,
            id="by a scheme that the server does not know",
        ),
        pytest.param({"Authorization": "Bearer nobody's"}, 401, None, id="a token that nobody knows"),
        pytest.param({"Authorization": "Badge x"}, 401, None, id="a scheme that nobody knows"),
        pytest.param(
            {"Authorization": basic("wrong", "wrong"), "X-Badge": "badge of ann"},
            401,
            None,
            id="a wrong key stays wrong",
        ),
    ],
)
def test_an_app_says_who_asks(door: Site, headers: dict[str, str], status: int, user: str | None) -> None:
    answer = ApiClient(door, None)(WHO, headers=headers)
    assert (answer.status_code, answer.get_json().get("message")) == (status, user)


def test_an_app_confines_who_asks(door: Site) -> None:
    by_key, by_badge = ApiClient(door, ANN), ApiClient(door, None)
    for client, headers in ((by_key, {}), (by_badge, {"X-Badge": "badge of ann"})):
        answer = client("GET /api/resource/Role", headers=headers)
        assert answer.status_code == 403 and "Customers stay outside" in answer.text
        assert client("GET /api/method/ping", headers=headers).status_code == 200
    assert ApiClient(door)("GET /api/resource/Role").status_code == 200


def test_a_preflight_asks_no_app(door: Site) -> None:
    assert ApiClient(door, None)("OPTIONS /api/resource/Role", headers={"X-Badge": "badge of ann"}).status_code == 200


def test_keys_begin_no_session(door: Site, name: str) -> None:
    with door.acting() as ctx:
        key, secret = auth.generate_keys(ctx, ANN)
    assert ApiClient(door, None)(WHO, headers={"Authorization": f"token {key}:{secret}"}).status_code == 200
    assert heard(door, name) == []


# --- signing in by an app's own function ---

SIGNING_IN = """
    import frappe
    from frappe.auth import LoginManager

    @frappe.whitelist(allow_guest=True)
    def by_hand(usr, pwd):
        manager = LoginManager()
        manager.authenticate(user=usr, pwd=pwd)
        before = frappe.session.user
        manager.post_login()
        return [before, frappe.session.user, manager.user]

    @frappe.whitelist(allow_guest=True)
    def by_form():
        frappe.local.login_manager.login()

    @frappe.whitelist(allow_guest=True)
    def by_command(usr, pwd):
        frappe.local.form_dict = frappe._dict(cmd="login", usr=usr, pwd=pwd)
        frappe.local.login_manager = LoginManager()

    @frappe.whitelist(allow_guest=True)
    def unasked():
        LoginManager().post_login()

    @frappe.whitelist(allow_guest=True)
    def checked(usr, pwd):
        return LoginManager().check_password(usr, pwd)

    @frappe.whitelist(allow_guest=True)
    def retried(function, other=None):
        manager = frappe.local.login_manager
        try:
            getattr(manager, function)(**({"user": other} if other else {}))
        except frappe.AuthenticationError:
            return ["refused", "pwd" in frappe.form_dict]
        return [manager.user, "pwd" in frappe.form_dict]
"""


@pytest.mark.parametrize(
    ("function", "pwd", "status", "said", "user"),
    [
        pytest.param("by_hand", PASSWORD, 200, ["Guest", ANN, ANN], ANN, id="checked, then signed in"),
        pytest.param("by_hand", "wrong", 401, None, "Guest", id="a wrong password"),
        pytest.param("by_form", PASSWORD, 200, "No App", ANN, id="by what the form says"),
        pytest.param("by_form", "wrong", 401, None, "Guest", id="which is wrong"),
        pytest.param("by_command", PASSWORD, 200, "No App", ANN, id="by making one where the form says login"),
        pytest.param("by_command", "wrong", 401, None, "Guest", id="which refuses"),
        pytest.param("unasked", PASSWORD, 401, None, "Guest", id="nobody was checked"),
        pytest.param("checked", PASSWORD, 200, ANN, "Guest", id="checking signs nobody in"),
        pytest.param("checked", "wrong", 401, None, "Guest", id="nor refusing"),
    ],
)
def test_an_app_signs_people_in(
    site: Site, write: Write, name: str, function: str, pwd: str, status: int, said: Any, user: str
) -> None:
    site.load(write({"signing.py": SIGNING_IN}))
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "User", "email": ANN, "first_name": "Ann", "new_password": PASSWORD}).insert()
    client = ApiClient(site, None)
    answer = client(f"POST /api/method/{name}.signing.{function}", {"usr": ANN.upper(), "pwd": pwd})
    assert answer.status_code == status
    assert status != 200 or answer.get_json()["message"] == said
    assert client(WHO).get_json().get("message", "Guest") == user
    assert status == 200 or not answer.headers.getlist("Set-Cookie")


@pytest.mark.parametrize(
    ("function", "other", "pwd", "kept"),
    [
        pytest.param("login", None, PASSWORD, [ANN, False], id="who is in has left it at the door"),
        pytest.param("login", None, "wrong", ["refused", True], id="who is not may be asked again, as in Frappe"),
        pytest.param("authenticate", None, PASSWORD, [ANN, True], id="checking takes nothing from the form"),
        pytest.param("authenticate", None, "wrong", ["refused", True], id="nor does refusing"),
        pytest.param("authenticate", "nobody", PASSWORD, [ANN, True], id="a name alone is passed over"),
    ],
)
def test_what_signing_in_leaves_of_the_form(
    site: Site, write: Write, name: str, function: str, other: str | None, pwd: str, kept: list[Any]
) -> None:
    site.load(write({"signing.py": SIGNING_IN}))
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "User", "email": ANN, "first_name": "Ann", "new_password": PASSWORD}).insert()
    body = {"function": function, "other": other, "usr": ANN, "pwd": pwd}
    assert ApiClient(site, None)(f"POST /api/method/{name}.signing.retried", body).json["message"] == kept


def test_guesses_at_an_apps_door_are_counted(site: Site, write: Write, name: str) -> None:
    site.load(write({"signing.py": SIGNING_IN}))
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "User", "email": ANN, "first_name": "Ann", "new_password": PASSWORD}).insert()
        document.set_values(
            ctx, ctx.meta("System Settings"), "System Settings", {"allow_consecutive_login_attempts": 2}
        )
    client, body = ApiClient(site, None), {"usr": ANN, "pwd": "wrong"}
    address = f"POST /api/method/{name}.signing.checked"
    assert [client(address, body).status_code for _ in range(3)] == [401, 401, 429]


def test_a_header_of_a_request_that_app_code_made(site: Site) -> None:
    with site.acting():
        import frappe

        frappe.local.request = types.SimpleNamespace(headers={"Authorization": "token a:b"})
        assert [frappe.get_request_header(key, "-") for key in ("Authorization", "X-Else")] == ["token a:b", "-"]
