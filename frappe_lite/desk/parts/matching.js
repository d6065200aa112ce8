/** A file on its way into a DocType: what each of its columns becomes, and what is wrong with its rows. */
import { html } from "../model/view.js";

const SAMPLES = 3;
const SHOWN = 200;

/** The columns of the file, what each becomes, and how its first rows look. */
export function Matching({ file, places, columns, busy, onChange }) {
  const own = columns.filter((each) => !each.table);
  const tables = [...new Set(columns.map((each) => each.table).filter(Boolean))];
  const option = (each, place) => html`
    <option value=${each.column} disabled=${each.column !== place && places.includes(each.column)}>
      ${each.title}${each.required ? " *" : ""}
    </option>
  `;
  const group = (table, place) => html`
    <optgroup label=${table}>
      ${columns.filter((each) => each.table === table).map((each) => option(each, place))}
    </optgroup>
  `;
  const row = (title, index) => html`
    <tr key=${index} class=${places[index] ? "" : "left-out"}>
      <th scope="row">${title || `Column ${index + 1}`}</th>
      <td data-label="Becomes">
        <select
          aria-label=${`${title || `Column ${index + 1}`} becomes`}
          disabled=${busy}
          value=${places[index]}
          onChange=${(event) => onChange(places.with(index, event.target.value))}
        >
          <option value="">– left out –</option>
          ${own.map((each) => option(each, places[index]))}${tables.map((table) => group(table, places[index]))}
        </select>
      </td>
      <td class="muted" data-label="First rows">
        ${file.rows
          .slice(0, SAMPLES)
          .map((each) => each[index])
          .filter(Boolean)
          .join(" · ")}
      </td>
    </tr>
  `;
  return html`
    <div class="wide" tabindex="0" role="region" aria-label="Columns of the file">
      <table class="matching">
        <thead>
          <tr>
            <th scope="col">In the file</th>
            <th scope="col">Becomes</th>
            <th scope="col">First rows</th>
          </tr>
        </thead>
        <tbody>${file.titles.map(row)}</tbody>
      </table>
    </div>
  `;
}

/** What a check or an import found, by row and column; `titles` has what a column is called. */
export const Problems = ({ problems, titles }) => html`
  <div class="wide" tabindex="0" role="region" aria-label="What is wrong">
    <table>
      <thead>
        <tr>
          <th scope="col" class="number">Row</th>
          <th scope="col">Column</th>
          <th scope="col">What is wrong</th>
        </tr>
      </thead>
      <tbody>
        ${problems.slice(0, SHOWN).map((each, index) => html`
          <tr key=${index}>
            <td class="number" data-label="Row">${each.row}</td>
            <td data-label="Column">${titles[each.column] ?? each.column}</td>
            <td class="said">${each.message}</td>
          </tr>
        `)}
      </tbody>
    </table>
  </div>
  ${problems.length > SHOWN && html`<p class="muted">and ${problems.length - SHOWN} more</p>`}
`;
