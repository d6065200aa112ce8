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
    ("times", "changed", "status"),
    [
        pytest.param({"clone": 20, "install": 20, "sample": 20, "own_app": 10, "page": 99}, 1.0, 0, id="all within"),
        pytest.param({"clone": 20, "install": 20, "sample": 21, "own_app": 10}, 1.0, 1, id="a first answer too late"),
        pytest.param({"sample": 20, "own_app": 11}, 1.0, 1, id="an app of one's own, from a checkout that is there"),
        pytest.param({"own_app": 0}, 1.1, 1, id="a change that is served late"),
    ],
)
def test_what_takes_too_long_is_a_failure(
    script: ModuleType, capsys: pytest.CaptureFixture[str], times: dict[str, float], changed: float, status: int
) -> None:
    assert script.judge(times, changed) == status
    assert capsys.readouterr().out.count("too long") == status


def test_in_a_checkout_that_is_there_its_own_database_is_left_alone(script: ModuleType, tmp_path: Path) -> None:
    assert script.Hour(tmp_path, checkout=Path("/somewhere")).database == tmp_path / "site.db"
    assert script.Hour(tmp_path).database == tmp_path / "frappe_lite" / "site.db"


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


def test_a_program_that_colours_what_it_says_is_understood(script: ModuleType, tmp_path: Path) -> None:
    """Vite does where CI is set, terminal or not."""
    said = r"printf '\033[1mLocal\033[22m:  \033[36mhttp://127.0.0.1:\033[1m5173\033[22m/\n'; cat"
    with script.Hour(tmp_path).serving(
        "sh", "-c", said, "sh", folder=tmp_path, told=r"Local:\s+(http://\S+?)/?$"
    ) as url:
        assert url == "http://127.0.0.1:5173"
