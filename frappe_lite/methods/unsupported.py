"""What a full Frappe answers and this server does not: each says so, with what to do instead."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..errors import UnsupportedError
from ..whitelist import describe, registry

UNSUPPORTED = {
    "frappe.templates.pages.print.download_pdf": "there is no print engine; make the PDF where the document is shown",
    "frappe.utils.print_format.download_pdf": "there is no print engine; make the PDF where the document is shown",
    "frappe.core.doctype.communication.email.make": "there is no mail engine; send the mail from your own program",
    "frappe.email.get_contact_list": "there is no mail engine, so no contacts are kept",
    "frappe.model.workflow.get_transitions": "there are no workflows; use submit, cancel and roles",
    "frappe.model.workflow.apply_workflow": "there are no workflows; use submit, cancel and roles",
    "frappe.desk.doctype.system_console.system_console.execute_code": "no code and no SQL is run for a client; use /api/v2/document with filters",
    "frappe.utils.global_search.search": "there is no global search; use frappe.desk.search.search_link for one DocType",
    "frappe.core.doctype.data_import.data_import.form_start_import": "there is no job queue; insert by frappe.client.insert_many",
}


def _refusal(name: str, sentence: str) -> Any:
    def refuse(ctx: Context, **arguments: Any) -> None:
        raise UnsupportedError.told(f"{name} is not answered here: {sentence}", title="Not Supported")

    return refuse


registry.update(
    {name: describe(_refusal(name, sentence), takes_context=True) for name, sentence in UNSUPPORTED.items()}
)
