/**
 * What others write: the change feed of the server, asked every few seconds while the page is seen.
 *
 *   useChanges("Task", (names) => …)
 */
import { call } from "./api.js";
import { signedOut } from "./site.js";
import { useEffect, useRef } from "./view.js";

const EVERY = 4_000;
const followers = new Set();
let cursor = null;
let timer = null;

async function look() {
  timer = null;
  if (!followers.size) return;
  if (document.visibilityState === "visible" && !signedOut.value) {
    try {
      const { data, cursor: next } = await call("GET", "v2/changes", { query: { since: cursor, limit: 1000 } });
      cursor = next;
      for (const each of followers) each(data);
    } catch (error) {
      cursor = null; // what came between is not told: who looks again reads it all
      if (error.status === 403) followers.clear();
    }
  }
  timer ??= setTimeout(look, EVERY);
}

/**
 * Call `told(names, kinds)` with what others created, changed or deleted of a DocType as long as the component is
 * shown.
 */
export function useChanges(doctype, told) {
  const latest = useRef(told);
  latest.current = told;
  useEffect(() => {
    const hear = (changes) => {
      const names = new Set(changes.filter((each) => each.doctype === doctype).map((each) => each.name));
      if (names.size) latest.current(names);
    };
    followers.add(hear);
    timer ??= setTimeout(look, cursor === null ? 0 : EVERY);
    return () => followers.delete(hear);
  }, [doctype]);
}
