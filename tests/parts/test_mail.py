"""Mail: each recipient gets it once, whatever the server does; nobody is forgotten; and what stands in it."""

from __future__ import annotations

import datetime
import json
import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import Write
from job_tools import until
from mail_tools import MailBench, MailServer

import frappe_lite
from conftest import ApiClient
from frappe_lite.parts.jobs.timeouts import JobTimeoutException
from frappe_lite.parts.mail import delivery
from frappe_lite.site import Site

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd.*")
"""What the server of the tests uses is old in the newest Python."""


@pytest.fixture(scope="module")
def shared_server() -> Iterator[MailServer]:
    made = MailServer()
    yield made
    made.close()


@pytest.fixture
def server(shared_server: MailServer) -> MailServer:
    """The module's server, without what the last test left there."""
    shared_server.faults, shared_server.mails, shared_server.connections, shared_server.logins = [], [], 0, []
    return shared_server


@pytest.fixture
def bench(site: Site, write: Write, name: str, server: MailServer) -> MailBench:
    return MailBench(site, write, name, server.port)


# --- once, and nobody is forgotten ---


def test_a_mail_goes_out_by_a_job_after_the_commit(bench: MailBench, server: MailServer) -> None:
    name = bench.send(["ann@x.org", "bob@x.org"])
    assert server.mails == []
    bench.work_off()
    assert server.recipients == ["ann@x.org", "bob@x.org"]
    assert server.connections == 1
    found = bench.queue(name)
    assert found.status == "Sent"
    assert [row.status for row in found.recipients] == ["Sent", "Sent"]


FAULTS = [
    pytest.param([("connect", "close")], "Not Sent", ["ann@x.org", "bob@x.org"], id="the server takes no connection"),
    pytest.param([("EHLO", "close")], "Not Sent", ["ann@x.org", "bob@x.org"], id="it goes away while it is greeted"),
    pytest.param(
        [("EHLO", "421 later"), ("HELO", "421 later")], "Not Sent", ["ann@x.org", "bob@x.org"], id="it has no time"
    ),
    pytest.param([("MAIL", "close")], "Not Sent", ["ann@x.org", "bob@x.org"], id="it goes away at MAIL"),
    pytest.param([("MAIL", "451 later")], "Partially Sent", ["bob@x.org", "ann@x.org"], id="it puts off one at MAIL"),
    pytest.param([("RCPT", "close")], "Not Sent", ["ann@x.org", "bob@x.org"], id="it goes away at RCPT"),
    pytest.param([("RCPT", "450 grey")], "Partially Sent", ["bob@x.org", "ann@x.org"], id="it puts off one recipient"),
    pytest.param([("RCPT", "421 bye")], "Not Sent", ["ann@x.org", "bob@x.org"], id="it ends the conversation at RCPT"),
    pytest.param([("DATA", "close")], "Not Sent", ["ann@x.org", "bob@x.org"], id="it goes away at DATA"),
    pytest.param([("DATA", "452 full")], "Partially Sent", ["bob@x.org", "ann@x.org"], id="it is full"),
    pytest.param([("body", "451 later")], "Partially Sent", ["bob@x.org", "ann@x.org"], id="it had it, and says later"),
]


@pytest.mark.parametrize(("faults", "status", "taken"), FAULTS)
def test_what_was_not_taken_is_sent_again_and_arrives_once(
    bench: MailBench, server: MailServer, faults: list[Any], status: str, taken: list[str]
) -> None:
    server.faults = list(faults)
    name = bench.send(["ann@x.org", "bob@x.org"])
    bench.work_off()
    assert server.faults == []
    found = bench.queue(name)
    assert (found.status, found.retry) == (status, 1)
    assert found.error
    bench.wait_and_work()
    assert server.recipients == taken
    assert (bench.queue(name).status, bench.queue(name).error) == ("Sent", None)


@pytest.mark.parametrize(
    ("faults", "status", "taken"),
    [
        pytest.param([("RCPT", "550 no such user")], "Partially Sent", ["bob@x.org"], id="a recipient that is refused"),
        pytest.param([("body", "554 spam")], "Partially Sent", ["bob@x.org"], id="a mail that is refused"),
        pytest.param([("body", "close")], "Partially Sent", ["bob@x.org"], id="silence, and the mail was not taken"),
        pytest.param([("taken", "x")], "Partially Sent", ["ann@x.org", "bob@x.org"], id="silence, and it was taken"),
    ],
)
def test_what_is_refused_or_unsure_is_not_sent_again_by_itself(
    bench: MailBench, server: MailServer, faults: list[Any], status: str, taken: list[str]
) -> None:
    server.faults = list(faults)
    name = bench.send(["ann@x.org", "bob@x.org"])
    bench.work_off()
    bench.wait_and_work()
    bench.wait_and_work()
    assert server.recipients == taken
    found = bench.queue(name)
    assert found.status == status
    assert [(row.status, row.closed) for row in found.recipients] == [("Not Sent", 1), ("Sent", 1)]
    assert "ann@x.org" in found.recipients[0].error
    assert "ann@x.org" in found.error


def test_a_mail_that_never_gets_through_is_an_error_in_the_end(bench: MailBench, server: MailServer) -> None:
    server.faults = [("RCPT", "450 later")] * (delivery.TRIES + 1)
    name = bench.send()
    for _ in range(delivery.TRIES + 1):
        assert bench.queue(name).status == "Not Sent"
        bench.wait_and_work()
    assert (bench.queue(name).status, server.mails) == ("Error", [])
    bench.wait_and_work()
    assert server.faults == []


def test_others_do_not_wait_for_a_server_that_does_not_answer(bench: MailBench, server: MailServer) -> None:
    server.faults = [("connect", "close")]
    names = [bench.send(f"{number}@x.org") for number in range(3)]
    bench.work_off()
    assert server.connections == 1
    assert [bench.queue(name).retry for name in names] == [1, 0, 0]
    bench.wait_and_work()
    assert sorted(server.recipients) == ["0@x.org", "1@x.org", "2@x.org"]


def test_a_worker_that_dies_as_the_mail_is_handed_over_leaves_it_to_people(
    bench: MailBench, server: MailServer
) -> None:
    name = bench.send(["ann@x.org", "bob@x.org"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtplib.SMTP, "getreply", _die_at_dot(smtplib.SMTP.getreply))
        with pytest.raises(KeyboardInterrupt):
            bench.work_off()
    bench.site.database.rollback()
    others = bench.more_workers()
    bench.clock.move(60)
    others.look()
    bench.work_off(others)
    assert server.recipients.count("bob@x.org") == 1
    assert server.recipients.count("ann@x.org") <= 1
    found = bench.queue(name)
    assert (found.status, found.recipients[0].status, found.recipients[0].closed) == ("Partially Sent", "Not Sent", 1)


def _die_at_dot(getreply: Any) -> Any:
    """What a process does that is killed between the mail's last line and the answer."""
    seen = []

    def reply(connection: Any) -> Any:
        seen.append(1)
        found = getreply(connection)
        if found[0] == 250 and seen and getattr(connection, "had_data", False):
            raise KeyboardInterrupt
        connection.had_data = found[0] == 354
        return found

    return reply


def test_two_that_send_the_same_mail_send_it_once(bench: MailBench, server: MailServer) -> None:
    name = bench.send()
    bench.work_off()
    with bench.site.acting() as ctx:
        queue = frappe_lite.get_doc("Email Queue", name)
        again = delivery._Delivery(ctx, queue)
        with pytest.raises(delivery._TakenElsewhereError):
            again._close(queue.recipients[0])
    assert server.recipients == ["ann@x.org"]


def test_what_waited_before_mail_was_on_goes_out_with_it(
    site: Site, write: Write, name: str, server: MailServer
) -> None:
    with site.acting():
        waiting = frappe_lite.sendmail("early@x.org", message="x").name
    bench = MailBench(site, write, name, server.port)
    bench.work_off()
    assert (server.recipients, bench.queue(waiting).status) == (["early@x.org"], "Sent")


def test_mails_wait_for_an_account(site: Site, write: Write, name: str, server: MailServer) -> None:
    bench = MailBench(site, write, name, server.port, enable_outgoing=0)
    waiting = bench.send()
    bench.work_off()
    assert (bench.queue(waiting).status, server.connections) == ("Not Sent", 0)
    assert "account" in bench.queue(waiting).error.lower()
    with site.acting():
        account = frappe_lite.get_doc("Email Account", "office")
        account.update({"enable_outgoing": 1, "default_outgoing": 1})
        account.save()
    bench.work_off()
    assert (bench.queue(waiting).status, server.recipients) == ("Sent", ["ann@x.org"])


def test_send_after_is_waited_for(bench: MailBench, server: MailServer) -> None:
    later = bench.outbox.now() + datetime.timedelta(hours=1)
    name = bench.send(send_after=later)
    bench.work_off()
    bench.wait_and_work(3500)
    assert server.mails == []
    bench.wait_and_work(200)
    assert (server.recipients, bench.queue(name).status) == (["ann@x.org"], "Sent")


@pytest.mark.parametrize("given", [{"now": True}, {"delayed": False}])
def test_now_is_before_the_others(bench: MailBench, server: MailServer, given: dict[str, Any]) -> None:
    bench.send("first@x.org")
    bench.send("urgent@x.org", **given)
    bench.work_off()
    assert server.recipients == ["urgent@x.org", "first@x.org"]


def test_what_is_undone_is_not_sent(bench: MailBench, server: MailServer) -> None:
    with pytest.raises(ZeroDivisionError), bench.site.acting():
        frappe_lite.sendmail("ann@x.org", message="x")
        raise ZeroDivisionError
    assert bench.work_off() == 0


BROKEN_OFF = [
    pytest.param({"closed": 1, "status": "Not Sent"}, "Error", "may have the mail", id="nobody knows"),
    pytest.param({"closed": 1, "status": "Sent"}, "Sent", "", id="it was taken"),
]


@pytest.mark.parametrize(("row", "status", "says"), BROKEN_OFF)
def test_a_mail_whose_only_recipient_was_served_by_a_process_that_died_comes_to_an_end(
    bench: MailBench, server: MailServer, row: dict[str, Any], status: str, says: str
) -> None:
    name = bench.send()
    with bench.site.acting():
        frappe_lite.db.set_value("Email Queue", name, "status", "Sending")
        frappe_lite.db.set_value("Email Queue Recipient", {"parent": name}, row)
    bench.work_off()
    found = bench.queue(name)
    assert (server.mails, found.status, says in (found.error or "")) == ([], status, True)


def test_a_mail_that_was_deleted_is_not_sent(bench: MailBench, server: MailServer) -> None:
    name = bench.send()
    with bench.site.acting():
        frappe_lite.delete_doc("Email Queue", name)
    bench.work_off()
    assert (server.mails, bench.errors()) == ([], [])


def test_a_job_that_takes_too_long_leaves_its_mail_for_later(bench: MailBench, server: MailServer) -> None:
    name = bench.send()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery._Delivery, "run", _raise_timeout)
        bench.work_off()
    assert (bench.queue(name).status, bench.queue(name).retry) == ("Not Sent", 1)
    bench.wait_and_work()
    assert server.recipients == ["ann@x.org"]


def _raise_timeout(_: Any) -> None:
    raise JobTimeoutException("it took too long")


def test_people_stop_the_mails_and_let_them_go_on(bench: MailBench, server: MailServer) -> None:
    client = ApiClient(bench.site)
    toggle = "POST /api/method/frappe.email.doctype.email_queue.email_queue.toggle_sending"
    assert client(toggle, {"enable": 0}).status_code == 200
    bench.send()
    bench.work_off()
    assert server.mails == []
    assert client(toggle, {"enable": 1}).status_code == 200
    bench.work_off()
    assert server.recipients == ["ann@x.org"]


@pytest.mark.parametrize("call", ["send_now", "retry_sending"])
def test_a_person_sends_again_what_failed_and_its_id_stays(bench: MailBench, server: MailServer, call: str) -> None:
    server.faults = [("taken", "x")]
    name = bench.send()
    bench.work_off()
    assert bench.queue(name).status == "Error"
    body = {"name": name} if call == "send_now" else {"queues": [name]}
    path = f"POST /api/method/frappe.email.doctype.email_queue.email_queue.{call}"
    assert ApiClient(bench.site)(path, body).status_code == 200
    bench.work_off()
    assert bench.queue(name).status == "Sent"
    assert len({mail["Message-ID"] for _, mail in server.mails}) == 1
    assert len(server.mails) == 2


ASKED = [
    pytest.param("send_now", {"name": "gone"}, 404, id="a mail that is not there"),
    pytest.param("send_now", {"name": ["NAME"]}, 417, id="a list is no name"),
    pytest.param("send_now", {}, 417, id="none"),
    pytest.param("retry_sending", {"queues": "NAME"}, 200, id="one by its name"),
    pytest.param("retry_sending", {"queues": ["NAME"]}, 200, id="a list"),
    pytest.param("bulk_retry", {"queues": ["NAME"]}, 200, id="as Frappe 15's list asks it"),
    pytest.param("retry_sending", {"queues": '["NAME"]'}, 200, id="a list as text"),
    pytest.param("retry_sending", {"queues": []}, 200, id="a list of none"),
    pytest.param("retry_sending", {"queues": "[NAME"}, 400, id="half a list"),
    pytest.param("retry_sending", {"queues": ["NAME", "gone"]}, 404, id="all or none"),
    pytest.param("retry_sending", {"queues": [["NAME"]]}, 417, id="a list in a list"),
    pytest.param("retry_sending", {"queues": {"a": 1}}, 417, id="an object"),
]


@pytest.mark.parametrize(("call", "body", "status"), ASKED)
def test_what_people_ask_to_be_sent_again(
    bench: MailBench, server: MailServer, call: str, body: dict[str, Any], status: int
) -> None:
    server.faults = [("taken", "x")]
    name = bench.send()
    bench.work_off()
    sent = json.loads(json.dumps(body).replace("NAME", name))
    path = f"POST /api/method/frappe.email.doctype.email_queue.email_queue.{call}"
    assert ApiClient(bench.site)(path, sent).status_code == status
    bench.work_off()
    again = status == 200 and name in str(sent)
    assert (len(server.mails), bench.queue(name).status) == ((2, "Sent") if again else (1, "Error"))


@pytest.mark.parametrize("call", ["send_now", "retry_sending"])
@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"send_after": "2099-01-01 00:00:00"}, id="a mail that is for later"),
        pytest.param({}, id="one whose next try is for later"),
    ],
)
def test_a_person_does_not_wait_for_what_was_meant_for_later(
    bench: MailBench, server: MailServer, call: str, given: dict[str, Any]
) -> None:
    server.faults = [] if given else [("RCPT", "450 later")]
    name = bench.send(**given)
    bench.work_off()
    assert server.mails == []
    body = {"name": name} if call == "send_now" else {"queues": [name]}
    path = f"POST /api/method/frappe.email.doctype.email_queue.email_queue.{call}"
    assert ApiClient(bench.site)(path, body).status_code == 200
    bench.work_off()
    assert (server.recipients, bench.queue(name).status) == (["ann@x.org"], "Sent")
    bench.wait_and_work(80 * 366 * 86400)
    assert server.recipients == ["ann@x.org"]


@pytest.mark.parametrize("call", ["send_now", "retry_sending", "toggle_sending"])
def test_who_may_not_write_mails_sends_none(bench: MailBench, call: str) -> None:
    with bench.site.acting():
        frappe_lite.get_doc({"doctype": "User", "email": "low@x.org", "first_name": "low"}).insert()
    name = bench.send()
    path = f"POST /api/method/frappe.email.doctype.email_queue.email_queue.{call}"
    answer = ApiClient(bench.site, "low@x.org")(path, {"name": name, "queues": [name], "enable": 0})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("own", "mails", "told"),
    [
        pytest.param(False, ["low@x.org"], [], id="mailed"),
        pytest.param(True, [], ["low@x.org"], id="the program's own way goes before"),
    ],
)
def test_a_link_for_a_new_password_is_mailed_and_kept_nowhere(
    write: Write, name: str, server: MailServer, own: bool, mails: list[str], told: list[str]
) -> None:
    seen: list[str] = []
    site = frappe_lite.Site(on_reset_link=(lambda user, _: seen.append(user)) if own else None)
    bench = MailBench(site, write, name, server.port)
    with site.acting():
        frappe_lite.get_doc({"doctype": "User", "email": "low@x.org", "first_name": "low"}).insert()
    guest = ApiClient(site, None)
    assert (
        guest("POST /api/method/frappe.core.doctype.user.user.reset_password", {"user": "low@x.org"}).status_code == 200
    )
    until(lambda: server.recipients == mails and seen == told)
    assert all("/update-password?key=" in str(mail.get_body(("plain",))) for _, mail in server.mails)
    with site.acting():
        assert (frappe_lite.db.count("Email Queue"), bench.work_off()) == (0, 0)
    site.close()
