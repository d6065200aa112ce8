/** People: who there is, with which roles; invited by a dialog, disabled, signed out, given a new link. */
import { documents, method } from "../model/api.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { boot } from "../model/site.js";
import { html, useState } from "../model/view.js";
import { ask, openDialog, showError, toast } from "./dialogs.js";
import { Copyable, Rows } from "./panel.js";
import { Loaded } from "./shell.js";

const NOT_GIVEN = new Set(["Administrator", "Guest", "All", "Desk User"]);
const FIXED = new Set(["Administrator", "Guest"]);

/** A link as it is reached from here, whatever the server thinks its address is. */
const asHere = (link) => `${location.origin}${boot.value.prefix}/update-password${link.slice(link.indexOf("?"))}`;

export function People() {
  const users = useResource(
    (signal) =>
      documents.list(
        "User",
        {
          fields: ["name", "full_name", "enabled", "user_type", "last_active", { roles: ["role"] }],
          order_by: "name asc",
          limit: 500,
        },
        { signal },
      ),
    [],
  );
  const invite = async () => {
    const made = await openDialog(Invite, { title: "Invite somebody" });
    if (!made) return;
    users.reload();
    if (made.link)
      await openDialog(Link, { title: `A link for ${made.name}`, wide: true, keep: true, link: made.link });
    else toast(`${made.name} is sent a link`, { kind: "good" });
  };
  const link = (user) =>
    method("frappe_lite.passwords.link", { user }).then(
      (found) => openDialog(Link, { title: `A link for ${user}`, wide: true, keep: true, link: found }),
      showError,
    );
  const out = (user) =>
    method("frappe_lite.sessions.end_all", { user }).then(
      (count) => toast(`${count} ${count === 1 ? "session" : "sessions"} of ${user} ended`, { kind: "good" }),
      showError,
    );
  const turn = async ({ name, enabled }) => {
    const text = "Sessions and keys stop working at once. What they made stays.";
    if (enabled && !(await ask({ title: `Disable ${name}?`, text, action: "Disable", danger: true }))) return;
    await documents
      .update("User", name, { enabled: enabled ? 0 : 1 })
      .then(() => (users.reload(), toast(enabled ? "Disabled" : "Enabled", { kind: "good" })), showError);
  };
  const actions = (row) =>
    !FIXED.has(row.name) && html`
      <span class="actions">
        ${row.enabled ? html`
          <button onClick=${() => link(row.name)} aria-label=${`New link for ${row.name}`}>Link…</button>
          <button onClick=${() => out(row.name)} aria-label=${`Sign out ${row.name} everywhere`}>Sign out</button>
        ` : ""}
        ${row.name !== boot.value.user.name && html`
          <button
            class=${row.enabled ? "danger" : ""}
            onClick=${() => turn(row)}
            aria-label=${`${row.enabled ? "Disable" : "Enable"} ${row.name}`}
          >
            ${row.enabled ? "Disable" : "Enable"}
          </button>
        `}
      </span>
    `;
  const columns = [
    ["User", (row) => html`<a href=${href("user", row.name)}>${row.name}</a>`],
    ["Name", (row) => row.full_name],
    [
      "Roles",
      (row) => html`
        <span title=${row.roles.map((each) => each.role).join(", ")}>
          ${row.roles.map((each) => each.role).join(", ")}
        </span>
      `,
    ],
    ["Kind", (row) => row.user_type],
    ["Enabled", (row) => (row.enabled ? "Yes" : "No")],
    ["", actions],
  ];
  return html`
    <section>
      <div class="row">
        <button class="primary" onClick=${invite}>Invite…</button>
        <a class="button" href=${href("role")}>Roles</a>
        <a class="button" href=${href("permissions")}>Permissions</a>
      </div>
      <${Loaded} title="Users" ...${users}>
        ${({ data }) => html`<${Rows} label="Users" columns=${columns} rows=${data} empty="No users" />`}
      <//>
    </section>
  `;
}

function Link({ link, close }) {
  return html`
    <p>Whoever opens it sets the password, once. It is shown this one time, and the one before is over.</p>
    <${Copyable} label="Link" text=${asHere(link)} />
    <footer><button class="primary" onClick=${() => close()}>Done</button></footer>
  `;
}

/** Email, name, roles, and how the link goes. Closes with {name, link}; `link` is empty if it goes by mail. */
function Invite({ close }) {
  const [values, setValues] = useState({ email: "", first_name: "", roles: new Set(), mail: false });
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const roles = useResource(
    (signal) =>
      documents.list(
        "Role",
        { fields: ["name"], filters: { disabled: 0 }, order_by: "name asc", limit: 500 },
        { signal },
      ),
    [],
  );
  const set = (key) => (event) => setValues({ ...values, [key]: event.target.value });
  const toggle = (role, on) =>
    setValues({
      ...values,
      roles: new Set(on ? [...values.roles, role] : [...values.roles].filter((each) => each !== role)),
    });
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const made = await documents.create("User", {
        email: values.email.trim(),
        first_name: values.first_name.trim(),
        send_welcome_email: 0,
        roles: [...values.roles].map((role) => ({ role })),
      });
      const link = await method("frappe_lite.passwords.link", { user: made.name, send: values.mail ? 1 : 0 });
      close({ name: made.name, link });
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  };
  return html`
    <form onSubmit=${send}>
      <div class="field">
        <label for="invite-email">Email</label>
        <input id="invite-email" type="email" required autofocus value=${values.email} onInput=${set("email")} />
      </div>
      <div class="field">
        <label for="invite-name">Name</label>
        <input id="invite-name" required value=${values.first_name} onInput=${set("first_name")} />
      </div>
      <fieldset class="role-choice">
        <legend>Roles</legend>
        ${roles.data?.data
          .filter((each) => !NOT_GIVEN.has(each.name))
          .map((each) => html`
            <label key=${each.name}>
              <input
                type="checkbox"
                checked=${values.roles.has(each.name)}
                onChange=${(event) => toggle(each.name, event.target.checked)}
              />${" "}
              ${each.name}
            </label>
          `)}
      </fieldset>
      <fieldset class="radios">
        <legend>A link to set the password</legend>
        <label>
          <input
            type="radio"
            name="how"
            checked=${!values.mail}
            onChange=${() => setValues({ ...values, mail: false })}
          />${" "}
          I hand it over
        </label>
        <label>
          <input
            type="radio"
            name="how"
            checked=${values.mail}
            onChange=${() => setValues({ ...values, mail: true })}
          />${" "}
          by mail
        </label>
      </fieldset>
      ${problem && html`<p class="problem-line" role="alert">${problem}</p>`}
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary" disabled=${busy}>Invite</button>
      </footer>
    </form>
  `;
}
