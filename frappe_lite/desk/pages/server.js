/** What the server does: requests, users, sessions, keys, the database. For System Managers. */
import { documents, method } from "../model/api.js";
import { size } from "../model/format.js";
import { useResource } from "../model/resource.js";
import { address, href, navigate } from "../model/router.js";
import { boot, manages, slug } from "../model/site.js";
import { html } from "../model/view.js";
import { Backups } from "../parts/backups.js";
import { Chart, Growth } from "../parts/chart.js";
import { showError, toast } from "../parts/dialogs.js";
import { Errors } from "../parts/faults.js";
import { moment, Rows, Tabs } from "../parts/panel.js";
import { People } from "../parts/people.js";
import { Loaded, Problem, useTitle } from "../parts/shell.js";
import { Jobs, Mails } from "../parts/upkeep.js";
import { Keys, Sessions } from "./settings.js";

const TABS = [
  ["requests", "Requests"],
  ["users", "People"],
  ["sessions", "Sessions"],
  ["keys", "API keys"],
  ["errors", "Errors"],
  ["jobs", "Jobs"],
  ["mails", "Mails"],
  ["database", "Database"],
];

export default function Run({ params, query }) {
  const tab = TABS.some(([word]) => word === params.tab) ? params.tab : "requests";
  useTitle("Server");
  if (!manages()) return html`<${Problem} title="Server"><p>This page is for System Managers.</p><//>`;
  return html`
    <header class="head">
      <h1>Server</h1>
      <a class="button" href=${`${boot.value.prefix}/docs`}>API</a>
    </header>
    <${Tabs} path=${["run"]} tabs=${TABS} current=${tab} />
    <div class="panel"><${SHOWN[tab]} query=${query} /></div>
  `;
}

const FIELDS = ["name", "creation", "method", "path", "user", "status", "duration", "remote_address"];
const STEPS = [
  ["minute", "The last hour"],
  ["hour", "The last day"],
  ["day", "The last 30 days"],
];
const ONLY = [
  ["", "All requests", {}],
  ["errors", "Errors", { status: [">=", 400] }],
  ["slow", "100 ms and slower", { duration: [">=", 100] }],
];

/** The view of requests that an address asks for: {step, only}. */
function chosen(query) {
  const known = (options, key, usual) => options.find(([word]) => word === query.get(key))?.[0] ?? usual;
  return { step: known(STEPS, "step", "hour"), only: known(ONLY, "only", "") };
}

function Requests({ query }) {
  const { step, only } = chosen(query);
  const settings = useResource((signal) => documents.get("System Settings", "System Settings", { signal }), []);
  const chart = useResource(
    (signal) => method("frappe_lite.request_log.get_chart", { step }, { verb: "GET", signal }),
    [step],
  );
  const filters = ONLY.find(([word]) => word === only)[2];
  const log = useResource(
    (signal) => {
      const asked = { fields: FIELDS, filters, order_by: "creation desc", limit: 50 };
      return documents.list("API Request Log", asked, { signal });
    },
    [only],
  );
  const logs = Boolean(settings.data?.log_api_requests);
  const toggle = () =>
    documents.update("System Settings", "System Settings", { log_api_requests: logs ? 0 : 1 }).then(() => {
      settings.reload();
      toast(logs ? "Requests are logged no more" : "Requests are logged", { kind: "good" });
    }, showError);
  const again = () => (chart.reload(), log.reload());
  const go = (key, value) => navigate(href("run", "requests", { ...chosen(address.value.query), [key]: value }));
  const choose = (label, key, value, options) => html`
    <select aria-label=${label} value=${value} onChange=${(event) => go(key, event.target.value)}>
      ${options.map(([word, text]) => html`<option value=${word}>${text}</option>`)}
    </select>
  `;
  const columns = [
    ["When", (row) => moment(row.creation)],
    ["Verb", (row) => row.method],
    ["Path", (row) => html`<span title=${row.path}>${row.path}</span>`],
    ["Status", (row) => row.status],
    ["ms", (row) => row.duration.toFixed(1)],
    ["User", (row) => row.user],
    ["Address", (row) => row.remote_address],
  ];
  const empty = logs
    ? "Nothing was asked yet that fits."
    : "Requests are not logged. Logging costs each of them a little, and shows here what was asked.";
  return html`
    <section>
      <div class="row">
        ${choose("Time", "step", step, STEPS)}
        ${choose("Which requests", "only", only, ONLY)}
        <button onClick=${again}>Read again</button>
        ${settings.data && html`<button onClick=${toggle}>${logs ? "Stop logging" : "Log requests"}</button>`}
        ${settings.error && html`<span class="problem-line" role="alert">${settings.error.message}</span>`}
      </div>
      <${Loaded} title="The chart" ...${chart}>
        ${(points) => points.length > 0 && html`<${Chart} points=${points} step=${step} />`}
      <//>
      <${Loaded} title="The requests" ...${log}>
        ${({ data }) => html`<${Rows} label="Requests" columns=${columns} rows=${data} empty=${empty} />`}
      <//>
      <p><a href=${href(slug("API Request Log"))}>The whole log</a></p>
    </section>
  `;
}

const AllSessions = () => html`<${Sessions} everybody />`;

function Database() {
  const status = useResource((signal) => method("frappe_lite.database.status", {}, { verb: "GET", signal }), []);
  const columns = [
    ["DocType", (row) => html`<a href=${href(slug(row.doctype))}>${row.doctype}</a>`],
    ["Documents", (row) => `${row.exact ? "" : "about "}${row.count}`],
  ];
  const sizes = (found) => [
    ["Database", found.size],
    ["Log", found.wal_size],
    ["Files", found.files_size],
  ];
  const counted = (found) =>
    found.documents.filter((each) => each.count).map((each) => ({ ...each, name: each.doctype }));
  return html`
    <section>
      <${Loaded} title="Database" ...${status}>
        ${(found) => html`
          <dl class="figures">
            ${sizes(found).map(([name, bytes]) => html`
              <div key=${name}>
                <dt>${name}</dt>
                <dd>${size(bytes)}</dd>
              </div>
            `)}
          </dl>
          <p class="muted">${found.path}</p>
          <${Backups} />
          <${Growth} days=${found.growth} />
          <${Rows} label="Documents" columns=${columns} rows=${counted(found)} empty="No documents" />
        `}
      <//>
    </section>
  `;
}

/** What each tab shows. */
const SHOWN = {
  requests: Requests,
  users: People,
  sessions: AllSessions,
  keys: Keys,
  errors: Errors,
  jobs: Jobs,
  mails: Mails,
  database: Database,
};
