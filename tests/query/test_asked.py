"""What decides how a list is answered: whether it asks for what only Frappe's earlier version takes, and how."""

from __future__ import annotations

import pytest

from frappe_lite.document.lists import require_fields_apart
from frappe_lite.errors import DataError
from frappe_lite.query.asked import of_old


@pytest.mark.parametrize(
    ("fields", "filters", "old"),
    [
        pytest.param(None, None, False, id="nothing"),
        pytest.param(["name", "status"], [["status", "=", "Open"]], False, id="fields and filters"),
        pytest.param(["name", {"COUNT": "*"}], None, False, id="a function as an object"),
        pytest.param(["count(name) as n"], None, True, id="a function as text"),
        pytest.param(None, [["name", "descendants of", "A"]], True, id="what is below in a tree"),
        pytest.param(None, {"name": ["not ancestors of", "A"]}, True, id="what is not above, in an object"),
        pytest.param(None, [["name", "=", "descendants of"]], False, id="a value that reads so"),
    ],
)
def test_whether_a_list_is_of_the_earlier_version(fields: object, filters: object, old: bool) -> None:
    assert of_old(fields, filters, None) is old


@pytest.mark.parametrize("fields", [None, "*", ["*"], ["name", "status"]], ids=str)
def test_all_fields_are_asked_for_alone(fields: object) -> None:
    require_fields_apart(fields)
    with pytest.raises(DataError, match=r"Field not permitted in query: \*"):
        require_fields_apart(["*", "name"])
