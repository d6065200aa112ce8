"""`frappe-lite new-app, new-doctype`: the files of an app, in Frappe's own layout, with tests that pass.

shop/pyproject.toml
shop/shop/hooks.py, api.py, modules.txt
shop/shop/shop/doctype/sales_order/sales_order.json, sales_order.py, test_sales_order.py
"""

from __future__ import annotations

import argparse
import json
import keyword
import re
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from ..doctype.fieldtypes import FIELDTYPES
from ..doctype.problems import problems
from ..document.schema import is_built_in
from ..face.apps import loading as apps
from ..utils import now, scrub, unscrub
from ..values import JsonObject
from . import new_files
from .setting_files import SettingError

FLAGS = {
    "required": "reqd",
    "unique": "unique",
    "list": "in_list_view",
    "filter": "in_standard_filter",
    "readonly": "read_only",
    "hidden": "hidden",
}
"""What may be said of a field after its options, and the key of its JSON."""

_APP = re.compile(r"[a-z][a-z0-9_]{0,59}")
_DOCTYPE = re.compile(r"[^\W\d_][\w \-]{0,60}", re.ASCII)
_RIGHTS = ("read", "write", "create", "delete", "report", "export", "print", "email", "share")


def commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands."""
    app = command(
        "new-app", new_app, "Write an app in Frappe's layout, with a function and its test.", "frappe-lite new-app shop"
    )
    app.add_argument("name", metavar="NAME", help="its Python package: small letters, numbers, underscores")
    app.add_argument("--title", help="(default: from the name)")
    text = "Write a DocType of an app: its JSON, its controller, a test that passes."
    example = "frappe-lite new-doctype 'Sales Order' --field customer:Data::required --field status:Select:Open,Closed"
    doctype = command("new-doctype", new_doctype, text, example)
    doctype.add_argument("name", metavar="NAME", help="the DocType, such as 'Sales Order'")
    help_ = (
        f"NAME:FIELDTYPE, then perhaps :OPTIONS (a DocType, or choices with commas), then :{','.join(FLAGS)}; "
        "may be repeated"
    )
    doctype.add_argument("--field", action="append", default=[], metavar="FIELD", help=help_)
    doctype.add_argument("--module", help="its module (default: the app's first)")
    doctype.add_argument(
        "--autoname", help="how documents are named, such as ORDER-.##### or field:title (default: at random)"
    )
    doctype.add_argument("--child", action="store_true", help="rows of other documents")
    doctype.add_argument("--single", action="store_true", help="one document, such as settings")
    doctype.add_argument("--submittable", action="store_true", help="documents that are submitted and cancelled")


# --- an app -----------------------------------------------------------------------------------------------


def new_app(parsed: Namespace) -> None:
    """Write the app's folder. Raises SettingError for a name that is none, FileExistsError for a folder that is
    there."""
    name = parsed.name
    if not _APP.fullmatch(name) or keyword.iskeyword(name) or name in ("frappe", "frappe_lite"):
        raise SettingError(
            f"{name} is no name of an app: it is a Python package of its own, with small letters, numbers and "
            f"underscores, such as {_proper(name)}"
        )
    folder = Path(name)
    if folder.exists():
        raise FileExistsError(f"{folder} is there already; new-app writes into a new folder")
    if apps.is_taken(name):
        raise SettingError(
            f"import {name} gives another Python package already, so no app can have that name; take another, "
            f"such as {name}_app"
        )
    values = {"name": name, "title": parsed.title or unscrub(name)}
    for path, text in new_files.APP.items():
        _write(Path(path.format(**values)), new_files.filled(text, values))
    print(
        f"{name} is an app. Next:\n  cd {name}\n  frappe-lite                                       serves it\n  "
        "frappe-lite test                                  runs its test"
    )
    print("  frappe-lite new-doctype Item --field title:Data   adds a DocType")


def _proper(name: str) -> str:
    found = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_0123456789")
    return f"{found}_app" if not found or keyword.iskeyword(found) or found in ("frappe", "frappe_lite") else found


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


# --- a DocType --------------------------------------------------------------------------------------------


def new_doctype(parsed: Namespace) -> None:
    """Write the DocType's folder. Raises SettingError for what would be no DocType, FileExistsError for one that is
    there."""
    folders = parsed.app or ["."]
    if not apps.is_app(Path(folders[0])):
        raise SettingError(
            f"{Path(folders[0]).resolve()} holds no app; --app FOLDER names one, frappe-lite new-app NAME makes one"
        )
    root = apps.package_folder(Path(folders[0]).resolve())
    if not _DOCTYPE.fullmatch(parsed.name):
        raise SettingError(
            f"{parsed.name!r} is no name of a DocType: it starts with a letter and has letters, numbers, spaces, "
            "underscores and hyphens, 61 at most"
        )
    if is_built_in(parsed.name):
        raise SettingError(
            f"{parsed.name} comes with Frappe; give yours another name, or add to Frappe's by Custom Fields"
        )
    if parsed.child + parsed.single + parsed.submittable > 1:
        raise SettingError("--child, --single and --submittable exclude each other")
    module = parsed.module or _first_module(root)
    raw = doctype_json(parsed, module)
    for problem in problems("", json.dumps(raw), raw):
        raise SettingError(f"--field {problem.text}")
    name = scrub(parsed.name).replace("-", "_")
    folder = root / scrub(module) / "doctype" / name
    if folder.exists():
        raise FileExistsError(f"{folder} is there already")
    _take_module(root, module)
    values = {
        "class": apps.class_name(parsed.name),
        "doctype": parsed.name,
        "values": _sample(raw),
        "insert": _insert(raw),
    }
    _write(folder / "__init__.py", "")
    _write(folder / f"{name}.json", json.dumps(raw, indent=1, ensure_ascii=False) + "\n")
    _write(folder / f"{name}.py", new_files.filled(new_files.CONTROLLER, values))
    if not parsed.child:
        _write(
            folder / f"test_{name}.py",
            new_files.filled(new_files.SINGLE_TEST if parsed.single else new_files.TEST, values),
        )
    for each in (folder.parent, folder.parent.parent):
        if not (each / "__init__.py").exists():
            _write(each / "__init__.py", "")
    print(
        f"{folder} holds the DocType {parsed.name}. frappe-lite test runs its test; a server with --dev has it already."
    )


def _first_module(root: Path) -> str:
    listed = (root / "modules.txt").read_text().split("\n") if (root / "modules.txt").exists() else []
    return next((each.strip() for each in listed if each.strip()), unscrub(root.name))


def _take_module(root: Path, module: str) -> None:
    file = root / "modules.txt"
    listed = file.read_text().splitlines() if file.exists() else []
    if module not in listed:
        file.write_text("\n".join([*listed, module]) + "\n")


def doctype_json(parsed: Namespace, module: str) -> dict[str, object]:
    """The DocType as Frappe's own editor writes it. Raises SettingError for a field that cannot be read."""
    fields = [_field(each) for each in parsed.field]
    moment = now()
    raw: JsonObject = {
        "actions": [], "creation": moment, "doctype": "DocType", "engine": "InnoDB",
        "field_order": [each["fieldname"] for each in fields], "fields": fields,
        "links": [], "modified": moment, "modified_by": "Administrator", "module": module, "name": parsed.name,
        "owner": "Administrator",
        "permissions": [] if parsed.child else [{"role": "System Manager", **dict.fromkeys(_RIGHTS, 1)}],
        "sort_field": "modified", "sort_order": "DESC", "states": [],
    }  # fmt: skip
    for key, given in {
        "istable": parsed.child,
        "issingle": parsed.single,
        "is_submittable": parsed.submittable,
    }.items():
        if given:
            raw[key] = 1
    if parsed.submittable:
        raw["permissions"][0].update(submit=1, cancel=1, amend=1)
        fields.append(
            {
                "fieldname": "amended_from",
                "fieldtype": "Link",
                "label": "Amended From",
                "no_copy": 1,
                "options": parsed.name,
                "print_hide": 1,
                "read_only": 1,
            }
        )
        raw["field_order"].append("amended_from")
    if parsed.autoname:
        raw["autoname"] = parsed.autoname
    if parsed.autoname and parsed.autoname.startswith("field:") and parsed.autoname[6:] not in raw["field_order"]:
        raise SettingError(f"--autoname {parsed.autoname}: there is no field {parsed.autoname[6:]}")
    titled = next((each["fieldname"] for each in fields if each["fieldtype"] == "Data"), None)
    if titled and not parsed.child:
        raw["title_field"] = titled
    return dict(sorted(raw.items()))


def _field(given: str) -> JsonObject:
    name, fieldtype, options, flags = ([*given.split(":", 3), "", "", "", ""])[:4]
    kind = next((each for each in FIELDTYPES if each.lower() == fieldtype.strip().lower()), fieldtype.strip())
    field: dict[str, object] = {
        "fieldname": scrub(name.strip()),
        "fieldtype": kind or "Data",
        "label": unscrub(name.strip()),
    }
    if options.strip():
        field["options"] = (
            "\n".join(each.strip() for each in options.split(",")) if kind == "Select" else options.strip()
        )
    for flag in filter(None, map(str.strip, flags.split(","))):
        if flag not in FLAGS:
            raise SettingError(f"--field {given}: {flag} is none of {', '.join(FLAGS)}")
        field[FLAGS[flag]] = 1
    return dict(sorted(field.items()))


_SAMPLES = {
    "Int": 1, "Float": 1.5, "Currency": 9.5, "Percent": 50, "Check": 1, "Date": "2026-01-31",
    "Datetime": "2026-01-31 12:00:00", "Time": "12:00:00", "Duration": 60,
    "Rating": 0.5, "JSON": "{}", "Phone": "+49 30 1234567", "Color": "#336699",
}  # fmt: skip


_TEXTS = {"Email": "ann@example.com", "Phone": "+49 30 1234567", "URL": "https://example.com"}
"""Texts for Data whose options say what it holds."""

_UNTRIED = frozenset(
    {"Link", "Dynamic Link", "Read Only", "Attach", "Attach Image", "Password", "Signature", "Geolocation"}
)
"""What a test would need another document for, or what is not given out as it was."""


def _sample(raw: JsonObject) -> str:
    """Values for the fields that a document needs, as Python."""
    values: dict[str, object] = {}
    for each in raw["fields"]:
        if each["fieldtype"] == "Select":
            values[each["fieldname"]] = each.get("options", "").split("\n")[0]
        elif FIELDTYPES[each["fieldtype"]].column and each["fieldtype"] not in _UNTRIED:
            found = _TEXTS.get(each.get("options", "")) if each["fieldtype"] == "Data" else None
            values[each["fieldname"]] = found or _SAMPLES.get(each["fieldtype"], each["label"])
    if raw.get("autoname") == "prompt":
        values["name"] = "One"
    return json.dumps(values, ensure_ascii=False)


def _insert(raw: JsonObject) -> str:
    """A document that must name another, or have rows, is made without them: the test knows none."""
    needs = any(
        each.get("reqd")
        and each["fieldtype"] in ("Link", "Dynamic Link", "Table", "Table MultiSelect", "Attach", "Attach Image")
        for each in raw["fields"]
    )
    return "insert(ignore_mandatory=True)" if needs else "insert()"
