/** A link: search as you type among the documents that may be linked. */
import { documents } from "../model/api.js";
import { labelOf } from "../model/meta.js";
import { linkTitle } from "../model/titles.js";
import { html, useEffect, useId, useRef, useState } from "../model/view.js";
import { target } from "./readonly.js";
import { control } from "./registry.js";

/** `field.options` names the DocType; `filters` narrows what is offered. */
export function Link({
  field,
  value,
  onChange,
  id,
  readOnly,
  invalid,
  describedby,
  required,
  autofocus,
  filters,
  doc,
}) {
  const list = useId();
  const [text, setText] = useState(null); // what is being typed; null while nobody types
  const [found, setFound] = useState([]);
  const [marked, setMarked] = useState(0);
  const box = useRef();
  const shown = linkTitle(field.options, value) ?? value ?? "";
  const open = text !== null && found.length > 0;

  useEffect(() => {
    if (text === null) return;
    const stop = new AbortController();
    const txt = text === shown ? "" : text; // opened, and nothing typed yet: offer whatever there is
    const offered = (rows) => (setFound(rows ?? []), setMarked(0)); // nothing is no key
    const ask = () =>
      documents
        .search(field.options, { txt, filters, limit: 12 }, { signal: stop.signal })
        // the server says what is wrong when the value is sent
        .then(offered, (error) => error.name !== "AbortError" && setFound([]));
    const timer = setTimeout(ask, txt ? 150 : 0);
    return () => (clearTimeout(timer), stop.abort());
  }, [text, field.options]);

  useEffect(
    () => box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }),
    [marked, open],
  );

  const choose = (chosen) => {
    setText(null);
    if (chosen !== (value ?? "") && chosen !== shown) onChange(chosen || null);
  };
  const onKeyDown = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return setText(text ?? shown);
      setMarked((marked + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length);
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      choose(found[marked].value);
    } else if (event.key === "Escape" && text !== null) {
      event.stopPropagation();
      event.preventDefault();
      setText(null);
    }
  };
  return html`
    <div class="link" ref=${box}>
      <input
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck=${false}
        aria-autocomplete="list"
        aria-expanded=${open}
        aria-controls=${list}
        aria-activedescendant=${open ? `${list}-${marked}` : undefined}
        aria-label=${id ? undefined : labelOf(field)}
        aria-invalid=${invalid || undefined}
        aria-describedby=${describedby}
        id=${id}
        required=${required}
        readOnly=${readOnly}
        autofocus=${autofocus}
        placeholder=${field.placeholder || field.options}
        value=${text ?? shown}
        onInput=${(event) => setText(event.target.value)}
        onClick=${() => !readOnly && setText(text ?? shown)}
        onKeyDown=${readOnly ? undefined : onKeyDown}
        onBlur=${() => text !== null && choose(text.trim())}
      />
      ${doc && target(field, value, doc) && html`
        <a class="to" href=${target(field, value, doc)} aria-label=${`Open ${value}`} title=${`Open ${value}`}>→</a>
      `}
      <ul role="listbox" id=${list} aria-label=${labelOf(field)} hidden=${!open}>
        ${found.map((each, index) => html`
          <li
            role="option"
            id=${`${list}-${index}`}
            aria-selected=${index === marked}
            onMouseDown=${(event) => (event.preventDefault(), choose(each.value))}
            onMouseMove=${() => setMarked(index)}
          >
            <span>${each.label}</span>${" "}
            <small>
              ${[each.label !== each.value && each.value, each.description !== each.label && each.description]
                .filter(Boolean)
                .join(" · ")}
            </small>
          </li>
        `)}
      </ul>
    </div>
  `;
}

control(["Link"], Link);
