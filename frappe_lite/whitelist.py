"""Functions that clients may call, and how the values of a request become their arguments.

`@frappe.whitelist()` marks a function of an app, `@method("frappe.client.get")` one of the package's own, which takes
the context first. Which of them a site answers for is the site's: `SiteMethods`. A call is a lookup there, never an
import of what a client names; arguments are bound by signature.

    @frappe.whitelist(methods=["POST"])        ->  order.whitelisted = Method(order, False, ("POST",))
    def order(item, qty: int = 1): …               qty="2" arrives as 2, qty="x" is refused, unknown keys are dropped
"""

from __future__ import annotations

import datetime
import inspect
import os
import re
import sys
import types
import typing
import weakref
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from .errors import FrappeError, FrappeTypeError, ValidationError
from .installed_app import InstalledApp, listed
from .utils import cstr, get_datetime, getdate
from .values import Function, Given, Values

Decorated = TypeVar("Decorated")
VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH", "QUERY")

RESERVED = frozenset({"cmd", "ctx", "ignore_permissions", "flags", "self"})
"""Names that a request never fills in, whatever the signature says. A security rule, not a convenience."""


@dataclass(frozen=True)
class Method:
    """A function that a client may call."""

    function: Function
    allow_guest: bool = False
    http_methods: tuple[str, ...] = VERBS
    takes_context: bool = False

    @cached_property
    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """The parameters that a call fills in."""
        parameters = tuple(inspect.signature(self.function).parameters.values())
        begins_with_self = parameters and parameters[0].name in ("self", "cls")
        return parameters[1:] if self.takes_context or begins_with_self else parameters

    @cached_property
    def types(self) -> Mapping[str, Any]:
        """The types that the signature asks for, by name."""
        try:
            return typing.get_type_hints(self.function)
        except (NameError, TypeError, AttributeError):  # annotations that need a TYPE_CHECKING import: not checked then
            return {}

    @cached_property
    def is_wrapped(self) -> bool:
        """Whether a decorator of the app's, which may fill in missing arguments, wraps the function."""
        return hasattr(self.function, "__wrapped__") and any(
            each.kind is each.VAR_KEYWORD
            for each in inspect.signature(self.function, follow_wrapped=False).parameters.values()
        )

    @cached_property
    def takes_everything(self) -> bool:
        """Whether it has `**kwargs`."""
        return any(each.kind is each.VAR_KEYWORD for each in self.parameters)

    def bind(self, values: Mapping[str, object]) -> Values:
        """The keyword arguments for a call with `values`. Raises ValidationError for a missing or mistyped one."""
        bound: dict[str, object] = {}
        for parameter in self.parameters:
            if parameter.kind is parameter.VAR_KEYWORD:
                bound.update((key, value) for key, value in values.items() if key not in RESERVED and key not in bound)
            elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY) or parameter.name in RESERVED:
                continue
            elif parameter.name in values:
                bound[parameter.name] = _typed(parameter, values[parameter.name], self.types.get(parameter.name))
            elif parameter.default is parameter.empty and not self.is_wrapped:
                raise _missing(parameter.name)
        return bound

    def call(self, function: Function, bound: Given) -> object:
        """Call `function` (this one, or the same one bound to a document) with bound arguments. Raises
        ValidationError for an argument that neither the caller nor a decorator supplied."""
        if not self.is_wrapped:
            return function(**bound)
        try:
            return function(**bound)
        except TypeError as error:
            found = _MISSING.search(str(error))
            if found is None or found[1] in bound or found[1] not in {each.name for each in self.parameters}:
                raise
            raise _missing(found[1]) from error


_MISSING = re.compile(r"missing \d+ required (?:positional|keyword-only) arguments?: '(\w+)'")


def _missing(name: str) -> FrappeError:
    return ValidationError.told(f"Missing argument: {name}", title="Missing Argument")


built_in: dict[str, Method] = {}
"""The package's own methods by Frappe's names for them: every site has them all."""

decorated: dict[str, Method] = {}
"""What `@frappe.whitelist()` stands over in the modules that Python has imported, by dotted name: a fact of the
process. Whose functions they are, each site says for itself: `SiteMethods`."""

_given_back: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
"""What `@frappe.whitelist()` gave back to modules, by `id`: a decorator that stands around it gives them another."""


def give_back(function: object) -> None:
    """Note a function as one that `@frappe.whitelist()` gives back."""
    _given_back[id(function)] = function


def was_given_back(value: object) -> bool:
    """Whether it is a function that `@frappe.whitelist()` gave back, and none that a decorator made of that."""
    return _given_back.get(id(value)) is value


def is_shown(name: str) -> bool:
    """Whether a decorated function is what its module has under its name.

    Frappe knows a whitelisted function by the object: what a decorator made of it, such as one that asks for a role
    first, is not called by clients, nor is what is behind that.
    """
    module, _, attribute = name.rpartition(".")
    shown = getattr(sys.modules.get(module), attribute, None)
    return shown is None or was_given_back(shown)


def whitelist(
    allow_guest: bool = False, xss_safe: bool = False, methods: list[str] | None = None
) -> Callable[[Decorated], Decorated]:
    """Let clients call the decorated function. `xss_safe` is accepted for Frappe's sake: answers here are JSON."""

    def mark(given: Decorated) -> Decorated:
        function: Any = given.__func__ if isinstance(given, staticmethod | classmethod) else given
        function.whitelisted = described = describe(function, allow_guest, methods)
        if "." not in function.__qualname__:  # a plain function; methods of documents are found on their class
            decorated[f"{function.__module__}.{function.__name__}"] = described
        give_back(function)
        return given

    return mark


def marked(described: Method) -> Callable[[Decorated], Decorated]:
    """Let clients call the decorated method of a document with the parameters of another function: fewer than app code
    may give."""

    def mark(given: Any) -> Any:
        given.whitelisted = described
        return given

    return mark


def method(
    *names: str, allow_guest: bool = False, methods: list[str] | None = None
) -> Callable[[Decorated], Decorated]:
    """Register one of the package's own functions, which takes the context first, under Frappe's names for it."""

    def register(function: Decorated) -> Decorated:
        for name in names:
            built_in[name] = describe(function, allow_guest, methods, takes_context=True)
        return function

    return register


def describe(
    function: Any, allow_guest: bool = False, methods: list[str] | None = None, takes_context: bool = False
) -> Method:
    """The `Method` for a function. Its signature is read at the first call."""
    return Method(function, allow_guest, tuple(methods or VERBS), takes_context)


class SiteMethods(MutableMapping[str, Method]):
    """The methods of the site that has these apps: asked, not copied, for modules are imported later too."""

    def __init__(self, apps: dict[str, InstalledApp]):
        self._apps = apps
        self._own: dict[str, Method] = {}

    def find(self, name: str) -> Method | None:
        """The method of that name, or the one that the last app to override it puts in its place.

        Frappe: `override_whitelisted_method`. The method of an override is not overridden in its turn.
        """
        for app in reversed(self._apps.values()):
            overrides = app.hooks.get("override_whitelisted_methods")
            if overrides and (names := listed(overrides.get(name))):
                return self._known(cstr(names[-1]))
        return self._known(name)

    def _known(self, name: str) -> Method | None:
        found = self._own.get(name) or built_in.get(name)
        if found is None and name in decorated and self._has(name.partition(".")[0]) and is_shown(name):
            return decorated[name]
        return found

    def _has(self, package: str) -> bool:
        """Whether the functions of a package are this site's: it is an app of the site's, or nobody's app."""
        return package in self._apps or not is_app_package(package)

    def __getitem__(self, name: str) -> Method:
        found = self._known(name)
        if found is None:
            raise KeyError(name)
        return found

    def __setitem__(self, name: str, method: Method) -> None:
        self._own[name] = method

    def __delitem__(self, name: str) -> None:
        """Take back what was set on this site. Raises KeyError for what was not."""
        del self._own[name]

    def __iter__(self) -> Iterator[str]:
        packages = {name.partition(".")[0] for name in decorated}
        mine = {each for each in packages if self._has(each)}
        ours = (name for name in list(decorated) if name.partition(".")[0] in mine and is_shown(name))
        return iter(dict.fromkeys([*self._own, *built_in, *ours]))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def is_app_package(package: str) -> bool:
    """Whether an imported package is an app, and not the program that the server stands in.

    Its folder says so, by Frappe's layout, or the way in which it came: to be served as an app, and for nothing else.
    """
    folders = getattr(sys.modules.get(package), "__path__", ())
    return package in _came_as_apps or any(os.path.isfile(os.path.join(each, "hooks.py")) for each in folders)


def note_app_package(package: str) -> None:
    """Note that a package is about to be imported as an app, if nothing has imported it before."""
    if package not in sys.modules:
        _came_as_apps.add(package)


_came_as_apps: set[str] = set()
"""Packages that only the loading of an app brought into the process. A program's own never are among them, whatever
sites load it."""


def _typed(parameter: inspect.Parameter, value: object, hint: object) -> object:
    """`value` converted to the type that the signature asks for. Raises FrappeTypeError if that is impossible."""
    if hint is None or hint is Any or (value is None and parameter.default is None):
        return value
    options = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    for option in options:
        if _fits(value, option):
            return value
    for option in options:
        convert = _CONVERSIONS.get(typing.get_origin(option) or option)
        if convert is None:
            continue
        try:
            return convert(value)
        except (TypeError, ValueError, OverflowError):
            continue
    expected = " or ".join(getattr(option, "__name__", str(option)) for option in options)
    raise FrappeTypeError(
        f"Argument '{parameter.name}' should be of type '{expected}' but got '{type(value).__name__}' instead."
    )


def _fits(value: object, option: object) -> bool:
    """Whether the value already has the type. A type that cannot be checked fits everything."""
    origin = typing.get_origin(option) or option
    if origin is typing.Literal:
        return value in typing.get_args(option)
    try:
        return not isinstance(origin, type) or isinstance(value, origin)
    except TypeError:  # a TypedDict, a Protocol: nobody can tell
        return True


def _as_int(value: Any) -> int:
    if isinstance(value, str) and value.strip().lstrip("+-").isdecimal():
        return int(value)
    number = float(value)
    if not number.is_integer():
        raise ValueError(value)
    return int(number)


def _as_text(value: object) -> str:
    if not isinstance(value, int | float):
        raise TypeError(value)
    return str(value)


def _as_json_text(value: object) -> str:
    """Frappe: lists and dicts may come as JSON text; the function parses them."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _as_bool(value: object) -> bool:
    text = str(value).strip().lower()
    if text not in _BOOLEANS:
        raise ValueError(value)
    return _BOOLEANS[text]


_BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_CONVERSIONS: dict[Any, Callable[[Any], Any]] = {
    bool: _as_bool, int: _as_int, float: float, str: _as_text, list: _as_json_text, dict: _as_json_text,
    datetime.datetime: get_datetime, datetime.date: getdate,
}  # fmt: skip


def call_with(function: Callable[..., object], values: Mapping[str, object], *leading: object) -> object:
    """Call an app's function with the `leading` values and those of `values` that its signature takes. Frappe: hooks
    and controllers name what they need."""
    parameters = inspect.signature(function).parameters.values()
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        return function(*leading, **values)
    return function(*leading, **{each.name: values[each.name] for each in parameters if each.name in values})
