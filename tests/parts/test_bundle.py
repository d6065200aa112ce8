"""Modules in one file: what each has, in which order, and what cannot be bundled. Run by node where it is there."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from frappe_lite.parts.bundle import FOLDER, Bundles, _vlq, flat
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


# --- source maps ----------------------------------------------------------------------------------------------

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
SPREAD = {
    "app.js": '/**\n * Several lines\n * of words.\n */\nimport {\n  add,\n  ran,\n} from "./model/sum.js";\nimport "./pages/ends.js";\n\n'
    'const text = `\n// model/sum.js\n`;\nexport const here = [add, ran, text];\n',
    "pages/ends.js": '\n\nconst inner = 1;\nexport {\n  inner,\n};\n\n\n',
}  # fmt: skip
"""Modules whose lines are easily lost: imports and exports over several, comments, a text that looks like a mark."""


def placed(mappings: str) -> list[tuple[int, int] | None]:
    """For each line of a bundle the module, counted, and the line in it."""
    found: list[tuple[int, int] | None] = []
    module = line = 0
    for text in mappings.split(";"):
        numbers, value, shift = [], 0, 0
        for digit in map(DIGITS.index, text):
            value |= (digit & 31) << shift
            shift += 5
            if not digit & 32:
                numbers.append(-(value >> 1) if value & 1 else value >> 1)
                value = shift = 0
        if not numbers:
            found.append(None)
            continue
        column, by, on, start = numbers
        assert (column, start) == (0, 0)
        module, line = module + by, line + on
        found.append((module, line))
    return found


def told(sources: dict[str, str], name: str) -> dict[str, list[tuple[str, str]]]:
    """For each module of a bundle its lines: as it has them, and as they stand in the bundle."""
    made = Bundles(sources, "app.js")
    read = json.loads(made.source_map(name))
    lines = made[name].split("\n")
    found: dict[str, list[tuple[str, str]]] = {}
    for text, place in zip(lines, placed(read["mappings"]), strict=True):
        if place:
            module = read["sources"][place[0]].removeprefix("../")
            assert place[1] == len(found.setdefault(module, []))
            found[module].append((sources[module].split("\n")[place[1]], text))
    return found


@pytest.mark.parametrize(
    ("sources", "name"),
    [
        pytest.param(SEEN, "app.js", id="the first bundle"),
        pytest.param(SEEN, "pages/late.js", id="a later one, with what waits"),
        pytest.param({**SEEN, **SPREAD}, "app.js", id="imports and exports over several lines"),
        *(pytest.param(SCRIPTS, each, id=each) for each in ("app.js", "pages/form.js", "pages/report.js")),
    ],
)
def test_a_source_map_tells_every_line_of_every_module(sources: dict[str, str], name: str) -> None:
    """What is no import, export or comment stands as it is in the line that the map says."""
    found = told(sources, name)
    own = [
        each for each in Bundles(sources, "app.js").order(name) if f"\n// {each}\n" in Bundles(sources, "app.js")[name]
    ]
    assert list(found) == own
    for module, lines in found.items():
        assert len(lines) == len(sources[module].rstrip().split("\n"))
        as_they_are = [(text, made) for text, made in lines if text.startswith("  ") and "import(" not in text]
        moved = [(text, made) for text, made in as_they_are if made.strip() not in text]  # a comment is left out
        assert (module, moved) == (module, [])


def test_a_bundle_names_its_map() -> None:
    assert bundles()["pages/late.js"].endswith("\n//# sourceMappingURL=pages-late.js.map\n")


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "A"), (1, "C"), (-1, "D"), (15, "e"), (16, "gB"), (-16, "hB"), (511, "+f"), (1024, "ggC")],
)
def test_numbers_of_a_map_are_digits_of_five_bits(number: int, text: str) -> None:
    assert _vlq(number) == text


def test_a_fault_is_told_where_the_module_has_it(tmp_path: Path) -> None:
    """Node reads the map as a browser does: the trace of an error names the module and its line."""
    if NODE is None:
        pytest.skip("needs node")
    broken = {
        **SEEN,
        **SPREAD,
        "pages/ends.js": "/** Ends. */\n\nconst inner = 1;\nif (inner) throw new Error('here');\n",
    }
    made = Bundles(broken, "app.js")
    (tmp_path / "linked").mkdir()
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "linked" / "app.js").write_text(made["app.js"])
    (tmp_path / "linked" / "app.js.map").write_text(made.source_map("app.js"))
    done = subprocess.run([NODE, "--enable-source-maps", str(tmp_path / "linked" / "app.js")], capture_output=True, text=True, timeout=600)  # fmt: skip
    assert f"{tmp_path / 'pages' / 'ends.js'}:4" in done.stderr


def test_the_first_bundle_is_as_deep_as_a_module() -> None:
    """A module asks for a stylesheet by its own address, which is then the bundle's."""
    asking = [name for name, text in SCRIPTS.items() if "import.meta" in text]
    assert {name.count("/") for name in asking} == {FOLDER.count("/")}
