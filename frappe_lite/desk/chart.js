/** Requests, errors and latency over time, as bars and a line. Drawn as SVG; a table says the same to who cannot see it. */
import { html } from "./view.js";

const HEIGHT = 100;

/** `points`: [{at, requests, errors, duration}], in order. */
export function Chart({ points }) {
  const most = Math.max(1, ...points.map((each) => each.requests));
  const slowest = Math.max(1, ...points.map((each) => each.duration));
  const width = 100 / Math.max(points.length, 12);
  const bar = (name, value, index) => html`<rect class=${name} x=${index * width + width * 0.1} width=${width * 0.8} y=${HEIGHT - (value / most) * HEIGHT} height=${(value / most) * HEIGHT}><title>${points[index].at}: ${value} ${name}</title></rect>`;
  const line = points.map((each, index) => `${(index + 0.5) * width},${HEIGHT - (each.duration / slowest) * HEIGHT * 0.9}`).join(" ");
  return html`<figure class="chart-box"><svg class="chart" viewBox=${`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${`${points.reduce((sum, each) => sum + each.requests, 0)} requests, ${points.reduce((sum, each) => sum + each.errors, 0)} of them errors`}>
      ${points.map((each, index) => bar("requests", each.requests, index))}${points.map((each, index) => bar("errors", each.errors, index))}
      <polyline class="latency" points=${line} /></svg>
    <figcaption class="legend"><span>${points[0]?.at} – ${points.at(-1)?.at}</span><span><i class="requests">▮</i> requests, at most ${most}</span><span><i class="errors">▮</i> errors</span><span>― mean time, at most ${slowest.toFixed(1)} ms</span></figcaption></figure>`;
}
