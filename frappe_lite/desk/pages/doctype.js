/** A DocType: its form, as of any document, and the REST calls of its documents. */
import { documents, reboot } from "../model/api.js";
import { examples } from "../model/examples.js";
import { forgetMeta, getMeta } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { boot, findDocType, slug } from "../model/site.js";
import { html } from "../model/view.js";
import { Copyable } from "../parts/panel.js";
import { Loaded, Problem } from "../parts/shell.js";
import FieldsPage from "./doctype_fields.js";
import Form from "./form.js";

const saved = async ({ name }) => {
  forgetMeta(name);
  await reboot(); // its list and form are there at once
};

export default function DocTypePage({ params, query }) {
  const given = params.name ? query : new URLSearchParams([["custom", 1], ["module", "Custom"], ...query]);
  const app = params.name && findDocType(params.name)?.app;
  const whose = app === "frappe" ? "the server" : `the app ${app}`;
  const locked =
    app &&
    `${params.name} comes with ${whose}, which sets it again at each start. ` +
      "Under Fields you add some of your own and change single properties; " +
      "they are kept as Custom Fields and Property Setters.";
  const api = params.tab === "api";
  const fields = params.tab === "fields";
  const tab = (label, to, here) => html`<a href=${to} aria-current=${here ? "page" : undefined}>${label}</a>`;
  const tabs = params.name && html`
    <div class="tabs parts" role="navigation" aria-label="Parts of the page">
      ${tab("DocType", href("doctype", params.name), !api && !fields)}
      ${tab("Fields", href("doctype", params.name, "fields"), fields)}
      ${tab("API", href("doctype", params.name, "api"), api)}
      ${tab("Documents", href(slug(params.name)))}
    </div>
    ${locked && !api && !fields && html`<p class="hint">${locked}</p>`}
  `;
  if (fields) return html`<${FieldsPage} key=${params.name} name=${params.name} tabs=${tabs} />`;
  if (api)
    return html`
      <section class="form">
        <header class="head title">
          <a href=${href("doctype")}>DocType</a>
          <h1>${params.name}</h1>
        </header>
        ${tabs}<${Calls} doctype=${params.name} />
      </section>
    `;
  return html`
    <${Form}
      params=${{ doctype: "DocType", name: params.name }}
      query=${given}
      onSaved=${saved}
      locked=${locked}
      below=${tabs}
    />
  `;
}

/** The calls of a DocType's documents, with the newest as the example. */
function Calls({ doctype }) {
  const calls = useResource(
    async (signal) => {
      const meta = await getMeta(doctype);
      const rows =
        meta.issingle || meta.istable
          ? { data: [] }
          : await documents.list(doctype, { fields: ["name"], limit: 1 }, { signal });
      return { meta, name: rows.data[0]?.name ?? (meta.issingle ? doctype : "NAME") };
    },
    [doctype],
  );
  return html`
    <${Loaded} title="API" ...${calls}>
      ${({ meta, name }) =>
        meta.istable
          ? html`
            <${Problem} title="API">
              <p>${doctype} is a child table: its rows are read and written with their document.</p>
            <//>
          `
          : html`
            <div class="panel">
              <p>Put a key in the place of API_KEY:API_SECRET: <a href=${href("settings", "keys")}>make one</a>.</p>
              ${examples(meta, name, `${location.origin}${boot.value.prefix}`).map((each) => html`
                <section key=${each.label}>
                  <h2>${each.label}</h2>
                  <${Copyable} ...${each} />
                </section>
              `)}
            </div>
          `}
    <//>
  `;
}
