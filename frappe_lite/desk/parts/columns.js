/** The dialog that chooses a list's columns: which, and in which order. */
import { columns, labelOf } from "../model/meta.js";
import { may } from "../model/site.js";
import { html, toggled, useState } from "../model/view.js";

/** Closes with {names, everybody}; `names` is null for the usual ones. */
export function ChooseColumns({ meta, shown, close }) {
  const all = columns(meta).filter((each) => !each.hidden || shown.includes(each.fieldname));
  const [names, setNames] = useState([
    ...shown,
    ...all.map((each) => each.fieldname).filter((name) => !shown.includes(name)),
  ]);
  const [on, setOn] = useState(new Set(shown));
  const [text, setText] = useState("");
  const label = (name) =>
    labelOf(all.find((each) => each.fieldname === name) ?? { fieldname: name, fieldtype: "Data" });
  const move = (name, to) =>
    setNames((before) => {
      const rest = before.filter((each) => each !== name);
      return rest.toSpliced(Math.max(0, Math.min(rest.length, to)), 0, name);
    });
  const toggle = (name) => {
    setOn((before) => toggled(before, name));
    // to the end of those that are shown, or right behind them
    move(name, names.filter((each) => on.has(each) && each !== name).length);
  };
  const onKeyDown = (event, name, at) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || !event.altKey) return;
    event.preventDefault();
    move(name, at + by);
  };
  const chosen = names.filter((each) => on.has(each));
  const fits = (name) => label(name).toLowerCase().includes(text.toLowerCase());
  return html`
    <form onSubmit=${(event) => (event.preventDefault(), close({ names: chosen }))}>
      <input
        type="search"
        aria-label="Search fields"
        placeholder="Search fields"
        value=${text}
        onInput=${(event) => setText(event.target.value)}
      />
      <ul class="choosing" aria-label="Columns">
        ${names.map(
          (name, at) =>
            fits(name) && html`
              <li
                key=${name}
                draggable=${on.has(name)}
                onDragStart=${(event) => event.dataTransfer.setData("text/plain", name)}
                onDragOver=${(event) => event.preventDefault()}
                onDrop=${(event) => (event.preventDefault(), move(event.dataTransfer.getData("text/plain"), at))}
                onKeyDown=${(event) => onKeyDown(event, name, at)}
              >
                <label>
                  <input
                    type="checkbox"
                    checked=${on.has(name)}
                    disabled=${on.has(name) && chosen.length === 1}
                    onChange=${() => toggle(name)}
                  />${" "}
                  ${label(name)}
                </label>
                ${on.has(name) && html`
                  <span>
                    <button
                      type="button"
                      class="quiet"
                      disabled=${at === 0}
                      aria-label=${`${label(name)}: earlier`}
                      onClick=${() => move(name, at - 1)}
                    >
                      ↑
                    </button>
                    <button
                      type="button"
                      class="quiet"
                      disabled=${at >= chosen.length - 1}
                      aria-label=${`${label(name)}: later`}
                      onClick=${() => move(name, at + 1)}
                    >
                      ↓
                    </button>
                  </span>
                `}
              </li>
            `,
        )}
      </ul>
      <footer>
        <button type="button" class="quiet first" onClick=${() => close({ names: null })}>As usual</button>
        ${may("write", "List View Settings") && html`
          <button type="button" onClick=${() => close({ names: chosen, everybody: true })}>For everybody</button>
        `}
        <button type="button" onClick=${() => close()}>Cancel</button>
        <button class="primary">Show</button>
      </footer>
    </form>
  `;
}
