"""Frappe's page renderers, from which apps' own inherit: what `page_renderer` names is asked before `www/`.

    class ScormRenderer(BaseRenderer):          hooks.py: page_renderer = "lms.page_renderers.ScormRenderer"
        def can_render(self): return self.path.startswith("scorm/")
        def render(self): return self.build_response("…")

App code calls them and overrides their methods, so they ask for the context of the moment, as the face does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from werkzeug.wrappers import Response

from ...document.base_document import BaseDocument
from ...errors import PageDoesNotExistError, PermissionError, Redirect
from ...face.context import conf, ctx, flags, local, request
from ...face.context import response as answered
from ...face.installation import get_url
from ...face.model.documents import get_doc
from ...utils import _dict, cint, cstr
from ...wsgi import redirection
from .. import message_page
from . import documents, folders, pages, refusals, routes, surroundings

Body = str | bytes | Mapping[str, object]


def build_response(
    path: str, data: Body, http_status_code: int = 200, headers: Mapping[str, object] | None = None
) -> Response:
    """`frappe.website.utils.build_response`: an answer of the type that the path ends in, HTML without an ending; JSON
    for a dict."""
    kind = folders.media_type(path) if "." in path.rpartition("/")[2] else "text/html"
    if isinstance(data, Mapping):
        kind, data = "application/json", json.dumps(data)
    text = data.decode() if isinstance(data, bytes) else cstr(data)
    made = pages.response(ctx(), text, kind, cint(http_status_code) or 200, bool(getattr(local, "no_cache", False)))
    for key, value in (headers or {}).items():
        made.headers[key] = cstr(value)
    return made


class BaseRenderer:
    """What answers an address, if it can. Its methods are for the apps' classes to write."""

    def __init__(self, path: str | None = None, http_status_code: int | None = None):
        self.path = cstr(path or request.path).strip("/ ")
        self.http_status_code = http_status_code or 200
        self.headers: Mapping[str, object] | None = None
        self.basepath = self.basename = self.name = self.route = ""
        self.file_dir: str | None = None

    def can_render(self) -> object:
        """Whether this renderer has the page of `self.path`."""
        raise NotImplementedError

    def render(self) -> Response:
        """The page."""
        raise NotImplementedError

    def build_response(
        self, data: Body, http_status_code: int | None = None, headers: Mapping[str, object] | None = None
    ) -> Response:
        """An answer with what was made."""
        return build_response(self.path, data, http_status_code or self.http_status_code, headers or self.headers)


class BaseTemplatePage(BaseRenderer):
    """A page made of a template and of `self.context`."""

    def __init__(self, path: str, http_status_code: int | None = None):
        super().__init__(path, http_status_code)
        self.template_path: str | None = ""
        self.source = ""
        self.context = _dict()

    def init_context(self) -> None:
        """Begin with what all pages of the site share."""
        self.context = _dict(surroundings.of_site(ctx()))
        self.context.update(surroundings.of_caller(ctx()))

    def add_csrf_token(self, html: str) -> str:
        """The page with the session's token where a comment asks for it."""
        return pages.with_token(ctx(), html)

    def post_process_context(self) -> None:
        """What comes after the page's own context: tags for search engines, the base, the apps' hooks."""
        pages.complete(ctx(), self.path, self.context)
        self.template_path = self.context.template or self.template_path
        self.set_missing_values()

    def set_missing_values(self) -> None:
        """Where the page lies."""
        self.context.update(answered.get("context") or {})
        self.context.update(canonical=get_url(self.path), path=self.path, pathname=getattr(local, "path", self.path))
        prefix = cstr(self.context.url_prefix)
        self.context.url_prefix = f"{prefix.rstrip('/')}/" if prefix else ""


class DocumentPage(BaseTemplatePage):
    """The page of a document: of the route that it has, or of a pattern that an app's hook gives it."""

    def __init__(self, path: str, http_status_code: int | None = None):
        super().__init__(path, http_status_code)
        self.doctype = self.docname = ""
        self.doc: BaseDocument | None = None

    def can_render(self) -> object:
        """Whether a document has this route, and the caller may see it."""
        return self.search_in_doctypes_with_web_view() or self.search_web_page_dynamic_routes()

    def search_in_doctypes_with_web_view(self) -> bool:
        """Look for it among the documents that have pages."""
        return self._found(documents.at(ctx(), self.path))

    def search_web_page_dynamic_routes(self) -> bool:
        """Look for it among the patterns of `get_web_pages_with_dynamic_routes`."""
        return self._found(documents.by_pattern(ctx(), self.path))

    def _found(self, found: documents.Found | None) -> bool:
        self.doctype, self.docname = found or (self.doctype, self.docname)
        return found is not None

    def render(self) -> Response:
        """The page."""
        made = self.build_response(self.add_csrf_token(self.get_html()))
        if self.context.no_cache:
            made.headers["Cache-Control"] = "no-store"
        return made

    def get_html(self) -> str:
        """The template filled in. Raises PageDoesNotExistError for a DocType without one."""
        self.doc = get_doc(self.doctype, self.docname)
        self.init_context()
        self.update_context()
        self.post_process_context()
        if not self.template_path:
            raise PageDoesNotExistError(f"{self.doctype} has no template for its pages")
        return pages.pages_of(ctx().site).filled(self.template_path, self.context)

    def update_context(self) -> None:
        """What the document says: its values, its `get_page_info`, its `get_context`."""
        doc = self.doc
        assert doc is not None
        info: Mapping[str, object] = getattr(doc, "get_page_info", dict)()
        self.context.update({**doc.as_dict(), "doc": doc, **info})
        self.template_path = (
            self.context.template or self.template_path or documents.web_template(ctx().site, ctx().meta(self.doctype))
        )
        own = getattr(doc, "get_context", None)
        self.context.update((own(self.context) if own is not None else None) or {})
        for key in ("no_cache", "sitemap"):
            self.context.setdefault(key, getattr(doc, key, False))
        self.context.developer_mode = cint(conf.developer_mode)


class TemplatePage(BaseTemplatePage):
    """A page of an app's `www/`. It is filled in as every such page is: what a class overrides of `render` and
    `can_render` counts."""

    def __init__(self, path: str, http_status_code: int | None = None):
        super().__init__(path, http_status_code)
        self.app = self.app_path = self.filename = ""
        self.page: routes.Page | None = None
        self.set_template_path()

    def set_template_path(self) -> None:
        """Find the file."""
        self.page = page = routes.page_at(ctx().site, self.path)
        if page is not None:
            self.app, self.app_path, self.file_dir = page.app, str(page.root), page.start
            self.template_path, self.filename, self.name = page.template, page.file.name, page.file.stem
            self.basepath, self.basename = str(page.file.parent), str(page.file.with_suffix(""))

    def can_render(self) -> object:
        """Whether there is such a file."""
        return self.page is not None

    def render(self) -> Response:
        """The page. Raises PageDoesNotExistError."""
        if self.page is None:
            raise PageDoesNotExistError(f"There is no page {self.path}")
        made = pages.pages_of(ctx().site).answer(ctx(), self.page, self.http_status_code)
        for key, value in (self.headers or {}).items():
            made.headers[key] = cstr(value)
        return made

    def get_html(self) -> str:
        """Its text."""
        return self.render().get_data(as_text=True)


class NotFoundPage(BaseRenderer):
    """There is no such page."""

    def can_render(self) -> object:
        """Always."""
        return True

    def render(self) -> Response:
        """What people see then, with 404."""
        return refusals.page(ctx(), PageDoesNotExistError(f"There is no page {self.path}"))


class NotPermittedPage(NotFoundPage):
    """The caller may not see the page."""

    def __init__(self, path: str | None = None, http_status_code: int | None = None, exception: object = ""):
        super().__init__(path, http_status_code)
        self.exception = exception

    def render(self) -> Response:
        """What people see then, with 403; to guests with the way to sign in."""
        return refusals.page(ctx(), PermissionError.told(cstr(self.exception)))


class ErrorPage(NotFoundPage):
    """Something failed."""

    def __init__(
        self,
        path: str | None = None,
        http_status_code: int | None = None,
        exception: object = None,
        title: str | None = None,
        message: str | None = None,
    ):
        super().__init__(path, http_status_code)
        self.http_status_code = cint(http_status_code or getattr(exception, "http_status_code", None)) or 500
        self.title = title or cstr(getattr(exception, "title", None)) or "Something went wrong"
        self.message = message or cstr(getattr(exception, "message", None))

    def render(self) -> Response:
        """What people see then: the title and the message, which is the app's own HTML."""
        said = {"title": self.title, "html": self.message, "http_status_code": self.http_status_code}
        return message_page.message_page(ctx(), said)


class RedirectPage(NotFoundPage):
    """Elsewhere: at `frappe.flags.redirect_location`."""

    def __init__(self, path: str | None = None, http_status_code: int | None = None):
        super().__init__(path, http_status_code or Redirect.http_status)

    def render(self) -> Response:
        """The way there."""
        place = cstr(flags.redirect_location or answered.get("location"))
        return redirection(place or "/", self.http_status_code)
