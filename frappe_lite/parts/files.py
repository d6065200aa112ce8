"""Files: uploaded, kept once by content, served by permission.

A File document says what a file is called, where it hangs, and who may read it; its content is the business of
`file_contents`. No path is ever made of what a client sent: a URL is looked up among the File documents.

    POST /api/method/upload_file  ->  File {file_url: "/private/files/a.txt", content_hash: …}  ->  site.db-files/ab/ab12…
"""

from __future__ import annotations

import contextlib
import io
import mimetypes
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from werkzeug.utils import send_file
from werkzeug.wrappers import Response

from .. import document, permissions
from ..context import Context
from ..doctype import server_owned
from ..document.calling import call_method
from ..errors import DoesNotExistError, MandatoryError, PayloadTooLargeError, PermissionError, ValidationError
from ..query import Condition
from ..site import Site
from ..utils import cint, cstr
from ..whitelist import method
from . import file_attaching, file_contents, file_fields, file_images
from .file_attaching import PRIVATE, PUBLIC, require_ending, require_room
from .file_contents import drop_content, keep_content, read_content
from .file_questions import FileQuestions, decoded
from .records import freely_read

ACTIVE = ("html", "xml", "svg", "javascript", "ecmascript", "mathml", "pdf")
"""Types that a browser may run: served as attachments, in a sandbox."""

WEBSITE_TYPES = frozenset({
    "image/png", "image/jpeg", "application/pdf", "application/msword", "application/vnd.ms-excel", "text/plain", (
        "text/csv"
    ), "video/quicktime", "video/mp4",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
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

_BEFORE = [f"{file_fields.__name__}.require_addresses", f"{file_images.__name__}.keep_images"]
EVENTS = {
    "after_delete": [f"{__name__}.drop_attachments"], "on_update": [f"{file_attaching.__name__}.attach_named_files"],
    "before_save": _BEFORE, "before_submit": _BEFORE, "before_update_after_submit": _BEFORE,
}  # fmt: skip
"""What follows the life of every document; the later ones are the last before texts are cleaned."""

POLICY = "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; sandbox"


def attach(site: Site) -> None:
    """Serve /files and /private/files; let File documents be checked."""
    site.controllers["File"] = FileController
    server_owned.own("File", OWNED)
    site.apps["frappe"].hooks.setdefault("has_permission", {})["File"] = may_touch_file
    site.apps["frappe"].hooks.setdefault("permission_query_conditions", {})["File"] = file_rows
    events = site.apps["frappe"].hooks.setdefault("doc_events", {}).setdefault("*", {})
    for event, names in EVENTS.items():
        handlers = events.setdefault(event, [])
        handlers += [
            each for each in names if each not in handlers
        ]  # the hooks are one dict for all sites of a process
    site.pages.append((re.compile(r"/(private/)?files/."), serve))
    file_contents.begin(site)


# --- the File document -----------------------------------------------------------------------------------


class FileController(FileQuestions):
    """A file or folder: its URL is made here, or one that the user may read already."""

    attached_to_name: Any
    file_size: Any
    folder: Any
    is_private: Any

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
            self.file_url, self.folder = None, self.folder or "Home"
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

    def take_content(self, content: Any) -> None:
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


def require_attachable(ctx: Context, doctype: str, name: Any) -> Any:
    """The document's name as it is stored. Raises PermissionError unless the user may write it.

    Frappe: a form attaches files before its document is stored, so a name that nobody has is fine. Here only for
    whoever reads every document of the DocType: others would learn from it which names exist.
    """
    meta = ctx.meta(doctype)
    row = ctx.store.load(meta, name)
    if row is None and meta.name not in freely_read(ctx):
        refusal = permissions.refusal_by_role(ctx, meta, "write", name)  # as one is told of a document that is there
        if refusal is not None:
            raise refusal
        raise PermissionError.told(f"You need the 'write' permission on {meta.name} {name} to perform this action.")
    permissions.require(ctx, meta, "write", row)
    return row["name"] if row is not None else name


def drop_attachments(doc: Any, _event: str) -> None:
    """Delete the files that hang on a document, with it."""
    ctx = doc._context.trusted()
    attached = Condition("attached_to_doctype = ? AND attached_to_name = ?", (doc.doctype, cstr(doc.name)))
    for row in ctx.store.find(ctx.meta("File"), attached):
        document.delete(ctx, "File", row["name"], force=True)


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


# --- who may -------------------------------------------------------------------------------------------


def may_touch_file(ctx: Context, doc: Any, right: str) -> bool | None:
    """The owner may do everything; others what the document that it hangs on allows; anybody may read a public file.

    Frappe: a role changes nothing here. A System Manager looks after folders and public files, not into private ones.
    """
    if (
        (doc.owner == ctx.user != "Guest")
        or (doc.owner is None and right == "create")
        or ("System Manager" in ctx.roles and not cint(doc.is_private))
    ):
        return None
    if right in ("read", "select") and not cint(doc.is_private) and not cint(doc.is_folder):
        return None
    if cint(doc.is_folder):
        return None if right in ("read", "select", "create") else False
    if not (doc.attached_to_doctype and doc.attached_to_name) or not ctx.has_doctype(doc.attached_to_doctype):
        return False
    meta = ctx.meta(doc.attached_to_doctype)
    row = ctx.store.load(meta, doc.attached_to_name)
    needed = "read" if right in ("read", "select", "print", "email") else "write"
    return None if row is not None and permissions.judge(ctx, meta, needed, row).allowed else False


def file_rows(ctx: Context) -> Condition:
    """The same for lists, without following each attachment.

    One's own files, and for users of the desk public ones, folders, and those of DocTypes read without limits.
    """
    if permissions.all_powerful(ctx):
        return Condition()
    if "Desk User" not in ctx.roles:
        return Condition('"tabFile".owner = ?', (ctx.user,))
    free = sorted(freely_read(ctx))
    attached = f'"tabFile".attached_to_doctype IN ({", ".join("?" * len(free))})'
    return Condition(f'"tabFile".owner = ? OR "tabFile".is_private = 0 OR {attached}', (ctx.user, *free))


def readable_file(ctx: Context, url: str) -> dict[str, Any] | None:
    """A File of that URL that the user may read, or None."""
    if not url.startswith((PUBLIC, PRIVATE)):
        return None
    meta = ctx.meta("File")
    for row in ctx.store.find(meta, Condition("file_url = ? AND is_folder = 0", (url,)), meta.columns, limit=100):
        if row["file_url"] == url and (not row["is_private"] or permissions.judge(ctx, meta, "read", row).allowed):
            return row
    return None


# --- serving -----------------------------------------------------------------------------------------------


def serve(ctx: Context) -> Response:
    """A file by its URL: ranges, ETag, the right type; what a browser could run comes as an attachment in a sandbox."""
    url = ctx.request.path
    row = readable_file(ctx, url)
    if row is None:
        if url.startswith(PRIVATE):
            raise PermissionError.told("You don't have permission to access this file")
        raise DoesNotExistError
    return file_response(ctx, row)


def shown_name(row: Mapping[str, Any]) -> str:
    """The name that a file is sent under: clean, though its row may come from another program."""
    try:
        return clean_name(cstr(row["file_name"]))
    except ValidationError:
        return "file"


def file_response(ctx: Context, row: Mapping[str, Any]) -> Response:
    """The response that carries a File's content."""
    name = shown_name(row)
    mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    active = any(each in mimetype for each in ACTIVE)
    content = io.BytesIO(read_content(ctx.site, row["content_hash"]))
    response = send_file(
        content,
        ctx.request.environ,
        mimetype=mimetype,
        as_attachment=active,
        download_name=name,
        etag=cstr(row["content_hash"])[:32],
        conditional=True,
    )
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "private, no-cache" if row["is_private"] else "public, max-age=3600"
    return response


# --- methods -------------------------------------------------------------------------------------------------


def _require_write(ctx: Context, doctype: Any, docname: Any) -> None:
    """As Frappe asks before it looks at what was sent."""
    if docname:
        require_attachable(ctx, cstr(doctype), docname)
    else:
        permissions.require(ctx, ctx.meta(cstr(doctype)), "write")


@method("upload_file", "frappe.handler.upload_file", allow_guest=True, methods=["POST", "PUT"])
def upload_file(
    ctx: Context, is_private: Any = 0, folder: Any = None, file_url: Any = None, doctype: Any = None, docname: Any = None, fieldname: Any = None,
    file_name: Any = None, filename: Any = None, method: Any = None, library_file_name: Any = None, dt: Any = None, dn: Any = None,
) -> Any:  # fmt: skip
    """Store the file part `file`, or a File for a URL; the File document.

    Guests only where System Settings let them.
    """
    if ctx.user == "Guest" and not ctx.setting("allow_guests_to_upload_files"):
        raise PermissionError
    doctype, docname = doctype or dt, docname or dn
    if doctype:
        _require_write(ctx, doctype, docname)
    upload = ctx.request.files.get("file")
    if ctx.user == "Guest" and upload is None:
        raise PermissionError.told("Guests may send a file, and use none that is here")
    if upload is None and not file_url and not library_file_name:
        raise ValidationError.told("Send the file in the form part 'file', or its address in 'file_url'")
    if method:
        ctx.request.params["cmd"] = method
        return call_method(ctx, cstr(method))
    ctx.store.database.begin_write()
    if library_file_name:
        source = document.load(ctx, "File", cstr(library_file_name))
        source.check_permission("read")
        file_url = source.file_url
    values = {
        "doctype": "File", "attached_to_doctype": doctype or None, "attached_to_name": docname or None, (
            "attached_to_field"
        ): fieldname or None,
        "folder": folder or "Home", "is_private": cint(is_private), "file_url": file_url, "file_name": file_name or filename,
    }  # fmt: skip
    doc = document.new(ctx, values)
    if upload is not None:
        doc.file_name = clean_name(cstr(upload.filename) or cstr(file_name))
        doc.take_content(upload.stream.read())
    doc.insert(ignore_permissions=ctx.user == "Guest" or None)
    return doc.as_dict(no_nulls=True)  # Frappe: here in v2 too


@method("frappe.client.attach_file", methods=["POST", "PUT"])
def attach_file(
    ctx: Context, filename: str, filedata: Any, doctype: str, docname: Any, folder: Any = None, decode_base64: Any = False, is_private: Any = 0, docfield: Any = None,
) -> dict[str, Any]:  # fmt: skip
    """Attach content that comes in the request; with `docfield` the document's field is set to it."""
    ctx.store.database.begin_write()
    _require_write(ctx, doctype, docname)
    target = document.load(ctx, doctype, docname)
    target.check_permission("write")
    values = {
        "doctype": "File",
        "file_name": filename,
        "attached_to_doctype": doctype,
        "attached_to_name": cstr(docname),
        "attached_to_field": docfield,
        "folder": folder,
    }
    doc = document.new(
        ctx, {**values, "is_private": cint(is_private), "content": filedata, "decode": cint(decode_base64)}
    )
    doc.insert()
    if docfield and target.meta.has_field(cstr(docfield)):
        target.set(cstr(docfield), doc.file_url)
        target.save()
    return dict(doc.as_dict())


@method(
    "download_file", "frappe.core.doctype.file.file.download_file", "frappe.handler.download_file", allow_guest=True
)
def download_file(ctx: Context, file_url: str) -> Response:
    """A file's content, for whoever may read it."""
    row = readable_file(ctx, cstr(file_url))
    if row is None:
        raise PermissionError("You don't have permission to access this file")
    response = file_response(ctx, row)
    response.headers.set("Content-Disposition", "attachment", filename=shown_name(row))
    return response


@method("frappe.desk.form.utils.remove_attach", methods=["POST", "DELETE"])
def remove_attach(ctx: Context, fid: Any, dt: Any = None, dn: Any = None) -> None:
    """Delete an attachment. Frappe: one that is gone already is fine."""
    ctx.store.database.begin_write()
    with contextlib.suppress(DoesNotExistError):
        document.delete(ctx, "File", fid)
