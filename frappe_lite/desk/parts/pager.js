/** What stands below the rows of a list: which of them are there, and the way to the others. */
import { html } from "../model/view.js";
import { SIZES } from "../model/views.js";

/** Pages of rows. `rows` are on this one, `total` in all if it was counted; `onCount` counts, where there is a need. */
export function Pager({ view, go, rows, total, more, onCount }) {
  const before = (view.page - 1) * view.size;
  return html`
    <footer class="pager">
      <span>
        ${rows ? `${before + 1}–${before + rows}` : ""}
        ${total !== undefined
          ? ` of ${total}`
          : onCount && html` of <button class="quiet" onClick=${onCount}>how many?</button>`}
      </span>
      <label>
        Rows${" "}
        <select value=${view.size} onChange=${(event) => go({ size: Number(event.target.value) })}>
          ${SIZES.map((each) => html`<option>${each}</option>`)}
        </select>
      </label>
      <button disabled=${view.page === 1} onClick=${() => go({ page: view.page - 1 })}>Previous</button>
      <button disabled=${!more} onClick=${() => go({ page: view.page + 1 })}>Next</button>
    </footer>
  `;
}

/** Groups, all of which are on the page. */
export const GroupsFound = ({ groups }) => html`
  <footer class="pager">
    <span>
      ${groups.reduce((sum, each) => sum + each._count, 0)} in ${groups.length}${" "}
      ${groups.length === 1 ? "group" : "groups"}
    </span>
  </footer>
`;
