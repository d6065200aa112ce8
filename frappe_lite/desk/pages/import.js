/**
 * /app/import/<doctype>: a file becomes documents. Its columns are matched, every row is checked, then it is written;
 * and taken back within the day. /app/import asks first where it goes.
 */
import { display } from "../model/format.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { columnsOf, dropped, matched, read, runsOf, send, undo } from "../model/sheet.js";
import { findDocType, slug } from "../model/site.js";
import { classes, html, sheet, useEffect, useRef, useState } from "../model/view.js";
import { ask, showError, toast } from "../parts/dialogs.js";
import { Matching, Problems } from "../parts/matching.js";
import { Placing } from "../parts/placing.js";
import { Loaded, Missing, useTitle } from "../parts/shell.js";

await sheet("import.css");

export default function Import({ params }) {
  const info = params.doctype && findDocType(params.doctype);
  const found = useResource((signal) => (info ? columnsOf(info.name, { signal }) : Promise.resolve()), [], info?.name);
  useTitle(info ? `Import ${info.name}` : "Import a file");
  if (!params.doctype)
    return html`
      <header class="head"><h1>Import a file</h1></header>
      <${Anywhere} />
    `;
  if (!info) return html`<${Missing} what=${`DocType ${params.doctype}`} />`;
  return html`
    <header class="head">
      <h1>Import ${info.name}</h1>
      <a class="button" href=${href(slug(info.name))}>The list</a>
    </header>
    <${Loaded} title="Import" ...${found}>
      ${(columns) => html`<${Steps} key=${info.name} doctype=${info.name} columns=${columns} />`}
    <//>
  `;
}

/** The rows of a file under its titles; null, and said why, for one that has none. */
async function opened(given) {
  try {
    const [titles, ...rows] = await read(given);
    if (titles && rows.length) return { name: given.name, given, titles, rows };
    throw new Error(`${given.name} has no rows: its first row has the titles, the others the documents.`);
  } catch (error) {
    showError(error.name === "ApiError" ? error : Object.assign(error, { name: "ApiError" }));
    return null;
  }
}

/** Where a file is dropped or chosen; what is in it once there is one. */
function DropZone({ file, busy, hint, onFile, children }) {
  const given = (files) => files[0] && !busy && onFile(files[0]);
  const onDrop = (event) => (event.preventDefault(), given(event.dataTransfer.files));
  return html`
    <div class="import" onDragOver=${(event) => event.preventDefault()} onDrop=${onDrop}>
      <label class=${classes("drop-zone", file && "small")}>
        <input
          type="file"
          accept=".csv,.tsv,.txt,.xlsx"
          disabled=${busy}
          onChange=${(event) => given(event.target.files)}
        />
        <strong>${file ? file.name : "Drop a CSV or Excel file here, or choose one"}</strong>
        <span class="muted">${file ? `${file.rows.length} rows. Another file…` : hint}</span>
      </label>
      ${children}
    </div>
  `;
}

/** A file for no DocType yet. */
function Anywhere() {
  const [file, setFile] = useState(null);
  const take = (given) => opened(given).then((found) => found && setFile(found));
  useEffect(() => {
    if (dropped.file) take(dropped.file);
    dropped.file = null;
  }, []);
  return html`
    <${DropZone} file=${file} hint="Its first row has the titles of its columns." onFile=${take}>
      ${file && html`<${Placing} key=${file} file=${file.given} titles=${file.titles} rows=${file.rows} />`}
    <//>
  `;
}

/** A name for what one import makes, by which it is taken back. */
function newRun() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function Steps({ doctype, columns }) {
  const [file, setFile] = useState(null); // {name, titles, rows}
  const [places, setPlaces] = useState([]);
  const [update, setUpdate] = useState(false);
  const [state, setState] = useState({ step: "choose" });
  const [turn, setTurn] = useState(0);
  const gone = useRef(false);
  const runs = useResource((signal) => runsOf(doctype, { signal }), [turn]);
  useEffect(() => () => void (gone.current = true), []);
  const take = async (given, known) => {
    const found = await opened(given);
    if (!found) return;
    setFile(found);
    setPlaces(known ?? matched(found.titles, columns));
    setState({ step: "match" });
  };
  useEffect(() => {
    if (dropped.file) take(dropped.file, dropped.places);
    Object.assign(dropped, { file: null, places: null });
  }, []);
  const work = async (step, run) => {
    setState({ step, share: 0 });
    const onProgress = (share) => setState((before) => ({ ...before, share }));
    try {
      const result = await send(doctype, file.rows, places, { run, update, stopped: () => gone.current, onProgress });
      setState({ step: run ? "done" : "checked", run, ...result });
    } catch (error) {
      showError(error);
      setState({ step: "match" });
    }
    setTurn((before) => before + 1);
  };
  const takeBack = async (run, documents) => {
    const text = "They are deleted, but those that were changed since.";
    const action = "Take back";
    if (!(await ask({ title: `Take back ${documents} documents?`, text, action, danger: true }))) return;
    await undo(run).then(({ deleted, failed }) => {
      toast(`${deleted} taken back`, { kind: "good" });
      const why = failed.slice(0, 5).map((each) => `${each.name}: ${each.error}`);
      if (failed.length) toast(`${failed.length} stay:\n${why.join("\n")}`, { kind: "bad" });
      setState({ step: file ? "match" : "choose" });
    }, showError);
    setTurn((before) => before + 1);
  };
  const again = (set) => (value) => (set(value), setState({ step: "match" }));
  const missing = columns.filter((each) => each.required && !places.includes(each.column) && !update);
  const busy = state.step === "checking" || state.step === "writing";
  const hint = "Its first row has labels or fieldnames, as in an export or in Frappe’s Data Import.";
  const titles = Object.fromEntries(columns.map((each) => [each.column, each.title]));
  return html`
    <${DropZone} ...${{ file, busy, hint, onFile: take }}>
      ${file && html`
        <${Matching} ...${{ file, places, columns, busy }} onChange=${again(setPlaces)} />
        ${missing.length > 0 && html`
          <p class="problem-line" role="alert">
            Nothing gives ${missing.map((each) => each.title).join(", ")}, which each ${doctype} needs.
          </p>
        `}
        <div class="row">
          <label>
            <input
              type="checkbox"
              checked=${update}
              disabled=${busy}
              onChange=${(event) => again(setUpdate)(event.target.checked)}
            />${" "}
            Change documents whose ID is there
          </label>
          <button
            class=${state.step === "match" ? "primary" : ""}
            disabled=${busy || !places.some(Boolean)}
            onClick=${() => work("checking", "")}
          >
            Check every row
          </button>
          ${state.step === "checked" && html`<${Begin} state=${state} onClick=${() => work("writing", newRun())} />`}
        </div>
      `}
      <${Told} ...${{ state, doctype }} />
      ${runs.data?.length > 0 && html`<${Runs} runs=${runs.data} busy=${busy} onUndo=${takeBack} />`}
      ${state.problems?.length > 0 && html`<${Problems} problems=${state.problems} titles=${titles} />`}
    <//>
  `;
}

const wrong = ({ problems }) => new Set(problems.map((each) => each.row)).size;

/** The button that writes, once every row was checked. */
function Begin({ state, onClick }) {
  const left = state.documents - wrong(state);
  const all = state.documents === 1 ? "1 document" : `${state.documents} documents`;
  return html`
    <button class="primary" disabled=${left === 0} onClick=${onClick}>
      ${state.problems.length ? `Import the ${left} that are right` : `Import ${all}`}
    </button>
  `;
}

/** How far it is, and what came of it. */
function Told({ state, doctype }) {
  if (state.step === "checking" || state.step === "writing") {
    const checks = state.step === "checking";
    const [label, text] = checks ? ["Checking", "Checking; nothing is written"] : ["Importing", "Importing"];
    return html`
      <div class="share">
        <progress max="1" value=${state.share} aria-label=${label} /> ${text} ${Math.round(state.share * 100)} %
      </div>
    `;
  }
  if (state.step === "checked") {
    return html`
      <p role="status">
        ${state.problems.length
          ? html`
            <strong class="problem-line">${wrong(state)} of ${state.documents} documents are wrong.</strong> Nothing was
            written.
          `
          : html`
            <strong class="good-line">All ${state.documents} documents are right.</strong> Nothing was written yet.
          `}
      </p>
    `;
  }
  return (
    state.step === "done" && html`
      <p role="status">
        <strong class="good-line">${state.made} made${state.updated ? `, ${state.updated} changed` : ""}.</strong>${" "}
        ${state.problems.length ? `${wrong(state)} left out.` : ""} <a href=${href(slug(doctype))}>See them</a>
      </p>
    `
  );
}

/** The imports of the last day, each to be taken back. */
const Runs = ({ runs, busy, onUndo }) => html`
  <section>
    <h2>Of the last day</h2>
    <ul class="runs">
      ${runs.map((each) => html`
        <li key=${each.run}>
          <span>${each.documents} made, ${display({ fieldtype: "Datetime" }, each.at)}</span>
          <button class="danger" disabled=${busy} onClick=${() => onUndo(each.run, each.documents)}>Take back…</button>
        </li>
      `)}
    </ul>
  </section>
`;
