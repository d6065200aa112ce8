"""Custom Fields named like columns that every table has: the column stays what it is, whatever becomes of the field."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from conftest import BaseOffice
from frappe_lite.parts.doctypes.customising import customise

STANDARD = {
    "owner": ("Int", "Administrator"),
    "idx": ("Data", 0),
    "_user_tags": ("Date", ",red"),
    "_comments": ("Int", None),
    "_assign": ("Table", None),
    "_liked_by": ("Check", None),
    "_seen": ("Int", None),
}
"""Name -> the fieldtype that the field asks for, and the value of the column."""


class Office(BaseOffice):
    def fill(self, ctx: Any) -> None:
        self.before = list(self.site.database.columns("tabProject"))


def custom_field(office: Office, fieldname: str, **values: Any) -> Any:
    kind = STANDARD.get(fieldname, ("Data", None))[0]
    asked = {"dt": "Project", "fieldname": fieldname, "label": fieldname, "fieldtype": kind, **values}
    if kind == "Table":
        asked["options"] = "Has Role"
    return office.clients["admin"]("POST /api/resource/Custom Field", asked)


@pytest.mark.parametrize("fieldname", STANDARD)
def test_nothing_is_lost_by_a_custom_field_of_a_standard_name(office: Office, fieldname: str) -> None:
    admin, value = office.clients["admin"], STANDARD[fieldname][1]
    title = f"Before {fieldname}"
    assert admin("POST /api/resource/Project", {"title": title}).status_code == 201
    if fieldname == "_user_tags":
        tag = {"tag": "red", "dt": "Project", "dn": title}
        assert admin("POST /api/method/frappe.desk.doctype.tag.tag.add_tag", tag).status_code == 200

    def stored() -> object:
        column = fieldname if fieldname in office.before else "NULL"
        return office.site.database.row(f'SELECT {column} FROM "tabProject" WHERE name = ?', (title,))[0]

    before = stored()
    assert custom_field(office, fieldname).status_code == 201
    assert custom_field(office, fieldname).status_code == 409
    assert stored() == before
    # written, read, listed and filtered as without the field
    assert admin(f"PUT /api/resource/Project/{quote(title)}", {"status": "Completed"}).status_code == 200
    assert admin(f"GET /api/v2/document/Project/{quote(title)}").get_json()["data"].get(fieldname) == (
        value if not fieldname.startswith("_") else None
    )
    if fieldname in office.before:
        for door in ("/api/resource/Project", "/api/v2/document/Project"):
            rows = admin(f'GET {door}?fields=["name","{fieldname}"]&filters=[["name","=","{title}"]]').get_json()
            assert rows["data"] == [{"name": title, fieldname: before}]
        found = admin(f'GET /api/resource/Project?filters=[["name","=","{title}"],["{fieldname}","=",{fieldname!r}]]'
            .replace("'", '"'))  # fmt: skip
        assert (found.status_code, found.get_json()["data"]) == (200, [{"name": title}] if fieldname == "idx" else [])
    # changed, and deleted again
    path = f"/api/resource/Custom Field/Project-{fieldname}"
    assert admin(f"PUT {path}", {"label": "Another"}).status_code == 200
    assert admin(f"DELETE {path}").status_code == 202
    assert stored() == before
    assert list(office.site.database.columns("tabProject")) == office.before


@pytest.mark.parametrize("fieldname", ["docstatus", "doctype", "flags", "rowid"])
def test_no_custom_field_is_called_what_a_document_is_known_by(office: Office, fieldname: str) -> None:
    answer = custom_field(office, fieldname)
    assert (answer.status_code, answer.get_json()["exc_type"]) == (417, "ValidationError")
    assert office.clients["admin"](f"GET /api/resource/Custom Field/Project-{fieldname}").status_code == 404


@pytest.mark.parametrize("fieldname", ["name", "parent", "creation", "modified", "modified_by"])
def test_some_standard_names_get_a_1(office: Office, fieldname: str) -> None:
    made = custom_field(office, fieldname).get_json()["data"]
    assert (made["name"], made["fieldname"]) == (f"Project-{fieldname}1", f"{fieldname}1")


def test_the_editor_of_fields_leaves_a_custom_field_that_it_does_not_show(office: Office) -> None:
    assert custom_field(office, "idx", dt="Prompt Doc").status_code == 201
    with office.site.acting() as ctx:
        shown = [field.raw for field in ctx.meta("Prompt Doc").fields]
        customise(ctx, "Prompt Doc", shown)
        assert ctx.store.exists(ctx.meta("Custom Field"), "Prompt Doc-idx") == "Prompt Doc-idx"
