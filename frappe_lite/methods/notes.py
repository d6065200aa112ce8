"""Notes, to-dos, logs and templates: what their own modules in Frappe answer."""

from __future__ import annotations

from .. import document, permissions
from ..context import Context
from ..face.templates import rendering
from ..query import Condition
from ..utils import cint, cstr
from ..whitelist import method
from .asking import json_object, load_for, require_manager


@method("frappe.desk.doctype.todo.todo.new_todo")
def new_todo(ctx: Context, description: str) -> None:
    """Make a to-do of one's own."""
    document.new(ctx, {"doctype": "ToDo", "description": description, "allocated_to": ctx.user}).insert()


@method("frappe.desk.doctype.note.note.mark_as_seen")
def mark_as_seen(ctx: Context, note: str) -> None:
    """Remember that the caller has seen a note that is theirs to read."""
    ctx.store.database.begin_write()
    found = load_for(ctx, "Note", note)
    if ctx.user not in [row.user for row in found.seen_by or []]:
        seen = document.load(ctx.trusted(), "Note", found.name)
        seen.append("seen_by", {"user": ctx.user})
        seen.save(ignore_version=True)


@method("frappe.desk.doctype.note.note.reset_notes")
def reset_notes(ctx: Context) -> list[object]:
    """Notes to show at login: none are kept waiting."""
    return []


@method("frappe.core.doctype.error_log.error_log.clear_error_logs")
def clear_error_logs(ctx: Context) -> None:
    """Delete every Error Log, for System Managers."""
    require_manager(ctx)
    ctx.site.write_pending("Error Log")
    ctx.store.database.begin_write()
    ctx.store.database.execute('DELETE FROM "tabError Log"')
    ctx.touch("Error Log")


@method("frappe.core.doctype.log_settings.log_settings.has_unseen_error_log")
def has_unseen_error_log(ctx: Context) -> dict[str, object] | None:
    """A sentence for those who may read Error Logs, if there is one that nobody has seen."""
    meta = ctx.meta("Error Log")
    ctx.site.write_pending(meta.name)
    if not permissions.judge(ctx, meta, "read").allowed or not ctx.store.find(meta, Condition("seen = 0"), limit=1):
        return None
    return {"show_alert": True, "message": 'You have unseen <a href="/app/List/Error%20Log/List"> Error Logs </a>'}


@method("frappe.email.doctype.email_template.email_template.get_email_template")
def get_email_template(ctx: Context, template_name: str, doc: object) -> dict[str, str]:
    """A template filled in with the values of `doc`: {subject, message}.

    Its placeholders reach these values and nothing else.
    """
    template, values = load_for(ctx, "Email Template", template_name), json_object(doc, "doc")
    body = template.response_html if cint(template.use_html) else template.response
    return {
        "subject": rendering.fill_in(cstr(template.subject), values),
        "message": rendering.fill_in(cstr(body), values),
    }
