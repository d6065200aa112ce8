"""The script that tries published apps: where it takes them from, and what it says of one that is not there."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PATH = Path(__file__).parents[1] / "scripts" / "apps.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("apps_script", PATH)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["apps_script"] = module  # dataclasses look a module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with an app in it, as somebody publishes it."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    folder = tmp_path / "published" / "zoo"
    (folder / "zoo").mkdir(parents=True)
    (folder / "zoo" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (folder / "zoo" / "hooks.py").write_text("")
    who = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"]
    for command in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "-m", "zoo"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def test_an_app_is_cloned_once(script: Any, repository: Path, tmp_path: Path) -> None:
    found = script.fetched("zoo", tmp_path / "into", f"file://{repository}")
    assert found == tmp_path / "into" / "zoo" and (found / "zoo" / "hooks.py").exists()
    told = script.version(found, "zoo")
    assert told.startswith("1.2.3 (") and len(told) == len("1.2.3 (12345678)")
    assert script.fetched("zoo", tmp_path / "into", "file:///nowhere") == found  # it is there


def test_an_app_may_be_in_a_folder(script: Any, tmp_path: Path) -> None:
    (tmp_path / "zoo").mkdir()
    assert script.fetched("zoo", tmp_path / "into", str(tmp_path / "zoo")) == tmp_path / "zoo"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param("NOWHERE", "zoo is not in .*NOWHERE: there is no such folder", id="no folder"),
        pytest.param("file://NOWHERE", "zoo could not be fetched from file://.*NOWHERE: .*", id="no repository"),
    ],
)
def test_what_cannot_be_fetched_is_told_in_one_sentence(
    script: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str, said: str
) -> None:
    if "://" in source and shutil.which("git") is None:
        pytest.skip("needs git")
    place = source.replace("NOWHERE", str(tmp_path / "NOWHERE"))
    with pytest.raises(script.NotFetched, match=said):
        script.fetched("zoo", tmp_path / "into", place)
    script.main(["zoo", "--into", str(tmp_path / "into"), "--source", f"zoo={place}"])
    out = capsys.readouterr()
    assert len(out.err.strip().splitlines()) == 1 and out.out == ""


def test_the_table_keeps_the_apps_that_were_not_tried(script: Any) -> None:
    page = f"x\n{script.BEGIN}\n\n{script.HEAD}\n| lms | old |\n| zoo | old |\n\n{script.END}\ny"
    written = script.written(page, ["| crm | new |", "| zoo | new |"])
    assert (
        written == f"x\n{script.BEGIN}\n\n{script.HEAD}\n| crm | new |\n| lms | old |\n| zoo | new |\n\n{script.END}\ny"
    )


def test_a_row_tells_what_came_of_an_app(script: Any) -> None:
    tried = script.Tried("zoo", "1", 3, True, {"answered": 2, "refused": 1}, {"passed": 4, "failed": 1, "skipped": 7})
    assert tried.row == "| zoo | 1 | 3 | yes | 2 of 3 | 4 of 5 |"
