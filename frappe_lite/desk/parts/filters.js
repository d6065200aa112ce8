/**
 * Filters of a list: their operators, and the bar that makes them. A filter is [fieldname, operator, value] as the API
 * takes it.
 */
import { display } from "../model/format.js";
import { choices, column, columns, labelOf, LONG_TEXT, NUMBERS } from "../model/meta.js";
import { html, useEffect, useRef, useState } from "../model/view.js";
import "../controls/basic.js";
import "../controls/link.js";
import { Control } from "../controls/registry.js";

const SPANS = [
  "today", "yesterday", "tomorrow", "this week", "last week", "next week", "last 7 days", "last 30 days", "this month",
  "last month", "next month", "this quarter", "this year", "last year",
];
const YES_NO = [
  ["1", "Yes"],
  ["0", "No"],
];
const WORDS = {
  "=": "is",
  "!=": "is not",
  like: "contains",
  "not like": "does not contain",
  in: "is one of",
  "not in": "is none of",
  ">": "is more than",
  "<": "is less than",
  ">=": "is at least",
  "<=": "is at most",
  between: "is between",
  timespan: "is within",
  is: "is",
};
const DATE_WORDS = { ">": "is after", "<": "is before", ">=": "is from", "<=": "is until" };
const dated = (field) => field.fieldtype === "Date" || field.fieldtype === "Datetime";

/** The operators that make sense for a field, the likeliest first. @param {import("../model/meta.js").Field} field */
export function operators({ fieldtype, fieldname }) {
  if (fieldtype === "Check") return ["="];
  if (fieldname === "docstatus") return ["=", "!=", "in"];
  if (fieldtype === "Date" || fieldtype === "Datetime")
    return ["timespan", "between", ">", "<", ">=", "<=", ...(fieldtype === "Date" ? ["="] : []), "is"];
  if (NUMBERS.has(fieldtype)) return ["=", "!=", ">", "<", ">=", "<=", "between"];
  if (fieldtype === "Select" || fieldtype === "Link") return ["=", "!=", "in", "not in", "like", "is"];
  return LONG_TEXT.has(fieldtype) ? ["like", "not like", "is"] : ["like", "=", "!=", "not like", "in", "not in", "is"];
}

const word = (field, operator) => (dated(field) && DATE_WORDS[operator]) || WORDS[operator] || operator;

/** A filter in words: Status is one of Open, Late. */
export function describe(meta, [fieldname, operator, value]) {
  const field = column(meta, fieldname);
  const shown = (each) =>
    display(field, NUMBERS.has(field.fieldtype) || field.fieldname === "docstatus" ? Number(each) : each) || "empty";
  const bare = operator.endsWith("like") ? String(value).replace(/^%|%$/g, "") : value;
  const text =
    operator === "is" || operator === "timespan"
      ? value
      : Array.isArray(bare)
        ? bare.map(shown).join(operator === "between" ? " and " : ", ")
        : shown(bare);
  return [labelOf(field), word(field, operator), text];
}

/** One filter being made. */
function FilterForm({ meta, filter, onDone }) {
  const [fieldname, setField] = useState(filter?.[0] ?? "");
  const field = column(meta, fieldname);
  const [operator, setOperator] = useState(filter?.[1] ?? "");
  const [value, setValue] = useState(
    filter?.[1]?.endsWith("like") ? filter[2].replace(/^%|%$/g, "") : (filter?.[2] ?? null),
  );
  const box = useRef();
  useEffect(() => box.current.elements[0].focus(), []);
  const pick = (name) => {
    const next = column(meta, name);
    setField(name);
    setOperator(next ? operators(next)[0] : "");
    setValue(next?.fieldtype === "Check" ? 1 : next && operators(next)[0] === "timespan" ? SPANS[0] : null);
  };
  const pickOperator = (name) => {
    setOperator(name);
    setValue(
      { is: "set", timespan: SPANS[0], between: [null, null], in: [], "not in": [] }[name] ??
        (typeof value === "object" ? null : value),
    );
  };
  const done = (event) => {
    event.preventDefault();
    const text = operator.endsWith("like") && !String(value ?? "").includes("%") ? `%${value ?? ""}%` : value;
    onDone([fieldname, operator, text ?? ""]);
  };
  const own = columns(meta).filter((each) => !each.hidden);
  return html`
    <form
      class="filter-form"
      ref=${box}
      onSubmit=${done}
      onKeyDown=${(event) => event.key === "Escape" && onDone(null)}
    >
      <select aria-label="Field" required value=${fieldname} onChange=${(event) => pick(event.target.value)}>
        <option value="">Field…</option>
        ${own.map((each) => html`<option value=${each.fieldname}>${labelOf(each)}</option>`)}
      </select>
      ${field && html`
        <select aria-label="Operator" value=${operator} onChange=${(event) => pickOperator(event.target.value)}>
          ${operators(field).map((each) => html`<option value=${each}>${word(field, each)}</option>`)}
        </select>
        <${FilterValue} ...${{ field, operator, value }} onChange=${setValue} />
      `}
      <button class="primary" disabled=${!field}>Apply</button>
      <button type="button" onClick=${() => onDone(null)}>Cancel</button>
    </form>
  `;
}

/** The control that fits field and operator. */
function FilterValue({ field, operator, value, onChange }) {
  const select = (options, label) => html`
    <select aria-label=${label} value=${String(value ?? "")} onChange=${(event) => onChange(event.target.value)}>
      ${options.map(([each, text]) => html`<option value=${each}>${text}</option>`)}
    </select>
  `;
  const same = (words) => words.map((each) => [each, each]);
  if (operator === "is") return select(same(["set", "not set"]), "Value");
  if (operator === "timespan") return select(same(SPANS), "Timespan");
  if (field.fieldtype === "Check") return select(YES_NO, "Value");
  if (operator === "between") {
    const pair = Array.isArray(value) ? value : [null, null];
    return [0, 1].map((index) => html`
      <${Control}
        field=${{ ...field, label: index ? "To" : "From" }}
        value=${pair[index]}
        onChange=${(each) => onChange(pair.with(index, each))}
      />
    `);
  }
  if (operator.endsWith("in")) {
    const list = Array.isArray(value) ? value : [];
    if (field.fieldtype !== "Select")
      return html`
        <input
          aria-label="Values, separated by commas"
          placeholder="one, another"
          value=${list.join(", ")}
          onChange=${(event) => onChange(event.target.value.split(",").map((each) => each.trim()))}
        />
      `;
    return html`
      <span class="ticks" role="group" aria-label="Values">
        ${choices(field)
          .filter(([each]) => each)
          .map(([each, label]) => html`
            <label>
              <input
                type="checkbox"
                checked=${list.includes(each)}
                onChange=${(event) =>
                  onChange(event.target.checked ? [...list, each] : list.filter((other) => other !== each))}
              />${" "}
              ${label}
            </label>
          `)}
      </span>
    `;
  }
  const shown =
    operator.endsWith("like") || LONG_TEXT.has(field.fieldtype)
      ? { ...field, fieldtype: "Data", options: "", placeholder: "text" }
      : field;
  return html`<${Control} field=${{ ...shown, label: "Value" }} value=${value} onChange=${onChange} />`;
}

/** The filters that hold, each to change or take away, and the way to another. */
export function FilterBar({ meta, filters, onChange }) {
  const [edited, setEdited] = useState(null); // the place of the filter being made; filters.length for a new one
  const done = (filter) => {
    if (filter) onChange(edited < filters.length ? filters.with(edited, filter) : [...filters, filter]);
    setEdited(null);
  };
  return html`
    <div class="filters" role="group" aria-label="Filters">
      ${filters.map((filter, index) => {
        const [label, operator, text] = describe(meta, filter);
        return html`
          <span class="chip">
            <button title="Change" onClick=${() => setEdited(index)}>
              ${label} <small>${operator}</small> ${text}
            </button>
            <button
              class="quiet"
              aria-label=${`Remove filter: ${label}`}
              onClick=${() => onChange(filters.toSpliced(index, 1))}
            >
              ✕
            </button>
          </span>
        `;
      })}
      ${edited === null && html`<button class="quiet" onClick=${() => setEdited(filters.length)}>+ Filter</button>`}
      ${edited !== null && html`<${FilterForm} key=${edited} meta=${meta} filter=${filters[edited]} onDone=${done} />`}
    </div>
  `;
}
