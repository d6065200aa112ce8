"""Lists for app code: `frappe.get_list`, `frappe.get_all`, and `frappe.qb`."""
