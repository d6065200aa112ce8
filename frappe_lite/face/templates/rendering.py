"""Templates and small expressions of app code: `frappe.render_template`, `frappe.safe_eval`.

A template in an app's file is the app's own code and is trusted as such. A text is not, for nobody can tell any more
who wrote it: it sees values instead of objects, and what `offered` gives it of `frappe`. The pages of apps have an
environment of their own, see `parts/website`. There is no print format here.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ...errors import ValidationError
from ...utils import _dict, cstr
from ...values import Values
from ..context import _session, ctx
from ..installation import get_app_path, get_url
from ..missing import NotProvidedError
from ..model.documents import db, get_all, get_doc, get_list
from ..texts.formats import formatdate
from .expressions import evaluate
from .offered import HOMES, hooked, offered, offered_frappe, offered_utilities

MAX_TEXT = 500_000
"""Characters of a template that somebody typed."""


def _templates() -> ModuleType:
    """The module with Jinja in it, imported when the first template is filled in."""
    try:
        return importlib.import_module(f"{__package__}.jinja")
    except ImportError:
        raise NotProvidedError.told(
            "Templates need Jinja2, which is not installed: pip install 'frappe_lite[apps]'"
        ) from None


def _folders() -> list[str]:
    return [get_app_path(name) for name in ctx().site.apps if name != "frappe"]


def get_jenv() -> Any:
    """The Jinja environment for texts of people: it reaches values, and includes the apps' templates."""
    return _templates().of_people(_folders(), offered(), hooked("filters"))


@functools.cache
def _utilities() -> _dict:
    """`frappe.utils`, whole."""
    functions = [(name, value) for home in reversed(HOMES) for name, value in vars(home).items() if callable(value)]
    return _dict({name: value for name, value in functions if not name.startswith("_")})


def get_app_jenv() -> Any:
    """The Jinja environment for templates that an app's author wrote: they see the objects themselves.

    Never for a text that somebody typed.
    """
    frappe = _dict(
        utils=_utilities(), session=_session(), get_doc=get_doc, get_all=get_all,
        get_list=get_list,
        db=_dict(get_value=db.get_value, get_single_value=db.get_single_value, exists=db.exists, count=db.count),
        format_date=formatdate, _=cstr,
    )  # fmt: skip
    environment = _templates().of_apps(
        _folders(), {"_": cstr, "frappe": frappe, "get_url": get_url, **hooked("methods")}
    )
    environment.filters.update(hooked("filters"))
    return environment


_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.(?:html|css|scss|md|json|js|xml|txt)")
"""What is the place of a template where nobody says: Frappe takes any line for one that ends so."""


def render_template(
    template: str, context: object = None, is_path: bool | None = None, safe_render: bool = True
) -> str:
    """A template filled in; `is_path`, or a path like templates/….html or shop/orders/….html, reads it from an app's
    folder, and trusts it. Raises ValidationError.
    """
    values = (
        dict(context)
        if isinstance(context, Mapping)
        else {**context.as_dict(), "doc": context}
        if hasattr(context, "as_dict")
        else {}
    )
    jinja2 = _templates().jinja2
    text = cstr(template)
    try:
        if is_path or (is_path is None and _PATH.fullmatch(text)):
            return str(get_app_jenv().get_template(text).render(values))
        return _filled(text, values)
    except jinja2.TemplateNotFound as error:
        raise ValidationError.told(f"No app has the template {error}") from None
    except jinja2.TemplateError as error:
        raise ValidationError.told(f"The template cannot be filled in: {error}") from None


def get_template(path: str) -> object:
    """A template of an app's, by its place in the app: `.render({…})` fills it in."""
    return get_app_jenv().get_template(path)


def _filled(text: str, values: Values) -> str:
    """What goes wrong in a text of people is that text's fault, and no fault of the server."""
    if len(text) > MAX_TEXT:
        raise ValidationError.told(f"A template has at most {MAX_TEXT:,} characters")
    environment = get_jenv()
    try:
        return str(environment.fill(environment.from_string(text), _given(values)))
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise ValidationError.told(f"The template cannot be filled in: {error}") from error
    except (RecursionError, MemoryError):
        raise ValidationError.told("The template cannot be filled in: it is too deep") from None


def _given(values: Mapping[str, object]) -> Values:
    """What app code hands over. Its module `frappe` is the one thing that has a view of its own."""
    return {
        name: offered_frappe() if name == "frappe" and isinstance(value, ModuleType) else value
        for name, value in values.items()
        if not name.startswith("__")
    }


def fill_in(template: str, values: Mapping[str, object]) -> str:
    """Fill in a template that people wrote, with values alone. Raises ValidationError."""
    try:
        return _filled(template, {**values, "doc": dict(values)})
    except _templates().jinja2.TemplateError as error:
        raise ValidationError.told(f"The template cannot be filled in: {error}") from None


def validate_template(html: str) -> None:
    """Raises ValidationError for text that is no template."""
    try:
        get_jenv().parse(cstr(html))
    except _templates().jinja2.TemplateSyntaxError as error:
        raise ValidationError.told(f"Syntax error in template as line {error.lineno}: {error.message}") from None


def get_safe_globals() -> _dict:
    """The names that expressions of people may use."""
    texts = _dict(loads=json.loads, dumps=json.dumps)
    return _dict(offered(), frappe=offered_frappe(), _dict=_dict, utils=offered_utilities(), json=texts)


def is_safe_exec_enabled() -> bool:
    """Whether scripts that people write are run: they are not."""
    return False


def safe_eval(code: str, eval_globals: Any = None, eval_locals: Any = None) -> object:
    """The value of one expression, which reaches nothing but what it is given, and values of that.

    Raises ValidationError, SyntaxError.
    """
    return evaluate(cstr(code), _given({**(eval_globals or {}), **(eval_locals or {})}))


__all__ = ["get_app_jenv", "get_jenv", "get_template", "render_template", "safe_eval", "validate_template"]
