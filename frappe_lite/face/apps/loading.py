"""An app folder -> DocTypes, controllers, hooks, whitelisted methods; and the name `frappe` for its code.

Frappe's own layout (hooks.py, MODULE/doctype/X/x.json and x.py), or any tree with DocType JSON in it. Whitelisted
functions are imported at start, because a request only looks things up; controllers when they are first needed.

    load(site, "apps/shop")   ->   site.apps["shop"], tables, site.controller_modules["Order"], /api/method/shop.api.…
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import logging
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ...context import Context, current
from ...doctype import problems as doctype_problems
from ...document.schema import sync_files
from ...errors import AppNotInstalledError
from ...installed_app import listed
from ...site import InstalledApp, Site, import_app_module
from ...utils import cstr
from ...whitelist import call_with, note_app_package
from . import files as app_files
from . import records as app_records
from .whitelisting import adopt

log = logging.getLogger("frappe_lite")
problems_log = logging.getLogger("frappe_lite.apps")
"""Tells what is wrong with an app's files, once for each site that loads it."""

_SKIPPED = {"node_modules", "__pycache__", "public", ".git", "tests"}
_WHITELIST = re.compile(r"^\s*@[\w.]*whitelist", re.MULTILINE)  # `@frappe.whitelist`, and an app's own around it


def load(site: Site, folder: str | Path) -> InstalledApp:
    """Load an app into a site: sync its DocTypes, wire its hooks, register its methods. Raises AppNotInstalledError."""
    root = package_folder(Path(folder).resolve())
    provide_frappe()
    note_app_package(root.name)
    if str(root.parent) not in sys.path:
        sys.path.insert(0, str(root.parent))
    ctx = site.new_context()
    token = current.set(ctx)  # what an app does while it is imported, it does in its site
    try:
        app = _load(ctx, root)
    finally:
        current.reset(token)
        ctx.rollback()
    return app


def is_taken(name: str) -> bool:
    """Whether `import NAME` gives something else than an app: a module of Python, or a package that is installed."""
    if name in sys.stdlib_module_names:
        return True
    found = importlib.util.find_spec(name)
    return found is not None and found.origin is not None


def _load(ctx: Context, root: Path) -> InstalledApp:
    site, files = ctx.site, list(_files(root))
    if root.name in sys.stdlib_module_names and any(file.suffix == ".py" for file in files):
        raise AppNotInstalledError(
            f"{root} has the name of a module of Python, so its code cannot be imported; rename the folder, "
            f"such as {root.name}_app"
        )
    app = InstalledApp(root.name, hooks=_hooks(root), folder=str(root))
    app.title, app.version = app.hooks.get("app_title") or root.name, _version(root)
    app.modules = {_dotted(root, file) for file in files if file.suffix == ".py"}
    doctypes = dict(app_files.doctypes(files, app.problems))
    for file, raw in doctypes.items():
        module = file.with_suffix(".py")
        if module.exists():
            app.problems += app_files.controller_problems(module, class_name(raw["name"]))
            site.controller_modules[raw["name"]] = f"{_dotted(root, module)}:{class_name(raw['name'])}"
            site.controllers.pop(raw["name"], None)
    for hook in ("override_doctype_class", "extend_doctype_class"):
        for doctype in app.hooks.get(hook) or ():
            site.controllers.pop(doctype, None)
    site.add_app(app)
    if ctx.store.value(f"installed:{app.name}") is None:
        _tell_apps(ctx, app.name, lambda each: each.hooks.get("before_app_install"))
    for dotted in listed(app.hooks.get("before_install")):
        _install(ctx, app.name, dotted, functools.partial(_run_hook, ctx, dotted))
    is_changed = sync_files(ctx, app.name, doctypes.values(), app_records.fingerprint(doctypes))
    for file in files:
        if (
            file.suffix == ".py"
            and not file.name.startswith("test_")
            and _WHITELIST.search(file.read_text(errors="replace"))
        ):
            _import(app, _dotted(root, file))
    if is_changed:
        _tell_of_doctypes(ctx, app, root, [each.with_suffix(".py") for each in doctypes])
    _set_up(ctx, app, root, is_changed)
    app.problems += app_files.app_problems(app, root, site.apps, listed(app.hooks.get("required_apps")))
    for problem in app.problems:
        problems_log.warning("%s", problem)
    return app


def _import(app: InstalledApp, module: str) -> None:
    """Import a module with whitelisted functions.

    One that cannot be imported is told, and again when it is called, as in Frappe, which imports it then.
    """
    try:
        adopt(importlib.import_module(module))
    except Exception as error:  # the edge of an app's own module
        reason = _lacking(app, error)
        app.broken[module] = reason or app_files.fault(error)
        if not reason:
            app.faults.append(error)


def _lacking(app: InstalledApp, error: Exception) -> str:
    """The package of somebody else's that an import failed for, in its own words if it raised them; "" for a fault of
    the app's own."""
    package = cstr(getattr(error, "name", None)).partition(".")[0]
    is_own = package in (app.name, "frappe") or (not package and isinstance(error, ModuleNotFoundError))
    if is_own or not isinstance(error, ImportError):
        return ""
    return f"No module named '{error.name}'" if package else cstr(error)


def _set_up(ctx: Context, app: InstalledApp, root: Path, is_changed: bool) -> None:
    """What Frappe does when an app is installed, and then at each migration: its documents, its install and migrate
    hooks."""
    app_records.bring_modules(ctx, app.name, root)
    app_records.note_installed(ctx)
    app_records.bring(ctx, app, root)
    is_new = ctx.store.value(f"installed:{app.name}") is None
    for dotted in [*listed(app.hooks.get("after_install")), *listed(app.hooks.get("after_sync"))]:
        _install(ctx, app.name, dotted, functools.partial(_run_hook, ctx, dotted))
    roles = app_records.roles(root)
    if roles:
        give = functools.partial(app_records.give_administrator, ctx, roles)
        _install(ctx, app.name, f"roles {', '.join(roles)}", give)
    if is_changed and not is_new:
        for dotted in listed(app.hooks.get("after_migrate")):
            _attempt(ctx, app.name, dotted, functools.partial(_run_hook, ctx, dotted))
    if is_new:
        _tell_apps(ctx, app.name, lambda each: each.hooks.get("after_app_install"))
        ctx.store.set_value(f"installed:{app.name}", 1)
        ctx.commit()


def _tell_apps(ctx: Context, installed: str, named: Callable[[InstalledApp], object]) -> None:
    """Let every app know that one is installed: what `before_app_install` and `after_app_install` name."""
    for app in ctx.site.apps.values():
        for dotted in listed(named(app)):
            _attempt(ctx, app.name, f"{dotted} of {installed}", functools.partial(_run_hook, ctx, dotted, installed))


def _tell_of_doctypes(ctx: Context, app: InstalledApp, root: Path, files: list[Path]) -> None:
    """Call `on_doctype_update` where a DocType's module has it: apps make their indexes there."""
    for file in files:
        if file.exists() and "on_doctype_update" in file.read_text(errors="replace"):
            module = _dotted(root, file)
            _attempt(ctx, app.name, f"{module}.on_doctype_update", functools.partial(_update_doctype, module))


def _update_doctype(module: str) -> None:
    update = getattr(import_app_module(module), "on_doctype_update", None)
    if callable(update):
        update()


def _run_hook(ctx: Context, dotted: str, *given: str) -> None:
    ctx.site.resolve(dotted)(*given)


def around(ctx: Context, answer: Callable[[], object]) -> object:
    """A request's answer, with what the apps do before and after it."""
    for app in ctx.site.apps.values():
        for dotted in listed(app.hooks.get("before_request")):
            ctx.site.resolve(dotted)()
    response = answer()
    for app in ctx.site.apps.values():
        for dotted in listed(app.hooks.get("after_request")):
            call_with(ctx.site.resolve(dotted), {"response": response, "request": ctx.request})
    return response


def _install(ctx: Context, app: str, step: str, run: Callable[[], None]) -> None:
    """Run an install step, unless it was run before.

    One that fails is undone, told, and tried again at the next start; the app is served without it.
    """
    key = f"installed:{app}:{step}"

    def run_and_remember() -> None:
        run()
        ctx.store.set_value(key, 1)

    if ctx.store.value(key) is None:
        _attempt(ctx, app, step, run_and_remember)


def _attempt(ctx: Context, app: str, step: str, run: Callable[[], object]) -> None:
    try:
        run()
        ctx.commit()
    except Exception:  # the edge of an app's own set-up
        ctx.rollback()
        log.exception("the install step %s of %s failed", step, app)


def package_folder(folder: Path) -> Path:
    """The folder that is the app's Python package: the one with hooks.py, here or one level below.

    Else the folder itself.
    """
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


def is_app(folder: Path) -> bool:
    """Whether the folder is one that `frappe-lite` serves without being told: Frappe's layout, or DocTypes in it."""
    if (
        (folder / "hooks.py").is_file()
        or len(list(folder.glob("*/hooks.py"))) == 1
        or any(folder.glob("*/doctype/*/*.json"))
    ):
        return True
    return any(
        doctype_problems.looks_like_doctype(file.read_text(errors="replace"))
        for file in folder.glob("*.json")
        if file.is_file()
    )


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.iterdir()):
        if path.is_dir():
            if path.name not in _SKIPPED and not path.name.startswith("."):
                yield from _files(path)
        elif path.suffix in (".json", ".py"):
            yield path


def _dotted(root: Path, file: Path) -> str:
    parts = file.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _hooks(root: Path) -> dict[str, object]:
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
    importlib.import_module("frappe_lite.face.modules").install()
