/** One's own page: name, picture, language and time zone of whoever is signed in, and the roles that they have. */
import { documents, reboot } from "../model/api.js";
import { getMeta } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { boot } from "../model/site.js";
import { html, sheet, useState } from "../model/view.js";
import "../controls/basic.js";
import "../controls/file.js";
import "../controls/link.js";
import { Labelled } from "../controls/registry.js";
import { showError, toast } from "./dialogs.js";
import { Loaded } from "./shell.js";

await sheet("form.css");

const OWN = ["first_name", "last_name", "user_image", "language", "time_zone"];

export function Profile() {
  const found = useResource(async (signal) => {
    const [meta, doc] = await Promise.all([getMeta("User"), documents.get("User", boot.value.user.name, { signal })]);
    return { doc, fields: OWN.map((name) => meta.fields.find((each) => each.fieldname === name)).filter(Boolean) };
  }, []);
  return html`
    <${Loaded} title="Profile" ...${found}>
      ${({ doc, fields }) => html`<${Person} key=${doc.modified} ...${{ doc, fields }} reload=${found.reload} />`}
    <//>
  `;
}

function Person({ doc, fields, reload }) {
  const [values, setValues] = useState({});
  const save = (event) => {
    event.preventDefault();
    documents
      .update("User", doc.name, { ...values, modified: doc.modified })
      .then(() => Promise.all([reboot(), reload()]).then(() => toast("Saved", { kind: "good" })), showError);
  };
  return html`
    <form class="person" onSubmit=${save}>
      <p class="muted">${doc.email || doc.name}</p>
      ${fields.map((field) => html`
        <${Labelled}
          key=${field.fieldname}
          field=${field}
          doc=${doc}
          value=${field.fieldname in values ? values[field.fieldname] : doc[field.fieldname]}
          onChange=${(value) => setValues((before) => ({ ...before, [field.fieldname]: value }))}
        />
      `)}
      <section aria-label="Roles">
        <h2>Roles</h2>
        <p class="muted">
          ${boot.value.user.roles.filter((each) => !["All", "Guest"].includes(each)).join(", ") || "None"}
        </p>
      </section>
      <p><button class="primary" disabled=${!Object.keys(values).length}>Save</button></p>
    </form>
  `;
}
