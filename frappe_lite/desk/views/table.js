/**
 * Documents as rows: pages of them, or gathered by a field with counts and sums; chosen, changed in place, marked when
 * others wrote them.
 */
import { documents } from "../model/api.js";
import { titleOf, wantedFields } from "../model/columns.js";
import { choose } from "../model/preferences.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { may, slug } from "../model/site.js";
import { html, showAtOnce, toggled, useEffect, useMemo, useRef, useState } from "../model/view.js";
import { summable, sums } from "../model/views.js";
import { editable } from "../parts/cells.js";
import { Chosen } from "../parts/chosen.js";
import { Chunks, useSteadyColumns } from "../parts/chunks.js";
import { showError } from "../parts/dialogs.js";
import { Group } from "../parts/groups.js";
import { Headings, Order } from "../parts/headings.js";
import { useShortcuts } from "../parts/keys.js";
import { GroupsFound, Pager } from "../parts/pager.js";
import { Foot, Row } from "../parts/rows.js";
import { Problem } from "../parts/shell.js";

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
  const addable = shown.filter(summable);
  const read = (signal) =>
    view.group
      ? sums(meta, wanted, addable, { group: view.group, signal }).then((groups) => ({ data: [], groups }))
      : documents.list(
          meta.name,
          { ...wanted, fields, start: (view.page - 1) * view.size, limit: view.size },
          { signal },
        );
  const { data, error, loading } = useResource(read, [asked, turn]);
  const rows = (data?.data ?? []).map((row) => (written[row.name] ? { ...row, ...written[row.name] } : row));
  const groups = data?.groups;
  const changeable = useMemo(() => shown.filter((field) => editable(meta, field)), [asked]);
  const whole = view.page === 1 && data && !groups && !data.has_next_page;

  useEffect(
    () => setTotals(null),
    [JSON.stringify([view.filters, view.text, addable.map((each) => each.fieldname)]), turn],
  );
  useEffect(() => (setTicked(new Set()), setEditing({})), [asked]);
  useEffect(() => setWritten({}), [data]);
  useEffect(() => onLoading(loading), [loading]);
  useSteadyColumns(table, rows.length > MANY, [data, asked, widths]);

  const step = (by) => {
    const links = [...table.current.querySelectorAll("a.open")];
    const at = links.indexOf(document.activeElement.closest("tr")?.querySelector("a.open"));
    links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))]?.focus();
  };
  const toggle = (name) => setTicked((before) => toggled(before, name));
  const here = (event) => event.target.closest("tr")?.dataset.name;
  const begin = (next) => showAtOnce(() => setEditing(next));
  const edit = (event) =>
    here(event) && begin({ name: here(event), fieldname: shown.find((field) => editable(meta, field))?.fieldname });
  useShortcuts({
    j: ["Next row", () => step(1)],
    arrowdown: ["Next row", () => step(1)],
    k: ["Previous row", () => step(-1)],
    arrowup: ["Previous row", () => step(-1)],
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
    choose(meta.name, { columns: moved }).then(
      (next) => (setChosen(next), view.columns.length && go({ columns: [] })),
      showError,
    );
  };
  const saved = (doc) => (
    mine.current.add(doc.modified),
    setWritten((before) => ({
      ...before,
      [doc.name]: Object.fromEntries([
        ...shown.map((each) => [each.fieldname, doc[each.fieldname]]),
        ["modified", doc.modified],
        ...shown.filter(titleOf).map((each) => [titleOf(each), undefined]),
      ]),
    }))
  );
  const filter = (field, value) => go({ filters: [...view.filters, [field.fieldname, "=", value]] });
  const count = () => sums(meta, wanted, addable).then(([found]) => setTotals(found), showError);
  const row = (each, index) => html`
    <${Row}
      key=${each.name}
      ...${{ meta, shown, row: each, index, widths }}
      fields=${changeable}
      chosen=${ticked.has(each.name)}
      fresh=${fresh.has(each.name) && !mine.current.has(each.modified)}
      edited=${editing.name === each.name && editing.fieldname}
      onToggle=${toggle}
      onFilter=${filter}
      onEdit=${(fieldname) => begin(fieldname ? { name: each.name, fieldname } : {})}
      onSaved=${saved}
    />
  `;

  const all = html`
    <th class="tick">
      ${!groups && html`
        <input
          type="checkbox"
          aria-label="Choose all rows"
          checked=${rows.length > 0 && ticked.size === rows.length}
          indeterminate=${ticked.size > 0 && ticked.size < rows.length}
          onChange=${(event) => setTicked(new Set(event.target.checked ? rows.map((each) => each.name) : []))}
        />
      `}
    </th>
  `;
  const added = (given) =>
    Object.fromEntries(
      addable.map(({ fieldname }) => [fieldname, given.reduce((sum, one) => sum + Number(one[fieldname] ?? 0), 0)]),
    );
  const known = groups ? added(groups) : (totals ?? (whole && rows.length ? added(rows) : null));
  const more = data?.has_next_page;
  const mayCount = more || (view.page > 1 && addable.length > 0);
  const nothing = data && !rows.length && !groups?.length;
  return html`
    ${ticked.size > 0 && html`
      <${Chosen}
        meta=${meta}
        names=${[...ticked]}
        onDone=${() => (setTicked(new Set()), reload())}
        onClear=${() => setTicked(new Set())}
      />
    `}
    ${error && html`
      <${Problem} title="This view cannot be shown">
        <p>${error.message}</p>
        <button onClick=${() => go({ filters: [], text: "", sort: [], group: "" })}>Clear filters and order</button>
      <//>
    `}
    ${!error && nothing && html`
      <${Empty}
        ...${{ meta, page: view.page }}
        filtered=${view.filters.length > 0 || view.text}
        onClear=${() => go({ filters: [], text: "" })}
      />
    `}
    ${!error && data && !nothing && html`
      <div class="scroll" ref=${table}>
        <${Order} shown=${shown} sort=${view.sort} onSort=${(sort) => go({ sort })} />
        <table aria-rowcount=${groups ? undefined : rows.length + 1}>
          <colgroup>
            <col />
            ${shown.map((each) => html`<col key=${each.fieldname} />`)}
          </colgroup>
          <${Headings}
            ...${{ shown, widths }}
            sort=${view.sort}
            tick=${all}
            onSort=${(sort) => go({ sort })}
            onWidth=${resize}
            onMove=${move}
          />
          ${groups
            ? groups.map((each) => html`
              <${Group} key=${String(each[view.group])} ...${{ meta, view, wanted, shown, fields, turn }} group=${each}>
                ${row}
              <//>
            `)
            : html`<${Chunks} rows=${rows}>${row}<//>`}
          ${known && html`<${Foot} shown=${shown} totals=${known} />`}
        </table>
      </div>
    `}
    ${groups
      ? html`<${GroupsFound} groups=${groups} />`
      : (rows.length > 0 || view.page > 1) && html`
        <${Pager}
          ...${{ view, go }}
          rows=${rows.length}
          total=${totals?._count}
          onCount=${mayCount && count}
          more=${more}
        />
      `}
  `;
}

function Empty({ meta, filtered, page, onClear }) {
  if (page > 1) return html`<${Problem} title="Nothing on this page">The list is shorter than that.<//>`;
  if (filtered)
    return html`
      <${Problem} title="Nothing fits">
        <p>No ${meta.name} that you may read has all of this.</p>
        <button onClick=${onClear}>Clear filters and search</button>
      <//>
    `;
  return html`
    <${Problem} title=${`No ${meta.name} yet`}>
      ${may("create", meta.name) ? html`
        <p>Make the first one here, or send it to the API.</p>
        <a class="button primary" href=${href("new", slug(meta.name))}>New ${meta.name}</a>
      ` : "There is none that you may read."}
    <//>
  `;
}
