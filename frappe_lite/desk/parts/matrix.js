/** The rules of a DocType as a matrix of roles and rights; changed where they stand, and taken back. */
import { method, reboot } from "../model/api.js";
import { ABOVE, idOf, MANAGER, read, RIGHTS } from "../model/permissions.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { classes, html, useEffect, useState } from "../model/view.js";
import { ask, openDialog, showError, toast } from "./dialogs.js";
import { Loaded } from "./shell.js";

/** The rules of a DocType: a row for each role and level, a box for each right; `ownRights` are those of its own. */
export function Matrix({ doctype, roles, ownRights = [] }) {
  const found = useResource(
    (signal) =>
      Promise.all([
        read("get_permissions", { doctype }, signal),
        read("get_standard_permissions", { doctype }, signal),
      ]),
    [doctype],
  );
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState({}); // what was ticked, until the server's answer is shown
  useEffect(() => setSent({}), [found.data]);
  const act = async (name, args, word) => {
    setBusy(true);
    await method(`${MANAGER}.${name}`, args).then(
      async () => (await reboot(), found.reload(), word && toast(word, { kind: "good" })),
      (error) => (showError(error), setSent({}), found.reload()),
    );
    setBusy(false);
  };
  const add = async () => {
    const made = await openDialog(AddRule, { title: "Add a rule", roles });
    if (made) await act("add", { parent: doctype, ...made }, "Added, with the right to read");
  };
  const reset = async () => {
    const [title, text] = ["Back to what the DocType itself says?", "All that was changed here is lost."];
    if (await ask({ title, text, action: "Reset", danger: true }))
      await act("reset", { doctype }, "As the DocType says");
  };
  return html`
    <${Loaded} title="Permissions" ...${found}>
      ${([rules, standard]) => {
        const before = new Map(standard.map((rule) => [idOf(rule), rule]));
        const rights = [...RIGHTS, ...ownRights].filter(
          (each) => rules[0]?.is_submittable || !["submit", "cancel", "amend"].includes(each),
        );
        const differs = (rule, right) => Boolean(rule[right]) !== Boolean(before.get(idOf(rule))?.[right]);
        const gone = standard.filter((rule) => !rules.some((each) => idOf(each) === idOf(rule)));
        const own =
          gone.length > 0 ||
          rules.some((rule) => !before.has(idOf(rule)) || rights.some((right) => differs(rule, right)));
        return html`
          <section>
            <div class="row">
              <button onClick=${add} disabled=${busy}>Add a rule…</button>
              ${own && html`<button class="danger" onClick=${reset} disabled=${busy}>Reset…</button>`}
              <p class="muted">
                ${own
                  ? "Changed here; what differs from the DocType is marked."
                  : "As the DocType itself says. A first change copies all of it, so that nobody loses a right by it."}
              </p>
            </div>
            <div class="wide" tabindex="0" role="region" aria-label="Rules" aria-busy=${busy}>
              <table class="rights">
                <thead>
                  <tr>
                    <th scope="col">Role</th>
                    <th scope="col">Level</th>
                    ${rights.map((right) => html`<th scope="col" key=${right}>${right}</th>`)}
                    <th scope="col">Own only</th>
                    <th scope="col"><span class="unseen">Remove</span></th>
                  </tr>
                </thead>
                <tbody>
                  ${rules.map((rule) => {
                    const at = { role: rule.role, permlevel: rule.permlevel ?? 0, if_owner: rule.if_owner ? 1 : 0 };
                    const level = at.permlevel ? `, level ${at.permlevel}` : "";
                    const whose = `${rule.role}${at.if_owner ? ", own only" : ""}${level}`;
                    const box = (right, label = right) => html`
                      <input
                        type="checkbox"
                        aria-label=${`${whose}: ${label}`}
                        disabled=${busy}
                        checked=${sent[`${idOf(rule)}/${right}`] ?? Boolean(rule[right])}
                        onChange=${(event) => (
                          setSent({ [`${idOf(rule)}/${right}`]: event.target.checked }),
                          act("update", { doctype, ...at, ptype: right, value: event.target.checked ? 1 : 0 })
                        )}
                      />
                    `;
                    return html`
                      <tr key=${idOf(rule)} class=${before.has(idOf(rule)) ? "" : "new"}>
                        <th scope="row"><a href=${href("permissions", { role: rule.role })}>${rule.role}</a></th>
                        <td data-label="Level">${at.permlevel}</td>
                        ${rights.map((right) => html`
                          <td
                            key=${right}
                            data-label=${right}
                            class=${classes("box", differs(rule, right) && "differs")}
                          >
                            ${(!at.permlevel || ABOVE.includes(right)) && box(right)}
                          </td>
                        `)}
                        <td class="box" data-label="Own only">${!at.permlevel && box("if_owner", "own only")}</td>
                        <td>
                          <button
                            class="quiet"
                            disabled=${busy}
                            aria-label=${`Remove ${rule.role}, level ${at.permlevel}`}
                            onClick=${() => act("remove", { doctype, ...at }, "Removed")}
                          >
                            ✕
                          </button>
                        </td>
                      </tr>
                    `;
                  })}
                  ${gone.map((rule) => html`
                    <tr key=${`gone ${idOf(rule)}`} class="gone">
                      <th scope="row"><del>${rule.role}</del></th>
                      <td data-label="Level">${rule.permlevel ?? 0}</td>
                      <td colspan=${rights.length + 2} class="muted">was taken away here</td>
                    </tr>
                  `)}
                </tbody>
              </table>
            </div>
          </section>
        `;
      }}
    <//>
  `;
}

function AddRule({ roles, close }) {
  const [role, setRole] = useState("");
  const [permlevel, setLevel] = useState(0);
  return html`
    <form onSubmit=${(event) => (event.preventDefault(), close({ role, permlevel }))}>
      <div class="field">
        <label for="rule-role">Role</label>
        <select id="rule-role" required value=${role} onChange=${(event) => setRole(event.target.value)}>
          <option value="">Choose…</option>
          ${roles.map((each) => html`<option value=${each.value}>${each.label}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="rule-level">Level</label>
        <input
          id="rule-level"
          type="number"
          min="0"
          max="9"
          value=${permlevel}
          onInput=${(event) => setLevel(Number(event.target.value))}
        />
        <p class="told">0 for the document; a higher one for the fields of that level.</p>
      </div>
      <footer>
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary" disabled=${!role}>Add</button>
      </footer>
    </form>
  `;
}
