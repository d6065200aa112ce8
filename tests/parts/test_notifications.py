"""Who is told what of documents, by mail and on the page; what a fault in a rule does; and what one wants to hear of."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite.errors import ValidationError
from frappe_lite.face.mail import make_notification_logs
from frappe_lite.parts import jobs, mail, schedule
from frappe_lite.parts.notifications import telling
from frappe_lite.parts.schedule.job_type import require_function
from frappe_lite.site import Site

ORDER = doctype(
    "Order", ("title", "Data"), ("status", "Data"), ("amount", "Int"), ("due", "Date"), ("starts", "Datetime"),
    ("buyer", "Data"), {"fieldname": "told", "fieldtype": "Check"}, autoname="Prompt", is_submittable=1,
)  # fmt: skip
PEOPLE = {"ann@x.org": "Sales", "bob@x.org": "Sales", "eve@x.org": ""}


class Shop:
    """A site with orders, a role Sales, and three people."""

    def __init__(self, site: Site, write: Write):
        site.load(write({"order.json": ORDER, "hooks.py": ""}))
        self.site = site
        with site.acting():
            frappe_lite.get_doc({"doctype": "Role", "role_name": "Sales"}).insert()
            for user, role in PEOPLE.items():
                values = {"doctype": "User", "email": user, "first_name": user[:3].title()}
                frappe_lite.get_doc({**values, "roles": [{"role": role}] if role else []}).insert()

    def notification(self, name: str = "rule", **values: Any) -> None:
        given = {"subject": "About {{ doc.name }}", "message": "<p>{{ doc.title }}</p>", "document_type": "Order"}
        given |= {"channel": "Email", "event": "Save", "recipients": [{"receiver_by_role": "Sales"}], **values}
        with self.site.acting():
            frappe_lite.get_doc({"doctype": "Notification", "name": name, **given}).insert()

    def order(self, name: str = "o", **values: Any) -> Any:
        with self.site.acting():
            return frappe_lite.get_doc({"doctype": "Order", "name": name, "title": "Apples", **values}).insert()

    def change(self, name: str = "o", **values: Any) -> None:
        with self.site.acting():
            doc = frappe_lite.get_doc("Order", name)
            doc.update(values)
            doc.save()

    def mails(self) -> list[Any]:
        """To whom, about what; the oldest first."""
        with self.site.acting():
            names = frappe_lite.get_all("Email Queue", pluck="name", order_by="creation")
            return [frappe_lite.get_doc("Email Queue", each) for each in names]

    def told(self) -> list[list[str]]:
        return [sorted(row.recipient for row in each.recipients) for each in self.mails()]

    def logs(self, **filters: Any) -> list[Any]:
        fields = ["for_user", "from_user", "type", "subject", "document_type", "document_name", "email_content", "read"]
        with self.site.acting():
            return list(frappe_lite.get_all("Notification Log", filters, fields, order_by="for_user"))

    def errors(self) -> list[str]:
        with self.site.acting():
            return list(frappe_lite.get_all("Error Log", pluck="method"))


@pytest.fixture
def shop(site: Site, write: Write) -> Shop:
    return Shop(site, write)


SALES = ["ann@x.org", "bob@x.org"]

# --- when ---


def _save(shop: Shop) -> None:
    shop.order()
    shop.change(title="Pears")


def _submit(shop: Shop) -> None:
    shop.order()
    with shop.site.acting():
        frappe_lite.get_doc("Order", "o").submit()


def _cancel(shop: Shop) -> None:
    _submit(shop)
    with shop.site.acting():
        frappe_lite.get_doc("Order", "o").cancel()


def _delete(shop: Shop) -> None:
    shop.order()
    with shop.site.acting():
        frappe_lite.delete_doc("Order", "o")


def _pay(shop: Shop) -> None:
    order = shop.order()
    for _ in range(2):
        with shop.site.acting():
            frappe_lite.get_doc("Order", order.name).run_method("on_paid")


def _load(shop: Shop) -> None:
    shop.order()
    assert ApiClient(shop.site)("GET /api/method/frappe.desk.form.load.getdoc?doctype=Order&name=o").status_code == 200


def _save_one(shop: Shop) -> None:
    with shop.site.acting():
        doc = frappe_lite.get_doc({"doctype": "Order", "name": "o", "title": "Apples"}).insert()
        for title in ("Pears", "Plums"):
            doc.title = title
            doc.save()


EVENTS = [
    pytest.param({"event": "New"}, _save, 1, id="New: when it is made"),
    pytest.param({"event": "Save"}, _save, 2, id="Save: when it is made, and when it is saved"),
    pytest.param({"event": "Submit"}, _submit, 1, id="Submit"),
    pytest.param({"event": "Submit"}, _save, 0, id="Submit: not when it is saved"),
    pytest.param({"event": "Cancel"}, _cancel, 1, id="Cancel"),
    pytest.param({"event": "Cancel"}, _submit, 0, id="Cancel: not when it is submitted"),
    pytest.param({"event": "Value Change", "value_changed": "title"}, _save, 1, id="Value Change: when it changes"),
    pytest.param(
        {"event": "Value Change", "value_changed": "status"}, _save, 0, id="Value Change: not another value's"
    ),
    pytest.param({"event": "Method", "method": "on_trash"}, _delete, 1, id="Method: an event of its life"),
    pytest.param({"event": "Method", "method": "validate"}, _save, 2, id="Method: validate"),
    pytest.param({"event": "Method", "method": "on_paid"}, _pay, 2, id="Method: one that app code runs"),
    pytest.param({"event": "Method", "method": "on_paid"}, _save, 0, id="Method: only that one"),
    pytest.param({"event": "Method", "method": "onload"}, _load, 0, id="Method: who looks at a document tells nobody"),
    pytest.param({"event": "Save"}, _save_one, 3, id="Save: one document at hand, saved again and again"),
    pytest.param({"event": "Method", "method": "on_change"}, _save_one, 3, id="Method: once in each save"),
    pytest.param({"event": "Value Change", "value_changed": "title"}, _delete, 0, id="Value Change: not if it goes"),
    pytest.param({"event": "Custom"}, _cancel, 0, id="Custom: when app code says so"),
    pytest.param({"event": "Save", "enabled": 0}, _save, 0, id="not if it is not enabled"),
    pytest.param({"event": "Save", "condition": "doc.title == 'Pears'"}, _save, 1, id="if the condition holds"),
    pytest.param({"event": "Save", "document_type": "ToDo"}, _save, 0, id="not of documents of another kind"),
]


@pytest.mark.parametrize(("values", "what", "times"), EVENTS)
def test_when_people_are_told(shop: Shop, values: dict[str, Any], what: Any, times: int) -> None:
    shop.notification(**values)
    what(shop)
    assert shop.told() == [SALES] * times
    assert shop.errors() == []


CONDITIONS = [
    pytest.param("doc.title == 'Apples'", True, id="the document's values"),
    pytest.param("'%s' % doc.due == nowdate()", True, id="today"),
    pytest.param("frappe.utils.getdate(doc.due) == frappe.utils.getdate()", True, id="by frappe.utils"),
    pytest.param("frappe.utils.date_diff(doc.due, nowdate()) == 0", True, id="days between"),
    pytest.param("utils.date_diff(utils.nowdate(), doc.due) == 0", True, id="by utils, as webhooks have it"),
    pytest.param("utils.date_diff(doc.due, nowdate()) == 1", False, id="tomorrow"),
    pytest.param("  ", True, id="nothing"),
]


@pytest.mark.parametrize(("condition", "meant"), CONDITIONS)
def test_what_conditions_and_texts_see(shop: Shop, condition: str, meant: bool) -> None:
    """What Frappe's `get_context` gives them."""
    shop.notification(event="New", condition=condition, subject="{{ nowdate() }} {{ frappe.utils.nowdate() }}")
    with shop.site.acting():
        today = frappe_lite.utils.nowdate()
    shop.order(due=today)
    assert ([each.subject for each in shop.mails()], shop.errors()) == ([f"{today} {today}"] if meant else [], [])


def test_a_rule_of_days_waits_once(shop: Shop) -> None:
    """However often the clock asks while nobody runs jobs."""
    shop.notification(event="Days Before", date_changed="due", days_in_advance=0)
    shop.order(due=datetime.date.today().isoformat())
    workers = jobs.start(shop.site, 0)
    for _ in range(3):
        with shop.site.acting():
            telling.trigger_daily_alerts()
    assert (workers.run_next(), workers.run_next(), shop.told()) == (True, False, [SALES])


def test_a_rule_tells_once_of_a_save(shop: Shop) -> None:
    """A controller that sets a value meanwhile runs `on_change` as well."""
    shop.notification(event="Method", method="on_change")
    shop.site.add_doc_event("Order", "on_update", lambda doc, _event: doc.db_set("amount", 7))
    shop.order()
    assert shop.told() == [SALES]
    shop.change(title="Pears")
    assert shop.told() == [SALES] * 2


@pytest.mark.parametrize(
    ("how", "condition", "times"),
    [
        pytest.param("send", "doc.amount > 5", 1, id="sent: if the condition does not hold, too"),
        pytest.param("queue_send", "doc.amount > 5", 0, id="by a job: if it holds"),
        pytest.param("queue_send", "doc.amount < 5", 1, id="by a job"),
    ],
)
def test_app_code_tells_by_itself(shop: Shop, how: str, condition: str, times: int) -> None:
    """Frappe's ways for the event Custom."""
    shop.notification(event="Custom", condition=condition)
    order, workers = shop.order(amount=1), jobs.start(shop.site, 0)
    with shop.site.acting():
        getattr(frappe_lite.get_doc("Notification", "rule"), how)(frappe_lite.get_doc("Order", order.name))
        assert len(shop.told()) == (how == "send")
    while workers.run_next():
        pass
    assert (shop.told(), shop.errors()) == ([SALES] * times, [])


PREVIEWS = [
    pytest.param("preview_subject", {}, "About o", id="a subject"),
    pytest.param("preview_subject", {"subject": ""}, "No subject", id="none"),
    pytest.param("preview_message", {}, "<p>Apples</p>", id="a message"),
    pytest.param("preview_meets_condition", {}, "Yes", id="no condition"),
    pytest.param("preview_meets_condition", {"condition": "doc.title == 'Pears'"}, "No", id="a condition"),
    pytest.param("preview_message", {"message": "{{ 1 / doc.amount }}"}, "Failed to render message: ", id="a fault"),
    pytest.param(
        "preview_meets_condition",
        {"condition": "1 / doc.amount"},
        "Failed to evaluate conditions: ",
        id="in a condition",
    ),
]


@pytest.mark.parametrize(("method", "values", "says"), PREVIEWS)
def test_a_rule_is_tried_out_before_it_tells_anybody(shop: Shop, method: str, values: Any, says: str) -> None:
    shop.notification(event="Submit", **values)
    shop.order(amount=0)
    given = {"dt": "Notification", "dn": "rule", "method": method, "args": '{"preview_document": "o"}'}
    answer = ApiClient(shop.site)("POST /api/method/run_doc_method", given)
    assert (answer.status_code, answer.json["message"][: len(says)]) == (200, says)
    gone = {**given, "args": '{"preview_document": "gone"}'}
    assert ApiClient(shop.site)("POST /api/method/run_doc_method", gone).status_code == 404
    assert shop.told() == []


@pytest.mark.parametrize("flag", ["in_import", "in_patch", "in_install", "in_migrate"])
def test_what_changes_documents_by_the_thousand_tells_nobody(shop: Shop, flag: str) -> None:
    shop.notification()
    with shop.site.acting() as ctx:
        ctx.flags[flag] = True
        frappe_lite.get_doc({"doctype": "Order", "name": "o"}).insert()
    assert shop.told() == []


def test_what_is_undone_tells_nobody(shop: Shop) -> None:
    shop.notification(send_system_notification=1)
    with pytest.raises(ZeroDivisionError), shop.site.acting():
        frappe_lite.get_doc({"doctype": "Order", "name": "o"}).insert()
        raise ZeroDivisionError
    assert (shop.told(), shop.logs()) == ([], [])


def test_a_rule_that_was_changed_holds_at_once(shop: Shop) -> None:
    shop.notification()
    shop.order("first")
    with shop.site.acting():
        frappe_lite.delete_doc("Notification", "rule")
    shop.order("second")
    assert [each.reference_name for each in shop.mails()] == ["first"]


# --- days ---

TODAY = datetime.date.today()
DAYS = [
    pytest.param("Days Before", "due", 2, TODAY + datetime.timedelta(days=2), True, id="two days before"),
    pytest.param("Days Before", "due", 2, TODAY + datetime.timedelta(days=3), False, id="not three days before"),
    pytest.param("Days After", "due", 1, TODAY - datetime.timedelta(days=1), True, id="a day after"),
    pytest.param("Days Before", "due", 0, TODAY, True, id="on the day"),
    pytest.param(
        "Days Before", "starts", 0, datetime.datetime.combine(TODAY, datetime.time(23, 30)), True, id="at its end"
    ),
    pytest.param("Days Before", "due", 0, None, False, id="no date"),
]


@pytest.mark.parametrize(("event", "field", "days", "value", "meant"), DAYS)
def test_days_before_and_after(
    shop: Shop, event: str, field: str, days: int, value: Any, meant: bool, monkeypatch: Any
) -> None:
    monkeypatch.setattr("frappe_lite.parts.notifications.notification.nowdate", lambda: TODAY.isoformat())
    shop.notification(event=event, date_changed=field, days_in_advance=days)
    shop.order(**{field: value and value.isoformat(" ") if field == "starts" else value and value.isoformat()})
    assert shop.told() == []
    path = "GET /api/method/frappe.email.doctype.notification.notification.get_documents_for_today?notification=rule"
    assert ApiClient(shop.site)(path).json["message"] == (["o"] if meant else [])
    with shop.site.acting():
        telling.trigger_daily_alerts()
    assert shop.told() == ([SALES] if meant else [])


MINUTES = [
    pytest.param("Minutes Before", 30, [28], 1, id="half an hour before"),
    pytest.param("Minutes Before", 30, [24], 0, id="not longer ago than the first look goes back"),
    pytest.param("Minutes Before", 30, [31], 0, id="not earlier"),
    pytest.param("Minutes Before", 30, [31, 2, 2], 1, id="once, when its moment has come"),
    pytest.param("Minutes Before", 30, [100, 600], 1, id="what nobody looked at meanwhile comes once"),
    pytest.param("Minutes After", 15, [-16], 1, id="a quarter after"),
    pytest.param("Minutes After", 15, [-14], 0, id="not earlier than that"),
    pytest.param("Minutes After", 15, [-14, 1, 1], 1, id="but then"),
]


@pytest.mark.parametrize(("event", "offset", "moments", "times"), MINUTES)
def test_minutes_before_and_after(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, event: str, offset: int, moments: list[int], times: int
) -> None:
    """The document starts so many minutes from the first look; the others say how many minutes later they come."""
    now = datetime.datetime(2026, 3, 28, 12, 0)
    monkeypatch.setattr("frappe_lite.parts.notifications.notification.now_datetime", lambda: now)
    shop.notification(event=event, datetime_changed="starts", minutes_offset=offset)
    shop.order(starts=(now + datetime.timedelta(minutes=moments[0])).isoformat(" "))
    shop.order("never")
    for later in (0, *moments[1:]):
        now += datetime.timedelta(minutes=later)
        with shop.site.acting():
            telling.trigger_offset_alerts()
    assert (shop.told(), shop.errors()) == ([SALES] * times, [])
    with shop.site.acting():
        assert frappe_lite.db.get_value("Notification", "rule", "datetime_last_run") == now


def test_the_minutes_come_by_the_schedule(shop: Shop) -> None:
    jobs.start(shop.site, 0)
    schedule.start(shop.site)
    for event, there in (("Save", 0), ("Minutes After", 1)):
        shop.notification(event, event=event, datetime_changed="starts", minutes_offset=10)
        with shop.site.acting():
            assert frappe_lite.db.count("Scheduled Job Type", {"method": telling.OFTEN, "frequency": "All"}) == there


@pytest.mark.parametrize(("due", "meant"), [(TODAY, True), (TODAY + datetime.timedelta(days=1), False), (None, False)])
def test_days_of_rows_are_told_with_their_document(shop: Shop, write: Write, due: Any, meant: bool) -> None:
    """Rows of child tables have no events of their own; days they have."""
    row = doctype("Visit", ("day", "Date"), ("who", "Data"), istable=1)
    table = {"fieldname": "visits", "fieldtype": "Table", "options": "Visit"}
    shop.site.load(write({"visit.json": row, "trip.json": doctype("Trip", table, autoname="Prompt")}))
    shop.notification(
        document_type="Visit", event="Days Before", date_changed="day", days_in_advance=0, subject="Today",
        recipients=[{"receiver_by_document_field": "who"}], message="{{ doc.who }}",
    )  # fmt: skip
    with shop.site.acting():
        visits = [{"day": due and due.isoformat(), "who": "eve@x.org"}]
        frappe_lite.get_doc({"doctype": "Trip", "name": "t", "visits": visits}).insert()
        telling.trigger_daily_alerts()
    told = [(each.reference_doctype, each.reference_name, each.message) for each in shop.mails()]
    assert (told, shop.errors()) == ([("Trip", "t", "eve@x.org")] if meant else [], [])


@pytest.mark.parametrize("kept", [True, False], ids=["by jobs of their own", "without jobs that are kept"])
def test_a_rule_of_days_that_fails_stops_no_other(shop: Shop, kept: bool) -> None:
    for name in ("a", "b", "c"):
        shop.notification(name=name, event="Days Before", date_changed="due", days_in_advance=0)
    shop.order(due=datetime.date.today().isoformat())
    workers = jobs.start(shop.site, 0) if kept else None
    with shop.site.acting() as ctx:
        ctx.store.update(ctx.meta("Notification"), "b", {"date_changed": "gone"})
    with shop.site.acting():
        telling.trigger_daily_alerts()
    while workers is not None and workers.run_next():
        pass
    assert len(shop.mails()) == 2
    with shop.site.acting():
        assert ["gone" in each.error for each in frappe_lite.get_all("Error Log", fields=["error"])] == [True]


def test_the_days_come_by_the_schedule(shop: Shop) -> None:
    jobs.start(shop.site, 0)
    schedule.start(shop.site)
    with shop.site.acting():
        assert not frappe_lite.db.exists("Scheduled Job Type", {"method": telling.DAILY})
    shop.notification(event="Days After", date_changed="due")
    with shop.site.acting() as ctx:
        found = frappe_lite.get_doc("Scheduled Job Type", {"method": telling.DAILY})
        assert found.frequency == "Daily"
        assert require_function(ctx, telling.DAILY) is telling.trigger_daily_alerts


def test_who_may_not_read_rules_is_not_told_their_documents(shop: Shop) -> None:
    shop.notification(event="Days Before", date_changed="due")
    path = "GET /api/method/frappe.email.doctype.notification.notification.get_documents_for_today?notification=rule"
    assert ApiClient(shop.site, "eve@x.org")(path).status_code == 403


# --- whom ---

WHOM = [
    pytest.param([{"receiver_by_role": "Sales"}], SALES, id="who has a role"),
    pytest.param([{"receiver_by_document_field": "buyer"}], ["eve@x.org"], id="whom a field names"),
    pytest.param([{"receiver_by_document_field": "owner"}], ["admin@example.com"], id="who made it"),
    pytest.param([{"cc": "c@x.org, d@x.org"}], ["c@x.org", "d@x.org"], id="copies"),
    pytest.param([{"cc": "{{ doc.buyer }}"}], ["eve@x.org"], id="a copy that is a template"),
    pytest.param([{"bcc": "b@x.org"}], ["b@x.org"], id="blind copies"),
    pytest.param([{"receiver_by_role": "Sales", "cc": "ann@x.org"}], SALES, id="each once"),
    pytest.param([{"receiver_by_role": "Sales", "condition": "doc.amount > 5"}], SALES, id="if its condition holds"),
    pytest.param([{"receiver_by_role": "Sales", "condition": "doc.amount > 50"}], None, id="not if it does not"),
    pytest.param([{"receiver_by_document_field": "status"}], None, id="not what is no address"),
]


@pytest.mark.parametrize(("recipients", "expected"), WHOM)
def test_who_is_told(shop: Shop, recipients: list[Any], expected: Any) -> None:
    shop.notification(recipients=recipients, event="New")
    shop.order(buyer="eve@x.org", amount=10, status="open")
    assert shop.told() == ([expected] if expected else [])


def test_who_is_disabled_is_not_told(shop: Shop) -> None:
    with shop.site.acting():
        user = frappe_lite.get_doc("User", "eve@x.org")
        user.enabled = 0
        user.save()
    shop.notification(recipients=[{"receiver_by_document_field": "buyer"}])
    shop.order(buyer="eve@x.org")
    assert shop.told() == []


def test_those_who_have_it_to_do_are_told(shop: Shop) -> None:
    shop.notification(event="Value Change", value_changed="title", recipients=[], send_to_all_assignees=1)
    shop.order()
    ApiClient(shop.site)(
        "POST /api/method/frappe.desk.form.assign_to.add", {"doctype": "Order", "name": "o", "assign_to": ["bob@x.org"]}
    )
    shop.change(title="Pears")
    assert shop.told() == [["bob@x.org"]]


# --- what ---


def test_a_mail_is_filled_in(shop: Shop) -> None:
    shop.notification(event="New")
    shop.order()
    (found,) = shop.mails()
    assert (found.subject, found.message) == ("About o", "<p>Apples</p>")
    assert (found.reference_doctype, found.reference_name, found.expose_recipients) == ("Order", "o", "header")


def test_files_of_the_document_go_with_it(shop: Shop) -> None:
    shop.order()
    with shop.site.acting():
        values = {"doctype": "File", "file_name": "a.txt", "content": "a", "is_private": 1}
        kept = frappe_lite.get_doc({**values, "attached_to_doctype": "Order", "attached_to_name": "o"}).insert()
    shop.notification(attach_files="All")
    shop.change(title="Pears")
    assert json.loads(shop.mails()[0].attachments) == [{"fid": kept.name}]


@pytest.mark.parametrize(
    "values",
    [{"channel": "System Notification"}, {"channel": "Email", "send_system_notification": 1}],
    ids=["alone", "too"],
)
def test_a_notification_on_the_page(shop: Shop, values: dict[str, Any]) -> None:
    shop.notification(event="New", **values)
    shop.order()
    found = shop.logs()
    assert [each.for_user for each in found] == SALES
    assert {key: found[0][key] for key in ("type", "subject", "document_type", "document_name", "email_content", "read")} == {
        "type": "Alert", "subject": "About o", "document_type": "Order", "document_name": "o",
        "email_content": "<p>Apples</p>", "read": 0,
    }  # fmt: skip
    assert shop.told() == ([SALES] if values["channel"] == "Email" else [])


def test_a_value_is_set_after_it(shop: Shop) -> None:
    shop.notification(event="New", set_property_after_alert="told", property_value="1")
    shop.order()
    with shop.site.acting():
        assert frappe_lite.db.get_value("Order", "o", "told") == 1
    assert shop.told() == [SALES]


OWN = """
    import frappe
    from frappe.email.doctype.notification.notification import Notification

    class Pigeons(Notification):
        def send_notification_by_channel(self, doc, context):
            if self.channel != "Pigeon":
                return super().send_notification_by_channel(doc, {**context, "times": 3})
            to, _cc, _bcc = self.get_list_of_recipients(doc, context)
            for each in to:
                frappe.get_doc({"doctype": "Note", "title": f"to {each}", "content": self.texts(doc)[0]}).insert()
"""


@pytest.mark.parametrize(
    ("channel", "mails", "notes"),
    [("Email", ["3 times o"], []), ("Pigeon", [], ["to ann@x.org", "to bob@x.org"])],
)
def test_an_app_sends_by_a_channel_of_its_own(
    site: Site, write: Write, channel: str, mails: list[str], notes: list[str]
) -> None:
    """Frappe's names for the steps: an app's class does one of them otherwise, and leaves the rest."""
    hooks = 'override_doctype_class = {"Notification": "APP.pigeons.Pigeons"}'
    shop = Shop(site, lambda files: write({**files, "hooks.py": hooks, "pigeons.py": OWN}))
    with site.acting():
        values = {"property": "options", "value": "Email\nPigeon", "doctype_or_field": "DocField"}
        values |= {"doc_type": "Notification", "field_name": "channel", "property_type": "Text"}
        frappe_lite.get_doc({"doctype": "Property Setter", **values}).insert()
    shop.notification(event="New", channel=channel, subject="{{ times }} times {{ doc.name }}" if mails else "x")
    shop.order()
    with site.acting():
        assert sorted(frappe_lite.get_all("Note", pluck="title")) == notes
    assert [each.subject for each in shop.mails()] == mails
    assert shop.errors() == []


def test_app_code_takes_a_single_step(shop: Shop) -> None:
    shop.notification(event="Custom", subject="{{ count }} of {{ doc.name }}", channel="Email")
    order = shop.order()
    with shop.site.acting():
        rule, doc = frappe_lite.get_doc("Notification", "rule"), frappe_lite.get_doc("Order", order.name)
        rule.send_an_email(doc, {"count": 5, "doc": None})
        rule.create_system_notification(doc, {"count": 6})
    assert [each.subject for each in shop.mails()] == ["5 of o"]
    assert {each.subject for each in shop.logs()} == {"6 of o"}


# --- faults ---

REFUSED = [
    pytest.param({"channel": "Slack"}, "Email or System Notification", id="a channel that is not called here"),
    pytest.param({"channel": "SMS"}, "Email or System Notification", id="SMS"),
    pytest.param({"event": "Days Before"}, "date field", id="days without a date"),
    pytest.param({"event": "Value Change"}, "value field", id="a change of nothing"),
    pytest.param({"event": "Days After", "date_changed": "due", "days_in_advance": 10**9}, "36500", id="in an aeon"),
    pytest.param({"event": "Days After", "date_changed": "due", "days_in_advance": -(10**9)}, "36500", id="or before"),
    pytest.param({"event": "Never"}, "Send Alert On", id="an event that there is not"),
    pytest.param({"sender": "nope"}, "Could not find Sender", id="a sender that is not there"),
    pytest.param({"recipients": [{"receiver_by_role": "Nope"}]}, "Could not find", id="a role that is not there"),
    pytest.param({"set_property_after_alert": "none"}, "no field none", id="a value that cannot be set"),
    pytest.param({"condition": "(" * 500}, "invalid", id="a condition that is nested without an end"),
    pytest.param({"event": "Method"}, "method", id="no method"),
    pytest.param({"event": "Minutes After", "minutes_offset": 10}, "datetime field", id="minutes without a moment"),
    pytest.param({"event": "Minutes After", "datetime_changed": "starts"}, "at least 10", id="no minutes"),
    pytest.param(
        {"event": "Minutes Before", "datetime_changed": "starts", "minutes_offset": 9},
        "at least 10",
        id="more often than anybody looks",
    ),
    pytest.param(
        {"event": "Minutes Before", "datetime_changed": "starts", "minutes_offset": 10**12},
        "a century",
        id="more minutes than there are",
    ),
    pytest.param(
        {"event": "Minutes Before", "datetime_changed": "none", "minutes_offset": 10},
        "has no field none",
        id="a moment that it has not",
    ),
    pytest.param({"event": "Value Change", "value_changed": "none"}, "no field none", id="a field that is not there"),
    pytest.param({"document_type": "Email Queue"}, "Cannot set", id="mails"),
    pytest.param({"document_type": "Has Role"}, "Cannot set", id="rows"),
    pytest.param({"condition": "doc.x ="}, "invalid", id="a condition that is none"),
    pytest.param({"condition": "__import__('os')"}, "invalid", id="a condition that reaches out"),
    pytest.param({"condition": "nobody(doc)"}, "invalid", id="a name that is not there"),
    pytest.param({"message": "{{ doc."}, "Syntax error", id="a template that is none"),
    pytest.param(
        {"recipients": [{"receiver_by_role": "Sales", "condition": "("}]}, "invalid", id="a condition of a recipient"
    ),
]


@pytest.mark.parametrize(("values", "sentence"), REFUSED)
def test_a_rule_that_could_never_hold_is_refused(shop: Shop, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        shop.notification(**values)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"condition": "1 / doc.amount > 0"}, id="its condition"),
        pytest.param({"subject": "{{ 1 / doc.amount }}"}, id="its subject"),
        pytest.param(
            {"recipients": [{"receiver_by_role": "Sales", "condition": "1 / doc.amount"}]}, id="a recipient's"
        ),
        pytest.param({"set_property_after_alert": "due", "property_value": "someday"}, id="what it sets"),
    ],
)
def test_a_fault_in_a_rule_costs_nobody_a_document(shop: Shop, values: dict[str, Any]) -> None:
    shop.notification(event="New", **values)
    shop.order(amount=0)
    with shop.site.acting():
        assert frappe_lite.db.exists("Order", "o")
    assert (shop.told(), shop.errors()) == ([], ["Error in Notification rule"])


# --- the log, and what one wants ---


def test_who_is_mentioned_is_told(shop: Shop) -> None:
    shop.order()
    text = '<p><span class="mention" data-id="bob@x.org">@Bob</span> <span class="mention" data-id="ghost@x.org">@G</span> look</p>'
    body = {"reference_doctype": "Order", "reference_name": "o", "content": text, "comment_email": "", "comment_by": ""}
    answer = ApiClient(shop.site)("POST /api/method/frappe.desk.form.utils.add_comment", body)
    assert answer.status_code == 200
    (found,) = shop.logs()
    assert (found.for_user, found.type, found.document_name, found.from_user) == (
        "bob@x.org",
        "Mention",
        "o",
        "Administrator",
    )


def test_who_gets_a_document_to_do_is_told_and_when_it_is_taken_back(shop: Shop) -> None:
    shop.order()
    client, place = ApiClient(shop.site), {"doctype": "Order", "name": "o"}
    client("POST /api/method/frappe.desk.form.assign_to.add", {**place, "assign_to": ["bob@x.org", "Administrator"]})
    assert [(each.for_user, each.type) for each in shop.logs()] == [("bob@x.org", "Assignment")]
    client("POST /api/method/frappe.desk.form.assign_to.remove", {**place, "assign_to": "bob@x.org"})
    assert [each.for_user for each in shop.logs()] == ["bob@x.org", "bob@x.org"]


@pytest.mark.parametrize(("notify", "count"), [(1, 1), (0, 0)])
def test_with_whom_a_document_is_shared_is_told_if_asked_for(shop: Shop, notify: int, count: int) -> None:
    shop.order()
    body = {"doctype": "Order", "name": "o", "user": "eve@x.org", "read": 1, "notify": notify}
    assert ApiClient(shop.site)("POST /api/method/frappe.share.add", body).status_code == 200
    assert [each.type for each in shop.logs(for_user="eve@x.org")] == ["Share"] * count


MEANT = [
    pytest.param("bob@x.org", ["bob@x.org"], id="a user"),
    pytest.param(["bob@x.org", "ann@x.org", "bob@x.org"], ["ann@x.org", "bob@x.org"], id="several, each once"),
    pytest.param("bob@x.org, ann@x.org", ["ann@x.org", "bob@x.org"], id="several as a text"),
    pytest.param("Bob@X.org", ["bob@x.org"], id="by an address in other letters"),
    pytest.param("Bob <bob@x.org>", ["bob@x.org"], id="by an address with a name"),
    pytest.param(["admin@example.com"], ["Administrator"], id="by an address that is not the name"),
    pytest.param(["gone@x.org", "bob@x.org"], ["bob@x.org"], id="not who is disabled"),
    pytest.param(["ghost@x.org"], [], id="nor who is not there"),
    pytest.param([], [], id="nobody"),
    pytest.param("", [], id="no text"),
]


@pytest.mark.parametrize(("users", "told"), MEANT)
def test_who_is_meant_by_names_and_addresses(shop: Shop, users: Any, told: list[str]) -> None:
    with shop.site.acting():
        frappe_lite.get_doc({"doctype": "User", "email": "gone@x.org", "first_name": "G", "enabled": 0}).insert()
        make_notification_logs({"type": "Alert", "subject": "Hear"}, users)
    assert [each.for_user for each in shop.logs()] == told


@pytest.mark.parametrize("address", ["Bob@X.org", "bob@x.org"])
def test_a_notification_on_the_page_finds_its_users_in_any_letters(shop: Shop, address: str) -> None:
    shop.notification(channel="System Notification", recipients=[{"cc": address}])
    shop.order()
    assert [each.for_user for each in shop.logs()] == ["bob@x.org"]


def test_who_is_disabled_is_mentioned_and_not_told(shop: Shop) -> None:
    mail.start(shop.site)
    shop.order()
    with shop.site.acting():
        frappe_lite.db.set_value("User", "bob@x.org", "enabled", 0)
        text = '<p><span class="mention" data-id="bob@x.org">@Bob</span> look</p>'
        frappe_lite.get_doc("Order", "o").add_comment(text=text)
    assert (shop.logs(), shop.told()) == ([], [])


WANTED = [
    pytest.param({}, 1, 1, id="who said nothing"),
    pytest.param({"enabled": 0}, 0, 0, id="nothing at all"),
    pytest.param({"enable_email_notifications": 0}, 1, 0, id="no mails"),
    pytest.param({"enable_email_assignment": 0}, 1, 0, id="no mails of this kind"),
    pytest.param({"enable_email_share": 0}, 1, 1, id="no mails of another kind"),
]


@pytest.mark.parametrize(("settings", "logs", "mails"), WANTED)
def test_one_is_told_what_one_wants(shop: Shop, settings: dict[str, Any], logs: int, mails: int) -> None:
    mail.start(shop.site)
    shop.order()
    with shop.site.acting():
        frappe_lite.get_doc("Notification Settings", "bob@x.org").update({"seen": 1, **settings}).save()
    body = {"doctype": "Order", "name": "o", "assign_to": ["bob@x.org"]}
    ApiClient(shop.site)("POST /api/method/frappe.desk.form.assign_to.add", body)
    assert (len(shop.logs()), len(shop.told())) == (logs, mails)
    with shop.site.acting():
        assert frappe_lite.db.get_value("Notification Settings", "bob@x.org", "seen") == 1 - logs


@pytest.mark.parametrize(
    ("user", "status"),
    [("bob@x.org", 200), ("eve@x.org", 403), ("Administrator", 200)],
    ids=["one's own", "another's", "all"],
)
def test_what_one_wants_is_ones_own(shop: Shop, user: str, status: int) -> None:
    client = ApiClient(shop.site, user)
    assert client("GET /api/resource/Notification Settings/bob@x.org").status_code == status
    assert client("PUT /api/resource/Notification Settings/bob@x.org", {"enabled": 0}).status_code == status
    listed = [row["name"] for row in client("GET /api/resource/Notification Settings").json["data"]]
    assert ("bob@x.org" in listed) is (status == 200)
    assert (len(listed) == 1) is (user != "Administrator")


@pytest.mark.parametrize(("user", "status"), [("bob@x.org", 200), ("eve@x.org", 403)])
def test_whether_one_has_looked_is_ones_own_to_say(shop: Shop, user: str, status: int) -> None:
    path = "POST /api/method/frappe.desk.doctype.notification_settings.notification_settings.set_seen_value"
    assert ApiClient(shop.site, user)(path, {"value": 1, "user": "bob@x.org"}).status_code == status


# --- an app's own ---

PLACE = "apples/notification/new_order/new_order"
TEXTS = [
    pytest.param({".md": "**{{ doc.title }}**"}, {}, "<strong>Apples</strong>", id="Markdown in a file"),
    pytest.param({".html": "<i>{{ doc.title }}</i>"}, {"message_type": "HTML"}, "<i>Apples</i>", id="HTML in a file"),
    pytest.param({}, {"message_type": "HTML"}, "<p>kept</p>", id="no file: the document's own"),
    pytest.param(
        {".html": "{{ more }}", ".py": "def get_context(context):\n    return {'more': context['doc'].title * 2}"},
        {"message_type": "HTML"}, "ApplesApples", id="what its code adds",
    ),
    pytest.param(
        {".html": "{{ more }}", ".py": "def get_context(context):\n    context['more'] = 'in place'"},
        {"message_type": "HTML"}, "in place", id="and what it puts into the context",
    ),
    pytest.param({".html": "file"}, {"message_type": "HTML", "is_standard": 0}, "<p>kept</p>", id="one that is people's"),
    pytest.param({".html": "file"}, {"message_type": "HTML", "name": "../new_order"}, None, id="a name that is a way"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "values", "shown"), TEXTS)
def test_a_standard_notification_has_its_text_in_a_file(
    site: Site, write: Write, name: str, files: dict[str, str], values: dict[str, Any], shown: str | None
) -> None:
    given = {
        "doctype": "Notification", "name": "New order", "module": "Apples", "is_standard": 1, "document_type": "Order",
        "channel": "Email", "event": "New", "subject": "{{ doc.name }}", "message": "<p>kept</p>", "enabled": 1,
        "recipients": [{"cc": "ann@x.org"}], **values,
    }  # fmt: skip
    written = {f"{PLACE}{end}": text for end, text in files.items()}
    site.load(write({
        "modules.txt": "Apples", "hooks.py": "", "apples/doctype/order/order.json": {**ORDER, "module": "Apples"},
        f"{PLACE}.json": given, **written,
    }))  # fmt: skip
    with site.acting():
        frappe_lite.get_doc({"doctype": "Order", "name": "o", "title": "Apples"}).insert()
        texts = frappe_lite.get_all("Email Queue", pluck="message")
    assert [(shown or "<p>kept</p>") in each for each in texts] == [True]
