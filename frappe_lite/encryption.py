"""Secrets that must be read again, such as another service's password: encrypted with a key kept outside the database.

Needs the `[secrets]` extra. Without it such a value is hashed: it can be checked, never read, and `open_secret` says so.
"""

from __future__ import annotations

import base64

from werkzeug.security import generate_password_hash

from .errors import UnsupportedError, ValidationError
from .store import secret_key

try:
    from cryptography.fernet import Fernet, InvalidToken
except ImportError:
    Fernet = None  # type: ignore[assignment,misc]

_EXPLANATION = "Reading a Password field needs the cryptography package: pip install 'frappe_lite[secrets]'"


def seal_secret(database_path: str, text: str) -> tuple[str, bool]:
    """The stored form of a secret, and whether it can be opened again."""
    if Fernet is None:
        return generate_password_hash(text), False
    return _fernet(database_path).encrypt(text.encode()).decode(), True


def open_secret(database_path: str, stored: str, encrypted: bool) -> str:
    """The secret's text. Raises UnsupportedError if only its hash was kept, ValidationError if the key is another."""
    if not encrypted or Fernet is None:
        raise UnsupportedError.told(_EXPLANATION)
    try:
        return _fernet(database_path).decrypt(stored.encode()).decode()
    except InvalidToken:
        raise ValidationError.told("The encryption key is not the one that this secret was stored with") from None


def _fernet(database_path: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(secret_key(database_path)))
