import frappe


def remind(loan):
    doc = frappe.get_doc("Loan", loan)
    doc.add_comment("Comment", f"Reminded {doc.member}: due on {doc.due}")
