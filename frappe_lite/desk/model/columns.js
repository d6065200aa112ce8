/** The columns of a list of documents, and the fields that they need. */
import { column, columns, titleField } from "./meta.js";
import { findDocType } from "./site.js";

const MOST_COLUMNS = 7;

/** The columns that a list shows if nobody chose: title, status, those with in_list_view, when it changed. */
export function usualColumns(meta) {
  const title = titleField(meta);
  const chosen = columns(meta).filter((each) => each.in_list_view && each.fieldname !== title && !each.hidden);
  const names = [
    title,
    ...(title === "name" ? [] : ["name"]),
    ...(meta.is_submittable ? ["docstatus"] : []),
    ...chosen.map((each) => each.fieldname),
  ];
  return [...new Set([...names.slice(0, MOST_COLUMNS), "modified"])];
}

/**
 * The columns of a view: those that its address names, that the person chose, that were chosen for everybody, or the
 * usual ones.
 */
export function shownColumns(meta, view, chosen) {
  const known = (names) => (names ?? []).filter((name) => column(meta, name));
  const [first = usualColumns(meta)] = [view.columns, chosen.columns, chosen.everybody]
    .map(known)
    .filter((each) => each.length);
  return first.map((name) => column(meta, name));
}

/** Where a row has the title of the document that a link's value means; null if it is called by its name. */
export const titleOf = ({ fieldtype, fieldname, options, permlevel }) =>
  fieldtype === "Link" && !permlevel && findDocType(options)?.link_title ? `${fieldname}__title` : null;

/** The fields that rows of these columns need. */
export const wantedFields = (meta, shown) => [
  ...new Set([
    "name",
    "docstatus",
    "modified",
    titleField(meta),
    ...shown.map((each) => each.fieldname),
    ...shown
      .filter(titleOf)
      .map((each) => `${each.fieldname}.${findDocType(each.options).link_title} as ${titleOf(each)}`),
  ]),
];

// --- the ways in which documents can be shown -------------------------------------------------------------
