/**
 * A DocType while its fields are changed: rows with a key each, what the server would do with them, and how they are kept.
 *
 * One of an app is kept as Custom Fields and Property Setters; one that was made here is its own document.
 */
import { documents, method, reboot } from "./api.js";
import { forgetMeta, getMeta, TABLES } from "./meta.js";
import { findDocType } from "./site.js";

let last = 0;

/** A row with a key that stays while it is moved and renamed. */
export const keyed = (row) => ({ ...row, __key: ++last });

/** The rows as the server takes them: in this order. */
export const bare = (rows) => rows.map(({ __key, ...row }, at) => ({ ...row, idx: at + 1 }));

/** The name that a row has here; a new one has none of its own yet. */
export const called = (row) => row.fieldname || `new_${row.__key}`;

/**
 * All that the page begins with: {doc, rows, app, custom, shapes, tables}. `custom` is what the site says of an app's DocType, `shapes` describes the properties of a field.
 */
export async function loadDraft(name, options) {
  const app = findDocType(name)?.app;
  const [doc, custom, shapes] = await Promise.all([app ? documents.meta(name, options) : documents.get("DocType", name, options), app ? method("frappe_lite.doctype.customised", { doctype: name }, { verb: "GET", ...options }) : null, getMeta("DocField")]);
  return { doc, app, custom, shapes, rows: doc.fields.map(keyed), tables: await tablesOf(doc.fields) };
}

/** The child DocTypes that tables among the rows name: {Item: meta}. */
export async function tablesOf(rows) {
  const names = [...new Set(rows.filter((each) => TABLES.has(each.fieldtype) && each.options).map((each) => each.options))];
  return Object.fromEntries(await Promise.all(names.map(async (each) => [each, await getMeta(each).catch(() => null)])));
}

/** What keeping it would do; see docs/desk.md. */
export const planOf = ({ doc, app }, rows, autoname, options) =>
  method("frappe_lite.doctype.plan", { doc: app ? { name: doc.name, fields: bare(rows) } : { ...doc, autoname, fields: bare(rows) }, customise: app ? 1 : 0 }, options);

/** Keep it: lists and forms have it at once. */
export async function keepDraft({ doc, app }, rows, autoname) {
  if (app) await method("frappe_lite.doctype.customise", { doctype: doc.name, fields: bare(rows) });
  else await documents.update("DocType", doc.name, { fields: bare(rows), autoname, modified: doc.modified });
  forgetMeta(doc.name);
  await reboot();
}

/** As the app says again: one field, or all of them. */
export const resetDraft = (doctype, fieldname) => method("frappe_lite.doctype.reset", { doctype, fieldname }).then(() => (forgetMeta(doctype), reboot()));
