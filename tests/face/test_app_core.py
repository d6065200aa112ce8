"""What app code asks of Frappe's own DocTypes: people and roles, versions, references, DocTypes themselves, set-up."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import DoesNotExistError, FrappeTypeError, LinkExistsError, PermissionError, ValidationError
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()

RULE = {"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        note = {"fieldname": "note", "fieldtype": "Data", "not_nullable": 1}
        more = {"autoname": "field:title", "custom": 1, "allow_rename": 1, "module": "Core", "permissions": [RULE]}
        store_doctype(made, doctype("Case", ("title", "Data"), ("about", "Link", "User"), note, **more))
        document.new(made, {"doctype": "Role", "role_name": "Reader", "desk_access": 0}).insert()
        for email in ("ann@x.org", "bob@x.org"):
            document.new(made, {"doctype": "User", "email": email, "first_name": email[:3]}).insert()
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Any:
    return importlib.import_module("frappe")


def case(frappe: Any, title: str = "one", **values: Any) -> Any:
    return frappe.get_doc({"doctype": "Case", "title": title, **values}).insert()


def module(name: str) -> Any:
    return importlib.import_module(f"frappe.{name}")


# --- a document in the place of a value -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["document", "reference"])
def test_a_document_stands_for_its_name(frappe: Any, kind: str) -> None:
    reference = module("types").DocRef("User", "ann@x.org")
    ann = frappe.get_doc("User", "ann@x.org") if kind == "document" else reference
    made = case(frappe, about=ann)
    assert made.about == "ann@x.org"
    assert frappe.db.get_value("Case", {"about": ann}, "name") == "one"
    assert frappe.get_all("Case", filters={"about": ann}, pluck="name") == ["one"]
    assert frappe.db.exists("User", ann) == "ann@x.org"
    frappe.db.set_value("Case", made, "about", "bob@x.org")
    frappe.db.set_value("Case", "one", {"title": "one", "about": ann})
    assert frappe.db.get_value("Case", made, "about") == "ann@x.org"


def test_a_term_of_a_query_stands_for_a_filter_and_a_table_for_its_doctype(frappe: Any) -> None:
    users, Field = frappe.qb.DocType("User"), module("query_builder").Field
    assert frappe.db.get_value("User", Field("name") == "ann@x.org", "first_name") == "ann"
    assert frappe.db.get_value(users, users.name == "bob@x.org", [users.first_name, users.email]) == ("bob", "bob@x.org")  # fmt: skip
    assert frappe.db.get_values(users, {"name": "ann@x.org"}, "first_name") == [("ann",)]


def test_app_code_puts_a_request_in_the_place_of_the_one_that_came(frappe: Any) -> None:
    assert not frappe.request and frappe.local.request_ip == ""
    frappe.utils.set_request(path="/app/x", method="PUT", query_string="a=1")
    assert (frappe.request.path, frappe.local.request.method, frappe.request.args["a"]) == ("/app/x", "PUT", "1")
    frappe.local.request_ip = "192.0.2.1"
    assert frappe.local.request_ip == "192.0.2.1"


def test_app_code_takes_the_request_away(frappe: Any) -> None:
    frappe.utils.set_request(path="/app/x")
    frappe.local.request = None
    assert frappe.local.request is None


def test_small_things_of_a_request(frappe: Any) -> None:
    frappe.local.cache["one"] = 1
    assert frappe.local.cache == {"one": 1}
    assert frappe.utils.get_host_name_from_request() is None


@pytest.mark.parametrize(("level", "number"), [("DEBUG", 10), (30, 30)])
def test_apps_say_from_which_level_on_they_log(frappe: Any, level: Any, number: int) -> None:
    frappe.utils.logger.set_log_level(level)
    logger = frappe.logger()
    assert logger.level == number
    logger.setLevel(0)


@pytest.mark.parametrize(
    ("verb", "is_called"), [("POST", True), ("GET", False), (None, True)], ids=["as it wants", "not so", "no request"]
)
def test_a_command_is_called_with_what_the_form_has(frappe: Any, verb: str | None, is_called: bool) -> None:
    case(frappe)
    if verb:
        frappe.local.request = frappe._dict(method=verb)
    frappe.local.form_dict = frappe._dict(cmd="x", doctype="Case", name="one", fieldname="note", value="set")
    execute = module("handler").execute_cmd
    if is_called:
        assert execute("frappe.client.set_value").note == "set"
    else:
        with pytest.raises(PermissionError, match="Not permitted"):
            execute("frappe.client.set_value")
    assert (frappe.db.get_value("Case", "one", "note") == "set") is is_called


def test_cookies_of_tests_are_kept_by_themselves(frappe: Any) -> None:
    manager = module("auth").CookieManager()
    manager.init_cookies()
    manager.set_cookie("a", "1", httponly=True)
    manager.delete_cookie("b")
    manager.delete_cookie(["c", "d"])
    assert manager.cookies == {"a": {"value": "1", "httponly": True}} and manager.to_delete == ["b", "c", "d"]


def test_a_reference_is_read_by_get_doc(frappe: Any) -> None:
    DocRef = module("types").DocRef
    found = frappe.get_doc(DocRef("User", "ann@x.org"))
    assert isinstance(found, DocRef) and found.first_name == "ann"
    assert (str(DocRef("User", "ann")), repr(DocRef("User", ""))) == ("User (ann)", "<DocRef: doctype=User name=n/a>")
    assert DocRef("User", "ann").__value__() == "ann"
    with pytest.raises(DoesNotExistError):
        frappe.get_doc(DocRef("User", "nobody@x.org"))


def test_the_docstatus_of_bare_values_answers_questions(frappe: Any) -> None:
    made = module("model.base_document").BaseDocument({"doctype": "Case", "docstatus": 1})
    assert (made.docstatus.is_draft(), made.docstatus.is_submitted(), made.docstatus) == (False, True, 1)


# --- deleting ---------------------------------------------------------------------------------------------

REMEMBERING = [
    ("Email Unsubscribe", {"email": "ann@x.org", "reference_doctype": "Case", "reference_name": "one"}),
    ("View Log", {"viewed_by": "ann@x.org", "reference_doctype": "Case", "reference_name": "one"}),
    ("Document Follow", {"user": "ann@x.org", "ref_doctype": "Case", "ref_docname": "one"}),
    ("Notification Log", {"for_user": "ann@x.org", "document_type": "Case", "document_name": "one"}),
]


@pytest.mark.parametrize(("doctype", "values"), REMEMBERING, ids=[each[0] for each in REMEMBERING])
def test_what_is_about_a_document_goes_with_it(frappe: Any, doctype: str, values: dict[str, Any]) -> None:
    made = case(frappe)
    name = frappe.get_doc({"doctype": doctype, "name": "remembered", **values}).insert(set_name="remembered").name
    made.delete()
    assert frappe.db.exists(doctype, name) is None


def test_mail_about_a_document_stays_and_forgets_it(frappe: Any) -> None:
    made = case(frappe)
    values = {"subject": "Hello", "content": "x", "reference_doctype": "Case", "reference_name": "one"}
    mail = frappe.get_doc({"doctype": "Communication", **values}).insert()
    made.delete()
    assert frappe.db.get_value("Communication", mail.name, ["subject", "reference_doctype", "reference_name"]) == ("Hello", None, None)  # fmt: skip


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        pytest.param({}, 1, id="a Deleted Document is kept"),
        pytest.param({"delete_permanently": True}, 0, id="or none, when app code says so"),
    ],
)
def test_what_is_left_of_a_deleted_document(frappe: Any, options: dict[str, Any], kept: int) -> None:
    case(frappe), case(frappe, "two")
    frappe.delete_doc("Case", "one", **options)
    frappe.get_doc("Case", "two").delete(**options)
    assert frappe.db.count("Deleted Document", {"deleted_doctype": "Case"}) == 2 * kept


@pytest.mark.parametrize(("ignored", "called"), [(False, [{"x": 1}]), (True, [])], ids=["on_trash with flags", "none"])
def test_app_code_deletes_with_flags_and_without_events(
    frappe: Any, monkeypatch: pytest.MonkeyPatch, ignored: bool, called: list[Any]
) -> None:
    seen: list[Any] = []
    role = type(frappe.get_doc("Role", "Reader"))
    monkeypatch.setattr(role, "on_trash", lambda self: seen.append({"x": self.flags.x}))
    frappe.delete_doc("Role", "Reader", flags={"x": 1}, ignore_on_trash=ignored)
    assert seen == called and frappe.db.exists("Role", "Reader") is None


def test_a_document_that_is_gone_is_deleted_once_more_in_peace(frappe: Any) -> None:
    made, again = case(frappe), frappe.get_doc("Case", "one")
    made.delete()
    again.delete()
    assert frappe.db.count("Deleted Document", {"deleted_name": "one"}) == 1


def test_rules_of_a_doctype_do_not_keep_it(frappe: Any) -> None:
    frappe.permissions = module("permissions")
    frappe.permissions.add_permission("Case", "Reader")
    frappe.delete_doc("DocType", "Case")
    assert frappe.db.exists("DocType", "Case") is None
    with pytest.raises(LinkExistsError):  # what links to a document still does
        place = {
            "address_title": "A",
            "address_type": "Office",
            "address_line1": "B",
            "city": "C",
            "country": "Iceland",
        }
        frappe.get_doc({"doctype": "Address", **place}).insert()
        frappe.delete_doc("Country", "Iceland")


# --- people and roles -------------------------------------------------------------------------------------


def test_a_role_that_opens_the_desk_makes_its_people_users_of_it(frappe: Any) -> None:
    frappe.get_doc("User", "ann@x.org").add_roles("Reader")
    kinds = []
    for access in (1, 1, 0):
        role = frappe.get_doc("Role", "Reader")
        role.desk_access = access
        role.save()
        kinds.append((frappe.db.get_value("User", "ann@x.org", "user_type"), frappe.get_doc("User", "bob@x.org").has_desk_access()))  # fmt: skip
    assert kinds == [("System User", False), ("System User", False), ("Website User", False)]


@pytest.mark.parametrize(
    ("function", "arguments", "found"),
    [
        pytest.param("user.user.get_system_users", {}, ["ann@x.org"], id="users of the desk"),
        pytest.param("user.user.get_system_users", {"exclude_users": "ann@x.org"}, [], id="but one"),
        pytest.param("user.user.get_system_users", {"exclude_users": ["ann@x.org"]}, [], id="but several"),
        pytest.param("user.user.get_total_users", {}, 2, id="the sessions that they may have"),
        pytest.param("user.user.get_website_users", {}, 2, id="users without a desk"),
        pytest.param("user.user.get_active_users", {}, 1, id="who was there lately"),
        pytest.param("user.user.get_active_website_users", {}, 0, id="of those without a desk"),
        pytest.param("role.role.get_users", {"role": "System Manager"}, ["Administrator", "ann@x.org"], id="by role"),
        pytest.param("role.role.get_info_based_on_role", {"role": "System Manager", "field": "name"}, ["Administrator", "ann@x.org"], id="their names"),
        pytest.param("role.role.get_info_based_on_role", {"role": "System Manager"}, ["ann@x.org"], id="their addresses, of those who have one"),
    ],
)  # fmt: skip
def test_who_there_is(frappe: Any, function: str, arguments: dict[str, Any], found: Any) -> None:
    ann = frappe.get_doc("User", "ann@x.org")
    ann.simultaneous_sessions = 2
    ann.add_roles("System Manager")
    frappe.db.set_value("User", "ann@x.org", "last_active", frappe.utils.now())
    if not frappe.db.exists("Has Role", {"parent": "Administrator", "role": "System Manager"}):
        frappe.get_doc("User", "Administrator").add_roles("System Manager")
    place, _, name = function.rpartition(".")
    answer = getattr(module(f"core.doctype.{place}"), name)(**arguments)
    assert (sorted(answer) if isinstance(answer, list) else answer) == found


def test_todos_are_seen_by_roles_that_have_the_right_on_all(frappe: Any) -> None:
    given = frappe.get_doc({"doctype": "ToDo", "description": "x", "allocated_to": "bob@x.org"}).insert()
    rights = []
    for is_reader in (False, True):
        if is_reader:
            frappe.get_doc("User", "ann@x.org").add_roles("Reader")
            module("permissions").add_permission("ToDo", "Reader")
        listed = frappe.get_list("ToDo", user="ann@x.org", pluck="name")
        rights.append((given.has_permission("read", user="ann@x.org"), given.has_permission("write", user="ann@x.org"), given.name in listed))  # fmt: skip
    assert rights == [(False, False, False), (True, False, True)]


# --- versions, DocTypes -----------------------------------------------------------------------------------


def test_a_version_tells_what_changed(frappe: Any) -> None:
    made = case(frappe, note="a")
    before = frappe.get_doc("Case", made.name)
    made.note = "b"
    version = frappe.new_doc("Version")
    assert version.update_version_info(None, made) is False
    assert version.update_version_info(before, made) is True
    assert version.get_data()["changed"] == [["note", "a", "b"]] and version.docname == "one"
    assert frappe.new_doc("Version").set_diff(before, before) is False


@pytest.mark.parametrize("given", [{}, {"note": None}, {"note": ""}])
def test_a_field_that_is_not_nullable_is_empty_text(frappe: Any, given: dict[str, Any]) -> None:
    made = case(frappe, **given)
    assert frappe.db.get_value("Case", made.name, ["note", "about"]) == ("", None)
    made.note = None
    made.save()
    assert frappe.db.get_value("Case", made.name, "note") == ""


@pytest.mark.parametrize("rows", [0, 1])
def test_a_doctype_becomes_a_child_table_whatever_is_in_it(frappe: Any, rows: int) -> None:
    if rows:
        case(frappe)
    doc = frappe.get_doc("DocType", "Case")
    doc.update({"istable": 1, "autoname": ""})
    doc.save()
    assert frappe.db.has_column("Case", "parent") and "parent" in frappe.get_meta("Case").get_valid_columns()
    doc.istable = 0
    doc.save()
    assert "parent" not in frappe.get_meta("Case").get_valid_columns()


def test_a_doctype_that_app_code_changed_is_saved(frappe: Any) -> None:
    meta = frappe.get_meta("Case")
    meta.get("fields", {"fieldname": "note"})[0].description = "why"
    meta.get_field("title").set("label", "What")
    meta.save()
    assert [frappe.get_meta("Case").get_field(each).get(key) for each, key in (("note", "description"), ("title", "label"))] == ["why", "What"]  # fmt: skip
    assert frappe.get_doc("DocType", "Case").fields[0].label == "What"


def test_a_doctype_is_named_by_newname(frappe: Any) -> None:
    values = {"doctype": "DocType", "__newname": "Zebra", "module": "Core", "custom": 1, "fields": [{"fieldname": "a", "fieldtype": "Data"}]}  # fmt: skip
    values["permissions"] = [{"role": "System Manager", "read": 1}]
    assert frappe.get_doc(values).insert().name == "Zebra" and frappe.db.exists("DocType", "Zebra")


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        pytest.param("title", "x", {}, id="of a field that is no link"),
        pytest.param("assigned_by", None, {"assigned_by_full_name": None}, id="of nothing"),
        pytest.param("assigned_by", "nobody@x.org", {"assigned_by_full_name": None}, id="of nobody"),
        pytest.param("assigned_by", "ann@x.org", {"assigned_by_full_name": "ann"}, id="of somebody"),
    ],
)
def test_what_a_link_would_fetch(frappe: Any, field: str, value: Any, found: dict[str, Any]) -> None:
    assert module("model.utils").get_fetch_values("ToDo", field, value) == found


@pytest.mark.parametrize(
    ("doctype", "user", "has", "lacks"),
    [
        pytest.param("Case", "Administrator", "note", None, id="all for the Administrator"),
        pytest.param("Case", "Guest", "owner", "note", id="those of every document for whoever may read none"),
        pytest.param("DocType", "Guest", "issingle", None, id="all of the core for everybody"),
        pytest.param("Note Seen By", "Administrator", "owner", "user", id="none of a row without its parent"),
    ],
)
def test_which_fields_a_user_may_read(frappe: Any, doctype: str, user: str, has: str, lacks: str | None) -> None:
    fields = module("model").get_permitted_fields(doctype, user=user)
    assert has in fields and lacks not in fields
    assert [module("model").is_default_field(each) for each in (has, {}, 1, True, "owner")] == [has == "owner", False, False, False, True]  # fmt: skip


def test_counting_by_no_field_is_a_value_error(frappe: Any) -> None:
    with pytest.raises(ValueError, match="has no field 'nothing'"):
        module("desk.listview").get_group_by_count("Case", "[]", "nothing")


def test_a_name_that_is_no_text_is_a_type_error(frappe: Any) -> None:
    case(frappe)
    with pytest.raises(FrappeTypeError, match="texts"):
        module("model.rename_doc").update_document_title(doctype="Case", docname="one", title={}, name={"a": "b"})


# --- what after_install calls -----------------------------------------------------------------------------


def test_every_role_is_given_but_those_of_people_outside(frappe: Any) -> None:
    frappe.get_doc({"doctype": "Role", "role_name": "Customer"}).insert()
    module("desk.page.setup_wizard.setup_wizard").add_all_roles_to("ann@x.org")
    roles = {row.role for row in frappe.get_doc("User", "ann@x.org").roles}
    assert {"Reader", "System Manager"} <= roles and not roles & {"Customer", "Administrator", "All", "Guest"}


def test_records_of_a_set_up_are_made_one_by_one(frappe: Any) -> None:
    called: list[str] = []
    records = [
        {"doctype": "Case", "title": "a", "about": "ann@x.org"},
        {"doctype": "Case", "title": "a"},
        {"doctype": "Case", "title": "refused", "about": "nobody@x.org"},
        {"doctype": "Case", "title": "no", "__condition": lambda: False},
        {"doctype": "Case", "title": "awaited", "about": "nobody@x.org", "__exception": {"exception": ValidationError, "handler": lambda: called.append("x")}},
        {"doctype": "Case", "title": "b", "__condition": lambda: True},
    ]  # fmt: skip
    module("desk.page.setup_wizard.setup_wizard").make_records(records)
    assert sorted(frappe.get_all("Case", pluck="name")) == ["a", "b"] and called == ["x"]


# --- rules and names in bulk ------------------------------------------------------------------------------


def test_a_doctype_gets_its_own_rules_back(frappe: Any) -> None:
    rights = module("permissions")
    rights.add_permission("Case", "Reader")
    assert frappe.db.exists("Custom DocPerm", {"parent": "Case", "role": "Reader"})
    with rights_of(frappe, "ann@x.org"):
        rights.reset_perms("Case")
    assert frappe.get_all("Custom DocPerm", {"parent": "Case"}) == []


@contextlib.contextmanager
def rights_of(frappe: Any, user: str) -> Iterator[None]:
    frappe.set_user(user)
    yield
    frappe.set_user("Administrator")


def test_a_user_is_held_in_some_lists_no_longer(frappe: Any) -> None:
    for applicable in ("Case", "ToDo", "Note"):
        module("permissions").add_user_permission("User", "bob@x.org", "ann@x.org", applicable_for=applicable)
    module("core.doctype.user_permission.user_permission").remove_applicable(["Case", "Note"], "ann@x.org", "User", "bob@x.org")  # fmt: skip
    assert frappe.get_all("User Permission", {"user": "ann@x.org"}, pluck="applicable_for") == ["ToDo"]


def test_names_are_changed_in_bulk_each_by_itself(frappe: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for title in ("a", "b", "c"):
        case(frappe, title)
    frappe.db.commit()
    rename = module("model.rename_doc").bulk_rename
    try:
        told = rename("Case", [["a", "z"], ["b", "c"], ["b", "c", "1"], ["gone", "x"], ["c"], ["", "x"]])
        assert [each[:6] for each in told] == ["Succes", "** Fai", "Succes", "** Fai"]
        assert "c exists" in told[1] and told[2] == "Successful: b to c"
        assert sorted(frappe.get_all("Case", pluck="name")) == ["c", "z"]
        assert rename("Case", [["z", "y"]], via_console=True) is None
        assert capsys.readouterr().out == "Successful: z to y\n"
    finally:
        frappe.db.delete("Case")
        frappe.db.commit()


@pytest.mark.parametrize("rows", [None, [], [["a", "b"]] * 501], ids=["none", "an empty list", "too many"])
def test_a_list_of_names_has_some_and_not_too_many(frappe: Any, rows: Any) -> None:
    with pytest.raises(ValidationError, match="valid csv file|Maximum 500"):
        module("model.rename_doc").bulk_rename("Case", rows)


# --- events in a calendar ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "medium"),
    [("Meeting", "Meeting"), ("Call", "Phone"), ("Sent/Received Email", "Email"), ("", "")],
    ids=["a meeting", "a call", "mail", "none"],
)
def test_who_takes_part_is_told_of_an_event(frappe: Any, category: str, medium: str) -> None:
    people = [frappe.get_doc({"doctype": "Contact", "first_name": each}).insert().name for each in ("Ann", "Bob")]
    taking = [{"reference_doctype": "Contact", "reference_docname": people[0]}, {"reference_doctype": "User", "reference_docname": "ann@x.org"}]  # fmt: skip
    event = frappe.get_doc({"doctype": "Event", "subject": "Tea", "event_category": category, "event_participants": taking}).insert()  # fmt: skip
    told = frappe.get_all("Communication", fields=["subject", "content", "status", "communication_medium", "reference_name"])  # fmt: skip
    assert told == [{"subject": "Tea", "content": "Tea", "status": "Linked", "communication_medium": medium, "reference_name": event.name}]  # fmt: skip
    event.update({"subject": "Cake"})
    event.event_participants[0].reference_docname = people[1]
    event.save()
    event.save()
    assert sorted(frappe.get_all("Communication", pluck="subject")) == ["Cake", "Tea"]  # Frappe: nobody is untold
    assert sorted(frappe.get_all("Communication Link", {"link_doctype": "Contact"}, pluck="link_name")) == people
    event.delete()
    assert frappe.db.count("Communication") == 0


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        pytest.param("dict", "a", id="text for a dict"),
        pytest.param("list | None", "[]", id="text for a list"),
        pytest.param("str", 1.5j, id="what is no text"),
        pytest.param("int", "a", id="what is no number"),
    ],
)
def test_arguments_are_of_their_types(frappe: Any, hint: str, value: Any) -> None:
    scope: dict[str, Any] = {}
    exec(f"def function(a: {hint}): return a", scope)
    with pytest.raises(FrappeTypeError):
        module("utils.typing_validations").validate_argument_types(scope["function"])(value)


def test_a_virtual_table_stands_in_a_virtual_doctype_alone(frappe: Any) -> None:
    frappe.flags.in_test = True
    values = {"doctype": "DocType", "module": "Core", "custom": 1, "fields": [{"fieldname": "1a", "fieldtype": "Data"}], "permissions": [RULE]}  # fmt: skip
    frappe.get_doc({**values, "name": "Air", "istable": 1, "is_virtual": 1, "permissions": []}).insert()
    holder = {**values, "name": "Holder", "fields": [*values["fields"], {"fieldname": "air", "fieldtype": "Table", "options": "Air"}]}  # fmt: skip
    with pytest.raises(ValidationError, match="must not be virtual"):
        frappe.get_doc(holder).insert()
    assert frappe.get_doc({**holder, "is_virtual": 1}).insert().name == "Holder"


def test_a_field_may_begin_with_a_digit(frappe: Any) -> None:
    fields = [{"fieldname": "1a", "fieldtype": "Data"}]
    values = {"doctype": "DocType", "name": "Digit", "module": "Core", "custom": 1, "permissions": [RULE]}
    frappe.get_doc({**values, "fields": fields}).insert()
    frappe.get_doc({"doctype": "Digit", "1a": "10"}).insert()
    found = frappe.get_list("Digit", [["Digit", "1a", "=", "10"]], ["`tabDigit`.`1a`"], order_by="1a desc")
    assert found == [{"1a": "10"}]


def test_tests_see_each_event_where_frappe_tells_webhooks(frappe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(module("model.document"), "run_webhooks", lambda doc, method: seen.append(method))
    made = case(frappe)
    assert seen[-3:] == ["after_insert", "on_update", "on_change"]
    monkeypatch.undo()
    made.save()
    assert seen.count("on_update") == 1


def test_app_code_says_what_a_document_was_before(frappe: Any) -> None:
    made = case(frappe, note="a")
    made._doc_before_save = frappe.get_doc(made.as_dict())
    made.note = "b"
    assert made.get_doc_before_save().note == "a" and made.has_value_changed("note")
    assert not made.has_value_changed("title")


def test_views_of_pages_are_kept_where_an_app_counts_them(frappe: Any) -> None:
    frappe.db.add_index("Web Page View", ["creation", "is_unique", "path"])
    frappe.get_doc({"doctype": "Web Page View", "path": "/a", "is_unique": "1"}).insert()
    assert frappe.db.count("Web Page View", {"path": "/a"}) == 1
