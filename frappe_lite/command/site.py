"""A site as a command opens it: from the settings, with its apps. A name that was mistyped makes no database."""

from __future__ import annotations

import os
import socket
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from .. import Site
from ..access import auth
from ..context import Context
from ..face.apps import loading as apps
from ..protocol import dump_json
from ..sqlite import served
from ..sqlite.file import DatabaseMissing
from ..utils import now
from .address import url_at
from .settings import Settings, take_secret

MEMORY = ":memory:"
BESIDE = ("job_threads", "job_lease", "webhook_networks", "mail_to")
"""Settings of what goes on beside requests, in the server and in workers."""
LOCALHOST = ("http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*")
"""Where the pages of a front end in development come from."""


def open_site(parsed: Namespace) -> Site:
    """The site that a command is about, its apps loaded. Raises DatabaseMissing, DatabaseRefused,
    AppNotInstalledError."""
    site = loaded(make_site(parsed.settings, _database(parsed)), parsed.settings)
    site.configure(**{name: parsed.settings[name] for name in BESIDE})
    return site


def _database(parsed: Namespace) -> str:
    """The database, which is there, unless the command makes one. Who looks at an app without a database gets one in
    memory."""
    settings: Settings = parsed.settings
    require_apps(settings)
    database: str = settings["database"]
    if parsed.creates or is_there(database):
        return database
    if parsed.looks and "database" not in settings.given:
        return MEMORY
    raise DatabaseMissing(missing(database))


def is_there(database: str) -> bool:
    """Whether there is such a file; one that is no file is asked when it is opened."""
    return database == MEMORY or "://" in database or os.path.exists(database)


def missing(database: str) -> str:
    """What to say of a database that is not there."""
    return (
        f"there is no database {database}: name one with --database, or make it with frappe-lite serve "
        f"--database {database}"
    )


def require_apps(settings: Settings) -> list[Path]:
    """The folders of the apps. Raises AppNotInstalledError for one that is none, before anything is made for it."""
    return [apps.package_folder(Path(folder).resolve()) for folder in settings["apps"]]


def make_site(settings: Settings, database: str) -> Site:
    """A site from the settings, without its apps."""
    overrides: dict[str, object] = {"allow_error_traceback": 1} if settings["dev"] else {}
    if origins := [*settings["allow_origins"], *(LOCALHOST if settings["dev"] else ())]:
        overrides["allow_cors"] = "\n".join(origins)
    said = {"developer_mode": int(settings["developer_mode"]), "socketio_port": settings["socketio_port"]}
    site = Site(database, conf={**settings.conf, **said}, overrides=overrides, **settings.site_keywords)
    if access_log := settings["access_log"] or ("text" if settings["dev"] else ""):
        site.extensions.on_answer += [ACCESS_LOGS[access_log]] if access_log in ACCESS_LOGS else []
    return site


def loaded(site: Site, settings: Settings) -> Site:
    """The site, with its apps. Closed again if one of them cannot be loaded."""
    site.served_at = _address(settings)
    try:
        for folder in settings["apps"]:
            site.load(Path(folder))
    except BaseException:
        site.close()
        raise
    return site


def _address(settings: Settings) -> str:
    """Where the database is served, or would be by these settings."""
    found = served.serving(settings["database"])
    return found.address if found and found.address else url_at(settings["host"], settings["port"])


def start(
    site: Site,
    settings: Settings,
    sockets: socket.socket | None = None,
    ring: Callable[[], None] | None = None,
) -> None:
    """Begin what the server does beside requests: on `sockets` it serves those of open pages.

    Jobs are run by who hears the `ring`, or by threads of this process.
    """
    given = {name: settings[name] for name in BESIDE}
    if settings["jobs"] == "off":
        given["job_threads"] = 0
    site.start(sockets=sockets, job_bell=ring, workers=settings["workers"], **given)


def say_first_password(site: Site) -> None:
    """Make sure that the Administrator has a password; print one that had to be made."""
    made = auth.first_password(site, take_secret("FRAPPE_LITE_ADMIN_PASSWORD"))
    if made:
        print(f"Administrator's password, shown this once: {made}", flush=True)


# --- the access log: a line for each request, written at once ----------------------------------------------


def _as_text(ctx: Context, status: int, seconds: float) -> None:
    """No query string: keys of reset links stand there."""
    request = ctx.request
    line = (
        f"{now()[:19]} {request.remote_addr or '-'} {ctx.user} {request.method} {request.path} {status} "
        f"{seconds * 1000:.0f} ms"
    )
    sys.stderr.write("".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line) + "\n")


def _as_json(ctx: Context, status: int, seconds: float) -> None:
    request = ctx.request
    line = {
        "time": now(), "address": request.remote_addr, "user": ctx.user, "method": request.method, "path": request.path,
        "status": status, "ms": round(seconds * 1000, 1), "request_id": ctx.request_id,
    }  # fmt: skip
    sys.stderr.write(dump_json(line).decode() + "\n")


ACCESS_LOGS: dict[str, Callable[[Context, int, float], None]] = {"text": _as_text, "json": _as_json}
