"""`frappe.utils.password`: secrets of documents, and passwords of users, for app code."""

from __future__ import annotations

from ..access import auth
from ..access.encryption import open_secret, seal_secret
from ..errors import AuthenticationError, ValidationError
from ..utils import cstr
from .context import ctx


def get_decrypted_password(
    doctype: str, name: object, fieldname: str = "password", raise_exception: bool = True
) -> str | None:
    """The text of a Password field. Raises ValidationError if none is kept."""
    found = ctx().store.secret(doctype, cstr(name), fieldname)
    if found is None:
        if raise_exception:
            raise ValidationError.told(f"Password not found for {doctype} {name} {fieldname}")
        return None
    return open_secret(ctx().store.database.path, *found)


def set_encrypted_password(doctype: str, name: object, pwd: str, fieldname: str = "password") -> None:
    """Keep a text as the value of a Password field."""
    sealed, encrypted = seal_secret(ctx().store.database.path, pwd)
    ctx().store.set_secret(doctype, cstr(name), fieldname, sealed, encrypted)


def remove_encrypted_password(doctype: str, name: object, fieldname: str = "password") -> None:
    """Delete a stored secret."""
    ctx().store.delete_secret(doctype, cstr(name), fieldname)


def update_password(
    user: str, pwd: str, doctype: str = "User", fieldname: str = "password", logout_all_sessions: bool = False
) -> None:
    """Set a user's password."""
    auth.set_password(ctx(), user, pwd, end_sessions=logout_all_sessions)


def check_password(
    user: str, pwd: str, doctype: str = "User", fieldname: str = "password", delete_tracker_cache: bool = True
) -> str:
    """The user, if the password is right. Raises AuthenticationError."""
    if not auth.check_password(ctx(), user, pwd):
        raise AuthenticationError.told("Incorrect User or Password")
    return user
