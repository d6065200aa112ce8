"""Pages and assets of apps: `www/`, `public/`, the hooks that lead to them, and what is shown where nothing is found.

Nothing of it is loaded before an app has any of these: a site without pages pays for none.

    apps/shop/shop/www/orders.html   ->   GET /orders
    apps/shop/shop/public/shop.js    ->   GET /assets/shop/shop.js
"""

from __future__ import annotations

import importlib
from pathlib import Path

from ...site import InstalledApp, Site

FOLDERS = ("www", "templates/pages", "public")
HOOKS = (
    "website_route_rules",
    "website_redirects",
    "home_page",
    "role_home_page",
    "website_user_home_page",
    "get_website_user_home_page",
    "add_to_apps_screen",
    "page_renderer",
    "website_path_resolver",
    "website_generators",
)


def attach(site: Site) -> None:
    """Wait for an app that has something to show."""

    def look(app: InstalledApp) -> None:
        if has_pages(app):
            site.extensions.on_app.remove(look)
            importlib.import_module(f"{__name__}.website").open_on(site)

    site.extensions.on_app.append(look)


def has_pages(app: InstalledApp) -> bool:
    """Whether an app brings anything that this part serves."""
    has_folder = bool(app.folder) and any(Path(app.folder, each).is_dir() for each in FOLDERS)
    return has_folder or any(app.hooks.get(each) for each in HOOKS)
