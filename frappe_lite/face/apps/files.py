"""The files of an app, looked at before it runs: its DocTypes, and what is wrong with them, their controllers, and what
the app needs.

Nothing is refused. A fault that is told at the start, with its file and line, is not searched for later.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import traceback
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from ...doctype import problems as doctype_problems
from ...doctype.problems import Problem
from ...document.schema import is_built_in
from ...site import InstalledApp
from ...values import Values
from . import unread_hooks

PACKAGES = {
    "bs4": "beautifulsoup4", "dateutil": "python-dateutil", "PIL": "Pillow", "yaml": "PyYAML", "jwt": "PyJWT",
    "Crypto": "pycryptodome", "cv2": "opencv-python",
    "sklearn": "scikit-learn", "git": "GitPython", "OpenSSL": "pyOpenSSL", "ldap": "python-ldap",
    "magic": "python-magic", "docx": "python-docx", "fitz": "PyMuPDF",
    "sql_metadata": "sql-metadata",
    "googleapiclient": "google-api-python-client", "google": "google-auth", "MySQLdb": "mysqlclient",
    "pymysql": "PyMySQL", "psycopg2": "psycopg2-binary",
    "weasyprint": "WeasyPrint", "pypika": "PyPika", "jinja2": "Jinja2",
}  # fmt: skip
"""Modules whose package on PyPI has another name."""

BENCH = frozenset({
    "beautifulsoup4", "bleach", "chardet", "click", "croniter", "cryptography", "filetype", "GitPython", "Jinja2",
    "markdown2", "markdownify", "openpyxl", "passlib", "phonenumbers", "Pillow", "psutil", "pydantic", "PyJWT",
    "PyMySQL", "pyotp", "PyPika", "python-dateutil", "pytz", "PyYAML", "redis", "requests", "RestrictedPython", "rq",
    "semantic-version", "sql-metadata", "sqlparse", "tenacity",
})  # fmt: skip
"""Packages that every bench has, so that apps import them without a word: the extra `bench`."""


def doctypes(files: Iterable[Path], problems: list[Problem]) -> Iterator[tuple[Path, Values]]:
    """The DocTypes among an app's files, as far as they can be read; what is wrong with them goes to `problems`."""
    for file in files:
        if file.suffix != ".json":
            continue
        text = file.read_text(errors="replace")
        try:
            raw = json.loads(text)
        except ValueError as error:
            if _has_place_of_doctype(file) or doctype_problems.looks_like_doctype(text):
                problems.append(doctype_problems.syntax_problem(_shown(file), error))
            continue
        if not isinstance(raw, dict) or raw.get("doctype") != "DocType":
            continue
        problems += doctype_problems.problems(_shown(file), text, raw)
        if is_built_in(raw.get("name")):
            problems.append(doctype_problems.taken_problem(_shown(file), text, raw))
        elif doctype_problems.usable(raw):
            yield file, doctype_problems.completed(raw)


def _shown(file: Path) -> str:
    """Seen from the folder of the command, if it is below."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _has_place_of_doctype(file: Path) -> bool:
    return file.parent.parent.name == "doctype" and file.stem == file.parent.name


def controller_problems(file: Path, class_name: str) -> list[Problem]:
    """That a DocType's module has no class of its name, so that its documents are plain ones; or that it is no
    Python."""
    text = file.read_text(errors="replace")
    if re.search(
        rf"^[ \t]*(class[ \t]+{class_name}\b|{class_name}\b[ \t]*[:=]|(from|import)\b.*\b{class_name}\b)",
        text,
        re.MULTILINE,
    ):
        return []
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return [Problem(_shown(file), error.lineno or 1, f"SyntaxError: {error.msg}")]
    if any(
        class_name in (name.name, name.asname)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    ):
        return []
    found = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    there = f"; it has {' and '.join(found)}" if found else ""
    return [
        Problem(
            _shown(file), 1, f"there is no class {class_name} here, so its documents go without a controller{there}"
        )
    ]


def fault(error: Exception) -> str:
    """What an app's module raised while it was imported, and where: the line that Python cannot read, else the last
    one that ran."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({Path(error.filename or '').name}, line {error.lineno})"
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(at.filename).name}, line {at.lineno})"


def app_problems(app: InstalledApp, root: Path, loaded: Container[str], required: list[str]) -> list[Problem]:
    """What the app needs and does not find: Python packages, all named at once, and other apps."""
    problems = []
    named = {reason for reason in app.broken.values() if reason.startswith("No module named '")}
    modules = {reason.split("'")[1].partition(".")[0] for reason in named}
    problems += [
        Problem(_shown(root), 0, f"{module} of {app.name} cannot be imported: {' '.join(reason.split())}")
        for module, reason in sorted(app.broken.items())
        if reason not in named
    ]
    if modules:
        packages = sorted(PACKAGES.get(each, each) for each in modules)
        extra = (
            "; every bench has them: pip install 'frappe_lite[bench]'"
            if BENCH.issuperset(packages) and len(packages) > 1
            else ""
        )
        lacking = sorted(module for module, reason in app.broken.items() if reason in named)
        many = f"{len(lacking)} module{'s' if len(lacking) > 1 else ''}"
        text = (
            f"{many} of {app.name} cannot be imported, so their functions cannot be called "
            f"({', '.join(lacking)}): pip install {' '.join(packages)}{extra}"
        )
        problems.append(Problem(_shown(root), 0, text))
    for name in (each.rstrip("/").rpartition("/")[2].removesuffix(".git") for each in required):
        if name != "frappe" and name not in loaded:
            problems.append(
                Problem(
                    _shown(root / "hooks.py"),
                    0,
                    f"required_apps names {name}, which is not loaded: --app FOLDER before this app loads it",
                )
            )
    page = next((each for each in sorted((root / "www").rglob("*")) if each.suffix in (".html", ".md")), None)
    if page is not None and importlib.util.find_spec("jinja2") is None:
        problems.append(Problem(_shown(page), 0, "pages need Jinja2: pip install 'frappe_lite[apps]'"))
    hooks_file = root / "hooks.py"
    problems += [Problem(_shown(hooks_file), line, text) for line, text in unread_hooks.told(hooks_file, app.hooks)]
    return problems
