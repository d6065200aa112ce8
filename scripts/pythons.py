"""Run the core of the suite under each Python that the package is for, as far as this machine has it.

    python scripts/pythons.py              each but the one that runs this: `make test` is for that
    python scripts/pythons.py 3.10 3.13    these

A Python is looked for on the PATH and among those of pyenv. Each gets an environment of its own below .venv/pythons,
with the wheel in it and what the core needs; it is kept until setup.cfg changes.
"""

from __future__ import annotations

import concurrent.futures
import configparser
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv" / "pythons"
EXTRAS = "apps,secrets"
LIBRARIES = ("pytest >= 8", "hypothesis >= 6", "requests >= 2")
CORE = (
    "tests/command/test_settings.py",
    "tests/doctype/test_meta.py",
    "tests/doctype/test_naming.py",
    "tests/doctype/test_server_owned.py",
    "tests/face/test_apps.py",
    "tests/face/test_app_utils.py",
    "tests/test_errors.py",
    "tests/test_protocol.py",
    "tests/test_request.py",
    "tests/test_router_v1.py",
    "tests/test_utils.py",
    "tests/test_whitelist.py",
    "tests/test_wsgi.py",
)
"""What tells most in a few seconds: JSON, dates, TOML, signatures, imports, and a request from end to end."""


class Outcome(NamedTuple):
    """Of one Python, whether all went well, and what was said."""

    version: str
    is_well: bool
    said: str
    seconds: float = 0.0


class Failed(Exception):
    """A command failed; it holds what it said."""


def versions() -> list[str]:
    """The versions that the package says it is for, the oldest first."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return re.findall(r"^Programming Language :: Python :: (3\.\d+)$", config["metadata"]["classifiers"], re.MULTILINE)


def find(version: str) -> Path | None:
    """An interpreter of that version, if there is one that runs."""
    for candidate in _candidates(version):
        asked = [candidate, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
        if subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == version:
            return candidate
    return None


def _candidates(version: str) -> Iterator[Path]:
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"))


def run(*words: str | Path) -> str:
    """What a command says. Raises Failed."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(list(map(str, words)), cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def build() -> Path:
    """The wheel, as it would be published."""
    shutil.rmtree(FOLDER / "wheel", ignore_errors=True)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", FOLDER / "wheel", ".")
    return next((FOLDER / "wheel").glob("*.whl"))


def environment(version: str, interpreter: Path, wheel: Path) -> Path:
    """The interpreter of an environment with the wheel and the libraries in it."""
    folder = FOLDER / version
    python, stamp = folder / "bin" / "python", folder / "installed"
    if not stamp.exists() or stamp.stat().st_mtime < (ROOT / "setup.cfg").stat().st_mtime:
        run(interpreter, "-m", "venv", "--clear", "--without-pip", folder)
        pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile")
        run(*pip, f"{wheel}[{EXTRAS}]", *LIBRARIES)
        stamp.touch()
    return python


def tried(version: str, wheel: Path) -> Outcome:
    """The core under one Python: each file of the package compiled, then the tests."""
    interpreter = find(version)
    if interpreter is None:
        return Outcome(version, True, "not on this machine")
    began = time.monotonic()
    try:
        python = environment(version, interpreter, wheel)
        run(
            python,
            "-c",
            "import ast, pathlib\nfor file in pathlib.Path('frappe_lite').rglob('*.py'): ast.parse(file.read_bytes())",
        )
        said = run(python, "-m", "pytest", "-p", "no:cacheprovider", *CORE)
        return Outcome(version, True, said.strip().rpartition("\n")[2], time.monotonic() - began)
    except Failed as failed:
        return Outcome(version, False, str(failed), time.monotonic() - began)


def main(asked: Sequence[str]) -> int:
    """Try each, as many at a time as there are cores, and print a line for each; 1 if one failed."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    chosen = list(asked) or [each for each in versions() if each != own]
    if unknown := set(chosen) - set(versions()):
        print(f"{', '.join(sorted(unknown))}: setup.cfg names {', '.join(versions())}", file=sys.stderr)
        return 2
    wheel = build()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda version: tried(version, wheel), chosen))
    for each in outcomes:
        print(f"Python {each.version}: {each.said} ({each.seconds:.0f} s)")
    return int(not all(each.is_well for each in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
