/** Signing in, a forgotten password, another one. */
import { logIn, method } from "../model/api.js";
import { boot } from "../model/site.js";
import { html, useState } from "../model/view.js";
import { openDialog, toast } from "../parts/dialogs.js";

const USER = "frappe.core.doctype.user.user";

/** A form that sends text fields and shows what the server says against it. */
function TextForm({ fields, action, send, children }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = (event) => {
    event.preventDefault();
    setBusy(true);
    send(Object.fromEntries(new FormData(event.target))).catch((error) => (setProblem(error.message), setBusy(false)));
  };
  return html`
    <form onSubmit=${submit}>
      ${fields.map(([name, label, autocomplete, type = "password"], index) => html`
        <div class="field">
          <label for=${name}>${label}</label>
          <input id=${name} name=${name} type=${type} autocomplete=${autocomplete} autofocus=${index === 0} required />
        </div>
      `)}
      ${problem && html`<p class="problem-line" role="alert">${problem}</p>`}
      <footer>${children}<button class="primary" disabled=${busy}>${action}</button></footer>
    </form>
  `;
}

/** What stands in place of the page, or over it when a session ended, until somebody signs in. */
export function Login() {
  const [forgotten, setForgotten] = useState(false);
  if (forgotten)
    return html`<${Card} title="Reset your password"><${Forgotten} done=${() => setForgotten(false)} /><//>`;
  return html`
    <${Card} title=${`Sign in to ${boot.value.title}`}>
      <${TextForm}
        fields=${[
          ["usr", "Email or user name", "username", "text"],
          ["pwd", "Password", "current-password"],
        ]}
        action="Sign in"
        send=${({ usr, pwd }) => logIn(usr, pwd)}
      >
        <button type="button" class="quiet" onClick=${() => setForgotten(true)}>Forgot the password?</button>
      <//>
    <//>
  `;
}

const Card = ({ title, children }) => html`
  <div class="login"><main class="card"><h1>${title}</h1>${children}</main></div>
`;

function Forgotten({ done }) {
  const [sent, setSent] = useState(false);
  if (sent)
    return html`
      <p>If there is such a user, a link is on its way. Without mail it stands in the server's log.</p>
      <footer><button onClick=${done}>Back</button></footer>
    `;
  const send = ({ user }) => method(`${USER}.reset_password`, { user }).then(() => setSent(true));
  return html`
    <${TextForm} fields=${[["user", "Email", "username", "text"]]} action="Send a link" send=${send}>
      <button type="button" onClick=${done}>Back</button>
    <//>
  `;
}

/** Change the own password; the user's other sessions end. */
export const changePassword = () =>
  openDialog(
    ({ close }) => {
      const done = () => (toast("The password is changed. Your other sessions are ended.", { kind: "good" }), close());
      const send = (passwords) => method(`${USER}.update_password`, passwords).then(done);
      return html`
        <${TextForm}
          fields=${[
            ["old_password", "Present password", "current-password"],
            ["new_password", "New password", "new-password"],
          ]}
          action="Change"
          send=${send}
        >
          <button type="button" onClick=${() => close()}>Cancel</button>
        <//>
      `;
    },
    { title: "Change password" },
  );
