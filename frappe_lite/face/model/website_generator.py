"""`frappe.website.website_generator`: documents that have a route, for apps whose classes inherit from it.

The route follows the title; nothing is indexed, and no page is made of a document by itself.
"""

from __future__ import annotations

from typing import Any

from ...utils import _dict, cstr
from .document import Document
from .fields import cleanup_page_name


class WebsiteGenerator(Document):
    """A document with a route of its own."""

    website: object = _dict()
    route: object

    def autoname(self) -> None:
        """The title, as the last part of an address, unless the DocType says otherwise."""
        if not self.name and self.meta.autoname != "hash":
            self.name = self.scrubbed_title()

    def onload(self) -> None:
        """Tell forms whether the document is published."""
        told = self.__dict__.setdefault("__onload", _dict())
        told.update(is_website_generator=True, published=self.is_website_published())

    def validate(self) -> None:
        """Give a published document its route."""
        self.set_route()

    def set_route(self) -> None:
        """A published document has a route; one that was given is kept, without slashes around it."""
        route = cstr(self.get("route"))
        if not route and self.is_website_published():
            route = self.make_route()
        if route:
            self.route = route.strip("/.")[:139]

    def make_route(self) -> str:
        """The title as an address, below the DocType's own route."""
        title, above = self.scrubbed_title(), cstr(self.meta.get("route"))
        return f"{above}/{title}" if above else title

    def scrubbed_title(self) -> str:
        """The title as the last part of an address."""
        return self.scrub(self.get(self.get_title_field()))

    def scrub(self, text: Any) -> str:
        """Text as the last part of an address."""
        return cleanup_page_name(text).replace("_", "-")

    def get_title_field(self) -> str:
        """The field that a page is called by."""
        named = self.get_website_properties("page_title_field") or self.meta.get("title_field")
        return cstr(named) or ("title" if self.meta.has_field("title") else "name")

    def get_website_properties(self, key: str | None = None, default: object = None) -> Any:
        """What the class says of its pages in `website`, or one of it."""
        said = self.__dict__.get("_website") or getattr(self, "website", None)
        found = said if isinstance(said, dict) else {}
        return found.get(key, default) if key else found

    def get_condition_field(self) -> Any:
        """The field that says whether the document is published; None for none."""
        return self.get_website_properties("condition_field") or self.meta.get("is_published_field") or None

    def is_website_published(self) -> Any:
        """Whether people see the document; they do where no field says so."""
        field = self.get_condition_field()
        return (self.get(field) or False) if field else True

    def get_page_info(self) -> _dict:
        """What a page of the document is made of."""
        info = _dict(
            doc=self, page_or_generator="Generator", ref_doctype=self.doctype, idx=self.idx, docname=self.name,
            **self.get_website_properties(),
        )  # fmt: skip
        info.page_title = info.page_title or self.get(self.get_title_field())
        info.title = info.page_title
        return info

    def get_parents(self, context: object) -> Any:
        """The pages above this one: none, unless the class says so."""

    def clear_cache(self) -> None:
        """Nothing is kept of a page."""

    def on_update(self) -> None:
        """Nothing to do: nothing is indexed."""

    def on_change(self) -> None:
        """Nothing to do."""

    def on_trash(self) -> None:
        """Nothing to do."""

    def send_indexing_request(self, operation_type: str = "URL_UPDATED") -> None:
        """No search engine is told."""

    def allow_website_search_indexing(self) -> bool:
        """Whether the DocType's pages may be searched."""
        return bool(self.meta.get("index_web_pages_for_search"))

    def remove_old_route_from_index(self) -> None:
        """Nothing is indexed."""

    def update_website_search_index(self) -> None:
        """Nothing is indexed."""


__all__ = ["WebsiteGenerator"]
