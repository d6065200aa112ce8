"""MariaDB's grammar on SQLite, where the two differ in more than a function: statements become others, clauses move.

Works on words, never inside of quotes. Texts are translated once and kept. What is not known here stays as it was
written, and SQLite says what it does not understand.

    select group_concat(name order by idx separator '|'), 7 div 2, 1/2 from dual
    ->  select mariadb_group_concat(0, '|', name, idx, ''), 7 / 2, 1 *1.0/ 2
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

Words = list[str]

_WORD = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\s+|--[ "
    r"\t][^\n]*|\#[^\n]*|/\*.*?\*/|[A-Za-z_]\w*(?:\.\w+)*|\d+(?:\.\d+)?|<=>|<>|!=|<=|>=|\|\||&&|.",
    re.DOTALL,
)
_IGNORED = frozenset(
    {
        "straight_join",
        "sql_calc_found_rows",
        "high_priority",
        "low_priority",
        "sql_no_cache",
        "sql_small_result",
        "sql_big_result",
    }
)

FUNCTIONS = {
    "isnull": "mariadb_isnull", "round": "mariadb_round", "format": "mariadb_format", "log": "mariadb_log",
    "insert": "mariadb_insert", "any_value": "max",
    "mid": "substr", "json_arrayagg": "json_group_array", "json_objectagg": "json_group_object",
    "json_length": "json_array_length", "json_value": "json_extract",
    "last_insert_id": "last_insert_rowid", "current_timestamp": "now", "localtime": "now", "localtimestamp": "now",
}  # fmt: skip
"""Functions that SQLite has under another name, or of which it has another of the same."""

_CASTS = {
    **dict.fromkeys(("decimal", "dec", "double", "float"), "REAL"),
    **dict.fromkeys(("signed", "unsigned", "integer"), "INTEGER"),
}

_TABLES = (
    "(SELECT 'site' AS table_schema, name AS table_name, 'BASE TABLE' AS table_type FROM sqlite_master WHERE "
    "type = 'table')"
)
_COLUMNS = (
    "(SELECT 'site' AS table_schema, m.name AS table_name, p.name AS column_name, p.cid + 1 AS ordinal_position, "
    "lower(p.type) AS data_type, lower(p.type) AS "
    "column_type, CASE p.\"notnull\" WHEN 1 THEN 'NO' ELSE 'YES' END AS is_nullable, p.dflt_value AS column_default, "
    "CASE p.pk WHEN 0 THEN '' ELSE 'PRI' END AS "
    "column_key FROM sqlite_master AS m, pragma_table_info(m.name) AS p WHERE m.type = 'table')"
)
_CATALOG = {"information_schema.tables": _TABLES, "information_schema.columns": _COLUMNS}
_DESCRIBED = (
    "SELECT name AS Field, lower(type) AS Type, CASE \"notnull\" WHEN 1 THEN 'NO' ELSE 'YES' END AS \"Null\", CASE pk "
    "WHEN 0 THEN '' ELSE 'PRI' END AS Key, "
    "dflt_value AS \"Default\", '' AS Extra FROM pragma_table_info({table})"
)
_INDEXES = (
    "SELECT {table} AS \"Table\", 1 - l.\"unique\" AS Non_unique, CASE l.origin WHEN 'pk' THEN 'PRIMARY' ELSE "
    "replace(l.name, {table} || '_', '') END AS Key_name, "
    "i.seqno + 1 AS Seq_in_index, i.name AS Column_name, 'BTREE' AS Index_type FROM pragma_index_list({table}) AS l, "
    "pragma_index_info(l.name) AS i"
)
_NOTHING = "SELECT 1 WHERE 0"
_STATEMENTS: tuple[tuple[str, str], ...] = (
    (r"TRUNCATE\s+(?:TABLE\s+)?(?P<table>\S+)", "DELETE FROM {bare}"),
    (r"(?:DESC|DESCRIBE|EXPLAIN)\s+(?P<table>[`\"\w]+|[`\"][^`\"]+[`\"])", _DESCRIBED),
    (r"SHOW\s+(?:FULL\s+)?(?:COLUMNS|FIELDS)\s+(?:FROM|IN)\s+(?P<table>[`\"][^`\"]+[`\"]|\S+)(?P<where>\s+WHERE\b.*)?", f"SELECT * FROM ({_DESCRIBED}){{where}}"),
    (r"SHOW\s+(?:INDEX|INDEXES|KEYS)\s+(?:FROM|IN)\s+(?P<table>[`\"][^`\"]+[`\"]|\S+)(?P<where>\s+WHERE\b.*)?", f"SELECT * FROM ({_INDEXES}){{where}}"),
    (r"SHOW\s+(?:FULL\s+)?TABLES(?P<where>)", f"SELECT table_name AS Tables_in_site FROM {_TABLES} ORDER BY 1"),
    (r"SHOW\s+(?:FULL\s+)?TABLES\s+LIKE\s+(?P<table>'[^']*')", f"SELECT table_name AS Tables_in_site FROM {_TABLES} "
                                                               f"WHERE table_name LIKE {{text}} ORDER BY 1"),
    (r"SHOW\s+(?:GLOBAL\s+|SESSION\s+)?(?:VARIABLES|STATUS|FULL\s+PROCESSLIST|PROCESSLIST|WARNINGS|ENGINES)\b.*", _NOTHING),
    (r"(?:LOCK\s+TABLES|UNLOCK\s+TABLES|SET\s+(?:SESSION|GLOBAL|NAMES|@@?|foreign_key_checks|sql_mode)|ANALYZE\s+TABLE|OPTIMIZE\s+TABLE|START\s+TRANSACTION)\b.*", _NOTHING),
)  # fmt: skip
_WHOLE = [(re.compile(pattern + r"\s*;?\s*", re.IGNORECASE | re.DOTALL), text) for pattern, text in _STATEMENTS]


@functools.lru_cache(maxsize=1_000)
def rewrite(query: str) -> str:
    """The statement in SQLite's grammar."""
    for pattern, text in _WHOLE:
        match = pattern.fullmatch(query.strip())
        if match:
            return _filled(text, match.groupdict())
    words = [each for each in _WORD.findall(query) if not each.startswith(("#", "-- ", "/*"))]
    if not any(_NEEDED.fullmatch(each) for each in words):
        return "".join(words)
    if not any(each.lower().startswith('"tab') for each in words):  # those are names, as in PostgreSQL and SQLite
        words = [_as_text(each) for each in words]
    for step in _STEPS:
        words = step(words)
    return "".join(words)


def _as_text(word: str) -> str:
    """MariaDB: what stands between double quotes is text, whatever a column is called."""
    if not (word.startswith('"') and word.endswith('"') and len(word) > 1):
        return word
    inside = word[1:-1].replace('""', '"').replace("'", "''")
    return f"'{inside}'"


def _filled(text: str, found: dict[str, str | None]) -> str:
    given = found.get("table") or ""
    name = given.strip("`\"'").replace("'", "''")
    return text.format(table=f"'{name}'", bare=f'"{name}"', text=given, where=found.get("where") or "")


# --- finding one's way ------------------------------------------------------------------------------------


def _is_space(word: str) -> bool:
    return not word.strip()


def _next(words: Words, place: int) -> int:
    """The place of the next word that is no space."""
    place += 1
    while place < len(words) and _is_space(words[place]):
        place += 1
    return place


def _closing(words: Words, opening: int) -> int:
    """The place of the bracket that closes the one at `opening`; the end for none."""
    depth = 0
    for place in range(opening, len(words)):
        depth += {"(": 1, ")": -1}.get(words[place], 0)
        if depth == 0:
            return place
    return len(words)


def _at(words: Words, place: int) -> str:
    return words[place].lower() if 0 <= place < len(words) else ""


def _parts(words: Words, mark: str = ",") -> list[Words]:
    """The words between commas, or another mark, outside of brackets."""
    found: list[Words] = [[]]
    depth = 0
    for word in words:
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word.lower() == mark and depth == 0:
            found.append([])
        else:
            found[-1].append(word)
    return found


def _clauses(words: Words, *names: str) -> dict[str, int]:
    """Where each of the words first stands outside of brackets."""
    found: dict[str, int] = {}
    depth = 0
    for place, word in enumerate(words):
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth == 0 and word.lower() in names:
            found.setdefault(word.lower(), place)
    return found


def _calls(words: Words, name: str, change: Callable[[Words], Words | None]) -> Words:
    """The words with each call of a function changed; `change` gets what stands in its brackets, and None leaves it."""
    found: Words = []
    place = 0
    while place < len(words):
        opening = _next(words, place)
        if words[place].lower() == name and _at(words, opening) == "(":
            closing = _closing(words, opening)
            inside = _calls(words[opening + 1 : closing], name, change)
            changed = change(inside)
            found += [words[place], "(", *inside, ")"] if changed is None else changed
            place = closing + 1
        else:
            found.append(words[place])
            place += 1
    return found


# --- inside of a statement --------------------------------------------------------------------------------


def _simple(words: Words) -> Words:
    """Words that mean nothing here, operators that are written otherwise, functions of another name."""
    found: Words = []
    for place, word in enumerate(words):
        low, following = word.lower(), _at(words, _next(words, place))
        if low in _IGNORED or (low == "binary" and following not in ("", ",", ")", "(")):
            continue
        if word == "/" and following != "*":
            word = "*1.0/"  # MariaDB: a quotient of whole numbers is none
        elif low == "div":
            word = "/"
        elif low == "mod" and following != "(":
            word = "%"
        elif word == "&&":
            word = "AND"
        elif low in FUNCTIONS and following == "(":
            word = FUNCTIONS[low]
        elif low in _CATALOG:
            named = following not in (
                "",
                "where",
                "join",
                "left",
                "inner",
                "on",
                ",",
                ")",
                "order",
                "group",
                "limit",
                ";",
            )
            word = _CATALOG[low] + ("" if named else f" AS {low.partition('.')[2]}")
        found.append(word)
    return found


def _without_dual(words: Words) -> Words:
    for place, word in enumerate(words):
        if word.lower() == "from" and _at(words, _next(words, place)) == "dual":
            return words[:place] + words[_next(words, place) + 1 :]
    return words


def _without_hints(words: Words) -> Words:
    """`USE INDEX (…)`, `FORCE INDEX (…)`, `IGNORE INDEX (…)` say nothing here."""
    found: Words = []
    place = 0
    while place < len(words):
        second = _next(words, place)
        if words[place].lower() in ("use", "force", "ignore") and _at(words, second) in ("index", "key"):
            place = _closing(words, _next(words, second)) + 1
            continue
        found.append(words[place])
        place += 1
    return found


def _group_concat(inside: Words) -> Words | None:
    if not {"order", "distinct", "separator"} & {each.lower() for each in inside}:
        return None
    places = _clauses(inside, "order", "separator")
    end = len(inside)
    separator = inside[places["separator"] + 1 :] if "separator" in places else ["','"]
    end = places.get("separator", end)
    order = inside[_next(inside, _next(inside, places["order"])) : end] if "order" in places else []
    values = inside[: places.get("order", end)]
    first = _next(values, -1)
    is_distinct = _at(values, first) == "distinct"
    values = values[first + 1 :] if is_distinct else values
    found = ["mariadb_group_concat(", str(int(is_distinct)), ",", *separator, ",", *_joined(values)]
    for part in _parts(order) if order else []:
        kept = [each for each in part if each.lower() not in ("asc", "desc")]
        found += [",", *kept, ",", "'desc'" if len(kept) < len(part) and "desc" in map(str.lower, part) else "''"]
    return [*found, ")"]


def _joined(values: Words) -> Words:
    """Several values of GROUP_CONCAT are written one behind the other."""
    parts = _parts(values)
    return values if len(parts) == 1 else ["concat(", *values, ")"]


def _convert(inside: Words) -> Words | None:
    using = _clauses(inside, "using")
    if using:
        return ["(", *inside[: using["using"]], ")"]
    value, *kind = _parts(inside)
    if not kind:
        return None
    name = _at(kind[0], _next(kind[0], -1))
    if name in ("date", "datetime", "time"):
        return [name, "(", *value, ")"]
    return ["CAST", "(", *value, " AS ", _CASTS.get(name, "TEXT"), ")"]


def _substring(inside: Words) -> Words | None:
    places = _clauses(inside, "from", "for")
    if "from" not in places:
        return None
    parts = [inside[: places["from"]], inside[places["from"] + 1 : places.get("for", len(inside))]]
    parts += [inside[places["for"] + 1 :]] if "for" in places else []
    return ["substr(", *(word for part in parts for word in (*part, ",")[: len(part) + 1])][:-1] + [")"]


def _position(inside: Words) -> Words | None:
    places = _clauses(inside, "in")
    return ["instr(", *inside[places["in"] + 1 :], ",", *inside[: places["in"]], ")"] if places else None


# --- whole statements -------------------------------------------------------------------------------------


def _duplicate_key(words: Words) -> Words:
    """`ON DUPLICATE KEY UPDATE a = VALUES(a)`."""
    for place, word in enumerate(words):
        second = _next(words, place)
        if word.lower() == "on" and _at(words, second) == "duplicate":
            update = _next(words, _next(words, second))
            rest = _calls(
                words[update + 1 :],
                "values",
                lambda inside: ["excluded.", *(each for each in inside if not _is_space(each))],
            )
            return [*words[:place], "ON CONFLICT DO UPDATE SET", *rest]
    return words


_JOINS = ("join", "inner", "left", "cross")


def _delete_join(words: Words) -> Words:
    """`DELETE b FROM … JOIN …`: the rows are those whose names the same SELECT finds."""
    start = _next(words, -1)
    alias_place = _next(words, start)
    source = _next(words, alias_place)
    if _at(words, start) != "delete" or _at(words, alias_place) == "from" or _at(words, source) != "from":
        return words
    alias = words[alias_place].strip('`"')
    table = _table_of(words[source + 1 :], alias)
    return [
        "DELETE FROM ",
        table,
        " WHERE name IN (SELECT ",
        words[alias_place],
        ".name FROM",
        *words[source + 1 :],
        ")",
    ]


def _table_of(words: Words, alias: str) -> str:
    """The table that goes by a name in FROM."""
    plain = [each for each in words if not _is_space(each)]
    for place, word in enumerate(plain):
        behind = [each.strip('`"').lower() for each in plain[place + 1 : place + 3]]
        if behind[:1] == [alias.lower()] or behind == ["as", alias.lower()]:
            return word
    return next((each for each in plain if each.strip('`"') == alias), f'"{alias}"')


def _update_join(words: Words) -> Words:
    """`UPDATE a JOIN b ON … SET a.x = …` for one inner join."""
    if _at(words, _next(words, -1)) != "update":
        return words
    places = _clauses(words, "join", "on", "set", "where", "left", "inner")
    if "join" not in places or "on" not in places or "set" not in places or places["join"] > places["set"]:
        return words
    end = places.get("where", len(words))
    first = words[: places.get("inner", places["join"])]
    second, on = words[places["join"] + 1 : places["on"]], words[places["on"] + 1 : places["set"]]
    condition = ["(", *on, ")", *([" AND (", *words[end + 1 :], ")"] if end < len(words) else [])]
    sets = [
        re.sub(r"^\w+\.", "", part) if _is_target(part_words, place) else part
        for part_words in [words[places["set"] + 1 : end]]
        for place, part in enumerate(part_words)
    ]
    return [*_with_as(first), " SET ", *sets, " FROM ", *second, " WHERE ", *condition]


def _with_as(words: Words) -> Words:
    plain = [each for each in words if not _is_space(each)]
    return [plain[0], " ", plain[1], *([" AS ", plain[-1]] if len(plain) > 2 else [])]


def _is_target(words: Words, place: int) -> bool:
    """Whether a word is what is set: it stands before the `=`."""
    return _at(words, _next(words, place)) == "=" and _before(words, place) in ("", ",")


def _before(words: Words, place: int) -> str:
    place -= 1
    while place >= 0 and _is_space(words[place]):
        place -= 1
    return _at(words, place)


_AGGREGATES = re.compile(
    r"(count|sum|avg|min|max|group_concat|mariadb_group_concat|total|std\w*|var\w*|bit_\w+)\(?", re.IGNORECASE
)


def _having(words: Words) -> Words:
    """HAVING without GROUP BY and without a sum chooses among rows."""
    places = _clauses(words, "having", "group", "order", "limit", "select")
    if "having" not in places or "group" in places or _at(words, _next(words, -1)) != "select":
        return words
    if any(_AGGREGATES.fullmatch(each) for each in words[: places["having"]]):
        return words
    end = min(places.get("order", len(words)), places.get("limit", len(words)))
    before, condition, rest = words[: places["having"]], words[places["having"] + 1 : end], words[end:]
    return ["SELECT * FROM (", *before, ") WHERE ", *condition, *rest]


_STEPS: tuple[Callable[[Words], Words], ...] = (
    _duplicate_key, _delete_join, _update_join,
    lambda words: _calls(words, "group_concat", _group_concat), lambda words: _calls(words, "convert", _convert),
    lambda words: _calls(words, "substring", _substring), lambda words: _calls(words, "position", _position),
    _without_hints, _without_dual, _having, _simple,
)  # fmt: skip

_NEEDED = re.compile(
    r"\".*|/|&&|div|mod|dual|duplicate|having|delete|update|group_concat|convert|substring|position|use|force|ignore|binary|"
    + "|".join(map(re.escape, (*_IGNORED, *FUNCTIONS, *_CATALOG))),
    re.IGNORECASE | re.DOTALL,
)

__all__ = ["FUNCTIONS", "rewrite"]
