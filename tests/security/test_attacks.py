"""Known attacks whose harm is told by a look at what they stored, by other doors and spellings than those reported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attempts import Attempt
from judge import Judge
from variants import CLIENT, DESK, Row, Words, attempt, changed, doc, judge, steps, words
from world import ANN, BEN, EVE, PASSWORD, Caller

__all__ = ["judge", "words"]

# --- what a manager may not do either --------------------------------------------------------------------------


USERS = "frappe.core.doctype.user.user"
ADMINISTRATORS = [
    "ADMINISTRATOR",
    "administrator",
    "Administrator ",
    " Administrator",
    "Administrator\u200b",
    "Аdministrator",
]
BY_A_NAME = [
    pytest.param("frappe_lite.keys.generate", {"label": "x", "user": "{}"}, id="a named key"),
    pytest.param(f"{USERS}.generate_keys", {"user": "{}"}, id="the pair of the User"),
    pytest.param(
        f"{CLIENT}.set_value", doc("User", "{}", fieldname="new_password", value="Stolen horse 42"), id="a password"
    ),
    pytest.param(
        f"{CLIENT}.bulk_update", changed("User", "{}", new_password="Stolen horse 42"), id="a password in bulk"
    ),
    pytest.param(f"{USERS}.reset_password", {"user": "{}"}, id="a reset link"),
    pytest.param(
        f"{CLIENT}.rename_doc", {"doctype": "User", "old_name": "{}", "new_name": "mine@x.org"}, id="a new name"
    ),
    pytest.param(f"{CLIENT}.delete", doc("User", "{}"), id="an end"),
]


@pytest.mark.parametrize("name", ADMINISTRATORS, ids=ascii)
@pytest.mark.parametrize(("method", "body"), BY_A_NAME)
def test_no_spelling_of_the_administrator_is_anybodys(judge: Judge, method: str, body: Row, name: str) -> None:
    given = json.loads(json.dumps(body).replace("{}", json.dumps(name)[1:-1]))
    path = f"/api/method/{method}"
    _, changes = steps(judge, judge.world.managers["boss"], Attempt(method, "POST", path, body=given))
    touched = [
        each for each in changes if "Administrator" in {(each.before or {}).get("name"), (each.after or {}).get("user")}
    ]
    assert touched == []


@pytest.mark.parametrize(
    "name", [*ADMINISTRATORS, "Guest\u200b", "All", "System", "__system", "no address", "a@x.org\u200b"], ids=ascii
)
def test_a_manager_renames_users_to_addresses_only(judge: Judge, name: str) -> None:
    body = {"doctype": "User", "old_name": EVE, "new_name": name}
    rename = Attempt("rename", "POST", "/api/method/frappe.client.rename_doc", body=body)
    answers, changes = steps(judge, judge.world.managers["boss"], rename)
    assert answers[0].status < 500
    assert [each for each in changes if each.table == "tabUser" and "name" in each.columns] == []


@pytest.mark.parametrize("role", ["Administrator", "ADMINISTRATOR", "administrator", " Administrator"])
@pytest.mark.parametrize("line", ["PUT /api/resource/User/boss@x.org", "PATCH /api/v2/document/User/boss@x.org"])
def test_nobody_takes_the_administrators_role(judge: Judge, line: str, role: str) -> None:
    verb, path = line.split()
    roles = [{"role": "System Manager"}, {"role": role}]
    _, changes = steps(judge, judge.world.managers["boss"], Attempt(line, verb, path, body={"roles": roles}))
    held = [each.after["role"] for each in changes if each.table == "tabHas Role" and each.after]
    assert [each for each in held if each.strip().lower() == "administrator"] == []


@pytest.mark.parametrize("place", ["/etc/passwd", "/proc/self/environ", "../../../etc/passwd", "{hash}", "{hash}/x"])
@pytest.mark.parametrize("door", ["resource/File", "v2/document/File", f"method/{CLIENT}.insert"])
def test_a_file_that_was_made_of_a_place_serves_nothing(judge: Judge, words: Words, door: str, place: str) -> None:
    values = {"file_name": "x.txt", "file_url": "https://example.com/x", "content_hash": place.format_map(words)}
    body = {"doc": doc("File", **values)} if "insert" in door else values
    ann, made = judge.callers["ann"], Attempt(door, "POST", f"/api/{door}", body=body)
    found = judge.bench.ask(ann, made)
    name = next(
        iter((json.loads(found.body).get("data") or json.loads(found.body).get("message") or {"name": "x"}).values())
    )
    move = Attempt(door, "PUT", f"/api/resource/File/{name}", body={"is_private": 1})
    answers, changes = steps(
        judge, ann, move, *(Attempt(door, "GET", f"{folder}/files/x.txt") for folder in ("", "/private"))
    )
    kept = [each.after["content_hash"] for each in changes if each.table == "tabFile" and each.after]
    assert set(kept) <= {None, ""}
    assert [each.status for each in answers[1:] if each.status == 200] == []


# --- signing in ----------------------------------------------------------------------------------------------------

SIGN_IN = {"usr": ANN, "pwd": PASSWORD}
SIGN_INS = [
    pytest.param(Attempt("login", "GET", "/api/method/login", SIGN_IN), id="GET"),
    pytest.param(Attempt("login", "HEAD", "/api/method/login", SIGN_IN), id="HEAD"),
    pytest.param(Attempt("login", "GET", "/api/v1/method/login", SIGN_IN), id="GET of v1"),
    pytest.param(Attempt("login", "GET", "/", {"cmd": "login", **SIGN_IN}), id="GET with cmd"),
    pytest.param(Attempt("login", "QUERY", "/api/method/login", body=SIGN_IN), id="QUERY"),
    pytest.param(Attempt("login", "PUT", "/api/method/login", SIGN_IN), id="PUT with the address"),
    pytest.param(Attempt("login", "POST", "/api/method/login", SIGN_IN), id="POST with the address"),
    pytest.param(Attempt("login", "DELETE", "/api/method/login", SIGN_IN), id="DELETE"),
]


@pytest.mark.parametrize("made", SIGN_INS)
def test_a_session_begins_by_a_posted_body_only(judge: Judge, made: Attempt) -> None:
    answers, changes = steps(judge, judge.callers["guest"], made)
    assert 400 <= answers[0].status < 500
    assert [each for each in changes if each.table == "tabSessions"] == []
    assert "sid=" not in answers[0].text.replace("sid=Guest", "").replace("sid=;", "")


def test_a_posted_body_does_begin_one(judge: Judge) -> None:
    made = Attempt("login", "POST", "/api/method/login", body=SIGN_IN)
    answers, changes = steps(judge, judge.callers["guest"], made)
    assert answers[0].status == 200
    assert sorted(each.table for each in changes) == ["tabActivity Log", "tabSessions"]


ELSEWHERE = [
    pytest.param({"Sec_Fetch_Site": "same-site", "Origin": "http://other.localhost"}, id="a sibling, by name"),
    pytest.param({"Sec_Fetch_Site": "same-site", "Origin": "http://localhost:81"}, id="another port"),
    pytest.param({"Sec_Fetch_Site": "cross-site"}, id="another site"),
    pytest.param({"Origin": "null"}, id="no origin to speak of"),
    pytest.param({"Origin": "http://localhost.example.com"}, id="a longer name"),
]
WRITES = [
    pytest.param(Attempt("", "POST", "/api/resource/Note", body={"title": "x"}), id="v1"),
    pytest.param(Attempt("", "POST", "/api/v2/document/Note", body={"title": "x"}, form=True), id="v2 by a form"),
    pytest.param(
        Attempt("", "POST", "/", body={"cmd": "frappe.client.insert", "doc": doc("Note", title="x")}), id="cmd"
    ),
    pytest.param(Attempt("", "PUT", "/api/resource/User/ann@x.org", body={"bio": "x"}), id="PUT"),
]


@pytest.mark.parametrize("made", WRITES)
@pytest.mark.parametrize("headers", ELSEWHERE)
def test_a_page_elsewhere_writes_nothing(judge: Judge, headers: dict[str, str], made: Attempt) -> None:
    """By the cookie of a session that has fetched no token yet."""
    begun = judge.bench.ask(judge.callers["guest"], Attempt("login", "POST", "/api/method/login", body=SIGN_IN))
    cookie = next(value for key, value in begun.headers if value.startswith("sid=")).partition(";")[0]
    answers, changes = steps(judge, Caller("page", ANN, None, (("Cookie", cookie), *headers.items())), made)
    assert answers[0].status == 400
    assert {each.table for each in changes} == {"tabSessions"}


# --- what must not be stored -----------------------------------------------------------------------------------------

DEEP = 5000
NESTED = [
    pytest.param("<div>" * DEEP + "x" + "</div>" * DEEP, id="closed"),
    pytest.param("<div>" * DEEP, id="never closed"),
    pytest.param("<b><i>" * DEEP, id="two kinds"),
    pytest.param("<ul><li>" * DEEP + "x", id="a list"),
    pytest.param("<DIV\n class=x>" * DEEP, id="with attributes"),
]
ON_BEN = {"reference_doctype": "User", "reference_name": BEN}
HTML_DOORS = [
    pytest.param("resource/ToDo", lambda html: {"description": html, "assigned_by": BEN}, id="v1"),
    pytest.param("v2/document/Note", lambda html: {"title": "x", "content": html}, id="v2"),
    pytest.param(f"method/{CLIENT}.insert", lambda html: {"doc": doc("Diary", name="x", text=html)}, id="client"),
    pytest.param("v2/document/Case", lambda html: {"name": "x", "lines": [{"remark": html}]}, id="a row"),
    pytest.param(f"method/{DESK}.form.utils.add_comment", lambda html: {**ON_BEN, "content": html}, id="comment"),
]


@pytest.mark.parametrize("html", NESTED)
@pytest.mark.parametrize(("door", "body"), HTML_DOORS)
def test_html_that_is_nested_without_end_is_refused(judge: Judge, door: str, body: Any, html: str) -> None:
    answers, changes = steps(judge, judge.callers["ben"], Attempt(door, "POST", f"/api/{door}", body=body(html)))
    assert (answers[0].status, changes) == (417, [])


SCRIPTS = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>",
    "vbscript:x",
]
IMAGES = [
    pytest.param("PUT resource/User/ann@x.org", "user_image", id="User"),
    pytest.param("PATCH v2/document/User/ann@x.org", "user_image", id="User by v2"),
    pytest.param("PUT resource/Case/{own}", "picture", id="a DocType's own field"),
    pytest.param("POST resource/File", "file_url", id="File"),
]


@pytest.mark.parametrize("address", SCRIPTS, ids=ascii)
@pytest.mark.parametrize(("line", "fieldname"), IMAGES)
def test_an_address_is_no_script(judge: Judge, words: Words, line: str, fieldname: str, address: str) -> None:
    made = attempt(line, {fieldname: address, "file_name": "x"}, words)
    _, changes = steps(judge, judge.callers["ann"], made)
    assert [
        each.after[fieldname] for each in changes if each.after and each.after.get(fieldname) == address.strip()
    ] == []
    assert [each for each in changes if each.after and address in map(str, each.after.values())] == []


FILE_NAMES = ["x\r\nSet-Cookie: a=b", "x\ny.txt", "../../x.txt", 'a"b.txt', "x\u202etxt.exe", "/etc/passwd"]
NAME = {"doctype": "File", "name": "{file}", "fieldname": "file_name"}
FILE_DOORS = [
    pytest.param("PUT resource/File/{file}", lambda name: {"file_name": name}, id="v1"),
    pytest.param("PATCH v2/document/File/{file}", lambda name: {"file_name": name}, id="v2"),
    pytest.param(f"POST {CLIENT}.set_value", lambda name: {**NAME, "value": name}, id="client"),
    pytest.param("POST v2/document/File/bulk_update", lambda name: {"docs": [{**NAME, "file_name": name}]}, id="bulk"),
]


@pytest.mark.parametrize("name", FILE_NAMES, ids=ascii)
@pytest.mark.parametrize(("line", "body"), FILE_DOORS)
def test_a_files_name_is_a_name_after_a_change_too(judge: Judge, words: Words, line: str, body: Any, name: str) -> None:
    url = judge.data.documents["File"][words["file"]]["file_url"]
    serve = Attempt("download", "GET", "/api/method/download_file", {"file_url": url})
    answers, changes = steps(judge, judge.callers["ann"], attempt(line, body(name), words), serve)
    kept = [each.after["file_name"] for each in changes if each.table == "tabFile" and each.after]
    assert answers[1].status == 200
    assert [each for each in kept if set(each) & set('\r\n"/\\\u202e') or ".." in each] == []


ORDERS = [
    pytest.param("GET resource/Note", lambda many: {"order_by": many}, id="v1"),
    pytest.param("GET v2/document/Note", lambda many: {"order_by": many}, id="v2"),
    pytest.param(f"POST {DESK}.reportview.get", lambda many: {"doctype": "Note", "order_by": many}, id="report view"),
    pytest.param(f"POST {CLIENT}.get_list", lambda many: {"doctype": "Note", "group_by": many}, id="a group"),
]


@pytest.mark.parametrize(("line", "body"), ORDERS)
def test_an_order_of_hundreds_of_columns_is_refused(judge: Judge, words: Words, line: str, body: Any) -> None:
    columns = ["content", "title", "name", "owner", "modified", "creation", "idx", "modified_by", "docstatus"]
    many = ",".join(f"{columns[number % 9]} {'asc' if number % 2 else 'desc'}" for number in range(450))
    sql: list[str] = []
    judge.bench.held.sqlite.set_trace_callback(sql.append)
    answers, _ = steps(judge, judge.callers["ann"], attempt(line, body(many), words))
    judge.bench.held.sqlite.set_trace_callback(None)
    orders = [each.partition(" ORDER BY ")[2].partition(" LIMIT ")[0] for each in sql if "tabNote" in each]
    assert answers[0].status < 500
    assert [each for each in orders if each.count(",") > 20] == []
