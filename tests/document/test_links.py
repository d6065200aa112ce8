"""Who links to a document: an obstacle to deleting and cancelling, and followed by a new name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conftest import AppSite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document import links, schema
from frappe_lite.errors import LinkExistsError
from frappe_lite.query import Condition
from frappe_lite.site import InstalledApp, Site

USER = "user@example.com"


@pytest.fixture(scope="module")
def world() -> Iterator[Site]:
    made = AppSite()
    with made.acting() as ctx:
        document.new(
            ctx, {"doctype": "User", "email": USER, "first_name": "U", "roles": [{"role": "Task User"}]}
        ).insert()
        document.new(ctx, {"doctype": "Project", "title": "Alpha"}).insert()
    yield made
    made.close()


def insert(ctx: Context, doctype: str, **values: Any) -> Any:
    return document.new(ctx, {"doctype": doctype, **values}).insert()


def task(ctx: Context, **values: Any) -> Any:
    return insert(ctx, "Task", subject="x", **values)


def by_link(ctx: Context) -> Any:
    return task(ctx, project="Alpha")


def by_dynamic_link(ctx: Context) -> Any:
    return task(ctx, reference_type="Project", reference_name="Alpha")


def by_row(ctx: Context) -> Any:
    fields = [{"fieldname": "project", "fieldtype": "Link", "options": "Project"}]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Plan Row", "istable": 1, "fields": fields})
    schema.store_doctype(
        ctx,
        {
            "doctype": "DocType",
            "name": "Plan",
            "fields": [{"fieldname": "rows", "fieldtype": "Table", "options": "Plan Row"}],
        },
    )
    doc = document.new(ctx, {"doctype": "Plan"})
    doc.append("rows", {"project": "Alpha"})
    return doc.insert()


def by_custom_field(ctx: Context) -> Any:
    insert(ctx, "Custom Field", dt="Hash Doc", fieldname="project", fieldtype="Link", options="Project")
    return insert(ctx, "Hash Doc", project="Alpha")


def by_single(ctx: Context) -> Any:
    fields = [{"fieldname": "project", "fieldtype": "Link", "options": "Project"}]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Plan Settings", "issingle": 1, "fields": fields})
    doc = document.load(ctx, "Plan Settings", "Plan Settings")
    doc.project = "Alpha"
    return doc.save()


def by_dynamic_link_of_a_single(ctx: Context) -> Any:
    fields = [
        {"fieldname": "kind", "fieldtype": "Link", "options": "DocType"},
        {"fieldname": "reference_name", "fieldtype": "Dynamic Link", "options": "kind"},
    ]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Pin Settings", "issingle": 1, "fields": fields})
    return (
        document.load(ctx, "Pin Settings", "Pin Settings").update({"kind": "Project", "reference_name": "Alpha"}).save()
    )


DYNAMIC = (by_dynamic_link, by_dynamic_link_of_a_single)
WAYS = [
    pytest.param(way, id=way.__name__.replace("_", " "))
    for way in (by_link, by_dynamic_link, by_row, by_custom_field, by_single, by_dynamic_link_of_a_single)
]


def target(doc: Any) -> Any:
    """What the one link of a document points to now."""
    stored = document.load(doc.ctx, doc.doctype, doc.name)
    if doc.doctype == "Plan":
        return stored.get("rows")[0].project
    return stored.project if stored.get("project") else stored.reference_name


@pytest.mark.parametrize("way", WAYS)
def test_a_link_keeps_its_document(ctx: Context, way: Callable[[Context], Any]) -> None:
    doc = way(ctx)
    with pytest.raises(
        LinkExistsError,
        match=(
            f"Cannot delete or cancel because Project <strong>Alpha</strong> is linked with {doc.doctype} "
            f"<strong>{doc.name}</strong>"
        ),
    ):
        document.delete(ctx, "Project", "Alpha")


@pytest.mark.parametrize("way", WAYS)
def test_an_app_is_told_what_keeps_a_document(ctx: Context, way: Callable[[Context], Any]) -> None:
    doc, alpha = way(ctx), document.load(ctx, "Project", "Alpha")
    module = importlib.import_module("frappe_lite.face.model.documents")
    found = {kind: getattr(module, kind)(alpha) for kind in ("get_linked_docs", "get_dynamic_linked_docs")}
    kind, other = ("get_linked_docs", "get_dynamic_linked_docs")[:: -1 if way in DYNAMIC else 1]
    told = {"reference_doctype": doc.doctype, "reference_docname": doc.name, "doc": "Alpha", "at_position": ""}
    assert found == {kind: [told], other: []}
    counts = way is by_single  # Frappe: a Single's Link keeps from cancelling too; none of the others is submitted
    assert getattr(module, kind)(alpha, "Cancel") == ([told] if counts else [])


@pytest.mark.parametrize("way", WAYS)
def test_a_link_follows_a_new_name(ctx: Context, way: Callable[[Context], Any]) -> None:
    doc = way(ctx)
    document.rename(ctx, "Project", "Alpha", "Omega")
    assert target(doc) == "Omega"


@pytest.mark.parametrize("way", WAYS)
def test_without_the_link_the_document_goes(ctx: Context, way: Callable[[Context], Any]) -> None:
    doc = way(ctx)
    if doc.meta.issingle:
        doc.update(dict.fromkeys(("project", "kind", "reference_name"))).save()
    else:
        document.delete(ctx, doc.doctype, doc.name)
    document.delete(ctx, "Project", "Alpha")
    assert ctx.store.exists(ctx.meta("Project"), "Alpha") is None


def test_a_link_of_the_same_name_to_another_doctype_is_none(ctx: Context) -> None:
    insert(ctx, "Prompt Doc", name="Alpha")
    task(ctx, reference_type="Prompt Doc", reference_name="Alpha")
    document.delete(ctx, "Project", "Alpha")
    document.rename(ctx, "Prompt Doc", "Alpha", "Omega")


def test_a_document_may_link_to_itself(ctx: Context) -> None:
    doc = task(ctx)
    doc.parent_task = doc.name
    doc.save()
    document.delete(ctx, "Task", doc.name)


def test_links_to_one_link_of_many_are_found(ctx: Context) -> None:
    found = {(meta.name, fieldname) for meta, fieldname in links.link_fields(ctx, "Project")}
    assert found == {("Task", "project"), ("Invoice", "project")}


def test_dynamic_links_name_the_field_of_their_doctype(ctx: Context) -> None:
    assert ("Task", "reference_name", "reference_type") in {
        (meta.name, *rest) for meta, *rest in links.dynamic_link_fields(ctx)
    }


def test_a_user_permission_keeps_its_document_but_not_its_user(ctx: Context) -> None:
    held = insert(ctx, "User Permission", user=USER, allow="Project", for_value="Alpha")
    with pytest.raises(LinkExistsError, match=f"is linked with User Permission <strong>{held.name}</strong>"):
        document.delete(ctx, "Project", "Alpha")
    document.delete(ctx, "User", USER)
    assert ctx.store.exists(ctx.meta("User Permission"), held.name) is None
    document.delete(ctx, "Project", "Alpha")


# --- what is no obstacle ---


@pytest.mark.parametrize(
    ("doctype", "values", "goes"),
    [
        pytest.param(
            "Comment",
            {"comment_type": "Comment", "reference_doctype": "Project", "reference_name": "Alpha"},
            True,
            id="a comment goes along",
        ),
        pytest.param(
            "ToDo", {"description": "x", "reference_type": "Project", "reference_name": "Alpha"}, True, id="a to-do"
        ),
        pytest.param(
            "DocShare", {"user": USER, "share_doctype": "Project", "share_name": "Alpha", "read": 1}, True, id="a share"
        ),
        pytest.param("Tag Link", {"document_type": "Project", "document_name": "Alpha", "tag": "t"}, True, id="a tag"),
    ],
)
def test_what_belongs_to_a_document_goes_with_it(
    ctx: Context, doctype: str, values: dict[str, Any], goes: bool
) -> None:
    if doctype == "Tag Link":
        insert(ctx, "Tag", name="t")
    name = insert(ctx, doctype, **values).name
    document.delete(ctx, "Project", "Alpha")
    assert (ctx.store.exists(ctx.meta(doctype), name) is None) == goes


@pytest.mark.parametrize(
    ("doctype", "values", "field"),
    [
        pytest.param(
            "Comment",
            {"comment_type": "Comment", "reference_doctype": "Project", "reference_name": "Alpha"},
            "reference_name",
            id="a comment",
        ),
        pytest.param(
            "ToDo",
            {"description": "x", "reference_type": "Project", "reference_name": "Alpha"},
            "reference_name",
            id="a to-do",
        ),
        pytest.param(
            "DocShare",
            {"user": USER, "share_doctype": "Project", "share_name": "Alpha", "read": 1},
            "share_name",
            id="a share",
        ),
        pytest.param(
            "User Permission",
            {"user": USER, "allow": "Project", "for_value": "Alpha"},
            "for_value",
            id="a user permission",
        ),
    ],
)
def test_what_belongs_to_a_document_follows_its_name(
    ctx: Context, doctype: str, values: dict[str, Any], field: str
) -> None:
    name = insert(ctx, doctype, **values).name
    document.rename(ctx, "Project", "Alpha", "Omega")
    assert ctx.store.load_row(ctx.meta(doctype), name)[field] == "Omega"


def test_an_app_may_say_which_links_do_not_count(ctx: Context) -> None:
    by_link(ctx)
    ctx.site.add_app(InstalledApp("careless", hooks={"ignore_links_on_delete": ["Task"]}))
    try:
        document.delete(ctx, "Project", "Alpha")
    finally:
        del ctx.site.apps["careless"]


# --- cancelling ---


def invoice(ctx: Context, **values: Any) -> Any:
    return insert(ctx, "Invoice", **{"customer": "C", "items": [{"item": "a", "rate": 1}], **values})


def linking_paper(ctx: Context, invoice_name: str, submittable: int) -> Any:
    fields = [{"fieldname": "invoice", "fieldtype": "Link", "options": "Invoice"}]
    schema.store_doctype(
        ctx, {"doctype": "DocType", "name": "Receipt", "is_submittable": submittable, "fields": fields}
    )
    return insert(ctx, "Receipt", invoice=invoice_name)


@pytest.mark.parametrize(
    ("submittable", "submit", "refused"),
    [
        pytest.param(1, True, True, id="a submitted link"),
        pytest.param(1, False, False, id="a draft's link does not count"),
        pytest.param(0, False, False, id="nor a plain document's"),
    ],
)
def test_cancelling_what_is_linked(ctx: Context, submittable: int, submit: bool, refused: bool) -> None:
    doc = invoice(ctx).submit()
    paper = linking_paper(ctx, doc.name, submittable)
    if submit:
        paper.submit()
    if refused:
        with pytest.raises(LinkExistsError):
            doc.cancel()
        paper.cancel()
        document.load(ctx, "Invoice", doc.name).cancel()
    else:
        doc.cancel()
    assert document.load(ctx, "Invoice", doc.name).docstatus == 2


COUNTED = {"doctype": "DocType", "name": "Counted", "autoname": "autoincrement", "allow_rename": 1, "fields": []}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([("counted", "Link", "Counted")], id="a link"),
        pytest.param([("kind", "Link", "DocType"), ("counted", "Dynamic Link", "kind")], id="a dynamic link"),
    ],
)
def test_a_single_keeps_a_document_whose_name_is_a_number(ctx: Context, fields: list[tuple[str, str, str]]) -> None:
    """A Single's values are texts."""
    rows = [dict(zip(("fieldname", "fieldtype", "options"), each, strict=True)) for each in fields]
    schema.store_doctype(ctx, COUNTED)
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Pin Settings", "issingle": 1, "fields": rows})
    name = insert(ctx, "Counted").name
    settings = document.load(ctx, "Pin Settings", "Pin Settings").update({"kind": "Counted", "counted": name}).save()
    with pytest.raises(LinkExistsError, match="is linked with Pin Settings"):
        document.delete(ctx, "Counted", name)
    settings.update({"kind": None, "counted": None}).save()
    document.delete(ctx, "Counted", name)
    assert ctx.store.exists(ctx.meta("Counted"), name) is None


def test_a_dynamic_link_of_a_cancelled_document_keeps_nothing(ctx: Context) -> None:
    fields = [
        {"fieldname": "kind", "fieldtype": "Link", "options": "DocType"},
        {"fieldname": "about", "fieldtype": "Dynamic Link", "options": "kind"},
    ]
    schema.store_doctype(ctx, {"doctype": "DocType", "name": "Memo", "is_submittable": 1, "fields": fields})
    memo = insert(ctx, "Memo", kind="Project", about="Alpha").submit()
    with pytest.raises(LinkExistsError):
        document.delete(ctx, "Project", "Alpha")
    memo.cancel()
    document.delete(ctx, "Project", "Alpha")
    assert ctx.store.exists(ctx.meta("Project"), "Alpha") is None


def careless(doc: Any, event: str) -> None:
    """Cancelling goes on whatever links here."""
    doc.ignore_linked_doctypes = ["Receipt"]


def tidy(doc: Any, event: str) -> None:
    """What links here is cancelled first."""
    for row in doc.ctx.store.find(doc.ctx.meta("Receipt"), Condition("invoice = ? AND docstatus = 1", (doc.name,))):
        document.load(doc.ctx, "Receipt", row["name"]).cancel()


@pytest.mark.parametrize(
    ("event", "work", "goes"),
    [
        pytest.param("before_cancel", careless, True, id="it may name kinds that do not count"),
        pytest.param("on_cancel", careless, True, id="in on_cancel, where apps do"),
        pytest.param("on_cancel", tidy, True, id="it may cancel what links to it"),
        pytest.param("on_submit", careless, False, id="on another document of it, that says nothing"),
    ],
)
def test_an_apps_say_in_cancelling(ctx: Context, event: str, work: Callable[[Any, str], None], goes: bool) -> None:
    hooks = {"doc_events": {"Invoice": {event: [work]}}}
    ctx.site.add_app(InstalledApp("cancelling", hooks=hooks))
    try:
        name = invoice(ctx).submit().name
        linking_paper(ctx, name, 1).submit()
        if goes:
            document.load(ctx, "Invoice", name).cancel()
        else:
            with pytest.raises(LinkExistsError):
                document.load(ctx, "Invoice", name).cancel()
    finally:
        del ctx.site.apps["cancelling"]
        ctx.site._event_handlers.clear()
    assert document.load(ctx, "Invoice", name).docstatus == (2 if goes else 1)


def test_an_amendment_keeps_its_original(ctx: Context) -> None:
    doc = invoice(ctx).submit().cancel()
    invoice(ctx, amended_from=doc.name)
    with pytest.raises(LinkExistsError):
        document.delete(ctx, "Invoice", doc.name)


# --- what a new name carries along ---


def test_secrets_follow_a_new_name(ctx: Context) -> None:
    doc = task(ctx, secret="hunter2")
    document.rename(ctx, "Task", doc.name, "renamed")
    assert ctx.store.secret("Task", doc.name, "secret") is None
    assert ctx.store.secret("Task", "renamed", "secret") is not None


def test_a_user_that_is_renamed_keeps_links_and_roles(ctx: Context) -> None:
    doc = task(ctx, assigned_to=USER, watchers=[{"user": USER}])
    document.rename(ctx, "User", USER, "new@example.com")
    stored = document.load(ctx, "Task", doc.name)
    assert (stored.assigned_to, stored.watchers[0].user) == ("new@example.com", "new@example.com")
    assert "Task User" in ctx.roles_of("new@example.com")
    assert ctx.roles_of(USER) == {"Guest"}


def test_a_renamed_user_owns_what_he_owned(ctx: Context) -> None:
    """Frappe: `owner` and `modified_by` follow a user's new name, or if_owner would lock him out of his own."""
    note = document.new(ctx.as_user(USER), {"doctype": "Private Note", "title": "mine"}).insert()
    document.rename(ctx, "User", USER, "new@example.com")
    stored = document.load(ctx, "Private Note", note.name)
    assert (stored.owner, stored.modified_by) == ("new@example.com", "new@example.com")


def test_no_link_is_left_behind(ctx: Context) -> None:
    for way in (by_link, by_dynamic_link):
        way(ctx)
    document.rename(ctx, "Project", "Alpha", "Omega")
    condition = Condition("project = 'Alpha' OR reference_name = 'Alpha'")
    assert ctx.store.find(ctx.meta("Task"), condition) == []
