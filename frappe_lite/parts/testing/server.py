"""A test's site over HTTP.

Waitress, as `frappe-lite serve` has it, on a free port of 127.0.0.1 and in a thread of this process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import waitress
from waitress import wasyncore
from waitress.channel import ClientDisconnected

from ...values import JsonObject

if TYPE_CHECKING:
    from . import TestSite


class Server:
    """The site at `url` while the `with` lasts."""

    def __init__(self, site: TestSite):
        self.site = site
        self._server = waitress.create_server(
            self._answer, host="127.0.0.1", port=0, threads=4, ident="frappe_lite", clear_untrusted_proxy_headers=True
        )
        # That a request waits is no news here
        self._server.task_dispatcher.queue_logger = logging.Logger("waitress.queue", logging.ERROR)
        self.port = int(self._server.effective_port)
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.run, name="frappe_lite-test-server", daemon=True)

    def __str__(self) -> str:
        return self.url

    def __enter__(self) -> Server:
        self.site.settings.url = self.url
        self.site.app.closing.clear()
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.site.app.closing.set()  # a delayed answer is due now
        self._server.task_dispatcher.shutdown()
        # In the loop's own thread, which ends with it
        self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._server._map))
        self._thread.join()

    def _answer(self, environ: JsonObject, start_response: Any) -> Iterable[bytes]:
        try:
            return self.site.app(environ, start_response)
        except ConnectionResetError as error:
            raise ClientDisconnected from error  # waitress closes the connection on it, without a word
