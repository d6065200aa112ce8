"""`frappe-lite doctypes, routes, openapi`: what there is. Without a database they look at an app alone."""

from __future__ import annotations

import argparse
import contextlib
from argparse import Namespace
from collections.abc import Callable

from ..errors import DoesNotExistError
from ..query import Condition
from ..router import V1_ROUTES, V2_ROUTES, tables
from ..utils import cstr
from ..whitelist import VERBS
from . import output
from .site import open_site


def commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands."""
    for name, run, text, example in (
        ("doctypes", doctypes, "List the site's DocTypes.", "frappe-lite doctypes --app apps/shop"),
        ("routes", routes, "List the API's routes and whitelisted methods.", "frappe-lite routes --app apps/shop"),
    ):
        made = command(name, run, text, example)
        made.add_argument("--json", action="store_true", help="for programs")
    openapi_ = command(
        "openapi",
        openapi,
        "Write the site's OpenAPI description to standard output.",
        "frappe-lite openapi --app apps/shop > openapi.json",
    )
    openapi_.add_argument(
        "--user", default="Administrator", help="describe what this user may see (default: Administrator)"
    )


def doctypes(parsed: Namespace) -> None:
    """List DocTypes."""
    with contextlib.closing(open_site(parsed)) as site, site.acting() as ctx:
        app_of = {
            row["name"]: cstr(row["app_name"])
            for row in ctx.store.find(ctx.meta("Module Def"), Condition(), ("name", "app_name"))
        }
        rows = []
        for row in ctx.store.find(
            ctx.meta("DocType"), Condition(), ("module", "name", "istable", "issingle"), order="module, name"
        ):
            kind = "child table" if row["istable"] else "Single" if row["issingle"] else ""
            rows.append(
                {"module": cstr(row["module"]), "name": row["name"], "kind": kind, "app": app_of.get(row["module"], "")}
            )
    output.table(rows, ("module", "name", "kind", "app"), parsed.json)


def routes(parsed: Namespace) -> None:
    """List routes and methods."""
    with contextlib.closing(open_site(parsed)) as site:
        rows = []
        for prefix, version, table in (("/api/", 1, V1_ROUTES), ("/api/v2/", 2, V2_ROUTES)):
            for verbs, path, handler in [*(each[1:] for each in site.extensions.routes if each[0] == version), *table]:
                rows.append(
                    {"verbs": verbs, "path": f"{prefix}{path}", "answer": (handler.__doc__ or "").partition("\n")[0]}
                )
        for name in sorted(site.methods):
            method = site.method(name)
            if method is not None:
                verbs = "*" if method.http_methods == VERBS else " ".join(method.http_methods)
                rows.append(
                    {
                        "verbs": verbs,
                        "path": f"/api/method/{name}",
                        "answer": (method.function.__doc__ or "").strip().partition("\n")[0],
                    }
                )
    output.table(rows, ("verbs", "path", "answer"), parsed.json)


def openapi(parsed: Namespace) -> None:
    """Write what GET /api/v2/openapi.json answers."""
    with contextlib.closing(open_site(parsed)) as site, site.acting(parsed.user) as ctx:
        if ctx.user_info(parsed.user) is None:
            raise DoesNotExistError(f"there is no user {parsed.user}")
        handler, names = tables(site)[2].match("GET", "openapi.json")
        print(handler(ctx, **names).value.get_data(as_text=True))
