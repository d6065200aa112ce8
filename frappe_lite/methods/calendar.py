"""`frappe.desk.calendar.*`, `frappe.desk.gantt.*`, and who comes to an Event.

Documents as events, by the fields that say when they begin and end.
"""

from __future__ import annotations

from .. import document, permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import lists
from ..errors import BadRequestError, ValidationError
from ..utils import cstr
from ..values import Values
from ..whitelist import method
from .asking import json_filters, json_object, load_for, name_list, require_any


def _fields(meta: DocType, field_map: object, *wanted: str) -> dict[str, str]:
    """The fields that stand for `start`, `end` and others. Raises BadRequestError if one is none of the DocType."""
    given = {key: cstr(value) for key, value in json_object(field_map, "field_map").items() if value}
    for key in wanted:
        if not meta.has_field(given.get(key, "")):
            raise BadRequestError.told(
                'field_map is an object such as {"start": "from_date", "end": "to_date"} with fields of '
                f"{meta.name}; {key} is none"
            )
    return given


@method("frappe.desk.calendar.get_events")
def get_events(
    ctx: Context,
    doctype: str,
    start: object,
    end: object,
    field_map: object,
    filters: object = None,
    fields: object = None,
) -> list[Values]:
    """The documents between two moments, as the caller may read them."""
    meta = ctx.meta(doctype)
    require_any(ctx, meta)
    named = _fields(meta, field_map, "start", "end")
    colours = [
        each.fieldname
        for each in meta.value_fields
        if each.fieldtype == "Color" and permissions.may_read_field(ctx, meta, each.fieldname)
    ]
    title = named.get("title", "")
    shown = name_list(fields, "fields") or [
        named["start"],
        named["end"],
        *([title] if title == "name" or meta.has_field(title) else []),
        "name",
    ]
    inside = [[meta.name, named["start"], "<=", end], [meta.name, named["end"], ">=", start]]
    open_ended = [[meta.name, named["start"], "<=", end], [meta.name, named["end"], "is", "not set"]]
    wanted, given = list(dict.fromkeys([*shown, *colours])), json_filters(filters)
    found = lists.get_list(ctx, meta.name, wanted, [*given, *inside], limit=None)
    return found + lists.get_list(ctx, meta.name, wanted, [*given, *open_ended], limit=None)


@method("frappe.desk.calendar.update_event", methods=["POST", "PUT"])
def update_event(ctx: Context, args: object, field_map: object) -> None:
    """Move an event: `args` has doctype, name and the values of the fields that `field_map` names."""
    given = json_object(args, "args")
    named = _fields(ctx.meta(cstr(given.get("doctype"))), field_map, "start", "end")
    _move(ctx, given, {named["start"]: given.get(named["start"]), named["end"]: given.get(named["end"])})


@method("frappe.desk.gantt.update_task", methods=["POST", "PUT"])
def update_task(ctx: Context, args: object, field_map: object) -> None:
    """Move a bar of a Gantt chart: `args` has doctype, name, start and end."""
    given = json_object(args, "args")
    named = _fields(ctx.meta(cstr(given.get("doctype"))), field_map, "start", "end")
    _move(ctx, given, {named["start"]: given.get("start"), named["end"]: given.get("end")})


ANSWERS = ("Yes", "No", "Maybe")


@method("frappe.desk.doctype.event.event.update_attending_status", methods=["POST", "PUT"])
def update_attending_status(ctx: Context, event_name: object, attendee: str, status: str) -> None:
    """Say whether somebody comes to an Event: one's own answer, or anybody's for who may write the Event.

    The owner's answer stands in the Event itself, the others' in their rows.
    """
    ctx.store.database.begin_write()
    load_for(ctx, "Event", event_name, "read" if attendee == ctx.user else "write")
    doc = document.load(ctx.trusted(), "Event", event_name)  # who only takes part may not write it, but answers
    if status not in ANSWERS:
        raise ValidationError.told(f"The status is one of {', '.join(ANSWERS)}")
    holders = [doc] if attendee == doc.owner else [row for row in doc.event_participants if row.email == attendee]
    if not holders:
        raise ValidationError.told(f"{attendee} does not take part in {doc.name}")
    for each in holders:
        each.attending = status
    doc.save()


def _move(ctx: Context, given: dict[str, object], values: Values) -> None:
    ctx.store.database.begin_write()
    if next(iter(values.values())) in (None, ""):
        raise ValidationError.told("An event has a start")
    doc = load_for(ctx, given["doctype"], given.get("name"), "write")
    doc.update(values)
    doc.save()
