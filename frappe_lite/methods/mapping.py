"""`frappe.model.mapper.*`: an app's own functions that make one document of another, called by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from .. import permissions
from ..context import Context
from ..document import Document, calling
from ..errors import AppNotInstalledError, ValidationError
from ..utils import _dict
from ..whitelist import method as whitelisted
from .asking import json_object, name_list


def _mapper(ctx: Context, name: str) -> Callable[..., object]:
    """An app's whitelisted function.

    Raises ValidationError for a name that is none, AppNotInstalledError if it begins with no app of the site,
    PermissionError for who may not call it.
    """
    found = ctx.site.method(name)
    app = name.partition(".")[0]
    if found is None and app not in ctx.site.apps:
        raise AppNotInstalledError.told(f"App {app} is not installed")
    if found is None:
        raise calling._not_callable(ctx, name, "method")
    if found.takes_context:
        raise ValidationError.told(f"{name} is no app's function, so it maps no documents")
    calling._require_allowed(ctx, found, name)
    return found.function


def _made(function: Callable[..., object], name: str, *arguments: object) -> object:
    """What the function makes. Raises ValidationError if it does not take that many arguments."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        raise ValidationError.told(
            f"{name} does not take {len(arguments)} arguments, so it maps no documents"
        ) from None
    return function(*arguments)


def _shown(ctx: Context, made: object) -> object:
    """What a mapper made, as far as the caller may read it."""
    if not isinstance(made, Document):
        return made
    return permissions.strip_unreadable(ctx, made.meta, dict(made.as_dict(no_nulls=True)))


@whitelisted("frappe.model.mapper.make_mapped_doc")
def make_mapped_doc(
    ctx: Context, method: str, source_name: object, selected_children: object = None, args: object = None
) -> object:
    """What the app's function `method` makes of a document; not stored yet."""
    function = _mapper(ctx, method)
    ctx.flags.args = _dict(json_object(args, "args"))
    ctx.flags.selected_children = json_object(selected_children, "selected_children") or None
    return _shown(ctx, _made(function, method, source_name))


@whitelisted("frappe.model.mapper.map_docs")
def map_docs(ctx: Context, method: str, source_names: object, target_doc: object, args: object = None) -> object:
    """What the app's function `method` makes of several documents, one after the other, out of `target_doc`.

    Not stored yet.
    """
    function, more = _mapper(ctx, method), [json_object(args, "args")] if args else []
    for name in name_list(source_names, "source_names"):
        target_doc = _made(function, method, name, target_doc, *more)
    return _shown(ctx, target_doc)
