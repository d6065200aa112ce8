"""The script that runs the core of the suite under other Pythons: which it takes, what it says, when it fails."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module; it builds and installs nothing."""
    spec = importlib.util.spec_from_file_location("pythons", ROOT / "scripts" / "pythons.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "pythons", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "build", lambda: Path("frappe_lite.whl"))
    monkeypatch.setattr(module, "environment", lambda version, interpreter, wheel: interpreter)
    return module


def test_it_finds_the_python_that_it_runs_in(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "versions" / f"{OWN}.99" / "bin"
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert script.find(OWN) == folder / "python"


def test_what_is_called_so_and_is_another_is_not_taken(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyenv puts a python3.9 on the PATH that only says which versions there are."""
    (tmp_path / "python3.10").write_text("#!/bin/sh\necho 'pyenv: python3.10: command not found' >&2\nexit 127\n")
    (tmp_path / "python3.10").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert script.find("3.10") is None


@pytest.mark.parametrize(
    ("asked", "found", "failing", "status", "lines"),
    [
        pytest.param(["3.10"], True, "", 0, ["Python 3.10: 7 passed in 2 s"], id="all went well"),
        pytest.param(["3.10"], True, "pytest", 1, ["Python 3.10: it says why"], id="a test fails"),
        pytest.param(["3.10"], True, "ast", 1, ["Python 3.10: it says why"], id="a file that this Python cannot read"),
        pytest.param(["3.14"], False, "", 0, ["Python 3.14: not on this machine"], id="one that is not here"),
        pytest.param(["3.10", "3.13"], True, "", 0, ["Python 3.10: ", "Python 3.13: "], id="in the order asked for"),
        pytest.param(["2.7"], True, "", 2, [], id="one that the package is not for"),
    ],
)
def test_each_has_its_line(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: list[str],
    found: bool,
    failing: str,
    status: int,
    lines: list[str],
) -> None:
    def run(*words: object) -> str:
        if failing and failing in " ".join(map(str, words)):
            raise script.Failed("it says why")
        return "....\n7 passed in 2 s\n"

    monkeypatch.setattr(script, "find", lambda version: Path(sys.executable) if found else None)
    monkeypatch.setattr(script, "run", run)
    assert script.main(asked) == status
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == len(lines)
    assert all(line.startswith(begin) for line, begin in zip(printed.out.splitlines(), lines, strict=True))
    assert ("setup.cfg names 3.10, 3.11" in printed.err) == (status == 2)


def test_alone_it_takes_all_others(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "find", lambda version: None)
    assert script.main([]) == 0
    named = [line.split(":")[0].removeprefix("Python ") for line in capsys.readouterr().out.splitlines()]
    assert named == [each for each in ("3.10", "3.11", "3.12", "3.13", "3.14") if each != OWN]


def test_the_core_is_there(script: ModuleType) -> None:
    assert [each for each in script.CORE if not (ROOT / each).exists()] == []
