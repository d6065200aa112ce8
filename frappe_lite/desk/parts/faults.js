/** What went wrong on the server: faults of code by where they happened, and requests that failed. */
import { Copyable, moment, Rows } from "./panel.js";
import { Loaded } from "./shell.js";
import { ask, openDialog, showError } from "./dialogs.js";
import { href } from "../model/router.js";
import { documents, method } from "../model/api.js";
import { slug } from "../model/site.js";
import { useResource } from "../model/resource.js";
import { html } from "../model/view.js";

const list = (doctype, query, signal) => documents.list(doctype, query, { signal }).then(({ data }) => data);

/** Faults of code, those of one place as one, the commonest first. */
export function Errors() {
  const found = useResource(
    (signal) =>
      list(
        "Error Log",
        {
          fields: ["method", { COUNT: "name", as: "count" }, { MAX: "creation", as: "last" }],
          group_by: "method",
          order_by: "count desc",
          limit: 100,
        },
        signal,
      ),
    [],
  );
  const show = async ({ method: place }) => {
    const [latest] = await list("Error Log", {
      fields: ["name", "error", "creation", "owner", "reference_doctype", "reference_name", "trace_id"],
      filters: place ? { method: place } : [["method", "is", "not set"]],
      order_by: "creation desc",
      limit: 1,
    }).catch((error) => (showError(error), []));
    if (latest) await openDialog(Trace, { title: place || "Without a place", wide: true, latest });
  };
  const clear = async () =>
    (await ask({ title: "Delete every error?", text: "They are gone for good.", action: "Delete", danger: true })) &&
    method("frappe.core.doctype.error_log.error_log.clear_error_logs").then(found.reload, showError);
  const columns = [
    [
      "Where",
      (row) => html`<button class="value" onClick=${() => show(row)}>${row.method || "Without a place"}</button>`,
    ],
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
  const found = useResource(
    (signal) =>
      list(
        "API Request Log",
        {
          fields: ["method", "path", "status", { COUNT: "name", as: "count" }, { MAX: "creation", as: "last" }],
          filters: [["status", ">=", 500]],
          group_by: "method, path, status",
          order_by: "count desc",
          limit: 100,
        },
        signal,
      ),
    [],
  );
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
  return html`
    <p class="muted">
      The latest, ${moment(latest.creation)}, ${latest.owner}${latest.trace_id ? `, request ${latest.trace_id}` : ""}
      ${latest.reference_name ? html`
        ,${" "}
        <a href=${href(slug(latest.reference_doctype), latest.reference_name)}>
          ${latest.reference_doctype} ${latest.reference_name}
        </a>
      ` : ""}
    </p>
    <${Copyable} label="Trace" text=${latest.error ?? ""} />
    <footer><button class="primary" onClick=${() => close()}>Close</button></footer>
  `;
}
