"""What pages begin with: `frappe.boot.get_bootinfo`, `frappe.sessions.get`.

The shape is Frappe's, so that pages find their keys; what there is none of here is empty. Apps add theirs by the hooks
`boot_session` and `extend_bootinfo`.
"""

from __future__ import annotations

from .. import permissions
from ..access import csrf
from ..context import Context
from ..query import Condition
from ..utils import _dict, cint, cstr, nowdate
from .apps.apps_screen import get_apps, get_default_path, is_desk_apps
from .context import _conf, ctx
from .defaults import get_defaults
from .installation import get_hooks, get_system_timezone
from .model.documents import get_all, get_doc

CONFIGURED = ("developer_mode", "socketio_port", "file_watcher_port")
RIGHTS = ("read", "write", "create", "delete", "submit", "cancel", "export", "import", "share", "select")


def get_translated_doctypes() -> list[str]:
    """DocTypes whose names of documents are translated: those that say so."""
    asked = ctx()
    rows = asked.store.find(asked.meta("DocType"), Condition("istable = 0"), ("name",), order="name")
    return [row["name"] for row in rows if cint(asked.meta(row["name"]).raw.get("translated_doctype"))]


def get_messages_for_boot() -> dict[str, str]:
    """Translated texts: there are none."""
    return {}


def get_user_lang(user: str | None = None) -> str:
    """The language of pages: English."""
    return "en"


# --- the whole --------------------------------------------------------------------------------------------


def get_bootinfo() -> _dict:
    """What a page of the desk begins with, for the caller."""
    asked = ctx()
    boot = _dict(
        sitename=asked.site.title,
        sysdefaults=get_defaults(),
        server_date=nowdate(),
        user=_user(asked),
        time_zone=_time_zone(asked),
        versions={name: app.version for name, app in asked.site.apps.items()},
        app_logo_url="/assets/frappe_lite/icon.svg",
        max_file_size=asked.site.settings.max_body,
        home_folder="Home",
        translated_doctypes=get_translated_doctypes(),
        doctype_ptype_map=permissions.own_rights(asked),
        module_app={},
        modules={},
        module_list=[],
        letter_heads={},
        page_info={},
        navbar_settings={},
        notification_settings={},
        lang_dict={},
        docs=[],
        treeviews=get_hooks("treeviews"),
        calendars=sorted(get_hooks("calendars")),
        is_fc_site=False,
        home_page="",
        lang="en",
    )
    if asked.user != "Guest":
        boot.user_info = {asked.user: _brief(asked)}
    boot.update({key: _conf()[key] for key in CONFIGURED if key in _conf()})
    for dotted in get_hooks("boot_session"):
        asked.site.resolve(dotted)(boot)
    return boot


def get_modules_from_all_apps_for_user(user: str | None = None) -> list[_dict]:
    """The modules of the apps, but for those that are hidden from the user."""
    hidden = {row.module for row in get_doc("User", user or ctx().user).block_modules}
    rows = get_all("Module Def", fields=["name as module_name", "app_name as app"], order_by="name asc")
    return [_dict(row, category="Modules") for row in rows if row.module_name not in hidden]


def get_session_boot() -> _dict:
    """`frappe.sessions.get`: the same, with what the apps' `extend_bootinfo` add."""
    asked = ctx()
    boot = get_bootinfo()
    boot.update(notes=[], assets_json={}, read_only=False, change_log=[], disable_async=_conf().get("disable_async"))
    for dotted in get_hooks("extend_bootinfo"):
        asked.site.resolve(dotted)(bootinfo=boot)
    boot.update(
        setup_complete=cint(asked.setting("setup_complete")),
        apps_data=_apps_data(),
        csrf_token=csrf.csrf_token(asked) if asked.sid else "",
        desk_theme="Light",
    )
    return boot


def website_boot(asked: Context) -> _dict:
    """What a page of the website begins with, for guests too: how numbers and dates look, and where."""
    setting = asked.setting
    return _dict(
        lang="en",
        apps_data=_apps_data(),
        sysdefaults={
            "float_precision": cint(setting("float_precision")) or 3,
            "date_format": cstr(setting("date_format")) or "yyyy-mm-dd",
            "time_format": cstr(setting("time_format")) or "HH:mm:ss",
            "first_day_of_the_week": cstr(setting("first_day_of_the_week")) or "Sunday",
            "number_format": cstr(setting("number_format")) or "#,###.##",
            "currency": setting("currency"),
        },
        time_zone=_time_zone(asked),
        assets_json={},
        sitename=asked.site.title,
        is_fc_site=0,
    )


def get_website_boot() -> _dict:
    """`frappe.website.utils.get_boot_data`."""
    return website_boot(ctx())


def _apps_data() -> dict[str, object]:
    apps = get_apps()
    return {"apps": apps, "is_desk_apps": int(is_desk_apps(apps)), "default_path": get_default_path() or ""}


def _time_zone(asked: Context) -> dict[str, str]:
    site = get_system_timezone()
    row = asked.store.find(asked.meta("User"), Condition("name = ?", (asked.user,)), ("time_zone",))
    return {"system": site, "user": cstr(row[0]["time_zone"] if row else "") or site}


def _brief(asked: Context) -> dict[str, object]:
    info = asked.user_info(asked.user)
    image = info.user_image if info else ""
    name = info.full_name if info else asked.user
    return {"fullname": name, "image": image, "name": asked.user, "email": asked.user}


def _user(asked: Context) -> _dict:
    """Who it is, and the DocTypes by what they may do with them."""
    found = _dict(_brief(asked), roles=sorted(asked.roles), defaults={}, recent="[]")
    found.first_name, _, found.last_name = cstr(found.fullname).partition(" ")
    rights: dict[str, list[str]] = {f"can_{right}": [] for right in (*RIGHTS, "search", "get_report")}
    for row in asked.store.find(asked.meta("DocType"), Condition("istable = 0"), ("name",), order="name"):
        meta = asked.meta(row["name"])
        for right in RIGHTS:
            if permissions.judge(asked, meta, right).allowed:
                rights[f"can_{right}"].append(meta.name)
    rights["can_search"] = rights["can_get_report"] = rights["can_read"]
    found.update(rights, all_read=rights["can_read"])
    return found


__all__ = [
    "get_bootinfo", "get_messages_for_boot", "get_session_boot", "get_translated_doctypes",
    "get_user_lang", "get_website_boot", "website_boot",
]  # fmt: skip
