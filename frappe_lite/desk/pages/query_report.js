/** A report that an app computes: its filters, its rows, what it says, and its chart; kept nowhere, saved as a file. */
import { call, method, plain } from "../model/api.js";
import { offer } from "../model/csv.js";
import { display } from "../model/format.js";
import { isNumber, labelOf } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { address, href, navigate } from "../model/router.js";
import { findDocType, may, slug } from "../model/site.js";
import { linkTitle } from "../model/titles.js";
import { classes, html, sheet, useEffect } from "../model/view.js";
import "../controls/basic.js";
import "../controls/link.js";
import { Labelled } from "../controls/registry.js";
import { showError, toast } from "../parts/dialogs.js";
import { Graph } from "../parts/graph.js";
import { Loaded, Missing, Problem, useTitle } from "../parts/shell.js";

await Promise.all([sheet("report.css"), sheet("graph.css")]);

const ask = (name, args, options) => method(`frappe.desk.query_report.${name}`, args, { verb: "GET", ...options });

/** The page at /app/query-report/<name>; one of the report builder has a page of its own, and leads there. */
export default function QueryReport({ params, query }) {
  const name = params.report;
  useTitle(name);
  const found = useResource(
    async (signal) => {
      const [doc, script] = await Promise.all([
        ask("get_report_doc", { report_name: name }, { signal }),
        ask("get_script", { report_name: name }, { signal }),
      ]);
      return { doc, filters: script.filters ?? [] };
    },
    [name],
  );
  return html`
    <${Loaded} title=${name} ...${found}>
      ${({ doc, filters }) =>
        doc.report_type === "Report Builder"
          ? html`<${Elsewhere} doc=${doc} />`
          : html`<${Report} key=${name} ...${{ doc, filters, query }} />`}
    <//>
  `;
}

function Elsewhere({ doc }) {
  const info = findDocType(doc.ref_doctype);
  useEffect(() => info && navigate(href(slug(info.name), "view", "report", doc.name), { replace: true }), [doc.name]);
  return !info && html`<${Missing} what=${`report ${doc.name}`} />`;
}

function Report({ doc, filters, query }) {
  const given = Object.fromEntries(
    filters
      .map((each) => [each.fieldname, query.get(each.fieldname) ?? each.default ?? null])
      .filter(([, value]) => value !== null && value !== ""),
  );
  const lacks = filters.filter((each) => each.reqd && given[each.fieldname] === undefined);
  const rows = useResource(
    (signal) =>
      lacks.length
        ? Promise.resolve({ columns: [], result: [], lacks })
        : ask("run", { report_name: doc.name, filters: given }, { signal }),
    [JSON.stringify(given)],
  );
  const change = (field, value) => {
    const next = new URLSearchParams(address.value.query);
    if (value === null || value === "") next.delete(field.fieldname);
    else next.set(field.fieldname, String(value));
    navigate(`${href("query-report", doc.name)}?${next}`, { replace: true });
  };
  const file = (kind) =>
    call("POST", "v2/method/frappe.desk.query_report.export_query", {
      body: { report_name: doc.name, filters: given, file_format_type: kind },
      file: true,
    }).then(
      ({ blob }) => (offer(blob, `${doc.name}.${kind === "CSV" ? "csv" : "xlsx"}`), toast("Saved", { kind: "good" })),
      showError,
    );
  return html`
    <section class="list report flows" aria-busy=${rows.loading}>
      <header class="head">
        <h1>${doc.name}</h1>
        ${findDocType(doc.ref_doctype) && html`
          <a class="button" href=${href(slug(doc.ref_doctype))}>${doc.ref_doctype}</a>
        `}
        ${may("export", doc.ref_doctype) && html`
          <button onClick=${() => file("CSV")}>CSV</button>
          <button onClick=${() => file("Excel")}>Excel</button>
        `}
        <button onClick=${rows.reload}>Read again</button>
      </header>
      ${filters.length > 0 && html`
        <div class="toolbar asked" role="group" aria-label="Filters">
          ${filters.map((each) => html`
            <${Labelled}
              key=${each.fieldname}
              field=${{ label: each.fieldname, fieldtype: "Data", ...each }}
              value=${given[each.fieldname] ?? null}
              onChange=${(value) => change(each, value)}
            />
          `)}
        </div>
      `}
      ${rows.loading && html`<div class="progress" role="progressbar" aria-label="Loading" />`}
      <${Loaded} title=${doc.name} ...${rows}>
        ${(found) =>
          found.lacks
            ? html`<${Problem} title="What for?">Choose ${found.lacks.map(labelOf).join(", ")}.<//>`
            : html`<${Found} ...${{ found, name: doc.name }} />`}
      <//>
    </section>
  `;
}

function Found({ found, name }) {
  const columns = found.columns.filter((each) => !each.hidden);
  const cell = (column, value) => {
    const text = display(column, value);
    return column.fieldtype === "Link" && text && findDocType(column.options) ? html`
      <a class="value" href=${href(slug(column.options), value)}>${linkTitle(column.options, value) ?? text}</a>
    ` : text;
  };
  return html`
    ${found.message && html`<p class="hint">${plain(found.message)}</p>`}
    <${Chart} chart=${found.chart} name=${name} />
    ${found.report_summary?.length > 0 && html`
      <dl class="figures">
        ${found.report_summary.map((each) => html`
          <div key=${each.label}>
            <dt>${each.label}</dt>
            <dd>${display({ fieldtype: each.datatype ?? "Data" }, each.value)}</dd>
          </div>
        `)}
      </dl>
    `}
    ${!found.result.length
      ? html`<${Problem} title="Nothing fits" />`
      : html`
        <div class="scroll">
          <table>
            <thead>
              <tr>
                ${columns.map((each) => html`
                  <th scope="col" class=${classes(isNumber(each) && "number")}>${labelOf(each)}</th>
                `)}
              </tr>
            </thead>
            <tbody>
              ${found.result.map((row, at) => html`
                <tr key=${at}>
                  ${columns.map((each) => html`
                    <td data-label=${labelOf(each)} class=${classes(isNumber(each) && "number")}>
                      ${cell(each, row[each.fieldname])}
                    </td>
                  `)}
                </tr>
              `)}
            </tbody>
          </table>
        </div>
      `}
    <footer class="pager"><span>${found.result.length} ${found.result.length === 1 ? "row" : "rows"}</span></footer>
  `;
}

/** A chart in the form of Frappe's: {type, data: {labels, datasets: [{values}]}}; of several sets the first. */
function Chart({ chart, name }) {
  const values = chart?.data?.datasets?.[0]?.values;
  if (!values) return null;
  const points = (chart.data.labels ?? []).map((label, at) => ({
    label: String(label),
    value: Number(values[at] ?? 0),
  }));
  const kind = { line: "line", pie: "pie", donut: "pie", percentage: "pie" }[chart.type] ?? "bar";
  return html`
    <div class="picture-of">
      <${Graph}
        kind=${kind}
        points=${points}
        label=${name}
        told=${(value) => display({ fieldtype: chart.fieldtype ?? "Float" }, value)}
      />
    </div>
  `;
}
