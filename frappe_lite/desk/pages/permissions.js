/**
 * /app/permissions: which role has which right on a DocType's documents; what its app says, what was changed, and back
 * to it.
 */
import { idOf, read, RIGHTS } from "../model/permissions.js";
import { useResource } from "../model/resource.js";
import { href, navigate } from "../model/router.js";
import { findDocType, manages, slug } from "../model/site.js";
import { html, sheet } from "../model/view.js";
import { Matrix } from "../parts/matrix.js";
import { Loaded, Missing, Problem, useTitle } from "../parts/shell.js";

await sheet("panel.css");

export default function Permissions({ params, query }) {
  useTitle("Permissions");
  const role = query.get("role") ?? "";
  const known = useResource(
    (signal) => (manages() ? read("get_roles_and_doctypes", {}, signal) : Promise.resolve(null)),
    [],
  );
  if (!manages()) return html`<${Problem} title="Permissions"><p>This page is for System Managers.</p><//>`;
  const info = params.doctype && findDocType(params.doctype);
  if (params.doctype && !info) return html`<${Missing} what=${`DocType ${params.doctype}`} />`;
  return html`
    <header class="head">
      <h1>Permissions</h1>
      ${info && html`<a class="button" href=${href(slug(info.name))}>${info.name}</a>`}
    </header>
    <div class="panel">
      <${Loaded} title="Permissions" ...${known}>
        ${({ doctypes, roles, doctype_ptype_map: own }) => html`
          <div class="row">
            <label class="field">
              DocType${" "}
              <select
                value=${info?.name ?? ""}
                onChange=${(event) =>
                  navigate(event.target.value ? href("permissions", slug(event.target.value)) : href("permissions"))}
              >
                <option value="">Choose…</option>
                ${doctypes.map((each) => html`<option value=${each.value}>${each.label}</option>`)}
              </select>
            </label>
            <label class="field">
              or role${" "}
              <select
                value=${info ? "" : role}
                onChange=${(event) =>
                  navigate(
                    event.target.value ? href("permissions", { role: event.target.value }) : href("permissions"),
                  )}
              >
                <option value="">Choose…</option>
                ${roles.map((each) => html`<option value=${each.value}>${each.label}</option>`)}
              </select>
            </label>
          </div>
          ${info
            ? doctypes.some((each) => each.value === info.name)
              ? html`<${Matrix} key=${info.name} doctype=${info.name} roles=${roles} ownRights=${own[info.name]} />`
              : html`<p class="muted">The rules of ${info.name} are fixed: the site depends on them.</p>`
            : role
              ? html`<${OfRole} key=${role} role=${role} own=${own} />`
              : html`
                <p class="muted">
                  Choose a DocType to see and change who may do what with its documents, or a role to see all that it
                  may do.
                </p>
              `}
        `}
      <//>
    </div>
  `;
}

/** What a role may do, and who has it. */
function OfRole({ role, own }) {
  const found = useResource(
    (signal) => Promise.all([read("get_permissions", { role }, signal), read("get_users_with_role", { role }, signal)]),
    [role],
  );
  const rights = (rule) => [...RIGHTS, ...(own[rule.parent] ?? [])].filter((right) => rule[right]).join(", ");
  return html`
    <${Loaded} title=${role} ...${found}>
      ${([rules, users]) => html`
        <section>
          <h2>People with the role ${role}</h2>
          ${users.length
            ? html`
              <p>
                ${users.map((user, at) => html`${at > 0 && ", "}<a key=${user} href=${href("user", user)}>${user}</a>`)}
              </p>
            `
            : html`<p class="muted">Nobody was given it.</p>`}
        </section>
        <section>
          <h2>What it gives</h2>
          <div class="wide" tabindex="0" role="region" aria-label="What it gives">
            <table>
              <thead>
                <tr>
                  <th scope="col">DocType</th>
                  <th scope="col">Level</th>
                  <th scope="col">Rights</th>
                </tr>
              </thead>
              <tbody>
                ${rules.map((rule) => html`
                  <tr key=${rule.parent + idOf(rule)}>
                    <th scope="row"><a href=${href("permissions", slug(rule.parent))}>${rule.parent}</a></th>
                    <td data-label="Level">${rule.permlevel ?? 0}</td>
                    <td>${rights(rule)}${rule.if_owner ? html` <small>own only</small>` : ""}</td>
                  </tr>
                `)}
              </tbody>
            </table>
          </div>
        </section>
      `}
    <//>
  `;
}
