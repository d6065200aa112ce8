/**
 * Dashboards: numbers and charts beside each other, each of what the reader may see; arranged where they stand, by
 * dragging or by their buttons.
 */
import { documents } from "../model/api.js";
import { useResource } from "../model/resource.js";
import { href, navigate } from "../model/router.js";
import { may, modules } from "../model/site.js";
import { classes, html, sheet, useState } from "../model/view.js";
import { ask, openDialog, showError } from "../parts/dialogs.js";
import { Loaded, Problem, useTitle } from "../parts/shell.js";
import { CardTile, ChartTile } from "../parts/tiles.js";

await sheet("graph.css");

export default function Dashboards({ params }) {
  useTitle(params.name || "Dashboards");
  return params.name ? html`<${Dashboard} key=${params.name} name=${params.name} />` : html`<${All} />`;
}

/** By module, those of one's own before the server's. */
function All() {
  const found = useResource(
    (signal) =>
      documents.list("Dashboard", { fields: ["name", "module"], order_by: "name asc", limit: 200 }, { signal }),
    [],
  );
  const order = (module) => modules.value.findIndex((each) => each.module === module) >>> 0;
  return html`
    <header class="head"><h1>Dashboards</h1></header>
    <${Loaded} title="Dashboards" ...${found}>
      ${({ data }) =>
        data.length
          ? html`
            <div class="modules">
              ${[...new Set(data.map((each) => each.module))]
                .sort((a, b) => order(a) - order(b))
                .map((module) => html`
                  <section key=${module} aria-label=${module || "Without a module"}>
                    <h2>${module || "Without a module"}</h2>
                    <ul>
                      ${data
                        .filter((each) => each.module === module)
                        .map((each) => html`
                          <li key=${each.name}><a href=${href("dashboard-view", each.name)}>${each.name}</a></li>
                        `)}
                    </ul>
                  </section>
                `)}
            </div>
          `
          : html`
            <${Problem} title="No dashboard yet">
              Open a list, choose Chart, and keep it: the dashboard comes with it.
            <//>
          `}
    <//>
  `;
}

const moved = (rows, from, to) => rows.toSpliced(from, 1).toSpliced(to, 0, rows[from]);

function Dashboard({ name }) {
  const found = useResource((signal) => documents.get("Dashboard", name, { signal }), [name]);
  const mayArrange = may("write", "Dashboard");
  const write = (doc, values) =>
    documents
      .update("Dashboard", name, { ...values, modified: doc.modified })
      .then(found.reload, (error) => (showError(error), found.reload()));
  const arrange = (doc, charts) => write(doc, { charts: charts.map(({ chart, width }) => ({ chart, width })) });
  const number = (doc, cards) => write(doc, { cards: cards.map(({ card }) => ({ card })) });
  const add = async (doc) => {
    const made = await openDialog(Pick, { title: "Add to the dashboard" });
    if (made?.chart) await arrange(doc, [...doc.charts, { chart: made.chart, width: "Half" }]);
    if (made?.card) await number(doc, [...doc.cards, { card: made.card }]);
  };
  const remove = async (doc, at) => {
    if (doc.charts.length > 1) return arrange(doc, doc.charts.toSpliced(at, 1));
    const text = "A dashboard has at least one chart. The chart itself stays.";
    if (await ask({ title: `Delete ${name}?`, text, action: "Delete", danger: true }))
      await documents.remove("Dashboard", name).then(() => navigate(href("dashboard-view")), showError);
  };
  const steps = (label, at, length, move) => html`
    <button class="quiet" disabled=${at === 0} aria-label=${`${label}: earlier`} onClick=${() => move(at - 1)}>
      ←
    </button>
    <button class="quiet" disabled=${at === length - 1} aria-label=${`${label}: later`} onClick=${() => move(at + 1)}>
      →
    </button>
  `;
  return html`
    <${Loaded} title=${name} ...${found}>
      ${(doc) => html`
        <header class="head">
          <h1>${name}</h1>
          <a class="button" href=${href("dashboard-view")}>All</a>
          ${mayArrange && html`<button onClick=${() => add(doc)}>Add…</button>`}
        </header>
        ${doc.cards.length > 0 && html`
          <div class="cards">
            ${doc.cards.map((each, at) => html`
              <${Place}
                key=${each.name}
                kind="card"
                at=${at}
                drag=${mayArrange}
                className="card-number"
                label=${each.card}
                onMove=${(from) => number(doc, moved(doc.cards, from, at))}
              >
                <${CardTile} name=${each.card}>
                  ${mayArrange && html`
                    ${steps(each.card, at, doc.cards.length, (to) => number(doc, moved(doc.cards, at, to)))}
                    <button
                      class="quiet"
                      aria-label=${`Remove ${each.card}`}
                      onClick=${() => number(doc, doc.cards.toSpliced(at, 1))}
                    >
                      ✕
                    </button>
                  `}
                <//>
              <//>
            `)}
          </div>
        `}
        <div class="dashboard">
          ${doc.charts.map((each, at) => html`
            <${Place}
              key=${each.name}
              kind="chart"
              at=${at}
              drag=${mayArrange}
              className=${`tile ${each.width === "Full" ? "full" : ""}`}
              label=${each.chart}
              onMove=${(from) => arrange(doc, moved(doc.charts, from, at))}
            >
              <${ChartTile} name=${each.chart}>
                ${mayArrange && html`
                  ${steps(each.chart, at, doc.charts.length, (to) => arrange(doc, moved(doc.charts, at, to)))}
                  <button
                    class="quiet"
                    aria-label=${`${each.chart}: ${each.width === "Full" ? "half" : "full"} width`}
                    onClick=${() =>
                      arrange(doc, doc.charts.with(at, { ...each, width: each.width === "Full" ? "Half" : "Full" }))}
                  >
                    ↔
                  </button>
                  <button class="quiet" aria-label=${`Remove ${each.chart}`} onClick=${() => remove(doc, at)}>✕</button>
                `}
              <//>
            <//>
          `)}
        </div>
      `}
    <//>
  `;
}

/** Where one of them stands; another of its kind can be dropped on it. */
function Place({ kind, at, drag, className, label, onMove, children }) {
  const [over, setOver] = useState(false);
  const type = `text/${kind}`;
  const enter = (event) => event.dataTransfer.types.includes(type) && (event.preventDefault(), setOver(true));
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    const from = Number(event.dataTransfer.getData(type));
    if (from !== at) onMove(from);
  };
  return html`
    <section
      class=${classes(className, over && "over")}
      aria-label=${label}
      draggable=${drag}
      onDragStart=${(event) => event.dataTransfer.setData(type, at)}
      onDragOver=${enter}
      onDragLeave=${() => setOver(false)}
      onDrop=${drop}
    >
      ${children}
    </section>
  `;
}

function Pick({ close }) {
  const all = (doctype, fields, signal) =>
    documents.list(doctype, { fields, order_by: "name asc", limit: 500 }, { signal }).then(({ data }) => data);
  const found = useResource(
    (signal) => Promise.all([all("Dashboard Chart", ["name"], signal), all("Number Card", ["name", "label"], signal)]),
    [],
  );
  const done = (event) => {
    event.preventDefault();
    const [kind, ...words] = event.target.what.value.split(" ");
    close({ [kind]: words.join(" ") });
  };
  return html`
    <${Loaded} title="Charts" ...${found}>
      ${([charts, cards]) => html`
        <form onSubmit=${done}>
          <div class="field">
            <label for="what">Chart or number</label>
            <select id="what" name="what" required>
              <optgroup label="Charts">
                ${charts.map((each) => html`<option value=${`chart ${each.name}`}>${each.name}</option>`)}
              </optgroup>
              ${cards.length > 0 && html`
                <optgroup label="Numbers">
                  ${cards.map((each) => html`<option value=${`card ${each.name}`}>${each.label}</option>`)}
                </optgroup>
              `}
            </select>
          </div>
          ${!charts.length && html`<p class="muted">There is none yet: open a list, choose Chart, and keep it.</p>`}
          <footer>
            <button type="button" onClick=${() => close()}>Cancel</button>
            <button class="primary" disabled=${!charts.length && !cards.length}>Add</button>
          </footer>
        </form>
      `}
    <//>
  `;
}
