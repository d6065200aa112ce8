"""What app code sees as `frappe`: `frappe.get_doc(…)`, `frappe.throw(…)`, `frappe.session.user`.

Gathered here from the modules of this folder. A name that is missing can be imported and fails where it is used, with a
sentence that says so: see `missing.py`, and `modules.py` for the modules below `frappe`.
"""

from __future__ import annotations

from .. import utils
from ..utils import _dict, bold, generate_hash, scrub, unscrub
from . import assigning, context, installation, messages, old_names, web_answers  # noqa: F401 - Assignment Rules evaluate by the first
from .apps.customising import make_property_setters as make_property_setter
from .apps.whitelisting import whitelist
from .caching.cache import cache
from .caching.cache import cache as client_cache
from .connecting import connect, destroy, init
from .constants import STANDARD_USERS, guest_methods, whitelisted
from .context import *  # noqa: F403 - these names are the face
from .dicts import parse_json
from .files import read_file
from .forms import build_match_conditions
from .installation import *  # noqa: F403 - these names are the face
from .jobs.enqueueing import enqueue, enqueue_doc
from .mail import sendmail
from .messages import *  # noqa: F403 - these names are the face
from .messages import _, _lt  # noqa: F401 - these names are the face
from .model import documents
from .model.documents import *  # noqa: F403 - these names are the face
from .model.meta import only_has_select_perm
from .old_names import *  # noqa: F403 - these names are the face
from .people.users import (
    get_roles,
    get_user,
    has_permission,
    has_website_permission,
    is_whitelisted,
    only_for,
    set_user,
)
from .queries.query_builder import qb
from .realtime import publish_progress, publish_realtime
from .templates.rendering import get_template, render_template, safe_eval
from .texts.field_values import format_value, get_precision
from .texts.field_values import format_value as format
from .texts.html_texts import get_desk_link
from .texts.mocked import mock
from .utilities import read_only, safe_decode, safe_encode, validate_and_sanitize_search_inputs, write_only
from .web_answers import *  # noqa: F403 - these names are the face
from .web_answers import log_to_console as log

__all__ = [
    *web_answers.__all__, *old_names.__all__, "build_match_conditions", "format_value", "get_desk_link", "log", "init",
    "connect", "destroy",
    *context.__all__, *documents.__all__, *installation.__all__, *messages.__all__, "_dict", "bold", "cache", "enqueue",
    "enqueue_doc", "generate_hash",
    "get_precision", "get_roles", "get_user", "has_permission", "has_website_permission", "only_for",
    "only_has_select_perm", "parse_json",
    "publish_progress", "publish_realtime",
    "qb", "read_file", "read_only", "render_template", "get_template", "client_cache",
    "safe_decode", "safe_encode",
    "is_whitelisted", "make_property_setter", "mock", "STANDARD_USERS", "guest_methods", "whitelisted",
    "format", "safe_eval", "scrub", "sendmail", "set_user", "unscrub", "utils", "validate_and_sanitize_search_inputs",
    "whitelist", "write_only",
]  # fmt: skip
