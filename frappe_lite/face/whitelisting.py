"""`frappe.whitelist` for app code: a function that clients may call checks its arguments when app code calls it,
too."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from ..context import current
from ..whitelist import whitelist as plain_whitelist
from .checks import validate_argument_types


def whitelist(
    allow_guest: bool = False, xss_safe: bool = False, methods: list[str] | None = None
) -> Callable[[Any], Any]:
    """Let clients call the decorated function.

    In requests and tests, whoever calls it gives arguments of the types that it names: they are brought into them, or
    FrappeTypeError is raised.
    """
    register = plain_whitelist(allow_guest, xss_safe, methods)

    def decorate(decorated: Any) -> Any:
        register(decorated)
        has_types = isinstance(decorated, FunctionType) and bool(decorated.__annotations__)
        return validate_argument_types(decorated, _is_asked) if has_types else decorated

    return decorate


def _is_asked() -> bool:
    """Whether somebody's request is answered, or a test runs: scripts and commands pass what they like, as in
    Frappe."""
    ctx = current.get(None)
    return ctx is not None and bool(ctx.request.method or ctx.flags.in_test)


__all__ = ["whitelist"]
