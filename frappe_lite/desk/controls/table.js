/** Rows of a child table: changed in place or in a dialog, moved by keys or by dragging, several at once. */
import { labelOf, LAYOUT, TABLES } from "../model/meta.js";
import { defaults } from "../model/rules.js";
import { classes, html, toggled, useMemo, useRef, useState } from "../model/view.js";
import { Still } from "./readonly.js";
import { Control, control } from "./registry.js";
import { openDialog } from "../parts/dialogs.js";
import { Fields } from "../parts/layout.js";

const SIZE = 50;
const WIDE = new Set([...TABLES, ...LAYOUT, "Text Editor", "Code", "JSON", "Markdown Editor", "HTML Editor"]);
let last = 0;

/** The fields that stand in the grid: those with in_list_view, else the first four. */
const shownFields = (meta) => {
  const fit = meta.fields.filter(
    (each) => !WIDE.has(each.fieldtype) && !/ Break$|^Fold$/.test(each.fieldtype) && !each.hidden,
  );
  const chosen = fit.filter((each) => each.in_list_view);
  return (chosen.length ? chosen : fit.slice(0, 4)).slice(0, 8);
};

control(["Table"], function Table({ field, value, onChange, child, doc, rules, errors, path, readOnly, setRow, id }) {
  const rows = value ?? [];
  const [chosen, setChosen] = useState(new Set());
  const [page, setPage] = useState(0);
  const box = useRef();
  const latest = useRef();
  latest.current = { rows, dragged: latest.current?.dragged };
  if (!child) return html`<span class="muted">${field.options} is not there</span>`;
  const shown = shownFields(child);
  const at = Math.min(page, Math.max(0, Math.ceil(rows.length / SIZE) - 1));
  const put = (next) => onChange(next.map((row, index) => ({ ...row, idx: index + 1 })));
  const copy = ({ name: _name, ...row }) => ({ ...row, __key: ++last });
  const add = () => {
    put([...rows, { ...defaults(child), __key: ++last, __islocal: 1 }]);
    setPage(Math.floor(rows.length / SIZE));
    setTimeout(() =>
      box.current?.querySelector("tbody tr:last-child td :is(input, select, textarea):not([data-row])")?.focus(),
    );
  };
  const move = (from, to) => {
    const next = [...latest.current.rows];
    if (from === to || to < 0 || to >= next.length) return;
    next.splice(to, 0, ...next.splice(from, 1));
    put(next);
    setTimeout(() => box.current?.querySelector(`[data-handle="${to}"]`)?.focus());
  };
  const open = (index) =>
    openDialog(RowDialog, {
      title: `${labelOf(field)}: row ${index + 1}`,
      wide: true,
      meta: child,
      row: rows[index],
      doc,
      rules,
      readOnly,
    }).then((row) => row && put(latest.current.rows.with(index, row)));
  const key = (row) => row.__key ?? row.name;
  const some = rows.filter((each) => chosen.has(key(each)));
  const take = (rest) => (put(rest), setChosen(new Set()));
  return html`
    <div class="grid" id=${id} ref=${box} role="group" aria-label=${labelOf(field)}>
      ${rows.length > 0 && html`
        <div class="grid-scroll">
          <table>
            <thead>
              <tr>
                ${!readOnly && html`
                  <th>
                    <input
                      type="checkbox"
                      aria-label="Choose all rows"
                      checked=${some.length === rows.length}
                      onChange=${(event) => setChosen(new Set(event.target.checked ? rows.map(key) : []))}
                    />
                  </th>
                `}
                <th><span class="unseen">Row</span></th>
                ${shown.map((each) => html`
                  <th scope="col">
                    ${labelOf(each)}${each.reqd ? html`<span class="required" aria-hidden="true"> *</span>` : ""}
                  </th>
                `)}
                <th><span class="unseen">Open</span></th>
              </tr>
            </thead>
            <tbody>
              ${rows
                .slice(at * SIZE, (at + 1) * SIZE)
                .map((row, index) => html`
                  <${Row}
                    key=${key(row)}
                    ...${{ row, doc, shown, rules, errors, path, readOnly, move, latest }}
                    index=${at * SIZE + index}
                    chosen=${chosen.has(key(row))}
                    set=${(name, given) => setRow(field.fieldname, at * SIZE + index, name, given)}
                    open=${() => open(at * SIZE + index)}
                    toggle=${() => setChosen((before) => toggled(before, key(row)))}
                  />
                `)}
            </tbody>
          </table>
        </div>
      `}
      <div class="grid-foot">
        ${!readOnly && html`<button type="button" onClick=${add}>Add row</button>`}
        ${readOnly && !rows.length && html`<span class="muted">No rows</span>`}
        ${some.length > 0 && html`
          <button type="button" onClick=${() => put([...rows, ...some.map(copy)])}>Duplicate ${some.length}</button>
          <button type="button" class="danger" onClick=${() => take(rows.filter((each) => !chosen.has(key(each))))}>
            Delete ${some.length}
          </button>
        `}
        ${rows.length > SIZE && html`
          <span class="muted">${at * SIZE + 1}–${Math.min(rows.length, (at + 1) * SIZE)} of ${rows.length}</span>
          <button type="button" disabled=${!at} onClick=${() => setPage(at - 1)}>Previous</button>
          <button type="button" disabled=${(at + 1) * SIZE >= rows.length} onClick=${() => setPage(at + 1)}>
            Next
          </button>
        `}
      </div>
    </div>
  `;
});

/** One row; drawn again only if it changed, so that long tables stay quick. */
function Row({ row, doc, index, shown, rules, errors, path, readOnly, chosen, move, latest, set, open, toggle }) {
  const mine = Object.entries(errors)
    .filter(([name]) => name.startsWith(`${path}.${index}.`))
    .join();
  const act = useRef();
  act.current = { set, open, toggle, move };
  const keys = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    act.current.move(index, index + by);
  };
  const drop = (event) => (event.preventDefault(), act.current.move(latest.current.dragged, index));
  const state = JSON.stringify(shown.map((each) => rules(each, row, doc)));
  return useMemo(
    () => html`
      <tr
        class=${classes(chosen && "chosen")}
        onDragOver=${(event) => !readOnly && event.preventDefault()}
        onDrop=${drop}
      >
        ${!readOnly && html`
          <td class="narrow">
            <input
              type="checkbox"
              data-row
              aria-label=${`Choose row ${index + 1}`}
              checked=${chosen}
              onChange=${() => act.current.toggle()}
            />
          </td>
        `}
        <td class="narrow">
          ${readOnly
            ? index + 1
            : html`
              <button
                type="button"
                class="quiet"
                data-handle=${index}
                draggable="true"
                title="Drag, or arrow keys, to move"
                aria-label=${`Move row ${index + 1}`}
                onKeyDown=${keys}
                onDragStart=${(event) => (
                  (latest.current.dragged = index),
                  event.dataTransfer.setData("text/plain", String(index))
                )}
              >
                ${index + 1}
              </button>
            `}
        </td>
        ${shown.map((each) => {
          const { hidden, readOnly: locked, required } = rules(each, row, doc);
          const name = `${path}.${index}.${each.fieldname}`;
          return html`
            <td class=${classes(errors[name] && "wrong")} data-path=${name} title=${errors[name]}>
              ${!hidden && html`
                <${Control}
                  as=${readOnly || locked ? (each.fieldtype === "Check" ? undefined : Still) : undefined}
                  field=${each}
                  doc=${row}
                  required=${required}
                  readOnly=${readOnly || locked}
                  invalid=${Boolean(errors[name])}
                  value=${row[each.fieldname]}
                  onChange=${(value) => act.current.set(each.fieldname, value)}
                />
              `}
              ${errors[name] && html`<span class="unseen" role="alert">${errors[name]}</span>`}
            </td>
          `;
        })}
        <td class="narrow">
          <button
            type="button"
            class="quiet"
            aria-label=${`Open row ${index + 1}`}
            title="All fields of the row"
            onClick=${() => act.current.open()}
          >
            ${readOnly ? "›" : "✎"}
          </button>
        </td>
      </tr>
    `,
    [row, index, chosen, mine, readOnly, state],
  );
}

function RowDialog({ meta, row, doc, rules, readOnly, close }) {
  const [values, setValues] = useState(row);
  const all = readOnly ? (...given) => ({ ...rules(...given), readOnly: true }) : rules;
  return html`
    <form
      class="row-form"
      onSubmit=${(event) => (event.preventDefault(), close(readOnly ? undefined : values))}
      noValidate
    >
      <${Fields}
        meta=${meta}
        doc=${values}
        parent=${doc}
        rules=${all}
        errors=${{}}
        set=${(name, value) => setValues((before) => ({ ...before, [name]: value }))}
      />
      <footer>
        <button type="button" onClick=${() => close()}>${readOnly ? "Close" : "Cancel"}</button>
        ${!readOnly && html`<button class="primary">OK</button>`}
      </footer>
    </form>
  `;
}
