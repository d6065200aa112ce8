/**
 * A DocType while its fields are changed: rows with a key each, what the server would do with them, and how they are
 * kept.
 *
 * One of an app is kept as Custom Fields and Property Setters; one that was made here is its own document.
 */
import { documents, method, reboot } from "./api.js";
import { forgetMeta, getMeta, labelOf, LAYOUT, STANDARD, TABLES } from "./meta.js";
import { findDocType } from "./site.js";

let last = 0;

/** A row with a key that stays while it is moved and renamed. */
export const keyed = (row) => ({ ...row, __key: ++last });

/** The rows as the server takes them: in this order. */
export const bare = (rows) => rows.map(({ __key, ...row }, at) => ({ ...row, idx: at + 1 }));

/** The name that a row has here; a new one has none of its own yet. */
export const called = (row) => row.fieldname || `new_${row.__key}`;

/** What can be said of a DocType as a whole, in the order in which it is asked. */
const WHOLE = [
  "autoname", "title_field", "image_field", "search_fields", "sort_field", "sort_order", "show_title_field_in_link",
  "track_changes", "allow_rename", "allow_import", "max_attachments",
];

/**
 * All that the page begins with: {doc, rows, said, app, custom, shapes, whole, tables}. `custom` is what the site says
 * of an app's DocType, `said` its properties as a whole; `shapes` describes the properties of a field, `whole` those of
 * a DocType.
 */
export async function loadDraft(name, options) {
  const app = findDocType(name)?.app;
  const [doc, custom, shapes, whole] = await Promise.all([
    app ? documents.meta(name, options) : documents.get("DocType", name, options),
    app ? method("frappe_lite.doctype.customised", { doctype: name }, { verb: "GET", ...options }) : null,
    getMeta("DocField"),
    getMeta("DocType"),
  ]);
  const said = Object.fromEntries(WHOLE.map((each) => [each, doc[each] ?? null]));
  return { doc, app, custom, shapes, whole, said, rows: doc.fields.map(keyed), tables: await tablesOf(doc.fields) };
}

/** The properties of a DocType as fields of a form: those that name a field are chosen among `rows`. */
export function wholeFields({ whole }, rows) {
  const named = rows.filter(
    (each) =>
      each.fieldname &&
      !LAYOUT.has(each.fieldtype) &&
      !TABLES.has(each.fieldtype) &&
      each.fieldtype !== "Password" &&
      !each.is_virtual,
  );
  const among = (found) => ({
    fieldtype: "Select",
    options: ["", ...found.map((each) => each.fieldname)].join("\n"),
    labels: ["", ...found.map(labelOf)],
  });
  const told = {
    autoname: {
      label: "Naming rule",
      description: "TASK-.#####, field:title, format:{title}-{##}, prompt; empty for random letters.",
    },
    title_field: { label: "Title", description: "What documents are called by.", ...among(named) },
    image_field: { label: "Picture", ...among(named.filter((each) => each.fieldtype === "Attach Image")) },
    search_fields: { label: "Search also", description: "Fieldnames, with commas." },
    sort_field: {
      label: "Lists in order of",
      ...among([...named, ...STANDARD.filter(({ fieldname }) => ["name", "creation", "modified"].includes(fieldname))]),
    },
    sort_order: { label: "Direction", options: "\nASC\nDESC", labels: ["", "upwards", "downwards"] },
  };
  return WHOLE.map((name) => ({ ...whole.fields.find((each) => each.fieldname === name), ...told[name] }));
}

/** What is said otherwise than when the page began. */
const otherwise = (given, said) =>
  Object.fromEntries(Object.entries(said).filter(([name, value]) => (value ?? "") !== (given.said[name] ?? "")));

/** The child DocTypes that tables among the rows name: {Item: meta}. */
export async function tablesOf(rows) {
  const names = [
    ...new Set(rows.filter((each) => TABLES.has(each.fieldtype) && each.options).map((each) => each.options)),
  ];
  return Object.fromEntries(
    await Promise.all(names.map(async (each) => [each, await getMeta(each).catch(() => null)])),
  );
}

/** What keeping it would do; see docs/desk.md. */
export const planOf = (given, rows, said, options) =>
  method(
    "frappe_lite.doctype.plan",
    {
      doc: { ...(given.app ? { name: given.doc.name } : given.doc), ...otherwise(given, said), fields: bare(rows) },
      customise: given.app ? 1 : 0,
    },
    options,
  );

/** Keep it: lists and forms have it at once. */
export async function keepDraft(given, rows, said) {
  const { doc, app } = given;
  const properties = otherwise(given, said);
  if (app) await method("frappe_lite.doctype.customise", { doctype: doc.name, fields: bare(rows), properties });
  else await documents.update("DocType", doc.name, { ...properties, fields: bare(rows), modified: doc.modified });
  forgetMeta(doc.name);
  await reboot();
}

/** As the app says again: one field, the DocType as a whole (an empty text), or all. */
export const resetDraft = (doctype, fieldname) =>
  method("frappe_lite.doctype.reset", { doctype, fieldname }).then(() => (forgetMeta(doctype), reboot()));
