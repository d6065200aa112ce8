"""Users, their keys and passwords, and shares: who may give what to whom."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import ApiClient, BaseOffice
from frappe_lite import document
from frappe_lite.access import auth

USER = "frappe.core.doctype.user.user"
USERS = {
    "user": ("Task User",),
    "other": ("Task User",),
    "manager": ("Task Manager",),
    "website": (),
    "boss": ("System Manager",),
}


class Office(BaseOffice):
    """A site with one client for each kind of user."""

    users = USERS

    def call(self, who: str, method: str, verb: str = "POST", **body: Any) -> TestResponse:
        return self.clients[who](f"{verb} /api/method/{method}", body)


@pytest.fixture
def person(office: Office, request: pytest.FixtureRequest) -> str:
    """A user of the test's own."""
    name = f"person{abs(hash(request.node.name))}@x.org"
    with office.site.acting() as ctx:
        document.new(
            ctx, {"doctype": "User", "email": name, "first_name": "Person", "new_password": "old enough 1"}
        ).insert()
    return name


@pytest.fixture
def note(office: Office) -> str:
    """A note of `user`, which nobody else may read."""
    answer = office.clients["user"]("POST /api/resource/Private Note", {"title": "mine"})
    return str(answer.get_json()["data"]["name"])


# --- keys ---


@pytest.mark.parametrize(
    ("who", "whose", "status"),
    [
        ("user", "user@x.org", 200), ("boss", "other@x.org", 200), ("admin", "other@x.org", 200), ("admin", (
            "Administrator"
        ), 200),
        ("user", "other@x.org", 403), ("user", "Administrator", 403), ("boss", "Administrator", 403), ("guest", (
            "user@x.org"
        ), 403), ("guest", "Guest", 403),
        ("boss", "nobody@x.org", 403), ("admin", "", 403), ("admin", None, 417), ("admin", ["other@x.org"], 417),
    ],
)  # fmt: skip
def test_who_makes_whose_keys(office: Office, who: str, whose: Any, status: int) -> None:
    answer = office.call(who, f"{USER}.generate_keys", user=whose)
    assert answer.status_code == status
    if status == 200:
        keys = answer.get_json()["message"]
        asked = office.clients["guest"](
            "GET /api/method/frappe.auth.get_logged_user",
            headers={"Authorization": f"token {keys['api_key']}:{keys['api_secret']}"},
        )
        assert asked.get_json() == {"message": whose}
        office.clients["admin" if whose == "Administrator" else whose.partition("@")[0]] = ApiClient(
            office.site, whose
        )  # the old keys have ended


def test_keys_are_not_made_by_a_get(office: Office) -> None:
    assert office.clients["admin"](f"GET /api/method/{USER}.generate_keys?user=other@x.org").status_code == 403


def test_keys_are_made_by_the_doctypes_path_of_v2(office: Office, person: str) -> None:
    assert set(
        office.clients["admin"]("POST /api/v2/method/User/generate_keys", {"user": person}).get_json()["data"]
    ) == {"api_key", "api_secret"}


# --- roles ---


def test_all_roles_are_those_that_can_be_given(office: Office) -> None:
    roles = office.call("user", f"{USER}.get_all_roles").get_json()["message"]
    assert {"System Manager", "Task User"} <= set(roles)
    assert not {"Administrator", "Guest", "All", "Desk User"} & set(roles)


@pytest.mark.parametrize("method", ["get_roles", "get_user_roles"])
def test_roles_of_oneself_and_of_others(office: Office, method: str) -> None:
    assert office.call("user", f"{USER}.{method}").get_json()["message"] == ["Task User", "All", "Guest", "Desk User"]
    assert "Task Manager" in office.call("boss", f"{USER}.{method}", uid="manager@x.org").get_json()["message"]
    assert office.call("boss", f"{USER}.{method}", uid="nobody@x.org").get_json()["message"] == ["All", "Guest"]
    for name in ("manager@x.org", "nobody@x.org"):
        assert office.call("user", f"{USER}.{method}", uid=name).status_code == 403
    assert office.call("guest", f"{USER}.{method}").status_code == 403


@pytest.mark.parametrize("who", ["user", "website"])
def test_nobody_gives_roles_to_oneself(office: Office, who: str) -> None:
    name = f"{who}@x.org"
    for body in ({"roles": [{"role": "System Manager"}]}, {"roles": []}, {"user_type": "System User"}):
        office.clients[who](f"PUT /api/resource/User/{name}", body)
    with office.site.acting() as ctx:
        assert ctx.roles_of(name) - {"All", "Guest", "Desk User"} == set(USERS[who])


@pytest.mark.parametrize(
    ("who", "status"), [("user", 403), ("manager", 403), ("website", 403), ("guest", 403), ("boss", 201)]
)
def test_who_makes_users(office: Office, who: str, status: int) -> None:
    assert (
        office.clients[who](
            "POST /api/resource/User", {"email": f"made-by-{who}@x.org", "first_name": "New"}
        ).status_code
        == status
    )


@pytest.mark.parametrize(
    "request_",
    [("PUT", {"first_name": "x"}), ("PUT", {"new_password": "taken over 1"}), ("DELETE", None)],
    ids=["name", "password", "delete"],
)
@pytest.mark.parametrize("name", ["Administrator", "Guest"])
def test_the_standard_users_are_the_administrators_business(
    office: Office, name: str, request_: tuple[str, Any]
) -> None:
    verb, body = request_
    assert office.clients["boss"](f"{verb} /api/resource/User/{name}", body).status_code == 403


@pytest.mark.parametrize("name", ["Administrator", "Guest"])
def test_the_standard_users_stay(office: Office, name: str) -> None:
    assert office.clients["admin"](f"DELETE /api/resource/User/{name}").status_code == 417
    assert office.clients["admin"](f"PUT /api/resource/User/{name}", {"enabled": 0}).status_code == 417


# --- passwords ---


def checked(office: Office, user: str, password: str) -> bool:
    with office.site.acting() as ctx:
        return auth.check_password(ctx, user, password)


@pytest.mark.parametrize(
    ("old", "changed"),
    [("old enough 1", True), ("wrong", False), ("", False), (None, False), (["old enough 1"], False)],
    ids=["the old one", "a wrong one", "none", "null", "a list"],
)
def test_the_own_password_is_changed_by_the_old_one(office: Office, person: str, old: Any, changed: bool) -> None:
    client = ApiClient(office.site, person)
    answer = client(f"POST /api/method/{USER}.update_password", {"old_password": old, "new_password": "new enough 1"})
    assert (answer.status_code == 200) is changed
    if not changed:  # Frappe: it is who asks that is not known
        refused = (401, "AuthenticationError") if old is None or isinstance(old, str) else (417, "FrappeTypeError")
        assert (answer.status_code, answer.get_json()["exc_type"]) == refused
    assert checked(office, person, "new enough 1") is changed
    assert checked(office, person, "old enough 1") is not changed


def test_guest_has_no_password_to_change(office: Office) -> None:
    assert (
        office.call("guest", f"{USER}.update_password", old_password="x", new_password="new enough 1").status_code
        == 403
    )


def test_a_password_is_no_value_of_the_document(office: Office, person: str) -> None:
    answer = office.clients["boss"](f"PUT /api/resource/User/{person}", {"new_password": "given by boss 1"})
    assert answer.status_code == 200 and "given by boss" not in answer.text
    assert checked(office, person, "given by boss 1")


# --- shares ---


def reads(office: Office, who: str, name: str) -> bool:
    return office.clients[who](f"GET /api/resource/Private Note/{name}").status_code == 200


def share(office: Office, who: str, note: str, method: str = "add", **body: Any) -> TestResponse:
    return office.call(who, f"frappe.share.{method}", doctype="Private Note", name=note, **body)


def test_a_share_lets_read_and_ends(office: Office, note: str) -> None:
    assert not reads(office, "other", note)
    made = share(office, "admin", note, user="other@x.org").get_json()["message"]
    assert (made["user"], made["read"], made["write"], made["share_name"]) == ("other@x.org", 1, 0, note)
    assert reads(office, "other", note) and not reads(office, "website", note)
    assert office.clients["other"](f"PUT /api/resource/Private Note/{note}", {"title": "x"}).status_code == 403
    assert (
        share(office, "admin", note, "set_permission", user="other@x.org", permission_to="read", value=0).get_json()
        == {}
    )
    assert not reads(office, "other", note)


def test_a_share_may_let_write(office: Office, note: str) -> None:
    share(office, "admin", note, user="other@x.org")
    assert (
        share(office, "admin", note, "set_permission", user="other@x.org", permission_to="write", value=1).status_code
        == 200
    )
    assert office.clients["other"](f"PUT /api/resource/Private Note/{note}", {"title": "by other"}).status_code == 200
    assert office.clients["other"](f"DELETE /api/resource/Private Note/{note}").status_code == 403


def test_a_share_with_everyone(office: Office, note: str) -> None:
    share(office, "admin", note, everyone=1)
    assert reads(office, "other", note) and reads(office, "website", note) and not reads(office, "guest", note)


def test_sharing_twice_changes_the_share(office: Office, note: str) -> None:
    names = {
        share(office, "admin", note, user="other@x.org", write=write).get_json()["message"]["name"] for write in (0, 1)
    }
    assert len(names) == 1
    [row] = share(office, "admin", note, "get_users").get_json()["message"]
    assert (row["user"], row["write"]) == ("other@x.org", 1)


@pytest.mark.parametrize("who", ["user", "other", "website", "guest", "manager"])
@pytest.mark.parametrize("method", ["add", "set_permission"])
def test_sharing_needs_the_right_to_share(office: Office, note: str, method: str, who: str) -> None:
    """`user` owns the note, but the rule for owners gives no `share`."""
    before = office.site.database.rows('SELECT * FROM "tabDocShare"')
    assert share(office, who, note, method, user="website@x.org").status_code == 403
    assert office.site.database.rows('SELECT * FROM "tabDocShare"') == before


def test_who_reads_through_a_share_cannot_pass_it_on(office: Office, note: str) -> None:
    share(office, "admin", note, user="other@x.org", read=1, write=1)
    assert share(office, "other", note, user="website@x.org").status_code == 403
    share(office, "admin", note, user="other@x.org", read=1, share=1)
    assert share(office, "other", note, user="website@x.org").status_code == 200


def test_nobody_makes_a_share_document_without_the_right(office: Office, note: str) -> None:
    body = {"user": "other@x.org", "share_doctype": "Private Note", "share_name": note, "read": 1}
    assert office.clients["other"]("POST /api/resource/DocShare", body).status_code == 403
    assert not reads(office, "other", note)


@pytest.mark.parametrize(("who", "status"), [("user", 200), ("admin", 200), ("other", 403), ("guest", 403)])
def test_who_sees_the_shares(office: Office, note: str, who: str, status: int) -> None:
    assert share(office, who, note, "get_users").status_code == status


def test_a_share_of_nothing_is_404(office: Office) -> None:
    assert share(office, "admin", "nope", user="other@x.org").status_code == 404
    assert share(office, "admin", "nope", "set_permission", user="other@x.org").status_code == 404


# --- what one says of oneself ---

PROFILE = "frappe.desk.page.user_profile.user_profile.update_profile_info"


@pytest.mark.parametrize("who", ["user", "website", "boss"])
def test_one_says_something_of_oneself_and_of_nobody_else(office: Office, who: str) -> None:
    """Frappe 15: what is not sent is emptied."""
    sent = {"bio": "I grow trees", "location": "Pune", "user_image": "/files/me.png"}
    answer = office.call(who, PROFILE, profile_info=json.dumps(sent))
    assert answer.status_code == 200, answer.text
    shown = {each: answer.json["message"].get(each) for each in ("name", "bio", "location", "user_image", "interest")}
    assert shown == {"name": f"{who}@x.org", **sent, "interest": None}
    assert office.call(who, PROFILE, "PUT", profile_info={"bio": "I cut trees"}).status_code == 200
    row = office.site.database.row('SELECT bio, location, user_image FROM "tabUser" WHERE name = ?', (f"{who}@x.org",))
    assert tuple(row) == ("I cut trees", None, None)
    others = 'SELECT bio FROM "tabUser" WHERE name = ?'
    assert office.site.database.row(others, ("other@x.org",)) == (None,)


@pytest.mark.parametrize(
    ("who", "verb", "sent", "status", "says"),
    [
        pytest.param("user", "POST", '{"new_password": "open-sesame-2"}', 417, "new_password", id="a password"),
        pytest.param("user", "POST", '{"bio": "x", "roles": [{"role": "System Manager"}]}', 417, "roles", id="roles"),
        pytest.param("user", "POST", '{"name": "other@x.org"}', 417, "name", id="another user"),
        pytest.param("user", "POST", '["bio"]', 400, "profile_info is an object", id="a list"),
        pytest.param("user", "POST", "{", 400, "profile_info", id="half an object"),
        pytest.param("user", "GET", '{"bio": "x"}', 403, "", id="a link that somebody sent"),
        pytest.param("guest", "POST", '{"bio": "x"}', 403, "", id="a guest"),
    ],
)  # fmt: skip
def test_what_is_no_profile(office: Office, who: str, verb: str, sent: str, status: int, says: str) -> None:
    answer = office.call(who, PROFILE, verb, profile_info=sent)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
