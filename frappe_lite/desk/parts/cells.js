/** The values of a list's rows: followed by a click, and changed where they stand. */
import { documents } from "../model/api.js";
import { titleOf } from "../model/columns.js";
import { colour, display } from "../model/format.js";
import { isNumber, labelOf, LONG_TEXT } from "../model/meta.js";
import { href } from "../model/router.js";
import { may, slug } from "../model/site.js";
import { html, useLayoutEffect, useRef, useState } from "../model/view.js";
import "../controls/basic.js";
import "../controls/link.js";
import { Control } from "../controls/registry.js";
import { showError } from "./dialogs.js";
import { narrowed } from "./headings.js";

const EDITED = new Set([
  "Data", "Int", "Long Int", "Float", "Currency", "Percent", "Date", "Datetime", "Time", "Select", "Link", "Check",
  "Small Text",
]);

/** Whether a field can be changed where it stands in a list. */
export const editable = (meta, field) =>
  may("write", meta.name) &&
  Boolean(field.parent) &&
  EDITED.has(field.fieldtype) &&
  !field.read_only &&
  !field.hidden &&
  !field.permlevel &&
  !field.set_only_once &&
  !field.is_virtual &&
  !field.fetch_from;

/** The moment that the last change of a document left it with, once it is stored. */
const turns = new Map();

/** Change a document after the changes of it that are on their way: a fast hand is no conflict with itself. */
function change(doctype, row, values) {
  const key = JSON.stringify([doctype, row.name]);
  const sent = (turns.get(key) ?? Promise.resolve("")).then((moment) =>
    documents.update(doctype, row.name, { ...values, modified: moment > row.modified ? moment : row.modified }),
  );
  turns.set(
    key,
    sent.then(
      (stored) => stored.modified,
      () => "",
    ),
  );
  return sent;
}

/** A value while it is changed: Enter or leaving keeps it, Tab goes on to the next, Escape gives it up. */
export function Editor({ meta, field, row, onSaved, onLeave }) {
  const [value, setValue] = useState(row[field.fieldname]);
  const box = useRef();
  const done = useRef(false);
  const latest = useRef(value); // what leaving keeps: a link says it while it is left
  useLayoutEffect(() => {
    // before the next key: what is typed belongs to it
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
  return html`
    <div
      class="editing"
      ref=${box}
      onKeyDown=${onKeyDown}
      onFocusOut=${(event) =>
        box.current && !box.current.contains(event.relatedTarget) && setTimeout(() => save(latest.current))}
    >
      <${Control}
        field=${{ ...field, reqd: 0 }}
        value=${value}
        onChange=${(given) => ((latest.current = given), setValue(given))}
      />
    </div>
  `;
}

/**
 * One value. Choices and links filter by a click; the first column opens the document. Called, not mounted, and with no
 * more than it needs: there are thousands.
 */
export function cell({ meta, field, row, index, width, editor, onFilter }) {
  const value = row[field.fieldname];
  const text = (titleOf(field) && row[titleOf(field)]) || display(field, value);
  const style = narrowed(width);
  if (editor) return html`<td class="edits" style=${style}>${editor}</td>`;
  if (index === 0)
    return html`
      <th scope="row" style=${style}>
        <a class="open" href=${href(slug(meta.name), row.name)}>${text || row.name}</a>
      </th>
    `;
  if (field.fieldtype === "Check")
    return html`<td style=${style}>${value ? html`<span role="img" aria-label="Yes">✓</span>` : ""}</td>`;
  if (["Select", "Link"].includes(field.fieldtype) && text)
    return html`
      <td data-label=${labelOf(field)} style=${style}>
        <button
          class=${field.fieldtype === "Link" ? "value" : `badge ${colour(meta, field, value)}`}
          title=${`Only those where ${labelOf(field)} is ${text}`}
          onClick=${() => onFilter(field, value)}
        >
          ${text}
        </button>
      </td>
    `;
  if (isNumber(field)) return html`<td class="number" data-label=${labelOf(field)} style=${style}>${text}</td>`;
  return html`
    <td
      class=${["name", "modified"].includes(field.fieldname) ? "muted" : undefined}
      style=${style}
      title=${LONG_TEXT.has(field.fieldtype) ? text : undefined}
    >
      ${text}
    </td>
  `;
}
