"""What a person types wrong, and the one sentence that each gets: no trace, no HTML, and a status that scripts can tell apart."""

from __future__ import annotations

import io
import os
import shlex
import socket
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import frappe_lite
from conftest import new_file
from frappe_lite.command import cli, output
from frappe_lite.parts.testing import prototype
from frappe_lite.sqlite import served

SAMPLE = str(Path(__file__).parents[2] / "examples" / "sample")
USAGE, REFUSED = 2, 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with whatever one may name by mistake."""
    made = tmp_path_factory.mktemp("mistakes")
    new_file(made / "site.db")
    site = frappe_lite.Site(str(made / "site.db"))
    with site.acting():
        frappe_lite.get_doc({"doctype": "User", "email": "ann@x.org", "first_name": "Ann"}).insert()
        frappe_lite.get_doc({"doctype": "User", "email": "off@x.org", "first_name": "Off", "enabled": 0}).insert()
    site.close()
    new_file(made / "served.db")
    (made / "notes.txt").write_text("just some text, and more of it than a header has " * 10)
    (made / "empty.db").write_bytes(b"")
    with sqlite3.connect(made / "foreign.db") as foreign:
        foreign.execute("CREATE TABLE somebody_elses (x)")
    foreign.close()
    (made / "nothing").mkdir()
    (made / "wrong_number.toml").write_text('port = "many"\n')
    (made / "wrong_kind.toml").write_text("apps = 5\n")
    (made / "no_toml.toml").write_text("port = = 1\n")
    (made / "secret.toml").write_text('admin_password = "x"\n')
    (made / "no_json.json").write_text("{port: 1}")
    (made / "list.json").write_text("[1]")
    broken = made / "broken_app"
    broken.mkdir()
    (broken / "__init__.py").write_text("")
    (broken / "hooks.py").write_text("app_title = 'Broken'\n")
    (broken / "api.py").write_text(
        "import frappe\n\n\n@frappe.whitelist()\ndef fails():\n    return 1 / 0\n\n\ndef told():\n    frappe.throw('<b>Not</b> so')\n\n\nnumber = 5\n"
    )
    syntax = made / "syntax_app"
    syntax.mkdir()
    (syntax / "__init__.py").write_text("")
    (syntax / "hooks.py").write_text("app_title = 'x'\ndef (:\n")
    (made / "taken").mkdir()
    (made / "queue").mkdir()
    (made / "queue" / "api.py").write_text("number = 5\n")
    yield made
    prototype.cache_clear()


@pytest.fixture
def place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [each for each in os.environ if each.startswith("FRAPPE_LITE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr("getpass.getpass", _nobody_types)
    return folder


def _nobody_types(_prompt: str) -> str:
    raise EOFError


def said(words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The status of a command, and what it said on standard error."""
    try:
        status = cli.main(shlex.split(words))
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return status, captured.err


MISTAKES = [
    # the command itself
    ("srve", USAGE, "there is no command srve; is it serve?", "a command with a letter missing"),
    ("kyes Administrator", USAGE, "there is no command kyes; is it keys?", "letters that changed places"),
    ("nonsense", USAGE, "there is no command nonsense frappe-lite --help lists them", "a command that is like none"),
    ("--port 8000", USAGE, "a command comes first, as in frappe-lite serve --port 8000", "an option without a command"),
    # options
    ("serve --prot 1", USAGE, "--prot is no option of serve; is it --port?", "an option with a wrong letter"),
    ("serve --colour red", USAGE, "--colour is no option of serve", "an option that is like none"),
    ("serve --por 1", USAGE, "--por is no option of serve; is it --port?", "an option cut short: which one it was may change"),
    ("keys Administrator extra", USAGE, "keys takes no 'extra' there", "a word too many"),
    ("doctypes --josn", USAGE, "is it --json?", "an option of another command's kind"),
    ("serve --port", USAGE, "expected one argument", "an option without its value"),
    ("new-user", USAGE, "required: EMAIL", "nobody named"),
    ("set-password", USAGE, "required: USER", "nobody to set a password of"),
    ("execute", USAGE, "required: DOTTED.NAME", "nothing to execute"),
    ("completion tcsh", USAGE, "invalid choice: 'tcsh'", "a shell that is not known"),
    # values
    ("serve --port 99999", USAGE, "argument --port: takes a whole number from 0 to 65535, not '99999'", "a port that is too large"),
    ("serve --port x", USAGE, "argument --port: takes a whole number from 0 to 65535, not 'x'", "a port that is a word"),
    ("serve --port -1", USAGE, "argument --port", "a port below 0"),
    ("serve --workers 0", USAGE, "takes a whole number from 1 on, not '0'", "no worker"),
    ("serve --workers many", USAGE, "takes a whole number from 1 on, not 'many'", "workers in words"),
    ("serve --server apache", USAGE, "argument --server: invalid choice: 'apache'", "a server that is not known"),
    ("serve --created-status 404", USAGE, "takes a whole number from 200 to 201", "a status of something else"),
    ("serve --hsts soon", USAGE, "argument --hsts", "seconds in words"),
    ("serve --access-log xml", USAGE, "argument --access-log: invalid choice", "a form of log that is not known"),
    ("serve --synchronous off", USAGE, "argument --synchronous: invalid choice", "a database that may lose what it answered"),
    ("serve --server waitress --workers 2", USAGE, "waitress is one process; several workers need granian and a file", "workers that waitress has not"),
    ("serve --dev --workers 2", USAGE, "--dev is one process; several workers need granian and a file", "workers in development"),
    ("serve --database :memory: --workers 2", USAGE, "a database in memory is one process's", "workers on a database in memory"),
    # settings
    ("serve --config wrong_number.toml", USAGE, "wrong_number.toml: port is a whole number from 0 to 65535, not 'many'", "a number in words, in a file"),
    ("serve --config wrong_kind.toml", USAGE, "wrong_kind.toml: apps is a list of texts, not 5", "a number for a list, in a file"),
    ("serve --config no_toml.toml", USAGE, "no_toml.toml is no TOML", "a file that is no TOML"),
    ("serve --config no_json.json", USAGE, "no_json.json is no JSON", "a file that is no JSON"),
    ("serve --config list.json", USAGE, "list.json is no JSON object", "a file that is a list"),
    ("serve --config secret.toml", USAGE, "admin_password is secret, so it stands in no file: set FRAPPE_LITE_ADMIN_PASSWORD", "a password in a file"),
    ("keys --config nowhere.toml", USAGE, "nowhere.toml cannot be read", "a file of settings that is not there"),
    # where it listens
    ("serve --host nowhere.invalid --port 0", REFUSED, "nowhere.invalid is no address of this machine; --host 127.0.0.1", "a host that is not there"),
    ("serve --host 192.0.2.1 --port 0", REFUSED, "192.0.2.1 is no address of this machine; --host 127.0.0.1", "an address of another machine"),
    # databases
    ("keys Administrator --database sit.db", USAGE, "there is no database sit.db: name one with --database", "keys of a database that is not there"),
    ("users --database sit.db", USAGE, "there is no database sit.db", "users of one"),
    ("new-user bob@x.org --database sit.db", USAGE, "there is no database sit.db", "a new user of one"),
    ("set-password Administrator --database sit.db", USAGE, "there is no database sit.db", "a password of one"),
    ("doctypes --database sit.db", USAGE, "there is no database sit.db", "DocTypes of one"),
    ("routes --database sit.db", USAGE, "there is no database sit.db", "routes of one"),
    ("openapi --database sit.db", USAGE, "there is no database sit.db", "a description of one"),
    ("console --database sit.db", USAGE, "there is no database sit.db", "a console on one"),
    ("execute frappe.ping --database sit.db", USAGE, "there is no database sit.db", "a function on one"),
    ("backup --database sit.db", USAGE, "there is no database sit.db", "a backup of one"),
    ("check --database sit.db", USAGE, "there is no database sit.db", "a check of one"),
    ("export User --database sit.db", USAGE, "there is no database sit.db", "an export of one"),
    ("reset --database sit.db", USAGE, "there is no database sit.db", "a reset of one"),
    ("keys Administrator --database no/such/folder/site.db", USAGE, "there is no database no/such/folder/site.db", "a folder that is not there"),
    ("serve --port 0 --database no/such/folder/site.db", REFUSED, "is not a folder, so no/such/folder/site.db cannot be made there", "a site in a folder that is not there"),
    ("doctypes --database notes.txt", REFUSED, "notes.txt is not an SQLite database; name another file", "a file of text"),
    ("doctypes --database empty.db", REFUSED, "empty.db is not an SQLite database (it is empty)", "an empty file"),
    ("doctypes --database foreign.db", REFUSED, "foreign.db is an SQLite database of another program", "somebody else's database"),
    ("doctypes --database nothing", REFUSED, "nothing is a folder; name a file", "a folder for a database"),
    ("reset --yes --database foreign.db", REFUSED, "foreign.db is an SQLite database of another program", "a reset of somebody else's database"),
    ("reset --yes --database notes.txt", REFUSED, "notes.txt is not an SQLite database", "a reset of a text"),
    ("reset", USAGE, "reset deletes site.db, so it asks first; --yes answers for you", "a reset where nobody can be asked"),
    ("reset --yes --database mysql://x/y", REFUSED, "mysql://x/y is no file", "a reset of a server's database"),
    ("doctypes --database mysql://x/y", REFUSED, "mysql:// is not known; a database is a file's name, or an address that begins with postgresql", "another kind of database"),
    ("restore notes.txt --database new.db", REFUSED, "notes.txt is no backup of frappe_lite", "a restore of a text"),
    ("restore nowhere.tar.gz --database new.db", REFUSED, "there is no file nowhere.tar.gz", "a restore of nothing"),
    ("restore notes.txt", REFUSED, "site.db is there already; --force puts the backup in its place", "a restore over what is there"),
    # apps
    ("doctypes --app nowhere", REFUSED, "nowhere is not a folder, so no app can be loaded from it", "an app that is not there"),
    ("doctypes --app nothing", REFUSED, "nothing holds neither hooks.py nor DocType JSON nor Python code", "a folder without an app"),
    ("doctypes --app notes.txt", REFUSED, "notes.txt is not a folder", "a file for an app"),
    ("serve --port 0 --app nowhere --database new2.db", REFUSED, "nowhere is not a folder", "serving an app that is not there"),
    ("serve --dev --port 0 --app nowhere --database new3.db", REFUSED, "nowhere is not a folder", "serving one in development"),
    ("doctypes --app syntax_app", REFUSED, "syntax_app/hooks.py:2: SyntaxError: invalid syntax", "an app with an error in it"),
    ("test --app nowhere", REFUSED, "nowhere is not a folder", "tests of an app that is not there"),
    ("new-app Shop-1", USAGE, "Shop-1 is no name of an app", "an app with a name that Python cannot import"),
    ("new-app frappe", USAGE, "frappe is no name of an app", "an app that is called as the framework"),
    ("new-app class", USAGE, "class is no name of an app", "an app that is called as a word of Python"),
    ("new-app taken", REFUSED, "taken is there already; new-app writes into a new folder", "an app where a folder is"),
    ("new-doctype Tea --app nothing", USAGE, "holds no app; --app FOLDER names one", "a DocType of no app"),
    ("new-doctype 1Tea --app broken_app", USAGE, "'1Tea' is no name of a DocType", "a DocType that starts with a number"),
    ("new-doctype Tea --app broken_app --field price:Curency", USAGE, "price: there is no fieldtype Curency, it is kept as Data; is it Currency?", "a fieldtype that is none"),
    ("new-doctype Tea --app broken_app --field a:Data --field a:Int", USAGE, "a: field 1 has this fieldname too", "a field twice"),
    ("new-doctype Tea --app broken_app --field name:Data", USAGE, "name: this name is Frappe's own", "a field that every document has"),
    ("new-doctype Tea --app broken_app --field maker:Link", USAGE, "maker: a Link needs options: the name of a DocType", "a link to nothing"),
    ("new-doctype Tea --app broken_app --field a:Data::mandatory", USAGE, "mandatory is none of required, unique", "something that cannot be said of a field"),
    ("new-doctype Tea --app broken_app --autoname field:x", USAGE, "there is no field x", "names from a field that is not there"),
    ("new-doctype Tea --app broken_app --child --single", USAGE, "--child, --single and --submittable exclude each other", "two kinds at once"),
    ("new-app calendar", USAGE, "so no app can have that name; take another, such as calendar_app", "an app that is called as a module of Python"),
    ("new-app werkzeug", USAGE, "import werkzeug gives another Python package already", "an app that is called as a package that is installed"),
    ("doctypes --app queue", REFUSED, "queue has the name of a module of Python, so its code cannot be imported; rename", "an app's folder that is called as a module of Python"),
    ("new-doctype User --app broken_app", USAGE, "User comes with Frappe; give yours another name, or add to Frappe's by Custom Fields", "a DocType that the server lives by"),
    ("new-doctype 'doctype' --app broken_app", USAGE, "doctype comes with Frappe", "one of them in other letters"),
    # people
    ("keys nobody@x.org", REFUSED, "there is no user nobody@x.org; make one with frappe-lite new-user", "keys of nobody"),
    ("keys --revoke nothing", REFUSED, "there is no API Key nothing", "an end of no key"),
    ("set-password nobody@x.org", REFUSED, "there is no user nobody@x.org; frappe-lite users lists them", "a password of nobody"),
    ("set-password ann@x.org", REFUSED, "no password was given", "a password that nobody types"),
    ("new-user ann@x.org", REFUSED, "ann@x.org is a user already; frappe-lite set-password ann@x.org sets a password", "a user twice"),
    ("new-user administrator", REFUSED, "Administrator is a user already", "the Administrator again"),
    ("new-user 'no address'", REFUSED, "no address", "a user without an address"),
    ("new-user bob@x.org --role Chef", REFUSED, "there is no role Chef", "a role that is not there"),
    ("new-user bob@x.org --role 'System Manger'", REFUSED, "there is no role System Manger; is it System Manager?", "a role with a letter missing"),
    ("new-user bob@x.org --password 1", REFUSED, "The password is too easy to guess", "a password of one letter"),
    ("openapi --user nobody", REFUSED, "there is no user nobody", "what nobody may see"),
    ("console --user nobody", REFUSED, "there is no user nobody; frappe-lite users lists them", "a console of nobody"),
    ("open", REFUSED, "nobody serves site.db; frappe-lite serve --database site.db does", "a way to a site that is not served"),
    ("open --database served.db --user nobody", REFUSED, "there is no user nobody who may sign in", "a way in for nobody"),
    ("open --database served.db --user Guest", REFUSED, "there is no user Guest who may sign in", "a way in for guests"),
    ("open --database site.db --user off@x.org", REFUSED, "nobody serves site.db", "a way in for who is disabled"),
    # functions
    ("execute nowhere.at.all", REFUSED, "there is no module of nowhere.at.all; --app FOLDER loads the app that has it", "a function of no app"),
    ("execute --app broken_app broken_app.api.nothing", REFUSED, "broken_app.api.nothing is no function", "a function that is not there"),
    ("execute --app broken_app broken_app.api.number", REFUSED, "broken_app.api.number is no function", "a number"),
    ("execute --app broken_app broken_app.api.fails", REFUSED, "broken_app/api.py:6: ZeroDivisionError: division by zero (--debug shows the trace)", "a function that fails"),
    ("execute --app broken_app broken_app.api.told", REFUSED, "frappe-lite: Not so\n", "a refusal in HTML"),
    ("execute frappe.ping --kwargs {x", REFUSED, "--kwargs is no JSON", "arguments that are no JSON"),
    ("execute frappe.ping --kwargs []", REFUSED, "--kwargs is a JSON object", "a list for an object"),
    ("execute frappe.ping --args {}", REFUSED, "--args is a JSON list", "an object for a list"),
    ("execute frappe.ping --user nobody", REFUSED, "there is no user nobody", "a function as nobody"),
    ("export Usr", REFUSED, "there is no DocType Usr; is it User?", "a DocType with a letter missing"),
    ("export Nothing-like-it", REFUSED, "there is no DocType Nothing-like-it; frappe-lite doctypes lists them", "a DocType that is like none"),
    ("export User -o no/such/folder/user.csv", REFUSED, "no/such/folder is not a folder, so no file can be written there", "an export into a folder that is not there"),
    ("restore notes.txt --database new4.db", REFUSED, "notes.txt is no backup of frappe_lite, or is damaged\n", "what a text is not, once"),
    ("jobs --retry nothing", REFUSED, "there is no job nothing; frappe-lite jobs --status failed lists them", "a job that is not there"),
    ("import nowhere.csv", REFUSED, "nowhere.csv", "a file to import that is not there"),
    # while it is served
    ("serve --port 0 --database served.db", REFUSED, "served.db is served at http://127.0.0.1:9 already", "a second server"),
    ("serve --dev --port 0 --database served.db", REFUSED, "served.db is served at http://127.0.0.1:9 already", "a second server in development"),
    ("reset --yes --database served.db", REFUSED, "served.db is served at http://127.0.0.1:9 already", "a reset of what is served"),
    ("restore notes.txt --force --database served.db", REFUSED, "served.db is served at http://127.0.0.1:9 already", "a restore over what is served"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "status", "sentence"), [pytest.param(*each[:3], id=each[3]) for each in MISTAKES])
def test_a_mistake_gets_its_sentence(
    place: Path, capsys: pytest.CaptureFixture[str], words: str, status: int, sentence: str
) -> None:
    before = {
        each.name: each.read_bytes()
        for each in place.iterdir()
        if each.is_file() and not each.name.startswith(("site.db", "served.db"))
    }
    server = served.claim("served.db", "http://127.0.0.1:9") if "served.db" in words else served.Claim()
    try:
        found, told = said(words, capsys)
    finally:
        server.close()
    assert sentence in told
    assert found == status
    assert told.count("frappe-lite: ") <= 1, "one sentence"
    assert "<b>" not in told and "<a " not in told
    assert not list(place.glob("sit.db*")) and not list(place.glob("new*.db*")), "nothing is made by mistake"
    assert before.items() <= {each.name: each.read_bytes() for each in place.iterdir() if each.is_file()}.items()


def test_there_are_enough_of_them() -> None:
    assert len(MISTAKES) >= 80
    assert len({each[3] for each in MISTAKES}) == len(MISTAKES)


def test_nothing_where_no_app_is_gets_four_lines(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place / "nothing")
    status, told = said("", capsys)
    assert (status, told.count("\n")) == (USAGE, 4)
    assert all(f"frappe-lite {words}" in told for words in ("new-app NAME", "serve --app FOLDER", "--help"))
    assert not list(Path().iterdir())


def test_a_usage_is_that_of_the_command(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "usage: frappe-lite set-password " in said("set-password", capsys)[1]
    assert "usage: frappe-lite keys " in said("keys --lable x", capsys)[1]


def test_a_long_usage_does_not_hide_what_is_wrong(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = "frappe-lite: --prot is no option of serve; is it --port? (frappe-lite serve --help lists its options)\n"
    assert said("serve --prot 1", capsys) == (USAGE, told)


def test_help_names_no_variables_of_ours(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["serve", "--help"])
    told = capsys.readouterr().out
    assert "SETTING_" not in told and "--database FILE" in told and "--port PORT" in told


def test_a_password_may_come_through_a_pipe(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("open-sesame-17\n"))
    assert said("set-password ann@x.org", capsys) == (0, "")


def test_what_the_system_refuses_is_told_without_its_number() -> None:
    assert output.refusal_of(OSError(30, "Read-only file system", "site.db-served")) == (
        "site.db-served: Read-only file system"
    )
    assert output.refusal_of(OSError("the sentence of a library")) == "the sentence of a library"
    assert output.refusal_of(ValueError()) == "ValueError"


@pytest.mark.parametrize("option", ["", "--dev", "--server waitress"])
def test_a_port_that_is_taken_changes_nothing(place: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, told = said(f"serve {option} --port {port} --database not_made.db", capsys)
    assert (status, told) == (
        1,
        f"frappe-lite: port {port} is in use; --port {port + 1} takes another, --port 0 any free one\n",
    )
    assert not list(place.glob("not_made*"))


def test_the_trace_is_shown_to_who_asks(
    place: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert cli.main(shlex.split("execute --debug --app broken_app broken_app.api.fails")) == 1
    assert "ZeroDivisionError" in caplog.text and "Traceback" in caplog.text
    assert "broken_app/api.py:6" in capsys.readouterr().err


def test_who_interrupts_is_told_nothing(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    assert said("set-password Administrator", capsys) == (130, "")
