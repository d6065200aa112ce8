"""What app code takes from below Frappe: the driver's cursor, the hashes and the key of passwords, files as answers."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import ValidationError
from frappe_lite.face.apps import loading as apps
from frappe_lite.parts.mail import layout
from frappe_lite.parts.mail.account import Outgoing

apps.provide_frappe()


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        store_doctype(made, doctype("Case", ("title", "Data"), ("state", "Data")))
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Any:
    return importlib.import_module("frappe")


# --- frappe.db._cursor ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        pytest.param("update `tabCase` set state = 'Open'", 3, id="all are changed"),
        pytest.param("update `tabCase` set state = 'Open' where title = %s", 1, id="one is"),
        pytest.param("update `tabCase` set state = 'Open' where title = concat('no', %s)", 0, id="none is"),
        pytest.param("delete from `tabCase` where title <> %s", 2, id="some are deleted"),
        pytest.param("select name from `tabCase`", 3, id="all are read"),
        pytest.param("select name from `tabCase` where title = %s", 1, id="one is read"),
    ],
)
def test_the_cursor_counts_the_rows_of_the_last_statement(frappe: Any, statement: str, count: int) -> None:
    for title in "abc":
        frappe.get_doc(doctype="Case", title=title).insert()
    frappe.db.sql(statement, ("a",) if "%s" in statement else ())
    frappe.db.exists("Case", "nothing")  # what Frappe asks itself is no statement of the app's
    assert frappe.db._cursor.rowcount == count


def test_who_claims_a_document_by_a_query_knows_whether_it_was_the_first(frappe: Any) -> None:
    name, case = frappe.get_doc(doctype="Case", state="Open").insert().name, frappe.qb.DocType("Case")
    claimed = []
    for _ in range(2):
        frappe.qb.update(case).set(case.state, "Taken").where((case.name == name) & (case.state == "Open")).run()
        claimed.append(frappe.db._cursor.rowcount)
    assert claimed == [1, 0]


# --- frappe.utils.password --------------------------------------------------------------------------------


def test_a_secret_of_the_apps_own_is_hashed_as_a_password_is(frappe: Any) -> None:
    hashes = importlib.import_module("frappe.utils.password").passlibctx
    first, second = hashes.hash("open-sesame"), hashes.hash("open-sesame")
    assert (first != second, len(first) <= frappe.db.VARCHAR_LEN) == (True, True)
    assert [hashes.verify(each, first) for each in ("open-sesame", "Open-sesame", "")] == [True, False, False]
    assert (hashes.verify("open-sesame", second), hashes.needs_update(first)) == (True, False)


@pytest.mark.parametrize("kept", ["$pbkdf2-sha256$29000$abc$def", "", "open-sesame"])
def test_a_hash_of_another_kind_fits_nothing_and_is_to_be_made_anew(frappe: Any, kept: str) -> None:
    hashes = importlib.import_module("frappe.utils.password").passlibctx
    assert (hashes.verify("open-sesame", kept), hashes.needs_update(kept)) == (False, True)


def test_the_encryption_key_is_the_sites_and_fits_fernet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRAPPE_LITE_SECRET_KEY", raising=False)
    fernet = pytest.importorskip("cryptography.fernet")
    key = importlib.import_module("frappe.utils.password").get_encryption_key
    keys = []
    for database in ("one.db", "one.db", "two.db"):
        site = frappe_lite.Site(str(tmp_path / database))
        with site.acting():
            keys.append(key())
        site.close()
    assert (keys[0] == keys[1], keys[0] == keys[2]) == (True, False)
    assert fernet.Fernet(keys[0]).decrypt(fernet.Fernet(keys[1]).encrypt(b"roar")) == b"roar"


@pytest.mark.parametrize(
    ("value", "is_dummy"), [("*", True), ("********", True), ("**a**", False), ("secret", False), ("", False)]
)
def test_the_stars_of_a_password_field_are_no_password(frappe: Any, value: str, is_dummy: bool) -> None:
    assert frappe.new_doc("Case").is_dummy_password(value) is is_dummy


# --- documents --------------------------------------------------------------------------------------------

GUARDED = """
    import frappe
    from frappe.model.document import Document

    class Relic(Document):
        def on_trash(self):
            if not self.flags.allow_delete:
                frappe.throw("It stays")
            frappe.flags.seen = dict(self.flags)
"""


@pytest.mark.parametrize(("flags", "is_left"), [({}, True), ({"allow_delete": True}, False)])
def test_a_document_that_deletes_itself_hands_its_flags_on(
    site: frappe_lite.Site, write: Write, flags: dict[str, object], is_left: bool
) -> None:
    site.load(write({"relic/relic.json": doctype("Relic", ("title", "Data")), "relic/relic.py": GUARDED}))
    with site.acting():
        doc = frappe_lite.get_doc({"doctype": "Relic", "title": "x"}).insert()
        doc.flags.update(flags)
        if is_left:
            with pytest.raises(ValidationError, match="It stays"):
                doc.delete()
        else:
            doc.delete(ignore_permissions=True)
            assert frappe_lite.flags.seen["ignore_permissions"] is True
        assert bool(frappe_lite.db.exists("Relic", doc.name)) is is_left


def test_pages_of_an_apps_modules_are_documents_whose_roles_it_may_set(site: frappe_lite.Site, write: Write) -> None:
    page = {
        "doctype": "Page",
        "name": "builder",
        "page_name": "builder",
        "title": "B",
        "module": "Zoo",
        "standard": "Yes",
    }
    install = """
        import frappe

        def after_install():
            page = frappe.get_doc("Page", "builder")
            page.append("roles", {"role": "System Manager"})
            page.save(ignore_permissions=True)
    """
    files = {"hooks.py": "after_install = 'APP.install.after_install'", "install.py": install, "modules.txt": "Zoo"}
    site.load(write({**files, "zoo/page/builder/builder.json": page}))
    with site.acting():
        kept = frappe_lite.get_doc("Page", "builder")
        assert (kept.title, [row.role for row in kept.roles]) == ("B", ["System Manager"])


# --- frappe.desk.utils ------------------------------------------------------------------------------------

ROWS = [["name", "weight"], ["lion", 190.5], ["ant, red", None]]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        pytest.param({}, '"name","weight"\r\n"lion",190.5\r\n"ant, red",""\r\n', id="as Frappe writes it"),
        pytest.param({"csv_delimiter": ";", "csv_quoting": "0"}, "name;weight\r\nlion;190.5\r\nant, red;\r\n", id="asked"),
        pytest.param({"csv_decimal_sep": ",", "csv_delimiter": ";;"}, '"name";"weight"\r\n"lion";"190,5"\r\n"ant, red";""\r\n', id="with a comma"),
        pytest.param({"csv_delimiter": ""}, '"name","weight"\r\n"lion",190.5\r\n"ant, red",""\r\n', id="an empty one"),
    ],
)  # fmt: skip
def test_rows_become_csv_as_the_caller_wants_it(frappe: Any, asked: dict[str, str], text: str) -> None:
    desk, params = importlib.import_module("frappe.desk.utils"), {**asked, "doctype": "Case"}
    how = desk.pop_csv_params(params)
    assert (desk.get_csv_bytes(ROWS, how).decode(), params) == (text, {"doctype": "Case"})
    assert "decimal_sep" in how  # it serves the next sheet too


def test_a_function_answers_with_a_file(site: frappe_lite.Site, write: Write, name: str) -> None:
    api = """
        import frappe
        from frappe.desk.utils import provide_binary_file

        @frappe.whitelist(allow_guest=True)
        def export():
            provide_binary_file("Animals", "bin", b"roar")
    """
    site.load(write({"api.py": api}))
    answer = ApiClient(site)(f"GET /api/method/{name}.api.export")
    assert (answer.status_code, answer.data) == (200, b"roar")
    assert "Animals.bin" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        pytest.param({"raw_html": True}, ("<!DOCTYPE html><p>Hi</p>",), id="the whole page"),
        pytest.param({"raw_html": True, "header": "Zoo"}, ("<!DOCTYPE html><p>Hi</p>",), id="no heading on it"),
        pytest.param({"add_css": False}, ('<body style="font-family:sans-serif">', "<p>Hi</p>"), id="no styles"),
        pytest.param({"header": "Zoo"}, ("Zoo</h3>", "<p>Hi</p>"), id="a heading"),
    ],
)
def test_a_mail_is_a_page_of_the_apps_own_if_it_says_so(
    frappe: Any, options: dict[str, object], parts: tuple[str, ...]
) -> None:
    queued = frappe.sendmail("ann@x.org", message="<!DOCTYPE html><p>Hi</p>", **options)
    kept, account = json.loads(queued.options), Outgoing("", "zoo@x.org")
    plain, page = layout.texts(queued._context, queued.message, account, kept)
    assert [each in page for each in parts] == [True] * len(parts)
    assert (page == parts[0]) is bool(options.get("raw_html"))
    assert "Hi" in plain


def test_the_class_of_the_cache_has_the_name_of_redis(frappe: Any) -> None:
    wrapper = importlib.import_module("frappe.utils.redis_wrapper").RedisWrapper
    assert (isinstance(frappe.cache, wrapper), isinstance(frappe.cache(), wrapper)) == (True, True)
