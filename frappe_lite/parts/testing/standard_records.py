"""The people and roles that every bench has for tests, and what tests of apps borrow from Frappe's own.

Published apps sign in as `test@example.com`, whose password is PASSWORD, and count on the roles.
"""

from __future__ import annotations

import functools

from werkzeug.security import generate_password_hash

import frappe_lite

from ...context import Context
from ...values import JsonObject

PASSWORD = "Eastern_43A1W"


def _user(email: str, first_name: str, *roles: str) -> dict[str, object]:
    values = {"email": email, "first_name": first_name, "enabled": 1}
    return {"doctype": "User", **values, "roles": [{"role": role} for role in roles]}


STANDARD: dict[str, list[JsonObject]] = {
    "Role": [
        {"doctype": "Role", "role_name": name, "desk_access": desk_access}
        for name, desk_access in (("_Test Role", 1), ("_Test Role 2", 1), ("_Test Role 3", 1), ("_Test Role 4", 0))
    ],
    "User": [
        _user("test@example.com", "_Test", "_Test Role", "System Manager"),
        *(_user(f"test{number}@example.com", f"_Test{number}") for number in (1, 2, 3, 4)),
        _user("test'5@example.com", "_Test'5"),
        _user("testperm@example.com", "_Test Perm"),
        _user("testdelete@example.com", "_Test", "_Test Role 2", "System Manager"),
        _user("testpassword@example.com", "_Test", "System Manager"),
    ],
}
"""DocType -> its test records, where no app has some of its own."""


@functools.cache
def _kept_password() -> str:
    """PASSWORD as it is kept, by a hash that takes no time: it protects nobody."""
    return generate_password_hash(PASSWORD, "pbkdf2:sha256:1")


def set_passwords(ctx: Context) -> None:
    """Let the people of every bench sign in."""
    for each in STANDARD["User"]:
        if ctx.store.exists(ctx.meta("User"), each["email"]) is not None:
            ctx.store.set_secret("User", each["email"], "password", _kept_password())


def create_email_account() -> object:
    """The account that tests of mail receive and send by; nothing is asked of its servers."""
    name = "_Test Comm Account 1"
    frappe_lite.delete_doc_if_exists("Email Account", name)
    values = {
        "doctype": "Email Account", "email_account_name": name, "email_id": "test_comm@example.com",
        "password": "password",
        "enable_outgoing": 1, "default_outgoing": 1, "smtp_server": "test.example.com", "enable_incoming": 1,
        "email_server": "pop.test.example.com",
        "append_to": "ToDo", "add_signature": 1, "signature": "\nBest Wishes\nTest Signature",
    }  # fmt: skip
    return frappe_lite.get_doc(values).insert(ignore_permissions=True)


__all__ = ["PASSWORD", "STANDARD", "create_email_account", "set_passwords"]
