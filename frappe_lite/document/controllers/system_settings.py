"""System Settings: a protection that would not protect cannot be switched on."""

from __future__ import annotations

from ...errors import ValidationError
from ..life import Document

PROMISES = (
    "enable_two_factor_auth",
    "force_user_to_reset_password",
    "disable_user_pass_login",
    "encrypt_backup",
)
"""System Settings that apps read, and that nothing here keeps."""


class SystemSettingsController(Document):
    """The settings of the site: a protection that would not protect cannot be switched on."""

    def validate(self) -> None:
        before = self.get_doc_before_save()
        for name in PROMISES:
            if self.get(name) and self.get(name) != (before and before.get(name)):
                raise ValidationError(
                    f"{self._meta.get_label(name)} is not provided by frappe_lite: it would protect nothing, and stays "
                    "off"
                )
