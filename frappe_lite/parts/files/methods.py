"""upload_file, download_file and their kind."""

from __future__ import annotations

import contextlib

from werkzeug.wrappers import Response

from ... import document, permissions
from ...access.auth import SAFE_METHODS
from ...context import Context
from ...document.calling import call_method
from ...errors import DoesNotExistError, PermissionError, ValidationError
from ...utils import cint, cstr
from ...whitelist import method
from .access import readable_file, require_attachable
from .attaching import clean_name
from .sending import file_response, shown_name


def require_write(ctx: Context, doctype: object, docname: object) -> None:
    """As Frappe asks before it looks at what was sent."""
    if docname:
        require_attachable(ctx, cstr(doctype), docname)
    else:
        permissions.require(ctx, ctx.meta(cstr(doctype)), "write")


@method("upload_file", "frappe.handler.upload_file", allow_guest=True, methods=["GET", "POST", "PUT"])
def upload_file(
    ctx: Context, is_private: object = 0, folder: object = None, file_url: object = None, doctype: object = None,
    docname: object = None, fieldname: object = None,
    file_name: object = None, filename: object = None, method: object = None, library_file_name: object = None,
    dt: object = None, dn: object = None,
) -> object:  # fmt: skip
    """Store the file part `file`, or a File for a URL; the File document.

    Guests only where System Settings let them.
    """
    if ctx.request.method in SAFE_METHODS:  # Frappe: such a request brings no file either
        raise ValidationError.told("POST the file in the form part 'file', or its address in 'file_url'")
    if ctx.user == "Guest" and not ctx.setting("allow_guests_to_upload_files"):
        raise PermissionError
    doctype, docname = doctype or dt, docname or dn
    if doctype:
        require_write(ctx, doctype, docname)
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
        "doctype": "File", "attached_to_doctype": doctype or None, "attached_to_name": docname or None,
        "attached_to_field": fieldname or None,
        "folder": folder or "Home", "is_private": cint(is_private), "file_url": file_url,
        "file_name": file_name or filename,
    }  # fmt: skip
    doc = document.new(ctx, values)
    if upload is not None:
        doc.file_name = clean_name(cstr(upload.filename) or cstr(file_name))
        doc.take_content(upload.stream.read())
    doc.insert(ignore_permissions=ctx.user == "Guest" or None)
    return doc.as_dict(no_nulls=True)  # Frappe: here in v2 too


@method("frappe.client.attach_file", methods=["POST", "PUT"])
def attach_file(
    ctx: Context, filename: str | None = None, filedata: object = None, doctype: str | None = None,
    docname: object = None, folder: object = None,
    decode_base64: object = False, is_private: object = 0, docfield: object = None,
) -> dict[str, object]:  # fmt: skip
    """Attach content that comes in the request; with `docfield` the document's field is set to it."""
    ctx.store.database.begin_write()
    doctype = cstr(doctype)  # Frappe: no argument is demanded; what is not named is not found
    require_write(ctx, doctype, docname)
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
    return dict(doc.as_dict(no_nulls=True))


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
def remove_attach(ctx: Context, fid: object = None, dt: object = None, dn: object = None) -> None:
    """Delete an attachment. Frappe: one that is gone already, or is not named, is fine."""
    ctx.store.database.begin_write()
    with contextlib.suppress(DoesNotExistError):
        document.delete(ctx, "File", fid)
