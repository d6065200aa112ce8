"""The life of one document: insert, save, submit, cancel, rename, delete, and the events of its controller on the way.

The order of events is Frappe's. Whoever saves is judged on the stored document first, inside the transaction that then
writes; `modified` is compared there, so no update is lost.

    doc = new(ctx, {"doctype": "Task", "subject": "x"}); doc.insert()        doc = load(ctx, "Task", "TASK-1"); doc.save()
    before_validate, validate, before_save -> checks -> rows written -> on_update, on_change
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import history, links, naming, permissions, trees, validation
from .base_document import BaseDocument
from .encryption import seal_secret
from .errors import (
    DocstatusTransitionError,
    DoesNotExistError,
    DuplicateEntryError,
    PermissionError,
    TimestampMismatchError,
    ValidationError,
)
from .loading import copy, is_plain, later_moment, load, load_again, load_values, new, set_values
from .meta import DocType
from .site import Context
from .utils import bold, cint, cstr, get_datetime
from .whitelist import describe

DRAFT, SUBMITTED, CANCELLED = 0, 1, 2
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

    def run_method(self, event: str, *args: Any, **kwargs: Any) -> Any:
        """Call the controller's method of that name, then the `doc_events` hooks for it."""
        function = getattr(self, event, None)
        result = function(*args, **kwargs) if callable(function) else None
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

    def check_permission(self, permtype: str = "read", permlevel: Any = None) -> None:
        """Raises PermissionError unless the user has the right on this document."""
        permissions.require(self._asking, self._meta, permtype, self.__dict__)

    # --- insert and save ---

    def insert(
        self, ignore_permissions: bool | None = None, ignore_links: bool | None = None, ignore_if_duplicate: bool = False,
        ignore_mandatory: bool | None = None, set_name: Any = None, set_child_names: bool = True,
    ) -> Any:  # fmt: skip
        """Store a new document. Raises PermissionError, ValidationError and its kinds, DuplicateEntryError."""
        self._set_flags(ignore_permissions=ignore_permissions, ignore_links=ignore_links, ignore_mandatory=ignore_mandatory)
        ctx, state = self._context, self.__dict__
        state["__islocal"] = 1
        for row in self.get_all_children():
            row.__dict__["__islocal"] = 1
        with ctx.store.database.atomic():
            permissions.require(self._asking, self._meta, "create", {**self.__dict__, "owner": state.get("owner") or ctx.user})
            self._stamp(later_moment(None), is_new=True)
            validation.set_defaults(ctx, self)
            validation.cast(self)
            validation.fill_numbers(self, mandatory=False)  # those are asked for first
            action = self._action(None)
            validation.check_links(ctx, self)
            self.run_method("before_insert")
            self._set_name(set_name, set_child_names)
            self._keep_higher_levels(None)
            self._run_before(action)
            self._finish_values()
            try:
                self._write_new()
            except DuplicateEntryError:
                if not ignore_if_duplicate:
                    raise
                return self
            self.__dict__.pop("__islocal", None)  # stored: a controller that saves in after_insert changes this document
            self.run_method("after_insert")
            self._run_after(action)
        return self

    def save(self, ignore_permissions: bool | None = None, ignore_version: bool | None = None) -> Any:
        """Store a changed document. Raises as `insert`, and TimestampMismatchError if it changed meanwhile."""
        if self.is_new():
            return self.insert(ignore_permissions=ignore_permissions)
        self._set_flags(ignore_permissions=ignore_permissions, ignore_version=ignore_version)
        ctx = self._context
        with ctx.store.database.atomic():
            stored = load_again(ctx, self)
            permissions.require(self._asking, self._meta, "write", stored.__dict__)
            self.__dict__["_before_save"] = stored
            self._check_latest(stored)
            action = self._action(stored)
            self._stamp(later_moment(stored.__dict__.get("modified")), is_new=False)
            validation.set_defaults_of_rows(ctx, self)
            validation.cast(self)
            self._keep_higher_levels(stored)
            validation.check_links(ctx, self)
            self._run_before(action)
            validation.check_constants(self, stored)
            if action == "update_after_submit":
                validation.check_after_submit(self, stored)
            self._finish_values(validate=action != "cancel")
            permissions.require(self._asking, self._meta, "write", self.__dict__)
            if action == "cancel" and not self.flags.ignore_links:
                links.require_unlinked(ctx, self._meta, self.name, cancelling=True)
            self._write_changes(stored)
            self._run_after(action)
            if self._meta.track_changes and not self.flags.ignore_version:
                history.record_version(ctx, self, stored)
        return self

    def _set_flags(self, **flags: Any) -> None:
        self.flags.update({key: value for key, value in flags.items() if value is not None})

    def _check_latest(self, stored: BaseDocument) -> None:
        mine, theirs = self.__dict__.get("modified"), stored.__dict__.get("modified")
        if (self._meta.issingle or self._meta.is_virtual) and not theirs:
            return
        if mine is not None and cstr(mine) != cstr(theirs) and not _same_moment(mine, theirs):
            raise TimestampMismatchError.told(
                f"Error: {bold(self.name)} ({self.doctype}) has been modified after you have opened it ({theirs}, {mine}). Please refresh to get the latest document."
            )

    def _action(self, stored: BaseDocument | None) -> str:
        """What this save is, by the change of docstatus; each but plain saving has a right of its own."""
        before, after = (DRAFT if stored is None else cint(stored.docstatus)), cint(self.docstatus)
        if before == CANCELLED:
            raise ValidationError("Cannot edit cancelled document")
        action = {(0, 0): "save", (0, 1): "submit", (1, 1): "update_after_submit", (1, 2): "cancel"}.get((before, after))
        if action is None:
            raise DocstatusTransitionError(f"Cannot change docstatus from {before} ({_STATUS[before]}) to {after} ({_STATUS.get(after, 'unknown')})")
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
                state["creation"] = moment
                state["owner"] = state.get("owner") if doc is self and state.get("owner") else user
            state["docstatus"] = self.docstatus

    def _set_name(self, given: Any, name_rows: bool = True) -> None:
        self.run_method("before_naming")
        meta, ctx = self._meta, self._context
        if given or (self.get("__newname") and meta.autoname.lower() == "prompt"):
            self.name = given or self.get("__newname")
        else:
            if meta.autoname.lower() not in ("prompt", "uuid") and not self.flags.name_set:
                self.__dict__["name"] = None
            if self.get("amended_from") and meta.is_submittable:
                self._check_amended()
            else:
                self.run_method("autoname")
            if not self.name or meta.autoname == "UUID":
                self.name = naming.make_name(meta, self, ctx.store.next_number)
        self.name = naming.check_name(meta, self.name)
        rule, _, fieldname = meta.autoname.partition(":")
        if rule == "field" and fieldname:
            self.__dict__[fieldname] = self.name
        for row in self.get_all_children():
            name = naming.row_name(row.meta, ctx.store.next_number, row) if name_rows or not row.name else row.name
            row.__dict__.update(parent=self.name, name=name)

    def _check_amended(self) -> None:
        original = self._context.store.load_row(self._meta, self.amended_from)
        if original is None or original["docstatus"] != CANCELLED:
            raise ValidationError.told(f"{self.amended_from} cannot be amended because it is not cancelled. Please cancel the document before creating an amendment.")
        self.flags.amended_from_amended = bool(original.get("amended_from"))

    def _keep_higher_levels(self, stored: BaseDocument | None) -> None:
        """Fields of a permission level that the user may not write keep what they had."""
        writable = permissions.levels(self._asking, self._meta, "write")
        if writable is None:
            return
        for field in self._meta.higher_fields:
            if field.permlevel not in writable:
                kept = stored.get(field.fieldname) if stored else (None if field.type.table else validation.default_of(self._context, field))
                self.__dict__[field.fieldname] = kept if not field.type.table else list(kept or [])
        old_rows = {row.name: row for row in stored.get_all_children()} if stored else {}
        for row in self.get_all_children():
            for field in row.meta.higher_fields:
                if field.permlevel not in writable and field.type.column:
                    old = old_rows.get(row.name)
                    row.__dict__[field.fieldname] = old.get(field.fieldname) if old else None

    def _run_before(self, action: str) -> None:
        for event in _BEFORE[action]:
            if not (self.flags.ignore_validate and event in ("validate", "before_validate")):
                self.run_method(event)

    def _run_after(self, action: str) -> None:
        self.__dict__.pop("__islocal", None)
        for event in _AFTER[action]:
            self.run_method(event)
        self.run_method("on_change")
        self.flags.in_insert = False

    def _finish_values(self, validate: bool = True) -> None:
        """After the controller had its say: types again, then every rule."""
        state, ctx = self.__dict__, self._context
        for table in self._meta.table_fields:
            for index, row in enumerate(state.get(table.fieldname) or [], 1):
                row.__dict__.update(idx=index, parent=self.name, docstatus=self.docstatus)
                if not row.__dict__.get("modified"):  # the controller has just added it
                    row.__dict__.update(modified=state["modified"], modified_by=ctx.user, creation=state["modified"], owner=ctx.user)
                if self.is_new() and not row.name:
                    row.__dict__["name"] = naming.row_name(row.meta, ctx.store.next_number, row)
        validation.cast(self)
        validation.keep_named_fields(self)
        if validate:
            validation.check(ctx, self)
        validation.fill_numbers(self)

    # --- rows ---

    def _write_new(self) -> None:
        ctx, meta = self._context, self._meta
        self._write_secrets()
        if meta.issingle:
            self._save_single()
        elif meta.is_virtual:
            self.db_insert()
            return
        else:
            if meta.is_nested_set:
                trees.insert(ctx, meta, self)
            ctx.store.insert(meta, self.__dict__)
        for row in self.get_all_children():
            ctx.store.insert(row.meta, row.__dict__)
            row.__dict__.pop("__islocal", None)
        ctx.touch(self.doctype)

    def _write_changes(self, stored: BaseDocument) -> None:
        ctx, meta, state = self._context, self._meta, self.__dict__
        self._write_secrets()
        if meta.issingle:
            self._save_single()
        elif meta.is_virtual:
            self.db_update()
            return
        else:
            if meta.is_nested_set:
                trees.move(ctx, meta, self, stored)
            fixed = ("name", "creation", "owner")  # the server's own; tags, likes and the like are written by who keeps them
            state.update(creation=stored.__dict__["creation"], owner=stored.owner)
            changed = {column: state[column] for column in meta.shown_columns if column not in fixed and state[column] != stored.__dict__.get(column)}
            ctx.store.update(meta, self.name, changed)
        for field in meta.table_fields:
            if ctx.has_doctype(field.options):
                self._write_rows(ctx.meta(cstr(field.options)), field.fieldname, stored.get(field.fieldname) or [])
        ctx.touch(self.doctype)

    def _write_rows(self, child: DocType, fieldname: str, stored: list[Any]) -> None:
        """Rows with a stored row's name change it; others are new, whatever name they claim; missing ones go."""
        store, old = self._context.store, {cstr(row.name): row for row in stored}
        rows = self.get(fieldname) or []
        kept = {old[cstr(row.name)].name for row in rows if cstr(row.name) in old}
        if len(kept) < len(old):
            store.delete_children(child, self.doctype, self.name, fieldname, kept)
        for row in rows:
            state = row.__dict__
            before = old.pop(cstr(row.name), None)
            if before is None:
                state.update(name=naming.row_name(child, store.next_number, row), creation=self.__dict__["modified"], owner=self._context.user)
                store.insert(child, state)
            else:
                state.update(name=before.name, creation=before.__dict__["creation"], owner=before.owner)
                store.update(child, before.name, {column: state[column] for column in child.columns if state[column] != before.__dict__.get(column)})
            state.pop("__islocal", None)

    def db_insert(self) -> None:
        """Store the row alone: no checks, no events. A virtual DocType's controller has its own."""
        if self._meta.is_virtual:
            raise ValidationError.told(f"{self.doctype} is virtual, and its controller has no db_insert()")
        if not self.name:
            self._set_name(None)
        if not self.get("creation"):
            self._stamp(later_moment(None), is_new=True)
        validation.cast(self)
        validation.fill_numbers(self)
        self._write_new()

    def db_update(self) -> None:
        """Store the changed row alone: no checks, no events."""
        if self._meta.is_virtual:
            raise ValidationError.told(f"{self.doctype} is virtual, and its controller has no db_update()")
        validation.cast(self)
        self._write_changes(load(self._context, self.doctype, self.name))

    def _save_single(self) -> None:
        columns = {"owner", "modified", "modified_by", "creation", *(field.fieldname for field in self._meta.value_fields)}
        self._context.store.save_single(self._meta, {column: self.get(column) for column in columns if column != "creation"})

    def _write_secrets(self) -> None:
        """Password fields: the value goes to a place of its own, the row keeps stars."""
        for field in self._meta.passwords:
            value = self.get(field.fieldname)
            if value and set(cstr(value)) != {"*"}:
                sealed, encrypted = seal_secret(self._context.store.database.path, cstr(value))
                self._context.store.set_secret(self.doctype, cstr(self.name), field.fieldname, sealed, encrypted)
                self.__dict__[field.fieldname] = "*" * len(cstr(value))
            elif not value and not self.is_new():
                self._context.store.delete_secret(self.doctype, cstr(self.name), field.fieldname)

    # --- further steps ---

    def submit(self) -> Any:
        """Draft becomes submitted."""
        self.docstatus = SUBMITTED
        return self.save()

    def cancel(self) -> Any:
        """Submitted becomes cancelled."""
        self.docstatus = CANCELLED
        return self.save()

    submit.whitelisted = describe(submit)  # type: ignore[attr-defined]
    cancel.whitelisted = describe(cancel)  # type: ignore[attr-defined]

    def delete(self, ignore_permissions: bool = False, force: bool = False, *, delete_permanently: bool = False) -> None:
        """Delete the document."""
        ctx = self._context.trusted() if ignore_permissions or self.flags.ignore_permissions else self._context
        delete(ctx, self.doctype, self.name, force=force)

    def db_set(self, fieldname: Any, value: Any = None, update_modified: bool = True, notify: bool = False, commit: bool = False) -> None:
        """Write values at once: no checks, no events but `on_change`."""
        values = dict(fieldname) if isinstance(fieldname, Mapping) else {fieldname: value}
        self.run_method("before_change")
        if self.name is None:  # nothing is stored yet
            self.__dict__.update(values)
            return
        if update_modified and not self._meta.istable:
            values.update(modified=later_moment(self.get("modified")), modified_by=self._context.user)
        self.__dict__.update(values)
        set_values(self._context, self._meta, self.name, values)
        self.run_method("on_change")

    def db_get(self, fieldname: str) -> Any:
        """The stored value of a field."""
        row = self._context.store.load(self._meta, self.name) or {}
        return row.get(fieldname)

    def reload(self) -> Any:
        """Read the document again."""
        self.__dict__.pop("__islocal", None)
        fresh = load(self._context, self.doctype, self.name)
        self.__dict__.update({key: value for key, value in fresh.__dict__.items() if key not in ("flags", "_context")})
        return self

    def load_from_db(self) -> Any:
        """As `reload`. A virtual DocType's controller has its own."""
        if self._meta.is_virtual:
            raise ValidationError.told(f"{self.doctype} is virtual, and its controller has no load_from_db()")
        return self.reload()

    def get_doc_before_save(self) -> Any:
        """The stored document that this save changes, or None."""
        return self.__dict__.get("_before_save")

    def has_value_changed(self, fieldname: str) -> bool:
        """Whether this save changes the field; True if there is nothing to compare with, as in Frappe."""
        before = self.get_doc_before_save()
        return True if before is None else before.get(fieldname) != self.get(fieldname)


def _same_moment(left: Any, right: Any) -> bool:
    try:
        return bool(get_datetime(left) == get_datetime(right))
    except ValueError:
        return False


# --- by name -------------------------------------------------------------------------------------------


def delete(ctx: Context, doctype: str, name: Any, force: bool = False) -> None:
    """Delete a document. Raises DoesNotExistError, PermissionError, LinkExistsError, ValidationError if it is submitted."""
    meta = ctx.meta(doctype)
    if meta.is_virtual:
        return _delete_virtual(ctx, meta, name)
    with ctx.store.database.atomic():
        if ctx.store.exists(meta, name) is None or meta.issingle and ctx.store.exists(meta, name) != name:
            raise DoesNotExistError
        doc = load(ctx, doctype, name)
        permissions.require(ctx, meta, "delete", doc.__dict__)
        if cint(doc.docstatus) == SUBMITTED and not force:
            raise ValidationError.told(f"{meta.name} {doc.name}: Submitted Record cannot be deleted. You must Cancel it first.")
        doc.flags.ignore_permissions = ctx.is_trusted
        doc.run_method("on_trash")
        doc.flags.in_delete = True
        doc.run_method("on_change")
        if meta.is_nested_set:
            trees.remove(ctx, meta, doc.name)
        if not force:
            links.require_unlinked(ctx, meta, doc.name)
        _delete_rows(ctx, meta, doc.name)
        ctx.store.delete(meta, doc.name)
        counted = naming.last_series(meta, doc)
        if counted:
            ctx.store.give_back_number(*counted)
        links.delete_references(ctx, meta, doc.name)
        ctx.touch(meta.name)
        doc.run_method("after_delete")


def _delete_virtual(ctx: Context, meta: DocType, name: Any) -> None:
    """The controller of a virtual DocType deletes its own document, wherever that is kept."""
    doc = load(ctx, meta.name, name)
    permissions.require(ctx, meta, "delete", doc.__dict__)
    if type(doc).delete is Document.delete:
        raise ValidationError.told(f"{meta.name} is virtual: its controller has no delete(), so its documents cannot be deleted")
    doc.run_method("on_trash")
    doc.delete()
    doc.run_method("after_delete")


def _delete_rows(ctx: Context, meta: DocType, name: Any) -> None:
    for field in meta.table_fields:
        if ctx.has_doctype(field.options):
            ctx.store.delete_children(ctx.meta(cstr(field.options)), meta.name, name)


def rename(ctx: Context, doctype: str, old: Any, new_name: Any, merge: bool = False, force: bool = False) -> Any:
    """Rename a document and every link to it; `merge` joins it into an existing one. Returns the new name."""
    meta = ctx.meta(doctype)
    with ctx.store.database.atomic():
        doc = load(ctx, doctype, old)
        old = doc.name
        permissions.require(ctx, meta, "write", doc.__dict__)
        if not (force or ctx.is_trusted or cint(meta.allow_rename)):
            raise PermissionError.told(f"{meta.name} not allowed to be renamed")
        name = naming.check_name(meta, new_name)
        if cstr(name) == cstr(old):
            raise ValidationError.told("No changes made because old and new name are the same.")
        existing = ctx.store.exists(meta, name)
        changes_case = existing is not None and cstr(existing) == cstr(old)
        if existing is not None and not merge and not changes_case:
            raise DuplicateEntryError.told(f"{meta.name} {bold(name)} already exists, select another name", title="Duplicate Name")
        if merge and existing is None:
            raise DoesNotExistError.told(f"{meta.name} {bold(name)} does not exist, select a new target to merge")
        if merge:
            permissions.require(ctx, meta, "write", load(ctx, doctype, name).__dict__)
        doc.run_method("before_rename", old, name, merge)
        if merge:
            _delete_rows(ctx, meta, old)
            links.rename_references(ctx, meta, old, name)
            ctx.store.delete(meta, old)
            if meta.is_nested_set:
                trees.rebuild(ctx, meta)
        else:
            rule, _, fieldname = meta.autoname.partition(":")
            ctx.store.update(meta, old, {"name": name, **({fieldname: name} if rule == "field" and meta.has_field(fieldname) else {})})
            links.rename_references(ctx, meta, old, name)
        ctx.touch(meta.name)
        renamed = load(ctx, doctype, name)
        renamed.run_method("after_rename", old, name, merge)
        history.add_comment(ctx, doctype, name, f"renamed from {bold(old)} to {bold(name)}", "Edit")
    ctx.say(f"Document renamed from {bold(old)} to {bold(name)}", indicator="green", alert=True)
    return name


__all__ = ["Document", "copy", "delete", "is_plain", "later_moment", "load", "load_values", "new", "rename", "set_values"]
