"""Changes of many documents by a job: kept part by part, with how far they are, and gone on with after a death."""

from __future__ import annotations

from typing import Any

import pytest
from app_folder import Write
from job_tools import Bench

import frappe_lite
from conftest import ApiClient
from frappe_lite.parts import bulk
from frappe_lite.parts.jobs.leases import LeaseLostError
from frappe_lite.site import Site

NAMES = [f"m{number}" for number in range(7)]


@pytest.fixture
def bench(site: Site, write: Write, name: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(bulk, "PART", 3)
    made = Bench(site, write, name)
    with site.acting():
        for each in NAMES:
            frappe_lite.get_doc({"doctype": "Mark", "name": each}).insert()
    return made


def ask(bench: Bench, names: list[str]) -> tuple[ApiClient, str]:
    client = ApiClient(bench.site)
    asked = client("POST /api/v2/document/Mark/bulk_delete", {"names": names}, headers={"Prefer": "respond-async"})
    return client, asked.json["data"]["job_id"]


def parts(bench: Bench) -> list[Any]:
    return list(bench.site.database.rows('SELECT number FROM "__job_part"'))


def test_each_part_is_kept_with_how_far_it_is(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    client, job_id = ask(bench, [*NAMES[:4], "gone", *NAMES[4:]])
    seen, told = [], bulk.Parts.keep

    def keep(self: Any, *given: Any) -> None:
        told(self, *given)
        seen.append((client(f"GET /api/v2/job/{job_id}").json["data"]["progress"]["percent"], len(bench.marks())))

    monkeypatch.setattr(bulk.Parts, "keep", keep)
    assert bench.work_off() == 1
    assert seen == [(37.5, 4), (75.0, 2), (100, 0)]
    found = client(f"GET /api/v2/job/{job_id}").json["data"]["result"]
    assert found["deleted"] == NAMES
    assert [each["name"] for each in found["failed"]] == ["gone"]
    assert (found["total"], found["success_count"], found["failure_count"]) == (8, 7, 1)
    assert parts(bench) == []


def broken_off(bench: Bench, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Let a worker die once so many parts are kept."""
    act, count = bulk._each, [0]

    def each(*given: Any) -> Any:
        count[0] += 1
        if count[0] > after:
            raise LeaseLostError("it was given up")
        return act(*given)

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "_each", each)
        assert bench.workers.run_next()


@pytest.mark.parametrize("after", [0, 1, 2])
def test_another_worker_goes_on_where_one_died(bench: Bench, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    client, job_id = ask(bench, NAMES)
    broken_off(bench, monkeypatch, after)
    assert len(bench.marks()) == 7 - 3 * after
    bench.site.database.execute("UPDATE \"__job\" SET worker = 'dead'")
    bench.site.database.commit()
    assert bench.workers.leases.reclaim() == 1
    assert bench.work_off() == 1
    found = client(f"GET /api/v2/job/{job_id}").json["data"]["result"]
    assert (found["deleted"], found["failed"]) == (NAMES, []), "nothing is done or told twice"
    assert parts(bench) == []


def test_what_two_workers_do_at_once_is_kept_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _client, job_id = ask(bench, NAMES)
    act = bulk._each

    def each(*given: Any) -> Any:
        answer = act(*given)
        if bench.site.database.rows('SELECT count(*) FROM "tabMark"') == [
            (1,)
        ]:  # the other one, which had not been dead, has kept its second part meanwhile
            bench.site.database.execute('UPDATE "__job_part" SET number = 2')
        return answer

    monkeypatch.setattr(bulk, "_each", each)
    bench.workers.run_next()
    assert len(bench.marks()) == 4, "the second part is undone"
    assert bench.status(job_id) == "queued"


def test_parts_of_a_job_that_is_forgotten_are(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(bench, NAMES)
    broken_off(bench, monkeypatch, 1)
    assert len(parts(bench)) == 1
    bench.workers.jobs.forget_parts()
    assert len(parts(bench)) == 1, "it goes on"
    with bench.site.database.transaction():
        bench.site.database.execute('DELETE FROM "__job"')
    bench.workers.jobs.forget_parts()
    assert parts(bench) == []
