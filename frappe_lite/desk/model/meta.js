/**
 * DocTypes as the server describes them, fetched once: `await getMeta("Task")`. `forgetMeta("Task")` after one was
 * changed.
 *
 * @typedef {0|1|boolean} Flag
 * @typedef {{
 *   fieldname?: string, label?: string, fieldtype: string, options?: string, labels?: string[], parent?: string,
 *   reqd?: Flag, read_only?: Flag, hidden?: Flag, permlevel?: number, is_virtual?: Flag, set_only_once?: Flag,
 *   in_list_view?: Flag, in_standard_filter?: Flag, description?: string, placeholder?: string, default?: string,
 *   fetch_from?: string, fetch_if_empty?: Flag,
 *   depends_on?: string, mandatory_depends_on?: string, read_only_depends_on?: string,
 * }} Field
 * @typedef {{
 *   name: string, module: string, fields: Field[], permissions?: Record<string, any>[],
 *   title_field?: string, image_field?: string, search_fields?: string, nsm_parent_field?: string,
 *   autoname?: string, allow_rename?: Flag, is_submittable: Flag, issingle: Flag, istable?: Flag,
 *   sort_field?: string, sort_order?: string, states: {title: string, color: string}[],
 * }} Meta
 */
import { documents } from "./api.js";

const kept = new Map();

/** @returns {Promise<Meta>} */
export function getMeta(doctype) {
  if (!kept.has(doctype)) {
    const found = documents.meta(doctype);
    found.catch(() => kept.delete(doctype));
    kept.set(doctype, found);
  }
  return kept.get(doctype);
}

export const forgetMeta = (doctype) => kept.delete(doctype);

export const LAYOUT = new Set([
  "Section Break", "Column Break", "Tab Break", "Fold", "Heading", "HTML", "Button", "Image",
]);
export const TABLES = new Set(["Table", "Table MultiSelect"]);
export const NUMBERS = new Set(["Int", "Long Int", "Float", "Currency", "Percent", "Rating", "Duration", "Check"]);
export const LONG_TEXT = new Set([
  "Text", "Small Text", "Long Text", "Text Editor", "Markdown Editor", "HTML Editor", "Code", "JSON",
]);

/** Whether a field's values are shown as numbers. */
export const isNumber = (field) => NUMBERS.has(field.fieldtype) && field.fieldtype !== "Check";

/** What every document has, as fields. @type {Field[]} */
export const STANDARD = [
  { fieldname: "name", label: "Name", fieldtype: "Data" },
  { fieldname: "owner", label: "Created by", fieldtype: "Link", options: "User" },
  { fieldname: "creation", label: "Created", fieldtype: "Datetime" },
  { fieldname: "modified_by", label: "Changed by", fieldtype: "Link", options: "User" },
  { fieldname: "modified", label: "Changed", fieldtype: "Datetime" },
  { fieldname: "_user_tags", label: "Tags", fieldtype: "Data" },
  { fieldname: "_assign", label: "Assigned to", fieldtype: "Data" },
];
const DOCSTATUS = {
  fieldname: "docstatus",
  label: "Document status",
  fieldtype: "Select",
  options: "0\n1\n2",
  labels: ["Draft", "Submitted", "Cancelled"],
};

/**
 * Fields that hold a value of their own, those that every document has included.
 * @param {Meta} meta
 * @returns {Field[]}
 */
export function columns(meta) {
  const own = meta.fields.filter(
    (each) =>
      !LAYOUT.has(each.fieldtype) && !TABLES.has(each.fieldtype) && each.fieldtype !== "Password" && !each.is_virtual,
  );
  return [...own, ...(meta.is_submittable ? [DOCSTATUS] : []), ...STANDARD];
}

/** One of them by its name. @param {Meta} meta @param {string} fieldname */
export const column = (meta, fieldname) => columns(meta).find((each) => each.fieldname === fieldname);

/** The field that a document is called by; `name` if there is none. */
export const titleField = (meta) => (meta.title_field && column(meta, meta.title_field)?.fieldname) || "name";

/** A field as people read it. @param {Field} field */
export const labelOf = (field) => field.label || field.fieldname;

/** The values of a Select, as [value, label]. @param {Field} field */
export const choices = (field) =>
  String(field.options ?? "")
    .split("\n")
    .map((each, index) => [each, field.labels?.[index] ?? each]);
