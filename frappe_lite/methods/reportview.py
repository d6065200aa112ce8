"""`frappe.desk.reportview.*`: lists as the desk reads them, counts by value, deleting and exporting what was picked,
saved views."""

from __future__ import annotations

import functools
import json
from typing import Any

from .. import document, permissions
from ..context import Context
from ..doctype.meta import DocType
from ..document import comments, lists
from ..errors import DataError, PermissionError, ValidationError
from ..protocol import parse_json
from ..utils import bold, cint, cstr, is_true
from ..values import Values
from ..whitelist import method
from . import spreadsheets
from .access_log import make_access_log
from .asking import json_filters, json_list, name_list, require_any
from .form_loading import told_of
from .many import attempt

NO_TAGS = "No Tags"
MEASURES = {"count": "Count", "sum": "Sum", "avg": "Average"}
MEASURED = "_aggregate_column"
"""What the desk calls the column that a report view works out for each group."""


# --- counts by value ---------------------------------------------------------------------------------------


@method("frappe.desk.reportview.get_stats")
def get_stats(ctx: Context, stats: object, doctype: str, filters: object = None) -> dict[str, list[Any]]:
    """How many documents there are of each value of each field in `stats`: `{field: [[value, count], …]}`.

    Of `_user_tags`, of each tag.
    """
    meta, given = ctx.meta(doctype), json_filters(filters)
    wanted = [each for each in json_list(stats, "stats") if isinstance(each, str) and each in meta.columns]
    return {
        column: _tag_counts(ctx, meta, given) if column == "_user_tags" else _counts(ctx, meta, column, given)
        for column in wanted
    }


@method("frappe.desk.reportview.get_sidebar_stats")
def get_sidebar_stats(ctx: Context, stats: object, doctype: str, filters: object = None) -> Values:
    """The same, under the key `stats`."""
    return {"stats": get_stats(ctx, stats, doctype, filters)}


def _counts(ctx: Context, meta: DocType, column: str, filters: list[object]) -> list[list[Any]]:
    """Each set value with its count, that of the newest document first."""
    fields, order = [column, "count(name) as count", "max(creation) as latest"], "latest desc"
    rows = lists.get_list(
        ctx,
        meta.name,
        fields,
        [*filters, [meta.name, column, "!=", ""]],
        group_by=column,
        order_by=order,
        limit=None,
        as_list=True,
    )
    return [[value, count] for value, count, _latest in rows if value not in (None, "")]


def _tag_counts(ctx: Context, meta: DocType, filters: list[object]) -> list[list[object]]:
    counts: dict[str, int] = {}
    tagged = 0
    for text, count in _counts(ctx, meta, "_user_tags", filters):
        tags = [tag for tag in cstr(text).split(",") if tag]
        tagged += count if tags else 0
        for tag in tags:
            counts[tag] = counts.get(tag, 0) + count
    return [*map(list, counts.items()), [NO_TAGS, lists.count(ctx, meta.name, filters) - tagged]]


# --- what was picked ---------------------------------------------------------------------------------------


@method("frappe.desk.reportview.delete_items", methods=["POST", "PUT"])
def delete_items(ctx: Context, items: object, doctype: str) -> None:
    """Delete documents, each by itself; the messages say which stayed and why."""
    ctx.store.database.begin_write()
    for name in sorted(name_list(items, "items"), reverse=True):
        attempt(ctx, f"{doctype} {name}", functools.partial(_delete, ctx, doctype, name))


def _delete(ctx: Context, doctype: str, name: str) -> None:
    require_any(ctx, ctx.meta(doctype))
    document.delete(ctx, doctype, name)


@method("frappe.desk.reportview.export_query")
def export_query(
    ctx: Context, doctype: str, fields: object = None, filters: object = None, or_filters: object = None,
    order_by: object = None, group_by: object = None,
    title: str | None = None, selected_items: object = None, add_totals_row: object = None, **form: object,
) -> None:  # fmt: skip
    """The rows of a report view as a file: `file_format_type` CSV or Excel.

    `selected_items` are the names of those wanted.
    """
    meta = ctx.meta(doctype)
    require_any(ctx, meta)
    wanted = [cstr(each) for each in _columns(meta, fields)]
    measured = _measured(ctx, {**form, "group_by": group_by})
    chosen = name_list(selected_items, "selected_items")
    found = [["name", "in", chosen]] if chosen else json_filters(filters)
    rows = lists.get_list(
        ctx,
        doctype,
        [*wanted, *measured, "owner"],
        found,
        parse_json(or_filters, "or_filters"),
        order_by,
        group_by,
        limit=None,
        as_list=True,
    )
    require_export(ctx, meta, rows)
    make_access_log(ctx, doctype, file_type=cstr(form.get("file_format_type")) or "CSV", filters=found, columns=wanted)
    heads = [
        "Sr",
        *(_label(ctx, meta, each) for each in wanted),
        *(_measure_label(ctx, meta, each) for each in measured),
        "owner",
    ]
    if cint(add_totals_row):
        rows = spreadsheets.with_total(rows)
    spreadsheets.send(ctx, title or meta.name, [heads, *([number, *row] for number, row in enumerate(rows, 1))], form)


def _columns(meta: DocType, fields: object) -> list[Any]:
    found = parse_json(fields, "fields") if cstr(fields).lstrip()[:1] in ("[", '"') else fields
    listed = list(found) if isinstance(found, list | tuple) else [found] if found else ["name"]
    return meta.shown_columns if listed == ["*"] else listed


def _measured(ctx: Context, arguments: Values) -> list[Values]:
    """What a report view works out for each of its groups, as a field: `_aggregate_column`; nothing where it asks for
    none. Raises ValidationError, DataError."""
    function, fieldname = cstr(arguments.get("aggregate_function")), cstr(arguments.get("aggregate_on_field"))
    if not function or not arguments.get("group_by"):
        return []
    if function.lower() not in MEASURES:
        raise ValidationError.told("Invalid aggregate function")
    meta = ctx.meta(cstr(arguments.get("aggregate_on_doctype")))
    if fieldname not in meta.columns:
        raise DataError.told(f"Field not permitted in query: {fieldname[:80]}")
    return [{function.upper(): f"`tab{meta.name}`.`{fieldname}`", "as": MEASURED}]


def _measure_label(ctx: Context, meta: DocType, measured: Values) -> str:
    """What stands above it: `Count`, `Sum of Points`."""
    function, column = next(iter(measured.items()))
    said = MEASURES[function.lower()]
    return said if function == "COUNT" else f"{said} of {_label(ctx, meta, cstr(column))}"


def require_export(ctx: Context, meta: DocType, rows: list[Any]) -> None:
    """Raises PermissionError unless the right to export covers the rows; each ends with its owner.

    It may cover one's own only.
    """
    own = (
        not permissions.all_powerful(ctx)
        and "export" in permissions.role_rights(ctx, meta).if_owner
        and permissions.in_scope(ctx, meta.name, "export")
    )
    if not permissions.judge(ctx, meta, "export").allowed and not (own and all(row[-1] == ctx.user for row in rows)):
        raise PermissionError.told(f"You are not allowed to export {meta.name} doctype")


def _label(ctx: Context, meta: DocType, text: str) -> str:
    """What stands above a column: a field's label, ID for the name, the child table in brackets."""
    key, _, alias = text.partition(" as ")
    table, _, fieldname = key.replace("`", "").rpartition(".")
    table = table.removeprefix("tab") or meta.name
    if table == meta.name and fieldname == "name":
        return "ID"
    owner = ctx.meta(table) if ctx.has_doctype(table) else meta
    field = owner.field(fieldname)
    label = (field.label if field else None) or alias.strip(" `'\"") or fieldname
    return label if owner is meta else f"{label} ({owner.name})"


# --- saved views -------------------------------------------------------------------------------------------


def _builder_report(ctx: Context, name: object, right: str) -> Any:
    """A stored report of the report builder, for its owner and whoever has the right on it.

    Raises ValidationError, PermissionError.
    """
    report = document.load(ctx.trusted(), "Report", name)
    if cstr(report.is_standard) == "Yes" or report.report_type != "Report Builder":
        raise ValidationError.told("Only reports of type Report Builder that are not standard can be edited or deleted")
    if report.owner != ctx.user:
        permissions.require(ctx, report.meta, right, report.__dict__)
    return report


def _require_scope(ctx: Context) -> None:
    # What follows asks no role: whoever sees a list may keep it as a report
    if not permissions.in_scope(ctx, "Report", "write"):
        raise PermissionError.told(f"The scope of the access token does not cover write on {bold('Report')}")


@method("frappe.desk.reportview.save_report", methods=["POST", "PUT"])
def save_report(ctx: Context, name: str, doctype: str, report_settings: object) -> str:
    """Keep a report view under a name, for whoever may read the DocType; its name."""
    ctx.store.database.begin_write()
    _require_scope(ctx)
    require_any(ctx, ctx.meta(doctype))
    if ctx.store.exists(ctx.meta("Report"), name) is not None:
        report = _builder_report(ctx, name, "write")
    else:
        report = document.new(
            ctx.trusted(),
            {
                "doctype": "Report",
                "report_name": name,
                "ref_doctype": doctype,
                "report_type": "Report Builder",
                "is_standard": "No",
            },
        )
    report.json = report_settings if isinstance(report_settings, str) else json.dumps(report_settings)
    report.save()
    ctx.say(f"Report {bold(report.name)} saved", indicator="green", alert=True)
    return cstr(report.name)


@method("frappe.desk.reportview.delete_report", methods=["POST", "PUT"])
def delete_report(ctx: Context, name: str) -> None:
    """Delete a report view that was kept."""
    ctx.store.database.begin_write()
    _require_scope(ctx)
    require_any(ctx, ctx.meta("Report"))
    report = _builder_report(ctx, name, "delete")
    report.delete()
    ctx.say(f"Report {bold(name)} deleted", indicator="green", alert=True)


def _report_rows(ctx: Context, arguments: Values, as_list: bool = False) -> list[Any]:
    start, limit = lists.page(
        arguments.get("start") or arguments.get("limit_start"),
        arguments.get("page_length") or arguments.get("limit") or arguments.get("limit_page_length"),
        checked=False,
    )
    fields = parse_json(arguments.get("fields"), "fields") or ["name"]
    if not isinstance(fields, list | str):
        raise ValidationError.told('fields is a list of field names, such as ["name", "status"]')
    lists.require_fields_apart(fields)
    wanted = ["name" if each == "`name`" else each for each in ([fields] if isinstance(fields, str) else fields)]
    return lists.get_list(
        ctx, arguments["doctype"], [*wanted, *_measured(ctx, arguments)],
        parse_json(arguments.get("filters"), "filters"),
        parse_json(arguments.get("or_filters"), "or_filters"), arguments.get("order_by"), arguments.get("group_by"),
        start, limit,
        arguments.get("parent_doctype"), as_list=as_list, distinct=is_true(arguments.get("distinct")),
    )  # fmt: skip


@method("frappe.desk.reportview.get")
def reportview_get(ctx: Context, doctype: str, **arguments: object) -> object:
    """Rows in the compressed form of the desk: {keys, values}; an empty list for none."""
    rows = _report_rows(ctx, {**arguments, "doctype": doctype})
    if rows and is_true(arguments.get("with_comment_count")) and "name" in rows[0]:
        comments.count(ctx, doctype, rows)
    if not rows:
        return []
    assigned = {user for row in rows for user in _assigned_in(row.get("_assign"))}
    people = {user: told_of(ctx, user) for user in sorted(assigned) if ctx.user_info(user)}
    return {"keys": list(rows[0]), "values": [list(row.values()) for row in rows], "user_info": people}


def _assigned_in(text: object) -> list[str]:
    """The users in the column `_assign`."""
    found = json.loads(text) if isinstance(text, str) and text.startswith("[") else []
    return [each for each in found if isinstance(each, str)]


@method("frappe.desk.reportview.get_list")
def reportview_get_list(ctx: Context, doctype: str, **arguments: object) -> list[object]:
    """Rows as dicts."""
    return _report_rows(ctx, {**arguments, "doctype": doctype})


@method("frappe.desk.reportview.get_count")
def reportview_get_count(
    ctx: Context, doctype: str, filters: object = None, or_filters: object = None, fields: object = None,
    distinct: object = None, limit: object = None, group_by: object = None, **_more: object,
) -> int:  # fmt: skip
    """How many documents, or groups of them, fit; without `distinct` one counts for each of its rows that fits."""
    conditions = (parse_json(filters, "filters"), parse_json(or_filters, "or_filters"))
    asked = {"fields": parse_json(fields, "fields"), "distinct": distinct, "limit": limit, "group_by": group_by}
    return lists.count_as_asked(ctx, doctype, *conditions, **asked)
