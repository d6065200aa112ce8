/** What runs on the server by itself: jobs and the schedule, mails. */
import { documents, method } from "../model/api.js";
import { openDialog, showError, toast } from "./dialogs.js";
import { Copyable, moment, Rows } from "./panel.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { Loaded } from "./shell.js";
import { slug } from "../model/site.js";
import { html } from "../model/view.js";

export { Errors } from "./faults.js";

const list = (doctype, query, signal) => documents.list(doctype, query, { signal }).then(({ data }) => data);

const COLOURS = {
  failed: "red",
  Error: "red",
  started: "blue",
  Sending: "blue",
  queued: "orange",
  "Not Sent": "orange",
  finished: "green",
  Sent: "green",
  Complete: "green",
  Failed: "red",
  Scheduled: "orange",
  Start: "blue",
  "Partially Sent": "yellow",
};

const badge = (word) => html`<span class=${`badge ${COLOURS[word] ?? "gray"}`}>${word}</span>`;

/** Jobs that wait, run or failed, and the events of the schedule. */
export function Jobs() {
  const jobs = useResource(
    (signal) =>
      list(
        "RQ Job",
        {
          fields: ["name", "job_name", "queue", "status", "creation", "time_taken", "exc_info"],
          order_by: "creation desc",
          limit: 50,
        },
        signal,
      ),
    [],
  );
  const events = useResource(
    (signal) =>
      list(
        "Scheduled Job Type",
        {
          fields: ["name", "method", "frequency", "cron_format", "stopped", "last_execution"],
          order_by: "method asc",
          limit: 200,
        },
        signal,
      ),
    [],
  );
  const status = useResource(
    (signal) => method("frappe.utils.scheduler.get_scheduler_status", {}, { verb: "GET", signal }),
    [],
  );
  const again = () => (jobs.reload(), events.reload());
  const run = (row) =>
    method("frappe.core.doctype.scheduled_job_type.scheduled_job_type.execute_event", { doc: { name: row.name } }).then(
      () => (toast(`${row.method} is a job now`, { kind: "good" }), again()),
      showError,
    );
  const stop = (row) =>
    documents.update("Scheduled Job Type", row.name, { stopped: row.stopped ? 0 : 1 }).then(events.reload, showError);
  const fault = (row) =>
    openDialog(
      ({ close }) => html`
        <${Copyable} label="Trace" text=${row.exc_info} />
        <footer><button class="primary" onClick=${() => close()}>Close</button></footer>
      `,
      { title: row.job_name, wide: true },
    );
  const retry = (row) =>
    method("frappe_lite.jobs.run_again", { name: row.name }).then(
      () => (toast(`${row.job_name} waits again`, { kind: "good" }), jobs.reload()),
      showError,
    );
  const forget = () => method("frappe.core.doctype.rq_job.rq_job.remove_failed_jobs").then(jobs.reload, showError);
  const ofJobs = [
    ["Job", (row) => row.job_name || row.name],
    ["Queue", (row) => row.queue],
    ["Status", (row) => badge(row.status)],
    ["Since", (row) => moment(row.creation)],
    ["Took", (row) => (row.time_taken ? `${Number(row.time_taken).toFixed(1)} s` : "")],
    [
      "",
      (row) => html`
        <span class="actions">
          ${row.exc_info && html`
            <button onClick=${() => fault(row)} aria-label=${`Why ${row.job_name} failed`}>Why</button>
          `}
          ${row.status === "failed" && html`
            <button onClick=${() => retry(row)} aria-label=${`Run ${row.job_name} again`}>Again</button>
          `}
        </span>
      `,
    ],
  ];
  const ofEvents = [
    ["Method", (row) => row.method],
    ["When", (row) => row.cron_format || row.frequency],
    ["Last", (row) => moment(row.last_execution)],
    ["Runs", (row) => (row.stopped ? "stopped" : "yes")],
    [
      "",
      (row) => html`
        <span class="actions">
          <button onClick=${() => run(row)} aria-label=${`Run ${row.method}`}>Run</button>
          <button onClick=${() => stop(row)} aria-label=${`${row.stopped ? "Go on with" : "Stop"} ${row.method}`}>
            ${row.stopped ? "Go on" : "Stop"}
          </button>
        </span>
      `,
    ],
  ];
  return html`
    <section>
      <div class="row">
        <h2>Jobs</h2>
        <button onClick=${again}>Read again</button>
        ${jobs.data?.some((each) => each.status === "failed") && html`
          <button class="danger" onClick=${forget}>Forget those that failed</button>
        `}
      </div>
      <${Loaded} title="Jobs" ...${jobs}>
        ${(rows) => html`<${Rows} label="Jobs" columns=${ofJobs} rows=${rows} empty="No job waits, runs or failed." />`}
      <//>
    </section>
    <section>
      <h2>
        Schedule${" "}
        ${status.data && html`
          <small>${status.data.status === "active" ? "runs by the clock" : "does not run by the clock here"}</small>
        `}
      </h2>
      <${Loaded} title="Schedule" ...${events}>
        ${(rows) => html`
          <${Rows} label="Schedule" columns=${ofEvents} rows=${rows} empty="No app has events of a schedule." />
        `}
      <//>
    </section>
  `;
}

/** What was sent, what waits, what came back. */
export function Mails() {
  const found = useResource(
    (signal) =>
      list(
        "Email Queue",
        {
          fields: [
            "name",
            "subject",
            "sender",
            "status",
            "creation",
            "error",
            "reference_doctype",
            "reference_name",
            { recipients: ["recipient"] },
          ],
          order_by: "creation desc",
          limit: 100,
        },
        signal,
      ),
    [],
  );
  const columns = [
    ["When", (row) => moment(row.creation)],
    ["To", (row) => row.recipients.map((each) => each.recipient).join(", ")],
    [
      "About",
      (row) => html`
        <a href=${href(slug("Email Queue"), row.name)}>
          ${row.subject || (row.reference_name ? `${row.reference_doctype} ${row.reference_name}` : row.name)}
        </a>
      `,
    ],
    ["Status", (row) => badge(row.status)],
    [
      "Error",
      (row) => row.error && html`<span title=${row.error}>${String(row.error).trim().split("\n").at(-1)}</span>`,
    ],
  ];
  return html`
    <section>
      <div class="row">
        <button onClick=${found.reload}>Read again</button>
        <a class="button" href=${href(slug("Email Account"))}>Email accounts</a>
      </div>
      <${Loaded} title="Mails" ...${found}>
        ${(rows) => html`<${Rows} label="Mails" columns=${columns} rows=${rows} empty="No mail was sent." />`}
      <//>
    </section>
  `;
}
