"""`serve --dev`: what changes is served within a second, and no error in an app ends it."""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import doctype
from serving_tools import Server, running

from conftest import new_file
from frappe_lite.command import dev, output, watching
from frappe_lite.command.error_page import ErrorPage

API = 'import frappe\n\n\n@frappe.whitelist(allow_guest=True)\ndef answer():\n    return "{}"\n'
FILES = {
    "__init__.py": "",
    "hooks.py": "app_title = 'Dev'\n",
    "api.py": API.format("first"),
    "zoo/__init__.py": "",
    "zoo/doctype/__init__.py": "",
    "zoo/doctype/tea/__init__.py": "",
    "zoo/doctype/tea/tea.json": json.dumps(doctype("Dev Tea", ("title", "Data")), indent=1),
    "zoo/doctype/tea/tea.py": "from frappe.model.document import Document\n\n\nclass DevTea(Document):\n    pass\n",
    "templates/page.html": "<p>first</p>",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("dev")
    for name, text in FILES.items():
        file = made / "dev_app" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    new_file(made / "site.db")
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with running(folder, "serve", "--dev", "--app", "dev_app", "--database", "site.db", "--port", "0") as made:
        yield made


ANSWER = "/api/method/dev_app.api.answer"


@pytest.fixture
def whole(server: Server, folder: Path) -> Iterator[Path]:
    """The app's folder; afterwards its files are right again, and served."""
    yield folder / "dev_app"
    for name, text in FILES.items():
        if (folder / "dev_app" / name).read_text() != text:
            (folder / "dev_app" / name).write_text(text)
    server.until(ANSWER, '"message":"first"')


def test_python_is_served_anew(server: Server, whole: Path) -> None:
    assert server.get(ANSWER) == (200, '{"message":"first"}')
    (whole / "api.py").write_text(API.format("second"))
    assert server.until(ANSWER, '"message":"second"') == '{"message":"second"}'
    assert "dev_app/api.py changed: starting anew" in server.said


def test_a_new_file_is_found(server: Server, whole: Path) -> None:
    (whole / "more.py").write_text(API.format("more"))
    assert server.until("/api/method/dev_app.more.answer", '"message":"more"') == '{"message":"more"}'


def test_a_doctype_is_brought_up_to_date(server: Server, whole: Path) -> None:
    cookies = server.sign_in()
    fields = [("title", "Data"), ("strength", "Int")]
    (whole / "zoo/doctype/tea/tea.json").write_text(json.dumps(doctype("Dev Tea", *fields)))
    server.wait_for("tea.json changed: starting anew")
    assert server.post("/api/resource/Dev Tea".replace(" ", "%20"), {"title": "x", "strength": 3}, cookies) == 201
    assert '"strength":3' in server.get("/api/resource/Dev%20Tea?fields=%5B%22*%22%5D", Cookie=cookies)[1]


def test_fixtures_and_templates_count_too(server: Server, whole: Path) -> None:
    (whole / "fixtures").mkdir()
    (whole / "fixtures" / "role.json").write_text(
        json.dumps([{"doctype": "Role", "name": "Taster", "role_name": "Taster"}])
    )
    server.wait_for("role.json changed: starting anew")
    assert '"Taster"' in server.get("/api/resource/Role/Taster", Cookie=server.sign_in())[1]
    (whole / "templates/page.html").write_text("<p>second</p>")
    server.wait_for("page.html changed: starting anew")


@pytest.mark.parametrize(
    ("file", "code", "sentence"),
    [
        pytest.param(
            "api.py", "def broken(:\n", "dev_app/api.py:1: SyntaxError: invalid syntax", id="a syntax error in a module"
        ),
        pytest.param(
            "hooks.py",
            "x = 1\ny = (\n",
            "dev_app/hooks.py:2: SyntaxError: '(' was never closed",
            id="a syntax error in hooks",
        ),
        pytest.param(
            "zoo/doctype/tea/tea.py",
            "class DevTea(:\n",
            "dev_app/zoo/doctype/tea/tea.py:1: SyntaxError: invalid syntax",
            id="in a controller, which nobody imports yet",
        ),
        pytest.param(
            "api.py",
            API.format("x") + "\n\n1 / 0\n",
            "dev_app/api.py:9: ZeroDivisionError: division by zero",
            id="code that fails when it is imported",
        ),
        pytest.param(
            "api.py",
            "import dev_app.nowhere\n" + API.format("x"),
            "dev_app/api.py:1: ModuleNotFoundError: No module named 'dev_app.nowhere'",
            id="a wrong import",
        ),
    ],
)
def test_an_error_is_shown_until_it_is_gone(server: Server, whole: Path, file: str, code: str, sentence: str) -> None:
    (whole / file).write_text(code)
    told = json.loads(server.until("/api/method/ping", "exc_type"))
    assert told["exception"] == sentence
    assert server.get("/api/method/ping")[0] == 500
    status, page = server.get("/app")
    assert (status, page.startswith("<!doctype html>")) == (500, True)
    assert page.count("location.reload()") == 1 and "{{" not in page, "it looks by itself whether all is right again"
    assert sentence.replace("'", "&#x27;") in page and "<mark>" in page
    assert f"frappe-lite: {sentence}: waiting for a change" in server.said
    (whole / file).write_text(FILES[file])
    assert server.until(ANSWER, '"message":"first"') == '{"message":"first"}'


def test_a_process_that_ends_by_itself_is_started_anew(server: Server, whole: Path) -> None:
    (whole / "api.py").write_text("import os\nos._exit(3)\n" + API.format("x"))
    server.wait_for(r"the server's process ended by itself \(status 3\)")
    (whole / "api.py").write_text(FILES["api.py"])
    assert server.until(ANSWER, '"message":"first"') == '{"message":"first"}'


def test_pages_of_localhost_may_read_the_answers(server: Server, whole: Path) -> None:
    origins = (
        "http://localhost:5173",
        "http://127.0.0.1:3000",
        "https://evil.example",
        "http://localhost.evil.example:80",
    )
    shown = [allowed(server, origin) for origin in origins]
    assert shown == ["http://localhost:5173", "http://127.0.0.1:3000", None, None]


def allowed(server: Server, origin: str) -> str | None:
    request = urllib.request.Request(f"{server.url}/api/method/ping", headers={"Origin": origin})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: str | None = answer.headers["Access-Control-Allow-Origin"]
        return found


def test_the_log_is_plain_text_with_one_line_a_request(server: Server, whole: Path) -> None:
    before = server.said.count("GET /api/method/ping 200")
    server.get("/api/method/ping")
    server.wait_for("GET /api/method/ping 200")
    assert server.said.count("GET /api/method/ping 200") == before + 1
    assert "\x1b" not in server.said
    assert server.said.count("Serving ") == 1
    assert "detected" not in server.said, "each change is told once"


def test_a_fault_is_logged_from_the_apps_own_lines_on(server: Server, whole: Path) -> None:
    (whole / "api.py").write_text(API.replace('"{}"', "{}['coffee']"))
    assert "KeyError" in server.until(ANSWER, "KeyError")
    trace = server.wait_for(r"ERROR \S+ GET \S+ failed for Guest\n(?s:(.*?))KeyError: 'coffee'\n")[1]
    assert re.findall(r'File ".*?(\w+/\w+\.py)", line (\d+)', trace) == [("dev_app/api.py", "6")], trace


def test_it_ends_when_it_is_told(folder: Path, tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--dev", "--database", new_file(tmp_path / "site.db"), "--port", "0") as server:
        server.until("/api/method/ping", "pong")
        assert server.end() == 0


def test_a_changed_file_of_settings_takes_effect_and_a_wrong_one_ends_nothing(tmp_path: Path) -> None:
    config = tmp_path / "site_config.json"
    config.write_text('{"frappe_lite": {"created_status": 200}}')
    with running(tmp_path, "serve", "--dev", "--database", new_file(tmp_path / "site.db"), "--port", "0") as server:
        assert server.post("/api/resource/ToDo", {"description": "x"}, server.sign_in()) == 200
        config.write_text('{"frappe_lite": {"created_status": 300}}')
        server.wait_for("created_status is a whole number from 200 to 201, not 300: what was there before holds")
        assert server.post("/api/resource/ToDo", {"description": "x"}, server.sign_in()) == 200
        config.write_text('{"frappe_lite": {"created_status": 201}}')
        server.url = server.wait_for(r"(?s)Serving .+Serving .+ on (http://\S+) ")[1]
        assert server.post("/api/resource/ToDo", {"description": "x"}, server.sign_in()) == 201


def test_app_code_may_ask_who_sits_at_the_terminal(server: Server, whole: Path) -> None:
    """`breakpoint()` reads from there."""
    asks = "import sys\n" + API.replace('"{}"', "sys.stdin.readable() and not sys.stdin.closed")
    (whole / "api.py").write_text(asks)
    assert server.until(ANSWER, '"message":true') == '{"message":true}'


# --- without processes ------------------------------------------------------------------------------------


def seen(folder: Path) -> set[str]:
    return {os.path.relpath(each, folder) for each in watching.snapshot([folder], str(folder / "site.db"))}


def test_what_servers_and_editors_write_is_no_change(tmp_path: Path) -> None:
    for name in (
        "site.db",
        "site.db-wal",
        "site.db-files/ab/x",
        ".git/HEAD",
        "node_modules/x/y.js",
        "a/__pycache__/x.pyc",
        "x.py~",
        ".x.py.swp",
        "x.pyc",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert seen(tmp_path) == set()


@pytest.mark.parametrize("change", ["touched", "longer", "new", "gone", "moved"])
def test_each_change_is_seen(tmp_path: Path, change: str) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    file = tmp_path / "deep" / "er" / "x.py"
    file.write_text("x = 1\n")
    before = watching.snapshot([tmp_path], "site.db")
    if change == "touched":
        os.utime(file, ns=(1, 1))
    elif change == "longer":
        file.write_text("x = 100\n")
    elif change == "new":
        (tmp_path / "y.txt").write_text("")
    elif change == "gone":
        file.unlink()
    else:
        file.rename(tmp_path / "z.py")
    assert watching.snapshot([tmp_path], "site.db") != before


@pytest.fixture(params=["told by the kernel", "looking by itself"])
def looking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "looking by itself":
        monkeypatch.setattr(watching, "_watchfiles", lambda: None)
        monkeypatch.setattr(watching, "PERIOD", 0.001)
    else:
        pytest.importorskip("watchfiles")


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_watch_says_what_changed_since_it_said_so_last(looking: None, tmp_path: Path, after: int) -> None:
    """Before it looks at all, between two looks, and later."""
    watch, looks = watching.Watch([tmp_path], "site.db"), []

    def meanwhile() -> None:
        looks.append(len(looks))
        if len(looks) == after:
            (tmp_path / f"{after}.py").write_text("")

    assert watch.changed(meanwhile) == [str(tmp_path / f"{after}.py")]
    (tmp_path / "more.py").write_text("")
    assert watch.changed(lambda: None) == [str(tmp_path / "more.py")]


def test_what_changed_while_nobody_looked_is_said_at_once(looking: None, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    watch = watching.Watch([tmp_path], "site.db")
    (tmp_path / "a.py").unlink()
    (tmp_path / "b.py").write_text("")
    assert watch.changed(lambda: None) == [str(tmp_path / "a.py"), str(tmp_path / "b.py")]


@pytest.mark.parametrize(
    ("config", "code", "begins"),
    [
        pytest.param("{}", "x = 1\n", True, id="both are right"),
        pytest.param("{", "x = 1\n", False, id="settings that are no JSON"),
        pytest.param("{}", "x = (\n", False, id="code that is no Python"),
        pytest.param("{}", None, True, id="code that went"),
    ],
)
def test_what_could_not_start_does_not_begin_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, code: str | None, begins: bool
) -> None:
    (tmp_path / "config.json").write_text(config)
    if code is not None:
        (tmp_path / "x.py").write_text(code)
    began: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _program, words: began.append(words))
    dev._begin_anew(str(tmp_path / "config.json"), [str(tmp_path / "x.py")])
    assert [words[1:] for words in began] == ([sys.orig_argv[1:]] if begins else [])


def page_of(error: BaseException, path: str) -> tuple[str, list[tuple[str, str]], str]:
    sent: list[Any] = []
    body = b"".join(ErrorPage(error)({"PATH_INFO": path}, lambda status, headers: sent.extend((status, headers))))
    return sent[0], sent[1], body.decode()


def test_an_error_is_text_to_the_page(tmp_path: Path) -> None:
    status, headers, body = page_of(ValueError("<script>alert(1)</script>"), "/app")
    assert (status, dict(headers)["Content-Type"]) == ("500 Internal Server Error", "text/html; charset=utf-8")
    assert "<script>alert" not in body and body.count("<script>") == 1, "but for the page's own"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body


def test_a_trace_begins_in_the_apps_own_code(tmp_path: Path) -> None:
    code = compile("def fails():\n    return 1 / 0\nfails()\n", str(tmp_path / "api.py"), "exec")
    with pytest.raises(ZeroDivisionError) as caught:
        exec(code, {})
    lines = output.trace_of(caught.value).splitlines()
    assert lines[0] == "Traceback (most recent call last):" and "test_dev.py" in lines[1]
    assert lines[-1] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("own", "files"),
    [
        pytest.param("api.py", ["api.py"], id="in the app's own code, where that took part"),
        pytest.param("nowhere.py", ["test_dev.py", "api.py"], id="where it began, where none of it did"),
    ],
)
def test_a_trace_in_a_log_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, files: list[str]) -> None:
    monkeypatch.setattr(output, "is_own", lambda name: name.endswith(own))
    code = compile("1 / 0", str(tmp_path / "api.py"), "exec")
    with pytest.raises(ZeroDivisionError) as caught:
        exec(code, {})
    text = output.AppTraces().formatException((caught.type, caught.value, caught.tb))
    assert re.findall(r'File ".*?(\w+\.py)"', text) == files
    assert text.startswith("Traceback (most recent call last):\n") and text.endswith("division by zero")
