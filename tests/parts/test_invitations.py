"""Invitations: who may invite whom to what, the link in the mail, and what becomes of it."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import app_name, writer
from werkzeug.test import Client

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.parts import invitations
from frappe_lite.query import Condition

pytestmark = pytest.mark.usefixtures("cheap_hashes")

API = "/api/method/frappe.core.api.user_invitation"
PASSWORD = "correct horse 7"
OVER = "2001-01-01 00:00:00"
ALLOWED = {"Shop Manager": ["Clerk", "Shop Manager"], "System Manager": ["Clerk"]}
HOOKS = f"""
app_title = "The Shop"
user_invitation = {{
    "allowed_roles": {ALLOWED},
    "after_accept": "APP.joined.joined",
    "extra_invite_params": ["desk"],
}}
"""
JOINED = """
seen = []

def joined(invitation, user, user_inserted):
    seen.append((invitation.email, user.name, user_inserted, sorted(row.role for row in user.roles)))
"""


class World:
    """A site with an app that invites, and one that does not."""

    def __init__(self, site: frappe_lite.Site, app: str, seen: list[Any]):
        self.site, self.app, self.seen = site, app, seen
        self.users = {user: ApiClient(site, user) for user in ("Administrator", "boss@x.org", "clerk@x.org")}
        self.users[""] = ApiClient(site, None)

    def invite(self, emails: str, by: str = "boss@x.org", **more: Any) -> Any:
        """Ask people to come."""
        given = {"emails": emails, "roles": ["Clerk"], "redirect_to_path": "/shop", "app_name": self.app, **more}
        return self.users[by](f"POST {API}.invite_by_email", given)

    def link(self, email: str) -> str:
        """The way to accept, out of the last mail to somebody."""
        with self.site.acting() as ctx:
            rows = ctx.store.database.rows(
                'SELECT q.message FROM "tabEmail Queue" q JOIN "tabEmail Queue Recipient" r ON r.parent = q.name '
                "WHERE r.recipient = ? ORDER BY q.creation DESC",
                (email,),
            )
        found = re.search(r'href="http://shop\.example([^"]+)"', rows[0][0])
        assert found
        return found[1]

    def one(self, email: str) -> dict[str, Any]:
        """The last invitation of somebody."""
        with self.site.acting() as ctx:
            mine = Condition("email = ?", (email,))
            names = ("name", "status", "key", "user", "accepted_at", "invited_by")
            return dict(ctx.store.find(ctx.meta("User Invitation"), mine, names, order="creation DESC")[0])

    def forget(self, email: str) -> None:
        """Let nobody have invited somebody."""
        with self.site.acting() as ctx:
            for row in ctx.store.find(ctx.meta("User Invitation"), Condition("email = ?", (email,)), ("name",)):
                ctx.store.update(ctx.meta("User Invitation"), row["name"], {"status": "Expired"})

    def set(self, email: str, **values: Any) -> None:
        """Change the invitation of somebody behind its back."""
        with self.site.acting() as ctx:
            ctx.store.update(ctx.meta("User Invitation"), self.one(email)["name"], values)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    names = app_name()
    app, site = next(names), frappe_lite.Site(url="http://shop.example")
    folder: Path = tmp_path_factory.mktemp("invitations")
    site.load(writer(folder, app)({"hooks.py": HOOKS, "joined.py": JOINED}))
    with site.acting() as ctx:
        for role in ("Shop Manager", "Clerk", "Stranger"):
            document.new(ctx, {"doctype": "Role", "role_name": role}).insert()
        for name, role in (("boss", "Shop Manager"), ("clerk", "Clerk"), ("known", ""), ("gone", "")):
            values = {"doctype": "User", "email": f"{name}@x.org", "first_name": name, "enabled": int(name != "gone")}
            document.new(ctx, {**values, "roles": [{"role": role}] if role else []}).insert()
        auth.set_password(ctx, "known@x.org", PASSWORD)
    yield World(site, app, importlib.import_module(f"{app}.joined").seen)
    site.close()
    names.close()


@pytest.mark.parametrize(
    ("by", "app", "roles", "status", "said"),
    [
        pytest.param("boss@x.org", "", ["Clerk"], 200, "", id="a role that the hook lets invite"),
        pytest.param("boss@x.org", "", '["Clerk"]', 200, "", id="roles as JSON"),
        pytest.param("boss@x.org", "", ["Clerk", "Shop Manager"], 200, "", id="several roles that it lets give"),
        pytest.param("boss@x.org", "", ["Stranger"], 417, "not an allowed role", id="a role that it does not"),
        pytest.param("boss@x.org", "", ["System Manager"], 417, "not an allowed role", id="nor one with more rights"),
        pytest.param("boss@x.org", "", ["Administrator"], 417, "not an allowed role", id="nor the Administrator's"),
        pytest.param("boss@x.org", "frappe", ["Clerk"], 403, "only allowed for", id="not to what others look after"),
        pytest.param("boss@x.org", "no_app", ["Clerk"], 417, "not installed", id="not to an app that is not there"),
        pytest.param("clerk@x.org", "", ["Clerk"], 403, "only allowed for", id="who is not named by the hook"),
        pytest.param("", "", ["Clerk"], 403, "", id="nobody in particular"),
        pytest.param("Administrator", "frappe", ["Stranger"], 200, "", id="any role, for who gives roles"),
        pytest.param("Administrator", "frappe", ["Administrator"], 403, "nobody gives it", id="but that one"),
        pytest.param("Administrator", "", ["Clerk"], 200, "", id="the Administrator to an app"),
        pytest.param("Administrator", "", ["Stranger"], 417, "not an allowed role", id="to that app's roles alone"),
    ],
)
def test_who_invites_to_which_roles(
    world: World, request: pytest.FixtureRequest, by: str, app: str, roles: Any, status: int, said: str
) -> None:
    address = re.sub(r"\W", "", request.node.callspec.id) + "@x.org"
    answer = world.invite(address, by, roles=roles, app_name=app or world.app)
    assert (answer.status_code, said in answer.text) == (status, True)
    if status == 200:
        assert answer.json["message"]["invited_emails"] == [address.lower()]
        assert world.one(address.lower())["invited_by"] == by


@pytest.mark.parametrize(
    ("emails", "status", "message"),
    [
        pytest.param("n1@x.org", 200, ([], [], ["n1@x.org"]), id="one"),
        pytest.param("n2@x.org, N3@x.org;n2@x.org", 200, ([], [], ["n2@x.org", "n3@x.org"]), id="several, each once"),
        pytest.param("waits@x.org, n4@x.org", 200, ([], ["waits@x.org"], ["n4@x.org"]), id="who is invited already"),
        pytest.param("came@x.org", 200, (["came@x.org"], [], []), id="who has joined"),
        pytest.param("late@x.org", 200, ([], [], ["late@x.org"]), id="who was late, again"),
        pytest.param("known@x.org", 200, ([], [], ["known@x.org"]), id="a user who is there"),
        pytest.param("", 417, None, id="nobody"),
        pytest.param("n5@x.org, bad address", 417, None, id="what is no address: then nobody is"),
        pytest.param("gone@x.org", 417, None, id="who is disabled"),
    ],
)
def test_who_is_invited_and_who_was(world: World, emails: str, status: int, message: Any) -> None:
    for name, values in {"waits": {}, "came": {"status": "Accepted"}, "late": {"status": "Expired"}}.items():
        if f"{name}@x.org" in emails:
            assert world.invite(f"{name}@x.org").status_code == 200
            world.set(f"{name}@x.org", **(values or {"status": "Pending"}))
    world.forget("known@x.org")
    answer = world.invite(emails)
    assert answer.status_code == status
    if message is not None:
        names = ("accepted_invite_emails", "pending_invite_emails", "invited_emails")
        assert tuple(answer.json["message"][name] for name in names) == message
    else:
        pending = world.users["boss@x.org"](f"GET {API}.get_pending_invitations?app_name={world.app}").json["message"]
        assert not {"n5@x.org", "gone@x.org"} & {each["email"] for each in pending}


def test_who_accepts_becomes_a_user_and_sets_a_password(world: World) -> None:
    assert world.invite("new@x.org").status_code == 200
    path, browser = world.link("new@x.org"), Client(frappe_lite.App(world.site))
    assert browser.head(path).status_code == 200
    assert world.one("new@x.org")["status"] == "Pending"  # a look at the link uses nothing up
    answer = browser.get(path)
    assert answer.status_code == 302 and "sid" not in answer.headers.get("Set-Cookie", "")
    form = answer.headers["Location"].removeprefix("http://shop.example")
    assert form.startswith("/update-password?key=") and form.endswith("&redirect_to=%2Fshop")
    assert 'name="redirect_to" value="/shop"' in browser.get(form).text
    key = form.partition("key=")[2].partition("&")[0]
    given = {"key": key, "new_password": PASSWORD, "repeated": PASSWORD, "redirect_to": "/shop"}
    assert "/login?redirect-to=%2Fshop" in browser.post("/update-password", data=given).text
    assert browser.post("/api/method/login", data={"usr": "new@x.org", "pwd": PASSWORD}).status_code == 200
    kept = world.one("new@x.org")
    assert (kept["status"], kept["user"], kept["key"], bool(kept["accepted_at"])) == ("Accepted", "new@x.org", None, 1)
    assert world.seen[-1] == ("new@x.org", "new@x.org", True, ["Clerk"])
    again = browser.get(path)
    assert (again.status_code, "Invalid key" in again.text) == (417, True)


def test_a_user_who_is_there_gets_the_roles_and_signs_in_as_ever(world: World) -> None:
    """A link that others may have read signs nobody in, and sets no password."""
    world.forget("known@x.org")
    assert world.invite("known@x.org", by="Administrator").status_code == 200
    answer = Client(frappe_lite.App(world.site)).get(world.link("known@x.org"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login?redirect-to=%2Fshop")
    assert "sid" not in answer.headers.get("Set-Cookie", "")
    assert world.seen[-1] == ("known@x.org", "known@x.org", False, ["Clerk"])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param({"status": "Cancelled"}, "Invitation is cancelled", id="taken back"),
        pytest.param({"status": "Expired"}, "Invitation is expired", id="over"),
        pytest.param({"creation": OVER}, "Invitation is expired", id="over, though no schedule said so"),
        pytest.param({"status": "Accepted"}, "Invitation is already accepted", id="accepted"),
        pytest.param({"key": "another"}, "Invalid key", id="a later link went out"),
    ],
)
def test_what_is_over_is_not_accepted(world: World, request: pytest.FixtureRequest, values: Any, said: str) -> None:
    address = "over" + re.sub(r"\W", "", request.node.callspec.id) + "@x.org"
    assert world.invite(address).status_code == 200
    path = world.link(address)
    world.set(address, **values)
    answer = world.users[""](f"GET {path}")
    assert (answer.status_code, said in answer.text) == (417, True)
    assert world.users["Administrator"](f"GET /api/resource/User/{address}").status_code == 404


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        pytest.param("/shop/x?y=1", "/login?redirect-to=%2Fshop%2Fx%3Fy%3D1", id="into the app"),
        pytest.param("shop", "/login?redirect-to=%2Fshop", id="without its slash"),
        pytest.param("//evil.example", "/login?redirect-to=%2Fevil.example", id="never to another site"),
        pytest.param("/\\evil.example", "/login?redirect-to=%2Fevil.example", id="in other letters neither"),
    ],
)
def test_where_an_invitation_leads(world: World, path: str, leads: str) -> None:
    world.forget("known@x.org")
    assert world.invite("known@x.org", by="Administrator", redirect_to_path=path).status_code == 200
    assert world.users[""](f"GET {world.link('known@x.org')}").headers["Location"] == leads


@pytest.mark.parametrize(
    ("by", "app", "values", "status", "now"),
    [
        pytest.param("boss@x.org", "", {}, 200, True, id="an open one"),
        pytest.param("boss@x.org", "", {"status": "Cancelled"}, 200, False, id="one that was taken back"),
        pytest.param("boss@x.org", "", {"status": "Accepted"}, 417, None, id="not one that was accepted"),
        pytest.param("Administrator", "frappe", {}, 417, None, id="nor by another app's name"),
        pytest.param("clerk@x.org", "", {}, 403, None, id="nor by who may not invite"),
    ],
)
def test_an_invitation_is_taken_back(
    world: World, request: pytest.FixtureRequest, by: str, app: str, values: Any, status: int, now: bool | None
) -> None:
    address = "back" + re.sub(r"\W", "", request.node.callspec.id) + "@x.org"
    assert world.invite(address).status_code == 200
    world.set(address, **(values or {"status": "Pending"}))
    given = {"name": world.one(address)["name"], "app_name": app or world.app}
    answer = world.users[by](f"POST {API}.cancel_invitation", given)
    assert answer.status_code == status
    assert answer.json.get("message") == (None if now is None else {"cancelled_now": now})
    assert (world.one(address)["status"] == "Cancelled") is (now is not None)


def test_the_open_ones_are_listed_for_who_may_invite(world: World) -> None:
    assert world.invite("open@x.org", roles=["Clerk", "Shop Manager"]).status_code == 200
    asked = f"GET {API}.get_pending_invitations?app_name={world.app}"
    found = {each["email"]: each["roles"] for each in world.users["boss@x.org"](asked).json["message"]}
    assert found["open@x.org"] == ["Clerk", "Shop Manager"]
    assert world.users["clerk@x.org"](asked).status_code == 403


def test_those_that_nobody_accepted_end_by_the_schedule(world: World) -> None:
    for name, values in (("old", {"creation": OVER}), ("fresh", {})):
        assert world.invite(f"{name}@x.org").status_code == 200
        world.set(f"{name}@x.org", **(values or {"status": "Pending"}))
    with world.site.acting() as ctx:
        assert world.site.own_events[invitations.DAILY].is_needed(ctx)
        invitations.mark_expired_invitations()
    assert [world.one(f"{name}@x.org")["status"] for name in ("old", "fresh")] == ["Expired", "Pending"]


def test_a_document_of_an_invitation_has_the_same_rules(world: World) -> None:
    values = {"email": "doc@x.org", "app_name": world.app, "redirect_to_path": "/", "roles": [{"role": "Stranger"}]}
    admin = world.users["Administrator"]
    assert admin("POST /api/resource/User Invitation", values).status_code == 417
    made = admin("POST /api/resource/User Invitation", {**values, "roles": [{"role": "Clerk"}], "key": "mine"})
    assert (made.status_code, made.json["data"]["status"]) == (201, "Pending")
    assert world.one("doc@x.org")["key"] != "mine"
    place = f"/api/resource/User Invitation/{made.json['data']['name']}"
    assert admin(f"PUT {place}", {"roles": [{"role": "Stranger"}]}).status_code == 417
    assert world.users["boss@x.org"](f"GET {place}").status_code == 403


def test_a_hook_of_several_apps_is_merged_however_deep(world: World) -> None:
    with world.site.acting():
        hooks = frappe_lite.get_hooks("user_invitation")
    assert hooks["allowed_roles"] == {"System Manager": ["Clerk"], "Shop Manager": ["Clerk", "Shop Manager"]}
    assert hooks["after_accept"] == [f"{world.app}.joined.joined"]
