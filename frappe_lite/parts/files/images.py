"""Images in what people write: one that stands in the text itself, as `data:`, becomes a File, and the text names it.

A browser's editor puts a pasted image into the HTML. Kept there it would be cleaned away, and each list of the
documents would carry it along. As in Frappe the file hangs on the document, and is as private as it, unless the DocType
makes its attachments public.

    <img src="data:image/png;base64,iVBO…">   ->   <img src="/private/files/3f9c1a2.png?fid=ab12cd34ef">
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from ... import document
from ...context import Context
from ...doctype.meta import DocType
from ...document.base_document import BaseDocument
from ...errors import ValidationError
from ...utils import cint, cstr, random_name
from .fields import fields_of_types

EDITORS = ("Text Editor", "HTML Editor")
"""Fieldtypes of such texts. Frappe looks at the first; what stands in the other would be cleaned away."""

MAX_IMAGES = 100
"""Of one document at a time; each may be as large as a file may be."""

SUFFIXES = {
    "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp",
    "image/svg+xml": ".svg", "image/avif": ".avif",
    "image/x-icon": ".ico",
}  # fmt: skip
"""Types of images, and how their files end."""

BROKEN = 'src="#broken-image" alt="Image: Corrupted Data Stream"'

_TAG = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_SOURCE = re.compile(r"""\bsrc\s*=\s*(["'])\s*data:([^"',]*),([^"']*)\1""", re.IGNORECASE)
_FILE_NAME = re.compile(r"filename=([^;]*)")


def keep_images(doc: BaseDocument, _event: str = "") -> None:
    """Make files of the images in a document's texts, and in those of its child rows. Raises PayloadTooLargeError,
    ValidationError for too many."""
    count = 0
    for table, fieldnames in _texts(doc.ctx, doc.meta):
        for each in doc.__dict__.get(table) or () if table else (doc,):
            for fieldname in fieldnames:
                text = each.__dict__.get(fieldname)
                if isinstance(text, str) and "data:" in text:
                    each.__dict__[fieldname], found = _with_files(doc, text, MAX_IMAGES - count)
                    count += found


def _texts(ctx: Context, meta: DocType) -> tuple[tuple[str, list[str]], ...]:
    """The fields that an editor fills in, by the table that they are in; "" is the document itself."""
    found: tuple[tuple[str, list[str]], ...] = ctx.cached(
        ("texts of editors", meta.name), lambda: fields_of_types(ctx, meta, EDITORS)
    )
    return found


def _with_files(doc: BaseDocument, text: str, most: int) -> tuple[str, int]:
    count = 0

    def replace(tag: re.Match[str]) -> str:
        nonlocal count
        source = _SOURCE.search(tag[0])
        kind = source[2].partition(";")[0].strip().lower() if source else ""
        if source is None or kind not in SUFFIXES:
            return tag[0]
        count += 1
        if count > most:
            raise ValidationError.told(f"At most {MAX_IMAGES} images in one document at a time")
        return tag[0][: source.start()] + _kept(doc, kind, source[2], source[3]) + tag[0][source.end() :]

    return _TAG.sub(replace, text), count


def _kept(doc: BaseDocument, kind: str, head: str, data: str) -> str:
    """The attribute that names the new file."""
    try:
        content = base64.b64decode(re.sub(r"\s", "", data) + "===")
    except (binascii.Error, ValueError):
        return BROKEN
    if not content:
        return BROKEN
    named = _FILE_NAME.search(head)
    doctype, name = _hangs_on(doc)
    values = {
        "attached_to_doctype": doctype,
        "attached_to_name": cstr(name),
        "is_private": int(not cint(doc.ctx.meta(doctype).make_attachments_public)),
    }
    file = document.new(
        doc.ctx.trusted(),
        {
            "doctype": "File",
            "file_name": named[1] if named else random_name(7) + SUFFIXES[kind],
            "content": content,
            **values,
        },
    )
    file.insert()
    return f'src="{file.file_url}{f"?fid={file.name}" if file.is_private else ""}"'


def _hangs_on(doc: BaseDocument) -> tuple[Any, Any]:
    """A comment's images hang on what it is about."""
    if doc.doctype == "Comment" and doc.reference_doctype and doc.reference_name:
        return doc.reference_doctype, doc.reference_name
    return doc.doctype, doc.name
