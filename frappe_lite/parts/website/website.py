"""The website of a site: one matcher before the other pages, one look at what failed.

Nothing of an app's may take the API's place, nor the desk's at `/app`: those are asked first, as in Frappe.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TypeVar

from werkzeug.wrappers import Response

from ...context import Context
from ...errors import PageDoesNotExistError, Redirect
from ...face import context as face_context
from ...face.apps.apps_screen import get_default_path
from ...face.installation import get_hooks
from ...query import Condition
from ...site import Site
from ...utils import cstr
from ...wsgi import AnyResponse, redirection
from . import refusals, resolving, routes
from .assets import Assets
from .pages import pages_of
from .routes import Page, Redirection

Answered = TypeVar("Answered")

HOME = ("", "index")
VERBS = ("GET", "HEAD", "POST")
_OWN = re.compile(r"/(app|assets|files|private/files)(/|\Z)")


def open_on(site: Site) -> None:
    """Serve the pages of the site's apps, of those too that come later."""
    website = Website(site)
    site.extensions.pages[:0] = [(website.assets, website.assets.serve), (website, website.answer)]
    site.extensions.around.append(website.around)
    site.extensions.shortcuts.append(website.assets.from_memory)
    site.extensions.home_of = home_of


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
        self._rules = routes.rules_of(site)
        self.assets, self.pages = Assets(site), pages_of(site)

    # --- from a path to an answer ---

    def match(self, path: str) -> bool:
        """Whether an app answers this path, for some caller at least."""
        route = _route(path)
        if _OWN.match(path):
            return False
        return route in HOME or self._page(route) is not None

    def answer(self, ctx: Context) -> AnyResponse:
        """The page of the address, or the way to it. Raises PageDoesNotExistError, and what the page raises."""
        asked = _route(ctx.request.path)
        route = routes.home_page(ctx) if asked in HOME else asked
        page = self._page(route)
        if page is None:
            if asked in HOME:
                return redirection(_server_page(ctx, route))
            raise PageDoesNotExistError(f"There is no page {route}")
        return _sent_on(ctx, lambda: self.pages.answer(ctx, page))

    def _page(self, route: str) -> Page | None:
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
        first = functools.partial(self._first, ctx, answer)
        return refusals.shown(ctx, first) if refusals.wants_page(ctx) else first()

    def _first(self, ctx: Context, answer: Callable[[], AnyResponse]) -> AnyResponse:
        """What an app's renderer or a document has to say to the address, or else the answer."""
        path = ctx.request.path
        if _OWN.match(path) or ctx.request.method not in VERBS or not resolving.asks_renderers(ctx):
            return answer()
        found = _sent_on(ctx, lambda: self._rendered(ctx, _route(path)))
        return found if found is not None else answer()

    def _rendered(self, ctx: Context, route: str) -> AnyResponse | None:
        endpoint = resolving.endpoint_of(route)
        found = resolving.renderer_of(endpoint)
        if found is not None:
            return resolving.rendered(found)
        page = routes.page_at(self._site, endpoint) if get_hooks("website_path_resolver") else None
        return self.pages.answer(ctx, page) if page is not None else None

    def _redirection(self, ctx: Context) -> Redirection | None:
        kept = ctx.cached(("route redirects",), lambda: _kept_redirects(ctx))
        rules = [*routes.redirects(self._site), *kept]
        query = cstr(ctx.request.environ.get("QUERY_STRING"))
        return routes.redirection(rules, _route(ctx.request.path), query) if rules else None


def _sent_on(ctx: Context, answer: Callable[[], Answered]) -> Answered | Response:
    """The answer, or the way to where its code sends the browser; what is kept until then stays kept."""
    try:
        return answer()
    except Redirect as error:
        place = cstr(face_context.flags.redirect_location or ctx.response.location)
        return redirection(re.sub(r"[\x00-\x1f\x7f]", "", place) or "/", error.http_status)


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
