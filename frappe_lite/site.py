"""`Site`: one store with its DocTypes, methods, hooks and settings, for as long as the process lives.

What is asked again and again (DocTypes, users, roles, keys) is kept in a `Caches` object that is replaced as a whole
when a process, this or another, commits a change to one of `CACHED` DocTypes: nobody sees an old answer twice.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import ModuleType
from typing import Any, NamedTuple, Protocol, cast

from .context import Caches, Context, current
from .errors import UnsupportedError
from .installed_app import InstalledApp as InstalledApp
from .sqlite.database import Database
from .store import Store
from .throttle import Attempts, Gate, Windows
from .utils import _dict, cstr
from .values import Function, Given, Values
from .whitelist import Method, registry


class Paths(Protocol):
    """The paths that a page answers: a regular expression, or whoever can tell."""

    def match(self, path: str, /) -> Any:
        """Something true for a path that is meant."""


class OwnEvent(NamedTuple):
    """What a part runs by the clock: how often, and whether this site has use for it."""

    frequency: str
    function: Callable[[], None]
    is_needed: Callable[[Context], bool]


class Site:
    """One database served.

    `created_status=200` gives a full Frappe's answer to a create; the specification says 201.
    """

    template = b""  # what a database in memory begins as
    open_database: Callable[..., Database] = Database

    def __init__(
        self, database: str = ":memory:", *, synchronous: str = "full", created_status: int = 201,
        title: str = "frappe_lite", max_body: int = 25 * 1024 * 1024, guest_body: int = 1024 * 1024, files: str = "",
        url: str = "", hosts: Sequence[str] = (), proxies: Sequence[str] = (), hsts: int = 0,
        on_reset_link: Callable[[str, str], None] | None = None, busy_timeout: float = 5.0,
        query_seconds: float = 10.0, checkpoint: str = "own",
        conf: Mapping[str, object] | None = None, overrides: Mapping[str, object] | None = None,
    ):  # fmt: skip
        self.database = self.open_database(
            database, synchronous, busy_timeout, query_seconds, self.template, checkpoint
        )
        if files == "folder" and not self.database.path:
            raise ValueError('a database without a file has no folder beside it: files="database"')
        self.store = Store(self.database)
        self.created_status, self.title, self.files = created_status, title, files or self.database.files
        self.max_body, self.guest_body = max_body, guest_body
        self.apps: dict[str, InstalledApp] = {}
        self.controllers: dict[str, type[Any]] = {}
        self.document_class: type[Any] = object  # of the DocTypes that have no controller
        self.built_in: dict[
            str, type[Any]
        ] = {}  # those of them that come with the package; an app may put its own in their place
        self.controller_modules: dict[str, str] = {}  # DocType -> dotted module, imported when first needed
        self.make_document: Callable[[Context, Given], Any] = lambda _ctx, row: _dict(row)
        self._open_to_parts()
        self.login_tracker, self.windows = Attempts(), Windows()
        # A storm of logins leaves room for readers
        self.hashing = Gate(max(1, (os.cpu_count() or 1) // 2), waiting=2, seconds=2.0)
        self.url, self.hosts, self.proxies, self.hsts = url.rstrip("/"), _names(hosts), _names(proxies), hsts
        self.address = self.url or "http://127.0.0.1:8000"  # what links begin with; never what a Host header says
        self.on_reset_link = on_reset_link
        self.pending: dict[str, Callable[[], None]] = {}  # DocType -> writes what is buffered of it
        self._pool: ThreadPoolExecutor | None = None
        self._event_handlers: dict[tuple[str, str], list[Function]] = {}
        self.conf, self.overrides = dict(conf or {}), dict(overrides or {})
        self._caches = Caches()
        self.shelf: Values = {}  # what the face keeps for app code: its cache, its configuration, ids of its jobs

    def _open_to_parts(self) -> None:
        """The places where parts put what they do, empty as yet."""
        self.on_configure: list[
            Callable[[Mapping[str, object]], None]
        ] = []  # what parts do with the operator's settings
        self.on_start: list[Callable[[Mapping[str, object]], None]] = []  # what parts do beside requests, in a server
        self.own_events: dict[str, OwnEvent] = {}  # what parts run by the clock, by the names that Frappe has for it
        self.on_event: list[Function] = []  # what parts do at each event of a document but `onload`
        self.on_close: list[Callable[[], None]] = []
        self.later: dict[
            str, Callable[[Context, str, Mapping[str, object]], object]
        ] = {}  # methods that a job may do instead
        self.job_queue: Any = None  # where jobs of `frappe.enqueue` wait, see face/job.py
        self.pages: list[tuple[Paths, Callable[[Context], Any]]] = []  # paths outside /api, first match first
        self.shortcuts: list[
            Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes] | None]
        ] = []  # WSGI applications that ask for nothing, before all else; None: it is not theirs
        self.on_app: list[Callable[[InstalledApp], None]] = []  # what parts do with an app that is taken in
        self.publish: Callable[[Context, str, object, str, bool], None] = _publish_nothing  # to the pages that are open
        self.message_page: Callable[[Context, Given], Any] | None = None  # an answer that is a page
        self.fault_page: Callable[[Context, BaseException, int, str | None], Any] | None = None  # what people see of it
        self.home_of: Callable[[Context], str] = _home_of  # where somebody goes who signs in
        self.routes: list[tuple[int, str, str, Function]] = []  # (API version, verbs, path, handler), from parts
        self.before: list[
            Callable[[Context], None]
        ] = []  # what parts do with a request that was read, before anything else
        self.around: list[
            Callable[[Context, Callable[[], Any]], Any]
        ] = []  # (context, answer it) -> response, in the request's transaction
        self.bearer_readers: list[Callable[[Context, str], str]] = []  # token -> user, or AuthenticationError
        self.own_credentials: set[str] = set()  # methods whose callers are programs that show credentials of their own
        self.key_finders: list[Callable[[Context, str], Any]] = []  # key -> auth.KnownKey, or None
        self.on_answer: list[
            Callable[[Context, int, float], None]
        ] = []  # (context, status, seconds), after each request

    def run_later(self, user: str, function: Callable[..., object], kwargs: dict[str, object]) -> None:
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

    def start(self, **settings: object) -> None:
        """Begin what goes on beside requests: jobs are kept in the database and run by threads of this process.

        What `frappe-lite serve` does once its apps are loaded, with its settings `job_threads` and `job_lease`.
        `close` ends it.
        """
        self.configure(**settings)
        for each in self.on_start:
            each(settings)

    def configure(self, **settings: object) -> None:
        """Take the operator's settings, for what this process does beside requests or in place of them."""
        for each in self.on_configure:
            each(settings)

    def close(self) -> None:
        """Finish what is pending, checkpoint, close the file. A second time there is nothing to do."""
        while self.on_close:
            self.on_close.pop(0)()
        self.database.close()

    # --- caches ---

    def caches(self) -> Caches:
        """The caches of the database's present state."""
        if self.database.data_version_changed() and self.store.value("caches") != self._caches.version:
            self.renew_caches()
        return self._caches

    def renew_caches(self) -> None:
        """Begin with empty caches, but for the DocTypes if none was changed: something that they hold was."""
        version, shape = self.store.value("caches"), self.store.value("shape")
        self._caches = Caches(version, shape, self._caches.doctypes if shape == self._caches.shape else None)

    def forget(self) -> None:
        """Begin with empty caches, whatever the database says of them."""
        self._caches = Caches(self.store.value("caches"), self.store.value("shape"))

    # --- hooks and methods ---

    def hook(self, name: str, key: str) -> list[Any]:
        """What the apps' hooks give for `key` in the dict hook `name`.

        Dotted names, or functions of the package itself.
        """
        found: list[object] = []
        for app in self.apps.values():
            value = (app.hooks.get(name) or {}).get(key)
            if value:
                found += list(value) if isinstance(value, list | tuple) else [value]
        return found

    def doc_event_handlers(self, doctype: str, event: str) -> list[Function]:
        """The functions that run for an event: the apps' `doc_events` of the DocType, those of "*", and parts'."""
        key = (doctype, event)
        if key not in self._event_handlers:
            names: list[Any] = []  # dotted names, or functions of the package itself
            for scope in (doctype, "*"):
                for app in self.apps.values():
                    value = ((app.hooks.get("doc_events") or {}).get(scope) or {}).get(event) or []
                    names += [value] if isinstance(value, str) else list(value)
            named = [each if callable(each) else self.resolve(each) for each in names]
            self._event_handlers[key] = named if event == "onload" else [*named, *self.on_event]
        return self._event_handlers[key]

    def add_doc_event(self, doctype: str, event: str, *handlers: Function | str) -> None:
        """Let functions of the package, or dotted names, run for an event of a DocType, or of all ("*"), after those
        that do already."""
        events = self.apps["frappe"].hooks.setdefault("doc_events", {}).setdefault(doctype, {})
        events[event] = [*events.get(event, ()), *handlers]
        self._event_handlers.clear()

    @property
    def ignored_links(self) -> set[str]:
        """DocTypes that an app's `ignore_links_on_delete` names."""
        return {each for app in self.apps.values() for each in app.hooks.get("ignore_links_on_delete") or ()}

    def add_app(self, app: InstalledApp) -> None:
        """Register an app: its hooks and methods count from here on."""
        self.apps[app.name] = app
        claimed_apps.add(app.name)
        self._event_handlers.clear()
        for each in self.on_app:
            each(app)

    def adopt(self, other: Site) -> None:
        """Take in what another site of this process loaded; its DocTypes came with the file that this one began as."""
        self.controllers = {
            name: controller for name, controller in self.controllers.items() if name in other.controllers
        }
        self.controller_modules = dict(other.controller_modules)
        for app in other.apps.values():
            self.add_app(replace(app, hooks=_copied(app.hooks), modules=set(app.modules)))

    def resolve(self, dotted: str) -> Function:
        """The function that an app's own hook names. Never used for a name that a client sent."""
        module, _, name = dotted.rpartition(".")
        return cast(Callable[..., Any], getattr(import_app_module(module), name))

    def method(self, name: str) -> Method | None:
        """The whitelisted method of that dotted name, as this site's apps have or override it."""
        for app in self.apps.values():
            name = cstr((app.hooks.get("override_whitelisted_methods") or {}).get(name, name))
        found = registry.get(name)
        root = name.partition(".")[0]
        if found is not None and not found.takes_context and root not in self.apps and _is_app(root):
            return None  # another site of this process has that app, or one that it has imports it
        return found

    def new_context(self, user: str = "Administrator", **known: Any) -> Context:
        """A context of its own, as scripts, tests and commands need one."""
        return Context(self, user=user, **known)

    @contextlib.contextmanager
    def acting(self, user: str = "Administrator") -> Iterator[Context]:
        """Act as `user` in one transaction: kept at the end, undone by an error.

        `frappe.get_doc` & co. see this site inside.
        """
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


def _publish_nothing(_ctx: Context, _event: str, _message: object, _room: str, _after_commit: bool) -> None:
    """Nobody listens."""


def _home_of(ctx: Context) -> str:
    info = ctx.user_info(ctx.user)
    return "/app" if info is not None and info.user_type == "System User" else "/me"


def import_app_module(name: str) -> ModuleType:
    """A module of an app. Raises UnsupportedError if it imports a package of somebody else's that is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = cstr(error.name).partition(".")[0]
        if package in ("", "frappe", name.partition(".")[0]):
            raise
        raise UnsupportedError.told(
            f"{name} needs the Python package {package}, which is not installed here"
        ) from error


def _is_app(package: str) -> bool:
    """Whether an imported package is an app, and not the program that the server stands in."""
    folders = getattr(sys.modules.get(package), "__path__", ())
    return package in claimed_apps or any(os.path.isfile(os.path.join(each, "hooks.py")) for each in folders)


def _names(given: Sequence[str]) -> list[str]:
    """Names in a list, or in one text with commas or spaces."""
    return [each for each in re.split(r"[\s,]+", given) if each] if isinstance(given, str) else list(given)


def _copied(value: object) -> Any:
    """Dicts and lists anew, what stands in them as it is: hooks hold modules and functions too."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


claimed_apps: set[str] = set()
"""Names of the apps that some site of this process has loaded."""
