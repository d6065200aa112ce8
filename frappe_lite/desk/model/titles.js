/** Titles of linked documents, where their DocType says that they are called so; asked for together, and kept. */
import { documents } from "./api.js";
import { findDocType } from "./site.js";
import { signal } from "./view.js";

const MOST = 100; // names in one request
const titles = signal(new Map());
const known = new Set(); // what was asked for, found or not
let waiting = new Map(); // by DocType, names that the next request asks for

const key = (doctype, name) => JSON.stringify([doctype, name]);

async function read(doctype, names) {
  const { link_title: title } = findDocType(doctype);
  const { data } = await documents.list(doctype, {
    fields: ["name", title],
    filters: [["name", "in", names]],
    limit: MOST,
  });
  return data.map((row) => [key(doctype, row.name), row[title]]);
}

async function ask() {
  const asked = [...waiting].flatMap(([doctype, names]) =>
    Array.from({ length: Math.ceil(names.length / MOST) }, (_, at) =>
      read(doctype, names.slice(at * MOST, (at + 1) * MOST)).catch(() => []),
    ),
  );
  waiting = new Map();
  const found = (await Promise.all(asked)).flat();
  if (found.length) titles.value = new Map([...titles.value, ...found]);
}

/**
 * The title of a document; null where it has none, may not be read, or is not known yet: whoever shows it is drawn
 * again then.
 */
export function linkTitle(doctype, name) {
  if (!name || !findDocType(doctype)?.link_title) return null;
  const found = titles.value.get(key(doctype, name));
  if (!known.has(key(doctype, name))) {
    if (!waiting.size) setTimeout(ask);
    known.add(key(doctype, name));
    waiting.set(doctype, [...(waiting.get(doctype) ?? []), name]);
  }
  return found || null;
}

/** Ask again for the title of a document, which may have been changed. */
export const forgetTitle = (doctype, name) => known.delete(key(doctype, name));
