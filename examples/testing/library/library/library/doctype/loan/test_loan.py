"""The app's own tests, as a Frappe bench runs them. Nothing in here knows frappe_lite."""

import frappe
from frappe.tests.utils import FrappeTestCase


class TestLoan(FrappeTestCase):
    def lend(self, **values):
        return frappe.get_doc({"doctype": "Loan", "book": "_Test Book", "member": "Ann", **values}).insert()

    def tearDown(self):
        frappe.db.delete("Loan")

    def test_the_last_copy_is_lent_once(self):
        loan = self.lend()
        with self.assertRaises(frappe.ValidationError):
            self.lend(member="Bob")
        loan.returned = 1
        loan.save()
        self.assertDocumentEqual({"member": "Bob", "returned": 0}, self.lend(member="Bob"))

    def test_a_loan_is_due_in_two_weeks(self):
        with self.freeze_time("2026-01-01"):
            self.assertEqual(str(self.lend().due), "2026-01-15")

    def test_a_stranger_lends_nothing(self):
        with self.set_user("Guest"):
            self.assertRaises(frappe.PermissionError, self.lend)
