"""Script reports of apps: `MODULE/report/NAME/NAME.py` has `execute(filters)`, and beside it a script says its filters.

Only what an installed app brings in files is run, for code that stands in a document is anybody's who may write one.

    def execute(filters):
        columns = [{"fieldname": "task", "fieldtype": "Link", "options": "Task", "label": "Task"}, "Points:Int:80"]
        return columns, [["TASK-1", 3]]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..context import Context
from ..document.base_document import BaseDocument
from ..errors import UnsupportedError, ValidationError
from ..permissions.user_permission import user_permissions
from ..site import import_app_module
from ..utils import cint, cstr, scrub
from ..utils.text import _dict
from ..values import Function, Values

Row = dict[str, Any]

_PARTS = ("columns", "result", "message", "chart", "report_summary", "skip_total_row")
_OBJECT = re.compile(r"\{[^{}]*\bfieldname[\"']?\s*:[^{}]*\}", re.DOTALL)
_PAIR = re.compile(
    r"""["']?(\w+)["']?\s*:\s*(?:__\(\s*)?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(-?\d+(?:\.\d+)?)|\[([^\]]*)\])"""
)
_TOLD = frozenset({"fieldname", "label", "fieldtype", "options", "default", "reqd", "description"})


def runs(ctx: Context, report: BaseDocument) -> bool:
    """Whether the report is a script of an installed app."""
    return report.report_type == "Script Report" and bool(_module(ctx, report))


def _module(ctx: Context, report: Any) -> str:
    """The dotted name of the report's module; empty where no app brings it."""
    if cstr(report.is_standard) != "Yes":
        return ""
    word = scrub(report.name)
    module = cstr(report.module) or cstr(ctx.meta(report.ref_doctype).raw.get("module"))
    end = f".{scrub(module)}.report.{word}.{word}"
    return next((each for app in ctx.site.apps.values() for each in sorted(app.modules) if each.endswith(end)), "")


def execute(ctx: Context, report: BaseDocument, filters: object) -> Values:
    """What the report's `execute` gives, as clients read it.

    Rows that name a document which the caller's user permissions leave out are left out, too. Raises UnsupportedError.
    """
    module = _module(ctx, report)
    if not module:
        raise UnsupportedError.told(
            f"{report.name} is a {report.report_type}: of those only the script reports of installed apps run here"
        )
    if not isinstance(filters, dict | None):
        raise ValidationError.told('filters is an object such as {"status": "Open"}')
    function: Function | None = getattr(import_app_module(module), "execute", None)
    if function is None:
        raise UnsupportedError.told(f"{report.name} has no execute(filters)")
    given = function(_dict(filters or {})) or ()
    answer: Values = dict.fromkeys(_PARTS) | dict(zip(_PARTS, given, strict=False))
    columns = [described(each) for each in answer["columns"] or ()]
    rows = [_row(each, columns) for each in answer["result"] or ()]
    answer |= {
        "columns": columns,
        "result": _allowed(ctx, cstr(report.ref_doctype), columns, rows),
        "skip_total_row": cint(answer["skip_total_row"]),
        "status": None,
        "add_total_row": cint(report.add_total_row) and not cint(answer["skip_total_row"]),
    }
    return answer


def described(column: object) -> Row:
    """A column as an object: `Task:Link/Task:120` is one in a word."""
    if isinstance(column, dict):
        label = column.get("label") or column.get("fieldname")
        return {
            "fieldtype": "Data",
            **column,
            "fieldname": column.get("fieldname") or scrub(cstr(label)),
            "label": label,
        }
    label, kind, width, *_ = [*cstr(column).split(":"), "", ""]
    fieldtype, _, options = kind.partition("/")
    return {
        "label": label, "fieldname": scrub(label), "fieldtype": fieldtype or "Data", "options": options or None,
        "width": cint(width) or None,
    }  # fmt: skip


def _row(row: Values | Sequence[object], columns: list[Row]) -> Row:
    """A row by the names of its columns; a total in a list may be shorter than they are."""
    if isinstance(row, dict):
        return dict(row)
    return {column["fieldname"]: value for column, value in zip(columns, row, strict=False)}


def _allowed(ctx: Context, doctype: str, columns: list[Row], rows: list[Row]) -> list[Row]:
    held = user_permissions(ctx)
    limits = {
        column["fieldname"]: names
        for column in columns
        if column["fieldtype"] == "Link" and (names := held.values(cstr(column.get("options")), doctype)) is not None
    }
    return [row for row in rows if all(not row.get(key) or row[key] in names for key, names in limits.items())]


# --- filters -----------------------------------------------------------------------------------------------


def script_of(ctx: Context, report: object) -> str:
    """The script beside the report's code; empty for none."""
    module = _module(ctx, report)
    app = ctx.site.apps.get(module.partition(".")[0])
    if app is None or not app.folder:
        return ""
    file = Path(app.folder, *module.split(".")[1:]).with_suffix(".js")
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def filters_of(script: str) -> list[Row]:
    """The filters that a report's script names: those of their properties that are plain text or numbers.

    It is read, not run: what code makes of them there stays unknown here.
    """
    return [found for each in _OBJECT.findall(_without_comments(script)) if (found := _pairs(_PAIR.findall(each)))]


def _without_comments(script: str) -> str:
    return re.sub(r"^[ \t]*//[^\n]*|/\*.*?\*/", "", script, flags=re.MULTILINE | re.DOTALL)


def _pairs(found: Iterable[tuple[str, str, str, str, str]]) -> Row:
    pairs: Row = {}
    for key, double, single, number, listed in found:
        if key in _TOLD and key not in pairs:
            words = re.findall(r"""["']([^"']*)["']""", listed)
            pairs[key] = (
                "\n".join(words)
                if listed
                else float(number)
                if "." in number
                else cint(number)
                if number
                else double or single
            )
    return pairs if pairs.get("fieldname") else {}
