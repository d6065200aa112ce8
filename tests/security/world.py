"""The site that the judge judges: each value of each document is a word that stands nowhere else, a canary.

A word in an answer tells so what it was taken from. The DocTypes have all that the rules speak of: levels in a
document and in its rows, rights of owners, shares, User Permissions on links, on the DocType itself and on links in
rows, submitted and cancelled documents, a Single, a tree, files, secrets. `build` makes the site once, `open_site`
gives as many of it as wanted.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from werkzeug.security import generate_password_hash

import frappe_lite
from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.document import Document, history
from frappe_lite.parts import keys
from frappe_lite.store import digest
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
        "permissions": [_rule(*each.split(":")) for each in rules.split(";") if each],
    }  # fmt: skip


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


@functools.cache
def build() -> World:
    """Make the world's site. A second's work, done once."""
    with tempfile.TemporaryDirectory(prefix="judge-") as folder, cheap_hashes():
        path = Path(folder) / "world.db"
        site, world = JudgedSite(str(path)), World()
        with site.acting() as ctx:
            ctx.flags.ignore_password_policy = True
            Planter(ctx, world).plant()
        site.close()
        world.content, world.key = path.read_bytes(), Path(f"{path}-key").read_bytes()
    return world


class Planter:
    """Plants the documents, as the Administrator."""

    def __init__(self, ctx: Any, world: World):
        self.ctx, self.world, self.counter = ctx, world, itertools.count(1)

    def word(self) -> str:
        number, text = next(self.counter), ""
        for _ in range(4):
            number, digit = divmod(number, 36)
            text = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + text
        return f"zq{text}qz"

    def number(self) -> int:
        return 774_000_000 + next(self.counter)

    def value(self, kind: str) -> Any:
        return (
            self.number()
            if kind == "Int"
            else self.word()
            if kind in ("Data", "Text", "Small Text", "Password", "Text Editor")
            else None
        )

    def make(self, doctype: str, owner: str = EVE, name: str | None = None, **given: Any) -> str:
        """Store a document with a canary in each field that is not given; its name, a canary too."""
        meta = self.ctx.meta(doctype)
        values = {"doctype": doctype, "owner": owner, **self.filled(meta, given)}
        made = document.new(self.ctx, values)
        made.flags.ignore_links = True
        made.insert(set_name=name or f"{doctype.lower().replace(' ', '-')}-{self.word()}")
        return str(made.name)

    def filled(self, meta: Any, given: dict[str, Any]) -> dict[str, Any]:
        if meta.name in WORLD_DOCTYPES:
            given = {
                **{each.fieldname: self.value(each.fieldtype) for each in meta.fields if not each.fetch_from},
                **given,
            }
        for table in meta.table_fields if meta.name in WORLD_DOCTYPES else ():
            child = self.ctx.meta(table.options)
            given[table.fieldname] = [self.filled(child, dict(row)) for row in given.get(table.fieldname) or [{}, {}]]
        return {key: value for key, value in given.items() if value is not None}

    def change(self, doctype: str, name: str) -> None:
        """Write each value anew, so that a Version holds the old ones."""
        doc = document.load(self.ctx, doctype, name)
        for each in [doc, *doc.get_all_children()]:
            for one_field in each.meta.fields:
                if one_field.fieldtype in ("Data", "Text", "Int", "Small Text") and not one_field.fetch_from:
                    each.set(one_field.fieldname, self.value(one_field.fieldtype))
        doc.flags.ignore_links = True
        doc.save()

    def plant(self) -> None:
        self.users()
        for each in DOCTYPES:
            document.new(self.ctx, each).insert()
        self.cases()
        self.others()
        self.records()
        self.keys()

    def users(self) -> None:
        for role in ("Clerk", "Judge", "Chief", "Portal"):
            document.new(
                self.ctx, {"doctype": "Role", "role_name": role, "desk_access": int(role != "Portal")}
            ).insert()
        for user, roles in USERS.items():
            values = {
                "email": user,
                "first_name": user.partition("@")[0],
                "new_password": PASSWORD,
                "bio": self.word(),
                "phone": f"+{self.number()}",
                "location": self.word(),
            }
            document.new(self.ctx, {"doctype": "User", **values, "roles": [{"role": role} for role in roles]}).insert()

    def cases(self) -> None:
        make = self.make
        north = make("Region", is_group=1)
        below, south = make("Region", parent_region=north), make("Region")
        mine, other = make("Client", region=north), make("Client", region=south)
        good = [{"client": mine}, {"client": mine}]
        far = [{"client": mine}, {"client": other}]
        cases = [
            make("Case", client=mine, region=north, lines=good),
            make("Case", client=other, region=north, lines=good),
            make("Case", client=mine, region=north, lines=far),
            make("Case", client=mine, region=south, lines=good),
            make("Case", client=mine, region=below, lines=good, owner=ANN),
            make("Case", client=mine, region=north, lines=good, docstatus=1),
            make("Case", client=mine, region=north, lines=good, docstatus=1),
            make("Case"),
            make("Case", client=other, owner=WEB),
            make("Case", client=mine, owner=WEB, docstatus=1),
            make("Case", client=other),
            make("Case", client=other, owner=BEN, docstatus=1),
        ]
        document.load(self.ctx, "Case", cases[6]).cancel()
        vaults = [make("Vault") for _ in range(5)]
        for each in [("Case", name) for name in cases[:5]] + [("Vault", name) for name in vaults[:2]]:
            self.change(*each)
        for user, rights, doctype, name in (
            (ANN, "read", "Case", cases[10]),
            (WEB, "read write submit", "Case", cases[11]),
            (BEN, "read share", "Vault", vaults[0]),
            (WEB, "read write share", "Vault", vaults[1]),
            (ANN, "read write", "Vault", vaults[3]),
            (None, "read", "Vault", vaults[4]),
        ):
            share = {
                "user": user,
                "everyone": int(user is None),
                "share_doctype": doctype,
                "share_name": name,
                **{right: 1 for right in rights.split()},
            }
            document.new(self.ctx, {"doctype": "DocShare", **share}).insert()
        for allow, value in (("Client", mine), ("Region", north)):
            document.new(
                self.ctx,
                {
                    "doctype": "User Permission",
                    "user": ANN,
                    "allow": allow,
                    "for_value": value,
                    "apply_to_all_doctypes": 1,
                },
            ).insert()
        document.new(
            self.ctx,
            {
                "doctype": "User Permission",
                "user": BEN,
                "allow": "Notice",
                "for_value": make("Notice"),
                "apply_to_all_doctypes": 1,
            },
        ).insert()
        self.known = {"case": cases[0], "hidden": cases[1], "vault": vaults[2], "foreign": vaults[0]}

    def others(self) -> None:
        make = self.make
        make("Notice")
        for user in (ANN, BEN, WEB, EVE):
            diary = make("Diary", owner=user, friend=user, docstatus=int(user in (BEN, EVE)))
            self.change("Diary", diary) if user not in (BEN, EVE) else None
            make("Note", owner=user, title=self.word(), content=self.word())
        office = document.load(self.ctx, "Office", "Office")
        office.update({"greeting": self.word(), "budget": self.word(), "pin": self.word()})
        office.save()
        for reference, to in (("vault", EVE), ("hidden", BEN), ("case", EVE), ("foreign", WEB)):
            about = {
                "reference_type": "Vault" if reference in ("vault", "foreign") else "Case",
                "reference_name": self.known[reference],
            }
            make("ToDo", owner=BOSS, allocated_to=to, assigned_by=BOSS, description=self.word(), **about)
        make("ToDo", owner=WEB, allocated_to=WEB, description=self.word())
        make("Contact", owner=EVE, first_name=self.word(), department=self.word())
        columns = [["name", "Case"], ["title", "Case"], ["verdict", "Case"], ["price", "Case Line"]]
        report = {
            "ref_doctype": "Case",
            "report_name": "Hidden Columns",
            "report_type": "Report Builder",
            "is_standard": "No",
            "json": json.dumps({"fields": columns}),
        }
        make("Report", name="Hidden Columns", **report)

    def records(self) -> None:
        document.new(self.ctx, {"doctype": "Tag"}).insert(set_name="urgent")
        for reference in self.known:
            doctype = "Vault" if reference in ("vault", "foreign") else "Case"
            name = self.known[reference]
            history.add_comment(self.ctx, doctype, name, self.word())
            document.set_values(
                self.ctx, self.ctx.meta(doctype), name, {"_user_tags": "urgent", "_assign": json.dumps([EVE])}
            )
            make_tag = {"doctype": "Tag Link", "document_type": doctype, "document_name": name, "tag": "urgent"}
            document.new(self.ctx, make_tag).insert(set_name=f"tag-{self.word()}")
            self.file(attached_to_doctype=doctype, attached_to_name=name)
        for user in (EVE, ANN, WEB):
            self.file(owner=user)
        self.file(is_private=0)

    def file(self, **given: Any) -> None:
        word = self.word()
        values = {
            "doctype": "File",
            "owner": EVE,
            "file_name": f"{word}.txt",
            "is_private": 1,
            "content": self.word(),
            **given,
        }
        document.new(self.ctx, values).insert(set_name=f"file-{self.word()}")

    def keys(self) -> None:
        """Credentials: those of the callers, and others' that are nobody's business."""
        for user in (EVE, BOSS, ANN):
            made = keys.make_key(self.ctx, user, self.word(), "all", None)
            self.world.secrets[made["api_secret"]] = f"the secret of a key of {user}"
            sid = f"sid-{self.word()}"
            values = (digest(sid), user, time.time(), time.time(), "192.0.2.1", self.word())
            self.ctx.store.database.execute(
                'INSERT INTO "tabSessions" (sid, user, created, seen, ip, user_agent) VALUES (?, ?, ?, ?, ?, ?)', values
            )
        for user in (ANN, BEN, WEB):
            self.caller(user.partition("@")[0], user, None, auth.generate_keys(self.ctx, user))
        self.world.callers.append(Caller("guest", "Guest"))
        for label, user in (("boss", BOSS), ("administrator", "Administrator")):
            self.caller(label, user, None, auth.generate_keys(self.ctx, user))
            self.world.managers[label] = self.world.callers.pop()
        for label, (user, scopes) in NARROW.items():
            made = keys.make_key(self.ctx, user, label, " ".join(scopes), None)
            self.caller(label, user, scopes, (made["api_key"], made["api_secret"]))
        for row in self.ctx.store.database.rows('SELECT doctype, name, fieldname, password FROM "__Auth"'):
            self.world.secrets[row[3]] = f"what is kept of {row[0]} {row[1]} {row[2]}"

    def caller(self, label: str, user: str, scopes: tuple[str, ...] | None, key: tuple[str, str]) -> None:
        self.world.callers.append(Caller(label, user, scopes, (("Authorization", f"token {key[0]}:{key[1]}"),)))
