"""A site written as an app folder: in the form of a bench, and read back to the same site."""

from __future__ import annotations

import ast
import csv
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

import frappe_lite
from conftest import CONFORMANCE_APP, AppSite, new_file
from frappe_lite import document
from frappe_lite.command import cli
from frappe_lite.document.schema import built_in
from frappe_lite.errors import ValidationError
from frappe_lite.parts.transfer import frappe_app, schemas


def doctype(name: str, fields: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    rules = [{"role": "Grower", "read": 1, "write": 1, "create": 1}]
    return {
        "doctype": "DocType",
        "name": name,
        "module": "Garden",
        "custom": 1,
        "fields": fields,
        "permissions": [] if more.get("istable") else rules,
        **more,
    }


@pytest.fixture
def path(tmp_path: Path, garden: bytes) -> str:
    """The file of a test's own site, as the garden is."""
    place = tmp_path / "site.db"
    place.write_bytes(garden)
    return str(place)


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a site whose DocTypes were made on it, with documents of each kind."""
    place = new_file(tmp_path_factory.mktemp("garden") / "site.db")
    site = frappe_lite.Site(place, synchronous="off")
    with site.acting() as ctx:

        def new(**values: Any) -> Any:
            return document.new(ctx, values).insert()

        new(doctype="Module Def", module_name="Garden")
        new(doctype="Role", role_name="Grower", name="Grower", desk_access=1)
        new(
            **doctype(
                "Bed Row",
                [
                    {"fieldname": "plant", "fieldtype": "Data", "label": "Plant"},
                    {"fieldname": "count", "fieldtype": "Int", "label": "Count"},
                ],
                istable=1,
            )
        )
        new(
            **doctype(
                "Plot",
                [{"fieldname": "title", "fieldtype": "Data", "label": "Title", "reqd": 1}],
                autoname="field:title",
            )
        )
        bed = [
            {"fieldname": "plot", "fieldtype": "Link", "options": "Plot", "label": "Plot"},
            {"fieldname": "rows", "fieldtype": "Table", "options": "Bed Row", "label": "Rows"},
            {"fieldname": "dug_on", "fieldtype": "Date", "label": "Dug On"},
        ]
        new(**doctype("A Bed", bed, autoname="BED-.####"))
        new(
            **doctype(
                "Harvest",
                [{"fieldname": "kilos", "fieldtype": "Float", "label": "Kilos"}],
                is_submittable=1,
                autoname="H-.##",
            )
        )
        new(
            **doctype(
                "Garden Settings", [{"fieldname": "owner_name", "fieldtype": "Data", "label": "Owner Name"}], issingle=1
            )
        )
        new(doctype="Custom Field", dt="Plot", fieldname="soil", fieldtype="Data", label="Soil", insert_after="title")
        new(
            doctype="Custom Field",
            dt="User",
            fieldname="green_thumb",
            fieldtype="Check",
            label="Green Thumb",
            insert_after="email",
        )
        new(
            doctype="Property Setter",
            doctype_or_field="DocField",
            doc_type="A Bed",
            field_name="dug_on",
            property="label",
            value="Dug",
            property_type="Data",
        )
        new(doctype="User", email="ann@x.org", first_name="Ann", roles=[{"role": "Grower"}], green_thumb=1)
        new(doctype="Plot", title="North, by the wall", soil="clay")
        for number in range(2):
            new(
                doctype="A Bed",
                plot="North, by the wall",
                dug_on="2026-03-01",
                rows=[{"plant": "kale", "count": number}, {"plant": 'the "big" one'}],
            )
        harvests = [new(doctype="Harvest", kilos=number + 0.5) for number in range(3)]
        for each in harvests[1:]:
            each.submit()
        harvests[2].cancel()
        document.set_values(ctx, ctx.meta("Garden Settings"), "Garden Settings", {"owner_name": "Ann"})
    site.close()
    return Path(place).read_bytes()


def export(path: str, folder: Path, *more: str) -> int:
    return cli.main(["export", "--database", path, "--frappe", str(folder), *more])


def documents(site: frappe_lite.Site, name: str) -> list[dict[str, Any]]:
    """The documents without what an import makes anew."""
    new = {"creation", "modified", "modified_by", "owner"}
    with site.acting() as ctx:
        names = frappe_lite.get_all(name, pluck="name", order_by="name", limit=0)
        found = [document.load(ctx, name, each).as_dict(no_nulls=True) for each in names]
    for each in found:
        for row in [each, *(row for value in each.values() if isinstance(value, list) for row in value)]:
            for key in new | ({"name"} if "parent" in row else set()):
                row.pop(key, None)
    return [dict(each) for each in found]


# --- the form --------------------------------------------------------------------------------------------


def test_the_folder_is_laid_out_as_bench_does(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "garden_app"
    assert export(path, folder) == 0
    files = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())
    names = ("a_bed", "bed_row", "garden_settings", "harvest", "plot")
    of_doctypes = [
        f"garden_app/garden/doctype/{name}/{file}"
        for name in names
        for file in ("__init__.py", f"{name}.json", f"{name}.py")
    ]
    assert files == sorted(
        [
            "README.md", "pyproject.toml", "garden_app/__init__.py", "garden_app/hooks.py", "garden_app/modules.txt", (
                "garden_app/patches.txt"
            ),
            "garden_app/garden/__init__.py", "garden_app/garden/doctype/__init__.py", *of_doctypes,
            *(f"garden_app/fixtures/{name}.json" for name in ("custom_field", "property_setter", "role")),
            "data/01_garden_settings.json", "data/02_harvest.csv", "data/03_harvest_submitted.csv", "data/04_plot.csv", (
                "data/05_user.csv"
            ), "data/06_a_bed.csv",
        ]
    )  # fmt: skip
    assert (folder / "garden_app/modules.txt").read_text() == "Garden\n"
    assert (folder / "garden_app/patches.txt").read_text() == "[pre_model_sync]\n\n[post_model_sync]\n"


def test_hooks_and_package_say_what_bench_reads(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "garden_hooks"
    export(path, folder)
    names: dict[str, Any] = {}
    exec((folder / "garden_hooks/hooks.py").read_text(), names)  # its names are data: nothing else is in it
    assert (names["app_name"], names["app_title"], names["app_license"]) == ("garden_hooks", "Garden Hooks", "mit")
    assert {"app_publisher", "app_description", "app_email"} <= set(names)
    assert names["fixtures"] == [
        {"dt": "Custom Field", "filters": [["name", "in", ["Plot-soil", "User-green_thumb"]]]},
        {"dt": "Property Setter", "filters": [["name", "in", ["A Bed-dug_on-label"]]]},
        {"dt": "Role", "filters": [["name", "in", ["Grower"]]]},
    ]
    package = (folder / "pyproject.toml").read_text()
    assert re.search(r'^name = "garden_hooks"$', package, re.MULTILINE)
    assert 'build-backend = "flit_core.buildapi"' in package
    assert "__version__" in (folder / "garden_hooks/__init__.py").read_text()


def test_doctypes_are_standard_and_their_controllers_are_frappes(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "garden_types"
    export(path, folder)
    raw = json.loads((folder / "garden_types/garden/doctype/a_bed/a_bed.json").read_text())
    assert (raw["doctype"], raw["name"], raw["module"], raw["autoname"], raw["engine"]) == (
        "DocType",
        "A Bed",
        "Garden",
        "BED-.####",
        "InnoDB",
    )
    assert "custom" not in raw
    assert raw["field_order"] == ["plot", "rows", "dug_on"]
    assert [field["label"] for field in raw["fields"]] == ["Plot", "Rows", "Dug On"], (
        "what a property setter changes stays a fixture"
    )
    assert len(raw["permissions"]) == 1
    assert {"create": 1, "read": 1, "role": "Grower", "write": 1}.items() <= raw["permissions"][0].items()
    assert 0 not in raw["permissions"][0].values(), "in a file of an app what is missing is 0"
    assert {"creation", "modified", "owner", "allow_import"} <= set(raw)
    tree = ast.parse((folder / "garden_types/garden/doctype/a_bed/a_bed.py").read_text())
    assert [node.name for node in tree.body if isinstance(node, ast.ClassDef)] == ["ABed"]


def test_nothing_in_it_is_peculiar_to_this_package(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "garden_plain"
    export(path, folder)
    for each in folder.rglob("*"):
        if each.is_file() and each.name != "README.md":
            text = each.read_text()
            assert "frappe_lite" not in text, each
            assert "__meta" not in text, each


def test_fixtures_are_lists_of_documents(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "garden_fixtures"
    export(path, folder)
    for name, kind, key in (
        ("custom_field", "Custom Field", "dt"),
        ("property_setter", "Property Setter", "doc_type"),
        ("role", "Role", "role_name"),
    ):
        found = json.loads((folder / f"garden_fixtures/fixtures/{name}.json").read_text())
        assert found
        for each in found:
            assert each["doctype"] == kind
            assert {key, "name", "modified", "docstatus"} <= set(each)
            assert not {"owner", "creation", "_assign"} & set(each)


def test_the_readme_has_the_steps_in_order(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "garden_steps"
    export(path, folder)
    steps = [shlex.split(line) for line in (folder / "README.md").read_text().splitlines() if line.startswith("bench ")]
    assert steps[0] == ["bench", "get-app", str(folder)]
    assert steps[1][-2:] == ["install-app", "garden_steps"]
    files = [Path(next(word for word in step if word.startswith("/"))).name for step in steps[2:]]
    assert files == sorted(each.name for each in (folder / "data").iterdir())
    assert files.index("04_plot.csv") < files.index("06_a_bed.csv"), "a bed links to its plot"
    submitted = next(step for step in steps if "03_harvest_submitted.csv" in " ".join(step))
    assert submitted[-5:] == ["--doctype", "Harvest", "--type", "Insert", "--submit-after-import"]


def test_the_data_are_files_of_data_import(path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "garden_data"
    export(path, folder)
    with open(folder / "data/06_a_bed.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["ID", "Plot", "Dug", "ID (Rows)", "Plant (Rows)", "Count (Rows)"]
    assert (rows[1][0], rows[1][1], rows[1][4], rows[2][0], rows[2][4]) == (
        "BED-0001",
        "North, by the wall",
        "kale",
        "",
        'the "big" one',
    )
    with open(folder / "data/05_user.csv", newline="") as file:
        assert [row["ID"] for row in csv.DictReader(file) if row["ID"]] == ["ann@x.org"]
    assert "1 cancelled documents are not in it" in capsys.readouterr().out


# --- read back -------------------------------------------------------------------------------------------


def test_what_was_written_is_the_same_site_again(path: str, tmp_path: Path) -> None:
    """By the loader of apps and the import, as a bench does by its own.

    DocTypes, fixtures, then the documents in order.
    """
    folder, there = tmp_path / "garden_again", str(tmp_path / "there.db")
    export(path, folder)
    site = frappe_lite.Site(there)
    site.load(folder)
    site.close()
    for each in sorted((folder / "garden_again" / "fixtures").glob("*.json")):
        assert cli.main(["import", "--database", there, "--app", str(folder), str(each), "--update"]) == 0
    for each in sorted((folder / "data").iterdir()):
        step = next(line for line in (folder / "README.md").read_text().splitlines() if str(each) in line)
        named = re.search(r"--doctype '([^']+)'", step)
        assert (
            cli.main(
                [
                    "import",
                    "--database",
                    there,
                    "--app",
                    str(folder),
                    str(each),
                    *(["--doctype", named[1]] if named else []),
                ]
            )
            == 0
        ), each
    first, second = frappe_lite.Site(path), frappe_lite.Site(there)
    try:
        for name in ("Plot", "A Bed", "Custom Field", "Property Setter", "Role"):
            assert documents(second, name) == documents(first, name), name
        harvests = [
            {**each, "docstatus": 1} if each["name"] == "H-02" else each for each in documents(second, "Harvest")
        ]
        assert harvests == [each for each in documents(first, "Harvest") if each["docstatus"] != 2]
        for name in ("Plot", "A Bed", "Bed Row", "Harvest", "Garden Settings"):
            one, other = first.new_context().meta(name), second.new_context().meta(name)
            assert [(each.fieldname, each.fieldtype, each.label, each.options) for each in one.fields] == [
                (each.fieldname, each.fieldtype, each.label, each.options) for each in other.fields
            ]
            assert (one.autoname, one.istable, one.issingle, one.is_submittable, one.module) == (
                other.autoname,
                other.istable,
                other.issingle,
                other.is_submittable,
                other.module,
            )
        with second.acting():
            assert frappe_lite.get_doc("Garden Settings").owner_name == "Ann"
            ann = frappe_lite.get_doc("User", "ann@x.org")
            assert (ann.green_thumb, [each.role for each in ann.roles]) == (1, ["Grower"])
            assert frappe_lite.get_doc({"doctype": "A Bed"}).insert().name == "BED-0003"
    finally:
        first.close()
        second.close()


def test_the_written_app_can_be_written_again(path: str, tmp_path: Path) -> None:
    """With the app loaded its DocTypes are the app's, and are left to it; the documents are written the same."""
    folder, again = tmp_path / "garden_one", tmp_path / "garden_two"
    export(path, folder)
    site = frappe_lite.Site(path)
    site.load(folder)
    site.close()
    assert export(path, again, "--app", str(folder)) == 0
    assert list((again / "garden_two").rglob("doctype")) == []
    for each in (folder / "data").iterdir():
        assert (again / "data" / each.name).read_text() == each.read_text()


# --- what is left to other apps --------------------------------------------------------------------------


def test_doctypes_of_loaded_apps_are_left_to_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(tmp_path / "site.db")
    site = AppSite(place)
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "Project", "title": "Alpha"}).insert()
    site.close()
    folder = tmp_path / "rest_of_it"
    assert export(place, folder, "--app", str(CONFORMANCE_APP)) == 0
    assert (
        "DocType Project belongs to the app conformance: install that app on the bench first."
        in capsys.readouterr().out
    )
    assert not list(folder.rglob("project.json"))
    assert [each.name for each in (folder / "data").glob("*project.csv")] != []


def test_doctypes_that_were_pulled_are_left_to_their_apps(path: str, tmp_path: Path) -> None:
    site = frappe_lite.Site(path)
    with site.acting() as ctx:
        ctx.store.database.execute(
            'CREATE TABLE "__pull_doctype" (name TEXT PRIMARY KEY COLLATE NOCASE, source TEXT NOT NULL) WITHOUT ROWID'
        )
        ctx.store.database.execute("INSERT INTO \"__pull_doctype\" VALUES ('Plot', 'https://erp.example.com')")
        made = frappe_app.export_app(ctx, tmp_path / "garden_pulled")
    site.close()
    assert made.left == {"Plot": "came from https://erp.example.com"}
    assert "Plot" not in made.written


def test_what_comes_with_the_package_is_read_once(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many DocTypes and exports there are: once for the names of DocTypes, once for those of roles."""
    read, packaged = [], schemas._packaged
    monkeypatch.setattr(schemas, "_packaged", lambda: read.append(1) or packaged())
    for each in (built_in, schemas.built_in_roles):
        each.cache_clear()
    for name in ("garden_first", "garden_second"):
        assert export(path, tmp_path / name) == 0
    assert len(read) == 1 and built_in.cache_info().misses == 1
    assert {"DocType", "User"} <= built_in() and {"System Manager", "All"} <= schemas.built_in_roles()


@pytest.mark.parametrize("name", ["frappe", "frappe_lite", "1st", "class", "with.dot", "ümlaut"])
def test_a_folder_whose_name_no_app_can_have_is_refused(
    path: str, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(path, tmp_path / name) == 1
    assert "The folder's name becomes the app's" in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_a_folder_that_is_not_empty_is_left_alone(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    assert export(path, tmp_path / "taken") == 1
    assert "is not empty" in capsys.readouterr().err
    assert [each.name for each in (tmp_path / "taken").iterdir()] == ["mine.txt"]


def test_a_doctype_and_the_whole_site_do_not_go_together(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(path, tmp_path / "garden_x", "Plot") == 1
    assert "name no DocType with it" in capsys.readouterr().err


def test_doctypes_of_frappes_own_modules_come_into_the_apps(path: str, tmp_path: Path) -> None:
    site = frappe_lite.Site(path)
    with site.acting() as ctx:
        document.new(ctx, {**doctype("Loose", [{"fieldname": "a", "fieldtype": "Data"}]), "module": "Custom"}).insert()
    site.close()
    folder = tmp_path / "garden_loose"
    export(path, folder)
    assert (folder / "garden_loose/modules.txt").read_text() == "Garden\nGarden Loose\n"
    assert (
        json.loads((folder / "garden_loose/garden_loose/doctype/loose/loose.json").read_text())["module"]
        == "Garden Loose"
    )


# --- order -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("links", "order"),
    [
        ({"A": "B", "B": "C", "C": ""}, ["C", "B", "A"]),
        ({"A": "", "B": "", "C": ""}, ["A", "B", "C"]),
        ({"A": "A", "B": "A", "C": "B"}, ["A", "B", "C"]),
        ({"A": "B", "B": "A", "C": ""}, ["C", "A", "B"]),
        ({"A": "Elsewhere", "B": "A", "C": "B"}, ["A", "B", "C"]),
    ],
    ids=["a chain", "none", "to itself", "in a circle", "to another"],
)
def test_documents_come_after_those_that_they_link_to(
    site: frappe_lite.Site, links: dict[str, str], order: list[str]
) -> None:
    metas = [_meta(name, target) for name, target in links.items()]
    assert [each.name for each in frappe_app.in_order(site.new_context(), metas)] == order


def _meta(name: str, target: str) -> Any:
    fields = [{"fieldname": "x", "fieldtype": "Link", "options": target}] if target else []
    return frappe_app.DocType({"name": name, "fields": fields})


def test_app_names() -> None:
    assert frappe_app.app_name(Path("/x/My Garden"), []) == "my_garden"
    with pytest.raises(ValidationError):
        frappe_app.app_name(Path("/x/shop"), ["shop"])
