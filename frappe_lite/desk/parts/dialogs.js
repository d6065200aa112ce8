/**
 * What comes up over a page: questions, dialogs, short messages. The browser's own <dialog> keeps the focus inside and
 * Escape working.
 *
 *   if (await ask({ title: "Delete 3 documents?", text: "…", action: "Delete", danger: true })) …
 *   const values = await openDialog(Component, props)
 *   toast("Saved")       showError(error)
 *
 * The component of a dialog gets {close, …props}: close(value) answers, Escape answers undefined.
 */
import { classes, html, signal, useLayoutEffect, useRef } from "../model/view.js";

const open = signal([]);
const toasts = signal([]);
let last = 0;

/**
 * Show a component in a dialog; what it answers. `title` among the props is its heading; with `keep` only the component
 * closes it.
 */
export function openDialog(component, props = {}) {
  return new Promise((resolve) => {
    const key = ++last;
    const close = (value) => {
      open.value = open.value.filter((each) => each.key !== key);
      resolve(value);
    };
    open.value = [...open.value, { key, component, close, props }];
  });
}

/** A question with one action; whether it was taken. */
export const ask = (props) => openDialog(Question, props).then(Boolean);

function Question({ text, action = "OK", danger, close }) {
  return html`
    <form method="dialog" onSubmit=${(event) => (event.preventDefault(), close(true))}>
      ${text && html`<p>${text}</p>`}
      <footer>
        <button type="button" onClick=${() => close(false)}>Cancel</button>
        <button class=${danger ? "danger" : "primary"} autofocus>${action}</button>
      </footer>
    </form>
  `;
}

/** A short message; `kind` is "", "good" or "bad". A bad one stays until it is put away. */
export function toast(text, { kind = "" } = {}) {
  const key = ++last;
  toasts.value = [...toasts.value.slice(-3), { key, text, kind }];
  if (kind !== "bad") setTimeout(() => dismiss(key), 5000);
}

const dismiss = (key) => (toasts.value = toasts.value.filter((each) => each.key !== key));

/** Say what went wrong, in the server's words. What was given up on purpose is no error. */
export function showError(error) {
  if (error?.name === "AbortError") return;
  if (error?.name !== "ApiError") console.error(error);
  toast(error?.message || String(error), { kind: "bad" });
}

function Modal({ component, props, close, last }) {
  const box = useRef();
  // a choice of files says "cancel", too
  const leave = (event) => event.target === box.current && (event.preventDefault(), props.keep || close());
  useLayoutEffect(() => box.current.showModal(), []); // before the next key: what is typed after Ctrl+K belongs to it
  return html`
    <dialog
      ref=${box}
      class=${classes("modal", props.wide && "wide")}
      aria-label=${props.title}
      onCancel=${leave}
      closedby=${props.keep ? "none" : undefined}
      onMouseDown=${leave}
    >
      <div>
        ${props.title && html`<h2>${props.title}</h2>`}
        <${component} ...${props} close=${close} />
      </div>
      ${last && html`<${Toasts} />`}
    </dialog>
  `;
}

/** Inside the dialog that is on top, if there is one: all else is behind it, and cannot be clicked nor heard. */
const Toasts = () => html`
  <div class="toasts" role="status">
    ${toasts.value.map((each) => html`
      <p key=${each.key} class=${each.kind} role=${each.kind === "bad" ? "alert" : undefined}>
        <span>${each.text}</span>
        <button type="button" class="quiet" aria-label="Dismiss" onClick=${() => dismiss(each.key)}>✕</button>
      </p>
    `)}
  </div>
`;

/** Where all of it is shown: once, in the shell. */
export function Overlays() {
  return html`
    ${open.value.map((each, index) => html`
      <${Modal} key=${each.key} ...${each} last=${index === open.value.length - 1} />
    `)}
    ${!open.value.length && html`<${Toasts} />`}
  `;
}
