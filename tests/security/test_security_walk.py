"""Two people cannot reach each other's private data by any route.

Every route, page and method of the server has an entry in the tables below, with the requests by which an intruder
tries it on everything that the victim owns. No answer may hold a word of the victim's, and afterwards all of the
victim's is as it was. A route without an entry fails `test_every_route_has_an_entry`.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import more_attempts
import pytest
from werkzeug.test import TestResponse

import frappe_lite
from conftest import ApiClient, AppSite
from frappe_lite import document, router
from frappe_lite.methods.unsupported import UNSUPPORTED
from frappe_lite.whitelist import built_in

PASSWORD = "correct horse 7"
ANN, BOSS, BEN = "ann@example.com", "boss@example.com", "ben@example.com"
ROLES = {ANN: "Task User", BEN: "Task User", BOSS: "System Manager"}

DIARY = {
    "doctype": "DocType", "name": "Diary", "module": "Custom", "custom": 1, "track_changes": 1, "is_submittable": 1, (
        "autoname"
    ): "hash", "allow_rename": 1,
    "fields": [
        {"fieldname": "title", "fieldtype": "Data", "label": "Title"}, {"fieldname": "text", "fieldtype": "Text", (
            "label"
        ): "Text"},
        {"fieldname": "lines", "fieldtype": "Table", "label": "Lines", "options": "Diary Line"}, {"fieldname": (
            "picture"
        ), "fieldtype": "Attach", "label": "Picture"},
        {"fieldname": "pin", "fieldtype": "Password", "label": "Pin"},
    ],
    "title_field": "title", "search_fields": "title,text",
    "permissions": [{"role": "All", **{right: 1 for right in ("read", "write", "create", "delete", "submit", "cancel", (
        "amend"
    ), "share", "report", "if_owner")}}],
}  # fmt: skip
LINE = {
    "doctype": "DocType",
    "name": "Diary Line",
    "module": "Custom",
    "custom": 1,
    "istable": 1,
    "fields": [{"fieldname": "line", "fieldtype": "Data", "label": "Line"}],
}


@dataclass
class Victim:
    """What one person owns. Every secret holds `word`, so that a leak shows."""

    user: str
    word: str
    documents: list[tuple[str, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)


class World:
    """A site with Ann, who is plain, Ben, another plain one, and a System Manager, each with private things."""

    def __init__(self) -> None:
        self.links: list[str] = []
        self.site = AppSite(files="database", on_reset_link=lambda _user, link: self.links.append(link))
        with self.site.acting() as ctx:
            for each in (LINE, DIARY):
                document.new(ctx, each).insert()
            for user, role in ROLES.items():
                values = {
                    "doctype": "User",
                    "email": user,
                    "first_name": user.partition("@")[0],
                    "new_password": PASSWORD,
                    "roles": [{"role": role}],
                }
                document.new(ctx, values).insert()
        self.app = frappe_lite.App(self.site)
        self.clients = {user: self.browser(user) for user in ROLES}
        self.victims = {user: self.furnish(user) for user in (ANN, BOSS)}

    def guest(self) -> ApiClient:
        return ApiClient(self.site, None, self.app)

    def browser(self, user: str, agent: str = "x") -> ApiClient:
        made = self.guest()
        assert (
            made("POST /api/method/login", {"usr": user, "pwd": PASSWORD}, headers={"User-Agent": agent}).status_code
            == 200
        )
        return made

    def furnish(self, user: str) -> Victim:
        """Give a person one private thing of each kind."""
        mine, word = self.clients[user], f"secret{'abc'[list(ROLES).index(user)] * 6}"
        victim = Victim(user, word)

        def make(doctype: str, **values: Any) -> str:
            answer = mine(f"POST /api/resource/{doctype}", values)
            assert answer.status_code == 201, answer.text
            name = str(answer.get_json()["data"]["name"])
            victim.documents.append((doctype, name))
            victim.names.setdefault(doctype, name)
            return name

        diary = make(
            "Diary", title=f"{word} title", text=f"{word} text", lines=[{"line": f"{word} line"}], pin=f"{word} pin"
        )
        assert mine(f"PUT /api/resource/Diary/{diary}", {"text": f"{word} changed"}).status_code == 200
        make("Note", title=f"{word} note", content=f"{word} content")
        make("ToDo", description=f"{word} todo", assigned_by=user)
        make("Private Note", title=f"{word} private note")
        for attached in (diary, ""):
            values = {"is_private": "1", **({"doctype": "Diary", "docname": attached} if attached else {})}
            data = {**values, "file": (io.BytesIO(f"{word} file {attached}".encode()), f"{word}{len(attached)}.txt")}
            answer = mine("POST /api/method/upload_file", data=data, content_type="multipart/form-data")
            message = answer.get_json()["message"]
            victim.documents.append(("File", message["name"]))
            victim.names.setdefault("file_url", message["file_url"])
            victim.names.setdefault("File", message["name"])
        comment = mine(
            "POST /api/method/frappe.desk.form.utils.add_comment",
            {"reference_doctype": "Diary", "reference_name": diary, "content": f"{word} comment"},
        )
        victim.documents.append(("Comment", comment.get_json()["message"]["name"]))
        victim.names["Comment"] = comment.get_json()["message"]["name"]
        assert (
            mine(
                "POST /api/method/frappe.desk.doctype.tag.tag.add_tag",
                {"tag": f"{word}tag", "dt": "Diary", "dn": diary},
            ).status_code
            == 200
        )
        key = mine("POST /api/method/frappe_lite.keys.generate", {"label": f"{word} key"}).get_json()["message"]
        victim.documents.append(("API Key", key["name"]))
        victim.names["API Key"] = key["name"]
        self.browser(user, agent=f"{word} phone")
        victim.names["session"] = mine("GET /api/method/frappe_lite.sessions.get_list").get_json()["message"][-1]["id"]
        assert mine("POST /api/method/frappe.core.doctype.user.user.reset_password", {"user": user}).status_code == 200
        sid = mine.wsgi.get_cookie("sid")
        assert sid is not None
        victim.secrets += [key["api_secret"], self.links[-1].partition("key=")[2], sid.value]
        with self.site.acting() as ctx:
            document.set_values(ctx, ctx.meta("User"), user, {"bio": f"{word} bio", "phone": f"{word} phone"})
            for version in ctx.store.database.rows("SELECT name FROM tabVersion WHERE docname = ?", (diary,)):
                victim.documents.append(("Version", version[0]))
            victim.secrets += [
                row[0]
                for row in ctx.store.database.rows(
                    'SELECT password FROM "__Auth" WHERE name IN (?, ?)', (user, key["name"])
                )
            ]
        victim.documents.append(("User", user))
        victim.names["User"] = user
        return victim

    def state(self, user: str, intruder: str) -> dict[str, Any]:
        """Everything of a person's that must stay as it is; of all but the intruder, what is kept of secrets."""
        rows: dict[str, Any] = {}
        for table in self.site.store.document_tables():
            if table not in ("tabVersion", "tabAPI Request Log") and "owner" in self.site.database.columns(table):
                rows[table] = self.site.database.rows(f'SELECT * FROM "{table}" WHERE owner = ? ORDER BY name', (user,))
        rows["users"] = self.site.database.rows("SELECT * FROM tabUser WHERE name = ?", (user,))
        rows["secrets"] = self.site.database.rows(
            'SELECT * FROM "__Auth" WHERE name != ? ORDER BY 1, 2, 3', (intruder,)
        )
        rows["sessions"] = [
            row[0]
            for row in self.site.database.rows('SELECT sid FROM "tabSessions" WHERE user = ? ORDER BY sid', (user,))
        ]
        own = "SELECT content_hash FROM tabFile WHERE owner = ?"
        rows["content"] = self.site.database.rows(f"SELECT * FROM __file WHERE hash IN ({own}) ORDER BY hash", (user,))
        return rows


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World()
    yield made
    made.site.close()


# --- what is tried: {doctype} and {name} stand for each document of the victim's, other names for one thing of it
# -----------

DOC, EVIL = {"doctype": "{doctype}", "name": "{name}"}, "overwritten"
CHANGE = {
    "title": EVIL,
    "description": EVIL,
    "content": EVIL,
    "bio": EVIL,
    "file_name": EVIL,
    "label": EVIL,
    "owner": "{intruder}",
    "user": "{intruder}",
    "enabled": 0,
}
ALL_FIELDS = ['["*"]', '["name","owner"]']
FILTERED = '[["owner","=","{victim}"]]'

ROUTES: dict[tuple[int, str, str], list[tuple[str, Any]]] = {
    (1, "GET", "resource/<doctype>"): [
        ('GET /api/resource/{doctype}?fields=["*"]&limit_page_length=0', None),
        ("GET /api/v1/resource/{doctype}?filters=" + FILTERED, None),
        ('GET /api/resource/{doctype}?fields=["name","lines.line"]&limit_page_length=0', None),
        ('GET /api/resource/{doctype}?group_by=owner&fields=["count(name) as n","owner"]', None),
        ('GET /api/resource/Diary%20Line?parent=Diary&fields=["*"]', None),
        ('GET /api/resource/{doctype}?or_filters=[["name","=","{name}"]]&fields=["*"]', None),
    ],
    (1, "POST", "resource/<doctype>"): [
        ("POST /api/resource/{doctype}", {**CHANGE, "name": "{name}"}),
        (
            "POST /api/resource/DocShare",
            {"user": "{intruder}", "share_doctype": "{doctype}", "share_name": "{name}", "read": 1},
        ),
    ],
    (1, "GET", "resource/<doctype>/<path:name>"): [
        ("GET /api/resource/{doctype}/{name}", None),
        ("GET /api/resource/{doctype}/{name}?run_method=as_dict", None),
    ],
    (1, "PUT", "resource/<doctype>/<path:name>"): [("PUT /api/resource/{doctype}/{name}", CHANGE)],
    (1, "DELETE", "resource/<doctype>/<path:name>"): [("DELETE /api/resource/{doctype}/{name}", None)],
    (1, "POST", "resource/<doctype>/<path:name>"): [
        ("POST /api/resource/{doctype}/{name}?run_method=save", None),
        ("POST /api/resource/{doctype}/{name}", {"run_method": "get_password", "fieldname": "pin"}),
    ],
    (2, "GET QUERY", "document/<doctype>"): [
        ('GET /api/v2/document/{doctype}?fields=["*"]&include=count', None),
        ("QUERY /api/v2/document/{doctype}", {"filters": {"owner": "{victim}"}, "fields": ["*"]}),
        ('GET /api/v2/document/{doctype}?fields=["name",{"lines":["line"]}]', None),
        ('GET /api/v2/document/DocShare?fields=["*",{"user":["bio","phone"]}]', None),
    ],
    (2, "POST", "document/<doctype>"): [
        ("POST /api/v2/document/{doctype}", {**CHANGE, "name": "{name}"}),
        ("POST /api/v2/document/File", {"file_url": "{file_url}", "is_private": 1}),
        ("POST /api/v2/document/File", {"file_url": "{file_url}", "is_private": 0}),
        ("POST /api/v2/document/Diary", {"title": "x", "lines": [{"name": "{name}", "parent": "{name}"}]}),
        ("POST /api/v2/document/Diary", {"title": "x", "amended_from": "{name}"}),
        ("POST /api/v2/document/ToDo", {"description": "x", "reference_type": "{doctype}", "reference_name": "{name}"}),
        (
            "POST /api/v2/document/Diary Line",
            {"parent": "{name}", "parenttype": "Diary", "parentfield": "lines", "line": EVIL},
        ),
    ],
    (2, "GET", "document/<doctype>/<path:name>/copy"): [("GET /api/v2/document/{doctype}/{name}/copy", None)],
    (2, "GET POST QUERY", "document/<doctype>/<path:name>/method/<method>"): [
        ("POST /api/v2/document/{doctype}/{name}/method/save", {}),
        ("GET /api/v2/document/{doctype}/{name}/method/as_dict", None),
    ],
    (2, "GET", "document/<doctype>/<path:name>"): [
        ("GET /api/v2/document/{doctype}/{name}", None),
        ("HEAD /api/v2/document/{doctype}/{name}", None),
    ],
    (2, "PUT PATCH", "document/<doctype>/<path:name>"): [
        ("PATCH /api/v2/document/{doctype}/{name}", CHANGE),
        ("PUT /api/v2/document/{doctype}/{name}", {"docstatus": 1}),
    ],
    (2, "DELETE", "document/<doctype>/<path:name>"): [("DELETE /api/v2/document/{doctype}/{name}", None)],
    (2, "GET", "doctype/<doctype>/meta"): [("GET /api/v2/doctype/{doctype}/meta", None)],
    (2, "GET QUERY", "doctype/<doctype>/count"): [("GET /api/v2/doctype/{doctype}/count?filters=" + FILTERED, None)],
    (2, "*", "method/<doctype>/<name>"): [
        ("POST /api/v2/method/User/generate_keys", {"user": "{victim}"}),
        ("POST /api/v2/method/File/download_file", {"file_url": "{file_url}"}),
    ],
    (2, "*", "method/<name>"): [("GET /api/v2/method/frappe.client.get", DOC)],
    (1, "*", "method/<path:name>"): [("GET /api/method/frappe.client.get", DOC)],
    (2, "POST", "document/<doctype>/bulk_update"): [
        ("POST /api/v2/document/{doctype}/bulk_update", {"docs": [{**CHANGE, "name": "{name}"}]})
    ],
    (2, "POST", "document/<doctype>/bulk_delete"): [
        ("POST /api/v2/document/{doctype}/bulk_delete", {"names": ["{name}"]})
    ],
    (2, "POST", "method/bulk_update"): [("POST /api/v2/method/bulk_update", {"docs": [{**CHANGE, **DOC}]})],
    (2, "POST", "method/bulk_delete"): [("POST /api/v2/method/bulk_delete", {"docs": [DOC]})],
    (2, "GET QUERY", "doctype/<doctype>/search"): [
        ("GET /api/v2/doctype/{doctype}/search?txt={word}", None),
        ("GET /api/v2/doctype/{doctype}/search?txt=", None),
    ],
    (2, "GET", "job/<job_id>"): [("GET /api/v2/job/{name}", None)],
    (2, "GET", "discovery"): [("GET /api/v2/discovery", None)],
    (2, "GET", "discovery/search"): [("GET /api/v2/discovery/search?q={word}", None)],
    (2, "GET", "discovery/method"): [("GET /api/v2/discovery/method", None)],
    (2, "GET", "discovery/method/<method>"): [("GET /api/v2/discovery/method/frappe.client.get", None)],
    (2, "GET", "discovery/doctype/<doctype>"): [("GET /api/v2/discovery/doctype/{doctype}", None)],
    (2, "GET", "discovery/doctype/<doctype>/method/<method>"): [
        ("GET /api/v2/discovery/doctype/User/method/generate_keys", None)
    ],
    (2, "GET", "openapi.json"): [("GET /api/v2/openapi.json", None)],
    (2, "POST", "batch"): [
        (
            "POST /api/v2/batch",
            {"operations": [{"id": "a", "method": "GET", "path": "/api/v2/document/{doctype}/{name}"}]},
        ),
        (
            "POST /api/v2/batch",
            {"operations": [{"method": "PUT", "path": "/api/resource/{doctype}/{name}", "body": CHANGE}]},
        ),
        ("POST /api/v2/batch", {"operations": [{"method": "DELETE", "path": "/api/v2/document/{doctype}/{name}"}]}),
        (
            "POST /api/v2/batch",
            {"operations": [{"method": "GET", "path": '/api/resource/{doctype}?fields=["*"]'}], "dry_run": True},
        ),
    ],
    (2, "GET", "document/<doctype>/<path:name>/why"): [
        ("GET /api/v2/document/{doctype}/{name}/why?permission=write", None),
        ("GET /api/v2/document/{doctype}/{name}/why?user={victim}", None),
    ],
    (2, "GET", "changes"): [
        ("GET /api/v2/changes?since=0&limit=1000", None),
        ("GET /api/v2/changes?since=0&doctype={doctype}&limit=1000", None),
    ],
}

PAGES: dict[str, list[tuple[str, Any]]] = {
    r"/docs(/[^/]+)?\Z": [("GET /docs", None)],
    "/(private/)?files/.": [
        ("GET {file_url}", None),
        ("HEAD {file_url}", None),
        ("GET {file_url}?sid=Guest", None),
        ("GET /files/{file}", None),
        ("GET /private/files/../files/{file}", None),
    ],
    r"/\.well-known/(openid-configuration|oauth-authorization-server|oauth-protected-resource)\Z": [
        ("GET /.well-known/openid-configuration", None)
    ],
    r"/login\Z": [
        ("POST /login", {"usr": "{victim}", "pwd": "wrong"}),
        ("GET /login?redirect-to=/private/files/{file}", None),
    ],
    r"/app(/.*)?\Z": [("GET /app", None), ("GET /app/{doctype}/{name}", None)],
    r"/(desk)?\Z": [("GET /", None), ("GET /desk", None)],
    r"/message\Z": [("GET /message", None)],
    r"/unsubscribe\Z": [
        ("GET /unsubscribe?email={victim}&doctype={doctype}&name={name}", None),
        ("POST /unsubscribe?email={victim}&doctype={doctype}&name={name}&_signature=guess", {}),
    ],
    r"/me\Z": [("GET /me", None), ("POST /me", {"sign_out": 1})],
    r"/apps\Z": [("GET /apps", None), ("HEAD /apps", None)],
    r"/socket\.io\Z": [
        ("GET /socket.io?EIO=4&transport=polling", None),
        ("POST /socket.io?EIO=4&transport=polling&sid=x", {"a": 1}),
    ],
    r"/assets/desk/\w+/[\w./-]+\Z": [("GET /assets/desk/x/app.js", None), ("GET /assets/desk/x/../../{file}", None)],
    r"/sign-in\Z": [("GET /sign-in?key=guess", None), ("HEAD /sign-in", None)],
    r"/update\-password\Z": [
        ("GET /update-password?key=guess", None),
        ("POST /update-password", {"key": "guess", "new_password": "evil evil 99", "repeated": "evil evil 99"}),
    ],
}

REF, DT = {"doctype": "{doctype}", "docname": "{name}"}, {"dt": "{doctype}", "dn": "{name}"}
LISTED: dict[str, Any] = {"doctype": "{doctype}", "fields": '["*"]', "limit_page_length": 0}
NEW_DOC = {"doc": {**CHANGE, **DOC, "docstatus": 0}}
FILE = {"file_url": "{file_url}"}
NOTHING: list[dict[str, Any]] = [{}]
USER = "frappe.core.doctype.user.user"
OAUTH = "frappe.integrations.oauth2"

METHODS: dict[str, list[dict[str, Any]]] = {
    "frappe.client.get": [DOC, {"doctype": "{doctype}", "filters": {"owner": "{victim}"}}],
    "frappe.client.get_list": [
        LISTED,
        {**LISTED, "filters": {"owner": "{victim}"}},
        {"doctype": "Diary Line", "parent": "Diary", "fields": ["*"]},
    ],
    "frappe.client.get_count": [{"doctype": "{doctype}", "filters": {"owner": "{victim}"}}],
    "frappe.client.get_value": [{**DOC, "fieldname": "*"}]
    + [
        {"doctype": "{doctype}", "filters": {"name": "{name}"}, "fieldname": each}
        for each in ("title", "content", "description", "text", "bio", "file_url", "label", "data")
    ],
    "frappe.client.get_single_value": [{"doctype": "System Settings", "field": "country"}],
    "frappe.client.insert": [
        NEW_DOC,
        {
            "doc": {
                "doctype": "DocShare",
                "user": "{intruder}",
                "share_doctype": "{doctype}",
                "share_name": "{name}",
                "read": 1,
            }
        },
    ],
    "frappe.client.insert_many": [{"docs": [NEW_DOC["doc"]]}],
    "frappe.client.save": [NEW_DOC],
    "frappe.client.submit": [NEW_DOC],
    "frappe.client.cancel": [DOC],
    "frappe.client.delete": [DOC],
    "frappe.client.set_value": [{**DOC, "fieldname": CHANGE}, {**DOC, "fieldname": "owner", "value": "{intruder}"}],
    "frappe.core.doctype.communication.email.make": [
        {**DOC, "content": "x", "recipients": "x@x.org", "send_email": 1, "sender": "boss@x.org"},
        {"content": "x", "recipients": "x@x.org"},
    ],
    "frappe.email.get_contact_list": [{"txt": "{victim}"}],
    "frappe.integrations.oauth2.openid_configuration": [{}],
    "frappe.desk.doctype.event.event.update_attending_status": [
        {"event_name": "{name}", "attendee": "{victim}", "status": "Yes"}
    ],
    "frappe.email.doctype.email_queue.email_queue.send_now": [{"name": "{name}"}],
    "frappe.email.doctype.email_queue.email_queue.retry_sending": [{"queues": ["{name}"]}],
    "frappe.email.doctype.email_queue.email_queue.bulk_retry": [{"queues": ["{name}"]}],
    "frappe.email.doctype.email_queue.email_queue.toggle_sending": [{"enable": 0}],
    "frappe.email.doctype.notification.notification.get_documents_for_today": [{"notification": "{name}"}],
    "frappe.desk.doctype.notification_settings.notification_settings.set_seen_value": [
        {"value": 1, "user": "{victim}"}
    ],
    "frappe.client.bulk_update": [{"docs": [{**REF, **CHANGE}]}],
    "frappe.client.rename_doc": [{"doctype": "{doctype}", "old_name": "{name}", "new_name": EVIL}],
    "frappe.rename_doc": [{"doctype": "{doctype}", "old": "{name}", "new": EVIL}],
    "frappe.client.has_permission": [REF],
    "frappe.client.get_doc_permissions": [REF],
    "frappe.client.validate_link": [{**REF, "fields": ["title", "bio", "content", "description"]}],
    "frappe.client.validate_link_and_fetch": [{**REF, "fields_to_fetch": ["title", "bio", "content", "description"]}],
    "frappe.client.get_password": [
        {**DOC, "fieldname": "pin"},
        {"doctype": "User", "name": "{victim}", "fieldname": "password"},
        {"doctype": "API Key", "name": "{API Key}", "fieldname": "api_secret"},
    ],
    "frappe.client.attach_file": [{**REF, "filename": "x.txt", "filedata": EVIL}],
    "upload_file": [
        {**REF, **FILE},
        {**FILE, "is_private": 1},
        {"library_file_name": "{File}"},
        {"method": "frappe.client.get", **DOC, "file_url": "{file_url}"},
    ],
    "frappe.handler.upload_file": [{**REF, **FILE}],
    "download_file": [FILE],
    "frappe.core.doctype.file.file.download_file": [FILE],
    "frappe.handler.download_file": [FILE],
    "frappe.desk.form.utils.remove_attach": [{"fid": "{File}", **DT}],
    "frappe.desk.search.search_link": [
        {"doctype": "{doctype}", "txt": "{word}"},
        {"doctype": "{doctype}", "txt": "", "page_length": 100},
    ],
    "frappe.desk.search.search_widget": [
        {"doctype": "{doctype}", "txt": "{word}", "searchfield": "text"},
        {"doctype": "{doctype}", "txt": "", "page_length": 100},
    ],
    "frappe.desk.reportview.get": [LISTED],
    "frappe.desk.reportview.get_list": [LISTED],
    "frappe.desk.reportview.get_count": [{"doctype": "{doctype}", "filters": {"owner": "{victim}"}}],
    "frappe.desk.listview.get_group_by_count": [
        {"doctype": "{doctype}", "current_filters": "[]", "field": each} for each in ("title", "owner", "description")
    ],
    "frappe.desk.query_report.run": [{"report_name": "{word}"}, {"report_name": "{name}"}],
    "frappe.desk.query_report.get_report_doc": [{"report_name": "{word}"}],
    "frappe.desk.form.load.getdoc": [DOC],
    "frappe.desk.form.load.get_docinfo": [DOC],
    "frappe.desk.form.load.getdoctype": [{"doctype": "{doctype}"}],
    "frappe.desk.form.save.savedocs": [
        {"doc": json.dumps(NEW_DOC["doc"]), "action": action} for action in ("Save", "Submit", "Cancel")
    ],
    "frappe.desk.form.utils.add_comment": [
        {"reference_doctype": "{doctype}", "reference_name": "{name}", "content": EVIL}
    ],
    "frappe.desk.form.utils.update_comment": [{"name": "{Comment}", "content": EVIL}],
    "frappe.desk.doctype.tag.tag.add_tag": [{"tag": EVIL, **DT}],
    "frappe.desk.doctype.tag.tag.remove_tag": [{"tag": "{word}tag", **DT}],
    "frappe.desk.doctype.tag.tag.get_tags": [{"doctype": "{doctype}", "txt": "{word}"}, {"doctype": "{doctype}"}],
    "frappe.core.doctype.deleted_document.deleted_document.restore": [{"name": "{name}"}],
    "frappe.core.doctype.deleted_document.deleted_document.bulk_restore": [{"docnames": ["{name}"]}],
    "frappe.model.workflow.get_transitions": [{"doc": {"doctype": "{doctype}", "name": "{name}"}}],
    "frappe.utils.global_search.search": [{"text": "secret"}],
    "frappe.desk.form.assign_to.add": [{"assign_to": '["{intruder}"]', **DOC}],
    "frappe.desk.form.assign_to.remove": [{"assign_to": "{victim}", **DOC}],
    "frappe.desk.like.toggle_like": [{**DOC, "add": "Yes"}],
    "frappe.share.add": [{**DOC, "user": "{intruder}", "write": 1}, {**DOC, "everyone": 1}],
    "frappe.share.get_users": [DOC],
    "frappe.share.set_permission": [
        {**DOC, "user": "{intruder}", "permission_to": "write"},
        {**DOC, "user": "{victim}", "permission_to": "read", "value": 0},
    ],
    "run_doc_method": [
        {**DT, "method": "save"},
        {"docs": json.dumps(NEW_DOC["doc"]), "method": "save"},
        {**DT, "method": "as_dict"},
    ],
    "frappe.handler.run_doc_method": [{**DT, "method": "get_password"}],
    f"{USER}.generate_keys": [{"user": "{victim}"}],
    f"{USER}.get_roles": [{"uid": "{victim}"}],
    f"{USER}.get_user_roles": [{"uid": "{victim}"}],
    f"{USER}.get_all_roles": NOTHING,
    f"{USER}.update_password": [
        {"new_password": "evil evil 99", "key": "guess"},
        {"new_password": "evil evil 99", "old_password": "wrong"},
        {"user": "{victim}", "new_password": "evil evil 99", "old_password": PASSWORD + "x"},
    ],
    # that of another makes a link which only that person gets: `test_a_reset_link_goes_to_its_user_only`
    f"{USER}.reset_password": NOTHING,
    "frappe_lite.keys.generate": [{"label": "x", "user": "{victim}"}],
    "frappe_lite.keys.revoke": [{"name": "{API Key}"}],
    "frappe_lite.desk.boot": NOTHING,
    "frappe_lite.database.status": NOTHING,
    "frappe_lite.request_log.get_chart": [{"step": "day"}],
    "frappe_lite.database.backup": NOTHING,
    "frappe_lite.backups.list": NOTHING,
    "frappe_lite.backups.make": NOTHING,
    "frappe_lite.backups.download": [{"name": "{word}"}],
    "frappe_lite.backups.remove": [{"name": "{word}"}],
    "frappe.desk.treeview.get_children": [
        {"doctype": "{doctype}", "parent": "{name}"},
        {"doctype": "{doctype}", "parent": ""},
    ],
    "frappe.desk.treeview.get_all_nodes": [
        {
            "doctype": "{doctype}",
            "label": "{name}",
            "parent": "{name}",
            "tree_method": "frappe.desk.treeview.get_children",
        }
    ],
    "frappe.desk.treeview.add_node": [{"doctype": "{doctype}", "parent": "{name}", "name": EVIL}],
    "frappe_lite.sessions.get_list": [{"user": "{victim}"}, {"everybody": 1}],
    "frappe_lite.sessions.end": [{"id": "{session}"}],
    "login": [{"usr": "{victim}", "pwd": "wrong"}],
    "logout": [{"sid": "wrong"}],
    "frappe.handler.logout": [{"sid": "wrong"}],
    f"{OAUTH}.authorize": [{"client_id": "{name}"}],
    f"{OAUTH}.approve": [{"client_id": "{name}"}],
    f"{OAUTH}.get_token": [{"grant_type": "authorization_code", "code": "guess", "client_id": "{name}"}],
    f"{OAUTH}.introspect_token": [{"token": "guess"}],
    f"{OAUTH}.revoke_token": [{"token": "guess"}],
    f"{OAUTH}.openid_profile": [{"user": "{victim}"}],
    f"{OAUTH}.register_client": NOTHING,
    "frappe.apps.get_apps": NOTHING,
    "frappe.auth.get_logged_user": [{"user": "{victim}"}],
    "frappe.get_system_settings": [{"key": "session_expiry"}],
    "frappe.ping": NOTHING,
    "ping": NOTHING,
    "version": NOTHING,
    "frappe.handler.version": NOTHING,
    "frappe.realtime.get_user_info": [{"user": "{victim}"}],
    "frappe.utils.change_log.get_versions": NOTHING,
    "frappe.core.doctype.system_settings.system_settings.load": NOTHING,
    **more_attempts.METHODS,
    **dict.fromkeys(UNSUPPORTED, NOTHING),
}

SYSTEM_MANAGER_MAY = {"User", "ToDo", "Note", "Private Note", "API Key"}
"""What a role of Ann's site gives a System Manager by right, and what belongs to looking after people.

The rest is Ann's.
"""


def own_methods() -> set[str]:
    """Those of the package."""
    return set(built_in)


def test_every_route_has_an_entry(world: World) -> None:
    routes = {(1, verbs, path) for verbs, path, _ in router.V1_ROUTES} | {
        (2, verbs, path) for verbs, path, _ in router.V2_ROUTES
    }
    routes |= {(version, verbs, path) for version, verbs, path, _ in world.site.extensions.routes}
    assert routes - set(ROUTES) == set() == set(ROUTES) - routes
    patterns = {pattern.pattern for pattern, _ in world.site.extensions.pages}
    assert patterns - set(PAGES) == set() == set(PAGES) - patterns
    assert set(METHODS) - own_methods() == set()
    assert {name for name in own_methods() if world.site.method(name) is not None} - set(METHODS) == set()


# --- trying ------------------------------------------------------------------------------------------------


def filled(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, known) for each in value]
    return (
        re.sub(r"\{([\w ]+)\}", lambda found: known.get(found[1], found[0]), value) if isinstance(value, str) else value
    )


def requests_for(doctype: str, name: str, victim: Victim, intruder: str) -> Iterator[tuple[str, Any, str]]:
    """Each request of the tables, filled in for one document: request line, body, kind of body."""
    known = {
        **victim.names,
        "doctype": doctype,
        "name": name,
        "victim": victim.user,
        "intruder": intruder,
        "word": victim.word,
        "file": victim.names["file_url"].rpartition("/")[2],
    }
    for table in (ROUTES, PAGES):
        for attempts in table.values():
            for line, body in attempts:
                verb, _, path = line.partition(" ")
                yield (
                    f"{verb} {quote(filled(path, known), safe='/?&=:')}",
                    filled(body, known),
                    "data" if table is PAGES else "json",
                )
    for method, bodies in METHODS.items():
        for body in bodies:
            values = filled(body, known)
            flat = {key: each if isinstance(each, str) else json.dumps(each) for key, each in values.items()}
            yield f"POST /api/method/{method}", values, "json"
            yield f"GET /api/method/{method}", flat, "query_string"
            if method not in more_attempts.METHODS:  # the other ways lead to the same call
                yield f"POST /api/v2/method/{method}", values, "json"
                yield "POST /", {"cmd": method, **flat}, "data"


PAIRS = [(BEN, ANN), (ANN, BOSS), (BOSS, ANN), ("Guest", ANN), ("Guest", BOSS)]


@pytest.mark.parametrize(
    ("intruder", "owner"),
    PAIRS,
    ids=["plain to plain", "plain to manager", "manager to plain", "guest to plain", "guest to manager"],
)
def test_nothing_of_another_is_reached_by_any_route(world: World, intruder: str, owner: str) -> None:
    victim, client = world.victims[owner], world.browser(intruder) if intruder != "Guest" else world.guest()
    manages = intruder == BOSS
    leaks, tried, before = [], set(), world.state(owner, intruder)
    for doctype, name in victim.documents:
        if manages and doctype in SYSTEM_MANAGER_MAY:
            continue
        for line, body, kind in requests_for(doctype, name, victim, intruder):
            attempt = line + json.dumps(body)
            if attempt in tried or (manages and _looks_after(attempt)):
                continue
            tried.add(attempt)
            world.site.login_tracker._failures.clear()
            if not client.wsgi.get_cookie("sid") and intruder != "Guest":
                client = world.browser(intruder)  # one of the attempts signs out
            answer = client(line, **({kind: body} if body is not None else {}))
            if intruder != "Guest" and b"CSRFTokenError" in answer.get_data():
                client = world.browser(
                    intruder
                )  # an attempt gave the session a token, and would shield the victim from all that follow
                answer = client(line, **({kind: body} if body is not None else {}))
            assert answer.status_code < 500 or answer.status_code == 501, (line, body, text_of(answer))
            found = [word for word in _told(answer, victim, manages) if word not in attempt]
            if found:
                leaks.append((line, body, found, text_of(answer)[:300]))
    assert not leaks, f"{len(leaks)} leaks, the first: {leaks[:3]}"
    after = world.state(owner, intruder)
    changed = {
        table: [each for each in [*before[table], *after[table]] if (each in before[table]) != (each in after[table])]
        for table in before
    }
    assert {table: rows for table, rows in changed.items() if rows} == {}


def text_of(answer: TestResponse) -> str:
    """What an answer says, an archive's contents too."""
    content = answer.get_data()
    if not content.startswith(b"PK"):
        return content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return "\n".join(f"{name}\n{packed.read(name).decode(errors='replace')}" for name in packed.namelist())


def _told(answer: TestResponse, victim: Victim, manages: bool) -> list[str]:
    """What an answer says of the victim's."""
    kinds = ["title", "text", "changed", "line", "file", "comment", "pin"]
    if not manages:
        kinds += ["note", "content", "todo", "private", "bio", "phone", "key"]
    text = text_of(answer) + str(answer.headers)
    words = [f"{victim.word} {each}" for each in kinds]
    return [
        word for word in [*words, *victim.secrets] if word in text
    ]  # the words of tags are everybody's, as in Frappe


def _looks_after(attempt: str) -> bool:
    """What a System Manager may do for people of the site: give keys, end sessions and keys, hold them to documents."""
    return any(
        each in attempt
        for each in (
            "generate_keys",
            "keys.generate",
            "keys.revoke",
            "sessions.end",
            "passwords.link",
            "sessions.get_list",
            *more_attempts.SYSTEM_MANAGERS,
        )
    )


def test_a_reset_link_goes_to_its_user_only(world: World) -> None:
    """Whoever asks for it: nothing of it stands in an answer, and the key is kept as a hash."""
    for intruder in (world.guest(), world.browser(BEN), world.browser(BOSS)):
        world.site.login_tracker._failures.clear()
        answer = intruder("POST /api/method/frappe.core.doctype.user.user.reset_password", {"user": ANN})
        key = world.links[-1].partition("key=")[2]
        assert answer.status_code == 200 and key not in answer.text + str(answer.headers)
        assert key not in world.clients[BOSS](f'GET /api/resource/User/{ANN}?fields=["*"]').text
