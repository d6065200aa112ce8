/**
 * Files that the browser saves; a filtered list as one in CSV, page by page through the API: what the user may read and
 * nothing besides.
 */
import { documents } from "./api.js";

const PAGE = 1000;

/**
 * Have the browser save a file. Its address stays for a minute: some look at it only when people have said where it
 * goes.
 */
export function offer(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A cell. Text that a spreadsheet would run as a formula gets an apostrophe before it. */
export function cell(value) {
  if (value === null || value === undefined) return "";
  const text =
    typeof value === "string" && /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value))
      ? `'${value}`
      : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Fetch every row that fits and offer the file; how many rows there were. */
export async function download(doctype, fields, query) {
  const lines = [fields.join(",")];
  // no row twice, none left out, between pages
  const order = /\bname\b/.test(query.order_by) ? query.order_by : `${query.order_by}, name asc`;
  for (let start = 0, more = true; more; start += PAGE) {
    const answer = await documents.list(doctype, { ...query, order_by: order, fields, start, limit: PAGE });
    lines.push(...answer.data.map((row) => fields.map((each) => cell(row[each])).join(",")));
    more = answer.has_next_page;
  }
  saved(lines, doctype);
  return lines.length - 1;
}

/** Offer lines as the CSV file of a DocType. */
export const saved = (lines, doctype) =>
  // with a BOM spreadsheets read UTF-8
  offer(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" }), `${doctype}.csv`);
