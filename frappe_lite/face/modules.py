"""The name `frappe` for app code: which module of Frappe's has its names where, and a finder for all the others.

`import frappe.anything` succeeds. A name is looked for in what provides the module, then among the whitelisted methods
of that dotted name, then among further modules; one that is nowhere becomes `Missing`, which fails when it is used.
"""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import json
import re
import sys
import types
from collections.abc import Sequence
from typing import Any

from ..utils import _dict, scrub
from ..whitelist import registry
from .context import ctx
from .missing import Missing

API_VERSION = "16.0.0"
"""`frappe.__version__` for app code that asks: the version whose calls are followed."""

_UTILS = (
    "face.checks face.people:get_fullname,get_user_info_for_avatar utils face.utilities face.markdown "
    "face.modules:get_frappe_version face.installation:"
    "get_url,get_url_to_form,get_url_to_list,get_link_to_form,get_host_name,get_system_timezone,get_bench_path,get_files_path,get_site_path"
)
_RULES = "add_permission,update_permission_property,setup_custom_perms"
_PAGE = "add_permission=add,update_permission_property=update,remove_permission=remove,reset_permissions=reset"
_NAMING = "make_autoname,append_number_if_name_exists,getseries,set_name_by_naming_series,parse_naming_series,revert_series_if_last"

PROVIDED: dict[str, str] = {
    "frappe.apps": "face.apps_screen",
    "frappe.automation": "",
    "frappe.boot": "face.booting",
    "frappe.cache_manager": "face.installation:clear_cache face.documents:get_doctype_map",
    "frappe.contacts": "",
    "frappe.core": "",
    "frappe.core.doctype.file.utils": "face.files:get_random_filename,get_content_hash",
    "frappe.core.page.permission_manager.permission_manager": f"face.customising:{_PAGE}",
    "frappe.custom.doctype.custom_field.custom_field": "face.customising:create_custom_field,create_custom_fields",
    "frappe.custom.doctype.property_setter.property_setter": (
        "face.customising:make_property_setter,delete_property_setter"
    ),
    "frappe.database.database": "face.database:savepoint",
    "frappe.defaults": "face.customising face.booting:get_defaults",
    "frappe.desk.doctype.notification_log.notification_log": (
        "face.mail:make_notification_logs,enqueue_create_notification"
    ),
    "frappe.desk.form.assign_to": "face.assigning",
    "frappe.email": "face.mail",
    "frappe.email.doctype.email_template.email_template": "face.mail:get_email_template",
    "frappe.exceptions": "face.exceptions",
    "frappe.integrations.frappe_providers.frappecloud_billing": "face.modules:is_fc_site",
    "frappe.model": "face.model",
    "frappe.model.base_document": "document.base_document face.documents:get_controller",
    "frappe.model.delete_doc": "face.documents:delete_doc",
    "frappe.model.document": "face.document document.life face.documents:get_doc,get_controller face.model:bulk_insert",
    "frappe.model.mapper": "face.documents:get_mapped_doc",
    "frappe.model.meta": "doctype.meta face.documents:get_meta",
    "frappe.model.naming": f"doctype.naming face.model:{_NAMING}",
    "frappe.model.rename_doc": "face.documents:rename_doc",
    "frappe.modules": "utils:scrub face.installation:get_module_path",
    "frappe.modules.export_file": "face.installation:export_to_files,write_document_file,delete_folder,strip_default_fields",
    "frappe.modules.utils": "utils:scrub face.installation:get_module_path,export_doc,export_module_json",
    "frappe.permissions": f"face.people face.customising:{_RULES}",
    "frappe.pulse.utils": "face.modules:get_frappe_version",
    "frappe.query_builder": "face.query_builder face.pypika_queries",
    "frappe.query_builder.custom": "face.query_builder face.pypika_queries",
    "frappe.query_builder.functions": "face.pypika_queries @pypika.functions",
    "frappe.query_builder.terms": "face.pypika_queries @pypika.terms",
    "frappe.query_builder.utils": "face.query_builder face.pypika_queries",
    "frappe.rate_limiter": "face.rate_limiter",
    "frappe.realtime": "face.messages",
    "frappe.sessions": "face.context:get_csrf_token face.booting:get_session_boot=get",
    "frappe.share": "face.customising:add_docshare,add_docshare=add,remove_docshare=remove,get_shared",
    "frappe.translate": "face.messages:_ face.model:get_all_translations face.booting:get_translated_doctypes,get_messages_for_boot,get_user_lang",
    "frappe.types": "face.modules:DF",
    "frappe.utils": _UTILS,
    "frappe.utils.background_jobs": "face.jobs",
    "frappe.utils.caching": "face.cache",
    "frappe.utils.data": _UTILS,
    "frappe.utils.dateutils": "face.utilities",
    "frappe.utils.error": "face.messages:log_error",
    "frappe.utils.file_manager": "face.files:save_file,is_safe_path",
    "frappe.utils.formatters": "face.utilities",
    "frappe.utils.html_utils": "face.utilities:sanitize_html,clean_html,get_icon_html",
    "frappe.utils.jinja": "face.rendering:get_jenv,render_template,validate_template",
    "frappe.utils.jinja_globals": "face.utilities:is_rtl",
    "frappe.utils.logger": "face.messages:logger=get_logger",
    "frappe.utils.make_random": "face.files:get_random",
    "frappe.utils.nestedset": "face.nestedset",
    "frappe.utils.password": "face.passwords",
    "frappe.utils.safe_exec": "face.rendering:safe_eval,get_safe_globals",
    "frappe.utils.scheduler": "face.jobs",
    "frappe.utils.synchronization": "face.cache:filelock",
    "frappe.utils.telemetry": "face.modules:capture",
    "frappe.utils.user": "face.people",
    "frappe.website.utils": (
        "face.installation:clear_cache,clear_cache=delete_page_cache,clear_cache=clear_website_cache "
        "face.model:cleanup_page_name face.booting:get_website_boot=get_boot_data"
    ),
    "frappe.website.website_generator": "face.document:Document=WebsiteGenerator",
}
"""Module of Frappe's -> what provides its names: modules of this package, whole or `:names`.

`@` is a package of its own.
"""


def capture(*_args: Any, **_kwargs: Any) -> None:
    """Nothing is told to anybody."""


def get_frappe_version() -> str:
    """The version whose calls are followed."""
    return API_VERSION


_CONTROLLER = re.compile(r"frappe\.\w+\.doctype\.(\w+)\.\1")


def is_fc_site() -> bool:
    """Whether the site is hosted by Frappe: it is not."""
    return False


DF = Missing("frappe.types.DF")
"""The types of fields, for annotations alone."""


class FrappeModule(types.ModuleType):
    """A module of Frappe's as app code sees it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = find(self.__name__, name)
        if not isinstance(found, Missing):
            self.__dict__[name] = found
        return found


def find(module: str, name: str) -> Any:
    """What `module.name` is for app code."""
    for provider, names in _providers(module):
        if names is None and name in provider.__dict__ and not isinstance(provider.__dict__[name], types.ModuleType):
            return provider.__dict__[name]
        if names is not None and name in names:
            return getattr(provider, names[name])
    dotted = f"{module}.{name}"
    built_in = _CONTROLLER.fullmatch(module)
    if built_in and name.lower() == built_in[1].replace("_", ""):
        return _controller(built_in[1])
    method = registry.get(dotted)
    if method is not None and method.takes_context:
        return _with_context(method.function)
    if dotted in PROVIDED or any(each.startswith(f"{dotted}.") for each in (*PROVIDED, *registry)):
        return importlib.import_module(dotted)
    return Missing(dotted)


@functools.cache
def _providers(module: str) -> list[tuple[Any, dict[str, str] | None]]:
    """(module, names in it, None for all) of what provides a module of Frappe's."""
    if module == "frappe":
        return [(importlib.import_module("frappe_lite"), None)]
    found: list[tuple[Any, dict[str, str] | None]] = []
    for each in PROVIDED.get(module, "").split():
        path, _, names = each.partition(":")
        pairs = [part.partition("=") for part in names.split(",")] if names else []
        try:
            provider = importlib.import_module(path[1:] if path.startswith("@") else f"frappe_lite.{path}")
        except ImportError:
            continue  # an extra that is not installed: its names are missing
        found.append((provider, {alias or own: own for own, _, alias in pairs} if pairs else None))
    return found


def _controller(folder: str) -> type[Any]:
    """The class of a DocType of Frappe's own, which apps inherit from; a plain document's if it is not built in."""
    controllers = ctx().site.built_in
    return next((found for doctype, found in controllers.items() if scrub(doctype) == folder), controllers[""])


def _with_context(function: Any) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        answer = function(ctx(), *args, **kwargs)
        return _dict(answer) if answer.__class__ is dict else answer

    return call


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every module below `frappe`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for each name below `frappe`, None for others."""
        if not fullname.startswith("frappe."):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """The module."""
        return FrappeModule(spec.name, f"{spec.name}, as frappe_lite provides it.")

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing runs: names are found when they are asked for."""


def install() -> None:
    """Let `import frappe` and everything below it succeed in this process."""
    if "frappe" in sys.modules:
        return
    finder = next((each for each in sys.meta_path if isinstance(each, Finder)), None) or Finder()
    if finder not in sys.meta_path:
        sys.meta_path.insert(0, finder)
    spec = importlib.machinery.ModuleSpec("frappe", finder, is_package=True)
    module = FrappeModule("frappe", "Frappe, as frappe_lite provides it.")
    module.__dict__.update(
        __spec__=spec,
        __path__=[],
        __version__=API_VERSION,
        json=json,
        __file__=importlib.import_module("frappe_lite").__file__,
    )
    sys.modules["frappe"] = module
