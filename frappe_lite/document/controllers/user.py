"""User: a person or program that signs in."""

from __future__ import annotations

from typing import Any

from ...access import auth, identity, reset_links, sessions
from ...access.identity import STANDARD_USERS
from ...context import Context
from ...errors import InvalidEmailAddressError, ValidationError
from ...query import Condition, quote
from ...utils import cint, cstr, generate_hash, scrub, validate_email_address
from .. import history, schema
from ..base_document import BaseDocument
from ..life import Document
from ..loading import load
from ..validation import default_of

SETTINGS = "Notification Settings"
"""Each user has a document of these, under the user's name."""


class UserController(Document):
    """A person or program that signs in."""

    email: Any
    full_name: Any
    new_password: Any
    role_profile_name: Any
    role_profiles: Any
    time_zone: Any
    username: Any

    def autoname(self) -> None:
        given = self.email
        self.email = self.name = cstr(given).strip().lower()
        if given is not None and not validate_email_address(self.email):  # Frappe: told before what else is missing
            raise InvalidEmailAddressError.told(f"{self.email} is not a valid Email Address")

    def validate(self) -> None:
        if self.is_new():
            self.name = identity.new_name(cstr(self.name)).lower()  # v2 names a document as its client says
        self._take_role_profiles()
        stored = self.get_doc_before_save()
        asking = self._asking
        if "roles" in (self.flags.ignore_permlevel_for_fields or ()):  # app code alone can set it
            asking = self._context.trusted()
        identity.require_may_give(asking, identity.changed_roles(stored and stored.roles, self.roles))
        if self.name not in STANDARD_USERS:
            self.email = cstr(self.name).lower()
        self.time_zone = self.time_zone or cstr(self.ctx.setting("time_zone")) or "UTC"
        self.full_name = " ".join(part for part in (self.first_name, self.last_name) if part) or self.full_name
        self._name_for_short()
        if not self.get_social_login_userid("frappe"):
            self.set_social_login_userid("frappe", generate_hash(length=39))
        self.set_system_user()
        if self.name in STANDARD_USERS and not cint(self.enabled):
            raise ValidationError.told(f"User {self.name} cannot be disabled")
        self.__dict__["_password"], self.new_password = self.new_password, ""  # Frappe: told as empty ever after
        if self.get("_password") and set(self.get("_password")) == {"*"}:
            self.__dict__["_password"] = None
        if self.get("_password"):
            identity.require_may_set_password(self._asking, cstr(self.name), bool(self.is_new()))
            words = [
                self.get(each) for each in ("first_name", "middle_name", "last_name", "email", "username", "birth_date")
            ]
            auth.check_policy(self.ctx, cstr(self.get("_password")), words)

    def _take_role_profiles(self) -> None:
        """Whoever has profiles has their roles, and no others; one that the old field names joins them."""
        named = [row.role_profile for row in self.role_profiles]
        if self.role_profile_name and self.role_profile_name not in named:
            self.append("role_profiles", {"role_profile": self.role_profile_name})
        self.role_profile_name = None
        if self.name in STANDARD_USERS:
            self.role_profiles = []
        if self.role_profiles:
            profiles = [load(self.ctx.trusted(), "Role Profile", row.role_profile) for row in self.role_profiles]
            given = list(dict.fromkeys(cstr(row.role) for profile in profiles for row in profile.roles))
            self.set("roles", [row for row in self.roles if row.role in given])
            self.append_roles(*given)

    def _name_for_short(self) -> None:
        """Frappe: who is new has the first name for a user name; one that somebody else has is not taken."""
        if self.is_new() and not self.username and self.first_name:
            self.username = scrub(cstr(self.first_name))
        self.username = cstr(self.username).strip(" @") or None
        if self.username and self.username_exists():
            self.ctx.say(f"Username {self.username} already exists")
            self.username = None

    def username_exists(self, username: str | None = None) -> object:
        """The other user who has the user name, or None."""
        same = Condition("username = ? AND name <> ?", (username or self.username, cstr(self.name)))
        found = self.ctx.store.find(self.meta, same, ("name",), limit=1)
        return found[0]["name"] if found else None

    def suggest_username(self) -> object:
        """A user name that is free, made of the first name or of both; None if they are taken. It is told, too."""
        names = [scrub(cstr(self.first_name)), scrub(f"{cstr(self.first_name)} {cstr(self.last_name)}".strip())]
        free = next((each for each in names if each != self.username and not self.username_exists(each)), None)
        if free:
            self.ctx.say(f"Suggested Username: {free}")
        return free

    def reset_password(self, send_email: bool = False, password_expired: bool = False) -> str:
        """A link by which the password is set once; with `send_email` it goes to `Site(on_reset_link=…)`."""
        link = reset_links.reset_link(self.ctx, cstr(self.name)) + (
            "&password_expired=true" if password_expired else ""
        )
        kept = self.ctx.store.load_row(self.meta, self.name) or {}
        self.__dict__.update({key: kept.get(key) for key in reset_links.RESET_FIELDS})
        if send_email:
            reset_links.send_reset_link(self.ctx, cstr(self.name), link)
        return link

    _reset_password = reset_password

    def send_welcome_mail_to_user(self) -> None:
        """Let a link by which the password is set once go to the user: by mail, or to `Site(on_reset_link=…)`."""
        self.reset_password(send_email=True)

    def get_fullname(self) -> str:
        """First and last name."""
        return " ".join(cstr(part) for part in (self.first_name, self.last_name) if part)

    def get_social_login_userid(self, provider: str) -> Any:
        """What a provider calls the user, or None."""
        return next((row.userid for row in self.social_logins if row.provider == provider), None)

    def set_social_login_userid(self, provider: str, userid: str, username: str | None = None) -> None:
        """Remember what a provider calls the user."""
        named = {"username": username} if username else {}
        self.append("social_logins", {"provider": provider, "userid": userid, **named})

    def append_roles(self, *roles: str) -> None:
        """Add roles that the user does not have yet; the Administrator's own is nobody else's."""
        held = {row.role for row in self.roles} | ({identity.ADMINISTRATOR} - {self.name})
        self.extend("roles", [{"role": role} for role in roles if role not in held])

    def add_roles(self, *roles: str) -> None:
        """Give roles."""
        self.append_roles(*roles)
        self.save()

    def remove_roles(self, *roles: str) -> None:
        """Take roles."""
        self.set("roles", [row for row in self.roles if row.role not in roles])
        self.save()

    def set_system_user(self) -> None:
        """A user of the desk is who has a role that opens it."""
        self.user_type = "System User" if self._may_use_desk() else "Website User"

    def has_desk_access(self) -> bool:
        """Whether one of the roles opens the desk."""
        return self._may_use_desk()

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
        told = {field.fieldname: default_of(self.ctx, field) for field in self.ctx.meta(SETTINGS).default_fields}
        schema.insert_record(self.ctx, SETTINGS, self.name, **{**told, "user": self.name})

    def on_trash(self) -> None:
        if self.name in STANDARD_USERS:
            raise ValidationError.told(f"User {self.name} cannot be deleted")
        sessions.end_all_of(self.ctx, self.name)
        for doctype in ("DocShare", "User Permission"):
            self.ctx.store.database.execute(f'DELETE FROM "tab{doctype}" WHERE user = ?', (self.name,))
            self.ctx.touch(doctype)
        self.ctx.store.database.execute('UPDATE "tabContact" SET user = NULL WHERE user = ?', (self.name,))
        self.ctx.store.database.execute(f'DELETE FROM "tab{SETTINGS}" WHERE name = ?', (self.name,))

    def before_rename(self, old: str, new: str, merge: bool = False) -> None:
        """Raises ValidationError and its kinds, PermissionError: see `identity.require_may_rename_user`."""
        identity.require_may_rename_user(self._asking, old, new, merge)

    def after_rename(self, old: str, new: str, merge: bool = False) -> None:
        sessions.end_all_of(self.ctx, old)
        if not merge:
            self.ctx.store.update(self.meta, new, {"email": new.lower()})
            self.email = new.lower()
            self.ctx.store.database.execute(f'UPDATE "tab{SETTINGS}" SET name = ? WHERE name = ?', (new, old))
        for table in self.ctx.store.document_tables():
            for column in ("owner", "modified_by"):
                self.ctx.store.database.execute(
                    f"UPDATE {quote(table)} SET {column} = ? WHERE {column} = ?", (new, old)
                )


def may_touch_user(ctx: Context, doc: BaseDocument, right: str) -> bool | None:
    """The standard users are the Administrator's own business: nobody else sees them."""
    return False if doc.name in STANDARD_USERS and ctx.user != "Administrator" else None


def user_rows(ctx: Context) -> Condition:
    """The same for lists."""
    return Condition() if ctx.user == "Administrator" else Condition('"tabUser".name NOT IN (?, ?)', STANDARD_USERS)
