"""Jinja, twice: for what an app's author wrote into a file, and for what people typed.

Needs the extra `apps`; imported when the first template is filled in.

    of_apps(folders)      a plain environment: the author is trusted as the app's code is
    of_people(folders)    a sandbox: values instead of objects, and a budget for work, time and length

The sandbox does not go by what is forbidden. Attributes and items come from `values.reach`, operators from
`budget.operate`, filters from the list below; loops, texts, literals and calls pay from the budget, for which the
syntax tree is changed before it is compiled.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as DEFAULT_FILTERS
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace
from jinja2.visitor import NodeTransformer

from ... import utils
from ...protocol import dump_json
from .budget import MAX_ITEMS, Budget, joined, measure, operate, replaced, require_length, too_much
from .values import MISSING, DocumentView, Function, item, reach, told, view

JINJAS_OWN = (LoopContext, Macro, BlockReference, Cycler, Joiner, Namespace)
"""Helpers of the template language itself: their attributes without `_` are meant to be used."""

FILTERS = (
    "abs batch capitalize center count d default dictsort e escape filesizeformat first float forceescape groupby "
    "indent items last length list lower map max min"
    " random reject rejectattr reverse round select selectattr slice sort string sum title trim truncate unique "
    "upper urlencode wordcount wordwrap"
).split()
"""Jinja's filters that are offered as they are, and paid for."""

_WIDE = frozenset({"batch", "center", "indent", "round", "slice", "truncate", "wordwrap"})
"""Filters that a number makes expensive."""

MAX_WIDTH, MAX_OUTPUT = 10_000, 5_000_000
STEPS, TEXT, CONCAT, PAID = " steps", " text", " concat", " paid"
"""Filters that the changed tree calls: nobody can write such a name."""


def of_apps(folders: list[str], names: dict[str, object]) -> jinja2.Environment:
    """For templates in the apps' files: with loops, objects and includes as their authors wrote them.

    A template is named by its place in some app, `templates/x.html`, or in one: `shop/templates/x.html`.
    """
    of_one = jinja2.PrefixLoader({os.path.basename(folder): jinja2.FileSystemLoader(folder) for folder in folders})
    loader = jinja2.ChoiceLoader([jinja2.FileSystemLoader(folders), of_one])
    environment = jinja2.Environment(loader=loader, undefined=jinja2.ChainableUndefined)  # noqa: S701 - mails too; as in Frappe  # nosec B701
    environment.globals.update(names)
    environment.filters.update(json=_as_json, len=len, int=utils.cint, flt=utils.flt)
    return environment


def of_people(folders: list[str], names: dict[str, object], filters: dict[str, Callable[..., object]]) -> Sandbox:
    """For one text that somebody typed: with a budget of its own."""
    environment = Sandbox(loader=_Templates(folders), undefined=jinja2.ChainableUndefined, optimized=False)
    environment.globals.clear()
    environment.globals.update(names)
    environment.globals.update(
        {each.__name__.lower(): Function(each.__name__.lower(), each) for each in (dict, Namespace, Cycler, Joiner)}
    )
    environment.filters = {name: _paid(name, function) for name, function in {**_OWN_FILTERS, **filters}.items()}
    environment.filters.update({name: _paid(name, DEFAULT_FILTERS[name]) for name in FILTERS})
    environment.filters.update({STEPS: _steps, TEXT: _text, CONCAT: _concat, PAID: _measured})
    return environment


class _Templates(jinja2.FileSystemLoader):
    """What a text of people may include: templates, and no other file of an app."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if not template.startswith("templates/"):
            raise jinja2.TemplateNotFound(template)
        return super().get_source(environment, template)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's own sandbox, in which nothing is reached by Python's attribute lookup any more."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, **options: object):
        super().__init__(**options)
        self.budget = Budget()

    def getattr(self, obj: object, attribute: str) -> object:
        """An attribute, by `reach`."""
        return self._found(obj, attribute, reach)

    def getitem(self, obj: object, argument: object) -> object:
        """An item, or else an attribute."""
        return self._found(obj, argument, item)

    def _found(self, obj: object, name: object, look: Callable[[object, object], object]) -> object:
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, JINJAS_OWN):
            found = MISSING if str(name).startswith("_") else getattr(obj, str(name), MISSING)
        else:
            found = look(obj, name)
        return self.undefined(obj=None, name=str(name)) if found is MISSING else view(found)

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Never asked for: kept shut for whatever Jinja may add."""
        return False

    def is_safe_callable(self, obj: object) -> bool:
        """Functions that are offered, and what the language itself calls."""
        return isinstance(obj, (Function, Undefined, *JINJAS_OWN)) or isinstance(
            getattr(obj, "__self__", None), JINJAS_OWN
        )

    def call(__self, __context: Context, __obj: Any, *args: object, **kwargs: object) -> object:  # noqa: B902, N805 - Jinja's names: any other could be a keyword of a template
        """Call what may be called, and pay for the arguments."""
        called = __obj if __self.is_safe_callable(__obj) else view(__obj)
        __self.budget.spend(measure([*args, *kwargs.values()]))
        if not __self.is_safe_callable(called):
            raise SecurityError("this cannot be called here")
        return __context.call(called, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """An operator with its bound."""
        self.budget.spend()
        return operate(operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template: nodes.Template = _Paying().visit(super()._parse(source, name, filename))
        return template

    def fill(self, template: jinja2.Template, values: dict[str, object]) -> str:
        """The text. Raises ValidationError where it gets too long."""
        parts: list[str] = []
        length = 0
        for part in template.generate(values):
            length += len(part)
            if length > MAX_OUTPUT:
                raise too_much(f"a text of more than {MAX_OUTPUT:,} characters")
            parts.append(part)
        return "".join(parts)


class _Paying(NodeTransformer):
    """Lets loops, output, concatenation, literals and comparisons go through the filters that pay for them."""

    def visit_For(self, node: nodes.For, *args: object, **kwargs: object) -> nodes.For:
        self.generic_visit(node)
        node.iter = _filtered(node.iter, STEPS)
        return node

    def visit_Output(self, node: nodes.Output, *args: object, **kwargs: object) -> nodes.Output:
        self.generic_visit(node)
        node.nodes = [_filtered(each, TEXT) for each in node.nodes]
        return node

    def visit_Concat(self, node: nodes.Concat, *args: object, **kwargs: object) -> nodes.Expr:
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), CONCAT)

    def visit_List(self, node: nodes.List | nodes.Tuple | nodes.Dict, *args: object, **kwargs: object) -> nodes.Expr:
        """A list of a list of a list can be as large as one likes, though it is written in one line."""
        self.generic_visit(node)
        return node if getattr(node, "ctx", "load") != "load" else _filtered(node, PAID)

    visit_Tuple = visit_Dict = visit_List


def _filtered(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


# --- filters ---------------------------------------------------------------------------------------------


def _budget(context: Context) -> Budget:
    environment = context.environment
    assert isinstance(environment, Sandbox)
    return environment.budget


@jinja2.pass_context
def _steps(context: Context, values: Any) -> Iterator[object]:
    found = view(values)
    if isinstance(found, DocumentView):
        raise jinja2.TemplateRuntimeError("a document is no list")
    return _budget(context).each(values)


@jinja2.pass_context
def _text(context: Context, value: object) -> str:
    return _budget(context).text(value if isinstance(value, str | Undefined) else told(value))


@jinja2.pass_context
def _concat(context: Context, values: list[object]) -> str:
    return joined("", [_text(context, value) for value in values])


@jinja2.pass_context
def _measured(context: Context, value: object) -> object:
    return _budget(context).measured(value)


def _paid(name: str, function: Callable[..., object]) -> Callable[..., object]:
    """The filter, paid for by what it is given.

    One that takes the context is worked out when the template runs, never when it is compiled.
    """
    wants = jinja2.utils._PassArg.from_obj(function)

    @jinja2.pass_context
    def paid(context: Context, value: object, *args: object, **kwargs: object) -> object:
        if isinstance(value, Iterator):
            value = _collected(_budget(context), value)
        _budget(context).spend(measure([value, *args, *kwargs.values()]))
        if name in _WIDE:
            _require_narrow(name, value, [*args, *kwargs.values()])
        first = {"context": context, "eval_context": context.eval_ctx, "environment": context.environment}.get(
            wants.name if wants else ""
        )
        return function(first, value, *args, **kwargs) if first is not None else function(value, *args, **kwargs)

    return paid


def _collected(budget: Budget, values: Iterable[object]) -> list[object]:
    found: list[object] = []
    for each in budget.each(values):
        if len(found) >= MAX_ITEMS:
            raise too_much(f"a list of more than {MAX_ITEMS:,} items")
        found.append(each)
    return found


def _require_narrow(name: str, value: object, arguments: list[object]) -> None:
    if any(
        isinstance(each, int) and abs(each) > MAX_WIDTH or isinstance(each, str) and len(each) > 1000
        for each in arguments
    ):
        raise too_much(f"a {name} by more than {MAX_WIDTH:,}")
    if name == "indent":
        require_length(
            str(value).count("\n") * max([each if isinstance(each, int) else 1000 for each in arguments] or [4])
        )


def _as_json(value: object, *_args: object, **_kwargs: object) -> str:
    return dump_json(told(value)).decode()


def _replace(value: object, old: object, new: object, count: int | None = None) -> str:
    return replaced(str(value), str(old), str(new), -1 if count is None else count)


def _strip_tags(value: object) -> str:
    text = str(value)
    if len(text) > MAX_WIDTH * 2:
        raise too_much(f"striptags of more than {MAX_WIDTH * 2:,} characters")
    return utils.strip_html(text)


@jinja2.pass_environment
def _attribute(environment: Sandbox, value: object, name: str) -> object:
    return environment.getattr(value, name)


@jinja2.pass_environment
def _join(environment: Sandbox, values: Any, separator: object = "", attribute: object = None) -> str:
    return joined(
        str(separator), [environment.getitem(each, attribute) if attribute is not None else each for each in values]
    )


_OWN_FILTERS: dict[str, Callable[..., object]] = {
    "attr": _attribute, "flt": utils.flt, "format": lambda value, *args,
    **kwargs: operate("%", str(value), kwargs or args),
    "int": lambda value, default=0, *_: utils.cint(value, default), "join": _join, "json": _as_json, "len": len,
    "replace": _replace, "striptags": _strip_tags, "safe": lambda value: value,  # nothing is escaped by itself
    "tojson": lambda value, *_: _as_json(value).translate({ord(each): f"\\u{ord(each):04x}" for each in "<>&'"}),
}  # fmt: skip
