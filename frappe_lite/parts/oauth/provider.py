"""OAuth 2.0 provider and OpenID: other programs act for a person who allowed it, as far as the person allowed it.

Authorization code with PKCE, refresh with rotation, revoke, introspect, discovery, registration by setting; Frappe's
paths and DocTypes. The flow's rules are oauthlib's; `grants` gives codes and tokens, `records` keeps them, `pages` asks
people, `offered` says what there is, `registering` takes new clients. A token of narrow scope is judged where every
right is judged: see `permissions.in_scope` and `calling.SCOPED`.

    GET …oauth2.authorize?client_id=…&code_challenge=… -> a page that asks -> POST …approve -> 303 https://app/cb?code=…
    POST …oauth2.get_token code=…&code_verifier=… -> {"access_token": …, "refresh_token": …} ->  Authorization: Bearer …
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ...access.hashing import same
from ...context import Context
from ...errors import AuthenticationError, PermissionError
from ...site import Site
from ...utils import cint, cstr, get_datetime
from ...whitelist import method
from . import documents
from . import pages as pages
from .answers import PREFIX, json_answer
from .documents import ClientController, GrantController
from .grants import Provider
from .offered import well_known
from .records import CLIENT, CODE, TOKEN, claims, find_client, find_token, is_live, issuer, revoke

PARAMETERS = (
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
    "code_challenge_method",
    "prompt", "id_token_hint", "login_hint", "claims",
)  # fmt: skip
"""What a request for a code may say; the rest is not carried on."""


def attach(site: Site) -> None:
    """Read bearer tokens; serve the well-known documents and the login page; guard the DocTypes."""
    site.extensions.bearer_readers.append(read_token)
    site.extensions.own_credentials.update(
        f"{PREFIX}.{name}" for name in ("get_token", "revoke_token", "introspect_token", "register_client")
    )
    site.extensions.pages.append(
        (
            re.compile(r"/\.well-known/(openid-configuration|oauth-authorization-server|oauth-protected-resource)\Z"),
            well_known,
        )
    )
    site.controllers.update({CLIENT: ClientController, CODE: GrantController, TOKEN: GrantController})
    site.add_doc_event("User", "on_trash", documents.forget_user)


def read_token(ctx: Context, token: str) -> str:
    """The user of an access token; the context is narrowed to the token's scopes. Raises AuthenticationError."""
    row = find_token(ctx, token, ("name",))
    if row is None or not is_live(ctx, row):
        error = AuthenticationError()
        error.headers = (
            (
                "WWW-Authenticate",
                f'Bearer error="invalid_token", resource_metadata="{issuer(ctx)}/.well-known/oauth-protected-resource"',
            ),
        )
        raise error
    scopes = frozenset(cstr(row.scopes).split())
    ctx.scopes = None if "all" in scopes else scopes
    return cstr(row.user)


# --- asking a person for a code ----------------------------------------------------------------------------


def _asked(ctx: Context) -> dict[str, str]:
    """The parameters of a request for a code; an empty one counts as absent (RFC 6749 3.1)."""
    return {
        name: cstr(ctx.request.params[name]) for name in PARAMETERS if ctx.request.params.get(name) not in (None, "")
    }


def _to_method(name: str, params: dict[str, str]) -> str:
    return f"/api/method/{PREFIX}.{name}?{urlencode(params)}"


def _with_person(ctx: Context, step: Callable[[Provider, dict[str, str], object], Response]) -> Response:
    """A step of the dialogue with a signed-in person, after the request was checked.

    What is wrong goes back to the client if it is known.
    """
    provider, params = Provider(ctx), _asked(ctx)
    try:
        _scopes, info = provider.authorization.validate_authorization_request("/", body=params)
        if ctx.user == "Guest":
            return pages.redirect("/login?" + urlencode({"redirect-to": _to_method("authorize", params)}))
        if ctx.scopes is not None or cstr(ctx.request.headers.get("Authorization")).lower().startswith("bearer"):
            raise PermissionError.told("A token cannot be used to get another one: sign in")
        return step(provider, params, info["request"])
    except provider.errors.FatalClientError as error:
        return pages.refusal(error.description or error.error)
    except provider.errors.OAuth2Error as error:
        uri = getattr(error, "redirect_uri", None)
        return (
            pages.redirect(error.in_uri(uri), _redirect_status(ctx))
            if uri
            else pages.refusal(error.description or error.error)
        )


def _redirect_status(ctx: Context) -> int:
    return 303 if ctx.request.method == "POST" else 302  # RFC 9700 4.12: what was typed into a form goes no further


@method(f"{PREFIX}.authorize", allow_guest=True, methods=["GET", "POST"])
def authorize(ctx: Context) -> Response:
    """Begin: ask the person, or go on to `approve` at once where no consent is needed."""

    def ask(provider: Provider, params: dict[str, str], asked: Any) -> Response:
        if provider.validator.may_skip_consent(asked):
            return pages.redirect(_to_method("approve", params), _redirect_status(ctx))
        return pages.consent(
            ctx, asked.client, asked.scopes, asked.redirect_uri, params, f"/api/method/{PREFIX}.approve"
        )

    return _with_person(ctx, ask)


@method(f"{PREFIX}.approve", allow_guest=True, methods=["GET", "POST"])
def approve(ctx: Context) -> Response:
    """The person's answer: the browser goes back to the client with a code, or with access_denied."""

    def answer(provider: Provider, params: dict[str, str], asked: Any) -> Response:
        if ctx.request.method == "POST" and ctx.request.params.get("approval") is not None:
            if not same(cstr(ctx.request.params["approval"]), pages.approval_key(ctx, params)):
                return pages.refusal("This form is not the one that was shown to you.", 403)
            if ctx.request.params.get("decision") != "allow":
                raise provider.errors.AccessDeniedError(request=asked)
        elif not provider.validator.may_skip_consent(asked):
            return pages.redirect(_to_method("authorize", params), _redirect_status(ctx))
        headers, _body, _status = provider.authorization.create_authorization_response(
            "/", body=params, scopes=asked.scopes, credentials={"user": ctx.user}
        )
        ctx.flags.keep_writes = True
        return pages.redirect(headers["Location"], _redirect_status(ctx))

    return _with_person(ctx, answer)


# --- tokens ------------------------------------------------------------------------------------------------


def _refused(error: Any) -> Response:
    return json_answer(error.json, error.status_code, error.headers)


@method(f"{PREFIX}.get_token", allow_guest=True, methods=["POST"])
def get_token(ctx: Context) -> Response:
    """Tokens for a code or a refresh token: {access_token, refresh_token, expires_in, token_type, scope, id_token?}."""
    provider = Provider(ctx)
    ctx.store.database.begin_write()
    uri = "/?" + urlencode(ctx.request.query) if ctx.request.query else "/"
    params = {name: cstr(value) for name, value in ctx.request.params.items() if value not in (None, "")}
    try:
        headers, body, status = provider.token.create_token_response(uri, body=params)
    except provider.errors.OAuth2Error as error:
        return _refused(error)
    return json_answer(body, status, headers)


def _known_caller(ctx: Context, provider: Provider, owner: str | None) -> Response | None:
    """A refusal, if the caller names a client wrongly, or one that the token is not of.

    Naming none is allowed, as in Frappe: the token itself is secret enough.
    """
    asked = _Asked(ctx.request.params.get("client_id"), ctx.request.params.get("client_secret"))
    name, secret = provider.validator.credentials(asked)
    if not name:
        return None
    client = find_client(ctx, name)
    if client is None or (secret and not same(secret, cstr(client.client_secret))):
        return _refused(provider.errors.InvalidClientError())
    return _refused(provider.errors.InvalidGrantError()) if owner not in (None, client.name) else None


class _Asked:
    """The part of a request that says which client asks."""

    def __init__(self, client_id: object, client_secret: object):
        self.client_id, self.client_secret = client_id, client_secret


@method(f"{PREFIX}.revoke_token", allow_guest=True, methods=["POST"])
def revoke_token(ctx: Context, token: object = None, token_type_hint: object = None) -> Response:
    """End an access token or a refresh token, and the other of the pair.

    RFC 7009: an unknown one is as good as ended.
    """
    provider = Provider(ctx)
    if not token:
        return _refused(provider.errors.InvalidRequestError("Missing token parameter."))
    row = find_token(ctx, token)
    refused = _known_caller(ctx, provider, row.client if row else None)
    if refused is None and row is not None:
        revoke(ctx, "name = ?", row.name)
    return refused or json_answer({})


@method(f"{PREFIX}.introspect_token", allow_guest=True, methods=["POST"])
def introspect_token(ctx: Context, token: object = None, token_type_hint: object = None) -> Response:
    """What a token is good for (RFC 7662); {active: false} for one that is good for nothing."""
    provider = Provider(ctx)
    row = find_token(ctx, token) if token else None
    refused = _known_caller(ctx, provider, row.client if row else None)
    if refused is not None:
        return refused
    if row is None or not is_live(ctx, row):
        return json_answer({"active": False})
    client = find_client(ctx, row.client)
    known = {
        "active": True,
        "client_id": row.client,
        "scope": row.scopes,
        "exp": int(get_datetime(row.expiration_time).timestamp()),
    }
    known["trusted_client"] = cint(client.skip_authorization) if client else 0
    if "openid" in cstr(row.scopes).split():
        profile = claims(ctx, row.user)
        known.update(sub=profile["sub"], iss=profile["iss"], email=profile["email"])
    return json_answer(known)


@method(f"{PREFIX}.openid_profile", methods=["GET", "POST"])
def openid_profile(ctx: Context) -> Response:
    """Who the user is, for a token with the scope openid.

    {sub, name, given_name, family_name, iss, picture, email, roles}.
    """
    if ctx.scopes is not None and "openid" not in ctx.scopes:
        error = PermissionError.told("The scope of the access token does not cover openid")
        error.headers = (("WWW-Authenticate", 'Bearer error="insufficient_scope", scope="openid"'),)
        raise error
    return json_answer(claims(ctx, ctx.user))


# --- what this server offers ---------------------------------------------------------------------------------


# --- clients that register themselves (RFC 7591) ---------------------------------------------------------------
