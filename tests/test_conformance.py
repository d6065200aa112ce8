"""What a real Frappe answered, replayed against this package in one process.

`conformance/compare.py` says what counts as the same.
"""

from __future__ import annotations

import base64
import datetime
import importlib.util
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from werkzeug.test import Client, TestResponse

import frappe_lite
from conftest import CONFORMANCE_APP, basic
from frappe_lite.access import auth

FOLDER = Path(__file__).parent / "conformance"
LEFT_OUT: set[str] = set()  # areas of parts that the package does not have yet: none
PASSWORD = "admin"
BASE = "http://127.0.0.1:8103"  # where the recorded server stood: answers that name themselves say so
WORDS_SHARE = 0.9

_spec = importlib.util.spec_from_file_location(
    "conformance_compare", FOLDER / "compare.py"
)  # by path: the app there is a package named conformance
assert _spec and _spec.loader
compare = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(compare)


def _scenarios() -> dict[str, dict[str, Any]]:
    files = [file for file in sorted(FOLDER.glob("*.json")) if file.stem not in {"actors", *LEFT_OUT}]
    return {
        f"{file.stem}:{scenario['name']}": scenario
        for file in files
        for scenario in json.loads(file.read_text())["scenarios"]
    }


SCENARIOS = _scenarios()


@dataclass
class Step:
    """How one step went: empty `wire` if a program sees no difference."""

    where: str
    wire: str
    words: bool = False


@dataclass
class Server:
    """The site under test, the credentials of its actors, and what was replayed already."""

    app: frappe_lite.App
    credentials: dict[str, str] = field(default_factory=dict)
    replayed: dict[str, list[Step]] = field(default_factory=dict)

    def replay(self, name: str) -> list[Step]:
        """Each scenario is sent once, whichever test asks first."""
        if name not in self.replayed:
            self.replayed[name] = list(replay(self, SCENARIOS[name]))
        return self.replayed[name]

    def send(self, step: dict[str, Any], saved: dict[str, Any], browsers: dict[str, Client]) -> TestResponse:
        actor, filled = (
            step["as"],
            compare.fill(
                {key: step[key] for key in ("request", "json", "params", "form", "raw", "headers") if key in step},
                saved,
            ),
        )
        headers = {"Accept": "application/json"}
        if actor.startswith("session:"):
            client = browsers.setdefault(actor, Client(self.app))
        else:
            client = Client(self.app, use_cookies=False)
            if actor != "guest":
                headers["Authorization"] = self.credentials[actor]
        headers.update(filled.get("headers", {}))
        verb, url = filled["request"].split(" ", 1)
        options: dict[str, Any] = {"headers": headers, "method": verb, "base_url": BASE}
        if "params" in filled:
            pairs = {
                key: value if isinstance(value, str) else json.dumps(value) for key, value in filled["params"].items()
            }
            url += ("&" if "?" in url else "?") + urlencode(pairs)
        if "json" in filled:
            options["json"] = filled["json"]
        if "raw" in filled:
            options["data"] = filled["raw"].encode("utf-8", "surrogateescape")
        if filled.get("form"):
            options["data"] = filled["form"]
        if "files" in step:
            files = {
                key: (io.BytesIO(base64.b64decode(each["base64"])), each["filename"])
                for key, each in step["files"].items()
            }
            options["data"] = {**filled.get("form", {}), **files}
        response = client.open(quote(url, safe="!#$%&'()*+,/:;=?@[]~"), **options)
        response.get_data()
        response.close()
        return response


def populated(site: frappe_lite.Site) -> Server:
    """The site on an application, with the users and documents of actors.json."""
    site.load(CONFORMANCE_APP)
    auth.first_password(site, PASSWORD)
    made = Server(frappe_lite.App(site))
    spec = json.loads((FOLDER / "actors.json").read_text())
    admin = Client(made.app)

    def call(request: str, body: Any = None) -> Any:
        verb, path = request.split(" ", 1)
        with admin.open(path, method=verb, json=body) as response:
            assert response.status_code < 300, f"{request}: {response.get_data(as_text=True)}"
            return response.get_json()

    call("POST /api/method/login", {"usr": "Administrator", "pwd": PASSWORD})
    for step in spec["before"]:
        call(step["request"], step.get("json"))
    for user in spec["users"]:
        if "doc" in user:
            call("POST /api/resource/User", user["doc"])
        secret = call("POST /api/method/frappe.core.doctype.user.user.generate_keys", {"user": user["name"]})[
            "message"
        ]["api_secret"]
        key = call(f"GET /api/resource/User/{user['name']}")["data"]["api_key"]
        made.credentials[user["actor"]] = f"token {key}:{secret}"
        made.credentials[user["actor"] + ":basic"] = basic(key, secret)
    for step in spec["after"]:
        call(step["request"], step.get("json"))
    return made


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One site for all scenarios."""
    site = frappe_lite.Site()
    yield populated(site)
    site.close()


def save(step: dict[str, Any], response: TestResponse, saved: dict[str, Any]) -> None:
    for name, where in step.get("save", {}).items():
        if where.startswith("header:"):
            _, header, pattern = where.split(":", 2)
            found = re.search(pattern, response.headers.get(header, ""))
            saved[name] = found[1] if found else ""
        else:
            saved[name] = compare.at(response.get_json(), where)


def replay(server: Server, scenario: dict[str, Any]) -> Iterator[Step]:
    saved: dict[str, Any] = {}
    browsers: dict[str, Client] = {}
    for number, step in enumerate(scenario["steps"], 1):
        where = f"step {number}, {step['as']} {step['request']}"
        days = {datetime.date.today()}
        try:
            response = server.send(step, saved, browsers)
            save(step, response, saved)
        except (LookupError, TypeError) as error:  # the answer lacks what a later step needs
            yield Step(where, f"{type(error).__name__}: {error}")
            continue
        cookies = [each.partition("=")[0] for each in response.headers.getlist("Set-Cookie") if "1970" not in each]
        got = compare.comparable(
            response.status_code, response.get_data(as_text=True), step, saved, response.headers, cookies
        )
        yield min(
            (judged(where, step["expect"], got, today) for today in days | {datetime.date.today()}),
            key=lambda each: bool(each.wire),
        )


def judged(where: str, expected: list[Any], got: Any, today: datetime.date) -> Step:
    """How an answer of that day compares with the recorded ones.

    A request may begin before midnight and end after it.
    """
    recorded, got = [compare.with_today(each, today) for each in expected], compare.with_today(got, today)
    accepted, bare = [compare.without_words(each) for each in recorded], compare.without_words(got)
    return Step(where, "" if bare in accepted else compare.difference(accepted[0], bare), words=got in recorded)


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_a_program_sees_what_frappe_answered(server: Server, name: str) -> None:
    failed = [f"{step.where}: {step.wire}" for step in server.replay(name) if step.wire]
    assert not failed, "\n".join(failed)


def test_a_person_reads_what_frappe_said(server: Server) -> None:
    """Not everywhere: some texts are worded better here, on purpose."""
    steps = [step for name in SCENARIOS for step in server.replay(name)]
    assert sum(step.words for step in steps) / len(steps) >= WORDS_SHARE


@pytest.mark.parametrize(
    ("wanted", "got", "same"),
    [
        pytest.param(
            {"status": 200, "body": {"data": 1}}, {"status": 200, "body": {"data": 1}}, True, id="equal answers"
        ),
        pytest.param(
            {"status": 200, "body": {"data": 1}}, {"status": 201, "body": {"data": 1}}, False, id="status counts"
        ),
        pytest.param({"body": {"data": 1}}, {"body": {"data": "1"}}, False, id="types count"),
        pytest.param({"body": {"data": [1, 2]}}, {"body": {"data": [2, 1]}}, False, id="order counts"),
        pytest.param({"body": {"data": {}}}, {"body": {"data": {"x": None}}}, False, id="null is not absent"),
        pytest.param({"body": {"message_text": "a"}}, {"body": {"message_text": "b"}}, True, id="words do not count"),
        pytest.param(
            {"body": {"errors": [{"message": "a", "title": "T"}]}},
            {"body": {"errors": [{"message": "b"}]}},
            True,
            id="titles do not count",
        ),
        pytest.param(
            {"body": {"errors": [{"type": "A"}]}},
            {"body": {"errors": [{"type": "B"}]}},
            False,
            id="types of errors count",
        ),
        pytest.param(
            {"body": {"errors": [{}]}}, {"body": {"errors": [{}, {}]}}, False, id="the number of messages counts"
        ),
    ],
)
def test_what_counts_as_the_same(wanted: Any, got: Any, same: bool) -> None:
    assert (compare.without_words(wanted) == compare.without_words(got)) is same
    assert bool(compare.difference(compare.without_words(wanted), compare.without_words(got))) is not same


@pytest.mark.parametrize(
    ("recorded", "got", "same"),
    [
        pytest.param("<today>", "2031-05-17", True, id="a default of today is today's date"),
        pytest.param("<today>", "2031-05-16", False, id="yesterday is not today"),
        pytest.param("2031-05-17", "2031-05-17", True, id="a fixed date that the calendar has reached"),
        pytest.param("2031-05-16", "2031-05-17", False, id="a fixed date does not become today"),
    ],
)
def test_a_recorded_day_holds_on_every_day(recorded: str, got: str, same: bool) -> None:
    step = judged("step", [{"body": {"data": [recorded]}}], {"body": {"data": [got]}}, datetime.date(2031, 5, 17))
    assert step.words is same
    assert bool(step.wire) is not same
