/** The fields of a DocType as a list: chosen, moved by dragging or by Alt with arrows, added, taken out. */
import { called } from "../model/draft.js";
import { classes, html, useRef, useState } from "../model/view.js";

const LAYOUT = /Break$|^Fold$|^Heading$/;

/**
 * `locked(row)`: it is an app's, so it neither moves nor goes. `changed` names those of which the site says something
 * else.
 */
export function FieldList({ rows, chosen, types, locked, changed, onChoose, onAdd, onMove, onRemove }) {
  const [type, setType] = useState("Data");
  const [over, setOver] = useState(-1);
  const dragged = useRef(-1);
  const box = useRef();
  const focus = (at) =>
    setTimeout(() => /** @type {HTMLElement} */ (box.current?.querySelectorAll("button[data-at]")[at])?.focus());
  const onKeyDown = (event, at) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) {
      const to = at + by;
      if (to < 0 || to >= rows.length) return;
      if (event.altKey) onMove(at, to);
      else onChoose(rows[to].__key);
      focus(to);
    } else if (event.key === "Delete" && !locked(rows[at])) {
      onRemove(rows[at].__key);
      focus(Math.max(0, at - 1));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const drop = (event, at) => {
    event.preventDefault();
    setOver(-1);
    if (dragged.current >= 0) onMove(dragged.current, at);
    dragged.current = -1;
  };
  return html`
    <div class="field-list" ref=${box}>
      <h2>Fields</h2>
      <ol aria-label="Fields">
        ${rows.map((row, at) => html`
          <li
            key=${row.__key}
            class=${classes(over === at && "over", LAYOUT.test(row.fieldtype) && "layout")}
            draggable=${!locked(row)}
            onDragStart=${(event) => ((dragged.current = at), event.dataTransfer.setData("text/plain", called(row)))}
            onDragOver=${(event) => dragged.current >= 0 && (event.preventDefault(), setOver(at))}
            onDragEnd=${() => setOver(-1)}
            onDrop=${(event) => drop(event, at)}
          >
            <button
              type="button"
              class="quiet"
              data-at=${at}
              aria-current=${row.__key === chosen ? "true" : undefined}
              title=${locked(row) ? "Comes with the app" : "Drag, or Alt ↑↓, to move; Delete takes it out"}
              onClick=${() => onChoose(row.__key)}
              onKeyDown=${(event) => onKeyDown(event, at)}
            >
              <span>
                ${row.label || (LAYOUT.test(row.fieldtype) ? "–" : row.fieldname || "No label")}
                ${row.reqd ? html`<span class="required"> *</span>` : ""}
              </span>
              <small>${row.fieldtype}${changed.has(row.fieldname) ? " · changed" : ""}</small>
            </button>
          </li>
        `)}
      </ol>
      <form class="row" onSubmit=${(event) => (event.preventDefault(), onAdd(type))}>
        <select aria-label="Type of the new field" value=${type} onChange=${(event) => setType(event.target.value)}>
          ${types.map((each) => html`<option key=${each}>${each}</option>`)}
        </select>
        <button>Add</button>
      </form>
    </div>
  `;
}
