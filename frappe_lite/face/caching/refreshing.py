"""`frappe.cache_manager` and its like: what is cached here is made anew when what it was made of changes, so that
forgetting it by hand costs a little time and nothing else.

    clear_doctype_cache("Task")    the next request reads the DocType again
"""

from __future__ import annotations

from ...utils import generate_hash, scrub
from ..context import ctx
from ..installation import clear_cache


def clear_user_cache(user: str | None = None) -> None:
    """Forget what is cached of a user, or of all."""
    ctx().site.forget()


def clear_doctype_cache(doctype: str | None = None) -> None:
    """Forget a DocType, or all."""
    ctx().site.forget()


def clear_defaults_cache(user: str | None = None) -> None:
    """Forget the defaults of a user, or of all."""
    ctx().site.forget()


def clear_domain_cache(user: str | None = None) -> None:
    """Nothing is cut to domains."""


def clear_controller_cache(doctype: str | None = None) -> None:
    """Classes of documents stay as they were loaded: a changed file counts from the next start."""


def clear_global_cache() -> None:
    """Forget all of it."""
    clear_cache()


def clear_doctype_map(doctype: str, name: str = "*") -> None:
    """Settings by DocType are read when they are asked for."""


def get_doctype_map_key(doctype: str, name: str = "*") -> str:
    """What such settings would be cached under."""
    return f"{scrub(doctype)}_map::{name}"


def build_table_count_cache() -> None:
    """Rows are counted when they are asked for."""


def build_domain_restricted_doctype_cache() -> None:
    """Nothing is cut to domains."""


def build_domain_restricted_page_cache() -> None:
    """Nothing is cut to domains."""


def reset_metadata_version() -> str:
    """A new version for browsers that keep DocTypes."""
    return generate_hash()


def clear_permissions_cache(doctype: str) -> None:
    """Forget the rules of a DocType."""
    ctx().site.forget()


def clear_linked_doctype_cache() -> None:
    """Links between DocTypes are looked up when they are asked for."""


__all__ = [
    "build_domain_restricted_doctype_cache", "build_domain_restricted_page_cache", "build_table_count_cache",
    "clear_controller_cache", "clear_defaults_cache", "clear_doctype_cache", "clear_doctype_map", "clear_domain_cache",
    "clear_global_cache", "clear_linked_doctype_cache", "clear_permissions_cache", "clear_user_cache",
    "get_doctype_map_key", "reset_metadata_version",
]  # fmt: skip
