/**
 * A view of a DocType's documents: what its address says, what it asks of the API, what people chose for it, and the views that they kept.
 *
 *   status=Open&_sort=points desc&_view=kanban&_by=status       filters, order, and how they are shown; see docs/desk.md
 *
 * What one person chose (columns, widths) is in Frappe's user settings, for everybody in List View Settings; kept views are List Filters.
 */
import { documents, method } from "./api.js";
import { parseFilters, writeFilters } from "./filters.js";
import { choices, column, columns, getMeta, isNumber, titleField } from "./meta.js";
import { boot, findDocType, manages, may } from "./site.js";

export const SIZES = [20, 50, 100, 500, 2_500, 10_000];
const MOST_COLUMNS = 7;

/** The columns that a list shows if nobody chose: title, status, those with in_list_view, when it changed. */
export function usualColumns(meta) {
  const title = titleField(meta);
  const chosen = columns(meta).filter((each) => each.in_list_view && each.fieldname !== title && !each.hidden);
  const names = [title, ...(title === "name" ? [] : ["name"]), ...(meta.is_submittable ? ["docstatus"] : []), ...chosen.map((each) => each.fieldname)];
  return [...new Set([...names.slice(0, MOST_COLUMNS), "modified"])];
}

/** The columns of a view: those that its address names, that the person chose, that were chosen for everybody, or the usual ones. */
export function shownColumns(meta, view, chosen) {
  const known = (names) => (names ?? []).filter((name) => column(meta, name));
  const [first = usualColumns(meta)] = [view.columns, chosen.columns, chosen.everybody].map(known).filter((each) => each.length);
  return first.map((name) => column(meta, name));
}

/** Where a row has the title of the document that a link's value means; null if it is called by its name. */
export const titleOf = ({ fieldtype, fieldname, options, permlevel }) => (fieldtype === "Link" && !permlevel && findDocType(options)?.link_title ? `${fieldname}__title` : null);

/** The fields that rows of these columns need. */
export const wantedFields = (meta, shown) => [...new Set(["name", "docstatus", "modified", titleField(meta), ...shown.map((each) => each.fieldname), ...shown.filter(titleOf).map((each) => `${each.fieldname}.${findDocType(each.options).link_title} as ${titleOf(each)}`)])];

// --- the ways in which documents can be shown -------------------------------------------------------------

const own = (meta, fits) => columns(meta).filter((each) => each.parent && !each.hidden && fits(each));
const parentField = (meta) => meta.nsm_parent_field || `parent_${meta.name.toLowerCase().replaceAll(" ", "_")}`;

/** By kind, the fields that a view of that kind can go by; a kind without one is not offered. */
export function kinds(meta) {
  const selects = own(meta, (each) => each.fieldtype === "Select" && choices(each).filter(([value]) => value).length > 1);
  const groups = [...selects, ...own(meta, (each) => each.fieldtype === "Link" || each.fieldtype === "Check"), ...columns(meta).filter((each) => ["owner", "docstatus"].includes(each.fieldname))];
  const image = own(meta, (each) => each.fieldname === meta.image_field || each.fieldtype === "Attach Image");
  const tree = own(meta, (each) => each.fieldtype === "Link" && each.options === meta.name && (each.fieldname === parentField(meta) || !each.fieldname.startsWith("amended_")));
  return {
    kanban: selects,
    calendar: own(meta, (each) => each.fieldtype === "Date" || each.fieldtype === "Datetime"),
    gallery: image.sort((a, b) => Number(b.fieldname === meta.image_field) - Number(a.fieldname === meta.image_field)),
    tree: tree.sort((a, b) => Number(b.fieldname === parentField(meta)) - Number(a.fieldname === parentField(meta))),
    chart: groups,
  };
}

/** Fields that rows can be gathered by, and those that can be added up. */
export const groupable = (meta) => columns(meta).filter((each) => !each.hidden && (["Select", "Link", "Check", "Date", "Data"].includes(each.fieldtype) || each.fieldname === "docstatus") && !["name", "_user_tags", "_assign"].includes(each.fieldname));
export const chartable = (meta) => [...groupable(meta), ...columns(meta).filter((each) => !each.hidden && each.fieldtype === "Datetime")];
export const summable = (field) => isNumber(field) && !["Percent", "Rating"].includes(field.fieldtype);

// --- the address ----------------------------------------------------------------------------------------

const KEYS = { kind: "_view", by: "_by", group: "_group", of: "_of", how: "_how", chart: "_chart", span: "_span", every: "_every", month: "_month" };

/**
 * What a view's address says.
 * @typedef {{filters: any[][], text: string, sort: string[][], page: number, size: number, columns: string[], kind: string, by: string, group: string, of: string, how: string, chart: string, span: string, every: string, month: string}} View
 * @param {import("./meta.js").Meta} meta @param {URLSearchParams} query @returns {View}
 */
export function readView(meta, query) {
  const names = (key) => (query.get(key) ?? "").split(",").map((each) => each.trim()).filter(Boolean);
  const sort = names("_sort").map((each) => each.split(" ")).filter(([name]) => column(meta, name));
  const size = SIZES.includes(Number(query.get("_rows"))) ? Number(query.get("_rows")) : 50;
  const more = /** @type {any} */ (Object.fromEntries(Object.entries(KEYS).map(([key, word]) => [key, query.get(word) ?? ""])));
  const fits = kinds(meta)[more.kind] ?? [];
  if (!fits.length) more.kind = "list";
  if (!fits.some((each) => each.fieldname === more.by)) more.by = more.kind === "chart" || !fits.length ? "" : fits[0].fieldname;
  if (!(more.kind === "chart" ? chartable(meta) : groupable(meta)).some((each) => each.fieldname === more.group)) more.group = more.kind === "chart" ? fits[0].fieldname : "";
  return { filters: parseFilters(meta, query), text: query.get("_find") ?? "", sort, page: Math.max(1, Math.floor(Number(query.get("_page"))) || 1), size, columns: names("_columns"), ...more };
}

/** The plain list: where another view leads to what it shows. @type {View} */
export const PLAIN = { filters: [], text: "", sort: [], page: 1, size: 50, columns: [], kind: "list", by: "", group: "", of: "", how: "", chart: "", span: "", every: "", month: "" };

/** The same as a query; what is as usual is left out. @param {View} view */
export function writeView({ filters, text, sort, page, size, columns: names, kind, ...more }) {
  const pairs = [...writeFilters(filters), text && ["_find", text], sort.length && ["_sort", sort.map((each) => each.join(" ")).join(",")], names.length && ["_columns", names.join(",")], kind !== "list" && ["_view", kind]];
  for (const [key, word] of Object.entries(KEYS)) if (more[key]) pairs.push([word, more[key]]);
  return new URLSearchParams([...pairs, page > 1 && ["_page", page], size !== 50 && ["_rows", size]].filter(Boolean)).toString();
}

/** The view as the API's parameters. @param {import("./meta.js").Meta} meta @param {Pick<View, "filters" | "text" | "sort">} view */
export function request(meta, { filters, text, sort }) {
  const like = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  const searched = new Set(["name", titleField(meta), ...(meta.search_fields ?? "").split(",").map((each) => each.trim())]);
  for (const name of usualColumns(meta)) if (["Data", "Select", "Link"].includes(column(meta, name).fieldtype)) searched.add(name);
  const known = meta.sort_field && meta.sort_field.split(",").every((each) => column(meta, each.trim().split(" ")[0]));
  const usual = known ? (/\s/.test(meta.sort_field) ? meta.sort_field : `${meta.sort_field} ${meta.sort_order || "DESC"}`) : "modified desc";
  const readable = (name) => column(meta, name) && name !== "docstatus" && !column(meta, name).permlevel; // who may not read a field may not search it
  const found = text ? [...searched].filter(readable) : [];
  return {
    filters: filters.length ? filters : undefined,
    or_filters: found.length ? found.map((each) => [each, "like", like]) : undefined,
    order_by: sort.length ? sort.map((each) => each.join(" ")).join(", ") : usual,
  };
}

/**
 * Sums of a view's documents, one row a group: [{[group], _count, [field]: sum, …}].
 */
export function sums(meta, wanted, fields, { group, order_by, how, ...options } = /** @type {{group?: string, order_by?: string, how?: string, signal?: AbortSignal}} */ ({})) {
  const asked = [...(group ? [group] : []), { COUNT: "name", as: "_count" }, ...fields.map((each) => ({ [how === "avg" ? "AVG" : "SUM"]: each.fieldname, as: each.fieldname }))];
  const rows = documents.list(meta.name, { filters: wanted.filters, or_filters: wanted.or_filters, fields: asked, group_by: group, order_by: group && (order_by ?? "_count desc"), limit: 200 }, options);
  return rows.then(({ data }) => data);
}

/** The filter that a group's documents have. */
export const inGroup = (group, value) => (value === null || value === "" ? [group, "is", "not set"] : [group, "=", value]);

// --- what people chose ----------------------------------------------------------------------------------

const SETTINGS = "frappe.model.utils.user_settings";
const kept = new Map();

/** {meta, chosen}: a DocType, and what was chosen for its lists: {columns, widths, everybody}. */
export async function getList(doctype) {
  if (!kept.has(doctype)) {
    const asked = (name) => method(name, { doctype }, { verb: "GET" });
    kept.set(doctype, Promise.all([asked(`${SETTINGS}.get`), asked("frappe.desk.listview.get_list_settings")]).then(([mine, settings]) => ({ ...JSON.parse(mine).List, everybody: named(settings?.fields) })));
    kept.get(doctype).catch(() => kept.delete(doctype));
  }
  const [meta, chosen] = await Promise.all([getMeta(doctype), kept.get(doctype)]);
  return { meta, chosen };
}

/** The fieldnames of List View Settings, where each is an object. */
function named(text) {
  try {
    return JSON.parse(text || "[]").map((each) => each.fieldname);
  } catch {
    return [];
  }
}

/** Keep what the caller chose for lists of a DocType. */
export async function choose(doctype, changes) {
  const chosen = { ...(await kept.get(doctype)), ...changes };
  kept.set(doctype, Promise.resolve(chosen));
  await method(`${SETTINGS}.save`, { doctype, user_settings: { List: { ...chosen, everybody: undefined } } });
  return chosen;
}

/** Choose the columns of everybody who chose none. */
export async function chooseForAll(meta, names) {
  await method("frappe.desk.listview.set_list_settings", { doctype: meta.name, values: { fields: JSON.stringify(names.map((fieldname) => ({ fieldname, label: column(meta, fieldname).label }))) } });
  kept.set(meta.name, Promise.resolve({ ...(await kept.get(meta.name)), everybody: names }));
}

// --- views that are kept --------------------------------------------------------------------------------

const FILTER = "List Filter";

/** Whether the caller can keep views. */
export const mayKeep = () => may("create", FILTER);

/** The caller's kept views, those of a role and those for everybody: [{name, filter_name, for_user, for_role, view}]; `view` is a query. */
export async function keptViews(meta) {
  if (!may("read", FILTER)) return [];
  const { user } = boot.value;
  const fields = ["name", "filter_name", "for_user", "for_role", "owner", "filters", "desk_view"];
  const filters = [["reference_doctype", "=", meta.name], ["for_user", "in", [user.name, ""]]]; // which roles' views, the server says
  const { data } = await documents.list(FILTER, { fields, filters, order_by: "filter_name asc", limit: 100 });
  return data.map((each) => ({ ...each, view: [new URLSearchParams(writeFilters(benchFilters(meta, each.filters))), each.desk_view].map(String).filter((text) => text && text !== "null").join("&") }));
}

/** Roles that a view can be kept for: the caller's; for who manages the server, all. What everybody has is none. */
export async function rolesToShare() {
  const common = new Set(["All", "Guest", "Desk User", "Administrator"]);
  const all = manages() ? (await documents.list("Role", { fields: ["name"], filters: [["disabled", "=", 0]], order_by: "name asc", limit: 500 })).data.map((each) => each.name) : boot.value.user.roles;
  return all.filter((each) => !common.has(each));
}

/** Filters as a bench keeps them, [doctype, fieldname, operator, value, …]; those of other DocTypes are left out. */
function benchFilters(meta, text) {
  try {
    return JSON.parse(text || "[]").map((each) => (each.length > 3 ? each.slice(1, 4) : each)).filter(([name]) => column(meta, name));
  } catch {
    return [];
  }
}

/** Keep a view under a name; for oneself, for a role, or for everybody: `whose` is "me", "all", or `role:` and its name. */
export function keepView(meta, view, filter_name, whose) {
  const filters = JSON.stringify(view.filters.map(([name, operator, value]) => [meta.name, name, operator, value]));
  const rest = writeView({ ...view, filters: [], page: 1 });
  const for_role = whose.startsWith("role:") ? whose.slice(5) : "";
  return documents.create(FILTER, { filter_name, reference_doctype: meta.name, for_user: whose === "me" ? boot.value.user.name : "", for_role, filters, desk_view: rest });
}

/** Whether the caller may forget a kept view. */
export const mayForget = ({ for_user, owner }) => Boolean(for_user) || owner === boot.value.user.name || manages();
export const forgetView = (name) => documents.remove(FILTER, name);
