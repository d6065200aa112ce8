"""A mail or a message and the document that it is about: it is opened again, and its times are noted."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import Write

import frappe_lite
from frappe_lite import document, utils
from frappe_lite.context import Context
from frappe_lite.document import schema
from frappe_lite.errors import InvalidEmailAddressError
from frappe_lite.face.apps import loading as apps
from frappe_lite.site import Site

apps.provide_frappe()

NINE = datetime.datetime(2026, 3, 4, 9, 0)
TIMES = (
    ("first_response_time", "Duration"),
    ("first_responded_on", "Datetime"),
    ("avg_response_time", "Duration"),
)


def doctype(name: str, options: str, *fields: tuple[str, str]) -> dict[str, Any]:
    named = [{"fieldname": each, "label": each.title(), "fieldtype": kind} for each, kind in fields]
    status = {"fieldname": "status", "label": "Status", "fieldtype": "Select", "options": options}
    return {"doctype": "DocType", "name": name, "fields": [status, *named]}


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    """A ticket with times, one without a status Open, an Issue, and Cora, who is a customer."""
    made = frappe_lite.Site()
    with made.acting() as ctx:
        schema.store_doctype(ctx, doctype("Ticket", "Open\nReplied\nClosed", *TIMES))
        schema.store_doctype(ctx, doctype("Parcel", "Replied\nSent"))
        schema.store_doctype(ctx, doctype("Issue", "Open\nReplied\nClosed"))
        document.new(ctx, {"doctype": "User", "email": "cora@example.com", "first_name": "Cora"}).insert()
        desk = {"doctype": "User", "email": "dora@example.com", "first_name": "Dora"}
        document.new(ctx, {**desk, "roles": [{"role": "System Manager"}]}).insert()
    yield made
    made.close()


def about(ctx: Context, name: str, status: str) -> Any:
    token = utils.set_clock(NINE)
    made = document.new(ctx, {"doctype": name, "status": status}).insert()
    utils.reset_clock(token)
    return made


def say(ctx: Context, doc: Any, kind: str, minutes: int = 1, **values: Any) -> Any:
    """A message, so many minutes after nine."""
    token = utils.set_clock(NINE + datetime.timedelta(minutes=minutes))
    given = {
        "doctype": "Communication", "communication_type": "Communication", "subject": "s", "content": "c",
        "sent_or_received": kind, "reference_doctype": doc.doctype, "reference_name": doc.name,
    }  # fmt: skip
    try:
        return document.new(ctx, {**given, **values}).insert()
    finally:
        utils.reset_clock(token)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"sender": "Ann <ann@x.org>"}, ("Ann", "ann@x.org"), id="a name and an address"),
        pytest.param({"sender": "ann@x.org"}, ("ann@x.org", "ann@x.org"), id="an address alone"),
        pytest.param({"sender": "cora@example.com"}, ("Cora", "cora@example.com"), id="of a user"),
        pytest.param({"sender": "Administrator"}, ("Administrator", "admin@example.com"), id="the Administrator"),
        pytest.param({"sender": "Guest"}, ("Guest", None), id="nobody"),
        pytest.param({}, (None, None), id="not told"),
    ],
)
def test_who_sends_is_a_name_and_an_address(ctx: Context, values: dict[str, Any], expected: tuple[Any, Any]) -> None:
    made = say(ctx, about(ctx, "Ticket", "Open"), "Sent", **values)
    assert (made.sender_full_name, made.sender) == expected


def test_nothing_is_sent_from_what_is_no_address(ctx: Context) -> None:
    with pytest.raises(InvalidEmailAddressError, match="the shop is not a valid Email Address"):
        say(ctx, about(ctx, "Ticket", "Open"), "Sent", sender="the shop")


def test_the_id_of_a_message_stays_as_it_is(ctx: Context) -> None:
    assert say(ctx, about(ctx, "Ticket", "Open"), "Received", message_id="<a.1@x.org>").message_id == "<a.1@x.org>"


@pytest.mark.parametrize(
    ("doctype", "status", "kind", "expected"),
    [
        pytest.param("Ticket", "Replied", "Received", "Open", id="an answer to what was replied opens it"),
        pytest.param("Ticket", "Closed", "Received", "Closed", id="to what was closed not"),
        pytest.param("Ticket", "Replied", "Sent", "Replied", id="our own does not"),
        pytest.param("Parcel", "Replied", "Received", "Replied", id="where there is no Open nothing happens"),
        pytest.param("Issue", "Closed", "Received", "Open", id="an Issue is opened whatever it was"),
        pytest.param("Issue", "Closed", "Sent", "Closed", id="but not by our own"),
    ],
)
def test_who_answers_opens_it_again(ctx: Context, doctype: str, status: str, kind: str, expected: str) -> None:
    doc = about(ctx, doctype, status)
    say(ctx, doc, kind)
    assert document.load(ctx, doctype, doc.name).status == expected


@pytest.mark.parametrize(
    ("user", "values", "expected"),
    [
        pytest.param("Administrator", {}, 300, id="somebody of the desk"),
        pytest.param("cora@example.com", {"sender": "dora@example.com"}, 300, id="in the name of somebody of the desk"),
        pytest.param("cora@example.com", {"sender": "cora@example.com"}, None, id="a customer"),
        pytest.param("Administrator", {"communication_type": "Automated Message"}, None, id="a machine"),
        pytest.param("Administrator", {"sent_or_received": "Received"}, None, id="what is received"),
    ],
)
def test_the_first_response_is_timed(world: Site, user: str, values: dict[str, Any], expected: Any) -> None:
    with world.acting() as ctx:
        doc = about(ctx, "Ticket", "Open")
    with world.acting(user) as other:
        say(other.trusted(), doc, "Sent", 5, **values)
    with world.acting() as ctx:
        found = document.load(ctx, "Ticket", doc.name)
        answered = NINE + datetime.timedelta(minutes=5) if expected else None
        assert (found.first_response_time or None, found.first_responded_on) == (expected, answered)


def test_the_first_response_stays_the_first(ctx: Context) -> None:
    doc = about(ctx, "Ticket", "Open")
    say(ctx, doc, "Sent", 5)
    say(ctx, doc, "Sent", 9)
    assert document.load(ctx, "Ticket", doc.name).first_response_time == 300


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([("Received", 1), ("Sent", 3)], 120, id="an answer after two minutes"),
        pytest.param([("Received", 1), ("Sent", 3), ("Received", 10), ("Sent", 20)], 360, id="two answers"),
        pytest.param([("Received", 1), ("Received", 2), ("Sent", 3)], 60, id="from the last question"),
        pytest.param([("Received", 1), ("Sent", 3), ("Sent", 9)], 120, id="a second one counts for nothing"),
        pytest.param([("Received", 1)], None, id="no answer"),
        pytest.param([("Sent", 1)], None, id="no question"),
        pytest.param([("Received", 1), ("Sent", 1)], None, id="in no time"),
    ],
)
def test_answers_are_timed_on_the_average(ctx: Context, said: list[tuple[str, int]], expected: Any) -> None:
    doc = about(ctx, "Ticket", "Open")
    for kind, minutes in said:
        say(ctx, doc, kind, minutes)
    assert (document.load(ctx, "Ticket", doc.name).avg_response_time or None) == expected


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"reference_doctype": None, "reference_name": None}, id="nothing"),
        pytest.param({"reference_doctype": "Ticket", "reference_name": None}, id="a DocType alone"),
    ],
)
def test_a_message_about_nothing(ctx: Context, values: dict[str, Any]) -> None:
    doc = about(ctx, "Ticket", "Replied")
    assert say(ctx, doc, "Received", **values).name
    assert document.load(ctx, "Ticket", doc.name).status == "Replied"


def test_a_message_about_what_is_gone_can_be_saved(ctx: Context) -> None:
    doc = about(ctx, "Ticket", "Replied")
    message = say(ctx, doc, "Received")
    ctx.store.delete(ctx.meta("Ticket"), doc.name)
    message.subject = "still here"
    message.flags.ignore_links = True
    assert message.save().subject == "still here"


OWN = """
    from frappe.model.document import Document

    class Ticket(Document):
        def on_communication_update(self, message):
            self.db_set("status", f"{message.sent_or_received} by itself")
"""
TOLD = """
    from frappe.model.document import Document

    class Ticket(Document):
        def notify_communication(self, message):
            self.db_set("status", f"told of {message.subject}")
"""


@pytest.mark.parametrize(
    ("controller", "expected"),
    [pytest.param(OWN, "Received by itself", id="its own way"), pytest.param(TOLD, "told of s", id="it is told")],
)
def test_a_controller_hears_of_it(site: Site, write: Write, name: str, controller: str, expected: str) -> None:
    ticket = {**doctype("Ticket", "Open\nReplied"), "module": "Desk", "permissions": []}
    site.load(write({"hooks.py": "", "ticket/ticket.json": ticket, "ticket/ticket.py": controller}))
    with site.acting() as ctx:
        doc = about(ctx, "Ticket", "Replied")
        say(ctx, doc, "Received")
        assert document.load(ctx, "Ticket", doc.name).status == expected
