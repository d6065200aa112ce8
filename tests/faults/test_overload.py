"""Too much, too slow, too expensive: bounded, told, and nobody else has to wait."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import ApiClient
from fault_tools import Served, open_orders, served, wait_for

ANSWERED = 3.0
"""Seconds in which others must be answered.

Milliseconds on a quiet machine, ten and more if they had to wait for the slow.
"""


# --- slow clients, against each WSGI server ---


@pytest.fixture(scope="module", params=["waitress", "granian"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(tmp_path_factory.mktemp(request.param) / "a.db", "--server", request.param)


@contextlib.contextmanager
def many(server: Served, count: int, first: bytes) -> Iterator[list[socket.socket]]:
    """Connections that have sent the beginning of a request."""
    opened = []
    try:
        for _ in range(count):
            opened.append(socket.create_connection(("127.0.0.1", server.port), timeout=60))
            opened[-1].sendall(first)
        yield opened
    finally:
        for each in opened:
            each.close()


def head(server: Served, verb: str, path: str, *lines: str) -> bytes:
    headers = [f"{name}: {value}" for name, value in server.headers.items()]
    return "\r\n".join([f"{verb} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, *lines, "", ""]).encode()


def slowest_of_others(server: Served) -> float:
    """Seconds of the slowest of a few requests that somebody else sends meanwhile."""
    ask, slowest = server.connect(10), 0.0
    for _ in range(5):
        started = time.monotonic()
        assert ask("GET", "/api/resource/User/Administrator")[0] == 200
        slowest = max(slowest, time.monotonic() - started)
    ask.close()
    return slowest


def test_two_hundred_who_send_headers_byte_by_byte(server: Served) -> None:
    """F36: slowloris takes connections, and no thread."""
    with many(server, 200, b"GET /api/method/ping HTTP/1.1\r\nHost: a\r\nX-Slow: ") as slow:
        for each in slow[:50]:
            each.sendall(b"a")
        assert slowest_of_others(server) < ANSWERED


def test_who_send_bodies_byte_by_byte(server: Served) -> None:
    """F37: they take no thread that others need (docs/reliability.md)."""
    with many(
        server,
        100,
        head(server, "POST", "/api/resource/ToDo", "Content-Type: application/json", "Content-Length: 100") + b"{",
    ):
        assert slowest_of_others(server) < ANSWERED


def test_a_body_in_chunks_is_received_whole(server: Served) -> None:
    """F37: however it comes, the application sees all of it."""
    request = head(
        server,
        "POST",
        "/api/resource/ToDo",
        "Content-Type: application/json",
        "Transfer-Encoding: chunked",
        "Connection: close",
    )
    with many(server, 1, request) as (slow,):
        for part in (b'{"descrip', b'tion": "in ', b'chunks"}', b""):
            slow.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        answer = b"".join(iter(lambda: slow.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert b'"description":"in chunks"' in answer


BODY = b'{"description": "never whole"}'
CHUNK = b"%x\r\n%s\r\n" % (len(BODY), BODY)


@pytest.mark.parametrize("as_guest", [False, True], ids=["signed in", "a guest"])
@pytest.mark.parametrize(
    ("parts", "is_cut_off"),
    [
        pytest.param([CHUNK, b"ZZZ\r\n"], False, id="a broken size"),
        pytest.param([CHUNK[:-2] + b"xx", b"0\r\n\r\n"], False, id="a chunk that is longer than its size"),
        pytest.param([b"-5\r\n", BODY], False, id="a negative size"),
        pytest.param([CHUNK, b""], True, id="cut off between chunks"),
        pytest.param([b"ff\r\n" + BODY, b""], True, id="cut off inside a chunk"),
        pytest.param([CHUNK, b"0\r\n"], True, id="cut off in the last line"),
    ],
)
def test_a_broken_body_in_chunks_is_never_taken_as_whole(
    server: Served, parts: list[bytes], is_cut_off: bool, as_guest: bool
) -> None:
    """F37, SEC-25: granian's `read(size)` does not tell. Of one that was cut off, waitress makes no request at all."""
    ask = server.connect()

    def count() -> int:
        return len(
            ask("GET", '/api/resource/ToDo?limit_page_length=0&filters=[["description","=","never whole"]]')[1]["data"]
        )

    lines = head(
        server,
        "POST",
        "/api/resource/ToDo",
        "Content-Type: application/json",
        "Transfer-Encoding: chunked",
        "Connection: close",
    )
    if as_guest:
        lines = b"\r\n".join(
            each for each in lines.split(b"\r\n") if not each.startswith((b"Authorization", b"Cookie"))
        )
    with many(server, 1, lines) as (slow,):
        slow.sendall(b"".join(parts))  # at once: what a server gets after it has answered resets the connection
        slow.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: slow.recv(65536), b""))
    assert answer[9:12] == (b"" if is_cut_off and server.server.command.endswith("waitress") else b"400")
    assert count() == 0
    ask.close()


def test_a_refused_body_is_received_so_that_the_client_sees_the_answer(server: Served) -> None:
    """F37: a guest may send 1 MB; who sends 5 reads the answer only when all of it is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/api/method/ping", b"x" * 5_000_000, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert (answer.status, b"larger than 1 MB" in answer.read()) == (413, True)
    connection.close()


def test_who_read_a_large_answer_slowly(server: Served) -> None:
    """F37: twenty downloads of 4 MB that nobody takes."""
    ask = server.connect()
    content = "x" * 4_000_000
    status, made = ask("POST", "/api/resource/File", {"file_name": "large.txt", "content": content, "is_private": 1})
    assert status == 201
    with many(server, 20, head(server, "GET", made["data"]["file_url"])) as slow:
        for each in slow:
            each.recv(10)
        assert slowest_of_others(server) < ANSWERED
    ask("DELETE", f"/api/resource/File/{made['data']['name']}")
    ask.close()


def test_a_client_that_leaves_before_the_answer(server: Served) -> None:
    """F27: what it asked for is done as a whole or not at all, and the server is as before."""
    ask = server.connect()

    def count() -> list[Any]:
        found: list[Any] = ask("GET", '/api/resource/ToDo?limit_page_length=0&filters=[["description","=","left"]]')[1][
            "data"
        ]
        return found

    body = json.dumps({"description": "left"}).encode()
    with many(
        server,
        20,
        head(server, "POST", "/api/resource/ToDo", "Content-Type: application/json", f"Content-Length: {len(body)}")
        + body,
    ):
        pass
    before = len(count())
    assert before <= 20
    assert slowest_of_others(server) < ANSWERED
    assert ask("POST", "/api/resource/ToDo", {"description": "left"})[0] == 201, "nobody holds the writer's turn"
    ask.close()


# --- expensive queries, in process ---


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiClient]:
    """A hundred thousand orders; a query may take a hundredth of a second."""
    site = open_orders(tmp_path_factory.mktemp("crowded") / "a.db", query_seconds=0.01)
    with site.database.transaction():
        site.database.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
            ' INSERT INTO "tabOrder" (name, owner, creation, modified, modified_by, docstatus, idx, title, notes)'
            " SELECT 'O-' || i, 'Administrator', '2026-01-01', '2026-01-01 00:00:00.' || i, 'Administrator', 0, "
            "0, hex(i), 'aaaaaaaaaaaaaaaaaaaaaaaaa' || i FROM n"
        )
    yield ApiClient(site)
    site.close()


HEAVY = [["notes", "like", f"%{number}%{number + 1}%a%9"] for number in range(20)]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        pytest.param("/api/resource/Order", {"or_filters": HEAVY, "limit_page_length": "20"}, id="a list"),
        pytest.param(
            "/api/resource/Order",
            {"fields": ["notes"], "order_by": "notes desc", "or_filters": HEAVY},
            id="a sorted list",
        ),
        pytest.param(
            "/api/method/frappe.client.get_count",
            {"doctype": "Order", "filters": [["notes", "like", "%a%a%a%z%"]]},
            id="a count",
        ),
        pytest.param("/api/v2/document/Order", {"filters": HEAVY[:3]}, id="a list of v2"),
        pytest.param(
            "/api/method/frappe.desk.search.search_link",
            {"doctype": "Order", "txt": "%z%z%z", "filters": HEAVY[:2]},
            id="a search",
        ),
        pytest.param(
            "/api/method/frappe.client.get_list",
            {"doctype": "Order", "fields": ["count(name) as n", "title"], "group_by": "title"},
            id="a grouping",
        ),
        pytest.param(
            "/api/method/frappe.client.get_value",
            {"doctype": "Order", "fieldname": "title", "filters": HEAVY[:3]},
            id="one value",
        ),
    ],
)
def test_an_expensive_query_is_interrupted(crowded: ApiClient, path: str, params: dict[str, Any]) -> None:
    """F39: 503 with a sentence, soon after its time; nothing is left behind."""
    started = time.monotonic()
    answer = crowded(f"GET {path}", params=params)
    assert time.monotonic() - started < 2.0
    assert (answer.status_code, "narrow it by filters" in answer.text) == (503, True), answer.text[:300]
    assert not crowded.site.database.connection.sqlite.in_transaction
    assert crowded("GET /api/resource/Order/O-77").json["data"]["name"] == "O-77"


def test_a_limit_costs_nothing_where_it_is_not_reached(crowded: ApiClient) -> None:
    """F39: SQLite asks once in 100,000 steps; a page of a list needs fewer."""
    asked: list[int] = []
    sqlite = crowded.site.database.connection.sqlite
    sqlite.set_progress_handler(lambda: asked.append(1) or 0, 100_000)
    crowded("GET /api/resource/Order?order_by=modified desc&limit_page_length=100")
    crowded("GET /api/resource/Order/O-1")
    assert not asked


@pytest.mark.parametrize(
    ("value", "status"),
    [
        pytest.param("%" + "a%" * 120, 200, id="wildcards as far as they are taken"),
        pytest.param("%" + "a%" * 20_000, 417, id="wildcards without end"),
        pytest.param("%a" * 24_000 + "z", 417, id="one after the other"),
        pytest.param("_" * 49_000, 417, id="any characters"),
        pytest.param("%" * 60_000, 417, id="longer than SQLite takes"),
        pytest.param("x" * 100_000, 417, id="a long text"),
        pytest.param("((((((a+)+)+)+)+)+)$" * 1000, 200, id="a regular expression: text here"),
    ],
)
def test_a_pattern_cannot_be_made_expensive(tmp_path: Path, value: str, status: int) -> None:
    """F38: on a text of 100 kB it is answered in a second, by a list or by 417."""
    site = open_orders(tmp_path / "a.db")
    client = ApiClient(site)
    client("POST /api/resource/Order", {"notes": "a" * 100_000})
    for operator in ("like", "not like", "="):
        started = time.process_time()
        answer = client(
            "POST /api/method/frappe.client.get_list", {"doctype": "Order", "filters": [["notes", operator, value]]}
        )
        assert answer.status_code == (200 if operator == "=" else status), answer.text[:300]
        assert time.process_time() - started < 1.0
    site.close()


@pytest.mark.parametrize(
    "request_",
    ["GET /api/resource/Order/{}", "POST /api/resource/{}", "GET /api/method/{}", "PUT /api/resource/Named/{}"],
)
def test_a_long_name_is_refused_soon(orders: ApiClient, request_: str) -> None:
    """F38: names of 100 kB, in the path and in the body."""
    started = time.process_time()
    assert 400 <= orders(request_.format("x" * 100_000), {} if "GET" not in request_ else None).status_code < 500
    assert 400 <= orders("POST /api/resource/Named", {"name": "x" * 100_000}).status_code < 500
    assert time.process_time() - started < 1.0


# --- many of a kind ---


@pytest.fixture
def orders() -> Iterator[ApiClient]:
    site = open_orders()
    yield ApiClient(site)
    site.close()


def test_a_thousand_rows(orders: ApiClient) -> None:
    """F40: they work, and are read again."""
    made = orders("POST /api/resource/Order", {"rows": [{"number": number} for number in range(1000)]})
    assert made.status_code == 201
    assert [
        row["number"] for row in orders(f"GET /api/resource/Order/{made.json['data']['name']}").json["data"]["rows"]
    ] == list(range(1000))


@pytest.mark.parametrize("count", [300, 10_000])
def test_many_fields(orders: ApiClient, count: int) -> None:
    """F40: a DocType of 300 fields works; one of more columns than SQLite has is 417, and nothing of it is kept."""
    fields = [{"fieldname": f"field_{number}", "fieldtype": "Data"} for number in range(count)]
    answer = orders("POST /api/resource/DocType", {"name": "Wide", "module": "Custom", "custom": 1, "fields": fields})
    assert answer.status_code == (201 if count == 300 else 417), answer.text[:300]
    assert orders("GET /api/resource/Wide").status_code == (200 if count == 300 else 404)
    assert ("tabWide" in orders.site.database.tables()) == (count == 300)


def test_ten_thousand_parts_of_a_form(orders: ApiClient) -> None:
    """F40: 413, without reading them one by one."""
    assert (
        orders("POST /api/resource/Order", data={f"field{number}": "x" for number in range(10_000)}).status_code == 413
    )


def test_many_files(tmp_path: Path) -> None:
    """F40: two hundred files of the same content are kept once; descriptors are not used up."""
    site = open_orders(tmp_path / "a.db")
    client = ApiClient(site)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for number in range(200):
        assert (
            client(
                "POST /api/resource/File", {"file_name": f"{number}.txt", "content": "same", "is_private": 1}
            ).status_code
            == 201
        )
    kept = [each for each in (tmp_path / "a.db-files").rglob("*") if each.is_file()]
    assert len(kept) == 1
    if before:
        wait_for(lambda: len(os.listdir("/proc/self/fd")) <= before + 5, "the end of open files")
    site.close()
