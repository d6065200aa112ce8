/** The head of a form: what it is of, how it stands, and what can be done with it. */
import { colour, display } from "../model/format.js";
import { href } from "../model/router.js";
import { slug } from "../model/site.js";
import { html } from "../model/view.js";

const STATUS = { fieldname: "docstatus", fieldtype: "Select" };

/** [word, colour] of how a document stands; null if it is stored as it is. */
function stateOf(meta, doc, dirty) {
  if (doc.__islocal) return ["New", "orange"];
  if (dirty) return ["Not saved", "orange"];
  return meta.is_submittable ? [display(STATUS, doc.docstatus), colour(meta, STATUS, doc.docstatus)] : null;
}

/**
 * `items` are [label, run] of the menu; `actions` has save, submit and cancel, and `amends`, as far as they are
 * offered.
 */
export function FormHead({ meta, doc, title, single, dirty, busy, items, actions }) {
  const { save, submit, cancel, amends } = actions;
  const isNew = Boolean(doc.__islocal);
  const state = stateOf(meta, doc, dirty);
  return html`
    <header class="head">
      <div class="title">
        ${!single && html`<a href=${href(slug(meta.name))}>${meta.name}</a>`}
        <h1>${title}</h1>
      </div>
      ${state && html`<span class=${`badge ${state[1]}`}>${state[0]}</span>`}
      ${title !== String(doc.name) && !isNew && html`<span class="muted name">${doc.name}</span>`}
      <span class="gap" />
      ${items.length > 0 && html`
        <button class="quiet" popovertarget="form-menu" aria-label="More">⋯</button>
        <div id="form-menu" class="menu" popover onClick=${(event) => event.currentTarget.hidePopover()}>
          ${items.map(([label, run]) => html`<button onClick=${run}>${label}</button>`)}
        </div>
      `}
      ${cancel && html`<button class="danger" onClick=${cancel}>Cancel</button>`}
      ${amends && html`<a class="button primary" href=${href("new", slug(meta.name), { _amend: doc.name })}>Amend</a>`}
      ${save && html`
        <button
          class=${submit && !dirty ? "" : "primary"}
          disabled=${busy || !(dirty || isNew)}
          title="Ctrl S"
          onClick=${() => save()}
        >
          Save
        </button>
      `}
      ${submit && html`
        <button class=${dirty ? "" : "primary"} disabled=${busy} title="Ctrl Enter" onClick=${submit}>Submit</button>
      `}
    </header>
  `;
}
