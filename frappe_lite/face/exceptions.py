"""`frappe.exceptions`: every error under Frappe's name, the few that only app code raises among them."""

from __future__ import annotations

from ..errors import *  # noqa: F403 - Frappe's module of all errors
from ..errors import DoesNotExistError, FrappeError, ValidationError


class SecurityException(ValidationError):
    """Somebody tries too often, or what nobody may."""


STATUSES = {"OutgoingEmailError": 501, "QueueOverloaded": 503, "InvalidAuthorizationPrefix": 400}
"""Those that are answered by another status than their kind."""


def _kinds_of(base: type[FrappeError], names: str) -> dict[str, type[FrappeError]]:
    return {name: _kind_of(base, name, STATUSES.get(name, base.http_status)) for name in names.split()}


def _kind_of(base: type[FrappeError], name: str, status: int) -> type[FrappeError]:
    text = f"Raised by app code as in Frappe: answered as {status}."
    return type(name, (base,), {"__doc__": text, "http_status": status})


globals().update(
    _kinds_of(
        ValidationError,
        "InvalidStatusError MappingMismatchError UnknownDomainError EmptyTableError InvalidDates "
        "DataTooLongException CircularLinkingError "
        "DocumentLockedError FileAlreadyAttachedException "
        "IncompatibleApp "
        "TemplateNotFoundError InvalidSignatureError DocumentAlreadyExists ImplicitCommitError "
        "RetryBackgroundJobError QueueOverloaded "
        "QueryDeadlockError TooManyWritesError CSVDumpError InvalidAuthorizationPrefix UnknownError DoesNotExist "
        "SiteNotSpecifiedError "
        "WorkflowTransitionError WorkflowStateError WorkflowPermissionError OutgoingEmailError SpamError "
        "ExpiredLoginException ImproperDBConfigurationError MaxFileSizeReachedError FolderNotEmpty SessionBootFailed",
    )
)
globals().update(_kinds_of(DoesNotExistError, "NotFound"))
