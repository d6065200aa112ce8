"""HTML of `frappe.utils`: made safe, reduced to text, its links completed, Markdown turned into it."""

from __future__ import annotations

import html
import importlib
import re
from typing import Any
from urllib.parse import quote as url_quote
from urllib.parse import urlparse

import nh3

from ...document.markup import clean
from ...utils import cstr, strip_html
from ..context import ctx
from ..installation import get_url
from ..missing import NotProvidedError

acceptable_elements = sorted(
    {
        *nh3.ALLOWED_TAGS,
        "button",
        "dialog",
        "fieldset",
        "font",
        "form",
        "input",
        "label",
        "optgroup",
        "option",
        "select",
        "textarea",
        "video",
    }
)
"""Tags that people's HTML may have; what an app adds to it counts for the app's own checks."""

acceptable_attributes = sorted(
    {
        "align",
        "alt",
        "class",
        "colspan",
        "dir",
        "height",
        "href",
        "id",
        "lang",
        "name",
        "rel",
        "role",
        "rowspan",
        "src",
        "style",
        "target",
        "title",
        "width",
    }
)
svg_elements = "circle clipPath defs ellipse g line path polygon polyline rect svg symbol text tspan use".split()
svg_attributes = [
    "cx",
    "cy",
    "d",
    "fill",
    "height",
    "points",
    "r",
    "rx",
    "ry",
    "stroke",
    "stroke-width",
    "transform",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "xmlns",
    "y",
    "y1",
    "y2",
]
mathml_elements = "math mfrac mi mn mo mover mroot mrow msqrt mstyle msub msup mtable mtd mtext mtr munder".split()
mathml_attributes = "columnalign display displaystyle fontstyle mathvariant rowalign stretchy width xmlns".split()

_TAG = re.compile(r"<[a-zA-Z/!?]")


def is_json(text: object) -> bool:
    """Whether text is a JSON list or object; such is not cleaned."""
    return isinstance(text, str) and text.strip()[:1] in ("{", "[") and text.strip()[-1:] in ("}", "]")


def is_html(text: object) -> bool:
    """Whether there are tags in the text."""
    return isinstance(text, str) and bool(re.search("<[^>]+>", text))


def sanitize_html(html: object, linkify: bool = False, always_sanitize: bool = False) -> object:
    """HTML without scripts and their like. What is no text, has no tags or is JSON stays as it is, unless
    `always_sanitize`."""
    if not isinstance(html, str) or not always_sanitize and (is_json(html) or not _TAG.search(html)):
        return html
    cleaned = clean(html)
    return (
        re.sub(r"(?<![\"'>=/\w])(https?://[^\s<]+)", r'<a href="\1" rel="nofollow">\1</a>', cleaned)
        if linkify
        else cleaned
    )


_PLAIN = {"div", "p", "br", "ul", "ol", "li", "strong", "b", "em", "i", "u", "table", "thead", "tbody", "td", "tr"}
_MAIL = _PLAIN | {"a", "th", "pre", "code", "h1", "h2", "h3", "h4", "h5", "h6", "button", "img"}


def clean_html(html: object) -> object:
    """HTML with the simplest tags alone, and no attributes."""
    return nh3.clean(html, tags=_PLAIN, attributes={}) if isinstance(html, str) else html


def clean_email_html(html: object) -> object:
    """HTML as mail programs show it: headings, links, pictures, tables."""
    allowed = {"*": {"border", "colspan", "rowspan", "src", "href", "style", "id"}}
    return (
        nh3.clean(
            html, tags=_MAIL, attributes=allowed, url_schemes={"cid", "http", "https", "mailto", "data"}, link_rel=None
        )
        if isinstance(html, str)
        else html
    )


def clean_script_and_style(html: object) -> str:
    """HTML without its scripts and styles."""
    return re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", "", cstr(html))


def unescape_html(value: object) -> str:
    """`&lt;` becomes `<`."""
    return html.unescape(cstr(value))


def strip_html_tags(text: object) -> str:
    """The text between tags."""
    return strip_html(cstr(text))


# --- Markdown ---


class UnicodeWithAttrs(str):
    """HTML of Markdown, with its table of contents in `toc_html` and what stood above it in `metadata`."""

    toc_html: object = None
    metadata: object = None


def md_to_html(markdown_text: object) -> UnicodeWithAttrs:
    """Markdown as HTML, by markdown2. Raises NotProvidedError without it."""
    try:
        package: Any = importlib.import_module("markdown2")
    except ImportError:
        raise NotProvidedError.told(
            "Markdown needs markdown2, which is not installed: pip install 'frappe_lite[apps]'"
        ) from None
    classes = {"table": "table table-bordered", "img": "screenshot"}
    extras = {
        "fenced-code-blocks": None,
        "tables": None,
        "header-ids": None,
        "toc": None,
        "highlightjs-lang": None,
        "html-classes": classes,
    }
    made = package.markdown(cstr(markdown_text), extras=extras)
    text = UnicodeWithAttrs(made)
    text.toc_html, text.metadata = made.toc_html, made.metadata
    return text


def markdown(text: object, sanitize: bool = True, linkify: bool = True) -> str:
    """Markdown, or HTML, as safe HTML."""
    made = cstr(text) if is_html(text) else md_to_html(text)
    return cstr(sanitize_html(made.replace("<!-- markdown -->", ""), linkify)) if sanitize else made


def is_markdown(text: str) -> bool:
    """Whether text is Markdown: it says so, or has no paragraphs of HTML."""
    return "<!-- markdown -->" in text or "<!-- html -->" not in text and not re.search(r"<p\s*>|<br\s*>", text)


# --- links ---


def quoted(url: object) -> str:
    """An address with what it may not hold in % form; its own marks stay."""
    return url_quote(cstr(url), safe="~@#$&()*!+=:;,.?/'")


def quote(text: object, safe: str = "/") -> str:
    """Text for a URL."""
    return url_quote(cstr(text), safe)


_LINK = re.compile(r"((?:href|src)\s*=\s*['\"]?)((?!http)[^'\" >]+)(['\"]?)")
_IN_STYLE = re.compile(r"(:\s?url\(['\"]?)((?!http)[^'\" >]+)(['\"]?\))")


def expand_relative_urls(html: str) -> str:
    """HTML whose links and pictures have the site's whole address, as mail needs them."""
    base = get_url().rstrip("/")

    def whole(match: re.Match[str]) -> str:
        before, path, after = match.groups()
        if path.startswith(("mailto", "data:", "tel:")):
            return match[0]
        return f"{before}{base}/{path.lstrip('/')}{after}" + (" !important" if "url(" in before else "")

    return _IN_STYLE.sub(whole, _LINK.sub(whole, html))


scrub_urls = expand_relative_urls


def quote_urls(html: str) -> str:
    """HTML whose whole addresses have no characters that an address may not have."""
    return re.sub(r"((?:href|src)\s*=\s*['\"]?)(http[^'\">]+)", lambda match: match[1] + quoted(match[2]), html)


def is_site_link(link: object) -> bool:
    """Whether a link leads to this site."""
    return bool(link) and (cstr(link).startswith("/") or urlparse(cstr(link)).netloc == urlparse(get_url()).netloc)


def get_icon_html(icon: str, small: bool = False) -> str:
    """An icon's HTML; the icons of the desk are not here."""
    return ""


def get_desk_link(doctype: str, name: object, show_title_with_name: bool = False, open_in_new_tab: bool = False) -> str:
    """A link to a document in the desk, with its DocType and title."""
    meta, row = ctx().meta(doctype), ctx().store.load_row(ctx().meta(doctype), name) or {}
    title = row.get(meta.get_title_field()) or name
    shown = f"{name}: {title}" if show_title_with_name and title != name else title
    target = ' target="_blank"' if open_in_new_tab else ""
    path = quoted(f"/app/{cstr(doctype).lower().replace(' ', '-').replace('_', '-')}/{name}")
    return f'<a href="{path}" style="font-weight: bold;"{target}>{doctype} {html.escape(cstr(shown))}</a>'


__all__ = [
    "UnicodeWithAttrs", "acceptable_attributes", "acceptable_elements", "clean_email_html", "clean_html",
    "clean_script_and_style", "expand_relative_urls",
    "get_desk_link", "get_icon_html", "is_html", "is_json", "is_markdown", "is_site_link", "markdown",
    "mathml_attributes", "mathml_elements", "md_to_html",
    "quote", "quote_urls", "quoted", "sanitize_html", "scrub_urls", "strip_html_tags", "svg_attributes", "svg_elements",
    "unescape_html",
]  # fmt: skip
