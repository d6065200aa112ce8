"""`frappe.render_template` of a path and of a text: which is which, where nobody says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import app_name, writer

import frappe_lite
from frappe_lite import document
from frappe_lite.errors import ValidationError
from frappe_lite.face import mail

pytest.importorskip("jinja2")

FILES = {
    "hooks.py": "",
    "templates/hello.html": "Hello {{ who }}",
    "orders/templates/side.html": "Side {{ who }}",
    "orders/mail.txt": "Text {{ who }}",
    "orders/note.md": "# {{ who }}",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[frappe_lite.Site, str]]:
    names = app_name()
    name, site = next(names), frappe_lite.Site()
    site.load(writer(Path(tmp_path_factory.mktemp("paths")), name)(FILES))
    yield site, name
    site.close()
    next(names, None)


@pytest.mark.parametrize(
    ("template", "more", "made"),
    [
        pytest.param("templates/hello.html", {}, "Hello Ann", id="a path in some app"),
        pytest.param("APP/orders/templates/side.html", {}, "Side Ann", id="a path that begins with the app"),
        pytest.param("APP/orders/mail.txt", {}, "Text Ann", id="a text file"),
        pytest.param("APP/orders/note.md", {}, "# Ann", id="Markdown, as it is"),
        pytest.param("templates/hello.html", {"is_path": True}, "Hello Ann", id="a path that is said to be one"),
        pytest.param("templates/hello.html", {"is_path": False}, "templates/hello.html", id="or to be none"),
        pytest.param("Hello {{ who }}", {}, "Hello Ann", id="a text"),
        pytest.param("see docs/a.html", {}, "see docs/a.html", id="a text that ends so"),
        pytest.param("{{ who }}/x/a.html", {}, "Ann/x/a.html", id="a text that is filled in"),
        pytest.param("https://x.org/a.html", {}, "https://x.org/a.html", id="an address"),
        pytest.param("a.html", {}, "a.html", id="a name without a folder"),
        pytest.param("one/two.html\n", {}, "one/two.html", id="a line with an end"),
        pytest.param("APP/orders/data.csv", {}, "APP/orders/data.csv", id="no kind of template"),
        pytest.param("", {}, "", id="nothing"),
        pytest.param("templates/none.html", {}, None, id="a path that no app has"),
        pytest.param("APP/orders/none.html", {}, None, id="nor this app"),
        pytest.param("APP/../APP/hooks.txt", {}, None, id="no way out of an app's folder"),
    ],
)
def test_a_template_is_a_path_or_a_text(
    app: tuple[frappe_lite.Site, str], template: str, more: dict[str, Any], made: str | None
) -> None:
    import frappe

    site, name = app
    given = template.replace("APP", name)
    with site.acting():
        if made is None:
            with pytest.raises(ValidationError) as found:
                frappe.render_template(given, {"who": "Ann"}, **more)
            assert "No app has the template" in str(found.value.messages[0]["message"])
        else:
            assert frappe.render_template(given, {"who": "Ann"}, **more) == made.replace("APP", name)


@pytest.mark.parametrize("kind", ["response", "response_html"])
def test_what_people_write_is_no_path(app: tuple[frappe_lite.Site, str], kind: str) -> None:
    """A mail's text would give out files of apps to who may write it."""
    site, name = app
    text = f"{name}/orders/mail.txt"
    with site.acting() as ctx:
        values = {"name": kind, "subject": text, kind: text, "use_html": int(kind == "response_html")}
        document.new(ctx, {"doctype": "Email Template", **values}).insert()
        made = mail.get_email_template(kind, {"who": "Ann"})
    assert made == {"subject": text, "message": text}
