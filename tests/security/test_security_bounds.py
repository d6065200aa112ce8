"""What one request may cost: work within one step of the database, which no time limit ends, copies of texts, and what
a guest may have worked out. Each row of a table took seconds, or a gigabyte, before there was its bound."""

from __future__ import annotations

import json
import types
from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import ApiClient, BaseOffice
from frappe_lite import document
from frappe_lite.access import strength
from frappe_lite.context import Context
from frappe_lite.methods.client import MAX_CHANGES
from frappe_lite.parts import batch, discovery, global_search
from frappe_lite.query.columns import MAX_COPIES
from frappe_lite.query.operators import MAX_PATTERN, MAX_PATTERNS, moving

DOORS = ("/api/resource/Task", "/api/v2/document/Task", "frappe.client.get_list", "frappe.desk.reportview.get")
WORD = "ab" * 100


class Office(BaseOffice):
    """A person with a task of some length."""

    users = {"ann": ("Task User",)}

    def fill(self, ctx: Context) -> None:
        self.task = (
            document.new(ctx, {"doctype": "Task", "code": "A1", "subject": "first", "description": WORD * 2})
            .insert()
            .name
        )


def ask(client: ApiClient, door: str, **asked: object) -> TestResponse:
    """A list by one of the doors."""
    if door.startswith("/"):
        return client.get(door, query_string={key: json.dumps(value) for key, value in asked.items()})
    return client.post(f"/api/method/{door}", json={"doctype": "Task", **asked})


# --- patterns ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "characters"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("a" * 1000, 0, id="a whole text, which is compared once"),
        pytest.param("a" * 1000 + "%", 0, id="how a text begins, likewise"),
        pytest.param("%abc", 3, id="how it ends"),
        pytest.param("%abc%", 4, id="what stands in it"),
        pytest.param("ab_c%", 2, id="any character"),
        pytest.param("%%%", 2, id="wildcards alone"),
        pytest.param(r"a\%b", 1, id="a percent sign counts as a wildcard: it costs no more"),
    ],
)
def test_what_of_a_pattern_is_looked_for_everywhere(pattern: str, characters: int) -> None:
    assert moving(pattern) == characters


@pytest.mark.parametrize("operator", ["like", "not like"])
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("pattern", "refused"),
    [
        pytest.param("%" + "a" * (MAX_PATTERN - 1) + "%", False, id="as long as it may be"),
        pytest.param("%" + "a" * MAX_PATTERN + "%", True, id="one more"),
        pytest.param("%" + "a" * 20_000 + "b%", True, id="a minute for a megabyte"),
        pytest.param("_a" * 200, True, id="any character, again and again"),
        pytest.param("%a" * 200, True, id="anything between"),
        pytest.param("ab" * 300, False, id="a long text without wildcards"),
        pytest.param("ab" * 300 + "%", False, id="a long beginning"),
    ],
)
def test_patterns_have_a_bound(office: Office, door: str, operator: str, pattern: str, refused: bool) -> None:
    answer = ask(
        office.clients["ann"], door, fields=["name"], filters=[["Task", "description", operator, pattern]], start=0
    )
    assert answer.status_code == (417 if refused else 200)
    assert (f"like takes up to {MAX_PATTERN} characters" in answer.text) is refused


@pytest.mark.parametrize(
    ("method", "values"),
    [
        pytest.param("frappe.client.get_count", {"filters": [["subject", "like", "%" + "a" * 300]]}, id="a count"),
        pytest.param("frappe.client.get_value", {"filters": [["subject", "like", "%" + "a" * 300]], "fieldname": "name"}, id="a value"),
        pytest.param("frappe.client.get_list", {"or_filters": [["subject", "like", "%" + "a" * 300]]}, id="one of several"),
        pytest.param("frappe.desk.reportview.get_count", {"filters": [["Task", "subject", "like", "%" + "a" * 300]]}, id="a report's count"),
        pytest.param("frappe.desk.search.search_link", {"txt": "a" * 300}, id="a link that is looked for"),
        pytest.param("frappe.desk.search.search_widget", {"txt": "a" * 300}, id="one in a dialog"),
    ],
)  # fmt: skip
def test_so_have_those_of_every_method(office: Office, method: str, values: dict[str, Any]) -> None:
    answer = office.clients["ann"].post(f"/api/method/{method}", json={"doctype": "Task", **values})
    assert (answer.status_code, "like takes up to" in answer.text) == (417, True)


FULL = "%" + "a" * (MAX_PATTERN - 2) + "%"


@pytest.mark.parametrize(
    ("filters", "or_filters", "refused"),
    [
        pytest.param([["description", "like", FULL]] * 9, [], False, id="nearly as many as there may be"),
        pytest.param([["description", "like", FULL]] * 11, [], True, id="too many"),
        pytest.param([], [["description", "like", FULL]] * 11, True, id="too many of any"),
        pytest.param([["description", "like", FULL]] * 5, [["subject", "like", FULL]] * 6, True, id="both together"),
        pytest.param([[["description", "like", FULL], "or", ["code", "=", "A1"]]] * 11, [], True, id="in brackets"),
        pytest.param([], [["description", "like", f"%{'word' * 10}%"]] * 20, False, id="a word in twenty fields"),
        pytest.param([["description", "like", "a" * 255]] * 100, [], False, id="whole texts"),
    ],
)
def test_so_have_all_of_a_list_together(
    office: Office, filters: list[object], or_filters: list[object], refused: bool
) -> None:
    answer = ask(office.clients["ann"], DOORS[1], fields=["name"], filters=filters, or_filters=or_filters)
    assert answer.status_code == (417 if refused else 200)
    assert (f"{MAX_PATTERNS:,} characters together" in answer.text) is refused


# --- functions and copies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "place"),
    [
        pytest.param("'ba'", 2, id="a text"),
        pytest.param("'none'", 0, id="a text that is not there"),
        pytest.param("subject", 0, id="a field"),
        pytest.param({"CONCAT": ["'b'", "'a'"]}, 2, id="what is put together"),
        pytest.param("description", None, id="a field that is too long to be looked for"),
        pytest.param({"CONCAT": ["description", "'c'"]}, None, id="105 seconds for a megabyte"),
    ],
)
def test_what_is_located_has_a_bound(office: Office, part: object, place: int | None) -> None:
    answer = ask(office.clients["ann"], DOORS[1], fields=[{"LOCATE": [part, "description"], "as": "place"}])
    assert answer.json["data"] == [{"place": place}]


def copies(count: int, *, within: int = 1) -> list[object]:
    """Fields that hold the description so many times, so many in each."""
    whole, rest = divmod(count, within)
    sizes = [within] * whole + ([rest] if rest else [])
    if within == 1:
        return [f"description as d{at}" for at in range(count)]
    return [{"CONCAT": ["description"] * size, "as": f"d{at}"} for at, size in enumerate(sizes)]


@pytest.mark.parametrize("door", DOORS[:3])
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param(copies(MAX_COPIES), 200, id="as many names as there may be"),
        pytest.param(copies(MAX_COPIES + 1), 417, id="one more"),
        pytest.param(copies(MAX_COPIES, within=20), 200, id="as many in a function"),
        pytest.param(copies(MAX_COPIES + 1, within=20), 417, id="one more in another"),
        pytest.param(copies(MAX_COPIES + 1, within=3), 417, id="a few in each"),
        pytest.param([*copies(MAX_COPIES, within=20), "description"], 417, id="in a function, and by itself"),
        pytest.param([{"CONCAT": [{"UPPER": "description"}] * 11 + [{"LOWER": "description"}] * 9, "as": "d"}, "description"], 417, id="within others"),
        pytest.param([{"MAX": "points", "as": f"p{at}"} for at in range(40)], 200, id="numbers are no texts"),
    ],
)  # fmt: skip
def test_a_text_is_given_out_so_many_times(office: Office, door: str, fields: list[object], status: int) -> None:
    answer = ask(office.clients["ann"], door, fields=fields)
    assert (answer.status_code, len(answer.data) < 50_000) == (status, True)
    assert (f"more than {MAX_COPIES} times" in answer.text) is (status == 417)


def test_each_list_counts_for_itself(office: Office) -> None:
    """What was compiled once is kept, and counted no second time."""
    for _ in range(MAX_COPIES):
        answer = ask(office.clients["ann"], DOORS[0], fields=copies(2))
        assert answer.json["data"] == [{"d0": WORD * 2, "d1": WORD * 2}]


# --- what is done with each of many ------------------------------------------------------------------------

ASSIGN, TAG = "frappe.desk.form.assign_to", "frappe.desk.doctype.tag.tag.add_tags"
CHANGE = {"doctype": "Task", "docname": "{task}", "points": 1}


def do(office: Office, method: str, values: dict[str, Any]) -> TestResponse:
    """A method by the person, with what is done to the task."""
    said = json.dumps({"doctype": "Task", **values}).replace("{task}", str(office.task))
    return office.clients["ann"].post(f"/api/method/{method}", data=said, content_type="application/json")


@pytest.mark.parametrize(
    ("method", "values", "said"),
    [
        pytest.param("frappe.client.bulk_update", {"docs": [CHANGE] * (MAX_CHANGES + 1)}, "At most 2,000", id="changes"),
        pytest.param("frappe.client.bulk_update", {"docs": json.dumps([CHANGE] * 20_000)}, "At most 2,000", id="changes in a text"),
        pytest.param(f"{ASSIGN}.add", {"name": "{task}", "assign_to": ["ann@x.org"] * 501}, "501 entries", id="users"),
        pytest.param(f"{ASSIGN}.add", {"name": "{task}", "assign_to": json.dumps(["ann@x.org"] * 501)}, "501 entries", id="users in a text"),
        pytest.param(f"{ASSIGN}.add_multiple", {"name": ["{task}"] * 501, "assign_to": "ann@x.org"}, "501 entries", id="names"),
        pytest.param(f"{ASSIGN}.add_multiple", {"name": ["{task}"] * 500, "assign_to": ["ann@x.org"] * 11}, "5,500 steps", id="users for names"),
        pytest.param(TAG, {"dt": "Task", "docs": ["{task}"] * 500, "tags": ["a"] * 500}, "250,000 steps", id="tags for documents"),
        pytest.param(TAG, {"dt": "Task", "docs": ["{task}"] * 501, "tags": ["a"]}, "501 entries", id="documents"),
    ],
)  # fmt: skip
def test_one_request_writes_so_much(office: Office, method: str, values: dict[str, Any], said: str) -> None:
    """A write of another waits for it five seconds at most; twenty thousand changes took seventeen."""
    answer = do(office, method, values)
    assert (answer.status_code, said in answer.text) == (417, True)


@pytest.mark.parametrize(
    ("method", "values"),
    [
        pytest.param("frappe.client.bulk_update", {"docs": [CHANGE] * 20}, id="changes"),
        pytest.param(TAG, {"dt": "Task", "docs": ["{task}"] * 2, "tags": ["a", "b"]}, id="tags"),
        pytest.param(f"{ASSIGN}.add", {"name": "{task}", "assign_to": ["ann@x.org"]}, id="a user in a list"),
        pytest.param(f"{ASSIGN}.add", {"name": "{task}", "assign_to": '["ann@x.org"]'}, id="in a text"),
        pytest.param(f"{ASSIGN}.add", {"name": "{task}", "assign_to": "ann@x.org"}, id="alone"),
    ],
)
def test_and_no_less(office: Office, method: str, values: dict[str, Any]) -> None:
    assert do(office, method, values).status_code == 200


TASKS = '/api/v2/document/Task?fields=["description"]&limit=1'


@pytest.mark.parametrize(
    ("most", "operations", "status"),
    [
        pytest.param(64_000_000, 500, 200, id="many small answers"),
        pytest.param(2_000, 3, 200, id="as much as there may be"),
        pytest.param(2_000, 20, 413, id="more: 500 lists of a few megabytes were two gigabytes"),
    ],
)
def test_a_batch_answers_so_much(
    office: Office, monkeypatch: pytest.MonkeyPatch, most: int, operations: int, status: int
) -> None:
    monkeypatch.setattr(batch, "MAX_ANSWERS", most)
    asked = {"operations": [{"method": "GET", "path": TASKS}] * operations}
    answer = office.clients["ann"].post("/api/v2/batch", json=asked)
    assert (answer.status_code, len(answer.data) < 250_000) == (status, True)
    assert ("The answers of a batch" in answer.text) is (status == 413)


def test_what_a_batch_wrote_before_it_answered_too_much_is_not_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MAX_ANSWERS", 2_000)
    made = {"method": "POST", "path": "/api/v2/document/Task", "body": {"subject": "too much"}}
    asked = {"operations": [made, *[{"method": "GET", "path": TASKS}] * 20]}
    assert office.clients["ann"].post("/api/v2/batch", json=asked).status_code == 413
    found = ask(office.clients["ann"], DOORS[1], fields=["name"], filters={"subject": "too much"})
    assert found.json["data"] == []


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        pytest.param("/api/v2/document/Task/$a.name", 200, "", id="a name"),
        pytest.param("/api/v2/document/Task?order_by=$a.description", 417, "", id="a text that is no order"),
        pytest.param("/api/v2/document/Task?order_by=" + "$a.description" * 1_000, 400, "100,000 characters", id="a text again and again"),
        pytest.param("/api/v2/document/Task/" + "$a.description" * 1_000, 400, "100,000 characters", id="as a name"),
        pytest.param("/api/v2/document/Task/" + "$$" * 100, 404, "", id="dollar signs"),
    ],
)  # fmt: skip
def test_a_path_that_is_filled_in_has_a_bound(office: Office, path: str, status: int, said: str) -> None:
    first = {"method": "GET", "path": f"/api/v2/document/Task/{office.task}", "id": "a"}
    answer = office.clients["ann"].post("/api/v2/batch", json={"operations": [first, {"method": "GET", "path": path}]})
    assert (answer.status_code, said in answer.text) == (status, True)


# --- dates beyond all -------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS[:2])
@pytest.mark.parametrize(
    ("span", "status"),
    [
        pytest.param("last 999999 days", 200, id="before the first year there is"),
        pytest.param("next 999999 days", 200, id="after the last one"),
        pytest.param("last 1000000 days", 417, id="more digits than a time has"),
        pytest.param(f"last {'9' * 12} days", 417, id="more days than a number of them"),
        pytest.param(f"next {'9' * 5000} days", 417, id="more digits than a number"),
        pytest.param("last ٣ days", 417, id="digits of another script"),
    ],
)
def test_a_timespan_without_an_end_is_no_fault(office: Office, door: str, span: str, status: int) -> None:
    answer = ask(office.clients["ann"], door, fields=["name"], filters=[["Task", "creation", "timespan", span]])
    assert (answer.status_code, "is not a timespan" in answer.text) == (status, status == 417)


# --- words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "asked"), [(1, 1), (global_search.MAX_PARTS, 12), (global_search.MAX_PARTS + 1, 12), (5000, 12)]
)
def test_a_search_has_so_many_parts(
    office: Office, monkeypatch: pytest.MonkeyPatch, parts: int, asked: int
) -> None:  # fmt: skip
    looked: list[str] = []
    monkeypatch.setattr(global_search, "found", lambda ctx, text, *more: looked.append(text) or [])
    text = "&".join(f"w{at}" for at in range(parts))
    answer = office.clients["ann"].post("/api/method/frappe.utils.global_search.search", json={"text": text})
    assert answer.json["message"] == []
    assert looked == [f"w{at}" for at in range(asked)]


class Haystack(str):
    """A method's text, that counts how often it is looked through."""

    looked = 0

    def __contains__(self, word: str) -> bool:  # type: ignore[override]
        Haystack.looked += 1
        return super().__contains__(word)


@pytest.mark.parametrize(
    ("words", "each"),
    [
        pytest.param("ping", 1, id="a word"),
        pytest.param("p i n", 3, id="some"),
        pytest.param("p " * 400_000, 1, id="one again and again: 42 seconds of a guest's"),
        pytest.param(
            " ".join("pingfrap"[at:end] for at in range(8) for end in range(at + 1, 9)), discovery.MOST_WORDS, id="many"
        ),
    ],
)
def test_a_guest_looks_for_methods_by_so_many_words(
    office: Office, monkeypatch: pytest.MonkeyPatch, words: str, each: int
) -> None:  # fmt: skip
    monkeypatch.setattr(discovery, "_haystack", lambda entry: Haystack("pingfrap"))
    Haystack.looked = 0
    answer = office.clients["guest"].get("/api/v2/discovery/search", json={"q": words})
    assert (answer.status_code, answer.json["data"]["query"]) == (200, words)
    methods = office.clients["guest"].get("/api/v2/discovery/method").json["data"]["methods"]
    assert Haystack.looked == each * len(methods)


# --- passwords, which a guest may have judged --------------------------------------------------------------

ALL = "".join(sorted(strength.DISGUISES))


@pytest.mark.parametrize(
    ("password", "is_asked"),
    [
        pytest.param("correct horse 7", True, id="words"),
        pytest.param("P@$$w0rd!", True, id="a word in disguise"),
        pytest.param(ALL[: strength.MOST_DISGUISES] * 5, True, id="as many as there may be, again and again"),
        pytest.param(ALL[: strength.MOST_DISGUISES + 1], False, id="one more"),
        pytest.param(ALL * 3, False, id="all of them: 12 seconds"),
        pytest.param("x" * strength.LONGEST + ALL, True, id="behind what is looked at"),
    ],
)
def test_zxcvbn_is_asked_what_it_answers_soon(
    office: Office, monkeypatch: pytest.MonkeyPatch, password: str, is_asked: bool
) -> None:
    asked: list[str] = []

    def answer(text: str, words: list[str]) -> dict[str, Any]:
        asked.append(text)
        return {"score": 4, "sequence": []}

    monkeypatch.setattr(strength, "_library", lambda: types.SimpleNamespace(zxcvbn=answer))
    said = office.clients["guest"].post(
        "/api/method/frappe.core.doctype.user.user.test_password_strength", json={"new_password": password}
    )
    assert said.json["message"]["score"] == 4  # by our own rule they are good passwords too
    assert asked == ([password[: strength.LONGEST]] if is_asked else [])
    assert strength.advice(password) == "" or not is_asked
