"""`Session Default Settings`: which defaults users choose for themselves, and what they chose."""

from __future__ import annotations

import json

from ..context import Context
from ..errors import ValidationError
from ..face import defaults
from ..utils import scrub
from ..whitelist import method
from .asking import json_object

_SETTINGS = "frappe.core.doctype.session_default_settings.session_default_settings"


@method(f"{_SETTINGS}.get_session_default_values")
def get_session_default_values(ctx: Context) -> str:
    """The links that a user chooses a default for, as JSON text: those that the site's settings name."""
    return json.dumps(
        [
            {
                "fieldname": scrub(doctype),
                "fieldtype": "Link",
                "options": doctype,
                "label": f"Default {doctype}",
                "default": defaults.get_user_default(scrub(doctype)),
            }
            for doctype in defaults.session_default_doctypes()
        ]
    )


@method(f"{_SETTINGS}.set_session_default_values", methods=["POST"])
def set_session_default_values(ctx: Context, default_values: object) -> str:
    """Keep the caller's defaults, by field name; an empty one is forgotten. Raises ValidationError for what is no
    text."""
    ctx.store.database.begin_write()
    values = json_object(default_values, "default_values")
    for value in values.values():
        if isinstance(value, dict | list):
            raise ValidationError.told("A default is a text or a number")
    for key, value in values.items():
        defaults.set_default(key, None if value in (None, "") else value, ctx.user)
    return "success"
