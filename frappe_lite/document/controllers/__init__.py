"""What the built-in DocTypes do beyond their data: a DocType makes a table, a User has a password, a share is checked.

One file a DocType. Registered like an app's controllers and hooks, under the app name `frappe`.
"""

from __future__ import annotations

from ..life import Document
from .address import AddressController
from .assignment_rule import AssignmentRuleController, apply, update_due_date
from .comment import CommentController
from .communication import CommunicationController
from .contact import ContactController
from .custom_field import CustomFieldController
from .docshare import DocShareController
from .doctype import DocTypeController
from .document_naming_rule import DocumentNamingRuleController
from .event import EventController, event_rows, may_touch_event
from .kanban_board import KanbanBoardController, board_rows, may_touch_board
from .list_filter import may_touch_view, view_rows
from .note import NoteController, may_touch_note, note_rows
from .notification_log import may_touch_notification, notification_rows
from .number_card import NumberCardController
from .permission_type import PermissionTypeController
from .property_setter import PropertySetterController
from .role import HasRoleController, RoleController
from .role_profile import RoleProfileController
from .social_login_key import SocialLoginKeyController
from .system_settings import SystemSettingsController
from .todo import TodoController, may_touch_todo, todo_rows
from .user import UserController, may_touch_user, user_rows
from .user_permission import UserPermissionController
from .version import VersionController

CONTROLLERS: dict[str, type[Document]] = {
    "Address": AddressController,
    "Assignment Rule": AssignmentRuleController,
    "Comment": CommentController,
    "Communication": CommunicationController,
    "Contact": ContactController,
    "Custom Field": CustomFieldController,
    "DocShare": DocShareController,
    "DocType": DocTypeController,
    "Document Naming Rule": DocumentNamingRuleController,
    "Event": EventController,
    "Has Role": HasRoleController,
    "Kanban Board": KanbanBoardController,
    "Note": NoteController,
    "Permission Type": PermissionTypeController,
    "Property Setter": PropertySetterController,
    "Number Card": NumberCardController,
    "Role": RoleController,
    "Role Profile": RoleProfileController,
    "Social Login Key": SocialLoginKeyController,
    "System Settings": SystemSettingsController,
    "ToDo": TodoController,
    "User": UserController,
    "User Permission": UserPermissionController,
    "Version": VersionController,
}

HOOKS: dict[str, object] = {
    "has_permission": {
        "Event": may_touch_event,
        "Kanban Board": may_touch_board,
        "List Filter": may_touch_view,
        "Note": may_touch_note,
        "Notification Log": may_touch_notification,
        "ToDo": may_touch_todo,
        "User": may_touch_user,
    },
    "permission_query_conditions": {
        "Event": event_rows,
        "Kanban Board": board_rows,
        "List Filter": view_rows,
        "Note": note_rows,
        "Notification Log": notification_rows,
        "ToDo": todo_rows,
        "User": user_rows,
    },
    "doc_events": {
        "*": {
            "on_update": [apply, update_due_date],
            "on_cancel": [apply],
            "on_update_after_submit": [apply, update_due_date],
        }
    },
}

__all__ = ["CONTROLLERS", "HOOKS"]
