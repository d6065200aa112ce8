"""OAuth 2.0 provider and OpenID: other programs act for a person who allowed it, as far as the person allowed it.

Authorization code with PKCE, refresh with rotation, revoke, introspect, discovery, registration by setting; Frappe's
paths and DocTypes. The flow's rules are oauthlib's; `oauth_grants` keeps codes and tokens, `oauth_pages` shows the
pages. A token of narrow scope is judged where every right is judged: see `permissions.in_scope` and `calling.SCOPED`.

    GET  …oauth2.authorize?client_id=…&code_challenge=…   ->  a page that asks  ->  POST …approve  ->  303 https://app/cb?code=…
    POST …oauth2.get_token  code=…&code_verifier=…        ->  {"access_token": …, "refresh_token": …}  ->  Authorization: Bearer …
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Response

from ... import document
from ...context import Context
from ...document import Document
from ...errors import AuthenticationError, DoesNotExistError, PermissionError, ValidationError
from ...protocol import dump_json
from ...site import Site
from ...store import same
from ...throttle import network_of
from ...utils import cint, cstr, get_datetime, validate_url
from ...whitelist import method
from . import pages as pages
from .grants import (
    CLIENT,
    CODE,
    SETTINGS,
    TOKEN,
    Provider,
    claims,
    find_client,
    find_token,
    is_live,
    is_loopback,
    issuer,
    revoke,
)

PREFIX = "frappe.integrations.oauth2"
PARAMETERS = (
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge", (
        "code_challenge_method"
    ),
    "prompt", "id_token_hint", "login_hint", "claims",
)  # fmt: skip
"""What a request for a code may say; the rest is not carried on."""

PAGES = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
"""Addresses of a client that people may be shown."""

AUTH_METHODS = {
    "client_secret_basic": "Client Secret Basic",
    "client_secret_post": "Client Secret Post",
    "none": "None",
}
REGISTRATIONS_AN_HOUR = 20


def attach(site: Site) -> None:
    """Read bearer tokens; serve the well-known documents and the login page; guard the DocTypes."""
    site.bearer_readers.append(read_token)
    site.own_credentials.update(
        f"{PREFIX}.{name}" for name in ("get_token", "revoke_token", "introspect_token", "register_client")
    )
    site.pages.append(
        (
            re.compile(r"/\.well-known/(openid-configuration|oauth-authorization-server|oauth-protected-resource)\Z"),
            well_known,
        )
    )
    site.controllers.update({CLIENT: ClientController, CODE: GrantController, TOKEN: GrantController})
    handlers = site.apps["frappe"].hooks.setdefault("doc_events", {}).setdefault("User", {}).setdefault("on_trash", [])
    if f"{__name__}.forget_user" not in handlers:
        handlers.append(f"{__name__}.forget_user")


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


# --- documents -------------------------------------------------------------------------------------------


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


def forget_user(doc: Any, event: str) -> None:
    """The codes and tokens of a deleted user go with it."""
    _forget(doc.ctx, "user", doc.name)


def _forget(ctx: Context, column: str, value: str) -> None:
    for doctype in (CODE, TOKEN):
        ctx.store.database.execute(f'DELETE FROM "tab{doctype}" WHERE {column} = ?', (value,))


# --- asking a person for a code ----------------------------------------------------------------------------


def _asked(ctx: Context) -> dict[str, str]:
    """The parameters of a request for a code; an empty one counts as absent (RFC 6749 3.1)."""
    return {
        name: cstr(ctx.request.params[name]) for name in PARAMETERS if ctx.request.params.get(name) not in (None, "")
    }


def _to_method(name: str, params: dict[str, str]) -> str:
    return f"/api/method/{PREFIX}.{name}?{urlencode(params)}"


def _with_person(ctx: Context, step: Callable[[Provider, dict[str, str], Any], Response]) -> Response:
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


def _json(value: Any, status: int = 200, headers: Any = ()) -> Response:
    """An answer at the top level, as RFC 6749 has it."""
    response = Response(
        value if isinstance(value, str) else dump_json(value), status, dict(headers), mimetype="application/json"
    )
    response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
    return response


def _refused(error: Any) -> Response:
    return _json(error.json, error.status_code, error.headers)


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
    return _json(body, status, headers)


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

    def __init__(self, client_id: Any, client_secret: Any):
        self.client_id, self.client_secret = client_id, client_secret


@method(f"{PREFIX}.revoke_token", allow_guest=True, methods=["POST"])
def revoke_token(ctx: Context, token: Any = None, token_type_hint: Any = None) -> Response:
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
    return refused or _json({})


@method(f"{PREFIX}.introspect_token", allow_guest=True, methods=["POST"])
def introspect_token(ctx: Context, token: Any = None, token_type_hint: Any = None) -> Response:
    """What a token is good for (RFC 7662); {active: false} for one that is good for nothing."""
    provider = Provider(ctx)
    row = find_token(ctx, token) if token else None
    refused = _known_caller(ctx, provider, row.client if row else None)
    if refused is not None:
        return refused
    if row is None or not is_live(ctx, row):
        return _json({"active": False})
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
    return _json(known)


@method(f"{PREFIX}.openid_profile", methods=["GET", "POST"])
def openid_profile(ctx: Context) -> Response:
    """Who the user is, for a token with the scope openid.

    {sub, name, given_name, family_name, iss, picture, email, roles}.
    """
    if ctx.scopes is not None and "openid" not in ctx.scopes:
        error = PermissionError.told("The scope of the access token does not cover openid")
        error.headers = (("WWW-Authenticate", 'Bearer error="insufficient_scope", scope="openid"'),)
        raise error
    return _json(claims(ctx, ctx.user))


# --- what this server offers ---------------------------------------------------------------------------------


def well_known(ctx: Context) -> Response:
    """The document of a well-known path."""
    Provider(ctx)  # without the library there is nothing to offer
    found: dict[str, Callable[[Context], dict[str, Any]]] = {
        "openid-configuration": _openid_configuration,
        "oauth-authorization-server": _authorization_server,
        "oauth-protected-resource": _protected_resource,
    }
    return _json(found[ctx.request.path.rpartition("/")[2]](ctx))


def _endpoints(ctx: Context) -> dict[str, Any]:
    base = f"{issuer(ctx)}/api/method/{PREFIX}"
    return {
        "issuer": issuer(ctx), "authorization_endpoint": f"{base}.authorize", "token_endpoint": f"{base}.get_token", (
            "userinfo_endpoint"
        ): f"{base}.openid_profile",
        "revocation_endpoint": f"{base}.revoke_token", "introspection_endpoint": f"{base}.introspect_token",
    }  # fmt: skip


@method(f"{PREFIX}.openid_configuration", allow_guest=True, methods=["GET"])
def openid_configuration(ctx: Context) -> Response:
    """What `/.well-known/openid-configuration` says."""
    Provider(ctx)
    return _json(_openid_configuration(ctx))


def _openid_configuration(ctx: Context) -> dict[str, Any]:
    # Frappe: the list names flows that need a client of another kind; what is offered here is code, as RFC 8414's
    # document says
    types = ["code", "token", "code id_token", "code token id_token", "id_token", "id_token token"]
    return {
        **_endpoints(ctx),
        "response_types_supported": types,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["HS256"],
    }


def _authorization_server(ctx: Context) -> dict[str, Any]:
    registration = (
        {"registration_endpoint": f"{issuer(ctx)}/api/method/{PREFIX}.register_client"} if _may_register(ctx) else {}
    )
    plain = ["plain"] if cint(ctx.single(SETTINGS, "allow_plain_code_challenge")) else []
    return {
        **_endpoints(ctx), **registration, "response_types_supported": ["code"], "response_modes_supported": ["query", (
            "fragment"
        )],
        "grant_types_supported": ["authorization_code", "refresh_token"], "code_challenge_methods_supported": ["S256", *plain],
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS), "scopes_supported": ["all", "openid"],
    }  # fmt: skip


def _protected_resource(ctx: Context) -> dict[str, Any]:
    return {
        "resource": issuer(ctx), "authorization_servers": [issuer(ctx)], "bearer_methods_supported": ["header"], (
            "scopes_supported"
        ): ["all", "openid"],
        "resource_name": ctx.site.title,
    }  # fmt: skip


# --- clients that register themselves (RFC 7591) ---------------------------------------------------------------


def _may_register(ctx: Context) -> bool:
    return bool(cint(ctx.single(SETTINGS, "enable_dynamic_client_registration")))


@method(f"{PREFIX}.register_client", allow_guest=True, methods=["POST"])
def register_client(ctx: Context) -> Response:
    """A new client, for whoever asks, if the settings allow it.

    People are still asked for consent, and told that it registered itself.
    """
    Provider(ctx)
    if not _may_register(ctx):
        raise DoesNotExistError.told(
            "Clients are not registered this way here: ask the administrator for an OAuth Client"
        )
    keys = [f"register:{network_of(ctx.request.remote_addr)}"]
    ctx.site.login_tracker.require_allowed(keys, REGISTRATIONS_AN_HOUR)
    ctx.site.login_tracker.failed(keys, 3600)
    given = ctx.request.params
    uris = given.get("redirect_uris")
    try:
        if not isinstance(uris, list) or not uris or not all(isinstance(uri, str) for uri in uris):
            raise ValidationError("redirect_uris is a list of addresses")
        for uri in uris:
            require_redirect_uri(uri, strict=True)
    except ValidationError as error:
        return _json({"error": "invalid_redirect_uri", "error_description": str(error)}, 400)
    kind = cstr(given.get("token_endpoint_auth_method", "client_secret_basic"))
    grants, types = given.get("grant_types", ["authorization_code"]), given.get("response_types", ["code"])
    if (
        kind not in AUTH_METHODS
        or types != ["code"]
        or not isinstance(grants, list)
        or not {cstr(each) for each in grants} <= {"authorization_code", "refresh_token"}
    ):
        return _json(
            {
                "error": "invalid_client_metadata",
                "error_description": "Only codes and refresh tokens are given, by client_secret_basic, client_secret_post or none",
            },
            400,
        )
    return _register(ctx, given, uris, kind, grants)


def _register(ctx: Context, given: dict[str, Any], uris: list[str], kind: str, grants: list[str]) -> Response:
    names = (*PAGES, "software_id", "software_version")
    values = {name: cstr(given[name])[:140] for name in names if given.get(name)}
    client = document.new(ctx.trusted(), {
        "doctype": CLIENT, "app_name": cstr(given.get("client_name") or urlsplit(uris[0]).hostname or uris[0])[:140], (
            "redirect_uris"
        ): "\n".join(uris),
        "default_redirect_uri": uris[0], "scopes": cstr(given.get("scope") or "all openid"), (
            "token_endpoint_auth_method"
        ): AUTH_METHODS[kind],
        "contacts": "\n".join(map(cstr, given["contacts"])) if isinstance(given.get("contacts"), list) else None, **values,
    })  # fmt: skip
    try:
        client.insert()
    except ValidationError as error:
        return _json({"error": "invalid_client_metadata", "error_description": str(error)}, 400)
    secret = {} if kind == "none" else {"client_secret": client.client_secret, "client_secret_expires_at": 0}
    known = {
        "client_id": client.client_id, **secret, "client_id_issued_at": int(get_datetime(client.creation).timestamp()), (
            "client_name"
        ): client.app_name,
        "redirect_uris": uris, "token_endpoint_auth_method": kind, "grant_types": grants, "response_types": ["code"], (
            "scope"
        ): client.scopes, **values,
    }  # fmt: skip
    return _json(known, 201)
