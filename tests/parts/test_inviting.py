"""User Invitation: who may invite whom, what the link does, and what it never does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from app_folder import app_name, writer

import frappe_lite
from conftest import ApiClient
from frappe_lite import Site
from frappe_lite.access import auth
from frappe_lite.access.hashing import digest
from frappe_lite.errors import PermissionError, ValidationError
from frappe_lite.parts.inviting import accepting, invitation
from frappe_lite.throttle import Attempts, Windows
from frappe_lite.utils import add_days, now

API = "frappe.core.api.user_invitation"
HOOKS = """
    app_title = "The Desk"
    user_invitation = {
        "allowed_roles": {"Desk Lead": ["Desk Agent"], "System Manager": ["Desk Agent", "Desk Lead", "Administrator"]},
        "after_accept": "APP.welcome.after_accept",
        "extra_invite_params": ["note", "status", "roles"],
    }
"""
WELCOME = """
    import frappe

    told = []

    def after_accept(invitation, user, user_inserted):
        told.append((invitation.name, user.name, user_inserted, sorted(row.role for row in user.roles)))
        if invitation.redirect_to_path == "/fails":
            frappe.throw("Not today")
"""


class Inviting:
    """A site with an app into which leads invite agents."""

    def __init__(self, site: Site, app: str):
        self.site, self.app = site, app
        with site.acting():
            for role in ("Desk Lead", "Desk Agent"):
                frappe_lite.get_doc({"doctype": "Role", "role_name": role, "desk_access": 0}).insert()
            fields = {"User Invitation": [{"fieldname": "note", "fieldtype": "Data", "label": "Note"}]}
            frappe_lite.get_attr("frappe.custom.doctype.custom_field.custom_field.create_custom_fields")(fields)
            rule = "frappe.permissions.update_permission_property"
            for right in ("read", "write", "create"):
                frappe_lite.get_attr("frappe.permissions.add_permission")("User Invitation", "Desk Lead")
                frappe_lite.get_attr(rule)("User Invitation", "Desk Lead", 0, right, 1)
        for email, role in (
            ("lead@x.org", "Desk Lead"),
            ("boss@x.org", "System Manager"),
            ("agent@x.org", "Desk Agent"),
        ):
            self.new_user(email, role)

    def new_user(self, email: str, role: str, **values: Any) -> Any:
        with self.site.acting():
            given = {"doctype": "User", "email": email, "first_name": "U", "roles": [{"role": role}], **values}
            return frappe_lite.get_doc(given).insert()

    def call(self, user: str, method: str, **given: Any) -> Any:
        """The result of a method of the API, called by app code as this user."""
        with self.site.acting(user):
            return frappe_lite.get_attr(f"{API}.{method}")(**given)

    def invite(self, email: str = "new@x.org", user: str = "lead@x.org", **given: Any) -> Any:
        """An invitation, and its key."""
        values = {"app_name": self.app, "redirect_to_path": "/desk", "roles": [{"role": "Desk Agent"}], **given}
        with self.site.acting(user):
            made = frappe_lite.get_doc({"doctype": "User Invitation", "email": email, **values})
            made.insert(ignore_permissions=True)
        return made, self.key_of(email)

    def key_of(self, email: str) -> str:
        return re.findall(r"accept_invitation\?key=([\w-]+)", self.mails(email)[-1][1])[0]

    def mails(self, email: str) -> list[tuple[str, str]]:
        with self.site.acting():
            rows = frappe_lite.get_all("Email Queue", fields=["name", "subject", "message"], order_by="creation asc")
            queues = [frappe_lite.get_doc("Email Queue", row.name) for row in rows]
            return [(each.subject, each.message) for each in queues if each.recipients[0].recipient == email]

    def stored(self, name: str) -> Any:
        with self.site.acting():
            return frappe_lite.get_doc("User Invitation", name)

    def follow(self, key: str, verb: str = "GET") -> Any:
        return ApiClient(self.site, None)(f"{verb} /api/method/{API}.accept_invitation?key={key}")


PEOPLE = ("Administrator", "Guest", "lead@x.org", "boss@x.org", "agent@x.org")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inviting]:
    for name in app_name():
        site = Site()
        site.load(writer(tmp_path_factory.mktemp("apps"), name)({"hooks.py": HOOKS, "welcome.py": WELCOME}))
        yield Inviting(site, name)
        site.close()


@pytest.fixture
def inviting(made: Inviting) -> Iterator[Inviting]:
    """The site, on which nobody is invited and nothing is counted."""
    yield made
    made.site.login_tracker, made.site.windows = Attempts(), Windows()
    frappe_lite.get_module(f"{made.app}.welcome").told.clear()
    with made.site.acting():
        for doctype in ("User Invitation", "Email Queue"):
            for name in frappe_lite.get_all(doctype, pluck="name"):
                frappe_lite.delete_doc(doctype, name, force=True)
        for name in frappe_lite.get_all("User", {"name": ["not in", PEOPLE]}, pluck="name"):
            frappe_lite.delete_doc("User", name, force=True)


# --- who may ---


@pytest.mark.parametrize(
    ("user", "app", "role", "error"),
    [
        pytest.param("lead@x.org", "own", "Desk Agent", None, id="with a role that the hook allows"),
        pytest.param("boss@x.org", "own", "Desk Lead", None, id="each role of the inviter allows its own"),
        pytest.param("Administrator", "own", "Desk Lead", None, id="the Administrator has every role"),
        pytest.param("boss@x.org", "frappe", "Desk Lead", None, id="System Managers invite into the site itself"),
        pytest.param("lead@x.org", "own", "Desk Lead", ValidationError, id="not with one of another inviter"),
        pytest.param("lead@x.org", "own", "System Manager", ValidationError, id="not with more than the hook says"),
        pytest.param("boss@x.org", "own", "Administrator", ValidationError, id="nobody gives the Administrator's"),
        pytest.param("boss@x.org", "frappe", "Administrator", PermissionError, id="nor into the site itself"),
        pytest.param("agent@x.org", "own", "Desk Agent", PermissionError, id="not without a role of the hook"),
        pytest.param("lead@x.org", "frappe", "Desk Agent", PermissionError, id="not into an app of others"),
        pytest.param("Guest", "own", "Desk Agent", PermissionError, id="not as a guest"),
        pytest.param("Administrator", "nowhere", "Desk Agent", ValidationError, id="not into an app that is not here"),
    ],
)
def test_who_may_invite(inviting: Inviting, user: str, app: str, role: str, error: type[Exception] | None) -> None:
    given = {"emails": "new@x.org", "roles": [role], "redirect_to_path": "/desk"}
    given["app_name"] = inviting.app if app == "own" else app
    if error is None:
        assert inviting.call(user, "invite_by_email", **given)["invited_emails"] == ["new@x.org"]
    else:
        with pytest.raises(error):
            inviting.call(user, "invite_by_email", **given)
        assert inviting.mails("new@x.org") == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"app_name": "own"}, 201, id="a document is an invitation too"),
        pytest.param({"app_name": "own", "roles": [{"role": "System Manager"}]}, 417, id="with the hook's roles"),
        pytest.param({"app_name": "frappe"}, 403, id="into the apps of the hook"),
    ],
)
def test_documents_follow_the_same_rules(inviting: Inviting, change: dict[str, Any], status: int) -> None:
    values = {"email": "new@x.org", "redirect_to_path": "/desk", "roles": [{"role": "Desk Agent"}], **change}
    values["app_name"] = inviting.app if values["app_name"] == "own" else values["app_name"]
    claims = {"key": digest("known"), "status": "Accepted", "invited_by": "boss@x.org"}
    answer = ApiClient(inviting.site, "lead@x.org")("POST /api/resource/User Invitation", {**values, **claims})
    assert answer.status_code == status
    if status == 201:
        made = inviting.stored(answer.json["data"]["name"])
        assert (made.status, made.invited_by, made.user) == ("Pending", "lead@x.org", None)
        assert made.key == digest(inviting.key_of("new@x.org"))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"redirect_to_path": "/elsewhere"}, 200, id="the page may change while nobody came"),
        pytest.param({"redirect_to_path": "//evil.org"}, 417, id="to one of this site"),
        pytest.param({"roles": [{"role": "System Manager"}]}, 417, id="the roles stay"),
        pytest.param({"roles": [{"role": "Desk Agent"}, {"role": "Desk Lead"}]}, 417, id="and none is added"),
        pytest.param({"email": "other@x.org"}, 417, id="the address stays"),
        pytest.param({"app_name": "frappe"}, 417, id="the app stays"),
    ],
)
def test_what_may_change(inviting: Inviting, change: dict[str, Any], status: int) -> None:
    made, _ = inviting.invite()
    claims = {"key": digest("known"), "status": "Accepted"}
    answer = ApiClient(inviting.site, "lead@x.org")(
        f"PUT /api/resource/User Invitation/{made.name}", {**change, **claims}
    )
    assert answer.status_code == status
    kept = inviting.stored(made.name)
    assert (kept.status, kept.key, [row.role for row in kept.roles]) == ("Pending", made.key, ["Desk Agent"])


def test_invitations_are_seen_by_who_invites_into_the_app(inviting: Inviting) -> None:
    own, _ = inviting.invite("one@x.org")
    other, _ = inviting.invite("two@x.org", "boss@x.org", app_name="frappe")
    lead, boss = ApiClient(inviting.site, "lead@x.org"), ApiClient(inviting.site, "boss@x.org")
    path = "GET /api/resource/User Invitation"
    assert [row["name"] for row in lead(path).json["data"]] == [own.name]
    assert {row["name"] for row in boss(path).json["data"]} == {own.name, other.name}
    assert (lead(f"{path}/{own.name}").status_code, lead(f"{path}/{other.name}").status_code) == (200, 403)
    assert boss(f"DELETE /api/resource/User Invitation/{own.name}").status_code == 403


def test_a_key_of_narrow_scope_invites_nobody(inviting: Inviting) -> None:
    with inviting.site.acting("boss@x.org") as ctx:
        ctx.scopes = frozenset({"write:User Invitation"})
        values = {
            "doctype": "User Invitation",
            "email": "new@x.org",
            "app_name": inviting.app,
            "redirect_to_path": "/x",
        }
        with pytest.raises(PermissionError):
            frappe_lite.get_doc({**values, "roles": [{"role": "Desk Agent"}]}).insert()


# --- whom ---


def test_who_was_met_before_is_told_and_not_invited(inviting: Inviting) -> None:
    inviting.new_user("gone@x.org", "Desk Agent", enabled=0)
    accepted, key = inviting.invite("in@x.org")
    assert inviting.follow(key).status_code == 302
    inviting.invite("waits@x.org")
    given = {"roles": '["Desk Agent"]', "redirect_to_path": "desk", "app_name": inviting.app, "note": "hello"}
    emails = "in@x.org, WAITS@x.org; new@x.org, new@x.org, gone@x.org"
    answer = ApiClient(inviting.site, "lead@x.org")(
        f"POST /api/method/{API}.invite_by_email", {"emails": emails, **given, "status": "Accepted", "key": "x"}
    )
    assert answer.json["message"] == {
        "disabled_user_emails": ["gone@x.org"], "accepted_invite_emails": ["in@x.org"],
        "pending_invite_emails": ["waits@x.org"], "invited_emails": ["new@x.org"],
    }  # fmt: skip
    pending = inviting.call("lead@x.org", "get_pending_invitations", app_name=inviting.app)
    assert {(each["email"], *each["roles"]) for each in pending} == {
        ("new@x.org", "Desk Agent"), ("waits@x.org", "Desk Agent")
    }  # fmt: skip
    new = inviting.stored(next(each["name"] for each in pending if each["email"] == "new@x.org"))
    assert (new.note, new.status, new.key) == ("hello", "Pending", digest(inviting.key_of("new@x.org")))


@pytest.mark.parametrize(
    "emails",
    [
        pytest.param("", id="nobody"),
        pytest.param("a@x.org, nobody", id="what is no address"),
        pytest.param(", ".join(f"u{n}@x.org" for n in range(101)), id="more than are taken at once"),
    ],
)
def test_addresses_that_are_refused(inviting: Inviting, emails: str) -> None:
    given = {"roles": ["Desk Agent"], "redirect_to_path": "/desk", "app_name": inviting.app}
    with pytest.raises(ValidationError):
        inviting.call("lead@x.org", "invite_by_email", emails=emails, **given)
    assert inviting.call("lead@x.org", "get_pending_invitations", app_name=inviting.app) == []


@pytest.mark.parametrize("email", ["waits@x.org", "gone@x.org", "Administrator", "no address"])
def test_a_document_for_somebody_who_cannot_be_invited_is_refused(inviting: Inviting, email: str) -> None:
    inviting.new_user("gone@x.org", "Desk Agent", enabled=0)
    inviting.invite("waits@x.org")
    with pytest.raises(ValidationError):
        inviting.invite(email)


def test_mails_are_counted(inviting: Inviting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitation, "MOST_MAILS", 1)
    lead = ApiClient(inviting.site, "lead@x.org")
    given = {"roles": ["Desk Agent"], "redirect_to_path": "/desk", "app_name": inviting.app}
    path = f"POST /api/method/{API}.invite_by_email"
    assert [lead(path, {"emails": f"u{n}@x.org", **given}).status_code for n in (1, 2)] == [200, 429]
    assert inviting.mails("u2@x.org") == []


# --- the link ---


def test_the_link_makes_an_account_that_sets_its_own_password(inviting: Inviting) -> None:
    made, key = inviting.invite("ann.smith@x.org", redirect_to_path="desk/tickets")
    answer = inviting.follow(key)
    link = urlsplit(answer.headers["Location"])
    asked = parse_qs(link.query)
    assert (answer.status_code, link.path, asked["redirect_to"]) == (302, "/update-password", ["/desk/tickets"])
    assert "sid" not in answer.headers.get("Set-Cookie", "")
    with inviting.site.acting() as ctx:
        user = frappe_lite.get_doc("User", "ann.smith@x.org")
        assert (user.first_name, user.enabled, [row.role for row in user.roles]) == ("Ann.Smith", 1, ["Desk Agent"])
        assert not auth.has_password(ctx, user.name)
    kept = inviting.stored(made.name)
    assert (kept.status, kept.key, kept.user, bool(kept.accepted_at)) == ("Accepted", None, user.name, True)
    told = frappe_lite.get_module(f"{inviting.app}.welcome").told
    assert told == [(made.name, user.name, True, ["Desk Agent"])]
    guest, page = ApiClient(inviting.site, None), f"/update-password?{link.query}"
    assert 'name="redirect_to" value="/desk/tickets"' in guest(f"GET {page}").text
    form = {"new_password": "long enough 1!", "repeated": "long enough 1!", "key": asked["key"][0]}
    done = guest("POST /update-password", {**form, "redirect_to": "/desk/tickets"})
    assert "/login?redirect-to=/desk/tickets" in done.text


def test_the_link_adds_roles_to_an_account_and_keeps_its_password(inviting: Inviting) -> None:
    inviting.new_user("old@x.org", "Desk Lead", new_password="long enough 1!", send_welcome_email=0)
    _, key = inviting.invite("old@x.org")
    answer = inviting.follow(key)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login?redirect-to=/desk")
    assert "sid=" not in answer.headers.get("Set-Cookie", "")  # others read mails too
    with inviting.site.acting() as ctx:
        assert {"Desk Lead", "Desk Agent"} <= ctx.roles_of("old@x.org")
        assert auth.check_password(ctx, "old@x.org", "long enough 1!")


def test_a_link_opens_once(inviting: Inviting) -> None:
    _, key = inviting.invite()
    assert inviting.follow(key, "HEAD").status_code == 200  # a preview
    assert [inviting.follow(key).status_code for _ in range(2)] == [302, 417]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda made: made.cancel_invite(), id="cancelled"),
        pytest.param(lambda made: made.expire(), id="expired"),
        pytest.param(lambda made: made.db_set("creation", add_days(now(), -4)), id="too old, though no schedule ran"),
        pytest.param(lambda made: made.send_invitation_mail(), id="sent again with another key"),
        pytest.param(lambda made: made.delete(), id="deleted"),
        pytest.param(lambda made: frappe_lite.db.set_value("User", "new@x.org", "enabled", 0), id="to who is disabled"),
    ],
)
def test_a_link_that_is_over_makes_nobody(inviting: Inviting, end: Any) -> None:
    inviting.new_user("new@x.org", "Desk Lead")
    made, key = inviting.invite("new@x.org")
    with inviting.site.acting():
        end(frappe_lite.get_doc("User Invitation", made.name))
    assert inviting.follow(key).status_code == 417
    with inviting.site.acting() as ctx:
        assert "Desk Agent" not in ctx.roles_of("new@x.org")


def test_what_fails_in_the_app_is_undone_and_may_be_tried_again(inviting: Inviting) -> None:
    made, key = inviting.invite(redirect_to_path="/fails")
    assert inviting.follow(key).status_code == 417
    with inviting.site.acting():
        assert not frappe_lite.db.exists("User", "new@x.org")
    assert inviting.stored(made.name).key == digest(key)


def test_guesses_are_told_all_the_same_and_counted(inviting: Inviting, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = inviting.invite()
    monkeypatch.setattr(accepting, "MOST_GUESSES", 4)
    answers = [inviting.follow(key) for key in ("", "x", made.key, made.name, "y")]
    assert [each.status_code for each in answers] == [417, 417, 417, 417, 429]
    assert len({each.text for each in answers[:4]}) == 1


@pytest.mark.parametrize("path", ["//evil.org", "/\\evil.org", "/a b", "/x\r\ny"])
def test_a_way_out_of_the_site_is_refused(inviting: Inviting, path: str) -> None:
    with pytest.raises(ValidationError):
        inviting.invite(redirect_to_path=path)


def test_an_app_that_leads_out_of_the_site_leads_to_its_root(
    inviting: Inviting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitation.UserInvitation, "get_redirect_to_path", lambda self: "//evil.org")
    inviting.new_user("old@x.org", "Desk Lead", new_password="long enough 1!", send_welcome_email=0)
    assert inviting.follow(inviting.invite("old@x.org")[1]).headers["Location"] == "/login?redirect-to=/"


# --- what comes after ---


def test_an_invitation_is_taken_back(inviting: Inviting) -> None:
    made, _ = inviting.invite()
    path, lead = f"PATCH /api/method/{API}.cancel_invitation", ApiClient(inviting.site, "lead@x.org")
    given = {"name": made.name, "app_name": inviting.app}
    answers = [lead(path, given).json["message"] for _ in range(2)]
    assert answers == [{"cancelled_now": True}, {"cancelled_now": False}]
    assert [subject for subject, _ in inviting.mails("new@x.org")] == [
        "You've been invited to join The Desk", "Invitation to join The Desk cancelled"
    ]  # fmt: skip
    assert inviting.stored(made.name).status == "Cancelled"


@pytest.mark.parametrize("method", ["cancel_invitation", "resend_invitation"])
def test_of_another_app_nothing_is_told(inviting: Inviting, method: str) -> None:
    made, _ = inviting.invite("two@x.org", "boss@x.org", app_name="frappe")
    lead, path = ApiClient(inviting.site, "lead@x.org"), f"POST /api/method/{API}.{method}"
    answers = [lead(path, {"name": each, "app_name": inviting.app}) for each in (made.name, "nothing")]
    assert ({each.status_code for each in answers}, len({each.text for each in answers})) == ({417}, 1)
    assert lead(path, {"name": made.name, "app_name": "frappe"}).status_code == 403
    assert len(inviting.mails("two@x.org")) == 1


@pytest.mark.parametrize("method", ["cancel_invitation", "resend_invitation"])
def test_what_is_accepted_is_neither_cancelled_nor_sent_again(inviting: Inviting, method: str) -> None:
    made, key = inviting.invite()
    inviting.follow(key)
    with pytest.raises(ValidationError):
        inviting.call("lead@x.org", method, name=made.name, app_name=inviting.app)


def test_a_mail_that_is_sent_again_has_the_link_that_counts(inviting: Inviting) -> None:
    made, key = inviting.invite()
    inviting.call("lead@x.org", "resend_invitation", name=made.name, app_name=inviting.app)
    assert inviting.key_of("new@x.org") != key
    assert inviting.follow(inviting.key_of("new@x.org")).status_code == 302


def test_the_schedule_ends_what_is_old(inviting: Inviting) -> None:
    (old, _), (new, _) = inviting.invite("old@x.org"), inviting.invite("new@x.org")
    with inviting.site.acting():
        frappe_lite.get_doc("User Invitation", old.name).db_set("creation", add_days(now(), -4))
        frappe_lite.get_attr("frappe.core.doctype.user_invitation.user_invitation.mark_expired_invitations")()
    assert [inviting.stored(each.name).status for each in (old, new)] == ["Expired", "Pending"]
    assert inviting.mails("old@x.org")[-1][0] == "Invitation to join The Desk expired"


def test_who_is_deleted_may_be_invited_again(inviting: Inviting) -> None:
    _, key = inviting.invite()
    inviting.follow(key)
    with inviting.site.acting():
        frappe_lite.delete_doc("User", "new@x.org")
    assert inviting.follow(inviting.invite()[1]).status_code == 302


def test_an_app_has_its_own_title_and_asks_who_may(inviting: Inviting) -> None:
    with inviting.site.acting("lead@x.org"):
        found = frappe_lite.get_attr("frappe.core.doctype.user_invitation.user_invitation.UserInvitation")
        found.validate_role(inviting.app)
        for app, error in (("frappe", PermissionError), ("nowhere", ValidationError)):
            with pytest.raises(error):
                found.validate_role(app)
        made = frappe_lite.new_doc("User Invitation")
        made.app_name = "frappe"
        assert made._get_email_title() == frappe_lite.get_hooks("app_title", app_name="frappe")[0]
