"""`frappe.model.document.Document`: what controllers of an app inherit from, with what only app code calls."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from ... import document, permissions
from ...doctype.docstatus import DocStatus
from ...document import history, validation
from ...document.base_document import BaseDocument
from ...errors import DoesNotExistError, DuplicateEntryError, PermissionError, TimestampMismatchError, ValidationError
from ...utils import _dict, bold, cint, cstr
from ...whitelist import whitelist
from ..exceptions import InvalidDates  # type: ignore[attr-defined]
from ..people.passwords import get_decrypted_password
from ..texts.comparing import compare
from ..texts.field_values import format_value, get_field_precision
from ..texts.numbers import flt
from ..times.dates import date_diff, get_datetime, now
from .document_records import Records
from .documents import db
from .meta import get_default_df


def run_webhooks(doc: object, method: str) -> None:
    """Nothing to do: webhooks are told by `doc_events`. Called after each event, as in Frappe; tests look here for what
    happens."""


class Document(Records, document.Document):
    """A document that can be stored. Controllers of an app inherit from it."""

    def run_method(self, event: str, *args: object, **kwargs: object) -> object:
        """Call the controller's method of that name, then the `doc_events` hooks for it. Raises PermissionError for one
        that is private."""
        result = super().run_method(event, *args, **kwargs)
        run_webhooks(self, event)
        return result

    # --- checks that controllers call ---

    def get_password(self, fieldname: str = "password", raise_exception: bool = True) -> str | None:
        """A Password field's text, for the app's own use.

        Raises as `open_secret`; ValidationError if none is kept.
        """
        text: str | None = get_decrypted_password(self.doctype, self.name, fieldname, raise_exception)
        return text

    @staticmethod
    def is_dummy_password(pwd: str) -> bool:
        """Whether it is the stars that a Password field shows, and no password."""
        return set(pwd) == {"*"}

    def validate_from_to_dates(self, from_date_field: str, to_date_field: str) -> None:
        """Raises InvalidDates if the one day is after the other."""
        start, end = self.get(from_date_field), self.get(to_date_field)
        if start and end and date_diff(end, start) < 0:
            later, earlier = (bold(self.meta.get_label(each)) for each in (to_date_field, from_date_field))
            raise InvalidDates.told(f"{later} must be after {earlier}", title="Error")

    def validate_value(
        self, fieldname: str, condition: str, val2: object, doc: Any = None, raise_exception: Any = None
    ) -> None:
        """Raises ValidationError unless the field compares so with the value.

        `=`, `!=`, `>`, `<`, `>=`, `<=`, `in`, `not in`, `^`.
        """
        checked = doc or self
        field = checked.meta.field(fieldname)
        if not compare(checked.get(fieldname), condition, val2, field.fieldtype if field else None):
            raise (raise_exception or ValidationError).told(
                f"Incorrect value: {checked.meta.get_label(fieldname)} must be {condition} {val2}"
            )

    def validate_table_has_rows(self, parentfield: str, raise_exception: Any = None) -> None:
        """Raises ValidationError for an empty table."""
        if not self.get(parentfield):
            raise (raise_exception or ValidationError).told(f"Table {self.meta.get_label(parentfield)} cannot be empty")

    def _validate_mandatory(self) -> None:
        validation.check_mandatory(self)

    def _validate_links(self) -> None:
        validation.check_links(self._context, self)

    def validate_update_after_submit(self) -> None:
        """Raises UpdateAfterSubmitError for a change of what a submitted document keeps. Looks at what is stored."""
        if not self.flags.ignore_validate_update_after_submit:
            validation.cast(self)
            before = self.get_doc_before_save() or document.load(self._context.trusted(), self.doctype, self.name)
            validation.check_after_submit(self, before)

    def check_if_latest(self) -> None:
        """Raises TimestampMismatchError if the document changed since it was read, DoesNotExistError if it is gone."""
        self.load_doc_before_save(raise_exception=True)
        before = self.get_doc_before_save()
        if before is not None:  # a new one is nowhere yet
            self.check_latest(before, saving=False)

    def raise_no_permission_to(self, perm_type: str) -> NoReturn:
        """Raises PermissionError."""
        raise PermissionError.told(f"Insufficient Permission for {self.doctype}: {perm_type}")

    # --- numbers and text ---

    def round_floats_in(
        self, doc: BaseDocument, fieldnames: Iterable[str] | None = None, do_not_round_fields: Iterable[str] = ()
    ) -> None:
        """Round the number fields of a document or row, as System Settings say."""
        numbers = [
            field.fieldname for field in doc.meta.value_fields if field.fieldtype in ("Currency", "Float", "Percent")
        ]
        for name in [each for each in fieldnames or numbers if each not in do_not_round_fields]:
            doc.set(name, flt(doc.get(name), self.precision(name, doc.get("parentfield"))))

    def precision(self, fieldname: str, parentfield: Any = None) -> Any:
        """How many decimal places a number field is rounded to; None for what is no number."""
        table = (
            self._meta.field(parentfield if isinstance(parentfield, str) else parentfield.parentfield)
            if parentfield
            else None
        )
        meta = self._context.meta(cstr(table.options)) if table and table.type.table else self._meta
        field = meta.field(fieldname)
        return (
            get_field_precision(field, self) if field and field.fieldtype in ("Currency", "Float", "Percent") else None
        )

    def get_formatted(
        self, fieldname: str, doc: object = None, currency: Any = None, absolute_value: bool = False,
        translated: bool = False, format: str | None = None,
    ) -> Any:  # fmt: skip
        """A value as people read it."""
        field, value = self._meta.field(fieldname) or get_default_df(fieldname), self.get(fieldname)
        if absolute_value and isinstance(value, int | float):
            value = abs(value)
        return format_value(value, field, doc or self.__dict__.get("parent_doc") or self, currency, translated, format)

    # --- what changed ---

    def has_value_changed(self, fieldname: str) -> bool:
        """Whether this save changes the field; True if there is nothing to compare with, as in Frappe."""
        before = self.get_doc_before_save()
        if before is None:
            return True
        field = self._meta.field(fieldname)
        values: tuple[object, ...] = (before.get(fieldname), self.get(fieldname))
        if field is not None and field.fieldtype in ("Date", "Datetime", "Time"):
            values = tuple(value if value in (None, "") else field.type.cast(value) for value in values)
        elif fieldname in ("creation", "modified"):
            values = tuple(get_datetime(cstr(value)) if value else value for value in values)
        return bool(values[0] != values[1])

    def get_value_before_save(self, fieldname: str) -> object:
        """The stored value that this save changes; None for a new document."""
        before = self.get_doc_before_save()
        return None if before is None else before.get(fieldname)

    def load_doc_before_save(self, *, raise_exception: bool = False) -> None:
        """Read what is stored, to compare with. With `raise_exception` DoesNotExistError if nothing is."""
        try:
            found = None if self.is_new() else document.load(self._context.trusted(), self.doctype, self.name)
        except DoesNotExistError:
            if raise_exception:
                raise
            found = None
        self.__dict__["_doc_before_save"] = found

    # --- further steps ---

    def db_insert(self, ignore_if_duplicate: bool = False) -> None:
        """Store the row alone: no checks, no events; nothing for a name that is taken, with `ignore_if_duplicate`."""
        try:
            super().db_insert()
        except DuplicateEntryError:
            if not ignore_if_duplicate:
                raise

    @whitelist(methods=["POST", "PUT"])
    def rename(self, name: object, merge: bool = False, force: bool = False, validate_rename: bool = True) -> object:
        """Rename the document."""
        self.__dict__["name"] = document.rename(self._asking, self.doctype, self.name, name, merge, force)
        return self.reload()

    @whitelist(methods=["POST", "PUT"])
    def discard(self) -> None:
        """Cancel a draft. Raises ValidationError for what is none."""
        self.check_if_latest()
        if cint(self.docstatus) != DocStatus.DRAFT:
            raise ValidationError.told("Only draft documents can be discarded")
        self._give_up()

    def set_new_name(self, force: bool = False, set_name: object = None, set_child_names: bool = True) -> None:
        """Name a new document, unless it was named; its rows too."""
        if not self.flags.name_set or force:
            self._set_name(set_name, set_child_names)
            self.flags.name_set = True

    def set_docstatus(self) -> None:
        """Let child rows have the document's docstatus."""
        for row in self.get_all_children():
            row.__dict__["docstatus"] = self.docstatus

    def set_parent_in_children(self) -> None:
        """Let child rows know the document's name."""
        for row in self.get_all_children():
            row.__dict__.update(parent=self.name, parenttype=self.doctype)

    def update_modified(self) -> None:
        """Write down that the document was changed now."""
        self.__dict__.update(modified=now(), modified_by=self._context.user)
        document.set_values(
            self._context,
            self._meta,
            self.name,
            {"modified": self.__dict__["modified"], "modified_by": self._context.user},
        )

    def set_title_field(self) -> None:
        """Fill the title from the template that its field's options or default are."""
        field = self._meta.field("title") if self._meta.get_title_field() == "title" else None
        if field is None:
            return
        template = field.options or (field.default if self.is_new() and not self.get("title") else None)
        if template:
            self.set("title", cstr(template).format(**{key: cstr(value) for key, value in self.as_dict().items()}))

    def db_update_all(self) -> None:
        """Store the document and its rows: no checks, no events."""
        self.db_update()

    def update_children(self) -> None:
        """Store the rows of every table."""
        self.db_update()

    def update_child_table(self, fieldname: str, df: object = None) -> None:
        """Store the rows of one table."""
        self.db_update()

    def update_if_missing(self, d: Mapping[str, object]) -> None:
        """Set values where there are none."""
        for key, value in dict(d).items():
            if value is not None and self.get(key) is None:
                self.set(key, value)

    def getone(self, key: str, filters: object = None) -> object:
        """The first row that fits; None for none."""
        found = self.get(key, filters, limit=1)
        return found[0] if found else None

    def delete_key(self, key: str) -> None:
        """Forget a value."""
        self.__dict__.pop(key, None)

    def get_value(self, fieldname: str) -> object:
        """A value in the type of its field."""
        field = self._meta.field(fieldname)
        return field.type.cast(self.get(fieldname)) if field else self.get(fieldname)

    def get_db_value(self, key: str) -> object:
        """The stored value of a field."""
        return db.get_value(self.doctype, self.name, key)

    def get_table_field_doctype(self, fieldname: str) -> object:
        """The DocType of a table's rows."""
        return self._meta.get_table_field_doctype(fieldname)

    def get_parentfield_of_doctype(self, doctype: str) -> str | None:
        """The table whose rows are of a DocType; None for none."""
        return next((each.fieldname for each in self._meta.table_fields if each.options == doctype), None)

    def get_valid_columns(self) -> list[str]:
        """The columns of the table."""
        return list(self._meta.columns)

    def get_parent_doc(self) -> object:
        """Of a child row, the document it hangs on."""
        return self.__dict__.get("parent_doc") or document.load(self._context, self.parenttype, self.parent)

    # --- rights ---

    def get_permissions(self) -> list[_dict]:
        """The rules of the document's DocType, of a child row's parent."""
        return (
            self._context.meta(self.parenttype) if self._meta.istable and self.parenttype else self._meta
        ).permissions

    def get_permlevel_access(self, permission_type: str = "write") -> list[int]:
        """The permission levels at which the user has the right."""
        found: list[int] = self._meta.get_permlevel_access(permission_type, self.get("parenttype"))
        return found

    def has_permlevel_access_to(self, fieldname: str, df: Any = None, permission_type: str = "read") -> bool:
        """Whether the user has the right on a field's level."""
        field = df or self._meta.field(fieldname)
        return field is not None and field.permlevel in self.get_permlevel_access(permission_type)

    def apply_fieldlevel_read_permissions(self) -> None:
        """Forget the values that the user may not read."""
        readable = permissions.levels(self._context, self._meta, "read")
        if readable is None:
            return
        for row in (self, *self.get_all_children()):
            for field in [each for each in row.meta.higher_fields if each.permlevel not in readable]:
                row.__dict__.pop(field.fieldname, None)

    def save_version(self) -> None:
        """Keep a Version of what this save changed."""
        before = self.get_doc_before_save()
        if before is not None:
            history.record_version(self._context, self, before)


EVENTS = (
    "before_validate validate before_save before_insert after_insert on_update on_change before_submit on_submit "
    "before_cancel on_cancel on_update_after_submit on_trash after_delete before_rename after_rename".split()
)


@functools.cache
def with_events(controller: type[object]) -> type:
    """A built-in class with every event: Frappe's own class of a DocType has some, and who inherits calls
    `super().validate()`."""

    def nothing(self: object, *_args: object, **_kwargs: object) -> None:
        """Nothing, until a subclass says otherwise."""

    names = {event: nothing for event in EVENTS if not hasattr(controller, event)}
    return type(controller.__name__, (controller,), {**names, "__module__": controller.__module__})


__all__ = ["DocStatus", "Document", "TimestampMismatchError"]
