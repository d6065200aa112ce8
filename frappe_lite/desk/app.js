/** The desk: routes, and the page that the address means. Where to begin reading; docs/desk.md has the conventions. */
import { prepare } from "./model/format.js";
import { address, href, page, route } from "./model/router.js";
import { mayImport } from "./model/sheet.js";
import { boot, findDocType, manages, signedOut } from "./model/site.js";
import { html, render, useEffect, useErrorBoundary, useState } from "./model/view.js";
import { command } from "./parts/palette.js";
import { Missing, Problem, Shell } from "./parts/shell.js";
import Home from "./pages/home.js";
import List from "./pages/list.js";
import { Login } from "./pages/login.js";

page("", () => ({ default: Home }));
page("run/:tab?", () => import("./pages/server.js"));
page("settings/:tab?", () => import("./pages/settings.js"));
page("dashboard-view/:name?", () => import("./pages/dashboard.js"));
page("import/:doctype?", () => import("./pages/import.js"));
page("permissions/:doctype?", () => import("./pages/permissions.js"));
page("new/doctype", () => import("./pages/doctype.js"));
page("doctype/:name/:tab?", () => import("./pages/doctype.js"));
page("query-report/:report", () => import("./pages/query_report.js"));
page(":doctype/view/report/:report?", () => import("./pages/report.js"));
page("new/:doctype", () => import("./pages/form.js"));
page(":doctype", ({ doctype }) => (findDocType(doctype)?.single ? import("./pages/form.js") : { default: List }));
page(":doctype/:name*", () => import("./pages/form.js"));

command({ label: "Server: requests, users, database", to: href("run"), when: manages });
command({ label: "Import a file…", to: href("import"), when: mayImport });
command({ label: "Dashboards", to: href("dashboard-view") });
command({ label: "Permissions: roles and rights", to: href("permissions"), when: manages });
command({ label: "Profile", to: href("settings", "profile") });
command({ label: "Keys and sessions", to: href("settings", "keys") });

/** The page of the address; the one before it stays until its module is there. */
function Page() {
  const [shown, setShown] = useState(null);
  const [fault, reset] = useErrorBoundary((error) => console.error(error));
  const found = route.value;
  const path = address.value.parts.join("/");
  useEffect(() => {
    let late = false;
    const show = (component, params = {}) =>
      late || (reset(), setShown({ component, params, path, query: address.value.query }));
    Promise.resolve(found ? found.load(found.params) : { default: Missing }).then(
      (module) => show(module.default, found?.params ?? { what: "page of that address" }),
      (error) => show(() => html`<${Problem} title="This page did not load"><p>${error.message}</p><//>`),
    );
    return () => (late = true);
  }, [path, boot.value.user.name]);
  useEffect(
    () =>
      shown &&
      document.activeElement === document.body &&
      document.getElementById("main").focus({ preventScroll: true }),
    [shown?.path],
  );
  if (fault)
    return html`
      <${Problem} title="This page has a fault">
        <p>${fault.message}</p>
        <button onClick=${reset}>Try again</button>
      <//>
    `;
  // a page on its way out does not follow the address
  const query = shown?.path === path ? address.value.query : shown?.query;
  return (
    shown && html`<${shown.component} params=${shown.params} query=${query} ...${shown.params.what && shown.params} />`
  );
}

/** A session that ended leaves the page in place, behind the form. */
function App() {
  const [begun, setBegun] = useState(!signedOut.value);
  useEffect(() => void (signedOut.value || setBegun(true)), [signedOut.value]);
  return html`
    ${begun && html`<div class="frame" inert=${signedOut.value}><${Shell}><${Page} /><//></div>`}
    ${signedOut.value && html`<${Login} />`}
  `;
}

// as pages of Frappe have it, for scripts that are run here
/** @type {any} */ (window).csrf_token = boot.value.csrf_token;
// tasks of their own: a phone answers a touch between them
setTimeout(() => render(html`<${App} />`, document.getElementById("desk")));
setTimeout(prepare);
