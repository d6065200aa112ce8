"""Bring the JavaScript libraries of the desk into frappe_lite/desk/vendor, from the npm registry.

Each stands in PACKAGES with its version and the hash that npm publishes for it; a download with another hash is
refused. Import specifiers are rewritten to files beside each other, so that a browser needs no import map and a server
no build.

    python scripts/vendor.py            fetches them all (needs npm)
    python scripts/vendor.py --check    downloads nothing; 1 if the files are not those of SUMS
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "frappe_lite" / "desk" / "vendor"


@dataclass(frozen=True)
class Package:
    """A package of npm: which of its files are kept, and under which names."""

    name: str
    version: str
    integrity: str
    licence: str
    files: dict[str, str]


PACKAGES = (
    Package(
        "preact", "11.2.0",
        "sha512-/HfHI/7N84e6GrWBJ3J280z3mLaRJiDcSvj/A+y/4AbLnND/1UlGHe1sR6oYuTGwId0nP7dqDU9OnLxMPZ7xBg==", "MIT",
        {"dist/preact.mjs": "preact.js", "hooks/dist/hooks.mjs": "hooks.js"},
    ),
    Package(
        "htm", "3.1.1",
        "sha512-983Vyg8NwUE7JkZ6NmOqpCZ+sh1bKv2iYTlUkzlWmA5JD2acKoxd4KVxbMmxX/85mtfdnDmTFoNKcg5DGAvxNQ==", "Apache-2.0",
        {"dist/htm.mjs": "htm.js"},
    ),
    Package(
        "@preact/signals-core", "1.14.5",
        "sha512-vcRv7Ityz5JVmeiVqIluLFzT/PDS/AlhHUpw3/aUWqcVUs6bDGIPXE/6RSC4evBNWYvnniozg5Syfj33al3gkg==", "MIT",
        {"dist/signals-core.mjs": "signals-core.js"},
    ),
    Package(
        "@preact/signals", "2.11.4",
        "sha512-Rb+5RPo9gWSaHtzJeauhHxiC8KP/IF2DEPkHPEOGOnuy2wnJzRqyeLRankUCYd6ADqtxS6GnWGv6Ie343d8aYw==", "MIT",
        {"dist/signals.mjs": "signals.js"},
    ),
)  # fmt: skip

SPECIFIERS = {"preact": "./preact.js", "preact/hooks": "./hooks.js", "@preact/signals-core": "./signals-core.js"}
"""What the files import, and the file that it is here."""

_IMPORT = re.compile(r"""(\bfrom\s*|\bimport\s*)(["'])([@\w][\w@/-]*)\2""")


def rewritten(text: str) -> str:
    """A module whose bare imports name files beside it. Raises KeyError for a specifier that is not in SPECIFIERS."""
    text = re.sub(r"\n?//# sourceMappingURL=\S+\s*\Z", "\n", text)
    return _IMPORT.sub(lambda found: f"{found[1]}{found[2]}{SPECIFIERS[found[3]]}{found[2]}", text)


def fetch(package: Package, folder: Path) -> dict[str, bytes]:
    """The files of a package and its licence, by the names that they have here. Exits if the hash is another."""
    told = subprocess.run(
        ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    archive = folder / told.stdout.strip().splitlines()[-1]
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.integrity:
        sys.exit(f"{package.name} {package.version} has the hash {found}, not {package.integrity}")
    kept = {}
    with tarfile.open(archive) as tar:
        for path, name in {**package.files, "LICENSE": f"LICENSE.{package.name.rpartition('/')[2]}"}.items():
            content = tar.extractfile(f"package/{path}")
            assert content is not None
            data = content.read()
            if name.endswith(".js"):
                data = rewritten(data.decode()).encode()
            kept[name] = data
    return kept


def notice() -> str:
    """The README of the folder: what is here, from where, under which licence."""
    rows = "".join(
        f"| {each.name} | {each.version} | {each.licence} | {', '.join(each.files.values())} |\n" for each in PACKAGES
    )
    return (
        "# Libraries of the desk\n\n"
        "Fetched from the npm registry by `scripts/vendor.py`, which holds versions and hashes; only import "
        "specifiers are changed, and one export is added.\n"
        "Do not edit them here. Their licences stand beside them.\n\n"
        f"| package | version | licence | files |\n|---|---|---|---|\n{rows}"
    )


def sums() -> str:
    """The SHA-256 of each file in the folder."""
    return "".join(
        f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n"
        for each in sorted(FOLDER.iterdir())
        if each.name != "SUMS"
    )


def main(arguments: list[str] | None = None) -> int:
    """Fetch, or check."""
    parser = argparse.ArgumentParser(description="The JavaScript libraries of the desk.")
    parser.add_argument("--check", action="store_true", help="whether the files are those that were fetched")
    if parser.parse_args(arguments).check:
        return int(sums() != (FOLDER / "SUMS").read_text())
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        fetched = [fetch(package, Path(temporary)) for package in PACKAGES]
    for old in FOLDER.iterdir():
        old.unlink()
    for files in fetched:
        for name, content in files.items():
            (FOLDER / name).write_bytes(content)
    (FOLDER / "README.md").write_text(notice())
    (FOLDER / "SUMS").write_text(sums())
    return 0


if __name__ == "__main__":
    sys.exit(main())
