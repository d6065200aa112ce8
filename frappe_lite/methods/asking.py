"""What these methods ask before they do anything: who calls, the right on the DocType, then the document.

And lists and objects sent as JSON.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sized
from typing import Any

from .. import permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import access
from ..document.base_document import BaseDocument
from ..errors import BadRequestError, PermissionError, ValidationError
from ..protocol import parse_json
from ..utils import bold, cint, cstr
from ..values import Values

MAX_NAMES, MAX_STEPS = 500, 5_000
"""How many documents one call may name, and how much it may do with them, if it does several things with each."""


def require_any(ctx: Context, meta: DocType) -> None:
    """Raises PermissionError for whoever may neither read nor choose any document of the DocType."""
    if not any(permissions.judge(ctx, meta, right).allowed for right in ("select", "read")):
        permissions.require(ctx, meta, "read")


def load_for(ctx: Context, doctype: object, name: object, right: str = "read") -> BaseDocument:
    """The stored document, for whoever has the right on it.

    Who may read none of its DocType learns nothing of names. Raises PermissionError, DoesNotExistError.
    """
    return access.load_for(ctx, doctype, name, right)


def require_manager(ctx: Context) -> None:
    """Raises PermissionError for everybody but System Managers."""
    if "System Manager" not in ctx.roles:
        raise PermissionError.told(f"This action is only allowed for {bold('System Manager')}")


def known_user(ctx: Context, user: object) -> str:
    """A user's name as it is stored, for that user and for System Managers.

    Raises PermissionError, for an unknown user too.
    """
    info = ctx.user_info(cstr(user) or ctx.user)
    if info is None or (info.name != ctx.user and "System Manager" not in ctx.roles):
        raise PermissionError.told("Only a System Manager may ask this of another user")
    return info.name


def json_list(value: object, what: str, most: int = MAX_NAMES) -> list[Any]:
    """A list, or one in JSON; none is empty.

    Raises BadRequestError for anything else, ValidationError for one that is too long.
    """
    found = parse_json(value, what)
    if found is None:
        return []
    if not isinstance(found, list):
        raise BadRequestError.told(f"{what} is a list")
    if len(found) > most:
        raise ValidationError.told(f"{what} has {len(found)} entries; at most {most} are taken at once")
    return found


def require_few(what: str, *lists: Sized) -> None:
    """Raises ValidationError if each of one list with each of another is too much for one request: others wait for it
    with what they write."""
    steps = math.prod(map(len, lists))
    if steps > MAX_STEPS:
        raise ValidationError.told(f"{what} are {steps:,} steps; at most {MAX_STEPS:,} are done at once")


def json_object(value: object, what: str) -> Values:
    """An object, or one in JSON; none is empty. Raises BadRequestError for anything else."""
    found = parse_json(value, what)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadRequestError.told(f"{what} is an object")
    return found


def json_filters(value: object) -> list[object]:
    """Filters as a list, so that one can be added.

    `{"a": 1, "b": ["like", "x"]}` -> `[["a", "=", 1], ["b", "like", "x"]]`.
    """
    found = parse_json(value, "filters")
    if isinstance(found, dict):
        pairs = (
            (key, each if isinstance(each, list) and len(each) == 2 else ["=", each]) for key, each in found.items()
        )
        return [[key, *each] for key, each in pairs]
    return json_list(found, "filters")


def without(filters: list[object], fieldname: str) -> tuple[list[object], bool]:
    """The filters without those on a field that is none, and whether one of them asked for it."""
    asked = [each for each in filters if isinstance(each, list) and each and each[0] == fieldname]
    return [each for each in filters if each not in asked], any(cint(each[-1]) for each in asked)


def name_list(value: object, what: str) -> list[str]:
    """Names of documents in a list. Raises BadRequestError if one of them is no name."""
    found = json_list(value, what)
    if any(not isinstance(each, str | int) or isinstance(each, bool) for each in found):
        raise BadRequestError.told(f"{what} is a list of names")
    return [cstr(each) for each in found]


def found_names(names: Iterable[str], text: str, start: object = 0, length: object = 0) -> list[list[str]]:
    """Those of the names that have the text in them, in rows as a link field asks for them; without `length` all."""
    found = [[name] for name in names if text.lower() in name.lower()]
    return found[cint(start) :][: cint(length) or len(found)]
