"""Integration Request: what was asked of somebody else's server, and how it went. Apps make them, as for payments.

frappe.integrations.utils.create_request_log({"amount": 3}, service_name="Bank")  ->  Integration Request, Queued
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..document import Document
from ..site import Site
from ..utils import cstr

DOCTYPE = "Integration Request"


def attach(site: Site) -> None:
    """Let apps keep what they ask of others."""
    site.controllers[DOCTYPE] = IntegrationRequest


class IntegrationRequest(Document):
    """What was asked, and how it went."""

    data: object
    status: object

    def autoname(self) -> None:
        """By the other server's name for it, if it has one."""
        if self.flags.name_given or self.flags._name:
            self.name = cstr(self.flags.name_given or self.flags._name)

    def update_status(self, params: Mapping[str, object], status: str) -> None:
        """Add to what was asked, and say how it stands; kept at once, as in Frappe."""
        self.data = json.dumps({**json.loads(cstr(self.data) or "{}"), **params}, indent=1, default=str)
        self.status = status
        self.save(ignore_permissions=True)
        self.ctx.commit()

    def handle_success(self, response: object) -> None:
        """It went well."""
        self._end("Completed", "output", response)

    def handle_failure(self, response: object) -> None:
        """It did not."""
        self._end("Failed", "error", response)

    def _end(self, status: str, field: str, response: object) -> None:
        said = json.loads(response) if isinstance(response, str) else response
        self.db_set({"status": status, field: json.dumps(said, default=str)})


__all__ = ["IntegrationRequest", "attach"]
