/**
 * A report of a DocType's documents: columns of it and of what it is linked with, gathered, added up, kept, saved as a
 * file. All of it stands in the address.
 */
import { documents } from "../model/api.js";
import { keepReportChart, place } from "../model/dashboards.js";
import { display } from "../model/format.js";
import { column, getMeta } from "../model/meta.js";
import { fromKept } from "../model/report_json.js";
import {
  forget,
  keep,
  keptReports,
  PAGE,
  pathsIn,
  pathsOf,
  readReport,
  readRows,
  save,
  widened,
  writeReport,
} from "../model/reports.js";
import { useResource } from "../model/resource.js";
import { href, navigate } from "../model/router.js";
import { boot, findDocType, manages, may, slug } from "../model/site.js";
import { linkTitle } from "../model/titles.js";
import { classes, html, sheet, useState } from "../model/view.js";
import { ask, openDialog, showError, toast } from "../parts/dialogs.js";
import { FilterBar } from "../parts/filters.js";
import { Gathering } from "../parts/gathering.js";
import { Graph } from "../parts/graph.js";
import { KeepChart } from "../parts/keep_chart.js";
import { useShortcuts } from "../parts/keys.js";
import { ReportColumns } from "../parts/report_columns.js";
import { Lines } from "../parts/report_lines.js";
import { Loaded, Missing, useTitle } from "../parts/shell.js";

await Promise.all([sheet("report.css"), sheet("graph.css")]);

/** The page at /app/<doctype>/view/report/<name>. */
export default function ReportPage({ params, query }) {
  const info = findDocType(params.doctype);
  const asked = String(query);
  const name = params.report ?? "";
  useTitle(name || `Report of ${info?.name ?? params.doctype}`);
  const found = useResource(
    async (signal) => {
      if (!info || info.single || info.virtual) return {};
      const [meta, doc] = await Promise.all([
        getMeta(info.name),
        name ? documents.get("Report", name, { signal }) : null,
      ]);
      const kept = doc && fromKept(meta, doc.json);
      const wide = await widened(meta, [...pathsIn(query), ...(kept ? pathsOf(kept) : [])]);
      const report =
        kept && !asked
          ? { ...kept, filters: kept.filters.filter(([path]) => column(wide, path)) }
          : readReport(wide, query);
      return { meta, wide, doc, report };
    },
    [asked],
    `${info?.name} ${name}`,
  );
  if (!info) return html`<${Missing} what=${`DocType ${params.doctype}`} />`;
  return html`
    <${Loaded} title="The report" ...${found}>
      ${(given) =>
        given.meta
          ? html`<${Report} ...${{ ...given, name, changed: Boolean(asked) }} />`
          : html`<${Missing} what=${`report of ${info.name}`} />`}
    <//>
  `;
}

function Report({ meta, wide, doc, report, name, changed }) {
  const [pages, setPages] = useState(1);
  const here = (given) => href(slug(meta.name), "view", "report", ...(given ? [given] : []));
  const go = (changes) => (setPages(1), navigate(`${here(name)}?${writeReport({ ...report, ...changes })}`));
  const rows = useResource(
    async (signal) => {
      const all = await Promise.all(
        Array.from({ length: pages }, (_, at) => readRows(meta, report, at * PAGE, { signal })),
      );
      return { ...all[0], result: all.flatMap((each) => each.result), has_next_page: all.at(-1).has_next_page };
    },
    [JSON.stringify(report), pages],
  );
  useShortcuts({ r: ["Read again", rows.reload] });
  const pick = async () => {
    const names = await openDialog(ReportColumns, {
      title: "Columns",
      wide: true,
      meta,
      known: wide,
      chosen: report.columns,
    });
    if (names)
      go({ columns: names, groups: [], measures: [], chart: "", sort: report.groups.length ? [] : report.sort });
  };
  const addUp = (event) => go({ totals: event.target.checked });
  const title = name || meta.name;
  const own =
    doc &&
    (doc.owner === boot.value.user.name || manages()) &&
    doc.is_standard !== "Yes" &&
    doc.report_type === "Report Builder";
  const keepAs = async (given) => {
    const called = given ?? (await openDialog(Called, { title: "Keep this report", given: name }));
    if (called)
      await keep(meta, report, called).then(() => navigate(here(called), { replace: called === name }), showError);
  };
  const remove = async () => {
    if (await ask({ title: `Delete “${name}”?`, text: "The documents stay.", action: "Delete", danger: true }))
      await forget(name).then(() => navigate(here()), showError);
  };
  const file = (kind) =>
    save(meta, report, title, kind).then(
      () => toast(`${title}.${kind === "CSV" ? "csv" : "xlsx"}`, { kind: "good" }),
      showError,
    );
  return html`
    <section class=${classes("list report", report.chart && "flows")} aria-busy=${rows.loading}>
      <header class="head">
        <h1>${name || `Report of ${meta.name}`}${changed && name && html` <small>changed</small>`}</h1>
        <a class="button" href=${href(slug(meta.name))}>List</a>
        <${Kept} meta=${meta} here=${here} />
        ${own && changed && html`<button class="primary" onClick=${() => keepAs(name)}>Save</button>`}
        <button onClick=${() => keepAs()}>${name ? "Save as…" : "Save…"}</button>
        <button popovertarget="files" aria-label="More">⋯</button>
        <div
          id="files"
          popover
          class="dropdown"
          onClick=${(event) => event.target.closest("button") && event.currentTarget.hidePopover()}
        >
          ${may("export", meta.name) && html`
            <button onClick=${() => file("CSV")}>Save as CSV</button>
            <button onClick=${() => file("Excel")}>Save as Excel workbook</button>
          `}
          <button onClick=${rows.reload}>Read again</button>
          ${own && html`<button class="danger" onClick=${remove}>Delete the report…</button>`}
        </div>
      </header>
      <div class="toolbar">
        <${FilterBar} meta=${wide} filters=${report.filters} onChange=${(filters) => go({ filters })} />
        <button onClick=${pick}>Columns…</button>
        <label class="inline"><input type="checkbox" checked=${report.totals} onChange=${addUp} /> Totals</label>
      </div>
      <${Gathering} ...${{ meta, wide, report, go }} />
      ${rows.loading && html`<div class="progress" role="progressbar" aria-label="Loading" />`}
      <${Loaded} title="The report" ...${rows}>
        ${(found) => html`
          ${report.chart && html`<${Picture} ...${{ meta, found, report, title }} kept=${name && !changed && name} />`}
          <${Lines} ...${{ meta, wide, report, found, go }} />
          <footer class="pager">
            <span>
              ${found.result.length} ${found.result.length === 1 ? "row" : "rows"}
              ${found.has_next_page ? ", and more" : ""}
            </span>
            ${found.has_next_page && html`<button onClick=${() => setPages(pages + 1)}>More</button>`}
          </footer>
        `}
      <//>
    </section>
  `;
}

/** Groups and their first measure as a chart. */
function Picture({ meta, found, report, title, kept }) {
  const at = report.groups.length;
  const measure = found.columns[at];
  if (!measure) return null;
  const word = (field, value) =>
    (field.fieldtype === "Link" && linkTitle(field.options, value)) || display(field, value) || "None";
  const text = (row) =>
    found.columns
      .slice(0, at)
      .map((each) => word(each, row[each.fieldname]))
      .join(", ");
  const points = found.result.map((row) => ({ label: text(row), value: Number(row[measure.fieldname] ?? 0) }));
  const keepIt = async () => {
    const made = await openDialog(KeepChart, { title: "Keep this chart", name: title, dashboard: meta.module });
    if (!made) return;
    const [x, y] = [found.columns[0].fieldname, measure.fieldname];
    await keepReportChart(kept, meta, { x, y, chart: report.chart }, made.name).then(
      async (doc) =>
        made.dashboard &&
        (await place(made.dashboard, meta.module, { chart: doc.name }),
        navigate(href("dashboard-view", made.dashboard))),
      showError,
    );
  };
  return html`
    <div class="picture-of">
      ${kept && may("create", "Dashboard Chart") && html`
        <button class="keep" onClick=${keepIt}>Keep on a dashboard…</button>
      `}
      <${Graph}
        kind=${report.chart}
        points=${points}
        label=${`${measure.label} of ${title}`}
        told=${(value) => display(measure, value)}
      />
    </div>
  `;
}

/** The reports that were kept of the DocType. */
function Kept({ meta, here }) {
  const found = useResource((signal) => keptReports(meta.name, { signal }), [meta.name]);
  const all = found.data ?? [];
  return html`
    <button popovertarget="reports" class="menu">Reports${all.length ? ` ${all.length}` : ""}</button>
    <div
      id="reports"
      popover
      class="dropdown"
      onClick=${(event) => event.target.closest("a") && event.currentTarget.hidePopover()}
    >
      <a href=${here()}>A new report</a>
      ${all.map((each) => html`
        <a
          key=${each.name}
          href=${each.report_type === "Report Builder" ? here(each.name) : href("query-report", each.name)}
        >
          ${each.name}${each.report_type !== "Report Builder" ? html` <small>${each.report_type}</small>` : ""}
        </a>
      `)}
    </div>
  `;
}

function Called({ given, close }) {
  const [name, setName] = useState(given);
  return html`
    <form onSubmit=${(event) => (event.preventDefault(), close(name.trim()))}>
      <div class="field">
        <label for="report-name">Name</label>
        <input id="report-name" required autofocus value=${name} onInput=${(event) => setName(event.target.value)} />
      </div>
      <p class="muted">Whoever may report on these documents sees it, with the rows that they may read.</p>
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary" disabled=${!name.trim()}>Save</button>
      </footer>
    </form>
  `;
}
