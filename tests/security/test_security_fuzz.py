"""Whatever is sent: nothing answers 5xx, and no text of a caller reaches SQL but as a bound value or a checked alias."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from conftest import ApiClient, AppSite
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.doctype import naming
from frappe_lite.errors import FrappeError
from frappe_lite.whitelist import built_in

MARK = "zqjx"
BOSS = "boss@example.com"
FUZZ = settings(
    database=None,
    deadline=None,
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", 100)),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

NASTY = st.sampled_from(
    [
        MARK,
        f"{MARK}' OR 1=1 --",
        f'{MARK}" OR 1=1 --',
        f"{MARK}; DROP TABLE tabTask",
        f"`{MARK}`",
        f"{MARK}\\",
        "%" * 50,
        "_",
        "",
        " ",
        "\t",
        "0",
        "-1",
        "1e400",
        "NaN",
        "null",
        "true",
        "name",
        "subject",
        "owner",
        "tabTask.name",
        "`tabTask`.`name`",
        "checklist.item",
        "project.title",
        "no_such",
        "docstatus",
        "count(name)",
        f"count({MARK})",
        "*",
        "name asc",
        "rowid",
        "sqlite_master",
        "2026-01-01",
        "0001-01-01",
        "9999-12-31 23:59:59.999999",
        "10000-01-01",
        "25:61",
        "²",
        "٣",
        "\u202e",
        "é",
        "İ",
        "😀",
        "a" * 5000,
        "{}",
        "[]",
        '{"a":',
        "${x}",
        "../..",
        "Task",
        "User",
        "Administrator",
        "Guest",
    ]
)
NUMBERS = st.sampled_from([0, 1, -1, 2**31, 2**63 - 1, -(2**63), 2**63, 10**30, 0.1, 1e308, -0.0])
SCALARS = st.none() | st.booleans() | NUMBERS | NASTY | st.text(max_size=10)
ANYTHING = st.recursive(
    SCALARS,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(NASTY | st.text(max_size=5), each, max_size=3),
    max_leaves=8,
)


class Target:
    """A site with some documents, a System Manager's key, and a watch over the SQL that is run."""

    def __init__(self) -> None:
        self.site = AppSite()
        with self.site.acting() as ctx:
            document.new(
                ctx,
                {
                    "doctype": "User",
                    "email": BOSS,
                    "first_name": "Boss",
                    "roles": [{"role": "System Manager"}, {"role": "Task Manager"}],
                },
            ).insert()
            for rule in (
                "field:title",
                "naming_series:",
                "format:X-{title}-{##}",
                "Prompt",
                "TASK-.####",
                "hash",
                "autoincrement",
            ):
                fields = [
                    {"fieldname": "title", "fieldtype": "Data", "label": "Title"},
                    {"fieldname": "naming_series", "fieldtype": "Select", "options": "A-.##\nB-", "label": "Series"},
                ]
                name = f"Named {re.sub('[^a-z]', '', rule.lower())}"
                document.new(
                    ctx,
                    {
                        "doctype": "DocType",
                        "name": name,
                        "module": "Custom",
                        "custom": 1,
                        "autoname": rule,
                        "fields": fields,
                        "permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}],
                    },
                ).insert()
            document.new(ctx, {"doctype": "Task", "subject": "s"}).insert()
        self.client = ApiClient(self.site, BOSS)
        self.unbound: list[str] = []
        for name in ("rows", "row", "query", "execute", "execute_many"):
            setattr(self.site.database, name, self._watched(getattr(self.site.database, name)))

    def _watched(self, function: Any) -> Any:
        def watched(sql: str, *params: Any) -> Any:
            if MARK in re.sub(r'"(?:[^"]|"")*"', "", sql):  # an alias stands in quotes
                self.unbound.append(sql)
            return function(sql, *params)

        return watched

    def __call__(self, request: str, **options: Any) -> TestResponse:
        self.site.login_tracker._failures.clear()
        verb, _, path = request.partition(" ")
        headers = {**self.client.headers, **options.pop("headers", {})}
        answer = self.client.wsgi.open(path, method=verb, headers=headers, **options)
        answer.get_data()
        answer.close()
        if answer.status_code == 401 and "headers" not in options:
            with self.site.acting() as ctx:  # an attempt gave this user another key, or switched it off
                document.set_values(ctx, ctx.meta("User"), BOSS, {"enabled": 1})
                self.client.headers["Authorization"] = "token " + ":".join(auth.generate_keys(ctx, BOSS))
        return answer

    def check(self, answer: TestResponse, *sent: Any) -> None:
        assert answer.status_code < 500 or answer.status_code == 501, (sent, answer.text[:500])
        assert not self.unbound, (sent, self.unbound)
        if answer.mimetype == "application/json" and answer.data:
            json.loads(answer.text, parse_constant=lambda name: pytest.fail(f"{name} in an answer to {sent}"))


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.site.close()


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def no_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


# --- lists -------------------------------------------------------------------------------------------------

LISTS = [
    "GET /api/resource/Task",
    "GET /api/v2/document/Task",
    "GET /api/v2/doctype/Task/count",
    "GET /api/v2/doctype/Task/search",
    "POST /api/method/frappe.client.get_list",
    "POST /api/method/frappe.client.get_count",
    "POST /api/method/frappe.client.get_value",
    "POST /api/method/frappe.desk.reportview.get",
    "POST /api/method/frappe.desk.reportview.get_count",
    "POST /api/method/frappe.desk.search.search_widget",
    "POST /api/method/frappe.desk.listview.get_group_by_count",
    "GET /api/v2/changes",
    "GET /api/resource/Task Checklist Item",
    "QUERY /api/v2/document/Task",
]
FILTERS = ANYTHING | st.lists(
    st.tuples(
        NASTY, NASTY | st.sampled_from(["=", "in", "like", "between", "is", "timespan", "descendants of"]), ANYTHING
    ).map(list),
    max_size=3,
)
ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "fields": ANYTHING | st.lists(NASTY, max_size=3),
        "filters": FILTERS,
        "or_filters": FILTERS,
        "order_by": SCALARS,
        "group_by": SCALARS,
        "parent": SCALARS,
        "limit": SCALARS,
        "start": SCALARS,
        "limit_page_length": SCALARS,
        "limit_start": SCALARS,
        "as_dict": SCALARS,
        "expand": ANYTHING,
        "include": SCALARS,
        "txt": SCALARS,
        "fieldname": ANYTHING,
        "field": SCALARS,
        "current_filters": FILTERS,
        "searchfield": SCALARS,
        "since": SCALARS,
        "doctype": st.just("Task"),
        "distinct": SCALARS,
        "page_length": SCALARS,
        "debug": SCALARS,
        "reference_doctype": SCALARS,
        "query": SCALARS,
    },
)


@FUZZ
@given(st.sampled_from(LISTS), ARGUMENTS)
def test_lists(target: Target, request_: str, arguments: dict[str, Any]) -> None:
    if request_.startswith("GET"):
        answer = target(request_, query_string={key: no_surrogates(as_text(value)) for key, value in arguments.items()})
    else:
        answer = target(request_, json={"doctype": "Task", **arguments})
    target.check(answer, request_, arguments)


# --- documents -----------------------------------------------------------------------------------------------

FIELDNAMES = st.sampled_from(
    [
        "subject",
        "status",
        "priority",
        "project",
        "due_date",
        "started_at",
        "remind_at",
        "estimate",
        "points",
        "progress",
        "is_milestone",
        "amount",
        "duration",
        "rating",
        "color",
        "description",
        "payload",
        "checklist",
        "watchers",
        "name",
        "owner",
        "modified",
        "docstatus",
        "idx",
        "parent",
        "parenttype",
        "amended_from",
        "doctype",
        "flags",
        "email",
        "website",
        "reference_type",
        "reference_name",
        "_assign",
    ]
) | st.text(max_size=6)
VALUES = st.dictionaries(FIELDNAMES, ANYTHING, max_size=5)
WRITES = [
    "POST /api/resource/Task",
    "POST /api/v2/document/Task",
    "PUT /api/resource/Task/TASK-00001",
    "PATCH /api/v2/document/Task/TASK-00001",
    "POST /api/method/frappe.client.insert",
    "POST /api/method/frappe.client.save",
    "POST /api/method/frappe.client.set_value",
    "POST /api/v2/document/Task/bulk_update",
    "POST /api/v2/batch",
    "POST /api/resource/DocType",
    "POST /api/resource/User",
    "POST /api/resource/File",
    "PUT /api/resource/System Settings/System Settings",
    "POST /api/resource/Custom Field",
]


@FUZZ
@given(st.sampled_from(WRITES), VALUES, ANYTHING)
def test_documents(target: Target, request_: str, values: dict[str, Any], more: Any) -> None:
    doc = {"doctype": "Task", "name": "TASK-00001", **values}
    bodies = {
        "insert": {"doc": doc},
        "save": {"doc": doc},
        "set_value": {"doctype": "Task", "name": "TASK-00001", "fieldname": values},
        "bulk_update": {"docs": [doc, more]},
        "batch": {
            "operations": [
                {"method": "POST", "path": "/api/v2/document/Task", "body": values, "id": "a"},
                {"method": "GET", "path": f"/api/v2/document/Task?filters={as_text(more)[:200]}"},
                more,
            ][:2]
        },
        "DocType": {"name": f"X{len(str(more))}", "module": "Custom", "custom": 1, "fields": [values, more]},
        "User": {"email": "x@example.com", **values},
        "File": {"file_name": as_text(more)[:50], "content": as_text(more), **values},
    }
    body = bodies.get(re.split(r"[./]", request_)[-1], values)
    if "System Settings" in request_:
        body = {key: value for key, value in values.items() if key not in ("log_api_requests",)} | {
            "session_expiry": as_text(more)[:30],
            "rate_limit_routes": "",
        }
    target.check(target(request_, json=body), request_, body)
    with target.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"session_expiry": "170:00"})


# --- names -----------------------------------------------------------------------------------------------------


@FUZZ
@given(
    st.sampled_from(["fieldtitle", "namingseries", "formatxtitle", "prompt", "task", "hash", "autoincrement"]),
    NASTY | st.text(max_size=150),
    SCALARS,
    SCALARS,
)
def test_names(target: Target, rule: str, title: str, series: Any, name: Any) -> None:
    body = {"title": no_surrogates(title), "naming_series": series, "name": name}
    for path in (f"/api/v2/document/Named {rule}", f"/api/resource/Named {rule}"):
        answer = target(f"POST {path}", json=body)
        target.check(answer, path, body)
        if answer.status_code == 201 and not str(answer.get_json()["data"]["name"]).endswith(
            "/"
        ):  # a slash at the end of a path does not count
            made = answer.get_json()["data"]["name"]
            made = int(made) if isinstance(made, bool) else made  # a truth is told as it was sent, and is the text 1
            assert target(f"GET {path}/{quote(str(made), safe='')}").status_code == 200, (made, body)


@FUZZ
@given(
    st.text(max_size=30)
    | NASTY
    | st.sampled_from(["A-.#", ".YYYY.-.###", "{title}", "..#", "#", ".{}.", "{#}{#}", "X-{a.b}"]),
    st.text(max_size=20),
)
def test_a_rule_of_names_gives_a_name_or_a_refusal(target: Target, rule: str, title: str) -> None:
    with target.site.acting() as ctx:
        doc = document.new(ctx, {"doctype": "Named fieldtitle", "title": title, "naming_series": rule})
        counted: list[str] = []
        for make in (naming.make_series, naming.make_format):
            try:
                made = make(rule, doc, lambda prefix: counted.append(prefix) or 1)
                naming.check_name(doc.meta, made)
            except FrappeError:
                continue


# --- envelopes ---------------------------------------------------------------------------------------------------

HEADER = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=60)
CREDENTIALS = (
    HEADER
    | st.tuples(st.sampled_from(["token", "Basic", "Bearer", "bearer", "Token", "Digest", ""]), HEADER).map(" ".join)
    | HEADER.map(lambda text: "Basic " + base64.b64encode(text.encode()).decode())
)


@FUZZ
@given(
    CREDENTIALS,
    HEADER,
    st.sampled_from(
        [
            "/api/method/ping",
            "/api/v2/document/Task",
            "/",
            "/private/files/x",
            "/api/method/frappe.integrations.oauth2.get_token",
        ]
    ),
)
def test_credentials(target: Target, authorization: str, sid: str, path: str) -> None:
    for headers in (
        {"Authorization": authorization},
        {"Authorization": "", "Cookie": f"sid={sid}"},
        {"Authorization": authorization, "Cookie": f"sid={sid}; user_id=Administrator", "X-Frappe-CSRF-Token": sid},
    ):
        answer = target.client.wsgi.open(path, method="POST" if "oauth" in path else "GET", headers=headers)
        target.site.login_tracker._failures.clear()
        target.check(answer, headers)
        assert b"boss" not in answer.data and answer.status_code in (200, 302, 400, 401, 403, 404)


BODIES = (
    st.binary(max_size=200)
    | ANYTHING.map(lambda value: json.dumps(value).encode())
    | st.sampled_from(
        [
            b"[" * 3000,
            b'{"a":' * 150,
            b'{"a":1,"a":2}',
            b'{"subject":"\\ud800"}',
            b'{"subject":"a\\u0000"}',
            b"\xef\xbb\xbf{}",
            b'{"points":NaN}',
            b'{"points":1e999}',
            b"a=%00&b=%ff",
            b"--x\r\n\r\n--x--",
        ]
    )
)
TYPES = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-16",
        "text/plain",
        "",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/xml",
        "\xff/\xff",
    ]
)


@FUZZ
@given(
    st.sampled_from(
        [
            "POST /api/resource/Task",
            "PUT /api/v2/document/Task/TASK-00001",
            "POST /api/v2/batch",
            "POST /",
            "POST /api/method/login",
            "POST /api/method/upload_file",
            "GET /api/resource/Task",
            "DELETE /api/resource/Task/none",
        ]
    ),
    BODIES,
    TYPES,
)
def test_bodies(target: Target, request_: str, body: bytes, content_type: str) -> None:
    target.check(target(request_, data=body, content_type=content_type), request_, body, content_type)


@FUZZ
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY", "TRACE", "X"]),
    st.text(max_size=20) | NASTY,
    st.sampled_from(
        [
            "/api/resource/{}",
            "/api/v2/document/Task/{}",
            "/api/method/{}",
            "/api/v2/{}",
            "/files/{}",
            "/{}",
            "/api/v2/document/Task/{}/why",
            "/api/resource/Task/{}?run_method={}",
        ]
    ),
)
def test_paths(target: Target, verb: str, text: str, path: str) -> None:
    request_ = f"{verb} {path.replace('{}', quote(no_surrogates(text), safe=''))}"
    target.check(target(request_), request_)


# --- methods ---------------------------------------------------------------------------------------------------------

OWN_METHODS = sorted(built_in)


@FUZZ
@given(st.sampled_from(OWN_METHODS), st.data())
def test_methods(target: Target, name: str, data: st.DataObject) -> None:
    parameters = [each.name for each in built_in[name].parameters if each.kind is not each.VAR_KEYWORD]
    known = {
        "doctype": st.sampled_from(["Task", "User", "File", "ToDo", "No Such"]),
        "name": st.sampled_from(["TASK-00001", BOSS, "none"]),
        "dt": st.just("Task"),
        "dn": st.just("TASK-00001"),
        "docname": st.just("TASK-00001"),
    }
    body = {
        each: data.draw(ANYTHING | known[each] if each in known else ANYTHING, label=each)
        for each in parameters
        if data.draw(st.integers(0, 4)) > 0
    }
    if name == "frappe.desk.form.save.savedocs" or "doc" in body:
        body["doc"] = data.draw(
            ANYTHING
            | VALUES.map(lambda values: {"doctype": "Task", "name": "TASK-00001", **values})
            | VALUES.map(json.dumps)
        )
    for path in (f"/api/method/{name}", f"/api/v2/method/{name}"):
        target.check(target(f"POST {path}", json=body), path, body)
    target.check(
        target("POST /", data={"cmd": name, **{key: no_surrogates(as_text(value)) for key, value in body.items()}}),
        name,
        body,
    )
