"""CORS by setting."""

from __future__ import annotations

from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite import document

SHOP, EVIL = "https://shop.example", "https://evil.example"


def allow(site: frappe_lite.Site, value: str) -> None:
    with site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"allow_cors": value})


@pytest.mark.parametrize(
    ("setting", "origin", "allowed", "credentials"),
    [
        pytest.param("", SHOP, None, None, id="nobody by default"),
        pytest.param(SHOP, SHOP, SHOP, "true", id="an origin that is named"),
        pytest.param(f"https://other.example\n{SHOP}/", SHOP, SHOP, "true", id="one of several, a line each"),
        pytest.param(f"https://other.example, {SHOP}", SHOP, SHOP, "true", id="one of several, by comma"),
        pytest.param(SHOP, EVIL, None, None, id="another origin"),
        pytest.param(SHOP, f"{SHOP}.evil.example", None, None, id="an origin that begins like it"),
        pytest.param(SHOP, "null", None, None, id="a page without an origin"),
        pytest.param("*", EVIL, "*", None, id="everybody, but without credentials"),
        pytest.param("*", "", None, None, id="a request that no page sent"),
    ],
)
@pytest.mark.parametrize("user", ["Administrator", None], ids=["an answer", "a refusal"])
def test_who_may_read(
    site: frappe_lite.Site, user: str | None, setting: str, origin: str, allowed: Any, credentials: Any
) -> None:
    allow(site, setting)
    answer = ApiClient(site, user)("GET /api/resource/User", headers={"Origin": origin} if origin else None)
    assert answer.status_code == (200 if user else 403)
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    assert answer.headers.get("Access-Control-Allow-Credentials") == credentials


def test_wrong_credentials_can_be_told_from_a_broken_line(site: frappe_lite.Site) -> None:
    allow(site, SHOP)
    answer = ApiClient(site, None)("GET /api/resource/User", headers={"Origin": SHOP, "Authorization": "token a:b"})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, SHOP)


def test_a_preflight_names_what_may_be_sent(site: frappe_lite.Site) -> None:
    allow(site, SHOP)
    answer = ApiClient(site, None)(
        "OPTIONS /api/v2/document/User/x", headers={"Origin": SHOP, "Access-Control-Request-Method": "PATCH"}
    )
    assert answer.status_code == 200
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    assert "If-Match" in answer.headers["Access-Control-Allow-Headers"]
