/**
 * What stands beside a document: who has it, tags, files, with whom it is shared; below it comments and what changed.
 */
import { method } from "../model/api.js";
import { display } from "../model/format.js";
import { labelOf } from "../model/meta.js";
import { boot } from "../model/site.js";
import { classes, html, useState } from "../model/view.js";
import { Shown, Upload } from "../controls/file.js";
import "../controls/link.js";
import { Rich } from "../controls/readonly.js";
import { Control } from "../controls/registry.js";
import { showError } from "./dialogs.js";

const TAG = "frappe.desk.doctype.tag.tag";
const ASSIGN = "frappe.desk.form.assign_to";
const moment = (value) => html`<time>${display({ fieldtype: "Datetime" }, value)}</time>`;

/** `info` is Frappe's docinfo; `reload` asks for it again. */
export function Beside({ meta, doc, info, reload, touched }) {
  const [count, setCount] = useState(0); // a link that was taken begins anew
  const act = (name, args) => method(name, args).then(() => (setCount(count + 1), reload()), showError);
  const liked = info.like_logs.some((each) => each.owner === boot.value.user.name);
  const tags = (info.tags ?? "").split(",").filter(Boolean);
  const user = (label, onChange) => html`
    <${Control}
      key=${label + count}
      field=${{ fieldname: label, label, fieldtype: "Link", options: "User", placeholder: label }}
      value=${null}
      onChange=${onChange}
    />
  `;
  const chip = (text, title, remove) => html`
    <span class="chip" key=${text}>
      <span>${text}</span>
      <button class="quiet" aria-label=${title} onClick=${remove}>✕</button>
    </span>
  `;
  return html`
    <aside class="aside" aria-label="Beside the document">
      <section>
        <h2>Assigned to</h2>
        <div class="chips">
          ${info.assignments.map((each) =>
            chip(each.owner, `Take it back from ${each.owner}`, () =>
              act(`${ASSIGN}.remove`, { doctype: meta.name, name: doc.name, assign_to: each.owner }),
            ),
          )}
        </div>
        ${user(
          "Assign to",
          (given) => given && act(`${ASSIGN}.add`, { doctype: meta.name, name: doc.name, assign_to: [given] }),
        )}
      </section>
      <section>
        <h2>Tags</h2>
        <div class="chips">
          ${tags.map((each) =>
            chip(each, `Remove the tag ${each}`, () =>
              act(`${TAG}.remove_tag`, { tag: each, dt: meta.name, dn: doc.name }).then(touched),
            ),
          )}
        </div>
        <form
          onSubmit=${(event) => (
            event.preventDefault(),
            act(`${TAG}.add_tag`, { tag: event.target.tag.value, dt: meta.name, dn: doc.name }).then(touched),
            event.target.reset()
          )}
        >
          <input name="tag" aria-label="Add a tag" placeholder="Add a tag" required />
        </form>
      </section>
      <section>
        <h2>Files</h2>
        ${info.attachments.map((each) => html`
          <div class="attached" key=${each.name}>
            <${Shown} url=${each.file_url} name=${each.file_name} />
            <button
              class="quiet"
              aria-label=${`Delete ${each.file_name}`}
              onClick=${() =>
                act("frappe.desk.form.utils.remove_attach", { fid: each.name, dt: meta.name, dn: doc.name })}
            >
              ✕
            </button>
          </div>
        `)}
        <${Upload} label="Attach files" multiple values=${{ doctype: meta.name, docname: doc.name }} onFile=${reload} />
      </section>
      ${Boolean(info.permissions.share) && html`
        <section>
          <h2>Shared with</h2>
          <div class="chips">
            ${info.shared.map((each) =>
              chip(each.everyone ? "Everyone" : each.user, `Share no more with ${each.user}`, () =>
                act("frappe.share.set_permission", {
                  doctype: meta.name,
                  name: doc.name,
                  user: each.user,
                  permission_to: "read",
                  value: 0,
                  everyone: each.everyone,
                }),
              ),
            )}
          </div>
          ${user(
            "Share with",
            (given) => given && act("frappe.share.add", { doctype: meta.name, name: doc.name, user: given, read: 1 }),
          )}
        </section>
      `}
      <section class="muted">
        <button
          class=${classes("quiet", liked && "liked")}
          aria-pressed=${liked}
          onClick=${() =>
            act("frappe.desk.like.toggle_like", { doctype: meta.name, name: doc.name, add: liked ? "No" : "Yes" })}
        >
          ♥ ${info.like_logs.length || "Like"}
        </button>
        <p>Made by ${doc.owner}, ${moment(doc.creation)}</p>
        <p>Changed by ${doc.modified_by}, ${moment(doc.modified)}</p>
      </section>
    </aside>
  `;
}

const short = (field, value) => display(field ?? { fieldtype: "Data" }, value) || "nothing";

/** The lines of a version. */
function lines(meta, tables, data) {
  const named = (fields, name) => fields?.find((each) => each.fieldname === name);
  const line = (label, field, before, after) => html`
    <li><strong>${label}</strong>: <del>${short(field, before)}</del> → <ins>${short(field, after)}</ins></li>
  `;
  const table = (name) => named(meta.fields, name);
  return [
    ...data.changed.map(([name, before, after]) =>
      line(
        name === "docstatus" ? "Document status" : labelOf(named(meta.fields, name) ?? { fieldname: name }),
        name === "docstatus" ? { fieldname: name } : named(meta.fields, name),
        before,
        after,
      ),
    ),
    ...data.row_changed.flatMap(([name, index, , changes]) =>
      changes.map(([key, before, after]) => {
        const field = named(tables[table(name)?.options]?.fields, key);
        return line(
          `${labelOf(table(name) ?? { fieldname: name })} ${index + 1}, ${labelOf(field ?? { fieldname: key })}`,
          field,
          before,
          after,
        );
      }),
    ),
    ...[
      ["added", "row added to"],
      ["removed", "row removed from"],
    ].flatMap(([key, words]) =>
      data[key].map(([name]) => html`
        <li>A ${words} <strong>${labelOf(table(name) ?? { fieldname: name })}</strong></li>
      `),
    ),
  ];
}

/** Comments and versions, the newest first. */
export function Timeline({ meta, tables, doc, info, reload }) {
  const [text, setText] = useState("");
  const add = (event) => {
    event.preventDefault();
    const content = document.createElement("div");
    content.innerText = text.trim(); // its line ends become <br>, its markup text
    method("frappe.desk.form.utils.add_comment", {
      reference_doctype: meta.name,
      reference_name: doc.name,
      content: content.getHTML(),
    }).then(() => (setText(""), reload()), showError);
  };
  const entries = [
    ...info.comments.map((each) => ({
      ...each,
      who: each.comment_by || each.owner,
      body: html`<${Rich} text=${each.content} />`,
    })),
    ...info.versions.map((each) => ({
      ...each,
      who: each.owner,
      body: html`<ul class="changes">${lines(meta, tables, JSON.parse(each.data))}</ul>`,
    })),
  ].sort((a, b) => b.creation.localeCompare(a.creation));
  return html`
    <section class="timeline" aria-label="Comments and changes">
      <h2>Comments and changes</h2>
      <form onSubmit=${add}>
        <textarea
          rows="2"
          aria-label="Comment"
          placeholder="Write a comment"
          required
          value=${text}
          onInput=${(event) => setText(event.target.value)}
          onKeyDown=${(event) =>
            event.key === "Enter" &&
            event.ctrlKey &&
            (event.stopPropagation(), event.preventDefault(), text.trim() && add(event))}
        />
        <button disabled=${!text.trim()}>Comment</button>
      </form>
      <ol>
        ${entries.map((each) => html`
          <li key=${each.name} class=${each.data ? "" : "comment"}>
            <p>
              <strong>${each.who}</strong>${" "}
              <span class="muted">${each.data ? "changed" : "wrote"}, ${moment(each.creation)}</span>
            </p>
            ${each.body}
          </li>
        `)}
        <li><p><strong>${doc.owner}</strong> <span class="muted">made it, ${moment(doc.creation)}</span></p></li>
      </ol>
    </section>
  `;
}
