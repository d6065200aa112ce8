"""What `frappe-lite new-app` and `new-doctype` write. `<name>` stands for a value."""

from __future__ import annotations

import re
from collections.abc import Mapping


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its values in place."""
    return re.sub(r"<(\w+)>", lambda match: values.get(match[1], match[0]), text)


APP = {
    "{name}/pyproject.toml": """[project]
name = "<name>"
version = "0.1.0"
description = "<title>"
requires-python = ">=3.10"

[build-system]
requires = ["setuptools >= 64"]
build-backend = "setuptools.build_meta"

[tool.pytest.ini_options]
frappe_apps = ["."]
""",
    "{name}/README.md": """# <title>

```bash
frappe-lite --version    # pip install frappe-lite
frappe-lite              # serves it on http://127.0.0.1:8000
frappe-lite test         # runs its tests
```
""",
    "{name}/.gitignore": """__pycache__/
*.db
*.db-*
""",
    "{name}/{name}/__init__.py": """__version__ = "0.1.0"
""",
    "{name}/{name}/hooks.py": """app_name = "<name>"
app_title = "<title>"
app_description = "<title>"

# doc_events = {"Item": {"on_update": "<name>.events.item_changed"}}
""",
    "{name}/{name}/modules.txt": """<title>
""",
    "{name}/{name}/patches.txt": "",
    "{name}/{name}/api.py": """import frappe


@frappe.whitelist(allow_guest=True)
def hello(name: str = "World") -> str:
    return f"Hello, {name}!"
""",
    "{name}/{name}/test_api.py": """from frappe.tests import UnitTestCase

from <name>.api import hello


class TestApi(UnitTestCase):
    def test_it_greets(self):
        self.assertEqual(hello("Ann"), "Hello, Ann!")
""",
}

CONTROLLER = """from frappe.model.document import Document


class <class>(Document):
    pass
"""

TEST = """import frappe
from frappe.tests import IntegrationTestCase


class Test<class>(IntegrationTestCase):
    def test_a_document_is_kept_as_it_was_made(self):
        made = frappe.get_doc({"doctype": "<doctype>", **<values>}).<insert>
        found = frappe.get_doc("<doctype>", made.name)
        self.assertDocumentEqual(<values>, found)
"""

SINGLE_TEST = """import frappe
from frappe.tests import IntegrationTestCase


class Test<class>(IntegrationTestCase):
    def test_values_are_kept(self):
        settings = frappe.get_doc("<doctype>")
        settings.update(<values>)
        settings.flags.ignore_mandatory = True
        settings.save()
        self.assertDocumentEqual(<values>, frappe.get_doc("<doctype>"))
"""
