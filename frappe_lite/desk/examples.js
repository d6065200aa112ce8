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
  const curl = [
    `${head} -G ${toAll} --data-urlencode 'fields=${fields}' --data-urlencode 'limit=20'`, `${head} ${toOne}`,
    `${head} -H "Content-Type: application/json" -d '${quoted}' ${toAll}`, `${head} -H "Content-Type: application/json" -X PUT -d '${quoted}' ${toOne}`, `${head} -X DELETE ${toOne}`,
  ];
  const requests = `import requests\n\nsession = requests.Session()\nsession.headers["Authorization"] = "${token}"\nrows = session.get("${path}", params={"fields": '${fields}'}).json()["data"]\nmade = session.post("${path}", json=${given}).json()["data"]`;
  const client = `from frappeclient import FrappeClient\n\nclient = FrappeClient("${site}")\nclient.authenticate("API_KEY", "API_SECRET")\nrows = client.get_list("${doctype}", fields=${fields})\ndocument = client.get_doc("${doctype}", ${JSON.stringify(name)})`;
  const browser = `const answer = await fetch("${document}", { headers: { Authorization: "${token}" } });\nconst { data } = await answer.json();`;
  const sdk = `import { FrappeApp } from "frappe-js-sdk";\n\nconst app = new FrappeApp("${site}", { useToken: true, token: () => "API_KEY:API_SECRET", type: "token" });\nconst rows = await app.db().getDocList("${doctype}", { fields: ${fields} });\nconst made = await app.db().createDoc("${doctype}", ${given});`;
  return [
    ...["List", "Read", "Create", "Change", "Delete"].map((word, index) => ({ label: `${word} with curl`, text: curl[index] })),
    { label: "Python, requests", text: requests }, { label: "Python, frappe-client", text: client }, { label: "JavaScript, fetch", text: browser }, { label: "JavaScript, frappe-js-sdk", text: sdk },
  ];
}
