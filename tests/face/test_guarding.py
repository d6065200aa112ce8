"""App code that asks whether Frappe has something is told the truth; where it only imports, loading goes on."""

from __future__ import annotations

import sys

import pytest
from app_folder import Write

from frappe_lite.face.guarding import _questions
from frappe_lite.site import Site

OWN = "'own'"
"""What the app falls back to."""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "try:\n    from frappe.utils import nowhere as found\nexcept ImportError:\n    found = 'own'",
            OWN,
            id="a name of a module that is here",
        ),
        pytest.param(
            "try:\n    from frappe.nowhere.at_all import found\nexcept ImportError:\n    found = 'own'",
            OWN,
            id="a name of a module that is not",
        ),
        pytest.param(
            "try:\n    import frappe.nowhere.else_either as found\nexcept ModuleNotFoundError:\n    found = 'own'",
            OWN,
            id="a module",
        ),
        pytest.param(
            "try:\n    from frappe import (\n        session,\n        nowhere as found,\n    )\n"
            "except (KeyError, builtins.ImportError):\n    found = 'own'",
            OWN,
            id="a name in several lines",
        ),
        pytest.param(
            "try:\n    from frappe import nowhere as found\nexcept:\n    found = 'own'", OWN, id="whatever is caught"
        ),
        pytest.param(
            "found = 'own'\nwith contextlib.suppress(ImportError):\n    from frappe import nowhere as found",
            OWN,
            id="suppressed",
        ),
        pytest.param(
            "def find():\n    try:\n        if True:\n            from frappe import nowhere\n    except Exception:\n"
            "        return 'own'\n    return nowhere\nfound = find()",
            OWN,
            id="within a function",
        ),
        pytest.param("found = getattr(frappe, 'nowhere', 'own')", OWN, id="getattr with another answer"),
        pytest.param("found = getattr(frappe.db, 'nowhere', 'own')", OWN, id="getattr of the database"),
        pytest.param("found = frappe.nowhere if hasattr(frappe, 'nowhere') else 'own'", OWN, id="hasattr"),
        pytest.param("found = hasattr(frappe.elsewhere, 'deeper')", "False", id="hasattr of what is not here"),
        pytest.param(
            "from frappe.elsewhere import Thing\nfound = getattr(Thing.method, '_is_ours', 'own')",
            OWN,
            id="getattr of what is not here",
        ),
        pytest.param("found = hasattr(frappe.db, 'nowhere')", "False", id="hasattr of the database"),
        pytest.param("found = hasattr(frappe, 'get_doc')", "True", id="hasattr of what is here"),
        pytest.param(
            "try:\n    from frappe.utils import cint as found\nexcept ImportError:\n    found = 'own'\nfound = found('7')",
            "7",
            id="a guarded name that is here",
        ),
        pytest.param(
            "try:\n    import frappe.utils.data as found\nexcept ImportError:\n    found = 'own'\nfound = found.cint('8')",
            "8",
            id="a guarded module that is here",
        ),
        pytest.param(
            "from frappe import nowhere as found",
            "<frappe.nowhere, not provided by frappe_lite>",
            id="unguarded, it may be imported",
        ),
        pytest.param(
            "try:\n    from frappe import nowhere as found\nexcept ImportError:\n    raise",
            "<frappe.nowhere, not provided by frappe_lite>",
            id="an app that would not load without",
        ),
        pytest.param(
            "try:\n    from frappe import nowhere as found\nexcept KeyError:\n    found = 'own'",
            "<frappe.nowhere, not provided by frappe_lite>",
            id="another error is caught",
        ),
        pytest.param(
            "try:\n    def find():\n        from frappe import nowhere\n        return nowhere\n"
            "except ImportError:\n    pass\nfound = find()",
            "<frappe.nowhere, not provided by frappe_lite>",
            id="a function that is only made within",
        ),
        pytest.param(
            "try:\n    pass\nexcept ImportError:\n    pass\nelse:\n    from frappe import nowhere as found",
            "<frappe.nowhere, not provided by frappe_lite>",
            id="beside what is guarded",
        ),
    ],
)
def test_what_is_missing_is_missing_to_who_asks(
    site: Site, write: Write, name: str, source: str, expected: str
) -> None:
    with site.acting():
        site.load(write({"asking.py": f"import builtins\nimport contextlib\n\nimport frappe\n\n{source}\n"}))
        __import__(f"{name}.asking")
        assert repr(sys.modules[f"{name}.asking"].found) == expected


@pytest.mark.parametrize("source", ["", "try:\n", "\0", "exec('from frappe import x')"])
def test_a_source_that_cannot_be_read_asks_nothing(source: str) -> None:
    assert _questions(source) == ()
