/**
 * A view of a DocType's documents: what its address says, what it asks of the API, and the ways in which they can be
 * shown. docs/desk.md has all that an address may say.
 *
 *   status=Open&_sort=points desc&_view=kanban&_by=status       filters, order, and how they are shown
 */
import { documents } from "./api.js";
import { usualColumns } from "./columns.js";
import { parseFilters, writeFilters } from "./filters.js";
import { choices, column, columns, isNumber, titleField } from "./meta.js";

export const SIZES = [20, 50, 100, 500, 2_500, 10_000];

const own = (meta, fits) => columns(meta).filter((each) => each.parent && !each.hidden && fits(each));
const parentField = (meta) => meta.nsm_parent_field || `parent_${meta.name.toLowerCase().replaceAll(" ", "_")}`;

/** By kind, the fields that a view of that kind can go by; a kind without one is not offered. */
export function kinds(meta) {
  const selects = own(
    meta,
    (each) => each.fieldtype === "Select" && choices(each).filter(([value]) => value).length > 1,
  );
  const groups = [
    ...selects,
    ...own(meta, (each) => each.fieldtype === "Link" || each.fieldtype === "Check"),
    ...columns(meta).filter((each) => ["owner", "docstatus"].includes(each.fieldname)),
  ];
  const image = own(meta, (each) => each.fieldname === meta.image_field || each.fieldtype === "Attach Image");
  const tree = own(
    meta,
    (each) =>
      each.fieldtype === "Link" &&
      each.options === meta.name &&
      (each.fieldname === parentField(meta) || !each.fieldname.startsWith("amended_")),
  );
  return {
    kanban: selects,
    calendar: own(meta, (each) => each.fieldtype === "Date" || each.fieldtype === "Datetime"),
    gallery: image.sort((a, b) => Number(b.fieldname === meta.image_field) - Number(a.fieldname === meta.image_field)),
    tree: tree.sort((a, b) => Number(b.fieldname === parentField(meta)) - Number(a.fieldname === parentField(meta))),
    chart: groups,
  };
}

/** Fields that rows can be gathered by, and those that can be added up. */
export const groupable = (meta) =>
  columns(meta).filter(
    (each) =>
      !each.hidden &&
      (["Select", "Link", "Check", "Date", "Data"].includes(each.fieldtype) || each.fieldname === "docstatus") &&
      !["name", "_user_tags", "_assign"].includes(each.fieldname),
  );

export const chartable = (meta) => [
  ...groupable(meta),
  ...columns(meta).filter((each) => !each.hidden && each.fieldtype === "Datetime"),
];

export const summable = (field) => isNumber(field) && !["Percent", "Rating"].includes(field.fieldtype);

// --- the address ----------------------------------------------------------------------------------------

const KEYS = {
  kind: "_view",
  by: "_by",
  group: "_group",
  of: "_of",
  how: "_how",
  chart: "_chart",
  span: "_span",
  every: "_every",
  month: "_month",
};

/**
 * What a view's address says.
 * @typedef {{
 *   filters: any[][], text: string, sort: string[][], page: number, size: number, columns: string[],
 *   kind: string, by: string, group: string, of: string, how: string, chart: string, span: string, every: string,
 *   month: string,
 * }} View
 * @param {import("./meta.js").Meta} meta
 * @param {URLSearchParams} query
 * @returns {View}
 */
export function readView(meta, query) {
  const names = (key) =>
    (query.get(key) ?? "")
      .split(",")
      .map((each) => each.trim())
      .filter(Boolean);
  const sort = names("_sort")
    .map((each) => each.split(" "))
    .filter(([name]) => column(meta, name));
  const size = SIZES.includes(Number(query.get("_rows"))) ? Number(query.get("_rows")) : 50;
  const more = /** @type {any} */ (
    Object.fromEntries(Object.entries(KEYS).map(([key, word]) => [key, query.get(word) ?? ""]))
  );
  const fits = kinds(meta)[more.kind] ?? [];
  if (!fits.length) more.kind = "list";
  if (!fits.some((each) => each.fieldname === more.by))
    more.by = more.kind === "chart" || !fits.length ? "" : fits[0].fieldname;
  if (!(more.kind === "chart" ? chartable(meta) : groupable(meta)).some((each) => each.fieldname === more.group))
    more.group = more.kind === "chart" ? fits[0].fieldname : "";
  return {
    filters: parseFilters(meta, query),
    text: query.get("_find") ?? "",
    sort,
    page: Math.max(1, Math.floor(Number(query.get("_page"))) || 1),
    size,
    columns: names("_columns"),
    ...more,
  };
}

/** The plain list: where another view leads to what it shows. @type {View} */
export const PLAIN = {
  filters: [],
  text: "",
  sort: [],
  page: 1,
  size: 50,
  columns: [],
  kind: "list",
  by: "",
  group: "",
  of: "",
  how: "",
  chart: "",
  span: "",
  every: "",
  month: "",
};

/** The same as a query; what is as usual is left out. @param {View} view */
export function writeView({ filters, text, sort, page, size, columns: names, kind, ...more }) {
  const pairs = [
    ...writeFilters(filters),
    text && ["_find", text],
    sort.length && ["_sort", sort.map((each) => each.join(" ")).join(",")],
    names.length && ["_columns", names.join(",")],
    kind !== "list" && ["_view", kind],
  ];
  for (const [key, word] of Object.entries(KEYS)) if (more[key]) pairs.push([word, more[key]]);
  return new URLSearchParams(
    [...pairs, page > 1 && ["_page", page], size !== 50 && ["_rows", size]].filter(Boolean),
  ).toString();
}

/**
 * The view as the API's parameters.
 * @param {import("./meta.js").Meta} meta
 * @param {Pick<View, "filters" | "text" | "sort">} view
 */
export function request(meta, { filters, text, sort }) {
  const like = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  const searched = new Set([
    "name",
    titleField(meta),
    ...(meta.search_fields ?? "").split(",").map((each) => each.trim()),
  ]);
  for (const name of usualColumns(meta))
    if (["Data", "Select", "Link"].includes(column(meta, name).fieldtype)) searched.add(name);
  const known = meta.sort_field && meta.sort_field.split(",").every((each) => column(meta, each.trim().split(" ")[0]));
  const usual = known
    ? /\s/.test(meta.sort_field)
      ? meta.sort_field
      : `${meta.sort_field} ${meta.sort_order || "DESC"}`
    : "modified desc";
  // who may not read a field may not search it
  const readable = (name) => column(meta, name) && name !== "docstatus" && !column(meta, name).permlevel;
  const found = text ? [...searched].filter(readable) : [];
  return {
    filters: filters.length ? filters : undefined,
    or_filters: found.length ? found.map((each) => [each, "like", like]) : undefined,
    order_by: sort.length ? sort.map((each) => each.join(" ")).join(", ") : usual,
  };
}

/** @typedef {{group?: string, order_by?: string, how?: string, signal?: AbortSignal}} Sums */

/** Sums of a view's documents, one row a group: [{[group], _count, [field]: sum, …}]. */
export function sums(meta, wanted, fields, given = /** @type {Sums} */ ({})) {
  const { group, order_by, how, ...options } = given;
  const asked = [
    ...(group ? [group] : []),
    { COUNT: "name", as: "_count" },
    ...fields.map((each) => ({ [how === "avg" ? "AVG" : "SUM"]: each.fieldname, as: each.fieldname })),
  ];
  const query = {
    filters: wanted.filters,
    or_filters: wanted.or_filters,
    fields: asked,
    group_by: group,
    order_by: group && (order_by ?? "_count desc"),
    limit: 200,
  };
  return documents.list(meta.name, query, options).then(({ data }) => data);
}

/** The filter that a group's documents have. */
export const inGroup = (group, value) =>
  value === null || value === "" ? [group, "is", "not set"] : [group, "=", value];
