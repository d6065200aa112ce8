"""The name `frappe` for app code: which module of Frappe's has its names where, and a finder for all the others.

`import frappe.anything` succeeds. A name is looked for in what provides the module, then among the whitelisted methods
of that dotted name, then among further modules; one that is nowhere becomes `Missing`, which fails when it is used; to whoever asks first whether it is there, it is not.
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

from ..utils import scrub
from ..values import Function
from ..whitelist import built_in, describe
from .context import _form_dict, ctx
from .dicts import as_face
from .guarding import asks_whether
from .missing import Missing
from .people import built_in_rules

API_VERSION = "16.0.0"
"""`frappe.__version__` for app code that asks: the version whose calls are followed."""

_UTILS = (
    "face.texts.checks face.times.dates face.times.periods face.texts.formats face.texts.numbers face.texts.html_texts face.texts.comparing face.utilities "
    "face.people.users:get_fullname,get_email_address,"
    "get_formatted_email,get_user_info_for_avatar face.modules:get_frappe_version face.messages:get_traceback "
    "face.templates.rendering:safe_eval face.texts.mocked:mock face.installation:"
    "get_url,get_absolute_url,get_build_version,get_url_to_form,get_url_to_list,get_url_to_report,get_url_to_report_with_filters,get_link_to_form,get_host_name,get_host_name_from_request,get_system_timezone,"
    "get_bench_path,get_files_path,get_site_path,get_site_path=get_site_base_path,get_site_url "
    "face.old_names:get_imaginary_pixel_response,to_markdown "
    "parts.website.resolving:get_html_for_route face.web_answers:get_request_site_address,set_request utils face.constants:"
    "HTML_TAG_PATTERN,HTML_TAGS_PATTERN,WHITESPACE_PATTERN,EMAIL_STRING_PATTERN,PHONE_NUMBER_PATTERN,"
    "PERSON_NAME_PATTERN,DURATION_PATTERN"
)
_RULES = "add_permission,update_permission_property,setup_custom_perms"
_PAGE = "add_permission=add,update_permission_property=update,remove_permission=remove,reset_permissions=reset"

PROVIDED: dict[str, str] = {
    "frappe.apps": "face.apps.apps_screen",
    "frappe.automation": "",
    "frappe.boot": "face.booting",
    "frappe.automation.doctype.assignment_rule.assignment_rule": "face.assigning:apply,bulk_apply,get_assignments,get_assignment_rules,get_repeated,update_due_date",
    "frappe.cache_manager": "face.installation:clear_cache face.model.documents:get_doctype_map face.caching.refreshing",
    "frappe.contacts": "",
    "frappe.contacts.address_and_contact": "face.people.contacts",
    "frappe.contacts.doctype.address.address": "face.people.contacts",
    "frappe.contacts.doctype.contact.contact": "face.people.contacts",
    "frappe.core": "",
    "frappe.core.doctype.doctype.doctype": "errors face.caching.refreshing:clear_permissions_cache,clear_linked_doctype_cache "
    "face.model.doctype_checks",
    "frappe.core.doctype.activity_log.activity_log": "face.people.users:add_authentication_log",
    "frappe.core.doctype.communication.test_communication": "parts.testing.standard_records:create_email_account",
    "frappe.core.doctype.user_permission.user_permission": "face.people.rights:get_user_permissions,user_permission_exists,remove_applicable",
    "frappe.core.doctype.session_default_settings.session_default_settings": "face.defaults:clear_session_defaults",
    "frappe.core.doctype.data_export.exporter": "parts.data_import.for_apps:DataExporter "
    "parts.data_import.data_export:export_data",
    "frappe.core.doctype.data_import.data_import": "parts.data_import.for_apps:import_file",
    "frappe.core.doctype.data_import.exporter": "parts.data_import.for_apps:Exporter",
    "frappe.core.doctype.data_import.importer": "parts.data_import.for_apps:Importer parts.data_import.importer:INSERT,UPDATE",
    "frappe.core.doctype.role.role": "face.people.users_listed:get_info_based_on_role,get_user_info,get_users "
    "face.constants:STANDARD_ROLES",
    "frappe.core.doctype.rq_job.rq_job": "face.constants:QUEUES,JOB_STATUSES",
    "frappe.core.doctype.server_script.server_script_utils": "face.constants:EVENT_MAP",
    "frappe.core.doctype.navbar_settings.navbar_settings": "face.web_answers:get_app_logo",
    "frappe.core.doctype.user_invitation.user_invitation": "parts.inviting.expiring:mark_expired_invitations "
    "parts.inviting.invitation:DAYS=INVITATION_EXPIRY_DAYS",
    "frappe.core.doctype.user.user": "face.people.users_listed:get_system_users,get_total_users,get_active_users,get_website_users,get_active_website_users "
    "face.people.user_contacts:create_contact",
    "frappe.core.doctype.version.version": "face.forms:get_diff",
    "frappe.core.doctype.comment.comment": "face.forms:update_comment_in_doc,get_comments_from_parent",
    "frappe.core.utils": "face.lists_of_dicts",
    "frappe.auth": "face.web_answers:CookieManager face.context:LoginManager face.people.login_attempts "
    "face.constants:SAFE_HTTP_METHODS,UNSAFE_HTTP_METHODS,MAX_PASSWORD_SIZE",
    "frappe.config": "face.booting:get_modules_from_all_apps_for_user",
    "frappe.handler": "face.web_answers:execute_cmd face.people.users:is_whitelisted face.old_names:is_valid_http_method,ALLOWED_MIMETYPES",
    "frappe.core.doctype.file.file": "face.files:has_permission,create_new_folder "
    "face.constants:URL_PREFIXES,FILE_ENCODING_OPTIONS",
    "frappe.core.doctype.file.exceptions": "face.exceptions",
    "frappe.core.doctype.file.utils": "face.files:get_random_filename,get_content_hash,remove_file_by_url,get_file_name "
    "face.images:get_local_image",
    "frappe.core.doctype.permission_type.permission_type": "face.people.rights:get_doctype_ptype_map",
    "frappe.core.page.permission_manager.permission_manager": f"face.apps.customising:{_PAGE}",
    "frappe.core.doctype.scheduled_job_type.scheduled_job_type": "parts.schedule.job_type",
    "frappe.custom.doctype.custom_field.custom_field": "face.apps.customising:create_custom_field,create_custom_fields,rename_fieldname",
    "frappe.custom.doctype.property_setter.property_setter": "face.apps.customising:make_property_setter,delete_property_setter",
    "frappe.database.operator_map": "face.constants:OPERATOR_MAP",
    "frappe.database.query": "face.constants:OPERATOR_MAP",
    "frappe.database.utils": "face.texts.formats:ZERO_DATE=FallBackDateTimeStr",
    "frappe.database.database": "face.database.calls:savepoint",
    "frappe.defaults": "face.defaults",
    "frappe.desk.calendar": "face.forms:get_event_conditions",
    "frappe.desk.doctype.dashboard_chart.dashboard_chart": "face.times.charts",
    "frappe.desk.doctype.event.event": "face.times.calendar_events",
    "frappe.desk.doctype.notification_log.notification_log": "face.mail:make_notification_logs,enqueue_create_notification",
    "frappe.desk.doctype.notification_settings.notification_settings": "face.notification_choices",
    "frappe.desk.form.assign_to": "face.assigning",
    "frappe.desk.form.load": "face.forms",
    "frappe.desk.notifications": "face.forms:extract_mentions",
    "frappe.desk.page.setup_wizard.setup_wizard": "face.apps.set_up",
    "frappe.desk.reportview": "face.forms:get_filters_cond,build_match_conditions,get_match_cond "
    "face.queries.listing:get_list=execute face.model.documents:delete_bulk",
    "frappe.desk.utils": "face.utilities:slug face.downloads",
    "frappe.email": "face.mail",
    "frappe.email.doctype.email_template.email_template": "face.mail:get_email_template",
    "frappe.exceptions": "face.exceptions",
    "frappe.integrations.utils": "face.web_answers:make_request,make_get_request,make_post_request,make_put_request,make_patch_request,make_delete_request,create_request_log",
    "frappe.integrations.frappe_providers.frappecloud_billing": "face.modules:is_fc_site",
    "frappe.model": "face.model.fields",
    "frappe.model.utils": "face.model.fields:get_fetch_values,is_virtual_doctype,is_single_doctype",
    "frappe.model.utils.rename_field": "face.old_names:rename_field",
    "frappe.model.base_document": "document.base_document face.model.documents:get_controller",
    "frappe.model.db_query": "face.queries.list_query",
    "frappe.model.delete_doc": "face.model.documents:delete_doc,get_linked_docs,get_dynamic_linked_docs",
    "frappe.model.docstatus": "doctype.docstatus",
    "frappe.model.document": "face.model.document document.life face.model.documents:get_doc,get_controller face.model.fields:bulk_insert",
    "frappe.model.mapper": "face.model.documents:get_mapped_doc",
    "frappe.model.meta": "face.model.meta doctype.meta doctype.meta:DocType=Meta face.model.documents:get_meta "
    "face.texts.field_values:get_field_currency,get_field_precision face.constants:DEFAULT_FIELD_LABELS",
    "frappe.model.naming": "face.model.naming",
    "frappe.model.rename_doc": "face.model.documents:rename_doc face.apps.set_up:bulk_rename",
    "frappe.model.workflow": "face.old_names:get_workflow_name,get_workflow_name=get_workflow_state_field",
    "frappe.modules": "utils:scrub face.installation:get_module_path",
    "frappe.modules.export_file": "face.installation:export_to_files,write_document_file,delete_folder,strip_default_fields",
    "frappe.modules.import_file": "face.apps.import_files",
    "frappe.modules.utils": "utils:scrub face.installation:get_module_path,export_doc,export_module_json",
    "frappe.monitor": "face.old_names:add_data_to_monitor",
    "frappe.oauth": "face.installation:get_url=get_server_url",
    "frappe.permissions": f"face.people.rights face.people.users face.apps.customising:{_RULES}",
    "frappe.pulse.utils": "face.modules:get_frappe_version",
    "frappe.push_notification": "face.push_notification",
    "frappe.locale": "face.times.periods:get_first_day_of_the_week face.texts.numbers:get_number_format "
    "face.texts.formats:get_user_date_format=get_date_format,get_user_time_format=get_time_format",
    "frappe.query_builder": "face.queries.query_builder face.queries.pypika_queries",
    "frappe.query_builder.builder": "face.queries.pypika_queries @pypika.terms",
    "frappe.query_builder.custom": "face.queries.query_builder face.queries.pypika_queries",
    "frappe.query_builder.functions": "face.queries.pypika_queries @pypika.functions",
    "frappe.query_builder.terms": "face.queries.pypika_queries @pypika.terms",
    "frappe.query_builder.utils": "face.queries.query_builder face.queries.pypika_queries",
    "frappe.rate_limiter": "face.rate_limiter",
    "frappe.realtime": "face.realtime",
    "frappe.search.sqlite_search": "face.full_text.index",
    "frappe.sessions": "face.context:get_csrf_token face.booting:get_session_boot=get",
    "frappe.share": "face.people.sharing",
    "frappe.tests.test_api": "parts.testing.api_case",
    "frappe.translate": (
        "face.messages:_ face.model.fields:get_all_translations,get_all_translations=get_user_translations,"
        "get_all_translations=get_translations_from_apps "
        "face.booting:get_translated_doctypes,get_messages_for_boot,get_user_lang"
    ),
    "frappe.twofactor": "face.modules:two_factor_is_enabled,two_factor_is_enabled=should_run_2fa",
    "frappe.types": "face.modules:DF face.model.doc_ref:DocRef",
    "frappe.utils": f"face.dicts:parse_json {_UTILS}",
    "frappe.utils.background_jobs": "face.jobs.enqueueing",
    "frappe.utils.caching": "face.caching.cache",
    "frappe.utils.csvutils": "parts.data_import.for_apps:read_csv_content,UnicodeWriter,to_csv,build_csv_response",
    "frappe.utils.xlsxutils": "parts.data_import.for_apps:make_xlsx,build_xlsx_response,"
    "read_xlsx_file_from_attached_file",
    "frappe.utils.dashboard": "face.old_names:cache_source",
    "frappe.utils.data": f"{_UTILS} face.old_names:add_trackers_to_url",
    "frappe.utils.dateutils": "face.texts.formats face.times.periods face.times.dates",
    "frappe.utils.error": "face.messages:log_error",
    "frappe.utils.file_manager": "face.files:save_file,is_safe_path,safe_b64decode,get_content_hash,get_file_name",
    "frappe.utils.formatters": "face.texts.field_values face.texts.formats face.texts.numbers",
    "frappe.utils.html_utils": "face.texts.html_texts",
    "frappe.utils.image": "face.images:optimize_image,strip_exif_data",
    "frappe.utils.jinja": "face.templates.rendering:get_jenv,get_template,render_template,validate_template face.templates.rendering:get_jenv=_get_jenv",
    "frappe.utils.jinja_globals": "face.utilities:is_rtl",
    "frappe.utils.logger": "face.messages:logger=get_logger,set_log_level",
    "frappe.utils.make_random": "face.files:get_random",
    "frappe.utils.nestedset": "face.model.nestedset",
    "frappe.utils.password": "face.people.passwords",
    "frappe.utils.redis_wrapper": "face.caching.cache:Cache=RedisWrapper",
    "frappe.utils.number_format": "face.texts.numbers:NumberFormat,NUMBER_FORMAT_MAP",
    "frappe.utils.response": "face.utilities:json_handler parts.files.private:send_private_file "
    "@werkzeug.wrappers:Response",
    "frappe.utils.safe_exec": "face.templates.restricted:NamespaceDict,FrappeTransformer,SERVER_SCRIPT_FILE_PREFIX,"
    "UNSAFE_ATTRIBUTES,get_python_builtins,get_safe_globals,safe_exec_flags face.templates.rendering:safe_eval,get_safe_globals,is_safe_exec_enabled "
    "face.jobs.enqueueing:is_job_queued face.old_names:safe_exec,ServerScriptNotEnabled",
    "frappe.utils.scheduler": "face.jobs.enqueueing",
    "frappe.utils.synchronization": "face.caching.cache:filelock,LockTimeoutError,LockTimeoutError=LockTimeout",
    "frappe.utils.telemetry": "face.modules:capture face.web_answers:is_pulse_enabled face.old_names:site_age",
    "frappe.utils.telemetry.pulse.client": "face.modules:capture face.web_answers:is_pulse_enabled=is_enabled",
    "frappe.utils.typing_validations": "face.texts.checks:validate_argument_types errors:FrappeTypeError",
    "frappe.utils.modules": "face.booting:get_modules_from_all_apps_for_user",
    "frappe.utils.user": "face.people.users",
    "frappe.utils.verified_command": "face.verified_command:get_signed_params,verify_request",
    "frappe.website.utils": (
        "face.installation:clear_cache,clear_cache=delete_page_cache,clear_cache=clear_website_cache "
        "face.web_answers:is_signup_disabled face.model.fields:cleanup_page_name face.booting:get_website_boot=get_boot_data "
        "parts.website.renderers:build_response"
    ),
    "frappe.website.doctype.website_settings.website_settings": "parts.website.surroundings:modify_header_footer_items",
    "frappe.website.doctype.web_page_view.web_page_view": "face.web_answers:is_tracking_enabled",
    "frappe.website.page_renderers": "",
    **dict.fromkeys(
        (
            f"frappe.website.page_renderers.{each}"
            for each in (
                "base_renderer",
                "base_template_page",
                "document_page",
                "error_page",
                "not_found_page",
                "not_permitted_page",
                "redirect_page",
                "template_page",
            )
        ),
        "parts.website.renderers",
    ),
    "frappe.website.path_resolver": "parts.website.resolving parts.website.routes:evaluate_dynamic_routes",
    "frappe.website.router": "parts.website.routes:evaluate_dynamic_routes",
    "frappe.website.serve": (
        "parts.website.resolving:get_response,get_response_content,get_response_without_exception_handling"
    ),
    "frappe.website.website_generator": "face.model.website_generator",
}
"""Module of Frappe's -> what provides its names: modules of this package, whole or `:names`.

`@` is a package of its own.
"""


def capture(event: str, app: str, **properties: object) -> None:
    """No-op: no telemetry is sent."""


def get_frappe_version() -> str:
    """The version whose calls are followed."""
    return API_VERSION


_CONTROLLER = re.compile(r"frappe\.\w+\.doctype\.(\w+)\.\1")


def is_fc_site() -> bool:
    """Whether the site is hosted by Frappe: it is not."""
    return False


def two_factor_is_enabled(user: str | None = None) -> bool:
    """Whether a second factor is asked for at login: it is not, whatever System Settings says."""
    return False


DF = Missing("frappe.types.DF")
"""The types of fields, for annotations alone."""


class FrappeModule(types.ModuleType):
    """A module of Frappe's as app code sees it.

    What app code sets here is set where the functions beside it look it up too, so that
    `patch("frappe.utils.data.now_datetime")` has an effect on what calls it, as in Frappe; taking it away brings back
    what was there.
    """

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        found = find(self.__name__, name)
        if not isinstance(found, Missing):
            self.__dict__[name] = found
        elif asks_whether(name):
            raise AttributeError(f"{self.__name__} has no {name} here")
        return found

    def __setattr__(self, name: str, value: object) -> None:
        place = _place(self.__name__, name)
        if place is not None:
            _replaced.setdefault(place, getattr(*place))
            setattr(*place, value)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        place = _place(self.__name__, name)
        if place in _replaced:
            setattr(*place, _replaced.pop(place))
        self.__dict__.pop(name, None)


_replaced: dict[tuple[object, str], object] = {}
"""(module, name) of ours that app code has replaced -> what was there."""


def _place(module: str, name: str) -> tuple[object, str] | None:
    """The module of the face that a name of Frappe's is looked up in, and its name there; None for what is none of its
    functions."""
    for provider, names in _providers(module) if module != "frappe" else ():
        own = name if names is None else names.get(name, "")
        if own and callable(provider.__dict__.get(own)) and ".face." in provider.__name__:
            return provider, own
    return None


def find(module: str, name: str) -> object:
    """What `module.name` is for app code."""
    for provider, names in _providers(module):
        if names is None and name in provider.__dict__ and not isinstance(provider.__dict__[name], types.ModuleType):
            return provider.__dict__[name]
        if names is not None and name in names:
            return getattr(provider, names[name])
    dotted = f"{module}.{name}"
    controller = _CONTROLLER.fullmatch(module)
    if controller and name.lower() == controller[1].replace("_", ""):
        return _controller(controller[1])
    if controller and name in ("has_permission", "get_permission_query_conditions"):
        rule = built_in_rules.find(controller[1], name)
        if rule is not None:
            return rule
    if dotted in built_in:
        return _with_context(built_in[dotted].function)
    if _is_known(dotted):
        return importlib.import_module(dotted)
    return Missing(dotted)


@functools.cache
def _providers(module: str) -> list[tuple[Any, dict[str, str] | None]]:
    """(module, names in it, None for all) of what provides a module of Frappe's."""
    if module == "frappe":
        return [(importlib.import_module("frappe_lite"), None)]
    found: list[tuple[object, dict[str, str] | None]] = []
    for each in PROVIDED.get(module, "").split():
        path, _, names = each.partition(":")
        pairs = [part.partition("=") for part in names.split(",")] if names else []
        try:
            provider = importlib.import_module(path[1:] if path.startswith("@") else f"frappe_lite.{path}")
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("frappe_lite"):
                raise  # a line of PROVIDED that names no module of ours
            continue  # an extra that is not installed: its names are missing
        found.append((provider, {alias or own: own for own, _, alias in pairs} if pairs else None))
    return found


def _controller(folder: str) -> type[object]:
    """The class of a DocType of Frappe's own, which apps inherit from; a plain document's if it is not built in."""
    controllers = ctx().site.built_in
    return next(
        (found for doctype, found in controllers.items() if scrub(doctype) == folder), ctx().site.document_class
    )


def _with_context(function: Function) -> object:
    """A whitelisted function of the package for app code: with the context of the moment, and its answer as
    Frappe's."""

    method = describe(function, takes_context=True)

    @functools.wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        if not args and not kwargs:  # Frappe: such a function reads what the request brought, `frappe.local.form_dict`
            kwargs = method.bind(_form_dict())
        answer = as_face(function(ctx(), *args, **kwargs))
        for key, value in ctx().response.items():
            ctx().response[key] = as_face(value)
        return answer

    return call


def _is_known(fullname: str) -> bool:
    """Whether there is something of this module, or below it."""
    return fullname in PROVIDED or any(each.startswith(f"{fullname}.") for each in (*PROVIDED, *built_in))


def _is_value(fullname: str) -> bool:
    """Whether a dotted name is a function, class or object, or something inside one: `import frappe.db` fails there as
    in Frappe.

    `patch("frappe.db.get_value")` tries to import each part, and a module that came of it would hide the database from
    then on.
    """
    module, _, name = fullname.rpartition(".")
    if _is_known(fullname):
        return False
    if module != "frappe" and _is_value(module):
        return True
    found = find(module, name)
    return (
        not isinstance(found, Missing | types.ModuleType)
        or isinstance(found, Missing)
        and _CONTROLLER.fullmatch(module) is not None
    )


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every module below `frappe`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for each name below `frappe`, None for others."""
        if not fullname.startswith("frappe.") or _is_value(fullname):
            return None
        if not _is_known(fullname) and asks_whether(fullname):
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
