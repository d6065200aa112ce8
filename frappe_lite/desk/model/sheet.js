/**
 * Tables of text: a file that somebody dropped, as rows; its columns found among a DocType's fields; sent in portions.
 *
 *   parse("a;b\n1;2")                     [["a", "b"], ["1", "2"]]
 *   matched(["Due date"], columns)        ["due_date"], "" for what is no field
 */
import { method } from "./api.js";
import { boot, may } from "./site.js";

const SHEET = "frappe_lite.sheet";
const PORTION = 500; // rows of a request, and what is left of the last document in them
const MOST = 1900;

/**
 * Rows of CSV; commas, semicolons, tabs or bars separate, as the first line has it.
 * @param {string} text @throws {Error} for a quote that does not end
 */
export function parse(text) {
  const given = text.replace(/^\ufeff/, "");
  const first = given.slice(0, given.search(/\r|\n|$/)).replace(/"[^"]*"/g, "");
  const counts = [",", ";", "\t", "|"].map((each) => [each, first.split(each).length]);
  const separator = counts.reduce((most, each) => (each[1] > most[1] ? each : most))[0];
  const rows = [];
  let row = [];
  let at = 0;
  const ended = () => {
    if (row.some((each) => each.trim())) rows.push(row);
    row = [];
  };
  while (at < given.length) {
    let value = "";
    if (given[at] === '"') {
      for (at += 1; ; at += 1) {
        if (at >= given.length) throw new Error(`A quote in row ${rows.length + 1} does not end.`);
        if (given[at] !== '"') value += given[at];
        else if (given[at + 1] === '"') value += given[(at += 1)];
        else break;
      }
      at += 1;
    }
    const end = given.slice(at).search(new RegExp(`[${separator === "|" ? "|" : separator}\r\n]`));
    const stop = end < 0 ? given.length : at + end;
    row.push(value + given.slice(at, stop));
    at = stop;
    if (given[at] === separator) {
      at += 1;
      if (at === given.length || given[at] === "\r" || given[at] === "\n") row.push("");
    }
    if (given[at] === "\r" || given[at] === "\n") {
      at += given[at] === "\r" && given[at + 1] === "\n" ? 2 : 1;
      ended();
    }
  }
  ended();
  return rows;
}

/** The rows of a file: CSV here, a workbook by the server. */
export async function read(file) {
  if (!/\.xlsx$/i.test(file.name)) return parse(await file.text());
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return method(`${SHEET}.read`, { content: btoa(text) });
}

const bare = (text) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.]+/gu, " ")
    .trim();

/** For each title the column that it names, by label or fieldname; none twice. */
export function matched(titles, columns) {
  const known = new Map();
  const learn = (word, column) => known.has(bare(word)) || known.set(bare(word), column);
  for (const { column, title } of columns)
    for (const word of [column, title, `${title} (${column})`]) learn(word, column);
  for (const { column, table } of columns) if (!table) learn(column.replaceAll("_", " "), column);
  const seen = new Set();
  return titles.map((title) => {
    const found = known.get(bare(title)) ?? "";
    if (!found || seen.has(found)) return "";
    seen.add(found);
    return found;
  });
}

/** Portions of rows that end with a document: [{rows, first}], numbered as in the file. */
export function portions(rows, places) {
  const own = places.map((each, index) => (each && !each.includes(".") ? index : -1)).filter((index) => index >= 0);
  const begins = (row) => own.some((index) => row[index]?.trim());
  const found = [];
  let start = 0;
  for (let at = 1; at <= rows.length; at += 1) {
    const full = at - start >= MOST || (at - start >= PORTION && begins(rows[at]));
    if (at < rows.length && !full) continue;
    found.push({ rows: rows.slice(start, at), first: start + 2 });
    start = at;
  }
  return found;
}

/**
 * Have the server check (`run` empty) or insert all rows: {documents, made, updated, problems}; `onProgress` gets a
 * share of 1, `stopped` ends it.
 */
export async function send(doctype, rows, places, { run, update, onProgress, stopped = () => false }) {
  const whole = { documents: 0, made: 0, updated: 0, problems: [] };
  const all = portions(rows, places);
  for (const [index, { rows: some, first }] of all.entries()) {
    if (stopped()) break;
    const given = { doctype, columns: places, rows: some, first, update: update ? 1 : 0, ...(run && { run }) };
    const answer = await method(`${SHEET}.${run ? "insert" : "check"}`, given);
    whole.documents += answer.documents;
    whole.made += answer.made.length;
    whole.updated += answer.updated;
    whole.problems.push(...answer.problems);
    onProgress?.((index + 1) / all.length);
  }
  return whole;
}

export const columnsOf = (doctype, options) => method(`${SHEET}.columns`, { doctype }, { verb: "GET", ...options });
export const runsOf = (doctype, options) => method(`${SHEET}.runs`, { doctype }, { verb: "GET", ...options });
export const undo = (run) => method(`${SHEET}.undo`, { run });

/** Whether documents of a DocType may be made of rows by this person. */
export const takesRows = (each) => !each.single && !each.virtual && may("create", each.name);

/** Whether this person could import something: into a DocType of their own, or into a new one. */
export const mayImport = () =>
  may("create", "DocType") || boot.value.doctypes.some((each) => each.app !== "frappe" && takesRows(each));

/** A file that was dropped elsewhere, until the page that reads it is there; `places` if its columns are known. */
export const dropped = { file: null, places: null };
