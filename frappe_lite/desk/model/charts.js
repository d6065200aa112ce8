/**
 * Charts: what a view's groups count, add up or average, by value or by time; and the documents that keep it as Frappe has them (Dashboard Chart, Number Card, Dashboard).
 *
 *   await points(meta, { group: "status", of: "points", wanted })      [{label, value, colour, filter}]
 */
import { documents, method } from "./api.js";
import { colour, display } from "./format.js";
import { column, getMeta, labelOf } from "./meta.js";
import { chartable, inGroup, sums } from "./views.js";

const CHART = "frappe.desk.doctype.dashboard_chart.dashboard_chart.get";
const CARD = "frappe.desk.doctype.number_card.number_card";
const month = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric", timeZone: "UTC" });
const MOST_DAYS = 62;
const DAY = 86_400_000;

export const SPANS = { "All Time": "all the time", "Last Year": "the last year", "Last Quarter": "the last quarter", "Last Month": "the last month", "Last Week": "the last week" };
export const EVERY = { Daily: "by day", Weekly: "by week", Monthly: "by month", Quarterly: "by quarter", Yearly: "by year" };
const FITS = { "All Time": "Monthly", "Last Year": "Monthly", "Last Quarter": "Weekly", "Last Month": "Daily", "Last Week": "Daily" };

/** Whether a field says when something was. */
export const isTime = (field) => field.fieldtype === "Date" || field.fieldtype === "Datetime";
/** What a chart's view is drawn as, and over which time, where the address leaves it open. */
export function settled(meta, view) {
  const field = column(meta, view.group);
  const timed = isTime(field);
  const chart = view.chart && (timed || view.chart !== "heatmap") ? view.chart : timed ? "line" : "bar";
  const span = !timed || chart === "heatmap" ? "" : SPANS[view.span] ? view.span : field.fieldtype === "Datetime" ? "Last Year" : "";
  return { ...view, chart, span, every: span ? (EVERY[view.every] ? view.every : FITS[span]) : "", year: chart === "heatmap" ? Number(/^\d{4}$/.test(view.span) ? view.span : new Date().getFullYear()) : 0 };
}

/** The numbers of a view: [{label, value, colour?, filter}], or of a heat map {days: Map of date to value, year}. */
export async function points(meta, given, options) {
  const view = settled(meta, given);
  if (view.span || view.year) return byTime(meta, view, options);
  const { group, of, how, wanted } = view;
  const field = column(meta, group);
  const dated = field.fieldtype === "Date";
  const rows = await sums(meta, wanted, of ? [column(meta, of)] : [], { group, how, order_by: dated ? `${group} asc` : undefined, ...options });
  const value = (row) => Number((of ? row[of] : row._count) ?? 0);
  if (!dated) return rows.sort((a, b) => value(b) - value(a)).map((row) => ({ label: display(field, row[group]) || "None", value: value(row), colour: field.fieldtype === "Select" || group === "docstatus" ? colour(meta, field, row[group]) : undefined, filter: inGroup(group, row[group]) }));
  return byDate(field, rows, value, how === "avg");
}

/** Dates of more than two months are gathered by month, an average by how many each day has. */
function byDate(field, rows, value, average) {
  const group = field.fieldname;
  const known = rows.filter((row) => row[group]);
  const span = known.length ? (Date.parse(known.at(-1)[group]) - Date.parse(known[0][group])) / DAY : 0;
  if (span <= MOST_DAYS) {
    const byDay = new Map(known.map((row) => [row[group], value(row)]));
    const days = known.length ? Array.from({ length: span + 1 }, (_, index) => new Date(Date.parse(known[0][group]) + index * DAY).toISOString().slice(0, 10)) : [];
    return days.map((day) => ({ label: display(field, day), value: byDay.get(day) ?? 0, filter: inGroup(group, day) }));
  }
  const months = new Map();
  for (let at = known[0][group].slice(0, 7); at <= known.at(-1)[group].slice(0, 7); at = new Date(Date.UTC(Number(at.slice(0, 4)), Number(at.slice(5)), 1)).toISOString().slice(0, 7)) months.set(at, [0, 0]); // those between, too
  for (const row of known) {
    const [sum, count] = months.get(row[group].slice(0, 7));
    months.set(row[group].slice(0, 7), [sum + value(row) * (average ? row._count : 1), count + row._count]);
  }
  return [...months].map(([key, [sum, count]]) => ({ label: month.format(Date.parse(`${key}-01`)), value: average ? sum / (count || 1) : sum, filter: [group, "like", `${key}-%`] }));
}

async function byTime(meta, view, options) {
  const chart = toKept(meta, view, "");
  const found = await method(CHART, { chart: JSON.stringify(chart), filters: JSON.stringify(view.wanted?.filters ?? view.filters ?? []), heatmap_year: view.year || undefined }, { verb: "GET", ...options });
  if (view.year) return { year: view.year, days: new Map(Object.entries(found.dataPoints).map(([second, value]) => [new Date(Number(second) * 1000).toISOString().slice(0, 10), Number(value)])) };
  const next = (day) => new Date(Date.parse(day) + DAY).toISOString().slice(0, 10);
  return found.keys.map((end, at) => ({ label: view.every === "Daily" || view.every === "Weekly" ? display({ fieldtype: "Date" }, end) : found.labels[at], value: found.datasets[0].values[at], filter: [view.group, "between", [at ? next(found.keys[at - 1]) : "1000-01-01", end]] }));
}

/** A chart in words: Points of Task by Priority. */
export function titleOfChart(meta, { group, of, how }) {
  const what = of ? `${how === "avg" ? "Average " : ""}${labelOf(column(meta, of))} of ${meta.name}` : meta.name;
  return `${what} by ${labelOf(column(meta, group))}`;
}

// --- as Frappe keeps them ---------------------------------------------------------------------------------

const KINDS = { Line: "line", Bar: "bar", Percentage: "bar", Pie: "pie", Donut: "pie", Heatmap: "heatmap" };
const TYPES = { line: "Line", bar: "Bar", pie: "Donut", heatmap: "Heatmap" };

const benchFilters = (meta, filters) => JSON.stringify(filters.map(([fieldname, operator, value]) => [meta.name, fieldname, operator, value]));

/** A view as the fields of a Dashboard Chart. */
export function toKept(meta, given, chart_name) {
  const view = settled(meta, given);
  const common = { chart_name, document_type: meta.name, type: TYPES[view.chart] ?? "Bar", filters_json: benchFilters(meta, view.filters ?? []), is_public: 1, module: meta.module };
  const kind = view.of ? (view.how === "avg" ? "Average" : "Sum") : "Count";
  if (!view.span && !view.year) return { ...common, chart_type: "Group By", group_by_based_on: view.group, group_by_type: kind, aggregate_function_based_on: view.of || null };
  return { ...common, chart_type: kind, based_on: view.group, value_based_on: view.of || null, timeseries: 1, timespan: view.span || "Last Year", time_interval: view.every || "Daily", heatmap_year: view.year ? String(view.year) : null };
}

/** Keep a view's chart under a name; a number is a Number Card. */
export const keepChart = (meta, view, name) => documents.create("Dashboard Chart", toKept(meta, view, name));
export const keepNumber = (meta, view, label) => documents.create("Number Card", {
  label, type: "Document Type", document_type: meta.name, function: view.of ? (view.how === "avg" ? "Average" : "Sum") : "Count", aggregate_function_based_on: view.of || null,
  filters_json: benchFilters(meta, view.filters), is_public: 1, module: meta.module, show_percentage_stats: 1, stats_time_interval: "Monthly",
});
/** Keep the chart of a kept report: `x` and `y` are keys of its columns. */
export const keepReportChart = (report, meta, { x, y, chart }, name) => documents.create("Dashboard Chart", {
  chart_name: name, chart_type: "Report", report_name: report, use_report_chart: 0, x_field: x, y_axis: [{ y_field: y }], type: TYPES[chart] ?? "Bar", filters_json: "{}", is_public: 1, module: meta.module,
});

function parsed(text, otherwise) {
  try {
    return JSON.parse(text) ?? otherwise;
  } catch {
    return otherwise;
  }
}

const flat = (given) => (Array.isArray(given) ? given.map((each) => (each.length > 3 ? each.slice(1, 4) : each)) : Object.entries(given).map(([name, value]) => (Array.isArray(value) ? [name, ...value] : [name, "=", value])));

/** What a kept chart shows: {meta, view}; {report, x, y, kind} of a report; null for one whose source only a bench has. */
export async function readChart(chart) {
  const kind = parsed(chart.custom_options, {}).desk ?? KINDS[chart.type] ?? "bar";
  if (chart.chart_type === "Report") return { report: chart.report_name, x: chart.x_field, y: chart.y_axis?.[0]?.y_field, own: Boolean(chart.use_report_chart), kind, filters: parsed(chart.filters_json, {}) };
  if (!chart.document_type || chart.chart_type === "Custom") return null;
  const meta = await getMeta(chart.document_type);
  const grouped = chart.chart_type === "Group By";
  const [group, what, of] = grouped ? [chart.group_by_based_on, chart.group_by_type, chart.aggregate_function_based_on] : [chart.based_on, chart.chart_type, chart.value_based_on];
  if (!chartable(meta).some((each) => each.fieldname === group)) return null;
  const time = grouped ? {} : chart.type === "Heatmap" ? { span: String(chart.heatmap_year || "") } : { span: chart.timespan, every: chart.time_interval };
  return { meta, view: { group, of: what === "Count" ? "" : of ?? "", how: what === "Average" ? "avg" : "", filters: flat(parsed(chart.filters_json, [])), chart: kind, span: "", every: "", ...time } };
}

/** The chart of a report that was kept: {kind, points, told}. */
export async function reportPoints({ report, x, y, own, kind, filters }, options) {
  const found = await method("frappe.desk.query_report.run", { report_name: report, filters: JSON.stringify(Array.isArray(filters) ? {} : filters) }, { verb: "GET", ...options });
  const chart = own && found.chart?.data;
  if (chart) return { kind: KINDS[found.chart.type?.replace(/^./, (each) => each.toUpperCase())] ?? "bar", measure: { fieldtype: "Float" }, points: (chart.labels ?? []).map((label, at) => ({ label: String(label), value: Number(chart.datasets?.[0]?.values[at] ?? 0) })) };
  const [name, measure] = [found.columns.find((each) => each.fieldname === x) ?? found.columns[0], found.columns.find((each) => each.fieldname === y) ?? found.columns.at(-1)];
  return { kind, measure, points: found.result.map((row) => ({ label: display(name, row[name.fieldname]) || "None", value: Number(row[measure.fieldname] ?? 0) })) };
}

/** What a kept number says: {card, value, grown}, `grown` in percent since a day, week, month or year; null for one of a report or of an app's own. */
export async function readCard(name, options) {
  const card = await documents.get("Number Card", name, options);
  if (card.type !== "Document Type") return { card };
  const args = { doc: JSON.stringify(card), filters: card.filters_json || "[]" };
  const value = await method(`${CARD}.get_result`, args, { verb: "GET", ...options });
  const grown = card.show_percentage_stats ? await method(`${CARD}.get_percentage_difference`, { ...args, result: value }, { verb: "GET", ...options }) : null;
  const meta = await getMeta(card.document_type);
  return { card, value, grown, meta, field: (card.function !== "Count" && column(meta, card.aggregate_function_based_on)) || { fieldtype: "Int" }, filters: flat(parsed(card.filters_json, [])) };
}

/** Put a chart or a number on a dashboard, which a chart may begin. */
export async function place(dashboard, module, { chart, card } = /** @type {{chart?: string, card?: string}} */ ({})) {
  const { data } = await documents.list("Dashboard", { filters: [["name", "=", dashboard]], fields: ["name"], limit: 1 });
  if (!data.length && !chart) throw new Error(`${card} is kept. A dashboard begins with a chart: keep one on “${dashboard}”, then add the number there.`);
  if (!data.length) return documents.create("Dashboard", { dashboard_name: dashboard, module, charts: [{ chart, width: "Half" }] });
  const doc = await documents.get("Dashboard", dashboard);
  return documents.update("Dashboard", dashboard, { ...(chart ? { charts: [...doc.charts, { chart, width: "Half" }] } : { cards: [...doc.cards, { card }] }), modified: doc.modified });
}
