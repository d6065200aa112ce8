"""ES modules in one file: what a page needs at first arrives in one answer, not in forty.

Each module stands in a function of its own that returns what it exports, those that it imports before it. So names
of two modules never meet, and each runs once, whichever file brought it. A line of a module is a line of the bundle,
which the bundle's source map tells to a browser's tools: they show the modules, and stop in them. It holds for modules
that import one another in no circle, reassign nothing that they export, and begin a line with `import` and `export`:
what is written otherwise is refused.

    Bundles({"app.js": 'import { b } from "./model/b.js";\\n…', …}, "app.js")["pages/form.js"]
                    ->  form.js and all that it imports, without what the bundle of app.js has
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping

FOLDER = "linked/"
"""Where bundles stand: as deep as the modules that ask for a file by their own address."""

_START = r"(?:^|(?<=[;}]))"  # of a line, or where a library of one line begins a statement
_FROM = r"\s*[\"'](\.[^\"']+\.js)[\"'];?"
_IMPORT = re.compile(rf"{_START}import\b\s*(?:(\w+)\s*,?\s*)?(?:\{{([^}}]*)\}}\s*)?(?:from)?{_FROM}", re.MULTILINE)
_EXPORT_FROM = re.compile(rf"{_START}export\s*\{{([^}}]*)\}}\s*from{_FROM}", re.MULTILINE)
_EXPORT_NAMES = re.compile(rf"{_START}export\s*\{{([^}}]*)\}};?", re.MULTILINE)
_EXPORT = re.compile(r"^export (default )?((?:async )?function|class|const) (\w+)", re.MULTILINE)
_NAMELESS = re.compile(rf"{_START}export default (?=function\s*\()", re.MULTILINE)
_LATER = re.compile(rf"\bimport\({_FROM}\)")
_UNKNOWN = re.compile(r"^(?:import\s*[\w{*\"']|export\s).*", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/", re.MULTILINE | re.DOTALL)
_WAITS = re.compile(r"^await\b", re.MULTILINE)
_MAP = "//# sourceMappingURL="
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Bundles:
    """Files made of modules, each when it is first asked for."""

    def __init__(self, sources: Mapping[str, str], first: str):
        self.sources = sources
        self.first = first
        self._made: dict[str, str] = {}
        self._members = frozenset(self.order(first)) if first in sources else frozenset()

    def __getitem__(self, name: str) -> str:
        """The bundle of a module. Raises KeyError if there is none, ValueError for what cannot be bundled."""
        if name not in self._made:
            self._made[name] = self._bundle(name)
        return self._made[name]

    def source_map(self, name: str) -> str:
        """Which line of which module each line of a bundle is (ECMA-426), for a file beside it."""
        modules: list[str] = []
        mappings: list[str] = []
        before = (0, 0)  # a module's place among them, and a line of it: what is told is how far the next is from it
        left = at = 0  # lines of the module that are still to come, and the one that is next
        for text in self[name].split("\n"):
            if not left and text[3:] in self.sources and text.startswith("// "):
                modules.append(text[3:])
                left, at = len(_lines(self.sources[text[3:]])), 0
                mappings.append("")
                continue
            here = (len(modules) - 1, at)
            mappings.append("".join(map(_vlq, (0, here[0] - before[0], here[1] - before[1], 0))) if left else "")
            if left:
                left, at, before = left - 1, at + 1, here
        sources = [f"../{each}" for each in modules]
        return json.dumps({"version": 3, "sources": sources, "names": [], "mappings": ";".join(mappings)})

    def order(self, name: str) -> list[str]:
        """A module and all that it imports, each after those that it needs. Raises ValueError for a circle."""
        found: list[str] = []
        open_: list[str] = []

        def visit(each: str) -> None:
            if each in found:
                return
            if each in open_:
                raise ValueError(f"modules import each other in a circle: {' -> '.join([*open_, each])}")
            open_.append(each)
            for target in _targets(each, self.sources[each]):
                visit(target)
            open_.remove(each)
            found.append(each)

        visit(name)
        return found

    def _bundle(self, name: str) -> str:
        order = self.order(name)
        words = {each: f"${at}" for at, each in enumerate(order)}
        is_first = name == self.first
        own = [each for each in order if is_first or each not in self._members]
        used = {name, *(target for each in own for target in _targets(each, self.sources[each]))}
        lines = ["export const made = {};" if is_first else f'import {{ made }} from "./{flat(self.first)}";']
        for each in order:
            if each not in own:
                lines += [f'const {words[each]} = made["{each}"];'] if each in used else []
                continue
            body, exported = _wrapped(each, self.sources[each], words)
            waits = bool(_WAITS.search(body))
            function = f"{'async ' if waits else ''}() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}}"
            lines.append(f'const {words[each]} = {"" if is_first else "await "}(made["{each}"] ??= ({function})());')
        if not is_first:
            names = [each.partition(":")[0] for each in _wrapped(name, self.sources[name], words)[1]]
            lines += [f"export default {words[name]}.default;"] if "default" in names else []
            lines.append(
                f"export const {{ {', '.join(each for each in names if each != 'default')} }} = {words[name]};"
            )
        return "\n".join([*lines, f"{_MAP}{flat(name)}.map"]) + "\n"


def flat(name: str) -> str:
    """The file name of a module's bundle: pages/form.js is pages-form.js, for all stand in one folder."""
    return name.replace("/", "-")


def _targets(name: str, source: str) -> list[str]:
    """The modules that one imports at once."""
    found = [
        (each.start(), each[each.re.groups]) for each in (*_IMPORT.finditer(source), *_EXPORT_FROM.finditer(source))
    ]
    return list(dict.fromkeys(_beside(name, path) for _, path in sorted(found)))


def _beside(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _wrapped(name: str, source: str, words: Mapping[str, str]) -> tuple[str, list[str]]:
    """The module as the body of a function, and what it returns, as parts of an object."""
    exported: list[str] = []

    def imported(found: re.Match[str]) -> str:
        names = [f"default: {found[1]}"] if found[1] else []
        names += [": ".join(each) for each in _pairs(found[2])]
        made = f"const {{ {', '.join(names)} }} = {words[_beside(name, found[3])]};" if names else ""
        return made + "\n" * found[0].count("\n")

    def passed_on(found: re.Match[str]) -> str:
        exported.extend(f"{outer}: {words[_beside(name, found[2])]}.{inner}" for inner, outer in _pairs(found[1]))
        return "\n" * found[0].count("\n")

    def named(found: re.Match[str]) -> str:
        exported.extend(f"{outer}: {inner}" for inner, outer in _pairs(found[1]))
        return "\n" * found[0].count("\n")

    def declared(found: re.Match[str]) -> str:
        exported.append(f"default: {found[3]}" if found[1] else found[3])
        return f"{found[2]} {found[3]}"

    def nameless(found: re.Match[str]) -> str:
        exported.append("default: $default")
        return "const $default = "

    body = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), source)
    body = _IMPORT.sub(imported, body)
    body = _EXPORT_FROM.sub(passed_on, body)
    body = _EXPORT_NAMES.sub(named, body)
    body = _NAMELESS.sub(nameless, _EXPORT.sub(declared, body))
    if unknown := _UNKNOWN.search(body):
        raise ValueError(f"{name}: cannot be bundled: {unknown[0][:80]}")
    body = _LATER.sub(lambda found: f'import("./{flat(_beside(name, found[1]))}")', body)
    return "\n".join([f"// {name}", *body.split("\n")[: len(_lines(source))]]), exported


def _lines(source: str) -> list[str]:
    """The lines of a module, without the empty ones at its end."""
    return source.rstrip().split("\n")


def _vlq(number: int) -> str:
    """A number as source maps have it: five bits a digit, the lowest first, and the sign is the lowest of all."""
    rest = abs(number) << 1 | (number < 0)
    digits = ""
    while True:
        rest, low = rest >> 5, rest & 31
        digits += _DIGITS[low | (32 if rest else 0)]
        if not rest:
            return digits


def _pairs(names: str | None) -> list[tuple[str, str]]:
    """(inner, outer) of `a, b as c`: (a, a) and (b, c)."""
    parts = [each.split(" as ") for each in (names or "").split(",") if each.strip()]
    return [(each[0].strip(), each[-1].strip()) for each in parts]
