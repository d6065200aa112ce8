"""Backups that are kept beside the database, as the web page makes and takes them."""

from __future__ import annotations

import datetime
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.parts.transfer import archive
from frappe_lite.utils.dates import reset_clock, set_clock

MAKE, LIST = "POST /api/method/frappe_lite.backups.make", "GET /api/method/frappe_lite.backups.list"
DOWNLOAD, REMOVE = "GET /api/method/frappe_lite.backups.download", "POST /api/method/frappe_lite.backups.remove"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site(str(tmp_path / "office.db"))
    with made.acting() as ctx:
        document.new(ctx, {"doctype": "Note", "title": "Kept"}).insert()
    yield made
    made.close()


def make(client: ApiClient, hour: int) -> dict[str, Any]:
    token = set_clock(datetime.datetime(2026, 3, 5, hour))
    try:
        answer = client(MAKE)
    finally:
        reset_clock(token)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()["message"]
    return found


def test_made_listed_taken_and_restored(site: frappe_lite.Site, tmp_path: Path) -> None:
    client = ApiClient(site)
    assert client(LIST).get_json()["message"]["backups"] == []
    assert not (tmp_path / "office.db-backups").exists(), "who keeps none has no folder"
    first, second = make(client, 8), make(client, 9)
    assert [first["name"], second["name"]] == [f"office-2026-03-05-0{hour}0000.tar.gz" for hour in (8, 9)]
    told = client(LIST).get_json()["message"]
    assert (told["folder"], told["database"]) == (str(tmp_path / "office.db-backups"), str(tmp_path / "office.db"))
    assert [each["name"] for each in told["backups"]] == [second["name"], first["name"]]
    answer = client(DOWNLOAD, query_string={"name": first["name"]})
    assert answer.headers["Content-Disposition"] == f"attachment; filename={first['name']}"
    assert int(answer.headers["Content-Length"]) == len(answer.data) == first["size"]
    (tmp_path / "got.tar.gz").write_bytes(answer.data)
    archive.restore(tmp_path / "got.tar.gz", tmp_path / "new.db")
    copy = frappe_lite.Site(str(tmp_path / "new.db"))
    assert copy.database.row('SELECT title FROM "tabNote"')[0] == "Kept"
    copy.close()
    assert client(REMOVE, {"name": first["name"]}).status_code == 200
    assert [each["name"] for each in client(LIST).get_json()["message"]["backups"]] == [second["name"]]


def test_they_are_the_owners_alone_and_one_a_second(site: frappe_lite.Site, tmp_path: Path) -> None:
    client = ApiClient(site)
    name = make(client, 8)["name"]
    folder = tmp_path / "office.db-backups"
    assert [stat.S_IMODE(each.stat().st_mode) for each in (folder, folder / name)] == [0o700, 0o600]
    token = set_clock(datetime.datetime(2026, 3, 5, 8))
    assert client(MAKE).status_code == 409
    reset_clock(token)
    assert [each.name for each in folder.iterdir()] == [name]


@pytest.mark.parametrize(("request_", "body"), [(LIST, {}), (REMOVE, {"name": "office-2026-03-05-080000.tar.gz"})])
@pytest.mark.parametrize("looks", [1, 2])
def test_one_that_another_deletes_meanwhile_fails_no_request(
    site: frappe_lite.Site, monkeypatch: pytest.MonkeyPatch, request_: str, body: dict[str, str], looks: int
) -> None:
    """Gone right after it was looked at so many times."""
    client = ApiClient(site)
    first, second = make(client, 8)["name"], make(client, 9)["name"]
    original, seen = Path.stat, list[Path]()

    def look(path: Path, **options: Any) -> Any:
        found = original(path, **options)
        if path.name == first:
            seen.append(path)
            if len(seen) == looks:
                path.unlink()
        return found

    monkeypatch.setattr(Path, "stat", look)
    assert client(request_, body).status_code == 200
    monkeypatch.undo()
    assert [each["name"] for each in client(LIST).get_json()["message"]["backups"]] == [second]


@pytest.mark.parametrize("request_", [DOWNLOAD, REMOVE])
@pytest.mark.parametrize(
    "name", ["../office.db", "/etc/passwd", "..", "", "office.tar.gz", "note.txt", "%2e%2e/office.db"]
)
def test_only_what_is_listed_has_a_name(site: frappe_lite.Site, tmp_path: Path, request_: str, name: str) -> None:
    client = ApiClient(site)
    make(client, 8)
    (tmp_path / "office.db-backups" / "note.txt").write_text("of somebody else")
    given: dict[str, Any] = {"query_string": {"name": name}} if request_ == DOWNLOAD else {}
    body = [] if request_ == DOWNLOAD else [{"name": name}]
    assert client(request_, *body, **given).status_code == 404
    assert len(list((tmp_path / "office.db-backups").iterdir())) == 2


@pytest.mark.parametrize("request_", [MAKE, LIST, DOWNLOAD, REMOVE])
def test_only_system_managers(site: frappe_lite.Site, new_user: Any, request_: str) -> None:
    given: dict[str, Any] = {"query_string": {"name": "x"}} if request_ == DOWNLOAD else {}
    body = [{"name": "x"}] if request_ == REMOVE else []
    assert new_user(site, "ann@example.com")(request_, *body, **given).status_code == 403
    assert ApiClient(site, None)(request_, *body, **given).status_code == 403


@pytest.mark.parametrize(("request_", "status"), [(MAKE, 417), (LIST, 200)])
def test_a_site_in_memory_keeps_none(request_: str, status: int) -> None:
    site = frappe_lite.Site(":memory:")
    answer = ApiClient(site)(request_)
    assert (answer.status_code, "Download one" in answer.text) == (status, True)
    site.close()
