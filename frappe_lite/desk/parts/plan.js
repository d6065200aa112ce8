/**
 * What saving a DocType would do: to the database, to the documents that are there, to their names; and what is linked
 * with it.
 */
import { href } from "../model/router.js";
import { slug } from "../model/site.js";
import { html } from "../model/view.js";

const documents = (count) => `${count} ${count === 1 ? "document" : "documents"}`;

/** Documents that do not fit, each kind a line. */
export const Misfits = ({ doctype, misfits }) => html`
  <ul class="misfits">
    ${misfits.map((each) => html`
      <li key=${each.fieldname + each.reason}>
        <strong>${each.fieldname}</strong> ${each.reason}: ${documents(each.count)}, such as${" "}
        ${each.examples.map((name, at) => html`${at > 0 && ", "}<a href=${href(slug(doctype), name)}>${name}</a>`)}
        ${each.blocks && html` <em>It cannot be saved so.</em>`}
      </li>
    `)}
  </ul>
`;

/** The plan beside the fields. */
export function Plan({ doctype, plan, dirty }) {
  const links = (title, found, text) =>
    found.length > 0 && html`
      <h3>${title}</h3>
      <ul>
        ${found.map((each) => html`
          <li key=${each.doctype + each.fieldname}>
            <a href=${href("doctype", each.doctype)}>${each.doctype}</a> ${text(each)}
          </li>
        `)}
      </ul>
    `;
  return html`
    <section class="plan" aria-label="What would change" aria-live="polite">
      <h2>What would change</h2>
      ${plan.problem
        ? html`<p class="bad" role="alert">${plan.problem}</p>`
        : plan.changes.length
          ? html`<ul>${plan.changes.map((each) => html`<li key=${each}>${each}</li>`)}</ul>`
          : html`<p class="muted">${dirty ? "Nothing in the database." : "Nothing yet."}</p>`}
      ${plan.misfits.length > 0 && html`
        <h3>Documents that would not fit</h3>
        <${Misfits} ...${{ doctype, misfits: plan.misfits }} />
      `}
      ${plan.names.length > 0 && html`
        <h3>The next names</h3>
        <p>${plan.names.map((each) => html`<code key=${each}>${each}</code> `)}</p>
      `}
      ${links("Links to", plan.links_to, (each) => `by ${each.label}`)}
      ${links(
        "Linked from",
        plan.links_from,
        (each) => `by ${each.label}${each.fieldtype === "Link" ? "" : ", as rows"}`,
      )}
    </section>
  `;
}

/** The question before what does not fit is kept; answers true. */
export const AskMisfits = ({ doctype, misfits, close }) => html`
  <form onSubmit=${(event) => (event.preventDefault(), close(true))}>
    <p>They stay as they are, and are found out when they are saved the next time.</p>
    <${Misfits} ...${{ doctype, misfits }} />
    <footer>
      <button type="button" autofocus onClick=${() => close()}>Go on editing</button>
      <button class="primary">Save it so</button>
    </footer>
  </form>
`;
