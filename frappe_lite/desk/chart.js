/** Requests, errors and latency over time, as bars and a line. Drawn as SVG; its name says the sums to who cannot see it. */
import { html } from "./view.js";

const HEIGHT = 100;

const SECONDS = { minute: 60, hour: 3600, day: 86400 };
const LENGTH = { minute: 16, hour: 13, day: 10 }; // how much of a moment names it

/** The points with those between them in which nothing was asked: a place along the line is a moment. The site's own time is read as UTC, which has every hour. */
export function filled(points, step) {
  const known = new Map(points.map((each) => [each.at, each]));
  const start = (at) => Date.parse(`${at.padEnd(13, " 00").slice(0, 16).padEnd(16, ":00").replace(" ", "T")}Z`) / 1000;
  const [first, last] = [start(points[0].at), start(points.at(-1).at)];
  return Array.from({ length: (last - first) / SECONDS[step] + 1 }, (_, index) => {
    const at = new Date((first + index * SECONDS[step]) * 1000).toISOString().replace("T", " ").slice(0, LENGTH[step]);
    return known.get(at) ?? { at, requests: 0, errors: 0, duration: 0 };
  });
}

/** `points`: [{at, requests, errors, duration}], in order, at least one; `step` is minute, hour or day. */
export function Chart({ points: given, step }) {
  const points = given[0].at.length === LENGTH[step] ? filled(given, step) : given; // of the step before, until the answer is there
  const most = Math.max(1, ...points.map((each) => each.requests));
  const slowest = Math.max(1, ...points.map((each) => each.duration));
  const width = 100 / Math.max(points.length, 12);
  const bar = (name, value, index) => html`<rect class=${name} x=${index * width + width * 0.1} width=${width * 0.8} y=${HEIGHT - (value / most) * HEIGHT} height=${(value / most) * HEIGHT}><title>${points[index].at}: ${value} ${name}</title></rect>`;
  const joined = (index) => (points[index - 1]?.requests ? "L" : "M"); // where nothing was asked there is no time: the line begins anew
  const line = points.map((each, index) => each.requests && `${joined(index)}${(index + 0.5) * width} ${HEIGHT - (each.duration / slowest) * HEIGHT * 0.9}h0`).filter(Boolean).join(" ");
  return html`<figure class="chart-box"><svg class="chart" viewBox=${`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${`${points.reduce((sum, each) => sum + each.requests, 0)} requests, ${points.reduce((sum, each) => sum + each.errors, 0)} of them errors`}>
      ${points.map((each, index) => bar("requests", each.requests, index))}${points.map((each, index) => bar("errors", each.errors, index))}
      <path class="latency" d=${line} /></svg>
    <figcaption class="legend"><span>${points[0]?.at} – ${points.at(-1)?.at}</span><span><i class="requests">▮</i> requests, at most ${most}</span><span><i class="errors">▮</i> errors</span><span>― mean time, at most ${slowest.toFixed(1)} ms</span></figcaption></figure>`;
}
