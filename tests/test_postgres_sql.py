"""The dialect: what the package's SQL becomes for PostgreSQL. Needs no server."""

from __future__ import annotations

import pytest

pytest.importorskip("psycopg")

from frappe_lite.parts.postgres_sql import MAX_NAME, shortened, translated


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("SELECT ? FROM t", "SELECT %s FROM t", id="values"),
        pytest.param("SELECT 'why?' AS \"why?\"", "SELECT 'why?' AS \"why?\"", id="a mark in quotes is no value"),
        pytest.param("SELECT a % 2, '5%', \"100%\"", "SELECT a %% 2, '5%%', \"100%%\"", id="percent signs"),
        pytest.param("SELECT `a b`", 'SELECT "a b"', id="backticks"),
        pytest.param("SELECT 'it''s user'", "SELECT 'it''s user'", id="quotes in quotes"),
        pytest.param("SELECT user, x.user FROM t WHERE user = ?", 'SELECT "user", x."user" FROM t WHERE "user" = %s', id="user is a column"),
        pytest.param("SELECT user_name, muser", "SELECT user_name, muser", id="only the whole word"),
        pytest.param("SELECT IFNULL(a, 0)", "SELECT COALESCE(a, 0)", id="IFNULL"),
        pytest.param("ORDER BY a ASC, b DESC, c", "ORDER BY a ASC NULLS FIRST, b DESC NULLS LAST, c", id="NULL is smaller than anything"),
        pytest.param("ORDER BY a DESC NULLS FIRST", "ORDER BY a DESC NULLS FIRST", id="but as told"),
        pytest.param("a IN () OR b NOT IN ( )", "a = ANY('{}') OR b <> ALL('{}')", id="no values"),
        pytest.param("a IN (?, ?)", "a IN (%s, %s)", id="some values"),
        pytest.param("a IN (SELECT value FROM json_each(?))", "a IN (SELECT jsonb_array_elements(%s::jsonb))", id="a list in JSON"),
        pytest.param("CAST(a AS INTEGER), CAST(b AS TEXT)", "CAST(a AS bigint), CAST(b AS TEXT)", id="casts"),
        pytest.param(
            "CREATE TABLE IF NOT EXISTS t (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
            'CREATE TABLE IF NOT EXISTS t (key text COLLATE "C" PRIMARY KEY, value text) ',
            id="a column of any type",
        ),
        pytest.param(
            "CREATE TABLE t (a TEXT COLLATE NOCASE, b INTEGER NOT NULL DEFAULT 0, c REAL, d BLOB)",
            'CREATE TABLE t (a citext COLLATE "C", b bigint NOT NULL DEFAULT 0, c double precision, d bytea)',
            id="types",
        ),
        pytest.param("CREATE TABLE t (a TEXT PRIMARY KEY COLLATE NOCASE)", 'CREATE TABLE t (a citext COLLATE "C" PRIMARY KEY)', id="a key without case"),
        pytest.param('ALTER TABLE t ADD COLUMN "text" TEXT', 'ALTER TABLE t ADD COLUMN "text" text COLLATE "C"', id="a new column"),
        pytest.param('CREATE INDEX i ON t ("a", "b")', 'CREATE INDEX i ON t ("a" NULLS FIRST, "b" NULLS FIRST)', id="indexes in the order of lists"),
        pytest.param("CREATE INDEX i ON t (a) WHERE b = 'x'", "CREATE INDEX i ON t (a NULLS FIRST) WHERE b = 'x'", id="indexes of some rows"),
    ],
)
def test_a_statement_in_the_words_of_postgresql(sql, expected):
    assert translated(sql) == expected


@pytest.mark.parametrize("name", ["tabTask", "x" * MAX_NAME, "é" * 31], ids=["short", "as long as may be", "in bytes"])
def test_names_that_fit_stay(name):
    assert shortened(name) == name


@pytest.mark.parametrize("letter", ["x", "é", "€"], ids=["one byte", "two", "three"])
def test_longer_names_are_cut_and_told_apart(letter):
    names = [letter * 70 + end for end in ("a", "b")]
    short = [shortened(name) for name in names]
    assert all(len(name.encode()) <= MAX_NAME for name in short)
    assert short[0] != short[1]
    assert translated(f'SELECT "{names[0]}"') == f'SELECT "{short[0]}"'
