/**
 * What one person keeps for the desk: documents opened last, in this browser; counts that stand on the home page, on
 * the server.
 */
import { method } from "./api.js";
import { boot, findDocType } from "./site.js";
import { signal } from "./view.js";

const MOST = 30;
const SETTINGS = "frappe.model.utils.user_settings";
const SUBJECT = "User"; // Frappe keeps settings of a DocType's views; these are of the person

const key = () => `desk.recent.${boot.value.user.name}`;

/** Documents opened last in this browser, the latest first: [{doctype, name, title}]. */
export function recent() {
  try {
    return JSON.parse(localStorage.getItem(key()) ?? "[]").filter((each) => findDocType(each.doctype));
  } catch {
    return [];
  }
}

/** Remember that a document was opened. */
export function opened(doctype, name, title) {
  const rest = recent().filter((each) => each.doctype !== doctype || each.name !== name);
  localStorage.setItem(key(), JSON.stringify([{ doctype, name, title }, ...rest].slice(0, MOST)));
}

/** Counts on the home page: [{doctype, label, view}], `view` as in an address; null until they were asked for. */
export const pins = signal(null);

export async function loadPins(options) {
  const settings = JSON.parse(await method(`${SETTINGS}.get`, { doctype: SUBJECT }, { verb: "GET", ...options }));
  pins.value = (settings.Desk?.pins ?? []).filter((each) => findDocType(each.doctype));
  return pins.value;
}

/** Keep other pins. */
export async function setPins(next) {
  await method(`${SETTINGS}.save`, { doctype: SUBJECT, user_settings: { Desk: { pins: next } } });
  pins.value = next;
}
