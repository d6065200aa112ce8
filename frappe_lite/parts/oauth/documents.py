"""The DocTypes of OAuth: what a client and a code have to be, and what ends with a user."""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from ...context import Context
from ...document import Document
from ...document.base_document import BaseDocument
from ...errors import PermissionError, ValidationError
from ...utils import cstr, validate_url
from .clients import is_loopback
from .records import CODE, TOKEN

PAGES = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
"""Addresses of a client that people may be shown."""


AUTH_METHODS = {
    "client_secret_basic": "Client Secret Basic",
    "client_secret_post": "Client Secret Post",
    "none": "None",
}


class ClientController(Document):
    """An application that may ask people for access."""

    client_id: Any
    client_secret: Any

    def validate(self) -> None:
        """Its id is its name, its secret never empty.

        A browser can be sent only to addresses that begin no script and lose no part.
        """
        self.client_id, self.client_secret = self.name, self.client_secret or secrets.token_urlsafe(32)
        for uri in {*cstr(self.redirect_uris).split(), cstr(self.default_redirect_uri)}:
            require_redirect_uri(uri)
        for name in PAGES:
            if self.get(name) and not validate_url(cstr(self.get(name)), ("http", "https")):
                raise ValidationError.told(f"{self.meta.get_label(name)} is an http or https address: {self.get(name)}")

    def on_trash(self) -> None:
        """Its codes and tokens go with it."""
        _forget(self.ctx, "client", self.name)


class GrantController(Document):
    """A code or token: seen and deleted like any document, made and changed by this server alone."""

    def validate(self) -> None:
        """Whoever could write one could become anybody."""
        raise PermissionError.told(f"{self.doctype} documents are made by the server only")


def require_redirect_uri(uri: str, strict: bool = False) -> None:
    """Raises ValidationError for an address that codes must not be sent to.

    `strict` is for those who register themselves.
    """
    parts = urlsplit(uri)
    if (
        not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.\-]*:[\x21-\x7e]*", uri)
        or "#" in uri
        or "\\" in uri
        or "@" in parts.netloc
    ):
        raise ValidationError.told(f"A redirect URI is absolute, without fragment, user and spaces: {uri}")
    if parts.scheme.lower() in ("javascript", "data", "vbscript", "file", "blob", "about") or (
        parts.scheme.lower() in ("http", "https") and not parts.hostname
    ):
        raise ValidationError.told(f"A browser cannot be sent to {uri}")
    if strict and not (parts.scheme == "https" or is_loopback(uri) or "." in parts.scheme):
        raise ValidationError.told(f"{uri} is no https address, no loopback address and no scheme of a reversed domain")


def forget_user(doc: BaseDocument, event: str) -> None:
    """The codes and tokens of a deleted user go with it."""
    _forget(doc.ctx, "user", doc.name)


def _forget(ctx: Context, column: str, value: str) -> None:
    for doctype in (CODE, TOKEN):
        ctx.store.database.execute(f'DELETE FROM "tab{doctype}" WHERE {column} = ?', (value,))
