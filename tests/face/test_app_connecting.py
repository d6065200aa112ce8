"""Threads that app code begins: they act on the site that they name, each in a transaction of its own."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from conftest import new_file
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import ValidationError
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()


def in_thread(work: Callable[[], Any]) -> Any:
    """What the work gives, or raises, in a thread of its own."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # handed over to who waits
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


@pytest.fixture(params=[True, False], ids=["in a file", "in memory"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    made = frappe_lite.Site(new_file(tmp_path / "site.db") if request.param else ":memory:", title="Zoo")
    with made.acting() as ctx:
        store_doctype(ctx, doctype("Animal", ("title", "Data")))
    yield made
    made.close()


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_thread_has_a_transaction_of_its_own(site: Any, is_committed: bool) -> None:
    frappe = importlib.import_module("frappe")
    with site.acting():
        name = frappe.local.site

    def work() -> Any:
        frappe.init(site=name)
        frappe.connect()
        frappe.get_doc(doctype="Animal", title="made in a thread").insert()
        if is_committed:
            frappe.db.commit()
        user = frappe.session.user
        frappe.destroy()
        return user

    assert in_thread(work) == "Administrator"
    with site.acting():
        assert frappe.db.count("Animal") == int(is_committed)


def test_a_site_that_nobody_opened(site: Any) -> None:
    frappe = importlib.import_module("frappe")
    with pytest.raises(ValidationError, match="No site 'nowhere' is open"):
        in_thread(lambda: frappe.init(site="nowhere"))
    with pytest.raises(RuntimeError, match="outside a request"):
        in_thread(lambda: frappe.session.user)


def test_a_thread_without_a_site_keeps_values_of_its_own(site: Any) -> None:
    """Apps put them there before `frappe.init`, as on a bench; another thread sees none of them."""
    frappe: Any = importlib.import_module("frappe")

    def work() -> Any:
        frappe.local.task_id = "one"
        there = (frappe.local.task_id, hasattr(frappe.local, "site"), getattr(frappe.local, "db", "none"))
        return (*there, in_thread(lambda: hasattr(frappe.local, "task_id")))

    assert in_thread(work) == ("one", False, "none", False)
    with pytest.raises(AttributeError, match=r"frappe\.local\.site is a site's: call frappe\.init"):
        in_thread(lambda: frappe.local.site)


def test_who_has_a_site_keeps_it(site: Any) -> None:
    frappe = importlib.import_module("frappe")
    with site.acting("Guest"):
        for begin in (lambda: frappe.init(site=frappe.local.site), frappe.connect, frappe.destroy):
            begin()
            assert frappe.session.user == "Guest"
