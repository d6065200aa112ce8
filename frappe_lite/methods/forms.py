"""`frappe.desk.form.save.*` and `frappe.desk.form.utils.*` beside saving.

Cancel, discard, the next document of a list.
"""

from __future__ import annotations

from .. import document, permissions
from ..context import Context
from ..document import lists
from ..document.base_document import BaseDocument
from ..errors import DoesNotExistError, PermissionError, ValidationError
from ..query import Condition
from ..utils import bold, cint, cstr
from ..whitelist import method
from .asking import MAX_NAMES, json_filters, load_for, name_list, require_any
from .form_loading import docinfo


def _send(ctx: Context, doc: BaseDocument) -> None:
    ctx.response["docs"] = [permissions.strip_unreadable(ctx, doc.meta, dict(doc.as_dict()))]
    ctx.response["docinfo"] = docinfo(ctx, doc)


@method("frappe.desk.form.save.cancel", methods=["POST", "PUT"])
def cancel(
    ctx: Context,
    doctype: str | None = None,
    name: object = None,
    workflow_state_fieldname: object = None,
    workflow_state: object = None,
) -> None:
    """Cancel a submitted document; it stands at the top of the answer, as a form reads it."""
    ctx.store.database.begin_write()
    doc = load_for(ctx, doctype, name)
    if workflow_state_fieldname and workflow_state:
        field = doc.meta.field(cstr(workflow_state_fieldname))
        if field is None or field.permlevel:
            raise ValidationError.told(
                f"{workflow_state_fieldname} is no field of {doc.doctype} that a workflow may set"
            )
        doc.set(field.fieldname, workflow_state)
    doc.cancel()
    _send(ctx, doc)
    ctx.say("Cancelled", indicator="red", alert=True)


@method("frappe.desk.form.save.discard")
def discard(ctx: Context, doctype: str, name: str | int) -> None:
    """Give a draft up: it counts as cancelled and can be deleted."""
    ctx.store.database.begin_write()
    doc = load_for(ctx, doctype, name)
    doc.discard()
    _send(ctx, doc)
    ctx.say("Discarded", indicator="red", alert=True)


@method("frappe.desk.form.utils.get_next")
def get_next(
    ctx: Context,
    doctype: str,
    value: object,
    prev: object,
    filters: object = None,
    sort_order: str = "desc",
    sort_field: str = "creation",
) -> str | None:
    """The name of the document after (or with `prev` before) `value` in a list as it is sorted.

    A message and nothing at its end.
    """
    meta = ctx.meta(doctype)
    require_any(ctx, meta)
    if sort_field not in meta.columns or not permissions.may_read_field(ctx, meta, sort_field):
        raise ValidationError.told(f"sort_field is a field of {meta.name} that you may read")
    ascending = sort_order.lower() == "asc"
    if cint(prev):
        ascending = not ascending
    here = lists.get_list(ctx, meta.name, [sort_field], {"name": value}, limit=1, as_list=True)
    if not here:
        load_for(ctx, doctype, value)
    beyond = [*json_filters(filters), [meta.name, sort_field, ">" if ascending else "<", here[0][0] if here else None]]
    found = lists.get_list(
        ctx, meta.name, ["name"], beyond, order_by=f"{sort_field} {'asc' if ascending else 'desc'}", limit=1
    )
    if not found:
        ctx.say("No further records")
        return None
    return cstr(found[0]["name"])


@method("frappe.model.workflow.get_transitions")
def get_transitions(ctx: Context, doc: object, workflow: object = None) -> None:
    """The steps of a document's workflow. Raises DoesNotExistError: there are none; PermissionError for who may not
    know."""
    if "System Manager" not in ctx.roles:
        text = f"User {bold(ctx.user)} does not have doctype access via role permission for document {bold('Workflow')}"
        raise PermissionError.told(text, indicator=None, brief="No permission for Workflow")
    raise DoesNotExistError.told(f"Workflow {workflow} not found")


@method("frappe.desk.form.utils.update_comment_publicity", methods=["POST", "PUT"])
def update_comment_publicity(ctx: Context, name: str, publish: bool) -> None:
    """Publish a comment or take it back, as its author or a System Manager."""
    ctx.store.database.begin_write()
    row = ctx.store.load_row(ctx.meta("Comment"), name)
    if "System Manager" not in ctx.roles and (row is None or row["owner"] != ctx.user):
        raise PermissionError.told("Comment publicity can only be updated by the original author or a System Manager.")
    if row is None or row["owner"] != ctx.user:
        load_for(ctx, "Comment", name, "write")
    document.set_values(ctx, ctx.meta("Comment"), name, {"published": int(publish)})


@method("frappe.desk.form.load.get_communications")
def get_communications(
    ctx: Context, doctype: str, name: object, start: int = 0, limit: int = 20
) -> list[dict[str, object]]:
    """The communications about a document, for whoever may read it, the latest first."""
    doc = load_for(ctx, doctype, name)
    first, most = lists.page(start, limit)
    about = Condition(
        "reference_doctype = ? AND reference_name = ? AND communication_type = 'Communication'",
        (doc.doctype, cstr(doc.name)),
    )
    meta = ctx.meta("Communication")
    rows = ctx.store.find(meta, about, meta.shown_columns, limit=first + (most or MAX_NAMES), order="creation DESC")
    return rows[first:]


@method("frappe.desk.form.load.get_user_info_for_viewers")
def get_user_info_for_viewers(ctx: Context, users: object) -> dict[str, dict[str, object]]:
    """Full name and picture of users, for those who belong to the desk themselves."""
    own = ctx.user_info(ctx.user)
    if own is None or own.user_type != "System User":
        raise PermissionError.told("Only users of the desk see each other")
    found = {user: ctx.user_info(user) for user in name_list(users, "users")}
    return {
        user: {"fullname": info.full_name, "image": info.user_image or None, "name": info.name}
        for user, info in found.items()
        if info
    }
