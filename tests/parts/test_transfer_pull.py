"""Pulling from a source: our own server under load, and the recorded answers of a real Frappe."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from werkzeug.serving import make_server

import frappe_lite
from conftest import CONFORMANCE_APP, AppSite
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.command import cli
from frappe_lite.errors import TimestampMismatchError, ValidationError
from frappe_lite.parts.transfer import pull as module
from frappe_lite.parts.transfer import schemas
from frappe_lite.parts.transfer.pull import Pull
from frappe_lite.parts.transfer.source import Source, SourceError, SourceRefused

RECORDED = Path(__file__).parents[1] / "conformance"


class Server:
    """A WSGI application on a free port. Remembers what was asked; `spoil` may answer instead."""

    def __init__(self, application: Callable[..., Any]):
        self.application, self.requests = application, list[str]()
        self.spoil: Callable[[str, dict[str, Any]], Any] = lambda _target, _environ: None
        self._server = make_server("127.0.0.1", 0, self, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        target = unquote(environ["PATH_INFO"]) + "?" + environ["QUERY_STRING"]
        self.requests.append(f"{environ['REQUEST_METHOD']} {target}")
        spoiled = self.spoil(target, environ)
        if spoiled is not None:
            status, headers, body = spoiled
            start_response(f"{status} X", [*headers.items(), ("Content-Length", str(len(body)))])
            return [body]
        return self.application(environ, start_response)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def origin() -> Iterator[frappe_lite.Site]:
    """The site that is pulled from."""
    made = AppSite()
    yield made
    made.close()


@pytest.fixture
def server(origin: frappe_lite.Site) -> Iterator[Server]:
    made = Server(frappe_lite.App(origin))
    yield made
    made.close()


def key_of(site: frappe_lite.Site, user: str = "Administrator") -> str:
    with site.acting() as ctx:
        return ":".join(auth.generate_keys(ctx, user))


def make(site: frappe_lite.Site, doctype: str, count: int, **values: Any) -> list[str]:
    with site.acting() as ctx:
        return [
            document.new(
                ctx,
                {"doctype": doctype, **{key: each(number) if callable(each) else each for key, each in values.items()}},
            )
            .insert()
            .name
            for number in range(count)
        ]


def tasks(site: frappe_lite.Site, count: int) -> list[str]:
    return make(
        site,
        "Task",
        count,
        subject=lambda number: f"task {number}",
        checklist=lambda number: [{"item": f"{number}.{row}", "qty": row} for row in range(number % 3)],
    )


def everything(site: frappe_lite.Site, doctype: str) -> list[dict[str, Any]]:
    """All documents as they are stored, child rows and times too."""
    with site.acting() as ctx:
        names = [row["name"] for row in frappe_lite.get_all(doctype, limit=0, order_by="name")]
        return [dict(document.load(ctx, doctype, name).as_dict()) for name in names]


class Puller:
    """A local site and a way to pull into it."""

    def __init__(self, server: Server, token: str):
        self.site, self.server, self.token = frappe_lite.Site(), server, token
        self.said: list[str] = []
        self.slept: list[float] = []

    def __call__(self, *doctypes: str, files: bool = False, again: bool = False, **how: Any) -> Pull:
        source = Source(self.server.url, self.token, rate=0, sleep=self.slept.append)
        work = Pull(self.site, source, again, self.said.append)
        try:
            names = work.schemas(doctypes)
            for each in names:
                work.documents(each, **how)
            if files:
                work.files(names)
        finally:
            source.close()
        return work


@pytest.fixture
def pull(server: Server, origin: frappe_lite.Site) -> Iterator[Puller]:
    made = Puller(server, key_of(origin))
    yield made
    made.site.close()


# --- everything comes along ------------------------------------------------------------------------------


def test_documents_come_as_they_are(pull: Puller, origin: frappe_lite.Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, owners, times, docstatus, idx, child rows and theirs; over several pages."""
    monkeypatch.setattr(module, "PAGE", 4)
    tasks(origin, 11)
    with origin.acting() as ctx:
        frappe_lite.get_doc("Task", "TASK-00003").save()
        doc = document.new(
            ctx, {"doctype": "Invoice", "customer": "ann", "items": [{"item": "x", "qty": 1, "rate": 2}]}
        ).insert()
        doc.submit()
    work = pull("Task", "Invoice")
    assert work.copied == {"Task": 11, "Invoice": 1}
    assert work.problems == []
    for doctype in ("Task", "Invoice"):
        here, there = everything(pull.site, doctype), everything(origin, doctype)
        for each in (*here, *there):
            each.pop("virtual", None)
        assert here == there


def test_nothing_but_get_is_sent(pull: Puller, origin: frappe_lite.Site, server: Server) -> None:
    tasks(origin, 3)
    make(origin, "File", 1, file_name="a.txt", content="x", attached_to_doctype="Task", attached_to_name="TASK-00001")
    before = (
        origin.database.row("SELECT value FROM __site WHERE key = 'caches'"),
        origin.database.row("SELECT max(seq) FROM __change"),
    )
    pull("Task", "User", "Conformance Settings", files=True)
    assert {each.partition(" ")[0] for each in server.requests} == {"GET"}
    assert (
        origin.database.row("SELECT value FROM __site WHERE key = 'caches'"),
        origin.database.row("SELECT max(seq) FROM __change"),
    ) == before


def test_child_rows_come_together_not_document_by_document(
    pull: Puller, origin: frappe_lite.Site, server: Server
) -> None:
    tasks(origin, 30)
    pull("Task")
    assert len([each for each in server.requests if "/api/resource/Task Checklist Item?" in each]) == 1
    assert not any("/api/resource/Task/" in each for each in server.requests)


def test_long_names_are_asked_for_in_parts(
    pull: Puller, origin: frappe_lite.Site, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "NAMES_LENGTH", 100)
    tasks(origin, 12)
    pull("Task")
    assert len([each for each in server.requests if "/api/resource/Task Checklist Item?" in each]) > 3
    assert [len(each["checklist"]) for each in everything(pull.site, "Task")] == [number % 3 for number in range(12)]


def test_where_child_rows_are_refused_documents_are_read_singly(
    pull: Puller, origin: frappe_lite.Site, server: Server
) -> None:
    names = tasks(origin, 4)
    server.spoil = lambda target, _environ: (
        (403, {}, b"{}") if target.startswith("/api/resource/Task Checklist Item?") else None
    )
    pull("Task")
    assert [
        each for each in names if any(f"/api/resource/Task/{each}?" in request for request in server.requests)
    ] == names
    assert everything(pull.site, "Task") == everything(origin, "Task")


def test_a_single_and_numbered_names_come_too(pull: Puller, origin: frappe_lite.Site) -> None:
    make(origin, "Auto Doc", 3, title="x")
    with origin.acting() as ctx:
        document.set_values(
            ctx, ctx.meta("Conformance Settings"), "Conformance Settings", {"company": "There", "max_items": 7}
        )
    pull("Conformance Settings", "Auto Doc")
    with pull.site.acting():
        assert frappe_lite.get_doc("Conformance Settings").max_items == 7
        assert frappe_lite.get_all("Auto Doc", pluck="name", order_by="name") == [1, 2, 3]
        assert frappe_lite.get_doc({"doctype": "Auto Doc", "title": "next"}).insert().name == 4


def test_names_that_came_are_not_given_out_again(pull: Puller, origin: frappe_lite.Site) -> None:
    tasks(origin, 3)
    pull("Task")
    with pull.site.acting():
        assert frappe_lite.get_doc({"doctype": "Task", "subject": "here"}).insert().name == "TASK-00004"


def test_links_may_lead_to_documents_that_stayed(pull: Puller, origin: frappe_lite.Site) -> None:
    make(origin, "Project", 1, title="Alpha")
    make(origin, "Task", 1, subject="x", project="Alpha")
    pull("Task")
    assert everything(pull.site, "Task")[0]["project"] == "Alpha"
    assert everything(pull.site, "Project") == []


# --- schemas ---------------------------------------------------------------------------------------------


def test_doctypes_come_with_child_tables_and_link_targets(pull: Puller, origin: frappe_lite.Site) -> None:
    pull("Task")
    with pull.site.acting() as ctx:
        known = {row[0] for row in ctx.store.database.rows('SELECT name FROM "__meta"')}
        assert {"Task", "Task Checklist Item", "Task Watcher", "Project"} <= known
        assert "Invoice" not in known
        here, there = ctx.meta("Task"), origin.new_context().meta("Task")
        assert [(each.fieldname, each.fieldtype, each.options, each.reqd) for each in here.fields] == [
            (each.fieldname, each.fieldtype, each.options, each.reqd) for each in there.fields
        ]
        assert (here.autoname, here.module) == (there.autoname, there.module)
        assert ctx.store.exists(ctx.meta("Module Def"), "Conformance")
        assert {"Task User"} <= {row["name"] for row in frappe_lite.get_all("Role")}


def test_custom_fields_and_property_setters_come_along(pull: Puller, origin: frappe_lite.Site) -> None:
    with origin.acting() as ctx:
        document.new(
            ctx,
            {
                "doctype": "Custom Field",
                "dt": "Task",
                "fieldname": "mood",
                "fieldtype": "Data",
                "label": "Mood",
                "insert_after": "subject",
            },
        ).insert()
        values = {
            "doctype_or_field": "DocField",
            "doc_type": "Task",
            "field_name": "priority",
            "property": "default",
            "value": "High",
            "property_type": "Data",
        }
        document.new(ctx, {"doctype": "Property Setter", **values}).insert()
    make(origin, "Task", 1, subject="x", mood="good")
    pull("Task")
    assert everything(pull.site, "Task")[0]["mood"] == "good"
    with pull.site.acting() as ctx:
        assert ctx.meta("Task").field("priority").default == "High"  # type: ignore[union-attr]
        assert [each.fieldname for each in ctx.meta("Task").fields][:2] == ["subject", "mood"] or ctx.meta(
            "Task"
        ).has_field("mood")


def test_a_schema_that_changed_there_changes_here(pull: Puller, origin: frappe_lite.Site) -> None:
    with origin.acting() as ctx:
        fields = [{"fieldname": "first", "fieldtype": "Data"}]
        doctype = document.new(
            ctx, {"doctype": "DocType", "name": "Growing", "module": "Custom", "custom": 1, "fields": fields}
        ).insert()
        document.new(ctx, {"doctype": "Growing", "first": "a"}).insert()
    pull("Growing")
    with origin.acting() as ctx:
        doctype = document.load(ctx, "DocType", "Growing")
        doctype.append("fields", {"fieldname": "second", "fieldtype": "Int"})
        doctype.save()
        document.new(ctx, {"doctype": "Growing", "first": "b", "second": 5}).insert()
    pull("Growing")
    assert sorted((each["first"], each["second"]) for each in everything(pull.site, "Growing")) == [("a", 0), ("b", 5)]


def test_a_doctype_of_an_app_here_keeps_its_schema(pull: Puller, origin: frappe_lite.Site) -> None:
    with pull.site.acting() as ctx:
        fields = [{"fieldname": "title", "fieldtype": "Data", "label": "Ours"}]
        document.new(
            ctx, {"doctype": "DocType", "name": "Project", "module": "Custom", "custom": 1, "fields": fields}
        ).insert()
    make(origin, "Project", 1, title="Alpha", budget=5)
    pull("Project")
    with pull.site.acting() as ctx:
        assert [each.label for each in ctx.meta("Project").fields] == ["Ours"]
    assert everything(pull.site, "Project")[0]["title"] == "Alpha"


@pytest.mark.parametrize(
    "doctype",
    ["System Settings", "system settings", "DocType", "docfield", "OAuth Client", "Version", "API Request Log", "File"],
)
def test_this_sites_own_business_is_not_pulled(pull: Puller, doctype: str, server: Server) -> None:
    with pytest.raises(ValidationError, match="is this site's own business and is not pulled"):
        pull(doctype)
    assert server.requests == []


def test_names_compare_without_case(pull: Puller, origin: frappe_lite.Site) -> None:
    tasks(origin, 2)
    work = pull("task", "user")
    assert work.copied["Task"] == 2
    with pull.site.acting() as ctx:
        assert ctx.meta("User").has_field("api_key"), "the built-in schema stays"
        assert schemas.pulled(ctx)["Task"] == pull.server.url


def test_a_source_cannot_give_one_doctype_for_another(pull: Puller, server: Server) -> None:
    """Else it could put its own User in the place of ours."""
    evil = json.dumps({"data": {"name": "User", "fields": [{"fieldname": "x", "fieldtype": "Data"}]}}).encode()
    server.spoil = lambda target, _environ: (
        (200, {}, evil) if target.startswith("/api/resource/DocType/Project") else None
    )
    with pytest.raises(SourceError, match="answered to a question for the DocType Project with User"):
        pull("Project")
    with pull.site.acting() as ctx:
        assert ctx.meta("User").has_field("email")


def test_custom_fields_of_other_doctypes_are_not_taken(pull: Puller, server: Server) -> None:
    evil = json.dumps({"data": [{"name": "User-x", "dt": "User", "fieldname": "x", "fieldtype": "Data"}]}).encode()
    server.spoil = lambda target, _environ: (
        (200, {}, evil) if target.startswith("/api/resource/Custom Field?") else None
    )
    pull("Project")
    with pull.site.acting() as ctx:
        assert not ctx.meta("User").has_field("x")


def test_a_doctype_that_is_not_there_is_an_error(pull: Puller) -> None:
    with pytest.raises(SourceRefused, match="404"):
        pull("Nothing Of That Name")


def test_a_link_target_that_cannot_be_read_is_told_and_left(pull: Puller, server: Server) -> None:
    server.spoil = lambda target, _environ: (
        (403, {}, b"{}") if target.startswith("/api/resource/DocType/Project") else None
    )
    pull("Task")
    assert any(each.startswith("DocType Project does not come along: ") for each in pull.said)


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ({"fieldname": "fine", "fieldtype": "Data"}, True),
        ({"fieldname": "name", "fieldtype": "Data"}, False),
        ({"fieldname": "Owner", "fieldtype": "Data"}, False),
        ({"fieldname": 'x"; DROP', "fieldtype": "Data"}, False),
        ({"fieldname": "", "fieldtype": "Section Break"}, False),
        ({"fieldname": None, "fieldtype": "Data"}, False),
    ],
)
def test_fields_that_no_table_can_have_are_left_out(field: dict[str, Any], kept: bool) -> None:
    raw = schemas.clean(
        {
            "name": "X",
            "fields": [field, {**field, "idx": 2}],
            "owner": "a",
            "docstatus": 0,
            "permissions": [{"role": "All", "read": 1, "name": "abc", "parent": "X"}],
        }
    )
    assert len(raw["fields"]) == int(kept), "and of two with one name the second"
    assert raw["permissions"] == [{"role": "All", "read": 1}]


# --- users and roles -------------------------------------------------------------------------------------


def test_people_come_without_what_lets_them_in(pull: Puller, origin: frappe_lite.Site) -> None:
    with origin.acting() as ctx:
        roles = [{"role": "System Manager"}, {"role": "Task User"}]
        document.new(
            ctx,
            {
                "doctype": "User",
                "email": "ann@x.org",
                "first_name": "Ann",
                "last_name": "Lee",
                "roles": roles,
                "new_password": "s3cret-pass",
            },
        ).insert()
        auth.generate_keys(ctx, "ann@x.org")
    pull("User")
    with pull.site.acting() as ctx:
        ann = frappe_lite.get_doc("User", "ann@x.org")
        assert (ann.full_name, sorted(each.role for each in ann.roles), ann.api_key) == (
            "Ann Lee",
            ["System Manager", "Task User"],
            None,
        )
        assert not auth.check_password(ctx, "ann@x.org", "s3cret-pass")
        assert ctx.store.database.rows('SELECT * FROM "__Auth"') == []


def test_people_who_are_here_keep_their_rights(pull: Puller, origin: frappe_lite.Site) -> None:
    for site, name, roles in ((pull.site, "Here", []), (origin, "There", ["System Manager"])):
        make(site, "User", 1, email="ann@x.org", first_name=name, roles=[{"role": each} for each in roles])
    with pull.site.acting() as ctx:
        auth.set_password(ctx, "ann@x.org", "local-passw0rd")
        document.set_values(ctx, ctx.meta("User"), "ann@x.org", {"enabled": 0, "modified": "2020-01-01 00:00:00"})
    pull("User")
    with pull.site.acting() as ctx:
        ann = frappe_lite.get_doc("User", "ann@x.org")
        assert (ann.first_name, ann.enabled, ann.roles) == ("There", 0, [])
        assert auth.check_password(ctx, "ann@x.org", "local-passw0rd")


def test_the_local_administrator_stays(pull: Puller, origin: frappe_lite.Site) -> None:
    with origin.acting() as ctx:
        document.set_values(
            ctx, ctx.meta("User"), "Administrator", {"first_name": "Evil", "modified": "2999-01-01 00:00:00"}
        )
    work = pull("User", "Role")
    assert work.kept["User"] >= 1
    with pull.site.acting():
        admin = frappe_lite.get_doc("User", "Administrator")
        assert (admin.first_name, admin.enabled) == ("Administrator", 1)


# --- again, and after a stop -----------------------------------------------------------------------------


def test_a_second_run_gets_what_changed(pull: Puller, origin: frappe_lite.Site) -> None:
    tasks(origin, 5)
    pull("Task")
    with origin.acting():
        changed = frappe_lite.get_doc("Task", "TASK-00002")
        changed.subject, changed.checklist = "changed", []
        changed.save()
    tasks(origin, 1)
    work = pull("Task")
    assert work.copied == {"Task": 2}
    assert everything(pull.site, "Task") == everything(origin, "Task")
    assert pull("Task").copied == {}


def test_what_was_changed_here_later_stays_unless_told_otherwise(pull: Puller, origin: frappe_lite.Site) -> None:
    tasks(origin, 2)
    pull("Task")
    with pull.site.acting():
        mine = frappe_lite.get_doc("Task", "TASK-00001")
        mine.subject = "changed here"
        mine.save()
    work = pull("Task")
    assert (work.copied, work.kept) == ({}, {"Task": 1})
    assert everything(pull.site, "Task")[0]["subject"] == "changed here"
    assert pull("Task", again=True).copied == {"Task": 2}
    assert everything(pull.site, "Task") == everything(origin, "Task")


@pytest.mark.parametrize("after", range(1, 9))
def test_a_pull_that_was_stopped_goes_on(
    pull: Puller, origin: frappe_lite.Site, server: Server, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped at the N-th request for documents or rows: what is here is whole, and no page is asked for twice."""
    monkeypatch.setattr(module, "PAGE", 3)
    tasks(origin, 10)
    asked = []

    def stop(target: str, _environ: Any) -> Any:
        if not target.startswith("/api/resource/DocType") and ("/api/resource/Task" in target):
            asked.append(target)
            return (401, {}, b"{}") if len(asked) == after else None
        return None

    server.spoil = stop
    with pytest.raises(SourceError):
        pull("Task")
    here = {each["name"]: each for each in everything(pull.site, "Task")}
    assert all(here[each["name"]] == each for each in everything(origin, "Task") if each["name"] in here)
    server.spoil = lambda *_: None
    work = pull("Task")
    assert len(here) + work.copied.get("Task", 0) == 10
    assert everything(pull.site, "Task") == everything(origin, "Task")


def test_many_documents_of_one_moment_are_all_got(
    pull: Puller, origin: frappe_lite.Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a bulk import leaves them: more of one `modified` than fit on a page."""
    monkeypatch.setattr(module, "PAGE", 4)
    tasks(origin, 23)
    with origin.acting() as ctx:
        ctx.store.database.execute(
            "UPDATE tabTask SET modified = '2026-01-01 10:00:00.123456' WHERE name < 'TASK-00018'"
        )
        ctx.store.database.execute("UPDATE tabTask SET modified = '2026-01-02 10:00:00' WHERE name >= 'TASK-00018'")
    assert pull("Task").copied == {"Task": 23}
    assert everything(pull.site, "Task") == everything(origin, "Task")


def test_a_limit_is_for_one_run(pull: Puller, origin: frappe_lite.Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    tasks(origin, 8)
    assert [pull("Task", limit=5).copied, pull("Task", limit=2).copied, pull("Task").copied] == [
        {"Task": 5},
        {"Task": 2},
        {"Task": 1},
    ]
    assert everything(pull.site, "Task") == everything(origin, "Task")


def test_filters_and_since_choose(pull: Puller, origin: frappe_lite.Site) -> None:
    tasks(origin, 6)
    with origin.acting() as ctx:
        ctx.store.database.execute("UPDATE tabTask SET modified = '2020-01-01 00:00:00' WHERE name < 'TASK-00004'")
    assert pull("Task", filters={"subject": ["in", ["task 0", "task 1"]]}).copied == {"Task": 2}
    assert pull("Task", filters=[["subject", "=", "task 2"]]).copied == {"Task": 1}
    assert pull("Task", since="2021-01-01").copied == {"Task": 3}
    assert len(everything(pull.site, "Task")) == 6


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        (None, []),
        ({"a": 1}, [["T", "a", "=", 1]]),
        ({"a": [">", 1]}, [["T", "a", ">", 1]]),
        ([["a", "=", 1]], [["T", "a", "=", 1]]),
        ([["Child", "a", "=", 1]], [["Child", "a", "=", 1]]),
    ],
)
def test_filters_of_any_form(given: Any, normal: list[Any]) -> None:
    assert module.normal_filters("T", given) == normal


@pytest.mark.parametrize("given", ["x", [1], [["a"]], 5])
def test_wrong_filters_are_refused(given: Any) -> None:
    with pytest.raises(ValidationError, match="Filters are an object or a list of lists"):
        module.normal_filters("T", given)


# --- a source that is not well ---------------------------------------------------------------------------


def test_a_busy_source_is_waited_for(pull: Puller, origin: frappe_lite.Site, server: Server) -> None:
    tasks(origin, 5)
    count = []

    def busy(_target: str, _environ: Any) -> Any:
        count.append(1)
        return {0: (429, {"Retry-After": "3"}, b""), 1: (503, {}, b"")}.get(len(count) % 3)

    server.spoil = busy
    assert pull("Task").copied == {"Task": 5}
    assert 3 in pull.slept
    assert everything(pull.site, "Task") == everything(origin, "Task")


def test_dropped_connections_are_made_anew(pull: Puller, origin: frappe_lite.Site, server: Server) -> None:
    tasks(origin, 5)
    count = []

    def drop(_target: str, environ: Any) -> Any:
        count.append(1)
        if len(count) % 3 == 2:
            environ["werkzeug.socket"].shutdown(2)
        return None

    server.spoil = drop
    assert pull("Task").copied == {"Task": 5}
    assert everything(pull.site, "Task") == everything(origin, "Task")


def test_documents_that_no_table_here_can_hold_are_named(pull: Puller, origin: frappe_lite.Site) -> None:
    make(origin, "Project", 2, title=lambda number: f"P{number}")
    pull("Project", limit=1)
    with pull.site.acting() as ctx:
        document.new(ctx, {"doctype": "Project", "title": "other"}).insert()
        ctx.store.database.execute("UPDATE tabProject SET title = 'P1' WHERE name = 'other'")
    work = pull("Project")
    assert work.problems == ["Project P1: Title must be unique: another document has P1"]


def test_writers_at_the_source_meanwhile(
    pull: Puller, origin: frappe_lite.Site, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documents are made and changed at each request of the pull; each is whole at any time, and after the last change all are the same."""
    monkeypatch.setattr(module, "PAGE", 5)
    tasks(origin, 20)
    stop, errors, steps = threading.Event(), [], [0, 0]
    turns = [threading.Semaphore(0), threading.Semaphore(0)]

    def write(number: int) -> None:
        try:
            while turns[number].acquire() and not stop.is_set():
                steps[number] = step = steps[number] + 1
                with origin.acting() as ctx:
                    document.new(
                        ctx,
                        {
                            "doctype": "Task",
                            "subject": f"w{number}.{step}",
                            "checklist": [{"item": "a", "qty": step}, {"item": "b", "qty": step}],
                        },
                    ).insert()
                with (
                    contextlib.suppress(TimestampMismatchError),
                    origin.acting() as ctx,
                ):  # the other writer was between
                    doc = document.load(ctx, "Task", f"TASK-{(step * 7 + number) % 20 + 1:05}")
                    doc.checklist = [{"item": "a", "qty": step}, {"item": "b", "qty": step}]
                    doc.save()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for each in threads:
        each.start()
    try:
        server.spoil = lambda _target, _environ: [each.release() for each in turns] and None
        for _ in range(3):
            pull("Task", limit=60)
    finally:
        stop.set()
        for each in turns:
            each.release()
        for each in threads:
            each.join()
    assert errors == []
    assert min(steps) > 10
    pull("Task")
    assert everything(pull.site, "Task") == everything(origin, "Task")


# --- files -----------------------------------------------------------------------------------------------


def test_files_come_with_their_documents(pull: Puller, origin: frappe_lite.Site, server: Server) -> None:
    tasks(origin, 2)
    for number, private in ((1, 0), (2, 1)):
        make(
            origin,
            "File",
            1,
            file_name=f"f{number}.txt",
            content=f"content {number}",
            is_private=private,
            attached_to_doctype="Task",
            attached_to_name=f"TASK-0000{number}",
        )
    make(origin, "File", 1, file_name="loose.txt", content="loose")
    make(
        origin,
        "File",
        1,
        file_url="https://elsewhere.example.com/x.png",
        file_name="x.png",
        attached_to_doctype="Task",
        attached_to_name="TASK-00001",
    )
    work = pull("Task", files=True)
    assert work.problems == []
    with pull.site.acting():
        files = {
            each.file_name: each
            for each in map(
                frappe_lite.get_doc, ["File"] * 9, frappe_lite.get_all("File", filters={"is_folder": 0}, pluck="name")
            )
        }
        assert sorted(files) == ["f1.txt", "f2.txt", "x.png"]
        assert [files[name].get_content() for name in ("f1.txt", "f2.txt")] == [b"content 1", b"content 2"]
        assert (files["f2.txt"].file_url, files["f2.txt"].is_private) == ("/private/files/f2.txt", 1)
    count = len(server.requests)
    assert pull("Task", files=True).copied == {}
    assert not any("files/f" in each for each in server.requests[count:]), "content that is here is not got again"


def test_files_of_documents_that_stayed_stay_too(pull: Puller, origin: frappe_lite.Site) -> None:
    tasks(origin, 2)
    make(origin, "File", 1, file_name="a.txt", content="x", attached_to_doctype="Task", attached_to_name="TASK-00002")
    pull("Task", files=True, filters={"name": "TASK-00001"})
    with pull.site.acting():
        assert frappe_lite.get_all("File", filters={"is_folder": 0}) == []


def test_a_file_that_is_gone_there_is_named(pull: Puller, origin: frappe_lite.Site, server: Server) -> None:
    tasks(origin, 1)
    make(origin, "File", 1, file_name="a.txt", content="x", attached_to_doctype="Task", attached_to_name="TASK-00001")
    server.spoil = lambda target, _environ: (404, {}, b"") if target.startswith("/files/") else None
    assert "its content does not come along" in pull("Task", files=True).problems[0]


# --- recorded answers of a real Frappe -------------------------------------------------------------------


class Replayer:
    """Answers as a real Frappe did: DocTypes as its REST API gives them, the recorded lists, and its recorded refusal for the rest."""

    def __init__(self) -> None:
        self.lists = {
            "Task": self._recorded("fields", "Task"),
            "Task Checklist Item": self._recorded("other-doctypes", "Task Checklist Item"),
        }
        auth_steps = [
            step
            for scenario in json.loads((RECORDED / "auth.json").read_text())["scenarios"]
            for step in scenario["steps"]
        ]
        self.refusal = next(
            step["expect"][-1] for step in auth_steps if step["request"] == "GET /api/resource/DocType/Task"
        )

    @staticmethod
    def _recorded(scenario: str, doctype: str) -> list[dict[str, Any]]:
        for each in json.loads((RECORDED / "v1_lists.json").read_text())["scenarios"]:
            for step in each["steps"]:
                whole = step.get("params", {}).get("fields") in (["*"], ["parent", "item"])
                if (
                    (each.get("id") or each.get("name")) == scenario
                    and step["request"] == f"GET /api/resource/{doctype}"
                    and whole
                ):
                    rows: list[dict[str, Any]] = json.loads(json.dumps(step["expect"][-1]["body"]["data"]))
                    for number, row in enumerate(rows):
                        row.update(
                            {key: "2026-02-01 10:00:00.123456" for key in ("creation", "modified") if row.get(key)}
                        )
                        row.update({key: "10:30:00" for key, value in row.items() if value == "<volatile>"})
                        row.update(
                            {
                                "name": f"row{number}",
                                "parentfield": "checklist",
                                "parenttype": "Task",
                                "idx": number + 1,
                            }
                            if "parent" in row
                            else {}
                        )
                    return rows
        raise AssertionError(f"nothing is recorded of {doctype}")

    @staticmethod
    def _doctype(name: str) -> dict[str, Any] | None:
        for file in CONFORMANCE_APP.rglob("*.json"):
            raw = json.loads(file.read_text())
            if raw.get("doctype") == "DocType" and raw["name"] == name:
                standard = {
                    "owner": "Administrator",
                    "creation": "2024-01-01 00:00:00",
                    "modified": "2024-01-01 00:00:00",
                    "modified_by": "Administrator",
                    "docstatus": 0,
                }
                rows = {}
                for table, child in (
                    ("fields", "DocField"),
                    ("permissions", "DocPerm"),
                    ("links", "DocType Link"),
                    ("actions", "DocType Action"),
                    ("states", "DocType State"),
                ):
                    place = {
                        "parent": name,
                        "parentfield": table,
                        "parenttype": "DocType",
                        "doctype": child,
                        "hidden": 0,
                        "description": None,
                    }
                    rows[table] = [
                        {"name": f"{table}{index}", **standard, "idx": index, **place, **row}
                        for index, row in enumerate(raw.get(table) or [], 1)
                    ]
                return {**raw, **standard, **rows, "idx": 0, "migration_hash": None, "engine": "InnoDB"}
        return None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path, params = environ["PATH_INFO"], {key: value[0] for key, value in parse_qs(environ["QUERY_STRING"]).items()}
        status, body = self._answer(path.removeprefix("/api/resource/"), params)
        text = json.dumps(body).encode()
        start_response(f"{status} X", [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
        return [text]

    def _answer(self, path: str, params: dict[str, str]) -> tuple[int, Any]:
        kind, _, name = path.partition("/")
        if kind == "DocType" and (found := self._doctype(name)):
            return 200, {"data": found}
        if kind == "Task" and name:  # its watchers are not listed, so it is read as a whole
            return 200, {
                "data": {
                    **self.lists["Task"][0],
                    "checklist": self.lists["Task Checklist Item"],
                    "watchers": [],
                    "doctype": "Task",
                }
            }
        if kind in self.lists:
            later = [each[3] for each in json.loads(params["filters"]) if each[1] == "modified" and each[2] == ">"]
            return 200, {
                "data": [
                    row
                    for row in self.lists[kind]
                    if "modified" not in row or all(row["modified"] > each for each in later)
                ]
            }
        body = {
            **self.refusal["body"],
            "_server_messages": json.dumps([json.dumps(each) for each in self.refusal["body"]["_server_messages"]]),
        }
        return int(self.refusal["status"]), body


def test_recorded_answers_of_a_real_frappe_become_documents() -> None:
    server = Server(Replayer())
    puller = Puller(server, "k:s")
    try:
        work = puller("Task")
        recorded = Replayer().lists
        found = everything(puller.site, "Task")
        assert work.problems == []
        assert len(found) == len(recorded["Task"]) == 1
        virtual = {"secret"}
        assert {key: value for key, value in found[0].items() if key in recorded["Task"][0] and key not in virtual} == {
            key: 0 if value is None and isinstance(found[0].get(key), int | float) else value
            for key, value in recorded["Task"][0].items()
            if key in found[0] and key not in virtual
        }
        assert [(row["item"], row["parent"], row["idx"]) for row in found[0]["checklist"]] == [
            ("write", "TASK-00001", 1),
            ("read", "TASK-00001", 2),
        ]
        assert any("does not have doctype access via role permission" in each for each in puller.said), (
            "what it refused is told in its words"
        )
        with puller.site.acting():
            assert frappe_lite.get_doc({"doctype": "Task", "subject": "here"}).insert().name == "TASK-00002"
        assert {each.partition(" ")[0] for each in server.requests} == {"GET"}
        assert puller("Task").copied == {}
    finally:
        puller.site.close()
        server.close()


# --- the command -----------------------------------------------------------------------------------------


@pytest.fixture
def command(
    server: Server, origin: frappe_lite.Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    monkeypatch.setenv("FRAPPE_LITE_PULL_TOKEN", key_of(origin))
    return lambda *arguments: cli.main(
        ["pull", "--database", str(tmp_path / "here.db"), "--rate", "0", server.url, *arguments]
    )


def test_the_command_tells_what_came(
    command: Callable[..., int], origin: frappe_lite.Site, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks(origin, 3)
    assert command("Task", "Project") == 0
    assert capsys.readouterr().out.splitlines() == ["Task: 3 copied.", "Project: 0 copied."]
    assert command("Task") == 0
    assert capsys.readouterr().out == "Task: 0 copied.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Nothing At All"], "refuses /api/resource/DocType/Nothing%20At%20All with 404"),
        (["Task", "--token", "wrong:key"], "does not accept the token"),
        (["Task", "--filters", "{"], "--filters is JSON"),
        (["Task", "--since", "yesterday"], "is not a time, which is written like"),
        (["System Settings"], "own business"),
    ],
)
def test_a_pull_that_cannot_be_says_why(
    command: Callable[..., int], arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(*arguments) == 1
    assert words in capsys.readouterr().err


def test_ctrl_c_says_how_to_go_on(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_arguments: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Pull, "documents", interrupt)
    assert command("Task") == 130
    assert "the same command goes on from there" in capsys.readouterr().err


def test_documents_that_stayed_out_make_it_fail(
    command: Callable[..., int],
    origin: frappe_lite.Site,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tasks(origin, 1)
    monkeypatch.setattr(module.RowWriter, "put", lambda *_: (_ for _ in ()).throw(ValidationError.told("no room")))
    assert command("Task") == 1
    assert "Task TASK-00001: no room" in capsys.readouterr().err
