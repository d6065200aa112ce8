/** /app: what one opened, what waits for one, counts that one pinned; then what there is, one's own before the server's. */
import { documents } from "../model/api.js";
import { showError } from "../parts/dialogs.js";
import { display } from "../model/format.js";
import { getMeta } from "../model/meta.js";
import { loadPins, pins, recent, setPins } from "../model/own.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { Problem, useTitle } from "../parts/shell.js";
import { boot, findDocType, may, modules, slug } from "../model/site.js";
import { readView, request } from "../model/views.js";
import { html, useEffect, useState } from "../model/view.js";

const plain = (text) => new DOMParser().parseFromString(String(text ?? ""), "text/html").body.textContent.trim();
const MOST_ASKED = 6; // DocTypes whose drafts are looked for
const me = () => boot.value.user.name;

export default function Home() {
  const [text, setText] = useState("");
  useTitle("");
  const fits = (each) => each.name.toLowerCase().includes(text.toLowerCase()) || each.module.toLowerCase().includes(text.toLowerCase());
  const shown = modules.value.map((each) => ({ ...each, doctypes: each.doctypes.filter(fits) })).filter((each) => each.doctypes.length);
  const [own, system] = [shown.filter((each) => each.own), shown.filter((each) => !each.own)];
  const list = (given) => html`<div class="modules">${given.map(({ module, doctypes }) => html`<section key=${module} aria-label=${module}><h2>${module}</h2>
      <ul>${doctypes.map((each) => html`<li><a href=${href(slug(each.name))}>${each.name}</a>${each.single ? html` <small>settings</small>` : ""}</li>`)}</ul></section>`)}</div>`;
  return html`<section class="home-page">
    <header class="head"><h1>Documents</h1><input type="search" aria-label="Search DocTypes" placeholder="Search DocTypes" value=${text} onInput=${(event) => setText(event.target.value)} /></header>
    ${boot.value.doctypes.length === 0 && html`<${Problem} title="Nothing to read yet"><p>You have no role that lets you read documents. Whoever runs this site can give you one.</p><//>`}
    ${!text && html`<${Pins} /><${Mine} />`}
    ${!modules.value.some((each) => each.own) && may("create", "DocType") && html`<div class="hint"><p><strong>Nothing of your own yet.</strong> A DocType says what your documents hold; its list, forms and API are there at once. Then drop a CSV file on its list, or call the API with a key.</p>
      <a class="button primary" href=${href("new", "doctype")}>Make a DocType</a><a class="button" href=${href("settings", "keys")}>Call the API</a></div>`}
    ${list(own)}
    ${system.length > 0 && html`<details class="system" open=${Boolean(text) || !own.length}><summary>Of the server itself</summary>${list(system)}</details>`}
    ${text && !shown.length && html`<${Problem} title="Nothing fits" />`}
  </section>`;
}

/** Counts of views, each a link to it. */
function Pins() {
  useEffect(() => void (pins.value ?? loadPins().catch(() => {})), []);
  const counts = useResource(async (signal) => Promise.all((pins.value ?? []).map(async (each) => {
    const meta = await getMeta(each.doctype);
    return documents.count(each.doctype, request(meta, readView(meta, new URLSearchParams(each.view))), { signal }).catch(() => null);
  })), [pins.value]);
  if (!pins.value?.length) return null;
  return html`<ul class="pins" aria-label="Pinned">${pins.value.map((each, at) => html`<li key=${each.doctype + each.view}><a href=${`${href(slug(each.doctype))}?${each.view}`}><strong>${counts.data?.[at] === undefined ? "…" : display({ fieldtype: "Int" }, counts.data[at]) || "–"}</strong><span>${each.label}</span></a>
    <button class="quiet" aria-label=${`Unpin ${each.label}`} onClick=${() => setPins(pins.value.toSpliced(at, 1)).catch(showError)}>✕</button></li>`)}</ul>`;
}

/** What waits for this person, and what they opened last. */
function Mine() {
  const rows = (doctype, query, signal) => (may("read", doctype) ? documents.list(doctype, { limit: 8, ...query }, { signal }).then(({ data }) => data).catch(() => []) : Promise.resolve([]));
  const found = useResource((signal) => Promise.all([
    rows("ToDo", { fields: ["name", "description", "reference_type", "reference_name", "date"], filters: { allocated_to: me(), status: "Open" }, order_by: "modified desc" }, signal),
    rows("Notification Log", { fields: ["name", "subject", "document_type", "document_name"], filters: { for_user: me(), read: 0 }, order_by: "creation desc" }, signal),
    Promise.all(boot.value.doctypes.filter((each) => each.drafts && each.app !== "frappe").slice(0, MOST_ASKED).map(({ name, link_title }) => rows(name, { fields: ["name", "modified", ...(link_title ? [link_title] : [])], filters: { docstatus: 0, owner: me() }, order_by: "modified desc" }, signal)
      .then((all) => all.map((row) => ({ ...row, doctype: name, title: row[link_title] }))))).then((all) => all.flat().sort((a, b) => (a.modified < b.modified ? 1 : -1)).slice(0, 8)),
  ]), [me()]);
  const [todos, told, drafts] = found.data ?? [[], [], []];
  const last = recent().slice(0, 8);
  const to = (doctype, name, otherwise) => (findDocType(doctype) ? href(slug(doctype), name) : otherwise);
  const block = (label, items) => items.length > 0 && html`<section aria-label=${label}><h2>${label}</h2><ul>${items.map(([key, address, text, more]) => html`<li key=${key}><a href=${address}>${text}</a> <small>${more}</small></li>`)}</ul></section>`;
  const blocks = [
    block("Opened last", last.map((each) => [each.doctype + each.name, href(slug(each.doctype), each.name), each.title || each.name, each.doctype])),
    block("For you to do", todos.map((each) => [each.name, to(each.reference_type, each.reference_name, href("todo", each.name)), plain(each.description).slice(0, 80) || each.reference_name || each.name, [each.reference_type, each.date && display({ fieldtype: "Date" }, each.date)].filter(Boolean).join(", ")])),
    block("Your drafts", drafts.map((each) => [each.doctype + each.name, href(slug(each.doctype), each.name), each.title || each.name, each.doctype])),
    block("News", told.map((each) => [each.name, to(each.document_type, each.document_name, href("notification-log", each.name)), plain(each.subject).slice(0, 100), each.document_type])),
  ].filter(Boolean);
  return blocks.length > 0 && html`<div class="mine">${blocks}</div>`;
}
