"""`frappe.desk.query_report.*`: saved reports of the report builder, and the script reports of apps.

Reports with SQL or scripts in a document are refused.
"""

from __future__ import annotations

from typing import Any

from .. import document, permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document.base_document import BaseDocument
from ..errors import PermissionError, ValidationError
from ..protocol import parse_json
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from . import report_builder, script_reports, spreadsheets
from .access_log import make_access_log
from .asking import json_list


def _report(ctx: Context, name: str) -> BaseDocument:
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
    return dict(_report(ctx, report_name).as_dict(no_nulls=True))


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
        return script_reports.execute(ctx, report, parse_json(filters, "filters"))
    meta = ctx.meta(report.ref_doctype)
    asked = report_builder.understood(ctx, meta, parse_json(report.json, "the report's json") or {})
    columns, rows = report_builder.rows_of(ctx, meta, asked, _given(meta, parse_json(filters, "filters")))
    return {
        "columns": [each.described() for each in columns],
        "result": rows,
        "message": None,
        "chart": None,
        "report_summary": None,
        "skip_total_row": 0,
        "status": None,
        "add_total_row": cint(report.add_total_row),
    }


def _given(meta: DocType, filters: Any) -> list[object]:
    """Filters of the request: an object of values, or a list."""
    if isinstance(filters, dict):
        return [
            [key, *(value if isinstance(value, list) and len(value) == 2 else ["=", value])]
            for key, value in filters.items()
            if meta.has_field(key) or key in meta.standard
        ]
    return list(filters or [])


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
    wanted = {cint(each) for each in json_list(visible_idx, "visible_idx", report_builder.MAX_ROWS)}
    rows = [row for index, row in enumerate(found["result"]) if not wanted or index in wanted]
    keys = [column["fieldname"] for column in found["columns"]]
    kind = cstr(form.get("file_format_type")) or "CSV"
    make_access_log(ctx, meta.name, report_name=report_name, file_type=kind, filters=filters, columns=keys)
    spreadsheets.send(
        ctx,
        report_name,
        [[column["label"] for column in found["columns"]], *([row.get(key) for key in keys] for row in rows)],
        form,
    )


@method("frappe.desk.query_report.get_script")
def get_script(ctx: Context, report_name: str) -> dict[str, object]:
    """What a desk loads before it shows a report: the script of an app's, and the filters that it names."""
    report = _report(ctx, report_name)
    script = script_reports.script_of(ctx, report)
    return {
        "script": script,
        "html_format": None,
        "execution_time": 0,
        "filters": script_reports.filters_of(script),
        "custom_report_name": None,
    }
