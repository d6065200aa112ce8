"""MariaDB's grammar and functions in `frappe.db.sql`, where SQLite has others, or gives another answer."""

from __future__ import annotations

import datetime
import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from frappe_lite import utils
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import UniqueValidationError
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.mariadb.functions import moment
from frappe_lite.face.mariadb.grammar import rewrite
from frappe_lite.face.mariadb.index_statements import Index, parse

apps.provide_frappe()
pytestmark = pytest.mark.sqlite("MariaDB's words, which are taught to SQLite; PostgreSQL has its own")
NOW = datetime.datetime(2026, 3, 15, 10, 30)


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        store_doctype(made, doctype("Box", ("title", "Data"), ("many", "Int"), ("kind", "Data")))
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Iterator[Any]:
    """`frappe` with four boxes, at a fixed moment."""
    found = importlib.import_module("frappe")
    for title, many, kind in (("a", 3, "x"), ("b", 1, "x"), ("c", 2, "y"), ("kind", 2, None)):
        found.get_doc(doctype="Box", title=title, many=many, kind=kind).insert(set_name=f"Box {title}")
    token = utils.set_clock(NOW)
    yield found
    utils.reset_clock(token)


EXPRESSIONS = [
    ("1/2", 0.5),
    ("6/3/2", 1.0),
    ("7 div 2", 3),
    ("7 mod 4", 3),
    ("1/0", None),
    ("1 && 0", 0),
    ("round(1234.5, -2)", 1200.0),
    ("round(2.5)", 3.0),
    ("round(-2.5)", -3.0),
    ("format(1234567.891, 2)", "1,234,567.89"),
    ("format(12, 0)", "12"),
    ("isnull(null)", 1),
    ("isnull(1)", 0),
    ("convert('12.50', decimal(10,2))", 12.5),
    ("convert('12', unsigned)", 12),
    ("convert('2026-03-01 10:00:00', date)", "2026-03-01"),
    ("convert('x' using utf8mb4)", "x"),
    ("mid('abcdef', 2, 3)", "bcd"),
    ("substring('abcdef' from 3)", "cdef"),
    ("substring('abcdef' from 3 for 2)", "cd"),
    ("position('c' in 'abc')", 3),
    ("insert('abcd', 2, 2, 'XY')", "aXYd"),
    ("elt(2, 'a', 'b')", "b"),
    ("elt(9, 'a', 'b')", None),
    ("repeat('ab', 2)", "abab"),
    ("concat('[', space(2), ']')", "[  ]"),
    ("ucase('a')", "A"),
    ("lcase('A')", "a"),
    ("bin(5)", "101"),
    ("conv('ff', 16, 10)", "255"),
    ("log(2, 8)", 3.0),
    ("sha1('x')", "11f6ad8ec52a2984abaafd7c3b516503785c2072"),
    ("crc32('x')", 2363233923),
    ("length(sha2('x', 256))", 64),
    ("binary 'a' = 'A'", 0),
    ("'it''s'", "it's"),
    ('"it""s"', 'it"s'),
    ("1 # what follows is for people", 1),
    # dates that are none
    ("year('')", None),
    ("month('abc')", None),
    ("date_format('', '%Y')", None),
    ("last_day('')", None),
    ("datediff('', now())", None),
    ("datediff('x', 'y')", None),
    ("str_to_date('x', '%d')", None),
    ("date_add('', interval 1 day)", None),
    ("timestampdiff(day, 'x', now())", None),
    ("hour('10:20:30')", 10),
    # times and zones
    ("timediff('10:00', '11:30')", "-01:30:00"),
    ("timediff('2026-03-02 00:00:00', '2026-03-01 00:00:00')", "24:00:00"),
    ("addtime('23:00:00', '02:00:00')", "25:00:00"),
    ("addtime('2026-03-01 23:00:00', '02:00:00')", "2026-03-02 01:00:00"),
    ("subtime('10:00:00', '01:30:00')", "08:30:00"),
    ("maketime(1, 2, 3)", "01:02:03"),
    ("makedate(2026, 32)", "2026-02-01"),
    ("time_to_sec('01:00:01')", 3601),
    ("sec_to_time(3601)", "01:00:01"),
    ("convert_tz('2026-01-01 00:00:00', '+00:00', '+02:30')", "2026-01-01 02:30:00"),
    ("convert_tz('2026-01-01 00:00:00', 'nowhere', '+02:00')", None),
    ("period_diff(202603, 202512)", 3),
    ("period_add(202512, 2)", 202602),
    ("from_days(to_days('2026-03-01'))", "2026-03-01"),
    ("localtime()", "2026-03-15 10:30:00"),
    # JSON
    ("json_unquote('\"x\"')", "x"),
    ("json_contains('[1, 2]', '1')", 1),
    ("json_contains('{\"a\": [1]}', '2', '$.a')", 0),
    ("json_length('[1, 2]')", 2),
    ("json_search('[\"a\", \"b\"]', 'one', 'b')", '"$[1]"'),
    ("json_search('{\"k\": \"ab\"}', 'all', 'a%')", '"$.k"'),
    ("json_search('[]', 'one', 'b')", None),
    ("json_value('{\"a\": 5}', '$.a')", 5),
    # full text
    ("MATCH ('red Cat', 'dog') AGAINST ('cat' IN BOOLEAN MODE)", 1.0),
    ("MATCH ('red cat') AGAINST ('re* ca*' IN BOOLEAN MODE)", 2.0),
    ("MATCH ('red cat') AGAINST ('re ca' IN BOOLEAN MODE)", 0.0),
    ("MATCH ('red cat') AGAINST ('+red +dog' IN BOOLEAN MODE)", 0.0),
    ("MATCH ('red cat') AGAINST ('+red dog' IN BOOLEAN MODE)", 1.0),
    ("MATCH ('red cat') AGAINST ('red -cat' IN BOOLEAN MODE)", 0.0),
    ("MATCH ('red cat') AGAINST ('\"red  cat\"' IN BOOLEAN MODE)", 1.0),
    ("MATCH ('cat red') AGAINST ('\"red cat\"' IN BOOLEAN MODE)", 0.0),
    ("MATCH ('red cat') AGAINST ('red* -dog' IN NATURAL LANGUAGE MODE)", 1.0),
    ("MATCH ('red cat') AGAINST ('cat')", 1.0),
    ("MATCH (NULL) AGAINST ('cat')", 0.0),
    # what a server says of itself
    ("version()", "10.11.6-MariaDB"),
    ("database()", "site"),
]


@pytest.mark.parametrize(("expression", "found"), [pytest.param(*each, id=each[0]) for each in EXPRESSIONS])
def test_an_expression(frappe: Any, expression: str, found: Any) -> None:
    assert frappe.db.sql(f"SELECT {expression}") == ((found,),)


QUERIES = [
    ("select group_concat(title order by many) from tabBox where many > 1", "c,kind,a"),
    ("select group_concat(title order by many desc, title desc separator ' | ') from tabBox", "a | kind | c | b"),
    ("select group_concat(distinct kind) from tabBox", "x,y"),
    ("select group_concat(distinct kind order by kind desc) from tabBox", "y,x"),
    ("select group_concat(title, '=', many order by title) from tabBox where many < 2", "b=1"),
    ("select group_concat(title separator ';') from tabBox where kind = 'x'", "a;b"),
    ("select group_concat(title order by many) from tabBox where many > 9", None),
    ("select any_value(kind) from tabBox where kind = 'y'", "y"),
    ("select std(many) from tabBox where kind = 'x'", 1.0),
    ("select var_pop(many) from tabBox where kind = 'x'", 1.0),
    ("select var_samp(many) from tabBox where kind = 'y'", None),
    ("select bit_or(many) from tabBox", 3),
    ("select bit_and(many) from tabBox where many > 1", 2),
    ("select sum(many)/count(*) from tabBox", 2.0),
    ("select title from tabBox having title = 'b'", "b"),
    ("select title, many * 2 as twice from tabBox having twice > 4 order by title limit 1", "a"),
    ("select kind from tabBox where kind is not null group by kind having count(*) = 1", "y"),
    ("select count(*) as c from tabBox having c > 3", 4),
    ('select title from tabBox where title = "kind"', "kind"),
    ('select title from `tabBox` where kind = "x" and many = "1"', "b"),
    ('select title from "tabBox" where "title" = \'c\'', "c"),
    ("select straight_join sql_calc_found_rows title from tabBox use index (x) where many = 1", "b"),
    ("select 5 from dual", 5),
    ("select table_name from information_schema.tables where table_name = 'tabBox'", "tabBox"),
    ("select c.column_name from information_schema.columns c where c.table_name = 'tabBox' and c.column_key = 'PRI'", "name"),
    ("select data_type from information_schema.columns where table_name = 'tabBox' and column_name = 'many'", "integer"),
    ("show tables like 'tabBox'", "tabBox"),
    ("desc tabBox", "name"),
    ("show columns from `tabBox` where Field = 'kind'", "kind"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "found"), [pytest.param(*each, id=each[0]) for each in QUERIES])
def test_a_query(frappe: Any, query: str, found: Any) -> None:
    assert frappe.db.sql(query)[0][0] == found


TITLES = "select group_concat(concat(title, many) order by title) from tabBox"
CHANGES = [
    ("delete b from tabBox b join tabUser u on u.name = b.owner where b.many = 2", "a3,b1"),
    ("delete `tabBox` from `tabBox` left join tabUser u on u.name = 'nobody' where u.name is null and kind = 'x'", "c2,kind2"),
    ("update tabBox b join tabUser u on u.name = b.owner set b.many = 9, b.kind = u.name where b.title = 'a'", "a9,b1,c2,kind2"),
    ("update tabBox set many = many + 1 where kind = \"x\"", "a4,b2,c2,kind2"),
    ("truncate table tabBox", None),
    ("truncate `tabBox`", None),
    ("insert into tabBox (name, many) values ('Box a', 7) on duplicate key update many = values(many) + many", "a10,b1,c2,kind2"),
    ("set session sql_mode = ''", "a3,b1,c2,kind2"),
    ("lock tables tabBox write", "a3,b1,c2,kind2"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "left"), [pytest.param(*each, id=each[0]) for each in CHANGES])
def test_a_change(frappe: Any, statement: str, left: Any) -> None:
    frappe.db.sql(statement)
    assert frappe.db.sql(TITLES)[0][0] == left


# --- indexes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        pytest.param("alter table `tabBox` add index `one`(title, many)", Index("tabBox", "one", ("title", "many")), id="add"),
        pytest.param("ALTER TABLE tabBox ADD UNIQUE KEY one (title(20))", Index("tabBox", "one", ("title",), True), id="unique, of the first letters"),
        pytest.param("alter table `tabBox` add unique `one`(`title`)", Index("tabBox", "one", ("title",), True), id="without the word index"),
        pytest.param("alter table `tabBox` add constraint one unique (title)", Index("tabBox", "one", ("title",), True), id="as a rule"),
        pytest.param("create index if not exists one on `tabBox` (title desc)", Index("tabBox", "one", ("title",)), id="create"),
        pytest.param("alter table tabBox add fulltext index one (title)", Index("tabBox", "one", ("title",), False, True), id="of full text"),
        pytest.param("alter table `tabBox` drop index `one`;", Index("tabBox", "one"), id="drop"),
        pytest.param("DROP INDEX IF EXISTS one ON `tabBox`", Index("tabBox", "one"), id="drop on"),
        pytest.param("select 1 from tabBox use index (one)", None, id="no statement of an index"),
    ],
)  # fmt: skip
def test_a_statement_of_an_index(statement: str, index: Index | None) -> None:
    assert parse(statement) == index


def test_an_index_comes_and_goes(frappe: Any) -> None:
    frappe.db.sql_ddl("alter table `tabBox` add unique index one (title, kind)")
    assert frappe.db.has_index("tabBox", "one")
    shown = frappe.db.sql("show index from `tabBox` where Key_name = 'one'", as_dict=True)
    assert [(row.Column_name, row.Seq_in_index, row.Non_unique) for row in shown] == [("title", 1, 0), ("kind", 2, 0)]
    with pytest.raises(UniqueValidationError):
        frappe.get_doc(doctype="Box", title="a", kind="x").insert()
    frappe.db.sql_ddl("drop index if exists one on `tabBox`")
    assert not frappe.db.has_index("tabBox", "one")
    frappe.db.sql_ddl("alter table `tabBox` add fulltext index two (title)")
    assert not frappe.db.has_index("tabBox", "two")


# --- what stays as it is ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("select name from tabBox where title = 'a/b # c'", id="marks in quotes"),
        pytest.param("select `insert` from `tabBox` where `having` = 1", id="names in backticks"),
        pytest.param("select count(*) from tabBox group by kind having count(*) > 1", id="HAVING of groups"),
        pytest.param('select "title" from "tabBox"', id="names in double quotes"),
        pytest.param("select title -- no / comment\n from tabBox", id="a comment"),
    ],
)
def test_what_sqlite_understands_is_left_alone(query: str) -> None:
    assert rewrite(query).split() == query.replace("-- no / comment\n", "").split()


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-03-01", datetime.datetime(2026, 3, 1)),
        ("20260301", datetime.datetime(2026, 3, 1)),
        ("10:00", datetime.datetime(2000, 1, 1, 10)),
        (None, None),
        ("", None),
        ("2026-13-01", None),
        ("soon", None),
        (5, None),
    ],
)
def test_what_a_moment_is(value: Any, found: Any) -> None:
    assert moment(value) == found
