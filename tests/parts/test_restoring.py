"""Backups restored to new files, as the web page asks for it."""

from __future__ import annotations

import collections
import io
import json
import os
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from job_tools import until

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.parts import jobs
from frappe_lite.parts.transfer import archive, restoring
from frappe_lite.sqlite import served

MAKE, RESTORE = "POST /api/method/frappe_lite.backups.make", "POST /api/method/frappe_lite.backups.restore"
RESTORED = "GET /api/method/frappe_lite.backups.restored"
REMOVE = "POST /api/method/frappe_lite.backups.remove_restored"
BODIES: dict[str, list[dict[str, str]]] = {
    RESTORE: [{"name": "office.tar.gz"}], RESTORED: [], REMOVE: [{"name": "monday"}],
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[frappe_lite.Site]:
    """A site with two notes and a file, and one backup of it, `office.tar.gz`."""
    made = frappe_lite.Site(str(tmp_path / "office.db"))
    with made.acting() as ctx:
        for title in ("Kept", "Kept too"):
            document.new(ctx, {"doctype": "Note", "title": title}).insert()
        document.new(ctx, {"doctype": "File", "file_name": "a.txt", "content": "hello", "is_private": 1}).insert()
    name = ApiClient(made)(MAKE).get_json()["message"]["name"]
    os.rename(tmp_path / "office.db-backups" / name, tmp_path / "office.db-backups" / "office.tar.gz")
    yield made
    made.close()


@pytest.fixture
def folder(site: frappe_lite.Site, tmp_path: Path) -> Path:
    return tmp_path / "office.db-restored"


@pytest.fixture
def client(site: frappe_lite.Site) -> ApiClient:
    return ApiClient(site)


def ended(client: ApiClient, answer: Any) -> dict[str, Any]:
    """What became of the job that an answer promises."""
    assert answer.status_code == 202, answer.text
    path = f"GET /api/v2/job/{answer.get_json()['message']['job_id']}"
    assert answer.headers["Location"] == path.partition(" ")[2]
    until(lambda: client(path).get_json()["data"]["status"] in ("finished", "failed"))
    found: dict[str, Any] = client(path).get_json()["data"]
    return found


def restored(client: ApiClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client(RESTORED).get_json()["message"]
    return found


def test_a_backup_becomes_a_site_of_its_own(site: frappe_lite.Site, client: ApiClient, folder: Path) -> None:
    assert (restored(client), folder.exists()) == ([], False), "who restores none has no folder"
    job = ended(client, client(RESTORE, {"name": "office.tar.gz", "new_name": "monday"}))
    assert (job["status"], job["progress"]["percent"], job["error"]) == ("finished", 100, None)
    told = {key: job["result"][key] for key in ("name", "backup", "files", "errors", "first_error")}
    assert told == {"name": "monday", "backup": "office.tar.gz", "files": 1, "errors": 0, "first_error": None}
    (listed,) = restored(client)
    assert listed == {**job["result"], "unfinished": False, "job_id": None}
    assert listed["database"] == str(folder / "monday" / "site.db")
    assert listed["documents"] > 2 and listed["size"] > Path(listed["database"]).stat().st_size
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Note", "title": "Later"}).insert()
    copy = frappe_lite.Site(listed["database"])
    with copy.acting() as ctx:
        assert sorted(row[0] for row in copy.database.rows('SELECT title FROM "tabNote"')) == ["Kept", "Kept too"]
        assert frappe_lite.get_doc("File", {"file_name": "a.txt"}).get_content() == "hello"
    copy.close()
    assert client(REMOVE, {"name": "monday"}).status_code == 200
    assert (restored(client), list(folder.iterdir())) == ([], [])


def test_it_is_its_owners_alone(client: ApiClient, folder: Path) -> None:
    ended(client, client(RESTORE, {"name": "office.tar.gz", "new_name": "monday"}))
    places = [folder, *folder.rglob("*")]
    modes = {stat.S_IMODE(each.stat().st_mode) for each in places}
    assert modes == {0o700, 0o600} and len(places) > 5
    assert not (folder / "monday" / "site.db-key").exists()


def test_a_copy_is_quiet(site: frappe_lite.Site, client: ApiClient, folder: Path) -> None:
    """What waited when the backup was made is neither run nor sent by whoever looks into it."""
    workers = jobs.start(site, 0)
    with site.acting():
        frappe_lite.enqueue("frappe.utils.now", job_id="waits")
    name = client(MAKE).get_json()["message"]["name"]
    assert client(RESTORE, {"name": name, "new_name": "busy"}).status_code == 202
    while workers.run_next():
        pass
    with closing(sqlite3.connect(folder / "busy" / "site.db")) as sqlite:
        waiting = sqlite.execute("SELECT count(*) FROM __job WHERE status IN ('queued', 'started')").fetchone()
        scheduler = sqlite.execute("SELECT value FROM tabSingles WHERE field = 'enable_scheduler'").fetchone()
        mails = sqlite.execute("SELECT value FROM __site WHERE key LIKE '%suspend_email_queue'").fetchone()
    assert (waiting, scheduler, mails) == ((0,), ("0",), ("1",))
    assert site.database.value("SELECT count(*) FROM __job") > 0, "the site's own are as they were"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("office.tar.gz", "office"),
        ("my site-2026-11-24.tar.gz", "my-site-2026-11-24"),
        ("..tar.gz", None),
        ("büro.tar.gz", "b-ro"),
        (f"{'x' * 90}.tar.gz", "x" * 64),
    ],
)
def test_a_name_is_proposed(client: ApiClient, tmp_path: Path, name: str, wanted: str | None) -> None:
    backups = tmp_path / "office.db-backups"
    if name != "office.tar.gz":
        shutil.copy(backups / "office.tar.gz", backups / name)
    answer = client(RESTORE, {"name": name})
    if wanted is None:
        assert (answer.status_code, "1 to 64 letters" in answer.text) == (417, True)
    else:
        assert ended(client, answer)["result"]["name"] == wanted


NAMES = ["../office", "..", ".", "a/b", "a.db", "/tmp/x", "a b", "-x", "_x", "x" * 65, "ä", "a\n", "%2e%2e"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_never_a_path(client: ApiClient, folder: Path, name: str) -> None:
    answer = client(RESTORE, {"name": "office.tar.gz", "new_name": name})
    assert (answer.status_code, "1 to 64 letters, digits, - and _" in answer.text) == (417, True)
    assert client(REMOVE, {"name": name}).status_code == 404
    assert not folder.exists()


@pytest.mark.parametrize("name", ["../office.db", "/etc/passwd", "..", "", "gone.tar.gz", "office.db"])
def test_only_backups_that_are_listed_are_restored(client: ApiClient, folder: Path, name: str) -> None:
    assert client(RESTORE, {"name": name, "new_name": "monday"}).status_code == 404
    assert not folder.exists()


@pytest.mark.parametrize("there", ["a restored site", "a folder", "a file", "a link"])
def test_nothing_is_written_over(client: ApiClient, folder: Path, tmp_path: Path, there: str) -> None:
    place = folder / "monday"
    if there == "a restored site":
        ended(client, client(RESTORE, {"name": "office.tar.gz", "new_name": "monday"}))
    else:
        folder.mkdir()
        make = {"a folder": place.mkdir, "a file": place.touch, "a link": lambda: place.symlink_to(tmp_path)}
        make[there]()
    before = sorted((str(each), each.lstat().st_mtime_ns) for each in folder.rglob("*"))
    answer = client(RESTORE, {"name": "office.tar.gz", "new_name": "monday"})
    assert (answer.status_code, "monday is there already" in answer.text) == (409, True)
    assert sorted((str(each), each.lstat().st_mtime_ns) for each in folder.rglob("*")) == before
    assert client(REMOVE, {"name": "monday"}).status_code == (200 if there in ("a restored site", "a folder") else 404)
    assert (tmp_path / "office.db").exists()


def cut(file: Path) -> None:
    """Only its beginning is there."""
    file.write_bytes(file.read_bytes()[:-5000])


def swap(file: Path) -> None:
    """Another database than the manifest says."""
    members = {}
    with tarfile.open(file) as tar:
        for entry in tar:
            content = tar.extractfile(entry)
            assert content is not None
            members[entry.name] = content.read()
    members["site.db"] = b"\x00" * len(members["site.db"])
    with tarfile.open(file, "w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


def lead_out(file: Path) -> None:
    """It wants to write elsewhere."""
    manifest = json.dumps({"made": "2026-01-01", "database": {"size": 1, "sha256": ""}, "files": 0}).encode()
    with tarfile.open(file, "w:gz") as tar:
        for name, content in (("manifest.json", manifest), ("../evil", b"x")):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


@pytest.mark.parametrize(
    ("damage", "status", "says"),
    [
        pytest.param(lambda file: file.write_bytes(b"nothing"), 417, "is no backup of frappe_lite", id="no archive"),
        pytest.param(lambda file: file.write_bytes(b""), 417, "is no backup of frappe_lite", id="empty"),
        pytest.param(cut, 202, "or is damaged", id="cut off"),
        pytest.param(swap, 202, "is damaged: its content", id="another database"),
        pytest.param(lead_out, 202, "it holds ../evil", id="leads out"),
    ],
)
def test_a_damaged_archive_is_told_and_leaves_nothing(
    client: ApiClient, folder: Path, tmp_path: Path, damage: Any, status: int, says: str
) -> None:
    damage(tmp_path / "office.db-backups" / "office.tar.gz")
    answer = client(RESTORE, {"name": "office.tar.gz", "new_name": "monday"})
    assert answer.status_code == status
    text = answer.text if status != 202 else ended(client, answer)["error"]
    assert says in text and "office.tar.gz" in text
    assert str(tmp_path) not in text.replace("\\\\", ""), "folders of the server are nobody's business"
    assert restored(client) == [] and (not folder.exists() or list(folder.iterdir()) == [])
    assert not (tmp_path / "evil").exists()


Usage = collections.namedtuple("Usage", "total used free")


def test_a_disk_without_room_is_told_before(client: ApiClient, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring.shutil, "disk_usage", lambda _path: Usage(10, 0, 2_000_000))
    answer = client(RESTORE, {"name": "office.tar.gz", "new_name": "monday"})
    assert (answer.status_code, "the disk has 2.0 MB" in answer.text, folder.exists()) == (507, True, False)


@pytest.mark.parametrize("request_", [MAKE, RESTORE])
def test_a_disk_that_becomes_full_is_told(
    client: ApiClient, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_: str
) -> None:
    def full(*_arguments: Any, **_more: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.os, "fsync", full)
    answer = client(request_, {"name": "office.tar.gz", "new_name": "monday"})
    if request_ == MAKE:
        assert (answer.status_code, "the disk has no room" in answer.text) == (507, True)
    else:
        assert (
            "StorageFullError: office.tar.gz cannot be unpacked: the disk has no room" in ended(client, answer)["error"]
        )
        assert list(folder.iterdir()) == []
    assert [each.name for each in (tmp_path / "office.db-backups").iterdir()] == ["office.tar.gz"]


def test_two_at_once_have_two_names(site: frappe_lite.Site, client: ApiClient) -> None:
    workers = jobs.start(site, 0)
    first, second, third = (
        client(RESTORE, {"name": "office.tar.gz", "new_name": name}) for name in ("monday", "monday", "tuesday")
    )
    assert (first.status_code, second.status_code, third.status_code) == (202, 409, 202)
    waiting = restored(client)
    assert [(each["name"], each["unfinished"], each["job_id"]) for each in waiting] == [
        ("monday", True, "restore-monday"), ("tuesday", True, "restore-tuesday"),
    ]  # fmt: skip
    refused = client(REMOVE, {"name": "monday"})
    assert (refused.status_code, "is being written" in refused.text) == (417, True)
    while workers.run_next():
        pass
    assert [(each["name"], each["unfinished"]) for each in restored(client)] == [("monday", False), ("tuesday", False)]


def test_a_killed_worker_is_followed_by_another(site: frappe_lite.Site, client: ApiClient, folder: Path) -> None:
    """What it had begun is no hindrance; nor is what nobody ends, which can be deleted."""
    (folder / "monday").mkdir(parents=True)
    (folder / "monday" / ".site.db-work-abc").mkdir()
    (folder / "monday" / ".site.db-work-abc" / "lock").touch()
    with site.acting():
        about = restoring.write("office.tar.gz", "monday")
    assert about["name"] == "monday" and not list((folder / "monday").glob(".site.db-work*"))
    (folder / "tuesday").mkdir()
    assert [(each["name"], each["unfinished"]) for each in restored(client)] == [("monday", False), ("tuesday", True)]
    assert client(REMOVE, {"name": "tuesday"}).status_code == 200


def test_a_backup_that_is_deleted_before_the_job_begins_leaves_nothing(
    site: frappe_lite.Site, client: ApiClient, folder: Path
) -> None:
    workers = jobs.start(site, 0)
    answer = client(RESTORE, {"name": "office.tar.gz", "new_name": "monday"})
    assert client("POST /api/method/frappe_lite.backups.remove", {"name": "office.tar.gz"}).status_code == 200
    while workers.run_next():
        pass
    assert "There is no backup office.tar.gz" in ended(client, answer)["error"]
    assert (restored(client), list(folder.iterdir())) == ([], [])


def test_the_write_lock_is_free_meanwhile(
    site: frappe_lite.Site, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def restore(*arguments: Any, **more: Any) -> Any:
        seen.append(site.database.writing)
        return original(*arguments, **more)

    original = archive.restore
    monkeypatch.setattr(archive, "restore", restore)
    ended(client, client(RESTORE, {"name": "office.tar.gz", "new_name": "monday"}))
    assert seen == [False]


def test_one_that_is_served_stays(client: ApiClient) -> None:
    ended(client, client(RESTORE, {"name": "office.tar.gz", "new_name": "monday"}))
    claim = served.claim(restored(client)[0]["database"], "http://127.0.0.1:1")
    answer = client(REMOVE, {"name": "monday"})
    assert (answer.status_code, "monday is served at http://127.0.0.1:1 already" in answer.text) == (417, True)
    claim.close()
    assert client(REMOVE, {"name": "monday"}).status_code == 200


def test_there_is_an_end_of_them(client: ApiClient, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "MOST", 1)
    ended(client, client(RESTORE, {"name": "office.tar.gz", "new_name": "monday"}))
    answer = client(RESTORE, {"name": "office.tar.gz", "new_name": "tuesday"})
    assert (answer.status_code, "There are 1 restored sites already" in answer.text) == (417, True)
    assert [each.name for each in folder.iterdir()] == ["monday"]


@pytest.mark.parametrize("request_", BODIES)
def test_only_system_managers_restore(site: frappe_lite.Site, new_user: Any, folder: Path, request_: str) -> None:
    assert new_user(site, "ann@example.com")(request_, *BODIES[request_]).status_code == 403
    assert ApiClient(site, None)(request_, *BODIES[request_]).status_code == 403
    assert not folder.exists()


@pytest.mark.parametrize(("request_", "status"), [(RESTORE, 417), (RESTORED, 200), (REMOVE, 417)])
def test_a_site_in_memory_restores_none(request_: str, status: int) -> None:
    site = frappe_lite.Site(":memory:")
    answer = ApiClient(site)(request_, *BODIES[request_])
    assert answer.status_code == status and ("keeps no backups" in answer.text) == (status == 417)
    site.close()
