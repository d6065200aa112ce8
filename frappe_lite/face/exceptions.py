"""`frappe.exceptions`: every error under Frappe's name, those that only app code raises among them.

Names, kinds and statuses are facts of Frappe's own module; where the server's own errors differ, `errors.py` says why.
"""

from __future__ import annotations

from ..errors import *  # noqa: F403 - Frappe's module of all errors
from ..errors import CSRFTokenError, DoesNotExistError, FrappeError, ValidationError


class SecurityException(ValidationError):
    """Somebody tries too often, or what nobody may. Frappe: a fault, 500; here who asked is told, 417."""


class SiteNotSpecifiedError(FrappeError):
    """A command without a site."""

    def __init__(self, *_args: object, **_kwargs: object):
        self.message = "Please specify --site sitename"
        super().__init__(self.message)


class ImproperDBConfigurationError(FrappeError):
    """The database is not set up as it must be; `reason` says what of it."""

    def __init__(self, reason: object, msg: str | None = None):
        super().__init__(msg or "The database is not properly configured")
        self.reason = reason


class CommandFailedError(FrappeError):
    """A command of the system failed; `out` and `err` are what it said."""

    def __init__(self, message: str, out: str, err: str):
        super().__init__(message)
        self.out, self.err = out, err


class LinkExpired(ValidationError):
    """A link that was good for a time."""

    http_status = 410
    title = "Link Expired"
    message = "The link has expired"


class ExecutableNotFound(FrappeError, FileNotFoundError):
    """A program that is not installed."""


class InvalidRoundingMethod(FrappeError, FileNotFoundError):
    """A way of rounding that there is not."""


KINDS: tuple[tuple[type[FrappeError], int, str], ...] = (
    (FrappeError, 200, "RequestToken"),
    (FrappeError, 415, "UnsupportedMediaType"),
    (FrappeError, 500, "DatabaseModificationError FileAlreadyAttachedException InvalidRemoteException "
        "QueryDeadlockError RetryBackgroundJobError TooManyWritesError UnknownDomainError UrlSchemeNotSupported"),
    (FrappeError, 501, "OutgoingEmailError"),
    (FrappeError, 503, "SessionStopped"),
    (CSRFTokenError, 400, "InvalidAuthorizationPrefix"),
    (ValidationError, 417, "CSVDumpError CircularLinkingError DataTooLongException DocumentAlreadyExists "
        "DocumentLockedError DoesNotExist EmptyTableError ExpiredLoginException FolderNotEmpty ImplicitCommitError "
        "IncompatibleApp InvalidDatabaseFile InvalidDates InvalidKeyError InvalidSignatureError InvalidStatusError "
        "MappingMismatchError MaxFileSizeReachedError PrintFormatError SpamError TemplateNotFoundError UnknownError "
        "WorkflowPermissionError WorkflowStateError WorkflowTransitionError"),
    (ValidationError, 500, "SessionBootFailed"),
    (ValidationError, 503, "QueueOverloaded"),
    (DoesNotExistError, 404, "IncorrectSitePath NotFound"),  # Frappe: kinds of werkzeug's NotFound
)  # fmt: skip
"""What is nothing but a name: its kind, its status."""


def _kind_of(base: type[FrappeError], name: str, status: int) -> type[FrappeError]:
    text = f"Raised by app code as in Frappe: answered as {status}."
    return type(name, (base,), {"__doc__": text, "http_status": status})


globals().update({name: _kind_of(base, name, status) for base, status, names in KINDS for name in names.split()})
