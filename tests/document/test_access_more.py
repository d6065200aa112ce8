"""What follows from the rules of `access` and `permissions`: cancelling, sharing, assigning, users in lists, values that come from elsewhere."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest
from test_access import DRAFT, GONE, SECRET, SENT, Office, get, hold, one, rpc, undone  # noqa: F401 - fixtures among them

from frappe_lite import document, permissions
from frappe_lite.document import access, links, lists, schema
from frappe_lite.errors import DoesNotExistError, PermissionError
from frappe_lite.face import installation

__all__ = ["Office"]


# --- submitting and cancelling ---------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clerk", "admin"])
@pytest.mark.parametrize(
    "door",
    [
        pytest.param(rpc("frappe.client.submit", doc={"doctype": "Order Item", "name": "$row"}), id="client.submit"),
        pytest.param(rpc("frappe.client.cancel", doctype="Order Item", name="$row"), id="client.cancel"),
        pytest.param(rpc("run_doc_method", dt="Order Item", dn="$row", method="submit"), id="run_doc_method"),
        pytest.param(("POST /api/v2/document/Order Item/$row/method/submit", {}), id="v2 method"),
    ],
)
def test_a_row_is_submitted_with_its_document_only(office: Office, who: str, door: tuple[str, Any]) -> None:
    before, row = office.state(), office.row(DRAFT)
    answer = office.call(who, door[0].replace("$row", row), json.loads(json.dumps(door[1]).replace("$row", row)))
    assert answer.status_code == 417 and office.state() == before


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"title": "other"}, id="a field"),
        pytest.param({"items": []}, id="rows taken away"),
        pytest.param({"items": [{"item": "other"}]}, id="other rows"),
    ],
)
@pytest.mark.parametrize("number", range(4))
def test_what_is_cancelled_is_what_was_submitted(office: Office, values: dict[str, Any], number: int) -> None:
    door = [
        (f"PUT /api/resource/Order/{SENT}", {**values, "docstatus": 2}),
        (f"PUT /api/v2/document/Order/{SENT}", {**values, "docstatus": 2}),
        rpc("frappe.client.set_value", doctype="Order", name=SENT, fieldname={**values, "docstatus": 2}),
        rpc(
            "frappe.desk.form.save.savedocs",
            doc=json.dumps({"doctype": "Order", "name": SENT, **values}),
            action="Cancel",
        ),
    ][number]
    before = office.state()
    answer = office.call("clerk", *door)
    assert (answer.status_code, answer.json.get("exc_type") or answer.json["errors"][0]["type"]) == (
        417,
        "UpdateAfterSubmitError",
    )
    assert office.state() == before


def test_cancelling_looks_at_no_links(office: Office) -> None:
    """Frappe: what a link fetches may have changed since."""
    schema_before = office.site.database.rows('SELECT name, "rank" FROM "tabBuyer Co"')
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("Order"), SENT, {"customer": "no such"})
    assert office.call("clerk", *rpc("frappe.client.cancel", doctype="Order", name=SENT)).status_code == 200
    assert office.site.database.rows('SELECT name, "rank" FROM "tabBuyer Co"') == schema_before
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("Order"), SENT, {"customer": None})


def test_a_field_with_the_name_of_a_method_takes_no_methods_place(office: Office) -> None:
    """DocShare has a field `submit`, DocPerm a field `cancel`."""
    with office.site.acting() as ctx:
        schema.insert_record(
            ctx, "DocShare", "s", share_doctype="Order", share_name=DRAFT, user="reader@x.org", read=1, submit=0
        )
        rule = ctx.store.database.rows("SELECT name FROM tabDocPerm LIMIT 1")[0][0]
    asked = [
        rpc("frappe.client.submit", doc={"doctype": "DocShare", "name": "s", "submit": 7}),
        rpc("frappe.client.cancel", doctype="DocPerm", name=rule),
        ("POST /api/v2/document/DocShare/s/method/submit", {}),
    ]
    assert [office.call("clerk", *door).status_code for door in asked] == [403, 403, 403]
    assert [office.call("admin", *door).status_code for door in asked] == [417, 417, 200]


@pytest.mark.parametrize(
    ("who", "status"),
    [pytest.param("clerk", 201, id="who reads it"), pytest.param("buyer", 403, id="not who only makes such documents")],
)
def test_a_cancelled_document_is_amended_by_who_may_read_it(office: Office, who: str, status: int) -> None:
    assert (
        office.call(who, "POST /api/v2/document/Order", {"amended_from": GONE, "title": "again"}).status_code == status
    )


# --- rows name no document to who may not read it ----------------------------------------------------------------


@pytest.mark.parametrize(
    "door",
    [
        pytest.param(get("/api/resource/Order Item/$row"), id="GET"),
        pytest.param(("PUT /api/resource/Order Item/$row", {"item": "x"}), id="PUT"),
        pytest.param(("DELETE /api/resource/Order Item/$row", None), id="DELETE"),
        pytest.param(
            rpc("frappe.client.set_value", doctype="Order Item", name="$row", fieldname="item", value="x"),
            id="set_value",
        ),
        pytest.param(rpc("frappe.desk.like.toggle_like", doctype="Order Item", name="$row"), id="like"),
        pytest.param(
            rpc("frappe.desk.form.assign_to.add", doctype="Order Item", name="$row", assign_to=["reader@x.org"]),
            id="assign",
        ),
        pytest.param(rpc("frappe.share.add", doctype="Order Item", name="$row", user="reader@x.org"), id="share"),
        pytest.param(
            ("POST /api/v2/method/bulk_delete", {"docs": [{"doctype": "Order Item", "name": "$row"}]}), id="bulk_delete"
        ),
        pytest.param(one("GET", "/api/resource/Order Item/$row"), id="batch"),
    ],
)
@pytest.mark.parametrize(
    "who", [pytest.param("outsider", id="no right at all"), pytest.param("reader", id="held to another document")]
)
def test_a_refusal_about_a_row_names_no_document(office: Office, who: str, door: tuple[str, Any]) -> None:
    hold(office, "reader", "Order", SENT)
    told = []
    for row in (office.row(DRAFT), "no-such-row"):
        answer = office.call(who, door[0].replace("$row", row), json.loads(json.dumps(door[1]).replace("$row", row)))
        told.append((answer.status_code, answer.text.replace(row, "ROW")))
    assert told[0] == told[1] and DRAFT not in told[0][1]


# --- sharing ------------------------------------------------------------------------------------------------------


@pytest.fixture
def lender(office: Office) -> Any:
    """A user with read and share on orders, but not write; the share of each test is undone with its documents."""
    with office.site.acting() as ctx:
        schema.insert_record(
            ctx, "DocShare", "lend", share_doctype="Order", share_name=DRAFT, user="outsider@x.org", read=1, share=1
        )
        ctx.touch("DocShare")
    return office.clients["outsider"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        pytest.param({"read": 1}, 200, id="reading, which he has"),
        pytest.param({"read": 1, "share": 1}, 200, id="sharing, which he has"),
        pytest.param({"read": 1, "write": 1}, 403, id="writing, which he has not"),
        pytest.param({"read": 1, "submit": 1}, 403, id="submitting"),
        pytest.param({"read": 0, "write": 1}, 403, id="writing alone"),
    ],
)
@pytest.mark.parametrize("user", ["reader@x.org", "outsider@x.org"])
def test_nobody_shares_a_right_that_he_lacks(
    office: Office, lender: Any, user: str, given: dict[str, int], status: int
) -> None:
    answer = lender("POST /api/method/frappe.share.add", {"doctype": "Order", "name": DRAFT, "user": user, **given})
    assert answer.status_code == status, answer.text
    for right in ("read", "write", "share", "submit") if status == 403 else ():
        if given.get(right) and right not in ("read", "share"):
            asked = {"doctype": "Order", "name": DRAFT, "user": user, "permission_to": right}
            assert lender("POST /api/method/frappe.share.set_permission", asked).status_code == 403
    with office.site.acting(user) as ctx:
        assert not permissions.judge(
            ctx, ctx.meta("Order"), "write", document.load(ctx, "Order", DRAFT).__dict__
        ).allowed


def test_a_share_document_is_held_to_the_same(office: Office, lender: Any) -> None:
    values = {"doctype": "DocShare", "share_doctype": "Order", "share_name": DRAFT, "user": "reader@x.org"}
    with office.site.acting("outsider@x.org") as ctx:
        context = permissions.judge(ctx, ctx.meta("DocShare"), "create")
        assert not context.allowed, "only a System Manager makes them directly"
    with office.site.acting() as ctx:
        ctx.store.update(ctx.meta("DocShare"), "lend", {"write": 1})
        ctx.touch("DocShare")
    assert (
        lender(
            "POST /api/method/frappe.share.add", {**values, "doctype": "Order", "name": DRAFT, "write": 1}
        ).status_code
        == 200
    )
    with office.site.acting() as ctx:
        ctx.store.update(ctx.meta("DocShare"), "lend", {"write": 0})
        ctx.touch("DocShare")
    kept = lender(
        "POST /api/method/frappe.share.add", {**values, "doctype": "Order", "name": DRAFT, "write": 1, "share": 1}
    )
    assert kept.status_code == 200, "what somebody else gave stays"


def test_a_row_is_not_shared(office: Office) -> None:
    answer = office.call(
        "admin", *rpc("frappe.share.add", doctype="Order Item", name=office.row(DRAFT), user="reader@x.org")
    )
    assert answer.status_code == 417 and "shared with its document" in answer.text
    assert (
        office.call(
            "buyer", *rpc("frappe.share.add", doctype="Order Item", name=office.row(DRAFT), user="reader@x.org")
        ).status_code
        == 403
    )


@pytest.mark.parametrize(
    ("who", "rights", "flags", "allowed"),
    [
        pytest.param("clerk", {"write": 1}, None, True, id="who has the rights"),
        pytest.param("reader", {}, None, False, id="who may not share"),
        pytest.param("outsider", {"write": 1}, None, False, id="who may share, and not write"),
        pytest.param("outsider", {}, None, True, id="who may share, what he has"),
        pytest.param("reader", {"write": 1}, {"ignore_share_permission": True}, True, id="app code that says so"),
    ],
)
def test_app_code_shares_as_its_user(
    office: Office, lender: Any, who: str, rights: dict[str, int], flags: Any, allowed: bool
) -> None:
    from_share = importlib.import_module("frappe.share")
    with office.site.acting(f"{who}@x.org") as ctx:
        if allowed:
            from_share.add_docshare("Order", DRAFT, "buyer@x.org", flags=flags, **rights)
            assert from_share.get_shared("Order", "buyer@x.org") == [DRAFT]
        else:
            with pytest.raises(PermissionError):
                from_share.add_docshare("Order", DRAFT, "buyer@x.org", flags=flags, **rights)
        ctx.rollback()


def test_what_is_shared_with_everyone_is_not_shared_with_guests(office: Office) -> None:
    with office.site.acting() as ctx:
        schema.insert_record(ctx, "DocShare", "all", share_doctype="Order", share_name=DRAFT, everyone=1, read=1)
        from_share = importlib.import_module("frappe.share")
        assert (
            from_share.get_shared("Order", "buyer@x.org") == [DRAFT] and from_share.get_shared("Order", "Guest") == []
        )
        ctx.rollback()


def test_a_call_passes_no_word_that_switches_permissions_off() -> None:
    def seen(**given: Any) -> dict[str, Any]:
        return given

    assert installation.call(seen, a=1, ignore_permissions=1, flags={}) == {"a": 1}


# --- assigning ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "to", "status", "shared"),
    [
        pytest.param("reader", "clerk@x.org", 200, False, id="who reads assigns to who reads"),
        pytest.param("reader", "outsider@x.org", 403, False, id="but opens it to nobody else: that is sharing"),
        pytest.param("clerk", "outsider@x.org", 200, True, id="who may share does"),
        pytest.param("outsider", "reader@x.org", 403, False, id="who may not read does not assign"),
    ],
)
def test_assigning_opens_a_document_only_by_a_share(
    office: Office, who: str, to: str, status: int, shared: bool
) -> None:
    answer = office.call(who, *rpc("frappe.desk.form.assign_to.add", doctype="Order", name=DRAFT, assign_to=[to]))
    assert answer.status_code == status, answer.text
    assert ("Shared with the following Users" in answer.text) is shared
    rows = office.site.database.rows("SELECT 1 FROM tabDocShare WHERE share_doctype = 'Order' AND user = ?", (to,))
    assert bool(rows) is shared
    made = office.site.database.rows("SELECT 1 FROM tabToDo WHERE reference_name = ? AND allocated_to = ?", (DRAFT, to))
    assert bool(made) is (status == 200), "a refusal leaves nothing behind"


def test_assigning_where_sharing_is_switched_off(office: Office) -> None:
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"disable_document_sharing": 1})
    try:
        answer = office.call(
            "clerk", *rpc("frappe.desk.form.assign_to.add", doctype="Order", name=DRAFT, assign_to=["outsider@x.org"])
        )
        assert answer.status_code == 417 and "not permitted to access this document" in answer.text
    finally:
        with office.site.acting() as ctx:
            document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"disable_document_sharing": 0})


# --- users seen ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        pytest.param("outsider", {"outsider@x.org"}, id="a website user sees himself"),
        pytest.param(
            "clerk",
            {f"{name}@x.org" for name in ("boss", "buyer", "clerk", "outsider", "reader")},
            id="a system user sees people",
        ),
        pytest.param(
            "admin",
            {"Administrator", "Guest", *(f"{name}@x.org" for name in ("boss", "buyer", "clerk", "outsider", "reader"))},
            id="the Administrator sees all",
        ),
    ],
)
def test_users_in_lists(office: Office, who: str, seen: set[str]) -> None:
    assert {row["name"] for row in office.call(who, "GET /api/resource/User?limit_page_length=0").json["data"]} == seen
    assert {row["name"] for row in office.call(who, "GET /api/v2/document/User?limit=0").json["data"]} == seen
    assert office.call(who, "GET /api/method/frappe.client.get_count?doctype=User").json["message"] == len(seen)


@pytest.mark.parametrize("who", ["outsider", "clerk", "guest"])
def test_names_of_users_are_not_told_by_refusals(office: Office, who: str) -> None:
    answers = [
        office.call(who, f"GET /api/resource/User/{name}") for name in ("boss@x.org", "Administrator", "nobody@x.org")
    ]
    texts = {
        (answer.status_code, answer.text.replace(name, "NAME"))
        for answer, name in zip(answers, ("boss@x.org", "Administrator", "nobody@x.org"), strict=True)
    }
    assert len(texts) == 1 and texts.pop()[0] == 403


def test_a_link_to_a_user_is_still_made(office: Office) -> None:
    assert (
        office.call(
            "clerk",
            "POST /api/resource/ToDo",
            {"description": "x", "allocated_to": "Administrator", "assigned_by": "clerk@x.org"},
        ).status_code
        == 201
    )


# --- what comes from elsewhere --------------------------------------------------------------------------------------

FETCHING = [
    {"fieldname": "order", "fieldtype": "Link", "options": "Order"},
    {"fieldname": "title", "fieldtype": "Data", "fetch_from": "order.title"},
    {"fieldname": "secret", "fieldtype": "Data", "fetch_from": "order.secret"},
]


@pytest.fixture(scope="module")
def slips(office: Office) -> Office:
    """A DocType for everybody whose fields are fetched from an order."""
    with office.site.acting() as ctx:
        everybody = {"role": "All", **dict.fromkeys("read write create".split(), 1)}
        schema.store_doctype(
            ctx,
            {"doctype": "DocType", "name": "Slip", "autoname": "hash", "fields": FETCHING, "permissions": [everybody]},
        )
    return office


@pytest.mark.parametrize(
    ("who", "fetched"),
    [
        pytest.param("boss", {"title": DRAFT, "secret": SECRET}, id="who reads all of it"),
        pytest.param("clerk", {"title": DRAFT}, id="without the level"),
        pytest.param("outsider", {}, id="who may not read the document"),
        pytest.param("buyer", {}, id="nor who may only write it"),
    ],
)
@pytest.mark.parametrize("sent", [{}, {"title": "forged", "secret": "forged"}], ids=["", "with values of the caller"])
def test_a_fetched_value_is_one_that_the_caller_may_read(
    slips: Office, who: str, fetched: dict[str, str], sent: dict[str, str]
) -> None:
    made = slips.call(who, "POST /api/resource/Slip", {"order": DRAFT, **sent})
    assert made.status_code == 201, made.text
    assert {key: value for key, value in made.json["data"].items() if key in ("title", "secret")} == fetched
    assert (
        slips.call("admin", f"PUT /api/resource/Slip/{made.json['data']['name']}", {"order": DRAFT}).json["data"][
            "secret"
        ]
        == SECRET
    )


def test_a_value_that_somebody_else_fetched_stays(slips: Office) -> None:
    name = slips.call("boss", "POST /api/resource/Slip", {"order": DRAFT}).json["data"]["name"]
    assert (
        slips.call("outsider", f"PUT /api/resource/Slip/{name}", {"secret": "forged"}).json["data"]["secret"] == SECRET
    )
    assert "secret" not in slips.call("outsider", f"PUT /api/resource/Slip/{name}", {"order": SENT}).json["data"]


def test_app_code_that_asks_no_permission_fetches_all(slips: Office) -> None:
    with slips.site.acting("outsider@x.org") as ctx:
        assert document.new(ctx, {"doctype": "Slip", "order": DRAFT}).insert(ignore_permissions=True).secret == SECRET
        ctx.rollback()


@pytest.mark.parametrize(
    ("who", "told"),
    [
        pytest.param("clerk", True, id="who may read the other document"),
        pytest.param("keeper", False, id="who may not"),
    ],
)
def test_what_stands_in_the_way_is_named_to_who_may_read_it(slips: Office, who: str, told: bool) -> None:
    with slips.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("Order"), DRAFT, {"customer": "ACME"})
        asking = ctx.as_user("clerk@x.org" if told else "outsider@x.org")
        row = ctx.store.load(ctx.meta("Buyer Co"), "ACME")
        with pytest.raises(Exception) as raised:  # noqa: PT011 - its text is what is asked
            links.require_unlinked(asking, ctx.meta("Buyer Co"), row["name"])
        ctx.rollback()
    assert type(raised.value).__name__ == "LinkExistsError"
    assert (DRAFT in str(raised.value)) is told and ("that you may not read" in str(raised.value)) is not told


@pytest.mark.parametrize("name", [DRAFT, "O-none"])
def test_a_reference_to_a_closed_doctype_tells_nothing(office: Office, name: str) -> None:
    answer = office.call(
        "outsider", "POST /api/resource/ToDo", {"description": "x", "reference_type": "Order", "reference_name": name}
    )
    assert (answer.status_code, answer.json["exc_type"]) == (403, "PermissionError")


@pytest.fixture(scope="module")
def topics(office: Office) -> Office:
    """A DocType of an app, in which everybody may talk about any document."""
    fields = [
        {"fieldname": "about", "fieldtype": "Link", "options": "DocType"},
        {"fieldname": "which", "fieldtype": "Dynamic Link", "options": "about"},
    ]
    everybody = {"role": "All", "read": 1, "write": 1, "create": 1}
    made = {"doctype": "DocType", "name": "Topic", "autoname": "hash", "fields": fields, "permissions": [everybody]}
    with office.site.acting() as ctx:
        schema.store_doctype(ctx, {**made, "module": "Forum"})
        schema.store_doctype(ctx, {**made, "name": "Desk Topic", "module": "Desk"})
    return office


@pytest.mark.parametrize("name", [DRAFT, "O-none"])
@pytest.mark.parametrize(
    ("who", "kind", "told"),
    [
        pytest.param("outsider", "Topic", {DRAFT: 201, "O-none": 201}, id="an app's: to who reads none, all are alike"),
        pytest.param("reader", "Topic", {DRAFT: 201, "O-none": 417}, id="who reads such is told what is not there"),
        pytest.param("outsider", "Desk Topic", {DRAFT: 403, "O-none": 403}, id="the server's own: not about these"),
    ],
)
def test_a_document_of_an_app_may_be_about_what_its_writer_does_not_read(
    topics: Office, who: str, kind: str, told: dict[str, int], name: str
) -> None:
    answer = topics.call(who, f"POST /api/resource/{kind}", {"about": "Order", "which": name})
    assert answer.status_code == told[name]
    if answer.status_code == 201:
        assert answer.json["data"]["which"] == name


@pytest.mark.parametrize(("name", "status"), [(DRAFT, 201), ("O-none", 417)])
def test_a_reference_to_an_open_doctype_is_checked(office: Office, name: str, status: int) -> None:
    assert (
        office.call(
            "reader",
            "POST /api/resource/ToDo",
            {
                "description": "x",
                "reference_type": "Order",
                "reference_name": name,
                "assigned_by": "reader@x.org",
            },
        ).status_code
        == status
    )


# --- lists --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_line", "names"),
    [
        pytest.param("GET /api/resource/Order", [DRAFT, GONE, SENT], id="v1"),
        pytest.param("GET /api/v2/document/Order", [DRAFT, GONE, SENT], id="v2"),
        pytest.param("GET /api/method/frappe.client.get_list?doctype=Order", [DRAFT, GONE, SENT], id="client.get_list"),
        pytest.param("GET /api/resource/Order?order_by=name desc", [SENT, GONE, DRAFT], id="but as one asks"),
    ],
)
def test_a_list_over_rest_is_ordered_by_name(office: Office, request_line: str, names: list[str]) -> None:
    body = office.call("reader", request_line).json
    assert [row["name"] for row in body.get("data") or body["message"]] == names


def test_app_code_has_the_doctypes_order(office: Office) -> None:
    with office.site.acting() as ctx:
        ctx.store.database.execute(
            'UPDATE "tabOrder" SET modified = ? WHERE name = ?', ("2999-01-01 00:00:00.000000", SENT)
        )
        assert lists.get_list(ctx, "Order")[0]["name"] == SENT
        ctx.rollback()


def test_tables_of_one_doctype_are_not_mixed(office: Office) -> None:
    asked = json.dumps(["items.item as a", "later.item as b"])
    rows = office.call("reader", f"GET /api/resource/Order?fields={asked}&filters={json.dumps({'name': DRAFT})}").json[
        "data"
    ]
    assert rows == [{"a": "items", "b": "later"}]
    assert office.call(
        "clerk",
        f"GET /api/resource/Order?fields={json.dumps(['items.item as a', 'hidden.item as b'])}&filters={json.dumps({'name': DRAFT})}",
    ).json["data"] == [{"a": "items"}]


def test_what_is_remembered_of_a_list_is_remembered_for_the_scope(office: Office) -> None:
    with office.site.acting("reader@x.org") as ctx:
        assert lists.get_list(ctx, "Order", ["name", "title"], {"name": DRAFT}) == [{"name": DRAFT, "title": DRAFT}]
        narrow = ctx.as_user("reader@x.org")
        narrow.scopes = frozenset({"Note:read"})
        with pytest.raises(Exception, match="Insufficient Permission"):
            lists.get_list(narrow, "Order", ["name", "title"], {"name": DRAFT})
        with pytest.raises(PermissionError):  # not what was remembered for the same user without them
            lists._selection(
                narrow, lists.Query(lists.Schema(narrow), ctx.meta("Order")), ["name", "title"], None, None, False
            )


# --- access itself --------------------------------------------------------------------------------------------------


def test_told_leaves_other_errors_alone(office: Office) -> None:
    with office.site.acting("outsider@x.org") as ctx:
        for error in (DoesNotExistError("a route"), DoesNotExistError.of("No Type", "x")):
            assert access.told(ctx, error) is error
        assert type(access.told(ctx, DoesNotExistError.of("Order", "x"))).__name__ == "PermissionError"
        assert access.told(ctx.trusted(), DoesNotExistError.of("Order", "x")).http_status == 404


def test_another_user_is_asked_for_without_the_scopes_of_the_caller(office: Office) -> None:
    with office.site.acting("clerk@x.org") as ctx:
        ctx.scopes = frozenset({"Note:read"})
        order = document.load(ctx.trusted(), "Order", DRAFT)
        assert access.may(ctx, "reader@x.org", order, "read") and not access.may(ctx, "outsider@x.org", order, "read")
        assert ctx.scopes == frozenset({"Note:read"})
