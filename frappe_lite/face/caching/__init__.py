"""`frappe.cache`, and what is made anew when that of which it was made changes."""
