"""`frappe.desk.query_report.*`: saved reports of the report builder; reports with SQL or scripts of their own are refused."""

from __future__ import annotations

from typing import Any

from .. import document, permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import lists
from ..errors import PermissionError, UnsupportedError, ValidationError
from ..protocol import parse_json
from ..utils import cint, cstr
from ..whitelist import method

MAX_ROWS = 10_000


def _report(ctx: Context, name: str) -> Any:
    """The report, for whoever may see it and report on its DocType."""
    report = document.load(ctx, "Report", name)
    roles = {row.role for row in report.roles or []}
    if roles and not roles & set(ctx.roles) and not permissions.all_powerful(ctx):
        raise PermissionError.told(f"You don't have access to Report: {report.name}")
    permissions.require(ctx, ctx.meta(report.ref_doctype), "report")
    if cint(report.disabled):
        raise ValidationError.told(f"Report {report.name} is disabled")
    return report


@method("frappe.desk.query_report.get_report_doc")
def get_report_doc(ctx: Context, report_name: str) -> dict[str, Any]:
    """The Report document."""
    return dict(_report(ctx, report_name).as_dict())


@method("frappe.desk.query_report.run")
def run(
    ctx: Context,
    report_name: str,
    filters: Any = None,
    ignore_prepared_report: Any = None,
    is_tree: Any = None,
    parent_field: Any = None,
) -> dict[str, Any]:
    """The columns and rows of a report: {columns: [{fieldname, label, fieldtype, options, width}], result: [{…}]}. Always as oneself."""
    report = _report(ctx, report_name)
    if report.report_type != "Report Builder":
        raise UnsupportedError.told(
            f"{report.name} is a {report.report_type}: only reports of the Report Builder run here"
        )
    saved = parse_json(report.json, "the report's json") or {}
    meta = ctx.meta(report.ref_doctype)
    columns = [
        _column(ctx, meta, each) for each in saved.get("columns") or saved.get("fields") or [["name", meta.name]]
    ]
    wanted = [*(saved.get("filters") or []), *_given(meta, parse_json(filters, "filters"))]
    rows = lists.get_list(
        ctx, meta.name, [each["select"] for each in columns], wanted, order_by=_order(meta, saved), limit=MAX_ROWS
    )
    shown = [{key: value for key, value in each.items() if key != "select"} for each in columns]
    return {
        "columns": shown,
        "result": rows,
        "message": None,
        "chart": None,
        "report_summary": None,
        "skip_total_row": 0,
        "status": None,
        "add_total_row": cint(report.add_total_row),
    }


def _column(ctx: Context, meta: DocType, saved: Any) -> dict[str, Any]:
    """A saved column, `[field, doctype]` or a field's name, as clients read columns."""
    fieldname, doctype = (
        (saved[0], saved[1] if len(saved) > 1 else meta.name)
        if isinstance(saved, list) and saved
        else (cstr(saved), meta.name)
    )
    owner = meta if doctype == meta.name else ctx.meta(doctype)
    field = owner.field(fieldname)
    kind = field.fieldtype if field else ("Link" if fieldname == "name" else owner.standard.get(fieldname, "Data"))
    options = field.options if field else (owner.name if fieldname == "name" else None)
    label = "ID" if fieldname == "name" else owner.get_label(fieldname)
    select = fieldname if owner is meta else f"`tab{owner.name}`.`{fieldname}`"
    return {
        "fieldname": fieldname,
        "label": label,
        "fieldtype": kind,
        "options": options,
        "width": 150,
        "select": select,
    }


def _given(meta: DocType, filters: Any) -> list[Any]:
    """Filters of the request: an object of values, or a list."""
    if isinstance(filters, dict):
        return [
            [key, *(value if isinstance(value, list) and len(value) == 2 else ["=", value])]
            for key, value in filters.items()
            if meta.has_field(key) or key in meta.standard
        ]
    return list(filters or [])


def _order(meta: DocType, saved: dict[str, Any]) -> str | None:
    if saved.get("order_by"):
        return cstr(saved["order_by"])
    by = cstr(saved.get("sort_by")).rpartition(".")[2].strip("`")
    if by not in meta.columns:
        return None
    return f"{by} {'asc' if cstr(saved.get('sort_order')).lower() == 'asc' else 'desc'}"
