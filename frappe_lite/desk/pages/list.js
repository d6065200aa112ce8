/**
 * The documents of a DocType: search, filters and the kind of view, all in the address; the view itself is one of
 * views/.
 */
import { shownColumns } from "../model/columns.js";
import { download } from "../model/csv.js";
import { useChanges } from "../model/live.js";
import { columns, labelOf } from "../model/meta.js";
import { choose, chooseForAll, getList } from "../model/preferences.js";
import { useResource } from "../model/resource.js";
import { address, href, navigate } from "../model/router.js";
import { dropped } from "../model/sheet.js";
import { findDocType, manages, may, slug } from "../model/site.js";
import { html, useEffect, useRef, useState } from "../model/view.js";
import { groupable, readView, request, writeView } from "../model/views.js";
import { ChooseColumns } from "../parts/columns.js";
import { openDialog, showError, toast } from "../parts/dialogs.js";
import { FilterBar } from "../parts/filters.js";
import { useShortcuts } from "../parts/keys.js";
import { Loaded, Missing, Problem, useTitle } from "../parts/shell.js";
import { Kept, Switch } from "../parts/switch.js";
import Table from "../views/table.js";

const VIEWS = {
  list: () => Promise.resolve({ default: Table }),
  kanban: () => import("../views/kanban.js"),
  calendar: () => import("../views/calendar.js"),
  gallery: () => import("../views/gallery.js"),
  tree: () => import("../views/tree.js"),
  chart: () => import("../views/chart.js"),
};

/** The page at /app/<doctype>. */
export default function List({ params, query }) {
  const info = findDocType(params.doctype);
  const resource = useResource(() => (info ? getList(info.name) : Promise.resolve(null)), [], info?.name);
  useTitle(info?.name ?? params.doctype);
  if (!info) return html`<${Missing} what=${`DocType ${params.doctype}`} />`;
  if (info.virtual)
    return html`
      <${Problem} title=${info.name}>
        A virtual DocType: only its controller knows its documents, so there is no list.
      <//>
    `;
  return html`
    <${Loaded} title=${info.name} ...${resource}>
      ${({ meta, chosen }) => html`<${View} key=${info.name} ...${{ meta, query, given: chosen }} />`}
    <//>
  `;
}

function View({ meta, query, given }) {
  const view = readView(meta, query);
  const [chosen, setChosen] = useState(given);
  const [turn, setTurn] = useState(0);
  const [fresh, setFresh] = useState(new Set());
  const [loading, setLoading] = useState(false);
  const shown = shownColumns(meta, view, chosen);
  const wanted = request(meta, view);
  const reload = () => setTurn((before) => before + 1);
  useChanges(meta.name, (names) => (setFresh(names), reload()));

  const go = (changes, options) => {
    const { parts } = address.value;
    // a page on its way out calls nobody back
    if (parts.length > 1 || findDocType(parts[0])?.name !== meta.name) return;
    const text = writeView({ ...view, page: 1, ...changes });
    navigate(href(slug(meta.name)) + (text && `?${text}`), options);
  };
  const search = () => /** @type {HTMLElement} */ (document.querySelector(".toolbar input[type=search]")).focus();
  const begin = () => navigate(href("new", slug(meta.name)));
  useShortcuts({
    "/": ["Search this list", search],
    r: ["Read again", reload],
    ...(may("create", meta.name) && { n: [`New ${meta.name}`, begin] }),
  });

  const save = () => {
    const names = columns(meta).map((each) => each.fieldname);
    const told = (total) => toast(`${total} rows in ${meta.name}.csv`, { kind: "good" });
    return download(meta.name, names, wanted).then(told, showError);
  };
  const saveAs = () => {
    const about = { title: `Export ${meta.name}`, meta, shown, wanted };
    return import("../parts/exporting.js").then(({ Export }) => openDialog(Export, about), showError);
  };
  const drop = (event) => {
    if (!event.dataTransfer.files.length || !may("create", meta.name)) return;
    event.preventDefault();
    Object.assign(dropped, { file: event.dataTransfer.files[0], places: null });
    navigate(href("import", slug(meta.name)));
  };
  const pick = async () => {
    const names = shown.map((each) => each.fieldname);
    const done = await openDialog(ChooseColumns, { title: "Columns", wide: true, meta, shown: names });
    if (!done) return;
    const kept = done.everybody
      ? chooseForAll(meta, done.names).then(() => choose(meta.name, { columns: null }))
      : choose(meta.name, { columns: done.names });
    const show = (next) => {
      setChosen({ ...next, everybody: done.everybody ? done.names : next.everybody });
      if (view.columns.length) go({ columns: [] });
    };
    await kept.then(show, showError);
  };
  return html`
    <section
      class="list"
      aria-busy=${loading}
      onDragOver=${(event) => event.dataTransfer.types.includes("Files") && event.preventDefault()}
      onDrop=${drop}
    >
      <header class="head">
        <h1>${meta.name}</h1>
        <${Kept} ...${{ meta, view }} />
        ${findDocType("DocType") && html`<a class="button broad" href=${href("doctype", meta.name, "api")}>API</a>`}
        <button class="broad" onClick=${save} title="Every row of this view, as far as you may read it">CSV</button>
        <button popovertarget="more" aria-label="More">⋯</button>
        <div
          id="more"
          popover
          class="dropdown"
          onClick=${(event) => event.target.closest("a, button") && event.currentTarget.hidePopover()}
        >
          ${may("report", meta.name) && html`<a href=${href(slug(meta.name), "view", "report")}>Report…</a>`}
          ${may("create", meta.name) && html`<a href=${href("import", slug(meta.name))}>Import a file…</a>`}
          <button onClick=${saveAs}>Export…</button>
          <button class="narrow" onClick=${save}>CSV of this view</button>
          ${findDocType("DocType") && html`
            <a class="narrow" href=${href("doctype", meta.name, "api")}>Calls of the API</a>
          `}
          ${manages() && html`<a href=${href("permissions", slug(meta.name))}>Permissions</a>`}
        </div>
        ${may("create", meta.name) && html`<a class="button primary" href=${href("new", slug(meta.name))}>New</a>`}
      </header>
      <div class="toolbar">
        <${Search} text=${view.text} onChange=${(text) => go({ text }, { replace: true })} />
        <${FilterBar} meta=${meta} filters=${view.filters} onChange=${(filters) => go({ filters })} />
        ${view.kind === "list" && html`
          <select aria-label="Group by" value=${view.group} onChange=${(event) => go({ group: event.target.value })}>
            <option value="">No groups</option>
            ${groupable(meta).map((each) => html`<option value=${each.fieldname}>${labelOf(each)}</option>`)}
          </select>
          <button onClick=${pick}>Columns…</button>
        `}
        <${Switch} ...${{ meta, view }} />
      </div>
      ${loading && html`<div class="progress" role="progressbar" aria-label="Loading" />`}
      <${Body}
        key=${view.kind}
        kind=${view.kind}
        ...${{ meta, view, wanted, shown, chosen, setChosen, go, turn, fresh, reload }}
        onLoading=${setLoading}
      />
    </section>
  `;
}

/** The view of the kind, once its module is there. */
function Body({ kind, ...props }) {
  const [component, setComponent] = useState(kind === "list" ? { shown: Table } : null);
  useEffect(
    () => void (component || VIEWS[kind]().then((module) => setComponent({ shown: module.default }), showError)),
    [],
  );
  return component && html`<${component.shown} ...${props} />`;
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
  return html`
    <input
      type="search"
      placeholder="Search  /"
      aria-label="Search this list"
      value=${typed}
      onInput=${(event) => setTyped(event.target.value)}
      onKeyDown=${away}
    />
  `;
}
