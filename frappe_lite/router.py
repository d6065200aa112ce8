"""The whole API on one screen: the tables of v1 and v2, and their short handlers.

A route is a verb, a path with names in angle brackets, and a handler (context, names) -> Answer. `<path>` names may
hold slashes, as document names do. Who calls has been authenticated; what the handler writes is kept by `wsgi.App`.

    GET /api/resource/Task/TASK-1   ->   V1 route "resource/<doctype>/<path:name>"   ->   read(ctx, "Task", "TASK-1")
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import document, permissions
from .context import Context
from .doctype import server_owned
from .doctype.meta import DocType
from .document import access, etags, lists, schema
from .document.base_document import BaseDocument
from .document.calling import call_method, call_on_document, controller_method, right_asked
from .document.markup import clean
from .document.nested_rows import ListQuery
from .errors import BadRequestError, DoesNotExistError, MethodNotAllowedError, PermissionError
from .protocol import V1, V2, ApiVersion, parse_json
from .query.asked import of_old
from .site import Site
from .utils import cstr, is_true
from .values import JsonObject


@dataclass
class Answer:
    """What a handler returns: a value, the key for it in v1, a status, and further keys for the body."""

    value: Any
    key: str = "data"
    status: int = 200
    extra: JsonObject = field(default_factory=dict)


Handler = Callable[..., Answer]


def client_values(ctx: Context, doctype: str, new: bool = False) -> JsonObject:
    """The document values of a request, for a new document or a stored one.

    A JSON object, form fields, or JSON in the form field `data`, unless that is a field of the DocType.
    """
    params = ctx.request.params
    is_field = len(params) > 1 and ctx.has_doctype(doctype) and ctx.meta(doctype).has_field("data")
    if isinstance(params.get("data"), str | dict) and not is_field:
        params = parse_json(params["data"], "data")
        if not isinstance(params, dict):
            raise BadRequestError.told("data is an object of field names and values")
    values = {key: value for key, value in params.items() if key != "doctype" and not (new and key == "modified")}
    return (server_owned.drop if new else server_owned.drop_from_change)(ctx, doctype, values)


def shown(ctx: Context, doc: BaseDocument) -> JsonObject:
    """A document as the caller may read it."""
    return access.shown(ctx, doc, nulls=ctx.version.show_null)


# --- documents -------------------------------------------------------------------------------------------


def read(ctx: Context, doctype: str, name: str) -> Answer:
    """One document. With `run_method` the answer of its method."""
    if ctx.version is V1 and ("run_method" in ctx.request.query or "run_method" in ctx.request.params):
        return run_method(ctx, doctype, name)
    meta = ctx.meta(doctype)
    if document.is_plain(ctx, meta):
        row = access.row_for(ctx, meta, name)
        known = etags.not_modified(ctx, etags.mark(ctx, row["modified"]))
        if known is not None:
            return Answer(known)
        row = permissions.strip_unreadable(ctx, meta, row, access.governing(ctx, meta, row))
        if meta.issingle:
            row["name"] = ctx.store.single_name(meta)
        return Answer(wire_row(ctx, meta, row))
    doc = access.load_for(ctx, doctype, name)
    doc.run_method("onload")
    # Never 304 here: what an app computes may change without the document
    etags.mark(ctx, doc.__dict__.get("modified"))
    return Answer(shown(ctx, doc))


def wire_row(ctx: Context, meta: DocType, row: JsonObject) -> dict[str, object]:
    """A stored row as this version of the API shows it: v1 leaves unset fields out."""
    for key in ("_user_tags", "_comments", "_assign", "_liked_by"):
        row.pop(key, None)
    row["doctype"] = meta.name
    if ctx.version.show_null:
        return row
    for key, value in row.items():
        if value.__class__ is list:
            row[key] = [{name: each for name, each in child.items() if each is not None} for child in value]
    return {key: value for key, value in row.items() if value is not None}


def create(ctx: Context, doctype: str) -> Answer:
    """A new document. v2 keeps the name that the client gives."""
    ctx.store.database.begin_write()
    values = client_values(ctx, doctype, new=True)
    sent = values.get("name")
    given = int(sent) if isinstance(sent, bool) else sent
    doc = access.insert(ctx, {**values, "doctype": doctype}, name=given if ctx.version is V2 else None)
    etags.mark(ctx, doc.__dict__.get("modified"))
    answer = shown(ctx, doc)
    if isinstance(given, int) and str(given) == answer.get("name"):
        for key in ("name", doc.meta.named_by or "name"):
            answer[key] = values.get(key)  # Frappe: as it was sent, though it is kept as text
    return Answer(answer, status=ctx.site.settings.created_status)


def update(ctx: Context, doctype: str, name: str) -> Answer:
    """A changed document. `modified`, if sent, must be the stored one."""
    ctx.store.database.begin_write()
    etags.require_match(ctx, doctype, name, "write")
    values = client_values(ctx, doctype)
    claimed = values.pop("name", None)
    doc = access.load_for(ctx, doctype, name, "write")
    if claimed is not None and cstr(claimed) != cstr(doc.name) and not doc.meta.issingle:
        # Frappe: a name in the body is the document meant
        raise DoesNotExistError.told(f"{doc.doctype} {claimed} not found")
    doc = access.change(ctx, doc, values)
    etags.mark(ctx, doc.__dict__.get("modified"))
    if claimed is not None and doc.meta.issingle:
        ctx.store.save_single(doc.meta, {"name": clean(cstr(claimed))})
    return Answer(shown(ctx, doc))


def delete(ctx: Context, doctype: str, name: str) -> Answer:
    """Delete a document: "ok" with 202, as in Frappe."""
    ctx.store.database.begin_write()
    etags.require_match(ctx, doctype, name, "delete")
    access.delete(ctx, doctype, name)
    return Answer("ok", status=202)


def run_method(ctx: Context, doctype: str, name: str) -> Answer:
    """v1's way to a document's method: `?run_method=close`, or in the body."""
    params = dict(ctx.request.params)
    method = params.pop("run_method", None) or ctx.request.query.get("run_method")
    if not isinstance(method, str):
        raise BadRequestError.told("POST to a document needs run_method, the name of one of its methods")
    return Answer(call_on_document(ctx, access.load_for(ctx, doctype, name, right_asked(ctx)), method, params))


def document_method(ctx: Context, doctype: str, name: str, method: str) -> Answer:
    """v2's way: the answer in `data`, the document as it is now in `docs`."""
    doc = access.load_for(ctx, doctype, name, right_asked(ctx))
    value = call_on_document(ctx, doc, method, dict(ctx.request.params))
    return Answer(value, extra={"docs": [shown(ctx, doc)]})


def copy(ctx: Context, doctype: str, name: str) -> Answer:
    """The values that a copy of the document would begin with; nothing is stored."""
    doc = access.load_for(ctx, doctype, name)
    made = document.copy(ctx, doc).as_dict(no_nulls=True)
    for row in [made, *(each for table in doc.meta.table_fields for each in made.get(table.fieldname) or ())]:
        for key in ("name", "owner", "creation", "modified", "modified_by", "docstatus", "__islocal"):
            row.pop(key, None)
    made["idx"] = 0
    for table in doc.meta.table_fields:
        for row in made.get(table.fieldname) or ():
            row["parent"] = doc.name
    return Answer(permissions.strip_unreadable(ctx, doc.meta, dict(made), nulls=False))


# --- lists -----------------------------------------------------------------------------------------------


def list_query(ctx: Context, by_name: bool = False) -> ListQuery:
    """What a list request says, parsed. Raises BadRequestError. With `by_name` a number as filters is a name."""
    params = ctx.request.params
    fields = parse_json(params.get("fields"), "fields")
    if fields is not None and not isinstance(fields, list) and fields != "*":
        raise BadRequestError.told('fields is a JSON list of field names, such as ["name", "status"]')
    filters = {key: parse_json(params.get(key), key) for key in ("filters", "or_filters")}
    if by_name and isinstance(filters["filters"], int | float):
        filters["filters"] = {"name": filters["filters"]}
    for key, value in filters.items():
        if value is not None and not isinstance(value, list | dict):
            raise BadRequestError.told(f'{key} is a JSON list or object, such as [["status", "=", "Open"]]')
    return ListQuery(
        fields, filters["filters"], filters["or_filters"], params.get("order_by"), params.get("group_by"),
        params.get("parent"),
    )  # fmt: skip


def list_v1(ctx: Context, doctype: str) -> Answer:
    """Documents of a DocType: 20 rows of `name` unless told."""
    params = ctx.request.params
    length = params.get("limit_page_length", params.get("limit"))
    start, limit = lists.page(params.get("limit_start"), length, checked=False)
    as_list = "as_dict" in params and not is_true(params["as_dict"])
    asked = list_query(ctx)
    lists.require_fields_apart(asked.fields)
    rows = asked.rows(ctx, doctype, start, limit, as_list)
    expand = parse_json(params.get("expand"), "expand")
    if is_true(params.get("expand_links")) and rows and not as_list:
        expand = [
            *(expand or []),
            *(each.fieldname for each in ctx.meta(doctype).link_fields if each.fieldname in rows[0]),
        ]
    if expand and not as_list:
        lists.expand_links(ctx, doctype, rows, expand if isinstance(expand, list) else [expand])
    return Answer(rows)


def has_more(asked: ListQuery, rows: Sequence[object], limit: int | None) -> dict[str, object]:
    """Whether there are more rows, as v2 adds it to a list that was read with one row more than `limit`.

    Frappe: the version that says so takes no functions as text and no questions about a tree; who asks them is answered
    as by the version that does, without it.
    """
    if of_old(asked.fields, asked.filters, asked.or_filters):
        return {}
    return {"has_next_page": limit is not None and len(rows) > limit}


def list_v2(ctx: Context, doctype: str) -> Answer:
    """Documents of a DocType, and whether there are more."""
    params, asked = ctx.request.params, list_query(ctx, by_name=True)
    length = params.get("limit", params.get("limit_page_length"))
    start, limit = lists.page(params.get("start"), length, checked=False)
    as_list = "as_dict" in params and not is_true(params["as_dict"])
    most = limit + 1 if limit and limit > 0 else limit
    rows = asked.rows(ctx, doctype, start, most, as_list, strict=False)
    return Answer(rows[:limit], extra=has_more(asked, rows, limit))


def count(ctx: Context, doctype: str) -> Answer:
    """How many documents match.

    With a filter on child rows, a document counts once for each matching row unless `distinct` is asked for.
    """
    asked, params = list_query(ctx), ctx.request.params
    found = lists.count_as_asked(
        ctx, doctype, asked.filters, asked.or_filters, asked.parent,
        fields=asked.fields, distinct=params.get("distinct"), limit=params.get("limit"),
    )  # fmt: skip
    return Answer(found)


def meta(ctx: Context, doctype: str) -> Answer:
    """The DocType itself, for whoever may read its documents."""
    found = ctx.meta(doctype)
    if not any(permissions.judge(ctx, found, right).allowed for right in ("select", "read")) and not found.istable:
        raise PermissionError
    if ctx.user == "Guest" and not permissions.judge(ctx, found, "read").allowed:
        raise PermissionError
    return Answer(schema.meta_document(ctx, found))


# --- methods ---------------------------------------------------------------------------------------------


def method(ctx: Context, name: str) -> Answer:
    """A whitelisted function, by its dotted name."""
    return Answer(call_method(ctx, name), key="message", extra=dict(ctx.response))


def doctype_method(ctx: Context, doctype: str, name: str) -> Answer:
    """A whitelisted function in the module of a DocType's controller."""
    return Answer(call_method(ctx, controller_method(ctx, doctype, name), label="method"), extra=dict(ctx.response))


# --- the tables ------------------------------------------------------------------------------------------

V1_ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "resource/<doctype>", list_v1),
    ("POST", "resource/<doctype>", create),
    ("GET", "resource/<doctype>/<path:name>", read),
    ("PUT", "resource/<doctype>/<path:name>", update),
    ("DELETE", "resource/<doctype>/<path:name>", delete),
    ("POST", "resource/<doctype>/<path:name>", run_method),
    ("*", "method/<path:name>", method),
]

V2_ROUTES: list[tuple[str, str, Handler]] = [
    ("GET QUERY", "document/<doctype>", list_v2),
    ("POST", "document/<doctype>", create),
    ("GET", "document/<doctype>/<path:name>/copy", copy),
    ("GET POST QUERY", "document/<doctype>/<path:name>/method/<method>", document_method),
    ("GET", "document/<doctype>/<path:name>", read),
    ("PUT PATCH", "document/<doctype>/<path:name>", update),
    ("DELETE", "document/<doctype>/<path:name>", delete),
    ("GET", "doctype/<doctype>/meta", meta),
    ("GET QUERY", "doctype/<doctype>/count", count),
    ("*", "method/<doctype>/<name>", doctype_method),
    ("*", "method/<name>", method),
]


_OF_ONE_DOCUMENT = ("<path:name>", "/method/<method>")


class RouteTable:
    """Routes arranged for fast matching: first by their first word, then by pattern."""

    def __init__(self, routes: list[tuple[str, str, Handler]]):
        self._by_word: dict[str, list[tuple[re.Pattern[str], frozenset[str], Handler]]] = {}
        self._of_one_document: set[re.Pattern[str]] = set()
        for verbs, path, handler in routes:
            pattern = re.sub(r"<path:(\w+)>", r"(?P<\1>.+)", path)
            pattern = re.sub(r"(?<!\?P)<(\w+)>", r"(?P<\1>[^/]+)", pattern)
            compiled = re.compile(pattern + r"\Z")
            self._by_word.setdefault(path.partition("/")[0], []).append((compiled, frozenset(verbs.split()), handler))
            if path.endswith(_OF_ONE_DOCUMENT):
                self._of_one_document.add(compiled)

    def match(self, verb: str, path: str, is_slashed: bool = False) -> tuple[Handler, dict[str, str]]:
        """The handler for a path, and the names in it. Raises DoesNotExistError, MethodNotAllowedError with Allow.

        Frappe: the routes of one document end in a slash, and a verb that they do not know is told as that only to who
        sends the slash (`is_slashed`); without it such a path is not there.
        """
        verb = "GET" if verb == "HEAD" else verb
        allowed: set[str] = set()
        routes = self._by_word.get(path.partition("/")[0], ())
        for pattern, verbs, handler in routes:
            if verb in verbs or "*" in verbs:
                found = pattern.match(path)
                if found is not None:
                    return handler, found.groupdict()
        for pattern, verbs, _ in routes:
            if (is_slashed or pattern not in self._of_one_document) and pattern.match(path):
                allowed |= verbs
        if not allowed:
            raise DoesNotExistError
        error = MethodNotAllowedError(f"{verb} is not allowed here, only {', '.join(sorted(allowed))}")
        error.headers = (
            ("Allow", ", ".join(sorted(allowed | {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set())))),
        )
        raise error


def tables(site: Site) -> dict[int, RouteTable]:
    """The routes of a site by API version. Those of parts come first, because they are more specific."""
    added = site.extensions.routes
    return {
        number: RouteTable([each[1:] for each in added if each[0] == number] + own)
        for number, own in ((1, V1_ROUTES), (2, V2_ROUTES))
    }


def version_of(path: str) -> tuple[ApiVersion, str]:
    """The API version that a path (without /api/) asks for, and the rest of it; v1 if it does not say."""
    if path.startswith("v2/"):
        return V2, path[3:]
    return V1, path[3:] if path.startswith("v1/") else path


def match(
    tables: dict[int, RouteTable], version: ApiVersion, verb: str, path: str, is_slashed: bool = False
) -> tuple[Handler, dict[str, str]]:
    """The handler for a request."""
    return tables[version.number].match(verb, path, is_slashed)
