"""Pages that apps render themselves: the classes of the hook `page_renderer`, and what app code asks of them."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient

pytest.importorskip("jinja2")

HOOKS = "page_renderer = ['APP.pages.Papers', 'APP.pages.Moved']\nwebsite_path_resolver = 'APP.pages.resolve'\n"
PAGES = """
    import frappe
    from frappe.website.page_renderers.base_renderer import BaseRenderer
    from frappe.website.page_renderers.document_page import DocumentPage
    from frappe.website.path_resolver import evaluate_dynamic_routes, resolve_path
    from frappe.website.utils import build_response
    from werkzeug.routing import Rule

    def resolve(path):
        return path.replace("old/", "paper/") if path.startswith("old/") else resolve_path(path)

    class Papers(DocumentPage):
        def can_render(self):
            self.doctype = "Paper"
            name = evaluate_dynamic_routes([Rule("/read/<paper>", endpoint="paper")], self.path)
            self.docname = frappe.form_dict.paper if name else frappe.db.get_value("Paper", {"route": self.path})
            if self.docname and frappe.db.get_value("Paper", self.docname, "closed") and frappe.session.user == "Guest":
                raise frappe.PermissionError("Log in to read it")
            return bool(self.docname)

    class Moved(BaseRenderer):
        def can_render(self):
            if self.path == "gone":
                frappe.redirect("/paper/one", 302)
            return self.path in ("robots.txt", "teapot", "login")

        def render(self):
            if self.path == "teapot":
                return self.build_response("short and stout", 418, {"X-Kind": "pot"})
            return build_response(self.path, "User-agent: *", 200)
"""
FILES = {
    "hooks.py": HOOKS,
    "pages.py": PAGES,
    "press/doctype/paper/paper.json": doctype(
        "Paper", ("title", "Data"), ("route", "Data"), ("closed", "Check"), module="Press", autoname="field:title"
    ),
    "press/doctype/paper/paper.py": """
        import frappe
        from frappe.website.website_generator import WebsiteGenerator

        class Paper(WebsiteGenerator):
            def get_context(self, context):
                context.shout = self.title.upper()
    """,
    "press/doctype/paper/templates/paper.html": "<h1>{{ title }} {{ shout }} {{ doc.name }} {{ path }}</h1>",
    "www/plain.html": "<p>plain</p><!-- csrf_token -->",
}


@pytest.fixture
def press(site: frappe_lite.Site, write: Write) -> frappe_lite.Site:
    site.load(write(FILES))
    with site.acting():
        for title, closed in (("one", 0), ("two", 1)):
            values = {"doctype": "Paper", "title": title, "route": f"paper/{title}", "closed": closed}
            frappe_lite.get_doc(values).insert()
    return site


def test_an_app_answers_addresses_by_its_own_classes(press: frappe_lite.Site) -> None:
    guest = ApiClient(press, None)
    found = {
        path: (answer.status_code, answer.text.strip())
        for path in ("/paper/one", "/old/one", "/read/one", "/robots.txt", "/teapot", "/plain")
        for answer in [guest(f"GET {path}")]
    }
    assert found == {
        "/paper/one": (200, "<h1>one ONE one paper/one</h1>"),
        "/old/one": (200, "<h1>one ONE one paper/one</h1>"),
        "/read/one": (200, "<h1>one ONE one read/one</h1>"),
        "/robots.txt": (200, "User-agent: *"),
        "/teapot": (418, "short and stout"),
        "/plain": (200, '<p>plain</p><script>frappe.csrf_token = "";</script>'),
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/paper/two", 403, id="a refusal of the app"),
        pytest.param("/gone", 302, id="a redirect of the app"),
        pytest.param("/paper/three", 404, id="what nobody renders"),
        pytest.param("/api/method/ping", 200, id="the API is nobody else's"),
        pytest.param("/app", 200, id="nor is the desk"),
    ],
)
def test_what_is_not_rendered_is_answered_as_ever(press: frappe_lite.Site, path: str, status: int) -> None:
    assert ApiClient(press, None)(f"GET {path}").status_code == status


def test_types_and_headers_are_the_apps(press: frappe_lite.Site) -> None:
    guest = ApiClient(press, None)
    assert guest("GET /robots.txt").mimetype == "text/plain"
    assert guest("GET /teapot").headers["X-Kind"] == "pot"
    assert guest("GET /gone").headers["Location"] == "/paper/one"


@pytest.mark.parametrize(
    ("user", "path", "status", "text"),
    [
        pytest.param("Guest", "/paper/one", 200, "one ONE", id="a page"),
        pytest.param("Guest", "paper/two", 403, "Log in to read it", id="a refusal"),
        pytest.param("Administrator", "/paper/two", 200, "two TWO", id="for somebody who may"),
        pytest.param("Guest", "/nowhere", 404, "There is no page nowhere", id="no page"),
        pytest.param("Guest", "/gone", 302, "", id="a redirect"),
    ],
)
def test_app_code_asks_for_pages(press: frappe_lite.Site, user: str, path: str, status: int, text: str) -> None:
    serve: Any = importlib.import_module("frappe.website.serve")
    with press.acting(user):
        answer = serve.get_response(path)
        assert (answer.status_code, text in answer.get_data(as_text=True)) == (status, True)
        assert text in serve.get_response_content(path)


def test_app_code_renders_a_route_and_a_file(press: frappe_lite.Site) -> None:
    template_page: Any = importlib.import_module("frappe.website.page_renderers.template_page").TemplatePage
    with press.acting("Guest"):
        assert "one ONE" in importlib.import_module("frappe.utils").get_html_for_route("paper/one")
        assert (template_page("plain").can_render(), template_page("nothing").can_render()) == (True, False)
        assert template_page("plain").render().get_data(as_text=True).startswith("<p>plain</p><script>")
