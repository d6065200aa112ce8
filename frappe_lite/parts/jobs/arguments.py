"""A job's arguments as text that another process reads: JSON, with a name beside what JSON does not have.

Nothing is pickled: whoever can write into the database could have any code run by it. So what is kept is of a short
list, and what is not on it is refused where the job is asked for, in words.

    {"when": datetime.date(2026, 1, 2), "doc": task}  ->  {"when": {"$date": "2026-01-02"}, "doc": {"$document": {…}}}
"""

from __future__ import annotations

import base64
import datetime
import decimal
import enum
import importlib
import json
import uuid
from collections.abc import Callable
from typing import Any

from ...context import Context
from ...document import base_document
from ...errors import AppNotInstalledError, ValidationError
from ...utils import _dict
from ...values import Function, Values

OWN = "frappe_lite"
KINDS: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "$datetime": (datetime.datetime, datetime.datetime.isoformat, datetime.datetime.fromisoformat),
    "$date": (datetime.date, datetime.date.isoformat, datetime.date.fromisoformat),
    "$time": (datetime.time, datetime.time.isoformat, datetime.time.fromisoformat),
    "$timedelta": (
        datetime.timedelta,
        lambda each: [each.days, each.seconds, each.microseconds],
        lambda each: datetime.timedelta(*each),
    ),
    "$decimal": (decimal.Decimal, str, decimal.Decimal),
    "$uuid": (uuid.UUID, str, uuid.UUID),
    "$bytes": (bytes, lambda each: base64.b64encode(each).decode(), base64.b64decode),
}
"""Name -> the type, how it is written, how it is read. A datetime is a date too, so it comes first."""

GROUPS: dict[str, Callable[[list[object]], object]] = {"$tuple": tuple, "$set": set, "$frozenset": frozenset}
"""What is written as a list of its members."""

DEPTH = 100
"""How deep lists and dicts may lie in each other."""


def written(value: object, whose: str) -> str:
    """A value as text. Raises ValidationError for what cannot be kept, naming the place in `whose`."""
    return json.dumps(_plain(value, whose, 0))


def read(ctx: Context, text: str) -> Any:
    """What was written."""
    return _alive(ctx, json.loads(text))


def _plain(value: Any, place: str, depth: int) -> object:
    if depth > DEPTH:
        raise ValidationError.told(f"{place} is more than {DEPTH} deep: a job keeps what can be written down")
    if value is None or isinstance(value, bool | int | float | str):
        return _bare(value)
    if isinstance(value, base_document.BaseDocument):
        values = {key: each for key, each in value.as_dict().items() if not key.startswith("__")}
        return {"$document": _plain(values, place, depth + 1), "new": bool(value.is_new())}
    if isinstance(value, dict):
        return _plain_dict(value, place, depth)
    if isinstance(value, list):
        return [_plain(each, f"{place}[{index}]", depth + 1) for index, each in enumerate(value)]
    for name, group in GROUPS.items():
        if type(value) is group:
            return {name: [_plain(each, place, depth + 1) for each in value]}
    for name, (kind, write, _) in KINDS.items():
        if isinstance(value, kind):
            return {name: write(value)}
    if callable(value) and hasattr(value, "__qualname__"):
        return {"$function": name_of_function(value)}
    kind_name = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    raise ValidationError.told(
        f"{place} is a {kind_name}, which a job cannot keep: it takes texts, numbers, dates, lists, dicts and "
        "documents. Give the job a name, and let it look the rest up"
    )


def _bare(value: Any) -> object:
    """Without what a subclass has beside its value, such as an Enum of texts."""
    value = value.value if isinstance(value, enum.Enum) else value
    if value is None or isinstance(value, bool):
        return value
    return str.__str__(value) if isinstance(value, str) else int(value) if isinstance(value, int) else float(value)


def _plain_dict(value: dict[Any, Any], place: str, depth: int) -> Values:
    if all(isinstance(key, str) and not key.startswith("$") for key in value):
        found = {key: _plain(each, f"{place}.{key}", depth + 1) for key, each in value.items()}
        return {"$_dict": found} if isinstance(value, _dict) else found
    pairs = [
        [_plain(key, place, depth + 1), _plain(each, f"{place}[{key!r}]", depth + 1)] for key, each in value.items()
    ]
    return {"$dict": pairs}


def _alive(ctx: Context, value: object) -> Any:
    if isinstance(value, list):
        return [_alive(ctx, each) for each in value]
    if not isinstance(value, dict):
        return value
    name = next(iter(value), "")
    if not name.startswith("$"):
        return {key: _alive(ctx, each) for key, each in value.items()}
    held = value[name]
    if name in KINDS:
        return KINDS[name][2](held)
    if name in GROUPS:
        return GROUPS[name](_alive(ctx, held))
    if name == "$_dict":
        return _dict({key: _alive(ctx, each) for key, each in held.items()})
    if name == "$dict":
        return {_alive(ctx, key): _alive(ctx, each) for key, each in held}
    if name == "$function":
        return function_named(ctx, held)
    document = base_document.make(ctx, held["doctype"], _alive(ctx, held))
    if value["new"]:
        document.set("__islocal", 1)
    return document


# --- functions -------------------------------------------------------------------------------------------


def name_of_function(function: object) -> str:
    """The name that a function is found again by.

    Raises ValidationError for one that has none, as a lambda, and a method of an object.
    """
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
    if not module or not name or "<" in name or getattr(function, "__self__", None) is not None:
        raise ValidationError.told(
            f"{name or function!r} cannot be found again by its name, and a job may begin in another process: "
            "give it a function that stands at the top of a module, or its dotted name"
        )
    return f"{module}:{name}" if "." in name else f"{module}.{name}"


def function_named(ctx: Context, name: str) -> Function:
    """The function that was kept under a name. Raises AppNotInstalledError unless it is an app's of this site."""
    module, separator, inner = name.partition(":")
    root = name.partition(".")[0]
    if root not in ctx.site.apps and root != OWN:
        raise AppNotInstalledError.told(f"{name} is of no app that this process has loaded")
    if not separator:
        return ctx.site.resolve(name)
    found: Any = importlib.import_module(module)
    for each in inner.split("."):
        found = getattr(found, each)
    return found  # type: ignore[no-any-return]
