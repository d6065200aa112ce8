"""OAuth 2.0: who gets a code, who gets a token for it, and how far the token reaches."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

import frappe_lite
from conftest import ApiClient, AppSite
from frappe_lite import document, router
from frappe_lite.access import auth
from frappe_lite.context import Context
from frappe_lite.document import calling
from frappe_lite.parts import keys
from frappe_lite.parts.oauth import grants as oauth_grants
from frappe_lite.parts.oauth import provider as oauth
from frappe_lite.parts.oauth.documents import PAGES
from frappe_lite.parts.oauth.records import SETTINGS, moment
from frappe_lite.parts.oauth.registering import REGISTRATIONS_AN_HOUR
from frappe_lite.whitelist import built_in

ANN, PASSWORD = "ann@example.com", "correct horse 7"
BACK = "https://shop.example/cb"  # on another machine: every code needs a proof
HOME = "http://localhost:9/cb"
AUTHORIZE, APPROVE, PROFILE = (
    f"/api/method/{oauth.PREFIX}.{name}" for name in ("authorize", "approve", "openid_profile")
)
WHO = "GET /api/method/frappe.auth.get_logged_user"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


def fill(ctx: Context) -> None:
    values = {"email": ANN, "first_name": "Ann", "new_password": PASSWORD, "roles": [{"role": "Task User"}]}
    document.new(ctx, {"doctype": "User", **values}).insert()


class World:
    """A site with Ann, a client that needs no consent, and what the three say to each other."""

    def __init__(self) -> None:
        self.site = AppSite(fill=fill)
        self.program = ApiClient(self.site, None)
        self.client = self.new_client(skip_authorization=1)

    def new_client(self, **values: Any) -> dict[str, Any]:
        with self.site.acting() as ctx:
            given = {
                "doctype": "OAuth Client",
                "app_name": "Shop & Co",
                "redirect_uris": f"{BACK}\nhttps://shop.example/second",
                "default_redirect_uri": BACK,
                **values,
            }
            made = document.new(ctx, given).insert().as_dict()
        return dict(made)

    def set(self, **settings: Any) -> None:
        with self.site.acting() as ctx:
            document.set_values(ctx, ctx.meta(SETTINGS), SETTINGS, settings)

    def sql(self, statement: str, *params: Any) -> None:
        with self.site.database.transaction():
            self.site.database.execute(statement, params)

    def browser(self, user: str = ANN, password: str = PASSWORD) -> ApiClient:
        made = ApiClient(self.site, None)
        if user:
            assert made("POST /api/method/login", {"usr": user, "pwd": password}).status_code == 200
        return made

    def asked(self, client: dict[str, Any] | None = None, **params: Any) -> dict[str, str]:
        given = {
            "client_id": (client or self.client)["client_id"],
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": "all openid",
            "state": "xyz",
            **params,
        }
        return {key: value for key, value in given.items() if value is not None}

    def code(self, client: dict[str, Any] | None = None, browser: ApiClient | None = None, **params: Any) -> str:
        response = (browser or self.browser())(f"GET {APPROVE}?{urlencode(self.asked(client, **params))}")
        assert response.status_code == 302, response.text
        return returned(response)["code"]

    def post(self, method: str, headers: dict[str, str] | None = None, **form: Any) -> TestResponse:
        data = {key: value for key, value in form.items() if value is not None}
        return self.program(f"POST /api/method/{oauth.PREFIX}.{method}", data=data, headers=headers)

    def redeem(self, code: str | None, client: dict[str, Any] | None = None, **form: Any) -> TestResponse:
        """By the client's secret, unless the test shows a verifier or says otherwise."""
        known = client or self.client
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "client_id": known["client_id"],
        }
        return self.post(
            "get_token",
            **{**asked, **({} if "code_verifier" in form else {"client_secret": known["client_secret"]}), **form},
        )

    def refresh(self, token: str, client: dict[str, Any] | None = None, **form: Any) -> TestResponse:
        known = client or self.client
        asked = {"grant_type": "refresh_token", "refresh_token": token, "client_id": known["client_id"]}
        return self.post("get_token", **{**asked, "client_secret": known["client_secret"], **form})

    def tokens(
        self, client: dict[str, Any] | None = None, browser: ApiClient | None = None, **params: Any
    ) -> dict[str, Any]:
        response = self.redeem(self.code(client, browser, **params), client)
        assert response.status_code == 200, response.text
        return dict(response.json or {})

    def as_token(self, token: str, request: str, body: Any = None, **options: Any) -> TestResponse:
        return self.program(request, body, headers={"Authorization": f"Bearer {token}"}, **options)

    def status_of(self, token: str) -> int:
        return self.as_token(token, WHO).status_code


def returned(response: TestResponse) -> dict[str, str]:
    """What the client gets back in the address that the browser is sent to."""
    place = urlsplit(response.headers["Location"])
    return {key: values[0] for key, values in parse_qs(place.query or place.fragment).items()}


def fields_of(page: str) -> dict[str, str]:
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type=hidden name="([^"]*)" value="([^"]*)">', page)
    }


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.site.close()


# --- asking for a code -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"client_id": "nope"}, id="an unknown client"),
        pytest.param({"client_id": None}, id="no client"),
        pytest.param({"redirect_uri": "https://evil.example/cb"}, id="an address of somebody else"),
        pytest.param({"redirect_uri": BACK + "/"}, id="an address that only begins right"),
        pytest.param({"redirect_uri": BACK.upper()}, id="an address in capitals"),
        pytest.param({"redirect_uri": BACK + "?x=1"}, id="an address with a query"),
        pytest.param({"redirect_uri": "http://localhost:10/cb"}, id="another port"),
        pytest.param({"redirect_uri": "javascript:alert(1)"}, id="a script"),
        pytest.param({"redirect_uri": "/cb"}, id="a relative address"),
    ],
)
@pytest.mark.parametrize("path", [AUTHORIZE, APPROVE])
@pytest.mark.parametrize("user", [ANN, ""])
def test_nobody_is_sent_to_an_address_that_is_not_registered(world, path, user, params):
    response = world.browser(user)(f"GET {path}?{urlencode(world.asked(**params))}")
    assert response.status_code == 400
    assert "Location" not in response.headers
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("params", "error"),
    [
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="a token at once"),
        pytest.param({"response_type": "code token"}, "unauthorized_client", id="a code and a token"),
        pytest.param({"response_type": None}, "invalid_request", id="nothing"),
        pytest.param({"scope": "all everything"}, "invalid_scope", id="a scope that the client has not"),
        pytest.param(
            {"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request", id="a short challenge"
        ),
        pytest.param(
            {"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request", id="a plain challenge"
        ),
        pytest.param({"code_challenge": VERIFIER}, "invalid_request", id="a challenge that is plain by default"),
        pytest.param(
            {"code_challenge": VERIFIER, "code_challenge_method": "S1"},
            "invalid_request",
            id="an unknown kind of challenge",
        ),
        pytest.param({"prompt": "none consent"}, "invalid_request", id="a prompt that contradicts itself"),
        pytest.param({"claims": "{"}, "", id="claims that are no JSON"),
        pytest.param({"id_token_hint": "x.y.z"}, "login_required", id="a hint that is no id_token"),
    ],
)
def test_what_a_client_asks_wrongly_it_is_told(world, params, error):
    response = world.browser()(f"GET {APPROVE}?{urlencode(world.asked(**params))}")
    if not error:
        assert (response.status_code, "Location" in response.headers) == (400, False)
        return
    told = returned(response)
    assert (told["error"], told["state"], "code" in told) == (error, "xyz", False)


def test_a_missing_address_is_the_default_one(world):
    response = world.browser()(f"GET {APPROVE}?{urlencode(world.asked(redirect_uri=None))}")
    assert response.headers["Location"].startswith(f"{BACK}?")
    assert world.redeem(returned(response)["code"], redirect_uri=None).status_code == 200


def test_a_plain_challenge_by_setting(world):
    world.set(allow_plain_code_challenge=1)
    code = world.code(code_challenge=VERIFIER, code_challenge_method="plain")
    assert world.redeem(code, code_verifier=VERIFIER).status_code == 200


@pytest.mark.parametrize("how", ["by setting", "for a client without secret"])
def test_a_challenge_can_be_required(world, how):
    client = world.client
    if how == "by setting":
        world.set(require_code_challenge=1)
    else:
        client = world.new_client(skip_authorization=1, token_endpoint_auth_method="None")
    assert returned(world.browser()(f"GET {APPROVE}?{urlencode(world.asked(client))}"))["error"] == "invalid_request"
    assert world.redeem(world.code(client, **PKCE), client, code_verifier=VERIFIER).status_code == 200


def test_a_client_for_some_roles_lets_in_nobody_else(world):
    client = world.new_client(skip_authorization=1, allowed_roles=[{"role": "System Manager"}])
    assert returned(world.browser()(f"GET {APPROVE}?{urlencode(world.asked(client))}"))["error"] == "access_denied"
    with world.site.acting() as ctx:
        auth.set_password(ctx, "Administrator", PASSWORD)
    assert world.code(client, world.browser("Administrator"))


def test_a_client_of_another_kind_gets_no_code(world):
    client = world.new_client(skip_authorization=1, grant_type="Implicit", response_type="Token")
    for kind, error in (("code", "unauthorized_client"), ("token", "unsupported_response_type")):
        assert (
            returned(world.browser()(f"GET {APPROVE}?{urlencode(world.asked(client, response_type=kind))}"))["error"]
            == error
        )


@pytest.mark.parametrize(
    "scopes",
    [
        "method:frappe.integrations.oauth2.approve Task:read",
        f"method:{oauth.PREFIX}.authorize method:{oauth.PREFIX}.approve",
    ],
)
def test_a_narrow_key_gets_no_code(world, scopes):
    with world.site.acting() as ctx:
        made = keys.make_key(ctx, ANN, "narrow", scopes, None)
    header = {"Authorization": f"token {made['api_key']}:{made['api_secret']}"}
    response = world.program(f"GET {APPROVE}?{urlencode(world.asked())}", headers=header)
    assert (response.status_code, "Location" in response.headers) == (403, False)


def test_a_token_cannot_get_another_one(world):
    token = world.tokens()["access_token"]
    response = world.as_token(token, f"GET {APPROVE}?{urlencode(world.asked())}")
    assert (response.status_code, "Location" in response.headers) == (403, False)


# --- consent ---------------------------------------------------------------------------------------------


@pytest.fixture
def asking(world: World) -> tuple[World, ApiClient, dict[str, Any], TestResponse]:
    """A client that needs consent, and the page that asks Ann for it."""
    client, browser = world.new_client(), world.browser()
    return (
        world,
        browser,
        client,
        browser(f"GET {AUTHORIZE}?{urlencode(world.asked(client, scope='openid Sales_Order:read'))}"),
    )


def test_the_page_says_who_wants_what(asking):
    _world, _browser, _client, page = asking
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
    for part in ("Shop &amp; Co", ANN, "read documents of the type Sales Order", "know your name", "shop.example"):
        assert part in text
    assert "<script" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://shop.example" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["X-Frame-Options"] == "DENY"


def test_nothing_is_allowed_without_an_answer(asking):
    world, browser, client, page = asking
    for verb in ("GET", "POST"):
        response = browser(f"{verb} {APPROVE}?{urlencode(world.asked(client))}")
        assert AUTHORIZE in response.headers["Location"]
        assert "code" not in returned(response)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, "code", id="allow"),
        pytest.param({"decision": "refuse"}, "error", id="refuse"),
        pytest.param({"decision": None}, "error", id="no button"),
        pytest.param({"approval": "0" * 64}, 403, id="a guessed key"),
        pytest.param({"approval": ""}, 403, id="an empty key"),
        pytest.param({"scope": "all openid"}, 403, id="more than was shown"),
        pytest.param({"redirect_uri": "https://shop.example/second"}, 403, id="another address than was shown"),
        pytest.param({"state": "other"}, 403, id="another state than was shown"),
    ],
)
def test_only_what_was_shown_is_allowed(asking, change, expected):
    _world, browser, _client, page = asking
    form = {**fields_of(page.text), "decision": "allow", **change}
    response = browser(f"POST {APPROVE}", data={key: value for key, value in form.items() if value is not None})
    if expected == 403:
        assert (response.status_code, "Location" in response.headers) == (403, False)
        return
    assert response.status_code == 303
    assert response.headers["Location"].startswith(BACK)
    told = returned(response)
    assert (expected in told, told["state"]) == (True, "xyz")
    assert told.get("error") in (None, "access_denied")


def test_another_session_cannot_send_the_form(asking):
    world, _browser, _client, page = asking
    response = world.browser()(f"POST {APPROVE}", data={**fields_of(page.text), "decision": "allow"})
    assert response.status_code == 403


def test_a_session_with_a_csrf_token_has_it_in_the_form(world):
    browser = world.browser()
    token = re.search(r'csrf_token = "(\w+)"', browser("GET /app").text)[1]
    page = browser(f"GET {AUTHORIZE}?{urlencode(world.asked(world.new_client()))}")
    assert fields_of(page.text)["csrf_token"] == token
    assert "code" in returned(browser(f"POST {APPROVE}", data={**fields_of(page.text), "decision": "allow"}))
    response = browser(f"POST {APPROVE}", data={**fields_of(page.text), "decision": "allow", "csrf_token": "x"})
    assert response.status_code == 400


def test_prompt_none_shows_nothing(world):
    client = world.new_client()
    assert (
        returned(world.browser("")(f"GET {AUTHORIZE}?{urlencode(world.asked(client, prompt='none'))}"))["error"]
        == "login_required"
    )
    assert (
        returned(world.browser()(f"GET {AUTHORIZE}?{urlencode(world.asked(client, prompt='none'))}"))["error"]
        == "consent_required"
    )
    assert world.browser()(f"GET {AUTHORIZE}?{urlencode(world.asked(prompt='none'))}").status_code == 302
    assert world.browser()(f"GET {AUTHORIZE}?{urlencode(world.asked(prompt='consent'))}").status_code == 200


def test_by_setting_who_allowed_it_before_is_not_asked_again(world):
    browser, client = world.browser(), world.new_client()
    page = browser(f"GET {AUTHORIZE}?{urlencode(world.asked(client, scope='openid'))}")
    world.redeem(
        returned(browser(f"POST {APPROVE}", data={**fields_of(page.text), "decision": "allow"}))["code"], client
    )
    assert browser(f"GET {AUTHORIZE}?{urlencode(world.asked(client, scope='openid'))}").status_code == 200
    world.set(skip_authorization="Auto")
    assert browser(f"GET {AUTHORIZE}?{urlencode(world.asked(client, scope='openid'))}").status_code == 302
    assert browser(f"GET {AUTHORIZE}?{urlencode(world.asked(client, scope='all'))}").status_code == 200


# --- signing in ------------------------------------------------------------------------------------------


def test_a_guest_signs_in_and_comes_back(world):
    browser = world.browser("")
    response = browser(f"GET {AUTHORIZE}?{urlencode(world.asked())}")
    assert response.headers["Location"].startswith("/login?redirect-to=")
    page = browser(f"GET {response.headers['Location']}")
    assert browser("POST /login", data={**fields_of(page.text), "usr": ANN, "pwd": "wrong"}).status_code == 401
    response = browser("POST /login", data={**fields_of(page.text), "usr": ANN, "pwd": PASSWORD})
    assert response.status_code == 303
    assert response.headers["Location"].startswith(AUTHORIZE)
    response = browser(f"GET {response.headers['Location']}")
    assert "code" in returned(browser(f"GET {response.headers['Location']}"))


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/a\\..\\b",
        "/a\r\nX: y",
        "javascript:alert(1)",
        "",
    ],
)
def test_the_login_page_leads_nowhere_else(world, target):
    response = world.browser("")("POST /login", data={"redirect-to": target, "usr": ANN, "pwd": PASSWORD})
    assert response.headers["Location"] == "/app"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_signs_nobody_in(world, headers):
    response = world.browser("")("POST /login", data={"usr": ANN, "pwd": PASSWORD}, headers=headers)
    assert (response.status_code, "Set-Cookie" in response.headers) == (400, False)


# --- tokens ----------------------------------------------------------------------------------------------


def test_a_code_becomes_a_token(world):
    got = world.tokens()
    assert list(got)[:3] == ["access_token", "expires_in", "token_type"]
    assert (got["token_type"], got["expires_in"], got["scope"]) == ("Bearer", 3600, "all openid")
    assert world.as_token(got["access_token"], WHO).json == {"message": ANN}


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        pytest.param({"code": "nope"}, 400, "invalid_grant", id="an unknown code"),
        pytest.param({"code": None}, 400, "invalid_request", id="no code"),
        pytest.param({"client_id": None}, 401, "invalid_client", id="no client"),
        pytest.param({"client_id": "nope"}, 401, "invalid_client", id="an unknown client"),
        pytest.param({"client_secret": "wrong"}, 401, "invalid_client", id="a wrong secret"),
        pytest.param(
            {"redirect_uri": "https://shop.example/second"}, 400, "invalid_grant", id="another address of the client"
        ),
        pytest.param({"redirect_uri": "https://evil.example"}, 400, "invalid_grant", id="another address"),
        pytest.param({"code_verifier": "wrong"}, 400, "invalid_grant", id="a wrong verifier"),
        pytest.param({"code_verifier": None}, 400, "invalid_request", id="no verifier"),
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", id="a password"),
        pytest.param(
            {"grant_type": "client_credentials"}, 400, "unsupported_grant_type", id="the client's own credentials"
        ),
        pytest.param({"grant_type": None}, 400, "unsupported_grant_type", id="no kind of grant"),
    ],
)
def test_a_code_is_bound_to_all_that_it_was_asked_with(world, form, status, error):
    response = world.redeem(**{"code": world.code(**PKCE), "code_verifier": VERIFIER, **form})
    assert response.status_code == status
    assert response.json["error"] == error
    assert "access_token" not in response.text
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_a_code_is_bound_to_its_client(world):
    other = world.new_client(skip_authorization=1)
    code = world.code()
    assert world.redeem(code, other).json == {"error": "invalid_grant"}
    assert world.redeem(code).status_code == 200, "the stranger's try did not spend it"


def test_parameters_in_the_address_are_refused(world):
    query = urlencode(
        {"grant_type": "authorization_code", "code": world.code(), "client_id": world.client["client_id"]}
    )
    assert world.program(f"POST /api/method/{oauth.PREFIX}.get_token?{query}").status_code == 400


@pytest.mark.parametrize("how", ["Basic", "post", "none"])
def test_a_client_that_has_a_secret_to_show_must_show_it(world, how):
    client = world.new_client(skip_authorization=1, token_endpoint_auth_method="Client Secret Basic")
    code, headers, form = world.code(client), {}, {"client_secret": None}
    if how == "Basic":
        pair = f"{client['client_id']}:{client['client_secret']}"
        headers, form = (
            {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()},
            {"client_id": None, "client_secret": None},
        )
    elif how == "post":
        form = {"client_secret": client["client_secret"]}
    response = world.redeem(code, client, headers=headers, **form)
    assert response.status_code == (401 if how == "none" else 200)


@pytest.mark.parametrize(
    "header", ["Basic %%%", "Basic bm8=", "Basic bm86", "Basic bm86Ym9keQ==", "Bearer x", "token a:b"]
)
def test_no_authorization_header_breaks_the_token_route(world, header):
    response = world.redeem(world.code(), headers={"Authorization": header})
    assert response.status_code == (401 if header.startswith("Basic") else 200)


@pytest.mark.parametrize("proof", ["secret", "verifier", "none"])
def test_a_code_shown_twice_ends_what_it_gave(world, proof):
    """By setting, whoever finds a used code may show it without any proof: the client's refresh token stays then."""
    world.set(allow_unproven_clients=int(proof == "none"))
    code = world.code(**(PKCE if proof == "verifier" else {}))
    form = {"secret": {}, "verifier": {"code_verifier": VERIFIER}, "none": {"client_secret": None}}[proof]
    first = world.redeem(code, **form).json
    second = world.redeem(code, **form)
    assert (second.status_code, second.json) == (400, {"error": "invalid_grant"})
    assert world.status_of(first["access_token"]) == 401
    assert world.refresh(first["refresh_token"]).status_code == (200 if proof == "none" else 400)


@pytest.mark.parametrize(
    ("pkce", "secret", "method", "setting", "status"),
    [
        pytest.param(False, False, "", 0, 401, id="with neither nothing is given"),
        pytest.param(False, True, "", 0, 200, id="a secret is enough"),
        pytest.param(True, False, "", 0, 200, id="a verifier is enough"),
        pytest.param(True, True, "", 0, 200, id="both are well"),
        pytest.param(
            True, False, "Client Secret Post", 0, 401, id="a client that has a secret shows it beside the verifier"
        ),
        pytest.param(True, True, "Client Secret Basic", 0, 200, id="and then gets a token"),
        pytest.param(True, False, "None", 0, 200, id="a client without a secret shows none"),
        pytest.param(False, False, "", 1, 200, id="by setting neither is needed, as in Frappe"),
        pytest.param(False, False, "Client Secret Post", 1, 401, id="but by a client that always has a secret"),
    ],
)
def test_codes_and_refresh_tokens_are_redeemed_with_a_proof(world, pkce, secret, method, setting, status):
    world.set(allow_unproven_clients=setting)
    client = world.new_client(skip_authorization=1, token_endpoint_auth_method=method)
    code, shown = world.code(client, **(PKCE if pkce else {})), client["client_secret"]
    form = {"client_secret": shown if secret else None, **({"code_verifier": VERIFIER} if pkce else {})}
    answer = world.redeem(code, client, **form)
    assert (answer.status_code, answer.json.get("error")) == (status, None if status == 200 else "invalid_client")
    if status == 401:  # nothing was spent: who has the proof still gets it
        answer = world.redeem(code, client, **{**form, "client_secret": shown})
    for _ in range(2):  # what the first refresh gives is bound as it was
        token = answer.json["refresh_token"]
        refused = world.refresh(token, client, client_secret=None)
        assert refused.status_code == (
            200 if status == 200 and (pkce and not method.startswith("Client") or setting) or method == "None" else 401
        )
        answer = refused if refused.status_code == 200 else world.refresh(token, client)


@pytest.mark.parametrize(
    ("addresses", "status"),
    [
        pytest.param([HOME], 200, id="a program on the person's own machine, as in Frappe"),
        pytest.param(["http://127.0.0.1:8080/cb"], 200, id="by its number"),
        pytest.param(["http://[::1]/cb"], 200, id="by its IPv6 number"),
        pytest.param([HOME, BACK], 401, id="another machine among the addresses"),
        pytest.param(["http://localhost.shop.example/cb"], 401, id="a name that begins like it"),
        pytest.param(["https://localhost/cb"], 401, id="no plain HTTP: a certificate is of a name on the net"),
        pytest.param(["com.example.app:/cb"], 401, id="a scheme that any program may claim"),
        pytest.param(["com.example.app:"], 401, id="an address that is nothing but such a scheme"),
    ],
)
def test_codes_that_stay_on_the_machine_need_no_proof(world, addresses, status):
    client = world.new_client(
        skip_authorization=1, redirect_uris="\n".join(addresses), default_redirect_uri=addresses[0]
    )
    code = world.code(client, redirect_uri=addresses[0])
    answer = world.redeem(code, client, redirect_uri=addresses[0], client_secret=None)
    assert answer.status_code == status


def test_of_two_at_once_one_gets_the_token(world):
    """F33."""
    for _ in range(5):
        code, answers, barrier = world.code(**PKCE), [], threading.Barrier(2)

        def redeem(code=code, answers=answers, barrier=barrier):
            program = ApiClient(world.site, None)
            form = {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": BACK,
                "client_id": world.client["client_id"],
                "code_verifier": VERIFIER,
            }
            barrier.wait()
            answers.append(program(f"POST /api/method/{oauth.PREFIX}.get_token", data=form))

        threads = [threading.Thread(target=redeem) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answers.sort(key=lambda answer: answer.status_code)
        assert [answer.status_code for answer in answers] == [200, 400]
        assert world.status_of(answers[0].json["access_token"]) == 401


@pytest.mark.parametrize("column", ["expiration_time", "user", "validity"])
def test_a_code_does_not_outlive_what_it_stands_on(world, column):
    code = world.code()
    if column == "user":
        world.sql('UPDATE "tabUser" SET enabled = 0 WHERE name = ?', ANN)
        world.site.forget()
    else:
        world.sql(
            f'UPDATE "tabOAuth Authorization Code" SET {column} = ?',
            {"expiration_time": moment(-1), "validity": "Invalid"}[column],
        )
    assert world.redeem(code).json == {"error": "invalid_grant"}


# --- refresh, revoke, introspect ---------------------------------------------------------------------------


def test_a_refresh_token_is_good_once(world):
    first = world.tokens()
    second = world.refresh(first["refresh_token"]).json
    assert world.status_of(first["access_token"]) == 401
    assert world.status_of(second["access_token"]) == 200
    again = world.refresh(first["refresh_token"])
    assert (again.status_code, again.json) == (400, {"error": "invalid_grant"})
    assert world.status_of(second["access_token"]) == 401, "whoever shows a used one ends them all"
    assert world.refresh(second["refresh_token"]).status_code == 400


@pytest.mark.parametrize(
    ("scope", "status"), [("openid", 200), ("Task:read", 200), ("all openid", 200), (None, 200), ("all openid more", 400)]
)  # fmt: skip
def test_a_refreshed_token_reaches_no_further(world, scope, status):
    first = world.tokens()
    response = world.refresh(first["refresh_token"], scope=scope)
    assert response.status_code == status
    if status == 200:
        assert response.json["scope"] == scope or scope is None
    else:
        assert response.json["error"] == "invalid_scope"
        assert world.refresh(first["refresh_token"]).status_code == 200, "a refused request spends nothing"


def test_a_refresh_token_is_bound_to_its_client(world):
    assert world.refresh(world.tokens()["refresh_token"], world.new_client()).json == {"error": "invalid_grant"}


def test_a_refresh_token_that_is_not_used_expires(world):
    token = world.tokens()["refresh_token"]
    world.set(refresh_token_days=30)
    world.sql('UPDATE "tabOAuth Bearer Token" SET creation = ?', moment(-31 * 86400))
    assert world.refresh(token).json == {"error": "invalid_grant"}


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "something"])
def test_revoking_one_ends_the_pair(world, which, hint):
    got = world.tokens()
    response = world.post("revoke_token", token=got[which], token_type_hint=hint)
    assert (response.status_code, response.json) == (200, {})
    assert world.status_of(got["access_token"]) == 401
    assert world.refresh(got["refresh_token"]).status_code == 400


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"token": "nope"}, 200),
        ({}, 400),
        ({"client_id": "nope"}, 401),
        ({"client_secret": "wrong"}, 401),
        ({"client": "other"}, 400),
    ],
)
def test_who_may_revoke(world, form, status):
    token = world.tokens()["access_token"]
    given = {"token": token if form else None, "client_id": world.client["client_id"], **form}
    if given.pop("client", ""):
        given["client_id"] = world.new_client()["client_id"]
    assert world.post("revoke_token", **given).status_code == status
    assert world.status_of(token) == 200


def test_introspection(world):
    got = world.tokens()
    answer = world.post("introspect_token", token=got["access_token"]).json
    assert answer["active"] is True
    assert (answer["client_id"], answer["scope"], answer["email"]) == (world.client["client_id"], "all openid", ANN)
    assert world.post("introspect_token", token=got["refresh_token"]).json["active"] is True
    assert (
        world.post(
            "introspect_token", token=got["access_token"], client_secret="wrong", client_id=world.client["client_id"]
        ).status_code
        == 401
    )
    world.post("revoke_token", token=got["access_token"])
    for token in (got["access_token"], got["refresh_token"], "nope", None):
        assert world.post("introspect_token", token=token).json == {"active": False}


@pytest.mark.parametrize("token", ["nope", "", "a b", "x" * 5000, "ü"])
def test_a_wrong_token_is_401_with_a_challenge(world, token):
    headers = {"Authorization": f"Bearer {token or 'x'}".encode().decode("latin-1")}
    response = world.program(WHO, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith(
        'Bearer error="invalid_token", resource_metadata="http://localhost/'
    )


def test_every_401_has_a_challenge(world):
    for headers in ({"Authorization": "token a:b"}, {"Authorization": "Digest x"}):
        assert world.program(WHO, headers=headers).headers["WWW-Authenticate"] == "Bearer"
    assert "WWW-Authenticate" in world.program("POST /api/method/login", {"usr": ANN, "pwd": "wrong"}).headers


@pytest.mark.parametrize("how", ["expired", "disabled", "deleted", "renamed"])
def test_a_token_lives_as_long_as_its_user(world, how):
    got = world.tokens()
    name = ANN
    with world.site.acting() as ctx:
        if how == "expired":
            ctx.store.database.execute('UPDATE "tabOAuth Bearer Token" SET expiration_time = ?', (moment(-1),))
        elif how == "disabled":
            doc = document.load(ctx, "User", ANN)
            doc.enabled = 0
            doc.save()
        elif how == "deleted":
            document.delete(ctx, "User", ANN)
        else:
            name = document.rename(ctx, "User", ANN, "anna@example.com", force=True)
    assert world.status_of(got["access_token"]) == (200 if how == "renamed" else 401)
    if how == "renamed":
        assert world.as_token(got["access_token"], WHO).json == {"message": name}
    if how == "deleted":
        assert world.site.database.rows('SELECT count(*) FROM "tabOAuth Bearer Token"') == [(0,)]


def test_tokens_go_with_their_client(world):
    token = world.tokens()["access_token"]
    assert ApiClient(world.site)(f"DELETE /api/resource/OAuth Client/{world.client['name']}").status_code == 202
    assert world.status_of(token) == 401


def test_codes_and_tokens_are_kept_as_hashes(world):
    code = world.code()
    got = world.redeem(code).json
    everything = json.dumps(
        [world.site.database.rows(f'SELECT * FROM "{table}"') for table in world.site.database.tables()], default=str
    )
    for secret in (code, got["access_token"], got["refresh_token"]):
        assert secret not in everything


@pytest.mark.parametrize("doctype", ["OAuth Bearer Token", "OAuth Authorization Code"])
def test_nobody_writes_a_token(world, doctype):
    """Who could store the hash of a token of their own could be anybody."""
    world.tokens()
    admin, name = ApiClient(world.site), world.site.database.rows(f'SELECT name FROM "tab{doctype}"')[0][0]
    values = {"user": "Administrator", "client": world.client["name"], "access_token": "x", "authorization_code": "x"}
    assert admin(f"POST /api/resource/{doctype}", values).status_code == 403
    assert admin(f"PUT /api/resource/{doctype}/{name}", values).status_code == 403
    assert (
        admin(
            "POST /api/method/frappe.client.set_value",
            {"doctype": doctype, "name": name, "fieldname": "user", "value": "Administrator"},
        ).status_code
        == 403
    )
    assert ApiClient(world.site, ANN)(f"GET /api/resource/{doctype}").status_code == 403


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "/cb",
        "http://",
        "http://a#b",
        "http://a@b/c",
        "http://a\\b",
        "no uri",
    ],
)
def test_clients_have_addresses_that_a_browser_can_go_to(world, uri):
    body = {"app_name": "x", "default_redirect_uri": uri}
    assert ApiClient(world.site)("POST /api/resource/OAuth Client", body).status_code == 417


@pytest.mark.parametrize(
    ("address", "status"),
    [("javascript:alert(1)", 417), ("file:///etc/passwd", 417), ("x", 417), ("https://shop.example/terms", 200)],
)
@pytest.mark.parametrize("field", PAGES)
def test_what_a_client_shows_people_is_a_web_address(world, field, address, status):
    answer = ApiClient(world.site)(f"PUT /api/resource/OAuth Client/{world.client['name']}", {field: address})
    assert answer.status_code == status


def test_a_client_is_never_without_a_secret(world):
    """An id_token signed with nothing would be anybody's."""
    changed = ApiClient(world.site)(
        f"PUT /api/resource/OAuth Client/{world.client['name']}", {"client_secret": "", "client_id": "mine"}
    ).json["data"]
    assert len(changed["client_secret"]) >= 32
    assert changed["client_secret"] != world.client["client_secret"]
    assert changed["client_id"] == world.client["name"]


# --- OpenID ----------------------------------------------------------------------------------------------


def test_the_id_token_says_who_and_for_whom(world):
    got = world.tokens(nonce="n-1")
    found = jwt.decode(
        got["id_token"],
        world.client["client_secret"],
        algorithms=["HS256"],
        audience=world.client["client_id"],
        issuer="http://localhost",
    )
    digest = hashlib.sha256(got["access_token"].encode()).digest()[:16]
    assert (found["nonce"], found["email"], found["exp"] - found["iat"]) == ("n-1", ANN, 3600)
    assert found["at_hash"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    profile = world.as_token(got["access_token"], f"GET {PROFILE}").json
    assert (profile["sub"], profile["given_name"], profile["family_name"], profile["picture"]) == (
        found["sub"],
        "Ann",
        None,
        None,
    )
    assert profile["roles"] == ["Task User", "All", "Guest", "Desk User"]
    hinted = f"GET {AUTHORIZE}?{urlencode(world.asked(id_token_hint=got['id_token']))}"
    assert APPROVE in world.browser()(hinted).headers["Location"]


def test_the_subject_stays_when_the_user_is_renamed(world):
    token = world.tokens()["access_token"]
    before = world.as_token(token, f"GET {PROFILE}").json["sub"]
    with world.site.acting() as ctx:
        document.rename(ctx, "User", ANN, "anna@example.com", force=True)
    assert world.as_token(token, f"GET {PROFILE}").json["sub"] == before


def test_no_id_token_without_openid(world):
    assert "id_token" not in world.tokens(scope="all")


def test_the_profile_needs_openid(world):
    token = world.tokens(scope="Task:read")["access_token"]
    response = world.as_token(token, f"GET {PROFILE}")
    assert response.status_code == 403
    assert "insufficient_scope" in response.headers["WWW-Authenticate"]
    assert world.program(f"GET {PROFILE}").status_code == 403
    assert ApiClient(world.site, ANN)(f"GET {PROFILE}").json["email"] == ANN


# --- scopes ----------------------------------------------------------------------------------------------

TASK, NOTE = "/api/resource/Task", "/api/resource/Note"


@pytest.mark.parametrize(
    ("scope", "request_line", "body", "status"),
    [
        ("all", f"GET {TASK}/{{task}}", None, 200),
        ("all openid", f"PUT {TASK}/{{task}}", {"description": "x"}, 200),
        ("Task:read", f"GET {TASK}/{{task}}", None, 200),
        ("Task:read", f"GET {TASK}", None, 200),
        ("Task:read", "GET /api/v2/document/Task/{task}", None, 200),
        ("Task:read", "GET /api/v2/doctype/Task/count", None, 200),
        ("Task:read", "GET /api/v2/doctype/Task/meta", None, 200),
        ("Task:read", "GET /api/method/frappe.client.get_list?doctype=Task", None, 200),
        ("Task:read", f"PUT {TASK}/{{task}}", {"description": "x"}, 403),
        ("Task:read", f"POST {TASK}", {"subject": "x"}, 403),
        ("Task:read", f"DELETE {TASK}/{{task}}", None, 403),
        (
            "Task:read",
            "POST /api/method/frappe.client.set_value",
            {"doctype": "Task", "name": "{task}", "fieldname": "description", "value": "x"},
            403,
        ),
        ("Task:read", f"GET {NOTE}", None, 403),
        ("Task:read", f"GET {NOTE}/{{note}}", None, 403),
        ("Task:read", "GET /api/v2/document/Note", None, 403),
        ("Task:read", "GET /api/v2/doctype/Note/count", None, 403),
        ("Task:read", "GET /api/v2/doctype/Note/meta", None, 403),
        ("Task:read", "GET /api/method/frappe.client.get?doctype=Note&name={note}", None, 403),
        ("Task:read", "POST /api/method/run_doc_method", {"dt": "Note", "dn": "{note}", "method": "submit"}, 403),
        ("Task:read", "POST /api/method/frappe.core.doctype.user.user.generate_keys", {"user": ANN}, 403),
        ("Task:read", "GET /api/method/conformance.api.whoami", None, 403),
        ("method:conformance.api.whoami", "GET /api/method/conformance.api.whoami", None, 200),
        ("Task:write", f"PUT {TASK}/{{task}}", {"description": "x"}, 200),
        ("Task:write", f"GET {TASK}/{{task}}", None, 200),
        ("Task:write", f"POST {TASK}", {"subject": "x"}, 201),
        ("Task:write", f"POST {NOTE}", {"title": "x"}, 403),
        ("Task:write", "POST /api/v2/document/Note/bulk_delete", {"names": ["{note}"]}, None),
        ("openid", f"GET {TASK}", None, 403),
        ("openid", WHO, None, 200),
        ("task:read", f"GET {TASK}", None, 403),
    ],
)
def test_how_far_a_scope_reaches(world, scope, request_line, body, status):
    with world.site.acting() as ctx:
        task = document.new(ctx, {"doctype": "Task", "subject": "a task", "owner": ANN}).insert().name
        note = (
            document.new(ctx, {"doctype": "Note", "title": "a note", "content": "hidden", "owner": ANN}).insert().name
        )
    client = world.new_client(skip_authorization=1, scopes="all openid")
    token = world.tokens(client, scope=scope)["access_token"]
    filled = json.loads(json.dumps(body).replace("{task}", task).replace("{note}", note))
    response = world.as_token(token, request_line.format(task=task, note=note), filled)
    assert status in (None, response.status_code), response.text
    if "Note" in request_line or "note" in request_line:
        assert "hidden" not in response.text
        assert world.site.database.rows("SELECT count(*) FROM tabNote") == [(1,)]


@pytest.mark.parametrize(
    ("allowed", "asked", "granted"),
    [
        ("all", "Task:read", True),
        ("Task:write", "Task:read", True),
        ("Task:read", "Task:write", False),
        ("Task:read", "all", False),
        ("Task:read openid", "Task:read", True),
        ("Task:read", "openid", False),
    ],
)
def test_what_a_client_may_ask_for(world, allowed, asked, granted):
    client = world.new_client(skip_authorization=1, scopes=allowed)
    response = world.browser()(f"GET {APPROVE}?{urlencode(world.asked(client, scope=asked))}")
    assert ("code" in returned(response)) is granted


@pytest.fixture
def narrow(world: World) -> tuple[World, str]:
    """A token of the Administrator that may only read notes."""
    with world.site.acting() as ctx:
        auth.set_password(ctx, "Administrator", PASSWORD)
        document.new(ctx, {"doctype": "Task", "subject": "hidden treasure"}).insert()
    return world, world.tokens(browser=world.browser("Administrator"), scope="Note:read")["access_token"]


def _covered(name: str) -> bool:
    return name in calling.SCOPED or f"{name.rpartition('.')[0]}.*" in calling.SCOPED


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_narrow_token_calls_no_other_method(narrow, verb):
    """Each registered one: even the Administrator's token."""
    world, token = narrow
    skipped = world.site.extensions.own_credentials | {"bulk_update", "bulk_delete"}
    for name in [each for each in world.site.methods if not _covered(each) and each not in skipped]:
        for path in (f"/api/method/{name}", f"/api/v2/method/{name}", f"/?cmd={name}"):
            response = world.as_token(token, f"{verb} {path}")
            assert response.status_code == 403, (name, path, response.text)


def test_a_narrow_token_sees_nothing_else_on_any_route(narrow):
    """Each route with a DocType in it, and each method that a narrow token may call."""
    world, token = narrow
    before = world.site.database.rows("SELECT name, modified FROM tabTask")
    name = before[0][0]
    routes = [("api", *each) for each in router.V1_ROUTES] + [("api/v2", *each) for each in router.V2_ROUTES]
    routes += [
        ("api/v2" if version == 2 else "api", verbs, path, handler)
        for version, verbs, path, handler in world.site.extensions.routes
    ]
    requests_made = []
    for prefix, verbs, path, _handler in routes:
        filled = (
            path.replace("<doctype>", "Task")
            .replace("<path:name>", name)
            .replace("<name>", name)
            .replace("<method>", "submit")
        )
        requests_made += [
            (verb, f"/{prefix}/{filled}")
            for verb in ({"GET", "POST"} if verbs == "*" else set(verbs.split()) - {"QUERY"})
        ]
    requests_made += [(verb, f"/api/method/{each}") for each in built_in if _covered(each) for verb in ("GET", "POST")]
    values = {
        "doctype": "Task",
        "name": name,
        "names": [name],
        "docs": [{"doctype": "Task", "name": name, "docname": name, "subject": "x"}],
        "subject": "x",
    }
    values.update(
        docname=name,
        doc={"doctype": "Task", "name": name, "subject": "x"},
        fieldname="subject",
        value="x",
        dt="Task",
        dn=name,
        method="submit",
        field="subject",
    )
    for verb, path in requests_made:
        params = {key: each if isinstance(each, str) else json.dumps(each) for key, each in values.items()}
        options = {"query_string": params} if verb in ("GET", "DELETE") else {"json": values}
        response = world.program(f"{verb} {path}", headers={"Authorization": f"Bearer {token}"}, **options)
        assert response.status_code < 500 or response.status_code == 501, (verb, path, response.text)
        assert "hidden treasure" not in response.text, (verb, path)
    assert world.site.database.rows("SELECT name, modified FROM tabTask") == before


# --- discovery and registration ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["openid-configuration", "oauth-authorization-server", "oauth-protected-resource"])
def test_what_is_offered(world, name):
    found = world.program(f"GET /.well-known/{name}", headers={"Host": "shop.example:8443"}).json
    assert found.get("issuer", found.get("resource")) == "http://shop.example:8443"
    assert found.get("token_endpoint", "").endswith("get_token") or name == "oauth-protected-resource"
    assert "registration_endpoint" not in found
    world.set(enable_dynamic_client_registration=1)
    assert ("registration_endpoint" in world.program(f"GET /.well-known/{name}").json) == (
        name == "oauth-authorization-server"
    )


def test_a_strange_host_is_not_repeated(world):
    found = world.program("GET /.well-known/oauth-protected-resource", headers={"Host": 'a"b/../c'}).json
    assert found["resource"] == world.site.address


REGISTER = f"POST /api/method/{oauth.PREFIX}.register_client"


def test_registration_is_off_by_default(world):
    assert world.program(REGISTER, {"redirect_uris": [BACK]}).status_code == 404


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "invalid_redirect_uri"),
        ({"redirect_uris": BACK}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": [1]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://shop.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["app:cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [BACK], "response_types": ["token"]}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "grant_types": ["password"]}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "grant_types": "authorization_code"}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK], "token_endpoint_auth_method": ["none"]}, "invalid_client_metadata"),
        ({"redirect_uris": [BACK]}, None),
        ({"redirect_uris": ["https://shop.example/cb"], "client_name": "Shop", "scope": "openid Task:read"}, None),
        (
            {
                "redirect_uris": ["example.shop:/cb"],
                "token_endpoint_auth_method": "none",
                "grant_types": ["authorization_code", "refresh_token"],
            },
            None,
        ),
    ],
)
def test_registration(world, body, error):
    world.set(enable_dynamic_client_registration=1)
    response = world.program(REGISTER, body)
    if error:
        assert (response.status_code, response.json["error"]) == (400, error)
        return
    made = response.json
    assert response.status_code == 201
    assert ("client_secret" in made) == (body.get("token_endpoint_auth_method") != "none")
    uri, scope = body["redirect_uris"][0], body.get("scope", "openid")
    page = world.browser()(f"GET {AUTHORIZE}?{urlencode(world.asked(made, redirect_uri=uri, scope=scope, **PKCE))}")
    assert page.status_code == 200
    assert "registered itself" in page.text
    assert made["client_name"] in page.text


def test_registrations_are_throttled(world):
    world.set(enable_dynamic_client_registration=1)
    statuses = [
        world.program(REGISTER, {"redirect_uris": [BACK]}).status_code for _ in range(REGISTRATIONS_AN_HOUR + 1)
    ]
    assert statuses == [201] * REGISTRATIONS_AN_HOUR + [429]


# --- without the library -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_line",
    [
        f"GET {AUTHORIZE}", f"GET {APPROVE}", *(f"POST /api/method/{oauth.PREFIX}.{name}" for name in ("get_token", (
            "revoke_token"
        ), "introspect_token", "register_client")),
        "GET /.well-known/openid-configuration", "GET /.well-known/oauth-protected-resource",
    ],
)  # fmt: skip
def test_without_the_library_the_rest_works(world, monkeypatch, request_line):
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(oauth_grants.importlib, "import_module", missing)
    response = world.program(request_line)
    assert response.status_code == 501
    assert "pip install 'frappe_lite[oauth]'" in response.text
    assert world.browser()(WHO).json == {"message": ANN}
    assert world.program(WHO, headers={"Authorization": "Bearer x"}).status_code == 401


# --- a real client -------------------------------------------------------------------------------------------


class Quiet(WSGIRequestHandler):
    """Says nothing about each request."""

    def log_request(self, *_args: Any) -> None:
        pass


@pytest.fixture
def live(world: World) -> Iterator[tuple[World, str]]:
    server = make_server("127.0.0.1", 0, frappe_lite.App(world.site), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield world, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_authlib_goes_all_the_way(live, monkeypatch, method):
    """Authlib as the client, requests as the person's browser: sign in, consent, token, call, refresh, revoke."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    world, url = live
    kinds = {"client_secret_basic": "Client Secret Basic", "client_secret_post": "Client Secret Post", "none": "None"}
    made = world.new_client(token_endpoint_auth_method=kinds[method])
    offered = requests.get(f"{url}/.well-known/oauth-authorization-server", timeout=10).json()
    secret = {} if method == "none" else {"client_secret": made["client_secret"]}
    with requests.Session() as browser, OAuth2Session(
        made["client_id"], **secret, token_endpoint_auth_method=method, revocation_endpoint_auth_method=method, scope=(
            "openid Task:write"
        ), redirect_uri=BACK,
        code_challenge_method="S256",
    ) as client:  # fmt: skip
        place, state = client.create_authorization_url(
            offered["authorization_endpoint"], code_verifier=VERIFIER, nonce="n-2"
        )
        form = browser.get(place, timeout=10)
        page = browser.post(f"{url}/login", data={**fields_of(form.text), "usr": ANN, "pwd": PASSWORD}, timeout=10)
        back = browser.post(
            url + APPROVE, data={**fields_of(page.text), "decision": "allow"}, timeout=10, allow_redirects=False
        )
        token = client.fetch_token(
            offered["token_endpoint"],
            authorization_response=back.headers["Location"],
            state=state,
            code_verifier=VERIFIER,
        )
        assert (
            jwt.decode(
                token["id_token"], made["client_secret"], algorithms=["HS256"], audience=made["client_id"], issuer=url
            )["nonce"]
            == "n-2"
        )
        assert client.get(offered["userinfo_endpoint"]).json()["email"] == ANN
        assert client.post(f"{url}/api/resource/Task", json={"subject": "by Authlib"}).status_code == 201
        assert client.get(f"{url}/api/resource/Note").status_code == 403
        old = token["access_token"]
        fresh = client.refresh_token(offered["token_endpoint"], refresh_token=token["refresh_token"])
        assert fresh["access_token"] != old
        assert client.get(offered["userinfo_endpoint"]).status_code == 200
        assert client.revoke_token(offered["revocation_endpoint"], token=fresh["access_token"]).status_code == 200
        assert client.get(offered["userinfo_endpoint"]).status_code == 401
