"""Named API keys: who makes, sees and ends them, how far they reach, when they end.

Sessions seen and ended the same way.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient, AppSite, basic
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.command import cli
from frappe_lite.parts import keys

KEYS, SESSIONS = "/api/method/frappe_lite.keys", "/api/method/frappe_lite.sessions"
ANN, BEN, BOSS, PASSWORD = "ann@example.com", "ben@example.com", "boss@example.com", "correct horse 7"
FUTURE = "2999-01-01 00:00:00"


class Office:
    """A site with people, and a client for each that is signed in by password."""

    def __init__(self, path: str = ":memory:") -> None:
        self.site = AppSite(path)
        with self.site.acting() as ctx:
            auth.set_password(ctx, "Administrator", PASSWORD)
            for name, role in ((ANN, "Task User"), (BEN, "Task User"), (BOSS, "System Manager")):
                document.new(
                    ctx,
                    {
                        "doctype": "User",
                        "email": name,
                        "first_name": "X",
                        "new_password": PASSWORD,
                        "roles": [{"role": role}],
                    },
                ).insert()
            document.new(ctx, {"doctype": "Task", "subject": "s"}).insert()

    def browser(self, user: str) -> ApiClient:
        made = ApiClient(self.site, None)
        if user != "Guest":
            assert made("POST /api/method/login", {"usr": user, "pwd": PASSWORD}).status_code == 200
        return made

    def make(self, user: str = ANN, label: str = "backup", **more: Any) -> dict[str, str]:
        answer = self.browser(user)(f"POST {KEYS}.generate", {"label": label, **more})
        assert answer.status_code == 200, answer.text
        return dict(answer.get_json()["message"])

    def by_key(self, made: dict[str, str]) -> ApiClient:
        client = ApiClient(self.site, None)
        client.headers["Authorization"] = f"token {made['api_key']}:{made['api_secret']}"
        return client


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.site.close()


@pytest.fixture(scope="module")
def still() -> Iterator[Office]:
    """For tests that change nothing but keys of their own."""
    made = Office()
    yield made
    made.site.close()


def who(client: ApiClient) -> Any:
    answer = client("GET /api/method/frappe.auth.get_logged_user")
    return answer.get_json().get("message") if answer.status_code == 200 else answer.status_code


def refusal(answer: TestResponse) -> str:
    return str(answer.get_json()["_server_messages"])


# --- making ---


@pytest.mark.parametrize("form", ["token", "basic"])
def test_a_named_key_is_its_user(still: Office, form: str) -> None:
    made = still.make()
    assert sorted(made) == ["api_key", "api_secret", "name"]
    client = ApiClient(still.site, None)
    pair = made["api_key"], made["api_secret"]
    client.headers["Authorization"] = basic(*pair) if form == "basic" else "token {}:{}".format(*pair)
    assert who(client) == ANN


def test_several_keys_stand_beside_the_classic_pair(office: Office) -> None:
    first, second = office.make(label="one"), office.make(label="two")
    classic = ApiClient(office.site, ANN)
    assert [who(office.by_key(first)), who(office.by_key(second)), who(classic)] == [ANN] * 3
    office.browser(ANN)(f"POST {KEYS}.revoke", {"name": first["name"]})
    assert [who(office.by_key(first)), who(office.by_key(second)), who(classic)] == [401, ANN, ANN]


@pytest.mark.parametrize(
    ("who_asks", "body", "status", "told"),
    [
        pytest.param(ANN, {"label": "x"}, 200, "", id="for oneself"),
        pytest.param("Guest", {"label": "x"}, 403, "", id="a guest has none"),
        pytest.param(ANN, {"label": "x", "user": BEN}, 403, "Not permitted", id="not for another"),
        pytest.param(
            ANN, {"label": "x", "user": "Administrator"}, 403, "Not permitted", id="not for the Administrator"
        ),
        pytest.param(BOSS, {"label": "x", "user": BEN}, 200, "", id="a System Manager for another"),
        pytest.param(
            BOSS,
            {"label": "x", "user": "Administrator"},
            403,
            "Not permitted",
            id="a System Manager not for the Administrator",
        ),
        pytest.param(BOSS, {"label": "x", "user": "Guest"}, 403, "Not permitted", id="nobody for Guest"),
        pytest.param(
            BOSS, {"label": "x", "user": "nobody@example.com"}, 403, "Not permitted", id="nobody for somebody unknown"
        ),
        pytest.param("Administrator", {"label": "x", "user": BEN}, 200, "", id="the Administrator for anybody"),
        pytest.param(ANN, {}, 417, "Missing argument: label", id="no label"),
        pytest.param(ANN, {"label": "  "}, 417, "label is a few words", id="an empty label"),
        pytest.param(ANN, {"label": "x" * 200}, 417, "", id="a label that is too long"),
        pytest.param(ANN, {"label": ["x"]}, 417, "label", id="a label that is no text"),
        pytest.param(
            ANN, {"label": "x", "scopes": "Nothing:read"}, 417, "Nothing:read is no scope", id="a scope of no DocType"
        ),
        pytest.param(
            ANN, {"label": "x", "scopes": "Task:delete"}, 417, "Task:delete is no scope", id="a scope of no right"
        ),
        pytest.param(
            ANN,
            {"label": "x", "scopes": "method:os.system"},
            417,
            "method:os.system is no scope",
            id="a scope of no method",
        ),
        pytest.param(
            ANN, {"label": "x", "scopes": {"Task": "read"}}, 417, "scopes is a list", id="scopes as an object"
        ),
        pytest.param(ANN, {"label": "x", "scopes": [1]}, 417, "scopes is a list", id="scopes that are no text"),
        pytest.param(ANN, {"label": "x", "expires_on": "2001-01-01"}, 417, "in the future", id="expired already"),
        pytest.param(ANN, {"label": "x", "expires_on": "soon"}, 417, "expires_on is a date", id="no date"),
        pytest.param(ANN, {"label": "x", "expires_on": [1]}, 417, "expires_on is a date", id="a list for a date"),
    ],
)
def test_who_makes_which_key(still: Office, who_asks: str, body: dict[str, Any], status: int, told: str) -> None:
    answer = still.browser(who_asks)(f"POST {KEYS}.generate", body)
    assert answer.status_code == status, answer.text
    if told:
        assert told in answer.text


def test_keys_are_not_made_by_a_get(still: Office) -> None:
    assert still.browser(ANN)(f"GET {KEYS}.generate?label=x").status_code == 403


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, "all"), ("", "all"), ("all", "all"), ("Task:read", "Task:read"), ("Task:read Note:write", (
            "Task:read Note:write"
        )), ("Task:read,Note:write", "Task:read Note:write"),
        ("Task:read\nNote:write", "Task:read Note:write"), (["Task:read", "Private Note:write"], (
            "Task:read Private_Note:write"
        )), ('["Task:read"]', "Task:read"),
        ("Private Note:read", "Private_Note:read"), ("Private_Note:read", "Private_Note:read"), ("Task:read Task:read", (
            "Task:read"
        )), ("method:ping", "method:ping"),
    ],
    ids=str,
)  # fmt: skip
def test_spellings_of_scopes(still: Office, given: Any, kept: str) -> None:
    made = still.make(scopes=given)
    assert still.browser(ANN)(f"GET /api/v2/document/API Key/{made['name']}").get_json()["data"]["scopes"] == kept


def test_a_user_has_so_many_keys_and_no_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "MOST_KEYS", 2)
    first, _ = office.make(), office.make()
    browser = office.browser(ANN)
    assert "has 2 keys already" in refusal(browser(f"POST {KEYS}.generate", {"label": "x"}))
    browser(f"POST {KEYS}.revoke", {"name": first["name"]})
    assert browser(f"POST {KEYS}.generate", {"label": "x"}).status_code == 200


# --- how far a key reaches ---


@pytest.mark.parametrize(
    ("scopes", "request_", "body", "status"),
    [
        ("Task:read", "GET /api/resource/Task", None, 200),
        ("Task:read", "POST /api/resource/Task", {"subject": "x"}, 403),
        ("Task:write", "POST /api/resource/Task", {"subject": "x"}, 201),
        ("Task:read", "GET /api/resource/ToDo", None, 403),
        ("Task:read", "GET /api/v2/document/ToDo", None, 403),
        ("Task:read", f"POST {KEYS}.generate", {"label": "wider"}, 403),
        ("method:frappe_lite.keys.generate", f"POST {KEYS}.generate", {"label": "wider"}, 403),
        (
            "method:frappe.core.doctype.user.user.generate_keys",
            "POST /api/method/frappe.core.doctype.user.user.generate_keys",
            {"user": ANN},
            403,
        ),
        ("API_Key:write", f"POST {KEYS}.generate", {"label": "wider"}, 403),
        ("Task:read", f"GET {SESSIONS}.get_list", None, 403),
        ("Task:read", "GET /api/v2/document/API Key", None, 403),
        ("all", "GET /api/v2/document/API Key", None, 200),
        ("all Task:read", "GET /api/resource/ToDo", None, 200),
    ],
)
def test_how_far_a_key_reaches(still: Office, scopes: str, request_: str, body: Any, status: int) -> None:
    answer = still.by_key(still.make(scopes=scopes))(request_, body)
    assert answer.status_code == status, answer.text


def test_the_administrators_narrow_key_is_narrow(still: Office) -> None:
    client = still.by_key(still.make("Administrator", scopes="Task:read"))
    assert [client(f"GET /api/resource/{each}").status_code for each in ("Task", "User")] == [200, 403]


# --- when a key ends ---


@pytest.mark.parametrize(
    "how", ["revoked", "switched off", "deleted", "by a manager", "user disabled", "user deleted", "secret gone"]
)
def test_a_key_ends_at_once(office: Office, how: str) -> None:
    made = office.make()
    client, browser, boss = office.by_key(made), office.browser(ANN), office.browser(BOSS)
    assert who(client) == ANN
    path, ways = f"/api/v2/document/API Key/{made['name']}", {
        "revoked": lambda: browser(f"POST {KEYS}.revoke", {"name": made["name"]}),
        "switched off": lambda: browser(f"PUT {path}", {"enabled": 0}),
        "deleted": lambda: browser(f"DELETE {path}"),
        "by a manager": lambda: boss(f"POST {KEYS}.revoke", {"name": made["name"]}),
        "user disabled": lambda: boss(f"PUT /api/resource/User/{ANN}", {"enabled": 0}),
        "user deleted": lambda: boss(f"DELETE /api/resource/User/{ANN}"),
    }  # fmt: skip
    if how == "secret gone":
        with office.site.acting() as ctx:
            keys.end_key(ctx, made["name"])
    else:
        answer = ways[how]()
        assert answer.status_code == (202 if how.endswith("deleted") else 200), answer.text
    assert who(client) == 401


def test_a_key_that_was_revoked_stays_so(office: Office) -> None:
    made, browser = office.make(), office.browser(ANN)
    browser(f"POST {KEYS}.revoke", {"name": made["name"]})
    answer = browser(f"PUT /api/resource/API Key/{made['name']}", {"enabled": 1})
    assert answer.status_code == 417 and "make another key" in refusal(answer)
    assert who(office.by_key(made)) == 401


def test_a_key_that_was_switched_off_can_be_switched_on(office: Office) -> None:
    made, browser = office.make(), office.browser(ANN)
    assert [
        (browser(f"PUT /api/resource/API Key/{made['name']}", {"enabled": on}).status_code, who(office.by_key(made)))
        for on in (0, 1)
    ] == [(200, 401), (200, ANN)]


def test_a_key_expires(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    client = office.by_key(office.make(expires_on="2900-01-01 12:00:00"))
    assert who(client) == ANN
    monkeypatch.setattr(auth, "now", lambda: "2900-01-01 11:59:59.999999")
    assert who(client) == ANN
    monkeypatch.setattr(auth, "now", lambda: "2900-01-01 12:00:00.000000")
    assert who(client) == 401


def test_an_expired_key_is_no_guess(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    client = office.by_key(office.make(expires_on="2900-01-01"))
    monkeypatch.setattr(auth, "now", lambda: FUTURE)
    assert who(client) == 401 and office.site.login_tracker._failures == {}


def test_another_process_sees_a_revocation_at_once(tmp_path: Path) -> None:
    office = Office(str(tmp_path / "site.db"))
    made = office.make()
    other = frappe_lite.Site(str(tmp_path / "site.db"))
    client = ApiClient(other, None)
    client.headers["Authorization"] = f"token {made['api_key']}:{made['api_secret']}"
    assert who(client) == ANN
    office.browser(ANN)(f"POST {KEYS}.revoke", {"name": made["name"]})
    assert who(client) == 401
    other.close()
    office.site.close()


# --- what is kept and shown ---


def test_the_secret_is_shown_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    office = Office(str(tmp_path / "site.db"))
    made = office.make()
    boss = office.browser(BOSS)
    for request_ in (
        'GET /api/resource/API Key?fields=["*"]',
        f"GET /api/v2/document/API Key/{made['name']}",
        f"GET /api/v2/document/API Key/{made['name']}/copy",
    ):
        answer = boss(request_)
        assert answer.status_code == 200 and made["api_secret"] not in answer.text
    office.site.close()
    assert made["api_secret"].encode() not in b"".join(each.read_bytes() for each in tmp_path.glob("site.db*"))


def test_a_repeated_request_with_an_idempotency_key_does_not_keep_the_secret(office: Office) -> None:
    browser = office.browser(ANN)
    first, second = (
        browser(f"POST {KEYS}.generate", {"label": "x"}, headers={"Idempotency-Key": "k"}).get_json()["message"]
        for _ in range(2)
    )
    assert first != second
    assert office.site.database.row('SELECT count(*) FROM "__idempotency"') == (0,)


def last_used(office: Office, name: str) -> Any:
    """When a key was last used, once that is written: a job does it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = office.site.database.row('SELECT last_used FROM "tabAPI Key" WHERE name = ?', (name,))[0]
        if found:
            return found
        time.sleep(0.01)
    return None


def test_the_last_use_is_written_by_a_job_and_not_by_each_request(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = office.make()
    client, jobs = office.by_key(made), []
    with monkeypatch.context() as patch:
        patch.setattr(office.site, "run_later", lambda *job: jobs.append(job))
        before = office.site.store.value("caches")
        assert [who(client) for _ in range(5)] == [ANN] * 5
    assert len(jobs) == 1
    office.site.run_later(*jobs[0])
    assert last_used(office, made["name"]) is not None
    assert office.site.store.value("caches") == before, "a use makes no cache old"


# --- whose ---


@pytest.mark.parametrize(
    ("user", "seen"), [(ANN, {"of ann"}), (BEN, {"of ben"}), (BOSS, {"of ann", "of ben", "of admin"})]
)
def test_people_see_their_own_keys(office: Office, user: str, seen: set[str]) -> None:
    for owner, label in ((ANN, "of ann"), (BEN, "of ben"), ("Administrator", "of admin")):
        office.make(owner, label)
    browser = office.browser(user)
    for path in ("/api/v2/document/API Key", "/api/resource/API Key"):
        assert {each["label"] for each in browser(f'GET {path}?fields=["label"]').get_json()["data"]} == seen
    assert browser("GET /api/v2/doctype/API Key/count").get_json()["data"] == len(seen)


@pytest.mark.parametrize(
    ("user", "whose", "verb", "body", "status"),
    [
        pytest.param(BEN, ANN, "GET", None, 403, id="not read by another"),
        pytest.param(BEN, ANN, "PUT", {"label": "mine"}, 403, id="not changed by another"),
        pytest.param(BEN, ANN, "DELETE", None, 403, id="not deleted by another"),
        pytest.param(BOSS, ANN, "GET", None, 200, id="a manager reads"),
        pytest.param(BOSS, ANN, "DELETE", None, 202, id="a manager deletes"),
        pytest.param(BOSS, "Administrator", "GET", None, 200, id="a manager reads the Administrator's"),
        pytest.param(BOSS, "Administrator", "DELETE", None, 403, id="but does not delete it"),
        pytest.param(BOSS, "Administrator", "PUT", {"enabled": 0}, 403, id="nor switch it off"),
        pytest.param(ANN, ANN, "PUT", {"label": "new"}, 200, id="one names the own anew"),
        pytest.param(ANN, ANN, "PUT", {"user": BOSS}, 417, id="one gives it to nobody else"),
        pytest.param(ANN, ANN, "PUT", {"scopes": "all"}, 417, id="one widens no key"),
        pytest.param(ANN, ANN, "PUT", {"expires_on": FUTURE}, 417, id="one prolongs no key"),
        pytest.param(ANN, ANN, "PUT", {"api_key": "mine"}, 417, id="one chooses no key"),
        pytest.param(ANN, ANN, "PUT", {"last_used": FUTURE}, 417, id="one says no use"),
    ],
)
def test_whose_key_it_is(office: Office, user: str, whose: str, verb: str, body: Any, status: int) -> None:
    made = office.make(whose, scopes="Task:read")
    answer = office.browser(user)(f"{verb} /api/resource/API Key/{made['name']}", body)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("user", [ANN, BOSS, "Administrator"])
def test_no_key_is_made_as_a_document(still: Office, user: str) -> None:
    body = {"label": "x", "user": user, "api_key": "chosen", "enabled": 1, "flags": {"made_here": 1}}
    browser = still.browser(user)
    for request_ in ("POST /api/resource/API Key", "POST /api/v2/document/API Key"):
        answer = browser(request_, body)
        assert answer.status_code == 403, answer.text
    assert browser("POST /api/method/frappe.client.insert", {"doc": {"doctype": "API Key", **body}}).status_code == 403


@pytest.mark.parametrize(
    ("user", "whose", "status"),
    [
        (ANN, BEN, 404),
        (ANN, ANN, 200),
        (BOSS, BEN, 200),
        (BOSS, "Administrator", 404),
        ("Administrator", BOSS, 200),
        ("Guest", ANN, 403),
    ],
)
def test_who_revokes_whose(office: Office, user: str, whose: str, status: int) -> None:
    made = office.make(whose)
    assert office.browser(user)(f"POST {KEYS}.revoke", {"name": made["name"]}).status_code == status
    assert who(office.by_key(made)) == (401 if status == 200 else whose)


def test_an_unknown_key_is_refused_as_anothers(office: Office) -> None:
    made, ben = office.make(ANN), office.browser(BEN)
    answers = [ben(f"POST {KEYS}.revoke", {"name": name}) for name in (made["name"], "nothing123")]
    assert [each.text.replace(made["name"], "nothing123") for each in answers] == [answers[1].text] * 2


# --- guessing ---


def guess(office: Office, address: str, credentials: str) -> TestResponse:
    client = ApiClient(office.site, None)
    return client(
        "GET /api/method/ping", headers={"Authorization": credentials}, environ_overrides={"REMOTE_ADDR": address}
    )


def test_an_address_that_guesses_keys_is_stopped(office: Office) -> None:
    with office.site.acting() as ctx:
        document.set_values(
            ctx, ctx.meta("System Settings"), "System Settings", {"allow_consecutive_login_attempts": 1}
        )
    known, new = (office.make() for _ in range(2))
    good = [f"token {each['api_key']}:{each['api_secret']}" for each in (known, new)]
    assert guess(office, "10.0.0.1", good[0]).status_code == 200
    statuses = [guess(office, "10.0.0.1", f"token {known['api_key']}:{number}").status_code for number in range(11)]
    assert statuses == [401] * 10 + [429]
    refused = guess(office, "10.0.0.1", good[1])
    assert refused.status_code == 429 and 1 <= int(refused.headers["Retry-After"]) <= 61, "right, but too late"
    assert guess(office, "10.0.0.1", basic("no", "body")).status_code == 429
    assert guess(office, "10.0.0.1", good[0]).status_code == 200, "who came in from there before goes on"
    assert guess(office, "10.0.0.2", good[1]).status_code == 200, "another address is not concerned"


def test_guesses_fill_no_cache(office: Office) -> None:
    with office.site.acting() as ctx:
        before = len(ctx.caches)
    for number in range(20):
        guess(office, f"10.0.1.{number}", f"token made-up-{number}:x")
    with office.site.acting() as ctx:
        assert len([key for key in ctx.caches if isinstance(key, tuple) and key[0] == "key"]) <= before


# --- sessions ---


def sessions(client: ApiClient, **params: Any) -> list[dict[str, Any]]:
    answer = client(f"GET {SESSIONS}.get_list", params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.get_json()["message"])


def test_one_sees_where_one_is_signed_in(office: Office) -> None:
    here = office.browser(ANN)
    there = ApiClient(office.site, None)
    there(
        "POST /api/method/login",
        {"usr": ANN, "pwd": PASSWORD},
        headers={"User-Agent": "Phone/1.0"},
        environ_overrides={"REMOTE_ADDR": "10.0.0.9"},
    )
    found = sessions(here)
    assert [each["current"] for each in found] == [False, True]
    assert sorted(found[0]) == ["creation", "current", "id", "ip", "last_seen", "user", "user_agent"]
    assert (found[0]["ip"], found[0]["user_agent"], found[0]["user"]) == ("10.0.0.9", "Phone/1.0", ANN)
    sid = there.wsgi.get_cookie("sid")
    assert sid is not None and sid.value not in str(found)
    assert (
        ApiClient(office.site, None)(f"GET /api/method/frappe.auth.get_logged_user?sid={found[0]['id']}").status_code
        == 403
    ), "an id is no sid"


@pytest.mark.parametrize(
    ("user", "whose", "status"),
    [
        (ANN, ANN, 200),
        (ANN, BEN, 403),
        (BOSS, ANN, 200),
        (BOSS, "Administrator", 403),
        ("Administrator", ANN, 200),
        ("Guest", ANN, 403),
    ],
)
def test_who_sees_and_ends_whose_sessions(office: Office, user: str, whose: str, status: int) -> None:
    theirs = office.browser(whose)
    session = next(each for each in sessions(theirs) if each["current"])
    browser = office.browser(user)
    assert browser(f"GET {SESSIONS}.get_list", params={"user": whose}).status_code == status
    if user in (BOSS, "Administrator"):
        assert (session["id"] in {each["id"] for each in sessions(browser, everybody=1)}) is (status == 200), (
            "one sees what one may end"
        )
    else:
        assert browser(f"GET {SESSIONS}.get_list", params={"everybody": 1}).status_code == 403
    answer = browser(f"POST {SESSIONS}.end", {"id": session["id"]})
    assert answer.status_code == (404 if status == 403 and user != "Guest" else status)
    assert (who(theirs) == whose) is (status != 200)
    if user == whose:
        assert who(browser) == whose, "the others go on"


def test_ending_this_session_signs_out(office: Office) -> None:
    browser = office.browser(ANN)
    answer = browser(f"POST {SESSIONS}.end", {"id": sessions(browser)[0]["id"]})
    assert answer.status_code == 200 and answer.headers.getlist("Set-Cookie")[0].startswith("sid=;")
    assert who(browser) == 403


def test_sessions_of_an_older_file_get_their_columns(tmp_path: Path) -> None:
    path = str(tmp_path / "site.db")
    site = frappe_lite.Site(path)
    with site.acting():
        site.database.execute('DROP TABLE "tabSessions"')
        site.database.execute(
            'CREATE TABLE "tabSessions" (sid TEXT PRIMARY KEY, user TEXT NOT NULL, created REAL NOT NULL, seen '
            "REAL NOT NULL, csrf_token TEXT) WITHOUT ROWID"
        )
    site.close()
    office = Office(path)
    assert len(sessions(office.browser(ANN))) == 1
    office.site.close()


# --- the command ---


def run(capsys: pytest.CaptureFixture[str], path: Path, *arguments: str) -> tuple[int, str]:
    status = cli.main(["keys", "--database", str(path), "--app", str(CONFORMANCE_APP), *arguments])
    said = capsys.readouterr()
    return status, (said.out + said.err).strip()


def test_the_command_lists_makes_and_revokes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "site.db"
    Office(str(path)).site.close()
    assert "There are no named keys" in run(capsys, path)[1]
    status, pair = run(capsys, path, ANN, "--label", "backup", "--scopes", "Task:read", "--expires", FUTURE)
    key, _, secret = pair.partition(":")
    assert status == 0 and len(secret) == 32
    listed = run(capsys, path)[1]
    assert (
        all(word in listed for word in (key, ANN, "backup", "Task:read", f"until {FUTURE}", "never used"))
        and secret not in listed
    )
    assert "There are no named keys" in run(capsys, path, BEN, "--list")[1]
    assert "is revoked" in run(capsys, path, "--revoke", key)[1]
    assert run(capsys, path)[1].endswith("revoked")
    site = frappe_lite.Site(str(path))
    assert who(_client(site, pair)) == 401
    site.close()


def test_the_command_makes_the_classic_pair_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "site.db"
    Office(str(path)).site.close()
    pair = run(capsys, path, ANN)[1]
    site = frappe_lite.Site(str(path))
    assert who(_client(site, pair)) == ANN
    site.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["nobody@example.com"], "there is no user"), (["--revoke", "nothing"], "there is no API Key nothing"),
     ([ANN, "--label", "x", "--scopes", "y"], "y is no scope")],
)  # fmt: skip
def test_the_command_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    path = tmp_path / "site.db"
    Office(str(path)).site.close()
    status, said = run(capsys, path, *arguments)
    assert status == 1 and told in said


def _client(site: frappe_lite.Site, pair: str) -> ApiClient:
    client = ApiClient(site, None)
    client.headers["Authorization"] = f"token {pair}"
    return client
