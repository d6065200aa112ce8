"""How the desk's scripts and styles are laid out: 120 columns wide, and by `scripts/format_desk.mjs`, which knows htm."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from frappe_lite.parts.desk import FOLDER

ROOT = Path(__file__).parents[2]
WIDTH = 120
OWN = [
    each
    for each in sorted(FOLDER.rglob("*"))
    if each.suffix in {".js", ".css"} and each.relative_to(FOLDER).parts[0] != "vendor"
]


def node(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What a program of ours says. Skipped where there is no node."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("needs node")
    return subprocess.run([found, *arguments], capture_output=True, text=True, timeout=600)


def formatter(*arguments: str) -> subprocess.CompletedProcess[str]:
    if not (ROOT / ".venv" / "js" / "node_modules" / "prettier").exists():
        pytest.skip("needs prettier, which `make test` fetches with npm")
    return node(str(ROOT / "scripts" / "format_desk.mjs"), *arguments)


@pytest.mark.parametrize("path", OWN, ids=lambda each: each.relative_to(FOLDER).as_posix())
def test_a_line_fits_in_the_width(path: Path) -> None:
    lines = enumerate(path.read_text().splitlines(), 1)
    wide = [number for number, line in lines if len(line) > WIDTH]
    assert wide == []


def test_each_script_is_formatted() -> None:
    done = formatter("--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_check_names_what_it_would_change_and_writes_nothing(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.js", tmp_path / "bad.js"
    good.write_text("const a = 1;\n")
    bad.write_text("const a=1")
    done = formatter("--check", str(good), str(bad))
    assert (done.returncode, done.stdout.split(), bad.read_text()) == (1, [str(bad)], "const a=1")
    done = formatter(str(good), str(bad))
    assert (done.returncode, done.stdout.split(), bad.read_text()) == (0, [str(bad)], "const a = 1;\n")
    done = formatter("--check", str(good), str(bad))
    assert (done.returncode, done.stdout) == (0, "")


def test_markup_that_htm_would_not_read_is_refused(tmp_path: Path) -> None:
    for name, text in {"open": "html`<p>never closed`", "odd": "html`<p =1></p>`"}.items():
        (tmp_path / f"{name}.js").write_text(text)
        done = formatter(str(tmp_path / f"{name}.js"))
        assert (done.returncode, "SyntaxError" in done.stderr) == (1, True), name
        assert (tmp_path / f"{name}.js").read_text() == text


LONG = "a" * 60
LAID_OUT = {
    "what fits stands in a line": (
        """html`
          <p>
             Few <b>words</b>
          </p>`;""",
        """html`<p>Few <b>words</b></p>`;""",
    ),
    "elements beside each other have a line each": (
        """html`<dl><dt>a</dt><dd>${b}</dd></dl>`;""",
        """\
html`
  <dl>
    <dt>a</dt>
    <dd>${b}</dd>
  </dl>
`;""",
    ),
    "attributes that do not fit have a line each": (
        f"""html`<input class="{LONG}" value=${{value}} ...${{more}} onInput=${{(event) => set(event.target.value)}} />`;""",
        f"""\
html`
  <input
    class="{LONG}"
    value=${{value}}
    ...${{more}}
    onInput=${{(event) => set(event.target.value)}}
  />
`;""",
    ),
    "a space at the end of a line is written": (
        f"""html`<label><input class="{LONG}" checked=${{chosen}} onChange=${{choose}} /> ${{label}}</label>`;""",
        f"""\
html`
  <label>
    <input class="{LONG}" checked=${{chosen}} onChange=${{choose}} />${{" "}}
    ${{label}}
  </label>
`;""",
    ),
    "and is one again where there is room": (
        """html`<label>
  <input />${" "}
  ${label}
</label>`;""",
        """html`<label><input /> ${label}</label>`;""",
    ),
    "at the edge of an element, too": (
        f"""html`<small> {LONG} {LONG} </small>`;""",
        f"""\
html`
  <small>
    ${{" "}}{LONG}
    {LONG}${{" "}}
  </small>
`;""",
    ),
    "a text goes on in the next line": (
        f"""html`<p>{LONG} ${{b}}${{c}}, {LONG}.</p>`;""",
        f"""\
html`
  <p>
    {LONG} ${{b}}${{c}},
    {LONG}.
  </p>
`;""",
    ),
    "templates follow && and => in their line": (
        """const a = () => html`<ul>${all.map((each) => html`<li key=${each.key}><a href=${each.to}>${each}</a><b>!</b></li>`)}${more && html`<li>1</li><li>2</li>`}</ul>`;""",
        """\
const a = () => html`
  <ul>
    ${all.map((each) => html`
      <li key=${each.key}>
        <a href=${each.to}>${each}</a>
        <b>!</b>
      </li>
    `)}
    ${more && html`
      <li>1</li>
      <li>2</li>
    `}
  </ul>
`;""",
    ),
    "branches have a line each, but for a word": (
        f"""html`<p>${{one ? html`<b>{LONG}</b>` : html`<i>{LONG}</i>`}}</p><p>${{a && (b ? html`<i />` : "")}}</p>`;""",
        f"""\
html`
  <p>
    ${{one
      ? html`<b>{LONG}</b>`
      : html`<i>{LONG}</i>`}}
  </p>
  <p>${{a && (b ? html`<i />` : "")}}</p>
`;""",
    ),
    "words to choose from are no markup": (
        f"""html`<p>${{one ? "{LONG}" : "{LONG}"}}</p><p>${{one ? html`<b />` : a ? "" : "{LONG}{LONG}"}}</p>`;""",
        f"""\
html`
  <p>
    ${{one
      ? "{LONG}"
      : "{LONG}"}}
  </p>
  <p>
    ${{one
      ? html`<b />`
      : a ? "" : "{LONG}{LONG}"}}
  </p>
`;""",
    ),
    "components end as they began": (
        """html`<${Box} title="a"><b>1</b></${Box}><${Box} /><p></p>`;""",
        """\
html`
  <${Box} title="a"><b>1</b><//>
  <${Box} />
  <p />
`;""",
    ),
    "comments stay": (
        """html`<p>${/* why */ a}</p>`;""",
        """html`<p>${/* why */ a}</p>`;""",
    ),
}

WITHOUT_MARKUP = {
    "lists of words fill their lines": (
        f"""const a = ["{LONG}", "b", "c", "d", "{LONG}", "e"], b = ["b", "c"], c = ["{LONG}", 1, "{LONG}"];""",
        f"""\
const a = [
    "{LONG}", "b", "c", "d",
    "{LONG}", "e",
  ],
  b = ["b", "c"],
  c = [
    "{LONG}",
    1,
    "{LONG}",
  ];""",
    ),
    "imports stand in the order of their folders": (
        """\
/** What it is. */
import List from "./pages/list.js";
import { b } from "./model/b.js";
import {
  c } from "./parts/c.js"; // why

import "./controls/link.js";
import { a } from "./model/a.js";

const d = () => import("./model/c.js");""",
        """\
/** What it is. */
import { a } from "./model/a.js";
import { b } from "./model/b.js";
import "./controls/link.js";
import { c } from "./parts/c.js"; // why
import List from "./pages/list.js";

const d = () => import("./model/c.js");""",
    ),
}

BUILD = """
import htm from "HTM";
const NAMES = ["a", "b", "c", "all", "Box", "one", "label", "more", "chosen", "choose", "value", "set"];
const made = (tag, props, ...children) => [tag, props, children];
const text = (given) => JSON.stringify(given, (key, value) => (typeof value === "function" ? "fn" : value));
const joined = (given) =>
  !Array.isArray(given)
    ? given
    : given.map(joined).reduce((all, each) => {
        const last = all.length - 1;
        if (typeof each === "string" && typeof all[last] === "string") all[last] += each;
        else all.push(each);
        return all;
      }, []);
const one = (source) => {
  const all = [{ key: 1, to: "/" }];
  const values = NAMES.map((name) => (name === "all" ? all : name === "more" ? { x: 1 } : `<${name}>`));
  const body = source.replace("const a = () => ", "").replace(/;\\s*$/, "");
  const build = new Function("html", ...NAMES, `return ${body}`);
  return text(joined([].concat(build(htm.bind(made), ...values)))).replace(/\\\\n\\s*/g, " ");
};
console.log(JSON.stringify(SOURCES.map((pair) => pair.map(one))));
"""
"""What htm makes of a template: texts beside each other are one, and a line break within a text is a space."""


def test_scripts_are_laid_out(tmp_path: Path) -> None:
    cases = {**LAID_OUT, **WITHOUT_MARKUP}
    paths = {what: tmp_path / f"{number}.js" for number, what in enumerate(cases)}
    for what, (given, _) in cases.items():
        paths[what].write_text(given)
    done = formatter(*map(str, paths.values()))
    assert done.stderr == ""
    for what, (_, wanted) in cases.items():
        assert paths[what].read_text() == f"{wanted}\n", what
    assert formatter("--check", *map(str, paths.values())).stdout == "", "and once more it is the same"


def test_markup_means_what_it_meant(tmp_path: Path) -> None:
    (tmp_path / "htm.mjs").write_text((FOLDER / "vendor" / "htm.js").read_text())
    sources = f"const SOURCES = {json.dumps(list(LAID_OUT.values()))};\n"
    (tmp_path / "build.mjs").write_text(sources + BUILD.replace("HTM", "./htm.mjs"))
    done = node(str(tmp_path / "build.mjs"))
    assert done.returncode == 0, done.stderr
    for what, (before, after) in zip(LAID_OUT, json.loads(done.stdout), strict=True):
        assert before == after, what
