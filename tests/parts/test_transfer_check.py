"""`frappe-lite check`: each thing that can be wrong in a file is found, and nothing else."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import frappe_lite
from conftest import AppSite
from frappe_lite import document
from frappe_lite.command import cli
from frappe_lite.parts.transfer.check import findings


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound site with documents of every kind."""
    place = tmp_path_factory.mktemp("template") / "site.db"
    site = AppSite(str(place), synchronous="off")
    with site.acting() as ctx:
        for _ in range(3):
            document.new(ctx, {"doctype": "Task", "subject": "x", "checklist": [{"item": "a"}]}).insert()
            document.new(ctx, {"doctype": "Auto Doc", "title": "x"}).insert()
            document.new(ctx, {"doctype": "Format Doc", "category": "X"}).insert()
        invoice = document.new(
            ctx, {"doctype": "Invoice", "customer": "ann", "items": [{"item": "x", "qty": 1, "rate": 2}]}
        ).insert()
        invoice.submit()
        invoice.cancel()
        document.new(
            ctx,
            {
                "doctype": "Invoice",
                "customer": "ann",
                "amended_from": invoice.name,
                "items": [{"item": "x", "qty": 1, "rate": 2}],
            },
        ).insert()
        document.new(ctx, {"doctype": "File", "file_name": "a.txt", "content": "content"}).insert()
        document.new(
            ctx, {"doctype": "User", "email": "ann@x.org", "first_name": "Ann", "roles": [{"role": "Task User"}]}
        ).insert()
    site.close()
    return place


@pytest.fixture
def path(template: Path, tmp_path: Path) -> str:
    shutil.copytree(f"{template}-files", tmp_path / "site.db-files")
    return str(shutil.copy(template, tmp_path / "site.db"))


def spoil(path: str, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as sqlite:
        for each in statements:
            sqlite.execute(each)
        sqlite.commit()


def told(path: str) -> list[str]:
    return [str(each) for each in findings(path)]


def test_a_sound_site_is_sound(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(path) == []
    assert cli.main(["check", "--database", path]) == 0
    assert capsys.readouterr().out == f"{path}, {Path(path).stat().st_size:,} bytes: sound, 0 notes.\n"


_ROWS_OF = "DELETE FROM tab{} WHERE parent = '{}'"
WRONG = {
    "a child row without its document": (
        ["DELETE FROM tabTask WHERE name = 'TASK-00002'"],
        ["error: tabTask Checklist Item: 1 rows belong to a Task that is not there, such as TASK-00002"],
    ),
    "a child row of a DocType that is none": (
        ["UPDATE \"tabTask Checklist Item\" SET parenttype = 'Nowhere' WHERE parent = 'TASK-00001'"],
        ["error: tabTask Checklist Item: 1 rows belong to a Nowhere, which is no DocType here (parent TASK-00001)"],
    ),
    "a child row of a field that is none": (
        ["UPDATE \"tabTask Checklist Item\" SET parentfield = 'gone'"],
        [
            (
                "note: tabTask Checklist Item: 3 rows belong to Task.gone, which is no table of such rows (parent "
                "TASK-00001)"
            )
        ],
    ),
    "a DocType without its table": (['DROP TABLE "tabHash Doc"'], ["error: DocType Hash Doc has no table"]),
    "a table without its DocType": (
        ['CREATE TABLE "tabOld Thing" (name)', "INSERT INTO \"tabOld Thing\" VALUES ('a')"],
        ["note: tabOld Thing: a table of 1 rows whose DocType is gone"],
    ),
    "a column that lacks": (
        ['ALTER TABLE "tabHash Doc" DROP COLUMN value'],
        ["error: tabHash Doc has no column value"],
    ),
    "a column that is left": (
        ['ALTER TABLE "tabHash Doc" ADD COLUMN old'],
        ["note: tabHash Doc has columns of fields that are gone: old"],
    ),
    "a DocType without its document": (
        [
            "DELETE FROM tabDocType WHERE name = 'Hash Doc'",
            *(_ROWS_OF.format(table, "Hash Doc") for table in ("DocField", "DocPerm")),
        ],
        ["error: DocType Hash Doc is in use, but has no document"],
    ),
    "a DocType that is not in use": (
        ["DELETE FROM \"__meta\" WHERE name = 'Prompt Doc'"],
        [
            "note: tabPrompt Doc: a table of 0 rows whose DocType is gone",
            "error: DocType Prompt Doc has a document, but is not in use",
        ],
    ),
    "a DocType that is no DocType": (
        ["UPDATE \"__meta\" SET json = '{broken' WHERE name = 'Prompt Doc'"],
        ["error: DocType Prompt Doc cannot be read: what is kept of it is no DocType"],
    ),
    "a child table that is not here": (
        [
            "DELETE FROM \"__meta\" WHERE name = 'Task Watcher'",
            "DELETE FROM tabDocType WHERE name = 'Task Watcher'",
            _ROWS_OF.format("DocField", "Task Watcher"),
            'DROP TABLE "tabTask Watcher"',
        ],
        ["note: Task: the rows of watchers are of the DocType Task Watcher, which is not there"],
    ),
    "a counter below its names": (
        ["UPDATE tabSeries SET current = 1 WHERE name = 'TASK-'"],
        ["error: counter TASK- of Task stands at 1, but 3 is given out already"],
    ),
    "a counter that is gone": (
        ["DELETE FROM tabSeries WHERE name = ''"],
        ["error: counter (empty) of Format Doc stands at 0, but 3 is given out already"],
    ),
    "a counter of numbers": (
        ["UPDATE tabSeries SET current = 2 WHERE name = 'Auto Doc:autoincrement'"],
        ["error: counter Auto Doc:autoincrement of Auto Doc stands at 2, but 3 is given out already"],
    ),
    "a counter above its names": (["UPDATE tabSeries SET current = 99 WHERE name = 'TASK-'"], []),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_what_is_wrong_is_found(path: str, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    statements, wanted = WRONG[case]
    spoil(path, *statements)
    assert told(path) == wanted
    assert cli.main(["check", "--database", path]) == int(any(each.startswith("error") for each in wanted))
    assert capsys.readouterr().out.splitlines()[:-1] == wanted


def _one(path: str) -> Path:
    return next(each for each in Path(f"{path}-files").rglob("*") if each.is_file())


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "gone": (lambda place: place.unlink(), "its content is not there"),
    "cut": (lambda place: place.write_bytes(b"con"), "its content has 3 bytes, not 7"),
    "spare": (
        lambda place: place.with_name("0" * 64).write_bytes(b"x"),
        "1 contents of files that no File names, such as ",
    ),
}


@pytest.mark.parametrize("case", sorted(FILES))
def test_files_and_their_contents_belong_together(path: str, case: str) -> None:
    change, words = FILES[case]
    change(_one(path))
    found = told(path)
    assert len(found) == 1
    assert words in found[0]
    assert found[0].startswith("note" if case == "spare" else "error")


def test_contents_in_the_database_are_found_there(tmp_path: Path) -> None:
    place = str(tmp_path / "inside.db")
    site = frappe_lite.Site(place, files="database")
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "File", "file_name": "a.txt", "content": "inside"}).insert()
    site.close()
    assert told(place) == []
    spoil(place, 'DELETE FROM "__file"')
    assert len(told(place)) == 1


def test_custom_fields_have_their_columns(path: str) -> None:
    site = frappe_lite.Site(path)
    with site.acting() as ctx:
        document.new(
            ctx, {"doctype": "Custom Field", "dt": "Task", "fieldname": "mood", "fieldtype": "Data", "label": "Mood"}
        ).insert()
    site.close()
    assert told(path) == []
    spoil(path, 'DELETE FROM "tabCustom Field"')
    assert told(path) == ["note: tabTask has columns of fields that are gone: mood"]


def test_children_of_numbered_documents_are_no_orphans(path: str) -> None:
    site = frappe_lite.Site(path)
    with site.acting() as ctx:
        fields = [{"fieldname": "lines", "fieldtype": "Table", "options": "Task Watcher"}]
        document.new(
            ctx,
            {
                "doctype": "DocType",
                "name": "Leaflet",
                "module": "Custom",
                "custom": 1,
                "autoname": "autoincrement",
                "fields": fields,
            },
        ).insert()
        document.new(ctx, {"doctype": "Leaflet", "lines": [{"user": "Guest"}]}).insert()
    site.close()
    assert told(path) == []
    spoil(path, "DELETE FROM tabLeaflet")
    assert told(path) == ["error: tabTask Watcher: 1 rows belong to a Leaflet that is not there, such as 1"]


def test_a_damaged_file_is_told_and_looked_at_no_further(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    raw = bytearray(Path(path).read_bytes())
    middle = len(raw) // 2 // 4096 * 4096
    raw[middle : middle + 8192] = b"\xaa" * 8192
    Path(path).write_bytes(bytes(raw))
    assert cli.main(["check", "--database", path]) == 1
    out = capsys.readouterr()
    assert "the file is damaged: " in out.out or "cannot be read as a database" in out.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no database"),
        (b"", "holds no site of frappe_lite"),
        (b"hello" * 1000, "cannot be read as a database"),
    ],
    ids=["absent", "empty", "text"],
)
def test_what_is_no_site_is_refused_and_stays(
    content: bytes | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "x.db"
    if content is not None:
        place.write_bytes(content)
    assert cli.main(["check", "--database", str(place)]) == (2 if content is None else 1)
    assert words in capsys.readouterr().err
    assert (place.read_bytes() if place.exists() else None) == content


def test_another_programs_database_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(str(tmp_path / "x.db"), "CREATE TABLE t (x)")
    assert cli.main(["check", "--database", str(tmp_path / "x.db")]) == 1
    assert "holds no site of frappe_lite" in capsys.readouterr().err


def test_a_site_that_is_served_can_be_checked(path: str) -> None:
    site = AppSite(path)
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Task", "subject": "x"}).insert()
        assert told(path) == []
    site.close()
