"""Jinja for the apps' pages: what the author of an app wrote sees `frappe` itself, as Frappe's templates do.

In Jinja's own sandbox, for a page also shows what people typed: a value cannot be made to reach into Python. Texts of
people are never templates here; `frappe.render_template(text)` in a page's code has the strict sandbox of `face`.
Needs the extra `apps`; imported when the first page is shown.
"""

from __future__ import annotations

import importlib
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from ... import utils
from ...face.apps.loading import provide_frappe
from ...face.installation import get_url
from ...face.messages import _
from ...face.missing import Missing
from ...face.texts.formats import global_date_format
from ...face.texts.html_texts import md_to_html
from ...protocol import dump_json
from ...site import Site
from ...utils import _dict, cstr
from ...values import Function
from .routes import files_of

OWN = Path(__file__).parent
SUFFIXES = (".html", ".md", ".txt", ".xml", ".js", ".css", ".json", ".svg")
BUILTINS = (
    abs, all, any, bool, dict, enumerate, float, int, isinstance, len, list, max, min, range, round, set, sorted, str,
    sum, tuple, zip,
)  # fmt: skip


EMPTY = (
    *(f"templates/includes/{each}" for each in ("banner_extension.html", "footer/footer_extension.html",
      "footer/footer_logo_extension.html", "footer/footer_powered.html", "splash_screen.html")),
    "templates/styles/card_style.css", "public/icons/timeless/icons.svg", "public/icons/lucide/icons.svg",
)  # fmt: skip
"""Templates of Frappe's that apps include, and of which nothing comes here: places to extend, pictures, styles."""


class _Files(jinja2.FileSystemLoader):
    """Templates of a folder, and nothing else that lies there."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if not template.endswith(SUFFIXES):
            raise jinja2.TemplateNotFound(template)
        return super().get_source(environment, template)


class _Sandbox(SandboxedEnvironment):
    def getattr(self, obj: object, attribute: str) -> object:
        """A name of Frappe's that is not here is undefined, as any other is: a template may ask for it."""
        found = super().getattr(obj, attribute)
        return self.undefined(name=f"frappe.{attribute}") if isinstance(found, Missing) else found

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """`frappe._` is a function that templates call; nothing else that begins so is."""
        return (attr == "_" and isinstance(obj, ModuleType)) or super().is_safe_attribute(obj, attr, value)


def environment(site: Site) -> jinja2.Environment:
    """The environment of a site's apps: a name is looked for in the last app first, `app/…` in that app alone."""
    provide_frappe()
    apps = files_of(site)
    own = {app.name: _Files(app.folder) for app in apps}
    nothing = jinja2.DictLoader(dict.fromkeys(EMPTY, ""))
    prefixed = jinja2.PrefixLoader({**own, "frappe": _Files(OWN)})
    loader = jinja2.ChoiceLoader([*own.values(), prefixed, _Files(OWN), nothing])
    made = _Sandbox(loader=loader, undefined=jinja2.ChainableUndefined, cache_size=200)  # as in Frappe, not escaped
    made.policies["json.dumps_function"] = _json
    made.globals.update({each.__name__: each for each in BUILTINS})
    made.globals.update(
        frappe=sys.modules["frappe"],
        _=_,
        _dict=_dict,
        get_url=get_url,
        is_rtl=lambda *_args: False,
        resolve_class=resolve_class,
        get_dom_id=lambda seed=None: f"id-{secrets.token_hex(6)}",
        bundled_asset=lambda path, rtl=None: bundled_asset(site, path),
        include_script=lambda path, **_more: f'<script src="{bundled_asset(site, path)}"></script>',
        include_style=lambda path, **_more: f'<link rel="stylesheet" href="{bundled_asset(site, path)}">',
        include_icons=lambda path, **_more: "",
        **_hooked(site, "methods"),
    )
    made.filters.update(
        json=_json,
        len=len,
        int=utils.cint,
        str=cstr,
        flt=utils.flt,
        abs_url=abs_url,
        markdown=md_to_html,
        global_date_format=global_date_format,
        **_hooked(site, "filters"),
    )
    return made


def _json(value: object, *_args: object, **_more: object) -> str:
    return dump_json(value).decode()


def _hooked(site: Site, kind: str) -> dict[str, Callable[..., object]]:
    """The functions of the apps' `jinja` hook, named one by one or as a module."""
    found: dict[str, Callable[..., object]] = {}
    for app in site.apps.values():
        hook = app.hooks.get("jinja")
        named = (hook.get(kind) or []) if isinstance(hook, Mapping) else []
        for dotted in [named] if isinstance(named, str) else named:
            found.update(_functions(dotted))
    return found


def _functions(dotted: str) -> dict[str, Function]:
    try:
        module: Any = importlib.import_module(dotted)
    except ModuleNotFoundError:
        module_name, _dot, name = dotted.rpartition(".")
        return {name: getattr(importlib.import_module(module_name), name)}
    public = {name: each for name, each in vars(module).items() if not name.startswith("_")}
    return {name: each for name, each in public.items() if getattr(each, "__module__", None) == module.__name__}


# --- what templates call -----------------------------------------------------------------------------------


def abs_url(path: object) -> str:
    """An address, or a path that begins at the site's root."""
    text = cstr(path)
    return text if not text or re.match(r"(/|https?://|tel:|data:|mailto:)", text) else f"/{text}"


def resolve_class(*classes: object) -> str:
    """CSS classes from texts, lists, and objects whose values say whether the class is meant."""
    given = classes[0] if len(classes) == 1 else classes
    if not given:
        return ""
    if isinstance(given, Mapping):
        return " ".join(name for name, meant in given.items() if meant)
    return " ".join(filter(None, map(resolve_class, given))) if isinstance(given, list | tuple) else cstr(given)


def bundled_asset(site: Site, path: str) -> str:
    """The address of `shop.bundle.js` as esbuild named it below an app's `public/dist`; any other path is one
    already."""
    if ".bundle." in path and not path.startswith("/"):
        stem, _dot, kind = path.rpartition(".")
        for app in files_of(site):
            made = sorted(Path(app.folder, "public/dist", kind).glob(f"{stem}.*.{kind}"), key=_written)
            if made:
                return f"/assets/{app.name}/dist/{kind}/{made[-1].name}"
    return abs_url(path)


def _written(file: Path) -> float:
    return file.stat().st_mtime
