"""The site and its apps as app code asks for them: hooks, functions by dotted name, folders, addresses, settings."""

from __future__ import annotations

import hashlib
import importlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote as url_quote

from ..errors import AppNotInstalledError
from ..utils import _dict, cstr, scrub
from ..values import Function, Values
from ..whitelist import call_with
from .context import _conf, ctx


def get_system_settings(key: str) -> object:
    """A value of System Settings."""
    return ctx().setting(key)


def get_installed_apps(*, _ensure_on_bench: bool = False) -> list[str]:
    """The names of the site's apps."""
    return list(ctx().site.apps)


get_all_apps = get_installed_apps


def get_hooks(hook: str | None = None, default: object = None, app_name: str | None = None) -> Any:
    """What the apps' hooks say under a name, or under each: lists joined, dicts merged."""
    if hook is None:
        asked = [ctx().site.apps[app_name]] if app_name in ctx().site.apps else ctx().site.apps.values()
        return _dict((name, get_hooks(name, app_name=app_name)) for app in asked for name in app.hooks)
    found: list[object] = []
    merged: dict[Any, Any] = {}
    apps = ctx().site.apps
    for app in [apps[app_name]] if app_name in apps else apps.values():
        value = app.hooks.get(hook)
        if isinstance(value, dict):
            _merge(merged, value)
        elif value is not None:
            found += list(value) if isinstance(value, list | tuple) else [value]
    return merged or found or default or []


def _merge(merged: dict[Any, Any], said: dict[Any, Any]) -> None:
    """Add what a hook says: lists are joined, dicts merged however deep they lie."""
    for key, each in said.items():
        if isinstance(each, dict):
            below = merged.setdefault(key, {})
            if isinstance(below, dict):
                _merge(below, each)
        elif isinstance(merged.setdefault(key, []), list):
            merged[key].extend(each if isinstance(each, list) else [each])


def get_attr(method_string: str) -> Function:
    """A function of an app, by dotted name. Raises AppNotInstalledError for an app that the site does not have."""
    root = cstr(method_string).partition(".")[0]
    if root not in ctx().site.apps:
        raise AppNotInstalledError.told(f"App {root} is not installed")
    return ctx().site.resolve(method_string)


def call(fn: Any, *args: object, **kwargs: object) -> object:
    """Call a function, by itself or by dotted name, with those of the keywords that it takes."""
    function = get_attr(fn) if isinstance(fn, str) else fn
    return function(*args, **get_newargs(function, kwargs))


def get_newargs(fn: Any, kwargs: dict[str, object]) -> Values:
    """Those of the keywords that a function takes. Never `ignore_permissions` and `flags`: what calls so may hand on
    what a client sent."""
    parameters = inspect.signature(fn).parameters
    takes_all = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    return {
        key: value
        for key, value in kwargs.items()
        if (takes_all or key in parameters) and key not in ("ignore_permissions", "flags")
    }


def run_hook(name: str, **values: object) -> None:
    """Call each function that the apps name under a hook."""
    for dotted in get_hooks(name):
        call_with(ctx().site.resolve(dotted), values)


def get_module(modulename: str) -> ModuleType:
    """A Python module by name."""
    return importlib.import_module(modulename)


def get_app_path(app_name: str, *joins: str) -> str:
    """The folder of an app's package, or a path in it. Raises AppNotInstalledError."""
    if app_name not in ctx().site.apps:
        raise AppNotInstalledError.told(f"App {app_name} is not installed")
    module = importlib.import_module(app_name)
    folder = getattr(module, "__file__", None)
    root = Path(folder).parent if folder else Path(next(iter(module.__path__)))
    return str(root.joinpath(*joins))


def get_app_source_path(app_name: str, *joins: str) -> str:
    """The folder around an app's package, or a path in it."""
    return str(Path(get_app_path(app_name)).parent.joinpath(*joins))


def get_pymodule_path(modulename: str, *joins: str) -> str:
    """The folder of a Python module, or a path in it: each part as a name of a folder, but below `public`."""
    parts = joins if "public" in joins else [scrub(each) for each in joins]
    return str(Path(get_app_path(scrub(modulename.partition(".")[0]))).joinpath(*modulename.split(".")[1:], *parts))


def get_module_path(module: str, *joins: str) -> str:
    """The folder of one of an app's modules."""
    row = ctx().store.load_row(ctx().meta("Module Def"), module)
    return get_app_path(cstr(row and row["app_name"]) or "frappe", scrub(module), *joins)


def get_module_app(module: str) -> str:
    """The app that a module belongs to."""
    row = ctx().store.load_row(ctx().meta("Module Def"), module)
    return cstr(row and row["app_name"])


def get_site_path(*joins: str) -> str:
    """The folder of the site's database, or a path in it. Those for files are made when they are asked for."""
    path = Path(*joins)
    if path.parts[1:2] == ("files",) and path.parts[0] in ("private", "public"):
        Path(ctx().site.folder, *path.parts[:2]).mkdir(parents=True, exist_ok=True)
    return str(Path(ctx().site.folder).joinpath(path))


def get_files_path(*joins: str, is_private: object = 0) -> str:
    """A folder for what app code writes by itself. Frappe keeps files there; here they are kept by content, see
    File."""
    return get_site_path("private" if is_private else "public", "files", *joins)


def get_site_config(sites_path: str | None = None, site_path: str | None = None) -> _dict:
    """The site's configuration."""
    return _conf()


def get_conf(site: str | None = None) -> Any:
    """The same, of this site."""
    return _conf()


def clear_cache(user: str | None = None, doctype: str | None = None) -> None:
    """Forget what is cached of users and DocTypes; without either also what app code has cached."""
    ctx().site.forget()
    if user is None and doctype is None:
        ctx().site.shelf.pop("cache", None)


def setup_module_map(include_all_apps: bool = True) -> None:
    """The map is made when an app is loaded; nothing to do."""


def export_to_files(
    record_list: object = None, record_module: object = None, verbose: int = 0, create_init: object = None
) -> None:
    """Documents are not written back into an app's folder: `developer_mode` is off."""


def write_document_file(
    doc: object, record_module: object = None, create_init: bool = True, folder_name: str | None = None
) -> None:
    """As `export_to_files`."""


def delete_folder(module: str, dt: str, dn: str) -> None:
    """As `export_to_files`."""


def export_doc(doctype: str, name: str, module: str | None = None) -> None:
    """As `export_to_files`."""


def export_module_json(doc: object, is_standard: object, module: str) -> None:
    """As `export_to_files`."""


def strip_default_fields(_doc: object, doc_export: dict[str, object]) -> Values:
    """A document's values without those of its life."""
    return {
        key: value
        for key, value in doc_export.items()
        if key not in ("creation", "modified", "modified_by", "owner", "idx", "docstatus")
    }


def get_url(uri: str | None = None, full_address: bool = False, allow_header_override: bool = True) -> str:
    """The site's address, or that of a path on it."""
    if cstr(uri).startswith(("http://", "https://")):
        return cstr(uri)
    return ctx().site.address + (("" if cstr(uri).startswith("/") else "/") + cstr(uri) if uri else "")


def _slug(doctype: str) -> str:
    return url_quote(scrub(doctype).replace("_", "-"))


def get_absolute_url(doctype: str, name: object) -> str:
    """The path of a document in the desk."""
    return f"/app/{_slug(doctype)}/{url_quote(cstr(name), safe=_MARKS)}"


def get_url_to_form(doctype: str, name: object = None) -> str:
    """The address of a document in the desk; of a Single without a name."""
    return get_url(get_absolute_url(doctype, name) if name else f"/app/{_slug(doctype)}")


_MARKS = "~@#$&()*!+=:;,.?/'"


def get_url_to_report(name: str, report_type: str | None = None, doctype: str | None = None) -> str:
    """The address of a report in the desk."""
    of_list = report_type == "Report Builder"
    return get_url(
        f"/app/{_slug(cstr(doctype))}/view/report/{url_quote(name)}"
        if of_list
        else f"/app/query-report/{url_quote(name)}"
    )


def get_url_to_report_with_filters(
    name: str, filters: str, report_type: str | None = None, doctype: str | None = None
) -> str:
    """The same, with filters."""
    of_list = report_type == "Report Builder"
    return get_url(
        f"/app/{_slug(cstr(doctype))}/view/report?{filters}"
        if of_list
        else f"/app/query-report/{url_quote(name)}?{filters}"
    )


def get_url_to_list(doctype: str) -> str:
    """The address of a DocType's list in the desk."""
    return get_url(f"/app/{_slug(doctype)}")


def get_link_to_form(doctype: str, name: object = None, label: object = None) -> str:
    """An HTML link to a document."""
    return f'<a href="{get_url_to_form(doctype, name or doctype)}">{label or name or doctype}</a>'


def get_site_url(site: str) -> str:
    """The site's address, whatever name is given: there is one."""
    return ctx().site.address


def get_host_name() -> str:
    """The host of the site's address."""
    return ctx().site.address.partition("://")[2]


def get_host_name_from_request() -> str | None:
    """The address that the request came to, as far as its host; None outside of one."""
    asked = ctx().request
    return f"{asked.scheme}://{asked.host}" if asked.host else None


def get_system_timezone() -> str:
    """The time zone in System Settings, UTC if it is not set."""
    return cstr(ctx().setting("time_zone")) or "UTC"


def get_bench_path() -> str:
    """The folder of the site: there is no bench."""
    return get_site_path()


def get_build_version() -> str:
    """What changes with the apps: a part of addresses that browsers keep for good."""
    versions = sorted(f"{name} {app.version}" for name, app in ctx().site.apps.items())
    return hashlib.sha256("\n".join(versions).encode()).hexdigest()[:8]


__all__ = [
    "call", "clear_cache", "get_all_apps", "get_app_path", "get_app_source_path", "get_pymodule_path", "get_attr",
    "get_conf",
    "get_hooks", "get_installed_apps", "get_module",
    "get_module_app", "get_module_path", "get_newargs", "get_site_config", "get_site_path", "get_system_settings",
    "setup_module_map",
]  # fmt: skip
