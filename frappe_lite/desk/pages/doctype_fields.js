/** The fields of a DocType, beside their form as it will look, and what saving them would do. */
import { called, keepDraft, keyed, loadDraft, planOf, resetDraft, tablesOf } from "../model/draft.js";
import { choices } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { guard, href } from "../model/router.js";
import { slug } from "../model/site.js";
import { html, sheet, useEffect, useMemo, useRef, useState } from "../model/view.js";
import "../controls/basic.js";
import "../controls/editors.js";
import "../controls/file.js";
import "../controls/link.js";
import "../controls/special.js";
import "../controls/table.js";
import { ask, openDialog, showError, toast } from "../parts/dialogs.js";
import { FieldList } from "../parts/field_list.js";
import { useShortcuts } from "../parts/keys.js";
import { Fields } from "../parts/layout.js";
import { AskMisfits, Plan } from "../parts/plan.js";
import { Properties, Whole } from "../parts/properties.js";
import { Loaded } from "../parts/shell.js";

await sheet("form.css");
await sheet("doctype.css");

const NOTHING = { problem: "", changes: [], misfits: [], names: [], links_to: [], links_from: [] };
const PAUSE = 400; // milliseconds without a change, before the server is asked

export default function FieldsPage({ name, tabs }) {
  const resource = useResource((signal) => loadDraft(name, { signal }), [], name);
  return html`
    <${Loaded} title=${name} ...${resource}>
      ${(data) => html`
        <${Editor}
          key=${`${name}/${data.doc.modified}/${data.rows[0]?.__key}`}
          given=${data}
          tabs=${tabs}
          reload=${resource.reload}
        />
      `}
    <//>
  `;
}

function Editor({ given, tabs, reload }) {
  const { doc, app, custom, shapes } = given;
  const [rows, setRows] = useState(given.rows);
  const [said, setSaid] = useState(given.said);
  const [chosen, setChosen] = useState(given.rows[0]?.__key);
  const [tables, setTables] = useState(given.tables);
  const [plan, setPlan] = useState(NOTHING);
  const [busy, setBusy] = useState(false);
  const dirty = rows !== given.rows || said !== given.said;
  const latest = useRef({ dirty });
  latest.current = { dirty };
  const standard = useMemo(() => new Set(custom?.standard_fields), [custom]);
  const changed = new Set(custom?.properties.map((each) => each.fieldname));
  const locked = (row) => standard.has(row.fieldname);
  const at = rows.findIndex((each) => each.__key === chosen);
  useEffect(() => guard(() => latest.current.dirty), []);
  useEffect(() => {
    const asked = new AbortController();
    const timer = setTimeout(
      () =>
        planOf(given, rows, said, { signal: asked.signal }).then(
          setPlan,
          (error) => error.name === "AbortError" || showError(error),
        ),
      dirty ? PAUSE : 0,
    );
    return () => (clearTimeout(timer), asked.abort());
  }, [rows, said]);
  const kinds = rows.map((each) => `${each.fieldtype}/${each.options ?? ""}`).join();
  useEffect(() => void tablesOf(rows).then(setTables), [kinds]);

  const add = (fieldtype) => {
    const made = keyed({ label: fieldtype.endsWith("Break") ? "" : "New field", fieldtype });
    setRows(rows.toSpliced(at < 0 ? rows.length : at + 1, 0, made));
    setChosen(made.__key);
    setTimeout(() => /** @type {HTMLInputElement} */ (document.querySelector(".properties input"))?.select());
  };
  const move = (from, to) => {
    if (from === to || locked(rows[from])) return;
    setRows(rows.toSpliced(from, 1).toSpliced(to, 0, rows[from]));
    setChosen(rows[from].__key);
  };
  const remove = (key) => {
    const gone = rows.findIndex((each) => each.__key === key);
    setRows(rows.toSpliced(gone, 1));
    setChosen((rows[gone - 1] ?? rows[gone + 1])?.__key);
  };
  const set = (name, value) => setRows(rows.map((row) => (row.__key === chosen ? { ...row, [name]: value } : row)));
  const save = async () => {
    if (busy || !dirty) return;
    setBusy(true);
    try {
      const found = await planOf(given, rows, said);
      setPlan(found);
      const stopped = found.problem || found.misfits.some((each) => each.blocks);
      if (stopped) toast(found.problem || "Some documents stand against it: see what would change", { kind: "bad" });
      else if (
        !found.misfits.length ||
        (await openDialog(AskMisfits, {
          title: "Some documents would not fit",
          wide: true,
          doctype: doc.name,
          misfits: found.misfits,
        }))
      ) {
        await keepDraft(given, rows, said);
        latest.current.dirty = false;
        toast("Saved", { kind: "good" });
        reload();
      }
    } catch (error) {
      showError(error);
    }
    setBusy(false);
  };
  const reset = async (fieldname) => {
    const text = fieldname
      ? `What was changed here of ${fieldname} is lost.`
      : fieldname === ""
        ? `What was changed here of ${doc.name} as a whole is lost.`
        : "What was changed here of it and its fields is lost; fields of this site stay.";
    if (await ask({ title: "Back to what the app says?", text, action: "Reset", danger: true }))
      await resetDraft(doc.name, fieldname).then(() => ((latest.current.dirty = false), reload()), showError);
  };
  useShortcuts({ "mod+s": ["Save", save] });
  return html`
    <section class="form designer" aria-busy=${busy}>
      <header class="head title">
        <h1>${doc.name}</h1>
        ${dirty && html`<span class="badge orange">Not saved</span>`}
        <span class="gap" />
        ${app && changed.size > 0 && html`<button class="danger" onClick=${() => reset()}>Reset all…</button>`}
        <a class="button" href=${href("permissions", slug(doc.name))}>Permissions</a>
        <button class="primary" disabled=${busy || !dirty} title="Ctrl S" onClick=${save}>Save</button>
      </header>
      ${tabs}
      ${app && html`
        <p class="hint">
          ${doc.name} comes with ${app === "frappe" ? "the server" : `the app ${app}`}. Its own fields keep their type
          and order; what you change in them, and fields that you add, are kept for this site and outlive the next
          version.
        </p>
      `}
      <div class="designing">
        <${FieldList}
          ...${{ rows, chosen, locked, changed }}
          types=${choices(shapes.fields.find((each) => each.fieldname === "fieldtype"))
            .map(([value]) => value)
            .filter(Boolean)}
          onChoose=${setChosen}
          onAdd=${add}
          onMove=${move}
          onRemove=${remove}
        />
        <div class="properties">
          ${at >= 0 && html`
            <${Properties}
              key=${chosen}
              ...${{ shapes, set, custom, reset }}
              row=${rows[at]}
              locked=${locked(rows[at])}
              onRemove=${() => remove(chosen)}
            />
          `}
          <${Whole}
            ...${{ given, rows, said, custom, reset }}
            set=${(name, value) => setSaid({ ...said, [name]: value })}
          />
        </div>
        <div class="outcome">
          <${Preview} ...${{ doc, rows, tables, chosen }} onChoose=${setChosen} />
          <${Plan} ...${{ doctype: doc.name, plan, dirty }} />
        </div>
      </div>
    </section>
  `;
}

/** The form as it will look. What is typed in it is kept nowhere; a click chooses the field. */
function Preview({ doc, rows, tables, chosen, onChoose }) {
  const [values, setValues] = useState({});
  const box = useRef();
  const meta = { ...doc, fields: rows.map((each) => ({ ...each, fieldname: called(each), parent: doc.name })) };
  const rules = (field) => ({
    hidden: Boolean(field.hidden),
    readOnly: Boolean(field.read_only),
    required: Boolean(field.reqd),
    locked: false,
  });
  const now = rows.find((each) => each.__key === chosen);
  useEffect(() =>
    box.current
      .querySelectorAll(".slot")
      .forEach((each) => each.classList.toggle("current", Boolean(now) && each.dataset.path === called(now))),
  );
  const choose = (event) => {
    const path = event.target.closest("[data-path]")?.dataset.path?.split(".")[0];
    const found = path && rows.find((each) => called(each) === path);
    if (found && found.__key !== chosen) onChoose(found.__key);
  };
  // nothing is sent from here
  const still = (event) => event.target.closest?.("input[type=file], a[href]") && event.preventDefault();
  return html`
    <div
      class="preview-form"
      ref=${box}
      role="region"
      aria-label="The form as it will look"
      onClick=${choose}
      onFocusIn=${choose}
      onClickCapture=${still}
      onDropCapture=${(event) => (event.preventDefault(), event.stopPropagation())}
    >
      ${rows.length
        ? html`
          <${Fields}
            meta=${meta}
            doc=${{ doctype: doc.name, ...values }}
            errors=${{}}
            ...${{ rules, tables }}
            set=${(name, value) => setValues({ ...values, [name]: value })}
            setRow=${() => {}}
            press=${null}
          />
        `
        : html`<p class="muted">No fields yet: add the first one.</p>`}
    </div>
  `;
}
