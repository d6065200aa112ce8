"""Mail: each recipient gets it once, whatever the server does; nobody is forgotten; and what stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import Write
from mail_tools import MailBench, MailServer

from frappe_lite.site import Site


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
    pytest.param([("EHLO", "421 later"), ("HELO", "421 later")], "Not Sent", ["ann@x.org", "bob@x.org"], id="it has no time"),
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
