"""Webhooks: other servers are told of documents that change, by jobs, after the commit. See docs/webhooks.md."""

from __future__ import annotations

import functools

from ...site import Site
from ...values import Given
from .calling import networks
from .telling import EVENTS, notice
from .webhook import Webhook


def attach(site: Site) -> None:
    """Let Webhook documents be told; private networks are named when the site is started, or by `allow`."""
    site.controllers["Webhook"] = Webhook
    for event in EVENTS:
        site.add_doc_event("*", event, notice)
    site.extensions.on_configure.append(functools.partial(_configure, site))


def _configure(site: Site, settings: Given) -> None:
    allow(site, settings.get("webhook_networks", ""))


def allow(site: Site, names: str) -> None:
    """Let webhooks call these networks too, as `10.0.0.0/8 127.0.0.1`. Raises ValidationError."""
    site.shelf["webhook networks"] = networks(names)


__all__ = ["allow", "attach"]
