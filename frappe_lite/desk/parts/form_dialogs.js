/** What a form asks: another name, and what to do where somebody else saved meanwhile. */
import { SILENT } from "../model/document.js";
import { display } from "../model/format.js";
import { labelOf, TABLES } from "../model/meta.js";
import { changed } from "../model/rules.js";
import { html, useState } from "../model/view.js";
import { Labelled } from "../controls/registry.js";

const NAME = { fieldname: "name", label: "New name", fieldtype: "Data", reqd: 1, description: "Links to it follow." };

/** Closes with the new name. */
export function Rename({ name, close }) {
  const [value, setValue] = useState(name);
  return html`
    <form onSubmit=${(event) => (event.preventDefault(), close(value.trim()))}>
      <${Labelled} field=${NAME} value=${value} onChange=${setValue} autofocus />
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary" disabled=${!value}>Rename</button>
      </footer>
    </form>
  `;
}

/** Both sides, field by field: `base` is what both began with. Closes with "mine", "theirs", or nothing. */
export function Conflict({ meta, base, mine, theirs, close }) {
  const [own, other] = [changed(mine, base), changed(theirs, base)];
  const names = meta.fields
    .filter((each) => each.fieldname in own || each.fieldname in other)
    .filter((each) => !SILENT.has(each.fieldname));
  const shown = (field, doc) =>
    TABLES.has(field.fieldtype)
      ? `${doc[field.fieldname]?.length ?? 0} rows`
      : display(field, doc[field.fieldname]) || "–";
  return html`
    <div>
      <div class="grid-scroll">
        <table class="compare">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Theirs</th>
              <th scope="col">Yours</th>
            </tr>
          </thead>
          <tbody>
            ${names.map((each) => html`
              <tr>
                <th scope="row">${labelOf(each)}</th>
                <td class=${each.fieldname in other ? "differs" : ""}>${shown(each, theirs)}</td>
                <td class=${each.fieldname in own ? "differs" : ""}>
                  ${each.fieldname in own ? shown(each, mine) : "as theirs"}
                </td>
              </tr>
            `)}
          </tbody>
        </table>
      </div>
      <p class="muted">Yours changes only what you changed, on top of theirs.</p>
      <form method="dialog">
        <footer>
          <button type="button" onClick=${() => close()}>Go on editing</button>
          <button type="button" onClick=${() => close("theirs")}>Reload theirs</button>
          <button type="button" class="primary" onClick=${() => close("mine")}>Save yours</button>
        </footer>
      </form>
    </div>
  `;
}
