"""What the tests of attacks share: a judge, names of documents to attack, and short ways to say a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from answers import Answer
from attempts import Attempt
from held import Change
from judge import Judge, Violation, quiet
from world import ANN, BEN, EVE, Caller, cheap_hashes

Row = dict[str, Any]
Words = dict[str, str]

CLIENT, DESK = "frappe.client", "frappe.desk"


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with cheap_hashes(), quiet():
        made = Judge()
        yield made
        made.close()


@pytest.fixture(scope="module")
def words(judge: Judge) -> Words:
    """Names of documents that the attacks are about."""
    documents, children = judge.data.documents, judge.data.children
    cases = list(documents["Case"].values())
    limit, shared = judge.rules["ann"].limits["Client"], {row["share_name"] for row in documents["DocShare"].values()}

    def first(doctype: str, fits: Callable[[Row], Any]) -> str:
        return next(str(name) for name, row in documents[doctype].items() if fits(row))

    def row_of(case: str, doctype: str) -> str:
        return next(str(row["name"]) for kind, row in children["Case", case] if kind == doctype)

    def foreign(case: Row) -> bool:
        return any(row.get("client") not in (None, "", *limit) for _, row in children["Case", case["name"]])

    own, case = first("Case", lambda row: row["owner"] == ANN), str(cases[0]["name"])
    submitted = first("Case", lambda row: row["docstatus"] == 1)
    cancelled = first("Case", lambda row: row["docstatus"] == 2)
    share = first("DocShare", lambda row: row["user"] == BEN and row["share_doctype"] == "Vault")
    return {
        "case": case,
        "own": own,
        "submitted": submitted,
        "cancelled": cancelled,
        "foreign": first("Case", lambda row: row["client"] in limit and foreign(row)),
        "client": first("Client", lambda row: row["name"] in limit),
        "other client": first("Client", lambda row: row["name"] not in limit),
        "line": row_of(case, "Case Line"),
        "cost": row_of(case, "Case Cost"),
        "submitted line": row_of(submitted, "Case Line"),
        "cancelled line": row_of(cancelled, "Case Line"),
        "diary": first("Diary", lambda row: row["owner"] == ANN),
        "vault": first("Vault", lambda row: row["name"] not in shared),
        "shared": str(documents["DocShare"][share]["share_name"]),
        "share": share,
        "hash": documents["File"][first("File", lambda row: row["is_private"] and row["owner"] == EVE)]["content_hash"],
        "file": first("File", lambda row: row["owner"] == ANN and row["content_hash"]),
        "version": first("Version", lambda row: row["docname"] == case),
    }


def filled(value: Any, words: Words) -> Any:
    """`{case}` and the like in every text."""
    if isinstance(value, dict):
        return {key: filled(each, words) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, words) for each in value]
    return value.format_map(words) if isinstance(value, str) and "{" in value and '"' not in value else value


def attempt(line: str, body: Any, words: Words) -> Attempt:
    """`POST frappe.client.get` is a method, all else a path below /api; what a GET says goes into the query string."""
    verb, _, path = line.partition(" ")
    path = f"method/{path}" if "/" not in path else path
    path = filled(path, words).replace(" ", "%20")
    given = filled(body, words)
    return Attempt(line, verb, f"/api/{path}", *((given or {}, None) if verb in ("GET", "HEAD") else ({}, given)))


def rows(*given: tuple[Any, ...]) -> list[Any]:
    """Rows of (caller, request line, body), each named by its line and its number."""
    return [pytest.param(*each, id=f"{number} {each[0]} {each[1]}") for number, each in enumerate(given, 1)]


def doc(doctype: str, name: str = "", **values: Any) -> Row:
    return {"doctype": doctype, **({"name": name} if name else {}), **values}


def changed(doctype: str, name: str, **values: Any) -> Row:
    return {"docs": [{"doctype": doctype, "docname": name, "name": name, **values}]}


def batch(method: str, path: str, body: Any = None) -> Row:
    return {"operations": [{"method": method, "path": f"/api/{path}", **({"body": body} if body is not None else {})}]}


def steps(judge: Judge, caller: Caller, *attempts: Attempt) -> tuple[list[Answer], list[Change]]:
    """The answers to requests in a row, and all that they changed; then everything is as before."""
    answers = [judge.bench.ask(caller, each) for each in attempts]
    changes = judge.bench.held.changes()
    judge.bench.held.restore()
    return answers, changes


def told(found: list[Violation]) -> str:
    """Violations, as the message of an assertion."""
    return "\n\n".join(map(str, found))
