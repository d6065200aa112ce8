import frappe
from frappe.model.document import Document
from frappe.utils import add_days, today


class Loan(Document):
    def validate(self):
        if not self.due:
            self.due = add_days(today(), 14)
        if not self.returned:
            self.require_a_copy()

    def require_a_copy(self):
        lent = frappe.db.count("Loan", {"book": self.book, "returned": 0, "name": ["!=", self.name]})
        if lent >= frappe.db.get_value("Book", self.book, "copies"):
            frappe.throw(f"No copy of {self.book} is left")

    def after_insert(self):
        frappe.enqueue("library.tasks.remind", loan=self.name)
