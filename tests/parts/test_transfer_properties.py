"""What holds for any file, any name and any damage, tried with made-up ones; and for a command that is killed."""

from __future__ import annotations

import csv
import io
import json
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import frappe_lite
from conftest import CONFORMANCE_APP, AppSite
from frappe_lite import document
from frappe_lite.doctype import naming
from frappe_lite.doctype.meta import DocType
from frappe_lite.errors import FrappeError
from frappe_lite.parts.transfer import archive, exporting, reading, schemas, series, source
from frappe_lite.parts.transfer.reading import Options
from frappe_lite.sqlite.database import DatabaseRefused
from frappe_lite.utils import _dict

quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=40)


@pytest.fixture(scope="module")
def shared() -> Iterator[frappe_lite.Site]:
    """A site that is only read."""
    made = AppSite()
    yield made
    made.close()


# --- files -----------------------------------------------------------------------------------------------


@quick
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.lists(TEXT, max_size=6).map(lambda lines: ("Subject,Points,Item (Checklist)\n" + "\n".join(lines)).encode()),
    )
)
def test_any_bytes_are_documents_problems_or_a_clear_error(
    shared: frappe_lite.Site, tmp_path: Path, content: bytes
) -> None:
    for name in ("x.csv", "x.jsonl", "x.json"):
        path = tmp_path / name
        path.write_bytes(content)
        ctx = shared.new_context()
        try:
            entries = list(
                reading.read_json(ctx, path, Options())
                if reading.is_json(path)
                else reading.read_csv(ctx, ctx.meta("Task"), path, Options())
            )
        except FrappeError as error:
            assert str(error)
            continue
        assert all(isinstance(each.values, dict) and each.row > 0 for each in entries)
        assert all(str(problem) for each in entries for problem in each.problems)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@quick
@given(
    values=st.dictionaries(
        st.sampled_from(
            ["doctype", "name", "subject", "checklist", "save", "flags", "owner", "docstatus", "__islocal"]
        ),
        JSON,
        max_size=6,
    )
)
def test_any_json_names_nothing_but_fields(shared: frappe_lite.Site, tmp_path: Path, values: dict[str, Any]) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"doctype": "Task", **values}) + "\n")
    for entry in reading.read_json(shared.new_context(), path, Options(ignore_unknown=True)):
        assert not {"save", "flags", "__islocal", "doctype"} & set(entry.values)


@quick
@given(
    subject=TEXT.filter(str.strip),
    note=TEXT.filter(str.strip),
    items=st.lists(TEXT.filter(str.strip), max_size=3),
    points=st.integers(-(2**31) + 1, 2**31 - 1),
)
def test_what_is_written_as_csv_is_read_the_same(
    shared: frappe_lite.Site, tmp_path: Path, subject: str, note: str, items: list[str], points: int
) -> None:
    """Short text without the spaces around it, long text to the letter."""
    ctx = shared.new_context()
    meta = ctx.meta("Task")
    found = exporting.columns.every(ctx, meta)
    values = {
        "name": "T",
        "subject": subject,
        "internal_note": note,
        "points": points,
        "checklist": [{"name": f"r{index}", "item": item} for index, item in enumerate(items)],
    }
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[each.title for each in found], *exporting.csv_rows(found, values)])
    path = tmp_path / "x.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    entries = list(reading.read_csv(ctx, meta, path, Options()))
    assert [each.problems for each in entries] == [[]]
    read = entries[0].values
    assert (read["name"], read["subject"], read["internal_note"], read["points"]) == (
        "T",
        subject.strip(),
        note,
        points,
    )
    assert [row["item"] for row in read.get("checklist", [])] == [item.strip() for item in items]


# --- names -----------------------------------------------------------------------------------------------

RULES = [
    "A-.#####",
    "A-.YYYY.-.##",
    "INV.MM.####",
    "{title}.-.###",
    "format:F-{title}-{####}",
    "format:{YYYY}-{###}/x",
    "B-",
    "naming_series:",
]


@quick
@given(
    rule=st.sampled_from(RULES),
    title=st.text(st.characters(categories=["L"]), min_size=1, max_size=5),
    number=st.integers(1, 10**7),
)
def test_each_name_that_a_rule_makes_is_counted_back(rule: str, title: str, number: int) -> None:
    """Whatever number the counter gave, the name tells it, and which counter it was."""
    rule = f"{rule}.#####" if rule == "B-" else rule
    field = {"fieldname": "naming_series", "fieldtype": "Select", "options": "S-.YY.-.###\nT-.####"}
    meta = DocType(
        {
            "name": "X",
            "autoname": rule,
            "fields": [{"fieldname": "title", "fieldtype": "Data"}, *([field] if rule == "naming_series:" else [])],
        }
    )
    asked: list[str] = []

    def counter(prefix: str) -> int:
        asked.append(prefix)
        return number

    class Doc(_dict):
        def set(self, key: str, value: Any) -> None:
            self[key] = value

    name = naming.make_name(meta, Doc(title=title, meta=meta), counter)
    assert series.highest(meta, [name]) == {asked[0]: number}


# --- sources ---------------------------------------------------------------------------------------------


class Answering(source.Source):
    """A source that gives one answer to everything."""

    body = b""

    def _ask(self, _target: str) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, self.body


@quick
@given(
    body=st.one_of(
        st.binary(max_size=60),
        JSON.map(lambda value: json.dumps({"data": value}).encode()),
        JSON.map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_answer_is_rows_or_a_clear_error(body: bytes) -> None:
    asking = Answering("https://x.org")
    asking.body = body
    for ask in (
        lambda: asking.rows("Task", ["*"], [], "name"),
        lambda: asking.document("Task", "x"),
        lambda: asking.count("Task", []),
    ):
        try:
            ask()
        except source.SourceError as error:
            assert str(error)
    assert source.told(body)


@quick
@given(
    fields=st.lists(
        st.fixed_dictionaries(
            {
                "fieldname": st.one_of(st.none(), TEXT, st.sampled_from(["a", "A", "name", "idx"])),
                "fieldtype": st.sampled_from(["Data", "Int"]),
            }
        ),
        max_size=6,
    )
)
def test_any_schema_of_a_source_becomes_one_that_a_table_can_have(fields: list[dict[str, Any]]) -> None:
    raw = schemas.clean({"name": "X", "fields": fields})
    meta = DocType(raw)
    with closing(sqlite3.connect(":memory:")) as sqlite:
        sqlite.execute(
            f"CREATE TABLE x ({', '.join(f'{json.dumps(name)} {sql}' for name, sql in meta.column_sql.items())})"
        )
    assert raw["field_order"] == [each["fieldname"] for each in raw["fields"]]


# --- damage ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An archive that is not compressed, so that each byte of it counts."""
    folder = tmp_path_factory.mktemp("saved")
    site = frappe_lite.Site(str(folder / "site.db"), synchronous="off")
    with site.acting() as ctx:
        document.new(ctx, {"doctype": "File", "file_name": "a.txt", "content": "content " * 100}).insert()
    site.close()
    archive.write_file(str(folder / "site.db"), folder / "x.tar")
    return (folder / "x.tar").read_bytes()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(where=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
def test_a_changed_byte_is_noticed_or_does_not_matter(saved: bytes, tmp_path: Path, where: float, bits: int) -> None:
    """It may stand in what only fills the archive, or in a time: then all that was kept comes back the same."""
    spoiled = bytearray(saved)
    spoiled[int(where * len(saved))] ^= bits
    (tmp_path / "x.tar").write_bytes(spoiled)
    place = tmp_path / "restored.db"
    place.unlink(missing_ok=True)
    try:
        archive.restore(tmp_path / "x.tar", place)
    except DatabaseRefused:
        assert not place.exists()
        return
    with tarfile.open(fileobj=io.BytesIO(saved)) as tar:
        assert place.read_bytes() == tar.extractfile("site.db").read()  # type: ignore[union-attr]


# --- killed ----------------------------------------------------------------------------------------------

KILL = """
import os, sys
from frappe_lite.command import cli
from frappe_lite.parts.transfer import importing
count = [0]
store = importing.Import._store
def stop(work, entry):
    count[0] += 1
    if count[0] == int(sys.argv[1]):
        os.kill(os.getpid(), 9)
    store(work, entry)
importing.Import._store = stop
sys.exit(cli.main(sys.argv[2:]))
"""


@pytest.mark.parametrize(("more", "kept"), [([], 0), (["--skip-errors"], 1000)], ids=["one transaction", "skip errors"])
def test_a_killed_import_leaves_whole_batches_or_nothing(tmp_path: Path, more: list[str], kept: int) -> None:
    place = str(tmp_path / "site.db")
    site = AppSite(place, synchronous="off")
    site.close()
    (tmp_path / "task.csv").write_text(
        "Subject,Item (Checklist)\n" + "".join(f"s{number},a\n,b\n" for number in range(1200))
    )
    command = ["import", "--database", place, "--app", str(CONFORMANCE_APP), str(tmp_path / "task.csv"), *more]
    killed = subprocess.run([sys.executable, "-c", KILL, "1100", *command], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with closing(sqlite3.connect(place)) as sqlite:
        assert sqlite.execute("SELECT count(*) FROM tabTask").fetchone()[0] == kept
        assert sqlite.execute('SELECT count(*) FROM "tabTask Checklist Item"').fetchone()[0] == 2 * kept
        assert (
            sqlite.execute("SELECT coalesce(max(current), 0) FROM tabSeries WHERE name = 'TASK-'").fetchone()[0] == kept
        )
        assert sqlite.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
