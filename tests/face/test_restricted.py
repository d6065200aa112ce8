"""An app that runs scripts of people by RestrictedPython has the names for it, and guards that hold."""

from __future__ import annotations

from typing import Any

import pytest
from RestrictedPython import compile_restricted, safe_globals

from frappe_lite.face.apps import loading as apps
from frappe_lite.site import Site

apps.provide_frappe()


def run(script: str, **names: object) -> dict[str, Any]:
    """What a script leaves in `data`, run as an app with pages of its own does it."""
    from frappe import flags
    from frappe.utils.safe_exec import (
        SERVER_SCRIPT_FILE_PREFIX,
        FrappeTransformer,
        get_python_builtins,
        get_safe_globals,
        safe_exec_flags,
    )

    begun = get_safe_globals()
    begun.update(safe_globals)
    begun.update(get_python_builtins())
    begun.update(names)
    data: dict[str, Any] = {}
    with safe_exec_flags():
        assert flags.in_safe_exec == 1
        exec(compile_restricted(script, SERVER_SCRIPT_FILE_PREFIX, policy=FrappeTransformer), begun, {"data": data})
    assert flags.in_safe_exec == 0
    return data


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param("data['a'] = [x * 2 for x in [1, 2]]", [2, 4], id="a list made of another"),
        pytest.param("for k, v in {'x': 1}.items():\n    data['a'] = (k, v)", ("x", 1), id="two names at once"),
        pytest.param("d = _dict(x=1)\nd.y = 2\ndata['a'] = d.x + d.y", 3, id="a dict by attributes"),
        pytest.param("data['a'] = json.loads('[1]')", [1], id="JSON"),
        pytest.param("data['a'] = as_json({'b': 1}, indent=None)", '{"b": 1}', id="JSON as Frappe writes it"),
        pytest.param("data['a'] = sorted({3, 1, max(2, 1)}) + list(range(1))", [1, 2, 3, 0], id="Python's own"),
        pytest.param("data['a'] = frappe.utils.cint('7')", 7, id="utilities"),
        pytest.param("data['a'] = frappe.session.user", "Administrator", id="who it is"),
        pytest.param("data['a'] = frappe.db.count('User')", 2, id="a count"),
    ],
)
def test_scripts_work(site: Site, script: str, expected: object) -> None:
    with site.acting():
        assert run(script)["a"] == expected


@pytest.mark.parametrize(
    ("script", "error"),
    [
        pytest.param("''.__class__", SyntaxError, id="an attribute with underscores"),
        pytest.param("getattr('', '__class__')", (NameError, AttributeError), id="the same by a function"),
        pytest.param("'{0.__class__}'.format(1)", SyntaxError, id="a format that reads attributes"),
        pytest.param("'{a.__class__}'.format_map({})", SyntaxError, id="the same from a dict"),
        pytest.param("(x for x in [1]).gi_frame", SyntaxError, id="the frame of a generator"),
        pytest.param("module.path", SyntaxError, id="an attribute of a module"),
        pytest.param("json.loads.x = 1", SyntaxError, id="a function is changed"),
        pytest.param("dict.x = 1", SyntaxError, id="a type is changed"),
        pytest.param("given['_x']", SyntaxError, id="a key with an underscore"),
        pytest.param("import os", ImportError, id="an import"),
        pytest.param("open('/etc/passwd')", NameError, id="a file"),
        pytest.param("exec('1')", SyntaxError, id="code in a text"),
        pytest.param("frappe.delete_everything()", TypeError, id="what is not offered"),
        pytest.param("frappe.db.sql('select 1')", TypeError, id="SQL"),
        pytest.param("names.nowhere()", AttributeError, id="what a namespace has not"),
    ],
)
def test_scripts_reach_nothing_else(site: Site, script: str, error: Any) -> None:
    import os

    from frappe.utils.safe_exec import NamespaceDict

    with site.acting(), pytest.raises(error):
        run(script, module=os, given={"_x": 1}, names=NamespaceDict(here=1))


def test_names_are_there_as_items_too(site: Site) -> None:
    from frappe.utils.safe_exec import UNSAFE_ATTRIBUTES, get_safe_globals

    with site.acting():
        found = get_safe_globals()
        assert found["frappe"]["session"].user == found.frappe.session.user == "Administrator"
        with pytest.raises(KeyError):
            found["frappe"]["__class__"]
    assert {"format", "gi_frame", "f_globals", "tb_frame"} <= UNSAFE_ATTRIBUTES
