"""Who may do what: rules that judge one document and narrow lists, from roles, shares and User Permissions.

Below the site: it asks its caller (`Caller`) for what it must know, and knows neither requests nor documents.
"""

from .field_levels import (
    child_metas,
    hidden_fields,
    levels,
    may_read_field,
    reads_all_levels,
    require_level,
    select_fields,
    strip_unreadable,
)
from .grants import (
    ADMINISTRATOR,
    GUEST,
    READING,
    Caller,
    RoleRights,
    all_powerful,
    in_scope,
    own_rights,
    rights_of,
    role_rights,
    shared_rights,
    shares,
)
from .refusals import may_grant, refusal_by_role, require, require_grant
from .rules import LISTED, Verdict, document_rights, is_listed, judge, rows
from .user_permission import UserPermissions, descendants, user_permissions

__all__ = [
    "ADMINISTRATOR", "GUEST", "LISTED", "READING", "Caller", "RoleRights", "UserPermissions",
    "Verdict", "all_powerful", "child_metas",
    "descendants", "document_rights", "hidden_fields", "in_scope", "is_listed", "judge", "levels", "may_grant",
    "may_read_field", "own_rights", "reads_all_levels",
    "refusal_by_role", "require", "require_grant", "require_level", "rights_of", "role_rights", "rows",
    "select_fields", "shared_rights", "shares", "strip_unreadable", "user_permissions",
]  # fmt: skip
