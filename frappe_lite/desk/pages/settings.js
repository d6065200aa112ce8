/** The own account: profile, API keys, sessions, password. */
import { documents, method } from "../model/api.js";
import { device } from "../model/format.js";
import { useResource } from "../model/resource.js";
import { boot } from "../model/site.js";
import { html, useState } from "../model/view.js";
import "../controls/basic.js";
import { Labelled } from "../controls/registry.js";
import { ask, openDialog, showError, toast } from "../parts/dialogs.js";
import { Copyable, moment, Rows, Tabs } from "../parts/panel.js";
import { Profile } from "../parts/profile.js";
import { Loaded, setTheme, theme, useTitle } from "../parts/shell.js";
import { changePassword } from "./login.js";

const TABS = [
  ["profile", "Profile"],
  ["keys", "API keys"],
  ["sessions", "Sessions"],
  ["password", "Password"],
  ["theme", "Theme"],
];
const KEY_FIELDS = ["name", "label", "user", "api_key", "scopes", "expires_on", "last_used", "enabled"];

export default function Settings({ params }) {
  const tab = TABS.some(([word]) => word === params.tab) ? params.tab : "keys";
  const Shown = { profile: Profile, keys: Keys, sessions: Sessions, password: Password, theme: Theme }[tab];
  useTitle("Account");
  return html`
    <header class="head"><h1>${boot.value.user.full_name}</h1></header>
    <${Tabs} path=${["settings"]} tabs=${TABS} current=${tab} />
    <div class="panel"><${Shown} own /></div>
  `;
}

const Password = () => html`
  <section>
    <p>Your other sessions end when the password changes.</p>
    <p><button onClick=${changePassword}>Change password…</button></p>
  </section>
`;

const Theme = () => html`
  <fieldset class="choices">
    <legend>Colours, in this browser</legend>
    ${[
      ["auto", "As the system has them"],
      ["light", "Light"],
      ["dark", "Dark"],
    ].map(([word, label]) => html`
      <label key=${word}>
        <input type="radio" name="theme" checked=${theme.value === word} onChange=${() => setTheme(word)} /> ${label}
      </label>
    `)}
  </fieldset>
`;

/** API keys: one's own, or those of everybody. */
export function Keys({ own }) {
  const filters = own ? { user: boot.value.user.name } : {};
  const resource = useResource(
    (signal) =>
      documents.list("API Key", { fields: KEY_FIELDS, filters, order_by: "creation desc", limit: 200 }, { signal }),
    [own],
  );
  const make = async () => {
    const made = await openDialog(NewKey, { title: "New API key" });
    if (!made) return;
    resource.reload();
    await openDialog(Secret, { title: "The new key", wide: true, keep: true, made });
  };
  const revoke = async (key) => {
    const title = `Revoke ${key.label || key.api_key}?`;
    if (!(await ask({ title, text: "What uses it is refused from now on.", action: "Revoke", danger: true }))) return;
    await method("frappe_lite.keys.revoke", { name: key.name }).then(
      () => (resource.reload(), toast("Revoked", { kind: "good" })),
      showError,
    );
  };
  const columns = [
    ["Label", (key) => key.label],
    ...(own ? [] : [["User", (key) => key.user]]),
    ["Key", (key) => html`<code>${key.api_key}</code>`],
    ["May do", (key) => key.scopes || "everything"],
    ["Expires", (key) => moment(key.expires_on)],
    ["Last used", (key) => moment(key.last_used)],
    [
      "",
      (key) =>
        key.enabled
          ? html`
            <button class="danger" onClick=${() => revoke(key)} aria-label=${`Revoke ${key.label || key.api_key}`}>
              Revoke
            </button>
          `
          : html`<span class="muted">revoked</span>`,
    ],
  ];
  return html`
    <section>
      ${own && html`<p><button class="primary" onClick=${make}>New key…</button></p>`}
      <${Loaded} title="API keys" ...${resource}>
        ${({ data }) => html`
          <${Rows}
            label="API keys"
            columns=${columns}
            rows=${data}
            empty="No keys. Programs sign in with one: make a key for each, so that each can be revoked by itself."
          />
        `}
      <//>
    </section>
  `;
}

function NewKey({ close }) {
  const [values, setValues] = useState({ label: "", scopes: "", expires_on: null });
  const [problem, setProblem] = useState("");
  const field = (fieldname, label, fieldtype, description, more) => html`
    <${Labelled}
      field=${{ fieldname, label, fieldtype, description, ...more }}
      value=${values[fieldname]}
      onChange=${(value) => setValues({ ...values, [fieldname]: value })}
    />
  `;
  const send = (event) => {
    event.preventDefault();
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value));
    method("frappe_lite.keys.generate", given).then(close, (error) => setProblem(error.message));
  };
  return html`
    <form onSubmit=${send}>
      ${field("label", "Label", "Data", "What uses it, such as backup", { reqd: 1 })}
      ${field("scopes", "May do", "Data", "Empty for everything, or scopes such as Task:read Sales_Order:write")}
      ${field("expires_on", "Expires on", "Datetime")}
      ${problem && html`<p class="problem-line" role="alert">${problem}</p>`}
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary">Make it</button>
      </footer>
    </form>
  `;
}

function Secret({ made, close }) {
  const token = `${made.api_key}:${made.api_secret}`;
  const address = `${location.origin}${boot.value.prefix}/api/method/frappe.auth.get_logged_user`;
  return html`
    <p>The secret is shown this once. Keep it where only the program can read it.</p>
    <${Copyable} label="Key and secret" text=${token} />
    <p>A first request with it:</p>
    <${Copyable} label="curl with the key" text=${`curl -H "Authorization: token ${token}" ${address}`} />
    <footer><button class="primary" onClick=${() => close()}>Done</button></footer>
  `;
}

/** Sessions, one's own or those of everybody; each can be ended. */
export function Sessions({ everybody }) {
  const resource = useResource(
    (signal) => method("frappe_lite.sessions.get_list", everybody ? { everybody } : {}, { verb: "GET", signal }),
    [everybody],
  );
  const end = (session) =>
    method("frappe_lite.sessions.end", { id: session.id }).then(
      () => (resource.reload(), toast("Ended", { kind: "good" })),
      showError,
    );
  const called = (session) => {
    const where = session.user_agent ? device(session.user_agent) : session.ip;
    return everybody ? `${session.user}, ${where}` : where;
  };
  const columns = [
    ...(everybody ? [["User", (each) => each.user]] : []),
    ["Where", (each) => html`<span title=${each.user_agent}>${device(each.user_agent)}</span>`],
    ["Address", (each) => each.ip],
    ["Signed in", (each) => moment(each.creation)],
    ["Last seen", (each) => moment(each.last_seen)],
    [
      "",
      (each) =>
        each.current
          ? html`<span class="muted">this one</span>`
          : html`<button onClick=${() => end(each)} aria-label=${`End the session of ${called(each)}`}>End</button>`,
    ],
  ];
  return html`
    <section>
      <${Loaded} title="Sessions" ...${resource}>
        ${(rows) => html`<${Rows} label="Sessions" columns=${columns} rows=${rows} empty="No sessions" />`}
      <//>
    </section>
  `;
}
