"""Bring the generated parts of the documentation up to date with the code.

Two kinds of marks in README.md, CONTRIBUTING.md and docs/*.md; what stands between a mark and `<!-- end -->` is
replaced:

    <!-- generated: operators -->                   a table made by the function of that name in GENERATED
    <!-- source: frappe_lite/router.py update -->   the source of that function, class or constant, read by ast

    python scripts/docs.py            writes the pages that changed
    python scripts/docs.py --check    writes nothing; 1 if a page is stale
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import functools
import importlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "frappe_lite"
sys.path.insert(0, str(ROOT))

import frappe_lite  # noqa: E402 - found by the line above
from frappe_lite import errors, face, parts, query, router  # noqa: E402 - after the path
from frappe_lite.command import cli  # noqa: E402 - after the path
from frappe_lite.command import settings as cli_settings  # noqa: E402 - after the path
from frappe_lite.doctype import fieldtypes  # noqa: E402 - after the path
from frappe_lite.document.controllers.system_settings import PROMISES  # noqa: E402 - after the path
from frappe_lite.face.database.calls import FaceDatabase  # noqa: E402 - after the path
from frappe_lite.face.mariadb import dialect as mariadb  # noqa: E402 - after the path
from frappe_lite.face.mariadb import functions as more_of_mariadb  # noqa: E402 - after the path
from frappe_lite.face.model import document as face_document  # noqa: E402 - after the path
from frappe_lite.face.modules import PROVIDED  # noqa: E402 - after the path
from frappe_lite.face.modules import _providers as providers  # noqa: E402 - after the path
from frappe_lite.methods.unsupported import UNSUPPORTED  # noqa: E402 - after the path
from frappe_lite.site import SiteSettings  # noqa: E402 - after the path
from frappe_lite.whitelist import VERBS, Method  # noqa: E402 - after the path
from frappe_lite.whitelist import built_in as registered  # noqa: E402 - after the path

for part in parts.PARTS:
    importlib.import_module(f"frappe_lite.parts.{part}")  # registers its methods

HANGING = ("face", "methods", "parts")
"""Folders that hang on the kernel, described by themselves."""
MARK = re.compile(r"(<!-- (generated|source): ([^>]*?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


class Outdated(Exception):
    """Something in the code has no sentence here, or something named in a page is gone."""


# --- sentences for what the code only names ---------------------------------------------------------------

TAKES = {
    "value": "one value",
    "text": "text; `%` stands for any text, `_` for one character",
    "list": "a list, or text with commas",
    "pair": "a list of two, or text with one comma",
    "set": "`set` or `not set`",
    "timespan": "a timespan in words",
    "tree": "the name of a node of a tree DocType",
}
KEYWORDS = {
    "conf": "What apps read through `frappe.conf`.",
    "overrides": "Values that go before those of System Settings, for this process alone.",
    "checkpoint": "Who moves the write-ahead log into the file: `own`, or `external` for another program such as "
    "litestream.",
    "database": (
        "The path of the SQLite file, made if it is not there. `:memory:` is a private temporary file that goes with "
        "the site."
    ),
    "synchronous": (
        "`full`: a write that was answered survives power loss. `normal`: the last writes may be missing after power "
        "loss, the file stays whole. `off`: for tests."
    ),
    "created_status": "The status of a create: 201, or 200 as a full Frappe answers.",
    "title": "The site's name, as `frappe.local.site` gives it to app code.",
    "on_reset_link": (
        "A function `(user, link)` that gets a link for setting a new password to its user. Without it the link goes "
        "to the log."
    ),
    "url": (
        "The address of the site as its users see it: such links begin with it, and it is the OAuth issuer. Empty: "
        "where `frappe-lite serve` listens, or `http://127.0.0.1:8000` without one, and the address of the request."
    ),
    "hosts": (
        "The names that the site answers to in the Host header; `.shop.example`: and all below. Another name is 400. "
        "Empty: any name."
    ),
    "hsts": "Seconds for which browsers that came by https are told to come by https only. 0: they are told nothing.",
    "proxies": (
        "Addresses or networks of proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed. Empty: nobody's."
    ),
    "files": "Where uploaded files are kept: `folder`, beside the database, or `database`.",
    "max_body": "The largest request body in bytes; a larger one is answered with 413.",
    "guest_body": "The largest request body of who is not signed in, in bytes; a larger one is answered with 413 and "
    "not read.",
    "busy_timeout": "Seconds that a writer waits for another writer before the answer is 503.",
    "query_seconds": "Seconds that one list, count or report may run before the answer is 503.",
}
SETTINGS = {
    "enable_scheduler": "Off: nothing runs by the clock.",
    "allow_cors": (
        "The origins whose pages may read answers: `*`, or one a line. Empty: none. Only an origin that is named may "
        "send cookies."
    ),
    "allow_consecutive_login_attempts": "Failed logins of one user before further ones are refused with 429; ten times "
    "as many from one address.",
    "allow_error_traceback": "Show the trace of a fault in app code to system users. `serve --dev` turns it on.",
    "allow_login_after_fail": "Seconds until a user or address that failed too often may try again.",
    "allow_login_using_mobile_number": "Accept the `mobile_no` of a User, if only one user has it.",
    "allow_login_using_user_name": "Accept the `username` of a User as well as the name and the email.",
    "api_request_log_days": "Days after which entries of the request log are deleted.",
    "allow_password_in_address": (
        "`login` takes a password from the address of a POST too, where Frappe's own `frappe.frappeclient` puts it. "
        "Addresses "
        "stand in histories and logs."
    ),
    "allow_sid_parameter": (
        "A session id counts in `?sid=` of the address too, for clients that keep no cookies. Addresses stand in "
        "histories and logs: who reads one is in."
    ),
    "backup_frequency": "How often the schedule makes a backup in the folder of those that are kept: `Hourly`, "
    "`Daily`, `Weekly`, `Monthly`. Empty: never. Only where the database is a file.",
    "backup_limit": "How many backups of the schedule are kept; the oldest is deleted. Those that people made stay.",
    "apply_strict_user_permissions": "An empty Link counts as one that a user with User Permissions on its DocType may "
    "not see.",
    "change_feed_days": "Days that changes are kept for `GET /api/v2/changes`; an older cursor is answered with 410.",
    "change_stream_seconds": (
        "How long one answer of the change feed as `text/event-stream` lasts before the client connects again. 0: it "
        "says what there is and ends."
    ),
    "currency": "The currency of `frappe.utils.fmt_money` and `money_in_words`, where neither field nor document names "
    "one.",
    "currency_precision": "Decimal places of Currency fields without their own, for app code that rounds or writes "
    "them. 0: as `number_format` has.",
    "date_format": "How `frappe.utils.formatdate`, the functions beside it and the labels of charts write dates, and "
    "how dates are read that people wrote; dates of documents on the wire do not depend on it.",
    "deny_multiple_sessions": "A login that makes more sessions than the User's `simultaneous_sessions` ends old ones.",
    "disable_document_sharing": "Nobody but the Administrator may share a document; what is shared already stays so.",
    "disable_standard_email_footer": "Mails end without the `email_footer_address`.",
    "email_footer_address": "What stands at the end of every mail.",
    "enable_password_policy": "Passwords have at least 8 characters and the `minimum_password_score`.",
    "first_day_of_the_week": "Where a week begins for timespans in filters, for charts, and for "
    "`frappe.utils.get_first_day_of_week` and the functions beside it.",
    "float_precision": "Decimal places of Float and Percent fields without their own, for app code that rounds or "
    "writes them.",
    "language": "Given out by `frappe.core.doctype.system_settings.system_settings.load`; there are no translations.",
    "log_api_requests": "Write one `API Request Log` document for each request below `/api/`.",
    "allow_guests_to_upload_files": "Let people who are not signed in upload documents and pictures.",
    "allowed_file_extensions": "The endings that a file may have, one a line; another is refused. Empty: any.",
    "max_file_size": "The largest uploaded file in MB; a larger one is answered with 413.",
    "minimum_password_score": "How hard to guess a password is, 2 to 4 of zxcvbn's 4. The extra `[passwords]` asks "
    "zxcvbn; without it a short list of what is tried first does.",
    "number_format": "The marks of decimals and thousands in what `frappe.utils.fmt_money` and `frappe.format` write.",
    "password_reset_limit": "Reset links that one address may ask for in an hour for one user; for all users, or from "
    "all addresses, ten times as many.",
    "rate_limit_per_address": "Requests that one address may make in `rate_limit_seconds`; more are 429. 0: any "
    "number.",
    "rate_limit_requests": (
        "Requests that one user, or the address of a guest, may make in `rate_limit_seconds`; more are 429. 0: any "
        "number."
    ),
    "rate_limit_routes": (
        "Limits of single routes, a line each: verb or `*`, path (with `*` at its end: and all below), requests, "
        "perhaps seconds. See [security.md](security.md)."
    ),
    "rate_limit_seconds": "The length of the window in which requests are counted.",
    "reset_password_link_expiry_duration": "Seconds that a reset link is good for.",
    "setup_complete": "Whether the set-up is done, for pages that ask; nothing here waits for it.",
    "time_format": "How `frappe.utils.format_time` and `format_datetime` write times.",
    "time_zone": "Given to app code by `frappe.utils.get_system_timezone`; moments are kept in the machine's own time.",
    "rounding_method": "How `frappe.utils.rounded` rounds a half: `Banker's Rounding` to the even digit, `Commercial "
    "Rounding` away from 0, the legacy one as Frappe 13.",
    "session_expiry": "How long a session lasts after its last use, as hours:minutes.",
    "session_lifetime": (
        "How long a session lasts after it began, however much it is used, as hours:minutes. Empty: as long as it is "
        "used."
    ),
}
HOOKS = {
    "before_app_install": "Functions to run before an app is loaded first, this one or another: called with its name.",
    "after_app_install": "Functions to run when an app was loaded first, this one or another: called with its name.",
    "before_install": "Functions to run once, before the app's DocTypes are made.",
    "after_sync": "Functions to run once, after `after_install`.",
    "after_migrate": "Functions to run at a start that finds the app's DocTypes changed, but for the first.",
    "importable_doctypes": "DocTypes whose documents stand as files in the app's modules, beside those that Frappe "
    "takes in.",
    "default_log_clearing_doctypes": (
        "By DocType, after how many days its documents are deleted: see [schedule.md](schedule.md#old-logs)."
    ),
    "user_invitation": "Who may invite whom into the app by mail: see [invitations.md](invitations.md).",
    "scheduler_events": "Functions to run by the clock, once the site is started: see [schedule.md](schedule.md).",
    "after_install": (
        "Functions to run once, when the app is first loaded into a database. One that fails is undone, told in the "
        "log, and tried again at the next start."
    ),
    "auth_hooks": (
        "Functions to run on each request when its credentials were read, without arguments: they may say who asks "
        "(`frappe.set_user`), or refuse by raising."
    ),
    "on_login": (
        "Functions to run when a password was right, before the session is: called with `login_manager` if they take "
        "it. One that raises refuses the login."
    ),
    "on_logout": "Functions to run before a session ends, with `login_manager` if they take it.",
    "on_session_creation": (
        "Functions to run when a session was begun, before its cookies are sent, with `login_manager` if they take "
        "it. One that raises undoes it."
    ),
    "after_request": "Functions to run after a request was answered: called with `response` and `request`.",
    "auto_cancel_exempted_doctypes": "DocTypes whose documents are not cancelled together with what they link to.",
    "before_request": "Functions to run before a request is answered, when it is known who asks.",
    "before_tests": "Functions to run before each class of the app's own tests, on its site.",
    "extend_doctype_class": "By DocType, dotted names of classes that are put before the class of its documents.",
    "doc_events": "Functions to run on events of documents, by DocType or `*`: called with the document and the "
    "event's name.",
    "has_permission": "By DocType or `*`, a function of `doc`, and of `user`, `ptype` if it takes them, that forbids "
    "by returning something false; nothing (None) forbids too.",
    "has_website_permission": "By DocType, a function of `doc`, `ptype` and `user` that says who may see a document's "
    "page; see [website.md](website.md).",
    "page_renderer": "Classes that answer addresses before the files of `www/` do; see [website.md](website.md).",
    "website_generators": "DocTypes whose documents have pages; see [website.md](website.md).",
    "website_path_resolver": "A function of a path that names the route which answers it; see "
    "[website.md](website.md).",
    "ignore_links_on_delete": "DocTypes whose links do not keep a document from being deleted.",
    "notification_config": "Functions that return `for_doctype`: by DocType, the filters that find its open documents, "
    "or a function that counts them.",
    "override_doctype_class": "By DocType, the dotted name of another class for its documents.",
    "override_whitelisted_methods": "By dotted name, another whitelisted function that is called instead.",
    "permission_query_conditions": (
        "By DocType or `*`, a function of the user, and of `doctype` if it takes it, that returns SQL for the WHERE of "
        "lists."
    ),
    "naming_series_variables": "By variable of a naming series, a function `(doc, variable)` that gives its text.",
    "standard_queries": (
        "By DocType, the whitelisted function `(doctype, txt, searchfield, start, page_len, filters)` that link fields "
        "search with."
    ),
    "required_apps": "Apps that this one needs. One that is not loaded is told at the start; the app is served without "
    "it.",
    "add_to_apps_screen": (
        "The app's pages for people: `name`, `title`, `route`, `logo`, and `has_permission`, a function that says who "
        "may "
        "open it. Who signs in begins at the only one there is."
    ),
    "get_website_user_home_page": "A function of the user that names the page which `/` shows; see "
    "[website.md](website.md).",
    "home_page": "The page that `/` shows to everybody who has no other.",
    "jinja": "`methods` and `filters`: functions, or modules of them, that templates may call.",
    "role_home_page": "By role, the page that `/` shows.",
    "website_redirects": "Redirects: `source` (a regular expression for the whole path), `target`; see "
    "[website.md](website.md).",
    "website_route_rules": "Routes with names in them: `from_route`, `to_route`, `defaults`; see "
    "[website.md](website.md).",
    "website_user_home_page": "The page that `/` shows, before those by role.",
    "app_title": "The app's title, given out by `frappe.utils.change_log.get_versions`.",
}
FACE = {
    "log": "Write to the log.",
    "_": "The text itself: there are no translations. `_lt` is the same.",
    "TYPE_CHECKING": "False, as `typing` has it: for imports that only a type checker makes.",
    "_dict": "A dict whose keys are attributes too; one that is not there is None.",
    "bold": "`<strong>text</strong>`.",
    "as_unicode": "As `frappe.utils.cstr`.",
    "cache": "Values kept in this process; see below.",
    "conf": "The site's configuration: `developer_mode` 0, and what app code puts there.",
    "get_all_apps": "As `get_installed_apps`.",
    "get_lazy_doc": "As `get_doc`.",
    "in_test": "Whether `frappe.flags.in_test` is set.",
    "lang": "`en`: there are no translations.",
    "publish_progress": "As `publish_realtime`.",
    "qb": "The query builder; see below.",
    "read_only": "A decorator that changes nothing: there is no replica to read from.",
    "db": "The database; see below.",
    "flags": "Values for the length of the request.",
    "form_dict": "The request's parameters.",
    "generate_hash": "Random hexadecimal text.",
    "local": (
        "The request's values: `response`, `response_headers`, `form_dict`, `flags`, `session`, `login_manager`, "
        "`request_ip`, `site`, `conf` …; app code adds its own."
    ),
    "message_log": "The messages that go with the answer.",
    "format": "A value as people read it: see `frappe.utils.format_value`.",
    "parse_json": "JSON text becomes its value; anything else stays.",
    "request": (
        "The request, false outside of one: `method`, `path`, `args`, `form`, `data`, `headers`, `cookies`, `files`, "
        "`remote_addr`, `url`, `get_data()`, `get_json()`."
    ),
    "response": (
        "Keys to add to the answer; `http_status_code` sets its status, `type` `download` or `redirect` changes its "
        "kind."
    ),
    "session": "`user`, `sid` and `data`.",
    "utils": "Numbers, dates and text; see below.",
    "whitelist": "The decorator that lets clients call a function; see [methods.md](methods.md).",
    "STANDARD_USERS": "The users that every site has: Administrator and Guest.",
    "whitelisted": "The functions that clients may call, as a set that is asked.",
    "guest_methods": "Those of them that Guest may call.",
    "client_cache": "The same as `cache`, which is in this process already.",
    "get_cached_doc": "As `get_doc`.",
    "get_cached_value": "As `get_value`.",
    "set_value": "As `frappe.db.set_value`.",
}


def _sentence(table: dict[str, str], key: str, what: str) -> str:
    if key not in table:
        raise Outdated(f"{what} {key} has no sentence in scripts/docs.py: add one")
    return table[key]


# --- reading the code -------------------------------------------------------------------------------------


def trees(*words: str, but: Iterable[str] = ()) -> Iterator[tuple[Path, ast.Module]]:
    """The modules of the package that hold one of the words, parsed; any without words, none of the folders `but`."""
    for file in sorted(PACKAGE.rglob("*.py")):
        if file.relative_to(PACKAGE).parts[0] not in but:
            text = file.read_text()
            if not words or any(word in text for word in words):  # to parse takes a hundred times as long
                yield file, ast.parse(text)


def first_line(text: str | None) -> str:
    """The first line of a docstring, for a cell of a table."""
    return (text or "").strip().partition("\n")[0].replace("|", "\\|")


def table(heads: str, rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; `heads` are separated by bars."""
    names = heads.split("|")
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def code(text: Any) -> str:
    """Text as code in a cell of a table."""
    return "`" + str(text).replace("|", "\\|") + "`"


@functools.cache
def _calls_with_text() -> list[ast.Call]:
    """The calls whose first argument is a text, of the modules that read a setting, a hook or the environment."""
    return [
        node
        for _, tree in trees("setting", "get_default", "hook", "environ")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


def _string_arguments(wanted: Callable[[ast.Call], bool]) -> set[str]:
    return {call.args[0].value for call in _calls_with_text() if wanted(call)}  # type: ignore[attr-defined, misc]


def _is_attribute(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name


def settings_read() -> set[str]:
    """The System Settings that the package asks for by name."""
    return _string_arguments(
        lambda call: _is_attribute(call.func, "setting") or _is_attribute(call.func, "get_default")
    ) & set(settings_kept())


def settings_kept() -> dict[str, Any]:
    """Every System Setting and its default."""
    raw = json.loads((PACKAGE / "doctypes" / "system_settings.json").read_text())
    fields = (each for each in raw["fields"] if not each["fieldtype"].endswith(" Break"))
    return {each["fieldname"]: each.get("default", "") for each in fields}


def hooks_read() -> set[str]:
    """The hooks that the package looks at."""

    def wanted(call: ast.Call) -> bool:
        by_get = (
            _is_attribute(call.func, "get")
            and isinstance(call.func, ast.Attribute)
            and _is_attribute(call.func.value, "hooks")
        )
        return by_get or _is_attribute(call.func, "hook")

    return _string_arguments(wanted) - {""}


def environment_read() -> set[str]:
    """The environment variables that the package reads."""
    return set(
        re.findall(
            r'(?:environ(?:\.get\(|\[)|take_secret\()"(FRAPPE_LITE_\w+)"',
            "\n".join(file.read_text() for file in PACKAGE.rglob("*.py")),
        )
    )


def commands() -> dict[str, argparse.ArgumentParser]:
    """The commands of `frappe-lite` and their parsers."""
    return cli.commands_of(cli._parser())


def keywords() -> dict[str, Any]:
    """The keyword arguments of a Site and their defaults."""
    parameters = inspect.signature(frappe_lite.Site.__init__).parameters.values()
    own = {each.name: each.default for each in parameters if each.name != "self" and each.kind is not each.VAR_KEYWORD}
    return own | {each.name: each.default for each in dataclasses.fields(SiteSettings)}


def own_methods() -> dict[str, Method]:
    """The whitelisted methods that come with the package."""
    return dict(sorted(registered.items()))


# --- the tables -------------------------------------------------------------------------------------------


def operators() -> str:
    """Operators of filters."""
    rows = ((code(name), TAKES[each.takes], "yes" if each.null else "") for name, each in query.OPERATORS.items())
    return table("operator|takes|finds unset values as empty", rows)


def functions() -> str:
    """SQL functions that `fields` may call."""
    return ", ".join(map(code, query.FUNCTIONS))


def field_types() -> str:
    """Fieldtypes."""

    def row(name: str, each: fieldtypes.Fieldtype) -> tuple[str, ...]:
        kept = (
            "rows of a child table"
            if each.table
            else code(each.column.split()[0])
            if each.column
            else "nothing: layout"
        )
        return (
            code(name),
            kept,
            "" if each.empty is None else code(f"{each.empty:g}"),
            str(each.length or ""),
            "yes" if each.clean else "",
        )

    return table(
        "fieldtype|kept as|unset in a new row|longest text|HTML cleaned",
        (row(*each) for each in fieldtypes.FIELDTYPES.items()),
    )


def built_in() -> str:
    """DocTypes that come with the package."""
    raws = [json.loads(file.read_text()) for file in (PACKAGE / "doctypes").glob("*.json")]
    kind = lambda raw: "child table" if raw.get("istable") else "Single" if raw.get("issingle") else ""  # noqa: E731 - used at once
    return table("DocType|kind", ((raw["name"], kind(raw)) for raw in sorted(raws, key=lambda raw: str(raw["name"]))))


def all_routes(version: int) -> list[tuple[str, str, Callable[..., Any]]]:
    """The routes of an API version, those of parts first, as a site tries them."""
    site = frappe_lite.Site()
    site.close()
    return [each[1:] for each in site.extensions.routes if each[0] == version] + (
        router.V1_ROUTES if version == 1 else router.V2_ROUTES
    )


def routes() -> str:
    """Routes of v1 and v2."""
    rows = []
    for prefix, found in (("/api/", all_routes(1)), ("/api/v2/", all_routes(2))):
        rows += [
            (
                "any" if verbs == "*" else verbs.replace(" ", ", "),
                code(f"{prefix}{path.replace('path:', '')}"),
                first_line(handler.__doc__),
            )
            for verbs, path, handler in found
        ]
    return table("verbs|path|answer", rows)


def methods() -> str:
    """Whitelisted methods that come with the package; those that share a function in one row."""
    names: dict[Any, list[str]] = {}
    for name, each in own_methods().items():
        if name not in UNSUPPORTED:
            names.setdefault(each.function, []).append(name)
    rows = []
    for function, given in sorted(names.items(), key=lambda each: each[1][0]):
        each = registered[given[0]]
        verbs = "any" if each.http_methods == VERBS else ", ".join(each.http_methods)
        arguments = ", ".join(_argument(parameter) for parameter in each.parameters)
        rows.append(
            (
                ", ".join(map(code, given)),
                f"{arguments}",
                verbs,
                "yes" if each.allow_guest else "",
                first_line(function.__doc__),
            )
        )
    return table("method|arguments|verbs|for guests|what it does", rows)


def unsupported() -> str:
    """Methods of Frappe that are answered with 501."""
    rows = (
        (why, ", ".join(code(name) for name in sorted(UNSUPPORTED) if UNSUPPORTED[name] == why))
        for why in sorted(set(UNSUPPORTED.values()))
    )
    return table("why, and what to do instead|methods", rows)


def _argument(parameter: inspect.Parameter) -> str:
    if parameter.kind is parameter.VAR_KEYWORD:
        return "…"
    return code(parameter.name) if parameter.default is parameter.empty else f"[{parameter.name}]"


def statuses() -> str:
    """HTTP statuses and the errors that have them."""
    found: dict[int, list[type[errors.FrappeError]]] = {}
    for each in vars(errors).values():
        if isinstance(each, type) and issubclass(each, errors.FrappeError) and each is not errors.FrappeError:
            found.setdefault(each.http_status, []).append(each)
    return table(
        "status|`exc_type`|when",
        (
            (str(status), code(each.__name__), first_line(each.__doc__))
            for status in sorted(found)
            for each in found[status]
        ),
    )


def face_names() -> str:
    """The names of `frappe`."""

    def row(name: str) -> tuple[str, str]:
        value = vars(face)[name]
        own = type(value).__name__ == "function" and name not in FACE
        return code(f"frappe.{name}"), first_line(value.__doc__) if own else _sentence(FACE, name, "frappe's name")

    return table("name|what it is", map(row, sorted(set(face.__all__) - {"_lt"}, key=str.lower)))


def _public(*classes: type) -> Iterator[tuple[str, str]]:
    seen = set()
    for each in classes:
        for name, value in vars(each).items():
            function = getattr(value, "fget", None) or getattr(value, "__wrapped__", value)
            if not name.startswith("_") and callable(function) and name not in seen:
                seen.add(name)
                yield name, first_line(function.__doc__)


def face_db() -> str:
    """The calls of `frappe.db`."""
    return table(
        "call|what it does", ((code(f"frappe.db.{name}"), text) for name, text in _public(*FaceDatabase.__mro__[:-1]))
    )


def face_utils() -> str:
    """The functions of `frappe.utils`."""
    own: set[str] = set()
    for each, names in providers("frappe.utils"):
        own |= set(
            names
            or (
                name
                for name, value in vars(each).items()
                if callable(value) and f"{getattr(value, '__module__', '')}.".startswith(f"{each.__name__}.")
            )
        )
    return ", ".join(code(name) for name in sorted(own) if not name.startswith("_"))


def face_modules() -> str:
    """The modules below `frappe` that have names."""
    return ", ".join(code(name) for name in sorted(PROVIDED) if PROVIDED[name])


def mariadb_functions() -> str:
    """MariaDB's functions that SQLite is taught."""
    return ", ".join(
        code(name)
        for name in sorted({*mariadb.FUNCTIONS, *more_of_mariadb.MORE, *more_of_mariadb.AGGREGATES})
        if not name.startswith(("mariadb_", "date_shift", "date_part"))
    )


def document_methods() -> str:
    """What a document offers to app code."""
    return table(
        "on a document|what it does",
        ((code(f"doc.{name}"), text) for name, text in _public(*face_document.Document.__mro__[:-1])),
    )


def hooks() -> str:
    """The hooks that are read."""
    return table(
        "hook|what it does", ((code(name), _sentence(HOOKS, name, "the hook")) for name in sorted(hooks_read()))
    )


def site_keywords() -> str:
    """Keyword arguments of a Site."""
    return table(
        "argument|default|what it does",
        (
            (code(name), code(default), _sentence(KEYWORDS, name, "Site's argument"))
            for name, default in keywords().items()
        ),
    )


def command_line() -> str:
    """Commands and their flags."""
    parts = []
    for name, parser in commands().items():
        flags = []
        for action in parser._actions:
            if not isinstance(action, argparse._HelpAction):
                if action.dest.startswith(cli_settings.DEST) or action.help == argparse.SUPPRESS:
                    continue  # the former stand in the table of settings, the latter are for our own processes
                label = ", ".join(map(code, action.option_strings)) or code(action.metavar or action.dest)
                choices = f" ({' or '.join(map(str, action.choices))})" if action.choices else ""
                flags.append((label, first_line(action.help) + choices))
        own = f"\n\n{table('argument|what it is', flags)}" if flags else ""
        parts.append(
            f"### `frappe-lite {name}`\n\n{parser.description}{own}\n\n`{parser.epilog.removeprefix('example: ')}`"
        )
    return "\n\n".join(parts)


def settings() -> str:
    """The settings: names in a file, flags, variables."""

    def row(each: cli_settings.Setting) -> tuple[str, ...]:
        asked = "" if each.secret else "`serve`" if each.serving else "all"
        choices = f" ({' or '.join(map(code, each.choices))})" if each.choices else ""
        default = "" if each.default in ("", [], False) else code(each.default)
        name = "" if each.secret or each.name == "config" else code(each.name)
        return (
            name,
            code(each.flag) if each.flag else "",
            code(each.variable),
            default,
            asked,
            each.sentence.replace("|", "\\|") + choices,
        )

    return table("in a file|flag|variable|default|asked by|what it is", map(row, cli_settings.SETTINGS))


def system_settings() -> str:
    """System Settings that something reads, then those that are only kept."""
    kept, read = settings_kept(), settings_read()
    known = table(
        "setting|default|what it does",
        (
            (code(name), code(kept.get(name, "")) if kept.get(name) else "", _sentence(SETTINGS, name, "the setting"))
            for name in sorted(read)
        ),
    )
    rest, refused = (", ".join(map(code, sorted(names))) for names in (set(kept) - read - set(PROMISES), PROMISES))
    return (
        f"{known}\n\nThese fields are kept for clients and apps that look at them, and change nothing here: {rest}.\n\n"
        + (f"These promise a protection that is not provided, and cannot be switched on: {refused}.")
    )


@functools.cache
def modules() -> str:
    """The folders and files of the package as floors: each after those that it imports."""
    purpose: dict[tuple[str, ...], str] = {}
    imports: dict[str, set[str]] = {}
    for file, tree in trees(but=HANGING):
        path = file.relative_to(PACKAGE).with_suffix("").parts
        if path == ("__init__",):
            continue
        purpose[path] = first_line(ast.get_docstring(tree))
        imports.setdefault(path[0], set()).update(_floors_below(tree, path))
    level: dict[str, int] = {}

    def level_of(floor: str) -> int:
        if floor not in level:
            level[floor] = 0  # a circle would end here, and show as a level that is too low
            level[floor] = 1 + max((level_of(each) for each in imports[floor] if each in imports), default=0)
        return level[floor]

    ordered = sorted(purpose, key=lambda path: (level_of(path[0]), path[0], path[-1] != "__init__", path))
    rows = []
    for path in ordered:
        folder = path[-1] == "__init__"
        name = f"{path[0]}/" if folder else "/".join(path) + ".py"
        rows.append(
            (
                str(level_of(path[0])) if len(path) == 1 or folder else "",
                f"**{code(name)}**" if folder else code(name),
                purpose[path],
            )
        )
    return table("floor|module|what it is", rows)


def part_names() -> str:
    """The parts."""
    return table(
        "part|what it is",
        (
            (code(_part_path(name)), first_line(sys.modules[f"frappe_lite.parts.{name}"].__doc__))
            for name in parts.PARTS
        ),
    )


def _part_path(name: str) -> str:
    return f"parts/{name}/" if (PACKAGE / "parts" / name).is_dir() else f"parts/{name}.py"


def desk_modules() -> str:
    """The modules of the desk by folder, each with the first paragraph of its leading comment."""
    folder = PACKAGE / "desk"
    files = [each for each in folder.rglob("*.js") if each.parent.name != "vendor"]
    named = sorted((each.relative_to(folder) for each in files), key=lambda path: (len(path.parts), path.parts))
    rows = ((code(path.as_posix()), _said_first((folder / path).read_text())) for path in named)
    return table("module|what it is", rows)


def _said_first(script: str) -> str:
    """The first paragraph of a script's leading comment, for a cell of a table. Raises Outdated if it has none."""
    found = re.match(r"/\*\*?(.*?)\*/", script, re.DOTALL)
    lines = [re.sub(r"^ \* ?", "", line).strip() for line in (found[1] if found else "").strip("\n").split("\n")]
    text = " ".join(lines[: lines.index("")] if "" in lines[1:] and lines[0] else lines).strip()
    if not text:
        raise Outdated(f"a script of the desk begins without a comment: {script[:60]}")
    plain = [each if at % 2 else each.replace("<", "&lt;") for at, each in enumerate(text.split("`"))]
    return "`".join(plain).replace("|", "\\|")


def _floors_below(tree: ast.Module, path: tuple[str, ...]) -> Iterator[str]:
    """The floors that a module imports: files and folders of the package's top."""
    nodes = list(ast.walk(tree))
    for_types = [node for node in nodes if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    named_only = {id(inner) for node in for_types for inner in ast.walk(node)}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.level == len(path) and id(node) not in named_only:
            names = [node.module.partition(".")[0]] if node.module else [each.name for each in node.names]
            yield from (name for name in names if name != path[0])


GENERATED: dict[str, Callable[[], str]] = {
    "operators": operators, "functions": functions, "fieldtypes": field_types, "doctypes": built_in, "routes": routes,
    "methods": methods, "unsupported": unsupported,
    "statuses": statuses,
    "face": face_names, "face-db": face_db, "face-utils": face_utils, "face-modules": face_modules,
    "mariadb": mariadb_functions, "document": document_methods, "hooks": hooks, "site": site_keywords,
    "commands": command_line, "settings": settings, "system settings": system_settings, "modules": modules,
    "parts": part_names, "desk modules": desk_modules,
}  # fmt: skip


# --- pages ------------------------------------------------------------------------------------------------


def source(path: str, name: str) -> str:
    """The source of a function, class or constant; `Class.method` for one inside.

    Raises Outdated if it is not there.
    """
    text = (ROOT / path).read_text() if (ROOT / path).exists() else ""
    node = _find(ast.parse(text), name.split("."))
    if node is None:
        names = name.split(".")
        elsewhere = [file.relative_to(ROOT).as_posix() for file, tree in trees(names[-1]) if _find(tree, names)]
        raise Outdated(f"{path} has no {name}" + (f"; it is in {', '.join(elsewhere)}" if elsewhere else ""))
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] for line in lines)


def _find(tree: ast.AST, names: list[str]) -> Any:
    for node in getattr(tree, "body", []):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if getattr(node, "name", None) == names[0] or any(
            isinstance(each, ast.Name) and each.id == names[0] for each in targets
        ):
            return node if len(names) == 1 else _find(node, names[1:])
    return None


def pages() -> list[Path]:
    """The pages that may hold marks."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def renewed(text: str) -> str:
    """A page's text with its generated parts made anew. Raises Outdated."""

    def replace(match: re.Match[str]) -> str:
        start, kind, argument, end = match[1], match[2], match[3].strip(), match[5]
        if kind == "generated":
            if argument not in GENERATED:
                raise Outdated(f"there is no generated part {argument}; there are {', '.join(GENERATED)}")
            return f"{start}\n{GENERATED[argument]()}\n\n{end}"
        path, _, name = argument.partition(" ")
        return f"{start}\n```py\n# {path}\n{source(path, name)}\n```\n\n{end}"

    return MARK.sub(replace, text)


def main(arguments: list[str] | None = None) -> int:
    """Write what is stale, or with --check only say so."""
    parser = argparse.ArgumentParser(description="Bring the generated parts of the documentation up to date.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page is stale")
    check, stale = parser.parse_args(arguments).check, False
    for page in pages():
        name, text = page.relative_to(ROOT), page.read_text()
        try:
            new = renewed(text)
        except Outdated as error:
            print(f"{name}: {error}", file=sys.stderr)
            stale = True
            continue
        if new != text and check:
            print(f"{name} is stale: run python scripts/docs.py", file=sys.stderr)
            stale = True
        elif new != text:
            page.write_text(new)
            print(f"{name} written")
    return int(stale)


if __name__ == "__main__":
    raise SystemExit(main())
