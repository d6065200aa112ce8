/**
 * Pictures of groups: bars, a line, a ring, a number, a year of days; drawn as SVG as wide as their place, with axes,
 * and a name for who cannot see them.
 */
import { classes, html, useLayoutEffect, useRef, useState } from "../model/view.js";
import { Heat } from "./heat.js";

export const GRAPHS = { bar: "Bars", line: "Line", pie: "Ring", heatmap: "Heat map", number: "Number" };
const MOST = 24; // groups that are told apart; the others are one
const BAR = 28;
const LINE = 240;
const MOST_DOTS = 62;

/** Round numbers up to at least the largest: 0, 5, 10. */
export function ticks(largest, whole, count = 4) {
  const rough = Math.max(largest / count, whole ? 1 : 1e-9);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10]
    .map((each) => each * size)
    .find((each) => each >= rough && (!whole || Number.isInteger(each)));
  return Array.from({ length: Math.ceil(largest / step - 1e-9) + 1 }, (_, index) => index * step);
}

/** Points of which those after the first are gathered into one. */
const gathered = (points) =>
  points.length <= MOST
    ? points
    : [
        ...points.slice(0, MOST - 1),
        {
          label: `${points.length - MOST + 1} others`,
          value: points.slice(MOST - 1).reduce((sum, each) => sum + each.value, 0),
        },
      ];

function useWidth() {
  const box = useRef();
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(([{ contentRect }]) => setWidth(Math.floor(contentRect.width)));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return [box, width];
}

/** `points` are [{label, value, colour?}], or {year, days} of a heat map; `told(value)` is a value as text. */
export function Graph({ kind, points: given, told, label }) {
  const [box, width] = useWidth();
  if (given.days)
    return html`
      <div class="graph" ref=${box}>
        ${width > 0 && html`
          <${Heat}
            ...${{ ...given, told, width }}
            said=${`${label}, ${given.year}: ${given.days.size} days with a value`}
          />
        `}
      </div>
    `;
  const points = kind === "line" ? given : gathered(given);
  const Kind = { bar: Bars, line: Line, pie: Ring, number: Sum }[kind] ?? Bars;
  const said = `${label}: ${points
    .slice(0, 12)
    .map((each) => `${each.label} ${told(each.value)}`)
    .join(", ")}`;
  return html`
    <div class="graph" ref=${box}>
      ${width > 0 &&
        (points.length
          ? html`<${Kind} ...${{ points, told, width, said }} />`
          : html`<p class="muted">Nothing to draw.</p>`)}
    </div>
  `;
}

const tint = (each, index) => classes("part", each.colour ? `c-${each.colour}` : `n-${index % 8}`);

function Bars({ points, told, width, said }) {
  const aside = Math.min(160, width * 0.34);
  const room = width - aside - 56;
  const marks = ticks(
    Math.max(...points.map((each) => each.value), 0),
    points.every((each) => Number.isInteger(each.value)),
  );
  const x = (value) => aside + (Math.max(0, value) / (marks.at(-1) || 1)) * room;
  const fits = Math.floor((aside - 12) / 7);
  const height = points.length * BAR + 24;
  return html`
    <svg width=${width} height=${height} role="img" aria-label=${said}>
      ${marks.map((each) => html`
        <g key=${each}>
          <line class="grid" x1=${x(each)} x2=${x(each)} y1="0" y2=${height - 20} />
          <text class="axis" x=${x(each)} y=${height - 5} text-anchor="middle">${told(each)}</text>
        </g>
      `)}
      ${points.map((each, index) => html`
        <g key=${each.label}>
          <title>${each.label}: ${told(each.value)}</title>
          <text class="name" x=${aside - 8} y=${index * BAR + 18} text-anchor="end">
            ${each.label.length > fits ? `${each.label.slice(0, fits - 1)}…` : each.label}
          </text>
          <rect
            class=${tint(each, 0)}
            x=${aside}
            y=${index * BAR + 4}
            width=${Math.max(1, x(each.value) - aside)}
            height=${BAR - 8}
            rx="3"
          />
          <text class="value" x=${x(each.value) + 6} y=${index * BAR + 18}>${told(each.value)}</text>
        </g>
      `)}
    </svg>
  `;
}

function Line({ points, told, width, said }) {
  const [near, setNear] = useState(-1); // the point below the pointer
  const marks = ticks(
    Math.max(...points.map((each) => each.value), 0),
    points.every((each) => Number.isInteger(each.value)),
  );
  const aside = Math.max(...marks.map((each) => told(each).length)) * 7 + 12;
  const x = (index) => aside + (points.length === 1 ? 0.5 : index / (points.length - 1)) * (width - aside - 24);
  const y = (value) => LINE - 24 - (value / (marks.at(-1) || 1)) * (LINE - 40);
  const named = Math.ceil(points.length / Math.max(1, Math.floor((width - aside) / 90)));
  const path = points.map((each, index) => `${index ? "L" : "M"}${x(index)} ${y(each.value)}`).join("");
  const follow = (event) => {
    const share = (event.clientX - event.currentTarget.getBoundingClientRect().left - aside) / (width - aside - 24);
    setNear(Math.max(0, Math.min(points.length - 1, Math.round(share * (points.length - 1)))));
  };
  return html`
    <svg
      width=${width}
      height=${LINE}
      role="img"
      aria-label=${said}
      onPointerMove=${follow}
      onPointerLeave=${() => setNear(-1)}
    >
      ${marks.map((each) => html`
        <g key=${each}>
          <line class="grid" x1=${aside} x2=${width - 12} y1=${y(each)} y2=${y(each)} />
          <text class="axis" x=${aside - 8} y=${y(each) + 4} text-anchor="end">${told(each)}</text>
        </g>
      `)}
      <path class="under" d=${`${path}L${x(points.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z`} />
      <path class="line" d=${path} />
      ${points.map((each, index) => html`
        <g key=${each.label + index}>
          ${(points.length <= MOST_DOTS || index === near) && html`
            <circle class=${classes("dot", index === near && "near")} cx=${x(index)} cy=${y(each.value)} r="4">
              <title>${each.label}: ${told(each.value)}</title>
            </circle>
          `}
          ${index % named === 0 && html`
            <text
              class="axis"
              x=${x(index)}
              y=${LINE - 4}
              text-anchor=${index === 0 ? "start" : index > points.length - 1 - named / 2 ? "end" : "middle"}
            >
              ${each.label}
            </text>
          `}
        </g>
      `)}
      ${points[near] && html`
        <g class="told">
          <line class="at" x1=${x(near)} x2=${x(near)} y1="16" y2=${y(0)} />
          <text
            x=${Math.max(aside, Math.min(width - 12, x(near)))}
            y="12"
            text-anchor=${x(near) > width * 0.75 ? "end" : x(near) < width * 0.25 ? "start" : "middle"}
          >
            ${points[near].label}: ${told(points[near].value)}
          </text>
        </g>
      `}
    </svg>
  `;
}

function Ring({ points, told, width, said }) {
  const size = Math.min(width, 220);
  const all = points.reduce((sum, each) => sum + Math.max(0, each.value), 0) || 1;
  const round = 2 * Math.PI * 70;
  let before = 0;
  const arc = (each, index) => {
    const part = Math.max(0, each.value) / all;
    const shown = html`
      <circle
        key=${each.label}
        class=${tint(each, index)}
        cx="100"
        cy="100"
        r="70"
        fill="none"
        stroke-width="36"
        stroke-dasharray=${`${Math.max(0, part * round - 1.5)} ${round}`}
        stroke-dashoffset=${-before * round}
        transform="rotate(-90 100 100)"
      >
        <title>${each.label}: ${told(each.value)}, ${Math.round(part * 100)} %</title>
      </circle>
    `;
    before += part;
    return shown;
  };
  return html`
    <div class="ring">
      <svg width=${size} height=${size} viewBox="0 0 200 200" role="img" aria-label=${said}>
        ${points.map(arc)}
        <text class="total" x="100" y="108" text-anchor="middle">
          ${told(points.reduce((sum, each) => sum + each.value, 0))}
        </text>
      </svg>
      <ul>
        ${points.map((each, index) => html`
          <li key=${each.label}>
            <i class=${tint(each, index)} /> <span>${each.label}</span> <strong>${told(each.value)}</strong>${" "}
            <small>${Math.round((Math.max(0, each.value) / all) * 100)} %</small>
          </li>
        `)}
      </ul>
    </div>
  `;
}

const Sum = ({ points, told }) => html`<p class="sum">${told(points.reduce((sum, each) => sum + each.value, 0))}</p>`;
