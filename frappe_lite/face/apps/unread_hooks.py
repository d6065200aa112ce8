"""Hooks of Frappe's that nothing here acts on: told at the start, with their line, so that nobody waits for their
effect.

What an app names for its own, and what only describes it (`app_title`, `fixtures`), is no matter of this.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ...values import Given

_DESK = "Frappe's desk is not here"
_MAIL = "mails are made and sent by this server alone"
_PRINT = "there are no print formats and no PDF"
_SEARCH = "the search through everything knows no order of DocTypes"

UNREAD: dict[str, str] = {
    **dict.fromkeys(
        ("app_include_js", "app_include_css", "app_include_icons", "app_include", "page_js", "doctype_js", "doctype_list_js", "doctype_tree_js", "doctype_calendar_js"), _DESK
    ),
    **dict.fromkeys(("override_doctype_dashboards", "additional_timeline_content", "standard_queries_js", "sounds", "leaderboards", "domains", "dump_report_map"), _DESK),
    **dict.fromkeys(("setup_wizard_requires", "setup_wizard_stages", "setup_wizard_complete", "setup_wizard_success", "setup_wizard_exception"), "there is no setup wizard"),
    **dict.fromkeys(("override_email_send", "get_sender_details", "default_mail_footer", "email_append_to", "email_brand_image", "default_email_template", "email_css"), _MAIL),
    **dict.fromkeys(("pdf_generator", "pdf_header_html", "pdf_body_html", "pdf_footer_html", "get_print_format_template", "print_format_copies"), _PRINT),
    **dict.fromkeys(("global_search_doctypes", "translated_search_doctypes"), _SEARCH),
    **dict.fromkeys(("get_translated_dict", "translator_url", "ignore_translatable_strings_from"), "there are no translations"),
    "website_catch_all": "what is found nowhere is told in a page of the server's, or www/404.html",
    **dict.fromkeys(("webform_include_js", "webform_include_css", "website_theme_scss", "signup_form_template"), "there are no web forms, themes and sign-up pages"),
    **dict.fromkeys(("before_write_file", "write_file", "delete_file_data_content"), "files are kept by their content, "
                                                                                     "see docs/files.md"),
    **dict.fromkeys(("user_data_fields", "user_privacy_documents"), "there are no requests for personal data"),
    **dict.fromkeys(("before_migrate", "before_app_uninstall", "after_app_uninstall"), "an app is loaded, and neither migrated nor taken away"),
    "regional_overrides": "functions are not overridden by country",
    "notification_delivery": _MAIL,
}  # fmt: skip
"""Hook -> why nothing comes of it."""


def told(file: Path, hooks: Given) -> Iterator[tuple[int, str]]:
    """Line and sentence of each hook in an app's hooks.py that nothing acts on."""
    named = {name: UNREAD[name] for name in hooks if name in UNREAD and hooks[name]}
    if named and file.exists():
        lines = _lines(file)
        for name, why in named.items():
            yield lines.get(name, 0), f"the hook {name} is not acted on: {why}"


def _lines(file: Path) -> dict[str, int]:
    """Where each name is given its value first."""
    found: dict[str, int] = {}
    for node in ast.parse(file.read_text(errors="replace")).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, node.lineno)
    return found


__all__ = ["UNREAD", "told"]
