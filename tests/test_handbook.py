"""The pages hang together: each stands in the index, each link and anchor leads somewhere, and the site is made from both."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGES.md", *(f"docs/{each.name}" for each in (ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
TARGETS = (
    re.compile(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)"),
    re.compile(r"^\[[^\]]+\]: (\S+)", re.MULTILINE),
    re.compile(r"<(?:img|a)\b[^>]*\b(?:src|href)=\"([^\"]+)\""),
)


def prose_of(page: str) -> str:
    """A page without its code, in which nothing is a link or a heading."""
    return FENCE.sub("", (ROOT / page).read_text())


def targets(text: str) -> Iterator[str]:
    """What the links and pictures of a page lead to."""
    for pattern in TARGETS:
        yield from pattern.findall(re.sub(r"``.*?``|`[^`\n]*`", "", text))


def anchors(text: str) -> set[str]:
    """The anchors that GitHub, and the site, give to the headings of a page: the second of a kind ends in -1."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#{1,6} +(.*?) *#*$", text, re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w -]", "", words).strip().replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


@pytest.fixture(scope="module")
def handbook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("handbook", ROOT / "scripts" / "handbook.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- links ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in targets(prose_of(page)):
        path, _, anchor = target.partition("#")
        if re.match(r"(?:[a-z]+:|//)", target):
            continue
        file = ROOT / page if not path else (ROOT / page).parent / path
        assert file.is_file() and ROOT in file.resolve().parents, f"{page} links to {target}"
        if anchor:
            assert anchor in anchors(prose_of(str(file.relative_to(ROOT)))), f"{page} links to {target}"


def test_links_are_found() -> None:
    """So that a change of style in the pages does not empty the test above."""
    text = '[a](b.md#c) ![p](q.png "of it") `[no](x.md)` <img width=1 src="i.png">\n[d]: e.md\n[f](<g.md>)'
    assert set(targets(text)) == {"b.md#c", "q.png", "i.png", "e.md", "g.md"}
    assert sum(len(list(targets(prose_of(page)))) for page in PAGES) > 100


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        pytest.param("## What is not there", "what-is-not-there", id="small letters, dashes"),
        pytest.param("### `serve --dev`, at work", "serve---dev-at-work", id="marks go, dashes and blanks stay"),
        pytest.param("## See [the desk](desk.md)", "see-the-desk", id="a link is its text"),
        pytest.param("# A_b 2.0", "a_b-20", id="underscores and numbers stay"),
        pytest.param("## Twice\n## Twice", "twice-1", id="the second of a kind is numbered"),
    ],
)
def test_headings_have_the_anchors_of_github(heading: str, anchor: str) -> None:
    assert anchor in anchors(heading)


# --- the index, and the site that is made of it -----------------------------------------------------------


def test_each_page_stands_once_in_the_index(handbook: ModuleType) -> None:
    entries = re.findall(r"^- \[[^\]]+\]\(([^)]+)\): \S.*[.]$", prose_of(handbook.INDEX), re.MULTILINE)
    pages = [page for page in PAGES if page != handbook.INDEX]
    assert sorted(f"../{page}".replace("../docs/", "") for page in pages) == sorted(entries)


def test_the_readme_leads_to_the_index(handbook: ModuleType) -> None:
    assert handbook.INDEX in targets(prose_of("README.md"))


def test_the_chapters_of_the_site_are_those_of_the_index(handbook: ModuleType) -> None:
    index = "# Title\n\n[Not](this.md) one.\n\n## First\n\n- [A](../README.md): a\n- [B](b.md): b\n\n## Second\n\n- [C](c.md): c"
    assert handbook.contents(index) == [
        {"Start": "index.md"},
        {"First": [{"A": "overview.md"}, {"B": "b.md"}]},
        {"Second": [{"C": "c.md"}]},
    ]
    chapters = handbook.contents((ROOT / handbook.INDEX).read_text())
    assert len(chapters) > 5 and all(next(iter(each.values())) for each in chapters), "none is empty"


@pytest.mark.parametrize(
    ("page", "written", "shown"),
    [
        pytest.param("README.md", "[a](docs/files.md#x)", "[a](files.md#x)", id="from the top into docs"),
        pytest.param("README.md", "![a](docs/images/list.png)", "![a](images/list.png)", id="a picture"),
        pytest.param("README.md", "[a](CHANGES.md)", "[a](releases.md)", id="docs/changes.md is another page"),
        pytest.param("docs/files.md", "[a](../README.md#x)", "[a](overview.md#x)", id="from docs to the top"),
        pytest.param("docs/files.md", "[a](desk.md)", "[a](desk.md)", id="within docs"),
        pytest.param("docs/files.md", "[a](#x) [b](https://x.org)", "[a](#x) [b](https://x.org)", id="no file's"),
        pytest.param(
            "README.md", "```py\nd[a](docs/x.md)\n```", "```py\nd[a](docs/x.md)\n```", id="in code there are no links"
        ),
        pytest.param("README.md", "```python server\nx\n```", "```python\nx\n```", id="a language is one word"),
    ],
)
def test_links_are_those_of_the_site(handbook: ModuleType, page: str, written: str, shown: str) -> None:
    assert handbook.relinked(written, page) == shown
