"""Data Import: what a file is taken for, what becomes of its rows, and what front ends are told of it."""

from __future__ import annotations

import csv
import importlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import BadRequestError, PermissionError, ValidationError
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.context import Local, kept
from frappe_lite.parts.data_import import exporter, importer, record, template
from frappe_lite.utils import _dict

apps.provide_frappe()

HERE = "frappe.core.doctype.data_import.data_import"
TABLES = ("Data Import Log", "Data Import", "File", "Parcel", "Item In", "Tagged", "Email Queue", "Version")
PARCEL = doctype(
    "Parcel", ("title", "Data"), ("kind", "Select", "Small\nLarge"), ("weight", "Float"), ("count", "Int"),
    ("fragile", "Check"), ("sent", "Date"), ("seen", "Datetime"), ("travel", "Duration"), ("tag", "Link", "Tagged"),
    ("items", "Table", "Item In"), ("again", "Table", "Item In"), autoname="field:title", is_submittable=1,
    track_changes=1,
)  # fmt: skip
ITEM = doctype("Item In", ("item", "Data"), ("size", "Int"), istable=1)
for _field in (*PARCEL["fields"], *ITEM["fields"]):
    _field["label"] = _field["fieldname"].title()


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        for raw in (doctype("Tagged", ("words", "Data"), autoname="hash"), ITEM, PARCEL):
            store_doctype(made, raw)
    yield site
    site.close()


@pytest.fixture
def ctx(world: frappe_lite.Site) -> Iterator[Context]:
    """An import commits as it goes, so that what an earlier test made is swept away first."""
    with world.acting() as made:
        for table in TABLES:
            made.store.database.execute(f'DELETE FROM "tab{table}"')
        made.commit()
        made.flags.in_test = True
        yield made
        made.rollback()


def given(ctx: Context, text: str | bytes, name: str = "parcels.csv", **values: Any) -> Any:
    """A record of a file with this content."""
    file = document.new(ctx, {"doctype": "File", "file_name": name, "content": text, "is_private": 1}).insert()
    chosen = {
        "reference_doctype": "Parcel",
        "import_type": "Insert New Records",
        "import_file": file.file_url,
        **values,
    }
    made = document.new(ctx, {"doctype": "Data Import", **chosen}).insert()
    ctx.commit()
    return made


def taken(ctx: Context, text: str | bytes, **values: Any) -> Any:
    """The same after its import."""
    made = given(ctx, text, **values)
    made.start_import()
    made.reload()
    return made


def logs(ctx: Context, made: Any) -> list[dict[str, Any]]:
    return list(frappe_lite.call(importlib.import_module(HERE).get_import_logs, data_import=made.name))


def told(ctx: Context, made: Any) -> list[str]:
    return [each["message"] for log in logs(ctx, made) for each in json.loads(log["messages"])]


# --- what is taken in -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "field", "value"),
    [
        pytest.param("Large", "kind", "Large", id="a choice"),
        pytest.param('"1,234.5"', "weight", 1234.5, id="a number with commas"),
        pytest.param("7", "count", 7, id="a whole number"),
        pytest.param("Yes", "fragile", 1, id="yes"),
        pytest.param("f", "fragile", 0, id="false"),
        pytest.param("2026-05-02", "sent", "2026-05-02", id="a date, year first"),
        pytest.param("02-05-2026", "sent", "2026-05-02", id="a date, day first"),
        pytest.param("25/12/2026", "sent", "2026-12-25", id="a date with slashes"),
        pytest.param("2026-05-02 10:11:12", "seen", "2026-05-02 10:11:12", id="a moment"),
        pytest.param("02-05-2026 10:11:12", "seen", "2026-05-02 10:11:12", id="a moment, day first"),
        pytest.param("1d 2h", "travel", 93600.0, id="a duration"),
        pytest.param("", "count", 0, id="a blank cell"),
        pytest.param("blue", "tag", "blue", id="a link"),
    ],
)
def test_a_cell_becomes_a_value(ctx: Context, cell: str, field: str, value: object) -> None:
    document.new(ctx, {"doctype": "Tagged", "words": "x"}).insert(set_name="blue")
    made = taken(ctx, f"Title,{field}\nOne,{cell}\n")
    assert (made.status, made.template_warnings or "") == ("Success", "")
    assert frappe_lite.get_doc("Parcel", "One").as_dict()[field] == value


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Title,Count,Item (Items),Size (Items)", id="labels"),
        pytest.param("title,count,items.item,items.size", id="names"),
        pytest.param("ID,COUNT,item (items),Size (Items)", id="ID is the field that names documents, in any case"),
        pytest.param("Title ,Count (count), Item (Items),Size (items)", id="with blanks, with names in brackets"),
    ],
)
def test_rows_become_documents_with_their_tables(ctx: Context, header: str) -> None:
    header = header.lower() if header.startswith("title,") else header
    made = taken(ctx, f"{header}\nOne,1,a,1\n,,b,2\n\nTwo,2,,\n")
    one, two = (frappe_lite.get_doc("Parcel", name) for name in ("One", "Two"))
    assert ([(each.item, each.size) for each in one.get("items")], one.count) == ([("a", 1), ("b", 2)], 1)
    assert (two.get("items"), two.count, made.payload_count) == ([], 2, 2)
    assert [json.loads(each["row_indexes"]) for each in logs(ctx, made)] == [[2, 3], [5]]


@pytest.mark.parametrize(
    ("content", "name", "values"),
    [
        pytest.param("Title;Count\nOne;3\n", "a.csv", {}, id="semicolons"),
        pytest.param(
            "Title|Count\nOne|3\n", "a.csv", {"custom_delimiters": 1, "delimiter_options": "|"}, id="chosen ones"
        ),
        pytest.param("Title\tCount\nOne\t3\n", "a.csv", {"use_csv_sniffer": 1}, id="tabs, in the record's own choice"),
        pytest.param(b"\xef\xbb\xbfTitle,Count\r\nOne,3\r\n", "a.csv", {}, id="a byte order mark"),
        pytest.param("Title,Count\nOne,3\n".encode("utf-16"), "a.csv", {}, id="UTF-16"),
        pytest.param('"Title","Count"\n"One","3"', "A.CSV", {}, id="quotes, no last line break"),
    ],
)
def test_a_file_is_read_as_spreadsheets_write_it(ctx: Context, content: Any, name: str, values: dict[str, Any]) -> None:
    taken(ctx, content, name=name, **values)
    assert frappe_lite.db.get_value("Parcel", "One", "count") == 3


def test_a_workbook_is_read(ctx: Context) -> None:
    pytest.importorskip("openpyxl")
    utils = importlib.import_module("frappe.utils.xlsxutils")
    packed = utils.make_xlsx([["Title", "Count"], ["One", 3], [None, None], ["Two", 4]], "Parcels").getvalue()
    made = taken(ctx, packed, name="a.xlsx")
    assert [json.loads(each["row_indexes"]) for each in logs(ctx, made)] == [[2], [4]]
    assert utils.read_xlsx_file_from_attached_file(made.import_file)[1] == ["One", "3"]


@pytest.mark.parametrize(
    ("submit", "docstatus"), [pytest.param(0, 0, id="drafts"), pytest.param(1, 1, id="submitted after import")]
)
def test_documents_are_submitted_if_wanted(ctx: Context, submit: int, docstatus: int) -> None:
    taken(ctx, "Title\nOne\n", submit_after_import=submit)
    assert frappe_lite.db.get_value("Parcel", "One", "docstatus") == docstatus


@pytest.mark.parametrize(("muted", "mails"), [pytest.param(1, 0, id="muted"), pytest.param(0, 1, id="sent")])
def test_mails_are_muted_if_wanted(ctx: Context, monkeypatch: pytest.MonkeyPatch, muted: int, mails: int) -> None:
    def write(_doc: Any) -> None:
        frappe_lite.sendmail("ann@example.com", subject="made", message="x")

    monkeypatch.setitem(ctx.site._event_handlers, ("Parcel", "after_insert"), [lambda doc, _event: write(doc)])
    taken(ctx, "Title\nOne\n", mute_emails=muted)
    assert frappe_lite.db.count("Email Queue") == mails
    assert (ctx.flags.in_import, ctx.flags.mute_emails) == (False, None)


# --- what is changed --------------------------------------------------------------------------------------


def test_documents_are_changed_and_rows_keep_what_the_file_does_not_say(ctx: Context) -> None:
    taken(ctx, "Title,Count,Item (Items),Size (Items)\nOne,1,a,5\n,,b,6\nTwo,2,,\n")
    row = frappe_lite.get_doc("Parcel", "One").get("items")[0].name
    text = f"ID,Weight,ID (Items),Item (Items)\nOne,9,{row},z\n,,,new\nTwo,,,\nThree,1,,\n"
    made = taken(ctx, text, import_type="Update Existing Records")
    one = frappe_lite.get_doc("Parcel", "One")
    assert ([(each.item, each.size) for each in one.get("items")], one.weight, one.count) == (
        [("z", 5), ("new", 0)],
        9,
        1,
    )
    assert made.status == "Partial Success"
    assert [(each["success"], each["docname"]) for each in logs(ctx, made)] == [(1, "One"), (0, None), (0, None)]
    assert [each.split("<")[0] for each in told(ctx, made)] == ["No changes to update", "Parcel Three not found"]


def test_a_change_without_an_id_is_refused(ctx: Context) -> None:
    made = taken(ctx, "Title,Count\n,3\n", import_type="Update Existing Records")
    assert (made.status, told(ctx, made)) == ("Error", ["Row 2 does not say which Parcel it changes; fill in its ID"])


# --- what keeps a file out --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        pytest.param("Title,Kind\nOne,Huge\n", 2, "Value must be one of <strong>Small</strong>, <strong>Large</strong>", id="no choice"),
        pytest.param("Title,Tag\nOne,red\n", 2, "Value <strong>red</strong> missing for <strong>Tagged</strong>", id="a link to nothing"),
        pytest.param("Title,Sent\nOne,2026-05-02\nTwo,2026-05-03\nThree,03-05-2026\n", 4,
            "Value <strong>03-05-2026</strong> must in <strong>yyyy-mm-dd</strong> format", id="a date of another form"),
        pytest.param("Title,Sent\nOne,soon\n", 2, "Value <strong>soon</strong> must in <strong>yyyy-mm-dd</strong> format", id="no date"),
        pytest.param("Title,Weight\nOne,heavy\n", 2, '"heavy" is no number, such as 1234.5', id="no number"),
        pytest.param("Title,Travel\nOne,long\n", 2, '"long" is no duration, which is written like 1d 2h 30m 5s', id="no duration"),
        pytest.param("Title,Count\nOne\n", 2, "Row has less values than columns", id="a row that is too short"),
        pytest.param("Title,Count\nOne,1,2\n", 2, "Row has more values than columns", id="a row that is too long"),
        pytest.param("Item (Items),Title\na,\n", 2, "a row of a child table, but no Parcel before it", id="a row of nothing"),
    ],
)  # fmt: skip
def test_a_warning_keeps_the_whole_file_out(ctx: Context, text: str, row: int, message: str) -> None:
    made = taken(ctx, text)
    warnings = [each for each in json.loads(made.template_warnings) if each.get("row")]
    assert [(each["row"], each["message"]) for each in warnings] == [(row, message)]
    assert (made.status, logs(ctx, made), frappe_lite.db.count("Parcel")) == ("Pending", [], 0)


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        pytest.param({"reference_doctype": "DocType"}, ValidationError, "Importing DocType is not allowed", id="DocTypes"),
        pytest.param({"reference_doctype": "System Settings"}, ValidationError, "not made from rows", id="a Single"),
        pytest.param({"reference_doctype": "Item In"}, ValidationError, "not made from rows", id="child rows"),
        pytest.param({"import_file": "/private/files/none.csv"}, ValidationError, "Invalid template file", id="no file"),
        pytest.param({"import_file": None, "google_sheets_url": "https://docs.google.com/spreadsheets/d/1"},
            ValidationError, "Google Sheets are not read here", id="a Google Sheet"),
        pytest.param({"template_options": "{"}, BadRequestError, "template_options", id="options that are no JSON"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_work_is_refused(
    ctx: Context, values: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        given(ctx, "Title\nOne\n", **values)


@pytest.mark.parametrize(
    ("content", "name", "text"),
    [
        pytest.param("Title\n", "a.csv", "Header and atleast one row", id="a header alone"),
        pytest.param("Title\nOne\n", "a.txt", "of type .csv or .xlsx", id="another kind of file"),
        pytest.param(b"PK\x03\x04nothing", "a.xlsx", "no .xlsx workbook", id="no workbook"),
        pytest.param(b"\xff\xfe\x00", "a.csv", "encoding of the file is not known", id="half a character"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(ctx: Context, content: Any, name: str, text: str) -> None:
    if name.endswith("xlsx"):
        pytest.importorskip("openpyxl")
    with pytest.raises(ValidationError, match=text):
        template.ImportFile(ctx, ctx.meta("Parcel"), template.rows_of(_bytes(content), name, ","), {})


def _bytes(content: Any) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def test_nobody_reads_a_file_of_somebody_else_by_importing_it(ctx: Context, world: frappe_lite.Site) -> None:
    made = given(ctx, "Title\nOne\n")
    with pytest.raises(ValidationError, match="Invalid template file"):
        importer.rows_of_record(world.new_context("Guest"), made)


# --- a second try -----------------------------------------------------------------------------------------


def test_rows_that_failed_are_tried_again_and_others_are_not(ctx: Context) -> None:
    document.new(ctx, {"doctype": "Parcel", "title": "Two"}).insert()
    made = taken(ctx, "Title,Count\nOne,1\nTwo,2\nThree,3\n")
    assert [each["success"] for each in logs(ctx, made)] == [1, 0, 1]
    assert made.status == "Partial Success"
    document.delete(ctx, "Parcel", "Two")
    ctx.commit()
    made.start_import()
    made.reload()
    assert (made.status, frappe_lite.db.count("Parcel")) == ("Success", 3)
    assert frappe_lite.db.get_value("Parcel", "Two", "count") == 2


def test_what_was_refused_can_be_downloaded(ctx: Context) -> None:
    document.new(ctx, {"doctype": "Parcel", "title": "Two"}).insert()
    made = taken(ctx, "Title,Count\nOne,1\nTwo,2\n")
    functions = importlib.import_module(HERE)
    functions.download_errored_template(made.name)
    assert list(csv.reader(io.StringIO(ctx.response.result))) == [["Title", "Count"], ["Two", "2"]]
    functions.download_import_log(made.name)
    header, one, two = csv.reader(io.StringIO(ctx.response.result))
    assert header == ["Row Numbers", "Status", "Message", "Exception"]
    assert (one[:3], two[:2]) == (["2", "Success", "Successfully Imported One"], ["3", "Failure"])
    assert "DuplicateEntryError" in two[3]


def test_a_fault_of_an_app_in_one_document_is_told_and_the_others_are_kept(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(doc: Any, _event: str) -> None:
        if doc.title == "Two":
            frappe_lite.db.commit()
            raise ZeroDivisionError("by zero")

    monkeypatch.setitem(ctx.site._event_handlers, ("Parcel", "after_insert"), [fail])
    made = taken(ctx, "Title\nOne\nTwo\nThree\n")
    assert frappe_lite.get_all("Parcel", pluck="name", order_by="name") == ["One", "Three"]
    assert ("by zero" in told(ctx, made)[0], "ZeroDivisionError" in logs(ctx, made)[1]["exception"]) == (True, True)


def test_the_log_goes_with_its_record(ctx: Context) -> None:
    made = taken(ctx, "Title\nOne\n")
    document.delete(ctx, "Data Import", made.name)
    assert frappe_lite.db.count("Data Import Log") == 0


def test_an_import_that_fails_as_a_whole_says_so(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    made = given(ctx, "Title\nOne\n")
    monkeypatch.setattr(importer.Importer, "import_data", lambda _self: 1 / 0)
    record.start_import(made.name)
    made.reload()
    assert made.status == "Error"
    assert frappe_lite.db.get_value("Error Log", {"reference_name": made.name}, "method") == "Data import failed"


# --- before and meanwhile ---------------------------------------------------------------------------------


def test_a_preview_shows_columns_rows_and_warnings(ctx: Context) -> None:
    rows = "".join(f"P{number},{number},x,y\n" for number in range(12))
    made = given(ctx, f"Title,Count,Colour,\n{rows}", template_options='{"column_to_field_map": {"2": "Kind"}}')
    found = made.get_preview_from_template()
    assert [each["header_title"] for each in found.columns] == ["Sr. No", "Title", "Count", "Colour", None]
    assert [bool(each["skip_import"]) for each in found.columns] == [True, False, False, False, True]
    assert found.columns[2]["df"] == {
        "fieldtype": "Int", "fieldname": "count", "label": "Count", "options": None, "reqd": 0, "default": None,
        "read_only": 0, "parent": "Parcel",
    }  # fmt: skip
    assert (len(found.data), found.data[0], found.total_number_of_rows) == (10, [2, "P0", "0", "x", "y"], 12)
    assert [(each.get("col"), each.get("type")) for each in found.warnings] == [(3, "info"), (3, None), (4, "info")]


@pytest.mark.parametrize(
    ("mapping", "skipped", "message"),
    [
        pytest.param({"1": "Don't Import"}, True, "Skipping column <strong>Count</strong>", id="left out"),
        pytest.param({"1": "Weight"}, False, "Mapping column <strong>Count</strong> to field <strong>Weight</strong>", id="another field"),
        pytest.param({"1": "Nowhere"}, True, "Could not map column 2 to field Nowhere", id="a field that is not there"),
    ],
)  # fmt: skip
def test_columns_are_mapped_by_hand(ctx: Context, mapping: dict[str, str], skipped: bool, message: str) -> None:
    options = json.dumps({"column_to_field_map": mapping})
    found = given(ctx, "Title,Count\nOne,1\n", template_options=options).get_preview_from_template()
    assert (found.columns[2]["skip_import"], found.warnings[0]["message"]) == (skipped, message)


def test_a_column_that_stands_there_twice_is_taken_once(ctx: Context) -> None:
    made = taken(ctx, "Title,Count,Count\nOne,1,2\n")
    assert (made.status, frappe_lite.db.get_value("Parcel", "One", "count")) == ("Success", 1)


def test_progress_is_told_of_files_with_many_documents(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        ctx.site.extensions, "publish", lambda _ctx, event, message, *_where: seen.append((event, message))
    )
    made = taken(ctx, "Title\n" + "".join(f"P{number}\n" for number in range(6)))
    progress = [message for event, message in seen if event == "data_import_progress"]
    assert [each["current"] for each in progress] == [1, 2, 3, 4, 5, 6]
    assert (progress[5]["docname"], progress[5]["row_indexes"], progress[5]["eta"]) == ("P5", [7], 0)
    assert ("data_import_refresh", {"data_import": made.name}) in seen


# --- over HTTP --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "said"), [(3, [33, 66, 100]), (1, [100])])
def test_the_job_says_how_far_an_import_is(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, count: int, said: list[int]
) -> None:
    seen: list[object] = []
    monkeypatch.setattr(
        ctx.site.job_queue, "note_progress", lambda _ctx, key, told: seen.append((key, told["percent"]))
    )
    kept("local", Local).job = _dict(key="j")
    taken(ctx, "Title\n" + "".join(f"P{number}\n" for number in range(count)))
    assert seen == [("j", each) for each in said]


@pytest.fixture
def client(world: frappe_lite.Site, ctx: Context, monkeypatch: pytest.MonkeyPatch) -> ApiClient:
    monkeypatch.setitem(world.conf, "developer_mode", 1)  # imports run in the request
    return ApiClient(world)


def test_a_front_end_looks_starts_and_follows(client: ApiClient, ctx: Context) -> None:
    made = given(ctx, "Title,Count\nOne,1\n")
    shown = client(f"GET /api/method/{HERE}.get_preview_from_template", {"data_import": made.name}).json["message"]
    assert (len(shown["columns"]), shown["data"], shown["import_log"]) == (3, [[2, "One", "1"]], [])
    assert client(f"POST /api/method/{HERE}.form_start_import", {"data_import": made.name}).json == {"message": True}
    status = client(f"GET /api/method/{HERE}.get_import_status", {"data_import_name": made.name}).json["message"]
    assert status == {"status": "Success", "success": 1, "total_records": 1}
    (log,) = client(f"GET /api/method/{HERE}.get_import_logs", {"data_import": made.name}).json["message"]
    assert log == {"success": 1, "docname": "One", "messages": "[]", "exception": None, "row_indexes": "[2]"}


def test_a_job_takes_the_file_in_where_nobody_waits(world: frappe_lite.Site, ctx: Context) -> None:
    made = given(ctx, "Title\nOne\n")
    ctx.flags.in_test = False
    assert (made.start_import(), made.start_import()) == (True, False)
    assert frappe_lite.db.count("Parcel") == 0
    job = importlib.import_module("frappe.utils.background_jobs").get_job(f"data_import||{made.name}")
    assert (job.kwargs["kwargs"], job.event) == ({"data_import": made.name}, "data_import")


@pytest.mark.parametrize(
    "name", ["get_preview_from_template", "form_start_import", "get_import_status", "get_import_logs"]
)
def test_who_may_not_see_the_record_is_told_nothing(client: ApiClient, ctx: Context, name: str) -> None:
    made = given(ctx, "Title\nOne\n")
    if ctx.store.exists(ctx.meta("User"), "plain@example.com") is None:
        document.new(ctx, {"doctype": "User", "email": "plain@example.com", "first_name": "P"}).insert()
        ctx.commit()
    key = "data_import_name" if name == "get_import_status" else "data_import"
    verb = "POST" if name.startswith("form") else "GET"
    assert (
        ApiClient(client.site, "plain@example.com")(f"{verb} /api/method/{HERE}.{name}", {key: made.name}).status_code
        == 403
    )


# --- files to fill in -------------------------------------------------------------------------------------


def parcels(ctx: Context) -> None:
    rows = [{"item": "a", "size": 1}, {"item": "b", "size": 2}]
    document.new(ctx, {"doctype": "Parcel", "title": "One", "travel": 3600, "items": rows}).insert()
    document.new(ctx, {"doctype": "Parcel", "title": "Two", "count": 2}).insert()
    ctx.commit()


FIELDS = {"Parcel": ["title", "count", "travel"], "items": ["item"], "nothing": ["x"]}


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        pytest.param({"export_records": "blank_template"}, [[], []], id="the header alone"),
        pytest.param({}, [["Two", "2", "", ""], ["One", "0", "1h", "a"], ["", "", "", "b"]], id="all"),
        pytest.param({"export_filters": {"title": "Two"}}, [["Two", "2", "", ""]], id="some"),
        pytest.param({"export_records": "5_records", "export_filters": [["count", ">", 1]]}, [["Two", "2", "", ""]], id="a few"),
    ],
)  # fmt: skip
def test_a_template_is_downloaded(
    client: ApiClient, ctx: Context, asked: dict[str, Any], rows: list[list[str]]
) -> None:
    parcels(ctx)
    given_fields = {"doctype": "Parcel", "export_fields": json.dumps(FIELDS)}
    answer = client(f"POST /api/method/{HERE}.download_template", {**given_fields, **asked})
    assert answer.headers["Content-Disposition"] == "attachment; filename=Parcel.csv"
    found = list(csv.reader(io.StringIO(answer.text)))
    assert found == [["Title", "Count", "Travel", "Item (Items)"], *rows]


def test_a_template_is_downloaded_as_a_workbook(client: ApiClient, ctx: Context) -> None:
    pytest.importorskip("openpyxl")
    parcels(ctx)
    asked = {"doctype": "Parcel", "export_fields": json.dumps(FIELDS), "file_type": "Excel"}
    answer = client(f"POST /api/method/{HERE}.download_template", asked)
    found = importlib.import_module("frappe.utils.xlsxutils").read_xlsx_file_from_attached_file(fcontent=answer.data)
    assert found[0] == ["Title", "Count", "Travel", "Item (Items)"]


def test_what_was_downloaded_is_taken_in_again(ctx: Context) -> None:
    parcels(ctx)
    fields = {"Parcel": ["name", "title", "count"], "items": ["name", "item", "size"], "again": ["item"]}
    text = exporter.csv_text(exporter.Exporter(ctx, ctx.meta("Parcel"), fields, True).get_csv_array())
    for name in ("One", "Two"):
        document.delete(ctx, "Parcel", name)
    made = taken(ctx, text)
    assert (made.status, [each.item for each in frappe_lite.get_doc("Parcel", "One").get("items")]) == (
        "Success",
        ["a", "b"],
    )


@pytest.mark.parametrize(
    ("fields", "user", "error"),
    [
        pytest.param(["title"], "Administrator", BadRequestError, id="a list of fields"),
        pytest.param({"Parcel": ["title"]}, "Guest", PermissionError, id="who may not read"),
    ],
)
def test_a_template_is_refused(
    world: frappe_lite.Site, ctx: Context, fields: Any, user: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        record.download_template(world.new_context(user), "Parcel", fields)


# --- for app code -----------------------------------------------------------------------------------------


def test_app_code_takes_files_of_this_machine_in(ctx: Context, tmp_path: Path) -> None:
    file = tmp_path / "parcels.csv"
    file.write_text("Title,Count\nOne,1\n")
    importlib.import_module(HERE).import_file("Parcel", str(file), "Insert")
    file.write_text("Title,Count\nOne,5\n")
    importlib.import_module(HERE).import_file("Parcel", str(file), "Update")
    assert frappe_lite.db.get_value("Parcel", "One", "count") == 5
    with pytest.raises(ValidationError, match="Invalid template file"):
        importlib.import_module(HERE).import_file("Parcel", str(tmp_path / "none.csv"), "Insert")


def test_app_code_has_the_importer_and_the_exporter(ctx: Context) -> None:
    made = given(ctx, "Title,Count\nOne,1\n")
    found = importlib.import_module("frappe.core.doctype.data_import.importer").Importer("Parcel", data_import=made)
    found.import_file.raw_data[1][1] = "8"
    found.import_file.parse_data_from_template()
    found.import_data()
    rows = importlib.import_module("frappe.core.doctype.data_import.exporter").Exporter(
        "Parcel", {"Parcel": ["name", "count"]}, export_data=True
    )
    rows.build_response()
    assert (rows.get_csv_array(), ctx.response.type) == ([["ID", "Count"], ["One", 8]], "csv")


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        pytest.param(lambda m: m.read_csv_content(b"a,b\n1,\n"), [["a", "b"], ["1", None]], id="bytes as rows"),
        pytest.param(
            lambda m: m.read_csv_content("a;b\n1;2", use_sniffer=True), [["a", "b"], ["1", "2"]], id="semicolons"
        ),
        pytest.param(lambda m: m.read_csv_content("a;b"), [["a;b"]], id="commas alone, if nobody asked"),
        pytest.param(lambda m: m.to_csv([["a", 1], [None, 'b"']]), '"a",1\r\n"","b"""\r\n', id="rows as text"),
    ],
)
def test_csv_for_app_code(ctx: Context, call: Any, answer: object) -> None:
    assert call(importlib.import_module("frappe.utils.csvutils")) == answer


def test_rows_are_written_one_by_one(ctx: Context) -> None:
    writer = importlib.import_module("frappe.utils.csvutils").UnicodeWriter()
    writer.writerow(["a", 1])
    assert writer.getvalue() == '"a",1\r\n'


@pytest.mark.parametrize(
    "fields", [["title"], {"Parcel": 5}, {"Parcel": None}, {"Parcel": "title"}, {"items": {"a": 1}}]
)
def test_fields_that_are_no_lists_are_refused(ctx: Context, fields: object) -> None:
    with pytest.raises(BadRequestError, match="fields by DocType or table"):
        record.download_template(ctx, "Parcel", json.dumps(fields))


@pytest.mark.parametrize(
    ("module", "call", "kind", "content"),
    [
        pytest.param(
            "csvutils", lambda m: m.build_csv_response([["a", 1]], "Parcels"), "csv", '"a",1\r\n', id="rows as CSV"
        ),
        pytest.param(
            "xlsxutils", lambda m: m.build_xlsx_response([["a", 1]], "Parcels"), "binary", [["a", "1"]], id="a workbook"
        ),
    ],
)
def test_app_code_answers_with_rows(ctx: Context, module: str, call: Any, kind: str, content: object) -> None:
    if kind == "binary":
        pytest.importorskip("openpyxl")
    call(importlib.import_module(f"frappe.utils.{module}"))
    assert ctx.response.type == kind
    if kind == "csv":
        assert (ctx.response.doctype, ctx.response.result) == ("Parcels", content)
    else:
        read = importlib.import_module("frappe.utils.xlsxutils").read_xlsx_file_from_attached_file
        assert ctx.response.filename == "Parcels.xlsx" and read(fcontent=ctx.response.filecontent) == content


def test_a_workbook_is_read_from_its_content_its_path_or_not_at_all(ctx: Context, tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    utils = importlib.import_module("frappe.utils.xlsxutils")
    packed = utils.make_xlsx([["a", None, "c"], [1, "b", 0]], "Sheet").getvalue()
    path = tmp_path / "a.xlsx"
    path.write_bytes(packed)
    read = utils.read_xlsx_file_from_attached_file
    assert read(fcontent=packed) == read(filepath=str(path)) == [["a", None, "c"], ["1", "b", "0"]]
    assert read() is None


@pytest.mark.parametrize(
    ("call", "says"),
    [
        pytest.param(lambda m: m.make_xlsx([], "A", wb=object()), "one workbook a sheet", id="a sheet to a workbook"),
        pytest.param(
            lambda m: m.read_xlsx_file_from_attached_file("/files/none.xlsx"), "There is no file", id="a file of nobody"
        ),
    ],
)
def test_what_workbooks_do_not_do_is_said(ctx: Context, call: Any, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        call(importlib.import_module("frappe.utils.xlsxutils"))


def test_a_text_of_an_editor_is_exported_without_its_markup(ctx: Context) -> None:
    store_doctype(ctx, doctype("Letter", ("body", "Text Editor"), autoname="hash"))
    document.new(ctx, {"doctype": "Letter", "body": "<p>Dear <b>Ann</b></p>"}).insert()
    rows = exporter.Exporter(ctx, ctx.meta("Letter"), {"Letter": ["body"]}, True).get_csv_array()
    assert rows[1:] == [["Dear Ann"]]


@pytest.mark.parametrize("names", [["count", "title"], ("count", "title")], ids=["a list", "a tuple"])
def test_app_code_names_fields_in_their_order(ctx: Context, names: Any) -> None:
    assert exporter.Exporter(ctx, ctx.meta("Parcel"), {"Parcel": names}).get_csv_array() == [["Count", "Title"]]
