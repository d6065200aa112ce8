"""Numbers and texts of `frappe.utils`: checked, compared, and written as people read them."""
