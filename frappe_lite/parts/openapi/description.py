"""`/api/v2/openapi.json`: an OpenAPI 3.1 description of the site as the caller sees it.

Made from what is there when it is asked for: the tables of routes, the DocTypes that the caller may read, the functions
that the caller may call. Each DocType has paths and schemas of its own, so that a client made from them has types.

    GET /api/v2/openapi.json   ->  {"openapi": "3.1.0", "paths": {"/api/v2/document/Task": {"get": …, "post": …}, …}, …}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Response

from ... import router
from ...context import Context
from ...doctype.meta import DocType
from ...router import Answer
from ...site import Site
from ...values import JsonObject
from ...version import VERSION
from ...whitelist import VERBS, Method
from ..discovery import callable_methods, docstring, document_methods, may_ever, readable_doctypes, verbs
from . import schemas as schemas
from .schemas import Schema, reference

DESCRIPTION = """The REST contract of Frappe. Every DocType and every whitelisted function that you may use has a path of its own here;
the paths with `{doctype}` serve them all.

Version 1 (`/api/resource`, `/api/method`, also under `/api/v1`) gives documents in `data` and results in `message`; version 2 gives everything in `data`.
Parameters that are lists or objects are JSON, in a query string too. A `GET` with long parameters may be sent as `QUERY` with a JSON body (`x-query` here)."""

SECURITY: dict[str, Schema] = {
    "token": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`token API_KEY:API_SECRET`"},
    "basic": {"type": "http", "scheme": "basic", "description": "An API key and its secret as user and password."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "An OAuth 2.0 access token."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sid",
        "description": "The session that `POST /api/method/login` begins.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Frappe-CSRF-Token",
        "description": "What a session's page was given; needed by its unsafe verbs.",
    },
}
SIGNED_IN: list[dict[str, list[str]]] = [{"token": []}, {"basic": []}, {"bearer": []}, {"session": [], "csrf": []}]
ANYBODY: list[dict[str, list[str]]] = [*SIGNED_IN, {}]

LIST_PARAMETERS = ("fields", "filters", "or_filters", "order_by", "group_by", "start", "limit", "as_dict", "parent")
QUERY_PARAMETERS: dict[str, tuple[str, ...]] = {
    "resource/<doctype>": (
        "fields",
        "filters",
        "or_filters",
        "order_by",
        "group_by",
        "limit_start",
        "limit_page_length",
        "as_dict",
        "parent",
        "expand",
    ),
    "document/<doctype>": (*LIST_PARAMETERS, "include"),
    "doctype/<doctype>/count": ("filters", "or_filters", "parent"),
    "doctype/<doctype>/search": ("txt", "filters", "start", "limit"),
    "discovery/search": ("q",),
    "document/<doctype>/<path:name>/why": ("permission", "user"),
    "changes": ("since", "doctype"),
}
"""What the reading verbs of a route take."""

_JSON = {"Filters": ("filters", "or_filters"), "Fields": ("fields", "expand")}
_JSON_EXAMPLES = {"Filters": '[["modified", ">", "2026-01-01"]]', "Fields": '["name", "modified"]'}
_TEXTS = {
    "order_by": "Such as `modified desc, name asc`.",
    "group_by": "Fields, with commas.",
    "start": "How many rows to leave out.",
    "limit": "How many rows; 0 for all. 20 unless told.",
    "limit_start": "How many rows to leave out.",
    "limit_page_length": "How many rows; 0 for all. 20 unless told.",
    "as_dict": "`false` gives rows as lists.",
    "parent": "The parent's DocType, for rows of a child table.",
    "include": "`count` adds `count`, up to a cap, and `count_capped`.",
    "txt": "What somebody typed.",
    "q": "Words.",
    "permission": "Such as `write`; `read` unless told.",
    "user": "Another user, for System Managers.",
    "since": "The cursor that the last answer gave.",
    "doctype": "Of this DocType only.",
}
_HEADERS = {
    "If-None-Match": "The ETag of what the caller has: 304 if it is still right.",
    "If-Match": "The ETag of the state that may be overwritten: 412 if there is a newer one.",
    "Idempotency-Key": "A POST that is sent again with the same key does its work once, and is answered the same.",
}
BODIES: dict[str, Schema] = {
    "document/<doctype>/bulk_update": {"docs": [{"name": "TASK-1", "status": "Open"}]},
    "document/<doctype>/bulk_delete": {"names": ["TASK-1", "TASK-2"]},
    "method/bulk_update": {"docs": [{"doctype": "Task", "name": "TASK-1", "status": "Open"}]},
    "method/bulk_delete": {"docs": [{"doctype": "Task", "name": "TASK-1"}]},
}
"""Examples of what routes take that are about no single document."""

_NUMBERS = ("start", "limit", "limit_start", "limit_page_length")


def attach(site: Site) -> None:
    """Add the route."""
    site.extensions.routes.append((2, "GET", "openapi.json", openapi))


def openapi(ctx: Context) -> Answer:
    """This site as OpenAPI 3.1, cut to what the caller may see."""
    key = ("openapi", ctx.user, ctx.scopes, len(ctx.site.methods), tuple(ctx.site.apps))
    text = ctx.cached(key, lambda: json.dumps(describe(ctx), ensure_ascii=False, separators=(",", ":")))
    return Answer(Response(text, mimetype="application/json"))


def describe(ctx: Context) -> JsonObject:
    """The whole description."""
    paths: dict[str, object] = {}
    types = schemas.Schemas(ctx)
    doctypes = readable_doctypes(ctx)
    for meta in doctypes:
        types.add(meta)
    for meta in doctypes:
        _add(paths, document_paths(ctx, meta, types.name(meta.name)))
    for name, method in callable_methods(ctx):
        _add(paths, method_paths(name, method))
    for version, verb_list, path, handler in routes(ctx.site):
        _add(
            paths,
            [
                (address(version, path), verb, operation)
                for verb, operation in route_operations(ctx, version, verb_list, path, handler)
            ],
        )
    _make_ids_unique(paths)
    components = {
        "schemas": {**schemas.filter_schemas(), **schemas.envelope_schemas(), **types.components},
        "parameters": {
            name: parameter(name)
            for name in dict.fromkeys(
                [*LIST_PARAMETERS, *(each for names in QUERY_PARAMETERS.values() for each in names), *_HEADERS]
            )
        },
        "responses": {**schemas.refusals(), "NotModified": {"description": "The caller has this state already."}},
        "securitySchemes": SECURITY,
    }
    info = {"title": ctx.site.title, "version": VERSION, "description": DESCRIPTION}
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": "/"}],
        "security": SIGNED_IN,
        "paths": paths,
        "components": components,
    }


def _add(paths: JsonObject, found: Iterable[tuple[str, str, Schema]]) -> None:
    """Add operations; the first of a path and verb stays, as in the route tables."""
    for path, verb, operation in found:
        item = paths.setdefault(path, {})
        if "{" in path and "parameters" not in item:
            item["parameters"] = [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
                for name in re.findall(r"{(\w+)}", path)
            ]
        item.setdefault("x-query" if verb == "QUERY" else verb.lower(), operation)


def _make_ids_unique(paths: JsonObject) -> None:
    seen: set[str] = set()
    for item in paths.values():
        for verb, operation in item.items():
            if verb != "parameters" and "operationId" in operation:
                wanted, number = operation["operationId"], 2
                while operation["operationId"] in seen:
                    operation["operationId"], number = f"{wanted}_{number}", number + 1
                seen.add(operation["operationId"])


def parameter(name: str) -> Schema:
    """A parameter: JSON, a number or text in the query, or a header."""
    if name in _HEADERS:
        return {"name": name, "in": "header", "description": _HEADERS[name], "schema": {"type": "string"}}
    made: Schema = {"name": name, "in": "query"}
    kind = next((kind for kind, names in _JSON.items() if name in names), None)
    if kind is not None:
        text = {"type": "string", "contentMediaType": "application/json", "contentSchema": reference(kind)}
        return {
            **made,
            "description": f"JSON text: see the schema {kind}.",
            "schema": text,
            "example": _JSON_EXAMPLES[kind],
        }
    return {
        **made,
        "description": _TEXTS[name],
        "schema": {"type": "integer", "minimum": 0, "maximum": 2**31} if name in _NUMBERS else {"type": "string"},
    }


def success(version: int, schema: Schema, beside: dict[str, Schema] | None = None, key: str = "data") -> Schema:
    """A good answer's content: the value in its envelope."""
    messages: Schema = (
        {"_server_messages": {"type": "string"}}
        if version == 1
        else {"messages": {"type": "array", "items": reference("Message")}}
    )
    envelope: Schema = {"type": "object", "properties": {key: schema, **(beside or {}), **messages}}
    return {"description": "Done.", "content": {"application/json": {"schema": envelope}}}


def body(schema: Schema, example: object = None, required: bool = False) -> Schema:
    """A request's JSON body."""
    content: Schema = {"schema": schema}
    if example:
        content["example"] = example
    return {"required": required, "content": {"application/json": content}}


# --- the routes of the tables --------------------------------------------------------------------------------


def routes(site: Site) -> Iterator[tuple[int, str, str, object]]:
    """(version, verbs, path, handler) of every route, those of parts first, as they are matched."""
    yield from site.extensions.routes
    for version, table in ((1, router.V1_ROUTES), (2, router.V2_ROUTES)):
        yield from ((version, *each) for each in table)


def address(version: int, path: str) -> str:
    """A route's path as OpenAPI writes it."""
    return f"/api/{'v2/' if version == 2 else ''}" + re.sub(r"<(?:path:)?(\w+)>", r"{\1}", path)


def route_operations(
    ctx: Context, version: int, verb_list: str, path: str, handler: Any
) -> Iterator[tuple[str, Schema]]:
    """One operation for each verb of a route."""
    summary = (handler.__doc__ or "").strip().partition("\n")[0]
    found = [verb for verb in VERBS if verb != "QUERY"] if verb_list == "*" else verb_list.split()
    created, key = (
        (ctx.site.settings.created_status if handler is router.create else 202 if handler is router.delete else 200),
        "message" if version == 1 and verb_list == "*" else "data",
    )
    for verb in found:
        reads = verb in ("GET", "QUERY")
        made: Schema = {
            "operationId": schemas.component_name(f"v{version}_{handler.__name__}_{verb.lower()}"),
            "summary": summary,
            "tags": [f"Every DocType, version {version}" if "<doctype>" in path else f"Version {version}"],
            "security": ANYBODY,
            "responses": {
                str(created): success(version, {}, key=key),
                **schemas.refused(version, not reads or verb_list == "*"),
            },
        }
        if verb_list == "*" or "/method/" in path or handler is router.run_method:
            made["responses"] |= APP_DECIDES
        if reads and path in QUERY_PARAMETERS:
            made["parameters"] = [reference(name, "parameters") for name in QUERY_PARAMETERS[path]]
        if verb not in ("GET", "DELETE"):
            made["requestBody"] = body({"type": "object"}, BODIES.get(path))
        _add_conditions(made, verb, handler in (router.read, router.update, router.delete))
        yield verb, made


def _add_conditions(operation: Schema, verb: str, one_document: bool) -> None:
    """The headers that make a request depend on what is stored."""
    name = "Idempotency-Key" if verb == "POST" else "If-None-Match" if verb == "GET" else "If-Match"
    if verb != "POST" and not one_document:
        return
    operation["parameters"] = [*operation.get("parameters", ()), reference(name, "parameters")]
    if verb == "GET":
        operation["responses"]["304"] = reference("NotModified", "responses")


APP_DECIDES = {"default": {"description": "A function of an app may answer with a status and a body of its own."}}


# --- the paths of one DocType ----------------------------------------------------------------------------------


def document_paths(ctx: Context, meta: DocType, name: str) -> Iterator[tuple[str, str, Schema]]:
    """The paths of one DocType: list and create, read, change, delete, its documents' methods."""
    base = f"/api/v2/document/{quote(meta.name)}"
    one = f"{base}/{quote(meta.name)}" if meta.issingle else f"{base}/{{name}}"
    answer, values = reference(name), reference(f"{name}_values")

    def operation(verb: str, word: str, text: str, status: int, schema: Schema, **more: object) -> Schema:
        responses = {str(status): success(2, schema), **schemas.refused(2, verb != "GET")}
        made = {"operationId": f"{word}_{name}", "summary": text, "tags": [meta.name], "responses": responses, **more}
        _add_conditions(made, verb, word != "list")
        return made

    if not meta.issingle and not meta.is_virtual:
        listed = operation("GET", "list", f"{meta.name}: a list of what `fields` names, `name` unless told.", 200, {})
        beside: dict[str, Schema] = {
            "has_next_page": {"type": "boolean"},
            "count": {"type": ["integer", "null"]},
            "count_capped": {"type": "boolean"},
        }
        listed["responses"]["200"] = success(2, {"type": "array", "items": answer}, beside)
        listed["parameters"] = [
            reference(each, "parameters") for each in QUERY_PARAMETERS["document/<doctype>"] if each != "as_dict"
        ]
        yield base, "GET", listed
    if may_ever(ctx, meta, "create") and not meta.issingle:
        needed = schemas.required(meta)
        whole: Schema = {"allOf": [values, {"type": "object", "required": needed}]} if needed else values
        sent = body(whole, schemas.example(ctx, meta), required=True)
        yield (
            base,
            "POST",
            operation(
                "POST",
                "create",
                f"{meta.name}: a new document.",
                ctx.site.settings.created_status,
                answer,
                requestBody=sent,
            ),
        )
    yield one, "GET", operation("GET", "read", f"{meta.name}: one document.", 200, answer)
    if may_ever(ctx, meta, "write"):
        for verb, word in (("PUT", "update"), ("PATCH", "patch")):
            text, sent = f"{meta.name}: change the fields that are sent.", body(values, required=True)
            yield one, verb, operation(verb, word, text, 200, answer, requestBody=sent)
    if may_ever(ctx, meta, "delete") and not meta.issingle:
        yield one, "DELETE", operation("DELETE", "delete", f"{meta.name}: delete a document.", 202, {"type": "string"})
    yield from _method_paths(ctx, meta, name, one)


def _method_paths(ctx: Context, meta: DocType, name: str, one: str) -> Iterator[tuple[str, str, Schema]]:
    """Those of the methods that its documents have, below the path of one."""
    docs = {"docs": {"type": "array", "items": reference(name)}}
    for method_name, method in document_methods(ctx, meta):
        for verb in [each for each in verbs(ctx, meta, method_name, method) if each != "QUERY"]:
            made = _call(verb, method, f"{method_name}_{name}", f"{meta.name}: {method_name}", meta.name)
            made["responses"]["200"] = success(2, {}, docs)
            yield f"{one}/method/{method_name}", verb, made


# --- the paths of functions --------------------------------------------------------------------------------------


def method_paths(name: str, method: Method) -> Iterator[tuple[str, str, Schema]]:
    """The path of a whitelisted function, by GET and POST where it takes them, else by the verbs that it takes."""
    taken = [verb for verb in method.http_methods if verb != "QUERY"]
    for verb in [verb for verb in taken if verb in ("GET", "POST")] or taken:
        yield (
            f"/api/v2/method/{quote(name)}",
            verb,
            _call(
                verb, method, schemas.component_name(name).replace(".", "_"), name, name.rpartition(".")[0] or "frappe"
            ),
        )


def _call(verb: str, method: Method, name: str, label: str, tag: str) -> Schema:
    """The operation that calls a function: its parameters in the query of a GET, else in the body."""
    known, needed, more = schemas.arguments(method)
    text = docstring(method)
    made: Schema = {
        "operationId": f"{'get' if verb == 'GET' else 'call' if verb == 'POST' else verb.lower()}_{name}",
        "summary": text.partition("\n")[0] or label,
        "tags": [tag],
        "security": ANYBODY if method.allow_guest else SIGNED_IN,
        "responses": {"200": success(2, {}), **schemas.refused(2, True), **APP_DECIDES},
    }
    if "\n" in text:
        made["description"] = text
    if verb in ("GET", "DELETE"):
        made["parameters"] = [
            {"name": each, "in": "query", "required": each in needed, "schema": schema}
            for each, schema in known.items()
        ]
    elif known or more:
        schema: Schema = {"type": "object", "properties": known}
        made["requestBody"] = body({**schema, "required": needed} if needed else schema, required=bool(needed))
    return made
