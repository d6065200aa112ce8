"""Why: the rule behind a yes or a no, field by field, and nothing for whoever may not know."""

from __future__ import annotations

from typing import Any

import pytest

from frappe_lite import document
from frappe_lite.doctype.meta import RIGHTS

V2 = "/api/v2/document"


@pytest.fixture
def ann(app_site, client, new_user):
    return new_user(app_site, "ann@example.com", "Task User")


def make(client, doctype: str = "Task", **values: Any) -> str:
    given = {
        "Task": {"subject": "a"},
        "Invoice": {"customer": "c", "items": [{"item": "i", "qty": 1, "rate": 5}]},
        "Private Note": {"title": "t"},
    }.get(doctype, {})
    response = client(f"POST {V2}/{doctype}", {**given, **values})
    assert response.status_code == 201, response.json
    return response.json["data"]["name"]


def ask(client, name: str, permission: str = "read", doctype: str = "Task", **more: str) -> Any:
    return client(f"GET {V2}/{doctype}/{name}/why", query_string={"permission": permission, **more})


def ruled(client, *args: Any, **more: str) -> tuple[bool, str]:
    answer = ask(client, *args, **more).json["data"]
    return answer["allowed"], answer["rule"]


# --- the rules ---


def test_the_whole_answer(client, ann):
    name = make(client)
    data = ask(ann, name, "write").json["data"]
    fields = data.pop("fields")
    assert data == {
        "doctype": "Task", "name": name, "user": "ann@example.com", "permission": "write",
        "allowed": True, "rule": "role", "reason": "Given by the role Task User",
    }  # fmt: skip
    assert fields["subject"] == {"read": True, "write": True, "level": 0}
    assert fields["internal_note"] == {"read": False, "write": False, "level": 1}
    assert fields["secret"]["read"] is False
    assert fields["checklist"] == {"read": True, "write": True, "level": 0}


@pytest.mark.parametrize(
    ("permission", "mine", "others"),
    [
        ("read", (True, "role"), (True, "role")),
        ("write", (True, "role"), (True, "role")),
        ("delete", (True, "if_owner"), (False, "if_owner")),
        ("share", (False, "role"), (False, "role")),
        ("submit", (False, "role"), (False, "role")),
    ],
)
def test_by_role_and_owner(client, ann, permission, mine, others):
    assert ruled(ann, make(ann), permission) == mine
    assert ruled(ann, make(client), permission) == others


def test_a_refusal_has_the_words_of_the_refusal_elsewhere(client, ann):
    name = make(client)
    reason = ask(ann, name, "delete").json["data"]["reason"]
    message = ann(f"DELETE {V2}/Task/{name}").json["errors"][0]["message"]
    assert reason == "User ann@example.com does not have doctype access via role permission for document Task"
    assert reason == message.replace("<strong>", "").replace("</strong>", "")


def test_the_administrator(client):
    assert ruled(client, make(client), "delete") == (True, "administrator")


def test_by_share(client, ann, app_site):
    name = make(client, "Private Note")
    with app_site.acting() as ctx:
        document.new(
            ctx,
            {
                "doctype": "DocShare",
                "user": "ann@example.com",
                "share_doctype": "Private Note",
                "share_name": name,
                "read": 1,
            },
        ).insert()
    assert ruled(ann, name, "read", "Private Note") == (True, "share")
    assert ruled(ann, name, "write", "Private Note") == (False, "if_owner")


def test_by_user_permission(client, ann, app_site):
    client(f"POST {V2}/Project", {"title": "P"})
    client(f"POST {V2}/Project", {"title": "Q"})
    with app_site.acting() as ctx:
        document.new(
            ctx,
            {
                "doctype": "User Permission",
                "user": "ann@example.com",
                "allow": "Project",
                "for_value": "P",
                "apply_to_all_doctypes": 1,
            },
        ).insert()
    name = make(client, project="Q")
    assert ruled(client, name, "read", user="ann@example.com") == (False, "User Permission")
    assert "linked to Project 'Q' in field Project" in ask(client, name, user="ann@example.com").json["data"]["reason"]
    assert ask(ann, name).status_code == 403


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param(
            "draft", {"write": True, "submit": True, "cancel": False, "delete": True, "amend": False}, id="draft"
        ),
        pytest.param(
            "submitted",
            {"write": True, "submit": False, "cancel": True, "delete": False, "amend": False},
            id="submitted",
        ),
        pytest.param(
            "cancelled",
            {"write": False, "submit": False, "cancel": False, "delete": True, "amend": True},
            id="cancelled",
        ),
    ],
)
def test_by_docstatus(client, app_site, new_user, state, expected):
    manager = new_user(app_site, "manager@example.com", "Task Manager")
    name = make(client, "Invoice")
    for step in {"draft": (), "submitted": (1,), "cancelled": (1, 2)}[state]:
        assert client(f"PUT {V2}/Invoice/{name}", {"docstatus": step}).status_code == 200
    for permission, allowed in expected.items():
        assert ruled(manager, name, permission, "Invoice") == (allowed, "role" if allowed else "docstatus"), permission
    fields = ask(manager, name, doctype="Invoice").json["data"]["fields"]
    assert (fields["customer"]["write"], fields["remarks"]["write"]) == {
        "draft": (True, True),
        "submitted": (False, True),
        "cancelled": (False, False),
    }[state]


def test_by_level(client, app_site, new_user):
    manager = new_user(app_site, "manager@example.com", "Task Manager")
    assert ask(manager, make(client)).json["data"]["fields"]["internal_note"] == {
        "read": True,
        "write": True,
        "level": 1,
    }


def test_the_answer_agrees_with_what_happens(client, ann):
    for owner in (ann, client):
        for verb, permission, body in (
            ("GET", "read", None),
            ("PUT", "write", {"points": 1}),
            ("DELETE", "delete", None),
        ):
            name = make(owner)
            assert ruled(ann, name, permission)[0] == (ann(f"{verb} {V2}/Task/{name}", body).status_code < 300)


# --- who may ask what ---


@pytest.mark.parametrize("who", ["ann", "client"])
def test_read_is_asked_unless_told(client, ann, who):
    name = make(client)
    assert {"ann": ann, "client": client}[who](f"GET {V2}/Task/{name}/why").json["data"]["permission"] == "read"


@pytest.mark.parametrize("permission", RIGHTS)
def test_each_right_can_be_asked_for(client, ann, permission):
    assert ask(ann, make(client), permission).status_code == 200


def test_a_right_that_there_is_not(client):
    response = ask(client, make(client), "fly")
    assert (response.status_code, "permission is one of" in response.text) == (400, True)


def test_a_system_manager_asks_for_others(client, ann):
    name = make(client)
    data = ask(client, name, "delete", user="ann@example.com").json["data"]
    assert (data["user"], data["allowed"], data["rule"]) == ("ann@example.com", False, "if_owner")
    assert ask(client, name, user="Guest").json["data"]["allowed"] is False
    assert ask(client, name, user="nobody@example.com").status_code == 404


def test_others_do_not(client, ann):
    name = make(client)
    assert ask(ann, name, user="Administrator").status_code == 403
    assert ask(ann, name, user="nobody@example.com").status_code == 403
    assert ask(ann, name, user="ann@example.com").status_code == 200


def _same(client, there: str, doctype: str) -> int:
    """The status for a document that is there, which must be the answer for one that is not."""
    answers = [ask(client, name, doctype=doctype) for name in (there, "no-such-name")]
    assert len({each.text.replace(there, "NAME").replace("no-such-name", "NAME") for each in answers}) == 1
    assert len({each.status_code for each in answers}) == 1
    return answers[0].status_code


@pytest.mark.parametrize(
    ("doctype", "who"),
    [("Private Note", "ann"), ("Hash Doc", "nobody"), ("Task", "guest")],
    ids=["by owner", "by role", "a guest"],
)
def test_who_may_not_read_does_not_learn_whether_it_exists(client, app_site, new_user, ann, doctype, who):
    asking = {
        "ann": lambda: ann,
        "nobody": lambda: new_user(app_site, "nobody@example.com"),
        "guest": lambda: type(client)(app_site, None),
    }[who]()
    assert _same(asking, make(client, doctype), doctype) == 403


def test_who_may_read_all_learns_that_it_is_not_there(client, ann):
    assert ask(ann, "nowhere").status_code == 404
    assert ask(client, "nowhere", doctype="Private Note").status_code == 404


def test_the_apps_own_rule_is_asked_for_the_user_in_question(client, ann, app_site):
    seen: list[Any] = []

    def rule(ctx: Any, doc: Any, right: str) -> bool | None:
        seen.append(ctx.user)
        return False if ctx.user == "ann@example.com" and right == "write" else None

    app_site.apps["conformance"].hooks["has_permission"] = {"Task": rule}
    name = make(client)
    assert ruled(client, name, "write", user="ann@example.com") == (False, "has_permission hook")
    assert ruled(ann, name, "read") == (True, "role")
    assert set(seen) == {"ann@example.com"}


def test_a_single_and_a_child_row(client, ann):
    assert ruled(ann, "Conformance Settings", "write", "Conformance Settings") == (False, "role")
    client(f"POST {V2}/Task", {"subject": "a", "checklist": [{"item": "x"}]})
    row = client(f"GET {V2}/Task Checklist Item", params={"parent": "Task"}).json["data"][0]["name"]
    assert ruled(ann, row, "write", "Task Checklist Item") == (True, "role")
