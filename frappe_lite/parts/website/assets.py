"""`/assets/<app>/…`: the files of an app's `public/`, as they are.

What a builder named by its content is kept by browsers for good; the rest they ask for again, and are told by its ETag
whether it changed. Texts go out in gzip to who takes it: a file beside it with `.gz` at the end, or packed here once.
What was asked for once is kept in memory, and sent from there as long as the file is the same.

    shop/public/frontend/assets/index-Bx3kPq9z.js  ->  /assets/shop/frontend/assets/index-Bx3kPq9z.js, immutable
"""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from werkzeug.http import http_date, parse_etags
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response

from ...context import Context
from ...errors import PageDoesNotExistError
from ...request import Environ
from ...site import Site
from ...wsgi import SECURITY_HEADERS, AnyResponse, BytesResponse, StartResponse
from ..compression import takes, takes_gzip
from . import folders

PREFIX = "/assets/"
PACKED = frozenset({".css", ".html", ".js", ".json", ".map", ".md", ".mjs", ".svg", ".txt", ".webmanifest", ".xml"})
LEAST_BYTES, MOST_BYTES = 1_500, 8_000_000
"""Smaller files are not worth packing; larger ones would keep a worker for long, and are sent from the disk."""

SUBRESOURCES = frozenset({".css", ".js", ".mjs", ".map", ".json", ".woff", ".woff2", ".wasm", ".webmanifest"})
"""What is only ever part of a page: nobody frames it, and it leads nowhere. A header costs as much as all else here."""

_FOR_ALL, _FOR_PAGES = ("X-Content-Type-Options",), ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy")

OWN = Path(__file__).parent / "public"
MOST_KEPT = 32_000_000
"""Bytes of files that a process keeps."""

LOOK_SECONDS = 1.0
"""How long a file that is named by its content is taken to be there: its bytes never change, only that it is there."""

BUSY_SECONDS, BUSY_RATE = 0.05, 500
"""How long any other file is taken to be the same, while it is asked for more often a second than people can ask."""

SPECIAL = frozenset({"HTTP_RANGE", "HTTP_IF_MODIFIED_SINCE", "HTTP_ORIGIN", "HTTP_X_REQUEST_ID"})
"""Headers that want more than the file as it is."""

Headers = list[tuple[str, str]]


@dataclass
class Kept:
    """A file as it is sent, and what tells whether it is still the same. `place` is asked anew, for it may be a
    link."""

    place: str
    stamp: tuple[int, ...]
    mark: str
    body: bytes
    headers: Headers
    by_content: bool
    """Whether its name says what is in it."""
    trusted_until: float = 0.0
    """When to look at it again, by `time.monotonic`."""
    asked: int = 0
    counted_from: float = 0.0

    def __post_init__(self) -> None:
        self.all_headers = [*self.headers, ("Content-Length", str(len(self.body)))]

    def is_the_file(self) -> bool:
        """Whether the file is still what is kept.

        To ask the disk is to give up the interpreter to another thread, which under load costs a third of the request.
        """
        now = time.monotonic()
        self.asked += 1
        if now < self.trusted_until:
            return True
        if self.stamp != _stamp(self.place):
            return False
        if self.by_content:
            self.trusted_until = now + LOOK_SECONDS
        elif (seconds := now - self.counted_from) >= BUSY_SECONDS:
            self.trusted_until = now + BUSY_SECONDS if self.asked > BUSY_RATE * seconds else 0.0
            self.asked, self.counted_from = 0, now
        return True

    def send(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with it, or that it is known; to HEAD without the body. Nothing is made for it but a list."""
        if (known := environ.get("HTTP_IF_NONE_MATCH")) and _knows(known, self.mark):
            return _known(self)(environ, start_response)
        start_response("200 OK", self.all_headers[:])  # the server's own from here on
        return [self.body] if environ["REQUEST_METHOD"] == "GET" else []


class Assets:
    """The apps' public folders, and what was sent of them."""

    def __init__(self, site: Site):
        self._site = site
        self._kept: dict[tuple[str, bool], Kept] = {}

    def match(self, path: str) -> bool:
        """Whether an address belongs to an app that has a public folder."""
        if not path.startswith(PREFIX):
            return False
        return (path, True) in self._kept or self._folder(path[len(PREFIX) :].partition("/")[0]) is not None

    def _folder(self, name: str) -> Path | None:
        if name == "frappe_lite":
            return OWN
        app = self._site.apps.get(name)
        folder = Path(app.folder, "public") if app is not None and app.folder else None
        return folder if folder is not None and folder.is_dir() else None

    def from_memory(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes] | None:
        """Send the file, if it is in memory and nothing is asked but the file: a look at who asks would cost five
        times that.

        Where hosts are named, https is insisted on or requests are logged, it goes the way of all requests.
        """
        path, settings = environ.get("PATH_INFO", ""), self._site.settings
        if not path.startswith(PREFIX) or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        kept = self._kept.get((path, takes(environ.get("HTTP_ACCEPT_ENCODING", ""))))
        is_plain = not (settings.hosts or settings.hsts or self._site.extensions.on_answer)
        if kept is None or not is_plain or not environ.keys().isdisjoint(SPECIAL):
            return None
        if "cmd=" in environ.get("QUERY_STRING", "") or not kept.is_the_file():
            return None
        return kept.send(environ, start_response)

    def serve(self, ctx: Context) -> AnyResponse:
        """The file. Raises PageDoesNotExistError."""
        asked = ctx.request.environ
        if "HTTP_RANGE" in asked or ("HTTP_IF_MODIFIED_SINCE" in asked and "HTTP_IF_NONE_MATCH" not in asked):
            return self._from_disk(ctx)
        key = (ctx.request.path, takes_gzip(ctx))
        kept = self._kept.get(key)
        if kept is None or not kept.is_the_file():
            kept = self._keep(ctx, key)
        return _sent(asked, kept) if kept is not None else self._from_disk(ctx)

    def _find(self, ctx: Context) -> tuple[Path, Path, str]:
        app, _, name = ctx.request.path[len(PREFIX) :].partition("/")
        folder = self._folder(app)
        file = folders.below(folder, name) if folder is not None else None
        if folder is None or file is None:
            raise PageDoesNotExistError(f"There is no file {name} in the public folder of {app}")
        return folder, file, name

    def _from_disk(self, ctx: Context) -> Response:
        _, file, name = self._find(ctx)
        response = folders.send(ctx, file, name)
        if file.suffix.lower() in PACKED:
            response.headers["Vary"] = "Accept-Encoding"
        return response

    def _keep(self, ctx: Context, key: tuple[str, bool]) -> Kept | None:
        """The file in memory, packed for who takes it; None for one that is too large."""
        folder, file, name = self._find(ctx)
        place = str(folder / name)
        stamp = _stamp(place)
        if file.stat().st_size > MOST_BYTES or not stamp:
            return None
        suffix = file.suffix.lower()
        is_text = suffix in PACKED
        packed = _packed(file, folders.below(file.parent, f"{file.name}.gz")) if is_text and key[1] else b""
        mark = folders.mark_of(file)
        headers = [
            ("Content-Type", get_content_type(folders.media_type(name), "utf-8")),
            *(each for each in SECURITY_HEADERS if each[0] in (_FOR_ALL if suffix in SUBRESOURCES else _FOR_PAGES)),
            ("Cache-Control", folders.keeping(name)),
            ("Last-Modified", http_date(file.stat().st_mtime)),
            # RFC 9110 8.8.1: packed, the bytes are others, what they mean is the same
            ("ETag", f'W/"{mark}"' if packed else f'"{mark}"'),
        ]
        headers += [] if packed else [("Accept-Ranges", "bytes")]
        headers += [("Vary", "Accept-Encoding")] if is_text else []
        headers += [("Content-Encoding", "gzip")] if packed else []
        made = Kept(place, stamp, mark, packed or file.read_bytes(), headers, folders.has_digest(name))
        if sum(len(each.body) for each in tuple(self._kept.values())) + len(made.body) > MOST_KEPT:
            self._kept.clear()
        self._kept[key] = made
        return made


def _stamp(place: str) -> tuple[int, ...]:
    """What changes with a file, whatever its name leads to now; empty if it is gone."""
    try:
        stat = os.stat(place)
    except OSError:
        return ()
    return stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size


def _packed(file: Path, beside: Path | None) -> bytes:
    if file.stat().st_size < LEAST_BYTES:
        return b""
    return beside.read_bytes() if beside else gzip.compress(file.read_bytes(), 6, mtime=0)


def _sent(environ: Environ, kept: Kept) -> BytesResponse:
    known = environ.get("HTTP_IF_NONE_MATCH")
    return _known(kept) if known and _knows(known, kept.mark) else BytesResponse(kept.body, 200, kept.headers)


def _known(kept: Kept) -> BytesResponse:
    return BytesResponse(b"", 304, [each for each in kept.headers if not each[0].startswith("Content-")])


def _knows(known: str, mark: str) -> bool:
    """Whether If-None-Match names the file; browsers send back the one ETag that they were sent."""
    return known in (f'"{mark}"', f'W/"{mark}"') or parse_etags(known).contains_weak(mark)
