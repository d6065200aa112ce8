"""Backup, restore, and what the web page asks of the database."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient, new_file
from frappe_lite import document
from frappe_lite.command import cli
from frappe_lite.parts.transfer import archive, status
from frappe_lite.sqlite.database import Database, DatabaseRefused


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A site on disk with notes, a public and a private file."""
    place = new_file(tmp_path / "site.db")
    site = frappe_lite.Site(place)
    with site.acting() as ctx:
        for number in range(3):
            document.new(ctx, {"doctype": "Note", "title": f"note {number}", "content": "x"}).insert()
        for name, private in (("a.txt", 0), ("b.txt", 1)):
            document.new(
                ctx, {"doctype": "File", "file_name": name, "content": f"content of {name}", "is_private": private}
            ).insert()
    site.close()
    return place


def run(*arguments: str) -> int:
    return cli.main(list(arguments))


def notes(place: str | Path) -> list[str]:
    with closing(sqlite3.connect(place)) as sqlite:
        return [row[0] for row in sqlite.execute("SELECT title FROM tabNote ORDER BY title")]


def members(place: Path) -> list[str]:
    with tarfile.open(place) as tar:
        return tar.getnames()


# --- backup ----------------------------------------------------------------------------------------------


def test_a_backup_holds_the_database_and_the_files_by_their_hash(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "monday.tar.gz"
    assert run("backup", "--database", path, "-o", str(target)) == 0
    names = members(target)
    assert names[:2] == ["manifest.json", "site.db"]
    assert len(names) == 4
    assert all(re.fullmatch(r"files/[0-9a-f]{2}/[0-9a-f]{64}", each) for each in names[2:])
    assert "with 2 files" in capsys.readouterr().out


def test_the_suffix_decides_about_compression(path: str, tmp_path: Path) -> None:
    for name, magic in (("a.tar.gz", b"\x1f\x8b"), ("a.tar", b"mani")):
        assert run("backup", "--database", path, "-o", str(tmp_path / name)) == 0
        assert (tmp_path / name).read_bytes().startswith(magic)


def test_what_a_killed_backup_left_is_swept_but_not_what_another_works_on(path: str, tmp_path: Path) -> None:
    """F05: killed in the middle, there is no archive under its name, and the next backup takes its place."""
    code = (
        "import os, sys; from frappe_lite.parts.transfer import archive; archive._hash_of = lambda _path: "
        "os.kill(os.getpid(), 9);"
        "archive.write_file(sys.argv[1], archive.Path(sys.argv[2]))"
    )
    killed = subprocess.run([sys.executable, "-c", code, path, str(tmp_path / "x.tar")], check=False)
    assert killed.returncode == -9
    assert not (tmp_path / "x.tar").exists()
    assert len(list(tmp_path.glob(".site.db-work-*"))) == 2
    with archive._workplace(path) as at_work:
        assert list(tmp_path.glob(".site.db-work-*")) == [at_work]
        assert run("backup", "--database", path, "-o", str(tmp_path / "x.tar")) == 0
        assert at_work.exists()
    assert list(tmp_path.glob(".site.db-work-*")) == []
    assert list(tmp_path.glob("*.partial")) == []


def test_what_was_half_written_elsewhere_is_swept_by_the_next_of_any_name(path: str, tmp_path: Path) -> None:
    """Backups are called after the time: none comes back under the name of one that was killed."""
    (tmp_path / "kept").mkdir()
    code = (
        "import os, sys; from frappe_lite.parts.transfer import archive; archive._anonymous = lambda _entry: "
        "os.kill(os.getpid(), 9);"
        "archive.write_file(sys.argv[1], archive.Path(sys.argv[2]))"
    )
    killed = subprocess.run([sys.executable, "-c", code, path, str(tmp_path / "kept" / "first.tar")], check=False)
    assert (killed.returncode, len(list((tmp_path / "kept").iterdir()))) == (-9, 1)
    archive.write_file(path, tmp_path / "kept" / "second.tar")
    assert [each.name for each in (tmp_path / "kept").iterdir()] == ["second.tar"]


def test_two_of_one_name_at_once_are_each_whole(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests of the same second: while one writes, the other begins and ends."""
    target, original = tmp_path / "x.tar", archive.write
    seen: list[list[str]] = []

    def write(*arguments: Any) -> Any:
        manifest = original(*arguments)
        if not seen:
            seen.append([])
            archive.write_file(path, target)
            seen.append(members(target))
        return manifest

    monkeypatch.setattr(archive, "write", write)
    archive.write_file(path, target)
    assert seen[1] == members(target) and seen[1][:2] == ["manifest.json", "site.db"]
    assert archive.manifest_of(target)["files"] == 2


@pytest.mark.skipif(archive.fcntl is None, reason="needs flock")
def test_who_begins_is_not_swept_before_the_lock_is_held(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, swept = archive.fcntl.flock, list[Path]()

    def flock(lock: Any, how: int) -> None:
        if how == archive.fcntl.LOCK_EX and not swept:
            swept.extend(tmp_path.glob(".site.db-work-*"))
            for each in swept:
                archive._sweep(each)
        original(lock, how)

    monkeypatch.setattr(archive.fcntl, "flock", flock)
    with archive._workplace(path) as at_work:
        assert (swept, at_work.is_dir()) == ([at_work], True)


WHOLE = {"made": "2026-11-24 08:15:00", "database": {"size": 1, "sha256": ""}, "files": 0}


@pytest.mark.parametrize(
    "manifest",
    [
        [],
        {},
        {**WHOLE, "database": []},
        {**WHOLE, "database": {"size": 1}},
        {**WHOLE, "database": {"size": "1", "sha256": ""}},
        {**WHOLE, "files": "0"},
        {**WHOLE, "files": True},
        {each: WHOLE[each] for each in ("database", "files")},
    ],
    ids=json.dumps,
)
def test_a_manifest_that_lacks_something_is_told_when_it_is_looked_at(tmp_path: Path, manifest: object) -> None:
    text = json.dumps(manifest).encode()
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    with pytest.raises(DatabaseRefused, match="is no backup of frappe_lite"):
        archive.manifest_of(tmp_path / "x.tar.gz")


def test_a_backup_is_for_its_owner_only(path: str, tmp_path: Path) -> None:
    run("backup", "--database", path, "-o", str(tmp_path / "x.tar"))
    assert (tmp_path / "x.tar").stat().st_mode & 0o777 == 0o600


def test_a_backup_leaves_nothing_else_behind(path: str, tmp_path: Path) -> None:
    before = {each.name for each in tmp_path.iterdir()}
    run("backup", "--database", path, "-o", str(tmp_path / "x.tar.gz"))
    sqlites_own = {"site.db-wal", "site.db-shm"}
    assert {each.name for each in tmp_path.iterdir()} - before - sqlites_own == {"x.tar.gz"}


def test_the_key_of_passwords_is_not_in_a_backup(path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(f"{path}-key").write_bytes(b"k" * 32)
    run("backup", "--database", path, "-o", str(tmp_path / "x.tar"))
    assert b"k" * 32 not in (tmp_path / "x.tar").read_bytes()
    assert f"{path}-key, is not in it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--database", "nowhere.db"], 2, "there is no database nowhere.db"),
        (["--database", "PATH", "-o", "no/such/folder/x.tar"], 1, "is not a folder"),
    ],
)
def test_a_backup_that_cannot_be_made_says_why(
    path: str,
    arguments: list[str],
    status: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: Any,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("backup", *[path if each == "PATH" else each for each in arguments]) == status
    assert words in capsys.readouterr().err


def test_what_is_no_database_makes_no_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.db").write_text("hello " * 1000)
    assert run("backup", "--database", str(tmp_path / "text.db"), "-o", str(tmp_path / "x.tar")) == 1
    assert "cannot be copied" in capsys.readouterr().err
    assert not (tmp_path / "x.tar").exists()


def test_a_damaged_database_makes_no_backup_and_keeps_the_former(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "x.tar.gz"
    run("backup", "--database", path, "-o", str(target))
    good = target.read_bytes()
    raw = bytearray(Path(path).read_bytes())
    raw[8192 : 8192 + 4096] = b"\xaa" * 4096
    Path(path).write_bytes(bytes(raw))
    assert run("backup", "--database", path, "-o", str(target)) == 1
    assert target.read_bytes() == good
    assert not (tmp_path / "x.tar.gz.partial").exists()
    assert "damaged" in capsys.readouterr().err


def test_a_backup_under_writers_is_one_moment_and_holds_up_none(path: str, tmp_path: Path) -> None:
    """F12: parent and child rows are of one commit, and no writer waits for the copy."""
    site = frappe_lite.Site(path, synchronous="off")
    site.load(CONFORMANCE_APP)
    stop, waits, errors = threading.Event(), [0.0], []

    def write() -> None:
        try:
            while not stop.is_set():
                started = time.perf_counter()
                with site.acting() as ctx:
                    document.new(
                        ctx, {"doctype": "Task", "subject": "x", "checklist": [{"item": "a"}, {"item": "b"}]}
                    ).insert()
                waits.append(time.perf_counter() - started)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for each in threads:
        each.start()
    try:
        for number in range(3):
            archive.write_file(path, tmp_path / f"{number}.tar")
    finally:
        stop.set()
        for each in threads:
            each.join()
        site.close()
    assert errors == []
    assert max(waits) < 5
    for number in range(3):
        restored = tmp_path / f"restored{number}.db"
        archive.restore(tmp_path / f"{number}.tar", restored)
        with closing(sqlite3.connect(restored)) as sqlite:
            tasks = sqlite.execute("SELECT count(*) FROM tabTask").fetchone()[0]
            assert sqlite.execute('SELECT count(*) FROM "tabTask Checklist Item"').fetchone()[0] == 2 * tasks
            series = sqlite.execute("SELECT current FROM tabSeries WHERE name = 'TASK-'").fetchone()
            assert (series[0] if series else 0) == tasks


def test_a_file_deleted_during_the_copy_makes_it_anew(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = frappe_lite.Site(path)
    real, calls = archive.snapshot, []

    def delete_after_the_first(*arguments: Any) -> None:
        real(*arguments)
        calls.append(1)
        if len(calls) == 1:
            with site.acting() as ctx:
                name = ctx.store.database.row("SELECT name FROM tabFile WHERE file_name = 'a.txt'")[0]
                document.delete(ctx, "File", name)

    monkeypatch.setattr(archive, "snapshot", delete_after_the_first)
    manifest = archive.write_file(path, tmp_path / "x.tar")
    site.close()
    assert len(calls) == 2
    assert (manifest["files"], manifest["lost"]) == (1, [])


def test_a_lost_file_is_named_and_stops_no_backup(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = next(each for each in Path(f"{path}-files").rglob("*") if each.is_file())
    place.unlink()
    assert run("backup", "--database", path, "-o", str(tmp_path / "x.tar")) == 0
    assert "1 files that the database names were not there" in capsys.readouterr().out
    with tarfile.open(tmp_path / "x.tar") as tar:
        assert json.load(tar.extractfile("manifest.json"))["lost"] == [place.name]  # type: ignore[arg-type]


def test_files_kept_in_the_database_are_in_its_copy(tmp_path: Path) -> None:
    place = str(tmp_path / "inside.db")
    site = frappe_lite.Site(place, files="database")
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "File", "file_name": "a.txt", "content": "inside"}).insert()
    site.close()
    manifest = archive.write_file(place, tmp_path / "x.tar")
    assert (manifest["files"], manifest["lost"]) == (0, [])


# --- restore ---------------------------------------------------------------------------------------------


@pytest.fixture
def saved(path: str, tmp_path: Path) -> Path:
    target = tmp_path / "saved.tar.gz"
    archive.write_file(path, target)
    return target


def test_a_restored_site_has_its_documents_and_files(saved: Path, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere" / "new.db"
    place.parent.mkdir()
    assert run("restore", str(saved), "--database", str(place)) == 0
    site = frappe_lite.Site(str(place))
    client = ApiClient(site)
    assert client("GET /files/a.txt").data == b"content of a.txt"
    assert client("GET /private/files/b.txt").data == b"content of b.txt"
    site.close()
    assert notes(place) == ["note 0", "note 1", "note 2"]


def test_restore_takes_no_place_that_is_taken(saved: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(path).read_bytes()
    assert run("restore", str(saved), "--database", path) == 1
    assert "--force" in capsys.readouterr().err
    assert Path(path).read_bytes() == before


def test_with_force_what_was_there_is_kept_beside(saved: Path, path: str) -> None:
    site = frappe_lite.Site(path)
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Note", "title": "written later"}).insert()
    site.close()
    assert run("restore", str(saved), "--database", path, "--force") == 0
    assert notes(path) == ["note 0", "note 1", "note 2"]
    assert "written later" in notes(f"{path}.replaced")


def test_the_log_of_the_former_database_is_not_played_into_the_new(saved: Path, path: str, tmp_path: Path) -> None:
    """A -wal that lies beside a replaced file would be applied to it."""
    crashed = tmp_path / "crashed.db"
    site = frappe_lite.Site(path)
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Note", "title": "only in the log"}).insert()
    for rest in ("", "-wal"):
        Path(f"{crashed}{rest}").write_bytes(Path(f"{path}{rest}").read_bytes())
    site.close()
    assert run("restore", str(saved), "--database", str(crashed), "--force") == 0
    assert notes(crashed) == ["note 0", "note 1", "note 2"]
    assert "only in the log" in notes(f"{crashed}.replaced")


def test_even_a_damaged_database_is_kept(saved: Path, tmp_path: Path) -> None:
    place = tmp_path / "bad.db"
    place.write_bytes(b"no database at all")
    assert run("restore", str(saved), "--database", str(place), "--force") == 0
    assert notes(place) == ["note 0", "note 1", "note 2"]
    assert Path(f"{place}.replaced").read_bytes() == b"no database at all"


def test_a_plain_copy_of_a_database_can_be_restored(path: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with closing(Database(path)) as database:
        database.backup(copy)
    assert run("restore", str(copy), "--database", str(tmp_path / "new.db")) == 0
    assert notes(tmp_path / "new.db") == ["note 0", "note 1", "note 2"]


def repacked(saved: Path, change: Any) -> Path:
    """The archive with its members changed by `change(name, content) -> (name, content) or None`."""
    target = saved.with_name("repacked.tar")
    with tarfile.open(saved) as source, tarfile.open(target, "w") as tar:
        for entry in source:
            content = source.extractfile(entry).read()  # type: ignore[union-attr]
            changed = change(entry.name, content)
            if changed:
                made = tarfile.TarInfo(changed[0])
                made.size = len(changed[1])
                tar.addfile(made, io.BytesIO(changed[1]))
    return target


def _other_program(name: str, content: bytes) -> tuple[str, bytes]:
    return name, (b"SQLite format 3\0" + content[16:68] + b"\0\0\0\1" + content[72:] if name == "site.db" else content)


BAD_ARCHIVES = {
    "a file is changed": (
        lambda name, content: (name, content + b"!" if name.startswith("files/") else content),
        "another content than its name says",
    ),
    "a file is missing": (
        lambda name, content: None if name.startswith("files/") else (name, content),
        "not what its manifest says",
    ),
    "the database is changed": (_other_program, "not what its manifest says"),
    "no manifest": (lambda name, content: None if name == "manifest.json" else (name, content), "not a whole one"),
    "no database": (lambda name, content: None if name == "site.db" else (name, content), "not a whole one"),
    "a path out of it": (
        lambda name, content: ("../../evil" if name == "manifest.json" else name, content),
        "it holds ../../evil",
    ),
    "an absolute path": (
        lambda name, content: ("/tmp/evil" if name == "manifest.json" else name, content),
        "is no backup",
    ),
}


@pytest.mark.parametrize("case", sorted(BAD_ARCHIVES))
def test_a_bad_archive_is_refused_and_nothing_is_touched(
    case: str, saved: Path, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, words = BAD_ARCHIVES[case]
    bad, before = repacked(saved, change), Path(path).read_bytes()
    assert run("restore", str(bad), "--database", path, "--force") == 1
    assert words in capsys.readouterr().err
    assert Path(path).read_bytes() == before
    assert not Path(f"{path}.replaced").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no file"),
        (b"", "is no backup of frappe_lite"),
        (b"hello", "is no backup of frappe_lite"),
        (b"SQLite format 3\0" + b"\0" * 100, "source: its database is "),
    ],
    ids=["absent", "empty", "text", "broken database"],
)
def test_what_is_no_backup_is_refused(
    content: bytes | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "source"
    if content is not None:
        source.write_bytes(content)
    assert run("restore", str(source), "--database", str(tmp_path / "new.db")) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "new.db").exists()


def test_a_cut_archive_is_refused(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
    assert run("restore", str(saved), "--database", str(tmp_path / "new.db")) == 1
    assert "is no backup of frappe_lite, or is damaged" in capsys.readouterr().err


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as sqlite:
        sqlite.execute("CREATE TABLE t (x)")
    with pytest.raises(DatabaseRefused, match="another program"):
        archive.restore(other, tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


# --- the web page's methods ------------------------------------------------------------------------------


@pytest.fixture
def served(path: str) -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site(path)
    yield site
    site.close()


def test_status_tells_sizes_and_documents(served: frappe_lite.Site, path: str) -> None:
    found = ApiClient(served)("GET /api/method/frappe_lite.database.status").get_json()["message"]
    assert found["path"] == path
    assert found["size"] == Path(path).stat().st_size
    assert found["files_size"] == len("content of a.txt") + len("content of b.txt")
    assert found["wal_size"] > 0
    counts = {each["doctype"]: (each["count"], each["exact"]) for each in found["documents"]}
    assert counts["Note"] == (3, True)
    assert counts["User"] == (2, True)
    assert "Has Role" not in counts
    assert "System Settings" not in counts


def test_large_tables_are_estimated(served: frappe_lite.Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "COUNTED", 2)
    found = ApiClient(served)("GET /api/method/frappe_lite.database.status").get_json()["message"]
    assert {"doctype": "Note", "count": 3, "exact": False} in found["documents"]


def test_the_growth_has_a_sample_a_day(served: frappe_lite.Site, path: str) -> None:
    today = frappe_lite.utils.nowdate()
    for days, size in ((1, 100), (29, 200), (30, 300), (500, 400)):
        status.keep_sample(served)
        served.database.execute(
            'INSERT INTO "__growth" VALUES (?, ?)', (frappe_lite.utils.add_days(today, -days), size)
        )
    status.keep_sample(served)
    served.database.commit()
    growth = ApiClient(served)("GET /api/method/frappe_lite.database.status").get_json()["message"]["growth"]
    assert [each["size"] for each in growth] == [200, 100, Path(path).stat().st_size]
    assert growth[-1]["date"] == today
    assert served.database.row('SELECT count(*) FROM "__growth"')[0] == 4, "the one of 500 days ago is gone"


def test_the_first_request_of_a_day_keeps_the_sample(served: frappe_lite.Site) -> None:
    ApiClient(served)("GET /api/method/ping")
    deadline = time.monotonic() + 10
    found = None
    while found is None and time.monotonic() < deadline:
        if served.database.row("SELECT 1 FROM sqlite_master WHERE name = '__growth'"):
            found = served.database.row('SELECT size FROM "__growth"')
    assert found is not None
    assert found[0] > 0


def test_a_site_in_memory_keeps_no_samples(site: frappe_lite.Site) -> None:
    assert not any(isinstance(each, status.Sampler) for each in site.extensions.before)
    growth = ApiClient(site)("GET /api/method/frappe_lite.database.status").get_json()["message"]["growth"]
    assert len(growth) == 1


def test_the_backup_comes_as_a_download_that_can_be_restored(served: frappe_lite.Site, tmp_path: Path) -> None:
    answer = ApiClient(served)("POST /api/method/frappe_lite.database.backup")
    assert answer.status_code == 200
    assert re.fullmatch(
        r"attachment; filename=site-\d{4}-\d\d-\d\d-\d{6}\.tar\.gz", answer.headers["Content-Disposition"]
    )
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    (tmp_path / "got.tar.gz").write_bytes(answer.data)
    archive.restore(tmp_path / "got.tar.gz", tmp_path / "new.db")
    assert notes(tmp_path / "new.db") == ["note 0", "note 1", "note 2"]


@pytest.mark.parametrize(("verb", "name"), [("GET", "status"), ("POST", "backup")])
def test_only_a_system_manager_looks_after_the_database(
    served: frappe_lite.Site, new_user: Any, verb: str, name: str
) -> None:
    request = f"{verb} /api/method/frappe_lite.database.{name}"
    assert new_user(served, "ann@example.com")(request).status_code == 403
    assert ApiClient(served, None)(request).status_code == 403
    assert new_user(served, "sue@example.com", "System Manager")(request).status_code == 200


@pytest.mark.parametrize(("verb", "name"), [("POST", "status"), ("GET", "backup")])
def test_each_has_its_verb(served: frappe_lite.Site, verb: str, name: str) -> None:
    assert ApiClient(served)(f"{verb} /api/method/frappe_lite.database.{name}").status_code == 403
