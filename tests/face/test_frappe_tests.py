"""`frappe.tests`: the classes and helpers that an app's own tests use, tried as an app uses them."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import types
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from frappe_lite.parts.testing import TestSite, cases, timeouts
from frappe_lite.parts.testing.records import Records
from frappe_lite.whitelist import decorated

FILES = {
    "hooks.py": "app_title = 'Shop'\ndoc_events = {}\n",
    "shop/doctype/customer/customer.py": "from frappe.model.document import Document\nclass Customer(Document): pass\n",
    "shop/doctype/invoice/invoice.py": """
        import frappe
        from frappe.model.document import Document
        class Invoice(Document):
            def validate(self):
                self.total = sum(row.rate for row in self.items)
                self.by = frappe.session.user
        """,
    "shop/doctype/invoice_row/invoice_row.py": "from frappe.model.document import Document\nclass InvoiceRow(Document): pass\n",
    "shop/doctype/shop_settings/shop_settings.py": "from frappe.model.document import Document\nclass ShopSettings(Document): pass\n",
    "shop/doctype/currency_of/currency_of.py": "from frappe.model.document import Document\nclass CurrencyOf(Document): pass\n",
    "shop/doctype/customer/test_records.json": '[{"customer_name": "_Test Customer"}, {"customer_name": "_Test Customer 1"}]',
    **(
        {"shop/doctype/currency_of/test_records.toml": '[["Currency Of"]]\nname = "_Test EUR"\n'}
        if sys.version_info >= (3, 11)  # which reads TOML
        else {"shop/doctype/currency_of/test_records.json": '[{"name": "_Test EUR"}]'}
    ),
    "shop/doctype/invoice/test_records.json": '{"Invoice": [{"customer": "_Test Customer", "docstatus": 1, "items": [{"rate": 3.5}]}], "Other": []}',
}
ROLE = [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1, "submit": 1}]
DOCTYPES: dict[str, dict[str, Any]] = {
    "Customer": {
        "autoname": "field:customer_name",
        "fields": [["customer_name", "Data"], ["currency", "Link", "Currency Of"]],
    },
    "Currency Of": {"autoname": "prompt", "fields": [["sign", "Data"]]},
    "Invoice": {
        "is_submittable": 1,
        "fields": [
            ["customer", "Link", "Customer"],
            ["items", "Table", "Invoice Row"],
            ["total", "Float"],
            ["by", "Data"],
            ["on", "Date"],
            ["user", "Link", "User"],
        ],
    },
    "Invoice Row": {"istable": 1, "fields": [["rate", "Float"]]},
    "Shop Settings": {"issingle": 1, "fields": [["greeting", "Data"], ["size", "Int"]]},
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An app in Frappe's layout with tests beside its DocTypes; what it imported is forgotten afterwards."""
    root = tmp_path / "apps" / "shop_of_tests"
    for name, raw in DOCTYPES.items():
        folder = root / "shop" / "doctype" / name.lower().replace(" ", "_")
        folder.mkdir(parents=True)
        fields = [dict(zip(("fieldname", "fieldtype", "options"), each, strict=False)) for each in raw["fields"]]
        (folder / f"{folder.name}.json").write_text(
            json.dumps(
                {**raw, "doctype": "DocType", "name": name, "module": "Shop", "fields": fields, "permissions": ROLE}
            )
        )
    for path, text in FILES.items():
        (root / path).write_text(textwrap.dedent(text))
    for folder in [root, *(each for each in root.rglob("*") if each.is_dir())]:
        (folder / "__init__.py").touch()
    before, methods = dict(sys.modules), dict(decorated)
    monkeypatch.setattr(sys, "path", list(sys.path))
    cases.provide([root])
    yield root
    cases.APPS.clear()
    for name in set(sys.modules) - set(before):
        if name.startswith(("frappe.test", "shop_of_tests")):
            del sys.modules[name]
    for name in [each for each in decorated if each.startswith("shop_of_tests") and each not in methods]:
        del decorated[name]


def run(shop: Path, text: str, doctype: str = "invoice") -> unittest.TestResult:
    """Run the test module of a DocType; every test in it is to pass."""
    name = f"shop_of_tests.shop.doctype.{doctype}.test_{doctype}"
    (shop / "shop" / "doctype" / doctype / f"test_{doctype}.py").write_text(textwrap.dedent(text))
    sys.modules.pop(name, None)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromName(name).run(result)
    return result


def passed(result: unittest.TestResult) -> int:
    assert not result.errors, result.errors[0][1]
    assert not result.failures, result.failures[0][1]
    return result.testsRun


@pytest.mark.parametrize(
    "imported",
    [
        "from frappe.tests.utils import FrappeTestCase as Case",
        "from frappe.tests import IntegrationTestCase as Case",
        "from frappe.tests.classes import IntegrationTestCase as Case",
        "import frappe.tests.utils\nCase = frappe.tests.utils.FrappeTestCase",
    ],
)
def test_the_records_of_a_doctype_and_of_its_links_are_there(shop: Path, imported: str) -> None:
    text = """
        class TestInvoice(Case):
            def test_records(self):
                self.assertEqual(self.doctype, "Invoice")
                self.assertEqual(frappe.session.user, "Administrator")
                self.assertTrue(frappe.flags.in_test)
                self.assertEqual(frappe.get_all("Customer", pluck="name", order_by="name"), ["_Test Customer", "_Test Customer 1"])
                self.assertEqual(frappe.get_all("Currency Of", pluck="name"), ["_Test EUR"])
                invoice = frappe.get_last_doc("Invoice")
                self.assertDocumentEqual({"docstatus": 1, "total": 3.5, "items": [{"rate": 3.5}]}, invoice)
                self.assertEqual(self.globalTestRecords["Customer"][0]["customer_name"], "_Test Customer")
                self.assertEqual(frappe.get_test_records("Customer")[1]["customer_name"], "_Test Customer 1")
        """
    assert passed(run(shop, "import frappe\n" + imported + "\n" + textwrap.dedent(text))) == 1


def test_a_class_finds_what_its_tests_left_and_nothing_of_another(shop: Path) -> None:
    text = """
        import frappe
        from frappe.tests import IntegrationTestCase

        class TestA(IntegrationTestCase):
            def test_1(self):
                frappe.get_doc(doctype="Customer", customer_name="ACME").insert()
            def test_2(self):
                self.assertTrue(frappe.db.exists("Customer", "ACME"))
                frappe.db.commit()

        class TestB(IntegrationTestCase):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                super().setUpClass()
                cls.acme = frappe.db.exists("Customer", "ACME")
            def test_1(self):
                self.assertIsNone(self.acme)
    """
    assert passed(run(shop, text)) == 3


def test_a_class_can_be_run_again(shop: Path) -> None:
    class Probe(cases.UnitTestCase):
        frappe_apps = [shop]

        def runTest(self) -> None:
            self.assertEqual(frappe_lite.db.count("Customer"), 0)
            frappe_lite.get_doc(doctype="Customer", customer_name="c").insert()
            frappe_lite.db.commit()

    for _ in range(2):
        result = unittest.TestResult()
        unittest.TestSuite([Probe()]).run(result)
        assert passed(result) == 1


def test_what_apps_do_in_their_tests(shop: Path) -> None:
    text = """
        import frappe
        from frappe.tests.utils import FrappeTestCase

        class TestBase(FrappeTestCase):
            def setUp(self):
                frappe.set_user("Administrator")
                self.customer = frappe.get_doc(doctype="Customer", customer_name="ACME").insert(ignore_permissions=True)

            def tearDown(self):
                frappe.set_user("Administrator")
                frappe.db.rollback()

            def test_it(self):
                self.assertRaises(frappe.DuplicateEntryError, frappe.copy_doc(self.customer).insert)

        class TestInherited(TestBase):
            def test_more(self):
                self.assertRaises(frappe.DoesNotExistError, frappe.get_doc, "Customer", "nobody")
                frappe.set_user("Guest")
    """
    assert passed(run(shop, text)) == 3


def test_the_helpers(shop: Path) -> None:
    text = """
        import datetime
        import frappe
        from frappe.tests import IntegrationTestCase
        from frappe.tests.utils import change_settings, make_test_records, patch_hooks, timeout

        class TestInvoice(IntegrationTestCase):
            def test_set_user(self):
                with self.set_user("Guest"):
                    self.assertEqual(frappe.session.user, "Guest")
                    with self.assertRaises(frappe.PermissionError):
                        frappe.get_doc(doctype="Customer", customer_name="x").insert()
                self.assertEqual(frappe.session.user, "Administrator")

            def test_freeze_time(self):
                for moment in ("2026-01-01", datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1)):
                    with self.freeze_time(moment):
                        self.assertEqual(frappe.utils.today(), "2026-01-01")
                self.assertNotEqual(frappe.utils.today(), "2026-01-01")

            def test_change_settings(self):
                before = frappe.db.get_single_value("Shop Settings", "greeting")
                with self.change_settings("Shop Settings", {"greeting": "Hello"}, size=3):
                    self.assertEqual(frappe.db.get_single_value("Shop Settings", "greeting"), "Hello")
                    self.assertEqual(frappe.get_doc("Shop Settings").size, 3)
                self.assertEqual(frappe.db.get_single_value("Shop Settings", "greeting"), before)

            @change_settings("Shop Settings", greeting="Decorated")
            def test_change_settings_by_decorator(self):
                self.assertEqual(frappe.db.get_single_value("Shop Settings", "greeting"), "Decorated")

            def test_patch_hooks(self):
                own = frappe.get_hooks("app_title")
                with self.patch_hooks({"app_title": ["Other"], "more": ["x"]}):
                    self.assertEqual(frappe.get_hooks("app_title"), ["Other"])
                    self.assertEqual(frappe.get_hooks("more"), ["x"])
                self.assertEqual((frappe.get_hooks("app_title"), frappe.get_hooks("more")), (own, []))

            def test_patched_events_run(self):
                with patch_hooks({"doc_events": {"Customer": {"validate": __name__ + ".refuse"}}}):
                    with self.assertRaisesRegex(frappe.ValidationError, "refused"):
                        frappe.get_doc(doctype="Customer", customer_name="refused").insert()
                frappe.get_doc(doctype="Customer", customer_name="allowed").insert()

            def test_make_test_records(self):
                self.assertEqual(make_test_records("Customer"), [])

            @timeout(seconds=30)
            def test_timeout(self):
                pass

            @timeout
            def test_timeout_without_brackets(self):
                pass

            def test_query_count(self):
                with self.assertQueryCount(1):
                    frappe.db.sql("select 1")
                with self.assertRaises(AssertionError), self.assertQueryCount(1):
                    frappe.db.sql("select 1")
                    frappe.db.sql("select 2")

            def test_subsets_and_queries(self):
                self.assertSequenceSubset([1, 2, 3], [1, 3])
                self.assertQueryEqual("SELECT  a\\nFROM b WHERE c = 'D  E'", "select a from b where c = 'D E'")

        def refuse(doc, event):
            frappe.throw("refused")
    """
    assert passed(run(shop, text)) == 11


@pytest.mark.parametrize(
    ("expected", "differs"),
    [
        ({"total": 3.5, "by": "Administrator"}, False),
        ({"total": 3.6}, True),
        ({"docstatus": 1}, False),
        ({"docstatus": 0}, True),
        ({"by": "Guest"}, True),
        ({"items": [{"rate": 3.5}]}, False),
        ({"items": [{"rate": 3.4}]}, True),
        ({"items": []}, True),
    ],
)
def test_documents_are_compared_by_the_expected_values(shop: Path, expected: dict[str, Any], differs: bool) -> None:
    class Probe(cases.IntegrationTestCase):
        frappe_apps = [shop]

        def runTest(self) -> None:
            frappe_lite.get_doc(doctype="Customer", customer_name="c").insert()
            invoice = frappe_lite.get_doc(doctype="Invoice", customer="c", items=[{"rate": 3.5}]).insert().submit()
            self.assertDocumentEqual(expected, invoice)

    result = unittest.TestResult()
    unittest.TestSuite([Probe()]).run(result)
    assert result.errors == []
    assert bool(result.failures) == differs


@pytest.mark.parametrize(
    ("module", "made"),
    [
        ("EXTRA_TEST_RECORD_DEPENDENCIES = ['Invoice']\n", {"Customer": 2, "Invoice": 1, "Currency Of": 1}),
        ("test_dependencies = ['Invoice']\n", {"Customer": 2, "Invoice": 1, "Currency Of": 1}),
        ("IGNORE_TEST_RECORD_DEPENDENCIES = ['Currency Of']\n", {"Customer": 2, "Invoice": 0, "Currency Of": 0}),
        ("test_ignore = ['Currency Of']\n", {"Customer": 2, "Invoice": 0, "Currency Of": 0}),
        ("test_records = [{'customer_name': 'own'}]\n", {"Customer": 1, "Invoice": 0, "Currency Of": 1}),
        (
            "def _make_test_records(verbose):\n    frappe.get_doc(doctype='Customer', customer_name='made').insert()\n",
            {"Customer": 1, "Invoice": 0, "Currency Of": 1},
        ),
    ],
)
def test_a_module_says_which_records_it_wants(shop: Path, module: str, made: dict[str, int]) -> None:
    text = "import frappe\nfrom frappe.tests import IntegrationTestCase\n" + module
    text += "class TestCustomer(IntegrationTestCase):\n    def test_it(self):\n"
    text += f"        self.assertEqual({{each: frappe.db.count(each) for each in {list(made)}}}, {made})\n"
    if "Invoice" in module:
        (shop / "shop/doctype/invoice/test_invoice.py").write_text("IGNORE_TEST_RECORD_DEPENDENCIES = ['Customer']\n")
        text = text.replace("'Invoice': 1", "'Invoice': 1")
        (shop / "shop/doctype/invoice/test_records.json").write_text('[{"items": [{"rate": 1}]}]')
    assert passed(run(shop, text, "customer")) == 1


def test_records_are_made_once(shop: Path) -> None:
    with TestSite([shop]) as site, site.acting():
        records = Records(site)
        assert records.make("Customer") == ["_Test EUR", "_Test Customer", "_Test Customer 1"]
        assert records.make("Customer") == []
        assert Records(site).make("Customer") == [], "what is there already stays as it is"
        assert records.make("No Such DocType") == []


def test_a_unit_test_has_no_records(shop: Path) -> None:
    text = """
        import frappe
        from frappe.tests import UnitTestCase

        class TestCustomer(UnitTestCase):
            def test_it(self):
                self.assertEqual(frappe.db.count("Customer"), 0)
    """
    assert passed(run(shop, text, "customer")) == 1


def test_the_app_around_a_test_is_found_without_a_setting(shop: Path) -> None:
    cases.APPS.clear()
    text = """
        import frappe
        from frappe.tests import UnitTestCase

        class TestCustomer(UnitTestCase):
            def test_it(self):
                self.assertIn("shop_of_tests", frappe.get_installed_apps())
    """
    assert passed(run(shop, text, "customer")) == 1


def test_nothing_of_a_class_stays(shop: Path) -> None:
    run(shop, "from frappe.tests import UnitTestCase\nclass TestIt(UnitTestCase):\n    def test_it(self): pass\n")
    with pytest.raises(RuntimeError, match="outside a request"):
        frappe_lite.get_roles()
    with pytest.raises(RuntimeError, match="inside the tests of a UnitTestCase"):
        cases.make_test_records("Customer")


def test_a_test_that_takes_too_long_fails() -> None:
    @timeouts.timeout(0.05, "too long")
    def forever() -> None:
        while True:
            pass

    with pytest.raises(TimeoutError, match="too long"):
        forever()


# --- connected, as under `bench run-tests` ----------------------------------------------------------------


PLAIN = """
    import unittest
    import frappe
    from frappe.core.doctype.comment.comment import Comment
    from frappe.tests import IntegrationTestCase

    AT_IMPORT = frappe.db.exists("Role", "System Manager")

    class TestPlain(unittest.TestCase):
        def test_a_site_is_there(self):
            self.assertEqual((AT_IMPORT, frappe.session.user), ("System Manager", "Administrator"))
            self.assertEqual(frappe.db.count("Customer"), 1)
            frappe.get_doc(doctype="Customer", customer_name="left by a plain class").insert()
            frappe.db.commit()

    class TestBeforeItIsSetUp(IntegrationTestCase):
        @classmethod
        def setUpClass(cls):
            cls.there = frappe.get_all("Customer", pluck="name")
            super().setUpClass()

        def test_a_site_was_there(self):
            self.assertEqual(self.there, ["Ground"])
            self.assertTrue(frappe.db.exists("Customer", "_Test Customer"))
            self.assertTrue(issubclass(type(frappe.get_doc(doctype="Comment")), Comment))
"""
HOOKS = "app_title = 'Shop'\nbefore_tests = 'shop_of_tests.hooks_of_tests.prepare'\n"
PREPARE = "import frappe\ndef prepare():\n    frappe.get_doc(doctype='Customer', customer_name='Ground').insert()\n"


def test_tests_of_an_app_are_connected_before_they_are_imported(shop: Path, tmp_path: Path) -> None:
    (shop / "hooks.py").write_text(HOOKS)
    (shop / "hooks_of_tests.py").write_text(PREPARE)
    (shop / "shop" / "doctype" / "invoice" / "test_invoice.py").write_text(textwrap.dedent(PLAIN))
    ini = tmp_path / "own.ini"
    ini.write_text(f"[pytest]\nfrappe_apps = {shop}\n")
    command = [sys.executable, "-m", "pytest", "-c", str(ini), "--rootdir", str(tmp_path), "-q", str(shop)]
    done = subprocess.run([*command, "-p", "no:cacheprovider", "-p", "no:randomly"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


@pytest.mark.parametrize("hook", ["'{}'", "['{}']"], ids=["one", "a list"])
def test_an_app_prepares_its_tests(shop: Path, hook: str) -> None:
    (shop / "hooks.py").write_text("before_tests = " + hook.format("shop_of_tests.hooks_of_tests.prepare"))
    (shop / "hooks_of_tests.py").write_text(PREPARE)

    class Plain(unittest.TestCase):
        frappe_apps = [shop]

        def runTest(self) -> None:
            self.assertEqual(frappe_lite.get_all("Customer", pluck="name"), ["Ground"])

    for _ in range(2):  # the second time on a site of its own again
        cases.connect(Plain)
        cases.connect(Plain)
        result = unittest.TestResult()
        unittest.TestSuite([Plain()]).run(result)
        assert passed(result) == 1
        assert "_frappe_site" not in Plain.__dict__


def test_records_are_made_once_for_a_site(shop: Path) -> None:
    text = """
        import frappe
        from frappe.tests import IntegrationTestCase
        from frappe.tests.utils import make_test_records

        class TestInvoice(IntegrationTestCase):
            def test_records(self):
                for _ in range(2):
                    self.assertEqual(make_test_records("Invoice"), [])
                self.assertEqual(frappe.db.count("Invoice"), 1)
    """
    assert passed(run(shop, text)) == 1


@pytest.mark.parametrize("inside", [True, False], ids=["of the app", "of somebody else"])
def test_whose_a_class_of_tests_is(shop: Path, inside: bool) -> None:
    cls = unittest.TestCase
    if inside:
        text = "import unittest\nclass TestInvoice(unittest.TestCase):\n    def test_1(self): pass\n"
        assert passed(run(shop, text)) == 1
        cls = sys.modules["shop_of_tests.shop.doctype.invoice.test_invoice"].TestInvoice
    assert cases.is_of_an_app(cls) is inside


def test_tests_make_objects_and_ask_over_http(shop: Path) -> None:
    text = """
        import frappe
        from frappe.test_runner import make_test_objects
        from frappe.tests import freeze_time, set_user, timeout_context
        from frappe.tests.test_api import FrappeAPITestCase, suppress_stdout
        from frappe.tests.utils import make_test_records_for_doctype

        class TestInvoice(FrappeAPITestCase):
            def test_objects(self):
                values = [{"customer_name": "Sun"}, {"doctype": "Customer", "customer_name": "Moon"}]
                for _ in range(2):
                    self.assertEqual(make_test_objects("Customer", values), ["Sun", "Moon"])
                self.assertEqual(make_test_objects("Customer", commit=True), make_test_records_for_doctype("Customer"))

            def test_requests(self):
                with suppress_stdout():
                    path = self.resource("Customer")
                self.assertEqual(path, "http://frappe.test/api/resource/Customer")
                made = self.post(path, {"sid": self.sid, "customer_name": "Star"})
                self.assertEqual((made.status_code, made.json["data"]["name"]), (201, "Star"))
                answers = [self.get(f"{path}/Star", {"sid": self.sid}).status_code, self.get(self.method("ping")).status_code]
                answers += [self.put(f"{path}/Star", {"sid": self.sid}).status_code, self.patch(path, {"sid": self.sid}).status_code]
                answers += [self.delete(f"{path}/Star", query_string={"sid": self.sid}).status_code]
                self.assertEqual(answers, [200, 200, 200, 405, 202])
                self.assertEqual(self.TEST_CLIENT.get(self.get_path("resource", "User")).status_code, 403)

            def test_rows(self):
                with self.assertRowsRead(3):
                    frappe.get_all("Customer", limit=1)
                with self.assertRaisesRegex(AssertionError, "more rows"), self.assertRowsRead(0):
                    frappe.get_all("User")

            def test_what_is_done_inside(self):
                with freeze_time("2026-01-02"), timeout_context(60):
                    self.assertEqual(frappe.utils.today(), "2026-01-02")
                with set_user("Guest"):
                    self.assertEqual(frappe.session.user, "Guest")

        class TestVersions(FrappeAPITestCase):
            version = "v2"
            def test_address(self):
                self.assertEqual(self.resource("A"), "http://frappe.test/api/v2/document/A")
                self.assertEqual(self.doctype_path("A", "meta"), "http://frappe.test/api/v2/doctype/A/meta")
    """
    assert passed(run(shop, text)) == 5


def test_nothing_is_let_out(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`responses` stands in for the network; the test stands in for it."""

    class RequestsMock:
        def __init__(self) -> None:
            self.done: list[str] = []

        def start(self) -> None:
            self.done.append("start")

        def stop(self) -> None:
            self.done.append("stop")

        def reset(self) -> None:
            self.done.append("reset")

    stand_in = types.ModuleType("responses")
    stand_in.RequestsMock = RequestsMock  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "responses", stand_in)
    text = """
        from frappe.tests import MockedRequestTestCase

        class TestInvoice(MockedRequestTestCase):
            def test_network(self):
                self.addCleanup(lambda: self.assertEqual(self.responses.done, ["start"]))
                self.assertEqual(self.responses.done, ["start"])
    """
    assert passed(run(shop, text)) == 1
