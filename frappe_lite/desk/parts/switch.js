/** How documents are shown: the switch between views, and the menu of those that were kept. */
import { forgetView, keepView, keptViews, mayForget, mayKeep, rolesToShare } from "../model/kept.js";
import { labelOf } from "../model/meta.js";
import { loadPins, pins, setPins } from "../model/own.js";
import { useResource } from "../model/resource.js";
import { address, href, navigate } from "../model/router.js";
import { slug } from "../model/site.js";
import { html, useState } from "../model/view.js";
import { kinds, PLAIN, writeView } from "../model/views.js";
import { ask, openDialog, showError, toast } from "./dialogs.js";
import { describe } from "./filters.js";

const NAMES = {
  list: "List",
  kanban: "Kanban",
  calendar: "Calendar",
  gallery: "Gallery",
  tree: "Tree",
  chart: "Chart",
};
const REST = (({ by, group, of, how, chart, span, every, month, page }) => ({
  by,
  group,
  of,
  how,
  chart,
  span,
  every,
  month,
  page,
}))(PLAIN);

/** Links to the kinds of view that the DocType allows; and of which field, where there is a choice. */
export function Switch({ meta, view }) {
  const offered = kinds(meta);
  const to = (changes) => {
    const text = writeView({ ...view, ...changes });
    return href(slug(meta.name)) + (text && `?${text}`);
  };
  const fits = Object.keys(NAMES).filter((kind) => kind === "list" || offered[kind].length);
  const fields = view.kind === "list" || view.kind === "chart" ? [] : offered[view.kind];
  return html`
    <div class="switch">
      <div class="kinds" role="group" aria-label="Shown as">
        ${fits.map((kind) => html`
          <a key=${kind} href=${to({ ...REST, kind })} aria-current=${kind === view.kind ? "true" : undefined}>
            ${NAMES[kind]}
          </a>
        `)}
      </div>
      ${fields.length > 1 && html`
        <select aria-label="By" value=${view.by} onChange=${(event) => navigate(to({ by: event.target.value }))}>
          ${fields.map((each) => html`<option value=${each.fieldname}>${labelOf(each)}</option>`)}
        </select>
      `}
    </div>
  `;
}

/** The views that were kept, one's own and everybody's. */
export function Kept({ meta, view }) {
  const resource = useResource(() => keptViews(meta), [], meta.name);
  const views = resource.data ?? [];
  const here = slug(meta.name);
  const now = String(address.value.query);
  const save = async () => {
    const made = await openDialog(KeepView, { title: "Keep this view" });
    if (made)
      await keepView(meta, view, made.name, made.whose).then(
        () => (resource.reload(), toast(`“${made.name}” is kept`, { kind: "good" })),
        showError,
      );
  };
  const pin = async () => {
    const words = view.filters.map((each) => describe(meta, each).at(-1));
    const label = await openDialog(Pin, { title: "Pin the count", given: [...words, meta.name].join(" ") });
    if (!label) return;
    const pinned = { doctype: meta.name, label, view: writeView({ ...view, ...REST, kind: "list" }) };
    await (pins.value ? Promise.resolve() : loadPins())
      .then(() => setPins([...pins.value, pinned]))
      .then(() => toast("It stands on the home page", { kind: "good" }), showError);
  };
  const forget = async (each) => {
    const others = each.for_role ? `It is there for all who are ${each.for_role}.` : "It is there for everybody.";
    const text = each.for_user ? "" : others;
    if (await ask({ title: `Forget “${each.filter_name}”?`, text, action: "Forget", danger: true }))
      await forgetView(each.name).then(resource.reload, showError);
  };
  return html`
    <button popovertarget="views" class="menu">Views${views.length ? ` ${views.length}` : ""}</button>
    <div
      id="views"
      popover
      class="dropdown"
      onClick=${(event) => event.target.closest("a, button") && event.currentTarget.hidePopover()}
    >
      <a href=${href(here)}>As usual</a>
      ${views.map((each) => html`
        <div key=${each.name} class="kept">
          <a
            href=${`${href(here)}?${each.view}`}
            aria-current=${String(new URLSearchParams(each.view)) === now ? "true" : undefined}
          >
            ${each.filter_name}${each.for_user ? "" : html` <small>for ${each.for_role || "everybody"}</small>`}
          </a>
          ${mayForget(each) && html`
            <button class="quiet" aria-label=${`Forget ${each.filter_name}`} onClick=${() => forget(each)}>✕</button>
          `}
        </div>
      `)}
      ${mayKeep() && html`<button onClick=${save}>Keep this view…</button>`}
      <button onClick=${pin}>Pin its count to the home page…</button>
    </div>
  `;
}

function Pin({ given, close }) {
  const [name, setName] = useState(given);
  return html`
    <form onSubmit=${(event) => (event.preventDefault(), close(name.trim()))}>
      <div class="field">
        <label for="pin-name">Called</label>
        <input id="pin-name" required autofocus value=${name} onInput=${(event) => setName(event.target.value)} />
      </div>
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary" disabled=${!name.trim()}>Pin</button>
      </footer>
    </form>
  `;
}

function KeepView({ close }) {
  const [name, setName] = useState("");
  const [whose, setWhose] = useState("me");
  const roles = useResource(rolesToShare, []).data ?? [];
  return html`
    <form onSubmit=${(event) => (event.preventDefault(), close({ name: name.trim(), whose }))}>
      <div class="field">
        <label for="view-name">Name</label>
        <input id="view-name" required autofocus value=${name} onInput=${(event) => setName(event.target.value)} />
      </div>
      <div class="field">
        <label for="view-for">For</label>
        <select id="view-for" value=${whose} onChange=${(event) => setWhose(event.target.value)}>
          <option value="me">Me</option>
          <option value="all">Everybody</option>
          ${roles.length > 0 && html`
            <optgroup label="Who have the role">
              ${roles.map((each) => html`<option key=${each} value=${`role:${each}`}>${each}</option>`)}
            </optgroup>
          `}
        </select>
      </div>
      <p class="muted">
        Filters, search, order, columns, groups and the kind of view; each reader sees what they may read.
      </p>
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary" disabled=${!name.trim()}>Keep</button>
      </footer>
    </form>
  `;
}
