"""Rows that are dropped on a list: checked, made into documents, taken back within the day."""

from __future__ import annotations

import base64
import datetime
import io
import json
import zipfile
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite import utils
from frappe_lite.parts.transfer import sheet
from frappe_lite.query import Condition

AT = "POST /api/v2/method/frappe_lite.sheet."


def ask(client: ApiClient, name: str, **values: Any) -> Any:
    return client(f"{AT}{name}", {"doctype": "Task", **values})


def count(site: frappe_lite.Site, doctype: str = "Task") -> int:
    with site.acting() as ctx:
        return len(ctx.store.find(ctx.meta(doctype), Condition()))


@pytest.fixture
def admin(client: ApiClient) -> ApiClient:
    """Who imports."""
    return client


@pytest.mark.parametrize(
    ("columns", "rows", "documents", "problems"),
    [
        pytest.param(["subject"], [["Write"], ["Read"]], 2, [], id="a row is a document"),
        pytest.param(["subject", ""], [["Write", "whatever"]], 1, [], id="a column without a field is left out"),
        pytest.param(["subject", "points"], [["Write"]], 1, [], id="a short row has blank cells"),
        pytest.param(["subject"], [["Write"], [""], ["Read"]], 2, [], id="a blank row is none"),
        pytest.param(["subject", "points"], [["Write", "many"]], 1, [(2, "points")], id="a cell of the wrong type"),
        pytest.param(["subject", "due_date"], [["A", "2026-01-02"], ["B", "2.1.2026"]], 2, [(3, "due_date")], id="a date in another form"),
        pytest.param(["subject", "status"], [["Write", "Lost"]], 1, [(2, "status")], id="a choice that is none"),
        pytest.param(["subject", "project"], [["Write", "Nowhere"]], 1, [(2, "project")], id="a link to nothing"),
        pytest.param(["points", "subject"], [["3", ""]], 1, [(2, "subject")], id="what is mandatory is missing"),
        pytest.param(["subject", "checklist.item"], [["Write", "pen"], ["", "paper"]], 1, [], id="a row without cells of the document is a child row"),
    ],
)  # fmt: skip
def test_check_tells_what_insert_would_and_keeps_nothing(
    app_site: frappe_lite.Site, admin: ApiClient, columns: Any, rows: Any, documents: int, problems: Any
) -> None:
    answer = ask(admin, "check", columns=columns, rows=rows)
    assert answer.status_code == 200, answer.text
    told = answer.json["data"]
    assert (told["documents"], [(each["row"], each["column"]) for each in told["problems"]]) == (documents, problems)
    assert (told["made"], count(app_site)) == ([], 0)


def test_insert_keeps_what_is_right(app_site: frappe_lite.Site, admin: ApiClient) -> None:
    rows = [["Write", "1", "pen"], ["", "", "paper"], ["Read", "many", ""], ["Rest", "2", ""]]
    told = ask(admin, "insert", columns=["subject", "points", "checklist.item"], rows=rows, run="r1", first=10).json[
        "data"
    ]
    assert [each["row"] for each in told["problems"]] == [12]
    first = admin(f"GET /api/v2/document/Task/{told['made'][0]}").json["data"]
    assert (first["subject"], [each["item"] for each in first["checklist"]]) == ("Write", ["pen", "paper"])
    assert (len(told["made"]), count(app_site)) == (2, 2)


def test_with_update_a_name_that_is_there_is_changed(app_site: frappe_lite.Site, admin: ApiClient) -> None:
    [name] = ask(admin, "insert", columns=["subject"], rows=[["Write"]], run="r1").json["data"]["made"]
    columns, rows = ["name", "subject"], [[name, "Write it"]]
    refused = ask(admin, "check", columns=columns, rows=rows).json["data"]["problems"]
    told = ask(admin, "insert", columns=columns, rows=rows, run="r2", update=1).json["data"]
    assert ([each["row"] for each in refused], told["updated"], told["made"], count(app_site)) == ([2], 1, [], 1)
    assert admin(f"GET /api/v2/document/Task/{name}").json["data"]["subject"] == "Write it"


@pytest.mark.parametrize(
    ("name", "values", "status"),
    [
        pytest.param("check", {"columns": "subject", "rows": []}, 400, id="columns are a list"),
        pytest.param("check", {"columns": ["subject"], "rows": ["x"]}, 400, id="rows are lists"),
        pytest.param("check", {"columns": ["subject"], "rows": [["x"]] * 2001}, 400, id="a portion has an end"),
        pytest.param("check", {"columns": ["nothing"], "rows": [["x"]]}, 417, id="a column is a field"),
        pytest.param("check", {"columns": ["subject", "subject"], "rows": [["x", "y"]]}, 417, id="a field is one column"),
        pytest.param("check", {"columns": ["subject"], "rows": [["x"]], "doctype": "System Settings"}, 417, id="a Single has no rows"),
        pytest.param("insert", {"columns": ["subject"], "rows": [["x"]], "run": "../x"}, 400, id="a run is a word"),
        pytest.param("undo", {"run": "never"}, 417, id="a run that was none"),
        pytest.param("read", {"content": "no base64 !"}, 417, id="a workbook comes in base64"),
        pytest.param("read", {"content": base64.b64encode(b"hello").decode()}, 417, id="a workbook is one"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_said(admin: ApiClient, name: str, values: Any, status: int) -> None:
    answer = admin(f"{AT}{name}", {"doctype": "Task", **values} if name in ("check", "insert") else values)
    assert (answer.status_code, bool(answer.json["errors"][0]["message"])) == (status, True)


def test_who_may_not_create_may_not_import(app_site: frappe_lite.Site, new_user: Any) -> None:
    bob: ApiClient = new_user(app_site, "bob@example.com")
    assert ask(bob, "check", columns=["subject"], rows=[["x"]]).status_code == 403
    assert bob("GET /api/v2/method/frappe_lite.sheet.columns?doctype=Task").status_code == 403


def test_columns_are_those_of_an_export(admin: ApiClient) -> None:
    found = admin("GET /api/v2/method/frappe_lite.sheet.columns?doctype=Task").json["data"]
    known = {each["column"]: each for each in found}
    assert (known["name"]["title"], known["subject"]["required"], known["status"]["required"]) == ("ID", True, False)
    assert (known["checklist.item"]["table"], "secret" in known) == ("checklist", False)


# --- taken back --------------------------------------------------------------------------------------------


def imported(admin: ApiClient, *subjects: str, run: str = "r1") -> list[str]:
    told = ask(admin, "insert", columns=["subject"], rows=[[each] for each in subjects], run=run)
    return list(told.json["data"]["made"])


def runs(client: ApiClient) -> list[tuple[str, int]]:
    found = client("GET /api/v2/method/frappe_lite.sheet.runs?doctype=Task").json["data"]
    return [(each["run"], each["documents"]) for each in found]


def test_a_whole_import_is_taken_back(app_site: frappe_lite.Site, admin: ApiClient) -> None:
    imported(admin, "a", "b")
    imported(admin, "c")  # another portion of it
    imported(admin, "d", run="r2")
    assert runs(admin) == [("r2", 1), ("r1", 3)]
    assert admin(f"{AT}undo", {"run": "r1"}).json["data"] == {"deleted": 3, "failed": []}
    assert (count(app_site), runs(admin)) == (1, [("r2", 1)])


def test_what_was_changed_since_stays_and_is_named(app_site: frappe_lite.Site, admin: ApiClient) -> None:
    changed, gone, _left = imported(admin, "a", "b", "c")
    admin(f"PATCH /api/v2/document/Task/{changed}", {"points": 3})
    admin(f"DELETE /api/v2/document/Task/{gone}")
    told = admin(f"{AT}undo", {"run": "r1"}).json["data"]
    assert (told["deleted"], [each["name"] for each in told["failed"]]) == (1, [changed])
    assert (count(app_site), runs(admin)) == (1, [("r1", 1)])


def test_an_import_is_its_makers_and_of_one_day(
    app_site: frappe_lite.Site, admin: ApiClient, new_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(admin, "a")
    ann: ApiClient = new_user(app_site, "ann@example.com", "Task User")
    assert (runs(ann), ann(f"{AT}undo", {"run": "r1"}).status_code) == ([], 417)
    later = utils.now_datetime() + datetime.timedelta(days=1, minutes=1)
    with app_site.acting() as ctx:
        kept = json.loads(ctx.store.value("imports:Administrator"))
        kept[0]["at"] = str(later - datetime.timedelta(days=2, minutes=2))
        ctx.store.set_value("imports:Administrator", json.dumps(kept))
    assert (runs(admin), admin(f"{AT}undo", {"run": "r1"}).status_code, count(app_site)) == ([], 417, 1)


def test_a_workbook_is_read_as_csv_would_be(admin: ApiClient) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    moments = (datetime.datetime(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4, 5))
    for row in (
        ["Subject", "Points", "When"],
        ["Write", 3.0, moments[0]],
        [None, None, None],
        ["Read", 1.5, moments[1]],
    ):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    told = admin(f"{AT}read", {"content": base64.b64encode(file.getvalue()).decode()}).json["data"]
    assert told == [["Subject", "Points", "When"], ["Write", "3", "2026-01-02"], ["Read", "1.5", "2026-01-02 03:04:05"]]


def packed(**parts: bytes) -> str:
    """A zip file with these parts, in base64."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param("not base64", 417, id="no base64"),
        pytest.param(base64.b64encode(b"PK").decode(), 417, id="no zip file"),
        pytest.param(packed(a=b"1"), 417, id="a zip file of something else"),
        pytest.param(packed(a=bytes(60), b=bytes(60)), 413, id="a small file that unpacks to much"),
    ],
)
def test_what_is_no_workbook_is_refused(
    admin: ApiClient, monkeypatch: pytest.MonkeyPatch, content: str, status: int
) -> None:
    pytest.importorskip("openpyxl")
    monkeypatch.setattr(sheet, "MAX_UNPACKED", 100)
    assert admin(f"{AT}read", {"content": content}).status_code == status
