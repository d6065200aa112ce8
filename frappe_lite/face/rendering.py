"""Templates and small expressions of app code: `frappe.render_template`, `frappe.safe_eval`.

Templates are Jinja's, from the extra `apps`, in its sandbox; there is no website and no print format here.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Mapping
from typing import Any

from .. import utils
from ..errors import ValidationError
from ..utils import _dict, cstr
from .context import _session, ctx
from .documents import db, get_all, get_doc, get_list
from .installation import get_app_path, get_hooks, get_url
from .missing import NotProvidedError


def _jinja() -> Any:
    """Jinja2, imported when the first template is filled in."""
    try:
        importlib.import_module("jinja2.sandbox")
    except ImportError:
        raise NotProvidedError.told("Templates need Jinja2, which is not installed: pip install 'frappe_lite[apps]'") from None
    return importlib.import_module("jinja2")


_HIDDEN = ("ctx", "format", "format_map", "gi_frame", "f_globals")
"""Attributes that lead out of a template or an expression: a document's context is the whole site."""


def get_jenv() -> Any:
    """The Jinja environment: templates of the apps' folders, `frappe` with what templates use of it."""
    jinja2 = _jinja()
    folders = [get_app_path(name) for name in ctx().site.apps if name != "frappe"]
    environment = jinja2.sandbox.SandboxedEnvironment(loader=jinja2.FileSystemLoader(folders), undefined=jinja2.ChainableUndefined)
    is_safe = environment.is_safe_attribute
    environment.is_safe_attribute = lambda obj, attr, value: attr != "ctx" and is_safe(obj, attr, value)
    environment.globals.update(_=cstr, frappe=_template_frappe(), get_url=get_url)
    for dotted in (get_hooks("jinja") or {}).get("methods", []) if isinstance(get_hooks("jinja"), dict) else []:
        function = ctx().site.resolve(dotted)
        environment.globals[function.__name__] = function
    environment.filters.update(json=utils.cstr, len=len, int=utils.cint, flt=utils.flt)
    return environment


def _utilities() -> _dict:
    """The functions of `frappe.utils`, not the module: through what it imports one would reach everything."""
    return _dict({name: value for name, value in vars(utils).items() if callable(value) and getattr(value, "__module__", "") == utils.__name__ and name[0] != "_"})


def _template_frappe() -> _dict:
    return _dict(utils=_utilities(), db=_dict(get_value=db.get_value, get_single_value=db.get_single_value, exists=db.exists, count=db.count), session=_session(),
                 get_doc=get_doc, get_all=get_all, get_list=get_list, format_date=utils.format_date, _=cstr)  # fmt: skip


def render_template(template: str, context: Any = None, is_path: bool | None = None, safe_render: bool = True) -> str:
    """A template filled in; `is_path`, or a name that ends in .html, reads it from an app's folder. Raises ValidationError."""
    values = dict(context) if isinstance(context, Mapping) else context.as_dict() if hasattr(context, "as_dict") else {}
    environment, jinja2 = get_jenv(), _jinja()
    try:
        from_file = is_path or (is_path is None and cstr(template).startswith("templates/") and cstr(template).endswith(".html"))
        found = environment.get_template(template) if from_file else environment.from_string(cstr(template))
        return str(found.render(values | {"doc": context} if hasattr(context, "as_dict") else values))
    except jinja2.TemplateNotFound as error:
        raise ValidationError.told(f"No app has the template {error}") from None
    except jinja2.TemplateError as error:
        raise ValidationError.told(f"The template cannot be filled in: {error}") from None


def validate_template(html: str) -> None:
    """Raises ValidationError for text that is no template."""
    try:
        get_jenv().from_string(cstr(html))
    except _jinja().TemplateSyntaxError as error:
        raise ValidationError.told(f"Syntax error in template as line {error.lineno}: {error.message}") from None


def get_safe_globals() -> _dict:
    """The names that expressions of people may use."""
    return _dict(frappe=_template_frappe(), _=cstr, _dict=_dict, len=len, utils=_utilities())


_EVALUATED = (
    ast.Expression, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Compare, ast.Call, ast.Constant, ast.Name, ast.Load, ast.Attribute, ast.Subscript,
    ast.Slice, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.boolop, ast.operator, ast.unaryop, ast.cmpop, ast.keyword, ast.GeneratorExp, ast.ListComp, ast.comprehension, ast.Store,
    ast.JoinedStr, ast.FormattedValue,
)  # fmt: skip
_BUILT_IN = {each.__name__: each for each in (int, float, str, bool, len, min, max, sum, round, abs, any, all, sorted, list, dict, set, tuple, range)}


def safe_eval(code: str, eval_globals: Any = None, eval_locals: Any = None) -> Any:
    """The value of one expression, of those kinds that reach nothing but what they are given. Raises ValidationError, SyntaxError."""
    tree = ast.parse(cstr(code).strip(), mode="eval")
    for node in ast.walk(tree):
        hidden = isinstance(node, ast.Attribute) and node.attr.startswith("_") or isinstance(node, ast.Name) and node.id.startswith("__")
        if not isinstance(node, _EVALUATED) or hidden or (isinstance(node, ast.Attribute) and node.attr in _HIDDEN):
            raise ValidationError.told(f"This is not allowed in an expression: {ast.unparse(node)[:80]}")
    names = {**_BUILT_IN, "_dict": _dict, "flt": utils.flt, "cint": utils.cint, **(eval_globals or {}), "__builtins__": {}}
    return eval(compile(tree, "<expression>", "eval"), names, dict(eval_locals or {}))  # the tree was looked through  # nosec B307


__all__ = ["get_jenv", "render_template", "safe_eval", "validate_template"]
