// What a front end does with frappe-js-sdk, against the server at FRAPPE_URL. Prints one JSON object of results.
import { createRequire } from "node:module";
const require = createRequire(process.env.SDK_FOLDER + "/");
const { FrappeApp } = require("frappe-js-sdk");

const url = process.env.FRAPPE_URL;
const app = new FrappeApp(url, { useToken: true, token: () => process.env.FRAPPE_TOKEN, type: "token" });
const db = app.db();
const results = {};
const failure = async (promise) => { try { await promise; return null; } catch (error) { return { status: error.httpStatus, exception: error.exception }; } };

results.user = await app.auth().getLoggedInUser();
const made = await db.createDoc("ToDo", { description: "from the SDK", priority: "High" });
results.created = [made.description, made.priority, made.status];
results.read = (await db.getDoc("ToDo", made.name)).name === made.name;
results.listed = await db.getDocList("ToDo", { fields: ["description"], filters: [["name", "=", made.name]], limit: 5 });
results.counted = await db.getCount("ToDo", [["name", "=", made.name]]);
results.updated = (await db.updateDoc("ToDo", made.name, { status: "Closed" })).status;
results.value = (await db.setValue("ToDo", made.name, "priority", "Low")).message.priority;
results.call = (await app.call().get("frappe.client.get_value", { doctype: "ToDo", fieldname: "priority", filters: { name: made.name } })).message;
results.search = (await app.call().get("frappe.desk.search.search_link", { doctype: "Role", txt: "System" })).message[0].value;
const upload = await app.file().uploadFile(new File(["hello"], "hello.txt", { type: "text/plain" }), { isPrivate: true, doctype: "ToDo", docname: made.name });
results.file = [upload.data.message.is_private, upload.data.message.attached_to_name === made.name];
await db.deleteDoc("ToDo", made.name);
results.missing = (await failure(db.getDoc("ToDo", made.name))).status;
results.invalid = await failure(db.createDoc("ToDo", { description: "x", priority: "Nonsense" }));
results.wrongToken = (await failure(new FrappeApp(url, { useToken: true, token: () => "a:b", type: "token" }).db().getDocList("ToDo"))).status;
results.login = (await new FrappeApp(url).auth().loginWithUsernamePassword({ username: "Administrator", password: process.env.FRAPPE_PASSWORD })).message;
results.wrongPassword = (await failure(new FrappeApp(url).auth().loginWithUsernamePassword({ username: "Administrator", password: "wrong" }))).status;
console.log(JSON.stringify(results));
