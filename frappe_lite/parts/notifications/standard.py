"""What an app keeps beside its standard Notifications: the text in a file, and `get_context` of a module.

job/notification/new_job_alert/new_job_alert.json   .md   .py: get_context(context) -> further names for the templates
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...context import Context
from ...document.base_document import BaseDocument
from ...face.installation import get_module_app, get_module_path
from ...face.texts.html_texts import md_to_html
from ...site import import_app_module
from ...utils import cint, cstr, scrub

FORMATS = {"HTML": ".html", "Plain Text": ".txt"}
"""Message type -> how the file's name ends; otherwise it is Markdown."""


@dataclass(frozen=True)
class Standard:
    """What stands beside a standard Notification."""

    text: str
    """A template; empty if there is none."""
    get_context: Callable[[dict[str, object]], object] | None

    def context(self, known: dict[str, object]) -> Mapping[str, object]:
        """What the app adds to what templates see. Raises what the app does."""
        given = dict(known)
        added = self.get_context(given) if self.get_context else None
        return {**given, **(added if isinstance(added, Mapping) else {})}


def standard_of(ctx: Context, alert: BaseDocument) -> Standard | None:
    """What an app of this site keeps beside the Notification; None for one that is people's own."""
    name, module = scrub(cstr(alert.name)), cstr(alert.module)
    if not cint(alert.is_standard) or not re.fullmatch(r"\w+", name):  # a name is no way to another folder
        return None
    app = get_module_app(module) if module else ""
    if app not in ctx.site.apps or app == "frappe":
        return None
    folder = Path(get_module_path(module, "notification", name))
    if not (folder / f"{name}.json").is_file():
        return None
    file = folder / f"{name}{FORMATS.get(cstr(alert.message_type), '.md')}"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    code = f"{app}.{scrub(module)}.notification.{name}.{name}" if (folder / f"{name}.py").is_file() else ""
    found = getattr(import_app_module(code), "get_context", None) if code else None
    return Standard(md_to_html(text) if file.suffix == ".md" and text else text, found)


__all__ = ["Standard", "standard_of"]
