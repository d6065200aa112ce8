"""The dialect: what PostgreSQL writes differently from the SQL of this package, as one table.

The package writes SQL that SQLite understands, with `?` for values; texts are translated once and kept. Only words are
translated, never what stands in quotes; no client's text ever is SQL.

    translated('SELECT user FROM "tabNote" ORDER BY idx DESC LIMIT ?')
        ->  'SELECT "user" FROM "tabNote" ORDER BY idx DESC NULLS LAST LIMIT %s'
"""

from __future__ import annotations

import functools
import hashlib
import re

WORDS: tuple[tuple[str, str], ...] = (
    (r"%", "%%"),
    (r"\?", "%s"),
    (r"\buser\b(?!\s*\()", '"user"'),  # the word alone is PostgreSQL's own user
    (r"\b((?-i:tab[A-Z])\w*)", r'"\1"'),  # names without quotes lose their capitals
    (r"\bIFNULL\s*\(", "COALESCE("),
    (r"\bINSTR\s*\(", "STRPOS("),
    (r"\bASC\b(?!\s+NULLS)", "ASC NULLS FIRST"),  # SQLite: NULL is smaller than anything
    (r"\bDESC\b(?!\s+NULLS)", "DESC NULLS LAST"),
    (r"\bNOT\s+IN\s*\(\s*\)", "<> ALL('{}')"),
    (r"\bIN\s*\(\s*\)", "= ANY('{}')"),
    (r"\(SELECT value FROM json_each\(%s\)\)", "(SELECT jsonb_array_elements(%s::jsonb))"),
    (r"\)\s+COLLATE\s+NOCASE\b", ")"),  # of citext, whose letters are alike anyhow
    (r"\bAS\s+INTEGER\b", "AS bigint"),
)
"""In every statement: pattern, and what stands there in PostgreSQL."""

DEFINITIONS: tuple[tuple[str, str], ...] = (
    (r"\bWITHOUT\s+ROWID\b", ""),
    (r"\bTEXT(\s+PRIMARY\s+KEY)?\s+COLLATE\s+NOCASE\b", r'citext COLLATE "C"\1'),
    (r"\bTEXT\b(?!\s*COLLATE)", 'text COLLATE "C"'),
    (r"\bINTEGER\b", "bigint"),
    (r"\bREAL\b", "double precision"),
    (r"\bBLOB\b", "bytea"),
    (r"(,\s*value)(?=\s*[,)])", r"\1 text"),  # a column of any type
)
"""In CREATE TABLE and ALTER TABLE too: the types."""

_TYPES = (
    "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace WHERE extname = "
    "'citext'"
)
SEARCH = f"SELECT set_config('search_path', concat_ws(', ', quote_ident(current_schema()), ({_TYPES})), false)"
"""A site's own schema, and the one that its types are in."""

SETUP = f"""
CREATE TABLE IF NOT EXISTS "__writers" ();
DO $do$ BEGIN
    IF NOT EXISTS ({_TYPES}) THEN
        CREATE SCHEMA IF NOT EXISTS frappe_lite_types;
        CREATE EXTENSION citext SCHEMA frappe_lite_types;
    END IF;
    PERFORM set_config('search_path', ({_TYPES}), true);
END $do$;
DO $do$ BEGIN
    CREATE FUNCTION same_text(bigint, citext) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1::text = $2::text';
    CREATE FUNCTION same_text(citext, bigint) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1::text = $2::text';
    CREATE OPERATOR = (LEFTARG = bigint, RIGHTARG = citext, FUNCTION = same_text, COMMUTATOR = =);
    CREATE OPERATOR = (LEFTARG = citext, RIGHTARG = bigint, FUNCTION = same_text, COMMUTATOR = =);
    CREATE FUNCTION number_like(bigint, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1::text LIKE $2';
    CREATE FUNCTION number_like(double precision, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1::text LIKE $2';
    CREATE FUNCTION number_not_like(bigint, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1::text NOT LIKE $2';
    CREATE FUNCTION number_not_like(double precision, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1::text NOT LIKE $2';
    CREATE OPERATOR ~~ (LEFTARG = bigint, RIGHTARG = text, FUNCTION = number_like);
    CREATE OPERATOR ~~ (LEFTARG = double precision, RIGHTARG = text, FUNCTION = number_like);
    CREATE OPERATOR !~~ (LEFTARG = bigint, RIGHTARG = text, FUNCTION = number_not_like);
    CREATE OPERATOR !~~ (LEFTARG = double precision, RIGHTARG = text, FUNCTION = number_not_like);
    CREATE FUNCTION length(bigint) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT length($1::text)';
    CREATE FUNCTION length(double precision) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT length($1::text)';
EXCEPTION WHEN duplicate_function THEN NULL;
END $do$;
"""
"""What a schema needs first.

Text that compares without case, a lock for writers, and numbers that compare with text.
"""

MAX_NAME = 63
"""Bytes of an identifier; PostgreSQL cuts longer ones, and two of them could become one."""

_PARTS = re.compile(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`)")
_WORDS = [(re.compile(pattern, re.IGNORECASE), new) for pattern, new in WORDS]
_DEFINITIONS = [*_WORDS, *((re.compile(pattern, re.IGNORECASE), new) for pattern, new in DEFINITIONS)]
_INDEX = re.compile(r"(\s*CREATE\s+(?:UNIQUE\s+)?INDEX\b.*\()([^()]*)(\))(\s*\Z|\s*WHERE\b)", re.IGNORECASE | re.DOTALL)


@functools.lru_cache(4096)
def translated(sql: str) -> str:
    """A statement in PostgreSQL's words, with psycopg's placeholders."""
    head = sql.lstrip()[:12].upper()
    rules = _DEFINITIONS if head.startswith(("CREATE TABLE", "ALTER TABLE")) else _WORDS
    if head.startswith("CREATE"):
        sql = _INDEX.sub(_in_order, sql)
    if head.startswith("CREATE TABLE") and not sql.rstrip().upper().endswith("WITHOUT ROWID"):
        # SQLite: the order in which rows came
        sql = sql.rstrip().removesuffix(")") + ", rowid bigint GENERATED BY DEFAULT AS IDENTITY)"
    parts = _PARTS.split(sql)
    for index, part in enumerate(parts):
        if index % 2:
            parts[index] = _quoted(part)
        else:
            for pattern, new in rules:
                part = pattern.sub(new, part)
            parts[index] = part
    return "".join(parts)


def _in_order(match: re.Match[str]) -> str:
    """An index in the order of lists, which have NULL first: backwards it serves DESC NULLS LAST."""
    return match[1] + ", ".join(f"{each.strip()} NULLS FIRST" for each in match[2].split(",")) + match[3] + match[4]


def _quoted(part: str) -> str:
    if part[0] == "'":
        return part.replace("%", "%%")
    return '"' + shortened(part[1:-1]).replace("%", "%%") + '"'


def shortened(name: str) -> str:
    """An identifier that PostgreSQL takes whole."""
    if len(name.encode()) <= MAX_NAME:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:12]
    return name.encode()[: MAX_NAME - 13].decode(errors="ignore") + "_" + mark
