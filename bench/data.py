"""What is measured: the DocType Task, a site with so many of them, and the same rows in a plain table for everyone
else.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import frappe_lite
from limit import scrypt

USER, PASSWORD = "bench@example.com", "bench-Pass-9031"
KEY, SECRET = "benchkey0000001", "benchsecret00001"
LISTED = ("name", "subject", "status", "modified")
OPEN = quote(json.dumps([["status", "=", "Open"]]))
LIST = f"filters={OPEN}&fields={quote(json.dumps(LISTED))}&order_by=modified+desc&limit=20"

NEW = json.dumps(
    {
        "subject": "%COUNT%",
        "status": "Open",
        "priority": "High",
        "points": 3,
        "description": "a task that was made to be measured, " * 5,
    }
)
CHANGE = json.dumps({"status": "Open", "priority": "Low"})
"""Bodies of a create and of an update, as JSON; a load puts something new in for %COUNT%."""

TASK: dict[str, Any] = {
    "doctype": "DocType", "name": "Task", "module": "Bench", "autoname": "TASK-.#####",
    "fields": [
        {"fieldname": "subject", "fieldtype": "Data", "reqd": 1},
        {"fieldname": "status", "fieldtype": "Select", "options": "Open\nClosed", "default": "Open"},
        {"fieldname": "priority", "fieldtype": "Select", "options": "Low\nMedium\nHigh", "default": "Medium"},
        {"fieldname": "points", "fieldtype": "Int"},
        {"fieldname": "description", "fieldtype": "Small Text"},
    ],
    "permissions": [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}],
}  # fmt: skip

VALUES = {
    "name": "printf('TASK-%05d', i)",
    "subject": "'Subject ' || i",
    "status": "CASE WHEN i * 7919 % 1013 < 507 THEN 'Open' ELSE 'Closed' END",
    "priority": "CASE i % 3 WHEN 0 THEN 'Low' WHEN 1 THEN 'Medium' ELSE 'High' END",
    "points": "i % 13",
    "description": f"'{'a task that was made to be measured, ' * 5}' || i",
    "creation": "datetime('2024-01-01', '+' || i || ' seconds') || '.000000'",
    "modified": "datetime('2024-01-01', '+' || (i * 1000003 % 20000003) || ' seconds') || '.000000'",
}
"""Column -> SQL of the value in row number `i`. Nothing is random, and `modified` has another order than the names."""

PLAIN = """
    CREATE TABLE task (name TEXT PRIMARY KEY, owner TEXT, creation TEXT, modified TEXT, modified_by TEXT,
        docstatus INTEGER, idx INTEGER, subject TEXT, status TEXT, priority TEXT, points INTEGER, description TEXT);
    CREATE TABLE user (name TEXT PRIMARY KEY, password TEXT, api_key TEXT UNIQUE, api_secret TEXT);
    CREATE TABLE session (sid TEXT PRIMARY KEY, user TEXT, created TEXT);
"""


def prepare(folder: str, documents: int, synchronous: str = "full", doctype: dict[str, Any] = TASK) -> frappe_lite.Site:
    """A site in the folder (`bench.db`) with an app (`bench_app`) that has the DocType, so many documents of it, and no
    user yet.
    """
    app_folder = Path(folder) / "bench_app"
    app_folder.mkdir()
    (app_folder / "task.json").write_text(json.dumps(doctype))
    site = frappe_lite.Site(f"{folder}/bench.db", synchronous=synchronous)
    site.load(app_folder)
    if documents:
        with site.acting():
            frappe_lite.get_doc({"doctype": doctype["name"], "subject": "the first"}).insert()
        multiply(f"{folder}/bench.db", doctype["name"], documents)
    return site


def add_user(site: frappe_lite.Site) -> str:
    """Make USER, who may do all with a Task by role, not by being Administrator.

    The value of their `Authorization` header.
    """
    with site.acting() as ctx:
        values = {
            "doctype": "User",
            "email": USER,
            "first_name": "Bench",
            "new_password": PASSWORD,
            "roles": [{"role": "System Manager"}],
        }
        frappe_lite.get_doc(values).insert()
        return "token " + ":".join(frappe_lite.access.auth.generate_keys(ctx, USER))


def multiply(database: str, doctype: str, documents: int) -> None:
    """Make the first document of a DocType into so many, by SQL in bulk.

    The change feed is not told: it would hold as many rows again.
    """
    table = f"tab{doctype}"
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -200000")
    connection.execute("BEGIN IMMEDIATE")
    beside = connection.execute(
        (
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS "
            "NOT NULL"
        ),
        (table,),
    ).fetchall()
    for kind, name, _ in beside:
        connection.execute(f'DROP {kind} "{name}"')
    columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
    values = ", ".join(VALUES.get(column, f'first."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    connection.execute(f'CREATE TEMP TABLE first AS SELECT * FROM "{table}" LIMIT 1')
    connection.execute(f'DELETE FROM "{table}"')
    numbers = f"WITH RECURSIVE number(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM number WHERE i < {documents:d})"
    connection.execute(f'INSERT INTO "{table}" ({names}) {numbers} SELECT {values} FROM number, first')
    for _, _, sql in beside:
        connection.execute(sql)
    connection.execute("UPDATE \"tabSeries\" SET current = ? WHERE name = 'TASK-'", (documents,))
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def plain(path: str, documents: int) -> None:
    """The same rows in a plain table with an index on `modified`, a user and no triggers.

    What the limit and the peers serve.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    for statement in PLAIN.split(";"):
        connection.execute(statement)
    values = {**VALUES, "owner": f"'{USER}'", "modified_by": f"'{USER}'", "docstatus": "0", "idx": "0"}
    numbers = f"WITH RECURSIVE number(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM number WHERE i < {documents:d})"
    connection.execute(
        f"INSERT INTO task ({', '.join(values)}) {numbers} SELECT {', '.join(values.values())} FROM number"
    )
    connection.execute("CREATE INDEX task_modified ON task (modified)")
    connection.execute(
        "INSERT INTO user VALUES (?, ?, ?, ?)",
        (USER, scrypt(PASSWORD), KEY, hashlib.sha256(SECRET.encode()).hexdigest()),
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
