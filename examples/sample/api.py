import frappe


@frappe.whitelist()
def get_task(name):
    return frappe.get_doc("Task", name)


@frappe.whitelist()
def get_open_tasks():
    return frappe.get_all("Task", filters={"status": "Open"})
