"""Secrets that must be read again, such as another service's password: encrypted with a key kept outside the database.

Needs the `[secrets]` extra. Without it such a value is hashed: it can be checked, never read, and `open_secret` says
so.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import os
from types import ModuleType
from typing import Any

from werkzeug.security import generate_password_hash

from ..errors import UnsupportedError, ValidationError

_EXPLANATION = "Reading a Password field needs the cryptography package: pip install 'frappe_lite[secrets]'"


def seal_secret(database_path: str, text: str) -> tuple[str, bool]:
    """The stored form of a secret, and whether it can be opened again."""
    module = _library()
    if module is None:
        return generate_password_hash(text), False
    return _cipher(module, database_path).encrypt(text.encode()).decode(), True


def open_secret(database_path: str, stored: str, encrypted: bool) -> str:
    """The secret's text. Raises UnsupportedError if only its hash was kept, ValidationError if the key is another."""
    module = _library()
    if not encrypted or module is None:
        raise UnsupportedError.told(_EXPLANATION)
    try:
        return str(_cipher(module, database_path).decrypt(stored.encode()).decode())
    except module.InvalidToken:
        raise ValidationError.told("The encryption key is not the one that this secret was stored with") from None


def reseal(stored: str, old: bytes, new: bytes) -> str:
    """A sealed secret under another key. Raises ValidationError if `old` is not its key."""
    module = _library()
    if module is None:
        raise UnsupportedError.told(_EXPLANATION)
    try:
        text = module.Fernet(base64.urlsafe_b64encode(old)).decrypt(stored.encode())
    except module.InvalidToken:
        raise ValidationError.told("The encryption key is not the one that this secret was stored with") from None
    return str(module.Fernet(base64.urlsafe_b64encode(new)).encrypt(text).decode())


def _library() -> ModuleType | None:
    """The cryptography package's Fernet module, or None. Imported when first needed: a start should not wait for it."""
    try:
        return importlib.import_module("cryptography.fernet")
    except ImportError:
        return None


def _cipher(module: ModuleType, database_path: str) -> Any:
    return module.Fernet(base64.urlsafe_b64encode(secret_key(database_path)))


def secret_key(path: str) -> bytes:
    """The key for encrypted fields, kept in a file beside the database, made on first use.

    Readable by its owner only.
    """
    given = os.environ.get("FRAPPE_LITE_SECRET_KEY")
    if given:
        return hashlib.sha256(given.encode()).digest()
    if not path:
        raise ValidationError.told(
            "Encrypted fields need a key, and a database without a file has none beside it: set FRAPPE_LITE_SECRET_KEY"
        )
    file = path + "-key"
    if not os.path.exists(file):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            target.write(os.urandom(32))
    with open(file, "rb") as source:
        return source.read(32)
