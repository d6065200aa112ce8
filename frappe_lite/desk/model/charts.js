/**
 * Charts: what a view's groups count or add up, and the documents that keep it, as Frappe has them (Dashboard Chart, Dashboard).
 *
 *   await points(meta, { group: "status", of: "points", wanted })      [{label, value, colour, filter}]
 */
import { documents } from "./api.js";
import { colour, display } from "./format.js";
import { column, getMeta, labelOf } from "./meta.js";
import { inGroup, sums } from "./views.js";

const month = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric", timeZone: "UTC" });
const MOST_DAYS = 62;

/** The groups of a view with their count, or the sum of the field `of`. Dates of more than two months are gathered by month. */
export async function points(meta, { group, of, wanted }, options) {
  const field = column(meta, group);
  const dated = field.fieldtype === "Date";
  const rows = await sums(meta, wanted, of ? [column(meta, of)] : [], { group, order_by: dated ? `${group} asc` : undefined, ...options });
  const value = (row) => Number((of ? row[of] : row._count) ?? 0);
  if (!dated) return rows.sort((a, b) => value(b) - value(a)).map((row) => ({ label: display(field, row[group]) || "None", value: value(row), colour: field.fieldtype === "Select" || group === "docstatus" ? colour(meta, field, row[group]) : undefined, filter: inGroup(group, row[group]) }));
  const known = rows.filter((row) => row[group]);
  const span = known.length ? (Date.parse(known.at(-1)[group]) - Date.parse(known[0][group])) / 86_400_000 : 0;
  if (span <= MOST_DAYS) {
    const byDay = new Map(known.map((row) => [row[group], value(row)]));
    const days = known.length ? Array.from({ length: span + 1 }, (_, index) => new Date(Date.parse(known[0][group]) + index * 86_400_000).toISOString().slice(0, 10)) : [];
    return days.map((day) => ({ label: display(field, day), value: byDay.get(day) ?? 0, filter: inGroup(group, day) }));
  }
  const months = new Map();
  for (let at = known[0][group].slice(0, 7); at <= known.at(-1)[group].slice(0, 7); at = new Date(Date.UTC(Number(at.slice(0, 4)), Number(at.slice(5)), 1)).toISOString().slice(0, 7)) months.set(at, 0); // those between, too
  for (const row of known) months.set(row[group].slice(0, 7), (months.get(row[group].slice(0, 7)) ?? 0) + value(row));
  return [...months].map(([key, sum]) => ({ label: month.format(Date.parse(`${key}-01`)), value: sum, filter: [group, "like", `${key}-%`] }));
}

/** A chart in words: Points of Task by Priority. */
export const titleOfChart = (meta, { group, of }) => `${of ? `${labelOf(column(meta, of))} of ${meta.name}` : meta.name} by ${labelOf(column(meta, group))}`;

/** How a kept chart is drawn, by Frappe's word for it; a number is one that Frappe has not, and draws as bars. */
const KINDS = { Line: "line", Bar: "bar", Percentage: "bar", Pie: "pie", Donut: "pie", Heatmap: "line" };
const TYPES = { line: "Line", bar: "Bar", pie: "Donut", number: "Bar" };

/** Keep a view's chart under a name. */
export const keepChart = (meta, view, name) => documents.create("Dashboard Chart", {
  chart_name: name, chart_type: "Group By", document_type: meta.name, group_by_based_on: view.group, group_by_type: view.of ? "Sum" : "Count", aggregate_function_based_on: view.of || null,
  type: TYPES[view.chart] ?? "Bar", filters_json: JSON.stringify(view.filters.map(([fieldname, operator, value]) => [meta.name, fieldname, operator, value])), is_public: 1, module: meta.module,
  custom_options: view.chart === "number" ? JSON.stringify({ desk: "number" }) : null,
});

function parsed(text, otherwise) {
  try {
    return JSON.parse(text) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** What a kept chart shows: {meta, view: {group, of, chart, filters}}; null for one that only a bench can draw. */
export async function readChart(chart) {
  if (chart.chart_type !== "Group By" || !chart.document_type || chart.group_by_type === "Average") return null;
  const meta = await getMeta(chart.document_type);
  if (!column(meta, chart.group_by_based_on)) return null;
  const given = parsed(chart.filters_json, []);
  const filters = (Array.isArray(given) ? given : Object.entries(given).map(([name, value]) => (Array.isArray(value) ? [meta.name, name, ...value] : [meta.name, name, "=", value]))).map((each) => each.slice(1, 4));
  const of = chart.group_by_type === "Sum" ? chart.aggregate_function_based_on : "";
  return { meta, view: { group: chart.group_by_based_on, of, filters, chart: parsed(chart.custom_options, {}).desk ?? KINDS[chart.type] ?? "bar" } };
}

/** Put a chart on a dashboard, which is made if it is not there. */
export async function placeChart(chart, dashboard, module) {
  const { data } = await documents.list("Dashboard", { filters: [["name", "=", dashboard]], fields: ["name"], limit: 1 });
  if (!data.length) return documents.create("Dashboard", { dashboard_name: dashboard, module, charts: [{ chart, width: "Half" }] });
  const doc = await documents.get("Dashboard", dashboard);
  return documents.update("Dashboard", dashboard, { charts: [...doc.charts, { chart, width: "Half" }], modified: doc.modified });
}
