/**
 * What can be done with rows that were chosen: one change for all, or an end of them; what is refused is told document
 * by document.
 */
import { documents } from "../model/api.js";
import { columns, labelOf } from "../model/meta.js";
import { may } from "../model/site.js";
import { html, useState } from "../model/view.js";
import { Labelled } from "../controls/registry.js";
import { ask, openDialog, showError, toast } from "./dialogs.js";

/** What can be done with the chosen rows. */
export function Chosen({ meta, names, onDone, onClear }) {
  const many = `${names.length} ${names.length === 1 ? "document" : "documents"}`;
  const told = ({ failed, ...done }) => {
    const count = Object.values(done)[0].length;
    if (count) toast(`${count} ${count === 1 ? "document" : "documents"} ${Object.keys(done)[0]}`, { kind: "good" });
    const reasons = failed.slice(0, 5).map((each) => `${each.name}: ${each.error}`);
    if (failed.length) toast([`${failed.length} refused:`, ...reasons].join("\n"), { kind: "bad" });
    onDone();
  };
  const edit = async () => {
    const values = await openDialog(BulkEdit, { title: `Change ${many}`, meta });
    const changed = names.map((name) => ({ name, ...values }));
    if (values) await documents.updateMany(meta.name, changed).then(told, showError);
  };
  const remove = async () => {
    if (await ask({ title: `Delete ${many}?`, text: "They are gone for good.", action: "Delete", danger: true }))
      await documents.deleteMany(meta.name, names).then(told, showError);
  };
  return html`
    <div class="chosen-bar" role="toolbar" aria-label="Chosen rows">
      <span>${many} chosen</span>
      ${may("write", meta.name) && html`<button onClick=${edit}>Change…</button>`}
      ${may("delete", meta.name) && html`<button class="danger" onClick=${remove}>Delete…</button>`}
      <button class="quiet" onClick=${onClear}>Clear</button>
    </div>
  `;
}

function BulkEdit({ meta, close }) {
  const fields = columns(meta).filter(
    (each) => each.label && !each.read_only && !each.hidden && !each.permlevel && !each.set_only_once && each.parent,
  );
  const [fieldname, setField] = useState("");
  const [value, setValue] = useState(null);
  const field = fields.find((each) => each.fieldname === fieldname);
  return html`
    <form onSubmit=${(event) => (event.preventDefault(), close({ [fieldname]: value }))}>
      <div class="field">
        <label for="bulk-field">Field</label>
        <select
          id="bulk-field"
          required
          value=${fieldname}
          onChange=${(event) => (setField(event.target.value), setValue(null))}
        >
          <option value="">Choose…</option>
          ${fields.map((each) => html`<option value=${each.fieldname}>${labelOf(each)}</option>`)}
        </select>
      </div>
      ${field && html`
        <${Labelled}
          key=${fieldname}
          field=${{ ...field, label: `New ${labelOf(field)}`, description: "" }}
          value=${value}
          onChange=${setValue}
        />
      `}
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary" disabled=${!field}>Change</button>
      </footer>
    </form>
  `;
}
