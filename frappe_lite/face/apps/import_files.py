"""`frappe.modules.import_file`: documents that apps keep in files, taken in when the app's own code says so."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...document.base_document import BaseDocument
from ...utils import _dict, cstr
from ...values import Given
from ..context import ctx
from ..model.documents import db
from ..times.dates import get_datetime
from .records import import_record


def read_doc_from_file(path: str | os.PathLike[str]) -> Any:
    """The document, or the list of them, in a file. Raises OSError for none, ValueError for one that is no JSON."""
    file = Path(path)
    if not file.exists():
        raise OSError(f"{path} missing")
    return json.loads(file.read_text())


def import_doc(
    docdict: Given, data_import: bool = False, pre_process: Callable[[object], object] | None = None,
    ignore_version: bool | None = None, reset_permissions: bool = False, path: str | None = None,
) -> object:  # fmt: skip
    """Make the document, or bring the one of that name up to date, `modified` included; links need not lead anywhere.
    None where its DocType is not here.

    `pre_process` changes the values first. Rules of a DocType are its file's in any case.
    """
    values = _dict(docdict)
    if pre_process:
        pre_process(values)
    doc = import_record(ctx().trusted(), values)
    if doc is not None and values.get("modified"):
        update_modified(values["modified"], doc)
    return doc


def update_modified(original_modified: object, doc: BaseDocument) -> None:
    """Let a document have been changed when its file says so."""
    moment = cstr(original_modified)
    doctype = doc["doctype"] if isinstance(doc, Mapping) else doc.doctype
    db.set_value(doctype, _name(doc), "modified", moment, update_modified=False)


def _name(doc: BaseDocument) -> object:
    return doc["name"] if isinstance(doc, Mapping) else doc.name


def import_file_by_path(
    path: str, force: bool = False, data_import: bool = False, pre_process: Callable[[object], object] | None = None,
    ignore_version: bool | None = None, reset_permissions: bool = False,
) -> bool:  # fmt: skip
    """Take in the documents of a file that are newer than those that are there, or all with `force`; whether there was
    one."""
    try:
        found = read_doc_from_file(path)
    except OSError:
        return False
    documents = found if isinstance(found, list) else [found]
    wanted = [each for each in documents if force or _is_newer(each)]
    for each in wanted:
        import_doc(each, data_import, pre_process, ignore_version, reset_permissions, path)
    return bool(wanted)


def _is_newer(values: Given) -> bool:
    """Whether a document is not there, or was changed before the one in the file was."""
    kept = db.get_value(values["doctype"], values.get("name"), "modified", ignore=True)
    if not kept:
        return True
    told = get_datetime(values["modified"]) if values.get("modified") else None
    return told is not None and told > kept


__all__ = ["import_doc", "import_file_by_path", "read_doc_from_file", "update_modified"]
