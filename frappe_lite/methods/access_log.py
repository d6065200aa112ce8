"""The Access Log: who took data out of the site, as which file, found by which filters.

Each is a document `Access Log`, which System Managers read and which goes after 30 days.

    {"user": "ann@x.org", "export_from": "ToDo", "file_type": "CSV", "filters": "{'status': 'Open'}"}
"""

from __future__ import annotations

from ..access.auth import SAFE_METHODS
from ..context import Context
from ..document.markup import clean
from ..utils import cstr, generate_hash, now
from ..whitelist import method

DOCTYPE = "Access Log"


@method("frappe.core.doctype.access_log.access_log.make_access_log", methods=["POST", "PUT"])
def make_access_log(
    ctx: Context, doctype: str | None = None, document: object = None, method: str | None = None,
    file_type: str | None = None, report_name: str | None = None, filters: object = None, page: str | None = None,
    columns: object = None,
) -> None:  # fmt: skip
    """Write down that the user took data out. What a GET takes, of which nothing is kept, is written after it."""
    moment, kept = now(), {
        "export_from": doctype, "reference_document": document, "method": method, "file_type": file_type,
        "report_name": report_name, "filters": filters, "page": page, "columns": columns,
    }  # fmt: skip
    row = {
        "name": generate_hash(length=10), "owner": ctx.user, "modified_by": ctx.user, "creation": moment,
        "modified": moment, "docstatus": 0, "idx": 0, "user": ctx.user, "timestamp": moment,
        **{key: clean(cstr(value)) or None for key, value in kept.items()},
    }  # fmt: skip

    def write() -> None:
        with ctx.store.database.transaction():
            ctx.store.insert(ctx.meta(DOCTYPE), row)

    if ctx.request.method in SAFE_METHODS:
        ctx.after_rollback.append(write)
        ctx.after_commit.append(write)
    else:
        write()


__all__ = ["make_access_log"]
