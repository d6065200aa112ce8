/** Where a file goes that belongs to no list yet: into a DocType that is there, those that fit first, or a new one. */
import { documents, reboot } from "../model/api.js";
import { choicesOf, doctypeFor, doctypeName, proposal, TYPES } from "../model/guess.js";
import { forgetMeta } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { href, navigate } from "../model/router.js";
import { columnsOf, dropped, matched, takesRows } from "../model/sheet.js";
import { boot, findDocType, may, slug } from "../model/site.js";
import { classes, html, sheet, useState } from "../model/view.js";

await sheet("placing.css");

const ASKED = 24; // DocTypes whose columns are compared
const SAMPLES = 3;

/** Lead on to the import page of a DocType, the file kept; `places` says what its columns become. */
function leadOn(doctype, file, places) {
  Object.assign(dropped, { file, places: places ?? null });
  navigate(href("import", slug(doctype)));
}

/** How many of a file's columns each DocType has: the best first. */
async function compared(titles, signal) {
  const own = boot.value.doctypes.filter((each) => each.app !== "frappe" && takesRows(each)).slice(0, ASKED);
  const found = await Promise.all(
    own.map(async ({ name }) => {
      const columns = await columnsOf(name, { signal }).catch(() => []);
      return { name, fits: matched(titles, columns).filter(Boolean).length };
    }),
  );
  return found.filter((each) => each.fits).sort((a, b) => b.fits - a.fits);
}

/** `file` is the browser's, `titles` and `rows` what stands in it. */
export function Placing({ file, titles, rows }) {
  const fitting = useResource((signal) => compared(titles, signal), [file]);
  const others = boot.value.doctypes.filter(takesRows);
  const makes = may("create", "DocType");
  if (!fitting.data) return html`<p class="muted" role="status">Its columns are compared…</p>`;
  const named = titles.filter((each) => each.trim()).length;
  const whole = fitting.data.some((each) => each.fits === named);
  const said = (fits) => (fits === named ? "has all of its columns" : `has ${fits} of its ${named} columns`);
  const there = others.length > 0 && html`
    <section class="placing">
      <h2>Into a DocType that is there</h2>
      ${fitting.data.length > 0 && html`
        <ul class="fitting">
          ${fitting.data
            .slice(0, 4)
            .map(({ name, fits }) => html`
              <li key=${name}>
                <button class=${classes(fits === named && "primary")} onClick=${() => leadOn(name, file)}>
                  ${name}
                </button>${" "}
                <span class="muted">${said(fits)}</span>
              </li>
            `)}
        </ul>
      `}
      <label class="field">
        ${fitting.data.length ? "Another one" : "Which one"}
        <select value="" onChange=${(event) => event.target.value && leadOn(event.target.value, file)}>
          <option value="">– choose –</option>
          ${others.map((each) => html`<option key=${each.name} value=${each.name}>${each.name}</option>`)}
        </select>
      </label>
    </section>
  `;
  const fresh = makes && html`<${NewDocType} ...${{ file, titles, rows, quiet: whole }} />`;
  return html`
    ${fitting.data.length ? [there, fresh] : [fresh, there]}
    ${!makes && !others.length && html`
      <p class="problem-line">You may make no documents here. Ask whoever runs this site.</p>
    `}
  `;
}

/** A DocType as the file's columns propose it, to be changed before it is made. */
function NewDocType({ file, titles, rows, quiet }) {
  const [name, setName] = useState(() => doctypeName(file.name, (each) => Boolean(findDocType(each))));
  const [columns, setColumns] = useState(() => proposal(titles, rows));
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const change = (at, values) => {
    const cells = () => choicesOf(rows.map((row) => row[at]));
    const more = values.fieldtype === "Select" ? { options: cells() } : {};
    setColumns(columns.with(at, { ...columns[at], ...values, ...more }));
    setProblem("");
  };
  const make = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { doc, places } = doctypeFor(name.trim(), columns);
      const made = await documents.create("DocType", doc);
      forgetMeta(made.name);
      await reboot(); // its list, its form and its import are there at once
      leadOn(made.name, file, places);
    } catch (error) {
      if (error.name !== "ApiError") throw error;
      setProblem(error.message);
      setBusy(false);
    }
  };
  const taken = columns.filter((each) => each.taken);
  return html`
    <form class="placing" onSubmit=${make}>
      <h2>Into a new DocType</h2>
      <label class="field">
        Name
        <input
          type="text"
          required
          maxlength="61"
          autocomplete="off"
          value=${name}
          onInput=${(event) => (setName(event.target.value), setProblem(""))}
        />
      </label>
      <p class="muted">
        ${rows.length} ${rows.length === 1 ? "row" : "rows"}. Nothing is written before you say so, and all of it can be
        changed later.
      </p>
      <div class="wide" tabindex="0" role="region" aria-label="Fields of the new DocType">
        <table class="proposed">
          <thead>
            <tr>
              <th scope="col">Take</th>
              <th scope="col">Label</th>
              <th scope="col">Type</th>
              <th scope="col">First rows</th>
            </tr>
          </thead>
          <tbody>
            ${columns.map((each, at) => html`
              <${Column}
                key=${at}
                column=${each}
                title=${titles[at] || `Column ${at + 1}`}
                cells=${rows
                  .slice(0, SAMPLES)
                  .map((row) => row[at])
                  .filter(Boolean)}
                others=${columns}
                onChange=${(values) => change(at, values)}
              />
            `)}
          </tbody>
        </table>
      </div>
      ${problem && html`<p class="problem-line" role="alert">${problem}</p>`}
      <div class="row">
        <button
          class=${classes(!quiet && "primary")}
          disabled=${busy || !taken.some((each) => each.fieldtype !== "ID")}
        >
          ${busy ? "Making it…" : `Make ${name.trim() || "it"} and go on`}
        </button>
      </div>
    </form>
  `;
}

/** One column of the file: whether it is taken, and as what. */
function Column({ column, title, cells, others, onChange }) {
  const named = others.some((each) => each !== column && each.taken && each.fieldtype === "ID");
  const choices = column.fieldtype === "Select" && html`
    <small>${column.options.length} choices: ${column.options.join(", ")}</small>
  `;
  return html`
    <tr class=${column.taken ? "" : "left-out"}>
      <td data-label="Take">
        <input
          type="checkbox"
          aria-label=${`Take ${title}`}
          checked=${column.taken}
          onChange=${(event) => onChange({ taken: event.target.checked })}
        />
      </td>
      <td data-label="Label">
        <input
          type="text"
          required
          aria-label=${`Label of ${title}`}
          maxlength="140"
          disabled=${!column.taken}
          value=${column.label}
          onInput=${(event) => onChange({ label: event.target.value })}
        />
      </td>
      <td data-label="Type">
        <select
          aria-label=${`Type of ${title}`}
          disabled=${!column.taken}
          value=${column.fieldtype}
          onChange=${(event) => onChange({ fieldtype: event.target.value })}
        >
          ${TYPES.map((each) => html`<option value=${each} disabled=${each === "ID" && named}>${each}</option>`)}
        </select>
        ${choices}
      </td>
      <td class="muted" data-label="First rows">${cells.join(" · ")}</td>
    </tr>
  `;
}
