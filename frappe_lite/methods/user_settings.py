"""What a person's front ends remember for that person.

`frappe.model.utils.user_settings.*`, and how far one came in an app's tour.

Kept as the server's own values, one a user and subject: no document, and nobody else reads it.
"""

from __future__ import annotations

import json

from ..context import Context
from ..errors import BadRequestError, ValidationError
from ..protocol import parse_json
from ..utils import cstr
from ..values import Values
from ..whitelist import method
from .asking import json_object

MAX_LENGTH = 100_000
"""Of one user's settings of a DocType."""


def _key(ctx: Context, subject: str) -> str:
    return f"user_settings:{json.dumps([ctx.user, subject])}"


def _kept(ctx: Context, subject: str) -> dict[str, object]:
    found: Values = json.loads(ctx.store.value(_key(ctx, subject)) or "{}")
    return found


def _keep(ctx: Context, subject: str, values: dict[str, object]) -> None:
    text = json.dumps(values)
    if len(text) > MAX_LENGTH:
        raise ValidationError.told(f"Settings have at most {MAX_LENGTH} characters")
    ctx.store.set_value(_key(ctx, subject), text)


@method("frappe.model.utils.user_settings.get")
def get(ctx: Context, doctype: str) -> str:
    """The caller's settings of a DocType's views, as JSON in a text."""
    return json.dumps(_kept(ctx, ctx.meta(doctype).name))


@method("frappe.model.utils.user_settings.save", methods=["POST", "PUT"])
def save(ctx: Context, doctype: str, user_settings: object) -> Values:
    """Keep settings of a DocType's views for the caller, each key in the place of what it was; what was given."""
    ctx.store.database.begin_write()
    given, subject = json_object(user_settings, "user_settings"), ctx.meta(doctype).name
    _keep(ctx, subject, {**_kept(ctx, subject), **given})
    return given


# --- tours of apps -----------------------------------------------------------------------------------------

_TOURS = "tours of apps"


@method("frappe.onboarding.get_onboarding_status")
def get_onboarding_status(ctx: Context) -> dict[str, object]:
    """How far the caller came in each app: `{"crm_onboarding_status": [{name, completed}, …]}`."""
    return _kept(ctx, _TOURS)


@method("frappe.onboarding.update_user_onboarding_status", methods=["POST", "PUT"])
def update_user_onboarding_status(ctx: Context, steps: object, appName: str) -> None:  # noqa: N803 - Frappe's name
    """Keep how far the caller came in an app."""
    ctx.store.database.begin_write()
    given = parse_json(steps, "steps")
    if not isinstance(given, list | dict):
        raise BadRequestError.told("steps is a list of steps, each with name and completed")
    _keep(ctx, _TOURS, {**_kept(ctx, _TOURS), f"{cstr(appName)}_onboarding_status": given})
