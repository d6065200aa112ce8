/** A report as a bench keeps it, in `Report.json`. */
import { usualColumns } from "./columns.js";

const quoted = (meta, path) => {
  const [table, name] = path.includes(".") ? path.split(".") : [null, path];
  const doctype = table
    ? meta.fields.find((each) => each.fieldname === table && each.fieldtype === "Table")?.options
    : meta.name;
  return doctype ? [name, doctype] : null; // a bench keeps no column of a linked document
};

const sql = (pair) => `\`tab${pair[1]}\`.\`${pair[0]}\``;

/**
 * The object of `Report.json`. What a bench cannot hold is in `desk`.
 * @param {import("./meta.js").Meta} meta
 * @param {import("./reports.js").Report} report
 */
export function toKept(meta, { columns: names, groups, measures, filters, sort, totals, chart }) {
  const [group, [fn, of]] = [groups.length ? quoted(meta, groups[0]) : null, measures[0] ?? ["count", ""]];
  const on = of ? quoted(meta, of) : null;
  const [by, way] = sort[0] ?? [];
  const path = names.find((each) => each === by || each.endsWith(`.${by}`));
  const order = path ? quoted(meta, path) : null;
  return {
    filters: filters
      .map(([name, operator, value]) => [quoted(meta, name), operator, value])
      .filter(([pair]) => pair)
      .map(([pair, operator, value]) => [pair[1], pair[0], operator, value, false]),
    fields: group
      ? [group, ["_aggregate_column", on?.[1] ?? meta.name]]
      : names.map((each) => quoted(meta, each)).filter(Boolean),
    order_by: `${order ? sql(order) : `\`tab${meta.name}\`.\`modified\``} ${order ? way : "desc"}`,
    add_totals_row: totals ? 1 : 0,
    page_length: 20,
    column_widths: {},
    group_by:
      group && (fn === "count" || on) && ["count", "sum", "avg"].includes(fn)
        ? { group_by: sql(group), aggregate_function: fn, aggregate_on: on && sql(on) }
        : null,
    chart_args: null,
    desk: { columns: names, groups, measures, filters, order: sort, chart },
  };
}

/** A kept report; one that a bench kept has no `desk`. @returns {import("./reports.js").Report} */
export function fromKept(meta, text) {
  const kept = typeof text === "string" ? JSON.parse(text || "{}") : (text ?? {});
  const desk = kept.desk;
  const totals = Boolean(kept.add_totals_row);
  if (desk)
    return {
      columns: desk.columns ?? [],
      groups: desk.groups ?? [],
      measures: desk.measures ?? [],
      filters: desk.filters ?? [],
      sort: desk.order ?? [],
      totals,
      chart: desk.chart ?? "",
    };
  /** @param {any[]} pair */
  const path = ([name, doctype]) =>
    !doctype || doctype === meta.name
      ? name
      : `${meta.fields.find((each) => each.fieldtype === "Table" && each.options === doctype)?.fieldname}.${name}`;
  const named = (name) =>
    path((/^`?tab([^`]+)`?\.`?(\w+)`?$/.exec(name) ?? [null, meta.name, name]).slice(1).toReversed());
  const { group_by: group } = kept;
  const names = (kept.fields ?? kept.columns ?? [])
    .map((each) => (Array.isArray(each) ? each : [each]))
    .filter(([name]) => name !== "_aggregate_column")
    .map(path);
  const [, by, way] =
    /^(\S.*?)\s+(asc|desc)$/i.exec(
      String(kept.order_by ?? "")
        .split(",")[0]
        .trim(),
    ) ?? [];
  const sorted = by && named(by);
  return {
    columns: group ? [] : names.length ? names : usualColumns(meta),
    groups: group ? [named(group.group_by)] : [],
    measures: group ? [[group.aggregate_function ?? "count", group.aggregate_on ? named(group.aggregate_on) : ""]] : [],
    filters: (kept.filters ?? []).map((each) =>
      each.length > 3 ? [path([each[1], each[0]]), each[2], each[3]] : each,
    ),
    sort: !group && names.includes(sorted) ? [[sorted.split(".").at(-1), way.toLowerCase()]] : [],
    totals,
    chart: "",
  };
}
