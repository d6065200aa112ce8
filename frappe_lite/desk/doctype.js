/** The editor of a DocType. */
import { Problem, useTitle } from "./shell.js";
import { html } from "./view.js";

export default function Page() {
  useTitle("The editor of a DocType");
  return html`<${Problem} title="The editor of a DocType">Not there yet.<//>`;
}
