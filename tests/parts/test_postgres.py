"""A site on PostgreSQL: values, transactions of many writers, requests that are run again, the order of changes.

Needs a server: FRAPPE_LITE_TEST_DATABASE=postgresql://… (the rest of the tests runs on it too).
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import stores

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient
from frappe_lite import parts
from frappe_lite.access.encryption import secret_key
from frappe_lite.document import lists
from frappe_lite.errors import ConflictError, DatabaseBusyError, OutcomeUnknownError, QueryTimeoutError, ValidationError
from frappe_lite.sqlite.database import DatabaseRefused, UniqueViolation

psycopg = pytest.importorskip("psycopg")

pytestmark = pytest.mark.postgres


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a fresh database with the conformance app's tables."""
    name = stores.new_database(stores.template_of(CONFORMANCE_APP))
    yield stores.address_of(name)
    stores.drop_database(name)


@pytest.fixture
def sites(address: str) -> Iterator[list[frappe_lite.Site]]:
    """Two sites on one database, as two processes have them."""
    made = [frappe_lite.Site(address) for _ in range(2)]
    for site in made:
        site.load(CONFORMANCE_APP)
    yield made
    for site in made:
        site.close()


@pytest.fixture
def database(app_site: frappe_lite.Site) -> Any:
    return app_site.database


def clients_of(sites: list[frappe_lite.Site]) -> list[ApiClient]:
    """The Administrator's clients, with one key."""
    found = [ApiClient(site, None) for site in sites]
    headers = ApiClient(sites[0]).headers
    for client in found:
        client.headers = headers
    return found


def in_thread(function: Any) -> Any:
    """Run beside this thread, with connections of its own; its value, or what it raised."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(function())
        except Exception as error:  # handed over
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def break_connections(site: frappe_lite.Site) -> None:
    """End every connection of the site's database, as a server that goes down does."""
    name = site.database.row("SELECT current_database()")[0]
    stores.administer(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


# --- values ---


@pytest.mark.parametrize(
    ("sql", "params", "expected"),
    [
        pytest.param("SELECT SUM(a) FROM (VALUES (1), (2)) AS t (a)", (), 3, id="a sum of whole numbers is whole"),
        pytest.param("SELECT SUM(a) FROM (VALUES (1::bigint), (2)) AS t (a)", (), 3, id="of large ones too"),
        pytest.param("SELECT AVG(a) FROM (VALUES (1), (2)) AS t (a)", (), 1.5, id="an average is not"),
        pytest.param("SELECT 1 = 1", (), 1, id="a comparison is 1"),
        pytest.param("SELECT 1 = 2", (), 0, id="or 0"),
        pytest.param("SELECT count(*) FROM \"tabRole\" WHERE name = ?", ("guest",), 1, id="names compare without case"),
        pytest.param("SELECT count(*) FROM \"tabRole\" WHERE name LIKE ?", ("gUE%",), 1, id="patterns too"),
        pytest.param("SELECT count(*) FROM \"tabRole\" WHERE name = ? AND disabled = ?", ("Guest", "0"), 1, id=(
            "text finds a number"
        )),
        pytest.param("SELECT count(*) FROM \"tabRole\" WHERE name = ? AND disabled < ?", ("Guest", 0.5), 1, id=(
            "a fraction beside whole numbers"
        )),
        pytest.param("SELECT count(*) FROM \"tabRole\" WHERE name = ? AND disabled = ?", ("Guest", False), 1, id=(
            "no is 0"
        )),
        pytest.param("SELECT count(*) FROM \"tabRole\" WHERE disabled LIKE ? ESCAPE '\\' AND name = ?", ("0%", "Guest"), 1, id=(
            "a pattern finds a number"
        )),
        pytest.param("SELECT count(*) FROM \"tabRole\" WHERE name IN ()", (), 0, id="among none"),
        pytest.param("SELECT count(*) FROM \"tabRole\" WHERE name = ? AND name NOT IN ()", ("Guest",), 1, id=(
            "not among none"
        )),
        pytest.param("SELECT name FROM \"tabAuto Doc\" WHERE name = ?", ("no number",), None, id=(
            "no number has a text's name"
        )),
        pytest.param("SELECT length(disabled) FROM \"tabRole\" WHERE name = ?", ("Guest",), 1, id="a number's length"),
    ],
)  # fmt: skip
def test_a_value(database, sql, params, expected):
    found = database.row(sql, params)
    assert (found and found[0]) == expected
    assert found is None or type(found[0]) is type(expected)


@pytest.mark.parametrize(
    "value", ["O'Hara", "100%", "a?b", "back\\slash", 'quote"d', "é€😀", "{a,b}", "", "$1 %s"], ids=repr
)
def test_text_comes_back_as_it_went(database, value):
    database.begin_write()
    database.execute('INSERT INTO "__site" VALUES (?, ?)', ("text", value))
    assert database.row('SELECT value FROM "__site" WHERE key = ? AND value = ?', ("text", value)) == (value,)
    database.execute(
        'DELETE FROM "__site" WHERE NOT (' + database.among("value", [value, "other"]).sql + ")",
        database.among("value", [value, "other"]).params,
    )
    assert database.rows('SELECT key FROM "__site"') == [("text",)]


def test_contents_come_back_as_they_went(database):
    content = bytes(range(256))
    database.execute('INSERT INTO "__file" VALUES (?, ?)', ("hash", content))
    assert bytes(database.row('SELECT content FROM "__file"')[0]) == content


@pytest.mark.parametrize(
    ("sql", "params", "error"),
    [
        pytest.param(
            'INSERT INTO "tabSeries" VALUES (?, ?)', ("s", 2**70), ValidationError, id="a number beyond 64 bits"
        ),
        pytest.param(
            'INSERT INTO "tabSeries" VALUES (?, 1)', ("\ud800",), ValidationError, id="text that is no Unicode"
        ),
        pytest.param('INSERT INTO "tabSeries" VALUES (?, 1)', ("a\0b",), ValidationError, id="a zero byte"),
        pytest.param('INSERT INTO "tabSeries" VALUES (?, 1)', (["a"],), ValidationError, id="a list"),
        pytest.param('SELECT SUM(name) FROM "tabRole"', (), ValidationError, id="a sum of text"),
        pytest.param('INSERT INTO "tabSeries" VALUES (?, 1)', ("there",), UniqueViolation, id="a name that is taken"),
        pytest.param("SELECT nothing FROM nowhere", (), psycopg.errors.UndefinedTable, id="a mistake in SQL"),
        pytest.param("SELEC", (), psycopg.errors.SyntaxError, id="no SQL at all"),
    ],
)
def test_a_statement_that_fails_undoes_itself_only(database, sql, params, error):
    database.execute('INSERT INTO "tabSeries" VALUES (?, ?)', ("there", 7))
    with pytest.raises(error):
        database.execute(sql, params)
    assert database.row('SELECT current FROM "tabSeries" WHERE name = ?', ("there",)) == (7,)
    database.commit()
    assert database.row('SELECT current FROM "tabSeries" WHERE name = ?', ("there",)) == (7,)


def test_a_unique_violation_names_table_and_column(database):
    database.execute('INSERT INTO "__Auth" VALUES (?, ?, ?, ?, 0)', ("a", "b", "c", "d"))
    with pytest.raises(UniqueViolation) as caught:
        database.execute('INSERT INTO "__Auth" VALUES (?, ?, ?, ?, 0)', ("a", "b", "c", "d"))
    assert (caught.value.table, caught.value.column) == ("__Auth", "doctype")


@pytest.mark.parametrize("order_by", ["modified desc", "modified asc"])
def test_a_page_is_read_from_an_index_in_order(app_site, order_by):
    """As on SQLite; there NULL comes first of all, which the index has to know."""
    with app_site.acting() as ctx:
        query, where = lists.begin_query(ctx, "Task", None)
        select = query.select(["name"], where, order_by, None, 0, 20)
        ctx.store.database.begin_write()
        ctx.store.database.execute("SET LOCAL enable_seqscan = off")
        plan = " ".join(row[0] for row in ctx.store.database.rows("EXPLAIN " + select.sql, select.params))
    assert "Index" in plan
    assert "Sort" not in plan


# --- transactions ---


def test_a_read_transaction_sees_one_state(sites):
    first, second = (site.database for site in sites)
    first.begin_read()
    assert first.row('SELECT count(*) FROM "tabNote"') == (0,)
    with second.transaction():
        second.execute('INSERT INTO "tabSeries" VALUES (?, 1)', ("new",))
    assert first.row("SELECT 1 FROM \"tabSeries\" WHERE name = 'new'") is None
    first.rollback()
    assert first.row("SELECT 1 FROM \"tabSeries\" WHERE name = 'new'") == (1,)


def write_both(first: Any, second: Any) -> None:
    """Two read a counter, and each would write one more."""
    for database in (first, second):
        database.begin_write()
        database.row("SELECT current FROM \"tabSeries\" WHERE name = 'counter'")
    first.execute("UPDATE \"tabSeries\" SET current = 1 WHERE name = 'counter'")
    first.commit()
    second.execute("UPDATE \"tabSeries\" SET current = 1 WHERE name = 'counter'")
    second.commit()


@pytest.fixture
def writers(sites) -> Iterator[list[Any]]:
    found = [site.database for site in sites]
    with found[0].transaction():
        found[0].execute('INSERT INTO "tabSeries" VALUES (?, 0)', ("counter",))
    for database in found:
        database.begin_request(reads=False, attempt=1)
    yield found
    for database in found:
        database.rollback()
        database.end_request()


def test_no_update_is_lost(writers):
    with pytest.raises(ConflictError):
        write_both(*writers)


def test_after_a_conflict_nothing_can_be_kept(writers):
    with pytest.raises(ConflictError):
        write_both(*writers)
    for again in (lambda: writers[1].row("SELECT 1"), lambda: writers[1].savepoint("x"), writers[1].commit):
        with pytest.raises(ConflictError):
            again()
    assert not writers[1].writing
    assert writers[1].row("SELECT 1") == (1,)


def test_what_two_decide_by_what_they_read_is_decided_one_after_the_other(writers):
    """Each sees that the other's row is not there and writes its own: no order of the two would lead there."""
    for database, other in zip(writers, ("b", "a"), strict=True):
        database.begin_write()
        assert database.row('SELECT 1 FROM "tabSeries" WHERE name = ?', (other,)) is None
    writers[0].execute("INSERT INTO \"tabSeries\" VALUES ('a', 1)")
    writers[0].commit()
    with pytest.raises(ConflictError):
        writers[1].execute("INSERT INTO \"tabSeries\" VALUES ('b', 1)")
        writers[1].commit()


def test_who_cannot_run_again_is_alone(writers):
    alone, other = writers
    alone.end_request()
    alone.begin_write()
    busy = in_thread(lambda: _write_within(other, 0.2))
    assert isinstance(busy, DatabaseBusyError)
    alone.commit()


def _write_within(database: Any, seconds: float) -> Any:
    with psycopg.connect(database._pool.address) as connection:
        connection.execute(f"SET lock_timeout = {int(seconds * 1000)}")
        try:
            connection.execute('LOCK TABLE "__writers" IN ROW SHARE MODE')
        except psycopg.errors.LockNotAvailable as error:
            return DatabaseBusyError(str(error))
    return None


def test_a_part_that_is_kept_makes_the_rest_wait_to_be_alone(writers):
    """What was committed half-way cannot be run again, so what follows must not fail for others."""
    first, second = writers
    first.execute("UPDATE \"tabSeries\" SET current = 5 WHERE name = 'counter'")
    first.commit()
    first.execute("UPDATE \"tabSeries\" SET current = 6 WHERE name = 'counter'")
    assert isinstance(in_thread(lambda: _write_within(second, 0.2)), DatabaseBusyError)
    first.commit()


def test_a_slow_query_ends(address):
    site = frappe_lite.Site(address, query_seconds=0.2)
    try:
        with pytest.raises(QueryTimeoutError):
            site.database.rows("SELECT pg_sleep(30)")
    finally:
        site.close()


@pytest.mark.parametrize("may_run_again", [False, True])
def test_waiting_for_ones_turn_is_no_slow_query(address, may_run_again):
    """The wait has its own limit; the statements after it have theirs."""
    site = frappe_lite.Site(address, query_seconds=0.2)
    database = site.database
    try:
        with psycopg.connect(address) as other:
            other.execute('LOCK TABLE "__writers" IN ACCESS EXCLUSIVE MODE')
            waited = threading.Timer(0.6, other.rollback)
            waited.start()
            if may_run_again:
                database.begin_request(reads=False, attempt=1)
            database.begin_write()
            waited.join()
        with pytest.raises(QueryTimeoutError):
            database.rows("SELECT pg_sleep(30)")
        database.rollback()
    finally:
        site.close()


def test_savepoints_of_apps(database):
    database.savepoint("here")
    database.execute("INSERT INTO \"tabSeries\" VALUES ('x', 1)")
    database.rollback_to("here")
    database.execute("INSERT INTO \"tabSeries\" VALUES ('y', 1)")
    database.release("here")
    database.commit()
    assert database.rows("SELECT name FROM \"tabSeries\" WHERE name IN ('x', 'y')") == [("y",)]


@pytest.mark.parametrize(
    ("sql", "writes"),
    [
        ("WITH w AS (SELECT 1 AS x) SELECT x FROM w", False),
        ("WITH w AS (SELECT 'w' AS x) INSERT INTO \"tabSeries\" SELECT x, 1 FROM w", True),
    ],
)
def test_a_statement_of_an_app_that_writes_opens_a_transaction(database, sql, writes):
    database.query(sql)
    assert database.writing == writes
    database.rollback()
    assert database.row("SELECT 1 FROM \"tabSeries\" WHERE name = 'w'") is None


# --- requests ---


def meddle(site: frappe_lite.Site, other: Any, times: int) -> list[int]:
    """Let another writer come in between, after the request's work and before it is kept, so many times."""
    seen: list[int] = []

    def around(ctx: Any, answer: Any) -> Any:
        ctx.site.database.row(
            'SELECT current FROM "tabSeries" WHERE name = ?', ("shared",)
        ) if ctx.request.method == "POST" else None
        response = answer()
        if ctx.request.method == "POST":
            seen.append(1)
            ctx.store.database.row('SELECT sum(current) FROM "tabSeries"')
            ctx.store.database.execute(
                "INSERT INTO \"tabSeries\" VALUES ('seen', 1) ON CONFLICT (name) DO UPDATE SET current = "
                '"tabSeries".current + 1'
            )
            if len(seen) <= times:
                in_thread(other)
        return response

    site.extensions.around.append(around)
    return seen


def outside(address: str) -> Any:
    """Another program's write, which asks for no lock of ours."""

    def write() -> None:
        with psycopg.connect(address) as connection:
            connection.execute("SET default_transaction_isolation = serializable")
            connection.commit()
            connection.execute("SET lock_timeout = '100ms'")
            connection.execute('SELECT sum(current) FROM "tabSeries"')
            connection.execute('INSERT INTO "tabSeries" VALUES (gen_random_uuid()::text, 1)')

    return write


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_request_is_run_again_after_a_conflict(address, sites, times):
    client = ApiClient(sites[0])
    seen = meddle(sites[0], outside(address), times)
    answer = client("POST /api/resource/Note", {"title": "once", "content": "whole"})
    assert answer.status_code == 201, answer.text
    assert len(seen) == times + 1
    assert sites[1].database.rows('SELECT title, content FROM "tabNote"') == [("once", "whole")]
    assert sites[1].database.row("SELECT current FROM \"tabSeries\" WHERE name = 'seen'") == (1,)


def test_a_request_that_never_comes_through_is_told_to_come_again(address, sites):
    client = ApiClient(sites[0])
    seen = meddle(sites[0], outside(address), 99)
    answer = client("POST /api/resource/Note", {"title": "never"})
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "1")
    assert len(seen) == sites[0].database.attempts
    assert sites[1].database.rows('SELECT title FROM "tabNote"') == []


def test_what_waits_for_the_commit_happens_once(address, sites):
    client, ran = ApiClient(sites[0]), []
    seen = meddle(sites[0], outside(address), 2)
    sites[0].extensions.around.append(lambda ctx, answer: (ctx.after_commit.append(lambda: ran.append(1)), answer())[1])
    assert client("POST /api/resource/Note", {"title": "x"}).status_code == 201
    assert (len(seen), len(ran)) == (3, 1)


def test_many_writers_draw_each_number_once(sites):
    with sites[0].acting():
        frappe_lite.get_doc(
            {
                "doctype": "DocType",
                "name": "Ticket",
                "module": "Core",
                "custom": 1,
                "autoname": "T-.#####",
                "fields": [{"fieldname": "title", "fieldtype": "Data"}],
            }
        ).insert()
    clients = clients_of(sites * 3)
    answers: list[Any] = []

    def work(client: ApiClient) -> None:
        answers.extend(client("POST /api/resource/Ticket", {"title": "x"}) for _ in range(5))

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json["data"]["name"] for answer in answers) == [f"T-{number:05}" for number in range(1, 31)]


def test_a_change_of_rights_counts_at_once_everywhere(sites, new_user):
    ann = new_user(sites[0], "ann@example.com", "System Manager")
    beside = ApiClient(sites[1], None)
    beside.headers = ann.headers
    assert beside("GET /api/resource/User/ann@example.com").status_code == 200
    assert ApiClient(sites[0])("PUT /api/resource/User/ann@example.com", {"enabled": 0}).status_code == 200
    assert beside("GET /api/resource/User/ann@example.com").status_code == 401


def test_sites_that_start_at_once_on_an_empty_database():
    name = stores.new_database()
    made: list[Any] = []
    threads = [
        threading.Thread(target=lambda: made.append(frappe_lite.Site(stores.address_of(name)))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert [site.database.row('SELECT count(*) FROM "tabUser"') for site in made] == [(2,)] * 3
    finally:
        for site in made:
            site.close()
        stores.drop_database(name)


def test_the_tables_can_be_read_with_other_programs(address, sites):
    """Whose search path is the usual one: there names compare with case."""
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT count(*) FROM \"tabRole\" WHERE name = 'Guest'").fetchone() == (1,)


def test_a_schema_is_a_site_of_its_own(address):
    stores_address = address + "?options=-csearch_path%3Dbranch"
    with psycopg.connect(address) as connection:
        connection.execute("CREATE SCHEMA branch")
    whole, branch = frappe_lite.Site(address), frappe_lite.Site(stores_address)
    try:
        with branch.acting():
            frappe_lite.get_doc({"doctype": "Note", "title": "here"}).insert()
        assert branch.database.rows('SELECT title FROM "tabNote"') == [("here",)]
        assert whole.database.rows('SELECT title FROM "tabNote"') == []
    finally:
        whole.close()
        branch.close()


# --- connections ---


def test_broken_connections_are_replaced_unnoticed(sites):
    client = ApiClient(sites[0])
    for request, body, expected in (
        ("GET /api/resource/Note", None, 200),
        ("POST /api/resource/Note", {"title": "x"}, 201),
    ):
        break_connections(sites[0])
        assert client(request, body).status_code == expected


def test_a_connection_that_breaks_in_a_request_is_no_reason_to_fail(sites):
    client, broken = ApiClient(sites[0]), []

    def around(ctx: Any, answer: Any) -> Any:
        response = answer()
        if ctx.request.method == "POST" and not broken:
            broken.append(in_thread(lambda: break_connections(sites[1])))
            ctx.store.database.row("SELECT 1")
        return response

    sites[0].extensions.around.append(around)
    assert client("POST /api/resource/Note", {"title": "x"}).status_code == 201
    assert len(broken) == 1
    assert sites[1].database.row('SELECT count(*) FROM "tabNote"') == (1,)


def test_nobody_is_told_that_a_commit_failed_that_may_be_kept(sites):
    client = ApiClient(sites[0])

    def around(ctx: Any, answer: Any) -> Any:
        response = answer()
        if ctx.request.method == "POST":
            in_thread(lambda: break_connections(sites[1]))
        return response

    sites[0].extensions.around.append(around)
    answer = client("POST /api/resource/Note", {"title": "x"})
    assert (answer.status_code, answer.json["exc_type"]) == (504, OutcomeUnknownError.__name__)


def test_a_job_whose_connection_breaks_is_told_so(sites):
    with pytest.raises(DatabaseBusyError, match="broke"), sites[0].acting() as ctx:
        frappe_lite.get_doc({"doctype": "Note", "title": "x"}).insert()
        in_thread(lambda: break_connections(sites[1]))
        ctx.store.database.row("SELECT 1")
    assert sites[1].database.row('SELECT count(*) FROM "tabNote"') == (0,)


FORKS = """
import os, sys, frappe_lite
site = frappe_lite.Site(sys.argv[1])
child = os.fork()
with site.acting():
    frappe_lite.get_doc({"doctype": "Note", "title": "child" if not child else "parent"}).insert()
if not child:
    os._exit(0)
os.waitpid(child, 0)
print(sorted(row[0] for row in site.database.rows('SELECT title FROM "tabNote"')))
site.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_opens_connections_of_its_own(address):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKS, address], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("['child', 'parent']", "")


def test_reads_come_from_the_replica_and_writes_do_not(address, sites, monkeypatch):
    copy = stores.new_database(stores.template_of(CONFORMANCE_APP))
    monkeypatch.setenv("FRAPPE_LITE_REPLICA", stores.address_of(copy))
    site = frappe_lite.Site(address)
    try:
        client = ApiClient(site)
        with psycopg.connect(
            stores.address_of(copy)
        ) as connection:  # this copy never catches up, so that it is seen who answers
            secrets = site.database.rows('SELECT doctype, name, fieldname, password FROM "__Auth"')
            connection.cursor().executemany('INSERT INTO "__Auth" VALUES (%s, %s, %s, %s, 0)', secrets)
            key = site.database.row("SELECT api_key FROM \"tabUser\" WHERE name = 'Administrator'")[0]
            connection.execute("UPDATE \"tabUser\" SET api_key = %s WHERE name = 'Administrator'", (key,))
        assert client("POST /api/resource/Note", {"title": "x"}).status_code == 201
        assert client("GET /api/resource/Note").json["data"] == []
        stores.drop_database(copy)
        assert len(client("GET /api/resource/Note").json["data"]) == 1  # nobody answers there: the primary does
    finally:
        site.close()
        stores.drop_database(copy)


# --- the order of changes ---


def feed(client: ApiClient, since: Any) -> list[tuple[str, str, str]]:
    """The changes since a cursor."""
    return [
        (each["cursor"], each["kind"], each["name"])
        for each in client("GET /api/v2/changes", params={"since": since}).json["data"]
    ]


def test_no_change_comes_in_before_one_that_was_told(address, sites):
    """The first that draws a number is the last that ends.

    Who waits for it is told nothing twice, and misses nothing.
    """
    client = ApiClient(sites[0])
    start = int(client("GET /api/v2/changes").json["cursor"])
    insert = "INSERT INTO \"tabNote\" (name, owner, modified) VALUES (%s, 'Administrator', '2026-01-01')"
    with psycopg.connect(address) as slow, psycopg.connect(address) as quick:
        slow.execute(insert, ("slow",))
        quick.execute(insert, ("quick",))
        quick.commit()
        assert feed(client, start) == [(str(start + 1), "create", "quick")]
        slow.commit()
    assert feed(client, start + 1) == [(str(start + 2), "create", "slow")]


def test_changes_of_one_document_are_in_the_order_in_which_they_were_kept(address, sites):
    """Each writer notes its change when it has the row, in transactions that began the other way round."""
    client = ApiClient(sites[0])
    start = int(client("GET /api/v2/changes").json["cursor"])
    insert, update = (
        "INSERT INTO \"tabNote\" (name, owner, modified) VALUES (%s, 'Administrator', '1')",
        "UPDATE \"tabNote\" SET modified = %s WHERE name = 'n'",
    )
    with psycopg.connect(address) as first, psycopg.connect(address) as second:
        first.execute(insert, ("other",))
        second.execute(insert, ("n",))
        second.commit()
        second.execute(update, ("2",))
        second.commit()
        first.execute(update, ("3",))
        first.commit()
    found = client("GET /api/v2/changes", params={"since": start}).json["data"]
    assert [each["modified"] for each in found if each["name"] == "n"] == ["1", "2", "3"]


def test_what_is_undone_leaves_no_gap(address, sites):
    client = ApiClient(sites[0])
    start = int(client("GET /api/v2/changes").json["cursor"])
    insert = "INSERT INTO \"tabNote\" (name, owner, modified) VALUES (%s, 'Administrator', '2026-01-01')"
    with psycopg.connect(address) as connection:
        connection.execute(insert, ("never",))
        connection.rollback()
        connection.execute(insert, ("kept",))
    assert feed(client, start) == [(str(start + 1), "create", "kept")]


def test_readers_at_once_agree_on_the_places(address, sites):
    clients = clients_of(sites)
    start = int(clients[0]("GET /api/v2/changes").json["cursor"])
    with psycopg.connect(address) as connection:
        connection.execute(
            "INSERT INTO \"tabNote\" (name, owner, modified) SELECT 'n' || n, 'Administrator', '2026-01-01' FROM "
            "generate_series(1, 50) AS n"
        )
    found: list[Any] = []
    threads = [threading.Thread(target=lambda client=client: found.append(feed(client, start))) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert [each[2] for each in found[0]] == [f"n{number}" for number in range(1, 51)]


# --- addresses ---


def test_secrets_need_a_key_that_all_processes_share(app_site, monkeypatch):
    monkeypatch.delenv("FRAPPE_LITE_SECRET_KEY")
    with pytest.raises(ValidationError, match="FRAPPE_LITE_SECRET_KEY"):
        secret_key(app_site.database.path)


def test_there_is_no_folder_for_files(address):
    with pytest.raises(ValueError, match="no folder beside it"):
        frappe_lite.Site(address, files="folder")


def test_a_backup_names_the_tools_that_make_one(database, tmp_path):
    with pytest.raises(ValidationError, match="pg_dump"):
        database.backup(tmp_path / "copy.db")


def test_a_backup_by_request_names_them_too(client):
    answer = client("POST /api/v2/method/frappe_lite.database.backup")
    assert answer.status_code == 417
    assert "frappe-lite copy" in answer.json["errors"][0]["message"]


def test_durability_is_a_setting(address):
    for synchronous, expected in (("off", "off"), ("normal", "local")):
        with contextlib.closing(frappe_lite.Site(address, synchronous=synchronous)) as site:
            assert site.database.row("SHOW synchronous_commit") == (expected,)


def test_an_address_of_another_kind_is_told_so():
    with pytest.raises(ValidationError, match="oracle:// is not known"):
        parts.opener("oracle://host/database")


def test_a_server_that_is_not_there_is_told_at_the_start():
    with pytest.raises(DatabaseRefused, match="PostgreSQL cannot be used"):
        frappe_lite.Site("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2")
