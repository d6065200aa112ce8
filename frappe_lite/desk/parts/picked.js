/** Files for a document that is not saved yet: they wait here, and hang on it as soon as it has a name. */
import { upload } from "../model/api.js";
import { html, useState } from "../model/view.js";
import { showError, toast } from "./dialogs.js";

const size = (bytes) =>
  bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1_000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;

/** Beside a new document: files that were picked, [{file, hidden}], and where more are picked or dropped. */
export function Picked({ files, onChange }) {
  const [hidden, setHidden] = useState(true);
  const add = (given) => onChange([...files, ...Array.from(given, (file) => ({ file, hidden }))]);
  return html`
    <aside class="aside" aria-label="Beside the document">
      <section>
        <h2>Files</h2>
        ${files.map(({ file, hidden: closed }, at) => html`
          <div class="attached" key=${at}>
            <span class="file">${file.name} <small>${size(file.size)}${closed ? "" : ", public"}</small></span>
            <button
              class="quiet"
              aria-label=${`Leave out ${file.name}`}
              onClick=${() => onChange(files.toSpliced(at, 1))}
            >
              ✕
            </button>
          </div>
        `)}
        <div
          class="drop"
          onDragOver=${(event) => event.preventDefault()}
          onDrop=${(event) => (event.preventDefault(), add(event.dataTransfer.files))}
        >
          <input
            type="file"
            multiple
            aria-label="Attach files"
            onChange=${(event) => (add(event.target.files), (event.target.value = ""))}
          />
          <label>
            <input type="checkbox" checked=${hidden} onChange=${(event) => setHidden(event.target.checked)} /> Private
          </label>
        </div>
        <p>They are sent when the document is saved.</p>
      </section>
    </aside>
  `;
}

/** Send them to the document; what was refused is told by name, and the document stays. */
export async function sendPicked(files, { doctype, name }) {
  for (const { file, hidden } of files) {
    await upload(file, { doctype, docname: name, is_private: Number(hidden) }).catch((error) => {
      toast(`${file.name} is not attached`, { kind: "bad" });
      showError(error);
    });
  }
}
