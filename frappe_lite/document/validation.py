"""What a document must fulfil before it is stored.

Defaults, types, mandatory fields, choices, links, lengths, constants.

Each check takes a document and raises Frappe's error for it, with Frappe's words; child rows are checked like their
document. Nothing is written here.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from .. import permissions
from ..context import Context
from ..doctype import server_owned
from ..doctype.field import Field
from ..doctype.meta import DocType
from ..errors import (
    CancelledLinkError,
    CannotChangeConstantError,
    DoesNotExistError,
    LinkValidationError,
    MandatoryError,
    UpdateAfterSubmitError,
    ValidationError,
    message,
)
from ..permissions import user_permission as user_permissions
from ..protocol import load_json
from ..query import quote
from ..utils import (
    bold,
    cint,
    cstr,
    get_datetime,
    now,
    nowdate,
    nowtime,
    strip_html,
)
from ..values import Values
from . import formats, kept_defaults
from .base_document import BaseDocument
from .markup import clean, is_data, require_bounded


def family(doc: BaseDocument) -> list[BaseDocument]:
    """The document, followed by its child rows."""
    return [doc, *doc.get_all_children()] if doc.meta.table_fields else [doc]


def set_defaults(ctx: Context, doc: BaseDocument) -> None:
    """Fill unset fields of a new document and its rows with their defaults."""
    for each in family(doc):
        fill_defaults(ctx, each)


def set_defaults_of_rows(ctx: Context, doc: BaseDocument) -> None:
    """Fill new child rows of a stored document with their defaults."""
    for row in doc.get_all_children():
        if row.is_new():
            fill_defaults(ctx, row)


def fill_defaults(ctx: Context, doc: BaseDocument) -> None:
    """Fill what is unset in one document or row: links by what the user is held to and by the defaults that are kept,
    then all by their own. A Select that was left empty on purpose stays so."""
    state = doc.__dict__
    is_held = bool(user_permissions.user_permissions(ctx).allowed)
    for link in doc.meta.link_fields if is_held else ():
        if state.get(link.fieldname) is None:
            state[link.fieldname] = _found(ctx, link, user_permissions.default_link(ctx, doc.meta, link))
    kept = kept_defaults.of_caller(ctx)
    for link in doc.meta.link_fields if kept else ():
        if state.get(link.fieldname) is None and link.fieldname in kept and link.options != "User":
            default = _found(ctx, link, kept[link.fieldname])
            if default is not None and user_permissions.allows_link(ctx, doc.meta, link, default):
                state[link.fieldname] = default
    for field in doc.meta.default_fields:
        value = state.get(field.fieldname)
        if value is None or (value == "" and field.fieldtype != "Select"):
            default = _found(ctx, field, default_of(ctx, field))
            if is_held and default is not None and not user_permissions.allows_link(ctx, doc.meta, field, default):
                continue
            if default is not None:
                state[field.fieldname] = default


def _found(ctx: Context, field: Field, default: object) -> object:
    """A default value, or None if it links to a document that does not exist, as on a site without the records of
    its app's install step."""
    if default is None or field.fieldtype != "Link" or not ctx.has_doctype(field.options):
        return default
    target = ctx.meta(cstr(field.options))
    return default if target.is_virtual or ctx.store.exists(target, default) is not None else None


def default_of(ctx: Context, field: Field) -> Any:
    """A field's default value, dynamic ones worked out: Today, Now, __user."""
    default = field.default
    if default in (None, ""):
        return field.first_option
    text = cstr(default)
    moments = {"today": nowdate, "now": {"Date": nowdate, "Time": nowtime}.get(field.fieldtype, now)}
    if text.lower() in moments and field.fieldtype in ("Date", "Datetime", "Time"):
        return moments[text.lower()]()
    if text in ("__user", "user") and field.fieldtype in ("Link", "Data"):
        return ctx.user
    if text.startswith(":") or text.startswith("eval:"):
        return None
    return field.type.cast(default)


def cast(doc: BaseDocument) -> None:
    """Convert each value to the type of its field. Raises ValidationError for one that cannot be, such as February
    30."""
    for each in family(doc):
        state, meta = each.__dict__, each.meta
        for field in meta.value_fields:
            value, kind = state.get(field.fieldname), field.type
            if value.__class__ is not kind.native and (value is not None or field.fieldtype == "Check"):
                _cast_field(each, field, value, is_row=each is not doc)
        for field in meta.unique:
            blank = state.get(field.fieldname)
            if blank is not None and cstr(blank).strip() == "":
                state[field.fieldname] = None
                each.remember_sent(field.fieldname, blank)
        if isinstance(state.get("docstatus"), str) and not state["docstatus"].strip().isdecimal():
            raise ValidationError.told("docstatus is 0 (draft), 1 (submitted) or 2 (cancelled)")
        state["docstatus"] = cint(state.get("docstatus"))
        if not meta.issingle:
            state["idx"] = cint(state.get("idx"))


def _cast_field(doc: BaseDocument, field: Field, value: object, is_row: bool) -> None:
    if value == [] and field.reqd:
        doc.__dict__[field.fieldname] = None  # Frappe: no value at all, which is told as missing
        return
    if isinstance(value, list | dict) and field.fieldtype != "JSON":
        kinds = "a list" if isinstance(value, list) else "an object"
        raise ValidationError.told(f"Value for {bold(field.label or field.fieldname)} cannot be {kinds}")
    try:
        found = doc.__dict__[field.fieldname] = field.type.cast(value)
    except ValidationError as error:
        raise ValidationError.told(f"{field.label or field.fieldname}: {error}") from None
    is_told = field.fieldtype != "Rating" and not (is_row and value is None)
    if is_told and (found.__class__ is not value.__class__ or found != value):
        doc.remember_sent(field.fieldname, value)


def cast_or_explain(ctx: Context, doc: BaseDocument) -> None:
    """`cast` for a document that comes in. Frappe tells first of links, mandatory fields and texts."""
    try:
        cast(doc)
    except ValidationError:
        check_links(ctx, doc)
        check_mandatory(doc)
        for each in family(doc):
            texts = formats.texts_of(each)
            formats.check_choices(texts)
            formats.check_forms(texts)
            formats.check_lengths(texts)
        raise


def keep_named_fields(doc: BaseDocument) -> None:
    """Reset a field that documents are named by (`field:title`) to the name, whatever was set: renaming changes
    both."""
    for each in family(doc):
        own = each.meta.named_by
        if own and each.name and cstr(each.get(own)) != cstr(each.name):
            each.__dict__[own] = each.name


def fill_numbers(doc: BaseDocument, mandatory: bool = True) -> None:
    """Frappe: an unset number is stored as 0, and any other field that must not be null as empty text."""
    for each in family(doc):
        state = each.__dict__
        named_by = None if mandatory else each.meta.named_by  # a name is asked for, and not made of nothing
        for field in each.meta.number_fields:
            name = field.fieldname
            if state.get(name) is not None or name == named_by or (field.reqd and not mandatory):
                continue
            was_told = each is doc and name in state  # a row that is sent is told by what it holds
            state[name] = field.type.empty
            if was_told:
                each.remember_sent(name, None)
        for field in each.meta.never_null:
            if state.get(field.fieldname) is None and (mandatory or not field.reqd):
                state[field.fieldname] = ""


def check(ctx: Context, doc: BaseDocument) -> None:
    """Apply every rule about values, in Frappe's order."""
    everyone = family(doc)
    check_mandatory(doc)
    for each in everyone:
        formats.check_choices(each)
        formats.check_forms(each)
        formats.check_numbers(each)
        formats.check_lengths(each)
        clean_html(each)


def check_mandatory(doc: BaseDocument) -> None:
    """Raises MandatoryError with a message for each missing value."""
    if doc.flags.ignore_mandatory:
        return
    missing = [
        (field, _missing_text(each, field))
        for each in family(doc)
        for field in each.meta.required_fields
        if _is_missing(each, field)
    ]
    if missing:
        names = ", ".join(field.fieldname for field, _ in missing)
        error = MandatoryError(f"[{doc.doctype}, {doc.name}]: {names}")
        error.messages = tuple(message(text) for _, text in missing)
        raise error


def _is_missing(doc: BaseDocument, field: Field) -> bool:
    value = doc.__dict__.get(field.fieldname)
    if field.type.table:
        return not value
    if field.type.column is None or field.virtual:
        return False
    text = cstr(value)
    if text and "<" not in text:
        return text.isspace()
    return not strip_html(text).strip() and "<img" not in text


def _missing_text(doc: BaseDocument, field: Field) -> str:
    label = field.label or field.fieldname
    if field.type.table:
        return f"Error: Data missing in table {label}"
    if doc.get("parentfield"):
        return f"Error: {bold(doc.doctype)} Row #{doc.get('idx')}: Value missing for: {label}"
    return f"Error: Value missing for {doc.doctype}: {label}"


_TAG = re.compile(r"<[a-zA-Z/!?]")
SHOWN_AS_HTML = ("Text Editor", "HTML Editor", "Markdown Editor")
"""The fieldtypes whose values a page shows as HTML, whatever else they may be."""
LONG_TEXT = 10_000
"""Characters of a text that is cleaned before the writer's turn."""


def _html(doc: BaseDocument) -> Iterator[tuple[str, str]]:
    """(fieldname, text) of the fields that may hold HTML. Data does not count, unless it is shown as HTML."""
    state = doc.__dict__
    for field in doc.meta.cleaned_fields:
        value = state.get(field.fieldname)
        if value.__class__ is str and "<" in value and (field.fieldtype in SHOWN_AS_HTML or not is_data(value)):
            yield field.fieldname, value


def require_bounded_html(doc: BaseDocument) -> None:
    """Raises ValidationError for markup that could not be cleaned, before anything else is done with it."""
    for _, text in _html(doc):
        require_bounded(text)


def clean_html(doc: BaseDocument) -> None:
    """Remove scripts and the like from what people typed; text without tags stays as it is, even `a < b`. Raises
    ValidationError."""
    for fieldname, text in _html(doc):
        if _TAG.search(text):
            known = doc.ctx.request.cleaned.get(text) if len(text) > LONG_TEXT else None
            doc.__dict__[fieldname] = clean(text) if known is None else known


def clean_ahead(ctx: Context, value: object) -> None:
    """Clean the long texts in what a client sent, JSON in a string too. Called before the request becomes the writer:
    then nobody waits for it."""
    if isinstance(value, dict):
        for each in value.values():
            clean_ahead(ctx, each)
    elif isinstance(value, list):
        for each in value:
            clean_ahead(ctx, each)
    elif isinstance(value, str) and len(value) > LONG_TEXT and "<" in value:
        with contextlib.suppress(ValidationError):  # what is refused is refused where it is used
            if value.lstrip()[:1] in ("{", "["):
                clean_ahead(ctx, load_json(value))
            elif _TAG.search(value):
                ctx.request.cleaned[value] = clean(value)


# --- links -----------------------------------------------------------------------------------------------

OWN_MODULES = frozenset({"Core", "Desk", "Email", "Automation", "Integrations"})
"""Of the records that the server keeps about documents: comments, assignments, shares and the like."""


def check_links(ctx: Context, doc: BaseDocument) -> None:
    """Every link points to a document; values fetched through links are set.

    Raises LinkValidationError naming all that do not.
    """
    if doc.flags.ignore_links:
        return
    lost: list[str] = []
    cancelled: list[str] = []
    for each in family(doc):
        for field in [*each.meta.link_fields, *each.meta.dynamic_links]:
            value = each.get(field.fieldname)
            if value not in (None, "", [], {}):
                _check_link(ctx, doc, each, field, value, lost, cancelled)
    if lost:
        raise LinkValidationError.told(f"Could not find {', '.join(lost)}")
    if cancelled:
        raise CancelledLinkError.told(f"Cannot link cancelled document: {', '.join(cancelled)}")


def _check_link(
    ctx: Context,
    doc: BaseDocument,
    row: BaseDocument,
    field: Field,
    value: object,
    lost: list[str],
    cancelled: list[str],
) -> None:
    doctype = field.options if field.fieldtype == "Link" else row.get(cstr(field.options))
    label = field.label or field.fieldname
    if not doctype:
        raise ValidationError.told(f"{row.meta.get_label(cstr(field.options))} must be set first")
    text = f"Row #{row.get('idx')}: {label}: {value}" if row.get("parentfield") else f"{label}: {value}"
    try:
        target = ctx.meta(cstr(doctype))
    except DoesNotExistError:
        if field.fieldtype == "Dynamic Link":
            lost.append(text)
        return  # a DocType that is not installed: nothing to check against
    if target.is_virtual or (field.fieldtype == "Dynamic Link" and _is_closed(ctx, doc, target)):
        return
    fetched = row.meta.fetches.get(field.fieldname, ())
    columns = ["name", *(["docstatus"] if target.is_submittable else [])]
    columns += [source for _, source in fetched if source in target.columns]
    found = ctx.store.load_single(target) if target.issingle else _columns_of(ctx, target, value, columns)
    if found is None:
        lost.append(text)
        if field.options == "DocType":
            row.__dict__[field.fieldname] = None  # Frappe: what it names for another field is not set then
        return
    row.__dict__[field.fieldname] = found["name"]
    for each, source in fetched:
        if source in found and not (cint(each.fetch_if_empty) and row.get(each.fieldname)):
            _fetch(ctx, doc, row, field, each, target, found, source)
    if (
        target.is_submittable
        and doc.meta.is_submittable
        and field.fieldname != "amended_from"
        and found.get("docstatus") == 2
    ):
        cancelled.append(text)


def _is_closed(ctx: Context, doc: BaseDocument, target: DocType) -> bool:
    """Whether the caller may list nothing of the DocType, which he names: he does not learn which documents it has.

    Apps have talks about what their readers see by other ways; the server's own records change or open what they are
    about: of those, PermissionError is raised.
    """
    if permissions.role_rights(ctx, target).any & permissions.LISTED:
        return False
    refusal = permissions.refusal_by_role(ctx, target, "read")
    if refusal is not None and doc.meta.module in OWN_MODULES:
        raise refusal
    return refusal is not None


def _fetch(
    ctx: Context, doc: BaseDocument, row: BaseDocument, link: Field, field: Field, target: DocType, found: Values,
    source: str,
) -> None:  # fmt: skip
    """Set a field from the linked document if the caller may read it there."""
    if doc.is_new() or doc.get("docstatus") != 1 or field.allow_on_submit:
        may = permissions.may_read_field(ctx, target, source) and permissions.is_listed(ctx, target, found["name"])
        row.__dict__[field.fieldname] = found[source] if may else _fetched_before(doc, row, link, field)


def _fetched_before(doc: BaseDocument, row: BaseDocument, link: Field, fetched: Field) -> object:
    """The value that stays in a fetched field whose source the caller may not read: the old one, unless the link
    changed."""
    stored = doc.__dict__.get("_doc_before_save")
    if stored is not None and row is not doc:
        stored = next((each for each in stored.get(row.parentfield) or () if each.name == row.name), None)
    if stored is None or stored.get(link.fieldname) != row.get(link.fieldname):
        return None
    return stored.get(fetched.fieldname)


def _columns_of(ctx: Context, meta: DocType, name: object, columns: list[str]) -> Values | None:
    row = ctx.store.database.row(
        f"SELECT {', '.join(map(quote, columns))} FROM {quote(meta.table)} WHERE name = ?", (cstr(name),)
    )
    return dict(zip(columns, row, strict=True)) if row else None


# --- against what is stored ------------------------------------------------------------------------------


def check_constants(doc: BaseDocument, stored: BaseDocument) -> None:
    """Raises CannotChangeConstantError for a changed `creation` or `owner`, for a `set_only_once` field with another
    value than its first, and for a table with other rows."""
    claimed = doc.flags.claimed or {}  # by a client, of a document that it has read
    for name in server_owned.CONSTANT:
        if stored.get(name) and not _is_same(claimed.get(name, doc.get(name)), stored.get(name)):
            raise CannotChangeConstantError.told(f"Value cannot be changed for {doc.meta.get_label(name)}")
    for field in doc.meta.once_fields:
        before, after = stored.get(field.fieldname), doc.get(field.fieldname)
        if not (_are_same_rows(after or [], before or []) if field.type.table else cstr(after) == cstr(before)):
            raise CannotChangeConstantError.told(f"Value cannot be changed for {bold(field.label or field.fieldname)}")


def _is_same(said: object, kept: object) -> bool:
    """Whether both are the same text or the same moment."""
    if cstr(said) == cstr(kept):
        return True
    try:
        return get_datetime(said) == get_datetime(kept)
    except ValueError:
        return False


def _are_same_rows(after: list[Any], before: list[Any]) -> bool:
    return len(after) == len(before) and all(
        cstr(row.get(key) or "") == cstr(old.get(key) or "")
        for row, old in zip(after, before, strict=True)
        for key in ("name", "idx", *(each.fieldname for each in row.meta.value_fields))
    )


def keep_higher_levels(ctx: Context, doc: BaseDocument, stored: BaseDocument | None) -> None:
    """Reset the fields of a level that the caller may not write: to their old values or, in a new document or row,
    to their defaults."""
    writable = permissions.levels(ctx, doc.meta, "write")
    if writable is None:
        return
    given = doc.flags.ignore_permlevel_for_fields or ()  # app code alone can set it
    for field in doc.meta.higher_fields:
        if field.permlevel not in writable and field.fieldname not in given:
            kept = stored.get(field.fieldname) if stored else (None if field.type.table else default_of(ctx, field))
            doc.__dict__[field.fieldname] = list(kept or []) if field.type.table else kept
    old_rows = {(row.parentfield, row.name): row for row in stored.get_all_children()} if stored else {}
    for row in doc.get_all_children():
        old = old_rows.pop((row.parentfield, row.name), None)  # a second row of that name is a new one
        for field in row.meta.higher_fields:
            if field.permlevel not in writable and field.type.column:
                row.__dict__[field.fieldname] = old.get(field.fieldname) if old else None


def check_after_submit(doc: BaseDocument, stored: BaseDocument) -> None:
    """Raises UpdateAfterSubmitError for a changed field that is not `allow_on_submit`."""
    for field in doc.meta.fields:
        if field.allow_on_submit or field.virtual or not field.fieldname:
            continue
        before, after = stored.get(field.fieldname), doc.get(field.fieldname)
        if field.type.table:
            _check_rows_after_submit(field, before or [], after or [])
        elif field.type.column and cstr(before) != cstr(after) and (before or after):
            raise _changed_after_submit(field, before, after)


def _check_rows_after_submit(field: Field, before: list[Any], after: list[Any]) -> None:
    if len(before) != len(after):
        raise UpdateAfterSubmitError.told(
            f"Not allowed to change {bold(field.label)} after submission: rows were added or removed",
            title="Cannot Update After Submit",
        )
    old_rows = {row.name: row for row in before}
    for row in after:
        old = old_rows.get(row.name)
        for each in row.meta.value_fields:
            if old is None or (
                not each.allow_on_submit and cstr(old.get(each.fieldname)) != cstr(row.get(each.fieldname))
            ):
                raise _changed_after_submit(each, old and old.get(each.fieldname), row.get(each.fieldname))


def _changed_after_submit(field: Field, before: object, after: object) -> UpdateAfterSubmitError:
    text = (
        f"Not allowed to change {bold(field.label or field.fieldname)} after submission from {bold(cstr(before))} to "
        f"{bold(cstr(after))}"
    )
    error = UpdateAfterSubmitError.told(text, title="Cannot Update After Submit")
    assert isinstance(error, UpdateAfterSubmitError)
    return error
