"""The border of the face: what a function of the package gives is for clients, what app code gets of it is Frappe's.

Dicts have their keys as attributes, at any depth, as Frappe's `_dict` has.
"""

from __future__ import annotations

import json
from typing import Any

from ..utils import _dict


def as_face(value: Any) -> object:
    """The value with every plain dict in it as `_dict`."""
    kind = value.__class__
    if kind is dict or kind is _dict:
        return _dict({key: as_face(each) for key, each in value.items()})
    if kind is list:
        return [as_face(each) for each in value]
    return tuple(as_face(each) for each in value) if kind is tuple else value


def parse_json(val: object) -> Any:
    """JSON text becomes its value; anything else stays."""
    return as_face(json.loads(val) if isinstance(val, str) else val)


__all__ = ["as_face", "parse_json"]
