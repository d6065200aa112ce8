/** The list of a DocType: columns from meta, filters, search, order and page in the address, rows to choose and to change. */
import { documents } from "../model/api.js";
import { Labelled } from "../controls/registry.js";
import { download } from "../model/csv.js";
import { ask, openDialog, showError, toast } from "../parts/dialogs.js";
import { FilterBar, parseFilters, writeFilters } from "../parts/filters.js";
import { colour, display, isNumber } from "../model/format.js";
import { useShortcuts } from "../parts/keys.js";
import { column, columns, getMeta, labelOf, LONG_TEXT, titleField } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { address, href, navigate } from "../model/router.js";
import { Loaded, Missing, Problem, useTitle } from "../parts/shell.js";
import { findDocType, may, slug } from "../model/site.js";
import { classes, html, useEffect, useRef, useState } from "../model/view.js";

const SIZES = [20, 50, 100, 500, 2_500, 10_000];
const CHUNK = 100; // rows that come and go together
const ROW = 36; // pixels of one that was not drawn yet
const MOST_COLUMNS = 7;

/** The columns that a list shows: title, status, those with in_list_view, when it changed. */
export function listColumns(meta) {
  const title = titleField(meta);
  const chosen = columns(meta).filter((each) => each.in_list_view && each.fieldname !== title && !each.hidden);
  const names = [title, ...(title === "name" ? [] : ["name"]), ...(meta.is_submittable ? ["docstatus"] : []), ...chosen.map((each) => each.fieldname)];
  return [...new Set([...names.slice(0, MOST_COLUMNS), "modified"])].map((name) => column(meta, name));
}

/** Where a row has the title of the document that a link's value means; null if it is called by its name. */
const titleOf = ({ fieldtype, fieldname, options, permlevel }) => (fieldtype === "Link" && !permlevel && findDocType(options)?.link_title ? `${fieldname}__title` : null);

/** What a view's address says: {filters, text, sort: [[fieldname, asc|desc]], page, size}. */
export function readView(meta, query) {
  const sort = (query.get("_sort") ?? "").split(",").map((each) => each.trim().split(" ")).filter(([name]) => column(meta, name));
  const size = SIZES.includes(Number(query.get("_rows"))) ? Number(query.get("_rows")) : 50;
  return { filters: parseFilters(meta, query), text: query.get("_find") ?? "", sort, page: Math.max(1, Math.floor(Number(query.get("_page"))) || 1), size };
}

function writeView({ filters, text, sort, page, size }) {
  const pairs = [...writeFilters(filters), text && ["_find", text], sort.length && ["_sort", sort.map((each) => each.join(" ")).join(",")]];
  return new URLSearchParams([...pairs, page > 1 && ["_page", page], size !== 50 && ["_rows", size]].filter(Boolean)).toString();
}

/** The view as the API's parameters. */
function request(meta, { filters, text, sort }) {
  const like = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  const searched = new Set(["name", titleField(meta), ...(meta.search_fields ?? "").split(",").map((each) => each.trim())]);
  for (const each of listColumns(meta)) if (["Data", "Select", "Link"].includes(each.fieldtype)) searched.add(each.fieldname);
  const own = meta.sort_field && meta.sort_field.split(",").every((each) => column(meta, each.trim().split(" ")[0]));
  const usual = own ? (/\s/.test(meta.sort_field) ? meta.sort_field : `${meta.sort_field} ${meta.sort_order || "DESC"}`) : "modified desc";
  const readable = (name) => column(meta, name) && name !== "docstatus" && !column(meta, name).permlevel; // who may not read a field may not search it
  const found = text ? [...searched].filter(readable) : [];
  return {
    filters: filters.length ? filters : undefined,
    or_filters: found.length ? found.map((each) => [each, "like", like]) : undefined,
    order_by: sort.length ? sort.map((each) => each.join(" ")).join(", ") : usual,
  };
}

/** The page at /app/<doctype>. */
export default function List({ params, query }) {
  const info = findDocType(params.doctype);
  const resource = useResource(() => (info ? getMeta(info.name) : Promise.resolve(null)), [], info?.name);
  useTitle(info?.name ?? params.doctype);
  if (!info) return html`<${Missing} what=${`DocType ${params.doctype}`} />`;
  if (info.virtual) return html`<${Problem} title=${info.name}>A virtual DocType: only its controller knows its documents, so there is no list.<//>`;
  return html`<${Loaded} title=${info.name} ...${resource}>${(meta) => html`<${View} key=${info.name} meta=${meta} query=${query} />`}<//>`;
}

function View({ meta, query }) {
  const view = readView(meta, query);
  const [chosen, setChosen] = useState(new Set());
  const [count, setCount] = useState(null);
  const shown = listColumns(meta);
  const wanted = request(meta, view);
  const titles = shown.filter(titleOf).map((each) => `${each.fieldname}.${findDocType(each.options).link_title} as ${titleOf(each)}`);
  const fields = [...new Set(["name", "docstatus", ...shown.map((each) => each.fieldname), ...titles])];
  const asked = writeView(view);
  const { data, error, loading, reload } = useResource(
    (signal) => documents.list(meta.name, { ...wanted, fields, start: (view.page - 1) * view.size, limit: view.size }, { signal }), [asked]);
  const rows = data?.data ?? [];
  const table = useRef();

  useEffect(() => setCount(null), [JSON.stringify([view.filters, view.text])]);
  useEffect(() => setChosen(new Set()), [asked]);

  const go = (changes, options) => {
    const { parts } = address.value;
    if (parts.length > 1 || findDocType(parts[0])?.name !== meta.name) return; // a page on its way out calls nobody back
    const text = writeView({ ...view, page: 1, ...changes });
    navigate(href(slug(meta.name)) + (text && `?${text}`), options);
  };
  const step = (by) => {
    const links = [...table.current.querySelectorAll("a.open")];
    const at = links.indexOf(document.activeElement.closest("tr")?.querySelector("a.open"));
    links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))]?.focus();
  };
  const toggle = (name) => setChosen((before) => (before.has(name) ? new Set([...before].filter((each) => each !== name)) : new Set([...before, name])));
  useShortcuts({
    j: ["Next row", () => step(1)], arrowdown: ["Next row", () => step(1)], k: ["Previous row", () => step(-1)], arrowup: ["Previous row", () => step(-1)],
    enter: ["Open the row", (event) => event.target.click()],
    x: ["Choose the row", (event) => event.target.closest("tr")?.dataset.name && toggle(event.target.closest("tr").dataset.name)],
    "/": ["Search this list", () => document.querySelector(".toolbar input[type=search]").focus()],
    r: ["Read again", reload],
    ...(may("create", meta.name) && { n: [`New ${meta.name}`, () => navigate(href("new", slug(meta.name)))] }),
  });

  const save = () => download(meta.name, columns(meta).map((each) => each.fieldname), wanted).then((total) => toast(`${total} rows in ${meta.name}.csv`, { kind: "good" }), showError);
  const filtered = view.filters.length > 0 || view.text;
  return html`<section class="list" aria-busy=${loading}>
    <header class="head"><h1>${meta.name}</h1>
      ${findDocType("DocType") && html`<a class="button" href=${href("doctype", meta.name, "api")}>API</a>`}<button onClick=${save} title="Every row of this view, as far as you may read it">CSV</button>
      ${may("create", meta.name) && html`<a class="button primary" href=${href("new", slug(meta.name))}>New</a>`}
    </header>
    <div class="toolbar">
      <${Search} text=${view.text} onChange=${(text) => go({ text }, { replace: true })} />
      <${FilterBar} meta=${meta} filters=${view.filters} onChange=${(filters) => go({ filters })} />
    </div>
    ${chosen.size > 0 && html`<${Chosen} meta=${meta} names=${[...chosen]} onDone=${() => (setChosen(new Set()), reload())} onClear=${() => setChosen(new Set())} />`}
    ${loading && html`<div class="progress" role="progressbar" aria-label="Loading" />`}
    ${error && html`<${Problem} title="This view cannot be shown"><p>${error.message}</p><button onClick=${() => go({ filters: [], text: "", sort: [] })}>Clear filters and order</button><//>`}
    ${!error && data && rows.length === 0 && html`<${Empty} ...${{ meta, filtered, page: view.page }} onClear=${() => go({ filters: [], text: "" })} />`}
    ${!error && rows.length > 0 && html`<div class="scroll" ref=${table}><table aria-rowcount=${rows.length + 1}>
      <thead><tr><th class="tick"><input type="checkbox" aria-label="Choose all rows" checked=${chosen.size === rows.length} indeterminate=${chosen.size > 0 && chosen.size < rows.length}
        onChange=${(event) => setChosen(new Set(event.target.checked ? rows.map((each) => each.name) : []))} /></th>
        ${shown.map((field) => html`<${Heading} field=${field} sort=${view.sort} onSort=${(sort) => go({ sort })} />`)}</tr></thead>
      ${Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, at) => html`<${Chunk} key=${at} first=${!at} rows=${rows.slice(at * CHUNK, (at + 1) * CHUNK)}>${(row, index) => html`<tr key=${row.name} aria-rowindex=${at * CHUNK + index + 2} data-name=${row.name} class=${classes(chosen.has(row.name) && "chosen", row.docstatus === 2 && "cancelled")}>
        <td class="tick"><input type="checkbox" aria-label=${`Choose ${row.name}`} checked=${chosen.has(row.name)} onChange=${() => toggle(row.name)} /></td>
        ${shown.map((field, index) => html`<${Cell} ...${{ meta, field, row, index }} onFilter=${(value) => go({ filters: [...view.filters, [field.fieldname, "=", value]] })} />`)}
      </tr>`}<//>`)}
    </table></div>`}
    ${(rows.length > 0 || view.page > 1) && html`<footer class="pager">
      <span>${rows.length ? `${(view.page - 1) * view.size + 1}–${(view.page - 1) * view.size + rows.length}` : ""}
        ${count !== null ? ` of ${count}` : data?.has_next_page ? html` of <button class="quiet" onClick=${() => documents.count(meta.name, wanted).then(setCount, showError)}>how many?</button>` : ""}</span>
      <label>Rows <select value=${view.size} onChange=${(event) => go({ size: Number(event.target.value) })}>${SIZES.map((each) => html`<option>${each}</option>`)}</select></label>
      <button disabled=${view.page === 1} onClick=${() => go({ page: view.page - 1 })}>Previous</button>
      <button disabled=${!data?.has_next_page} onClick=${() => go({ page: view.page + 1 })}>Next</button>
    </footer>`}
  </section>`;
}

/** Some rows, each as the child draws it. Far from what is seen they are only as high as they were, so that ten thousand cost no more than a few hundred. */
function Chunk({ rows, first, children }) {
  const box = useRef();
  const [near, setNear] = useState(first);
  const [height, setHeight] = useState(0);
  useEffect(() => {
    const watch = new IntersectionObserver(([{ target, isIntersecting, boundingClientRect }]) => {
      const one = target.parentNode.querySelector("[data-name]"); // of any chunk: rows are as high as others until they were drawn
      setHeight((before) => (target.querySelector("[data-name]") ? boundingClientRect.height : one ? rows.length * one.offsetHeight : before));
      setNear(isIntersecting);
    }, { root: box.current.closest(".scroll"), rootMargin: "1000px" });
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return html`<tbody ref=${box}>${near ? rows.map(children) : html`<tr class="far" style=${{ blockSize: `${height || rows.length * ROW}px` }}><td /></tr>`}</tbody>`;
}

function Search({ text, onChange }) {
  const [typed, setTyped] = useState(text);
  const latest = useRef();
  latest.current = onChange;
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed.trim() === text) return;
    const timer = setTimeout(() => latest.current(typed.trim()), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  const away = (event) => event.key === "Escape" && event.target.blur();
  return html`<input type="search" placeholder="Search  /" aria-label="Search this list" value=${typed} onInput=${(event) => setTyped(event.target.value)} onKeyDown=${away} />`;
}

function Heading({ field, sort, onSort }) {
  const at = sort.findIndex(([name]) => name === field.fieldname);
  const way = sort[at]?.[1];
  const turn = (event) => {
    const next = way === undefined ? [[field.fieldname, "asc"]] : way === "asc" ? [[field.fieldname, "desc"]] : [];
    onSort(event.shiftKey ? (at < 0 ? [...sort, ...next] : sort.toSpliced(at, 1, ...next)) : next);
  };
  return html`<th scope="col" class=${classes(isNumber(field) && "number")} aria-sort=${way ? { asc: "ascending", desc: "descending" }[way] : undefined}>
    <button onClick=${turn} title="Sort; with Shift, after the other columns">${labelOf(field)}${way && html`<small aria-hidden="true"> ${way === "asc" ? "↑" : "↓"}${sort.length > 1 ? at + 1 : ""}</small>`}</button></th>`;
}

/** One value. Choices and links filter by a click; the first column opens the document. */
function Cell({ meta, field, row, index, onFilter }) {
  const value = row[field.fieldname];
  const text = (titleOf(field) && row[titleOf(field)]) || display(field, value);
  if (index === 0) return html`<th scope="row"><a class="open" href=${href(slug(meta.name), row.name)}>${text || row.name}</a></th>`;
  if (field.fieldtype === "Check") return html`<td data-label=${labelOf(field)}>${value ? html`<span role="img" aria-label="Yes">✓</span>` : ""}</td>`;
  if (["Select", "Link"].includes(field.fieldtype) && text)
    return html`<td data-label=${labelOf(field)}><button class=${field.fieldtype === "Link" ? "value" : `badge ${colour(meta, field, value)}`} title=${`Only those where ${labelOf(field)} is ${text}`} onClick=${() => onFilter(value)}>${text}</button></td>`;
  return html`<td class=${classes(isNumber(field) && "number", ["name", "modified"].includes(field.fieldname) && "muted")} data-label=${labelOf(field)} title=${LONG_TEXT.has(field.fieldtype) ? text : undefined}>${text}</td>`;
}

function Empty({ meta, filtered, page, onClear }) {
  if (page > 1) return html`<${Problem} title="Nothing on this page">The list is shorter than that.<//>`;
  if (filtered) return html`<${Problem} title="Nothing fits"><p>No ${meta.name} that you may read has all of this.</p><button onClick=${onClear}>Clear filters and search</button><//>`;
  return html`<${Problem} title=${`No ${meta.name} yet`}>
    ${may("create", meta.name) ? html`<p>Make the first one here, or send it to the API.</p><a class="button primary" href=${href("new", slug(meta.name))}>New ${meta.name}</a>` : "There is none that you may read."}<//>`;
}

/** What can be done with the chosen rows. */
function Chosen({ meta, names, onDone, onClear }) {
  const many = `${names.length} ${names.length === 1 ? "document" : "documents"}`;
  const told = ({ failed, ...done }) => {
    const count = Object.values(done)[0].length;
    if (count) toast(`${count} ${count === 1 ? "document" : "documents"} ${Object.keys(done)[0]}`, { kind: "good" });
    if (failed.length) toast(`${failed.length} refused:\n${failed.slice(0, 5).map((each) => `${each.name}: ${each.error}`).join("\n")}`, { kind: "bad" });
    onDone();
  };
  const edit = async () => {
    const values = await openDialog(BulkEdit, { title: `Change ${many}`, meta });
    if (values) await documents.updateMany(meta.name, names.map((name) => ({ name, ...values }))).then(told, showError);
  };
  const remove = async () => {
    if (await ask({ title: `Delete ${many}?`, text: "They are gone for good.", action: "Delete", danger: true })) await documents.deleteMany(meta.name, names).then(told, showError);
  };
  return html`<div class="chosen-bar" role="toolbar" aria-label="Chosen rows"><span>${many} chosen</span>
    ${may("write", meta.name) && html`<button onClick=${edit}>Change…</button>`}
    ${may("delete", meta.name) && html`<button class="danger" onClick=${remove}>Delete…</button>`}
    <button class="quiet" onClick=${onClear}>Clear</button></div>`;
}

function BulkEdit({ meta, close }) {
  const fields = columns(meta).filter((each) => each.label && !each.read_only && !each.hidden && !each.permlevel && !each.set_only_once && each.parent);
  const [fieldname, setField] = useState("");
  const [value, setValue] = useState(null);
  const field = fields.find((each) => each.fieldname === fieldname);
  return html`<form onSubmit=${(event) => (event.preventDefault(), close({ [fieldname]: value }))}>
    <div class="field"><label for="bulk-field">Field</label><select id="bulk-field" required value=${fieldname} onChange=${(event) => (setField(event.target.value), setValue(null))}>
      <option value="">Choose…</option>${fields.map((each) => html`<option value=${each.fieldname}>${labelOf(each)}</option>`)}</select></div>
    ${field && html`<${Labelled} key=${fieldname} field=${{ ...field, label: `New ${labelOf(field)}`, description: "" }} value=${value} onChange=${setValue} />`}
    <footer><button type="button" onClick=${() => close()}>Cancel</button><button class="primary" disabled=${!field}>Change</button></footer>
  </form>`;
}
