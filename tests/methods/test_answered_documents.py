"""Documents that a method answers with: only what is set of them, in both versions."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context

FORM, SHARE = "frappe.desk.form", "frappe.share"
ABOUT = {"doctype": "Task", "name": "T", "user": "user@x.org"}


class Office(BaseOffice):
    """A Task with a template to map from, how its list is shown, and whom it is shared with."""

    users = {"user": ("Task User",)}

    def fill(self, ctx: Context) -> None:
        document.new(ctx, {"doctype": "Task", "subject": "one"}).insert(set_name="T")
        document.load(ctx, "User", "user@x.org").update({"document_follow_notify": 1}).save()
        document.new(ctx, {"doctype": "List View Settings", "disable_count": 1}).insert(set_name="Task")
        shared = {"doctype": "DocShare", "share_doctype": "Task", "share_name": "T", "user": "user@x.org", "read": 1}
        document.new(ctx, shared).insert()
        document.new(ctx, {"doctype": "Report", "ref_doctype": "Task", "report_type": "Report Builder"}).insert(
            set_name="Jobs"
        )


@pytest.mark.parametrize("version", ["", "v2/"])
@pytest.mark.parametrize(
    ("method", "body"),
    [
        pytest.param(
            f"{FORM}.utils.add_comment",
            {"reference_doctype": "Task", "reference_name": "T", "content": "c", "comment_email": "", "comment_by": ""},
            id="a comment",
        ),
        pytest.param("frappe.core.api.file.create_new_folder", {"file_name": "New", "folder": "Home"}, id="a folder"),
        pytest.param(f"{SHARE}.set_permission", {**ABOUT, "permission_to": "write"}, id="a share"),
        pytest.param("frappe.desk.listview.get_list_settings", {"doctype": "Task"}, id="how lists are shown"),
        pytest.param("frappe.desk.query_report.get_report_doc", {"report_name": "Jobs"}, id="a report"),
    ],
)
def test_what_is_unset_of_a_document_is_left_out(
    office: Office, method: str, body: dict[str, Any], version: str
) -> None:
    answer = office.clients["admin"](f"POST /api/{version}method/{method}", body)
    assert answer.status_code == 200, answer.text
    made = answer.json["data" if version else "message"]
    assert made["doctype"] and made["name"] and None not in made.values()


def test_a_follower_is_answered_so_too(office: Office) -> None:
    method = f"POST /api/method/{FORM}.document_follow.follow_document"
    made = office.clients["admin"](method, {"doctype": "Task", "doc_name": "T", "user": "user@x.org"}).json["message"]
    assert (made["ref_docname"], made["user"], None in made.values()) == ("T", "user@x.org", False)
