"""Published Frappe apps, tried: fetched from where they are published, loaded, called and tested. Writes the table of
docs/apps.md.

    python scripts/apps.py                          # every app of the table, fetched anew into a temporary folder
    python scripts/apps.py crm lms --into FOLDER  # some of them, kept in FOLDER; one that is there is not fetched again
    python scripts/apps.py crm --source crm=FOLDER --write      # from a folder; the table is written
    python scripts/apps.py wiki --source wiki=file:///srv/git/wiki.git      # cloned from another address

Needs git, pytest, and what the apps import: `pip install 'frappe_lite[all,bench]'` and their own packages, which are
told.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "apps.md"
BEGIN, END = "<!-- tried: apps -->", "<!-- end of what was tried -->"
APPS: dict[str, tuple[str, ...]] = {
    "crm": (), "lms": ("payments",), "gameplan": (), "drive": (), "helpdesk": ("telephony",), "raven": (),
    "builder": (), "wiki": (), "sheets": (), "buzz": ("payments",), "forms_pro": ("frappe_factory_bot",),
    "frappe_whatsapp": (), "fossunited": (),
}  # fmt: skip
"""App -> those that are loaded before it."""
OWNERS = {
    "raven": "The-Commit-Company", "buzz": "BuildWithHussain", "forms_pro": "BuildWithHussain",
    "frappe_factory_bot": "TomasBarry", "frappe_whatsapp": "shridarpatil", "fossunited": "fossunited",
}  # fmt: skip
"""Whose repository an app is, where it is not Frappe's own."""


@dataclass
class Tried:
    """What came of one app."""

    name: str
    version: str = ""
    doctypes: int = 0
    set_up: bool = False
    functions: dict[str, int] = field(default_factory=dict)
    tests: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def row(self) -> str:
        """The app's line of the table."""
        answered, asked = self.functions.get("answered", 0), sum(self.functions.values())
        passed, run = self.tests.get("passed", 0), sum(self.tests.values()) - self.tests.get("skipped", 0)
        done = "yes" if self.set_up else "no"
        return (
            f"| {self.name} | {self.version} | {self.doctypes} | {done} | {answered} of {asked} | {passed} of {run} |"
        )


# --- where they come from ---------------------------------------------------------------------------------


class NotFetched(Exception):
    """An app that is not where it should be, in one sentence."""


def fetched(name: str, into: Path, source: str = "") -> Path:
    """The folder of an app: `source`, if it is one, else a clone of that address or of the app's own, unless it is
    there.

    Raises NotFetched.
    """
    if source and "://" not in source:
        folder = Path(source).resolve()
        if not folder.is_dir():
            raise NotFetched(f"{name} is not in {source}: there is no such folder")
        return folder
    folder, address = into / name, source or f"https://github.com/{OWNERS.get(name, 'frappe')}/{name}"
    if not folder.exists():
        command = ["git", "-c", "core.askPass=true", "clone", "--quiet", "--depth", "1", address, str(folder)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "GIT_TERMINAL_PROMPT": "0"}
        )
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["git says nothing"])[-1]
            raise NotFetched(f"{name} could not be fetched from {address}: {said}")
    return folder


def version(folder: Path, name: str) -> str:
    """What the app calls its version, and the commit, if it is a clone."""
    told = ""
    for file in (folder / name / "__init__.py", folder / "__init__.py"):
        if file.exists():
            lines = [line for line in file.read_text().splitlines() if line.startswith("__version__")]
            told = lines[0].partition("=")[2].strip().strip("\"'") if lines else ""
            break
    asked = ["git", "-C", str(folder), "rev-parse", "--short=8", "HEAD"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False) if (folder / ".git").exists() else None
    return f"{told} ({commit.stdout.strip()})" if commit and commit.returncode == 0 else told


# --- what is tried ----------------------------------------------------------------------------------------


def look_at(folders: list[Path]) -> Tried:
    """Load the last of the folders after the others; call each function that needs no arguments, as the
    Administrator."""
    sys.path.insert(0, str(ROOT))
    import frappe_lite.errors as errors
    from frappe_lite.face.apps.loading import package_folder
    from frappe_lite.parts.testing import TestSite

    site = TestSite([str(each) for each in folders])
    name = package_folder(folders[-1]).name
    app, tried = site.apps[name], Tried(name, version(folders[-1], name))
    with site.acting() as ctx:
        tried.doctypes = len([each for each in site.controller_modules.values() if each.startswith(f"{name}.")])
        steps = app.hooks.get("after_install") or ()
        steps = [steps] if isinstance(steps, str) else steps
        tried.set_up = all(ctx.store.value(f"installed:{name}:{step}") is not None for step in steps)
    tried.problems = [str(each) for each in app.problems]
    client = site.client()
    for dotted, method in sorted(site.methods.items()):
        if dotted.startswith(f"{name}.") and not any(
            each.default is each.empty and each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
            for each in method.parameters
        ):
            verb = "GET" if "GET" in method.http_methods else method.http_methods[0]
            count(tried.functions, _answer(client, f"{verb} /api/method/{dotted}", errors))
    site.close()
    return tried


def looked_at(folders: list[Path]) -> Tried | None:
    """`look_at` in a process of its own, for an app is imported once; None if it failed."""
    asked = [sys.executable, __file__, "--look", *map(str, folders)]
    done = subprocess.run(asked, check=False, stdout=subprocess.PIPE, text=True)
    return Tried(**json.loads(done.stdout.splitlines()[-1])) if done.returncode == 0 else None


def _answer(client: Any, request: str, errors: Any) -> str:
    """`answered`, or why not: the app refuses by itself, lacks something here, or fails."""
    try:
        status = client(request).status_code
    except errors.FrappeError as error:
        status = error.http_status
    except Exception:  # whatever an app does
        return "failed"
    return "answered" if status < 400 else "refused" if status < 500 else "not provided" if status == 501 else "failed"


def count(counts: dict[str, int], key: str) -> None:
    """One more."""
    counts[key] = counts.get(key, 0) + 1


def tested(folders: list[Path], into: Path) -> dict[str, int]:
    """Run the app's own tests; how many passed, failed, were skipped."""
    report, ini = into / "report.xml", into / "tests.ini"
    ini.write_text("[pytest]\nfrappe_apps =\n" + "".join(f"    {each}\n" for each in folders))
    command = [sys.executable, "-m", "pytest", "-c", str(ini), "--rootdir", str(into), "-q", "-p", "no:cacheprovider"]
    package = next(each.parent for each in sorted(folders[-1].glob("**/hooks.py")))
    options = ["--continue-on-collection-errors", "--junitxml", str(report), *_test_files(package)]
    subprocess.run([*command, *options], check=False, stdout=subprocess.DEVNULL, cwd=into)
    return counted(report)


def _test_files(package: Path) -> list[str]:
    """The modules that have tests in them."""
    found = [each for each in sorted(package.rglob("test_*.py")) if "node_modules" not in each.parts]
    return [str(each) for each in found if "def test" in each.read_text(errors="replace")]


def counted(report: Path) -> dict[str, int]:
    """The outcomes in a report of pytest's."""
    found: dict[str, int] = {}
    for case in xml.parse(report).getroot().iter("testcase") if report.exists() else ():
        tags = {each.tag for each in case}
        count(found, "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed")
    return found


# --- the page ---------------------------------------------------------------------------------------------

HEAD = """| app | version | DocTypes | set up | functions that answer | own tests that pass |
|---|---|---|---|---|---|"""


def written(page: str, rows: list[str]) -> str:
    """The page with the rows in its table: those of other apps stay, in the order of APPS."""
    before, _, rest = page.partition(BEGIN)
    table, _, after = rest.partition(END)
    lines = {line.split("|")[1].strip(): line for line in [*table.strip().splitlines()[2:], *rows]}
    ordered = [lines[name] for name in [*APPS, *sorted(lines.keys() - APPS.keys())] if name in lines]
    return f"{before}{BEGIN}\n\n" + "\n".join([HEAD, *ordered]) + f"\n\n{END}{after}"


def main(words: list[str] | None = None) -> None:
    """Try the apps that were named, print what came of each, write the table if asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("apps", nargs="*", help="apps; by default those of the table")
    parser.add_argument("--into", type=Path, help="a folder to fetch into, and to keep")
    parser.add_argument("--source", action="append", default=[], help="APP=FOLDER: where an app is already")
    parser.add_argument("--write", action="store_true", help="write the table of docs/apps.md")
    parser.add_argument("--no-tests", action="store_true", help="leave the apps' own tests out")
    parser.add_argument("--look", nargs="+", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    if given.look:
        print(json.dumps(asdict(look_at(given.look))))
        return
    with tempfile.TemporaryDirectory(prefix="frappe_lite-apps-") as folder:
        into = (given.into or Path(folder)).resolve()
        into.mkdir(parents=True, exist_ok=True)
        sources = {name: place for name, _, place in (each.partition("=") for each in given.source)}
        rows = []
        for name in given.apps or APPS:
            try:
                folders = [fetched(each, into, sources.get(each, "")) for each in (*APPS.get(name, ()), name)]
            except NotFetched as error:
                print(error, file=sys.stderr, flush=True)
                continue
            tried = looked_at(folders)
            if tried is None:
                print(f"{name} could not be loaded: see above", file=sys.stderr, flush=True)
                continue
            tried.tests = {} if given.no_tests else tested(folders, Path(folder))
            rows.append(tried.row)
            print(tried.row, tried.functions, tried.tests, *tried.problems, sep="\n    ", flush=True)
        if given.write:
            PAGE.write_text(written(PAGE.read_text(), rows))


if __name__ == "__main__":
    main()
