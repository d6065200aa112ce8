/** Documents by their pictures. */
import { documents } from "../model/api.js";
import { wantedFields } from "../model/columns.js";
import { titleField } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { slug } from "../model/site.js";
import { classes, html, sheet, useEffect } from "../model/view.js";
import { fileUrl } from "../controls/readonly.js";
import { Values } from "../parts/card.js";
import { Pager } from "../parts/pager.js";
import { Loaded, Problem } from "../parts/shell.js";

await sheet("views.css");

export default function Gallery({ meta, view, wanted, shown, go, turn, fresh, onLoading }) {
  const fields = [...new Set([...wantedFields(meta, shown), view.by])];
  const cards = useResource(
    (signal) =>
      documents.list(
        meta.name,
        { ...wanted, fields, start: (view.page - 1) * view.size, limit: view.size },
        { signal },
      ),
    [JSON.stringify([wanted, fields, view.page, view.size]), turn],
  );
  useEffect(() => onLoading(cards.loading), [cards.loading]);
  const title = titleField(meta);
  const told = shown.filter(
    (each) => each.fieldname !== title && each.fieldname !== view.by && !["modified", "name"].includes(each.fieldname),
  );
  const card = (row) => {
    const url = fileUrl(row[view.by]);
    // the policy loads nothing from elsewhere
    const own = url && new URL(url, location.origin).origin === location.origin;
    return html`
      <li key=${row.name} class=${classes("picture", fresh.has(row.name) && "fresh")}>
        <a href=${href(slug(meta.name), row.name)}>
          ${own
            ? html`<img src=${url} alt="" loading="lazy" />`
            : html`
              <span class="no-picture" aria-hidden="true">
                ${String(row[title] || row.name)
                  .slice(0, 1)
                  .toUpperCase()}
              </span>
            `}
          <strong>${row[title] || row.name}</strong>
        </a>
        <p><${Values} ...${{ meta, row }} fields=${told} /></p>
      </li>
    `;
  };
  return html`
    <${Loaded} title="This view" ...${cards}>
      ${({ data, has_next_page: more }) => html`
        ${data.length
          ? html`<ul class="gallery">${data.map(card)}</ul>`
          : html`<${Problem} title="Nothing to show">No ${meta.name} is there, or none that fits.<//>`}
        ${(more || view.page > 1) && html`<${Pager} ...${{ view, go, more }} rows=${data.length} />`}
      `}
    <//>
  `;
}
