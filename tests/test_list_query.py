"""What a request for a list says, as one value: `list_query`."""

from __future__ import annotations

from typing import Any

import pytest

import frappe_lite
from frappe_lite.document.nested_rows import ListQuery
from frappe_lite.errors import BadRequestError
from frappe_lite.request import Request
from frappe_lite.router import list_query


def read(site: frappe_lite.Site, params: dict[str, Any], **options: bool) -> ListQuery:
    return list_query(site.new_context(request=Request(params=params)), **options)


@pytest.mark.parametrize(
    ("params", "asked"),
    [
        pytest.param({}, ListQuery(), id="nothing"),
        pytest.param({"fields": '["name", "status"]'}, ListQuery(fields=["name", "status"]), id="fields as JSON"),
        pytest.param({"fields": ["name"]}, ListQuery(fields=["name"]), id="fields of a body"),
        pytest.param({"fields": '"*"'}, ListQuery(fields="*"), id="all fields"),
        pytest.param({"filters": '{"status": "Open"}'}, ListQuery(filters={"status": "Open"}), id="filters as an object"),
        pytest.param({"or_filters": '[["a", "=", 1]]'}, ListQuery(or_filters=[["a", "=", 1]]), id="filters as a list"),
        pytest.param(
            {"order_by": "name", "group_by": "owner", "parent": "Task"},
            ListQuery(order_by="name", group_by="owner", parent="Task"),
            id="an order, groups, the parent of rows",
        ),
        pytest.param({"limit": "5", "start": "3", "as_dict": "0"}, ListQuery(), id="the page and the form stand beside it"),
    ],
)  # fmt: skip
def test_what_is_asked(site: frappe_lite.Site, params: dict[str, Any], asked: ListQuery) -> None:
    assert read(site, params) == asked


def test_a_number_is_a_name_where_the_version_says_so(site: frappe_lite.Site) -> None:
    assert read(site, {"filters": "7"}, by_name=True).filters == {"name": 7}


@pytest.mark.parametrize(
    ("params", "told"),
    [
        pytest.param({"fields": "7"}, "fields is a JSON list of field names", id="fields that are a number"),
        pytest.param({"fields": '{"name": 1}'}, "fields is a JSON list of field names", id="fields that are an object"),
        pytest.param({"filters": "7"}, "filters is a JSON list or object", id="filters that are a number"),
        pytest.param({"or_filters": '"x"'}, "or_filters is a JSON list or object", id="filters that are a text"),
        pytest.param({"filters": "[["}, "filters", id="broken JSON"),
    ],
)
def test_what_cannot_be_asked(site: frappe_lite.Site, params: dict[str, Any], told: str) -> None:
    with pytest.raises(BadRequestError, match=told):
        read(site, params)


def test_its_rows_come_by_name_unless_it_has_an_order(site: frappe_lite.Site) -> None:
    with site.acting() as ctx:
        for name in ("b", "c", "a"):
            frappe_lite.get_doc({"doctype": "Role", "role_name": f"Order {name}"}).insert()
        mine = [["name", "like", "Order %"]]
        assert ListQuery(filters=mine).rows(ctx, "Role", 0, 2) == [{"name": "Order a"}, {"name": "Order b"}]
        assert ListQuery(filters=mine).rows(ctx, "Role", 2, 2, as_list=True) == [["Order c"]]
        assert ListQuery(filters=mine, order_by="creation asc").rows(ctx, "Role", 0, 1) == [{"name": "Order b"}]
