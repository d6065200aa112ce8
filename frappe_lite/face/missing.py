"""What Frappe has and this package has not: importing it succeeds, using it fails with a sentence that names it.

An app imports far more than one run of it calls. So each missing name becomes an object that may be imported, annotated
with, inherited from and used as a decorator at import; only a call inside a function, or making an object, raises.
"""

from __future__ import annotations

import sys
import types
from typing import Any, NoReturn

from ..errors import UnsupportedError
from .guarding import asks_whether


class NotProvidedError(UnsupportedError, AttributeError):
    """App code used a part of Frappe that frappe_lite does not have."""


def refuse(name: str) -> NoReturn:
    """Raises NotProvidedError for a dotted name."""
    raise NotProvidedError.told(
        f"{name} is not provided by frappe_lite; see docs/apps.md for what is", title="Not Provided"
    )


class Missing:
    """A name of Frappe's that is not here."""

    def __init__(self, name: str):
        self.__dict__.update(
            _name=name,
            __name__=name.rpartition(".")[2],
            __qualname__=name.rpartition(".")[2],
            __module__=name.rpartition(".")[0],
        )

    def __repr__(self) -> str:
        return f"<{self._name}, not provided by frappe_lite>"

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__") or asks_whether(key):
            raise AttributeError(key)
        return Missing(f"{self._name}.{key}")

    def __call__(self, *args: object, **_kwargs: object) -> Missing:
        """Raises NotProvidedError.

        While a module or class is made, it is a decorator or a constant, which fails when it is used.
        """
        frame = sys._getframe(1)
        if frame.f_code.co_name != "<module>" and "__qualname__" not in frame.f_locals:
            refuse(self._name)
        made = Missing(self._name)
        # Found under its own name, it says which decorator is missing
        if len(args) == 1 and isinstance(args[0], types.FunctionType):
            made.__dict__.update({key: getattr(args[0], key) for key in ("__name__", "__qualname__", "__module__")})
        return made

    def __mro_entries__(self, _bases: object) -> tuple[type]:
        name = self._name

        def __init__(self: object, *_args: object, **_kwargs: object) -> None:
            refuse(name)

        return (type(name.rpartition(".")[2], (), {"__init__": __init__, "__doc__": f"{name}, not provided."}),)

    def __getitem__(self, _key: object) -> Missing:
        return self

    def __or__(self, _other: object) -> Missing:
        return self

    __ror__ = __and__ = __rand__ = __add__ = __radd__ = __sub__ = __rsub__ = __or__

    def __bool__(self) -> bool:
        refuse(self._name)

    def __iter__(self) -> object:
        refuse(self._name)

    def __enter__(self) -> object:
        refuse(self._name)

    def __exit__(self, *_error: object) -> None:
        """Never reached: entering refuses."""

    def __hash__(self) -> int:
        return hash(self._name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Missing) and other._name == self._name


__all__ = ["Missing", "NotProvidedError", "refuse"]
