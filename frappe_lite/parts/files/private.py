"""`frappe.utils.response.send_private_file`: an app that decided itself who may see a private file sends it."""

from __future__ import annotations

from pathlib import PurePosixPath

from werkzeug.wrappers import Response

from ...errors import DoesNotExistError
from ...face.context import ctx
from ...query import Condition
from .attaching import PRIVATE
from .sending import file_response


def send_private_file(path: str, filename: str | None = None) -> Response:
    """The private file of that path below `private/`, whoever asks. Raises DoesNotExistError."""
    asked = ctx()
    url = f"{PRIVATE}{PurePosixPath(path.strip('/')).name}"
    fields = ("name", "file_name", "content_hash", "is_private")
    rows = asked.store.find(asked.meta("File"), Condition("file_url = ?", (url,)), fields, limit=1)
    if not rows:
        raise DoesNotExistError.told(f"There is no private file {path}")
    return file_response(asked, {**rows[0], "file_name": filename or rows[0]["file_name"]})
