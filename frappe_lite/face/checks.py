"""Checks of `frappe.utils` that raise when they are told to: addresses, URLs, phone numbers."""

from __future__ import annotations

from typing import Any

from .. import utils
from ..errors import InvalidEmailAddressError, InvalidPhoneNumberError, InvalidURLError
from ..utils import cstr


def validate_email_address(email_str: Any, throw: bool = False) -> str:
    """The address if it is one, else empty text, or with `throw` InvalidEmailAddressError."""
    valid = utils.validate_email_address(cstr(email_str).strip())
    if throw and not valid:
        raise InvalidEmailAddressError.told(f"{email_str} is not a valid Email Address")
    return valid


def validate_url(txt: Any, throw: bool = False, valid_schemes: Any = None) -> bool:
    """Whether text is an absolute URL; with `throw`, InvalidURLError if not."""
    schemes = [valid_schemes] if isinstance(valid_schemes, str) else valid_schemes
    valid = utils.validate_url(cstr(txt), *([schemes] if schemes else []))
    if throw and not valid:
        raise InvalidURLError.told(f"'{txt}' is not a valid URL")
    return valid


def validate_phone_number(phone_number: Any, throw: bool = False) -> bool:
    """Whether text could be dialled; with `throw`, InvalidPhoneNumberError if not."""
    valid = utils.validate_phone_number(cstr(phone_number))
    if throw and not valid:
        raise InvalidPhoneNumberError.told(f"{phone_number} is not a valid Phone Number")
    return valid
