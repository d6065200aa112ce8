"""Files of an app's folder by the path of an address, and no other file: no way out, nothing hidden, no code.

below(Path("shop/public"), "js/shop.js")       ->  shop/public/js/shop.js
below(Path("shop/public"), "../hooks.py")      ->  None, and so for a link that leads out of the folder
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import re
from pathlib import Path

from werkzeug.utils import send_file
from werkzeug.wrappers import Response

from ...context import Context
from ...values import Values

CODE = frozenset({".py", ".pyc", ".pyo", ".pyi", ".so", ".pyd"})
"""Never given out: it is the server's."""

TYPES = {
    ".avif": "image/avif", ".css": "text/css", ".html": "text/html", ".ico": "image/x-icon",
    ".js": "text/javascript", ".json": "application/json", ".map": "application/json", ".md": "text/html",
    ".mjs": "text/javascript", ".mp4": "video/mp4", ".svg": "image/svg+xml", ".txt": "text/plain",
    ".wasm": "application/wasm", ".webmanifest": "application/manifest+json", ".webp": "image/webp",
    ".woff": "font/woff", ".woff2": "font/woff2", ".xml": "application/xml",
}  # fmt: skip
"""What browsers insist on, the same on every machine."""

YEAR = 31_536_000

_DIGEST = re.compile(r"[.-](?=[\w-]*[A-Za-z])(?=[\w-]*[A-Z0-9_-])(?:[\w-]{8}|[0-9a-f]{9,64})(?:\.\w+){1,3}\Z")
"""`index-Bx3kPq9z.js` of vite, `desk.bundle.7KQ2XW3A.css` of esbuild, `app.5f3a9c1d0b2e.js` of others."""


def below(folder: Path, name: str) -> Path | None:
    """The file of that name in the folder, links followed; None if it is none, is hidden, or lies elsewhere."""
    if not _is_plain(name):
        return None
    try:
        top = folder.resolve(strict=True)
        found = top.joinpath(*name.split("/")).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # too long, a circle of links, a null byte
        return None
    if not found.is_relative_to(top) or not found.is_file() or found.suffix.lower() in CODE:
        return None
    return found if _is_plain(found.relative_to(top).as_posix()) else None


def _is_plain(name: str) -> bool:
    parts = name.split("/")
    return all(part and (part[0] != "." or part == ".well-known") and part != "__pycache__" for part in parts) and (
        "\\" not in name and "\0" not in name and ":" not in name
    )


def media_type(name: str) -> str:
    """The media type of a file, by its name."""
    suffix = os.path.splitext(name)[1].lower()
    return TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def has_digest(name: str) -> bool:
    """Whether a file's name says what is in it, as builders name what they make: it may be kept for good.

    Only in a folder that builders write, for a name of people may look like one.
    """
    *folders, last = name.split("/")
    return ("assets" in folders or "dist" in folders) and _DIGEST.search(last) is not None


def send(ctx: Context, file: Path, name: str) -> Response:
    """A file as browsers want it: with an ETag, in ranges, and not at all if they have it already."""
    environ: Values = dict(ctx.request.environ)
    if not environ.get("HTTP_RANGE", "bytes=").startswith("bytes="):
        del environ["HTTP_RANGE"]  # RFC 9110 14.2: a unit that is not known is as if nothing was asked
    response = send_file(
        file,
        environ,
        mimetype=media_type(name),
        etag=mark_of(file),
        max_age=YEAR if has_digest(name) else None,
        last_modified=file.stat().st_mtime,
    )
    response.headers.pop("Content-Disposition", None)
    response.headers["Cache-Control"] = keeping(name)
    return response


def mark_of(file: Path) -> str:
    """What the ETag of a file is made of: it changes with the file."""
    stat = file.stat()
    return hashlib.sha256(f"{stat.st_mtime_ns}:{stat.st_size}".encode()).hexdigest()[:24]


def keeping(name: str) -> str:
    """How long browsers keep a file."""
    return f"public, max-age={YEAR}, immutable" if has_digest(name) else "no-cache"
