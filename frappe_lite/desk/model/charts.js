/**
 * Charts: what a view's groups count, add up or average, by value or by time; and the Dashboard Chart that it is in
 * Frappe's words.
 *
 *   await points(meta, { group: "status", of: "points", wanted })      [{label, value, colour, filter}]
 */
import { method } from "./api.js";
import { colour, display } from "./format.js";
import { column, labelOf } from "./meta.js";
import { inGroup, sums } from "./views.js";

const CHART = "frappe.desk.doctype.dashboard_chart.dashboard_chart.get";

const month = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric", timeZone: "UTC" });
const MOST_DAYS = 62;
const DAY = 86_400_000;

export const SPANS = {
  "All Time": "all the time",
  "Last Year": "the last year",
  "Last Quarter": "the last quarter",
  "Last Month": "the last month",
  "Last Week": "the last week",
};

export const EVERY = {
  Daily: "by day",
  Weekly: "by week",
  Monthly: "by month",
  Quarterly: "by quarter",
  Yearly: "by year",
};

const FITS = {
  "All Time": "Monthly",
  "Last Year": "Monthly",
  "Last Quarter": "Weekly",
  "Last Month": "Daily",
  "Last Week": "Daily",
};

/** Whether a field says when something was. */
export const isTime = (field) => field.fieldtype === "Date" || field.fieldtype === "Datetime";

/** What a chart's view is drawn as, and over which time, where the address leaves it open. */
export function settled(meta, view) {
  const field = column(meta, view.group);
  const timed = isTime(field);
  const chart = view.chart && (timed || view.chart !== "heatmap") ? view.chart : timed ? "line" : "bar";
  const usual = field.fieldtype === "Datetime" ? "Last Year" : "";
  const span = timed && chart !== "heatmap" ? (SPANS[view.span] ? view.span : usual) : "";
  return {
    ...view,
    chart,
    span,
    every: span ? (EVERY[view.every] ? view.every : FITS[span]) : "",
    year: chart === "heatmap" ? Number(/^\d{4}$/.test(view.span) ? view.span : new Date().getFullYear()) : 0,
  };
}

/** The numbers of a view: [{label, value, colour?, filter}], or of a heat map {days: Map of date to value, year}. */
export async function points(meta, given, options) {
  const view = settled(meta, given);
  if (view.span || view.year) return byTime(meta, view, options);
  const { group, of, how, wanted } = view;
  const field = column(meta, group);
  const dated = field.fieldtype === "Date";
  const rows = await sums(meta, wanted, of ? [column(meta, of)] : [], {
    group,
    how,
    order_by: dated ? `${group} asc` : undefined,
    ...options,
  });
  const value = (row) => Number((of ? row[of] : row._count) ?? 0);
  if (!dated)
    return rows
      .sort((a, b) => value(b) - value(a))
      .map((row) => ({
        label: display(field, row[group]) || "None",
        value: value(row),
        colour: field.fieldtype === "Select" || group === "docstatus" ? colour(meta, field, row[group]) : undefined,
        filter: inGroup(group, row[group]),
      }));
  return byDate(field, rows, value, how === "avg");
}

/** The months of two dates, and those between: ["2026-11", "2026-12", "2027-01"]. */
function monthsBetween(first, last) {
  const found = [];
  const next = (month) => new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 1)).toISOString();
  for (let at = first.slice(0, 7); at <= last.slice(0, 7); at = next(at).slice(0, 7)) found.push(at);
  return found;
}

/** Dates of more than two months are gathered by month, an average by how many each day has. */
function byDate(field, rows, value, average) {
  const group = field.fieldname;
  const known = rows.filter((row) => row[group]);
  const span = known.length ? (Date.parse(known.at(-1)[group]) - Date.parse(known[0][group])) / DAY : 0;
  if (span <= MOST_DAYS) {
    const byDay = new Map(known.map((row) => [row[group], value(row)]));
    const later = (by) => new Date(Date.parse(known[0][group]) + by * DAY).toISOString().slice(0, 10);
    const days = known.length ? Array.from({ length: span + 1 }, (_, by) => later(by)) : [];
    return days.map((day) => ({ label: display(field, day), value: byDay.get(day) ?? 0, filter: inGroup(group, day) }));
  }
  const months = new Map(monthsBetween(known[0][group], known.at(-1)[group]).map((each) => [each, [0, 0]]));
  for (const row of known) {
    const [sum, count] = months.get(row[group].slice(0, 7));
    months.set(row[group].slice(0, 7), [sum + value(row) * (average ? row._count : 1), count + row._count]);
  }
  return [...months].map(([key, [sum, count]]) => ({
    label: month.format(Date.parse(`${key}-01`)),
    value: average ? sum / (count || 1) : sum,
    filter: [group, "like", `${key}-%`],
  }));
}

async function byTime(meta, view, options) {
  const chart = toKept(meta, view, "");
  const found = await method(
    CHART,
    {
      chart: JSON.stringify(chart),
      filters: JSON.stringify(view.wanted?.filters ?? view.filters ?? []),
      heatmap_year: view.year || undefined,
    },
    { verb: "GET", ...options },
  );
  /** @type {(point: [string, any]) => [string, number]} */
  const dayOf = ([second, value]) => [new Date(Number(second) * 1000).toISOString().slice(0, 10), Number(value)];
  if (view.year) return { year: view.year, days: new Map(Object.entries(found.dataPoints).map(dayOf)) };
  const next = (day) => new Date(Date.parse(day) + DAY).toISOString().slice(0, 10);
  return found.keys.map((end, at) => ({
    label: view.every === "Daily" || view.every === "Weekly" ? display({ fieldtype: "Date" }, end) : found.labels[at],
    value: found.datasets[0].values[at],
    filter: [view.group, "between", [at ? next(found.keys[at - 1]) : "1000-01-01", end]],
  }));
}

/** A chart in words: Points of Task by Priority. */
export function titleOfChart(meta, { group, of, how }) {
  const what = of ? `${how === "avg" ? "Average " : ""}${labelOf(column(meta, of))} of ${meta.name}` : meta.name;
  return `${what} by ${labelOf(column(meta, group))}`;
}

// --- as Frappe keeps them ---------------------------------------------------------------------------------

export const TYPES = { line: "Line", bar: "Bar", pie: "Donut", heatmap: "Heatmap" };

export const benchFilters = (meta, filters) =>
  JSON.stringify(filters.map(([fieldname, operator, value]) => [meta.name, fieldname, operator, value]));

/** A view as the fields of a Dashboard Chart. */
export function toKept(meta, given, chart_name) {
  const view = settled(meta, given);
  const common = {
    chart_name,
    document_type: meta.name,
    type: TYPES[view.chart] ?? "Bar",
    filters_json: benchFilters(meta, view.filters ?? []),
    is_public: 1,
    module: meta.module,
  };
  const kind = view.of ? (view.how === "avg" ? "Average" : "Sum") : "Count";
  if (!view.span && !view.year)
    return {
      ...common,
      chart_type: "Group By",
      group_by_based_on: view.group,
      group_by_type: kind,
      aggregate_function_based_on: view.of || null,
    };
  return {
    ...common,
    chart_type: kind,
    based_on: view.group,
    value_based_on: view.of || null,
    timeseries: 1,
    timespan: view.span || "Last Year",
    time_interval: view.every || "Daily",
    heatmap_year: view.year ? String(view.year) : null,
  };
}
