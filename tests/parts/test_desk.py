"""The desk over plain HTTP: its page, its files, what they weigh, and what a session is told."""

from __future__ import annotations

import gzip
import html
import importlib.util
import json
import os
import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import pytest
from werkzeug.test import Client, TestResponse

import frappe_lite
from conftest import ApiClient
from frappe_lite.access import auth
from frappe_lite.parts import desk

ROOT = Path(__file__).parents[2]
MOST_BYTES, MOST_LATER_BYTES, MOST_LINES = 150_000, 60_000, 250
"""Of the first view over the wire, of a page that is loaded later, and of a module."""
ASKED_FIRST = (
    "/api/v2/doctype/Task/meta",
    "/api/v2/method/frappe.model.utils.user_settings.get?doctype=Task",
    "/api/v2/method/frappe.desk.listview.get_list_settings?doctype=Task",
    "/api/v2/changes?limit=1000",
    "/api/v2/document/List%20Filter?limit=100&fields="
    + quote('["name","filter_name","for_user","for_role","owner","filters","desk_view"]'),
    "/api/v2/document/Task?limit=50&fields=" + quote('["name","docstatus","subject","status","priority","modified"]'),
)
"""What a list asks of the API before it is there."""
PASSWORD = "Correct-Horse-1"


@pytest.fixture
def browser(app_site: frappe_lite.Site) -> Client:
    """A browser without a session."""
    auth.first_password(app_site, PASSWORD)
    return Client(frappe_lite.App(app_site))


@pytest.fixture
def signed_in(browser: Client) -> Client:
    """The Administrator's browser."""
    assert browser.post("/api/method/login", data={"usr": "Administrator", "pwd": PASSWORD}).status_code == 200
    return browser


def boot_of(response: TestResponse) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="boot">(.*?)</script>', response.text, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def assets_of(text: str) -> list[str]:
    """The addresses that a page loads."""
    return re.findall(r'(?:src|href)="([^"]+)"', text.partition("<body>")[0])


# --- the page --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("accepted", "packed"), [("gzip, br", True), ("identity", False), ("gzip;q=0", False)])
def test_the_page_itself_is_compressed_for_who_takes_it(browser: Client, accepted: str, packed: bool) -> None:
    response = browser.get("/app", headers={"Accept-Encoding": accepted})
    assert (response.headers.get("Content-Encoding"), response.headers["Vary"]) == (
        "gzip" if packed else None,
        "Accept-Encoding",
    )
    data = gzip.decompress(response.data) if packed else response.data
    assert data.decode() == browser.get("/app").text


@pytest.mark.parametrize("path", ["/app", "/app/", "/app/task", "/app/task/TASK%2F1", "/app/run/log?x=1", "/app/a%0Ab"])
def test_every_address_has_the_same_page(browser: Client, path: str) -> None:
    response = browser.get(path)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    first, same = (re.sub(r'<link rel="(?:module)?preload".*\n', "", browser.get(each).text) for each in ("/app", path))
    assert first == same, "but for what it fetches early"


@pytest.mark.parametrize(
    ("path", "early"),
    [
        pytest.param("/app", False, id="home is no form"),
        pytest.param("/app/task", False, id="a list is none"),
        pytest.param("/app/task/TASK-1", True, id="a document"),
        pytest.param("/app/new/task", True, id="a new document"),
        pytest.param("/app/new/doctype", False, id="a new DocType, whose page is another"),
        pytest.param("/app/task/view/report", False, id="a report"),
        pytest.param("/app/run/jobs", False, id="the server"),
    ],
)
def test_a_form_is_fetched_at_once_where_the_address_is_one(signed_in: Client, path: str, early: bool) -> None:
    found = assets_of(signed_in.get(path).text)
    for name in ("linked/pages-form.js", "styles/form.css"):
        assert any(each.endswith(name) for each in found) is early, name
    assert len(found) == len(set(found))
    assert all(signed_in.get(each).status_code == 200 for each in found if "/assets/" in each)


def test_the_frame_is_seen_before_the_script_has_come(signed_in: Client, browser: Client) -> None:
    assert re.search(r'<header class="bar">.*<a class="home" href="/app">', signed_in.get("/app").text)
    assert '<div id="desk"></div>' in Client(browser.application).get("/app").text, "a guest is asked to sign in first"


@pytest.mark.parametrize("path", ["/", "/desk"])
def test_other_ways_in_lead_there(browser: Client, path: str) -> None:
    response = browser.get(path, base_url="http://localhost/office")
    assert (response.status_code, response.headers["Location"]) == (302, "/office/app")


@pytest.mark.parametrize("path", ["/application", "/assets/desk", "/assets/desk/x", "/desk/x"])
def test_what_only_looks_like_it_is_not_there(browser: Client, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_the_page_may_load_nothing_from_elsewhere_and_run_nothing_inline(browser: Client) -> None:
    response = browser.get("/app")
    rules = dict(rule.split(" ", 1) for rule in response.headers["Content-Security-Policy"].split("; "))
    assert (rules["default-src"], rules["script-src"], rules["style-src"], rules["connect-src"]) == (
        "'none'",
        "'self'",
        "'self'",
        "'self'",
    )
    assert (rules["frame-ancestors"], rules["base-uri"], rules["form-action"]) == ("'none'", "'none'", "'none'")
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    scripts = re.findall(r"<script([^>]*)>", response.text)
    assert [each for each in scripts if "src=" not in each] == [' type="application/json" id="boot"']
    assert re.findall(r"<style|\son\w+=|style=", response.text) == []


def test_a_title_is_text_wherever_it_stands() -> None:
    site = frappe_lite.Site(title="</script><script>alert(1)</script>&")
    response = Client(frappe_lite.App(site)).get("/app")
    assert "<script>alert" not in response.text
    assert boot_of(response)["title"] == "</script><script>alert(1)</script>&"
    site.close()


def test_boot_tells_a_guest_nothing(browser: Client) -> None:
    boot = boot_of(browser.get("/app"))
    assert (boot["user"]["name"], boot["csrf_token"], boot["doctypes"]) == ("Guest", "", [])


def test_boot_tells_who_and_what(signed_in: Client) -> None:
    boot = boot_of(signed_in.get("/app"))
    task = next(each for each in boot["doctypes"] if each["name"] == "Task")
    assert boot["user"]["name"] == "Administrator"
    assert (task["module"], task["single"], {"read", "write", "create", "delete"} <= set(task["rights"])) == (
        "Conformance",
        0,
        True,
    )
    assert "Task Checklist Item" not in {each["name"] for each in boot["doctypes"]}
    assert signed_in.get("/api/v2/method/frappe_lite.desk.boot").json["data"] == boot


def test_the_token_in_boot_is_the_sessions(signed_in: Client) -> None:
    token = boot_of(signed_in.get("/app"))["csrf_token"]
    assert signed_in.post("/api/v2/document/Project", json={"title": "A"}).status_code == 400
    assert (
        signed_in.post(
            "/api/v2/document/Project", json={"title": "A"}, headers={"X-Frappe-CSRF-Token": token}
        ).status_code
        == 201
    )


def test_clients_that_look_for_the_token_in_the_page_find_it(signed_in: Client) -> None:
    page = signed_in.get("/app")
    assert re.findall(r'csrf_token = "(\w+)"', page.text) == [boot_of(page)["csrf_token"]]


def test_boot_is_cut_to_rights(app_site: frappe_lite.Site, new_user: Any) -> None:
    ann: ApiClient = new_user(app_site, "ann@example.com", "Task User")
    found = {
        each["name"]: each["rights"]
        for each in ann("GET /api/v2/method/frappe_lite.desk.boot").json["data"]["doctypes"]
    }
    assert "System Settings" not in found
    assert "submit" not in found["Task"]


def test_below_a_prefix_every_address_has_it(browser: Client) -> None:
    response = browser.get("/app", base_url="http://localhost/office/erp")
    assert boot_of(response)["prefix"] == "/office/erp"
    assert [each for each in assets_of(response.text) if not each.startswith("/office/erp/assets/desk/")] == []


# --- files -----------------------------------------------------------------------------------------------


def test_files_are_kept_for_good(browser: Client) -> None:
    for address in assets_of(browser.get("/app").text):
        response = browser.get(address)
        assert (response.status_code, response.headers["Cache-Control"]) == (
            200,
            "public, max-age=31536000, immutable",
        ), address
        assert response.mimetype == desk.TYPES[Path(address).suffix]


def test_an_old_address_gets_the_new_file_and_keeps_it_not(browser: Client) -> None:
    response = browser.get("/assets/desk/0123456789abcdef/app.js")
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-cache")


def test_a_file_that_is_had_is_not_sent_again(browser: Client) -> None:
    address = assets_of(browser.get("/app").text)[0]
    etag = browser.get(address).headers["ETag"]
    again = browser.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("accepted", "zipped"), [("gzip, br", True), ("br", False), ("gzip;q=0", False), ("", False), ("*", True)]
)
def test_files_are_compressed_for_who_takes_it(browser: Client, accepted: str, zipped: bool) -> None:
    address = next(each for each in assets_of(browser.get("/app").text) if each.endswith(".css"))
    plain = (desk.FOLDER / "styles/desk.css").read_bytes()
    response = browser.get(address, headers={"Accept-Encoding": accepted})
    assert response.headers.get("Content-Encoding") == ("gzip" if zipped else None)
    assert (gzip.decompress(response.data) if zipped else response.data) == plain
    assert response.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "name",
    [
        "nothing.js",
        "../parts/desk.py",
        "vendor/../../site.py",
        "vendor/README.md",
        "vendor/SUMS",
        "linked/nothing.js.map",
        "linked/desk.css.map",
        "app.js.map",
        "",
        "controls",
        "%2e%2e/site.py",
    ],
)
def test_nothing_else_is_served(browser: Client, name: str) -> None:
    assert browser.get(f"/assets/desk/x/{name}").status_code == 404


@pytest.mark.parametrize(("name", "module"), [("linked/app.js", "app.js"), ("linked/pages-form.js", "pages/form.js")])
def test_a_browser_finds_the_modules_of_a_bundle(browser: Client, name: str, module: str) -> None:
    """By its source map, which nobody fetches but the tools for developers; the modules lie beside it."""
    text = browser.get(f"/assets/desk/x/{name}").text
    address = posixpath.join(posixpath.dirname(name), text.rpartition("sourceMappingURL=")[2].strip())
    response = browser.get(f"/assets/desk/x/{address}")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    found = [posixpath.normpath(posixpath.join("linked", each)) for each in response.json["sources"]]
    assert found[-1] == module
    assert {browser.get(f"/assets/desk/x/{each}").status_code for each in found} == {200}


def test_an_edited_file_has_a_new_address(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\n')
    (tmp_path / "b.js").write_text("export const b = 1;\n")
    assets = desk.Assets(tmp_path)
    first = assets.digest()
    assert b"const b = 1;" in assets.content("linked/a.js")
    (tmp_path / "b.js").write_text("export const b = 2;\n")
    os.utime(tmp_path / "b.js", ns=(1, 1))
    assert assets.digest() != first
    assert b"const b = 2;" in assets.content("linked/a.js")


def first_view(browser: Client, path: str, accepted: str) -> Iterator[tuple[str, int]]:
    """(address, bytes over the wire) of what a browser loads before the page shows something."""
    page = browser.get(path)
    yield path, len(page.data) + len(str(page.headers))
    for address in dict.fromkeys([*assets_of(page.text), *ASKED_FIRST]):
        response = browser.get(address, headers={"Accept-Encoding": accepted})
        yield address, len(response.data) + len(str(response.headers))


def test_the_first_view_is_light(signed_in: Client) -> None:
    headers = {"X-Frappe-CSRF-Token": boot_of(signed_in.get("/app"))["csrf_token"]}
    for number in range(50):
        signed_in.post("/api/v2/document/Task", json={"subject": f"Something to do, number {number}"}, headers=headers)
    sizes = dict(first_view(signed_in, "/app/task", "gzip, deflate, br"))
    assert sum(sizes.values()) < MOST_BYTES, sizes


def preloaded(text: str) -> list[str]:
    found = re.findall(r'<link rel="preload" as="fetch" crossorigin="anonymous" href="([^"]+)">', text)
    return [html.unescape(each) for each in found]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        pytest.param(
            "/app/task?status=Open", list(ASKED_FIRST[:3]), id="a list asks for its DocType and what was chosen"
        ),
        pytest.param("/app/Task", list(ASKED_FIRST[:3]), id="a DocType is named by its name, too"),
        pytest.param(
            "/app/task/a%20b%2Fc(1)",
            [ASKED_FIRST[0], "/api/v2/document/Task/a%20b%2Fc(1)"],
            id="a form asks for its DocType and document",
        ),
        pytest.param("/app/new/task", [ASKED_FIRST[0]], id="a new document is not there yet"),
        pytest.param(
            "/app/system-settings",
            ["/api/v2/doctype/System%20Settings/meta", "/api/v2/document/System%20Settings/System%20Settings"],
            id="a single is a form",
        ),
        *(
            pytest.param(path, [], id=f"{path} is another page")
            for path in ("/app", "/app/", "/app/nothing", "/app/run/jobs", "/app/doctype/Task", "/app/task/view/report")
        ),
    ],
)
def test_a_page_names_what_it_will_ask(signed_in: Client, path: str, wanted: list[str]) -> None:
    assert preloaded(signed_in.get(path).text) == wanted


def test_who_is_not_signed_in_asks_for_nothing(browser: Client) -> None:
    assert preloaded(browser.get("/app/task").text) == []


# --- house rules -----------------------------------------------------------------------------------------


def own_scripts() -> list[Path]:
    return [each for each in sorted(desk.FOLDER.rglob("*.js")) if "vendor" not in each.parts]


@pytest.mark.parametrize("path", own_scripts(), ids=lambda path: path.name)
def test_a_module_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("name", [each.name for each in own_scripts() if each.parent.name == "pages"])
def test_a_later_page_is_light(browser: Client, name: str) -> None:
    """With all that it imports, and the first view has not loaded yet."""
    page = browser.get("/app")
    first = {each for each in assets_of(page.text) if each.endswith(".js")}
    address = next(each for each in first if each.endswith("/app.js")).replace("app.js", f"pages-{name}")
    text = browser.get(address).text
    styles = [urljoin(address, f"../styles/{each}") for each in re.findall(r'\bsheet\("(\w+\.css)"\)', text)]
    sizes = {}
    for each in [address, *styles]:
        answer = browser.get(each, headers={"Accept-Encoding": "gzip, deflate, br"})
        assert answer.status_code == 200, each
        sizes[each] = len(answer.data) + len(str(answer.headers))
    assert sum(sizes.values()) < MOST_LATER_BYTES, sizes


@pytest.mark.parametrize("path", own_scripts(), ids=lambda path: path.name)
def test_a_module_says_what_it_is_and_imports_what_is_there(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("/*"), "a module begins with a comment that says what it is"
    missing = [
        target
        for target in re.findall(r"""["'](\.\.?/[\w./-]+\.js)["']""", text)
        if not (path.parent / target).exists()
    ]
    assert missing == []


@pytest.mark.parametrize(
    "path", [each for each in own_scripts() if each.name not in ("api.js", "examples.js")], ids=lambda path: path.name
)
def test_only_the_client_asks_the_server(path: Path) -> None:
    assert re.findall(r"\bfetch\(|XMLHttpRequest|\beval\(|innerHTML|https?://(?!www\.w3\.org)", path.read_text()) == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "images").glob("*.png")), ids=lambda path: path.name)
def test_pictures_are_small_and_shown(path: Path) -> None:
    assert path.stat().st_size <= 120_000
    shown_in = "apps.md" if path.name.startswith("app-") else "desk.md"
    assert f"](images/{path.name})" in (ROOT / "docs" / shown_in).read_text()


# --- libraries -------------------------------------------------------------------------------------------


def load_vendor() -> Any:
    spec = importlib.util.spec_from_file_location("vendor_script", ROOT / "scripts" / "vendor.py")
    assert spec and spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # where dataclasses look their module up
    spec.loader.exec_module(module)
    return module


vendor = load_vendor()


def test_libraries_are_as_they_were_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert vendor.main(["--check"]) == 0
    for each in vendor.FOLDER.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    (tmp_path / "htm.js").write_text("changed")
    monkeypatch.setattr(vendor, "FOLDER", tmp_path)
    assert vendor.main(["--check"]) == 1


def test_each_library_has_its_licence() -> None:
    for package in vendor.PACKAGES:
        assert (vendor.FOLDER / f"LICENSE.{package.name.rpartition('/')[2]}").read_text()
        assert (
            f"| {package.name} | {package.version} | {package.licence} |" in (vendor.FOLDER / "README.md").read_text()
        )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('import{h}from"preact";', 'import{h}from"./preact.js";'),
        ("import { a } from 'preact/hooks';", "import { a } from './hooks.js';"),
        ('export{a}from"@preact/signals-core";', 'export{a}from"./signals-core.js";'),
        ('import "./near.js";', 'import "./near.js";'),
        ("x;\n//# sourceMappingURL=x.js.map\n", "x;\n"),
        ("// taken from 'a place'", "// taken from 'a place'"),
    ],
)
def test_imports_name_files(text: str, wanted: str) -> None:
    assert vendor.rewritten(text) == wanted


def test_an_import_of_something_else_is_refused() -> None:
    with pytest.raises(KeyError, match="left-pad"):
        vendor.rewritten('import pad from "left-pad";')
