/** What went wrong on the server: faults of code by where they happened, and requests that failed. */
import { documents, method } from "../model/api.js";
import { useList } from "../model/resource.js";
import { href } from "../model/router.js";
import { slug } from "../model/site.js";
import { html } from "../model/view.js";
import { ask, openDialog, showError } from "./dialogs.js";
import { Copyable, moment, Rows } from "./panel.js";
import { Loaded } from "./shell.js";

const CLEAR = "frappe.core.doctype.error_log.error_log.clear_error_logs";
const COUNTED = [
  { COUNT: "name", as: "count" },
  { MAX: "creation", as: "last" },
];
const PLACES = { fields: ["method", ...COUNTED], group_by: "method", order_by: "count desc", limit: 100 };
const REFUSALS = {
  fields: ["method", "path", "status", ...COUNTED],
  filters: [["status", ">=", 500]],
  group_by: "method, path, status",
  order_by: "count desc",
  limit: 100,
};
const LATEST = {
  fields: ["name", "error", "creation", "owner", "reference_doctype", "reference_name", "trace_id"],
  order_by: "creation desc",
  limit: 1,
};

/** Faults of code, those of one place as one, the commonest first. */
export function Errors() {
  const found = useList("Error Log", PLACES);
  const show = async ({ method: place }) => {
    const filters = place ? { method: place } : [["method", "is", "not set"]];
    const answer = await documents.list("Error Log", { ...LATEST, filters }).catch(showError);
    const latest = answer?.data[0];
    if (latest) await openDialog(Trace, { title: place || "Without a place", wide: true, latest });
  };
  const clear = async () => {
    const question = { title: "Delete every error?", text: "They are gone for good.", action: "Delete", danger: true };
    if (await ask(question)) await method(CLEAR).then(found.reload, showError);
  };
  const where = (row) => html`
    <button class="value" onClick=${() => show(row)}>${row.method || "Without a place"}</button>
  `;
  const columns = [
    ["Where", where],
    ["Times", (row) => row.count],
    ["Last", (row) => moment(row.last)],
  ];
  return html`
    <section>
      <div class="row">
        <button onClick=${found.reload}>Read again</button>
        <a class="button" href=${href(slug("Error Log"))}>Each of them</a>
        ${found.data?.length > 0 && html`<button class="danger" onClick=${clear}>Delete all…</button>`}
      </div>
      <${Loaded} title="Errors" ...${found}>
        ${(rows) => html`
          <${Rows}
            label="Errors"
            columns=${columns}
            rows=${rows.map((row) => ({ ...row, name: row.method || "-" }))}
            empty="No code has failed."
          />
        `}
      <//>
    </section>
    <${Refused} />
  `;
}

/**
 * Requests that the server could not answer, by verb and path; each leads to those of the log. Nothing where requests
 * are not logged.
 */
function Refused() {
  const found = useList("API Request Log", REFUSALS);
  const log = (row) => {
    const view = { method: row.method, path: row.path, status: row.status, _sort: "creation desc" };
    return `${href(slug("API Request Log"))}?${new URLSearchParams(view)}`;
  };
  const columns = [
    ["Request", (row) => html`<a href=${log(row)}>${row.method} ${row.path}</a>`],
    ["Status", (row) => row.status],
    ["Times", (row) => row.count],
    ["Last", (row) => moment(row.last)],
  ];
  return (
    found.data?.length > 0 && html`
      <section>
        <h2>Requests that failed</h2>
        <${Rows}
          label="Requests that failed"
          columns=${columns}
          rows=${found.data.map((row) => ({ ...row, name: `${row.method} ${row.path} ${row.status}` }))}
        />
      </section>
    `
  );
}

function Trace({ latest, close }) {
  const { creation, owner, trace_id, reference_doctype, reference_name } = latest;
  const told = ["The latest", moment(creation), owner, trace_id && `request ${trace_id}`].filter(Boolean).join(", ");
  const about = html`
    <a href=${href(slug(reference_doctype ?? ""), reference_name)}>${reference_doctype} ${reference_name}</a>
  `;
  return html`
    <p class="muted">${told}${reference_name ? html`, ${about}` : ""}</p>
    <${Copyable} label="Trace" text=${latest.error ?? ""} />
    <footer><button class="primary" onClick=${() => close()}>Close</button></footer>
  `;
}
