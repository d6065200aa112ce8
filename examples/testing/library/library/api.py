import frappe


@frappe.whitelist()
def overdue():
    return frappe.get_list(
        "Loan", filters={"returned": 0, "due": ["<", frappe.utils.today()]}, fields=["name", "member", "due"]
    )
