"""`frappe.model.document.Document`: what controllers of an app inherit from, with what only app code calls."""

from __future__ import annotations

import hashlib
import json
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from .. import document, permissions
from ..document import history, schema, validation
from ..errors import PermissionError, ValidationError
from ..query import Condition
from ..utils import bold, cstr, flt, get_datetime, rounded
from .installation import get_url_to_form
from .jobs import enqueue_doc
from .passwords import get_decrypted_password

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "in": lambda value, wanted: value in wanted, "not in": lambda value, wanted: value not in wanted,
    ">": lambda value, wanted: flt(value) > flt(wanted), "<": lambda value, wanted: flt(value) < flt(wanted),
    ">=": lambda value, wanted: flt(value) >= flt(wanted), "<=": lambda value, wanted: flt(value) <= flt(wanted),
    "^": lambda value, wanted: cstr(value).startswith(cstr(wanted)),
}  # fmt: skip


class Document(document.Document):
    """A document that can be stored. Controllers of an app inherit from it."""

    # --- checks that controllers call ---

    def get_password(self, fieldname: str = "password", raise_exception: bool = True) -> str | None:
        """A Password field's text, for the app's own use.

        Raises as `open_secret`; DoesNotExistError if none is kept.
        """
        text: str | None = get_decrypted_password(self.doctype, self.name, fieldname, raise_exception)
        return text

    def validate_from_to_dates(self, from_date_field: str, to_date_field: str) -> None:
        """Raises ValidationError if the one is after the other."""
        start, end = self.get(from_date_field), self.get(to_date_field)
        if start and end and get_datetime(start) > get_datetime(end):
            raise ValidationError.told(
                f"{bold(self.meta.get_label(to_date_field))} must be after {bold(self.meta.get_label(from_date_field))}"
            )

    def validate_value(
        self, fieldname: str, condition: str, val2: Any, doc: Any = None, raise_exception: Any = None
    ) -> None:
        """Raises ValidationError unless the field compares so with the value.

        `=`, `!=`, `>`, `<`, `>=`, `<=`, `in`, `not in`, `^`.
        """
        if not _COMPARISONS[condition]((doc or self).get(fieldname), val2):
            raise (raise_exception or ValidationError).told(
                f"Incorrect value: {self.meta.get_label(fieldname)} must be {condition} {val2}"
            )

    def validate_table_has_rows(self, parentfield: str, raise_exception: Any = None) -> None:
        """Raises ValidationError for an empty table."""
        if not self.get(parentfield):
            raise (raise_exception or ValidationError).told(f"Table {self.meta.get_label(parentfield)} cannot be empty")

    def _validate_mandatory(self) -> None:
        validation.check_mandatory(self)

    def _validate_links(self) -> None:
        validation.check_links(self._context, self)

    def raise_no_permission_to(self, perm_type: str) -> NoReturn:
        """Raises PermissionError."""
        raise PermissionError.told(f"Insufficient Permission for {self.doctype}: {perm_type}")

    def round_floats_in(self, doc: Any, fieldnames: Iterable[str] | None = None, **_more: Any) -> None:
        """Round the number fields of a document or row."""
        numbers = [
            field.fieldname for field in doc.meta.value_fields if field.fieldtype in ("Currency", "Float", "Percent")
        ]
        for name in fieldnames or numbers:
            doc.set(name, rounded(flt(doc.get(name)), self.precision(name)))

    # --- beside the document ---

    def set_onload(self, key: str, value: Any) -> None:
        """Give a value out with the document when a form reads it."""
        self.__dict__.setdefault("__onload", {})[key] = value

    def get_onload(self, key: str | None = None) -> Any:
        """What is given out with it."""
        values = self.__dict__.get("__onload") or {}
        return values if key is None else values.get(key)

    def get_url(self) -> str:
        """The document's address in the desk."""
        return get_url_to_form(self.doctype, self.name)

    def get_tags(self) -> list[str]:
        """The document's tags."""
        return [each for each in cstr(self.get("_user_tags")).split(",") if each]

    def add_tag(self, tag: str) -> None:
        """Tag the document."""
        if tag not in self.get_tags():
            schema.insert_record(self._context, "Tag", tag)
            self.db_set("_user_tags", ",".join([*self.get_tags(), tag]), update_modified=False)
            record = f"{self.doctype}-{self.name}-{tag}"[:140]
            schema.insert_record(
                self._context, "Tag Link", record, document_type=self.doctype, document_name=cstr(self.name), tag=tag
            )

    def get_assigned_users(self) -> list[str]:
        """Users that have the document to do."""
        condition = Condition(
            "reference_type = ? AND reference_name = ? AND status = 'Open'", (self.doctype, cstr(self.name))
        )
        return list(
            dict.fromkeys(
                row["allocated_to"]
                for row in self._context.store.find(self._context.meta("ToDo"), condition, ("allocated_to",))
            )
        )

    def get_liked_by(self) -> list[str]:
        """Users that like it."""
        return list(json.loads(self.get("_liked_by") or "[]"))

    def add_comment(
        self,
        comment_type: str = "Comment",
        text: str | None = None,
        comment_email: str | None = None,
        comment_by: str | None = None,
    ) -> Any:
        """Attach a Comment."""
        return history.add_comment(
            self._context, self.doctype, self.name, text or comment_type, comment_type, comment_email, comment_by
        )

    def notify_update(self) -> None:
        """Frappe tells open browsers over a socket; there is none here."""

    def add_viewed(self, user: str | None = None, force: bool = False, unique_views: bool = False) -> None:
        """Views are not counted; nothing to do."""

    def add_seen(self, user: str | None = None) -> None:
        """Who has seen it is not kept; nothing to do."""

    def get_signature(self) -> str:
        """A hash of name and state, for links that need no login."""
        return hashlib.sha224(f"{self.doctype}:{self.name}:{self.__dict__.get('modified')}".encode()).hexdigest()

    def save_version(self) -> None:
        """Keep a Version of what this save changed."""
        if self.get_doc_before_save() is not None:
            history.record_version(self._context, self, self.get_doc_before_save())

    # --- further steps ---

    def queue_action(self, action: str, **kwargs: Any) -> None:
        """Run one of the document's methods after this request's commit."""
        enqueue_doc(self.doctype, self.name, f"_{action}" if hasattr(self, f"_{action}") else action, **kwargs)

    def rename(self, name: Any, merge: bool = False, force: bool = True, **_more: Any) -> Any:
        """Rename the document."""
        self.__dict__["name"] = document.rename(self._asking, self.doctype, self.name, name, merge, force)
        return self.reload()

    def set_new_name(self, force: bool = False, set_name: Any = None, set_child_names: bool = True) -> None:
        """Name a new document."""
        if not self.name or force or set_name:
            self._set_name(set_name)

    def set_docstatus(self) -> None:
        """Let child rows have the document's docstatus."""
        for row in self.get_all_children():
            row.__dict__["docstatus"] = self.docstatus

    def db_update_all(self) -> None:
        """Store the document and its rows: no checks, no events."""
        self.db_update()

    def update_child_table(self, fieldname: str, df: Any = None) -> None:
        """Store the rows of one table."""
        self.db_update()

    def load_doc_before_save(self, *_args: Any, **_kwargs: Any) -> None:
        """Read what is stored, to compare with."""
        self.__dict__["_before_save"] = None if self.is_new() else document.load(self._context, self.doctype, self.name)

    def update_if_missing(self, d: Mapping[str, Any]) -> None:
        """Set values where there are none."""
        for key, value in dict(d).items():
            if value is not None and self.get(key) is None:
                self.set(key, value)

    def get_parent_doc(self) -> Any:
        """Of a child row, the document it hangs on."""
        return self.__dict__.get("parent_doc") or document.load(self._context, self.parenttype, self.parent)

    def get_db_value(self, key: str) -> Any:
        """The stored value of a field."""
        return self.db_get(key)

    def get_permissions(self) -> dict[str, Any]:
        """Every right and whether the user has it."""
        return dict(permissions.document_rights(self._context, self._meta, self.__dict__))

    def get_valid_columns(self) -> list[str]:
        """The columns of the table."""
        return list(self._meta.columns)

    def lock(self, timeout: Any = None) -> None:
        """Whoever writes here is the only one; nothing to do."""

    unlock = notify_change = reset_seen = run_notifications = lock

    @property
    def is_locked(self) -> bool:
        """Whether somebody else is at work on it: nobody."""
        return False
