/** What the server does: requests, users, sessions, keys, the database. For System Managers. */
import { call, documents, method } from "./api.js";
import { Chart } from "./chart.js";
import { showError, toast } from "./dialogs.js";
import { Rows, Tabs } from "./panel.js";
import { useResource } from "./resource.js";
import { href } from "./router.js";
import { Keys, moment, Sessions } from "./settings.js";
import { Problem, useTitle } from "./shell.js";
import { boot, manages, slug } from "./site.js";
import { html, useState } from "./view.js";

const TABS = [["requests", "Requests"], ["users", "Users"], ["sessions", "Sessions"], ["keys", "API keys"], ["database", "Database"]];

export default function Run({ params }) {
  const tab = TABS.some(([word]) => word === params.tab) ? params.tab : "requests";
  useTitle("Server");
  if (!manages()) return html`<${Problem} title="Server"><p>This page is for System Managers.</p><//>`;
  const shown = { requests: Requests, users: Users, sessions: AllSessions, keys: Keys, database: Database }[tab];
  return html`<header class="head"><h1>Server</h1><a class="button" href=${href(slug("Error Log"))}>Errors</a><a class="button" href=${`${boot.value.prefix}/docs`}>API</a></header>
    <${Tabs} path=${["run"]} tabs=${TABS} current=${tab} /><div class="panel"><${shown} /></div>`;
}

const FIELDS = ["name", "creation", "method", "path", "user", "status", "duration", "remote_address"];

function Requests() {
  const [step, setStep] = useState("hour");
  const [only, setOnly] = useState("");
  const settings = useResource((signal) => documents.get("System Settings", "System Settings", { signal }), []);
  const chart = useResource((signal) => method("frappe_lite.request_log.get_chart", { step }, { verb: "GET", signal }), [step]);
  const filters = only === "errors" ? { status: [">=", 400] } : only === "slow" ? { duration: [">=", 100] } : {};
  const log = useResource((signal) => documents.list("API Request Log", { fields: FIELDS, filters, order_by: "creation desc", limit: 50 }, { signal }), [only]);
  const logs = Boolean(settings.data?.log_api_requests);
  const toggle = () => documents.update("System Settings", "System Settings", { log_api_requests: logs ? 0 : 1 }).then(() => (settings.reload(), toast(logs ? "Requests are logged no more" : "Requests are logged", { kind: "good" })), showError);
  const again = () => (chart.reload(), log.reload());
  const choose = (label, value, set, options) => html`<label class="field"><span class="unseen">${label}</span><select aria-label=${label} value=${value} onChange=${(event) => set(event.target.value)}>${options.map(([word, text]) => html`<option value=${word}>${text}</option>`)}</select></label>`;
  const columns = [["When", (row) => moment(row.creation)], ["Verb", (row) => row.method], ["Path", (row) => html`<span title=${row.path}>${row.path}</span>`], ["Status", (row) => row.status], ["ms", (row) => row.duration.toFixed(1)], ["User", (row) => row.user], ["Address", (row) => row.remote_address]];
  return html`<section><div class="row">${choose("Time", step, setStep, [["minute", "The last hour"], ["hour", "The last day"], ["day", "The last 30 days"]])}
      ${choose("Which requests", only, setOnly, [["", "All requests"], ["errors", "Errors"], ["slow", "100 ms and slower"]])}<button onClick=${again}>Read again</button>
      ${settings.data && html`<button onClick=${toggle}>${logs ? "Stop logging" : "Log requests"}</button>`}</div>
    ${chart.data?.length > 0 && html`<${Chart} points=${chart.data} step=${step} />`}
    ${log.data && html`<${Rows} label="Requests" columns=${columns} rows=${log.data.data} empty=${logs ? "Nothing was asked yet that fits." : "Requests are not logged. Logging costs each of them a little, and shows here what was asked."} />`}
    <p><a href=${href(slug("API Request Log"))}>The whole log</a></p></section>`;
}

function Users() {
  const { data } = useResource((signal) => documents.list("User", { fields: ["name", "full_name", "enabled", "user_type", { roles: ["role"] }], order_by: "name asc", limit: 500 }, { signal }), []);
  const columns = [["User", (row) => html`<a href=${href("user", row.name)}>${row.name}</a>`], ["Name", (row) => row.full_name], ["Roles", (row) => row.roles.map((each) => each.role).join(", ")], ["Kind", (row) => row.user_type], ["Enabled", (row) => (row.enabled ? "Yes" : "No")]];
  return html`<section><p><a class="button primary" href=${href("new", "user")}>New user…</a> <a class="button" href=${href("role")}>Roles</a></p>${data && html`<${Rows} label="Users" columns=${columns} rows=${data.data} empty="No users" />`}</section>`;
}

const AllSessions = () => html`<${Sessions} everybody />`;

const size = (bytes) => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`);

function Database() {
  const { data, error } = useResource((signal) => method("frappe_lite.database.status", {}, { verb: "GET", signal }), []);
  const [busy, setBusy] = useState(false);
  const backup = async () => {
    setBusy(true);
    try {
      const file = await call("POST", "v2/method/frappe_lite.database.backup", { body: {}, file: true });
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file.blob), download: file.name });
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (problem) {
      showError(problem);
    }
    setBusy(false);
  };
  if (error) return html`<${Problem} title="Database"><p>${error.message}</p><//>`;
  if (!data) return html`<div class="progress" role="progressbar" aria-label="Loading" />`;
  const figures = [["Database", size(data.size)], ["Log", size(data.wal_size)], ["Files", size(data.files_size)]];
  const grown = data.growth.length > 1 ? data.size - data.growth[0].size : 0;
  const columns = [["DocType", (row) => html`<a href=${href(slug(row.doctype))}>${row.doctype}</a>`], ["Documents", (row) => `${row.exact ? "" : "about "}${row.count}`]];
  const rows = data.documents.filter((each) => each.count).sort((a, b) => b.count - a.count).map((each) => ({ ...each, name: each.doctype }));
  return html`<section><dl class="figures">${figures.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}${data.growth.length > 1 && html`<div><dt>Since ${data.growth[0].date}</dt><dd>${grown < 0 ? "−" : "+"}${size(Math.abs(grown))}</dd></div>`}</dl>
    <p class="muted">${data.path}</p><p><button class="primary" disabled=${busy} onClick=${backup}>${busy ? "Making a backup…" : "Back up now"}</button></p>
    <${Rows} label="Documents" columns=${columns} rows=${rows} empty="No documents" /></section>`;
}
