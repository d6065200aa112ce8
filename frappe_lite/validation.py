"""What a document must fulfil before it is stored: defaults, types, mandatory fields, choices, links, lengths, constants.

Each check takes a document and raises Frappe's error for it, with Frappe's words; child rows are checked like their
document. Nothing is written here.
"""

from __future__ import annotations

import re
from typing import Any

import nh3

from .base_document import BaseDocument
from .errors import (
    CancelledLinkError,
    CannotChangeConstantError,
    CharacterLengthExceededError,
    DoesNotExistError,
    InvalidEmailAddressError,
    InvalidPhoneNumberError,
    InvalidURLError,
    LinkValidationError,
    MandatoryError,
    NonNegativeError,
    UpdateAfterSubmitError,
    ValidationError,
    message,
)
from .meta import DocType, Field
from .query import quote
from .site import Context
from .utils import bold, cint, cstr, flt, now, nowdate, nowtime, split_emails, strip_html, validate_email_address, validate_phone_number, validate_url


def family(doc: BaseDocument) -> list[BaseDocument]:
    """The document, then its child rows."""
    return [doc, *doc.get_all_children()] if doc.meta.table_fields else [doc]


def set_defaults(ctx: Context, doc: BaseDocument) -> None:
    """Fill what is unset with the DocType's defaults, in new documents and new rows."""
    for each in family(doc):
        if each is doc or each.is_new():
            fill_defaults(ctx, each)


def set_defaults_of_rows(ctx: Context, doc: BaseDocument) -> None:
    """Fill new child rows of a stored document with their defaults."""
    for row in doc.get_all_children():
        if row.is_new():
            fill_defaults(ctx, row)


def fill_defaults(ctx: Context, doc: BaseDocument) -> None:
    """Fill what is unset in one document or row. A Select that was left empty on purpose stays so."""
    state = doc.__dict__
    for field in doc.meta.default_fields:
        value = state.get(field.fieldname)
        if value is None or (value == "" and field.fieldtype != "Select"):
            default = _found(ctx, field, default_of(ctx, field))
            if default is not None:
                state[field.fieldname] = default


def _found(ctx: Context, field: Field, default: Any) -> Any:
    """A default, unless it links to a document that is not there: a site begins without the records that the app's install step makes."""
    if default is None or field.fieldtype != "Link" or not ctx.has_doctype(field.options):
        return default
    target = ctx.meta(cstr(field.options))
    return default if target.is_virtual or ctx.store.exists(target, default) is not None else None


def default_of(ctx: Context, field: Field) -> Any:
    """A field's default value, dynamic ones worked out: Today, Now, __user."""
    default = field.default
    if default in (None, ""):
        return field.first_option or None
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
    """Bring each value into the form of its field. Raises ValidationError for one that has none, such as February 30."""
    for each in family(doc):
        state, meta = each.__dict__, each.meta
        for field in meta.value_fields:
            value, kind = state.get(field.fieldname), field.type
            if value.__class__ is kind.native or (value is None and field.fieldtype != "Check"):
                continue
            try:
                state[field.fieldname] = kind.cast(value)
            except ValidationError as error:
                raise ValidationError.told(f"{field.label or field.fieldname}: {error}") from None
        for field in meta.unique:
            if cstr(state.get(field.fieldname)).strip() == "":
                state[field.fieldname] = None
        state["docstatus"] = cint(state.get("docstatus"))
        if not meta.issingle:
            state["idx"] = cint(state.get("idx"))


def keep_named_fields(doc: BaseDocument) -> None:
    """A field that documents are named by (`field:title`) says what the name says, whatever was set: renaming changes both."""
    for each in family(doc):
        own = each.meta.named_by
        if own and each.name:
            each.__dict__[own] = each.name


def fill_numbers(doc: BaseDocument, mandatory: bool = True) -> None:
    """Frappe: an unset number is stored as 0."""
    for each in family(doc):
        state = each.__dict__
        for field in each.meta.number_fields:
            if state.get(field.fieldname) is None and (mandatory or not field.reqd):
                state[field.fieldname] = field.type.empty


def check(ctx: Context, doc: BaseDocument) -> None:
    """Every rule about values, in Frappe's order."""
    everyone = family(doc)
    check_mandatory(doc)
    for each in everyone:
        _check_choices(each)
        _check_formats(each)
        _check_numbers(each)
        _check_lengths(each)
        clean_html(each)


def check_mandatory(doc: BaseDocument) -> None:
    """Raises MandatoryError with a message for each missing value."""
    if doc.flags.ignore_mandatory:
        return
    missing = [(field, _missing_text(each, field)) for each in family(doc) for field in each.meta.required_fields if _is_missing(each, field)]
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
    if text and "<" not in text and "&" not in text:
        return text.isspace()
    return not strip_html(text).strip() and "<img" not in text


def _missing_text(doc: BaseDocument, field: Field) -> str:
    label = field.label or field.fieldname
    if field.type.table:
        return f"Error: Data missing in table: {label}"
    if doc.get("parentfield"):
        return f"Error: {bold(doc.doctype)} Row #{doc.get('idx')}: Value missing for: {label}"
    return f"Error: Value missing for {doc.doctype}: {label}"


def _check_choices(doc: BaseDocument) -> None:
    state = doc.__dict__
    for field in doc.meta.choice_fields:
        value = state.get(field.fieldname)
        if not value or value in field.choices:
            continue
        text = state[field.fieldname] = cstr(value).strip()
        if field.choices and text not in field.choices:
            prefix = f"Row #{doc.get('idx')}: " if doc.get("parentfield") else ""
            choices = '", "'.join(field.choices)
            raise ValidationError.told(f'{prefix}{field.label or field.fieldname} cannot be "{text}". It should be one of "{choices}"')


def _check_formats(doc: BaseDocument) -> None:
    for field in doc.meta.formatted_fields:
        value = doc.__dict__.get(field.fieldname)
        if not value:
            continue
        kind = "Phone" if field.fieldtype == "Phone" else field.options
        if kind == "Email" and value not in ("Administrator", "Guest"):
            for address in split_emails(value):
                if not validate_email_address(address):
                    raise InvalidEmailAddressError.told(f"{address} is not a valid Email Address")
        elif kind == "URL" and not validate_url(value):
            raise InvalidURLError.told(f"'{bold(strip_html(value))}' is not a valid URL")
        elif kind == "Phone" and not validate_phone_number(value):
            raise InvalidPhoneNumberError.told(f"{strip_html(value)} is not a valid Phone Number")


def _check_numbers(doc: BaseDocument) -> None:
    for field in doc.meta.non_negative_fields:
        if flt(doc.get(field.fieldname)) < 0:
            raise NonNegativeError.told(f"Value cannot be negative for {doc.doctype}: {bold(field.label or field.fieldname)}", title="Negative Value")


def _check_lengths(doc: BaseDocument) -> None:
    state, meta = doc.__dict__, doc.meta
    for field, longest in () if meta.issingle else meta.limited_fields:
        value = state.get(field.fieldname)
        if value is not None and (len(value) if value.__class__ is str else abs(value)) > longest:
            where = f"{doc.doctype}, Row {doc.get('idx')}" if doc.get("parentfield") else f"{doc.doctype} {doc.name}"
            text = f"{where}: '{bold(field.label or field.fieldname)}' ({value}) will get truncated, as max characters allowed is {longest}"
            raise CharacterLengthExceededError.told(text, title="Value too big")


_TAG = re.compile(r"<[a-zA-Z/!?]")
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "*": {"class", "title", "dir", "lang"}, "a": {"href", "hreflang"}, "img": {"src", "alt", "width", "height"}}


def clean_html(doc: BaseDocument) -> None:
    """Take scripts and their like out of what people typed; text without tags stays as it is, `a < b` too."""
    state = doc.__dict__
    for field in doc.meta.cleaned_fields:
        value = state.get(field.fieldname)
        if value.__class__ is str and "<" in value and _TAG.search(value):
            state[field.fieldname] = nh3.clean(value, attributes=_ATTRIBUTES)


# --- links -----------------------------------------------------------------------------------------------


def check_links(ctx: Context, doc: BaseDocument) -> None:
    """Every link points to a document; values fetched through links are set. Raises LinkValidationError naming all that do not."""
    if doc.flags.ignore_links:
        return
    lost: list[str] = []
    cancelled: list[str] = []
    for each in family(doc):
        for field in [*each.meta.link_fields, *each.meta.dynamic_links]:
            value = each.get(field.fieldname)
            if value not in (None, ""):
                _check_link(ctx, doc, each, field, value, lost, cancelled)
    if lost:
        raise LinkValidationError.told(f"Could not find {', '.join(lost)}")
    if cancelled:
        raise CancelledLinkError.told(f"Cannot link cancelled document: {', '.join(cancelled)}")


def _check_link(ctx: Context, doc: BaseDocument, row: BaseDocument, field: Field, value: Any, lost: list[str], cancelled: list[str]) -> None:
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
    if target.is_virtual:
        return
    fetched = row.meta.fetches.get(field.fieldname, ())
    columns = ["name", *(["docstatus"] if target.is_submittable else [])]
    columns += [source for _, source in fetched if source in target.columns]
    found = ctx.store.load_single(target) if target.issingle else _columns_of(ctx, target, value, columns)
    if found is None:
        lost.append(text)
        return
    row.__dict__[field.fieldname] = found["name"]
    for each, source in fetched:
        empty_only = cint(each.fetch_if_empty) and row.get(each.fieldname)
        if not empty_only and source in found and (doc.is_new() or doc.get("docstatus") != 1 or each.allow_on_submit):
            row.__dict__[each.fieldname] = found[source]
    if target.is_submittable and doc.meta.is_submittable and field.fieldname != "amended_from" and found.get("docstatus") == 2:
        cancelled.append(text)


def _columns_of(ctx: Context, meta: DocType, name: Any, columns: list[str]) -> dict[str, Any] | None:
    row = ctx.store.database.row(f"SELECT {', '.join(map(quote, columns))} FROM {quote(meta.table)} WHERE name = ?", (cstr(name),))
    return dict(zip(columns, row, strict=True)) if row else None


# --- against what is stored ------------------------------------------------------------------------------


def check_constants(doc: BaseDocument, stored: BaseDocument) -> None:
    """Raises CannotChangeConstantError for a changed `creation` or `set_only_once` field that had a value."""
    if doc.get("creation") != stored.get("creation"):
        raise CannotChangeConstantError.told(f"Value cannot be changed for {doc.meta.get_label('creation')}")
    for field in doc.meta.once_fields:
        before = stored.get(field.fieldname)
        if before in (None, ""):
            continue
        if cstr(doc.get(field.fieldname)) != cstr(before):
            raise CannotChangeConstantError.told(f"Value cannot be changed for {bold(field.label or field.fieldname)}")


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
        raise UpdateAfterSubmitError.told(f"Not allowed to change {bold(field.label)} after submission: rows were added or removed", title="Cannot Update After Submit")
    old_rows = {row.name: row for row in before}
    for row in after:
        old = old_rows.get(row.name)
        for each in row.meta.value_fields:
            if old is None or (not each.allow_on_submit and cstr(old.get(each.fieldname)) != cstr(row.get(each.fieldname))):
                raise _changed_after_submit(each, old and old.get(each.fieldname), row.get(each.fieldname))


def _changed_after_submit(field: Field, before: Any, after: Any) -> UpdateAfterSubmitError:
    text = f"Not allowed to change {bold(field.label or field.fieldname)} after submission from {bold(cstr(before))} to {bold(cstr(after))}"
    error = UpdateAfterSubmitError.told(text, title="Cannot Update After Submit")
    assert isinstance(error, UpdateAfterSubmitError)
    return error
