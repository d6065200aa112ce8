"""Answers that are pages, and requests to other servers, as app code asks for them.

frappe.respond_as_web_page("Paid", "Thank you", indicator_color="green")   ->   a page instead of JSON
make_get_request("https://api.example.com/x", headers={…})                 ->   what came, JSON as values
"""

from __future__ import annotations

import json
import logging
from typing import Any, NoReturn

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from .. import document
from ..document.base_document import BaseDocument
from ..document.calling import call_method
from ..errors import Redirect
from ..utils import _dict, cint, cstr, generate_hash
from .caching.cache import cache
from .context import _form_dict, _replace, _request, ctx
from .dicts import as_face
from .installation import get_hooks
from .model.documents import as_json, db
from .utilities import get_request_session

log = logging.getLogger("frappe_lite.app")
MESSAGE_SECONDS = 60


def respond_as_web_page(
    title: str, html: str, success: object = None, http_status_code: int | None = None, context: object = None,
    indicator_color: str | None = None,
    primary_action: str = "/", primary_label: str | None = None, fullpage: bool = False, width: object = 0,
    template: str = "message",
) -> None:  # fmt: skip
    """Answer the request with a page that says something; `html` is the app's own."""
    ctx().response.update(
        type="page", title=title, html=html, http_status_code=http_status_code or 200, primary_action=primary_action,
        primary_label=primary_label,
    )  # fmt: skip


def redirect_to_message(
    title: str,
    html: str,
    http_status_code: int | None = None,
    context: object = None,
    indicator_color: str | None = None,
) -> str:
    """Lead the browser to a page that says something, for a minute; its address."""
    key = generate_hash(length=16)
    cache.set_value(
        f"message_id:{key}",
        {"title": title, "html": html, "http_status_code": http_status_code or 200},
        expires_in_sec=MESSAGE_SECONDS,
    )
    location = f"/message?id={key}"
    ctx().response.update(type="redirect", location=location)
    return location


def redirect(url: str) -> NoReturn:
    """Send the browser on: raises Redirect."""
    ctx().flags.redirect_location = url
    raise Redirect


def get_website_settings(key: str) -> Any:
    """A value of Website Settings."""
    return db.get_single_value("Website Settings", key)


def get_app_logo() -> str:
    """The address of the logo: of Website Settings, of Navbar Settings, else the first app's `app_logo_url`."""
    own = [cstr(get_website_settings("app_logo")), cstr(db.get_single_value("Navbar Settings", "app_logo"))]
    apps = [cstr(url) for url in get_hooks("app_logo_url")]
    return next(filter(None, [*own, *apps]), "/assets/frappe_lite/icon.svg")


def is_signup_disabled() -> bool:
    """Whether nobody may sign up."""
    return bool(cint(get_website_settings("disable_signup")))


def is_tracking_enabled() -> bool:
    """Whether the site counts who looks at its pages."""
    return bool(cint(get_website_settings("enable_view_tracking")))


def is_pulse_enabled() -> bool:
    """Whether anybody is told how the site is used: nobody is."""
    return False


def get_request_site_address(full_address: bool = False) -> str:
    """The address that the site goes by."""
    return ctx().site.url or "http://localhost"


def log_to_console(msg: object) -> None:
    """Write to the log."""
    log.info("%s", msg)


def execute_cmd(cmd: str, from_async: bool = False) -> Any:
    """What a whitelisted function gives for what is in `frappe.form_dict`. Raises as a request for it would.

    The verb is that of `frappe.local.request`, which tests put there; POST outside of a request.
    """
    request = ctx().request
    before = request.params, request.method
    request.params = dict(_form_dict())
    request.method = cstr(getattr(_request(), "method", None)) or "POST"
    try:
        return as_face(call_method(ctx(), cmd))
    finally:
        request.params, request.method = before


def set_request(**kwargs: Any) -> None:
    """Let `frappe.request` be another one, as werkzeug's `EnvironBuilder` makes it: `set_request(path="/x",
    method="GET")`."""
    _replace("request", Request(EnvironBuilder(**kwargs).get_environ()))


class CookieManager:
    """`frappe.local.cookie_manager` of tests: cookies that are kept here, and sent by nobody."""

    def __init__(self) -> None:
        self.cookies: dict[str, _dict] = {}
        self.to_delete: list[str] = []

    def init_cookies(self) -> None:
        """Nothing to do: a session's cookies go with its answer."""

    def set_cookie(self, key: str, value: object, **options: object) -> None:
        """Remember a cookie."""
        self.cookies[key] = _dict(value=value, **options)

    def delete_cookie(self, to_delete: Any) -> None:
        """Remember that cookies are to go."""
        self.to_delete += [to_delete] if isinstance(to_delete, str) else list(to_delete)


# --- other servers ----------------------------------------------------------------------------------------


def make_request(
    method: str,
    url: str,
    auth: object = None,
    headers: object = None,
    data: object = None,
    json: object = None,
    params: object = None,
) -> Any:
    """What another server answers: JSON as values, a form as a dict, anything else as text. Raises what requests
    raises."""
    answer = get_request_session().request(
        method, url, data=data or "", auth=auth, headers=headers or {}, json=json, params=params, timeout=60
    )
    answer.raise_for_status()
    kind = cstr(answer.headers.get("content-type")).partition(";")[0]
    if answer.status_code == 204:
        return None
    return answer.json() if "json" in kind else answer.text


def make_get_request(url: str, **options: object) -> Any:
    """As `make_request`, by GET."""
    return make_request("GET", url, **options)


def make_post_request(url: str, **options: object) -> Any:
    """As `make_request`, by POST."""
    return make_request("POST", url, **options)


def make_put_request(url: str, **options: object) -> Any:
    """As `make_request`, by PUT."""
    return make_request("PUT", url, **options)


def make_patch_request(url: str, **options: object) -> Any:
    """As `make_request`, by PATCH."""
    return make_request("PATCH", url, **options)


def make_delete_request(url: str, **options: object) -> Any:
    """As `make_request`, by DELETE."""
    return make_request("DELETE", url, **options)


def create_request_log(
    data: Any = None, integration_type: object = None, service_name: object = None, name: object = None,
    error: object = None, request_headers: object = None, output: object = None, **options: object,
) -> BaseDocument:  # fmt: skip
    """Keep what is asked of another server, or was told by it, as an Integration Request; at once, as in Frappe."""
    if integration_type == "Remote":
        options["is_remote_request"] = 1
    elif integration_type == "Subscription Notification":
        options["request_description"] = integration_type
    texts = {"data": data, "output": output, "error": error, "request_headers": request_headers}
    values = {key: each if isinstance(each, str) or each is None else as_json(each) for key, each in texts.items()}
    if "reference_doctype" not in options:
        known = json.loads(data) if isinstance(data, str) else data or {}
        options |= {key: known.get(key) for key in ("reference_doctype", "reference_docname")}
    given = {"doctype": "Integration Request", "integration_request_service": cstr(service_name), **values, **options}
    made = document.new(ctx().trusted(), given)
    made.flags.name_given, made.flags.ignore_links = name, True
    made.insert()
    ctx().commit()
    return made


__all__ = ["get_website_settings", "redirect", "redirect_to_message", "respond_as_web_page"]
