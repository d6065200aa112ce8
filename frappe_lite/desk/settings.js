/** Keys and sessions. */
import { Problem, useTitle } from "./shell.js";
import { html } from "./view.js";

export default function Page() {
  useTitle("Keys and sessions");
  return html`<${Problem} title="Keys and sessions">Not there yet.<//>`;
}
