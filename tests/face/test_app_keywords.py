"""No function that app code calls swallows a keyword: each is honoured, or refused with a TypeError that names it."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from frappe_lite import document, face
from frappe_lite.context import Context
from frappe_lite.document import base_document
from frappe_lite.document.schema import store_doctype
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.missing import Missing

apps.provide_frappe()
VARIABLE = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function of the face, and every method of its classes."""
    for each in pkgutil.iter_modules(face.__path__):
        if each.name.startswith("pypika"):
            pytest.importorskip("pypika")
        module = importlib.import_module(f"frappe_lite.face.{each.name}")
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__.startswith("frappe_lite"):
                yield f"{each.name}.{name}", value
            if inspect.isclass(value) and value.__module__ == module.__name__ and value is not Missing:
                yield from (
                    (f"{each.name}.{name}.{key}", inner)
                    for key, inner in vars(value).items()
                    if inspect.isfunction(inner)
                )
    for cls in (document.Document, base_document.BaseDocument):
        yield from ((f"{cls.__name__}.{key}", inner) for key, inner in vars(cls).items() if inspect.isfunction(inner))


def dropped(function: Callable[..., Any]) -> list[str]:
    """The `*` and `**` parameters of a function that its body never looks at."""
    if function.__name__ == "__exit__":  # its parameters are the language's
        return []
    variable = [
        each.name
        for each in inspect.signature(function, follow_wrapped=False).parameters.values()
        if each.kind in VARIABLE
    ]
    if not variable:
        return []
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return [name for name in variable if name not in used]


def test_no_function_of_the_face_drops_a_parameter() -> None:
    # the protocols of PyPika, Jinja and Redis; what is missing refuses whatever it is given
    kept = {"pypika_lists", "templates", "missing", "cache_pipeline"}
    silent = {  # tell nobody anything, on purpose; what is refused is refused whatever it is given
        "exceptions.SiteNotSpecifiedError.__init__", "modules.capture", "old_names.add_data_to_monitor", "old_names.reload_doc", "old_names.reload_doctype", "old_names.safe_exec",
    }  # fmt: skip
    found = {name: names for name, function in functions() if (names := dropped(inspect.unwrap(function)))}
    assert {
        name: names for name, names in found.items() if name.partition(".")[0] not in kept and name not in silent
    } == {}


def test_the_search_for_dropped_parameters_finds_one() -> None:
    def drops(name: str, **_more: Any) -> str:
        return name

    assert dropped(drops) == ["_more"]


# --- what is honoured ---


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        row = {
            "doctype": "DocType",
            "name": "Leg",
            "module": "Zoo",
            "istable": 1,
            "fields": [{"fieldname": "size", "fieldtype": "Int"}],
        }
        store_doctype(made, row)
        store_doctype(
            made, doctype("Beast", ("title", "Data"), ("legs", "Table", "Leg"), autoname="field:title", allow_rename=1)
        )
        for title in ("bear", "cat"):
            document.new(made, {"doctype": "Beast", "title": title}).insert()
        for email, roles in (("boss@x.org", ["System Manager"]), ("guest@x.org", [])):
            document.new(
                made,
                {"doctype": "User", "email": email, "first_name": "X", "roles": [{"role": each} for each in roles]},
            ).insert()
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Any:
    return importlib.import_module("frappe")


@pytest.mark.parametrize(
    ("call", "keyword"),
    [
        ("get_all('Beast', filter={'title': 'cat'})", "filter"),
        ("get_list('Beast', colour='red')", "colour"),
        ("db.get_value('Beast', 'cat', colour='red')", "colour"),
        ("db.set_value('Beast', 'cat', 'title', 'x', colour='red')", "colour"),
        ("db.count('Beast', filter={})", "filter"),
        ("db.exists('Beast', 'cat', colour='red')", "colour"),
        ("db.sql('select 1', colour='red')", "colour"),
        ("get_doc('Beast', 'cat', colour='red')", "colour"),
        ("get_doc('Beast', 'cat').save(colour='red')", "colour"),
        ("get_doc('Beast', 'cat').insert(colour='red')", "colour"),
        ("get_doc('Beast', 'cat').as_dict(colour='red')", "colour"),
        ("has_permission('Beast', colour='red')", "colour"),
        ("delete_doc('Beast', 'cat', colour='red')", "colour"),
        ("throw('x', colour='red')", "colour"),
        ("msgprint('x', colour='red')", "colour"),
        ("log_error('x', colour='red')", "colour"),
        ("sendmail(['a@b.c'], colour='red')", "colour"),
        ("publish_realtime('x', colour='red')", "colour"),
        ("cache.get_value('x', colour='red')", "colour"),
        ("utils.formatdate('2026-01-01', colour='red')", "colour"),
    ],
    ids=str,
)
def test_an_unknown_keyword_is_refused_by_name(frappe: Any, call: str, keyword: str) -> None:
    import frappe.utils  # noqa: F401 - rows name it

    with pytest.raises(TypeError, match=keyword):
        eval(f"frappe.{call}", {"frappe": frappe})


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("get_list('Beast', user='boss@x.org', pluck='name', order_by='name')", ["bear", "cat"]),
        ("has_permission('Beast', user='guest@x.org')", False),
        ("has_permission('Beast', 'read', 'cat', user='boss@x.org')", True),
        ("has_permission(frappe.get_doc('Beast', 'cat'), 'write', user='guest@x.org')", False),
        ("get_doc('Beast', 'cat').has_permission('read', user='guest@x.org')", False),
        ("get_doc('Beast', 'cat', check_permission=True).name", "cat"),
        ("get_all('Beast', pluck='name', order_by='name asc', update={'x': 1}, limit=1)", ["bear"]),
        ("get_all('Beast', fields=['name'], order_by='name asc', update={'x': 1}, limit=1)[0].x", 1),
        ("get_all('Beast', docstatus=[1], pluck='name')", []),
        ("get_all('Beast', fields=['name'], with_comment_count=True, limit=1)[0]._comment_count", 0),
        ("db.get_value('Beast', 'cat', run=False)[:6]", "SELECT"),
        ("get_all('Beast', {'title': \"o'k\"}, run=False).count(\"'o''k'\")", 1),
        ("db.sql('select name from `tabBeast` order by name', as_dict=1, update={'x': 2})[0].x", 2),
        ("db.sql('select 1', run=False)", "select 1"),
        ("next(db.sql('select name from `tabBeast` order by name', as_iterator=True))", ("bear",)),
        ("get_doc({'doctype': 'Beast', 'title': 'x'}).as_dict(no_private_properties=True).get('__islocal')", None),
        ("get_doc('Beast', 'cat').get_valid_dict(ignore_nulls=True).get('parent', 'none')", "none"),
        ("rename_doc('Beast', 'cat', 'bear', ignore_if_exists=True)", "bear"),
    ],
    ids=str,
)
def test_what_a_keyword_says_is_done(frappe: Any, call: str, answer: Any) -> None:
    assert eval(call if call.startswith("next") else f"frappe.{call}", {"frappe": frappe, "db": frappe.db}) == answer


@pytest.mark.parametrize("right", [True, "write"], ids=str)
def test_check_permission_refuses(frappe: Any, ctx: Context, right: Any) -> None:
    frappe.set_user("guest@x.org")
    try:
        with pytest.raises(frappe_lite.PermissionError, match="Beast"):
            frappe.get_doc("Beast", "cat", check_permission=right)
        with pytest.raises(frappe_lite.PermissionError, match="Beast"):
            frappe.get_list("Beast")
        assert frappe.get_doc("Beast", "cat").name == "cat"  # Frappe: without the keyword nobody is asked
    finally:
        frappe.set_user("Administrator")


@pytest.mark.parametrize(
    ("keywords", "modified", "by"),
    [
        ({}, None, "Administrator"),
        ({"update_modified": False}, "2020-01-01 00:00:00", "somebody@x.org"),
        ({"modified": "2021-02-03 04:05:06", "modified_by": "ann@x.org"}, "2021-02-03 04:05:06", "ann@x.org"),
    ],
    ids=["now", "as it was", "as told"],
)
def test_set_value_stamps_as_told(
    frappe: Any, ctx: Context, keywords: dict[str, Any], modified: str | None, by: str
) -> None:
    ctx.store.update(ctx.meta("Beast"), "cat", {"modified": "2020-01-01 00:00:00", "modified_by": "somebody@x.org"})
    frappe.db.set_value("Beast", "cat", "idx", 3, **keywords)
    row = frappe.db.get_value("Beast", "cat", ["modified", "modified_by", "idx"], as_dict=True)
    assert (row.modified_by, row.idx) == (by, 3)
    assert str(row.modified) == modified if modified else row.modified.year > 2024


def test_rows_keep_their_names_where_told(frappe: Any) -> None:
    doc = frappe.get_doc({"doctype": "Beast", "title": "dog", "legs": [{"name": "left", "size": 1}]})
    doc.insert(set_child_names=False)
    assert frappe.db.get_value("Leg", {"parent": "dog"}, "name") == "left"


def test_a_taken_name_is_passed_over_where_told(frappe: Any) -> None:
    doc = frappe.new_doc("Beast", title="cat")
    doc.name = "cat"
    doc.db_insert(ignore_if_duplicate=True)
    with pytest.raises(frappe_lite.DuplicateEntryError):
        doc.db_insert()


def test_a_lock_is_waited_for_as_long_as_told(frappe: Any) -> None:
    from frappe.utils.synchronization import LockTimeoutError, filelock

    with (
        filelock("x"),
        pytest.raises(LockTimeoutError, match="Failed to acquire lock: file:x"),
        filelock("x", timeout=0),
    ):
        pass
    with filelock("x", timeout=0):
        assert frappe.cache.lock("x").acquire(blocking=False)


@pytest.mark.parametrize(
    ("keywords", "kept", "value"), [({}, True, 2), ({"nx": True}, False, 1), ({"xx": True}, True, 2)], ids=str
)
def test_the_cache_keeps_as_told(frappe: Any, keywords: dict[str, Any], kept: bool, value: int) -> None:
    frappe.cache.set("key", 1)
    assert (frappe.cache.set("key", 2, **keywords), frappe.cache.get("key")) == (kept, value)


def test_call_hands_on_no_flags_of_a_client(frappe: Any) -> None:
    def function(name: str, **more: Any) -> Any:
        return name, more

    assert frappe.call(function, name="x", other=1, ignore_permissions=True, flags={"a": 1}) == ("x", {"other": 1})
