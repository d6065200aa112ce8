/** What runs on the server by itself: jobs and the schedule, mails. */
import { documents, method } from "../model/api.js";
import { useList, useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { slug } from "../model/site.js";
import { html } from "../model/view.js";
import { openDialog, showError, toast } from "./dialogs.js";
import { Copyable, moment, Rows } from "./panel.js";
import { Loaded } from "./shell.js";

const STATUS = "frappe.utils.scheduler.get_scheduler_status";
const FAILED = "frappe.core.doctype.rq_job.rq_job.remove_failed_jobs";
const EVENT = "frappe.core.doctype.scheduled_job_type.scheduled_job_type.execute_event";

const JOBS = {
  fields: ["name", "job_name", "queue", "status", "creation", "time_taken", "exc_info"],
  order_by: "creation desc",
  limit: 50,
};
const EVENTS = {
  fields: ["name", "method", "frequency", "cron_format", "stopped", "last_execution"],
  order_by: "method asc",
  limit: 200,
};
const MAILS = {
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
};

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
  const jobs = useList("RQ Job", JOBS);
  const events = useList("Scheduled Job Type", EVENTS);
  const status = useResource((signal) => method(STATUS, {}, { verb: "GET", signal }), []);
  const again = () => (jobs.reload(), events.reload());
  const done = (text, after) => () => (toast(text, { kind: "good" }), after());
  const run = (row) =>
    method(EVENT, { doc: { name: row.name } }).then(done(`${row.method} is a job now`, again), showError);
  const stop = (row) =>
    documents.update("Scheduled Job Type", row.name, { stopped: row.stopped ? 0 : 1 }).then(events.reload, showError);
  const fault = (row) => openDialog(Fault, { title: row.job_name, wide: true, text: row.exc_info });
  const retry = (row) =>
    method("frappe_lite.jobs.run_again", { name: row.name }).then(
      done(`${row.job_name} waits again`, jobs.reload),
      showError,
    );
  const forget = () => method(FAILED).then(jobs.reload, showError);
  const ofJob = (row) => html`
    <span class="actions">
      ${row.exc_info && html`
        <button onClick=${() => fault(row)} aria-label=${`Why ${row.job_name} failed`}>Why</button>
      `}
      ${row.status === "failed" && html`
        <button onClick=${() => retry(row)} aria-label=${`Run ${row.job_name} again`}>Again</button>
      `}
    </span>
  `;
  const ofEvent = (row) => html`
    <span class="actions">
      <button onClick=${() => run(row)} aria-label=${`Run ${row.method}`}>Run</button>
      <button onClick=${() => stop(row)} aria-label=${`${row.stopped ? "Go on with" : "Stop"} ${row.method}`}>
        ${row.stopped ? "Go on" : "Stop"}
      </button>
    </span>
  `;
  const ofJobs = [
    ["Job", (row) => row.job_name || row.name],
    ["Queue", (row) => row.queue],
    ["Status", (row) => badge(row.status)],
    ["Since", (row) => moment(row.creation)],
    ["Took", (row) => (row.time_taken ? `${Number(row.time_taken).toFixed(1)} s` : "")],
    ["", ofJob],
  ];
  const ofEvents = [
    ["Method", (row) => row.method],
    ["When", (row) => row.cron_format || row.frequency],
    ["Last", (row) => moment(row.last_execution)],
    ["Runs", (row) => (row.stopped ? "stopped" : "yes")],
    ["", ofEvent],
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

const Fault = ({ text, close }) => html`
  <${Copyable} label="Trace" text=${text} />
  <footer><button class="primary" onClick=${() => close()}>Close</button></footer>
`;

/** What was sent, what waits, what came back. */
export function Mails() {
  const found = useList("Email Queue", MAILS);
  const subject = (row) =>
    row.subject || (row.reference_name ? `${row.reference_doctype} ${row.reference_name}` : row.name);
  const fault = ({ error }) => error && html`<span title=${error}>${String(error).trim().split("\n").at(-1)}</span>`;
  const columns = [
    ["When", (row) => moment(row.creation)],
    ["To", (row) => row.recipients.map((each) => each.recipient).join(", ")],
    ["About", (row) => html`<a href=${href(slug("Email Queue"), row.name)}>${subject(row)}</a>`],
    ["Status", (row) => badge(row.status)],
    ["Error", fault],
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
