/** The form of a document: read, changed, saved, submitted, and what stands beside it. */
import { documents, method } from "../model/api.js";
import { infoOf, loadDocument } from "../model/document.js";
import { titleField } from "../model/meta.js";
import { opened } from "../model/own.js";
import { useResource } from "../model/resource.js";
import { guard, href, navigate } from "../model/router.js";
import { changed, makeRules } from "../model/rules.js";
import { findDocType, manages, may, slug } from "../model/site.js";
import { forgetTitle } from "../model/titles.js";
import { html, sheet, useEffect, useMemo, useRef, useState } from "../model/view.js";
import "../controls/basic.js";
import "../controls/editors.js";
import "../controls/file.js";
import "../controls/link.js";
import "../controls/special.js";
import "../controls/table.js";
import { Beside, Timeline } from "../parts/collaboration.js";
import { ask, openDialog, showError, toast } from "../parts/dialogs.js";
import { useEditing } from "../parts/editing.js";
import { Rename } from "../parts/form_dialogs.js";
import { FormHead } from "../parts/form_head.js";
import { useShortcuts } from "../parts/keys.js";
import { Fields } from "../parts/layout.js";
import { Picked, sendPicked } from "../parts/picked.js";
import { useSaving } from "../parts/saving.js";
import { Loaded, Missing, useTitle } from "../parts/shell.js";

await sheet("form.css");

/**
 * The page at /app/<doctype>/<name>, /app/new/<doctype>, and /app/<a single DocType>. With `locked`, a sentence why, it
 * is only read; `below` stands below its head.
 */
export default function Form({ params, query, onSaved, locked, below }) {
  const info = findDocType(params.doctype);
  const name = info?.single ? info.name : params.name;
  const key = `${info?.name}/${name ?? `?${query}`}`;
  const refusal = useMemo(() => locked && { allowed: false, fields: {}, reason: locked }, [locked]);
  const load = (signal) => (info ? loadDocument(info, name, query, { signal }) : Promise.resolve(null));
  const resource = useResource(load, [], key);
  if (!info || (!resource.data && [403, 404].includes(resource.error?.status)))
    return html`<${Missing} what=${info ? `${info.name} ${name ?? ""}` : `DocType ${params.doctype}`} />`;
  return html`
    <${Loaded} title=${info.name} ...${resource}>
      ${(data) => html`
        <${View}
          key=${key}
          ...${{ ...data, onSaved, locked, below }}
          rights=${refusal || data.rights}
          single=${info.single}
          reload=${resource.reload}
        />
      `}
    <//>
  `;
}

const NAME = { fieldname: "name", label: "Name", fieldtype: "Data", reqd: 1 };

/** The DocType as its form has it: one whose documents are named by people asks for the name of a new one. */
const asked = (meta, isNew) =>
  isNew && meta.autoname?.toLowerCase() === "prompt"
    ? { ...meta, fields: [{ ...NAME, parent: meta.name }, ...meta.fields] }
    : meta;

function View({ meta, tables, rights, single, reload, onSaved, locked, below, ...given }) {
  const box = useRef();
  const [info, setInfo] = useState(given.info);
  const [files, setFiles] = useState([]); // of a new document, until it has a name
  const waiting = useRef(files);
  waiting.current = files;
  const editing = useEditing({ meta, tables, given: given.doc, box });
  const { doc, stored, latest, errors, summary, put, set, setRow, complain } = editing;
  const rules = useMemo(() => makeRules(meta, rights), [rights]);
  const isNew = Boolean(doc.__islocal);
  const isDirty = (given) => Object.keys(changed(given.doc, given.stored)).length > 0;
  const dirty = isDirty({ doc, stored });
  const title = isNew ? `New ${meta.name}` : single ? meta.name : String(doc[titleField(meta)] || doc.name);
  const allowed = given.info?.permissions ?? {};
  const fields = asked(meta, isNew);
  useTitle(isNew ? title : `${title} · ${meta.name}`);
  useEffect(() => void (isNew || opened(meta.name, doc.name, title)), [doc.name]);
  useEffect(() => void forgetTitle(meta.name, doc.name), [doc.modified]); // links elsewhere ask for its title again
  useEffect(() => guard(() => waiting.current.length > 0 || isDirty(latest.current)), []);
  useEffect(() => setInfo(given.info), [given.doc]);

  const done = async (saved, word) => {
    await sendPicked(waiting.current, saved);
    waiting.current = [];
    await onSaved?.(saved);
    put(saved, saved);
    complain({}, []);
    toast(word, { kind: "good" });
    if (isNew) navigate(href(slug(meta.name), saved.name), { replace: true });
    else reload();
  };
  const [busy, save] = useSaving({ meta, fields, tables, rules, editing, onSaved: done, reload });
  const submit = async () => {
    const text = "After that most of it cannot be changed.";
    if (await ask({ title: `Submit ${title}?`, text, action: "Submit" })) await save({ docstatus: 1 }, "Submitted");
  };
  const cancel = async () => {
    const text = "It stays, and can be amended.";
    if (await ask({ title: `Cancel ${title}?`, text, action: "Cancel it", danger: true }))
      await save({ docstatus: 2 }, "Cancelled");
  };
  /** Go elsewhere, for the document is no more, or not under that name. */
  const leave = async (to) => {
    put(latest.current.stored);
    await onSaved?.(doc);
    navigate(to, { replace: true });
  };
  const rename = async () => {
    if (dirty) return toast("Save it first: another name begins with what is stored.");
    const name = await openDialog(Rename, { title: `Rename ${doc.name}`, name: doc.name });
    if (!name || name === doc.name) return;
    const names = { doctype: meta.name, old_name: doc.name, new_name: name };
    await method("frappe.client.rename_doc", names).then((got) => leave(href(slug(meta.name), got)), showError);
  };
  const remove = async () => {
    const text = "It is gone for good.";
    if (!(await ask({ title: `Delete ${title}?`, text, action: "Delete", danger: true }))) return;
    const gone = () => (leave(href(slug(meta.name))), toast("Deleted", { kind: "good" }));
    await documents.remove(meta.name, doc.name).then(gone, showError);
  };
  const again = async () => {
    const question = { title: "Read again?", text: "What you changed is lost.", action: "Read again", danger: true };
    if (dirty && !(await ask(question))) return;
    put(latest.current.stored);
    reload();
  };
  const press = ({ options }) => {
    const isMethod = options.includes(".");
    const run = isMethod ? method(options, { doc: JSON.stringify(doc) }) : documents.run(meta.name, doc.name, options);
    return run.then(reload, showError);
  };
  const showWho = () => {
    const about = { title: `Who may see ${title}`, wide: true, doctype: meta.name, name: doc.name };
    return import("../parts/who.js").then(({ Who }) => openDialog(Who, about), showError);
  };
  const copy = () => navigate(href("new", slug(meta.name), { _copy: doc.name }));
  const back = () => document.querySelector(":popover-open") || navigate(single ? href() : href(slug(meta.name)));
  const refresh = () => infoOf(meta.name, doc.name).then(setInfo, showError);

  const submittable = Boolean(meta.is_submittable && !isNew && doc.docstatus === 0 && allowed.submit);
  const savable = (isNew ? may("create", meta.name) : rights?.allowed) && (isNew || doc.docstatus < 2);
  useShortcuts({
    ...(savable && { "mod+s": ["Save", () => save()] }),
    ...(submittable && { "mod+enter": ["Submit", submit] }),
    escape: ["Back to the list", back],
  });
  const actions = {
    save: savable && save,
    submit: submittable && submit,
    cancel: doc.docstatus === 1 && Boolean(allowed.cancel) && cancel,
    amends: doc.docstatus === 2 && Boolean(allowed.amend),
  };
  const items = [
    ["Read again", again],
    !single && may("create", meta.name) && ["Duplicate", copy],
    Boolean(meta.allow_rename) && rights?.allowed && ["Rename…", rename],
    manages() && !single && ["Who may see it…", showWho],
    Boolean(allowed.delete) && !locked && doc.docstatus !== 1 && ["Delete…", remove],
  ].filter(Boolean);
  return html`
    <section class="form" aria-busy=${busy} ref=${box}>
      <${FormHead} ...${{ meta, doc, title, single, dirty, busy, actions }} items=${isNew ? [] : items} />
      ${below}
      ${summary.length > 0 && html`
        <div class="summary" role="alert" tabindex="-1">
          <strong>Not saved</strong>
          <ul>${summary.map((each) => html`<li>${each}</li>`)}</ul>
        </div>
      `}
      ${rights && !rights.allowed && !locked && html`
        <details class="note">
          <summary>Read only. Why?</summary>
          <p>${rights.reason}</p>
        </details>
      `}
      <div class="around">
        <div class="body">
          <${Fields} meta=${fields} ...${{ doc, rules, set, setRow, errors, tables }} press=${isNew ? null : press} />
          ${info && html`<${Timeline} ...${{ meta, doc, info, tables }} reload=${refresh} />`}
        </div>
        ${info && html`<${Beside} ...${{ meta, doc, info }} reload=${refresh} />`}
        ${isNew && !single && html`<${Picked} files=${files} onChange=${setFiles} />`}
      </div>
    </section>
  `;
}
