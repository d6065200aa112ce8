"""Checks of `frappe.utils` that raise when they are told to: addresses, URLs, phone numbers, names, JSON,
expressions."""

from __future__ import annotations

import ast
import datetime
import functools
import importlib
import inspect
import json
import re
import types
import typing
from collections.abc import Callable
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import urlparse

from ... import utils
from ...errors import (
    FrappeTypeError,
    InvalidEmailAddressError,
    InvalidNameError,
    InvalidPhoneNumberError,
    InvalidURLError,
    ValidationError,
)
from ...utils import bold, cstr, escape_html, split_emails
from ...values import Function
from ...whitelist import _fits, _typed

_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?",
    re.IGNORECASE,
)


def validate_email_address(email_str: object, throw: bool = False) -> str:
    """The addresses in text that are some, each without its name; with `throw`, InvalidEmailAddressError for one that
    is none."""
    found = []
    for part in filter(None, map(str.strip, cstr(email_str).split(","))):
        address = _address(part)
        if address:
            found.append(address)
        elif throw:
            raise InvalidEmailAddressError.told(f"{escape_html(part)} is not a valid Email Address")
    return ", ".join(found)


def _address(text: str) -> str:
    if "undisclosed-recipient" in text or (" " in text and "<" not in text):
        return ""
    address = extract_email_id(text)
    return address if _ADDRESS.match(address) else ""


def extract_email_id(email: object) -> str:
    """`Ann <ann@example.com>` without the name."""
    return cstr(parse_addr(cstr(email))[1])


def parse_addr(email_string: str) -> tuple[str | None, str]:
    """Name and address of `Ann <ann@example.com>`; None for the name of what is no address."""
    name, address = parseaddr(email_string)
    if not check_format(address):
        others = re.findall(r"[\w.+-]+@[\w-]+\.[\w.-]+", email_string)
        if not others or not check_format(others[0]):
            return None, address
        address = others[0]
    return get_name_from_email_string(email_string, address, name), address


def check_format(email_id: object) -> bool:
    """Whether text has an @ with something before it, and a dot behind."""
    text = cstr(email_id)
    place = text.rfind("@")
    return place > 0 and text.rfind(".") > place and len(text) - place > 4


def get_name_from_email_string(email_string: str, email_id: str, name: object) -> str:
    """The name that stands beside an address; the address where none does."""
    rest = re.sub(r"[^\w\s'/]+", " ", email_string.replace(email_id, "")).strip()
    return cstr(name or rest or email_id)


def sanitize_email(emails: object) -> str:
    """Those of the addresses in text that are some."""
    return ", ".join(
        formataddr((name or "", address))
        for name, address in map(parse_addr, filter(validate_email_address, split_emails(cstr(emails))))
    )


def validate_url(txt: object, throw: bool = False, valid_schemes: Any = None) -> bool:
    """Whether text is an absolute URL, with one of the schemes; with `throw`, InvalidURLError if not."""
    url = urlparse(cstr(txt))
    valid = bool(url.scheme and (url.netloc or url.path)) or cstr(txt).startswith("/")
    if valid_schemes is not None:
        valid = valid and url.scheme in ([valid_schemes] if isinstance(valid_schemes, str) else valid_schemes)
    if throw and not valid:
        raise InvalidURLError.told(f"'{bold(txt)}' is not a valid URL")
    return valid


def validate_phone_number(phone_number: object, throw: bool = False) -> bool:
    """Whether text could be dialled; with `throw`, InvalidPhoneNumberError if not."""
    valid = utils.validate_phone_number(cstr(phone_number))
    if throw and phone_number and not valid:
        raise InvalidPhoneNumberError.told(f"{phone_number} is not a valid Phone Number")
    return valid


def validate_phone_number_with_country_code(phone_number: object, fieldname: str) -> bool | None:
    """True for a number that can be dialled from abroad, None for none. Raises InvalidPhoneNumberError.

    The numbers of each country are known to the package phonenumbers; without it the form alone is looked at.
    """
    if not phone_number:
        return None
    text = cstr(phone_number).strip()
    if not text.startswith("+"):
        raise InvalidPhoneNumberError.told(
            f"Please select a country code for field {bold(fieldname)}.", title="Country Code Required"
        )
    try:
        package: Any = importlib.import_module("phonenumbers")
    except ImportError:
        valid = bool(re.fullmatch(r"\+\d{1,3}[\s-]?\d[\d\s-]{3,14}", text))
    else:
        try:
            valid = package.is_valid_number(package.parse(text))
        except package.NumberParseException:
            valid = False
    if not valid:
        raise InvalidPhoneNumberError.told(
            f"Phone Number {bold(phone_number)} set in field {bold(fieldname)} is not valid.",
            title="Invalid Phone Number",
        )
    return True


def validate_name(name: object, throw: bool = False) -> bool:
    """Whether text is a person's name: letters of any language, dashes, apostrophes; with `throw`, InvalidNameError if
    not."""
    text = cstr(name).strip()
    valid = bool(re.fullmatch(r"\w[\w'-]*( \w[\w'-]*)*", text))
    if throw and text and not valid:
        raise InvalidNameError.told(f"{text} is not a valid Name")
    return valid


def validate_json_string(string: Any) -> None:
    """Raises ValidationError for text that is no JSON."""
    try:
        json.loads(string)
    except (TypeError, ValueError) as error:
        raise ValidationError.told(f"This is no JSON: {error}") from None


def validate_python_code(string: object, fieldname: str | None = None, is_expression: bool = True) -> None:
    """Raises ValidationError for text that is no Python expression, or no Python program. Nothing is run."""
    if not string:
        return
    try:
        ast.parse(cstr(string), mode="eval" if is_expression else "exec")
    except (SyntaxError, ValueError) as error:
        place, line = (getattr(error, "lineno", None) or 1), cstr(string).split("\n")
        shown = f"<br><pre>{escape_html(line[min(place, len(line)) - 1])}</pre>"
        raise ValidationError.told(
            f"{f'{fieldname}: ' if fieldname else ''}Invalid python code on line {place}{shown}", title="Syntax Error"
        ) from None


# --- arguments ---


def validate_argument_types(
    func: Callable[..., object], apply_condition: Callable[[], bool] = lambda: True
) -> Function:
    """A decorator: arguments are brought into the types that the signature names. Raises FrappeTypeError for one that
    cannot be."""
    try:
        hints = typing.get_type_hints(func)
    except (NameError, TypeError, AttributeError):
        hints = {}
    signature = inspect.signature(func)
    code = getattr(func, "__code__", None)
    by_place = code.co_argcount if code else 0  # Frappe: another decorator's `*args` have no names, so no types

    @functools.wraps(func)
    def checked(*args: object, **kwargs: object) -> object:
        if not apply_condition():
            return func(*args, **kwargs)
        parameters, named = signature.parameters, signature.bind(*args, **kwargs).arguments
        places = {name: place for place, name in enumerate(tuple(parameters)[: len(args)])}
        by_position = list(args)  # keywords stay keywords: a decorator may have left the function no others
        for name, value in named.items():
            parameter = parameters[name]
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or name not in hints:
                continue
            place = places.get(name)
            if place is None:
                kwargs[name] = _cast(func, parameter, value, hints[name])
            elif place < by_place:
                by_position[place] = _cast(func, parameter, value, hints[name])
        return func(*by_position, **kwargs)

    return checked


def _cast(func: Callable[..., object], parameter: inspect.Parameter, value: object, hint: object) -> object:
    if parameter.default is not parameter.empty and value == parameter.default:
        return value
    try:
        return _element(parameter, value, hint)
    except FrappeTypeError:
        place = f"{func.__module__}.{func.__qualname__}"
        wanted = getattr(hint, "__name__", str(hint))
        raise FrappeTypeError(
            f"Argument '{parameter.name}' in '{place}' should be of type '{wanted}' but got '{type(value).__name__}' "
            "instead."
        ) from None


_FROM_TEXT = {bool, int, float, datetime.date, datetime.datetime, Any}
"""Types that text is brought into."""


def _brought(parameter: inspect.Parameter, value: object, hint: object, kinds: set[object]) -> object:
    """A value of none of the types, in one of them. Frappe: JSON text and numbers for texts are for what comes over
    HTTP."""
    if type(value).__module__ == "unittest.mock":
        return value  # stands for anything
    if isinstance(value, list | tuple | set | frozenset):
        for kind in (list, tuple, set):
            if kind in kinds:
                return _element(parameter, kind(value), hint)
    wanted = kinds & _FROM_TEXT if isinstance(value, str) else kinds - {str}
    if not wanted:
        raise FrappeTypeError(parameter.name)
    return _typed(parameter, value, hint)


def _element(parameter: inspect.Parameter, value: object, hint: object) -> object:
    """A value in its type, and what stands in a list or dict in those that are said of it."""
    options = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    option = next((each for each in options if _fits(value, each)), None)
    if option is None:
        return _brought(parameter, value, hint, {typing.get_origin(each) or each for each in options})
    kinds = typing.get_args(option)
    if isinstance(value, list) and typing.get_origin(option) is list:
        return [_element(parameter, each, kinds[0]) for each in value]
    if isinstance(value, dict) and typing.get_origin(option) is dict:
        pairs = value.items()
        return {_element(parameter, key, kinds[0]): _element(parameter, each, kinds[1]) for key, each in pairs}
    return value


__all__ = [
    "check_format", "extract_email_id", "get_name_from_email_string", "parse_addr", "sanitize_email", "split_emails",
    "validate_argument_types",
    "validate_email_address", "validate_json_string", "validate_name", "validate_phone_number",
    "validate_phone_number_with_country_code",
    "validate_python_code", "validate_url",
]  # fmt: skip
