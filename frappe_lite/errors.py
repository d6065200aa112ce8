"""Every error the server answers with, as data.

A subclass carries its HTTP status as a class attribute; its name is Frappe's `exc_type` on the wire.
An instance may carry `messages`: what a person should read. `frappe.throw` and `.told()` set one;
a bare `raise ValidationError("x")` has none, as in Frappe. Only `wsgi.App` turns errors into bytes.

    raise LinkValidationError.told("Could not find Project: Nowhere")   ->  417, exc_type LinkValidationError
"""

from __future__ import annotations

Message = dict[str, object]
"""What `_server_messages` holds: {message, title, indicator?, alert?, raise_exception?}."""


def message(text: str, title: str | None = None, indicator: str | None = None, **more: object) -> Message:
    """A message in the shape that clients read; `None` values are left out."""
    shown = {"message": text, "title": title or "Message", "indicator": indicator, **more}
    return {key: value for key, value in shown.items() if value is not None}


class FrappeError(Exception):
    """Root of all errors. `http_status` is the answer's status, the class name its `exc_type`."""

    http_status = 500
    http_status_code = 500  # what app code calls it; either may be said by a class of an app
    messages: tuple[Message, ...] = ()  # what a person should read
    is_page = False  # Frappe: some refusals are werkzeug's own, and so a page, not JSON
    brief: str | None = None  # `_error_message` of v1: one sentence beside the messages
    headers: tuple[tuple[str, str], ...] = ()

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if isinstance(cls.__dict__.get("http_status_code"), int):
            cls.http_status = cls.http_status_code
        cls.http_status_code = cls.http_status

    @classmethod
    def told(
        cls, text: str, title: str | None = None, indicator: str | None = "red", brief: str | None = None
    ) -> FrappeError:
        """An error whose text is shown to the caller as a message too."""
        error = cls(text)
        error.messages = (message(text, title, indicator, raise_exception=1),)
        error.brief = brief
        return error


class ValidationError(FrappeError):
    """The document or the value breaks a rule."""

    http_status = 417  # Frappe: 417 "Expectation Failed", not 422; clients test for it


class BadRequestError(ValidationError):
    """The request cannot be understood: broken JSON, a body that is no object."""

    http_status = 400


class AuthenticationError(FrappeError):
    """Wrong or expired credentials. `args[0]` becomes the body's `message`."""

    http_status = 401
    headers = (("WWW-Authenticate", "Bearer"),)


class SessionExpired(AuthenticationError):
    """The session ended."""


class PermissionError(FrappeError):  # noqa: A001 - Frappe's name
    """The caller may not do this."""

    http_status = 403


class DoesNotExistError(ValidationError):
    """No such document, DocType or route. Of a document, `doctype` and `name` say which."""

    http_status = 404
    doctype = ""
    name: object = None

    @classmethod
    def of(cls, doctype: str, name: object) -> DoesNotExistError:
        """The error for a document that is not there."""
        error = cls.told(f"{doctype} {name} not found")
        assert isinstance(error, cls)
        error.doctype, error.name = doctype, name
        return error

    @classmethod
    def unnamed(cls, doctype: str, name: object) -> DoesNotExistError:
        """The same, without a word to the caller. Frappe: so does deleting."""
        error = cls()
        error.doctype, error.name = doctype, name
        return error


class PageDoesNotExistError(ValidationError):
    """No such page."""

    http_status = 404


class Redirect(FrappeError):
    """Raised to send the browser elsewhere: to `frappe.flags.redirect_location`."""

    http_status = 301

    def __init__(self, http_status_code: int = 301):
        super().__init__("Redirect")
        self.http_status = self.http_status_code = http_status_code


class DocumentMethodNotFoundError(DoesNotExistError):
    """The document has no method of that name."""

    is_page = True


class MethodNotAllowedError(FrappeError):
    """The route exists, but not for this verb. `headers` carries Allow."""

    http_status = 405
    is_page = True


class NameError(FrappeError):  # noqa: A001 - Frappe's name
    """The name cannot be used."""

    http_status = 409


class DuplicateEntryError(NameError):
    """A document with this name exists already."""


class PreconditionFailedError(FrappeError):
    """The document is no longer in the state that `If-Match` names."""

    http_status = 412


class IdempotencyKeyReusedError(ValidationError):
    """The `Idempotency-Key` came with another request before."""

    http_status = 422


class IdempotencyKeyInUseError(FrappeError):
    """Another request with this `Idempotency-Key` is still running or was interrupted: its outcome is unknown."""

    http_status = 409


class CursorTooOldError(FrappeError):
    """The changes after this cursor are no longer kept: read the lists again."""

    http_status = 410


class RequestTimeoutError(FrappeError):
    """The body arrived too slowly, and the server stopped waiting for it."""

    http_status = 408


class PayloadTooLargeError(FrappeError):
    """The body is larger than the site takes."""

    http_status = 413


class TooManyRequestsError(FrappeError):
    """Too many attempts; `Retry-After` says how long to wait."""

    http_status = 429


class RateLimitExceededError(TooManyRequestsError, ValidationError):
    """A limit set by the site was passed."""


class InReadOnlyMode(ValidationError):
    """The database cannot be written to."""

    http_status = 503


class DatabaseBusyError(FrappeError):
    """Another writer held the lock for too long; nothing was written."""

    http_status = 503
    headers = (("Retry-After", "1"),)


class ConflictError(DatabaseBusyError):
    """Another writer changed the same rows first, and nothing was written. Running the request again may succeed."""


class OutcomeUnknownError(FrappeError):
    """The connection to the database broke during a commit: the change may or may not be stored."""

    http_status = 504


class QueryTimeoutError(FrappeError):
    """The query ran longer than the site allows."""

    http_status = 503


class StorageFullError(FrappeError):
    """The disk or the database is full; nothing was written."""

    http_status = 507


class UnsupportedError(FrappeError):
    """Frappe has this; frappe_lite does not, and says so."""

    http_status = 501


class ResetLinkError(FrappeError):
    """A password reset link that is unknown, used or too old."""

    http_status = 410


class CSRFTokenError(FrappeError):
    """A cookie session wrote without its CSRF token."""

    http_status = 400


class InvalidAuthorizationHeader(CSRFTokenError):
    """The Authorization header is malformed."""


class InvalidAuthorizationToken(CSRFTokenError):
    """The Authorization header's token cannot be decoded."""


class DataError(ValidationError):
    """A field that may not be queried was named."""


class FrappeTypeError(ValidationError, TypeError):
    """An argument of the wrong type."""


class MandatoryError(ValidationError):
    """A mandatory field is empty."""


class NonNegativeError(ValidationError):
    """A field that must not be negative is."""


class CannotChangeConstantError(ValidationError):
    """A field that is set only once was changed."""


class CharacterLengthExceededError(ValidationError):
    """The text is longer than its field."""


class UpdateAfterSubmitError(ValidationError):
    """A submitted document's field was changed."""


class LinkValidationError(ValidationError):
    """A link points to a document that does not exist."""


class CancelledLinkError(LinkValidationError):
    """A link points to a cancelled document."""


class DocstatusTransitionError(ValidationError):
    """A document goes from draft to submitted to cancelled, and no other way."""


class TimestampMismatchError(ValidationError):
    """The document changed since the caller read it."""


class LinkExistsError(ValidationError):
    """Other documents link to this one."""


class InvalidEmailAddressError(ValidationError):
    """Not an email address."""


class AttachmentLimitReached(ValidationError):
    """The document already has as many files as its DocType allows."""


class FileTypeNotAllowed(ValidationError):
    """The site does not take files with this ending."""


class InvalidURLError(ValidationError):
    """Not a URL."""


class InvalidPhoneNumberError(ValidationError):
    """Not a phone number."""


class InvalidNameError(ValidationError):
    """Not a person's name."""


class UniqueValidationError(ValidationError):
    """A unique value exists already."""


class AppNotInstalledError(ValidationError):
    """No such app on this site."""


class InvalidFieldNameError(ValidationError):
    """A name that no field may have, or that no field has."""


class InvalidColumnName(ValidationError):
    """A field name contains a character that no column may have."""


class UniqueFieldnameError(ValidationError):
    """Two fields have the same name."""


class DoctypeLinkError(ValidationError):
    """A Link or Table field does not name its DocType."""


class WrongOptionsDoctypeLinkError(DoctypeLinkError):
    """A Link or Table field names a DocType that does not exist."""


class HiddenAndMandatoryWithoutDefaultError(ValidationError):
    """A hidden field is mandatory and has no default, so nobody could fill it in."""


class NonUniqueError(ValidationError):
    """A field that cannot be unique."""


class CannotIndexedError(ValidationError):
    """A field that cannot be indexed."""


class IllegalMandatoryError(ValidationError):
    """A field that holds no value is marked as mandatory."""


class CannotCreateStandardDoctypeError(ValidationError):
    """Only an app can bring a standard DocType."""


class DocumentAlreadyRestored(ValidationError):
    """The deleted document has been restored already."""


def exception_text(error: BaseException) -> str:
    """`frappe.exceptions.X: text` for ours, `X: text` for others, as Frappe's traces end."""
    prefix = "frappe.exceptions." if isinstance(error, FrappeError) else ""
    text = str(error)
    return f"{prefix}{type(error).__name__}: {text}" if text else prefix + type(error).__name__
