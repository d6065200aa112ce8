"""What modules of Frappe have beside their functions: lists, patterns, and the functions that clients may call."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

import frappe_lite
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.exceptions import SecurityException
from frappe_lite.face.missing import Missing, NotProvidedError

apps.provide_frappe()


@pytest.fixture(scope="module")
def frappe() -> Iterator[Any]:
    site = frappe_lite.Site()
    with site.acting():
        yield importlib.import_module("frappe")
    site.close()


def the(dotted: str) -> Any:
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    ("dotted", "member"),
    [
        pytest.param("frappe.model.DEFAULT_FIELDS", "owner", id="fields of every document"),
        pytest.param("frappe.model.OPTIONAL_FIELDS", "_assign", id="fields that some have"),
        pytest.param("frappe.model.NO_VALUE_FIELDS", "Section Break", id="fieldtypes without a value"),
        pytest.param("frappe.model.CORE_DOCTYPES", "DocType", id="DocTypes of the core"),
        pytest.param("frappe.model.log_types", "Access Log", id="logs"),
        pytest.param("frappe.model.float_like_fields", "Currency", id="numbers"),
        pytest.param("frappe.model.datetime_fields", "Time", id="moments"),
        pytest.param("frappe.model.attachment_fieldtypes", "Attach Image", id="files"),
        pytest.param("frappe.model.data_field_options", "Phone", id="what Data may be"),
        pytest.param("frappe.model.meta.DEFAULT_FIELD_LABELS", "modified_by", id="labels"),
        pytest.param("frappe.auth.UNSAFE_HTTP_METHODS", "PUT", id="verbs that write"),
        pytest.param("frappe.auth.SAFE_HTTP_METHODS", "GET", id="verbs that read"),
        pytest.param("frappe.core.doctype.role.role.STANDARD_ROLES", "All", id="roles"),
        pytest.param("frappe.core.doctype.rq_job.rq_job.QUEUES", "long", id="queues"),
        pytest.param("frappe.core.doctype.file.file.URL_PREFIXES", "https://", id="addresses"),
        pytest.param("frappe.core.doctype.server_script.server_script_utils.EVENT_MAP", "on_update", id="events"),
        pytest.param("frappe.STANDARD_USERS", "Guest", id="users"),
    ],
)
def test_a_list_has_what_frappes_has(frappe: Any, dotted: str, member: str) -> None:
    assert member in the(dotted)
    assert "nothing of the kind" not in the(dotted)


@pytest.mark.parametrize(
    ("name", "matches", "not_this"),
    [
        pytest.param("PHONE_NUMBER_PATTERN", "+49 (30) 12-34", "call me", id="a telephone number"),
        pytest.param("PERSON_NAME_PATTERN", "Ann O'Neil", "<b>", id="a name"),
        pytest.param("EMAIL_STRING_PATTERN", "ann@x.org", "ann at x", id="an address"),
        pytest.param("DURATION_PATTERN", "1d 2h 3m", "1w", id="a duration"),
        pytest.param("HTML_TAG_PATTERN", "<br>", "br", id="a tag"),
    ],
)
def test_a_pattern_is_that_of_its_name(frappe: Any, name: str, matches: str, not_this: str) -> None:
    pattern = the(f"frappe.utils.{name}")
    assert pattern.match(matches)
    assert not pattern.match(not_this)


@pytest.mark.parametrize(
    ("operator", "value", "sql"),
    [
        pytest.param("=", 1, '"a"=1', id="equal"),
        pytest.param("not in", "x,y", "\"a\" NOT IN ('x','y')", id="a list as text"),
        pytest.param("between", (1, 2), '"a" BETWEEN 1 AND 2', id="between two"),
        pytest.param("is", "not set", '"a" IS NULL OR "a"=\'\'', id="without a value"),
        pytest.param("is", "set", "\"a\"<>''", id="with a value"),
        pytest.param("like", "x%", "\"a\" LIKE 'x%'", id="a pattern"),
    ],
)
def test_an_operator_is_a_function_of_a_column(frappe: Any, operator: str, value: Any, sql: str) -> None:
    field = the("frappe.query_builder.Field")
    assert the("frappe.database.operator_map.OPERATOR_MAP")[operator](field("a"), value).get_sql(quote_char='"') == sql


def test_functions_that_clients_may_call_are_asked_for_by_themselves(frappe: Any) -> None:
    @frappe.whitelist(allow_guest=True)
    def for_all() -> None: ...

    @frappe.whitelist()
    def for_some(number: int) -> None: ...

    assert for_all in frappe.whitelisted
    assert for_some in frappe.whitelisted
    assert for_all in frappe.guest_methods
    assert for_some not in frappe.guest_methods
    assert print not in frappe.whitelisted
    assert len(frappe.whitelisted) > len(frappe.guest_methods) > 0
    assert all(map(callable, frappe.guest_methods))


@pytest.mark.parametrize("calculate", [
    pytest.param(lambda missing: missing - {"a"}, id="less something"),
    pytest.param(lambda missing: {"a"} - missing, id="taken away"),
    pytest.param(lambda missing: {"a"} | missing, id="joined"),
    pytest.param(lambda missing: [1] + missing, id="put behind"),
    pytest.param(lambda missing: {"a"} & missing, id="cut"),
])  # fmt: skip
def test_what_is_made_of_a_missing_list_says_what_is_missing(calculate: Any) -> None:
    made = calculate(Missing("frappe.nowhere.LIST"))
    with pytest.raises(NotProvidedError, match=r"frappe\.nowhere\.LIST"):
        list(made)


def test_who_fails_too_often_waits_by_the_system_settings(frappe: Any) -> None:
    frappe.db.set_single_value("System Settings", "allow_consecutive_login_attempts", 2)
    get = the("frappe.auth.get_login_attempt_tracker")
    get("otp").add_failure_attempt()
    assert get("otp").is_user_allowed()
    get("otp").add_failure_attempt()
    with pytest.raises(SecurityException, match="locked"):
        get("otp")
    assert not get("otp", raise_locked_exception=False).is_user_allowed()


@pytest.mark.parametrize(
    ("website", "navbar", "logo"),
    [
        pytest.param("/files/w.png", "/files/n.png", "/files/w.png", id="of the website"),
        pytest.param("", "/files/n.png", "/files/n.png", id="of the bar"),
        pytest.param("", "", "/assets/frappe_lite/icon.svg", id="our own"),
    ],
)
def test_the_logo_is_the_first_that_is_set(frappe: Any, website: str, navbar: str, logo: str) -> None:
    frappe.db.set_single_value("Website Settings", "app_logo", website)
    frappe.db.set_single_value("Navbar Settings", "app_logo", navbar)
    assert the("frappe.core.doctype.navbar_settings.navbar_settings.get_app_logo")() == logo


def test_a_folder_and_a_files_other_name(frappe: Any) -> None:
    make = the("frappe.core.doctype.file.file.create_new_folder")
    assert make("Letters", "Home").name == make("Letters", "Home").name == "Home/Letters"
    assert the("frappe.core.doctype.file.utils.get_file_name")("a.tar.gz", "-1") == "a.tar-1.gz"
    assert the("frappe.utils.get_site_url")("any.site") == the("frappe.utils.get_url")()
