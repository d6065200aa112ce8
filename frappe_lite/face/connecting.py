"""`frappe.init`, `frappe.connect`, `frappe.destroy`: a thread that app code began acts on a site, as the Administrator.

A request, a job and a test have their site already. Elsewhere a site is found by the name that `frappe.local.site`
gave.

    site = frappe.local.site
    def work(): frappe.init(site=site); frappe.connect(); …; frappe.db.commit(); frappe.destroy()
"""

from __future__ import annotations

import contextvars
import weakref
from typing import Any

from ..context import current
from ..errors import ValidationError
from ..site import Site
from ..utils import cstr

_known: weakref.WeakValueDictionary[str, Site] = weakref.WeakValueDictionary()
_begun: contextvars.ContextVar[contextvars.Token[Any] | None] = contextvars.ContextVar("begun", default=None)


def site_name(site: Site) -> str:
    """The site's name for app code, by which another thread of the process finds it; of two of a name the one that was
    asked last."""
    _known[cstr(site.title)] = site
    return cstr(site.title)


def init(site: str = "", sites_path: str = ".", new_site: bool = False, force: bool = False) -> None:
    """Act on a site from here on, in this thread. Raises ValidationError for one that is not open in this process."""
    now = current.get(None)
    if now is not None and site in ("", site_name(now.site)) and not force:
        return
    found = _known.get(site) or (now.site if now is not None and not site else None)
    if found is None:
        raise ValidationError.told(
            f"No site {site!r} is open in this process: take the name from frappe.local.site, or use `with "
            "site.acting():`"
        )
    _begun.set(current.set(found.new_context()))


def connect(site: str | None = None, db_name: str | None = None, set_admin_as_user: bool = True) -> None:
    """As `init`, where nothing was begun. The connection itself is opened by what asks first."""
    if site or current.get(None) is None:
        init(site or "")


def destroy() -> None:
    """End what `init` began: what was not committed is undone."""
    token = _begun.get()
    if token is not None:
        current.get().rollback()
        current.reset(token)
        _begun.set(None)


__all__ = ["connect", "destroy", "init"]
