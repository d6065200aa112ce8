"""Tests of an app's controllers, whitelisted functions and jobs, by the fixture `frappe_site`."""

import frappe
import pytest


@pytest.fixture
def ann(frappe_site):
    with frappe_site.acting():
        frappe.get_doc({"doctype": "Book", "title": "Emma", "copies": 1}).insert()
    return frappe_site.new_user("ann@example.com", "Librarian")


def test_the_controller_says_when_a_loan_is_due(frappe_site, ann):
    with frappe_site.at("2026-01-01"), frappe_site.acting("ann@example.com"):
        loan = frappe.get_doc({"doctype": "Loan", "book": "Emma", "member": "Bob"}).insert()
        assert str(loan.due) == "2026-01-15"


def test_no_copy_is_lent_twice(ann):
    ann.insert({"doctype": "Loan", "book": "Emma", "member": "Bob"})
    with pytest.raises(frappe.ValidationError, match="No copy of Emma is left"):
        ann.insert({"doctype": "Loan", "book": "Emma", "member": "Cleo"})


def test_overdue_loans_are_listed(frappe_site, ann):
    with frappe_site.at("2026-01-01") as clock:
        loan = ann.insert({"doctype": "Loan", "book": "Emma", "member": "Bob"})
        assert ann.call("library.api.overdue") == []
        clock.tick(days=15)
        assert ann.call("library.api.overdue") == [{"name": loan["name"], "member": "Bob", "due": "2026-01-15"}]


def test_a_member_is_reminded(frappe_site, ann):
    loan = ann.insert({"doctype": "Loan", "book": "Emma", "member": "Bob"})
    assert [job.name for job in frappe_site.jobs] == ["library.tasks.remind"]
    frappe_site.run_jobs()
    with frappe_site.acting():
        assert "Reminded Bob" in frappe.get_last_doc("Comment", {"reference_name": loan["name"]}).content


def test_a_guest_sees_no_book(frappe_site, ann):
    assert frappe_site.client(None).get("/api/resource/Book/Emma").status_code == 403
