"""Small names of Frappe's that apps import and that need nothing of a site, or nearly: what is switched off here says
so by its answer, what older code calls has its own name still.

is_safe_exec_enabled()                          ->  False
add_trackers_to_url("https://a.b/c", "mail")    ->  "https://a.b/c?utm_source=mail"
"""

from __future__ import annotations

import base64
import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..errors import DoesNotExistError, PermissionError, UnsupportedError
from ..query import quote
from ..utils import _dict, cstr
from .context import ctx

Function = TypeVar("Function", bound=Callable[..., Any])

ALLOWED_MIMETYPES = (
    "image/png", "image/jpeg", "application/pdf", "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet", "text/plain",
    "video/quicktime", "video/mp4", "text/csv",
)  # fmt: skip
"""What a Website User may upload in full Frappe, for apps that check by it."""

_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


class ServerScriptNotEnabled(PermissionError):
    """Server scripts, which are switched off."""


def safe_exec(script: str, *_arguments: object, **_options: object) -> None:
    """Raises ServerScriptNotEnabled, as full Frappe does where they are switched off."""
    raise ServerScriptNotEnabled.told("Server Scripts are disabled; write a function of an app instead")


def reload_doc(module: str = "", dt: str = "", dn: str = "", **_how: object) -> None:
    """Nothing is left to do: DocTypes follow their files at each start."""


def reload_doctype(doctype: str, **_how: object) -> None:
    """Nothing is left to do, as with `reload_doc`."""


def get_workflow_name(doctype: str) -> None:
    """No DocType has a workflow."""


def add_data_to_monitor(**_data: object) -> None:
    """No-op: no telemetry is sent."""


def site_age() -> None:
    """How many days ago the site was set up, for what is told to nobody: not known."""


def cache_source(function: Function) -> Function:
    """The function itself: a chart is worked out each time."""
    return function


def get_active_domains() -> list[str]:
    """The domains that a site's DocTypes are cut to: none."""
    return []


def get_common_site_config(sites_path: str | None = None) -> _dict:
    """What all sites of a bench share: there is one site, whose settings are `frappe.conf`."""
    return _dict()


def get_doctype_app(doctype: str) -> str:
    """The app that a DocType comes with; frappe for those that are built in or were made by hand."""
    known = ctx().site.controller_modules.get(doctype, "frappe")
    return known.partition(".")[0]


def get_file_json(path: str) -> object:
    """What a JSON file holds."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def create_folder(path: str, with_init: bool = False) -> None:
    """Make a folder, with an empty `__init__.py` if it is to be a package."""
    Path(path).mkdir(parents=True, exist_ok=True)
    if with_init:
        Path(path, "__init__.py").touch()


def is_valid_http_method(method: object) -> None:
    """Raises PermissionError unless the function may be called by the request's verb."""
    found, request = getattr(method, "whitelisted", None), ctx().request
    if found is not None and request is not None and request.method not in found.http_methods:
        raise PermissionError.told("Not permitted")


def get_imaginary_pixel_response() -> dict[str, object]:
    """What answers a request with one transparent pixel, for `frappe.response.update`."""
    return {"type": "binary", "filename": "imaginary_pixel.png", "filecontent": base64.b64decode(_PIXEL)}


def add_trackers_to_url(
    url: str, source: str, campaign: str = "", medium: str = "email", content: str = ""
) -> str:  # fmt: skip
    """An address that says where its visitors come from."""
    told = {"utm_source": source, "utm_medium": medium, "utm_campaign": campaign, "utm_content": content}
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {key: value for key, value in told.items() if value}
    return parts._replace(query=urlencode(query)).geturl()


def to_markdown(html: str) -> str:
    """HTML as Markdown. Raises UnsupportedError where markdownify is not installed."""
    try:
        markdownify = importlib.import_module("markdownify")
    except ImportError:
        raise UnsupportedError.told("HTML becomes Markdown by markdownify: pip install markdownify") from None
    return cstr(markdownify.markdownify(html or "", heading_style="ATX", bullets="*"))


def rename_field(doctype: str, old_fieldname: str, new_fieldname: str, validate: bool = True) -> None:
    """Let a field that has another name now have the values that it had. Nothing where there is no such field.

    A patch calls this. Raises DoesNotExistError for a DocType that is not there.
    """
    if not ctx().has_doctype(doctype):
        raise DoesNotExistError.of("DocType", doctype)
    meta = ctx().meta(doctype)
    if not meta.has_field(new_fieldname):
        return
    database, old, new = ctx().store.database, quote(old_fieldname), quote(new_fieldname)
    for table in meta.table_fields:
        if table.fieldname == new_fieldname:
            place = (new_fieldname, old_fieldname, meta.name)
            rows = quote(ctx().meta(cstr(table.options)).table)
            database.execute(f"UPDATE {rows} SET parentfield = ? WHERE parentfield = ? AND parenttype = ?", place)
            return
    if meta.issingle:
        single = (meta.name, old_fieldname)
        if database.rows('SELECT 1 FROM "tabSingles" WHERE doctype = ? AND field = ?', single):
            database.execute('DELETE FROM "tabSingles" WHERE doctype = ? AND field = ?', (meta.name, new_fieldname))
            values = (new_fieldname, *single)
            database.execute('UPDATE "tabSingles" SET field = ? WHERE doctype = ? AND field = ?', values)
    elif old_fieldname in database.columns(meta.table):
        database.execute(f"UPDATE {quote(meta.table)} SET {new} = {old} WHERE {old} IS NOT NULL")


__all__ = [
    "TYPE_CHECKING", "create_folder", "get_active_domains", "get_common_site_config", "get_doctype_app",
    "get_file_json",
    "reload_doc", "reload_doctype",
]  # fmt: skip
