"""`frappe.core.api.file.*`.

Files as a file manager shows them, folder by folder, each as far as the caller may read it.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from .. import document
from ..context import Context
from ..document import lists
from ..document.base_document import BaseDocument
from ..errors import BadRequestError, PayloadTooLargeError, ValidationError
from ..utils import cint, cstr
from ..values import Values
from ..whitelist import method
from .asking import json_list, load_for, name_list

SHOWN = ["name", "file_name", "file_url", "is_folder", "modified"]
ATTACHMENTS = "Home/Attachments"
MAX_ZIPPED = 100 * 1024 * 1024
"""Bytes of content that go into one archive, or come out of one."""

MAX_ENTRIES = 500


def max_file_size(ctx: Context) -> int:
    """How many bytes a file may have."""
    return (cint(ctx.setting("max_file_size")) or 25) * 1024 * 1024


@method("frappe.core.api.file.get_max_file_size", allow_guest=True)
def get_max_file_size(ctx: Context) -> int:
    """How many bytes a file may have."""
    return max_file_size(ctx)


@method("frappe.core.api.file.get_files_in_folder")
def get_files_in_folder(ctx: Context, folder: str, start: int = 0, page_length: int = 20) -> dict[str, object]:
    """The files and folders in a folder: `{"files": […], "has_more": …}`; Home has the folder of attachments, too."""
    first, most = lists.page(start, page_length)
    rows = lists.get_list(ctx, "File", SHOWN, {"folder": folder}, start=first, limit=most + 1 if most else None)
    if folder == "Home" and not any(row["name"] == ATTACHMENTS for row in rows):
        rows = [*lists.get_list(ctx, "File", SHOWN, {"name": ATTACHMENTS}, limit=1), *rows]
    return {"files": rows[:most], "has_more": bool(most and len(rows) > most)}


@method("frappe.core.api.file.get_files_by_search_text")
def get_files_by_search_text(ctx: Context, text: str) -> list[Values]:
    """The latest 20 files whose name or address has the text."""
    if not text:
        return []
    like = f"%{text.lower()}%"
    matching = [[fieldname, "like", like] for fieldname in ("file_name", "file_url", "name")]
    return lists.get_list(ctx, "File", SHOWN, {"is_folder": 0}, matching, "creation desc", limit=20)


@method("frappe.core.api.file.get_attached_images")
def get_attached_images(ctx: Context, doctype: str, names: object) -> dict[str, list[str]]:
    """The addresses of the files attached to documents: `{name: [address, …]}`."""
    found: dict[str, list[str]] = {}
    filters = {"attached_to_doctype": doctype, "attached_to_name": ["in", name_list(names, "names")], "is_folder": 0}
    for row in lists.get_list(ctx, "File", ["file_url", "attached_to_name"], filters, limit=None):
        found.setdefault(cstr(row["attached_to_name"]), []).append(row["file_url"])
    return found


@method("frappe.core.api.file.create_new_folder")
def create_new_folder(ctx: Context, file_name: str, folder: str) -> dict[str, object]:
    """A new folder below one; one that is there already stays as it is."""
    if "/" in file_name or not file_name.strip():
        raise ValidationError.told("A folder's name is a text without /")
    made = document.new(ctx, {"doctype": "File", "file_name": file_name, "is_folder": 1, "folder": folder}).insert(
        ignore_if_duplicate=True
    )
    return dict(made.as_dict(no_nulls=True))


@method("frappe.core.api.file.move_file")
def move_file(ctx: Context, file_list: object, new_parent: str, old_parent: object = None) -> None:
    """Move files to another folder, all or none: `file_list` is a list of objects with a name."""
    ctx.store.database.begin_write()
    given = json_list(file_list, "file_list")
    if not all(isinstance(each, dict) and isinstance(each.get("name"), str) for each in given):
        raise BadRequestError.told("file_list is a list of objects, each with the name of a file")
    target = load_for(ctx, "File", new_parent)
    if not cint(target.is_folder):
        raise ValidationError.told(f"{new_parent} is not a folder")
    for each in given:
        file = load_for(ctx, "File", each["name"], "write")
        if cint(file.is_folder) and f"{target.name}/".startswith(f"{file.name}/"):
            raise ValidationError.told(f"{file.name} cannot be moved into itself")
        file.folder = target.name
        file.save()
        if cint(file.is_folder):
            _rename_folder(ctx.trusted(), file.name, f"{target.name}/{file.file_name}")


def _rename_folder(ctx: Context, name: str, new_name: str) -> None:
    """A folder is named by its place, those in it too; what lies in it follows as whatever links to a document does."""
    document.rename(ctx, "File", name, new_name, force=True)
    for row in lists.get_list(ctx, "File", ["name", "file_name"], {"folder": new_name, "is_folder": 1}, limit=None):
        _rename_folder(ctx, row["name"], f"{new_name}/{row['file_name']}")


# --- archives ----------------------------------------------------------------------------------------------


@method("frappe.core.api.file.zip_files")
def zip_files(ctx: Context, files: object) -> None:
    """Files in one archive, as a download; of a folder, what is in it."""
    archive, size = io.BytesIO(), 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in name_list(files, "files"):
            file = load_for(ctx, "File", name)
            for each, path in _contents(ctx, file):
                content = each.get_content()
                size += len(content)
                if size > MAX_ZIPPED:
                    raise PayloadTooLargeError.told(
                        f"The files have more than {MAX_ZIPPED // 1024 // 1024} MB together; take fewer"
                    )
                packed.writestr(_free(packed, path), content)
    ctx.response.update(type="download", filename="files.zip", filecontent=archive.getvalue())


def _contents(ctx: Context, file: BaseDocument, path: str = "", depth: int = 0) -> list[tuple[Any, str]]:
    """(file, place in the archive) of a file, or of all in a folder that the caller may read.

    A file kept elsewhere has no content.
    """
    here = f"{path}{file.file_name}"
    if not cint(file.is_folder):
        return [(file, here)] if file.content_hash else []
    if depth > 20:
        raise ValidationError.told("Folders lie too deep in each other")
    below = lists.get_list(ctx, "File", ["name"], {"folder": file.name}, order_by="name", limit=MAX_ENTRIES)
    return [
        found
        for row in below
        for found in _contents(ctx, document.load(ctx, "File", row["name"]), f"{here}/", depth + 1)
    ]


def _free(packed: zipfile.ZipFile, path: str) -> str:
    """The path, with a number before its suffix if the archive has it already."""
    stem, dot, suffix = path.rpartition(".")
    number, taken, wanted = 1, set(packed.namelist()), path
    while wanted in taken:
        number += 1
        wanted = f"{stem} {number}.{suffix}" if dot and stem else f"{path} {number}"
    return wanted


@method("frappe.core.api.file.unzip_file")
def unzip_file(ctx: Context, name: object) -> list[Values]:
    """Take the files out of an archive, beside it and attached to the same document; the archive goes.

    Folders in it are left out.
    """
    ctx.store.database.begin_write()
    archive = load_for(ctx, "File", name)
    archive.check_permission("delete")
    if not cstr(archive.file_url).lower().endswith(".zip") or not archive.content_hash:
        raise ValidationError.told(f"{archive.file_name} is no zip archive that is kept here")
    taken = ("is_private", "folder", "attached_to_doctype", "attached_to_name")
    made = []
    for file_name, content in _unpacked(ctx, archive.get_content(encodings=[])):
        values = {
            "doctype": "File",
            "file_name": file_name,
            "content": content,
            **{key: archive.get(key) for key in taken},
        }
        made.append(dict(document.new(ctx, values).insert().as_dict(no_nulls=True)))
    document.delete(ctx, "File", archive.name)
    return made


def _unpacked(ctx: Context, content: bytes) -> list[tuple[str, bytes]]:
    """The files of an archive, without their folders. Raises ValidationError, PayloadTooLargeError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = [
                each for each in packed.infolist() if not each.is_dir() and not each.filename.startswith("__MACOSX/")
            ]
            if len(entries) > MAX_ENTRIES:
                raise ValidationError.told(
                    f"The archive has {len(entries)} files; at most {MAX_ENTRIES} are taken out at once"
                )
            if sum(each.file_size for each in entries) > MAX_ZIPPED:
                raise PayloadTooLargeError.told(f"The archive holds more than {MAX_ZIPPED // 1024 // 1024} MB")
            return [(each.filename.rpartition("/")[2], packed.read(each)) for each in entries]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise ValidationError.told(f"The archive cannot be read: {error}") from None
