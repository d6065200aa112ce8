"""One site, several processes: what one changes another sees; and what a context keeps, undoes, runs afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import app_name, doctype, writer

import frappe_lite
from conftest import ApiClient, new_file
from frappe_lite import document, permissions
from frappe_lite.access import auth
from frappe_lite.context import Context
from frappe_lite.document import schema
from frappe_lite.errors import AuthenticationError, DoesNotExistError, ValidationError
from frappe_lite.protocol import ApiKey
from frappe_lite.query import Condition
from frappe_lite.site import InstalledApp, Site

ANN = "ann@example.com"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    """Two sites on one file, as two processes have them."""
    first = frappe_lite.Site(new_file(tmp_path / "site.db"), synchronous="off")
    second = frappe_lite.Site(str(tmp_path / "site.db"), synchronous="off")
    with first.acting() as ctx:
        insert(ctx, "Role", role_name="Reader", desk_access=1)
        insert(ctx, "User", email=ANN, first_name="Ann")
    yield first, second
    second.close()
    first.close()


def insert(ctx: Context, doctype: str, **values: Any) -> Any:
    return document.new(ctx, {"doctype": doctype, **values}).insert()


# --- what another process changed ---


def new_doctype(ctx: Context) -> None:
    schema.store_doctype(
        ctx, {"doctype": "DocType", "name": "Fresh", "fields": [{"fieldname": "x", "fieldtype": "Data"}]}
    )


def new_custom_field(ctx: Context) -> None:
    insert(ctx, "Custom Field", dt="Note", fieldname="mood", fieldtype="Data")


def new_property(ctx: Context) -> None:
    insert(
        ctx,
        "Property Setter",
        doctype_or_field="DocField",
        doc_type="Note",
        field_name="title",
        property="label",
        value="Headline",
    )


def new_role(ctx: Context) -> None:
    user = document.load(ctx, "User", ANN)
    user.append("roles", {"role": "Reader"})
    user.save()


def user_disabled(ctx: Context) -> None:
    user = document.load(ctx, "User", ANN)
    user.enabled = 0
    user.save()


def new_share(ctx: Context) -> None:
    schema.insert_record(ctx, "DocShare", "s", share_doctype="Note", share_name="n", user=ANN, read=1)


def new_user_permission(ctx: Context) -> None:
    insert(ctx, "User Permission", user=ANN, allow="Role", for_value="Reader")


def new_setting(ctx: Context) -> None:
    settings = document.load(ctx, "System Settings", "System Settings")
    settings.app_name = "Fresh"
    settings.save()


def role_disabled(ctx: Context) -> None:
    new_role(ctx)
    role = document.load(ctx, "Role", "Reader")
    role.disabled = 1
    role.save()


CHANGES = [
    pytest.param(new_doctype, lambda ctx: ctx.has_doctype("Fresh"), False, True, id="a DocType"),
    pytest.param(new_custom_field, lambda ctx: "mood" in ctx.meta("Note").columns, False, True, id="a custom field"),
    pytest.param(
        new_property, lambda ctx: ctx.meta("Note").get_label("title"), "Title", "Headline", id="a property setter"
    ),
    pytest.param(new_role, lambda ctx: "Reader" in ctx.roles_of(ANN), False, True, id="a role"),
    pytest.param(role_disabled, lambda ctx: "Reader" in ctx.roles_of(ANN), False, False, id="a disabled role"),
    pytest.param(user_disabled, lambda ctx: ctx.user_info(ANN).enabled, True, False, id="a disabled user"),
    pytest.param(
        new_share,
        lambda ctx: permissions.shares(ctx.as_user(ANN), "Note"),
        {},
        {"n": {"read": 1, "write": 0, "share": 0, "submit": 0, "select": 1}},
        id="a share",
    ),
    pytest.param(
        new_user_permission,
        lambda ctx: permissions.user_permissions(ctx.as_user(ANN)).values("Role", "Note"),
        None,
        ["Reader"],
        id="a user permission",
    ),
    pytest.param(new_setting, lambda ctx: ctx.setting("app_name"), "Frappe", "Fresh", id="a setting"),
]


@pytest.mark.parametrize(("change", "ask", "before", "after"), CHANGES)
@pytest.mark.parametrize("who", ["the same process", "another process"])
def test_a_change_is_seen_by_the_next_request(
    two: tuple[Site, Site],
    who: str,
    change: Callable[[Context], None],
    ask: Callable[[Context], Any],
    before: Any,
    after: Any,
) -> None:
    """F23, F35."""
    first, second = two
    reader = second if who == "another process" else first
    with reader.acting() as ctx:
        assert ask(ctx) == before
    with first.acting() as ctx:
        change(ctx)
    with reader.acting() as ctx:
        assert ask(ctx) == after


@pytest.mark.parametrize(("change", "ask", "before", "after"), CHANGES)
def test_a_change_is_seen_by_who_made_it_at_once_and_forgotten_if_undone(
    two: tuple[Site, Site], change: Callable[[Context], None], ask: Callable[[Context], Any], before: Any, after: Any
) -> None:
    first, second = two
    with first.acting() as ctx:
        ask(ctx)
        change(ctx)
        assert ask(ctx) == after
        ctx.rollback()
        assert ask(ctx) == before
    for site in (first, second):
        with site.acting() as ctx:
            assert ask(ctx) == before


def test_others_do_not_see_a_change_before_it_is_kept(two: tuple[Site, Site]) -> None:
    first, second = two
    with second.acting() as reader:
        assert not reader.has_doctype("Fresh")
        with first.acting() as writer:
            new_doctype(writer)
            assert not second.new_context().has_doctype("Fresh")
        assert second.new_context().has_doctype("Fresh")


def test_an_old_key_ends_with_a_new_one_everywhere(two: tuple[Site, Site]) -> None:
    first, second = two
    with first.acting() as ctx:
        key, old = auth.generate_keys(ctx, ANN)
    reader = second.new_context("Guest")
    auth.authenticate(reader, ApiKey(key, old))
    assert reader.user == ANN
    with first.acting() as ctx:
        assert auth.generate_keys(ctx, ANN)[0] == key
    for site in two:
        with pytest.raises(AuthenticationError):
            auth.authenticate(site.new_context("Guest"), ApiKey(key, old))


def test_a_key_of_a_disabled_user_opens_nothing(two: tuple[Site, Site]) -> None:
    first, second = two
    with first.acting() as ctx:
        key, secret = auth.generate_keys(ctx, ANN)
    auth.authenticate(second.new_context("Guest"), ApiKey(key, secret))
    with first.acting() as ctx:
        user_disabled(ctx)
    for site in two:
        with pytest.raises(AuthenticationError):
            auth.authenticate(site.new_context("Guest"), ApiKey(key, secret))


def test_threads_share_what_is_cached_and_see_each_others_changes(site: Site) -> None:
    def roles() -> None:
        with site.acting() as ctx:
            seen.append("Reader" in ctx.roles)

    seen: list[bool] = []
    for _ in range(2):
        thread = threading.Thread(target=roles)
        thread.start()
        thread.join()
        with site.acting() as ctx:
            schema.insert_record(ctx, "Role", "Reader", role_name="Reader")
    assert seen == [False, True]


def test_data_that_is_not_cached_does_not_empty_the_caches(two: tuple[Site, Site]) -> None:
    first, second = two
    with second.acting() as ctx:
        meta = ctx.meta("Note")
    with first.acting() as ctx:
        insert(ctx, "Note", title="x")
    with second.acting() as ctx:
        assert ctx.meta("Note") is meta


# --- acting ---


def notes(site: Site) -> list[str]:
    return [
        row["title"] for row in site.store.find(site.new_context().meta("Note"), Condition(), ("title",), order="title")
    ]


def test_acting_keeps_what_was_done(site: Site) -> None:
    with site.acting() as ctx:
        insert(ctx, "Note", title="kept")
    assert notes(site) == ["kept"]
    assert not site.database.writing


@pytest.mark.parametrize("error", [ValidationError, KeyError, KeyboardInterrupt])
def test_acting_undoes_on_any_error(site: Site, error: type[BaseException]) -> None:
    """F27."""
    with pytest.raises(error), site.acting() as ctx:
        insert(ctx, "Note", title="lost")
        raise error
    assert notes(site) == []
    assert not site.database.writing
    assert site.database.row("SELECT 1") == (1,)


def test_acting_is_what_app_code_sees(site: Site) -> None:
    with site.acting(ANN):
        assert frappe_lite.session.user == ANN
        with site.acting():
            assert frappe_lite.session.user == "Administrator"
        assert frappe_lite.session.user == ANN
    with pytest.raises(RuntimeError, match="outside a request"):
        _ = frappe_lite.session.user


def test_after_commit_runs_once_and_after_it(site: Site) -> None:
    ran: list[list[str]] = []
    with site.acting() as ctx:
        insert(ctx, "Note", title="x")
        ctx.after_commit.append(lambda: ran.append(notes(site)))
        assert ran == []
        ctx.commit()
        ctx.commit()
    assert ran == [["x"]]


def test_after_commit_does_not_run_after_a_rollback(site: Site) -> None:
    ran: list[int] = []
    with site.acting() as ctx:
        ctx.after_commit.append(lambda: ran.append(1))
        ctx.rollback()
    assert ran == []


def test_a_job_runs_as_its_user_and_is_finished_before_the_site_closes(tmp_path: Path) -> None:
    site, seen = frappe_lite.Site(str(tmp_path / "a.db")), []

    def job(title: str) -> None:
        seen.append((frappe_lite.session.user, title))

    with site.acting() as ctx:
        frappe_lite.enqueue(job, title="x")
        assert seen == []
        assert len(ctx.after_commit) == 1
    site.close()
    assert seen == [("Administrator", "x")]


def test_a_job_that_fails_is_logged_and_harms_nobody(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.run_later("Administrator", lambda: 1 / 0, {})
    site._pool.shutdown()
    assert "a job failed" in caplog.text


# --- contexts ---


def test_a_trusted_context_shares_messages_and_caches(site: Site) -> None:
    ctx = site.new_context(ANN)
    trusted = ctx.trusted()
    trusted.say("hello", title="T", indicator="green")
    assert (trusted.user, trusted.is_trusted, ctx.is_trusted) == (ANN, True, False)
    assert ctx.messages == [{"message": "hello", "title": "T", "indicator": "green"}]
    assert trusted.trusted() is trusted
    assert trusted.caches is ctx.caches


@pytest.mark.parametrize(
    ("derive", "changed"),
    [
        pytest.param(lambda ctx: ctx.trusted(), {"is_trusted": True}, id="trusted"),
        pytest.param(lambda ctx: ctx.as_user("Guest"), {"user": "Guest"}, id="another user"),
        pytest.param(lambda ctx: ctx.trusted().as_user("Guest"), {"user": "Guest"}, id="another user, not trusted"),
        pytest.param(lambda ctx: ctx.derived(request_id="x"), {"request_id": "x"}, id="anything else"),
    ],
)
def test_a_derived_context_changes_what_it_says_and_nothing_else(
    site: Site, derive: Callable[[Context], Context], changed: dict[str, object]
) -> None:
    """Also what was found out after it was made: the session, and what a narrow token may do."""
    ctx = site.new_context(ANN, request_id="r")
    ctx.sid, ctx.scopes, ctx.headers = "s", frozenset({"Task:read"}), [("X", "y")]
    assert derive(ctx).__dict__ == {**ctx.__dict__, **changed}
    assert derive(ctx).transaction is ctx.transaction


def test_another_users_context_is_not_trusted(site: Site) -> None:
    assert not site.new_context(ANN).trusted().as_user("bob@example.com").is_trusted


@pytest.mark.parametrize(
    ("user", "roles"),
    [
        pytest.param("Guest", {"Guest"}, id="a guest"),
        pytest.param("nobody@example.com", {"Guest"}, id="nobody"),
        pytest.param(ANN, {"All", "Guest"}, id="a user without roles"),
        pytest.param(
            "bob@example.com", {"All", "Guest", "Desk User", "System Manager"}, id="a role that opens the desk"
        ),
    ],
)
def test_roles(site: Site, user: str, roles: set[str]) -> None:
    with site.acting() as ctx:
        insert(ctx, "User", email=ANN, first_name="Ann")
        insert(ctx, "User", email="bob@example.com", first_name="Bob", roles=[{"role": "System Manager"}])
        assert ctx.as_user(user).roles == roles


def test_the_administrator_has_every_role(site: Site) -> None:
    ctx = site.new_context()
    assert {"System Manager", "Script Manager", "All", "Desk User"} <= ctx.roles


def test_a_doctype_is_found_whatever_the_case_and_missed_with_a_sentence(site: Site) -> None:
    ctx = site.new_context()
    assert ctx.meta("note").name == "Note"
    assert not ctx.has_doctype("Nowhere")
    with pytest.raises(DoesNotExistError, match="DocType Nowhere not found"):
        ctx.meta("Nowhere")


@pytest.mark.parametrize("name", [["Note"], {"a": 1}, [None]])
def test_a_doctype_is_named_by_a_text(site: Site, name: Any) -> None:
    """What a caller's JSON may hold instead is missed like any other."""
    ctx = site.new_context()
    with pytest.raises(DoesNotExistError):
        ctx.meta(name)
    assert not ctx.has_doctype(name)


def test_other_spellings_of_a_doctype_do_not_fill_the_caches(site: Site) -> None:
    ctx = site.new_context()
    note, before = ctx.meta("Note"), len(ctx.caches.doctypes)
    assert all(ctx.meta(name) is note for name in ("note", "NOTE", "nOTE", "NoTe"))
    assert len(ctx.caches.doctypes) == before


# --- hooks and methods ---


def test_hooks_of_all_apps_are_joined(site: Site) -> None:
    site.add_app(InstalledApp("one", hooks={"has_permission": {"X": "one.a"}}))
    site.add_app(
        InstalledApp(
            "two", hooks={"has_permission": {"X": ["two.a", "two.b"], "Y": "two.c"}, "has_website_permission": None}
        )
    )
    assert site.hook("has_permission", "X") == ["one.a", "two.a", "two.b"]
    assert site.hook("has_permission", "Z") == []
    assert site.hook("has_website_permission", "X") == []


def of_apps(site: Site, doctype: str, event: str) -> list[str]:
    """The handlers that are not the package's own."""
    found = site.doc_event_handlers(doctype, event)
    return [each.__name__ for each in found if not each.__module__.startswith("frappe_lite.")]


def test_doc_events_run_the_doctypes_own_before_those_of_all(site: Site) -> None:
    site.add_app(
        InstalledApp(
            "one",
            hooks={"doc_events": {"*": {"validate": "json.dumps"}, "Note": {"validate": ["json.loads", "os.getcwd"]}}},
        )
    )
    assert of_apps(site, "Note", "validate") == ["loads", "getcwd", "dumps"]
    assert of_apps(site, "User", "validate") == ["dumps"]
    assert of_apps(site, "Note", "after_rename") == []


def test_an_app_that_comes_later_counts_from_then_on(site: Site) -> None:
    assert of_apps(site, "Note", "validate") == []
    site.add_app(
        InstalledApp(
            "late", hooks={"doc_events": {"Note": {"validate": "json.loads"}}, "ignore_links_on_delete": ["Note"]}
        )
    )
    assert of_apps(site, "Note", "validate") == ["loads"]
    assert "Note" in site.ignored_links


@pytest.mark.parametrize(
    ("path", "there", "elsewhere"),
    [
        pytest.param("/api/method/{app}.api.hello", 200, 417, id="a method"),
        pytest.param("/api/v2/method/{app}.api.hello", 200, 417, id="a method by version 2"),
        pytest.param("/api/method/hello_by_another_name", 200, 417, id="a method that its hooks name"),
        pytest.param("/api/resource/Lodger", 200, 404, id="a DocType"),
        pytest.param("/api/method/frappe.client.get_list?doctype=Lodger", 200, 404, id="a DocType by a method"),
        pytest.param("/lodgings", 200, 404, id="a page"),
    ],
)
def test_two_sites_with_different_apps(
    two_houses: tuple[ApiClient, ApiClient, str], path: str, there: int, elsewhere: int
) -> None:
    with_app, without, app = two_houses
    assert with_app.get(path.format(app=app)).status_code == there
    assert without.get(path.format(app=app)).status_code == elsewhere


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(lambda site, app: app in site.apps, id="installed apps"),
        pytest.param(lambda site, app: "Lodger" in site.controller_modules, id="controllers"),
        pytest.param(lambda site, app: of_apps(site, "Note", "validate") == ["watch"], id="what runs when one saves"),
        pytest.param(lambda site, app: f"{app}.api.may" in site.hook("has_permission", "Note"), id="permissions"),
        pytest.param(lambda site, app: f"{app}.api.hello" in described(site), id="the description of the API"),
    ],
)
def test_what_a_site_knows_of_its_own_apps(
    two_houses: tuple[ApiClient, ApiClient, str], told: Callable[[Site, str], bool]
) -> None:
    with_app, without, app = two_houses
    assert told(with_app.site, app)
    assert not told(without.site, app)


def described(site: Site) -> str:
    """The OpenAPI description of a site."""
    return ApiClient(site).get("/api/v2/openapi.json").get_data(as_text=True)


HOUSE = """
    app_name = "APP"
    doc_events = {"*": {"validate": "APP.api.watch"}}
    has_permission = {"Note": "APP.api.may"}
    override_whitelisted_methods = {"hello_by_another_name": "APP.api.hello"}
"""
HOUSE_API = """
    import frappe

    @frappe.whitelist()
    def hello():
        return "hello"

    def watch(doc, method=None):
        pass

    def may(doc, ptype, user):
        return True
"""


@pytest.fixture(scope="module")
def two_houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiClient, ApiClient, str]]:
    """The Administrator's clients of a site with an app and of one without, and the app's name."""
    for name in app_name():
        write = writer(tmp_path_factory.mktemp("house"), name)
        lodger = doctype("Lodger", ("room", "Data"))
        controller = "from frappe.model.document import Document\nclass Lodger(Document):\n    pass\n"
        files = {"hooks.py": HOUSE, "api.py": HOUSE_API, "zoo/doctype/lodger/lodger.json": lodger}
        files["zoo/doctype/lodger/lodger.py"] = controller
        others = {"__init__.py": "", "modules.txt": "Zoo", "www/lodgings.html": "<p>Lodgings</p>"}
        first, second = frappe_lite.Site(), frappe_lite.Site()
        first.load(write(files | others))
        yield ApiClient(first), ApiClient(second), name
        first.close()
        second.close()


def test_a_created_document_may_answer_as_a_full_frappe_does() -> None:
    site = frappe_lite.Site(created_status=200)
    assert ApiClient(site)("POST /api/resource/Note", {"title": "x"}).status_code == 200
    site.close()


def test_what_a_part_does_at_an_event_joins_what_is_done_already():
    site = frappe_lite.Site()
    before = site.doc_event_handlers("System Settings", "validate")
    for name in ("later", "last"):
        site.add_doc_event("System Settings", "validate", name.upper)
    site.add_doc_event("Brand New", "validate", "any".upper)
    found = site.doc_event_handlers("System Settings", "validate")
    assert [each for each in found if each in before] == before
    assert [each() for each in found if each not in before] == ["LATER", "LAST"]
    assert site.doc_event_handlers("Brand New", "validate")[0]() == "ANY"
    site.close()


def test_the_hooks_of_one_site_are_not_those_of_another():
    """Each part adds its own to a site's: a process with many sites would call them many times."""
    first, second = frappe_lite.Site(), frappe_lite.Site()
    assert first.apps["frappe"].hooks == second.apps["frappe"].hooks
    first.apps["frappe"].hooks["doc_events"]["User"]["on_trash"].append("mine")
    assert "mine" not in second.apps["frappe"].hooks["doc_events"]["User"]["on_trash"]
    first.close()
    second.close()


def test_a_site_that_is_closed_twice_finishes_its_work_once(tmp_path: Path) -> None:
    site, finished = frappe_lite.Site(new_file(tmp_path / "site.db")), []
    site.extensions.on_close.append(lambda: finished.append(1))
    site.close()
    site.close()
    assert finished == [1]


# --- DocTypes are handed on from cache to cache ---

DEPTH = {"doctype": "Custom Field", "dt": "ToDo", "fieldname": "depth", "fieldtype": "Int"}
NEEDED = {
    "doctype": "Property Setter", "doctype_or_field": "DocField", "doc_type": "ToDo", "field_name": "date",
    "property": "reqd", "property_type": "Check", "value": "1",
}  # fmt: skip
HOLE = {"doctype": "DocType", "name": "Hole", "module": "Core", "fields": [{"fieldname": "a", "fieldtype": "Data"}]}


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({"doctype": "User", "email": "new@example.com", "first_name": "New"}, True),
        ({"doctype": "Role", "role_name": "Digger"}, True),
        ({"doctype": "User Permission", "user": ANN, "allow": "Role", "for_value": "Reader"}, True),
        (DEPTH, False),
        (NEEDED, False),
        ({"doctype": "Custom DocPerm", "parent": "ToDo", "role": "Guest", "read": 1}, False),
        (HOLE, False),
    ],
    ids=lambda value: value["doctype"] if isinstance(value, dict) else "",
)
def test_doctypes_stay_until_one_of_them_changes(two: tuple[Site, Site], values: dict[str, Any], kept: bool) -> None:
    seen = []
    for site in two:
        with site.acting() as ctx:
            seen.append((ctx.meta("ToDo"), ctx.caches.version))
    with two[0].acting() as ctx:
        insert(ctx, **values)
        assert (ctx.meta("ToDo") is seen[0][0]) == kept, "inside the transaction"
    for site, (before, version) in zip(two, seen, strict=True):
        with site.acting() as ctx:
            assert ctx.caches.version != version, "what else was cached is old"
            assert (ctx.meta("ToDo") is before) == kept


def test_who_changed_a_user_may_change_a_doctype_still(two: tuple[Site, Site]) -> None:
    with two[1].acting() as ctx:
        assert ctx.meta("ToDo").get_field("depth") is None
    with two[0].acting() as ctx:
        insert(ctx, "User", email="new@example.com", first_name="New")
        insert(ctx, **DEPTH)
        insert(ctx, "Role", role_name="Digger")
    with two[1].acting() as ctx:
        assert ctx.meta("ToDo").get_field("depth") is not None


def test_a_doctype_that_was_not_kept_changes_nothing(site: Site) -> None:
    with site.acting() as ctx:
        before = ctx.meta("ToDo")
        insert(ctx, **DEPTH)
        assert ctx.meta("ToDo").get_field("depth")
        ctx.rollback()
        assert ctx.meta("ToDo") is before
