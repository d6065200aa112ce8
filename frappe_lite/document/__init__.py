"""The life of a document: read from the store, checked, saved, listed, deleted."""

from .life import CANCELLED, DRAFT, SUBMITTED, Document, delete, rename
from .loading import copy, is_plain, later_moment, load, load_values, new, set_values

__all__ = [
    "CANCELLED",
    "DRAFT",
    "SUBMITTED",
    "Document",
    "copy",
    "delete",
    "is_plain",
    "later_moment",
    "load",
    "load_values",
    "new",
    "rename",
    "set_values",
]
