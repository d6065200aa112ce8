/**
 * The client of /api/v2: cookie session, CSRF token, and refusals as ApiError with what the server said.
 *
 *   const { data, has_next_page } = await documents.list("Task", { filters: [["status", "=", "Open"]], limit: 50 })
 *   await documents.update("Task", "TASK-1", { status: "Closed", modified })
 *   await method("frappe.desk.form.utils.add_comment", { … })
 *
 * Every function takes `{ signal }` of an AbortController as its last argument. Other code of the desk never calls
 * fetch.
 */
import { boot, signedOut } from "./site.js";

/** What a text of the server says; it may hold HTML. */
export const plain = (text) => new DOMParser().parseFromString(String(text ?? ""), "text/html").body.textContent.trim();

/** @typedef {{message: string, title?: string, indicator?: string, type?: string}} Message */

/**
 * A refusal. `message` is all that the server said; `messages` each of it; `type` is Frappe's exc_type; `status` 0
 * means: no answer.
 */
export class ApiError extends Error {
  /** @param {number} status @param {string} type @param {Message[]} messages */
  constructor(status, type, messages) {
    super(messages.map((each) => each.message).join("\n") || type);
    this.name = "ApiError";
    this.status = status;
    this.type = type;
    this.messages = messages;
  }
}

/**
 * Called with messages that came with a good answer; the shell shows them.
 * @type {{tell: (message: Message) => void}}
 */
export const listeners = { tell() {} };

const NO_ANSWER = () =>
  new ApiError(0, "NoAnswer", [{ message: "The server does not answer. Is it running, and are you connected?" }]);

function refusal(status, body) {
  const given = body?.errors ?? [{ type: body?.exc_type, message: body?.message ?? body?.exception }];
  const messages = [...(body?.messages ?? []), ...given]
    .map((each) => ({ ...each, message: plain(each.message ?? each.exception?.replace(/^[\w.]+: /, "") ?? each.type) }))
    .filter((each) => each.message);
  return new ApiError(status, given[0]?.type ?? `Error ${status}`, messages);
}

/**
 * One request below /api; the whole body of its answer, or with `file` its {blob, name}.
 * @param {string} verb
 * @param {string} path
 * @param {{
 *   query?: Record<string, any>, body?: any, headers?: Record<string, string>, signal?: AbortSignal, file?: boolean,
 * }} [options]
 * @returns {Promise<any>}
 * @throws {ApiError}
 */
export async function call(verb, path, { query, body, headers, signal, file } = {}) {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(
    pairs.map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)]),
  );
  const form = body instanceof FormData;
  const sent = { Accept: "application/json", ...headers };
  if (body !== undefined && !form) sent["Content-Type"] = "application/json";
  if (verb !== "GET" && boot.value.csrf_token) sent["X-Frappe-CSRF-Token"] = boot.value.csrf_token;
  const url = `${boot.value.prefix}/api/${path}${pairs.length ? `?${text}` : ""}`;
  const response = await fetch(url, {
    method: verb,
    headers: sent,
    body: form ? body : body && JSON.stringify(body),
    signal,
    credentials: "same-origin",
  }).catch((error) => Promise.reject(error.name === "AbortError" ? error : NO_ANSWER()));
  if (file && response.ok)
    return {
      blob: await response.blob(),
      name: /filename="?([^";]+)/.exec(response.headers.get("Content-Disposition"))?.[1] ?? "file",
    };
  const answer = await response.json().catch(() => null);
  if (answer?.session_expired) signedOut.value = true;
  if (!response.ok) throw refusal(response.status, answer);
  for (const each of answer?.messages ?? []) listeners.tell({ ...each, message: plain(each.message) });
  return answer ?? {};
}

const at = (...parts) => ["v2", ...parts.map((each) => encodeURIComponent(each))].join("/");
const data = (answer) => answer.data;

/** Documents, by the permissions of whoever is signed in. */
export const documents = {
  /** {data: rows, has_next_page}; query: fields, filters, or_filters, order_by, start, limit. */
  list: (doctype, query, options) => call("GET", at("document", doctype), { query, ...options }),
  count: (doctype, query, options) => call("GET", at("doctype", doctype, "count"), { query, ...options }).then(data),
  meta: (doctype, options) => call("GET", at("doctype", doctype, "meta"), options).then(data),
  /** [{value, label, description}] for a link field. */
  search: (doctype, query, options) => call("GET", at("doctype", doctype, "search"), { query, ...options }).then(data),
  get: (doctype, name, options) => call("GET", at("document", doctype, name), options).then(data),
  create: (doctype, values, options) => call("POST", at("document", doctype), { body: values, ...options }).then(data),
  /** With `modified` among the values it is refused (TimestampMismatchError) if the document changed since. */
  update: (doctype, name, values, options) =>
    call("PATCH", at("document", doctype, name), { body: values, ...options }).then(data),
  remove: (doctype, name, options) => call("DELETE", at("document", doctype, name), options),
  copy: (doctype, name, options) => call("GET", at("document", doctype, name, "copy"), options).then(data),
  /** {data, docs}: a method of the document, such as submit. */
  run: (doctype, name, method, args, options) =>
    call("POST", at("document", doctype, name, "method", method), { body: args ?? {}, ...options }),
  /** Whether `permission` is given, and by which rule; of another `user` for System Managers. */
  why: (doctype, name, permission, { user, ...options } = /** @type {any} */ ({})) =>
    call("GET", at("document", doctype, name, "why"), { query: { permission, user }, ...options }).then(data),
  /** {updated, failed: [{name, error}]}; as many documents as you like, 500 a request. */
  updateMany: (doctype, docs) =>
    inPortions(
      docs,
      (some) => call("POST", at("document", doctype, "bulk_update"), { body: { docs: some } }),
      "updated",
    ),
  deleteMany: (doctype, names) =>
    inPortions(
      names,
      (some) => call("POST", at("document", doctype, "bulk_delete"), { body: { names: some } }),
      "deleted",
    ),
};

async function inPortions(items, send, key) {
  const whole = { [key]: [], failed: [] };
  for (let start = 0; start < items.length; start += 500) {
    const answer = (await send(items.slice(start, start + 500))).data;
    whole[key].push(...answer[key]);
    whole.failed.push(...answer.failed);
  }
  return whole;
}

/** A whitelisted function by its dotted name; its result. `verb` GET for those that only read. */
export const method = (
  name,
  args,
  { verb = "POST", ...options } = /** @type {{verb?: string, signal?: AbortSignal}} */ ({}),
) => call(verb, at("method", name), { [verb === "GET" ? "query" : "body"]: args ?? {}, ...options }).then(data);

/**
 * Upload a File: its document. `values`: doctype, docname, fieldname, is_private; `onProgress` gets a share of 1, which
 * `fetch` cannot tell.
 */
export const upload = (file, values, onProgress) =>
  new Promise((resolve, reject) => {
    const body = new FormData();
    for (const [key, value] of Object.entries({ file, ...values })) if (value !== undefined) body.append(key, value);
    const request = Object.assign(new XMLHttpRequest(), { responseType: "json" });
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    request.onerror = () => reject(NO_ANSWER());
    request.onload = () =>
      request.status < 300 ? resolve(request.response.data) : reject(refusal(request.status, request.response));
    request.open("POST", `${boot.value.prefix}/api/${at("method", "upload_file")}`);
    request.setRequestHeader("X-Frappe-CSRF-Token", boot.value.csrf_token);
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  });

/** Ask again who is signed in and what they may read: after a sign-in, and after a DocType was made. */
export async function reboot() {
  const found = await method("frappe_lite.desk.boot", {}, { verb: "GET" });
  boot.value = { ...found, prefix: boot.value.prefix };
  /** @type {any} */ (window).csrf_token = found.csrf_token;
  signedOut.value = found.user.name === "Guest";
}

/** Begin a session. v2's login does nothing, as in Frappe: sessions begin in v1. */
export const logIn = (usr, pwd) => call("POST", "method/login", { body: { usr, pwd } }).then(reboot);

/** End it, and load the page afresh: nothing of this user stays in memory. */
export const logOut = () =>
  call("POST", "method/logout", { body: {} }).then(() => location.assign(`${boot.value.prefix}/app`));
