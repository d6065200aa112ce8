"""Errors are data: status and wire name on the class, messages on the instance."""

from __future__ import annotations

import inspect

import pytest

from frappe_lite import errors
from frappe_lite.face import exceptions

ALL = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.FrappeError)]


@pytest.mark.parametrize(
    "name, status",
    [
        ("FrappeError", 500),
        ("ValidationError", 417),
        ("MandatoryError", 417),
        ("LinkValidationError", 417),
        ("LinkExistsError", 417),
        ("TimestampMismatchError", 417),
        ("UniqueValidationError", 417),
        ("DataError", 417),
        ("BadRequestError", 400),
        ("CSRFTokenError", 400),
        ("InvalidAuthorizationToken", 400),
        ("AuthenticationError", 401),
        ("SessionExpired", 401),
        ("PermissionError", 403),
        ("DoesNotExistError", 404),
        ("PageDoesNotExistError", 404),
        ("MethodNotAllowedError", 405),
        ("NameError", 409),
        ("DuplicateEntryError", 409),
        ("RequestTimeoutError", 408),
        ("PayloadTooLargeError", 413),
        ("TooManyRequestsError", 429),
        ("RateLimitExceededError", 429),
        ("UnsupportedError", 501),
        ("DatabaseBusyError", 503),
        ("InReadOnlyMode", 503),
        ("StorageFullError", 507),
    ],
    ids=lambda value: str(value),
)
def test_status_belongs_to_the_class(name, status):
    assert getattr(errors, name).http_status == status


@pytest.mark.parametrize("error", ALL, ids=lambda each: each.__name__)
def test_every_error_has_an_error_status_and_says_what_it_means(error):
    assert (300 if error is errors.Redirect else 400) <= error.http_status < 600
    assert error.__doc__ and error.__doc__ is not errors.FrappeError.__doc__ or error is errors.FrappeError


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"http_status_code": 422}, 422, id="as app code says it"),
        pytest.param({"http_status": 423}, 423, id="as the package says it"),
        pytest.param({}, 417, id="of the class above"),
        pytest.param({"http_status_code": None}, 417, id="no number"),
    ],
)
def test_a_class_of_an_app_has_a_status_of_its_own(body, status):
    made = type("OwnError", (errors.ValidationError,), body)
    assert (made.http_status, made.http_status_code) == (status, status)


@pytest.mark.parametrize(
    "narrow, wide",
    [
        ("DuplicateEntryError", "NameError"),
        ("CancelledLinkError", "LinkValidationError"),
        ("LinkValidationError", "ValidationError"),
        ("DoesNotExistError", "ValidationError"),
        ("DocumentMethodNotFoundError", "DoesNotExistError"),
        ("SessionExpired", "AuthenticationError"),
        ("InvalidAuthorizationToken", "CSRFTokenError"),
        ("RateLimitExceededError", "TooManyRequestsError"),
    ],
    ids=lambda value: value,
)
def test_app_code_catches_a_narrow_error_by_its_wide_name(narrow, wide):
    assert issubclass(getattr(errors, narrow), getattr(errors, wide))


@pytest.mark.parametrize("wide", [errors.ValidationError, TypeError], ids=lambda each: each.__name__)
def test_a_mistyped_argument_is_a_validation_error_and_a_type_error(wide):
    assert issubclass(errors.FrappeTypeError, wide)


@pytest.mark.parametrize("error", ALL, ids=lambda each: each.__name__)
def test_app_code_finds_every_error_under_exceptions(error):
    assert getattr(exceptions, error.__name__) is error


# --- messages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, shown",
    [
        pytest.param({"text": "x"}, {"message": "x", "title": "Message"}, id="without a title it is Message"),
        pytest.param({"text": "x", "title": "Stop"}, {"message": "x", "title": "Stop"}, id="a title stays"),
        pytest.param(
            {"text": "x", "indicator": "green"},
            {"message": "x", "title": "Message", "indicator": "green"},
            id="an indicator is given out",
        ),
        pytest.param(
            {"text": "x", "alert": 1}, {"message": "x", "title": "Message", "alert": 1}, id="more keys are given out"
        ),
        pytest.param({"text": "x", "alert": None}, {"message": "x", "title": "Message"}, id="None is left out"),
    ],
)
def test_message_shape(arguments, shown):
    assert errors.message(**arguments) == shown


def test_a_told_error_shows_its_text_in_red():
    error = errors.LinkValidationError.told("Could not find Project: Nowhere")
    assert error.messages == (
        {"message": "Could not find Project: Nowhere", "title": "Message", "indicator": "red", "raise_exception": 1},
    )


def test_a_told_error_is_of_the_class_that_told_it():
    assert type(errors.PermissionError.told("no")) is errors.PermissionError


def test_a_bare_error_has_a_text_and_no_message():
    error = errors.ValidationError("plain validation")
    assert (str(error), error.messages) == ("plain validation", ())


def test_one_error_s_messages_are_not_another_s():
    errors.ValidationError.told("first")
    assert errors.ValidationError("second").messages == ()


def test_a_told_error_carries_its_brief():
    assert errors.PermissionError.told("long", brief="No permission for Task").brief == "No permission for Task"


def test_a_busy_database_says_when_to_come_again():
    assert dict(errors.DatabaseBusyError.headers)["Retry-After"] == "1"


@pytest.mark.parametrize(
    "error, text",
    [
        pytest.param(
            errors.ValidationError("x"), "frappe.exceptions.ValidationError: x", id="ours carry Frappe's module"
        ),
        pytest.param(
            errors.DoesNotExistError(), "frappe.exceptions.DoesNotExistError", id="without text there is no colon"
        ),
        pytest.param(KeyError("nope"), "KeyError: 'nope'", id="others go by their name"),
        pytest.param(ZeroDivisionError(), "ZeroDivisionError", id="others without text"),
    ],
)
def test_exception_text_ends_as_a_trace_does(error, text):
    assert errors.exception_text(error) == text
