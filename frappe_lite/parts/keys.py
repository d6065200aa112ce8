"""Named API keys: several a user, each with an expiry, scopes and the time of its last use, beside the pair of the User
document.

Sent like that pair: `token KEY:SECRET`, or Basic. A secret is kept as its hash and shown once. A key is looked up once
and then found in the caches, which a change of any key replaces, in every process. Its last use is written a few
minutes apart, by a job, never by the request.

    POST …frappe_lite.keys.generate  {"label": "backup", "scopes": "Task:read"}   ->  {"api_key": …, "api_secret": …}
    POST …frappe_lite.keys.revoke    {"name": …}                                  ->  "revoked"
"""

from __future__ import annotations

import re
import secrets
import time

from .. import document
from ..access import auth, identity
from ..access.hashing import digest
from ..context import Context
from ..document import Document
from ..document.base_document import BaseDocument
from ..errors import DoesNotExistError, FrappeError, PermissionError, ValidationError
from ..protocol import parse_json
from ..query import Condition
from ..site import Site
from ..utils import cint, cstr, get_datetime, now
from ..whitelist import method

DOCTYPE = "API Key"
SECRET = "api_secret"
USE_SECONDS = 300
MOST_KEYS = 100
"""Keys that one user may have at a time."""

CONSTANT = ("user", "api_key", "scopes", "expires_on")
"""What a key is: nobody widens one that was given away. `last_used` is the server's."""


def attach(site: Site) -> None:
    """Find these keys when credentials are read; show each user the own ones."""
    uses = Uses(site)
    site.extensions.key_finders.append(uses.find)
    site.controllers[DOCTYPE] = ApiKeyController
    hooks = site.apps["frappe"].hooks
    hooks["has_permission"][DOCTYPE] = may_touch_key
    hooks["permission_query_conditions"][DOCTYPE] = key_rows
    site.add_doc_event("User", "on_trash", forget_user)


class Uses:
    """When keys were last used, as far as it is not written yet."""

    def __init__(self, site: Site):
        self.site = site
        self._noted: dict[str, float] = {}

    def find(self, ctx: Context, key: str) -> auth.KnownKey | None:
        """What is kept of the key; None for one that is unknown, revoked, or of somebody who may not come in."""
        rows = ctx.store.find(
            ctx.meta(DOCTYPE),
            Condition("api_key = ? AND enabled = 1", (key,)),
            ("name", "user", "api_key", "scopes", "expires_on"),
        )
        if not rows or rows[0]["api_key"] != key:
            return None
        row = rows[0]
        kept, info = ctx.store.secret(DOCTYPE, row["name"], SECRET), ctx.user_info(row["user"])
        if kept is None or info is None or not info.enabled or info.name == "Guest":
            return None
        scopes = frozenset(cstr(row["scopes"]).split())
        return auth.KnownKey(
            info.name,
            kept[0],
            None if "all" in scopes else scopes,
            cstr(row["expires_on"]),
            lambda: self.note(row["name"]),
        )

    def note(self, name: str) -> None:
        """Remember a use; write it down if the last time is some minutes ago."""
        moment = time.monotonic()
        if moment - self._noted.get(name, -USE_SECONDS) >= USE_SECONDS:
            self._noted[name] = moment
            self.site.run_later("Administrator", write_use, {"site": self.site, "name": name, "moment": now()})


def write_use(site: Site, name: str, moment: str) -> None:
    """Write a key's last use. Neither `modified` nor the caches change by it."""
    site.database.execute('UPDATE "tabAPI Key" SET last_used = ? WHERE name = ?', (moment, name))


# --- documents -------------------------------------------------------------------------------------------


class ApiKeyController(Document):
    """A key: made by `generate`, ended by `revoke`, otherwise only named anew and switched off."""

    def validate(self) -> None:
        """Whoever could write one freely could become anybody."""
        stored = self.get_doc_before_save()
        if stored is None:
            if not self.flags.made_here:
                raise PermissionError.told(
                    "An API Key is made by POST /api/method/frappe_lite.keys.generate, which gives its secret out"
                )
            return
        for name in (*CONSTANT, "last_used"):
            if cstr(self.get(name)) != cstr(stored.get(name)):
                raise ValidationError.told(
                    f"The {self.meta.get_label(name)} of a key stays what it is; make another key"
                )
        if cint(self.enabled) and self.ctx.store.secret(DOCTYPE, cstr(self.name), SECRET) is None:
            raise ValidationError.told("A key that was revoked stays so; make another key")


def may_touch_key(ctx: Context, doc: BaseDocument, right: str) -> bool | None:
    """A key is its user's business; System Managers see all, and end all but the Administrator's."""
    if doc.user == ctx.user:
        return None
    return (
        None
        if "System Manager" in ctx.roles
        and (right in ("read", "select", "report", "export") or doc.user != "Administrator")
        else False
    )


def key_rows(ctx: Context) -> Condition:
    """The same for lists."""
    return Condition() if "System Manager" in ctx.roles else Condition('"tabAPI Key".user = ?', (ctx.user,))


def forget_user(doc: BaseDocument, event: str) -> None:
    """The keys of a deleted user go with it."""
    ctx = doc.ctx
    for row in ctx.store.find(ctx.meta(DOCTYPE), Condition("user = ?", (doc.name,))):
        ctx.store.delete(ctx.meta(DOCTYPE), row["name"])
    ctx.touch(DOCTYPE)


# --- what a key reaches ----------------------------------------------------------------------------------


def read_scopes(ctx: Context, given: object) -> str:
    """Scopes as they are kept, from a list or a text; `all` if none are given.

    Raises ValidationError for one that means nothing.
    """
    if isinstance(given, str) and given.lstrip().startswith("["):
        given = parse_json(given, "scopes")
    words = (
        given
        if isinstance(given, list)
        else [each for each in re.split(r"[,\n]", given) if each.strip()]
        if isinstance(given, str)
        else []
        if given is None
        else None
    )
    if words is None or not all(isinstance(each, str) for each in words):
        raise ValidationError.told('scopes is a list of texts such as ["Task:read", "Note:write"], or "all"')
    found: dict[str, None] = {}
    for each in words:
        text = each.strip()
        # A DocType's name may have spaces, and so may lists of scopes
        for scope in [text] if _is_scope(ctx, text) else text.split():
            if not _is_scope(ctx, scope):
                raise ValidationError.told(
                    f"{scope} is no scope: write all, or DocType:read, DocType:write with a DocType of this site, "
                    "or method:NAME"
                )
            found[scope.replace(" ", "_")] = None
    return " ".join(found) or "all"


def _is_scope(ctx: Context, text: str) -> bool:
    subject, _, right = text.rpartition(":")
    if text in ("all", "openid"):
        return True
    if subject == "method":
        return ctx.site.method(right) is not None
    return right in ("read", "write") and (ctx.has_doctype(subject) or ctx.has_doctype(subject.replace("_", " ")))


def read_expiry(given: object) -> str | None:
    """The moment as it is kept, or None for never. Raises ValidationError for one that is no moment, or is past."""
    if given in (None, ""):
        return None
    try:
        moment = cstr(get_datetime(cstr(given)).replace(tzinfo=None))
    except (ValueError, TypeError, OverflowError, FrappeError):
        raise ValidationError.told("expires_on is a date with or without a time, such as 2030-12-31 18:00:00") from None
    if moment <= now():
        raise ValidationError.told("expires_on is a moment in the future")
    return moment


# --- methods ---------------------------------------------------------------------------------------------


@method("frappe_lite.keys.generate", methods=["POST"])
def generate(
    ctx: Context, label: str, scopes: object = None, expires_on: object = None, user: str | None = None
) -> dict[str, str]:
    """A new key of the caller: its name, and key and secret, given out this once.

    System Managers may make one for another `user`.
    """
    identity.require_full_scope(ctx, "API keys")
    owner = identity.charge(ctx, user or ctx.user).name
    if not label.strip():
        raise ValidationError.told("label is a few words that say what the key is for, such as backup")
    ctx.store.database.begin_write()
    return make_key(ctx, owner, label.strip(), read_scopes(ctx, scopes), read_expiry(expires_on))


def make_key(ctx: Context, user: str, label: str, scopes: str, expires_on: str | None) -> dict[str, str]:
    """Store a new key: {name, api_key, api_secret}. Raises ValidationError if the user has too many."""
    if (
        len(ctx.store.find(ctx.meta(DOCTYPE), Condition("user = ? AND enabled = 1", (user,)), limit=MOST_KEYS))
        >= MOST_KEYS
    ):
        raise ValidationError.told(f"{user} has {MOST_KEYS} keys already; revoke some")
    key, secret = secrets.token_hex(10), secrets.token_hex(16)
    values = {
        "doctype": DOCTYPE,
        "label": label,
        "user": user,
        "enabled": 1,
        "api_key": key,
        "scopes": scopes,
        "expires_on": expires_on,
    }
    doc = document.new(ctx.trusted(), values)
    doc.flags.made_here = True
    doc.insert()
    ctx.store.set_secret(DOCTYPE, doc.name, SECRET, digest(secret))
    return {"name": doc.name, "api_key": key, "api_secret": secret}


@method("frappe_lite.keys.revoke", methods=["POST"])
def revoke(ctx: Context, name: str) -> str:
    """End a key at once and for good; its document stays as a record until it is deleted."""
    identity.require_full_scope(ctx, "API keys")
    ctx.store.database.begin_write()
    row = ctx.store.load_row(ctx.meta(DOCTYPE), name)
    if row is None or not document.load(ctx, DOCTYPE, name).has_permission("write"):
        raise DoesNotExistError.told(f"{DOCTYPE} {name} not found")  # the same, whether it is somebody else's
    end_key(ctx, row["name"])
    return "revoked"


def end_key(ctx: Context, name: str) -> None:
    """Switch a key off and forget its secret."""
    ctx.store.delete_secret(DOCTYPE, name, SECRET)
    document.set_values(ctx, ctx.meta(DOCTYPE), name, {"enabled": 0, "modified": now(), "modified_by": ctx.user})
