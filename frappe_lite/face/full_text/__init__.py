"""`frappe.search.sqlite_search`: full-text search of an app's documents."""
