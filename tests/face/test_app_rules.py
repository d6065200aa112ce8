"""What apps' hooks say of permissions.

Called with the arguments that they take, able to take away only, and never open by a mistake.
"""

from __future__ import annotations

from typing import Any

import pytest
from app_folder import Write

from frappe_lite import document
from frappe_lite.permissions import app_rules
from frappe_lite.query import Condition
from frappe_lite.site import Site

FOLDER = {
    "paper/paper.json": '{"doctype": "DocType", "name": "Paper", "module": "Rules", "fields": [{"fieldname": "title", "fieldtype": '
    '"Data"}, '
    '{"fieldname": "pages", "fieldtype": "Table", "options": "Paper Page"}], "permissions": [{"role": "Keeper", '
    '"read": 1, "write": 1, "create": 1}]}',
    "page/page.json": (
        '{"doctype": "DocType", "name": "Paper Page", "istable": 1, "module": "Rules", "fields": [{"fieldname": '
        '"text", "fieldtype": "Data"}]}'
    ),
}


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        pytest.param("def hp(doc, user=None): return True", True, id="document and user"),
        pytest.param(
            (
                "def hp(doc, ptype=None, user=None, debug=False): return ptype == 'read' and user == "
                "'keeper@example.com' and debug is False"
            ),
            True,
            id="everything, as Frappe has it",
        ),
        pytest.param(
            "def hp(doc, permission_type): return permission_type == 'read'", True, id="the newer name of the right"
        ),
        pytest.param("def hp(doc): return doc.title == 'x'", True, id="the document alone"),
        pytest.param(
            "def hp(**kwargs): return sorted(kwargs) == ['debug', 'doc', 'permission_type', 'ptype', 'user']",
            True,
            id="whatever there is",
        ),
        pytest.param(
            "def hp(doc, user): return [page.text for page in doc.pages] == ['one']",
            True,
            id="the document with its rows",
        ),
        pytest.param("def hp(doc): return 1", True, id="what counts as true"),
        pytest.param("def hp(doc): return None", False, id="nothing is no"),
        pytest.param("def hp(doc): pass", False, id="no answer is no"),
        pytest.param("def hp(doc): return False", False, id="no"),
        pytest.param("def hp(doc): return ''", False, id="what counts as false"),
    ],
)
def test_a_rule_is_called_with_what_it_takes_and_allows_by_a_yes(
    site: Site, write: Write, name: str, new_user: Any, code: str, allowed: bool
) -> None:
    keeper, paper = shop(site, write, name, new_user, code, f"has_permission = {{'Paper': '{name}.rules.hp'}}")
    assert keeper(f"GET /api/resource/Paper/{paper}").status_code == (200 if allowed else 403)


def shop(site: Site, write: Write, name: str, new_user: Any, code: str, hooks: str) -> tuple[Any, str]:
    """A Keeper's client and the name of a Paper, on a site with an app whose rules are this code."""
    site.load(write({**FOLDER, "rules.py": f"import frappe\n{code}\n", "hooks.py": hooks}))
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Role", "role_name": "Keeper"}).insert(ignore_if_duplicate=True)
        paper = document.new(ctx, {"doctype": "Paper", "title": "x", "pages": [{"text": "one"}]}).insert().name
    return new_user(site, "keeper@example.com", "Keeper"), paper


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param("def hp(doc): raise frappe.PermissionError('closed')", 403, id="a refusal"),
        pytest.param("def hp(doc): raise ValueError('broken')", 500, id="a fault"),
        pytest.param("def hp(doc, wanted): return True", 500, id="an argument that nobody gives"),
    ],
)
def test_a_rule_that_raises_opens_nothing(
    site: Site, write: Write, name: str, new_user: Any, code: str, status: int
) -> None:
    keeper, paper = shop(site, write, name, new_user, code, f"has_permission = {{'Paper': '{name}.rules.hp'}}")
    answer = keeper(f"GET /api/resource/Paper/{paper}")
    assert answer.status_code == status and '"title":"x"' not in answer.text.replace(" ", "")
    assert keeper(f"PUT /api/resource/Paper/{paper}", {"title": "y"}).status_code == status
    with site.acting() as ctx:
        assert document.load(ctx, "Paper", paper).title == "x"


def test_every_rule_must_agree_those_of_all_doctypes_too(site: Site, write: Write, name: str, new_user: Any) -> None:
    code = "def yes(doc): return True\ndef no(doc): return doc.doctype != 'Paper'"
    keeper, paper = shop(
        site, write, name, new_user, code, f"has_permission = {{'Paper': ['{name}.rules.yes'], '*': '{name}.rules.no'}}"
    )
    assert keeper(f"GET /api/resource/Paper/{paper}").status_code == 403


def test_a_rule_grants_nothing(site: Site, write: Write, name: str, new_user: Any) -> None:
    shop(site, write, name, new_user, "def yes(doc): return True", f"has_permission = {{'Paper': '{name}.rules.yes'}}")
    outsider = new_user(site, "outsider@example.com")
    paper = site.database.rows("SELECT name FROM tabPaper")[0][0]
    assert outsider(f"GET /api/resource/Paper/{paper}").status_code == 403


@pytest.mark.parametrize(
    ("code", "status", "seen"),
    [
        pytest.param("def rows(user): return \"`tabPaper`.title = 'x'\"", 200, 1, id="the user"),
        pytest.param(
            "def rows(user, doctype=None): return f\"'{doctype}' = 'Paper'\"", 200, 1, id="the user and the DocType"
        ),
        pytest.param("def rows(anybody): return \"title = 'y'\"", 200, 0, id="by whatever name"),
        pytest.param(
            "def rows(user): return \"title = 'y' or 1 = 1\"", 200, 1, id="a condition with an or stands in brackets"
        ),
        pytest.param("def rows(user): return None", 200, 1, id="nothing: no condition"),
        pytest.param("def rows(user): return ' '", 200, 1, id="blanks: no condition"),
        pytest.param("def rows(user): raise frappe.PermissionError('closed')", 403, 0, id="a refusal"),
        pytest.param("def rows(user): raise ValueError('broken')", 500, 0, id="a fault shows no list"),
    ],
)
def test_conditions_of_lists(
    site: Site, write: Write, name: str, new_user: Any, code: str, status: int, seen: int
) -> None:
    keeper, _ = shop(
        site, write, name, new_user, code, f"permission_query_conditions = {{'Paper': '{name}.rules.rows'}}"
    )
    answer = keeper("GET /api/resource/Paper")
    assert answer.status_code == status and len((answer.json or {}).get("data") or []) == seen


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        pytest.param("", "", id="none"),
        pytest.param("def a(user): return f\"owner = '{user}'\"", "owner = 'Administrator'", id="one"),
        pytest.param(
            "def a(user): return 'a = 1 or b = 2'\ndef b(user, doctype): return f\"'{doctype}' = 'X'\"",
            "(a = 1 or b = 2) AND ('X' = 'X')",
            id="two stand in brackets",
        ),
    ],
)
def test_conditions_add_up(site: Site, code: str, sql: str) -> None:
    functions: dict[str, Any] = {}
    exec(code, functions)  # noqa: S102 - the functions of an imagined app
    names = [each for each in ("a", "b") if each in functions]
    assert app_rules.conditions(site.new_context(), names, functions.__getitem__, "X") == Condition(sql)
