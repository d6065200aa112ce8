/** A DocType: its form, as of any document, and the REST calls of its documents. */
import { documents, reboot } from "./api.js";
import { examples } from "./examples.js";
import Form from "./form.js";
import { forgetMeta, getMeta } from "./meta.js";
import { Copyable } from "./panel.js";
import { useResource } from "./resource.js";
import { href } from "./router.js";
import { Problem } from "./shell.js";
import { boot, findDocType, slug } from "./site.js";
import { html } from "./view.js";

const saved = async ({ name }) => {
  forgetMeta(name);
  await reboot(); // its list and form are there at once
};

export default function DocTypePage({ params, query }) {
  const given = params.name ? query : new URLSearchParams([["custom", 1], ["module", "Custom"], ...query]);
  const app = params.name && findDocType(params.name)?.app;
  const locked = app && `${params.name} comes with ${app === "frappe" ? "the server" : `the app ${app}`}, which sets it again at each start. Add fields with a Custom Field, and change single properties with a Property Setter.`;
  const form = html`<${Form} params=${{ doctype: "DocType", name: params.name }} query=${given} onSaved=${saved} locked=${locked} />`;
  if (!params.name) return form;
  const tab = query.get("_tab") === "api" ? "api" : "form";
  return html`<div class="tabs" role="navigation" aria-label="Parts of the page"><a href=${href("doctype", params.name)} aria-current=${tab === "form" ? "page" : undefined}>DocType</a>
      <a href=${`${href("doctype", params.name)}?_tab=api`} aria-current=${tab === "api" ? "page" : undefined}>API</a><a href=${href(slug(params.name))}>Documents</a></div>
    ${locked && tab === "form" && html`<p class="hint">${locked}</p>`}
    ${tab === "api" ? html`<${Calls} doctype=${params.name} />` : form}`;
}

/** The calls of a DocType's documents, with the newest as the example. */
function Calls({ doctype }) {
  const { data, error } = useResource(async (signal) => {
    const meta = await getMeta(doctype);
    const rows = meta.issingle || meta.istable ? { data: [] } : await documents.list(doctype, { fields: ["name"], limit: 1 }, { signal });
    return { meta, name: rows.data[0]?.name ?? (meta.issingle ? doctype : "NAME") };
  }, [doctype]);
  if (error) return html`<${Problem} title="API"><p>${error.message}</p><//>`;
  if (!data) return html`<div class="progress" role="progressbar" aria-label="Loading" />`;
  if (data.meta.istable) return html`<${Problem} title="API"><p>${doctype} is a child table: its rows are read and written with their document.</p><//>`;
  return html`<div class="panel"><p>Put a key in the place of API_KEY:API_SECRET: <a href=${href("settings", "keys")}>make one</a>.</p>
    ${examples(data.meta, data.name, `${location.origin}${boot.value.prefix}`).map((each) => html`<section key=${each.label}><h2>${each.label}</h2><${Copyable} ...${each} /></section>`)}</div>`;
}
