"""Methods by name: only what is registered is found, arguments fit the signature, and some names no client ever fills."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

import frappe_lite
from conftest import ApiClient, AppSite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.whitelist import RESERVED, VERBS, describe

APP = """
import frappe
from werkzeug.wrappers import Response

seen = []

@frappe.whitelist()
def keyword(a, b: int = 2, *, c=3): return [a, b, c]

@frappe.whitelist()
def typed(number: int = 0, text: str = "", flag: bool = False, rows: list = None, either: int | None = None, share: float = 0.0):
    return [number, text, flag, rows, either, share]

@frappe.whitelist()
def reserved(ignore_permissions=False, flags=None, ctx=None, self=None, cmd=None, **rest):
    return {"given": [ignore_permissions, flags, ctx, self, cmd], "rest": rest}

@frappe.whitelist()
def insert(title, **kwargs):
    return frappe.get_doc({"doctype": "Locked Down", "title": title, **kwargs}).insert(ignore_permissions=kwargs.get("ignore_permissions")).name

@frappe.whitelist(allow_guest=True, methods=["GET"])
def only_get(): return "got"

@frappe.whitelist(methods=["PUT", "DELETE"])
def put_or_delete(): return frappe.request.method

@frappe.whitelist()
def a_document(): return frappe.get_doc("Project", "Alpha")

@frappe.whitelist()
def documents(): return [frappe.get_doc("Project", "Alpha")]

@frappe.whitelist(allow_guest=True)
def page(): return Response("<p>own</p>", 203, {"X-Own": "1"}, mimetype="text/html")

@frappe.whitelist()
def download():
    frappe.local.response.filename = 'a "b"\\r\\nX-Evil: 1.csv'
    frappe.local.response.filecontent = b"x,y"
    frappe.local.response.type = "download"

@frappe.whitelist()
def away():
    frappe.local.response["type"] = "redirect"
    frappe.local.response["location"] = "/elsewhere"

@frappe.whitelist()
def own_message(): frappe.local.response["message"] = "set"

@frappe.whitelist()
def status():
    frappe.local.response["http_status_code"] = 202
    return "later"

@frappe.whitelist()
def unknown_status():
    frappe.response["http_status_code"] = "nonsense"
    return 1

@frappe.whitelist()
def form(): return dict(frappe.form_dict)

class Holder:
    @frappe.whitelist()
    def inside(self): return "inside"

def bare(): return "never"

constant = 5
"""

UNLOADED = "raise AssertionError('imported by a request')\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[frappe_lite.Site]:
    """The conformance app, and an app of this file's own with a module that must never be imported."""
    folder = tmp_path_factory.mktemp("apps") / "caller_app"
    folder.mkdir()
    for name, text in {
        "hooks.py": 'app_title = "Caller"\n',
        "__init__.py": "",
        "api.py": APP,
        "trap.py": UNLOADED,
    }.items():
        (folder / name).write_text(text)
    made = AppSite()
    made.load(folder)
    with made.acting() as ctx:
        document.new(ctx, {"doctype": "Project", "title": "Alpha", "budget": 10}).insert()
        for name, roles in {"user": ["Task User"], "none": []}.items():
            document.new(
                ctx,
                {
                    "doctype": "User",
                    "email": f"{name}@x.org",
                    "first_name": name,
                    "roles": [{"role": role} for role in roles],
                },
            ).insert()
    yield made
    made.close()
    for name in [name for name in sys.modules if name.partition(".")[0] == "caller_app"]:
        del sys.modules[name]
    sys.path.remove(str(folder.parent))


@pytest.fixture(scope="module")
def admin(site: frappe_lite.Site) -> ApiClient:
    return ApiClient(site)


@pytest.fixture(scope="module")
def guest(site: frappe_lite.Site) -> ApiClient:
    return ApiClient(site, None)


@pytest.fixture(scope="module")
def user(site: frappe_lite.Site) -> ApiClient:
    return ApiClient(site, "user@x.org")


# --- what is found ---


@pytest.mark.parametrize(
    ("name", "status"),
    [
        pytest.param("os.system", 417, id="the standard library"),
        pytest.param("builtins.eval", 417, id="a builtin"),
        pytest.param("frappe.get_doc", 403, id="a function of frappe that is not whitelisted"),
        pytest.param("frappe.db.sql", 403, id="an attribute of frappe"),
        pytest.param("frappe_lite.auth.generate_keys", 417, id="the package's own"),
        pytest.param("frappe_lite.methods.client.get_list", 417, id="a method by its module here"),
        pytest.param("caller_app.api.bare", 403, id="an undecorated function"),
        pytest.param("caller_app.api.constant", 417, id="a constant"),
        pytest.param("caller_app.api.frappe", 417, id="an import of the module"),
        pytest.param("caller_app.api.frappe.get_doc", 417, id="through an import of the module"),
        pytest.param("caller_app.api.nothing", 417, id="nothing"),
        pytest.param("caller_app.api", 417, id="a module"),
        pytest.param("caller_app.api.Holder.inside", 417, id="a method of a class"),
        pytest.param("caller_app.api.inside", 417, id="a method of a class without its class"),
        pytest.param("caller_app.trap.anything", 417, id="a module that is not loaded"),
        pytest.param("caller_app.api.keyword.__globals__", 417, id="inside a function"),
        pytest.param("conformance.conformance.doctype.task.task.Task.close", 417, id="a document's method"),
        pytest.param("nonsense", 417, id="no dots"),
        pytest.param("..", 417, id="dots only"),
        pytest.param("caller_app.api.keyword ", 417, id="a space behind"),
        pytest.param("CALLER_APP.api.keyword", 417, id="another case"),
        pytest.param("caller_app/api/keyword", 417, id="slashes"),
    ],
)
@pytest.mark.parametrize("prefix", ["/api/method/", "/api/v2/method/"])
def test_only_what_is_registered_is_found(admin: ApiClient, prefix: str, name: str, status: int) -> None:
    before = set(sys.modules)
    answer = admin(f"POST {prefix}{name}", {"source": "1"})
    assert answer.status_code == (404 if "v2" in prefix and "/" in name else status)  # there it is a path like others
    assert set(sys.modules) == before, "nothing is imported"


def test_a_name_that_a_client_sends_is_never_imported(admin: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, package: Any = None) -> Any:
        raise AssertionError(f"import of {name}")

    monkeypatch.setattr(importlib, "import_module", refuse)
    for name in ("caller_app.trap.x", "json.loads", "antigravity.fly"):
        assert admin(f"GET /api/method/{name}").status_code == 417
    assert not {"caller_app.trap", "antigravity"} & set(sys.modules)


def test_another_sites_app_is_not_this_ones(admin: ApiClient) -> None:
    bare = frappe_lite.Site()
    try:
        assert ApiClient(bare)("GET /api/method/caller_app.api.only_get").status_code == 417
        assert admin("GET /api/method/caller_app.api.only_get").status_code == 200
    finally:
        bare.close()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nosuchapp.api.x", "Failed to get method for command nosuchapp.api.x with App nosuchapp is not installed"),
        (
            "caller_app.nothere.x",
            "Failed to get method for command caller_app.nothere.x with No module named 'caller_app.nothere'",
        ),
        (
            "caller_app.api.nothing",
            (
                "Failed to get method for command caller_app.api.nothing with module 'caller_app.api' has no "
                "attribute 'nothing'"
            ),
        ),
    ],
)
def test_a_refusal_says_why_in_frappes_words(admin: ApiClient, name: str, told: str) -> None:
    assert told in admin(f"GET /api/v2/method/{name}").get_json()["errors"][0]["message"]


# --- arguments ---


@pytest.mark.parametrize(
    ("method", "given", "expected"),
    [
        pytest.param("keyword", {"a": 1}, [1, 2, 3], id="defaults"),
        pytest.param("keyword", {"a": 1, "b": "5", "c": "x"}, [1, 5, "x"], id="by name, keyword-only too"),
        pytest.param("keyword", {"a": None}, [None, 2, 3], id="null is a value"),
        pytest.param("keyword", {"a": 1, "nonsense": 2}, [1, 2, 3], id="unknown names are dropped"),
        pytest.param(
            "typed",
            {"number": "7", "text": 5, "flag": "1"},
            [7, "5", True, None, None, 0.0],
            id="text becomes a number, a number text",
        ),
        pytest.param("typed", {"flag": "false", "share": "0.5"}, [0, "", False, None, None, 0.5], id="false in words"),
        pytest.param("typed", {"rows": [1]}, [0, "", False, [1], None, 0.0], id="a list"),
        pytest.param(
            "typed", {"rows": "[1]"}, [0, "", False, "[1]", None, 0.0], id="a list as text is the function's to read"
        ),
        pytest.param("typed", {"either": None}, [0, "", False, None, None, 0.0], id="null where it may be"),
        pytest.param("typed", {"either": "3"}, [0, "", False, None, 3, 0.0], id="one of several types"),
    ],
)
def test_arguments(admin: ApiClient, method: str, given: dict[str, Any], expected: list[Any]) -> None:
    assert admin(f"POST /api/method/caller_app.api.{method}", given).get_json() == {"message": expected}


@pytest.mark.parametrize(
    ("method", "given", "exc_type"),
    [
        pytest.param("keyword", {}, "ValidationError", id="a missing argument"),
        pytest.param("keyword", {"a": 1, "b": "x"}, "FrappeTypeError", id="text that is no number"),
        pytest.param("typed", {"number": [1]}, "FrappeTypeError", id="a list for a number"),
        pytest.param("typed", {"number": None}, "FrappeTypeError", id="null for a number"),
        pytest.param("typed", {"text": {"a": 1}}, "FrappeTypeError", id="an object for text"),
        pytest.param("typed", {"rows": 5}, "FrappeTypeError", id="a number for a list"),
        pytest.param("typed", {"either": "x"}, "FrappeTypeError", id="none of several types"),
    ],
)
def test_arguments_that_do_not_fit(admin: ApiClient, method: str, given: dict[str, Any], exc_type: str) -> None:
    answer = admin(f"POST /api/method/caller_app.api.{method}", given)
    assert (answer.status_code, answer.get_json()["exc_type"]) == (417, exc_type)


RESERVED_NAMES = sorted(RESERVED)


@pytest.mark.parametrize("sent", ["json", "data", "query_string"])
def test_reserved_names_are_never_filled(admin: ApiClient, sent: str) -> None:
    """A security rule: an app's ignore_permissions is the app's own."""
    answer = admin("POST /api/method/caller_app.api.reserved", **{sent: dict.fromkeys([*RESERVED_NAMES, "other"], "1")})
    given = [False, None, None, None, "caller_app.api.reserved"]  # `cmd` is the server's word, not the client's
    assert answer.get_json() == {"message": {"given": given, "rest": {"other": "1"}}}


def test_a_client_cannot_ask_to_ignore_permissions(user: ApiClient) -> None:
    answer = user(
        "POST /api/method/caller_app.api.insert",
        {"title": "t", "ignore_permissions": True, "flags": {"ignore_permissions": True}},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(
            (
                "POST /api/resource/Locked Down",
                {"title": "t", "ignore_permissions": 1, "flags": {"ignore_permissions": 1}},
            ),
            id="create",
        ),
        pytest.param(
            (
                "POST /api/method/frappe.client.insert",
                {
                    "doc": {"doctype": "Locked Down", "title": "t", "flags": {"ignore_permissions": 1}},
                    "ignore_permissions": 1,
                },
            ),
            id="insert",
        ),
        pytest.param(
            (
                "PUT /api/resource/Project/Alpha",
                {"budget": 1, "flags": {"ignore_permissions": 1}, "ignore_permissions": 1},
            ),
            id="update",
        ),
        pytest.param(
            ("DELETE /api/resource/Project/Alpha?ignore_permissions=1", {"ignore_permissions": 1}), id="delete"
        ),
    ],
)
def test_no_route_takes_ignore_permissions(user: ApiClient, request_: tuple[str, Any]) -> None:
    assert user(*request_).status_code == 403


@pytest.mark.parametrize("name", RESERVED_NAMES)
def test_binding_never_fills_a_reserved_name(name: str) -> None:
    made: dict[str, Any] = {}
    exec(f"def function({name}='safe', **rest): pass", made)
    assert describe(made["function"]).bind({name: "sent", "x": 1}) == {"x": 1}


def test_a_method_of_the_package_takes_the_context_from_the_server() -> None:
    def function(ctx: Context, doctype: str) -> None: ...

    assert describe(function, takes_context=True).bind({"ctx": "sent", "doctype": "Task"}) == {"doctype": "Task"}


# --- who, and by which verb ---


@pytest.mark.parametrize(
    ("method", "verb", "status"),
    [
        ("only_get", "GET", 200), ("only_get", "HEAD", 200), ("only_get", "POST", 403), ("only_get", "DELETE", 403),
        ("put_or_delete", "PUT", 200), ("put_or_delete", "DELETE", 200),
        ("put_or_delete", "GET", 403), ("put_or_delete", "POST", 403), ("own_message", "PATCH", 200),
    ],
)  # fmt: skip
def test_verbs(admin: ApiClient, method: str, verb: str, status: int) -> None:
    assert admin(f"{verb} /api/method/caller_app.api.{method}").status_code == status


def test_all_verbs_are_allowed_unless_told() -> None:
    assert describe(lambda: None).http_methods == VERBS


@pytest.mark.parametrize(
    ("method", "status"),
    [("only_get", 200), ("page", 203), ("keyword?a=1", 403), ("form", 403), ("bare", 403), ("nothing", 417)],
)
def test_guest(guest: ApiClient, method: str, status: int) -> None:
    assert guest(f"GET /api/method/caller_app.api.{method}").status_code == status


def test_guest_is_told_to_sign_in(guest: ApiClient) -> None:
    assert "Login to access" in guest("GET /api/v2/method/caller_app.api.form").get_json()["errors"][0]["message"]


# --- cmd= ---


@pytest.mark.parametrize(
    "options",
    [{"data": {"cmd": "conformance.api.add", "a": "2"}}, {"json": {"cmd": "conformance.api.add", "a": 2}}],
    ids=["form", "json"],
)
def test_a_command_on_the_root(admin: ApiClient, options: dict[str, Any]) -> None:
    assert admin("POST /", **options).get_json() == {"message": 3}


def test_a_command_in_the_query(admin: ApiClient) -> None:
    assert admin("GET /?cmd=conformance.api.add&a=2").get_json() == {"message": 3}


def test_a_command_is_no_argument(admin: ApiClient) -> None:
    assert admin("POST /", {"cmd": "conformance.api.echo", "x": 1}).get_json() == {"message": {"x": 1}}


@pytest.mark.parametrize(
    ("cmd", "status"),
    [("conformance.api.add", 403), ("conformance.api.hello", 200), ("os.system", 417), ("nonsense", 417)],
)
def test_a_command_asks_as_a_path_does(guest: ApiClient, cmd: str, status: int) -> None:
    assert guest("POST /", {"cmd": cmd, "a": 1}).status_code == status


def test_a_path_of_the_api_comes_before_a_command(admin: ApiClient) -> None:
    assert admin("GET /api/method/ping?cmd=conformance.api.roles").get_json() == {"message": "pong"}


# --- what comes back ---


def test_a_document_is_given_as_an_object(admin: ApiClient) -> None:
    found = admin("GET /api/method/caller_app.api.a_document").get_json()["message"]
    assert (found["doctype"], found["name"], found["budget"]) == ("Project", "Alpha", 10)
    assert admin("GET /api/method/caller_app.api.documents").get_json()["message"][0]["name"] == "Alpha"
    assert not {"_context", "_meta", "flags"} & set(found)


def test_a_response_of_werkzeug_is_given_as_it_is(guest: ApiClient) -> None:
    answer = guest("GET /api/method/caller_app.api.page")
    assert (answer.status_code, answer.text, answer.mimetype, answer.headers["X-Own"]) == (
        203,
        "<p>own</p>",
        "text/html",
        "1",
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_download(admin: ApiClient) -> None:
    answer = admin("GET /api/method/caller_app.api.download")
    assert (answer.status_code, answer.data) == (200, b"x,y")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "X-Evil" not in answer.headers and "\n" not in answer.headers["Content-Disposition"]


def test_a_redirect(admin: ApiClient) -> None:
    answer = admin("GET /api/method/caller_app.api.away")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/elsewhere")


@pytest.mark.parametrize(
    ("method", "status", "body"),
    [
        ("status", 202, {"message": "later"}),
        ("own_message", 200, {"message": "set"}),
        ("unknown_status", 200, {"message": 1}),
    ],
)
def test_local_response(admin: ApiClient, method: str, status: int, body: dict[str, Any]) -> None:
    answer = admin(f"GET /api/method/caller_app.api.{method}")
    assert (answer.status_code, answer.get_json()) == (status, body)


def test_a_function_sees_what_was_sent(admin: ApiClient) -> None:
    assert admin("POST /api/method/caller_app.api.form", {"a": 1, "b": [2]}).get_json() == {
        "message": {"a": 1, "b": [2]}
    }


# --- a document's methods ---


@pytest.fixture
def task(site: frappe_lite.Site) -> str:
    with site.acting() as ctx:
        return str(document.new(ctx, {"doctype": "Task", "subject": "s"}).insert().name)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"dt": "Task", "dn": "{}", "method": "close", "args": {"reason": "r"}}, id="by dt and dn"),
        pytest.param({"dt": "Task", "dn": "{}", "method": "close", "args": '{"reason": "r"}'}, id="arguments as text"),
        pytest.param(
            {"docs": {"doctype": "Task", "name": "{}"}, "method": "close", "args": {"reason": "r"}},
            id="by the document",
        ),
        pytest.param(
            {"docs": '{"doctype": "Task", "name": "{}"}', "method": "close", "args": {"reason": "r"}},
            id="the document as text",
        ),
        pytest.param(
            {"document": {"doctype": "Task", "name": "{}"}, "method": "close", "args": {"reason": "r"}},
            id="as document",
        ),
    ],
)
def test_run_doc_method(admin: ApiClient, task: str, body: dict[str, Any]) -> None:
    def named(value: Any) -> Any:
        return (
            {key: named(item) for key, item in value.items()} if isinstance(value, dict) else value.replace("{}", task)
        )

    answer = admin("POST /api/method/run_doc_method", named(body)).get_json()
    assert answer["message"] == {"closed": task, "reason": "r"}
    shown = answer["docs"][0]
    assert shown["status"] == "Completed" and None not in shown.values()  # Frappe: what is unset is left out


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("not_exposed", 403),
        ("db_set", 403),
        ("__init__", 404),
        ("_stamp", 404),
        ("nothing", 404),
        ("as_dict", 403),
        ("delete", 403),
    ],
)
def test_run_doc_method_runs_whitelisted_methods_only(admin: ApiClient, task: str, method: str, status: int) -> None:
    assert admin("POST /api/method/run_doc_method", {"dt": "Task", "dn": task, "method": method}).status_code == status


def test_run_doc_method_of_a_stale_document(admin: ApiClient, task: str) -> None:
    stale = {"doctype": "Task", "name": task, "modified": "2001-01-01 00:00:00"}
    assert (
        admin("POST /api/method/run_doc_method", {"docs": stale, "method": "close"}).get_json()["exc_type"]
        == "TimestampMismatchError"
    )


@pytest.mark.parametrize(
    "body",
    [{"dt": "Task", "method": "close"}, {"docs": {"doctype": "Task"}, "method": "close"}],
    ids=["dt and dn", "docs"],
)
def test_run_doc_method_needs_the_right(site: frappe_lite.Site, task: str, body: dict[str, Any]) -> None:
    body = {**body, "dn": task} if "dt" in body else {**body, "docs": {**body["docs"], "name": task}}
    assert ApiClient(site, "none@x.org")("POST /api/method/run_doc_method", body).status_code == 403


def test_the_verb_query_may_call_a_method(site: frappe_lite.Site, admin: ApiClient) -> None:
    client = Client(frappe_lite.App(site))  # wsgiref's validator does not know the verb
    with client.open(
        "/api/v2/method/caller_app.api.keyword", method="QUERY", json={"a": 1}, headers=admin.headers
    ) as answer:
        assert answer.get_json() == {"data": [1, 2, 3]}


def test_an_app_may_override_a_method(tmp_path: Path) -> None:
    folder = tmp_path / "override_app"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "hooks.py").write_text('override_whitelisted_methods = {"frappe.ping": "override_app.api.ping"}\n')
    (folder / "api.py").write_text("import frappe\n\n@frappe.whitelist(allow_guest=True)\ndef ping(): return 'mine'\n")
    made = frappe_lite.Site()
    made.load(folder)
    try:
        assert ApiClient(made, None)("GET /api/method/frappe.ping").get_json() == {"message": "mine"}
        assert ApiClient(made, None)("GET /api/method/ping").get_json() == {"message": "pong"}
    finally:
        made.close()
        sys.path.remove(str(tmp_path))
