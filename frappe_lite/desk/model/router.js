/**
 * Addresses: history routes below <prefix>/app, and the pages that they show.
 *
 *   page("run/:tab?", () => import("../pages/server.js"))     shows the module's default export with {params, query}
 *   navigate(href("task", "TASK-1"))                          href encodes each part
 *   const release = guard(() => dirty.value)                  while it is true, leaving asks first; release() ends it
 *
 * A pattern is words, `:name` for one part, `:name?` for one that may lack, `:name*` for all the rest. First
 * registered, first tried.
 */
import { boot } from "./site.js";
import { computed, showAtOnce, signal } from "./view.js";

const routes = [];
const guards = new Set();
const here = () => location.pathname + location.search;
const current = signal(here());
const root = () => `${boot.value.prefix}/app`;

/** What the address says: {parts, query}. */
export const address = computed(() => {
  const url = new URL(current.value, location.origin);
  const below = url.pathname.startsWith(root()) ? url.pathname.slice(root().length) : url.pathname;
  return { parts: below.split("/").filter(Boolean).map(decoded), query: url.searchParams };
});

/** As decodeURIComponent, which throws where a % stands for nothing. */
const decoded = (part) => new URLSearchParams(`part=${part.replace(/[+&]/g, encodeURIComponent)}`).get("part");

/** Register a page. */
export const page = (pattern, load) => routes.push({ words: pattern.split("/").filter(Boolean), load });

function matched(words, parts) {
  const params = {};
  for (const [index, word] of words.entries()) {
    if (word.endsWith("*")) return { ...params, [word.slice(1, -1)]: parts.slice(index).join("/") };
    if (word.startsWith(":")) {
      if (parts[index] === undefined && !word.endsWith("?")) return null;
      params[word.replace(/^:|\?$/g, "")] = parts[index];
    } else if (word !== parts[index]) return null;
  }
  return parts.length <= words.length ? params : null;
}

/** The page of the present address: {load, params}, or null. */
export const route = computed(() => {
  for (const { words, load } of routes) {
    const params = matched(words, address.value.parts);
    if (params) return { load, params };
  }
  return null;
});

/** An address below /app. The last argument may be an object: the query. */
export function href(...parts) {
  const query = typeof parts.at(-1) === "object" ? `?${new URLSearchParams(parts.pop())}` : "";
  return [root(), ...parts.map((each) => encodeURIComponent(each))].join("/") + query;
}

const mayLeave = (to) => {
  const same = new URL(to, location.origin).pathname === new URL(current.value, location.origin).pathname;
  return same || ![...guards].some((dirty) => dirty()) || confirm("There are changes that are not saved. Leave them?");
};

/** Go to an address of this page. `replace` leaves no entry in the history. */
export function navigate(to, { replace = false } = {}) {
  if (!mayLeave(to)) return;
  const same = new URL(to, location.origin).href === location.href; // as a browser does with a link to where it is
  history[replace || same ? "replaceState" : "pushState"](null, "", to);
  showAtOnce(() => (current.value = here()));
}

/** Ask before leaving as long as `dirty()`; returns the function that ends it. */
export function guard(dirty) {
  guards.add(dirty);
  return () => guards.delete(dirty);
}

addEventListener("beforeunload", (event) => [...guards].some((dirty) => dirty()) && event.preventDefault());
addEventListener("popstate", () => {
  if (mayLeave(here())) current.value = here();
  else history.pushState(null, "", current.value);
});
document.addEventListener("click", (event) => {
  const link = /** @type {HTMLAnchorElement} */ (/** @type {Element} */ (event.target).closest?.("a[href]"));
  const plain =
    event.button === 0 &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.shiftKey &&
    !event.altKey &&
    !event.defaultPrevented;
  if (!link || !plain || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname !== root() && !link.pathname.startsWith(`${root()}/`)) return;
  event.preventDefault();
  navigate(link.href);
});
