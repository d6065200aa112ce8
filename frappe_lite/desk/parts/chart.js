/**
 * Requests, errors and latency over time, and the size of the database, as bars and a line. Drawn as SVG; its name says
 * the sums to who cannot see it.
 */
import { display, size } from "../model/format.js";
import { html } from "../model/view.js";

const HEIGHT = 100;

const SECONDS = { minute: 60, hour: 3600, day: 86400 };
const LENGTH = { minute: 16, hour: 13, day: 10 }; // how much of a moment names it

const SPAN = { minute: 60, hour: 24, day: 30 }; // moments of a whole chart
const MARKS = 6; // moments that are named below it

const day = (at) => display({ fieldtype: "Date" }, at.slice(0, 10)).replace(/,? \d{4}$/, "");

/**
 * What is named below the bars: [{at, text}], `at` in percent of the width; times, and the day where another one has
 * begun.
 */
export function axis(points, step) {
  const every = Math.ceil(points.length / MARKS);
  const text = ({ at }, before) =>
    step === "day" || (before && before.at.slice(0, 10) !== at.slice(0, 10)) ? day(at) : at.slice(11).padEnd(5, ":00");
  return points
    .map((each, index) => ({ at: ((index + 0.5) / points.length) * 100, text: text(each, points[index - every]) }))
    .filter((_, index) => index % every === 0);
}

/**
 * The points of the whole span, up to the last that is known, with those in which nothing was asked: a place along the
 * line is a moment. The site's own time is read as UTC, which has every hour.
 */
export function filled(points, step) {
  const known = new Map(points.map((each) => [each.at, each]));
  const start = (at) => Date.parse(`${at.padEnd(13, " 00").slice(0, 16).padEnd(16, ":00").replace(" ", "T")}Z`) / 1000;
  const last = start(points.at(-1).at);
  const first = Math.min(start(points[0].at), last - (SPAN[step] - 1) * SECONDS[step]);
  return Array.from({ length: (last - first) / SECONDS[step] + 1 }, (_, index) => {
    const at = new Date((first + index * SECONDS[step]) * 1000).toISOString().replace("T", " ").slice(0, LENGTH[step]);
    return known.get(at) ?? { at, requests: 0, errors: 0, duration: 0 };
  });
}

/**
 * Bars on one ground: `values` has those of each class, `told(name, index)` what one says; drawn in a box of 100 wide,
 * `children` over them.
 */
function Bars({ values, most, told, label, children }) {
  const count = Object.values(values)[0].length;
  const width = 100 / Math.max(count, 12);
  const bar = (name, value, index) => html`
    <rect
      class=${name}
      x=${index * width + width * 0.1}
      width=${width * 0.8}
      y=${HEIGHT - (value / most) * HEIGHT}
      height=${(value / most) * HEIGHT}
    >
      <title>${told(name, index)}</title>
    </rect>
  `;
  return html`
    <svg class="chart" viewBox=${`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${label}>
      ${Object.entries(values).map(([name, each]) => each.map((value, index) => bar(name, value, index)))}
      ${children?.(width)}
    </svg>
  `;
}

/** `points`: [{at, requests, errors, duration}], in order, at least one; `step` is minute, hour or day. */
export function Chart({ points: given, step }) {
  // of the step before, until the answer is there
  const points = given[0].at.length === LENGTH[step] ? filled(given, step) : given;
  const values = Object.fromEntries(["requests", "errors"].map((name) => [name, points.map((each) => each[name])]));
  const [asked, failed] = Object.values(values).map((each) => each.reduce((sum, value) => sum + value, 0));
  const most = Math.max(1, ...values.requests);
  const slowest = Math.max(1, ...points.map((each) => each.duration));
  // where nothing was asked there is no time: the line begins anew
  const joined = (index) => (points[index - 1]?.requests ? "L" : "M");
  const line = (width) =>
    points
      .map(
        (each, index) =>
          each.requests &&
          `${joined(index)}${(index + 0.5) * width} ${HEIGHT - (each.duration / slowest) * HEIGHT * 0.9}h0`,
      )
      .filter(Boolean)
      .join(" ");
  return html`
    <figure class="chart-box">
      <${Bars}
        ...${{ values, most }}
        told=${(name, index) => `${points[index].at}: ${values[name][index]} ${name}`}
        label=${`${asked} requests, ${failed} of them errors`}
      >
        ${(width) => html`<path class="latency" d=${line(width)} />`}
      <//>
      <div class="moments" aria-hidden="true">
        ${axis(points, step).map((each) => html`
          <span key=${each.at} style=${{ insetInlineStart: `${each.at}%` }}>${each.text}</span>
        `)}
      </div>
      <figcaption class="legend">
        <span><i class="requests">▮</i> requests, at most ${most}</span>
        <span><i class="errors">▮</i> errors</span>
        <span>― mean time, at most ${slowest.toFixed(1)} ms</span>
      </figcaption>
    </figure>
  `;
}

/** The size of the database on each of some days, [{date, size}]; nothing of one day alone. */
export function Growth({ days }) {
  const sizes = days.map((each) => each.size);
  const grown = sizes.at(-1) - sizes[0];
  const said = `${grown < 0 ? "−" : "+"}${size(Math.abs(grown))} since ${days[0].date}`;
  return (
    days.length > 1 && html`
      <figure class="chart-box">
        <${Bars}
          values=${{ requests: sizes }}
          most=${Math.max(1, ...sizes)}
          told=${(name, index) => `${days[index].date}: ${size(sizes[index])}`}
          label=${`Size of the database: ${said}`}
        />
        <figcaption class="legend">
          <span>${days[0].date} – ${days.at(-1).date}</span>
          <span>${said}</span>
        </figcaption>
      </figure>
    `
  );
}
