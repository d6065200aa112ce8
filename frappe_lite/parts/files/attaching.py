"""Files and the documents that they hang on: how many a document may have, which endings a site takes, and what an
Attach field names.

Who writes the address of a file that hangs nowhere into an Attach field attaches it, if it is theirs to give away:
whoever reads the document reads it from then on.

    doc.attachment = "/private/files/a.txt"; doc.save()   ->   File {attached_to_name, attached_to_field: "attachment"}
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from ... import permissions
from ...context import Context
from ...doctype.meta import DocType
from ...document import set_values
from ...document.base_document import BaseDocument
from ...errors import (
    AttachmentLimitReached,
    FileTypeNotAllowed,
    ValidationError,
)
from ...query import Condition
from ...utils import bold, cint, cstr
from .fields import fields_of_types

PUBLIC, PRIVATE = "/files/", "/private/files/"


def require_room(ctx: Context, doctype: object, name: object) -> None:
    """Raises AttachmentLimitReached if the document has as many files as its DocType's `max_attachments` says."""
    most = cint(ctx.meta(cstr(doctype)).raw.get("max_attachments")) if ctx.has_doctype(doctype) else 0
    if not most or not name:
        return
    attached = Condition("attached_to_doctype = ? AND attached_to_name = ?", (doctype, cstr(name)))
    if len(ctx.store.find(ctx.meta("File"), attached, ("name",), limit=most)) >= most:
        raise AttachmentLimitReached.told(
            f"Maximum Attachment Limit of {bold(most)} has been reached for {doctype} {name}.",
            title="Attachment Limit Reached",
        )


def require_ending(ctx: Context, file_name: str) -> None:
    """Raises FileTypeNotAllowed for a file whose ending is not among System Settings' `allowed_file_extensions`, where
    there are any."""
    allowed = {each.strip().lstrip(".").upper() for each in cstr(ctx.setting("allowed_file_extensions")).split("\n")}
    ending = Path(file_name).suffix[1:].upper()
    if allowed - {""} and ending not in allowed:
        raise FileTypeNotAllowed.told(
            f"File type of {ending or file_name} is not allowed", title="File Type Not Allowed"
        )


def attach_named_files(doc: BaseDocument, _event: str = "") -> None:
    """Let the files that a document's Attach fields name hang on it: those that hang nowhere, and that the user may
    give away."""
    for fieldname in _fields(doc.ctx, doc.meta):
        value = doc.__dict__.get(fieldname)
        if isinstance(value, str) and value.startswith((PUBLIC, PRIVATE)):
            _attach(doc, fieldname, value)


def _attach(doc: BaseDocument, fieldname: str, url: str) -> None:
    ctx, meta = doc._asking, doc.ctx.meta("File")
    loose = Condition("file_url = ? AND is_folder = 0 AND attached_to_doctype IS NULL", (url,))
    for row in ctx.store.find(meta, loose, meta.columns, limit=20):
        if permissions.judge(ctx, meta, "write", row).allowed:
            hangs_on = {"attached_to_doctype": doc.doctype, "attached_to_name": cstr(doc.name)}
            set_values(ctx, meta, row["name"], {**hangs_on, "attached_to_field": fieldname})
            return


def _fields(ctx: Context, meta: DocType) -> list[str]:
    """The document's own Attach fields: a row's files hang on nothing, as in Frappe."""
    found: tuple[tuple[str, list[str]], ...] = ctx.cached(
        ("attach fields", meta.name), lambda: fields_of_types(ctx, meta, ("Attach", "Attach Image"))
    )
    return next((names for table, names in found if not table), [])


def clean_name(name: str) -> str:
    """The base name that was meant, without what could mislead a path, a header, a page or an eye.

    Raises ValidationError for none.
    """
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    base = (
        "".join(each for each in base if unicodedata.category(each)[0] != "C" and each not in '<>"`\u2028\u2029')
        .strip()
        .lstrip(".")
    )
    if not base.strip(" ."):
        raise ValidationError.told("The file needs a name")
    return base
