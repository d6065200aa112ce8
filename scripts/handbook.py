"""What mkdocs is told of this repository: the contents are those of docs/index.md, and the pages of the top folder come
along.

mkdocs calls the functions that begin with `on_`, because mkdocs.yml names this file; `make docs` builds the site.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
INDEX = "docs/index.md"
OUTSIDE = {"README.md": "overview.md", "CHANGES.md": "releases.md", "CONTRIBUTING.md": "contributing.md"}
"""Pages of the top folder, and what the site calls them: docs/changes.md is another page already."""

Contents = list[dict[str, Any]]

_HEADING = re.compile(r"^## (.+)$")
_ENTRY = re.compile(r"^- \[([^\]]+)\]\(([^)#]+)\)")
_LINK = re.compile(r"(\]\()([^)\s:#]+)(#[^)\s]*)?(?=\))")
_LANGUAGE = re.compile(r"^( *```\w+) \w+$", re.MULTILINE)  # a second word is for the tests; mkdocs takes one
_FENCED = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)


def contents(index: str) -> Contents:
    """The chapters of the index and their pages, as mkdocs wants its `nav`."""
    found: Contents = [{"Start": "index.md"}]
    for line in index.splitlines():
        if heading := _HEADING.match(line):
            found.append({heading[1]: []})
        elif entry := _ENTRY.match(line):
            next(iter(found[-1].values())).append({entry[1]: inside(entry[2], INDEX)})
    return found


def inside(link: str, page: str) -> str:
    """Where a link of a page leads on the site, whose only folder is docs/. Others stay, and mkdocs tells them."""
    target = os.path.normpath(os.path.join(os.path.dirname(page), link)).replace(os.sep, "/")
    return OUTSIDE.get(target, target.removeprefix("docs/"))


def relinked(markdown: str, page: str) -> str:
    """The text of a page with its links as they are on the site; in code nothing is a link."""
    parts = _FENCED.split(markdown)
    for index in range(0, len(parts), 2):
        parts[index] = _LINK.sub(lambda link: f"{link[1]}{inside(link[2], page)}{link[3] or ''}", parts[index])
    for index in range(1, len(parts), 2):
        parts[index] = _LANGUAGE.sub(r"\1", parts[index], count=1)
    return "".join(parts)


# --- what mkdocs calls ------------------------------------------------------------------------------------


def on_config(config: MkDocsConfig) -> None:
    """The contents, before mkdocs looks for files that are in none."""
    config.nav = contents((ROOT / INDEX).read_text())


def on_files(files: Files, config: MkDocsConfig) -> None:
    """The pages of the top folder."""
    from mkdocs.structure.files import File  # only the extra docs-site has it

    for name, page in OUTSIDE.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text()))


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Links as they are on the site."""
    names = {inner: outer for outer, inner in OUTSIDE.items()}
    return relinked(markdown, names.get(page.file.src_uri, f"docs/{page.file.src_uri}"))
