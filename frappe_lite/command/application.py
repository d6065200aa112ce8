"""The application as a WSGI server's workers import it: each opens the site for itself, after the fork."""

from __future__ import annotations

import logging
import multiprocessing.util
import os

from .. import App
from ..sqlite import served
from . import job_process
from .receiving import Patient
from .settings import read
from .site import loaded, make_site, say_first_password, start

_settings = read({})
if multiprocessing.parent_process() is not None:  # a worker: what the apps lack was told by who started it
    logging.getLogger("frappe_lite.apps").disabled = True
    served.end_with(os.getppid())
_claim = served.share(_settings["database"])
site = loaded(make_site(_settings, _settings["database"]), _settings)
if multiprocessing.parent_process() is None:  # another maker's server, such as gunicorn, has nobody to do it before
    say_first_password(site)
os.environ.pop("FRAPPE_LITE_ADMIN_PASSWORD", None)  # used by now, and granian puts the environment into each request's
_bell = job_process.bell_of(os.environ)
os.environ.pop(job_process.BELL, None)
start(site, _settings, ring=_bell.ring if _bell else None)
application = Patient(App(site), site)
multiprocessing.util.Finalize(None, site.close, exitpriority=10)  # a worker runs these at its end, but no atexit
