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
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, cast

from .context import Caches, Context, current
from .errors import UnsupportedError
from .extensions import Extensions
from .installed_app import InstalledApp as InstalledApp
from .sqlite.database import Database
from .store import Store
from .throttle import Attempts, Gate, Windows
from .utils import _dict, cstr
from .values import Function, Given, Values
from .whitelist import Method, SiteMethods


@dataclass(frozen=True)
class Assembly:
    """How the floors above this one put a site together. `frappe_lite/__init__.py` defines it."""

    opener: Callable[[str], Callable[..., Database]]  # address -> what opens its database
    template: Callable[[str], bytes]  # address -> what its database begins as, if it is new
    complete: Callable[[Site], None]  # built-in DocTypes, controllers, methods, parts
    load: Callable[[Site, str | Path], InstalledApp]


@dataclass
class SiteSettings:
    """The settings of one site. An unknown one is a TypeError, as for any keyword."""

    # --- the database: see docs/reliability.md ---
    synchronous: str = "full"
    busy_timeout: float = 5.0  # seconds to wait for another process that writes
    query_seconds: float = 10.0  # that one statement may take
    checkpoint: str = "own"
    files: str = ""  # where uploads are: "folder", "database", or "" for the database's own way

    # --- answers ---
    title: str = "frappe_lite"
    created_status: int = 201  # the specification's; 200 gives a full Frappe's answer to a create
    max_body: int = 25 * 1024 * 1024  # bytes
    guest_body: int = 1024 * 1024  # bytes that somebody unknown may send

    # --- addresses: see docs/security.md ---
    url: str = ""
    hosts: Sequence[str] = ()  # names that it answers to; none: to all
    proxies: Sequence[str] = ()
    hsts: int = 0  # seconds

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        self.hosts, self.proxies = _names(self.hosts), _names(self.proxies)


class Site:
    """One database served: built-in DocTypes, controllers and methods are in place, apps are loaded by `load`.

    `settings` are the fields of `SiteSettings`. `conf` is what app code reads as `frappe.conf`; `overrides` are values
    of System Settings that hold whatever the database says.
    """

    assembly: ClassVar[Assembly]
    template = b""  # what a new database begins as, for a class that knows better

    def __init__(
        self,
        database: str = ":memory:",
        *,
        on_reset_link: Callable[[str, str], None] | None = None,
        conf: Mapping[str, object] | None = None,
        overrides: Mapping[str, object] | None = None,
        **settings: Any,
    ):
        self.settings = asked = SiteSettings(**settings)
        template = self.template or self.assembly.template(database)
        self.database = self.assembly.opener(database)(
            database, asked.synchronous, asked.busy_timeout, asked.query_seconds, template, asked.checkpoint
        )
        if asked.files == "folder" and not self.database.path:
            raise ValueError('a database without a file has no folder beside it: files="database"')
        self.files = asked.files or self.database.files
        self.store = Store(self.database)
        self.conf, self.overrides = dict(conf or {}), dict(overrides or {})
        self.on_reset_link = on_reset_link
        self.served_at = "http://127.0.0.1:8000"  # where it is reached if no `url` says it; a server knows better
        self.extensions = Extensions()
        self._caches = Caches()
        self.shelf: Values = {}  # what the face keeps for app code: its cache, its configuration, ids of its jobs

        # What apps bring
        self.apps: dict[str, InstalledApp] = {}
        self.methods = SiteMethods(self.apps)
        self._event_handlers: dict[tuple[str, str], list[Function]] = {}
        self.controllers: dict[str, type[Any]] = {}
        self.controller_modules: dict[str, str] = {}  # DocType -> dotted module, imported when first needed
        # Those that come with the package; an app may put its own in their place
        self.built_in: dict[str, type[Any]] = {}
        self.document_class: type[Any] = object  # of the DocTypes that have no controller
        self.make_document: Callable[[Context, Given], Any] = lambda _ctx, row: _dict(row)

        # What is counted and what waits, in this process
        self.login_tracker, self.windows = Attempts(), Windows()
        # A storm of logins leaves room for readers
        self.hashing = Gate(max(1, (os.cpu_count() or 1) // 2), waiting=2, seconds=2.0)
        self.pending: dict[str, list[Callable[[], None]]] = {}  # DocType -> what writes what is buffered of it
        self.job_queue: Any = None  # where jobs of `frappe.enqueue` wait, see face/jobs/job.py
        self._pool: ThreadPoolExecutor | None = None
        self.assembly.complete(self)

    def write_pending(self, doctype: str) -> None:
        """Write what is buffered of a DocType, for who reads or clears it."""
        for write in self.pending.get(doctype, ()):
            write()

    @property
    def title(self) -> str:
        """What the site is called."""
        return self.settings.title

    @property
    def url(self) -> str:
        """The address of the site as its users see it, or ""."""
        return self.settings.url

    @property
    def address(self) -> str:
        """What links to the site begin with. Never what a Host header says."""
        return self.settings.url or self.served_at

    def run_later(self, user: str, function: Callable[..., object], kwargs: dict[str, object]) -> None:
        """Run a job as `user` in a small thread pool, in its own transaction; its errors go to the log."""

        def job() -> None:
            try:
                with self.acting(user):
                    function(**kwargs)
            except Exception:  # the edge of a job: nobody waits for its answer
                logging.getLogger("frappe_lite").exception("a job failed: %s", function)

        if self._pool is None:
            self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="frappe_lite-job")
            self.extensions.on_close.append(self._pool.shutdown)
        self._pool.submit(job)

    @property
    def folder(self) -> str:
        """The folder of the database."""
        return os.path.abspath(os.path.dirname(self.database.path))

    def start(self, **settings: object) -> None:
        """Start the work beside requests: jobs are kept in the database and run by threads of this process.

        What `frappe-lite serve` does once its apps are loaded, with its settings `job_threads` and `job_lease`.
        `close` ends it.
        """
        self.configure(**settings)
        for each in self.extensions.on_start:
            each(settings)

    def configure(self, **settings: object) -> None:
        """Apply the operator's settings for what this process does beside requests or in place of them."""
        for each in self.extensions.on_configure:
            each(settings)

    def close(self) -> None:
        """Finish pending work, checkpoint and close the file. Calling it again does nothing."""
        while self.extensions.on_close:
            self.extensions.on_close.pop(0)()
        self.database.close()

    # --- caches ---

    def caches(self) -> Caches:
        """The caches for the database's present state."""
        if self.database.data_version_changed() and self.store.value("caches") != self._caches.version:
            self.renew_caches()
        return self._caches

    def renew_caches(self) -> None:
        """Start with empty caches because something in them has changed. The DocTypes are kept unless one of them
        did."""
        version, shape = self.store.value("caches"), self.store.value("shape")
        self._caches = Caches(version, shape, self._caches.doctypes if shape == self._caches.shape else None)

    def forget(self) -> None:
        """Start with empty caches, DocTypes included."""
        self._caches = Caches(self.store.value("caches"), self.store.value("shape"))

    # --- hooks and methods ---

    def hook(self, name: str, key: str) -> list[Any]:
        """What the apps' hooks say for `key` in the dict hook `name`: dotted names, or functions of the package
        itself."""
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
            self._event_handlers[key] = named if event == "onload" else [*named, *self.extensions.on_event]
        return self._event_handlers[key]

    def add_doc_event(self, doctype: str, event: str, *handlers: Function | str) -> None:
        """Add handlers for an event of a DocType, or of all of them ("*"), after those already there: functions of
        the package or dotted names."""
        events = self.apps["frappe"].hooks.setdefault("doc_events", {}).setdefault(doctype, {})
        events[event] = [*events.get(event, ()), *handlers]
        self._event_handlers.clear()

    @property
    def ignored_links(self) -> set[str]:
        """The DocTypes that some app names in `ignore_links_on_delete`."""
        return {each for app in self.apps.values() for each in app.hooks.get("ignore_links_on_delete") or ()}

    def load(self, folder: str | Path) -> InstalledApp:
        """Load an app from its folder. Raises AppNotInstalledError."""
        return self.assembly.load(self, folder)

    def add_app(self, app: InstalledApp) -> None:
        """Register an app: its hooks and methods count from here on."""
        self.apps[app.name] = app
        self._event_handlers.clear()
        for each in self.extensions.on_app:
            each(app)

    def adopt(self, other: Site) -> None:
        """Take over the apps that another site of this process loaded. Their DocTypes are already in the file that
        this site began with."""
        self.controllers = {
            name: controller for name, controller in self.controllers.items() if name in other.controllers
        }
        self.controller_modules = dict(other.controller_modules)
        for app in other.apps.values():
            self.add_app(replace(app, hooks=_copied(app.hooks), modules=set(app.modules)))

    def resolve(self, dotted: str) -> Function:
        """The function that an app's own hook names. Never call it with a name from a client."""
        module, _, name = dotted.rpartition(".")
        return cast(Callable[..., Any], getattr(import_app_module(module), name))

    def method(self, name: str) -> Method | None:
        """The whitelisted method of that dotted name on this site, or what an app overrides it with."""
        return self.methods.find(name)

    def new_context(self, user: str = "Administrator", **known: Any) -> Context:
        """A context for scripts, tests and commands."""
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


def import_app_module(name: str) -> ModuleType:
    """Import a module of an app. Raises UnsupportedError if it needs a third-party package that is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = cstr(error.name).partition(".")[0]
        if package in ("", "frappe", name.partition(".")[0]):
            raise
        raise UnsupportedError.told(
            f"{name} needs the Python package {package}, which is not installed here"
        ) from error


def _copied(value: object) -> Any:
    """A copy with new dicts and lists, but the same modules and functions in them."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _names(given: Sequence[str]) -> list[str]:
    """Names in a list, or in one text with commas or spaces."""
    return [each for each in re.split(r"[\s,]+", given) if each] if isinstance(given, str) else list(given)
