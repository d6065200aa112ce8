/** Backups that are kept beside the database: made, downloaded, deleted. Restoring is a command, which is told. */
import { call, method } from "../model/api.js";
import { ask, openDialog, showError, toast } from "./dialogs.js";
import { display, size } from "../model/format.js";
import { offer } from "../model/csv.js";
import { Copyable, Rows } from "./panel.js";
import { useResource } from "../model/resource.js";
import { boot } from "../model/site.js";
import { html, useState } from "../model/view.js";

const address = (name) => `${boot.value.prefix}/api/method/frappe_lite.backups.download?${new URLSearchParams({ name })}`;
const quoted = (path) => (/^[\w./:-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

export function Backups() {
  const found = useResource((signal) => method("frappe_lite.backups.list", {}, { verb: "GET", signal }), []);
  const [busy, setBusy] = useState(false);
  const during = (work) => (setBusy(true), work.catch(showError).finally(() => setBusy(false)));
  const make = () => during(method("frappe_lite.backups.make").then((made) => (toast(`${made.name} is kept`, { kind: "good" }), found.reload())));
  const now = () => during(call("POST", "v2/method/frappe_lite.database.backup", { body: {}, file: true }).then(({ blob, name }) => offer(blob, name)));
  const remove = async (row) => (await ask({ title: `Delete ${row.name}?`, text: "It cannot be restored then.", action: "Delete", danger: true })) && during(method("frappe_lite.backups.remove", { name: row.name }).then(found.reload));
  const restore = (row) => openDialog(Restore, { title: "Restore a backup", wide: true, row, ...found.data });
  const columns = [["Made", (row) => display({ fieldtype: "Datetime" }, row.made)], ["Backup", (row) => html`<a href=${address(row.name)} download>${row.name}</a>`], ["Size", (row) => size(row.size)],
    ["", (row) => html`<span class="actions"><a class="button" href=${address(row.name)} download aria-label=${`Download ${row.name}`}>Download</a><button onClick=${() => restore(row)} aria-label=${`How to restore ${row.name}`}>Restore…</button><button class="danger" onClick=${() => remove(row)} aria-label=${`Delete ${row.name}`}>Delete…</button></span>`]];
  if (found.error) return html`<section><h2>Backups</h2><p class="muted">${found.error.message}</p></section>`;
  const kept = found.data?.folder;
  return html`<section><div class="row"><h2>Backups</h2>${kept && html`<button class="primary" disabled=${busy} onClick=${make}>${busy ? "Making a backup…" : "Back up now"}</button>`}<button disabled=${busy} onClick=${now}>Download one that is not kept</button></div>
    ${found.data?.why_not && html`<p class="muted">${found.data.why_not}.</p>`}${kept && html`<${Rows} label="Backups" columns=${columns} rows=${found.data.backups} empty="None is kept yet." /><p class="muted">They stand in ${found.data.folder}, on the same disk: download them, or have them copied elsewhere. The key of Password fields is not in them.</p>`}</section>`;
}

/** Restoring ends the server that would do it, so it is a command. */
function Restore({ row, folder, database, close }) {
  const command = `frappe-lite restore ${quoted(`${folder}/${row.name}`)} --database ${quoted(database)} --force`;
  return html`<p>Stop the server, run this where it runs, and start it again. What is there now is put aside as <code>${`${database.split("/").at(-1)}.replaced`}</code>.</p><${Copyable} label="Command" text=${command} />
    <p class="muted">With another name after <code>--database</code> it becomes a site of its own, to look into.</p><footer><button class="primary" onClick=${() => close()}>Close</button></footer>`;
}
