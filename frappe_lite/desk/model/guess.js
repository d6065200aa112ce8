/**
 * A DocType proposed for a file: its name from the file's, a field for each column, typed as its cells speak for.
 *
 *   guess(["12", "7", ""])                      {fieldtype: "Int"}
 *   doctypeName("price_list-2026.csv")          "Price List 2026"
 *   fieldnames(["Größe", "Name", "Name"])       ["grosse", "name1", "name1_2"]
 *
 * What would be wrong for one cell is guessed for none: a number with a leading zero is a text, as post codes are.
 */

/** The types that a column may become; `ID` is the document's name. */
export const TYPES = [
  "Data", "Long Text", "Select", "Int", "Long Int", "Float", "Currency", "Check", "Date", "Datetime", "Time", "ID",
];

const LONG = 140; // characters of Data
const FEW = 8; // choices of a Select
const ENOUGH = 3; // times that each of them stands there, on average
const WHOLE = /^[+-]?(\d+|\d{1,3}(,\d{3})+)$/;
const NUMBER = /^[+-]?((\d+|\d{1,3}(,\d{3})+)(\.\d*)?([eE][+-]?\d+)?|\.\d+)$/;
const LEADING_ZERO = /^[+-]?0\d/;
const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[ T]([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?)?$/;
const TIME = /^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;
const YES_OR_NO = new Set(["yes", "no", "true", "false", "y", "n"]);
const MOST_INT = 2 ** 31;

const numeric = (text) => Number(text.replaceAll(",", ""));

/** Whether there is such a day: 30 February is none. */
function isDay(text) {
  const found = DAY.exec(text);
  if (!found) return false;
  const [year, month, day] = found.slice(1).map(Number);
  return month >= 1 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate() && month <= 12;
}

const isMoment = (text) => isDay(MOMENT.exec(text)?.[1] ?? "");

/** What cells speak for that are all there, with at least one of them. */
function typeOf(cells) {
  const every = (test) => cells.every(test);
  const words = new Set(cells.map((each) => each.toLowerCase()));
  if ([...words].every((each) => YES_OR_NO.has(each))) return "Check";
  if (words.size === 2 && words.has("0") && words.has("1")) return "Check";
  if (every((each) => NUMBER.test(each) && !LEADING_ZERO.test(each))) {
    if (!every((each) => WHOLE.test(each))) return "Float";
    const most = Math.max(...cells.map((each) => Math.abs(numeric(each))));
    return most < MOST_INT ? "Int" : most <= Number.MAX_SAFE_INTEGER ? "Long Int" : "Data";
  }
  if (every(isDay)) return "Date";
  if (every(isMoment)) return "Datetime";
  if (every((each) => TIME.test(each))) return "Time";
  if (cells.some((each) => each.length > LONG || each.includes("\n"))) return "Long Text";
  return "Data";
}

/** The values that stand in a column, each once, in their order. */
export const choicesOf = (cells) => [...new Set(cells.map((each) => (each ?? "").trim()).filter(Boolean))];

/** A column's type; of a Select its `options`. Blank cells say nothing. @param {string[]} cells */
export function guess(cells) {
  const said = cells.map((each) => (each ?? "").trim()).filter(Boolean);
  if (!said.length) return { fieldtype: "Data" };
  const fieldtype = typeOf(said);
  const choices = choicesOf(said);
  const few = choices.length <= FEW && said.length >= choices.length * ENOUGH && choices.length > 1;
  return fieldtype === "Data" && few ? { fieldtype: "Select", options: choices } : { fieldtype };
}

/** What a DocType made of a file is called. @param {string} file @param {(name: string) => boolean} taken */
export function doctypeName(file, taken = () => false) {
  const plain = file
    .replace(/\.[^.]+$/, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .replace(/^[\d ]+/, "")
    .trim();
  const words = plain.split(" ").map((each) => each.charAt(0).toUpperCase() + each.slice(1));
  const base = words.join(" ").slice(0, 55).trim() || "New DocType";
  let name = base;
  for (let at = 2; taken(name); at += 1) name = `${base} ${at}`;
  return name;
}

/** Names that a document has already, as a value of the server's or as something that it does. */
const TAKEN = new Set(
  (
    "name owner creation modified modified_by docstatus idx doctype parent parentfield parenttype flags rowid " +
    "file_list " +
    "meta get set update append extend remove save insert submit cancel delete reload validate lock unlock db_set " +
    "is_new as_dict as_json run_method add_comment get_title notify_update rename discard has_permission"
  ).split(" "),
);

/** A fieldname for each label: small letters, digits and _, none twice. @param {string[]} labels */
export function fieldnames(labels) {
  const given = new Set();
  return labels.map((label, at) => {
    const letters = label.toLowerCase().replaceAll("ß", "ss").normalize("NFKD").replace(/\p{M}/gu, "");
    const plain = letters
      .replace(/[^a-z0-9]+/g, "_")
      .replace(/^_+|_+$/g, "")
      .slice(0, 50);
    const word = /^[a-z]/.test(plain) ? plain : plain ? `column_${plain}` : `column_${at + 1}`;
    const base = TAKEN.has(word) ? `${word}1` : word;
    let name = base;
    for (let turn = 2; given.has(name); turn += 1) name = `${base}_${turn}`;
    given.add(name);
    return name;
  });
}

/**
 * How each column of a file begins: [{label, taken, fieldtype, options}]; one without a cell is left out.
 * @param {string[]} titles @param {string[][]} rows
 */
export function proposal(titles, rows) {
  return titles.map((title, at) => {
    const cells = rows.map((row) => row[at] ?? "");
    const label = title.trim().slice(0, LONG) || `Column ${at + 1}`;
    const named = /^(id|name \(id\))$/i.test(label) && choicesOf(cells).length === cells.length;
    return { label, taken: cells.some((each) => each.trim()), ...(named ? { fieldtype: "ID" } : guess(cells)) };
  });
}

const SHOWN = 5; // columns of its list

/**
 * The document of a DocType for such columns, and the place of each of them in it: {doc, places}.
 * @param {string} name @param {{label: string, taken: boolean, fieldtype: string, options?: string[]}[]} columns
 */
export function doctypeFor(name, columns) {
  const kept = columns.filter((each) => each.taken && each.fieldtype !== "ID");
  const names = new Map(fieldnames(kept.map((each) => each.label)).map((each, at) => [kept[at], each]));
  const fields = kept.map((each, at) => ({
    label: each.label,
    fieldname: names.get(each),
    fieldtype: each.fieldtype,
    in_list_view: at < SHOWN && each.fieldtype !== "Long Text" ? 1 : 0,
    ...(each.fieldtype === "Select" && { options: ["", ...(each.options ?? [])].join("\n") }),
  }));
  const called = kept.find((each) => each.fieldtype === "Data");
  const rights = Object.fromEntries(
    ["read", "write", "create", "delete", "report", "export", "import", "share"].map((each) => [each, 1]),
  );
  const doc = {
    name,
    module: "Custom",
    custom: 1,
    allow_import: 1,
    track_changes: 1,
    fields,
    permissions: [{ role: "System Manager", ...rights }],
    ...(called && { title_field: names.get(called) }),
    autoname: columns.some((each) => each.taken && each.fieldtype === "ID") ? "prompt" : "hash",
  };
  const place = (each) => (!each.taken ? "" : each.fieldtype === "ID" ? "name" : names.get(each));
  return { doc, places: columns.map(place) };
}
