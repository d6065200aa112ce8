/** A filtered list as a CSV file, page by page through the API: what the user may read and nothing besides. */
import { documents } from "./api.js";

const PAGE = 1000;

/** A cell. Text that a spreadsheet would run as a formula gets an apostrophe before it. */
export function cell(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Fetch every row that fits and offer the file. `progress(rows)` is called on the way; how many rows there were. */
export async function download(doctype, fields, query, { progress = () => {} } = {}) {
  const lines = [fields.join(",")];
  const order = /\bname\b/.test(query.order_by) ? query.order_by : `${query.order_by}, name asc`; // no row twice, none left out, between pages
  for (let start = 0, more = true; more; start += PAGE) {
    const answer = await documents.list(doctype, { ...query, order_by: order, fields, start, limit: PAGE });
    lines.push(...answer.data.map((row) => fields.map((each) => cell(row[each])).join(",")));
    more = answer.has_next_page;
    progress(lines.length - 1);
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" })); // with a BOM spreadsheets read UTF-8
  link.download = `${doctype}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
  return lines.length - 1;
}
