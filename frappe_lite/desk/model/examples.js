/** The REST calls of a DocType, as people write them: with a document that is there, and fields that it has. */
import { columns, LAYOUT, TABLES, titleField } from "./meta.js";

const SAMPLES = {
  Int: 1,
  Float: 1.5,
  Currency: 9.5,
  Percent: 50,
  Check: 1,
  Date: "2026-01-31",
  Datetime: "2026-01-31 12:00:00",
  Time: "12:00:00",
  Duration: 3600,
  Rating: 0.8,
};

function sample(field) {
  if (field.fieldtype === "Select")
    return (
      String(field.options ?? "")
        .split("\n")
        .find(Boolean) ?? ""
    );
  if (field.fieldtype === "Link") return `NAME of a ${field.options}`;
  return SAMPLES[field.fieldtype] ?? `A ${(field.label || field.fieldname).toLowerCase()}`;
}

/** What a new document needs at least: its mandatory fields, or the one it is called by. */
function values(meta) {
  const fit = meta.fields.filter(
    (each) =>
      !LAYOUT.has(each.fieldtype) &&
      !TABLES.has(each.fieldtype) &&
      !["Dynamic Link", "Password"].includes(each.fieldtype),
  );
  const needed = fit.filter((each) => each.reqd && !each.default);
  return Object.fromEntries(
    (needed.length ? needed : fit.filter((each) => each.fieldtype !== "Link").slice(0, 1)).map((each) => [
      each.fieldname,
      sample(each),
    ]),
  );
}

/**
 * [{label, text}]: curl, Python and JavaScript. `site` is the address with its prefix, `name` a document's name. A
 * Single is only read and changed.
 */
export function examples(meta, name, site) {
  const doctype = meta.name;
  const path = `${site}/api/resource/${encodeURIComponent(doctype)}`;
  const document = `${path}/${encodeURIComponent(name)}`;
  const given = JSON.stringify(values(meta));
  const quoted = given.replaceAll("'", "'\\''"); // for a shell, as are the addresses
  const [toAll, toOne] = [path, document].map((each) => `'${each.replaceAll("'", "%27")}'`);
  const fields = JSON.stringify([
    ...new Set([
      "name",
      titleField(meta),
      ...columns(meta)
        .filter((each) => each.in_list_view)
        .map((each) => each.fieldname),
    ]),
  ]);
  const token = "token API_KEY:API_SECRET";
  const head = `curl -H "Authorization: ${token}"`;
  const json = `-H "Content-Type: application/json"`;
  const [one, all] = [`"${doctype}", ${JSON.stringify(name)}`, `"${doctype}"`];
  const many = !meta.issingle;
  return [
    many && ["List with curl", `${head} -G ${toAll} --data-urlencode 'fields=${fields}' --data-urlencode 'limit=20'`],
    ["Read with curl", `${head} ${toOne}`],
    many && ["Create with curl", `${head} ${json} -d '${quoted}' ${toAll}`],
    ["Change with curl", `${head} ${json} -X PUT -d '${quoted}' ${toOne}`],
    many && ["Delete with curl", `${head} -X DELETE ${toOne}`],
    [
      "Python, requests",
      [
        many && "from urllib.parse import quote\n",
        "import requests\n",
        "session = requests.Session()",
        `session.headers["Authorization"] = "${token}"`,
        `doc = session.get("${document}").json()["data"]`,
        many && `rows = session.get("${path}", params={"fields": '${fields}'}).json()["data"]`,
        many && `made = session.post("${path}", json=${given}).json()["data"]`,
        `address = ${many ? `"${path}/" + quote(str(made["name"]), safe="")` : `"${document}"`}`,
        `changed = session.put(address, json=${given}).json()["data"]`,
        many && "session.delete(address)",
      ],
    ],
    [
      "Python, frappe-client",
      [
        "from frappeclient import FrappeClient\n",
        `client = FrappeClient("${site}")`,
        `client.authenticate("API_KEY", "API_SECRET")`,
        `doc = client.get_doc(${one})`,
        many && `rows = client.get_list(${all}, fields=${fields})`,
        many && `made = client.insert({"doctype": ${all}, **${given}})`,
        `changed = client.update({**${many ? "made" : "doc"}, **${given}})`,
        many && `client.delete(${all}, made["name"])`,
      ],
    ],
    [
      "JavaScript, fetch",
      [
        `const headers = { Authorization: "${token}", "Content-Type": "application/json" };`,
        `const ask = async (address, options) => (await (await fetch(address, { headers, ...options })).json()).data;`,
        `const doc = await ask("${document}");`,
        many && `const made = await ask("${path}", { method: "POST", body: JSON.stringify(${given}) });`,
        `const address = ${many ? `"${path}/" + encodeURIComponent(made.name)` : `"${document}"`};`,
        `const changed = await ask(address, { method: "PUT", body: JSON.stringify(${given}) });`,
        many && `await fetch(address, { method: "DELETE", headers });`,
      ],
    ],
    [
      "JavaScript, frappe-js-sdk",
      [
        `import { FrappeApp } from "frappe-js-sdk";\n`,
        `const app = new FrappeApp("${site}", { useToken: true, token: () => "API_KEY:API_SECRET", type: "token" });`,
        `const doc = await app.db().getDoc(${one});`,
        many && `const rows = await app.db().getDocList(${all}, { fields: ${fields} });`,
        many && `const made = await app.db().createDoc(${all}, ${given});`,
        `const changed = await app.db().updateDoc(${all}, ${many ? "made.name" : JSON.stringify(name)}, ${given});`,
        many && `await app.db().deleteDoc(${all}, made.name);`,
      ],
    ],
  ]
    .filter(Boolean)
    .map(([label, lines]) => ({ label, text: [lines].flat().filter(Boolean).join("\n") }));
}
