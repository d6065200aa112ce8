/**
 * What leaves a list as a file: what is shown, every field, or with child rows; CSV, or a workbook where the server
 * makes them.
 */
import { call, documents } from "../model/api.js";
import { cell, download, offer, saved } from "../model/csv.js";
import { columns, getMeta, LAYOUT, TABLES } from "../model/meta.js";
import { html, useState } from "../model/view.js";
import { showError, toast } from "./dialogs.js";

const PAGE = 200;
const ROWS = "every field, and the rows of child tables, as an import reads them";

/** The fields of a child table that an import takes. */
async function cellsOf({ options }) {
  const { fields } = await getMeta(options);
  return fields.filter(
    (each) => !LAYOUT.has(each.fieldtype) && !TABLES.has(each.fieldtype) && each.fieldtype !== "Password",
  );
}

const names = (fields) => fields.map((each) => each.fieldname);

/** Rows as an import reads them: one for each further child row, whose cells of the document are blank. */
async function withRows(meta, wanted) {
  const own = names(columns(meta).filter((each) => each.parent));
  const shown = meta.fields.filter((each) => each.fieldtype === "Table");
  const tables = await Promise.all(shown.map(async (each) => [each.fieldname, names(await cellsOf(each))]));
  const nested = Object.fromEntries(tables);
  const heads = ["name", ...own, ...tables.flatMap(([table, fields]) => fields.map((field) => `${table}.${field}`))];
  const lines = [heads.join(",")];
  let count = 0;
  for (let start = 0, more = true; more; start += PAGE) {
    const { data, has_next_page } = await documents.list(meta.name, {
      ...wanted,
      fields: ["name", ...own, ...(tables.length ? [nested] : [])],
      start,
      limit: PAGE,
    });
    for (const doc of data) {
      const height = Math.max(1, ...tables.map(([table]) => doc[table]?.length ?? 0));
      for (let at = 0; at < height; at += 1)
        lines.push(
          [
            ...["name", ...own].map((each) => (at ? "" : cell(doc[each]))),
            ...tables.flatMap(([table, fields]) => fields.map((field) => cell(doc[table]?.[at]?.[field]))),
          ].join(","),
        );
    }
    count += data.length;
    more = has_next_page;
  }
  saved(lines, meta.name);
  return count;
}

const workbook = (meta, fields, wanted) =>
  call("POST", "v2/method/frappe.desk.reportview.export_query", {
    body: {
      ...wanted,
      doctype: meta.name,
      fields: JSON.stringify(fields),
      file_format_type: "Excel",
      title: meta.name,
    },
    file: true,
  }).then(({ blob }) => offer(blob, `${meta.name}.xlsx`));

/** The dialog: which columns, which kind of file. */
export function Export({ meta, shown, wanted, close }) {
  const [what, setWhat] = useState("shown");
  const [kind, setKind] = useState("csv");
  const [busy, setBusy] = useState(false);
  const tables = meta.fields.some((each) => each.fieldtype === "Table");
  const choice = (name, value, chosen, label, set, disabled) => {
    const pick = () => set(value);
    return html`
      <label>
        <input type="radio" name=${name} checked=${chosen === value} disabled=${disabled} onChange=${pick} /> ${label}
      </label>
    `;
  };
  const chooseRows = (next) => (setWhat(next), setKind("csv"));
  const save = async (event) => {
    event.preventDefault();
    setBusy(true);
    const fields =
      what === "shown"
        ? [...new Set(["name", ...shown.map((each) => each.fieldname)])]
        : columns(meta).map((each) => each.fieldname);
    const order = /\bname\b/.test(wanted.order_by) ? wanted.order_by : `${wanted.order_by}, name asc`;
    const made =
      kind === "xlsx"
        ? workbook(meta, fields, wanted)
        : what === "rows"
          ? withRows(meta, { ...wanted, order_by: order })
          : download(meta.name, fields, wanted);
    const told = (count) => (count === undefined ? `${meta.name}.xlsx` : `${count} documents in ${meta.name}.csv`);
    await made.then((count) => (close(), toast(told(count), { kind: "good" })), showError);
    setBusy(false);
  };
  return html`
    <form onSubmit=${save}>
      <fieldset class="radios">
        <legend>Columns</legend>
        ${choice("what", "shown", what, "those that are shown", setWhat)}
        ${choice("what", "all", what, "every field", setWhat)}
        ${tables && choice("what", "rows", what, ROWS, chooseRows)}
      </fieldset>
      <fieldset class="radios">
        <legend>File</legend>
        ${choice("kind", "csv", kind, "CSV", setKind)}
        ${choice("kind", "xlsx", kind, "Excel workbook", setKind, what === "rows")}
      </fieldset>
      <p class="muted">Every document of this view, as far as you may read it.</p>
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary" disabled=${busy}>${busy ? "Reading…" : "Save the file"}</button>
      </footer>
    </form>
  `;
}
