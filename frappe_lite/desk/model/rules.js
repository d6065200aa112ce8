/**
 * What may be done with each field of a document: shown, changed, needed; and what stands against a save, field by
 * field.
 */
import { holds } from "./expression.js";
import { labelOf, LAYOUT, TABLES } from "./meta.js";
import { boot } from "./site.js";

const user = () => boot.value.user;
const scope = (doc, parent) => ({
  doc,
  parent: parent ?? doc,
  frappe: { session: { user: user().name }, user_roles: user().roles },
});
// another fieldname would be another column
const once = (field) => field.set_only_once || (field.parent === "DocField" && field.fieldname === "fieldname");
const empty = (field, value) =>
  value === null ||
  value === undefined ||
  value === "" ||
  (TABLES.has(field.fieldtype) && value.length === 0) ||
  (typeof value === "string" && field.fieldtype === "Text Editor" && !/<img|[^\s<>](?![^<]*>)/.test(value));

/**
 * The rules of a form: `rules(field, doc, parent)` is {hidden, readOnly, required, locked}. `rights` is the answer of
 * the server's `why`, null for a new document.
 * Whether something is needed or locked is left to the server where a condition cannot be read; what is shown is shown.
 */
export function makeRules(meta, rights) {
  const mine = new Set(["All", ...user().roles]);
  const levels = new Set(
    (meta.permissions ?? []).filter((each) => each.write && mine.has(each.role)).map((each) => each.permlevel ?? 0),
  );
  const writable = (field) => {
    if (rights) return rights.fields[field.fieldname]?.write ?? rights.allowed;
    return user().name === "Administrator" || !field.permlevel || levels.has(field.permlevel);
  };
  return (field, doc, parent) => {
    const given = scope(doc, parent);
    const unreadable = !parent && rights?.fields[field.fieldname]?.read === false && field.fieldtype !== "Password";
    const locked = !parent && !writable(field); // a row has its table's rules
    return {
      hidden: Boolean(field.hidden) || unreadable || Boolean(field.depends_on && !holds(field.depends_on, given)),
      readOnly:
        locked ||
        Boolean(
          field.read_only ||
          field.is_virtual ||
          (once(field) && !doc.__islocal && doc.name && !empty(field, doc[field.fieldname])) ||
          (field.read_only_depends_on && holds(field.read_only_depends_on, given, false)),
        ),
      required: Boolean(field.reqd || (field.mandatory_depends_on && holds(field.mandatory_depends_on, given, false))),
      locked: locked && Boolean(field.permlevel),
    };
  };
}

/**
 * What the browser itself can tell: what is missing, and JSON that is none. {"items.0.item": "…"}
 * @param {Record<string, import("./meta.js").Meta>} tables
 */
export function faults(meta, tables, rules, doc) {
  const found = {};
  const look = (fields, values, parent, path) => {
    for (const field of fields.filter((each) => !LAYOUT.has(each.fieldtype))) {
      const { hidden, readOnly, required } = rules(field, values, parent);
      const value = values[field.fieldname];
      if (required && !hidden && !readOnly && field.fieldtype !== "Check" && empty(field, value))
        found[path + field.fieldname] = `${labelOf(field)} is missing`;
      if (field.fieldtype === "JSON" && typeof value === "string" && value.trim()) {
        try {
          JSON.parse(value);
        } catch (error) {
          found[path + field.fieldname] = `This is no JSON: ${error.message}`;
        }
      }
      if (TABLES.has(field.fieldtype))
        for (const [index, row] of (value ?? []).entries())
          look(tables[field.options].fields, row, doc, `${field.fieldname}.${index}.`);
    }
  };
  look(meta.fields, doc, null, "");
  return found;
}

const said = (message, label) =>
  new RegExp(`(^|[^\\p{L}\\p{N}])${label.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}([^\\p{L}\\p{N}]|$)`, "u").test(
    message,
  );

/**
 * The server's messages at the fields that they name: {"items.0.item": "…"}. Those that name none are left for the
 * summary.
 */
export function place(error, meta, tables) {
  const found = {};
  for (const { message } of error.messages) {
    const row = Number(/(?:Row #|in row )(\d+)/.exec(message)?.[1]); // Frappe says it in either way
    const grids = row ? meta.fields.filter((each) => each.fieldtype === "Table" && tables[each.options]) : [];
    const table =
      grids.find((each) => said(message, each.options) || said(message, labelOf(each))) ??
      grids.find((each) => tables[each.options].fields.some((one) => one.label && said(message, one.label))) ??
      grids[0];
    // Frappe: "Value missing for Task: Subject"
    const text = message.replace(`for ${table ? table.options : meta.name}`, "").replace(table?.options ?? "", "");
    const inside = [...(table ? tables[table.options] : meta).fields].filter(
      (each) => each.label && !LAYOUT.has(each.fieldtype) && said(text, each.label),
    );
    const field =
      // a row that is named is shown, whatever is wrong in it
      inside.sort((a, b) => b.label.length - a.label.length)[0] ?? (table && tables[table.options].fields[0]);
    if (field) found[table ? `${table.fieldname}.${row - 1}.${field.fieldname}` : field.fieldname] ??= message;
  }
  return found;
}

const clock = () =>
  new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 19).replace("T", " ");
const DEFAULTS = {
  today: () => clock().slice(0, 10),
  now: () => clock(),
  __user: () => user().name,
  user: () => user().name,
};

/** What a new document, or a row, begins with. */
export function defaults(meta) {
  const given = meta.fields.filter(
    (each) => each.default && !LAYOUT.has(each.fieldtype) && !TABLES.has(each.fieldtype),
  );
  const numeric = ["Int", "Float", "Currency", "Percent", "Check", "Rating", "Duration"];
  return Object.fromEntries(
    given.map((each) => {
      const word = DEFAULTS[each.default.toLowerCase()];
      const value = word
        ? each.fieldtype === "Time"
          ? clock().slice(11)
          : word()
        : numeric.includes(each.fieldtype)
          ? Number(each.default)
          : each.default;
      return [each.fieldname, value];
    }),
  );
}

const bare = (value) => JSON.stringify(value ?? null, (key, each) => (key === "__key" ? undefined : each));

/** The fields of a document that differ from what is stored. */
export const changed = (doc, stored) =>
  Object.fromEntries(
    Object.entries(doc).filter(([key, value]) => !key.startsWith("__") && bare(value) !== bare(stored[key])),
  );
