/**
 * Documents counted, added up or averaged, by a field or by time, as a picture; kept as a Dashboard Chart or a Number
 * Card, on a dashboard.
 */
import { EVERY, isTime, points, settled, SPANS, titleOfChart } from "../model/charts.js";
import { keepChart, keepNumber, place } from "../model/dashboards.js";
import { display } from "../model/format.js";
import { column, columns, labelOf } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { href, navigate } from "../model/router.js";
import { may, slug } from "../model/site.js";
import { html, sheet, useEffect } from "../model/view.js";
import { chartable, PLAIN, summable, writeView } from "../model/views.js";
import { openDialog, showError, toast } from "../parts/dialogs.js";
import { Graph, GRAPHS } from "../parts/graph.js";
import { KeepChart } from "../parts/keep_chart.js";
import { Loaded } from "../parts/shell.js";

await sheet("views.css");
await sheet("graph.css");

const YEARS = 6;

export default function ChartView({ meta, view: given, wanted, go, turn, onLoading }) {
  const of = columns(meta).some((each) => each.fieldname === given.of && summable(each)) ? given.of : "";
  const view = settled(meta, { ...given, of, how: of ? given.how : "", chart: GRAPHS[given.chart] ? given.chart : "" });
  const field = column(meta, view.group);
  const timed = isTime(field);
  const found = useResource(
    (signal) => points(meta, { ...view, wanted, span: view.year ? String(view.year) : view.span }, { signal }),
    [JSON.stringify([wanted, view]), turn],
  );
  useEffect(() => onLoading(found.loading), [found.loading]);
  const measured = of ? column(meta, of) : { fieldtype: "Int" };
  const isMean = view.how === "avg" && measured.fieldtype === "Int";
  const shownAs = isMean ? { ...measured, fieldtype: "Float" } : measured;
  const told = (value) => display(shownAs, Math.round(value * 100) / 100);
  const label = titleOfChart(meta, view);
  const keep = async () => {
    const [what, keepIt, key] =
      view.chart === "number" ? ["number", keepNumber, "card"] : ["chart", keepChart, "chart"];
    const made = await openDialog(KeepChart, { title: `Keep this ${what}`, name: label, dashboard: meta.module });
    if (!made) return;
    const put = (doc) => made.dashboard && place(made.dashboard, meta.module, { [key]: doc.name });
    const show = () =>
      made.dashboard
        ? navigate(href("dashboard-view", made.dashboard))
        : toast(`“${made.name}” is kept`, { kind: "good" });
    await keepIt(meta, view, made.name).then(put).then(show, showError);
  };
  const pick = (name, value, options, change) => html`
    <label>
      ${name}${" "}
      <select aria-label=${name} value=${value} onChange=${(event) => change(event.target.value)}>
        ${options.map(([word, text]) => html`<option value=${word}>${text}</option>`)}
      </select>
    </label>
  `;
  const listed = ({ filter }) =>
    `${href(slug(meta.name))}?${writeView({ ...PLAIN, text: given.text, filters: [...given.filters, filter] })}`;
  const numbers = columns(meta).filter((each) => summable(each) && !each.hidden);
  const measures = [
    ["", "how many"],
    ...numbers.map((each) => [each.fieldname, `sum of ${labelOf(each)}`]),
    ...numbers.map((each) => [`avg ${each.fieldname}`, `average ${labelOf(each)}`]),
  ];
  const measure = (text) => go(text.startsWith("avg ") ? { of: text.slice(4), how: "avg" } : { of: text, how: "" });
  const fields = chartable(meta).map((each) => [each.fieldname, labelOf(each)]);
  const spans = [...(field.fieldtype === "Date" ? [["", "all dates"]] : []), ...Object.entries(SPANS)];
  const now = new Date().getFullYear();
  const years = Array.from({ length: YEARS }, (_, at) => String(now + 1 - at)).map((each) => [each, each]);
  const drawn = Object.entries(GRAPHS).filter(([word]) => timed || word !== "heatmap");
  return html`
    <div class="chart-view">
      <div class="chart-bar">
        ${pick("Each", view.group, fields, (group) => go({ group, span: "", every: "" }))}
        ${pick("shows", view.how === "avg" ? `avg ${of}` : of, measures, measure)}
        ${pick("as", view.chart, drawn, (chart) => go({ chart, span: "", every: "" }))}
        ${timed && view.year === 0 && pick("over", view.span, spans, (span) => go({ span, every: "" }))}
        ${view.span && pick("told", view.every, Object.entries(EVERY), (every) => go({ every }))}
        ${view.year > 0 && pick("in", String(view.year), years, (span) => go({ span }))}
        ${may("create", view.chart === "number" ? "Number Card" : "Dashboard Chart") && html`
          <button onClick=${keep}>Keep…</button>
        `}
      </div>
      ${given.text && (view.span || view.year) && html`
        <p class="muted">Words that were searched do not narrow a chart over time; filters do.</p>
      `}
      <${Loaded} title="The chart" ...${found}>
        ${(shown) => html`
          <${Graph} ...${{ kind: view.chart, told, label }} points=${shown} />
          ${!shown.days && html`
            <ul class="groups" aria-label="Groups">
              ${shown
                .filter((each) => each.value)
                .slice(0, 60)
                .map((each) => html`
                  <li key=${each.label}><a href=${listed(each)}>${each.label}</a> <span>${told(each.value)}</span></li>
                `)}
            </ul>
          `}
        `}
      <//>
    </div>
  `;
}
