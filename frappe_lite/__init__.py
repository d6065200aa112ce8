"""The Frappe REST contract in one process and one file.

    site = Site("app.db"); site.load("apps/shop"); application = App(site)      # any WSGI server runs it

App code sees this package as `frappe`: see `face/`. Here a site is put together from its parts.
"""

from __future__ import annotations

import copy
import functools
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import face, methods, parts, utils
from .access import auth
from .document import base_document, calling, controllers, schema
from .face import *  # noqa: F403 - what apps know as frappe
from .face import _, _dict, exceptions
from .face.apps import loading as apps
from .face.exceptions import *  # noqa: F403 - what apps know as frappe
from .face.jobs.memory_jobs import MemoryJobs
from .face.model.document import Document, with_events
from .installed_app import InstalledApp
from .site import Assembly, Site
from .sqlite.database import Database
from .version import VERSION
from .wsgi import App

__version__ = VERSION

__all__ = [*face.__all__, "App", "Document", "Site", "__version__", "_", "_dict", "exceptions", "utils"]

for _module in (auth, calling, controllers):  # a harness that imports `frappe_lite.auth` need not know its folder
    sys.modules[f"{__name__}.{_module.__name__.rpartition('.')[2]}"] = _module

methods.register()
part_commands = parts.commands


def _complete(site: Site) -> None:
    """Put built-in DocTypes, controllers, methods and parts into a site that has its database."""
    site.extensions.around.append(apps.around)
    site.job_queue = MemoryJobs(site)
    site.make_document = lambda ctx, row: base_document.make(ctx, row["doctype"], row)
    site.document_class = _for_apps(Document)
    site.controllers.update(controllers.CONTROLLERS)
    hooks = copy.deepcopy(controllers.HOOKS)
    site.add_app(InstalledApp("frappe", hooks=hooks, version=__version__, title="Frappe Framework"))
    ctx = site.new_context()
    schema.install(ctx)
    parts.attach(site)
    for name, controller in site.controllers.items():
        site.controllers[name] = _for_apps(controller)  # type: ignore[arg-type]  # a class is hashable
    site.built_in = dict(site.controllers)
    site.controllers.clear()  # they come back as they are needed, with dates as objects
    ctx.rollback()


@functools.cache
def _for_apps(controller: Any) -> type[object]:
    """A built-in controller, or the class of documents that have none, with what app code expects of any document."""
    if not issubclass(controller, Document):
        controller = type(controller.__name__, (controller, Document), {"__module__": controller.__module__})
    return with_events(controller)


@functools.cache
def _memory_template() -> bytes:
    """The file that each site in memory begins with: made once, so that the next ones start in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="frappe_lite-") as folder:
        path = Path(folder) / "template.db"
        Site(str(path), synchronous="off").close()
        return path.read_bytes()


def _opener(address: str) -> Callable[..., Database]:
    return parts.opener(address)


def _template(address: str) -> bytes:
    return _memory_template() if address == ":memory:" else b""


Site.assembly = Assembly(_opener, _template, _complete, apps.load)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"frappe.{name} is not provided by frappe_lite; see docs/apps.md for what is")
