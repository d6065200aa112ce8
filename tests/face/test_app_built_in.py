"""What app code asks of Frappe's own DocTypes by their modules: rules, caches, choices, the checks of a DocType."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from frappe_lite import document
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import ValidationError
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.missing import NotProvidedError

apps.provide_frappe()
ANN, BOB = "ann@x.org", "bob@x.org"


@pytest.fixture(scope="module")
def site() -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site()
    with made.acting() as ctx:
        for email in (ANN, BOB):
            roles = [{"role": "Desk User"}] if email == ANN else []
            document.new(ctx, {"doctype": "User", "email": email, "first_name": email[:3], "roles": roles}).insert()
        for owner, public in ((ANN, 0), (BOB, 0), (BOB, 1)):
            values = {"doctype": "Note", "title": f"{owner} {public}", "public": public}
            document.new(ctx.as_user(owner).trusted(), values).insert()
            event = {"subject": f"{owner} {public}", "starts_on": "2026-01-02 03:04:05"}
            kind = "Public" if public else "Private"
            document.new(ctx.as_user(owner).trusted(), {"doctype": "Event", "event_type": kind, **event}).insert()
        for giver, holder in ((ANN, BOB), (BOB, BOB)):
            todo = {"doctype": "ToDo", "description": f"{giver} {holder}", "allocated_to": holder, "assigned_by": giver}
            document.new(ctx, todo).insert()
        store_doctype(ctx, doctype("Plain", ("title", "Data"), ("series", "Data")))
    yield made
    made.close()


def module_of(dotted: str) -> Any:
    return importlib.import_module(f"frappe.{dotted}")


@pytest.mark.parametrize(
    ("module", "user", "title", "shown"),
    [
        pytest.param("desk.doctype.note.note", ANN, "title", [f"{ANN} 0", f"{BOB} 1"], id="Note: own and public ones"),
        pytest.param("desk.doctype.event.event", BOB, "subject", [f"{BOB} 0", f"{BOB} 1"], id="Event: the same"),
        pytest.param("desk.doctype.todo.todo", ANN, "description", [f"{ANN} {BOB}"], id="ToDo: given or held"),
        pytest.param("desk.doctype.todo.todo", BOB, "description", [f"{ANN} {BOB}", f"{BOB} {BOB}"], id="and held"),
        pytest.param(
            "desk.doctype.todo.todo", "Administrator", "description", [f"{ANN} {BOB}", f"{BOB} {BOB}"], id="all"
        ),
    ],
)
def test_conditions_are_sql_for_an_app_to_build_on(
    site: frappe_lite.Site, module: str, user: str, title: str, shown: list[str]
) -> None:
    table = module.rpartition(".")[2].title().replace("Todo", "ToDo")
    with site.acting():
        said = module_of(module).get_permission_query_conditions(user)
        rows = frappe_lite.db.sql(f"select {title} from `tab{table}` where {said or '1=1'} order by {title}")
    assert [row[0] for row in rows if "x.org" in row[0]] == shown


@pytest.mark.parametrize(
    ("module", "name", "user", "may"),
    [
        ("desk.doctype.note.note", f"{BOB} 0", ANN, False),
        ("desk.doctype.note.note", f"{BOB} 1", ANN, True),
        ("desk.doctype.note.note", f"{BOB} 0", BOB, True),
    ],
)
def test_has_permission_is_the_rule_of_the_doctype_alone(
    site: frappe_lite.Site, module: str, name: str, user: str, may: bool
) -> None:
    with site.acting():
        doc = frappe_lite.get_doc("Note", {"title": name})
        assert module_of(module).has_permission(doc, "read", user) is may


def test_a_doctype_without_rules_has_no_such_functions(site: frappe_lite.Site) -> None:
    with site.acting(), pytest.raises(NotProvidedError, match="get_permission_query_conditions is not provided"):
        module_of("core.doctype.role.role").get_permission_query_conditions(ANN)


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("cache_manager", "clear_user_cache('ann@x.org')"),
        ("cache_manager", "clear_doctype_cache('Plain')"),
        ("cache_manager", "clear_defaults_cache()"),
        ("core.doctype.doctype.doctype", "clear_permissions_cache('Plain')"),
        ("cache_manager", "clear_global_cache()"),
    ],
)
def test_what_is_forgotten_is_read_again(site: frappe_lite.Site, module: str, call: str) -> None:
    with site.acting() as ctx:
        before = ctx.meta("Plain")
    with site.acting():
        assert eval(f"module.{call}", {"module": module_of(module)}) is None
    with site.acting() as ctx:
        assert ctx.meta("Plain") is not before


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("clear_doctype_map('Milestone Tracker')", None),
        ("clear_controller_cache('Plain')", None),
        ("get_doctype_map_key('Milestone Tracker', 'Task')", "milestone_tracker_map::Task"),
        ("build_table_count_cache()", None),
        ("clear_domain_cache()", None),
    ],
)
def test_what_has_nothing_to_forget(site: frappe_lite.Site, call: str, answer: object) -> None:
    with site.acting():
        assert eval(f"module.{call}", {"module": module_of("cache_manager")}) == answer


@pytest.mark.parametrize(
    ("chosen", "call", "answer"),
    [
        pytest.param(None, "is_notifications_enabled(user)", True, id="who chose nothing is told"),
        pytest.param(None, "is_email_notifications_enabled_for_type(user, 'Mention')", True, id="by mail too"),
        pytest.param({"enabled": 0}, "is_notifications_enabled(user)", False, id="not who wants none"),
        pytest.param(
            {"enable_email_share": 0}, "is_email_notifications_enabled_for_type(user, 'Share')", False, id="kind"
        ),
        pytest.param(
            {"enable_email_share": 0}, "is_email_notifications_enabled_for_type(user, 'Mention')", True, id="other"
        ),
        pytest.param(
            {"enable_email_notifications": 0},
            "is_email_notifications_enabled_for_type(user, 'Mention')",
            False,
            id="no mails at all",
        ),
        pytest.param({}, "is_email_notifications_enabled_for_type(user, 'Alert')", False, id="an alert is no mail"),
        pytest.param({}, "toggle_notifications(user, enable=False) or is_notifications_enabled(user)", False, id="off"),
        pytest.param(
            {"enabled": 0}, "toggle_notifications(user, True) or is_notifications_enabled(user)", True, id="on"
        ),
    ],
)
def test_who_wants_to_be_told(site: frappe_lite.Site, chosen: Any, call: str, answer: bool) -> None:
    module = module_of("desk.doctype.notification_settings.notification_settings")
    with site.acting() as ctx:
        frappe_lite.delete_doc_if_exists("Notification Settings", ANN, force=1)
        if chosen is not None:
            module.create_notification_settings(ANN)
            module.create_notification_settings(ANN)  # once there, they stay
            frappe_lite.db.set_value("Notification Settings", ANN, {"enabled": 1, **chosen})
        assert eval(call, {"user": ANN, **{name: getattr(module, name) for name in module_names(module)}}) is answer
        ctx.rollback()


def module_names(_module: Any) -> list[str]:
    from frappe_lite.face import notification_choices

    return notification_choices.__all__


def test_lists_by_the_class_below_get_list(site: frappe_lite.Site) -> None:
    query = module_of("model.db_query").DatabaseQuery
    with site.acting(BOB):
        assert [row.description for row in query("ToDo").execute(fields=["description"], order_by="description")] == [
            f"{ANN} {BOB}",
            f"{BOB} {BOB}",
        ]
        assert query("ToDo").execute(["description"], {"assigned_by": BOB}, as_list=True) == [(f"{BOB} {BOB}",)]
        said = query("ToDo").build_match_conditions()
        assert "tabToDo" in said and query("ToDo").build_match_conditions(as_condition=False) == [said]
    with site.acting():
        assert query("Plain").build_match_conditions() == "" and query("Plain").build_match_conditions(False) == []
        as_bob = query("ToDo", user=BOB).execute(["description"], limit=1, order_by="description")
        assert as_bob == [{"description": f"{ANN} {BOB}"}]


@pytest.mark.parametrize(
    ("sort_field", "order"),
    [
        (None, "`tabPlain`.`creation` desc"),
        ("title", "`tabPlain`.`title` ASC"),
        ("title desc, series", "`tabPlain`.`title` desc, `tabPlain`.`series` asc"),
    ],
)
def test_the_order_of_a_doctype_is_sql(site: frappe_lite.Site, sort_field: str | None, order: str) -> None:
    meta = frappe_lite._dict(sort_field=sort_field, sort_order="ASC" if sort_field else None)
    with site.acting():
        assert module_of("model.db_query").get_order_by("Plain", meta) == order


@pytest.mark.parametrize(
    ("autoname", "told"),
    [
        ("field:title", None),
        ("field:nothing", "Invalid fieldname 'nothing' in autoname"),
        ("naming_series:", "must exist to enable autonaming"),
        (None, None),
    ],
)
def test_the_rule_of_naming_is_checked(site: frappe_lite.Site, autoname: str | None, told: str | None) -> None:
    checks = module_of("core.doctype.doctype.doctype")
    with site.acting():
        plain = frappe_lite.get_doc("DocType", "Plain")
        before = plain.autoname
        if told is None:
            checks.validate_series(plain, autoname)
        else:
            with pytest.raises(ValidationError, match=told):
                checks.validate_series(plain, autoname)
        assert plain.autoname == before


def test_the_fields_of_a_doctype_are_checked(site: frappe_lite.Site) -> None:
    checks = module_of("core.doctype.doctype.doctype")
    with site.acting():
        checks.validate_fields_for_doctype("Plain")
        plain = frappe_lite.get_doc("DocType", "Plain")
        plain.fields[0].options, plain.fields[0].fieldtype = None, "Link"
        with pytest.raises(ValidationError):
            checks.validate_fields(plain)
        assert "Section Break" in checks.get_fields_not_allowed_in_list_view(frappe_lite.get_meta("Plain"))
