/** /app: what one opened, what waits for one, counts that one pinned; then what there is, one's own DocTypes first. */
import { documents, plain } from "../model/api.js";
import { display } from "../model/format.js";
import { getMeta } from "../model/meta.js";
import { loadPins, pins, recent, setPins } from "../model/own.js";
import { useResource } from "../model/resource.js";
import { href, navigate } from "../model/router.js";
import { dropped, mayImport } from "../model/sheet.js";
import { boot, findDocType, may, modules, slug } from "../model/site.js";
import { html, useEffect, useRef, useState } from "../model/view.js";
import { readView, request } from "../model/views.js";
import { showError } from "../parts/dialogs.js";
import { Problem, useTitle } from "../parts/shell.js";

const MOST_ASKED = 6; // DocTypes whose drafts are looked for
const me = () => boot.value.user.name;

export default function Home() {
  const [text, setText] = useState("");
  useTitle("");
  const has = (word) => word.toLowerCase().includes(text.toLowerCase());
  const fits = (each) => has(each.name) || has(each.module);
  const shown = modules.value
    .map((each) => ({ ...each, doctypes: each.doctypes.filter(fits) }))
    .filter((each) => each.doctypes.length);
  const [own, system] = [shown.filter((each) => each.own), shown.filter((each) => !each.own)];
  const empty = !modules.value.some((each) => each.own) && may("create", "DocType");
  const dragged = mayImport() && {
    onDragOver: (event) => event.preventDefault(),
    onDrop: (event) => (event.preventDefault(), take(event.dataTransfer.files[0])),
  };
  return html`
    <section class="home-page" ...${dragged}>
      <header class="head">
        <h1>Documents</h1>
        ${!empty && mayImport() && html`<${ImportButton} />`}
        <input
          type="search"
          aria-label="Search DocTypes"
          placeholder="Search DocTypes"
          value=${text}
          onInput=${(event) => setText(event.target.value)}
        />
      </header>
      ${boot.value.doctypes.length === 0 && html`
        <${Problem} title="Nothing to read yet">
          <p>You have no role that lets you read documents. Whoever runs this site can give you one.</p>
        <//>
      `}
      ${!text && html`
        <${Pins} />
        <${Mine} />
      `}
      ${empty && html`<${Beginning} />`}
      <${Modules} modules=${own} />
      ${system.length > 0 && html`
        <details class="system" open=${Boolean(text) || !own.length}>
          <summary>Of the server itself</summary>
          <${Modules} modules=${system} />
        </details>
      `}
      ${text && !shown.length && html`<${Problem} title="Nothing fits" />`}
    </section>
  `;
}

/** DocTypes under the names of their modules. */
const Modules = ({ modules: given }) => html`
  <div class="modules">
    ${given.map(({ module, doctypes }) => html`
      <section key=${module} aria-label=${module}>
        <h2>${module}</h2>
        <ul>
          ${doctypes.map((each) => html`
            <li key=${each.name}>
              <a href=${href(slug(each.name))}>${each.name}</a>
              ${each.single ? html` <small>settings</small>` : ""}
            </li>
          `)}
        </ul>
      </section>
    `)}
  </div>
`;

/** Three ways on, where nothing of one's own is there. */
const Beginning = () => html`
  <div class="hint">
    <p>
      <strong>Nothing of your own yet.</strong> A DocType says what your documents hold; its list, forms and API are
      there at once. Make one yourself, or drop a CSV or Excel file here, and one is proposed for its columns.
    </p>
    <p>
      <a class="button primary" href=${href("new", "doctype")}>Make a DocType</a> <${ImportButton} />${" "}
      <a class="button" href=${href("settings", "keys")}>Call the API</a>
    </p>
  </div>
`;

/** Lead on to the page that asks where a file goes, which keeps it. */
function take(file) {
  if (!file) return;
  Object.assign(dropped, { file, places: null });
  navigate(href("import"));
}

function ImportButton() {
  const box = useRef();
  return html`
    <button onClick=${() => box.current.click()}>Import a file…</button>
    <input
      ref=${box}
      type="file"
      hidden
      accept=".csv,.tsv,.txt,.xlsx"
      aria-label="File to import"
      onChange=${(event) => take(event.target.files[0])}
    />
  `;
}

/** Counts of views, each a link to it. */
function Pins() {
  useEffect(() => void (pins.value ?? loadPins().catch(() => {})), []);
  const count = async ({ doctype, view }, signal) => {
    const meta = await getMeta(doctype);
    const asked = request(meta, readView(meta, new URLSearchParams(view)));
    return documents.count(doctype, asked, { signal }).catch(() => null);
  };
  const all = (signal) => Promise.all((pins.value ?? []).map((each) => count(each, signal)));
  const counts = useResource(all, [pins.value]);
  const said = (found) => (found === undefined ? "…" : display({ fieldtype: "Int" }, found) || "–");
  const unpin = (at) => setPins(pins.value.toSpliced(at, 1)).catch(showError);
  if (!pins.value?.length) return null;
  return html`
    <ul class="pins" aria-label="Pinned">
      ${pins.value.map((each, at) => html`
        <li key=${each.doctype + each.view}>
          <a href=${`${href(slug(each.doctype))}?${each.view}`}>
            <strong>${said(counts.data?.[at])}</strong>
            <span>${each.label}</span>
          </a>
          <button class="quiet" aria-label=${`Unpin ${each.label}`} onClick=${() => unpin(at)}>✕</button>
        </li>
      `)}
    </ul>
  `;
}

const rows = (doctype, query, signal) =>
  may("read", doctype)
    ? documents
        .list(doctype, { limit: 8, ...query }, { signal })
        .then(({ data }) => data)
        .catch(() => [])
    : Promise.resolve([]);

/** What is still to be done by this person. */
const todosOf = (user, signal) =>
  rows(
    "ToDo",
    {
      fields: ["name", "description", "reference_type", "reference_name", "date"],
      filters: { allocated_to: user, status: "Open" },
      order_by: "modified desc",
    },
    signal,
  );

/** What they were told and have not read. */
const newsOf = (user, signal) =>
  rows(
    "Notification Log",
    {
      fields: ["name", "subject", "document_type", "document_name"],
      filters: { for_user: user, read: 0 },
      order_by: "creation desc",
    },
    signal,
  );

/** What they began and did not submit, of all DocTypes of apps. */
async function draftsOf(user, signal) {
  const asked = boot.value.doctypes.filter((each) => each.drafts && each.app !== "frappe").slice(0, MOST_ASKED);
  const found = await Promise.all(
    asked.map(async ({ name, link_title }) => {
      const fields = ["name", "modified", ...(link_title ? [link_title] : [])];
      const all = await rows(
        name,
        { fields, filters: { docstatus: 0, owner: user }, order_by: "modified desc" },
        signal,
      );
      return all.map((row) => ({ ...row, doctype: name, title: row[link_title] }));
    }),
  );
  return found
    .flat()
    .sort((a, b) => (a.modified < b.modified ? 1 : -1))
    .slice(0, 8);
}

/** Links under a heading: `items` are [key, address, text, more]. */
const Block = ({ label, items }) => html`
  <section aria-label=${label}>
    <h2>${label}</h2>
    <ul>
      ${items.map(([key, address, text, more]) => html`
        <li key=${key}><a href=${address}>${text}</a> <small>${more}</small></li>
      `)}
    </ul>
  </section>
`;

/** What waits for this person, and what they opened last. */
function Mine() {
  const found = useResource(
    (signal) => Promise.all([todosOf, newsOf, draftsOf].map((read) => read(me(), signal))),
    [me()],
  );
  const [todos, told, drafts] = found.data ?? [[], [], []];
  const to = (doctype, name, otherwise) => (findDocType(doctype) ? href(slug(doctype), name) : otherwise);
  const named = ({ doctype, name, title }) => [doctype + name, href(slug(doctype), name), title || name, doctype];
  const todo = (each) => [
    each.name,
    to(each.reference_type, each.reference_name, href("todo", each.name)),
    plain(each.description).slice(0, 80) || each.reference_name || each.name,
    [each.reference_type, each.date && display({ fieldtype: "Date" }, each.date)].filter(Boolean).join(", "),
  ];
  const news = (each) => [
    each.name,
    to(each.document_type, each.document_name, href("notification-log", each.name)),
    plain(each.subject).slice(0, 100),
    each.document_type,
  ];
  const blocks = [
    ["Opened last", recent().slice(0, 8).map(named)],
    ["For you to do", todos.map(todo)],
    ["Your drafts", drafts.map(named)],
    ["News", told.map(news)],
  ].filter(([, items]) => items.length);
  return (
    blocks.length > 0 && html`
      <div class="mine">${blocks.map(([label, items]) => html`<${Block} key=${label} ...${{ label, items }} />`)}</div>
    `
  );
}
