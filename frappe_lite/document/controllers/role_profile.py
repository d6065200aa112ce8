"""Role Profile: roles under one name, for many users; whoever has profiles has the roles of all of them, and no
others."""

from __future__ import annotations

from ...access import identity
from ...utils import cstr
from ..life import Document
from ..loading import load

HOLDERS = "SELECT DISTINCT parent FROM \"tabUser Role Profile\" WHERE parenttype = 'User' AND role_profile = ?"


class RoleProfileController(Document):
    """Roles under one name."""

    roles: object

    def validate(self) -> None:
        stored = self.get_doc_before_save()
        identity.require_may_give(self._asking, identity.changed_roles(stored and stored.roles, self.roles))

    def on_update(self) -> None:
        """Its users get the roles as they are now."""
        stored = self.get_doc_before_save()
        if stored is not None and identity.changed_roles(stored.roles, self.roles):
            for (user,) in self.ctx.store.database.rows(f"{HOLDERS} ORDER BY parent", (cstr(self.name),)):
                load(self.ctx.trusted(), "User", user).save()
