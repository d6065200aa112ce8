"""Dates, times and what repeats, of `frappe.utils`."""
