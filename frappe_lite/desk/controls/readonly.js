/**
 * Values that are read: text in place of an input; and HTML of the server's, made of nodes without anything that acts.
 */
import { display } from "../model/format.js";
import { href } from "../model/router.js";
import { boot, findDocType, slug } from "../model/site.js";
import { linkTitle } from "../model/titles.js";
import { html, useLayoutEffect, useRef } from "../model/view.js";
import { control } from "./registry.js";

/** Fieldtypes whose control itself shows what is only read. */
export const STILL_OWN = new Set([
  "Table", "Table MultiSelect", "Check", "Attach", "Attach Image", "Image", "HTML", "Button", "Rating",
]);

/** The nodes of HTML. The server cleans it, and the policy runs no script; this holds even where neither did. */
export function nodes(text) {
  const { body } = new DOMParser().parseFromString(String(text ?? ""), "text/html");
  for (const each of body.querySelectorAll("script, style, link, meta, base, iframe, object, embed, form"))
    each.remove();
  for (const each of body.querySelectorAll("*"))
    for (const { name, value } of Array.from(each.attributes))
      if (name.startsWith("on") || name === "style" || /^\s*(javascript|vbscript|data:text)/i.test(value))
        each.removeAttribute(name);
  return [...body.childNodes];
}

/** HTML as it looks. */
export function Rich({ text, ...more }) {
  const box = useRef();
  useLayoutEffect(() => box.current.replaceChildren(...nodes(text)), [text]);
  return html`<div class="rich" ref=${box} ...${more} />`;
}

/** The address of the document that a link's value means, if the user may read its DocType. */
export const target = (field, value, doc) => {
  const doctype = findDocType(field.fieldtype === "Dynamic Link" ? doc?.[field.options] : field.options);
  return value && doctype && href(slug(doctype.name), value);
};

/** A file's address below the prefix. */
export const fileUrl = (url) =>
  url?.startsWith("/") ? boot.value.prefix + url : /^(https?:|data:image\/)/i.test(url ?? "") ? url : undefined;

/** A value to be read. */
export function Still({ field, value, id, describedby, doc }) {
  const shown = display({ ...field, fieldtype: field.fieldtype.replace(/^Text Editor$/, "Data") }, value);
  if (field.fieldtype === "Text Editor") return html`<${Rich} id=${id} text=${value} />`;
  if (field.fieldtype === "Signature" && String(value ?? "").startsWith("data:image/"))
    return html`<img id=${id} class="preview" src=${value} alt=${field.label} />`;
  const to = ["Link", "Dynamic Link"].includes(field.fieldtype) && target(field, value, doc);
  const whole = /^(Code|JSON|Text|Small Text|Long Text|Markdown Editor|HTML Editor)$/.test(field.fieldtype)
    ? typeof value === "object" && value
      ? JSON.stringify(value, null, 2)
      : value
    : shown;
  return html`
    <output id=${id} class="still" aria-live="off" aria-describedby=${describedby}>
      ${to
        ? html`
          <a href=${to} title=${shown}>
            ${linkTitle(field.fieldtype === "Link" ? field.options : doc?.[field.options], value) ?? shown}
          </a>
        `
        : whole || html`<span class="muted">–</span>`}
    </output>
  `;
}

control(["Read Only", "Geolocation", "Signature", "Barcode"], Still);
control(["HTML"], ({ field }) => html`<${Rich} text=${field.options} />`);
control(["Image"], ({ field, doc }) =>
  doc?.[field.options]
    ? html`<img class="preview" src=${fileUrl(doc[field.options])} alt=${field.label || field.fieldname} />`
    : html`<span class="muted">–</span>`,
);
