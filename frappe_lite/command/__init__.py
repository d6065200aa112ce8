"""`frappe-lite`: the command line, one file a family of commands."""
