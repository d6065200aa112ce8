"""The website of a site: one matcher before the other pages, one look at what failed.

Nothing of an app's may take the API's place, nor the desk's at `/app`: those are asked first, as in Frappe.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable

from werkzeug.wrappers import Response

from ...context import Context
from ...errors import PageDoesNotExistError, Redirect
from ...face import context as face_context
from ...face.apps_screen import get_default_path
from ...query import Condition
from ...site import Site
from ...utils import cstr
from ...wsgi import AnyResponse, redirection
from . import refusals, routes
from .assets import Assets
from .pages import Pages
from .routes import Page, Redirection

HOME = ("", "index")
_OWN = re.compile(r"/(app|assets|files|private/files)(/|\Z)")


def open_on(site: Site) -> None:
    """Serve the pages of the site's apps, of those too that come later."""
    website = Website(site)
    site.pages[:0] = [(website.assets, website.assets.serve), (website, website.answer)]
    site.around.append(website.around)
    site.shortcuts.append(website.assets.from_memory)
    site.home_of = home_of


def of(site: Site) -> Website:
    """The website of a site; opened, if no app had pages yet."""
    found = [each for each, _ in site.pages if isinstance(each, Website)]
    if not found:
        open_on(site)
        return of(site)
    return found[0]


def led_on(ctx: Context, error: Redirect) -> AnyResponse:
    """The way to where a page sends its caller."""
    place = cstr(face_context.flags.redirect_location or ctx.response.location)
    return redirection(re.sub(r"[\x00-\x1f\x7f]", "", place) or "/", error.http_status)


def home_of(ctx: Context) -> str:
    """Where somebody goes who signs in: the one app that they may use, or else the desk or their home page."""
    info = ctx.user_info(ctx.user)
    if info is not None and info.user_type == "System User":
        return get_default_path() or "/app"
    return get_default_path() or f"/{routes.home_page(ctx)}"


class Website:
    """What the apps of a site show."""

    def __init__(self, site: Site):
        self._site = site
        self._rules = routes.Rules(site)
        self.assets, self.pages = Assets(site), Pages(site)

    # --- from a path to an answer ---

    def match(self, path: str) -> bool:
        """Whether an app answers this path, for some caller at least."""
        route = _route(path)
        if _OWN.match(path):
            return False
        return route in HOME or self.page(route) is not None or (self._renders() and not self._is_taken(path))

    def _renders(self) -> bool:
        """Whether an app renders pages itself: of which paths, only its code knows."""
        return any(app.hooks.get("page_renderer") for app in self._site.apps.values())

    def _is_taken(self, path: str) -> bool:
        """Whether a page of the server's own has the path."""
        return any(each is not self and each.match(path) for each, _ in self._site.pages)

    def answer(self, ctx: Context) -> AnyResponse:
        """The page of the address, or the way to it. Raises PageDoesNotExistError, and what the page raises."""
        try:
            return self.at(ctx, _route(ctx.request.path))
        except Redirect as error:
            return led_on(ctx, error)

    def at(self, ctx: Context, asked: str) -> AnyResponse:
        """The page of a route. Raises Redirect, PageDoesNotExistError, and what the page raises."""
        route = routes.home_page(ctx) if asked in HOME else asked
        renderer = importlib.import_module(f"{__package__}.renderers").found(ctx, route) if self._renders() else None
        if renderer is not None:
            answer: AnyResponse = renderer.render()
            return answer
        page = self.page(route)
        if page is None:
            if asked in HOME:
                return redirection(_server_page(ctx, route))
            raise PageDoesNotExistError(f"There is no page {route}")
        return self.pages.answer(ctx, page)

    def page(self, route: str) -> Page | None:
        """The file that answers a route; None if there is none."""
        plain = route.removesuffix(".html")
        found = self._rules.find(plain)
        if found is not None:
            return routes.page_at(self._site, *found)
        return routes.page_at(self._site, plain)

    # --- around every request ---

    def around(self, ctx: Context, answer: Callable[[], AnyResponse]) -> AnyResponse:
        """The answer, or a redirect instead of it; a refusal as a page where a browser asked for one."""
        path = ctx.request.path
        if path.startswith("/api/") or ctx.request.params.get("cmd"):
            return answer()
        sent = None if _OWN.match(path) or ctx.request.method not in ("GET", "HEAD") else self._redirection(ctx)
        if sent is not None:
            return redirection(sent.location, sent.status)
        return refusals.shown(ctx, answer, self._own_page) if refusals.wants_page(ctx) else answer()

    def _redirection(self, ctx: Context) -> Redirection | None:
        kept = ctx.cached(("route redirects",), lambda: _kept_redirects(ctx))
        rules = [*routes.redirects(self._site), *kept]
        query = cstr(ctx.request.environ.get("QUERY_STRING"))
        return routes.redirection(rules, _route(ctx.request.path), query) if rules else None

    def _own_page(self, ctx: Context, name: str, status: int, **values: object) -> Response | None:
        """The page that an app brings for a refusal, such as `www/404.html`."""
        page = routes.page_at(self._site, name)
        return self.pages.answer(ctx, page, status, **values) if page is not None else None


def _route(path: str) -> str:
    return path.strip("/ ")


def _server_page(ctx: Context, route: str) -> str:
    prefix = cstr(ctx.request.environ.get("SCRIPT_NAME")).rstrip("/")
    info = ctx.user_info(ctx.user)
    if route == "me" and info is not None and info.user_type == "System User":
        return f"{prefix}/app"
    return f"{prefix}/{route.lstrip('/')}"


def _kept_redirects(ctx: Context) -> list[dict[str, object]]:
    """The rows of Website Settings."""
    names = ("source", "target", "redirect_http_status", "match_with_query_string", "forward_query_parameters")
    of_settings = Condition("parenttype = 'Website Settings'")
    rows = ctx.store.find(ctx.meta("Website Route Redirect"), of_settings, names, order="idx")
    return [dict(row) for row in rows]
