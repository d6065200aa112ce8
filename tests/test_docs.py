"""The documentation is executed: its examples run, its tables come from the code, what it names exists."""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import re
import shlex
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

import frappe_lite
from frappe_lite import query, router
from frappe_lite.command import cli
from frappe_lite.command import settings as cli_settings
from frappe_lite.doctype import fieldtypes
from frappe_lite.whitelist import built_in, decorated

ROOT = Path(__file__).parent.parent
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGES.md",
    *sorted(f"docs/{each.name}" for each in (ROOT / "docs").glob("*.md")),
]
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def load_script() -> Any:
    spec = importlib.util.spec_from_file_location("docs_script", ROOT / "scripts" / "docs.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


docs = load_script()


def text_of(page: str) -> str:
    return (ROOT / page).read_text()


def blocks(page: str, language: str) -> list[str]:
    return [body for info, body in FENCE.findall(text_of(page)) if info == language]


# --- generated parts -------------------------------------------------------------------------------------


def test_generated_parts_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    status = docs.main(["--check"])
    assert status == 0, capsys.readouterr().err


def test_a_changed_table_is_noticed() -> None:
    page = "<!-- generated: functions -->\nold\n<!-- end -->\n"
    assert docs.renewed(page) == f"<!-- generated: functions -->\n\n{docs.functions()}\n\n<!-- end -->\n"


def test_a_snippet_that_moved_says_where_to() -> None:
    with pytest.raises(docs.Outdated, match=r"frappe_lite/store.py has no V1_ROUTES; it is in frappe_lite/router.py"):
        docs.renewed("<!-- source: frappe_lite/store.py V1_ROUTES -->\n<!-- end -->")


@pytest.mark.parametrize("name", sorted(docs.GENERATED))
def test_each_table_stands_on_a_page(name: str) -> None:
    assert any(f"<!-- generated: {name} -->" in text_of(page) for page in PAGES)


# --- examples --------------------------------------------------------------------------------------------


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own with the examples in it; what an example imports or registers is forgotten afterwards."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    modules, methods = set(sys.modules), dict(decorated)
    yield tmp_path
    for name in set(sys.modules) - modules:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)) or name in ("sample", "shop"):
            del sys.modules[name]
    decorated.clear()
    decorated.update(methods)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_examples_run(page: str, workplace: Path) -> None:
    """The blocks of a page, in order, in one namespace."""
    namespace: dict[str, Any] = {"__name__": "docs_example"}
    try:
        for number, block in enumerate(blocks(page, "python"), 1):
            exec(compile(block, f"{page}, block {number}", "exec"), namespace)
    finally:
        for value in namespace.values():
            if isinstance(value, frappe_lite.Site):
                value.close()
        namespace.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # the streams of an upload are closed by the collector
            gc.collect()


@pytest.mark.parametrize("page", PAGES)
def test_examples_that_need_a_server_compile(page: str) -> None:
    for block in [*blocks(page, "python server"), *blocks(page, "py")]:
        compile(
            re.sub(r"^(    )?return |^    yield ", "pass; ", block, flags=re.MULTILINE)
            if block.startswith((" ", "return"))
            else block,
            page,
            "exec",
        )


def shell_lines(page: str) -> Iterator[str]:
    for block in blocks(page, "bash"):
        yield from block.replace("\\\n", " ").splitlines()


def commands(page: str) -> list[str]:
    return [
        match[1] for line in shell_lines(page) for match in re.finditer(r"(?:^|[\s(/])frappe-lite ([^|)#&\n]+)", line)
    ]


@pytest.mark.parametrize(("page", "command"), [(page, command) for page in PAGES for command in commands(page)])
def test_commands_exist(page: str, command: str) -> None:
    words = shlex.split(command)
    if words == ["COMMAND", "--help"]:
        return
    cli._parser().parse_args(words)  # exits with 2 for a command or flag that does not exist


def requests(page: str) -> list[tuple[str, str]]:
    """(verb, path) of each curl line."""
    found = []
    for line in shell_lines(page):
        for part in re.findall(r"\bcurl [^;)|&]*", line):
            words = shlex.split(part)
            urls = [word for word in words if word.startswith("http://127.0.0.1")]
            verb = (
                words[words.index("-X") + 1]
                if "-X" in words
                else "GET"
                if "-G" in words
                else "POST"
                if {"-d", "-F", "--data-urlencode"} & set(words)
                else "GET"
            )
            found += [(verb, unquote(urlsplit(url).path)) for url in urls]
    return found


@pytest.mark.parametrize(("page", "verb", "path"), [(page, *each) for page in PAGES for each in requests(page)])
def test_requests_have_a_route(page: str, verb: str, path: str) -> None:
    if not path.startswith("/api/"):
        site = frappe_lite.Site()
        site.close()
        assert any(pattern.match(path) for pattern, _ in site.extensions.pages)
        return
    version, rest = router.version_of(path.removeprefix("/api/"))
    handler, names = router.RouteTable(docs.all_routes(version.number)).match(verb, rest)
    if handler is router.method and not names["name"].startswith(("sample.", "shop.")):
        assert names["name"] in built_in


@pytest.mark.parametrize("page", ["README.md", "docs/clients.md"])
@pytest.mark.parametrize(
    ("path", "is_passed_on"),
    [
        ("/api/resource/Task", True),
        ("/app", True),
        ("/app/task", True),
        ("/private/files/a.txt", True),
        ("/app.jsx", False),
        ("/apical", False),
        ("/src/api/x.js", False),
    ],
)
def test_what_vite_passes_on_is_ours(page: str, path: str, is_passed_on: bool) -> None:
    """A page of the front end's own that is called app.jsx is its own."""
    (pattern,) = re.findall(r'proxy: \{ "([^"]+)"', text_of(page))
    assert bool(re.search(pattern, path)) is is_passed_on


def test_pages_have_requests_and_commands() -> None:
    """So that a change of style in the pages does not empty the tests above."""
    assert sum(len(requests(page)) for page in PAGES) >= 10
    assert sum(len(commands(page)) for page in PAGES) >= 8


# --- completeness ----------------------------------------------------------------------------------------


def missing(names: Any, page: str) -> list[str]:
    text = text_of(page)
    return [name for name in names if f"`{name}`" not in text and f"`{name} " not in text]


def test_each_operator_is_described() -> None:
    assert not missing(query.OPERATORS, "docs/filters.md")
    assert not missing(query.FUNCTIONS, "docs/filters.md")


def test_each_fieldtype_is_described() -> None:
    assert not missing(fieldtypes.FIELDTYPES, "docs/documents.md")


def test_each_command_and_flag_is_described() -> None:
    assert not missing((f"frappe-lite {name}" for name in docs.commands()), "docs/command-line.md")
    settings = {each.flag for each in cli_settings.SETTINGS if each.flag}
    assert not missing(settings, "docs/settings.md")
    flags = {
        option
        for parser in docs.commands().values()
        for action in parser._actions
        if action.help != argparse.SUPPRESS
        for option in action.option_strings
    } - {"-h", "--help"}
    assert not missing(flags - settings, "docs/command-line.md")
    assert argparse.SUPPRESS not in text_of("docs/command-line.md")


def test_each_keyword_and_setting_is_described() -> None:
    assert not missing(docs.keywords(), "docs/settings.md")
    assert not missing(docs.settings_kept(), "docs/settings.md")
    assert not missing(docs.environment_read(), "docs/settings.md")


def test_each_method_is_described() -> None:
    assert not missing(docs.own_methods(), "docs/methods.md")


def test_each_name_of_frappe_is_described() -> None:
    names = (f"frappe.{name}" for name in set(frappe_lite.face.__all__) - {"_lt"})
    assert not missing(names, "docs/apps.md")


def test_no_sentence_is_left_over() -> None:
    """A setting, keyword, variable or hook that is gone takes its sentence with it."""
    assert set(docs.SETTINGS) == docs.settings_read()
    assert set(docs.KEYWORDS) == set(docs.keywords())
    assert docs.environment_read() == {each.variable for each in cli_settings.SETTINGS if each.secret}
    assert set(docs.HOOKS) == docs.hooks_read()


def test_settings_that_act_stand_apart_from_those_that_are_only_kept() -> None:
    raw = json.loads((docs.PACKAGE / "doctypes" / "system_settings.json").read_text())
    names = raw["field_order"]
    last = set(names[names.index("kept_section") :])
    assert last & set(docs.settings_kept()) == set(docs.settings_kept()) - docs.settings_read()


def test_the_size_in_the_readme_is_about_right() -> None:
    claimed = re.search(r"about ([\d,]+) lines", text_of("README.md"))
    actual = sum(len(file.read_text().splitlines()) for file in (ROOT / "frappe_lite").rglob("*.py"))
    assert claimed
    assert abs(int(claimed[1].replace(",", "")) - actual) < actual * 0.06


def test_the_changes_begin_with_this_version() -> None:
    first = re.search(r"^## (\S+)", text_of("CHANGES.md"), re.MULTILINE)
    assert first
    assert first[1] == frappe_lite.__version__
