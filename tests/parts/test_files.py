"""Files: what they are called, who may bring and claim them, where their content lies and when it goes."""

from __future__ import annotations

import base64
import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

import frappe_lite
from conftest import ApiClient, AppSite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.errors import DoesNotExistError
from frappe_lite.parts.files import contents as file_contents
from frappe_lite.parts.transfer import archive, check
from frappe_lite.query import Condition

ANN, BEN, WEB = "ann@x.org", "ben@x.org", "web@x.org"
HASH = hashlib.sha256(b"mine").hexdigest()
SECRET = b"not below the folder of files"


def fill(ctx: Context) -> None:
    for email, roles in ((ANN, ["Task User"]), (BEN, ["Task User"]), (WEB, [])):
        values = {"email": email, "first_name": email[:3], "roles": [{"role": role} for role in roles]}
        document.new(ctx, {"doctype": "User", **values}).insert()
    document.new(ctx, {"doctype": "Task", "subject": "hang files here"}).insert()


class Office:
    """A site in a file, two people of the desk and one without it."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "site.db")
        self.site = AppSite(self.path, fill)
        self.outside = folder / "outside.txt"
        self.outside.write_bytes(SECRET)
        self.clients = {
            email: ApiClient(self.site, email, checked=True) for email in (ANN, BEN, WEB, "Administrator")
        } | {"Guest": ApiClient(self.site, None, checked=True)}

    def upload(self, who: str, name: str, content: bytes = b"hello", **form: str) -> TestResponse:
        data = {**form, "file": (io.BytesIO(content), name)}
        return self.clients[who]("POST /api/method/upload_file", data=data, content_type="multipart/form-data")

    def made(self, who: str, name: str, content: bytes = b"hello", **form: str) -> dict[str, Any]:
        answer = self.upload(who, name, content, **form)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()["message"]
        return found

    def contents(self) -> set[str]:
        return {each.name for each in Path(f"{self.path}-files").rglob("*") if each.is_file()}

    def set_row(self, name: str, **values: Any) -> None:
        """As an import or another program could leave it."""
        with self.site.acting() as ctx:
            ctx.store.update(ctx.meta("File"), name, values)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.site.close()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One for tests that only add."""
    made = Office(tmp_path_factory.mktemp("still"))
    yield made
    made.site.close()


# --- where content lies ----------------------------------------------------------------------------------

NO_HASHES = [
    pytest.param("/etc/passwd", id="an absolute path"),
    pytest.param("../outside.txt", id="a way up"),
    pytest.param(f"{HASH}/x", id="a hash and more"),
    pytest.param(HASH.upper(), id="capital digits"),
    pytest.param(HASH[:-1], id="a digit less"),
    pytest.param(f"{HASH}\n", id="a line break at the end"),
    pytest.param("..", id="dots"),
    pytest.param("", id="nothing"),
    pytest.param(None, id="no text"),
    pytest.param(b"a" * 64, id="bytes"),
]


@pytest.mark.parametrize("value", NO_HASHES)
def test_a_path_is_made_of_a_hash_only(value: Any, office: Office) -> None:
    with pytest.raises(DoesNotExistError):
        file_contents.content_place(office.path, value)
    with pytest.raises(DoesNotExistError):
        file_contents.read_content(office.site, value)


def row_leads_outside(office: Office) -> str:
    """A File whose row names a path, as one could be made once."""
    made = office.made(ANN, "a.txt", b"mine", is_private="1")
    office.set_row(made["name"], content_hash=str(office.outside))
    return str(made["name"])


def test_a_row_that_names_a_path_serves_nothing(office: Office) -> None:
    row_leads_outside(office)
    for request in ("GET /private/files/a.txt", "GET /api/method/download_file?file_url=/private/files/a.txt"):
        answer = office.clients[ANN](request)
        assert (answer.status_code, SECRET in answer.data) == (404, False)


def test_a_row_that_names_a_path_deletes_nothing(office: Office) -> None:
    name = row_leads_outside(office)
    assert office.clients[ANN](f"DELETE /api/resource/File/{name}").status_code == 202
    assert office.outside.read_bytes() == SECRET


def test_a_row_that_names_a_path_breaks_no_backup(office: Office, tmp_path: Path) -> None:
    row_leads_outside(office)
    manifest = archive.write_file(office.path, tmp_path / "backup.tar.gz")
    assert (manifest["files"], manifest["lost"]) == (0, [str(office.outside)])


@pytest.mark.parametrize("link", ["content", "folder"])
def test_a_link_leads_nowhere(link: str, office: Office) -> None:
    made = office.made(ANN, "a.txt", b"mine", is_private="1")
    place = file_contents.content_place(office.path, made["content_hash"])
    outside = office.outside.parent / "elsewhere"
    if link == "content":
        place.unlink()
        place.symlink_to(office.outside)
    else:
        os.rename(place.parent, outside)
        place.parent.symlink_to(outside)
    assert office.clients[ANN]("GET /private/files/a.txt").status_code == 404
    assert office.clients[ANN](f"DELETE /api/resource/File/{made['name']}").status_code == 202
    assert office.outside.read_bytes() == SECRET
    assert link == "content" or (outside / place.name).read_bytes() == b"mine"


def test_the_folder_of_files_may_lie_elsewhere(tmp_path: Path) -> None:
    """Its administrator put it on another disk."""
    (tmp_path / "disk").mkdir()
    Path(f"{tmp_path}/site.db-files").symlink_to(tmp_path / "disk")
    site = frappe_lite.Site(str(tmp_path / "site.db"))
    with site.acting() as ctx:
        assert (
            document.new(ctx, {"doctype": "File", "file_name": "a.txt", "content": "there"}).insert().get_content()
            == "there"
        )
    site.close()


# --- when it goes ----------------------------------------------------------------------------------------


def test_content_goes_with_the_last_file_that_has_it(office: Office) -> None:
    names = [office.made(who, "a.txt", b"same", is_private="1")["name"] for who in (ANN, BEN)]
    assert len(office.contents()) == 1
    office.clients[ANN](f"DELETE /api/resource/File/{names[0]}")
    assert len(office.contents()) == 1
    assert office.clients[BEN]("GET /private/files/a.txt").data == b"same"
    office.clients[BEN](f"DELETE /api/resource/File/{names[1]}")
    assert office.contents() == set()


def test_a_refused_upload_leaves_no_content(office: Office) -> None:
    assert office.upload(ANN, "x" * 150 + ".txt").get_json()["exc_type"] == "CharacterLengthExceededError"
    assert office.contents() == set()


def test_a_refused_upload_takes_no_content_of_others(office: Office) -> None:
    office.made(BEN, "a.txt", b"same")
    assert office.upload(ANN, "x" * 150 + ".txt", b"same").status_code == 417
    assert office.clients["Guest"]("GET /files/a.txt").data == b"same"


# --- what is found wrong ---------------------------------------------------------------------------------

BAD_ROWS = [
    pytest.param(
        {"content_hash": "/etc/passwd"}, ["its content_hash is no hash (/etc/passwd)"], id="a path for a hash"
    ),
    pytest.param({"file_url": "/etc/passwd"}, ["neither a name below /files/ nor a web address"], id="a URL elsewhere"),
    pytest.param(
        {"file_url": "/files/../a.txt"}, ["neither a name below /files/ nor a web address"], id="a URL that goes up"
    ),
    pytest.param({"file_url": "/files/.."}, ["neither a name below /files/ nor a web address"], id="a URL of dots"),
    pytest.param(
        {"file_url": "javascript:alert(1)"},
        ["neither a name below /files/ nor a web address"],
        id="a URL that is a script",
    ),
    pytest.param(
        {"file_url": "/private/files/a.txt"},
        ["neither a name below /files/ nor a web address"],
        id="public, with a private URL",
    ),
    pytest.param(
        {"is_private": 1}, ["neither a name below /private/files/ nor a web address"], id="private, with a public URL"
    ),
    pytest.param({"is_folder": 1}, ["a folder with the file_url '/files/a.txt'"], id="a folder with content"),
    pytest.param({"file_url": "https://x.org/a.txt"}, [], id="a web address is fine"),
    pytest.param({"file_name": "b.txt"}, [], id="a renamed file is fine"),
]


@pytest.mark.parametrize(("values", "words"), BAD_ROWS)
def test_check_tells_of_bad_rows(values: dict[str, Any], words: list[str], office: Office) -> None:
    made = office.made(ANN, "a.txt")
    office.set_row(made["name"], **values)
    found = [str(each) for each in check.findings(office.path) if each.wrong]
    assert len(found) == len(words)
    assert all(word in each and made["name"] in each for word, each in zip(words, found, strict=True))


# --- what is claimed -------------------------------------------------------------------------------------

CLAIMS = [
    pytest.param({"file_url": "/private/files/hers.txt"}, 403, id="the URL of another's private file"),
    pytest.param({"file_url": "/private/files/none.txt"}, 403, id="a URL that nobody has"),
    pytest.param({"file_url": "/files/../hers.txt"}, 403, id="a URL that goes up"),
    pytest.param({"file_url": "/etc/passwd"}, 403, id="a path"),
    pytest.param({"file_url": "javascript:alert(1)"}, 403, id="a script"),
    pytest.param({"file_url": 'https://x.org/"><script>'}, 403, id="a web address with a page in it"),
    pytest.param({"file_url": "/files/open.txt"}, 201, id="the URL of a public file"),
    pytest.param({"file_url": "https://x.org/a.txt"}, 201, id="a web address"),
]


@pytest.mark.parametrize(("values", "status"), CLAIMS)
def test_a_claim_grants_nothing(values: dict[str, Any], status: int, still: Office) -> None:
    hers = still.made(ANN, "hers.txt", b"hers", is_private="1")
    still.made(ANN, "open.txt", b"open")
    answer = still.clients[BEN](
        "POST /api/resource/File", {"file_name": "b.txt", **values, "content_hash": hers["content_hash"]}
    )
    assert answer.status_code == status, answer.text
    assert hers["content_hash"] not in answer.text
    assert still.clients[BEN]("GET /private/files/hers.txt").status_code == 403


def test_a_name_without_a_doctype_opens_nothing(office: Office) -> None:
    office.made(ANN, "open.txt", b"open")
    made = office.clients[ANN](
        "POST /api/method/upload_file", {"file_url": "/files/open.txt", "docname": "TASK-00001", "fieldname": "x"}
    ).json["message"]
    assert (made["attached_to_name"], "attached_to_field" in made) == ("TASK-00001", False)


CHANGES = [
    pytest.param({"is_folder": 1, "file_url": "/files/hers.txt"}, 417, id="another's URL, as a folder"),
    pytest.param({"file_url": "/files/hers.txt"}, 417, id="another's URL"),
    pytest.param({"is_folder": 1}, 200, id="a file stays a file"),
    pytest.param({"content_hash": HASH}, 200, id="content stays"),
    pytest.param({"file_size": 7, "is_home_folder": 1}, 200, id="what the server found stays"),
]


@pytest.mark.parametrize(("values", "status"), CHANGES)
def test_a_stored_file_stays_what_it_is(values: dict[str, Any], status: int, office: Office) -> None:
    office.made(ANN, "hers.txt", b"hers")
    mine = office.made(BEN, "mine.txt", b"mine too")
    before = office.site.database.rows(
        "SELECT file_url, content_hash, file_size, is_folder, is_home_folder FROM tabFile WHERE name = ?",
        (mine["name"],),
    )
    assert office.clients[BEN](f"PUT /api/resource/File/{mine['name']}", values).status_code == status
    assert (
        office.site.database.rows(
            "SELECT file_url, content_hash, file_size, is_folder, is_home_folder FROM tabFile WHERE name = ?",
            (mine["name"],),
        )
        == before
    )
    assert office.clients["Guest"]("GET /files/hers.txt").data == b"hers"


def test_a_folder_has_no_address(office: Office) -> None:
    office.made(ANN, "hers.txt", b"hers")
    sent = {
        "file_name": "Mine",
        "is_folder": 1,
        "file_url": "/files/hers.txt",
        "content_hash": HASH,
        "attached_to_doctype": "Task",
        "attached_to_name": "TASK-00001",
    }
    made = office.clients[BEN]("POST /api/resource/File", sent)
    assert made.status_code == 201
    folder = made.get_json()["data"]
    assert folder["file_url"] == ""
    assert not {"content_hash", "attached_to_doctype", "attached_to_name"} & folder.keys()
    assert office.clients["Guest"]("GET /files/hers.txt").data == b"hers"


def test_two_contents_never_share_an_address(office: Office) -> None:
    """Not even if one was named after the other's hash on purpose."""
    second = hashlib.sha256(b"second").hexdigest()
    urls = [office.made(who, name, content)["file_url"] for who, name, content in [
        (ANN, "a.txt", b"first"), (BEN, f"a{second[:6]}.txt", b"third"), (ANN, "a.txt", b"second")]]  # fmt: skip
    assert len(set(urls)) == 3
    assert [office.clients["Guest"](f"GET {url}").data for url in urls] == [b"first", b"third", b"second"]


# --- what they are called --------------------------------------------------------------------------------

NAMES = [
    pytest.param("a.txt", "a.txt", "/files/a.txt", id="a plain one"),
    pytest.param("../../up.txt", "up.txt", "/files/up.txt", id="a way up"),
    pytest.param("/etc/cron.d/evil", "evil", "/files/evil", id="a path"),
    pytest.param("c:\\windows\\evil.txt", "evil.txt", "/files/evil.txt", id="a path of Windows"),
    pytest.param("a\r\nSet-Cookie: b=c.txt", "aSet-Cookie: b=c.txt", "/files/aSet-Cookie: b=c.txt", id="a line break"),
    pytest.param("e\u202egpj.txt", "egpj.txt", "/files/egpj.txt", id="text turned around"),
    pytest.param("a\u200b\u2028b.txt", "ab.txt", "/files/ab.txt", id="what is not seen"),
    pytest.param('"><img src=x>.txt', "img src=x.txt", "/files/img src=x.txt", id="a tag"),
    pytest.param("q'uote.txt", "q'uote.txt", "/files/q'uote.txt", id="an apostrophe stays"),
    pytest.param("trailing..txt", "trailing..txt", "/files/trailing..txt", id="dots inside stay"),
    pytest.param("p%41ct#?.txt", "p%41ct#?.txt", "/files/p_41ct__.txt", id="what means something in a URL"),
    pytest.param(".htaccess.txt", "htaccess.txt", "/files/htaccess.txt", id="a dot before it"),
]


@pytest.mark.parametrize(("given", "kept", "url"), NAMES)
@pytest.mark.parametrize("door", ["insert", "change"])
def test_a_name_misleads_nobody(door: str, given: str, kept: str, url: str, office: Office) -> None:
    client = office.clients[ANN]
    if door == "insert":
        answer = client("POST /api/resource/File", {"file_name": given, "content": "x"})
        assert answer.get_json()["data"]["file_url"] == url
    else:
        made = client("POST /api/resource/File", {"file_name": "first.txt", "content": "x"}).get_json()["data"]
        answer = client(f"PUT /api/resource/File/{made['name']}", {"file_name": given})
    assert answer.get_json()["data"]["file_name"] == kept
    shown = client("GET /api/method/download_file", query_string={"file_url": answer.get_json()["data"]["file_url"]})
    assert (shown.status_code, shown.data) == (200, b"x")
    assert "Set-Cookie" not in shown.headers
    assert not set(shown.headers["Content-Disposition"]) & set("\r\n<>")


@pytest.mark.parametrize("name", ["", "..", "/", "...", "\u202e", "   "])
def test_a_file_has_a_name(name: str, still: Office) -> None:
    assert still.clients[ANN]("POST /api/resource/File", {"file_name": name, "content": "x"}).status_code == 417


def test_an_old_name_is_served_clean(office: Office) -> None:
    """Rows of an older version, or of an import, may hold anything."""
    made = office.made(ANN, "a.txt")
    office.set_row(made["name"], file_name="x\r\nSet-Cookie: a=b")
    for request in ("GET /files/a.txt", "GET /api/method/download_file?file_url=/files/a.txt"):
        answer = office.clients[ANN](request)
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)


# --- who may bring what ----------------------------------------------------------------------------------

TYPES = [
    ("a.txt", 200),
    ("a.PNG", 200),
    ("a.pdf", 200),
    ("a.xlsx", 200),
    ("a.html", 417),
    ("a.svg", 417),
    ("a.exe", 417),
    ("a", 417),
    ("a.txt.js", 417),
]
DOORS = ["upload_file", "attach_file", "File", "rename"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("name", "status"), TYPES)
def test_people_without_the_desk_bring_documents_and_pictures(name: str, status: int, door: str, still: Office) -> None:
    client = still.clients[WEB]
    if door == "upload_file":
        answer = still.upload(WEB, name)
    elif door == "attach_file":
        answer = client(
            "POST /api/method/frappe.client.attach_file",
            {"filename": name, "filedata": "x", "doctype": "User", "docname": WEB},
        )
    elif door == "File":
        answer = client("POST /api/resource/File", {"file_name": name, "content": "x"})
    else:
        made = still.made(WEB, "first.txt")
        answer = client(f"PUT /api/resource/File/{made['name']}", {"file_name": name})
    assert answer.status_code == (201 if status == 200 and door == "File" else status), answer.text
    assert ("You can only upload JPG, PNG, PDF, TXT, CSV or Microsoft documents." in answer.text) == (status == 417)


def test_people_of_the_desk_bring_anything(still: Office) -> None:
    assert [still.upload(ANN, name).status_code for name, _ in TYPES] == [200] * len(TYPES)


def test_an_app_keeps_what_it_makes(still: Office) -> None:
    with still.site.acting(WEB) as ctx:
        assert (
            document.new(ctx, {"doctype": "File", "file_name": "made.html", "content": "x"})
            .insert(ignore_permissions=True)
            .file_size
            == 1
        )


@pytest.mark.parametrize(("allowed", "name", "form", "status"), [
    pytest.param(0, "a.txt", {}, 403, id="guests bring nothing"),
    pytest.param(1, "a.txt", {}, 200, id="unless the settings let them"),
    pytest.param(1, "a.html", {}, 417, id="but no pages"),
    pytest.param(1, "a.txt", {"doctype": "Task", "docname": "TASK-00001"}, 403, id="and hang nothing on documents"),
    pytest.param(1, "a.txt", {"file_url": "/private/files/hers.txt"}, 403, id="and claim nothing"),
])  # fmt: skip
def test_guests(allowed: int, name: str, form: dict[str, str], status: int, office: Office) -> None:
    office.made(ANN, "hers.txt", b"hers", is_private="1")
    with office.site.acting() as ctx:
        document.set_values(
            ctx, ctx.meta("System Settings"), "System Settings", {"allow_guests_to_upload_files": allowed}
        )
    answer = (
        office.clients["Guest"]("POST /api/method/upload_file", data=form)
        if "file_url" in form
        else office.upload("Guest", name, **form)
    )
    assert answer.status_code == status, answer.text


def test_what_one_guest_brings_in_private_no_other_reads(office: Office) -> None:
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"allow_guests_to_upload_files": 1})
    made = office.made("Guest", "a.txt", is_private="1")
    assert office.clients["Guest"](f"GET {made['file_url']}").status_code == 403
    assert office.clients["Guest"](f"PUT /api/resource/File/{made['name']}", {"is_private": 0}).status_code == 403


# --- what they hang on -----------------------------------------------------------------------------------

HANGING = [
    pytest.param("Administrator", "Task", "TASK-00001", 200, 200, id="a document that one may write"),
    pytest.param("Administrator", "Task", "new-task-1", 200, 404, id="a document that is not stored yet"),
    pytest.param(ANN, "Project", "nope", 403, 403, id="no right to write: a name that nobody has"),
    pytest.param(WEB, "Task", "TASK-00001", 403, 403, id="no right at all: a name that somebody has"),
    pytest.param(WEB, "Task", "nope", 403, 403, id="no right at all: a name that nobody has"),
    pytest.param(ANN, "Nope", "x", 403, 403, id="a DocType that is not there"),
]


@pytest.mark.parametrize(("who", "doctype", "name", "upload", "attach"), HANGING)
def test_files_hang_on_documents(who: str, doctype: str, name: str, upload: int, attach: int, still: Office) -> None:
    assert still.upload(who, "a.txt", doctype=doctype, docname=name).status_code == upload
    sent = {"filename": "a.txt", "filedata": "x", "doctype": doctype, "docname": name}
    assert still.clients[who]("POST /api/method/frappe.client.attach_file", sent).status_code == attach


@pytest.mark.parametrize(
    ("who", "sent", "status"),
    [
        pytest.param("Administrator", {}, 404, id="nothing: no DocType of that name"),
        pytest.param(ANN, {}, 403, id="nothing, by who may not know of DocTypes"),
        pytest.param("Administrator", {"doctype": "Task", "docname": "nope", "filename": None}, 404, id="no document"),
        pytest.param("Administrator", {"doctype": "Task", "docname": "TASK-00001"}, 417, id="no file"),
    ],
)
def test_attach_file_demands_no_argument(who: str, sent: dict[str, object], status: int, still: Office) -> None:
    assert still.clients[who]("POST /api/method/frappe.client.attach_file", sent).status_code == status


@pytest.mark.parametrize("spelled", ["task-00001", "TASK-00001"])
def test_what_they_hang_on_is_named_as_it_is_stored(spelled: str, still: Office) -> None:
    assert still.made(ANN, "a.txt", doctype="Task", docname=spelled)["attached_to_name"] == "TASK-00001"


def test_a_name_tells_nothing_to_who_sees_only_some(office: Office) -> None:
    """Private Notes are their owner's: another's and nobody's answer the same."""
    with office.site.acting(ANN) as ctx:
        hers = document.new(ctx, {"doctype": "Private Note", "title": "hers"}).insert().name
    answers = [office.upload(BEN, "a.txt", doctype="Private Note", docname=name) for name in (hers, "nope")]
    assert [each.status_code for each in answers] == [403, 403]


BAD_TARGETS = [
    pytest.param({"attached_to_doctype": "Task"}, 417, id="a DocType alone"),
    pytest.param({"attached_to_doctype": "Task", "attached_to_name": ""}, 417, id="an empty name"),
    pytest.param(
        {"attached_to_doctype": "Task", "attached_to_name": "TASK-00001", "attached_to_field": "a; b"},
        417,
        id="a field that is none",
    ),
    pytest.param({"attached_to_name": "TASK-00001"}, 201, id="Frappe: a name alone"),
]


@pytest.mark.parametrize(("values", "status"), BAD_TARGETS)
def test_what_they_hang_on_is_named_in_full(values: dict[str, Any], status: int, still: Office) -> None:
    assert (
        still.clients["Administrator"](
            "POST /api/resource/File", {"file_name": "a.txt", "content": "x", **values}
        ).status_code
        == status
    )


def test_lists_show_people_without_the_desk_their_own(office: Office) -> None:
    office.made(ANN, "open.txt")
    office.made(WEB, "own.txt")
    found = office.clients[WEB]('GET /api/resource/File?fields=["file_name"]').get_json()["data"]
    assert found == [{"file_name": "own.txt"}]


def test_an_attachment_that_is_gone_is_removed(still: Office) -> None:
    assert (
        still.clients[ANN]("POST /api/method/frappe.desk.form.utils.remove_attach", {"fid": "nope"}).status_code == 200
    )


# --- what app code reads ---------------------------------------------------------------------------------

CONTENT = [
    pytest.param({"content": "Hello"}, {}, "Hello", "Hello", id="text"),
    pytest.param(
        {"content": b"Hello"}, {}, b"Hello", "Hello", id="Frappe: bytes come back as they were given, and as text later"
    ),
    pytest.param({"content": base64.b64encode(b"Hello").decode(), "decode": True}, {}, b"Hello", "Hello", id="base64"),
    pytest.param(
        {"content": base64.b64encode(b"Hello!!").decode().rstrip("="), "decode": True},
        {},
        b"Hello!!",
        "Hello!!",
        id="base64 without its padding",
    ),
    pytest.param(
        {"content": "\ufeffHello".encode()}, {}, b"\xef\xbb\xbfHello", "Hello", id="a mark of byte order goes"
    ),
    pytest.param(
        {"content": "zażółć".encode("windows-1250")},
        {},
        "zażółć".encode("windows-1250"),
        "zażółć",
        id="an old code page",
    ),
    pytest.param({"content": b"\x89PNG\x81\x83"}, {}, b"\x89PNG\x81\x83", b"\x89PNG\x81\x83", id="what is no text"),
    pytest.param(
        {"content": "caf\u00e9".encode("latin-1")},
        {"encodings": ["latin-1"]},
        "caf\u00e9".encode("latin-1"),
        "caf\u00e9",
        id="encodings of one's own",
    ),
    pytest.param({"content": "Hello"}, {"encodings": []}, "Hello", b"Hello", id="no encodings: bytes"),
]


@pytest.mark.parametrize(("values", "options", "at_once", "later"), CONTENT)
def test_content_is_read_as_frappe_reads_it(
    values: dict[str, Any], options: dict[str, Any], at_once: Any, later: Any, still: Office
) -> None:
    with still.site.acting() as ctx:
        doc = document.new(ctx, {"doctype": "File", "file_name": "c.bin", **values})
        assert doc.get_content(**options) == at_once
        assert doc.insert().get_content(**options) == at_once
        assert document.load(ctx, "File", doc.name).get_content(**options) == later


# --- images in texts -------------------------------------------------------------------------------------

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
INLINE = base64.b64encode(PIXEL).decode()


def img(kind: str = "image/png", data: str = INLINE, more: str = "", quote: str = '"') -> str:
    return f"<p>a<img {more}src={quote}data:{kind};base64,{data}{quote} width={quote}5{quote}>b</p>"


def images(office: Office) -> list[dict[str, Any]]:
    """The File rows, folders left out."""
    with office.site.acting() as ctx:
        return ctx.store.find(ctx.meta("File"), Condition("is_folder = 0"), ctx.meta("File").columns, order="creation")


IMAGES = [
    pytest.param(img(), 1, id="an image"),
    pytest.param(img(quote="'"), 1, id="in single quotes"),
    pytest.param(img(more='alt="x" '), 1, id="after other attributes"),
    pytest.param(img() * 3, 3, id="several"),
    pytest.param(img(kind="image/jpeg;filename=me.jpg"), 1, id="with its name"),
    pytest.param(img(kind="text/html"), 0, id="a page"),
    pytest.param(img(kind="image/nonsense"), 0, id="a type that nobody knows"),
    pytest.param(img(data="@@@@"), 0, id="no base64"),
    pytest.param(img(data=""), 0, id="nothing"),
    pytest.param("<p>data: is a word</p>", 0, id="no image"),
    pytest.param('<a href="data:image/png;base64,AAAA">x</a>', 0, id="a link"),
]


@pytest.mark.parametrize(("text", "count"), IMAGES)
@pytest.mark.parametrize("door", ["insert", "change"])
def test_an_image_in_a_text_becomes_a_file(door: str, text: str, count: int, office: Office) -> None:
    client = office.clients[ANN]
    name = client(
        "POST /api/resource/ToDo", {"assigned_by": ANN, "description": text if door == "insert" else "x"}
    ).get_json()["data"]["name"]
    if door == "change":
        assert client(f"PUT /api/resource/ToDo/{name}", {"description": text}).status_code == 200
    kept = client(f"GET /api/resource/ToDo/{name}").get_json()["data"]["description"]
    found = images(office)
    assert "data:image" not in kept
    assert [
        (each["attached_to_doctype"], each["attached_to_name"], each["is_private"], each["owner"]) for each in found
    ] == [("ToDo", name, 1, ANN)] * count
    for each in found:
        assert f'src="{each["file_url"]}?fid={each["name"]}"' in kept
        assert client(f"GET {each['file_url']}?fid={each['name']}").data == PIXEL
        assert office.clients["Guest"](f"GET {each['file_url']}").status_code == 403


def test_an_image_keeps_its_name(office: Office) -> None:
    office.clients[ANN](
        "POST /api/resource/ToDo", {"assigned_by": ANN, "description": img(kind="image/png;filename=../me.png")}
    )
    assert [each["file_name"] for each in images(office)] == ["me.png"]


def test_images_of_a_public_doctype_are_public(office: Office) -> None:
    with office.site.acting() as ctx:
        document.new(
            ctx,
            {
                "doctype": "Property Setter",
                "doctype_or_field": "DocType",
                "doc_type": "ToDo",
                "property": "make_attachments_public",
                "property_type": "Check",
                "value": "1",
            },
        ).insert()
    name = office.clients[ANN]("POST /api/resource/ToDo", {"assigned_by": ANN, "description": img()}).get_json()[
        "data"
    ]["name"]
    (found,) = images(office)
    assert (found["is_private"], found["file_url"].startswith("/files/"), found["attached_to_name"]) == (0, True, name)


def test_too_many_images_are_refused_and_leave_nothing(office: Office) -> None:
    answer = office.clients[ANN]("POST /api/resource/ToDo", {"assigned_by": ANN, "description": img() * 101})
    assert (answer.status_code, images(office), office.contents()) == (417, [], set())


def test_an_image_that_is_too_large_is_refused(office: Office) -> None:
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"max_file_size": 1})
    answer = office.clients[ANN](
        "POST /api/resource/ToDo",
        {"assigned_by": ANN, "description": img(data=base64.b64encode(b"x" * 1_100_000).decode())},
    )
    assert (answer.status_code, images(office)) == (413, [])


def test_many_tags_are_looked_through_at_once(office: Office) -> None:
    """What begins like an image and ends nowhere costs no more than its length."""
    assert (
        office.clients[ANN](
            "POST /api/resource/ToDo", {"assigned_by": ANN, "description": "<img src=data:" * 20_000}
        ).status_code
        < 500
    )


def test_an_image_in_a_comment_hangs_on_what_it_is_about(office: Office) -> None:
    with office.site.acting() as ctx:
        comment = {
            "doctype": "Comment",
            "comment_type": "Comment",
            "reference_doctype": "Task",
            "reference_name": "TASK-00001",
            "content": img(),
        }
        assert "data:" not in document.new(ctx, comment).insert().content
    assert [(each["attached_to_doctype"], each["attached_to_name"]) for each in images(office)] == [
        ("Task", "TASK-00001")
    ]


# --- fields that hold an address -------------------------------------------------------------------------

ADDRESSES = [
    ("/files/a.png", True), ("/private/files/a.png?fid=x", True), ("https://x.org/a.png", True), ("http://x.org/a.png", True), ("a.png", True), ("", True),
    (f"data:image/png;base64,{INLINE}", True), ("javascript:alert(1)", False), ("JavaScript:alert(1)", False), (" javascript:alert(1)", False), ("java\nscript:alert(1)", False),
    ("java\tscript:alert(1)", False), ("\x01javascript:alert(1)", False), ("\u200bjavascript:alert(1)", False), ("vbscript:x", False), ("data:text/html,x", False),
    ("data:image/svg+xml;base64,AAAA", False), ("file:///etc/passwd", False), ("https:javascript:alert(1)", False), ("blob:https://x.org/1", False),
]  # fmt: skip


@pytest.mark.parametrize(("value", "fine"), ADDRESSES)
def test_an_attach_field_holds_an_address_that_runs_nothing(value: str, fine: bool, still: Office) -> None:
    answer = still.clients[ANN](f"PUT /api/resource/User/{ANN}", {"user_image": value})
    assert answer.status_code == (200 if fine else 417), answer.text
    assert "javascript" not in answer.text.lower()
