/** The headings of a table of documents: they sort, move and widen; where there is no room for them, a choice sorts. */
import { isNumber, labelOf } from "../model/meta.js";
import { classes, html, useRef } from "../model/view.js";

const NARROWEST = 64;

const HEADING =
  "Sort; with Shift, after the other columns. Drag, or Alt Shift ←→, moves the column; Alt ←→ makes it wider";

/** The order of rows where there is no room for headings: on a narrow screen. */
export const Order = ({ shown, sort, onSort }) => html`
  <label class="order">
    Order${" "}
    <select
      aria-label="Order"
      value=${sort[0]?.join(" ") ?? ""}
      onChange=${({ target }) =>
        onSort(target.value ? [[target.value.replace(/ \w+$/, ""), target.value.split(" ").at(-1)]] : [])}
    >
      <option value="">as usual</option>
      ${shown.flatMap((field) =>
        [
          ["asc", "↑"],
          ["desc", "↓"],
        ].map(([way, arrow]) => html`<option value=${`${field.fieldname} ${way}`}>${labelOf(field)} ${arrow}</option>`),
      )}
    </select>
  </label>
`;

export const narrowed = (width) =>
  width && { inlineSize: `${width}px`, minInlineSize: `${width}px`, maxInlineSize: `${width}px` };

/** The head of a column: a click sorts, dragging it moves the column, its edge widens it; so do Alt with arrows. */
function Heading({ field, sort, width, onSort, onWidth, onMove }) {
  const box = useRef();
  const at = sort.findIndex(([name]) => name === field.fieldname);
  const way = sort[at]?.[1];
  const turn = (event) => {
    const next = way === undefined ? [[field.fieldname, "asc"]] : way === "asc" ? [[field.fieldname, "desc"]] : [];
    onSort(event.shiftKey ? (at < 0 ? [...sort, ...next] : sort.toSpliced(at, 1, ...next)) : next);
  };
  const wide = (by) => onWidth(Math.max(NARROWEST, Math.round(box.current.offsetWidth + by)), true);
  const onKeyDown = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !event.altKey) return;
    event.preventDefault();
    if (event.shiftKey) onMove(field.fieldname, by);
    else wide(by * 16);
  };
  const widen = (event) => {
    event.preventDefault();
    const { clientX: from } = event;
    const begun = box.current.offsetWidth;
    const turned = getComputedStyle(box.current).direction === "rtl" ? -1 : 1;
    const to = (moved, done) => onWidth(Math.max(NARROWEST, begun + (moved.clientX - from) * turned), done);
    const edge = event.currentTarget;
    edge.setPointerCapture(event.pointerId);
    edge.onpointermove = (moved) => to(moved, false);
    edge.onpointerup = (moved) => ((edge.onpointermove = edge.onpointerup = null), to(moved, true));
  };
  const drop = (event) => (event.preventDefault(), onMove(event.dataTransfer.getData("text/column"), field.fieldname));
  return html`
    <th
      scope="col"
      ref=${box}
      class=${classes(isNumber(field) && "number")}
      style=${narrowed(width)}
      aria-sort=${way ? { asc: "ascending", desc: "descending" }[way] : undefined}
      onDragOver=${(event) => event.dataTransfer.types.includes("text/column") && event.preventDefault()}
      onDrop=${drop}
    >
      <button
        draggable
        onDragStart=${(event) => event.dataTransfer.setData("text/column", field.fieldname)}
        onClick=${turn}
        onKeyDown=${onKeyDown}
        title=${HEADING}
      >
        ${labelOf(field)}
        ${way && html`<small aria-hidden="true"> ${way === "asc" ? "↑" : "↓"}${sort.length > 1 ? at + 1 : ""}</small>`}
      </button>
      <span class="edge" aria-hidden="true" onPointerDown=${widen} onDblClick=${() => onWidth(null, true)} />
    </th>
  `;
}

/**
 * The row of headings. `chosen` has widths; `onSort`, `onWidth(fieldname, width, done)` and `onMove(fieldname, by or
 * before)` say what is wanted.
 */
export const Headings = ({ shown, sort, widths, tick, onSort, onWidth, onMove }) => html`
  <thead>
    <tr>
      ${tick}
      ${shown.map((field) => html`
        <${Heading}
          key=${field.fieldname}
          ...${{ field, sort, onSort, onMove }}
          width=${widths?.[field.fieldname]}
          onWidth=${(width, done) => onWidth(field.fieldname, width, done)}
        />
      `)}
    </tr>
  </thead>
`;
