"""Names are resolved before they are compared, and nobody hands on what he does not hold.

One rule, tried at every door.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import ApiClient, BaseOffice
from frappe_lite import document
from frappe_lite.access import auth, identity
from frappe_lite.context import Context
from frappe_lite.errors import FrappeError, NameError
from frappe_lite.parts import keys
from frappe_lite.query import Condition

ANN, BEN, BOSS, PASSWORD = "ann@x.org", "ben@x.org", "boss@x.org", "correct horse 7"
USER = "frappe.core.doctype.user.user"


class Office(BaseOffice):
    """A plain user, a System Manager, and keys of narrow scope."""

    users = {"ann": ("Task User",), "ben": ("Task User",), "boss": ("System Manager",)}

    def fill(self, ctx: Context) -> None:
        for name in (ANN, BEN, BOSS):
            auth.set_password(ctx, name, PASSWORD)
        document.new(ctx, {"doctype": "Role", "role_name": "Keeper", "desk_access": 0}).insert()
        kept = {"doctype": "Role Profile", "role_profile": "Keepers", "roles": [{"role": "Keeper"}]}
        document.new(ctx, kept).insert()

    def narrow(self, user: str, scopes: str) -> ApiClient:
        """A client with a key of the user that reaches so far."""
        with self.site.acting() as ctx:
            made = keys.make_key(ctx, user, "narrow", scopes, None)
        client = ApiClient(self.site, None)
        client.headers["Authorization"] = f"token {made['api_key']}:{made['api_secret']}"
        return client

    def known(self) -> str:
        """All that lets somebody in, as it is stored."""
        apart = ("roles", "role_profiles", "new_password")
        fields = [each for each in identity.CREDENTIALS["User"] or () if each not in apart]
        asked = [
            f'SELECT name, {", ".join(fields)} FROM "tabUser"',
            'SELECT parent, role FROM "tabHas Role"',
            'SELECT parent, role_profile FROM "tabUser Role Profile"',
            'SELECT name, user, enabled, scopes FROM "tabAPI Key"',
        ]
        asked += [
            f'SELECT * FROM "{each}"' for each in ("tabRole", "tabOAuth Client", "__Auth", "tabSessions", "tabSingles")
        ]
        return repr([sorted(map(repr, self.site.database.rows(each))) for each in asked])


def user(office: Office, name: str, *roles: str, **values: Any) -> str:
    """A user of the test's own; the name."""
    with office.site.acting() as ctx:
        rows = [{"role": role} for role in roles]
        document.new(ctx, {"doctype": "User", "email": name, "first_name": "X", "roles": rows, **values}).insert()
    return name


def told(answer: TestResponse) -> str:
    body = answer.get_json()
    return str(body.get("_server_messages") or body.get("errors") or body)


# --- however it is spelled -------------------------------------------------------------------------------

SPELLINGS = ["ADMINISTRATOR", "administrator", "aDMINISTRATOR"]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("method", "argument", "more"),
    [
        ("frappe_lite.keys.generate", "user", {"label": "x"}),
        (f"{USER}.generate_keys", "user", {}),
        (f"{USER}.get_roles", "uid", {}),
        ("frappe_lite.sessions.get_list", "user", {}),
    ],
    ids=["named keys", "the pair", "roles", "sessions"],
)
def test_the_administrator_in_other_letters_is_the_administrator(
    office: Office, method: str, argument: str, more: dict[str, Any], spelling: str
) -> None:
    before = office.known()
    verb = "GET" if method.endswith("get_list") else "POST"
    assert (
        office.clients["boss"](
            f"{verb} /api/method/{method}", {argument: spelling, **more}, **_query(verb, argument, spelling)
        ).status_code
        == 403
    )
    assert office.known() == before


def _query(verb: str, argument: str, value: str) -> dict[str, Any]:
    return {"query_string": {argument: value}} if verb == "GET" else {}


@pytest.mark.parametrize("spelling", [ANN, "ANN@X.ORG", "Ann@x.org"])
@pytest.mark.parametrize("method", ["frappe_lite.keys.generate", f"{USER}.generate_keys"])
def test_a_key_is_of_the_stored_name(office: Office, method: str, spelling: str) -> None:
    made = office.clients["admin"](f"POST /api/method/{method}", {"user": spelling, "label": "x"}).get_json()["message"]
    client = ApiClient(office.site, None)
    client.headers["Authorization"] = f"token {made['api_key']}:{made['api_secret']}"
    assert client("GET /api/method/frappe.auth.get_logged_user").get_json() == {"message": ANN}
    office.clients["ann"] = ApiClient(office.site, ANN)  # the old pair has ended


@pytest.mark.parametrize(
    ("spelling", "roles"),
    [
        pytest.param("ADMINISTRATOR", "Administrator", id="the Administrator has every role"),
        pytest.param("gUEST", "Guest", id="Guest has one"),
        pytest.param("BOSS@x.org", BOSS, id="a user has the own"),
    ],
)
def test_roles_are_of_the_stored_name(office: Office, spelling: str, roles: str) -> None:
    with office.site.acting() as ctx:
        assert ctx.roles_of(spelling) == ctx.roles_of(roles)
        assert ctx.as_user(spelling).user == roles


def test_what_names_nobody_is_not_remembered(office: Office) -> None:
    with office.site.acting() as ctx:
        before = set(ctx.caches)
        assert [ctx.user_info(f"nobody{number}@x.org") for number in range(20)] == [None] * 20
        assert ctx.user_info("ANN@X.ORG") == ctx.user_info(ANN)
        assert {each for each in ctx.caches if each[0] == "user"} - before <= {("user", ANN)}


@pytest.mark.parametrize("given", ["BEN@X.ORG", ["Ben@x.org"], '["BEN@x.org", "ben@x.org"]'])
def test_who_is_assigned_is_named_as_stored(office: Office, given: Any) -> None:
    name = office.clients["admin"]("POST /api/resource/Task", {"subject": "x"}).get_json()["data"]["name"]
    body = {"doctype": "Task", "name": name, "assign_to": given}
    answer = office.clients["admin"]("POST /api/method/frappe.desk.form.assign_to.add", body)
    assert [each["owner"] for each in answer.get_json()["message"]] == [BEN]
    office.clients["admin"]("POST /api/method/frappe.desk.form.assign_to.remove", {**body, "assign_to": "BEN@X.org"})
    stored = office.clients["admin"](f"GET /api/v2/document/ToDo/{answer.get_json()['message'][0]['name']}").get_json()
    assert (stored["data"]["allocated_to"], stored["data"]["status"]) == (BEN, "Cancelled")


@pytest.mark.parametrize(
    ("doctype", "given", "stored"),
    [
        ("User", "ADMINISTRATOR", "Administrator"),
        ("Role", "system manager", "System Manager"),
        ("user", "Ann@X.org", ANN),
        ("DocType", "task", "Task"),
    ],
)
def test_a_stored_name(office: Office, doctype: str, given: str, stored: str) -> None:
    with office.site.acting() as ctx:
        assert identity.stored_name(ctx, doctype, given) == stored


@pytest.mark.parametrize("given", ["", None, [], {}, "nobody", "Administrator\u200b", "Administrator "])
def test_what_is_no_stored_name(office: Office, given: Any) -> None:
    with office.site.acting() as ctx, pytest.raises(FrappeError, match="not found"):
        identity.stored_name(ctx, "User", given)


def test_one_signs_in_by_the_name_before_another_by_the_address(office: Office) -> None:
    """The Administrator's address is `admin@example.com`; a user may have that name."""
    user(office, "admin@example.com")
    with office.site.acting() as ctx:
        assert auth.find_user(ctx, "ADMIN@example.com") == "admin@example.com"


# --- new names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("administrator", id="in other letters"),
        pytest.param(" Administrator ", id="with space around"),
        pytest.param("Administrator\u200b", id="with a space of no width"),
        pytest.param("Admin\u00adistrator", id="with a soft hyphen"),
        pytest.param("\u202eAdministrator", id="turned round"),
        pytest.param("Administrator\ufe0f", id="with a variation selector"),
        pytest.param("Keep\u3164er", id="with a filler"),
        pytest.param("Keep\u0007er", id="with a control character"),
        pytest.param("\u0410dministrator", id="with a Cyrillic A"),
        pytest.param("Administrat\u03bfr", id="with a Greek o"),
        pytest.param("\uff21dministrator", id="with a wide A"),
        pytest.param("\u00c0dministrator", id="with an accent"),
        pytest.param("Gu\u0435\u0455t", id="Guest in Cyrillic"),
        pytest.param("\u0391LL", id="All with an Alpha"),
        pytest.param("Desk  User", id="Desk User with two spaces"),
        pytest.param("S\u03a5STEM", id="System with an Upsilon"),
        pytest.param("__SYSTEM", id="the server's own"),
        pytest.param("S\u0443stem Manager", id="System Manager in Cyrillic"),
    ],
)
def test_names_that_nobody_new_gets(office: Office, text: str) -> None:
    with pytest.raises(NameError):
        identity.new_name(text)
    values = {"role_name": text, "email": text, "name": text, "first_name": "X"}
    doors = ("/api/resource/Role", "/api/resource/User", "/api/v2/document/Role", "/api/v2/document/User")
    told = [office.clients["admin"](f"POST {path}", values).status_code for path in doors]
    assert told == [409, 417, 409, 409]  # v1 names a user by the address, and this is none


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        pytest.param("Keeper", "Keeper", id="plain"),
        pytest.param("  Keeper of \u00e9t\u00e9 ", "Keeper of \u00e9t\u00e9", id="accents stay"),
        pytest.param("Keep\uff45r", "Keeper", id="a wide letter is a letter"),
        pytest.param("e\u0301t\u00e9", "\u00e9t\u00e9", id="an accent beside its letter joins it"),
        pytest.param(
            "\u041a\u043b\u0430\u0434\u043e\u0432\u0449\u0438\u043a",
            "\u041a\u043b\u0430\u0434\u043e\u0432\u0449\u0438\u043a",
            id="a Russian name is a name",
        ),
        pytest.param("Guest Relations", "Guest Relations", id="more than a reserved name"),
    ],
)
def test_names_that_may_be(text: str, plain: str) -> None:
    assert identity.new_name(text) == plain


@pytest.mark.parametrize("path", ["/api/resource/User", "/api/v2/document/User"])
def test_a_hidden_character_in_an_address(office: Office, path: str) -> None:
    name = "hidden\u200b@x.org"
    assert office.clients["admin"](f"POST {path}", {"email": name, "name": name, "first_name": "X"}).status_code == 409


def test_v2_names_a_user_by_the_address_in_small_letters(office: Office) -> None:
    body = {"email": "Cat@X.org", "name": "CAT@x.org", "first_name": "Cat"}
    assert office.clients["admin"]("POST /api/v2/document/User", body).get_json()["data"]["name"] == "cat@x.org"


def test_a_role_that_is_there_is_a_duplicate(office: Office) -> None:
    assert (
        office.clients["admin"]("POST /api/resource/Role", {"role_name": "system manager"}).get_json()["exc_type"]
        == "DuplicateEntryError"
    )


# --- renaming --------------------------------------------------------------------------------------------


def rename(office: Office, who: str, old: str, new: str, doctype: str = "User", merge: int = 0) -> TestResponse:
    body = {"doctype": doctype, "old_name": old, "new_name": new, "merge": merge}
    return office.clients[who]("POST /api/method/frappe.client.rename_doc", body)


@pytest.mark.parametrize(
    ("who", "new", "merge", "status"),
    [
        pytest.param("boss", "renamed@x.org", 0, 200, id="a System Manager, to an address"),
        pytest.param("ann", "renamed2@x.org", 0, 403, id="nobody the own user"),
        pytest.param("boss", "no address", 0, 417, id="not to what is no address"),
        pytest.param("boss", "__system", 0, 417, id="not to a name of the server's own"),
        pytest.param("boss", "hid\u200bden@x.org", 0, 409, id="not to a hidden character"),
        pytest.param("boss", "ADMINISTRATOR", 1, 417, id="not to the Administrator, whom one may not write"),
        pytest.param("admin", "administrator", 1, 417, id="nobody becomes the Administrator"),
        pytest.param("admin", "Guest", 1, 417, id="nor Guest"),
        pytest.param("boss", "\u0410dministrator", 0, 417, id="nor one who looks so"),
        pytest.param("boss", BEN, 0, 417, id="not to a taken name"),
        pytest.param("boss", "b\uff45n2@x.org", 0, 409, id="not to a wide letter"),
        pytest.param("boss", "\u00c9va@x.org", 0, 409, id="not to a large letter that the database takes for another"),
        pytest.param("boss", "\u00e9va@x.org", 0, 200, id="but to the small one"),
    ],
)
def test_who_renames_users_to_what(office: Office, who: str, new: str, merge: int, status: int) -> None:
    old = ANN if who == "ann" else user(office, f"old-{ord(new[0])}-{ord(new[-1])}-{len(new)}@x.org")
    answer = rename(office, who, old, new, merge=merge)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("name", ["Administrator", "Guest", "administrator"])
def test_the_standard_users_keep_their_names(office: Office, name: str) -> None:
    assert rename(office, "admin", name, "new-admin@x.org").status_code == 417


def test_a_name_with_a_past_is_not_inherited(office: Office) -> None:
    gone, heir = user(office, "gone@x.org", "Task User"), user(office, "heir@x.org")
    secret = ApiClient(office.site, gone)("POST /api/resource/Private Note", {"title": "secret"}).get_json()["data"][
        "name"
    ]
    assert office.clients["admin"](f"DELETE /api/resource/User/{gone}").status_code == 202
    answer = rename(office, "boss", heir, "GONE@x.org")
    assert answer.status_code == 417 and "owns documents already" in told(answer)
    assert ApiClient(office.site, heir)(f"GET /api/resource/Private Note/{secret}").status_code == 403


def test_a_merge_hands_over_on_purpose(office: Office) -> None:
    first, second = user(office, "first@x.org", "Task User"), user(office, "second@x.org", "Task User")
    ApiClient(office.site, first)("POST /api/resource/Task", {"subject": "of first"})
    assert rename(office, "boss", first, second, merge=1).status_code == 200
    assert office.site.database.row('SELECT owner FROM "tabTask" WHERE subject = ?', ("of first",)) == (second,)


@pytest.mark.parametrize(
    ("old", "new", "merge"),
    [
        ("System Manager", "Old Manager", 0), ("Keeper", "System Manager", 1), ("Keeper", "Administrator", 1), ((
            "Keeper"
        ), "administrator", 1), ("Guest", "Keeper", 1),
        ("Keeper", "\u0410dministrator", 0),
    ],
)  # fmt: skip
def test_standard_roles_are_no_end_of_a_rename(office: Office, old: str, new: str, merge: int) -> None:
    before = office.known()
    assert rename(office, "boss", old, new, "Role", merge).status_code == 417
    assert office.known() == before


def test_another_role_gets_another_name(office: Office) -> None:
    with office.site.acting() as ctx:
        document.new(ctx, {"doctype": "Role", "role_name": "Warden"}).insert()
    assert rename(office, "boss", "Warden", "Guardian", "Role").status_code == 200


@pytest.mark.parametrize("role", ["System Manager", "All", "Guest", "Administrator"])
def test_standard_roles_are_not_switched_off(office: Office, role: str) -> None:
    assert office.clients["admin"](f"PUT /api/resource/Role/{role}", {"disabled": 1}).status_code == 417


# --- roles -----------------------------------------------------------------------------------------------


def _whole(office: Office, name: str) -> dict[str, Any]:
    return dict(
        office.clients["admin"](
            "GET /api/method/frappe.client.get", query_string={"doctype": "User", "name": name}
        ).get_json()["message"]
    )


def _saved(office: Office, client: ApiClient, name: str, values: dict[str, Any]) -> TestResponse:
    return client("POST /api/method/frappe.client.save", {"doc": json.dumps({**_whole(office, name), **values})})


def _formed(office: Office, client: ApiClient, name: str, values: dict[str, Any]) -> TestResponse:
    return client(
        "POST /api/method/frappe.desk.form.save.savedocs",
        {"doc": json.dumps({**_whole(office, name), **values}), "action": "Save"},
    )


def _updated(_office: Office, client: ApiClient, name: str, values: dict[str, Any]) -> TestResponse:
    docs = [{"doctype": "User", "docname": name, **values}]
    return client("POST /api/method/frappe.client.bulk_update", {"docs": json.dumps(docs)})


def _set(_office: Office, client: ApiClient, name: str, values: dict[str, Any]) -> TestResponse:
    return client("POST /api/method/frappe.client.set_value", {"doctype": "User", "name": name, "fieldname": values})


def _batched(office: Office, client: ApiClient, name: str, values: dict[str, Any]) -> TestResponse:
    return client(
        "POST /api/v2/batch",
        {"operations": [{"method": "PUT", "path": f"/api/v2/document/User/{name}", "body": values}]},
    )


DOORS: dict[str, Callable[[Office, ApiClient, str, dict[str, Any]], TestResponse]] = {
    "v1": lambda _office, client, name, values: client(f"PUT /api/resource/User/{name}", values),
    "v2": lambda _office, client, name, values: client(f"PATCH /api/v2/document/User/{name}", values),
    "set_value": _set,
    "save": _saved,
    "savedocs": _formed,
    "bulk": lambda _office, client, name, values: client(
        "POST /api/v2/document/User/bulk_update", {"docs": [{"name": name, **values}]}
    ),
    "bulk_update": _updated,
    "batch": _batched,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "values",
    [{"roles": [{"role": "System Manager"}, {"role": "Administrator"}]}, {"roles": [{"role": "ADMINISTRATOR"}]}],
    ids=["beside", "in other letters"],
)
@pytest.mark.parametrize("who", ["boss", "admin"])
def test_nobody_gives_the_role_of_the_administrator(
    office: Office, who: str, values: dict[str, Any], door: str
) -> None:
    DOORS[door](office, office.clients[who], BOSS, values)
    with office.site.acting() as ctx:
        assert "Administrator" not in ctx.roles_of(BOSS)


@pytest.mark.parametrize("who", ["boss", "admin"])
def test_a_row_of_a_role_by_itself_is_judged_the_same(office: Office, who: str) -> None:
    body = {"parent": BOSS, "parenttype": "User", "parentfield": "roles"}
    assert office.clients[who]("POST /api/resource/Has Role", {**body, "role": "Administrator"}).status_code == 403
    row = office.clients["admin"](
        "GET /api/resource/Has Role", query_string={"parent": "User", "filters": json.dumps({"parent": BOSS})}
    ).get_json()["data"][0]["name"]
    assert office.clients[who](f"PUT /api/resource/Has Role/{row}", {"role": "Administrator"}).status_code == 403
    with office.site.acting() as ctx:
        assert "Administrator" not in ctx.roles_of(BOSS)


def test_only_a_system_manager_gives_roles(office: Office) -> None:
    """One who writes the level of roles by a rule of the site's own still gives none."""
    rules = [
        {"role": "Keeper", "read": 1, "write": 1, "create": 1},
        {"role": "Keeper", "permlevel": 1, "read": 1, "write": 1},
    ]
    with office.site.acting() as ctx:
        for rule in [*ctx.meta("User").permissions, *rules]:
            document.new(ctx, {**rule, "doctype": "Custom DocPerm", "parent": "User", "name": None}).insert()
    client = ApiClient(office.site, user(office, "keeper@x.org", "Keeper"))
    assert client(f"PUT /api/resource/User/{BEN}", {"last_name": "Changed"}).status_code == 200
    for roles in ([{"role": "System Manager"}], []):
        answer = client(f"PUT /api/resource/User/{BEN}", {"roles": roles})
        assert answer.status_code == 403 and "Only a System Manager" in told(answer)
    assert client(f"PUT /api/resource/User/{BEN}", {"new_password": "taken over 1"}).status_code == 403
    with office.site.acting() as ctx:
        for row in ctx.store.find(ctx.meta("Custom DocPerm"), Condition("parent = 'User'")):
            document.delete(ctx, "Custom DocPerm", row["name"])
        assert "Task User" in ctx.roles_of(BEN)


def test_a_system_manager_gives_and_takes_roles(office: Office) -> None:
    name = user(office, "pupil@x.org")
    for roles in (["Keeper"], ["Keeper", "Task User"], []):
        assert (
            office.clients["boss"](
                f"PUT /api/resource/User/{name}", {"roles": [{"role": each} for each in roles]}
            ).status_code
            == 200
        )
        with office.site.acting() as ctx:
            assert ctx.roles_of(name) - {"All", "Guest", "Desk User"} == set(roles)


def test_code_of_the_site_itself_may(office: Office) -> None:
    """An app's install step gives the user Administrator every role, as Frappe's does."""
    with office.site.acting() as ctx:
        document.load(ctx.trusted(), "User", "Administrator").add_roles("Administrator")
        assert "Administrator" in {row.role for row in document.load(ctx, "User", "Administrator").roles}


# --- tokens of narrow scope ------------------------------------------------------------------------------

CHANGES: dict[str, dict[str, Any]] = {
    "new_password": {"new_password": "Stolen horse 42"}, "roles": {"roles": [{"role": "System Manager"}, {"role": (
        "Keeper"
    )}]}, "no roles": {"roles": []},
    "enabled": {"enabled": 0}, "api_key": {"api_key": "mine"}, "reset key": {"reset_password_key": auth.digest("mine")}, (
        "place"
    ): {"restrict_ip": "10.9.9.9"},
    "hour": {"login_before": 1}, "second factor": {"bypass_restrict_ip_check_if_2fa_enabled": 1},
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    ("who", "whose"),
    [(ANN, ANN), (BOSS, BEN), ("Administrator", BEN)],
    ids=["the own", "a manager's of another", "the Administrator's of another"],
)
def test_a_narrow_token_changes_no_credentials(office: Office, who: str, whose: str, change: str, door: str) -> None:
    client = office.narrow(who, "User:write")
    before = office.known()
    DOORS[door](office, client, whose, CHANGES[change])
    assert office.known() == before


def test_a_narrow_token_is_told_why(office: Office) -> None:
    answer = office.narrow(BOSS, "User:write")(f"PUT /api/resource/User/{BEN}", {"enabled": 0})
    assert answer.status_code == 403 and "narrow scope cannot change enabled of User" in told(answer)


def test_a_narrow_token_changes_what_lets_nobody_in(office: Office) -> None:
    answer = office.narrow(BOSS, "User:write")(
        f"PUT /api/resource/User/{BEN}",
        {"last_name": "Narrow", "enabled": 1, "new_password": "", "roles": [{"role": "Task User"}]},
    )
    assert answer.status_code == 200 and answer.get_json()["data"]["last_name"] == "Narrow"


API, METHOD = "/api/resource", "/api/method"
ROW = {"parent": BEN, "parenttype": "User", "parentfield": "roles", "role": "Keeper"}
PROGRAM = {"app_name": "x", "redirect_uris": "https://x.org", "default_redirect_uri": "https://x.org"}
NEW = {"email": "n@x.org", "first_name": "N"}
OLD_AND_NEW = {"old_password": PASSWORD, "new_password": "Stolen horse 42"}
OTHER_NAME = {"doctype": "User", "old_name": BEN, "new_name": "b@x.org"}
SETTINGS = "System Settings/System Settings"
PROVIDER = "OAuth Provider Settings/OAuth Provider Settings"


@pytest.mark.parametrize(
    ("scopes", "request_", "body"),
    [
        pytest.param("User:write", f"DELETE {API}/User/{BEN}", None, id="no user is deleted"),
        pytest.param("User:write", f"POST {METHOD}/frappe.client.rename_doc", OTHER_NAME, id="nor renamed"),
        pytest.param(
            "User:write", f"POST {API}/User", {**NEW, "new_password": PASSWORD}, id="nor made with a password"
        ),
        pytest.param(
            "User:write", f"POST {API}/User", {**NEW, "roles": [{"role": "Keeper"}]}, id="nor made with roles"
        ),
        pytest.param("Has_Role:write User:write", f"POST {API}/Has Role", ROW, id="no row of a role"),
        pytest.param(
            "User:write",
            f"PUT {API}/User/{BEN}",
            {"role_profiles": [{"role_profile": "Keepers"}]},
            id="no profile given",
        ),
        pytest.param("Role_Profile:write", f"PUT {API}/Role Profile/Keepers", {"roles": []}, id="nor changed"),
        pytest.param("Role:write", f"PUT {API}/Role/Keeper", {"desk_access": 1}, id="no role opens the desk"),
        pytest.param("OAuth_Client:write", f"POST {API}/OAuth Client", PROGRAM, id="no client"),
        pytest.param(
            "System_Settings:write",
            f"PUT {API}/{SETTINGS}",
            {"allow_cors": "https://evil.example"},
            id="no site is let in",
        ),
        pytest.param(
            "OAuth_Provider_Settings:write",
            f"PUT {API}/{PROVIDER}",
            {"skip_authorization": "Auto"},
            id="no consent is skipped",
        ),
        pytest.param(
            "method:frappe_lite.keys.generate",
            f"POST {METHOD}/frappe_lite.keys.generate",
            {"label": "x"},
            id="no key is made",
        ),
        pytest.param(
            f"method:{USER}.generate_keys", f"POST {METHOD}/{USER}.generate_keys", {"user": BOSS}, id="nor a pair"
        ),
        pytest.param(
            f"method:{USER}.update_password", f"POST {METHOD}/{USER}.update_password", OLD_AND_NEW, id="no password"
        ),
        pytest.param(
            "method:frappe_lite.sessions.end",
            f"POST {METHOD}/frappe_lite.sessions.end",
            {"id": "x"},
            id="no session is ended",
        ),
    ],
)
def test_a_narrow_token_makes_and_ends_nothing_that_lets_in(
    office: Office, scopes: str, request_: str, body: Any
) -> None:
    client = office.narrow(BOSS, scopes)
    before = office.known()
    answer = client(request_, body)
    assert answer.status_code == 403 and "narrow scope cannot change" in told(answer), answer.text
    assert office.known() == before


@pytest.mark.parametrize("request_", ["PUT", "DELETE", "revoke"])
def test_a_narrow_token_ends_no_key(office: Office, request_: str) -> None:
    with office.site.acting() as ctx:
        name = keys.make_key(ctx, BOSS, "kept", "all", None)["name"]
    client = office.narrow(BOSS, "API_Key:write method:frappe_lite.keys.revoke")
    path = (
        "POST /api/method/frappe_lite.keys.revoke"
        if request_ == "revoke"
        else f"{request_} /api/resource/API Key/{name}"
    )
    assert client(path, {"enabled": 0, "name": name}).status_code == 403
    assert office.site.database.row('SELECT enabled FROM "tabAPI Key" WHERE name = ?', (name,)) == (1,)


# --- addresses that a browser would run ---


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("javascript:alert(1)", 417), ("JavaScript:alert(1)", 417), (" javascript:alert(1)", 417), ("java\tscript:alert(1)", 417), ("vbscript:x", 417),
        ("data:text/html,<script>x</script>", 417), ("/files/me.png", 200), ("https://x.org/me.png", 200), ("data:image/png;base64,AAAA", 200), ("", 200),
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["user_image", "banner_image"])
def test_a_picture_is_no_script(office: Office, field: str, address: str, status: int) -> None:
    answer = office.clients["ann"](f"PUT /api/resource/User/{ANN}", {field: address})
    assert (answer.status_code, answer.get_json().get("exc_type")) == (
        status,
        None if status == 200 else "InvalidURLError",
    )


# --- passwords in documents ------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("who", ["ann", "boss", "admin"])
def test_the_own_password_is_not_set_in_the_document(office: Office, who: str, door: str) -> None:
    name = "Administrator" if who == "admin" else f"{who}@x.org"
    before = office.known()
    answer = DOORS[door](office, office.clients[who], name, {"new_password": "Another horse 42"})
    assert office.known() == before
    assert "update_password" in answer.text or door in ("bulk_update", "batch")


@pytest.mark.parametrize(
    ("who", "whose", "status"),
    [("boss", "ben", 200), ("admin", "ben", 200), ("ann", "ben", 403), ("boss", "Administrator", 403)],
)
def test_who_sets_anothers_password(office: Office, who: str, whose: str, status: int) -> None:
    name = whose if whose == "Administrator" else f"{whose}@x.org"
    assert (
        office.clients[who](f"PUT /api/resource/User/{name}", {"new_password": "Another horse 42"}).status_code
        == status
    )
    with office.site.acting() as ctx:
        assert auth.check_password(ctx, name, "Another horse 42") is (status == 200)
        if status == 200:
            auth.set_password(ctx, name, PASSWORD)


def test_who_may_write_anothers_user_by_a_share_sets_no_password(office: Office) -> None:
    name = user(office, "sharer@x.org")
    body = {"doctype": "User", "name": name, "user": ANN, "read": 1, "write": 1}
    assert ApiClient(office.site, name)("POST /api/method/frappe.share.add", body).status_code == 200
    assert office.clients["ann"](f"PUT /api/resource/User/{name}", {"last_name": "by Ann"}).status_code == 200
    assert (
        office.clients["ann"](f"PUT /api/resource/User/{name}", {"new_password": "Another horse 42"}).status_code == 403
    )


def test_a_script_sets_any_password(office: Office) -> None:
    with office.site.acting(ANN) as ctx:
        doc = document.load(ctx, "User", ANN)
        doc.new_password = PASSWORD
        doc.save()
        assert auth.check_password(ctx, ANN, PASSWORD)
