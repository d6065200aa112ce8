"""Social Login Key: another service that people may sign in by. Nothing here signs anybody in by it; apps that do read
these documents."""

from __future__ import annotations

import json
from typing import Any

from ...utils import cstr, scrub
from ..life import Document

_LOGINS = "/api/method/frappe.integrations.oauth2_logins.login_via_"
_OPENID = {"response_type": "code", "scope": "openid"}
_FAIRLOGIN = "https://id.fairkom.net/auth/realms/fairlogin/"
_GOOGLE = "https://www.googleapis.com/auth/userinfo"

# service -> (icon, base, authorize, token, redirect, endpoint, its arguments, what is asked for)
_SERVICES: dict[str, tuple[Any, ...]] = {
    "Office 365": (
        "fa fa-windows", "https://login.microsoftonline.com", "https://login.microsoftonline.com/common/oauth2/authorize",
        "https://login.microsoftonline.com/common/oauth2/token", "office365", None, None, _OPENID,
    ),
    "GitHub": (
        "fa fa-github", "https://api.github.com/", "https://github.com/login/oauth/authorize",
        "https://github.com/login/oauth/access_token", "github", "user", None, {"scope": "user:email"},
    ),
    "Google": (
        "fa fa-google", "https://www.googleapis.com", "https://accounts.google.com/o/oauth2/auth",
        "https://accounts.google.com/o/oauth2/token", "google", "oauth2/v2/userinfo", None,
        {"scope": f"{_GOOGLE}.profile {_GOOGLE}.email", "response_type": "code"},
    ),
    "Facebook": (
        "fa fa-facebook", "https://graph.facebook.com", "https://www.facebook.com/dialog/oauth",
        "https://graph.facebook.com/oauth/access_token", "facebook", "/v2.5/me",
        {"fields": "first_name,last_name,email,gender,location,verified,picture"},
        {"display": "page", "response_type": "code", "scope": "email,public_profile"},
    ),
    "Frappe": (
        "/assets/frappe/images/frappe-favicon.svg", None, "/api/method/frappe.integrations.oauth2.authorize",
        "/api/method/frappe.integrations.oauth2.get_token", "frappe",
        "/api/method/frappe.integrations.oauth2.openid_profile", None, _OPENID,
    ),
    "Salesforce": (
        "fa fa-cloud", "https://login.salesforce.com", "https://login.salesforce.com/services/oauth2/authorize",
        "https://login.salesforce.com/services/oauth2/token", "salesforce",
        "https://login.salesforce.com/services/oauth2/userinfo", None, _OPENID,
    ),
    "fairlogin": (
        "fa fa-key", _FAIRLOGIN, f"{_FAIRLOGIN}protocol/openid-connect/auth",
        f"{_FAIRLOGIN}protocol/openid-connect/token", "fairlogin", f"{_FAIRLOGIN}protocol/openid-connect/userinfo",
        None, _OPENID,
    ),
    "Keycloak": (
        None, None, "/protocol/openid-connect/auth", "/protocol/openid-connect/token", "keycloak/keycloak",
        "/protocol/openid-connect/userinfo", None, _OPENID,
    ),
}  # fmt: skip


def provider(name: str) -> dict[str, object]:
    """What a Social Login Key of a well-known service begins with."""
    icon, base, authorize, token, redirect, endpoint, arguments, asked = _SERVICES[name]
    values: dict[str, object] = {
        "provider_name": name, "enable_social_login": 1, "custom_base_url": int(base is None), "authorize_url": authorize,
        "access_token_url": token, "redirect_url": _LOGINS + redirect, "api_endpoint": endpoint,
        "api_endpoint_args": json.dumps(arguments) if arguments else None, "auth_url_data": json.dumps(asked),
    }  # fmt: skip
    values.update({key: value for key, value in (("base_url", base), ("icon", icon)) if value is not None})
    if name == "Keycloak":
        values["user_id_property"] = "preferred_username"
    return values


class SocialLoginKeyController(Document):
    """Named after its service; it knows what keys of the well-known ones begin with."""

    provider_name: Any

    def autoname(self) -> None:
        self.name = scrub(cstr(self.provider_name))

    def get_social_login_provider(self, provider_name: str = "", initialize: bool = False) -> dict[str, Any] | None:
        """The values for a service, or for each; with `initialize` the document takes them. None for an unknown one."""
        if initialize and provider_name:
            self.update(provider(provider_name))
            return None
        if not provider_name:
            return {each: provider(each) for each in _SERVICES}
        return provider(provider_name) if provider_name in _SERVICES else None
