"""`Context`: one caller's view of a site, for as long as a request. Functions of the package take it.

Whoever acts as somebody else, or without being asked for permissions, has another context of the same `Transaction`:
what is written, said and promised belongs to the request. Only the face that app code sees reads `current`.

    ctx.user, ctx.roles           who asks          ctx.trusted()        the same, not asked for permissions
    ctx.meta("Task"), ctx.store   what there is     ctx.as_user("ann")   the same as another user
"""

from __future__ import annotations

import contextlib
import contextvars
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from .doctype import custom_fields
from .doctype.meta import OPTIONAL, SEEN, STANDARD, DocType
from .errors import DoesNotExistError, Message, ValidationError, message
from .permissions import app_rules
from .protocol import V1, ApiVersion
from .query import Condition
from .request import Request
from .store import Row
from .utils import _dict, cint, cstr
from .values import Values

if TYPE_CHECKING:
    from .site import Site

CACHED = frozenset({
    "DocType", "DocField", "DocPerm", "Custom DocPerm", "Custom Field", "Property Setter", "Permission Type", "User",
    "Role", "Has Role", "User Permission", "DocShare", "System Settings", "Website Settings", "Assignment Rule",
    "Document Naming Rule", "OAuth Bearer Token", "OAuth Client", "API Key", "Webhook", "Webhook Data",
    "Webhook Header", "Notification", "Notification Recipient",
})  # fmt: skip
"""DocTypes whose change makes caches old."""

SHAPES = frozenset({"DocType", "DocField", "DocPerm", "Custom DocPerm", "Custom Field", "Property Setter"})
"""Those of them whose change makes DocTypes old."""

AUTOMATIC_ROLES = {"All", "Guest", "Desk User"}


Answer = TypeVar("Answer")
"""What is cached."""


class DocTypes(dict[object, DocType]):
    """DocTypes by name. `customised` names those that have Custom Fields, Property Setters or rules of the site's
    own; None until that is first asked."""

    customised: frozenset[str] | None = None


class Caches(dict[object, Any]):
    """Answers read from one state of the database. Replaced as a whole, never cleared; the DocTypes are carried over
    until one of them changes."""

    def __init__(self, version: object = None, shape: object = None, doctypes: DocTypes | None = None):
        super().__init__()
        self.version, self.shape = version, shape
        self.doctypes = DocTypes() if doctypes is None else doctypes


@dataclass(frozen=True)
class UserInfo:
    """What every request needs to know about a user."""

    name: str
    enabled: bool
    user_type: str
    full_name: str
    user_image: str
    roles: frozenset[str]


@dataclass
class Transaction:
    """What all contexts of one request share: the messages for its answer, what runs at its end, what it has
    changed."""

    messages: list[Message] = field(default_factory=list)
    response: _dict = field(default_factory=_dict)
    flags: _dict = field(default_factory=_dict)
    headers: list[tuple[str, str]] = field(default_factory=list)
    failure: Values = field(default_factory=dict)  # what a refusal says beside its errors
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    after_rollback: list[Callable[[], None]] = field(default_factory=list)
    caches: Caches | None = None
    is_dirty: bool = False  # it has changed what caches hold
    is_reshaped: bool = False  # DocTypes among it
    is_held: bool = False  # it is a part of something larger, which keeps or undoes it
    kept: Values = field(default_factory=dict)  # what the face keeps for app code


class Context:
    """One caller's view of a site for one request."""

    def __init__(
        self, site: Site, user: str = "Guest", request: Request | None = None, version: ApiVersion = V1,
        request_id: str = "", trusted: bool = False,
    ):  # fmt: skip
        self.site, self.store, self.user = site, site.store, user
        self.request = request or Request()
        self.version, self.request_id, self.is_trusted = version, request_id, trusted
        self.sid = ""
        self.session_expired = False
        self.failed_by: BaseException | None = None
        self.scopes: frozenset[str] | None = None  # what a narrowed token may do; None: whatever its user may
        self.transaction = shared = Transaction()
        self.messages, self.response, self.flags = shared.messages, shared.response, shared.flags
        self.headers, self.failure = shared.headers, shared.failure
        self.after_commit, self.after_rollback = shared.after_commit, shared.after_rollback

    # --- who ---

    def derived(self, **changed: object) -> Context:
        """The same request in the same transaction, with some attributes changed."""
        made = Context.__new__(Context)
        made.__dict__.update(self.__dict__, **changed)
        return made

    def trusted(self) -> Context:
        """The same request without permission checks. For the server's own bookkeeping and `ignore_permissions`."""
        if self.is_trusted:
            return self
        return self.derived(is_trusted=True)

    def as_user(self, user: str) -> Context:
        """The same request as another user, with that user's permissions. For the server itself and
        `frappe.set_user`."""
        info = self.user_info(user)
        return self.derived(user=info.name if info else user, is_trusted=False)

    @property
    def roles(self) -> frozenset[str]:
        """The user's roles, with the automatic ones: All, Guest, and Desk User for whoever may use the desk."""
        return self.roles_of(self.user)

    def roles_of(self, user: str) -> frozenset[str]:
        """The roles of another user, with the automatic ones."""
        info = self.user_info(user)
        if info is None or info.name == "Guest":
            return frozenset({"Guest"})
        if info.name == "Administrator":
            every: frozenset[str] = self.cached(
                ("every role",),
                lambda: frozenset(row["name"] for row in self.store.find(self.meta("Role"), Condition())),
            )
            return every | AUTOMATIC_ROLES
        desk = {"Desk User"} if info.user_type == "System User" else set()
        return info.roles | {"All", "Guest"} | desk

    def user_info(self, user: str) -> UserInfo | None:
        """The user of that name, however it is spelled; None for an unknown one."""
        found: UserInfo | None = self.caches.get(("user", user)) or self._user_info(user)
        if found is not None:  # under its own name only: what callers make up would fill the memory
            self.caches["user", found.name] = found
        return found

    def _user_info(self, user: str) -> UserInfo | None:
        row = self.store.load_row(self.meta("User"), user)
        if row is None:
            return None
        roles = self.store.find(
            self.meta("Has Role"), Condition("parent = ? AND parenttype = 'User'", (row["name"],)), ("role",)
        )
        disabled = self.cached(
            ("disabled roles",),
            lambda: {each["name"] for each in self.store.find(self.meta("Role"), Condition("disabled = 1"))},
        )
        names = frozenset(cstr(each["role"]) for each in roles) - disabled
        return UserInfo(
            row["name"],
            bool(row["enabled"]),
            cstr(row["user_type"]),
            cstr(row["full_name"]) or row["name"],
            cstr(row["user_image"]),
            names,
        )

    # --- what ---

    @property
    def caches(self) -> Caches:
        """The site's caches, or private ones once this request has changed what they hold."""
        if self.transaction.caches is None:
            self.transaction.caches = self.site.caches()
        return self.transaction.caches

    def look_again(self) -> None:
        """Recheck whether the caches are stale: another request of this thread may have written."""
        if not self.transaction.is_dirty:
            self.transaction.caches = None

    def cached(self, key: object, make: Callable[[], Answer]) -> Answer:
        """The answer kept under `key`, made on first use."""
        caches = self.caches
        if key in caches:
            kept: Answer = caches[key]
            return kept
        value = caches[key] = make()
        return value

    def touch(self, doctype: str) -> None:
        """Mark caches stale after a write to the DocType."""
        if doctype not in CACHED:
            return
        transaction, reshapes = self.transaction, doctype in SHAPES
        transaction.caches = Caches(doctypes=None if reshapes else self.caches.doctypes)
        if not transaction.is_dirty or (reshapes and not transaction.is_reshaped):
            self.store.bump_caches(reshapes)
        transaction.is_dirty, transaction.is_reshaped = True, transaction.is_reshaped or reshapes

    def meta(self, doctype: object) -> DocType:
        """The DocType, with its custom fields and property setters. Raises DoesNotExistError."""
        doctypes = self.caches.doctypes
        try:
            found = doctypes.get(doctype)
        except TypeError:  # a list or an object, from a caller's JSON
            raise DoesNotExistError.told("A DocType is named by a text") from None
        if found is None:
            found = self._load_meta(doctype)
            # Under its own name only: spellings in other case would fill the memory
            found = doctypes.setdefault(found.name, found)
        return found

    def has_doctype(self, doctype: object) -> bool:
        """Whether the site has the DocType."""
        try:
            self.meta(cstr(doctype))
        except DoesNotExistError:
            return False
        return True

    def _load_meta(self, doctype: object) -> DocType:
        row = self.store.database.row('SELECT json, name FROM "__meta" WHERE name = ?', (doctype,))
        if row is None:
            raise DoesNotExistError.of("DocType", doctype)
        if row[1] != doctype:
            return self.meta(row[1])
        raw: Row = json.loads(row[0])
        if raw["name"] == "Custom DocPerm":  # its own rules are fixed; a right of an app's is a column more
            self._add_fields(raw)
        elif raw["name"] not in ("DocType", "Custom Field", "Property Setter"):
            self._customise(raw)
        return DocType(raw)

    def _customise(self, raw: Row) -> None:
        """Custom Field adds fields after others.

        Property Setter changes single properties; Custom DocPerm takes the place of the rules.
        """
        setters, rules = self.meta("Property Setter"), self.meta("Custom DocPerm")
        if raw["name"] not in self._customised():
            return
        raw["permissions"] = self.store.find(
            rules, Condition("parent = ?", (raw["name"],)), rules.columns, order="creation"
        ) or raw.get("permissions")
        self._add_fields(raw)
        for row in self.store.find(
            setters, Condition("doc_type = ?", (raw["name"],)), setters.columns, order="creation"
        ):
            target = raw
            if row["doctype_or_field"] == "DocField":
                target = next(
                    (each for each in raw.get("fields") or () if each.get("fieldname") == row["field_name"]), {}
                )
            number = row["property_type"] in ("Check", "Int")
            target[row["property"]] = cint(row["value"]) if number else row["value"]

    def _add_fields(self, raw: Row) -> None:
        custom = self.meta("Custom Field")
        added = self.store.find(custom, Condition("dt = ?", (raw["name"],)), custom.columns, order="idx, creation")
        if added:
            known = [
                {key: value for key, value in row.items() if value is not None and key != "dt"}
                for row in added
                if row["fieldname"] not in (*STANDARD, *OPTIONAL, *SEEN)  # owner stays owner, whatever has its name
            ]
            raw["fields"] = custom_fields.merged(
                raw.get("fields") or [], [{**row, "is_custom_field": 1} for row in known]
            )

    def _customised(self) -> frozenset[str]:
        """The DocTypes that the site has changed beyond their JSON."""
        doctypes = self.caches.doctypes
        if doctypes.customised is None:
            kept = [("Custom Field", "dt"), ("Property Setter", "doc_type"), ("Custom DocPerm", "parent")]
            found = [self.store.find(self.meta(name), Condition(), (column,)) for name, column in kept]
            doctypes.customised = frozenset(cstr(value) for rows in found for row in rows for value in row.values())
        return doctypes.customised

    def setting(self, name: str) -> Any:
        """A value of System Settings, or the one that the site was started with instead."""
        settings = self.cached(
            ("System Settings values",),
            lambda: {**self.store.load_single(self.meta("System Settings")), **self.site.overrides},
        )
        return settings.get(name)

    def single(self, doctype: str, fieldname: str) -> Any:
        """One value of a Single DocType."""
        return self.store.load_single(self.meta(doctype)).get(fieldname)

    # --- what the app's hooks say of permissions ---

    def hook_verdict(self, meta: DocType, right: str, row: Mapping[str, object]) -> bool:
        """Whether the apps' `has_permission` hooks allow the right: each of them may forbid it."""
        hooks = self.site.hook("has_permission", meta.name) + self.site.hook("has_permission", "*")
        if not hooks:
            return True
        document = self.site.make_document(self, app_rules.whole(self, meta, row))
        return app_rules.allow(self, hooks, self.site.resolve, document, right)

    def hook_condition(self, meta: DocType) -> Condition:
        """The condition that the apps' `permission_query_conditions` hooks put on lists."""
        apps = self.site
        hooks = apps.hook("permission_query_conditions", meta.name) + apps.hook("permission_query_conditions", "*")
        return app_rules.conditions(self, hooks, self.site.resolve, meta.name)

    # --- answers and transactions ---

    def say(self, text: object, title: str | None = None, indicator: str | None = None, alert: bool = False) -> None:
        """Send a message along with the answer: Frappe's `msgprint`."""
        self.messages.append(message(cstr(text), title, indicator, alert=1 if alert else None))

    def commit(self) -> None:
        """Keep what was written, then run what waited for it. Does nothing inside `held`."""
        if self.transaction.is_held:
            return
        self.store.database.commit()
        if self.transaction.is_dirty:
            self._clean()
            self.site.renew_caches()
        waiting, self.after_commit[:] = list(self.after_commit), []
        self.after_rollback.clear()
        for each in waiting:
            each()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Inside, nobody ends the transaction, not even app code: `commit` does nothing and `rollback` is refused.

        It is kept or undone as a whole by whoever holds it.
        """
        self.transaction.is_held = True
        try:
            yield
        finally:
            self.transaction.is_held = False

    def rollback(self) -> None:
        """Undo what was written. Raises ValidationError inside `held`."""
        if self.transaction.is_held:
            raise ValidationError.told("A part of a transaction cannot be rolled back by itself")
        self.store.database.rollback()
        self.after_commit.clear()
        waiting, self.after_rollback[:] = list(self.after_rollback), []
        for each in waiting:
            each()
        if self.transaction.is_dirty:
            self._clean()

    def _clean(self) -> None:
        """Use the site's caches again: this request's own changes are committed or undone."""
        self.transaction.is_dirty = self.transaction.is_reshaped = False
        self.transaction.caches = None


current: contextvars.ContextVar[Context] = contextvars.ContextVar("frappe_lite context")
"""The context that the face for app code reads. Nothing below the face does."""
