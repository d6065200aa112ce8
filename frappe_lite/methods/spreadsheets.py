"""Rows as a file to download: CSV, or a workbook where openpyxl is installed."""

from __future__ import annotations

import csv
import html
import importlib
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..context import Context
from ..errors import BadRequestError, UnsupportedError, ValidationError
from ..face.realtime import counted
from ..utils import cint, cstr, strip_html

Row = list[Any]

FORMATS = ("CSV", "Excel")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NO_TITLE = re.compile(r"[\\*?:/\[\]]")


def send(ctx: Context, title: str, rows: Iterable[Row], arguments: Mapping[str, object]) -> None:
    """Answer with the rows as a file, in the format that the request names.

    Raises BadRequestError, UnsupportedError.
    """
    kind = cstr(arguments.get("file_format_type")) or "CSV"
    if kind not in FORMATS:
        raise BadRequestError.told(f"file_format_type is one of {', '.join(FORMATS)}")
    plain = [[_plain(value) for value in row] for row in counted(list(rows))]
    content, suffix = (_csv(plain, arguments), "csv") if kind == "CSV" else (workbook(title, plain), "xlsx")
    ctx.response.update(type="binary", filename=f"{title}.{suffix}", filecontent=content)


def _plain(value: object) -> object:
    """A cell without HTML; other values as they are."""
    if not isinstance(value, str):
        return value
    return " ".join(strip_html(html.unescape(value)).split("\n")).strip() if "<" in value and ">" in value else value


def _csv(rows: list[Row], arguments: Mapping[str, object]) -> bytes:
    delimiter, quoting = cstr(arguments.get("csv_delimiter"))[:1] or ",", arguments.get("csv_quoting")
    point = cstr(arguments.get("csv_decimal_sep")) or "."
    shown = (
        rows
        if point == "."
        else [
            [cstr(value).replace(".", point, 1) if isinstance(value, float) else value for value in row] for row in rows
        ]
    )
    file = io.StringIO()
    try:
        how: Any = csv.QUOTE_NONNUMERIC if quoting in (None, "") else cint(quoting)
        csv.writer(file, delimiter=delimiter, quoting=how).writerows(shown)
    except (TypeError, ValueError, csv.Error) as error:
        raise ValidationError.told(f"csv_delimiter or csv_quoting cannot be used: {error}") from None
    return file.getvalue().encode()


def workbook(title: str, rows: list[Row]) -> bytes:
    """An .xlsx file of one sheet. Raises UnsupportedError where openpyxl is not installed."""
    try:
        openpyxl = importlib.import_module("openpyxl")
    except ImportError:
        raise UnsupportedError.told(
            "A workbook needs openpyxl: pip install 'frappe_lite[sheets]', or ask for file_format_type CSV"
        ) from None
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(_NO_TITLE.sub(" ", title)[:31] or "Sheet")
    for row in rows:
        sheet.append([_UNPRINTABLE.sub("", value) if isinstance(value, str) else value for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_total(rows: list[Row]) -> list[Row]:
    """The rows and, below them, the sum of each column of numbers."""
    if not rows:
        return rows
    columns = list(zip(*rows, strict=True))
    sums = [
        sum(value for value in column if _is_number(value)) if any(map(_is_number, column)) else ""
        for column in columns
    ]
    return [*rows, ["Total" if sums[0] == "" else sums[0], *sums[1:]]]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
