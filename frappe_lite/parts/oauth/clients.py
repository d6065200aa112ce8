"""Which program asks, and what it may ask for: the questions of oauthlib about clients and their scopes.

A client shows who it is by its id and secret, in the header or in the body, or by PKCE alone where its kind allows it.
Codes and tokens are the matter of `grants`.
"""

from __future__ import annotations

import base64
import binascii
from typing import Protocol
from urllib.parse import unquote_plus, urlsplit

from ...access.hashing import digest, same
from ...context import Context
from ...utils import _dict, cint, cstr
from .records import CODE, SETTINGS, find_client, find_token


def is_loopback(uri: str) -> bool:
    """Whether a code that is sent there stays on the machine of who allows it (RFC 8252 7.3)."""
    parts = urlsplit(uri)
    return parts.scheme.lower() == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")


class Shown(Protocol):
    """What says in a request's body which client asks."""

    client_id: object
    client_secret: object


class Asked(Shown, Protocol):
    """oauthlib's request, as far as it is read and filled in here: what the client sent, and what was found for it."""

    code: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    code_verifier: str | None
    grant_type: str
    nonce: str | None
    prompt: object
    redirect_uri: str | None
    refresh_token: str | None
    scopes: list[str]
    user: str
    client: _dict  # set by `authenticate_client` and its like, which oauthlib asks first
    kept: _dict  # the row of the token that is shown, set by `validate_refresh_token`


class Clients:
    """Answers about clients, under the names that oauthlib asks by."""

    def __init__(self, ctx: Context):
        self.ctx = ctx

    def credentials(self, request: Shown) -> tuple[str, str]:
        """The client's id and secret, from the Authorization header or the body (RFC 6749 2.3.1)."""
        scheme, _, rest = cstr(self.ctx.request.headers.get("Authorization")).partition(" ")
        if scheme.lower() == "basic":
            try:
                name, _, secret = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return "", "unreadable"
            return unquote_plus(name), unquote_plus(secret)
        return cstr(request.client_id), cstr(request.client_secret)

    def client_authentication_required(self, request: Asked) -> bool:
        """Whether the secret is asked for.

        One that is sent is checked, and without PKCE there is no other proof (RFC 9700 2.1.1).
        """
        name, secret = self.credentials(request)
        client = find_client(self.ctx, name)
        if secret or client is None:
            return bool(secret)
        method = cstr(client.token_endpoint_auth_method)
        if method or self._may_be_unproven(client):
            return method.startswith("Client Secret")
        return not self._was_challenged(request)

    def _may_be_unproven(self, client: _dict) -> bool:
        """Whether neither is asked for, as in Frappe: by setting, or where every code stays on the user's machine."""
        addresses = [*cstr(client.redirect_uris).split(), *cstr(client.default_redirect_uri).split()]
        stays = bool(addresses) and all(map(is_loopback, addresses))
        return stays or bool(cint(self.ctx.single(SETTINGS, "allow_unproven_clients")))

    def _was_challenged(self, request: Asked) -> bool:
        """Whether what is shown was asked for with PKCE."""
        if request.refresh_token:
            row = find_token(self.ctx, request.refresh_token, ("refresh_token",))
            return row is None or bool(row.code_challenge_used)  # an unknown one is told to be that
        code = self.ctx.store.load_row(self.ctx.meta(CODE), digest(cstr(request.code)))
        return code is None or bool(code["code_challenge"])

    def authenticate_client(self, request: Asked) -> bool:
        """Whether id and secret fit."""
        name, secret = self.credentials(request)
        return self._found(name, request) and bool(secret) and same(secret, cstr(request.client.client_secret))

    def authenticate_client_id(self, client_id: object, request: Asked) -> bool:
        """Whether there is such a client, for one that has no secret."""
        return self._found(self.credentials(request)[0], request)

    def validate_client_id(self, client_id: str, request: Asked) -> bool:
        """Whether there is such a client."""
        return self._found(client_id, request)

    def _found(self, name: str, request: Asked) -> bool:
        client = find_client(self.ctx, name)
        if client is None:
            return False
        request.client = client
        return True

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Asked) -> bool:
        """Whether it is, letter by letter, one that the client registered."""
        return redirect_uri in {*cstr(request.client.redirect_uris).split(), request.client.default_redirect_uri}

    def get_default_redirect_uri(self, client_id: str, request: Asked) -> str | None:
        """Where to, if the request does not say."""
        return request.client.default_redirect_uri or None

    def validate_response_type(self, client_id: str, response_type: str, client: _dict, request: Asked) -> bool:
        """Only codes: a token in a URL is seen by too many."""
        return response_type == "code" and client.response_type == "Code"

    def validate_grant_type(self, client_id: str, grant_type: str, client: _dict, request: Asked) -> bool:
        """Codes and refresh tokens, for clients of that kind."""
        return client.grant_type == "Authorization Code" and grant_type in ("authorization_code", "refresh_token")

    def is_origin_allowed(self, client_id: str, origin: str, request: Asked) -> bool:
        """There are no CORS headers."""
        return False

    # --- scopes ---

    def get_default_scopes(self, client_id: str, request: Asked) -> list[str]:
        """What a request without scope means."""
        return cstr(request.client.scopes).split()

    def validate_scopes(self, client_id: str, scopes: list[str], client: _dict, request: Asked) -> bool:
        """Whether the client may ask for them.

        Who may ask for everything may ask for less, and who for writing may for reading.
        """
        allowed = set(cstr(client.scopes).split())
        allowed |= {f"{each[:-6]}:read" for each in allowed if each.endswith(":write")}
        return all(each in allowed or ("all" in allowed and ":" in each) for each in scopes)

    def get_original_scopes(self, refresh_token: str, request: Asked) -> list[str]:
        """What the first token could do."""
        return cstr(request.kept.scopes).split()

    def is_within_original_scope(self, scopes: list[str], refresh_token: str, request: Asked) -> bool:
        """A refreshed token can do what the first one could, or less."""
        original = set(self.get_original_scopes(refresh_token, request))
        return self.validate_scopes("", scopes, _dict(scopes=" ".join(original)), request)
