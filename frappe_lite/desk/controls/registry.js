/**
 * The input for each fieldtype: `control(["Date"], DateInput)` registers a component, `html`<${Control} …/>`` shows the
 * one that fits.
 *
 * A control gets {field, value, onChange, id, readOnly, invalid, describedby, required, autofocus}: it shows `value` as
 * the API gave it and calls `onChange(value)` with a value as the API takes it (null for none). It has no label:
 * Labelled puts one around it.
 */
import { labelOf } from "../model/meta.js";
import { classes, html, useId } from "../model/view.js";

const registry = new Map();
const UNLABELLED = new Set(["Button", "HTML"]); // they say themselves what they are

/** Register the control of some fieldtypes; a later one takes the place of an earlier one. */
export const control = (fieldtypes, component) => fieldtypes.forEach((each) => registry.set(each, component));

/** The control of the field's type, that of Data for a type that has none; `as` is shown in place of it. */
export const Control = (props) => html`
  <${props.as ?? registry.get(props.field.fieldtype) ?? registry.get("Data")} ...${props} />
`;

/** A control with its label, description and what the server found wrong with it (`error`, text). */
export function Labelled({ field, error, ...props }) {
  const id = useId();
  const told = field.description || error ? `${id}-told` : undefined;
  const input = html`
    <${Control}
      ...${{ field, id, invalid: Boolean(error), describedby: told, required: Boolean(field.reqd), ...props }}
    />
  `;
  if (UNLABELLED.has(field.fieldtype)) return html`<div class="field">${input}</div>`;
  const label = html`
    <label for=${id}>
      ${labelOf(field)}${field.reqd ? html`<span class="required" aria-hidden="true"> *</span>` : ""}
    </label>
  `;
  const check = field.fieldtype === "Check" && !props.as;
  return html`
    <div class=${classes("field", check && "check", error && "wrong")}>
      ${check ? [input, label] : [label, input]}
      ${told && html`
        <p class="told" id=${told}>${error ? html`<strong role="alert">${error}</strong> ` : ""}${field.description}</p>
      `}
    </div>
  `;
}
