"""`frappe.desk.search.*`: what a link field offers, as far as one may read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from conftest import ApiClient, AppSite
from frappe_lite import document
from frappe_lite.whitelist import describe

PROJECTS = [
    ("Alpha", "Open"),
    ("Alphabet", "Completed"),
    ("Beta", "Open"),
    ("100% wool", "Open"),
    ("under_score", "Open"),
]

PROJECTS_BY_NAME = ["Alpha", "Beta", "Gamma"]


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, ApiClient]]:
    site = AppSite()
    with site.acting() as ctx:
        for name, roles in {"user": ("Task User",), "website": ()}.items():
            document.new(
                ctx,
                {
                    "doctype": "User",
                    "email": f"{name}@x.org",
                    "first_name": name.title(),
                    "roles": [{"role": role} for role in roles],
                },
            ).insert()
        document.new(ctx, {"doctype": "User", "email": "gone@x.org", "first_name": "Gone", "enabled": 0}).insert()
        for title, status in PROJECTS:
            document.new(ctx, {"doctype": "Project", "title": title, "status": status}).insert()
        document.new(ctx, {"doctype": "Task", "subject": "Write it down", "status": "Working"}).insert(set_name="T1")
        document.new(ctx, {"doctype": "Private Note", "title": "of Administrator"}).insert(set_name="N1")
        for number in range(30):
            document.new(ctx, {"doctype": "Prompt Doc", "title": "t"}).insert(set_name=f"P{number:02}")
    yield {
        "admin": ApiClient(site),
        "guest": ApiClient(site, None),
        **{name: ApiClient(site, f"{name}@x.org") for name in ("user", "website")},
    }
    site.close()


def search(client: ApiClient, method: str = "search_link", **body: Any) -> Any:
    answer = client(f"POST /api/method/frappe.desk.search.{method}", body)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["message"]


@pytest.mark.parametrize("method", ["search_link", "search_widget"])
@pytest.mark.parametrize(
    ("body", "names"),
    [
        pytest.param({"txt": "Alph"}, ["Alpha", "Alphabet"], id="the beginning of a name"),
        pytest.param({"txt": "lphabe"}, ["Alphabet"], id="the middle of a name"),
        pytest.param({"txt": "alphabet"}, ["Alphabet"], id="in any case"),
        pytest.param({"txt": "completed"}, ["Alphabet"], id="a search field"),
        pytest.param({"txt": "al%a"}, ["Alpha", "Alphabet"], id="a percent sign is any text, as in Frappe"),
        pytest.param({"txt": "r_s"}, ["under_score"], id="an underscore is any letter"),
        pytest.param({"txt": "a_p"}, ["Alpha", "Alphabet"], id="of any kind"),
        pytest.param({"txt": "' OR 1=1 --"}, [], id="SQL is text"),
        pytest.param({"txt": "Alpha", "filters": {"status": "Open"}}, ["Alpha"], id="filters as an object"),
        pytest.param({"txt": "Alpha", "filters": '{"status": "Open"}'}, ["Alpha"], id="filters as text"),
        pytest.param({"txt": "Alpha", "filters": [["status", "!=", "Open"]]}, ["Alphabet"], id="filters as a list"),
        pytest.param(
            {"txt": "", "filters": {"name": ["in", ["Beta", "Alpha"]]}}, ["Alpha", "Beta"], id="an operator in a filter"
        ),
        pytest.param({"txt": "nothing at all"}, [], id="nothing"),
    ],
)
def test_what_is_found(clients: dict[str, ApiClient], method: str, body: dict[str, Any], names: list[str]) -> None:
    assert (
        sorted(
            row["value"] if method == "search_link" else row[0]
            for row in search(clients["user"], method, doctype="Project", **body)
        )
        == names
    )


def test_names_that_begin_with_the_text_come_first(clients: dict[str, ApiClient]) -> None:
    rows = search(clients["admin"], doctype="Project", txt="b")
    assert rows[0]["value"] == "Beta"


NEARNESS = ("zz abc", "abc 1", "xabc", "abc 2", "y abc z", "ABC 3", "ab'c", "of abc@x.org")
"""In this order they are made: the last is the newest."""


@pytest.mark.parametrize("method", ["search_link", "search_widget"])
@pytest.mark.parametrize(
    ("txt", "length", "start", "found"),
    [
        pytest.param("abc", 2, 0, ["ABC 3", "abc 2"], id="the newest of those that begin with it"),
        pytest.param("abc", 4, 0, ["ABC 3", "abc 1", "abc 2", "xabc"], id="then where it stands early"),
        pytest.param("abc", 2, 2, ["abc 1", "xabc"], id="a second page goes on there"),
        pytest.param("bc%", 1, 0, ["ABC 3"], id="a wildcard at the end is not looked for"),
        pytest.param("%abc", 1, 0, ["ABC 3"], id="nor one at the beginning"),
        pytest.param("ab'c", 5, 0, ["ab'c"], id="a quote"),
        pytest.param("abc@x", 5, 0, ["of abc@x.org"], id="an address"),
        pytest.param('abc"', 5, 0, [], id="another quote"),
        pytest.param("abc" * 60, 5, 0, [], id="a long text"),
    ],
)
def test_of_many_the_nearest_are_given(method: str, txt: str, length: int, start: int, found: list[str]) -> None:
    """As Frappe 16.4.1 answered: by where the text stands in the name, then by how often one is linked to, then as
    lists are sorted; what is given is in the order of names."""
    with closing(AppSite()) as site:
        with site.acting() as ctx:
            for name in NEARNESS:
                document.new(ctx, {"doctype": "Prompt Doc", "title": "t"}).insert(set_name=name)
        rows = search(ApiClient(site), method, doctype="Prompt Doc", txt=txt, page_length=length, start=start)
        assert [row["value"] if method == "search_link" else row[0] for row in rows] == found


@pytest.mark.parametrize("method", ["search_link", "search_widget"])
def test_a_virtual_doctype_is_searched_as_its_class_lists_it(clients: dict[str, ApiClient], method: str) -> None:
    assert search(clients["admin"], method, doctype="RQ Job", txt="x") == []


@pytest.mark.parametrize(
    ("limit", "asked", "found"),
    [
        pytest.param({"applicable_for": "Task"}, {}, PROJECTS_BY_NAME, id="asked from nowhere, a limit of one DocType"),
        pytest.param({"applicable_for": "Task"}, {"reference_doctype": "Task"}, ["Alpha"], id="asked from that DocType"),
        pytest.param({"applicable_for": "Task"}, {"reference_doctype": "Invoice"}, PROJECTS_BY_NAME, id="from another"),
        pytest.param({"applicable_for": "Task"}, {"reference_doctype": "Nope"}, PROJECTS_BY_NAME, id="from no DocType"),
        pytest.param({}, {"reference_doctype": "Invoice"}, ["Alpha"], id="a limit of all"),
        pytest.param(
            {"applicable_for": "Task"}, {"reference_doctype": "Task", "ignore_user_permissions": 1}, ["Alpha"],
            id="whether it is ignored says the field, not who asks",
        ),
        pytest.param(
            {"applicable_for": "Task"}, {"reference_doctype": "Task", "link_fieldname": "project"}, ["Alpha"],
            id="a field that does not ignore it",
        ),
        pytest.param(
            {"applicable_for": "Task"}, {"reference_doctype": "Task", "link_fieldname": "free"}, PROJECTS_BY_NAME,
            id="a field that ignores it",
        ),
    ],
)  # fmt: skip
def test_a_link_offers_what_its_user_may_link_to(
    limit: dict[str, Any], asked: dict[str, Any], found: list[str]
) -> None:
    """Frappe: a User Permission for one DocType narrows what link fields of that DocType offer."""
    with closing(AppSite()) as site:
        with site.acting() as ctx:
            roles = [{"role": "Task User"}]
            document.new(ctx, {"doctype": "User", "email": "u@x.org", "first_name": "U", "roles": roles}).insert()
            for title in PROJECTS_BY_NAME:
                document.new(ctx, {"doctype": "Project", "title": title, "status": "Open"}).insert()
            free = {"fieldname": "free", "fieldtype": "Link", "options": "Project", "ignore_user_permissions": 1}
            document.new(ctx, {"doctype": "Custom Field", "dt": "Task", "label": "Free", **free}).insert()
            held = {"user": "u@x.org", "allow": "Project", "for_value": "Alpha", **limit}
            document.new(ctx, {"doctype": "User Permission", **held}).insert()
        rows = search(ApiClient(site, "u@x.org"), doctype="Project", **asked)
        assert [row["value"] for row in rows] == found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            {"doctype": "Task", "txt": "Write"},
            {"value": "T1", "label": "Write it down", "description": "T1, Working"},
            id="a title for the name: the name describes",
        ),
        pytest.param(
            {"doctype": "Project", "txt": "Beta"},
            {"value": "Beta", "label": "Beta", "description": "Beta, Open"},
            id="a title field beside the name",
        ),
    ],
)
def test_a_row(clients: dict[str, ApiClient], body: dict[str, Any], expected: dict[str, Any]) -> None:
    [row] = search(clients["admin"], **body)
    assert row == expected


@pytest.mark.parametrize(
    ("body", "length"),
    [
        ({}, 10),
        ({"page_length": 3}, 3),
        ({"page_length": "20"}, 20),
        ({"page_length": 20, "start": 25}, 5),
        ({"start": 30}, 0),
    ],
    ids=str,
)
def test_pages(clients: dict[str, ApiClient], body: dict[str, Any], length: int) -> None:
    assert len(search(clients["admin"], doctype="Prompt Doc", txt="", **body)) == length


def test_users_that_nobody_can_be_assigned_are_left_out(clients: dict[str, ApiClient]) -> None:
    names = [row["value"] for row in search(clients["admin"], doctype="User", txt="")]
    assert "user@x.org" in names
    assert not {"Guest", "Administrator", "gone@x.org"} & set(names)


def test_only_what_one_may_read_is_found(clients: dict[str, ApiClient]) -> None:
    assert [row["value"] for row in search(clients["admin"], doctype="Private Note", txt="N1")] == ["N1"]
    assert search(clients["user"], doctype="Private Note", txt="N1") == []


@pytest.mark.parametrize("method", ["search_link", "search_widget"])
@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        pytest.param("guest", {"doctype": "Project", "txt": ""}, 403, id="guest"),
        pytest.param("website", {"doctype": "Project", "txt": ""}, 403, id="no role"),
        pytest.param("user", {"doctype": "Locked Down", "txt": ""}, 403, id="a DocType that is closed"),
        pytest.param("admin", {"doctype": "Nonsense", "txt": ""}, 404, id="an unknown DocType"),
        pytest.param("admin", {"txt": ""}, 417, id="no DocType"),
        pytest.param("admin", {"doctype": "Project", "txt": "", "filters": "{broken"}, 400, id="broken filters"),
        pytest.param(
            "admin",
            {"doctype": "Project", "txt": "", "filters": {"nonsense": 1}},
            417,
            id="a filter on a field that is not there",
        ),
        pytest.param(
            "user",
            {"doctype": "Task", "txt": "x", "searchfield": "internal_note"},
            403,
            id="a search field that one may not read",
        ),
        *(
            pytest.param("admin", {"doctype": "Project", "txt": "", "searchfield": odd}, 417, id=f"searchfield {odd}")
            for odd in ("1=1", ";", "name or (select 1)", "select`sid`from`tabSessions`", "name, owner", "a.b")
        ),
        pytest.param("admin", {"doctype": "Project", "txt": "", "page_length": -1}, 417, id="a negative length"),
        pytest.param("admin", {"doctype": "Project", "txt": "", "filters": 5}, 417, id="filters that are a number"),
        pytest.param("admin", {"doctype": "User", "txt": "", "filters": [1]}, 417, id="a filter that is a number"),
    ],
)
def test_refused(clients: dict[str, ApiClient], who: str, body: dict[str, Any], status: int, method: str) -> None:
    assert clients[who](f"POST /api/method/frappe.desk.search.{method}", body).status_code == status


# --- how it is shown ---


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        pytest.param(
            {"doctype": "Task", "txt": "Write"},
            [["T1", "Write it down", "Write it down", "Working"]],
            id="name, label, title, search fields",
        ),
        pytest.param(
            {"doctype": "Project", "txt": "Beta"},
            [["Beta", "Beta", "Open", None]],
            id="without a title in links there is no label",
        ),
        pytest.param(
            {"doctype": "Project", "txt": "Beta", "filter_fields": '["budget"]'},
            [["Beta", "Beta", "Open", None, 0]],
            id="fields to filter by come last",
        ),
        pytest.param(
            {"doctype": "Project", "txt": "Beta", "searchfield": "budget"},
            [["Beta", "Beta", 0, "Open", None]],
            id="what was searched in is shown",
        ),
        pytest.param(
            {"doctype": "Project", "txt": "Beta", "as_dict": 1},
            [{"name": "Beta", "title": "Beta", "status": "Open", "lead": None}],
            id="dicts",
        ),
    ],
)
def test_rows_of_a_search_dialog(clients: dict[str, ApiClient], body: dict[str, Any], rows: list[Any]) -> None:
    assert search(clients["admin"], "search_widget", **body) == rows


def test_names_come_in_order(clients: dict[str, ApiClient]) -> None:
    rows = search(clients["admin"], doctype="Project", txt="")
    assert [row["value"] for row in rows] == sorted(title for title, _ in PROJECTS)


def test_without_a_title_the_name_is_the_label(clients: dict[str, ApiClient]) -> None:
    """A field that happens to be called title is none."""
    assert search(clients["admin"], doctype="Private Note", txt="N1") == [
        {"value": "N1", "description": "", "label": "N1"}
    ]


def test_a_front_end_may_ask_for_users_of_every_kind(clients: dict[str, ApiClient]) -> None:
    rows = search(clients["admin"], doctype="User", txt="website", filters={"ignore_user_type": 1})
    assert rows == [{"value": "website@x.org", "description": "Website", "label": "website@x.org"}]


# --- searches of apps ---


def pick(doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: Any) -> list[Any]:
    return [(f"{doctype}/{txt}", searchfield, filters), {"name": "second", "start": start}]


@pytest.fixture
def app_query(clients: dict[str, ApiClient]) -> Iterator[str]:
    methods = clients["user"].site.methods
    methods["conformance.api.pick"] = describe(pick)
    yield "conformance.api.pick"
    del methods["conformance.api.pick"]


def test_a_query_of_an_app(clients: dict[str, ApiClient], app_query: str) -> None:
    rows = search(clients["user"], doctype="Project", txt="a", query=app_query, filters={"x": 1})
    assert [row["value"] for row in rows] == ["Project/a", "second"]
    assert rows[0]["description"].startswith("name, ")


def of_that(
    doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: object, as_dict: bool, **more: str
) -> list[Any]:
    """A query that also wants to know for which document is searched."""
    return [["for " + more["reference_doctype"], f"dicts {as_dict}", f"held {not more['ignore_user_permissions']}"]]


@pytest.mark.parametrize(
    ("method", "body", "said"),
    [
        pytest.param("search_link", {}, "dicts False, held True", id="links want lists"),
        pytest.param(
            "search_widget", {"as_dict": "1"}, [{"0": "for Task", "1": "dicts True", "2": "held True"}], id="dicts"
        ),
        pytest.param(
            "search_link", {"ignore_user_permissions": "1"}, "dicts False, held False", id="user permissions or not"
        ),
    ],
)
@pytest.mark.parametrize("verb", [["GET"], ["POST"]], ids=["of a GET", "of a POST"])
def test_what_a_query_of_an_app_is_told(
    clients: dict[str, ApiClient], app_query: str, method: str, body: dict[str, Any], said: Any, verb: list[str]
) -> None:
    """The verbs of the query are those of requests that name it, not of the search."""
    clients["user"].site.methods[app_query] = describe(of_that, methods=verb)
    found = search(clients["user"], method, doctype="Project", query=app_query, reference_doctype="Task", **body)
    if isinstance(said, str):
        assert found == [{"value": "for Task", "description": said, "label": "for Task"}]
    else:
        assert found == said


def test_a_standard_query_of_an_app(
    clients: dict[str, ApiClient], app_query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(clients["user"].site.apps["conformance"].hooks, "standard_queries", {"Project": [app_query]})
    assert search(clients["user"], "search_widget", doctype="Project", txt="a")[0][0] == "Project/a"
    assert search(clients["user"], "search_widget", doctype="Task", txt="Write")[0][0] == "T1"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("frappe.core.doctype.user.user.user_query", 200, id="one of Frappe's own"),
        pytest.param("frappe.client.delete", 417, id="a method that is no search"),
        pytest.param("select name from tabUser", 404, id="SQL"),
        pytest.param("os.system", 404, id="any function"),
    ],
)
def test_what_may_be_asked(clients: dict[str, ApiClient], query: str, status: int) -> None:
    body = {"doctype": "User", "txt": "user", "query": query}
    assert clients["user"]("POST /api/method/frappe.desk.search.search_link", body).status_code == status
