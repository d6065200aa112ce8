"""What a full Frappe answers and this server does not: each says so, with what to do instead.

One table: the reason, then the modules of Frappe with the names that it holds for. What is neither here nor registered
elsewhere is no method of Frappe's, or one that only its own desk calls about itself.
"""

from __future__ import annotations

from ..context import Context
from ..errors import UnsupportedError
from ..whitelist import built_in, describe

_MAIL = "mails go out by frappe.sendmail and frappe.core.doctype.communication.email.make alone (docs/mail.md)"
_SIGN_IN = "people are signed in by password, API key or OAuth token; make users with frappe.client.insert"
_PRINT = "there is no print engine; make the PDF where the document is shown"
_JOBS = "no job of ours does this: what is asked is done in the request; jobs of apps run, and end at their timeout"
_DESK = (
    "the desk here is a page of its own (docs/desk.md), without workspaces and pages of code; read the documents with "
    "frappe.client.get_list"
)
_WEBSITE = "of a website there are the pages of apps alone (docs/website.md); a page of yours calls the API"
_OTHERS = "no service of somebody else's is called; do it in your own program, with a key"
_SERVER = "the server is looked after by the commands of frappe-lite, and by what docs/request-log.md says"

REASONS: dict[str, dict[str, str]] = {
    _MAIL: {
        "frappe.automation.doctype.reminder.reminder": "create_new_reminder",
        "frappe.core.doctype.communication.email": "mark_email_as_seen",
        "frappe.core.doctype.sms_settings.sms_settings": "get_contact_number send_sms",
        "frappe.core.doctype.user.user": "has_email_account",
        "frappe.email": "relink get_communication_doctype",
        "frappe.email.doctype.auto_email_report.auto_email_report": "download send_now",
        "frappe.email.doctype.email_account.email_account": "get_append_to pull_emails set_email_password",
        "frappe.email.doctype.email_group.email_group": "import_from add_subscribers",
        "frappe.email.doctype.newsletter.newsletter": "subscribe confirm_subscription newsletter_email_read",
        "frappe.email.email_body": "get_email_html",
        "frappe.email.inbox": "create_email_flag_queue mark_as_closed_open move_email mark_as_trash mark_as_spam",
        "frappe.email.queue": "unsubscribe",
        "frappe.www.contact": "send_message",
    },
    _SIGN_IN: {
        "frappe.core.doctype.user.user": "impersonate get_module_profile",
        "frappe.integrations.doctype.ldap_settings.ldap_settings": "login reset_password",
        "frappe.integrations.oauth2_logins": (

                "login_via_google login_via_github login_via_facebook login_via_frappe login_via_office365 "
                "login_via_salesforce login_via_fairlogin login_via_keycloak custom"

        ),
        "frappe.twofactor": "reset_otp_secret",
        "frappe.www.login": "login_via_token send_login_link login_via_key",
        "frappe.www.third_party_apps": "delete_client",
    },
    _PRINT: {
        "frappe.contacts.doctype.address.address": "get_address_display",
        "frappe.contacts.doctype.address_template.address_template": "get_default_address_template",
        "frappe.printing.doctype.network_printer_settings.network_printer_settings": "get_network_printer_settings",
        "frappe.printing.doctype.print_format.print_format": "make_default",
        "frappe.printing.doctype.print_settings.print_settings": "is_print_server_enabled",
        "frappe.printing.page.print.print": "get_print_settings_to_show",
        "frappe.printing.page.print_format_builder.print_format_builder": "create_custom_format",
        "frappe.printing.page.print_format_builder_beta.print_format_builder_beta": "get_google_fonts",
        "frappe.templates.pages.print": "download_pdf",
        "frappe.utils.pdf": "is_wkhtmltopdf_valid",
        "frappe.utils.print_format": "download_pdf download_multi_pdf download_multi_pdf_async report_to_pdf "
                                     "print_by_server render_letterhead_for_print",
        "frappe.utils.weasyprint": "download_pdf",
        "frappe.www.printview": "get_html_and_style get_rendered_raw_commands",
    },
    "there are no workflows; use submit, cancel and roles": {
        "frappe.model.workflow": "apply_workflow can_cancel_document bulk_workflow_approval "
                                 "get_common_transition_actions",
        "frappe.workflow.doctype.workflow.workflow": "get_workflow_state_count get_workflow_methods",
        "frappe.workflow.doctype.workflow_action.workflow_action": "apply_action confirm_action",
    },
    "no code and no SQL is run for a client; use /api/v2/document with filters": {
        "frappe.core.doctype.server_script.server_script": "get_autocompletion_items",
        "frappe.desk.doctype.system_console.system_console": "execute_code show_processlist",
    },
    "what the public may find is not indexed; people who sign in search by frappe.utils.global_search.search": {
        "frappe.desk.doctype.global_search_settings.global_search_settings": "reset_global_search_settings_doctypes",
        "frappe.search": "web_search",
        "frappe.www.search": "get_search_results",
        "frappe.utils.global_search": "web_search",
    },
    "rows are exported by frappe.desk.reportview.export_query": {"frappe.utils.csvutils": "send_csv_to_client"},
    _JOBS: {
        "frappe.core.doctype.prepared_report.prepared_report": (
            "make_prepared_report get_reports_in_queued_state delete_prepared_reports download_attachment "
            "stop_prepared_report enqueue_json_to_csv_conversion"
        ),
        "frappe.core.doctype.data_import.data_import": "stop_data_import",
        "frappe.core.doctype.rq_job.rq_job": "stop_job",
        "frappe.core.doctype.submission_queue.submission_queue": "get_latest_submissions",
        "frappe.desk.doctype.system_health_report.system_health_report": "get_job_status",
    },
    "nobody gets points for what he does": {
        "frappe.desk.leaderboard": "get_energy_point_leaderboard",
        "frappe.desk.page.leaderboard.leaderboard": "get_leaderboard_config",
        "frappe.desk.page.user_profile.user_profile": "get_energy_points_heatmap_data get_energy_points_list "
                                                      "get_energy_points_percentage_chart_data get_user_rank",
        "frappe.social.doctype.energy_point_log.energy_point_log": "add_review_points get_energy_points get_reviews "
                                                                   "get_user_energy_and_review_points review",
    },
    _DESK: {
        "frappe.apps": "set_app_as_default",
        "frappe.contacts.address_and_contact": "filter_dynamic_link_doctypes",
        "frappe.core.report.permitted_documents_for_user.permitted_documents_for_user": "query_doctypes",
        "frappe.desk.desk_page": "getpage get",
        "frappe.desk.desktop": "get_installed_apps get_desktop_page get_workspace_sidebar_items update_onboarding_step",
        "frappe.desk.doctype.custom_html_block.custom_html_block": "get_custom_blocks_for_user",
        "frappe.desk.doctype.dashboard.dashboard": "get_permitted_charts get_permitted_cards",
        "frappe.desk.doctype.dashboard_chart.dashboard_chart": (

                "create_dashboard_chart create_report_chart add_chart_to_dashboard get_charts_for_user "
                "get_parent_doctypes"

        ),
        "frappe.desk.doctype.dashboard_chart_source.dashboard_chart_source": "get_config",
        "frappe.desk.doctype.dashboard_settings.dashboard_settings": "create_dashboard_settings save_chart_config",
        "frappe.desk.doctype.desktop_icon.desktop_icon": "add_user_icon set_order update_icons get_module_icons hide",
        "frappe.desk.doctype.event.event": "delete_communication get_events",
        "frappe.desk.doctype.form_tour.form_tour": "reset_tour update_user_status",
        "frappe.desk.doctype.number_card.number_card": (

                "create_number_card get_cards_for_user create_report_number_card add_card_to_dashboard"

        ),
        "frappe.desk.doctype.onboarding_step.onboarding_step": "get_onboarding_steps",
        "frappe.desk.doctype.route_history.route_history": "deferred_insert frequently_visited_links",
        "frappe.desk.doctype.desktop_layout.desktop_layout": "save_layout",
        "frappe.desk.doctype.sidebar_item_group.sidebar_item_group": "get_reports",
        "frappe.desk.doctype.workspace.workspace": "new_page save_page update_page delete_page duplicate_page "
                                                   "hide_page sort_pages unhide_page",
        "frappe.desk.doctype.workspace_sidebar.workspace_sidebar": "add_sidebar_items",
        "frappe.desk.doctype.workspace_settings.workspace_settings": "set_sequence",
        "frappe.desk.query_report": "get_data_for_custom_field save_report",
        "frappe.desk.reportview": "get_filter_dashboard_data",
        "frappe.sessions": "get_boot_assets_json",
        "frappe.utils.diff": "get_version_diff version_query",
        "frappe.utils.goal": "get_monthly_goal_graph_data",
    },
    _WEBSITE: {
        "frappe.templates.includes.comments.comments": "add_comment",
        "frappe.templates.includes.likes.likes": "like",
        "frappe.website.doctype.discussion_reply.discussion_reply": "delete_message",
        "frappe.website.doctype.discussion_topic.discussion_topic": "submit_discussion",
        "frappe.website.doctype.help_article.help_article": "add_feedback",
        "frappe.website.doctype.personal_data_deletion_request.personal_data_deletion_request": "confirm_deletion",
        "frappe.website.doctype.web_form.web_form": "accept delete delete_multiple get_web_form_filters get_form_data "
                                                    "get_in_list_view_fields",
        "frappe.website.doctype.web_page_view.web_page_view": "make_view_log get_page_view_count",
        "frappe.website.doctype.website_settings.google_indexing": "authorize_access",
        "frappe.website.doctype.website_settings.website_settings": "get_auto_account_deletion",
        "frappe.www.list": "get get_list_data",
    },
    _OTHERS: {
        "frappe.integrations.doctype.connected_app.connected_app": "callback has_token",
        "frappe.integrations.doctype.dropbox_settings.dropbox_settings": (
            "take_backup get_dropbox_authorize_url dropbox_auth_finish"
        ),
        "frappe.integrations.doctype.geolocation_settings.geolocation_settings": "autocomplete",
        "frappe.integrations.doctype.google_calendar.google_calendar": "authorize_access google_callback sync",
        "frappe.integrations.doctype.google_contacts.google_contacts": "authorize_access sync",
        "frappe.integrations.doctype.google_drive.google_drive": "authorize_access take_backup",
        "frappe.integrations.doctype.google_settings.google_settings": "get_file_picker_settings",
        "frappe.integrations.doctype.s3_backup_settings.s3_backup_settings": "take_backup take_backups_s3",
        "frappe.integrations.frappe_providers.frappecloud_billing": (
            "current_site_info api send_verification_code verify_verification_code"
        ),
        "frappe.integrations.google_oauth": "callback",
        "frappe.push_notification": "auth_webhook subscribe unsubscribe",
    },
    _SERVER: {
        "frappe.core.doctype.doctype.doctype": "get_row_size_utilization",
        "frappe.core.doctype.package.package": "get_license_text",
        "frappe.core.doctype.installed_applications.installed_applications": "update_installed_apps_order",
        "frappe.core.doctype.recorder.recorder": "add_indexes optimize",
        "frappe.core.report.database_storage_usage_by_tables.database_storage_usage_by_tables": "optimize_doctype",
        "frappe.desk.page.backups.backups": "schedule_files_backup",
        "frappe.desk.page.setup_wizard.setup_wizard": "setup_complete initialize_system_settings_and_user "
                                                      "load_messages load_languages load_user_details load_country",
        "frappe.modules.utils": "export_customizations",
        "frappe.recorder": "status start stop get export_data delete import_data",
        "frappe.utils.backups": "fetch_latest_backups get_backup_encryption_key",
        "frappe.utils.change_log": "update_last_known_versions show_update_popup",
    },
    "of Customize Form there is what shows, saves and resets; Custom Fields are renamed as documents": {
        "frappe.custom.doctype.custom_field.custom_field": "rename_fieldname",
        "frappe.custom.doctype.customize_form.customize_form": (
            "get_link_filters_from_doc_without_customisations get_orphaned_columns"
        ),
    },
    "what people may do is said by their roles, whatever their User Type": {
        "frappe.core.doctype.user_type.user_type": "get_user_id get_user_linked_doctypes",
    },
    "end a session with POST /api/method/logout": {"frappe.handler": "web_logout"},
    "texts are not translated": {"frappe.translate": "update_translations_for_source get_translations"},
    "attach files with upload_file, one by one": {"frappe.utils.file_manager": "add_attachments"},
}  # fmt: skip
"""Why -> module -> its names."""

UNSUPPORTED = {
    f"{module}.{name}": why
    for why, modules in REASONS.items()
    for module, names in modules.items()
    for name in names.split()
}
"""Name -> why, and what to do instead."""

_OF_PAGES = (
    "frappe.www.", "frappe.integrations.oauth2_logins.", "frappe.email.doctype.newsletter.", "frappe.search.",
)  # fmt: skip
FOR_GUESTS = frozenset(
    name for name, why in UNSUPPORTED.items()
    if why == _WEBSITE or name.startswith(_OF_PAGES)
) | {
    "frappe.core.doctype.communication.email.mark_email_as_seen",
    "frappe.email.queue.unsubscribe", "frappe.handler.web_logout",
    "frappe.integrations.doctype.connected_app.connected_app.callback",
    "frappe.integrations.doctype.ldap_settings.ldap_settings.login", "frappe.push_notification.auth_webhook",
    "frappe.utils.global_search.web_search",
}  # fmt: skip
"""Those that people call before they are signed in: they read the sentence, too."""


def _refusal(name: str, why: str) -> object:
    def refuse(ctx: Context, *given: object, **arguments: object) -> None:
        raise UnsupportedError.told(f"{name} is not answered here: {why}", title="Not Supported")

    return refuse


built_in.update(
    {name: describe(_refusal(name, why), name in FOR_GUESTS, takes_context=True) for name, why in UNSUPPORTED.items()}
)
