"""Idempotency-Key: a POST that is sent again works once and is answered the same, in two processes too."""

from __future__ import annotations

import multiprocessing
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient
from frappe_lite.parts import idempotency
from frappe_lite.whitelist import built_in

TASK = "/api/resource/Task"
KEY = {"Idempotency-Key": "6f1c0c2e-0001"}


def tasks(client: ApiClient) -> int:
    return client(f"GET {TASK}", query_string={"limit_page_length": "0"}).json["data"].__len__()


def stored(site: frappe_lite.Site) -> list[Any]:
    return site.database.rows('SELECT user, key, status FROM "__idempotency"')


# --- the same again ---


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(TASK, {"subject": "a"}, id="v1 document"),
        pytest.param("/api/v2/document/Task", {"subject": "a"}, id="v2 document"),
        pytest.param("/api/method/conformance.api.make_task", {"subject": "a"}, id="method"),
        pytest.param(
            "/api/v2/batch", {"operations": [{"method": "POST", "path": TASK, "body": {"subject": "a"}}]}, id="batch"
        ),
    ],
)
def test_a_repeat_is_answered_the_same_and_does_nothing(client, path, body):
    first, second = client(f"POST {path}", body, KEY), client(f"POST {path}", body, KEY)
    assert (first.status_code, first.data, first.headers.get("ETag")) == (
        second.status_code,
        second.data,
        second.headers.get("ETag"),
    )
    assert first.status_code < 300
    assert tasks(client) == 1
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (False, "true")
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    assert second.headers["X-Content-Type-Options"] == "nosniff"


def test_it_is_the_first_answer_even_if_the_document_is_gone(client):
    first = client(f"POST {TASK}", {"subject": "a"}, KEY)
    client(f"DELETE {TASK}/{first.json['data']['name']}")
    assert client(f"POST {TASK}", {"subject": "a"}, KEY).data == first.data
    assert tasks(client) == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(TASK, {"subject": "b"}, id="another body"),
        pytest.param("/api/v2/document/Task", {"subject": "a"}, id="another path"),
        pytest.param(f"{TASK}?x=1", {"subject": "a"}, id="another query"),
    ],
)
def test_another_request_with_the_same_key_is_422(client, path, body):
    client(f"POST {TASK}", {"subject": "a"}, KEY)
    response = client(f"POST {path}", body, KEY)
    assert response.status_code == 422
    assert "IdempotencyKeyReusedError" in response.text
    assert tasks(client) == 1


def test_another_key_is_another_request(client):
    for key in ("one", "two"):
        client(f"POST {TASK}", {"subject": "a"}, {"Idempotency-Key": key})
    assert tasks(client) == 2


def test_a_quoted_key_is_the_same_key(client):
    for key in ("one", '"one"'):
        client(f"POST {TASK}", {"subject": "a"}, {"Idempotency-Key": key})
    assert tasks(client) == 1


def test_each_user_has_keys_of_their_own(client, app_site, new_user):
    ann = new_user(app_site, "ann@example.com", "Task User")
    first, second = client(f"POST {TASK}", {"subject": "a"}, KEY), ann(f"POST {TASK}", {"subject": "a"}, KEY)
    assert first.json["data"]["name"] != second.json["data"]["name"]
    assert second.json["data"]["owner"] == "ann@example.com"


@pytest.mark.parametrize(
    "key", ["", "   ", "x" * 256, "a\tb"], ids=["empty", "spaces", "too long", "a control character"]
)
def test_a_key_that_is_none_is_400(client, key):
    assert client(f"POST {TASK}", {"subject": "a"}, {"Idempotency-Key": key}).status_code == 400
    assert tasks(client) == 0


@pytest.mark.parametrize("verb", ["PUT", "GET"])
def test_other_verbs_take_no_notice(client, app_site, verb):
    name = client(f"POST {TASK}", {"subject": "a"}).json["data"]["name"]
    for _ in range(2):
        assert "Idempotency-Replayed" not in client(f"{verb} {TASK}/{name}", headers=KEY).headers
    assert stored(app_site) == []


# --- what is not stored ---


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param(TASK, {"subject": "forbidden"}, 417, id="refused by the app"),
        pytest.param(TASK, {}, 417, id="refused by a rule"),
        pytest.param("/api/resource/Nothing", {"subject": "a"}, 404, id="no such DocType"),
        pytest.param("/api/method/conformance.api.insert_then_fail", {}, 417, id="failed after a write"),
    ],
)
def test_failures_are_not_stored(client, app_site, path, body, status):
    assert client(f"POST {path}", body, KEY).status_code == status
    assert stored(app_site) == []
    assert client(f"POST {TASK}", {"subject": "a"}, KEY).status_code == 201


def test_nor_are_answers_that_a_method_gave_a_bad_status(client, app_site):
    assert client("POST /api/method/conformance.api.teapot", {}, KEY).status_code == 418
    assert stored(app_site) == []


def test_nor_are_secrets(client, app_site):
    path = "/api/method/frappe.core.doctype.user.user.generate_keys"
    response = client(f"POST {path}", {"user": "Administrator"}, KEY)
    assert response.json["message"]["api_secret"]
    assert stored(app_site) == []


@pytest.mark.parametrize(
    ("method", "params"),
    [
        pytest.param(
            "frappe.client.get_password",
            {"doctype": "User", "name": "Administrator", "fieldname": "api_secret"},
            id="passwords",
        ),
        pytest.param("frappe.client.get_list", {"doctype": "User"}, id="lists"),
        pytest.param("frappe.client.get", {"doctype": "User", "name": "Administrator"}, id="documents"),
        pytest.param(
            "frappe.desk.form.load.getdoc",
            {"doctype": "User", "name": "Administrator"},
            id="documents as the desk reads them",
        ),
    ],
)
@pytest.mark.parametrize("by_cmd", [False, True], ids=["by path", "by cmd"])
def test_nor_is_what_a_method_reads(client, app_site, method, params, by_cmd):
    """A read does nothing twice; passwords in clear text are no answers to keep."""
    for _ in range(2):
        answer = (
            client("POST /", {"cmd": method, **params}, KEY)
            if by_cmd
            else client(f"POST /api/method/{method}", params, KEY)
        )
        assert "Idempotency-Replayed" not in answer.headers
    assert stored(app_site) == []


def test_no_method_of_our_own_that_get_may_call_writes(client):
    """So their answers need not be kept."""
    ours = {name: method for name, method in built_in.items() if not method.function.__module__.endswith("unsupported")}
    reading = [name for name, method in ours.items() if "GET" in method.http_methods]
    assert len(reading) > 20
    writing = (
        "insert",
        "save",
        "submit",
        "cancel",
        "delete",
        "rename",
        "set_",
        "add",
        "update",
        "remove",
        "bulk",
        "upload",
        "toggle",
    )
    assert sorted(name for name in reading if name.rpartition(".")[2].startswith(writing)) == [
        "frappe.contacts.doctype.address.address.address_query",  # which only reads
        "frappe.contacts.doctype.contact.contact.address_query",  # so does this
        "frappe.handler.upload_file",  # which refuses: a GET brings no file
        "upload_file",
    ]


def test_what_is_stored_is_read_with_the_key_only(client, app_site):
    client(f"POST {TASK}", {"subject": "between us"}, KEY)
    ((user, key, status),) = stored(app_site)
    content = app_site.database.row('SELECT * FROM "__idempotency"')
    assert (user, status) == ("Administrator", 201)
    assert KEY["Idempotency-Key"] not in key
    assert "between us" not in repr(content)


def test_what_is_stored_twice_looks_different():
    one, other = idempotency._sealed(b"text", "key"), idempotency._sealed(b"text", "key")
    assert one != other
    assert idempotency._opened(one, "key") == idempotency._opened(other, "key") == b"text"
    assert idempotency._opened(one, "another") != b"text"


@pytest.mark.parametrize("text", [b"", b"\0\0x", b"x" * 100_000], ids=["nothing", "zeros first", "much"])
def test_what_is_sealed_is_opened(text):
    assert idempotency._opened(idempotency._sealed(text, "key"), "key") == text


# --- size ---


def test_an_answer_that_is_too_large_is_not_kept_but_the_work_is_done_once(client, app_site, monkeypatch):
    monkeypatch.setattr(idempotency, "MAX_ANSWER", 100)
    assert client(f"POST {TASK}", {"subject": "large"}, KEY).status_code == 201
    again = client(f"POST {TASK}", {"subject": "large"}, KEY)
    assert (again.status_code, again.json["exc_type"]) == (409, "IdempotencyKeyInUseError")
    assert "was done before" in again.text
    assert tasks(client) == 1


def test_of_too_many_the_oldest_answers_are_dropped(client, app_site, monkeypatch):
    size = len(client(f"POST {TASK}", {"subject": "0"}, {"Idempotency-Key": "key 0"}).data) + idempotency.SALT
    monkeypatch.setattr(idempotency, "MAX_TOTAL", 3 * size + size // 2)
    for number in range(1, 6):
        client(f"POST {TASK}", {"subject": str(number)}, {"Idempotency-Key": f"key {number}"})
    kept = [bool(body) for (body,) in app_site.database.rows('SELECT body FROM "__idempotency" ORDER BY created')]
    assert kept == [False, False, False, True, True, True]
    assert [
        client(f"POST {TASK}", {"subject": str(number)}, {"Idempotency-Key": f"key {number}"}).status_code
        for number in (2, 3)
    ] == [409, 201]
    assert tasks(client) == 6


def test_nor_is_a_dry_run(client, app_site):
    operations = [{"method": "POST", "path": TASK, "body": {"subject": "a"}}]
    client("POST /api/v2/batch", {"operations": operations, "dry_run": True}, KEY)
    assert (stored(app_site), tasks(client)) == ([], 0)


def test_a_failure_after_the_app_committed_frees_the_key(app_site):
    class Hasty(frappe_lite.Document):
        def on_update(self):
            frappe_lite.db.commit()
            if self.title == "bad":
                frappe_lite.throw("too late")

    app_site.controllers["Hash Doc"] = Hasty
    client = ApiClient(app_site)
    assert client("POST /api/resource/Hash Doc", {"title": "bad"}, KEY).status_code == 417
    assert stored(app_site) == []
    first, second = (client("POST /api/resource/Hash Doc", {"title": "good"}, KEY) for _ in range(2))
    assert first.data == second.data


def test_an_interrupted_request_leaves_its_key_taken(client, app_site):
    client(f"POST {TASK}", {"subject": "a"}, KEY)
    with app_site.database.transaction():  # as if the process had died after the app's own commit
        app_site.database.execute('UPDATE "__idempotency" SET status = NULL')
    response = client(f"POST {TASK}", {"subject": "a"}, KEY)
    assert (response.status_code, response.json["exc_type"]) == (409, "IdempotencyKeyInUseError")


def test_a_key_is_kept_a_day(client, app_site):
    client(f"POST {TASK}", {"subject": "a"}, KEY)

    def age(seconds: float) -> None:
        with app_site.database.transaction():
            app_site.database.execute('UPDATE "__idempotency" SET created = ?', (time.time() - seconds,))

    age(idempotency.KEPT_SECONDS - 60)
    assert "Idempotency-Replayed" in client(f"POST {TASK}", {"subject": "a"}, KEY).headers
    age(idempotency.KEPT_SECONDS + 60)
    assert "Idempotency-Replayed" not in client(f"POST {TASK}", {"subject": "a"}, KEY).headers
    assert tasks(client) == 2


# --- at the same time ---


def test_threads_at_the_same_time_run_once(app_site):
    first = ApiClient(app_site)
    barrier, answers = threading.Barrier(8), []

    def send() -> None:
        barrier.wait()
        answers.append(first(f"POST {TASK}", {"subject": "a"}, KEY))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.status_code for each in answers] == [201] * 8
    assert len({each.data for each in answers}) == 1
    assert tasks(first) == 1


def send_from_a_process(path: str, headers: dict[str, str], count: int) -> list[bytes]:
    site = frappe_lite.Site(path)
    site.load(CONFORMANCE_APP)
    client = ApiClient(site, None)
    client.headers = headers
    answers = [
        client(f"POST {TASK}", {"subject": "a"}, {"Idempotency-Key": f"key {number}"}).data for number in range(count)
    ]
    site.close()
    return answers


def test_processes_at_the_same_time_run_once(tmp_path: Path):
    path = str(tmp_path / "site.db")
    site = frappe_lite.Site(path)
    site.load(CONFORMANCE_APP)
    client = ApiClient(site)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        one, two = pool.map(send_from_a_process, [path] * 2, [client.headers] * 2, [20] * 2)
    assert one == two
    assert tasks(client) == 20
    site.close()
