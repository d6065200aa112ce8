/**
 * Ctrl+K: go to a list, make a document, find one, do something.
 *
 *   command({ label: "Back up the database", run: () => … })     or { label, to: href("run") }; `when()` says whether it is offered
 */
import { documents, method } from "../model/api.js";
import { openDialog } from "./dialogs.js";
import { recent } from "../model/own.js";
import { address, href, navigate } from "../model/router.js";
import { boot, findDocType, may, modules, slug } from "../model/site.js";
import { html, useEffect, useId, useRef, useState } from "../model/view.js";

const commands = [];

/** Register something that people may want to do from anywhere. */
export const command = (entry) => commands.push(entry);

/** Open it, once. */
export async function openPalette() {
  if (document.querySelector(".palette")) return;
  const entry = await openDialog(Palette, { wide: true });
  if (entry?.to) navigate(entry.to);
  else entry?.run();
}

/** Where a document is seen: a report runs, a dashboard is drawn. */
const placeOf = (doctype, name) => ({ Report: href("query-report", name), Dashboard: href("dashboard-view", name) })[doctype] ?? href(slug(doctype), name);

function entries(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const all = [
    ...modules.value.flatMap((each) => each.doctypes).map((each) => ({ label: each.name, hint: each.module, to: href(slug(each.name)) })),
    ...boot.value.doctypes.filter((each) => !each.single && may("create", each.name)).map((each) => ({ label: `New ${each.name}`, hint: "make", to: href("new", slug(each.name)) })),
    ...commands.filter((each) => !each.when || each.when()),
  ];
  const rank = ({ label }) => (label.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  return all.filter((each) => words.every((word) => each.label.toLowerCase().includes(word))).sort((a, b) => rank(a) - rank(b)).slice(0, 12);
}

function Palette({ close }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState([]);
  const [marked, setMarked] = useState(0);
  const list = useId();
  const box = useRef();
  const here = findDocType(address.value.parts[0]);
  const shown = text.trim() ? [...entries(text), ...found] : [...recent().slice(0, 5).map((each) => ({ label: each.title || each.name, hint: each.doctype, to: href(slug(each.doctype), each.name) })), ...entries(text)];

  useEffect(() => {
    setMarked(0);
    setFound([]);
    if (text.trim().length < 2) return;
    const stop = new AbortController();
    const entry = (doctype, each) => ({ label: String(each.label), hint: each.label === each.value ? doctype : `${doctype} ${each.value}`, to: placeOf(doctype, each.value) });
    const first = here && !here.single && !here.virtual ? documents.search(here.name, { txt: text.trim(), limit: 6 }, { signal: stop.signal }).catch(() => []) : Promise.resolve([]);
    const timer = setTimeout(() => Promise.all([first, method("frappe_lite.desk.find", { text: text.trim() }, { verb: "GET", signal: stop.signal })]).then(
      ([near, all]) => setFound([...near.map((each) => entry(here.name, each)), ...all.filter((each) => each.doctype !== here?.name).map((each) => entry(each.doctype, each))]), () => {}), 150);
    return () => (clearTimeout(timer), stop.abort());
  }, [text]);
  useEffect(() => box.current.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [marked]);

  const onKeyDown = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && shown.length) setMarked((marked + by + shown.length) % shown.length);
    else if (event.key === "Enter" && shown[marked]) close(shown[marked]);
    else return;
    event.preventDefault();
  };
  return html`<div class="palette" ref=${box}>
    <input type="text" role="combobox" aria-label="Go to" aria-expanded="true" aria-autocomplete="list" aria-controls=${list} aria-activedescendant=${shown.length ? `${list}-${marked}` : undefined}
      autofocus placeholder="Go to, make, find" value=${text} onInput=${(event) => setText(event.target.value)} onKeyDown=${onKeyDown} />
    <ul role="listbox" id=${list} aria-label="Where to">${shown.map((each, index) => html`<li role="option" id=${`${list}-${index}`} aria-selected=${index === marked}
      onMouseMove=${() => setMarked(index)} onClick=${() => close(each)}><span>${each.label}</span> <small>${each.hint}</small></li>`)}</ul>
    ${!shown.length && html`<p class="muted">Nothing of that name.</p>`}
  </div>`;
}
