/** Documents below each other: opened branch by branch, and moved below another by dragging or by a dialog. */
import { documents } from "../model/api.js";
import { column, labelOf, titleField } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { may, slug } from "../model/site.js";
import { classes, html, sheet, useEffect, useRef, useState } from "../model/view.js";
import { inGroup } from "../model/views.js";
import "../controls/link.js";
import { Labelled } from "../controls/registry.js";
import { openDialog, showError } from "../parts/dialogs.js";
import { Loaded, Problem } from "../parts/shell.js";

await sheet("views.css");

const MOST = 500;
const branchOf = (name) => `below-${encodeURIComponent(name)}`;

export default function Tree({ meta, view, wanted, turn, fresh, onLoading }) {
  const field = column(meta, view.by);
  const [opened, setOpened] = useState(new Set());
  const [count, setCount] = useState(0);
  const box = useRef();
  const mayMove = may("write", meta.name) && !field.read_only && !field.permlevel;
  const move = (name, below) =>
    name !== below &&
    documents
      .update(meta.name, name, { [field.fieldname]: below || null })
      .then(() => (below && setOpened((all) => new Set([...all, below])), setCount((before) => before + 1)), showError);
  const toggle = (name, open) =>
    setOpened((all) => (open ? new Set([...all, name]) : new Set([...all].filter((each) => each !== name))));
  const ask = async (row) => {
    const below = await openDialog(Below, { title: `Move ${row[titleField(meta)] || row.name}`, field });
    if (below !== undefined) await move(row.name, below);
  };
  const onKeyDown = (event) => {
    const nodes = [...box.current.querySelectorAll("[role=treeitem]")];
    const at = nodes.indexOf(event.target);
    const open = event.target.getAttribute("aria-expanded");
    const { name } = event.target.closest("[data-name]")?.dataset ?? {};
    if (event.altKey || event.ctrlKey || event.metaKey || at < 0) return;
    if (event.key === "ArrowDown") nodes[at + 1]?.focus();
    else if (event.key === "ArrowUp") nodes[at - 1]?.focus();
    else if (event.key === "ArrowRight" && open === "false") toggle(name, true);
    else if (event.key === "ArrowRight") nodes[at + 1]?.focus();
    else if (event.key === "ArrowLeft" && open === "true") toggle(name, false);
    else if (event.key === "ArrowLeft")
      event.target.closest("[role=group]")?.closest("li").querySelector("[role=treeitem]").focus();
    else return;
    event.preventDefault();
  };
  const drop = (event, below) => (
    event.preventDefault(),
    event.stopPropagation(),
    move(event.dataTransfer.getData("text/node"), below)
  );
  const asked = { ...wanted, order_by: view.sort.length ? wanted.order_by : `${titleField(meta)} asc` };
  const shared = { meta, field, wanted: asked, turn: turn + count, fresh, opened, toggle, mayMove, drop, ask };
  return html`
    <div
      class="tree"
      ref=${box}
      onKeyDown=${onKeyDown}
      onDragOver=${(event) => event.dataTransfer.types.includes("text/node") && event.preventDefault()}
      onDrop=${(event) => drop(event, null)}
    >
      <${Branch} ...${shared} parent=${null} onLoading=${onLoading} />
    </div>
  `;
}

function Below({ field, close }) {
  const [value, setValue] = useState(null);
  return html`
    <form onSubmit=${(event) => (event.preventDefault(), close(value))}>
      <${Labelled}
        field=${{ ...field, reqd: 0, description: "Empty for the top" }}
        value=${value}
        onChange=${setValue}
      />
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary">Move</button>
      </footer>
    </form>
  `;
}

/** What is right below one document, and which of those have something below them. */
async function below(meta, field, wanted, parent, options) {
  const fields = [
    ...new Set([
      "name",
      titleField(meta),
      ...(meta.fields.some((each) => each.fieldname === "is_group") ? ["is_group"] : []),
    ]),
  ];
  const { data } = await documents.list(
    meta.name,
    { ...wanted, filters: [...(wanted.filters ?? []), inGroup(field.fieldname, parent)], fields, limit: MOST },
    options,
  );
  const names = data.map((each) => each.name);
  const counted = names.length
    ? await documents.list(
        meta.name,
        {
          fields: [field.fieldname, { COUNT: "name", as: "_count" }],
          filters: [[field.fieldname, "in", names]],
          group_by: field.fieldname,
          limit: MOST,
        },
        options,
      )
    : { data: [] };
  const counts = new Map(counted.data.map((each) => [each[field.fieldname], each._count]));
  return data.map((each) => ({ ...each, below: counts.get(each.name) ?? 0 }));
}

function Branch({ parent, onLoading, ...shared }) {
  const { meta, field, wanted, turn, fresh, opened, toggle, mayMove, drop, ask } = shared;
  const nodes = useResource(
    (signal) => below(meta, field, wanted, parent, { signal }),
    [parent, turn, JSON.stringify(wanted)],
  );
  useEffect(() => onLoading?.(nodes.loading), [nodes.loading]);
  const title = titleField(meta);
  return html`
    <${Loaded} title="This view" ...${nodes}>
      ${(rows) =>
        !rows.length && parent === null
          ? html`<${Problem} title="Nothing at the top">No ${meta.name} without ${labelOf(field)} fits.<//>`
          : html`
            <ul
              id=${parent === null ? undefined : branchOf(parent)}
              role=${parent === null ? "tree" : "group"}
              aria-label=${parent === null ? meta.name : undefined}
            >
              ${rows.map((row, at) => {
                const open = opened.has(row.name);
                const name = row[title] || row.name;
                return html`
                  <li
                    key=${row.name}
                    role="none"
                    data-name=${row.name}
                    draggable=${mayMove}
                    class=${classes(fresh.has(row.name) && "fresh")}
                    onDragStart=${(event) => (
                      event.stopPropagation(),
                      event.dataTransfer.setData("text/node", row.name)
                    )}
                    onDragOver=${(event) => event.dataTransfer.types.includes("text/node") && event.preventDefault()}
                    onDrop=${(event) => drop(event, row.name)}
                  >
                    <div class="node">
                      <button
                        class="quiet"
                        tabindex="-1"
                        aria-hidden="true"
                        disabled=${!row.below}
                        onClick=${() => toggle(row.name, !open)}
                      >
                        ${row.below ? (open ? "▾" : "▸") : "·"}
                      </button>
                      <a
                        role="treeitem"
                        tabindex=${parent === null && at === 0 ? 0 : -1}
                        aria-expanded=${row.below ? open : undefined}
                        aria-owns=${open && row.below ? branchOf(row.name) : undefined}
                        href=${href(slug(meta.name), row.name)}
                        draggable=${false}
                        onKeyDown=${(event) => mayMove && event.key === "m" && (event.preventDefault(), ask(row))}
                      >
                        ${name}
                      </a>
                      ${row.below > 0 && html`<small aria-hidden="true">${row.below}</small>`}
                      <span class="node-actions" aria-hidden="true">
                        ${may("create", meta.name) && html`
                          <a
                            tabindex="-1"
                            class="add"
                            title=${`New ${meta.name} below ${name}`}
                            href=${href("new", slug(meta.name), { [field.fieldname]: row.name })}
                          >
                            +
                          </a>
                        `}
                        ${mayMove && html`
                          <button class="quiet" tabindex="-1" title="m" onClick=${() => ask(row)}>Move…</button>
                        `}
                      </span>
                    </div>
                    ${open && row.below > 0 && html`<${Branch} ...${shared} parent=${row.name} />`}
                  </li>
                `;
              })}
            </ul>
          `}
    <//>
  `;
}
