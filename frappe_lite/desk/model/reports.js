/**
 * Reports: which columns, of the DocType and of those that it is linked with, how they are gathered, and what the
 * server says of them.
 *
 *   _columns=subject,project.title&_sort=subject asc&status=Open        a report in an address
 *   _group=status&_measure=count,sum points                             gathered, with measures
 *
 * @typedef {{
 *   columns: string[], groups: string[], measures: string[][], filters: any[][], sort: string[][], totals: boolean,
 *   chart: string,
 * }} Report
 */
import { call, documents, method } from "./api.js";
import { usualColumns } from "./columns.js";
import { offer } from "./csv.js";
import { parseFilters, writeFilters } from "./filters.js";
import { column, columns, getMeta, labelOf, LAYOUT, TABLES } from "./meta.js";
import { toKept } from "./report_json.js";
import { findDocType } from "./site.js";
import { summable } from "./views.js";

export const PAGE = 500;
export const MEASURES = { count: "How many", sum: "Sum of", avg: "Average of", min: "Least", max: "Greatest" };

/**
 * What a report can take columns from, beside its own: [{path, label, doctype, rows}], child tables first.
 * @param {import("./meta.js").Meta} meta
 */
export const sources = (meta) => [
  ...meta.fields
    .filter((each) => each.fieldtype === "Table")
    .map((each) => ({ path: each.fieldname, label: labelOf(each), doctype: each.options, rows: true })),
  ...columns(meta)
    .filter((each) => each.fieldtype === "Link" && !each.permlevel && findDocType(each.options))
    .map((each) => ({ path: each.fieldname, label: labelOf(each), doctype: each.options, rows: false })),
];

/** The fields that one of them brings, each called by its path. */
export async function fieldsOf({ path, label, doctype }) {
  const meta = await getMeta(doctype);
  return meta.fields
    .filter(
      (each) =>
        !LAYOUT.has(each.fieldtype) &&
        !TABLES.has(each.fieldtype) &&
        each.fieldtype !== "Password" &&
        !each.is_virtual &&
        !each.permlevel,
    )
    .map((each) => ({ ...each, fieldname: `${path}.${each.fieldname}`, label: `${labelOf(each)} (${label})` }));
}

/** The DocType with the fields of those that the paths lead to, so that they can be told and filtered. */
export async function widened(meta, paths) {
  const wanted = new Set(paths.filter((each) => each.includes(".")).map((each) => each.split(".")[0]));
  const found = await Promise.all(
    sources(meta)
      .filter((each) => wanted.has(each.path))
      .map((each) => fieldsOf(each).catch(() => [])),
  );
  return { ...meta, fields: [...meta.fields, ...found.flat()] };
}

/** Every path that a report names. */
export const pathsOf = (report) => [
  ...report.columns,
  ...report.groups,
  ...report.measures.map(([, path]) => path),
  ...report.filters.map(([path]) => path),
];

/** Paths that an address names, before it is known what they mean. */
export const pathsIn = (query) =>
  [
    ...["_columns", "_group"].flatMap((key) => split(query.get(key))),
    ...split(query.get("_measure")).map((each) => each.split(" ")[1] ?? ""),
    ...query.keys(),
  ].filter((each) => !each.startsWith("_"));

const split = (text) =>
  (text ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);

/**
 * The report of an address; the DocType's usual columns if it names none.
 * @param {import("./meta.js").Meta} wide
 * @returns {Report}
 */
export function readReport(wide, query) {
  const known = (names) => names.filter((each) => column(wide, each));
  const measures = split(query.get("_measure"))
    .map((each) => [...each.split(" "), ""].slice(0, 2))
    .filter(([name, path]) => MEASURES[name] && (name === "count" || column(wide, path)));
  const groups = known(split(query.get("_group")));
  const named = known(split(query.get("_columns")));
  return {
    columns:
      named.length || groups.length
        ? named
        : usualColumns(wide).filter((each) => each !== "docstatus" && each !== "modified"),
    groups,
    measures: groups.length && !measures.length ? [["count", ""]] : measures,
    filters: parseFilters(wide, query),
    sort: split(query.get("_sort"))
      .map((each) => each.split(/ (?=asc$|desc$)/))
      .filter((each) => each.length === 2),
    totals: query.get("_totals") === "1",
    chart: query.get("_chart") ?? "",
  };
}

/** The same as a query. @param {Report} report */
export function writeReport({ columns: names, groups, measures, filters, sort, totals, chart }) {
  const pairs = [
    ...writeFilters(filters),
    names.length && ["_columns", names.join(",")],
    groups.length && ["_group", groups.join(",")],
    groups.length && ["_measure", measures.map((each) => each.join(" ").trim()).join(",")],
    sort.length && ["_sort", sort.map((each) => each.join(" ")).join(",")],
    totals && ["_totals", "1"],
    groups.length && chart && ["_chart", chart],
  ];
  return new URLSearchParams(pairs.filter(Boolean)).toString();
}

/**
 * Rows of a report: {columns, result, totals, has_next_page}. A report without groups has the names of its documents,
 * for links.
 */
export const readRows = (meta, report, start, options) => {
  const names = report.groups.length || report.columns.includes("name") ? report.columns : [...report.columns, "name"];
  return method(
    "frappe_lite.report.read",
    { doctype: meta.name, settings: toKept(meta, { ...report, columns: names }), start, limit: PAGE },
    options,
  );
};

/** Have the browser save all rows as a file, "CSV" or "Excel". */
export const save = (meta, report, title, kind) =>
  call("POST", "v2/method/frappe_lite.report.export", {
    body: { doctype: meta.name, settings: toKept(meta, report), title, file_format_type: kind },
    file: true,
  }).then(({ blob }) => offer(blob, `${title}.${kind === "CSV" ? "csv" : "xlsx"}`));

/** The kept reports of a DocType: [{name, report_type, owner, is_standard}]. */
export const keptReports = (doctype, options) =>
  findDocType("Report")
    ? documents
        .list(
          "Report",
          {
            fields: ["name", "report_type", "owner", "is_standard"],
            filters: { ref_doctype: doctype, disabled: 0 },
            order_by: "name asc",
            limit: 200,
          },
          options,
        )
        .then(({ data }) => data)
    : Promise.resolve([]);

export const keep = (meta, report, name) =>
  method("frappe.desk.reportview.save_report", {
    name,
    doctype: meta.name,
    report_settings: JSON.stringify(toKept(meta, report)),
  });

export const forget = (name) => method("frappe.desk.reportview.delete_report", { name });

/** Whether a path leads to the rows of a child table. */
export const ofRows = (meta, path) =>
  path.includes(".") && meta.fields.some((each) => each.fieldtype === "Table" && each.fieldname === path.split(".")[0]);

/** Fields of a report that can be measured. */
export const measurable = (wide) => columns(wide).filter((each) => summable(each) && !each.hidden);
