"""JSON Schema of DocTypes, parameters, filters and errors: what `openapi` puts its routes together from.

A DocType has two schemas, cut to the fields that the caller may read and may write; child tables are cut by their
parents.

    Schemas(ctx).add(meta)   ->  components["Task"], components["Task_values"], components["Task_Checklist_Item"], …
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable
from typing import Any

from ... import errors, permissions
from ...context import Context
from ...doctype.field import Field
from ...doctype.meta import STANDARD, DocType
from ...query.operators import OPERATORS
from ...values import JsonObject
from ...whitelist import RESERVED, Method

Schema = dict[str, Any]

TAKES = {
    "value": "one value",
    "text": "text in which % stands for any text and _ for one character",
    "list": "a list of values, or text with commas",
    "pair": "a list of two values",
    "set": "set or not set",
    "timespan": "a timespan in words, such as last month",
    "tree": "the name of a document of a tree DocType",
}
WRITES_ONLY = frozenset({409, 412, 422, 507})
"""Statuses that a read does not answer with."""

MOMENTS = {"Date": "2026-01-31", "Datetime": "2026-01-31 12:30:00", "Time": "12:30:00"}


def statuses() -> dict[int, list[type[errors.FrappeError]]]:
    """Every status that a refusal may have, with its errors."""
    found: dict[int, list[type[errors.FrappeError]]] = {}
    for each in vars(errors).values():
        if isinstance(each, type) and issubclass(each, errors.FrappeError) and each is not errors.FrappeError:
            found.setdefault(each.http_status, []).append(each)
    return dict(sorted(found.items()))


def reference(name: str, kind: str = "schemas") -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def component_name(text: str) -> str:
    """A DocType's name as the name of a component."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text)


# --- documents ---------------------------------------------------------------------------------------------


class Schemas:
    """The schemas of the DocTypes that one caller sees."""

    def __init__(self, ctx: Context):
        self.ctx = ctx
        self.components: dict[str, Schema] = {}
        self._names: dict[str, str] = {}

    def name(self, doctype: str) -> str:
        """The component of a DocType; unlike those of all others, however alike their names."""
        if doctype not in self._names:
            wanted, taken = component_name(doctype), set(self._names.values())
            self._names[doctype] = wanted if wanted not in taken else f"{wanted}_{len(taken)}"
        return self._names[doctype]

    def add(self, meta: DocType, governing: DocType | None = None) -> None:
        """Take in a DocType and its child tables, whose fields are those that one of their parents shows."""
        by = governing or meta
        readable, writable = permissions.levels(self.ctx, by, "read"), permissions.levels(self.ctx, by, "write")
        name = self.name(meta.name)
        answer = self.components.setdefault(name, self._answer(meta))
        empty: Schema = {
            "type": "object",
            "description": f"Fields of {meta.name} that may be set.",
            "properties": {"name": {"type": "string"}},
        }
        values = self.components.setdefault(f"{name}_values", empty)
        for field in meta.fields:
            if not field.fieldname or not (field.type.column or field.type.table or field.virtual):
                continue
            if readable is None or field.permlevel in readable | {0}:
                answer["properties"].setdefault(field.fieldname, self._field(field, answer=True))
            if not field.virtual and (writable is None or field.permlevel in writable):
                values["properties"].setdefault(field.fieldname, self._field(field, answer=False))
        for table in meta.table_fields:
            if governing is None and self.ctx.has_doctype(table.options):
                self.add(self.ctx.meta(str(table.options)), meta)

    @staticmethod
    def _answer(meta: DocType) -> Schema:
        properties: dict[str, Schema] = {"doctype": {"type": "string", "const": meta.name}}
        for fieldname in STANDARD:
            kinds = ["string", "null"]
            if fieldname in ("docstatus", "idx"):
                kinds = ["integer", "string"] if meta.issingle else ["integer"]
            elif fieldname == "name":
                kinds = ["integer", "string"] if meta.autoname == "autoincrement" else ["string"]
            properties[fieldname] = {"type": kinds[0] if len(kinds) == 1 else kinds}
        if meta.istable:
            properties.update({key: {"type": ["string", "null"]} for key in ("parent", "parenttype", "parentfield")})
        return {
            "type": "object",
            "title": meta.name,
            "description": (meta.description or f"A {meta.name}.").strip(),
            "properties": properties,
        }

    def _field(self, field: Field, answer: bool) -> Schema:
        kind = self._kind(field, answer)
        if field.label:
            kind["title"] = field.label
        if field.description:
            kind["description"] = field.description
        if field.fieldtype == "Link":
            kind["x-link"] = field.options
        return kind

    def _kind(self, field: Field, answer: bool) -> Schema:
        if field.virtual or (field.fieldtype == "JSON" and not answer):
            return {}
        if field.type.table:
            if not self.ctx.has_doctype(field.options):
                return {"type": "array", "items": {}}
            name = self.name(str(field.options))
            return {"type": "array", "items": reference(name if answer else f"{name}_values")}
        if field.type.column in ("INTEGER", "REAL"):
            number = "integer" if field.type.column == "INTEGER" else "number"
            return {"type": number} if answer and field.type.empty is not None else {"type": [number, "null"]}
        text: Schema = {"type": ["string", "null"]}
        choices = [each for each in (field.options or "").split("\n") if each]
        if field.fieldtype == "Select" and choices:
            text |= {"examples": choices} if answer else {"enum": [*dict.fromkeys([*choices, ""]), None]}
        if field.fieldtype == "Password":
            text["description"] = "Never given out: asterisks stand for it."
        if field.max_length and not answer and field.fieldtype != "Select":
            text["maxLength"] = field.max_length
        if field.fieldtype in MOMENTS:
            text["examples"] = [MOMENTS[field.fieldtype]]
        return text


def required(meta: DocType) -> list[str]:
    """The fields that a new document must be given."""
    found = [
        each.fieldname
        for each in meta.fields
        if each.reqd and not each.default and not each.virtual and each.fieldtype != "Check" and not each.fetch_from
    ]
    return (["name"] if meta.autoname.lower() == "prompt" else []) + [each for each in found if each != "naming_series"]


def example(ctx: Context, meta: DocType) -> JsonObject:
    """Values that a new document could have."""
    values: dict[str, object] = {}
    for name in required(meta):
        field = meta.field(name)
        if field is None:
            values[name] = "A name"
        elif field.type.table:
            values[name] = [example(ctx, ctx.meta(str(field.options))) if ctx.has_doctype(field.options) else {}]
        elif field.type.column in ("INTEGER", "REAL"):
            values[name] = 1
        elif field.fieldtype == "Select":
            values[name] = next((each for each in (field.options or "").split("\n") if each), "")
        else:
            values[name] = MOMENTS.get(field.fieldtype, field.label or name)
    return values


# --- parameters of functions ---------------------------------------------------------------------------------

_PLAIN: dict[object, Schema] = {
    int: {"type": "integer"}, float: {"type": "number"}, str: {"type": "string"}, bool: {"type": "boolean"},
    list: {"type": "array", "items": {}}, dict: {"type": "object"}, type(None): {"type": "null"},
}  # fmt: skip


def hint_schema(hint: object) -> Schema:
    """The schema of an annotation; any value where it says nothing that JSON knows."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        parts = [hint_schema(each) for each in typing.get_args(hint)]
        return {"anyOf": parts} if all(parts) else {}
    return dict(_PLAIN.get(typing.get_origin(hint) or hint, {}))


def arguments(method: Method) -> tuple[dict[str, Schema], list[str], bool]:
    """(schema of each parameter, the required ones, whether others are taken too)."""
    found: dict[str, Schema] = {}
    needed: list[str] = []
    more = False
    for each in method.parameters:
        if each.kind is each.VAR_KEYWORD:
            more = True
        elif each.name not in RESERVED and each.kind not in (each.VAR_POSITIONAL, each.POSITIONAL_ONLY):
            found[each.name] = hint_schema(method.types.get(each.name))
            if each.default is each.empty:
                needed.append(each.name)
            elif isinstance(each.default, str | int | float) and each.default is not None:
                found[each.name]["default"] = each.default
    return found, needed, more


# --- what all routes share -------------------------------------------------------------------------------------


def filter_schemas() -> dict[str, Schema]:
    """The language of filters and fields."""
    lines = "\n".join(f"- `{name}`: {TAKES[each.takes]}" for name, each in OPERATORS.items())
    condition: Schema = {
        "type": "array", "items": {}, "minItems": 3, "maxItems": 4,
        "description": "[field, operator, value], or [DocType, field, operator, value] for a field of a child table.",
        "examples": [["status", "=", "Open"], ["points", ">", 3], ["Task Checklist Item", "item", "like", "%milk%"]],
    }  # fmt: skip
    filters: Schema = {
        "description": (
            "Which documents. A list of conditions, or an object of field and value or field and [operator, value]. "
            f"Operators:\n\n{lines}"
        ),
        "anyOf": [{"type": "array", "items": reference("Condition")}, {"type": "object"}],
        "examples": [
            [["status", "in", ["Open", "Working"]], ["points", ">", 3]],
            {"status": "Open", "code": ["like", "B%"]},
        ],
    }
    fields: Schema = {
        "description": 'What of them: names of fields, `*`, `link.field`, functions such as {"COUNT": "name", "as": '
                       '"total"}; '
        '{"table": [fields]} for child rows, {"link": [fields]} for the linked document.',
        "type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]},
        "examples": [["name", "status"], ["name", {"checklist": ["item", "qty"]}, {"project": ["title"]}]],
    }  # fmt: skip
    return {"Condition": condition, "Filters": filters, "Fields": fields}


def envelope_schemas() -> dict[str, Schema]:
    """Messages, and the errors of both versions."""
    text = {"type": "string"}
    message: Schema = {
        "type": "object",
        "properties": {"message": text, "title": text, "indicator": text, "alert": {"type": "integer"}},
    }
    entry = {
        "type": {"type": "string", "description": "The name of the error."},
        "exception": {"type": "string"},
        **message["properties"],
    }
    error = {"type": "object", "required": ["type"], "properties": entry}
    v2: Schema = {
        "type": "object", "required": ["errors"],
        "properties": {"errors": {"type": "array", "minItems": 1, "items": error}},
        "examples": [{"errors": [{"type": "ValidationError", "message": "Subject is forbidden", "indicator": "red"}]}],
    }  # fmt: skip
    v1: Schema = {
        "type": "object", "required": ["exc_type"],
        "properties": {
            "exc_type": {"type": "string", "description": "The name of the error."},
            "exception": {"type": "string"},
            "exc": {"type": "string", "description": "A JSON list of traces, as text. Not there when the status is "
                                                     "404."},
            "_server_messages": {"type": "string", "description": "A JSON list of messages, each of them JSON text."},
            "message": {"type": "string"},
        },
        "examples": [{"exc_type": "ValidationError", "exception": (
            "frappe.exceptions.ValidationError: Subject is forbidden"
        ), "exc": "[\"…\"]"}],
    }  # fmt: skip
    return {"Message": message, "V1Error": v1, "V2Error": v2}


def refusals() -> dict[str, Schema]:
    """The refusals of both versions, by status, as components."""
    found = {}
    for status, classes in statuses().items():
        text = "\n".join(f"- `{each.__name__}`: {(each.__doc__ or '').strip()}" for each in classes)
        for version in (1, 2):
            content: dict[str, Schema] = {"application/json": {"schema": reference(f"V{version}Error")}}
            if any(each.is_page for each in classes):
                content["text/html"] = {"schema": {"type": "string"}}
            found[f"V{version}_{status}"] = {"description": text, "content": content}
    return found


def refused(version: int, writes: bool, leave_out: Iterable[int] = (500,)) -> dict[str, Schema]:
    """References to the refusals that a route may answer with."""
    return {
        str(status): reference(f"V{version}_{status}", "responses")
        for status in statuses()
        if status not in leave_out and (writes or status not in WRITES_ONLY)
    }
