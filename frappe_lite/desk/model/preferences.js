/**
 * What people chose for the lists of a DocType: columns and widths, in Frappe's user settings; columns for everybody,
 * in List View Settings.
 */
import { method } from "./api.js";
import { column, getMeta } from "./meta.js";

const SETTINGS = "frappe.model.utils.user_settings";
const kept = new Map();

/** {meta, chosen}: a DocType, and what was chosen for its lists: {columns, widths, everybody}. */
export async function getList(doctype) {
  if (!kept.has(doctype)) {
    const asked = (name) => method(name, { doctype }, { verb: "GET" });
    kept.set(
      doctype,
      Promise.all([asked(`${SETTINGS}.get`), asked("frappe.desk.listview.get_list_settings")]).then(
        ([mine, settings]) => ({ ...JSON.parse(mine).List, everybody: named(settings?.fields) }),
      ),
    );
    kept.get(doctype).catch(() => kept.delete(doctype));
  }
  const [meta, chosen] = await Promise.all([getMeta(doctype), kept.get(doctype)]);
  return { meta, chosen };
}

/** The fieldnames of List View Settings, where each is an object. */
function named(text) {
  try {
    return JSON.parse(text || "[]").map((each) => each.fieldname);
  } catch {
    return [];
  }
}

let last = Promise.resolve();

/** Keep what the caller chose for lists of a DocType. One is sent after the other, so that the last one stays. */
export async function choose(doctype, changes) {
  const chosen = Promise.resolve(kept.get(doctype)).then((before) => ({ ...before, ...changes }));
  kept.set(doctype, chosen);
  const send = async () => {
    const List = { ...(await chosen), everybody: undefined };
    await method(`${SETTINGS}.save`, { doctype, user_settings: { List } });
  };
  last = last.then(send, send);
  await last;
  return chosen;
}

/** Choose the columns of everybody who chose none. */
export async function chooseForAll(meta, names) {
  await method("frappe.desk.listview.set_list_settings", {
    doctype: meta.name,
    values: { fields: JSON.stringify(names.map((fieldname) => ({ fieldname, label: column(meta, fieldname).label }))) },
  });
  kept.set(meta.name, Promise.resolve({ ...(await kept.get(meta.name)), everybody: names }));
}

// --- views that are kept --------------------------------------------------------------------------------
