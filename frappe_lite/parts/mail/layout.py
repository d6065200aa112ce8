"""What a mail looks like: the text of the app, with a heading and a frame if it asks for them, and what stands below.

Programs that show mails know little CSS: the few styles stand at their elements.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from ...context import Context
from ...face.texts.html_texts import expand_relative_urls, strip_html_tags
from ...utils import cint, cstr
from .account import Outgoing

COLOURS = {
    "blue": "#2490ef", "green": "#28a745", "orange": "#f39c12", "red": "#e24c4c", "yellow": "#ecac4b",
    "grey": "#8d99a6",
    "gray": "#8d99a6", "purple": "#743ee2", "darkgrey": "#4c5a67", "black": "#333333",
}  # fmt: skip
FRAME = "max-width:600px;margin:0 auto;padding:24px;border:1px solid #d1d8dd;border-radius:6px"
SMALL = "margin-top:24px;color:#687178;font-size:12px"
_BREAKS = re.compile(r"(?i)<(?:br|/p|/div|/h[1-6]|/li|/tr)\s*/?>\s*")
_LINK = re.compile(r"""(?is)<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>(.*?)</a>""")


def texts(
    ctx: Context, content: str, account: Outgoing, options: Mapping[str, object], below: str = ""
) -> tuple[str, str]:
    """The plain text of a mail, and its HTML. `below` is what its recipient alone reads at the end."""
    if content and not re.search(r"<[a-zA-Z/!]", content):
        content = html.escape(content, quote=False).replace("\n", "<br>\n")
    if options.get("raw_html"):  # Frappe: a page of the app's own, with nothing around it and nothing below
        page = expand_relative_urls(content)
        return plain_text(page), page
    inner = f"{_heading(options.get('header'))}<div>{content}{account.signature}</div>"
    if options.get("header") or options.get("with_container"):
        inner = f'<div style="{FRAME}">{inner}</div>'
    shown = expand_relative_urls(f"{inner}{_foot(ctx, account, below)}")
    head = '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>'
    return plain_text(
        shown
    ), f'<!DOCTYPE html>\n<html>{head}<body style="font-family:sans-serif">\n{shown}\n</body></html>\n'


def _heading(given: Any) -> str:
    """A heading, given as a text or as text and colour."""
    title, colour = (given, "") if isinstance(given, str) else (list(given or ()) + ["", ""])[:2]
    if not title:
        return ""
    mark = COLOURS.get(cstr(colour), COLOURS["blue"])
    return f'<h3 style="margin:0 0 16px;padding-left:8px;border-left:6px solid {mark}">{html.escape(cstr(title))}</h3>'


def _foot(ctx: Context, account: Outgoing, below: str) -> str:
    parts = [account.footer]
    if not cint(ctx.setting("disable_standard_email_footer")):
        parts.append(html.escape(cstr(ctx.setting("email_footer_address"))).replace("\n", "<br>"))
    parts.append(below)
    inner = "".join(f"<div>{each}</div>" for each in parts if each)
    return f'<div style="{SMALL}">{inner}</div>' if inner else ""


def plain_text(shown: str) -> str:
    """HTML as people read it who read no HTML: lines where it breaks, and where links lead."""
    text = _LINK.sub(lambda link: _link(link[1], strip_html_tags(link[2])), shown)
    lines = html.unescape(strip_html_tags(_BREAKS.sub("\n", text))).splitlines()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines)).strip() + "\n"


def _link(address: str, text: str) -> str:
    return text if text.strip() in ("", address) and text else f"{text} ({address})" if text.strip() else address


__all__ = ["plain_text", "texts"]
