"""What stands in a mail: its headers, texts, files and links; by which account it goes; and mails as files of a folder."""

from __future__ import annotations

import datetime
import email
import email.policy
import os
import re
import ssl
import stat
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from app_folder import Write
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from job_tools import FILES, Bench
from mail_tools import MailBench, MailServer

import frappe_lite
from conftest import ApiClient
from frappe_lite.errors import ValidationError
from frappe_lite.parts import mail
from frappe_lite.parts.mail.layout import plain_text
from frappe_lite.parts.mail.message import address_of
from frappe_lite.parts.mail.taking import own_name
from frappe_lite.site import Site

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd.*")
"""What the server of the tests uses is old in the newest Python."""


class FolderBench(Bench):
    """A site whose mails become files."""

    def __init__(self, site: Site, write: Write, name: str, folder: Path):
        super().__init__(site, write, name)
        self.folder = folder
        mail.start(site, str(folder), self.clock)

    def sent(self, recipients: Any = "ann@x.org", user: str = "Administrator", **given: Any) -> list[EmailMessage]:
        """The mails that come of it, by recipient."""
        for file in self.folder.glob("*"):
            file.unlink()
        with self.site.acting(user):
            frappe_lite.sendmail(recipients, **{"subject": "Hi", "message": "<p>Hello</p>", **given})
        self.work_off()
        return [
            _read(path) for path in sorted(self.folder.glob("*.eml"), key=lambda each: each.name.rpartition("-")[2])
        ]

    def one(self, **given: Any) -> EmailMessage:
        (found,) = self.sent(**given)
        return found


def test_a_mail_in_a_folder_is_its_owners_alone(site: Site, write: Write, name: str, tmp_path: Path) -> None:
    """It may hold a link that signs somebody in."""
    before = os.umask(0)
    try:
        bench = FolderBench(site, write, name, tmp_path / "out" / "mails")
        bench.one()
    finally:
        os.umask(before)
    paths = [bench.folder, *bench.folder.iterdir()]
    assert [stat.S_IMODE(each.stat().st_mode) for each in paths] == [0o700, 0o600]


@pytest.mark.parametrize(
    "recipients",
    [
        pytest.param(["a/b@x.org", "a_b@x.org", "a?b@x.org"], id="signs that no file's name has"),
        pytest.param(["n" * 60 + f"@{'x' * 60}.org", "n" * 60 + f"@{'x' * 60}.com"], id="long ones"),
    ],
)
def test_each_recipient_has_a_file_of_its_own(bench: FolderBench, recipients: list[str]) -> None:
    """Otherwise a mail would be lost to who looks for it there."""
    found = bench.sent(recipients=recipients)
    assert sorted(str(each["To"]) for each in found) == sorted(recipients)
    assert sorted(str(each["To"]) for each in bench.sent(recipients=recipients)) == sorted(recipients)


NAMES = [
    pytest.param("https://shop.example", "shop.example", id="a name"),
    pytest.param("http://localhost:8000", "localhost", id="without its port"),
    pytest.param("https://shop.example/desk", "shop.example", id="without its path"),
    pytest.param("http://bücher.example", "xn--bcher-kva.example", id="in other letters, as servers know it"),
    pytest.param("http://10.0.0.7:8000", "[10.0.0.7]", id="a number"),
    pytest.param("http://[::1]:8000", "[IPv6:::1]", id="a long number"),
    pytest.param("", "localhost", id="none"),
]


@pytest.mark.parametrize(("address", "name"), NAMES)
def test_a_site_greets_a_mail_server_by_its_name(address: str, name: str) -> None:
    assert own_name(address) == name


def _read(path: Path) -> EmailMessage:
    found: Any = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return found  # type: ignore[no-any-return]


def _html(message: EmailMessage) -> str:
    part: Any = message.get_body(("html",))
    return str(part.get_content()).replace("\r\n", "\n")


def _text(message: EmailMessage) -> str:
    part: Any = message.get_body(("plain",))
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.fixture
def bench(site: Site, write: Write, name: str, tmp_path: Path) -> FolderBench:
    return FolderBench(site, write, name, tmp_path / "mails")


# --- headers ---

EVIL = "x\r\nBcc: thief@x.org\r\n\r\nbody"


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"subject": EVIL}, id="subject"),
        pytest.param({"sender": "Ann\r\nBcc: thief@x.org <ann@x.org>"}, id="sender"),
        pytest.param({"reply_to": "Ann\rBcc: thief@x.org <ann@x.org>"}, id="reply_to"),
        pytest.param({"in_reply_to": EVIL}, id="in_reply_to"),
        pytest.param({"message_id": EVIL}, id="message_id"),
        pytest.param({"x_priority": EVIL}, id="x_priority"),
        pytest.param({"email_headers": {"X-Shop": EVIL}}, id="the value of a header"),
        pytest.param({"email_headers": {f"X-Shop: {EVIL}": "1"}}, id="the name of a header"),
        pytest.param({"email_headers": {"Bcc": "thief@x.org"}}, id="a header that the mail itself says"),
        pytest.param({"attachments": [{"fname": f"{EVIL}.txt", "fcontent": "x"}]}, id="the name of a file"),
        pytest.param({"header": [EVIL, EVIL]}, id="the heading"),
    ],
)
def test_no_value_makes_a_header(bench: FolderBench, given: dict[str, Any]) -> None:
    (found,) = bench.sent(**given)
    assert found["Bcc"] is None
    assert found["To"] == "ann@x.org"
    assert not found.defects
    assert "Hello" in _text(found)


HEADERS = [
    pytest.param({"sender": "Ann Smith <ann@shop.org>"}, {"From": "Ann Smith <ann@shop.org>"}, id="the sender"),
    pytest.param({"reply_to": "desk@x.org"}, {"Reply-To": "desk@x.org"}, id="where answers go"),
    pytest.param({"in_reply_to": "<a@b>"}, {"In-Reply-To": "<a@b>", "References": "<a@b>"}, id="what it answers"),
    pytest.param({"message_id": "<own@x>"}, {"Message-ID": "<own@x>"}, id="its own id"),
    pytest.param({"email_headers": {"X-Shop": "a"}}, {"X-Shop": "a"}, id="a header of the app"),
    pytest.param({"is_notification": True}, {"Auto-Submitted": "auto-generated"}, id="written by a program"),
    pytest.param({"x_priority": 1}, {"X-Priority": "1"}, id="urgent"),
    pytest.param(
        {"read_receipt": 1, "sender": "a@x.org"},
        {"Disposition-Notification-To": "a@x.org"},
        id="a receipt is asked for",
    ),
    pytest.param({"subject": "Grüße €"}, {"Subject": "Grüße €"}, id="a subject in any letters"),
    pytest.param({"sender": "Søren <s@x.org>"}, {"From": "Søren <s@x.org>"}, id="a name in any letters"),
]


@pytest.mark.parametrize(("given", "expected"), HEADERS)
def test_headers_say_what_the_app_said(bench: FolderBench, given: dict[str, Any], expected: dict[str, str]) -> None:
    found = bench.one(**given)
    assert {key: str(found[key]) for key in expected} == expected


@pytest.mark.parametrize(
    ("message_id", "header"),
    [
        pytest.param("first@shop.example", "<first@shop.example>", id="a mail"),
        pytest.param("", None, id="what was written on the site: no mail program knows it"),
        pytest.param(None, None, id="no Communication of that name"),
    ],
)
def test_what_is_answered_is_named_by_its_communication(
    bench: FolderBench, message_id: str | None, header: str | None
) -> None:
    answered = "no-such-one"
    if message_id is not None:
        with bench.site.acting():
            values = {"doctype": "Communication", "subject": "Broken", "content": "It is", "message_id": message_id}
            answered = str(frappe_lite.get_doc(values).insert().name)
    found = bench.one(in_reply_to=answered)
    assert {key: found[key] and str(found[key]) for key in ("In-Reply-To", "References")} == {
        "In-Reply-To": header,
        "References": header,
    }
    assert answered not in found.as_string()


PEOPLE = [
    pytest.param({}, {"a": ("a@x.org", None), "b": ("b@x.org", None), "c": ("c@x.org", None)}, id="each sees oneself"),
    pytest.param(
        {"expose_recipients": "header"},
        {"a": ("a@x.org", "b@x.org"), "b": ("a@x.org", "b@x.org"), "c": ("a@x.org", "b@x.org")},
        id="all see who got it, and nobody sees the blind copy",
    ),
]


@pytest.mark.parametrize(("given", "expected"), PEOPLE)
def test_who_sees_whom(bench: FolderBench, given: dict[str, Any], expected: dict[str, Any]) -> None:
    found = bench.sent("a@x.org", cc="b@x.org", bcc="c@x.org", **given)
    assert [(str(each["To"]), each["Cc"] and str(each["Cc"])) for each in found] == list(expected.values())
    assert [each["Bcc"] for each in found] == [None] * 3


def test_who_got_it_stands_below_if_asked_for(bench: FolderBench) -> None:
    found = bench.sent(["a@x.org"], cc="b@x.org", bcc="c@x.org", expose_recipients="footer")
    assert [("a@x.org, b@x.org" in _html(each), "c@x.org" in _html(each)) for each in found] == [(True, False)] * 3


@pytest.mark.parametrize(
    ("given", "count"),
    [
        pytest.param(["a@x.org", "A@x.org", "Ann <a@x.org>"], 1, id="one person once"),
        pytest.param("a@x.org, b@x.org; c@x.org", 3, id="a text with several"),
        pytest.param([], 0, id="nobody"),
    ],
)
def test_to_whom_it_goes(bench: FolderBench, given: Any, count: int) -> None:
    assert len(bench.sent(given)) == count


def test_each_may_have_a_mail_of_its_own(bench: FolderBench) -> None:
    found = bench.sent(["a@x.org", "b@x.org"], queue_separately=True)
    assert [str(each["To"]) for each in found] == ["a@x.org", "b@x.org"]
    with bench.site.acting():
        assert frappe_lite.db.count("Email Queue") == 2


@pytest.mark.parametrize("address", ["nobody", "ann@", "@x.org", "ünn@x.org", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="no address"):
        address_of(address)


def test_a_domain_in_other_letters_is_sent_as_servers_know_it() -> None:
    assert address_of("a@bücher.example").addr_spec == "a@xn--bcher-kva.example"


# --- texts, files and pictures ---

TEXTS = [
    pytest.param({"message": "a < b\nc"}, "a < b\nc", "a &lt; b<br>\nc", id="plain text"),
    pytest.param(
        {"message": '<a href="/app/x">Look</a>'},
        "Look (http://127.0.0.1:8000/app/x)",
        'href="http://127',
        id="links are whole",
    ),
    pytest.param({"message": "**b**", "as_markdown": True}, "b", "<strong>b</strong>", id="markdown"),
    pytest.param({"header": ["Big", "green"]}, "Big\n", "border-left:6px solid #28a745", id="a heading"),
    pytest.param({"with_container": True}, "Hello", "max-width:600px", id="a frame"),
    pytest.param({"message": "<p>a</p><p>b<br>c</p>"}, "a\nb\nc", "<p>a</p>", id="lines"),
]


@pytest.mark.parametrize(("given", "text", "html"), TEXTS)
def test_a_mail_is_read_as_text_and_as_html(bench: FolderBench, given: dict[str, Any], text: str, html: str) -> None:
    found = bench.one(**given)
    assert text in _text(found)
    assert html in _html(found)


def test_plain_text_keeps_links_short() -> None:
    assert (
        plain_text('<a href="https://x.org">https://x.org</a> <a href="https://y.org"></a>')
        == "https://x.org https://y.org\n"
    )


FILES_OF_MAILS = [
    pytest.param({"fname": "a.txt", "fcontent": "text"}, ("a.txt", b"text"), id="content"),
    pytest.param({"fname": "a.bin", "fcontent": b"\x00\xff"}, ("a.bin", b"\x00\xff"), id="bytes"),
    pytest.param({"fid": "FID"}, ("kept.csv", b"a,b"), id="a File by its name"),
    pytest.param({"file_url": "URL"}, ("kept.csv", b"a,b"), id="a File by its address"),
]


@pytest.mark.parametrize(("given", "expected"), FILES_OF_MAILS)
def test_files_come_with_it(bench: FolderBench, given: dict[str, Any], expected: tuple[str, bytes]) -> None:
    with bench.site.acting():
        kept = frappe_lite.get_doc(
            {"doctype": "File", "file_name": "kept.csv", "content": "a,b", "is_private": 1}
        ).insert()
    named = {key: {"FID": kept.name, "URL": kept.file_url}.get(value, value) for key, value in given.items()}
    (part,) = bench.one(attachments=[named]).iter_attachments()
    content: Any = part.get_payload(decode=True)
    assert (part.get_filename(), content) == expected


KINDS_OF_FILES = [
    pytest.param("a.csv", "text/csv", id="a table"),
    pytest.param("a.pdf", "application/pdf", id="a PDF"),
    pytest.param("a.eml", "application/octet-stream", id="a mail, which cannot be packed as one"),
    pytest.param("a.tar.gz", "application/octet-stream", id="what is compressed is not what is in it"),
    pytest.param("a.svgz", "application/octet-stream", id="nor a picture"),
    pytest.param("a.nonsense", "application/octet-stream", id="nobody knows it"),
    pytest.param("a", "application/octet-stream", id="it does not say"),
]


@pytest.mark.parametrize(("file", "kind"), KINDS_OF_FILES)
def test_a_file_arrives_as_it_was(bench: FolderBench, file: str, kind: str) -> None:
    content = b"Subject: inner\r\n\r\n\x1f\x8b text"
    (part,) = bench.one(attachments=[{"fname": file, "fcontent": content}]).iter_attachments()
    assert (part.get_content_type(), part.get_payload(decode=True)) == (kind, content)


LINES = [
    pytest.param({"message": "<p>Gr\u00fc\u00dfe \u20ac</p>"}, id="letters of any script"),
    pytest.param({"message": "<p>" + "x" * 5000 + "</p>"}, id="a long line"),
    pytest.param({"message": "<p>" + "\u00fc" * 5000 + "</p>"}, id="a long line of such letters"),
    pytest.param({"subject": "\u00fc" * 500}, id="a long subject"),
    pytest.param({"sender": "\u00fc" * 100 + " <s@x.org>"}, id="a long name"),
    pytest.param({"attachments": [{"fname": "\u00fc" * 100 + ".txt", "fcontent": "\u00fc"}]}, id="a file's long name"),
    pytest.param({"email_headers": {"X-Shop": "\u00fc" * 500}}, id="a long header"),
]


@pytest.mark.parametrize("given", LINES)
def test_a_mail_is_lines_that_every_server_takes(bench: FolderBench, given: dict[str, Any]) -> None:
    """Seven bits, and no more than 998 signs a line (RFC 5322): eight are for servers that offer to take them."""
    bench.sent(**given)
    (file,) = bench.folder.glob("*.eml")
    content = file.read_bytes()
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert content.count(b"\n") == content.count(b"\r\n")


def test_the_content_of_a_file_is_a_private_file_of_the_mail(bench: FolderBench) -> None:
    bench.one(attachments=[{"fname": "a.txt", "fcontent": "text"}])
    with bench.site.acting():
        (kept,) = frappe_lite.get_all("File", {"file_name": "a.txt"}, ["is_private", "attached_to_doctype"])
    assert kept == {"is_private": 1, "attached_to_doctype": "Email Queue"}


def test_a_picture_stands_in_the_text(bench: FolderBench) -> None:
    given = {"inline_images": [{"filename": "logo.png", "filecontent": b"\x89PNG"}]}
    found = bench.one(message='<img embed="logo.png">', **given)
    (picture,) = [part for part in found.walk() if part.get_content_type() == "image/png"]
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in _html(found)
    assert picture.get_payload(decode=True) == b"\x89PNG"


@pytest.mark.parametrize(
    ("user", "comes"),
    [
        pytest.param("Administrator", True, id="who may read it"),
        pytest.param("low@x.org", False, id="who may not: the text of a mail is no way to it"),
    ],
)
def test_a_private_picture_is_shown_to_others_by_who_may_read_it(bench: FolderBench, user: str, comes: bool) -> None:
    with bench.site.acting():
        frappe_lite.get_doc({"doctype": "User", "email": "low@x.org", "first_name": "low"}).insert()
        kept = frappe_lite.get_doc(
            {"doctype": "File", "file_name": "s.png", "content": b"\x89", "is_private": 1}
        ).insert()
    found = bench.one(user=user, message=f'<img embed="{kept.file_url}">')
    assert ("image/png" in [part.get_content_type() for part in found.walk()]) is comes


def test_a_file_that_is_gone_stops_the_mail(bench: FolderBench) -> None:
    assert bench.sent(attachments=[{"fid": "none"}]) == []
    with bench.site.acting():
        (found,) = frappe_lite.get_all("Email Queue", fields=["status", "error"])
    assert (found.status, "none" in found.error) == ("Error", True)


def test_an_email_queue_by_the_api_names_no_file_that_its_writer_may_not_read(bench: FolderBench) -> None:
    with bench.site.acting():
        roles = [{"role": "System Manager"}]
        frappe_lite.get_doc({"doctype": "User", "email": "boss@x.org", "first_name": "b", "roles": roles}).insert()
        kept = frappe_lite.get_doc({"doctype": "File", "file_name": "s.txt", "content": "s", "is_private": 1}).insert()
    body = {"message": "x", "recipients": [{"recipient": "boss@x.org"}], "attachments": f'[{{"fid": "{kept.name}"}}]'}
    assert ApiClient(bench.site, "boss@x.org")("POST /api/resource/Email Queue", body).status_code == 403
    assert ApiClient(bench.site)("POST /api/resource/Email Queue", body).status_code == 201


@pytest.mark.parametrize("field", ["options", "attachments"])
def test_an_email_queue_whose_json_is_none_is_refused(bench: FolderBench, field: str) -> None:
    answer = ApiClient(bench.site)("POST /api/resource/Email Queue", {"message": "x", field: "{"})
    assert answer.status_code == 417


# --- no more mails ---


def _link(found: EmailMessage) -> str:
    return str(found["List-Unsubscribe"]).strip("<>").removeprefix("http://127.0.0.1:8000")


ABOUT = {"reference_doctype": "Mark", "reference_name": "m", "unsubscribe_message": "No more of this"}


def test_a_link_at_the_end_unsubscribes_by_a_button(bench: FolderBench) -> None:
    found = bench.one(**ABOUT)
    assert "No more of this" in _html(found)
    guest = ApiClient(bench.site, None)
    asked = guest(f"GET {_link(found)}")
    assert (asked.status_code, "ann@x.org" in asked.text) == (200, True)
    assert len(bench.sent(**ABOUT)) == 1
    assert guest(f"POST {_link(found)}", {}).status_code == 200
    assert guest(f"POST {_link(found)}", {}).status_code == 200
    assert bench.sent(**ABOUT) == []
    assert len(bench.sent(**{**ABOUT, "reference_name": "other"})) == 1


@pytest.mark.parametrize("change", [("ann", "bob"), ("name=m", "name=n"), ("_signature=", "_signature=0")])
def test_a_link_that_was_changed_unsubscribes_nobody(bench: FolderBench, change: tuple[str, str]) -> None:
    link = _link(bench.one(**ABOUT))
    assert ApiClient(bench.site, None)(f"POST {link.replace(*change)}", {}).status_code == 403


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({**ABOUT, "add_unsubscribe_link": 0}, id="the app wants none"),
        pytest.param({"unsubscribe_message": "x"}, id="about no document"),
        pytest.param({"reference_doctype": "Mark", "reference_name": "m"}, id="no message for it"),
    ],
)
def test_other_mails_have_no_such_link(bench: FolderBench, given: dict[str, Any]) -> None:
    assert bench.one(**given)["List-Unsubscribe"] is None


def test_who_wants_no_mail_at_all_gets_none(bench: FolderBench) -> None:
    with bench.site.acting():
        frappe_lite.get_doc({"doctype": "Email Unsubscribe", "email": "Ann@x.org", "global_unsubscribe": 1}).insert()
    assert [str(each["To"]) for each in bench.sent(["ann@x.org", "bob@x.org"])] == ["bob@x.org"]


# --- accounts ---


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        pytest.param({"smtp_server": ""}, "Outgoing Server", id="no server"),
        pytest.param({"smtp_server": "a b"}, "Outgoing Server", id="a server that is none"),
        pytest.param({"smtp_port": "99999"}, "65535", id="a port that is none"),
        pytest.param({"no_smtp_authentication": 0}, "Password", id="no password"),
        pytest.param({"auth_method": "OAuth"}, "OAuth", id="OAuth"),
        pytest.param({"use_tls": 1, "use_ssl_for_outgoing": 1}, "choose one", id="both kinds of encryption"),
    ],
)
def test_an_account_that_could_send_nothing_is_refused(site: Site, values: dict[str, Any], sentence: str) -> None:
    given = {"doctype": "Email Account", "email_account_name": "a", "email_id": "a@x.org", "enable_outgoing": 1}
    given |= {"smtp_server": "mail.x.org", "no_smtp_authentication": 1, **values}
    with site.acting(), pytest.raises(ValidationError, match=sentence):
        frappe_lite.get_doc(given).insert()


def test_one_account_is_the_default_one(site: Site) -> None:
    with site.acting():
        for name in ("a", "b"):
            values = {"email_account_name": name, "email_id": f"{name}@x.org", "smtp_server": "h", "enable_outgoing": 1}
            values |= {"doctype": "Email Account", "default_outgoing": 1, "no_smtp_authentication": 1}
            frappe_lite.get_doc(values).insert()
        assert frappe_lite.get_all("Email Account", {"default_outgoing": 1}, pluck="name") == ["b"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody knows, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime(2020, 1, 1)
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    made = x509.CertificateBuilder(
        named, named, key.public_key(), x509.random_serial_number(), now, now.replace(year=2120)
    )
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def secure_server(certificate: Path) -> Iterator[MailServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    made = MailServer(tls_context=context, require_starttls=True)
    yield made
    made.close()


SIGNED_IN = {"no_smtp_authentication": 0, "login_id": "office", "use_tls": 1}
SECURE = [
    pytest.param(
        {"password": "secret", "validate_ssl_certificate_for_outgoing": 0}, "Sent", 1, id="signed in, encrypted"
    ),
    pytest.param(
        {"password": "wrong", "validate_ssl_certificate_for_outgoing": 0}, "Not Sent", 1, id="a wrong password"
    ),
    pytest.param({"password": "secret"}, "Not Sent", 0, id="a certificate that nobody knows: no password is said"),
    pytest.param({"password": "secret", "use_tls": 0}, "Not Sent", 0, id="the server wants encryption"),
]


@pytest.mark.parametrize(("values", "status", "logins"), SECURE)
def test_servers_that_encrypt(
    site: Site, write: Write, name: str, secure_server: MailServer, values: dict[str, Any], status: str, logins: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("FRAPPE_LITE_SECRET_KEY", "k")
    secure_server.mails, secure_server.logins = [], []
    bench = MailBench(site, write, name, secure_server.port, **{**SIGNED_IN, **values})
    sent = bench.queue(bench.send())
    bench.work_off()
    assert (bench.queue(sent.name).status, bool(secure_server.logins)) == (status, bool(logins))
    assert len(secure_server.mails) == (status == "Sent")


@pytest.fixture
def plain_server() -> Iterator[MailServer]:
    made = MailServer()
    yield made
    made.close()


def test_no_password_goes_to_a_server_that_does_not_encrypt(
    site: Site, write: Write, name: str, plain_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAPPE_LITE_SECRET_KEY", "k")
    bench = MailBench(site, write, name, plain_server.port, **SIGNED_IN, password="secret")
    sent = bench.send()
    bench.work_off()
    assert (plain_server.logins, plain_server.mails) == ([], [])
    assert "STARTTLS" in bench.queue(sent).error


def test_the_account_of_the_sender_or_of_the_doctype_or_the_default(site: Site) -> None:
    with site.acting() as ctx:
        for name, more in {"default": {"default_outgoing": 1}, "notes": {"append_to": "Note"}, "ann": {}}.items():
            values = {"email_account_name": name, "email_id": f"{name}@x.org", "smtp_server": "h", "enable_outgoing": 1}
            frappe_lite.get_doc({"doctype": "Email Account", "no_smtp_authentication": 1, **values, **more}).insert()
        chosen = [
            mail.account.account_for(ctx, sender, doctype)
            for sender, doctype in (("Ann <ann@x.org>", "Note"), ("else@x.org", "Note"), ("", "ToDo"))
        ]
        assert [each and each.name for each in chosen] == ["ann", "notes", "default"]


@pytest.mark.parametrize(
    ("conf", "expected"),
    [
        pytest.param({"mail_server": "h", "auto_email_id": "a@x.org"}, ("a@x.org", "h", 25, "", ""), id="plain"),
        pytest.param(
            {"mail_server": "h", "use_tls": 1, "mail_login": "a@x.org", "mail_password": "p"},
            ("a@x.org", "h", 587, "STARTTLS", "a@x.org"),
            id="signed in",
        ),
        pytest.param(
            {"mail_server": "h", "use_ssl": 1, "auto_email_id": "a@x.org"}, ("a@x.org", "h", 465, "TLS", ""), id="TLS"
        ),
        pytest.param({}, None, id="none"),
    ],
)
def test_the_configuration_may_name_the_server(conf: dict[str, Any], expected: Any) -> None:
    site = frappe_lite.Site(conf=conf)
    with site.acting() as ctx:
        found = mail.account.account_for(ctx, "", None)
        assert expected == (found and (found.address, found.host, found.port, found.encryption, found.login))
    site.close()


ALWAYS = {"always_use_account_email_id_as_sender": 1, "footer": "<p>Foot</p>", "add_signature": 1, "signature": "Sign"}


def test_an_account_may_be_the_sender_of_all(site: Site, write: Write, name: str, plain_server: MailServer) -> None:
    bench = MailBench(site, write, name, plain_server.port, **ALWAYS)
    bench.send(sender="Ann <ann@else.org>")
    bench.work_off()
    ((_, found),) = plain_server.mails
    assert (str(found["From"]), str(found["Reply-To"])) == (
        "office <office@x.org>",
        "Ann <ann@else.org>",
    )
    assert re.search(r"Hello[\s\S]*Sign[\s\S]*Foot", _html(found))


def test_an_account_may_name_the_sender(site: Site, write: Write, name: str, plain_server: MailServer) -> None:
    bench = MailBench(site, write, name, plain_server.port, always_use_account_name_as_sender_name=1)
    bench.send(sender="Ann <ann@else.org>")
    bench.work_off()
    assert [str(found["From"]) for _, found in plain_server.mails] == ["office <ann@else.org>"]


def test_a_template_of_the_app_fills_it(site: Site, write: Write, name: str, tmp_path: Path) -> None:
    write({**FILES, "templates/emails/hello.html": "<p>Hello {{ who }}</p>"})
    bench = FolderBench(site, lambda files: write({**files}), name, tmp_path / "mails")
    assert "Hello Ann" in _text(bench.one(template="hello", args={"who": "Ann"}))
