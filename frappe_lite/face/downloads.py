"""Files that app code answers with: `frappe.desk.utils`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from ..utils import cint, cstr
from .context import ctx


def provide_binary_file(filename: str, extension: str, content: bytes) -> None:
    """Answer the request with a file."""
    ctx().response.update(type="binary", filecontent=content, filename=f"{filename}.{extension}")


def pop_csv_params(form_dict: dict[str, Any]) -> dict[str, object]:
    """How a caller wants CSV, taken out of the parameters: `csv_delimiter`, `csv_quoting`, `csv_decimal_sep`."""
    return {
        "delimiter": cstr(form_dict.pop("csv_delimiter", ","))[:1] or ",",
        "quoting": cint(form_dict.pop("csv_quoting", csv.QUOTE_NONNUMERIC)),
        "decimal_sep": cstr(form_dict.pop("csv_decimal_sep", ".")),
    }


def get_csv_bytes(data: Sequence[Sequence[object]], csv_params: dict[str, Any]) -> bytes:
    """Rows as CSV in UTF-8, written as `pop_csv_params` says."""
    how = dict(csv_params)
    file, point = io.StringIO(), cstr(how.pop("decimal_sep", None)) or "."
    csv.writer(file, **how).writerows(apply_csv_decimal_sep(data, point))
    return file.getvalue().encode()


def apply_csv_decimal_sep(data: Sequence[Sequence[object]], decimal_sep: str) -> list[list[object]]:
    """The rows, with another sign than the point in their fractions."""
    return [[_shown(value, decimal_sep) for value in row] for row in data]


def _shown(value: object, point: str) -> object:
    return cstr(value).replace(".", point, 1) if isinstance(value, float) and point != "." else value


__all__ = ["apply_csv_decimal_sep", "get_csv_bytes", "pop_csv_params", "provide_binary_file"]
