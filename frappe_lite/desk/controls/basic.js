/** Controls that a browser has: text, numbers, dates, choices, ticks. */
import { choices, LONG_TEXT, labelOf } from "../model/meta.js";
import { html } from "../model/view.js";
import { control } from "./registry.js";

/** What every input has of its field. */
export const attributes = ({ field, id, readOnly, invalid, describedby, required, autofocus }) => ({
  id,
  required,
  autofocus,
  "aria-label": id ? undefined : labelOf(field),
  "aria-invalid": invalid || undefined,
  "aria-describedby": describedby,
  placeholder: field.placeholder || undefined,
  readOnly: readOnly || undefined,
});

/** An input of a browser's type; `read` and `write` translate between the API's value and the input's. */
const input =
  (type, { read = (value) => value, write = (value) => value, ...more } = /** @type {Record<string, any>} */ ({})) =>
  (props) => html`
    <input
      type=${type}
      ...${more}
      ...${attributes(props)}
      value=${read(props.value ?? "")}
      onInput=${(event) => props.onChange(event.target.value === "" ? null : write(event.target.value))}
    />
  `;

const number = (step) => input("number", { step, inputmode: "decimal", write: Number });
const TYPES = { Email: "email", URL: "url", Phone: "tel" };

control(["Data"], (props) => input(TYPES[props.field.options] ?? "text", { autocomplete: "off" })(props));
control(["Int", "Long Int"], number("1"));
control(["Float", "Currency", "Percent", "Rating", "Duration"], number("any"));
control(["Date"], input("date"));
control(
  ["Time"],
  input("time", {
    step: 1,
    read: (value) =>
      value
        .split(".")[0]
        .padStart(8, "0")
        .slice(value ? 0 : 8),
  }),
);
control(
  ["Datetime"],
  input("datetime-local", {
    step: 1,
    read: (value) => value.replace(" ", "T").slice(0, 19),
    write: (value) => value.replace("T", " "),
  }),
);
control([...LONG_TEXT], (props) => html`
  <textarea
    rows="4"
    ...${attributes(props)}
    value=${props.value ?? ""}
    onInput=${(event) => props.onChange(event.target.value || null)}
  />
`);

control(["Check"], (props) => html`
  <input
    type="checkbox"
    ...${attributes(props)}
    disabled=${props.readOnly}
    checked=${Boolean(Number(props.value))}
    onChange=${(event) => props.onChange(Number(event.target.checked))}
  />
`);

control(["Select"], (props) => {
  const options = choices(props.field);
  const known = options.some(([value]) => value === String(props.value ?? ""));
  return html`
    <select
      ...${attributes(props)}
      disabled=${props.readOnly}
      value=${props.value ?? ""}
      onChange=${(event) => props.onChange(event.target.value || null)}
    >
      ${!known && html`<option value=${props.value ?? ""}>${props.value ?? ""}</option>`}
      ${options.map(([value, label]) => html`<option value=${value}>${label}</option>`)}
    </select>
  `;
});
