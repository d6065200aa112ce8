"""Users, Contacts, and who may what, for app code."""
