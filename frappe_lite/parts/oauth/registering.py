"""Clients that register themselves (RFC 7591), where the settings allow it."""

from __future__ import annotations

from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from ... import document
from ...context import Context
from ...errors import DoesNotExistError, ValidationError
from ...throttle import network_of
from ...utils import cint, cstr, get_datetime
from ...values import JsonObject
from ...whitelist import method
from .answers import PREFIX, json_answer
from .documents import AUTH_METHODS, PAGES, require_redirect_uri
from .grants import Provider
from .records import CLIENT, SETTINGS

REGISTRATIONS_AN_HOUR = 20


def may_register(ctx: Context) -> bool:
    """Whether OAuth Provider Settings let clients register themselves."""
    return bool(cint(ctx.single(SETTINGS, "enable_dynamic_client_registration")))


@method(f"{PREFIX}.register_client", allow_guest=True, methods=["POST"])
def register_client(ctx: Context) -> Response:
    """A new client, for whoever asks, if the settings allow it.

    People are still asked for consent, and told that it registered itself.
    """
    Provider(ctx)
    if not may_register(ctx):
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
        return json_answer({"error": "invalid_redirect_uri", "error_description": str(error)}, 400)
    kind = cstr(given.get("token_endpoint_auth_method", "client_secret_basic"))
    grants, types = given.get("grant_types", ["authorization_code"]), given.get("response_types", ["code"])
    if (
        kind not in AUTH_METHODS
        or types != ["code"]
        or not isinstance(grants, list)
        or not {cstr(each) for each in grants} <= {"authorization_code", "refresh_token"}
    ):
        return json_answer(
            {
                "error": "invalid_client_metadata",
                "error_description": "Only codes and refresh tokens are given, by client_secret_basic, "
                "client_secret_post or none",
            },
            400,
        )
    return _register(ctx, given, uris, kind, grants)


def _register(ctx: Context, given: JsonObject, uris: list[str], kind: str, grants: list[str]) -> Response:
    names = (*PAGES, "software_id", "software_version")
    values = {name: cstr(given[name])[:140] for name in names if given.get(name)}
    client = document.new(ctx.trusted(), {
        "doctype": CLIENT, "app_name": cstr(given.get("client_name") or urlsplit(uris[0]).hostname or uris[0])[:140],
        "redirect_uris": "\n".join(uris),
        "default_redirect_uri": uris[0], "scopes": cstr(given.get("scope") or "all openid"),
        "token_endpoint_auth_method": AUTH_METHODS[kind],
        "contacts": "\n".join(map(cstr, given["contacts"])) if isinstance(given.get("contacts"), list) else None,
        **values,
    })  # fmt: skip
    try:
        client.insert()
    except ValidationError as error:
        return json_answer({"error": "invalid_client_metadata", "error_description": str(error)}, 400)
    secret = {} if kind == "none" else {"client_secret": client.client_secret, "client_secret_expires_at": 0}
    known = {
        "client_id": client.client_id, **secret, "client_id_issued_at": int(get_datetime(client.creation).timestamp()),
        "client_name": client.app_name,
        "redirect_uris": uris, "token_endpoint_auth_method": kind, "grant_types": grants, "response_types": ["code"],
        "scope": client.scopes, **values,
    }  # fmt: skip
    return json_answer(known, 201)
