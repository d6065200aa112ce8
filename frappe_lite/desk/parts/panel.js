/** What the pages about the server are made of: tabs with addresses, plain tables, text to copy. */
import { display } from "../model/format.js";
import { href } from "../model/router.js";
import { html, sheet, useRef } from "../model/view.js";
import { toast } from "./dialogs.js";

await sheet("panel.css");

/** A Datetime in a table. */
export const moment = (value) => (value ? display({ fieldtype: "Datetime" }, value) : "never");

/** Links to the parts of a page, each with an address: `tabs` are [word, label]. */
export const Tabs = ({ path, tabs, current }) => html`
  <div class="tabs parts" role="navigation" aria-label="Parts of the page">
    ${tabs.map(([word, label]) => html`
      <a key=${word} href=${href(...path, word)} aria-current=${word === current ? "page" : undefined}>${label}</a>
    `)}
  </div>
`;

/** Rows under headings: `columns` are [label, row => content]; `empty` is said when there are none. */
export const Rows = ({ label, columns, rows, empty }) =>
  rows.length === 0
    ? html`<p class="muted">${empty}</p>`
    : html`
      <div class="wide" tabindex="0" role="region" aria-label=${label}>
        <table>
          <thead>
            <tr>
              ${columns.map(([name]) => html`
                <th scope="col">${name || html`<span class="unseen">Actions</span>`}</th>
              `)}
            </tr>
          </thead>
          <tbody>
            ${rows.map((row) => html`
              <tr key=${row.name ?? row.id}>
                ${columns.map(([name, show]) => html`<td data-label=${name}>${show(row)}</td>`)}
              </tr>
            `)}
          </tbody>
        </table>
      </div>
    `;

/** Text in a box with a button that copies it. */
export function Copyable({ text, label }) {
  const box = useRef();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // over plain HTTP a browser gives no clipboard, but it copies what is selected; if it does not, the keys do
      getSelection().selectAllChildren(box.current);
      if (!document.execCommand("copy")) return toast("This browser lets no page copy. It is selected: press Ctrl+C.");
    }
    toast("Copied", { kind: "good" });
  };
  return html`
    <div class="copyable">
      <pre tabindex="0" ref=${box} aria-label=${label}>${text}</pre>
      <button type="button" onClick=${copy} aria-label=${`Copy: ${label}`}>Copy</button>
    </div>
  `;
}
