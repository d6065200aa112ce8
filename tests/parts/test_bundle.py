"""Modules in one file: what each has, in which order, and what cannot be bundled. Run by node where it is there."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from frappe_lite.parts.bundle import FOLDER, Bundles, flat
from frappe_lite.parts.desk import FOLDER as DESK

NODE = shutil.which("node")
SCRIPTS = {each.relative_to(DESK).as_posix(): each.read_text() for each in DESK.rglob("*.js")}
SEEN = {
    "app.js": 'import { add, ran } from "./model/sum.js";\nimport twice from "./model/twice.js";\n'
    'export const later = () => import("./pages/late.js");\nexport const seen = [add(1, 2), twice(4), ran.length];\n',
    "model/sum.js": '/** Adds. */\nimport "./mark.js";\nconst kept = 0;\nexport const ran = [kept];\n'
    "export function add(a, b) {\n  return a + b;\n}\n",
    "model/mark.js": "/* Only does something. */\nglobalThis.marked = (globalThis.marked ?? 0) + 1;\n",
    "model/twice.js": 'import { add as plus } from "./sum.js";\nconst kept = 2;\n'
    "export default function twice(n) {\n  return kept === 2 ? plus(n, n) : 0;\n}\n",
    "model/packed.js": 'import{add as a}from"./sum.js";export{ran}from"./sum.js";var t=a(2,3);'
    "export default function(n){return n+t}export{t as total};",
    "pages/late.js": 'import { add } from "../model/sum.js";\nimport slow, { total } from "../model/packed.js";\n'
    'import { word } from "../parts/styled.js";\nexport default class Late {}\n'
    "export const found = [add(1, 1), slow(1), total, word, globalThis.marked];\n",
    "parts/styled.js": 'await Promise.resolve();\nexport const word = "styled";\nexport async function none() {}\n',
}
"""Modules with every way to import and export that ours and the libraries have."""


def bundles(**changes: str) -> Bundles:
    return Bundles({**SEEN, **{name.replace("__", "/") + ".js": text for name, text in changes.items()}}, "app.js")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        pytest.param(
            "app.js", ["model/mark.js", "model/sum.js", "model/twice.js", "app.js"], id="what is needed first"
        ),
        pytest.param("model/mark.js", ["model/mark.js"], id="one that needs nothing"),
        pytest.param(
            "pages/late.js",
            ["model/mark.js", "model/sum.js", "model/packed.js", "parts/styled.js", "pages/late.js"],
            id="through what a library passes on",
        ),
    ],
)
def test_each_module_comes_after_those_that_it_needs(name: str, wanted: list[str]) -> None:
    assert bundles().order(name) == wanted


@pytest.mark.parametrize(
    ("bundle", "has", "has_not"),
    [
        pytest.param("app.js", "// model/sum.js", "// pages/late.js", id="the first has no page that is loaded later"),
        pytest.param("pages/late.js", "// model/packed.js", "// model/sum.js", id="a later one has nothing of the first"),
        pytest.param("app.js", 'import("./pages-late.js")', "../pages", id="a later page is asked for by its file"),
        pytest.param("app.js", "return a + b;", "Adds.", id="comments about code stay in the sources"),
        pytest.param("pages/late.js", "async () => {\n// parts/styled.js", "async () => {\n// model", id="who waits is waited for"),
    ],
)  # fmt: skip
def test_a_bundle_has_what_it_needs(bundle: str, has: str, has_not: str) -> None:
    text = bundles()[bundle]
    assert has in text
    assert has_not not in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param('import { seen } from "../app.js";\n', "in a circle: app.js", id="a circle of imports"),
        pytest.param("export let count = 0;\n", "cannot be bundled: export let", id="an export that may be reassigned"),
        pytest.param("export const { a, b } = {};\n", "cannot be bundled", id="an export that is taken apart"),
        pytest.param('export * from "./mark.js";\n', "cannot be bundled", id="all of another module"),
        pytest.param('import * as all from "./mark.js";\n', "cannot be bundled", id="another module as an object"),
        pytest.param('import far from "far";\n', "cannot be bundled", id="a module that is no file of ours"),
    ],
)
def test_what_cannot_be_bundled_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        bundles(model__mark=text)["app.js"]


def test_there_is_no_bundle_of_no_module() -> None:
    with pytest.raises(KeyError, match="nothing"):
        bundles()["nothing.js"]


@pytest.mark.parametrize("name", sorted(each for each in SCRIPTS if not each.startswith("vendor/")))
def test_every_module_of_the_desk_can_be_bundled(name: str) -> None:
    """One that imports in a circle, or exports in another way, is told here and not by an empty page."""
    made = DESK_BUNDLES[name]
    assert made.startswith(("export const made = {};", 'import { made } from "./app.js";'))


DESK_BUNDLES = Bundles(SCRIPTS, "app.js")


def run(folder: Path, script: str) -> object:
    """What a script prints as JSON, beside the bundles of all modules. Skipped without node."""
    if NODE is None:
        pytest.skip("needs node")
    (folder / "package.json").write_text('{"type": "module"}')
    made = bundles()
    for name in SEEN:
        (folder / flat(name)).write_text(made[name])
    (folder / "run.js").write_text(script)
    done = subprocess.run([NODE, str(folder / "run.js")], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_bundles_do_what_their_modules_do(tmp_path: Path) -> None:
    """A module that two bundles need runs once, and names of two modules do not meet."""
    script = """
import { made } from "./app.js";
const { seen, later } = made["app.js"];
const late = await later();
const again = await import("./parts-styled.js");
console.log(JSON.stringify([seen, late.found, typeof late.default, again.word, made["parts/styled.js"] instanceof Promise]));
"""
    assert run(tmp_path, script) == [[3, 8, 1], [2, 6, 5, "styled", 1], "function", "styled", True]


def test_the_first_bundle_is_as_deep_as_a_module() -> None:
    """A module asks for a stylesheet by its own address, which is then the bundle's."""
    asking = [name for name, text in SCRIPTS.items() if "import.meta" in text]
    assert {name.count("/") for name in asking} == {FOLDER.count("/")}
