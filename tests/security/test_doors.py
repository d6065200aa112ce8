"""What holds at every door. The doors are those of the live tables: one that is added is walked without being told."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest

import frappe_lite
from answers import Answer
from attempts import Attempt, methods, routes
from frappe_lite.whitelist import RESERVED, built_in
from judge import Judge
from variants import judge, told
from world import ANN, EVE

__all__ = ["judge"]

with contextlib.closing(frappe_lite.Site()) as plain:
    METHODS, ROUTES = methods(), routes(plain)
GUEST_METHODS = [name for name in METHODS if built_in[name].allow_guest]
REFUSED = {name for name in METHODS if built_in[name].function.__module__.endswith("unsupported")}
"""Methods that say why they are not here, and do nothing."""
PARAMETERS = {name: {each.name for each in built_in[name].parameters} for name in METHODS}
DOCTYPES, NAMES = {"doctype", "dt", "reference_doctype"}, {"name", "dn", "docname", "reference_name", "old_name"}
DOCUMENT_METHODS = [name for name in METHODS if PARAMETERS[name] & DOCTYPES and PARAMETERS[name] & NAMES]
DOCUMENT_ROUTES = [
    (version, verb, path) for version, verbs, path in ROUTES if "<path:name>" in path for verb in verbs.split()
]
DOCUMENT_DOORS = DOCUMENT_METHODS + DOCUMENT_ROUTES
STRANGERS = [
    pytest.param("web", "Region", id="no role"),
    pytest.param("guest", "Region", id="a guest"),
    pytest.param("reader", "Diary", id="a key of another scope"),
    pytest.param("ann", "User Permission", id="what managers look after"),
    pytest.param("ann", "Has Role", id="a row of a table"),
]
SPELLINGS = [str.upper, str.title, lambda name: f"{name}\u200b", lambda name: f" {name}", lambda name: f"{name} "]


def at(judge: Judge, door: Any, doctype: str, name: str, verb: str = "") -> Attempt:
    """A request of a door about that document; but for its name always the same."""
    judge.attempts.random.seed(str(door))
    judge.attempts.values.begin(doctype, name)
    if isinstance(door, str):
        known = built_in[door].http_methods
        return judge.attempts.method(door, verb or ("POST" if "POST" in known else known[0]))
    return judge.attempts.route(door[0], door[1], door[2], verb or door[1])


def ask(judge: Judge, caller: str, attempt: Attempt) -> Answer:
    try:
        return judge.bench.ask(judge.callers[caller], attempt)
    finally:
        judge.bench.held.restore()


def of(door: Any) -> str:
    return door if isinstance(door, str) else " ".join(door)


@pytest.mark.parametrize(("caller", "doctype"), STRANGERS)
@pytest.mark.parametrize("door", DOCUMENT_DOORS, ids=of)
def test_who_has_no_right_is_not_told_what_exists(judge: Judge, door: Any, caller: str, doctype: str) -> None:
    there, missing = next(iter(judge.data.documents[doctype])), "missing-zq9999qz"
    if "add_multiple" in of(door):  # it takes a list of names
        there, missing = json.dumps([there]), json.dumps([missing])
    first = ask(judge, caller, at(judge, door, doctype, there))
    second = ask(judge, caller, at(judge, door, doctype, missing))
    told = [answer.body.decode().replace(name, "NAME") for answer, name in ((first, there), (second, missing))]
    assert (first.status, told[0]) == (second.status, told[1])


@pytest.mark.parametrize("name", [each for each in METHODS if each not in GUEST_METHODS])
def test_guests_call_what_is_for_guests_only(judge: Judge, name: str) -> None:
    verb = built_in[name].http_methods[0]
    for path in (f"/api/method/{name}", f"/api/v1/method/{name}", f"/api/v2/method/{name}"):
        assert ask(judge, "guest", Attempt(name, verb, path)).status == 403
    assert ask(judge, "guest", Attempt(name, verb, "/", body={"cmd": name})).status == 403


def test_few_things_are_for_guests() -> None:
    assert {name.rpartition(".")[2] for name in GUEST_METHODS if name not in REFUSED} == {
        "accept_invitation", "approve", "authorize", "boot", "boot_config", "download_file", "get_all_languages", "get_app_translations",
        "load_all_translations", "get_country_timezone_info", "get_max_file_size", "get_time_zone", "get_token", "get_user_info", "has_permission",
        "introspect_token", "is_enabled", "login", "logout", "openid_configuration", "ping", "register_client", "reset_password", "revoke_token", "sign_up",
        "test_password_strength", "update_password", "upload_file",
    }  # fmt: skip


@pytest.mark.parametrize("door", DOCUMENT_DOORS, ids=of)
def test_no_spelling_of_a_name_opens_a_door(judge: Judge, door: Any) -> None:
    shared = {row["share_name"] for row in judge.data.documents["DocShare"].values()}
    vault = next(name for name in judge.data.documents["Vault"] if name not in shared)
    diary = next(name for name, row in judge.data.documents["Diary"].items() if row["owner"] == EVE)
    for doctype, name in (("Vault", vault), ("Diary", diary), ("User", EVE)):
        for spelled in SPELLINGS:
            for attempt in (at(judge, door, doctype, spelled(name)), at(judge, door, spelled(doctype), name)):
                found = judge.judge(judge.callers["ann"], attempt, twin=False)
                assert not found, told(found)


@pytest.mark.parametrize("name", METHODS)
def test_our_own_arguments_never_come_from_a_request(name: str) -> None:
    method = built_in[name]
    required = {each.name: "1" for each in method.parameters if each.default is each.empty}
    bound = method.bind({**required, **dict.fromkeys(RESERVED, "mine"), "arguments": "1"})
    assert not RESERVED & bound.keys()
    assert "mine" not in bound.values()


@pytest.mark.parametrize("name", METHODS)
def test_the_names_of_our_own_arguments_change_no_answer(judge: Judge, name: str) -> None:
    """Beside sensible arguments, in the body and in the query string."""
    attempt = at(judge, name, "Case", next(iter(judge.data.documents["Case"])))
    more: dict[str, Any] = {"ignore_permissions": 1, "flags": {"ignore_permissions": 1}, "ctx": "x", "self": "x"}
    if attempt.body is None:
        other = replace(attempt, query={**attempt.query, **more})
    else:
        other = replace(attempt, body={**attempt.body, **more})
    first, second = ask(judge, "ann", attempt), ask(judge, "ann", other)
    assert (first.status, _lasting(first.body)) == (second.status, _lasting(second.body))


def _lasting(body: bytes) -> bytes:
    """An answer without moments, names that were drawn, keys."""
    return re.sub(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+|\b[0-9a-z]{10}\b|\b[0-9a-f]{15,}\b", b"", body)


@pytest.mark.parametrize("verb", ["GET", "HEAD", "QUERY", "OPTIONS"])
@pytest.mark.parametrize("door", [*METHODS, *ROUTES], ids=of)
def test_a_safe_verb_changes_nothing(judge: Judge, door: Any, verb: str) -> None:
    for caller, doctype in (("ann", "Case"), ("ben", "Case"), ("ann", "Diary"), ("helper", "User")):
        owned = [name for name, row in judge.data.documents[doctype].items() if row["owner"] == ANN]
        name = (owned or list(judge.data.documents[doctype]))[0]
        found = judge.judge(judge.callers[caller], at(judge, door, doctype, name, verb), twin=False)
        assert [each for each in found if each.rule in ("safe", "fault")] == []


@pytest.mark.parametrize("door", [*METHODS, *ROUTES], ids=of)
def test_a_request_without_arguments_is_answered(judge: Judge, door: Any) -> None:
    attempt = at(judge, door, "Case", next(iter(judge.data.documents["Case"])))
    for body in ({}, None):
        found = judge.judge(judge.callers["ben"], Attempt(of(door), attempt.verb, attempt.path, body=body), twin=False)
        assert [each for each in found if each.rule == "fault"] == []
