"""Documents that have pages, and renderers that apps bring: who answers an address, who may see it, what it is made of."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.access import auth

PASSWORD = "correct horse 7"
NAME = "pages_of_documents"
FIELDS = (("title", "Data"), ("route", "Data"), ("published", "Check"), ("body", "Text"))

HOOKS = """
    app_name = "APP"
    website_generators = ["Job", "Of Another App"]
    page_renderer = ["APP.renderers.Packages", "APP.renderers.Framed", "APP.renderers.NotThere", "APP.gone.Renderer",
                     "APP.lacking.Renderer", "APP.renderers.Nothing"]
    website_path_resolver = "APP.renderers.resolve"
    website_route_rules = [{"from_route": "/rule/<rest>", "to_route": "ruled"}]
    get_web_pages_with_dynamic_routes = "APP.renderers.patterns"
    has_website_permission = {"Letter": "APP.renderers.may_see"}
    update_website_context = "APP.renderers.more"
"""

RENDERERS = """
    import frappe
    from frappe.website.page_renderers.base_renderer import BaseRenderer
    from frappe.website.page_renderers.document_page import DocumentPage
    from frappe.website.page_renderers.template_page import TemplatePage
    from frappe.website.path_resolver import evaluate_dynamic_routes
    from frappe.website.path_resolver import resolve_path as resolve_as_ever
    from frappe.website.utils import build_response
    from werkzeug.routing import Rule

    class Packages(BaseRenderer):
        def can_render(self):
            return self.path.startswith("packages/")

        def render(self):
            kind = self.path.partition("/")[2]
            if kind == "refused":
                raise frappe.PermissionError
            if kind == "moved":
                frappe.redirect("/packages/there")
            if kind == "none":
                return None
            if kind == "json":
                return self.build_response({"a": 1}, 202, {"X-Kind": kind})
            if kind == "own.txt":
                return build_response(self.path, b"text", 200, {"X-Kind": "own"})
            return self.build_response(f"{frappe.session.user} {self.path} {self.http_status_code}")

    class Framed(TemplatePage):
        def can_render(self):
            return self.path.startswith("framed") and super().can_render()

        def render(self):
            self.headers = {"Content-Security-Policy": "frame-ancestors 'self'"}
            return super().render()

    class Nothing(BaseRenderer):
        def can_render(self):
            return False

    def resolve(path):
        if evaluate_dynamic_routes([Rule("/short/<word>", endpoint="x")], path):
            return "ruled"
        return resolve_as_ever(path)

    def patterns():
        return [frappe._dict(name=name, route=route, doctype="Job")
                for name, route in (("cook", "people/<who>"), ("bad", "broken/<nokind:x>"))]

    def may_see(doc, ptype, user):
        return user == "ann@x.org"

    def more(context):
        context.added = "added"
"""

FILES: dict[str, Any] = {
    "hooks.py": HOOKS,
    "renderers.py": RENDERERS,
    "lacking.py": "import package_of_nobody",
    "zoo/doctype/job/job.json": doctype("Job", *FIELDS, autoname="field:title", allow_guest_to_view=1),
    "zoo/doctype/job/job.py": """
        import frappe
        from frappe.website.website_generator import WebsiteGenerator

        class Job(WebsiteGenerator):
            website = frappe._dict(template="templates/job.html", condition_field="published")

            def get_context(self, context):
                context.no_cache = self.title == "secret"
                context.metatags = {"description": "own & good"}
                if self.title == "moved":
                    frappe.local.flags.redirect_location = "/jobs/cook"
                    raise frappe.Redirect(302)
                return {"said": frappe.form_dict.who}
    """,
    "templates/job.html": "{% extends 'templates/web.html' %}{% block page_content %}{{ doc.doctype }} {{ title }} "
    "{{ body }} {{ said }} {{ added }} {{ path }} {{ fullname }}{% endblock %}",
    "zoo/doctype/letter/letter.json": doctype("Letter", *FIELDS, has_web_view=1, autoname="field:title"),
    "zoo/doctype/letter/letter.py": "from frappe.model.document import Document\n\nclass Letter(Document):\n    pass\n",
    "zoo/doctype/letter/templates/letter.html": "letter {{ title }} {{ doc.meta.get_web_template() }}",
    "zoo/doctype/bare/bare.json": doctype(
        "Bare", *FIELDS, has_web_view=1, allow_guest_to_view=1, is_published_field="published", autoname="field:title"
    ),
    "zoo/doctype/own_note/own_note.json": doctype("Own Note", *FIELDS, has_web_view=1, autoname="field:title"),
    "zoo/doctype/own_note/own_note.py": """
        from frappe.model.document import Document

        class OwnNote(Document):
            def has_website_permission(self, ptype, user, verbose=False):
                return user == self.body
    """,
    "zoo/doctype/own_note/templates/own_note.html": "{% include 'templates/includes/head.html' %}"
    "{% include 'templates/includes/navbar/navbar_login.html' %}{% include 'templates/includes/banner_extension.html' %}"
    "{% include 'templates/includes/web_sidebar.html' %}{% include 'public/icons/timeless/icons.svg' %}"
    "own {{ frappe.socketio_port }}{{ frappe.no.such.name }}{% if frappe.nothing %}wrong{% endif %}",
    "www/ruled.html": "ruled {{ frappe.form_dict.rest or '' }}{{ frappe.form_dict.word or '' }}",
    "www/framed.html": "framed",
    "www/filed.html": "a file",
}

DOCUMENTS = (
    ("Job", "cook", "jobs/cook", 1, "soup"),
    ("Job", "secret", "jobs/secret", 1, ""),
    ("Job", "moved", "jobs/moved", 1, ""),
    ("Job", "draft", "jobs/draft", 0, ""),
    ("Job", "over a file", "filed", 1, "before it"),
    ("Job", "takes over", "login", 1, "your password, please"),
    ("Job", "takes account", "me", 1, "your password, please"),
    ("Job", "takes the desk", "app/x", 1, "your password, please"),
    ("Job", "handbook", "docs/start", 1, "own"),
    ("Letter", "dear", "letters/dear", 0, ""),
    ("Own Note", "mine", "mine", 1, "bob@x.org"),
    ("Bare", "bare", "bare", 1, ""),
)


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[frappe_lite.Site]:
    """A site with documents that have pages, which the module's tests share."""
    site = frappe_lite.Site(url="http://zoo.example")
    site.load(_written(tmp_path_factory.mktemp("pages") / NAME))
    with site.acting() as ctx:
        for user in ("ann@x.org", "bob@x.org"):
            values = {"doctype": "User", "email": user, "first_name": user[:3], "new_password": PASSWORD}
            document.new(ctx, values).insert()
        auth.set_password(ctx, "Administrator", PASSWORD)
        for kind, title, route, published, body in DOCUMENTS:
            values = {"doctype": kind, "title": title, "route": route, "published": published, "body": body}
            document.new(ctx, values).insert()
    yield site
    site.close()


def _written(root: Path) -> Path:
    for path, content in FILES.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_text(content).replace("APP", root.name))
    return root


def _text(content: Any) -> str:
    import json
    import textwrap

    return textwrap.dedent(content) if isinstance(content, str) else json.dumps(content)


def client(zoo: frappe_lite.Site, user: str) -> ApiClient:
    made = ApiClient(zoo, None)
    if user != "Guest":
        assert made("POST /api/method/login", {"usr": user, "pwd": PASSWORD}).status_code == 200
    return made


@pytest.mark.parametrize(
    ("path", "status", "shown"),
    [
        pytest.param("/jobs/cook", 200, "Job cook soup", id="a document answers at its route"),
        pytest.param("/jobs/cook.html", 200, "Job cook soup", id="an ending is no part of it"),
        pytest.param("/jobs/cook", 200, "added jobs/cook Guest", id="hooks, path and caller are in the context"),
        pytest.param("/jobs/cook", 200, 'name="description" content="own &amp; good"', id="it tells of itself"),
        pytest.param("/jobs/draft", 404, "no such page", id="one that is not published has no page"),
        pytest.param("/jobs/none", 404, "no such page", id="nor has what is not there"),
        pytest.param("/people/ann", 200, "Job cook soup ann", id="a pattern of an app's leads to a document"),
        pytest.param("/broken/x", 404, "no such page", id="a pattern that is none is passed over"),
        pytest.param("/filed", 200, "before it", id="a document goes before a file of www"),
        pytest.param("/letters/dear", 404, "no such page", id="who may not see it is told that there is none"),
        pytest.param("/bare", 404, "no such page", id="without a template there is no page"),
        pytest.param("/docs/start", 200, "Job handbook own", id="the handbook gives way"),
        pytest.param("/login", 200, 'id="login_password"', id="no document takes the place of the sign-in page"),
        pytest.param("/packages/a", 200, "Guest packages/a 200", id="a renderer of the app's answers first"),
        pytest.param("/packages/refused", 403, "Not permitted", id="it may refuse"),
        pytest.param("/packages/none", 404, "no such page", id="and have nothing"),
        pytest.param("/packages/json", 202, '{"a": 1}', id="a dict is JSON"),
        pytest.param("/packages/own.txt", 200, "text", id="an answer is made by a function too"),
        pytest.param("/framed", 200, "framed", id="a renderer may be one of www"),
        pytest.param("/rule/7", 200, "ruled 7", id="a resolver falls back on the route rules"),
        pytest.param("/short/way", 200, "ruled way", id="a resolver leads to a file by itself"),
        pytest.param("/ruled", 200, "ruled", id="files answer as ever"),
    ],
)
def test_who_answers_an_address(zoo: frappe_lite.Site, path: str, status: int, shown: str) -> None:
    answer = client(zoo, "Guest")(f"GET {path}", headers={"Accept": "text/html"})
    assert (answer.status_code, shown in answer.text) == (status, True), answer.text


@pytest.mark.parametrize("path", ["/login", "/me", "/app/x", "/api/method/ping"])
def test_no_document_takes_the_place_of_what_the_server_has(zoo: frappe_lite.Site, path: str) -> None:
    assert "your password, please" not in client(zoo, "Guest")(f"GET {path}", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize(
    ("user", "status"),
    [
        pytest.param("Guest", 404, id="not everybody may see it"),
        pytest.param("bob@x.org", 404, id="nor one of whom the hook says nothing good"),
        pytest.param("ann@x.org", 200, id="the hook has_website_permission lets in"),
        pytest.param("Administrator", 200, id="and so does the right to read"),
    ],
)
def test_a_page_is_for_whom_the_document_is(zoo: frappe_lite.Site, user: str, status: int) -> None:
    answer = client(zoo, user)("GET /letters/dear")
    assert answer.status_code == status
    assert ("letter dear zoo/doctype/letter/templates/letter.html" in answer.text) == (status == 200)


@pytest.mark.parametrize(
    ("user", "status"),
    [
        pytest.param("ann@x.org", 404, id="the class's own function says no"),
        pytest.param("bob@x.org", 200, id="the class's own function lets in"),
    ],
)
def test_a_class_says_who_may_see_its_page(zoo: frappe_lite.Site, user: str, status: int) -> None:
    answer = client(zoo, user)("GET /mine")
    assert answer.status_code == status
    if status == 200:  # Frappe's own includes are there, and what it has not is undefined
        assert [each in answer.text for each in ('rel="icon"', 'href="/me"', "own", "wrong")] == [
            True,
            True,
            True,
            False,
        ]


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        pytest.param([], {}, id="none"),
        pytest.param([{"label": "A"}, {"label": "B", "parent_label": "A"}], {"A": ["B"]}, id="below its parent"),
        pytest.param([{"label": "B", "parent_label": "A"}, {"label": "A"}], {"A": ["B"]}, id="in any order"),
        pytest.param([{"label": "B", "parent_label": "X"}], {}, id="without its parent it is not shown"),
    ],
)
def test_menu_items_hang_on_their_parents(
    zoo: frappe_lite.Site, rows: list[dict[str, object]], shown: dict[str, list[str]]
) -> None:
    with zoo.acting():
        from frappe.website.doctype.website_settings import website_settings  # noqa: PLC0415

        made = website_settings.modify_header_footer_items(rows)
    assert {each.label: [child.label for child in each.child_items] for each in made} == shown


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        pytest.param("/jobs/secret", "Cache-Control", "no-store", id="a page that says no_cache is kept nowhere"),
        pytest.param("/jobs/cook", "Cache-Control", "private, no-cache", id="any other is asked for again"),
        pytest.param("/packages/json", "Content-Type", "application/json", id="a dict is sent as JSON"),
        pytest.param("/packages/own.txt", "Content-Type", "text/plain; charset=utf-8", id="the ending says the type"),
        pytest.param("/packages/own.txt", "X-Kind", "own", id="headers go out"),
        pytest.param("/framed", "Content-Security-Policy", "frame-ancestors 'self'", id="those of a page of www too"),
        pytest.param("/jobs/moved", "Location", "/jobs/cook", id="a document may send the browser on"),
        pytest.param("/packages/moved", "Location", "/packages/there", id="and so may a renderer"),
    ],
)
def test_what_a_page_says_in_its_head(zoo: frappe_lite.Site, path: str, name: str, value: str) -> None:
    assert client(zoo, "Guest")(f"GET {path}").headers[name] == value


def test_a_page_that_is_the_same_is_not_sent_again(zoo: frappe_lite.Site) -> None:
    mark = client(zoo, "Guest")("GET /jobs/cook").headers["ETag"]
    assert client(zoo, "Guest")("GET /jobs/cook", headers={"If-None-Match": mark}).status_code == 304


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
def test_only_verbs_of_pages_reach_a_renderer(zoo: frappe_lite.Site, verb: str) -> None:
    assert client(zoo, "Administrator")(f"{verb} /packages/a").status_code == 404


@pytest.mark.parametrize(
    ("path", "valid", "kind"),
    [
        pytest.param("/jobs/cook", True, "DocumentPage", id="a document"),
        pytest.param("packages/a", True, "Packages", id="an app's renderer"),
        pytest.param("ruled", True, "TemplatePage", id="a file"),
        pytest.param("nowhere", False, "NotFoundPage", id="nothing"),
    ],
)
def test_app_code_asks_what_answers_a_path(zoo: frappe_lite.Site, path: str, valid: bool, kind: str) -> None:
    with zoo.acting():
        from frappe.website.path_resolver import PathResolver  # noqa: PLC0415

        asked = PathResolver(path)
        assert (asked.is_valid_path(), type(asked.resolve()[1]).__name__) == (valid, kind)


def test_translations_of_a_page_are_the_texts_alone(zoo: frappe_lite.Site) -> None:
    answer = client(zoo, "Guest")("GET /api/method/frappe.translate.load_all_translations?lang=de&hash=x")
    assert (answer.status_code, answer.json) == (200, {})


def test_app_code_asks_what_the_site_does(zoo: frappe_lite.Site) -> None:
    with zoo.acting() as ctx:
        from frappe.utils import safe_exec  # noqa: PLC0415
        from frappe.website.doctype.web_page_view import web_page_view  # noqa: PLC0415

        before = web_page_view.is_tracking_enabled()
        document.set_values(ctx, ctx.meta("Website Settings"), "Website Settings", {"enable_view_tracking": 1})
        assert (before, web_page_view.is_tracking_enabled(), safe_exec.is_safe_exec_enabled()) == (False, True, False)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        pytest.param("/jobs/cook", 200, "Job cook soup", id="the page"),
        pytest.param("packages/json", 202, '{"a": 1}', id="of a renderer"),
        pytest.param("/jobs/draft", 404, "There is no such page", id="none to see is a page that says so"),
        pytest.param("/no/where", 404, "There is no page no/where", id="and so is none at all"),
        pytest.param("/packages/none", 404, "There is no such page", id="a renderer that gives nothing"),
        pytest.param("/packages/refused", 403, 'href="/login?', id="a refusal shows the way to sign in"),
        pytest.param("/packages/moved", 301, "", id="a way elsewhere"),
    ],
)
def test_app_code_makes_a_page_by_its_path(zoo: frappe_lite.Site, path: str, status: int, said: str) -> None:
    with zoo.acting("Guest"):
        from frappe.website.serve import get_response, get_response_content  # noqa: PLC0415

        made = get_response(path)
        assert (made.status_code, made.headers.get("Location")) == (
            status,
            "/packages/there" if status == 301 else None,
        )
        assert said in made.get_data(as_text=True)
        assert get_response_content(path) == made.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        pytest.param("/packages/refused", frappe_lite.PermissionError, id="a refusal"),
        pytest.param("/packages/none", frappe_lite.PageDoesNotExistError, id="nothing"),
    ],
)
def test_app_code_may_ask_for_a_page_and_hear_of_what_failed(
    zoo: frappe_lite.Site, path: str, error: type[Exception]
) -> None:
    with zoo.acting("Guest"):
        from frappe.website.serve import get_response_without_exception_handling  # noqa: PLC0415

        with pytest.raises(error):
            get_response_without_exception_handling(path)


@pytest.mark.parametrize(
    ("module", "name", "given", "status", "said"),
    [
        pytest.param("not_found_page", "NotFoundPage", {}, 404, "There is no page some/where", id="not found"),
        pytest.param("not_permitted_page", "NotPermittedPage", {"exception": "Not you"}, 403, "Not you", id="refused"),
        pytest.param(
            "not_permitted_page", "NotPermittedPage", {}, 403, "This page is not for you", id="without a word"
        ),
        pytest.param(
            "error_page", "ErrorPage", {"title": "Oh", "message": "<b>No</b>"}, 500, "<b>No</b>", id="a fault"
        ),
        pytest.param(
            "error_page", "ErrorPage", {"http_status_code": 410}, 410, "Something went wrong", id="its status"
        ),
        pytest.param(
            "error_page",
            "ErrorPage",
            {"exception": frappe_lite.ValidationError("x")},
            417,
            "Something",
            id="an error's",
        ),
        pytest.param("redirect_page", "RedirectPage", {}, 301, "", id="elsewhere"),
        pytest.param("redirect_page", "RedirectPage", {"http_status_code": 302}, 302, "", id="elsewhere for now"),
    ],
)
def test_renderers_of_what_is_not_there_give_a_page(
    zoo: frappe_lite.Site, module: str, name: str, given: dict[str, Any], status: int, said: str
) -> None:
    with zoo.acting("Guest"):
        kind = getattr(importlib.import_module(f"frappe.website.page_renderers.{module}"), name)
        made = kind("some/where", **given)
        answer = made.render()
        assert made.can_render()
        assert (answer.status_code, answer.mimetype) == (status, "text/html" if said else answer.mimetype)
        assert said in answer.get_data(as_text=True)


def test_a_document_published_now_is_shown_at_once(zoo: frappe_lite.Site) -> None:
    with zoo.acting() as ctx:
        document.new(ctx, {"doctype": "Job", "title": "new", "route": "jobs/new"}).insert()
    assert client(zoo, "Guest")("GET /jobs/new").status_code == 404
    with zoo.acting() as ctx:
        document.set_values(ctx, ctx.meta("Job"), "new", {"published": 1})
    assert client(zoo, "Guest")("GET /jobs/new").status_code == 200


def test_a_site_whose_apps_have_none_of_it_asks_nobody(site: frappe_lite.Site, write: Write) -> None:
    site.load(write({"hooks.py": "app_name = 'APP'\n", "www/plain.html": "plain"}))
    guest = ApiClient(site, None)
    with site.acting() as ctx:
        statements = ctx.store.database.rows('SELECT count(*) FROM "tabDocType" WHERE has_web_view = 1')
    assert (guest("GET /plain").text, statements[0][0]) == ("plain", 0)
