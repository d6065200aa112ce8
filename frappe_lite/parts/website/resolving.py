"""`frappe.website.path_resolver`, `.router` and `.serve`: from a path to the renderer that has its page.

The order is Frappe's: redirects, the hook `website_path_resolver` or the route rules, the apps' `page_renderer`s,
documents, `www/`. What the server has itself (`/login`, `/me`, …) no document can take the place of.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import Protocol

from werkzeug.wrappers import Response

from ...context import Context
from ...errors import ConflictError, FrappeError, PageDoesNotExistError, Redirect, UnsupportedError
from ...face.context import ctx, form_dict, local
from ...face.installation import get_hooks
from ...face.web_answers import set_request
from ...utils import cstr
from . import documents, refusals, routes
from .renderers import DocumentPage, NotFoundPage, RedirectPage, TemplatePage

log = logging.getLogger("frappe_lite")


class Renderer(Protocol):
    """What answers an address, if it can."""

    def can_render(self) -> object:
        """Whether it does."""

    def render(self) -> Response:
        """The answer."""


def asks_renderers(asked: Context) -> bool:
    """Whether anything but files may answer: a site without such hooks and documents looks no further."""
    apps = [app for app in asked.site.apps.values() if app.name != "frappe"]
    named = any(app.hooks.get("page_renderer") or app.hooks.get("website_path_resolver") for app in apps)
    return named or bool(documents.kinds(asked))


def resolve_path(path: str) -> str:
    """The route that answers a path: the caller's home page, what a route rule says, or the path itself."""
    route = path.strip("/ ").removesuffix(".html")
    if route in ("", "index"):
        route = routes.home_page(ctx())
    local.path = route
    found = routes.rules_of(ctx().site).find(route)
    if found is None:
        return route
    form_dict.update(found[1])
    return found[0]


def endpoint_of(path: str) -> str:
    """Where a path leads: by the apps' `website_path_resolver`, the last that is named, or by the rules."""
    endpoint = None
    for dotted in get_hooks("website_path_resolver"):
        endpoint = ctx().site.resolve(dotted)(path)
    return resolve_path(path) if endpoint is None else cstr(endpoint)


def renderer_of(endpoint: str, status: int | None = None) -> Renderer | None:
    """The app's renderer, or the document, that answers; None where only a file may."""
    for dotted in get_hooks("page_renderer"):
        made = _made(dotted, endpoint, status)
        if made is not None and made.can_render():
            return made
    page = DocumentPage(endpoint, status)
    return page if not _is_own(endpoint) and page.can_render() else None


def _made(dotted: str, endpoint: str, status: int | None) -> Renderer | None:
    try:
        kind = ctx().site.resolve(dotted)
    except (ImportError, AttributeError, UnsupportedError) as error:  # the last: it lacks somebody's package
        _tell(dotted, str(error))
        return None
    made: Renderer = kind(endpoint, status)
    return made


@lru_cache(maxsize=100)
def _tell(dotted: str, why: str) -> None:
    """Once, and not for each page."""
    log.warning("the page renderer %s is passed over: %s", dotted, why)


def _is_own(endpoint: str) -> bool:
    """Whether the server has a page of that address itself; its handbook at `/docs` gives way."""
    own = [paths for paths, _page in ctx().site.extensions.pages if isinstance(paths, re.Pattern)]
    return not re.match(r"docs(/|\Z)", endpoint) and any(paths.match(f"/{endpoint}") for paths in own)


def rendered(renderer: Renderer) -> Response:
    """What a renderer gives. Raises PageDoesNotExistError for nothing."""
    made = renderer.render()
    if made is None:
        raise PageDoesNotExistError
    return made


class PathResolver:
    """`frappe.website.path_resolver.PathResolver`: what answers a path."""

    def __init__(self, path: str, http_status_code: int | None = None):
        self.path, self.http_status_code = path.strip("/ "), http_status_code

    def resolve(self) -> tuple[str, Renderer]:
        """The endpoint and its renderer, NotFoundPage for none."""
        endpoint = endpoint_of(self.path)
        found = renderer_of(endpoint, self.http_status_code)
        if found is None:
            file = TemplatePage(endpoint, self.http_status_code)
            found = file if file.can_render() else NotFoundPage(endpoint, 404)
        return endpoint, found

    def is_valid_path(self) -> bool:
        """Whether anything answers it."""
        return not isinstance(self.resolve()[1], NotFoundPage)


def get_response(path: str | None = None, http_status_code: int = 200) -> Response:
    """The page of a path, of the request's by default; or the page that says why there is none. Raises what is no
    refusal: a fault of the page's own code, and a conflict, after which the request runs again."""
    try:
        return get_response_without_exception_handling(path, http_status_code)
    except Redirect as error:
        return RedirectPage(path, error.http_status).render()
    except ConflictError:
        raise
    except FrappeError as error:
        return refusals.page(ctx(), error)


def get_response_without_exception_handling(path: str | None = None, http_status_code: int = 200) -> Response:
    """The page of a path. Raises what the page raises."""
    return rendered(PathResolver(path or cstr(local.request.path), http_status_code).resolve()[1])


def get_response_content(path: str | None = None, http_status_code: int = 200) -> str:
    """Its text."""
    return get_response(path, http_status_code).get_data(as_text=True)


def get_html_for_route(route: str) -> str:
    """The page of a route as text, as if a browser had asked for it."""
    set_request(method="GET", path=route)
    return get_response_content(route)
