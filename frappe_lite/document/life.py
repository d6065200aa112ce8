"""The life of one document: insert, save, submit, cancel, rename, delete, and the events of its controller on the way.

The order of events is Frappe's. Whoever saves is judged on the stored document first, inside the transaction that then
writes; `modified` is compared there, so no update is lost.

    doc = new(ctx, {"doctype": "Task", "subject": "x"}); doc.insert()      doc = load(ctx, "Task", "TASK-1"); doc.save()
    before_validate, validate, before_save -> checks -> rows written -> on_update, on_change
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import permissions
from ..access import identity
from ..context import Context
from ..doctype import naming
from ..doctype.meta import CHILD
from ..errors import (
    DocstatusTransitionError,
    DuplicateEntryError,
    PermissionError,
    TimestampMismatchError,
    ValidationError,
)
from ..utils import bold, cint, cstr, now
from ..values import Values
from ..whitelist import whitelist
from . import child_rows, deleting, history, links, naming_rules, rows, validation
from .base_document import CANCELLED, DRAFT, SUBMITTED, BaseDocument
from .loading import later_moment, load, load_again, same_moment, set_values

_STATUS = {DRAFT: "Draft", SUBMITTED: "Submitted", CANCELLED: "Cancelled"}

_BEFORE = {
    "save": ("before_validate", "validate", "before_save"),
    "submit": ("before_validate", "validate", "before_submit"),
    "cancel": ("before_cancel",),
    "update_after_submit": ("before_update_after_submit",),
}
_AFTER = {
    "save": ("on_update",),
    "submit": ("on_update", "on_submit"),
    "cancel": ("on_cancel",),
    "update_after_submit": ("on_update_after_submit",),
}


class Document(BaseDocument):
    """A document that can be stored. Controllers of an app inherit from it."""

    # --- events ---

    def run_method(self, event: str, *args: object, **kwargs: object) -> Any:
        """Call the controller's method of that name, then its `doc_events` hooks. Raises PermissionError for a
        private one."""
        if event[:1] == "_":
            raise PermissionError.told(f"{event} is private")
        function = getattr(self, event, None)
        if callable(function):
            result = function(*args, **kwargs)
        elif callable(getattr(type(self), event, None)):
            raise TypeError(f"{event} of this {self.doctype} is {function!r}, and not callable")
        else:
            result = None
        for handler in self._context.site.doc_event_handlers(self.doctype, event):
            handler(self, event)
        return result

    # --- permissions ---

    @property
    def _asking(self) -> Context:
        return self._context.trusted() if self.flags.ignore_permissions else self._context

    def has_permission(self, permtype: str = "read", *, debug: bool = False, user: str | None = None) -> bool:
        """Whether the user, or another, has the right on this document."""
        asking = self._asking if user is None or self.flags.ignore_permissions else self._context.as_user(user)
        return permissions.judge(asking, self._meta, permtype, self.__dict__).allowed

    def check_permission(self, permtype: str = "read", permlevel: object = None) -> None:
        """Raises PermissionError unless the user has the right on this document."""
        permissions.require(self._asking, self._meta, permtype, self.__dict__)

    # --- insert and save ---

    def insert(
        self, ignore_permissions: bool | None = None, ignore_links: bool | None = None,
        ignore_if_duplicate: bool = False,
        ignore_mandatory: bool | None = None, set_name: object = None, set_child_names: bool = True,
    ) -> BaseDocument:  # fmt: skip
        """Store a new document. Raises PermissionError, ValidationError and its kinds, DuplicateEntryError."""
        self._set_flags(
            ignore_permissions=ignore_permissions, ignore_links=ignore_links, ignore_mandatory=ignore_mandatory
        )
        ctx, state = self._context, self.__dict__
        self.flags.in_insert, state["__islocal"] = True, 1
        for row in self.get_all_children():
            row.__dict__["__islocal"] = 1
        with ctx.store.database.atomic():
            self._require_place()
            self._stamp(later_moment(None), is_new=True)
            validation.set_defaults(ctx, self)
            validation.cast_or_explain(self._asking, self)
            validation.require_bounded_html(self)
            validation.fill_numbers(self, mandatory=False)  # those are asked for first
            action = self._action(None)
            validation.check_links(self._asking, self)
            self.check_permission("create")  # with what defaults and links have filled in
            self.run_method("before_insert")
            self._set_name(set_name, set_child_names)
            identity.require_may_change(self._asking, self.doctype, None, self)
            validation.keep_higher_levels(self._asking, self, None)
            self._run_before(action)
            self._finish_values()
            naming_rules.require_amended(self)
            try:
                rows.write_new(ctx, self)
            except DuplicateEntryError:
                if not ignore_if_duplicate:
                    raise
                return self
            # Stored: a controller that saves in after_insert changes this document
            self.__dict__.pop("__islocal", None)
            self.run_method("after_insert")
            self._run_after(action)
        return self

    def save(self, ignore_permissions: bool | None = None, ignore_version: bool | None = None) -> BaseDocument:
        """Store a changed document. Raises as `insert`, and TimestampMismatchError if it changed meanwhile."""
        if self.is_new():
            return self.insert(ignore_permissions=ignore_permissions)
        self._set_flags(ignore_permissions=ignore_permissions, ignore_version=ignore_version)
        ctx = self._context
        with ctx.store.database.atomic():
            stored = load_again(ctx, self)
            permissions.require(self._asking, self._meta, "write", stored.__dict__)
            self.__dict__["_doc_before_save"] = stored
            if self._meta.istable and not self._asking.is_trusted:
                self.__dict__.update({key: stored.get(key) for key in CHILD})  # a row stays where it is
            self.check_latest(stored)
            action = self._action(stored)
            self._stamp(later_moment(stored.__dict__.get("modified")), is_new=False)
            validation.set_defaults_of_rows(ctx, self)
            validation.cast_or_explain(self._asking, self)
            validation.keep_higher_levels(self._asking, self, stored)
            if action == "cancel":
                validation.check_after_submit(self, stored)  # what is cancelled is what was submitted
            else:
                validation.check_links(self._asking, self)
            identity.require_may_change(self._asking, self.doctype, stored, self)
            self._run_before(action)
            validation.check_constants(self, stored)
            if action == "update_after_submit":
                validation.check_after_submit(self, stored)
            self._finish_values(validate=action != "cancel")
            permissions.require(self._asking, self._meta, "write", self.__dict__)
            rows.write_changes(ctx, self, stored)
            self._run_after(action)
            if self._meta.track_changes and not self.flags.ignore_version:
                history.record_version(ctx, self, stored)
        return self

    def _require_place(self) -> None:
        """Raises, before anything else is checked, unless documents of this kind may be made or the row may be added
        to its document."""
        if not self._meta.istable:
            permissions.require(self._asking, self._meta, "create")
        elif not self._asking.is_trusted:
            self.check_permission("create")
            child_rows.require_open_table(self._context, self)

    def _set_flags(self, **flags: object) -> None:
        self.flags.update({key: value for key, value in flags.items() if value is not None})

    def check_latest(self, stored: BaseDocument, saving: bool = True) -> None:
        """Raises TimestampMismatchError unless this document was made from the stored one in its present state."""
        mine, theirs = self.__dict__.get("modified"), stored.__dict__.get("modified")
        if (self._meta.issingle or self._meta.is_virtual) and not theirs:
            return
        if mine is not None and cstr(mine) != cstr(theirs) and not same_moment(mine, theirs):
            opened = now() if saving else mine or None  # Frappe: a save has set the new time already
            raise TimestampMismatchError.told(
                f"Error: {bold(self.name)} ({self.doctype}) has been modified after you have opened it ({theirs}, "
                f"{opened}). Please refresh to get the latest document."
            )

    def _action(self, stored: BaseDocument | None) -> str:
        """The kind of save, by the change of docstatus. Each but a plain save needs a right of its own."""
        before, after = (DRAFT if stored is None else cint(stored.docstatus)), cint(self.docstatus)
        if before == CANCELLED:
            raise ValidationError("Cannot edit cancelled document")
        action = {(0, 0): "save", (0, 1): "submit", (1, 1): "update_after_submit", (1, 2): "cancel"}.get(
            (before, after)
        )
        if self._meta.istable and before != after and not self._asking.is_trusted:
            raise ValidationError.told(f"A row of {self.doctype} is submitted and cancelled with its document")
        if action is None:
            raise DocstatusTransitionError(
                f"Cannot change docstatus from {before} ({_STATUS[before]}) to {after} "
                f"({_STATUS.get(after, 'unknown')})"
            )
        if action != "save":
            right = "cancel" if action == "cancel" else "submit"
            permissions.require(self._asking, self._meta, right, (stored or self).__dict__)
        return action

    def _stamp(self, moment: str, is_new: bool) -> None:
        user = self._context.user
        for doc in validation.family(self):
            state = doc.__dict__
            state["modified"], state["modified_by"] = moment, user
            if is_new or doc.is_new():
                state["creation"], state["owner"] = moment, user  # Frappe: whatever was said before
            state["docstatus"] = self.__dict__.get("docstatus")  # as it was sent: what is no number is refused later
        if is_new and self._meta.issingle:
            self.__dict__["idx"] = cint(self.get("idx"))

    def _set_name(self, given: object, name_rows: bool = True) -> None:
        self.run_method("before_naming")
        meta, ctx = self._meta, self._context
        if given or (self.get("__newname") and meta.autoname.lower() == "prompt"):
            self.name = given or self.get("__newname")
        else:
            if meta.autoname.lower() not in ("prompt", "uuid") and not self.flags.name_set:
                self.__dict__["name"] = None
            if self.get("amended_from") and meta.is_submittable:
                naming_rules.read_amended(ctx, self._asking, self)
            else:
                named = (
                    None if self.name or meta.istable or meta.issingle else naming_rules.name_by_rule(ctx, meta, self)
                )
                if named is None:
                    self.run_method("autoname")
                else:
                    self.name = named
            if not self.name or meta.autoname == "UUID":
                self.name = naming.make_name(meta, self, ctx.store.next_number)
        self.name = naming.check_name(meta, self.name)
        rule, _, fieldname = meta.autoname.partition(":")
        if rule == "field" and fieldname:
            self.__dict__[fieldname] = self.name
        for row in self.get_all_children():
            name = naming.row_name(row.meta, ctx.store.next_number, row) if name_rows or not row.name else row.name
            row.__dict__.update(parent=self.name, name=name)

    def _run_before(self, action: str) -> None:
        for event in _BEFORE[action]:
            if not (self.flags.ignore_validate and event in ("validate", "before_validate")):
                self.run_method(event)

    def _run_after(self, action: str) -> None:
        self.__dict__.pop("__islocal", None)
        for event in _AFTER[action]:
            self.run_method(event)
        if action == "cancel":
            self.check_no_back_links_exist()  # after `on_cancel`, which may cancel what links here
        self.run_method("on_change")
        self.flags.in_insert = False

    def _finish_values(self, validate: bool = True) -> None:
        """After the controller's hooks have run: types again, then every rule."""
        state, ctx = self.__dict__, self._context
        for table in self._meta.table_fields:
            for index, row in enumerate(state.get(table.fieldname) or [], 1):
                row.__dict__.update(idx=cint(row.idx) or index, parent=self.name, docstatus=self.docstatus)
                if not row.__dict__.get("modified"):  # the controller has just added it
                    row.__dict__.update(
                        modified=state["modified"], modified_by=ctx.user, creation=state["modified"], owner=ctx.user
                    )
                if self.is_new() and not row.name:
                    row.__dict__["name"] = naming.row_name(row.meta, ctx.store.next_number, row)
        validation.cast(self)
        validation.keep_named_fields(self)
        if validate:
            validation.check(ctx, self)
        validation.fill_numbers(self)

    # --- the row alone ---

    def db_insert(self) -> None:
        """Store the row alone, without checks or events. A virtual DocType's controller brings its own."""
        if self._meta.is_virtual:
            raise ValidationError.told(f"{self.doctype} is virtual, and its controller has no db_insert()")
        if not self.name:
            self._set_name(None)
        if not self.get("creation"):
            self._stamp(later_moment(None), is_new=True)
        validation.cast(self)
        validation.fill_numbers(self)
        rows.write_new(self._context, self)

    def db_update(self) -> None:
        """Store the changed row alone, without checks or events."""
        if self._meta.is_virtual:
            raise ValidationError.told(f"{self.doctype} is virtual, and its controller has no db_update()")
        validation.cast(self)
        rows.write_changes(self._context, self, load(self._context, self.doctype, self.name))

    # --- further steps ---

    @whitelist()
    def submit(self) -> BaseDocument:
        """Turn the draft into a submitted document."""
        self.docstatus = SUBMITTED
        return self.save()

    @whitelist()
    def cancel(self) -> BaseDocument:
        """Cancel the submitted document."""
        self.docstatus = CANCELLED
        return self.save()

    @whitelist()
    def discard(self) -> None:
        """Give up a draft: it counts as cancelled and can be deleted. Its rows stay drafts."""
        if cint(self.docstatus) != DRAFT:
            raise ValidationError("Only draft documents can be discarded")
        self._give_up()

    def _give_up(self) -> None:
        permissions.require(self._asking, self._meta, "write", self.__dict__)
        self.run_method("before_discard")
        self.db_set("docstatus", CANCELLED)
        for row in self.get_all_children():
            row.__dict__["modified_by"] = self._context.user  # Frappe: told, not stored
        self.run_method("on_discard")

    def delete(
        self, ignore_permissions: bool = False, force: bool = False, *, delete_permanently: bool = False
    ) -> None:
        """Delete the document; `delete_permanently` keeps no copy. One already gone is passed over."""
        ctx = self._context.trusted() if ignore_permissions or self.flags.ignore_permissions else self._context
        if self._meta.is_virtual or ctx.store.exists(self._meta, self.name) is not None:
            keep = not delete_permanently
            deleting.delete(ctx, self.doctype, self.name, force=force, keep=keep, flags=self.flags)

    @property
    def deletes_itself(self) -> bool:
        """Whether the controller has a `delete` of its own, as a virtual DocType's must."""
        return type(self).delete is not Document.delete

    def db_set(
        self, fieldname: object, value: object = None, update_modified: bool = True, notify: bool = False,
        commit: bool = False,
    ) -> None:  # fmt: skip
        """Write values at once, without checks and with no event but `on_change`."""
        values: Values = dict(fieldname) if isinstance(fieldname, Mapping) else {cstr(fieldname): value}
        self.run_method("before_change")
        if self.name is None:  # nothing is stored yet
            self.__dict__.update(values)
            return
        if update_modified and not self._meta.istable:
            values.update(modified=later_moment(self.get("modified")), modified_by=self._context.user)
        self.__dict__.update(values)
        set_values(self._context, self._meta, self.name, values)
        self.run_method("on_change")

    def db_get(self, fieldname: str) -> object:
        """The stored value of a field."""
        row = self._context.store.load(self._meta, self.name) or {}
        return row.get(fieldname)

    def reload(self) -> object:
        """Read the document again."""
        self.__dict__.pop("__islocal", None)
        fresh = load(self._context, self.doctype, self.name)
        self.__dict__.update({key: value for key, value in fresh.__dict__.items() if key not in ("flags", "_context")})
        return self

    def load_from_db(self) -> object:
        """As `reload`. A virtual DocType's controller has its own."""
        if self._meta.is_virtual:
            raise ValidationError.told(f"{self.doctype} is virtual, and its controller has no load_from_db()")
        return self.reload()

    def check_no_back_links_exist(self) -> None:
        """Raises LinkExistsError if submitted documents link to this one, but for `self.ignore_linked_doctypes`."""
        if not self.flags.ignore_links:
            links.require_unlinked(self._context, self._meta, self.name, self.get("ignore_linked_doctypes") or ())

    def get_doc_before_save(self) -> BaseDocument | None:
        """The stored document that this save changes, or None."""
        return self.__dict__.get("_doc_before_save")

    def has_value_changed(self, fieldname: str) -> bool:
        """Whether this save changes the field; True if there is nothing to compare with, as in Frappe."""
        before = self.get_doc_before_save()
        return True if before is None else before.get(fieldname) != self.get(fieldname)
