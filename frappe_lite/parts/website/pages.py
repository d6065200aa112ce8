"""A page of an app, filled in: its `get_context`, its template, the base around it.

www/orders.py   def get_context(context): context.orders = …      (or without a parameter, returning a dict)
www/orders.html {% extends "templates/web.html" %} … {{ orders }}
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from werkzeug.wrappers import Response

from ...access import csrf
from ...context import Context
from ...errors import ValidationError
from ...face import context as face_context
from ...face.installation import get_hooks
from ...face.missing import NotProvidedError
from ...face.texts.html_texts import md_to_html
from ...site import Site, import_app_module
from ...utils import _dict, cint, cstr
from ...values import Function
from . import folders, surroundings
from .routes import Page

TEMPLATES = (".html", ".md", ".xml", ".txt", ".js", ".css", ".json")
"""Files of `www/` that are filled in; every other one is sent as it is."""

OF_MODULE = ("base_template_path", "base_template", "template", "no_cache", "sitemap", "condition_field")
"""What a page's module may say at its top."""

_FRONT = re.compile(r"\s*(?:---|\+\+\+)[ \t]*\n(.*?)\n(?:---|\+\+\+)[ \t]*\n(.*)\Z", re.DOTALL)
_EXTENDS = re.compile(r"{%-?\s*extends\b")
_COMMENTS = {
    "no-breadcrumbs": "no_breadcrumbs",
    "show-sidebar": "show_sidebar",
    "add-breadcrumbs": "add_breadcrumbs",
    "no-header": "no_header",
    "no-cache": "no_cache",
}


class Pages:
    """The pages of a site's apps, and the environment that their templates are filled in with."""

    def __init__(self, site: Site):
        self._site = site
        self._apps: tuple[str, ...] = ()
        self._environment: object = None

    def environment(self) -> Any:
        """Jinja with what the apps bring to it. Raises NotProvidedError without Jinja."""
        apps = tuple(self._site.apps)
        if self._environment is None or apps != self._apps:
            try:
                module = importlib.import_module(f"{__package__}.jinja")
            except ModuleNotFoundError as error:
                if error.name != "jinja2":
                    raise
                raise NotProvidedError.told(
                    "Pages need Jinja2, which is not installed: pip install 'frappe_lite[apps]'"
                ) from None
            self._apps, self._environment = apps, module.environment(self._site)
        return self._environment

    def answer(self, ctx: Context, page: Page, status: int = 200, **more: object) -> Response:
        """The page for the caller. Raises what its module raises, ValidationError for a template that cannot be filled
        in."""
        if page.file.suffix not in TEMPLATES or page.name.endswith(".min.js"):
            return folders.send(ctx, page.file, page.name)
        face_context.form_dict.update(page.values)
        face_context.local.path = page.route
        context = _dict(surroundings.of_site(ctx))
        context.update(surroundings.of_page(page), **more)
        _ask_module(ctx, page, context)
        body = self._filled(ctx, page, context)
        kind = folders.media_type(page.name)
        return response(ctx, body, kind, cint(context.http_status_code) or status, bool(context.no_cache))

    def _filled(self, ctx: Context, page: Page, context: _dict) -> str:
        source = page.file.read_text(encoding="utf-8")
        changed = _framed(page, context, source)
        context.update(surroundings.of_caller(ctx))
        complete(ctx, page.route, context)
        environment = self.environment()
        chosen = context.template if context.template != page.template else f"{page.app}/{page.template}"
        with template_errors(environment):
            template = environment.get_template(chosen) if changed == source else environment.from_string(changed)
            return with_token(ctx, str(template.render(context)))

    def filled(self, template: str, context: _dict) -> str:
        """A template of the apps by its name, filled in. Raises ValidationError, as for one that is not there."""
        environment = self.environment()
        with template_errors(environment):
            return str(environment.get_template(template).render(context))


def pages_of(site: Site) -> Pages:
    """The pages of a site, the same for all who ask."""
    found: Pages = site.shelf.setdefault("website pages", Pages(site))
    return found


def complete(ctx: Context, route: str, context: _dict) -> None:
    """What is added to a page's context once the page itself has said what it has to say."""
    context.metatags = surroundings.metatags(ctx, route, context.metatags)
    if not context.base_template_path:
        context.base_template_path = (get_hooks("base_template") or ["templates/base.html"])[-1]
    _prefix_title(context)
    for dotted in get_hooks("update_website_context"):
        context.update(ctx.site.resolve(dotted)(context) or {})
    context._context_dict = context


class template_errors:
    """Inside, what Jinja says of a template becomes a ValidationError that names it. What the template calls stays as
    it is."""

    def __init__(self, environment: object):
        self._kind: Any = importlib.import_module("jinja2").TemplateError

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Raises ValidationError for an error of Jinja's."""
        if isinstance(error, self._kind):
            place = f", line {error.lineno}" if getattr(error, "lineno", None) else ""
            raise ValidationError.told(
                f"The template {getattr(error, 'name', None) or ''} cannot be filled in{place}: {error}".replace(
                    "  ", " "
                )
            ) from error


# --- the page's module -------------------------------------------------------------------------------------


def _ask_module(ctx: Context, page: Page, context: _dict) -> None:
    module = _module(page)
    if module is not None:
        context.update({key: getattr(module, key) for key in OF_MODULE if hasattr(module, key)})
        found = getattr(module, "get_context", None)
        if found is not None:
            _take(context, _call(found, context))
    for hook in _extending(page.route):
        ctx.site.resolve(hook)(context)
    context.developer_mode = cint(face_context.conf.developer_mode)


def _module(page: Page) -> ModuleType | None:
    """The module beside a template, `-` in its name written as `_`; None if there is none."""
    file = page.file.with_name(page.file.stem.replace("-", "_") + ".py")
    if not file.is_file() or not file.is_relative_to(page.root.resolve()):
        return None
    parts = file.relative_to(page.root.resolve()).with_suffix("").parts
    found: ModuleType = import_app_module(".".join((page.app, *parts)))
    return found


def _call(function: Function, context: _dict) -> object:
    """Both forms: `get_context(context)` and `get_context()`."""
    return function(context) if inspect.signature(function).parameters else function()


def _take(context: _dict, given: object) -> None:
    if isinstance(given, Mapping):
        context.update(given)


def _extending(route: str) -> list[str]:
    hooked = get_hooks("extend_website_page_controller_context")
    return list(hooked.get(route) or ()) if isinstance(hooked, dict) else []


# --- the template's text -----------------------------------------------------------------------------------


def _framed(page: Page, context: _dict, source: str) -> str:
    """The template with what stands before and around it: front matter, Markdown, the base that a comment names."""
    text = _without_front_matter(page, context, source)
    if page.file.suffix == ".md":
        text = f'<div class="from-markdown">{md_to_html(text)}</div>'
    if page.file.suffix not in (".html", ".md"):
        return text
    _read_beside(page, context, text)
    context.title = context.title or _title(page, text)
    context.base_template = _comment(text, "base_template") or context.base_template
    for name, key in _COMMENTS.items():
        if f"<!-- {name} -->" in text:
            context[key] = 1
    if context.base_template and not _EXTENDS.search(text) and "</body>" not in text:
        base = cstr(context.base_template).replace('"', "")
        return f'{{% extends "{base}" %}}{{% block page_content %}}{text}{{% endblock %}}'
    return text


def _without_front_matter(page: Page, context: _dict, source: str) -> str:
    found = _FRONT.match(source) if page.file.suffix in (".html", ".md") else None
    if found is None:
        return source
    for line in found[1].splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip() and not line[0].isspace():
            context[key.strip()] = _plain(value.strip())
    return found[2]


def _plain(text: str) -> object:
    """A value of front matter: a number, true or false, a list or an object in JSON, or else a text."""
    try:
        return json.loads(text)
    except ValueError:
        return text.strip("'\"")


def _read_beside(page: Page, context: _dict, text: str) -> None:
    """The script and the style of the same name."""
    for suffix, block, key in ((".js", "script", "colocated_js"), (".css", "style", "colocated_css")):
        file = page.file.with_suffix(suffix)
        if file.is_file() and not re.search(r"{%-?\s*block " + block + r"\b", text):
            context[key] = file.read_text(encoding="utf-8")


def _comment(text: str, name: str) -> str | None:
    found = re.search(rf"<!-- {name}:([^>]*) -->", text)
    return found[1].strip() if found else None


def _title(page: Page, text: str) -> str:
    heading = re.search(r"<h1>([^<]*)", text)
    named = heading[1].strip()[:300] if heading and "{{" not in heading[1] else ""
    last = page.route.rstrip("/").rpartition("/")[2].partition(".")[0]
    return _comment(text, "title") or named or last.replace("_", " ").replace("-", " ").title()


def _prefix_title(context: _dict) -> None:
    prefix, title = cstr(context.title_prefix), cstr(context.title)
    if prefix and title and not title.startswith(prefix):
        context.title = f"{prefix} - {title}"


# --- the answer --------------------------------------------------------------------------------------------


def with_token(ctx: Context, body: str) -> str:
    """A page with the session's token where a comment asks for it."""
    mark = "<!-- csrf_token -->"
    if mark not in body:
        return body
    token = csrf.csrf_token(ctx) if ctx.sid else ""
    return body.replace(mark, f'<script>frappe.csrf_token = "{token}";</script>')


def response(ctx: Context, body: str, kind: str, status: int, no_cache: bool) -> Response:
    """The answer; one that says `no_cache` is kept nowhere, any other is asked for again and may be the same."""
    data = body.encode()
    made = Response(data, status, mimetype=kind)
    if no_cache or status != 200:
        made.headers["Cache-Control"] = "no-store"
        return made
    made.headers["Cache-Control"] = "private, no-cache"
    made.set_etag(hashlib.sha256(data).hexdigest()[:24])
    return made.make_conditional(ctx.request.environ) if ctx.request.method else made
