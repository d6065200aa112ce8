/** Documents counted or added up by a field, as a picture; kept as a Dashboard Chart on a dashboard. */
import { openDialog, showError, toast } from "../parts/dialogs.js";
import { display } from "../model/format.js";
import { Graph, GRAPHS } from "../parts/graph.js";
import { column, columns, labelOf } from "../model/meta.js";
import { keepChart, placeChart, points, titleOfChart } from "../model/charts.js";
import { useResource } from "../model/resource.js";
import { href, navigate } from "../model/router.js";
import { Loaded } from "../parts/shell.js";
import { may, slug } from "../model/site.js";
import { groupable, summable, writeView } from "../model/views.js";
import { html, sheet, useEffect, useState } from "../model/view.js";

await sheet("views.css");
await sheet("graph.css");

export default function ChartView({ meta, view, wanted, go, turn, onLoading }) {
  const kind = GRAPHS[view.chart] ? view.chart : column(meta, view.group).fieldtype === "Date" ? "line" : "bar";
  const of = columns(meta).some((each) => each.fieldname === view.of && summable(each)) ? view.of : "";
  const found = useResource((signal) => points(meta, { group: view.group, of, wanted }, { signal }), [JSON.stringify([wanted, view.group, of]), turn]);
  useEffect(() => onLoading(found.loading), [found.loading]);
  const told = (value) => display(of ? column(meta, of) : { fieldtype: "Int" }, value);
  const label = titleOfChart(meta, { ...view, of });
  const keep = async () => {
    const made = await openDialog(KeepChart, { title: "Keep this chart", name: label, dashboard: meta.module });
    if (!made) return;
    const kept = keepChart(meta, { ...view, of, chart: kind }, made.name).then(() => made.dashboard && placeChart(made.name, made.dashboard, meta.module));
    await kept.then(() => (made.dashboard ? navigate(href("dashboard-view", made.dashboard)) : toast(`“${made.name}” is kept`, { kind: "good" })), showError);
  };
  const pick = (name, value, options, change) => html`<label>${name} <select aria-label=${name} value=${value} onChange=${(event) => change(event.target.value)}>${options.map(([word, text]) => html`<option value=${word}>${text}</option>`)}</select></label>`;
  const listed = ({ filter }) => `${href(slug(meta.name))}?${writeView({ ...view, filters: [...view.filters, filter], kind: "list", by: "", group: "", of: "", chart: "", page: 1 })}`;
  return html`<div class="chart-view"><div class="chart-bar">
      ${pick("Each", view.group, groupable(meta).map((each) => [each.fieldname, labelOf(each)]), (group) => go({ group }))}
      ${pick("shows", of, [["", "how many"], ...columns(meta).filter((each) => summable(each) && !each.hidden).map((each) => [each.fieldname, `sum of ${labelOf(each)}`])], (next) => go({ of: next }))}
      ${pick("as", kind, Object.entries(GRAPHS), (chart) => go({ chart }))}${may("create", "Dashboard Chart") && html`<button onClick=${keep}>Keep…</button>`}</div>
    <${Loaded} title="The chart" ...${found}>${(given) => html`<${Graph} ...${{ kind, told, label }} points=${given} />
      <ul class="groups" aria-label="Groups">${given.filter((each) => each.value).slice(0, 60).map((each) => html`<li key=${each.label}><a href=${listed(each)}>${each.label}</a> <span>${told(each.value)}</span></li>`)}</ul>`}<//></div>`;
}

function KeepChart({ name, dashboard, close }) {
  const [values, setValues] = useState({ name, dashboard });
  const input = (key, label, more) => html`<div class="field"><label for=${`chart-${key}`}>${label}</label><input id=${`chart-${key}`} ...${more} value=${values[key]} onInput=${(event) => setValues({ ...values, [key]: event.target.value })} /></div>`;
  return html`<form onSubmit=${(event) => (event.preventDefault(), close({ name: values.name.trim(), dashboard: values.dashboard.trim() }))}>${input("name", "Name", { required: true, autofocus: true })}${input("dashboard", "On the dashboard")}<p class="muted">Everybody sees it, with the numbers of the documents that they may read.</p>
    <footer><button type="button" onClick=${() => close()}>Cancel</button><button class="primary">Keep</button></footer></form>`;
}
