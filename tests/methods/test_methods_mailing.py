"""Mails that front ends write: kept beside their documents, queued if asked to, and nobody writes as somebody else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document import lists

MAKE = "POST /api/method/frappe.core.doctype.communication.email.make"


class Office(BaseOffice):
    users = {"boss": ("System Manager",), "worker": ("Task User",), "nobody": ()}

    def fill(self, ctx: Context) -> None:
        document.new(ctx, {"doctype": "ToDo", "description": "x"}).insert(set_name="t1")
        values = {"doctype": "Email Account", "email_id": "office@x.org", "email_account_name": "office"}
        document.new(ctx, values).insert()


def kept(office: Any, doctype: str, name: str, *fields: str) -> dict[str, Any]:
    with office.site.acting() as ctx:
        (row,) = lists.get_list(
            ctx, doctype, list(fields), {"name": name} if doctype == "Communication" else {"communication": name}
        )
        return dict(row)


def test_a_mail_is_kept_beside_its_document(office: Any) -> None:
    body = {
        "doctype": "ToDo",
        "name": "t1",
        "subject": "Hi",
        "content": "<p>x</p>",
        "recipients": "a@x.org, b@x.org,",
        "cc": ["c@x.org"],
    }
    answer = office.clients["boss"](MAKE, body)
    assert answer.status_code == 200
    assert answer.json["message"]["emails_not_sent_to"] == ""
    found = kept(
        office, "Communication", answer.json["message"]["name"],
        "subject", "sender", "recipients", "cc", "reference_doctype", "reference_name", "sent_or_received", "communication_type",
    )  # fmt: skip
    assert found == {
        "subject": "Hi", "sender": "boss@x.org", "recipients": "a@x.org, b@x.org", "cc": "c@x.org", "reference_doctype": "ToDo",
        "reference_name": "t1", "sent_or_received": "Sent", "communication_type": "Communication",
    }  # fmt: skip


@pytest.mark.parametrize(("sent", "queued"), [(1, 1), (0, 0)])
def test_it_is_queued_if_that_is_asked_for(office: Any, sent: int, queued: int) -> None:
    body = {
        "doctype": "ToDo",
        "name": "t1",
        "subject": "Q",
        "content": "x",
        "recipients": "a@x.org",
        "send_email": sent,
    }
    name = office.clients["boss"](MAKE, body).json["message"]["name"]
    with office.site.acting() as ctx:
        assert len(lists.get_list(ctx, "Email Queue", ["name"], {"communication": name})) == queued


@pytest.mark.parametrize(
    ("given", "sender"),
    [("", "boss@x.org"), ("boss@x.org", "boss@x.org"), ("ceo@x.org", "boss@x.org"), ("office@x.org", "office@x.org")],
)
def test_the_sender_is_the_caller_or_an_account_of_the_site(office: Any, given: str, sender: str) -> None:
    body = {"doctype": "ToDo", "name": "t1", "content": "x", "recipients": "a@x.org", "sender": given}
    name = office.clients["boss"](MAKE, body).json["message"]["name"]
    assert kept(office, "Communication", name, "sender") == {"sender": sender}


@pytest.mark.parametrize(
    ("user", "body", "status"),
    [
        pytest.param("guest", {"doctype": "ToDo", "name": "t1"}, 403, id="a guest"),
        pytest.param("nobody", {"doctype": "ToDo", "name": "t1"}, 403, id="who may not read the document"),
        pytest.param("nobody", {}, 403, id="about nothing, who may not make Communications"),
        pytest.param("boss", {"doctype": "ToDo", "name": "none"}, 404, id="a document that is not there"),
        pytest.param(
            "boss", {"doctype": "ToDo", "name": "t1", "sent_or_received": "Lost"}, 417, id="a value that is none"
        ),
        pytest.param(
            "boss", {"doctype": "ToDo", "name": "t1", "attachments": "x"}, 400, id="attachments that are no list"
        ),
    ],
)
def test_who_may_not_writes_none(office: Any, user: str, body: dict[str, Any], status: int) -> None:
    answer = office.clients[user](MAKE, {"content": "x", "recipients": "a@x.org", **body})
    assert answer.status_code == status


def test_a_get_writes_no_mail(office: Any) -> None:
    path = MAKE.removeprefix("POST ")
    assert office.clients["boss"](f"GET {path}?content=x").status_code == 403


def queued(office: Any, name: str) -> dict[str, Any]:
    with office.site.acting() as ctx:
        (row,) = lists.get_list(ctx, "Email Queue", ["name"], {"communication": name})
        return dict(document.load(ctx, "Email Queue", row["name"]).as_dict())


SENT = {"doctype": "ToDo", "name": "t1", "subject": "Q", "content": "x", "recipients": "a@x.org", "send_email": 1}


def test_mails_about_a_document_are_a_thread(office: Any) -> None:
    first, second = (office.clients["boss"](MAKE, SENT).json["message"]["name"] for _ in range(2))
    before = kept(office, "Communication", first, "message_id", "delivery_status")
    assert before["delivery_status"] == "Sending"
    assert before["message_id"] == queued(office, first)["message_id"]
    assert json.loads(queued(office, second)["options"])["in_reply_to"] == before["message_id"]


def test_a_mail_may_answer_another_one(office: Any) -> None:
    first, _, third = (office.clients["boss"](MAKE, SENT).json["message"]["name"] for _ in range(3))
    answer = office.clients["boss"](MAKE, {**SENT, "in_reply_to": first}).json["message"]["name"]
    assert json.loads(queued(office, answer)["options"])["in_reply_to"] == queued(office, first)["message_id"]
    assert queued(office, third)["message_id"] != queued(office, first)["message_id"]


def test_its_files_go_with_it_and_hang_on_it(office: Any) -> None:
    file = office.clients["boss"]("POST /api/resource/File", {"file_name": "b.txt", "content": "b", "is_private": 1})
    fid = file.json["data"]["name"]
    name = office.clients["boss"](MAKE, {**SENT, "attachments": [fid]}).json["message"]["name"]
    assert json.loads(queued(office, name)["attachments"]) == [{"fid": fid}]
    with office.site.acting() as ctx:
        (hung,) = lists.get_list(ctx, "File", ["file_url"], {"attached_to_name": name})
    assert hung["file_url"] == file.json["data"]["file_url"]


def test_nobody_sends_a_file_that_is_another_ones(office: Any) -> None:
    file = office.clients["admin"]("POST /api/resource/File", {"file_name": "s.txt", "content": "s", "is_private": 1})
    answer = office.clients["boss"](MAKE, {**SENT, "attachments": [file.json["data"]["name"]]})
    assert answer.status_code == 403


def test_who_writes_may_have_a_copy(office: Any) -> None:
    name = office.clients["boss"](MAKE, {**SENT, "send_me_a_copy": 1}).json["message"]["name"]
    assert [row["recipient"] for row in queued(office, name)["recipients"]] == ["a@x.org", "boss@x.org"]


def test_those_who_want_no_mail_are_named(office: Any) -> None:
    values = {"email": "gone@x.org", "global_unsubscribe": 1}
    assert office.clients["admin"]("POST /api/resource/Email Unsubscribe", values).status_code == 201
    answer = office.clients["boss"](MAKE, {**SENT, "recipients": "a@x.org, gone@x.org"})
    assert answer.json["message"]["emails_not_sent_to"] == "gone@x.org"
    assert [row["recipient"] for row in queued(office, answer.json["message"]["name"])["recipients"]] == ["a@x.org"]


REFUSED = [
    pytest.param({"subject": ""}, 417, "subject", id="no subject"),
    pytest.param({"subject": ["a"]}, 417, "subject", id="a list of subjects"),
    pytest.param({"content": {"a": 1}}, 417, "content", id="an object as text"),
    pytest.param({"attachments": "x"}, 400, "attachments", id="files that are no list"),
    pytest.param({"attachments": ["gone"]}, 404, "gone", id="a file that is not there"),
    pytest.param({"attachments": [["x", "y"]]}, 417, "text or a number", id="a list in a list of files"),
    pytest.param({"send_after": "someday"}, 417, "someday", id="no day that there is"),
    pytest.param({"in_reply_to": "gone"}, 417, "gone", id="an answer to nothing"),
    pytest.param({"email_template": "gone"}, 417, "gone", id="a template that is not there"),
    pytest.param({"sent_or_received": "Maybe"}, 417, "Maybe", id="neither sent nor received"),
    pytest.param({"communication_type": "Gossip"}, 417, "Gossip", id="a kind that there is not"),
    pytest.param({"doctype": "Nope", "name": "x"}, 404, "Nope", id="about a kind that is not there"),
    pytest.param({"doctype": "ToDo", "name": "gone"}, 404, "gone", id="about a document that is not there"),
    pytest.param({"doctype": "ToDo", "name": ["t1", "t2"]}, 417, "text or a number", id="about a list"),
    pytest.param({"doctype": ["ToDo"], "name": "t1"}, 417, "doctype", id="about a list of kinds"),
    pytest.param({"recipients": "a@x.org\x00"}, 400, "NUL", id="what is no text"),
]


@pytest.mark.parametrize(("given", "status", "says"), REFUSED)
def test_what_is_no_mail_is_refused_and_leaves_nothing(
    office: Any, given: dict[str, Any], status: int, says: str
) -> None:
    def count() -> list[int]:
        with office.site.acting() as ctx:
            return [lists.count(ctx, doctype, None) for doctype in ("Communication", "Email Queue")]

    before = count()
    answer = office.clients["boss"](MAKE, {"subject": "Hi", "recipients": "a@x.org", "send_email": 1, **given})
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
    assert count() == before
