"""`frappe.push_notification`: messages to telephones and browsers that are asleep go by a service of Frappe's, which is
not used here."""

from __future__ import annotations

from .missing import Missing


class PushNotification:
    """The service, switched off: apps ask `is_enabled` first. Anything else that is called raises NotProvidedError."""

    def __init__(self, project_name: str):
        self.project_name = project_name

    def is_enabled(self) -> bool:
        """Whether messages go out: they do not."""
        return False

    def __getattr__(self, name: str) -> Missing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"frappe.push_notification.PushNotification.{name}")


__all__ = ["PushNotification"]
