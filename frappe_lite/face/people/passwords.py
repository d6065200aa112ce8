"""`frappe.utils.password`: secrets of documents, and passwords of users, for app code."""

from __future__ import annotations

import base64

from werkzeug.security import check_password_hash, generate_password_hash

from ...access import auth
from ...access.encryption import open_secret, seal_secret, secret_key
from ...errors import AuthenticationError, ValidationError
from ...utils import cstr
from ..context import ctx


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


class PasswordHashes:
    """`passlibctx`, where app code hashes secrets of its own: slow hashes."""

    def hash(self, secret: str) -> str:
        """A slow hash, another one each time. As passlib's it fits a Data field, which scrypt's would not."""
        with ctx().site.hashing.entered():
            return generate_password_hash(secret, "pbkdf2")

    def verify(self, secret: str, hash: str) -> bool:  # noqa: A002 - passlib's name
        """Whether the hash was made of it. False for a hash of another kind, such as one that a bench made."""
        if self.needs_update(hash):
            return False
        with ctx().site.hashing.entered():
            return check_password_hash(hash, secret)

    def needs_update(self, hash: str) -> bool:  # noqa: A002 - passlib's name
        """Whether it should be made anew: those of another kind."""
        return not hash.startswith(("scrypt:", "pbkdf2:"))


passlibctx = PasswordHashes()


def get_encryption_key() -> str:
    """The site's key, as Fernet takes it: for signatures and ciphers of the app's own. Raises ValidationError without
    one."""
    return base64.urlsafe_b64encode(secret_key(ctx().store.database.path)).decode()


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
