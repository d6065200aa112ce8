"""What this server offers, as RFC 8414, RFC 9728 and OpenID's discovery say it."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.wrappers import Response

from ...context import Context
from ...utils import cint
from ...whitelist import method
from .answers import PREFIX, json_answer
from .documents import AUTH_METHODS
from .grants import Provider
from .records import SETTINGS, issuer
from .registering import may_register


def well_known(ctx: Context) -> Response:
    """The document of a well-known path."""
    Provider(ctx)  # without the library there is nothing to offer
    found: dict[str, Callable[[Context], dict[str, object]]] = {
        "openid-configuration": _openid_configuration,
        "oauth-authorization-server": _authorization_server,
        "oauth-protected-resource": _protected_resource,
    }
    return json_answer(found[ctx.request.path.rpartition("/")[2]](ctx))


def _endpoints(ctx: Context) -> dict[str, object]:
    base = f"{issuer(ctx)}/api/method/{PREFIX}"
    return {
        "issuer": issuer(ctx), "authorization_endpoint": f"{base}.authorize", "token_endpoint": f"{base}.get_token",
        "userinfo_endpoint": f"{base}.openid_profile",
        "revocation_endpoint": f"{base}.revoke_token", "introspection_endpoint": f"{base}.introspect_token",
    }  # fmt: skip


@method(f"{PREFIX}.openid_configuration", allow_guest=True, methods=["GET"])
def openid_configuration(ctx: Context) -> Response:
    """What `/.well-known/openid-configuration` says."""
    Provider(ctx)
    return json_answer(_openid_configuration(ctx))


def _openid_configuration(ctx: Context) -> dict[str, object]:
    # Frappe: the list names flows that need a client of another kind; what is offered here is code, as RFC 8414's
    # document says
    types = ["code", "token", "code id_token", "code token id_token", "id_token", "id_token token"]
    return {
        **_endpoints(ctx),
        "response_types_supported": types,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["HS256"],
    }


def _authorization_server(ctx: Context) -> dict[str, object]:
    registration = (
        {"registration_endpoint": f"{issuer(ctx)}/api/method/{PREFIX}.register_client"} if may_register(ctx) else {}
    )
    plain = ["plain"] if cint(ctx.single(SETTINGS, "allow_plain_code_challenge")) else []
    return {
        **_endpoints(ctx), **registration, "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256", *plain],
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS), "scopes_supported": ["all", "openid"],
    }  # fmt: skip


def _protected_resource(ctx: Context) -> dict[str, object]:
    return {
        "resource": issuer(ctx), "authorization_servers": [issuer(ctx)], "bearer_methods_supported": ["header"],
        "scopes_supported": ["all", "openid"],
        "resource_name": ctx.site.title,
    }  # fmt: skip
