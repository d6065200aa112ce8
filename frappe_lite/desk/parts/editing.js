/** A document while it is edited in a form: what stands there, what is stored, and what stands against a save. */
import { method } from "../model/api.js";
import { typed } from "../model/document.js";
import { useEffect, useRef, useState } from "../model/view.js";

/** Call `apply(field, value)` for those of the fields that take a value from the document that one of them links to. */
async function fetchLinked(fields, fieldname, value, apply) {
  const link = fields.find((each) => each.fieldname === fieldname && each.fieldtype === "Link");
  const takers = link ? fields.filter((each) => each.fetch_from?.startsWith(`${fieldname}.`)) : [];
  if (!takers.length) return;
  const names = takers.map((each) => each.fetch_from.split(".")[1]);
  const asked = { doctype: link.options, docname: value, fields: names };
  const found = value ? await method("frappe.client.validate_link", asked, { verb: "GET" }).catch(() => ({})) : {};
  for (const [index, each] of takers.entries()) apply(each, found?.[names[index]] ?? null);
}

/** Show what a field says, and begin there: the first that is wrong, else what is told above all. */
function focusOn(box, path) {
  const slot = path && box?.querySelector(`[data-path="${path}"]`);
  slot?.closest("details")?.setAttribute("open", "");
  const input = slot?.querySelector("input, select, textarea, [contenteditable], button");
  (input ?? box?.querySelector(".summary"))?.focus();
}

/**
 * A document in a form: {doc, stored, latest, errors, summary, put, set, setRow, complain}.
 *
 * `given` is the document as it was read; when it is read again, what was typed since stays. `latest.current` has `doc`
 * and `stored` as the last change left them, for what goes on while the form is drawn. `put(doc, stored)` has others;
 * `complain(errors, summary)` shows what stands against a save, by path and as texts.
 */
export function useEditing({ meta, tables, given, box }) {
  const [{ doc, stored }, setState] = useState({ doc: given, stored: given });
  const [errors, setErrors] = useState({});
  const [summary, setSummary] = useState([]);
  const latest = useRef();
  latest.current ??= { doc, stored };

  const put = (next, base = latest.current.stored) => setState((latest.current = { doc: next, stored: base }));
  useEffect(() => {
    if (given !== latest.current.doc) put({ ...given, ...typed(latest.current) }, given);
  }, [given]);
  const forgive = (path) =>
    setErrors((before) => {
      const { [path]: gone, ...others } = before;
      return gone ? others : before;
    });
  const set = (fieldname, value) => {
    const write = (name, got) => put({ ...latest.current.doc, [name]: got });
    write(fieldname, value);
    forgive(fieldname);
    const isKept = (field) => field.fetch_if_empty && latest.current.doc[field.fieldname];
    fetchLinked(meta.fields, fieldname, value, (field, got) => isKept(field) || write(field.fieldname, got));
  };
  const setRow = (table, index, fieldname, value) => {
    const write = (name, got) => {
      const rows = latest.current.doc[table].map((row, at) => (at === index ? { ...row, [name]: got } : row));
      put({ ...latest.current.doc, [table]: rows });
    };
    write(fieldname, value);
    forgive(`${table}.${index}.${fieldname}`);
    const { options } = meta.fields.find((each) => each.fieldname === table);
    fetchLinked(tables[options].fields, fieldname, value, (field, got) => write(field.fieldname, got));
  };
  const complain = (found, texts) => {
    setErrors(found);
    setSummary(texts);
    if (texts.length) setTimeout(() => focusOn(box.current, Object.keys(found)[0]), 30); // when its tab is shown
  };
  return { doc, stored, latest, errors, summary, put, set, setRow, complain };
}
