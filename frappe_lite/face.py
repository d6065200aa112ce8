"""What app code sees as `frappe`: `frappe.get_doc(…)`, `frappe.throw(…)`, `frappe.session.user`.

The one place that reads the context variable; each function passes the context down at once. A name that is missing here
fails where it is used, with a sentence that says so.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from werkzeug.local import LocalProxy

from . import base_document, document, lists, permissions, utils, validation
from .db import FaceDatabase
from .errors import DoesNotExistError, FrappeError, PermissionError, ValidationError
from .protocol import dump_json
from .site import Context, current
from .utils import _dict, bold, generate_hash, parse_json, scrub, unscrub
from .whitelist import whitelist

db = FaceDatabase()


def _ctx() -> Context:
    try:
        return current.get()
    except LookupError:
        raise RuntimeError("frappe is used outside a request: wrap the code in `with site.acting('Administrator'):`") from None


def _session() -> _dict:
    ctx = _ctx()
    return _dict(user=ctx.user, sid=ctx.sid or ctx.user, data=_dict(user=ctx.user))


def _local() -> Any:
    ctx = _ctx()
    return _Local(ctx)


class _Local:
    """`frappe.local`: the request's values under Frappe's names."""

    def __init__(self, ctx: Context):
        self.response, self.form_dict, self.flags = ctx.response, _dict(ctx.request.params), ctx.flags
        self.session, self.request, self.site = _session(), ctx.request, ctx.site.title
        self.message_log, self.conf, self.lang, self.user = ctx.messages, _dict(), "en", ctx.user


session: Any = LocalProxy(_session)
local: Any = LocalProxy(_local)
flags: Any = LocalProxy(lambda: _ctx().flags)
response: Any = LocalProxy(lambda: _ctx().response)
request: Any = LocalProxy(lambda: _ctx().request)
form_dict: Any = LocalProxy(lambda: _dict(_ctx().request.params))
message_log: Any = LocalProxy(lambda: _ctx().messages)
conf: Any = LocalProxy(lambda: _dict(developer_mode=0))


# --- documents ---


def get_doc(*args: Any, **kwargs: Any) -> Any:
    """A stored document by DocType and name, or a new one from a dict or keywords."""
    if args and isinstance(args[0], base_document.BaseDocument):
        return args[0]
    if args and isinstance(args[0], Mapping):
        return document.new(_ctx(), {**args[0], **kwargs})
    if kwargs and not args:
        return document.new(_ctx(), kwargs)
    doctype = args[0]
    name = args[1] if len(args) > 1 else doctype
    if isinstance(name, dict | list):
        found = lists.first_name(_ctx().trusted(), doctype, name)
        if found is None:
            raise DoesNotExistError.told(f"{doctype} {name} not found")
        name = found
    return document.load(_ctx(), doctype, name)


get_cached_doc = get_doc


def get_single(doctype: str) -> Any:
    """The document of a Single DocType."""
    return get_doc(doctype, doctype)


def get_last_doc(doctype: str, filters: Any = None, order_by: str = "creation desc") -> Any:
    """The newest document that fits."""
    rows = get_all(doctype, filters=filters, limit=1, order_by=order_by, pluck="name")
    if not rows:
        raise DoesNotExistError.told(f"No {doctype} found")
    return get_doc(doctype, rows[0])


def new_doc(doctype: str, *, parent_doc: Any = None, parentfield: str | None = None, as_dict: bool = False, **kwargs: Any) -> Any:
    """A new document with its defaults, not stored yet."""
    made = document.new(_ctx(), {"doctype": doctype, **kwargs})
    validation.set_defaults(_ctx(), made)
    return made.as_dict() if as_dict else made


def copy_doc(doc: Any, ignore_no_copy: bool = True) -> Any:
    """An unstored copy of a document."""
    return document.copy(_ctx(), doc)


def delete_doc(doctype: str, name: Any, force: bool = False, ignore_permissions: bool = False, ignore_missing: bool = True, **_more: Any) -> None:
    """Delete a document."""
    ctx = _ctx().trusted() if ignore_permissions else _ctx()
    document.delete(ctx, doctype, name, force=force)


def rename_doc(doctype: str, old: Any, new: Any, force: bool = False, merge: bool = False, ignore_permissions: bool = False, **_more: Any) -> Any:
    """Rename a document and every link to it."""
    ctx = _ctx().trusted() if ignore_permissions else _ctx()
    return document.rename(ctx, doctype, old, new, merge, force)


def get_meta(doctype: Any, cached: bool = True) -> Any:
    """The DocType of that name."""
    return _ctx().meta(doctype if isinstance(doctype, str) else doctype.doctype)


def get_list(doctype: str, *args: Any, **kwargs: Any) -> Any:
    """Documents that the user may read, 20 unless told."""
    return _list(_ctx(), doctype, *args, **{"limit_page_length": 20, **kwargs})


def get_all(doctype: str, *args: Any, **kwargs: Any) -> Any:
    """Documents, whoever asks; all of them unless told."""
    return _list(_ctx().trusted(), doctype, *args, **{"limit_page_length": 0, **kwargs})


def _list(
    ctx: Context, doctype: str, fields: Any = None, filters: Any = None, order_by: str | None = None, limit_start: int = 0, limit_page_length: Any = 20,
    or_filters: Any = None, group_by: str | None = None, limit: Any = None, start: int | None = None, page_length: Any = None, pluck: str | None = None,
    as_list: bool = False, distinct: bool = False, ignore_permissions: bool = False, parent_doctype: str | None = None, **_more: Any,
) -> Any:  # fmt: skip
    if isinstance(fields, dict | list) and filters is None and _looks_like_filters(fields):
        fields, filters = None, fields  # Frappe: callers mix them up
    if isinstance(filters, str | int):
        filters = {"name": filters}
    first, most = lists.page(start or limit_start, limit or page_length or limit_page_length, None)
    wanted = [pluck] if pluck else ([each.strip() for each in fields.split(",")] if isinstance(fields, str) else fields)
    rows = lists.get_list(
        ctx.trusted() if ignore_permissions else ctx, doctype, wanted, filters, or_filters, order_by, group_by, first, most,
        parent_doctype, as_list=bool(pluck) or as_list, distinct=distinct,
    )  # fmt: skip
    if pluck:
        return [row[0] for row in rows]
    return [tuple(row) for row in rows] if as_list else [_dict(row) for row in rows]


def _looks_like_filters(fields: Any) -> bool:
    return isinstance(fields, dict) or bool(fields and isinstance(fields[0], list | tuple) and len(fields[0]) > 1)


def get_value(*args: Any, **kwargs: Any) -> Any:
    """As `frappe.db.get_value`."""
    return db.get_value(*args, **kwargs)


get_cached_value = get_value
set_value = db.set_value


# --- messages and errors ---


def msgprint(msg: Any, title: str | None = None, raise_exception: Any = None, as_table: bool = False, as_list: bool = False,
             indicator: str | None = None, alert: bool = False, **_more: Any) -> None:  # fmt: skip
    """Send a message along with the answer; with `raise_exception`, raise it."""
    if raise_exception:
        throw(msg, raise_exception if isinstance(raise_exception, type) else ValidationError, title, indicator=indicator)
    _ctx().say(_text(msg), title, indicator, alert)


def _text(msg: Any) -> str:
    return "<br>".join(map(str, msg)) if isinstance(msg, list | tuple) else utils.cstr(msg)


def throw(msg: Any, exc: Any = ValidationError, title: str | None = None, is_minimizable: bool = False, indicator: str | None = None, **_more: Any) -> NoReturn:
    """Refuse, with a message that the caller reads."""
    text = _text(msg)
    kind: Any = exc if isinstance(exc, type) else type(exc)
    if issubclass(kind, FrappeError):
        raise kind.told(text, title, indicator or "red")
    raise kind(text)


def log_error(title: str | None = None, message: Any = None, **_more: Any) -> None:
    """Write an error to the log."""
    logging.getLogger("frappe_lite").error("%s: %s", title, message)


def logger(module: str | None = None, **_more: Any) -> logging.Logger:
    """A logger."""
    return logging.getLogger(module or "frappe_lite.app")


# --- who ---


def get_roles(username: str | None = None) -> list[str]:
    """The user's roles."""
    ctx = _ctx()
    return sorted(ctx.roles_of(username or ctx.user))


def has_permission(doctype: str | None = None, ptype: str = "read", doc: Any = None, user: str | None = None, throw: bool = False, **_more: Any) -> bool:
    """Whether the user has the right on the DocType or the document."""
    ctx = _ctx() if user is None else _ctx().as_user(user)
    if isinstance(doc, str | int):
        doc = document.load(ctx, str(doctype), doc)
    meta = ctx.meta(doctype or doc.doctype)
    row = doc.__dict__ if isinstance(doc, base_document.BaseDocument) else doc
    if throw:
        permissions.require(ctx, meta, ptype, row)
    return permissions.judge(ctx, meta, ptype, row).allowed


def only_for(roles: Any, message: bool = False) -> None:
    """Raises PermissionError unless the user has one of the roles."""
    wanted = {roles} if isinstance(roles, str) else set(roles)
    if _ctx().user != "Administrator" and not wanted & set(_ctx().roles):
        raise PermissionError.told(f"This action is only allowed for {bold(', '.join(sorted(wanted)))}", title="Not Permitted")


def set_user(username: str) -> None:
    """Act as another user for the rest of the request."""
    _ctx().user = username


def get_user() -> Any:
    """The user, with roles."""
    return _dict(name=_ctx().user, get_roles=get_roles)


def get_system_settings(key: str) -> Any:
    """A value of System Settings."""
    return _ctx().setting(key)


def get_installed_apps() -> list[str]:
    """The names of the site's apps."""
    return list(_ctx().site.apps)


def get_hooks(hook: str | None = None, default: Any = None, app_name: str | None = None) -> Any:
    """What the apps' hooks say under a name."""
    found: list[Any] = []
    for app in _ctx().site.apps.values():
        value = app.hooks.get(hook or "")
        if isinstance(value, dict):
            return value
        found += value if isinstance(value, list) else [value] if value is not None else []
    return found or default or []


# --- small things ---


def as_json(obj: Any, indent: int = 1, **_more: Any) -> str:
    """JSON text."""
    return json.dumps(json.loads(dump_json(obj)), indent=indent, sort_keys=True)


def _(msg: str, lang: str | None = None, context: str | None = None) -> str:
    """The text itself: there are no translations."""
    return msg


_lt = _


def get_attr(method_string: str) -> Callable[..., Any]:
    """A function of the app, by dotted name."""
    return _ctx().site.resolve(method_string)


def call(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function of the app, by itself or by dotted name."""
    return (get_attr(function) if isinstance(function, str) else function)(*args, **kwargs)


def enqueue(method: Any, queue: str = "default", *_args: Any, now: bool = False, **kwargs: Any) -> None:
    """Run a function after this request's commit, or `now`, as the same user in a transaction of its own."""
    kwargs = {key: value for key, value in kwargs.items() if key not in ("timeout", "is_async", "job_name", "job_id", "enqueue_after_commit", "at_front", "deduplicate")}
    function = get_attr(method) if isinstance(method, str) else method
    if now:
        function(**kwargs)
        return
    ctx = _ctx()
    ctx.after_commit.append(lambda: ctx.site.run_later(ctx.user, function, kwargs))


def publish_realtime(*_args: Any, **_kwargs: Any) -> None:
    """Frappe tells open browsers over a socket; there is none here."""


def clear_cache(*_args: Any, **_kwargs: Any) -> None:
    """Forget what is cached of users and DocTypes."""
    _ctx().site.forget()


__all__ = [
    "_", "_dict", "_lt", "as_json", "bold", "call", "clear_cache", "conf", "copy_doc", "db", "delete_doc", "enqueue", "flags", "form_dict",
    "generate_hash", "get_all", "get_attr", "get_cached_doc", "get_cached_value", "get_doc", "get_hooks", "get_installed_apps", "get_last_doc",
    "get_list", "get_meta", "get_roles", "get_single", "get_system_settings", "get_user", "get_value", "has_permission", "local", "log_error",
    "logger", "message_log", "msgprint", "new_doc", "only_for", "parse_json", "publish_realtime", "rename_doc", "request", "response", "scrub",
    "session", "set_user", "set_value", "throw", "unscrub", "utils", "whitelist",
]  # fmt: skip
