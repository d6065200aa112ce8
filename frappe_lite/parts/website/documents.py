"""Documents that have pages: those of DocTypes with `has_web_view`, and of those that the hook `website_generators`
names.

A page is found by the field `route`. Who may see it is asked of the DocType (`allow_guest_to_view`), of the document's
permissions, and of what the app says by `has_website_permission`; to others it is as if there were none.

    Job Opening "HR-001", route = "jobs/cook", published = 1   ->   GET /jobs/cook
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ...context import Context
from ...doctype.meta import DocType
from ...errors import DoesNotExistError
from ...face import context as face_context
from ...face.installation import get_hooks
from ...face.model.documents import get_controller, get_doc
from ...face.people.users import has_permission, has_website_permission
from ...query import Condition
from ...site import Site
from ...utils import cint, cstr, scrub
from .routes import evaluate_dynamic_routes, files_of, sound_rules

Found = tuple[str, str]
"""DocType and name."""


def kinds(ctx: Context) -> tuple[str, ...]:
    """The DocTypes whose documents have pages; the hook's first."""
    found: tuple[str, ...] = ctx.cached(("kinds of documents with pages",), lambda: tuple(dict.fromkeys(_kinds(ctx))))
    return found


def _kinds(ctx: Context) -> Iterator[str]:
    for app in ctx.site.apps.values():
        named = app.hooks.get("website_generators") or ()
        yield from [named] if isinstance(named, str) else named
    rows = ctx.store.find(ctx.meta("DocType"), Condition("has_web_view = 1"), ("name",), order="name")
    yield from (cstr(row["name"]) for row in rows)


def at(ctx: Context, route: str) -> Found | None:
    """The published document of that route that the caller may see."""
    for doctype in kinds(ctx) if route else ():
        name = _published(ctx, doctype, route)
        if name is not None and _may_see(ctx, doctype, name):
            return doctype, name
    return None


def _published(ctx: Context, doctype: str, route: str) -> str | None:
    try:
        meta = ctx.meta(doctype)
    except DoesNotExistError:  # a hook may name what another app would bring
        return None
    if meta.issingle or meta.field("route") is None:
        return None
    shown = published_by(meta)
    condition = Condition("route = ?" + (f' AND "{shown}" = 1' if shown else ""), (route,))
    rows = ctx.trusted().store.find(meta, condition, ("name",), order="name", limit=1)
    return next((cstr(row["name"]) for row in rows), None)


def published_by(meta: DocType) -> str:
    """The field that says whether a document is published; nothing for none: then all are."""
    named = cstr(meta.get("is_published_field"))
    if not named:
        said = getattr(get_controller(meta.name), "website", None)
        named = cstr(said.get("condition_field")) if isinstance(said, Mapping) else ""
    return named if named and meta.field(named) is not None else ""


def _may_see(ctx: Context, doctype: str, name: str) -> bool:
    if cint(ctx.meta(doctype).get("allow_guest_to_view")):
        return True
    doc = get_doc(doctype, name)
    return has_permission(doc) or has_website_permission(doc)


def by_pattern(ctx: Context, path: str) -> Found | None:
    """The document whose pattern, such as `people/<name>`, an app gives by `get_web_pages_with_dynamic_routes`; what
    the pattern reads is in `frappe.form_dict`."""
    found = [row for dotted in get_hooks("get_web_pages_with_dynamic_routes") for row in ctx.site.resolve(dotted)()]
    rules = [(f"/{cstr(row['route']).strip('/')}", cstr(row["name"])) for row in found]
    endpoint = evaluate_dynamic_routes(list(sound_rules(rules)), path)
    row = next((each for each in found if each["name"] == endpoint), None)
    return (cstr(row.get("doctype")) or "Web Page", cstr(row["name"])) if row is not None else None


def web_template(site: Site, meta: DocType, suffix: str = "") -> str | None:
    """The template beside a DocType's JSON, as templates name it; None if there is none."""
    module, name = scrub(cstr(meta.module)), scrub(meta.name)
    below = f"{module}/doctype/{name}/templates/{name}{suffix}.html"
    return next((below for app in files_of(site) if Path(app.folder, below).is_file()), None)


DocType.asked_by_apps["get_web_template"] = lambda meta, suffix="": web_template(face_context.ctx().site, meta, suffix)
