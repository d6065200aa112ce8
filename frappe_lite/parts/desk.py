"""`/app`: the desk, a page for people. It is a client of the public API and nothing else; see docs/desk.md.

The same document answers every address below `/app`, for its script reads the address. What the script needs to begin
stands in a JSON element: the policy allows no inline script. Its files have a digest of all of them in their address,
so browsers keep them for good, and load nothing old after an update. Each is compressed once. The page takes its
modules in bundles, which are made of them when they are first asked for, and names what it will ask the API at once.

    GET /app/task?status=Open                ->  the page
    GET /assets/desk/3f9c…/linked/app.js     ->  what it begins with: app.js and all that it imports
    GET /assets/desk/3f9c…/app.js            ->  a file of frappe_lite/desk, Cache-Control: immutable
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import html
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

from werkzeug.wrappers import Response

from .. import permissions
from ..access import csrf
from ..context import Context
from ..doctype.meta import DocType
from ..errors import DoesNotExistError, FrappeError
from ..methods import search
from ..query import Condition
from ..site import Site
from ..utils import cint, cstr
from ..values import JsonObject
from ..version import VERSION
from ..whitelist import method
from . import global_search
from .bundle import FOLDER as LINKED
from .bundle import Bundles, flat
from .compression import takes_gzip
from .discovery import may_ever, readable_doctypes

FOLDER = Path(__file__).resolve().parent.parent / "desk"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".map": "application/json"}
"""What is served of the folder, and nothing besides."""

RIGHTS = ("read", "write", "create", "delete", "submit", "cancel", "amend", "share", "report", "export", "import")
POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
    "media-src 'self' blob:", "connect-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
))  # fmt: skip
HEADERS = {"Content-Security-Policy": POLICY, "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin"}

FOUND = frozenset({"User", "Contact", "Address", "Note", "Event", "ToDo", "File", "Report", "Dashboard", "Role"})
"""Of the server's own DocTypes, those whose documents people look for by name."""

MIN_FOUND, FOUND_OF_EACH, MOST_FOUND, FIND_SECONDS = 2, 4, 24, 0.4
"""Of a search through all DocTypes: letters that it needs, documents that it tells, and how long it looks."""

_ASSETS = "/assets/desk/"
_FIRST, _FORM = "app.js", "pages/form.js"
_PLAIN = "!~*'()"  # what encodeURIComponent leaves as it is, besides letters and digits
_OTHERS = frozenset({"run", "settings", "dashboard-view", "import", "permissions", "doctype", "query-report"})
"""First words of addresses, as app.js has them, whose page is neither a list nor a form."""

# What the frame begins with, as shell.js has it: seen before the script has come.
_FRAME = (
    '<div class="frame"><header class="bar"><button class="quiet menu-button" aria-label="Documents">☰</button>'
    '<a class="home" href="{prefix}/app">{title}</a></header></div>'
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>{title}</title><link rel="icon" href="{root}icon.svg"><script src="{root}theme.js"></script><link rel="stylesheet" href="{root}styles/desk.css">
{token}{preloads}<script type="application/json" id="boot">{boot}</script><script type="module" src="{root}linked/app.js"></script></head>
<body><div id="desk">{frame}</div><noscript>This page needs JavaScript. The API behind it does not: see {prefix}/docs.</noscript></body></html>
"""


def attach(site: Site) -> None:
    """Answer `/app` and what is below it, the files of the page, and the addresses that lead to it."""
    assets = Assets(FOLDER)
    site.extensions.pages += [
        (re.compile(_ASSETS + r"\w+/[\w./-]+\Z"), lambda ctx: assets.serve(ctx)),
        (re.compile(r"/app(/.*)?\Z", re.DOTALL), lambda ctx: page(ctx, assets)),
        (re.compile(r"/(desk)?\Z"), to_desk),
    ]


def page(ctx: Context, assets: Assets) -> Response:
    """The page, the same for every address and for whoever asks but for its boot values."""
    prefix = prefix_of(ctx)
    root = f"{prefix}{_ASSETS}{assets.digest()}/"
    values = boot_values(ctx)
    boot = json.dumps(values, separators=(",", ":")).replace("<", "\\u003c")  # no text of it may end the element
    # Frappe: pages say it in an inline script, which our policy would not run; there are clients that look for this
    # text
    token = f'<!-- window.csrf_token = "{values["csrf_token"]}" -->\n' if values["csrf_token"] else ""
    names = {"title": html.escape(ctx.site.title), "prefix": html.escape(prefix)}
    text = _PAGE.format(
        **names,
        root=html.escape(root),
        token=token,
        preloads=_preloads(root, values, ctx.request.path),
        boot=boot,
        frame="" if ctx.user == "Guest" else _FRAME.format(**names),
    )
    response = Response(text, mimetype="text/html", headers={**HEADERS, "Vary": "Accept-Encoding"})
    if takes_gzip(ctx):  # it repeats nothing of the request, so that its length tells nothing of the token in it
        response.set_data(gzip.compress(text.encode(), compresslevel=5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _preloads(root: str, values: JsonObject, path: str) -> str:
    """Links to all that the page of an address needs, so that a browser fetches it at once and not step by step."""
    found = _shown(values, path)
    if found is None:
        return ""
    doctype, name = found
    links = [f'rel="preload" as="fetch" crossorigin="anonymous" href="{html.escape(values["prefix"] + each)}"'
             for each in _asked_first(doctype, name)]  # fmt: skip
    if name is not None:
        links.append(f'rel="modulepreload" href="{html.escape(f"{root}{LINKED}{flat(_FORM)}")}"')
        links.append(f'rel="preload" as="style" href="{html.escape(root)}styles/form.css"')
    return "".join(f"<link {each}>\n" for each in links)


def _shown(values: JsonObject, path: str) -> tuple[str, str | None] | None:
    """The DocType and document that an address shows: no document's name of a new one, None of a list.

    None for another page, and for what the caller may not read.
    """
    first, *more = path.split("/")[2:] or [""]
    if first in _OTHERS or more[:1] == ["view"] or [first, *more] == ["new", "doctype"] or path.endswith("/"):
        return None
    is_new = first == "new" and len(more) == 1
    word = more[0] if is_new else first
    info = next((each for each in values["doctypes"] if word in (each["name"], _word(each["name"]))), None)
    if info is None or info["virtual"]:
        return None
    if info["single"]:
        return info["name"], info["name"]
    return info["name"], "" if is_new else "/".join(more) or None


def _asked_first(doctype: str, name: str | None) -> list[str]:
    """What the script asks of the API before it shows a list or a form, letter by letter as api.js writes it."""
    place, query = quote(doctype, safe=_PLAIN), urlencode({"doctype": doctype})
    meta = f"/api/v2/doctype/{place}/meta"
    if name is not None:
        return [meta, *([f"/api/v2/document/{place}/{quote(name, safe=_PLAIN)}"] if name else [])]
    methods = ("frappe.model.utils.user_settings.get", "frappe.desk.listview.get_list_settings")
    return [meta, *(f"/api/v2/method/{each}?{query}" for each in methods)]


def _word(doctype: str) -> str:
    """A DocType's word in an address."""
    return doctype.lower().replace(" ", "-")


def to_desk(ctx: Context) -> Response:
    """`/`, and `/desk` as newer benches say."""
    return Response(b"", 302, {"Location": f"{prefix_of(ctx)}/app"})


def prefix_of(ctx: Context) -> str:
    """The path below which the site is mounted, without a slash at its end."""
    return cstr(ctx.request.environ.get("SCRIPT_NAME")).rstrip("/")


# --- boot -------------------------------------------------------------------------------------------------


@method("frappe_lite.desk.boot", allow_guest=True, methods=["GET"])
def boot(ctx: Context) -> dict[str, object]:
    """What the page begins with.

    The site, who is signed in, the session's CSRF token, the DocTypes that they may read.
    """
    return boot_values(ctx)


@method("frappe_lite.desk.find", methods=["GET"])
def find(ctx: Context, text: str) -> list[dict[str, object]]:
    """Documents of any DocType by the words in them: {doctype, value, label, description}.

    First those that the search through everything finds; of DocTypes that it leaves out, documents whose name, title or
    search fields have the text, an app's before the server's own. Whoever has large tables gets what was found in time.
    """
    if ctx.user == "Guest" or len(text.strip()) < MIN_FOUND:
        return []
    found = _indexed(ctx, text.strip())
    deadline = time.monotonic() + FIND_SECONDS
    covered = global_search.searched(ctx)
    known = [(meta, app) for meta, app in _with_apps(ctx) if not (meta.issingle or meta.is_virtual)]
    for meta, app in sorted(known, key=lambda each: each[1] == "frappe"):
        if meta.name in covered or (app == "frappe" and meta.name not in FOUND):
            continue
        if len(found) >= MOST_FOUND or time.monotonic() > deadline:
            break
        with contextlib.suppress(FrappeError):  # an app's own search may want what nobody gave here
            rows = search.find(ctx, meta.name, _literal(text.strip()), None, FOUND_OF_EACH)
            found += [{**row, "doctype": meta.name} for row in rows]
    return found[:MOST_FOUND]


def _literal(text: str) -> str:
    """The text for a search whose `%` and `_` are wildcards, as those of link fields are: here each stands for itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _indexed(ctx: Context, text: str) -> list[dict[str, object]]:
    """What the search through everything finds, some of each DocType."""
    some: list[dict[str, object]] = []
    counts: dict[str, int] = {}
    for row in global_search.found(ctx, text, limit=4 * MOST_FOUND, seconds=FIND_SECONDS):
        counts[row["doctype"]] = counts.get(row["doctype"], 0) + 1
        if counts[row["doctype"]] <= FOUND_OF_EACH and len(some) < MOST_FOUND:
            some.append(row)
    return [
        {"doctype": row["doctype"], "value": row["name"], "label": row.get("title") or row["name"],
         "description": row["content"]}
        for row in global_search.told(ctx, some)
    ]  # fmt: skip


def boot_values(ctx: Context) -> dict[str, object]:
    """See `boot`. `doctypes` is empty for a guest: the page asks for a sign-in first."""
    info = ctx.user_info(ctx.user)
    user = {
        "name": ctx.user,
        "full_name": info.full_name if info else ctx.user,
        "image": info.user_image if info else "",
        "roles": sorted(ctx.roles),
    }
    doctypes: list[dict[str, object]] = (
        [] if ctx.user == "Guest" else [_described(ctx, meta, app) for meta, app in _with_apps(ctx)]
    )
    token = csrf.csrf_token(ctx) if ctx.sid else ""
    return {
        "title": ctx.site.title,
        "version": VERSION,
        "prefix": prefix_of(ctx),
        "user": user,
        "csrf_token": token,
        "doctypes": doctypes,
    }


def _with_apps(ctx: Context) -> Iterator[tuple[DocType, str]]:
    """The DocTypes that the caller may read, and the app that each is of; none for one that was made here."""
    apps = {
        row["name"]: cstr(row["app_name"])
        for row in ctx.store.find(ctx.meta("Module Def"), Condition(), ("name", "app_name"))
    }
    for meta in readable_doctypes(ctx):
        yield meta, "" if meta.raw.get("custom") else apps.get(cstr(meta.raw.get("module")), "")


def _described(ctx: Context, meta: DocType, app: str) -> JsonObject:
    rights = [right for right in RIGHTS if may_ever(ctx, meta, right)]
    kind = {"single": int(bool(meta.issingle)), "virtual": int(bool(meta.is_virtual))}
    kind["drafts"] = int(bool(meta.is_submittable))
    return {
        "name": meta.name,
        "module": cstr(meta.raw.get("module")) or "Custom",
        "app": app,
        **kind,
        "rights": rights,
        "link_title": _link_title(ctx, meta),
    }


def _link_title(ctx: Context, meta: DocType) -> str:
    """The field that is shown in place of the name where a document is linked.

    Empty for none, and for one that the caller may not read.
    """
    has_rows = not meta.issingle and not meta.is_virtual
    title = cstr(meta.title_field) if has_rows and cint(meta.show_title_field_in_link) else ""
    return title if title in meta.columns and permissions.may_read_field(ctx, meta, title) else ""


# --- files ------------------------------------------------------------------------------------------------


class Assets:
    """The files of a folder and bundles of its modules, read and compressed once; again when one of them changes."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._seen: list[tuple[Path, int]] | None = None
        self._digest = ""
        self._files: dict[str, bytes] = {}
        self._packed: dict[str, bytes] = {}
        self._bundles = Bundles({}, _FIRST)

    def digest(self) -> str:
        """One name for the state of all files. Looks at their times, so that who edits them sees the new ones."""
        paths = [each for each in sorted(self.folder.rglob("*")) if each.suffix in TYPES]
        seen = [(each, each.stat().st_mtime_ns) for each in paths]
        if seen != self._seen:
            files = {each.relative_to(self.folder).as_posix(): each.read_bytes() for each in paths}
            whole = hashlib.sha256(
                b"".join(b"%s\0%d\0%s" % (name.encode(), len(data), data) for name, data in files.items())
            )
            scripts = {name: data.decode() for name, data in files.items() if name.endswith(".js")}
            self._bundles = Bundles(scripts, _FIRST)
            self._files, self._packed, self._digest, self._seen = files, {}, whole.hexdigest()[:16], seen
        return self._digest

    def content(self, name: str) -> bytes:
        """A file, the bundle of a module, or the source map of a bundle. Raises DoesNotExistError."""
        if name not in self._files and name.startswith(LINKED):
            bundle = name.removesuffix(".map")
            module = next((each for each in self._bundles.sources if LINKED + flat(each) == bundle), None)
            if module:
                made = self._bundles[module] if bundle == name else self._bundles.source_map(module)
                self._files[name] = made.encode()
        if name not in self._files:
            raise DoesNotExistError
        return self._files[name]

    def serve(self, ctx: Context) -> Response:
        """A file, by an address that page gave out. Raises DoesNotExistError."""
        digest, _, name = ctx.request.path[len(_ASSETS) :].partition("/")
        current = self.digest() if digest != self._digest else digest
        plain, packed = self.content(name), self._packed
        zipped = takes_gzip(ctx)
        if zipped and name not in packed:
            packed[name] = gzip.compress(plain, mtime=0)
        response = Response(packed[name] if zipped else plain, mimetype=TYPES[Path(name).suffix])
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        # An old address gets the new file, which must not be kept under it.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if digest == current else "no-cache"
        response.set_etag(f"{hashlib.sha256(plain).hexdigest()[:16]}{'-gzip' if zipped else ''}")
        return response.make_conditional(ctx.request.environ)
