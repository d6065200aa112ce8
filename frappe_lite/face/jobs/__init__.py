"""`frappe.enqueue`, and a job as app code meets it."""
