"""Default values set with `frappe.defaults`, for the whole site or for one user.

A link that says nothing, and that no User Permission fills, becomes the value that is kept under the name of its field.

    default:ann@example.com:company  ->  "Acme"        each new document of ann's with a link `company`
"""

from __future__ import annotations

from collections.abc import Mapping

from ..context import Context

SITE = "__default"
"""Whose the defaults of everybody are."""


def key_of(owner: str, key: str, many: bool = False) -> str:
    """The key under which a default is kept; `many` is a list of them."""
    return f"default{'-list' if many else ''}:{owner}:{key}"


def of_caller(ctx: Context) -> Mapping[str, str]:
    """Field name -> value for the caller: the user's own defaults before the site's."""
    found: Mapping[str, str] = ctx.cached(("kept defaults", ctx.user), lambda: _of_caller(ctx))
    return found


def _of_caller(ctx: Context) -> Mapping[str, str]:
    kept: dict[str, str] = {}
    for owner in (SITE, ctx.user):
        start = key_of(owner, "")
        rows = ctx.store.database.rows(
            'SELECT key, value FROM "__site" WHERE substr(key, 1, ?) = ? AND value IS NOT NULL', (len(start), start)
        )
        kept.update((key[len(start) :], value) for key, value in rows)
    return kept
