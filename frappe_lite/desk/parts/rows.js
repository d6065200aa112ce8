/** A document as a row of a list: chosen, followed, changed in its cells; and the sums below all of them. */
import { display } from "../model/format.js";
import { isNumber, labelOf } from "../model/meta.js";
import { classes, html } from "../model/view.js";
import { summable } from "../model/views.js";
import { cell, Editor } from "./cells.js";

/**
 * One document. `fields` can be changed in it; `edited` is the fieldname that is being changed in it,
 * `onEdit(fieldname)` begins that, `onSaved(doc)` ends it.
 */
export function Row({
  meta,
  shown,
  fields,
  row,
  index,
  chosen,
  fresh,
  widths,
  edited,
  onToggle,
  onFilter,
  onEdit,
  onSaved,
}) {
  const open = row.docstatus === 0 || !row.docstatus;
  const leave = (field, by) => {
    const next = by ? fields[fields.indexOf(field) + by] : undefined;
    onEdit(next?.fieldname);
    if (by === 0)
      /** @type {HTMLElement} */ (document.querySelector(`tr[data-name="${CSS.escape(row.name)}"] a.open`))?.focus();
  };
  const begin = (event) => {
    const field = shown[event.target.closest("th, td").cellIndex - 1]; // after the tick
    if (open && field && field.fieldname !== edited && fields.includes(field)) onEdit(field.fieldname);
  };
  return html`
    <tr
      aria-rowindex=${index + 2}
      data-name=${row.name}
      class=${classes(chosen && "chosen", fresh && "fresh", row.docstatus === 2 && "cancelled")}
      onDblClick=${begin}
    >
      <td class="tick">
        <input
          type="checkbox"
          aria-label=${`Choose ${row.name}`}
          checked=${chosen}
          onChange=${() => onToggle(row.name)}
        />
      </td>
      ${shown.map((field, at) =>
        cell({
          meta,
          field,
          row,
          onFilter,
          index: at,
          width: widths?.[field.fieldname],
          editor: edited === field.fieldname && html`
            <${Editor} ...${{ meta, field, row, onSaved }} onLeave=${(by) => leave(field, by)} />
          `,
        }),
      )}
    </tr>
  `;
}

/** The sums of the columns that can be added up, of all rows of the view. */
export const Foot = ({ shown, totals }) =>
  shown.some((field) => summable(field)) && html`
    <tfoot>
      <tr>
        <td class="tick" />
        ${shown.map((field, at) => html`
          <td
            key=${field.fieldname}
            class=${classes(isNumber(field) && "number")}
            data-label=${at ? labelOf(field) : ""}
          >
            ${summable(field)
              ? html`<strong>${display(field, totals[field.fieldname] ?? 0)}</strong>`
              : at ? "" : "Sum"}
          </td>
        `)}
      </tr>
    </tfoot>
  `;
