"""Webhook: what is told to whom when a document changes. Its conditions and texts are people's, and see values only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from urllib.parse import urlencode, urlsplit

from ... import document
from ...document import Document
from ...document.base_document import BaseDocument
from ...errors import ConflictError, DatabaseBusyError, ValidationError
from ...face.jobs.enqueueing import validate_queue
from ...face.people.passwords import get_decrypted_password
from ...face.templates.rendering import render_template, validate_template
from ...protocol import dump_json
from ...utils import cint, cstr
from ...whitelist import whitelist
from ..notifications.trying import FAULTS, holds, known_of, met, tried

SIGNATURE = "X-Frappe-Webhook-Signature"
DELIVERY = "Webhook-Id"
OWN = ("content-length", "transfer-encoding", DELIVERY.lower())
"""Headers that the delivery itself says, as in Frappe; another length would leave the receiver waiting."""

SUBMITTABLE = ("on_submit", "on_cancel", "on_update_after_submit")
FORM = "application/x-www-form-urlencoded"
LOG = "Webhook Request Log"
MAX_TIMEOUT = 60


class Webhook(Document):
    """A webhook."""

    def validate(self) -> None:
        """Raises ValidationError for what could never be sent."""
        meta = self.ctx.meta(cstr(self.webhook_doctype))
        if not meta.is_submittable and self.webhook_docevent in SUBMITTABLE:
            raise ValidationError.told("DocType must be Submittable for the selected Doc Event")
        if meta.name == LOG:
            raise ValidationError.told(f"{LOG} is written by each delivery, which would be told, and so on")
        self._check_request()
        names = [row.fieldname for row in self.get("webhook_data")]
        if len(names) != len(set(names)):
            raise ValidationError.told("Same Field is entered more than once")
        if self.enable_security and not (self.webhook_secret or self.secret()):
            raise ValidationError.told("Invalid Webhook Secret: a webhook with security needs one")
        if self.condition:
            try:
                self.meets_condition(document.new(self.ctx, {"doctype": meta.name}))
            except (ConflictError, DatabaseBusyError):
                raise  # no fault of the condition
            except FAULTS as error:
                raise ValidationError.told(f"Invalid Condition: {error}") from None

    def _check_request(self) -> None:
        if not self.is_dynamic_url and not _is_address(cstr(self.request_url)):
            raise ValidationError.told("Check Request URL: it begins with http:// or https://, and names a host")
        for row in self.webhook_headers:
            is_name = re.fullmatch(r"[\w!#$%&'*+.^`|~-]*", cstr(row.key), re.ASCII)
            if not is_name or re.search(r"[^\x20-\x7e\x80-\xff]", cstr(row.value)):  # what RFC 9110 has for a value
                raise ValidationError.told(f"{cstr(row.key)[:60]!r} is no name, or has no value, of a header")
        if self.request_structure == "Form URL-Encoded":
            self.webhook_json = None
        elif self.request_structure == "JSON":
            validate_template(cstr(self.webhook_json))
            self.set("webhook_data", [])
        if self.background_jobs_queue:
            validate_queue(self.background_jobs_queue)
        if not 0 <= cint(self.timeout) <= MAX_TIMEOUT:
            raise ValidationError.told(f"Request Timeout is up to {MAX_TIMEOUT} seconds")

    def meets_condition(self, doc: BaseDocument) -> bool:
        """Whether it is to be told of a document. Raises what the condition does."""
        return holds(self.condition, doc)

    def secret(self) -> str:
        """What signs its requests, or nothing."""
        return cstr(get_decrypted_password("Webhook", self.name, "webhook_secret", False)) if not self.is_new() else ""

    # --- a request ---

    def url_for(self, doc: object) -> str:
        """Where it is told."""
        url = cstr(self.request_url).strip()
        return render_template(url, known_of(doc), is_path=False).strip() if self.is_dynamic_url else url

    def data_for(self, doc: BaseDocument) -> object:
        """What it is told: the fields that it names, or its own JSON."""
        values = json.loads(dump_json(doc.as_dict()))
        if self.webhook_data:
            return {row.key: values.get(row.fieldname) for row in self.webhook_data}
        return json.loads(render_template(self.webhook_json, known_of(doc), is_path=False)) if self.webhook_json else {}

    def request_for(self, data: object, delivery: str) -> tuple[dict[str, str], bytes]:
        """Headers and body. The signature is of the body as it is sent."""
        own = (*OWN, SIGNATURE.lower()) if self.enable_security else OWN
        given = {row.key: cstr(row.value) for row in self.webhook_headers if row.key and row.value}
        headers = {key: value for key, value in given.items() if key.lower() not in own}
        kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
        if kind.startswith(FORM) and isinstance(data, dict):
            body = urlencode({key: cstr(value) for key, value in data.items()}).encode()
        else:  # Frappe: JSON whatever the structure is called; receivers read that
            body = json.dumps(data).encode()
            headers = headers if kind else {"Content-Type": "application/json", **headers}
        if self.enable_security:
            digest = hmac.new(self.secret().encode(), body, hashlib.sha256).digest()
            headers[SIGNATURE] = base64.b64encode(digest).decode()
        return {**headers, DELIVERY: delivery}, body

    # --- tried out in the desk ---

    @whitelist()
    def preview_meets_condition(self, preview_document: object) -> str:
        """Yes or No for a document that the caller may read."""
        return met(self, self.webhook_doctype, preview_document)

    @whitelist()
    def preview_request_body(self, preview_document: object) -> str:
        """What would be told of a document that the caller may read."""
        return tried(
            self.ctx, self.webhook_doctype, preview_document, lambda doc: json.dumps(self.data_for(doc), indent=1),
            "Failed to compute request body",
        )  # fmt: skip


def _is_address(url: str) -> bool:
    """Whether something could be called there: a host and a port that there may be."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half an address in brackets, a port that is no number
        return False
