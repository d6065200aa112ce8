/** A backup restored: to a new file by a job of the server's, with its progress; in the site's place by a command. */
import { ApiError, call, method } from "../model/api.js";
import { display, size } from "../model/format.js";
import { html, useEffect, useId, useState } from "../model/view.js";
import { ask, openDialog, showError } from "./dialogs.js";
import { Copyable, moment, Rows } from "./panel.js";

const PAUSE = 600; // milliseconds between two looks at a job
const NAME = "[A-Za-z0-9][A-Za-z0-9_\\-]{0,63}";
const quoted = (path) => (/^[\w./:-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
const counted = (count, word) => `${display({ fieldtype: "Int" }, count) || 0} ${word}${count === 1 ? "" : "s"}`;

/** A name for the new site that nobody has: "office-2026-11-24-081500", or with -2 behind it. */
function proposed(backup, taken) {
  const plain = backup
    .replace(/\.tar\.gz$/, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const base = plain.slice(0, 60) || "site";
  let name = base;
  for (let at = 2; taken.includes(name); at += 1) name = `${base}-${at}`;
  return name;
}

/** Asks under which name; answers the job that does it. The command for the other way stands below. */
export function Restore({ row, taken, folder, database, close }) {
  const [name, setName] = useState(() => proposed(row.name, taken));
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const hint = useId();
  const command = `frappe-lite restore ${quoted(`${folder}/${row.name}`)} --database ${quoted(database)} --force`;
  const begin = (event) => {
    event.preventDefault();
    setBusy(true);
    method("frappe_lite.backups.restore", { name: row.name, new_name: name }).then(close, (error) => {
      setProblem(error.message);
      setBusy(false);
    });
  };
  return html`
    <form class="steps" onSubmit=${begin}>
      <h3>To a new file</h3>
      <p>It becomes a site of its own, to look into. What is here now stays as it is.</p>
      <label class="field">
        Name
        <input
          type="text"
          required
          autofocus
          pattern=${NAME}
          maxlength="64"
          autocomplete="off"
          spellcheck="false"
          value=${name}
          aria-describedby=${hint}
          aria-invalid=${problem ? "true" : undefined}
          onInput=${(event) => (setName(event.target.value), setProblem(""))}
        />
      </label>
      <p id=${hint} class=${problem ? "problem-line" : "muted"} role=${problem ? "alert" : undefined}>
        ${problem || "Letters, digits, hyphens and underscores."}
      </p>
      <details>
        <summary>In the place of this site…</summary>
        <p>
          That ends the server which would do it, so it is a command: stop the server, run this where it runs, and start
          it again. What is there now is put aside as <code>${`${database.split("/").at(-1)}.replaced`}</code>.
        </p>
        <${Copyable} label="Command" text=${command} />
      </details>
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary" disabled=${busy}>${busy ? "Looking at it…" : "Restore to a new file"}</button>
      </footer>
    </form>
  `;
}

/** What is in a copy, and how it is looked into. */
function Look({ copy, close }) {
  return html`
    <div class="steps">
      <p>
        The site as it was ${moment(copy.made)}: ${counted(copy.documents, "document")} and${" "}
        ${counted(copy.files, "file")}, ${size(copy.size)}.
      </p>
      <p class=${copy.errors ? "problem-line" : "good-line"}>
        ${copy.errors
          ? `A check found ${counted(copy.errors, "error")}, such as ${copy.first_error}.`
          : "It was checked, and it is sound."}
      </p>
      <p>To look into it, run this where the server runs, with the same apps, and open the address that it tells:</p>
      <${Copyable} label="Command" text=${`frappe-lite serve --database ${quoted(copy.database)} --port 8001`} />
      <p class="muted">
        It is quiet: no mail goes out, nothing runs by the clock, and what waited when the backup was made is not done
        again. It has the passwords and keys of this site.
      </p>
      <footer><button class="primary" onClick=${() => close()}>Close</button></footer>
    </div>
  `;
}

const look = (copy) => openDialog(Look, { title: `Restored: ${copy.name}`, wide: true, copy });

/** How far a job is, asked again and again while this is shown; `onEnd` gets it, or null for one that is forgotten. */
function Progress({ job, label, onEnd }) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    const stop = new AbortController();
    let timer = 0;
    const ask = () =>
      call("GET", `v2/job/${encodeURIComponent(job)}`, { signal: stop.signal }).then(
        ({ data }) => {
          if (stop.signal.aborted) return;
          setFound(data);
          if (["queued", "started"].includes(data.status)) timer = setTimeout(ask, PAUSE);
          else onEnd(data);
        },
        (error) => (error.status === 404 ? onEnd(null) : (timer = setTimeout(ask, 5 * PAUSE))),
      );
    ask();
    return () => (clearTimeout(timer), stop.abort());
  }, [job]);
  const percent = found?.progress?.percent ?? 0;
  const text = found?.progress?.description ?? "waits for its turn";
  return html`
    <span class="restoring">
      <progress max="100" value=${percent} aria-label=${label} /> ${Math.round(percent)} %, ${text}
    </span>
  `;
}

/** The restored copies: those that are being written with how far they are. `onChange` gets the job that has ended. */
export function Restored({ copies, begun, onChange }) {
  const ended = (copy) => (job) => {
    onChange(copy.job_id);
    if (job?.status === "failed") {
      const message = String(job.error).replace(/^[\w.]+: /, "");
      showError(new ApiError(0, "JobFailed", [{ message: `${copy.name} was not restored. ${message}` }]));
    } else if (job?.job_id === begun && job.result) look({ ...job.result, name: copy.name });
  };
  const remove = async (copy) => {
    const text = "The backup that it was made of stays.";
    if (await ask({ title: `Delete the restored site ${copy.name}?`, text, action: "Delete", danger: true }))
      method("frappe_lite.backups.remove_restored", { name: copy.name })
        .catch(showError)
        .finally(() => onChange());
  };
  const looked = (copy) => html`
    <button onClick=${() => look(copy)} aria-label=${`Look into ${copy.name}`}>Look into…</button>
  `;
  const actions = (copy) =>
    !copy.job_id && html`
      <span class="actions">
        ${!copy.unfinished && looked(copy)}
        <button class="danger" onClick=${() => remove(copy)} aria-label=${`Delete ${copy.name}`}>Delete…</button>
      </span>
    `;
  const state = (copy) => {
    const label = `Restoring ${copy.name}`;
    if (copy.job_id) return html`<${Progress} job=${copy.job_id} label=${label} onEnd=${ended(copy)} />`;
    if (copy.unfinished) return html`<span class="problem-line">not finished</span>`;
    return copy.errors ? html`<span class="problem-line">${counted(copy.errors, "error")}</span>` : "sound";
  };
  const columns = [
    ["Site", (copy) => copy.name],
    ["As it was", (copy) => copy.made && moment(copy.made)],
    ["Documents", (copy) => copy.made && display({ fieldtype: "Int" }, copy.documents)],
    ["Size", (copy) => copy.made && size(copy.size)],
    ["Check", state],
    ["", actions],
  ];
  return html`
    <section>
      <h2>Restored to new files</h2>
      <${Rows} label="Restored sites" columns=${columns} rows=${copies} empty="" />
      <p class="muted">
        They stand beside the database, for the owner of its file alone, with the passwords and keys of this site:
        delete what you have looked into.
      </p>
    </section>
  `;
}
