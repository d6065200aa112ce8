"""Files and chance as app code asks for them: `frappe.utils.file_manager`, `frappe.utils.make_random`."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import os
import secrets
from pathlib import Path
from typing import Any

from .. import document
from ..document.base_document import BaseDocument
from .context import ctx
from .installation import get_site_path
from .model.documents import db


def save_file(
    fname: str,
    content: object,
    dt: object,
    dn: object,
    folder: object = None,
    decode: bool = False,
    is_private: int = 0,
    df: object = None,
) -> BaseDocument:
    """Keep content as a File that hangs on a document."""
    values = {
        "file_name": fname,
        "content": content,
        "attached_to_doctype": dt,
        "attached_to_name": dn,
        "attached_to_field": df,
        "folder": folder,
    }
    made: BaseDocument = document.new(
        ctx().trusted(), {"doctype": "File", **values, "decode": int(decode), "is_private": is_private}
    ).insert()
    return made


def get_random(doctype: str, filters: object = None, doc: bool = False) -> object:
    """The name of some document, or the document; None if there is none."""
    names = db.get_values(doctype, filters, "name", pluck=True)
    if not names:
        return None
    name = names[secrets.randbelow(len(names))]
    return document.load(ctx(), doctype, name) if doc else name


def get_random_filename(content_type: str | None = None) -> str:
    """A random name for a file, with the usual ending of its content type; without one where none is known."""
    ending = mimetypes.guess_extension(content_type) if content_type else None
    return secrets.token_hex(4) + (ending or "")


def get_content_hash(content: object) -> str:
    """The hash that tells whether two files have the same content."""
    return hashlib.md5(
        content if isinstance(content, bytes) else str(content).encode(), usedforsecurity=False
    ).hexdigest()


def has_permission(doc: Any, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
    """Whether the user, or another, has the right on a File."""
    return bool(doc.has_permission(ptype or "read", user=user))


def remove_file_by_url(file_url: str, doctype: str | None = None, name: object = None) -> None:
    """Delete the File of that address, of a document if one is named; none is fine."""
    hangs_on = {"attached_to_doctype": doctype, "attached_to_name": name} if doctype and name else {}
    found = db.get_value("File", {"file_url": file_url, **hangs_on}, "name")
    if found:
        document.delete(ctx(), "File", found)


def get_file_name(fname: str, optional_suffix: str | None = None) -> str:
    """A file's name with a suffix before its ending: that one, or a random one."""
    begin, ending = os.path.splitext(fname)
    return f"{begin}{optional_suffix or secrets.token_hex(3)}{ending}"


def create_new_folder(file_name: str, folder: str) -> BaseDocument:
    """A folder for files below another. One that is there stays as it is."""
    values = {"doctype": "File", "file_name": file_name, "is_folder": 1, "folder": folder}
    made: BaseDocument = document.new(ctx(), values).insert(ignore_if_duplicate=True)
    return made


def safe_b64decode(binary: object) -> bytes:
    """What base64 holds; padding may be missing."""
    data = binary if isinstance(binary, bytes) else str(binary).encode()
    return base64.b64decode(data + b"===")


def is_safe_path(path: str) -> bool:
    """Whether a path leads into the site's folder."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(get_site_path()))


def read_file(path: str, raise_not_found: bool = False, as_base64: bool = False) -> str | None:
    """The text of a file; None if it is not there, or with `raise_not_found` OSError."""
    if not os.path.exists(path) and not raise_not_found:
        return None
    return Path(path).read_text()
