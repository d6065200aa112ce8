"""Files of documents: cells, headers, CSV as Frappe's Data Import has it, JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import frappe_lite
from conftest import AppSite
from frappe_lite import document
from frappe_lite.errors import ValidationError
from frappe_lite.parts.transfer import cells, columns, exporting, reading
from frappe_lite.parts.transfer.reading import Options

# --- cells -----------------------------------------------------------------------------------------------

RIGHT = [
    ("Int", "12", 12), ("Int", "1,234", 1234), ("Int", "12.0", 12), ("Int", "-5", -5), ("Int", "9007199254740993", 9007199254740993), ((
        "Int"
    ), "1e3", 1000),
    ("Float", "1.5", 1.5), ("Float", "1,234.5", 1234.5), ("Float", ".5", 0.5), ("Float", "1e-3", 0.001), ("Currency", (
        "-0.25"
    ), -0.25), ("Percent", " 5 ", 5.0),
    ("Check", "1", 1), ("Check", "yes", 1), ("Check", "TRUE", 1), ("Check", "y", 1), ("Check", "0", 0), ("Check", "No", 0), ((
        "Check"
    ), "f", 0),
    ("Date", "2026-12-31", "2026-12-31"), ("Date", " 2026-02-28 ", "2026-02-28"),
    ("Datetime", "2026-12-31 23:59:59", "2026-12-31 23:59:59"), ("Datetime", "2026-12-31T08:05", "2026-12-31 08:05:00"), ((
        "Datetime"
    ), "2026-12-31", "2026-12-31 00:00:00"),
    ("Datetime", "2026-12-31 23:59:59.123456", "2026-12-31 23:59:59.123456"), ("Datetime", "2026-12-31 23:59:59.5", (
        "2026-12-31 23:59:59.500000"
    )),
    ("Time", "8:30", "08:30:00"), ("Time", "23:59:59", "23:59:59"),
    ("Duration", "3h", 10800), ("Duration", "4d 3h", 356400), ("Duration", "5d5h45m", 452700), ("Duration", "30s", 30), ((
        "Duration"
    ), "90", 90),
    ("Data", " as it is ", " as it is "), ("Select", "x", "x"), ("JSON", '{"a": 1}', '{"a": 1}'),
]  # fmt: skip


@pytest.mark.parametrize(("fieldtype", "text", "value"), RIGHT)
def test_a_cell_is_read(fieldtype: str, text: str, value: Any) -> None:
    assert cells.parse(fieldtype, text) == value


WRONG = [
    ("Int", "abc", '"abc" is no number, such as 1234.5'),
    ("Int", "1.5", '"1.5" is no whole number'),
    ("Int", "12,34", "write 12.34, with a point"),
    ("Float", "1.234,50", "write 1234.5, with a point"),
    ("Float", "12,5", "write 12.5, with a point"),
    ("Float", "nan", "is no number"),
    ("Float", "1_000", "is no number"),
    ("Check", "maybe", "write 1 or 0"),
    ("Check", "2", "write 1 or 0"),
    ("Date", "31.12.2026", "write 2026-12-31, or say --date-format dd.mm.yyyy"),
    ("Date", "12/31/2026", "write 2026-12-31, or say --date-format mm/dd/yyyy"),
    ("Date", "03/04/2026", "write 2026-04-03 or 2026-03-04, or say --date-format dd/mm/yyyy or mm/dd/yyyy"),
    ("Date", "2026-02-30", "which is written yyyy-mm-dd"),
    ("Date", "tomorrow", "which is written yyyy-mm-dd"),
    ("Datetime", "31.12.2026 10:00", "write 2026-12-31"),
    ("Datetime", "2026-12-31 25:00", "written like 23:59:59"),
    ("Time", "noon", "written like 23:59:59"),
    ("Time", "24:00", "written like 23:59:59"),
    ("Duration", "soon", "written like 1d 2h 30m 5s"),
    ("Duration", "5", None),
]


@pytest.mark.parametrize(("fieldtype", "text", "words"), [each for each in WRONG if each[2]])
def test_a_wrong_cell_is_told_what_would_be_right(fieldtype: str, text: str, words: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the words are looked at below
        cells.parse(fieldtype, text)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dd-mm-yyyy", "31-12-2026"),
        ("dd/mm/yyyy", "31/12/2026"),
        ("dd.mm.yyyy", "31.12.2026"),
        ("mm/dd/yyyy", "12/31/2026"),
        ("mm-dd-yyyy", "12-31-2026"),
        ("yyyy-mm-dd", "2026-12-31"),
    ],
)
def test_each_date_format_reads_its_own_and_year_first(name: str, text: str) -> None:
    assert cells.parse("Date", text, name) == cells.parse("Date", "2026-12-31", name) == "2026-12-31"
    assert cells.parse("Datetime", f"{text} 10:30", name) == "2026-12-31 10:30:00"


@pytest.mark.parametrize(
    ("fieldtype", "value", "text"),
    [
        ("Float", 1.0, 1),
        ("Float", 1.25, 1.25),
        ("Int", None, ""),
        ("Duration", 93600.0, "1d 2h"),
        ("Duration", 0.0, "0"),
        ("Duration", 59.5, "59.5s"),
        ("Float", 1e300, 1e300),
    ],
)
def test_a_value_is_written(fieldtype: str, value: Any, text: Any) -> None:
    assert cells.write(fieldtype, value) == text


@given(
    st.floats(min_value=-1e12, max_value=1e12).filter(lambda each: each == 0 or abs(each) > 1e-3),
    st.sampled_from(["Float", "Currency"]),
)
def test_numbers_make_the_round_trip(value: float, fieldtype: str) -> None:
    assert cells.parse(fieldtype, str(cells.write(fieldtype, value))) == value


@given(st.integers(min_value=-(10**7), max_value=10**7))
def test_durations_make_the_round_trip(seconds: int) -> None:
    assert cells.parse("Duration", str(cells.write("Duration", float(seconds)))) == seconds


@pytest.fixture(scope="module")
def reading_site() -> Iterator[frappe_lite.Site]:
    """A site that is only read: one for all tests of files."""
    made = AppSite()
    yield made
    made.close()


# --- headers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "place"),
    [
        ("ID", ("", "name")), ("name", ("", "name")), ("id", ("", "name")), ("Subject", ("", "subject")), ("subject", ("", (
            "subject"
        ))), ("SUBJECT  ", ("", "subject")),
        ("Due Date", ("", "due_date")), ("due date", ("", "due_date")), ("Due Date (due_date)", ("", "due_date")), ((
            "Item (Checklist)"
        ), ("checklist", "item")),
        ("checklist.item", ("checklist", "item")), ("ID (Checklist)", ("checklist", "name")), ("checklist.name", ((
            "checklist"
        ), "name")), ("User (Watchers)", ("watchers", "user")),
    ],
)  # fmt: skip
def test_a_title_is_a_label_or_a_fieldname(reading_site: frappe_lite.Site, title: str, place: tuple[str, str]) -> None:
    ctx = reading_site.new_context()
    column = columns.match(ctx, ctx.meta("Task"), [title])[0]
    assert column is not None
    assert (column.table, column.fieldname) == place


@pytest.mark.parametrize(
    ("titles", "words"),
    [
        (["Subjct"], 'column 1: Task has no field "Subjct"; did you mean "Subject"?'),
        (["Subject", "Nonsense here"], 'column 2: Task has no field "Nonsense here" (--ignore-unknown'),
        (["Subject", "subject"], 'column 2, "subject", is the same field as column 1'),
        (["", " "], "The header names no field of Task; the first row holds labels or fieldnames, such as ID, Subject"),
        (["Secret"], 'Task has no field "Secret"'),
        (["owner"], 'Task has no field "owner"'),
        (["Item (Nowhere)"], "has no field"),
    ],
)
def test_a_wrong_header_says_what_would_be_right(reading_site: frappe_lite.Site, titles: list[str], words: str) -> None:
    ctx = reading_site.new_context()
    with pytest.raises(ValidationError) as error:
        columns.match(ctx, ctx.meta("Task"), titles)
    assert words in str(error.value)


def test_unknown_columns_can_be_left_out(reading_site: frappe_lite.Site) -> None:
    ctx = reading_site.new_context()
    found = columns.match(ctx, ctx.meta("Task"), ["Subject", "Mood"], ignore_unknown=True)
    assert [each and each.fieldname for each in found] == ["subject", None]


def test_each_title_of_an_export_is_found_again(reading_site: frappe_lite.Site) -> None:
    ctx = reading_site.new_context()
    for doctype in ("Task", "Invoice", "User", "DocType", "File"):
        meta = ctx.meta(doctype)
        every = columns.every(ctx, meta)
        found = columns.match(ctx, meta, [each.title for each in every])
        assert [(each.table, each.fieldname) for each in found if each] == [
            (each.table, each.fieldname) for each in every
        ]


def test_of_two_fields_with_one_label_the_second_is_titled_by_its_fieldname(site: frappe_lite.Site) -> None:
    with site.acting() as ctx:
        fields = [{"fieldname": name, "fieldtype": "Data", "label": "Number"} for name in ("first", "second")]
        document.new(
            ctx, {"doctype": "DocType", "name": "Twice", "module": "Custom", "custom": 1, "fields": fields}
        ).insert()
        assert [each.title for each in columns.every(ctx, ctx.meta("Twice"))] == ["ID", "Number", "second"]


def test_a_label_that_is_another_fields_name_is_not_taken_for_it(site: frappe_lite.Site) -> None:
    with site.acting() as ctx:
        fields = [
            {"fieldname": "first", "fieldtype": "Data", "label": "second"},
            {"fieldname": "second", "fieldtype": "Data", "label": "Second"},
        ]
        document.new(
            ctx, {"doctype": "DocType", "name": "Crossed", "module": "Custom", "custom": 1, "fields": fields}
        ).insert()
        meta = ctx.meta("Crossed")
        titles = [each.title for each in columns.every(ctx, meta)]
        assert titles == ["ID", "first", "Second"]
        assert [each.fieldname for each in columns.match(ctx, meta, titles) if each] == ["name", "first", "second"]
        assert [each.fieldname for each in columns.match(ctx, meta, ["second"]) if each] == ["second"]


# --- CSV -------------------------------------------------------------------------------------------------


def read(site: frappe_lite.Site, path: Path, doctype: str = "Task", **options: Any) -> list[reading.Entry]:
    ctx = site.new_context()
    return list(reading.read_csv(ctx, ctx.meta(doctype), path, Options(**options)))


def csv_file(tmp_path: Path, text: str | bytes, name: str = "task.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"Subject,Points\nCaf\xc3\xa9,5\n",
        b"\xef\xbb\xbfSubject,Points\r\nCaf\xc3\xa9,5\r\n",
        b"Subject;Points\nCaf\xc3\xa9;5\n",
        b"Subject\tPoints\nCaf\xc3\xa9\t5\n",
        "Subject,Points\nCafé,5\n".encode("utf-16"),
        b"\n\nSubject,Points\n,\n\nCaf\xc3\xa9,5\n,,\n".replace(b",,\n", b",\n"),
        b' Subject , "Points" \nCaf\xc3\xa9 , 5\n',
        b'"Subject"|"Points"\n"Caf\xc3\xa9"|"5"',
    ],
    ids=["plain", "BOM", "semicolon", "tab", "utf-16", "blank rows", "spaces", "bar, quoted"],
)
def test_files_of_many_programs_are_read(reading_site: frappe_lite.Site, tmp_path: Path, content: bytes) -> None:
    if b'"Points" ' in content:
        content = content.replace(b'"Points"', b"Points")
    entries = read(reading_site, csv_file(tmp_path, content))
    assert [each.values for each in entries] == [{"subject": "Café", "points": 5}]
    assert entries[0].problems == []


def test_another_encoding_is_named_with_its_line(reading_site: frappe_lite.Site, tmp_path: Path) -> None:
    path = csv_file(tmp_path, b"Subject,Points\nplain,1\nCaf\xe9,5\n")
    with pytest.raises(
        ValidationError, match=r"Line 3 of task.csv is not UTF-8 \(byte 0xe9\); save it as UTF-8, or say --encoding"
    ):
        read(reading_site, path)
    assert [each.values["subject"] for each in read(reading_site, path, encoding="latin-1")] == ["plain", "Café"]


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (b"", {}, "task.csv is empty; its first row holds labels or fieldnames"),
        (b"\n  \n", {}, "is empty"),
        (b'Subject\n"never closed\n', {}, "cannot be read as CSV"),
        (b"Subject\nx\n", {"encoding": "klingon"}, "cannot be read as CSV: unknown encoding"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    reading_site: frappe_lite.Site, tmp_path: Path, content: bytes, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError) as error:
        read(reading_site, csv_file(tmp_path, content), **options)
    assert words in str(error.value)


def test_rows_with_blank_cells_of_the_document_go_on_with_the_one_before(
    reading_site: frappe_lite.Site, tmp_path: Path
) -> None:
    text = (
        "Subject,Item (Checklist),Qty "
        "(Checklist),watchers.user\na,one,1,Administrator\n,two,2,Guest\n,three,,\nb,,,\nc,four,,\n"
    )
    entries = read(reading_site, csv_file(tmp_path, text))
    assert [(each.row, each.values) for each in entries] == [
        (
            2,
            {
                "subject": "a",
                "checklist": [{"item": "one", "qty": 1}, {"item": "two", "qty": 2}, {"item": "three"}],
                "watchers": [{"user": "Administrator"}, {"user": "Guest"}],
            },
        ),
        (5, {"subject": "b"}),
        (6, {"subject": "c", "checklist": [{"item": "four"}]}),
    ]
    assert [len(each.source) for each in entries] == [3, 1, 1]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("Subject,Points\na,x\n", ['row 2, Points: "x" is no number, such as 1234.5']),
        ("Subject,Points,Due Date\na,1,1.2.2026\nb,y,2026-01-01\n", ["row 2, Due Date: ", "row 3, Points: "]),
        ("Subject,Points\na,1,2\n", ["row 2: 3 cells, but the header has 2"]),
        (
            "Subject,Points\na\n",
            ["row 2: 1 cells, but the header has 2; is a value with a comma or a line break not in quotes?"],
        ),
        ("Subject,Qty (Checklist)\n,1\n", ["row 2: a row of a child table, but no Task before it"]),
        ("Subject,Qty (Checklist)\na,1\n,no\n", ["row 3, Qty (Checklist): "]),
    ],
)
def test_wrong_rows_are_told_by_row_and_column(
    reading_site: frappe_lite.Site, tmp_path: Path, text: str, problems: list[str]
) -> None:
    found = [str(problem) for each in read(reading_site, csv_file(tmp_path, text)) for problem in each.problems]
    assert len(found) == len(problems)
    assert all(told.startswith(start) for told, start in zip(found, problems, strict=True)), found


def test_long_text_keeps_its_lines_and_spaces(reading_site: frappe_lite.Site, tmp_path: Path) -> None:
    entries = read(reading_site, csv_file(tmp_path, 'Subject,Internal Note\n  a  ,"  first\nsecond, with a comma\n"\n'))
    assert entries[0].values == {"subject": "a", "internal_note": "  first\nsecond, with a comma\n"}


@pytest.mark.parametrize(
    ("name", "doctype", "found"),
    [
        ("Task.csv", None, "Task"),
        ("01_task.csv", None, "Task"),
        ("hash doc.csv", None, "Hash Doc"),
        ("x.csv", "Project", "Project"),
        ("x.csv", None, ""),
    ],
)
def test_the_file_name_tells_the_doctype(
    reading_site: frappe_lite.Site, name: str, doctype: str | None, found: str
) -> None:
    ctx = reading_site.new_context()
    if found:
        assert reading.doctype_of(ctx, Path(name), doctype).name == found
    else:
        with pytest.raises(ValidationError, match="say which it is with --doctype"):
            reading.doctype_of(ctx, Path(name), doctype)


# --- JSON ------------------------------------------------------------------------------------------------


def read_json(site: frappe_lite.Site, path: Path, **options: Any) -> list[reading.Entry]:
    return list(reading.read_json(site.new_context(), path, Options(**options)))


def test_a_line_is_a_document(reading_site: frappe_lite.Site, tmp_path: Path) -> None:
    lines = [
        {
            "doctype": "Task",
            "name": "T-1",
            "subject": "a",
            "creation": "2020-01-01",
            "checklist": [{"item": "x", "idx": 7, "parent": "other"}],
        },
        {"doctype": "Project", "title": "P"},
    ]
    entries = read_json(reading_site, csv_file(tmp_path, "\n".join(map(json.dumps, lines)) + "\n\n", "x.jsonl"))
    assert [(each.row, each.doctype, each.values) for each in entries] == [
        (1, "Task", {"name": "T-1", "subject": "a", "checklist": [{"item": "x"}]}),
        (2, "Project", {"title": "P"}),
    ]


def test_raw_keeps_what_the_server_keeps(reading_site: frappe_lite.Site, tmp_path: Path) -> None:
    line = {
        "doctype": "Task",
        "name": "T-1",
        "owner": "ann@x.org",
        "creation": "2020-01-01",
        "modified": "2021-01-01",
        "docstatus": 1,
        "idx": 3,
        "_assign": "x",
    }
    assert read_json(reading_site, csv_file(tmp_path, json.dumps(line), "x.jsonl"), raw=True)[0].values == {
        k: v for k, v in line.items() if k not in ("doctype", "_assign")
    }


@pytest.mark.parametrize(
    "text",
    [
        '[{"doctype": "Project", "title": "P"}]',
        '{"doctype": "Project", "title": "P"}',
        '\ufeff[{"doctype": "Project", "title": "P"}]',
    ],
)
def test_a_json_file_holds_one_or_a_list(reading_site: frappe_lite.Site, tmp_path: Path, text: str) -> None:
    assert [each.values for each in read_json(reading_site, csv_file(tmp_path, text, "x.json"))] == [{"title": "P"}]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "no JSON"),
        ("[1]", "a document is a JSON object"),
        ('{"subject": "x"}', 'it says no "doctype"; say which it is with --doctype'),
        ('{"doctype": "Nothing"}', "there is no DocType Nothing"),
        ('{"doctype": "Task", "validate": 1}', "Task has no field validate (--ignore-unknown"),
        ('{"doctype": "Task", "checklist": "x"}', "a child table is a list of objects"),
        ('{"doctype": "Task", "checklist": [1]}', "a child table is a list of objects"),
        ('{"doctype": "Task", "checklist": [{"mood": 1}]}', "Task Checklist Item has no field mood"),
        ("[" * 100000, "no JSON"),
    ],
    ids=range(9),
)
def test_a_wrong_line_is_told(reading_site: frappe_lite.Site, tmp_path: Path, line: str, words: str) -> None:
    entries = read_json(reading_site, csv_file(tmp_path, f"\n{line}\n", "x.jsonl"))
    assert [each.row for each in entries[0].problems] == [2]
    assert words in str(entries[0].problems[0])


def test_unknown_keys_can_be_left_out_and_never_become_attributes(
    reading_site: frappe_lite.Site, tmp_path: Path
) -> None:
    line = (
        '{"doctype": "Task", "subject": "x", "save": 1, "flags": {"ignore_permissions": 1}, "run_method": 2, '
        '"__islocal": 1}'
    )
    assert read_json(reading_site, csv_file(tmp_path, line, "x.jsonl"), ignore_unknown=True)[0].values == {
        "subject": "x"
    }


def test_json_that_is_no_utf8_is_told(reading_site: frappe_lite.Site, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="Line 2 of x.jsonl is not UTF-8"):
        read_json(
            reading_site,
            csv_file(
                tmp_path, b'{"doctype": "Project", "title": "P"}\n{"doctype": "Project", "title": "\xe9"}\n', "x.jsonl"
            ),
        )


# --- written ---------------------------------------------------------------------------------------------


@pytest.fixture
def filled(app_site: frappe_lite.Site) -> frappe_lite.Site:
    """Documents with children, text that CSV must quote, a Single, a password."""
    with app_site.acting() as ctx:
        document.new(ctx, {"doctype": "Project", "title": "Alpha"}).insert()
        rows = [{"item": "one", "qty": 2, "rate": 1.5}, {"item": 'two, "quoted"'}]
        values = {
            "subject": "a,b\nc",
            "project": "Alpha",
            "duration": 93600,
            "is_milestone": 1,
            "due_date": "2026-01-02",
            "started_at": "2026-01-01 08:30:00",
            "secret": "hidden!",
        }
        document.new(
            ctx,
            {
                "doctype": "Task",
                **values,
                "checklist": rows,
                "watchers": [{"user": "Administrator"}],
                "payload": {"a": [1]},
            },
        ).insert()
        document.new(ctx, {"doctype": "Task", "subject": "plain"}).insert()
    return app_site


def exported(site: frappe_lite.Site, doctype: str, write: Any = exporting.write_csv, **options: Any) -> str:
    target = io.StringIO(newline="")
    with site.acting() as ctx:
        list(write(ctx, ctx.meta(doctype), target, **options))
    return target.getvalue()


def test_an_export_has_a_row_for_each_further_child_row(filled: frappe_lite.Site) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(filled, "Task"))))
    assert [
        (row["ID"], row["Subject"], row["Item (Checklist)"], row["Qty (Checklist)"], row["User (Watchers)"])
        for row in rows
    ] == [
        ("TASK-00001", "a,b\nc", "one", "2", "Administrator"),
        ("", "", 'two, "quoted"', "1", ""),
        ("TASK-00002", "plain", "", "", ""),
    ]
    assert (rows[0]["Duration"], rows[0]["Is Milestone"], rows[0]["Started At"]) == (
        "1d 2h",
        "1",
        "2026-01-01 08:30:00",
    )
    assert "Secret" not in rows[0]
    assert "hidden" not in exported(filled, "Task") + exported(filled, "Task", exporting.write_jsonl)


def test_a_template_is_a_header(filled: frappe_lite.Site) -> None:
    text = exported(filled, "Project", template=True)
    assert text.strip().split(",")[:3] == ["ID", "Title", "Status"]
    assert text.count("\n") == 1


def test_filters_choose_documents(filled: frappe_lite.Site) -> None:
    for filters in ({"subject": "plain"}, [["Task", "subject", "=", "plain"]]):
        assert [
            json.loads(line)["name"]
            for line in exported(filled, "Task", exporting.write_jsonl, filters=filters).splitlines()
        ] == ["TASK-00002"]
    by_child = exported(filled, "Task", exporting.write_jsonl, filters=[["Task Checklist Item", "item", "=", "one"]])
    assert [json.loads(line)["name"] for line in by_child.splitlines()] == ["TASK-00001"]


def test_json_lines_hold_everything_stored(filled: frappe_lite.Site) -> None:
    first = json.loads(exported(filled, "Task", exporting.write_jsonl).splitlines()[0])
    with filled.acting() as ctx:
        stored = {
            key: value
            for key, value in document.load(ctx, "Task", "TASK-00001").as_dict(no_nulls=True).items()
            if key != "secret"
        }
    assert {key: value for key, value in first.items() if key != "checklist"} == {
        key: value for key, value in stored.items() if key != "checklist"
    } | {"watchers": first["watchers"]}
    assert [row["name"] for row in first["checklist"]] == [row["name"] for row in stored["checklist"]]


def test_more_than_a_page_is_written_with_its_children(
    filled: frappe_lite.Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PAGE", 3)
    with filled.acting() as ctx:
        for number in range(7):
            document.new(
                ctx, {"doctype": "Task", "subject": f"n{number}", "checklist": [{"item": f"i{number}"}]}
            ).insert()
    rows = [json.loads(line) for line in exported(filled, "Task", exporting.write_jsonl).splitlines()]
    assert [row["name"] for row in rows] == [f"TASK-{number:05}" for number in range(1, 10)]
    assert [row["checklist"][0]["item"] for row in rows[2:]] == [f"i{number}" for number in range(7)]


def test_names_that_are_numbers_have_their_children(site: frappe_lite.Site) -> None:
    with site.acting() as ctx:
        child = {
            "doctype": "DocType",
            "name": "Line",
            "module": "Custom",
            "custom": 1,
            "istable": 1,
            "fields": [{"fieldname": "text", "fieldtype": "Data"}],
        }
        document.new(ctx, child).insert()
        fields = [{"fieldname": "lines", "fieldtype": "Table", "options": "Line"}]
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
        document.new(ctx, {"doctype": "Leaflet", "lines": [{"text": "a"}]}).insert()
    assert json.loads(exported(site, "Leaflet", exporting.write_jsonl))["lines"][0]["text"] == "a"


def test_a_single_is_written_as_json_only(filled: frappe_lite.Site) -> None:
    assert (
        json.loads(exported(filled, "Conformance Settings", exporting.write_jsonl))["doctype"] == "Conformance Settings"
    )
    with pytest.raises(ValidationError, match="--format jsonl"):
        exported(filled, "Conformance Settings")


def test_what_was_written_is_read_again(filled: frappe_lite.Site, tmp_path: Path) -> None:
    entries = read(filled, csv_file(tmp_path, exported(filled, "Task")))
    assert [each.problems for each in entries] == [[], []]
    first = entries[0].values
    assert (first["subject"], first["duration"], first["checklist"][1]["item"], first["payload"]) == (
        "a,b\nc",
        93600,
        'two, "quoted"',
        '{"a":[1]}',
    )
