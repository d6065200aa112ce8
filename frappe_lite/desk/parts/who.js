/** Who may read and write a document, and by which rule: the answers of the server's own `why`, person by person. */
import { documents } from "../model/api.js";
import { useResource } from "../model/resource.js";
import { href } from "../model/router.js";
import { html } from "../model/view.js";
import { Loaded } from "./shell.js";

const MOST = 60;
const AT_ONCE = 4;

/** Who is asked about: those who can sign in. */
const ENABLED = [
  ["enabled", "=", 1],
  ["name", "!=", "Guest"],
];

async function ask(doctype, name, signal) {
  const query = { fields: ["name", "full_name"], filters: ENABLED, order_by: "name asc", limit: MOST };
  const { data: people } = await documents.list("User", query, { signal });
  const answer = async (person) => {
    const why = (permission) => documents.why(doctype, name, permission, { signal, user: person.name });
    return { ...person, rights: await Promise.all(["read", "write"].map(why)) };
  };
  const found = [];
  for (let at = 0; at < people.length; at += AT_ONCE)
    found.push(...(await Promise.all(people.slice(at, at + AT_ONCE).map(answer))));
  return found;
}

/** The dialog. */
export function Who({ doctype, name, close }) {
  const found = useResource((signal) => ask(doctype, name, signal), [doctype, name]);
  return html`
    <${Loaded} title="Who may" ...${found}>
      ${(people) => html`
        <div class="grid-scroll who-may">
          <table class="compare">
            <thead>
              <tr>
                <th scope="col">Person</th>
                <th scope="col">Reads</th>
                <th scope="col">Writes</th>
              </tr>
            </thead>
            <tbody>
              ${people.map((each) => html`
                <tr key=${each.name}>
                  <th scope="row"><a href=${href("user", each.name)}>${each.full_name || each.name}</a></th>
                  ${each.rights.map((right) => html`
                    <td>
                      <strong>${right.allowed ? "Yes" : "No"}</strong>
                      <br />
                      <small>${right.reason}</small>
                    </td>
                  `)}
                </tr>
              `)}
            </tbody>
          </table>
        </div>
        ${people.length === MOST && html`<p class="muted">The first ${MOST} people.</p>`}
        <footer><button class="primary" onClick=${() => close()}>Close</button></footer>
      `}
    <//>
  `;
}
