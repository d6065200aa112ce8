"""Webhooks: who is told of what, once, signed, tried again; and what they may not call."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from email.message import Message
from typing import Any
from urllib.parse import parse_qs

import pytest
from app_folder import Write
from job_tools import Bench

import frappe_lite
from conftest import ApiClient
from frappe_lite.errors import ValidationError
from frappe_lite.parts import webhooks
from frappe_lite.parts.jobs.leases import MAX_ATTEMPTS
from frappe_lite.parts.webhooks import calling
from frappe_lite.parts.webhooks.calling import CallError, allowed_addresses, call, networks
from frappe_lite.site import Site


class Receiver:
    """A server on this machine; `answers` are the statuses that it gives, then 200."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Message, bytes]] = []
        self.answers: list[Any] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.requests.append((self.command, self.path, self.headers, body))
                answer = outer.answers.pop(0) if outer.answers else 200
                if answer == "close":
                    return
                self.send_response(answer)
                if answer in (301, 307):
                    self.send_header("Location", f"{outer.url}/elsewhere")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            do_POST = do_PUT = do_DELETE = do_GET = _any

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


class WebhookBench(Bench):
    """A site with webhooks that may call this machine."""

    def __init__(self, site: Site, write: Write, name: str, url: str):
        super().__init__(site, write, name)
        self.url = url
        webhooks.allow(site, "127.0.0.1")

    def webhook(self, name: str = "tell", **values: Any) -> None:
        given = {"webhook_doctype": "Mark", "webhook_docevent": "on_update", "request_url": f"{self.url}/hook?a=1"}
        data = {"webhook_data": [{"fieldname": "name", "key": "mark"}, {"fieldname": "title", "key": "title"}]}
        with self.site.acting():
            frappe_lite.get_doc({"doctype": "Webhook", "name": name, **given, **data, **values}).insert()

    def mark(self, name: str = "m", **values: Any) -> Any:
        with self.site.acting():
            return frappe_lite.get_doc({"doctype": "Mark", "name": name, "title": "t", **values}).insert()

    def logs(self) -> list[Any]:
        with self.site.acting():
            fields = [
                "webhook",
                "reference_document",
                "url",
                "data",
                "response",
                "error",
                "delivery",
                "headers",
                "user",
            ]
            return list(frappe_lite.get_all("Webhook Request Log", fields=fields, order_by="creation"))


@pytest.fixture
def bench(site: Site, write: Write, name: str, receiver: Receiver) -> WebhookBench:
    return WebhookBench(site, write, name, receiver.url)


SIGNATURE, SECRET = "X-Frappe-Webhook-Signature", {"enable_security": 1, "webhook_secret": "s3cret"}

# --- who is told of what ---


def test_a_webhook_that_is_made_or_changed_later_holds_at_once(bench: WebhookBench, receiver: Receiver) -> None:
    bench.mark("before")
    bench.webhook()
    bench.mark("told")
    bench.work_off()
    with bench.site.acting():
        frappe_lite.delete_doc("Webhook", "tell")
    bench.mark("after")
    bench.work_off()
    assert [json.loads(body)["mark"] for *_, body in receiver.requests] == ["told"]


def test_a_document_that_changes_is_told_after_the_commit(bench: WebhookBench, receiver: Receiver) -> None:
    bench.webhook()
    bench.mark()
    assert receiver.requests == []
    assert bench.work_off() == 1
    verb, path, headers, body = receiver.requests[0]
    assert (verb, path, json.loads(body)) == ("POST", "/hook?a=1", {"mark": "m", "title": "t"})
    assert (headers["Content-Type"], headers["Host"]) == ("application/json", receiver.url.partition("//")[2])
    log = bench.logs()[0]
    assert (log.webhook, log.reference_document, log.response, log.error, log.user) == (
        "tell",
        "m",
        "ok",
        None,
        "Administrator",
    )
    assert headers["Webhook-Id"] == log.delivery


def test_what_is_undone_is_told_to_nobody(bench: WebhookBench, receiver: Receiver) -> None:
    bench.webhook()
    with pytest.raises(KeyError), bench.site.acting():
        frappe_lite.get_doc({"doctype": "Mark", "name": "m"}).insert()
        raise KeyError
    assert (bench.work_off(), receiver.requests) == (0, [])


def test_of_several_changes_in_one_transaction_the_last_is_told(bench: WebhookBench, receiver: Receiver) -> None:
    bench.webhook()
    with bench.site.acting():
        for title in ("one", "two", "three"):
            doc = (
                frappe_lite.get_doc("Mark", "m")
                if title != "one"
                else frappe_lite.get_doc({"doctype": "Mark", "name": "m"})
            )
            doc.title = title
            doc.save() if title != "one" else doc.insert()
        frappe_lite.db.commit()
        doc.title = "four"
        doc.save()
    assert bench.work_off() == 2
    assert [json.loads(each[3])["title"] for each in receiver.requests] == ["three", "four"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param({"webhook_docevent": "after_insert"}, ["t"], id="made"),
        pytest.param({"webhook_docevent": "on_update"}, ["t", "u"], id="made and changed"),
        pytest.param({"webhook_docevent": "on_trash"}, ["u"], id="deleted, as it was"),
        pytest.param({"condition": "doc.title == 'u'"}, ["u"], id="by a condition"),
        pytest.param({"condition": "doc.title == 1 / 0"}, None, id="a condition that fails tells nobody"),
        pytest.param({"condition": "doc.none.upper() == 'U'"}, None, id="nor one that asks nothing for its parts"),
        pytest.param({"condition": "titel == 'u'"}, None, id="nor one that names nothing that there is"),
        pytest.param({"enabled": 0}, [], id="not enabled"),
        pytest.param({"webhook_doctype": "Note"}, [], id="of another DocType"),
    ],
)
def test_events_and_conditions(
    bench: WebhookBench,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    values: dict[str, Any],
    told: list[str] | None,
) -> None:
    if told is None:
        bench.webhook()
        with bench.site.acting():
            frappe_lite.db.set_value("Webhook", "tell", "condition", values["condition"])
    else:
        bench.webhook(**values)
    bench.mark()
    with bench.site.acting():
        doc = frappe_lite.get_doc("Mark", "m")
        doc.title = "u"
        doc.save()
    with bench.site.acting():
        frappe_lite.delete_doc("Mark", "m")
    bench.work_off()
    assert [json.loads(each[3])["title"] for each in receiver.requests] == (told or [])


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        pytest.param("utils.add_days('2026-01-31', 1) == '2026-02-01'", 1, id="utils, as in Frappe"),
        pytest.param("utils.cint(doc.title) == 7", 1, id="of a value"),
        pytest.param("utils.cint(doc.title) == 8", 0, id="that differs"),
    ],
)
def test_conditions_and_texts_see_utils(bench: WebhookBench, receiver: Receiver, condition: str, count: int) -> None:
    pytest.importorskip("jinja2")
    text = '{"day": "{{ utils.add_days(\'2026-01-31\', 1) }}"}'
    bench.webhook(condition=condition, webhook_data=[], request_structure="JSON", webhook_json=text)
    bench.mark(title="7")
    bench.work_off()
    assert [json.loads(each[3]) for each in receiver.requests] == [{"day": "2026-02-01"}] * count


def test_imports_tell_nobody(bench: WebhookBench) -> None:
    bench.webhook()
    with bench.site.acting():
        frappe_lite.flags.in_import = True
        frappe_lite.get_doc({"doctype": "Mark", "name": "m"}).insert()
    assert bench.work_off() == 0


# --- what is sent ---


@pytest.mark.parametrize(
    ("values", "body"),
    [
        pytest.param({"webhook_data": []}, b"{}", id="nothing named"),
        pytest.param(
            {"webhook_data": [], "request_structure": "JSON", "webhook_json": '{"about": "{{ doc.title }}", "n": [1]}'},
            b'{"about": "t", "n": [1]}',
            id="its own JSON",
        ),
        pytest.param(
            {"webhook_headers": [{"key": "Content-Type", "value": "application/x-www-form-urlencoded"}]},
            b"mark=m&title=t",
            id="a form, if its header says so",
        ),
        pytest.param({"request_method": "PUT"}, b'{"mark": "m", "title": "t"}', id="another verb"),
    ],
)
def test_bodies(bench: WebhookBench, receiver: Receiver, values: dict[str, Any], body: bytes) -> None:
    pytest.importorskip("jinja2")
    bench.webhook(**values)
    bench.mark()
    bench.work_off()
    verb, _, headers, sent = receiver.requests[0]
    assert (verb, sent) == (values.get("request_method", "POST"), body)
    if "webhook_headers" in values:
        assert parse_qs(sent.decode()) == {"mark": ["m"], "title": ["t"]}


HEADERS = [
    pytest.param([("X-A", "b")], {"X-A": "b"}, {}, id="a header of people's"),
    pytest.param([("X-A", "ü")], {"X-A": "ü"}, {}, id="in letters of Europe's west"),
    pytest.param([("Content-Type", "text/x")], {"Content-Type": "text/x"}, {}, id="what the body is said to be"),
    pytest.param([("content-type", "text/x")], {"Content-Type": "text/x"}, {}, id="in any case"),
    pytest.param([("Content-Length", "1")], {"Content-Length": "27"}, {}, id="its length is its own to say"),
    pytest.param([("content-length", "999")], {"Content-Length": "27"}, {}, id="also a longer one, which would hang"),
    pytest.param([("Transfer-Encoding", "chunked")], {"Transfer-Encoding": None}, {}, id="and how it is sent"),
    pytest.param([("webhook-id", "mine")], {"Webhook-Id": 1}, {}, id="an id is of one delivery"),
    pytest.param([("x-frappe-webhook-signature", "s")], {SIGNATURE: "s"}, {}, id="a signature that people write"),
    pytest.param([("x-frappe-webhook-signature", "s")], {SIGNATURE: 1}, SECRET, id="not beside the one that is made"),
    pytest.param([("X-A", ""), ("X-B", "b")], {"X-A": None, "X-B": "b"}, {}, id="one without a value is none"),
    pytest.param([("Host", "other.example")], {"Host": "other.example"}, {}, id="another host of the same machine"),
]


@pytest.mark.parametrize(("given", "sent", "more"), HEADERS)
def test_what_stands_in_headers(
    bench: WebhookBench, receiver: Receiver, given: list[tuple[str, str]], sent: dict[str, Any], more: dict[str, Any]
) -> None:
    """1 is a value that nobody knows before, but that is there once, and is none of those given."""
    if more:
        pytest.importorskip("cryptography")
    bench.webhook(webhook_headers=[{"key": key, "value": value} for key, value in given], **more)
    bench.mark()
    bench.work_off()
    ((*_, headers, body),) = receiver.requests
    assert json.loads(body) == {"mark": "m", "title": "t"}
    for name, wanted in sent.items():
        found = [value for key, value in headers.items() if key.lower() == name.lower()]
        if wanted == 1:
            assert len(found) == 1
            assert found[0] not in dict(given).values()
        else:
            assert found == ([] if wanted is None else [wanted])


def test_an_address_may_name_the_document(bench: WebhookBench, receiver: Receiver) -> None:
    pytest.importorskip("jinja2")
    bench.webhook(is_dynamic_url=1, request_url=f"{receiver.url}/of/{{{{ doc.name }}}}")
    bench.mark()
    bench.work_off()
    assert receiver.requests[0][1] == "/of/m"


def test_the_signature_is_of_the_body_as_it_is_sent(bench: WebhookBench, receiver: Receiver) -> None:
    pytest.importorskip("cryptography")
    bench.webhook(
        enable_security=1, webhook_secret="s3cret", webhook_headers=[{"key": "Authorization", "value": "Bearer x"}]
    )
    bench.mark()
    bench.work_off()
    _, _, headers, body = receiver.requests[0]
    digest = hmac.new(b"s3cret", body, hashlib.sha256).digest()
    assert headers["X-Frappe-Webhook-Signature"] == base64.b64encode(digest).decode()
    assert headers["Authorization"] == "Bearer x"
    assert "Bearer x" not in bench.logs()[0].headers


# --- tried again ---


@pytest.mark.parametrize("failure", [500, 404, "close", 307])
def test_a_delivery_that_is_not_taken_is_tried_again_under_its_id(
    bench: WebhookBench, receiver: Receiver, failure: Any
) -> None:
    bench.webhook()
    receiver.answers = [failure, failure]
    bench.mark()
    assert bench.work_off() == 1
    for seconds in (2, 4):
        assert bench.work_off() == 0
        bench.clock.move(seconds)
        assert bench.work_off() == 1
    assert len({each[2]["Webhook-Id"] for each in receiver.requests}) == 1
    assert [bool(each.error) for each in bench.logs()] == [True, True, False]
    assert [each[1] for each in receiver.requests] == ["/hook?a=1"] * 3


def test_what_is_never_taken_waits_among_the_failed_jobs(bench: WebhookBench, receiver: Receiver) -> None:
    bench.webhook()
    receiver.answers = [500] * MAX_ATTEMPTS
    bench.mark()
    for _ in range(MAX_ATTEMPTS):
        assert bench.work_off() == 1
        bench.clock.move(100)
    assert bench.work_off() == 0
    with bench.site.acting() as ctx:
        failed = bench.site.job_queue.listed(ctx, ("failed",))
    assert [each.job_name for each in failed] == ["Webhook tell"]
    bench.workers.jobs.run_again([failed[0].key])
    bench.work_off()
    assert len({each[2]["Webhook-Id"] for each in receiver.requests}) == 1
    assert bench.logs()[-1].error is None


def test_a_text_that_cannot_be_filled_in_is_not_tried_again(bench: WebhookBench, receiver: Receiver) -> None:
    pytest.importorskip("jinja2")
    bench.webhook(webhook_data=[], request_structure="JSON", webhook_json='{"a": {{ doc.title }}}')
    bench.mark()
    assert bench.work_off() == 1
    bench.clock.move(100)
    assert (bench.work_off(), receiver.requests, bool(bench.logs()[0].error)) == (0, [], True)
    with bench.site.acting() as ctx:
        (failed,) = bench.site.job_queue.listed(ctx, ("failed",))
    assert "ValidationError: Expecting value" in failed.exc_info, "it says why"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        pytest.param({}, "Basic YW5uOnAgdw==", id="what the address says"),
        pytest.param({"authorization": "Bearer x"}, "Bearer x", id="what the webhook says goes before it"),
    ],
)
def test_a_name_and_a_password_in_the_address_sign_in_and_are_in_no_log(
    bench: WebhookBench, receiver: Receiver, given: dict[str, str], sent: str
) -> None:
    headers = [{"key": key, "value": value} for key, value in given.items()]
    url = bench.url.replace("://", "://ann:p%20w@")
    bench.webhook(request_url=f"{url}/hook", webhook_headers=headers)
    receiver.answers = [500]
    bench.mark()
    bench.work_off()
    bench.clock.move(10)
    bench.work_off()
    found = [{key.title(): value for key, value in each[2].items()} for each in receiver.requests]
    assert [each["Authorization"] for each in found] == [sent, sent]
    assert [each.url for each in bench.logs()] == [f"{bench.url}/hook"] * 2
    assert not [row for row in bench.site.database.rows('SELECT error FROM "__job"') if "ann" in (row[0] or "")]
    assert all("ann" not in str(each.error) for each in bench.logs())


@pytest.mark.parametrize("how", ["silent", "endless", "endless head"])
def test_a_server_that_hangs_is_given_up(how: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url, ended = f"http://127.0.0.1:{listening.getsockname()[1]}/", threading.Event()

        def drip() -> None:
            connection, _ = listening.accept()
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + (b"X-Long: " if how == "endless head" else b"\r\n"))
            while not ended.wait(0.01):
                try:
                    connection.sendall(b".")
                except OSError:
                    break
            connection.close()

        thread = threading.Thread(target=drip)
        if how != "silent":
            thread.start()
        try:
            with pytest.raises(CallError, match="timed out|does not end"):
                calling.call("POST", url, {}, b"", 0.1, networks("127.0.0.1"))
        finally:
            ended.set()
            if how != "silent":
                thread.join()


# --- what may not be called ---

PRIVATE = ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1%eth0",
           "fc00::1", "::ffff:10.0.0.1", "100.64.0.1", "224.0.0.1",
           "64:ff9b::a00:1", "2002:a00:1::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1",
           "5f00::1", "3fff::1", "192.0.0.8", "192.88.99.1", "2001:0:7f00:1::1", "2001:db8::1", "::", "100::1",
           "ff02::1", "198.18.0.1", "240.0.0.1"]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    with pytest.raises(CallError, match="private address"):
        allowed_addresses("x.example", 80, (), lambda *_: [address])
    with pytest.raises(CallError, match="private address"):
        allowed_addresses("x.example", 80, (), lambda *_: ["93.184.215.14", address])


@pytest.mark.parametrize(
    ("found", "allowed", "called"),
    [
        pytest.param(["93.184.215.14", "93.184.215.15"], "", "93.184.215.14", id="a public one"),
        pytest.param(["10.1.2.3"], "10.0.0.0/8", "10.1.2.3", id="one of a network that the operator names"),
        pytest.param(["::ffff:10.1.2.3"], "10.0.0.0/8, 192.168.0.0/16", "::ffff:10.1.2.3", id="also written as IPv6"),
        pytest.param(["2606:2800:220:1::1"], "", "2606:2800:220:1::1", id="a public one of IPv6"),
        pytest.param(["fec0::7"], "fec0::/10", "fec0::7", id="one of an old site, that the operator names"),
    ],
)
def test_addresses_that_may_be_called(found: list[str], allowed: str, called: str) -> None:
    assert allowed_addresses("x.example", 80, networks(allowed), lambda *_: found)[0] == called


@pytest.mark.parametrize(
    ("addresses", "answered"),
    [
        pytest.param(["127.0.0.2", "127.0.0.1"], True, id="one that is not there, and one that is"),
        pytest.param(["127.0.0.1", "127.0.0.2"], True, id="the other way round"),
        pytest.param(["127.0.0.2"], False, id="none that is there"),
    ],
)
def test_each_address_of_a_host_is_tried(receiver: Receiver, addresses: list[str], answered: bool) -> None:
    port = int(receiver.url.rsplit(":", 1)[1].strip("/").partition("/")[0])
    asked = ("POST", f"http://x.example:{port}/", {}, b"{}", 5, networks("127.0.0.0/8"), lambda *_: addresses)
    if answered:
        assert call(*asked).status == 200
    else:
        with pytest.raises(CallError, match="Refused"):
            call(*asked)


def test_a_host_is_resolved_once_and_that_address_is_called(receiver: Receiver) -> None:
    asked = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    port = receiver.server.server_port
    answer = calling.call("POST", f"http://shop.example:{port}/x", {}, b"{}", 5, networks("127.0.0.0/8"), look_up)
    assert (answer.status, answer.text, asked) == (200, "ok", ["shop.example"])
    assert receiver.requests[0][2]["Host"] == f"shop.example:{port}"


@pytest.mark.parametrize(
    ("path", "called"),
    [
        pytest.param("/a/b?c=d&e=%C3%A9", "/a/b?c=d&e=%C3%A9", id="what is plain stays"),
        pytest.param("/My Note?q=a b", "/My%20Note?q=a%20b", id="blanks"),
        pytest.param("/b\u00fccher?q=\u20ac", "/b%C3%BCcher?q=%E2%82%AC", id="letters of other scripts"),
        pytest.param("/100%?q=50%25", "/100%25?q=50%25", id="a sign for percent that is none for bytes"),
        pytest.param("/a'b(c)~[d]#end", "/a'b(c)~[d]", id="signs that addresses have, and no fragment"),
        pytest.param('/<a>"b"|c', "/%3Ca%3E%22b%22%7Cc", id="signs that they have not"),
        pytest.param("", "/", id="no path"),
    ],
)
def test_a_path_is_said_in_plain_letters(receiver: Receiver, path: str, called: str) -> None:
    """As requests does, by which Frappe calls; a template puts the names of documents into addresses."""
    place = f"http://127.0.0.1:{receiver.server.server_port}"
    assert call("POST", place + path, {}, b"{}", 5, networks("127.0.0.1")).status == 200
    assert receiver.requests[0][1] == called


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        pytest.param("shop.example", "shop.example", id="plain"),
        pytest.param("b\u00fccher.example", "xn--bcher-kva.example", id="with letters of another script"),
        pytest.param("user:word@b\u00fccher.example", "xn--bcher-kva.example", id="and a name before it"),
    ],
)
def test_a_host_is_called_by_its_plain_name(receiver: Receiver, host: str, asked: str) -> None:
    found, port = [], receiver.server.server_port

    def look_up(name: str, _port: int) -> list[str]:
        found.append(name)
        return ["127.0.0.1"]

    call("POST", f"http://{host}:{port}/", {}, b"{}", 5, networks("127.0.0.1"), look_up)
    assert (found, receiver.requests[0][2]["Host"]) == ([asked], f"{asked}:{port}")


@pytest.mark.parametrize("name", ["Host", "host", "HOST"])
def test_a_header_is_said_once(receiver: Receiver, name: str) -> None:
    """A receiver refuses two; the webhook's own goes before, whatever its letters."""
    port = receiver.server.server_port
    call("POST", f"http://127.0.0.1:{port}/", {name: "front.example"}, b"{}", 5, networks("127.0.0.1"))
    assert receiver.requests[0][2].get_all("Host") == ["front.example"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("http://" + "\u00fc" * 70 + ".example/", "cannot be found", id="a host that no name server knows"),
        pytest.param("ftp://x.example/", "begins with http", id="another scheme"),
        pytest.param("http:///path", "begins with http", id="no host"),
        pytest.param("http://x.example:99999/", "no port", id="no port that there is"),
        pytest.param("http://nowhere.invalid/", "cannot be found", id="a host that is not there"),
        pytest.param("https://127.0.0.1:1/", "ConnectionRefusedError", id="nobody listens"),
    ],
)
def test_what_cannot_be_called_is_told(url: str, says: str) -> None:
    def look_up(host: str, _port: int) -> list[str]:
        if host.endswith(".invalid"):
            raise OSError("unknown")
        return ["127.0.0.1"]

    with pytest.raises(CallError, match=says):
        calling.call("POST", url, {}, b"", 5, networks("127.0.0.1"), look_up)


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"10\.0\.0\.0/8"):
        networks("10.0.0.0/8 nonsense")


# --- what may not be said ---


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param({"request_url": "shop.example/x"}, "Check Request URL", id="no scheme"),
        pytest.param({"request_url": "file:///etc/passwd"}, "Check Request URL", id="a file"),
        pytest.param({"request_url": "http://[::1"}, "Check Request URL", id="half an address in brackets"),
        pytest.param({"request_url": "http://x.example:y/"}, "Check Request URL", id="a port that is no number"),
        pytest.param({"request_url": "http://x.example:99999/"}, "Check Request URL", id="a port that there is not"),
        pytest.param({"request_url": "http://x.example:0/"}, "Check Request URL", id="a port that is none"),
        pytest.param({"request_url": "https://user@/x"}, "Check Request URL", id="no host behind the name"),
        pytest.param({"condition": "1 / 0"}, "division by zero", id="a condition that cannot be reckoned"),
        pytest.param({"condition": "[].x"}, "Invalid Condition", id="a condition that asks a list for what it has not"),
        pytest.param({"condition": "doc.x.y"}, "Invalid Condition", id="a condition that asks nothing for its parts"),
        pytest.param({"condition": "[][1]"}, "Invalid Condition", id="a condition that reaches beyond a list"),
        pytest.param({"condition": "titel"}, "Invalid Condition", id="a condition of names that are not there"),
        pytest.param({"condition": "'a' * 10 ** 10"}, "asks for too much", id="a condition that takes all memory"),
        pytest.param({"timeout": -1}, "up to 60 seconds", id="less than no time"),
        pytest.param({"request_method": "PATCH"}, "Request Method", id="a verb that is not called"),
        pytest.param({"webhook_docevent": "never"}, "Doc Event", id="an event that there is not"),
        pytest.param({"webhook_data": [{"fieldname": "title", "key": None}]}, "key", id="a field without a name there"),
        pytest.param({"webhook_docevent": "on_submit"}, "must be Submittable", id="an event that never comes"),
        pytest.param({"condition": "doc.title =="}, "Invalid Condition", id="a condition that is none"),
        pytest.param({"condition": "__import__('os')"}, "Invalid Condition", id="a condition that reaches out"),
        pytest.param({"webhook_data": [{"fieldname": "name", "key": "a"}, {"fieldname": "name", "key": "b"}]}, "more than once", id="a field twice"),
        pytest.param({"enable_security": 1}, "Invalid Webhook Secret", id="no secret"),
        pytest.param({"webhook_headers": [{"key": "X-A", "value": "a\r\nX-B: b"}]}, "of a header", id="a header in a header"),
        pytest.param({"webhook_headers": [{"key": "X-A", "value": "\u20ac 5"}]}, "of a header", id="a sign that no header has"),
        pytest.param({"webhook_headers": [{"key": "X A", "value": "a"}]}, "of a header", id="no name of a header"),
        pytest.param({"background_jobs_queue": "slow"}, "Queue should be one of", id="a queue that is not there"),
        pytest.param({"timeout": 600}, "up to 60 seconds", id="a long wait"),
        pytest.param({"webhook_doctype": "Webhook Request Log"}, "and so on", id="its own log"),
    ],
)  # fmt: skip
def test_what_a_webhook_may_not_say(bench: WebhookBench, values: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        bench.webhook(**values)


def test_webhooks_are_managers_business(bench: WebhookBench, new_user: Any) -> None:
    bench.webhook()
    bench.mark()
    bench.work_off()
    ann = new_user(bench.site, "ann@example.com", "Desk User")
    assert ann("GET /api/resource/Webhook/tell").status_code == 403
    assert ann("GET /api/resource/Webhook Request Log").status_code == 403
    client = ApiClient(bench.site)
    assert client("GET /api/resource/Webhook/tell").json["data"]["request_url"] == f"{bench.url}/hook?a=1"
    queues = client("GET /api/method/frappe.integrations.doctype.webhook.webhook.get_all_queues")
    assert queues.json["message"] == ["short", "default", "long"]


@pytest.mark.parametrize(
    ("condition", "says"), [("doc.title == 't'", "Yes"), ("doc.title == 'x'", "No"), ("", "Yes")]
)  # fmt: skip
def test_a_webhook_is_tried_out_before_it_tells_anybody(bench: WebhookBench, receiver: Receiver, condition: str, says: str) -> None:  # fmt: skip
    bench.mark()
    bench.webhook(condition=condition)
    client, given = ApiClient(bench.site), {"dt": "Webhook", "dn": "tell", "args": '{"preview_document": "m"}'}
    answer = client("POST /api/method/run_doc_method", {**given, "method": "preview_meets_condition"})
    assert answer.json["message"] == says
    answer = client("POST /api/method/run_doc_method", {**given, "method": "preview_request_body"})
    assert json.loads(answer.json["message"]) == {"mark": "m", "title": "t"}
    assert receiver.requests == []


PREVIEWS = [
    pytest.param("condition", "1 / 0", "preview_meets_condition", "Failed to evaluate conditions", id="a condition"),
    pytest.param(
        "condition", "doc.no.no", "preview_meets_condition", "Failed to evaluate", id="one of nothing's parts"
    ),
    pytest.param("webhook_json", "{{ 1 / 0 }}", "preview_request_body", "Failed to compute", id="a text"),
    pytest.param("webhook_json", "no JSON", "preview_request_body", "Failed to compute", id="a text that is no JSON"),
]


@pytest.mark.parametrize(("field", "value", "method", "says"), PREVIEWS)
def test_what_fails_is_told_to_who_tries_it_out(
    bench: WebhookBench, field: str, value: str, method: str, says: str
) -> None:
    pytest.importorskip("jinja2")
    bench.mark()
    bench.webhook(webhook_data=[])
    with bench.site.acting():
        frappe_lite.db.set_value("Webhook", "tell", field, value)
    given = {"dt": "Webhook", "dn": "tell", "args": '{"preview_document": "m"}', "method": method}
    answer = ApiClient(bench.site)("POST /api/method/run_doc_method", given)
    assert (answer.status_code, answer.json["message"][: len(says)]) == (200, says)
    gone = {**given, "args": '{"preview_document": "gone"}'}
    assert ApiClient(bench.site)("POST /api/method/run_doc_method", gone).status_code == 404


@pytest.mark.parametrize("change", [pytest.param({"key": "other"}, id="a row"), pytest.param(None, id="the webhook")])
def test_a_webhook_that_is_changed_beside_its_document_holds_at_once(
    bench: WebhookBench, receiver: Receiver, change: Any
) -> None:
    bench.webhook()
    bench.mark("first")
    with bench.site.acting():
        if change:
            row = frappe_lite.get_doc("Webhook", "tell").webhook_data[0].name
            frappe_lite.db.set_value("Webhook Data", row, change)
        else:
            frappe_lite.db.set_value("Webhook", "tell", "condition", "doc.name != 'second'")
    bench.mark("second")
    bench.mark("third")
    bench.work_off()
    told = [json.loads(body) for *_, body in receiver.requests]
    assert [each.get("other") or each["mark"] for each in told] == (
        ["first", "second", "third"] if change else ["first", "third"]
    )


def test_without_workers_a_webhook_is_told_after_the_request(
    site: Site, write: Write, name: str, receiver: Receiver
) -> None:
    memory = site.job_queue
    bench = WebhookBench(site, write, name, receiver.url)
    site.job_queue = memory
    bench.webhook()
    bench.mark()
    assert site._pool is not None
    site._pool.shutdown(wait=True)
    assert [json.loads(each[3])["mark"] for each in receiver.requests] == ["m"]
