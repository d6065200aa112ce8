"""The rules behind pages, each asked by itself: which file a name leads to, what menus, classes and addresses become,
what a template may reach, which route a path leads to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from frappe_lite.parts.website import folders, routes, surroundings
from frappe_lite.site import InstalledApp
from frappe_lite.utils import _dict

jinja = pytest.importorskip("frappe_lite.parts.website.jinja")

# --- files -------------------------------------------------------------------------------------------------


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A folder of an app's with files in it, and links in and out of it."""
    top = tmp_path / "shop" / "public"
    for name in ("js/shop.js", "js/.hidden.js", ".well-known/x.txt", ".git/config", "api.py", "api.PY", "lib.so",
                 "__pycache__/x.txt", "a b.txt", "two..dots.js"):  # fmt: skip
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(name)
    (tmp_path / "shop" / "hooks.txt").write_text("the server's own")
    for link, target in (("in.js", "js/shop.js"), ("out.txt", "../hooks.txt"), ("way", ".."), ("veiled.js", "js/.hidden.js"),
                         ("code.txt", "api.py"), ("circle", "circle"), ("nowhere", "none")):  # fmt: skip
        (top / link).symlink_to(target)
    return top


@pytest.mark.parametrize(
    ("name", "found"),
    [
        pytest.param("js/shop.js", "js/shop.js", id="a file in a folder"),
        pytest.param("a b.txt", "a b.txt", id="a name with a space"),
        pytest.param("two..dots.js", "two..dots.js", id="dots in a name lead nowhere"),
        pytest.param(".well-known/x.txt", ".well-known/x.txt", id=".well-known is meant to be seen"),
        pytest.param("in.js", "js/shop.js", id="a link to another file of the folder"),
        pytest.param("js", None, id="a folder is no file"),
        pytest.param("", None, id="nor is nothing"),
        pytest.param("js/", None, id="nor an empty name"),
        pytest.param("js//shop.js", None, id="nor one in the middle"),
        pytest.param("/js/shop.js", None, id="nor one from the root"),
        pytest.param("js/none.js", None, id="what is not there"),
        pytest.param("js/shop.js/x", None, id="what is below a file"),
        pytest.param("../hooks.txt", None, id="the way up"),
        pytest.param("js/../../hooks.txt", None, id="the way up from below"),
        pytest.param("js/./shop.js", None, id="a dot"),
        pytest.param("js\\shop.js", None, id="a backslash"),
        pytest.param("C:shop.js", None, id="a colon: a drive, or a stream"),
        pytest.param("js/shop.js\0", None, id="a null byte"),
        pytest.param("x" * 5000, None, id="longer than any name"),
        pytest.param("js/.hidden.js", None, id="a hidden file"),
        pytest.param(".git/config", None, id="in a hidden folder"),
        pytest.param("__pycache__/x.txt", None, id="Python's own folder"),
        pytest.param("api.py", None, id="code"),
        pytest.param("api.PY", None, id="code in capitals"),
        pytest.param("lib.so", None, id="compiled code"),
        pytest.param("out.txt", None, id="a link out of the folder"),
        pytest.param("way/hooks.txt", None, id="below a link out of it"),
        pytest.param("way/public/js/shop.js", "js/shop.js", id="out and in again"),
        pytest.param("veiled.js", None, id="a link to what is hidden"),
        pytest.param("code.txt", None, id="a link to code"),
        pytest.param("circle", None, id="a link to itself"),
        pytest.param("nowhere", None, id="a link to nothing"),
    ],
)
def test_a_name_leads_to_a_file_of_the_folder(public: Path, name: str, found: str | None) -> None:
    assert folders.below(public, name) == (None if found is None else public / found)


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert folders.below(tmp_path / "none", "x.js") is None


def test_the_mark_of_a_file_changes_with_it(public: Path) -> None:
    file = public / "js/shop.js"
    marks = [folders.mark_of(file)]
    file.write_text("longer than it was")
    marks.append(folders.mark_of(file))
    assert marks[0] != marks[1] == folders.mark_of(file)


# --- what stands around a page -----------------------------------------------------------------------------

SHOP, CART = {"label": "Shop", "url": "/shop"}, {"label": "Cart", "url": "/cart", "parent_label": "Shop"}


@pytest.mark.parametrize(
    ("items", "shown"),
    [
        pytest.param([], [], id="none"),
        pytest.param([SHOP], [("Shop", [])], id="one"),
        pytest.param([SHOP, CART], [("Shop", ["Cart"])], id="one below another"),
        pytest.param([CART, SHOP], [("Shop", ["Cart"])], id="whichever stands first"),
        pytest.param([CART], [], id="one whose parent is not there is not shown"),
        pytest.param([SHOP, CART, {**CART, "label": "Deep", "parent_label": "Cart"}], [("Shop", ["Cart"])], id="one level"),
        pytest.param([SHOP, {**SHOP, "url": "/other"}], [("Shop", [])], id="of the same label the last is the parent"),
        pytest.param([SHOP, {"label": "Help"}], [("Shop", []), ("Help", [])], id="in their order"),
    ],
)  # fmt: skip
def test_menus_have_their_items_below_their_parents(items: list[dict[str, str]], shown: list[Any]) -> None:
    made = surroundings.modify_header_footer_items(items)
    assert [(each.label, [child.label for child in each.child_items]) for each in made] == shown


@pytest.mark.parametrize(
    ("given", "made"),
    [
        pytest.param((), "", id="none"),
        pytest.param(("a b",), "a b", id="a text"),
        pytest.param((["a", "", None, "b"],), "a b", id="a list, without what is empty"),
        pytest.param(("a", ["b", ["c"]]), "a b c", id="lists in lists"),
        pytest.param(({"a": 1, "b": 0, "c": "x"},), "a c", id="those that are meant"),
        pytest.param(("a", {"b": True}, None), "a b", id="one after another"),
        pytest.param((7,), "7", id="a number"),
    ],
)
def test_classes_are_put_together(given: tuple[object, ...], made: str) -> None:
    assert jinja.resolve_class(*given) == made


@pytest.mark.parametrize(
    ("path", "made"),
    [
        pytest.param("shop", "/shop", id="a path begins at the root"),
        pytest.param("/shop", "/shop", id="one that does already"),
        pytest.param("https://x.org/a", "https://x.org/a", id="an address"),
        pytest.param("mailto:ann@x.org", "mailto:ann@x.org", id="mail"),
        pytest.param("tel:+49", "tel:+49", id="a telephone"),
        pytest.param("data:image/png;base64,x", "data:image/png;base64,x", id="data"),
        pytest.param("", "", id="nothing"),
        pytest.param(None, "", id="not even a text"),
        pytest.param("javascript:alert(1)", "/javascript:alert(1)", id="a script is a path"),
    ],
)
def test_an_address_begins_at_the_root(path: object, made: str) -> None:
    assert jinja.abs_url(path) == made


# --- what a template reaches -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site() -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site(title="shop")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("template", "text"),
    [
        pytest.param("{{ frappe._('Hello') }}", "Hello", id="frappe's own function for texts"),
        pytest.param("{{ frappe.session.user }}", "Administrator", id="who looks"),
        pytest.param("{{ frappe.db.exists('User', 'Guest') }}", "Guest", id="the database"),
        pytest.param("{{ frappe.no_such_name or 'none' }}", "none", id="a name that Frappe may have is undefined"),
        pytest.param("{{ nothing.at.all }}", "", id="nor is nothing a fault"),
        pytest.param("{{ '<b>' }}", "<b>", id="nothing is escaped"),
        pytest.param("{{ '<b>' | e }}", "&lt;b&gt;", id="unless it is asked for"),
        pytest.param("{{ {'a': none} | json }}", '{"a":null}', id="JSON"),
        pytest.param("{{ '7' | int + 1 }} {{ '1.5' | flt }}", "8 1.5", id="numbers"),
        pytest.param("{{ 'a' | abs_url }}", "/a", id="addresses"),
        pytest.param("{{ get_dom_id() == get_dom_id() }}", "False", id="names of elements are new ones"),
        pytest.param("{{ ''.__class__ }}", None, id="no class of a value"),
        pytest.param("{{ [].__class__.__base__.__subclasses__() }}", None, id="nor those above it"),
        pytest.param("{{ frappe.__loader__ }}", None, id="nor what loaded a module"),
        pytest.param("{{ frappe._dict.__init__ }}", None, id="nor the inside of a class"),
        pytest.param("{{ _.__globals__ }}", None, id="nor what a function knows"),
        pytest.param("{{ '{0.__class__}'.format(1) }}", None, id="nor by a format"),
        pytest.param("{{ frappe.utils.cint._hidden }}", None, id="nor what is hidden in a function"),
    ],
)
def test_a_template_sees_frappe_and_nothing_of_python(site: frappe_lite.Site, template: str, text: str | None) -> None:
    with site.acting():
        made = jinja.environment(site).from_string(template)
        if text is not None:
            assert made.render() == text
            return
        try:
            shown = made.render()
        except jinja.jinja2.exceptions.SecurityError:
            return
    assert shown == "", "undefined, or refused"


@pytest.mark.parametrize(
    ("files", "path", "address"),
    [
        pytest.param([], "shop.bundle.js", "/shop.bundle.js", id="one that was not built"),
        pytest.param(["js/shop.bundle.AAAA1111.js"], "shop.bundle.js", "/assets/SHOP/dist/js/shop.bundle.AAAA1111.js", id="built"),
        pytest.param(["css/shop.bundle.AAAA1111.css"], "shop.bundle.js", "/shop.bundle.js", id="of another kind"),
        pytest.param(["js/shop.bundle.AAAA1111.js"], "/shop.bundle.js", "/shop.bundle.js", id="an address is one"),
        pytest.param(["js/shop.js"], "shop.js", "/shop.js", id="no bundle"),
    ],
)  # fmt: skip
def test_a_bundle_is_found_as_it_was_built(tmp_path: Path, files: list[str], path: str, address: str) -> None:
    site = frappe_lite.Site()
    for name in files:
        (tmp_path / "public/dist" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "public/dist" / name).touch()
    site.apps["SHOP"] = InstalledApp("SHOP", folder=str(tmp_path))
    assert jinja.bundled_asset(site, path) == address
    site.close()


# --- routes ------------------------------------------------------------------------------------------------

RULES = [
    {"from_route": "/shop/<path:rest>", "to_route": "shop"},
    {"from_route": "/shop/sale", "to_route": "/sale/"},
    {"from_route": "/n/<int:number>", "to_route": "number", "defaults": {"kind": "whole"}},
    {"from_route": "/n/<name>", "to_route": "name"},
    {"from_route": "/two/<a>/<b>", "to_route": "two"},
    {"from_route": "/bad/<nokind:x>", "to_route": "bad"},
    {"from_route": "/<lang>/about", "to_route": "about"},
]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("shop/a/b", ("shop", {"rest": "a/b"}), id="all that follows"),
        pytest.param("shop", None, id="not without it"),
        pytest.param("shop/sale", ("sale", {}), id="what says more goes before, and slashes mean nothing"),
        pytest.param("n/7", ("number", {"number": 7, "kind": "whole"}), id="a number, and what is given with it"),
        pytest.param("n/seven", ("name", {"name": "seven"}), id="a name where it is none"),
        pytest.param("n/-7", ("name", {"name": "-7"}), id="below zero is none"),
        pytest.param("two/a", None, id="a part is missing"),
        pytest.param("two/a/b/c", None, id="a part too many"),
        pytest.param("bad/x", None, id="a rule that is none is passed over"),
        pytest.param("de/about", ("about", {"lang": "de"}), id="a name in front"),
        pytest.param("de/about/", ("about", {"lang": "de"}), id="a slash at the end changes nothing"),
        pytest.param("two//b", None, id="an empty part is none"),
    ],
)
def test_a_rule_leads_to_a_route(path: str, found: tuple[str, dict[str, Any]] | None) -> None:
    site = frappe_lite.Site()
    rules = routes.rules_of(site)
    assert rules.find(path) is None
    site.apps["SHOP"] = InstalledApp("SHOP", hooks=_dict(website_route_rules=RULES))
    assert rules.find(path) == found, "an app that came later has its rules too"
    assert routes.rules_of(site) is rules
    site.close()


def test_a_rule_that_is_none_is_told(caplog: pytest.LogCaptureFixture) -> None:
    made = list(routes.sound_rules([("/a/<x>", "a"), ("/b/<none:x>", "b"), ("c", "c")]))
    assert [each.endpoint for each in made] == ["a"]
    told = [each.getMessage() for each in caplog.records]
    assert [
        each.startswith(f"the route rule {path} is passed over")
        for each, path in zip(told, ("/b/<none:x>", "c"), strict=True)
    ] == [True, True]
