"""The site that the judge judges: each value of each document is a word that stands nowhere else, a canary.

A word in an answer tells so what it was taken from. The DocTypes have all that the rules speak of: levels in a
document and in its rows, rights of owners, shares, User Permissions on links, on the DocType itself and on links in
rows, submitted and cancelled documents, a Single, a tree, files, secrets. `planting`
makes the site once, `open_site` gives as many of it as wanted.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from werkzeug.security import generate_password_hash

import frappe_lite
from frappe_lite.access import auth
from frappe_lite.document import Document
from frappe_lite.whitelist import whitelist

PASSWORD = "correct horse 7"
ANN, BEN, WEB, BOSS, EVE = (f"{each}@x.org" for each in ("ann", "ben", "web", "boss", "eve"))
USERS = {ANN: ("Clerk",), BEN: ("Judge",), WEB: ("Portal",), BOSS: ("System Manager",), EVE: ()}

FULL = ("read", "write", "create", "delete", "submit", "cancel", "amend", "share", "report", "export")
RIGHTS = (*FULL, "select", "print", "email")


def doctype(name: str, fields: str, rules: str = "", **more: Any) -> dict[str, Any]:
    """A DocType by its fields, `name kind @level options =fetch_from`, and rules, `role @level *if_owner: rights`."""
    return {
        "doctype": "DocType", "name": name, "module": "Custom", "custom": 1, "autoname": "prompt", **more,
        "fields": [_field(each.split()) for each in fields.split(";")],
        "permissions": [_fitting(_rule(*each.split(":")), more) for each in rules.split(";") if each],
    }  # fmt: skip


def _fitting(rule: dict[str, Any], doctype: dict[str, Any]) -> dict[str, Any]:
    """The rule, without the rights that only documents which are submitted have."""
    return rule if doctype.get("is_submittable") else {**rule, "submit": 0, "cancel": 0, "amend": 0}


def _marked(words: list[str], mark: str) -> str:
    return next((word[1:] for word in words if word[0] == mark), "")


def _field(words: list[str]) -> dict[str, Any]:
    name, kind, *rest = [*words, "Data"] if len(words) == 1 else words
    options = " ".join(word for word in rest if word[0] not in "@=+").replace("/", "\n")
    field = {"fieldname": name, "fieldtype": kind.replace("_", " "), "label": name.title(), "options": options}
    flag = {_marked(rest, "+"): 1} if _marked(rest, "+") else {}
    return {**field, "permlevel": _marked(rest, "@") or 0, "fetch_from": _marked(rest, "=") or None, **flag}


def _rule(who: str, given: str) -> dict[str, Any]:
    role, *marks = who.split()
    held = FULL if given.strip() == "all" else given.split()
    rule = {"role": role.replace("_", " "), "permlevel": _marked(marks, "@") or 0, "if_owner": int("*" in marks)}
    return {**rule, **{right: int(right in held) for right in RIGHTS}}


DOCTYPES = [
    doctype("Region", "title; plan Text @1", "Clerk:read; Judge:all", is_tree=1, title_field="title"),
    doctype(
        "Client",
        "title; rating Text @1; credit Int @1; pin Password; region Link Region; address Small_Text",
        "Clerk:read write; Judge:read export; Judge @1:read; Portal:select",
        title_field="title", search_fields="title", allow_rename=1,
    ),
    doctype("Case Line", "item; price Int @1; margin Int @2; client Link Client; remark Small_Text @1", istable=1),
    doctype("Case Cost", "what; amount Int", istable=1),
    doctype(
        "Case",
        "title; body Text; status Select Open/Closed; note Text @1; verdict Text @2; fee Int @1; client Link Client;"
        "region Link Region; lines Table Case Line; costs Table @1 Case Cost; ruling Small_Text +allow_on_submit;"
        "picture Attach; pin Password; client_title Data =client.title; amended_from Link +no_copy Case",
        "Clerk:read write create report export share; Clerk @1:read; Judge:all; Judge @1:read write;"
        "Portal *:read write create delete; Chief:all; Chief @2:read write",
        is_submittable=1, track_changes=1, allow_rename=1, title_field="title", search_fields="title,status",
    ),
    doctype("Diary Line", "line; aside Small_Text @1", istable=1),
    doctype(
        "Diary",
        "title; text Text; mood Text @1; client Link Client; client_note Data =client.rating; lines Table Diary Line;"
        "friend Link User",
        "All *:all; Chief @1:read write",
        track_changes=1, is_submittable=1, allow_rename=1, title_field="title",
    ),
    doctype("Notice", "title; text Text; inner Text @1", "Guest:read; Desk_User @1:read; Judge:read write create"),
    doctype("Vault", "title;text Text;code Text @1", "Chief:all;Chief @1:read write", allow_rename=1, track_changes=1),
    doctype("Office", "greeting; budget Text @1; pin Password", "Clerk:read; Judge:read write", issingle=1),
]  # fmt: skip

WORLD_DOCTYPES = [each["name"] for each in DOCTYPES]


class CaseController(Document):
    """Whitelisted methods, as an app's: one that tells, one that changes."""

    status: Any

    @whitelist()
    def summary(self) -> str:
        return f"{self.doctype} {self.name}"

    @whitelist()
    def close(self) -> str:
        self.status = "Closed"
        self.save()
        return "closed"


@dataclass(frozen=True)
class Caller:
    """Who asks: a user, by a key that may be narrow."""

    label: str
    user: str
    scopes: tuple[str, ...] | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.label} ({self.user}{', a key for ' + ' '.join(self.scopes) if self.scopes else ''})"


NARROW = {
    "reader": (BEN, ("Case:read",)),
    "helper": (BOSS, ("User:write", "Note:read", "Version:read", "Comment:read")),
}


@dataclass
class World:
    """The file of the site, its callers, and what was planted that is no document."""

    content: bytes = b""
    key: bytes = b""
    callers: list[Caller] = field(default_factory=list)
    managers: dict[str, Caller] = field(default_factory=dict)  # who may too much for requests by chance
    secrets: dict[str, str] = field(default_factory=dict)  # text that no answer may hold -> what it is


class JudgedSite(frappe_lite.Site):
    """A site of the world. Its jobs wait for ever."""

    def __init__(self, database: str = ":memory:", template: bytes = b"", key: bytes = b"") -> None:
        self.template = template
        super().__init__(database, files="database", synchronous="off", on_reset_link=lambda *_: None)
        self.controllers["Case"] = CaseController
        if key:
            Path(f"{self.database.path}-key").write_bytes(key)

    def run_later(self, user: str, function: Callable[..., Any], kwargs: dict[str, Any]) -> None:
        """Nothing of a job belongs to the request that asked for it."""


def open_site(world: World) -> JudgedSite:
    return JudgedSite(template=world.content, key=world.key)


@contextlib.contextmanager
def cheap_hashes() -> Iterator[None]:
    """Inside, password hashes take no time."""
    cheap = functools.partial(generate_password_hash, method="pbkdf2:sha256:1")
    with (
        mock.patch.object(auth, "generate_password_hash", cheap),
        mock.patch.object(auth, "_dummy_hash", functools.cache(lambda: cheap("nobody"))),
    ):
        yield
