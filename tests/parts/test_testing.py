"""The test double: a site, its clients without a port, its clock, its snapshots, its jobs."""

from __future__ import annotations

import datetime
import io
import sys
import threading
from typing import Any

import pytest

import frappe_lite
from conftest import CONFORMANCE_APP
from frappe_lite import errors, utils
from frappe_lite.parts import testing
from frappe_lite.parts.testing import TestSite

TASK = {"doctype": "Task", "subject": "x"}


def tasks(site: TestSite, **params: Any) -> list[dict[str, Any]]:
    return site.client().get_list("Task", **params)


# --- a site ----------------------------------------------------------------------------------------------


def test_sites_share_an_app_and_no_document(double: TestSite) -> None:
    double.client().insert(TASK)
    with TestSite([CONFORMANCE_APP]) as other:
        assert (len(tasks(double)), tasks(other)) == (1, [])


def test_an_app_from_the_template_is_whole(double: TestSite) -> None:
    """What `load` wires, a site that began as the template has too: controllers, hooks, methods, DocTypes."""
    with TestSite() as loaded:
        loaded.load(CONFORMANCE_APP)
        assert double.controller_modules == loaded.controller_modules
        assert set(double.controllers) == set(loaded.controllers)
        assert double.apps == loaded.apps
        sizes = [
            {
                name: len(value)
                for name, value in vars(site).items()
                if isinstance(value, dict | list | set) and name != "_caches"
            }
            for site in (loaded, double)
        ]
        assert sizes[0] == sizes[1], "adopt() takes over what load() adds to a site"
    assert double.client().call("conformance.api.add", a=2, b=3) == 5


def test_hooks_of_one_site_are_not_those_of_another(double: TestSite) -> None:
    app = double.apps["conformance"]
    app.hooks["added"] = 1
    app.hooks["doc_events"]["Project"] = {}
    app.modules.clear()
    with TestSite([CONFORMANCE_APP]) as other:
        found = other.apps["conformance"]
        assert (found.hooks.get("added"), bool(found.hooks["doc_events"]["Project"]), bool(found.modules)) == (
            None,
            True,
            True,
        )


def test_a_folder_without_an_app_is_named() -> None:
    with pytest.raises(errors.AppNotInstalledError, match="nowhere is not a folder"):
        TestSite(["nowhere"])


def test_settings_are_those_of_a_site() -> None:
    with TestSite([CONFORMANCE_APP], created_status=200) as site:
        assert site.client().post("/api/resource/Task", json=TASK).status_code == 200


def test_closing_twice_does_no_harm(double: TestSite) -> None:
    double.client().insert(TASK)
    double.close()


# --- who asks --------------------------------------------------------------------------------------------


def test_documents_live_and_go(double: TestSite) -> None:
    client = double.client()
    made = client.insert(TASK)
    assert client.get_doc("Task", made["name"])["subject"] == "x"
    assert client.update({**made, "subject": "y"})["subject"] == "y"
    assert client.get_list("Task", fields=["subject"], filters={"subject": "y"}) == [{"subject": "y"}]
    client.delete_doc("Task", made["name"])
    with pytest.raises(errors.DoesNotExistError):
        client.get_doc("Task", made["name"])
    assert client.get_doc("System Settings")["name"] == "System Settings"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda client: client.insert({"doctype": "Task"}), errors.MandatoryError),
        (lambda client: client.insert({"doctype": "No Such", "x": 1}), errors.DoesNotExistError),
        (lambda client: client.call("conformance.api.no_such_function"), errors.FrappeError),
        (lambda client: client.get_list("Task", filters="{"), errors.BadRequestError),
    ],
)
def test_a_refusal_is_raised_as_the_server_raised_it(double: TestSite, call: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        call(double.client())


def test_the_verbs_answer_whatever_the_status(double: TestSite) -> None:
    client = double.client()
    name = client.post("/api/resource/Task", json=TASK).json["data"]["name"]
    path = f"/api/resource/Task/{name}"
    found = [
        client.get(path),
        client.put(path, json={"subject": "y"}),
        client.patch(f"/api/v2/document/Task/{name}", json={"subject": "z"}),
        client.delete(path),
        client.get(path),
    ]
    assert [each.status_code for each in found] == [200, 200, 200, 202, 404]
    assert client("GET /api/resource/Task", params={"filters": [["subject", "=", "z"]]}).json == {"data": []}


def test_a_client_may_come_from_anywhere(double: TestSite) -> None:
    seen: list[str] = []
    double.extensions.before.append(lambda ctx: seen.append(ctx.request.remote_addr))
    double.client().get("/api/method/ping", environ_overrides={"REMOTE_ADDR": "10.1.2.3"})
    assert seen == ["10.1.2.3"]


def test_a_new_user_has_the_roles_that_were_named(double: TestSite) -> None:
    ann = double.new_user("ann@example.com", "Task User", "Never Heard Of", full_name="Ann B", password="short")
    with double.acting() as ctx:
        assert {"Task User", "Never Heard Of"} <= ctx.roles_of("ann@example.com")
    assert ann.call("frappe.auth.get_logged_user") == "ann@example.com"
    with pytest.raises(errors.PermissionError):
        double.new_user("bob@example.com").insert(TASK)


def test_a_guest_logs_in_and_out_of_a_session(double: TestSite) -> None:
    double.new_user("ann@example.com", "Task User", password="a")
    guest = double.client(None)
    with pytest.raises(errors.AuthenticationError):
        guest.login("ann@example.com", "wrong")
    assert guest.login("ann@example.com", "a").call("frappe.auth.get_logged_user") == "ann@example.com"
    double.end_sessions("ann@example.com")
    assert guest.get("/api/method/frappe.auth.get_logged_user").status_code == 403


def test_many_clients_of_a_user_share_a_key(double: TestSite) -> None:
    first, second = double.client(), double.client()
    assert second.get("/api/resource/Task").status_code == 200
    assert first.get("/api/resource/Task").status_code == 200
    assert double.token() == "token {}:{}".format(*double.keys())


def test_an_unknown_user_is_named(double: TestSite) -> None:
    with pytest.raises(errors.DoesNotExistError, match="there is no user bob@example.com"):
        double.client("bob@example.com").get("/api/resource/Task")


def test_a_client_sees_what_the_code_around_it_wrote(double: TestSite) -> None:
    with double.acting() as ctx:
        made = frappe_lite.get_doc({**TASK}).insert()
        ann = double.new_user("ann@example.com", "Task User")
        assert double.client().get_doc("Task", made.name)["subject"] == "x"
        assert ann.call("frappe.auth.get_logged_user") == "ann@example.com"
        double.client().update({"doctype": "User", "name": "ann@example.com", "first_name": "Anna"})
        info = ctx.user_info("ann@example.com")
        assert info
        assert info.full_name == "Anna"


def test_requests_are_noted(double: TestSite) -> None:
    double.client().get("/api/resource/Task", params={"limit": "1"})
    double.client().post("/api/resource/Task", json={})
    first, second = double.requests
    assert (first.method, first.path, first.params, first.json, first.status) == (
        "GET",
        "/api/resource/Task",
        {"limit": "1"},
        None,
        200,
    )
    assert (second.json, second.status, type(second.error)) == ({}, 417, errors.MandatoryError)
    assert second.headers["Authorization"] == double.token()


def test_a_fault_of_the_app_is_an_answer_and_an_error(double: TestSite, caplog: pytest.LogCaptureFixture) -> None:
    def broken(doc: Any, event: str) -> None:
        raise ZeroDivisionError("the app's own")

    double.apps["conformance"].hooks = {"doc_events": {"Task": {"validate": "broken.broken"}}}
    double._event_handlers[("Task", "validate")] = [broken]
    assert double.client().post("/api/resource/Task", json=TASK).status_code == 500
    assert [str(error) for error in double.errors] == ["the app's own"]
    with pytest.raises(ZeroDivisionError, match="the app's own"):
        double.client().insert(TASK)


def test_mails_are_kept_in_their_order(double: TestSite) -> None:
    if not double.client().get_list("DocType", filters={"name": "Email Queue"}):
        assert double.mails == []
        rows = {"fieldname": "recipients", "fieldtype": "Table", "options": "Email Queue Recipient"}
        for name, istable, fields in (
            ("Email Queue Recipient", 1, [{"fieldname": "recipient", "fieldtype": "Data"}]),
            ("Email Queue", 0, [{"fieldname": "sender", "fieldtype": "Data"}, rows]),
        ):
            double.client().insert(
                {
                    "doctype": "DocType",
                    "name": name,
                    "module": "Core",
                    "custom": 1,
                    "istable": istable,
                    "fields": fields,
                }
            )
    for number in range(3):
        double.client().insert(
            {
                "doctype": "Email Queue",
                "sender": f"{number}@example.com",
                "recipients": [{"recipient": "ann@example.com"}],
            }
        )
    assert [mail["sender"] for mail in double.mails] == ["0@example.com", "1@example.com", "2@example.com"]
    assert double.mails[0]["recipients"][0]["recipient"] == "ann@example.com"


def test_reset_links_are_kept(double: TestSite) -> None:
    double.new_user("ann@example.com")
    double.client(None).call("frappe.core.doctype.user.user.reset_password", user="ann@example.com")
    assert [user for user, _ in double.reset_links] == ["ann@example.com"]
    assert double.reset_links[0][1].startswith("http://frappe.test/")


# --- the clock -------------------------------------------------------------------------------------------


def test_the_clock_stands_still_and_ticks(double: TestSite) -> None:
    with double.at("2026-01-01 10:00:00") as clock:
        first = double.client().insert(TASK)
        assert clock.tick(hours=1) == datetime.datetime(2026, 1, 1, 11)
        second = double.client().insert(TASK)
        assert utils.now() == "2026-01-01 11:00:00.000000"
    assert (first["creation"], second["creation"]) == ("2026-01-01 10:00:00.000000", "2026-01-01 11:00:00.000000")
    assert double.client().insert(TASK)["creation"] > "2026-02"
    assert utils.now() > "2026-02"


def test_a_clock_is_one_sites(double: TestSite) -> None:
    with TestSite([CONFORMANCE_APP]) as other, double.at("2026-01-01"):
        assert other.client().insert(TASK)["creation"] > "2026-02"
        with other.acting():
            assert str(frappe_lite.get_doc({**TASK}).insert().creation) > "2026-02"
        with double.at("2025-01-01"):
            assert double.client().insert(TASK)["creation"].startswith("2025-01-01")
        assert double.client().insert(TASK)["creation"].startswith("2026-01-01")


@pytest.mark.parametrize(
    ("moment", "now"),
    [
        ("2026-01-01", "2026-01-01 00:00:00.000000"),
        ("2026-01-01 10:30", "2026-01-01 10:30:00.000000"),
        (datetime.date(2026, 1, 1), "2026-01-01 00:00:00.000000"),
        (datetime.datetime(2026, 1, 1, 10, 30), "2026-01-01 10:30:00.000000"),
        (datetime.datetime(2026, 1, 1, 10, 30).astimezone(), "2026-01-01 10:30:00.000000"),
    ],
)
def test_a_moment_may_be_text_or_a_date(double: TestSite, moment: Any, now: str) -> None:
    with double.at(moment):
        assert utils.now() == now


def test_a_moment_that_is_none_is_refused(double: TestSite) -> None:
    with pytest.raises(ValueError, match="the day after"), double.at("the day after"):
        pass
    assert double.clock is None


def test_requests_of_other_threads_see_the_clock(double: TestSite) -> None:
    seen: list[str] = []
    with double.at("2026-01-01"):
        thread = threading.Thread(target=lambda: seen.append(double.client().insert(TASK)["creation"]))
        thread.start()
        thread.join()
    assert seen == ["2026-01-01 00:00:00.000000"]


def test_jobs_see_the_clock(double: TestSite) -> None:
    seen: list[str] = []
    with double.acting():
        frappe_lite.enqueue(lambda: seen.append(utils.today()))
    with double.at("2026-01-01"):
        double.run_jobs()
    assert seen == ["2026-01-01"]


def test_an_error_sets_the_clock_free(double: TestSite) -> None:
    with pytest.raises(RuntimeError), double.at("2026-01-01"):
        raise RuntimeError
    assert double.clock is None
    assert utils.now() > "2026-02"


# --- snapshots -------------------------------------------------------------------------------------------


def test_a_rollback_undoes_what_clients_and_code_did(double: TestSite) -> None:
    client = double.client()
    kept = client.insert(TASK)
    with double.rollback():
        client.insert(TASK)
        client.update({**kept, "subject": "changed"})
        with double.acting():
            frappe_lite.get_doc({**TASK}).insert()
        double.new_user("ann@example.com", "Task User")
    assert tasks(double, fields=["subject"]) == [{"subject": "x"}]
    assert client.insert(TASK)["name"] == "TASK-00002", "counters go back too"
    with double.acting() as ctx:
        assert ctx.user_info("ann@example.com") is None


def test_a_snapshot_can_be_gone_back_to_again_and_again(double: TestSite) -> None:
    empty = double.snapshot()
    double.client().insert(TASK)
    one = double.snapshot()
    for moment, count in ((empty, 0), (one, 1), (one, 1), (empty, 0)):
        double.restore(moment)
        assert len(tasks(double)) == count
        double.client().insert(TASK)


def test_a_snapshot_has_the_keys_and_jobs_of_its_moment(double: TestSite) -> None:
    ann = double.new_user("ann@example.com", "Task User")
    key = double.keys("ann@example.com")
    with double.acting():
        frappe_lite.enqueue(print)
    moment = double.snapshot()
    double.jobs.clear()
    with double.acting() as ctx:
        frappe_lite.delete_doc("User", "ann@example.com", force=True)
        assert ctx.user_info("ann@example.com") is None
    double.restore(moment)
    assert double.keys("ann@example.com") == key
    assert ann.call("frappe.auth.get_logged_user") == "ann@example.com"
    assert [job.name for job in double.jobs] == ["builtins.print"]


def test_a_key_made_after_the_snapshot_is_made_anew(double: TestSite) -> None:
    moment = double.snapshot()
    client = double.client()
    assert client.get("/api/resource/Task").status_code == 200
    double.restore(moment)
    assert client.get("/api/resource/Task").status_code == 200


def test_files_go_back_with_the_rest(double: TestSite) -> None:
    with double.rollback():
        sent = double.client().post("/api/method/upload_file", data={"file": (io.BytesIO(b"text"), "a.txt")})
        assert sent.status_code == 200, sent.text
    assert double.client().get_list("File", filters={"file_name": "a.txt"}) == []


def test_doctypes_go_back_with_the_rest(double: TestSite) -> None:
    fields = [{"fieldname": "title", "fieldtype": "Data"}]
    with double.rollback():
        double.client().insert(
            {"doctype": "DocType", "name": "Passing", "module": "Core", "custom": 1, "fields": fields}
        )
        double.client().insert({"doctype": "Passing", "title": "x"})
    with pytest.raises(errors.DoesNotExistError):
        double.client().insert({"doctype": "Passing", "title": "x"})


def test_other_threads_see_what_was_restored(double: TestSite) -> None:
    client, found = double.client(), []
    ready, restored = threading.Event(), threading.Event()

    def look() -> None:
        found.append(len(client.get_list("Task")))
        ready.set()
        restored.wait(10)
        found.append(len(client.get_list("Task")))

    moment = double.snapshot()
    client.insert(TASK)
    thread = threading.Thread(target=look)
    thread.start()
    assert ready.wait(10)
    double.restore(moment)
    restored.set()
    thread.join()
    assert found == [1, 0]


def test_a_restore_forgets_what_the_code_around_it_did_not_commit(double: TestSite) -> None:
    moment = double.snapshot()
    with double.acting() as ctx:
        frappe_lite.get_doc({"doctype": "User", "email": "ann@example.com", "first_name": "Ann"}).insert()
        assert ctx.user_info("ann@example.com")
        double.restore(moment)
        assert ctx.user_info("ann@example.com") is None
    assert tasks(double) == []


# --- jobs ------------------------------------------------------------------------------------------------


def test_jobs_wait_for_the_test(double: TestSite) -> None:
    done: list[str] = []

    def second(who: str) -> None:
        done.append(f"second for {frappe_lite.session.user}: {who}")

    def first(who: str) -> None:
        done.append(f"first for {who}")
        frappe_lite.enqueue(second, who=who)

    double.new_user("ann@example.com")
    with double.acting("ann@example.com"):
        frappe_lite.enqueue(first, who="ann")
        assert double.jobs == [], "a job begins after the commit"
    assert [(job.user, job.kwargs) for job in double.jobs] == [("ann@example.com", {"who": "ann"})]
    assert done == []
    assert len(double.run_jobs()) == 2
    assert done == ["first for ann", "second for ann@example.com: ann"]
    assert double.run_jobs() == []


def test_a_job_that_is_no_plain_function_has_a_name(double: TestSite) -> None:
    class Work:
        def __repr__(self) -> str:
            return "app.work"

        def __call__(self) -> None:
            pass

    double.run_later("Administrator", Work(), {})
    assert [job.name for job in double.run_jobs()] == ["app.work"]


def test_what_a_job_raises_is_raised_and_undone(double: TestSite) -> None:
    def job() -> None:
        frappe_lite.get_doc({**TASK}).insert()
        raise RuntimeError("the job's own")

    with double.acting():
        frappe_lite.enqueue(job)
    with pytest.raises(RuntimeError, match="the job's own"):
        double.run_jobs()
    assert tasks(double) == []
    assert double.jobs == []


def test_a_request_that_fails_leaves_no_job(double: TestSite) -> None:
    with pytest.raises(RuntimeError), double.acting():
        frappe_lite.enqueue(print)
        raise RuntimeError
    assert double.jobs == []


# --- libraries that may be missing -----------------------------------------------------------------------


@pytest.mark.parametrize(("module", "library"), [("requests_adapter", "requests"), ("httpx_transport", "httpx")])
def test_a_missing_library_is_named(
    double: TestSite, monkeypatch: pytest.MonkeyPatch, module: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"{testing.__name__}.{module}", raising=False)
    with pytest.raises(ModuleNotFoundError, match=f"pip install {library}"):
        double.requests_session() if library == "requests" else double.httpx_transport()
    with double.intercept():
        assert double.client().get("/api/method/ping").status_code == 200
