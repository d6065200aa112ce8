"""The judge finds nothing in four thousand requests; and it would: with a rule turned off it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from attempts import Attempt
from frappe_lite import permissions, router, wsgi
from frappe_lite.document import lists, validation
from frappe_lite.parts.files import sending
from frappe_lite.permissions import field_levels, grants, refusals, user_permission
from frappe_lite.permissions import rules as permission_rules
from frappe_lite.query import Condition
from judge import Judge, quiet, run
from rules import RULES, Rules
from world import ANN, EVE, cheap_hashes

REQUESTS = 2000


@pytest.mark.parametrize("seed", [1, 2])
def test_no_request_breaks_a_rule(seed: int) -> None:
    found, statuses = run(seed, 0, REQUESTS)
    assert sum(statuses.values()) >= REQUESTS and statuses[200] > REQUESTS / 5  # they are no mere refusals
    assert not found, f"{len(found)} kinds of violations\n\n" + "\n\n".join(map(str, found[:20]))


# --- it can fail -----------------------------------------------------------------------------------------------


MOODS = {"mood": ["like", "zq00b%"]}


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    with cheap_hashes(), quiet():
        yield


@pytest.fixture(scope="module")
def shared() -> Iterator[Judge]:
    """A judge whose site and rules each test gives back as they were."""
    made = Judge()
    yield made
    made.close()


def named(judge: Judge, doctype: str, fits: Callable[[Any], bool] = lambda row: True) -> str:
    """The first document of the DocType that fits, oldest first."""
    return next(name for name, row in judge.data.documents[doctype].items() if fits(row))


def put(doctype: str, values: dict[str, Any], fits: Callable[[Any], bool] = lambda row: True) -> Any:
    return lambda judge: Attempt("", "PUT", f"/api/v2/document/{doctype}/{named(judge, doctype, fits)}", body=values)


def post(path: str, body: dict[str, Any]) -> Any:
    return lambda judge: Attempt("", "POST", path, body=body)


def get(path: str, **query: Any) -> Any:
    return lambda judge: Attempt("", "GET", path, query=query)


def get_first(doctype: str, fits: Callable[[Any], bool] = lambda row: True) -> Any:
    return lambda judge: Attempt("", "GET", f"/api/v2/document/{doctype}/{named(judge, doctype, fits)}")


def own_client(judge: Judge) -> Attempt:
    limit = judge.rules["ann"].limits["Client"]
    return get_first("Client", lambda row: row["name"] in limit)(judge)


def get_file(judge: Judge) -> Attempt:
    private = named(
        judge, "File", lambda row: row["is_private"] and row["owner"] == EVE and not row["attached_to_name"]
    )
    return Attempt("", "GET", judge.data.documents["File"][private]["file_url"])


def close(judge: Judge) -> Attempt:
    case = named(judge, "Case", lambda row: row["owner"] == ANN)
    return Attempt("", "GET", f"/api/v1/resource/Case/{case}", query={"run_method": "close"})


def unshared(judge: Judge) -> str:
    shared = {row["share_name"] for row in judge.data.documents["DocShare"].values()}
    return named(judge, "Vault", lambda row: row["name"] not in shared)


def share(judge: Judge) -> Attempt:
    body = {"doctype": "Vault", "name": unshared(judge), "user": ANN, "read": 1}
    return Attempt("", "POST", "/api/method/frappe.share.add", body=body)


OWNED = post("/api/v2/document/Diary", {"name": "x"})


def rename(judge: Judge) -> Attempt:
    body = {"doctype": "Vault", "old_name": unshared(judge), "new_name": "mine"}
    return Attempt("", "POST", "/api/method/frappe.client.rename_doc", body=body)


def comment(judge: Judge) -> Attempt:
    body = {"reference_doctype": "Vault", "reference_name": unshared(judge), "content": "x"}
    return Attempt("", "POST", "/api/method/frappe.desk.form.utils.add_comment", body=body)


def delete_free(doctype: str) -> Any:
    """The first document that no User Permission holds."""

    def make(judge: Judge) -> Attempt:
        held = {str(row["for_value"]) for row in judge.data.documents["User Permission"].values()}
        return Attempt(
            "", "DELETE", f"/api/v2/document/{doctype}/{named(judge, doctype, lambda row: row['name'] not in held)}"
        )

    return make


def nothing(*_: Any, **__: Any) -> Any:
    return []


def always(*_: Any, **__: Any) -> bool:
    return True


def nothing_more(*_: Any, **__: Any) -> Condition:
    return Condition()


def allowed(*_: Any, **__: Any) -> permissions.Verdict:
    return permissions.Verdict(True, "off")


def no_submit(ctx: Any, meta: Any, right: str, row: Any = None) -> None:
    if right != "submit":
        ask(ctx, meta, right, row)


ask = permissions.require


def broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError


def with_secret(ctx: Any, *_: Any) -> Any:
    return {"kept": ctx.store.secret("User", EVE, "password")[0]}


def any_file(ctx: Any, url: str) -> Any:
    meta = ctx.meta("File")
    return ctx.store.find(meta, Condition("file_url = ?", (url,)), meta.columns)[0]


def off(why: str, rule: str, caller: str, make: Any, where: tuple[Any, str], instead: Any) -> Any:
    return pytest.param(rule, caller, make, *where, instead, id=why)


PERMISSIONS = (permissions, permission_rules, field_levels, grants, refusals, user_permission)
JUDGE = DOCUMENT = (permissions, "judge")
FIELDS = (lists.Schema, "may_read")
SUBMITTED = put("Case", {"title": "mine"}, lambda row: row["docstatus"] == 1)
EVES = get_first("Diary", lambda row: row["owner"] == EVE)

RULES_OFF = [
    off("a list shows all rows", "read", "ann", get("/api/v2/document/Vault"), (permissions, "rows"), nothing_more),
    off("a document asks for no right", "read", "ann", get_first("Vault"), JUDGE, allowed),
    off("a key reaches everything", "read", "reader", get_first("Notice"), (permissions, "in_scope"), always),
    off("everybody owns everything", "read", "web", EVES, (permissions, "_owns"), always),
    off("a private file is served to all", "read", "ann", get_file, (sending, "readable_file"), any_file),
    off("a filter on any field", "blind", "ann", get("/api/v2/document/Diary", filters=MOODS), FIELDS, always),
    off("an order by any field", "blind", "ben", get("/api/v2/document/Case", order_by="verdict"), FIELDS, always),
    off("a hash is shown", "secret", "ben", get_first("Client"), (router, "wire_row"), with_secret),
    off("an error nobody expected", "fault", "ben", get("/api/v2/document/Case"), (lists, "get_list"), broken),
    off("GET is kept", "safe", "ann", close, (wsgi.App, "_finish"), lambda _app, ctx: ctx.commit()),
    off(
        "creating asks for no right", "create", "web", post("/api/v2/document/Notice", {"name": "x"}), DOCUMENT, allowed
    ),
    off("writing asks for no right", "write", "ann", put("Notice", {"title": "x"}), DOCUMENT, allowed),
    off("deleting asks for no right", "delete", "ann", delete_free("Notice"), DOCUMENT, allowed),
    off(
        "submitting is writing", "docstatus", "ann", put("Case", {"docstatus": 1}), (permissions, "require"), no_submit
    ),
    off("after submission", "docstatus", "ben", SUBMITTED, (validation, "check_after_submit"), nothing),
    off("everything can be shared", "grant", "ben", share, JUDGE, allowed),
    off("renaming asks for no right", "rename", "ben", rename, JUDGE, allowed),
    off("a comment on anything", "record", "ben", comment, JUDGE, allowed),
]


def less(doctype: str, right: str, permlevel: int) -> Callable[[Rules], None]:
    """No role gives the right at that level."""

    def tighten(rules: Rules) -> None:
        kept = rules.data.permissions
        kept[doctype] = [{**rule, right: rule[right] * (rule["permlevel"] != permlevel)} for rule in kept[doctype]]

    return tighten


def held_to_nothing(rules: Rules) -> None:
    rules.limits["Client"] = set()


def somebody_else(rules: Rules) -> None:
    rules.user = "somebody@x.org"


def narrow(rules: Rules) -> None:
    rules.caller = replace(rules.caller, scopes=("Case:read",))


OWN_KEYS = post("/api/method/frappe.core.doctype.user.user.generate_keys", {"user": ANN})

RULES_MORE = [
    pytest.param("read", "ben", get_first("Case"), less("Case", "read", 1), id="fields of a level"),
    pytest.param("read", "ann", own_client, held_to_nothing, id="a User Permission"),
    pytest.param("level", "ben", put("Case", {"note": "x"}), less("Case", "write", 1), id="writing a level"),
    pytest.param("docstatus", "ben", put("Case", {"docstatus": 1}), less("Case", "submit", 0), id="submitting"),
    pytest.param("owner", "ann", OWNED, somebody_else, id="who the owner is"),
    pytest.param("grant", "ann", OWN_KEYS, narrow, id="a narrow key makes none"),
]


@pytest.mark.parametrize(("rule", "caller", "make", "place", "name", "instead"), RULES_OFF)
def test_a_rule_that_is_turned_off_is_missed(
    shared: Judge,
    monkeypatch: pytest.MonkeyPatch,
    rule: str,
    caller: str,
    make: Any,
    place: Any,
    name: str,
    instead: Any,
) -> None:
    attempt = make(shared)
    assert shared.judge(shared.callers[caller], attempt) == []
    shared.bench.held.site.forget()
    for each in PERMISSIONS if place is permissions else (place,):
        if hasattr(each, name):
            monkeypatch.setattr(each, name, instead)
    found = shared.judge(shared.callers[caller], attempt)
    shared.bench.held.restore()  # what is cached by then was found without the rule
    assert rule in {each.rule for each in found}, attempt


@pytest.mark.parametrize(("rule", "caller", "make", "tighten"), RULES_MORE)
def test_a_rule_that_the_server_does_not_know_is_missed(
    shared: Judge, monkeypatch: pytest.MonkeyPatch, rule: str, caller: str, make: Any, tighten: Any
) -> None:
    attempt = make(shared)
    assert shared.judge(shared.callers[caller], attempt, twin=False) == []
    monkeypatch.setitem(shared.rules, caller, Rules(shared.data, shared.callers[caller]))
    tighten(shared.rules[caller])
    assert rule in {each.rule for each in shared.judge(shared.callers[caller], attempt, twin=False)}, attempt


def test_each_rule_is_turned_off_once_but_the_one_for_all_the_rest() -> None:
    assert {each.values[0] for each in [*RULES_OFF, *RULES_MORE]} == set(RULES) - {"other"}
