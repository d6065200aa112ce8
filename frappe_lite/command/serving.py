"""The application as a WSGI server's workers import it: each opens the site for itself, after the fork."""

from __future__ import annotations

import io
import multiprocessing.util
import os
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .. import App, Site
from . import front as cli_front

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SLOTS = 4
"""Requests that one process works on at once. Others wait, or are still being received."""


class Patient:
    """An application whose requests are received whole before one of few slots is taken: who sends slowly keeps nobody else waiting."""

    def __init__(self, application: WSGIApplication, max_body: int, slots: int = SLOTS):
        self.application, self.max_body = application, max_body
        self._slots = threading.Semaphore(slots)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Receive, then answer. An answer that is sent bit by bit has given its slot back."""
        length = environ.get("CONTENT_LENGTH") or ""
        if environ.get("HTTP_TRANSFER_ENCODING"):
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(self.max_body + 1))
        elif length.isdecimal() and 0 < int(length) <= self.max_body:
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
        with self._slots:
            return self.application(environ, start_response)


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
application = Patient(App(site), site.max_body)
multiprocessing.util.Finalize(None, site.close, exitpriority=10)  # a worker runs these at its end, but no atexit
