"""`frappe-lite import` and `export` as a person types them: what is kept, what is refused, and how it is told."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import CONFORMANCE_APP, AppSite
from frappe_lite import document
from frappe_lite.command import cli
from frappe_lite.doctype.meta import DocType
from frappe_lite.parts.transfer import importing, series

APP = ["--app", str(CONFORMANCE_APP)]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site on disk with the conformance app and one Project, made once."""
    place = tmp_path_factory.mktemp("template") / "site.db"
    site = AppSite(str(place), synchronous="off")
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Project", "title": "Alpha", "status": "Completed"}).insert()
    site.close()
    return place


@pytest.fixture
def path(template: Path, tmp_path: Path) -> str:
    """A copy of it."""
    return str(shutil.copy(template, tmp_path / "site.db"))


class Person:
    """Somebody at a terminal: `person("import", "a.csv")` -> exit status; `out` and `err` are what was printed."""

    def __init__(self, path: str, capsys: pytest.CaptureFixture[str], folder: Path):
        self.path, self.capsys, self.folder = path, capsys, folder
        self.out = self.err = ""

    def __call__(self, command: str, *arguments: str) -> int:
        self.capsys.readouterr()
        status = cli.main([command, "--database", self.path, *APP, *arguments])
        self.out, self.err = self.capsys.readouterr()
        return status

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def rows(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.path)) as sqlite:
            return sqlite.execute(sql).fetchall()


@pytest.fixture
def person(path: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Person:
    return Person(path, capsys, tmp_path)


# --- what is imported ------------------------------------------------------------------------------------


def test_rows_become_documents_by_the_same_rules_as_requests(person: Person) -> None:
    """Defaults, the controller's validate and before_save, values fetched through links, names by the series."""
    file = person.file(
        "task.csv",
        "Subject,Project,Item (Checklist),Qty (Checklist),Rate (Checklist)\nfirst,alpha,a,2,1.5\n,,b,3,2\nsecond,,,,\n",
    )
    assert person("import", file) == 0
    assert person.out == "2 created, 0 updated.\n"
    assert person.rows(
        "SELECT name, subject, status, computed, project, project_status, owner FROM tabTask ORDER BY name"
    ) == [
        ("TASK-00001", "first", "Open", "FIRST", "Alpha", "Completed", "Administrator"),
        ("TASK-00002", "second", "Open", "SECOND", None, None, "Administrator"),
    ]
    assert person.rows('SELECT parent, idx, item, amount FROM "tabTask Checklist Item" ORDER BY idx') == [
        ("TASK-00001", 1, "a", 3.0),
        ("TASK-00001", 2, "b", 6.0),
    ]


def test_given_names_are_kept_and_not_given_out_again(person: Person) -> None:
    assert person("import", person.file("task.csv", "ID,Subject\nTASK-00007,seven\nOwn name,own\n,counted\n")) == 0
    assert [row[0] for row in person.rows("SELECT name FROM tabTask ORDER BY rowid")] == [
        "TASK-00007",
        "Own name",
        "TASK-00001",
    ]
    assert person("import", person.file("task.csv", "Subject\nnext\n")) == 0
    assert person.rows("SELECT name FROM tabTask WHERE subject = 'next'") == [("TASK-00008",)]


@pytest.mark.parametrize(
    ("doctype", "text", "names"),
    [
        ("Project", "Title\nBeta\n", ["Alpha", "Beta"]),
        ("Prompt Doc", "ID,Title\nmine,x\n", ["mine"]),
        ("Invoice", "Customer,Item (Items),Series\nann,x,\n", None),
        ("Format Doc", "Category\nX\n", ["FD-X-001"]),
        ("Auto Doc", "Title\nx\ny\n", [1, 2]),
        ("Auto Doc", "ID,Title\n41,x\n,y\n", [41, 1]),
    ],
)
def test_each_naming_rule(person: Person, doctype: str, text: str, names: list[Any] | None) -> None:
    file = person.file("x.csv", text)
    status = person("import", file, "--doctype", doctype)
    if names is None:
        assert status == 1
        assert 'has no field "Series"; did you mean "Naming Series"?' in person.err
    else:
        assert status == 0
        assert sorted((row[0] for row in person.rows(f'SELECT name FROM "tab{doctype}"')), key=str) == sorted(
            names, key=str
        )


def test_documents_may_link_to_later_ones_of_the_file(person: Person) -> None:
    file = person.file("task.csv", "ID,Subject,Parent Task\na,first,b\nb,second,c\nc,third,\nd,lost,nowhere\n")
    assert person("import", file, "--skip-errors") == 1
    assert person.out == "3 created, 0 updated, 1 refused.\n"
    assert person.err == "row 5, Parent Task: Could not find Parent Task: nowhere\n"
    assert person.rows("SELECT name, parent_task FROM tabTask ORDER BY name") == [("a", "b"), ("b", "c"), ("c", None)]


def test_submitted_documents_are_submitted(person: Person) -> None:
    lines = [
        {
            "doctype": "Invoice",
            "name": "INV-1",
            "customer": "ann",
            "docstatus": 1,
            "items": [{"item": "x", "qty": 1, "rate": 2}],
        },
        {"doctype": "Task", "subject": "x", "docstatus": 0},
    ]
    assert person("import", person.file("x.jsonl", "\n".join(map(json.dumps, lines)))) == 0
    assert person.rows("SELECT docstatus FROM tabInvoice") == [(1,)]
    assert person.rows('SELECT docstatus FROM "tabInvoice Item"') == [(1,)]


def test_a_single_is_set(person: Person) -> None:
    assert person("import", person.file("x.jsonl", '{"doctype": "Conformance Settings", "company": "Here"}')) == 0
    assert person.rows("SELECT value FROM tabSingles WHERE doctype = 'Conformance Settings' AND field = 'company'") == [
        ("Here",)
    ]


# --- update ----------------------------------------------------------------------------------------------


def test_update_changes_what_the_file_says_and_inserts_the_rest(person: Person) -> None:
    person("import", person.file("task.csv", "ID,Subject,Points,Item (Checklist)\na,one,5,x\n,,,y\n"))
    creation = person.rows("SELECT creation FROM tabTask")
    assert person("import", person.file("task.csv", "ID,Subject,Points\na,changed,\nb,new,7\n"), "--update") == 0
    assert person.out == "1 created, 1 updated.\n"
    assert person.rows("SELECT name, subject, points, computed FROM tabTask ORDER BY name") == [
        ("a", "changed", 5, "CHANGED"),
        ("b", "new", 7, "NEW"),
    ]
    assert person.rows("SELECT creation FROM tabTask WHERE name = 'a'") == creation
    assert len(person.rows('SELECT 1 FROM "tabTask Checklist Item"')) == 2, "a table that the file does not have stays"


def test_update_replaces_a_table_that_the_file_has(person: Person) -> None:
    person("import", person.file("task.csv", "ID,Subject,Item (Checklist)\na,one,x\n,,y\n"))
    kept = person.rows("SELECT name FROM \"tabTask Checklist Item\" WHERE item = 'y'")[0][0]
    assert (
        person(
            "import",
            person.file("task.csv", f"ID,ID (Checklist),Item (Checklist)\na,{kept},changed\n,,new\n"),
            "--update",
        )
        == 0
    )
    assert person.rows('SELECT name, item FROM "tabTask Checklist Item" ORDER BY idx')[0] == (kept, "changed")
    assert [row[0] for row in person.rows('SELECT item FROM "tabTask Checklist Item" ORDER BY idx')] == [
        "changed",
        "new",
    ]


def test_without_update_an_existing_document_is_refused(person: Person) -> None:
    assert person("import", person.file("project.csv", "ID,Title\nAlpha,Alpha\n")) == 1
    assert person.err == "row 2: Project Alpha already exists\n"


def test_an_import_writes_no_versions(person: Person) -> None:
    person("import", person.file("task.csv", "ID,Subject\na,one\n"))
    person("import", person.file("task.csv", "ID,Subject\na,two\n"), "--update")
    assert person.rows("SELECT count(*) FROM tabVersion") == [(0,)]


# --- what is refused -------------------------------------------------------------------------------------

REFUSED = {
    "a mandatory value": ("Subject,Points\n,5\n", "row 2, Subject: Error: Value missing for Task: Subject"),
    "a mandatory value of a child row": (
        "Subject,Qty (Checklist)\nx,1\n,2\n",
        "row 2, checklist.item: Error: Task Checklist Item Row #1: Value missing for: Item",
    ),
    "a choice": (
        "Subject,Priority\nx,Urgent\n",
        'row 2, Priority: Priority cannot be "Urgent". It should be one of "Low", "Medium", "High"',
    ),
    "a link": ("Subject,Project\nx,Nowhere\n", "row 2, Project: Could not find Project: Nowhere"),
    "a link of a child row": (
        "Subject,Item (Checklist),Assignee (Checklist)\nx,a,\n,b,nobody\n",
        "row 3, Assignee (Checklist): Could not find Row #2: Assignee: nobody",
    ),
    "a length": (f"Subject,Short\nx,{'y' * 200}\n", "row 2, Short: "),
    "an email": ("Subject,Email\nx,no address\n", "row 2, "),
    "a unique value": ("Subject,Code\nx,one\ny,one\n", "row 3, Code: Code must be unique"),
    "a controller's throw": ("Subject\nforbidden\n", "row 2, Subject: Subject is forbidden"),
    "an ID twice": ("ID,Subject\na,x\nb,y\nA,z\n", 'row 4, ID: "A" stands in row 2 already'),
    "a number": ("Subject,Points\nx,many\n", 'row 2, Points: "many" is no number, such as 1234.5'),
    "a local date": (
        "Subject,Due Date\nx,31.12.2026\n",
        (
            'row 2, Due Date: "31.12.2026" is no date in the form yyyy-mm-dd; write 2026-12-31, or say --date-format '
            "dd.mm.yyyy"
        ),
    ),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_a_refused_row_is_told_by_row_and_column_and_nothing_is_kept(person: Person, case: str) -> None:
    text, words = REFUSED[case]
    assert person("import", person.file("task.csv", text)) == 1
    assert person.err.startswith(words), person.err
    assert person.out.startswith("Nothing was imported: 1 of ")
    assert person.rows("SELECT count(*) FROM tabTask") == [(0,)]
    assert person.rows('SELECT count(*) FROM "tabTask Checklist Item"') == [(0,)]
    assert person.rows("SELECT * FROM tabSeries WHERE name = 'TASK-'") == []


def test_all_wrong_rows_are_named_not_only_the_first(person: Person) -> None:
    assert person("import", person.file("task.csv", "Subject,Points\na,1\n,2\nb,x\nforbidden,1\n")) == 1
    assert [line.partition(":")[0] for line in person.err.splitlines()] == [
        "row 3, Subject",
        "row 4, Points",
        "row 5, Subject",
    ]
    assert person.out == "Nothing was imported: 3 of 4 documents are wrong. --skip-errors imports the others.\n"


def test_skip_errors_keeps_the_right_ones_and_writes_the_others_out(person: Person) -> None:
    rejects = person.folder / "rejects.csv"
    file = person.file("task.csv", "Subject,Points,Item (Checklist)\na,1,\n,2,\nb,x,one\n,,two\nc,3,\n")
    assert person("import", file, "--skip-errors", "--rejects", str(rejects)) == 1
    assert person.out == "2 created, 0 updated, 2 refused.\n"
    assert [row[0] for row in person.rows("SELECT subject FROM tabTask")] == ["a", "c"]
    with open(rejects, newline="") as source:
        assert list(csv.reader(source)) == [
            ["Subject", "Points", "Item (Checklist)"],
            ["", "2", ""],
            ["b", "x", "one"],
            ["", "", "two"],
        ]
    rejects.write_text(rejects.read_text().replace(",2,", "corrected,2,").replace("b,x", "b,4"))
    assert person("import", str(rejects), "--doctype", "Task") == 0
    assert [row[0] for row in person.rows("SELECT subject FROM tabTask")] == ["a", "c", "corrected", "b"]


def test_rejected_lines_are_written_as_they_were(person: Person) -> None:
    rejects = person.folder / "rejects.jsonl"
    lines = ['{"doctype": "Task",   "subject": "forbidden"}', "{broken", '{"doctype": "Task", "subject": "ok"}']
    assert person("import", person.file("x.jsonl", "\n".join(lines)), "--skip-errors", "--rejects", str(rejects)) == 1
    assert rejects.read_text().splitlines() == lines[:2]


def test_a_dry_run_checks_everything_and_keeps_nothing(person: Person) -> None:
    before = person.rows("SELECT sum(current) FROM tabSeries")
    assert person("import", person.file("task.csv", "Subject\na\nb\n"), "--dry-run") == 0
    assert person.out == "Dry run, nothing was kept: 2 created, 0 updated.\n"
    assert person("import", person.file("task.csv", "Subject\na\nforbidden\n"), "--dry-run", "--skip-errors") == 1
    assert person.out == "Dry run, nothing was kept: 1 created, 0 updated, 1 refused.\n"
    assert person.rows("SELECT count(*) FROM tabTask") == [(0,)]
    assert person.rows("SELECT sum(current) FROM tabSeries") == before


def test_a_fault_of_the_apps_code_is_a_refused_row(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(doc: Any, method: str) -> None:
        if doc.subject == "bad":
            raise KeyError("oops")

    monkeypatch.setattr(
        frappe_lite.Site, "doc_event_handlers", lambda *args: [broken] if args[1:] == ("Task", "on_update") else []
    )
    assert person("import", person.file("task.csv", "Subject\ngood\nbad\n"), "--skip-errors") == 1
    assert person.err == "row 3: KeyError in the app's code: 'oops'\n"
    assert person.rows("SELECT subject FROM tabTask") == [("good",)]


def test_a_commit_in_the_apps_code_divides_no_transaction(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def commits(_doc: Any, method: str) -> None:
        frappe_lite.db.commit()

    monkeypatch.setattr(
        frappe_lite.Site, "doc_event_handlers", lambda *args: [commits] if args[1:] == ("Task", "on_update") else []
    )
    assert person("import", person.file("task.csv", "Subject\ngood\nforbidden\n")) == 1
    assert person.rows("SELECT count(*) FROM tabTask") == [(0,)]


def test_the_apps_code_knows_that_it_is_an_import(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(
        frappe_lite.Site,
        "doc_event_handlers",
        lambda *args: [lambda doc, method: seen.append(frappe_lite.flags.in_import)] if args[2] == "validate" else [],
    )
    assert person("import", person.file("task.csv", "Subject\nx\n")) == 0
    assert seen == [True]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["nowhere.csv"], 1, "there is no file nowhere.csv"),
        (["FILE", "--doctype", "Nothing"], 1, "DocType Nothing not found"),
        (["FILE", "--database", "other.db"], 2, "there is no database other.db"),
    ],
)
def test_what_cannot_begin_says_why(
    person: Person, arguments: list[str], status: int, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    file = person.file("task.csv", "Subject\nx\n")
    assert person("import", *[file if each == "FILE" else each for each in arguments]) == status
    assert words in person.err
    assert not (tmp_path / "other.db").exists()


def test_a_file_that_breaks_off_leaves_nothing(person: Person) -> None:
    place = person.folder / "task.csv"
    place.write_bytes(b"Subject\n" + b"x\n" * 1200 + b"\xe9\n")
    assert person("import", str(place)) == 1
    assert "Line 1202 of task.csv is not UTF-8" in person.err
    assert person.rows("SELECT count(*) FROM tabTask") == [(0,)]


def test_with_skip_errors_it_is_said_what_was_kept_before_the_file_broke_off(person: Person) -> None:
    place = person.folder / "task.csv"
    place.write_bytes(b"Subject\n" + (b"x" * 100 + b"\n") * 1200 + b"\xe9\n")
    assert person("import", str(place), "--skip-errors") == 1
    assert "The first 1000 documents were taken before the fault; of the rest nothing was kept." in person.err
    assert person.rows("SELECT count(*) FROM tabTask") == [(1000,)]


def test_many_rows_with_three_broken_ones(person: Person) -> None:
    """Several batches; the three are named, and nothing is half-written."""
    lines = [f"row {number},{number}" for number in range(1300)]
    lines[10], lines[700], lines[1299] = "forbidden,1", "row,x", ",1"
    assert person("import", person.file("task.csv", "Subject,Points\n" + "\n".join(lines))) == 1
    assert [line.partition(",")[0] for line in person.err.splitlines()] == ["row 12", "row 702", "row 1301"]
    assert person.rows("SELECT count(*) FROM tabTask") == [(0,)]
    assert person("import", str(person.folder / "task.csv"), "--skip-errors") == 1
    assert person.rows("SELECT count(*), count(DISTINCT name) FROM tabTask") == [(1297, 1297)]


def test_many_problems_are_cut(person: Person) -> None:
    assert person("import", person.file("task.csv", "Subject,Points\n" + "x,y\n" * (importing.SHOWN + 5))) == 1
    assert len(person.err.splitlines()) == importing.SHOWN + 1
    assert person.err.endswith("… and 5 more\n")


def test_skip_errors_lets_other_writers_in_between(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    counts = []
    end = importing.Import._end_batch

    def look(work: importing.Import) -> None:
        end(work)
        counts.append(person.rows("SELECT count(*) FROM tabTask")[0][0])

    monkeypatch.setattr(importing.Import, "_end_batch", look)
    assert person("import", person.file("task.csv", "Subject\na\nb\nc\nd\ne\n"), "--skip-errors") == 0
    assert counts == [2, 4, 5]
    counts.clear()
    assert person("import", person.file("task.csv", "Subject\na\nb\nc\n")) == 0
    assert counts == [5, 5]


# --- raw -------------------------------------------------------------------------------------------------


def test_a_raw_import_of_an_export_loses_nothing(person: Person, tmp_path: Path) -> None:
    lines = [
        {
            "doctype": "Invoice",
            "name": "INV-2026-0005",
            "customer": "ann",
            "docstatus": 1,
            "items": [{"item": "x", "qty": 2, "rate": 2}, {"item": "y"}],
        },
        {"doctype": "Invoice", "name": "INV-2026-0006", "customer": "bob", "items": [{"item": "z"}]},
    ]
    person("import", person.file("x.jsonl", "\n".join(map(json.dumps, lines))))
    person("export", "Invoice", "-o", str(tmp_path / "out.jsonl"))
    first = (tmp_path / "out.jsonl").read_text()
    other = str(tmp_path / "other.db")
    site = AppSite(other)
    site.close()
    person.path = other
    assert person("import", str(tmp_path / "out.jsonl"), "--raw") == 0
    person("export", "Invoice", "-o", str(tmp_path / "again.jsonl"))
    assert (tmp_path / "again.jsonl").read_text() == first
    assert person.rows("SELECT name, current FROM tabSeries WHERE name LIKE 'INV%'") == [("INV-2026-", 6)]


def test_raw_asks_no_rule_but_the_type(person: Person) -> None:
    person.file(
        "task.csv",
        "ID,Subject,Priority,Project,creation,owner\na,forbidden,Urgent,Nowhere,2020-01-01 00:00:00,ann@x.org\n",
    )
    assert person("import", str(person.folder / "task.csv"), "--raw") == 0
    assert person.rows("SELECT subject, priority, project, creation, modified, owner, computed FROM tabTask") == [
        ("forbidden", "Urgent", "Nowhere", "2020-01-01 00:00:00", "2020-01-01 00:00:00", "ann@x.org", None)
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"doctype": "Task", "subject": "x"}', "needs its name"),
        (
            '{"doctype": "Task", "name": "a", "due_date": "never"}',
            "row 1, due_date: Due Date: never is not a valid date",
        ),
        ('{"doctype": "Project", "name": "Alpha"}', "Project Alpha already exists"),
        ('{"doctype": "Project", "name": "Other", "title": "Alpha"}', "Title must be unique"),
    ],
)
def test_raw_refuses_what_no_table_can_hold(person: Person, line: str, words: str) -> None:
    assert person("import", person.file("x.jsonl", line), "--raw") == 1
    assert words in person.err


def test_raw_updates_only_when_told(person: Person) -> None:
    line = '{"doctype": "Project", "name": "Alpha", "title": "Alpha", "budget": 5}'
    assert person("import", person.file("x.jsonl", line), "--raw", "--update") == 0
    assert person.out == "0 created, 1 updated.\n"
    assert person.rows("SELECT budget FROM tabProject") == [(5.0,)]


# --- export as a command ---------------------------------------------------------------------------------


def test_an_export_goes_to_standard_output_or_a_file(person: Person, tmp_path: Path) -> None:
    assert person("export", "Project") == 0
    assert person.out.splitlines()[0].startswith("ID,Title,Status")
    assert person("export", "Project", "--format", "jsonl") == 0
    assert json.loads(person.out)["name"] == "Alpha"
    assert person("export", "Project", "-o", str(tmp_path / "p.jsonl"), "--filters", '{"status": "Completed"}') == 0
    assert person.out == f"{tmp_path / 'p.jsonl'}: 1 documents of Project.\n"
    assert json.loads((tmp_path / "p.jsonl").read_text())["title"] == "Alpha"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Nothing"], "there is no DocType Nothing"),
        ([], "Name the DocType to export"),
        (["Project", "--filters", "{"], "--filters is JSON, such as"),
        (["Project", "--filters", '{"nonsense": 1}'], "nonsense"),
        (["Project", "--template", "--format", "jsonl"], "A template is a CSV file"),
        (["Conformance Settings", "-o", "OUT"], "--format jsonl"),
    ],
)
def test_an_export_that_cannot_be_made_says_why_and_leaves_no_file(
    person: Person, arguments: list[str], words: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    assert person("export", *[str(out) if each == "OUT" else each for each in arguments]) == 1
    assert words in person.err
    assert not out.exists()
    assert list(tmp_path.glob("*.partial")) == []


def test_csv_written_here_is_imported_there(person: Person, tmp_path: Path) -> None:
    person(
        "import",
        person.file(
            "task.csv",
            (
                "Subject,Duration,Project,Item (Checklist),User (Watchers)\na,1d "
                "2h,Alpha,one,Administrator\n,,,two,\nb,,,,\n"
            ),
        ),
    )
    person("export", "Task", "-o", str(tmp_path / "out.csv"))
    site = AppSite(str(tmp_path / "there.db"))
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Project", "title": "Alpha", "status": "Completed"}).insert()
    site.close()
    person.path = str(tmp_path / "there.db")
    assert person("import", str(tmp_path / "out.csv"), "--doctype", "Task") == 0
    person("export", "Task", "-o", str(tmp_path / "again.csv"))

    def without_child_ids(path: Path) -> list[Any]:
        with open(path, newline="") as file:
            return [
                {key: value for key, value in row.items() if not key.startswith("ID (")} for row in csv.DictReader(file)
            ]

    assert without_child_ids(tmp_path / "again.csv") == without_child_ids(tmp_path / "out.csv")


# --- counters --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("autoname", "names", "found"),
    [
        ("TASK-.#####", ["TASK-00007", "TASK-00003", "other", "TASK-1", "XTASK-00009", "TASK-00004-1"], {"TASK-": 7}),
        ("TASK-.#####", ["TASK-123456"], {"TASK-": 123456}),
        ("INV-.YYYY.-.####", ["INV-2025-0009", "INV-2026-0001", "INV-26-0001"], {"INV-2025-": 9, "INV-2026-": 1}),
        ("PRE.YYYY.####", ["PRE20260012"], {"PRE2026": 12}),
        ("format:FD-{title}-{###}", ["FD-a b-007", "FD--001", "FD-x-1"], {"": 7}),
        ("format:{###}-X", ["012-X"], {"": 12}),
        ("{title}.-.##", ["a-b-10"], {"a-b-": 10}),
        ("autoincrement", [3, 41, "x"], {"Counted:autoincrement": 41}),
        ("hash", ["00001"], {}),
        ("field:title", ["A-#1"], {}),
        ("prompt", ["X-00001"], {}),
        ("", ["X-00001"], {}),
    ],
)
def test_the_highest_number_of_each_counter(autoname: str, names: list[Any], found: dict[str, int]) -> None:
    meta = DocType({"name": "Counted", "autoname": autoname, "fields": [{"fieldname": "title", "fieldtype": "Data"}]})
    assert series.highest(meta, names) == found


def test_each_option_of_a_naming_series_counts() -> None:
    field = {"fieldname": "naming_series", "fieldtype": "Select", "options": "INV-.####\n\nCR-.MM.-"}
    meta = DocType({"name": "Counted", "autoname": "naming_series:", "fields": [field]})
    assert series.highest(meta, ["INV-0004", "CR-01-00012", "CR-0013"]) == {"INV-": 4, "CR-01-": 12}
