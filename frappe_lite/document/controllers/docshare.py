"""DocShare: a document given to another user."""

from __future__ import annotations

from ... import permissions
from ...errors import DoesNotExistError, ValidationError
from ...utils import bold, cint
from .. import access, history
from ..life import Document


class DocShareController(Document):
    """A document given to another user; whoever gives it must be allowed to."""

    user: object

    def validate(self) -> None:
        meta = self.ctx.meta(self.share_doctype)
        if meta.istable:
            raise ValidationError.told(f"A row of {meta.name} is shared with its document")
        row = self.ctx.store.load(meta, self.share_name)
        if row is None:
            raise access.told(self._asking, DoesNotExistError.of(meta.name, self.share_name))
        if cint(self.submit):
            if not cint(meta.is_submittable):
                whose = f"{bold(self.share_name)} with submit permission as the doctype {bold(meta.name)}"
                raise ValidationError.told(f"Cannot share {whose} is not submittable")
            self.write = 1
        if cint(self.write) or cint(self.share):
            self.read = 1
        permissions.require_grant(self._asking, meta, row, self._new_rights())
        self.user = None if cint(self.everyone) else self.user

    def after_insert(self) -> None:
        history.say_shared(self.ctx, self.share_doctype, self.share_name, self.user)

    def on_trash(self) -> None:
        history.say_shared(self.ctx, self.share_doctype, self.share_name, self.user, ended=True)

    def _new_rights(self) -> list[str]:
        """The rights that this save gives, beyond those that the same person had on the same document by this share."""
        before, whose = self.get_doc_before_save(), ("share_doctype", "share_name", "user", "everyone")
        if before is not None and any(before.get(key) != self.get(key) for key in whose):
            before = None
        given = [right for right in permissions.shared_rights(self.ctx, self.share_doctype) if cint(self.get(right))]
        return [right for right in given if before is None or not cint(before.get(right))]
