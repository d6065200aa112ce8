/**
 * Ctrl+K: go to a list, make a document, find one, do something.
 *
 *   command({ label: "Back up the database", run: () => … })     or { label, to: href("run") }
 *
 * `when()` says whether it is offered.
 */
import { documents, method } from "../model/api.js";
import { recent } from "../model/own.js";
import { address, href, navigate } from "../model/router.js";
import { boot, findDocType, may, modules, slug } from "../model/site.js";
import { html, useEffect, useId, useRef, useState } from "../model/view.js";
import { openDialog } from "./dialogs.js";

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
function placeOf(doctype, name) {
  if (doctype === "Report") return href("query-report", name);
  return doctype === "Dashboard" ? href("dashboard-view", name) : href(slug(doctype), name);
}

function entries(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const lists = modules.value.flatMap((each) => each.doctypes);
  const made = boot.value.doctypes.filter((each) => !each.single && may("create", each.name));
  const all = [
    ...lists.map((each) => ({ label: each.name, hint: each.module, to: href(slug(each.name)) })),
    ...made.map((each) => ({ label: `New ${each.name}`, hint: "make", to: href("new", slug(each.name)) })),
    ...commands.filter((each) => !each.when || each.when()),
  ];
  const rank = ({ label }) => (label.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  const fits = ({ label }) => words.every((word) => label.toLowerCase().includes(word));
  return all
    .filter(fits)
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, 12);
}

/** A document that was opened, as an entry. */
const again = ({ doctype, name, title }) => ({ label: title || name, hint: doctype, to: href(slug(doctype), name) });

/** A document that was found, as an entry. */
function entry(doctype, { label, value }) {
  return { label: String(label), hint: label === value ? doctype : `${doctype} ${value}`, to: placeOf(doctype, value) };
}

/** Documents with these words: of the DocType that is on the page, then of all others. */
async function find(text, here, signal) {
  const near =
    here && !here.single && !here.virtual
      ? documents.search(here.name, { txt: text, limit: 6 }, { signal }).catch(() => [])
      : [];
  const every = method("frappe_lite.desk.find", { text }, { verb: "GET", signal });
  const [first, all] = await Promise.all([near, every]);
  const others = all.filter((each) => each.doctype !== here?.name);
  return [...first.map((each) => entry(here.name, each)), ...others.map((each) => entry(each.doctype, each))];
}

function Palette({ close }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState([]);
  const [marked, setMarked] = useState(0);
  const list = useId();
  const box = useRef();
  const here = findDocType(address.value.parts[0]);
  const shown = text.trim() ? [...entries(text), ...found] : [...recent().slice(0, 5).map(again), ...entries(text)];

  useEffect(() => {
    setMarked(0);
    setFound([]);
    if (text.trim().length < 2) return;
    const stop = new AbortController();
    const timer = setTimeout(() => find(text.trim(), here, stop.signal).then(setFound, () => {}), 150);
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
  return html`
    <div class="palette" ref=${box}>
      <input
        type="text"
        role="combobox"
        aria-label="Go to"
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls=${list}
        aria-activedescendant=${shown.length ? `${list}-${marked}` : undefined}
        autofocus
        placeholder="Go to, make, find"
        value=${text}
        onInput=${(event) => setText(event.target.value)}
        onKeyDown=${onKeyDown}
      />
      <ul role="listbox" id=${list} aria-label="Where to">
        ${shown.map((each, index) => html`
          <li
            role="option"
            id=${`${list}-${index}`}
            aria-selected=${index === marked}
            onMouseMove=${() => setMarked(index)}
            onClick=${() => close(each)}
          >
            <span>${each.label}</span> <small>${each.hint}</small>
          </li>
        `)}
      </ul>
      ${!shown.length && html`<p class="muted">Nothing of that name.</p>`}
    </div>
  `;
}
