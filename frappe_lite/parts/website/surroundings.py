"""What every page of apps knows beside its own: Website Settings, the hooks `website_context`, who looks at it, boot.

context.title_prefix, context.top_bar_items, context.boot.sitename, context.fullname, …
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ... import document
from ...context import Context
from ...document.base_document import BaseDocument
from ...errors import DoesNotExistError
from ...face import context as face_context
from ...face.booting import website_boot
from ...face.installation import get_hooks, get_url
from ...query import Condition
from ...utils import _dict, cint, cstr
from .routes import Page

SETTINGS = (
    "banner_html", "banner_image", "brand_html", "copyright", "disable_signup", "hide_footer_signup", "head_html",
    "title_prefix", "navbar_search", "footer_logo", "call_to_action", "call_to_action_url", "show_language_picker",
    "footer_powered", "app_name", "app_logo", "favicon", "splash_image", "hide_login",
)  # fmt: skip
LISTS = ("top_bar_items", "footer_items", "post_login")


def of_site(ctx: Context) -> _dict:
    """What all pages of the site share."""
    settings = document.load(ctx.trusted(), "Website Settings", "Website Settings")
    found = _dict({key: settings.get(key) for key in SETTINGS if settings.get(key)})
    found.update(
        disable_signup=cint(settings.get("disable_signup")),
        top_bar_items=modify_header_footer_items(settings.get("top_bar_items") or []),
        footer_items=modify_header_footer_items(settings.get("footer_items") or []),
        post_login=[{"label": "My Account", "url": "/me"}, {"label": "Log out", "url": "/me"}],
        footer_address=settings.get("address"),
        web_include_js=_list(get_hooks("web_include_js")),
        web_include_css=_list(get_hooks("web_include_css")),
        url=get_url(),
        theme=_dict(),
        read_only_mode=False,
        dev_server=0,
        boot=website_boot(ctx),
    )
    hooked = get_hooks("website_context")
    for key, values in (hooked if isinstance(hooked, dict) else {}).items():
        found[key] = values[-1] if isinstance(values, list) and key not in LISTS else values
    found.update(face_context.conf.get("website_context") or {})
    if found.app_name in (None, "", "Frappe"):  # its default: a site of its own name goes by that
        found.app_name = ctx.site.title
    found.setdefault("favicon", "/assets/frappe_lite/icon.svg")
    return found


def _list(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value or ())


def modify_header_footer_items(items: Iterable[Mapping[str, object]]) -> list[_dict]:
    """Menu items, those with a parent below it in its `child_items`."""
    rows = [_dict(row.as_dict() if isinstance(row, BaseDocument) else row, child_items=[]) for row in items]
    above = {row.label: row for row in rows if not row.parent_label}
    for row in rows:
        if row.parent_label in above:
            above[row.parent_label].child_items.append(row)
    return list(above.values())


def of_page(page: Page) -> dict[str, object]:
    """What a page is called, and where it lies."""
    return {
        "basepath": str(page.file.parent),
        "basename": str(page.file.with_suffix("")),
        "name": page.file.stem,
        "path": page.route,
        "pathname": page.route,
        "route": page.route,
        "template": page.template,
        "canonical": get_url(page.route),
        "docs_base_url": "/docs",
        "url_prefix": "",
        "base_template": _mapped_base(page.route),
    }


def _mapped_base(route: str) -> str | None:
    """The base that the apps' `base_template_map` names for a route: the longest pattern first."""
    mapped = get_hooks("base_template_map")
    for pattern in sorted(mapped if isinstance(mapped, dict) else {}, key=len, reverse=True):
        if re.match(pattern, route):
            return cstr(mapped[pattern][-1])
    return None


def metatags(ctx: Context, route: str, own: object) -> dict[str, str]:
    """What search engines and previews are told of a page: by the page itself, then by Website Route Meta of its
    route."""
    mine = "parenttype = 'Website Route Meta' AND parent = ?"
    condition = Condition(mine, (route or "index",))
    rows = ctx.store.find(ctx.meta("Website Meta Tag"), condition, ("key", "value"), order="idx")
    return {**(own if isinstance(own, dict) else {}), **{cstr(row["key"]): cstr(row["value"]) for row in rows}}


def of_caller(ctx: Context) -> dict[str, object]:
    """Who looks at the page."""
    info = ctx.user_info(ctx.user)
    if info is None:
        raise DoesNotExistError
    return {"fullname": info.full_name, "user_image": info.user_image, "user": info.name}
