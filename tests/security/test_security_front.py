"""What stands before the server: proxies that are believed, names it answers to, https, and where links point."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import waitress
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.command import serving
from frappe_lite.command import settings as cli_settings
from frappe_lite.context import Context
from frappe_lite.errors import ValidationError
from frappe_lite.parts.front import Hosts, Proxies
from frappe_lite.request import Request

PASSWORD = "correct horse 7"
LOCAL = {"REMOTE_ADDR": "127.0.0.1"}


def made(**settings: Any) -> frappe_lite.Site:
    site = frappe_lite.Site(**settings)
    with site.acting() as ctx:
        auth.set_password(ctx, "Administrator", PASSWORD)
    return site


def log_in(site: frappe_lite.Site, password: str = PASSWORD, **options: Any) -> TestResponse:
    return ApiClient(site, None)(
        "POST /api/method/login", {"usr": "Administrator", "pwd": password}, **{"environ_overrides": LOCAL, **options}
    )


# --- proxies ---

PROXIES = ["10.0.0.0/8", "fd00::/8", "127.0.0.1"]


@pytest.mark.parametrize(
    ("peer", "headers", "address", "scheme", "host"),
    [
        pytest.param(
            "10.0.0.2",
            {"For": "203.0.113.9", "Proto": "https", "Host": "shop.example"},
            "203.0.113.9",
            "https",
            "shop.example",
            id="a proxy is believed",
        ),
        pytest.param(
            "203.0.113.7",
            {"For": "1.1.1.1", "Proto": "https", "Host": "evil.example"},
            "203.0.113.7",
            "http",
            "inside:8000",
            id="anybody else is not",
        ),
        pytest.param(
            "10.0.0.2",
            {"For": "1.1.1.1, 203.0.113.9"},
            "203.0.113.9",
            "http",
            "inside:8000",
            id="what the caller made up is not",
        ),
        pytest.param(
            "10.0.0.2",
            {"For": "1.1.1.1, 203.0.113.9, 10.0.0.3"},
            "203.0.113.9",
            "http",
            "inside:8000",
            id="a chain of proxies",
        ),
        pytest.param(
            "10.0.0.2",
            {"For": "10.9.9.9, 203.0.113.9"},
            "203.0.113.9",
            "http",
            "inside:8000",
            id="a proxy's address that the caller made up",
        ),
        pytest.param("10.0.0.2", {"For": "10.0.0.9"}, "10.0.0.9", "http", "inside:8000", id="a caller inside"),
        pytest.param("10.0.0.2", {}, "10.0.0.2", "http", "inside:8000", id="a proxy that says nothing"),
        pytest.param("10.0.0.2", {"For": "unknown"}, "10.0.0.2", "http", "inside:8000", id="no address"),
        pytest.param(
            "10.0.0.2", {"For": "1.1.1.1, <script>"}, "10.0.0.2", "http", "inside:8000", id="no address at the end"
        ),
        pytest.param("10.0.0.2", {"For": "203.0.113.9:4711"}, "203.0.113.9", "http", "inside:8000", id="with a port"),
        pytest.param(
            "10.0.0.2", {"For": '"[2001:db8::1]:80"'}, "2001:db8::1", "http", "inside:8000", id="IPv6 with a port"
        ),
        pytest.param("fd00::1", {"For": "2001:db8::1"}, "2001:db8::1", "http", "inside:8000", id="IPv6"),
        pytest.param("10.0.0.2", {"Proto": "gopher"}, "10.0.0.2", "http", "inside:8000", id="another scheme"),
        pytest.param(
            "10.0.0.2", {"Proto": "http, https"}, "10.0.0.2", "https", "inside:8000", id="the scheme that the proxy saw"
        ),
        pytest.param(
            "10.0.0.2",
            {"Host": "evil.example, shop.example"},
            "10.0.0.2",
            "http",
            "shop.example",
            id="the host that the proxy saw",
        ),
        pytest.param("10.0.0.2", {"Host": "a b/../"}, "10.0.0.2", "http", "inside:8000", id="no host"),
        pytest.param(
            "10.0.0.2",
            {"For": "203.0.113.9, 10.0.0.3", "Proto": "https, http"},
            "203.0.113.9",
            "https",
            "inside:8000",
            id="the outermost proxy counts",
        ),
        pytest.param("", {"For": "1.1.1.1"}, "", "http", "inside:8000", id="a peer without an address"),
    ],
)
def test_what_is_believed(
    site: frappe_lite.Site, peer: str, headers: dict[str, str], address: str, scheme: str, host: str
) -> None:
    request = Request(
        remote_addr=peer, host="inside:8000", headers={f"X-Forwarded-{name}": value for name, value in headers.items()}
    )
    Proxies(PROXIES).apply(Context(site, request=request))
    assert (request.remote_addr, request.scheme, request.host) == (address, scheme, host)


@pytest.mark.parametrize("given", [["proxy.example"], ["10.0.0.0/33"], ["10.0.0"]])
def test_proxies_are_addresses(given: list[str]) -> None:
    with pytest.raises(ValidationError, match="proxies are addresses or networks"):
        Proxies(given)


@pytest.mark.parametrize(("proxies", "locked"), [([], True), (["127.0.0.1"], False)])
def test_a_made_up_address_evades_no_lock(proxies: list[str], locked: bool) -> None:
    """F41: X-Forwarded-For counts only from a configured proxy."""
    site = made(proxies=proxies)
    with site.acting() as ctx:
        document.set_values(
            ctx, ctx.meta("System Settings"), "System Settings", {"allow_consecutive_login_attempts": 1}
        )
    browser, statuses = ApiClient(site, None), []
    for number in range(12):
        body, headers = {"usr": f"u{number}", "pwd": "x"}, {"X-Forwarded-For": f"203.0.113.{number}"}
        statuses.append(browser("POST /api/method/login", body, headers=headers, environ_overrides=LOCAL).status_code)
    assert (429 in statuses) is locked
    site.close()


def test_cookies_are_secure_behind_a_proxy_that_speaks_https() -> None:
    site = made(proxies="127.0.0.1, 10.0.0.1")
    cookies = log_in(site, headers={"X-Forwarded-Proto": "https"}).headers.getlist("Set-Cookie")
    assert cookies and all("Secure" in each for each in cookies)
    cookies = log_in(
        site, headers={"X-Forwarded-Proto": "https"}, environ_overrides={"REMOTE_ADDR": "192.0.2.1"}
    ).headers.getlist("Set-Cookie")
    assert cookies and not any("Secure" in each for each in cookies)
    site.close()


def test_the_request_log_names_the_caller_behind_the_proxy() -> None:
    site = made(proxies=["127.0.0.1"])
    with site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"log_api_requests": 1})
    client = ApiClient(site)
    client("GET /api/method/ping", headers={"X-Forwarded-For": "203.0.113.9"}, environ_overrides=LOCAL)
    site.write_pending("API Request Log")
    assert site.database.rows('SELECT remote_address FROM "tabAPI Request Log"') == [("203.0.113.9",)]
    site.close()


def _waitress(site: frappe_lite.Site) -> tuple[int, Any, Any]:
    server = waitress.create_server(
        frappe_lite.App(site), host="127.0.0.1", port=0, threads=1, clear_untrusted_proxy_headers=False
    )
    return server.effective_port, server.run, server.close


def _werkzeug(site: frappe_lite.Site) -> tuple[int, Any, Any]:
    server = make_server("127.0.0.1", 0, frappe_lite.App(site), request_handler=Quiet)
    return server.port, server.serve_forever, server.shutdown


class Quiet(WSGIRequestHandler):
    """No line for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""


def ask(port: int, *headers: str) -> str:
    """What the server says is the caller's address, by bytes as they are."""
    lines = ["GET /who HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join(lines).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return answer.rpartition(b"\r\n\r\n")[2].decode()


@pytest.fixture(scope="module", params=[_waitress, _werkzeug], ids=["waitress", "werkzeug"])
def behind(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server that believes this machine, and tells the address of who asks."""
    site = made(proxies="127.0.0.1")
    site.extensions.pages.append((re.compile("/who"), lambda ctx: Response(ctx.request.remote_addr)))
    port, run, close = request.param(site)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield port
    close()
    thread.join(20)
    site.close()


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        pytest.param(["X-Forwarded-For: 203.0.113.9"], "203.0.113.9", id="one header"),
        pytest.param(
            ["X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 203.0.113.9"],
            "203.0.113.9",
            id="of two the last is the proxy's",
        ),
        pytest.param(
            ["X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 127.0.0.1"],
            "203.0.113.9",
            id="joined in order, counted from the right",
        ),
        pytest.param(["X_Forwarded_For: 6.6.6.6"], "127.0.0.1", id="underscores are another name"),
        pytest.param(
            ["X_Forwarded_For: 6.6.6.6", "X-Forwarded-For: 203.0.113.9"], "203.0.113.9", id="before the proxy's"
        ),
        pytest.param(
            ["X-Forwarded-For: 203.0.113.9", "X_Forwarded_For: 6.6.6.6"], "203.0.113.9", id="after the proxy's"
        ),
        pytest.param(["X-Forwarded-For: 203.0.113.9", "X-Forwarded_For: 6.6.6.6"], "203.0.113.9", id="one underscore"),
        pytest.param([], "127.0.0.1", id="none"),
    ],
)
def test_servers_hand_on_what_the_proxy_sent(behind: int, headers: list[str], address: str) -> None:
    assert ask(behind, *headers) == address


@pytest.mark.parametrize(
    ("flags", "proxies", "waitress_", "warned"),
    [
        pytest.param({}, "", False, False, id="no proxy, the faster one"),
        pytest.param({}, "127.0.0.1", True, False, id="a proxy, the one that tells underscores"),
        pytest.param({"server": "granian"}, "127.0.0.1", False, True, id="granian where it is asked for"),
        pytest.param({"workers": 2}, "127.0.0.1", False, True, id="and for several workers"),
        pytest.param({"server": "granian"}, "", False, False, id="granian without a proxy"),
    ],
)
def test_which_server_stands_behind_a_proxy(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    flags: dict[str, Any],
    proxies: str,
    waitress_: bool,
    warned: bool,
) -> None:
    settings = cli_settings.read(flags, environ={"FRAPPE_LITE_PROXIES": proxies} if proxies else {}, folder=tmp_path)
    assert (serving._runner(settings) is serving._serve_waitress) is waitress_
    assert ("X_Forwarded_For" in capsys.readouterr().err) is warned


# --- names ---


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("shop.example", 200), ("shop.example:8000", 200), ("SHOP.example", 200), ("shop.example.", 200), ((
            "a.work.example"
        ), 200), ("work.example", 200), ("[::1]:8000", 200),
        ("evil.example", 400), ("shop.example.evil.example", 400), ("evilwork.example", 400), ((
            "shop.example@evil.example"
        ), 400), ("", 400),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/method/ping", "/login", "/.well-known/openid-configuration"])
def test_a_server_answers_to_its_names(named: frappe_lite.Site, path: str, host: str, status: int) -> None:
    answer = ApiClient(named, None)(f"GET {path}", headers={"Host": host})
    assert answer.status_code == status
    if status == 400:
        assert "does not answer to the name" in answer.text and "evil.example" not in answer.text


@pytest.fixture(scope="module")
def named() -> Iterator[frappe_lite.Site]:
    site = made(hosts=["shop.example", ".work.example", "[::1]"])
    yield site
    site.close()


def test_without_a_list_a_server_answers_to_any_name(site: frappe_lite.Site) -> None:
    assert ApiClient(site, None)("GET /api/method/ping", headers={"Host": "anything.example"}).status_code == 200


def test_names_in_one_text() -> None:
    site = frappe_lite.Site(hosts="a.example, .b.example")
    assert Hosts(site.settings.hosts).exact == {"a.example", "b.example"}
    site.close()


# --- https ---


@pytest.mark.parametrize(
    ("hsts", "base_url", "header"),
    [(0, "https://x", None), (86400, "https://x", "max-age=86400"), (86400, "http://x", None)],
)
def test_hsts_by_setting_and_over_https_only(hsts: int, base_url: str, header: str | None) -> None:
    site = frappe_lite.Site(hsts=hsts)
    for path in ("/api/method/ping", "/api/resource/User", "/"):
        assert (
            ApiClient(site, None)(f"GET {path}", base_url=base_url).headers.get("Strict-Transport-Security") == header
        )
    site.close()


# --- where links point ---


@pytest.mark.parametrize(
    ("url", "issuer"), [("https://shop.example/", "https://shop.example"), ("", "http://evil.example")]
)
def test_the_issuer_is_the_address_of_the_site_if_it_has_one(url: str, issuer: str) -> None:
    site = frappe_lite.Site(url=url)
    found = ApiClient(site, None)("GET /.well-known/openid-configuration", headers={"Host": "evil.example"}).get_json()
    assert found["issuer"] == issuer
    site.close()


@pytest.mark.parametrize(
    ("url", "start"), [("https://shop.example/", "https://shop.example/"), ("", "http://127.0.0.1:8000/")]
)
def test_a_reset_link_never_points_where_a_header_says(url: str, start: str) -> None:
    """F44."""
    links: list[str] = []
    site = made(url=url, proxies=["127.0.0.1"], on_reset_link=lambda _user, link: links.append(link))
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "User", "email": "ann@example.com", "first_name": "Ann"}).insert()
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "http://evil.example"}
    assert (
        ApiClient(site, None)(
            "POST /api/method/frappe.core.doctype.user.user.reset_password",
            {"user": "ann@example.com"},
            headers=headers,
        ).status_code
        == 200
    )
    assert len(links) == 1 and links[0].startswith(f"{start}update-password?key=")
    site.close()


# --- another site's page ---


@pytest.mark.parametrize(
    ("headers", "allowed", "status"),
    [
        pytest.param({}, "", 201, id="a program"),
        pytest.param(
            {"Sec-Fetch-Site": "same-origin", "Origin": "https://any.example"}, "", 201, id="this site's page"
        ),
        pytest.param(
            {"Sec-Fetch-Site": "same-site", "Origin": "https://app.shop.example"}, "", 400, id="a sister's page"
        ),
        pytest.param(
            {"Sec-Fetch-Site": "same-site", "Origin": "https://shop.example"}, "", 201, id="this site's own address"
        ),
        pytest.param({"Sec-Fetch-Site": "none"}, "", 201, id="typed in"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, "", 400, id="another site's page"),
        pytest.param(
            {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example"},
            "https://app.example",
            201,
            id="a page of an origin that is allowed",
        ),
        pytest.param(
            {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example"},
            "*",
            400,
            id="allowed to everybody is to nobody",
        ),
        pytest.param({"Origin": "http://localhost"}, "", 201, id="an older browser, this site's page"),
        pytest.param({"Origin": "https://shop.example"}, "", 201, id="an older browser, by the site's own address"),
        pytest.param({"Origin": "https://evil.example"}, "", 400, id="an older browser, another site's page"),
        pytest.param(
            {"Origin": "https://localhost.evil.example"}, "", 400, id="an older browser, a name that begins like it"
        ),
        pytest.param({"Origin": "null"}, "", 400, id="a page without an origin"),
    ],
)
def test_who_may_send_with_a_session(headers: dict[str, str], allowed: str, status: int) -> None:
    site = made(url="https://shop.example")
    with site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"allow_cors": allowed})
    browser = ApiClient(site, None)
    body = {"usr": "Administrator", "pwd": PASSWORD}
    assert browser("POST /api/method/login", body, headers=headers).status_code == (200 if status == 201 else 400)
    assert browser("POST /api/method/login", body).status_code == 200
    assert browser("POST /api/resource/Note", {"title": "x"}, headers=headers).status_code == status
    assert browser("GET /api/resource/Note", headers=headers).status_code == 200, "reading is not concerned"
    assert ApiClient(site)("POST /api/resource/Note", {"title": "y"}, headers=headers).status_code == 201, (
        "nor is an API key"
    )
    site.close()


# --- the command ---


def test_flags_reach_the_workers_through_the_environment(tmp_path: Path) -> None:
    told = {"url": "https://x.org", "hosts": ["x.org", ".y.org"], "proxies": ["10.0.0.1", "10.1.0.0/16"], "hsts": "60"}
    given = cli_settings.read(told, environ={}, folder=tmp_path)
    worker = cli_settings.read({}, environ=cli_settings.to_environment(given), folder=tmp_path)
    site = frappe_lite.Site(**worker.site_keywords)
    assert (site.settings.url, site.settings.hosts, site.settings.proxies, site.settings.hsts) == (
        "https://x.org",
        ["x.org", ".y.org"],
        ["10.0.0.1", "10.1.0.0/16"],
        60,
    )
    site.close()
