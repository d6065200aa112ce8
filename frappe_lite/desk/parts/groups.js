/** Documents gathered by a value: its row, and, once it is opened, theirs. */
import { documents } from "../model/api.js";
import { display } from "../model/format.js";
import { column, isNumber, labelOf } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { html, useState } from "../model/view.js";
import { inGroup, summable } from "../model/views.js";
import { Chunks } from "./chunks.js";

/** The documents that have one value: how many, their sums, and, once it is opened, they themselves. */
export function Group({ meta, view, wanted, shown, fields, group, turn, children }) {
  const [open, setOpen] = useState(false);
  const value = group[view.group];
  const field = column(meta, view.group);
  const filters = [...(wanted.filters ?? []), inGroup(view.group, value)];
  const { data, error } = useResource(
    (signal) =>
      open ? documents.list(meta.name, { ...wanted, filters, fields, limit: 500 }, { signal }) : Promise.resolve(null),
    [open, turn, JSON.stringify(wanted)],
  );
  const head = html`
    <button class="quiet" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      ${open ? "▾" : "▸"} <strong>${display(field, value) || "None"}</strong> <small>${group._count}</small>
    </button>
  `;
  return html`
    <tbody class="group">
      <tr class="gathered">
        <td class="tick" />
        ${shown.map((each, at) => html`
          <td key=${each.fieldname} class=${isNumber(each) ? "number" : ""} data-label=${at ? labelOf(each) : ""}>
            ${at === 0 ? head : summable(each) ? display(each, group[each.fieldname] ?? 0) : ""}
          </td>
        `)}
      </tr>
    </tbody>
    ${open && error && html`<tbody><tr><td colspan=${shown.length + 1}>${error.message}</td></tr></tbody>`}
    ${open && data && html`<${Chunks} rows=${data.data}>${children}<//>`}
  `;
}
