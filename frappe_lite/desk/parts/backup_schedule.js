/** When backups are made by the clock, and how many are kept: two fields of System Settings, and what came of them. */
import { documents, method } from "../model/api.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { html } from "../model/view.js";
import { showError, toast } from "./dialogs.js";
import { moment } from "./panel.js";

const SETTINGS = "System Settings";
const FREQUENCIES = [
  ["", "never"],
  ["Hourly", "every hour"],
  ["Daily", "every day"],
  ["Weekly", "every week"],
  ["Monthly", "every month"],
];

/** What was, what will be, and what is in the way. */
function Told({ frequency, last, next, error, runs }) {
  const said = [next && `The next one ${moment(next)}.`, last && `The last one ${moment(last)}.`].filter(Boolean);
  return html`
    ${said.length > 0 && html`<p class="muted">${said.join(" ")}</p>`}
    ${error && html`
      <p class="problem-line" role="alert">
        The last one failed: ${error}. <a href=${href("run", "errors")}>All errors</a>
      </p>
    `}
    ${frequency && !runs && html`
      <p class="problem-line" role="alert">
        None will be made: the schedule does not run here. <a href=${href("run", "jobs")}>The schedule</a>
      </p>
    `}
  `;
}

export function BackupSchedule() {
  const found = useResource((signal) => method("frappe_lite.backups.schedule", {}, { verb: "GET", signal }), []);
  const keep = (values, said) =>
    documents
      .update(SETTINGS, SETTINGS, values)
      .then(() => toast(said, { kind: "good" }), showError)
      .finally(found.reload);
  const choose = (event) => {
    const chosen = FREQUENCIES.find(([word]) => word === event.target.value);
    keep({ backup_frequency: chosen[0] }, `Backups are made ${chosen[1]}`);
  };
  const count = (event) => {
    const most = Math.max(1, Math.round(Number(event.target.value)) || 1);
    keep({ backup_limit: most }, most === 1 ? "The last one is kept" : `The last ${most} are kept`);
  };
  if (!found.data) return null;
  return html`
    <div class="schedule">
      <div class="row">
        <label class="field">
          By the clock
          <select value=${found.data.frequency} onChange=${choose}>
            ${FREQUENCIES.map(([word, text]) => html`<option value=${word}>${text}</option>`)}
          </select>
        </label>
        ${found.data.frequency && html`
          <label class="field">
            Of these are kept
            <input type="number" min="1" max="999" value=${found.data.keep} onChange=${count} />
          </label>
        `}
      </div>
      <${Told} ...${found.data} />
      ${found.data.frequency && html`
        <p class="muted">The oldest of them goes when a new one is there. Those that you make stay.</p>
      `}
    </div>
  `;
}
