"""What stands beside a document, small helpers of `frappe.utils`, and questions about people and DocTypes, as app code asks for them."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import ValidationError
from frappe_lite.face.apps import loading as apps

apps.provide_frappe()


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        store_doctype(made, doctype("Row", ("item", "Data"), istable=1))
        fields: list[Any] = [
            ("title", "Data"),
            ("points", "Int"),
            ("country", "Link", "Country"),
            ("rows", "Table", "Row"),
        ]
        fields += [{"fieldname": "secret", "fieldtype": "Data", "permlevel": 1}]
        kind = doctype("Case", *fields, autoname="field:title", track_changes=1, track_views=1, title_field="title")
        kind["permissions"].append({"role": "Helper", "read": 1})
        document.new(made, {"doctype": "Role", "role_name": "Helper"}).insert()
        store_doctype(made, kind)
        for email, roles in (("ann@x.org", ["Helper"]), ("ben@x.org", ["System Manager"])):
            values = {
                "doctype": "User",
                "email": email,
                "first_name": email[:3].title(),
                "last_name": "Lee",
                "roles": [{"role": each} for each in roles],
            }
            document.new(made, values).insert()
        document.new(made, {"doctype": "Case", "title": "one", "points": 3, "country": "Germany"}).insert()
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Iterator[Any]:
    found: Any = importlib.import_module("frappe")
    yield found
    found.set_user("Administrator")


@pytest.fixture
def load(frappe: Any) -> Any:
    return importlib.import_module("frappe.desk.form.load")


# --- beside a document ---

KINDS = [
    ("Comment", "comments"),
    ("Shared", "shared"),
    ("Assigned", "assignment_logs"),
    ("Attachment", "attachment_logs"),
    ("Like", "like_logs"),
    ("Workflow", "workflow_logs"),
]


@pytest.mark.parametrize(("kind", "place"), [each for each in KINDS if each[0] != "Shared"])
def test_comments_stand_by_their_kind(frappe: Any, load: Any, kind: str, place: str) -> None:
    doc = frappe.get_doc("Case", "one")
    doc.add_comment(kind, "text")
    found = frappe._dict()
    load.add_comments(doc, found)
    assert [each.content for each in found[place]] == ["text"]
    assert sum(len(rows) for rows in found.values()) == 1
    assert [each.content for each in load.get_comments("Case", "one", kind)] == ["text"]


def test_everything_beside_a_document(frappe: Any, load: Any) -> None:
    doc = frappe.get_doc("Case", "one")
    doc.points = 4
    doc.save()
    doc.add_tag("hot")
    doc.add_viewed("ann@x.org")
    frappe.get_doc(
        {
            "doctype": "ToDo",
            "description": "x",
            "allocated_to": "ann@x.org",
            "reference_type": "Case",
            "reference_name": "one",
        }
    ).insert()
    for kind in ("Communication", "Automated Message"):
        values = {"communication_type": kind, "content": kind, "reference_doctype": "Case", "reference_name": "one"}
        frappe.get_doc({"doctype": "Communication", **values}).insert()
    importlib.import_module("frappe.share").add("Case", "one", "ann@x.org")
    load.get_docinfo(doc)
    found = frappe.response["docinfo"]
    assert {key: len(found[key]) for key in ("versions", "assignments", "shared", "views", "communications", "automated_messages", "attachments")} == {
        "versions": 1, "assignments": 1, "shared": 1, "views": 1, "communications": 1, "automated_messages": 1, "attachments": 0,
    }  # fmt: skip
    assert (
        found.tags,
        found.assignments[0].owner,
        found.permissions["write"],
        found.user_info["ann@x.org"].fullname,
    ) == ("hot", "ann@x.org", 1, "Ann Lee")
    assert [each.content for each in load.get_communications("Case", "one")] == ["Automated Message", "Communication"]


@pytest.mark.parametrize("none", [pytest.param(None, id="None"), pytest.param("", id="an empty text, as apps send it")])
def test_a_document_that_is_not_given_is_named(frappe: Any, load: Any, none: Any) -> None:
    load.get_docinfo(none, "Case", "one")
    assert (frappe.response["docinfo"].doctype, frappe.response["docinfo"].name) == ("Case", "one")


def test_nobody_sees_what_stands_beside_a_document_that_is_not_theirs(frappe: Any, load: Any) -> None:
    frappe.set_user("Guest")
    for call in (lambda: load.get_docinfo(doctype="Case", name="one"), lambda: load.get_communications("Case", "one")):
        with pytest.raises(frappe_lite.PermissionError):
            call()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param('<span class="mention" data-id="ann@x.org">@Ann</span>', ["ann@x.org"], id="one"),
        pytest.param("<SPAN data-id='a@x.org' CLASS='x mention y'>@</SPAN>", ["a@x.org"], id="with other classes"),
        pytest.param(
            '<a class="mention" data-id="a@x.org"></a> <a class="mention" data-id="b@x.org"></a>',
            ["a@x.org", "b@x.org"],
            id="two",
        ),
        pytest.param('<span class="mentioned" data-id="a@x.org"></span>', [], id="another class"),
        pytest.param('<span class="mention"></span>', [], id="nobody"),
        pytest.param(
            '<span class="mention" data-id="Team" data-is-group="true"></span>', [], id="a group that there is not"
        ),
        pytest.param("plain", [], id="no HTML"),
        pytest.param(None, [], id="nothing"),
    ],
)
def test_who_is_mentioned(frappe: Any, text: Any, found: list[str]) -> None:
    from frappe.desk.notifications import extract_mentions

    assert extract_mentions(text) == found


@pytest.mark.parametrize(
    "text",
    ["<" + "class='mention " * 40_000, "<class='" + "mention " * 60_000, "<" * 400_000, "<" + "a" * 400_000 + ">"],
    ids=["tags", "words", "brackets", "a long name"],
)
def test_long_texts_are_read_in_their_time(frappe: Any, text: str) -> None:
    from frappe.desk.notifications import extract_mentions

    begun = time.process_time()
    assert extract_mentions(text) == []
    assert time.process_time() - begun < 2


# --- SQL for an app's own statements ---


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        pytest.param({"points": 3}, 1, id="a value"),
        pytest.param({"points": "!3"}, 0, id="not a value"),
        pytest.param({"points": [">", 2], "title": "one"}, 1, id="two filters"),
        pytest.param([["Case", "points", "<", 3]], 0, id="in a list"),
        pytest.param('{"title": "one"}', 1, id="as JSON"),
        pytest.param({"title": "5% o'k"}, 0, id="marks of SQL in a value"),
        pytest.param({"title": ["like", "o%"]}, 1, id="a pattern"),
        pytest.param(None, 1, id="no filters"),
    ],
)
def test_filters_in_an_apps_own_statement(frappe: Any, filters: Any, rows: int) -> None:
    from frappe.desk.reportview import get_filters_cond

    text = get_filters_cond("Case", filters, [])
    assert text == "" or text.startswith(" and ")
    assert len(frappe.db.sql(f"select name from `tabCase` where 1 = %s {text}", (1,))) == rows


def test_which_documents_the_user_may_read_as_sql(frappe: Any) -> None:
    from frappe.desk.reportview import build_match_conditions, get_filters_cond, get_match_cond

    assert (build_match_conditions("Case"), get_match_cond("Case")) == ("", "")
    importlib.import_module("frappe.permissions").add_user_permission("Country", "France", "ann@x.org")
    frappe.set_user("ann@x.org")
    match = get_match_cond("Case")
    assert frappe.db.sql(f"select name from `tabCase` where 1 = %s {match}", (1,)) == ()
    assert get_filters_cond("Case", {"points": 3}, [], with_match_conditions=True).count(" and (") == 2
    for call in (
        lambda: build_match_conditions("User Permission"),
        lambda: get_filters_cond("Case", {"secret": "x"}, []),
    ):
        with pytest.raises((frappe_lite.PermissionError, ValidationError)):
            call()
    assert "secret" in get_filters_cond("Case", {"secret": "x"}, [], ignore_permissions=True)


def test_filters_on_linked_documents_have_no_place_there(frappe: Any) -> None:
    from frappe.desk.reportview import get_filters_cond

    with pytest.raises(ValidationError, match="linked documents"):
        get_filters_cond("Case", [["Row", "item", "=", "x"]], [])


# --- people and DocTypes ---


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("frappe.get_roles('ann@x.org')", {"Helper", "All", "Guest"}),
        ("frappe.get_roles('Guest')", {"Guest"}),
        ("user.get_users_with_role('Helper')", {"ann@x.org"}),
        ("user.is_system_user('ann@x.org') is not None", {True}),
        ("utils.get_formatted_email('ann@x.org')", {"Ann Lee <ann@x.org>"}),
        ("utils.get_fullname('ann@x.org')", {"Ann Lee"}),
        ("utils.get_fullname('none@x.org')", {"none@x.org"}),
        ("frappe.is_table('Row')", {True}),
        ("frappe.is_table('Case')", {False}),
        ("meta.get_parent_dt('Row')", {"Case"}),
        ("meta.get_parent_dt('Case')", {""}),
        ("meta.is_single('System Settings')", {1}),
        ("meta.get_default_df('creation').fieldtype", {"Datetime"}),
        ("meta.get_default_df('title')", {None}),
        ("frappe.get_meta('Case').get_permitted_fieldnames(user='ann@x.org').count('secret')", {0}),
        ("frappe.get_meta('Case').get_permitted_fieldnames(user='ann@x.org').count('points')", {1}),
        ("frappe.get_meta('Case').get_permlevel_access('read', user='ann@x.org')", {0}),
        ("frappe.only_has_select_perm('Case')", {False}),
    ],
)
def test_questions(frappe: Any, expression: str, expected: set[Any]) -> None:
    user = importlib.import_module("frappe.utils.user")
    names = {
        "frappe": frappe,
        "user": user,
        "utils": importlib.import_module("frappe.utils"),
        "meta": importlib.import_module("frappe.model.meta"),
    }
    found = eval(expression, names)
    found = set(found) if isinstance(found, list) else {found}
    assert expected <= found if "roles" in expression else found == expected


def test_nobody_but_those_with_a_role(frappe: Any) -> None:
    assert frappe.only_for("Helper") is None  # the Administrator may
    frappe.set_user("ann@x.org")
    assert frappe.only_for(["Helper", "System Manager"]) is None
    with pytest.raises(frappe_lite.PermissionError):
        frappe.only_for("System Manager")


# --- small helpers ---

HELPERS = [
    ("dict_to_str({'a': 1, 'b': 'x y'})", "a=1&b=x%20y"),
    ("list_to_str([1, 'b'])", "1, b"),
    ("get_abbr('Ann Berta Carla')", "AB"),
    ("get_abbr('Ann Berta Carla', 3)", "ABC"),
    ("get_abbr('')", "?"),
    ("strip('\\ufeff a \\u200b')", "a"),
    ("get_string_between('<', 'a<b>c', '>')", "b"),
    ("encode({'a': 'ä'})", {"a": "ä"}),
    ("safe_decode(b'\\xc3\\xa4')", "ä"),
    ("safe_decode(b'\\xff')", b"\xff"),
    ("safe_encode('ä')", b"\xc3\xa4"),
    ("slug('My Kind Of')", "my-kind-of"),
    ("is_image('a.PNG')", True),
    ("is_image('a.txt')", False),
    ("is_git_url('https://github.com/frappe/frappe.git')", True),
    ("is_git_url('ftp://x.org/')", False),
    ("unique([1, 2, 1])", [1, 2]),
    ("list(map(list, create_batch([1, 2, 3], 2)))", [[1, 2], [3]]),
    ("has_common([1, 2], [2])", {2}),
    ("is_subset([1], [1, 2])", True),
    ("dict_with_keys({'a': 1, 'b': 2}, ['a'])", {"a": 1}),
    ("remove_blanks({'a': None, 'b': '', 'c': 5})", {"c": 5}),
    ("squashify([1])", 1),
    ("squashify([1, 2])", [1, 2]),
    ("safe_json_loads('{\"a\": 1}', 'x', '3')", [{"a": 1}, "x", 3]),
    ("dictify([{'a': 1}])[0].a", 1),
    ("groupby_metric({'x': [{'k': 1}, {'k': 2}]}, 'k')", {1: {"x": [{"k": 1}]}, 2: {"x": [{"k": 2}]}}),
    ("get_table_name('Case')", "tabCase"),
    ("get_table_name('Case', wrap_in_backticks=True)", "`tabCase`"),
    ("get_job_name('k', 'D', 'n')", "k_D_n"),
    ("get_db_count('Case', 'Row')", {"Case": 1, "Row": 0}),
    ("is_cli()", False),
    ("new_line_sep(['a', 'b'])", "a\n b"),
    ("comma_or(['a', 'b'])", "'a' or 'b'"),
    ("comma_and(['a', 'b', 'c'], add_quotes=False)", "a, b and c"),
    ("sha256_hash('a')[:8]", "ca978112"),
    ("len(random_string(7))", 7),
    ("filter_strip_join([' a ', None, 'b'], '-')", "a-b"),
    ("call(lambda a: a, 1)", 1),
    ("call_hook_method('no_such_hook')", None),
]


@pytest.mark.parametrize(("expression", "expected"), HELPERS, ids=[each[0] for each in HELPERS])
def test_small_helpers(frappe: Any, expression: str, expected: Any) -> None:
    utils = importlib.import_module("frappe.utils")
    name = next(
        each for each in expression.replace("(", " ").split() if each not in ("list", "map", "list,", "len", "list map")
    )
    known = {
        each: getattr(utils, each)
        for each in {name, expression.partition("(")[0], "create_batch", "random_string"}
        if each.isidentifier() and each not in ("list", "len")
    }
    assert eval(expression, known) == expected


def test_functions_wait_in_order(frappe: Any) -> None:
    from frappe.utils import CallbackManager

    called: list[int] = []
    manager = CallbackManager()
    manager.add(lambda: called.append(1))
    manager.add(lambda: manager.add(lambda: called.append(3)))
    manager(lambda: called.append(2))
    manager.run()
    assert called == [1, 2, 3]
    manager.add(lambda: called.append(4))
    manager.reset()
    manager.run()
    assert called == [1, 2, 3]


def test_lists_of_dicts(frappe: Any) -> None:
    from frappe.core.utils import find, find_all, html2text, ljust_list

    rows = [{"a": 1}, {"a": 2}, {"a": 2}]
    assert (find(rows, lambda row: row["a"] == 2), find(rows, lambda row: row["a"] == 9)) == ({"a": 2}, None)
    assert len(find_all(rows, lambda row: row["a"] == 2)) == 2
    assert (ljust_list([1], 3), ljust_list([1, 2], 1, 0), html2text("<p>a <b>b</b></p>").strip()) == (
        [1, None, None],
        [1, 2],
        "a b",
    )
