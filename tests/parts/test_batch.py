"""The batch: many operations, all or none, each as it would be alone."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient
from frappe_lite.parts import batch

V1, V2 = "/api/resource", "/api/v2/document"


def post(path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    return {"method": "POST", "path": path, "body": body, **more}


def get(path: str, **more: Any) -> dict[str, Any]:
    return {"method": "GET", "path": path, **more}


def send(client: ApiClient, *operations: Any, **more: Any) -> TestResponse:
    return client("POST /api/v2/batch", {"operations": list(operations), **more})


def count(client: ApiClient, doctype: str = "Task") -> int:
    return client(f"GET /api/v2/doctype/{doctype}/count").json["data"]


# --- what is done ---


def test_each_operation_is_answered_in_order(client):
    response = send(
        client,
        post(f"{V2}/Task", {"subject": "a"}, id="first"),
        {"method": "PUT", "path": f"{V2}/Task/$first.name", "body": {"points": 3}},
        {"method": "PATCH", "path": f"{V2}/Task/$first.name", "body": {"points": 4}},
        get(f"{V1}/Task/$first.name"),
        get(f'{V2}/Task?fields=["name","points"]&limit=5'),
        post(f"{V2}/Task/$first.name/method/close", {"reason": "done"}),
        {"method": "DELETE", "path": f"{V2}/Task/$first.name"},
    )
    answers = response.json["data"]
    name = answers[0]["data"]["name"]
    assert response.status_code == 200
    assert [each["status"] for each in answers] == [201, 200, 200, 200, 200, 200, 202]
    assert [each.get("id") for each in answers] == ["first", *[None] * 6]
    assert [answers[index]["data"]["points"] for index in (0, 1, 2, 3)] == [0, 3, 4, 4]
    assert "due_date" not in answers[3]["data"]  # v1 leaves unset fields out
    assert (answers[4]["data"], answers[4]["has_next_page"]) == ([{"name": name, "points": 4}], False)
    assert answers[5]["data"] == {"closed": name, "reason": "done"}
    assert answers[5]["docs"][0]["status"] == "Completed"
    assert count(client) == 0


def test_an_answer_is_what_it_was_then(client):
    answers = send(
        client,
        post(f"{V2}/Task", {"subject": "a"}, id="t"),
        {"method": "PUT", "path": f"{V2}/Task/$t.name", "body": {"subject": "b"}},
    ).json["data"]
    assert [each["data"]["subject"] for each in answers] == ["a", "b"]


def test_messages_go_with_the_whole(client):
    (answer,) = send(client, post(f"{V2}/Project", {"title": "P"})).json["data"]
    assert answer["data"]["name"] == "P"


# --- all or nothing ---

BAD = [
    pytest.param(post(f"{V2}/Task", {"subject": "forbidden"}), 417, "ValidationError", id="refused by the app"),
    pytest.param(post(f"{V2}/Task", {}), 417, "MandatoryError", id="a field is missing"),
    pytest.param(
        post(f"{V2}/Task", {"subject": "a", "project": "Nowhere"}), 417, "LinkValidationError", id="a link to nothing"
    ),
    pytest.param(get(f"{V2}/Task/nowhere"), 404, "DoesNotExistError", id="no such document"),
    pytest.param(post(f"{V2}/Nothing", {}), 404, "DoesNotExistError", id="no such DocType"),
    pytest.param({"method": "PUT", "path": f"{V2}/Task", "body": {}}, 405, "MethodNotAllowedError", id="no such verb"),
    pytest.param(
        {"method": "PATCH", "path": f"{V1}/Task/x", "body": {}}, 404, "DoesNotExistError", id="v1 has no PATCH"
    ),
    pytest.param(
        post(f"{V2}/Project", {"title": "P"}), 409, "DuplicateEntryError", id="the name is taken by an earlier one"
    ),
]


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(("bad", "status", "kind"), BAD)
def test_one_that_fails_names_itself_and_nothing_is_kept(client, bad, status, kind, dry_run):
    response = send(
        client,
        post(f"{V2}/Project", {"title": "P"}),
        post(f"{V2}/Task", {"subject": "a"}),
        {**bad, "id": "bad"},
        post(f"{V2}/Task", {"subject": "c"}),
        dry_run=dry_run,
    )
    assert response.status_code == status
    assert response.json["errors"][0]["type"] == kind
    assert response.json["operation"] == {"index": 2, "id": "bad"}
    assert "data" not in response.json
    assert (count(client), count(client, "Project")) == (0, 0)


def test_a_fault_in_the_app_names_its_operation_too(app_site, caplog):
    class Broken(frappe_lite.Document):
        def validate(self):
            raise ZeroDivisionError

    app_site.controllers["Hash Doc"] = Broken
    client = ApiClient(app_site)
    response = send(client, post(f"{V2}/Task", {"subject": "a"}), post(f"{V2}/Hash Doc", {"title": "x"}))
    assert (response.status_code, response.json["errors"][0]["type"], response.json["operation"]) == (
        500,
        "ZeroDivisionError",
        {"index": 1},
    )
    assert count(client) == 0


@pytest.mark.parametrize("how", ["commit", "rollback"])
def test_app_code_cannot_end_the_transaction(app_site, how):
    class Hasty(frappe_lite.Document):
        def on_update(self):
            getattr(frappe_lite.db, how)()

    app_site.controllers["Hash Doc"] = Hasty
    client = ApiClient(app_site)
    response = send(
        client, post(f"{V2}/Task", {"subject": "a"}), post(f"{V2}/Hash Doc", {"title": "x"}), post(f"{V2}/Task", {})
    )
    assert response.json["operation"]["index"] == (2 if how == "commit" else 1)
    assert (count(client), count(client, "Hash Doc")) == (0, 0)
    assert client(f"POST {V2}/Task", {"subject": "a"}).status_code == 201


def test_what_waits_for_the_commit_waits_for_the_whole(app_site):
    ran: list[str] = []

    class Telling(frappe_lite.Document):
        def on_update(self):
            self.ctx.after_commit.append(lambda: ran.append(self.title))

    app_site.controllers["Hash Doc"] = Telling
    client = ApiClient(app_site)
    good, bad = post(f"{V2}/Hash Doc", {"title": "x"}), post(f"{V2}/Task", {})
    assert (send(client, good, bad).status_code, ran) == (417, [])
    assert (send(client, good, dry_run=True).status_code, ran) == (200, [])
    assert (send(client, good, good).status_code, ran) == (200, ["x", "x"])


def test_a_get_keeps_nothing(app_site):
    class Counting(frappe_lite.Document):
        def onload(self):
            self.db_set("title", "read")

    app_site.controllers["Hash Doc"] = Counting
    client = ApiClient(app_site)
    name = client(f"POST {V2}/Hash Doc", {"title": "x"}).json["data"]["name"]
    for others in ((), (post(f"{V2}/Task", {"subject": "a"}),)):
        assert send(client, get(f"{V2}/Hash Doc/{name}"), *others).json["data"][0]["data"]["title"] == "read"
        assert client(f"GET {V2}/Hash Doc", params={"fields": ["title"]}).json["data"] == [{"title": "x"}]
    assert count(client) == 1


# --- dry run ---


def test_a_dry_run_does_everything_and_keeps_nothing(client):
    operations = [
        post(f"{V2}/Project", {"title": "P"}, id="p"),
        post(f"{V2}/Task", {"subject": "a", "project": "$p.name"}),
    ]
    dry = send(client, *operations, dry_run=True)
    assert (dry.status_code, dry.json["dry_run"]) == (200, True)
    assert (count(client), count(client, "Project")) == (0, 0)
    real = send(client, *operations)
    assert "dry_run" not in real.json
    assert (
        [each["data"]["name"] for each in dry.json["data"]]
        == [each["data"]["name"] for each in real.json["data"]]
        == ["P", "TASK-00001"]
    )
    assert dry.json["data"][1]["data"]["computed"] == "A"


def test_a_dry_run_forgets_a_doctype(client):
    made = {
        "name": "Passing",
        "module": "Conformance",
        "custom": 1,
        "fields": [{"fieldname": "x", "fieldtype": "Data", "label": "X"}],
        "permissions": [{"role": "System Manager", "read": 1}],
    }
    response = send(client, post(f"{V2}/DocType", made), post(f"{V2}/Passing", {"x": "y"}), dry_run=True)
    assert response.status_code == 200, response.json
    assert client(f"GET {V2}/Passing").status_code == 404


# --- references ---


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        pytest.param("$p.title", "P", id="a field"),
        pytest.param("$t.points", 3, id="a number stays one"),
        pytest.param("$t.checklist.1.item", "two", id="in a child table"),
        pytest.param("$list.0.name", "P", id="in a list"),
        pytest.param("$$p.title", "$p.title", id="escaped"),
        pytest.param("$$", "$", id="an escaped dollar alone"),
        pytest.param("$5.00", "$5.00", id="a price"),
        pytest.param("for $p.title", "for $p.title", id="inside a text it is text"),
        pytest.param("$", "$", id="a dollar alone"),
    ],
)
def test_references(client, value, meant):
    earlier = [
        post(f"{V2}/Project", {"title": "P"}, id="p"),
        post(f"{V2}/Task", {"subject": "a", "points": 3, "checklist": [{"item": "one"}, {"item": "two"}]}, id="t"),
        get(f"{V2}/Project", id="list"),
    ]
    response = send(client, *earlier, post(f"{V2}/Task", {"subject": "b", "checklist": [{"item": value}]}))
    assert response.status_code == 200, response.json
    assert response.json["data"][-1]["data"]["checklist"][0]["item"] == meant  # answered as it was sent


@pytest.mark.parametrize(
    "path",
    [
        f"{V2}/Project/$p.name",
        f"{V2}/Project/$p.name?x=1",
        f'{V2}/Project?filters={{"name":"$p.name"}}&fields=["*"]',
        f"{V1}/Project/%24p.name",
    ],
    ids=["a name", "before a query", "in a query", "encoded"],
)
def test_references_in_paths(client, path):
    answer = send(client, post(f"{V2}/Project", {"title": "A / B?"}, id="p"), get(path)).json["data"][1]["data"]
    assert (answer[0] if isinstance(answer, list) else answer)["name"] == "A / B?"


def test_a_dollar_in_a_path(client):
    send(client, post(f"{V2}/Project", {"title": "$$x.y"}))
    assert send(client, get(f"{V2}/Project/$$x.y")).json["data"][0]["data"]["title"] == "$x.y"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param("$later.name", "no earlier operation has the id later", id="not yet answered"),
        pytest.param("$none.name", "no earlier operation has the id none", id="no such operation"),
        pytest.param("$p.none", "the answer of p has no none", id="no such field"),
        pytest.param("$p.title.x", "the answer of p has no x", id="beyond a text"),
        pytest.param("$list.9.name", "the answer of list has no 9", id="beyond a list"),
    ],
)
@pytest.mark.parametrize("in_path", [False, True])
def test_references_to_nothing(client, value, words, in_path):
    asking = get(f"{V2}/Project/{value}") if in_path else post(f"{V2}/Task", {"subject": value})
    response = send(
        client,
        post(f"{V2}/Project", {"title": "P"}, id="p"),
        get(f"{V2}/Project", id="list"),
        asking,
        post(f"{V2}/Task", {"subject": "a"}, id="later"),
    )
    assert (response.status_code, response.json["operation"]) == (400, {"index": 2})
    assert words in response.json["errors"][0]["message"]
    assert count(client, "Project") == 0


# --- who may ---


def test_each_operation_is_asked_for_its_permission(client, app_site, new_user):
    ann = new_user(app_site, "ann@example.com", "Task User")
    good = post(f"{V2}/Task", {"subject": "a", "internal_note": "x"}, id="t")
    response = send(ann, good, post(f"{V2}/Project", {"title": "P"}))
    assert (response.status_code, response.json["errors"][0]["type"], response.json["operation"]) == (
        403,
        "PermissionError",
        {"index": 1},
    )
    assert count(client) == 0
    (answer,) = send(ann, good).json["data"]
    assert answer["data"]["owner"] == "ann@example.com"
    assert answer["data"]["internal_note"] is None
    assert client(f"GET {V2}/Task/{answer['data']['name']}").json["data"]["internal_note"] is None


def test_what_a_client_never_sets_it_does_not_set_here(client):
    (answer,) = send(client, post(f"{V2}/Task", {"subject": "a", "owner": "Guest", "ignore_permissions": 1})).json[
        "data"
    ]
    assert answer["data"]["owner"] == "Administrator"


def test_a_guest_is_asked_too(app_site):
    assert send(ApiClient(app_site, None), get(f"{V2}/Task")).status_code == 403


# --- limits ---


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        pytest.param("x", "an object with method and path", id="no object"),
        pytest.param({"path": f"{V2}/Task"}, "an object with method and path", id="no method"),
        pytest.param({"method": "GET"}, "an object with method and path", id="no path"),
        pytest.param(
            {"method": "OPTIONS", "path": f"{V2}/Task"}, "is one of GET, POST", id="a verb that is none of documents"
        ),
        pytest.param(get(f"{V2}/Task", headers={}), "no headers", id="an unknown key"),
        pytest.param(post(f"{V2}/Task", [1]), "body of an operation is an object", id="a body that is a list"),
        pytest.param(get(f"{V2}/Task", id=5), "id of an operation is text", id="an id that is a number"),
        pytest.param(get(f"{V2}/Task", id="a b"), "id of an operation is text", id="an id with a space"),
        pytest.param(post("/api/v2/batch", {"operations": []}), "one of documents", id="a batch in a batch"),
        pytest.param(post("/api/v2/method/login", {}), "one of documents", id="a method"),
        pytest.param(post("/api/method/login", {}), "one of documents", id="a method of v1"),
        pytest.param(get("/files/a.txt"), "one of documents", id="a page"),
        pytest.param(get("http://example.com/api/v2/document/Task"), "one of documents", id="another server"),
        pytest.param(get("api/v2/document/Task"), "one of documents", id="a relative path"),
        pytest.param(get(f"{V2}/%ff"), "cannot be read", id="a path that is no UTF-8"),
        pytest.param(get(f"{V2}/Task/a%00b"), "NUL", id="NUL in a path"),
    ],
)
def test_an_operation_that_cannot_be_read_is_refused_before_any_is_done(client, operation, words):
    response = send(client, post(f"{V2}/Task", {"subject": "a"}), operation)
    assert response.status_code == 400, response.json
    assert words in response.json["errors"][0]["message"]
    assert response.json["operation"]["index"] == 1
    assert count(client) == 0


@pytest.mark.parametrize("body", [{}, {"operations": []}, {"operations": "x"}, {"operations": {}}], ids=str)
def test_without_operations(client, body):
    assert client("POST /api/v2/batch", body).status_code == 400


def test_operations_may_be_json_in_a_string(client):
    assert (
        client("POST /api/v2/batch", {"operations": '[{"method": "GET", "path": "/api/v2/document/Task"}]'}).json[
            "data"
        ][0]["data"]
        == []
    )


def test_an_id_stands_once(client):
    response = send(client, get(f"{V2}/Task", id="a"), get(f"{V2}/Task", id="a"))
    assert (response.status_code, response.json["operation"]) == (400, {"index": 1, "id": "a"})


def test_the_number_is_limited(client):
    response = send(client, *[get(f"{V2}/Task")] * (batch.MAX_OPERATIONS + 1))
    assert response.status_code == 417
    assert str(batch.MAX_OPERATIONS) in response.json["errors"][0]["message"]
    assert "operation" not in response.json


@pytest.mark.parametrize("word", ["bulk_update", "bulk_delete"])
def test_what_keeps_a_part_cannot_stand_in_it(client, word):
    response = send(client, post(f"{V2}/Task/{word}", {"names": [], "docs": []}))
    assert (response.status_code, response.json["operation"]) == (400, {"index": 0})


def test_there_is_none_in_v1(client):
    assert client("POST /api/v1/batch", {}).status_code == 404
    assert client("GET /api/v2/batch").status_code == 405


# --- at the same time ---


def test_batches_at_the_same_time_are_one_after_the_other(tmp_path: Path):
    """Two sites on one file: each batch reads what it wrote and nobody else in between."""
    sites = [frappe_lite.Site(str(tmp_path / "site.db")) for _ in range(2)]
    for site in sites:
        site.load(CONFORMANCE_APP)
    one = ApiClient(sites[0])
    two = ApiClient(sites[1], None)
    two.headers = one.headers
    name = one(f"POST {V2}/Task", {"subject": "a", "points": 0}).json["data"]["name"]
    barrier, seen = threading.Barrier(4), []

    def run(number: int) -> None:
        barrier.wait()
        change = {"method": "PUT", "path": f"{V2}/Task/{name}", "body": {"points": number}}
        answers = send(
            (one, two)[number % 2], change, *[post(f"{V2}/Task", {"subject": "x"})] * 3, get(f"{V2}/Task/{name}")
        ).json["data"]
        seen.append((number, answers[-1]["data"]["points"], [each["data"]["name"] for each in answers[1:4]]))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(seen) == 4
    for number, points, names in seen:
        assert points == number
        first = int(names[0].removeprefix("TASK-"))
        assert names == [f"TASK-{first + step:05}" for step in range(3)]
    for site in sites:
        site.close()
