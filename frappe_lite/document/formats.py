"""Checks the form of texts and numbers in a document: choices, addresses, bounds, lengths."""

from __future__ import annotations

import copy
import re

from ..doctype.field import Field
from ..doctype.fieldtypes import MAX_BIGINT
from ..doctype.meta import DocType
from ..errors import (
    CharacterLengthExceededError,
    InvalidEmailAddressError,
    InvalidPhoneNumberError,
    InvalidURLError,
    NonNegativeError,
    ValidationError,
)
from ..utils import (
    bold,
    cstr,
    flt,
    is_script,
    name_and_address,
    split_emails,
    strip_html,
    validate_email_address,
    validate_phone_number,
    validate_url,
)
from .base_document import BaseDocument


def check_choices(doc: BaseDocument) -> None:
    """Raises ValidationError for a value that is not among the field's options."""
    state = doc.__dict__
    for field in doc.meta.choice_fields:
        value = state.get(field.fieldname)
        if not value or value in field.choices:
            continue
        text = state[field.fieldname] = cstr(value).strip()
        if field.choices and text not in field.choices:
            prefix = f"Row #{doc.get('idx')}: " if doc.get("parentfield") else ""
            choices = '", "'.join(field.choices)
            raise ValidationError.told(
                f'{prefix}{field.label or field.fieldname} cannot be "{text}". It should be one of "{choices}"'
            )


_OWN_PAGE = re.compile(r"/(?!/)")
"""How the address of a page of the site's own begins."""


def check_forms(doc: BaseDocument) -> None:
    """Raises ValidationError for a malformed address, URL or phone number, and for a script where a file is
    expected."""
    for field in doc.meta.formatted_fields:
        value = doc.__dict__.get(field.fieldname)
        if not value:
            continue
        kind = field.fieldtype if field.fieldtype != "Data" else field.options
        if kind in ("Attach", "Attach Image") and is_script(cstr(value)):
            raise InvalidURLError.told(f"{field.label or field.fieldname} is the address of a file, never a script")
        if kind == "Email" and value not in ("Administrator", "Guest"):
            for address in split_emails(value):
                if not validate_email_address(name_and_address(address)[1]):
                    raise InvalidEmailAddressError.told(f"{address} is not a valid Email Address")
        elif kind == "URL" and not (_OWN_PAGE.match(cstr(value)) or validate_url(value)):
            raise ValidationError.told(f"'{bold(strip_html(value))}' is not a valid URL")
        elif kind == "Phone" and not validate_phone_number(value):
            raise InvalidPhoneNumberError.told(f"{strip_html(value)} is not a valid Phone Number")


def check_numbers(doc: BaseDocument) -> None:
    """Raises NonNegativeError for a negative number in a field that must not have one."""
    for field in doc.meta.non_negative_fields:
        if flt(doc.get(field.fieldname)) < 0:
            raise NonNegativeError.told(
                f"Value cannot be negative for {doc.doctype}: {bold(field.label or field.fieldname)}",
                title="Negative Value",
            )


def _longest_in_a_single(meta: DocType) -> list[tuple[Field, int]]:
    """A Single's values are text of any length, but its numbers are read back as numbers."""
    return [(field, MAX_BIGINT) for field, _ in meta.limited_fields if field.type.native is int]


def _was_longer(sent: dict[str, tuple[object, object]] | None, field: Field, longest: int) -> bool:
    """Whether a number was sent for a text that was too long before it got its shortest form, 1e15. Frappe: so it is
    measured."""
    value = sent.get(field.fieldname, (None, None))[0] if sent else None
    return isinstance(value, float) and field.type.native is str and len(str(value)) > longest


def check_lengths(doc: BaseDocument) -> None:
    """Raises CharacterLengthExceededError for a text that is longer than its field."""
    state, meta = doc.__dict__, doc.meta
    sent = state.get("_sent")
    for field, longest in _longest_in_a_single(meta) if meta.issingle else meta.limited_fields:
        value = state.get(field.fieldname)
        if (
            value is not None
            and (len(value) if value.__class__ is str else abs(value)) > longest
            or _was_longer(sent, field, longest)
        ):
            where = f"{doc.doctype}, Row {doc.get('idx')}" if doc.get("parentfield") else f"{doc.doctype} {doc.name}"
            text = (
                f"{where}: '{bold(field.label or field.fieldname)}' ({cstr(value)[:500]}) will get truncated, "
                f"as max characters allowed is {longest}"
            )
            raise CharacterLengthExceededError.told(text, title="Value too big")
    for field in meta.sized_fields:
        value = state.get(field.fieldname)
        if (
            value.__class__ is str
            and 4 * len(value) > field.type.bytes
            and (size := len(value.encode())) > field.type.bytes
        ):
            text = (
                f"{field.label or field.fieldname} has {size:,} bytes, and {field.fieldtype} has room for "
                f"{field.type.bytes:,}: make it a Long Text"
            )
            raise CharacterLengthExceededError.told(text, title="Value too big")


def texts_of(doc: BaseDocument) -> BaseDocument:
    """A copy with only the texts, whatever else is wrong with the document."""
    found = copy.copy(doc)
    for field in doc.meta.value_fields:
        value = doc.__dict__.get(field.fieldname)
        is_text = field.type.native is str and isinstance(value, str | int | float)
        found.__dict__[field.fieldname] = cstr(value) if is_text else None
    return found
