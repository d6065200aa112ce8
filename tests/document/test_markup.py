"""HTML is bounded before it is cleaned: by depth, tags, entities, and what stands in tables but in no cell."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import nh3
import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.document import markup, validation
from frappe_lite.document.markup import MAX_ENTITIES, MAX_LEVELS, MAX_MISPLACED, MAX_TAGS, require_bounded
from frappe_lite.errors import ValidationError

TABLE = "<table>{}</table>".format


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<div>" * MAX_LEVELS + "x" + "</div>" * MAX_LEVELS, id="as deep as it may be"),
        pytest.param("<div>x</div>" * 5000, id="many side by side"),
        pytest.param("<p>a paragraph" * 5000, id="paragraphs that nobody closed"),
        pytest.param("<ul>" + "<li>x" * 5000 + "</ul>", id="items that nobody closed"),
        pytest.param("<p>a<br>b<img src=x><hr>" * 5000, id="elements without an end"),
        pytest.param(TABLE("<tr><td>a</td><td>b</td></tr>" * 3000), id="a large table"),
        pytest.param(TABLE("<tr><td>a<td>b" * 3000), id="a large table whose cells nobody closed"),
        pytest.param(
            TABLE("<thead><tr><th>a</th></tr></thead><tbody><tr><td><b>x</b><p>y</p></td></tr></tbody>" * 1000),
            id="elements in cells",
        ),
        pytest.param(
            TABLE(
                "<caption><b>x</b></caption><colgroup><col><col></colgroup>"
                + "<tr><td>"
                + TABLE("<tr><td><i>x</i></td></tr>") * 2000
            ),
            id="tables in a cell",
        ),
        pytest.param("a < b & c" * 5000, id="text that is no HTML"),
        pytest.param("<P>upper case</P><DIV></div>" * 500, id="in either case"),
        pytest.param("x" * 10**6, id="a long text"),
    ],
)
def test_what_people_write_is_let_through(html: str) -> None:
    assert require_bounded(html) is None


@pytest.mark.parametrize(
    ("html", "told"),
    [
        pytest.param("<div>" * 40_000 + "x" + "</div>" * 40_000, "levels deep", id="SEC-22: nested elements"),
        pytest.param("<div>" * (MAX_LEVELS + 1), "levels deep", id="one level too deep"),
        pytest.param("<div></x>" * 1000, "levels deep", id="an end tag of nothing hides no level"),
        pytest.param("<div></p></td>" * 1000, "levels deep", id="nor does one of what is never counted"),
        pytest.param("<b><i>" * 200, "levels deep", id="elements of several kinds"),
        pytest.param("<DIV>" * 500, "levels deep", id="in upper case"),
        pytest.param("<ul><li>" * 500, "levels deep", id="lists in items"),
        pytest.param("<li><dd>" * 500, "levels deep", id="items in descriptions"),
        pytest.param("<table><tr><td>" * 500, "levels deep", id="tables in cells"),
        pytest.param("<math>" + "<tbody>" * 500, "levels deep", id="rows are nested in formulas"),
        pytest.param("<svg>" + "<input>" * 500, "levels deep", id="and in drawings"),
        pytest.param(
            "<table>" + "x <b></b>" * 40_000, "no cell", id="elements between cells, which are moved before the table"
        ),
        pytest.param("<table><tr><td>x</td>" + "<i></i>" * 2000, "no cell", id="behind a cell"),
        pytest.param("<table><tr><td>x<tr>" + "<i></i>" * 2000, "no cell", id="behind a cell that a row ended"),
        pytest.param("<b>" + "<br>" * (MAX_TAGS + 1), "tags", id="too many tags"),
        pytest.param("<b>" + "&amp;" * (MAX_ENTITIES + 1), "ampersands", id="too many entities"),
    ],
)
def test_what_would_take_long_to_clean_is_refused_soon(html: str, told: str) -> None:
    started = time.process_time()
    with pytest.raises(ValidationError, match=told) as caught:
        require_bounded(html)
    assert caught.value.messages[0]["message"], "a person is told"
    assert time.process_time() - started < 1.0, "0.05 seconds on a quiet machine"


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<div>" * (MAX_LEVELS - 1) + "<b>x</b>" * 40_000, id="many on the lowest level"),
        pytest.param("<table>" + "x <b></b>" * MAX_MISPLACED, id="as much between cells as there may be"),
        pytest.param("<b>" + "&amp;" * MAX_ENTITIES, id="as many entities as there may be"),
        pytest.param("<p>" * MAX_TAGS, id="as many tags as there may be"),
        pytest.param("<b><p>" * 190 + "<i>" * 5, id="formats that go on behind their paragraphs"),
    ],
)
def test_what_is_cleaned_does_not_take_long(html: str) -> None:
    require_bounded(html)
    started = time.process_time()
    nh3.clean(html)
    assert time.process_time() - started < 3.0, "0.3 seconds on a quiet machine"


# --- in documents ---


@pytest.fixture(scope="module")
def site() -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site()
    fields = [
        {"fieldname": name, "fieldtype": kind}
        for name, kind in {
            "small": "Small Text",
            "text": "Text",
            "long": "Long Text",
            "place": "Attach",
            "code": "Code",
        }.items()
    ]
    with made.acting() as ctx:
        document.new(
            ctx,
            {
                "doctype": "DocType",
                "name": "Leaflet",
                "module": "Custom",
                "custom": 1,
                "fields": fields,
                "permissions": [{"role": "All", "read": 1, "write": 1, "create": 1}],
            },
        ).insert()
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(site: frappe_lite.Site) -> ApiClient:
    return ApiClient(site)


NESTED = "<div>" * 40_000 + "x" + "</div>" * 40_000
DIRTY = "<p>fine</p><script>x</script>" * 1000


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        pytest.param("POST /api/resource/Leaflet", {"long": NESTED}, id="v1"),
        pytest.param("POST /api/v2/document/Leaflet", {"long": NESTED}, id="v2"),
        pytest.param(
            "POST /api/method/frappe.client.insert", {"doc": {"doctype": "Leaflet", "long": NESTED}}, id="a method"
        ),
    ],
)
def test_html_that_is_nested_too_deeply_is_417(client: ApiClient, request_: str, body: dict[str, Any]) -> None:
    started = time.process_time()
    answer = client(request_, body)
    assert (answer.status_code, "at most 200 levels" in answer.text) == (417, True)
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(lambda text: ("POST /api/resource/Leaflet", {"long": text}), 201, id="v1"),
        pytest.param(lambda text: ("POST /api/v2/document/Leaflet", {"long": text}), 201, id="v2"),
        pytest.param(
            lambda text: (
                "POST /api/method/frappe.client.insert",
                {"doc": frappe_lite.as_json({"doctype": "Leaflet", "long": text})},
            ),
            200,
            id="JSON in a string",
        ),
        pytest.param(
            lambda text: (
                "POST /api/v2/batch",
                {"operations": [{"method": "POST", "path": "/api/v2/document/Leaflet", "body": {"long": text}}]},
            ),
            200,
            id="an operation of a batch",
        ),
    ],
)
def test_a_long_text_is_cleaned_before_anybody_waits_for_it(
    site: frappe_lite.Site, client: ApiClient, request_: Any, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SEC-22: nothing slow is done in the writer's turn."""
    turns: list[bool] = []
    monkeypatch.setattr(
        validation,
        "clean",
        lambda text: turns.append(site.database.writing) or text.replace("<script>x</script>", ""),
    )
    answer = client(*request_(DIRTY))
    assert answer.status_code == status
    assert turns == [False]
    assert site.database.row('SELECT "long" FROM "tabLeaflet" ORDER BY creation DESC')[0] == "<p>fine</p>" * 1000


def test_a_short_text_and_one_that_the_app_made_are_cleaned_where_they_are_stored(site: frappe_lite.Site) -> None:
    with site.acting() as ctx:
        for text in ("<p>x</p><script>y</script>", DIRTY):
            made = document.new(ctx, {"doctype": "Leaflet", "long": text}).insert()
            assert "<script" not in made.long and "&lt;script&gt;" in made.long


@pytest.mark.parametrize(
    ("field", "text", "status"),
    [
        pytest.param("small", "x" * 65_535, 201, id="Small Text up to what TEXT takes"),
        pytest.param("small", "x" * 65_536, 417, id="Small Text above it"),
        pytest.param("text", "ü" * 32_768, 417, id="its bytes count, not its letters"),
        pytest.param("place", "x" * 65_536, 417, id="Attach"),
        pytest.param("long", "x" * 200_000, 201, id="Long Text takes more"),
        pytest.param("code", "x" * 200_000, 201, id="and so does Code"),
    ],
)
def test_a_text_has_the_size_of_its_column_in_frappe(client: ApiClient, field: str, text: str, status: int) -> None:
    answer = client("POST /api/resource/Leaflet", {field: text})
    assert answer.status_code == status
    if status == 417:
        assert (answer.json["exc_type"], "65,535" in answer.text) == ("CharacterLengthExceededError", True)
        assert len(answer.data) < 5000, "the text is not told again"


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        pytest.param("John <john@x.org> wrote", "John &lt;john@x.org&gt; wrote", id="an address is text"),
        pytest.param("<script>x()</script>", "&lt;script&gt;x()&lt;/script&gt;", id="a script is text"),
        pytest.param("a < b <i>c</i>", "a &lt; b <i>c</i>", id="a sign is a sign"),
        pytest.param("<b>x", "<b>x</b>", id="what is open is closed"),
        pytest.param('<p onclick="x()">y</p>', "<p>y</p>", id="nothing acts"),
        pytest.param('<p style="color: red; position: fixed">y</p>', '<p style="color:red">y</p>', id="looks stay"),
        pytest.param('<p style="background-image: url(x)">y</p>', '<p style="">y</p>', id="but nothing is loaded"),
        pytest.param('<span data-id="7">y</span>', '<span data-id="7">y</span>', id="what a mention needs"),
        pytest.param("<!-- y --><i>x</i>", "<!-- y --><i>x</i>", id="a comment"),
        pytest.param("<svg onload=x()>", "&lt;svg onload=x()&gt;", id="a drawing is text"),
        pytest.param('<a title="a<b">x</a>', '<a title="a&lt;b" rel="noopener noreferrer">x</a>', id="a sign in a title"),
        pytest.param("<?php x ?>", "&lt;?php x ?&gt;", id="other languages are text"),
        pytest.param("x <", "x &lt;", id="a sign at the end"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_text(html: str, kept: str) -> None:
    assert markup.clean(html) == kept
    assert markup.clean(kept) == kept, "nor does it change again"
