"""What a job keeps of its arguments: read as they were written, or refused by name; nothing is pickled."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from typing import Any

import pytest
from app_folder import Write
from hypothesis import given
from hypothesis import strategies as st
from job_tools import Bench

import frappe_lite
from frappe_lite.context import Context
from frappe_lite.errors import AppNotInstalledError, ValidationError
from frappe_lite.parts.jobs.arguments import DEPTH, function_named, name_of_function, read, written
from frappe_lite.site import Site


class Colour(str, enum.Enum):
    RED = "red"


class Loud(str):
    def __str__(self) -> str:
        return "LOUD"


@pytest.fixture(scope="module")
def world() -> Any:
    site = frappe_lite.Site()
    yield site
    site.close()


def there_and_back(ctx: Context, value: Any) -> Any:
    return read(ctx, written(value, "The argument"))


KEPT = [
    pytest.param({"a": [1, 2.5, None, True, "é\ud800"]}, id="what JSON has"),
    pytest.param(datetime.datetime(2026, 1, 2, 3, 4, 5, 6), id="a datetime is no date"),
    pytest.param(datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc), id="with its zone"),
    pytest.param(datetime.date(2026, 1, 2), id="a date"),
    pytest.param(datetime.time(3, 4, 5), id="a time"),
    pytest.param(datetime.timedelta(days=-1, microseconds=3), id="a span of time"),
    pytest.param(decimal.Decimal("1.10"), id="a decimal with its places"),
    pytest.param(uuid.UUID(int=5), id="a UUID"),
    pytest.param(b"\0\xff", id="bytes"),
    pytest.param((1, (2, [3])), id="tuples"),
    pytest.param({1, 2}, id="a set"),
    pytest.param(frozenset({"a"}), id="a frozen set"),
    pytest.param({1: "a", None: "b", datetime.date(2026, 1, 2): {}}, id="keys that are no texts"),
    pytest.param({"$date": "no date"}, id="a dict that looks like what is written"),
    pytest.param({"a": {"$x": 1}, "$": [{"$tuple": 1}]}, id="also inside"),
]


@pytest.mark.parametrize("value", KEPT)
def test_a_value_comes_back_as_it_was(ctx: Context, value: Any) -> None:
    back = there_and_back(ctx, value)
    assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize(
    ("value", "back"), [(Colour.RED, "red"), (Loud("quiet"), "quiet"), ({"a": Colour.RED}, {"a": "red"})]
)
def test_what_is_a_text_beside_something_else_is_a_text(ctx: Context, value: Any, back: Any) -> None:
    found = there_and_back(ctx, value)
    assert (found, type(found)) == (back, type(back))


def test_a_dict_with_attributes_keeps_them(ctx: Context) -> None:
    found = there_and_back(ctx, {"row": frappe_lite._dict(a=frappe_lite._dict(b=1))})
    assert found["row"].a.b == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(value=JSON)
def test_any_value_of_the_list_comes_back(world: Site, value: Any) -> None:
    assert there_and_back(world.new_context(), value) == value


@pytest.mark.parametrize("stored", [True, False])
def test_a_document_comes_back_with_its_values(ctx: Context, stored: bool) -> None:
    note = frappe_lite.get_doc({"doctype": "Note", "title": "t", "seen_by": [{"user": "Administrator"}]})
    if stored:
        note.insert()
    back = there_and_back(ctx, {"doc": note})["doc"]
    assert (type(back), back.title, back.name, bool(back.is_new())) == (type(note), "t", note.name, not stored)
    assert [row.user for row in back.seen_by] == ["Administrator"]
    back.insert() if not stored else back.save()
    assert frappe_lite.db.count("Note", {"title": "t"}) == 1


REFUSED = [
    pytest.param(object(), r"^The argument is a object, which a job cannot keep", id="an object"),
    pytest.param({"a": [1, {"b": open}]}, r"builtins.open|a\[1\]\.b|open", id="told with its place"),
    pytest.param({"a": [object()]}, r"^The argument\.a\[0\] is a object", id="in a list in a dict"),
    pytest.param(lambda: 1, "cannot be found again by its name", id="a lambda"),
    pytest.param([].append, "cannot", id="a method of an object"),
    pytest.param(iter([]), "list_iterator, which a job cannot keep", id="an iterator"),
]


@pytest.mark.parametrize(("value", "says"), REFUSED[:1] + REFUSED[2:])
def test_what_cannot_be_kept_is_named(value: Any, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        written(value, "The argument")


def test_what_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValidationError, match=f"more than {DEPTH} deep"):
        written(endless, "The argument")


def test_functions_are_kept_by_name(site: Site, write: Write, name: str) -> None:
    bench = Bench(site, write, name)
    ctx = site.new_context()
    for function in (bench.tasks.give, bench.tasks.Shelf.put):
        assert function_named(ctx, name_of_function(function)) is function
        assert there_and_back(ctx, [function]) == [function]


@pytest.mark.parametrize("kept", ["os.system", "os:system", "subprocess.run", "app_of_nobody.x"])
def test_no_function_but_an_apps_is_called_by_what_the_database_says(site: Site, kept: str) -> None:
    with pytest.raises(AppNotInstalledError):
        function_named(site.new_context(), kept)
