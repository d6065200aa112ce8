"""DocType and Field: what is read from a DocType's JSON."""

from __future__ import annotations

import sqlite3

import pytest

from frappe_lite.doctype.meta import CHILD, OPTIONAL, STANDARD, DocType

RAW = {
    "name": "Task",
    "title_field": "subject",
    "search_fields": "subject, status ,",
    "module": "Conformance",
    "is_submittable": "1",
    "fields": [
        {"fieldname": "subject", "fieldtype": "Data", "label": "Subject", "reqd": 1, "unique": 1, "length": 80},
        {"fieldname": "status", "fieldtype": "Select", "options": "Open\nDone", "search_index": 1},
        {"fieldname": "details", "fieldtype": "Section Break"},
        {"fieldname": "project", "fieldtype": "Link", "options": "Project"},
        {"fieldname": "pick", "fieldtype": "Link", "options": "[Select]"},
        {"fieldname": "reference_type", "fieldtype": "Link", "options": "DocType"},
        {"fieldname": "reference_name", "fieldtype": "Dynamic Link", "options": "reference_type"},
        {"fieldname": "points", "fieldtype": "Int", "permlevel": 1},
        {"fieldname": "amount", "fieldtype": "Currency", "permlevel": "2"},
        {"fieldname": "total", "fieldtype": "Currency", "is_virtual": 1},
        {"fieldname": "secret", "fieldtype": "Password"},
        {"fieldname": "oddity", "fieldtype": "Nonsense", "mask": 1},
        {"fieldname": "checklist", "fieldtype": "Table", "options": "Task Item"},
        {"fieldname": "watchers", "fieldtype": "Table MultiSelect", "options": "Task Watcher"},
        {"fieldname": "reports", "fieldtype": "Table", "options": "Task Report", "is_virtual": 1},
    ],
}
TASK = DocType(RAW)
ITEM = DocType({"name": "Task Item", "istable": 1, "fields": [{"fieldname": "item", "fieldtype": "Data"}]})


def names(fields):
    return [each.fieldname for each in fields]


# --- fields ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fieldname, key, value",
    [
        pytest.param("subject", "label", "Subject", id="a key is an attribute"),
        pytest.param("subject", "reqd", 1, id="a number"),
        pytest.param("subject", "unique", 1, id="a key that has no attribute of its own"),
        pytest.param("subject", "depends_on", None, id="a key that is not there is None"),
        pytest.param("oddity", "mask", 1, id="an unknown key is kept"),
        pytest.param("amount", "permlevel", 2, id="a number in text"),
        pytest.param("subject", "parent", "Task", id="a field knows its DocType"),
        pytest.param("total", "virtual", True, id="virtual"),
        pytest.param("subject", "max_length", 80, id="a length of its own"),
        pytest.param("status", "max_length", 140, id="its type's length"),
        pytest.param("points", "max_length", 0, id="no length"),
    ],
)
def test_field_attributes(fieldname, key, value):
    assert getattr(TASK.field(fieldname), key) == value


def test_a_field_without_a_known_type_is_data():
    assert TASK.columns["oddity"] is TASK.columns["subject"]


def test_a_field_as_a_dict_has_every_property():
    found = TASK.field("oddity").as_dict()
    assert {key: found[key] for key in ("fieldname", "fieldtype", "mask", "parent", "doctype")} == {
        "fieldname": "oddity", "fieldtype": "Nonsense", "mask": 1, "parent": "Task", "doctype": "DocField",
    }  # fmt: skip
    assert (found.permlevel, found.reqd, found.options, found.nowhere) == (0, 0, None, None)
    assert TASK.field("oddity").as_dict(no_nulls=True).keys() == {
        key for key, value in found.items() if value is not None
    }


@pytest.mark.parametrize("each", [TASK, TASK.field("subject")], ids=["DocType", "Field"])
@pytest.mark.parametrize("name", ["__len__", "nothing", "get_search_fieldz"])
def test_what_is_neither_property_nor_method_is_no_attribute(each, name):
    with pytest.raises(AttributeError, match=f"has no '{name}': it is no property, and no method that frappe_lite has"):
        getattr(each, name)


@pytest.mark.parametrize(
    "each, key, value",
    [(TASK, "allow_rename", 0), (TASK, "image_field", None), (TASK.field("subject"), "hidden", 0)],
    ids=["a check", "a text", "a check of a field"],
)
def test_a_property_that_is_not_set_is_none_or_0(each, key, value):
    assert getattr(each, key) == value


QUESTIONS = {
    "name": "Order", "title_field": "customer", "search_fields": "customer, city", "istable": 0,
    "fields": [
        {"fieldname": "customer", "fieldtype": "Link", "options": "Customer", "in_list_view": 1, "in_global_search": 1},
        {"fieldname": "city", "fieldtype": "Data", "fetch_from": "customer.city", "translatable": 1},
        {"fieldname": "kind", "fieldtype": "Link", "options": "DocType", "ignore_user_permissions": 1},
        {"fieldname": "what", "fieldtype": "Dynamic Link", "options": "kind"},
        {"fieldname": "unknown", "fieldtype": "Link", "options": "[Select]"},
        {"fieldname": "naming_series", "fieldtype": "Select", "options": "A-\nB-"},
        {"fieldname": "secret", "fieldtype": "Phone", "permlevel": 2, "set_only_once": 1},
        {"fieldname": "script", "fieldtype": "Code"}, {"fieldname": "photo", "fieldtype": "Attach Image"}, {"fieldname": "line", "fieldtype": "Section Break"},
        {"fieldname": "rows", "fieldtype": "Table", "options": "Order Row"}, {"fieldname": "worked_out", "fieldtype": "Data", "is_virtual": 1},
        {"fieldname": "added", "fieldtype": "Data", "is_custom_field": 1},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    "question, names",
    [
        ("get_link_fields()", "customer kind"),
        ("get_dynamic_link_fields()", "what"),
        ("get_data_fields()", "city worked_out added"),
        ("get_phone_fields()", "secret"),
        ("get_select_fields()", "naming_series"),
        ("get_image_fields()", "photo"),
        ("get_code_fields()", "script"),
        ("get_table_fields()", "rows"),
        ("get_set_only_once_fields()", "secret creation owner"),
        ("get_global_search_fields()", "customer"),
        ("get_custom_fields()", "added"),
        ("get_high_permlevel_fields()", "secret"),
        ("get_fields_to_fetch()", "city"),
        ("get_fields_to_fetch('kind')", ""),
        ("get_fields_to_check_permissions(['Customer', 'DocType'])", "customer"),
        ("get_fields_to_check_permissions(['Order'])", "name"),
        ("get('fields', {'fieldtype': 'Code'})", "script"),
        ("get('fields', {'fieldtype': ['in', ['Code', 'Table']]})", "script rows"),
        ("get('fields', {'fieldtype': 'Link', 'options': ['!=', '[Select]']})", "customer kind"),
        ("get('fields', {'permlevel': ['>', 0]})", "secret"),
    ],
    ids=str,
)
def test_questions_about_fields(question, names):
    found = eval(f"meta.{question}", {"meta": DocType(QUESTIONS)})
    assert [each.fieldname for each in found] == names.split()


@pytest.mark.parametrize(
    "question, answer",
    [
        ("get_search_fields()", ["customer", "city", "name"]),
        ("get_list_fields()", ["name", "customer"]),
        ("get_translatable_fields()", ["city"]),
        ("is_translatable('city')", 1),
        ("is_translatable('nowhere')", None),
        ("get_naming_series_options()", ["A-", "B-"]),
        ("get_options('rows')", "Order Row"),
        ("get_link_doctype('customer')", "Customer"),
        ("get_link_doctype('what')", "DocType"),
        ("get_link_doctype('city')", None),
        ("get_table_field_doctype('rows')", "Order Row"),
        ("get_table_field_doctype('city')", None),
        ("'worked_out' in meta.get_fieldnames_with_value()", False),
        ("'worked_out' in meta.get_fieldnames_with_value(with_virtual_fields=True)", True),
        ("'line' in meta.get_valid_fields()", False),
        ("get_workflow()", None),
    ],
    ids=str,
)
def test_questions_about_names(question, answer):
    assert eval(question if "meta." in question else f"meta.{question}", {"meta": DocType(QUESTIONS)}) == answer


def test_options_of_no_field_raise():
    with pytest.raises(AttributeError, match="DocType Order has no 'nowhere'"):
        DocType(QUESTIONS).get_options("nowhere")


@pytest.mark.parametrize(
    "row, key, value",
    [("permissions", "role", "Clerk"), ("permissions", "write", 0), ("links", "link_doctype", "Invoice")],
    ids=str,
)
def test_rows_of_a_doctype_are_attributes_too(row, key, value):
    meta = DocType({"name": "A", "permissions": [{"role": "Clerk", "read": 1}], "links": [{"link_doctype": "Invoice"}]})
    assert getattr(meta.as_dict()[row][0], key) == value
    assert getattr(getattr(meta, row)[0], key) == (value or None)


@pytest.mark.parametrize(
    "fieldname, has",
    [("subject", True), ("details", True), ("checklist", True), ("nope", False), ("name", False)],
    ids=str,
)
def test_has_field_asks_for_defined_fields(fieldname, has):
    assert TASK.has_field(fieldname) is has
    assert (TASK.get_field(fieldname) is not None) is has


@pytest.mark.parametrize(
    "fieldname, label",
    [
        ("subject", "Subject"),
        ("reference_type", "Reference Type"),
        ("name", "ID"),
        ("owner", "Created By"),
        ("docstatus", "Docstatus"),
    ],
    ids=str,
)
def test_every_field_has_a_label(fieldname, label):
    assert TASK.get_label(fieldname) == label


@pytest.mark.parametrize(
    "attribute, fieldnames",
    [
        ("link_fields", ["project", "reference_type"]),
        ("dynamic_links", ["reference_name"]),
        ("table_fields", ["checklist", "watchers"]),
        ("passwords", ["secret"]),
        ("unique", ["subject"]),
        (
            "value_fields",
            [
                "subject",
                "status",
                "project",
                "pick",
                "reference_type",
                "reference_name",
                "points",
                "amount",
                "secret",
                "oddity",
            ],
        ),
    ],
)
def test_fields_by_what_they_are_for(attribute, fieldnames):
    assert names(getattr(TASK, attribute)) == fieldnames


def test_app_code_asks_for_the_same_by_method():
    assert (TASK.get_table_fields(), TASK.get_link_fields()) == (TASK.table_fields, TASK.link_fields)


@pytest.mark.parametrize(
    "filters, fieldnames",
    [
        pytest.param({"fieldtype": "Currency"}, ["amount", "total"], id="equal"),
        pytest.param({"fieldtype": ["Int", "Password"]}, ["points", "secret"], id="one of"),
        pytest.param({"fieldtype": "Currency", "is_virtual": 1}, ["total"], id="all of"),
        pytest.param({"fieldtype": "Nope"}, [], id="none"),
    ],
)
def test_get_selects_fields(filters, fieldnames):
    assert names(TASK.get("fields", filters)) == fieldnames


def test_get_of_a_key():
    assert (TASK.get("module"), TASK.get("nope"), len(TASK.get("fields"))) == ("Conformance", None, len(RAW["fields"]))


# --- columns ---------------------------------------------------------------------------------------------


def test_columns_are_the_standard_ones_first():
    assert TASK.get_valid_columns() == [*STANDARD, *OPTIONAL, *names(TASK.value_fields)]


def test_a_child_table_has_its_parent_and_nothing_of_the_desk():
    assert ITEM.get_valid_columns() == [*STANDARD, *CHILD, "item"]


@pytest.mark.parametrize("fieldname", ["details", "checklist", "total", "watchers"])
def test_layout_tables_and_virtual_fields_have_no_column(fieldname):
    assert fieldname not in TASK.columns


@pytest.mark.parametrize(
    "fieldname, sql", [("points", "INTEGER"), ("amount", "REAL"), ("creation", "TEXT"), ("name", "TEXT COLLATE NOCASE")]
)
def test_column_types(fieldname, sql):
    assert TASK.column_sql[fieldname] == sql


def test_an_autoincrement_doctype_counts_its_names():
    assert DocType({"name": "Log", "autoname": "autoincrement"}).column_sql["name"] == "INTEGER"


def test_indexes():
    fields = ("status", "project", "pick", "reference_type", "reference_name")
    assert list(TASK.indexed.values()) == [("modified",), *((name, "modified") for name in fields)]
    assert ITEM.indexed == {f"{ITEM.table}_parent": ("parent",)}


@pytest.mark.parametrize(
    ("keys", "columns"),
    [
        pytest.param({}, [("modified",), ("status", "modified")], id="by modified, unless told"),
        pytest.param(
            {"sort_field": "creation"},
            [("modified",), ("creation",), ("status", "creation")],
            id="in the order of its lists",
        ),
        pytest.param({"sort_field": "status, name"}, [("modified",), ("status",)], id="the sorted field itself"),
        pytest.param({"sort_field": "gone"}, [("modified",), ("status", "modified")], id="a field that is not there"),
    ],
)
def test_indexes_follow_the_order_of_lists(keys, columns):
    field = {"fieldname": "status", "fieldtype": "Data", "search_index": 1}
    assert list(DocType({"name": "Task", "fields": [field], **keys}).indexed.values()) == columns


def test_permission_levels_above_zero():
    assert TASK.levels == {1, 2}


@pytest.mark.parametrize(
    "doctype",
    [TASK, ITEM, DocType({"name": 'Odd "Name"', "fields": [{"fieldname": "order", "fieldtype": "Data"}]})],
    ids=["plain", "child", "quotes and a reserved word"],
)
def test_select_and_insert_agree_on_the_columns(doctype):
    sqlite = sqlite3.connect(":memory:")
    columns = ", ".join(f'"{name}" {kind}' for name, kind in doctype.column_sql.items())
    sqlite.execute('CREATE TABLE "{}" ({})'.format(doctype.table.replace('"', '""'), columns))
    row = tuple(str(number) for number, _ in enumerate(doctype.columns))
    sqlite.execute(doctype.insert_sql, row)
    assert [str(each).removesuffix(".0") for each in sqlite.execute(doctype.select_sql).fetchone()] == list(row)
    sqlite.close()


# --- the whole -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key, value",
    [
        ("name", "Task"),
        ("table", "tabTask"),
        ("istable", False),
        ("issingle", False),
        ("is_submittable", True),
        ("autoname", ""),
        ("permissions", []),
        ("module", "Conformance"),
    ],
    ids=str,
)
def test_doctype_attributes(key, value):
    assert getattr(TASK, key) == value


def test_a_doctype_is_a_document():
    found = TASK.as_dict()
    assert {key: found[key] for key in RAW if key not in ("fields", "permissions")} == {
        key: value for key, value in RAW.items() if key not in ("fields", "permissions")
    }
    assert [each.fieldname for each in found.fields] == [each["fieldname"] for each in RAW["fields"]]
    assert (found.doctype, found.allow_rename, found.links) == ("DocType", 0, [])


@pytest.mark.parametrize(
    "raw, title",
    [
        pytest.param(RAW, "subject", id="title_field"),
        pytest.param(
            {"name": "A", "fields": [{"fieldname": "title", "fieldtype": "Data"}]}, "title", id="a field called title"
        ),
        pytest.param({"name": "A"}, "name", id="the name"),
    ],
)
def test_title_field(raw, title):
    assert DocType(raw).get_title_field() == title


def test_search_fields():
    assert (TASK.searched_fields, ITEM.searched_fields) == (["subject", "status"], [])
    assert TASK.search_fields.startswith("subject, status")  # as app code reads it
    assert not ITEM.search_fields
