"""Files: uploaded, kept once by content, served by permission.

A File document says what a file is called, where it hangs, and who may read it; its content is the business of
`contents`. No path is ever made of what a client sent: a URL is looked up among the File documents.

    POST /api/method/upload_file -> File {file_url: "/private/files/a.txt", content_hash: …}  ->  site.db-files/ab/ab12…
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path

from ... import document
from ...doctype import server_owned
from ...document.base_document import BaseDocument
from ...errors import MandatoryError, PayloadTooLargeError, PermissionError, ValidationError
from ...query import Condition
from ...site import Site
from ...utils import cint, cstr
from . import attaching, contents, fields, images
from .access import file_rows, may_touch_file, readable_file, require_attachable
from .attaching import PRIVATE, PUBLIC, clean_name, require_ending, require_room
from .contents import drop_content, keep_content
from .questions import FileQuestions, decoded
from .sending import serve

WEBSITE_TYPES = frozenset({
    "image/png", "image/jpeg", "application/pdf", "application/msword", "application/vnd.ms-excel", "text/plain",
    "text/csv", "video/quicktime", "video/mp4",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet",
})  # fmt: skip
"""What people without the desk may bring, as in Frappe; by the file's name, for that is what it is served by."""

OWNED = (
    "content_hash",
    "file_size",
    "file_type",
    "is_attachments_folder",
    "is_home_folder",
    "old_parent",
    "thumbnail_url",
    "uploaded_to_dropbox",
    "uploaded_to_google_drive",
)
"""What is worked out here, and taken from no client."""

_BEFORE = [f"{fields.__name__}.require_addresses", f"{images.__name__}.keep_images"]
EVENTS = {
    "after_delete": [f"{__name__}.drop_attachments"], "on_update": [f"{attaching.__name__}.attach_named_files"],
    "before_save": _BEFORE, "before_submit": _BEFORE, "before_update_after_submit": _BEFORE,
}  # fmt: skip
"""What follows the life of every document; the later ones are the last before texts are cleaned."""


def attach(site: Site) -> None:
    """Serve /files and /private/files; let File documents be checked."""
    site.controllers["File"] = FileController
    server_owned.own("File", OWNED)
    site.apps["frappe"].hooks.setdefault("has_permission", {})["File"] = may_touch_file
    site.apps["frappe"].hooks.setdefault("permission_query_conditions", {})["File"] = file_rows
    for event, handlers in EVENTS.items():
        site.add_doc_event("*", event, *handlers)
    site.extensions.pages.append((re.compile(r"/(private/)?files/."), serve))
    contents.begin(site)


# --- the File document -----------------------------------------------------------------------------------


class FileController(FileQuestions):
    """A file or folder: its URL is made here, or one that the user may read already."""

    attached_to_name: object
    file_size: object
    folder: object
    is_private: object

    def before_insert(self) -> None:
        """Take the content in, or check the URL that is claimed.

        Hash and size are worked out here, whatever the values say.
        """
        content, decode = self.__dict__.pop("content", None), self.__dict__.pop("decode", None)
        if not self.flags.content_kept:
            self.content_hash, self.file_size = None, 0
        if not (self.file_name or self.file_url):
            raise MandatoryError.told("Fields `file_name` or `file_url` must be set for File")
        self.file_name = clean_name(cstr(self.file_name) or cstr(self.file_url).rpartition("/")[2])
        if cint(self.is_folder):
            self.file_url, self.folder = "", self.folder or "Home"
            self.attached_to_doctype = self.attached_to_name = self.attached_to_field = None
            self.name = f"{self.folder}/{self.file_name}"
            self.flags.name_set = True
            return
        self.folder = self.folder or ("Home/Attachments" if self.attached_to_doctype else "Home")
        self._require_attachable()
        require_room(self.ctx, self.attached_to_doctype, self.attached_to_name)
        if content is not None:
            if cstr(self.file_url).startswith(PRIVATE):  # Frappe: where it shall lie says how private it is
                self.is_private = 1
            self.take_content(decoded(content) if cint(decode) else content)
        elif not self.flags.content_kept:
            self._claim_url()

    def _require_attachable(self) -> None:
        doctype, name = self.attached_to_doctype, self.attached_to_name
        if doctype and (not name or not isinstance(name, str | int)):
            raise ValidationError.told("Attached To Name must be a string or an integer")
        if re.search(r"\W", cstr(self.attached_to_field)):
            raise ValidationError.told("The fieldname you've specified in Attached To Field is invalid")
        if not doctype:
            self.attached_to_field = None  # Frappe keeps the name; without a DocType it opens nothing to anybody
        elif not self._asking.is_trusted:
            self.attached_to_name = require_attachable(self._asking, doctype, name)

    def take_content(self, content: object) -> None:
        """Keep the content and make a URL for it."""
        data = content if isinstance(content, bytes) else cstr(content).encode()
        limit = (cint(self.ctx.setting("max_file_size")) or 25) * 1024 * 1024
        if len(data) > limit:
            raise PayloadTooLargeError.told(
                f"File size exceeded the maximum allowed size of {limit // 1024 // 1024} MB"
            )
        self._require_type()
        self.is_private = cint(self.is_private)
        self.content_hash, self.file_size = keep_content(self.ctx, data), len(data)
        self.file_type = Path(self.file_name).suffix[1:].upper()[:140]
        self.file_url = self._free_url()
        self.flags.content_kept, self.__dict__["_content"] = True, content

    def _require_type(self) -> None:
        """Frappe: people without the desk bring documents and pictures, nothing that could be a program or a page."""
        require_ending(self.ctx, self.file_name)
        if (
            "Desk User" in self._asking.roles
            or self._asking.is_trusted
            or mimetypes.guess_type(self.file_name)[0] in WEBSITE_TYPES
        ):
            return
        raise ValidationError.told("You can only upload JPG, PNG, PDF, TXT, CSV or Microsoft documents.")

    def _free_url(self) -> str:
        """A URL of the file's name; where another content has it, with a part of the hash in it, as long as need be."""
        prefix = PRIVATE if cint(self.is_private) else PUBLIC
        named = re.sub(r"[%?#]", "_", self.file_name)
        stem, dot, suffix = named.rpartition(".")
        for length in (0, 6, 64):
            tail = self.content_hash[:length]
            url = f"{prefix}{stem}{tail}.{suffix}" if dot and stem else f"{prefix}{named}{tail}"
            taken = self.ctx.store.find(
                self.ctx.meta("File"),
                Condition("file_url = ? AND content_hash <> ?", (url, self.content_hash)),
                limit=1,
            )
            if not taken:
                break
        return url

    def _claim_url(self) -> None:
        """A web address, or the URL of a file that the user may read: a claim grants nothing new."""
        url = cstr(self.file_url)
        if re.fullmatch(r"https?://[^\s<>\"]+", url):
            return
        source = readable_file(self._asking, url)
        if source is None:
            raise PermissionError.told("You may not use this file_url: no file that you may read has it")
        self.content_hash, self.file_size, self.is_private = (
            source["content_hash"],
            source["file_size"],
            source["is_private"],
        )

    def validate(self) -> None:
        """A stored file keeps its content; changing `is_private` moves its URL."""
        before = self.get_doc_before_save()
        if before is None:
            return
        for column in ("content_hash", "file_size", "is_folder", "is_home_folder", "is_attachments_folder"):
            self.__dict__[column] = before.get(column)
        self.file_name = clean_name(cstr(self.file_name))
        if self.file_name != before.file_name:
            self._require_type()
        if (self.attached_to_doctype, self.attached_to_name) != (before.attached_to_doctype, before.attached_to_name):
            self._require_attachable()
        if cint(self.is_private) != cint(before.is_private) and before.content_hash:
            self.file_url = self._free_url()
        elif self.file_url != before.file_url:
            raise ValidationError.told("The file_url of a stored file cannot be changed")

    def on_trash(self) -> None:
        """A folder with files in it stays, and so do the standard ones."""
        if cint(self.is_home_folder) or cint(self.is_attachments_folder):
            raise ValidationError.told("Cannot delete Home and Attachments folders")
        if cint(self.is_folder) and self.ctx.store.find(self.meta, Condition("folder = ?", (self.name,)), limit=1):
            raise ValidationError.told(f"Folder {self.name} is not empty")

    def after_delete(self) -> None:
        """Free what nobody uses."""
        drop_content(self.ctx, self.content_hash)


def drop_attachments(doc: BaseDocument, _event: str) -> None:
    """Delete the files that hang on a document, with it."""
    ctx = doc.ctx.trusted()
    attached = Condition("attached_to_doctype = ? AND attached_to_name = ?", (doc.doctype, cstr(doc.name)))
    for row in ctx.store.find(ctx.meta("File"), attached):
        document.delete(ctx, "File", row["name"], force=True)
