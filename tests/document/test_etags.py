"""ETags: one of each state of a document, 304 for what the caller has, 412 for what changed meanwhile."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient
from frappe_lite import document

V1, V2 = "/api/resource/Task", "/api/v2/document/Task"
NEW = {"subject": "a"}


def made(client: ApiClient, **values: object) -> tuple[str, str]:
    """A new Task's name and ETag."""
    response = client(f"POST {V2}", {**NEW, **values})
    return response.json["data"]["name"], response.headers["ETag"]


# --- who carries one ---


@pytest.mark.parametrize("base", [V1, V2])
def test_each_answer_with_a_document_has_an_etag_of_its_state(client, base):
    created = client(f"POST {base}", NEW)
    address = f"{base}/{created.json['data']['name']}"
    read, changed, read_again = (
        client(f"GET {address}"),
        client(f"PUT {address}", {"points": 1}),
        client(f"GET {address}"),
    )
    assert re.fullmatch(r'"\d{20}-\d+"', created.headers["ETag"])
    assert created.headers["ETag"] == read.headers["ETag"] != changed.headers["ETag"] == read_again.headers["ETag"]
    assert client(f"HEAD {address}").headers["ETag"] == read_again.headers["ETag"]


def test_patch_has_one_too(client):
    name, tag = made(client)
    assert client(f"PATCH {V2}/{name}", {"points": 1}).headers["ETag"] not in ("", tag)


@pytest.mark.parametrize(
    "request_",
    [
        f"GET {V1}",
        f"GET {V2}",
        f"DELETE {V2}/TASK-00001",
        f"GET {V2}/nowhere",
        f"GET {V2}/TASK-00001/copy",
        "GET /api/method/ping",
    ],
    ids=lambda each: each,
)
def test_answers_that_are_no_document_have_none(client, request_):
    made(client)
    assert "ETag" not in client(request_).headers


def test_a_single_has_one(client):
    assert "ETag" in client("GET /api/resource/System Settings/System Settings").headers


# --- If-None-Match ---


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param("{tag}", 304, id="what the caller has"),
        pytest.param("W/{tag}", 304, id="weakened by a proxy"),
        pytest.param('"other", {tag}', 304, id="one of several"),
        pytest.param('"other"', 200, id="another"),
        pytest.param("nonsense", 200, id="no ETag at all"),
        pytest.param("", 200, id="empty"),
    ],
)
@pytest.mark.parametrize("base", [V1, V2])
def test_if_none_match(client, base, header, status):
    name, tag = made(client)
    response = client(f"GET {base}/{name}", headers={"If-None-Match": header.format(tag=tag)})
    assert response.status_code == status
    assert response.headers["ETag"] == tag
    assert (response.data == b"") == (status == 304)


def test_after_a_change_the_document_is_sent(client):
    name, tag = made(client)
    client(f"PUT {V1}/{name}", {"points": 1})
    assert client(f"GET {V1}/{name}", headers={"If-None-Match": tag}).status_code == 200


def test_304_is_for_those_who_may_read(client, app_site, new_user):
    name, tag = made(client)
    nobody = new_user(app_site, "nobody@example.com")
    assert (
        nobody(f"GET {V1}/{name}", headers={"If-None-Match": client(f"GET {V1}/{name}").headers["ETag"]}).status_code
        == 403
    )


def test_new_rights_are_a_new_answer(client, app_site, new_user):
    """The document is the same, but more of it may be shown now."""
    ann = new_user(app_site, "ann@example.com", "Task User")
    name, _ = made(client, internal_note="hidden")
    before = ann(f"GET {V2}/{name}")
    client("PUT /api/resource/User/ann@example.com", {"roles": [{"role": "Task Manager"}]})
    after = ann(f"GET {V2}/{name}", headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, before.json["data"]["internal_note"], after.json["data"]["internal_note"]) == (
        200,
        None,
        "hidden",
    )


def test_what_an_app_computes_is_always_sent(app_site):
    class Clock(frappe_lite.Document):
        def onload(self):
            self.data = "now"

    app_site.controllers["Hash Doc"] = Clock
    client = ApiClient(app_site)
    created = client("POST /api/resource/Hash Doc", {"title": "x"})
    response = client(
        f"GET /api/resource/Hash Doc/{created.json['data']['name']}", headers={"If-None-Match": created.headers["ETag"]}
    )
    assert (response.status_code, response.headers["ETag"]) == (200, created.headers["ETag"])


# --- If-Match ---

WRITES = [("PUT", V1), ("PUT", V2), ("PATCH", V2), ("DELETE", V1), ("DELETE", V2)]


@pytest.mark.parametrize(
    ("header", "passes"),
    [
        pytest.param("{tag}", True, id="the stored state"),
        pytest.param("W/{tag}", True, id="weakened by a proxy"),
        pytest.param('"other", {tag}', True, id="one of several"),
        pytest.param("*", True, id="any"),
        pytest.param('"20200101000000000000-1"', False, id="an older one"),
        pytest.param("nonsense", False, id="no ETag at all"),
    ],
)
@pytest.mark.parametrize(("verb", "base"), WRITES)
def test_if_match(client, verb, base, header, passes):
    name, tag = made(client)
    response = client(
        f"{verb} {base}/{name}",
        None if verb == "DELETE" else {"points": 7},
        headers={"If-Match": header.format(tag=tag)},
    )
    assert response.status_code == ((202 if verb == "DELETE" else 200) if passes else 412)
    if not passes:
        error = response.json if base == V1 else response.json["errors"][0]
        assert error.get("exc_type", error.get("type")) == "PreconditionFailedError"
        assert client(f"GET {V2}/{name}").headers["ETag"] == tag


def test_rights_that_changed_are_no_change_of_the_document(client, app_site, new_user):
    name, tag = made(client)
    new_user(app_site, "ann@example.com", "Task User")
    assert client(f"GET {V2}/{name}").headers["ETag"] != tag
    assert client(f"PUT {V2}/{name}", {"points": 1}, headers={"If-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("tag_is_right", "modified_is_right", "status"),
    [(True, True, 200), (False, True, 412), (True, False, 417)],
    ids=["both right", "the header is stale", "the body is stale"],
)
def test_beside_modified_in_the_body(client, tag_is_right, modified_is_right, status):
    created = client(f"POST {V1}", NEW)
    doc = created.json["data"]
    body = {"points": 1, "modified": doc["modified"] if modified_is_right else "2020-01-01 00:00:00.000000"}
    tag = created.headers["ETag"] if tag_is_right else '"20200101000000000000-1"'
    assert client(f"PUT {V1}/{doc['name']}", body, headers={"If-Match": tag}).status_code == status


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
def test_who_may_not_write_learns_nothing_of_the_state(client, app_site, new_user, verb):
    name, tag = made(client)
    nobody = new_user(app_site, "nobody@example.com")
    answers = [nobody(f"{verb} {V1}/{name}", headers={"If-Match": each}) for each in (tag, '"20200101000000000000-1"')]
    assert {each.status_code for each in answers} == {403}
    assert len({each.data for each in answers}) == 1


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
def test_what_is_not_there_is_404(client, verb):
    assert client(f"{verb} {V1}/nowhere", headers={"If-Match": "*"}).status_code == 404


def test_of_writers_at_the_same_time_one_wins(tmp_path: Path):
    """Two sites on one file, as two processes have them: all saw the same state, and one change is kept."""
    sites = [frappe_lite.Site(str(tmp_path / "site.db")) for _ in range(2)]
    for site in sites:
        site.load(CONFORMANCE_APP)
    clients = [ApiClient(sites[0])]
    clients.append(ApiClient(sites[1], None))
    clients[1].headers = clients[0].headers
    name, tag = made(clients[0])
    barrier, statuses = threading.Barrier(8), []

    def write(number: int) -> None:
        barrier.wait()
        statuses.append(
            clients[number % 2](f"PUT {V1}/{name}", {"points": number}, headers={"If-Match": tag}).status_code
        )

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(statuses) == [200, *[412] * 7]
    with sites[0].acting() as ctx:
        assert document.load(ctx, "Task", name).points in range(8)
    for site in sites:
        site.close()
