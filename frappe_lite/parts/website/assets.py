"""`/assets/<app>/…`: the files of an app's `public/`, as they are.

What a builder named by its content is kept by browsers for good; the rest they ask for again, and are told by its ETag
whether it changed. Texts go out in gzip to who takes it: a file beside it with `.gz` at the end, or packed here once.

    shop/public/frontend/assets/index-Bx3kPq9z.js  ->  /assets/shop/frontend/assets/index-Bx3kPq9z.js, immutable
"""

from __future__ import annotations

import gzip
from pathlib import Path

from werkzeug.wrappers import Response

from ...context import Context
from ...errors import PageDoesNotExistError
from ...site import Site
from ..compression import takes_gzip
from . import folders

PREFIX = "/assets/"
PACKED = frozenset({".css", ".html", ".js", ".json", ".map", ".md", ".mjs", ".svg", ".txt", ".webmanifest", ".xml"})
LEAST_BYTES, MOST_BYTES = 1_500, 8_000_000
"""Smaller files are not worth packing; larger ones would keep a worker for long."""

OWN = Path(__file__).parent / "public"
MOST_KEPT = 32_000_000
"""Bytes of packed files that a process keeps."""


class Assets:
    """The apps' public folders, and what was packed of them."""

    def __init__(self, site: Site):
        self._site = site
        self._packed: dict[tuple[str, int, int], bytes] = {}

    def match(self, path: str) -> bool:
        """Whether an address belongs to an app that has a public folder."""
        return path.startswith(PREFIX) and self._folder(path[len(PREFIX) :].partition("/")[0]) is not None

    def _folder(self, name: str) -> Path | None:
        if name == "frappe_lite":
            return OWN
        app = self._site.apps.get(name)
        folder = Path(app.folder, "public") if app is not None and app.folder else None
        return folder if folder is not None and folder.is_dir() else None

    def serve(self, ctx: Context) -> Response:
        """The file. Raises PageDoesNotExistError."""
        app, _, name = ctx.request.path[len(PREFIX) :].partition("/")
        folder = self._folder(app)
        file = folders.below(folder, name) if folder is not None else None
        if file is None:
            raise PageDoesNotExistError(f"There is no file {name} in the public folder of {app}")
        response = folders.send(ctx, file, name)
        if file.suffix.lower() not in PACKED:
            return response
        response.headers["Vary"] = "Accept-Encoding"
        if response.status_code == 200 and takes_gzip(ctx) and "HTTP_RANGE" not in ctx.request.environ:
            packed = self._pack(file, folders.below(file.parent, f"{file.name}.gz"))
            if packed:
                _send_packed(response, packed)
        return response

    def _pack(self, file: Path, beside: Path | None) -> bytes:
        stat = file.stat()
        if not LEAST_BYTES <= stat.st_size <= MOST_BYTES:
            return b""
        key = (str(file), stat.st_mtime_ns, stat.st_size)
        made = self._packed.get(key)
        if made is None:
            made = beside.read_bytes() if beside else gzip.compress(file.read_bytes(), 6, mtime=0)
            if sum(map(len, self._packed.values())) + len(made) > MOST_KEPT:
                self._packed.clear()
            self._packed[key] = made
        return made


def _send_packed(response: Response, packed: bytes) -> None:
    response.close()  # the file that it would have sent
    response.response, response.direct_passthrough = [packed], False
    mark, _ = response.get_etag()
    response.set_etag(mark or "", weak=True)  # RFC 9110 8.8.1: the bytes are others, what they mean is the same
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(packed))
    response.headers["Accept-Ranges"] = "none"
