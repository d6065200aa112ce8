/** What cards and pictures tell of a document besides its title. */
import { titleOf } from "../model/columns.js";
import { colour, display } from "../model/format.js";
import { labelOf } from "../model/meta.js";
import { html } from "../model/view.js";

/** The values of those fields that have one: a choice in its colour, a link by the title of what it leads to. */
export const Values = ({ meta, row, fields }) =>
  fields.map(
    (each) =>
      display(each, row[each.fieldname]) && html`
        <span
          key=${each.fieldname}
          title=${labelOf(each)}
          class=${each.fieldtype === "Select" ? `badge ${colour(meta, each, row[each.fieldname])}` : "muted"}
        >
          ${(titleOf(each) && row[titleOf(each)]) || display(each, row[each.fieldname])}
        </span>
      `,
  );
