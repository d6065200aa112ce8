/** A document as its form needs it: stored or new, with its DocTypes, the rights on it, and what stands beside it. */
import { call, documents } from "./api.js";
import { getMeta, TABLES } from "./meta.js";
import { changed, defaults } from "./rules.js";

/** Fields that the server writes, and that no person changes in a form. */
export const SILENT = new Set([
  "modified", "modified_by", "creation", "idx", "_comments", "_user_tags", "_assign", "_liked_by",
]);

/** What stands beside a document: comments, versions, files, tags, shares, and what may be done with it. */
export const infoOf = (doctype, name, options) =>
  call("GET", "v2/method/frappe.desk.form.load.get_docinfo", { query: { doctype, name }, ...options }).then(
    (answer) => answer.docinfo,
  );

/** What was changed in a form: {doc, stored} are the document as it stands there, and as it is stored. */
export const typed = ({ doc, stored }) =>
  Object.fromEntries(Object.entries(changed(doc, stored)).filter(([key]) => !SILENT.has(key)));

/** [meta, tables]: a DocType, and those of its child tables by name; null for one that may not be read. */
async function shapes(doctype) {
  const meta = await getMeta(doctype);
  const tables = meta.fields.filter((each) => TABLES.has(each.fieldtype)).map((each) => each.options);
  const found = await Promise.all(tables.map((each) => getMeta(each).catch(() => null)));
  return [meta, Object.fromEntries(tables.map((each, at) => [each, found[at]]))];
}

/** A new document: its defaults, over them what is copied or amended, over that what the address says. */
async function begun(meta, query, options) {
  const from = query.get("_copy") ?? query.get("_amend");
  const copied = from ? await documents.copy(meta.name, from, options) : {};
  const asNew = ({ parent: _parent, ...row }, index) => ({ ...row, __key: -1 - index });
  for (const { fieldname } of meta.fields.filter((each) => TABLES.has(each.fieldtype)))
    copied[fieldname] = (copied[fieldname] ?? []).map(asNew);
  return {
    ...defaults(meta),
    ...copied,
    ...Object.fromEntries([...query].filter(([key]) => meta.fields.some((each) => each.fieldname === key))),
    ...(query.get("_amend") && { amended_from: from }),
    doctype: meta.name,
    __islocal: 1,
  };
}

/** A document and all that its form needs: {meta, tables, doc, rights, info}. A new one has no rights and no info. */
export async function loadDocument({ name: doctype, single }, name, query, options) {
  const whole = shapes(doctype);
  if (!name) {
    const [meta, tables] = await whole;
    return { meta, tables, doc: await begun(meta, query, options), rights: null, info: null };
  }
  const stored = documents.get(doctype, name, options);
  // why the document did not come is told first
  const beside = (promise) => promise.catch((error) => stored.then(() => Promise.reject(error)));
  const [[meta, tables], doc, rights, info] = await Promise.all([
    whole,
    stored,
    beside(documents.why(doctype, name, "write", options)),
    single ? null : beside(infoOf(doctype, name, options)),
  ]);
  return { meta, tables, doc, rights, info };
}
