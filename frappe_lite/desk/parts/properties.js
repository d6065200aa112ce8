/** What can be said of a field, and of a DocType as a whole, in the editor of fields. */
import { wholeFields } from "../model/draft.js";
import { html, useMemo, useState } from "../model/view.js";
import { Fields } from "./layout.js";

const FIRST = [
  "label", "fieldname", "fieldtype", "options", "reqd", "unique", "in_list_view", "in_standard_filter", "hidden",
  "read_only", "default", "description", "depends_on",
];

/** What can be said of one field. */
export function Properties({ shapes, row, set, locked, custom, reset, onRemove }) {
  const named = (name) => shapes.fields.find((each) => each.fieldname === name);
  const others = shapes.fields.filter(
    (each) => !FIRST.includes(each.fieldname) && !each.fieldtype.endsWith("Break") && !each.hidden,
  );
  const fields = [
    ...FIRST.map(named).filter(Boolean),
    { fieldname: "__more", fieldtype: "Section Break", label: "More", collapsible: 1 },
    ...others,
  ];
  const changeable = new Set(custom?.changeable);
  const stored = row.name && row.fieldname;
  const rules = ({ fieldname }) => ({
    hidden: false,
    readOnly: locked ? !changeable.has(fieldname) : Boolean(stored) && fieldname === "fieldname",
    required: false,
    locked: false,
  });
  return html`
    <section aria-label="The field">
      <h2>${row.label || row.fieldname || row.fieldtype}</h2>
      <${Fields} meta=${{ name: "DocField", fields }} doc=${row} errors=${{}} ...${{ rules, set }} />
      <${ChangedHere} ...${{ custom, reset }} fieldname=${row.fieldname ?? null} />
      ${!locked && html`<button type="button" class="danger" onClick=${onRemove}>Take it out</button>`}
    </section>
  `;
}

/** What can be said of the DocType as a whole. */
export function Whole({ given, rows, said, set, custom, reset }) {
  const [open, setOpen] = useState(false);
  const fields = useMemo(() => open && wholeFields(given, rows), [open, rows]);
  const changeable = new Set(custom?.changeable_of_doctype);
  const rules = ({ fieldname }) => ({
    hidden: Boolean(custom) && !changeable.has(fieldname),
    readOnly: false,
    required: false,
    locked: false,
  });
  return html`
    <details class="whole" onToggle=${(event) => event.currentTarget.open && setOpen(true)}>
      <summary>${given.doc.name} as a whole</summary>
      ${fields && html`<${Fields} meta=${{ name: "DocType", fields }} doc=${said} errors=${{}} ...${{ rules, set }} />`}
      <${ChangedHere} ...${{ custom, reset }} fieldname="" />
    </details>
  `;
}

/** What the site says otherwise of an app's field, or of its DocType: where no field is named. */
function ChangedHere({ custom, fieldname, reset }) {
  const here = custom?.properties.filter((each) => each.fieldname === fieldname) ?? [];
  return (
    here.length > 0 && html`
      <p class="muted">
        Changed here: ${here.map((each) => `${each.property} (was ${each.standard || "nothing"})`).join(", ")}.${" "}
        <button type="button" class="quiet" onClick=${() => reset(fieldname)}>Reset…</button>
      </p>
    `
  );
}
