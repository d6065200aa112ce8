/** The form of a document. */
import { Problem, useTitle } from "./shell.js";
import { html } from "./view.js";

export default function Page() {
  useTitle("The form of a document");
  return html`<${Problem} title="The form of a document">Not there yet.<//>`;
}
