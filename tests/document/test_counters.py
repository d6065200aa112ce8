"""A database that was begun when each beginning of a name had a counter: names go on, and none is met twice."""

from __future__ import annotations

from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from frappe_lite import document
from frappe_lite.document import counters
from frappe_lite.document.schema import store_doctype


def begin(site: frappe_lite.Site, template: str, names: list[str], counted: dict[str, int], **more: Any) -> None:
    """As it was before: documents with these names, their counters, and no mark that this was seen to."""
    with site.acting() as ctx:
        store_doctype(ctx, doctype("Slip", ("kind", "Data"), **more))
        for name in names:
            document.new(ctx, {"doctype": "Slip", "kind": "X"}).insert(set_name=name)
        store_doctype(ctx, doctype("Slip", ("kind", "Data"), autoname=template, **more))
        for series, number in counted.items():
            ctx.store.database.execute('INSERT INTO "tabSeries" VALUES (?, ?)', (series, number))
        ctx.store.database.execute('DELETE FROM "__site" WHERE key = ?', (counters._DONE,))


@pytest.mark.parametrize(
    ("template", "names", "counted", "following"),
    [
        pytest.param("format:S-{kind}-{###}", ["S-X-001", "S-Y-007", "S-X-003"], {"S-X-": 3}, ["S-X-008", "S-X-009"], id="after the highest of all beginnings"),
        pytest.param("format:S-{###}", ["S-041", "other", "S-x99"], {}, ["S-042", "S-043"], id="names that do not fit are no matter"),
        pytest.param("format:{##}/{kind}", ["9/X", "12/a/b"], {}, ["13/X", "14/X"], id="a number at the beginning"),
        pytest.param("FORMAT:{kind}{ # }", ["X5"], {}, ["X6", "X7"], id="in other letters, with spaces"),
        pytest.param("format:S-{###}", ["S-002"], {"": 8}, ["S-009", "S-010"], id="a counter that is ahead stays so"),
        pytest.param("format:S-{###}", [], {}, ["S-001", "S-002"], id="nothing to go on after"),
        pytest.param("S-.###", ["S-007"], {"S-": 2}, ["S-003", "S-004"], id="a series counts as ever"),
    ],
)  # fmt: skip
def test_names_go_on(
    site: frappe_lite.Site, template: str, names: list[str], counted: dict[str, int], following: list[str]
) -> None:
    begin(site, template, names, counted)
    with site.acting() as ctx:
        counters.share_template_counter(ctx)
        made = [document.new(ctx, {"doctype": "Slip", "kind": "X"}).insert().name for _ in following]
        assert made == following


def test_a_database_is_looked_at_once(site: frappe_lite.Site) -> None:
    begin(site, "format:S-{###}", ["S-005"], {})
    with site.acting() as ctx:
        counters.share_template_counter(ctx)
        document.new(ctx, {"doctype": "Slip"}).insert(set_name="S-900")
        counters.share_template_counter(ctx)
        assert document.new(ctx, {"doctype": "Slip"}).insert().name == "S-006"


def test_a_start_with_a_newer_version_does_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "old.db")
    site = frappe_lite.Site(path, synchronous="off")
    begin(site, "format:S-{###}", ["S-030"], {"S-": 30})
    with site.acting() as ctx:
        ctx.store.set_value("built-in", "of an older version")
    site.close()
    again = frappe_lite.Site(path, synchronous="off")
    with again.acting() as ctx:
        assert document.new(ctx, {"doctype": "Slip"}).insert().name == "S-031"
    again.close()


@pytest.mark.parametrize("kind", [{"issingle": 1}, {"is_virtual": 1}], ids=["a Single", "a virtual one"])
def test_what_has_no_table_has_no_names(site: frappe_lite.Site, kind: dict[str, int]) -> None:
    with site.acting() as ctx:
        store_doctype(ctx, doctype("Slip", ("kind", "Data"), autoname="format:S-{###}", **kind))
        ctx.store.database.execute('DELETE FROM "__site" WHERE key = ?', (counters._DONE,))
        counters.share_template_counter(ctx)
        assert ctx.store.database.row('SELECT current FROM "tabSeries" WHERE name = ?', ("",)) is None
