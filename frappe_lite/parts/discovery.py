"""What may be called here, for programs that look: functions, methods of documents, their parameters.

Everything is read from the site's methods and controllers as they are; a caller sees what the same caller may call.

    GET /api/v2/discovery/method/shop.api.order
        ->  {"type": "method", "path": "shop.api.order", "http_methods": ["POST"], "params": [{"name": "item", …}], …}
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from urllib.parse import quote

from .. import permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document.base_document import class_of
from ..errors import DoesNotExistError
from ..methods.unsupported import UNSUPPORTED
from ..query import Condition
from ..router import Answer
from ..site import Site
from ..utils import cint, cstr
from ..values import JsonObject
from ..whitelist import RESERVED, Method

ROOT = "/api/v2/discovery"
MOST_RESULTS, MOST_WORDS = 50, 20
DOCUMENT_VERBS = {"GET": "read", "QUERY": "read", "POST": "write"}
"""The verbs that call a method of a document, and the right on the document that each needs."""

SPECIAL = {
    "submit": ("is_submittable", "submit"),
    "cancel": ("is_submittable", "cancel"),
    "discard": ("is_submittable", "write"),
    "rename": ("allow_rename", "write"),
}
"""Methods of every document: the property that the DocType must have, and the right that the caller needs."""


def attach(site: Site) -> None:
    """Add the routes."""
    site.extensions.routes += [
        (2, "GET", "discovery", root),
        (2, "GET", "discovery/search", search),
        (2, "GET", "discovery/method", methods),
        (2, "GET", "discovery/method/<method>", method),
        (2, "GET", "discovery/doctype/<doctype>", doctype_methods),
        (2, "GET", "discovery/doctype/<doctype>/method/<method>", doctype_method),
    ]


# --- routes ------------------------------------------------------------------------------------------------


def root(ctx: Context) -> Answer:
    """How much there is, and where."""
    found = index(ctx)
    resources = {
        "methods": sum(each["kind"] == "rpc" for each in found),
        "doctype_methods": sum(each["kind"] == "doctype" for each in found),
    }
    links = {
        "self": ROOT,
        "search": f"{ROOT}/search?q={{query}}",
        "methods": f"{ROOT}/method",
        "method": f"{ROOT}/method/{{method}}",
        "doctype_methods": f"{ROOT}/doctype/{{doctype}}",
        "doctype_method": f"{ROOT}/doctype/{{doctype}}/method/{{method}}",
    }
    return Answer({"type": "discovery", "resources": resources, "links": links})


def search(ctx: Context) -> Answer:
    """Methods in whose name or docstring all the words of `q` stand, 50 at most; of more than 20 words the first."""
    given = cstr(ctx.request.params.get("q"))
    words = list(dict.fromkeys(given.lower().split()))[:MOST_WORDS]  # a guest may ask, with a megabyte of them
    results = [each for each in index(ctx) if all(word in _haystack(each) for word in words)]
    return Answer({"query": given, "results": results[:MOST_RESULTS]})


def methods(ctx: Context) -> Answer:
    """Every method, in one line each."""
    return Answer({"type": "method_index", "methods": index(ctx)})


def method(ctx: Context, method: str) -> Answer:
    """One whitelisted function."""
    found = ctx.site.method(method)
    if found is None or method in UNSUPPORTED or not may_call(ctx, found):
        raise DoesNotExistError.told(f"Method {method} is not available for discovery")
    return Answer(describe(method, found))


def doctype_methods(ctx: Context, doctype: str) -> Answer:
    """The methods of a DocType's documents."""
    meta = ctx.meta(doctype)
    permissions.require(ctx, meta, "read")
    return Answer(
        {
            "type": "method_index",
            "doctype": meta.name,
            "methods": [_document_entry(meta, name, each) for name, each in document_methods(ctx, meta)],
        }
    )


def doctype_method(ctx: Context, doctype: str, method: str) -> Answer:
    """One method of a DocType's documents."""
    meta = ctx.meta(doctype)
    permissions.require(ctx, meta, "read")
    found = dict(document_methods(ctx, meta)).get(method)
    if found is None:
        raise DoesNotExistError.told(f"Method {method} is not available for discovery on DocType {meta.name}")
    return Answer(describe_document_method(ctx, meta, method, found))


# --- what there is -------------------------------------------------------------------------------------------


def may_call(ctx: Context, method: Method) -> bool:
    """Whether the caller gets as far as the function."""
    return ctx.user != "Guest" or method.allow_guest


def may_ever(ctx: Context, meta: DocType, right: str) -> bool:
    """Whether the caller has the right on some document of the DocType: by a role, as an owner, by a share."""
    if permissions.judge(ctx, meta, right).allowed or right in permissions.role_rights(ctx, meta).if_owner:
        return True
    return any(each.get(right) for each in permissions.shares(ctx, meta.name).values())


def callable_methods(ctx: Context) -> list[tuple[str, Method]]:
    """(dotted name, method) of every whitelisted function that the caller may call."""
    found = ((name, ctx.site.method(name)) for name in sorted(ctx.site.methods) if name not in UNSUPPORTED)
    return [(name, each) for name, each in found if each is not None and may_call(ctx, each)]


def readable_doctypes(ctx: Context) -> list[DocType]:
    """The DocTypes with documents of their own that the caller may read, by name."""
    names = ctx.store.find(ctx.meta("DocType"), Condition("istable = 0"), order="name")
    return [meta for meta in (ctx.meta(row["name"]) for row in names) if may_ever(ctx, meta, "read")]


def document_methods(ctx: Context, meta: DocType) -> list[tuple[str, Method]]:
    """(name, method) of the whitelisted methods of a DocType's documents that the caller may call."""
    return [
        (name, each)
        for name, each in _whitelisted(class_of(ctx, meta))
        if may_call(ctx, each) and verbs(ctx, meta, name, each)
    ]


def _whitelisted(controller: type[object]) -> Iterator[tuple[str, Method]]:
    for name in dir(controller):
        found = getattr(getattr(controller, name, None), "whitelisted", None) if not name.startswith("_") else None
        if isinstance(found, Method):
            yield name, found


def verbs(ctx: Context, meta: DocType, name: str, method: Method) -> list[str]:
    """The verbs that call a document's method, as far as the caller has the right that they need."""
    special = SPECIAL.get(name)
    if special is not None and not (cint(getattr(meta, special[0])) and may_ever(ctx, meta, special[1])):
        return []
    return [
        verb for verb, right in DOCUMENT_VERBS.items() if verb in method.http_methods and may_ever(ctx, meta, right)
    ]


def index(ctx: Context) -> list[JsonObject]:
    """Every method that the caller may call, in one line each."""
    found = [_entry(name, each) for name, each in callable_methods(ctx)]
    for meta in readable_doctypes(ctx):
        found += [
            _document_entry(meta, name, each) for name, each in document_methods(ctx, meta) if name not in _COMMON
        ]
    return found


_COMMON = frozenset(SPECIAL)
"""They stand with their DocType, and not once for each DocType in the index."""


def _haystack(entry: dict[str, object]) -> str:
    return " ".join(cstr(entry.get(key)) for key in ("kind", "path", "doctype", "method", "description")).lower()


def _entry(name: str, method: Method) -> dict[str, object]:
    return {
        "type": "method",
        "kind": "rpc",
        "path": name,
        "allow_guest": method.allow_guest,
        "description": _summary(method),
    }


def _document_entry(meta: DocType, name: str, method: Method) -> dict[str, object]:
    return {
        "type": "method",
        "kind": "doctype",
        "path": f"{meta.name}.{name}",
        "doctype": meta.name,
        "method": name,
        "description": _summary(method),
    }


def _summary(method: Method) -> str:
    return docstring(method).partition("\n")[0]


def docstring(method: Method) -> str:
    """What the function says of itself; empty if nothing."""
    return inspect.getdoc(method.function) or ""


# --- one method ------------------------------------------------------------------------------------------------


def describe(name: str, method: Method) -> JsonObject:
    """A whitelisted function for somebody who wants to call it."""
    return {
        "type": "method",
        "kind": "rpc",
        "path": name,
        "name": name.rpartition(".")[2],
        "http_methods": list(method.http_methods),
        "allow_guest": method.allow_guest,
        "params": parameters(method),
        "endpoint": f"/api/v2/method/{quote(name)}",
        "docstring": docstring(method),
    }


def describe_document_method(ctx: Context, meta: DocType, name: str, method: Method) -> dict[str, object]:
    """A document's method for somebody who wants to call it. `{name}` in the endpoint is the document's."""
    allowed = verbs(ctx, meta, name, method)
    return {
        "type": "method",
        "kind": "doctype",
        "path": f"{meta.name}.{name}",
        "doctype": meta.name,
        "method": name,
        "name": name,
        "http_methods": allowed,
        "permission": {verb: DOCUMENT_VERBS[verb] for verb in allowed},
        "allow_guest": method.allow_guest,
        "params": parameters(method),
        "endpoint": f"/api/v2/document/{quote(meta.name)}/{{name}}/method/{name}",
        "docstring": docstring(method),
    }


def parameters(method: Method) -> list[JsonObject]:
    """The parameters that a request may fill in: {name, required, default, type}. `**name` takes any other."""
    found = []
    for each in method.parameters:
        if each.name in RESERVED or each.kind in (each.VAR_POSITIONAL, each.POSITIONAL_ONLY):
            continue
        if each.kind is each.VAR_KEYWORD:
            found.append({"name": f"**{each.name}", "required": False, "default": None, "type": None})
            continue
        required = each.default is each.empty
        found.append(
            {
                "name": each.name,
                "required": required,
                "default": None if required else _default(each.default),
                "type": type_name(method, each),
            }
        )
    return found


def type_name(method: Method, parameter: inspect.Parameter) -> str | None:
    """The annotation as text, or None."""
    if parameter.annotation is parameter.empty:
        return None
    hint = method.types.get(parameter.name, parameter.annotation)
    return hint if isinstance(hint, str) else inspect.formatannotation(hint).replace("typing.", "")


def _default(value: object) -> object:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return repr(value)
    return value
