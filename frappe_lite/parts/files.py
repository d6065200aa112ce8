"""Files: uploaded, kept once by content, served by permission.

A File document says what a file is called, where it hangs, and who may read it; its content lies under the hash of what
it is, in a folder beside the database or, with `Site(files="database")`, in the database itself. No path is ever made of
what a client sent: a URL is looked up among the File documents.

    POST /api/method/upload_file  ->  File {file_url: "/private/files/a.txt", content_hash: …}  ->  site.db-files/ab/ab12…
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import io
import mimetypes
import os
import re
import time
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from werkzeug.utils import send_file
from werkzeug.wrappers import Response

from .. import document, permissions
from ..context import Context
from ..document import Document
from ..document.calling import call_method
from ..errors import DoesNotExistError, PayloadTooLargeError, PermissionError, StorageFullError, ValidationError
from ..query import Condition
from ..site import Site
from ..utils import cint, cstr, random_name
from ..whitelist import method
from .records import freely_read

PUBLIC, PRIVATE = "/files/", "/private/files/"
ACTIVE = ("html", "xml", "svg", "javascript", "ecmascript", "mathml", "pdf")
"""Types that a browser may run: served as attachments, in a sandbox."""

SWEEP_SECONDS = 24 * 3600
POLICY = "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; sandbox"


def attach(site: Site) -> None:
    """Serve /files and /private/files; let File documents be checked."""
    site.controllers["File"] = FileController
    site.apps["frappe"].hooks.setdefault("has_permission", {})["File"] = may_touch_file
    site.apps["frappe"].hooks.setdefault("permission_query_conditions", {})["File"] = file_rows
    after_delete = (
        site.apps["frappe"].hooks.setdefault("doc_events", {}).setdefault("*", {}).setdefault("after_delete", [])
    )
    if (
        f"{__name__}.{drop_attachments.__name__}" not in after_delete
    ):  # the hooks are one dict for all sites of a process
        after_delete.append(f"{__name__}.{drop_attachments.__name__}")
    site.pages.append((re.compile(r"/(private/)?files/."), serve))
    _sweep(site)
    if site.files == "database":
        with site.database.transaction():
            site.database.execute(
                'CREATE TABLE IF NOT EXISTS "__file" (hash TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID'
            )


# --- content, by its hash --------------------------------------------------------------------------------


def _place(site: Site, content_hash: str) -> Path:
    return Path(site.database.path + "-files") / content_hash[:2] / content_hash


def keep_content(ctx: Context, content: bytes) -> str:
    """Store content unless it is there already; its hash. Written whole under a temporary name first: never half a file."""
    content_hash = hashlib.sha256(content).hexdigest()
    site = ctx.site
    if site.files == "database":
        site.database.execute(
            'INSERT INTO "__file" VALUES (?, ?) ON CONFLICT (hash) DO NOTHING', (content_hash, content)
        )
        return content_hash
    place = _place(site, content_hash)
    if not place.exists():
        temporary = place.with_name(f"{content_hash}.{random_name()}.partial")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, place)
            _sync_folder(place.parent)  # else power loss may take the name, and leave the File that counts on it
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StorageFullError.told("The file could not be kept; nothing was written") from error
    return content_hash


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(site: Site) -> None:
    """Remove what uploads left that were killed long ago."""
    for left in Path(site.database.path + "-files").glob("*/*.partial"):
        with contextlib.suppress(OSError):  # somebody else was faster
            if time.time() - left.stat().st_mtime > SWEEP_SECONDS:
                left.unlink()


def drop_content(ctx: Context, content_hash: str) -> None:
    """Free content that no File refers to any more, once the deletion is kept."""
    if ctx.store.find(ctx.meta("File"), Condition("content_hash = ?", (content_hash,)), limit=1):
        return
    if ctx.site.files == "database":
        ctx.store.database.execute('DELETE FROM "__file" WHERE hash = ?', (content_hash,))
    else:
        ctx.after_commit.append(lambda: _unlink_unused(ctx, content_hash))


def _unlink_unused(ctx: Context, content_hash: str) -> None:
    """As the only writer, and if it is unused still: the same content may have been uploaded again meanwhile."""
    with ctx.store.database.transaction():
        if not ctx.store.find(ctx.meta("File"), Condition("content_hash = ?", (content_hash,)), limit=1):
            _place(ctx.site, content_hash).unlink(missing_ok=True)


def read_content(site: Site, content_hash: str) -> bytes:
    """The content. Raises DoesNotExistError if it is gone."""
    if site.files == "database":
        row = site.database.row('SELECT content FROM "__file" WHERE hash = ?', (content_hash,))
        if row is None:
            raise DoesNotExistError
        return bytes(row[0])
    try:
        return _place(site, content_hash).read_bytes()
    except OSError:
        raise DoesNotExistError from None


# --- the File document -----------------------------------------------------------------------------------


class FileController(Document):
    """A file or folder: its URL is made here, or one that the user may read already."""

    file_name: Any
    file_url: Any
    folder: Any
    is_private: Any

    def before_insert(self) -> None:
        """Take the content in, or check the URL that is claimed."""
        content = self.__dict__.pop("content", None)
        decode = self.__dict__.pop("decode", None)
        self.file_name = clean_name(cstr(self.file_name) or cstr(self.file_url).rpartition("/")[2])
        if cint(self.is_folder):
            self.folder = self.folder or "Home"
            self.name = f"{self.folder}/{self.file_name}"
            self.flags.name_set = True
            return
        self.folder = self.folder or ("Home/Attachments" if self.attached_to_name else "Home")
        self._require_attachable()
        if content is not None:
            self.take_content(_decoded(content) if cint(decode) else content)
        elif not self.flags.content_kept:
            self._claim_url()

    def _require_attachable(self) -> None:
        if self.attached_to_doctype or self.attached_to_name:
            if not (self.attached_to_doctype and self.attached_to_name):
                raise ValidationError.told("attached_to_doctype and attached_to_name go together")
            document.load(self._asking, self.attached_to_doctype, self.attached_to_name).check_permission("write")

    def take_content(self, content: Any) -> None:
        """Keep the content and make a URL for it."""
        data = content if isinstance(content, bytes) else cstr(content).encode()
        limit = (cint(self.ctx.setting("max_file_size")) or 25) * 1024 * 1024
        if len(data) > limit:
            raise PayloadTooLargeError.told(
                f"File size exceeded the maximum allowed size of {limit // 1024 // 1024} MB"
            )
        self.is_private = cint(self.is_private)
        self.content_hash, self.file_size = keep_content(self.ctx, data), len(data)
        self.file_type = Path(self.file_name).suffix[1:].upper()[:140]
        self.file_url = self._free_url()
        self.flags.content_kept = True

    def _free_url(self) -> str:
        """A URL of the file's name; where another content has it, with a part of the hash in it."""
        prefix = PRIVATE if cint(self.is_private) else PUBLIC
        taken = self.ctx.store.find(
            self.ctx.meta("File"), Condition("file_url = ?", (prefix + self.file_name,)), ("content_hash",), limit=1
        )
        if not taken or taken[0]["content_hash"] == self.content_hash:
            return f"{prefix}{self.file_name}"
        stem, dot, suffix = self.file_name.rpartition(".")
        tail = self.content_hash[:6]
        return f"{prefix}{stem}{tail}.{suffix}" if dot and stem else f"{prefix}{self.file_name}{tail}"

    def _claim_url(self) -> None:
        """A web address, or the URL of a file that the user may read: a claim grants nothing new."""
        url = cstr(self.file_url)
        if re.match(r"https?://[^\s]+\Z", url):
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
        if before is None or cint(self.is_folder):
            return
        for column in ("content_hash", "file_size", "is_folder"):
            self.__dict__[column] = before.get(column)
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
        if self.content_hash:
            drop_content(self.ctx, self.content_hash)

    def get_content(self) -> bytes:
        """The file's content, for app code."""
        return read_content(self.ctx.site, self.content_hash)


def drop_attachments(doc: Any, _event: str) -> None:
    """Delete the files that hang on a document, with it."""
    ctx = doc._context.trusted()
    attached = Condition("attached_to_doctype = ? AND attached_to_name = ?", (doc.doctype, cstr(doc.name)))
    for row in ctx.store.find(ctx.meta("File"), attached):
        document.delete(ctx, "File", row["name"], force=True)


def clean_name(name: str) -> str:
    """The base name that was meant, without what could mislead a path, a header or an eye. Raises ValidationError for none."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    base = "".join(
        each for each in base if unicodedata.category(each)[0] != "C" and each not in "<>\"'`|?*:#%&\u2028\u2029"
    )
    base = re.sub(r"\.{2,}", ".", base).strip(" .")
    if not base:
        raise ValidationError.told("The file needs a name")
    stem, suffix = os.path.splitext(base)
    return stem[: 130 - len(suffix[:20])] + suffix[:20]


def _decoded(content: Any) -> bytes:
    text = cstr(content)
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        raise ValidationError.told("The content is no base64") from None


# --- who may -------------------------------------------------------------------------------------------


def may_touch_file(ctx: Context, doc: Any, right: str) -> bool | None:
    """The owner may do everything; others what the document that it hangs on allows; anybody may read a public file.

    Frappe: a role changes nothing here. A System Manager looks after folders and public files, not into private ones.
    """
    if (
        doc.owner == ctx.user
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
    """The same for lists, without following each attachment: one's own files, public ones, folders, and those of DocTypes that one reads without limits."""
    free = sorted(freely_read(ctx))
    attached = f'"tabFile".attached_to_doctype IN ({", ".join("?" * len(free))})'
    return Condition(f'"tabFile".owner = ? OR "tabFile".is_private = 0 OR {attached}', (ctx.user, *free))


def readable_file(ctx: Context, url: str) -> dict[str, Any] | None:
    """A File of that URL that the user may read, or None."""
    if not url.startswith((PUBLIC, PRIVATE)):
        return None
    meta = ctx.meta("File")
    for row in ctx.store.find(meta, Condition("file_url = ?", (url,)), meta.columns, limit=100):
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


def file_response(ctx: Context, row: Mapping[str, Any]) -> Response:
    """The response that carries a File's content."""
    mimetype = mimetypes.guess_type(cstr(row["file_name"]))[0] or "application/octet-stream"
    active = any(each in mimetype for each in ACTIVE)
    content = io.BytesIO(read_content(ctx.site, row["content_hash"]))
    response = send_file(
        content,
        ctx.request.environ,
        mimetype=mimetype,
        as_attachment=active,
        download_name=row["file_name"],
        etag=cstr(row["content_hash"])[:32],
        conditional=True,
    )
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "private, no-cache" if row["is_private"] else "public, max-age=3600"
    return response


# --- methods -------------------------------------------------------------------------------------------------


@method("upload_file", "frappe.handler.upload_file", allow_guest=True, methods=["POST", "PUT"])
def upload_file(
    ctx: Context, is_private: Any = 0, folder: Any = None, file_url: Any = None, doctype: Any = None, docname: Any = None, fieldname: Any = None,
    file_name: Any = None, filename: Any = None, method: Any = None, library_file_name: Any = None, dt: Any = None, dn: Any = None,
) -> Any:  # fmt: skip
    """Store the file part `file`, or a File for a URL; the File document."""
    if ctx.user == "Guest":
        raise PermissionError
    doctype, docname = doctype or dt, docname or dn
    upload = ctx.request.files.get("file")
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
        "doctype": "File", "attached_to_doctype": doctype or None, "attached_to_name": docname or None, "attached_to_field": fieldname or None,
        "folder": folder or None, "is_private": cint(is_private), "file_url": file_url, "file_name": file_name or filename,
    }  # fmt: skip
    doc = document.new(ctx, values)
    if upload is not None:
        doc.file_name = clean_name(cstr(upload.filename) or cstr(file_name))
        doc._require_attachable()
        doc.take_content(upload.stream.read())
    doc.insert()
    return doc.as_dict(no_nulls=not ctx.version.show_null)


@method("frappe.client.attach_file", methods=["POST", "PUT"])
def attach_file(
    ctx: Context, filename: str, filedata: Any, doctype: str, docname: Any, folder: Any = None, decode_base64: Any = False, is_private: Any = 0, docfield: Any = None,
) -> dict[str, Any]:  # fmt: skip
    """Attach content that comes in the request; with `docfield` the document's field is set to it."""
    ctx.store.database.begin_write()
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
        raise PermissionError.told("You don't have permission to access this file")
    response = file_response(ctx, row)
    response.headers.set("Content-Disposition", "attachment", filename=row["file_name"])
    return response


@method("frappe.desk.form.utils.remove_attach", methods=["POST", "DELETE"])
def remove_attach(ctx: Context, fid: Any, dt: Any = None, dn: Any = None) -> None:
    """Delete an attachment."""
    ctx.store.database.begin_write()
    document.delete(ctx, "File", fid)
