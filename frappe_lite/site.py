"""`Site`: one store with its DocTypes, methods, hooks and settings, for as long as the process lives.
`Context`: one caller's view of it, for as long as a request. Functions of the package take the context; only the face
that app code sees reads `current`.

What is asked again and again (DocTypes, users, roles, keys) is kept in a `Caches` object that is replaced as a whole
when a process, this or another, commits a change to one of `CACHED` DocTypes: nobody sees an old answer twice.
"""

from __future__ import annotations

import contextlib
import contextvars
import importlib
import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, cast

from . import custom_fields
from .database import Database
from .errors import DoesNotExistError, Message, UnsupportedError, ValidationError, message
from .meta import DocType
from .protocol import V1, ApiVersion
from .query import Condition, all_of
from .store import Row, Store
from .throttle import Attempts, Gate, Windows
from .utils import _dict, cint, cstr
from .whitelist import Method, registry

CACHED = frozenset({
    "DocType", "DocField", "DocPerm", "Custom DocPerm", "Custom Field", "Property Setter", "User", "Role", "Has Role",
    "User Permission", "DocShare", "System Settings", "Assignment Rule", "OAuth Bearer Token", "OAuth Client", "API Key",
})  # fmt: skip
"""DocTypes whose change makes caches old."""

AUTOMATIC_ROLES = {"All", "Guest", "Desk User"}


class Caches(dict[Any, Any]):
    """Answers of one state of the database; replaced, never cleared."""

    def __init__(self, version: Any = None):
        super().__init__()
        self.version = version


@dataclass
class InstalledApp:
    """An app that was loaded: its package, its hooks, the names of its modules."""

    name: str
    hooks: dict[str, Any] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)  # dotted names of the app's Python modules
    version: str = ""
    title: str = ""
    broken: dict[str, str] = field(default_factory=dict)  # modules that could not be imported -> why


@dataclass(frozen=True)
class UserInfo:
    """What each request needs to know of a user."""

    name: str
    enabled: bool
    user_type: str
    full_name: str
    user_image: str
    roles: frozenset[str]


class Site:
    """One database served. `created_status=200` gives a full Frappe's answer to a create; the specification says 201."""

    template = b""  # what a database in memory begins as
    open_database: Callable[..., Database] = Database

    def __init__(
        self, database: str = ":memory:", *, synchronous: str = "full", created_status: int = 201, title: str = "frappe_lite",
        max_body: int = 25 * 1024 * 1024, files: str = "", url: str = "", hosts: Sequence[str] = (), proxies: Sequence[str] = (), hsts: int = 0,
        on_reset_link: Callable[[str, str], None] | None = None, busy_timeout: float = 5.0, query_seconds: float = 10.0, checkpoint: str = "own",
    ):  # fmt: skip
        self.database = self.open_database(database, synchronous, busy_timeout, query_seconds, self.template, checkpoint)
        if files == "folder" and not self.database.path:
            raise ValueError('a database without a file has no folder beside it: files="database"')
        self.store = Store(self.database)
        self.created_status, self.title, self.max_body, self.files = created_status, title, max_body, files or self.database.files
        self.apps: dict[str, InstalledApp] = {}
        self.controllers: dict[str, type[Any]] = {}
        self.built_in: dict[str, type[Any]] = {}  # those of them that come with the package; an app may put its own in their place
        self.controller_modules: dict[str, str] = {}  # DocType -> dotted module, imported when first needed
        self.make_document: Callable[[Context, Mapping[str, Any]], Any] = lambda _ctx, row: _dict(row)
        self.on_close: list[Callable[[], None]] = []
        self.pages: list[tuple[re.Pattern[str], Callable[[Context], Any]]] = []  # paths outside /api, first match first
        self.routes: list[tuple[int, str, str, Callable[..., Any]]] = []  # (API version, verbs, path, handler), from parts
        self.before: list[Callable[[Context], None]] = []  # what parts do with a request that was read, before anything else
        self.around: list[Callable[[Context, Callable[[], Any]], Any]] = []  # (context, answer it) -> response, in the request's transaction
        self.bearer_readers: list[Callable[[Context, str], str]] = []  # token -> user, or AuthenticationError
        self.own_credentials: set[str] = set()  # methods whose callers are programs that show credentials of their own
        self.key_finders: list[Callable[[Context, str], Any]] = []  # key -> auth.KnownKey, or None
        self.login_tracker, self.windows = Attempts(), Windows()
        self.hashing = Gate(max(1, (os.cpu_count() or 1) // 2), waiting=2, seconds=2.0)  # a storm of logins leaves room for readers
        self.url, self.hosts, self.proxies, self.hsts = url.rstrip("/"), _names(hosts), _names(proxies), hsts
        self.address = self.url or "http://127.0.0.1:8000"  # what links begin with; never what a Host header says
        self.on_reset_link = on_reset_link or log_reset_link
        self.pending: dict[str, Callable[[], None]] = {}  # DocType -> writes what is buffered of it
        self._pool: ThreadPoolExecutor | None = None
        self._event_handlers: dict[tuple[str, str], list[Callable[..., Any]]] = {}
        self._caches = Caches()
        self.shelf: dict[str, Any] = {}  # what the face keeps for app code: its cache, its configuration, ids of its jobs

    def run_later(self, user: str, function: Callable[..., Any], kwargs: dict[str, Any]) -> None:
        """Run a job as `user` in a small thread pool, in a transaction of its own; what it raises goes to the log."""

        def job() -> None:
            try:
                with self.acting(user):
                    function(**kwargs)
            except Exception:  # the edge of a job: nobody waits for its answer
                logging.getLogger("frappe_lite").exception("a job failed: %s", function)

        if self._pool is None:
            self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="frappe_lite-job")
            self.on_close.append(self._pool.shutdown)
        self._pool.submit(job)

    @property
    def folder(self) -> str:
        """The folder of the database."""
        return os.path.abspath(os.path.dirname(self.database.path))

    def close(self) -> None:
        """Finish what is pending, checkpoint, close the file."""
        for each in self.on_close:
            each()
        self.database.close()

    # --- caches ---

    def caches(self) -> Caches:
        """The caches of the database's present state."""
        if self.database.data_version_changed():
            version = self.store.value("caches")
            if version != self._caches.version:
                self._caches = Caches(version)
        return self._caches

    def forget(self) -> None:
        """Begin with empty caches: something that they hold was changed here."""
        self._caches = Caches(self.store.value("caches"))

    # --- hooks and methods ---

    def hook(self, name: str, key: str) -> list[Any]:
        """What the apps' hooks give for `key` in the dict hook `name`: dotted names, or functions of the package itself."""
        found: list[Any] = []
        for app in self.apps.values():
            value = (app.hooks.get(name) or {}).get(key)
            if value:
                found += list(value) if isinstance(value, list | tuple) else [value]
        return found

    def doc_event_handlers(self, doctype: str, event: str) -> list[Callable[..., Any]]:
        """The functions that the apps' `doc_events` run for an event: the DocType's own, then those of "*"."""
        key = (doctype, event)
        if key not in self._event_handlers:
            names: list[Any] = []  # dotted names, or functions of the package itself
            for scope in (doctype, "*"):
                for app in self.apps.values():
                    value = ((app.hooks.get("doc_events") or {}).get(scope) or {}).get(event) or []
                    names += [value] if isinstance(value, str) else list(value)
            self._event_handlers[key] = [each if callable(each) else self.resolve(each) for each in names]
        return self._event_handlers[key]

    @property
    def ignored_links(self) -> set[str]:
        """DocTypes that an app's `ignore_links_on_delete` names."""
        return {each for app in self.apps.values() for each in app.hooks.get("ignore_links_on_delete") or ()}

    def add_app(self, app: InstalledApp) -> None:
        """Take an app in: its hooks and methods count from here on."""
        self.apps[app.name] = app
        claimed_apps.add(app.name)
        self._event_handlers.clear()

    def adopt(self, other: Site) -> None:
        """Take in what another site of this process loaded; its DocTypes came with the file that this one began as."""
        self.controllers = {name: controller for name, controller in self.controllers.items() if name in other.controllers}
        self.controller_modules = dict(other.controller_modules)
        for app in other.apps.values():
            self.add_app(replace(app, hooks=_copied(app.hooks), modules=set(app.modules)))

    def resolve(self, dotted: str) -> Callable[..., Any]:
        """The function that an app's own hook names. Never used for a name that a client sent."""
        module, _, name = dotted.rpartition(".")
        return cast(Callable[..., Any], getattr(import_app_module(module), name))

    def method(self, name: str) -> Method | None:
        """The whitelisted method of that dotted name, as this site's apps have or override it."""
        for app in self.apps.values():
            name = cstr((app.hooks.get("override_whitelisted_methods") or {}).get(name, name))
        found = registry.get(name)
        root = name.partition(".")[0]
        if found is not None and not found.takes_context and root in claimed_apps and root not in self.apps:
            return None  # another site of this process has that app
        return found

    def new_context(self, user: str = "Administrator", **known: Any) -> Context:
        """A context of its own, as scripts, tests and commands need one."""
        return Context(self, user=user, **known)

    @contextlib.contextmanager
    def acting(self, user: str = "Administrator") -> Iterator[Context]:
        """Act as `user` in one transaction: kept at the end, undone by an error. `frappe.get_doc` & co. see this site inside."""
        ctx = self.new_context(user)
        token = current.set(ctx)
        try:
            yield ctx
            ctx.commit()
        except BaseException:
            ctx.rollback()
            raise
        finally:
            current.reset(token)


def import_app_module(name: str) -> Any:
    """A module of an app. Raises UnsupportedError if it imports a package of somebody else's that is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = cstr(error.name).partition(".")[0]
        if package in ("", "frappe", name.partition(".")[0]):
            raise
        raise UnsupportedError.told(f"{name} needs the Python package {package}, which is not installed here") from error


def _names(given: Sequence[str]) -> list[str]:
    """Names in a list, or in one text with commas or spaces."""
    return [each for each in re.split(r"[\s,]+", given) if each] if isinstance(given, str) else list(given)


def log_reset_link(user: str, link: str) -> None:
    """There is no mail engine: unless the site has a function of its own, the link goes to the log."""
    logging.getLogger("frappe_lite").warning("password reset for %s: %s", user, link)


def _copied(value: Any) -> Any:
    """Dicts and lists anew, what stands in them as it is: hooks hold modules and functions too."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


claimed_apps: set[str] = set()
"""Names of the apps that some site of this process has loaded."""


@dataclass
class Request:
    """What a caller sent, parsed once: `params` is the body over the query string."""

    method: str = ""  # empty outside a request: scripts, commands, jobs
    path: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Any] = field(default_factory=dict)
    body: bytes = b""
    remote_addr: str = ""
    scheme: str = "http"
    host: str = ""
    environ: dict[str, Any] = field(default_factory=dict)


class Context:
    """One caller's view of a site for one request."""

    def __init__(
        self, site: Site, user: str = "Guest", request: Request | None = None, version: ApiVersion = V1,
        request_id: str = "", trusted: bool = False, parent: Context | None = None,
    ):  # fmt: skip
        self.site, self.store, self.user = site, site.store, user
        self.request = request or Request()
        self.version, self.request_id, self.is_trusted = version, request_id, trusted
        self.sid = ""
        self.session_expired = False
        self.failed_by: BaseException | None = None
        self.scopes: frozenset[str] | None = None  # what a narrowed token may do; None: whatever its user may
        if parent is None:
            self.messages: list[Message] = []
            self.response: _dict = _dict()
            self.flags: _dict = _dict()
            self.after_commit: list[Callable[[], None]] = []
            self.after_rollback: list[Callable[[], None]] = []
            self.headers: list[tuple[str, str]] = []
            self.failure: dict[str, Any] = {}  # what a refusal says beside its errors
            self._shared: dict[str, Any] = {"caches": None, "dirty": False, "held": False}
        else:
            self.messages, self.response, self.flags = parent.messages, parent.response, parent.flags
            self.after_commit, self.headers, self.failure = parent.after_commit, parent.headers, parent.failure
            self.after_rollback = parent.after_rollback
            self._shared, self.sid, self.scopes = parent._shared, parent.sid, parent.scopes

    # --- who ---

    def trusted(self) -> Context:
        """The same request, not asked for permissions. For the server's own bookkeeping and `ignore_permissions`."""
        if self.is_trusted:
            return self
        return Context(self.site, self.user, self.request, self.version, self.request_id, trusted=True, parent=self)

    def as_user(self, user: str) -> Context:
        """The same request as another user: for the server's own use, and `frappe.set_user`."""
        return Context(self.site, user, self.request, self.version, self.request_id, parent=self)

    @property
    def roles(self) -> frozenset[str]:
        """The user's roles, with the automatic ones: All, Guest, and Desk User for whoever may use the desk."""
        return self.roles_of(self.user)

    def roles_of(self, user: str) -> frozenset[str]:
        """Another user's roles."""
        if user == "Guest":
            return frozenset({"Guest"})
        if user == "Administrator":
            every: frozenset[str] = self.cached(("every role",), lambda: frozenset(row["name"] for row in self.store.find(self.meta("Role"), Condition())))
            return every | AUTOMATIC_ROLES
        info = self.user_info(user)
        if info is None:
            return frozenset({"Guest"})
        desk = {"Desk User"} if info.user_type == "System User" else set()
        return info.roles | {"All", "Guest"} | desk

    def user_info(self, user: str) -> UserInfo | None:
        """What is known of a user, or None for an unknown one."""
        result: UserInfo | None = self.cached(("user", user), lambda: self._user_info(user))
        return result

    def _user_info(self, user: str) -> UserInfo | None:
        row = self.store.load_row(self.meta("User"), user)
        if row is None:
            return None
        roles = self.store.find(self.meta("Has Role"), Condition("parent = ? AND parenttype = 'User'", (row["name"],)), ("role",))
        disabled = self.cached(("disabled roles",), lambda: {each["name"] for each in self.store.find(self.meta("Role"), Condition("disabled = 1"))})
        names = frozenset(cstr(each["role"]) for each in roles) - disabled
        return UserInfo(row["name"], bool(row["enabled"]), cstr(row["user_type"]), cstr(row["full_name"]) or row["name"], cstr(row["user_image"]), names)

    # --- what ---

    @property
    def caches(self) -> Caches:
        """The site's caches, or private ones once this request has changed what they hold."""
        if self._shared["caches"] is None:
            self._shared["caches"] = self.site.caches()
        return cast(Caches, self._shared["caches"])

    def look_again(self) -> None:
        """Ask the database anew for what is cached: another request of this thread may have changed it."""
        if not self._shared["dirty"]:
            self._shared["caches"] = None

    def cached(self, key: Any, make: Callable[[], Any]) -> Any:
        """The answer kept under `key`, made on first use."""
        caches = self.caches
        if key in caches:
            return caches[key]
        value = caches[key] = make()
        return value

    def touch(self, doctype: str) -> None:
        """Say that a document of this type was written; caches of it are old from here on."""
        if doctype in CACHED:
            self._shared["caches"] = Caches()
            if not self._shared["dirty"]:
                self._shared["dirty"] = True
                self.store.bump_caches()

    def meta(self, doctype: str) -> DocType:
        """The DocType, with its custom fields and property setters. Raises DoesNotExistError."""
        caches = self.caches
        try:
            found = caches.get(doctype)
        except TypeError:  # a list or an object, from a caller's JSON
            raise DoesNotExistError.told("A DocType is named by a text") from None
        if found is None:
            found = self._load_meta(doctype)
            caches.setdefault(found.name, found)  # under its own name only: a caller's spellings in other case would fill the memory
        return cast(DocType, found)

    def has_doctype(self, doctype: Any) -> bool:
        """Whether the site has the DocType."""
        try:
            self.meta(cstr(doctype))
        except DoesNotExistError:
            return False
        return True

    def _load_meta(self, doctype: str) -> DocType:
        row = self.store.database.row('SELECT json, name FROM "__meta" WHERE name = ?', (doctype,))
        if row is None:
            raise DoesNotExistError.told(f"DocType {doctype} not found")
        if row[1] != doctype:
            return self.meta(row[1])
        raw: Row = json.loads(row[0])
        if raw["name"] not in ("DocType", "Custom Field", "Property Setter", "Custom DocPerm"):
            self._customise(raw)
        return DocType(raw)

    def _customise(self, raw: Row) -> None:
        """Custom Field adds fields after others; Property Setter changes single properties; Custom DocPerm takes the place of the rules."""
        custom, setters, rules = self.meta("Custom Field"), self.meta("Property Setter"), self.meta("Custom DocPerm")
        raw["permissions"] = self.store.find(rules, Condition("parent = ?", (raw["name"],)), rules.columns, order="creation") or raw.get("permissions")
        added = self.store.find(custom, Condition("dt = ?", (raw["name"],)), custom.columns, order="idx, creation")
        if added:
            known = [{key: value for key, value in row.items() if value is not None and key != "dt"} for row in added]
            raw["fields"] = custom_fields.merged(raw.get("fields") or [], [{**row, "is_custom_field": 1} for row in known])
        for row in self.store.find(setters, Condition("doc_type = ?", (raw["name"],)), setters.columns, order="creation"):
            target = raw
            if row["doctype_or_field"] == "DocField":
                target = next((each for each in raw.get("fields") or () if each.get("fieldname") == row["field_name"]), {})
            number = row["property_type"] in ("Check", "Int")
            target[row["property"]] = cint(row["value"]) if number else row["value"]

    def setting(self, name: str) -> Any:
        """A value of System Settings."""
        settings = self.cached(("System Settings values",), lambda: self.store.load_single(self.meta("System Settings")))
        return settings.get(name)

    def single(self, doctype: str, fieldname: str) -> Any:
        """One value of a Single DocType."""
        return self.store.load_single(self.meta(doctype)).get(fieldname)

    # --- what the app's hooks say of permissions ---

    def hook_verdict(self, meta: DocType, right: str, row: Mapping[str, Any]) -> bool | None:
        """False if a `has_permission` hook forbids the right; None if none has an opinion."""
        for hook in self.site.hook("has_permission", meta.name) + self.site.hook("has_permission", "*"):
            document = self.site.make_document(self, {**{column: row.get(column) for column in meta.columns}, "doctype": meta.name})
            verdict = hook(self, document, right) if callable(hook) else self.site.resolve(hook)(doc=document, ptype=right, user=self.user)
            if verdict is not None and not verdict:
                return False
        return None

    def hook_condition(self, meta: DocType) -> Condition:
        """What `permission_query_conditions` hooks say; an app's own SQL is trusted as its code is."""
        conditions = []
        for hook in self.site.hook("permission_query_conditions", meta.name) + self.site.hook("permission_query_conditions", "*"):
            conditions.append(hook(self) if callable(hook) else Condition(cstr(self.site.resolve(hook)(self.user))))
        return all_of(conditions)

    # --- answers and transactions ---

    def say(self, text: Any, title: str | None = None, indicator: str | None = None, alert: bool = False) -> None:
        """Send a message along with the answer: Frappe's `msgprint`."""
        self.messages.append(message(cstr(text), title, indicator, alert=1 if alert else None))

    def commit(self) -> None:
        """Keep what was written, then run what waited for it. Does nothing inside `held`."""
        if self._shared["held"]:
            return
        self.store.database.commit()
        if self._shared["dirty"]:
            self._shared.update(dirty=False, caches=None)
            self.site.forget()
        waiting, self.after_commit[:] = list(self.after_commit), []
        self.after_rollback.clear()
        for each in waiting:
            each()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Inside, nobody ends the transaction, not even app code: it is kept or undone as a whole by whoever holds it."""
        self._shared["held"] = True
        try:
            yield
        finally:
            self._shared["held"] = False

    def rollback(self) -> None:
        """Forget what was written. Raises ValidationError inside `held`."""
        if self._shared["held"]:
            raise ValidationError.told("A part of a transaction cannot be rolled back by itself")
        self.store.database.rollback()
        self.after_commit.clear()
        waiting, self.after_rollback[:] = list(self.after_rollback), []
        for each in waiting:
            each()
        if self._shared["dirty"]:
            self._shared.update(dirty=False, caches=None)


current: contextvars.ContextVar[Context] = contextvars.ContextVar("frappe_lite context")
"""The context that the face for app code reads. Nothing below the face does."""
