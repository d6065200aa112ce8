"""Version: what a save changed."""

from __future__ import annotations

import json

from ...utils import cstr
from .. import history
from ..life import Document


class VersionController(Document):
    """A change that was kept."""

    def get_data(self) -> object:
        """What changed: {changed, added, removed, row_changed}."""
        return json.loads(self.data)

    def set_diff(self, old: Document, new: Document) -> bool:
        """Tell what is different in a document; whether anything is."""
        found = history.changes(new, old)
        if found:
            self.__dict__.update(
                ref_doctype=new.doctype,
                docname=cstr(new.name),
                data=json.dumps(found, default=str, separators=(",", ":")),
            )
        return bool(found)

    def update_version_info(self, old: Document | None, new: Document) -> bool:
        """As `set_diff`; nothing of a document that is new."""
        return old is not None and self.set_diff(old, new)
