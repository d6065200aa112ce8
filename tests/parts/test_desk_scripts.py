"""The desk's scripts as a compiler and a linter read them. They are served as they are; nothing is built."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from frappe_lite.parts.bundle import Bundles
from frappe_lite.parts.desk import FOLDER

TOOLS = Path(__file__).parents[2] / ".venv" / "js" / "node_modules" / ".bin"
OPTIONS = {
    "allowJs": True, "checkJs": True, "noEmit": True, "target": "es2023", "module": "esnext", "moduleResolution": "bundler",
    "lib": ["esnext", "dom", "dom.iterable"], "skipLibCheck": True, "types": [],
}  # fmt: skip
ALLOWED = ("unicorn/no-invalid-fetch-options",)
"""Rules that know too little: the one place that calls fetch gives a GET no body."""


def run(tool: str, *arguments: str) -> str:
    """What a tool says. Skipped where npm did not bring it."""
    if not (TOOLS / tool).exists():
        pytest.skip(f"needs {tool}, which `make test` fetches with npm")
    done = subprocess.run([str(TOOLS / tool), *arguments], capture_output=True, text=True, timeout=600)
    return done.stdout + done.stderr


def test_types_fit(tmp_path: Path) -> None:
    """Of our own: the libraries are as their makers packed them. A check that finds nothing proves something only if it
    finds what is wrong: one file is."""
    wrong = tmp_path / "wrong.js"
    wrong.write_text('/** @param {number} count */\nconst twice = (count) => count * 2;\ntwice("two");\n')
    project = tmp_path / "tsconfig.json"
    include, vendor = [str(FOLDER / "**" / "*.js"), str(wrong)], str(FOLDER / "vendor")
    project.write_text(json.dumps({"compilerOptions": OPTIONS, "include": include, "exclude": [vendor]}))
    found = run("tsc", "-p", str(project)).splitlines()
    (told,) = [each for each in found if "error TS" in each and "/vendor/" not in each]
    assert "wrong.js" in told and "error TS2345" in told


def test_nothing_is_left_over_or_suspicious() -> None:
    allowed = [word for each in ALLOWED for word in ("--allow", each)]
    said = run("oxlint", "--format", "unix", *allowed, "--ignore-pattern", "vendor", str(FOLDER)).splitlines()
    assert [each for each in said if each.startswith("/") or ".js:" in each] == []


# --- what they compute, asked of node where it is there --------------------------------------------------

BOOT = """globalThis.document = {getElementById: () => ({textContent: '{"user": {"name": "Guest"}, "doctypes": []}'})};
globalThis.location = {pathname: "/app", origin: "http://localhost", search: ""};"""


def ask(folder: Path, module: str, call: str) -> object:
    """What an expression says to whom a module's exports are `it`."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    scripts = {each.relative_to(FOLDER).as_posix(): each.read_text() for each in FOLDER.rglob("*.js")}
    (folder / "it.mjs").write_text(Bundles(scripts, module)[module])
    asked = f'{BOOT}\nconst {{ made }} = await import("./it.mjs");\nconst it = made["{module}"];\n'
    (folder / "ask.mjs").write_text(f"{asked}console.log(JSON.stringify({call}));")
    done = subprocess.run([node, str(folder / "ask.mjs")], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_axes_have_round_numbers(tmp_path: Path) -> None:
    """Of things that are counted there is no half: an axis of them has whole numbers, evenly apart."""
    cases: dict[tuple[float, bool], list[float]] = {
        (9, True): [0, 5, 10],
        (1, True): [0, 1],
        (0, True): [0],
        (27, True): [0, 10, 20, 30],
        (100, True): [0, 25, 50, 75, 100],
        (9, False): [0, 2.5, 5, 7.5, 10],
        (0.4, False): [0, 0.1, 0.2, 0.3, 0.4],
    }
    found = ask(tmp_path, "parts/graph.js", f"{json.dumps(list(cases))}.map(([most, whole]) => it.ticks(most, whole))")
    assert isinstance(found, list)
    for case, marks in zip(cases, found, strict=True):
        assert [round(each, 9) for each in marks] == cases[case], case


def test_moments_are_told_as_the_site_has_them(tmp_path: Path) -> None:
    """By the minute, in no other zone, and the same each time; what is no moment is told as it stands."""
    values = ["2019-05-04 03:02:01.000123", "2019-05-04 03:02:59", "2019-05-04 13:02:00", "soon"]
    call = f"[0, 1].map(() => {json.dumps(values)}.map((each) => it.display({{fieldtype: 'Datetime'}}, each)))"
    found = ask(tmp_path, "model/format.js", call)
    assert isinstance(found, list)
    first, again = found
    assert first == again
    assert first[0] == first[1] != first[2]
    assert ("2019" in first[0], "3:02" in first[0], first[3]) == (True, True, "soon")


GUESSES: dict[str, tuple[list[str], object]] = {
    "nothing": (["", " ", ""], "Data"),
    "whole numbers": (["1", "-20", "1,234"], "Int"),
    "whole numbers and blanks": (["1", "", "3"], "Int"),
    "beyond 31 bits": (["1", "4915112345678"], "Long Int"),
    "beyond what a script counts": (["12345678901234567890"], "Data"),
    "post codes": (["01067", "10115"], "Data"),
    "phone numbers": (["+49 30 1", "+49 30 2"], "Data"),
    "numbers": (["1.5", "2", ".5", "1,234.50", "1e3"], "Float"),
    "numbers of the continent": (["1,5", "2,75"], "Data"),
    "a word among numbers": (["1", "2", "n/a"], "Data"),
    "yes and no": (["yes", "No", "TRUE", "false"], "Check"),
    "ones and noughts": (["1", "0", "1"], "Check"),
    "ones alone": (["1", "1"], "Int"),
    "days": (["2026-02-28", "2024-02-29"], "Date"),
    "no such day": (["2026-02-30"], "Data"),
    "no such month": (["2026-13-01"], "Data"),
    "days of the continent": (["31.12.2026"], "Data"),
    "moments": (["2026-02-28 10:00", "2026-02-28T10:00:59.5"], "Datetime"),
    "moments and days": (["2026-02-28", "2026-02-28 23:59:59"], "Datetime"),
    "no such hour": (["2026-02-28 25:00"], "Data"),
    "times": (["9:30", "23:59:59"], "Time"),
    "few words, often": (["Open", "Done"] * 4, {"fieldtype": "Select", "options": ["Open", "Done"]}),
    "few words, not often": (["Open", "Done", "Late"], "Data"),
    "one word": (["Open"] * 9, "Data"),
    "many words": ([f"word {number % 9}" for number in range(90)], "Data"),
    "long texts": (["x" * 141, "y"], "Long Text"),
    "lines": (["one\ntwo"], "Long Text"),
    "as long as it may be": (["x" * 140, "y"], "Data"),
}


def test_a_columns_type_is_guessed(tmp_path: Path) -> None:
    """What would be wrong for one cell is guessed for none."""
    cells = [each for each, _ in GUESSES.values()]
    found = ask(tmp_path, "model/guess.js", f"{json.dumps(cells)}.map(it.guess)")
    wanted = [each if isinstance(each, dict) else {"fieldtype": each} for _, each in GUESSES.values()]
    assert isinstance(found, list)
    assert dict(zip(GUESSES, found, strict=True)) == dict(zip(GUESSES, wanted, strict=True))


def test_a_doctype_is_named_after_the_file(tmp_path: Path) -> None:
    names = {
        "price_list.csv": "Price List", "2026-11 orders.final.xlsx": "Orders Final", "kunden-größen.csv": "Kunden Größen",
        "IBAN.csv": "IBAN", "42.csv": "New DocType", "": "New DocType", "x" * 90: "X" + "x" * 54, "taken.csv": "Taken 3",
    }  # fmt: skip
    taken = "(name) => ['Taken', 'Taken 2'].includes(name)"
    found = ask(tmp_path, "model/guess.js", f"{json.dumps(list(names))}.map((each) => it.doctypeName(each, {taken}))")
    assert found == list(names.values())


def test_fieldnames_are_plain_and_none_twice(tmp_path: Path) -> None:
    labels = ["Größe", "Name", "name", "Due Date", "due-date", "2nd", "名前", "", "Delete", "É%x", "idx", "-_-"]
    found = ask(tmp_path, "model/guess.js", f"it.fieldnames({json.dumps(labels)})")
    assert found == [
        "grosse", "name1", "name1_2", "due_date", "due_date_2", "column_2nd", "column_7", "column_8", "delete1", "e_x",
        "idx1", "column_12",
    ]  # fmt: skip


def test_a_doctype_is_proposed_for_columns(tmp_path: Path) -> None:
    titles, rows = (
        ["ID", "Title", "", "Empty", "Kind"],
        [[str(at), f"t{at}", "1.5", "", "ab"[at % 2]] for at in range(8)],
    )
    given = f"it.proposal({json.dumps(titles)}, {json.dumps(rows)})"
    found = ask(tmp_path, "model/guess.js", f"{{columns: {given}, ...it.doctypeFor('Thing', {given})}}")
    assert isinstance(found, dict)
    kinds = [(each["label"], each["fieldtype"], each["taken"]) for each in found["columns"]]
    assert kinds == [
        ("ID", "ID", True), ("Title", "Data", True), ("Column 3", "Float", True), ("Empty", "Data", False),
        ("Kind", "Select", True),
    ]  # fmt: skip
    doc = found["doc"]
    assert found["places"] == ["name", "title", "column_3", "", "kind"]
    assert [each["fieldname"] for each in doc["fields"]] == ["title", "column_3", "kind"]
    assert (doc["name"], doc["custom"], doc["autoname"], doc["title_field"]) == ("Thing", 1, "prompt", "title")
    assert doc["fields"][2]["options"] == "\na\nb"


def test_an_id_that_stands_twice_names_nothing(tmp_path: Path) -> None:
    call = "it.proposal(['ID'], [['a'], ['a']])"
    found = ask(tmp_path, "model/guess.js", f"[...{call}, it.doctypeFor('Thing', {call}).doc.autoname]")
    assert found == [{"label": "ID", "taken": True, "fieldtype": "Data"}, "hash"]
