/** /app/import/<doctype>: a file becomes documents. Its columns are matched, every row is checked, then it is written; and taken back within the day. */
import { ask, showError, toast } from "../parts/dialogs.js";
import { display } from "../model/format.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { columnsOf, dropped, matched, read, runsOf, send, undo } from "../model/sheet.js";
import { Loaded, Missing, useTitle } from "../parts/shell.js";
import { findDocType, slug } from "../model/site.js";
import { classes, html, sheet, useEffect, useRef, useState } from "../model/view.js";

await sheet("import.css");

const SAMPLES = 3;
const SHOWN = 200;

export default function Import({ params }) {
  const info = findDocType(params.doctype);
  const found = useResource((signal) => (info ? columnsOf(info.name, { signal }) : Promise.resolve()), [], info?.name);
  useTitle(info && `Import ${info.name}`);
  if (!info) return html`<${Missing} what=${`DocType ${params.doctype}`} />`;
  return html`<header class="head"><h1>Import ${info.name}</h1><a class="button" href=${href(slug(info.name))}>The list</a></header>
    <${Loaded} title="Import" ...${found}>${(columns) => html`<${Steps} key=${info.name} doctype=${info.name} columns=${columns} />`}<//>`;
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
  const take = async (given) => {
    try {
      const [titles, ...rows] = await read(given);
      if (!titles || !rows.length) throw new Error(`${given.name} has no rows: its first row has the titles, the others the documents.`);
      setFile({ name: given.name, titles, rows });
      setPlaces(matched(titles, columns));
      setState({ step: "match" });
    } catch (error) {
      showError(error.name === "ApiError" ? error : Object.assign(error, { name: "ApiError" }));
    }
  };
  useEffect(() => {
    if (dropped.file) take(dropped.file);
    dropped.file = null;
  }, []);
  const work = async (step, run) => {
    setState({ step, share: 0 });
    try {
      const result = await send(doctype, file.rows, places, { run, update, stopped: () => gone.current, onProgress: (share) => setState((before) => ({ ...before, share })) });
      setState({ step: run ? "done" : "checked", run, ...result });
    } catch (error) {
      showError(error);
      setState({ step: "match" });
    }
    setTurn((before) => before + 1);
  };
  const begin = () => work("writing", Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join(""));
  const takeBack = async (run, documents) => {
    if (!(await ask({ title: `Take back ${documents} documents?`, text: "They are deleted, but those that were changed since.", action: "Take back", danger: true }))) return;
    await undo(run).then(({ deleted, failed }) => {
      toast(`${deleted} taken back`, { kind: "good" });
      if (failed.length) toast(`${failed.length} stay:\n${failed.slice(0, 5).map((each) => `${each.name}: ${each.error}`).join("\n")}`, { kind: "bad" });
      setState({ step: file ? "match" : "choose" });
    }, showError);
    setTurn((before) => before + 1);
  };
  const missing = columns.filter((each) => each.required && !places.includes(each.column) && !update);
  const busy = state.step === "checking" || state.step === "writing";
  return html`<div class="import" onDragOver=${(event) => event.preventDefault()} onDrop=${(event) => (event.preventDefault(), event.dataTransfer.files[0] && !busy && take(event.dataTransfer.files[0]))}>
    <label class=${classes("drop-zone", file && "small")}><input type="file" accept=".csv,.tsv,.txt,.xlsx" disabled=${busy} onChange=${(event) => event.target.files[0] && take(event.target.files[0])} /><strong>${file ? file.name : "Drop a CSV or Excel file here, or choose one"}</strong>
      <span class="muted">${file ? `${file.rows.length} rows. Another file…` : "Its first row has labels or fieldnames, as in an export or in Frappe’s Data Import."}</span></label>
    ${file && html`<${Matching} ...${{ file, places, columns, busy }} onChange=${(next) => (setPlaces(next), setState({ step: "match" }))} />
      ${missing.length > 0 && html`<p class="problem-line" role="alert">Nothing gives ${missing.map((each) => each.title).join(", ")}, which each ${doctype} needs.</p>`}
      <div class="row"><label><input type="checkbox" checked=${update} disabled=${busy} onChange=${(event) => (setUpdate(event.target.checked), setState({ step: "match" }))} /> Change documents whose ID is there</label>
        <button class=${state.step === "match" ? "primary" : ""} disabled=${busy || !places.some(Boolean)} onClick=${() => work("checking", "")}>Check every row</button>
        ${state.step === "checked" && html`<button class="primary" disabled=${state.documents === wrong(state)} onClick=${begin}>${state.problems.length ? `Import the ${state.documents - wrong(state)} that are right` : `Import ${state.documents} documents`}</button>`}</div>`}
    ${busy && html`<div class="share"><progress max="1" value=${state.share} aria-label=${state.step === "checking" ? "Checking" : "Importing"} /> ${state.step === "checking" ? "Checking; nothing is written" : "Importing"} ${Math.round(state.share * 100)} %</div>`}
    ${state.step === "checked" && html`<p role="status">${state.problems.length ? html`<strong class="problem-line">${wrong(state)} of ${state.documents} documents are wrong.</strong> Nothing was written.` : html`<strong class="good-line">All ${state.documents} documents are right.</strong> Nothing was written yet.`}</p>`}
    ${state.step === "done" && html`<p role="status"><strong class="good-line">${state.made} made${state.updated ? `, ${state.updated} changed` : ""}.</strong> ${state.problems.length ? `${wrong(state)} left out.` : ""} <a href=${href(slug(doctype))}>See them</a></p>`}
    ${runs.data?.length > 0 && html`<section><h2>Of the last day</h2><ul class="runs">${runs.data.map((each) => html`<li key=${each.run}><span>${each.documents} made, ${display({ fieldtype: "Datetime" }, each.at)}</span><button class="danger" disabled=${busy} onClick=${() => takeBack(each.run, each.documents)}>Take back…</button></li>`)}</ul></section>`}
    ${state.problems?.length > 0 && html`<${Problems} problems=${state.problems} titles=${Object.fromEntries(columns.map((each) => [each.column, each.title]))} />`}
  </div>`;
}

const wrong = ({ problems }) => new Set(problems.map((each) => each.row)).size;

/** The columns of the file, what each becomes, and how its first rows look. */
function Matching({ file, places, columns, busy, onChange }) {
  const own = columns.filter((each) => !each.table);
  const tables = [...new Set(columns.map((each) => each.table).filter(Boolean))];
  const option = (each, place) => html`<option value=${each.column} disabled=${each.column !== place && places.includes(each.column)}>${each.title}${each.required ? " *" : ""}</option>`;
  return html`<div class="wide" tabindex="0" role="region" aria-label="Columns of the file"><table class="matching"><thead><tr><th scope="col">In the file</th><th scope="col">Becomes</th><th scope="col">First rows</th></tr></thead>
    <tbody>${file.titles.map((title, index) => html`<tr key=${index} class=${places[index] ? "" : "left-out"}><th scope="row">${title || `Column ${index + 1}`}</th><td data-label="Becomes"><select aria-label=${`${title || `Column ${index + 1}`} becomes`} disabled=${busy} value=${places[index]} onChange=${(event) => onChange(places.with(index, event.target.value))}>
      <option value="">– left out –</option>${own.map((each) => option(each, places[index]))}${tables.map((table) => html`<optgroup label=${table}>${columns.filter((each) => each.table === table).map((each) => option(each, places[index]))}</optgroup>`)}</select></td>
      <td class="muted" data-label="First rows">${file.rows.slice(0, SAMPLES).map((row) => row[index]).filter(Boolean).join(" · ")}</td></tr>`)}</tbody></table></div>`;
}

const Problems = ({ problems, titles }) => html`<div class="wide" tabindex="0" role="region" aria-label="What is wrong"><table><thead><tr><th scope="col" class="number">Row</th><th scope="col">Column</th><th scope="col">What is wrong</th></tr></thead>
  <tbody>${problems.slice(0, SHOWN).map((each, index) => html`<tr key=${index}><td class="number" data-label="Row">${each.row}</td><td data-label="Column">${titles[each.column] ?? each.column}</td><td class="said">${each.message}</td></tr>`)}</tbody></table></div>${problems.length > SHOWN && html`<p class="muted">and ${problems.length - SHOWN} more</p>`}`;
