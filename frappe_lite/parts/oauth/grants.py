"""What oauthlib asks of a provider: codes and tokens, kept as documents. The rules of the flow are oauthlib's.

Needs the `[oauth]` extra, which is imported here and nowhere else, and only when somebody uses OAuth. Codes and tokens
are kept as hashes. A code is spent by one UPDATE that finds it valid: of two who come with it one finds nothing, and
what the code or its refreshes gave ends. The same holds for a refresh token that is shown again.

    code "x7…" -> tabOAuth Authorization Code {name: digest, validity: Valid}
               -> tabOAuth Bearer Token {access_token: digest, refresh_token: digest, authorization_code: digest}
"""

from __future__ import annotations

import importlib
import re
import secrets
from types import ModuleType

from ... import permissions
from ...access.hashing import digest
from ...context import Context
from ...errors import UnsupportedError
from ...query import Condition
from ...utils import _dict, cint, cstr, now
from ...values import JsonObject
from .clients import Asked, Clients
from .records import (
    CLIENT,
    CODE,
    CODE_SECONDS,
    SETTINGS,
    TOKEN,
    TOKEN_SECONDS,
    claims,
    find_token,
    is_enabled,
    keep,
    moment,
    refresh_seconds,
    revoke,
    subject,
)

_METHODS = {
    "s256": "S256",
    "plain": "plain",
}  # code_challenge_method as Frappe's DocType keeps it, and as RFC 7636 has it

_EXPLANATION = "OAuth needs the packages oauthlib and PyJWT: pip install 'frappe_lite[oauth]'"


def _library(name: str) -> ModuleType:
    """A module of the [oauth] extra. Raises UnsupportedError if it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise UnsupportedError.told(_EXPLANATION, title="Not Supported") from None


class Provider:
    """oauthlib's endpoints over this site's documents, for one request. Raises UnsupportedError without the library."""

    def __init__(self, ctx: Context):
        oauth2, openid = _library("oauthlib.oauth2"), _library("oauthlib.openid.connect.core.grant_types")
        self.errors = _library("oauthlib.oauth2.rfc6749.errors")
        self.jwt = _library("jwt")
        self.validator = Validator(ctx, self)
        code, refresh = openid.AuthorizationCodeGrant(self.validator), openid.RefreshTokenGrant(self.validator)
        self.code_grant = code
        code.custom_validators.pre_auth.append(self.validator.check_request)
        bearer = oauth2.BearerToken(self.validator, lambda _request: secrets.token_urlsafe(32), TOKEN_SECONDS)
        self.authorization = oauth2.AuthorizationEndpoint("code", bearer, {"code": code})
        self.token = oauth2.TokenEndpoint(
            "authorization_code", bearer, {"authorization_code": code, "refresh_token": refresh}
        )


class Validator(Clients):
    """Answers to oauthlib's questions, under the names that it asks by. It hands its own request to each."""

    def __init__(self, ctx: Context, provider: Provider):
        super().__init__(ctx)
        self.provider = provider
        self.code: _dict = _dict()

    # --- the request for a code ---

    def check_request(self, request: Asked) -> JsonObject:
        """Challenges are hashed ones, unless a setting says otherwise; only the client's roles are let in."""
        method = request.code_challenge_method or "plain"
        if request.code_challenge is not None:
            if method == "plain" and not cint(self.ctx.single(SETTINGS, "allow_plain_code_challenge")):
                raise self.provider.errors.InvalidRequestError("code_challenge_method must be S256", request=request)
            if not re.fullmatch(r"[\w.~-]{43,128}", request.code_challenge, re.ASCII):
                raise self.provider.errors.InvalidRequestError(
                    "code_challenge has 43 to 128 letters, digits, - . _ or ~", request=request
                )
        rows = self.ctx.store.load_children(
            self.ctx.meta("OAuth Client Role"), CLIENT, request.client.name, "allowed_roles"
        )
        if rows and self.ctx.user != permissions.GUEST and not {row["role"] for row in rows} & self.ctx.roles:
            raise self.provider.errors.AccessDeniedError(
                "This application is for users of other roles", request=request
            )
        return {}

    def is_pkce_required(self, client_id: str, request: Asked) -> bool:
        """Of clients that can keep no secret, and by setting of all."""
        return request.client.token_endpoint_auth_method == "None" or bool(
            cint(self.ctx.single(SETTINGS, "require_code_challenge"))
        )

    def may_skip_consent(self, request: Asked) -> bool:
        """Whether the person need not be asked.

        The site trusts the client or, by setting, the person allowed as much before.
        """
        if "consent" in cstr(request.prompt).split():
            return False
        if cint(request.client.skip_authorization):
            return True
        if self.ctx.single(SETTINGS, "skip_authorization") != "Auto":
            return False
        condition = Condition("client = ? AND user = ? AND status = 'Active'", (request.client.name, self.ctx.user))
        return any(
            set(request.scopes) <= set(cstr(row["scopes"]).split())
            for row in self.ctx.store.find(self.ctx.meta(TOKEN), condition, ("scopes",))
        )

    def validate_silent_login(self, request: object) -> bool:
        """For prompt=none: whether somebody is signed in."""
        return self.ctx.user != permissions.GUEST

    def validate_silent_authorization(self, request: Asked) -> bool:
        """For prompt=none: whether no consent is needed."""
        return self.may_skip_consent(request)

    def validate_user_match(self, id_token_hint: object, scopes: object, claims: object, request: Asked) -> bool:
        """Whether an id_token that the client sends as a hint is of who is signed in."""
        if not id_token_hint:
            return True
        jwt, key = self.provider.jwt, cstr(request.client.client_secret)
        try:
            hint = jwt.decode(
                id_token_hint, key, algorithms=["HS256"], audience=request.client.name, options={"verify_exp": False}
            )
        except jwt.PyJWTError:
            return False
        return self.ctx.user == permissions.GUEST or hint.get("sub") == subject(self.ctx, self.ctx.user)

    def save_authorization_code(self, client_id: str, code: dict[str, str], request: Asked) -> None:
        """Keep a code's hash and what it is bound to; forget old ones."""
        self.ctx.store.database.execute(
            'DELETE FROM "tabOAuth Authorization Code" WHERE expiration_time < ?', (moment(-86400),)
        )
        name, method = (
            digest(code["code"]),
            cstr(request.code_challenge_method).lower() if request.code_challenge else "",
        )
        keep(
            self.ctx, CODE, request.user, name=name, authorization_code=name, client=request.client.name,
            scopes=" ".join(request.scopes),
            redirect_uri_bound_to_authorization_code=request.redirect_uri, expiration_time=moment(CODE_SECONDS),
            validity=(
                "Valid"
            ),
            nonce=request.nonce, code_challenge=request.code_challenge, code_challenge_method=method,
        )  # fmt: skip

    # --- the request for a token ---

    def validate_code(self, client_id: str, code: str, client: _dict, request: Asked) -> bool:
        """Spend the code, whatever else the request gets wrong. A code that is shown again ends what it gave."""
        name = digest(code)
        row = self.ctx.store.load_row(self.ctx.meta(CODE), name)
        if row is None or row["client"] != client.name:
            return False
        sql = "UPDATE \"tabOAuth Authorization Code\" SET validity = 'Invalid' WHERE name = ? AND validity = 'Valid'"
        if self.ctx.store.database.execute(sql, (name,)) != 1:
            self._end_family(_dict(row), request)
            return False
        if row["expiration_time"] <= now() or not is_enabled(self.ctx, row["user"]):
            return False
        self.code = _dict(row)
        request.user, request.scopes = row["user"], cstr(row["scopes"]).split()
        return True

    def _end_family(self, code: _dict, request: Asked) -> None:
        """What a code gave, when it is shown again.

        All of it if the caller shows too that it is the client, by secret or verifier.

        Frappe: a used code alone does not stop the client's refresh token. So whoever finds one can end access tokens,
        no more.
        """
        proven = self.client_authentication_required(request)
        if code.code_challenge and request.code_verifier:
            check = self.provider.code_grant.validate_code_challenge
            proven = proven or check(code.code_challenge, _METHODS[code.code_challenge_method], request.code_verifier)
        if proven:
            revoke(self.ctx, "authorization_code = ?", code.name)
        else:
            sql = (
                'UPDATE "tabOAuth Bearer Token" SET expiration_time = ? WHERE authorization_code = ? AND '
                "expiration_time > ?"
            )
            self.ctx.store.database.execute(sql, (now(), code.name, now()))

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: object, request: object
    ) -> bool:
        """Whether it is the address that the code was sent to. RFC 6749 5.2: another one is an invalid grant."""
        if redirect_uri != self.code.redirect_uri_bound_to_authorization_code:
            raise self.provider.errors.InvalidGrantError(request=request)
        return True

    def get_code_challenge(self, code: str, request: object) -> str | None:
        """The challenge that the code was asked for with."""
        return self.code.code_challenge or None

    def get_code_challenge_method(self, code: str, request: object) -> str:
        """How it was made."""
        return _METHODS[self.code.code_challenge_method]

    def invalidate_authorization_code(self, client_id: str, code: str, request: object) -> None:
        """Done already: `validate_code` spends it."""

    def validate_refresh_token(self, refresh_token: str, client: _dict, request: Asked) -> bool:
        """Whether it is this client's and was not used yet. One that was used ends all that came of the same code."""
        row = find_token(self.ctx, refresh_token, ("refresh_token",))
        if row is None or row.client != client.name:
            return False
        if row.status != "Active":
            revoke(self.ctx, "authorization_code = ?", row.authorization_code)
            return False
        request.kept, request.user = row, row.user
        return row.creation > moment(-refresh_seconds(self.ctx)) and is_enabled(self.ctx, row.user)

    def rotate_refresh_token(self, request: object) -> bool:
        """Each refresh token is good for one use."""
        return True

    def save_token(self, token: JsonObject, request: Asked) -> None:
        """Keep the hashes of a new pair; the pair that it follows ends."""
        database, family, challenged = self.ctx.store.database, self.code.name, int(bool(self.code.code_challenge))
        if request.grant_type == "refresh_token":
            family, challenged = request.kept.authorization_code, cint(request.kept.code_challenge_used)
            if (
                database.execute(
                    "UPDATE \"tabOAuth Bearer Token\" SET status = 'Revoked' WHERE name = ? AND status = 'Active'",
                    (request.kept.name,),
                )
                != 1
            ):
                raise self.provider.errors.InvalidGrantError(request=request)
        database.execute(
            'DELETE FROM "tabOAuth Bearer Token" WHERE creation < ?', (moment(-refresh_seconds(self.ctx)),)
        )
        name = digest(token["access_token"])
        keep(
            self.ctx, TOKEN, request.user, name=name, access_token=name, refresh_token=digest(token["refresh_token"]),
            client=request.client.name,
            scopes=" ".join(request.scopes), expires_in=token["expires_in"],
            expiration_time=moment(token["expires_in"]), status=(
                "Active"
            ),
            authorization_code=family, code_challenge_used=challenged,
        )  # fmt: skip

    # --- OpenID ---

    def get_authorization_code_nonce(self, client_id: str, code: str, redirect_uri: str, request: object) -> str | None:
        """The nonce that the code was asked for with."""
        return self.code.nonce or None

    def refresh_id_token(self, request: Asked) -> bool:
        """A refreshed token comes with a new id_token."""
        return "openid" in request.scopes

    def get_id_token(self, token: object, token_handler: object, request: object) -> None:
        """None: oauthlib makes it, `finalize_id_token` signs it."""

    def finalize_id_token(self, id_token: JsonObject, token: object, token_handler: object, request: Asked) -> str:
        """The profile, signed with the client's secret."""
        id_token.update(claims(self.ctx, request.user), exp=id_token["iat"] + TOKEN_SECONDS)
        return str(self.provider.jwt.encode(id_token, cstr(request.client.client_secret), algorithm="HS256"))
