/**
 * Shortcuts: `useShortcuts({ j: ["Next row", fn], … })` as long as a component is shown; "mod+k" works while one types,
 * too.
 */
import { html, useLayoutEffect, useRef } from "../model/view.js";
import { openDialog } from "./dialogs.js";

const active = new Set();
const typing = (element) =>
  element.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && element.type !== "checkbox");

addEventListener("keydown", (event) => {
  const mod = event.ctrlKey || event.metaKey;
  if (
    event.defaultPrevented ||
    event.altKey ||
    (!mod && (typing(event.target) || document.querySelector("dialog[open]")))
  )
    return;
  const name = (mod ? "mod+" : "") + event.key.toLowerCase();
  const found = [...active].reverse().find((each) => each.current[name]);
  if (!found) return;
  event.preventDefault();
  found.current[name][1](event);
});

/** @param {Record<string, [string, (event: KeyboardEvent) => void]>} shortcuts */
export function useShortcuts(shortcuts) {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  // with what it belongs to: a key in the frame between would be the browser's
  useLayoutEffect(() => (active.add(latest), () => active.delete(latest)), []);
}

const NAMES = { "mod+k": "Ctrl K", arrowdown: "↓", arrowup: "↑", " ": "Space" };

/** What the keys do at present. */
export function showShortcuts() {
  const rows = [...active].flatMap((each) => Object.entries(each.current));
  const keys = new Map();
  for (const [key, [label]] of rows) keys.set(label, [...(keys.get(label) ?? []), NAMES[key] ?? key]);
  openDialog(
    () => html`
      <dl class="keys">
        ${[...keys].map(([label, each]) => html`
          <div>
            <dt>${each.map((key) => html`<kbd>${key}</kbd> `)}</dt>
            <dd>${label}</dd>
          </div>
        `)}
      </dl>
    `,
    { title: "Shortcuts" },
  );
}
