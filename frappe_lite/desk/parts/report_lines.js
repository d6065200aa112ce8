/**
 * The rows of a report: headings that sort and move, cells with links, lines of one document told once, totals below.
 */
import { colour, display } from "../model/format.js";
import { column, isNumber, labelOf } from "../model/meta.js";
import { ofRows } from "../model/reports.js";
import { href } from "../model/router.js";
import { findDocType, slug } from "../model/site.js";
import { linkTitle } from "../model/titles.js";
import { classes, html } from "../model/view.js";
import { inGroup, PLAIN, writeView } from "../model/views.js";
import { Chunks } from "./chunks.js";
import { Headings, Order } from "./headings.js";
import { Problem } from "./shell.js";

/** `found` is what the server gave: {columns, result, totals}. */
export function Lines({ meta, wide, report, found, go }) {
  const grouped = report.groups.length > 0;
  const shown = found.columns.filter((each) => grouped || report.columns.includes("name") || each.fieldname !== "name");
  const path = (key) =>
    report.columns.find((each) => each === key) ?? report.columns.find((each) => each.endsWith(`.${key}`)) ?? key;
  const move = (key, to) => {
    const names = report.columns;
    const from = names.indexOf(path(key));
    const at = typeof to === "number" ? from + to : names.indexOf(path(to));
    if (!grouped && from >= 0 && at >= 0 && at < names.length && at !== from)
      go({ columns: names.toSpliced(from, 1).toSpliced(at, 0, names[from]) });
  };
  if (!found.result.length)
    return html`
      <${Problem} title="Nothing fits">
        <p>No ${meta.name} that you may read has all of this.</p>
        ${report.filters.length > 0 && html`<button onClick=${() => go({ filters: [] })}>Clear filters</button>`}
      <//>
    `;
  const rows = found.result.map((row, at) => ({
    row,
    again: !grouped && at > 0 && row.name === found.result[at - 1].name,
  }));
  const listed = (row) => {
    const inside = report.groups.map((each, at) => inGroup(each, row[found.columns[at].fieldname]));
    return `${href(slug(meta.name))}?${writeView({ ...PLAIN, filters: [...report.filters, ...inside] })}`;
  };
  const own = [...report.groups, ...report.filters.map(([name]) => name)].every((each) => !each.includes("."));
  const opens = (row, at) => (at ? null : grouped ? own && listed(row) : href(slug(meta.name), row.name));
  return html`
    <div class="scroll">
      <${Order} shown=${shown} sort=${report.sort} onSort=${(sort) => go({ sort })} />
      <table aria-rowcount=${rows.length + 1}>
        <${Headings}
          shown=${shown}
          sort=${report.sort}
          widths=${{}}
          onSort=${(sort) => go({ sort })}
          onWidth=${() => {}}
          onMove=${move}
        />
        <${Chunks} rows=${rows}>
          ${({ row, again }, index) => html`
            <tr key=${index} data-name=${row.name ?? index} class=${classes(again && "again")}>
              ${shown.map((each, at) => html`
                <${Cell}
                  key=${each.fieldname}
                  field=${each}
                  value=${row[each.fieldname]}
                  to=${opens(row, at)}
                  meta=${meta}
                  own=${column(wide, path(each.fieldname))}
                  blank=${again && !ofRows(meta, path(each.fieldname))}
                />
              `)}
            </tr>
          `}
        <//>
        ${found.totals && html`
          <tfoot>
            <tr>
              ${shown.map((each, at) => html`
                <td
                  key=${each.fieldname}
                  class=${classes(isNumber(each) && "number")}
                  data-label=${at ? labelOf(each) : ""}
                >
                  ${found.totals[each.fieldname] !== undefined
                    ? html`<strong>${display(each, found.totals[each.fieldname])}</strong>`
                    : at ? "" : "Total"}
                </td>
              `)}
            </tr>
          </tfoot>
        `}
      </table>
    </div>
  `;
}

function Cell({ field, value, to, meta, own, blank }) {
  const text = blank
    ? ""
    : (field.fieldtype === "Link" && linkTitle(field.options, value)) ||
      display({ ...field, ...own, fieldname: field.fieldname }, value);
  const attributes = { "data-label": labelOf(field), class: classes(isNumber(field) && "number") };
  if (to && !blank) return html`<th scope="row" ...${attributes}><a class="open" href=${to}>${text || "None"}</a></th>`;
  if (field.fieldtype === "Check")
    return html`<td ...${attributes}>${value && !blank ? html`<span role="img" aria-label="Yes">✓</span>` : ""}</td>`;
  if (field.fieldtype === "Select" && text)
    return html`<td ...${attributes}><span class=${`badge ${colour(meta, field, value)}`}>${text}</span></td>`;
  if (field.fieldtype === "Link" && text && findDocType(field.options))
    return html`<td ...${attributes}><a class="value" href=${href(slug(field.options), value)}>${text}</a></td>`;
  return html`<td ...${attributes}>${text}</td>`;
}
