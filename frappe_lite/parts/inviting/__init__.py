"""User Invitation: people are invited by mail into an app, with roles that its hook lets the inviter give.

The link in the mail makes the account, or adds the roles to the one that is there. See docs/invitations.md.

    user_invitation = {"allowed_roles": {"Agent Manager": ["Agent"]}, "after_accept": "desk.people.welcome"}
"""

from __future__ import annotations

from ...doctype import server_owned
from ...extensions import OwnEvent
from ...site import Site
from . import methods, rules
from .accepting import FORGETS
from .expiring import DAILY, mark_expired_invitations
from .invitation import OWNED, UserInvitation

server_owned.own(rules.DOCTYPE, OWNED)


def attach(site: Site) -> None:
    """Let System Managers invite into the site itself, and others into apps as their hooks say."""
    site.controllers[rules.DOCTYPE] = UserInvitation
    own = site.apps["frappe"]
    own.hooks.setdefault("app_title", own.title)
    own.hooks["user_invitation"] = {"allowed_roles": {"System Manager": []}}
    own.hooks["has_permission"][rules.DOCTYPE] = rules.may_touch_invitation
    own.hooks["permission_query_conditions"][rules.DOCTYPE] = rules.invitation_rows
    handlers = own.hooks.setdefault("doc_events", {}).setdefault("User", {}).setdefault("on_trash", [])
    if FORGETS not in handlers:
        handlers.append(FORGETS)
    site.extensions.own_events[DAILY] = OwnEvent("Daily", mark_expired_invitations, rules.is_any_pending)


__all__ = ["attach", "methods"]
