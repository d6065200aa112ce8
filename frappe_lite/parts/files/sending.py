"""/files and /private/files: a file goes to whoever may read it, and runs nothing in a browser."""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Mapping

from werkzeug.utils import send_file
from werkzeug.wrappers import Response

from ...context import Context
from ...errors import DoesNotExistError, PermissionError, ValidationError
from ...utils import cstr
from .access import readable_file
from .attaching import PRIVATE, clean_name
from .contents import read_content

ACTIVE = ("html", "xml", "svg", "javascript", "ecmascript", "mathml", "pdf")
"""Types that a browser may run: served as attachments, in a sandbox."""


POLICY = "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; sandbox"


def serve(ctx: Context) -> Response:
    """A file by its URL: ranges, ETag, the right type; what a browser could run comes as an attachment in a sandbox."""
    url = ctx.request.path
    row = readable_file(ctx, url)
    if row is None:
        if url.startswith(PRIVATE):
            raise PermissionError.told("You don't have permission to access this file")
        raise DoesNotExistError
    return file_response(ctx, row)


def shown_name(row: Mapping[str, object]) -> str:
    """The name that a file is sent under: clean, though its row may come from another program."""
    try:
        return clean_name(cstr(row["file_name"]))
    except ValidationError:
        return "file"


def file_response(ctx: Context, row: Mapping[str, object]) -> Response:
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
