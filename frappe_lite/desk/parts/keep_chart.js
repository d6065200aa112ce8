/** The dialog that asks what a chart is called, and on which dashboard it stands. */
import { html, useState } from "../model/view.js";

/** Closes with {name, dashboard}. */
export function KeepChart({ name, dashboard, close }) {
  const [values, setValues] = useState({ name, dashboard });
  const input = (key, label, more) => html`
    <div class="field">
      <label for=${`chart-${key}`}>${label}</label>
      <input
        id=${`chart-${key}`}
        ...${more}
        value=${values[key]}
        onInput=${(event) => setValues({ ...values, [key]: event.target.value })}
      />
    </div>
  `;
  return html`
    <form
      onSubmit=${(event) => (
        event.preventDefault(),
        close({ name: values.name.trim(), dashboard: values.dashboard.trim() })
      )}
    >
      ${input("name", "Name", { required: true, autofocus: true })}
      ${input("dashboard", "On the dashboard")}
      <p class="muted">Everybody sees it, with the numbers of the documents that they may read.</p>
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary">Keep</button>
      </footer>
    </form>
  `;
}
