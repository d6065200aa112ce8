/** A file: chosen or dropped, uploaded with progress, shown. */
import { upload } from "../model/api.js";
import { labelOf } from "../model/meta.js";
import { html, useState } from "../model/view.js";
import { fileUrl } from "./readonly.js";
import { control } from "./registry.js";
import { showError } from "../parts/dialogs.js";

const PICTURE = /\.(png|jpe?g|gif|webp|avif|bmp)$/i;

/** A link to a file, with a picture of it if it is one. */
export const Shown = ({ url, name }) => html`
  <a class="file" href=${fileUrl(url)} target="_blank" rel="noopener">
    ${PICTURE.test(url) && html`<img class="preview" src=${fileUrl(url)} alt="" loading="lazy" />`}
    <span>${name ?? decodeURI(url.split("/").at(-1))}</span>
  </a>
`;

/**
 * Where files are chosen and dropped; `onFile` gets the File document of each. `values` go with it: doctype, docname,
 * fieldname.
 */
export function Upload({ values, label, accept, multiple, id, onFile, describedby, invalid }) {
  const [share, setShare] = useState(null);
  const [hidden, setHidden] = useState(true);
  const send = async (files) => {
    for (const each of files) {
      setShare(0);
      await upload(each, { ...values, is_private: Number(hidden) }, setShare).then(onFile, showError);
    }
    setShare(null);
  };
  return html`
    <div
      class="drop"
      onDragOver=${(event) => event.preventDefault()}
      onDrop=${(event) => (
        event.preventDefault(),
        send([...event.dataTransfer.files].slice(0, multiple ? undefined : 1))
      )}
    >
      ${share === null
        ? html`
          <input
            type="file"
            id=${id}
            aria-label=${label}
            aria-describedby=${describedby}
            aria-invalid=${invalid || undefined}
            accept=${accept}
            multiple=${multiple}
            onChange=${(event) => send([...event.target.files])}
          />
          <label>
            <input type="checkbox" checked=${hidden} onChange=${(event) => setHidden(event.target.checked)} /> Private
          </label>
        `
        : html`<progress value=${share} aria-label="Uploading" />`}
    </div>
  `;
}

control(["Attach", "Attach Image"], ({ field, value, onChange, readOnly, id, doc, describedby, invalid }) => {
  if (value)
    return html`
      <div class="attached">
        <${Shown} url=${value} />
        ${!readOnly && html`
          <button
            type="button"
            id=${id}
            class="quiet"
            aria-label=${`Remove ${labelOf(field)}`}
            onClick=${() => onChange(null)}
          >
            ✕
          </button>
        `}
      </div>
    `;
  const values = doc?.name
    ? { doctype: doc.doctype, docname: doc.name, fieldname: field.fieldname }
    : { fieldname: field.fieldname };
  return readOnly
    ? html`<span class="muted">–</span>`
    : html`
      <${Upload}
        id=${id}
        label=${labelOf(field)}
        ...${{ values, describedby, invalid }}
        accept=${field.fieldtype === "Attach Image" ? "image/*" : undefined}
        onFile=${(file) => onChange(file.file_url)}
      />
    `;
});
