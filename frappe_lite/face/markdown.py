"""Markdown to HTML: `frappe.utils.md_to_html`. Needs the extra `apps`.

HTML in the text stays HTML, as in Frappe: what people typed is cleaned by its field, or with `sanitize_html`.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from ..utils import cstr
from .missing import NotProvidedError


@functools.cache
def _parser() -> Any:
    """Imported when the first text is turned into HTML."""
    try:
        made = importlib.import_module("markdown_it").MarkdownIt("commonmark", {"html": True})
    except ImportError:
        raise NotProvidedError.told(
            "Markdown needs markdown-it-py, which is not installed: pip install 'frappe_lite[apps]'"
        ) from None
    return made.enable(["table", "strikethrough"])


def md_to_html(markdown_text: Any) -> str:
    """HTML for a text in Markdown; nothing for nothing."""
    return str(_parser().render(cstr(markdown_text))) if markdown_text else ""


markdown = md_to_html

__all__ = ["markdown", "md_to_html"]
