"""What commands do and print: tables and JSON, new apps and DocTypes, functions by hand, sign-in links, completion."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

import frappe_lite
from conftest import CONFORMANCE_APP, ApiClient, new_file
from frappe_lite.access import sign_in
from frappe_lite.command import cli, console, serving
from frappe_lite.command import completion as cli_completion
from frappe_lite.command import output as cli_output
from frappe_lite.errors import DoesNotExistError, ResetLinkError
from frappe_lite.parts.testing import prototype
from frappe_lite.version import VERSION

APP = ("--app", str(CONFORMANCE_APP))
Run = Callable[..., str]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [each for each in os.environ if each.startswith("FRAPPE_LITE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("users")` -> what a command that ends well prints."""

    def made(*words: str) -> str:
        status = cli.main(words)
        said = capsys.readouterr()
        assert status == 0, said.err
        return said.out

    return made


@pytest.fixture
def site_db(place: Path) -> str:
    path = place / "site.db"
    path.write_bytes(prototype((str(CONFORMANCE_APP),))[1])
    return str(path)


# --- looking around ---------------------------------------------------------------------------------------


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith(f"frappe-lite {VERSION} (Python 3.")


def test_doctypes_of_an_app_need_no_database(run: Run, place: Path) -> None:
    lines = run("doctypes", *APP).splitlines()
    assert lines[0].split() == ["MODULE", "NAME", "KIND", "APP"]
    found = {tuple(line.split("  ")[0:1]) + (" ".join(line.split()),) for line in lines}
    assert ("Conformance", "Conformance Task conformance") in found
    assert ("Conformance", "Conformance Task Checklist Item child table conformance") in found
    assert ("Conformance", "Conformance Conformance Settings Single conformance") in found
    assert not list(place.iterdir())


def test_json_is_for_programs(run: Run) -> None:
    found = json.loads(run("doctypes", *APP, "--json"))
    assert {"module": "Conformance", "name": "Task", "kind": "", "app": "conformance"} in found
    routes = json.loads(run("routes", *APP, "--json"))
    assert {"verbs": "*", "path": "/api/method/ping", "answer": "Whether anybody is there."}.keys() == routes[0].keys()
    assert "/api/method/conformance.api.add" in {each["path"] for each in routes}


def test_routes_and_methods_are_listed(run: Run) -> None:
    out = run("routes", *APP)
    for expected in (
        "/api/resource/<doctype>/<path:name>",
        "/api/v2/doctype/<doctype>/meta",
        "/api/method/frappe.client.get_list",
        "/api/v2/openapi.json",
    ):
        assert expected in out
    assert "conformance.api.not_whitelisted" not in out


def test_users_with_their_roles(run: Run, site_db: str) -> None:
    run("new-user", "ann@x.org", "--role", "System Manager", "--role", "Task User")
    rows = {each["name"]: each for each in json.loads(run("users", "--json"))}
    assert rows["ann@x.org"] == {
        "name": "ann@x.org", "full_name": "ann", "user_type": "System User", "enabled": True, "roles": ["System Manager", "Task User"], "last_login": None,
    }  # fmt: skip
    assert "System Manager, Task User" in run("users")


def test_keys_for_programs(run: Run, site_db: str) -> None:
    run("keys", "Administrator", "--label", "backup", "--scopes", "Task:read")
    (row,) = json.loads(run("keys", "--list", "--json"))
    assert (row["user"], row["label"], row["enabled"], row["scopes"]) == ("Administrator", "backup", True, "Task:read")
    assert "secret" not in json.dumps(row)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "variables", "coloured"),
    [
        pytest.param(Terminal(), {}, True, id="a terminal"),
        pytest.param(io.StringIO(), {}, False, id="a file"),
        pytest.param(Terminal(), {"NO_COLOR": ""}, False, id="a terminal of somebody who wants none"),
        pytest.param(Terminal(), {"TERM": "dumb"}, False, id="a terminal that shows none"),
    ],
)
def test_colours_are_for_terminals(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, variables: dict[str, str], coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in cli_output.styled("x", "1", stream)) == coloured


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("plain", "plain"),
        ("<b>Not</b> so", "Not so"),
        ('User <a href="/app/user/x">x</a>: is there', "User x: is there"),
        ("one<br>two<li>three</li>", "one two three"),
        ("1 &lt; 2", "1 < 2"),
        ("it holds ../../evil", "it holds ../../evil"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    ],
)
def test_messages_lose_their_html(message: str, said: str) -> None:
    assert cli_output.plain(message) == said


def test_what_stands_in_a_cell_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    cli_output.table([{"name": "a\x1b[2Jb\nc"}], ["name"], as_json=False)
    assert capsys.readouterr().out == "NAME\na [2Jb c\n"


# --- new apps ---------------------------------------------------------------------------------------------

FIELDS = {
    "title": "title:Data::required,list", "status": "status:select:Open,Closed", "qty": "qty:Int", "price": "price:Currency", "day": "day:Date", "at": "at:Datetime",
    "hour": "hour:Time", "done": "done:Check", "note": "note:Text Editor", "user": "user:Link:User", "must": "must link:Link:User:required", "part": "part:Section Break",
    "secret": "secret:Password", "rating": "rating:Rating", "data": "data:JSON", "phone": "phone:Phone", "file": "file:Attach", "colour": "colour:Color",
    "mail": "mail:Data:Email", "call": "call:Data:Phone", "link": "link:Data:URL",
}  # fmt: skip


def test_a_new_app_and_its_doctypes_pass_their_tests(run: Run, place: Path) -> None:
    """The whole way: an app, DocTypes of each kind with fields of each kind, and their tests under pytest."""
    run("new-app", "new_shop", "--title", "New Shop")
    os.chdir("new_shop")
    every = [word for each in FIELDS.values() for word in ("--field", each)]
    run("new-doctype", "Sales Order", *every)
    run("new-doctype", "Sales Line", "--child", "--field", "item:Data")
    run("new-doctype", "Shop Settings", "--single", "--field", "greeting:Data", "--field", "limit:Int")
    run("new-doctype", "Sales Invoice", "--submittable", "--autoname", "INV-.#####", "--field", "title:Data")
    run("new-doctype", "Named By Field", "--autoname", "field:code", "--field", "code:Data::required,unique")
    run("new-doctype", "To-Do Item", "--module", "Second Part", "--autoname", "prompt")
    assert (place / "new_shop/new_shop/modules.txt").read_text() == "New Shop\nSecond Part\n"
    made = place / "new_shop/new_shop/new_shop/doctype/sales_order"
    assert {each.name for each in made.iterdir()} == {
        "__init__.py",
        "sales_order.json",
        "sales_order.py",
        "test_sales_order.py",
    }
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    words = [
        sys.executable,
        "-m",
        "frappe_lite.command.cli",
        "test",
        "--",
        "-q",
        "-p",
        "no:cacheprovider",
        "-W",
        "error",
    ]
    tests = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=120)
    assert tests.returncode == 0, tests.stdout + tests.stderr
    assert "6 passed" in tests.stdout
    found = {each["name"]: each for each in json.loads(run("doctypes", "--json")) if each["app"] == "new_shop"}
    assert found.keys() == {
        "Sales Order",
        "Sales Line",
        "Shop Settings",
        "Sales Invoice",
        "Named By Field",
        "To-Do Item",
    }
    assert (
        run("execute", "new_shop.api.hello", "--kwargs", '{"name": "Ann"}', "--database", ":memory:") == "Hello, Ann!\n"
    )


def test_commands_take_the_app_of_their_folder(run: Run, place: Path) -> None:
    """An import runs the controllers, the schedule its functions, as the server that was started there does."""
    run("new-app", "clock_shop")
    os.chdir("clock_shop")
    run("new-doctype", "Wall Clock", "--field", "title:Data::required")
    controller = Path("clock_shop/clock_shop/doctype/wall_clock/wall_clock.py")
    controller.write_text(controller.read_text().replace("pass", "def validate(self):\n        self.title += '!'"))
    Path("clock_shop/tasks.py").write_text(
        "import frappe\n\n\ndef wind():\n    frappe.get_doc({'doctype': 'Note', 'title': 'wound'}).insert()\n"
    )
    with Path("clock_shop/hooks.py").open("a") as hooks:
        hooks.write('scheduler_events = {"daily": ["clock_shop.tasks.wind"]}\n')
    Path("wall_clock.csv").write_text("Title\nGrandfather\n")
    frappe_lite.Site("site.db").close()
    assert "1" in run("import", "wall_clock.csv")
    assert "Grandfather!" in run("export", "Wall Clock")
    assert "clock_shop.tasks.wind" in run("schedule")
    run("schedule", "run", "clock_shop.tasks.wind")
    assert "wound" in run("export", "Note")


def test_what_was_said_of_a_field_stands_in_the_json(run: Run, place: Path) -> None:
    run("new-app", "fields_app")
    run(
        "new-doctype",
        "Tea",
        "--app",
        "fields_app",
        "--field",
        "Best Before:date::required,list",
        "--field",
        "kind:Select:Green,Black",
    )
    raw = json.loads((place / "fields_app/fields_app/fields_app/doctype/tea/tea.json").read_text())
    assert raw["fields"] == [
        {"fieldname": "best_before", "fieldtype": "Date", "in_list_view": 1, "label": "Best Before", "reqd": 1},
        {"fieldname": "kind", "fieldtype": "Select", "label": "Kind", "options": "Green\nBlack"},
    ]
    assert raw["field_order"] == ["best_before", "kind"]
    assert [each["role"] for each in raw["permissions"]] == ["System Manager"]


# --- code by hand -----------------------------------------------------------------------------------------


def test_execute_prints_what_a_function_returns(run: Run, site_db: str) -> None:
    assert json.loads(run("execute", "frappe.client.get_count", "--kwargs", '{"doctype": "User"}')) == 2
    assert json.loads(
        run("execute", "frappe.get_all", "--args", '["User"]', "--kwargs", '{"pluck": "name", "order_by": "name"}')
    ) == ["Administrator", "Guest"]
    assert run("execute", "frappe.utils.cstr", "--args", "[5]") == "5\n"
    assert run("execute", "conformance.api.add", *APP, "--kwargs", '{"a": 1, "b": 2}').strip() == "3"


def test_execute_is_one_transaction(run: Run, place: Path, site_db: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = """
        import frappe

        def make(fails=False):
            frappe.get_doc({"doctype": "ToDo", "description": "made"}).insert()
            if fails:
                raise ValueError("after all")
    """
    (place / "hand_app").mkdir()
    (place / "hand_app" / "hooks.py").write_text("")
    (place / "hand_app" / "work.py").write_text("\n".join(line[8:] for line in code.splitlines()))
    app = ("--app", "hand_app")
    assert cli.main(["execute", "hand_app.work.make", *app, "--kwargs", '{"fails": true}']) == 1
    assert "hand_app/work.py:7: ValueError: after all" in capsys.readouterr().err
    assert run("execute", "frappe.db.count", "--args", '["ToDo"]') == "0\n"
    assert run("execute", "hand_app.work.make", *app) == ""
    assert run("execute", "frappe.db.count", "--args", '["ToDo"]') == "1\n"


@pytest.mark.parametrize(
    ("lines", "printed", "kept"),
    [
        pytest.param("print(frappe.session.user)", "Administrator\n", 0, id="as the Administrator"),
        pytest.param("1 + 1\n", "2\n", 0, id="a value is printed"),
        pytest.param(
            'x = frappe.get_doc({"doctype": "ToDo", "description": "x"}).insert()\n',
            "",
            0,
            id="nothing is kept by itself",
        ),
        pytest.param(
            'x = frappe.get_doc({"doctype": "ToDo", "description": "x"}).insert()\nfrappe.db.commit()\n',
            "",
            1,
            id="what is committed is",
        ),
    ],
)
def test_a_console_reads_lines(
    run: Run, site_db: str, monkeypatch: pytest.MonkeyPatch, lines: str, printed: str, kept: int
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    assert run("console") == printed
    assert run("execute", "frappe.db.count", "--args", '["ToDo"]') == f"{kept}\n"


# --- links that sign in -----------------------------------------------------------------------------------


@pytest.fixture
def keyed(site: frappe_lite.Site) -> Callable[[str], str]:
    def make(user: str = "Administrator") -> str:
        with site.acting() as ctx:
            return sign_in.make_key(ctx, user)

    return make


def visit(site: frappe_lite.Site, key: str, verb: str = "GET") -> TestResponse:
    return ApiClient(site, None)(f"{verb} /sign-in?key={key}")


def test_a_link_signs_in_once_and_leads_to_the_desk(site: frappe_lite.Site, keyed: Callable[..., str]) -> None:
    key, client = keyed(), ApiClient(site, None)
    answer = client(f"GET /sign-in?key={key}")
    assert (answer.status_code, answer.headers["Location"], answer.headers["Referrer-Policy"]) == (
        303,
        "/app",
        "no-referrer",
    )
    assert any(each.startswith("sid=") and "HttpOnly" in each for each in answer.headers.getlist("Set-Cookie"))
    assert visit(site, key).status_code == ResetLinkError.http_status


@pytest.mark.parametrize(
    ("key", "status"), [("", 410), ("x", 410), ("None", 410), ("%00", 400), ("a" * 5000, 410)], ids=repr
)
def test_a_key_that_is_none_signs_nobody_in(site: frappe_lite.Site, key: str, status: int) -> None:
    answer = visit(site, key)
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (status, [])


def test_a_look_ahead_uses_nothing_up(site: frappe_lite.Site, keyed: Callable[..., str]) -> None:
    key = keyed()
    assert visit(site, key, "HEAD").status_code == 200
    assert visit(site, key).status_code == 303


def test_a_link_is_good_for_minutes(
    site: frappe_lite.Site, keyed: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, now = keyed(), sign_in.time.time()
    monkeypatch.setattr(sign_in.time, "time", lambda: now + sign_in.SECONDS + 1)
    assert visit(site, key).status_code == ResetLinkError.http_status


def test_several_links_are_good_beside_each_other(site: frappe_lite.Site, keyed: Callable[..., str]) -> None:
    assert [visit(site, key).status_code for key in [keyed(), keyed()]] == [303, 303]


def test_who_is_disabled_meanwhile_is_not_let_in(site: frappe_lite.Site, keyed: Callable[..., str]) -> None:
    with site.acting():
        frappe_lite.get_doc({"doctype": "User", "email": "ann@x.org", "first_name": "Ann"}).insert()
    key = keyed("ann@x.org")
    with site.acting():
        user = frappe_lite.get_doc("User", "ann@x.org")
        user.enabled = 0
        user.save()
    assert visit(site, key).status_code == ResetLinkError.http_status
    with pytest.raises(DoesNotExistError):
        keyed("ann@x.org")


def test_the_key_itself_is_not_kept(site: frappe_lite.Site, keyed: Callable[..., str]) -> None:
    key = keyed()
    with site.acting() as ctx:
        assert key not in (ctx.store.value("sign-in links") or "")


# --- shells -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("frappe-lite ser", ["serve"]),
        ("frappe-lite new-", ["new-app", "new-doctype", "new-user"]),
        ("frappe-lite serve --por", ["--port"]),
        ("frappe-lite keys --la", ["--label"]),
    ],
)
def test_bash_completes(run: Run, line: str, offered: list[str]) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    words = line.split(" ")
    ask = f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _frappe_lite; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    answer = subprocess.run(
        [bash, "-c", f"complete() {{ :; }}\n{run('completion', 'bash')}\n{ask}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == offered


@pytest.mark.parametrize("shell", cli_completion.SHELLS)
def test_each_shell_knows_each_command(run: Run, shell: str) -> None:
    script = run("completion", shell)
    assert [name for name in cli.commands_of(cli._parser()) if name not in script] == []
    assert not re.search(r"(--|-l )beside", script), "what only our own processes say is offered to nobody"


# --- help ---------------------------------------------------------------------------------------------------


def test_help_has_a_line_for_each_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    lines = capsys.readouterr().out.splitlines()
    assert ended.value.code == 0
    named = [line.split()[0] for line in lines if line.startswith("  ")]
    assert sorted(named) == sorted(cli.commands_of(cli._parser())), "each in one chapter"
    assert max(map(len, lines)) <= 100 and "\x1b" not in "".join(lines)
    assert "Alone, frappe-lite serves the app of the folder" in "".join(lines)


# --- alone ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "is_app"),
    [
        pytest.param({}, False, id="an empty folder"),
        pytest.param({"hooks.py": ""}, True, id="the package of an app"),
        pytest.param({"shop/hooks.py": ""}, True, id="the folder around it"),
        pytest.param({"shop/hooks.py": "", "hr/hooks.py": ""}, False, id="a folder of several: which one?"),
        pytest.param({"tea.json": '{"doctype": "DocType", "name": "Tea"}'}, True, id="DocTypes alone"),
        pytest.param({"package.json": "{}", "x.py": ""}, False, id="some other program"),
        pytest.param({"site_config.json": "{}"}, True, id="settings"),
    ],
)
def test_alone_it_serves_what_is_here(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    files: dict[str, str],
    is_app: bool,
) -> None:
    for name, text in files.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(text)
    asked: list[object] = []
    monkeypatch.setattr(serving, "serve", lambda parsed: asked.append(parsed.settings["apps"]))
    if is_app:
        assert cli.main([]) == 0
        assert asked == [[] if "site_config.json" in files else ["."]]
    else:
        with pytest.raises(SystemExit) as exit_:
            cli.main([])
        assert (exit_.value.code, asked) == (2, [])


def test_a_reader_that_goes_away_is_no_error(site_db: str) -> None:
    command = f"{sys.executable} -m frappe_lite.command.cli routes | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, cwd=Path(site_db).parent
    )
    assert done.stderr == "" and done.stdout.startswith("VERBS")


def test_a_new_file_is_no_other_file(place: Path) -> None:
    """The fixture of these tests makes what `frappe-lite` takes for a site."""
    assert frappe_lite.Site(new_file(place / "new.db")).new_context().has_doctype("User")


@pytest.mark.parametrize(
    ("words", "has_xdist", "status", "wanted"),
    [
        pytest.param(["-n", "2"], True, 0, ["-n", "2"], id="as many as was said"),
        pytest.param([], True, 0, [], id="in this one"),
        pytest.param(["-n", "2"], False, 1, None, id="not without the package"),
        pytest.param([], False, 0, [], id="which else is not needed"),
    ],
)
def test_tests_run_in_several_processes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    has_xdist: bool,
    status: int,
    wanted: list[str] | None,
) -> None:
    (tmp_path / "hooks.py").touch()
    started: list[list[str]] = []
    find = console.importlib.util.find_spec
    monkeypatch.setattr(
        console.importlib.util, "find_spec", lambda name: None if name == "xdist" and not has_xdist else find(name)
    )
    monkeypatch.setattr(
        console.subprocess,
        "run",
        lambda given, **_options: started.append(given) or subprocess.CompletedProcess(given, 0),
    )
    assert cli.main(["test", "--app", str(tmp_path), *words]) == status
    if wanted is None:
        assert not started and "pip install pytest-xdist" in capsys.readouterr().err
    else:
        assert started[0][started[0].index("-o") + 2 : -1] == wanted
