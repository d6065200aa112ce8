"""The files of a mail, read when it is sent: by a File's name or address, or from the text that shows them.

A picture stands in the text where the app wrote `<img embed="logo.png">`.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping

from ... import document, permissions
from ...context import Context
from ...document.base_document import BaseDocument
from ...errors import DoesNotExistError
from ...face.model.documents import get_doc
from ...query import Condition
from ...utils import cstr
from ...values import Values
from .message import Attached

log = logging.getLogger("frappe_lite")
EMBED = re.compile(r"""\bembed\s*=\s*(["'])(.*?)\1""")


def listed(queue: BaseDocument) -> list[Values]:
    """What the Email Queue names."""
    found = json.loads(queue.attachments or "[]")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def require_readable(ctx: Context, named: list[dict[str, object]]) -> None:
    """Raises PermissionError, DoesNotExistError unless the caller may read every file: a mail shows it to others."""
    for each in named:
        found = _find(ctx, each)
        if found is not None:
            permissions.require(ctx, found.meta, "read", found.__dict__)


def _find(ctx: Context, named: dict[str, object]) -> BaseDocument | None:
    """The File that is meant; None for what is no file."""
    trusted = ctx.trusted()
    if named.get("fid"):
        return document.load(trusted, "File", named["fid"])
    if named.get("file_url"):
        same = Condition("file_url = ?", (cstr(named["file_url"]),))
        rows = ctx.store.find(ctx.meta("File"), same, ("name",), order="creation", limit=1)
        if not rows:
            raise DoesNotExistError.told(f"There is no file {named['file_url']}")
        return document.load(trusted, "File", rows[0]["name"])
    if named.get("print_format_attachment"):
        log.warning(
            "a mail goes without %s %s as PDF: print formats are not made here", named.get("doctype"), named.get("name")
        )
    return None


def files_of(ctx: Context, queue: BaseDocument) -> tuple[list[Attached], dict[str, str]]:
    """The files of a mail, and of those that its text shows: what the text calls them, and their `cid`.

    Raises DoesNotExistError, ValidationError.
    """
    files, cids = [], dict[str, str]()
    for number, each in enumerate(listed(queue)):
        found = _find(ctx, each)
        if found is not None:
            cid = f"part{number}.{queue.name}@mail" if each.get("inline") else ""
            cids[cstr(each.get("inline"))] = cid
            files.append(Attached(cstr(found.file_name), _content(found), cid))
    for _, address in EMBED.findall(cstr(queue.message)):
        picture = None if address in cids else _picture(ctx.as_user(queue.owner), address)
        if picture is not None:
            cids[address] = f"picture{len(cids)}.{queue.name}@mail"
            files.append(Attached(cstr(picture.file_name), _content(picture), cids[address]))
    return files, cids


def with_pictures(html: str, cids: Mapping[str, str]) -> str:
    """HTML that shows the pictures that come with it."""
    return EMBED.sub(lambda match: f'src="cid:{cids[match[2]]}"' if cids.get(match[2]) else f'src="{match[2]}"', html)


def _picture(ctx: Context, address: str) -> BaseDocument | None:
    """The file of an address in a text, if whoever wrote the mail may read it: texts are typed by people."""
    if not address.startswith(("/files/", "/private/files/")):
        return None
    try:
        found = _find(ctx, {"file_url": address})
    except DoesNotExistError:
        return None
    return found if found and permissions.judge(ctx, found.meta, "read", found.__dict__).allowed else None


def _content(file: BaseDocument) -> bytes:
    content = get_doc("File", file.name).get_content(encodings=[])
    return content if isinstance(content, bytes) else cstr(content).encode()


__all__ = ["files_of", "listed", "require_readable", "with_pictures"]
