/**
 * The site as the server described it: title, prefix, who is signed in, the DocTypes they may read.
 *
 * @typedef {{
 *   name: string, module: string, app: string, single: 0|1, virtual: 0|1, drafts: 0|1, rights: string[],
 *   link_title: string,
 * }} DocTypeInfo
 * @typedef {{
 *   title: string, version: string, prefix: string, csrf_token: string, doctypes: DocTypeInfo[],
 *   user: {name: string, full_name: string, image: string, roles: string[]},
 * }} Boot
 */
import { computed, signal } from "./view.js";

/** @type {{value: Boot}} */
export const boot = signal(JSON.parse(document.getElementById("boot").textContent));

/**
 * True while nobody is signed in, be it from the start or because the session ended; what is open stays open behind the
 * form.
 */
export const signedOut = signal(boot.value.user.name === "Guest");

/** Path words that belong to pages; a DocType of that name has its own name in its address. */
export const RESERVED = new Set(["run", "settings", "import", "permissions", "dashboard-view", "query-report", "new"]);

const slugged = (name) => name.toLowerCase().replaceAll(" ", "-");

/** A DocType's word in an address: "Sales Order" is sales-order. */
export const slug = (name) => (RESERVED.has(slugged(name)) ? name : slugged(name));

const bySlug = computed(
  () =>
    new Map(
      boot.value.doctypes.flatMap((each) => [
        [slug(each.name), each],
        [each.name, each],
      ]),
    ),
);

/** The DocType that a word in an address (or a name) means, if the user may read it. */
export const findDocType = (word) => bySlug.value.get(word);

/** Whether the user may do this with some document of the DocType; the server decides on each document. */
export const may = (right, doctype) => findDocType(doctype)?.rights.includes(right) ?? false;

/** Whether the user looks after the site: the server's own page is theirs. */
export const manages = () => boot.value.user.roles.includes("System Manager");

/**
 * DocTypes by module: [{module, own, doctypes}]. Those of apps and of this site's people first, then those that the
 * server itself brings.
 */
export const modules = computed(() => {
  const found = new Map();
  for (const each of boot.value.doctypes) {
    const own = each.app !== "frappe";
    const key = `${own ? 0 : 1}${each.module}`;
    found.set(key, { module: each.module, own, doctypes: [...(found.get(key)?.doctypes ?? []), each] });
  }
  // a phone takes 40 ms to begin to compare as its language does, and the first view waits for this
  const word = (pair) => pair[0].toLowerCase();
  return [...found].sort((a, b) => (word(a) < word(b) ? -1 : 1)).map(([, each]) => each);
});
