/** Documents as rows: pages of them, or gathered by a field with counts and sums; chosen, changed in place, marked when others wrote them. */
import { documents } from "../model/api.js";
import { Chosen } from "../parts/chosen.js";
import { showError } from "../parts/dialogs.js";
import { useShortcuts } from "../parts/keys.js";
import { useResource } from "../model/resource.js";
import { Chunks, editable, Foot, Headings, Order, Row, useSteadyColumns } from "../parts/rows.js";
import { Problem } from "../parts/shell.js";
import { display } from "../model/format.js";
import { column, isNumber, labelOf } from "../model/meta.js";
import { href } from "../model/router.js";
import { may, slug } from "../model/site.js";
import { choose, inGroup, SIZES, summable, sums, titleOf, wantedFields } from "../model/views.js";
import { html, showAtOnce, useEffect, useMemo, useRef, useState } from "../model/view.js";

const MANY = 100; // rows from which columns keep their width

/** The rows of a view. `turn` counts how often it was read again, `fresh` names what others wrote since. */
export default function Table({ meta, view, wanted, shown, chosen, setChosen, go, turn, fresh, reload, onLoading }) {
  const [ticked, setTicked] = useState(new Set());
  const [totals, setTotals] = useState(null);
  const [editing, setEditing] = useState({});
  const [written, setWritten] = useState({}); // by name, what was changed here since the rows came
  const [widths, setWidths] = useState(chosen.widths ?? {});
  const table = useRef();
  const mine = useRef(new Set()); // moments of changes that were made here, which are no news
  const asked = JSON.stringify([wanted, view.page, view.size, view.group, shown.map((each) => each.fieldname)]);
  const fields = wantedFields(meta, shown);
  const added = shown.filter(summable);
  const read = (signal) => (view.group
    ? sums(meta, wanted, added, { group: view.group, signal }).then((groups) => ({ data: [], groups }))
    : documents.list(meta.name, { ...wanted, fields, start: (view.page - 1) * view.size, limit: view.size }, { signal }));
  const { data, error, loading } = useResource(read, [asked, turn]);
  const rows = (data?.data ?? []).map((row) => (written[row.name] ? { ...row, ...written[row.name] } : row));
  const groups = data?.groups;
  const changeable = useMemo(() => shown.filter((field) => editable(meta, field)), [asked]);
  const whole = view.page === 1 && data && !groups && !data.has_next_page;

  useEffect(() => setTotals(null), [JSON.stringify([view.filters, view.text, added.map((each) => each.fieldname)]), turn]);
  useEffect(() => (setTicked(new Set()), setEditing({})), [asked]);
  useEffect(() => setWritten({}), [data]);
  useEffect(() => onLoading(loading), [loading]);
  useSteadyColumns(table, rows.length > MANY, [data, asked, widths]);

  const step = (by) => {
    const links = [...table.current.querySelectorAll("a.open")];
    const at = links.indexOf(document.activeElement.closest("tr")?.querySelector("a.open"));
    links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))]?.focus();
  };
  const toggle = (name) => setTicked((before) => (before.has(name) ? new Set([...before].filter((each) => each !== name)) : new Set([...before, name])));
  const here = (event) => event.target.closest("tr")?.dataset.name;
  const begin = (next) => showAtOnce(() => setEditing(next));
  const edit = (event) => here(event) && begin({ name: here(event), fieldname: shown.find((field) => editable(meta, field))?.fieldname });
  useShortcuts({
    j: ["Next row", () => step(1)], arrowdown: ["Next row", () => step(1)], k: ["Previous row", () => step(-1)], arrowup: ["Previous row", () => step(-1)],
    enter: ["Open the row", (event) => /** @type {HTMLElement} */ (event.target).click()],
    x: ["Choose the row", (event) => here(event) && toggle(here(event))],
    ...(may("write", meta.name) && { e: ["Change the row here; Tab goes to the next value", edit] }),
  });

  const resize = (fieldname, width, done) => {
    const next = { ...widths, [fieldname]: width ?? undefined };
    setWidths(next);
    if (done) choose(meta.name, { widths: next }).then(setChosen, showError);
  };
  const move = (fieldname, to) => {
    const names = shown.map((each) => each.fieldname);
    const from = names.indexOf(fieldname);
    const at = typeof to === "number" ? from + to : names.indexOf(to);
    if (from < 0 || at < 0 || at >= names.length || at === from) return;
    const moved = names.filter((each) => each !== fieldname).toSpliced(at, 0, fieldname);
    choose(meta.name, { columns: moved }).then((next) => (setChosen(next), view.columns.length && go({ columns: [] })), showError);
  };
  const saved = (doc) => (mine.current.add(doc.modified), setWritten((before) => ({ ...before, [doc.name]: Object.fromEntries([...shown.map((each) => [each.fieldname, doc[each.fieldname]]), ["modified", doc.modified], ...shown.filter(titleOf).map((each) => [titleOf(each), undefined])]) })));
  const filter = (field, value) => go({ filters: [...view.filters, [field.fieldname, "=", value]] });
  const count = () => sums(meta, wanted, added).then(([found]) => setTotals(found), showError);
  const row = (each, index) => html`<${Row} key=${each.name} ...${{ meta, shown, row: each, index, widths }} fields=${changeable} chosen=${ticked.has(each.name)} fresh=${fresh.has(each.name) && !mine.current.has(each.modified)} edited=${editing.name === each.name && editing.fieldname} onToggle=${toggle} onFilter=${filter}
    onEdit=${(fieldname) => begin(fieldname ? { name: each.name, fieldname } : {})} onSaved=${saved} />`;

  const all = html`<th class="tick">${!groups && html`<input type="checkbox" aria-label="Choose all rows" checked=${rows.length > 0 && ticked.size === rows.length} indeterminate=${ticked.size > 0 && ticked.size < rows.length}
    onChange=${(event) => setTicked(new Set(event.target.checked ? rows.map((each) => each.name) : []))} />`}</th>`;
  const known = totals ?? (whole && rows.length ? Object.fromEntries([["_count", rows.length], ...added.map((each) => [each.fieldname, rows.reduce((sum, one) => sum + Number(one[each.fieldname] ?? 0), 0)])]) : null);
  const nothing = data && !rows.length && !groups?.length;
  return html`
    ${ticked.size > 0 && html`<${Chosen} meta=${meta} names=${[...ticked]} onDone=${() => (setTicked(new Set()), reload())} onClear=${() => setTicked(new Set())} />`}
    ${error && html`<${Problem} title="This view cannot be shown"><p>${error.message}</p><button onClick=${() => go({ filters: [], text: "", sort: [], group: "" })}>Clear filters and order</button><//>`}
    ${!error && nothing && html`<${Empty} ...${{ meta, page: view.page }} filtered=${view.filters.length > 0 || view.text} onClear=${() => go({ filters: [], text: "" })} />`}
    ${!error && data && !nothing && html`<div class="scroll" ref=${table}><${Order} shown=${shown} sort=${view.sort} onSort=${(sort) => go({ sort })} /><table aria-rowcount=${groups ? undefined : rows.length + 1}><colgroup><col />${shown.map((each) => html`<col key=${each.fieldname} />`)}</colgroup>
      <${Headings} ...${{ shown, widths }} sort=${view.sort} tick=${all} onSort=${(sort) => go({ sort })} onWidth=${resize} onMove=${move} />
      ${groups ? groups.map((each) => html`<${Group} key=${String(each[view.group])} ...${{ meta, view, wanted, shown, fields, turn }} group=${each}>${row}<//>`) : html`<${Chunks} rows=${rows}>${row}<//>`}
      ${known && !groups && html`<${Foot} shown=${shown} totals=${known} />`}${groups && html`<${Foot} shown=${shown} totals=${added.reduce((sum, field) => ({ ...sum, [field.fieldname]: groups.reduce((total, each) => total + Number(each[field.fieldname] ?? 0), 0) }), {})} />`}
    </table></div>`}
    ${groups ? html`<footer class="pager"><span>${groups.reduce((sum, each) => sum + each._count, 0)} in ${groups.length} ${groups.length === 1 ? "group" : "groups"}</span></footer>` : (rows.length > 0 || view.page > 1) && html`<footer class="pager">
      <span>${rows.length ? `${(view.page - 1) * view.size + 1}–${(view.page - 1) * view.size + rows.length}` : ""}
        ${totals ? ` of ${totals._count}` : data?.has_next_page || (view.page > 1 && added.length > 0) ? html` of <button class="quiet" onClick=${count}>how many?</button>` : ""}</span>
      <label>Rows <select value=${view.size} onChange=${(event) => go({ size: Number(event.target.value) })}>${SIZES.map((each) => html`<option>${each}</option>`)}</select></label>
      <button disabled=${view.page === 1} onClick=${() => go({ page: view.page - 1 })}>Previous</button>
      <button disabled=${!data?.has_next_page} onClick=${() => go({ page: view.page + 1 })}>Next</button>
    </footer>`}`;
}

/** The documents that have one value: how many, their sums, and, once it is opened, they themselves. */
function Group({ meta, view, wanted, shown, fields, group, turn, children }) {
  const [open, setOpen] = useState(false);
  const value = group[view.group];
  const field = column(meta, view.group);
  const filters = [...(wanted.filters ?? []), inGroup(view.group, value)];
  const { data, error } = useResource((signal) => (open ? documents.list(meta.name, { ...wanted, filters, fields, limit: 500 }, { signal }) : Promise.resolve(null)), [open, turn, JSON.stringify(wanted)]);
  const head = html`<button class="quiet" aria-expanded=${open} onClick=${() => setOpen(!open)}>${open ? "▾" : "▸"} <strong>${display(field, value) || "None"}</strong> <small>${group._count}</small></button>`;
  return html`<tbody class="group"><tr class="gathered"><td class="tick" />${shown.map((each, at) => html`<td key=${each.fieldname} class=${isNumber(each) ? "number" : ""} data-label=${at ? labelOf(each) : ""}>${at === 0 ? head : summable(each) ? display(each, group[each.fieldname] ?? 0) : ""}</td>`)}</tr></tbody>
    ${open && error && html`<tbody><tr><td colspan=${shown.length + 1}>${error.message}</td></tr></tbody>`}${open && data && html`<${Chunks} rows=${data.data}>${children}<//>`}`;
}

function Empty({ meta, filtered, page, onClear }) {
  if (page > 1) return html`<${Problem} title="Nothing on this page">The list is shorter than that.<//>`;
  if (filtered) return html`<${Problem} title="Nothing fits"><p>No ${meta.name} that you may read has all of this.</p><button onClick=${onClear}>Clear filters and search</button><//>`;
  return html`<${Problem} title=${`No ${meta.name} yet`}>
    ${may("create", meta.name) ? html`<p>Make the first one here, or send it to the API.</p><a class="button primary" href=${href("new", slug(meta.name))}>New ${meta.name}</a>` : "There is none that you may read."}<//>`;
}
