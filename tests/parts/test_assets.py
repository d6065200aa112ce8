"""`/assets/<app>/…`: which files, how long browsers keep them, in parts and packed; and no way out of the folder."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

import frappe_lite
from conftest import ApiClient
from frappe_lite.parts.website import assets, folders

BIG = "let x = 1;\n" * 400
YEAR = "public, max-age=31536000, immutable"
FILES = {
    "hooks.py": "app_name = 'assets_under_test'",
    "secret.txt": "SECRET",
    "public/small.js": "let small;",
    "public/big.js": BIG,
    "public/ready.js": BIG,
    "public/page.html": "{{ not filled }}",
    "public/code.py": "SECRET = 1",
    "public/.env": "SECRET",
    "public/.hidden/x.js": "SECRET",
    "public/with space/ü.txt": "found",
    "public/font.woff2": "wOF2" * 1000,
    "public/site.webmanifest": "{}",
    "public/frontend/assets/index-Bx3kPq9z.js": BIG,
    "public/frontend/assets/index-Bx3kPq9z.js.map": "{}",
    "public/frontend/index-Bx3kPq9z.js": BIG,
    "public/dist/css/x.bundle.7KQ2XW3A.css": "a {}",
    "public/__pycache__/x.js": "SECRET",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("assets") / "assets_under_test"
    for path, content in FILES.items():
        file = made / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (made / "public/ready.js.gz").write_bytes(gzip.compress(b"packed by its builder"))
    for name, target in {
        "out.txt": "../secret.txt", "up": "..", "round.js": "round.js", "in.js": "small.js", "to_code.js": "code.py", "to_hidden.js": ".env",
    }.items():  # fmt: skip
        (made / "public" / name).symlink_to(target)
    return made


@pytest.fixture(scope="module")
def guest(root: Path) -> Any:
    site = frappe_lite.Site()
    site.load(root)
    yield ApiClient(site, None)
    site.close()


def at(name: str) -> str:
    return f"GET /assets/assets_under_test/{name}"


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        pytest.param("small.js", "text/javascript", "let small;", id="a script"),
        pytest.param("page.html", "text/html", "{{ not filled }}", id="a page is no template here"),
        pytest.param("with%20space/%C3%BC.txt", "text/plain", "found", id="any name"),
        pytest.param("site.webmanifest", "application/manifest+json", "{}", id="a manifest"),
        pytest.param("font.woff2", "font/woff2", "wOF2" * 1000, id="a font"),
        pytest.param("in.js", "text/javascript", "let small;", id="a link inside the folder"),
        pytest.param("dist/css/x.bundle.7KQ2XW3A.css", "text/css", "a {}", id="a bundle"),
    ],
)
def test_a_file_is_sent_as_it_is(guest: ApiClient, name: str, kind: str, text: str) -> None:
    response = guest(at(name))
    assert (response.status_code, response.mimetype, response.text) == (200, kind, text)
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("none.js", id="nothing there"),
        pytest.param("", id="the folder itself"),
        pytest.param("frontend", id="a folder"),
        pytest.param("../secret.txt", id="up"),
        pytest.param("frontend/../../secret.txt", id="up from below"),
        pytest.param("%2e%2e/secret.txt", id="up in other letters"),
        pytest.param("..%2fsecret.txt", id="up with a slash in other letters"),
        pytest.param("..%5csecret.txt", id="up by a backslash"),
        pytest.param("/etc/passwd", id="from the root"),
        pytest.param("%2Fetc/passwd", id="from the root in other letters"),
        pytest.param("out.txt", id="a link that leads out"),
        pytest.param("up/secret.txt", id="a link to the folder above"),
        pytest.param("round.js", id="a link to itself"),
        pytest.param("to_code.js", id="a link to code"),
        pytest.param("to_hidden.js", id="a link to a hidden file"),
        pytest.param("code.py", id="code"),
        pytest.param(".env", id="a hidden file"),
        pytest.param(".hidden/x.js", id="in a hidden folder"),
        pytest.param("__pycache__/x.js", id="in Python's own folder"),
        pytest.param("small.js%00.txt", id="a null byte"),
        pytest.param("C:/x", id="a drive"),
        pytest.param("x" * 3000, id="a name that no file can have"),
    ],
)
def test_nothing_else_is_there(guest: ApiClient, name: str) -> None:
    response = guest(at(name))
    assert response.status_code == 404
    assert "SECRET" not in response.text


@pytest.mark.parametrize("path", ["/assets/", "/assets/frappe/x.js", "/assets/no_such_app/x.js", "/assets"])
def test_an_app_without_a_public_folder_has_none(guest: ApiClient, path: str) -> None:
    assert guest(f"GET {path}").status_code == 404


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("frontend/assets/index-Bx3kPq9z.js", True), ("frontend/assets/index-Bx3kPq9z.js.map", True),
        ("dist/css/x.bundle.7KQ2XW3A.css", True), ("small.js", False), ("frontend/index-Bx3kPq9z.js", False), ("big.js", False),
    ],
)  # fmt: skip
def test_what_is_named_by_its_content_is_kept_for_good(guest: ApiClient, name: str, kept: bool) -> None:
    assert guest(at(name)).headers["Cache-Control"] == (YEAR if kept else "no-cache")


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("index-DiwrgTda.js", True), ("index-a-_9Zx0q.css", True), ("app.5f3a9c1d0b2e.js", True), ("desk.bundle.7KQ2XW3A.js", True),
        ("index-precompo.js", False), ("photo-20240101.jpg", False), ("apple-touch-icon-precomposed.png", False),
        ("index.js", False), ("splash-1125-2436.jpg", False), ("index-DiwrgTda", False),
    ],
)  # fmt: skip
def test_a_digest_is_told_from_a_word_and_a_date(name: str, digest: bool) -> None:
    assert folders.has_digest(f"dist/{name}") is digest


@pytest.mark.parametrize(
    ("known", "status"),
    [
        pytest.param("{etag}", 304, id="the one that was sent"),
        pytest.param("{strong}", 304, id="without its weakness"),
        pytest.param('"other", {etag}', 304, id="among others"),
        pytest.param("*", 304, id="any"),
        pytest.param('"other"', 200, id="another"),
        pytest.param('"{etag}x"', 200, id="one that begins so"),
    ],
)
def test_a_file_that_is_known_is_not_sent_again(guest: ApiClient, known: str, status: int) -> None:
    etag = guest(at("small.js")).headers["ETag"]
    known = known.replace("{etag}", etag).replace("{strong}", etag.removeprefix("W/"))
    assert guest(at("small.js"), headers={"If-None-Match": known}).status_code == status


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        pytest.param("small.js", False, id="a script is nobody's page"),
        pytest.param("page.html", True, id="a page might be framed"),
    ],
)
def test_headers_are_sent_where_they_mean_something(guest: ApiClient, name: str, kept: bool) -> None:
    headers = guest(at(name)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert ["X-Frame-Options" in headers, "Referrer-Policy" in headers] == [kept, kept]


def test_who_has_it_is_not_sent_it_again(guest: ApiClient, root: Path) -> None:
    first = guest(at("small.js"))
    known = {"If-None-Match": first.headers["ETag"]}
    assert guest(at("small.js"), headers=known).status_code == 304
    assert guest(at("small.js"), headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    (root / "public/small.js").write_text("let other;")
    os.utime(root / "public/small.js", ns=(1, 1))
    assert guest(at("small.js"), headers=known).text == "let other;"
    (root / "public/small.js").write_text("let small;")


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        pytest.param(lambda place, root: place.write_text("newer and longer"), 200, "newer and longer", id="written"),
        pytest.param(lambda place, root: place.unlink(), 404, None, id="deleted"),
        pytest.param(lambda place, root: linked(place, root / "public/small.js"), 200, "let small;", id="a link now"),
        pytest.param(lambda place, root: linked(place, root / "secret.txt"), 404, None, id="a link that leads out"),
    ],
)
@pytest.mark.parametrize("takes", ["gzip", ""])
def test_what_was_sent_is_sent_anew_once_it_changes(
    guest: ApiClient, root: Path, change: Any, status: int, text: str | None, takes: str
) -> None:
    place, asked = root / "public/changing.js", {"Accept-Encoding": takes}
    place.unlink(missing_ok=True)
    place.write_text("let first;")
    assert [guest(at("changing.js"), headers=asked).text for _ in range(2)] == ["let first;"] * 2
    change(place, root)
    response = guest(at("changing.js"), headers=asked)
    assert (response.status_code, response.text if text else None) == (status, text)


@pytest.mark.parametrize(
    ("name", "seconds", "looks"),
    [
        pytest.param("dist/main.7KQ2XW3A.js", [0, 0.1, 0.9], 1, id="named by its content: once a second"),
        pytest.param("dist/main.7KQ2XW3A.js", [0, 0.9, 1.1, 1.2, 2.2], 3, id="and again in the next one"),
        pytest.param("plain.js", [0, 0.1, 0.2], 3, id="any other: each time"),
        pytest.param("plain.js", [0, 0.001, 0.002, 0.003], 4, id="however soon"),
        pytest.param("plain.js", [each / 100 for each in range(40)], 40, id="as often as people can ask"),
        pytest.param("plain.js", [each / 1024 for each in range(150)], 54, id="asked for all the time: at times"),
        pytest.param("plain.js", [*(each / 1024 for each in range(53)), 9, 9.01], 55, id="and each time after that"),
    ],
)
def test_the_disk_is_asked_whether_a_file_is_the_same(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str, seconds: list[float], looks: int
) -> None:
    site, places, clock = frappe_lite.Site(), list[str](), [1000.0]
    site.load(root)
    file = root / "public" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("let it;")
    client, stamp = Client(frappe_lite.App(site)), assets._stamp
    assert client.get(at(name)[4:]).text == "let it;"
    monkeypatch.setattr(assets, "_stamp", lambda place: places.append(place) or stamp(place))
    monkeypatch.setattr(assets.time, "monotonic", lambda: clock[0])
    for second in seconds:
        clock[0] = 1000 + second
        assert client.get(at(name)[4:]).text == "let it;"
    assert places == [str(file)] * looks
    file.unlink()
    clock[0] += 2
    assert client.get(at(name)[4:]).status_code == 404
    site.close()


@pytest.mark.parametrize(
    ("options", "asked", "at_once"),
    [
        pytest.param({}, {}, True, id="the file alone"),
        pytest.param({}, {"method": "HEAD"}, True, id="its headers"),
        pytest.param({}, {"query_string": "v=3"}, True, id="a query that says nothing"),
        pytest.param({}, {"headers": {"Accept-Encoding": "gzip"}}, True, id="packed"),
        pytest.param({}, {"headers": {"If-None-Match": '"x"'}}, True, id="known, but another"),
        pytest.param({}, {"headers": {"Cookie": "sid=Guest"}}, True, id="with a session"),
        pytest.param({}, {"path": at("page.html")[4:]}, False, id="one that nobody asked for yet"),
        pytest.param({}, {"method": "POST"}, False, id="a verb that sends"),
        pytest.param({}, {"headers": {"Range": "bytes=0-1"}}, False, id="a part"),
        pytest.param({}, {"headers": {"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}}, False, id="by its time"),
        pytest.param({}, {"headers": {"Origin": "http://localhost:5173"}}, False, id="a page of another port"),
        pytest.param({}, {"query_string": "cmd=ping"}, False, id="a command"),
        pytest.param({"hosts": ["localhost"]}, {}, False, id="where names are told"),
        pytest.param({"hsts": 60}, {}, False, id="where https is insisted on"),
    ],
)
def test_what_asks_for_the_file_alone_is_answered_at_once_and_alike(
    root: Path, options: dict[str, Any], asked: dict[str, Any], at_once: bool
) -> None:
    site = frappe_lite.Site(**options)
    site.load(root)
    app, environ = frappe_lite.App(site), EnvironBuilder(**{"path": at("big.js")[4:], **asked}).get_environ()
    for takes in ("gzip", "identity"):
        Client(app).get(at("big.js")[4:], headers={"Accept-Encoding": takes}).close()
    assert (site.extensions.shortcuts[0](environ, lambda *_: None) is not None) is at_once
    fast = run_wsgi_app(app, environ, buffered=True)
    site.extensions.shortcuts.clear()
    slow = run_wsgi_app(app, environ, buffered=True)
    alike = [{**dict(each[2]), "X-Request-Id": "", "Date": ""} for each in (fast, slow)]
    assert (b"".join(fast[0]), fast[1], alike[0]) == (b"".join(slow[0]), slow[1], alike[1])
    site.close()


def test_a_log_of_requests_has_assets_too(root: Path) -> None:
    site, seen = frappe_lite.Site(), []
    site.load(root)
    site.extensions.on_answer.append(lambda ctx, status, _seconds: seen.append((ctx.request.path, status)))
    for _ in range(2):
        assert ApiClient(site, None)(at("small.js")).text == "let small;"
    assert seen == [(at("small.js")[4:], 200)] * 2
    site.close()


def linked(place: Path, target: Path) -> None:
    place.unlink()
    place.symlink_to(target)


def test_what_is_kept_in_memory_has_its_bounds(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "MOST_BYTES", 5000)
    monkeypatch.setattr(assets, "MOST_KEPT", 4405)
    site = frappe_lite.Site()
    site.load(root)
    served = next(
        page.__self__ for _, page in site.extensions.pages if isinstance(getattr(page, "__self__", None), assets.Assets)
    )
    kept = []
    for name in ("small.js", "big.js", "page.html"):  # 10, 4400 and 16 bytes
        assert ApiClient(site, None)(at(name)).text == (root / "public" / name).read_text()
        kept.append(sorted(len(each.body) for each in served._kept.values()))
    assert kept == [[10], [4400], [16]]
    monkeypatch.setattr(assets, "MOST_BYTES", 12)
    assert ApiClient(site, None)(at("dist/css/x.bundle.7KQ2XW3A.css")).text == "a {}"
    assert ApiClient(site, None)(at("font.woff2")).text == "wOF2" * 1000
    assert sorted(len(each.body) for each in served._kept.values()) == [4, 16]  # the large one came from the disk
    site.close()


@pytest.mark.parametrize(
    ("asked", "status", "text", "place"),
    [
        ("bytes=0-2", 206, "let", "bytes 0-2/4400"), ("bytes=-4", 206, " 1;\n", "bytes 4396-4399/4400"),
        ("bytes=4399-", 206, "\n", "bytes 4399-4399/4400"), ("lines=1-2", 200, BIG, None),
    ],
)  # fmt: skip
def test_a_file_is_sent_in_parts(guest: ApiClient, asked: str, status: int, text: str, place: str | None) -> None:
    response = guest(at("big.js"), headers={"Range": asked, "Accept-Encoding": "gzip"})
    assert (response.status_code, response.text, response.headers.get("Content-Range")) == (status, text, place)


def test_a_part_that_is_not_there_is_refused(guest: ApiClient) -> None:
    assert guest(at("big.js"), headers={"Range": "bytes=9999-"}).status_code == 416


@pytest.mark.parametrize(
    ("name", "takes", "packed", "content"),
    [
        ("big.js", "gzip, br", True, BIG), ("big.js", "br", False, BIG), ("big.js", "gzip;q=0", False, BIG),
        ("ready.js", "gzip", True, "packed by its builder"), ("small.js", "gzip", False, "let small;"), ("font.woff2", "gzip", False, "wOF2" * 1000),
    ],
)  # fmt: skip
def test_texts_are_packed_for_who_takes_it(guest: ApiClient, name: str, takes: str, packed: bool, content: str) -> None:
    for _ in range(2):
        response = guest(at(name), headers={"Accept-Encoding": takes})
        assert response.headers.get("Content-Encoding") == ("gzip" if packed else None)
        data = response.get_data()
        assert (gzip.decompress(data) if packed else data).decode() == content
        assert int(response.headers["Content-Length"]) == len(data)
    assert (
        guest(at(name), headers={"If-None-Match": response.headers["ETag"], "Accept-Encoding": takes}).status_code
        == 304
    )


def test_head_says_what_get_would_send(guest: ApiClient) -> None:
    response = guest("HEAD /assets/assets_under_test/big.js")
    assert (response.status_code, response.get_data(), response.headers["Content-Length"]) == (200, b"", "4400")


def test_a_page_of_the_website_has_an_icon(guest: ApiClient) -> None:
    assert guest("GET /assets/frappe_lite/icon.svg").mimetype == "image/svg+xml"
