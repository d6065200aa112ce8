"""Settings: a flag, a variable and a file say the same; the closer one wins; what is unknown or wrong is told."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import ApiClient
from frappe_lite.command import cli
from frappe_lite.command import settings as cli_settings
from frappe_lite.command import site as cli_site
from frappe_lite.command.setting_files import SettingError
from frappe_lite.command.settings import BY_NAME, SETTINGS, read
from frappe_lite.site import SiteSettings
from frappe_lite.sqlite import served

WITH_FLAG = [each for each in SETTINGS if each.flag and each.name != "config"]
VALUES: dict[str, tuple[str, Any]] = {
    "database": ("x.db", "x.db"), "apps": ('["a", "b"]', ["a", "b"]), "debug": ("yes", True), "host": ("0.0.0.0", "0.0.0.0"), "port": ("9000", 9000), "workers": ("2", 2),
    "server": ("waitress", "waitress"), "dev": ("1", True), "access_log": ("json", "json"), "allow_origins": ("http://a, http://b", ["http://a", "http://b"]),
    "join": ("on", True), "url": ("https://x.org", "https://x.org"), "hosts": ("x.org,.y.org", ["x.org", ".y.org"]), "proxies": ("10.0.0.0/8", ["10.0.0.0/8"]),
    "hsts": ("60", 60), "checkpoint": ("external", "external"), "synchronous": ("normal", "normal"), "created_status": ("200", 200), "title": ("Shop", "Shop"),
    "files": ("database", "database"), "max_body": ("1000", 1000), "guest_body": ("100", 100),
    "busy_timeout": ("2.5", 2.5), "query_seconds": ("1", 1.0), "developer_mode": ("1", True), "socketio_port": ("9100", 9100),
    "jobs": ("off", "off"), "job_threads": ("0", 0), "job_lease": ("5", 5.0), "webhook_networks": ("10.0.0.0/8", "10.0.0.0/8"), "mail_to": ("mails", "mails"),
}  # fmt: skip
"""Setting -> what a variable says, and the value that it is."""

HERE = sys.version_info >= (3, 11)


def of(folder: Path, environ: dict[str, str] | None = None, **flags: Any) -> cli_settings.Settings:
    return read(flags, environ or {}, folder)


def test_each_setting_is_tried_here() -> None:
    assert set(VALUES) == {each.name for each in SETTINGS if not each.secret and each.name != "config"}


@pytest.mark.parametrize("name", VALUES)
def test_a_variable_sets_it(tmp_path: Path, name: str) -> None:
    text, value = VALUES[name]
    assert of(tmp_path, {f"FRAPPE_LITE_{name.upper()}": text})[name] == value


@pytest.mark.parametrize("name", VALUES)
def test_a_file_sets_it(tmp_path: Path, name: str) -> None:
    value = VALUES[name][1]
    (tmp_path / "site_config.json").write_text(json.dumps({"frappe_lite": {name: value}}))
    found = of(tmp_path)
    assert found.notes == []
    assert found[name] == (
        cli_settings._below(tmp_path, value)
        if name == "database"
        else [str(tmp_path / each) for each in value]
        if name == "apps"
        else value
    )


@pytest.mark.skipif(not HERE, reason="tomllib came with Python 3.11")
@pytest.mark.parametrize("name", VALUES)
def test_a_toml_file_sets_it(tmp_path: Path, name: str) -> None:
    value = VALUES[name][1]
    (tmp_path / "frappe_lite.toml").write_text(f"{name} = {json.dumps(value)}\n")
    assert of(tmp_path).notes == []
    assert name in of(tmp_path).given


@pytest.mark.parametrize("setting", WITH_FLAG, ids=lambda each: each.name)
def test_a_flag_sets_it(setting: cli_settings.Setting) -> None:
    text, value = VALUES[setting.name]
    given = value if setting.is_list else [] if setting.is_switch else [text]
    words = [word for each in given for word in (setting.flag, each)] or [setting.flag]
    parsed = cli._parser().parse_args(["serve", *words])
    assert read(cli_settings.flags_of(parsed), {})[setting.name] == value


@pytest.mark.parametrize("name", VALUES)
def test_a_process_that_is_started_finds_it(tmp_path: Path, name: str) -> None:
    given = of(tmp_path, {f"FRAPPE_LITE_{name.upper()}": VALUES[name][0]})
    assert of(tmp_path, cli_settings.to_environment(given))[name] == VALUES[name][1]


def test_the_closer_one_wins(tmp_path: Path) -> None:
    (tmp_path / "site_config.json").write_text('{"frappe_lite": {"port": 1, "title": "file", "host": "file"}}')
    found = of(tmp_path, {"FRAPPE_LITE_PORT": "2", "FRAPPE_LITE_TITLE": "variable"}, port="3")
    assert (found["port"], found["title"], found["host"], found["workers"]) == (3, "variable", "file", 1)


def test_a_bench_site_config_is_read(tmp_path: Path) -> None:
    config = {
        "host_name": "https://erp.example.com",
        "allow_cors": "https://shop.example.com",
        "db_name": "_x",
        "developer_mode": 1,
        "my_app_key": "k",
    }
    (tmp_path / "site_config.json").write_text(json.dumps(config))
    found = of(tmp_path)
    assert (found["url"], found["allow_origins"], found.notes) == (
        "https://erp.example.com",
        ["https://shop.example.com"],
        [],
    )
    assert found.conf == config, "apps find all of it in frappe.conf"


@pytest.mark.skipif(not HERE, reason="tomllib came with Python 3.11")
def test_conf_of_a_toml_file_is_for_apps(tmp_path: Path) -> None:
    (tmp_path / "frappe_lite.toml").write_text('title = "x"\n[conf]\nmy_app_key = "k"\n')
    assert (of(tmp_path).conf, of(tmp_path).notes) == ({"my_app_key": "k"}, [])


def test_without_a_reader_for_toml_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "frappe_lite.toml").write_text("port = 1\n")
    for name in ("tomllib", "tomli"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SettingError, match="needs Python 3.11, or tomli: pip install tomli"):
        of(tmp_path)


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        pytest.param(
            "FRAPPE_LITE_PROT", "there is no variable FRAPPE_LITE_PROT; is it FRAPPE_LITE_PORT?", id="letters changed"
        ),
        pytest.param("FRAPPE_LITE_QQQQ", "there is no variable FRAPPE_LITE_QQQQ", id="like none"),
        pytest.param("FRAPPE_LITE_TEST_DATABASE", None, id="the tests' own"),
        pytest.param("FRAPPE_LITE_SECRET_KEY", None, id="a secret, which is read where it is used"),
        pytest.param("OTHER_PORT", None, id="somebody else's"),
    ],
)
def test_unknown_variables_are_told(tmp_path: Path, variable: str, told: str | None) -> None:
    assert of(tmp_path, {variable: "x"}).notes == ([told] if told else [])


def test_unknown_keys_of_a_file_are_told(tmp_path: Path) -> None:
    (tmp_path / "site_config.json").write_text('{"frappe_lite": {"prot": 1, "zzz": 2}, "whatever": 3}')
    assert of(tmp_path).notes == [
        "site_config.json: there is no setting prot; is it port?",
        "site_config.json: there is no setting zzz",
    ]


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("port", "eighty", "FRAPPE_LITE_PORT: port is a whole number from 0 to 65535, not 'eighty'"),
        ("port", "65536", "FRAPPE_LITE_PORT: port is a whole number from 0 to 65535, not '65536'"),
        ("port", "٣", "FRAPPE_LITE_PORT: port is a whole number"),
        ("dev", "perhaps", "FRAPPE_LITE_DEV: dev is yes or no, not 'perhaps'"),
        ("server", "apache", "FRAPPE_LITE_SERVER: server is granian or waitress, not 'apache'"),
        ("busy_timeout", "-1", "FRAPPE_LITE_BUSY_TIMEOUT: busy_timeout is a number of seconds, not '-1'"),
        ("busy_timeout", "inf", "FRAPPE_LITE_BUSY_TIMEOUT: busy_timeout is a number of seconds, not 'inf'"),
        ("apps", "[1", "FRAPPE_LITE_APPS: apps is "),
        ("apps", "[1]", "FRAPPE_LITE_APPS: apps is a list of texts, not '[1]'"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(tmp_path: Path, name: str, given: str, told: str) -> None:
    with pytest.raises(SettingError) as error:
        of(tmp_path, {BY_NAME[name].variable: given})
    assert str(error.value).startswith(told)


def test_an_empty_variable_says_nothing(tmp_path: Path) -> None:
    assert of(tmp_path, {"FRAPPE_LITE_PORT": "", "FRAPPE_LITE_APPS": ""}).given == set()


def test_each_keyword_of_a_site_is_a_setting() -> None:
    """A new field of `SiteSettings` is one line in SETTINGS."""
    defaults = {each.name: each.default for each in dataclasses.fields(SiteSettings)}
    assert set(defaults) == {each.name for each in SETTINGS if each.keyword}
    assert {name: BY_NAME[name].default or 0 for name in defaults} == {
        name: value or 0 for name, value in defaults.items()
    }


# --- what they do -----------------------------------------------------------------------------------------


def made(tmp_path: Path, **flags: Any) -> frappe_lite.Site:
    return cli_site.make_site(of(tmp_path, **flags), ":memory:")


@pytest.mark.parametrize(
    ("flags", "origin", "allowed"),
    [
        pytest.param({}, "http://localhost:5173", None, id="nobody's by default"),
        pytest.param(
            {"dev": True}, "http://localhost:5173", "http://localhost:5173", id="--dev: localhost on any port"
        ),
        pytest.param({"dev": True}, "https://localhost:5173", None, id="but not by another scheme"),
        pytest.param({"dev": True}, "http://localhost.evil.example:80", None, id="nor a name that begins so"),
        pytest.param({"dev": True}, "http://localhost", None, id="nor without a port"),
        pytest.param(
            {"allow_origins": ["https://a.example"]}, "https://a.example", "https://a.example", id="--allow-origin"
        ),
        pytest.param({"allow_origins": ["https://a.example"]}, "https://b.example", None, id="and no other"),
        pytest.param(
            {"allow_origins": ["https://a.example"], "dev": True}, "http://127.0.0.1:1", "http://127.0.0.1:1", id="both"
        ),
    ],
)
def test_origins(tmp_path: Path, flags: dict[str, Any], origin: str, allowed: str | None) -> None:
    site = made(tmp_path, **flags)
    answer = ApiClient(site, None)("GET /api/method/ping", headers={"Origin": origin})
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    site.close()


@pytest.mark.parametrize(
    ("flags", "serves", "begin"),
    [
        pytest.param({}, "", "http://127.0.0.1:8000", id="where it listens by itself"),
        pytest.param({"port": 9123}, "", "http://127.0.0.1:9123", id="--port"),
        pytest.param({"port": 9123, "host": "10.1.2.3"}, "", "http://10.1.2.3:9123", id="--host"),
        pytest.param({"host": "0.0.0.0"}, "", "http://127.0.0.1:8000", id="everywhere is here too"),
        pytest.param({"host": "::1"}, "", "http://[::1]:8000", id="IPv6"),
        pytest.param({"port": 9123, "url": "https://x.org/"}, "", "https://x.org", id="--url says it"),
        pytest.param({}, "http://127.0.0.1:9456", "http://127.0.0.1:9456", id="a worker: where the server listens"),
        pytest.param({"port": 0}, "http://127.0.0.1:9456", "http://127.0.0.1:9456", id="any free port: the one it got"),
        pytest.param({"url": "https://x.org"}, "http://127.0.0.1:9456", "https://x.org", id="but --url first"),
    ],
)
def test_links_lead_to_where_the_site_is_served(tmp_path: Path, flags: dict[str, Any], serves: str, begin: str) -> None:
    path = str(tmp_path / "site.db")
    settings = of(tmp_path, database=path, **flags)
    with contextlib.closing(served.claim(path, serves) if serves else served.Claim()):
        site = cli_site.loaded(cli_site.make_site(settings, path), settings)
    with contextlib.closing(site):
        assert site.address == begin
        assert site.url == flags.get("url", "").rstrip("/")  # origins and the OAuth issuer go by what was said


def test_links_of_an_app_being_installed_lead_there_too(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "hooks.py").write_text('after_install = "shop.setup.note"\n')
    (package / "setup.py").write_text(
        "import frappe\n\n\ndef note():\n    frappe.db.set_default('seen', frappe.utils.get_url())\n"
    )
    settings = of(tmp_path, apps=[str(package)], port=9123)
    site = cli_site.loaded(cli_site.make_site(settings, ":memory:"), settings)
    with site.acting(), contextlib.closing(site):
        assert frappe_lite.db.get_default("seen") == "http://127.0.0.1:9123"


def test_dev_changes_nothing_in_the_database(tmp_path: Path) -> None:
    path = str(tmp_path / "site.db")
    site = cli_site.make_site(of(tmp_path, dev=True), path)
    assert site.new_context().setting("allow_error_traceback") == 1
    site.close()
    site = frappe_lite.Site(path)
    assert not site.new_context().setting("allow_error_traceback")
    site.close()


def test_apps_read_conf(tmp_path: Path) -> None:
    (tmp_path / "site_config.json").write_text('{"my_app_key": "k", "developer_mode": 1}')
    site = made(tmp_path)
    with site.acting():
        assert (frappe_lite.conf.my_app_key, frappe_lite.conf.developer_mode, frappe_lite.conf.db_type) == (
            "k",
            1,
            "sqlite",
        )
    site.close()


def test_the_environment_is_as_before_afterwards(tmp_path: Path) -> None:
    before = dict(os.environ)
    with cli_settings.in_environment(of(tmp_path, port="9")):
        assert os.environ["FRAPPE_LITE_PORT"] == "9"
    assert dict(os.environ) == before
