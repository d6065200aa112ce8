"""What the built-in DocTypes of people and their work do beyond their data, for app code and over REST alike."""

from __future__ import annotations

import datetime
import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.controllers.system_settings import PROMISES
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import ValidationError
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()
ANN, BEN, CAT = (f"{each}@x.org" for each in ("ann", "ben", "cat"))


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        fields = [
            ("title", "Data"),
            ("status", "Select", "Open\nDone\nGone"),
            ("chief", "Data"),
            ("due", "Date"),
            ("points", "Int"),
            ("assigned_to", "Data"),
        ]
        row = doctype("Case", *fields, autoname="field:title", is_submittable=1)
        row["permissions"].append({"role": "Desk User", "read": 0})
        store_doctype(made, row)
        for email in (ANN, BEN, CAT):
            roles = [{"role": "System Manager"}] if email != CAT else []
            document.new(
                made, {"doctype": "User", "email": email, "first_name": email[:3].title(), "roles": roles}
            ).insert()
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Any:
    return importlib.import_module("frappe")


def make(frappe: Any, kind: str, **values: Any) -> Any:
    return frappe.get_doc({"doctype": kind, **values}).insert()


def refused(frappe: Any, kind: str, values: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        make(frappe, kind, **values)


# --- contacts ---

LINK = {"link_doctype": "User", "link_name": ANN}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(
            {"first_name": "Ann", "last_name": "Lee"},
            {"name": "Ann Lee", "full_name": "Ann Lee"},
            id="first and last name",
        ),
        pytest.param(
            {"first_name": "Ann", "middle_name": "B", "last_name": "Lee"},
            {"full_name": "Ann B Lee"},
            id="a middle name",
        ),
        pytest.param({"company_name": "Acme"}, {"name": "Acme", "full_name": "Acme"}, id="a company has no first name"),
        pytest.param(
            {"first_name": "Ann", "links": [LINK]},
            {"name": f"Ann-{ANN}"},
            id="what it belongs to stands behind the name",
        ),
        pytest.param(
            {"first_name": "A", "email_ids": [{"email_id": "z@x.org"}]},
            {"email_id": "z@x.org"},
            id="one address is the first",
        ),
        pytest.param(
            {"first_name": "A", "email_ids": [{"email_id": "z@x.org"}, {"email_id": "y@x.org", "is_primary": 1}]},
            {"email_id": "y@x.org"},
            id="of two the marked one",
        ),
        pytest.param(
            {"first_name": "A", "email_ids": [{"email_id": "z@x.org"}, {"email_id": "y@x.org"}]},
            {"email_id": ""},
            id="of two none is marked",
        ),
        pytest.param(
            {"first_name": "A", "phone_nos": [{"phone": "+49 1", "is_primary_phone": 1}]},
            {"phone": "+49 1", "mobile_no": ""},
            id="a phone",
        ),
        pytest.param(
            {"first_name": "A", "phone_nos": [{"phone": "+49 1", "is_primary_mobile_no": 1}]},
            {"mobile_no": "+49 1", "phone": ""},
            id="a mobile phone",
        ),
        pytest.param(
            {"first_name": "A", "email_ids": [{"email_id": ANN}]}, {"user": ANN}, id="the user with the address"
        ),
    ],
)
def test_a_contact_fills_in_what_follows(frappe: Any, values: dict[str, Any], expected: dict[str, Any]) -> None:
    found = make(frappe, "Contact", **values)
    assert {key: found.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("table", "rows", "text"),
    [
        (
            "email_ids",
            [{"email_id": "a@x.org", "is_primary": 1}, {"email_id": "b@x.org", "is_primary": 1}],
            "Only one <strong>Email ID</strong> can be set as primary",
        ),
        (
            "phone_nos",
            [{"phone": "+49 1", "is_primary_phone": 1}, {"phone": "+49 2", "is_primary_phone": 1}],
            "Only one <strong>Phone</strong>",
        ),
        (
            "phone_nos",
            [{"phone": "+49 1", "is_primary_mobile_no": 1}, {"phone": "+49 2", "is_primary_mobile_no": 1}],
            "Only one <strong>Mobile No</strong>",
        ),
    ],
    ids=["addresses", "phones", "mobiles"],
)
def test_two_firsts_are_refused(frappe: Any, table: str, rows: list[dict[str, Any]], text: str) -> None:
    refused(frappe, "Contact", {"first_name": "A", table: rows}, text)


def test_a_name_that_is_taken_gets_the_next_number(frappe: Any) -> None:
    names = [make(frappe, "Contact", first_name="Ann", last_name="Lee").name for _ in range(3)]
    assert names == ["Ann Lee", "Ann Lee-1", "Ann Lee-2"]
    frappe.delete_doc("Contact", "Ann Lee-1")
    assert make(frappe, "Contact", first_name="Ann", last_name="Lee").name == "Ann Lee-3"


def test_a_contact_takes_each_address_and_number_once(frappe: Any) -> None:
    contact = make(frappe, "Contact", first_name="Ann")
    for _ in range(2):
        contact.add_email("a@x.org", is_primary=1, autosave=True)
        contact.add_phone("+49 1", is_primary_phone=1, autosave=True)
    stored = frappe.get_doc("Contact", contact.name)
    assert ([row.email_id for row in stored.email_ids], [row.phone for row in stored.phone_nos], stored.phone) == (
        ["a@x.org"],
        ["+49 1"],
        "+49 1",
    )


def test_what_a_contact_belongs_to_stands_there_once_with_its_title(frappe: Any) -> None:
    contact = make(frappe, "Contact", first_name="Ann", links=[LINK, LINK, {"link_doctype": "User", "link_name": BEN}])
    assert [(row.link_name, row.link_title) for row in contact.links] == [(ANN, "Ann"), (BEN, "Ben")]
    assert (contact.get_link_for("User"), contact.has_link("User", BEN), contact.has_link("User", CAT)) == (
        ANN,
        True,
        False,
    )
    assert contact.has_common_link(
        make(
            frappe,
            "Address",
            address_title="Home",
            address_type="Office",
            address_line1="1",
            city="B",
            country="Germany",
            links=[LINK],
        )
    )


# --- addresses ---

PLACE = {"address_type": "Billing", "address_line1": "Road 1", "city": "Bonn", "country": "Germany"}


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"address_title": "Home"}, "Home-Billing"),
        ({"links": [LINK]}, f"{ANN}-Billing"),
        ({"address_title": " Home ", "address_type": "Shipping"}, "Home-Shipping"),
    ],
    ids=["title and kind", "without a title what it belongs to", "without the spaces around"],
)
def test_an_address_is_named(frappe: Any, values: dict[str, Any], name: str) -> None:
    assert make(frappe, "Address", **{**PLACE, **values}).name == name
    assert make(frappe, "Address", **{**PLACE, **values}).name == f"{name}-1"


def test_an_address_of_nothing_needs_a_title(frappe: Any) -> None:
    refused(frappe, "Address", PLACE, "Address Title is mandatory")


@pytest.mark.parametrize("mark", ["is_primary_address", "is_shipping_address"])
def test_one_address_of_a_document_is_preferred(frappe: Any, mark: str) -> None:
    first, second, other = (
        make(frappe, "Address", **PLACE, address_title=title, links=[{**LINK, "link_name": user}], **{mark: 1})
        for title, user in zip("abc", (ANN, ANN, BEN), strict=True)
    )
    assert [frappe.db.get_value("Address", each.name, mark) for each in (first, second, other)] == [0, 1, 1]
    from frappe.contacts.doctype.address.address import get_default_address, get_preferred_address

    assert get_preferred_address("User", ANN, mark) == get_default_address("User", ANN, mark) == second.name
    assert get_preferred_address("User", ANN, "name") is None


def test_an_address_is_written_line_by_line_and_escaped(frappe: Any) -> None:
    from frappe.contacts.doctype.address.address import get_address_display, get_condensed_address, render_address

    address = make(frappe, "Address", **{**PLACE, "address_line1": "<b>1</b>"}, address_title="Home", phone="+49 1")
    written = "&lt;b&gt;1&lt;/b&gt;<br>\nBonn<br>\nGermany<br>\nPhone: +49 1<br>\n"
    assert (get_address_display(address.name), render_address(None)) == (written, None)
    assert get_condensed_address(address) == "Home, <b>1</b>, Bonn, Germany"


def test_contacts_and_addresses_of_a_document(frappe: Any) -> None:
    from frappe.contacts import address_and_contact as both
    from frappe.contacts.doctype.contact import contact as module

    first = make(
        frappe,
        "Contact",
        first_name="Eva",
        links=[LINK],
        phone_nos=[{"phone": "+49 30 1"}],
        email_ids=[{"email_id": "eva@x.org"}],
    )
    chief = make(
        frappe,
        "Contact",
        first_name="Ada",
        links=[LINK, {"link_doctype": "User", "link_name": BEN}],
        is_primary_contact=1,
    )
    assert (module.get_default_contact("User", ANN), module.get_default_contact("User", CAT)) == (chief.name, None)
    assert (module.get_contact_with_phone_number("30 1"), module.get_contact_with_phone_number("")) == (
        first.name,
        None,
    )
    assert (module.get_contact_name("eva@x.org"), module.get_contact_name("no@x.org")) == (first.name, None)
    assert module.get_contact_details(first.name)["contact_email"] == "eva@x.org"
    shown = frappe.get_doc("User", ANN)
    both.load_address_and_contact(shown)
    assert [each.name for each in shown.get_onload("contact_list")] == [chief.name, first.name]
    both.delete_contact_and_address("User", ANN)
    assert [frappe.db.exists("Contact", each.name) for each in (first, chief)] == [None, chief.name]
    assert [row.link_name for row in frappe.get_doc("Contact", chief.name).links] == [BEN]


# --- to-dos and who has a document ---


def assigned(frappe: Any, name: str) -> Any:
    found = frappe.db.get_value("Case", name, "_assign")
    return json.loads(found) if found else found


def todo(frappe: Any, user: str, name: str = "one", **values: Any) -> Any:
    return make(
        frappe, "ToDo", description="do it", allocated_to=user, reference_type="Case", reference_name=name, **values
    )


@pytest.fixture
def case(frappe: Any) -> Any:
    return make(frappe, "Case", title="one")


@pytest.mark.parametrize("end", ["close", "cancel", "delete", "give away"])
def test_assign_follows_the_todos(frappe: Any, case: Any, end: str) -> None:
    first, _ = todo(frappe, ANN), todo(frappe, BEN)
    modified = frappe.db.get_value("Case", "one", "modified")
    assert (assigned(frappe, "one"), frappe.get_doc("Case", "one").get_assigned_users()) == ([ANN, BEN], {ANN, BEN})
    if end == "delete":
        frappe.delete_doc("ToDo", first.name)
    else:
        first.update(
            {"close": {"status": "Closed"}, "cancel": {"status": "Cancelled"}, "give away": {"allocated_to": CAT}}[end]
        ).save()
    assert assigned(frappe, "one") == ([CAT, BEN] if end == "give away" else [BEN])
    assert frappe.db.get_value("Case", "one", "modified") == modified
    frappe.db.set_value("ToDo", {"allocated_to": BEN}, "allocated_to", "")


def test_the_document_tells_who_got_it_and_who_is_done(frappe: Any, case: Any) -> None:
    given = todo(frappe, ANN, assigned_by=BEN)
    mine = todo(frappe, BEN, assigned_by=BEN)
    given.status = "Closed"
    given.save()
    frappe.set_user(BEN)
    mine.status = "Closed"
    mine.save()
    frappe.set_user("Administrator")
    comments = frappe.get_all(
        "Comment", {"reference_name": "one"}, ["comment_type", "content"], order_by="creation asc", as_list=True
    )
    assert [tuple(each) for each in comments] == [
        ("Assigned", "Ben assigned Ann: do it"),
        ("Assigned", "Ben self assigned this task: do it"),
        ("Assignment Completed", "Assignment of Ann removed by Administrator"),
        ("Assignment Completed", "Ben removed their assignment."),
    ]


def test_assign_to_gives_takes_and_closes(frappe: Any, case: Any) -> None:
    from frappe.desk.form import assign_to

    given = assign_to.add({"doctype": "Case", "name": "one", "assign_to": [ANN, CAT], "description": "look"})
    assert {each.owner for each in given} == {ANN, CAT}
    assert frappe.db.get_value("ToDo", {"allocated_to": ANN}, ["description", "assigned_by", "status"]) == (
        "look",
        "Administrator",
        "Open",
    )
    shared = frappe.get_all("DocShare", {"share_name": "one"}, pluck="user")
    assert shared == [CAT]  # who may not read it gets it shared
    assert frappe.db.count("Notification Log", {"for_user": ANN, "type": "Assignment"}) == 1
    assert len(assign_to.add({"doctype": "Case", "name": "one", "assign_to": [ANN]})) == 2  # nobody gets it twice
    assert [each.owner for each in assign_to.remove("Case", "one", ANN)] == [CAT]
    with pytest.raises(ValidationError, match="Only the assignee"):
        assign_to.close("Case", "one", CAT)
    assert assign_to.close_all_assignments("Case", "one")
    assert (assign_to.get({"doctype": "Case", "name": "one"}), assigned(frappe, "one")) == ([], None)
    assert (assign_to.clear("Case", "one"), assign_to.clear("Case", "none")) == (True, False)


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"name": "none", "assign_to": [ANN]}, frappe_lite.DoesNotExistError, "none"),
        ({"name": "one", "assign_to": ["nobody@x.org"]}, frappe_lite.DoesNotExistError, "nobody@x.org"),
    ],
    ids=["no such document", "no such user"],
)
def test_what_cannot_be_given(frappe: Any, case: Any, given: dict[str, Any], error: Any, text: str) -> None:
    from frappe.desk.form import assign_to

    with pytest.raises(error, match=text):
        assign_to.add({"doctype": "Case", **given})
    assert assigned(frappe, "one") is None


def test_who_may_not_read_a_document_cannot_give_it(frappe: Any, case: Any) -> None:
    from frappe.desk.form import assign_to

    frappe.set_user(CAT)
    with pytest.raises(frappe_lite.PermissionError):
        assign_to.add({"doctype": "Case", "name": "one", "assign_to": [CAT]})
    frappe.set_user("Administrator")
    frappe.db.set_single_value("System Settings", "disable_document_sharing", 1)
    with pytest.raises(ValidationError, match="not permitted to access this document"):
        assign_to.add({"doctype": "Case", "name": "one", "assign_to": [CAT]})


def test_several_documents_are_given_and_taken(frappe: Any) -> None:
    from frappe.desk.form import assign_to

    for title in ("one", "two"):
        make(frappe, "Case", title=title)
    assign_to.add_multiple({"doctype": "Case", "name": '["one", "two"]', "assign_to": [ANN]})
    assert [assigned(frappe, each) for each in ("one", "two")] == [[ANN], [ANN]]
    assert frappe.db.get_value("Case", "one", "assigned_to") == ANN
    assign_to.remove_multiple("Case", '["one", "two"]')
    assert [assigned(frappe, each) for each in ("one", "two")] == [None, None]


# --- comments ---


def comments_of(frappe: Any) -> list[dict[str, Any]]:
    return json.loads(frappe.db.get_value("Case", "one", "_comments") or "[]")


def comment(frappe: Any, content: str, **more: Any) -> Any:
    return make(
        frappe,
        "Comment",
        comment_type="Comment",
        reference_doctype="Case",
        reference_name="one",
        content=content,
        **more,
    )


def test_comments_of_a_document_follow(frappe: Any, case: Any) -> None:
    modified = frappe.db.get_value("Case", "one", "modified")
    first, second = comment(frappe, "hello"), comment(frappe, "x" * 200, comment_email=ANN)
    assert comments_of(frappe) == [
        {"comment": "hello", "by": "Administrator", "name": first.name},
        {"comment": "x" * 97 + "...", "by": ANN, "name": second.name},
    ]
    first.content = "bye"
    first.save()
    assert [each["comment"] for each in comments_of(frappe)] == ["bye", "x" * 97 + "..."]
    frappe.delete_doc("Comment", first.name)
    assert [each["name"] for each in comments_of(frappe)] == [second.name]
    assert frappe.db.get_value("Case", "one", "modified") == modified


@pytest.mark.parametrize("kind", ["Like", "Assigned", "Info", "Attachment"])
def test_other_kinds_of_comments_are_not_kept(frappe: Any, case: Any, kind: str) -> None:
    make(frappe, "Comment", comment_type=kind, reference_doctype="Case", reference_name="one", content="x")
    assert comments_of(frappe) == []


def test_a_list_of_comments_that_is_none_is_begun_anew(frappe: Any, case: Any) -> None:
    frappe.db.set_value("Case", "one", "_comments", "{broken")
    comment(frappe, "hello")
    assert [each["comment"] for each in comments_of(frappe)] == ["hello"]


@pytest.mark.parametrize(
    "reference",
    [("No Such Kind", "one"), ("Case", "none"), ("System Settings", "System Settings")],
    ids=["no DocType", "no document", "a Single"],
)
def test_a_comment_on_nothing_that_keeps_them_is_a_comment_all_the_same(
    frappe: Any, reference: tuple[str, str]
) -> None:
    doc = frappe.get_doc(
        {
            "doctype": "Comment",
            "comment_type": "Comment",
            "content": "x",
            "reference_doctype": reference[0],
            "reference_name": reference[1],
        }
    )
    assert doc.insert(ignore_links=True).name


@pytest.mark.parametrize("door", ["document", "method"])
def test_over_rest_too(world: frappe_lite.Site, door: str) -> None:
    client = ApiClient(world)
    client.post("/api/resource/Case", json={"title": door})
    if door == "document":
        values = {"comment_type": "Comment", "reference_doctype": "Case", "reference_name": door, "content": "hi"}
        answer = client.post("/api/resource/Comment", json=values)
    else:
        values = {
            "reference_doctype": "Case",
            "reference_name": door,
            "content": "hi",
            "comment_email": "Administrator",
            "comment_by": "A",
        }
        answer = client.post("/api/method/frappe.desk.form.utils.add_comment", json=values)
    assert answer.status_code == (201 if door == "document" else 200), answer.text
    row = client.get(
        "/api/resource/Case", query_string={"fields": '["_comments"]', "filters": json.dumps({"name": door})}
    ).json["data"][0]
    assert [each["comment"] for each in json.loads(row["_comments"])] == ["hi"]


# --- messages ---


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(
            {"content": "<p>Hello you</p>"},
            {"subject": "Hello you", "status": "Open", "sent_or_received": "Sent"},
            id="the subject is the text",
        ),
        pytest.param({"subject": "Hi", "content": "x"}, {"subject": "Hi"}, id="a subject stays"),
        pytest.param({"content": "x", "sent_or_received": "Received"}, {"seen": 0}, id="what came was not seen yet"),
        pytest.param({"content": "x", "sender": ANN}, {"sender_full_name": "Ann"}, id="who sent it"),
        pytest.param(
            {"content": "x", "reference_doctype": "User", "reference_name": ANN},
            {"status": "Linked"},
            id="about a document",
        ),
        pytest.param(
            {"content": "x", "communication_type": "Notification"}, {"status": "Closed"}, id="a notification is closed"
        ),
    ],
)
def test_a_message_fills_in_what_follows(frappe: Any, values: dict[str, Any], expected: dict[str, Any]) -> None:
    found = make(frappe, "Communication", **{"communication_type": "Communication", **values})
    assert {key: found.get(key) for key in expected} == expected


def test_a_message_links_each_document_once(frappe: Any) -> None:
    message = make(
        frappe, "Communication", content="x", communication_type="Communication", timeline_links=[LINK, LINK]
    )
    message.add_link("User", BEN, autosave=True)
    assert [row.link_name for row in frappe.get_doc("Communication", message.name).get_links()] == [ANN, BEN]
    message.remove_link("User", ANN, autosave=True)
    assert [row.link_name for row in frappe.get_doc("Communication", message.name).get_links()] == [BEN]


# --- notes and events are their owner's ---


@pytest.mark.parametrize(
    ("kind", "values", "seen"),
    [
        ("Note", {"title": "n"}, False),
        ("Note", {"title": "n", "public": 1}, True),
        ("Event", {"subject": "e", "event_type": "Private", "starts_on": "2026-01-01"}, False),
        ("Event", {"subject": "e", "event_type": "Public", "starts_on": "2026-01-01"}, True),
    ],
    ids=["a note", "a public note", "an event", "a public event"],
)
def test_what_is_private_is_its_owners(frappe: Any, kind: str, values: dict[str, Any], seen: bool) -> None:
    doc = make(frappe, kind, **values)
    frappe.set_user(BEN)
    assert (doc.name in frappe.get_list(kind, pluck="name"), frappe.has_permission(kind, "read", doc.name)) == (
        seen,
        seen,
    )
    frappe.set_user("Administrator")
    assert doc.name in frappe.get_list(kind, pluck="name")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"notify_on_login": 1}, {"notify_on_login": 0, "content": "<span></span>"}),
        ({"notify_on_login": 1, "public": 1, "content": "x"}, {"notify_on_login": 1, "content": "x"}),
        ({"expire_notification_on": "2026-05-01 10:00:00"}, {"expire_notification_on": "2026-05-01 10:00:00"}),
    ],
    ids=["nobody is told of a private one", "all of a public one", "its end is kept"],
)
def test_a_note_fills_in_what_follows(frappe: Any, values: dict[str, Any], expected: dict[str, Any]) -> None:
    found = make(frappe, "Note", title="n", **values)
    assert {key: str(found.get(key)) for key in expected} == {key: str(value) for key, value in expected.items()}
    found.mark_seen_by(ANN)
    found.mark_seen_by(ANN)
    assert [row.user for row in found.seen_by] == [ANN]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"starts_on": "2026-01-02", "ends_on": "2026-01-01"}, "Ends on must be after Starts on"),
        (
            {
                "starts_on": "2026-01-01 10:00",
                "ends_on": "2026-01-02 10:00",
                "repeat_this_event": 1,
                "repeat_on": "Daily",
            },
            "finish on the Same Day",
        ),
        ({"starts_on": "2026-01-01", "sync_with_google_calendar": 1}, "Select Google Calendar"),
    ],
    ids=["ends before it starts", "a daily one over night", "a calendar to go to"],
)
def test_an_event_that_cannot_be(frappe: Any, values: dict[str, Any], text: str) -> None:
    refused(frappe, "Event", {"subject": "e", "event_type": "Public", **values}, text)


def test_an_event_fills_in_what_follows(frappe: Any) -> None:
    contact = make(frappe, "Contact", first_name="Eva", email_ids=[{"email_id": "eva@x.org"}])
    event = frappe.get_doc(
        {
            "doctype": "Event",
            "subject": "e",
            "event_type": "Public",
            "starts_on": "2026-01-01 10:00",
            "ends_on": "2026-01-01 10:00",
        }
    )
    event.add_participants([{"doctype": "Contact", "docname": contact.name}])
    event.insert()
    assert (event.ends_on, event.event_participants[0].email) == (None, "eva@x.org")


def day(text: str) -> str:
    return f"2026-{text}"


@pytest.mark.parametrize(
    ("values", "span", "days"),
    [
        pytest.param({"starts_on": "2026-03-05 10:00"}, ("03-01", "03-31"), ["03-05"], id="once"),
        pytest.param({"starts_on": "2026-03-05 10:00"}, ("03-06", "03-31"), [], id="before the time"),
        pytest.param({"starts_on": "2026-03-05 10:00"}, ("02-01", "03-04"), [], id="after the time"),
        pytest.param(
            {"starts_on": "2026-03-05 10:00", "ends_on": "2026-03-08 10:00"},
            ("03-07", "03-31"),
            ["03-05"],
            id="still going on",
        ),
        pytest.param(
            {"starts_on": "2026-03-05 10:00", "repeat_on": "Daily"},
            ("03-04", "03-07"),
            ["03-05", "03-06", "03-07"],
            id="daily",
        ),
        pytest.param(
            {"starts_on": "2026-03-02 10:00", "repeat_on": "Weekly", "monday": 1, "friday": 1},
            ("03-01", "03-13"),
            ["03-02", "03-06", "03-09", "03-13"],
            id="weekly",
        ),
        pytest.param(
            {"starts_on": "2026-01-31 10:00", "repeat_on": "Monthly"},
            ("02-01", "04-30"),
            ["02-28", "03-31", "04-30"],
            id="monthly, the last day",
        ),
        pytest.param(
            {"starts_on": "2026-01-15 10:00", "repeat_on": "Quarterly"},
            ("01-01", "12-31"),
            ["01-15", "04-15", "07-15", "10-15"],
            id="quarterly",
        ),
        pytest.param(
            {"starts_on": "2026-01-15 10:00", "repeat_on": "Half Yearly"},
            ("01-01", "12-31"),
            ["01-15", "07-15"],
            id="half yearly",
        ),
        pytest.param(
            {"starts_on": "2024-02-29 10:00", "repeat_on": "Yearly"},
            ("01-01", "12-31"),
            ["02-28"],
            id="yearly, of a leap day",
        ),
        pytest.param(
            {"starts_on": "2026-03-05 10:00", "repeat_on": "Daily", "repeat_till": "2026-03-06"},
            ("03-01", "03-31"),
            ["03-05", "03-06"],
            id="until a day",
        ),
        pytest.param(
            {"starts_on": "2026-03-05 10:00", "repeat_on": "Daily", "repeat_till": "2026-03-06"},
            ("03-07", "03-31"),
            [],
            id="after the last day",
        ),
        pytest.param({"starts_on": "2026-03-05 10:00", "status": "Closed"}, ("03-01", "03-31"), [], id="a closed one"),
    ],
)
def test_which_days_an_event_falls_on(
    frappe: Any, values: dict[str, Any], span: tuple[str, str], days: list[str]
) -> None:
    from frappe.desk.doctype.event.event import get_events

    make(frappe, "Event", subject="e", event_type="Public", repeat_this_event=int("repeat_on" in values), **values)
    found = get_events(day(span[0]), day(span[1]))
    assert [each.starts_on for each in found] == [
        datetime.datetime.fromisoformat(f"{day(each)} 10:00:00") for each in days
    ]
    assert all("monday" not in each for each in found)


def test_events_are_asked_for_as_somebody_and_by_filters(frappe: Any) -> None:
    from frappe.desk.doctype.event.event import get_events, set_status_of_events

    for subject, kind in (("mine", "Private"), ("ours", "Public")):
        make(
            frappe, "Event", subject=subject, event_type=kind, starts_on="2020-03-05 10:00", ends_on="2020-03-05 11:00"
        )
    span = ("2020-03-01", "2020-03-31")
    assert [each.subject for each in get_events(*span, user=BEN)] == ["ours"]
    assert [each.subject for each in get_events(*span, filters='[["Event", "subject", "=", "mine"]]')] == ["mine"]
    assert get_events(*span, for_reminder=True) == get_events(*span, filters={"send_reminder": 1})
    set_status_of_events()
    assert get_events(*span) == []


# --- assignment rules ---


def rule(frappe: Any, **values: Any) -> Any:
    given = {
        "name": "the rule",
        "document_type": "Case",
        "assign_condition": "status == 'Open'",
        "description": "do {{ title }}",
        "users": [{"user": ANN}, {"user": BEN}],
        "rule": "Round Robin",
    }
    days = [{"day": each} for each in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")]
    return make(frappe, "Assignment Rule", **{**given, "assignment_days": days, **values})


def cases(frappe: Any, *titles: str, **values: Any) -> list[Any]:
    return [make(frappe, "Case", **{"title": title, "status": "Open", **values}) for title in titles]


def test_documents_are_given_in_turn(frappe: Any) -> None:
    pytest.importorskip("jinja2")
    made = rule(frappe)
    cases(frappe, *"abc")
    assert [assigned(frappe, each) for each in "abc"] == [[ANN], [BEN], [ANN]]
    given = frappe.get_doc("ToDo", {"reference_name": "c"})
    assert (
        given.description,
        given.assignment_rule,
        frappe.db.get_value("Assignment Rule", made.name, "last_user"),
    ) == ("do c", made.name, ANN)


def test_documents_are_given_to_who_has_least(frappe: Any) -> None:
    rule(frappe, rule="Load Balancing", description="x")
    cases(frappe, *"abc")
    frappe.get_doc("ToDo", {"reference_name": "b"}).update({"status": "Closed"}).save()
    cases(frappe, "d")
    assert [assigned(frappe, each) for each in "abcd"] == [[ANN], None, [ANN], [BEN]]


WEIGHTS = [
    pytest.param([(ANN, 1), (BEN, 3)], [ANN, BEN, BEN, BEN, ANN, BEN], id="1 to 3"),
    pytest.param([(ANN, 2), (BEN, 1)], [ANN, ANN, BEN, ANN, ANN, BEN], id="2 to 1"),
    pytest.param([(ANN, 0), (BEN, 1)], [BEN, BEN], id="nothing for who has no weight"),
    pytest.param([(ANN, None), (BEN, None)], [ANN, BEN, ANN], id="one each if nobody says otherwise"),
    pytest.param([(ANN, 0)], [None, None], id="nobody has a weight"),
    pytest.param([], [None], id="nobody is named"),
]


@pytest.mark.parametrize(("weights", "expected"), WEIGHTS)
def test_documents_are_given_by_weights(frappe: Any, weights: list[Any], expected: list[Any]) -> None:
    """Frappe's pull request 37741: in a round each user comes as often in a row as the weight says."""
    users = [{"user": user, **({} if weight is None else {"weight": weight})} for user, weight in weights]
    rule(frappe, rule="Weighted Distribution", users=[], weighted_users=users, description="x")
    titles = [f"case {number}" for number in range(len(expected))]
    cases(frappe, *titles)
    assert [(assigned(frappe, each) or [None])[0] for each in titles] == expected


def test_a_round_goes_on_with_other_users(frappe: Any) -> None:
    """Where the round was is kept, whoever takes part in it."""
    users = [{"user": ANN, "weight": 1}, {"user": BEN, "weight": 3}]
    made = rule(frappe, rule="Weighted Distribution", users=[], weighted_users=users, description="x")
    cases(frappe, *"abc")
    made.reload()
    assert made.current_index == 3
    made.weighted_users = []
    made.append("weighted_users", {"user": CAT})
    made.save()
    cases(frappe, "d")
    assert (assigned(frappe, "d"), made.reload().current_index) == ([CAT], 0)


def test_a_weight_has_an_end(frappe: Any) -> None:
    with pytest.raises(ValidationError, match="up to 1000"):
        rule(frappe, weighted_users=[{"user": ANN, "weight": 10**9}])


@pytest.mark.parametrize(("chief", "expected"), [(CAT, [CAT]), ("nobody@x.org", None), (None, None)], ids=str)
def test_documents_are_given_to_whom_they_name(frappe: Any, chief: Any, expected: Any) -> None:
    rule(frappe, rule="Based on Field", field="chief", users=[], description="x")
    cases(frappe, "a", chief=chief)
    assert assigned(frappe, "a") == expected


@pytest.mark.parametrize(
    ("conditions", "status", "before", "after"),
    [
        ({"close_condition": "status == 'Done'"}, "Done", "Closed", None),
        ({"unassign_condition": "status == 'Gone'"}, "Gone", "Cancelled", None),
        ({}, "Done", "Open", [ANN]),
    ],
    ids=["closed", "taken back", "nothing said"],
)
def test_a_rule_ends_what_it_gave(
    frappe: Any, conditions: dict[str, Any], status: str, before: str, after: Any
) -> None:
    rule(frappe, description="x", **conditions)
    (doc,) = cases(frappe, "a")
    doc.status = status
    doc.save()
    assert (frappe.db.get_value("ToDo", {"reference_name": "a"}, "status"), assigned(frappe, "a")) == (before, after)


def test_what_is_given_and_over_is_closed_at_once(frappe: Any) -> None:
    """Frappe looks at the close condition of what it has given just now, too."""
    rule(frappe, description="x", assign_condition="1 == 1", close_condition="status == 'Done'")
    cases(frappe, "a", status="Done")
    assert frappe.db.get_value("ToDo", {"reference_name": "a"}, ["allocated_to", "status"]) == (ANN, "Closed")


@pytest.mark.parametrize("flag", ["in_patch", "in_install", "in_setup_wizard"])
def test_what_an_installation_saves_is_given_to_nobody(frappe: Any, ctx: Context, flag: str) -> None:
    rule(frappe, description="x")
    ctx.flags[flag] = True
    cases(frappe, "a")
    ctx.flags[flag] = None
    cases(frappe, "b")
    assert (assigned(frappe, "a"), assigned(frappe, "b")) == (None, [ANN])


def test_what_was_closed_is_opened_again(frappe: Any) -> None:
    rule(frappe, description="x", close_condition="status == 'Done'")
    (doc,) = cases(frappe, "a")
    for status, expected in (("Done", "Closed"), ("Open", "Open")):
        doc.status = status
        doc.save()
        assert frappe.db.get_value("ToDo", {"reference_name": "a"}, "status") == expected


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"assign_condition": "status == 'Never'"}, id="its condition does not hold"),
        pytest.param({"disabled": 1}, id="it is disabled"),
        pytest.param({"users": []}, id="it has nobody to give to"),
        pytest.param({"assignment_days": [{"day": "Monday"}]}, id="it rests today"),
        pytest.param({"assign_condition": "no_such_value == 1"}, id="its condition fails"),
        pytest.param({"assign_condition": "status ==="}, id="its condition is none"),
        pytest.param({"assign_condition": "1 / points"}, id="its condition divides by 0"),
        pytest.param({"assign_condition": "__import__('os')"}, id="its condition reaches for more"),
        pytest.param({"document_type": "Note"}, id="it is for another kind"),
    ],
)
def test_a_rule_that_gives_nothing_keeps_nothing_from_being_saved(
    frappe: Any, ctx: Context, values: dict[str, Any]
) -> None:
    ctx.flags.assignment_day = "Tuesday"
    rule(frappe, description="x", **values)
    (doc,) = cases(frappe, "a")
    assert (doc.name, assigned(frappe, "a")) == ("a", None)


def test_the_more_important_rule_comes_first(frappe: Any) -> None:
    rule(frappe, description="x", name="low", users=[{"user": ANN}])
    rule(frappe, description="x", name="high", users=[{"user": BEN}], priority=2)
    cases(frappe, "a")
    assert assigned(frappe, "a") == [BEN]


def test_a_condition_that_fails_is_told(frappe: Any, ctx: Context) -> None:
    rule(frappe, description="x", assign_condition="nothing.at.all")
    cases(frappe, "a")
    assert any("Auto assignment failed" in str(each) for each in frappe.get_message_log())


def test_todos_follow_the_date_that_their_rule_names(frappe: Any) -> None:
    rule(frappe, description="x", due_date_based_on="due")
    (doc,) = cases(frappe, "a", due="2026-05-01")
    assert str(frappe.db.get_value("ToDo", {"reference_name": "a"}, "date")) == "2026-05-01"
    doc.due = "2026-06-01"
    doc.save()
    assert str(frappe.db.get_value("ToDo", {"reference_name": "a"}, "date")) == "2026-06-01"


@pytest.mark.parametrize("flag", ["in_patch", "in_install", "in_setup_wizard", "in_migrate", "in_import"])
def test_todos_keep_their_dates_where_documents_are_brought_in(frappe: Any, ctx: Context, flag: str) -> None:
    rule(frappe, description="x", due_date_based_on="due")
    (doc,) = cases(frappe, "a", due="2026-05-01")
    ctx.flags[flag] = True
    doc.due = "2026-06-01"
    doc.save()
    assert str(frappe.db.get_value("ToDo", {"reference_name": "a"}, "date")) == "2026-05-01"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"document_type": "ToDo"}, "not allowed on document type"),
        ({"assignment_days": [{"day": "Monday"}, {"day": "Monday"}]}, "have been repeated: Monday"),
    ],
    ids=["for to-dos", "a day twice"],
)
def test_a_rule_that_cannot_be(frappe: Any, values: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        rule(frappe, **values)


def test_rules_are_applied_to_several_by_hand(frappe: Any) -> None:
    from frappe.automation.doctype.assignment_rule import assignment_rule as module

    cases(frappe, *"ab")
    rule(frappe, description="x")
    module.bulk_apply("Case", '["a", "b"]')
    assert [assigned(frappe, each) for each in "ab"] == [[ANN], [BEN]]
    assert (
        module.get_assignment_rules(),
        len(module.get_assignments(frappe.get_doc("Case", "a"))),
        module.get_repeated([1, 2, 1]),
    ) == (["Case"], 1, ["1"])
    frappe.set_user(CAT)
    with pytest.raises(frappe_lite.PermissionError, match="Insufficient Permission for Case: a"):
        module.bulk_apply("Case", ["a"])


def assigned_over_rest(client: ApiClient, name: str) -> Any:
    return client.get(
        "/api/resource/Case", query_string={"fields": '["_assign"]', "filters": json.dumps({"name": name})}
    ).json["data"][0]["_assign"]


def test_rules_hold_over_rest(world: frappe_lite.Site) -> None:
    client = ApiClient(world)
    given = {
        "name": "by rest",
        "document_type": "Case",
        "assign_condition": "points > 8",
        "description": "x",
        "rule": "Round Robin",
        "users": [{"user": ANN}],
    }
    given["assignment_days"] = [
        {"day": each} for each in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    ]
    assert client.post("/api/resource/Assignment Rule", json=given).status_code == 201
    answer = client.post("/api/resource/Case", json={"title": "ruled", "points": 9}).json
    assert answer["data"]["title"] == "ruled"
    assert assigned_over_rest(client, "ruled") == json.dumps([ANN])
    assert client.put("/api/resource/Case/ruled", json={"points": 10}).status_code == 200
    assert assigned_over_rest(client, "ruled") == json.dumps([ANN])  # a save leaves it as it is
    assert client.delete("/api/resource/Assignment Rule/by rest").status_code == 202
    client.post("/api/resource/Case", json={"title": "free", "points": 9})
    assert assigned_over_rest(client, "free") is None


# --- System Settings ---


@pytest.mark.parametrize("name", PROMISES)
def test_a_protection_that_is_not_there_cannot_be_switched_on(world: frappe_lite.Site, name: str) -> None:
    client, path = ApiClient(world), "/api/resource/System Settings/System Settings"
    answer = client.put(path, json={name: "1"})
    assert (answer.status_code, "is not provided" in answer.text) == (417, True)
    assert client.put(path, json={name: "", "app_name": "Zoo"}).status_code == 200


# --- lists that come with the package ---


@pytest.mark.parametrize(
    ("kind", "number", "name", "values"),
    [
        ("Country", 249, "Germany", {"code": "de"}),
        ("Currency", 149, "EUR", {"symbol": "€", "fraction": "Cent"}),
        ("Gender", 7, "Female", {"gender": "Female"}),
        ("Salutation", 7, "Dr", {"salutation": "Dr"}),
        ("Language", 1, "en", {"language_name": "English"}),
    ],
)
def test_what_a_new_site_has(frappe: Any, kind: str, number: int, name: str, values: dict[str, Any]) -> None:
    assert frappe.db.count(kind) >= number
    assert {key: frappe.db.get_value(kind, name, key) for key in values} == values


def test_the_roles_of_built_in_rules_are_there(frappe: Any) -> None:
    named = set(frappe.get_all("DocPerm", pluck="role"))
    assert not [role for role in named if not frappe.db.exists("Role", role)]
