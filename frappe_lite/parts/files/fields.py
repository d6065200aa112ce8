"""Attach fields: what stands in one becomes a link or a picture on somebody's page, so it is the address of a file and
nothing that a browser would run.

"/files/a.png", "https://x.org/a.png", "a.png", "data:image/png;base64,…"  stay        "javascript:alert(1)"  ->  417
"""

from __future__ import annotations

import re

from ...context import Context
from ...doctype.meta import DocType
from ...document.base_document import BaseDocument
from ...errors import InvalidURLError
from ...utils import bold, cstr

_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\ufeff]+")
"""What browsers leave out of an address before they look at its scheme, and a little more."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_ALLOWED = re.compile(r"https?://|data:image/(?:png|jpe?g|gif|webp|bmp|avif);", re.IGNORECASE)


def require_addresses(doc: BaseDocument, _event: str = "") -> None:
    """Raises InvalidURLError for an Attach field, of the document or a child row, whose address has a scheme that is
    none of a file."""
    for table, fieldnames in _fields(doc.ctx, doc.meta):
        for each in doc.__dict__.get(table) or () if table else (doc,):
            for fieldname in fieldnames:
                value = each.__dict__.get(fieldname)
                if value and not is_address(value):
                    raise InvalidURLError.told(
                        f"{bold(each.meta.get_label(fieldname))} is the address of a file: /files/…, /private/files/… "
                        "or https://…"
                    )


def is_address(value: object) -> bool:
    """Whether a browser may be given it as the address of a file."""
    text = _UNSEEN.sub("", cstr(value))
    return not _SCHEME.match(text) or _ALLOWED.match(text) is not None


def _fields(ctx: Context, meta: DocType) -> tuple[tuple[str, list[str]], ...]:
    found: tuple[tuple[str, list[str]], ...] = ctx.cached(
        ("attach fields", meta.name), lambda: fields_of_types(ctx, meta, ("Attach", "Attach Image"))
    )
    return found


def fields_of_types(ctx: Context, meta: DocType, fieldtypes: tuple[str, ...]) -> tuple[tuple[str, list[str]], ...]:
    """The fields of such types by the table that they are in, if there are any; "" is the document itself."""
    tables = [
        (each.fieldname, ctx.meta(cstr(each.options))) for each in meta.table_fields if ctx.has_doctype(each.options)
    ]
    named = [
        (table, [field.fieldname for field in each.value_fields if field.fieldtype in fieldtypes])
        for table, each in [("", meta), *tables]
    ]
    return tuple((table, fieldnames) for table, fieldnames in named if fieldnames)
