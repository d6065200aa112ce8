"""ETags: which state of a document an answer shows, and which state a client expects.

The value is made of `modified`, which grows with every save. Behind the dash stands the state of DocTypes, roles and
shares, which decide what is shown of a document: it counts for what a client has read, not for what it may overwrite.

    ETag: "20260102030405678901-7"
    If-None-Match: "20260102030405678901-7"   ->  304: the caller has this answer already
    If-Match: "20260102030405678901-7"        ->  412, unless the stored document was last changed at that moment
"""

from __future__ import annotations

from werkzeug.wrappers import Response

from .. import permissions
from ..context import Context
from ..errors import DoesNotExistError, PreconditionFailedError
from ..utils import cstr
from .loading import load

_SEPARATORS = str.maketrans("", "", "-: .")


def _moment(modified: object) -> str:
    return cstr(modified).translate(_SEPARATORS)


def mark(ctx: Context, modified: object) -> str:
    """Send the ETag of a document's state with the answer and return it; empty for a document that was never saved."""
    if not modified:
        return ""
    tag = f'"{_moment(modified)}-{ctx.caches.version or 0}"'
    ctx.headers.append(("ETag", tag))
    return tag


def not_modified(ctx: Context, tag: str) -> Response | None:
    """304 if the caller's `If-None-Match` names this state; otherwise None."""
    given = ctx.request.headers.get("If-None-Match")
    if not given or not tag or tag not in _listed(given):
        return None
    return Response(b"", 304)


def require_match(ctx: Context, doctype: str, name: object, right: str) -> None:
    """Raises PreconditionFailedError unless `If-Match` names the stored state.

    For use inside the transaction that writes.
    """
    given = ctx.request.headers.get("If-Match")
    if not given:
        return
    try:
        stored = load(ctx, doctype, name)
    except DoesNotExistError:
        return  # what is not there is refused as such
    # First: who may not write learns nothing of the state
    permissions.require(ctx, stored.meta, right, stored.__dict__)
    wanted = [each.strip('"').partition("-")[0] for each in _listed(given)]
    modified = stored.__dict__["modified"]
    if "*" not in wanted and _moment(modified) not in wanted:
        raise PreconditionFailedError.told(
            f"{stored.doctype} {stored.name} was last changed at {modified}: that is not the state in If-Match. "
            "Read it again."
        )


def _listed(header: str) -> list[str]:
    """The ETags of a header; proxies that compress weaken them, which changes nothing here."""
    return [each.strip().removeprefix("W/") for each in header.split(",")]
