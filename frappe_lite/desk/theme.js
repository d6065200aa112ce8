/* A classic script in the head, so that the right colours are there before the first paint, and a word where a module
   does not arrive. */
document.documentElement.dataset.theme = localStorage.getItem("desk.theme") || "auto";
addEventListener(
  "error",
  ({ target }) =>
    target instanceof HTMLScriptElement &&
    target.type === "module" &&
    (document.getElementById("desk").textContent =
      "This page did not load. Load it again; if that does not help, look whether the server runs."),
  true,
);
