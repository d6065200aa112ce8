"""How an intruder of `test_security_walk.py` tries the methods of Frappe that are not about one document alone: a table, by name.

{doctype} and {name} stand for each document of the victim's, {word} for what its secrets hold, {victim} and {intruder} for their users.
"""

from __future__ import annotations

import json
from typing import Any

DOC, REF, DT = (
    {"doctype": "{doctype}", "name": "{name}"},
    {"doctype": "{doctype}", "docname": "{name}"},
    {"dt": "{doctype}", "dn": "{name}"},
)
NOTHING: list[dict[str, Any]] = [{}]
SEARCH = {"doctype": "User", "txt": "{word}", "searchfield": "name", "start": 0, "page_len": 20}
RANGE = {
    "start": "2000-01-01",
    "end": "2100-01-01",
    "field_map": '{"start": "creation", "end": "modified", "title": "name"}',
}
EVENT = json.dumps({**DOC, "title": "overwritten", "start": "2026-01-01", "end": "2026-01-02"})
USER, HELD = "frappe.core.doctype.user.user", "frappe.core.doctype.user_permission.user_permission"
RULES, FILES = "frappe.core.page.permission_manager.permission_manager", "frappe.core.api.file"
SESSION = "frappe.core.doctype.session_default_settings.session_default_settings"
CONTACT, FOLLOW = "frappe.contacts.doctype.contact.contact", "frappe.desk.form.document_follow"
FOLLOWED = {"doctype": "{doctype}", "doc_name": "{name}"}
REPEAT = "frappe.automation.doctype.auto_repeat.auto_repeat"
SETTINGS = "frappe.desk.doctype.list_view_settings.list_view_settings"
KANBAN = "frappe.desk.doctype.kanban_board.kanban_board"
INVITING = "frappe.core.api.user_invitation"
LOG = "frappe.desk.doctype.notification_log.notification_log"

IMPORT = "frappe.core.doctype.data_import.data_import"

METHODS: dict[str, list[dict[str, Any]]] = {
    "frappe.core.doctype.access_log.access_log.make_access_log": [{"doctype": "{doctype}", "document": "{name}"}],
    # files of rows
    f"{IMPORT}.get_preview_from_template": [
        {"data_import": "{name}"},
        {"data_import": "{name}", "import_file": "{word}"},
    ],
    f"{IMPORT}.form_start_import": [{"data_import": "{name}"}],
    f"{IMPORT}.get_import_status": [{"data_import_name": "{name}"}],
    f"{IMPORT}.get_import_logs": [{"data_import": "{name}"}],
    f"{IMPORT}.download_template": [
        {
            "doctype": "{doctype}",
            "export_fields": {"{doctype}": ["name", "owner", "title", "secret"]},
            "export_records": records,
            "export_filters": {"name": "{name}"},
        }
        for records in ("all", "5_records", "blank_template")
    ],
    f"{IMPORT}.download_errored_template": [{"data_import_name": "{name}"}],
    f"{IMPORT}.download_import_log": [{"data_import_name": "{name}"}],
    # backups
    "frappe_lite.backups.restore": [{"name": "{word}"}, {"name": "{word}", "new_name": "{word}"}],
    "frappe_lite.backups.restored": NOTHING,
    "frappe_lite.backups.remove_restored": [{"name": "{word}"}],
    "frappe_lite.backups.schedule": NOTHING,
    # what runs beside requests
    "frappe.utils.scheduler.activate_scheduler": [{}],
    "frappe.integrations.doctype.webhook.webhook.get_all_queues": [{}],
    "frappe.core.doctype.scheduled_job_type.scheduled_job_type.execute_event": [{"doc": {"name": "{name}"}}],
    "frappe.core.doctype.scheduled_job_type.scheduled_job_type.skip_next_execution": [{"doc": {"name": "{name}"}}],
    "frappe.core.doctype.rq_job.rq_job.remove_failed_jobs": [{}],
    "frappe.core.doctype.log_settings.log_settings.get_log_doctypes": [
        {"doctype": "DocType", "txt": "{word}", "searchfield": "name", "start": 0, "page_len": 20, "filters": {}}
    ],
    # documents that are made again
    f"{REPEAT}.make_auto_repeat": [{"doctype": "{doctype}", "docname": "{name}"}],
    f"{REPEAT}.generate_message_preview": [
        {"reference_dt": "{doctype}", "reference_doc": "{name}", "message": "{{ doc.as_dict() }}", "subject": "x"}
    ],
    f"{REPEAT}.update_reference": [{"docname": "{name}", "reference": "{name}"}],
    f"{REPEAT}.get_auto_repeat_doctypes": [
        {"doctype": "DocType", "txt": "{word}", "searchfield": "name", "start": 0, "page_len": 20, "filters": {}}
    ],
    # people who are invited
    f"{INVITING}.invite_by_email": [
        {"emails": "{victim}", "roles": ["System Manager"], "redirect_to_path": "/app", "app_name": app}
        for app in ("frappe", "conformance", "{word}")
    ],
    f"{INVITING}.get_pending_invitations": [{"app_name": "frappe"}, {"app_name": "{word}"}],
    f"{INVITING}.cancel_invitation": [{"name": "{name}", "app_name": "frappe"}],
    f"{INVITING}.resend_invitation": [{"name": "{name}", "app_name": "frappe"}],
    f"{INVITING}.accept_invitation": [{"key": "{word}"}, {"key": "{name}"}, {"key": ""}],
    # rows of a table, dropped on a list; people
    "frappe_lite.sheet.columns": [{"doctype": "{doctype}"}],
    "frappe_lite.sheet.read": [{"content": "UEs="}],
    "frappe_lite.sheet.check": [
        {"doctype": "{doctype}", "columns": ["name", "title"], "rows": [["{name}", "x"]], "update": True}
    ],
    "frappe_lite.sheet.insert": [
        {"doctype": "{doctype}", "columns": ["name", "title"], "rows": [["{name}", "x"]], "update": update, "run": "r1"}
        for update in (True, False)
    ],
    "frappe_lite.sheet.runs": [{"doctype": "{doctype}"}],
    "frappe_lite.sheet.undo": [{"run": "r1"}],
    "frappe_lite.jobs.run_again": [{"name": "{name}"}],
    "frappe_lite.desk.find": [{"text": "{word}"}],
    "frappe_lite.doctype.plan": [{"doc": {"name": "{doctype}", "fields": []}, "customise": each} for each in (0, 1)],
    "frappe_lite.doctype.customised": [{"doctype": "{doctype}"}],
    "frappe_lite.doctype.customise": [
        {"doctype": "{doctype}", **each} for each in ({"fields": []}, {"properties": {"title_field": "name"}})
    ],
    "frappe_lite.doctype.reset": [{"doctype": "{doctype}"}],
    "frappe_lite.passwords.link": [{"user": "{victim}"}],
    "frappe_lite.sessions.end_all": [{"user": "{victim}"}],
    # what is in lists
    "frappe.desk.reportview.get_stats": [
        {"doctype": "{doctype}", "stats": json.dumps([each])}
        for each in ("title", "text", "description", "content", "bio", "_user_tags")
    ],
    "frappe.desk.reportview.get_sidebar_stats": [{"doctype": "{doctype}", "stats": '["title", "content"]'}],
    "frappe.desk.reportview.delete_items": [{"doctype": "{doctype}", "items": '["{name}"]'}],
    "frappe.desk.reportview.export_query": [
        {"doctype": "{doctype}", "fields": '["*"]', "file_format_type": "CSV"},
        {
            "doctype": "{doctype}",
            "fields": '["name", "owner"]',
            "selected_items": '["{name}"]',
            "file_format_type": "CSV",
        },
    ],
    "frappe.desk.reportview.save_report": [{"name": "{word}", "doctype": "{doctype}", "report_settings": "{}"}],
    "frappe.desk.reportview.delete_report": [{"name": "{name}"}],
    "frappe.desk.query_report.export_query": [{"report_name": "{name}", "file_format_type": "CSV"}],
    "frappe.desk.query_report.get_script": [{"report_name": "{name}"}],
    "frappe_lite.report.read": [
        {"doctype": "{doctype}", "settings": {"fields": ["name", "owner"]}},
        {"doctype": "{doctype}", "settings": {"desk": {"groups": ["owner"], "measures": [["max", "name"]]}}},
    ],
    "frappe.desk.doctype.dashboard_chart.dashboard_chart.get": [
        {"chart": {"document_type": "{doctype}", "chart_type": "Group By", "group_by_based_on": "owner"}},
        {"chart": {"document_type": "{doctype}", "chart_type": "Count", "based_on": "creation"}},
        {"chart_name": "{name}"},
    ],
    "frappe.desk.doctype.number_card.number_card.get_result": [
        {"doc": {"document_type": "{doctype}", "function": "Count"}, "filters": []}
    ],
    "frappe.desk.doctype.number_card.number_card.get_percentage_difference": [
        {"doc": {"name": "{name}"}, "filters": [], "result": 1}
    ],
    "frappe_lite.report.export": [{"doctype": "{doctype}", "settings": {"fields": ["name"]}}],
    "frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs": [
        {
            "doctype": "{doctype}",
            "docnames": '["{name}"]',
            "action": action,
            "data": '{"title": "overwritten", "owner": "{intruder}"}',
        }
        for action in ("submit", "cancel", "update")
    ],
    "frappe.desk.listview.get_list_settings": [{"doctype": "{doctype}"}],
    "frappe.desk.listview.set_list_settings": [{"doctype": "{doctype}", "values": "{}"}],
    f"{SETTINGS}.save_listview_settings": [{"doctype": "{doctype}", "listview_settings": "{}"}],
    f"{SETTINGS}.get_default_listview_fields": [{"doctype": "{doctype}"}],
    "frappe.desk.calendar.get_events": [{"doctype": "{doctype}", **RANGE}],
    "frappe.desk.calendar.update_event": [{"args": EVENT, "field_map": '{"start": "title", "end": "text"}'}],
    "frappe.desk.gantt.update_task": [{"args": EVENT, "field_map": '{"start": "title", "end": "text"}'}],
    "frappe.custom.doctype.custom_field.custom_field.get_fields_label": [{"doctype": "{doctype}"}],
    # one document
    "frappe.client.is_document_amended": [REF],
    "frappe.desk.form.save.cancel": [{**DOC, "workflow_state_fieldname": "title", "workflow_state": "overwritten"}],
    "frappe.desk.form.save.discard": [DOC],
    "frappe.desk.form.utils.get_next": [{"doctype": "{doctype}", "value": "{name}", "prev": prev} for prev in (0, 1)],
    "frappe.desk.form.utils.update_comment_publicity": [{"name": "{Comment}", "publish": 1}],
    "frappe.desk.form.load.get_communications": [DOC],
    "frappe.desk.form.load.get_user_info_for_viewers": [{"users": '["{victim}"]'}],
    "frappe.desk.link_preview.get_preview_data": [REF],
    "frappe.desk.search.get_link_title": [REF],
    "frappe.desk.search.get_names_for_mentions": [{"search_term": "{word}"}],
    "frappe.model.rename_doc.update_document_title": [{**REF, "title": "overwritten", "name": "overwritten"}],
    "frappe.model.document.unlock_document": [DOC],
    "frappe.realtime.has_permission": [DOC],
    "frappe.model.mapper.make_mapped_doc": [{"method": "frappe.client.get", "source_name": "{name}"}],
    "frappe.model.mapper.map_docs": [{"method": "frappe.client.get", "source_names": '["{name}"]', "target_doc": "{}"}],
    "frappe.email.doctype.email_template.email_template.get_email_template": [
        {"template_name": "{name}", "doc": json.dumps(DOC)}
    ],
    "frappe.desk.doctype.note.note.mark_as_seen": [{"note": "{name}"}],
    # what hangs on it
    "frappe.desk.doctype.tag.tag.add_tags": [{"tags": '["overwritten"]', "dt": "{doctype}", "docs": '["{name}"]'}],
    "frappe.desk.doctype.tag.tag.get_tagged_docs": [{"doctype": "{doctype}", "tag": "%{word}tag%"}],
    "frappe.desk.doctype.tag.tag.get_documents_for_tag": [{"tag": "#{word}tag"}],
    "frappe.desk.doctype.tag.tag.get_tags_list_for_awesomebar": NOTHING,
    "frappe.desk.form.assign_to.add_multiple": [
        {"doctype": "{doctype}", "name": '["{name}"]', "assign_to": '["{intruder}"]'}
    ],
    "frappe.desk.form.assign_to.remove_multiple": [{"doctype": "{doctype}", "names": '["{name}"]'}],
    "frappe.desk.form.assign_to.close": [{**DOC, "assign_to": "{victim}"}, {**DOC, "assign_to": "{intruder}"}],
    f"{FOLLOW}.follow_document": [{**FOLLOWED, "user": "{victim}"}, {**FOLLOWED, "user": "{intruder}"}],
    f"{FOLLOW}.unfollow_document": [{**FOLLOWED, "user": "{victim}"}],
    f"{FOLLOW}.update_follow": [{**FOLLOWED, "following": 1}],
    f"{FOLLOW}.get_follow_users": [FOLLOWED],
    "frappe.desk.form.linked_with.get": [REF],
    "frappe.desk.form.linked_with.get_linked_docs": [{**DOC, "linkinfo": '{"Diary": {"fieldname": "title"}}'}],
    "frappe.desk.form.linked_with.get_linked_doctypes": [{"doctype": "{doctype}"}],
    "frappe.desk.form.linked_with.get_submitted_linked_docs": [DOC],
    "frappe.desk.form.linked_with.cancel_all_linked_docs": [{"docs": json.dumps([{**DOC, "docstatus": 1}])}],
    "frappe.desk.notifications.get_open_count": [DOC],
    "frappe.desk.notifications.get_notifications": NOTHING,
    "frappe.desk.notifications.get_notification_info": NOTHING,
    f"{LOG}.get_notification_logs": [{"limit": 500}],
    f"{LOG}.mark_as_read": [{"docname": "{name}"}],
    f"{LOG}.mark_all_as_read": NOTHING,
    f"{LOG}.trigger_indicator_hide": NOTHING,
    "frappe.desk.doctype.notification_settings.notification_settings.get_subscribed_documents": NOTHING,
    # files
    f"{FILES}.get_files_in_folder": [{"folder": "Home"}, {"folder": "Home/Attachments"}],
    f"{FILES}.get_files_by_search_text": [{"text": "{word}"}],
    f"{FILES}.get_attached_images": [{"doctype": "{doctype}", "names": '["{name}"]'}],
    f"{FILES}.create_new_folder": [{"file_name": "x", "folder": "{File}"}],
    f"{FILES}.move_file": [{"file_list": '[{"name": "{File}"}]', "new_parent": "Home", "old_parent": "Home"}],
    f"{FILES}.zip_files": [{"files": '["{File}"]'}, {"files": '["Home"]'}],
    f"{FILES}.unzip_file": [{"name": "{File}"}],
    f"{FILES}.get_max_file_size": NOTHING,
    # people
    f"{USER}.user_query": [SEARCH, {**SEARCH, "filters": '{"ignore_user_type": 1}'}],
    f"{USER}.get_perm_info": [{"role": "Task User"}],
    f"{USER}.get_role_profile": [{"role_profile": "{name}"}],
    f"{USER}.get_email_awaiting": [{"user": "{victim}"}],
    f"{USER}.switch_theme": [{"theme": "Dark", "user": "{victim}"}],
    f"{USER}.verify_password": [{"password": "wrong", "user": "{victim}"}],
    f"{USER}.test_password_strength": [{"new_password": "abc"}],
    f"{USER}.sign_up": [{"email": "{victim}", "full_name": "x", "redirect_to": "/"}],
    f"{USER}.get_timezones": NOTHING,
    "frappe.core.doctype.role.role.role_query": [{**SEARCH, "doctype": "Role"}],
    f"{HELD}.get_user_permissions": [{"user": "{victim}"}],
    f"{HELD}.check_applicable_doc_perm": [{"user": "{victim}", **REF}],
    f"{HELD}.add_user_permissions": [{"data": json.dumps({"user": "{victim}", **REF, "apply_to_all_doctypes": 1})}],
    f"{HELD}.clear_user_permissions": [{"user": "{victim}", "for_doctype": "{doctype}"}],
    f"{HELD}.get_applicable_for_doctype_list": [{"doctype": "{doctype}", "txt": "", "start": 0, "page_len": 20}],
    f"{RULES}.add": [{"parent": "{doctype}", "role": "All", "permlevel": 0}],
    f"{RULES}.update": [{"doctype": "{doctype}", "role": "All", "permlevel": 0, "ptype": "read", "value": 1}],
    f"{RULES}.remove": [{"doctype": "{doctype}", "role": "All", "permlevel": 0}],
    f"{RULES}.reset": [{"doctype": "{doctype}"}],
    f"{RULES}.get_permissions": [{"doctype": "{doctype}"}],
    f"{RULES}.get_standard_permissions": [{"doctype": "{doctype}"}],
    f"{RULES}.get_roles_and_doctypes": NOTHING,
    f"{RULES}.get_users_with_role": [{"role": "Task User"}],
    f"{CONTACT}.contact_query": [
        {
            "txt": "{word}",
            "searchfield": "name",
            "start": 0,
            "page_len": 20,
            "filters": '{"link_doctype": "{doctype}", "link_name": "{name}"}',
        }
    ],
    f"{CONTACT}.get_contact_details": [{"contact": "{name}"}],
    f"{CONTACT}.download_vcard": [{"contact": "{name}"}],
    f"{CONTACT}.download_vcards": [{"contacts": '["{name}"]'}],
    "frappe.contacts.doctype.address.address.address_query": [
        {"txt": "", "searchfield": "name", "start": 0, "page_len": 20}
    ],
    "frappe.contacts.doctype.address.address.get_default_address": [DOC],
    # oneself and the site
    "frappe.model.utils.user_settings.get": [{"doctype": "{doctype}", "user": "{victim}"}],
    "frappe.model.utils.user_settings.save": [{"doctype": "{doctype}", "user_settings": "{}", "user": "{victim}"}],
    f"{SESSION}.get_session_default_values": NOTHING,
    f"{SESSION}.set_session_default_values": [{"default_values": '{"{doctype}": "{name}"}', "user": "{victim}"}],
    "frappe.onboarding.get_onboarding_status": [{"user": "{victim}"}],
    "frappe.onboarding.update_user_onboarding_status": [{"steps": "[]", "appName": "crm", "user": "{victim}"}],
    "frappe.sessions.clear": NOTHING,
    "frappe.desk.doctype.todo.todo.new_todo": [{"description": "x", "owner": "{victim}"}],
    "frappe.desk.doctype.note.note.reset_notes": NOTHING,
    f"{CONTACT}.invite_user": [{"contact": "{name}"}],
    f"{CONTACT}.address_query": [{"links": [{"link_doctype": "{doctype}", "link_name": "{name}"}]}],
    f"{USER}.clear_session": [{"sid_hash": "{word}"}, {"sid_hash": "%"}],
    "frappe.core.doctype.rq_job.rq_job.get_custom_queues": NOTHING,
    "frappe.automation.doctype.assignment_rule.assignment_rule.bulk_apply": [
        {"doctype": "{doctype}", "docnames": '["{name}"]'}
    ],
    "frappe.core.doctype.data_export.exporter.export_data": [
        {"doctype": "{doctype}", "with_data": 1, "template": template} for template in ("true", "")
    ]
    + [{"doctype": "{doctype}", "parent_doctype": parent} for parent in ("User", "ToDo", "Note")],
    # boards
    f"{KANBAN}.get_kanban_boards": [{"doctype": "{doctype}"}],
    f"{KANBAN}.quick_kanban_board": [
        {"doctype": "{doctype}", "board_name": "{word}", "field_name": field} for field in ("title", "secret", "owner")
    ],
    f"{KANBAN}.add_column": [{"board_name": "{name}", "column_title": "{word}"}],
    f"{KANBAN}.archive_restore_column": [{"board_name": "{name}", "column_title": "Open", "status": "Archived"}],
    f"{KANBAN}.set_indicator": [{"board_name": "{name}", "column_name": "Open", "indicator": "Red"}],
    f"{KANBAN}.update_column_order": [{"board_name": "{name}", "order": "[]"}],
    f"{KANBAN}.save_settings": [{"board_name": "{name}", "settings": '{"fields": [], "show_labels": 1}'}],
    f"{KANBAN}.add_card": [{"board_name": "{name}", "docname": "{name}", "colname": "Open"}],
    f"{KANBAN}.update_order": [{"board_name": "{name}", "order": '{"Open": ["{name}"]}'}],
    f"{KANBAN}.update_order_for_single_card": [
        {
            "board_name": "{name}",
            "docname": "{name}",
            "from_colname": "Open",
            "to_colname": "Closed",
            "old_index": 0,
            "new_index": 0,
        }
    ],
    "frappe.core.doctype.error_log.error_log.clear_error_logs": NOTHING,
    "frappe.core.doctype.log_settings.log_settings.has_unseen_error_log": NOTHING,
    "frappe.core.doctype.installed_applications.installed_applications.get_installed_app_order": NOTHING,
    "frappe.core.doctype.module_def.module_def.get_installed_apps": NOTHING,
    "frappe.core.doctype.server_script.server_script.enabled": NOTHING,
    "frappe.utils.nestedset.rebuild_tree": [{"doctype": "{doctype}"}],
    "frappe.utils.scheduler.get_scheduler_status": NOTHING,
    "frappe.apps.get_incomplete_setup_route": [{"current_app": "crm", "app_route": "/crm"}],
    "frappe.desk.page.user_profile.user_profile.update_profile_info": [
        {"profile_info": '{"bio": "overwritten", "name": "{victim}"}'},
        {"profile_info": '{"bio": "overwritten"}', "user": "{victim}"},
    ],
    "frappe.geo.utils.get_coords": [
        {"doctype": "{doctype}", "filters": "[]", "type": kind} for kind in ("coordinates", "location_field")
    ],
    "frappe.utils.telemetry.pulse.client.boot_config": NOTHING,
    "frappe.utils.telemetry.pulse.client.capture": [{"event_name": "seen"}],
    "frappe.utils.telemetry.pulse.client.bulk_capture": [{"events": "[]"}],
    "frappe.utils.telemetry.pulse.client.get_debug_info": NOTHING,
    "frappe.utils.telemetry.pulse.client.is_enabled": NOTHING,
    "frappe.integrations.frappe_providers.frappecloud_billing.is_fc_site": NOTHING,
    "frappe.client.get_js": [{"items": "[]"}],
    "frappe.client.get_time_zone": NOTHING,
    "frappe.geo.country_info.get_country_timezone_info": NOTHING,
    "frappe.translate.get_all_languages": NOTHING,
    "frappe.translate.get_app_translations": NOTHING,
    "frappe.translate.load_all_translations": NOTHING,
    "frappe.handler.ping": NOTHING,
}
"""Name -> the bodies that are tried."""

SYSTEM_MANAGERS = ("user_permission.", "permission_manager.", "get_perm_info", "get_user_info_for_viewers")
"""What a System Manager may do for the people of the site: hold them to documents, give roles their rules."""
