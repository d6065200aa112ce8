/** The server. */
import { Problem, useTitle } from "./shell.js";
import { html } from "./view.js";

export default function Page() {
  useTitle("The server");
  return html`<${Problem} title="The server">Not there yet.<//>`;
}
