"""A front end's own development server before this one: what vite's proxy hands on, and pages that do without it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.access import auth

PAGE = "http://localhost:8080"
PASSWORD = "Zebra-kite-7742"  # noqa: S105 - of a user of this test
KEPT_HOST = {"Host": "localhost:8080", "Origin": PAGE, "Sec-Fetch-Site": "same-origin"}
OTHER_HOST = {**KEPT_HOST, "Host": "127.0.0.1:8000"}
STRANGER = {**KEPT_HOST, "Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
FILES = {
    "hooks.py": "",
    "note/card.json": doctype("Card", ("title", "Data")),
    "www/__init__.py": "",
    "www/shop.html": "<!doctype html><script>window.csrf_token = '{{ csrf_token }}'</script>",
    "www/shop.py": """
        import frappe

        def get_context(context):
            context.csrf_token = frappe.sessions.get_csrf_token()

        @frappe.whitelist(methods=["POST"], allow_guest=True)
        def get_context_for_dev():
            if not frappe.conf.developer_mode:
                frappe.throw("This method is only meant for developer mode")
            return {"site_name": frappe.local.site, "csrf_token": frappe.sessions.get_csrf_token()}
    """,
}


@pytest.fixture
def shop(site: frappe_lite.Site, write: Write) -> frappe_lite.Site:
    site.load(write(FILES))
    site.conf["developer_mode"] = 1
    with site.acting() as ctx:
        auth.set_password(ctx, "Administrator", PASSWORD)
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"allow_cors": PAGE})
    return site


def signed_in(shop: frappe_lite.Site, headers: dict[str, str]) -> ApiClient:
    """A browser that has signed in through the proxy; a page of the app gave it no token yet."""
    made = ApiClient(shop, None)
    form = {"usr": "Administrator", "pwd": PASSWORD}
    assert made("POST /api/method/login", data=form, headers=headers).status_code == 200
    return made


@pytest.fixture
def browser(shop: frappe_lite.Site) -> ApiClient:
    return signed_in(shop, KEPT_HOST)


def context_of(client: ApiClient, name: str, headers: dict[str, str]) -> Any:
    return client(f"POST /api/v2/method/{name}.www.shop.get_context_for_dev", headers=headers)


# --- through the proxy, with the session's cookie ---


@pytest.mark.parametrize(
    ("headers", "with_token", "status"),
    [
        pytest.param(KEPT_HOST, True, 201, id="the page's host is kept"),
        pytest.param(OTHER_HOST, True, 201, id="changeOrigin: the server's stands in its place"),
        pytest.param(KEPT_HOST, False, 400, id="without the token that the page was given"),
        pytest.param(STRANGER, True, 400, id="a page of another site"),
    ],
)
def test_a_page_writes_through_the_proxy(
    shop: frappe_lite.Site, name: str, headers: dict[str, str], with_token: bool, status: int
) -> None:
    own = {**KEPT_HOST, "Host": headers["Host"]}
    browser = signed_in(shop, own)
    given = context_of(browser, name, own).json["data"]
    token = {"X-Frappe-CSRF-Token": given["csrf_token"]} if with_token else {}
    answer = browser("POST /api/resource/Card", json={"title": "x"}, headers={**headers, **token})
    assert answer.status_code == status


def test_a_file_goes_up_through_the_proxy(browser: ApiClient, name: str) -> None:
    token = context_of(browser, name, KEPT_HOST).json["data"]["csrf_token"]
    data = {"file": (io.BytesIO(b"seen"), "seen.txt"), "is_private": "1"}
    headers = {**KEPT_HOST, "X-Frappe-CSRF-Token": token}
    url = browser("POST /api/method/upload_file", data=data, headers=headers).json["message"]["file_url"]
    assert browser(f"GET {url}", headers=KEPT_HOST).text == "seen"


def test_the_built_page_and_the_development_server_get_the_same_token(browser: ApiClient, name: str) -> None:
    token = context_of(browser, name, KEPT_HOST).json["data"]["csrf_token"]
    assert f"window.csrf_token = '{token}'" in browser("GET /shop", headers=KEPT_HOST).text


@pytest.mark.parametrize(
    ("developer_mode", "status"), [pytest.param(1, 200, id="with it"), pytest.param(0, 417, id="without it")]
)
def test_apps_tell_what_pages_need_in_developer_mode(
    shop: frappe_lite.Site, browser: ApiClient, name: str, developer_mode: int, status: int
) -> None:
    shop.conf["developer_mode"] = developer_mode
    assert context_of(browser, name, KEPT_HOST).status_code == status


# --- with a key, by the proxy or without ---


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(KEPT_HOST, id="through the proxy"),
        pytest.param(OTHER_HOST, id="through one that changes the host"),
        pytest.param({**OTHER_HOST, "Sec-Fetch-Site": "cross-site"}, id="without a proxy, from another port"),
        pytest.param(STRANGER, id="from anywhere: no browser adds a key by itself"),
    ],
)
def test_a_page_writes_with_a_key(shop: frappe_lite.Site, headers: dict[str, str]) -> None:
    """`Authorization: token …` needs neither cookie nor CSRF token."""
    answer = ApiClient(shop)("POST /api/resource/Card", json={"title": "x"}, headers=headers)
    assert (answer.status_code, answer.json["data"]["title"]) == (201, "x")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        pytest.param(PAGE, PAGE, id="a port that is allowed"),
        pytest.param("http://localhost:9999", None, id="another port"),
        pytest.param("http://evil.example", None, id="another site"),
    ],
)
def test_a_browser_asks_first_whether_it_may_send_a_key(shop: frappe_lite.Site, origin: str, allowed: Any) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    answer = ApiClient(shop, None)("OPTIONS /api/resource/Card", headers={"Origin": origin, **asks})
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    if allowed:
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
