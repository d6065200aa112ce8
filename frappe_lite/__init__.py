"""The Frappe REST contract in one process and one file.

    site = Site("app.db"); site.load("apps/shop"); application = App(site)      # any WSGI server runs it

App code sees this package as `frappe`: see `face/`. Here a site is put together from its parts.
"""

from __future__ import annotations

import copy
import functools
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import face, methods, parts, utils
from .access import auth
from .document import base_document, calling, controllers, schema
from .face import *  # noqa: F403 - what apps know as frappe
from .face import _, _dict, apps, exceptions
from .face.document import Document, with_events
from .face.exceptions import *  # noqa: F403 - what apps know as frappe
from .face.memory_jobs import MemoryJobs
from .site import InstalledApp
from .site import Site as BaseSite
from .version import VERSION
from .wsgi import App

__version__ = VERSION

__all__ = [*face.__all__, "App", "Document", "Site", "__version__", "_", "_dict", "exceptions", "utils"]

for _module in (auth, calling, controllers):  # a harness that imports `frappe_lite.auth` need not know its folder
    sys.modules[f"{__name__}.{_module.__name__.rpartition('.')[2]}"] = _module

methods.register()
part_commands = parts.commands


class Site(BaseSite):
    """A site that is ready to serve: built-in DocTypes, controllers and methods in place."""

    def __init__(self, database: str = ":memory:", **settings: Any):
        self.template = self.template or (_memory_template() if database == ":memory:" else b"")
        self.open_database = parts.opener(database)
        super().__init__(database, **settings)
        self.around.append(apps.around)
        self.job_queue = MemoryJobs(self)
        self.make_document = lambda ctx, row: base_document.make(ctx, row["doctype"], row)
        self.document_class = _for_apps(Document)
        self.controllers.update(controllers.CONTROLLERS)
        hooks = copy.deepcopy(controllers.HOOKS)
        self.add_app(InstalledApp("frappe", hooks=hooks, version=__version__, title="Frappe Framework"))
        ctx = self.new_context()
        schema.install(ctx)
        parts.attach(self)
        for name, controller in self.controllers.items():
            self.controllers[name] = _for_apps(controller)  # type: ignore[arg-type]  # a class is hashable
        self.built_in = dict(self.controllers)
        self.controllers.clear()  # they come back as they are needed, with dates as objects
        ctx.rollback()

    def load(self, folder: str | Path) -> InstalledApp:
        """Load an app from its folder. Raises AppNotInstalledError."""
        return apps.load(self, folder)


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


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"frappe.{name} is not provided by frappe_lite; see docs/apps.md for what is")
