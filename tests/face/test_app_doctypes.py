"""DocTypes in every shape that real apps have them, made up.

Loaded in one go, a document of each made, read, listed, changed, deleted.

The shapes were taken from the JSON of published apps: their fieldtypes, ways of naming, flags, and links to what is not
there.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite.doctype.fieldtypes import FIELDTYPES
from frappe_lite.face.apps import loading as apps
from frappe_lite.site import Site

apps.provide_frappe()

VALUES: dict[str, Any] = {
    "Int": 3,
    "Long Int": 2**40,
    "Float": 1.5,
    "Currency": 2.5,
    "Percent": 50.0,
    "Rating": 0.8,
    "Duration": 90.0,
    "Check": 1,
    "Date": "2026-01-31",
    "Datetime": "2026-01-31 10:00:00",
    "Time": "10:00:00",
    "JSON": '{"a": 1}',
    "Geolocation": "{}",
    "Color": "#ffffff",
    "Select": "Open",
    "Phone": "+49-1234567",
    "Password": "secret",
    "Link": "Administrator",
    "Dynamic Link": "Administrator",
    "Table": [{"item": "a"}],
    "Table MultiSelect": [{"user": "Administrator"}],
}
OPTIONS = {
    "Link": "User",
    "Dynamic Link": "of",
    "Select": "\nOpen\nClosed",
    "Table": "Shape Row",
    "Table MultiSelect": "Shape Pick",
}


def every_field(*more: dict[str, Any] | tuple[Any, ...]) -> list[Any]:
    fields = [
        {
            "fieldname": f"f_{kind.lower().replace(' ', '_')}",
            "fieldtype": kind,
            "label": kind,
            "options": OPTIONS.get(kind),
        }
        for kind in FIELDTYPES
    ]
    return [("of", "Link", "DocType"), *fields, *more]


NAMINGS: dict[str, dict[str, Any]] = {
    "Random": {},
    "Hash": {"autoname": "hash", "naming_rule": "Random"},
    "Auto": {"autoname": "autoincrement", "naming_rule": "Autoincrement"},
    "Prompt": {"autoname": "Prompt"},
    "Asked": {"autoname": "prompt", "naming_rule": "Set by user"},
    "Field": {"autoname": "field:title", "naming_rule": "By fieldname"},
    "Format": {"autoname": "format:SH-{title}-{YYYY}-{####}", "naming_rule": "Expression"},
    "Old": {"autoname": "HR-.YY.-.MM.-.#####"},
    "Fielded": {"autoname": "{title}.-.###"},
    "Dots": {"autoname": ".####"},
    "Series": {"autoname": "naming_series:"},
}
FLAGS: dict[str, dict[str, Any]] = {
    "Submitted": {"is_submittable": 1, "fields": ["amended_from"]},
    "Tracked": {"track_changes": 1, "track_views": 1, "track_seen": 1},
    "Tree": {"is_tree": 1, "nsm_parent_field": "reports_to"},
    "Titled": {
        "title_field": "title",
        "search_fields": "title,f_data",
        "show_title_field_in_link": 1,
        "image_field": "f_attach_image",
        "sort_field": "title",
        "sort_order": "ASC",
    },
    "Shown": {
        "has_web_view": 1,
        "allow_guest_to_view": 1,
        "is_published_field": "f_check",
        "route": "shapes",
        "index_web_pages_for_search": 1,
    },
    "Mailed": {"email_append_to": 1, "sender_field": "f_data", "subject_field": "title", "timeline_field": "f_link"},
    "Odd": {
        "engine": "InnoDB",
        "row_format": "Dynamic",
        "migration_hash": "x",
        "beta": 1,
        "max_attachments": 1,
        "never_heard_of": {"a": [1]},
        "rows_threshold_for_grid_search": 20,
    },
}


def shapes() -> dict[str, dict[str, Any]]:
    """DocTypes by name: one for each way of naming and each flag, Singles, child tables, and links to what is not
    there.
    """
    title = {"fieldname": "title", "fieldtype": "Data", "reqd": 1, "in_list_view": 1}
    series = {"fieldname": "naming_series", "fieldtype": "Select", "options": "SH-.####\nSX-.####"}
    tree = [
        ("reports_to", "Link", "Shape Tree"),
        ("lft", "Int"),
        ("rgt", "Int"),
        ("is_group", "Check"),
        ("old_parent", "Link", "Shape Tree"),
    ]
    made = {
        f"Shape {key}": doctype(f"Shape {key}", title, *([series] if key == "Series" else []), *every_field(), **more)
        for key, more in NAMINGS.items()
    }
    for key, more in FLAGS.items():
        extra: list[Any] = (
            tree if key == "Tree" else [("amended_from", "Link", f"Shape {key}")] if key == "Submitted" else []
        )
        made[f"Shape {key}"] = doctype(
            f"Shape {key}",
            title,
            *every_field(*extra),
            **{each: value for each, value in more.items() if each != "fields"},
        )
    lost = [
        ("company", "Link", "Company"),
        ("rows", "Table", "Company Row"),
        ("picks", "Table MultiSelect", "Company Pick"),
        {**title, "fetch_from": "company.title"},
    ]
    made["Shape Lost"] = doctype(
        "Shape Lost",
        *lost,
        {"fieldname": "stage", "fieldtype": "Link", "options": "Shape Prompt", "default": "Not Made Yet"},
    )
    made["Shape Single"] = doctype("Shape Single", title, *every_field(), issingle=1)
    made["Shape Row"] = doctype("Shape Row", ("item", "Data"), ("qty", "Int"), istable=1)
    made["Shape Pick"] = doctype("Shape Pick", ("user", "Link", "User"), istable=1, autoname="autoincrement")
    made["Shape Data"] = doctype("Shape Data", title, ("data", "JSON"), ("method", "Data"), ("filters", "Code"))
    return made


SHAPES = shapes()
ALONE = [each for each, raw in SHAPES.items() if not raw.get("istable") and not raw.get("issingle")]


def body(raw: dict[str, Any]) -> dict[str, Any]:
    own = {
        "of": "User",
        "title": "One",
        "reports_to": None,
        "data": '{"title": "not me"}',
        "method": "m",
        "filters": "[]",
        "naming_series": "SX-.####",
    }
    fields = [
        each
        for each in raw["fields"]
        if each["fieldname"] not in ("lft", "rgt", "old_parent", "amended_from", "company", "rows", "picks", "stage")
    ]
    values = {
        each["fieldname"]: own.get(each["fieldname"], VALUES.get(each["fieldtype"], "x"))
        for each in fields
        if FIELDTYPES[each["fieldtype"]].column or FIELDTYPES[each["fieldtype"]].table
    }
    return {**values, **({"name": "Named"} if raw.get("autoname", "").lower() == "prompt" else {})}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("shapes") / "shapes_of_doctypes"
    folder.mkdir()
    for key, raw in SHAPES.items():
        (folder / f"{key.lower().replace(' ', '_')}.json").write_text(json.dumps(raw))
    site = frappe_lite.Site()
    site.load(folder)
    yield ApiClient(site)
    site.close()


@pytest.mark.parametrize("root", ["/api/resource", "/api/v2/document"])
@pytest.mark.parametrize("kind", ALONE)
def test_a_document_lives(client: ApiClient, root: str, kind: str) -> None:
    raw, path = SHAPES[kind], f"{root}/{quote(kind)}"
    made = client(f"POST {path}", body(raw))
    assert made.status_code == 201, made.text
    one = f"{path}/{quote(str(made.json['data']['name']), safe='')}"
    read = client(f"GET {one}").json["data"]
    for each in raw["fields"]:
        sent = body(raw).get(each["fieldname"])
        if FIELDTYPES[each["fieldtype"]].column and sent is not None and each["fieldtype"] != "Password":
            assert read[each["fieldname"]] == sent, each
    assert [(row["item"], row["idx"]) for row in read.get("f_table", [])] == ([("a", 1)] if "f_table" in read else [])
    assert made.json["data"]["name"] in [
        row["name"] for row in client(f'GET {path}?fields=["*"]&limit=50').json["data"]
    ]
    assert client(f"PUT {one}", read).status_code == 200, "what was read can be written back"
    assert client(f"PUT {one}", {"title": "One", "f_int": 4}).status_code == 200
    assert client(f"DELETE {one}").status_code == 202
    assert client(f"GET {one}").status_code == 404


@pytest.mark.parametrize("kind", SHAPES)
def test_its_meta_is_given_out_as_it_was(client: ApiClient, kind: str) -> None:
    raw = SHAPES[kind]
    found = client(f"GET /api/v2/doctype/{quote(kind)}/meta").json["data"]
    desk = client(f"GET /api/method/frappe.desk.form.load.getdoctype?doctype={quote(kind)}").json["docs"][0]
    for given in (found, desk):
        assert {key: given[key] for key in raw if key not in ("fields", "permissions")} == {
            key: raw[key] for key in raw if key not in ("fields", "permissions")
        }
        assert [each["fieldname"] for each in given["fields"]] == [each["fieldname"] for each in raw["fields"]]


def test_a_single_is_read_and_written(client: ApiClient) -> None:
    path = "/api/resource/Shape Single/Shape Single"
    assert client(f"PUT {path}", body(SHAPES["Shape Single"])).status_code == 200
    read = client(f"GET {path}").json["data"]
    assert (read["title"], read["f_int"], read["f_date"], read["f_check"]) == ("One", 3, "2026-01-31", 1)


def test_links_actions_and_states_are_kept(site: Site, write: Write) -> None:
    more = {
        "links": [{"link_doctype": "User", "link_fieldname": "owner", "group": "People", "custom_key": 1}],
        "actions": [{"label": "Go", "action_type": "Server Action", "action": "zoo.go", "group": "G"}],
        "states": [{"title": "Open", "color": "Blue", "custom": 0}],
    }
    site.load(write({"shape.json": doctype("Shape", ("title", "Data"), **more)}))
    found = ApiClient(site)("GET /api/v2/doctype/Shape/meta").json["data"]
    for table, rows in more.items():
        assert [{key: row[key] for key in rows[0]} for row in found[table]] == rows


def test_many_load_in_one_go_and_at_once(tmp_path: Path, site: Site) -> None:
    folder = tmp_path / "many_doctypes"
    folder.mkdir()
    for number in range(150):
        fields = [
            (
                f"field_{each}",
                "Link" if each % 5 == 0 else "Data",
                f"Many {(number + 1) % 150}" if each % 5 == 0 else None,
            )
            for each in range(15)
        ]
        (folder / f"many_{number}.json").write_text(json.dumps(doctype(f"Many {number}", *fields)))
    begun = time.process_time()
    site.load(folder)
    taken = time.process_time() - begun
    assert len([each for each in site.store.document_tables() if each.startswith("tabMany")]) == 150
    assert taken < 5, f"150 DocTypes took {taken:.1f} s of the processor"  # about 0.4 are usual


# --- what is not there ---


@pytest.mark.parametrize(
    ("values", "status", "text"),
    [
        pytest.param({"title": "x", "company": "Acme"}, 201, "Acme", id="a link to a DocType that is not there"),
        pytest.param({"title": "x", "rows": []}, 201, "x", id="no rows of one that is not there"),
        pytest.param(
            {"title": "x", "rows": [{"a": 1}]},
            417,
            "holds rows of the DocType Company Row, which is not installed",
            id="rows of one",
        ),
        pytest.param(
            {"title": "x", "stage": "Not Made Yet"},
            417,
            "Could not find",
            id="a link that the client names to a document that is not there",
        ),
    ],
)
def test_what_links_to_nothing(client: ApiClient, values: dict[str, Any], status: int, text: str) -> None:
    answer = client("POST /api/resource/Shape Lost", values)
    assert (answer.status_code, text in answer.text) == (status, True)


def test_a_document_with_tables_of_nothing_is_copied_and_renamed(client: ApiClient) -> None:
    with client.site.acting():
        doc = frappe_lite.get_doc({"doctype": "Shape Lost", "title": "x"}).insert()
        assert (
            frappe_lite.copy_doc(doc).title,
            frappe_lite.rename_doc("Shape Lost", doc.name, "renamed", force=True),
        ) == ("x", "renamed")


def test_child_rows_that_count_are_kept_by_their_number(client: ApiClient) -> None:
    made = client(
        "POST /api/resource/Shape Random",
        {"title": "x", "f_table_multiselect": [{"user": "Administrator"}, {"user": "Guest"}]},
    ).json["data"]
    rows = made["f_table_multiselect"]
    assert [isinstance(row["name"], int) for row in rows] == [True, True]
    sent = [{"name": str(rows[1]["name"]), "user": "Guest"}, {"user": "Administrator"}]
    changed = client(f"PUT /api/resource/Shape Random/{made['name']}", {"f_table_multiselect": sent}).json["data"][
        "f_table_multiselect"
    ]
    assert (changed[0]["name"], changed[0]["user"], changed[1]["name"] in [row["name"] for row in rows]) == (
        rows[1]["name"],
        "Guest",
        False,
    )


@pytest.mark.parametrize(
    "values", [{"fieldname": "x", "fieldtype": "Data"}, {"dt": None, "label": "X", "fieldtype": "Data"}]
)
def test_a_custom_field_of_no_doctype_says_so(client: ApiClient, values: dict[str, Any]) -> None:
    answer = client("POST /api/resource/Custom Field", values)
    assert (
        answer.status_code,
        answer.json["exc_type"],
        "needs the DocType that it is added to, in dt" in answer.text,
    ) == (417, "MandatoryError", True)


@pytest.mark.parametrize("sent", [{"data": '{"title": "wrapped"}'}, {"data": {"title": "wrapped"}}])
def test_a_body_in_data_alone_is_still_the_document(client: ApiClient, sent: dict[str, Any]) -> None:
    assert client("POST /api/resource/Shape Data", sent).json["data"]["title"] == "wrapped"
