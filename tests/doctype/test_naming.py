"""How a document gets its name, and which names are refused."""

from __future__ import annotations

import datetime
import re
import uuid
from collections import Counter

import pytest

from frappe_lite import utils
from frappe_lite.doctype import naming
from frappe_lite.doctype.meta import DocType
from frappe_lite.doctype.naming import MAX_NAME_LENGTH, check_name, last_series, make_format, make_name, make_series
from frappe_lite.errors import MandatoryError, NameError, ValidationError

FIELDS = [
    {"fieldname": "title", "fieldtype": "Data", "label": "Title"},
    {"fieldname": "category", "fieldtype": "Data"},
    {"fieldname": "naming_series", "fieldtype": "Select", "options": "INV-.YYYY.-.####\nCR-.####"},
    {"fieldname": "amended_from", "fieldtype": "Link", "options": "Invoice"},
]


class Doc(utils._dict):
    """As much of a document as naming looks at."""

    def set(self, key, value):
        self[key] = value


def doctype(autoname: str = "", **more) -> DocType:
    return DocType({"name": "Invoice", "autoname": autoname, "fields": FIELDS, **more})


def document(meta: DocType | None = None, **values) -> Doc:
    return Doc(meta=meta or doctype(), flags=utils._dict(), **values)


class Series(Counter):
    """A counter that counts each prefix for itself and remembers it."""

    def __call__(self, prefix: str) -> int:
        self[prefix] += 1
        return self[prefix]


@pytest.fixture(autouse=True)
def clock():
    token = utils.set_clock(datetime.datetime(2026, 2, 3, 4, 5, 6))
    yield
    utils.reset_clock(token)


# --- the parts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key, name, counted",
    [
        pytest.param("TASK-.#####", "TASK-00001", "TASK-", id="a counter of five digits"),
        pytest.param("INV-.YYYY.-.####", "INV-2026-0001", "INV-2026-", id="the counter counts what stands before it"),
        pytest.param("A-.YY.MM.DD.-.##", "A-260203-01", "A-260203-", id="dates"),
        pytest.param("A-.JJJ.-.#", "A-034-1", "A-034-", id="the day of the year"),
        pytest.param("A-.WW.-.#", "A-06-1", "A-06-", id="the week of the year"),
        pytest.param("A-.category.-.##", "A-X-01", "A-X-", id="a field"),
        pytest.param("A-.{category}.-.##", "A-X-01", "A-X-", id="a field in braces"),
        pytest.param("A-.##.-Z", "A-01-Z", "A-", id="text after the counter"),
        pytest.param("####", "0001", "", id="a counter alone"),
        pytest.param("A-.nope.-.##", "A-nope-01", "A-nope-", id="what is no field is text"),
        pytest.param("A-.", "A-00001", "A-", id="without # five digits are added"),
        pytest.param("A-.##.-.##", "A-01-", "A-", id="only one counter counts"),
    ],
)
def test_make_series(key, name, counted):
    series = Series()
    assert make_series(key, document(category="X"), series) == name
    assert series == {counted: 1}


@pytest.mark.parametrize(
    "template, name, counted",
    [
        pytest.param("FD-{category}-{###}", "FD-X-001", {"": 1}, id="a field and a counter"),
        pytest.param("{YYYY}/{MM}", "2026/02", {}, id="dates"),
        pytest.param("{ category }!", "X!", {}, id="spaces in braces"),
        pytest.param("fixed", "fixed", {}, id="no braces"),
        pytest.param("{##}-{category}", "01-X", {"": 1}, id="a counter first"),
        pytest.param("{nope}", "nope", {}, id="what is no field is text"),
    ],
)
def test_make_format(template, name, counted):
    series = Series()
    assert make_format(template, document(category="X"), series) == name
    assert series == counted


def test_all_templates_share_one_counter():
    series = Series()
    assert [make_format("FD-{category}-{###}", document(category=each), series) for each in "XXY"] == [
        "FD-X-001",
        "FD-X-002",
        "FD-Y-003",
    ]


def test_a_counter_grows_beyond_its_digits():
    assert make_series("A-.##", document(), lambda prefix: 123) == "A-123"


def test_a_hash_part_differs_every_time():
    first, second = (make_series("A-.hash.-.#", document(), Series()) for _ in range(2))
    assert re.fullmatch(r"A-[0-9a-f]{10}-1", first) and first != second


# --- the rules -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "autoname, values, name",
    [
        pytest.param("autoincrement", {}, 1, id="autoincrement gives a number"),
        pytest.param("field:title", {"title": " Alpha "}, "Alpha", id="a field, without the space around it"),
        pytest.param("field:title", {"title": 5}, "5", id="a field that is a number"),
        pytest.param("format:FD-{category}-{###}", {"category": "X"}, "FD-X-001", id="a format"),
        pytest.param("Format:{category}", {"category": "X"}, "X", id="rules have no case"),
        pytest.param("prompt", {"name": "mine"}, "mine", id="prompt"),
        pytest.param("Prompt", {"name": "mine"}, "mine", id="Prompt"),
        pytest.param("TASK-.#####", {}, "TASK-00001", id="a series"),
        pytest.param("naming_series:", {"naming_series": "CR-.####"}, "CR-0001", id="the document's own series"),
        pytest.param("naming_series:", {}, "INV-2026-0001", id="the first series of the field"),
    ],
)
def test_make_name(autoname, values, name):
    meta = doctype(autoname)
    assert make_name(meta, document(meta, **values), Series()) == name


@pytest.mark.parametrize("autoname", ["hash", "", "random"])
def test_otherwise_a_name_is_random(autoname):
    meta = doctype(autoname)
    names = {make_name(meta, document(meta, title="x"), Series()) for _ in range(20)}
    assert len(names) == 20 and all(re.fullmatch("[0-9a-v]{10}", each) for each in names)


def test_a_single_is_called_as_its_doctype():
    meta = doctype("hash", issingle=1)
    assert make_name(meta, document(meta), Series()) == "Invoice"


def test_the_series_that_was_used_is_kept_on_the_document():
    meta = doctype("naming_series:")
    doc = document(meta)
    make_name(meta, doc, Series())
    assert doc.naming_series == "INV-.YYYY.-.####"


def test_the_field_s_default_comes_before_its_first_option():
    meta = DocType({"name": "Invoice", "autoname": "naming_series:", "fields": [{**FIELDS[2], "default": "CR-.####"}]})
    assert make_name(meta, document(meta), Series()) == "CR-0001"


@pytest.mark.parametrize(
    "autoname, fields, error, text",
    [
        pytest.param("field:title", FIELDS, ValidationError, "Title is required", id="field"),
        pytest.param("prompt", FIELDS, ValidationError, "Please set the document name", id="prompt"),
        pytest.param("naming_series:", FIELDS[:1], MandatoryError, "Naming Series mandatory", id="series"),
    ],
)
def test_a_rule_that_lacks_its_value_says_so(autoname, fields, error, text):
    meta = doctype(autoname, fields=fields)
    with pytest.raises(error, match=text):
        make_name(meta, document(meta), Series())


@pytest.mark.parametrize(
    "submittable, original, again, name",
    [
        pytest.param(1, "INV-2026-0001", False, "INV-2026-0001-1", id="the first amendment"),
        pytest.param(1, "INV-2026-0001-1", True, "INV-2026-0001-2", id="an amendment's amendment"),
        pytest.param(1, "INV-2026-0001-9", True, "INV-2026-0001-10", id="the tenth"),
        pytest.param(0, "INV-2026-0001", False, "TASK-00001", id="only of what can be submitted"),
    ],
)
def test_amended_names(submittable, original, again, name):
    meta = doctype("TASK-.#####", is_submittable=submittable)
    doc = document(meta, amended_from=original)
    doc.flags.amended_from_amended = again
    assert make_name(meta, doc, Series()) == name


# --- counting back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "autoname, values, last",
    [
        pytest.param("TASK-.#####", {"name": "TASK-00007"}, ("TASK-", 7), id="a series"),
        pytest.param(
            "naming_series:",
            {"name": "INV-2026-0012", "naming_series": "INV-.YYYY.-.####"},
            ("INV-2026-", 12),
            id="a naming series",
        ),
        pytest.param(
            "format:FD-{category}-{###}",
            {"name": "FD-X-003", "category": "X"},
            None,
            id="a format: nothing is given back",
        ),
        pytest.param("TASK-.#####", {"name": "renamed"}, None, id="a name of another kind"),
        pytest.param("TASK-.#####", {"name": "TASK-x"}, None, id="no number behind the prefix"),
        pytest.param("TASK-.#####", {"name": "TASK-00007-1", "amended_from": "TASK-00007"}, None, id="an amendment"),
        pytest.param("field:title", {"name": "a", "title": "a"}, None, id="a rule without a counter"),
        pytest.param("", {"name": "abc"}, None, id="no rule"),
    ],
)
def test_last_series(autoname, values, last):
    meta = doctype(autoname)
    assert last_series(meta, document(meta, **values)) == last


# --- what no name may be ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, final",
    [
        pytest.param("  padded  ", "padded", id="space around it is cut"),
        pytest.param("a/b c", "a/b c", id="slashes and spaces"),
        pytest.param("日本 'quoted\" 🎉", "日本 'quoted\" 🎉", id="any script"),
        pytest.param(5, "5", id="a number is text"),
        pytest.param("x" * MAX_NAME_LENGTH, "x" * MAX_NAME_LENGTH, id="the longest"),
        pytest.param("Newest Invoice", "Newest Invoice", id="a name may begin with New"),
    ],
)
def test_names(name, final):
    assert check_name(doctype(), name) == final


@pytest.mark.parametrize(
    "name, error",
    [
        pytest.param("", ValidationError, id="none"),
        pytest.param(None, ValidationError, id="None"),
        pytest.param("   ", ValidationError, id="blank"),
        pytest.param("x" * (MAX_NAME_LENGTH + 1), ValidationError, id="too long"),
        pytest.param("<b>x</b>", NameError, id="tags"),
        pytest.param("a > b", NameError, id="a bracket"),
        pytest.param("New Invoice 1", NameError, id="as the desk calls what is not saved"),
        pytest.param("new invoice", NameError, id="in any case"),
    ],
)
def test_names_that_are_refused(name, error):
    with pytest.raises(error):
        check_name(doctype(), name)


@pytest.mark.parametrize(
    ("meta", "name", "told"),
    [
        pytest.param(DocType({"name": "DocType", "fields": []}), "DocType", None, id="the DocType of DocTypes"),
        pytest.param(DocType({"name": "DocType", "fields": []}), "a < b", None, id="any name of a DocType: it has its own rule"),
        pytest.param(DocType({"name": "Rules", "issingle": 1, "fields": []}), "Rules", None, id="a Single"),
        pytest.param(doctype(), "Invoice", "Name of Invoice cannot be Invoice", id="no other has its DocType's name"),
        pytest.param(doctype(), "a < b", "characters like <strong>'<', '>'</strong>", id="what may not be in it is told"),
    ],
)  # fmt: skip
def test_a_document_is_not_named_like_its_doctype(meta, name, told):
    if told is None:
        assert check_name(meta, name) == name
    else:
        with pytest.raises(NameError, match=re.escape(told)):
            check_name(meta, name)


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        pytest.param("A-007", ("A-", 7), id="a name of the series"),
        pytest.param("A-12345", ("A-", 12345), id="beyond its digits"),
        pytest.param("B-007", None, id="one that begins in another way"),
        pytest.param("A-x7", None, id="one that goes on without a number"),
        pytest.param(7, None, id="a number"),
        pytest.param(None, None, id="none"),
    ],
)
def test_the_counter_of_a_name(name, counted):
    assert naming.counted_by("A-.###", name, document()) == counted


def test_a_counted_name_is_a_number():
    assert check_name(doctype("autoincrement"), "12") == 12


def test_a_uuid_begins_with_the_time_whatever_is_drawn_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming.time, "time_ns", lambda: 1_700_000_000_002_000_000)
    for draw in (lambda bits: 0, lambda bits: (1 << bits) - 1):
        monkeypatch.setattr(naming.secrets, "randbits", draw)
        made = uuid.UUID(naming.uuid_name(None))
        assert made.int >> 80 == 1_700_000_000_002
        assert (made.version, made.variant) == (7, uuid.RFC_4122)


@pytest.mark.parametrize(
    ("name", "may"),
    [
        pytest.param("a", True, id="one letter"),
        pytest.param("", False, id="nothing"),
        pytest.param("x" * 140, True, id="as long as a name may be"),
        pytest.param("x" * 141, False, id="a letter more"),
        pytest.param(" a", False, id="a space before"),
        pytest.param("a ", False, id="a space behind"),
        pytest.param("a b", True, id="a space inside"),
        pytest.param("a<b", False, id="a bracket"),
        pytest.param("a>b", False, id="the other"),
        pytest.param("a\nb", False, id="two lines"),
    ],
)
def test_what_a_client_may_call_a_row(name: str, may: bool) -> None:
    assert naming.may_be_claimed(name) == may
