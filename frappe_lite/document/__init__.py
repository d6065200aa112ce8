"""The life of a document: read from the store, checked, saved, listed, deleted."""

from .base_document import CANCELLED, DRAFT, SUBMITTED
from .deleting import delete
from .life import Document
from .loading import copy, is_plain, later_moment, load, load_as, load_cached, load_values, new, set_values
from .renaming import rename

__all__ = [
    "CANCELLED", "DRAFT", "SUBMITTED", "Document", "copy", "delete", "is_plain", "later_moment", "load", "load_as",
    "load_cached", "load_values", "new", "rename", "set_values",
]  # fmt: skip
