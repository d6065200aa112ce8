"""`frappe-lite copy`: what arrives is what was there, on whichever store, in one go or in several."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stores

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient
from frappe_lite.access.encryption import open_secret
from frappe_lite.command import cli
from frappe_lite.errors import ValidationError
from frappe_lite.parts.transfer import copying
from frappe_lite.parts.transfer.copying import copy_site
from frappe_lite.sqlite.database import DatabaseRefused


@pytest.fixture
def source(tmp_path: Path) -> Iterator[frappe_lite.Site]:
    """A site with some of everything."""
    site = frappe_lite.Site(str(tmp_path / "source.db"), synchronous="off")
    site.load(CONFORMANCE_APP)
    with site.acting() as ctx:
        for number in range(7):
            values = {
                "doctype": "Task",
                "subject": f"Täsk {number}",
                "points": number,
                "due_date": "2026-01-31" if number % 2 else None,
            }
            frappe_lite.get_doc({**values, "checklist": [{"item": f"{number}-{row}"} for row in range(3)]}).insert()
        for _ in range(3):
            frappe_lite.get_doc({"doctype": "Auto Doc"}).insert()
        frappe_lite.get_doc({"doctype": "File", "file_name": "a.txt", "content": b"\0\xffcontent"}).insert()
        frappe_lite.get_doc({"doctype": "User", "email": "ann@example.com", "first_name": "Ann"}).insert()
        ctx.store.set_value("a value", "5")
    yield site
    site.close()


TARGETS = [
    pytest.param("file", marks=pytest.mark.sqlite("from a file to a file")),
    pytest.param("server", marks=pytest.mark.postgres),
]


@pytest.fixture(params=TARGETS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database that is not there yet, or empty."""
    if request.param == "file":
        yield str(tmp_path / "target.db")
        return
    name = stores.new_database()
    yield stores.address_of(name)
    stores.drop_database(name)


def opened(address: str) -> contextlib.closing[frappe_lite.Site]:
    """A site that waits for no disk: a copy writes page by page."""
    return contextlib.closing(frappe_lite.Site(address, synchronous="off"))


@pytest.fixture
def target(address: str) -> Iterator[frappe_lite.Site]:
    with opened(address) as site:
        yield site


def content(site: frappe_lite.Site) -> dict[str, list[Any]]:
    """Every document's values, and what is kept beside them."""
    ctx, found = site.new_context(), {}
    for (name,) in site.database.rows('SELECT name FROM "__meta" ORDER BY name'):
        meta = ctx.meta(name)
        if not meta.issingle and not meta.is_virtual:
            found[name] = site.database.rows(f"{meta.select_sql} ORDER BY rowid")
    for table, order in (
        ("tabSingles", "doctype, field"),
        ("tabSeries", "name"),
        ("__Auth", "doctype, name, fieldname"),
        ("__meta", "name"),
    ):
        found[table] = sorted(site.database.rows(f'SELECT * FROM "{table}" ORDER BY {order}'))
    return found


def test_everything_arrives(source, target):
    copied = copy_site(source, target)
    before, after = content(source), content(target)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert (copied.files, copied.left) == (1, [])
    assert copied.rows >= sum(map(len, before.values())) - len(before["__meta"])
    assert target.store.value("a value") == "5"
    assert "__copy" not in target.database.tables()


def test_a_table_is_summed_no_more_than_it_must_be(source, target, monkeypatch):
    """At the source once; at the target once where it is the same already, and again after it was written."""
    summed, work_out = Counter(), copying._Table._sum
    monkeypatch.setattr(
        copying._Table, "_sum", lambda table, site: summed.update([(table.name, site)]) or work_out(table, site)
    )
    before = content(source)
    same = {f"tab{name}" for name, rows in content(target).items() if rows and rows == before[name]}
    copy_site(source, target)
    assert summed.total() > 200
    assert ({"tabCountry", "tabLanguage"} <= same) != target.database.skip_locked  # two files began as copies of one
    assert {summed[name, source] for name, _ in summed} == {1}
    assert {summed[name, target] for name in same & {name for name, _ in summed}} <= {1}
    assert summed["tabTask", target] == 2 == max(summed.values())


@pytest.mark.parametrize(
    ("one", "other"),
    [((5, 2.0, "x"), ("5", "2", "x")), ((2.5, b"\0a"), ("2.5", "0061")), ((1, None), (1, "\1"))],
    ids=["whole numbers", "others, and bytes", "nothing"],
)
def test_rows_are_the_same_in_whatever_form_their_values_come(source, one, other):
    """As two stores keep them: a number here may be text there. What differs has another sum."""
    sums = []
    for row in (one, other, (*one[:-1], "another")):
        table = copying._Table(source, source, "tabNote", lambda *_: None)
        table._rows = lambda _site, _skip=0, row=row: iter([row])
        sums.append(table._sum(source))
    assert sums[0] == sums[1] != sums[2] and sums[0][0] == 1


def test_and_back_again(source, target, tmp_path):
    copy_site(source, target)
    with opened(str(tmp_path / "back.db")) as back:
        copy_site(target, back)
        assert content(back) == content(source)


def test_the_copy_serves(source, address):
    with opened(address) as target:
        copy_site(source, target)
    with opened(address) as again:
        again.load(CONFORMANCE_APP)
        client = ApiClient(again)
        name = client("POST /api/resource/Task", {"subject": "next"}).json["data"]["name"]
        assert name == "TASK-00008"
        assert client("POST /api/resource/Auto Doc", {}).json["data"]["name"] == 4
        assert [
            row["name"]
            for row in client(
                "GET /api/resource/Task", params={"limit_page_length": "1", "order_by": "creation desc"}
            ).json["data"]
        ] == [name]
        url = client("GET /api/resource/File", params={"filters": {"file_name": "a.txt"}, "fields": ["file_url"]}).json[
            "data"
        ][0]["file_url"]
        assert client(f"GET {url}").data == b"\0\xffcontent"


class Interrupted(Exception):
    """Somebody pressed Ctrl+C."""


def interrupt_at(table: str, done: int) -> Any:
    def say(label: str, at: int, _total: int) -> None:
        if label == table and at >= done:
            raise Interrupted

    return say


@pytest.mark.parametrize(
    ("table", "done"), [("tabTask", 2), ("tabTask Checklist Item", 10), ("tabSingles", 2), ("files", 1)]
)
def test_a_copy_goes_on_where_it_stopped(source, address, monkeypatch, table, done):
    monkeypatch.setattr(copying, "PAGE", 2)
    with opened(address) as first, pytest.raises(Interrupted):
        copy_site(source, first, interrupt_at(table, done))
    written: list[tuple[str, int]] = []
    with opened(address) as second:
        copy_site(source, second, lambda label, at, _total: written.append((label, at)))
        assert content(second) == content(source)
    assert all(label not in ("tabRole", "tabDocType") for label, _ in written), "what was there is not copied again"
    assert all(at > done for label, at in written if label == table and table != "files")


def test_what_changed_between_two_goes_is_copied_anew(source, address, monkeypatch):
    monkeypatch.setattr(copying, "PAGE", 2)
    with opened(address) as first, pytest.raises(Interrupted):
        copy_site(source, first, interrupt_at("tabTask", 4))
    with source.acting():
        frappe_lite.db.set_value("Task", "TASK-00001", "subject", "changed")
        frappe_lite.delete_doc("Task", "TASK-00002")
    with opened(address) as second:
        copy_site(source, second)
        assert content(second) == content(source)


def test_a_site_with_documents_is_not_written_over(source, address):
    with opened(address) as made, made.acting():
        frappe_lite.get_doc({"doctype": "Note", "title": "mine"}).insert()
    with opened(address) as target:
        with pytest.raises(DatabaseRefused, match="holds a site already"):
            copy_site(source, target)
        assert target.database.rows('SELECT title FROM "tabNote"') == [("mine",)]


def test_a_file_is_not_written_over_by_itself_being_named_twice(source, tmp_path):
    with contextlib.closing(frappe_lite.Site(str(tmp_path / "source.db"))) as same, pytest.raises(DatabaseRefused):
        copy_site(source, same)


def test_columns_that_no_doctype_has_any_more_come_along(source, target):
    with source.database.transaction():
        source.database.execute('ALTER TABLE "tabNote" ADD COLUMN "was_here" TEXT COLLATE NOCASE')
    with source.acting():
        frappe_lite.get_doc({"doctype": "Note", "title": "x"}).insert()
        source.database.execute("UPDATE \"tabNote\" SET was_here = 'kept'")
    copy_site(source, target)
    assert target.database.rows('SELECT was_here FROM "tabNote"') == [("kept",)]


def test_a_table_of_nobody_is_named(source, target):
    with source.database.transaction():
        source.database.execute("CREATE TABLE stray (a TEXT)")
    assert copy_site(source, target).left == ["stray"]


@pytest.mark.postgres
@pytest.mark.parametrize("address", ["server"], indirect=True)
def test_a_value_that_the_target_cannot_take_is_named(source, target):
    with source.database.transaction():
        source.database.execute("UPDATE \"tabTask\" SET subject = ? WHERE name = 'TASK-00003'", ("a\0b",))
    with pytest.raises(ValidationError, match="tabTask"):
        copy_site(source, target)


def test_secrets_are_sealed_with_the_targets_key(source, target, monkeypatch):
    pytest.importorskip("cryptography")
    monkeypatch.delenv("FRAPPE_LITE_SECRET_KEY", raising=False)
    with source.acting() as ctx:
        frappe_lite.get_doc(
            {
                "doctype": "OAuth Client",
                "app_name": "x",
                "redirect_uris": "https://x.example",
                "default_redirect_uri": "https://x.example",
            }
        ).insert()
        sealed, encrypted = frappe_lite.access.encryption.seal_secret(source.database.path, "hush")
        ctx.store.set_secret("Task", "TASK-00001", "token", sealed, encrypted)
    monkeypatch.setenv("FRAPPE_LITE_SECRET_KEY", "another key")
    copy_site(source, target)
    kept = target.store.secret("Task", "TASK-00001", "token")
    assert kept is not None
    assert open_secret(target.database.path, *kept) == "hush"


def test_old_cursors_of_the_change_feed_are_refused(source, target):
    old = ApiClient(source)("GET /api/v2/changes").json["cursor"]
    copy_site(source, target)
    client = ApiClient(target)
    assert client("GET /api/v2/changes", params={"since": old}).status_code == 410
    new = client("GET /api/v2/changes").json["cursor"]
    assert int(new) > int(old)
    assert client("GET /api/v2/changes", params={"since": new}).status_code == 200


def test_the_command(source, address, capsys):
    scheme = "" if "://" in address else "sqlite:///"
    assert cli.main(["copy", f"sqlite:///{source.database.path}", scheme + address]) == 0
    assert "the same as in" in capsys.readouterr().out
    with opened(address) as target:
        assert content(target) == content(source)


@pytest.mark.parametrize(
    ("words", "explanation"),
    [
        pytest.param(["nowhere.db", "new.db"], "there is no database nowhere.db", id="no source"),
        pytest.param(["oracle://x/y", "new.db"], "there is no database oracle://x/y", id="a source of another kind"),
    ],
)
def test_a_wrong_source_makes_nothing(tmp_path, monkeypatch, capsys, words, explanation):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["copy", *words]) == 2
    assert explanation in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
