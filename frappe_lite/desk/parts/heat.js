/** A year by its days, each as dark as its value: a column a week, a row a weekday. */
import { display } from "../model/format.js";
import { html } from "../model/view.js";

const name = new Intl.DateTimeFormat(undefined, { month: "short", timeZone: "UTC" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short", timeZone: "UTC" });
const DAY = 86_400_000;
const STEPS = 4;

/** `days` is a Map of date to value. */
export function Heat({ year, days, told, width, said }) {
  const first = Date.UTC(year, 0, 1);
  const lead = (new Date(first).getUTCDay() + 6) % 7; // weeks begin on Monday
  const length = (Date.UTC(year + 1, 0, 1) - first) / DAY;
  const aside = 34;
  const cell = Math.max(12, Math.min(18, Math.floor((width - aside) / Math.ceil((lead + length) / 7))));
  const most = Math.max(0, ...days.values());
  const step = (value) => (value > 0 ? Math.max(1, Math.ceil((value / most) * STEPS)) : 0);
  const place = (at) => [aside + Math.floor((lead + at) / 7) * cell, 18 + ((lead + at) % 7) * cell];
  const dates = Array.from({ length }, (_, at) => new Date(first + at * DAY).toISOString().slice(0, 10));
  return html`
    <div class="heat" tabindex="0" role="group" aria-label=${`${said}: its days`}>
      <svg width=${aside + Math.ceil((lead + length) / 7) * cell} height=${18 + 7 * cell} role="img" aria-label=${said}>
        ${Array.from({ length: 12 }, (_, at) => html`
          <text class="axis" x=${place((Date.UTC(year, at, 1) - first) / DAY)[0]} y="12">
            ${name.format(Date.UTC(year, at, 1))}
          </text>
        `)}
        ${[0, 2, 4].map((at) => html`
          <text class="axis" x=${aside - 6} y=${18 + at * cell + cell - 2} text-anchor="end">
            ${weekday.format(Date.UTC(2024, 0, 1 + at))}
          </text>
        `)}
        ${dates.map((date, at) => {
          const [x, y] = place(at);
          return html`
            <rect
              key=${date}
              class=${`day h-${step(days.get(date) ?? 0)}`}
              x=${x}
              y=${y}
              width=${cell - 2}
              height=${cell - 2}
              rx="2"
            >
              <title>${display({ fieldtype: "Date" }, date)}: ${told(days.get(date) ?? 0)}</title>
            </rect>
          `;
        })}
      </svg>
      <p class="steps" aria-hidden="true">
        <span>${told(0)}</span>
        ${Array.from({ length: STEPS + 1 }, (_, at) => html`<i class=${`day h-${at}`} />`)}
        <span>${told(most)}</span>
      </p>
    </div>
  `;
}
