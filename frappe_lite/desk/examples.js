/** The REST calls of a DocType, as people write them: with a document that is there, and fields that it has. */
import { columns, LAYOUT, TABLES, titleField } from "./meta.js";

const SAMPLES = { Int: 1, Float: 1.5, Currency: 9.5, Percent: 50, Check: 1, Date: "2026-01-31", Datetime: "2026-01-31 12:00:00", Time: "12:00:00", Duration: 3600, Rating: 0.8 };

function sample(field) {
  if (field.fieldtype === "Select") return String(field.options ?? "").split("\n").find(Boolean) ?? "";
  if (field.fieldtype === "Link") return `NAME of a ${field.options}`;
  return SAMPLES[field.fieldtype] ?? `A ${(field.label || field.fieldname).toLowerCase()}`;
}

/** What a new document needs at least: its mandatory fields, or the one it is called by. */
function values(meta) {
  const fit = meta.fields.filter((each) => !LAYOUT.has(each.fieldtype) && !TABLES.has(each.fieldtype) && !["Dynamic Link", "Password"].includes(each.fieldtype));
  const needed = fit.filter((each) => each.reqd && !each.default);
  return Object.fromEntries((needed.length ? needed : fit.filter((each) => each.fieldtype !== "Link").slice(0, 1)).map((each) => [each.fieldname, sample(each)]));
}

/** [{label, text}]: curl, Python and JavaScript. `site` is the address with its prefix, `name` a document's name. */
export function examples(meta, name, site) {
  const doctype = meta.name;
  const path = `${site}/api/resource/${encodeURIComponent(doctype)}`;
  const document = `${path}/${encodeURIComponent(name)}`;
  const given = JSON.stringify(values(meta));
  const quoted = given.replaceAll("'", "'\\''"); // for a shell, as are the addresses
  const [toAll, toOne] = [path, document].map((each) => `'${each.replaceAll("'", "%27")}'`);
  const fields = JSON.stringify([...new Set(["name", titleField(meta), ...columns(meta).filter((each) => each.in_list_view).map((each) => each.fieldname)])]);
  const token = "token API_KEY:API_SECRET";
  const head = `curl -H "Authorization: ${token}"`;
  const json = `-H "Content-Type: application/json"`;
  const [one, all] = [`"${doctype}", ${JSON.stringify(name)}`, `"${doctype}"`];
  return [
    ["List with curl", `${head} -G ${toAll} --data-urlencode 'fields=${fields}' --data-urlencode 'limit=20'`],
    ["Read with curl", `${head} ${toOne}`],
    ["Create with curl", `${head} ${json} -d '${quoted}' ${toAll}`],
    ["Change with curl", `${head} ${json} -X PUT -d '${quoted}' ${toOne}`],
    ["Delete with curl", `${head} -X DELETE ${toOne}`],
    ["Python, requests", ["from urllib.parse import quote", "", "import requests", "", "session = requests.Session()", `session.headers["Authorization"] = "${token}"`, `rows = session.get("${path}", params={"fields": '${fields}'}).json()["data"]`,
      `made = session.post("${path}", json=${given}).json()["data"]`, `one = "${path}/" + quote(str(made["name"]), safe="")`, `changed = session.put(one, json=${given}).json()["data"]`, "session.delete(one)"]],
    ["Python, frappe-client", ["from frappeclient import FrappeClient", "", `client = FrappeClient("${site}")`, `client.authenticate("API_KEY", "API_SECRET")`, `rows = client.get_list(${all}, fields=${fields})`, `document = client.get_doc(${one})`,
      `made = client.insert({"doctype": ${all}, **${given}})`, `changed = client.update({**made, **${given}})`, `client.delete(${all}, made["name"])`]],
    ["JavaScript, fetch", [`const headers = { Authorization: "${token}", "Content-Type": "application/json" };`, `const ask = async (address, options) => (await (await fetch(address, { headers, ...options })).json()).data;`, `const read = await ask("${document}");`,
      `const made = await ask("${path}", { method: "POST", body: JSON.stringify(${given}) });`, `const one = "${path}/" + encodeURIComponent(made.name);`, `const changed = await ask(one, { method: "PUT", body: JSON.stringify(${given}) });`, `await fetch(one, { method: "DELETE", headers });`]],
    ["JavaScript, frappe-js-sdk", [`import { FrappeApp } from "frappe-js-sdk";`, "", `const app = new FrappeApp("${site}", { useToken: true, token: () => "API_KEY:API_SECRET", type: "token" });`, `const rows = await app.db().getDocList(${all}, { fields: ${fields} });`,
      `const made = await app.db().createDoc(${all}, ${given});`, `const changed = await app.db().updateDoc(${all}, made.name, ${given});`, `await app.db().deleteDoc(${all}, made.name);`]],
  ].map(([label, lines]) => ({ label, text: [lines].flat().join("\n") }));
}
