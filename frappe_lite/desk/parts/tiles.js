/** One kept chart, or one kept number, drawn anew when its documents change. */
import { documents } from "../model/api.js";
import { points, settled, titleOfChart } from "../model/charts.js";
import { readCard, readChart, reportPoints } from "../model/dashboards.js";
import { display } from "../model/format.js";
import { useChanges } from "../model/live.js";
import { column } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { findDocType, slug } from "../model/site.js";
import { html, useState } from "../model/view.js";
import { PLAIN, request, writeView } from "../model/views.js";
import { Graph } from "./graph.js";
import { Loaded } from "./shell.js";

const short = (value) => Math.round(value * 100) / 100;

/** A Dashboard Chart under its name, with the buttons that are given. */
export function ChartTile({ name, children }) {
  const [turn, setTurn] = useState(0);
  const found = useResource(
    async (signal) => {
      const chart = await documents.get("Dashboard Chart", name, { signal });
      const read = /** @type {any} */ (await readChart(chart));
      if (!read) return { chart };
      if (read.report) return { chart, report: read.report, ...(await reportPoints(read, { signal })) };
      const { meta, view } = read;
      return {
        chart,
        ...read,
        kind: settled(meta, view).chart,
        points: await points(
          meta,
          { ...view, wanted: request(meta, { filters: view.filters, text: "", sort: [] }) },
          { signal },
        ),
      };
    },
    [name, turn],
  );
  useChanges(found.data?.meta?.name, () => setTurn((before) => before + 1));
  const { meta, view, report, measure } = found.data ?? {};
  const to = report
    ? href("query-report", report)
    : meta && findDocType(meta.name) && `${href(slug(meta.name))}?${writeView({ ...PLAIN, ...view, kind: "chart" })}`;
  const field = measure ?? (view?.of ? column(meta, view.of) : { fieldtype: "Int" });
  return html`
    <header><h2>${to ? html`<a href=${to}>${name}</a>` : name}</h2>${children}</header>
    <${Loaded} title=${name} ...${found}>
      ${(data) =>
        data.points
          ? html`
            <${Graph}
              kind=${data.kind}
              points=${data.points}
              label=${meta ? titleOfChart(meta, view) : name}
              told=${(value) => display(view?.how === "avg" ? { ...field, fieldtype: "Float" } : field, short(value))}
            />
          `
          : html`<p class="muted">This chart is of a kind that this desk does not draw (${data.chart.chart_type}).</p>`}
    <//>
  `;
}

/** A Number Card: its number, and how it grew. */
export function CardTile({ name, children }) {
  const [turn, setTurn] = useState(0);
  const found = useResource((signal) => readCard(name, { signal }), [name, turn]);
  useChanges(found.data?.meta?.name, () => setTurn((before) => before + 1));
  const { card, meta, filters } = found.data ?? {};
  const label = card?.label ?? name;
  const since = { Daily: "yesterday", Weekly: "a week ago", Monthly: "a month ago", Yearly: "a year ago" }[
    card?.stats_time_interval
  ];
  return html`
    <div>
      <h2 title=${label}>
        ${meta && findDocType(meta.name) ? html`
          <a href=${`${href(slug(meta.name))}?${writeView({ ...PLAIN, filters })}`}>${label}</a>
        ` : label}
      </h2>
      ${children}
    </div>
    <${Loaded} title=${label} ...${found}>
      ${({ value, grown, field }) => html`
        <strong>${value === undefined ? "–" : display(field, short(value)) || "0"}</strong>
        ${value === undefined && html`<small>of a kind that this desk does not count (${card.type})</small>`}
        ${typeof grown === "number" && html`
          <small class=${grown < 0 ? "down" : "up"}>
            ${grown < 0 ? "−" : "+"}${Math.abs(Math.round(grown * 10) / 10)} % since ${since}
          </small>
        `}
      `}
    <//>
  `;
}
