"""What the built-in DocTypes do beyond their data: a DocType makes a table, a User has a password, a share is checked.

Registered like an app's controllers and hooks, under the app name `frappe`.
"""

from __future__ import annotations

import re
from typing import Any

from .. import permissions
from ..access import auth, identity, sessions
from ..access.identity import STANDARD_USERS
from ..context import Context
from ..doctype.meta import DocType
from ..errors import (
    CannotCreateStandardDoctypeError,
    DoesNotExistError,
    DuplicateEntryError,
    InvalidEmailAddressError,
    MandatoryError,
    NameError,
    PermissionError,
    ValidationError,
)
from ..query import Condition, quote
from ..utils import bold, cint, cstr, scrub, validate_email_address
from . import access, doctype_rules, history, naming_rules, schema
from .life import Document

MAX_FIELDS = 1500
"""Of a DocType. SQLite takes 2000 columns; each field is looked at several times."""


class DocTypeController(Document):
    """A DocType made or changed over REST: its table follows."""

    nsm_parent_field: Any
    search_fields: Any

    def before_insert(self) -> None:
        if not re.fullmatch(r"[^\W\d_][\w \-]{0,60}", cstr(self.name), re.ASCII):
            raise NameError.told(
                "DocType's name should start with a letter and it can only consist of letters, numbers, spaces, "
                "underscores and hyphens"
            )

    def insert(self, *args: Any, **flags: Any) -> Any:
        self._require_columns()
        return super().insert(*args, **flags)

    def save(self, *args: Any, **flags: Any) -> Any:
        self._require_columns()
        return super().save(*args, **flags)

    def _require_columns(self) -> None:
        """Before anything else: it takes long to look at each of ten thousand fields."""
        if len(self.fields or ()) > MAX_FIELDS:
            raise ValidationError.told(f"{self.name} has {len(self.fields)} fields; a DocType has at most {MAX_FIELDS}")

    def validate(self) -> None:
        if cint(self.is_virtual) and cint(self.custom):
            raise CannotCreateStandardDoctypeError.told("Not allowed to create custom Virtual DocType.")
        doctype_rules.fill_in(self)
        doctype_rules.check_naming(self.ctx, self)
        together = doctype_rules.Fields(
            self.ctx, cstr(self.name), self.fields, bool(cint(self.istable)), bool(cint(self.issingle))
        )
        doctype_rules.check_fields(together, self.__dict__)
        if not cint(self.istable):
            doctype_rules.check_permissions(self.ctx, self)
        doctype_rules.add_kept_fields(self)

    def on_update(self) -> None:
        schema_before = self.get_doc_before_save()
        if schema_before is not None and cint(schema_before.istable) != cint(self.istable):
            raise ValidationError.told("A DocType cannot become a child table, nor cease to be one, once it is made")
        raw = schema.raw_of(self.ctx, self)
        schema.insert_record(self.ctx, "Module Def", self.module, module_name=self.module)
        self.ctx.store.set_meta(raw)
        self.ctx.touch("DocType")
        meta = DocType(raw)
        self.ctx.store.sync_table(meta)
        if meta.issingle:
            schema._begin_single(self.ctx, meta)

    def on_trash(self) -> None:
        if not cint(self.custom) and not self.ctx.is_trusted:
            raise PermissionError.told(f"{self.name} comes with an app and cannot be deleted; only custom DocTypes can")

    def after_delete(self) -> None:
        self.ctx.store.delete_meta(self.name)
        self.ctx.touch("DocType")


class CustomFieldController(Document):
    """A field added to a DocType by the site."""

    fieldname: Any

    def autoname(self) -> None:
        if not self.dt:
            raise MandatoryError.told("A Custom Field needs the DocType that it is added to, in dt")
        if not self.fieldname:
            label = cstr(self.label) or (cstr(self.fieldtype) if cstr(self.fieldtype).endswith("Break") else "")
            if not label:
                raise ValidationError.told("Label is mandatory")
            self.fieldname = "custom_" + re.sub(r"\W", "", label.replace(" ", "_"), flags=re.ASCII)
        self.fieldname = cstr(self.fieldname).lower()
        if self.fieldname in doctype_rules.RENAMED:
            self.fieldname += "1"
        self.name = f"{self.dt}-{self.fieldname}"

    def validate(self) -> None:
        meta = self.ctx.meta(self.dt)
        if self.fieldname in meta.standard or hasattr(Document, self.fieldname):
            raise ValidationError.told(f"Fieldname {bold(self.fieldname)} cannot be used for a custom field")
        if self.is_new() and meta.has_field(self.fieldname):
            raise ValidationError.told(f"A field with the name {bold(self.fieldname)} already exists in {self.dt}")
        doctype_rules.check_custom_field(self.ctx, meta, self)

    def on_update(self) -> None:
        schema.index_custom_field(self.ctx, self.dt)


class PropertySetterController(Document):
    """A property of a DocType or field changed by the site."""

    def autoname(self) -> None:
        parts = (self.doc_type, self.field_name or self.row_name or "main", self.property)
        self.name = "-".join(map(cstr, parts))

    def on_update(self) -> None:
        self.ctx.touch("Property Setter")


class UserController(Document):
    """A person or program that signs in."""

    email: Any
    full_name: Any
    new_password: Any
    time_zone: Any
    username: Any

    def autoname(self) -> None:
        self.email = cstr(self.email).strip().lower()
        self.name = self.email

    def validate(self) -> None:
        if self.is_new():
            self.name = identity.new_name(cstr(self.name)).lower()  # v2 names a document as its client says
        stored = self.get_doc_before_save()
        identity.require_may_give(self._asking, identity.changed_roles(stored and stored.roles, self.roles))
        if self.name not in STANDARD_USERS:
            self.email = cstr(self.name).lower()
        if self.is_new() and not self.username and self.first_name:
            self.username = self._free_username()
        self.time_zone = self.time_zone or cstr(self.ctx.setting("time_zone")) or "UTC"
        self.full_name = " ".join(part for part in (self.first_name, self.last_name) if part) or self.full_name
        self.user_type = "System User" if self._may_use_desk() else "Website User"
        if self.name in STANDARD_USERS and not cint(self.enabled):
            raise ValidationError.told(f"{self.name} cannot be disabled")
        self.__dict__["_password"], self.new_password = self.new_password, None
        if self.get("_password") and set(self.get("_password")) == {"*"}:
            self.__dict__["_password"] = None
        if self.get("_password"):
            identity.require_may_set_password(self._asking, cstr(self.name), self.is_new())
            words = [
                self.get(each) for each in ("first_name", "middle_name", "last_name", "email", "username", "birth_date")
            ]
            auth.check_policy(self.ctx, cstr(self.get("_password")), words)

    def _free_username(self) -> str | None:
        """The first name in small letters, unless somebody has it."""
        wanted = scrub(cstr(self.first_name)).strip(" @")
        return None if self.ctx.store.find(self.meta, Condition("username = ?", (wanted,)), limit=1) else wanted

    def append_roles(self, *roles: str) -> None:
        """Add roles that the user does not have yet."""
        held = {row.role for row in self.roles}
        self.extend("roles", [{"role": role} for role in roles if role not in held])

    def add_roles(self, *roles: str) -> None:
        """Give roles."""
        self.append_roles(*roles)
        self.save()

    def remove_roles(self, *roles: str) -> None:
        """Take roles."""
        self.set("roles", [row for row in self.roles if row.role not in roles])
        self.save()

    def _may_use_desk(self) -> bool:
        if self.name == "Administrator":
            return True
        roles = [cstr(row.role) for row in self.roles]
        desk = self.ctx.store.find(self.ctx.meta("Role"), Condition("desk_access = 1"))
        return bool({row["name"] for row in desk} & set(roles) - {"All", "Guest"})

    def on_update(self) -> None:
        password = self.__dict__.pop("_password", None)
        if password:
            auth.set_password(self.ctx, self.name, cstr(password), end_sessions=bool(cint(self.logout_all_sessions)))
        if not cint(self.enabled):
            sessions.end_all_of(self.ctx, self.name)

    def after_insert(self) -> None:
        """Everybody may read and change the own record, but for its higher levels."""
        share = {"user": self.name, "share_doctype": "User", "share_name": self.name, "read": 1, "write": 1, "share": 1}
        schema.insert_record(self.ctx, "DocShare", f"user-{self.name}"[:140], **share)
        history.say_shared(self.ctx, "User", self.name, self.name)

    def on_trash(self) -> None:
        if self.name in STANDARD_USERS:
            raise ValidationError.told(f"User {self.name} cannot be deleted")
        sessions.end_all_of(self.ctx, self.name)
        self.ctx.store.database.execute('DELETE FROM "tabDocShare" WHERE user = ?', (self.name,))

    def before_rename(self, old: str, new: str, merge: bool = False) -> None:
        """Raises ValidationError and its kinds, PermissionError: see `identity.require_may_rename_user`."""
        identity.require_may_rename_user(self._asking, old, new, merge)
        if not validate_email_address(new):
            raise InvalidEmailAddressError.told(f"{new} is not a valid Email Address")

    def after_rename(self, old: str, new: str, merge: bool = False) -> None:
        sessions.end_all_of(self.ctx, old)
        if not merge:
            self.ctx.store.update(self.meta, new, {"email": new.lower()})
            self.email = new.lower()
        for table in self.ctx.store.document_tables():
            for column in ("owner", "modified_by"):
                self.ctx.store.database.execute(
                    f"UPDATE {quote(table)} SET {column} = ? WHERE {column} = ?", (new, old)
                )


class RoleController(Document):
    """A role; the standard ones stay as they are."""

    role_name: Any

    def validate(self) -> None:
        if self.is_new() and self.ctx.store.exists(self.meta, self.name) is None:
            self.name = self.role_name = identity.new_name(cstr(self.name))
        self.role_name = self.name
        if self.name in schema.ROLES and cint(self.disabled):
            raise ValidationError.told("Standard roles cannot be disabled")

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


class DocShareController(Document):
    """A document given to another user; whoever gives it must be allowed to."""

    user: Any

    def validate(self) -> None:
        meta = self.ctx.meta(self.share_doctype)
        if meta.istable:
            raise ValidationError.told(f"A row of {meta.name} is shared with its document")
        row = self.ctx.store.load(meta, self.share_name)
        if row is None:
            raise access.told(self._asking, DoesNotExistError.of(meta.name, self.share_name))
        if cint(self.submit):
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
        given = [right for right in permissions.SHARED_RIGHTS if cint(self.get(right))]
        return [right for right in given if before is None or not cint(before.get(right))]


class UserPermissionController(Document):
    """A document that a user is held to; each once, and one default for a DocType."""

    def validate(self) -> None:
        same = '"user" = ? AND allow = ? AND name <> ?'
        known = (self.user, self.allow, cstr(self.name))
        columns = ("for_value", "applicable_for", "apply_to_all_doctypes", "is_default")
        for row in self.ctx.store.find(self.meta, Condition(same, known), columns):
            whole, scope = cint(row["apply_to_all_doctypes"]), cstr(row["applicable_for"])
            same_scope = (scope, whole) == (cstr(self.applicable_for), cint(self.apply_to_all_doctypes))
            if row["for_value"] == self.for_value and same_scope:
                raise DuplicateEntryError.told("User permission already exists")
            if cint(self.is_default) and cint(row["is_default"]) and (whole or scope == cstr(self.applicable_for)):
                raise ValidationError.told(f"Another User Permission is the default for {self.allow} already")


class TodoController(Document):
    """Something to do; who assigns one is remembered."""

    assigned_by: Any

    def before_insert(self) -> None:
        if self.reference_type and not self.assigned_by:
            self.assigned_by = self.ctx.user

    def on_update(self) -> None:
        """What is given to somebody, and taken back, is said on the document that it is about."""
        before, ctx = self.get_doc_before_save(), self.ctx
        if not (self.reference_type and self.reference_name and self.allocated_to):
            return
        giver, holder = history.full_name(ctx, self.assigned_by), history.full_name(ctx, self.allocated_to)
        if before is None:
            own = self.assigned_by == self.allocated_to
            text = f"{giver} self assigned this task: " if own else f"{giver} assigned {holder}: "
            self._say("Assigned", text + cstr(self.description))
        elif before.status != self.status:
            own = self.allocated_to == ctx.user
            done = f"Assignment of {holder} removed by {history.full_name(ctx, ctx.user)}"
            self._say("Assignment Completed", f"{holder} removed their assignment." if own else done)

    def _say(self, comment_type: str, text: str) -> None:
        history.add_comment(self.ctx, self.reference_type, self.reference_name, text, comment_type)


class NoteController(Document):
    """A note; an empty one has an empty paragraph."""

    content: Any

    def validate(self) -> None:
        self.content = self.content or "<span></span>"


class NamingRuleController(Document):
    """How the site names documents of a kind."""

    def validate(self) -> None:
        naming_rules.check_rule(self.ctx, self)

    def on_update(self) -> None:
        self.ctx.touch(naming_rules.RULE)

    def after_delete(self) -> None:
        self.ctx.touch(naming_rules.RULE)


CONTROLLERS: dict[str, type[Document]] = {
    "DocType": DocTypeController, "Custom Field": CustomFieldController, "Property Setter": PropertySetterController,
    "User": UserController, "Role": RoleController, "Has Role": HasRoleController, "DocShare": DocShareController,
    "ToDo": TodoController,
    "User Permission": UserPermissionController, naming_rules.RULE: NamingRuleController, "Note": NoteController,
}  # fmt: skip


# --- hooks ---


def may_touch_user(ctx: Context, doc: Any, right: str) -> bool | None:
    """The standard users are the Administrator's own business: nobody else sees them."""
    return False if doc.name in STANDARD_USERS and ctx.user != "Administrator" else None


def user_rows(ctx: Context) -> Condition:
    """The same for lists."""
    return Condition() if ctx.user == "Administrator" else Condition('"tabUser".name NOT IN (?, ?)', STANDARD_USERS)


def may_touch_todo(ctx: Context, doc: Any, right: str) -> bool | None:
    """A to-do is seen by who gave it and who has it; a System Manager sees all."""
    return None if "System Manager" in ctx.roles or ctx.user in (doc.allocated_to, doc.assigned_by) else False


def todo_rows(ctx: Context) -> Condition:
    """The same for lists."""
    if "System Manager" in ctx.roles:
        return Condition()
    return Condition('"tabToDo".allocated_to = ? OR "tabToDo".assigned_by = ?', (ctx.user,) * 2)


def may_touch_notification(ctx: Context, doc: Any, right: str) -> bool | None:
    """A notification is its receiver's own."""
    return None if ctx.user in ("Administrator", doc.for_user) else False


def notification_rows(ctx: Context) -> Condition:
    """The same for lists."""
    return Condition() if ctx.user == "Administrator" else Condition('"tabNotification Log".for_user = ?', (ctx.user,))


HOOKS: dict[str, Any] = {
    "has_permission": {"User": may_touch_user, "ToDo": may_touch_todo, "Notification Log": may_touch_notification},
    "permission_query_conditions": {"User": user_rows, "ToDo": todo_rows, "Notification Log": notification_rows},
}
