"""What app code asks of a File document: its content, its addresses, who may read it."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from ... import permissions
from ...document import Document
from ...errors import DoesNotExistError, ValidationError
from ...utils import cint, cstr
from .contents import read_content, readable_place

ENCODINGS = ("utf-8-sig", "utf-8", "windows-1250", "windows-1252")
"""What `get_content` tries, as Frappe does."""


class FileQuestions(Document):
    """A File, as far as it is only looked at."""

    content_hash: Any
    file_name: Any
    file_url: object

    def get_content(self, encodings: Sequence[str] | None = None) -> str | bytes:
        """The file's content, for app code: text if it can be read as such.

        Raises ValidationError for a folder, DoesNotExistError if it is gone.

        Frappe: what was just given comes back as it was given; windows-1252 reads nearly everything. `encodings=[]`
        gives bytes.
        """
        if cint(self.is_folder):
            raise ValidationError.told("Cannot get file contents of a Folder")
        given = self.__dict__.get("content", self.__dict__.get("_content"))
        if given:
            return decoded(given) if cint(self.get("decode")) else given
        content = read_content(self.ctx.site, self.content_hash)
        for encoding in ENCODINGS if encodings is None else encodings:
            with contextlib.suppress(UnicodeDecodeError):
                return content.decode(encoding)
        return content

    @property
    def unique_url(self) -> str:
        """The file's address; of a private one with its name, which tells files of one address apart."""
        return f"{self.file_url}?{urlencode({'fid': self.name})}" if cint(self.is_private) else cstr(self.file_url)

    @property
    def is_remote_file(self) -> bool:
        """Whether the file lies on another server."""
        return re.match(r"https?://", cstr(self.file_url)) is not None

    def is_downloadable(self) -> bool:
        """Whether the user may read the file, whatever flags the document has."""
        return permissions.judge(self._context, self._meta, "read", self.__dict__).allowed

    def get_extension(self) -> tuple[str, str]:
        """The file's name in two parts: before its ending, and the ending with its dot."""
        return os.path.splitext(cstr(self.file_name))

    def get_full_path(self) -> str:
        """Where a program on this server reads the content; what it writes there is not the file's. Raises
        DoesNotExistError."""
        return str(readable_place(self.ctx.site, self.content_hash, self.get_extension()[1]))

    def exists_on_disk(self) -> bool:
        """Whether the content is there."""
        try:
            read_content(self.ctx.site, self.content_hash)
        except DoesNotExistError:
            return False
        return True


def decoded(content: object) -> bytes:
    """What base64 or a `data:` address holds. Raises ValidationError."""
    text = cstr(content)
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text + "===", validate=False)  # Frappe: whoever left out the padding is understood
    except (binascii.Error, ValueError):
        raise ValidationError.told("The content is no base64") from None
