"""Role: the standard ones stay as they are. And Has Role, a role of a user."""

from __future__ import annotations

from ...access import identity
from ...errors import ValidationError
from ...utils import cint, cstr
from .. import schema
from ..life import Document
from ..loading import load


class RoleController(Document):
    """A role; the standard ones stay as they are."""

    role_name: object

    def validate(self) -> None:
        if self.is_new() and self.ctx.store.exists(self.meta, self.name) is None:
            self.name = self.role_name = identity.new_name(cstr(self.name))
        self.role_name = self.name
        if self.name in schema.ROLES and cint(self.disabled):
            raise ValidationError.told("Standard roles cannot be disabled")

    def on_update(self) -> None:
        """Whoever has the role may use the desk from now on, or no longer."""
        before = self.get_doc_before_save()
        if before is None or cint(before.desk_access) == cint(self.desk_access):
            return
        holders = "SELECT DISTINCT parent FROM \"tabHas Role\" WHERE parenttype = 'User' AND role = ? ORDER BY parent"
        for row in self.ctx.store.database.rows(holders, (self.name,)):
            user = load(self.ctx.trusted(), "User", row[0])
            kind = user.user_type
            user.set_system_user()
            if user.user_type != kind:
                user.save()

    def before_rename(self, old: str, new: str, merge: bool = False) -> None:
        """Raises ValidationError for a standard role, at either end: who has the old one would have the new."""
        identity.require_manager(self._asking, "gives a role another name")
        if old in schema.ROLES or identity.folded(new) in map(identity.folded, schema.ROLES):
            raise ValidationError.told("Standard roles cannot be renamed, nor can another role become one")
        if not merge and new.casefold() != old.casefold():
            identity.new_name(new)

    def on_trash(self) -> None:
        if self.name in schema.ROLES:
            raise ValidationError.told(f"{self.name} is a standard role and cannot be deleted")


class HasRoleController(Document):
    """A role of a user, where its row is written by itself; with its user it is the user's business."""

    def validate(self) -> None:
        stored = self.get_doc_before_save()
        self._require_may_give({cstr(self.role), *([cstr(stored.role)] if stored else [])})

    def on_trash(self) -> None:
        self._require_may_give({cstr(self.role)})

    def _require_may_give(self, roles: set[str]) -> None:
        if self.parenttype == "User":
            identity.require_may_give(self._asking, roles)
