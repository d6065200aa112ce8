/** Dashboards: charts beside each other, each with the numbers that the reader may see; arranged where they stand. */
import { documents } from "../model/api.js";
import { points, readChart, titleOfChart } from "../model/charts.js";
import { ask, openDialog, showError } from "../parts/dialogs.js";
import { display } from "../model/format.js";
import { Graph } from "../parts/graph.js";
import { useChanges } from "../model/live.js";
import { column } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { href, navigate } from "../model/router.js";
import { Loaded, Problem, useTitle } from "../parts/shell.js";
import { may, slug } from "../model/site.js";
import { request, writeView } from "../model/views.js";
import { html, sheet, useState } from "../model/view.js";

await sheet("graph.css");

export default function Dashboards({ params }) {
  useTitle(params.name || "Dashboards");
  return params.name ? html`<${Dashboard} key=${params.name} name=${params.name} />` : html`<${All} />`;
}

function All() {
  const found = useResource((signal) => documents.list("Dashboard", { fields: ["name", "module"], order_by: "module asc, name asc", limit: 200 }, { signal }), []);
  return html`<header class="head"><h1>Dashboards</h1></header><${Loaded} title="Dashboards" ...${found}>${({ data }) => (data.length
    ? html`<ul class="modules">${data.map((each) => html`<li key=${each.name}><a href=${href("dashboard-view", each.name)}>${each.name}</a> <small>${each.module}</small></li>`)}</ul>`
    : html`<${Problem} title="No dashboard yet">Open a list, choose Chart, and keep it: the dashboard comes with it.<//>`)}<//>`;
}

function Dashboard({ name }) {
  const found = useResource((signal) => documents.get("Dashboard", name, { signal }), [name]);
  const mayArrange = may("write", "Dashboard");
  const arrange = (doc, charts) => documents.update("Dashboard", name, { charts: charts.map(({ chart, width }) => ({ chart, width })), modified: doc.modified }).then(found.reload, (error) => (showError(error), found.reload()));
  const add = async (doc) => {
    const chart = await openDialog(PickChart, { title: "Add a chart" });
    if (chart) await arrange(doc, [...doc.charts, { chart, width: "Half" }]);
  };
  const remove = async (doc, at) => {
    if (doc.charts.length > 1) return arrange(doc, doc.charts.toSpliced(at, 1));
    if (await ask({ title: `Delete ${name}?`, text: "A dashboard has at least one chart. The chart itself stays.", action: "Delete", danger: true })) await documents.remove("Dashboard", name).then(() => navigate(href("dashboard-view")), showError);
  };
  return html`<${Loaded} title=${name} ...${found}>${(doc) => html`<header class="head"><h1>${name}</h1><a class="button" href=${href("dashboard-view")}>All</a>${mayArrange && html`<button onClick=${() => add(doc)}>Add a chart…</button>`}</header>
    <div class="dashboard">${doc.charts.map((each, at) => html`<section key=${each.name} class=${`tile ${each.width === "Full" ? "full" : ""}`} aria-label=${each.chart}><${Tile} name=${each.chart}>${mayArrange && html`
      <button class="quiet" disabled=${at === 0} aria-label=${`${each.chart}: earlier`} onClick=${() => arrange(doc, doc.charts.toSpliced(at, 1).toSpliced(at - 1, 0, each))}>←</button>
      <button class="quiet" disabled=${at === doc.charts.length - 1} aria-label=${`${each.chart}: later`} onClick=${() => arrange(doc, doc.charts.toSpliced(at, 1).toSpliced(at + 1, 0, each))}>→</button>
      <button class="quiet" aria-label=${`${each.chart}: ${each.width === "Full" ? "half" : "full"} width`} onClick=${() => arrange(doc, doc.charts.with(at, { ...each, width: each.width === "Full" ? "Half" : "Full" }))}>↔</button>
      <button class="quiet" aria-label=${`Remove ${each.chart}`} onClick=${() => remove(doc, at)}>✕</button>`}<//></section>`)}</div>`}<//>`;
}

/** One kept chart, drawn anew when its documents change. */
function Tile({ name, children }) {
  const [turn, setTurn] = useState(0);
  const found = useResource(async (signal) => {
    const chart = await documents.get("Dashboard Chart", name, { signal });
    const read = await readChart(chart);
    if (!read) return { chart };
    const { meta, view } = read;
    return { chart, ...read, points: await points(meta, { ...view, wanted: request(meta, { filters: view.filters, text: "", sort: [] }) }, { signal }) };
  }, [name, turn]);
  useChanges(found.data?.meta?.name, () => setTurn((before) => before + 1));
  const { meta, view } = found.data ?? {};
  const to = meta && `${href(slug(meta.name))}?${writeView({ ...view, kind: "chart", text: "", sort: [], page: 1, size: 50, columns: [], by: "", month: "" })}`;
  return html`<header><h2>${to ? html`<a href=${to}>${name}</a>` : name}</h2>${children}</header><${Loaded} title=${name} ...${found}>${(data) => (data.points
    ? html`<${Graph} kind=${view.chart} points=${data.points} label=${titleOfChart(meta, view)} told=${(value) => display(view.of ? column(meta, view.of) : { fieldtype: "Int" }, value)} />`
    : html`<p class="muted">This chart is of a kind that this desk does not draw (${data.chart.chart_type}).</p>`)}<//>`;
}

function PickChart({ close }) {
  const found = useResource((signal) => documents.list("Dashboard Chart", { fields: ["name", "document_type"], order_by: "name asc", limit: 500 }, { signal }), []);
  return html`<${Loaded} title="Charts" ...${found}>${({ data }) => html`<form onSubmit=${(event) => (event.preventDefault(), close(event.target.chart.value))}><div class="field"><label for="chart">Chart</label><select id="chart" name="chart" required>${data.map((each) => html`<option value=${each.name}>${each.name}</option>`)}</select></div>
    ${!data.length && html`<p class="muted">There is none yet: open a list, choose Chart, and keep it.</p>`}<footer><button type="button" onClick=${() => close()}>Cancel</button><button class="primary" disabled=${!data.length}>Add</button></footer></form>`}<//>`;
}
