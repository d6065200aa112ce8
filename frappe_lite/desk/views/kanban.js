/** Documents as cards in columns, one for each choice of a Select: dragged, or moved by keys, from one to another. */
import { documents } from "../model/api.js";
import { wantedFields } from "../model/columns.js";
import { colour } from "../model/format.js";
import { choices, column, labelOf, titleField } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { may, slug } from "../model/site.js";
import { classes, html, sheet, useEffect, useMemo, useRef, useState } from "../model/view.js";
import { Values } from "../parts/card.js";
import { showError } from "../parts/dialogs.js";
import { useShortcuts } from "../parts/keys.js";
import { Loaded } from "../parts/shell.js";

await sheet("views.css");

const MOST = 500;

/** Rows in the order in which they were first shown, new ones before them. */
function inOrder(known, rows) {
  const sorted = [
    ...rows.filter((each) => !known.has(each.name)),
    ...rows.filter((each) => known.has(each.name)).sort((a, b) => known.get(a.name) - known.get(b.name)),
  ];
  known.clear();
  for (const [index, each] of sorted.entries()) known.set(each.name, index);
  return sorted;
}

export default function Kanban({ meta, view, wanted, shown, turn, fresh, onLoading }) {
  const field = column(meta, view.by);
  const [moved, setMoved] = useState({}); // by name, where a card was put since the cards came
  const [over, setOver] = useState(null);
  const board = useRef();
  const focus = useRef(null);
  const order = useRef(new Map()); // what was written elsewhere moves no card under the hand
  const fields = [...new Set([...wantedFields(meta, shown), field.fieldname])];
  const cards = useResource(
    (signal) => documents.list(meta.name, { ...wanted, fields, limit: MOST }, { signal }),
    [JSON.stringify([wanted, fields]), turn],
  );
  const mayMove = may("write", meta.name) && !field.read_only && !field.permlevel && !field.set_only_once;
  useMemo(() => order.current.clear(), [JSON.stringify(wanted)]);
  useEffect(() => setMoved({}), [cards.data]);
  useEffect(() => onLoading(cards.loading), [cards.loading]);
  useEffect(() => {
    if (!focus.current) return;
    board.current.querySelector(`[data-name="${CSS.escape(focus.current)}"] a`)?.focus();
    focus.current = null;
  });

  const move = async (row, value) => {
    const before = moved[row.name] ?? row[field.fieldname];
    if (value === before || !mayMove) return;
    setMoved((all) => ({ ...all, [row.name]: value }));
    await documents
      .update(meta.name, row.name, { [field.fieldname]: value })
      .catch((error) => (setMoved((all) => ({ ...all, [row.name]: before })), showError(error)));
  };
  const given = choices(field).map(([value]) => value);
  const rows = inOrder(order.current, cards.data?.data ?? []);
  const at = (row) => moved[row.name] ?? row[field.fieldname] ?? "";
  const places = [
    ...given.filter(Boolean),
    ...new Set(rows.map(at).filter((value) => value && !given.includes(value))),
  ];
  if (rows.some((row) => !at(row))) places.unshift("");
  const step = (event, by) => {
    const row = rows.find((each) => each.name === event.target.closest("[data-name]")?.dataset.name);
    const to = row && places[places.indexOf(at(row)) + by];
    if (to === undefined) return;
    focus.current = row.name;
    move(row, to);
  };
  const walk = (by) => {
    const links = [...board.current.querySelectorAll(".board-card a")];
    const now = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, now < 0 ? 0 : now + by))]?.focus();
  };
  useShortcuts({
    j: ["Next card", () => walk(1)],
    arrowdown: ["Next card", () => walk(1)],
    k: ["Previous card", () => walk(-1)],
    arrowup: ["Previous card", () => walk(-1)],
    ...(mayMove && {
      arrowright: ["Move the card to the next column", (event) => step(event, 1)],
      arrowleft: ["Move the card to the column before", (event) => step(event, -1)],
    }),
  });
  const drop = (event, value) => {
    event.preventDefault();
    setOver(null);
    const row = rows.find((each) => each.name === event.dataTransfer.getData("text/card"));
    if (row) move(row, value);
  };
  const title = titleField(meta);
  const told = shown.filter(
    (each) =>
      each.fieldname !== title && each.fieldname !== field.fieldname && !["modified", "name"].includes(each.fieldname),
  );
  const card = (row) => html`
    <li
      key=${row.name}
      class=${classes("board-card", fresh.has(row.name) && "fresh")}
      data-name=${row.name}
      draggable=${mayMove}
      onDragStart=${(event) => event.dataTransfer.setData("text/card", row.name)}
    >
      <a href=${href(slug(meta.name), row.name)} draggable=${false}>${row[title] || row.name}</a>
      <p>
        <${Values} ...${{ meta, row }} fields=${told} />
        <small>${title === "name" ? "" : row.name}</small>
      </p>
      ${mayMove && html`
        <span class="mover">
          <span aria-hidden="true">⇄</span>
          <select
            aria-label=${`Move ${row[title] || row.name} to`}
            value=${at(row)}
            onChange=${(event) => move(row, event.target.value)}
          >
            ${places.map((each) => html`<option value=${each}>${each || "None"}</option>`)}
          </select>
        </span>
      `}
    </li>
  `;
  return html`
    <${Loaded} title="This view" ...${cards}>
      ${(found) => html`
        <div class="board" ref=${board} tabindex="0" role="region" aria-label=${`${meta.name} by ${labelOf(field)}`}>
          ${places.map((place) => {
            const here = rows.filter((row) => at(row) === place);
            return html`
              <section
                key=${place}
                aria-label=${place || "None"}
                class=${classes(over === place && "over")}
                onDragOver=${(event) =>
                  event.dataTransfer.types.includes("text/card") && (event.preventDefault(), setOver(place))}
                onDragLeave=${(event) => event.currentTarget.contains(event.relatedTarget) || setOver(null)}
                onDrop=${(event) => drop(event, place)}
              >
                <h2>
                  <span class=${`badge ${colour(meta, field, place)}`}>${place || "None"}</span>${" "}
                  <small>${here.length}</small>
                  ${may("create", meta.name) && html`
                    <a
                      class="add"
                      aria-label=${`New ${meta.name}: ${place || "None"}`}
                      href=${href("new", slug(meta.name), place ? { [field.fieldname]: place } : {})}
                    >
                      +
                    </a>
                  `}
                </h2>
                <ul>${here.map(card)}</ul>
              </section>
            `;
          })}
        </div>
        ${found.has_next_page && html`
          <footer class="pager"><span>The first ${MOST}. Filter to see others.</span></footer>
        `}
      `}
    <//>
  `;
}
