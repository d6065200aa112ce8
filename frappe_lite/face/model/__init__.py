"""`frappe.model` and `frappe.get_doc`: documents and their DocTypes as app code has them."""
