/** Backups that are kept beside the database: made, by the clock too, downloaded, deleted, restored. */
import { call, method } from "../model/api.js";
import { offer } from "../model/csv.js";
import { size } from "../model/format.js";
import { useResource } from "../model/resource.js";
import { boot } from "../model/site.js";
import { html, sheet, useState } from "../model/view.js";
import { BackupSchedule } from "./backup_schedule.js";
import { ask, openDialog, showError, toast } from "./dialogs.js";
import { moment, Rows } from "./panel.js";
import { Restore, Restored } from "./restored.js";

await sheet("backups.css");

/** Where a backup is downloaded from. */
function address(name) {
  return `${boot.value.prefix}/api/method/frappe_lite.backups.download?${new URLSearchParams({ name })}`;
}

export function Backups() {
  const read = (name) => (signal) => method(`frappe_lite.backups.${name}`, {}, { verb: "GET", signal });
  const found = useResource(read("list"), []);
  const copies = useResource(read("restored"), []);
  const [busy, setBusy] = useState(false);
  const [begun, setBegun] = useState(null); // the job that this page asked for: its end is told, however soon it comes
  const during = (work) => (setBusy(true), work.catch(showError).finally(() => setBusy(false)));
  const kept = (made) => (toast(`${made.name} is kept`, { kind: "good" }), found.reload());
  const make = () => during(method("frappe_lite.backups.make").then(kept));
  const download = () =>
    during(
      call("POST", "v2/method/frappe_lite.database.backup", { body: {}, file: true }).then(({ blob, name }) =>
        offer(blob, name),
      ),
    );
  const remove = async (row) => {
    const text = "It cannot be restored then.";
    if (await ask({ title: `Delete ${row.name}?`, text, action: "Delete", danger: true }))
      during(method("frappe_lite.backups.remove", { name: row.name }).then(found.reload));
  };
  const restore = async (row) => {
    const taken = (copies.data ?? []).map((each) => each.name);
    const job = await openDialog(Restore, { title: "Restore a backup", wide: true, row, taken, ...found.data });
    if (!job) return;
    setBegun(job);
    copies.reload();
  };
  const changed = (job) => {
    if (job && job === begun?.job_id) setBegun(null);
    copies.reload();
  };
  const actions = (row) => html`
    <span class="actions">
      <a class="button" href=${address(row.name)} download aria-label=${`Download ${row.name}`}>Download</a>
      <button onClick=${() => restore(row)} aria-label=${`Restore ${row.name}`}>Restore…</button>
      <button class="danger" onClick=${() => remove(row)} aria-label=${`Delete ${row.name}`}>Delete…</button>
    </span>
  `;
  const columns = [
    ["Made", (row) => moment(row.made)],
    ["Backup", (row) => html`<a href=${address(row.name)} download>${row.name}</a>`],
    ["Size", (row) => size(row.size)],
    ["", actions],
  ];
  if (found.error)
    return html`
      <section>
        <h2>Backups</h2>
        <p class="muted">${found.error.message}</p>
      </section>
    `;
  const folder = found.data?.folder;
  const others = (copies.data ?? []).filter((copy) => copy.name !== begun?.name);
  const shown = begun ? [...others, { ...begun, unfinished: true }] : others;
  return html`
    <section>
      <div class="row">
        <h2>Backups</h2>
        ${folder && html`
          <button class="primary" disabled=${busy} onClick=${make}>${busy ? "Making a backup…" : "Back up now"}</button>
        `}
        <button disabled=${busy} onClick=${download}>Download one that is not kept</button>
      </div>
      ${found.data?.why_not && html`<p class="muted">${found.data.why_not}.</p>`}
      ${folder && html`
        <${BackupSchedule} />
        <${Rows} label="Backups" columns=${columns} rows=${found.data.backups} empty="None is kept yet." />
        <p class="muted">
          They stand in ${folder}, on the same disk: download them, or have them copied elsewhere. The key of Password
          fields is not in them.
        </p>
      `}
    </section>
    ${shown.length > 0 && html`<${Restored} copies=${shown} begun=${begun?.job_id} onChange=${changed} />`}
  `;
}
