/**
 * What every component is made of: Preact, htm and signals under one name. Nothing else imports from vendor/, but what
 * is loaded lazily.
 */
import htm from "../vendor/htm.js";
import { h, options } from "../vendor/preact.js";

export { Component, Fragment, render } from "../vendor/preact.js";
export { useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.js";
export { batch, computed, effect, signal, useSignal } from "../vendor/signals.js";

/** Markup as a tagged template: html`<p class="note">${text}</p>`. Text is always escaped. */
export const html = htm.bind(h);

/** Class names, the falsy ones left out. */
export const classes = (...names) => names.filter(Boolean).join(" ");

/** A set with an item, or without it if it has it. */
export const toggled = (set, item) =>
  new Set(set.has(item) ? [...set].filter((each) => each !== item) : [...set, item]);

/**
 * Do `act`, and show what it changed before this returns: what a person chooses next begins with it, however quick they
 * are.
 */
export function showAtOnce(act) {
  const before = options.debounceRendering;
  options.debounceRendering = (render) => render();
  try {
    act();
  } finally {
    options.debounceRendering = before;
  }
}

/**
 * Load a stylesheet that the first view does without: `await sheet("form.css")` at the top of the module that needs it.
 */
export const sheet = (name) =>
  new Promise((resolve) =>
    document.head.append(
      Object.assign(document.createElement("link"), {
        rel: "stylesheet",
        href: new URL(`../styles/${name}`, import.meta.url).href,
        onload: resolve,
        onerror: resolve,
      }),
    ),
  );
