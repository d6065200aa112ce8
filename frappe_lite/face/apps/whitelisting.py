"""`frappe.whitelist` for app code: a function that clients may call checks its arguments when app code calls it,
too."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from ...context import current
from ...whitelist import decorated, give_back, was_given_back
from ...whitelist import whitelist as plain_whitelist
from ..texts.checks import validate_argument_types


def whitelist(
    allow_guest: bool = False, xss_safe: bool = False, methods: list[str] | None = None
) -> Callable[[Any], Any]:
    """Let clients call the decorated function.

    In requests and tests, whoever calls it gives arguments of the types that it names: they are brought into them, or
    FrappeTypeError is raised.
    """
    register = plain_whitelist(allow_guest, xss_safe, methods)

    def decorate(function: Any) -> Any:
        register(function)
        has_types = isinstance(function, FunctionType) and bool(function.__annotations__)
        made = validate_argument_types(function, _is_asked) if has_types else function
        give_back(made)
        return made

    return decorate


def adopt(module: ModuleType) -> None:
    """Register what a module of an app's calls its functions, where they were called otherwise when they were
    whitelisted: by a decorator of the app's own, or in the module that they are imported from.

    Frappe knows a whitelisted function by the object, and finds it by the name that it has in a module.
    """
    app = module.__name__.partition(".")[0]
    for name, value in vars(module).items():
        if isinstance(value, FunctionType) and was_given_back(value) and value.__module__.partition(".")[0] == app:
            decorated[f"{module.__name__}.{name}"] = value.__dict__["whitelisted"]


def _is_asked() -> bool:
    """Whether somebody's request is answered, or a test runs: scripts and commands pass what they like, as in
    Frappe."""
    ctx = current.get(None)
    return ctx is not None and bool(ctx.request.method or ctx.flags.in_test)


__all__ = ["adopt", "whitelist"]
