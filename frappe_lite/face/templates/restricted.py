"""For apps that run scripts of people by RestrictedPython themselves: what they take from `frappe.utils.safe_exec`.

frappe_lite runs no such script (`is_safe_exec_enabled()` is False); an app that does so answers for what its scripts
reach, and RestrictedPython's compiler asks the guards here at each attribute, item and assignment.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator
from typing import Any

from RestrictedPython.Guards import guarded_iter_unpack_sequence, safer_getattr
from RestrictedPython.transformer import INSPECT_ATTRIBUTES, RestrictingNodeTransformer

from ...utils import _dict
from ..context import flags
from ..model.documents import as_json
from . import rendering

SERVER_SCRIPT_FILE_PREFIX = "<serverscript>"
"""What the file names of scripts begin with, in a traceback."""

UNSAFE_ATTRIBUTES = frozenset({*INSPECT_ATTRIBUTES, "format", "format_map"})
"""The attributes by which a script would reach frames and code, and from them everything."""

_INSIDES = (types.ModuleType, types.CodeType, types.TracebackType, types.FrameType)
_UNCHANGEABLE = (*_INSIDES, type, types.FunctionType, types.MethodType, types.BuiltinFunctionType)


class NamespaceDict(_dict):
    """Names for a script. One that is not there is a function that raises AttributeError when it is called."""

    def __getattr__(self, key: str) -> Any:
        if key in self and not key.startswith("__"):
            return self[key]

        def missing(*_args: object, **_kwargs: object) -> None:
            raise AttributeError(f"a script has no {key} here")

        return missing


class FrappeTransformer(RestrictingNodeTransformer):
    """The compiler's rules. Frappe's scripts may use `_dict`, whatever it begins with."""

    def check_name(self, node: Any, name: str | None, allow_magic_methods: bool = False) -> None:
        """Refuse a name that scripts may not have, by an error of the compiler's."""
        if name != "_dict":
            super().check_name(node, name, allow_magic_methods)


def _getattr_(value: object, name: object, default: object = None) -> Any:
    """An attribute, for a script. Raises SyntaxError and AttributeError for what leads out of it."""
    if name in UNSAFE_ATTRIBUTES or isinstance(value, _INSIDES):
        raise SyntaxError(f"a script may not read {name}")
    return safer_getattr(value, name, default)  # type: ignore[no-untyped-call]  # the library's


def _getitem_(value: Any, key: object) -> Any:
    """An item, for a script. Raises SyntaxError for a key with an underscore before it."""
    if isinstance(key, str) and key.startswith("_"):
        raise SyntaxError("a script may not read what begins with an underscore")
    return value[key]


def _write_(value: Any) -> Any:
    """What a script is about to change. Raises SyntaxError for code."""
    if isinstance(value, _UNCHANGEABLE):
        raise SyntaxError(f"a script may not change a {type(value).__name__}")
    return value


def get_python_builtins() -> dict[str, object]:
    """The functions and types of Python's that scripts have beside those of RestrictedPython."""
    found = (
        abs,
        all,
        any,
        bool,
        dict,
        enumerate,
        isinstance,
        issubclass,
        list,
        max,
        min,
        range,
        set,
        sorted,
        sum,
        tuple,
    )
    return {each.__name__: each for each in found}


def get_safe_globals() -> NamespaceDict:
    """The names that scripts begin with: those that texts of people have, and the guards."""
    return NamespaceDict(
        rendering.get_safe_globals(), as_json=as_json, _getattr_=_getattr_, _getitem_=_getitem_,
        _getiter_=iter, _iter_unpack_sequence_=guarded_iter_unpack_sequence, _write_=_write_, **get_python_builtins()
    )  # fmt: skip


@contextlib.contextmanager
def safe_exec_flags() -> Iterator[None]:
    """Inside, `frappe.flags.in_safe_exec` says that a script runs."""
    flags.in_safe_exec = (flags.in_safe_exec or 0) + 1
    try:
        yield
    finally:
        flags.in_safe_exec -= 1
