"""Files by folder, what front ends ask when they begin, logs, and what is refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from werkzeug.test import TestResponse

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.methods import folders, regional
from frappe_lite.methods.unsupported import FOR_GUESTS, REASONS, UNSUPPORTED

FILES = "frappe.core.api.file"
NOBODY = {"user": "Guest", "user_type": "Website User", "installed_apps": ["frappe", "conformance"]}


class Office(BaseOffice):
    """A user with a private file, and others."""

    users = {"user": ("Task User",), "other": ("Task User",), "boss": ("System Manager",), "website": ()}

    def fill(self, ctx: Context) -> None:
        document.new(ctx, {"doctype": "Task", "subject": "t"}).insert(set_name="T1")
        document.new(ctx, {"doctype": "Private Note", "title": "n"}).insert(set_name="N1")

    def call(self, who: str, method: str, verb: str = "POST", /, **body: Any) -> TestResponse:
        return self.clients[who](f"{verb} /api/method/{method}", body)

    def message(self, who: str, method: str, /, **body: Any) -> Any:
        answer = self.call(who, method, **body)
        assert answer.status_code == 200, answer.text
        return answer.json.get("message")

    def upload(self, who: str, name: str, content: bytes = b"hello", **values: str) -> str:
        data = {"file": (io.BytesIO(content), name), "is_private": "1", **values}
        answer = self.clients[who]("POST /api/method/upload_file", data=data, content_type="multipart/form-data")
        return str(answer.json["message"]["name"])


def packed(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, each in files.items():
            archive.writestr(name, each)
    return content.getvalue()


# --- folders ---


@pytest.mark.parametrize("who", ["user", "boss"])
def test_whoever_is_signed_in_sees_the_modules(office: Office, who: str) -> None:
    names = {row["name"] for row in office.clients[who]("GET /api/resource/Module Def").get_json()["data"]}
    assert {"Core", "Desk"} <= names
    made = office.clients[who]("POST /api/resource/Module Def", {"module_name": f"Of {who}"})
    assert made.status_code == (201 if who == "boss" else 403)


def test_a_folder_is_made_once_and_filled(office: Office) -> None:
    made = office.message("user", f"{FILES}.create_new_folder", file_name="Pictures", folder="Home")
    assert (made["name"], made["is_folder"]) == ("Home/Pictures", 1)
    folders = {"filters": '{"is_folder": 1}', "fields": '["file_url"]'}  # Frappe: empty text, and not null
    urls = office.clients["boss"]("GET /api/resource/File", query_string=folders).get_json()["data"]
    assert len(urls) == 3 and {row["file_url"] for row in urls} == {""}
    assert (
        office.message("user", f"{FILES}.create_new_folder", file_name="Pictures", folder="Home")["name"]
        == "Home/Pictures"
    )
    name = office.upload("user", "cat.png")
    assert (
        office.message(
            "user", f"{FILES}.move_file", file_list=[{"name": name}], new_parent="Home/Pictures", old_parent="Home"
        )
        is None
    )
    assert office.message("user", f"{FILES}.get_files_in_folder", folder="Home/Pictures") == {
        "files": [{"name": name, "file_name": "cat.png", "file_url": "/private/files/cat.png", "is_folder": 0, "modified": _modified(office, name)}], "has_more": False,
    }  # fmt: skip
    assert office.message("other", f"{FILES}.get_files_in_folder", folder="Home/Pictures") == {
        "files": [],
        "has_more": False,
    }


def _modified(office: Office, name: str) -> str:
    return str(office.site.database.row("SELECT modified FROM tabFile WHERE name = ?", (name,))[0])


@pytest.mark.parametrize(("length", "more"), [(1, True), (20, False)])
def test_a_page_of_a_folder(office: Office, length: int, more: bool) -> None:
    office.upload("user", "one.txt"), office.upload("user", "two.txt")
    found = office.message("user", f"{FILES}.get_files_in_folder", folder="Home", start=0, page_length=length)
    assert (found["has_more"], len(found["files"]) == length) == (more, more)
    assert any(
        row["name"] == "Home/Attachments"
        for row in office.message("user", f"{FILES}.get_files_in_folder", folder="Home")["files"]
    )


def test_files_are_found_by_a_text(office: Office) -> None:
    name = office.upload("user", "needle.txt")
    assert [row["name"] for row in office.message("user", f"{FILES}.get_files_by_search_text", text="EEDLE")] == [name]
    assert office.message("user", f"{FILES}.get_files_by_search_text", text="") == []
    assert office.message("other", f"{FILES}.get_files_by_search_text", text="needle") == []


def test_pictures_of_documents(office: Office) -> None:
    office.upload("user", "task.png", doctype="Task", docname="T1")
    assert office.message("user", f"{FILES}.get_attached_images", doctype="Task", names='["T1", "T2"]') == {
        "T1": ["/private/files/task.png"]
    }
    assert office.message("website", f"{FILES}.get_attached_images", doctype="Task", names=["T1"]) == {}


@pytest.mark.parametrize(
    ("who", "method", "body", "status"),
    [
        pytest.param(
            "user", "create_new_folder", {"file_name": "a/b", "folder": "Home"}, 417, id="a name with a slash"
        ),
        pytest.param("user", "create_new_folder", {"file_name": " ", "folder": "Home"}, 417, id="no name"),
        pytest.param("website", "create_new_folder", {"file_name": "x", "folder": "Nope"}, 417, id="below nothing"),
        pytest.param("guest", "create_new_folder", {"file_name": "x", "folder": "Home"}, 403, id="a guest"),
        pytest.param("user", "move_file", {"file_list": "[1]", "new_parent": "Home"}, 400, id="no files"),
        pytest.param(
            "user",
            "move_file",
            {"file_list": '[{"name": "Home/Attachments"}]', "new_parent": "Home"},
            403,
            id="a folder that one may not change",
        ),
        pytest.param("user", "move_file", {"file_list": "[]", "new_parent": "nope"}, 404, id="to nowhere"),
        pytest.param(
            "admin",
            "move_file",
            {"file_list": '[{"name": "Home"}]', "new_parent": "Home/Attachments"},
            417,
            id="a folder into itself",
        ),
        pytest.param("user", "zip_files", {"files": '["nope"]'}, 404, id="an archive of nothing"),
        pytest.param("guest", "get_files_in_folder", {"folder": "Home"}, 403, id="a guest looks"),
        pytest.param("user", "get_files_in_folder", {"folder": "Home", "start": -1}, 417, id="a page before the first"),
    ],
)
def test_folders_that_cannot_be(office: Office, who: str, method: str, body: dict[str, Any], status: int) -> None:
    assert office.call(who, f"{FILES}.{method}", **body).status_code == status


def test_another_persons_file_is_neither_moved_nor_packed_nor_opened(office: Office) -> None:
    name = office.upload("user", "mine.zip", packed(a=b"1"))
    calls = [
        ("move_file", {"file_list": [{"name": name}], "new_parent": "Home"}),
        ("zip_files", {"files": [name]}),
        ("unzip_file", {"name": name}),
    ]
    assert [office.call("other", f"{FILES}.{method}", **body).status_code for method, body in calls] == [403, 403, 403]


# --- archives ---


def test_files_are_packed_with_their_folders(office: Office) -> None:
    office.message("user", f"{FILES}.create_new_folder", file_name="Pack", folder="Home")
    first, second = (
        office.upload("user", "x.txt", b"first", folder="Home/Pack"),
        office.upload("user", "y.txt", b"second"),
    )
    answer = office.call("user", f"{FILES}.zip_files", files=["Home/Pack", second, second])
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "Pack/x.txt": b"first",
            "y.txt": b"second",
            "y 2.txt": b"second",
        }
    assert "files.zip" in answer.headers["Content-Disposition"] and first
    with zipfile.ZipFile(
        io.BytesIO(office.call("other", f"{FILES}.zip_files", files=["Home/Pack"]).get_data())
    ) as archive:
        assert archive.namelist() == []


def test_an_archive_is_opened_in_its_place(office: Office) -> None:
    name = office.upload(
        "user",
        "a.zip",
        packed(**{"in/one.txt": b"1", "two.txt": b"2", "__MACOSX/x": b"0", "../../evil.txt": b"3"}),
        doctype="Task",
        docname="T1",
    )
    made = office.message("user", f"{FILES}.unzip_file", name=name)
    assert sorted(row["file_name"] for row in made) == ["evil.txt", "one.txt", "two.txt"]
    assert {(row["attached_to_name"], row["is_private"], row["file_url"].rpartition("/")[0]) for row in made} == {
        ("T1", 1, "/private/files")
    }
    assert office.call("user", f"{FILES}.unzip_file", name=name).status_code == 404


@pytest.mark.parametrize(
    ("file_name", "content", "limit", "status"),
    [
        pytest.param("a.txt", b"x", None, 417, id="no archive by its name"),
        pytest.param("a.zip", b"x", None, 417, id="no archive by its content"),
        pytest.param("b.zip", packed(a=b"x" * 100), ("MAX_ZIPPED", 50), 413, id="more than is taken out"),
        pytest.param("c.zip", packed(a=b"1", b=b"2"), ("MAX_ENTRIES", 1), 417, id="more files than are taken out"),
    ],
)
def test_archives_that_cannot_be(
    office: Office,
    file_name: str,
    content: bytes,
    limit: tuple[str, int] | None,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if limit:
        monkeypatch.setattr(folders, *limit)
    name = office.upload("user", file_name, content)
    assert office.call("user", f"{FILES}.unzip_file", name=name).status_code == status
    assert office.site.database.row("SELECT count(*) FROM tabFile WHERE name = ?", (name,))[0] == 1


def test_an_archive_has_a_limit(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_ZIPPED", 3)
    assert office.call("user", f"{FILES}.zip_files", files=[office.upload("user", "big.txt")]).status_code == 413


def test_how_large_a_file_may_be(office: Office) -> None:
    assert office.message("guest", f"{FILES}.get_max_file_size") == 25 * 1024 * 1024
    with office.site.acting() as ctx:
        document.set_values(ctx, ctx.meta("System Settings"), "System Settings", {"max_file_size": 2})
    assert office.message("guest", f"{FILES}.get_max_file_size") == 2 * 1024 * 1024


# --- what front ends ask ---


@pytest.mark.parametrize(
    ("who", "method", "body", "expected"),
    [
        pytest.param("guest", "frappe.client.get_time_zone", {}, {"time_zone": "UTC"}, id="the time zone"),
        pytest.param("guest", "frappe.translate.get_app_translations", {}, {}, id="texts in one's language"),
        pytest.param("guest", "frappe.translate.get_all_languages", {}, ["en"], id="languages"),
        pytest.param(
            "guest",
            "frappe.translate.get_all_languages",
            {"with_language_name": 1},
            [{"language_code": "en", "language_name": "English"}],
            id="languages with names",
        ),
        pytest.param(
            "guest", "frappe.utils.telemetry.pulse.client.is_enabled", {}, False, id="telemetry of older pages"
        ),
        pytest.param(
            "guest", "frappe.utils.telemetry.pulse.client.boot_config", {}, {"enabled": False}, id="telemetry"
        ),
        pytest.param(
            "user",
            "frappe.utils.telemetry.pulse.client.capture",
            {"event_name": "x", "app": "crm"},
            None,
            id="an event",
        ),
        pytest.param(
            "user", "frappe.utils.telemetry.pulse.client.bulk_capture", {"events": "[]"}, None, id="many events"
        ),
        pytest.param(
            "boss", "frappe.utils.telemetry.pulse.client.get_debug_info", {}, {"is_enabled": False}, id="how it stands"
        ),
        pytest.param(
            "user",
            "frappe.apps.get_incomplete_setup_route",
            {"current_app": "crm", "app_route": "/crm"},
            "/crm",
            id="set up",
        ),
        pytest.param("guest", "frappe.handler.ping", {}, "pong", id="anybody there"),
        pytest.param("guest", "frappe.realtime.get_user_info", {}, NOBODY, id="who a guest's socket is"),
        pytest.param("user", "frappe.client.get_js", {"items": "[]"}, [], id="no scripts"),
        pytest.param("user", "frappe.core.doctype.server_script.server_script.enabled", {}, False, id="server scripts"),
        pytest.param(
            "user", "frappe.integrations.frappe_providers.frappecloud_billing.is_fc_site", {}, False, id="Frappe Cloud"
        ),
        pytest.param(
            "user", "frappe.utils.scheduler.get_scheduler_status", {}, {"status": "inactive"}, id="the scheduler"
        ),
        pytest.param(
            "user",
            "frappe.model.document.unlock_document",
            {"doctype": "Task", "name": "T1"},
            None,
            id="a lock that nobody holds",
        ),
        pytest.param(
            "user", "frappe.realtime.has_permission", {"doctype": "Task", "name": "T1"}, True, id="a socket's document"
        ),
        pytest.param(
            "boss",
            "frappe.core.doctype.module_def.module_def.get_installed_apps",
            {},
            '["frappe", "conformance"]',
            id="the apps, as text",
        ),
        pytest.param(
            "boss",
            "frappe.core.doctype.installed_applications.installed_applications.get_installed_app_order",
            {},
            ["frappe", "conformance"],
            id="the apps, as a list",
        ),
        pytest.param(
            "user",
            "frappe.client.is_document_amended",
            {"doctype": "Task", "docname": "T1"},
            None,
            id="what cannot be amended",
        ),
        pytest.param(
            "website",
            "frappe.client.is_document_amended",
            {"doctype": "Invoice", "docname": "x"},
            False,
            id="amended, for who may not know",
        ),
    ],
)
def test_front_ends_are_answered(office: Office, who: str, method: str, body: dict[str, Any], expected: Any) -> None:
    assert office.message(who, method, **body) == expected


@pytest.mark.parametrize(
    ("who", "method", "body", "status"),
    [
        pytest.param("user", "frappe.client.get_js", {"items": '["assets/x.js"]'}, 501, id="scripts of Frappe's desk"),
        pytest.param(
            "user",
            "frappe.realtime.has_permission",
            {"doctype": "Private Note", "name": "N1"},
            403,
            id="another's document",
        ),
        pytest.param(
            "website",
            "frappe.model.document.unlock_document",
            {"doctype": "Task", "name": "T1"},
            403,
            id="a lock of others",
        ),
        pytest.param(
            "website",
            "frappe.custom.doctype.custom_field.custom_field.get_fields_label",
            {"doctype": "Task"},
            403,
            id="fields of a closed DocType",
        ),
        pytest.param(
            "user",
            "frappe.client.is_document_amended",
            {"doctype": "Nonsense", "docname": "x"},
            403,
            id="no such DocType",
        ),
    ],
)
def test_front_ends_are_refused(office: Office, who: str, method: str, body: dict[str, Any], status: int) -> None:
    assert office.call(who, method, **body).status_code == status


def test_an_amendment_is_found(office: Office) -> None:
    with office.site.acting() as ctx:
        first = document.new(
            ctx, {"doctype": "Invoice", "customer": "c", "items": [{"item": "a", "qty": 1, "rate": 5}], "docstatus": 1}
        ).insert()
        first.cancel()
        second = document.new(
            ctx,
            {
                "doctype": "Invoice",
                "customer": "c",
                "items": [{"item": "a", "qty": 1, "rate": 5}],
                "amended_from": first.name,
            },
        ).insert()
    assert (
        office.message("user", "frappe.client.is_document_amended", doctype="Invoice", docname=first.name)
        == second.name
    )


def test_fields_with_their_labels(office: Office) -> None:
    assert {"value": "subject", "label": "Subject"} in office.message(
        "user", "frappe.custom.doctype.custom_field.custom_field.get_fields_label", doctype="Task"
    )


@pytest.mark.parametrize("tables", [True, False])
def test_countries_are_those_that_the_machine_knows(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, tables: bool
) -> None:
    if tables:
        (tmp_path / "iso3166.tab").write_text("# code\tname\nIT\tItaly\nAQ\tAntarctica\n")
        (tmp_path / "zone.tab").write_text("IT\t+4154+01229\tEurope/Rome\n")
    monkeypatch.setattr(regional.zoneinfo, "TZPATH", (str(tmp_path),))
    regional._countries.cache_clear()
    found = office.message("guest", "frappe.geo.country_info.get_country_timezone_info")
    regional._countries.cache_clear()
    assert found["country_info"] == (
        {"Antarctica": {"code": "aq", "timezones": []}, "Italy": {"code": "it", "timezones": ["Europe/Rome"]}}
        if tables
        else {}
    )


def test_errors_are_seen_and_cleared(office: Office) -> None:
    unseen = "frappe.core.doctype.log_settings.log_settings.has_unseen_error_log"
    assert office.message("boss", unseen) is None
    with office.site.acting() as ctx:
        document.new(ctx, {"doctype": "Error Log", "error": "x"}).insert()
    assert office.message("boss", unseen)["show_alert"] is True and office.message("user", unseen) is None
    assert office.message("boss", "frappe.core.doctype.error_log.error_log.clear_error_logs") is None
    assert office.message("boss", unseen) is None


# --- what is refused ---


def test_each_method_that_is_not_here_says_why(office: Office) -> None:
    for name, why in UNSUPPORTED.items():
        answer = office.call("user", name)
        assert (answer.status_code, answer.json["exc_type"], why in answer.text) == (501, "UnsupportedError", True), (
            name
        )


def test_a_guest_reads_the_sentence_where_guests_call(office: Office) -> None:
    assert {name: office.call("guest", name).status_code for name in UNSUPPORTED} == {
        name: 501 if name in FOR_GUESTS else 403 for name in UNSUPPORTED
    }


def test_a_refusal_is_no_fault_in_the_log(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    assert office.call("user", "frappe.model.workflow.apply_workflow", doc="{}", action="x").status_code == 501
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


@pytest.mark.parametrize("why", REASONS, ids=lambda why: why[:40])
def test_a_reason_is_a_sentence_with_a_way_out(why: str) -> None:
    assert why[0].islower() and not why.endswith(".") and all(names for names in REASONS[why].values())
