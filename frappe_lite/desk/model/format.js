/** Values as people read them: text for a cell, colours for a status. */
import { LONG_TEXT } from "./meta.js";

/**
 * A format that is made when it is first used: the first view needs one or two of them.
 * @param {() => Intl.DateTimeFormat | Intl.NumberFormat} make
 */
const lazily = (make) => {
  let made;
  return { format: (value) => (made ??= make()).format(value) };
};
const date = lazily(() => new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }));
const moment = lazily(() => new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }));
const thisYear = lazily(
  () => new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" }),
);
const whole = lazily(() => new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 }));
const real = lazily(() => new Intl.NumberFormat(undefined, { maximumFractionDigits: 6 }));
const hundredths = lazily(() => new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 }));
const money = lazily(() => new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 }));

/**
 * Make what nearly every list shows, while its rows are on their way: a phone takes 40 ms for it, which they would wait
 * for.
 */
export const prepare = () => void thisYear.format(new Date());

/** Bytes as people say them. */
export const size = (bytes) =>
  bytes < 1e6
    ? `${(bytes / 1e3).toFixed(0)} kB`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(2)} GB`;

const BROWSERS = { Edge: /Edg\//, Opera: /OPR\//, Firefox: /Firefox\//, Chrome: /Chrome\//, Safari: /Safari\// };
const SYSTEMS = { Android: /Android/, iOS: /iPhone|iPad/, Windows: /Windows/, macOS: /Mac OS/, Linux: /Linux/ };

/** A User-Agent as people say it: "Firefox on Windows"; one of a program as it stands. */
export function device(agent) {
  const [browser, system] = [BROWSERS, SYSTEMS].map((signs) =>
    Object.keys(signs).find((name) => signs[name].test(agent ?? "")),
  );
  return browser ? [browser, system].filter(Boolean).join(" on ") : agent || "unknown";
}

/** Seconds as 2d 3h 4m 5s. */
export function duration(seconds) {
  /** @type {[string, number][]} */
  const parts = [
    ["d", 86400],
    ["h", 3600],
    ["m", 60],
    ["s", 1],
  ];
  let rest = Math.abs(Math.round(seconds));
  const text = parts
    .map(([unit, size]) => ({ unit, count: Math.floor(rest / size), left: (rest %= size) }))
    .filter(({ count }) => count)
    .map(({ count, unit }) => `${count}${unit}`);
  return (seconds < 0 ? "-" : "") + (text.join(" ") || "0s");
}

const told = new Map([
  [date, new Map()],
  [moment, new Map()],
]); // by minute: Intl takes its time, and a list asks thousands of times
const MOST_TOLD = 5000;

function when(format, value) {
  const minute = String(value).slice(0, 16);
  const known = told.get(format);
  if (known.has(minute)) return known.get(minute);
  const parsed = new Date(minute.replace(" ", "T")); // the site's own time: shown as it stands, in no other zone
  if (Number.isNaN(parsed.getTime())) return String(value);
  const text = (format === moment && parsed.getFullYear() === new Date().getFullYear() ? thisYear : format).format(
    parsed,
  );
  if (known.size >= MOST_TOLD) known.clear();
  known.set(minute, text);
  return text;
}

const FORMATS = {
  Date: (value) => when(date, `${value} 00:00`),
  Datetime: (value) => when(moment, value),
  Time: (value) => String(value).slice(0, 5),
  Int: (value) => whole.format(value),
  "Long Int": (value) => whole.format(value),
  Float: (value) => real.format(value),
  Percent: (value) => `${hundredths.format(value)} %`,
  Currency: (value) => money.format(value),
  Duration: duration,
  Rating: (value) => `${real.format(value * 5)} of 5`,
  Check: (value) => (value ? "Yes" : "No"),
  Password: () => "••••••",
};

/** One line of text for a value; empty for none. @param {import("./meta.js").Field} field */
export function display(field, value) {
  if (value === null || value === undefined || value === "") return "";
  if (field.fieldname === "docstatus") return ["Draft", "Submitted", "Cancelled"][value] ?? String(value);
  if (FORMATS[field.fieldtype]) return FORMATS[field.fieldtype](value);
  const text =
    field.fieldtype === "Text Editor"
      ? new DOMParser().parseFromString(value, "text/html").body.textContent
      : String(value);
  return LONG_TEXT.has(field.fieldtype) ? text.replace(/\s+/g, " ").slice(0, 140) : text;
}

const WORDS = [
  [
    "green",
    "closed completed complete done paid active enabled approved submitted success resolved yes converted delivered " +
      "published finished",
  ],
  ["red", "overdue cancelled canceled rejected failed error urgent high lost blocked expired unpaid critical"],
  ["orange", "open pending waiting hold paused unpublished queued planned"],
  ["yellow", "medium review draft"],
  ["blue", "working progress started running replied ordered new processing"],
];

/**
 * The colour of a status: what the DocType's states say, else what the word means.
 * @param {import("./meta.js").Meta} meta
 */
export function colour(meta, field, value) {
  const state = meta.states?.find((each) => each.title === value);
  if (state) return state.color.toLowerCase().replace("light ", "");
  if (field.fieldname === "docstatus") return ["yellow", "blue", "red"][value] ?? "gray";
  const words = String(value).toLowerCase().split(/\W+/);
  return WORDS.find(([, known]) => words.some((word) => known.split(" ").includes(word)))?.[0] ?? "gray";
}
