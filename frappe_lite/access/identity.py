"""Who somebody is, however it is spelled; and what nobody hands on, whatever the door.

A name that a client sends is resolved first and compared after: the database finds `ADMINISTRATOR` where `==` does not.
A new user or role has a name that says what it looks like. What lets somebody in (passwords, keys, roles) is one table.

    user_named(ctx, "ADMINISTRATOR").name   ->  "Administrator"
    new_name("Gu\u0435st")                  ->  NameError: it looks like Guest
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from ..context import AUTOMATIC_ROLES, Context, UserInfo
from ..doctype.field import Field
from ..errors import DoesNotExistError, NameError, PermissionError, ValidationError
from ..query import quote
from ..utils import bold, cstr

ADMINISTRATOR, GUEST, SYSTEM_MANAGER = "Administrator", "Guest", "System Manager"
STANDARD_USERS = (ADMINISTRATOR, GUEST)

CREDENTIALS: dict[str, tuple[str, ...] | None] = {
    "User": (
        "new_password", "roles", "role_profile_name", "role_profiles", "enabled", "user_type", "api_key", "api_secret",
        "redirect_url",
        "reset_password_key", "last_reset_password_key_generated_on", "last_password_reset_date", "restrict_ip",
        "login_after", "login_before", "simultaneous_sessions", "bypass_restrict_ip_check_if_2fa_enabled",
    ),
    "Role": ("disabled", "desk_access", "two_factor_auth"),
    "Role Profile": ("roles",),
    "System Settings": (
        "session_expiry", "session_lifetime", "deny_multiple_sessions", "allow_login_using_user_name",
        "allow_login_using_mobile_number", "allow_consecutive_login_attempts", "allow_login_after_fail",
        "enable_password_policy", "minimum_password_score", "reset_password_link_expiry_duration",
        "password_reset_limit", "login_with_email_link", "allow_cors", "allow_sid_parameter",
        "allow_password_in_address",
    ),
    "Has Role": None, "User Role Profile": None, "API Key": None, "OAuth Client": None, "OAuth Client Role": None,
    "OAuth Provider Settings": None, "OAuth Authorization Code": None, "OAuth Bearer Token": None,
    "User Invitation": None,
    "Email Account": None,  # links for a new password go out by it
}  # fmt: skip
"""What lets somebody in, or further: fields of a DocType, or all its documents (None). Not for narrow tokens."""


def lets_in(doctype: str, fieldname: str) -> bool:
    """Whether the field is one that lets somebody in, or further."""
    fields = CREDENTIALS.get(doctype, ())
    return fields is None or fieldname in fields


# --- resolving -------------------------------------------------------------------------------------------


def full_name(ctx: Context, user: object) -> str:
    """A user's full name; of somebody unknown what was given."""
    info = ctx.user_info(cstr(user)) if user else None
    return info.full_name if info else cstr(user)


def stored_name(ctx: Context, doctype: str, given: object) -> str:
    """A document's name as it is stored, whatever the spelling. Raises DoesNotExistError."""
    meta = ctx.meta(doctype)
    found = ctx.store.exists(meta, given) if isinstance(given, str | int) and given != "" else None
    if found is None:
        raise DoesNotExistError.told(f"{meta.name} {given} not found")
    return cstr(found)


def user_named(ctx: Context, given: object) -> UserInfo:
    """The user of that name, whatever the spelling. Raises DoesNotExistError."""
    info = ctx.user_info(given) if isinstance(given, str) else None
    if info is None:
        raise DoesNotExistError.told(f"User {given} not found")
    return info


def known_name(ctx: Context, given: str) -> str:
    """The user's name as it is stored; what names nobody stays as it is."""
    info = ctx.user_info(given)
    return info.name if info else given


def looks_after(ctx: Context, user: str) -> bool:
    """Whether the keys, sessions and password of a user, by the stored name, are the caller's business.

    One's own are, and to a System Manager everybody's but the Administrator's.
    """
    if user == GUEST:
        return False
    return ctx.user in (user, ADMINISTRATOR) or (SYSTEM_MANAGER in ctx.roles and user != ADMINISTRATOR)


def charge(ctx: Context, given: object) -> UserInfo:
    """The user of that name, whom the caller looks after. Raises PermissionError, also for one who is not there."""
    info = ctx.user_info(given) if isinstance(given, str) else None
    if info is None or not looks_after(ctx, info.name):
        raise PermissionError.told("Not permitted")
    return info


# --- new names -------------------------------------------------------------------------------------------

_SAME = str.maketrans({
    **dict(zip("авекмнорстухіјѕԁԛԝӏ", "abekmhopctuxijsdqwl", strict=True)),  # Cyrillic
    **dict(zip("αβεικμνορτυχγηω", "abeikmnoptuxunw", strict=True)),  # Greek
    **dict(zip("yıɑɡɩʟɴʀʏᴀᴅᴇᴍᴏꜱᴛᴜ", "uiagilnruademostu", strict=True)),  # Latin; an upsilon is drawn as y or u
})  # fmt: skip
"""Small letters, and the Latin ones that they are drawn like."""

_SELECTORS = (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(map(chr, _SELECTORS))
"""Characters that are drawn as nothing, though Unicode counts them among letters, marks and signs."""

_HIDDEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")  # Unicode's categories of what is no character to read


def folded(text: str) -> str:
    """What a name looks like: without case and accents, and in Latin letters where others are drawn the same."""
    letters = [each for each in unicodedata.normalize("NFKD", text) if unicodedata.category(each) != "Mn"]
    return " ".join("".join(letters).casefold().translate(_SAME).split())


RESERVED = {folded(each): each for each in (*AUTOMATIC_ROLES, ADMINISTRATOR, SYSTEM_MANAGER, "System", "__system")}
"""Names that mean somebody or something already, by what they look like."""


def new_name(text: str) -> str:
    """The name of a new user or role in plain form (NFKC). Raises NameError for a look-alike or a hidden character."""
    plain = unicodedata.normalize("NFKC", text).strip()
    hidden = next((each for each in plain if each in _INVISIBLE or unicodedata.category(each) in _HIDDEN), None)
    if hidden is not None:
        raise NameError.told(f"The name holds a character that nobody sees, U+{ord(hidden):04X}: write it without")
    known = RESERVED.get(folded(plain))
    if known is not None:
        raise NameError.told(
            f"{bold(plain)} is, or looks like, {bold(known)}, a name of the server's own: choose another"
        )
    return plain


# --- handing on ------------------------------------------------------------------------------------------


def require_full_scope(ctx: Context, what: str) -> None:
    """Raises PermissionError for a key or token of narrow scope: nobody makes a wider one of it."""
    if ctx.scopes is not None and not ctx.is_trusted:
        text = f"A key or token of narrow scope cannot change {what}: use the password, or a key with the scope all"
        raise PermissionError.told(text)


def require_may_change(ctx: Context, doctype: str, before: object, after: object) -> None:
    """Raises PermissionError if a token of narrow scope changes what lets somebody in. `before`: None for a new one."""
    if ctx.scopes is None or doctype not in CREDENTIALS:
        return
    fields = CREDENTIALS[doctype]
    if fields is None:
        require_full_scope(ctx, f"documents of {doctype}")
    for name in fields or ():
        if _differs(ctx.meta(doctype).field(name), name, before, after):
            require_full_scope(ctx, f"{name} of {doctype}")


def require_may_end(ctx: Context, doctype: str) -> None:
    """Raises PermissionError if a token of narrow scope deletes or renames what lets somebody in."""
    if doctype in CREDENTIALS:
        require_full_scope(ctx, f"which documents of {doctype} there are")


def _differs(field: Field | None, name: str, before: Any, after: Any) -> bool:
    value = after.get(name)
    if field is None or field.fieldtype == "Password":
        return bool(value) and set(cstr(value)) != {"*"}
    if field.type.table:
        named = "role_profile" if name == "role_profiles" else "role"
        return bool(changed_roles(before.get(name) if before else None, value, named))
    old = before.get(name) if before else field.type.cast(field.default)
    return bool(value or old) and cstr(value) != cstr(old)


def changed_roles(before: Any, after: Any, named: str = "role") -> set[str]:
    """The roles, or what else a row names, that stand in one of two lists of rows, and not in the other."""
    old, new = ({cstr(row.get(named)) for row in rows or ()} for rows in (before, after))
    return old ^ new


def require_may_give(ctx: Context, roles: Iterable[str]) -> None:
    """Raises PermissionError unless the caller may give and take these roles. Nobody may the Administrator's."""
    wanted = set(roles)
    if not wanted or ctx.is_trusted:
        return
    if any(folded(each) == folded(ADMINISTRATOR) for each in wanted):
        raise PermissionError.told(f"The role {bold(ADMINISTRATOR)} is the user's of that name: nobody gives it")
    require_manager(ctx, "gives and takes roles")


def require_may_set_password(ctx: Context, user: str, is_new: bool) -> None:
    """Raises PermissionError for a password in a User document that its caller may not set there."""
    if ctx.is_trusted or is_new or not ctx.request.method:
        return
    if ctx.user == user:
        where = "frappe.core.doctype.user.user.update_password"
        raise PermissionError.told(f"Your own password is changed by {where}, which asks for the old one")
    if not looks_after(ctx, user):
        raise PermissionError.told("Only a System Manager sets the password of another user")


# --- renaming --------------------------------------------------------------------------------------------


def require_manager(ctx: Context, what: str) -> None:
    """Raises PermissionError unless the caller is a System Manager; `what` is what only one of them does."""
    if ctx.user != ADMINISTRATOR and SYSTEM_MANAGER not in ctx.roles and not ctx.is_trusted:
        raise PermissionError.told(f"Only a System Manager {what}")


def require_may_rename_user(ctx: Context, old: str, new: str, merge: bool) -> None:
    """Raises PermissionError, or ValidationError or NameError for a name that no user gets so."""
    for each in (old, new):
        if RESERVED.get(folded(each)) in STANDARD_USERS:
            raise ValidationError.told(f"User {each} cannot be renamed, nor can another user become {each}")
    require_manager(ctx, "gives a user another name")
    if merge or new.casefold() == old.casefold():
        return
    # The database knows small and large of ASCII only
    if new_name(new) != new or new.lower() != new and not new.isascii():
        raise NameError.told(f"{bold(new)} has another form, {bold(new_name(new).lower())}: use that")
    owning = next((table for table in ctx.store.document_tables() if _owns_in(ctx, table, new)), None)
    if owning is not None:
        text = f"{bold(new)} owns documents already ({owning[3:]}), from an account that is gone: choose another name"
        raise ValidationError.told(text)


def _owns_in(ctx: Context, table: str, user: str) -> bool:
    return ctx.store.database.row(f"SELECT 1 FROM {quote(table)} WHERE owner = ? LIMIT 1", (user,)) is not None
