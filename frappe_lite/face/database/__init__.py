"""`frappe.db`: what app code asks of the database."""
