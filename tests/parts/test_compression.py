"""Large answers in gzip, for who takes it."""

from __future__ import annotations

import gzip
import json

import pytest

from conftest import ApiClient

META = "GET /api/v2/doctype/Task/meta"


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("br", False),
        ("", False),
    ],
)
def test_who_takes_it_gets_it(client: ApiClient, accepted: str, packed: bool) -> None:
    plain = client(META)
    response = client(META, headers={"Accept-Encoding": accepted})
    assert response.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert json.loads(gzip.decompress(response.data) if packed else response.data) == plain.json
    assert (response.headers["Vary"], plain.headers["Vary"]) == ("Accept-Encoding", "Accept-Encoding")
    assert int(response.headers["Content-Length"]) == len(response.data)
    assert (len(response.data) < len(plain.data) / 8) == packed


@pytest.mark.parametrize(
    "request_line",
    [
        pytest.param("GET /api/v2/method/ping", id="a small answer"),
        pytest.param("GET /api/v2/document/Note/long", id="a document, which has an ETag"),
        pytest.param("GET /api/v2/doctype/Task/nothing", id="a refusal"),
        pytest.param("POST /api/v2/method/frappe.client.get_list", id="a write"),
    ],
)
def test_what_stays_as_it_is(client: ApiClient, request_line: str) -> None:
    client("POST /api/v2/document/Note", {"title": "long", "name": "long", "content": "x" * 20_000})
    body = {"doctype": "DocType", "fields": ["*"], "limit_page_length": 0} if request_line.startswith("POST") else None
    response = client(request_line, body, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response.headers


def test_head_has_the_headers_of_get(client: ApiClient) -> None:
    response = client(META.replace("GET", "HEAD"), headers={"Accept-Encoding": "gzip"})
    assert (response.data, response.headers["Content-Encoding"]) == (b"", "gzip")


def test_a_long_list(client: ApiClient) -> None:
    response = client(
        "GET /api/v2/document/DocType", params={"fields": ["*"], "limit": "0"}, headers={"Accept-Encoding": "gzip"}
    )
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Task" in {row["name"] for row in json.loads(gzip.decompress(response.data))["data"]}
