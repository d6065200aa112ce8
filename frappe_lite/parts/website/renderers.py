"""Pages that an app renders itself: the classes that its hook `page_renderer` names are asked first, as in Frappe.

class WikiRenderer(DocumentPage):
    def can_render(self): self.doctype, self.docname = "Wiki Page", …; return bool(self.docname)

    GET /some/route   ->   WikiRenderer("some/route", 200).render()

Documents that no class of an app renders have no pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from ... import document
from ...context import Context, current
from ...errors import FrappeError, PageDoesNotExistError, Redirect
from ...face import context as face_context
from ...face.installation import get_hooks, get_url
from ...face.web_answers import set_request
from ...utils import _dict, cstr, escape_html
from ...wsgi import AnyResponse
from . import folders, routes, surroundings, website
from .pages import template_errors, with_token


class BaseRenderer:
    """What answers a path, or says that it does not."""

    def __init__(self, path: str | None = None, http_status_code: int | None = None):
        self.path = cstr(current.get().request.path if path is None else path).strip("/ ")
        self.http_status_code = http_status_code or 200
        self.headers: dict[str, str] | None = None

    def can_render(self) -> Any:
        """Whether it does. An app's class says so."""
        return False

    def render(self) -> Any:
        """The answer. An app's class makes it."""
        raise PageDoesNotExistError(f"There is no page {self.path}")

    def build_response(self, data: Any, http_status_code: int | None = None, headers: Any = None) -> Response:
        """The answer with this content."""
        return build_response(self.path, data, http_status_code or self.http_status_code, headers or self.headers)


class BaseTemplatePage(BaseRenderer):
    """A page that a template is filled in for."""

    context: _dict

    def init_context(self) -> None:
        """What every page of the site knows."""
        ctx = current.get()
        self.context = _dict(surroundings.of_site(ctx), **surroundings.of_caller(ctx))
        self.context.update(path=self.path, route=self.path, pathname=self.path, canonical=get_url(self.path))

    def add_csrf_token(self, html: str) -> str:
        """The page with the caller's token, where it has a place for it."""
        return with_token(current.get(), html)

    def post_process_context(self) -> None:
        """The base around the page, and what the apps add to every page."""
        context, ctx = self.context, current.get()
        if not context.base_template_path:
            context.base_template_path = (get_hooks("base_template") or ["templates/base.html"])[-1]
        for dotted in get_hooks("update_website_context"):
            context.update(ctx.site.resolve(dotted)(context) or {})
        context._context_dict = context


class DocumentPage(BaseTemplatePage):
    """The page of a document: an app's class finds `doctype` and `docname`."""

    doctype: str
    docname: Any
    doc: Any
    template_path: str

    def render(self) -> Any:
        """The document's template, filled in."""
        return self.build_response(self.add_csrf_token(self.get_html()))

    def get_html(self) -> str:
        """The same as text."""
        self.doc = document.load(current.get().trusted(), self.doctype, self.docname)
        self.init_context()
        self.update_context()
        self.post_process_context()
        environment = website.of(current.get().site).pages.environment()
        with template_errors(environment):
            return str(environment.get_template(self.template_path).render(self.context))

    def update_context(self) -> None:
        """What the document says of its page, its `get_context` last."""
        doc, context = self.doc, self.context
        context.doc = doc
        context.update(doc.as_dict())
        if hasattr(doc, "get_page_info"):
            context.update(doc.get_page_info())
        found = doc.get_context(context) if callable(getattr(doc, "get_context", None)) else None
        context.update(found or {})
        self.template_path = cstr(context.template) or _own_template(doc)


class TemplatePage(BaseTemplatePage):
    """A file of `www/`, for app code that renders one by its path."""

    def can_render(self) -> Any:
        """Whether an app has such a page."""
        return website.of(current.get().site).page(self.path) is not None

    def render(self) -> Any:
        """The page."""
        ctx = current.get()
        found = website.of(ctx.site)
        page = found.page(self.path)
        if page is None:
            raise PageDoesNotExistError(f"There is no page {self.path}")
        return found.pages.answer(ctx, page, self.http_status_code)


def _own_template(doc: Any) -> str:
    """Where a DocType keeps the template of its documents' pages."""
    module = current.get().site.controller_modules.get(doc.doctype, "").partition(":")[0]
    app, *place, name = module.split(".")
    return "/".join((app, *place, "templates", f"{name}.html"))


def build_response(path: str, data: Any, http_status_code: int, headers: Any = None) -> Response:
    """An answer with this content; of which type the path says."""
    kind = folders.media_type(path) if "." in path.rpartition("/")[2] else "text/html"
    response = Response(data, http_status_code, mimetype=kind)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.update(headers or {})
    return response


# --- from a path to an answer -----------------------------------------------------------------------------


def found(ctx: Context, route: str) -> Any:
    """The renderer of an app that answers the route; None if there is none. Raises what it raises."""
    endpoint = route
    for dotted in get_hooks("website_path_resolver"):
        endpoint = cstr(ctx.site.resolve(dotted)(endpoint)) or endpoint
    face_context.local.path = endpoint
    for dotted in reversed(get_hooks("page_renderer")):
        renderer: Any = ctx.site.resolve(dotted)
        made = renderer(endpoint, None)
        if made.can_render():
            return made
    return None


def resolve_path(path: str) -> str:
    """What an address means before an app says otherwise: without its ending; the home page for none."""
    plain = path.strip("/ ").removesuffix(".html")
    return routes.home_page(current.get()) if plain in website.HOME else plain


def evaluate_dynamic_routes(rules: Iterable[Rule], path: str) -> Any:
    """The endpoint of the rule that fits a path, None for none; what the rule read is in `frappe.form_dict`."""
    try:
        endpoint, values = Map(list(rules)).bind("").match("/" + path.strip("/"))
    except HTTPException:
        return None
    face_context.form_dict.update(values)
    return endpoint


def get_response(path: str | None = None, http_status_code: int = 200) -> AnyResponse:
    """The page of an address, for app code; what is refused is a page too."""
    ctx = current.get()
    try:
        return website.of(ctx.site).at(ctx, cstr(ctx.request.path if path is None else path).strip("/ "))
    except Redirect as error:
        return website.led_on(ctx, error)
    except FrappeError as error:
        return build_response("", f"<h1>{escape_html(cstr(error))}</h1>", error.http_status)


def get_response_content(path: str | None = None, http_status_code: int = 200) -> str:
    """The same as text."""
    return get_response(path, http_status_code).get_data(as_text=True)


def get_html_for_route(route: str) -> str:
    """The page of a route as text, as if it had been asked for."""
    set_request(method="GET", path=route)
    return get_response_content(route)
