"""The change feed: everything, in order, for those who may know; over a restart, as pages and as a stream."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient
from frappe_lite import document
from frappe_lite.access import auth, sessions
from frappe_lite.parts import change_log, changes, keys
from frappe_lite.query import Condition

V2 = "/api/v2/document"
FEED = "GET /api/v2/changes"
STREAM = {"Accept": "text/event-stream"}


class Follower:
    """A client that keeps its cursor."""

    def __init__(self, client: ApiClient, **params: str):
        self.client, self.params = client, params
        self.cursor = self.ask()["cursor"]

    def ask(self, **more: str) -> Any:
        response = self.client(FEED, query_string={**self.params, **more})
        assert response.status_code == 200, response.json
        return response.json

    def news(self, *keys: str, **more: str) -> list[Any]:
        """What came since the last time, as (kind, name)."""
        found, more_there = [], True
        while more_there:
            answer = self.ask(since=self.cursor, **more)
            self.cursor, more_there = answer["cursor"], answer["has_next_page"]
            found += answer["data"]
        return [tuple(each[key] for key in keys or ("kind", "name")) for each in found]


def set_stream_seconds(site: frappe_lite.Site, seconds: int) -> None:
    with site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"change_stream_seconds": seconds})


def task(client: ApiClient, **values: Any) -> str:
    return client(f"POST {V2}/Task", {"subject": "a", **values}).json["data"]["name"]


@pytest.fixture
def follower(client) -> Follower:
    return Follower(client)


# --- what is noted ---


def test_creates_updates_and_deletes_in_order(client, follower):
    one, two = task(client), task(client)
    client(f"PUT {V2}/Task/{one}", {"points": 1})
    client(f"DELETE {V2}/Task/{two}")
    assert follower.news() == [("create", one), ("create", two), ("update", one), ("delete", two)]
    assert follower.news() == []


def test_the_shape_of_a_change(client, follower):
    doc = client(f"POST {V2}/Task", {"subject": "a"}).json["data"]
    since = follower.cursor
    answer = follower.ask(since=since)
    assert answer == {
        "data": [
            {
                "cursor": str(int(since) + 1),
                "kind": "create",
                "doctype": "Task",
                "name": doc["name"],
                "modified": doc["modified"],
            }
        ],
        "cursor": str(int(since) + 1),
        "has_next_page": False,
    }


def _by_sql(ctx: Any, name: str) -> None:
    frappe_lite.db.sql("UPDATE `tabTask` SET points = 9 WHERE name = %s", name)


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        pytest.param(lambda ctx, name: document.load(ctx, "Task", name).save(), ["update"], id="save"),
        pytest.param(lambda ctx, name: document.load(ctx, "Task", name).db_set("points", 9), ["update"], id="db_set"),
        pytest.param(lambda ctx, name: frappe_lite.db.set_value("Task", name, "points", 9), ["update"], id="set_value"),
        pytest.param(_by_sql, ["update"], id="SQL of an app"),
        pytest.param(lambda ctx, name: frappe_lite.db.delete("Task", {"name": name}), ["delete"], id="delete rows"),
        pytest.param(lambda ctx, name: document.delete(ctx, "Task", name), ["delete"], id="delete"),
    ],
)
def test_whoever_writes(client, app_site, follower, write, expected):
    name = task(client)
    follower.news()
    with app_site.acting() as ctx:
        write(ctx, name)
    assert follower.news() == [(kind, name) for kind in expected]


def test_a_rename_is_a_deletion_and_a_creation_and_touches_what_links_to_it(client, app_site, follower):
    client(f"POST {V2}/Project", {"title": "P"})
    name = task(client, project="P")
    follower.news()
    with app_site.acting() as ctx:
        document.rename(ctx, "Project", "P", "Q")
    found = follower.news("kind", "doctype", "name")
    assert [each for each in found if each[1] != "Comment"] == [
        ("delete", "Project", "P"),
        ("create", "Project", "Q"),
        ("update", "Task", name),
    ]


def test_what_is_undone_was_never_there(client, app_site, follower):
    client(f"POST {V2}/Task", {"subject": "forbidden"})
    client("POST /api/method/conformance.api.insert_then_fail")
    client("GET /api/method/conformance.api.insert_on_get")
    client(
        "POST /api/v2/batch",
        {"operations": [{"method": "POST", "path": f"{V2}/Task", "body": {"subject": "a"}}], "dry_run": True},
    )
    assert follower.news() == []
    last = int(follower.cursor)
    task(client)
    assert follower.news("cursor") == [(str(last + 1),)]  # no gap either


DELETED = {"comment_type": "Deleted", "reference_doctype": "Task", "subject": "Task x"}


@pytest.mark.parametrize(
    ("request_", "values", "told"),
    [
        pytest.param("DELETE Task/{task}", {}, [("delete", "Task")], id="a deletion is told once"),
        pytest.param(
            "POST Comment", {"comment_type": "Comment", "content": "x"}, [("create", "Comment")], id="any other"
        ),
        pytest.param("POST Comment", DELETED, [], id="one that tells of a deletion, made"),
        pytest.param("PUT Comment/{comment}", {"subject": "Task y"}, [], id="changed"),
        pytest.param("DELETE Comment/{comment}", {}, [], id="deleted"),
    ],
)
def test_a_comment_that_tells_of_a_deletion_is_no_change_of_its_own(client, follower, request_, values, told):
    named = {"task": task(client), "comment": client(f"POST {V2}/Comment", DELETED).json["data"]["name"]}
    follower.news()
    verb, _, path = request_.format(**named).partition(" ")
    assert client(f"{verb} {V2}/{path}", values).status_code < 300
    assert follower.news("kind", "doctype") == told


def test_a_file_of_an_older_version_gets_the_triggers_of_this_one(tmp_path: Path):
    """Before, the Comments that tell of deletions were noted."""
    path = str(tmp_path / "old.db")
    site = frappe_lite.Site(path, synchronous="off")
    with site.acting() as ctx:
        site.database.execute('DROP TRIGGER "__change_create_tabComment"')
        site.database.execute(
            'CREATE TRIGGER "__change_create_tabComment" AFTER INSERT ON "tabComment" BEGIN INSERT INTO "__change" '
            "(at, doctype, name, kind) VALUES (1, 'Comment', NEW.name, 'create'); END"
        )
        ctx.store.set_value("change feed", change_log.FORMAT - 1)
    site.close()
    site = frappe_lite.Site(path, synchronous="off")
    with site.acting() as ctx:
        since = change_log.latest(site)
        name = document.new(ctx, {"doctype": "ToDo", "description": "x"}).insert().name
        document.delete(ctx, "ToDo", name)
        noted = change_log.read(ctx.store, since, since + 99, None, 99)
        assert [(each.kind, each.doctype) for each in noted] == [("create", "ToDo"), ("delete", "ToDo")]
    site.close()


def test_singles_child_rows_and_logs(client, app_site, follower):
    client(f"PUT {V2}/System Settings/System Settings", {"language": "de"})
    name = task(client, checklist=[{"item": "x"}])
    client(f"PUT {V2}/Task/{name}", {"checklist": [{"item": "y"}]})
    assert follower.news("kind", "doctype") == [("update", "System Settings"), ("create", "Task"), ("update", "Task")]


def test_a_new_doctype_is_followed_at_once(client, follower):
    fields = [{"fieldname": "x", "fieldtype": "Data", "label": "X"}]
    client(
        f"POST {V2}/DocType",
        {
            "name": "Thing",
            "module": "Conformance",
            "custom": 1,
            "fields": fields,
            "permissions": [{"role": "System Manager", "read": 1, "create": 1}],
        },
    )
    name = client(f"POST {V2}/Thing", {"x": "y"}).json["data"]["name"]
    assert ("create", "DocType", "Thing") in follower.news("kind", "doctype", "name")
    assert Follower(client, doctype="Thing").ask(since="0")["data"][0]["name"] == name


def test_names_that_are_numbers(client, follower):
    name = client(f"POST {V2}/Auto Doc", {}).json["data"]["name"]
    client(f"DELETE {V2}/Auto Doc/{name}")
    assert follower.news() == [("create", name), ("delete", name)]
    assert isinstance(name, int)


# --- pages and cursors ---


def test_pages_lose_nothing(client, follower):
    names = [task(client) for _ in range(7)]
    assert follower.news(limit="3") == [("create", name) for name in names]


@pytest.mark.parametrize(("limit", "sizes"), [("2", [2, 2, 1]), ("5", [5]), ("6", [5])])
def test_the_size_of_pages(client, follower, limit, sizes):
    for _ in range(5):
        task(client)
    found, cursor = [], follower.cursor
    for _ in sizes:
        answer = follower.ask(since=cursor, limit=limit)
        found.append((len(answer["data"]), answer["has_next_page"]))
        cursor = answer["cursor"]
    assert found == [
        (size, size_is_not_last)
        for size, size_is_not_last in zip(sizes, [*[True] * (len(sizes) - 1), False], strict=True)
    ]


def test_changes_of_one_doctype(client, follower):
    only = Follower(client, doctype="Project")
    task(client)
    client(f"POST {V2}/Project", {"title": "P"})
    task(client)
    assert only.news() == [("create", "P")]
    assert only.cursor == str(change_log.latest(client.site))  # what is not of it is passed over


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"since": "x"}, 400),
        ({"since": "-1"}, 400),
        ({"since": "1" * 30}, 400),
        ({"since": "999999"}, 410),
        ({"doctype": "Nothing"}, 404),
        ({"doctype": "Task Checklist Item"}, 400),
        ({"doctype": "Version"}, 400),
    ],
    ids=str,
)
@pytest.mark.parametrize("headers", [{}, STREAM], ids=["page", "stream"])
def test_what_cannot_be_followed(client, params, status, headers):
    response = client(FEED, query_string=params, headers=headers)
    assert (response.status_code, response.mimetype) == (status, "application/json")
    if status == 410:
        assert response.json["errors"][0]["type"] == "CursorTooOldError"


def age(site: frappe_lite.Site, days: float, until: str) -> None:
    with site.database.transaction():
        site.database.execute('UPDATE "__change" SET at = at - ? WHERE seq <= ?', (int(days * 86400), int(until)))


@pytest.mark.parametrize(
    ("days", "setting", "status"), [(29, 30, 200), (31, 30, 410), (2, 1, 410), (31, 40, 200), (31, 0, 410)]
)
def test_a_cursor_that_is_too_old(client, app_site, follower, days, setting, status):
    with app_site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"change_feed_days": setting})
    follower.news()
    missed, task_name = follower.cursor, task(client)
    follower.news()
    age(app_site, days, follower.cursor)
    assert client(FEED, query_string={"since": missed}).status_code == status
    assert client(FEED, query_string={"since": missed}, headers=STREAM).status_code == status if status == 410 else True
    assert follower.news() == []  # nothing was missed since, however long ago that was
    assert task_name


def test_old_changes_are_dropped_by_new_ones(client, app_site, follower):
    for _ in range(70):
        task(client)
    follower.news()
    age(app_site, 31, follower.cursor)
    client(f"DELETE {V2}/Task/TASK-00001")
    for _ in range(70):
        task(client)
    expected = int(follower.cursor) + 1
    assert len(follower.news()) == 71
    first = app_site.database.row('SELECT min(seq) FROM "__change"')[0]
    assert first == expected
    assert client(FEED, query_string={"since": "0"}).status_code == 410
    known = app_site.database.row('SELECT min(seq) FROM "__change_known"')
    assert known[0] is None or known[0] >= first


def test_over_a_restart(tmp_path: Path):
    path = str(tmp_path / "site.db")
    site = frappe_lite.Site(path)
    site.load(CONFORMANCE_APP)
    client = ApiClient(site)
    follower = Follower(client)
    one = task(client)
    site.close()
    site = frappe_lite.Site(path)
    site.load(CONFORMANCE_APP)
    follower.client = ApiClient(site, None)
    follower.client.headers = client.headers
    two = task(follower.client)
    assert follower.news() == [("create", one), ("create", two)]
    site.close()


# --- who may know ---


@pytest.fixture
def ann(app_site, client, new_user) -> ApiClient:
    return new_user(app_site, "ann@example.com", "Task User")


def test_only_of_what_the_caller_may_read(client, ann):
    follower = Follower(ann)
    client(f"POST {V2}/Locked Down", {})
    client(f"POST {V2}/Private Note", {"title": "not ann's"})
    mine = ann(f"POST {V2}/Private Note", {"title": "ann's"}).json["data"]["name"]
    name = task(client)
    assert follower.news("doctype", "name") == [("Private Note", mine), ("Task", name)]
    assert follower.cursor == str(change_log.latest(client.site))


@pytest.mark.parametrize(("who", "told"), [("owner", True), ("other", False)])
def test_a_deletion_is_told_to_who_could_read_the_document(client, ann, who, told):
    name = (ann if who == "owner" else client)(f"POST {V2}/Private Note", {"title": "x"}).json["data"]["name"]
    follower = Follower(ann)
    client(f"DELETE {V2}/Private Note/{name}")
    assert follower.news() == ([("delete", name)] if told else [])


def test_of_a_document_that_is_gone_the_earlier_changes_are_told_too(client, ann):
    follower, admin = Follower(ann), Follower(client)
    mine = ann(f"POST {V2}/Private Note", {"title": "x"}).json["data"]["name"]
    other = client(f"POST {V2}/Private Note", {"title": "x"}).json["data"]["name"]
    for name in (mine, other):
        client(f"DELETE {V2}/Private Note/{name}")
    assert follower.news() == [("create", mine), ("delete", mine)]
    assert admin.news() == [("create", mine), ("create", other), ("delete", mine), ("delete", other)]


@pytest.mark.parametrize(
    ("project", "told"),
    [
        pytest.param("P", True, id="allowed"),
        pytest.param("Q", False, id="another"),
        pytest.param(None, True, id="none: as in lists"),
    ],
)
def test_a_deletion_behind_user_permissions(client, ann, app_site, project, told):
    for title in ("P", "Q"):
        client(f"POST {V2}/Project", {"title": title})
    with app_site.acting() as ctx:
        document.new(
            ctx,
            {
                "doctype": "User Permission",
                "user": "ann@example.com",
                "allow": "Project",
                "for_value": "P",
                "apply_to_all_doctypes": 1,
            },
        ).insert()
    name = task(client, project=project)
    follower = Follower(ann)
    client(f"PUT {V2}/Task/{name}", {"points": 1})
    client(f"DELETE {V2}/Task/{name}")
    assert follower.news() == ([("update", name), ("delete", name)] if told else [])


@pytest.mark.parametrize(
    ("share", "told"),
    [({"user": "ann@example.com"}, True), ({"everyone": 1}, True), ({"user": "Administrator"}, False)],
    ids=str,
)
def test_a_deletion_of_what_was_shared(client, ann, app_site, share, told):
    name = client(f"POST {V2}/Private Note", {"title": "x"}).json["data"]["name"]
    with app_site.acting() as ctx:
        document.new(
            ctx, {"doctype": "DocShare", **share, "share_doctype": "Private Note", "share_name": name, "read": 1}
        ).insert()
    follower = Follower(ann)
    client(f"PUT {V2}/Private Note/{name}", {"title": "y"})
    client(f"DELETE {V2}/Private Note/{name}")
    found = [each for each in follower.news("kind", "doctype", "name") if each[1] == "Private Note"]
    assert found == ([("update", "Private Note", name), ("delete", "Private Note", name)] if told else [])


def test_where_the_app_has_rules_of_its_own_deletions_are_told_to_nobody_else(client, ann, app_site):
    app_site.apps["conformance"].hooks["has_permission"] = {"Task": lambda ctx, doc, right: None}
    name = task(ann)
    follower, admin = Follower(ann), Follower(client)
    client(f"DELETE {V2}/Task/{name}")
    assert follower.news() == []
    assert admin.news() == [("delete", name)]


def test_a_link_that_was_not_noted_is_a_doubt(client, ann, app_site):
    client(f"POST {V2}/Project", {"title": "P"})
    with app_site.acting() as ctx:
        document.new(
            ctx,
            {
                "doctype": "User Permission",
                "user": "ann@example.com",
                "allow": "Project",
                "for_value": "P",
                "apply_to_all_doctypes": 1,
            },
        ).insert()
    name = task(client, project="P")
    follower = Follower(ann)
    client(f"DELETE {V2}/Task/{name}")
    with app_site.database.transaction():
        app_site.database.execute("DELETE FROM \"__change_known\" WHERE field = 'project'")
    assert follower.news() == []


def test_a_custom_link_field_is_noted_too(client, app_site):
    client(
        f"POST {V2}/Custom Field",
        {"dt": "Hash Doc", "fieldname": "boss", "fieldtype": "Link", "options": "User", "label": "Boss"},
    )
    name = client(f"POST {V2}/Hash Doc", {"boss": "Guest"}).json["data"]["name"]
    client(f"DELETE {V2}/Hash Doc/{name}")
    change_log.latest(app_site)  # gives the changes their places, on a store that needs it
    deleted = next(each for each in change_log.read(app_site.store, 0, 10**6, "Hash Doc", 10) if each.kind == "delete")
    assert change_log.known(app_site.store, deleted) == ({"boss": "Guest"}, set())


def test_a_guest_follows_nothing(app_site):
    assert ApiClient(app_site, None)(FEED).status_code == 403


def test_a_doctype_that_the_caller_may_not_read(ann):
    assert ann(FEED, query_string={"doctype": "Locked Down"}).status_code == 403


def test_a_narrow_token_is_told_of_its_doctypes_only(client, app_site):
    since = change_log.latest(app_site)
    client(f"POST {V2}/Project", {"title": "P"})
    client(f"DELETE {V2}/Task/{task(client)}")
    ctx = app_site.new_context()
    ctx.scopes = frozenset({"Task:read"})
    assert [(each.doctype, each.kind) for each in changes.page(ctx, since, None, 10).changes] == [
        ("Task", "create"),
        ("Task", "delete"),
    ]


def test_a_reader_of_little_gets_an_empty_page_and_a_new_cursor(client, ann, monkeypatch):
    monkeypatch.setattr(changes, "CHUNK", 2)
    monkeypatch.setattr(changes, "MAX_SCANNED", 4)
    follower = Follower(ann)
    for _ in range(5):
        client(f"POST {V2}/Private Note", {"title": "x"})
    name = task(client)
    first = follower.ask(since=follower.cursor)
    assert (first["data"], first["has_next_page"], int(first["cursor"])) == ([], True, int(follower.cursor) + 4)
    assert follower.news() == [("create", name)]


# --- as a stream ---


def events(text: str) -> list[tuple[str, Any]]:
    """(id, data) of each block of a stream, as a browser reads them."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        found.append((lines["id"], json.loads(lines["data"]) if "data" in lines else None))
    return found


@pytest.fixture
def short(app_site) -> None:
    """Streams that say what there is and end."""
    set_stream_seconds(app_site, 0)


def test_a_stream_says_the_same_as_pages(client, app_site, short, follower):
    since = follower.cursor
    client(f"DELETE {V2}/Task/{task(client)}")
    response = client(FEED, headers=STREAM, query_string={"since": since})
    assert (response.status_code, response.mimetype, response.headers["Cache-Control"]) == (
        200,
        "text/event-stream",
        "no-store",
    )
    assert response.text.startswith("retry: ")
    assert events(response.text) == [
        (since, None),
        *((each["cursor"], each) for each in follower.ask(since=since)["data"]),
    ]


def test_last_event_id_goes_before_since(client, short, follower):
    names = [task(client) for _ in range(3)]
    headers = {**STREAM, "Last-Event-ID": str(int(follower.cursor) + 2)}
    found = events(client(FEED, headers=headers, query_string={"since": follower.cursor}).text)
    assert [data["name"] for _, data in found if data] == names[2:]


def test_a_stream_passes_over_what_the_caller_may_not_read(client, ann, short):
    since = Follower(ann).cursor
    client(f"POST {V2}/Locked Down", {})
    last = str(change_log.latest(client.site))
    assert events(ann(FEED, headers=STREAM, query_string={"since": since}).text) == [(since, None), (last, None)]


def open_stream(client: ApiClient, since: str) -> Any:
    """A stream that is read piece by piece."""
    response = Client(frappe_lite.App(client.site)).get(
        "/api/v2/changes", query_string={"since": since}, headers={**client.headers, **STREAM}, buffered=False
    )
    return response, (piece.decode() for piece in response.iter_encoded())


def read_until(pieces: Iterator[str], wanted: str) -> str:
    text = ""
    while wanted not in text:
        text += next(pieces)
    return text


def test_a_stream_goes_on(client, app_site, follower):
    response, pieces = open_stream(client, follower.cursor)
    one = task(client)
    read_until(pieces, one)
    two = task(client)
    assert one not in read_until(pieces, two)
    response.close()


def test_a_stream_resumes_without_loss(client, app_site, follower):
    names, seen, last = [], [], follower.cursor
    for _ in range(3):
        names.append(task(client))
        response, pieces = open_stream(client, last)
        text = read_until(pieces, names[-1])
        response.close()
        seen += re.findall(r'"name":"([^"]+)"', text)
        last = re.findall(r"^id: (\d+)$", text, re.MULTILINE)[-1]
        names.append(task(client))  # while nobody listens
    set_stream_seconds(app_site, 0)
    seen += [
        data["name"]
        for _, data in events(client(FEED, headers=STREAM, query_string={"since": last}).text)
        if data and data["doctype"] == "Task"
    ]
    assert seen == names


def test_streams_beyond_the_limit_end_at_once(client, follower):
    held = [open_stream(client, follower.cursor) for _ in range(changes.MAX_STREAMS)]
    for _, pieces in held:
        next(pieces)
    task(client)
    found = events(client(FEED, headers=STREAM, query_string={"since": follower.cursor}).text)
    assert [data["kind"] for _, data in found if data] == ["create"]
    for response, _ in held:
        response.close()


def test_rights_are_those_of_the_moment(client, ann, app_site):
    response, pieces = open_stream(ann, Follower(ann).cursor)
    next(pieces)
    app_site.apps["conformance"].hooks["permission_query_conditions"] = {"Task": lambda ctx: Condition("1 = 0")}
    hidden = task(client)
    del app_site.apps["conformance"].hooks["permission_query_conditions"]
    assert hidden in read_until(pieces, hidden)
    app_site.apps["conformance"].hooks["permission_query_conditions"] = {"Task": lambda ctx: Condition("1 = 0")}
    hidden = task(client)
    project = client(f"POST {V2}/Project", {"title": "P"}).json["data"]["name"]
    assert hidden not in read_until(pieces, project)
    response.close()


def _revoke(site: frappe_lite.Site, made: dict[str, str], boss: ApiClient) -> None:
    boss("POST /api/method/frappe_lite.keys.revoke", {"name": made["name"]})


def _expire(site: frappe_lite.Site, made: dict[str, str], boss: ApiClient) -> None:
    with site.acting() as ctx:
        document.set_values(ctx, ctx.meta("API Key"), made["name"], {"expires_on": "2001-01-01"})


def _disable(site: frappe_lite.Site, made: dict[str, str], boss: ApiClient) -> None:
    boss(f"PUT {V2}/User/ann@example.com", {"enabled": 0})


def _narrow(site: frappe_lite.Site, made: dict[str, str], boss: ApiClient) -> None:
    with site.acting() as ctx:
        document.set_values(ctx, ctx.meta("API Key"), made["name"], {"scopes": "Project:read"})


@pytest.mark.parametrize(
    "end", [_revoke, _expire, _disable, _narrow], ids=["revoked", "expired", "of a disabled user", "narrowed"]
)
def test_a_stream_ends_with_its_key(client, ann, app_site, end):
    with app_site.acting() as ctx:
        made = keys.make_key(ctx, "ann@example.com", "stream", "all", None)
    by_key = ApiClient(app_site, None)
    by_key.headers["Authorization"] = f"token {made['api_key']}:{made['api_secret']}"
    response, pieces = open_stream(by_key, Follower(ann).cursor)
    shown = task(client)
    read_until(pieces, shown)
    end(app_site, made, client)
    hidden = task(client)
    assert hidden not in "".join(pieces), "it ends, and tells nothing more"
    response.close()


def test_a_stream_ends_with_its_session(client, ann, app_site):
    browser, since = ApiClient(app_site, None), Follower(ann).cursor
    with app_site.acting() as ctx:
        auth.set_password(ctx, "ann@example.com", "correct horse 7")
    browser("POST /api/method/login", {"usr": "ann@example.com", "pwd": "correct horse 7"})
    response = browser.wsgi.get("/api/v2/changes", query_string={"since": since}, headers=STREAM, buffered=False)
    pieces = (piece.decode() for piece in response.iter_encoded())
    shown = task(client)
    read_until(pieces, shown)
    with app_site.acting() as ctx:
        sessions.end_all_of(ctx, "ann@example.com")
    hidden = task(client)
    assert hidden not in "".join(pieces)
    response.close()


# --- at the same time ---


def test_two_writers_and_a_reader(tmp_path: Path):
    """Two sites on one file, as two processes have them.

    Who follows while they write misses none and sees none twice.
    """
    sites = [frappe_lite.Site(str(tmp_path / "site.db")) for _ in range(3)]
    for site in sites:
        site.load(CONFORMANCE_APP)
    first = ApiClient(sites[0])
    clients = [first, *(ApiClient(site, None) for site in sites[1:])]
    for each in clients:
        each.headers = first.headers
    follower, seen, wrote = Follower(clients[2]), [], []

    def write(client: ApiClient) -> None:
        for _ in range(15):
            wrote.append(task(client))

    threads = [threading.Thread(target=write, args=(client,)) for client in clients[:2]]
    for each in threads:
        each.start()
    while any(each.is_alive() for each in threads):
        seen += follower.news(limit="4")
    for each in threads:
        each.join()
    seen += follower.news()
    assert [name for _, name in seen] == sorted(wrote)
    assert len(wrote) == 30
    for site in sites:
        site.close()
