"""Known attacks, by other doors, spellings and DocTypes than those that were reported: the rule is tried, not the case.

Whatever they are answered, nothing leaks and nothing changes that the caller may not change.
"""

from __future__ import annotations

from typing import Any

import pytest

from judge import Judge
from variants import CLIENT, DESK, Words, attempt, batch, changed, doc, judge, rows, told, words
from world import ANN, BEN, EVE

__all__ = ["judge", "words"]

SAVE = f"{DESK}.form.save.savedocs"
SHARE = {"share_doctype": "Vault", "share_name": "{shared}"}
IN_COSTS = {"parent": "{case}", "parenttype": "Case", "parentfield": "costs"}
IN_SUBMITTED = {"parent": "{submitted}", "parenttype": "Case", "parentfield": "lines"}
IN_CANCELLED = {**IN_SUBMITTED, "parent": "{cancelled}"}
PASSWD = {"content_hash": "/etc/passwd", "file_name": "x.txt", "file_url": "https://example.com/x"}
THEIRS = {**PASSWD, "content_hash": "{hash}"}

JUDGED = {
    "what the server computes of a file is never taken from a client": rows(
        ("ann", "POST resource/File", PASSWD),
        ("ann", "POST v2/document/File", THEIRS),
        ("ann", f"POST {CLIENT}.insert", {"doc": doc("File", **THEIRS)}),
        ("web", f"POST {CLIENT}.insert_many", {"docs": [doc("File", **PASSWD, is_folder=1)]}),
        ("ann", "POST v2/batch", batch("POST", "resource/File", {**THEIRS, "is_private": 1})),
        ("ann", f"POST {SAVE}", {"doc": doc("File", **THEIRS, __islocal=1), "action": "Save"}),
        ("ann", "PUT resource/File/{file}", {"content_hash": "{hash}"}),
        ("ann", "POST v2/document/File/bulk_update", {"docs": [{"name": "{file}", "content_hash": "../../x"}]}),
        ("ann", f"POST {CLIENT}.set_value", doc("File", "{file}", fieldname="content_hash", value="{hash}")),
        ("ann", "POST resource/File", {**PASSWD, "content_hash": "{hash}/x", "is_folder": 1}),
        ("web", "POST resource/File", {"file_name": "h", "is_folder": 1, "is_home_folder": 1, "file_size": -1}),
    ),
    "nobody becomes another user by a name": rows(
        ("ann", "POST frappe.rename_doc", {"doctype": "User", "old": ANN, "new": "free@x.org"}),
        ("ann", f"POST {CLIENT}.rename_doc", {"doctype": "user", "old_name": ANN.upper(), "new_name": EVE, "merge": 1}),
        ("web", "PUT resource/User/web@x.org", {"email": EVE, "name": EVE, "username": EVE}),
        ("ann", f"POST {CLIENT}.set_value", doc("User", ANN, fieldname={"name": "free@x.org", "owner": EVE})),
        ("helper", f"POST {CLIENT}.rename_doc", {"doctype": "User", "old_name": EVE, "new_name": "free@x.org"}),
        ("ann", f"POST {CLIENT}.save", {"doc": doc("Diary", "{diary}", owner=EVE, creation="2001-01-01")}),
    ),
    "a document's method shows and changes what the caller may": rows(
        ("ann", "GET run_doc_method", {"dt": "Case", "dn": "{case}", "method": "summary"}),
        ("ben", "POST frappe.handler.run_doc_method", {"dt": "Case", "dn": "{case}", "method": "close"}),
        ("ben", "POST v2/method/run_doc_method", {"docs": doc("Case", "{case}", title="x"), "method": "summary"}),
        ("ann", "POST run_doc_method", {"document": doc("Case", "{foreign}", lines=[]), "method": "summary"}),
        ("ann", "POST run_doc_method", {"docs": doc("Client", "{other client}", region=""), "method": "submit"}),
        ("ann", "POST run_doc_method", {"docs": doc("Vault", "{vault}", __islocal=1), "method": "submit"}),
        ("ann", "POST run_doc_method", {"docs": doc("Diary", "{diary}", mood="x"), "method": "submit"}),
        ("ben", "POST v2/document/Case/{case}/method/close", {}),
        ("ben", "POST resource/Case/{case}", {"run_method": "submit"}),
        ("ann", "GET resource/Case/{foreign}", {"run_method": "summary"}),
    ),
    "a row of a table is as its table and its document": rows(
        ("ann", "POST resource/Case Cost", {**IN_COSTS, "what": "x"}),
        ("ann", "PATCH v2/document/Case Cost/{cost}", {"amount": 1}),
        ("ann", "DELETE resource/Case Cost/{cost}", None),
        ("ann", f"POST {CLIENT}.set_value", doc("Case Cost", "{cost}", fieldname="amount", value=1)),
        ("ann", f"POST {CLIENT}.delete", doc("Case Cost", "{cost}")),
        ("ann", f"POST {CLIENT}.insert", {"doc": doc("Case Cost", **IN_COSTS, what="x")}),
        ("ann", f"POST {CLIENT}.bulk_update", changed("Case Cost", "{cost}", amount=1)),
        ("ann", "POST v2/document/Case Cost/bulk_delete", {"names": ["{cost}"]}),
        ("ann", "POST v2/batch", batch("PUT", "resource/Case Cost/{cost}", {"amount": 1})),
        ("ann", "PUT resource/Case/{case}", {"costs": [{"what": "x"}], "lines": [{"name": "{line}", "price": 1}]}),
        ("ann", f"POST {SAVE}", {"doc": doc("Case Line", "{line}", price=1), "action": "Save"}),
        ("ann", "GET resource/Case Cost", {"parent": "Diary", "fields": ["*"]}),
        ("web", "GET resource/Case Line", {"parent": "Case", "fields": ["price", "parent"]}),
    ),
    "a submitted or cancelled document stands still, its rows too": rows(
        ("ben", "POST v2/document/Case Line", {**IN_SUBMITTED, "item": "x"}),
        ("ben", f"POST {CLIENT}.insert", {"doc": doc("Case Line", **IN_CANCELLED, item="x")}),
        ("ben", f"POST {CLIENT}.insert_many", {"docs": [doc("Case Line", **IN_SUBMITTED, item="x")]}),
        ("ben", "POST v2/batch", batch("POST", "v2/document/Case Line", {**IN_CANCELLED, "item": "x"})),
        ("ben", f"POST {CLIENT}.bulk_update", changed("Case Line", "{line}", parent="{submitted}")),
        ("ben", f"POST {SAVE}", {"doc": doc("Case Line", "{line}", **IN_CANCELLED), "action": "Save"}),
        ("ben", "PUT resource/Case Line/{line}", {**IN_SUBMITTED}),
        ("ben", "DELETE resource/Case Line/{submitted line}", None),
        ("ben", "DELETE v2/document/Case Line/{cancelled line}", None),
        ("ben", "PATCH v2/document/Case Line/{submitted line}", {"item": "x"}),
        ("ben", "PUT resource/Case/{submitted}", {"docstatus": 2, "title": "x", "lines": []}),
        ("ben", "PUT resource/Case/{submitted}", {"lines": [{"item": "x"}], "docstatus": 0}),
        ("ben", "PUT resource/Case/{cancelled}", {"docstatus": 0, "title": "x"}),
        ("ben", f"POST {CLIENT}.set_value", doc("Case Line", "{cancelled line}", fieldname="item", value="x")),
        ("ben", "POST run_doc_method", {"docs": doc("Case Line", "{line}", **IN_SUBMITTED), "method": "submit"}),
    ),
    "what was remembered of a field is as private as the field": rows(
        ("ann", "GET method/frappe.desk.form.load.getdoc", doc("Case", "{case}")),
        ("ben", "GET method/frappe.desk.form.load.get_docinfo", doc("Case", "{case}")),
        ("ann", "GET method/frappe.desk.form.load.get_docinfo", doc("Diary", "{diary}")),
        ("ann", "GET method/frappe.desk.form.load.get_docinfo", doc("Vault", "{shared}")),
        ("ben", "POST frappe.desk.form.save.savedocs", {"doc": doc("Case", "{case}", title="x"), "action": "Save"}),
        ("helper", "GET resource/Version", {"fields": ["*"], "limit_page_length": 0}),
        ("helper", "GET v2/document/Version/{version}", None),
        ("ben", "GET resource/Version/{version}", None),
        ("ann", "GET v2/changes", {"since": "0", "limit": 1000}),
    ),
    "User Permissions hold for the links in rows": rows(
        ("ann", "GET v2/document/Case/{foreign}", None),
        ("ann", "GET v2/document/Case", {"fields": ["name", "title", {"lines": ["item"]}], "limit": 100}),
        ("ann", "GET v2/doctype/Case/count", None),
        ("ann", "GET v2/doctype/Case/search", {"txt": "zq"}),
        ("ann", "GET v2/document/Case/{foreign}/copy", None),
        ("ann", "GET v2/document/Case/{foreign}/why", {"permission": "read"}),
        ("ann", f"GET method/{CLIENT}.get", doc("Case", "{foreign}")),
        ("ann", f"GET method/{CLIENT}.get_value", {"doctype": "Case", "fieldname": ["body"], "filters": "{foreign}"}),
        ("ann", f"GET method/{DESK}.form.load.getdoc", doc("Case", "{foreign}")),
        ("ann", f"POST {DESK}.reportview.get", {"doctype": "Case", "fields": ["name", "body"], "page_length": 100}),
        ("ann", "GET resource/Case Line", {"parent": "Case", "fields": ["item", "client"], "limit_page_length": 0}),
        ("ann", f"POST {DESK}.search.search_link", {"doctype": "Case", "txt": "zq", "page_length": 100}),
        ("ann", "POST resource/Case", {"title": "x", "name": "n", "lines": [{"client": "{other client}"}]}),
        ("ann", "PUT resource/Case/{own}", {"lines": [{"client": "{other client}"}]}),
        ("ann", f"POST {DESK}.doctype.tag.tag.add_tag", {"tag": "x", "dt": "Case", "dn": "{foreign}"}),
        ("ann", "POST v2/batch", batch("PUT", "v2/document/Case/{foreign}", {"lines": []})),
        ("ann", "GET method/frappe.desk.query_report.run", {"report_name": "Hidden Columns"}),
    ),
    "nobody gives a right that they do not have": rows(
        ("ben", "POST frappe.share.add", doc("Vault", "{shared}", user=BEN, read=1, write=1)),
        ("ben", "POST frappe.share.add", doc("vault", "{shared}", user=EVE, write=1)),
        ("ben", "POST frappe.share.add", doc("Vault", "{shared}", everyone=1, submit=1)),
        ("ben", "POST frappe.share.set_permission", doc("Vault", "{shared}", user=BEN, permission_to="write", value=1)),
        ("ben", "POST resource/DocShare", {**SHARE, "user": BEN, "write": 1}),
        ("ben", f"POST {CLIENT}.insert", {"doc": doc("DocShare", **SHARE, user=EVE, submit=1)}),
        ("ben", "PUT resource/DocShare/{share}", {"write": 1}),
        ("ben", "POST v2/batch", batch("PATCH", "v2/document/DocShare/{share}", {"write": 1, "submit": 1})),
        ("ben", f"POST {CLIENT}.set_value", doc("DocShare", "{share}", fieldname="share_name", value="{vault}")),
        ("ann", "POST frappe.share.add", doc("Case", "{case}", user=EVE, submit=1)),
        ("web", "POST frappe.share.add", doc("Case Line", "{line}", user=EVE)),
    ),
    "a narrow key changes no credentials": rows(
        ("helper", f"PUT resource/User/{EVE}", {"new_password": "Stolen horse 42"}),
        ("helper", f"POST {CLIENT}.set_value", doc("User", EVE, fieldname="new_password", value="Stolen horse 42")),
        ("helper", f"PATCH v2/document/User/{EVE.upper()}", {"roles": [{"role": "System Manager"}]}),
        ("helper", "POST v2/batch", batch("PUT", f"resource/User/{EVE}", {"roles": [{"role": "Chief"}]})),
        ("helper", "POST v2/document/User/bulk_update", {"docs": [{"name": EVE, "new_password": "Stolen horse 42"}]}),
        ("helper", "POST resource/User", {"email": "n@x.org", "first_name": "n", "roles": [{"role": "Chief"}]}),
        ("helper", f"POST {CLIENT}.bulk_update", changed("User", EVE, api_key="mine", new_password="Stolen horse 42")),
        ("helper", f"PUT resource/User/{EVE}", {"reset_password_key": "mine", "api_key": "mine"}),
        ("helper", "POST frappe.core.doctype.user.user.generate_keys", {"user": "boss@x.org"}),
        ("helper", "POST frappe_lite.keys.generate", {"label": "x", "scopes": "all"}),
        ("reader", "POST frappe_lite.keys.generate", {"label": "x", "scopes": "Case:read"}),
    ),
    "a write answers with what the caller may read": rows(
        ("ann", "PUT resource/Client/{client}", {"rating": "x", "credit": 1}),
        ("ben", "PUT v1/resource/Case/{case}", {"verdict": "x", "lines": [{"name": "{line}", "margin": 1}]}),
        ("ben", "PUT resource/Office/Office", {"budget": "x"}),
        ("ben", "POST v2/batch", {**batch("PUT", "resource/Case/{case}", {"verdict": "x"}), "dry_run": True}),
        ("web", "POST resource/Diary", {"name": "n", "client": "{client}"}),
        ("ann", "PUT resource/Diary/{diary}", {"client": "{other client}"}),
        ("ann", f"POST {CLIENT}.insert", {"doc": doc("Diary", client="{client}")}),
    ),
    "a refusal names nothing that the caller may not read": rows(
        ("ben", "GET resource/Diary Line/{line}", None),
        ("web", "DELETE resource/Case Line/{line}", None),
        ("web", f"POST {DESK}.like.toggle_like", doc("Case Line", "{line}")),
        ("web", f"POST {CLIENT}.set_value", doc("Case Line", "{line}", fieldname="item", value="x")),
        ("web", "POST v2/document/Case Cost/bulk_delete", {"names": ["{cost}"]}),
        ("helper", f"DELETE v2/document/User/{BEN}", None),
    ),
}  # fmt: skip
CASES = [pytest.param(*each.values, id=f"{rule}, {each.id}") for rule, table in JUDGED.items() for each in table]


@pytest.mark.parametrize(("caller", "line", "body"), CASES)
def test_no_way_leads_round_a_rule(judge: Judge, words: Words, caller: str, line: str, body: Any) -> None:
    found = judge.judge(judge.callers[caller], attempt(line, body, words))
    assert not found, told(found)
