"""Where app code asks whether Frappe has something, and has an answer ready in case it has not.

    try:                                                  getattr(frappe, "in_preload", None)
        from frappe.query_builder.terms import SubQuery   hasattr(frappe, "get_traceback")
    except ImportError:
        SubQuery = None

Such a question deserves a true answer: what is missing is missing there, where elsewhere it may be imported and fails
when it is used. Which lines ask is read from the source of whoever imports.
"""

from __future__ import annotations

import ast
import functools
import linecache
import sys
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import NamedTuple

_CATCHES = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
"""The handlers of an import that fails."""


class Question(NamedTuple):
    """The lines of a statement or call that asks, and the name it asks for; "" for each name of an import."""

    first: int
    last: int
    name: str


def asks_whether(name: str) -> bool:
    """Whether the code that looks up or imports `name` just now has an answer ready in case that it is not there."""
    frame = _asking(sys._getframe(2))
    return frame is not None and any(
        each.first <= frame.f_lineno <= each.last and each.name in ("", name) for each in _questions_of(frame.f_code)
    )


def _asking(frame: FrameType | None) -> FrameType | None:
    """The frame that imports: above those of the machinery of imports."""
    while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame


def _questions_of(code: CodeType) -> tuple[Question, ...]:
    return _questions("".join(linecache.getlines(code.co_filename)))


@functools.lru_cache(maxsize=256)
def _questions(source: str) -> tuple[Question, ...]:
    """What a file asks; nothing where its source cannot be read."""
    try:
        return tuple(_ask(ast.parse(source), False))
    except (SyntaxError, ValueError):
        return ()


def _ask(node: ast.AST, is_guarded: bool) -> Iterator[Question]:
    """The questions in a node; `is_guarded` where an import that fails is caught."""
    if isinstance(node, ast.Import | ast.ImportFrom) and is_guarded:
        yield Question(node.lineno, node.end_lineno or node.lineno, "")
    if isinstance(node, ast.Call):
        yield from _lookup(node)
    guarded: list[ast.stmt] = []
    if isinstance(node, ast.Try) and any(map(_falls_back, node.handlers)):
        guarded = node.body
    elif isinstance(node, ast.With) and any(map(_suppresses, node.items)):
        guarded = node.body
    inside = is_guarded and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in ast.iter_child_nodes(node):
        yield from _ask(child, inside or child in guarded)


def _lookup(call: ast.Call) -> Iterator[Question]:
    """`hasattr(x, "name")` and `getattr(x, "name", default)`."""
    arguments = {"hasattr": 2, "getattr": 3}.get(getattr(call.func, "id", ""))
    if len(call.args) == arguments and isinstance(call.args[1], ast.Constant):
        yield Question(call.lineno, call.end_lineno or call.lineno, str(call.args[1].value))


def _falls_back(handler: ast.ExceptHandler) -> bool:
    """Whether a handler goes on without what could not be imported; one that only raises again does not."""
    return (handler.type is None or bool(_names(handler.type) & _CATCHES)) and not isinstance(
        handler.body[-1], ast.Raise
    )


def _suppresses(item: ast.withitem) -> bool:
    """`contextlib.suppress(ImportError)`."""
    call = item.context_expr
    return (
        isinstance(call, ast.Call)
        and "suppress" in _names(call.func)
        and any(_names(each) & _CATCHES for each in call.args)
    )


def _names(node: ast.expr) -> set[str]:
    """The names of what an expression lists, each without the module it is in."""
    if isinstance(node, ast.Tuple):
        return {name for each in node.elts for name in _names(each)}
    return {getattr(node, "id", getattr(node, "attr", ""))}
