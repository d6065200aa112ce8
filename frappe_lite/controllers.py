"""What the built-in DocTypes do beyond their data: a DocType makes a table, a User has a password, a share is checked.

Registered like an app's controllers and hooks, under the app name `frappe`.
"""

from __future__ import annotations

import re
from typing import Any

from . import auth, doctype_checks, permissions, schema
from .doctype_checks import DoctypeLinkError, InvalidFieldNameError, UniqueFieldnameError, WrongOptionsDoctypeLinkError
from .document import Document
from .errors import DoesNotExistError, MandatoryError, NameError, PermissionError, ValidationError
from .fieldtypes import FIELDTYPES
from .meta import STANDARD, DocType
from .query import Condition, quote
from .site import Context
from .utils import bold, cint, cstr, scrub, unscrub

STANDARD_USERS = ("Administrator", "Guest")
MAX_FIELDS = 1500
"""Of a DocType. SQLite takes 2000 columns; each field is looked at several times."""


class DocTypeController(Document):
    """A DocType made or changed over REST: its table follows."""

    nsm_parent_field: Any
    search_fields: Any

    def before_insert(self) -> None:
        if not re.fullmatch(r"[^\W\d_][\w \-]{0,60}", cstr(self.name), re.ASCII):
            raise NameError.told("DocType's name should start with a letter and it can only consist of letters, numbers, spaces, underscores and hyphens")

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

    def _add_tree_fields(self) -> None:
        """Frappe: what is marked as a tree gets the fields of one."""
        self.nsm_parent_field = parent = self.nsm_parent_field or f"parent_{scrub(self.name)}"
        wanted = [(parent, "Link", self.name), ("lft", "Int", None), ("rgt", "Int", None), ("is_group", "Check", None), ("old_parent", "Link", self.name)]
        there = {cstr(row.fieldname) for row in self.fields}
        for fieldname, fieldtype, options in wanted:
            if fieldname not in there:
                label, hidden = unscrub(fieldname), int(fieldname in ("lft", "rgt", "old_parent"))
                self.append("fields", {"fieldname": fieldname, "fieldtype": fieldtype, "options": options, "label": label, "hidden": hidden, "no_copy": hidden})

    def validate(self) -> None:
        if cint(self.is_tree):
            self._add_tree_fields()
        seen: set[str] = set()
        for row in self.fields:
            doctype_checks.fill_fieldname(row)
            self._check_field(row, seen)
        doctype_checks.complete(self)
        if self.autoname and self.autoname.lower().startswith("field:") and self.autoname[6:] not in seen:
            raise ValidationError.told(f"Fieldname {self.autoname[6:]} of the autoname rule is not a field of {self.name}")
        for key in ("title_field", "image_field"):
            if self.get(key) and self.get(key) not in seen | {"name"}:
                raise ValidationError.told(f"{self.meta.get_label(key)} must be a field of {self.name}: {self.get(key)}")
        for name in filter(None, map(str.strip, cstr(self.search_fields).split(","))):
            if name not in seen | {"name", *STANDARD}:
                raise ValidationError.told(f"Search field {name} is not valid: it is not a field of {self.name}")

    def _check_field(self, row: Any, seen: set[str]) -> None:
        name = row.fieldname
        if not re.fullmatch(r"\w{1,64}", name, re.ASCII):
            raise InvalidFieldNameError.told(f"Row #{row.idx}: Fieldname {bold(name)} can only have letters, numbers and underscores, at most 64")
        if name.lower() in {each.lower() for each in seen}:
            raise UniqueFieldnameError.told(f"Row #{row.idx}: Fieldname {bold(name)} appears multiple times")
        if name.lower() in doctype_checks.RESERVED or hasattr(Document, name):
            raise InvalidFieldNameError.told(f"Row #{row.idx}: Fieldname {bold(name)} is restricted")
        if row.fieldtype in ("Link", "Table", "Table MultiSelect") and not row.options:
            raise DoctypeLinkError.told(f"Row #{row.idx}: Options required for {row.fieldtype} type field {row.label or name}")
        if row.fieldtype in ("Link", "Table", "Table MultiSelect") and row.options not in (self.name, "[Select]"):  # Frappe: an app's script says what a [Select] links to
            try:
                target = self.ctx.meta(row.options)
            except DoesNotExistError:
                raise WrongOptionsDoctypeLinkError.told(f"Row #{row.idx}: Options must be a valid DocType for field {row.label or name}") from None
            if row.fieldtype != "Link" and not target.istable:
                raise ValidationError.told(f"Row #{row.idx}: {row.options} is not a child table")
        doctype_checks.check_field(row)
        if row.fieldtype in FIELDTYPES:  # any other is refused by the rule of the Select
            seen.add(name)

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
    insert_after: Any

    def autoname(self) -> None:
        self.fieldname = self.fieldname or re.sub(r"\W", "", scrub(cstr(self.label)), flags=re.ASCII)
        if not self.dt:
            raise MandatoryError.told("A Custom Field needs the DocType that it is added to, in dt")
        self.name = f"{self.dt}-{self.fieldname}"

    def validate(self) -> None:
        meta = self.ctx.meta(self.dt)
        if not re.fullmatch(r"[A-Za-z_]\w{0,63}", cstr(self.fieldname), re.ASCII) or self.fieldname in meta.standard or hasattr(Document, self.fieldname):
            raise ValidationError.told(f"Fieldname {bold(self.fieldname)} cannot be used for a custom field")
        if self.is_new() and meta.has_field(self.fieldname):
            raise ValidationError.told(f"A field with the name {bold(self.fieldname)} already exists in {self.dt}")

        if self.insert_after == "append":
            self.insert_after = meta.fields[-1].fieldname if meta.fields else None

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

    def autoname(self) -> None:
        self.email = cstr(self.email).strip().lower()
        self.name = self.email

    def validate(self) -> None:
        if self.name not in STANDARD_USERS:
            self.email = cstr(self.name).lower()
        self.full_name = " ".join(part for part in (self.first_name, self.last_name) if part) or self.full_name
        self.user_type = "System User" if self._may_use_desk() else "Website User"
        if self.name in STANDARD_USERS and not cint(self.enabled):
            raise ValidationError.told(f"{self.name} cannot be disabled")
        self.__dict__["_password"], self.new_password = self.new_password, None
        if self.get("_password") and set(self.get("_password")) == {"*"}:
            self.__dict__["_password"] = None
        if self.get("_password"):
            auth.check_policy(self.ctx, cstr(self.get("_password")))

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
            auth.end_sessions_of(self.ctx, self.name)

    def after_insert(self) -> None:
        """Everybody may read and change the own record, but for its higher levels."""
        share = {"user": self.name, "share_doctype": "User", "share_name": self.name, "read": 1, "write": 1, "share": 1}
        schema.insert_record(self.ctx, "DocShare", f"user-{self.name}"[:140], **share)

    def on_trash(self) -> None:
        if self.name in STANDARD_USERS:
            raise ValidationError.told(f"User {self.name} cannot be deleted")
        auth.end_sessions_of(self.ctx, self.name)
        self.ctx.store.database.execute('DELETE FROM "tabDocShare" WHERE user = ?', (self.name,))

    def after_rename(self, old: str, new: str, merge: bool = False) -> None:
        auth.end_sessions_of(self.ctx, old)
        if not merge:
            self.ctx.store.update(self.meta, new, {"email": new})
            self.email = new
        for table in self.ctx.store.document_tables():
            for column in ("owner", "modified_by"):
                self.ctx.store.database.execute(f"UPDATE {quote(table)} SET {column} = ? WHERE {column} = ?", (new, old))


class RoleController(Document):
    """A role; the automatic ones stay."""

    def on_trash(self) -> None:
        if self.name in schema.ROLES:
            raise ValidationError.told(f"{self.name} is a standard role and cannot be deleted")


class DocShareController(Document):
    """A document given to another user; whoever gives it must be allowed to."""

    def validate(self) -> None:
        meta = self.ctx.meta(self.share_doctype)
        row = self.ctx.store.load(meta, self.share_name)
        if row is None:
            raise DoesNotExistError.told(f"{meta.name} {self.share_name} not found")
        permissions.require(self._asking, meta, "share", row)
        if cint(self.write) or cint(self.share) or cint(self.submit):
            self.read = 1


PROMISES = ("enable_two_factor_auth", "force_user_to_reset_password", "disable_user_pass_login", "allowed_file_extensions", "encrypt_backup")
"""System Settings that apps read, and that nothing here keeps."""


class SystemSettingsController(Document):
    """The settings of the site: a protection that would not protect cannot be switched on."""

    def validate(self) -> None:
        before = self.get_doc_before_save()
        for name in PROMISES:
            if self.get(name) and self.get(name) != (before and before.get(name)):
                raise ValidationError(f"{self._meta.get_label(name)} is not provided by frappe_lite: it would protect nothing, and stays off")


CONTROLLERS: dict[str, type[Document]] = {
    "DocType": DocTypeController, "Custom Field": CustomFieldController, "Property Setter": PropertySetterController,
    "User": UserController, "Role": RoleController, "DocShare": DocShareController,
    "System Settings": SystemSettingsController,
}  # fmt: skip


# --- hooks ---


def may_touch_user(ctx: Context, doc: Any, right: str) -> bool | None:
    """The standard users are the Administrator's own business; anyone may read them who may read users."""
    return False if doc.name in STANDARD_USERS and right not in ("read", "select") else None


def may_touch_todo(ctx: Context, doc: Any, right: str) -> bool | None:
    """A to-do is seen by who made it, who gave it and who has it; a System Manager sees all."""
    return None if "System Manager" in ctx.roles or ctx.user in (doc.allocated_to, doc.assigned_by, doc.owner) else False


def todo_rows(ctx: Context) -> Condition:
    """The same for lists."""
    if "System Manager" in ctx.roles:
        return Condition()
    return Condition('"tabToDo".allocated_to = ? OR "tabToDo".assigned_by = ? OR "tabToDo".owner = ?', (ctx.user,) * 3)


def may_touch_notification(ctx: Context, doc: Any, right: str) -> bool | None:
    """A notification is its receiver's own."""
    return None if ctx.user in ("Administrator", doc.for_user) else False


def notification_rows(ctx: Context) -> Condition:
    """The same for lists."""
    return Condition() if ctx.user == "Administrator" else Condition('"tabNotification Log".for_user = ?', (ctx.user,))


HOOKS: dict[str, Any] = {
    "has_permission": {"User": may_touch_user, "ToDo": may_touch_todo, "Notification Log": may_touch_notification},
    "permission_query_conditions": {"ToDo": todo_rows, "Notification Log": notification_rows},
}
