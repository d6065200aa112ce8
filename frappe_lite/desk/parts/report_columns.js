/**
 * The dialog that chooses a report's columns: of the DocType, of its child tables, and of the documents that it links
 * to.
 */
import { columns, labelOf } from "../model/meta.js";
import { fieldsOf, sources } from "../model/reports.js";
import { useResource } from "../model/resource.js";
import { html, useState } from "../model/view.js";
import { Loaded } from "./shell.js";

/** Closes with the paths, in their order. `known` tells those that are chosen already. */
export function ReportColumns({ meta, known, chosen, close }) {
  const [names, setNames] = useState(chosen);
  const [labels, setLabels] = useState(
    Object.fromEntries(columns(known).map((each) => [each.fieldname, labelOf(each)])),
  );
  const [text, setText] = useState("");
  const toggle = (field) => {
    setLabels({ ...labels, [field.fieldname]: labelOf(field) });
    setNames(
      names.includes(field.fieldname) ? names.filter((each) => each !== field.fieldname) : [...names, field.fieldname],
    );
  };
  const move = (name, to) =>
    setNames((before) => before.filter((each) => each !== name).toSpliced(Math.max(0, to), 0, name));
  const onKeyDown = (event, name, at) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || !event.altKey) return;
    event.preventDefault();
    move(name, at + by);
  };
  const tick = (field) =>
    labelOf(field).toLowerCase().includes(text.toLowerCase()) && html`
      <li key=${field.fieldname}>
        <label>
          <input type="checkbox" checked=${names.includes(field.fieldname)} onChange=${() => toggle(field)} />${" "}
          ${labelOf(field)}
        </label>
      </li>
    `;
  return html`
    <form class="report-columns" onSubmit=${(event) => (event.preventDefault(), close(names))}>
      <section aria-label="Shown">
        <h3>Shown</h3>
        ${!names.length && html`<p class="muted">Nothing yet: choose fields.</p>`}
        <ol class="choosing" aria-label="Columns">
          ${names.map((name, at) => html`
            <li
              key=${name}
              draggable
              onDragStart=${(event) => event.dataTransfer.setData("text/plain", name)}
              onDragOver=${(event) => event.preventDefault()}
              onDrop=${(event) => (event.preventDefault(), move(event.dataTransfer.getData("text/plain"), at))}
              onKeyDown=${(event) => onKeyDown(event, name, at)}
            >
              <span>${labels[name] ?? name}</span>
              <span>
                <button
                  type="button"
                  class="quiet"
                  disabled=${at === 0}
                  aria-label=${`${labels[name]}: earlier`}
                  onClick=${() => move(name, at - 1)}
                >
                  ↑
                </button>
                <button
                  type="button"
                  class="quiet"
                  disabled=${at === names.length - 1}
                  aria-label=${`${labels[name]}: later`}
                  onClick=${() => move(name, at + 1)}
                >
                  ↓
                </button>
                <button
                  type="button"
                  class="quiet"
                  aria-label=${`${labels[name]}: leave out`}
                  onClick=${() => setNames(names.filter((each) => each !== name))}
                >
                  ✕
                </button>
              </span>
            </li>
          `)}
        </ol>
      </section>
      <section aria-label="Fields">
        <input
          type="search"
          aria-label="Search fields"
          placeholder="Search fields"
          value=${text}
          onInput=${(event) => setText(event.target.value)}
        />
        <div class="choosing">
          <ul aria-label=${meta.name}>
            ${columns(meta)
              .filter((each) => !each.hidden && !["_assign", "_user_tags"].includes(each.fieldname))
              .map(tick)}
          </ul>
          ${sources(meta).map((each) => html`
            <${Source}
              key=${each.path}
              source=${each}
              open=${Boolean(text) || names.some((name) => name.startsWith(`${each.path}.`))}
            >
              ${tick}
            <//>
          `)}
        </div>
      </section>
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary" disabled=${!names.length}>Show</button>
      </footer>
    </form>
  `;
}

/** The fields of a child table or of a linked document, fetched when it is opened. */
function Source({ source, open: given, children }) {
  const [opened, setOpen] = useState(false);
  const open = opened || given;
  const found = useResource(() => (open ? fieldsOf(source) : Promise.resolve([])), [open]);
  return html`
    <details open=${open} onToggle=${(event) => setOpen(event.currentTarget.open)}>
      <summary>
        ${source.label} <small>${source.rows ? "a line for each row" : `of the linked ${source.doctype}`}</small>
      </summary>
      ${open && html`
        <${Loaded} title=${source.label} ...${found}>
          ${(fields) => html`<ul aria-label=${source.label}>${fields.map(children)}</ul>`}
        <//>
      `}
    </details>
  `;
}
