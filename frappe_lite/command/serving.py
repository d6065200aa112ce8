"""The application as a WSGI server's workers import it: each opens the site for itself, after the fork."""

from __future__ import annotations

import multiprocessing.util
import os

from .. import App, Site
from ..receiving import Patient
from . import front as cli_front

os.environ.pop("FRAPPE_LITE_ADMIN_PASSWORD", None)  # used by now, and granian puts the environment into each request's
_database, _synchronous, _checkpoint, _created, *_apps = os.environ["FRAPPE_LITE_SERVE"].split("\x1f")
site = Site(
    _database,
    synchronous=_synchronous,
    checkpoint=_checkpoint,
    created_status=int(_created),
    **cli_front.from_environment(),
)
for _folder in _apps:
    site.load(_folder)
site.start()
application = Patient(App(site), site)
multiprocessing.util.Finalize(None, site.close, exitpriority=10)  # a worker runs these at its end, but no atexit
