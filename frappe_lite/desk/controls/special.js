/**
 * Controls that a browser has no input for: several links, stars, colours, durations, choices to type, code, formatted
 * text, buttons.
 */
import { duration } from "../model/format.js";
import { labelOf } from "../model/meta.js";
import { html, useId, useState } from "../model/view.js";
import { attributes } from "./basic.js";
import { Link } from "./link.js";
import { Control, control } from "./registry.js";

control(["Dynamic Link"], ({ field, doc, ...props }) => html`
  <${Link}
    ...${props}
    doc=${doc}
    field=${{
      ...field,
      options: doc?.[field.options] ?? "",
      placeholder: doc?.[field.options] ? "" : "Choose the kind first",
    }}
    readOnly=${props.readOnly || !doc?.[field.options]}
  />
`);

control(["Password"], (props) => html`
  <input
    type="password"
    autocomplete="new-password"
    ...${attributes(props)}
    value=${props.value ?? ""}
    onInput=${(event) => props.onChange(event.target.value || null)}
  />
`);

control(["Phone"], (props) => html`
  <${Control} ...${props} field=${{ ...props.field, fieldtype: "Data", options: "Phone" }} />
`);

control(["Autocomplete"], (props) => {
  const list = useId();
  return html`
    <input
      type="text"
      autocomplete="off"
      list=${list}
      ...${attributes(props)}
      value=${props.value ?? ""}
      onInput=${(event) => props.onChange(event.target.value || null)}
    />
    <datalist id=${list}>
      ${String(props.field.options ?? "")
        .split("\n")
        .map((each) => html`<option value=${each} />`)}
    </datalist>
  `;
});

control(["Color"], (props) => html`
  <div class="beside">
    <input
      type="color"
      aria-label=${`Pick: ${labelOf(props.field)}`}
      value=${/^#[0-9a-f]{6}$/i.test(props.value) ? props.value : "#888888"}
      onInput=${(event) => props.onChange(event.target.value.toUpperCase())}
    />
    <input
      type="text"
      ...${attributes(props)}
      placeholder="None"
      value=${props.value ?? ""}
      onInput=${(event) => props.onChange(event.target.value || null)}
    />
  </div>
`);

control(["Rating"], ({ field, value, onChange, id, readOnly, describedby }) => {
  const name = useId();
  const most = Number(field.options) || 5;
  const now = Math.round((value ?? 0) * most);
  return html`
    <div class="rating" role="radiogroup" id=${id} aria-label=${labelOf(field)} aria-describedby=${describedby}>
      ${Array.from({ length: most + 1 }, (_, stars) => html`
        <label
          class=${stars && stars <= now ? "lit" : stars ? "" : "none"}
          title=${stars ? `${stars} of ${most}` : "None"}
        >
          <input
            type="radio"
            name=${name}
            aria-label=${stars ? `${stars} of ${most}` : "None"}
            checked=${stars === now}
            disabled=${readOnly}
            onChange=${() => onChange(stars / most)}
          />
          ${stars ? "★" : "✕"}
        </label>
      `)}
    </div>
  `;
});

/** 1h 30m as seconds; null for what is no duration. */
export function seconds(text) {
  const parts = [...text.matchAll(/([\d.]+)\s*([dhms])/gi)];
  const sizes = { d: 86400, h: 3600, m: 60, s: 1 };
  if (/^\s*\d+\s*$/.test(text)) return Number(text);
  return parts.length && !text.replace(/([\d.]+)\s*[dhms]/gi, "").trim()
    ? parts.reduce((sum, [, count, unit]) => sum + count * sizes[unit.toLowerCase()], 0)
    : null;
}

control(["Duration"], (props) => {
  const [text, setText] = useState(null);
  const done = () => text !== null && (setText(null), props.onChange(text.trim() ? seconds(text) : null));
  return html`
    <input
      type="text"
      ...${attributes(props)}
      placeholder="1h 30m"
      value=${text ?? (props.value ? duration(props.value) : "")}
      onInput=${(event) => setText(event.target.value)}
      onBlur=${done}
    />
  `;
});

control(["Button"], ({ field, press }) => html`
  <button type="button" disabled=${!field.options || !press} onClick=${() => press(field)}>${labelOf(field)}</button>
`);

/** Several links: rows of a child table that has one. */
control(["Table MultiSelect"], ({ field, value, onChange, child, readOnly, id }) => {
  const link = child?.fields.find((each) => each.fieldtype === "Link");
  const rows = value ?? [];
  if (!link) return html`<span class="muted">${field.options} has no link</span>`;
  const add = (chosen) =>
    chosen &&
    !rows.some((each) => each[link.fieldname] === chosen) &&
    onChange([...rows, { [link.fieldname]: chosen }]);
  return html`
    <div class="many">
      ${rows.map((row) => html`
        <span class="chip" key=${row[link.fieldname]}>
          <span>${row[link.fieldname]}</span>
          ${!readOnly && html`
            <button
              type="button"
              class="quiet"
              aria-label=${`Remove ${row[link.fieldname]}`}
              onClick=${() => onChange(rows.filter((each) => each !== row))}
            >
              ✕
            </button>
          `}
        </span>
      `)}
      ${!readOnly && html`
        <${Link}
          key=${rows.length}
          id=${id}
          field=${{ ...link, label: labelOf(field), placeholder: `Add ${link.options}` }}
          value=${null}
          onChange=${add}
        />
      `}
    </div>
  `;
});
