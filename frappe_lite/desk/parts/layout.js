/** The fields of a DocType as it arranges them: tabs, sections that fold, columns. */
import { labelOf } from "../model/meta.js";
import { classes, html, useEffect, useId, useState } from "../model/view.js";
import { Still, STILL_OWN } from "../controls/readonly.js";
import { Labelled } from "../controls/registry.js";

/** [{tab, sections: [{section, columns: [[field]]}]}] */
export function arrange(fields) {
  const tabs = [];
  const tab = (field) => tabs.push({ tab: field, sections: [] });
  const section = (field) => (tabs.length || tab(null), tabs.at(-1).sections.push({ section: field, columns: [[]] }));
  for (const field of fields) {
    if (field.fieldtype === "Tab Break") tab(field);
    else if (field.fieldtype === "Section Break" || field.fieldtype === "Fold") section(field);
    else if (!tabs.at(-1)?.sections.length) section(null);
    if (field.fieldtype === "Column Break") tabs.at(-1).sections.at(-1).columns.push([]);
    else if (!/ Break$|^Fold$/.test(field.fieldtype)) tabs.at(-1).sections.at(-1).columns.at(-1).push(field);
  }
  return tabs;
}

const shownOf = (tabs, ruleOf) =>
  tabs
    .map(({ tab, sections }) => ({
      tab,
      sections: sections
        .map(({ section, columns }) => ({
          section,
          columns: columns.map((each) => each.filter((field) => !ruleOf(field).hidden)).filter((each) => each.length),
        }))
        .filter(({ section, columns }) => columns.length && !(section && ruleOf(section).hidden)),
    }))
    .filter(({ tab, sections }) => sections.length && !(tab && ruleOf(tab).hidden));

/**
 * All fields. `set(fieldname, value)`; `errors` by path; `path` is what stands before a fieldname there; what else is
 * given goes to the controls.
 * @param {{
 *   meta: import("../model/meta.js").Meta, doc: object, parent?: object, errors: Record<string, string>,
 *   [more: string]: any,
 * }} props
 */
export function Fields({ meta, doc, parent, rules, set, errors, path = "", ...more }) {
  const ruleOf = (field) => rules(field, doc, parent);
  const tabs = shownOf(arrange(meta.fields), ruleOf);
  const [chosen, setChosen] = useState(0);
  const id = useId();
  const wrong = Object.keys(errors);
  const isWrong = ({ fieldname }) =>
    wrong.some((key) => key === path + fieldname || key.startsWith(`${path}${fieldname}.`));
  const faulty = tabs.findIndex((tab) => tab.sections.some((each) => each.columns.flat().some(isWrong)));
  useEffect(() => void (faulty >= 0 && setChosen(faulty)), [errors]);
  const at = Math.min(chosen, tabs.length - 1);
  const turn = (event) => {
    const by =
      { ArrowRight: 1, ArrowLeft: -1 }[event.key] *
      (getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1);
    if (!by) return;
    const next = (at + by + tabs.length) % tabs.length;
    setChosen(next);
    event.currentTarget.children[next].focus();
  };
  return html`
    <div class="fields">
      ${tabs.length > 1 && html`
        <div class="tabs" role="tablist" aria-label="Parts of the form" onKeyDown=${turn}>
          ${tabs.map(({ tab }, index) => html`
            <button
              type="button"
              role="tab"
              id=${`${id}-${index}`}
              aria-controls=${`${id}-panel`}
              aria-selected=${index === at}
              tabindex=${index === at ? 0 : -1}
              onClick=${() => setChosen(index)}
            >
              ${tab?.label || "Details"}
            </button>
          `)}
        </div>
      `}
      <div id=${`${id}-panel`} ...${tabs.length > 1 && { role: "tabpanel", "aria-labelledby": `${id}-${at}` }}>
        ${tabs[at]?.sections.map(({ section, columns }, index) => html`
          <${Section}
            key=${section?.fieldname ?? index}
            section=${section}
            open=${columns.flat().some((each) => errors[path + each.fieldname])}
          >
            ${columns.map((fields) => html`
              <div class="column">
                ${fields.map((field) => html`
                  <${Field}
                    key=${field.fieldname}
                    ...${{ field, doc, parent, rules, set, errors, ...more }}
                    path=${path + field.fieldname}
                    rule=${ruleOf(field)}
                  />
                `)}
              </div>
            `)}
          <//>
        `)}
      </div>
    </div>
  `;
}

function Section({ section, open, children }) {
  const head = section?.label && html`<h2>${section.label}</h2>`;
  const told = section?.description && html`<p class="muted">${section.description}</p>`;
  if (section?.collapsible && section.label)
    return html`
      <details class="section" open=${open}>
        <summary>${head}</summary>${told}<div class="columns">${children}</div>
      </details>
    `;
  return html`<section class="section">${head}${told}<div class="columns">${children}</div></section>`;
}

function Field({ field, doc, rule, path, errors, set, tables, ...more }) {
  const still = rule.readOnly && !STILL_OWN.has(field.fieldtype);
  const description = [field.description, rule.locked && `Needs the right to permission level ${field.permlevel}.`]
    .filter(Boolean)
    .join(" ");
  if (field.fieldtype === "Heading") return html`<h3>${labelOf(field)}</h3>`;
  return html`
    <div class=${classes("slot", errors[path] && "wrong")} data-path=${path}>
      <${Labelled}
        ...${{ ...more, doc, path, errors }}
        child=${tables?.[field.options]}
        field=${{ ...field, description, reqd: rule.required && !rule.readOnly }}
        as=${still ? Still : undefined}
        value=${doc[field.fieldname]}
        readOnly=${rule.readOnly}
        error=${errors[path]}
        onChange=${(value) => set(field.fieldname, value)}
      />
    </div>
  `;
}
