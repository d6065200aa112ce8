"""`POST /api/v2/batch`: many operations on documents in one transaction, all of them or none.

Each operation is answered as the request that it describes would be: the same route, permissions, checks and controller
events, one after the other. What fails ends the batch, names itself in `operation`, and nothing is kept. `dry_run` does
everything and then undoes it. Later operations may use what earlier ones answered:

    {"operations": [{"id": "project", "method": "POST", "path": "/api/v2/document/Project", "body": {"title": "Move"}},
                    {"method": "POST", "path": "/api/v2/document/Task", "body": {"project": "$project.name"}}]}
        ->  {"data": [{"id": "project", "status": 201, "data": {"name": "Move", …}}, {"status": 201, "data": {…}}]}
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from werkzeug.wrappers import Response

from .. import router
from ..access.auth import SAFE_METHODS
from ..context import Context, current
from ..errors import BadRequestError, PayloadTooLargeError, ValidationError
from ..protocol import check_text, dump_json, parse_json
from ..request import Request
from ..router import Answer, RouteTable
from ..site import Site
from ..utils import _dict, cstr, is_true
from ..values import Given, Values

MAX_OPERATIONS, MAX_ANSWERS, MAX_FILLED = 500, 64_000_000, 100_000
"""Of one batch: operations, bytes of what they answer together, characters of a path once it is filled in."""

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WORDS = {1: "resource", 2: "document"}
"""By API version, the first word of a path that an operation may have."""

_ID = re.compile(r"[A-Za-z_][\w-]*")
_WHOLE = re.compile(r"\$([A-Za-z_][\w-]*)\.([\w.]+)\Z")
_INSIDE = re.compile(r"\$(?:(\$)|([A-Za-z_][\w-]*)\.(\w+(?:\.\w+)*))")


@dataclass
class Operation:
    """One operation as it was sent."""

    method: str
    path: str
    query: dict[str, str]
    body: Values | None
    id: str | None


def attach(site: Site) -> None:
    """Add the route."""
    tables: dict[int, RouteTable] = {}  # made at the first batch, when all parts have brought their routes

    def batch(ctx: Context) -> Answer:
        """Many operations on documents, all or nothing; `dry_run` undoes them at the end."""
        if not tables:
            tables.update(router.tables(site))
        return run(ctx, tables)

    site.extensions.routes.append((2, "POST", "batch", batch))


def run(ctx: Context, tables: dict[int, RouteTable]) -> Answer:
    """The answers of a batch's operations.

    Raises what the first failing one raises, with its place in `ctx.failure`.
    """
    operations, dry_run = _read(ctx)
    reads_only = all(each.method in SAFE_METHODS for each in operations)
    ctx.store.database.begin_read() if reads_only else ctx.store.database.begin_write()
    results: list[Values] = []
    known: Values = {}
    size = 0
    with ctx.held():
        for index, operation in enumerate(operations):
            ctx.failure["operation"] = _label(index, operation.id)
            result, length = _perform(ctx, tables, operation, known)
            size += length
            if size > MAX_ANSWERS:
                raise PayloadTooLargeError.told(f"The answers of a batch have {MAX_ANSWERS // 10**6} MB at most")
            results.append({**({"id": operation.id} if operation.id else {}), **result})
            if operation.id:
                known[operation.id] = result.get("data")
    del ctx.failure["operation"]
    if dry_run or reads_only:
        ctx.rollback()
    return Answer(results, extra={"dry_run": True} if dry_run else {})


def _perform(ctx: Context, tables: dict[int, RouteTable], operation: Operation, known: Given) -> tuple[Values, int]:
    """Do one operation in a context of its own, as if it were a request; its answer, and the bytes of it."""
    path = _fill_text(operation.path, known)
    version, rest = router.version_of(path.removeprefix("/api/"))
    query = {key: _fill_text(value, known) for key, value in operation.query.items()}
    body = _fill(operation.body, known)
    handler, names = router.match(tables, version, operation.method, rest)
    if rest.rpartition("/")[2] in ("bulk_update", "bulk_delete") and version.number == 2 and operation.method == "POST":
        raise BadRequestError.told(
            f"{path} keeps what succeeds of it, so it cannot stand in a batch: write its documents as operations"
        )
    whole = ctx.request
    request = Request(
        method=operation.method, path=path, params=query if body is None else body, query=query,
        remote_addr=whole.remote_addr, scheme=whole.scheme,
        cleaned=whole.cleaned,
    )  # fmt: skip
    step = ctx.derived(request=request, version=version, is_trusted=False)
    step.headers, step.response, step.flags = [], _dict(), _dict()
    token = current.set(step)
    try:
        answer = (
            _undone(step, lambda: handler(step, **names))
            if operation.method in SAFE_METHODS and ctx.store.database.writing
            else handler(step, **names)
        )
    finally:
        current.reset(token)
    if isinstance(answer.value, Response):
        raise BadRequestError.told(f"{path} answers with a page or a file, which cannot stand in a batch")
    # As it is now: later operations may change it
    text = dump_json(version.success("data", answer.value, answer.extra, []))
    return {"status": answer.status, **json.loads(text)}, len(text)


class _Undo(Exception):
    """Ends a savepoint without keeping it."""


def _undone(step: Context, call: Callable[[], Answer]) -> Answer:
    """What a safe verb answers. What it wrote is not kept, as it would not be alone."""
    found: list[Answer] = []
    with contextlib.suppress(_Undo), step.store.database.atomic():
        found.append(call())
        raise _Undo
    return found[0]


# --- reading ---------------------------------------------------------------------------------------------


def _read(ctx: Context) -> tuple[list[Operation], bool]:
    """The operations of the request, each checked before the first is done. Raises BadRequestError, ValidationError."""
    params = ctx.request.params
    given = parse_json(params.get("operations"), "operations")
    if not isinstance(given, list) or not given:
        raise BadRequestError.told(
            "operations is a list of objects, each with method, path and, if need be, body and id"
        )
    if len(given) > MAX_OPERATIONS:
        raise ValidationError.told(f"At most {MAX_OPERATIONS} operations in one batch; this one has {len(given)}")
    operations: list[Operation] = []
    ids: set[str] = set()
    for index, each in enumerate(given):
        name = each.get("id") if isinstance(each, dict) else None
        ctx.failure["operation"] = _label(index, name)
        operation = _operation(each)
        if operation.id in ids:
            raise BadRequestError.told(f"Two operations have the id {operation.id}")
        ids |= {operation.id} if operation.id else set()
        operations.append(operation)
    del ctx.failure["operation"]
    return operations, is_true(params.get("dry_run"))


def _label(index: int, name: object) -> dict[str, object]:
    return {"index": index, "id": name} if isinstance(name, str) else {"index": index}


def _operation(given: object) -> Operation:
    if (
        not isinstance(given, dict)
        or not isinstance(given.get("method"), str)
        or not isinstance(given.get("path"), str)
    ):
        raise BadRequestError.told(
            "An operation is an object with method and path, such as {method: 'GET', path: '/api/v2/document/ToDo'}"
        )
    unknown = sorted(set(given) - {"method", "path", "body", "id"})
    if unknown:
        raise BadRequestError.told(f"An operation has method, path, body and id, no {', '.join(unknown)}")
    method, name, body = given["method"].upper(), given.get("id"), given.get("body")
    if method not in VERBS:
        raise BadRequestError.told(f"The method of an operation is one of {', '.join(VERBS)}")
    if name is not None and (not isinstance(name, str) or not _ID.fullmatch(name)):
        raise BadRequestError.told("The id of an operation is text: letters, digits, - and _, beginning with a letter")
    if body is not None and not isinstance(body, dict):
        raise BadRequestError.told("The body of an operation is an object")
    return Operation(method, *_path(given["path"]), body, name)


def _path(text: str) -> tuple[str, dict[str, str]]:
    """A path, decoded, and its query. Raises BadRequestError for any that is not a document's."""
    try:
        parts = urlsplit(text)
        path = unquote(parts.path, errors="strict").rstrip("/")
        query = dict(reversed(parse_qsl(parts.query, keep_blank_values=True, errors="strict", max_num_fields=1000)))
    except ValueError:
        raise BadRequestError.told("The path of an operation cannot be read") from None
    check_text(path + "".join([*query, *query.values()]), "path")
    version, rest = router.version_of(path.removeprefix("/api/"))
    if parts.netloc or not path.startswith("/api/") or not rest.startswith(f"{WORDS[version.number]}/"):
        raise BadRequestError.told(
            "The path of an operation is one of documents: /api/v2/document/… or /api/resource/…"
        )
    return path, query


# --- what earlier operations answered --------------------------------------------------------------------


def _fill(value: object, known: Mapping[str, object]) -> Any:
    """A body in which texts like `$id.name` became what they mean. A text that begins with `$$` loses one of them."""
    if isinstance(value, dict):
        return {key: _fill(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [_fill(each, known) for each in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    if value.startswith("$$"):
        return value[1:]
    found = _WHOLE.match(value)
    return _answered(found[1], found[2], known) if found else value


def _fill_text(text: str, known: Mapping[str, object]) -> str:
    """A path or a value of its query, with `$id.name` anywhere in it and `$$` for a dollar sign."""
    left = MAX_FILLED

    def filled(found: re.Match[str]) -> str:
        nonlocal left
        said = "$" if found[1] else cstr(_answered(found[2], found[3], known))
        left -= len(said)
        if left < 0:
            raise BadRequestError.told(f"A path has {MAX_FILLED:,} characters at most once it is filled in")
        return said

    return _INSIDE.sub(filled, text) if "$" in text else text


def _answered(name: str, path: str, known: Mapping[str, object]) -> object:
    """What the operation of that id answered in `data`, at a path like `name` or `items.0.qty`."""
    if name not in known:
        raise BadRequestError.told(
            f"${name}.{path}: no earlier operation has the id {name}. For a text that begins with a dollar sign, "
            "write $$"
        )
    value = known[name]
    for key in path.split("."):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            raise BadRequestError.told(f"${name}.{path}: the answer of {name} has no {key}")
    return value
