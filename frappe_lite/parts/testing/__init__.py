"""A site for tests: fresh, in memory, in milliseconds; its clients need no port, its clock stands still when told.

    with TestSite(["apps/shop"]) as site:
        ann = site.new_user("ann@example.com", "Sales User")
        ann.insert({"doctype": "Order", "customer": "ACME"})
        with site.at("2026-01-01"): …            with site.rollback(): …            site.fail_next(503)

No part of a served site, so it does not stand in `PARTS`. pytest gives it out as the fixture `frappe_site`
(`pytest_frappe_lite.py`); `cases.py` is `frappe.tests`, for the tests that apps bring along.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import importlib
import os
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ... import Site, _memory_template, document, utils
from ...access import auth, sessions
from ...context import Context, current
from ...errors import DoesNotExistError, FrappeError
from ...query import Condition
from ...values import Function, JsonObject
from .client import Client
from .faults import Delay, Drop, Fault, ObservedApp, Refusal, SentRequest

__all__ = ["AppWarning", "Client", "Job", "SentRequest", "Snapshot", "TestSite"]

URL = "http://frappe.test"
"""Where a site is that has no port (RFC 6761: nobody can own a name below .test)."""


class AppWarning(UserWarning):
    """Something is wrong with a file of an app: told once in each run, with its line."""


@dataclass
class Job:
    """What `frappe.enqueue` asked for: it runs when the test says so."""

    user: str
    function: Function
    kwargs: JsonObject

    @property
    def name(self) -> str:
        """The function's dotted name."""
        return (
            f"{self.function.__module__}.{self.function.__qualname__}"
            if hasattr(self.function, "__qualname__")
            else repr(self.function)
        )


@dataclass
class Snapshot:
    """A moment of a site, to go back to."""

    content: sqlite3.Connection
    keys: dict[str, tuple[str, str]]
    jobs: list[Job]


class Clock:
    """The time that a site's requests and jobs see, standing still."""

    def __init__(self, moment: datetime.datetime):
        self.moment = moment

    def tick(self, **duration: float) -> datetime.datetime:
        """Move on, by what `datetime.timedelta` takes: `tick(days=1, seconds=30)`. The new moment."""
        self.moment += datetime.timedelta(**duration)
        utils.set_clock(self.moment)
        return self.moment


@functools.cache
def prototype(apps: tuple[str, ...]) -> tuple[Site | None, bytes]:
    """A closed site with the apps loaded, and its file: what each site with these apps begins as."""
    if not apps:
        return None, _memory_template()
    with tempfile.TemporaryDirectory(prefix="frappe_lite-") as folder:
        path = Path(folder) / "template.db"
        site = Site(str(path), synchronous="off")
        problems = [problem for app in apps for problem in site.load(app).problems]
        site.close()
        for each in problems:
            warnings.warn_explicit(each.text, AppWarning, each.file, each.line or 1)
        return site, path.read_bytes()


OVERRIDES = {"allow_password_in_address": 1}
"""System Settings of a site in memory: no history and no log keeps its addresses, and Frappe's own client sends a
password so."""


class TestSite(Site):
    """A site in memory with the apps of those folders; closed at the end of a `with`. Keywords are those of `Site`."""

    __test__ = False  # pytest: not a class of tests

    def __init__(self, apps: Sequence[str | os.PathLike[str]] = (), **settings: Any):
        loaded, self.template = prototype(tuple(os.path.abspath(app) for app in apps))
        self.reset_links: list[tuple[str, str]] = []  # (user, link), as `on_reset_link` would get them
        super().__init__(
            ":memory:",
            **{
                "url": URL,
                "files": "database",
                "on_reset_link": lambda *sent: self.reset_links.append(sent),
                **settings,
                "overrides": {**OVERRIDES, **(settings.get("overrides") or {})},
            },
        )
        if loaded is not None:
            self.adopt(loaded)
        self.clock: Clock | None = None
        self.jobs: list[Job] = []
        self.requests: list[SentRequest] = []
        self.faults: list[Fault] = []
        self._keys: dict[str, tuple[str, str]] = {}

    @functools.cached_property
    def app(self) -> ObservedApp:
        """The site as a WSGI application; notes each request in `requests`."""
        return ObservedApp(self)

    def __enter__(self) -> TestSite:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # --- who asks ---

    def keys(self, user: str = "Administrator") -> tuple[str, str]:
        """The user's API key and secret, for a client library; made on first use."""
        if user not in self._keys:
            with self.apart(), self.acting() as ctx:
                if ctx.user_info(user) is None:
                    raise DoesNotExistError(
                        f"there is no user {user} on this site; site.new_user({user!r}, 'A Role') makes one"
                    )
                self._keys[user] = auth.generate_keys(ctx, user)
        return self._keys[user]

    def token(self, user: str = "Administrator") -> str:
        """The user's `Authorization` header."""
        return "token {}:{}".format(*self.keys(user))

    def client(self, user: str | None = "Administrator") -> Client:
        """Requests as that user, without a port; None is a guest."""
        return Client(self, user)

    def new_user(self, email: str, *roles: str, password: str = "", **values: object) -> Client:
        """Make a user with those roles, and the roles where the site has none; that user's client."""
        with self.apart(), self.acting() as ctx:
            for role in roles:
                if ctx.store.exists(ctx.meta("Role"), role) is None:
                    document.new(ctx, {"doctype": "Role", "role_name": role}).insert()
            given = {"new_password": password} if password else {}
            ctx.flags.ignore_password_policy = True
            name = {"email": email, "first_name": email.partition("@")[0].title()}
            document.new(
                ctx, {"doctype": "User", **name, "roles": [{"role": role} for role in roles], **given, **values}
            ).insert()
        return self.client(email)

    def end_sessions(self, user: str) -> None:
        """End the user's logins, as if they had expired."""
        with self.apart(), self.acting() as ctx:
            sessions.end_all_of(ctx, user)

    def requests_session(self, user: str | None = "Administrator") -> object:
        """A `requests.Session` whose requests, to any host, are answered by this site. Needs requests."""
        return _adapters("requests_adapter", "requests").session(self, user)

    def httpx_transport(self) -> object:
        """A transport for `httpx.Client` and `httpx.AsyncClient` that asks this site, whatever the host.

        Needs httpx.
        """
        return _adapters("httpx_transport", "httpx").SiteTransport(self.app)

    @contextlib.contextmanager
    def intercept(self, url: str = "") -> Iterator[TestSite]:
        """Inside, whatever this process asks of `url` (or of any) through requests or httpx is answered by this
        site."""
        with contextlib.ExitStack() as stack:
            for module, library in (("requests_adapter", "requests"), ("httpx_transport", "httpx")):
                with contextlib.suppress(ModuleNotFoundError):  # a library that is not there asks nothing
                    stack.enter_context(_adapters(module, library).intercept(self, url))
            yield self

    # --- what it is told ---

    def fail_next(
        self, status: int | type[FrappeError] = 503, *, times: int = 1, method: str = "", path: str = "",
        retry_after: int | None = None, body: str | None = None,
    ) -> None:  # fmt: skip
        """Refuse the next requests that fit, before they do anything.

        With an error in the server's own words, with a proxy's page, or with `body`.
        """
        self.faults.append(Refusal(times, method, path, status, retry_after, body))

    def drop_next(self, *, after_work: bool = False, times: int = 1, method: str = "", path: str = "") -> None:
        """Break the connection of the next requests that fit.

        `after_work`: what they asked for was done, only the answer is lost.
        """
        self.faults.append(Drop(times, method, path, after_work))

    def delay_next(self, seconds: float, *, times: int = 1, method: str = "", path: str = "") -> None:
        """Answer the next requests that fit so much later.

        Without a port nobody waits: a client with less patience times out at once.
        """
        self.faults.append(Delay(times, method, path, seconds))

    @contextlib.contextmanager
    def at(self, moment: str | datetime.datetime) -> Iterator[Clock]:
        """Inside, the clock of this site's requests and jobs, and of this thread, stands at `moment`.

        `tick` moves it on.
        """
        local = (
            moment.astimezone().replace(tzinfo=None)
            if isinstance(moment, datetime.datetime) and moment.tzinfo
            else utils.get_datetime(moment)
        )
        before, self.clock = self.clock, Clock(local)
        token = utils.set_clock(self.clock.moment)
        try:
            yield self.clock
        finally:
            utils.reset_clock(token)
            self.clock = before

    @contextlib.contextmanager
    def own_time(self) -> Iterator[None]:
        """Inside, this thread sees the site's clock."""
        token = utils.set_clock(self.clock.moment if self.clock else None)
        try:
            yield
        finally:
            utils.reset_clock(token)

    @contextlib.contextmanager
    def acting(self, user: str = "Administrator") -> Iterator[Context]:
        """As `Site.acting`, by the site's clock."""
        with self.own_time(), super().acting(user) as ctx:
            yield ctx

    # --- back to a moment ---

    def snapshot(self) -> Snapshot:
        """This moment: documents, files, users, keys, counters, jobs."""
        content = sqlite3.connect(":memory:", check_same_thread=False)
        self.extensions.on_close.append(content.close)
        with self.apart():
            self.database.connection.sqlite.backup(content)
        return Snapshot(content, dict(self._keys), list(self.jobs))

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to the moment; what was not committed is forgotten."""
        ctx = self._ambient()
        if ctx is not None:
            ctx.rollback()
        self.database.become(snapshot.content)
        self._keys, self.jobs[:] = dict(snapshot.keys), snapshot.jobs
        self.login_tracker = type(self.login_tracker)()
        getattr(self, "shelf", {}).clear()  # what `frappe.cache` keeps is of the other moment
        self.forget()
        if ctx is not None:
            ctx.look_again()

    @contextlib.contextmanager
    def rollback(self) -> Iterator[None]:
        """Undo at the end whatever was done inside, by requests and jobs too, committed or not."""
        snapshot = self.snapshot()
        try:
            yield
        finally:
            self.restore(snapshot)
            snapshot.content.close()

    # --- what it did ---

    def run_later(self, user: str, function: Callable[..., object], kwargs: dict[str, object]) -> None:
        """Keep a job for `run_jobs`."""
        self.jobs.append(Job(user, function, kwargs))

    def run_jobs(self) -> list[Job]:
        """Run the jobs that wait, each in a transaction of its own, and those that they ask for.

        What they raise is raised here.
        """
        done = []
        with self.apart():
            while self.jobs:
                job = self.jobs.pop(0)
                with self.acting(job.user):
                    job.function(**job.kwargs)
                done.append(job)
        return done

    @property
    def mails(self) -> list[JsonObject]:
        """What would have been sent: the documents of Email Queue, oldest first."""
        with self.apart(), self.acting() as ctx:
            names = (
                ctx.store.find(ctx.meta("Email Queue"), Condition(), order="rowid")
                if ctx.has_doctype("Email Queue")
                else []
            )
            return [document.load(ctx, "Email Queue", each["name"]).as_dict() for each in names]

    @property
    def errors(self) -> list[BaseException]:
        """The faults in app code that were answered with 500."""
        return [
            each.error for each in self.requests if each.error is not None and not isinstance(each.error, FrappeError)
        ]

    # --- a request inside `with site.acting()` ---

    def _ambient(self) -> Context | None:
        ctx = current.get(None)
        return ctx if ctx is not None and ctx.site is self else None

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """Let another request be answered in this thread.

        What the one around it wrote is kept first, so that it is seen.
        """
        ctx = self._ambient()
        if ctx is None:
            yield
            return
        ctx.commit()
        try:
            yield
        finally:
            ctx.look_again()


def _adapters(module: str, library: str) -> ModuleType:
    try:
        return importlib.import_module(f"{__name__}.{module}")
    except ModuleNotFoundError as error:
        if error.name != library:
            raise
        raise ModuleNotFoundError(f"this needs {library}: pip install {library}", name=library) from None
