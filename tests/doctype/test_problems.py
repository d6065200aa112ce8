"""What is wrong with a DocType's file is told once, with its line; what can be loaded of it is loaded."""

from __future__ import annotations

import configparser
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from app_folder import Write

import frappe_lite
from frappe_lite.doctype import problems as doctype_problems
from frappe_lite.face.apps import files as app_files
from frappe_lite.face.apps import unread_hooks
from frappe_lite.site import Site

TEXT = """{
 "doctype": "DocType",
 "name": "Tea",
 "module": "Zoo",
 "field_order": ["title", "price"],
 "fields": [
  {
   "fieldname": "title",
   "fieldtype": "Data"
  },
  {
   "fieldname": "price",
   "fieldtype": "Currency",
   "options": ""
  }
 ],
 "permissions": []
}
"""


OURS = [
    file
    for file in sorted((Path(frappe_lite.__file__).parent / "doctypes").glob("*.json"))
    if file.stem != "custom_docperm"
]
"""Frappe keeps the DocType of a Custom DocPerm in a field `parent`."""


def found(text: str) -> list[str]:
    return [f"{each.line}: {each.text}" for each in doctype_problems.problems("tea.json", text, json.loads(text))]


def test_nothing_is_wrong_with_a_right_one() -> None:
    assert found(TEXT) == []


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.stem)
def test_nothing_is_wrong_with_ours(file: Path) -> None:
    assert found(file.read_text()) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param('"Currency"', '"Curency"', "13: price: there is no fieldtype Curency, it is kept as Data; is it Currency?", id="a fieldtype with a letter missing"),
        pytest.param('"Currency"', '"Blob"', "13: price: there is no fieldtype Blob, it is kept as Data", id="a fieldtype that is like none"),
        pytest.param('"Currency"', '""', "12: price: the field has no fieldtype, it is kept as Data", id="no fieldtype"),
        pytest.param('"fieldname": "price"', '"fieldname": "title"', "12: title: field 1 has this fieldname too, so one of them is lost", id="a fieldname twice"),
        pytest.param('"fieldname": "price"', '"fieldname": "TITLE"', "12: TITLE: field 1 has this fieldname too, so one of them is lost", id="twice but for case"),
        pytest.param('"Currency"', '"Link"', "13: price: a Link needs options: the name of a DocType", id="a Link without options"),
        pytest.param('"Currency"', '"Table"', "13: price: a Table needs options: the name of a DocType", id="a Table without options"),
        pytest.param('"Currency"', '"Dynamic Link"', "13: price: a Dynamic Link needs options: the name of the field that holds the DocType", id="a Dynamic Link"),
        pytest.param('"fieldname": "price"', '"fieldname": "my price"',
                     "12: my price: a fieldname has only letters, numbers and underscores", id="a fieldname with a space"),
        pytest.param('"fieldname": "price"', '"fieldname": "owner"', "12: owner: this name is Frappe's own; the field needs another", id="a name of Frappe's own"),
        pytest.param('"fieldname": "price",', '"label": "Price",', "13: Price: the field has no fieldname, so it holds nothing", id="no fieldname"),
        pytest.param('"fieldname": "price",', "", "13: field 2: the field has no fieldname, so it holds nothing", id="neither fieldname nor label"),
        pytest.param(' "module": "Zoo",\n', "", "3: the DocType has no module; it is taken for one of Custom", id="no module"),
        pytest.param(' "name": "Tea",\n', "", "2: the DocType has no name, so it is left out", id="no name"),
        pytest.param('"fields": [', '"fields": [5,', "6: fields is no list of objects, so the DocType is left out", id="a field that is a number"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_line(old: str, new: str, told: str) -> None:
    assert found(TEXT.replace(old, new, 1)) == [told]


def test_a_section_needs_no_name() -> None:
    assert found(TEXT.replace('"fieldname": "price",', "").replace("Currency", "Section Break")) == []


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = TEXT.replace('"Data"', '"Dat"').replace('"Currency"', '"Link"').replace(' "module": "Zoo",\n', "")
    assert [each.partition(":")[0] for each in found(text)] == ["3", "8", "12"]


# --- in an app ---


def load(site: Site, write: Write, text: str, **more: str) -> list[str]:
    app = site.load(write({"zoo/doctype/tea/tea.json": text, **more}))
    return [str(each).rpartition("/")[2] for each in app.problems]


def test_what_is_no_json_is_told_with_its_line_and_the_rest_is_loaded(site: Site, write: Write) -> None:
    told = load(
        site,
        write,
        TEXT.replace('"module": "Zoo",', '"module": "Zoo",,'),
        **{"zoo/doctype/cup/cup.json": TEXT.replace("Tea", "Cup")},
    )
    assert told == [
        "tea.json:4: this is no JSON, so the DocType is left out: Expecting property name enclosed in double quotes (column 18)"
    ]
    assert site.new_context().has_doctype("Cup") and not site.new_context().has_doctype("Tea")


@pytest.mark.parametrize("doctype", ["User", "DocType", "ToDo", "Has Role", "user"])
def test_a_doctype_that_comes_with_frappe_is_left_as_it_is(site: Site, write: Write, doctype: str) -> None:
    """A User of an app's own took the place of the site's: nobody could sign in, with or without the app."""
    with site.acting() as ctx:
        before = [each.fieldname for each in ctx.meta(doctype).fields]
    told = load(
        site, write, TEXT.replace('"Tea"', json.dumps(doctype)), **{"zoo/doctype/tea/tea.py": "class Tea: pass\n"}
    )
    assert told == [
        f"tea.json:3: {doctype} comes with Frappe, so this one is left out; give it another name, or add to Frappe's by "
        "Custom Fields"
    ]
    assert doctype not in site.controller_modules
    with site.acting() as ctx:
        assert [each.fieldname for each in ctx.meta(doctype).fields] == before
        frappe_lite.get_doc({"doctype": "User", "email": "ann@x.org", "first_name": "Ann"}).insert()


@pytest.mark.parametrize(("page", "told"), [("www/hours.html", 1), ("www/help/hours.md", 1), ("www/hours.js", 0)])
def test_pages_without_jinja_are_told_at_the_start(
    site: Site, write: Write, monkeypatch: pytest.MonkeyPatch, page: str, told: int
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "jinja2" else found(name, *more)
    )
    app = site.load(write({"hooks.py": "", page: "<h1>Hours</h1>"}))
    assert [each.text for each in app.problems] == ["pages need Jinja2: pip install 'frappe_lite[apps]'"] * told


def test_other_json_that_is_broken_is_none_of_our_business(site: Site, write: Write) -> None:
    assert load(site, write, TEXT, **{"data/broken.json": "{,", "zoo/doctype/tea/notes.json": "{,"}) == []


FAULTY = {
    "an unknown fieldtype": ('"Currency"', '"Curency"'),
    "a fieldname twice": ('"fieldname": "price"', '"fieldname": "title"'),
    "a Link to nothing": ('"Currency"', '"Link"'),
    "a bad fieldname": ('"fieldname": "price"', '"fieldname": "my price"'),
    "no fieldname": ('"fieldname": "price",', ""),
    "no module": ('"module": "Zoo",', ""),
    "no fieldtype": ('"fieldtype": "Currency",', ""),
}


@pytest.mark.parametrize(("old", "new"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_doctype_is_loaded_as_far_as_it_goes(site: Site, write: Write, old: str, new: str) -> None:
    assert len(load(site, write, TEXT.replace(old, new, 1))) == 1
    with site.acting():
        made = frappe_lite.get_doc({"doctype": "Tea", "title": "Assam"}).insert()
        assert frappe_lite.get_doc("Tea", made.name).title == "Assam"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param("class Tea(Document):\n    pass\n", [], id="the class"),
        pytest.param("from somewhere import (\n    Coffee,\n    Tea,\n)\n", [], id="a class from elsewhere"),
        pytest.param("Tea = type('Tea', (), {})\n", [], id="a class under another name"),
        pytest.param(
            "class Tee(Document):\n    pass\n",
            ["tea.py:1: there is no class Tea here, so its documents go without a controller; it has Tee"],
            id="a wrong name",
        ),
        pytest.param(
            "", ["tea.py:1: there is no class Tea here, so its documents go without a controller"], id="an empty file"
        ),
        pytest.param("x = 1\nclass (:\n", ["tea.py:2: SyntaxError: invalid syntax"], id="an error"),
    ],
)
def test_a_controller_without_its_class_is_told(site: Site, write: Write, code: str, told: list[str]) -> None:
    prefix = "from frappe.model.document import Document\n" if "Document" in code else ""
    assert load(site, write, TEXT, **{"zoo/doctype/tea/tea.py": prefix + code if prefix else code}) == told


def test_missing_packages_are_named_at_once(site: Site, write: Write, name: str) -> None:
    code = "import frappe\nimport {}\n@frappe.whitelist()\ndef call():\n    pass\n"
    app = site.load(
        write(
            {
                f"api_{index}.py": code.format(module)
                for index, module in enumerate(("no_such_b", "no_such_a", "no_such_b"))
            }
        )
    )
    (problem,) = app.problems
    assert (
        problem.text
        == f"3 modules of {name} cannot be imported, so their functions cannot be called ({name}.api_0, {name}.api_1, {name}.api_2): pip install no_such_a no_such_b"
    )


def test_a_package_has_its_name_on_pypi() -> None:
    app = frappe_lite.InstalledApp(
        "shop", broken={"shop.a": "No module named 'bs4'", "shop.b": "No module named 'dateutil.parser'"}
    )
    assert app_files.app_problems(app, Path("shop"), {}, [])[0].text.endswith(
        "pip install beautifulsoup4 python-dateutil; every bench has them: pip install 'frappe_lite[bench]'"
    )


def test_the_extra_is_what_is_said_of_it() -> None:
    config = configparser.ConfigParser()
    config.read(Path(__file__).parents[2] / "setup.cfg")
    listed = {
        re.split(r"[ \[>]", line)[0].lower() for line in config["options.extras_require"]["bench"].split("\n") if line
    }
    assert listed == {each.lower() for each in app_files.BENCH}


@pytest.mark.parametrize(
    ("required", "told"),
    [
        pytest.param(["erpnext"], ["erpnext"], id="an app that is not loaded"),
        pytest.param(
            ["frappe/erpnext", "https://github.com/frappe/hrms.git"], ["erpnext", "hrms"], id="by its repository"
        ),
        pytest.param(["frappe"], [], id="frappe, which is here"),
        pytest.param([], [], id="none"),
    ],
)
def test_apps_that_are_required_and_not_loaded_are_told(
    site: Site, write: Write, required: list[str], told: list[str]
) -> None:
    app = site.load(write({"hooks.py": f"required_apps = {required}", "tea.json": TEXT}))
    assert [each.text.split()[2].rstrip(",") for each in app.problems] == told


def test_a_start_tells_each_once(site: Site, write: Write, caplog: pytest.LogCaptureFixture) -> None:
    load(site, write, TEXT.replace("Currency", "Curency"))
    (line,) = [each.message for each in caplog.records if each.name == "frappe_lite.apps"]
    assert line.endswith("tea.json:13: price: there is no fieldtype Curency, it is kept as Data; is it Currency?")


def test_pytest_tells_them_as_warnings(tmp_path: Path) -> None:
    place = tmp_path / "zoo_of_tests" / "zoo" / "doctype" / "tea"
    place.mkdir(parents=True)
    (place / "tea.json").write_text(TEXT.replace("Currency", "Curency"))
    (tmp_path / "pytest.ini").write_text("[pytest]\nfrappe_apps = zoo_of_tests\n")
    (tmp_path / "test_it.py").write_text(
        "def test_one(frappe_site):\n    pass\n\ndef test_two(frappe_site):\n    pass\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("price: there is no fieldtype Curency") == 1
    assert "tea.json:13" in run.stdout


# --- hooks that nothing acts on ---


@pytest.mark.parametrize(
    ("hooks", "told"),
    [
        pytest.param("app_title = 'x'\n\npage_js = 'a.b'\n", ["hooks.py:3: the hook page_js is not acted on"], id="with its line"),
        pytest.param("doctype_js: dict = {'A': 'b.js'}\n", ["hooks.py:1: the hook doctype_js is not acted on"], id="with a type"),
        pytest.param("x = page_js = 'a.b'\napp_include_js = ['a']\n", ["hooks.py:1: the hook page_js", "hooks.py:2: the hook app_include_js"], id="each a line"),
        pytest.param("page_js = []\ndoctype_js = {}\n", [], id="one that says nothing is not told"),
        pytest.param("doc_events = {}\nmy_own_hook = 'a.b'\napp_logo_url = '/x.svg'\n", [], id="nor one that is read, or the app's own"),
    ],
)  # fmt: skip
def test_hooks_that_nothing_acts_on_are_told(site: Site, write: Write, hooks: str, told: list[str]) -> None:
    app = site.load(write({"hooks.py": hooks, "tea.json": TEXT}))
    found = [str(each) for each in app.problems if "the hook" in each.text]
    assert len(found) == len(told)
    assert all(wanted in line for wanted, line in zip(told, found, strict=True))


def test_what_is_told_as_unread_is_read_nowhere() -> None:
    package = Path(frappe_lite.__file__).parent
    source = "\n".join(file.read_text() for file in package.rglob("*.py") if file.name != "unread_hooks.py")
    read = set(re.findall(r'(?:get_hooks|hooks\.get|\.hook)\(\s*"(\w+)"', source))
    assert len(read) > 20 and not read & unread_hooks.UNREAD.keys()
