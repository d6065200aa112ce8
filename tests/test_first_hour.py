"""The script of the first hour: its steps are told, its limits are those that are promised, and passing one is a failure."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Path(__file__).parents[1] / "scripts" / "first_hour.py"
    spec = importlib.util.spec_from_file_location("first_hour", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("seconds", "changed", "status"),
    [
        pytest.param([20, 20, 20, 10, 99, 99, 99, 99, 99], 1.0, 0, id="all within their limits"),
        pytest.param([20, 20, 21, 10, 0, 0, 0, 0, 0], 1.0, 1, id="clone, install and first answer together"),
        pytest.param([0, 0, 0, 11, 0, 0, 0], 1.0, 1, id="an app of one's own"),
        pytest.param([0, 0, 0, 0, 0, 0, 0], 1.1, 1, id="a change that is served late"),
    ],
)
def test_what_takes_too_long_is_a_failure(
    script: ModuleType, capsys: pytest.CaptureFixture[str], seconds: list[float], changed: float, status: int
) -> None:
    assert script.judge(seconds, changed) == status
    assert capsys.readouterr().out.count("too long") == status


def test_each_step_says_what_it_does(script: ModuleType) -> None:
    assert [each.__name__ for each in script.STEPS] == [
        "clone", "install", "sample", "own_app", "own_tests", "change", "page", "wheel", "one_file",
    ]  # fmt: skip
    assert all(each.__doc__ for each in script.STEPS)


def test_a_step_that_fails_says_what_was_said(script: ModuleType, tmp_path: Path) -> None:
    hour = script.Hour(tmp_path)
    with pytest.raises(SystemExit, match="(?s)sh -c echo why; exit 3 failed:.*why"):
        hour.run("sh", "-c", "echo why; exit 3", folder=tmp_path)
    assert hour.run("echo", "fine", folder=tmp_path) == "fine\n"
