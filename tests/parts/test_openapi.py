"""OpenAPI: valid, complete, cut to the caller, and true: requests made from it find no answer that it does not name."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import openapi_spec_validator
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import status_code_conformance

import frappe_lite
from conftest import ApiClient, AppSite, BaseOffice
from frappe_lite import document, errors
from frappe_lite.parts import docs_page
from frappe_lite.parts.openapi import description as openapi
from frappe_lite.parts.openapi import schemas as openapi_schemas
from frappe_lite.query import OPERATORS
from frappe_lite.whitelist import describe

EXAMPLES = int(os.environ.get("FRAPPE_LITE_FUZZ", "1"))
"""Requests for each operation; many more with the variable set."""

DOCTYPES = ("Task", "Invoice", "User", "{doctype}")
"""Those whose paths are tried: the others have the same handlers."""

SPEC = "GET /api/v2/openapi.json"
VERBS = ("get", "post", "put", "patch", "delete")


class Office(BaseOffice):
    """A site, and what it says of itself to several users."""

    users = {"user": ("Task User",), "manager": ("Task Manager",), "website": ()}

    def __init__(self) -> None:
        super().__init__()
        self.specs = {name: client(SPEC).json for name, client in self.clients.items()}


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in spec["paths"].items():
        for verb, operation in item.items():
            if verb != "parameters":
                yield path, verb, operation


# --- valid and complete ----------------------------------------------------------------------------------


def each_answer_once(spec):
    """The description without answers that another operation has letter by letter: most are, and each takes a while."""
    spec, seen = copy.deepcopy(spec), set()
    for item in spec["paths"].values():
        for operation in (each for each in item.values() if isinstance(each, dict) and "responses" in each):
            answers = {status: json.dumps(answer, sort_keys=True) for status, answer in operation["responses"].items()}
            fresh = {status for status, answer in answers.items() if answer not in seen} or {min(answers)}
            operation["responses"] = {status: operation["responses"][status] for status in fresh}
            seen |= set(answers.values())
    return spec


@pytest.mark.parametrize("who", ["admin", "guest"])
def test_it_is_valid(office, who):
    openapi_spec_validator.validate(each_answer_once(office.specs[who]))


def test_an_answer_that_is_not_valid_is_found(office):
    spec = copy.deepcopy(office.specs["guest"])
    operation = next(each for item in spec["paths"].values() for each in item.values() if "responses" in each)
    operation["responses"]["200"] = {"content": {"application/json": {"schema": {"type": "nothing"}}}}
    with pytest.raises(OpenAPIValidationError):
        openapi_spec_validator.validate(each_answer_once(spec))


def test_every_route_of_the_tables_is_there(office):
    spec = office.specs["guest"]
    missing = []
    for version, verb_list, path, _handler in openapi.routes(office.site):
        item = spec["paths"][openapi.address(version, path)]
        verbs = VERBS if verb_list == "*" else [verb.lower().replace("query", "x-query") for verb in verb_list.split()]
        missing += [(path, verb) for verb in verbs if verb not in item]
    assert missing == []


def test_every_callable_function_is_there(office):
    spec = office.specs["admin"]
    names = [
        each["path"]
        for each in office.clients["admin"]("GET /api/v2/discovery/method").json["data"]["methods"]
        if each["kind"] == "rpc"
    ]
    assert [name for name in names if f"/api/v2/method/{name}" not in spec["paths"]] == []


def test_every_operator_is_explained(office):
    text = office.specs["guest"]["components"]["schemas"]["Filters"]["description"]
    assert [name for name in OPERATORS if f"- `{name}`: " not in text] == []
    assert [each.takes for each in OPERATORS.values() if each.takes not in openapi_schemas.TAKES] == []


def test_every_refusal_is_there_in_both_envelopes(office):
    responses = office.specs["guest"]["components"]["responses"]
    for status in openapi_schemas.statuses():
        assert responses[f"V1_{status}"]["content"]["application/json"]["schema"] == {
            "$ref": "#/components/schemas/V1Error"
        }
        assert responses[f"V2_{status}"]["content"]["application/json"]["schema"] == {
            "$ref": "#/components/schemas/V2Error"
        }
    assert "`LinkExistsError`" in responses["V2_417"]["description"]
    named = {
        each.http_status
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.FrappeError)
    }
    assert set(openapi_schemas.statuses()) == named - {errors.FrappeError.http_status}


def test_operations_have_names_of_their_own(office):
    names = Counter(operation["operationId"] for _path, _verb, operation in operations(office.specs["admin"]))
    assert [name for name, count in names.items() if count > 1] == []


def test_the_ways_to_sign_in(office):
    assert set(office.specs["guest"]["components"]["securitySchemes"]) == {
        "token",
        "basic",
        "bearer",
        "session",
        "csrf",
    }
    spec = office.specs["admin"]
    assert {} in spec["paths"]["/api/v2/method/conformance.api.hello"]["get"]["security"]
    assert {} not in spec["paths"]["/api/v2/method/conformance.api.add"]["get"]["security"]


def test_where_it_is_served_from(office):
    assert office.specs["guest"]["servers"] == [{"url": "/"}]


# --- one DocType ------------------------------------------------------------------------------------------


def test_the_schema_of_a_doctype(office):
    task = office.specs["admin"]["components"]["schemas"]["Task"]["properties"]
    assert task["doctype"] == {"type": "string", "const": "Task"}
    assert task["points"]["type"] == "integer"
    assert task["estimate"]["type"] == "number"
    assert task["due_date"]["type"] == ["string", "null"]
    assert task["project"]["x-link"] == "Project"
    assert task["checklist"]["items"] == {"$ref": "#/components/schemas/Task_Checklist_Item"}
    assert "sb" not in task


def test_the_values_of_a_doctype(office):
    values = office.specs["admin"]["components"]["schemas"]["Task_values"]["properties"]
    assert values["status"]["enum"] == ["Open", "Working", "Completed", "Cancelled", "", None]
    assert values["subject"]["maxLength"] == 140
    assert values["checklist"]["items"] == {"$ref": "#/components/schemas/Task_Checklist_Item_values"}
    assert "owner" not in values


def test_a_new_document_needs_its_mandatory_fields(office):
    spec = office.specs["admin"]
    body = spec["paths"]["/api/v2/document/Task"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["allOf"][1]["required"] == ["subject"]
    assert office.clients["admin"]("POST /api/v2/document/Task", body["example"]).status_code == 201


@pytest.mark.parametrize(
    "doctype",
    ["Task", "Project", "Invoice", "Prompt Doc", "Format Doc", "Note", "ToDo", "Private Note", "Auto Doc", "Hash Doc"],
)
def test_the_example_of_a_doctype_can_be_created(office, doctype):
    path = f"/api/v2/document/{doctype.replace(' ', '%20')}"
    sent = office.specs["admin"]["paths"][path]["post"]["requestBody"]["content"]["application/json"].get("example", {})
    answer = office.clients["admin"](f"POST {path}", sent)
    assert answer.status_code == 201, answer.json


def test_singles_and_methods(office):
    paths = office.specs["admin"]["paths"]
    assert set(paths["/api/v2/document/Conformance%20Settings/Conformance%20Settings"]) == {"get", "put", "patch"}
    assert "/api/v2/document/Conformance%20Settings" not in paths
    assert set(paths["/api/v2/document/Task/{name}/method/close"]) == {"get", "post", "parameters"}


def test_answers_have_the_shape_that_is_promised(office):
    client, spec = office.clients["admin"], office.specs["admin"]
    known = spec["components"]["schemas"]["Task"]["properties"]
    task = client("POST /api/v2/document/Task", {"subject": "s", "checklist": [{"item": "a"}]}).json["data"]
    assert set(task) == set(known)
    assert set(task["checklist"][0]) == set(spec["components"]["schemas"]["Task_Checklist_Item"]["properties"])


# --- cut to the caller ---------------------------------------------------------------------------------------


def paths_of(spec: dict[str, Any], doctype: str) -> dict[str, list[str]]:
    """Path -> verbs, of one DocType."""
    base = f"/api/v2/document/{doctype.replace(' ', '%20')}"
    return {
        path[len(base) :]: sorted(set(item) - {"parameters"})
        for path, item in spec["paths"].items()
        if path == base or path.startswith(base + "/")
    }


CUTS = [
    pytest.param("guest", "Task", {}, id="guests see no DocType"),
    pytest.param("website", "Task", {}, id="without a role neither"),
    pytest.param("user", "Locked Down", {}, id="another role's DocType"),
    pytest.param("user", "Project", {"": ["get"], "/{name}": ["get"]}, id="read only"),
    pytest.param(
        "user",
        "Private Note",
        {"": ["get", "post"], "/{name}": ["delete", "get", "patch", "put"], "/{name}/method/add_comment": ["post"]},
        id="one's own documents",
    ),
    pytest.param(
        "admin",
        "Project",
        {
            "": ["get", "post"],
            "/{name}": ["delete", "get", "patch", "put"],
            "/{name}/method/rename": ["post"],
            "/{name}/method/add_comment": ["post"],
        },
        id="everything",
    ),
]


@pytest.mark.parametrize(("who", "doctype", "expected"), CUTS)
def test_paths_are_those_that_the_caller_may_use(office, who, doctype, expected):
    assert paths_of(office.specs[who], doctype) == expected
    assert (openapi_schemas.component_name(doctype) in office.specs[who]["components"]["schemas"]) == bool(expected)


@pytest.mark.parametrize(("who", "sees"), [("admin", True), ("manager", True), ("user", False)])
def test_fields_are_those_that_the_caller_may_read_and_write(office, who, sees):
    schemas = office.specs[who]["components"]["schemas"]
    assert [("internal_note" in schemas[name]["properties"]) for name in ("Task", "Task_values")] == [sees, sees]


def test_guests_see_the_functions_that_are_open_to_them(office):
    paths = office.specs["guest"]["paths"]
    assert "/api/v2/method/conformance.api.hello" in paths
    assert "/api/v2/method/conformance.api.add" not in paths
    assert all(
        {} in operation["security"]
        for path, _verb, operation in operations(office.specs["guest"])
        if path.startswith("/api/v2/method/")
    )


def test_it_follows_a_new_field_and_a_new_doctype(client):
    before = client(SPEC).json["components"]["schemas"]
    client(
        "POST /api/v2/document/Custom Field",
        {"dt": "Task", "fieldname": "colour", "fieldtype": "Data", "label": "Colour"},
    )
    after = client(SPEC).json["components"]["schemas"]
    assert ("colour" in before["Task"]["properties"], after["Task"]["properties"]["colour"]["title"]) == (
        False,
        "Colour",
    )


# --- functions -----------------------------------------------------------------------------------------------------


def test_the_parameters_of_a_function(office):
    item = office.specs["admin"]["paths"]["/api/v2/method/conformance.api.typed_add"]
    assert item["get"]["parameters"] == [
        {"name": "a", "in": "query", "required": True, "schema": {"type": "integer"}},
        {"name": "b", "in": "query", "required": False, "schema": {"type": "integer", "default": 1}},
    ]
    assert item["post"]["requestBody"]["content"]["application/json"]["schema"]["required"] == ["a"]
    assert set(office.specs["admin"]["paths"]["/api/v2/method/conformance.api.only_post"]) == {"post"}


def sample(
    a: int,
    b: list[str] | None = None,
    c: dict[str, int] | str = "x",
    flags: Any = None,
    *,
    d: bool = False,
    e: Any = 1.5,
    **more: Any,
) -> None: ...


def test_annotations_become_schemas():
    known, needed, more = openapi_schemas.arguments(describe(sample))
    assert known == {
        "a": {"type": "integer"},
        "b": {"anyOf": [{"type": "array", "items": {}}, {"type": "null"}]},
        "c": {"anyOf": [{"type": "object"}, {"type": "string"}], "default": "x"},
        "d": {"type": "boolean", "default": False},
        "e": {"default": 1.5},
    }
    assert (needed, more) == (["a"], True)


def test_names_that_are_alike_stay_apart(office):
    types = openapi_schemas.Schemas(office.site.new_context())
    assert [types.name(each) for each in ("A B", "A-B", "A  B", "A B", "日本")] == ["A_B", "A-B", "A_B_2", "A_B", "_"]


# --- true ------------------------------------------------------------------------------------------------------------


def aim(case: Any, names: dict[str, str]) -> None:
    """Let half of the requests go to a document that is there: a made-up name gets no further than 404."""
    if case.path_parameters and len(json.dumps(case.path_parameters)) % 2:
        doctype = case.path.split("/")[4] if case.path.startswith("/api/v2/document/") else "{doctype}"
        known = {"doctype": "Task", "method": "close", "name": names.get("Task" if doctype == "{doctype}" else doctype)}
        case.path_parameters.update({key: known[key] for key in case.path_parameters if known.get(key)})


def fuzzed(spec: dict[str, Any], site: Any, headers: dict[str, str]) -> Counter[int]:
    """Statuses of generated requests to every operation.

    Fails for a server error and for a status that is not documented.
    """
    schema = schemathesis.openapi.from_dict(spec)
    schema.app = frappe_lite.App(site)
    statuses: Counter[int] = Counter()
    with site.acting() as ctx:
        names = {"User": "manager@x.org" if ctx.user_info("manager@x.org") else "Guest"}
        for values in (
            {"doctype": "Task", "subject": "s"},
            {"doctype": "Invoice", "customer": "c", "items": [{"item": "i"}]},
        ):
            names[values["doctype"]] = document.new(ctx, values).insert().name
    for result in schema.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=EXAMPLES < 10,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        def request(case: Any) -> None:
            aim(case, names)
            answer = case.call(headers=headers)
            statuses[answer.status_code] += 1
            case.validate_response(answer, checks=[not_a_server_error, status_code_conformance])

        request()
    return statuses


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # streams that the collector closes, wherever it comes by
def test_generated_requests_find_no_fault_and_no_undocumented_status():
    site = AppSite()
    client = ApiClient(site)
    spec = copy.deepcopy(client(SPEC).json)
    chosen = {
        path: item for path, item in spec["paths"].items() if "conformance" not in path
    }  # an app's own faults are its own
    spec["paths"] = {
        path: item
        for path, item in chosen.items()
        if not path.startswith("/api/v2/document/") or path.split("/")[4] in DOCTYPES
    }
    statuses = fuzzed(spec, site, client.headers)
    site.close()
    assert statuses[200] > 50
    assert sum(statuses.values()) >= 300


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("who", ["user", "guest"])
def test_generated_requests_of_others(office, who):
    spec = copy.deepcopy(office.specs[who])
    spec["paths"] = {path: item for path, item in spec["paths"].items() if "{" in path}
    assert fuzzed(spec, office.site, office.clients[who].headers)


# --- command and page
# ---------------------------------------------------------------------------------------------------


def test_the_command_writes_the_same(tmp_path):
    command = [sys.executable, "-m", "frappe_lite.command.cli", "openapi"]  # without a database: one in memory
    spec = json.loads(
        subprocess.run([*command, "--user", "Guest"], capture_output=True, check=True, cwd=tmp_path).stdout
    )
    assert (spec["openapi"], "/api/v2/document/User" in spec["paths"]) == ("3.1.0", False)
    failed = subprocess.run([*command, "--user", "nobody"], capture_output=True, text=True, cwd=tmp_path)
    assert (failed.returncode, failed.stderr) == (1, "frappe-lite: there is no user nobody\n")
    assert not list(tmp_path.iterdir())


def test_the_page_loads_from_here_alone(office):
    answer = office.clients["admin"]("GET /docs")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    text = answer.get_data(as_text=True)
    assert "//" not in text.replace("<!doctype", "")
    for address in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert office.clients["guest"](f"GET {address}").status_code == 200, address


@pytest.mark.parametrize("name", ["swagger-ui-bundle.js.map", "..", "index.html", "x"])
def test_nothing_else_of_the_package_is_served(office, name):
    assert office.clients["admin"](f"GET /docs/{name}").status_code == 404


def test_without_the_package_the_page_says_what_to_install(office, monkeypatch):
    monkeypatch.setattr(docs_page, "PACKAGE", "no_such_package")
    answer = office.clients["guest"]("GET /docs")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    text = answer.get_data(as_text=True)
    assert "frappe_lite[docs]" in text
    assert '<a href="/api/v2/openapi.json">' in text
    assert office.clients["guest"]("GET /docs/swagger-ui.css").status_code == 404


def test_the_page_carries_the_token_of_its_session(office):
    client = ApiClient(office.site, None)
    with office.site.acting() as ctx:
        frappe_lite.access.auth.set_password(ctx, "user@x.org", "a long Pass 1")
    client("POST /api/method/login", {"usr": "user@x.org", "pwd": "a long Pass 1"})
    page = client("GET /docs").get_data(as_text=True)
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found
    assert client("POST /api/v2/document/Task", {"subject": "s"}).status_code == 400
    assert client("POST /api/v2/document/Task", {"subject": "s"}, {"X-Frappe-CSRF-Token": found[1]}).status_code == 201
