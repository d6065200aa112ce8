"""What the text of a page says about the page, what lies beside it, and what the apps' hooks add around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import app_name, writer

import frappe_lite
from conftest import ApiClient
from frappe_lite.parts.website import folders, routes

pytest.importorskip("jinja2")

HOOKS = """
    app_name = "APP"
    base_template = "templates/outer.html"
    website_context = {"brand": "Brand", "shared": "of the hook"}
    update_website_context = ["APP.more.changes", "APP.more.gives"]
    extend_website_page_controller_context = {"extended": "APP.more.extends"}
    base_template_map = {"^mapped/.*$": "templates/inner.html"}
    website_route_rules = [
        {"from_route": "/item/<int:number>/<path:rest>", "to_route": "ruled"},
        {"from_route": "/item/<name>", "to_route": "ruled", "defaults": {"kind": "named"}},
        {"from_route": "/item/all", "to_route": "listed"},
        {"from_route": "/plain-rule/", "to_route": "/listed/"},
    ]
"""

MORE = """
    def changes(context):
        context.changed = f"changed {context.route or ''}"

    def gives(context):
        return {"given": "given", "shared": context.shared + ", then another"}

    def extends(context):
        context.extension = f"extends {context.own}"
"""

FILES: dict[str, Any] = {
    "hooks.py": HOOKS,
    "more.py": MORE,
    "templates/outer.html": "OUTER[{% block page_content %}{% endblock %}]",
    "templates/inner.html": "INNER[{% block page_content %}{% endblock %}]{{ colocated_js or '' }}{{ colocated_css or '' }}",
    "www/__init__.py": "",
    "www/numbers.html": "---\ntitle: Of numbers\ncount: 3\nyes: true\nmany: [1, 2]\nquoted: 'a: b'\n---\n"
    "{{ title }} {{ count + 1 }} {{ yes }} {{ many | length }} {{ quoted }}",
    "www/plus.html": "+++\ntitle: By plus\n+++\n{{ title }}",
    "www/rule.html": "<hr>\n---\ntitle: x\n---\n{{ title }}",
    "www/nested.html": "---\ntitle: A\n  indented: 1\nwithout\n---\n{{ title }}|{{ indented }}|{{ without }}",
    "www/flags.html": "<!-- no-breadcrumbs --><!-- show-sidebar --><!-- no-header --><!-- no-cache -->"
    "{{ no_breadcrumbs }}{{ show_sidebar }}{{ no_header }}{{ add_breadcrumbs or 0 }}",
    "www/commented.html": "<!-- title: By comment --><h1>By heading</h1>{{ title }}",
    "www/headed.html": "<h1>By heading</h1>{{ title }}",
    "www/filled-heading.html": "<h1>{{ 1 }}</h1>{{ title }}",
    "www/by_its-name.html": "{{ title }}",
    "www/framed.html": "<!-- base_template: templates/inner.html -->text",
    "www/framed.js": "let beside;",
    "www/framed.css": "b { top: 0 }",
    "www/own-script.html": "<!-- base_template: templates/inner.html -->{% block script %}own{% endblock %}",
    "www/own-script.js": "let beside;",
    "www/whole.html": "---\nbase_template: templates/inner.html\n---\n<body>whole</body>",
    "www/mapped/page.html": "mapped",
    "www/around.html": "{% extends base_template_path %}{% block page_content %}around{% endblock %}",
    "www/hooked.html": "{{ brand }}|{{ shared }}|{{ changed }}|{{ given }}",
    "www/extended.html": "{{ extension }}",
    "www/extended.py": "own = 1\ndef get_context(context):\n    context.own = 'the page'\n",
    "www/unextended.html": "{{ extension or 'none' }}",
    "www/ruled.html": "{{ frappe.form_dict.number }}|{{ frappe.form_dict.rest }}|{{ frappe.form_dict.name }}|"
    "{{ frappe.form_dict.kind }}",
    "www/listed.html": "listed",
    "www/sitemap.xml": "<urlset>{{ given }}</urlset>",
    "www/robots.txt": "Disallow: /{{ given }}",
    "www/data.json": '{"a": "{{ given }}"}',
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[frappe_lite.Site]:
    names = app_name()
    made = frappe_lite.Site()
    made.load(writer(tmp_path_factory.mktemp("texts"), next(names))(FILES))
    yield made
    made.close()
    next(names, None)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("/numbers", "Of numbers 4 True 2 a: b", id="front matter has numbers, lists, and texts"),
        pytest.param("/plus", "By plus", id="front matter between plus signs"),
        pytest.param("/rule", "<hr>\n---\ntitle: x\n---\nRule", id="lines below a text are no front matter"),
        pytest.param("/nested", "A||", id="what is indented or has no colon is passed over"),
        pytest.param("/flags", "1110", id="comments are flags"),
        pytest.param("/commented", "By comment", id="a title by a comment goes before the heading"),
        pytest.param("/headed", "By heading", id="a title by the heading"),
        pytest.param("/filled-heading", "Filled Heading", id="a heading that is filled in is none"),
        pytest.param("/by_its-name", "By Its Name", id="a title by the file's name"),
        pytest.param("/framed", "INNER[", id="a base by a comment"),
        pytest.param("/framed", "]let beside;b { top: 0 }", id="the script and the style beside a page"),
        pytest.param("/own-script", "]", id="not beside a page that has a block of its own"),
        pytest.param("/whole", "<body>whole</body>", id="a whole page stands in no base"),
        pytest.param("/mapped/page", "INNER[mapped]", id="a base by a pattern of addresses"),
        pytest.param("/around", "OUTER[around]", id="the hook base_template is the outer frame"),
        pytest.param("/hooked", "Brand|of the hook, then another|", id="website_context, then what hooks return"),
        pytest.param("/hooked", "|changed hooked|given", id="hooks change the context that the page has"),
        pytest.param("/extended", "extends the page", id="one route's context is extended, after its own"),
        pytest.param("/unextended", "none", id="another's is not"),
        pytest.param("/item/7/a/b", "7|a/b|None|None", id="a rule reads a number and a path"),
        pytest.param("/item/seven", "None|None|seven|named", id="a rule has defaults"),
        pytest.param("/item/all", "listed", id="the rule that says more of the address goes before"),
        pytest.param("/plain-rule", "listed", id="slashes around a rule mean nothing"),
        pytest.param("/sitemap.xml", "<urlset>given</urlset>", id="a sitemap is a page of the app's"),
        pytest.param("/robots.txt", "Disallow: /given", id="and so is robots.txt"),
        pytest.param("/data.json", '{"a": "given"}', id="and data"),
    ],
)
def test_a_page_shows(site: frappe_lite.Site, path: str, text: str) -> None:
    answer = ApiClient(site, None)(f"GET {path}")
    assert (answer.status_code, text in answer.text) == (200, True), answer.text


@pytest.mark.parametrize(
    ("path", "cached"),
    [
        pytest.param("/flags", "no-store", id="a comment says no-cache"),
        pytest.param("/headed", "private, no-cache", id="a page that says nothing"),
    ],
)
def test_a_page_says_whether_it_is_kept(site: frappe_lite.Site, path: str, cached: str) -> None:
    assert ApiClient(site, None)(f"GET {path}").headers["Cache-Control"] == cached


@pytest.mark.parametrize(
    ("rule", "path", "query", "sent"),
    [
        pytest.param({"source": "old", "target": "/new"}, "old", "", ("/new", 301), id="whole"),
        pytest.param({"source": "old", "target": "/new"}, "older", "", None, id="a beginning is not the path"),
        pytest.param({"source": r"(\w+)/(\d+)", "target": r"/\2/\1"}, "a/1", "", ("/1/a", 301), id="groups change places"),
        pytest.param({"source": "a", "target": r"/\3"}, "a", "", ("/", 301), id="a group that is not there"),
        pytest.param({"source": "(", "target": "/x"}, "(", "", None, id="an expression that is none"),
        pytest.param({"source": "(.*)", "target": r"/\1"}, "/evil.example", "", ("/evil.example", 301), id="stays here"),
        pytest.param({"source": "a", "target": "//b.example/c"}, "a", "", ("//b.example/c", 301), id="leads elsewhere"),
        pytest.param({"source": "a", "target": "/b", "redirect_http_status": "308"}, "a", "", ("/b", 308), id="a status"),
        pytest.param({"source": "a", "target": "/b"}, "a", "x=1", ("/b", 301), id="without its query"),
        pytest.param(
            {"source": "a", "target": "/b?y=2", "forward_query_parameters": 1}, "a", "x=1", ("/b?y=2&x=1", 301),
            id="a query beside the target's own",
        ),
        pytest.param(
            {"source": r"a\?x=(\d)", "target": r"/\1", "match_with_query_string": 1}, "a", "x=1", ("/1", 301),
            id="the query belongs to the path",
        ),
    ],
)  # fmt: skip
def test_a_rule_sends_a_path(rule: dict[str, object], path: str, query: str, sent: tuple[str, int] | None) -> None:
    found = routes.redirection([rule], path, query)
    assert (None if found is None else (found.location, found.status)) == sent


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        pytest.param("assets/index-Bx3kPq9z.js", "text/javascript", True, id="a script of vite's"),
        pytest.param("dist/desk.bundle.7KQ2XW3A.css", "text/css", True, id="a style of esbuild's"),
        pytest.param("index-Bx3kPq9z.js", "text/javascript", False, id="not in a builder's folder"),
        pytest.param("assets/index.mjs", "text/javascript", False, id="without a digest"),
        pytest.param("assets/font.woff2", "font/woff2", False, id="a font"),
        pytest.param("manifest.webmanifest", "application/manifest+json", False, id="what tells of the app"),
        pytest.param("x.unknown", "application/octet-stream", False, id="anything else"),
    ],
)
def test_a_name_says_what_a_file_is_and_how_long_it_is_kept(name: str, kind: str, kept: bool) -> None:
    assert (folders.media_type(name), "immutable" in folders.keeping(name)) == (kind, kept)
