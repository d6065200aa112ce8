/** The form of a document: read, changed, saved, submitted, and what stands beside it. */
import { ApiError, call, documents, method } from "../model/api.js";
import { Beside, Timeline } from "../parts/collaboration.js";
import "../controls/basic.js";
import "../controls/file.js";
import "../controls/link.js";
import "../controls/special.js";
import "../controls/table.js";
import { Labelled } from "../controls/registry.js";
import { ask, openDialog, showError, toast } from "../parts/dialogs.js";
import { colour, display } from "../model/format.js";
import { useShortcuts } from "../parts/keys.js";
import { Fields } from "../parts/layout.js";
import { Picked, sendPicked } from "../parts/picked.js";
import { getMeta, labelOf, TABLES, titleField } from "../model/meta.js";
import { opened } from "../model/own.js";
import { useResource } from "../model/resource.js";
import { guard, href, navigate } from "../model/router.js";
import { changed, defaults, faults, makeRules, place } from "../model/rules.js";
import { Loaded, Missing, useTitle } from "../parts/shell.js";
import { findDocType, manages, may, slug } from "../model/site.js";
import { forgetTitle } from "../model/titles.js";
import { html, sheet, useEffect, useMemo, useRef, useState } from "../model/view.js";

await sheet("form.css");

const STATUS = { fieldname: "docstatus", fieldtype: "Select" };
const infoOf = (doctype, name, options) => call("GET", "v2/method/frappe.desk.form.load.get_docinfo", { query: { doctype, name }, ...options }).then((answer) => answer.docinfo);

/** A document and all that its form needs: {meta, tables, doc, rights, info}. A new one has no rights and no info. */
async function load({ name: doctype, single }, name, query, options) {
  const whole = getMeta(doctype).then(async (meta) => [meta, Object.fromEntries(await Promise.all(meta.fields.filter((each) => TABLES.has(each.fieldtype)).map(async (each) => [each.options, await getMeta(each.options).catch(() => null)])))]);
  if (!name) {
    const [meta, tables] = await whole;
    const from = query.get("_copy") ?? query.get("_amend");
    const copied = from ? await documents.copy(doctype, from, options) : {};
    for (const each of meta.fields) if (TABLES.has(each.fieldtype)) copied[each.fieldname] = (copied[each.fieldname] ?? []).map(({ parent: _parent, ...row }, index) => ({ ...row, __key: -1 - index }));
    const given = Object.fromEntries([...query].filter(([key]) => meta.fields.some((each) => each.fieldname === key)));
    return { meta, tables, doc: { ...defaults(meta), ...copied, ...given, ...(query.get("_amend") && { amended_from: from }), doctype, __islocal: 1 }, rights: null, info: null };
  }
  const stored = documents.get(doctype, name, options);
  const beside = (promise) => promise.catch((error) => stored.then(() => Promise.reject(error))); // why the document did not come is told first
  const [[meta, tables], doc, rights, info] = await Promise.all([whole, stored, beside(documents.why(doctype, name, "write", options)), single ? null : beside(infoOf(doctype, name, options))]);
  return { meta, tables, doc, rights, info };
}

/** The page at /app/<doctype>/<name>, /app/new/<doctype>, and /app/<a single DocType>. With `locked`, a sentence why, it is only read; `below` stands below its head. */
export default function Form({ params, query, onSaved, locked, below }) {
  const info = findDocType(params.doctype);
  const name = info?.single ? info.name : params.name;
  const key = `${info?.name}/${name ?? `?${query}`}`;
  const refusal = useMemo(() => locked && { allowed: false, fields: {}, reason: locked }, [locked]);
  const resource = useResource((signal) => (info ? load(info, name, query, { signal }) : Promise.resolve(null)), [], key);
  if (!info || (!resource.data && [403, 404].includes(resource.error?.status))) return html`<${Missing} what=${info ? `${info.name} ${name ?? ""}` : `DocType ${params.doctype}`} />`;
  return html`<${Loaded} title=${info.name} ...${resource}>${(data) => html`<${View} key=${key} ...${{ ...data, onSaved, locked, below }} rights=${refusal || data.rights} single=${info.single} reload=${resource.reload} />`}<//>`;
}

function View({ meta, tables, rights, single, reload, onSaved, locked, below, ...given }) {
  const [{ doc, stored }, setState] = useState({ doc: given.doc, stored: given.doc });
  const [errors, setErrors] = useState({});
  const [summary, setSummary] = useState([]);
  const [info, setInfo] = useState(given.info);
  const [busy, setBusy] = useState(false);
  const [files, setFiles] = useState([]); // of a new document, until it has a name
  const latest = useRef();
  latest.current ??= { doc, stored };
  const waiting = useRef(files);
  waiting.current = files;
  const box = useRef();
  const rules = useMemo(() => makeRules(meta, rights), [rights]);
  const isNew = Boolean(doc.__islocal);
  const differing = changed(doc, stored);
  const dirty = Object.keys(differing).length > 0;
  const title = isNew ? `New ${meta.name}` : single ? meta.name : String(doc[titleField(meta)] || doc.name);
  const allowed = given.info?.permissions ?? {};
  const fields = meta.autoname?.toLowerCase() === "prompt" && isNew ? { ...meta, fields: [{ fieldname: "name", label: "Name", fieldtype: "Data", reqd: 1, parent: meta.name }, ...meta.fields] } : meta;
  useTitle(isNew ? title : `${title} · ${meta.name}`);
  useEffect(() => void (isNew || opened(meta.name, doc.name, title)), [doc.name]);
  useEffect(() => void forgetTitle(meta.name, doc.name), [doc.modified]); // links elsewhere ask for its title again
  useEffect(() => guard(() => waiting.current.length > 0 || Object.keys(changed(latest.current.doc, latest.current.stored)).length > 0), []);

  const put = (next, base = latest.current.stored) => setState((latest.current = { doc: next, stored: base }));
  useEffect(() => {
    if (given.doc === latest.current.doc) return; // read again: what was typed since stays
    put({ ...given.doc, ...Object.fromEntries(Object.entries(changed(latest.current.doc, latest.current.stored)).filter(([key]) => !SILENT.has(key))) }, given.doc);
    setInfo(given.info);
  }, [given.doc]);
  const clear = (path) => setErrors((before) => (before[path] ? Object.fromEntries(Object.entries(before).filter(([key]) => key !== path)) : before));
  /** The values that fields of the same form or row take from a linked document. */
  const fetched = async (fields, fieldname, value, apply) => {
    const link = fields.find((each) => each.fieldname === fieldname && each.fieldtype === "Link");
    const takers = link ? fields.filter((each) => each.fetch_from?.startsWith(`${fieldname}.`)) : [];
    if (!takers.length) return;
    const names = takers.map((each) => each.fetch_from.split(".")[1]);
    const found = value ? await method("frappe.client.validate_link", { doctype: link.options, docname: value, fields: names }, { verb: "GET" }).catch(() => ({})) : {};
    for (const [index, each] of takers.entries()) apply(each, found?.[names[index]] ?? null);
  };
  const set = (fieldname, value) => {
    put({ ...latest.current.doc, [fieldname]: value });
    clear(fieldname);
    fetched(meta.fields, fieldname, value, (each, got) => (each.fetch_if_empty && latest.current.doc[each.fieldname]) || put({ ...latest.current.doc, [each.fieldname]: got }));
  };
  const setRow = (table, index, fieldname, value) => {
    const write = (name, got) => put({ ...latest.current.doc, [table]: latest.current.doc[table].map((row, at) => (at === index ? { ...row, [name]: got } : row)) });
    write(fieldname, value);
    clear(`${table}.${index}.${fieldname}`);
    fetched(tables[meta.fields.find((each) => each.fieldname === table).options].fields, fieldname, value, (each, got) => write(each.fieldname, got));
  };
  const complain = (found, texts) => {
    setErrors(found);
    setSummary(texts);
    const first = Object.keys(found)[0];
    setTimeout(() => {
      const slot = first && box.current?.querySelector(`[data-path="${first}"]`);
      slot?.closest("details")?.setAttribute("open", "");
      (slot?.querySelector("input, select, textarea, [contenteditable], button") ?? box.current?.querySelector(".summary"))?.focus();
    }, 30); // when the tab that has it is shown
  };
  const done = async (saved, word) => {
    await sendPicked(waiting.current, saved);
    waiting.current = [];
    await onSaved?.(saved);
    put(saved, saved);
    setErrors({});
    setSummary([]);
    toast(word, { kind: "good" });
    if (isNew) navigate(href(slug(meta.name), saved.name), { replace: true });
    else reload();
  };
  /** Send what changed, with `more` such as a docstatus, and say `word`. */
  const save = async (more = {}, word = "Saved") => {
    if (busy) return;
    const focused = /** @type {HTMLElement} */ (document.activeElement);
    focused?.blur(); // a link or a duration that is being typed is taken now
    focused?.focus();
    const { doc: now, stored: before } = latest.current;
    const found = faults(fields, tables, rules, now);
    if (Object.keys(found).length) return complain(found, Object.values(found));
    setBusy(true);
    try {
      const bare = JSON.parse(JSON.stringify(isNew ? now : changed(now, before), (key, value) => (key.startsWith("__") ? undefined : value)));
      await done(isNew ? await documents.create(meta.name, { ...bare, ...more }) : await documents.update(meta.name, now.name, { ...bare, ...more, modified: before.modified }), word);
    } catch (error) {
      if (error.type === "TimestampMismatchError") await settle(more, word);
      else if (error instanceof ApiError) complain(place(error, meta, tables), error.messages.map((each) => each.message));
      else showError(error);
    }
    setBusy(false);
  };
  /** Somebody else saved in between: theirs, or mine on top of it. */
  const settle = async (more, word) => {
    const theirs = await documents.get(meta.name, doc.name).catch(showError);
    const choice = theirs && (await openDialog(Conflict, { title: `Changed by ${theirs.modified_by} since you opened it`, wide: true, meta, base: latest.current.stored, mine: latest.current.doc, theirs }));
    if (choice === "theirs") {
      put(theirs, theirs);
      reload();
    }
    if (choice !== "mine") return;
    const own = Object.fromEntries(Object.entries(changed(latest.current.doc, latest.current.stored)).filter(([key]) => key !== "modified"));
    put({ ...theirs, ...own }, theirs);
    setBusy(false);
    await save(more, word);
  };
  const submit = async () => (await ask({ title: `Submit ${title}?`, text: "After that most of it cannot be changed.", action: "Submit" })) && save({ docstatus: 1 }, "Submitted");
  const cancel = async () => (await ask({ title: `Cancel ${title}?`, text: "It stays, and can be amended.", action: "Cancel it", danger: true })) && save({ docstatus: 2 }, "Cancelled");
  /** Go elsewhere, for the document is no more, or not under that name. */
  const left = async (to) => {
    put(latest.current.stored);
    await onSaved?.(doc);
    navigate(to, { replace: true });
  };
  const rename = async () => {
    if (dirty) return toast("Save it first: another name begins with what is stored.");
    const name = await openDialog(Rename, { title: `Rename ${doc.name}`, name: doc.name });
    if (name && name !== doc.name) await method("frappe.client.rename_doc", { doctype: meta.name, old_name: doc.name, new_name: name }).then((got) => left(href(slug(meta.name), got)), showError);
  };
  const remove = async () => {
    if (!(await ask({ title: `Delete ${title}?`, text: "It is gone for good.", action: "Delete", danger: true }))) return;
    await documents.remove(meta.name, doc.name).then(() => (left(href(slug(meta.name))), toast("Deleted", { kind: "good" })), showError);
  };
  const again = async () => {
    if (dirty && !(await ask({ title: "Read again?", text: "What you changed is lost.", action: "Read again", danger: true }))) return;
    put(latest.current.stored);
    reload();
  };
  const press = ({ options }) => (options.includes(".") ? method(options, { doc: JSON.stringify(doc) }) : documents.run(meta.name, doc.name, options)).then(reload, showError);
  const submittable = Boolean(meta.is_submittable && !isNew && doc.docstatus === 0 && allowed.submit);
  const savable = (isNew ? may("create", meta.name) : rights?.allowed) && (isNew || doc.docstatus < 2);
  useShortcuts({
    ...(savable && { "mod+s": ["Save", () => save()] }),
    ...(submittable && { "mod+enter": ["Submit", submit] }),
    escape: ["Back to the list", () => document.querySelector(":popover-open") || navigate(single ? href() : href(slug(meta.name)))],
  });
  const state = isNew ? ["New", "orange"] : dirty ? ["Not saved", "orange"] : meta.is_submittable ? [display(STATUS, doc.docstatus), colour(meta, STATUS, doc.docstatus)] : null;
  const refresh = () => infoOf(meta.name, doc.name).then(setInfo, showError);
  const items = isNew ? [] : [
    ["Read again", again], !single && may("create", meta.name) && ["Duplicate", () => navigate(href("new", slug(meta.name), { _copy: doc.name }))],
    Boolean(meta.allow_rename) && rights?.allowed && ["Rename…", rename], manages() && !single && ["Who may see it…", () => import("../parts/who.js").then(({ Who }) => openDialog(Who, { title: `Who may see ${title}`, wide: true, doctype: meta.name, name: doc.name }), showError)], Boolean(allowed.delete) && !locked && doc.docstatus !== 1 && ["Delete…", remove],
  ].filter(Boolean);
  return html`<section class="form" aria-busy=${busy} ref=${box}>
    <header class="head"><div class="title">${!single && html`<a href=${href(slug(meta.name))}>${meta.name}</a>`}<h1>${title}</h1></div>${state && html`<span class=${`badge ${state[1]}`}>${state[0]}</span>`}${title !== String(doc.name) && !isNew && html`<span class="muted name">${doc.name}</span>`}
      <span class="gap" />
      ${items.length > 0 && html`<button class="quiet" popovertarget="form-menu" aria-label="More">⋯</button><div id="form-menu" class="menu" popover onClick=${(event) => event.currentTarget.hidePopover()}>${items.map(([label, run]) => html`<button onClick=${run}>${label}</button>`)}</div>`}
      ${doc.docstatus === 1 && Boolean(allowed.cancel) && html`<button class="danger" onClick=${cancel}>Cancel</button>`}
      ${doc.docstatus === 2 && Boolean(allowed.amend) && html`<a class="button primary" href=${href("new", slug(meta.name), { _amend: doc.name })}>Amend</a>`}
      ${savable && html`<button class=${submittable && !dirty ? "" : "primary"} disabled=${busy || !(dirty || isNew)} title="Ctrl S" onClick=${() => save()}>Save</button>`}
      ${submittable && html`<button class=${dirty ? "" : "primary"} disabled=${busy} title="Ctrl Enter" onClick=${submit}>Submit</button>`}</header>
    ${below}${summary.length > 0 && html`<div class="summary" role="alert" tabindex="-1"><strong>Not saved</strong><ul>${summary.map((each) => html`<li>${each}</li>`)}</ul></div>`}
    ${rights && !rights.allowed && !locked && html`<details class="note"><summary>Read only. Why?</summary><p>${rights.reason}</p></details>`}
    <div class="around"><div class="body"><${Fields} meta=${fields} ...${{ doc, rules, set, setRow, errors, press: isNew ? null : press }} tables=${tables} />
      ${info && html`<${Timeline} ...${{ meta, doc, info }} tables=${tables} reload=${refresh} />`}</div>
      ${info && html`<${Beside} ...${{ meta, doc, info }} reload=${refresh} />`}${isNew && !single && html`<${Picked} files=${files} onChange=${setFiles} />`}</div></section>`;
}

function Rename({ name, close }) {
  const [value, setValue] = useState(name);
  return html`<form onSubmit=${(event) => (event.preventDefault(), close(value.trim()))}><${Labelled} field=${{ fieldname: "name", label: "New name", fieldtype: "Data", reqd: 1, description: "Links to it follow." }} value=${value} onChange=${setValue} autofocus />
    <footer><button type="button" onClick=${() => close()}>Cancel</button><button class="primary" disabled=${!value}>Rename</button></footer></form>`;
}

const SILENT = new Set(["modified", "modified_by", "creation", "idx", "_comments", "_user_tags", "_assign", "_liked_by"]);

function Conflict({ meta, base, mine, theirs, close }) {
  const [own, other] = [changed(mine, base), changed(theirs, base)];
  const names = meta.fields.filter((each) => each.fieldname in own || each.fieldname in other).filter((each) => !SILENT.has(each.fieldname));
  const shown = (field, doc) => (TABLES.has(field.fieldtype) ? `${doc[field.fieldname]?.length ?? 0} rows` : display(field, doc[field.fieldname]) || "–");
  return html`<div><div class="grid-scroll"><table class="compare"><thead><tr><th scope="col">Field</th><th scope="col">Theirs</th><th scope="col">Yours</th></tr></thead><tbody>${names.map((each) => html`<tr><th scope="row">${labelOf(each)}</th>
      <td class=${each.fieldname in other ? "differs" : ""}>${shown(each, theirs)}</td><td class=${each.fieldname in own ? "differs" : ""}>${each.fieldname in own ? shown(each, mine) : "as theirs"}</td></tr>`)}</tbody></table></div>
    <p class="muted">Yours changes only what you changed, on top of theirs.</p>
    <form method="dialog"><footer><button type="button" onClick=${() => close()}>Go on editing</button><button type="button" onClick=${() => close("theirs")}>Reload theirs</button><button type="button" class="primary" onClick=${() => close("mine")}>Save yours</button></footer></form></div>`;
}
