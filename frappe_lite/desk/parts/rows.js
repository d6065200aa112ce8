/** The rows of a list as a table: headings that sort, move and widen; rows near what is seen; cells to follow and to change; sums below. */
import "../controls/basic.js";
import "../controls/link.js";
import { documents } from "../model/api.js";
import { Control } from "../controls/registry.js";
import { showError } from "./dialogs.js";
import { colour, display } from "../model/format.js";
import { isNumber, labelOf, LONG_TEXT } from "../model/meta.js";
import { href } from "../model/router.js";
import { may, slug } from "../model/site.js";
import { summable, titleOf } from "../model/views.js";
import { classes, html, useLayoutEffect, useMemo, useRef, useState } from "../model/view.js";

const CHUNK = 10; // rows that come and go together
const NEAR = 400; // pixels beyond what is seen within which rows are drawn
const ROW = 32; // pixels of one that was not drawn yet
const NARROWEST = 64;
const EDITED = new Set(["Data", "Int", "Long Int", "Float", "Currency", "Percent", "Date", "Datetime", "Time", "Select", "Link", "Check", "Small Text"]);

/** Whether a field can be changed where it stands in a list. */
export const editable = (meta, field) => may("write", meta.name) && Boolean(field.parent) && EDITED.has(field.fieldtype) && !field.read_only && !field.hidden && !field.permlevel && !field.set_only_once && !field.is_virtual && !field.fetch_from;

/** A portion of rows; drawn again only if they, or how they are drawn, changed. */
function Portion({ rows, first, draw }) {
  return useMemo(() => html`<tbody class="portion">${rows.map((row, index) => draw(row, first + index))}</tbody>`, [rows, first, draw]);
}

/**
 * Rows, of which those far from what is seen are only a space above and one below, so that ten thousand cost no more than a hundred; the child draws one: (row, index).
 * Nothing listens to scrolling: the browser tells when a space comes near, and where it is, without another layout.
 */
export function Chunks({ rows, children }) {
  const box = useRef([]); // the two spaces
  const known = useRef({ heights: new Map(), row: ROW });
  const portions = useMemo(() => Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, at) => rows.slice(at * CHUNK, (at + 1) * CHUNK)), [rows]);
  const [{ from, to }, setShown] = useState({ from: 0, to: 1 });
  const height = (at) => known.current.heights.get(at) ?? portions[at].length * known.current.row;
  const sum = (begin, end) => portions.slice(begin, end).reduce((total, _, at) => total + height(begin + at), 0);
  const last = Math.min(to, portions.length);
  const first = Math.min(from, Math.max(0, last - 1));
  useLayoutEffect(() => { // at once, so that the next frame tells where the spaces are: a few rows in every frame, not many in each third
    const [above, below] = box.current;
    const watch = new IntersectionObserver((entries) => {
      const near = entries.find((each) => each.isIntersecting);
      if (!near || !portions.length) return;
      let at = first;
      for (let each = above.nextElementSibling; each !== below; each = each.nextElementSibling, at += 1) known.current.heights.set(at, each.offsetHeight); // as they are laid out now
      known.current.row = known.current.heights.get(first) / portions[first].length;
      const top = above.getBoundingClientRect().bottom - sum(0, first);
      const [begin, end] = [near.rootBounds.top - top, near.rootBounds.bottom - top];
      let [next, y] = [0, 0];
      while (next < portions.length - 1 && y + height(next) <= begin) y += height(next++);
      let until = next;
      while (until < portions.length && y < end) y += height(until++);
      const seen = (space) => entries.some((each) => each.target === space && each.isIntersecting);
      if (seen(below) && until <= last) until = Math.min(portions.length, last + 1); // heights were guessed: a space that is still near gives way
      if (seen(above) && next >= first) next = Math.max(0, first - 1);
      setShown((before) => (before.from === next && before.to === until ? before : { from: next, to: until }));
    }, { root: above.closest(".scroll"), rootMargin: `${NEAR}px` });
    watch.observe(above);
    watch.observe(below);
    return () => watch.disconnect();
  }, [portions, first, last]);
  const space = (at, pixels) => html`<tbody key=${`space${at}`} class="far" ref=${(each) => (box.current[at] = each)}>${pixels > 0 && html`<tr style=${{ blockSize: `${pixels}px` }}><td /></tr>`}</tbody>`;
  return html`${space(0, sum(0, first))}${portions.slice(first, last).map((each, at) => html`<${Portion} key=${first + at} rows=${each} first=${(first + at) * CHUNK} draw=${children} />`)}${space(1, sum(last, portions.length))}`;
}

/** Columns as wide as the first rows made them: a long table is laid out in parts, and does not shift while it is scrolled. */
export function useSteadyColumns(table, many, dependencies) {
  useLayoutEffect(() => {
    const shown = table.current?.querySelector("table");
    if (!shown) return;
    shown.style.tableLayout = "";
    const columns = [...shown.querySelectorAll("col")];
    for (const each of columns) each.style.inlineSize = "";
    if (!many) return;
    const wide = [...shown.querySelectorAll("thead th")].map((each) => /** @type {HTMLElement} */ (each).offsetWidth);
    for (const [at, each] of columns.entries()) each.style.inlineSize = `${wide[at]}px`;
    shown.style.tableLayout = "fixed";
  }, dependencies);
}

/** The order of rows where there is no room for headings: on a narrow screen. */
export const Order = ({ shown, sort, onSort }) =>
  html`<label class="order">Order <select aria-label="Order" value=${sort[0]?.join(" ") ?? ""} onChange=${({ target }) => onSort(target.value ? [[target.value.replace(/ \w+$/, ""), target.value.split(" ").at(-1)]] : [])}><option value="">as usual</option>
    ${shown.flatMap((field) => [["asc", "↑"], ["desc", "↓"]].map(([way, arrow]) => html`<option value=${`${field.fieldname} ${way}`}>${labelOf(field)} ${arrow}</option>`))}</select></label>`;

const narrowed = (width) => width && { inlineSize: `${width}px`, minInlineSize: `${width}px`, maxInlineSize: `${width}px` };

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
  return html`<th scope="col" ref=${box} class=${classes(isNumber(field) && "number")} style=${narrowed(width)} aria-sort=${way ? { asc: "ascending", desc: "descending" }[way] : undefined}
    onDragOver=${(event) => event.dataTransfer.types.includes("text/column") && event.preventDefault()} onDrop=${drop}>
    <button draggable onDragStart=${(event) => event.dataTransfer.setData("text/column", field.fieldname)} onClick=${turn} onKeyDown=${onKeyDown} title="Sort; with Shift, after the other columns. Drag, or Alt Shift ←→, moves the column; Alt ←→ makes it wider">${labelOf(field)}${way && html`<small aria-hidden="true"> ${way === "asc" ? "↑" : "↓"}${sort.length > 1 ? at + 1 : ""}</small>`}</button>
    <span class="edge" aria-hidden="true" onPointerDown=${widen} onDblClick=${() => onWidth(null, true)} /></th>`;
}

/** The row of headings. `chosen` has widths; `onSort`, `onWidth(fieldname, width, done)` and `onMove(fieldname, by or before)` say what is wanted. */
export const Headings = ({ shown, sort, widths, tick, onSort, onWidth, onMove }) =>
  html`<thead><tr>${tick}${shown.map((field) => html`<${Heading} key=${field.fieldname} ...${{ field, sort, onSort, onMove }} width=${widths?.[field.fieldname]} onWidth=${(width, done) => onWidth(field.fieldname, width, done)} />`)}</tr></thead>`;

/** The moment that the last change of a document left it with, once it is stored. */
const turns = new Map();

/** Change a document after the changes of it that are on their way: a fast hand is no conflict with itself. */
function change(doctype, row, values) {
  const key = JSON.stringify([doctype, row.name]);
  const sent = (turns.get(key) ?? Promise.resolve("")).then((moment) => documents.update(doctype, row.name, { ...values, modified: moment > row.modified ? moment : row.modified }));
  turns.set(key, sent.then((stored) => stored.modified, () => ""));
  return sent;
}

/** A value while it is changed: Enter or leaving keeps it, Tab goes on to the next, Escape gives it up. */
function Editor({ meta, field, row, onSaved, onLeave }) {
  const [value, setValue] = useState(row[field.fieldname]);
  const box = useRef();
  const done = useRef(false);
  const latest = useRef(value); // what leaving keeps: a link says it while it is left
  useLayoutEffect(() => { // before the next key: what is typed belongs to it
    const input = box.current.querySelector("input, select, textarea");
    input.focus();
    input.select?.();
  }, []);
  const save = (given, to) => {
    if (done.current) return;
    done.current = true;
    onLeave(to);
    if ((given ?? "") === (row[field.fieldname] ?? "")) return;
    change(meta.name, row, { [field.fieldname]: given }).then(onSaved, showError);
  };
  const onKeyDown = (event) => {
    if (event.key === "Escape") {
      done.current = true;
      onLeave();
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.defaultPrevented) {
      event.preventDefault();
      save(value, event.key === "Enter" ? 0 : event.shiftKey ? -1 : 1);
    } else return;
    event.stopPropagation();
  };
  return html`<div class="editing" ref=${box} onKeyDown=${onKeyDown} onFocusOut=${(event) => box.current && !box.current.contains(event.relatedTarget) && setTimeout(() => save(latest.current))}>
    <${Control} field=${{ ...field, reqd: 0 }} value=${value} onChange=${(given) => ((latest.current = given), setValue(given))} /></div>`;
}

/** One value. Choices and links filter by a click; the first column opens the document. Called, not mounted, and with no more than it needs: there are thousands. */
function cell({ meta, field, row, index, width, editor, onFilter }) {
  const value = row[field.fieldname];
  const text = (titleOf(field) && row[titleOf(field)]) || display(field, value);
  const style = narrowed(width);
  if (editor) return html`<td class="edits" style=${style}>${editor}</td>`;
  if (index === 0) return html`<th scope="row" style=${style}><a class="open" href=${href(slug(meta.name), row.name)}>${text || row.name}</a></th>`;
  if (field.fieldtype === "Check") return html`<td style=${style}>${value ? html`<span role="img" aria-label="Yes">✓</span>` : ""}</td>`;
  if (["Select", "Link"].includes(field.fieldtype) && text)
    return html`<td data-label=${labelOf(field)} style=${style}><button class=${field.fieldtype === "Link" ? "value" : `badge ${colour(meta, field, value)}`} title=${`Only those where ${labelOf(field)} is ${text}`} onClick=${() => onFilter(field, value)}>${text}</button></td>`;
  if (isNumber(field)) return html`<td class="number" data-label=${labelOf(field)} style=${style}>${text}</td>`;
  return html`<td class=${["name", "modified"].includes(field.fieldname) ? "muted" : undefined} style=${style} title=${LONG_TEXT.has(field.fieldtype) ? text : undefined}>${text}</td>`;
}

/** One document. `fields` can be changed in it; `edited` is the fieldname that is being changed in it, `onEdit(fieldname)` begins that, `onSaved(doc)` ends it. */
export function Row({ meta, shown, fields, row, index, chosen, fresh, widths, edited, onToggle, onFilter, onEdit, onSaved }) {
  const open = row.docstatus === 0 || !row.docstatus;
  const leave = (field, by) => {
    const next = by ? fields[fields.indexOf(field) + by] : undefined;
    onEdit(next?.fieldname);
    if (by === 0) /** @type {HTMLElement} */ (document.querySelector(`tr[data-name="${CSS.escape(row.name)}"] a.open`))?.focus();
  };
  const begin = (event) => {
    const field = shown[event.target.closest("th, td").cellIndex - 1]; // after the tick
    if (open && field && field.fieldname !== edited && fields.includes(field)) onEdit(field.fieldname);
  };
  return html`<tr aria-rowindex=${index + 2} data-name=${row.name} class=${classes(chosen && "chosen", fresh && "fresh", row.docstatus === 2 && "cancelled")} onDblClick=${begin}>
    <td class="tick"><input type="checkbox" aria-label=${`Choose ${row.name}`} checked=${chosen} onChange=${() => onToggle(row.name)} /></td>
    ${shown.map((field, at) => cell({
      meta, field, row, onFilter, index: at, width: widths?.[field.fieldname],
      editor: edited === field.fieldname && html`<${Editor} ...${{ meta, field, row, onSaved }} onLeave=${(by) => leave(field, by)} />`,
    }))}</tr>`;
}

/** The sums of the columns that can be added up, of all rows of the view. */
export const Foot = ({ shown, totals }) =>
  shown.some((field) => summable(field)) && html`<tfoot><tr><td class="tick" />${shown.map((field, at) => html`<td key=${field.fieldname} class=${classes(isNumber(field) && "number")} data-label=${at ? labelOf(field) : ""}>${summable(field) ? html`<strong>${display(field, totals[field.fieldname] ?? 0)}</strong>` : at ? "" : "Sum"}</td>`)}</tr></tfoot>`;
