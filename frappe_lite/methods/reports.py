"""`frappe.desk.query_report.*`: saved reports of the report builder.

Reports with SQL or scripts of their own are refused.
"""

from __future__ import annotations

from typing import Any

from .. import document, permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import lists
from ..errors import PermissionError, UnsupportedError, ValidationError
from ..protocol import parse_json
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from . import spreadsheets
from .asking import json_list

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
def get_report_doc(ctx: Context, report_name: str) -> Values:
    """The Report document."""
    return dict(_report(ctx, report_name).as_dict())


@method("frappe.desk.query_report.run")
def run(
    ctx: Context,
    report_name: str,
    filters: object = None,
    ignore_prepared_report: object = None,
    is_tree: object = None,
    parent_field: object = None,
) -> Values:
    """The columns and rows of a report: {columns: [{fieldname, label, fieldtype, options, width}], result: [{…}]}.

    Always as oneself.
    """
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


def _column(ctx: Context, meta: DocType, saved: object) -> Values:
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


def _order(meta: DocType, saved: dict[str, object]) -> str | None:
    if saved.get("order_by"):
        return cstr(saved["order_by"])
    by = cstr(saved.get("sort_by")).rpartition(".")[2].strip("`")
    if by not in meta.columns:
        return None
    return f"{by} {'asc' if cstr(saved.get('sort_order')).lower() == 'asc' else 'desc'}"


@method("frappe.desk.query_report.export_query")
def export_query(
    ctx: Context,
    report_name: str,
    filters: object = None,
    visible_idx: object = None,
    custom_columns: object = None,
    **form: object,
) -> None:
    """A report as a file: `file_format_type` CSV or Excel; `visible_idx` are the numbers of the rows wanted.

    Needs the right to export.
    """
    meta = ctx.meta(_report(ctx, report_name).ref_doctype)
    permissions.require(ctx, meta, "export")
    found = run(ctx, report_name, filters)
    wanted = {cint(each) for each in json_list(visible_idx, "visible_idx", MAX_ROWS)}
    rows = [row for index, row in enumerate(found["result"]) if not wanted or index in wanted]
    keys = [column["fieldname"] for column in found["columns"]]
    spreadsheets.send(
        ctx,
        report_name,
        [[column["label"] for column in found["columns"]], *([row.get(key) for key in keys] for row in rows)],
        form,
    )


@method("frappe.desk.query_report.get_script")
def get_script(ctx: Context, report_name: str) -> dict[str, object]:
    """What a desk loads before it shows a report: nothing of its own, for reports of the Report Builder."""
    _report(ctx, report_name)
    return {"script": "", "html_format": None, "execution_time": 0, "filters": [], "custom_report_name": None}
