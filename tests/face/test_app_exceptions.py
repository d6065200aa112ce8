"""`frappe.exceptions`: the names of Frappe 16's module, with their statuses and what they are kinds of."""

from __future__ import annotations

import builtins
from typing import Any

import pytest
from app_folder import Write

import frappe_lite
from conftest import ApiClient
from frappe_lite.errors import FrappeError
from frappe_lite.site import Site

KINDS: dict[tuple[str, int], str] = {
    ("Exception", 200): "RequestToken",
    ("Exception", 301): "Redirect",
    ("Exception", 400): "CSRFTokenError",
    ("Exception", 401): "AuthenticationError SessionExpired",
    ("Exception", 403): "PermissionError",
    ("Exception", 409): "NameError",
    ("Exception", 415): "UnsupportedMediaType",
    ("Exception", 417): "ValidationError",
    ("Exception", 429): "TooManyRequestsError",
    ("Exception", 500): "CommandFailedError DatabaseModificationError FileAlreadyAttachedException "
    "ImproperDBConfigurationError InvalidRemoteException QueryDeadlockError RetryBackgroundJobError "
    "SiteNotSpecifiedError TooManyWritesError UnknownDomainError UrlSchemeNotSupported",
    ("Exception", 501): "OutgoingEmailError",
    ("Exception", 503): "SessionStopped",
    ("TypeError", 417): "FrappeTypeError",
    ("FileNotFoundError", 500): "ExecutableNotFound InvalidRoundingMethod",
    ("NameError", 409): "DuplicateEntryError",
    ("CSRFTokenError", 400): "InvalidAuthorizationHeader InvalidAuthorizationPrefix InvalidAuthorizationToken",
    ("LinkValidationError", 417): "CancelledLinkError",
    ("ValidationError", 404): "DoesNotExistError PageDoesNotExistError",
    ("ValidationError", 410): "LinkExpired",
    ("ValidationError", 429): "RateLimitExceededError",
    ("ValidationError", 500): "SessionBootFailed",
    ("ValidationError", 503): "InReadOnlyMode QueueOverloaded",
    ("ValidationError", 417): "AppNotInstalledError AttachmentLimitReached CannotChangeConstantError "
    "CharacterLengthExceededError CircularLinkingError DataError DataTooLongException DocstatusTransitionError "
    "DocumentAlreadyRestored DocumentLockedError EmptyTableError ImplicitCommitError IncompatibleApp "
    "InvalidColumnName InvalidDatabaseFile InvalidDates InvalidEmailAddressError InvalidNameError "
    "InvalidPhoneNumberError InvalidSignatureError InvalidStatusError LinkExistsError LinkValidationError "
    "MandatoryError MappingMismatchError NonNegativeError PrintFormatError TemplateNotFoundError "
    "TimestampMismatchError UniqueValidationError UpdateAfterSubmitError",
}
"""Facts of frappe/exceptions.py at ca6c57f, a development version of Frappe 16; `InvalidKeyError` is of Frappe 13."""

OTHERS = {"QueryTimeoutError": 503, "SecurityException": 417, "IncorrectSitePath": 404, "InvalidKeyError": 417}
"""Where ours differ: what a client asks for is no fault of the server; see docs/errors.md."""

CASES = [pytest.param(name, base, status, id=name) for (base, status), names in KINDS.items() for name in names.split()]


@pytest.mark.parametrize(("error", "base", "status"), CASES)
def test_an_error_is_of_frappes_kind(error: str, base: str, status: int) -> None:
    kind = getattr(frappe_lite.exceptions, error)
    meant = getattr(frappe_lite.exceptions, base, None) or getattr(builtins, base)
    assert issubclass(kind, meant)
    assert issubclass(kind, FrappeError)
    assert (kind.http_status_code, getattr(frappe_lite, error)) == (status, kind)


PLAIN = [case.values[0] for case in CASES if case.values[1] == "Exception" and case.values[0] != "ValidationError"]


@pytest.mark.parametrize("error", PLAIN)
def test_who_expects_a_broken_rule_catches_no_other_fault(error: Any) -> None:
    """`except frappe.ValidationError` of an app would hide that a job is to be tried again."""
    assert not issubclass(getattr(frappe_lite.exceptions, error), frappe_lite.exceptions.ValidationError)


@pytest.mark.parametrize(("error", "status"), OTHERS.items())
def test_what_differs_is_told_apart(error: str, status: int) -> None:
    assert getattr(frappe_lite.exceptions, error).http_status_code == status


MADE = [
    pytest.param("SiteNotSpecifiedError", (), "Please specify --site sitename", {}, id="no site"),
    pytest.param("ImproperDBConfigurationError", ("charset",), "The database is not properly configured",
                 {"reason": "charset"}, id="a database"),
    pytest.param("ImproperDBConfigurationError", ("charset", "latin1"), "latin1", {"reason": "charset"}, id="its text"),
    pytest.param("CommandFailedError", ("no", "a", "b"), "no", {"out": "a", "err": "b"}, id="a command"),
    pytest.param("LinkExpired", ("x",), "x", {"title": "Link Expired", "message": "The link has expired"}, id="a link"),
    pytest.param("ExecutableNotFound", ("git",), "git", {}, id="a program"),
    pytest.param("InvalidRoundingMethod", ("up",), "up", {}, id="a rounding"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "given", "text", "attributes"), MADE)
def test_errors_are_made_as_in_frappe(error: str, given: Any, text: str, attributes: dict[str, Any]) -> None:
    made = getattr(frappe_lite.exceptions, error)(*given)
    assert (str(made), {key: getattr(made, key) for key in attributes}) == (text, attributes)


API = """
import frappe

@frappe.whitelist(allow_guest=True)
def throw(name):
    frappe.throw("so it is", getattr(frappe, name))

@frappe.whitelist(allow_guest=True)
def caught():
    try:
        raise frappe.RetryBackgroundJobError("later")
    except frappe.ValidationError:
        return "hidden"
    except Exception as error:
        return type(error).__name__
"""


@pytest.mark.parametrize(
    ("error", "status"),
    [("UnsupportedMediaType", 415), ("LinkExpired", 410), ("SessionStopped", 503), ("PrintFormatError", 417),
     ("ExecutableNotFound", 500), ("RateLimitExceededError", 429)],
)  # fmt: skip
def test_an_error_is_answered_by_its_status(site: Site, write: Write, error: str, status: int) -> None:
    app = write({"hooks.py": "", "api.py": API})
    site.load(app)
    answer = ApiClient(site)(f"GET /api/method/{app.name}.api.throw?name={error}")
    assert (answer.status_code, answer.json["exc_type"]) == (status, error)
    assert "so it is" in answer.json["_server_messages"]
    assert ApiClient(site)(f"GET /api/method/{app.name}.api.caught").json["message"] == "RetryBackgroundJobError"
