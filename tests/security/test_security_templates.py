"""What templates and expressions of an app reach: functions and documents that they are given, and nothing behind them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import frappe_lite
from frappe_lite.errors import ValidationError
from frappe_lite.face import apps, rendering

WAYS_OUT = [
    "utils.json.codecs.builtins.open", "utils.re", "utils.datetime.sys", "frappe.utils.json", "frappe.get_doc('User', 'Administrator').ctx.site", "doc.ctx", "doc._context",
    "''.__class__.__mro__", "utils.cint.__globals__", "frappe.get_doc.__globals__", "(lambda: 1)()", "'{0.ctx}'.format(doc)", "__import__('os')",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def acting() -> Iterator[None]:
    apps.provide_frappe()
    site = frappe_lite.Site()
    with site.acting():
        yield
    site.close()


def doc() -> frappe_lite.Document:
    return frappe_lite.get_doc({"doctype": "Note", "title": "hello"})


@pytest.mark.parametrize("code", WAYS_OUT)
def test_an_expression_has_no_way_out(code: str) -> None:
    try:
        value = rendering.safe_eval(code, rendering.get_safe_globals(), {"doc": doc()})
    except (ValidationError, AttributeError, NameError, TypeError, SyntaxError):
        return
    assert value is None


@pytest.mark.parametrize("code", [each for each in WAYS_OUT if "lambda" not in each])
def test_a_template_has_no_way_out(code: str) -> None:
    try:
        found = rendering.render_template(
            "[{{ " + code.replace("utils.", "frappe.utils.", 1 if code.startswith("utils") else 0) + " }}]",
            {"doc": doc()},
        )
    except (ValidationError, TypeError):
        return
    assert found in ("[]", "[None]"), found


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("utils.cint('3') + 1", 4),
        ("doc.title", "hello"),
        ("frappe.utils.flt('1.5')", 1.5),
        ("len(doc.title)", 5),
        ("'a' if doc.title == 'hello' else 'b'", "a"),
    ],
)
def test_what_they_are_for_works(code: str, value: object) -> None:
    assert rendering.safe_eval(code, rendering.get_safe_globals(), {"doc": doc()}) == value
    if not code.startswith(("len", "utils")):
        assert rendering.render_template("{{ " + code + " }}", {"doc": doc()}) == str(value)
