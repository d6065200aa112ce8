"""What front ends made for Frappe ask when they begin.

Telemetry, scripts, sockets, scripts to load, what is installed.
"""

from __future__ import annotations

import json

from .. import permissions
from ..context import Context
from ..document import lists
from ..errors import UnsupportedError
from ..whitelist import method
from .asking import json_list, load_for, require_any, require_manager


@method("frappe.utils.telemetry.pulse.client.boot_config", allow_guest=True)
def boot_config(ctx: Context) -> dict[str, bool]:
    """Whether what people do here is told to somebody: never."""
    return {"enabled": False}


@method("frappe.utils.telemetry.pulse.client.is_enabled", allow_guest=True)
def is_telemetry_enabled(ctx: Context) -> bool:
    """The same, as older pages ask it."""
    return False


@method("frappe.utils.telemetry.pulse.client.capture", methods=["POST"])
def capture(ctx: Context, event_name: object) -> None:
    """Nothing is kept of what people do."""


@method("frappe.utils.telemetry.pulse.client.bulk_capture", methods=["POST"])
def bulk_capture(ctx: Context, events: object) -> None:
    """Nothing is kept of what people do."""


@method("frappe.utils.telemetry.pulse.client.get_debug_info")
def get_telemetry_info(ctx: Context) -> dict[str, bool]:
    """How telemetry stands, for System Managers: it is off."""
    require_manager(ctx)
    return {"is_enabled": False}


@method("frappe.apps.get_incomplete_setup_route")
def get_incomplete_setup_route(ctx: Context, current_app: object, app_route: str) -> str:
    """Where to go before an app is used: to the app itself, for no app here waits to be set up."""
    return app_route


@method("frappe.core.doctype.server_script.server_script.enabled")
def server_scripts_enabled(ctx: Context) -> bool:
    """Whether scripts kept in the database run: never."""
    return False


@method("frappe.integrations.frappe_providers.frappecloud_billing.is_fc_site")
def is_fc_site(ctx: Context) -> bool:
    """Whether Frappe Cloud runs the site: no."""
    return False


@method("frappe.client.get_js")
def get_js(ctx: Context, items: object) -> list[str]:
    """Scripts of the desk, by their paths: none is asked for, or none is here."""
    if json_list(items, "items"):
        raise UnsupportedError.told("There are no scripts of Frappe's desk here")
    return []


@method("frappe.client.is_document_amended")
def is_document_amended(ctx: Context, doctype: str, docname: object) -> object:
    """The name of the document that amends this one, of those that the caller may read.

    Nothing if there is none, False without a right on the DocType.
    """
    meta = ctx.meta(doctype)
    if permissions.rows(ctx, meta) is None:
        return False
    rows = (
        lists.get_list(ctx, doctype, filters={"amended_from": docname}, limit=1)
        if meta.has_field("amended_from")
        else []
    )
    return rows[0]["name"] if rows else None


@method("frappe.realtime.has_permission", allow_guest=True)
def realtime_has_permission(ctx: Context, doctype: str, name: object = None) -> bool:
    """True if the caller may read the document, without a name documents of the DocType. Raises PermissionError if
    not."""
    if name in (None, ""):
        permissions.require(ctx, ctx.meta(doctype), "read")
    else:
        load_for(ctx, doctype, name)
    return True


@method("frappe.model.document.unlock_document")
def unlock_document(ctx: Context, doctype: str, name: object) -> None:
    """Nothing: no job holds a document, so that it is unlocked. Raises PermissionError for who may not write it."""
    load_for(ctx, doctype, name, "write")
    ctx.say("Document Unlocked", alert=True)


@method("frappe.custom.doctype.custom_field.custom_field.get_fields_label")
def get_fields_label(ctx: Context, doctype: str | None = None) -> list[dict[str, str]]:
    """The fields of a DocType, {value, label}, for whoever may read its documents."""
    meta = ctx.meta(doctype or "")
    require_any(ctx, meta)
    return [{"value": each.fieldname, "label": each.label or ""} for each in meta.fields]


@method("frappe.core.doctype.installed_applications.installed_applications.get_installed_app_order")
def get_installed_app_order(ctx: Context) -> list[str]:
    """The apps of the site, for System Managers."""
    require_manager(ctx)
    return list(ctx.site.apps)


@method("frappe.core.doctype.module_def.module_def.get_installed_apps")
def get_installed_apps(ctx: Context) -> str:
    """The same as JSON text, as Frappe answers it."""
    return json.dumps(get_installed_app_order(ctx))
