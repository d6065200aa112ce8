"""Every door takes documents the same way.

Judged as stored, refused alike whether there or not, rows with their document, shown as far as one may read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document import schema
from frappe_lite.whitelist import describe

SECRET, COST = "SECRET-OF-LEVEL-1", 656565
CLERK, READER, BUYER = ({"role": role, **dict.fromkeys(rights.split(), 1)} for role, rights in (
    ("Clerk", "read write create delete submit cancel amend share"), ("Reader", "read"), ("Buyer", "create write"),
))  # fmt: skip

ITEM_FIELDS = [
    {"fieldname": "item", "fieldtype": "Data"},
    {"fieldname": "note", "fieldtype": "Data", "allow_on_submit": 1},
    {"fieldname": "cost", "fieldtype": "Int", "permlevel": 1},
    {"fieldname": "customer", "fieldtype": "Link", "options": "Buyer Co"},
]
ORDER_FIELDS = [
    {"fieldname": "title", "fieldtype": "Data"},
    {"fieldname": "customer", "fieldtype": "Link", "options": "Buyer Co"},
    {"fieldname": "secret", "fieldtype": "Data", "permlevel": 1},
    {"fieldname": "amended_from", "fieldtype": "Link", "options": "Order", "no_copy": 1},
    {"fieldname": "items", "fieldtype": "Table", "options": "Order Item"},
    {"fieldname": "later", "fieldtype": "Table", "options": "Order Item", "allow_on_submit": 1},
    {"fieldname": "hidden", "fieldtype": "Table", "options": "Order Item", "permlevel": 1},
]
DRAFT, SENT, GONE = "O-draft", "O-sent", "O-gone"


class Office(BaseOffice):
    """Orders in each state with rows in each table, and who may do what with them."""

    users = {"clerk": (), "reader": (), "buyer": (), "boss": (), "outsider": ()}

    def fill(self, ctx: Context) -> None:
        for role in ("Clerk", "Reader", "Buyer", "Boss"):
            schema.insert_record(ctx, "Role", role, role_name=role, desk_access=1)
        for user, roles in (
            ("clerk", ["Clerk"]),
            ("reader", ["Reader"]),
            ("buyer", ["Buyer"]),
            ("boss", ["Clerk", "Boss"]),
        ):
            document.load(ctx, "User", f"{user}@x.org").add_roles(*roles)
        schema.store_doctype(
            ctx,
            {
                "doctype": "DocType",
                "name": "Buyer Co",
                "fields": [{"fieldname": "rank", "fieldtype": "Int"}],
                "permissions": [READER, {**READER, "role": "Clerk"}],
            },
        )
        schema.store_doctype(ctx, {"doctype": "DocType", "name": "Order Item", "istable": 1, "fields": ITEM_FIELDS})
        levels = [
            {"role": "Boss", "permlevel": 1, "read": 1, "write": 1},
            {"role": "Reader", "permlevel": 1, "read": 1},
        ]
        order = {
            "doctype": "DocType",
            "name": "Order",
            "is_submittable": 1,
            "allow_rename": 1,
            "track_changes": 1,
            "autoname": "prompt",
            "fields": ORDER_FIELDS,
        }
        schema.store_doctype(ctx, {**order, "permissions": [CLERK, READER, BUYER, *levels]})
        for name in ("ACME", "Evil"):
            document.new(ctx, {"doctype": "Buyer Co"}).insert(set_name=name)
        for name in (DRAFT, SENT, GONE):
            doc = document.new(
                ctx,
                {
                    "doctype": "Order",
                    "title": name,
                    "secret": SECRET,
                    **{table: [{"item": table, "cost": COST}] for table in ("items", "later", "hidden")},
                },
            )
            doc.insert(set_name=name)
        for name in (SENT, GONE):
            document.load(ctx, "Order", name).submit()
        document.load(ctx, "Order", GONE).cancel()

    def row(self, order: str, table: str = "items") -> str:
        return str(
            self.site.database.rows(
                'SELECT name FROM "tabOrder Item" WHERE parent = ? AND parentfield = ? ORDER BY idx', (order, table)
            )[0][0]
        )

    def state(self) -> list[Any]:
        columns = "name, modified, docstatus"
        items = self.site.database.rows(
            'SELECT parent, parentfield, idx, item, note, cost, docstatus FROM "tabOrder Item" ORDER BY parent, '
            "parentfield, idx"
        )
        return [*self.site.database.rows(f'SELECT {columns}, title, secret FROM "tabOrder" ORDER BY name'), *items]

    def call(self, who: str, request: str, body: Any = None) -> TestResponse:
        return self.clients[who](request, body)


def rpc(method: str, /, **body: Any) -> tuple[str, dict[str, Any]]:
    return f"POST /api/method/{method}", body


def one(method: str, path: str, body: Any = None) -> tuple[str, Any]:
    """The operation alone in a batch that is undone."""
    return "POST /api/v2/batch", {
        "dry_run": True,
        "operations": [{"method": method, "path": path, **({"body": body} if body is not None else {})}],
    }


def get(path: str) -> tuple[str, None]:
    return f"GET {path}", None


# --- what is shown -----------------------------------------------------------------------------------------

DOORS: list[Any] = [
    pytest.param(get(f"/api/resource/Order/{DRAFT}"), id="v1 GET"),
    pytest.param(get(f"/api/v2/document/Order/{DRAFT}"), id="v2 GET"),
    pytest.param(
        (f"PUT /api/resource/Order/{DRAFT}", {"secret": "x", "hidden": [], "title": "x"}),
        id="v1 PUT that names what is hidden",
    ),
    pytest.param((f"PUT /api/v2/document/Order/{DRAFT}", {"secret": "x", "hidden": []}), id="v2 PUT"),
    pytest.param(one("PUT", f"/api/resource/Order/{DRAFT}", {"secret": "x", "hidden": []}), id="v1 PUT in a dry run"),
    pytest.param(one("PUT", f"/api/v2/document/Order/{DRAFT}", {"secret": "x"}), id="v2 PUT in a dry run"),
    pytest.param(get(f"/api/v2/document/Order/{DRAFT}/copy"), id="copy"),
    pytest.param(
        (f"POST /api/v2/document/Order/{DRAFT}/method/submit", {}), id="v2 method that answers with its document"
    ),
    pytest.param(
        (f"POST /api/resource/Order/{DRAFT}?run_method=submit", {}), id="v1 method that answers with its document"
    ),
    pytest.param(rpc("run_doc_method", dt="Order", dn=DRAFT, method="submit"), id="run_doc_method by name"),
    pytest.param(
        rpc("run_doc_method", docs=json.dumps({"doctype": "Order", "name": DRAFT}), method="submit"),
        id="run_doc_method with the document",
    ),
    pytest.param(rpc("frappe.client.get", doctype="Order", name=DRAFT), id="client.get"),
    pytest.param(
        rpc("frappe.client.set_value", doctype="Order", name=DRAFT, fieldname={"title": "y", "secret": "x"}),
        id="client.set_value",
    ),
    pytest.param(rpc("frappe.client.cancel", doctype="Order", name=SENT), id="client.cancel"),
    pytest.param(rpc("frappe.desk.form.load.getdoc", doctype="Order", name=DRAFT), id="getdoc"),
    pytest.param(
        rpc(
            "frappe.desk.form.save.savedocs",
            doc=json.dumps({"doctype": "Order", "name": DRAFT, "secret": "x"}),
            action="Save",
        ),
        id="savedocs",
    ),
    pytest.param(
        ("POST /api/v2/document/Order/bulk_update", {"docs": [{"name": DRAFT, "secret": "x", "hidden": []}]}),
        id="v2 bulk_update",
    ),
    pytest.param(get(f"/api/resource/Order Item/$row/{DRAFT}/items"), id="v1 GET of a row"),
    pytest.param(("PUT /api/resource/Order Item/$row/O-draft/items", {"cost": 1}), id="v1 PUT of a row"),
]


@pytest.fixture(autouse=True)
def undone(office: Office) -> Any:
    """Each test begins from the same documents."""
    before = office.site.database.rows('SELECT name, docstatus, title, modified FROM "tabOrder"')
    rows = office.site.database.rows('SELECT * FROM "tabOrder Item"')
    yield
    execute = office.site.database.execute
    with office.site.acting():
        execute('DELETE FROM "tabOrder" WHERE name NOT IN (?, ?, ?)', (DRAFT, SENT, GONE))
        for name, docstatus, title, modified in before:
            execute(
                'UPDATE "tabOrder" SET docstatus = ?, title = ?, modified = ?, secret = ? WHERE name = ?',
                (docstatus, title, modified, SECRET, name),
            )
        execute('DELETE FROM "tabOrder Item"')
        for row in rows:
            execute(f'INSERT INTO "tabOrder Item" VALUES ({", ".join("?" * len(row))})', tuple(row))
        for doctype in ("DocShare", "User Permission", "Version", "ToDo"):
            execute(
                f"DELETE FROM \"tab{doctype}\" WHERE owner LIKE '%@x.org' OR owner = 'Administrator' AND "
                f"\"tab{doctype}\".name NOT LIKE 'user-%'"
            )
    office.site.forget()


def placed(office: Office, request: str) -> str:
    """`…/$row/ORDER/TABLE` -> the name of that row."""
    head, found, rest = request.partition("$row/")
    return head + office.row(*rest.split("/")) if found else request


@pytest.mark.parametrize("door", DOORS)
def test_no_door_shows_what_is_above_the_callers_level(office: Office, door: tuple[str, Any]) -> None:
    answer = office.call("clerk", placed(office, door[0]), door[1])
    assert answer.status_code == 200, answer.text
    assert (
        SECRET not in answer.text
        and str(COST) not in answer.text
        and '"hidden"' not in re.sub('"hidden": ?(null|\\[])|"names": ?..hidden".', "", answer.text.replace('\\"', '"'))
    )
    assert office.state()[0][4] == SECRET, "nor changes it"


@pytest.mark.parametrize("door", DOORS)
def test_every_door_shows_it_to_who_has_the_level(office: Office, door: tuple[str, Any]) -> None:
    answer = office.call(
        "boss", placed(office, door[0]), {key: value for key, value in (door[1] or {}).items()} if door[1] else None
    )
    assert answer.status_code == 200 and (
        SECRET in answer.text
        or str(COST) in answer.text
        or '"x"' in answer.text.replace('\\"', '"')
        or '"cost":1' in answer.text.replace(" ", "")
    )


@pytest.mark.parametrize(
    ("door", "status"),
    [
        pytest.param(("POST /api/resource/Order", {"name": "O-new", "title": "mine"}), 201, id="v1 POST"),
        pytest.param(("POST /api/v2/document/Order", {"name": "O-new", "title": "mine"}), 201, id="v2 POST"),
        pytest.param((f"PUT /api/resource/Order/{DRAFT}", {"title": "mine"}), 200, id="v1 PUT"),
        pytest.param(
            rpc("frappe.client.set_value", doctype="Order", name=DRAFT, fieldname="title", value="mine"),
            200,
            id="client.set_value",
        ),
    ],
)
def test_who_writes_without_reading_is_told_the_name_and_no_more(
    office: Office, door: tuple[str, Any], status: int
) -> None:
    answer = office.call("buyer", *door)
    assert answer.status_code == status
    told = answer.json.get("data") or answer.json["message"]
    assert told["name"] and not {"title", "items", "secret"} & set(told)


@pytest.mark.parametrize(
    ("tables", "costs"),
    [
        ({"items": ["items"]}, {"items": [COST], "later": [COST]}),
        ({"items": ["items", "items"]}, {"items": [COST, 0], "later": [COST]}),
        ({"items": ["items", "later"]}, {"items": [COST, 0], "later": [COST]}),
        ({"items": ["later"], "later": []}, {"items": [0], "later": []}),
    ],
    ids=["the row itself", "a row twice", "a row of another table", "a row that comes from another table"],
)
def test_a_row_keeps_its_own_cost_alone(office: Office, tables: dict[str, Any], costs: dict[str, Any]) -> None:
    """What a row may not be given it has from what is stored under its name in its table, once."""
    rows = {table: [{"name": office.row(DRAFT, each)} for each in given] for table, given in tables.items()}
    assert office.call("clerk", f"PUT /api/resource/Order/{DRAFT}", rows).status_code == 200
    sql = 'SELECT cost FROM "tabOrder Item" WHERE parent = ? AND parentfield = ? ORDER BY idx'
    assert {table: [cost for (cost,) in office.site.database.rows(sql, (DRAFT, table))] for table in costs} == costs


def changed_costs(office: Office) -> None:
    office.call(
        "boss",
        f"PUT /api/resource/Order/{DRAFT}",
        {"title": "new title", "items": [{"name": office.row(DRAFT), "item": "new item", "cost": 424242}]},
    )
    office.call(
        "boss",
        f"PUT /api/resource/Order/{DRAFT}",
        {
            "secret": "secret 2",
            "hidden": [{"item": "h2", "cost": 515151}],
            "items": [{"item": "added", "cost": 737373}],
        },
    )


@pytest.mark.parametrize(
    ("who", "shown", "kept_back"),
    [
        pytest.param(
            "boss",
            {"new title", "new item", "424242", "secret 2", "515151", "737373", "added"},
            set(),
            id="with the level all of it",
        ),
        pytest.param(
            "clerk",
            {"new title", "new item", "added"},
            {"424242", "secret 2", "515151", "737373", str(COST), SECRET},
            id="without it what is left",
        ),
    ],
)
def test_versions_tell_what_the_caller_may_read(office: Office, who: str, shown: set[str], kept_back: set[str]) -> None:
    changed_costs(office)
    text = office.call(who, f"GET /api/method/frappe.desk.form.load.get_docinfo?doctype=Order&name={DRAFT}").text
    assert {each for each in shown | kept_back if each in text} == shown


def test_a_version_document_is_for_who_reads_all_levels(office: Office, new_user: Callable[..., Any]) -> None:
    changed_costs(office)
    with office.site.acting() as ctx:
        schema.insert_record(ctx, "Custom DocPerm", "v", parent="Version", role="Clerk", read=1)
        ctx.touch("Custom DocPerm")
    try:
        listed = {
            who: office.call(who, 'GET /api/resource/Version?fields=["data"]&filters={"ref_doctype":"Order"}').json[
                "data"
            ]
            for who in ("clerk", "boss")
        }
        assert listed["clerk"] == [] and len(listed["boss"]) == 2
        name = office.site.database.rows("SELECT name FROM tabVersion WHERE ref_doctype = 'Order'")[0][0]
        assert [office.call(who, f"GET /api/resource/Version/{name}").status_code for who in ("clerk", "boss")] == [
            403,
            200,
        ]
    finally:
        with office.site.acting() as ctx:
            ctx.store.database.execute("DELETE FROM \"tabCustom DocPerm\" WHERE name = 'v'")
            ctx.touch("Custom DocPerm")


# --- methods of documents ------------------------------------------------------------------------------------


def hold(office: Office, user: str, allow: str, value: str, **more: Any) -> None:
    made = office.call(
        "admin",
        "POST /api/resource/User Permission",
        {"user": f"{user}@x.org", "allow": allow, "for_value": value, "apply_to_all_doctypes": 1, **more},
    )
    assert made.status_code == 201, made.text


@pytest.fixture
def told_by(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Documents have a method `tell`; what it saw each time."""
    seen: list[Any] = []

    def tell(self: Any) -> None:
        seen.append((self.title, self.secret, self.owner, self.items[0].cost))

    tell.whitelisted = describe(tell)  # type: ignore[attr-defined]
    monkeypatch.setattr(document.Document, "tell", tell, raising=False)
    return seen


@pytest.mark.parametrize(
    "doc", [{"customer": "ACME"}, {"customer": None}, {"owner": "clerk@x.org"}, {"__islocal": 1}, {}]
)
def test_a_method_runs_on_a_document_that_the_caller_may_touch_as_it_is_stored(
    office: Office, told_by: list[Any], doc: dict[str, Any]
) -> None:
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("Order"), DRAFT, {"customer": "Evil"})
    hold(office, "clerk", "Buyer Co", "ACME")
    before = office.state()
    answer = office.call(
        "clerk", *rpc("run_doc_method", docs=json.dumps({"doctype": "Order", "name": DRAFT, **doc}), method="tell")
    )
    assert answer.status_code == 403 and office.state() == before and told_by == []
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("Order"), DRAFT, {"customer": None})


@pytest.mark.parametrize(
    "values", [{"customer": "Evil"}, {"items": [{"customer": "Evil"}]}], ids=["in a field", "in a row"]
)
def test_and_as_it_would_be(office: Office, told_by: list[Any], values: dict[str, Any]) -> None:
    hold(office, "clerk", "Buyer Co", "ACME")
    answer = office.call(
        "clerk", *rpc("run_doc_method", docs=json.dumps({"doctype": "Order", "name": DRAFT, **values}), method="tell")
    )
    assert answer.status_code == 403 and told_by == []


def test_a_method_sees_no_value_that_the_caller_may_not_write(office: Office, told_by: list[Any]) -> None:
    doc = {
        "doctype": "Order",
        "name": DRAFT,
        "title": "sent",
        "secret": "forged",
        "owner": "clerk@x.org",
        "items": [{"name": office.row(DRAFT), "item": "i", "cost": 1}],
    }
    assert office.call("clerk", *rpc("run_doc_method", docs=json.dumps(doc), method="tell")).status_code == 200
    assert told_by == [("sent", SECRET, "Administrator", COST)]


# --- rows of child tables --------------------------------------------------------------------------------------


def row_of(order: str, table: str = "items", **values: Any) -> dict[str, Any]:
    return {"doctype": "Order Item", "parent": order, "parenttype": "Order", "parentfield": table, **values}


def adding(order: str, table: str = "items", **values: Any) -> list[Any]:
    row = row_of(order, table, item="added", **values)
    return [
        ("POST /api/resource/Order Item", row),
        ("POST /api/v2/document/Order Item", row),
        rpc("frappe.client.insert", doc=row),
        rpc("frappe.client.insert_many", docs=[row]),
        rpc("frappe.client.save", doc=row),
        rpc("frappe.desk.form.save.savedocs", doc=json.dumps({**row, "__islocal": 1}), action="Save"),
        ("POST /api/v2/batch", {"operations": [{"method": "POST", "path": "/api/resource/Order Item", "body": row}]}),
    ]


def changing(order: str, table: str = "items", **values: Any) -> list[Any]:
    at = f"$row/{order}/{table}"
    return [
        (f"PUT /api/resource/Order Item/{at}", values),
        (f"PATCH /api/v2/document/Order Item/{at}", values),
        ("POST /api/method/frappe.client.set_value", {"doctype": "Order Item", "name": at, "fieldname": values}),
        (
            "POST /api/method/frappe.client.bulk_update",
            {"docs": json.dumps([{"doctype": "Order Item", "docname": at, **values}])},
        ),
        (
            "POST /api/method/frappe.desk.form.save.savedocs",
            {"doc": json.dumps({"doctype": "Order Item", "name": at, **values}), "action": "Save"},
        ),
        ("POST /api/v2/method/bulk_update", {"docs": [{"doctype": "Order Item", "name": at, **values}]}),
    ]


def removing(order: str, table: str = "items") -> list[Any]:
    at = f"$row/{order}/{table}"
    return [
        (f"DELETE /api/resource/Order Item/{at}", None),
        (f"DELETE /api/v2/document/Order Item/{at}", None),
        ("POST /api/method/frappe.client.delete", {"doctype": "Order Item", "name": at}),
        ("POST /api/v2/method/bulk_delete", {"docs": [{"doctype": "Order Item", "name": at}]}),
    ]


def told(office: Office, who: str, door: tuple[str, Any]) -> int:
    """The status of an answer; of bulk requests, that of what failed in it."""
    text = json.dumps(door[1])
    if "$row/" in text:
        at = text.partition("$row/")[2].partition('"')[0].rstrip("\\")
        text = text.replace(f"$row/{at}", office.row(*at.split("/")))
    answer = office.call(who, placed(office, door[0]), json.loads(text))
    if "bulk_" in door[0]:
        failed = (answer.json.get("data") or answer.json["message"]).get(
            "failed" if "/v2/" in door[0] else "failed_docs"
        )
        return 417 if failed else 200
    return answer.status_code


REFUSED = [
    pytest.param(
        "reader",
        [*adding(DRAFT), *changing(DRAFT, item="x"), *removing(DRAFT)],
        403,
        id="who may not write the document",
    ),
    pytest.param(
        "outsider", [*adding(DRAFT), *changing(DRAFT, item="x"), *removing(DRAFT)], 403, id="who has no right at all"
    ),
    pytest.param(
        "guest", [*adding(DRAFT)[:2], *changing(DRAFT, item="x")[:2], *removing(DRAFT)[:2]], 403, id="a guest"
    ),
    pytest.param(
        "clerk",
        [*adding(DRAFT, "hidden"), *changing(DRAFT, "hidden", item="x"), *removing(DRAFT, "hidden")],
        403,
        id="in a table of a level that he may not write",
    ),
    pytest.param(
        "clerk", [*adding(SENT), *removing(SENT), *changing(SENT, item="x")], 417, id="in a submitted document"
    ),
    pytest.param(
        "admin",
        [*adding(SENT), *removing(SENT), *changing(SENT, item="x")],
        417,
        id="in a submitted document, the Administrator neither",
    ),
    pytest.param(
        "clerk",
        [
            *adding(GONE),
            *removing(GONE),
            *changing(GONE, item="x"),
            *adding(GONE, "later"),
            *changing(GONE, "later", note="x"),
        ],
        417,
        id="in a cancelled document",
    ),
    pytest.param("clerk", [*adding(DRAFT, "title"), *adding(DRAFT, "nothing")], 417, id="in a place that is none"),
    pytest.param("clerk", adding("O-none"), 404, id="in a document that is none"),
    pytest.param(
        "admin",
        [
            (door[0], json.loads(json.dumps(door[1]).replace('"parent"', '"_"').replace('\\"parent\\"', '\\"_\\"')))
            for door in adding(DRAFT)
        ],
        417,
        id="without a document",
    ),
]


@pytest.mark.parametrize(("who", "doors", "status"), REFUSED)
def test_rows_are_written_by_who_may_write_their_document_now(
    office: Office, who: str, doors: list[Any], status: int
) -> None:
    before = office.state()
    answers = [(door, told(office, who, door)) for door in doors]
    assert [(door, got) for door, got in answers if got != (417 if "bulk_" in door[0] else status)] == []
    assert office.state() == before


@pytest.mark.parametrize("door", adding(DRAFT) + adding(SENT, "later"))
def test_a_row_is_added_with_its_document(office: Office, door: tuple[str, Any]) -> None:
    before = office.state()
    assert told(office, "clerk", door) == (201 if door[0].endswith("/Order Item") else 200)
    after = office.state()
    assert len(after) == len(before) + 1 and after[0:3] != before[0:3], "the document was saved"


@pytest.mark.parametrize("door", changing(DRAFT, item="new", cost=1) + changing(SENT, note="new"))
def test_a_row_is_changed_with_its_document(office: Office, door: tuple[str, Any]) -> None:
    before = office.state()
    assert told(office, "clerk", door) == 200
    after = office.state()
    changed = [(old, new) for old, new in zip(before[3:], after[3:], strict=True) if old != new]
    assert len(changed) == 1 and "new" in changed[0][1] and changed[0][1][5] == COST and before[:3] != after[:3]


@pytest.mark.parametrize("door", removing(DRAFT) + removing(SENT, "later"))
def test_a_row_is_removed_with_its_document(office: Office, door: tuple[str, Any]) -> None:
    before = office.state()
    assert told(office, "clerk", door) == (202 if door[0].startswith("DELETE") else 200)
    assert len(office.state()) == len(before) - 1 and office.state()[:3] != before[:3]


@pytest.mark.parametrize(
    "place",
    [
        {"parent": SENT},
        {"parentfield": "later"},
        {"parenttype": "Task"},
        {"parent": "", "parenttype": "", "parentfield": ""},
    ],
)
@pytest.mark.parametrize("number", range(6))
def test_a_row_stays_where_it_is(office: Office, place: dict[str, Any], number: int) -> None:
    door = changing(DRAFT, note="moved", **place)[number]
    assert told(office, "clerk", door) == 200
    assert [row[:3] for row in office.state()[3:] if "moved" in row] == [(DRAFT, "items", 1)]


def test_inserting_a_row_answers_with_its_document_and_posting_one_with_the_row(office: Office) -> None:
    assert (
        office.call("clerk", *rpc("frappe.client.insert", doc=row_of(DRAFT, item="added"))).json["message"]["doctype"]
        == "Order"
    )
    assert (
        office.call("clerk", "POST /api/resource/Order Item", row_of(DRAFT, item="added")).json["data"]["doctype"]
        == "Order Item"
    )


@pytest.mark.parametrize("modified", ["2001-01-01 00:00:00.000000"])
def test_a_row_that_changed_meanwhile_is_not_overwritten(office: Office, modified: str) -> None:
    answer = office.call(
        "clerk", placed(office, f"PUT /api/resource/Order Item/$row/{DRAFT}/items"), {"item": "x", "modified": modified}
    )
    assert (answer.status_code, answer.json["exc_type"]) == (417, "TimestampMismatchError")


@pytest.mark.parametrize(
    ("act", "error"),
    [
        pytest.param(
            lambda ctx, _row: document.new(ctx, row_of(SENT, item="x")).insert(),
            "UpdateAfterSubmitError",
            id="insert into a submitted document",
        ),
        pytest.param(
            lambda ctx, _row: document.new(ctx, row_of(GONE, item="x")).insert(),
            "ValidationError",
            id="insert into a cancelled document",
        ),
        pytest.param(
            lambda ctx, _row: document.new(ctx, row_of(DRAFT, "hidden", item="x")).insert(),
            "PermissionError",
            id="insert into a table above the level",
        ),
        pytest.param(
            lambda ctx, _row: document.new(ctx, {"doctype": "Order Item", "item": "x"}).insert(),
            "PermissionError",
            id="insert into nothing",
        ),
        pytest.param(
            lambda ctx, row: document.delete(ctx, "Order Item", row(SENT)),
            "UpdateAfterSubmitError",
            id="delete from a submitted document",
        ),
        pytest.param(
            lambda ctx, row: document.delete(ctx, "Order Item", row(DRAFT, "hidden")),
            "PermissionError",
            id="delete from a table above the level",
        ),
        pytest.param(
            lambda ctx, row: document.load(ctx, "Order Item", row(DRAFT, "hidden")).update({"item": "x"}).save(),
            "PermissionError",
            id="save in a table above the level",
        ),
    ],
)
def test_app_code_that_asks_permissions_is_held_to_the_same(office: Office, act: Any, error: str) -> None:
    with office.site.acting("clerk@x.org") as ctx:
        with pytest.raises(Exception) as raised:  # noqa: PT011 - the name of the error is what is asked
            act(ctx, office.row)
        ctx.rollback()
    assert type(raised.value).__name__ == error


def test_a_row_that_app_code_saves_stays_where_it_is(office: Office) -> None:
    name = office.row(DRAFT)
    with office.site.acting("clerk@x.org") as ctx:
        document.load(ctx, "Order Item", name).update({"note": "kept", "parent": SENT}).save()
    assert [row[:2] for row in office.state()[3:] if "kept" in row] == [(DRAFT, "items")]


# --- refusal before existence ------------------------------------------------------------------------------------

NAMED = {"doctype": "Order", "name": "$"}
ROUTES = [
    "GET /api/resource/Order/{}",
    "PUT /api/resource/Order/{} {}",
    "DELETE /api/resource/Order/{}",
    "GET /api/v2/document/Order/{}",
    "PUT /api/v2/document/Order/{} {}",
    "DELETE /api/v2/document/Order/{}",
    "POST /api/resource/Order/{}?run_method=submit {}",
    "GET /api/resource/Order/{}?run_method=submit",
    "POST /api/v2/document/Order/{}/method/submit {}",
    "GET /api/v2/document/Order/{}/copy",
    "GET /api/v2/document/Order/{}/why",
    'POST /api/v2/document/Order/bulk_update {"docs": [{"name": "$"}]}',
    'POST /api/v2/document/Order/bulk_delete {"names": ["$"]}',
    'POST /api/v2/batch {"operations": [{"method": "GET", "path": "/api/resource/Order/$"}]}',
    'POST /api/v2/batch {"operations": [{"method": "DELETE", "path": "/api/v2/document/Order/$"}]}',
]
METHODS: list[tuple[str, dict[str, Any]]] = [
    ("frappe.client.get", NAMED),
    ("frappe.client.get_value", {"doctype": "Order", "filters": "$", "fieldname": "title"}),
    ("frappe.client.set_value", {**NAMED, "fieldname": "title", "value": "x"}),
    ("frappe.client.delete", NAMED),
    ("frappe.client.save", {"doc": {**NAMED, "title": "x"}}),
    ("frappe.client.submit", {"doc": NAMED}),
    ("frappe.client.cancel", NAMED),
    ("frappe.client.rename_doc", {"doctype": "Order", "old_name": "$", "new_name": "y"}),
    ("frappe.client.rename_doc", {"doctype": "Order", "old_name": "$", "new_name": "$"}),
    ("frappe.client.has_permission", {"doctype": "Order", "docname": "$"}),
    ("frappe.client.get_doc_permissions", {"doctype": "Order", "docname": "$"}),
    ("frappe.client.bulk_update", {"docs": '[{"doctype": "Order", "docname": "$"}]'}),
    ("frappe.client.validate_link", {"doctype": "Order", "docname": "$"}),
    ("frappe.client.insert", {"doc": row_of("$", item="x")}),
    ("frappe.desk.form.load.getdoc", NAMED),
    ("frappe.desk.form.load.get_docinfo", NAMED),
    ("frappe.desk.form.save.savedocs", {"doc": json.dumps(NAMED), "action": "Save"}),
    ("run_doc_method", {"dt": "Order", "dn": "$", "method": "submit"}),
    ("run_doc_method", {"docs": json.dumps(NAMED), "method": "submit"}),
    ("frappe.desk.form.utils.add_comment", {"reference_doctype": "Order", "reference_name": "$", "content": "x"}),
    ("frappe.desk.doctype.tag.tag.add_tag", {"tag": "t", "dt": "Order", "dn": "$"}),
    ("frappe.desk.doctype.tag.tag.remove_tag", {"tag": "t", "dt": "Order", "dn": "$"}),
    ("frappe.desk.like.toggle_like", {**NAMED, "add": "Yes"}),
    ("frappe.desk.form.assign_to.add", {**NAMED, "assign_to": ["reader@x.org"]}),
    ("frappe.desk.form.assign_to.remove", {**NAMED, "assign_to": "reader@x.org"}),
    ("frappe.share.add", {**NAMED, "user": "reader@x.org"}),
    ("frappe.share.set_permission", {**NAMED, "user": "reader@x.org"}),
    ("frappe.share.get_users", NAMED),
]
EVERYWHERE = [*ROUTES, *(f"POST /api/method/{method} {json.dumps(body)}" for method, body in METHODS)]


def asked(office: Office, who: str, door: str, name: str) -> tuple[int, str]:
    """The answer for a name, with the name taken out."""
    verb, path, *body = door.split(" ", 2)
    sent = json.loads(body[0].replace("$", name)) if body else None
    answer = office.call(who, f"{verb} {path.format(name)}", sent)
    return answer.status_code, answer.text.replace(name, "NAME")


@pytest.mark.parametrize("door", EVERYWHERE)
@pytest.mark.parametrize("who", ["outsider", "guest"])
def test_who_has_no_right_is_refused_alike_whether_it_is_there_or_not(office: Office, who: str, door: str) -> None:
    there, missing = asked(office, who, door, DRAFT), asked(office, who, door, "O-none")
    assert there == missing
    assert (
        there[0] == 403
        or '"has_permission":false' in there[1].replace(" ", "")
        or "bulk_" in door
        and "does not have doctype access" in there[1]
        or "failed_docs" in there[1]
        and "PermissionError" in there[1]
    )


@pytest.mark.parametrize(("door", "status"), [(door, 404) for door in ROUTES[:6]])
def test_who_may_read_the_doctype_is_told_that_it_is_not_there(office: Office, door: str, status: int) -> None:
    assert asked(office, "reader", door, "O-none")[0] == status


def test_a_share_of_one_document_tells_nothing_of_the_others(office: Office) -> None:
    with office.site.acting() as ctx:
        schema.insert_record(
            ctx, "DocShare", "s", share_doctype="Order", share_name=DRAFT, user="outsider@x.org", read=1, write=1
        )
        ctx.touch("DocShare")
    assert asked(office, "outsider", EVERYWHERE[0], DRAFT)[0] == 200
    assert asked(office, "outsider", EVERYWHERE[0], SENT) == asked(office, "outsider", EVERYWHERE[0], "O-none")


def test_what_app_code_does_not_find_is_refused_alike_too(office: Office) -> None:
    """An app's function that loads what a client names lets the error through; nothing is learned by it."""

    def look(name: str) -> Any:
        return document.load(office.site.new_context("outsider@x.org"), "Order", name).title

    office.site.methods["conformance.api.look"] = describe(look)
    try:
        assert office.call("outsider", *rpc("conformance.api.look", name="O-none")).status_code == 403
        assert office.call("reader", *rpc("conformance.api.look", name="O-none")).status_code == 404
    finally:
        del office.site.methods["conformance.api.look"]


@pytest.mark.parametrize(
    ("text", "status"),
    [("plain", 403), ("<div>" * 200 + "x", 403), ("<div>" * 201 + "x", 417)],
    ids=["a text", "as deep as it may be", "too deep"],
)
def test_markup_that_is_too_deep_is_refused_before_anything_is_done_with_it(
    office: Office, text: str, status: int
) -> None:
    """A to-do for nobody is none that a clerk may make: that is said only of what can be looked at."""
    assert office.call("clerk", "POST /api/resource/ToDo", {"description": text}).status_code == status
