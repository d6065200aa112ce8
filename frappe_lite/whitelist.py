"""The registry of functions that clients may call: dotted name -> `Method`.

`@frappe.whitelist()` registers app code, `@method("frappe.client.get")` the package's own, which take the context
first. A call is a lookup here, never an import of what a client names; arguments are bound by signature.

    @frappe.whitelist(methods=["POST"])        ->  registry["shop.api.order"] = Method(order, False, ("POST",))
    def order(item, qty: int = 1): …               qty="2" arrives as 2, qty="x" is refused, unknown keys are dropped
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import FrappeTypeError, ValidationError

VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH", "QUERY")

RESERVED = frozenset({"cmd", "ctx", "ignore_permissions", "flags", "self"})
"""Names that a request never fills in, whatever the signature says. A security rule, not a convenience."""


@dataclass(frozen=True)
class Method:
    """A function that a client may call."""

    function: Callable[..., Any]
    allow_guest: bool = False
    http_methods: tuple[str, ...] = VERBS
    takes_context: bool = False
    parameters: tuple[inspect.Parameter, ...] = ()
    types: Mapping[str, Any] = field(default_factory=dict)

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The keyword arguments for a call with `values`. Raises ValidationError for a missing or mistyped one."""
        bound: dict[str, Any] = {}
        for parameter in self.parameters:
            if parameter.kind is parameter.VAR_KEYWORD:
                bound.update((key, value) for key, value in values.items() if key not in RESERVED and key not in bound)
            elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY) or parameter.name in RESERVED:
                continue
            elif parameter.name in values:
                bound[parameter.name] = _typed(parameter.name, values[parameter.name], self.types.get(parameter.name))
            elif parameter.default is parameter.empty:
                raise ValidationError.told(f"Missing argument: {parameter.name}", title="Missing Argument")
        return bound


registry: dict[str, Method] = {}
"""Every registered method of the process. A site shows those of its own apps: `Site.method`."""


def whitelist(allow_guest: bool = False, xss_safe: bool = False, methods: list[str] | None = None) -> Callable[[Any], Any]:
    """Let clients call the decorated function. `xss_safe` is accepted for Frappe's sake: answers here are JSON."""

    def register(function: Any) -> Any:
        if isinstance(function, staticmethod | classmethod):
            function = function.__func__
        described = describe(function, allow_guest, methods)
        if "." not in function.__qualname__.replace("<locals>.", ""):  # a plain function: methods of documents are found on them
            registry[f"{function.__module__}.{function.__name__}"] = described
        function.whitelisted = described
        return function

    return register


def method(*names: str, allow_guest: bool = False, methods: list[str] | None = None) -> Callable[[Any], Any]:
    """Register one of the package's own functions, which takes the context first, under Frappe's names for it."""

    def register(function: Any) -> Any:
        for name in names:
            registry[name] = describe(function, allow_guest, methods, takes_context=True)
        return function

    return register


def describe(function: Any, allow_guest: bool = False, methods: list[str] | None = None, takes_context: bool = False) -> Method:
    """The `Method` of a function: its parameters and their types are read once, here."""
    parameters = tuple(inspect.signature(function).parameters.values())
    if takes_context or (parameters and parameters[0].name == "self"):
        parameters = parameters[1:]
    try:
        hints = typing.get_type_hints(function)
    except (NameError, TypeError, AttributeError):  # annotations that need a TYPE_CHECKING import: not checked then
        hints = {}
    return Method(function, allow_guest, tuple(methods or VERBS), takes_context, parameters, hints)


_NUMBERS: dict[type, Callable[[Any], Any]] = {int: int, float: float}


def _typed(name: str, value: Any, hint: Any) -> Any:
    """`value` in the type that the signature asks for, where text can become it. Raises FrappeTypeError."""
    if hint is None or hint is Any:
        return value
    options = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    plain = [option if isinstance(option, type) else typing.get_origin(option) for option in options]
    if any(isinstance(option, type) and isinstance(value, option) for option in plain) or None in plain:
        return value
    for option in plain:
        if option is bool and isinstance(value, str | int):
            return str(value).lower() in ("1", "true", "yes")
        if option in _NUMBERS and isinstance(value, str | int | float):
            try:
                return _NUMBERS[option](value)
            except ValueError:
                continue
        if option is str and isinstance(value, int | float):
            return str(value)
        if option in (list, dict) and isinstance(value, str):
            return value  # Frappe: lists and dicts may come as JSON text; the function parses them
    expected = " or ".join(getattr(option, "__name__", str(option)) for option in plain)
    raise FrappeTypeError.told(f"Argument '{name}' should be of type '{expected}' but got '{type(value).__name__}' instead.")
