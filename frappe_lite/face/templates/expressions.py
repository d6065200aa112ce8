"""`frappe.safe_eval`: the value of one expression that somebody typed.

The expression is read by Python's parser and worked out here, node by node: nothing of it is ever compiled, and what
has no function in the table below is refused. Names are looked up in what the caller gives, attributes by
`values.reach`, operators by `budget.operate`.

    evaluate("doc.qty * 2 if doc.qty else 0", {"doc": doc})  ->  6
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...errors import ValidationError
from ...utils import _dict, cint, flt
from .budget import Budget, bounded_range, measure, operate, rounded, with_spec
from .values import MISSING, Function, item, reach, unview, view

MAX_CODE = 10_000
"""Characters of an expression."""

_SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: (
        "<<"
    ), ast.RShift: ">>", ast.BitOr: "|",
    ast.BitAnd: "&", ast.BitXor: "^",
}  # fmt: skip
_COMPARED: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.is_,
    ast.IsNot: operator.is_not, ast.In: lambda left, right: left in right, ast.NotIn: lambda left,
    right: left not in right,
}  # fmt: skip
_UNARY: dict[type[ast.AST], Callable[[Any], Any]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}

BUILT_IN: dict[str, object] = {
    **{each.__name__: Function(each.__name__, each) for each in (
        int, float, bool, len, min, max, sum, abs, any, all, sorted, list, dict, set, tuple)},
    "str": Function("str", lambda value="": str(value) if measure(value) else ""),
    "range": Function("range", bounded_range), "round": Function("round", rounded),
    "_dict": Function("_dict", _dict), "flt": Function("flt", flt), "cint": Function("cint", cint),
}  # fmt: skip
"""What every expression may use."""

REFUSED = frozenset({"ctx", "format", "format_map", "gi_frame", "f_globals"})
"""Attributes that an expression may not even name."""


def evaluate(code: str, names: Mapping[str, object]) -> object:
    """The value.

    Raises ValidationError for what is not allowed, SyntaxError, NameError, and what Python raises for the values.
    """
    if len(code) > MAX_CODE:
        raise ValidationError.told(f"An expression has at most {MAX_CODE:,} characters")
    try:
        tree = ast.parse(code.strip(), mode="eval")
        for node in ast.walk(tree):
            _require_allowed(node)
        return unview(Evaluation({**BUILT_IN, **names}).value(tree.body))
    except (RecursionError, MemoryError):
        raise ValidationError.told("The expression is too deep") from None


def _require_allowed(node: ast.AST) -> None:
    hidden = (
        isinstance(node, ast.Attribute)
        and (node.attr.startswith("_") or node.attr in REFUSED)
        or isinstance(node, ast.Name)
        and node.id.startswith("__")
    )
    starred = isinstance(node, ast.keyword) and node.arg is None
    if (
        hidden
        or starred
        or not (
            type(node) in _KNOWN
            or isinstance(node, ast.expr_context | ast.keyword | ast.comprehension | ast.Expression | ast.boolop)
        )
    ):
        raise ValidationError.told(f"This is not allowed in an expression: {ast.unparse(node)[:80]}")


class Evaluation:
    """One expression being worked out, with the names that it sees."""

    def __init__(self, names: Mapping[str, object], budget: Budget | None = None):
        self.names, self.budget = names, budget or Budget()

    def value(self, node: ast.AST) -> Any:
        """The value of a node."""
        self.budget.spend()
        return _VALUES[type(node)](self, node)

    def values(self, nodes: list[ast.expr]) -> list[Any]:
        """The values of several."""
        return [self.value(each) for each in nodes]

    def with_names(self, more: Mapping[str, object]) -> Evaluation:
        """The same, inside a comprehension."""
        return Evaluation({**self.names, **more}, self.budget)

    def rows(self, generators: list[ast.comprehension]) -> Iterator[Evaluation]:
        """For each turn of a comprehension, what it sees."""
        if not generators:
            yield self
            return
        first, *rest = generators
        for each in self.budget.each(self.value(first.iter)):
            inside = self.with_names(_bound(first.target, each))
            if all(inside.value(condition) for condition in first.ifs):
                yield from inside.rows(rest)


def _bound(target: ast.expr, value: Any) -> dict[str, object]:
    """The names that a loop gives to a value: one, or one for each part."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    if not isinstance(target, ast.Tuple | ast.List):
        raise ValidationError.told("This is not allowed in an expression: a loop names what it goes through")
    parts = list(value)
    if len(parts) != len(target.elts):
        raise ValueError(f"expected {len(target.elts)} values, got {len(parts)}")
    found: dict[str, object] = {}
    for each, part in zip(target.elts, parts, strict=True):
        found |= _bound(each, part)
    return found


# --- nodes -----------------------------------------------------------------------------------------------


def _name(evaluation: Evaluation, node: ast.Name) -> object:
    if node.id not in evaluation.names:
        raise NameError(f"name {node.id!r} is not defined")
    return view(evaluation.names[node.id])


def _attribute(evaluation: Evaluation, node: ast.Attribute) -> object:
    found = reach(evaluation.value(node.value), node.attr)
    if found is MISSING:
        raise AttributeError(f"there is no {node.attr!r} here")
    return view(found)


def _subscript(evaluation: Evaluation, node: ast.Subscript) -> object:
    key = evaluation.value(node.slice)
    found = item(evaluation.value(node.value), key)
    if found is MISSING:
        raise KeyError(key if isinstance(key, str | int) else "no such item")
    return view(found)


def _slice(evaluation: Evaluation, node: ast.Slice) -> slice:
    return slice(*(None if part is None else evaluation.value(part) for part in (node.lower, node.upper, node.step)))


def _call(evaluation: Evaluation, node: ast.Call) -> object:
    function = evaluation.value(node.func)
    if not isinstance(function, Function):
        raise ValidationError.told(f"This is not allowed in an expression: {ast.unparse(node)[:80]}")
    arguments, named = (
        evaluation.values(node.args),
        {each.arg or "": evaluation.value(each.value) for each in node.keywords},
    )
    evaluation.budget.spend(measure([*arguments, *named.values()]))
    return view(evaluation.budget.measured(function(*arguments, **named)))


def _boolean(evaluation: Evaluation, node: ast.BoolOp) -> object:
    found: object = None
    for each in node.values:
        found = evaluation.value(each)
        if bool(found) is isinstance(node.op, ast.Or):
            break
    return found


def _compare(evaluation: Evaluation, node: ast.Compare) -> object:
    left, found = evaluation.value(node.left), True
    for symbol, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluation.value(right_node)
        found = _COMPARED[type(symbol)](left, right)
        if not found:
            break
        left = right
    return found


def _text(evaluation: Evaluation, node: ast.JoinedStr) -> str:
    return str(evaluation.budget.measured("".join(evaluation.values(node.values))))


def _formatted(evaluation: Evaluation, node: ast.FormattedValue) -> str:
    value = evaluation.value(node.value)
    conversions: dict[int, Callable[[object], str]] = {ord("r"): repr, ord("s"): str, ord("a"): ascii}
    text = conversions.get(node.conversion)
    evaluation.budget.measured(value)
    return with_spec(text(value) if text else value, evaluation.value(node.format_spec) if node.format_spec else "")


def _list(evaluation: Evaluation, node: ast.ListComp | ast.GeneratorExp) -> list[object]:
    found: list[object] = evaluation.budget.measured(
        [inside.value(node.elt) for inside in evaluation.rows(node.generators)]
    )
    return found


def _dict_of(evaluation: Evaluation, node: ast.Dict) -> object:
    if None in node.keys:
        raise ValidationError.told("This is not allowed in an expression: ** in a dict")
    return evaluation.budget.measured(
        {
            evaluation.value(key): evaluation.value(value)
            for key, value in zip(node.keys, node.values, strict=True)
            if key is not None
        }
    )


_VALUES: dict[type[ast.AST], Callable[[Evaluation, Any], Any]] = {
    ast.Constant: lambda evaluation, node: evaluation.budget.measured(node.value),
    ast.Name: _name, ast.Attribute: _attribute, ast.Subscript: _subscript, ast.Slice: _slice, ast.Call: _call,
    ast.BoolOp: _boolean, ast.Compare: _compare,
    ast.BinOp: lambda evaluation,
    node: operate(_SYMBOLS[type(node.op)], evaluation.value(node.left), evaluation.value(node.right)),
    ast.UnaryOp: lambda evaluation, node: _UNARY[type(node.op)](evaluation.value(node.operand)),
    ast.IfExp: lambda evaluation, node: evaluation.value(node.body if evaluation.value(node.test) else node.orelse),
    ast.List: lambda evaluation, node: evaluation.budget.measured(evaluation.values(node.elts)),
    ast.Tuple: lambda evaluation, node: evaluation.budget.measured(tuple(evaluation.values(node.elts))),
    ast.Set: lambda evaluation, node: evaluation.budget.measured(set(evaluation.values(node.elts))),
    ast.Dict: _dict_of, ast.ListComp: _list, ast.GeneratorExp: _list, ast.JoinedStr: _text,
    ast.FormattedValue: _formatted,
}  # fmt: skip
"""By kind of node, how its value is found. A generator is worked out at once: there is none to hold on to."""

_KNOWN = _VALUES.keys() | _SYMBOLS.keys() | _COMPARED.keys() | _UNARY.keys()
