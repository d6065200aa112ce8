"""kill -9 at every moment: what was acknowledged is there, what was begun is there as a whole or not at all."""

from __future__ import annotations

import contextlib
import io
import sqlite3
from pathlib import Path

import pytest

import frappe_lite
from conftest import ApiClient
from fault_tools import integrity, kill_child, open_orders, run_child

INSERTS = """
    site = open_orders(sys.argv[1])
    def work(number):
        while True:
            with site.acting() as ctx:
                name = document.new(ctx, {"doctype": "Order", "title": str(number), "rows": [{"number": each} for each in range(5)]}).insert().name
            say(name)
    for number in range(int(sys.argv[2])):
        threading.Thread(target=work, args=(number,)).start()
"""


def test_killed_while_parents_with_children_are_inserted(tmp_path: Path) -> None:
    """F01: every acknowledged parent is there, each with its five children; no repair is needed."""
    acknowledged: list[str] = []
    for _ in range(2):
        acknowledged += kill_child(INSERTS, tmp_path / "a.db", 4, lines=60)
    assert integrity(tmp_path / "a.db") == "ok"
    site = open_orders(tmp_path / "a.db")
    rows = site.database.rows(
        'SELECT name, (SELECT count(*) FROM "tabRow" WHERE parent = "tabOrder".name) FROM "tabOrder"'
    )
    children = site.database.row('SELECT count(*) FROM "tabRow"')[0]
    site.close()
    assert set(acknowledged) <= {name for name, _ in rows}
    assert {count for _, count in rows} == {5}
    assert children == 5 * len(rows), "no row without its parent"


def test_killed_while_names_are_counted(tmp_path: Path) -> None:
    """F32: twenty at once, killed, and twenty again: no name was given twice. Gaps may be."""
    first = kill_child(INSERTS, tmp_path / "a.db", 20, lines=40)
    second = kill_child(INSERTS, tmp_path / "a.db", 20, lines=40)
    assert len(set(first + second)) == len(first) + len(second)


def test_killed_between_commit_and_answer(tmp_path: Path) -> None:
    """F02: the client hears nothing, the document is there.

    Asking again with the same name is 409, not a second document.
    """
    script = """
        from conftest import ApiClient
        client = ApiClient(open_orders(sys.argv[1]))
        commit = client.site.database.commit
        def commit_and_die():
            writing = client.site.database.writing
            commit()
            if writing and threading.current_thread() is threading.main_thread():  # not one of the server's own jobs
                die()
        client.site.database.commit = commit_and_die
        say(client("POST /api/resource/Named", {"name": "mine"}).status_code)
    """
    assert run_child(script, tmp_path / "a.db", status=-9) == []
    site = open_orders(tmp_path / "a.db")
    answer = ApiClient(site)("POST /api/resource/Named", {"name": "mine"})
    assert (answer.status_code, answer.json["exc_type"]) == (409, "DuplicateEntryError")
    assert site.database.row('SELECT count(*) FROM "tabNamed"') == (1,)
    site.close()


UPLOAD = """
    import io
    from conftest import ApiClient
    from frappe_lite.parts.files import contents as file_contents
    client = ApiClient(frappe_lite.Site(sys.argv[1]))
    place, name = {"write": (file_contents, "open"), "sync": (os, "fsync"), "rename": (os, "replace"), "commit": (client.site.database, "commit")}[sys.argv[2]]
    if name == "open":
        class Torn(io.FileIO):
            def write(self, content):
                super().write(content[:1000])
                die()
        setattr(place, name, lambda path, mode, opener: Torn(path, "w"))
    else:
        setattr(place, name, lambda *_: die())
    say(client("POST /api/method/upload_file", data={"file": (io.BytesIO(b"x" * 400_000), "big.bin"), "is_private": "1"}).status_code)
"""


@pytest.mark.parametrize("moment", ["write", "sync", "rename", "commit"])
def test_killed_while_a_file_is_uploaded(tmp_path: Path, moment: str) -> None:
    """F03: no File without its content, and never a part of a content under its name.

    What was left over does no harm.
    """
    assert run_child(UPLOAD, tmp_path / "a.db", moment, status=-9) == []
    folder = tmp_path / "a.db-files"
    whole = [each for each in folder.rglob("*") if each.is_file() and each.suffix != ".partial"]
    assert [each.stat().st_size for each in whole] == ([400_000] if moment == "commit" else [])
    site = frappe_lite.Site(str(tmp_path / "a.db"))
    assert site.database.row("SELECT count(*) FROM tabFile WHERE file_name = 'big.bin'") == (0,)
    client = ApiClient(site)
    sent = client(
        "POST /api/method/upload_file", data={"file": (io.BytesIO(b"x" * 400_000), "big.bin"), "is_private": "1"}
    )
    assert sent.status_code == 200
    assert client(f"GET {sent.json['message']['file_url']}").data == b"x" * 400_000
    site.close()


def test_killed_while_doctypes_are_made(tmp_path: Path) -> None:
    """F04: a DocType and its table are there together, or not at all."""
    script = """
        site = open_orders(sys.argv[1])
        for number in range(10_000):
            with site.acting() as ctx:
                fields = [{"fieldname": f"field_{each}", "fieldtype": "Data", "search_index": 1} for each in range(5)]
                document.new(ctx, {"doctype": "DocType", "name": f"Made {number}", "module": "Custom", "custom": 1, "fields": fields}).insert()
            say(f"Made {number}")
    """
    said = kill_child(script, tmp_path / "a.db", lines=4)
    site = open_orders(tmp_path / "a.db")
    doctypes = {row[0] for row in site.database.rows("SELECT name FROM tabDocType WHERE name LIKE 'Made %'")}
    kept = {row[0] for row in site.database.rows("SELECT name FROM __meta WHERE name LIKE 'Made %'")}
    tables = {
        row[0][3:]
        for row in site.database.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'tabMade %'")
    }
    indexes = site.database.row(
        "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name LIKE 'tabMade %field_%'"
    )[0]
    site.close()
    assert set(said) <= doctypes == kept == tables
    assert indexes == 5 * len(tables)


UPKEEP = {
    "checkpoint": "database.checkpoint(truncate=True)",
    "vacuum": "database.connection.sqlite.execute('VACUUM')",
    "backup": "database.backup(sys.argv[1] + '-backup')",
}


@pytest.mark.parametrize("what", UPKEEP)
def test_killed_during_upkeep(tmp_path: Path, what: str) -> None:
    """F05: the file opens and is whole.

    A backup is complete or absent, and what a killed one left does not disturb the next.
    """
    script = f"""
        site = open_orders(sys.argv[1])
        database = site.database
        with site.acting() as ctx:
            for number in range(200):
                document.new(ctx, {{"doctype": "Order", "notes": "x" * 2000}}).insert()
        def upkeep():
            while True:
                {UPKEEP[what]}
                say("done")
        threading.Thread(target=upkeep).start()
        while True:
            with site.acting() as ctx:
                name = document.new(ctx, {{"doctype": "Order"}}).insert().name
            say(name)
    """
    path = tmp_path / "a.db"
    said = kill_child(script, path, lines=30)
    assert integrity(path) == "ok"
    site = open_orders(path)
    assert set(said) - {"done"} <= {row[0] for row in site.database.rows('SELECT name FROM "tabOrder"')}
    backup = tmp_path / "a.db-backup"
    assert not backup.exists() or integrity(backup) == "ok"
    site.database.backup(backup)
    assert integrity(backup) == "ok"
    site.close()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_tables_change(tmp_path: Path, moment: str) -> None:
    """F46: an app whose DocTypes grew is loaded and killed in the middle: nothing of it is there, or all.

    The next start goes on.
    """
    app = tmp_path / "shop_app"
    app.mkdir()
    (app / "one.json").write_text(
        '{"doctype": "DocType", "name": "One", "module": "Shop", "fields": [{"fieldname": "a", "fieldtype": "Data"}]}'
    )
    (app / "two.json").write_text(
        '{"doctype": "DocType", "name": "Two", "module": "Shop", "fields": [{"fieldname": "a", "fieldtype": "Data"}]}'
    )
    site = frappe_lite.Site(str(tmp_path / "a.db"))
    site.load(app)
    site.close()
    for name in ("one", "two"):
        text = (app / f"{name}.json").read_text()
        (app / f"{name}.json").write_text(text.replace("]}", ', {"fieldname": "b", "fieldtype": "Data"}]}'))
    script = """
        site = frappe_lite.Site(sys.argv[1])
        sync = site.store.sync_table
        seen = []
        def sync_and_die(meta):
            if seen and sys.argv[3] == "before":
                die()
            sync(meta)
            seen.append(meta.name)
            if len(seen) == 2:
                die()
        site.store.sync_table = sync_and_die
        site.load(sys.argv[2])
    """
    run_child(script, tmp_path / "a.db", app, moment, status=-9)

    def columns() -> list[bool]:
        with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as plain:
            return [
                "b" in {row[1] for row in plain.execute(f'PRAGMA table_info("tab{name}")')} for name in ("One", "Two")
            ]

    assert columns() == [False, False]
    site = frappe_lite.Site(str(tmp_path / "a.db"))
    site.load(app)
    site.close()
    assert columns() == [True, True]
