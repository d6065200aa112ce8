/** Charts and numbers that are kept, as Frappe has them: Dashboard Chart, Number Card, Dashboard. */
import { documents, method } from "./api.js";
import { benchFilters, toKept, TYPES } from "./charts.js";
import { display } from "./format.js";
import { column, getMeta } from "./meta.js";
import { chartable } from "./views.js";

const CARD = "frappe.desk.doctype.number_card.number_card";
const KINDS = { Line: "line", Bar: "bar", Percentage: "bar", Pie: "pie", Donut: "pie", Heatmap: "heatmap" };

/** Keep a view's chart under a name; a number is a Number Card. */
export const keepChart = (meta, view, name) => documents.create("Dashboard Chart", toKept(meta, view, name));

export const keepNumber = (meta, view, label) =>
  documents.create("Number Card", {
    label,
    type: "Document Type",
    document_type: meta.name,
    function: view.of ? (view.how === "avg" ? "Average" : "Sum") : "Count",
    aggregate_function_based_on: view.of || null,
    filters_json: benchFilters(meta, view.filters),
    is_public: 1,
    module: meta.module,
    show_percentage_stats: 1,
    stats_time_interval: "Monthly",
  });

/** Keep the chart of a kept report: `x` and `y` are keys of its columns. */
export const keepReportChart = (report, meta, { x, y, chart }, name) =>
  documents.create("Dashboard Chart", {
    chart_name: name,
    chart_type: "Report",
    report_name: report,
    use_report_chart: 0,
    x_field: x,
    y_axis: [{ y_field: y }],
    type: TYPES[chart] ?? "Bar",
    filters_json: "{}",
    is_public: 1,
    module: meta.module,
  });

function parsed(text, otherwise) {
  try {
    return JSON.parse(text) ?? otherwise;
  } catch {
    return otherwise;
  }
}

const flat = (given) =>
  Array.isArray(given)
    ? given.map((each) => (each.length > 3 ? each.slice(1, 4) : each))
    : Object.entries(given).map(([name, value]) => (Array.isArray(value) ? [name, ...value] : [name, "=", value]));

/**
 * What a kept chart shows: {meta, view}; {report, x, y, kind} of a report; null for one whose source only a bench has.
 */
export async function readChart(chart) {
  const kind = parsed(chart.custom_options, {}).desk ?? KINDS[chart.type] ?? "bar";
  if (chart.chart_type === "Report")
    return {
      report: chart.report_name,
      x: chart.x_field,
      y: chart.y_axis?.[0]?.y_field,
      own: Boolean(chart.use_report_chart),
      kind,
      filters: parsed(chart.filters_json, {}),
    };
  if (!chart.document_type || chart.chart_type === "Custom") return null;
  const meta = await getMeta(chart.document_type);
  const grouped = chart.chart_type === "Group By";
  const [group, what, of] = grouped
    ? [chart.group_by_based_on, chart.group_by_type, chart.aggregate_function_based_on]
    : [chart.based_on, chart.chart_type, chart.value_based_on];
  if (!chartable(meta).some((each) => each.fieldname === group)) return null;
  const time = grouped
    ? {}
    : chart.type === "Heatmap"
      ? { span: String(chart.heatmap_year || "") }
      : { span: chart.timespan, every: chart.time_interval };
  return {
    meta,
    view: {
      group,
      of: what === "Count" ? "" : (of ?? ""),
      how: what === "Average" ? "avg" : "",
      filters: flat(parsed(chart.filters_json, [])),
      chart: kind,
      span: "",
      every: "",
      ...time,
    },
  };
}

/** The chart of a report that was kept: {kind, points, told}. */
export async function reportPoints({ report, x, y, own, kind, filters }, options) {
  const found = await method(
    "frappe.desk.query_report.run",
    { report_name: report, filters: JSON.stringify(Array.isArray(filters) ? {} : filters) },
    { verb: "GET", ...options },
  );
  const chart = own && found.chart?.data;
  if (chart)
    return {
      kind: KINDS[found.chart.type?.replace(/^./, (each) => each.toUpperCase())] ?? "bar",
      measure: { fieldtype: "Float" },
      points: (chart.labels ?? []).map((label, at) => ({
        label: String(label),
        value: Number(chart.datasets?.[0]?.values[at] ?? 0),
      })),
    };
  const [name, measure] = [
    found.columns.find((each) => each.fieldname === x) ?? found.columns[0],
    found.columns.find((each) => each.fieldname === y) ?? found.columns.at(-1),
  ];
  return {
    kind,
    measure,
    points: found.result.map((row) => ({
      label: display(name, row[name.fieldname]) || "None",
      value: Number(row[measure.fieldname] ?? 0),
    })),
  };
}

/**
 * What a kept number says: {card, value, grown}, `grown` in percent since a day, week, month or year; null for one of a
 * report or of an app's own.
 */
export async function readCard(name, options) {
  const card = await documents.get("Number Card", name, options);
  if (card.type !== "Document Type") return { card };
  const args = { doc: JSON.stringify(card), filters: card.filters_json || "[]" };
  const value = await method(`${CARD}.get_result`, args, { verb: "GET", ...options });
  const grown = card.show_percentage_stats
    ? await method(`${CARD}.get_percentage_difference`, { ...args, result: value }, { verb: "GET", ...options })
    : null;
  const meta = await getMeta(card.document_type);
  return {
    card,
    value,
    grown,
    meta,
    field: (card.function !== "Count" && column(meta, card.aggregate_function_based_on)) || { fieldtype: "Int" },
    filters: flat(parsed(card.filters_json, [])),
  };
}

/** Put a chart or a number on a dashboard, which a chart may begin. */
export async function place(dashboard, module, { chart, card } = /** @type {{chart?: string, card?: string}} */ ({})) {
  const { data } = await documents.list("Dashboard", {
    filters: [["name", "=", dashboard]],
    fields: ["name"],
    limit: 1,
  });
  if (!data.length && !chart)
    throw new Error(
      `${card} is kept. A dashboard begins with a chart: keep one on “${dashboard}”, then add the number there.`,
    );
  if (!data.length)
    return documents.create("Dashboard", { dashboard_name: dashboard, module, charts: [{ chart, width: "Half" }] });
  const doc = await documents.get("Dashboard", dashboard);
  return documents.update("Dashboard", dashboard, {
    ...(chart ? { charts: [...doc.charts, { chart, width: "Half" }] } : { cards: [...doc.cards, { card }] }),
    modified: doc.modified,
  });
}
