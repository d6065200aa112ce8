/** The frame around every page: bar, navigation, theme, menu; and what pages share: title, problem, nothing there. */
import { listeners, logOut } from "../model/api.js";
import { address, href } from "../model/router.js";
import { boot, findDocType, manages, modules, slug } from "../model/site.js";
import { classes, html, signal, useEffect, useState } from "../model/view.js";
import { Overlays, showError, toast } from "./dialogs.js";
import { showShortcuts, useShortcuts } from "./keys.js";
import { command, openPalette } from "./palette.js";
import { changePassword } from "../pages/login.js";

const drawer = signal(false); // the navigation, on a narrow screen
export const theme = signal(document.documentElement.dataset.theme);
const NEXT = { auto: "light", light: "dark", dark: "auto" };

const turnTheme = () => setTheme(NEXT[theme.value]);

/** Choose light, dark or auto; kept in this browser. */
export function setTheme(word) {
  theme.value = word;
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem("desk.theme", theme.value);
}

listeners.tell = (message) =>
  toast(message.message, { kind: message.indicator === "red" ? "bad" : message.indicator === "green" ? "good" : "" });

/** Name the page in the browser's title. */
export const useTitle = (text) =>
  useEffect(() => void (document.title = text ? `${text} · ${boot.value.title}` : boot.value.title), [text]);

/** A page, or part of one, that has nothing to show: why, and what to do. */
export const Problem = ({ title, children }) => html`<div class="problem"><h2>${title}</h2>${children}</div>`;

/** What a resource has, shown by its child, a function, until it has newer; that it loads; or why it does not. */
export const Loaded = ({ title, data, error, reload, children }) => [
  error && html`
    <${Problem} title=${title}>
      <p>${error.message}</p>
      <button onClick=${reload}>Try again</button>
    <//>
  `,
  data ? children(data) : !error && html`<div class="progress" role="progressbar" aria-label="Loading" />`,
];

/** Nothing there, or nothing that this user may see; the API does not tell which. */
export const Missing = ({ what }) => html`
  <${Problem} title="Nothing here">
    <p>There is no ${what}, or you may not read it.</p>
    <a class="button" href=${href()}>All documents</a>
  <//>
`;

for (const [label, run] of [
  ["Theme: light, dark, automatic", turnTheme],
  ["Change password", changePassword],
  ["Sign out", () => logOut().catch(showError)],
  ["Shortcuts", showShortcuts],
])
  command({ label, run });

/** The DocTypes of a module, made when they are first seen: most are the server's own, and closed. */
function Module({ module, doctypes, here, apart, open }) {
  const [seen, setSeen] = useState(open);
  return html`
    <details
      class=${apart ? "apart" : ""}
      open=${open}
      onToggle=${(event) => event.currentTarget.open && setSeen(true)}
    >
      <summary>${module}</summary>
      ${(seen || open) && html`
        <ul>
          ${doctypes.map((each) => html`
            <li key=${each.name}>
              <a href=${href(slug(each.name))} aria-current=${each.name === here ? "page" : undefined}>${each.name}</a>
            </li>
          `)}
        </ul>
      `}
    </details>
  `;
}

/** Bar, navigation and the page. */
export function Shell({ children }) {
  const { user, title, prefix } = boot.value;
  const here = findDocType(address.value.parts[0])?.name;
  useShortcuts({ "mod+k": ["Go anywhere", openPalette], "?": ["Shortcuts", showShortcuts] });
  useEffect(() => void (drawer.value = false), [address.value.parts.join("/")]);
  return html`
    <a
      class="skip"
      href="#main"
      onClick=${(event) => (event.preventDefault(), document.getElementById("main").focus())}
    >
      Skip to the page
    </a>
    <header class="bar">
      <button
        class="quiet menu-button"
        aria-label="Documents"
        aria-expanded=${drawer.value}
        aria-controls="navigation"
        onClick=${() => (drawer.value = !drawer.value)}
      >
        ☰
      </button>
      <a class="home" href=${href()}>${title}</a>
      <button class="goto" onClick=${openPalette}>
        <span>Go to…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <button class="quiet" onClick=${turnTheme} aria-label=${`Theme: ${theme.value}`} title=${`Theme: ${theme.value}`}>
        ${{ auto: "◐", light: "☀", dark: "☾" }[theme.value]}
      </button>
      <button class="quiet who" popovertarget="menu">
        <span class="initial" data-initial=${user.full_name.slice(0, 1).toUpperCase()} />
        <span class="name">${user.full_name}</span>
      </button>
      <div id="menu" popover onClick=${(event) => event.currentTarget.hidePopover()}>
        <p>${user.name}</p>
        <a href=${href("settings", "profile")}>Profile</a>
        <a href=${href("settings", "keys")}>Keys and sessions</a>
        <button onClick=${changePassword}>Change password</button>
        <button onClick=${showShortcuts}>Shortcuts</button>
        <a href=${`${prefix}/docs`} target="_blank" rel="noopener">API</a>
        <button onClick=${() => logOut().catch(showError)}>Sign out</button>
      </div>
    </header>
    <nav
      id="navigation"
      class=${classes(drawer.value && "open")}
      aria-label="Documents"
      onKeyDown=${(event) => event.key === "Escape" && (drawer.value = false)}
    >
      ${modules.value.map(({ module, own, doctypes }, at) => html`
        <${Module}
          key=${module + own}
          ...${{ module, doctypes, here }}
          apart=${!own && modules.value[at - 1]?.own}
          open=${own || doctypes.some((each) => each.name === here)}
        />
      `)}
      <div class="foot">
        <a
          href=${href("dashboard-view")}
          aria-current=${address.value.parts[0] === "dashboard-view" ? "page" : undefined}
        >
          Dashboards
        </a>
        ${manages() && html`
          <a href=${href("run")} aria-current=${address.value.parts[0] === "run" ? "page" : undefined}>Server</a>
        `}
      </div>
    </nav>
    ${drawer.value && html`<div class="shade" onClick=${() => (drawer.value = false)} />`}
    <main id="main" tabindex="-1">${children}</main>
    <${Overlays} />
  `;
}
