"""Plants the documents of the world: a canary in every field, old values in Versions, files, shares, keys."""

from __future__ import annotations

import functools
import itertools
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from frappe_lite import document
from frappe_lite.access import auth
from frappe_lite.access.hashing import digest
from frappe_lite.document import history
from frappe_lite.parts import keys
from world import (
    ANN,
    BEN,
    BOSS,
    DOCTYPES,
    EVE,
    NARROW,
    PASSWORD,
    USERS,
    WEB,
    WORLD_DOCTYPES,
    Caller,
    JudgedSite,
    World,
    cheap_hashes,
)


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
        made = document.new(self.ctx, {"doctype": doctype, **self.filled(meta, given)})
        made.flags.ignore_links = True
        made.insert(set_name=name or f"{doctype.lower().replace(' ', '-')}-{self.word()}")
        self.ctx.store.update(meta, made.name, {"owner": owner})  # what is new is its maker's
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

    def file(self, owner: str = EVE, **given: Any) -> None:
        word = self.word()
        values = {
            "doctype": "File",
            "file_name": f"{word}.txt",
            "is_private": 1,
            "content": self.word(),
            **given,
        }
        made = document.new(self.ctx, values).insert(set_name=f"file-{self.word()}")
        self.ctx.store.update(made.meta, made.name, {"owner": owner})

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
