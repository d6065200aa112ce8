/** Rows near what is seen, of however many there are, and columns that keep their width while rows come and go. */
import { html, useLayoutEffect, useMemo, useRef, useState } from "../model/view.js";

const CHUNK = 10; // rows that come and go together
const NEAR = 400; // pixels beyond what is seen within which rows are drawn
const ROW = 32; // pixels of one that was not drawn yet

/** A portion of rows; drawn again only if they, or how they are drawn, changed. */
function Portion({ rows, first, draw }) {
  return useMemo(
    () => html`<tbody class="portion">${rows.map((row, index) => draw(row, first + index))}</tbody>`,
    [rows, first, draw],
  );
}

/**
 * Rows, of which those far from what is seen are only a space above and one below, so that ten thousand cost no more
 * than a hundred; the child draws one: (row, index).
 * Nothing listens to scrolling: the browser tells when a space comes near, and where it is, without another layout.
 */
export function Chunks({ rows, children }) {
  const box = useRef([]); // the two spaces
  const known = useRef({ heights: new Map(), row: ROW });
  const portions = useMemo(
    () => Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, at) => rows.slice(at * CHUNK, (at + 1) * CHUNK)),
    [rows],
  );
  const [{ from, to }, setShown] = useState({ from: 0, to: 1 });
  const height = (at) => known.current.heights.get(at) ?? portions[at].length * known.current.row;
  const sum = (begin, end) => portions.slice(begin, end).reduce((total, _, at) => total + height(begin + at), 0);
  const last = Math.min(to, portions.length);
  const first = Math.min(from, Math.max(0, last - 1));
  useLayoutEffect(() => {
    // at once, so that the next frame tells where the spaces are: a few rows in every frame, not many in each third
    const [above, below] = box.current;
    const watch = new IntersectionObserver(
      (entries) => {
        const near = entries.find((each) => each.isIntersecting);
        if (!near || !portions.length) return;
        let at = first;
        for (let each = above.nextElementSibling; each !== below; each = each.nextElementSibling, at += 1)
          known.current.heights.set(at, each.offsetHeight); // as they are laid out now
        known.current.row = known.current.heights.get(first) / portions[first].length;
        const top = above.getBoundingClientRect().bottom - sum(0, first);
        const [begin, end] = [near.rootBounds.top - top, near.rootBounds.bottom - top];
        let [next, y] = [0, 0];
        while (next < portions.length - 1 && y + height(next) <= begin) y += height(next++);
        let until = next;
        while (until < portions.length && y < end) y += height(until++);
        const seen = (space) => entries.some((each) => each.target === space && each.isIntersecting);
        // heights were guessed: a space that is still near gives way
        if (seen(below) && until <= last) until = Math.min(portions.length, last + 1);
        if (seen(above) && next >= first) next = Math.max(0, first - 1);
        setShown((before) => (before.from === next && before.to === until ? before : { from: next, to: until }));
      },
      { root: above.closest(".scroll"), rootMargin: `${NEAR}px` },
    );
    watch.observe(above);
    watch.observe(below);
    return () => watch.disconnect();
  }, [portions, first, last]);
  const space = (at, pixels) => html`
    <tbody key=${`space${at}`} class="far" ref=${(each) => (box.current[at] = each)}>
      ${pixels > 0 && html`<tr style=${{ blockSize: `${pixels}px` }}><td /></tr>`}
    </tbody>
  `;
  return html`
    ${space(0, sum(0, first))}
    ${portions
      .slice(first, last)
      .map((each, at) => html`
        <${Portion} key=${first + at} rows=${each} first=${(first + at) * CHUNK} draw=${children} />
      `)}
    ${space(1, sum(last, portions.length))}
  `;
}

/**
 * Columns as wide as the first rows made them: a long table is laid out in parts, and does not shift while it is
 * scrolled.
 */
export function useSteadyColumns(table, many, dependencies) {
  useLayoutEffect(() => {
    const shown = table.current?.querySelector("table");
    if (!shown) return;
    shown.style.tableLayout = "";
    const columns = [...shown.querySelectorAll("col")];
    for (const each of columns) each.style.inlineSize = "";
    if (!many) return;
    const wide = [...shown.querySelectorAll("thead th")].map((each) => /** @type {HTMLElement} */ (each).offsetWidth);
    for (const [at, each] of columns.entries()) each.style.inlineSize = `${wide[at]}px`;
    shown.style.tableLayout = "fixed";
  }, dependencies);
}
