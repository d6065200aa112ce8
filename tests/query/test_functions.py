"""Functions and calculations in the fields of a list: what each gives for rows that are known, and what is refused."""

from __future__ import annotations

import json

import pytest

from conftest import ApiClient, BaseOffice
from frappe_lite import document, utils
from frappe_lite.context import Context
from frappe_lite.query.functions import is_over_rows

ROWS = (
    {"code": "A1", "subject": "first", "points": 3, "amount": 10, "due_date": "2026-02-15", "started_at": "2026-02-15 10:20:30"},
    {"code": "A2", "subject": "second", "points": 4, "amount": 0, "due_date": "2026-11-01", "started_at": None},
)  # fmt: skip


class Office(BaseOffice):
    users = {"ann": ("Task User",)}

    def fill(self, ctx: Context) -> None:
        for row in ROWS:
            document.new(ctx, {"doctype": "Task", **row}).insert()


PATHS = ("/api/resource/Task", "/api/v2/document/Task")


def ask(client: ApiClient, path: str, fields: object, **more: object):
    params = {"fields": json.dumps(fields), "filters": json.dumps([["code", "like", "A%"]]), "order_by": "code", **more}
    return client.get(path, query_string=params)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "field, values",
    [
        ({"CONCAT": ["code", "'-'", "points"]}, ["A1-3", "A2-4"]),
        ({"CONCAT": "code"}, ["A1", "A2"]),
        ({"NULLIF": ["amount", 0]}, [10, None]),
        ({"LOCATE": ["'S'", "subject"]}, [4, 1]),
        ({"LOCATE": ['"x"', "subject"]}, [0, 0]),
        ({"TIMESTAMP": "due_date"}, ["2026-02-15 00:00:00", "2026-11-01 00:00:00"]),
        ({"TIMESTAMP": ["due_date", "'09:30:00'"]}, ["2026-02-15 09:30:00", "2026-11-01 09:30:00"]),
        ({"MONTH": "due_date"}, [2, 11]),
        ({"MONTHNAME": "due_date"}, ["February", "November"]),
        ({"QUARTER": "due_date"}, [1, 4]),
        ({"EXTRACT": ["'YEAR'", "due_date"]}, [2026, 2026]),
        ({"EXTRACT": ["'day'", "due_date"]}, [15, 1]),
        ({"EXTRACT": ["'MINUTE'", "started_at"]}, [20, None]),
        ({"EXTRACT": ["'SECOND'", "started_at"]}, [30, None]),
        ({"EXTRACT": ["'HOUR'", "started_at"]}, [10, None]),
        ({"EXTRACT": ["'QUARTER'", "due_date"]}, [1, 4]),
        ({"ADD": ["points", 1]}, [4, 5]),
        ({"SUB": ["points", "amount"]}, [-7, 4]),
        ({"MUL": ["points", 1.5]}, [4.5, 6]),
        ({"DIV": ["points", 2]}, [1.5, 2]),
        ({"DIV": ["points", "amount"]}, [0.3, None]),
        ({"DIV": [{"ADD": ["points", 1]}, {"NULLIF": ["amount", 0]}]}, [0.4, None]),
        ({"IFNULL": [{"EXTRACT": ["'HOUR'", "started_at"]}, -1]}, [10, -1]),
        ({"ADD": [True, "1"]}, [2, 2]),
        ({"ABS": {"SUB": [0, "points"]}}, [3, 4]),
    ],
    ids=json.dumps,
)  # fmt: skip
def test_what_a_function_gives_for_each_row(office, path, field, values):
    answer = ask(office.clients["ann"], path, [{**field, "as": "value"}])
    assert [row["value"] for row in answer.json["data"]] == pytest.approx(values)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "field, value",
    [
        ({"DIV": [{"SUM": "amount"}, {"COUNT": "*"}]}, 5),
        ({"SUM": {"MUL": ["points", "amount"]}}, 30),
        ({"SUM": [{"MUL": ["points", 2]}]}, 14),
        ({"ADD": [{"MAX": "points"}, {"MIN": "points"}]}, 7),
    ],
    ids=json.dumps,
)
def test_what_is_worked_out_over_all_rows_is_one_row(office, path, field, value):
    answer = ask(office.clients["ann"], path, [{**field, "as": "value"}], order_by="")
    assert answer.json["data"] == [{"value": value}]


def test_rows_are_grouped_and_ordered_by_what_a_function_is_called(office):
    fields = [{"QUARTER": "due_date", "as": "quarter"}, {"SUM": "points", "as": "total"}]
    answer = ask(office.clients["ann"], PATHS[1], fields, group_by="quarter", order_by="quarter desc")
    assert answer.json["data"] == [{"quarter": 4, "total": 4}, {"quarter": 1, "total": 3}]


def test_now_is_the_moment_of_the_clock(office):
    utils.set_clock(utils.get_datetime("2026-03-04 05:06:07.890000"))
    try:
        answer = ask(office.clients["ann"], PATHS[1], [{"NOW": None, "as": "now"}], limit=1)
    finally:
        utils.set_clock(None)
    assert answer.json["data"] == [{"now": "2026-03-04 05:06:07"}]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "field, status, said",
    [
        ({"SLEEP": 1}, 417, "Unsupported function or operator: SLEEP"),
        ({"ADD": ["points", {"SLEEP": 1}]}, 417, "Unsupported function or operator: SLEEP"),
        ({"ADD": ["points"]}, 417, "ADD takes two arguments"),
        ({"ADD": ["points", "*"]}, 417, "only COUNT takes *"),
        ({"NOW": "points"}, 417, "NOW takes no arguments"),
        ({"MONTH": None}, 417, "MONTH takes one argument"),
        ({"EXTRACT": ["'EPOCH'", "due_date"]}, 417, "EXTRACT takes one of YEAR"),
        ({"MAX": {"COUNT": "name"}}, 417, "no other such function stands within it"),
        ({"ADD": [1, {}]}, 417, "one function and `as`"),
        ({"ADD": [1, ["points"]]}, 417, "An argument is a field, a number"),
        ({"ADD": [1, None]}, 417, "An argument is a field, a number"),
        ({"CONCAT": ["code", "'a' || secret"]}, 417, "Field not permitted in query"),
        ({"CONCAT": ["code", "'it\\'s'"]}, 417, "Field not permitted in query"),
        ({"CONCAT": ["code"] * 21}, 417, "CONCAT takes 20 arguments at most"),
        ({"ADD": [1, {"ADD": [1, {"ADD": [1, {"ADD": [1, {"ADD": [1, {"ADD": [1, 1]}]}]}]}]}]}, 417, "5 levels deep"),
        ({"MAX": "points", "as": "a b"}, 417, "Invalid alias format: a b"),
        ({"MAX": "points", "as": "a` --"}, 417, "Invalid alias format"),
        ({"MAX": "internal_note"}, 403, "permission to access field"),
        ({"CONCAT": ["code", {"LOWER": "internal_note"}]}, 403, "permission to access field"),
    ],
    ids=json.dumps,
)  # fmt: skip
def test_what_is_no_function_is_refused(office, path, field, status, said):
    answer = ask(office.clients["ann"], path, [field])
    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_several_fields_may_stand_in_one_text(office, path):
    answer = ask(office.clients["ann"], path, ["code, points", "subject as title"])
    assert answer.json["data"][0] == {"code": "A1", "points": 3, "title": "first"}


@pytest.mark.parametrize("fields", ["code,points", '"code,points"', '["code", "points"]'])
def test_the_client_method_takes_fields_as_text(office, fields):
    answer = office.clients["ann"].get(
        "/api/method/frappe.client.get_list",
        query_string={"doctype": "Task", "fields": fields, "filters": '{"code": "A2"}'},
    )
    assert answer.json["message"] == [{"code": "A2", "points": 4}]


def test_v2_takes_names_and_pairs_as_filters_v1_refuses_them(office):
    client = office.clients["ann"]
    names = [row["name"] for row in ask(client, PATHS[1], ["name"]).json["data"]]
    for filters, found in ((names, 2), (names[:1], 1), ([["code", "A1"]], 1), (["no such"], 0)):
        answer = client.get(PATHS[1], query_string={"filters": json.dumps(filters)})
        assert len(answer.json["data"]) == found, filters
        assert client.get(PATHS[0], query_string={"filters": json.dumps(filters)}).status_code in (403, 404), filters


@pytest.mark.parametrize(
    "field, over_rows",
    [
        ("subject", False),
        ("count", False),
        ("count(name)", True),
        ("Sum (points) as total", True),
        ("name, max(points)", True),
        ("lower(subject)", False),
        ("nope(subject)", False),
        ({"COUNT": "*"}, True),
        ({"min": "points", "as": "least"}, True),
        ({"CONCAT": ["code", "'-'"], "as": "sum"}, False),
        ({"ADD": [{"MUL": [{"SUM": "points"}, 2]}, 1]}, True),
        ({"ABS": {"AVG": "points"}}, True),
        ({"ABS": {"SUB": ["points", 1]}}, False),
        ({"IFNULL": [["count(name)"], 1]}, False),
        (5, False),
        (None, False),
        ({}, False),
    ],
    ids=str,
)
def test_which_fields_are_worked_out_over_rows(field, over_rows):
    assert is_over_rows(field) is over_rows
