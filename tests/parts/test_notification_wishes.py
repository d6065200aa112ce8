"""Which notifications are mailed too, whose settings one may see, and which files a mail names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conftest import ApiClient, AppSite
from frappe_lite import document
from frappe_lite.parts.mail.attached import listed, with_pictures
from frappe_lite.parts.notifications.log import _wants_mail
from frappe_lite.utils import _dict

SEEN = "POST /api/method/frappe.desk.doctype.notification_settings.notification_settings.set_seen_value"
SETTINGS = "/api/resource/Notification Settings"
ALL = {"enabled": 1, "enable_email_notifications": 1}


@pytest.mark.parametrize(
    ("settings", "kind", "mailed"),
    [
        pytest.param(None, "Mention", True, id="who set nothing wants all"),
        pytest.param(None, "Alert", False, id="an alert has a mail of its own"),
        pytest.param(None, "", False, id="of no kind"),
        pytest.param(ALL, "Alert", False, id="an alert, whatever is set"),
        pytest.param(ALL, "Mention", True, id="a kind that nothing is set of"),
        pytest.param({**ALL, "enable_email_mention": 1}, "Mention", True, id="a kind that is wanted"),
        pytest.param({**ALL, "enable_email_mention": 0}, "Mention", False, id="a kind that is not"),
        pytest.param({**ALL, "enable_email_mention": 0}, "Assignment", True, id="another kind"),
        pytest.param({**ALL, "enable_email_energy_point": 0}, "Energy Point", False, id="a kind of two words"),
        pytest.param({**ALL, "enabled": 0}, "Mention", False, id="no notifications"),
        pytest.param({**ALL, "enable_email_notifications": 0}, "Mention", False, id="no mails"),
    ],
)
def test_which_are_mailed(settings: Any, kind: str, mailed: bool) -> None:
    assert _wants_mail(settings, kind) is mailed


@pytest.mark.parametrize(
    ("attachments", "found"),
    [
        (None, []),
        ("", []),
        ("[]", []),
        ('[{"fid": "a"}, "b", 5, null, {"file_url": "/files/c"}]', [{"fid": "a"}, {"file_url": "/files/c"}]),
        ('{"fid": "a"}', []),
        ("5", []),
    ],
)
def test_which_files_a_mail_names(attachments: Any, found: list[Any]) -> None:
    assert listed(_dict(attachments=attachments)) == found  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ('<img embed="/files/a.png">', '<img src="cid:p1@mail">'),
        ("<img embed = '/files/a.png'>", '<img src="cid:p1@mail">'),
        ('<img embed="/files/b.png">', '<img src="/files/b.png">'),
        ('<img embed="/files/c.png">', '<img src="/files/c.png">'),
        ('<img src="/files/a.png">', '<img src="/files/a.png">'),
        ("<p>embed</p>", "<p>embed</p>"),
    ],
)
def test_a_text_shows_the_pictures_that_come_with_it(html: str, shown: str) -> None:
    assert with_pictures(html, {"/files/a.png": "p1@mail", "/files/b.png": ""}) == shown


# --- settings ---


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, ApiClient]]:
    """Of the Administrator, a System Manager, and two people, each with settings."""
    site = AppSite()
    with site.acting() as ctx:
        for name, roles in {"boss": ["System Manager"], "ann": [], "bob": []}.items():
            email, given = f"{name}@x.org", [{"role": each} for each in roles]
            document.new(ctx, {"doctype": "User", "email": email, "first_name": name, "roles": given}).insert()
        for name in ("Administrator", "boss@x.org", "ann@x.org", "bob@x.org"):
            if not ctx.store.exists(ctx.meta("Notification Settings"), name):
                document.new(ctx, {"doctype": "Notification Settings", "name": name, "user": name}).insert(
                    set_name=name
                )
    yield {"admin": ApiClient(site), **{name: ApiClient(site, f"{name}@x.org") for name in ("boss", "ann", "bob")}}
    site.close()


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("admin", {"Administrator", "boss@x.org", "ann@x.org", "bob@x.org"}),
        ("boss", {"boss@x.org", "ann@x.org", "bob@x.org"}),
        ("ann", {"ann@x.org"}),
    ],
)
def test_whose_settings_one_sees(clients: dict[str, ApiClient], who: str, names: set[str]) -> None:
    answer = clients[who](f"GET {SETTINGS}", params={"limit": "0"})
    assert {row["name"] for row in answer.json["data"]} == names
    for name in ("Administrator", "boss@x.org", "ann@x.org", "bob@x.org"):
        assert clients[who](f"GET {SETTINGS}/{name}").status_code == (200 if name in names else 403), name


@pytest.mark.parametrize(("user", "status", "seen"), [("ann@x.org", 200, 1), ("bob@x.org", 403, 0)])
def test_one_notes_what_one_has_seen_oneself(clients: dict[str, ApiClient], user: str, status: int, seen: int) -> None:
    assert clients["ann"](SEEN, {"value": 1, "user": user}).status_code == status
    assert clients["admin"](f"GET {SETTINGS}/{user}").json["data"]["seen"] == seen
