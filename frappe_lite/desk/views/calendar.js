/** Documents on the days of a month, by a date of theirs: dragged, or moved by keys, to another day. */
import { documents } from "../model/api.js";
import { wantedFields } from "../model/columns.js";
import { colour } from "../model/format.js";
import { choices, column, columns, titleField } from "../model/meta.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { may, slug } from "../model/site.js";
import { classes, html, sheet, useEffect, useRef, useState } from "../model/view.js";
import { showError } from "../parts/dialogs.js";
import { Loaded } from "../parts/shell.js";

await sheet("views.css");

const MOST = 1000;
const DAY = 86_400_000;
const name = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short", timeZone: "UTC" });
const full = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });

/** Days are text as the API has them; counted in UTC, which has every day. */
const at = (day) => Date.parse(`${day}T00:00Z`);
const shifted = (day, by) => new Date(at(day) + by * DAY).toISOString().slice(0, 10);
const today = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
const firstDay = (() => {
  // what a week begins with is not known everywhere
  const locale = /** @type {any} */ (new Intl.Locale(navigator.language));
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
})();

/** The days that a month's page shows: whole weeks. */
export function daysOf(month) {
  const first = `${month}-01`;
  const before = ((new Date(at(first)).getUTCDay() || 7) - firstDay + 7) % 7;
  const length = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
  return Array.from({ length: Math.ceil((before + length) / 7) * 7 }, (_, index) => shifted(first, index - before));
}

export default function Calendar({ meta, view, wanted, shown, go, turn, fresh, onLoading }) {
  const field = column(meta, view.by);
  const month = /^\d{4}-(0[1-9]|1[0-2])$/.test(view.month) ? view.month : today().slice(0, 7);
  const days = daysOf(month);
  const [moved, setMoved] = useState({});
  const [over, setOver] = useState(null);
  const grid = useRef();
  const focus = useRef(null);
  const status = columns(meta).find(
    (each) =>
      each.fieldtype === "Select" &&
      each.parent &&
      choices(each).length > 1 &&
      /status|state|stage/.test(each.fieldname),
  );
  const fields = [
    ...new Set([
      ...wantedFields(
        meta,
        shown.filter((each) => each.fieldname === titleField(meta)),
      ),
      field.fieldname,
      ...(status ? [status.fieldname] : []),
    ]),
  ];
  const filters = [...(wanted.filters ?? []), [field.fieldname, "between", [days[0], days.at(-1)]]];
  const events = useResource(
    (signal) =>
      documents.list(
        meta.name,
        { ...wanted, filters, fields, order_by: `${field.fieldname} asc, name asc`, limit: MOST },
        { signal },
      ),
    [JSON.stringify([filters, wanted.or_filters, fields]), turn],
  );
  const mayMove = may("write", meta.name) && !field.read_only && !field.permlevel && !field.set_only_once;
  useEffect(() => setMoved({}), [events.data]);
  useEffect(() => onLoading(events.loading), [events.loading]);
  useEffect(() => {
    if (!focus.current) return;
    grid.current.querySelector(`[data-name="${CSS.escape(focus.current)}"]`)?.focus();
    focus.current = null;
  });

  const when = (row) => moved[row.name] ?? row[field.fieldname];
  const move = async (row, day) => {
    const before = when(row);
    const value = day + before.slice(10); // the time of the day stays
    if (value === before || !mayMove) return;
    setMoved((all) => ({ ...all, [row.name]: value }));
    await documents
      .update(meta.name, row.name, { [field.fieldname]: value })
      .catch((error) => (setMoved((all) => ({ ...all, [row.name]: before })), showError(error)));
  };
  const rows = events.data?.data ?? [];
  const onKeyDown = (event, row) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (!by || !event.altKey) return;
    event.preventDefault();
    focus.current = row.name;
    move(row, shifted(when(row).slice(0, 10), by));
  };
  const drop = (event, day) => {
    event.preventDefault();
    setOver(null);
    const row = rows.find((each) => each.name === event.dataTransfer.getData("text/event"));
    if (row) move(row, day);
  };
  const turned = (by) =>
    go({
      month: new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1 + by, 1))
        .toISOString()
        .slice(0, 7),
    });
  const event = (row) => html`
    <li key=${row.name}>
      <a
        class=${classes(
          "event",
          status && `badge ${colour(meta, status, row[status.fieldname])}`,
          fresh.has(row.name) && "fresh",
        )}
        data-name=${row.name}
        href=${href(slug(meta.name), row.name)}
        draggable=${mayMove}
        title=${mayMove ? "Drag, or Alt with arrows, moves it" : undefined}
        onDragStart=${(dragged) => dragged.dataTransfer.setData("text/event", row.name)}
        onKeyDown=${(pressed) => onKeyDown(pressed, row)}
      >
        ${when(row).length > 10 ? html`<small>${when(row).slice(11, 16)}</small> ` : ""}
        ${row[titleField(meta)] || row.name}
      </a>
    </li>
  `;
  return html`
    <div class="month-bar">
      <h2 aria-live="polite">${name.format(at(`${month}-01`))}</h2>
      <button aria-label="The month before" onClick=${() => turned(-1)}>‹</button>
      <button onClick=${() => go({ month: "" })}>Today</button>
      <button aria-label="The next month" onClick=${() => turned(1)}>›</button>
    </div>
    <${Loaded} title="This view" ...${events}>
      ${() => html`
        <div class="month" ref=${grid}>
          ${days
            .slice(0, 7)
            .map((day) => html`<span class="weekday" aria-hidden="true" key=${day}>${weekday.format(at(day))}</span>`)}
          ${days.map((day) => {
            const here = rows.filter((row) => when(row)?.slice(0, 10) === day);
            return html`
              <section
                key=${day}
                data-day=${day}
                aria-label=${full.format(at(day))}
                class=${classes(
                  day.slice(0, 7) !== month && "other",
                  day === today() && "today",
                  over === day && "over",
                  !here.length && "free",
                )}
                onDragOver=${(dragged) =>
                  dragged.dataTransfer.types.includes("text/event") && (dragged.preventDefault(), setOver(day))}
                onDrop=${(dropped) => drop(dropped, day)}
              >
                <h3>
                  <span>${Number(day.slice(8))}</span>
                  <span class="long">${full.format(at(day))}</span>
                  ${may("create", meta.name) && html`
                    <a
                      class="add"
                      aria-label=${`New ${meta.name} on ${full.format(at(day))}`}
                      href=${href("new", slug(meta.name), {
                        [field.fieldname]: field.fieldtype === "Date" ? day : `${day} 09:00:00`,
                      })}
                    >
                      +
                    </a>
                  `}
                </h3>
                <ul>${here.map(event)}</ul>
              </section>
            `;
          })}
        </div>
      `}
    <//>
  `;
}
