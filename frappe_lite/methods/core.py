"""Signing in and out, who am I, is anybody there."""

from __future__ import annotations

import zoneinfo

from ..access import auth, csrf, sessions
from ..context import Context
from ..doctype import server_owned
from ..document import access
from ..document.calling import call_on_document, right_asked
from ..errors import AuthenticationError, PermissionError
from ..protocol import V2, parse_json
from ..utils import cstr
from ..values import Values
from ..whitelist import method


@method("ping", "frappe.ping", "frappe.handler.ping", allow_guest=True)
def ping(ctx: Context) -> str:
    """Answer."""
    return "pong"


@method("version", "frappe.handler.version")
def version(ctx: Context) -> str:
    """The version of the server."""
    return ctx.site.apps["frappe"].version


@method("login", allow_guest=True)
def login(ctx: Context, usr: object = None, pwd: object = None) -> str | None:
    """Begin a session by password; by POST, with the password in the body."""
    if ctx.version is V2:
        return None  # Frappe: v2's login does nothing; sessions begin at /api/method/login
    if ctx.request.method != "POST":
        raise AuthenticationError(f"Sign in by POST, {auth.IN_THE_BODY}" if pwd else "Incomplete login details")
    csrf.require_own_origin(ctx)
    user = auth.log_in(ctx, usr, pwd)
    info = ctx.user_info(user)
    assert info is not None
    desk = info.user_type == "System User"
    ctx.response.update(home_page=ctx.site.extensions.home_of(ctx), full_name=info.full_name)
    ctx.flags.keep_writes = True
    return "Logged In" if desk else "No App"


@method("logout", "frappe.handler.logout", allow_guest=True)
def logout(ctx: Context) -> None:
    """End the session. Frappe: the answer is that of a guest's login, in v2 too."""
    ctx.response.update(message="No App", home_page="/login", full_name="Guest")
    if ctx.user == "Guest":
        return
    if not ctx.sid and ctx.request.method != "POST":
        raise PermissionError.told("Not permitted")  # an API key has no session to end
    csrf.require_own_origin(ctx)  # Frappe's clients sign out by GET too, and an image of another site would
    sessions.end(ctx)
    ctx.flags.keep_writes = True


@method("frappe.auth.get_logged_user")
def get_logged_user(ctx: Context) -> str:
    """The user's name."""
    return ctx.user


@method("run_doc_method", "frappe.handler.run_doc_method")
def run_doc_method(
    ctx: Context,
    method: str,
    docs: object = None,
    dt: str | None = None,
    dn: object = None,
    args: object = None,
    document: object = None,
) -> object:
    """Call a whitelisted method of a document: a stored one by `dt` and `dn`, or one as the client has it."""
    given = parse_json(docs if docs is not None else document, "docs")
    if isinstance(given, dict):
        doc = access.load_for(ctx, cstr(given.get("doctype")), given.get("name"), right_asked(ctx))
        if ctx.version is V2 and not given.get("modified"):  # Frappe: it is not known which state the client has
            doc.__dict__["modified"] = ""
        values = {key: value for key, value in given.items() if key != "name"}
        access.take(ctx, doc, server_owned.drop(ctx, doc.doctype, values))
    else:
        doc = access.load_for(ctx, cstr(dt), dn, right_asked(ctx))
    params = parse_json(args, "args") or {}
    result = call_on_document(ctx, doc, method, params if isinstance(params, dict) else {"args": params})
    ctx.response["docs"] = [access.shown(ctx, doc, nulls=False)]
    return result


@method("frappe.get_system_settings")
def get_system_settings(ctx: Context, key: str) -> object:
    """One of the settings that anybody signed in may know."""
    return (
        ctx.setting(key)
        if key in ("log_api_requests", "language", "time_zone", "date_format", "number_format", "float_precision")
        else None
    )


@method("frappe.utils.change_log.get_versions")
def get_versions(ctx: Context) -> Values:
    """Apps and their versions."""
    return {
        name: {"title": app.title, "version": app.version, "description": "", "branch": ""}
        for name, app in ctx.site.apps.items()
    }


@method("frappe.realtime.get_user_info", allow_guest=True)
def get_user_info(ctx: Context) -> dict[str, object]:
    """Who a socket would belong to."""
    info = ctx.user_info(ctx.user)
    return {
        "user": ctx.user,
        "user_type": info.user_type if info else "Website User",
        "installed_apps": list(ctx.site.apps),
    }


@method("frappe.core.doctype.system_settings.system_settings.load")
def load_system_settings(ctx: Context) -> dict[str, object]:
    """Time zones and defaults, for settings pages."""
    return {
        "timezones": sorted(zoneinfo.available_timezones()),
        "defaults": {"language": ctx.setting("language"), "date_format": ctx.setting("date_format")},
    }
