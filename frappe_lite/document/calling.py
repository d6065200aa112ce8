"""Calls what a client names: a whitelisted function, or a whitelisted method of a document.

A lookup in what was registered at start; what a client names is never imported. The refusals have Frappe's words.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping

from .. import permissions, utils
from ..access.auth import SAFE_METHODS
from ..context import Context
from ..errors import DocumentMethodNotFoundError, PermissionError, ValidationError, message
from ..protocol import V1
from ..utils import bold, cstr, scrub
from ..whitelist import Method
from . import access
from .base_document import BaseDocument


def call_method(ctx: Context, name: str, label: str = "method for command") -> object:
    """Call a whitelisted function with the request's parameters and return its result. Raises ValidationError,
    PermissionError."""
    method = ctx.site.method(name)
    if method is None:
        raise _not_callable(ctx, name, label)
    _require_allowed(ctx, method, name)
    values = {key: value for key, value in ctx.request.params.items() if key != "cmd"}
    bound = method.bind(values)
    later = ctx.site.extensions.later.get(name)
    if later is not None and (promised := later(ctx, name, values)) is not None:
        return promised
    if method.takes_context:
        return method.function(ctx, **bound)
    if ctx.version is V1 and method.takes_everything:
        bound["cmd"] = name  # Frappe: `form_dict` has it, and functions with **kwargs take it out
    return method.call(method.function, bound)


SCOPED = (
    "ping", "frappe.ping", "version", "frappe.auth.get_logged_user", "frappe.client.*", "frappe.desk.search.*",
    "frappe.desk.reportview.*",
    "run_doc_method", "upload_file", "frappe.integrations.oauth2.openid_profile",
)  # fmt: skip
"""What a token of narrow scope may call: these ask for a right on each document that they touch.

Others need a scope `method:NAME`.
"""


def _in_scope(ctx: Context, method: Method, name: str) -> bool:
    if ctx.scopes is None or f"method:{name}" in ctx.scopes:
        return True
    # An app's override of one is the app's
    return method.takes_context and (name in SCOPED or f"{name.rpartition('.')[0]}.*" in SCOPED)


def _require_allowed(ctx: Context, method: Method, name: str, by_address: bool = True) -> None:
    """Raises PermissionError. The verb of the request counts for a function that its address names."""
    if not _in_scope(ctx, method, name):
        raise PermissionError.told(f"The scope of the access token does not cover the method {bold(name)}")
    if ctx.user == "Guest" and not method.allow_guest:
        raise _not_whitelisted(name)
    verb = "GET" if ctx.request.method == "HEAD" else ctx.request.method
    if by_address and verb not in method.http_methods:
        raise PermissionError.told("Not permitted")


def _not_whitelisted(name: str) -> Exception:
    text = "You are not permitted to access this resource. Login to access"  # Frappe: to whoever is signed in, too
    return PermissionError.told(f"{text} Function {bold(name)} is not whitelisted.", title="Method Not Allowed")


def _not_callable(ctx: Context, name: str, label: str) -> Exception:
    """The error that says why a name cannot be called: no such app, module or function, or one that is not
    whitelisted."""
    if name in PRIVATE:
        return _not_whitelisted(name)
    module, _, function = name.rpartition(".")
    app = name.partition(".")[0]
    if not module:
        reason = repr(name)
    elif app not in ctx.site.apps:
        reason = f"App {app} is not installed"
        ctx.messages.append(message(reason, indicator="red"))
    elif module not in ctx.site.apps[app].modules and app != "frappe":
        reason = f"No module named '{module}'"
    elif module in ctx.site.apps[app].broken:
        reason = ctx.site.apps[app].broken[module]
    elif module == "frappe.utils" and callable(getattr(utils, function, None)):
        return _not_whitelisted(f"{module}.data.{function}")  # where Frappe keeps it
    elif inspect.isroutine(found := getattr(sys.modules.get(module), function, None)) or inspect.isclass(found):
        return _not_whitelisted(name)
    else:
        reason = f"module '{module}' has no attribute '{function}'"
    return ValidationError.told(f"Failed to get {label} {name} with {reason}")


PRIVATE = frozenset(
    f"{module}.{name}"
    for module, names in {
        "frappe": "db.sql get_all get_list get_doc get_meta delete_doc new_doc sendmail enqueue throw get_hooks conf "
        "init connect",
        "frappe.desk.form.assign_to": "get",
        "frappe.desk.form.document_follow": "is_document_followed get_document_followed_by_user",
        "frappe.desk.search": "get_users_for_mentions get_user_groups",
        "frappe.desk.reportview": "get_form_params execute validate_args",
        "frappe.model.rename_doc": "bulk_rename rename_doc",
        "frappe.share": "remove set_docshare_permission get_shared",
        "frappe.utils.user": "get_user_fullname get_system_managers add_system_manager",
        "frappe.website.utils": "get_boot_data get_home_page",
    }.items()
    for name in names.split()
)
"""What a full Frappe has for app code alone: it says so to whoever calls it."""


def controller_method(ctx: Context, doctype: str, name: str) -> str:
    """The dotted name of a function in the module of a DocType's controller."""
    meta = ctx.meta(doctype)
    module = ctx.site.controller_modules.get(meta.name, "").partition(":")[0]
    if not module:
        folder = scrub(meta.name)
        module = f"frappe.{scrub(cstr(meta.module))}.doctype.{folder}.{folder}"
    return f"{module}.{name}"


def right_asked(ctx: Context) -> str:
    """The right on a document that calling its method takes, by the request's verb: "read" for safe verbs."""
    return "read" if ctx.request.method in SAFE_METHODS else "write"


def call_on_document(ctx: Context, doc: BaseDocument, name: str, params: Mapping[str, object]) -> object:
    """The result of a document's whitelisted method, for whoever may read (GET) or write (POST) the document as it is
    now. Documents in it are shown as far as the caller may read them."""
    permissions.require(ctx, doc.meta, right_asked(ctx), doc.__dict__)
    function = getattr(type(doc), name, None) if not name.startswith("_") else None
    if not callable(function):
        raise DocumentMethodNotFoundError(f"Method {name} not found")
    whitelisted = getattr(function, "whitelisted", None)
    if not isinstance(whitelisted, Method) or (ctx.user == "Guest" and not whitelisted.allow_guest):
        home = function.__module__
        raise _not_whitelisted(f"{'frappe.model.document' if home.startswith('frappe_lite.') else home}.{name}")
    bound = function.__get__(doc) if name in doc.__dict__ else getattr(doc, name)  # DocShare has a field `submit`
    # Frappe: `methods=` of a document's method is not enforced
    value = whitelisted.call(bound, whitelisted.bind(params))
    return access.shown_all(ctx, value)
