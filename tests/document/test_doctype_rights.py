"""What the rules of a DocType give where they are silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.site import Site

EVERY = (
    "read",
    "write",
    "create",
    "delete",
    "submit",
    "cancel",
    "amend",
    "report",
    "export",
    "share",
    "print",
    "email",
)
BASIC = {"read", "write", "create", "delete", "report", "export", "share", "print", "email"}


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    made = frappe_lite.Site()
    yield made
    made.close()


def given(rows: list[Any]) -> list[set[str]]:
    return [{right for right in EVERY if row.get(right)} for row in rows]


def doctype(ctx: Context, *permissions: dict[str, Any], **values: Any) -> Any:
    fields = [{"fieldname": "title", "fieldtype": "Data", "label": "Title"}]
    asked = {"name": "Silent", "module": "Core", "custom": 1, "autoname": "hash", "fields": fields, **values}
    rules = [{"role": "System Manager", **each} for each in permissions]
    return document.new(ctx, {"doctype": "DocType", **asked, "permissions": rules}).insert()


@pytest.mark.parametrize(
    ("rule", "values", "rights"),
    [
        pytest.param({"read": 1}, {}, BASIC, id="what is not named is given, as in Frappe"),
        pytest.param({}, {}, BASIC, id="where nothing is named too"),
        pytest.param({"read": 1, "write": 0, "delete": 0}, {}, BASIC - {"write", "delete"}, id="what is said not is not"),
        pytest.param({"read": 1, "permlevel": 1}, {}, BASIC - {"write"}, id="of a higher level, reading alone is no writing"),
        pytest.param({"read": 1, "write": 1, "permlevel": 1}, {}, BASIC, id="of a higher level, writing is"),
        pytest.param({"read": 1, "write": 1, "submit": 1, "cancel": 1}, {}, BASIC, id="no submitting where nothing is said of it"),
        pytest.param({"read": 1, "write": 1, "submit": 1, "cancel": 1}, {"is_submittable": 1}, BASIC | {"submit", "cancel"},
                     id="submitting where it is"),
    ],
)  # fmt: skip
def test_what_a_rule_gives(ctx: Context, rule: dict[str, Any], values: dict[str, Any], rights: set[str]) -> None:
    assert given(doctype(ctx, rule, **values).permissions) == [rights]


def test_a_rule_that_is_added_is_read_so_too_and_one_that_is_kept_stays(ctx: Context) -> None:
    made = doctype(ctx, {"read": 1, "write": 1})
    made.append("permissions", {"role": "Guest", "read": 1, "permlevel": 1})
    made.save()
    assert given(document.load(ctx, "DocType", made.name).permissions) == [BASIC, BASIC - {"write"}]
