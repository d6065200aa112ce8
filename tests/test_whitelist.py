"""What the decorators note, and how the values of a request become arguments."""

from __future__ import annotations

import datetime
import functools
import sys
from typing import Any, Literal, Optional

import pytest

from frappe_lite.errors import FrappeTypeError, ValidationError
from frappe_lite.whitelist import RESERVED, VERBS, Method, describe, method, whitelist


def emptied(monkeypatch, name):
    made: dict[str, Method] = {}
    monkeypatch.setattr(sys.modules[Method.__module__], name, made)
    return made


@pytest.fixture
def decorated(monkeypatch):
    """What app code decorates in one test."""
    return emptied(monkeypatch, "decorated")


@pytest.fixture
def built_in(monkeypatch):
    """What the package registers in one test."""
    return emptied(monkeypatch, "built_in")


def plain(a, b=1): ...
def number(a: int): ...
def decimal(a: float): ...
def text(a: str): ...
def flag(a: bool): ...
def maybe(a: int | None = None): ...
def maybe_old(a: Optional[int] = None): ...  # noqa: UP045 - app code writes both
def either(a: int | str): ...
def no_text(a: str = None): ...  # noqa: RUF013 - as Frappe's own methods are written
def rows(a: list): ...
def texts(a: list[str]): ...
def mapping(a: dict): ...
def anything(a: Any): ...
def choice(a: Literal["up", "down"]): ...
def day(a: datetime.date): ...
def unknown_type(a: NotImported): ...  # noqa: F821 - as behind TYPE_CHECKING
def keyword(*, a): ...
def everything(**kwargs): ...
def some_and_everything(a, **kwargs): ...
def positions(*args): ...
def guarded(doctype, ignore_permissions=False, flags=None): ...


# --- registering -----------------------------------------------------------------------------------------


def test_a_function_is_registered_by_its_dotted_name(decorated):
    assert whitelist()(plain) is plain
    assert decorated[f"{__name__}.plain"].function is plain


@pytest.mark.parametrize(
    "options, attribute, value",
    [
        pytest.param({}, "allow_guest", False, id="guests may not by default"),
        pytest.param({"allow_guest": True}, "allow_guest", True, id="allow_guest"),
        pytest.param({}, "http_methods", VERBS, id="every verb by default"),
        pytest.param({"methods": ["POST"]}, "http_methods", ("POST",), id="methods"),
        pytest.param({"xss_safe": True}, "takes_context", False, id="xss_safe changes nothing"),
    ],
)
def test_options(decorated, options, attribute, value):
    whitelist(**options)(plain)
    assert getattr(decorated[f"{__name__}.plain"], attribute) == value


def test_a_method_of_a_class_is_found_on_the_class_only(decorated):
    class Task:
        @whitelist()
        def close(self, reason): ...

    assert decorated == {}
    assert Task.close.whitelisted.bind({"self": 1, "reason": "x"}) == {"reason": "x"}


def test_a_static_method_stays_static(decorated):
    class Task:
        @whitelist()
        @staticmethod
        def double(number):
            return 2 * number

    assert Task().double(2) == 4


def test_a_package_method_has_each_of_its_names_and_takes_the_context(built_in):
    @method("frappe.client.get", "frappe.get", allow_guest=True)
    def get(ctx, doctype): ...

    assert set(built_in) == {"frappe.client.get", "frappe.get"}
    found = built_in["frappe.client.get"]
    assert found.takes_context and found.allow_guest
    assert found.bind({"ctx": "forged", "doctype": "Task"}) == {"doctype": "Task"}


# --- binding ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function, values, bound",
    [
        pytest.param(plain, {"a": "2"}, {"a": "2"}, id="a default is left to the function"),
        pytest.param(plain, {"a": 2, "b": None}, {"a": 2, "b": None}, id="a given None is given"),
        pytest.param(plain, {"a": 2, "z": 3}, {"a": 2}, id="unknown keys are dropped"),
        pytest.param(keyword, {"a": 1}, {"a": 1}, id="a keyword-only argument"),
        pytest.param(everything, {"x": 1, "y": 2}, {"x": 1, "y": 2}, id="**kwargs takes everything"),
        pytest.param(some_and_everything, {"a": 1, "x": 2}, {"a": 1, "x": 2}, id="**kwargs takes the rest"),
        pytest.param(positions, {"args": [1]}, {}, id="*args takes nothing"),
        pytest.param(everything, dict.fromkeys(RESERVED, 1), {}, id="**kwargs takes no reserved name"),
        pytest.param(
            guarded,
            {"doctype": "Task", "ignore_permissions": True, "flags": {"x": 1}},
            {"doctype": "Task"},
            id="ignore_permissions and flags never come from a client",
        ),
    ],
)
def test_bind(function, values, bound):
    assert describe(function).bind(values) == bound


@pytest.mark.parametrize(
    "function, values",
    [
        pytest.param(plain, {}, id="positional"),
        pytest.param(keyword, {}, id="keyword-only"),
        pytest.param(some_and_everything, {"x": 1}, id="beside **kwargs"),
    ],
)
def test_a_missing_argument_is_named(function, values):
    with pytest.raises(ValidationError, match="Missing argument: a"):
        describe(function).bind(values)


@pytest.mark.parametrize(
    "function, value, bound",
    [
        pytest.param(number, "2", 2, id="int of text"),
        pytest.param(number, 2, 2, id="int of a number"),
        pytest.param(number, "-7", -7, id="int below zero"),
        pytest.param(decimal, "2.5", 2.5, id="float of text"),
        pytest.param(decimal, 2, 2.0, id="float of an int"),
        pytest.param(text, "x", "x", id="text"),
        pytest.param(text, 5, "5", id="text of a number"),
        pytest.param(flag, "1", True, id="bool of 1"),
        pytest.param(flag, "true", True, id="bool of true"),
        pytest.param(flag, "on", True, id="bool of on, as forms send it"),
        pytest.param(flag, 0, False, id="bool of a number"),
        pytest.param(flag, "false", False, id="bool of false"),
        pytest.param(maybe, "5", 5, id="int or None, of text"),
        pytest.param(maybe, None, None, id="int or None, of None"),
        pytest.param(maybe_old, "5", 5, id="Optional is the same"),
        pytest.param(either, "x", "x", id="int or text, of text"),
        pytest.param(no_text, None, None, id="None is taken where it is the default"),
        pytest.param(rows, [1], [1], id="a list"),
        pytest.param(rows, "[1]", "[1]", id="a list as JSON text, for the function to parse"),
        pytest.param(texts, ["a"], ["a"], id="a list of text"),
        pytest.param(mapping, '{"a": 1}', '{"a": 1}', id="an object as JSON text"),
        pytest.param(anything, {"a": 1}, {"a": 1}, id="Any"),
        pytest.param(choice, "up", "up", id="a Literal takes its members"),
        pytest.param(day, "2026-01-31", datetime.date(2026, 1, 31), id="a date of text"),
        pytest.param(unknown_type, "x", "x", id="a type that cannot be found is not checked"),
        pytest.param(plain, [1], [1], id="without a type anything goes"),
    ],
)
def test_a_value_becomes_the_type_of_the_signature(function, value, bound):
    got = describe(function).bind({"a": value})["a"]
    assert (got, type(got)) == (bound, type(bound))


@pytest.mark.parametrize(
    "function, value",
    [
        pytest.param(number, "x", id="int of text that is none"),
        pytest.param(number, "", id="int of empty text"),
        pytest.param(number, 2.5, id="int of a fraction"),
        pytest.param(number, float("inf"), id="int of infinity"),
        pytest.param(number, [1], id="int of a list"),
        pytest.param(number, None, id="int of None"),
        pytest.param(decimal, "x", id="float of text that is none"),
        pytest.param(text, {"a": 1}, id="text of an object"),
        pytest.param(flag, "maybe", id="bool of text that is none"),
        pytest.param(maybe, "x", id="int or None, of neither"),
        pytest.param(rows, 5, id="a list of a number"),
        pytest.param(choice, "sideways", id="a Literal takes no other"),
    ],
)
def test_a_value_of_another_type_is_refused(function, value):
    with pytest.raises(FrappeTypeError, match="Argument 'a' should be of type"):
        describe(function).bind({"a": value})


def test_the_refusal_says_what_was_wanted_and_what_came():
    with pytest.raises(FrappeTypeError, match="Argument 'a' should be of type 'int' but got 'str' instead"):
        describe(number).bind({"a": "x"})


# --- what decorators fill in -----------------------------------------------------------------------------


def in_team(function):
    """A decorator as apps write them: it says the team where nobody does, and knows `cmd`."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **{"team": "home", **kwargs})

    return wrapper


def strict(function):
    @functools.wraps(function)
    def wrapper(team):
        return function(team)

    return wrapper


@in_team
def files(team, order="name"):
    return team, order


@in_team
def in_folder(folder, *, team):
    return folder, team


@in_team
def faulty(team):
    return in_folder()


@strict
def strictly(team):
    return team


@pytest.mark.parametrize(
    "function, values, answer",
    [
        pytest.param(files, {}, ("home", "name"), id="what the decorator says"),
        pytest.param(files, {"team": "a", "order": "size"}, ("a", "size"), id="what the client says goes before"),
        pytest.param(files, {"unknown": 1}, ("home", "name"), id="what the function does not take is dropped"),
        pytest.param(in_folder, {"folder": "x"}, ("x", "home"), id="beside what the client must say"),
    ],
)
def test_a_decorator_fills_in_what_the_client_leaves_out(function, values, answer):
    described = describe(function)
    assert described.call(function, described.bind(values)) == answer


@pytest.mark.parametrize(
    "function, said",
    [
        pytest.param(in_folder, "Missing argument: folder", id="what the decorator does not fill in"),
        pytest.param(strictly, "Missing argument: team", id="a decorator that takes what the function takes"),
    ],
)
def test_what_nobody_gives_is_named(function, said):
    described = describe(function)
    with pytest.raises(ValidationError, match=said):
        described.call(function, described.bind({}))


def test_a_fault_within_is_the_apps_own():
    described = describe(faulty)
    with pytest.raises(TypeError, match="folder"):
        described.call(faulty, described.bind({}))


@pytest.mark.parametrize(
    ("function", "takes"), [(everything, True), (some_and_everything, True), (plain, False), (files, False)]
)
def test_whether_a_function_takes_everything(function, takes):
    assert describe(function).takes_everything is takes
