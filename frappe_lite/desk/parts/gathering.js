/** How a report gathers its rows: by which fields, with which measures, and how that is drawn. */
import { columns, labelOf } from "../model/meta.js";
import { measurable, MEASURES } from "../model/reports.js";
import { html } from "../model/view.js";
import { GRAPHS } from "./graph.js";

const GATHERED = new Set(["Select", "Link", "Check", "Date", "Data", "Dynamic Link", "Read Only"]);
const NO = ["name", "_assign", "_user_tags"];

/** The bar below the filters. `go` takes what changes. */
export function Gathering({ wide, report, go }) {
  const { groups, measures } = report;
  const offered = columns(wide).filter(
    (each) =>
      !each.hidden &&
      (GATHERED.has(each.fieldtype) || each.fieldname === "docstatus") &&
      !NO.includes(each.fieldname) &&
      !groups.includes(each.fieldname),
  );
  const label = (path) =>
    labelOf(columns(wide).find((each) => each.fieldname === path) ?? { fieldname: path, fieldtype: "Data" });
  const group = (path) =>
    path && go({ groups: [...groups, path], measures: measures.length ? measures : [["count", ""]], sort: [] });
  const leave = (path) => {
    const rest = groups.filter((each) => each !== path);
    go({ groups: rest, sort: [], ...(!rest.length && { measures: [], chart: "" }) });
  };
  const add = (text) => text && go({ measures: [...measures, [...text.split(" "), ""].slice(0, 2)], sort: [] });
  const without = (at) => {
    const rest = measures.toSpliced(at, 1);
    go({ measures: rest.length ? rest : [["count", ""]], sort: [] });
  };
  /** @param {string[]} measure */
  const words = ([name, path]) => (name === "count" ? MEASURES.count : `${MEASURES[name]} ${label(path)}`);
  const known = new Set(measures.map((each) => each.join(" ").trim()));
  const choices = [
    ["count", ""],
    ...measurable(wide).flatMap((each) => ["sum", "avg", "min", "max"].map((name) => [name, each.fieldname])),
  ].filter((each) => !known.has(each.join(" ").trim()));
  const chip = (text, remove, key) => html`
    <span class="chip" key=${key}>
      <span>${text}</span>
      <button class="quiet" aria-label=${`Leave out: ${text}`} onClick=${remove}>✕</button>
    </span>
  `;
  return html`
    <div class="toolbar gathering" role="group" aria-label="Groups">
      ${groups.map((path) => chip(label(path), () => leave(path), path))}
      <select aria-label="Group by" value="" onChange=${(event) => group(event.target.value)}>
        <option value="">${groups.length ? "and by…" : "Group by…"}</option>
        ${offered.map((each) => html`<option value=${each.fieldname}>${labelOf(each)}</option>`)}
      </select>
      ${groups.length > 0 && html`
        <span class="muted">shows</span>
        ${measures.map((each, at) => chip(words(each), () => without(at), each.join(" ")))}
        <select aria-label="Measure" value="" onChange=${(event) => add(event.target.value)}>
          <option value="">and…</option>
          ${choices.map((each) => html`<option value=${each.join(" ")}>${words(each)}</option>`)}
        </select>
        <select aria-label="Drawn as" value=${report.chart} onChange=${(event) => go({ chart: event.target.value })}>
          <option value="">No chart</option>
          ${Object.entries(GRAPHS)
            .filter(([word]) => word !== "heatmap")
            .map(([word, text]) => html`<option value=${word}>${text}</option>`)}
        </select>
      `}
    </div>
  `;
}
