"""Names for the shapes that go through the whole package: what a document holds, what is JSON, what an app's code is.

Fields are a site's own, so nobody can say here of which type each value is: `Any` stands in this module, once a shape.

    {"doctype": "Task", "name": "T-1", "done": 1, "rows": [{…}]}       Values, wherever it was read or is written
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Values = dict[str, Any]
"""What a document or a row holds, by field name."""

Given = Mapping[str, Any]
"""The same where it is only read: what a caller gave, what a row says."""

JsonObject = dict[str, Any]
"""An object of JSON whose keys are no fields: settings, a part of an answer, a description."""

Cells = tuple[Any, ...]
"""A row of the database: its columns in the order that they were asked for."""

Function = Callable[..., Any]
"""A function that the package calls and has not written: an app's, a hook's. Its author knows what it takes."""

__all__ = ["Cells", "Function", "Given", "JsonObject", "Values"]
