"""`frappe.db.sql` in MariaDB's words, and `frappe.qb`."""

from __future__ import annotations

import contextlib
import datetime
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from conftest import AppSite
from frappe_lite import utils
from frappe_lite.context import Context
from frappe_lite.face.mariadb import dialect as mariadb
from frappe_lite.face.missing import NotProvidedError
from frappe_lite.face.queries import pypika_queries
from frappe_lite.site import Site

pytestmark = pytest.mark.sqlite("MariaDB's functions, which are taught to SQLite; PostgreSQL has its own")

NOW = datetime.datetime(2026, 3, 15, 10, 30)


def fill(_ctx: Context) -> None:
    tasks = (("Paint it", "Low"), ("Sell 100% of it", "High"), ("O'Hara's", "High"))
    for number, (subject, priority) in enumerate(tasks, 1):
        values = {"subject": subject, "priority": priority, "points": number, "due_date": f"2026-03-{number * 10}"}
        frappe_lite.get_doc({"doctype": "Task", **values}).insert()


@contextlib.contextmanager
def at_noon(site: Site) -> Iterator[Context]:
    """A transaction on the site, at a fixed moment after its Tasks were made."""
    token = utils.set_clock(NOW)
    with site.acting() as ctx:
        yield ctx
    utils.reset_clock(token)


@pytest.fixture
def frappe() -> Iterator[Any]:
    """`frappe` on a site with three Tasks, at a fixed moment."""
    site = AppSite(fill=fill)
    with at_noon(site):
        yield frappe_lite
    site.close()


@pytest.fixture(scope="module")
def office() -> Iterator[AppSite]:
    """A site with the Tasks, for the tests that borrow it."""
    made = AppSite(fill=fill)
    yield made
    made.close()


@pytest.fixture
def borrowed(office: AppSite) -> Iterator[Any]:
    """The same on the module's site, in a transaction that is given up at the end."""
    with at_noon(office) as ctx:
        yield frappe_lite
        ctx.rollback()


STATEMENTS = [
    ("now()", "2026-03-15 10:30:00"),
    ("curdate()", "2026-03-15"),
    ("current_date()", "2026-03-15"),
    ("curtime()", "10:30:00"),
    ("date_add('2026-01-31', interval 1 month)", "2026-02-28"),
    ("date_sub(now(), interval 7 day)", "2026-03-08 10:30:00"),
    ("'2026-01-31' + interval 1 day", "2026-02-01"),
    ("now() - interval 2 hour", "2026-03-15 08:30:00"),
    ("curdate() - INTERVAL '7 DAY'", "2026-03-08"),
    ("adddate('2026-01-31', 1)", "2026-02-01"),
    ("subdate('2026-01-31', 1)", "2026-01-30"),
    ("timestampadd(quarter, 1, '2026-01-31')", "2026-04-30"),
    ("datediff('2026-03-01', '2026-02-01')", 28),
    ("datediff(null, '2026-02-01')", None),
    ("timestampdiff(hour, '2026-01-01', '2026-01-02')", 24),
    ("timestampdiff(month, '2026-01-31', '2026-03-30')", 1),
    ("timestampdiff(year, null, now())", None),
    ("date_format('2026-01-05 08:09:10', '%d-%m-%Y %H:%i:%s')", "05-01-2026 08:09:10"),
    ("date_format('2026-01-05', '%M %e')", "January 5"),
    ("date_format(null, '%Y')", None),
    ("str_to_date('05.01.2026', '%d.%m.%Y')", "2026-01-05 00:00:00"),
    ("year('2026-01-05')", 2026),
    ("month('2026-01-05')", 1),
    ("day('2026-01-05')", 5),
    ("hour('08:09:10')", 8),
    ("minute('2026-01-05 08:09')", 9),
    ("quarter('2026-05-01')", 2),
    ("dayname('2026-03-15')", "Sunday"),
    ("monthname('2026-03-15')", "March"),
    ("weekday('2026-03-15')", 6),
    ("dayofweek('2026-03-15')", 1),
    ("last_day('2026-02-01')", "2026-02-28"),
    ("year(null)", None),
    ("extract(year from '2026-01-05')", 2026),
    ("dayofyear('2026-02-01')", 32),
    ("time_to_sec('01:01:01')", 3661),
    ("sec_to_time(3661)", "01:01:01"),
    ("timediff('2026-01-01 10:00', '2026-01-01 08:30')", "01:30:00"),
    ("concat('a', 1, 'b')", "a1b"),
    ("concat('a', null)", None),
    ("concat_ws('-', 'a', null, 'b')", "a-b"),
    ("if(1 > 2, 'yes', 'no')", "no"),
    ("ifnull(null, 3)", 3),
    ("left('abcdef', 2)", "ab"),
    ("right('abcdef', 2)", "ef"),
    ("left(null, 2)", None),
    ("locate('C', 'abc')", 3),
    ("locate('z', 'abc')", 0),
    ("substring_index('a.b.c', '.', 2)", "a.b"),
    ("substring_index('a.b.c', '.', -1)", "c"),
    ("lpad('7', 3, '0')", "007"),
    ("rpad('7', 3, '0')", "700"),
    ("char_length('abc')", 3),
    ("find_in_set('b', 'a,b,c')", 2),
    ("find_in_set('z', 'a,b,c')", 0),
    ("field('b', 'a', 'b')", 2),
    ("field('z', 'a')", 0),
    ("greatest(1, 3, 2)", 3),
    ("least(1, 3, 2)", 1),
    ("greatest(1, null)", None),
    ("'abc' regexp '^A'", 1),
    ("'abc' rlike 'z'", 0),
    ("null <=> null", 1),
    ("truncate(1.999, 1)", 1.9),
    ("ceil(1.2)", 2),
    ("floor(-1.2)", -2),
    ("md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
    ("strcmp('a', 'b')", -1),
    ("reverse('abc')", "cba"),
    ("cast('12' as unsigned)", 12),
    ("cast(3 as char)", "3"),
    ("'a, interval 1 day + left('", "a, interval 1 day + left("),
    ("timestamp('2026-01-05', '08:00')", "2026-01-05 08:00:00"),
    ("from_unixtime(unix_timestamp('2026-01-05 08:00:00'))", "2026-01-05 08:00:00"),
]


@pytest.mark.parametrize(("expression", "expected"), STATEMENTS)
def test_expressions(borrowed: Any, expression: str, expected: Any) -> None:
    assert borrowed.db.sql(f"SELECT {expression}")[0][0] == expected


QUERIES: list[Any] = [
    pytest.param("SELECT `name` FROM `tabTask` WHERE points > 2 FOR UPDATE", (), 1, id="for update"),
    pytest.param(
        "SELECT name FROM tabTask WHERE subject LIKE '%100\\%%%' ESCAPE '\\'", {"x": 1}, 1, id="percent signs doubled"
    ),
    pytest.param("SELECT name FROM tabTask WHERE subject LIKE '%it%'", (), 2, id="percent signs without values"),
    pytest.param("SELECT name FROM tabTask WHERE subject = %s", "O'Hara's", 1, id="one value"),
    pytest.param(
        "SELECT name FROM tabTask WHERE subject = %(subject)s AND points = %(points)s",
        {"subject": "O'Hara's", "points": 3},
        1,
        id="named values",
    ),
    pytest.param("SELECT name FROM tabTask WHERE priority IN %s", (["Low", "High"],), 3, id="a list"),
    pytest.param(
        "SELECT name FROM tabTask WHERE due_date BETWEEN date_sub(curdate(), interval 6 day) AND '2026-03-15'",
        (),
        1,
        id="a range of dates",
    ),
    pytest.param(
        "SELECT group_concat(subject SEPARATOR ' | ') FROM tabTask GROUP BY priority", (), 2, id="group_concat"
    ),
    pytest.param("SELECT priority, count(*) FROM tabTask GROUP BY priority HAVING count(*) > 1", (), 1, id="having"),
    pytest.param(
        "SELECT if(left(subject, 1) = 'P', 1, 0) AS p FROM tabTask ORDER BY p DESC LIMIT 0, 2", (), 2, id="if and left"
    ),
]


@pytest.mark.parametrize(("statement", "values", "rows"), QUERIES)
def test_statements(borrowed: Any, statement: str, values: Any, rows: int) -> None:
    assert len(borrowed.db.sql(statement, values)) == rows


def test_what_a_value_holds_is_never_sql(frappe: Any) -> None:
    evil = "x' OR 1=1 -- interval 1 day"
    assert (
        frappe.db.sql(
            "SELECT name FROM tabTask WHERE subject = %s OR subject = %(a)s".replace(" OR subject = %(a)s", ""), evil
        )
        == ()
    )
    assert frappe.db.sql(f"SELECT {frappe.db.escape(evil)}")[0][0] == evil


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("sql_list('SELECT points FROM tabTask ORDER BY points')", [1, 2, 3]),
        ("multisql({'mariadb': 'SELECT 1', 'postgres': 'SELECT 2'})", ((1,),)),
        ("multisql({'sqlite': 'SELECT 3', 'mariadb': 'SELECT 1'}, as_list=True)", [[3]]),
        ("sql('SELECT points AS p FROM tabTask ORDER BY p', pluck=True)", [1, 2, 3]),
        ("sql('SELECT points AS p FROM tabTask ORDER BY p', as_dict=1)[0].p", 1),
        ("count('Task', {'priority': 'High'})", 2),
        ("get_value('Task', {'points': ['>', 1]}, 'points', order_by='points asc')", 2),
        ("get_value('Task', {}, 'max(points)', order_by=None)", 3),
        ("get_values('Task', {'priority': 'High'}, ['points'], order_by='points')", [(3,), (2,)]),
        ("get_values('Task', {}, 'priority', distinct=True, pluck=True, order_by='priority')", ["High", "Low"]),
        ("get_all('Task', {'priority': 'Low'}, ['points'])[0].points", 1),
        ("get_all('Task', ['points'], {'priority': 'Low'})[0].points", 1),
        ("get_all('Task', fields=[{'COUNT': '*', 'as': 'n'}])[0].n", 3),
        (
            "get_all('Task', fields=['priority', 'count(name) as n'], group_by='priority', order_by='n')[0]",
            {"priority": "Low", "n": 1},
        ),
        ("exists('Task', {'subject': 'Nothing'})", None),
        ("exists('No Such DocType', 'x')", None),
        ("has_column('Task', 'points')", True),
        ("table_exists('Task')", True),
        ("get_creation_count('Task', 60 * 24 * 365 * 50)", 3),
        ("get_default('nothing')", None),
    ],
)
def test_frappe_db(borrowed: Any, call: str, expected: Any) -> None:
    assert eval(f"db.{call}", {"db": borrowed.db}) == expected


def test_bulk_insert_fills_what_is_not_given(frappe: Any) -> None:
    frappe.db.bulk_insert("Task", ["name", "subject"], [("B1", "one"), ("B2", "two")])
    row = frappe.db.get_value("Task", "B1", ["subject", "points", "owner", "docstatus"], as_dict=True)
    assert row == {"subject": "one", "points": 0, "owner": "Administrator", "docstatus": 0}
    frappe.db.bulk_insert("Task", ["name", "subject"], [("B1", "again"), ("B3", "three")], ignore_duplicates=True)
    assert (frappe.db.get_value("Task", "B1", "subject"), frappe.db.exists("Task", "B3")) == ("one", "B3")
    with pytest.raises(frappe.DuplicateEntryError) as caught:
        frappe.db.bulk_insert("Task", ["name", "subject"], [("B1", "again")])
    assert frappe.db.is_duplicate_entry(caught.value)


def test_indexes_are_made_once(frappe: Any) -> None:
    for _ in range(2):
        frappe.db.add_index("Task", ["subject", "points"])
        frappe.db.add_unique("Task", ["subject", "points"], "once")
    assert (frappe.db.has_index("tabTask", "subject_points"), frappe.db.has_index("tabTask", "nothing")) == (
        True,
        False,
    )
    with pytest.raises(frappe.DoesNotExistError, match="no field colour"):
        frappe.db.add_index("Task", ["colour"])


def test_savepoints_and_what_waits_for_the_end(frappe: Any) -> None:
    done: list[str] = []
    frappe.db.savepoint("here")
    frappe.db.set_value("Task", {"points": 1}, "subject", "changed")
    frappe.db.rollback(save_point="here")
    assert not frappe.db.exists("Task", {"subject": "changed"})
    frappe.db.release_savepoint("here")
    frappe.db.after_commit.add(lambda: done.append("kept"))
    frappe.db.after_rollback.add(lambda: done.append("undone"))
    frappe.db.commit()
    frappe.db.after_commit.add(lambda: done.append("never"))
    frappe.db.after_rollback.add(lambda: done.append("undone"))
    frappe.db.rollback()
    assert done == ["kept", "undone"]


def test_a_savepoint_outlives_a_document_that_could_not_be_made(frappe: Any) -> None:
    """The usual way to try: the savepoint is the first thing in the transaction, and the document fails after it wrote."""
    frappe.db.commit()
    frappe.db.savepoint("try")
    with pytest.raises(frappe.ValidationError):
        frappe.get_doc({"doctype": "Task", "subject": "x", "priority": "none of the choices"}).insert()
    frappe.db.rollback(save_point="try")
    frappe.get_doc({"doctype": "Task", "subject": "after"}).insert()
    frappe.db.commit()
    assert frappe.db.exists("Task", {"subject": "after"})


def test_defaults_are_kept_for_the_site_and_for_users(frappe: Any) -> None:
    frappe.db.set_default("company", "Acme")
    frappe.db.set_default("company", "Own", "ann@example.com")
    assert [
        frappe.db.get_default("company"),
        frappe.db.get_default("company", "ann@example.com"),
        frappe.db.get_default("date_format"),
    ][:2] == ["Acme", "Own"]


@pytest.mark.parametrize("text", ["SELECT 1", "SELECT 'interval'", "UPDATE `tabTask` SET subject = 'FOR UPDATE x'"])
def test_what_sqlite_understands_stays(text: str) -> None:
    assert mariadb.translate(text) == text


# --- frappe.qb ---

BUILT: list[Any] = [
    pytest.param("qb.from_(T).select(T.subject).where(T.points > 2)", (("O'Hara's",),), id="where"),
    pytest.param(
        "qb.from_('Task').select('points').orderby('points', order=qb.desc).limit(1)", ((3,),), id="a DocType by name"
    ),
    pytest.param(
        "qb.from_(T).select(fn.Count('*').as_('n')).where((T.priority == 'High') & T.subject.like('%Hara%'))",
        ((1,),),
        id="count",
    ),
    pytest.param(
        "qb.from_(T).select(T.priority, fn.Sum(T.points)).groupby(T.priority).orderby(T.priority)",
        (("High", 5), ("Low", 1)),
        id="group by",
    ),
    pytest.param(
        "qb.from_(T).select(fn.Coalesce(fn.Max(T.points), 0)).where(T.subject == \"O'Hara's\")",
        ((3,),),
        id="quotes in a value",
    ),
    pytest.param("qb.from_(T).select(T.points).where(T.priority.isin(['Low']))", ((1,),), id="isin"),
    pytest.param("qb.from_(T).left_join(T2).on(T.name == T2.name).select(fn.Count(T2.name))", ((3,),), id="join"),
    pytest.param(
        "qb.from_(T).select(Case().when(T.points > 1, 'many').else_('one').as_('c')).distinct().orderby('c')",
        (("many",), ("one",)),
        id="case",
    ),
    pytest.param(
        "qb.from_(T).select(fn.Count('*')).where(T.due_date > fn.Now() - Interval(days=6))", ((3,),), id="interval"
    ),
    pytest.param("qb.from_(T).select(fn.Extract('month', T.due_date)).limit(1)", ((3,),), id="extract"),
    pytest.param("qb.from_(T).select(DateFormat(T.due_date, '%d')).where(T.points == 1)", (("10",),), id="date_format"),
    pytest.param(
        "qb.from_(T).select(T.points).where(T.points == 1) + qb.from_(T).select(T.points).where(T.points == 2)",
        ((1,), (2,)),
        id="union",
    ),
    pytest.param("qb.select(ConstantColumn('x'))", (("x",),), id="a constant"),
]


@pytest.mark.parametrize(("expression", "rows"), BUILT)
def test_built_queries(borrowed: Any, expression: str, rows: Any) -> None:
    names = {
        **vars(pypika_queries),
        "qb": borrowed.qb,
        "fn": pypika_queries.functions,
        "T": borrowed.qb.DocType("Task"),
        "T2": borrowed.qb.DocType("Task").as_("t2"),
    }
    assert eval(expression, names).run() == list(rows)


def test_built_writes(frappe: Any) -> None:
    task = frappe.qb.DocType("Task")
    frappe.qb.update(task).set(task.subject, "new").where(task.points == 1).run()
    assert frappe.qb.from_(task).select(task.subject, task.due_date).where(task.points == 1).run(as_dict=True) == [
        {"subject": "new", "due_date": datetime.date(2026, 3, 10)}
    ]
    frappe.qb.from_(task).delete().where(task.points > 1).run()
    assert frappe.qb.from_(task).select(task.points).run(pluck=True) == [1]
    frappe.qb.into(task).columns(task.name, task.subject).insert("I1", "made").run()
    assert frappe.db.get_value("Task", "I1", "subject") == "made"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("get_query('Task', fields=['points'], filters={'priority': 'Low'}).run()", [(1,)]),
        ("get_query('Task', fields='points', order_by='points desc', limit=1).run(as_dict=True)", [{"points": 3}]),
        ("get_query('Task', fields=['points'], order_by='points asc').run(pluck=True)", [1, 2, 3]),
        ("get_query(qb.DocType('Task'), filters={'points': 9}).run(as_list=True)", []),
        ("max('Task', 'points')", 3),
        ("sum('Task', 'points', {'priority': 'High'})", 5),
    ],
)
def test_queries_as_lists_make_them(borrowed: Any, expression: str, expected: Any) -> None:
    assert eval(f"qb.{expression}", {"qb": borrowed.qb}) == expected


def test_without_pypika_a_sentence_says_what_to_install(frappe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "frappe_lite.face.queries.pypika_queries", None)
    with pytest.raises(NotProvidedError, match=r"pip install 'frappe_lite\[apps\]'"):
        frappe.qb.from_("Task")
