"""An app folder -> DocTypes, controllers, hooks, whitelisted methods; and the name `frappe` for its code.

Frappe's own layout (hooks.py, MODULE/doctype/X/x.json and x.py), or any tree with DocType JSON in it. Whitelisted
functions are imported at start, because a request only looks things up; controllers when they are first needed.

    load(site, "apps/shop")   ->   site.apps["shop"], tables, site.controller_modules["Order"], /api/method/shop.api.…
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import AppNotInstalledError
from .schema import sync_files
from .site import InstalledApp, Site

_SKIPPED = {"node_modules", "__pycache__", "public", "www", "templates", ".git", "tests"}
_WHITELIST = re.compile(r"^\s*@(?:frappe\.)?whitelist\b", re.MULTILINE)


def load(site: Site, folder: str | Path) -> InstalledApp:
    """Load an app into a site: sync its DocTypes, wire its hooks, register its methods. Raises AppNotInstalledError."""
    root = package_folder(Path(folder).resolve())
    provide_frappe()
    if str(root.parent) not in sys.path:
        sys.path.insert(0, str(root.parent))
    files = list(_files(root))
    app = InstalledApp(root.name, hooks=_hooks(root))
    app.title, app.version = app.hooks.get("app_title") or root.name, _version(root)
    app.modules = {_dotted(root, file) for file in files if file.suffix == ".py"}
    doctypes = dict(_doctypes(files))
    for file, raw in doctypes.items():
        module = file.with_suffix(".py")
        if module.exists():
            site.controller_modules[raw["name"]] = f"{_dotted(root, module)}:{class_name(raw['name'])}"
            site.controllers.pop(raw["name"], None)
    site.add_app(app)
    fingerprint = hashlib.sha256("".join(f"{file}{file.stat().st_mtime_ns}" for file in sorted(doctypes)).encode()).hexdigest()
    ctx = site.new_context()
    sync_files(ctx, app.name, doctypes.values(), fingerprint)
    ctx.rollback()
    for file in files:
        if file.suffix == ".py" and _WHITELIST.search(file.read_text(errors="replace")):
            importlib.import_module(_dotted(root, file))
    return app


def package_folder(folder: Path) -> Path:
    """The folder that is the app's Python package: the one with hooks.py, here or one level below; else the folder itself."""
    if not folder.is_dir():
        raise AppNotInstalledError(f"{folder} is not a folder, so no app can be loaded from it")
    if (folder / "hooks.py").exists():
        return folder
    below = [each.parent for each in sorted(folder.glob("*/hooks.py"))]
    if below:
        return below[0]
    if not any(True for file in _files(folder) if file.suffix in (".json", ".py")):
        raise AppNotInstalledError(f"{folder} holds neither hooks.py nor DocType JSON nor Python code")
    return folder


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.iterdir()):
        if path.is_dir():
            if path.name not in _SKIPPED and not path.name.startswith("."):
                yield from _files(path)
        elif path.suffix in (".json", ".py"):
            yield path


def _doctypes(files: list[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in files:
        if file.suffix != ".json":
            continue
        try:
            raw = json.loads(file.read_text())
        except ValueError:
            continue  # some other JSON of the app; a DocType's is made by a program
        if isinstance(raw, dict) and raw.get("doctype") == "DocType" and raw.get("name"):
            yield file, raw


def _dotted(root: Path, file: Path) -> str:
    parts = file.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _hooks(root: Path) -> dict[str, Any]:
    if not (root / "hooks.py").exists():
        return {}
    module = importlib.import_module(f"{root.name}.hooks")
    return {key: value for key, value in vars(module).items() if not key.startswith("_")}


def _version(root: Path) -> str:
    if not (root / "__init__.py").exists():
        return ""
    return str(getattr(importlib.import_module(root.name), "__version__", ""))


def class_name(doctype: str) -> str:
    """`Task Checklist Item` -> `TaskChecklistItem`, the class in the DocType's module."""
    return doctype.replace(" ", "").replace("-", "")


def provide_frappe() -> None:
    """Let `import frappe` give this package to app code, as long as no real Frappe is installed."""
    if "frappe" in sys.modules:
        return
    if importlib.util.find_spec("frappe") is not None:
        raise AppNotInstalledError("A real Frappe is installed in this environment; use another for frappe_lite")
    face = importlib.import_module("frappe_lite")
    modules = {
        "frappe": face, "frappe.rate_limiter": importlib.import_module("frappe_lite.rate_limiter"),
        "frappe.utils": face.utils, "frappe.utils.data": face.utils, "frappe.exceptions": face.exceptions,
        "frappe.model": types.ModuleType("frappe.model"), "frappe.model.document": importlib.import_module("frappe_lite.document"),
        "frappe.model.naming": importlib.import_module("frappe_lite.naming"), "frappe.model.base_document": importlib.import_module("frappe_lite.base_document"),
    }  # fmt: skip
    modules["frappe.model"].__dict__.update(document=modules["frappe.model.document"], __path__=[])
    sys.modules.update(modules)
