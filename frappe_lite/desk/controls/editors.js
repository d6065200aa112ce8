/** Controls for long texts: code of fixed width, and formatted text. */
import { labelOf } from "../model/meta.js";
import { html, useEffect, useLayoutEffect, useRef } from "../model/view.js";
import { attributes } from "./basic.js";
import { nodes } from "./readonly.js";
import { control } from "./registry.js";

/** Text of fixed width. Tab indents; after Escape it leaves, so that the keyboard is no captive. */
control(["Code", "JSON", "HTML Editor", "Markdown Editor"], (props) => {
  const leaving = useRef(false);
  const onKeyDown = (event) => {
    if (event.key === "Tab" && !event.shiftKey && !leaving.current && !props.readOnly) {
      event.preventDefault();
      document.execCommand("insertText", false, "  "); // the one way that keeps undo
    }
    leaving.current = event.key === "Escape";
  };
  const text =
    typeof props.value === "object" && props.value ? JSON.stringify(props.value, null, 2) : (props.value ?? "");
  return html`
    <textarea
      class="code"
      rows=${Math.min(24, Math.max(5, text.split("\n").length + 1))}
      spellcheck=${props.field.fieldtype === "Markdown Editor"}
      title="Tab indents; Escape, then Tab leaves"
      ...${attributes(props)}
      value=${text}
      onKeyDown=${onKeyDown}
      onInput=${(event) => props.onChange(event.target.value || null)}
    />
  `;
});

const TOOLS = [
  ["B", "Bold", "bold"],
  ["I", "Italic", "italic"],
  ["U", "Underline", "underline"],
  ["H", "Heading", "formatBlock", "h3"],
  ["¶", "Plain paragraph", "formatBlock", "p"],
  ["•", "List", "insertUnorderedList"],
  ["№", "Numbered list", "insertOrderedList"],
  ["❝", "Quote", "formatBlock", "blockquote"],
  ["↗", "Link", "createLink"],
  ["⌫", "No formatting", "removeFormat"],
];

/** A small editor of formatted text, on what browsers have built in; the server cleans what it makes. */
control(["Text Editor"], ({ field, value, onChange, id, invalid, describedby, required }) => {
  const box = useRef();
  const own = useRef();
  useLayoutEffect(() => {
    // not what it said itself: the caret would jump
    if (own.current !== (value ?? "")) box.current.replaceChildren(...nodes(value));
    own.current = value ?? "";
  }, [value]);
  const tell = () => {
    own.current =
      box.current.textContent.trim() || box.current.querySelector("img, hr, table") ? box.current.getHTML() : "";
    onChange(own.current || null);
  };
  const act = (command, argument) => {
    const given = command === "createLink" ? prompt("Address of the link") : argument;
    box.current.focus();
    if (given !== null) document.execCommand(command, false, given);
    tell();
  };
  useEffect(
    () =>
      document
        .getElementById(id)
        ?.closest(".field")
        ?.querySelector("label")
        ?.addEventListener("click", () => box.current?.focus()),
    [],
  ); // a label focuses inputs only
  return html`
    <div class="editor">
      <div class="tools" role="toolbar" aria-label=${`Format ${labelOf(field)}`}>
        ${TOOLS.map(([text, title, command, argument]) => html`
          <button
            type="button"
            class="quiet"
            title=${title}
            aria-label=${title}
            onMouseDown=${(event) => event.preventDefault()}
            onClick=${() => act(command, argument)}
          >
            <span aria-hidden="true"><span aria-hidden="true">${text}</span></span>
          </button>
        `)}
      </div>
      <div
        class="rich"
        ref=${box}
        id=${id}
        contenteditable="true"
        role="textbox"
        aria-multiline="true"
        aria-label=${labelOf(field)}
        aria-required=${required}
        aria-invalid=${invalid || undefined}
        aria-describedby=${describedby}
        onInput=${tell}
      />
    </div>
  `;
});
