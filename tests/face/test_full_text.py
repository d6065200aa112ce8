"""Full-text search as apps of Frappe's inherit it: what is found, by whom, how it is spelled, and what is sent back."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import pytest
from app_folder import Write, doctype

import frappe_lite
from conftest import ApiClient
from frappe_lite import document
from frappe_lite.face.full_text.query import plain_text

SEARCH = """
    import frappe
    from frappe.search.sqlite_search import SQLiteSearch, SQLiteSearchIndexMissingError

    class Search(SQLiteSearch):
        INDEX_NAME = "zoo.db"
        INDEX_SCHEMA = {"metadata_fields": ["owner", "kind"], "tokenizer": "unicode61 remove_diacritics 2 tokenchars '-_'"}
        INDEXABLE_DOCTYPES = {
            "Pet": {"fields": ["name", "title", {"content": "story"}, {"modified": "born"}, "kind", "owner"], "filters": {"hidden": 0}},
            "Cage": {"fields": ["name", {"title": "label"}, "owner"]},
        }

        def get_search_filters(self):
            return {} if frappe.session.user == "Administrator" else {"owner": frappe.session.user}

        def prepare_document(self, doc):
            made = super().prepare_document(doc)
            made["title"] = self._process_content(made["title"])
            return None if doc.get("title") == "secret" else made

        @SQLiteSearch.scoring_function
        def dogs_first(self, row, query, words):
            return 100 if row["kind"] == "dog" else 1

    class Unregistered(Search):
        INDEX_NAME = "other.db"

    class Off(Search):
        def is_search_enabled(self):
            return False

    class Empty(SQLiteSearch):
        pass

    class NoFields(SQLiteSearch):
        INDEX_SCHEMA = {"metadata_fields": []}
        INDEXABLE_DOCTYPES = {"Pet": {}}

    @frappe.whitelist()
    def search(query, filters=None, title_only=False):
        return Search().search(query, title_only, frappe.parse_json(filters))
"""

PETS: tuple[dict[str, Any], ...] = (
    {
        "title": "Rex the dog",
        "story": "<p>Likes <b>long</b> walks &amp; rain</p><script>alert(1)</script>",
        "kind": "dog",
    },
    {"title": "Mia", "story": "A cat that likes long naps", "kind": "cat"},
    {"title": "Über-Löwe", "story": "roars <img src=x onerror=alert(1)> loudly in the morning", "kind": "lion"},
    {"title": "hidden", "story": "long", "hidden": 1},
    {"title": "secret", "story": "long"},
    {"title": "<i>Tag</i>", "story": "5 < 6 and management of projects", "kind": "cat"},
)


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("zoo") / "zoo_to_search"
    pet = doctype(
        "Pet", ("title", "Data"), ("story", "Code"), ("kind", "Data"), ("hidden", "Check"), ("born", "Datetime")
    )
    write_app(root, {"hooks.py": 'sqlite_search = ["zoo_to_search.finding.Search"]', "finding.py": SEARCH}, pet)
    site = frappe_lite.Site()
    site.load(root)
    with site.acting() as ctx:
        for each in PETS:
            document.new(ctx, {"doctype": "Pet", **each}).insert()
        document.new(ctx, {"doctype": "Cage", "label": "The long cage"}).insert()
    yield site
    site.close()


def write_app(root: Any, files: dict[str, str], pet: dict[str, Any]) -> None:
    import json
    import textwrap

    made = {
        **files,
        "m/doctype/pet/pet.json": json.dumps(pet),
        "m/doctype/cage/cage.json": json.dumps(doctype("Cage", ("label", "Data"))),
    }
    for path, text in made.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(textwrap.dedent(text))


def finding() -> Any:
    import zoo_to_search.finding

    return zoo_to_search.finding


def titles(found: dict[str, Any]) -> list[str]:
    return [each["original_title"] for each in found["results"]]


@pytest.fixture
def find(zoo: Any) -> Any:
    def search(query: str, **given: Any) -> dict[str, Any]:
        with zoo.acting():
            return finding().Search().search(query, **given)  # type: ignore[no-any-return]

    return search


@pytest.mark.parametrize(
    ("query", "given", "found"),
    [
        pytest.param("walks", {}, ["Rex the dog"], id="a word"),
        pytest.param("LONG", {}, ["Rex the dog", "Mia", "The long cage"], id="in any case, of each DocType, less what is left out"),
        pytest.param("walk", {}, ["Rex the dog"], id="the beginning of a word"),
        pytest.param("long naps", {}, ["Mia"], id="all words"),
        pytest.param("walks naps", {}, ["Rex the dog", "Mia"], id="any, where nothing has all"),
        pytest.param("uber", {}, ["Über-Löwe"], id="without its marks"),
        pytest.param("lowe", {}, [], id="what the tokenizer takes for one word is one"),
        pytest.param("alert", {}, [], id="no scripts and no attributes"),
        pytest.param("rain", {"title_only": True}, [], id="titles alone: not in the text"),
        pytest.param("rex", {"title_only": True}, ["Rex the dog"], id="titles alone: in the title"),
        pytest.param("long", {"filters": {"kind": "cat"}}, ["Mia"], id="by a value"),
        pytest.param("long", {"filters": {"kind": ["cat", "dog"]}}, ["Rex the dog", "Mia"], id="by several"),
        pytest.param("long", {"filters": {"kind": []}}, [], id="by none of all"),
        pytest.param("long", {"filters": {"kind": ["!=", "dog"]}}, ["Mia"], id="by an operator"),
        pytest.param("long", {"filters": {"kind": ["LIKE", ["ca", "x"]]}}, ["Mia"], id="by a part"),
        pytest.param("long", {"filters": {"doctype": "Cage"}}, ["The long cage"], id="by DocType"),
        pytest.param("", {}, [], id="nothing asked"),
        pytest.param('" OR *', {}, [], id="an expression of FTS5 is no expression here"),
        pytest.param("title:rex", {}, ["Rex the dog"], id="a column is no column: any of the words"),
        pytest.param("NEAR(walks rain)", {}, ["Rex the dog"], id="an operator is a word"),
        pytest.param("walsk", {}, ["Rex the dog"], id="a mistyped word"),
        pytest.param("xyzabc123", {}, [], id="a word that is like none"),
    ],
)  # fmt: skip
def test_what_fits_is_found(find: Any, query: str, given: dict[str, Any], found: list[str]) -> None:
    assert sorted(titles(find(query, **given))) == sorted(found)


def test_the_best_comes_first_by_the_apps_own_scores_too(find: Any) -> None:
    found = find("long")["results"]
    assert found[0]["original_title"] == "Rex the dog"
    assert [each["score"] for each in found] == sorted((each["score"] for each in found), reverse=True)
    assert [each["rank"] for each in found] == [1, 2, 3]
    assert {each["original_rank"] for each in found} == {1, 2, 3}
    assert all(each["score"] > 1 and each["bm25_score"] < 0 for each in found)


def test_what_is_sent_back_is_html_with_marks_alone(find: Any) -> None:
    (found,) = find("projects tag")["results"]
    assert found["title"] == "Tag" or found["title"] == "<mark>Tag</mark>"
    assert found["content"] == "5 &lt; 6 and management of <mark>projects</mark>"
    (lion,) = find("roars")["results"]
    assert "<img" not in lion["content"]
    assert (lion["doctype"], lion["id"]) == ("Pet", f"Pet:{lion['name']}")


def test_the_summary_tells_what_was_done(find: Any) -> None:
    summary = find("managemnet projects", filters={"kind": "cat"})["summary"]
    assert summary["corrected_words"] == {"managemnet": "management"}
    assert summary["corrected_query"] == "management projects"
    assert (summary["total_matches"], summary["title_only"], summary["applied_filters"]) == (1, False, {"kind": "cat"})
    assert summary["duration"] > 0
    assert find("long")["summary"]["corrected_words"] is None


def test_nobody_finds_what_the_app_does_not_let_them(zoo: Any, new_user: Any) -> None:
    ann = new_user(zoo, "ann@x.org", "System Manager")
    path = "/api/method/zoo_to_search.finding.search?query=long"
    assert ann(f"GET {path}").json["message"]["results"] == []
    assert ann("POST /api/resource/Pet", {"title": "Long Tom"}).status_code == 201
    assert [each["original_title"] for each in ann(f"GET {path}").json["message"]["results"]] == ["Long Tom"]
    filters = '&filters={"owner": "Administrator"}'
    assert ann(f"GET {path}{filters}").json["message"]["results"] == []
    assert ann(f'GET {path}&filters={{"nothing": 1}}').status_code == 417


def test_what_is_written_is_found_at_the_next_search(zoo: Any, find: Any) -> None:
    client = ApiClient(zoo)
    name = client("POST /api/resource/Pet", {"title": "Newcomer", "story": "quokka"}).json["data"]["name"]
    assert titles(find("quokka")) == ["Newcomer"]
    assert titles(find("quoka")) == ["Newcomer"]
    client(f"PUT /api/resource/Pet/{name}", {"story": "wombat"})
    assert (titles(find("quokka")), titles(find("wombat"))) == ([], ["Newcomer"])
    client(f"PUT /api/resource/Pet/{name}", {"hidden": 1})
    assert titles(find("wombat")) == []
    client(f"PUT /api/resource/Pet/{name}", {"hidden": 0})
    assert titles(find("wombat")) == ["Newcomer"]
    client(f"DELETE /api/resource/Pet/{name}")
    assert titles(find("wombat")) == []


def test_an_index_whose_place_in_the_feed_is_gone_is_made_anew(zoo: Any, find: Any) -> None:
    assert titles(find("naps")) == ["Mia"]
    with zoo.acting() as ctx:
        document.new(ctx, {"doctype": "Pet", "title": "After", "story": "gap"}).insert()
        ctx.store.database.execute('DELETE FROM "__change" WHERE seq < (SELECT max(seq) FROM "__change")')
        document.new(ctx, {"doctype": "Pet", "title": "Later"}).insert()
        ctx.store.database.execute('DELETE FROM "__change" WHERE seq < (SELECT max(seq) FROM "__change")')
    assert titles(find("gap")) == ["After"]


def test_a_class_that_no_hook_names_is_built_by_its_app(zoo: Any) -> None:
    with zoo.acting():
        module = finding()
        search = module.Unregistered()
        assert not search.index_exists()
        with pytest.raises(module.SQLiteSearchIndexMissingError):
            search.search("long")
        search.build_index()
        assert titles(search.search("naps")) == ["Mia"]
        made = frappe_lite.get_doc({"doctype": "Pet", "title": "Late", "story": "echidna"}).insert()
        assert titles(search.search("echidna")) == []
        search.index_doc("Pet", made.name)
        assert titles(search.search("echidna")) == ["Late"]
        search.remove_doc("Pet", made.name)
        assert titles(search.search("echidna")) == []
        search.drop_index()
        search.drop_index()
        assert not os.path.exists(search.db_path)


@pytest.mark.parametrize(
    ("query", "params", "rows"),
    [
        pytest.param("SELECT name FROM search_fts WHERE kind = ? ORDER BY name", ["nothing"], [], id="nothing fits"),
        pytest.param("SELECT count(*) AS number FROM search_fts WHERE doctype = ?", ["Pet"], [1], id="a value"),
        pytest.param("SELECT 1 AS number", None, [1], id="without values"),
    ],
)
def test_an_app_asks_its_index_in_its_own_words(zoo: Any, find: Any, query: str, params: Any, rows: list[Any]) -> None:
    find("rex")
    with zoo.acting():
        found = finding().Search().sql(query, params, read_only=True)
    assert [bool(row["number"]) for row in found] == [bool(each) for each in rows]


@pytest.mark.parametrize(("options", "left"), [({}, 1), ({"commit": True}, 0), ({"read_only": True}, None)])
def test_what_an_app_writes_into_its_index_is_kept_if_it_says_so(
    zoo: Any, find: Any, options: dict[str, bool], left: int | None
) -> None:
    find("rex")
    with zoo.acting():
        index, count = finding().Search(), "SELECT count(*) > 0 FROM search_state"
        if left is None:
            with pytest.raises(sqlite3.OperationalError):
                index.sql("DELETE FROM search_state", **options)
        else:
            index.sql("DELETE FROM search_state", **options)
            assert index.sql(count)[0][0] == left
        index.drop_index()


def test_an_index_is_its_owners_alone(zoo: Any, find: Any) -> None:
    find("long")
    with zoo.acting():
        assert os.stat(finding().Search().db_path).st_mode & 0o077 == 0


def test_a_search_that_is_off_finds_nothing_and_builds_nothing(zoo: Any) -> None:
    with zoo.acting():
        search = finding().Off("off.db")
        search.build_index()
        assert (search.search("long")["results"], search.index_exists()) == ([], False)


@pytest.mark.parametrize(("name", "said"), [("Empty", "INDEX_SCHEMA"), ("NoFields", "Pet needs fields")])
def test_a_class_that_says_too_little_is_refused(zoo: Any, name: str, said: str) -> None:
    with zoo.acting(), pytest.raises(ValueError, match=said):
        getattr(finding(), name)()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>A</h1><p>b <em>c</em></p>", "A\nb c"), ("<td>x</td><td>y</td>", "x y"), ("a &amp; b", "a & b"), ("plain", "plain"),
        ("<style>p {}</style>seen<script>x</script>", "seen"), ("<ul><li>1<li>2</ul>", "1\n2"), (None, ""), (5, "5"), ("a\x02b", "ab"),
    ],
)  # fmt: skip
def test_html_becomes_text(html: Any, text: str) -> None:
    assert plain_text(html) == text


def test_the_name_is_where_apps_import_it_from(site: frappe_lite.Site, write: Write) -> None:
    site.load(
        write({"hooks.py": "", "x.py": "from frappe.search.sqlite_search import SQLiteSearch, get_search_classes\n"})
    )
    with site.acting():
        assert __import__("frappe").search.sqlite_search.get_search_classes() == []
