/** /app: what there is, by module. */
import { href } from "../model/router.js";
import { Problem, useTitle } from "../parts/shell.js";
import { boot, may, modules, slug } from "../model/site.js";
import { html, useState } from "../model/view.js";

export default function Home() {
  const [text, setText] = useState("");
  useTitle("");
  const fits = (each) => each.name.toLowerCase().includes(text.toLowerCase()) || each.module.toLowerCase().includes(text.toLowerCase());
  const shown = modules.value.map(({ module, doctypes }) => ({ module, doctypes: doctypes.filter(fits) })).filter((each) => each.doctypes.length);
  const own = boot.value.doctypes.some((each) => each.app !== "frappe");
  return html`<section class="home-page">
    <header class="head"><h1>Documents</h1><input type="search" aria-label="Search DocTypes" placeholder="Search DocTypes" value=${text} onInput=${(event) => setText(event.target.value)} /></header>
    ${!own && may("create", "DocType") && html`<div class="hint"><p><strong>Nothing of your own yet.</strong> A DocType says what your documents hold; its list, forms and API are there at once.</p>
      <a class="button primary" href=${href("new", "doctype")}>Make a DocType</a></div>`}
    ${boot.value.doctypes.length === 0 && html`<${Problem} title="Nothing to read yet"><p>You have no role that lets you read documents. Whoever runs this site can give you one.</p><//>`}
    <div class="modules">${shown.map(({ module, doctypes }) => html`<section aria-label=${module}><h2>${module}</h2>
      <ul>${doctypes.map((each) => html`<li><a href=${href(slug(each.name))}>${each.name}</a>${each.single ? html` <small>settings</small>` : ""}</li>`)}</ul></section>`)}</div>
    ${text && !shown.length && html`<${Problem} title="Nothing fits" />`}
  </section>`;
}
